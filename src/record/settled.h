/* settled.h -- results that a move gave a record from what lay below it: when that was, and by which packs,
 * so that they can be counted again. */
#ifndef RECORD_SETTLED_H
#define RECORD_SETTLED_H

#include "engine/engine.h"
#include "sql/sql.h"

/* When a record was given its result last. */
struct settled {
    int64_t seq, at; /* 0: never */
};
/* `gives`: whether a move of the kind gives the result meant; it is never asked of NULL. */
MUST_USE bool record_settled(struct sql_tx *tx, const struct world *w, const struct kind *k, struct uuid id,
                             bool (*gives)(const struct move *), struct settled *ret, struct err *e);
/* The world by the packs that held behind that entry. */
MUST_USE bool world_then(struct sql_tx *tx, const struct world *w, int64_t seq, struct world *ret,
                         struct err *e);

struct each_record {
    struct sql_tx *tx;
    const struct world *world;
    struct arena *a; /* of one visit: reset behind each */
    bool (*wants)(const struct kind *k);
    bool (*visit)(void *ctx, const struct kind *k, struct uuid id, struct err *e); /* false ends the walk */
    void *ctx;
};
/* Visits the records of all kinds wanted, kind by kind, each by its id. */
MUST_USE bool record_each(const struct each_record *x, struct err *e);

#endif
