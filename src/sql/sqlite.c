/* sqlite.c -- databases, transactions and rows over SQLite. */
#include "sql/sqlite.h"

#include "sql/turns.h"

#include <stdlib.h>
#include <string.h>

enum { SCRIPT_BYTES = 1 << 20 };

/* Lives from sqlite_open() to sqlite_close(). An in-memory database has the one
 * connection, `writer`, for readers too. */
struct sqlite_db {
    struct sql base;
    char *path;
    bool memory;
    struct conn_options options;
    struct conn *writer;
    struct turns turns;
};

/* Owned by its thread; its connection is its own until it ends. */
struct sqlite_tx {
    struct sql_tx base;
    struct conn *c;
    struct sqlite_rows *open; /* statements that have not ended */
    bool wipes;
};

struct sqlite_rows {
    struct sql_rows base;
    struct sqlite_tx *tx; /* NULL once the transaction has ended */
    struct stmt *s;
    int rc;
    const struct sql_arg *args; /* of each run */
    size_t at, n;               /* the present run, how many there are */
    struct sqlite_rows *next;
};

static struct sqlite_db *db_of(struct sql_tx *tx)
{
    return (struct sqlite_db *)tx->db;
}

static struct conn *conn_of(struct sql_tx *tx)
{
    return ((struct sqlite_tx *)tx)->c;
}

static bool open_readers(struct sqlite_db *db, int n, struct err *e)
{
    struct conn_options o = db->options;

    o.reader = true;
    for (int i = 0; i < n; i++) {
        struct conn *c;

        if (!conn_open(db->path, &o, &c, e))
            return false;
        turns_give(&db->turns, c);
    }
    return true;
}

/* The writer goes last: closing the last connection folds the write-ahead log
 * into the file. */
static void close_db(struct sql *base)
{
    struct sqlite_db *db = (struct sqlite_db *)base;

    while (db->turns.n_idle > 0) {
        struct conn *c = turns_take(&db->turns);

        conn_close(&c);
    }
    conn_close(&db->writer);
    turns_destroy(&db->turns);
    free(db->path);
    free(db);
}

bool sqlite_open(const char *path, const struct sql_options *o, struct sql **ret, struct err *e)
{
    struct sqlite_db *db = xcalloc(1, sizeof(*db));
    AUTO(sql_close) struct sql *owned = &db->base;

    db->base = (struct sql){.engine = &sqlite_engine, .options = *o};
    db->path = xstrdup(path);
    db->memory = strcmp(path, ":memory:") == 0;
    db->options = (struct conn_options){.sync = o->sync, .read_only = o->read_only};
    turns_init(&db->turns);
    if (!conn_open(path, &db->options, &db->writer, e))
        return false;
    if (!db->memory && !open_readers(db, turns_readers(o->readers), e))
        return false;
    *ret = owned;
    owned = NULL;
    return true;
}

bool sqlite_is_memory(const struct sql *db)
{
    return ((const struct sqlite_db *)db)->memory;
}

struct conn *sqlite_tx_conn(struct sql_tx *tx)
{
    return conn_of(tx);
}

bool sqlite_conn_extra(struct sql *db, struct conn **ret, struct err *e)
{
    struct conn_options o = ((struct sqlite_db *)db)->options;

    o.reader = true;
    return conn_open(((struct sqlite_db *)db)->path, &o, ret, e);
}

/* Takes the connection a transaction will run on, waiting for it. */
static bool take_conn(struct sqlite_db *db, bool writes, struct conn **ret, struct err *e)
{
    bool one = writes || db->memory;

    if (one && !turns_write(&db->turns, e))
        return false;
    *ret = one ? db->writer : turns_take(&db->turns);
    return true;
}

static void return_conn(struct sqlite_db *db, struct conn *c)
{
    if (c == db->writer)
        turns_written(&db->turns);
    else
        turns_give(&db->turns, c);
}

