/* pack.h -- what a pack says, checked: code lists, roles, kinds with fields,
 * flow, clocks and routes, tables, measures. Everything lives in the pack set's
 * arena, is immutable after loading and may be read from any thread. */
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include "base/base.h"
#include "base/buf.h"
#include "cel/cel.h"
#include "json/json_out.h"
#include "recur/recur.h"

struct pack_node; /* pack/node.h: a YAML value with file, line, column */
struct kind;
struct packs;

struct title {
    const char *zh, *en;
};

/* One entry of a hierarchical code list. */
struct code {
    const char *code;
    struct title title;
    const struct code *parent; /* NULL at the top */
    const char *words;         /* what people call it, by spaces; NULL: nothing but its title */
    bool leaf;
};
struct code_list {
    const char *name;
    const struct code *codes; /* in file order */
    size_t n_codes;
};

struct role {
    const char *name;
    struct title title;
    unsigned levels; /* bit (1 << enum area_level) where it may be held; 0: anywhere */
    bool roster;     /* keeps the duty roster of the unit it is held in, and of those below */
};

enum field_type {
    FIELD_UNSET = 0,
    FIELD_TEXT,    /* CEL string */
    FIELD_INTEGER, /* int */
    FIELD_DECIMAL, /* double; JSON number */
    FIELD_MONEY,   /* int, fen; JSON integer */
    FIELD_BOOL,
    FIELD_DATE,        /* string YYYY-MM-DD: orders as text */
    FIELD_TIME,        /* timestamp; RFC 3339 */
    FIELD_CODE,        /* string: a code of `list` */
    FIELD_AREA,        /* string: area code */
    FIELD_POINT,       /* string "lng,lat" WGS-84, 6 decimals; JSON [lng,lat] */
    FIELD_ACCOUNT,     /* string: uuid */
    FIELD_ORG,         /* string: uuid */
    FIELD_RECORD,      /* string: uuid */
    FIELD_FILE,        /* string: uuid; its image or document */
    FIELD_PHONE,       /* string, normalised digits */
    FIELD_CITIZEN_ID,  /* GB 11643, checked */
    FIELD_CREDIT_CODE, /* GB 32100, checked */
    FIELD_PLATE,       /* vehicle plate */
    FIELD_RATING,      /* int 1..of */
    FIELD__MAX,
};
enum privacy_class { PRIVACY_OPEN = 0, PRIVACY_PERSONAL /* encrypted, masked, revealed with a reason */ };

struct field {
    const char *name;
    int index; /* in kind->fields and in a record's values */
    enum field_type type;
    struct title title, hint;
    bool required; /* when the record is raised */
    bool many;     /* a list of at most max_items */
    bool search;   /* goes into the full text */
    enum privacy_class privacy;
    int64_t min, max; /* text: code points; integer, money: range (max > min when set) */
    size_t max_items;
    double dmin, dmax;                /* decimal: range when dmax > dmin */
    int of;                           /* rating: best */
    const struct code_list *list;     /* code */
    const char *record_kind;          /* record: NULL any */
    const char *accept;               /* file: "image/…" */
    const struct cel_value *fallback; /* default when raised without; NULL none */
    bool mail;                        /* text: an e-mail address */
    bool track;                       /* points in the order in which somebody was there */
    bool checklist;                   /* a list of codes: those of all that do not hold */
    const struct field *after;        /* file: how it was, for pictures of how it is; NULL none */
    const struct field *birth_of;     /* date: of whoever has that citizen ID; they must agree; NULL none */
};

/* A resident is an account, too: of somebody whom staff find by their number instead of in the directory. */
enum party_is { PARTY_IS_ACCOUNT = 1, PARTY_IS_ORG = 2, PARTY_IS_RESIDENT = 4 };
struct party_role {
    const char *name;
    int index;
    struct title title;
    unsigned is;  /* bits of enum party_is */
    size_t max;   /* 1 unless many */
    bool staffed; /* only who can be reached: a unit in which nobody holds a post is refused */
};

/* Who may: one alternative. */
enum who_type {
    WHO_UNSET = 0,
    WHO_ANYONE,
    WHO_SIGNED_IN,
    WHO_PARTY,      /* plays `party` itself, or belongs to the organisation that does */
    WHO_ROLE,       /* holds `role` over the record's area (at `level` only, when not 0) */
    WHO_OWNER_ROLE, /* "role:clerk of owner": holds `role` in the organisation that plays `party` */
    WHO_ABOVE,      /* "lead of parent": plays `party` in the parent of what is being raised */
    WHO_ACTING,     /* "party": of effects: the party whose step or clock it is */
    WHO_CLOCK,
    WHO_IMPORT,
    WHO_SIGNAL,
};
struct who {
    enum who_type type;
    const struct party_role *party;
    const struct role *role;
    int level;        /* enum area_level, 0 any */
    const char *text; /* as written */
};

