/* import_map.h -- what an import's mapping says: which column becomes what. docs/import.md. */
#ifndef REPORT_IMPORT_MAP_H
#define REPORT_IMPORT_MAP_H

#include "area/csv.h"
#include "engine/engine.h"
#include "report/zone.h"

enum { IMPORT_MOVES_MAX = 16 };

/* Where a value comes from: a column, perhaps translated; a constant; a text with {column}s. */
struct map_source {
    enum { MAP_NONE = 0, MAP_COLUMN, MAP_VALUE, MAP_TEXT } type;
    int column;
    const char *text;                    /* MAP_VALUE, MAP_TEXT */
    const char *const *from, *const *to; /* translation, by `from` sorted */
    size_t n_codes;
    const char
        *fallback; /* of what is empty or not in the table; NULL: empty stays empty, the rest is refused */
    const char *format; /* of a time */
};
struct map_field {
    const struct field *field;
    struct map_source source;
};
struct map_move {
    const char *verb;
    struct map_source at, note, until;
    const struct cel_expr *when; /* over the columns; NULL: whenever `at` is given */
    struct map_field *fields;
    size_t n_fields;
};
/* On whose behalf rows come in. The command line: principal_import, trusted, with the times that the file
 * says; a file sent to the server: who sent it, by their rights, now. */
struct import_by {
    const struct principal *who;
    bool trusted;
    struct uuid import; /* nil: identity follows from the source's id; else from this and the row's line */
    int64_t began_at;   /* of that import: when its records' ids say they were made */
    int64_t now;
    /* Which record a row names as its parent; NULL: nobody can say. */
    bool (*parent)(void *ctx, const char *text, struct uuid *ret, struct err *e);
    void *ctx;
};
struct import_map {
    struct import_by by;
    const struct kind *kind;
    const char *source; /* whose ids these are */
    int id;             /* column */
    struct zone zone;
    enum datum datum;
    struct map_source area, address, lng, lat, parent;
    struct map_move raise; /* verb NULL: the first */
    struct map_move moves[IMPORT_MOVES_MAX];
    size_t n_moves;
    const struct cel_expr *when; /* only rows for which this is true */
    struct cel_env env;          /* the columns as variables */
};
/* Reads the mapping `text` for the file whose header `csv` has read. Complaints are printed on stderr.
 * Everything lives in `a`. ERR_INVALID "import.map" after complaints. */
MUST_USE bool import_map_read(const char *name, const char *text, size_t n, const struct packs *packs,
                              const struct kind *kind, const struct csv *csv, struct arena *a,
                              struct import_map *ret, struct err *e);
/* The source's text in the current row; NULL if there is none. False when a code is not in its table. */
MUST_USE bool map_text(const struct map_source *s, const struct csv *csv, struct arena *a, const char **ret,
                       struct err *e);

#endif
