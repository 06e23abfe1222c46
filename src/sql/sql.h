/* sql.h -- the only door to a database: SQLite or PostgreSQL. There is no call that takes SQL text:
 * statements come from
 * *.sql files (tools/mkqueries.py turns them into tables of struct sql_query),
 * are tagged read or write, and are prepared when the server starts: a typo is
 * a failed start. A text is for both engines, unless a line "-- engine: postgres"
 * in it begins another one for PostgreSQL.
 *
 * Threads: a struct sql may be used from any thread; a struct sql_tx belongs to
 * the thread that began it. One write transaction runs at a time (begin waits
 * for its turn); read transactions take a connection from a pool and see a
 * snapshot. */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include "base/base.h"
#include "base/buf.h"
#include "base/uuid.h"

enum { SQL_ARGS_MAX = 256 };

struct sql_query {
    const char *name, *text; /* "record.get"; parameters are $1 .. $n */
    int nargs;
    bool writes;
    bool composed; /* has the marker {where}: only for sql_select() */
};

/* One parameter. Text and blobs must stay valid until the statement has run. */
struct sql_arg {
    enum { SQL_T_NULL = 0, SQL_T_INT, SQL_T_REAL, SQL_T_TEXT, SQL_T_BLOB } type;
    size_t n;
    union {
        int64_t i;
        double d;
        const char *s;
        const void *b;
    };
};
#define SQL_NULL         ((struct sql_arg){.type = SQL_T_NULL})
#define SQL_INT(v)       ((struct sql_arg){.type = SQL_T_INT, .i = (v)})
#define SQL_REAL(v)      ((struct sql_arg){.type = SQL_T_REAL, .d = (v)})
#define SQL_TEXT(v)      sql_arg_text(v)          /* NULL binds NULL */
#define SQL_BLOB(p, len) sql_arg_blob((p), (len)) /* NULL binds NULL */
/* A pointer to a struct uuid that outlives the call; nil binds NULL. */
#define SQL_UUID(p) sql_arg_uuid(p)
struct sql_arg sql_arg_text(const char *s);
struct sql_arg sql_arg_blob(const void *p, size_t n);
struct sql_arg sql_arg_uuid(const struct uuid *u);

struct sql;
struct sql_rows;
struct sql_tx;

enum sql_sync { SQL_SYNC_FULL = 0, SQL_SYNC_OFF /* bulk loads and in-memory districts only */ };
enum { SQL_READERS_SERVER = 16 };
struct sql_options {
    int readers; /* connections in the read pool; 0: 4 to a file, SQL_READERS_SERVER to a server */
    enum sql_sync sync;
    bool read_only;
};

/* Opens (creating if need be, unless read_only) the database file; ":memory:"
 * gives a private shared-cache-free in-memory database with one connection;
 * "postgresql://…" (libpq's connection URI) the database of a server, which must
 * exist. ERR_BUSY "sql.unavailable" with what to do when it cannot be reached, read
 * or written or is no database. */
MUST_USE bool sql_open(const char *where, const struct sql_options *o, struct sql **ret, struct err *e);
void sql_close(struct sql **db);
/* Whether `where` is the address of a server, not a file. */
bool sql_is_url(const char *where);
/* Whether other programs may write between two of our transactions. */
bool sql_is_shared(const struct sql *db);
/* From now on each write transaction holds the row of this district in the table
 * `turn` to its end, so that programs writing to the same one take turns and see
 * what the one before did. A database file has one lock for all of it and needs none. */
void sql_take_turns(struct sql *db, int64_t district);
/* To stand in each transaction that changes what programs keep in memory of this district (areas, people,
 * calendar): adds to its generation in the table `common`, by which the other servers notice. A database file
 * has one server, and nothing happens. */
MUST_USE bool sql_changed(struct sql_tx *tx, int64_t district, struct err *e);
/* From now on migrations lay each table they make over the servers of a cluster, by its
 * column `district`; one with the comment "reference" behind its name is copied to each.
 * *ret_does is false, and nothing changes, where the database cannot: a file, or a server
 * without the extension. Later programs need not ask: what is distributed stays so.
 * ERR_CONFLICT "sql.distribute_late" when there are tables that are not distributed. */
MUST_USE bool sql_distribute(struct sql *db, bool *ret_does, struct err *e);
/* Whether the database answers now. */
MUST_USE bool sql_answers(struct sql *db, struct err *e);
/* Prepares every statement on a connection now; those for the other engine alone, whose text begins with the
 * line "-- engine: postgres", are passed over. */