enum light { LIGHT_UNSET = 0, LIGHT_NEW, LIGHT_OPEN, LIGHT_PAUSED, LIGHT_DONE, LIGHT_NONE, LIGHT__MAX };
struct state {
    const char *name;
    int index;
    struct title title;
    enum light light; /* new and open and paused count as open */
    bool final;
};

/* Effect types are rows of one table put together in app/: pack/ knows their
 * names and lets each check its argument; engine/ runs them. */
struct effect_type;
struct effect {
    const struct effect_type *type;
    const void *data; /* what its check made of the argument */
};
/* Given to a check: where complaints go and what may be looked up. */
struct pack_check;
struct effect_type {
    const char *name;    /* "start", "notify" */
    const char *summary; /* for docs/packs.md */
    /* Compiles the argument into *ret (the pack set's arena). */
    bool (*check)(struct pack_check *c, const struct kind *k, const struct pack_node *arg, const void **ret);
    /* Runs it: engine/engine.h gives struct effect_run. */
    struct effect_run_fn {
        bool (*fn)(void *effect_run, const void *data, struct err *e);
    } run;
};

/* How a move fills a party: by the kind's routes, by asking the person, or by an expression. */
struct move_party {
    const struct party_role *role;
    enum {
        MOVE_PARTY_UNSET = 0,
        MOVE_PARTY_ROUTE,
        MOVE_PARTY_ASK,
        MOVE_PARTY_EXPR,
        MOVE_PARTY_ADD,  /* those named join who plays it */
        MOVE_PARTY_PICK, /* those named play it already: the move is about them */
        MOVE_PARTY_TO,   /* those named play it, and play `to` from now on */
    } how;
    const struct cel_expr *expr; /* -> org or account uuid */
    const struct party_role *to;
};

struct need {
    enum { NEED_UNSET = 0, NEED_FIELD, NEED_NOTE, NEED_UNTIL, NEED_FILES, NEED_HERE } type;
    const struct field *field; /* NEED_FIELD: set already or given with the move */
};

struct move {
    const char *name;
    int index;
    struct title title;
    bool raises;            /* has no `from`: makes the record */
    uint64_t from;          /* bit per state index */
    const struct state *to; /* NULL: the state stays */
    const struct who *by;
    size_t n_by;
    const struct who *not_by;
    size_t n_not;
    const struct cel_expr *when; /* NULL: always */
    const char *when_text;
    struct title because; /* what people are told when it does not hold; NULLs: the condition itself */
    const struct need *needs;
    size_t n_needs;
    const struct field *const
        *takes; /* fields it may set; those it needs among them; a raise that names none takes all */
    size_t n_takes;
    bool takes_place; /* may say anew where the matter lies; a raise always may */
    bool takes_here;  /* may say where who acts is; a move that needs it may */
    const struct move_party *parties;
    size_t n_parties;
    const struct effect *effects;
    size_t n_effects;
    bool each_party;                    /* a step of the acting party, see docs/packs.md */
    const struct party_role *each_role; /* a step of those who play it, not of who acts; NULL: none such */
    bool has_after;                     /* only for a party whose own state is one of these */
    bool after_none;                    /* … or that has none yet */
    uint64_t after;                     /* bit per state index */
    int64_t within_days;                /* only so many days after entering the state; 0: any time */
    bool bulk;                          /* may be offered on many at once */
    bool looks_below;                   /* an effect of it reads the children, and theirs */
    bool looks_at_figures;              /* an effect of it reads measures */
    bool by_count;                      /* says what a ballot holds: counting makes it, nobody by hand */
};

/* A limit: "20m" minutes, "4h" hours, "4wh" working hours, "5wd" working days, "3d" days. */
enum limit_unit {
    LIMIT_UNSET = 0,
    LIMIT_MINUTES,
    LIMIT_HOURS,
    LIMIT_DAYS,
    LIMIT_WORKING_HOURS,
    LIMIT_WORKING_DAYS
};
struct limit {
    enum limit_unit unit;
    int64_t n;
};
/* "20m" and so on. False when it is none. */
MUST_USE bool limit_parse(const char *s, struct limit *ret);