/* SQLite rolls back by itself after some errors; then there is nothing to do.
 * Should the rollback fail, the next use of the connection tries again. */
static int end_open_transaction(struct conn *c)
{
    return sqlite3_get_autocommit(c->h) ? SQLITE_OK : sqlite3_exec(c->h, "ROLLBACK", NULL, NULL, NULL);
}

static bool begin(struct sql *base, enum sql_mode mode, struct sql_tx **ret, struct err *e)
{
    bool writes = mode == SQL_WRITE;
    struct sqlite_db *db = (struct sqlite_db *)base;
    struct sqlite_tx *tx;
    struct conn *c;
    int rc;

    if (!take_conn(db, writes, &c, e))
        return false;
    rc = end_open_transaction(c);
    if (rc == SQLITE_OK && mode != SQL_LOOK)
        rc = sqlite_exec(c, writes ? "BEGIN IMMEDIATE" : "BEGIN");
    if (rc != SQLITE_OK) {
        (void)sqlite_fail(c, rc, "begin", e);
        return_conn(db, c);
        return false;
    }
    tx = xcalloc(1, sizeof(*tx));
    *tx = (struct sqlite_tx){.base = {.db = base, .writes = writes}, .c = c};
    *ret = &tx->base;
    return true;
}

/* Ends statements that the caller has not: the connection is about to serve
 * somebody else. */
static void end_statements(struct sqlite_tx *tx)
{
    while (tx->open != NULL) {
        struct sqlite_rows *rows = tx->open;

        tx->open = rows->next;
        stmt_release(rows->s);
        rows->tx = NULL;
        rows->s = NULL;
    }
}

static bool wipe(struct sql_tx *tx, struct err *e)
{
    int rc = sqlite_exec(conn_of(tx), "PRAGMA secure_delete=ON");

    ((struct sqlite_tx *)tx)->wipes = rc == SQLITE_OK;
    return rc == SQLITE_OK || sqlite_fail(conn_of(tx), rc, "wipe", e);
}

/* Cannot fail: no page is read or written. */
static void wipe_no_more(struct sql_tx *tx)
{
    if (((struct sqlite_tx *)tx)->wipes)
        (void)sqlite3_exec(conn_of(tx)->h, "PRAGMA secure_delete=OFF", NULL, NULL, NULL);
}

static bool commit(struct sql_tx **tx, struct err *e)
{
    struct conn *c = conn_of(*tx);
    int rc;

    end_statements((struct sqlite_tx *)*tx);
    if (sqlite3_get_autocommit(c->h))
        return ERR(e, ERR_BUSY, "sql.unavailable", "事务因先前的错误已撤销",
                   "the transaction has been undone by an earlier error");
    rc = sqlite_exec(c, "COMMIT");
    if (rc != SQLITE_OK)
        return sqlite_fail(c, rc, "commit", e);
    wipe_no_more(*tx);
    return_conn(db_of(*tx), c);
    free(*tx);
    *tx = NULL;
    return true;
}

static void rollback(struct sql_tx *tx)
{
    end_statements((struct sqlite_tx *)tx);
    (void)end_open_transaction(conn_of(tx));
    wipe_no_more(tx);
    return_conn(db_of(tx), conn_of(tx));
    free(tx);
}

static bool script(struct sql_tx *tx, const char *name, const char *text, struct err *e)
{
    AUTO(buf_free) struct buf ours = {0};
    int rc;

    buf_init(&ours, SCRIPT_BYTES);
    section_pick(text, sqlite_engine.name, &ours);
    rc = ours.failed ? SQLITE_TOOBIG : sqlite_exec(conn_of(tx), buf_text(&ours));
    return rc == SQLITE_OK || sqlite_fail(conn_of(tx), rc, name, e);
}