MUST_USE bool sql_check(struct sql *db, const struct sql_query *queries, size_t n, struct err *e);
/* Runs the numbered migrations that db has not had yet, one transaction each. */
struct sql_migration {
    int number;
    const char *name, *text;
};
MUST_USE bool sql_migrate(struct sql *db, const struct sql_migration *m, size_t n, struct err *e);
/* All migrations of db/migrations, embedded at build time. */
extern const struct sql_migration sql_migrations[];
extern const size_t sql_n_migrations;

/* SQL_LOOK reads, too, but each statement may see a later moment than the one before: on a server it costs
 * one round trip a statement and no more. For what is looked at, not for what must add up. */
enum sql_mode { SQL_MODE_UNSET = 0, SQL_READ, SQL_LOOK, SQL_WRITE };
/* Transactions: rolled back when tx leaves scope (AUTO(sql_rollback)), unless
 * committed. A full or read-only disk or a server that cannot be reached is ERR_BUSY
 * "sql.unavailable", others in the way "sql.busy": nothing was committed, trying again
 * is safe. A connection lost in the middle of sql_commit() is ERR_BUSY SQL_UNCERTAIN:
 * whether it was committed shows in the next write transaction, which waits for the
 * end of this one. So is a commit whose server does not promise that its standby has it, too:
 * what is seen is safe once a write transaction that saw it is committed itself (with
 * sql_take_turns() also one that changed nothing). A read transaction whose connection turns out to be lost
 * at its first statement begins anew on another one by itself. */
#define SQL_UNCERTAIN "sql.uncertain"
MUST_USE bool sql_begin(struct sql *db, enum sql_mode mode, struct sql_tx **ret, struct err *e);
MUST_USE bool sql_commit(struct sql_tx **tx, struct err *e);
void sql_rollback(struct sql_tx **tx);

#define SQL_ARGS(...)                                                                                        \
    (const struct sql_arg[]){__VA_ARGS__},                                                                   \
        sizeof((const struct sql_arg[]){__VA_ARGS__}) / sizeof(struct sql_arg)
/* Starts a statement: while (sql_next(rows)) {...}  then  sql_end(&rows, e) for
 * the verdict. At least one argument (every statement names its district). */
#define sql_query(tx, q, ret, e, ...) sql_query_n((tx), (q), (ret), (e), SQL_ARGS(__VA_ARGS__))
MUST_USE bool sql_query_n(struct sql_tx *tx, const struct sql_query *q, struct sql_rows **ret, struct err *e,
                          const struct sql_arg *args, size_t n);
/* The same for a reading statement with more rows than memory should hold at once, such as all of a
 * table: they come in pieces, as they are asked for. Others may run in between. */
#define sql_walk(tx, q, ret, e, ...) sql_walk_n((tx), (q), (ret), (e), SQL_ARGS(__VA_ARGS__))
MUST_USE bool sql_walk_n(struct sql_tx *tx, const struct sql_query *q, struct sql_rows **ret, struct err *e,
                         const struct sql_arg *args, size_t n);
/* Runs a statement that answers no rows, to its end. */
#define sql_run(tx, q, e, ...) sql_run_n((tx), (q), (e), SQL_ARGS(__VA_ARGS__))
MUST_USE bool sql_run_n(struct sql_tx *tx, const struct sql_query *q, struct err *e,
                        const struct sql_arg *args, size_t n);
/* Runs one writing statement for each of nrows rows of q->nargs arguments,
 * lying one after another, as if one after another: a loop on SQLite, arrays through
 * unnest on PostgreSQL. */
MUST_USE bool sql_each(struct sql_tx *tx, const struct sql_query *q, const struct sql_arg *args, size_t nrows,
                       struct err *e);
/* Runs one reading statement for each of nrows (at least one) rows of arguments, which stay valid until
 * sql_end(). Its rows come in their order; sql_row() says to which, from 0, the present one belongs.
 * One round trip with PostgreSQL. */
MUST_USE bool sql_query_each(struct sql_tx *tx, const struct sql_query *q, const struct sql_arg *args,
                             size_t nrows, struct sql_rows **ret, struct err *e);
size_t sql_row(const struct sql_rows *rows);

bool sql_next(struct sql_rows *rows);
int64_t sql_int(const struct sql_rows *rows, int col); /* NULL reads 0 */
double sql_real(const struct sql_rows *rows, int col);
bool sql_is_null(const struct sql_rows *rows, int col);
const char *sql_text(const struct sql_rows *rows, int col); /* until sql_next(); NULL reads NULL */
const void *sql_blob(const struct sql_rows *rows, int col, size_t *ret_n);
struct uuid sql_uuid(const struct sql_rows *rows, int col); /* NULL reads nil */
MUST_USE bool sql_end(struct sql_rows **rows, struct err *e);
void sql_rows_free(struct sql_rows **rows);

