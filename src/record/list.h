/* list.h -- lists of records: which rows a caller may see, by which index they are
 * walked, pages by keyset. */
#ifndef RECORD_LIST_H
#define RECORD_LIST_H

#include "engine/engine.h"
#include "http/route.h"

MUST_USE bool record_list(struct req *r, struct err *e); /* GET /records */

/* Appends "may be seen by p" over the records of `kind` (NULL: any) to `where`. False if there is
 * nothing p may see by a post; then only matters p is a party to remain. `area` is the subtree asked for:
 * a post over all of it needs no condition. */
bool list_scope(struct sql_where *where, const struct world *w, const struct kind *kind,
                const struct principal *p, const char *area, struct arena *a);

/* "area lies in the subtree of prefix" */
void list_add_area(struct sql_where *where, const char *prefix, struct arena *a);

#endif
