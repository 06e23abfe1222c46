/* csv.h -- reads comma-separated text (RFC 4180): quotes, doubled quotes, line
 * breaks inside quotes, CRLF or LF, a byte order mark. The first line names the
 * columns; rows are asked for by column name. */
#ifndef AREA_CSV_H
#define AREA_CSV_H

#include "base/base.h"

enum { CSV_COLUMNS_MAX = 64, CSV_ROW_MAX = 16 * 1024 };

struct csv {
    const char *at, *end;
    int64_t line; /* the line the current row begins on, from 1 */
    int64_t next_line;
    size_t n_columns, n_fields;
    char header[CSV_ROW_MAX], row[CSV_ROW_MAX];
    const char *column[CSV_COLUMNS_MAX], *field[CSV_COLUMNS_MAX];
};

/* The reader holds two rows of text: too large for a stack. */
struct csv *csv_create(void) NEVER_NULL;
void csv_free(struct csv **c);
/* Reads the header. text[0..n) must outlive the reader. ERR_MALFORMED "csv.utf8",
 * "csv.quote", "csv.row" (longer than CSV_ROW_MAX or CSV_COLUMNS_MAX), "csv.empty". */
MUST_USE bool csv_begin(struct csv *c, const char *text, size_t n, struct err *e);
/* The next row that is not blank; *ret false at the end. */
MUST_USE bool csv_next(struct csv *c, bool *ret, struct err *e);
/* Number of the column named so, -1 if there is none. */
int csv_column(const struct csv *c, const char *name);
/* As csv_column, but ERR_INVALID "csv.column" naming what is missing. */
MUST_USE bool csv_need(const struct csv *c, const char *name, int *ret, struct err *e);
/* Field of the current row; "" if the row is shorter or the column -1. */
const char *csv_get(const struct csv *c, int column);

#endif
