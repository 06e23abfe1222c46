/* sqlite.h -- what the files of this folder share: connections, their prepared
 * statements, and SQLite's verdicts as errors. */
#ifndef SQL_SQLITE_H
#define SQL_SQLITE_H

#include "sql/cache.h"

#include <sqlite3.h>

/* A statement, prepared on one connection. */
struct stmt {
    struct cached c;
    sqlite3_stmt *st;
    int nargs;
    int index[SQL_ARGS_MAX]; /* of $1, $2 ... among SQLite's own parameter numbers; 0: not used */
};

#define SQLITE_WRITER_CACHE "PRAGMA cache_size=-32768;" /* KiB, of the one connection that writes */

/* Used by one thread at a time. */
struct conn {
    sqlite3 *h;
    struct cache cache;
};

struct conn_options {
    enum sql_sync sync;
    bool read_only; /* the file is opened for reading */
    bool reader;    /* of the pool: small cache, cannot write */
};

/* Records SQLite's verdict rc on `what` in *e and yields false. */
bool sqlite_fail(struct conn *c, int rc, const char *what, struct err *e);
/* Runs a script; counts as one call. */
int sqlite_exec(struct conn *c, const char *text);

MUST_USE bool conn_open(const char *path, const struct conn_options *o, struct conn **ret, struct err *e);
void conn_close(struct conn **c);
/* For code that needs a connection of its own to the file of db. */
MUST_USE bool sqlite_conn_extra(struct sql *db, struct conn **ret, struct err *e);
struct conn *sqlite_tx_conn(struct sql_tx *tx);
bool sqlite_is_memory(const struct sql *db);

/* backup.c, stats.c: as in struct sql_engine. */
bool sqlite_backup(struct sql *db, const char *path, void (*progress)(void *ctx, int done, int total),
                   void *ctx, struct err *e);
bool sqlite_integrity(struct sql *db, struct err *e);
bool sqlite_stats(struct sql *db, struct err *e);

/* The statement on c, marked busy. */
MUST_USE bool stmt_take(struct conn *c, const struct sql_statement *q, struct stmt **ret, struct err *e);
void stmt_release(struct stmt *s);
int stmt_bind(struct stmt *s, const struct sql_arg *args, size_t n);
/* sqlite3_step(), counted for sql_fault_after(). */
int stmt_step(struct stmt *s);
/* For struct cache. */
void stmt_drop(void *ctx, struct cached *c);

#endif
