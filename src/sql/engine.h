/* engine.h -- what a database engine brings; sql.c puts the interface of sql.h in
 * front of it. Inside src/sql only. */
#ifndef SQL_ENGINE_H
#define SQL_ENGINE_H

#include "sql/sql.h"

/* Stands in the text of a struct sql_where for its next parameter. */
#define WHERE_ARG "$?"
enum { WHERE_TEXT_MAX = 32 * 1024 };

/* A statement in the words of one engine: those of its query, or, when it is composed,
 * with the condition in its place. */
struct sql_statement {
    const struct sql_query *q;
    const char *text;
    int nargs;
};

/* Each engine's own structs begin with these. */
struct sql {
    const struct sql_engine *engine;
    struct sql_options options;
};
struct sql_tx {
    struct sql *db;
    bool writes;
};
struct sql_rows {
    const struct sql_engine *engine;
};

/* As the functions of sql.h by these names, which have checked what does not depend on
 * the engine: modes, tags, numbers of arguments. */
struct sql_engine {
    const char *name; /* as after "-- engine: " */
    void (*close)(struct sql *db);
    void (*take_turns)(struct sql *db, int64_t district);
    bool (*distribute)(struct sql *db, bool *ret_does, struct err *e); /* NULL: it cannot */
    bool (*begin)(struct sql *db, enum sql_mode mode, struct sql_tx **ret, struct err *e);
    bool (*commit)(struct sql_tx **tx, struct err *e);
    void (*rollback)(struct sql_tx *tx);
    /* Runs the statements of a migration. */
    bool (*script)(struct sql_tx *tx, const char *name, const char *text, struct err *e);
    /* Prepares; *ret_reads: it changes nothing. */
    bool (*prepare)(struct sql_tx *tx, const struct sql_statement *s, bool *ret_reads, struct err *e);
    bool (*query)(struct sql_tx *tx, const struct sql_statement *s, const struct sql_arg *args,
                  struct sql_rows **ret, struct err *e);
    bool (*walk)(struct sql_tx *tx, const struct sql_statement *s, const struct sql_arg *args,
                 struct sql_rows **ret, struct err *e);
    bool (*query_each)(struct sql_tx *tx, const struct sql_statement *s, const struct sql_arg *args,
                       size_t nrows, struct sql_rows **ret, struct err *e);
    size_t (*row)(const struct sql_rows *rows);
    bool (*each)(struct sql_tx *tx, const struct sql_statement *s, const struct sql_arg *args, size_t nrows,
                 struct err *e);
    bool (*next)(struct sql_rows *rows);
    int64_t (*integer)(const struct sql_rows *rows, int col);
    double (*real)(const struct sql_rows *rows, int col);
    const char *(*text)(const struct sql_rows *rows, int col);
    const void *(*blob)(const struct sql_rows *rows, int col, size_t *ret_n);
    bool (*is_null)(const struct sql_rows *rows, int col);
    /* For kept.h, NULL where nothing is kept: the rows in memory that tx may use now (NULL: none); how many
     * columns there are; a value, until sql_next(). */
    struct kept *(*kept)(const struct sql_tx *tx);
    int (*columns)(const struct sql_rows *rows);
    struct sql_arg (*cell)(const struct sql_rows *rows, int col);
    bool (*end)(struct sql_rows *rows, struct err *e);
    void (*rows_free)(struct sql_rows *rows);
    bool (*backup)(struct sql *db, const char *path, void (*progress)(void *ctx, int done, int total),
                   void *ctx, struct err *e);
    bool (*integrity)(struct sql *db, struct err *e);
    bool (*forget)(struct sql *db, struct err *e);                                    /* NULL: it cannot */
    bool (*wipe)(struct sql_tx *tx, struct err *e);                                   /* NULL: it cannot */
    bool (*erase)(struct sql *db, int64_t most_bytes, bool *ret_done, struct err *e); /* NULL: it cannot */
    /* After the migrations: what the planner should know. */
    bool (*stats)(struct sql *db, struct err *e);
    bool (*analyze)(struct sql *db, struct err *e);
};
extern const struct sql_engine sqlite_engine, postgres_engine;

MUST_USE bool sqlite_open(const char *path, const struct sql_options *o, struct sql **ret, struct err *e);
MUST_USE bool postgres_open(const char *url, const struct sql_options *o, struct sql **ret, struct err *e);

/* The fault of sql_fault_after() is due now. */
bool sql_fault(void);
/* It was asked for with -n. */
bool sql_fault_is_late(void);
MUST_USE bool sql_script(struct sql_tx *tx, const char *name, const char *text, struct err *e);

/* --- texts with sections (section.c) --- */

/* A text may go on differently for an engine: behind a line "-- engine: postgres" up to
 * the next such line stands what only that engine reads, behind "-- engine: all" what
 * every engine does. Appends what `engine` reads. */
void section_pick(const char *text, const char *engine, struct buf *out);
/* The same for a statement: what stands for `engine` alone, or else the part before the
 * first such line. Not copied: *ret_n bytes of `text`. */
const char *section_statement(const char *text, const char *engine, size_t *ret_n);
/* Whether a statement has a text for one engine alone, which need not use each parameter. */
bool section_has_any(const char *text);
/* Whether a statement is for other engines alone: it begins with such a line, and none is for `engine`. */
bool section_is_for_others(const char *text, const char *engine);
/* A migration written for SQLite in PostgreSQL's words: types by name, STRICT and WITHOUT
 * ROWID left out; comments and texts in quotes stay as they are. */
void section_to_postgres(const char *text, struct buf *out);

#endif
