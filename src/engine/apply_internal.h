/* apply_internal.h -- one application of a command, shared by the files that do it. */
#ifndef ENGINE_APPLY_INTERNAL_H
#define ENGINE_APPLY_INTERNAL_H

#include "engine/record_internal.h"

struct applying {
    const struct engine_input *in;
    const struct command *cmd;
    struct arena *arena;
    struct record *rec; /* becomes change->after */
    struct change *change;
    const struct move *move;
    size_t party;          /* the acting one, in an each-party step: record_party() */
    const size_t *targets; /* whose step it is, likewise; by step_targets() */
    size_t n_targets;
};

/* --- step.c --- */

/* The party that p would make this step for, counted from 1: the first whose turn it is, else the first p
 * belongs to. 0: p belongs to none that has this step. */
size_t step_party(const struct record *r, const struct principal *p, const struct move *m, bool *ret_open);
/* Whether there is somebody whom the move could be about: who plays the part it picks from, and stands where
 * the step may be made. */
bool step_has_target(const struct record *r, const struct move *m);
/* Finds the acting party of an each-party step. "move.done", "move.after". */
MUST_USE bool step_find(struct applying *x, struct err *e);
/* Once the parties are settled: x->targets. "party.none". */
MUST_USE bool step_targets(struct applying *x, struct err *e);
/* The state of those whose step it is, and of the matter if it follows them. */
void step_enter(struct applying *x);
MUST_USE bool step_here(struct applying *x, struct err *e);

/* Where the record lies: the place located, or the area given. "place.required",
 * "place.outside", "place.area", "place.level". */
MUST_USE bool apply_place(struct applying *x, struct err *e);
/* Parties named with the command, routed, or computed by the move. */
MUST_USE bool apply_parties(struct applying *x, struct err *e);
/* The same for a draft: parts for which nobody fits stay empty. */
MUST_USE bool draft_parties(struct applying *x, struct err *e);
/* Whoever raises a matter is its reporter, where the kind has one. */
void add_reporter(struct applying *x);
/* Puts an account or organisation into a part, in place of who had it when only one may. */
MUST_USE bool party_set(struct record *r, const struct party_input *p, int64_t at, struct arena *a,
                        struct err *e);
/* Takes a part from whoever has it, and ends their clocks; nothing where they have it not. */
void party_leave(struct record *r, const struct party_input *out, int64_t at);
/* Reads an expression's value (uuid text) as an organisation or account of the directory. */
bool party_from_value(const struct world *w, const struct cel_value *v, struct party_input *ret);
/* Whether they can be given a part: an organisation that has ended keeps those it has and gets no other. */
bool party_takes(const struct world *w, const struct party_input *p);

enum { MEMBERS_MAX = 128 };
/* Those who have the duty there; where no roster says who, all its people. Of a post in an organisation: its
 * holders on duty where there are some. Returns how many. */
size_t whom_to_tell(const struct directory *d, struct uuid org, const char *role, int64_t now,
                    struct uuid ret[MEMBERS_MAX]);
/* Somebody as the directory has them at that moment, in `a`. */
struct principal person_at(const struct directory *d, const struct account *who, int64_t now,
                           struct arena *a);
/* Files named with the command become the record's, of which `aside` only the staff see. "input.too_many". */
MUST_USE bool add_files(struct applying *x, bool aside, struct err *e);

/* One more to be told of the change, each of one thing once. */
void change_tell(struct change *ch, struct uuid account, const char *what, struct arena *a);

/* family.c: a child and its parent. "parent.kind", "parent.closed",
 * "parent.during"; "input.required" where something is raised below others only, and names none. */
MUST_USE bool parent_fits(const struct applying *x, struct err *e);
/* What the kind takes from the parent where the command does not say otherwise; of the place: whether it did.
 */
bool inherit_place(struct applying *x);
void inherit_fields(struct applying *x);
MUST_USE bool inherit_parties(struct applying *x, struct err *e);

/* Commands every kind knows. */
struct builtin {
    const char *name;
    bool (*apply)(struct applying *x, struct err *e);
};
const struct builtin *builtin_find(const char *verb); /* NULL: none of that name */

/* talk.c: what is said beside the flow. */
MUST_USE bool apply_note(struct applying *x, struct err *e);
MUST_USE bool apply_call(struct applying *x, struct err *e);
MUST_USE bool apply_call_end(struct applying *x, struct err *e);
/* builtin.c: the caller reads the matter by a post, or "move.denied". */
MUST_USE bool staff_only(const struct applying *x, struct err *e);

/* follow.c: effects that ask for another command. */
extern const struct effect_type effect_move, effect_parent, effect_children, effect_raise, effect_record;
/* merge.c: one record goes into another, and what that asks of the other and of what lies below. */
extern const struct effect_type effect_merge, effect_unmerge;
MUST_USE bool apply_absorb(struct applying *x, struct err *e);
MUST_USE bool apply_under(struct applying *x, struct err *e);

#endif