/* A rung of a clock's ladder: what is done when so much time has passed since it started. */
struct rung {
    struct limit at; /* all of one clock in the same unit, rising */
    const struct effect *effects;
    size_t n_effects;
};

struct clock_def {
    const char *name;
    int index;
    struct title title;
    struct limit limit;          /* unit LIMIT_UNSET: by expression */
    const struct cel_expr *expr; /* -> string like "4wh"; null or "": no clock */
    int warn_percent;            /* of the limit used; 0 none */
    bool each_party;
    const struct effect *warn; /* effects on warning */
    size_t n_warn;
    const struct effect *breach; /* effects on breach */
    size_t n_breach;
    const struct rung *rungs;
    size_t n_rungs;
};

/* How many earlier children of the same parent a condition holds of: "the third within a year". */
struct earlier {
    const char *name;
    const struct cel_expr *when;   /* over the earlier one */
    struct limit within;           /* unit LIMIT_UNSET: by expression, or however long ago */
    const struct cel_expr *period; /* -> string like "365d", over the one at hand; NULL: see `within` */
};

struct route_rule {
    const struct cel_expr *when; /* NULL: always */
    const struct party_role *party;
    const struct cel_expr *expr; /* -> org or account uuid, null: does not fit */
};

/* Judges score entrants: who, whom, by which criteria, what becomes of it. It stands on the kind of the
 * round; entrants are its children, sheets are theirs. */
enum score_method { SCORE_UNSET = 0, SCORE_MEAN, SCORE_TRIMMED_MEAN, SCORE_RANK_SUM };
struct score_criterion {
    const struct field *field; /* of the sheets' kind; whole number of 0..max */
    int64_t weight, max;       /* `weight` points for a value of `max` */
};
struct score_prize {
    const char *code; /* of the list of gives.prize */
    int64_t n;        /* places it is for, behind those of the prize before */
};
struct score_def {
    const char *name;
    struct title title;
    const struct kind *kind, *entries, *sheets;
    const struct party_role *judges; /* of `kind`; the sheets' kind has one of that name */
    const struct cel_expr *of;       /* over an entrant: does it take part; NULL: all that are not void */
    uint64_t while_states;           /* of `kind`: sheets may be given and corrected */
    const struct party_role *const
        *not_own; /* of entrants: who plays it is not their judge, nor their unit */
    size_t n_not_own;
    const struct score_criterion *criteria;
    size_t n_criteria;
    int64_t denominator; /* of all points: the least common multiple of the criteria's max */
    enum score_method method;
    int64_t trim;       /* highest and lowest left out, so many of each */
    int places;         /* decimals of results as they are shown */
    int64_t outlier;    /* points from an entrant's median from which on a sheet is shown; 0: none */
    const size_t *ties; /* criteria that break them, in order */
    size_t n_ties;
    const struct field *within; /* of entrants: those with the same value are ranked together; NULL: all */
    const struct field *order;  /* of entrants, whole number: in which they appear; NULL: by their number */
    const struct score_prize *prizes;
    size_t n_prizes;
    const struct field *result, *place, *spread, *prize; /* of entrants: where it is kept; NULL: nowhere */
    int64_t first;                    /* so many go on by `then`, the others by `others`; 0: all by `then` */
    const struct move *then, *others; /* of entrants, made by the clock */
    bool live;                        /* an entrant's result shows as soon as its sheets are complete */
    bool named;                       /* sheets are published with their judges' names */
    const struct who *desk;           /* who sees every sheet while judges are at work */
    size_t n_desk;
};

/* Ranks areas by a formula: indicators, each the figure of a measure or a value typed in, made comparable,
 * weighed. It stands on the kind of a month; what is ranked are its children, values are theirs. */
