/* import_row.h -- a row of a file becomes commands. */
#ifndef REPORT_IMPORT_ROW_H
#define REPORT_IMPORT_ROW_H

#include "report/import_map.h"

enum { IMPORT_COMMANDS_MAX = IMPORT_MOVES_MAX + 1 };

/* The commands of the current row: the raise, then its moves in the mapping's order. Their ids follow from
 * the source's id and the time it was raised, so the same row gives the same commands. *ret_n 0: the
 * mapping's `when` leaves the row out. False: refused, and why. */
MUST_USE bool import_row(const struct import_map *m, const struct csv *csv, const struct world *w,
                         struct arena *a, const struct command **ret, size_t *ret_n, struct err *e);

#endif
