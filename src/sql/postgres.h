/* postgres.h -- what the files for PostgreSQL share: connections in pipeline mode, their
 * prepared statements, and the server's verdicts as errors. */
#ifndef SQL_POSTGRES_H
#define SQL_POSTGRES_H

#include "sql/cache.h"

#include <libpq-fe.h>

enum { PG_WARNING_BYTES = 160 };

/* Used by one thread at a time. Commands are queued by pg_add…(), sent together by
 * pg_flush() and answered in order: what can go together costs one round trip. */
struct pg_conn {
    PGconn *h;
    struct cache cache;
    unsigned names;     /* of prepared statements and cursors, so far */
    int unread;         /* commands sent without waiting for their answers */
    bool lost;          /* to be connected again before its next transaction */
    bool distributed;   /* the tables may lie on several servers, by district */
    int64_t give_up_us; /* an answer is not waited for beyond this, by time_monotonic_us(); 0: it is */
    char warning[PG_WARNING_BYTES]; /* what the server warned of last; "" since it was emptied */
};

/* The types that we send and read. */
enum {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_NAME = 19,
    PG_INT8 = 20,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_XID = 28,
    PG_JSON = 114,
    PG_FLOAT8 = 701,
    PG_VARCHAR = 1043,
    PG_NUMERIC = 1700,
};

/* --- pg_conn.c --- */

/* A new connection that is not connected yet. */
struct pg_conn *pg_conn_create(void) NEVER_NULL;
void pg_conn_close(struct pg_conn **c);
/* Connects, again if need be, and forgets what was prepared. Of a URL with several hosts
 * it takes the first that takes writes (unless the URL says otherwise). */
MUST_USE bool pg_connect(struct pg_conn *c, const char *url, const struct sql_options *o, struct err *e);
/* Queues one command in text. */
void pg_add(struct pg_conn *c, const char *text);
/* Queues the beginning or the end of a transaction, which each connection has prepared. */
enum pg_step { PG_BEGIN_WRITE, PG_BEGIN_READ, PG_COMMIT, PG_ROLLBACK, PG_STEPS };
void pg_add_step(struct pg_conn *c, enum pg_step step);
/* A command with one whole number as $1. */
void pg_add_with(struct pg_conn *c, const char *text, int64_t arg);
/* Sends what is queued. */
void pg_flush(struct pg_conn *c);
/* A server that says nothing for seconds is asked on a second connection whether it lives; one that does not
 * answer there either (its machine hangs, its processes are stopped) is given up: the connection is lost.
 * Reads the answers to the n commands sent last; the last of them goes to *ret, which may
 * be NULL, and is for the caller to PQclear(). False with the first error among them. */
MUST_USE bool pg_read(struct pg_conn *c, int n, const char *what, PGresult **ret, struct err *e);
/* Sends n queued commands (there may be none) whose answers nobody waits for. */
void pg_leave(struct pg_conn *c, int n);
/* Runs many commands, in text. */
MUST_USE bool pg_script(struct pg_conn *c, const char *name, const char *text, struct err *e);

/* --- pg_error.c --- */

/* Records in *e what the server says (res NULL: what libpq says of the connection) of
 * `what`, and yields false. Notes a lost connection. */
bool pg_fail(struct pg_conn *c, const PGresult *res, const char *what, struct err *e);

/* --- pg_stmt.c --- */

/* A statement, prepared on one connection. */
struct pg_stmt {
    struct cached c;
    char name[16], batch[16]; /* batch: over arrays; "" until it is wanted */
    bool reads;
    bool single;       /* cannot be run over arrays */
    int alike;         /* so many of the first arguments are the same for all rows, and no arrays */
    int nargs;         /* that it uses: the first ones */
    int n_keys, *keys; /* arguments that tell rows apart; two rows alike go in two runs */
    Oid *types;
};
/* For struct cache; ctx is the connection. */
void pg_stmt_drop(void *ctx, struct cached *c);
MUST_USE bool pg_stmt_take(struct pg_conn *c, const struct sql_statement *q, struct pg_stmt **ret,
                           struct err *e);
void pg_stmt_release(struct pg_conn *c, struct pg_stmt *s);
/* Queues its run with these arguments. ERR_INTERNAL "sql.argument" (nothing queued) when
 * one is not of the type that stands there. */
MUST_USE bool pg_stmt_add(struct pg_conn *c, const struct pg_stmt *s, const struct sql_arg *args,
                          struct err *e);
/* Queues a cursor over its rows under this number, of a statement that takes no part in a batch. */
MUST_USE bool pg_stmt_add_cursor(struct pg_conn *c, const struct pg_stmt *s, const struct sql_statement *q,
                                 const struct sql_arg *args, unsigned number, struct err *e);
/* Queues the next rows of a cursor: at most PG_WALK_ROWS of them. */
enum { PG_WALK_ROWS = 2000 };
void pg_add_fetch(struct pg_conn *c, unsigned number);
/* Closes it, without waiting. */
void pg_cursor_close(struct pg_conn *c, unsigned number);
/* The bytes of one value as the server wants a `type`; *scratch may hold them. *ret NULL is
 * NULL. False when the value is not of that type. */
bool pg_encode(const struct sql_arg *a, Oid type, uint64_t *scratch, const char **ret, int *ret_n);

/* --- pg_value.c --- */

/* One value of an answer, as in sql.h: NULL and what is no number read 0; texts and bytes are the answer's.
 */
int64_t pg_int_at(const PGresult *res, int row, int col);
double pg_real_at(const PGresult *res, int row, int col);
struct sql_arg pg_value_at(const PGresult *res, int row, int col);

/* --- pg_distribute.c --- */

/* How the tables of this program lie. */
struct pg_layout {
    bool has_extension, has_tables, is_distributed;
};
MUST_USE bool pg_layout_read(struct pg_conn *c, struct pg_layout *ret, struct err *e);
/* A migration in PostgreSQL's words, in which each CREATE TABLE is followed by the call that distributes it.
 */
void pg_distribute_text(const char *text, struct buf *out);

/* --- pg_tools.c --- */

/* Writes the whole database into a new file, of one moment, while it is being written. */
MUST_USE bool pg_dump_to(const char *url, const char *path, struct err *e);

/* --- pg_batch.c --- */

/* Runs a writing statement for each row of arguments. */
MUST_USE bool pg_each(struct pg_conn *c, const struct sql_statement *q, const struct sql_arg *args,
                      size_t nrows, struct err *e);
/* Runs a reading statement for each row of arguments: its rows, each behind a column that counts the
 * arguments from 1, are for the caller to PQclear(). */
MUST_USE bool pg_query_each(struct pg_conn *c, const struct sql_statement *q, const struct sql_arg *args,
                            size_t nrows, PGresult **ret, struct err *e);
/* The statement over arrays instead of single values, or false where there is no such
 * form. keys (nargs of them) gets the numbers, from 0, of those arguments that tell the
 * rows of a batch apart. */
bool pg_batch_text(const char *text, int nargs, struct buf *out, int *keys, int *ret_n_keys);
/* The reading one for a distributed engine, which must see that it is about one district:
 * that is $1, and no array. False where the statement does not name it so. */
bool pg_batch_text_of_district(const char *text, int nargs, struct buf *out);

#endif
