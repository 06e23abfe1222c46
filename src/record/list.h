/* list.h -- lists of records: which rows a caller may see, by which index they are
 * walked, pages by keyset. */
#ifndef RECORD_LIST_H
#define RECORD_LIST_H

#include "engine/engine.h"
#include "http/route.h"

MUST_USE bool record_list(struct req *r, struct err *e); /* GET /records */

/* The ids of a page of the list that r asks for by its query, of at most LIMIT_LIST_PAGE rows; its limit and
 * cursor aside. *next: the cursor, NULL for the first page; becomes that of the next page, NULL when this was
 * the last. Everything lives in `a`. Errors as GET /records. */
MUST_USE bool record_list_ids(const struct req *r, struct arena *a, const char **next, struct uuid ret[],
                              size_t *ret_n, struct err *e);

/* Appends "may be seen by p" over the records of `kind` (NULL: any) to `where`. False if there is
 * nothing p may see by a post; then only matters p is a party to remain. `area` is the subtree asked for:
 * a post over all of it needs no condition. */
bool list_scope(struct sql_where *where, const struct world *w, const struct kind *kind,
                const struct principal *p, const char *area, struct arena *a);
/* Whether a post of p's, or nothing at all, lets them see every matter of that kind in `area`. */
bool list_sees_all(const struct kind *k, const struct principal *p, const char *area, struct arena *a);

/* Whether p holds a post by which personal values of some matters of the kind may be seen: only those are
 * looked for by a number. */
bool list_reveals(const struct kind *k, const struct principal *p);

/* "area lies in the subtree of prefix" */
void list_add_area(struct sql_where *where, const char *prefix, struct arena *a);

#endif
