/* crew.h -- what somebody has to do and where they were seen last, for the engine's crew(). Inside record/.
 */
#ifndef RECORD_CREW_H
#define RECORD_CREW_H

#include "engine/engine.h"
#include "record/record.h"

struct crew_look {
    struct sql_tx *tx;
    int64_t district;
    struct uuid self; /* the record somebody is sought for: it does not count */
    bool (*load)(void *ctx, struct uuid id, const struct record **ret, struct err *e);
    /* What the database does not show, or not as it is by now: whether this one is of them, and the i-th,
     * NULL beyond the last. Both NULL: nothing. */
    bool (*touched)(void *ctx, struct uuid id);
    const struct record *(*nth)(void *ctx, size_t i);
    void *ctx;
};
/* For around.busy; ctx is a struct crew_look. Looks at the open matters of an account (at most 64) and at its
 * newest four. */
bool crew_busy(void *ctx, struct uuid account, const char *part, struct busy *ret, struct err *e);
/* The record as `load` has it, or what it was merged into; *ret NULL: there is none of that id. */
MUST_USE bool record_standing(bool (*load)(void *ctx, struct uuid id, const struct record **ret,
                                           struct err *e),
                              void *ctx, struct uuid id, const struct record **ret, struct err *e);
/* For around.standing, with the same ctx. */
bool crew_standing(void *ctx, struct uuid id, struct uuid *ret, struct err *e);
/* Lets `ret` answer both as the database has it, as long as `tx` lasts; in `a`. */
void crew_look_at(struct sql_tx *tx, const struct world *w, struct uuid self, struct arena *a,
                  struct around *ret);

#endif