static bool prepare(struct sql_tx *tx, const struct sql_statement *q, bool *ret_reads, struct err *e)
{
    struct stmt *s;

    if (!stmt_take(conn_of(tx), q, &s, e))
        return false;
    *ret_reads = sqlite3_stmt_readonly(s->st) != 0;
    stmt_release(s);
    return true;
}

static bool query_each(struct sql_tx *base, const struct sql_statement *q, const struct sql_arg *args,
                       size_t nrows, struct sql_rows **ret, struct err *e)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;
    struct sqlite_rows *rows;
    struct stmt *s;
    int rc;

    if (!stmt_take(tx->c, q, &s, e))
        return false;
    rc = stmt_bind(s, args, (size_t)q->nargs);
    if (rc != SQLITE_OK) {
        (void)sqlite_fail(tx->c, rc, q->q->name, e);
        stmt_release(s);
        return false;
    }
    rows = xcalloc(1, sizeof(*rows));
    *rows = (struct sqlite_rows){.base = {.engine = &sqlite_engine},
                                 .tx = tx,
                                 .s = s,
                                 .rc = SQLITE_ROW,
                                 .args = args,
                                 .n = nrows,
                                 .next = tx->open};
    tx->open = rows;
    *ret = &rows->base;
    return true;
}

static bool query(struct sql_tx *tx, const struct sql_statement *q, const struct sql_arg *args,
                  struct sql_rows **ret, struct err *e)
{
    return query_each(tx, q, args, 1, ret, e);
}

static int run_once(struct stmt *s)
{
    int rc;

    do
        rc = stmt_step(s);
    while (rc == SQLITE_ROW);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool each(struct sql_tx *tx, const struct sql_statement *q, const struct sql_arg *args, size_t nrows,
                 struct err *e)
{
    size_t n = (size_t)q->nargs;
    struct stmt *s;
    int rc = SQLITE_OK;

    if (!stmt_take(conn_of(tx), q, &s, e))
        return false;
    for (size_t i = 0; i < nrows && rc == SQLITE_OK; i++) {
        rc = n > 0 ? stmt_bind(s, &args[i * n], n) : SQLITE_OK;
        if (rc == SQLITE_OK)
            rc = run_once(s);
        if (rc == SQLITE_OK)
            (void)sqlite3_reset(s->st);
    }
    if (rc != SQLITE_OK)
        (void)sqlite_fail(conn_of(tx), rc, q->q->name, e); /* before the reset: it clears the message */
    stmt_release(s);
    return rc == SQLITE_OK;
}

/* --- rows --- */

static sqlite3_stmt *st_of(const struct sql_rows *rows)
{
    return ((const struct sqlite_rows *)rows)->s->st;
}

/* Behind the last row SQLite would start over; we do not. */
static bool next(struct sql_rows *base)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;

    if (rows->rc != SQLITE_ROW || rows->s == NULL)
        return false;
    rows->rc = stmt_step(rows->s);
    while (rows->rc == SQLITE_DONE && rows->at + 1 < rows->n) {
        size_t width = (size_t)rows->s->nargs;

        (void)sqlite3_reset(rows->s->st);
        rows->rc = stmt_bind(rows->s, &rows->args[++rows->at * width], width);
        if (rows->rc == SQLITE_OK)
            rows->rc = stmt_step(rows->s);
    }
    return rows->rc == SQLITE_ROW;
}

static size_t row(const struct sql_rows *rows)
{
    return ((const struct sqlite_rows *)rows)->at;
}

static int64_t integer(const struct sql_rows *rows, int col)
{
    return sqlite3_column_int64(st_of(rows), col);
}

static double real(const struct sql_rows *rows, int col)
{
    return sqlite3_column_double(st_of(rows), col);
}

static bool is_null(const struct sql_rows *rows, int col)
{
    return sqlite3_column_type(st_of(rows), col) == SQLITE_NULL;
}

static const char *text(const struct sql_rows *rows, int col)
{
    return (const char *)sqlite3_column_text(st_of(rows), col);
}

