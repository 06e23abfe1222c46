/* ballot.h -- votes (ballots): a frozen roll, open votes through the door, secret ones by blind signatures,
 * paper counted beside them, the result by the rule of the pack. A ballot is a record of a kind with
 * `ballot:`. */
#ifndef BALLOT_BALLOT_H
#define BALLOT_BALLOT_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/route.h"
#include "record/record.h"
#include "sql/sql.h"

extern const struct route ballot_routes[];
extern const struct openapi_schema ballot_schemas[];
/* Marks the roll when an open vote comes in; when voting ends, destroys the key of a secret ballot and lays
 * its slips down anew in the order of their tokens. In the transaction of the change. */
extern const struct door_observer ballot_observer;
/* A ballot opens with a roll, and a secret one with its key: ERR_CONFLICT "ballot.no_roll", "ballot.keyless".
 */
extern const struct door_guard ballot_guard;
/* elect: candidates that are records are told what became of them. */
extern const struct effect_type *const ballot_effects[];
extern const size_t ballot_n_effects;
/* Prepares the statements of this room: at the start of a server. */
MUST_USE bool ballot_check(struct sql *db, struct err *e);

/* A ballot, and who asks. Everything in it lives in `a`. */
struct poll {
    struct sql *db;
    struct door *door;
    const struct world *world;
    const struct principal *who;
    struct arena *a;
    int64_t now;
    const struct record *rec;
    const struct ballot_def *def;
    bool runs, watches; /* `who` conducts it; sees how it goes, and nothing else */
};
/* Fills rec, def and runs. ERR_NOT_FOUND "record.not_found" (also when it may not be seen), "ballot.none"
 * when it is no ballot. */
MUST_USE bool poll_load(struct poll *p, struct sql_tx *tx, struct uuid id, struct err *e);
/* Makes the roll from the records the pack names, in place of what was there. For scenarios; the route does
 * more. */
MUST_USE bool poll_roll_from_records(struct poll *p, size_t *ret_n, struct err *e);
/* Every roll and result recounted: what is kept of a roll against its lines, their marks against the votes,
 * the declared result against the list it was made from; `differs` is told in English where they do not
 * agree. */
MUST_USE bool ballot_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *),
                            void *ctx, struct err *e);
/* A vote of an open ballot on paper or by an account, for the number `no`: the command, ready for the door.
 * Its id follows from ballot and number, so each number has one vote, whichever way it comes. */
MUST_USE bool poll_vote(struct poll *p, int64_t no, const int64_t *choice, size_t n, const char *way,
                        struct command **ret, struct err *e);
/* A vote on paper as one person types it. *ret is NULL when it is kept for a second person to type the same,
 * else the vote, ready for the door. ERR_CONFLICT "ballot.typed_differs", "ballot.voted". */
MUST_USE bool poll_type(struct poll *p, int64_t no, const int64_t *choice, size_t n, struct command **ret,
                        struct err *e);
/* The roll says that so many numbers from `first` on voted on paper; and what one counter found in the box of
 * a place: `counts` by option, then spoilt ones. */
MUST_USE bool poll_mark_paper(struct poll *p, int64_t no, struct err *e);
MUST_USE bool poll_count(struct poll *p, const char *place, const int64_t *counts, size_t n, struct err *e);
/* Writes down who stands, where candidates are records: the move, ready for the door. ERR_CONFLICT
 * "ballot.by_hand", "ballot.none_stand", "ballot.same_name", "ballot.many_options". */
MUST_USE bool poll_names(struct poll *p, struct command **ret, struct err *e);
/* What it came to, as JSON; and the move that declares it, ready for the door. */
MUST_USE bool poll_declare(struct poll *p, struct command **ret, struct err *e);

#endif