enum { APPRAISAL_UNIT = 1000000, APPRAISAL_FULL = 1000000, APPRAISAL_WEIGHTS = 10000 };
enum appraisal_normal { NORMAL_UNSET = 0, NORMAL_RANGE, NORMAL_TARGET, NORMAL_GIVEN };
enum appraisal_none { NONE_UNSET = 0, NONE_SPREAD, NONE_FULL, NONE_FLOOR };
struct appraisal_indicator {
    const struct code *code;           /* its parent is the dimension */
    const struct measure_def *measure; /* NULL: typed in */
    const struct party_role *by;       /* of organisations: the part they play in what is measured */
    bool year;                         /* of the year to date, not of the month */
    enum appraisal_normal normal;
    bool lower;               /* the less the better */
    int64_t full, zero;       /* millionths: what is worth all and nothing; of NORMAL_GIVEN all is `full` */
    int64_t floor;            /* percent that even the worst is worth */
    enum appraisal_none none; /* what it is worth where there is no figure */
};
struct appraisal_year {
    int64_t from;           /* the year from which on they hold */
    const int64_t *weights; /* of each indicator, hundredths of a percent; APPRAISAL_WEIGHTS in all */
};
/* Records below what is ranked that say what an indicator is worth: values, corrections. */
struct appraisal_values {
    const struct kind *kind;   /* NULL: there are none */
    const struct field *item;  /* of type code: which indicator */
    const struct field *value; /* of type decimal */
    uint64_t counted;          /* states in which one counts */
};
struct appraisal_def {
    const struct kind *kind, *units;
    const struct field *month; /* text, "2022-05" */
    int level;                 /* enum area_level: one unit for each area of it; 0: of organisations */
    const struct role *post;   /* of organisations: those in which somebody holds it */
    const struct field *org;   /* of organisations, of units: which it is */
    struct appraisal_values lines, corrections;
    const struct code_list *list; /* dimensions at the top, indicators below them */
    const struct appraisal_indicator *indicators;
    size_t n_indicators;
    const struct appraisal_year *years; /* rising */
    size_t n_years;
    int places;                        /* decimals of points as they are kept, shown and ranked by */
    const struct field *total, *place; /* of units: where the result is kept */
    const struct field *name;          /* of units: the area's name goes there; NULL: nowhere */
    const struct move *then;           /* of units, made by the clock */
};

/* A paper that somebody is given about a record. */
struct certificate_def {
    const char *name;
    struct title title;          /* printed large: 荣誉证书 */
    const struct cel_expr *when; /* who is given it */
    const struct field *to;      /* whose name stands on it */
    struct title text;           /* with {field} and {parent} */
};

/* Something is booked: a record of another kind is given from one moment to another, and to no more than it
 * has room for. */
enum { BOOKING_DAYS_MAX = 366, BOOKING_LONGEST_DAYS = 31, BOOKED_BY_MAX = 8 };
struct booking_def {
    const struct field *resource;  /* of type record: what is booked */
    const struct kind *of;         /* its kind */
    const struct field *from, *to; /* times; `to` is not of it any more */
    const struct field *amount;    /* how much of the capacity; NULL: 1 */
    uint64_t holds;                /* bit per state index: of a booking that has the resource */
    uint64_t given;                /* bit per state index of `of`: in which the resource may be booked */
    const struct field *capacity;  /* of the resource; NULL: 1 */
    const struct field *hours;     /* of the resource: "08:00-12:00 13:30-22:00" of each day; NULL: always */
    int64_t longest_ms, ahead_ms;  /* of one booking; how far ahead it may begin */
    int64_t step_ms;               /* what screens offer: times are multiples of it */
};

/* What no two records of a kind may have at once (`unique:` in docs/packs.md). */
struct unique {
    const char *name; /* "house,parent,room": names it in the database; not for people */
    const struct field *const *fields;
    size_t n_fields;
    bool parent;   /* below one parent only */
    bool interval; /* while their intervals overlap; otherwise as long as they are in no final state, … */
    bool ever;     /* … or for good, unless void; spaces in texts do not tell apart */
    struct title title; /* what people are told */
};

/* How a record of a kind is paid through a payment provider. */
struct pay_def {
    const struct field *amount;  /* money */
    const struct move *move;     /* made when it is paid */
    const struct party_role *by; /* who is asked to pay */
};