static const void *blob(const struct sql_rows *rows, int col, size_t *ret_n)
{
    const void *p = sqlite3_column_blob(st_of(rows), col);

    *ret_n = (size_t)sqlite3_column_bytes(st_of(rows), col);
    return p;
}

static bool end(struct sql_rows *base, struct err *e)
{
    struct sqlite_rows *r = (struct sqlite_rows *)base;
    bool ok = r->rc == SQLITE_ROW || r->rc == SQLITE_DONE;

    if (!ok && r->tx != NULL)
        (void)sqlite_fail(r->tx->c, r->rc, r->s->c.q->name, e);
    else if (!ok)
        (void)ERR(e, ERR_INTERNAL, "sql.failed", "事务已结束", "its transaction has ended");
    return ok;
}

static void rows_free(struct sql_rows *base)
{
    struct sqlite_rows *r = (struct sqlite_rows *)base;

    if (r->tx != NULL) {
        struct sqlite_rows **p = &r->tx->open;

        while (*p != r)
            p = &(*p)->next;
        *p = r->next;
        stmt_release(r->s);
    }
    free(r);
}

/* What the log still shows of the order in which rows came goes with it. */
static bool forget(struct sql *base, struct err *e)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    struct conn *c = NULL;
    int rc;

    if (db->memory)
        return true;
    if (!take_conn(db, true, &c, e))
        return false;
    rc = sqlite3_wal_checkpoint_v2(c->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return_conn(db, c);
    return rc == SQLITE_OK || ERR(e, ERR_BUSY, "sql.forget", "数据库的日志暂时清不掉，请稍后再试",
                                  "the database's log cannot be cleared just now: try again");
}

static int64_t pragma_of(struct conn *c, const char *text)
{
    sqlite3_stmt *st = NULL;
    int64_t n = 0;

    if (sqlite3_prepare_v2(c->h, text, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

/* The copy that VACUUM makes lies in a file meanwhile, not in memory as other temporary things do, and its
 * sorters take as much memory as a cache may. */
static int write_anew(struct conn *c)
{
    int rc = sqlite_exec(c, "PRAGMA temp_store=FILE; PRAGMA cache_size=-4096; VACUUM");

    (void)sqlite3_exec(c->h, "PRAGMA shrink_memory; PRAGMA temp_store=MEMORY;" SQLITE_WRITER_CACHE, NULL,
                       NULL, NULL);
    return rc != SQLITE_OK ? rc
                           : sqlite3_wal_checkpoint_v2(c->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static bool erase(struct sql *base, int64_t most_bytes, bool *ret_done, struct err *e)
{
    struct sqlite_db *db = (struct sqlite_db *)base;
    struct conn *c = NULL;
    int rc = SQLITE_OK;

    if (!take_conn(db, true, &c, e))
        return false;
    *ret_done = most_bytes == 0 || db->memory ||
                pragma_of(c, "PRAGMA page_count") * pragma_of(c, "PRAGMA page_size") <= most_bytes;
    if (*ret_done && !db->memory)
        rc = write_anew(c);
    return_conn(db, c);
    *ret_done = *ret_done && rc == SQLITE_OK;
    return rc == SQLITE_OK || sqlite_fail(c, rc, "VACUUM", e);
}

const struct sql_engine sqlite_engine = {
    .name = "sqlite",
    .close = close_db,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .prepare = prepare,
    .query = query,
    .walk = query, /* SQLite makes each row when it is asked for */
    .query_each = query_each,
    .row = row,
    .each = each,
    .next = next,
    .integer = integer,
    .real = real,
    .text = text,
    .blob = blob,
    .is_null = is_null,
    .end = end,
    .rows_free = rows_free,
    .backup = sqlite_backup,
    .integrity = sqlite_integrity,
    .forget = forget,
    .wipe = wipe,
    .erase = erase,
    .stats = sqlite_stats,
};
