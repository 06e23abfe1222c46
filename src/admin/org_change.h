/* org_change.h -- organisations renamed, put below others, ended and let in again. Inside admin/. */
#ifndef ADMIN_ORG_CHANGE_H
#define ADMIN_ORG_CHANGE_H

#include "identity/account.h"
#include "pack/pack.h"

/* What names an organisation and would be left with nobody behind it. */
struct org_left {
    int64_t posts;    /* held in it now or from a day to come on */
    int64_t parts;    /* open matters in which it plays a part */
    int64_t owned;    /* of those: which it answers for */
    int64_t duties;   /* going on or to come */
    int64_t plans;    /* of duties, not over yet */
    int64_t channels; /* of notices, switched on, for its people */
    int64_t saved;    /* views and templates that its people share */
    int64_t accounts; /* of ledgers, not empty */
    int64_t below;    /* organisations right below it */
    int64_t rules;    /* places in packs that find it by its name */
};
enum { ORG_LEFT_KINDS = 10 };
/* The same as names and numbers, in that order. */
struct org_count {
    const char *name;
    int64_t n;
};
void org_counts(const struct org_left *l, struct org_count ret[ORG_LEFT_KINDS]);

/* As its row says; texts live in `a`. ERR_NOT_FOUND "org.not_found". */
MUST_USE bool org_read(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct org *ret,
                       struct err *e);
/* `today`: the local day. */
MUST_USE bool org_count_left(struct sql_tx *tx, int64_t district, const struct packs *packs,
                             const struct org *o, int64_t now, int64_t today, struct org_left *ret,
                             struct err *e);

/* Name, area and parent of `to`; nothing is written when all are as they were. ERR_CONFLICT "org.ended";
 * ERR_INVALID "org.name", "org.area", "org.unit_area" (a governing unit stays with its area), "org.parent",
 * "org.parent_ended", "org.cycle". That the area is there the caller has seen. */
MUST_USE bool org_change(struct sql_tx *tx, const struct doing *by, const struct org *to, struct arena *a,
                         struct err *e);
/* Ends what is there, with the numbers in the audit. `governs`: it is the unit of an area that is there.
 * ERR_CONFLICT "org.governs", "org.posts_held". */
MUST_USE bool org_end(struct sql_tx *tx, const struct doing *by, const struct org *o,
                      const struct org_left *left, bool governs, struct err *e);
/* Lets in again what has ended. ERR_CONFLICT "org.unit_taken" when its area has another unit now. */
MUST_USE bool org_resume(struct sql_tx *tx, const struct doing *by, const struct org *o, struct err *e);

#endif