/* A share of a whole as an exact fraction: at least num/den of it, or more than that. den 0: not asked. */
struct share {
    int64_t num, den;
    bool more;
};
/* What a vote must meet: by heads, by area, or both. */
struct ballot_rule {
    const char *name;
    struct title title, article;            /* article: the law or by-law that says so */
    const struct cel_expr *when;            /* the first that fits holds; NULL: always */
    struct share quorum_heads, quorum_area; /* of the roll, must take part */
    struct share yes_heads, yes_area;       /* must want it */
    bool of_roll;                           /* yes is of the whole roll; else of those who take part */
};
/* Where the roll comes from: open records of a kind, within the ballot's area. */
struct ballot_electors {
    const struct kind *kind;
    const struct cel_expr *when;                               /* NULL: all */
    const struct field *account, *name, *label, *area, *place; /* area in square metres; NULL: none */
};
/* Options that are records: those of a kind that have the ballot's parent. */
struct ballot_stand {
    const struct kind *kind;          /* NULL: options are written by hand */
    const struct field *name;         /* of theirs: how the option reads */
    uint64_t in;                      /* bit per state of theirs in which one stands */
    const struct field *ids;          /* of the ballot's: which they are, in the order of its options */
    const struct move *names;         /* of the ballot's: writes options and ids down */
    const struct move *settled;       /* of the ballot's: now they are told; NULL: never */
    const struct move *chosen, *left; /* of theirs, by the clock: elected, not elected */
    const struct field *votes;        /* of theirs: what it got; NULL: not told */
};
enum ballot_tie { TIE_UNSET = 0, TIE_AGAIN, TIE_LOT };
/* Records of the kind are votes: who may, on what, by which rule. See docs/packs.md. */
struct ballot_def {
    bool secret;
    bool paper_only;                     /* secret: no tokens, everybody votes on paper */
    const struct field *options;         /* texts to choose among; NULL: yes, no, abstain */
    const struct field *seats;           /* how many may be chosen, and are elected; NULL: 1 */
    const struct field *closes;          /* nothing is taken after it; NULL: the state alone says */
    const struct field *result, *digest; /* what the outcome is written in; digest NULL: none */
    const struct field *elected, *votes; /* names of who is elected, votes by option; NULL: not written */
    struct ballot_stand stand;
    uint64_t roll, open, count,
        shown; /* bit per state: roll made, votes taken, paper counted, all published */
    const struct move *passed, *failed; /* by which the outcome is declared */
    const struct who *run;              /* who conducts it */
    size_t n_run;
    const struct who *watch; /* who sees turnout by the hour and which counts agree, and does nothing */
    size_t n_watch;
    const struct kind *slip; /* open: what one vote is, a child of it; NULL where secret */
    bool typed_twice;        /* open: paper counts once two people typed the same */
    int64_t proxies;         /* how many others one person may vote for */
    enum ballot_tie tie;
    bool has_electors;
    struct ballot_electors electors;
    const struct ballot_rule *rules;
    size_t n_rules;
};

struct kind {
    const char *name;
    const struct pack *pack;
    int index;
    struct title title;
    const char *line; /* "{category} · {description}" */
    enum { PLACE_NONE = 0, PLACE_OPTIONAL, PLACE_REQUIRED } place;
    const struct field *fields;
    size_t n_fields;
    const struct party_role *parties;
    size_t n_parties;
    const struct who *see;
    size_t n_see;
    bool parties_see;         /* each of its parties may see it, whatever they do in it */
    const struct who *reveal; /* who may see a personal field, with a reason */
    size_t n_reveal;
    bool is_register;            /* says what there is, not what is to be done: phones keep it */
    const struct cel_expr *near; /* open matters that neighbours are told of; NULL: none */
    uint64_t published;          /* bit per state index: states in which anybody may read it; 0: none */
    const struct field *const *public_fields; /* … these fields and nothing else of it; never personal ones */
    size_t n_public_fields;
    bool public_place; /* … and where it lies */
    const struct state *states;
    size_t n_states;
    const struct move *moves;
    size_t n_moves;
    const struct clock_def *clocks;
    size_t n_clocks;
    const struct route_rule *routes;
    size_t n_routes;
    const struct measure_def *const *measures; /* those that look at this kind */
    size_t n_measures;
    const struct cel_env *env;   /* fields and the variables and functions below */
    int area_level_min;          /* enum area_level: shallowest area a record may lie in; 0 any */
    const char *const *children; /* kinds of its child records; none: anything may name it its parent */
    size_t n_children;
    const struct field *const *inherits; /* fields that a child takes from its parent where it gives none */
    size_t n_inherits;
    const struct party_role *const
        *inherits_parties; /* who plays the part of that name there plays it here */
    size_t n_inherits_parties;
    bool inherits_place, below; /* below: is raised below something else only */
    const struct move *thread;  /* the move by which those concerned talk; NULL: there is no such talk */
    const struct earlier *earlier;
    size_t n_earlier;
    const struct score_def *scores; /* what is scored in it */
    size_t n_scores;
    const struct certificate_def *certificates;
    size_t n_certificates;
    const struct appraisal_def *appraisal; /* NULL: nothing is ranked in it */
    const struct score_def *sheet_of;      /* its records are sheets of that; NULL: they are none */
    const struct booking_def *booking;     /* NULL: books nothing */
    const struct kind *const *booked_by;   /* kinds whose records book this one's */
    size_t n_booked_by;
    const struct field *from, *to; /* days on which what it describes begins and is over; NULL: it has none */
    const struct unique *uniques;
    size_t n_uniques;
    const char *const *by_code; /* children that who knows its id may raise below it without seeing it */
    size_t n_by_code;
    const struct pay_def *pay; /* NULL: it is not paid on line */
    bool has_accounts;         /* a ledger keeps accounts of its records */
    bool asks_books;           /* some move is possible only by what stands in a ledger */
    const char *const
        *during; /* states of its parent in which one may be raised; none: any that is not final */
    size_t n_during;
    const struct ballot_def *ballot; /* NULL: its records are no votes */
};

