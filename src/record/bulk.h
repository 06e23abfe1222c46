/* bulk.h -- rows collected for one writing statement, to be written in one go. */
#ifndef RECORD_BULK_H
#define RECORD_BULK_H

#include "sql/sql.h"

struct bulk {
    const struct sql_query *q;
    struct sql_arg *args;
    size_t n, max;
    struct arena *a;
};
void bulk_begin(struct bulk *b, const struct sql_query *q, struct arena *a);
/* Adds a row of q->nargs values; what they point at must stay until bulk_write(). */
void bulk_add(struct bulk *b, const struct sql_arg *values);
#define BULK_ADD(b, ...) bulk_add((b), (const struct sql_arg[]){__VA_ARGS__})
MUST_USE bool bulk_write(const struct bulk *b, struct sql_tx *tx, struct err *e);

#endif
