/* engine.h -- the one door's mind: records, commands, and the pure function that
 * turns a record, a command and a time into a change or an error. No clock, no
 * random source, no database, no lock is touched here: the same inputs give the
 * same bytes, so a day can be replayed and a rule rehearsed. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "area/area.h"
#include "base/base.h"
#include "base/uuid.h"
#include "identity/identity.h"
#include "pack/pack.h"

/* Who plays a part in a record. */
struct party {
    const struct party_role *role;
    struct uuid account, org;  /* one of them nil */
    const struct state *state; /* of its own steps (each: party); NULL none yet */
    int64_t since;
    int64_t seen_at; /* when it last said where it is; 0: never */
    double lng, lat; /* there, WGS-84 */
};

enum clock_state { CLOCK_UNSET = 0, CLOCK_RUNNING, CLOCK_PAUSED, CLOCK_STOPPED };
struct pause {
    int64_t from, to; /* to 0: still paused */
    int64_t until;    /* when it resumes by itself; 0: never */
    const char *reason;
    struct uuid by;
};
/* A clock on a record or, with `party`, on one party of it. */
struct clock {
    const struct clock_def *def;
    struct uuid party; /* account or org; nil: the record's */
    enum clock_state state;
    struct limit limit;
    int64_t started_at, due_at, warn_at; /* warn_at 0: no warning */
    int64_t stopped_at;                  /* 0: not */
    int64_t warned_at, breached_at;      /* when it happened; 0: not (yet) */
    int64_t left_ms;                     /* while paused: what was left, in the limit's own time */
    const int64_t *rungs_at;             /* when each rung of its ladder is */
    size_t n_rungs, reminded;            /* how many there are, and were */
    const struct pause *pauses;
    size_t n_pauses;
};

/* A file of a matter. */
struct attachment {
    struct uuid id;
    bool aside; /* came with a word among the staff, who alone see it; until it is given with a move */
};

struct record {
    struct uuid id;
    const struct kind *kind;
    int64_t number;
    const struct state *state;
    int64_t version;
    const char *area, *address;
    bool has_place;
    double lng, lat; /* WGS-84 */
    const char *title;
    struct cel_value *values; /* by field index; personal ones sealed text */
    struct party *parties;
    size_t n_parties;
    struct clock *clocks;
    size_t n_clocks;
    struct attachment *files;
    size_t n_files;
    struct uuid parent, duplicate_of;
    int64_t created_at, updated_at, entered_at;
    const struct around *around; /* while a command is applied or its moves are shown; NULL otherwise */
    /* The parent while this is being raised, of a sheet during its moves, too, with what lies above that;
     * NULL otherwise. */
    const struct record *above;
};
/* What somebody has to do in a part, and where they were seen last. */
struct busy {
    int64_t open; /* matters that count as open */
    bool seen;    /* by `here` of some move; else nothing is known of where */
    double lng, lat;
};
/* An amount that goes from one account to another; whose account it is stands beside it, nil where it is the
 * district's. */
struct posting {
    const struct ledger_account *from, *to;
    struct uuid from_owner, to_owner;
    int64_t amount; /* > 0, in the ledger's unit */
    struct title why;
    const char *rule;   /* the amount as the pack writes it; "" of a counter-posting */
    const char *inputs; /* JSON object: the fields that the rule reads, as they were */
    bool counter;       /* takes back what was posted before */
};
/* What stands in the ledgers by now: as the door or a screen sees it, with all that was applied before. */
struct books {
    bool (*balance)(void *ctx, const struct ledger_account *of, struct uuid owner, int64_t *ret,
                    struct err *e);
    /* What a matter has posted in the ledger and not taken back, in `a`: each pair of accounts once. */
    bool (*posted)(void *ctx, const struct ledger_def *l, struct uuid record, struct arena *a,
                   struct posting **ret, size_t *ret_n, struct err *e);
    void *ctx;
};

/* A figure of a measure, as the door or a screen reads it, with all that was applied before. */
struct figures {
    /* Of the area's subtree, of one value of a dimension ("lead=ORG"; "": in all), from one local day to
     * another, inclusive; not of percentiles. *ret_known false: there is none (a share of nothing). *ret_n:
     * what it rests on. */
    bool (*read)(void *ctx, const struct measure_def *m, const char *area, const char *dim, int64_t from_day,
                 int64_t to_day, double *ret, int64_t *ret_n, bool *ret_known, struct err *e);
    void (*end)(void *ctx);
    void *ctx;
};