/* Variables of a kind's environment beside its fields (field i has id i). */
enum record_var {
    VAR_KIND = 1000,
    VAR_STATE,
    VAR_LIGHT,
    VAR_OPEN,
    VAR_AREA,
    VAR_NUMBER,
    VAR_VERSION,
    VAR_CREATED_AT,
    VAR_UPDATED_AT,
    VAR_DUE_AT,
    VAR_LATE,
    VAR_OWNER,
    VAR_TITLE,
    VAR_ACTOR,
    VAR_PARENT,
    VAR_PARTY,
    VAR__MAX
};
/* Functions of a kind's environment; engine/ answers them. */
enum record_func {
    FUNC_UNSET = 0,
    FUNC_TABLE,      /* table('limits', a, b, c) -> string: longest matching row */
    FUNC_UNIT,       /* unit('community') -> org: the unit of that level over the record's area */
    FUNC_UNIT_ABOVE, /* unit_above(org) -> org one level up, itself at the top */
    FUNC_ORG,        /* org('应急管理局') -> org by name within the district */
    FUNC_POST,     /* post('grid_worker', 'grid') -> account holding that post over the record's area, nearest
                      first */
    FUNC_IN_TIME,  /* in_time('resolve') -> bool: stopped and never late */
    FUNC_BREACHED, /* breached('resolve') -> bool */
    FUNC_ELAPSED,  /* elapsed('resolve') -> duration without pauses */
    FUNC_PLAYS,    /* plays('lead') -> bool: the actor does */
    FUNC_COUNT,    /* parties('co') -> int: how many play it */
    FUNC_DONE,     /* done('co', 'handling') -> bool: all who play it are in that party state */
    FUNC_CHILDREN_OPEN, /* children_open() -> int */
    FUNC_CHILDREN,      /* children() -> int: how many there are */
    FUNC_EARLIER,       /* earlier('faults') -> int: of the kind's earlier: of that name */
    FUNC_ON_DUTY,       /* on_duty(org) -> account: who has the duty there now */
    FUNC_INSIDE,        /* inside(point) -> bool: lies in the record's area */
    FUNC_SUPERIOR,      /* superior(party) -> org: the nearest one above in which somebody holds a post */
    FUNC_PLAYER,        /* player('reporter') -> org or account: who plays it, of several the first */
    FUNC_CREW,    /* crew('electrician', 'worker', 2) -> account: who holds that post over the area and is
                     free, near: see docs/packs.md */
    FUNC_BALANCE, /* balance('fund.cash') -> int: of this record, of the district; with an id: of that one */
    FUNC_TIER,    /* tier('carbon.member') -> string: the tier that the balance has reached; null none */
    FUNC_OF_PARENT, /* of_parent('commander') -> org or account: who plays it in the parent, while raised */
    FUNC__MAX,
};

struct table {
    const char *name;
    const char *const *columns; /* last one is the value */
    size_t n_columns;
    const char *const *cells; /* row-major */
    size_t n_rows;
};
/* Longest matching row: an empty cell matches anything, a cell matches a code it
 * is a prefix of; more characters matched wins. NULL if none. */
const char *table_find(const struct table *t, const char *const *keys, size_t n);

enum measure_type {
    MEASURE_UNSET = 0,
    MEASURE_COUNT,      /* how often the moves happened */
    MEASURE_SUM,        /* of an expression at the moves */
    MEASURE_AVERAGE,    /* likewise */
    MEASURE_PERCENTILE, /* likewise: 50, 90, 99 */
    MEASURE_OPEN,       /* records for which `holds` is true now */
    MEASURE_RATIO,      /* of two others */
};
struct measure_def {
    const char *name;
    int index; /* in packs->measures */
    struct title title;
    const struct kind *kind;
    enum measure_type type;
    uint64_t moves;                /* bit per move index; count … percentile */
    uint64_t clock_breach;         /* bit per clock index: counts its breaches as moves are counted */
    const struct cel_expr *when;   /* only then; NULL always */
    const struct cel_expr *of;     /* sum, average, percentile: number or duration (ms) */
    const struct cel_expr *holds;  /* open */
    const struct field *const *by; /* dimensions: code, bool, text fields */
    const struct party_role *const *by_orgs; /* and parts that organisations play */
    size_t n_by, n_by_orgs;
    const struct measure_def *num, *den; /* ratio */
    const char *unit;                    /* "%", "min", "" */
    bool hidden;
    bool lower_is_better;
};

