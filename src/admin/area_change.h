/* area_change.h -- a change of areas with all that goes with it. Inside admin/. */
#ifndef ADMIN_AREA_CHANGE_H
#define ADMIN_AREA_CHANGE_H

#include "area/change.h"
#include "identity/account.h"

/* What somebody sent. */
struct area_order {
    struct uuid id;
    struct area_wish wish;
    const char *why;
    bool follow; /* who holds a post on what is divided gets the same on what becomes of it */
};
/* What it does beside the areas themselves. */
struct area_effects {
    int64_t open;       /* matters not closed in what ends or is divided: they stay where they were raised */
    struct post *posts; /* those given */
    size_t n_posts;
};
MUST_USE bool area_effects(struct sql_tx *tx, int64_t district, const struct area_tree *t,
                           const struct directory *people, const struct area_order *o,
                           const struct area_plan *p, struct arena *a, struct area_effects *ret,
                           struct err *e);
/* Writes plan, posts and a line of the audit. ERR_CONFLICT "area.changed" if the tree that the plan was made
 * of is behind. */
MUST_USE bool area_order_do(const struct doing *by, const struct area_tree *t, const struct area_order *o,
                            const struct area_plan *p, const struct area_effects *f, struct err *e);
/* ERR_NOT_FOUND "area.change", ERR_CONFLICT "area.holds" once it holds. */
MUST_USE bool area_order_withdraw(const struct doing *by, struct uuid id, struct arena *a, struct err *e);

#endif