/* What stands around a record, as far as its kind asks. */
struct around {
    int64_t children, children_open;      /* how many it has */
    const struct record *const *siblings; /* others of the same parent and kind */
    size_t n_siblings;
    const struct record *const
        *below; /* for moves that look below: its children, and theirs, by id; else NULL */
    size_t n_below;
    /* Of an account in the part of that name, in other records than this one; NULL: not known here, and
     * everybody is free. */
    bool (*busy)(void *ctx, struct uuid account, const char *part, struct busy *ret, struct err *e);
    /* The record that stands for this one: itself, or what it was merged into. NULL: each stands for itself.
     */
    bool (*standing)(void *ctx, struct uuid id, struct uuid *ret, struct err *e);
    void *ctx;
    const struct books *books;     /* NULL: nobody knows them here, every balance reads 0 */
    const struct figures *figures; /* for moves that look at them; NULL: nobody reads measures here */
};

bool record_open(const struct record *r);
/* Whether it went into another of its kind; `duplicate_of` says into which. */
bool record_merged(const struct record *r);
/* Whether it is a booking of that one, whatever its state. */
bool record_has_booked(const struct record *r, struct uuid resource);
/* What stands for a record that somebody names: itself, or what it was merged into as far as `around` knows.
 */
MUST_USE bool around_standing(const struct around *around, struct uuid id, struct uuid *ret, struct err *e);
/* Due time of the earliest running clock (0 none), and whether one is past due. */
int64_t record_due(const struct record *r);
bool record_late(const struct record *r);
/* When its clocks next want attention (warning, breach, end of a pause); 0 never. */
int64_t record_wake(const struct record *r);
/* The light people see: running clocks decide while it is open. */
enum lamp { LAMP_NONE = 0, LAMP_GREEN, LAMP_AMBER, LAMP_RED, LAMP_GREY };
enum lamp record_lamp(const struct record *r);
const char *lamp_name(enum lamp l);               /* "green" */
struct uuid record_owner(const struct record *r); /* the org playing "owner"; nil none */
/* A copy in `a` that outlives r; both point into the same world. */
struct record *record_copy(const struct world *w, const struct record *r, struct arena *a) NEVER_NULL;
/* The record as another version of its pack has it, in `a`: what that does not know any more (fields, clocks)
 * is left out, its title stays. NULL when there is no such kind, state or part there. */
struct record *record_recast(const struct packs *to, const struct record *r, struct arena *a);

/* A party a command names. */
struct party_input {
    const struct party_role *role;
    struct uuid account, org;
    bool found; /* the sender was given the account for a phone number: it need not be in the directory */
};

/* What the commands "call" and "call_end" say of a live link. Only the server itself makes such commands. */
struct call_input {
    struct uuid to; /* the account or organisation that is called: one of the matter's parties */
    const char
        *outcome;    /* how it ended: "ended", "missed", "declined", "cancelled", "lost"; NULL: it begins */
    int64_t seconds; /* for how long they saw each other */
};

/* One change somebody wants. Decoded and its fields checked (command_decode)
 * before it enters the queue; everything in it lives in the sender's arena until answered. */
struct command {
    struct uuid id; /* the idempotency key; of a raise: also the record's id */
    const struct principal *who;
    int64_t at; /* when it happens */
    struct uuid target;
    const struct kind *kind; /* of a raise; NULL otherwise */
    const char *verb;        /* a move's name, or a built-in: "link", "duplicate", "note", "reveal", "tick",
                                "call", "call_end";
                                NULL for a raise: the first raising move the caller may make */
    int64_t version;         /* expected; -1 any */
    const char *area;        /* of a raise or a move that takes the place: NULL to locate by it */
    const char *address;
    bool has_place;
    double lng, lat;               /* WGS-84 */
    struct cel_value *values;      /* by field index; CEL_UNSET: not given; personal ones sealed */
    uint8_t (*blind)[BLIND_BYTES]; /* by field index, for personal fields given */
    const struct party_input *parties;
    size_t n_parties;
    const char *note;            /* NULL none */
    const struct uuid *mentions; /* accounts the note names: they are told */
    size_t n_mentions;
    int64_t until;             /* 0 none */
    bool has_here;             /* where who acts is */
    double here_lng, here_lat; /* WGS-84 */
    const struct uuid *files;
    size_t n_files;
    const struct uuid *field_files; /* those that values of file fields name */
    size_t n_field_files;
    struct uuid parent, other;         /* parent of a raise; other record of a link or duplicate */
    const char *link;                  /* type of link: "related", "from" */
    const struct field *const *reveal; /* personal fields somebody wants to see */
    size_t n_reveal;
    const struct call_input *call; /* of "call" and "call_end"; NULL otherwise */
    /* What its kind, values and parties point into; NULL: into nothing of packs, or into those that hold for
     * as long as the program runs. */
    const struct packs *packs;
    int64_t digest; /* of what was sent; 0: the same id is always a repetition */
    bool counted;   /* made by counting a ballot: moves that only counting makes are open to it */
    bool trusted;   /* import and simulation: permissions are not asked, times may lie in the past */
};