/* What is raised again and again, by itself. */
enum schedule_for {
    FOR_UNSET = 0,
    FOR_AREA,    /* each area of `level` */
    FOR_POST,    /* each holder of `post`, once an area */
    FOR_RECORDS, /* each open record of `of` for which `when` holds */
};
struct schedule_def {
    const char *name;
    int index; /* in packs->schedules */
    struct title title;
    size_t from; /* which of packs->packs it stands in */
    const struct pack *pack;
    const struct kind *kind; /* what it raises */
    const struct move *move; /* and by which move: one that the clock may make */
    enum schedule_for target;
    int level; /* FOR_AREA: enum area_level */
    const struct role *post;
    const struct kind *of;
    const struct cel_expr *when;    /* NULL: all; can be asked of the database */
    const struct field *about;      /* field of `kind` that names the record; NULL none */
    const struct party_role *party; /* who is to do it; NULL: nobody in particular */
    const struct role *to;          /* chosen among those who hold it over the area, the narrowest first */
    struct recurrence recurrence;
    int at_min;                   /* minutes after local midnight */
    bool catch_up;                /* what came while nothing ran is raised later; else only on its own day */
    const char *round;            /* rules of one round make one record a day and target; NULL: its own */
    const struct cel_value *give; /* by field index: what each begins with; CEL_UNSET nothing */
    const struct field *const *copy[2]; /* [0] of `kind` from [1] of `of` */
    size_t n_copy;
};
/* What identifies its records: the round's name, or its own. */
const char *schedule_key(const struct schedule_def *s);

/* A step of a balance that has a name: deep green from 10,000 points on. */
struct tier {
    const char *name;
    struct title title;
    int64_t from;
};
/* One sort of account of a ledger. Whose it is: the district's, or one for each record of a kind, person,
 * organisation. */
enum ledger_of { LEDGER_OF_DISTRICT = 0, LEDGER_OF_RECORD, LEDGER_OF_ACCOUNT, LEDGER_OF_ORG };
struct ledger_account {
    const char *path; /* "carbon.member": how expressions name it */
    const char *name; /* "member" */
    struct title title;
    const struct ledger_def *ledger;
    enum ledger_of of;
    const struct kind *kind; /* LEDGER_OF_RECORD */
    bool has_min;
    int64_t min;    /* it never holds less */
    bool published; /* anybody may read its statement */
    bool turned;    /* shown with the sign turned round: what came in stands on it as less than nothing */
    const struct tier *tiers; /* rising */
    size_t n_tiers;
};
/* Amounts of one sort, always in whole units: of money in fen. What one account loses another gains. */
struct ledger_def {
    const char *name;
    int index; /* in packs->ledgers */
    struct title title, unit;
    bool money;
    const struct ledger_account *accounts; /* a part of packs->accounts */
    size_t n_accounts;
    const struct role **see; /* who may read all of it, beside those whose accounts they are */
    size_t n_see;
    size_t from; /* which of packs->packs it stands in */
};
/* The tier that a balance has reached; NULL: none. */
const struct tier *account_tier(const struct ledger_account *a, int64_t balance);

struct pack {
    const char *name;
    int64_t version;
    struct title title;
    const char *source; /* file it came from */
    const struct kind *const *kinds;
    size_t n_kinds;
};

/* The set of packs a district runs. */
struct packs {
    struct arena *arena;
    const struct pack *packs;
    size_t n_packs;
    const struct kind *const *kinds;
    const struct kind *const *kinds_by_name; /* the same, in the order of their names */
    size_t n_kinds;
    const char *const *outsiders; /* parts in a matter that let nobody see it, of whatever kind; each once */
    size_t n_outsiders;
    const struct code_list *lists;
    size_t n_lists;
    const struct role *roles;
    size_t n_roles;
    const struct table *tables;
    size_t n_tables;
    const struct measure_def *const *measures;
    size_t n_measures;
    const struct schedule_def *schedules;
    size_t n_schedules;
    const struct ledger_def *ledgers;
    size_t n_ledgers;
    const struct ledger_account *accounts; /* of all ledgers */
    size_t n_accounts;
    const char *const *orgs; /* names of organisations in expressions, org('…'), as often as they are there */
    size_t n_orgs;
};

