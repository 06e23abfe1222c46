/* cells.h -- a table that is written row by row, cell by cell: CSV (RFC 4180, with a byte order mark, so that
 * a spreadsheet opens it) or XLSX. Nothing of it becomes a formula. Memory is that of one row. */
#ifndef REPORT_CELLS_H
#define REPORT_CELLS_H

#include "base/base.h"

#include <stdio.h>

enum cells_format { CELLS_UNSET = 0, CELLS_CSV, CELLS_XLSX };
/* "csv", "xlsx"; CELLS_UNSET if it is neither. */
enum cells_format cells_format_named(const char *name);
const char *cells_content_type(enum cells_format f);

struct cells;
/* Makes the file at `path`, mode 0600. ERR_BUSY "cells.disk". */
MUST_USE bool cells_create(const char *path, enum cells_format f, struct cells **ret, struct err *e);
/* CSV into a stream, which stays the caller's. */
struct cells *cells_to(FILE *to) NEVER_NULL;
void cells_text(struct cells *c, const char *s); /* NULL: an empty cell */
void cells_int(struct cells *c, int64_t v);
void cells_double(struct cells *c, double v, int digits);
void cells_bool(struct cells *c, bool v);
void cells_end_row(struct cells *c);
/* Whole and on its way to the disk, or ERR_BUSY "cells.disk". Frees in either case. */
MUST_USE bool cells_close(struct cells **c, struct err *e);
/* Gives up: what was written so far is not to be used. For AUTO. */
void cells_free(struct cells **c);

#endif