struct sql_tx;

/* Which packs held when: era i begins behind entry list[i].after, which is 0 for the first, and lasts to
 * where the next begins. Eras without an entry in them count, too. */
struct eras {
    const struct era {
        int64_t after, at; /* at: UTC milliseconds; 0 for the first */
    } * list;
    size_t n; /* at least 1 */
    /* The packs of era i, which stay as long as the world does. ERR_INTERNAL "pack.past" when they cannot be
     * read any more. Any thread; what is not in memory yet is read by `tx`, for who has one waits for no
     * other. */
    bool (*packs)(void *ctx, struct sql_tx *tx, size_t i, const struct packs **ret, struct err *e);
    void *ctx;
};

/* What the engine reads beside the record: immutable snapshots. */
struct world {
    const struct packs *packs;
    const struct eras *eras; /* the last one's packs are `packs`; NULL: they always held */
    const struct area_tree *areas;
    const struct directory *people;
    const struct privacy *privacy;
    const struct calendar *calendar;
    int64_t district;       /* 330803 */
    const char *short_name; /* 衢江 */
    int offset_min;
};

enum { NOTICES_MAX = 1024, FOLLOWS_MAX = 2048, POSTINGS_MAX = 16 }; /* of one change */
struct change_notice {
    struct uuid account;
    const char *what;
};
enum follow_how {
    FOLLOW_UNSET = 0,
    FOLLOW_MOVE,
    FOLLOW_PARENT,
    FOLLOW_CHILDREN,
    FOLLOW_RAISE,
    FOLLOW_RECORD,
    FOLLOW_CHILD,
    FOLLOW_BELOW,
    FOLLOW_UNDER,
    FOLLOW_BACK,
};
/* A command that effects ask for next. One that is not possible is left out: its cause stands by itself. But
 * FOLLOW_RECORD is part of its cause: where it is not possible, the cause is refused with its reason.
 * FOLLOW_UNDER: what lies below `target`, or books it, goes to `other`; FOLLOW_BACK: what this record's merge
 * put there. */
struct change_follow {
    enum follow_how how;
    const char
        *verb; /* a move, made by the clock, of the record itself, its parent, its children, a target */
    const struct kind *kind; /* of a raise, made by who made its cause, where the record lies; the target's */
    struct uuid target;      /* FOLLOW_RECORD, FOLLOW_CHILD: whose move it is; FOLLOW_BELOW: the parent */
    struct uuid id;          /* FOLLOW_BELOW: of what the clock raises there; it follows from the cause */
    const char *area;        /* FOLLOW_BELOW: where it lies */
    struct uuid other;
    bool itself;                 /* FOLLOW_RECORD: the target, not what it was merged into */
    const struct party *parties; /* FOLLOW_RECORD: who is named with it */
    size_t n_parties;
    size_t n; /* fields given with it */
    struct {
        const char *field;
        struct cel_value value;
    } * given;
};
/* What one command does: the record after it, its entry, what to tell. */
struct change {
    struct record *after;        /* in the change's arena */
    const struct record *before; /* NULL for a raise */
    const struct command *command;
    const struct move *move;                          /* NULL for built-ins */
    const char *verb, *from_state, *to_state, *right; /* right: "role:clerk" */
    const char *note;
    struct change_notice *notices;
    size_t n_notices;
    struct change_follow *follows; /* in the order of the effects */
    size_t n_follows;
    struct posting *postings; /* in the order of the effects */
    size_t n_postings;
    int64_t seq;  /* the number its entry gets */
    bool touched; /* the record itself changed: false for reveal, link, calls, and a note without files */
};

/* The pure function. `before` is NULL for a raise. `number` is the number the record
 * gets if it is raised; `parent` the matter it is raised below (of a sheet: it lies below), NULL if none.
 * Children: how many of its children are open. `around` may be NULL. On success *ret lives in `a`. Errors:
 * "record.not_found" (also when `who` may not see it), "move.unknown", "move.state", "move.denied" (says
 * which post could), "move.own_work", "move.when", "move.needs", "move.within", "record.stale" with what
 * changed, "place.outside", "party.unknown" … all listed in docs/errors.md. */
struct engine_input {
    const struct world *world;
    const struct record *before;
    const struct command *command;
    int64_t number;
    int64_t seq; /* what the entry gets */
    int64_t children_open;
    const struct record *parent;
    const struct around *around;
};
MUST_USE bool engine_apply(const struct engine_input *in, struct arena *a, struct change **ret,
                           struct err *e);