/* One complaint: place, "unknown field 'categry'", what was expected, the source line with a caret. */
struct complaint {
    const char *file;
    int line, column;             /* 1-based, in code points */
    int width;                    /* code points that the caret underlines */
    const char *key;              /* documented in docs/packs.md */
    const char *found, *expected; /* English; expected may be NULL */
    const char *source_line;
    const char *zh; /* found and expected in Chinese, where that is known already; else NULL */
};
struct complaints {
    struct complaint *items;
    size_t n;
};

/* A pack's files: pack.yaml and what it names. What `read` gives must stay until packs_load() returns. */
struct pack_source {
    const char *dir; /* shown in complaints: "packs/incident" */
    bool (*read)(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n);
    void *ctx;
};

/* Loads and checks packs together (they may refer to each other's lists and roles). False with at least one
 * complaint; complaints live in *ret_arena, which the caller frees in both cases (it also holds the packs).
 */
MUST_USE bool packs_load(const struct pack_source *sources, size_t n,
                         const struct effect_type *const *effects, size_t n_effects, struct arena **ret_arena,
                         struct packs **ret, struct complaints *ret_complaints);
/* Reads a folder's files. ctx is the folder's path. The bytes are malloc()ed; packs_load() frees those that
 * this function gave it, others pack_bytes_free(). */
bool pack_read_dir(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n);
void pack_bytes_free(const char *bytes);
/* Prints complaints like a compiler does, to a stream-like buffer. */
void complaints_print(const struct complaints *c, struct buf *out);

const struct kind *packs_kind(const struct packs *p, const char *name);
/* Whether a part of this name lets nobody see a matter, of whatever kind. */
bool packs_outsider(const struct packs *p, const char *role);
/* How often expressions name that organisation, to find it by its name. */
size_t packs_name_org(const struct packs *p, const char *name);
const struct code_list *packs_list(const struct packs *p, const char *name);
const struct role *packs_role(const struct packs *p, const char *name);
const struct table *packs_table(const struct packs *p, const char *name);
const struct measure_def *packs_measure(const struct packs *p, const char *name);
const struct schedule_def *packs_schedule(const struct packs *p, const char *name);
const struct ledger_def *packs_ledger(const struct packs *p, const char *name);
const struct ledger_account *packs_account(const struct packs *p, const char *path); /* "carbon.member" */
const struct field *kind_field(const struct kind *k, const char *name);
const struct move *kind_move(const struct kind *k, const char *name);
/* Whether the move puts the record into another that its sender names. */
bool move_merges(const struct move *m);
/* The first such move of the kind; NULL: it has none. */
const struct move *kind_merge(const struct kind *k);
const struct state *kind_state(const struct kind *k, const char *name);
const struct party_role *kind_party(const struct kind *k, const char *name);
const struct clock_def *kind_clock(const struct kind *k, const char *name);
const struct earlier *kind_earlier(const struct kind *k, const char *name);
const struct score_def *kind_score(const struct kind *k, const char *name);
/* Whether records of that kind may be children of this one's. */
bool kind_has_child(const struct kind *k, const char *child);
/* Whether one may be raised below what is in that state (`during`). */
bool kind_raised_in(const struct kind *k, const char *state);
/* Is it among the fields that anybody may read where the kind is published? */
bool field_is_public(const struct kind *k, const struct field *f);
/* Whether both versions of a kind book the same things in the same states. */
bool booking_same(const struct kind *a, const struct kind *b);
/* Whether whoever knows the id of such a record may raise that child below it without seeing it. */
bool kind_by_code(const struct kind *k, const char *child);
const struct code *list_code(const struct code_list *l, const char *code);
const char *light_name(enum light l);
const char *field_type_name(enum field_type t);
/* The CEL type of a field's value: CEL_LIST when many. */
enum cel_type field_cel_type(const struct field *f);

/* The JSON Schema of a kind's fields and its flow, as GET /kinds/{kind} gives it. */
void kind_write_json(struct json_out *out, const struct kind *k);
/* Member "publish": the states and fields anybody may read; left out where there are none. */
void kind_write_public(struct json_out *out, const struct kind *k);

#endif
