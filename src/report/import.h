/* import.h -- a file of rows that somebody sends to the server: kept sealed in parts, looked at, tried
 * without keeping anything, and brought in through the one door by a thread of the server, each row once,
 * also when it is stopped in the middle. Inside report/. */
#ifndef REPORT_IMPORT_H
#define REPORT_IMPORT_H

#include "base/limits.h"
#include "record/record.h"
#include "report/import_map.h"
#include "sql/sql.h"

enum {
    IMPORT_FILE_ROWS_MAX = 200000,
    IMPORT_PART_ROWS = LIMIT_BATCH, /* of one transaction */
    IMPORT_COLUMNS_MAX = 64,
    IMPORT_PREVIEW_ROWS = 8,
    IMPORT_MAP_CHARS = 20000,
    IMPORT_KEPT_DAYS = 30,
    IMPORT_LIST_MAX = 50,
};

struct import {
    struct uuid id, account;
    const char *kind, *name, *header, *map; /* opened; map "" : not said yet */
    const char *state, *problem;
    int64_t n_rows, n_parts, done, made, refused, at, started_at, ended_at;
};
/* ERR_NOT_FOUND "import.unknown", also for another's when `account` is not nil. */
MUST_USE bool import_get(struct sql_tx *tx, const struct world *w, struct uuid id, struct uuid account,
                         struct arena *a, struct import *ret, struct err *e);
/* Columns of report.import_get. */
MUST_USE bool import_of_row(const struct sql_rows *rows, const struct world *w, struct arena *a,
                            struct import *ret, struct err *e);
/* One part: its text with the file's header before it, and what was found wrong. */
struct import_part {
    int64_t line;
    const char *body, *found;
};
MUST_USE bool import_part_get(struct sql_tx *tx, const struct world *w, const struct import *im, int64_t nth,
                              struct arena *a, struct import_part *ret, struct err *e);
/* Divides the text of a file into parts and keeps them. ERR_MALFORMED "csv.…", ERR_INVALID "import.empty",
 * ERR_TOO_LARGE "import.too_many". */
MUST_USE bool import_keep(struct sql *db, const struct world *w, const struct import *im, const char *text,
                          size_t n, struct arena *a, int64_t *ret_rows, struct err *e);
/* A sealed text of an import, bound to what it is. */
const char *import_seal(const struct world *w, const struct import *im, const char *what, const char *plain,
                        struct arena *a);

/* What the JSON of a mapping says for the file whose header `csv` has read; everything in `a`. Complaints
 * name the member. docs/import.md. */
MUST_USE bool import_map_json(const struct world *w, const struct kind *kind, const struct csv *csv,
                              const char *json, struct arena *a, struct import_map *ret, struct err *e);
/* Writes the mapping that the columns' names suggest, as member `key`. */
void import_guess(struct json_out *out, const char *key, const struct world *w, const struct kind *kind,
                  const struct csv *csv);
/* The column's name that a complaint about `field` ("fields.phone", "area") is about; "" if none. */
const char *import_column_of(const struct import_map *m, const struct csv *csv, const char *field);

/* Who may: some move that makes such a record could be this caller's. */
bool import_may(const struct kind *k, const struct principal *p);
/* As whom the rows come in: the account as it stands, or the import itself where an administrator brings in
 * what names `import` in its `by`. ERR_DENIED "import.account" when the account has been closed. */
MUST_USE bool import_principal(const struct world *w, const struct kind *k, struct uuid account, int64_t now,
                               struct arena *a, const struct principal **ret, struct err *e);

#endif