/* Reading rights. */
bool record_visible(const struct world *w, const struct record *r, const struct principal *p);
/* Whether anybody may read the fields that its kind publishes: it is in one of these states. */
bool record_public(const struct record *r);
/* Whether who may read the matter sees this file of it, too. */
bool record_shows_file(const struct attachment *f, const struct principal *p);
/* Whether such a field names this file. */
bool record_public_file(const struct record *r, struct uuid file);
/* Whether neighbours may be told of it: it is open, and the kind's near: holds. */
bool record_shown_near(const struct world *w, const struct record *r, int64_t now, struct arena *a);
/* Whether p, who does not see it, may make this move of a matter that neighbours are told of. */
bool record_may_join(const struct world *w, const struct record *r, const struct principal *p,
                     const char *verb, int64_t now, struct arena *a);
/* Whether one of `who`, of r's kind, admits p. */
bool record_admits(const struct record *r, const struct principal *p, const struct who *who, size_t n);
bool record_revealable(const struct world *w, const struct record *r, const struct principal *p);
/* Whether p plays a part in it, in person or through an organisation. */
bool record_takes_part(const struct record *r, const struct principal *p);
/* Whose phones ring when the party `to` (an account or an organisation) is called: of an organisation those
 * who have the duty, or all its people. Without `caller`, and without those who may not see the matter.
 * Returns how many, at most `max`; 0 also when `to` plays no part. */
size_t record_callable(const struct world *w, const struct record *r, struct uuid caller, struct uuid to,
                       int64_t now, struct arena *a, struct uuid *ret, size_t max);
/* Moves `p` may make now (their `when` holds too). Returns how many. */
size_t record_allowed(const struct world *w, const struct record *r, const struct principal *p, int64_t now,
                      struct arena *a, const struct move ***ret);
/* Whom the kind's routes propose for `role`: the first rule that fits, or for a part that several may play
 * all that do, each once. Returns how many, at most `max`. */
size_t record_route(const struct world *w, const struct record *r, const struct party_role *role, int64_t now,
                    struct arena *a, struct party_input *ret, size_t max);
/* What a command would raise, as far as it is known before the move is made: its place, its fields, what
 * flows down from `in->parent`, the parts that are proposed. For screens; nothing is checked that only
 * the move itself can. Errors: those of places. */
MUST_USE bool record_draft(const struct engine_input *in, struct arena *a, struct record **ret,
                           const struct move **ret_move, struct err *e);
/* Whether a party can be reached: of an organisation, whether anybody holds a post in it. */
bool party_staffed(const struct world *w, const struct party_input *p, int64_t now);
/* Evaluates an expression of the kind over a record. `actor` may be NULL. */
MUST_USE bool record_eval(const struct world *w, const struct record *r, const struct principal *actor,
                          const struct cel_expr *x, int64_t now, int64_t children_open, struct arena *a,
                          struct cel_value *ret, struct err *e);
/* The same with `party` and clocks of a party meaning its n-th, counted from 1; 0: none. */
struct eval_as {
    const struct principal *actor; /* may be NULL */
    size_t party;
    int64_t now, children_open;
};
MUST_USE bool record_eval_as(const struct world *w, const struct record *r, const struct eval_as *as,
                             const struct cel_expr *x, struct arena *a, struct cel_value *ret, struct err *e);
/* The party whose step a change was, counted from 1; 0: it was none's. */
size_t change_party(const struct change *c);
/* How many clocks of the definitions in `mask` (a bit each) were missed by this change. */
int64_t change_breaches(const struct change *c, uint64_t mask);

/* What an effect's run gets (as its void *). `rec` is the record being changed. */
struct effect_run {
    const struct world *world;
    struct arena *arena;
    struct record *rec;
    struct change *change;
    const struct command *command;
    size_t party; /* the acting party of an each-party step or a party's clock: record_party(); 0 none */
    int64_t now;
    int64_t children_open;
};
/* An expression as an effect reads it: `party` is the one whose step or clock it is. */
MUST_USE bool effect_eval(const struct effect_run *run, const struct cel_expr *x, struct cel_value *ret,
                          struct err *e);
/* One more command to come after the change, in `a`; NULL when it asks for FOLLOWS_MAX already. */
struct change_follow *change_follow(struct change *ch, enum follow_how how, const char *verb,
                                    struct arena *a);
/* The engine's own effect types: set, party, leave, notify, ring, ask, move, parent, children, raise, record,
 * merge, unmerge. clock/ adds its own. */
extern const struct effect_type *const engine_effects[];
extern const size_t engine_n_effects;

#endif
