/* sqlite.h -- what the files of this folder share: connections, their prepared
 * statements, and SQLite's verdicts as errors. */
#ifndef SQL_SQLITE_H
#define SQL_SQLITE_H

#include "sql/sql.h"

#include <sqlite3.h>

enum { STMT_COMPOSED_MAX = 64, WHERE_TEXT_MAX = 32 * 1024 };

/* Stands in the text of a struct sql_where for its next parameter. */
#define WHERE_ARG "$?"

/* A statement, prepared on one connection. */
struct stmt {
    sqlite3_stmt *st;
    const struct sql_query *q;
    char *text;    /* of a composed one; else NULL */
    uint64_t used; /* of a composed one: when, in lookups */
    bool busy;     /* between its start and its end */
    bool kept;     /* in the cache; else freed at its end */
    int nargs;
    int index[SQL_ARGS_MAX]; /* of $1, $2 ... among SQLite's own parameter numbers */
};

/* Fixed statements by the address of their struct sql_query, composed ones by
 * their text, of which the longest unused gives way. */
struct stmt_cache {
    struct stmt **slots;
    size_t cap, n; /* cap: a power of two, at least 2n */
    struct stmt *composed[STMT_COMPOSED_MAX];
    size_t n_composed;
    uint64_t lookups;
};

/* Used by one thread at a time. */
struct conn {
    sqlite3 *h;
    struct stmt_cache cache;
    struct conn *next; /* in the pool */
};

struct conn_options {
    enum sql_sync sync;
    bool read_only; /* the file is opened for reading */
    bool reader;    /* of the pool: small cache, cannot write */
};

/* Records SQLite's verdict rc on `what` in *e and yields false. */
bool sqlite_fail(struct conn *c, int rc, const char *what, struct err *e);
/* The fault of sql_fault_after() is due now. */
bool sqlite_fault(void);
/* Runs a script; counts as one call. */
int sqlite_exec(struct conn *c, const char *text);

MUST_USE bool conn_open(const char *path, const struct conn_options *o, struct conn **ret, struct err *e);
void conn_close(struct conn **c);
/* For code that needs a connection of its own to the file of db. */
MUST_USE bool sql_conn_extra(struct sql *db, struct conn **ret, struct err *e);
struct conn *sql_tx_conn(struct sql_tx *tx);
bool sql_is_memory(const struct sql *db);
bool sql_is_read_only(const struct sql *db);
/* Runs the script of a migration inside tx. */
MUST_USE bool sql_script(struct sql_tx *tx, const char *name, const char *text, struct err *e);
/* Tells the planner how many rows each key leaves, unless it knows. */
MUST_USE bool sql_stats(struct sql *db, struct err *e);

/* The statement of q on c, marked busy; text and nargs are q's own or, for a
 * composed statement, the final ones. */
MUST_USE bool stmt_take(struct conn *c, const struct sql_query *q, const char *text, int nargs,
                        struct stmt **ret, struct err *e);
void stmt_release(struct stmt *s);
int stmt_bind(struct stmt *s, const struct sql_arg *args, size_t n);
/* sqlite3_step(), counted for sql_fault_after(). */
int stmt_step(struct stmt *s);
void stmt_cache_free(struct stmt_cache *cache);

#endif