/* A condition composed from literals of our source and bound values, for lists
 * whose filter the caller chooses. Text can only come in through string
 * literals (the macro refuses anything else), names only [a-z_][a-z0-9_]*. In
 * `text` each parameter stands as $? until the statement, whose own come first,
 * is known. */
struct sql_where {
    struct buf text;
    size_t n;
    size_t room; /* of args */
    struct sql_arg *args;
    bool failed; /* too many arguments, a bad name, too long */
};
void sql_where_init(struct sql_where *w);
void sql_where_free(struct sql_where *w);
#define sql_where_add(w, literal) sql_where_literal((w), "" literal "")
void sql_where_literal(struct sql_where *w, const char *text);
void sql_where_name(struct sql_where *w, const char *name); /* 'name', quoted as text */
void sql_where_arg(struct sql_where *w, struct sql_arg a);  /* the next parameter */
void sql_where_append(struct sql_where *w, const struct sql_where *other);
/* Runs a composed statement: {where} becomes w's text (or TRUE when empty); its
 * parameters follow the statement's own. Prepared statements are cached by text. */
MUST_USE bool sql_select(struct sql_tx *tx, const struct sql_query *q, const struct sql_where *w,
                         struct sql_rows **ret, struct err *e, const struct sql_arg *args, size_t n);

/* The rows of `whole`, which is composed if w is not NULL, for pages that are asked for again and again. A
 * server is asked by `keys` (same arguments) only which they are, as (id, version). Those of which this
 * program has not got this version are read by `row`: of args[0], the district, and the id, the columns of
 * `whole`, the id first, and at the end the version. Everywhere else, when a row changes in between, and of
 * more than SQL_KEPT_MAX rows, `whole` is run. */
enum { SQL_KEPT_MAX = 256 };
struct sql_kept_query {
    const struct sql_query *whole, *keys, *row;
};
MUST_USE bool sql_query_kept(struct sql_tx *tx, const struct sql_kept_query *q, const struct sql_where *w,
                             struct sql_rows **ret, struct err *e, const struct sql_arg *args, size_t n);

/* Copies the whole database, of one moment while it is being written, to a file at `path`; progress may be
 * NULL. With PostgreSQL the file is what pg_dump makes, which must be installed: ERR_INVALID "sql.no_tool",
 * ERR_BUSY "sql.tool" when it fails, ERR_INVALID "sql.backup_server" on a cluster. */
MUST_USE bool sql_backup(struct sql *db, const char *path, void (*progress)(void *ctx, int done, int total),
                         void *ctx, struct err *e);
/* Lets the planner look at the tables again, which have grown. Nothing with SQLite: its figures are fixed. */
MUST_USE bool sql_analyze(struct sql *db, struct err *e);
/* Empties the write-ahead log, which shows in which order rows came: for secret votes. Waits for its turn to
 * write. ERR_BUSY "sql.forget" while somebody reads. Nothing with PostgreSQL: its log is the server's. */
MUST_USE bool sql_forget(struct sql *db, struct err *e);
/* From now to its end what this transaction deletes is overwritten in the file, where free pages would keep
 * it: for secret votes. Nothing with PostgreSQL, whose dead rows are the server's until it vacuums. */
MUST_USE bool sql_wipe(struct sql_tx *tx, struct err *e);
/* Writes the database anew, so that nothing of what was deleted or changed is left in its files: not if it is
 * larger than `most_bytes` (0: however large). *ret_done. Takes about twice its size of room meanwhile, and
 * minutes of a large one; nobody else may have it open. With PostgreSQL nothing is done, and that is called
 * done: its files are the server's, where `VACUUM FULL` does it. ERR_BUSY "sql.unavailable" without room. */
MUST_USE bool sql_erase(struct sql *db, int64_t most_bytes, bool *ret_done, struct err *e);
/* Fills an empty database of a server from such a file. ERR_CONFLICT "sql.not_empty". */
MUST_USE bool sql_restore(const char *url, const char *path, struct err *e);
/* The engine's own integrity check. */
MUST_USE bool sql_integrity(struct sql *db, struct err *e);

/* Tests only: the n-th database call from now, in this process, fails as an I/O
 * error would, with PostgreSQL by cutting its connection (-n: after the call has been
 * sent, so that only its answer is lost); 0 turns it off. */
void sql_fault_after(int n);

#endif
