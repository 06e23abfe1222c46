/* kept.h -- rows of a server that stay in memory: of a page that is asked for again and again mostly one row
 * has changed, and bringing twenty of twenty columns costs more than saying which they are. Inside src/sql
 * only; sql_query_kept() is the way in.
 *
 * A row is known by its id and by its version, which the server changes with each change of the row
 * (PostgreSQL's xmin). Versions of two servers are not comparable: who connects anew calls kept_clear().
 *
 * Threads: a struct kept may be used from any; struct sql_rows made of it belong to one. */
#ifndef SQL_KEPT_H
#define SQL_KEPT_H

#include "sql/engine.h"

struct kept;
struct kept *kept_create(void) NEVER_NULL;
void kept_free(struct kept **k);
void kept_clear(struct kept *k);

/* The rows that `keys` names, in its order; those not at hand are read by `row`. *ret_changed: one of them is
 * not what it was when `keys` was answered, or there are too many; then *ret stays NULL. */
MUST_USE bool kept_query(struct kept *k, struct sql_tx *tx, const struct sql_statement *keys,
                         const struct sql_query *row, const struct sql_arg *args, struct sql_rows **ret,
                         bool *ret_changed, struct err *e);

#endif
