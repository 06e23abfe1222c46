/* around.h -- what stands around a record, as far as its kind asks: parent, children, earlier siblings. */
#ifndef RECORD_AROUND_H
#define RECORD_AROUND_H

#include "engine/engine.h"
#include "sql/sql.h"

enum { SIBLINGS_MAX = 200 /* the newest; more are not looked at */, BELOW_MAX = 8000 };

/* How many children it has, and how many of them are open. */
MUST_USE bool around_children(struct sql_tx *tx, int64_t district, struct uuid id, struct around *ret,
                              struct err *e);
/* Ids of the newest children of `parent` that are of that kind, in `a`. */
MUST_USE bool around_siblings(struct sql_tx *tx, int64_t district, struct uuid parent, const char *kind,
                              struct arena *a, struct uuid **ret, size_t *ret_n, struct err *e);
/* Its children and theirs as they are in the database, each list by id, in `a`. ERR_TOO_LARGE "record.below"
 * when there are more than BELOW_MAX. */
MUST_USE bool record_below(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                           const struct record ***ret, size_t *ret_n, struct err *e);
/* All that r's kind asks for, as it is in the database. What is in *ret lives in `a`, and is asked for no
 * longer than `tx` lasts. */
MUST_USE bool record_around(struct sql_tx *tx, const struct world *w, const struct record *r, struct arena *a,
                            struct around *ret, struct err *e);

#endif
