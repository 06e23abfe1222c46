/* sqlite.c -- databases, transactions and rows over SQLite. */
#include "sql/sqlite.h"

#include "base/text.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { READERS_DEFAULT = 4, READERS_MAX = 64 };

/* Lives from sql_open() to sql_close(). An in-memory database has the one
 * connection, `writer`, for readers too. */
struct sql {
    char *path;
    bool memory;
    struct conn_options options;
    struct conn *writer;
    pthread_mutex_t write_turn; /* held by the write transaction */
    struct conn *idle;          /* readers that are not in use */
    pthread_mutex_t pool_lock;  /* guards idle */
    pthread_cond_t returned;    /* a reader came back */
};

/* Owned by its thread; its connection is its own until it ends. */
struct sql_tx {
    struct sql *db;
    struct conn *c;
    bool writes;
    struct sql_rows *open; /* statements that have not ended */
};

struct sql_rows {
    struct sql_tx *tx; /* NULL once the transaction has ended */
    struct stmt *s;
    int rc;
    struct sql_rows *next;
};

struct sql_arg sql_arg_text(const char *s)
{
    return s == NULL ? SQL_NULL : (struct sql_arg){.type = SQL_T_TEXT, .s = s, .n = strlen(s)};
}

struct sql_arg sql_arg_blob(const void *p, size_t n)
{
    return p == NULL ? SQL_NULL : (struct sql_arg){.type = SQL_T_BLOB, .b = p, .n = n};
}

struct sql_arg sql_arg_uuid(const struct uuid *u)
{
    return uuid_is_nil(*u) ? SQL_NULL : (struct sql_arg){.type = SQL_T_BLOB, .b = u->b, .n = sizeof(u->b)};
}

static bool open_readers(struct sql *db, int n, struct err *e)
{
    struct conn_options o = db->options;

    o.reader = true;
    n = n <= 0 ? READERS_DEFAULT : n > READERS_MAX ? READERS_MAX : n;
    for (int i = 0; i < n; i++) {
        struct conn *c;

        if (!conn_open(db->path, &o, &c, e))
            return false;
        c->next = db->idle;
        db->idle = c;
    }
    return true;
}

bool sql_open(const char *path, const struct sql_options *o, struct sql **ret, struct err *e)
{
    AUTO(sql_close) struct sql *db = xcalloc(1, sizeof(*db));
    pthread_mutexattr_t attr;

    db->path = xstrdup(path);
    db->memory = strcmp(path, ":memory:") == 0;
    db->options = (struct conn_options){.sync = o->sync, .read_only = o->read_only};
    (void)pthread_mutexattr_init(&attr);
    (void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    (void)pthread_mutex_init(&db->write_turn, &attr);
    (void)pthread_mutexattr_destroy(&attr);
    (void)pthread_mutex_init(&db->pool_lock, NULL);
    (void)pthread_cond_init(&db->returned, NULL);
    if (!conn_open(path, &db->options, &db->writer, e))
        return false;
    if (!db->memory && !open_readers(db, o->readers, e))
        return false;
    *ret = db;
    db = NULL;
    return true;
}

/* The writer goes last: closing the last connection folds the write-ahead log
 * into the file. */
void sql_close(struct sql **db)
{
    if (*db == NULL)
        return;
    while ((*db)->idle != NULL) {
        struct conn *c = (*db)->idle;

        (*db)->idle = c->next;
        conn_close(&c);
    }
    conn_close(&(*db)->writer);
    (void)pthread_cond_destroy(&(*db)->returned);
    (void)pthread_mutex_destroy(&(*db)->pool_lock);
    (void)pthread_mutex_destroy(&(*db)->write_turn);
    free((*db)->path);
    free(*db);
    *db = NULL;
}

bool sql_is_memory(const struct sql *db)
{
    return db->memory;
}

bool sql_is_read_only(const struct sql *db)
{
    return db->options.read_only;
}

struct conn *sql_tx_conn(struct sql_tx *tx)
{
    return tx->c;
}

bool sql_conn_extra(struct sql *db, struct conn **ret, struct err *e)
{
    struct conn_options o = db->options;

    o.reader = true;
    return conn_open(db->path, &o, ret, e);
}

/* Takes the connection a transaction will run on, waiting for it. */
static bool take_conn(struct sql *db, bool writes, struct conn **ret, struct err *e)
{
    if (writes || db->memory) {
        if (pthread_mutex_lock(&db->write_turn) != 0)
            return ERR(e, ERR_INTERNAL, "sql.nested", "同一线程已有一个事务未结束",
                       "this thread has a transaction that has not ended");
        *ret = db->writer;
        return true;
    }
    (void)pthread_mutex_lock(&db->pool_lock);
    while (db->idle == NULL)
        (void)pthread_cond_wait(&db->returned, &db->pool_lock);
    *ret = db->idle;
    db->idle = (*ret)->next;
    (void)pthread_mutex_unlock(&db->pool_lock);
    return true;
}

static void return_conn(struct sql *db, struct conn *c)
{
    if (c == db->writer) {
        (void)pthread_mutex_unlock(&db->write_turn);
        return;
    }
    (void)pthread_mutex_lock(&db->pool_lock);
    c->next = db->idle;
    db->idle = c;
    (void)pthread_cond_signal(&db->returned);
    (void)pthread_mutex_unlock(&db->pool_lock);
}

/* SQLite rolls back by itself after some errors; then there is nothing to do.
 * Should the rollback fail, the next use of the connection tries again. */
static int end_open_transaction(struct conn *c)
{
    return sqlite3_get_autocommit(c->h) ? SQLITE_OK : sqlite3_exec(c->h, "ROLLBACK", NULL, NULL, NULL);
}

bool sql_begin(struct sql *db, enum sql_mode mode, struct sql_tx **ret, struct err *e)
{
    bool writes = mode == SQL_WRITE;
    struct conn *c;
    int rc;

    assert(mode != SQL_MODE_UNSET);
    if (writes && db->options.read_only)
        return ERR(e, ERR_BUSY, "sql.unavailable", "数据库以只读方式打开，不能写入",
                   "the database is open for reading only");
    if (!take_conn(db, writes, &c, e))
        return false;
    rc = end_open_transaction(c);
    if (rc == SQLITE_OK)
        rc = sqlite_exec(c, writes ? "BEGIN IMMEDIATE" : "BEGIN");
    if (rc != SQLITE_OK) {
        (void)sqlite_fail(c, rc, "begin", e);
        return_conn(db, c);
        return false;
    }
    *ret = xcalloc(1, sizeof(**ret));
    **ret = (struct sql_tx){.db = db, .c = c, .writes = writes};
    return true;
}

/* Ends statements that the caller has not: the connection is about to serve
 * somebody else. */
static void end_statements(struct sql_tx *tx)
{
    while (tx->open != NULL) {
        struct sql_rows *rows = tx->open;

        tx->open = rows->next;
        stmt_release(rows->s);
        rows->tx = NULL;
        rows->s = NULL;
    }
}

static void finish(struct sql_tx **tx)
{
    return_conn((*tx)->db, (*tx)->c);
    free(*tx);
    *tx = NULL;
}

bool sql_commit(struct sql_tx **tx, struct err *e)
{
    int rc;

    end_statements(*tx);
    if (sqlite3_get_autocommit((*tx)->c->h))
        return ERR(e, ERR_BUSY, "sql.unavailable", "事务因先前的错误已撤销",
                   "the transaction has been undone by an earlier error");
    rc = sqlite_exec((*tx)->c, "COMMIT");
    if (rc != SQLITE_OK)
        return sqlite_fail((*tx)->c, rc, "commit", e);
    finish(tx);
    return true;
}

void sql_rollback(struct sql_tx **tx)
{
    if (*tx == NULL)
        return;
    end_statements(*tx);
    (void)end_open_transaction((*tx)->c);
    finish(tx);
}

bool sql_script(struct sql_tx *tx, const char *name, const char *text, struct err *e)
{
    int rc = sqlite_exec(tx->c, text);

    return rc == SQLITE_OK || sqlite_fail(tx->c, rc, name, e);
}

static bool may_run(const struct sql_tx *tx, const struct sql_query *q, struct err *e)
{
    if (q->writes && !tx->writes)
        return ERR(e, ERR_INTERNAL, "sql.readonly", "%s 要写入，但事务只读",
                   "%s writes inside a read transaction", q->name);
    return true;
}

static bool start(struct sql_tx *tx, struct stmt *s, struct sql_rows **ret)
{
    struct sql_rows *rows = xcalloc(1, sizeof(*rows));

    *rows = (struct sql_rows){.tx = tx, .s = s, .rc = SQLITE_ROW, .next = tx->open};
    tx->open = rows;
    *ret = rows;
    return true;
}

static bool bind(struct sql_tx *tx, struct stmt *s, const struct sql_arg *args, size_t n, struct err *e)
{
    int rc = stmt_bind(s, args, n);

    return rc == SQLITE_OK || sqlite_fail(tx->c, rc, s->q->name, e);
}

bool sql_query_n(struct sql_tx *tx, const struct sql_query *q, struct sql_rows **ret, struct err *e,
                 const struct sql_arg *args, size_t n)
{
    struct stmt *s;

    assert((size_t)q->nargs == n && !q->composed);
    if (!may_run(tx, q, e) || !stmt_take(tx->c, q, q->text, q->nargs, &s, e))
        return false;
    if (bind(tx, s, args, n, e))
        return start(tx, s, ret);
    stmt_release(s);
    return false;
}

static int run_once(struct stmt *s)
{
    int rc;

    do
        rc = stmt_step(s);
    while (rc == SQLITE_ROW);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool sql_each(struct sql_tx *tx, const struct sql_query *q, const struct sql_arg *args, size_t nrows,
              struct err *e)
{
    size_t n = (size_t)q->nargs;
    struct stmt *s;
    int rc = SQLITE_OK;

    if (!may_run(tx, q, e) || !stmt_take(tx->c, q, q->text, q->nargs, &s, e))
        return false;
    for (size_t i = 0; i < nrows && rc == SQLITE_OK; i++) {
        rc = n > 0 ? stmt_bind(s, &args[i * n], n) : SQLITE_OK;
        if (rc == SQLITE_OK)
            rc = run_once(s);
        if (rc == SQLITE_OK)
            (void)sqlite3_reset(s->st);
    }
    if (rc != SQLITE_OK)
        (void)sqlite_fail(tx->c, rc, q->name, e); /* before the reset: it clears the message */
    stmt_release(s);
    return rc == SQLITE_OK;
}

bool sql_run_n(struct sql_tx *tx, const struct sql_query *q, struct err *e, const struct sql_arg *args,
               size_t n)
{
    assert((size_t)q->nargs == n && !q->composed);
    (void)n;
    return sql_each(tx, q, args, 1, e);
}

/* The final text: {where} becomes the condition, and each WHERE_ARG in it the
 * next parameter behind the statement's own. */
static void compose(const struct sql_query *q, const struct sql_where *w, struct buf *b)
{
    static const char marker[] = "{where}";
    const char *where = w->text.len > 0 ? buf_text(&w->text) : "TRUE";

    for (const char *p = q->text, *at; *p != '\0';) {
        int arg = q->nargs;

        at = strstr(p, marker);
        if (at == NULL) {
            buf_str(b, p);
            return;
        }
        buf_add(b, p, (size_t)(at - p));
        p = at + strlen(marker);
        buf_char(b, '(');
        for (const char *c = where; *c != '\0';) {
            if (str_starts(c, WHERE_ARG)) {
                buf_printf(b, "$%d", ++arg);
                c += strlen(WHERE_ARG);
            } else {
                buf_char(b, *c++);
            }
        }
        buf_char(b, ')');
    }
}

static bool take_composed(struct sql_tx *tx, const struct sql_query *q, const struct sql_where *w,
                          struct stmt **ret, struct err *e)
{
    AUTO(buf_free) struct buf text;

    buf_init(&text, (size_t)4 * WHERE_TEXT_MAX);
    compose(q, w, &text);
    if (w->failed || text.failed || (size_t)q->nargs + w->n > SQL_ARGS_MAX)
        return ERR(e, ERR_INVALID, "sql.where", "筛选条件过长或参数过多（最多 %d 个）",
                   "the condition is too long or has too many parameters (at most %d)",
                   SQL_ARGS_MAX - q->nargs);
    return stmt_take(tx->c, q, buf_text(&text), q->nargs + (int)w->n, ret, e);
}

bool sql_select(struct sql_tx *tx, const struct sql_query *q, const struct sql_where *w,
                struct sql_rows **ret, struct err *e, const struct sql_arg *args, size_t n)
{
    struct sql_arg all[SQL_ARGS_MAX];
    struct stmt *s;

    assert((size_t)q->nargs == n && q->composed);
    if (!may_run(tx, q, e) || !take_composed(tx, q, w, &s, e))
        return false;
    for (size_t i = 0; i < n + w->n; i++)
        all[i] = i < n ? args[i] : w->args[i - n];
    if (bind(tx, s, all, n + w->n, e))
        return start(tx, s, ret);
    stmt_release(s);
    return false;
}

/* Behind the last row SQLite would start over; we do not. */
bool sql_next(struct sql_rows *rows)
{
    if (rows->rc != SQLITE_ROW || rows->s == NULL)
        return false;
    rows->rc = stmt_step(rows->s);
    return rows->rc == SQLITE_ROW;
}

int64_t sql_int(const struct sql_rows *rows, int col)
{
    return sqlite3_column_int64(rows->s->st, col);
}

double sql_real(const struct sql_rows *rows, int col)
{
    return sqlite3_column_double(rows->s->st, col);
}

bool sql_is_null(const struct sql_rows *rows, int col)
{
    return sqlite3_column_type(rows->s->st, col) == SQLITE_NULL;
}

const char *sql_text(const struct sql_rows *rows, int col)
{
    return (const char *)sqlite3_column_text(rows->s->st, col);
}

const void *sql_blob(const struct sql_rows *rows, int col, size_t *ret_n)
{
    const void *p = sqlite3_column_blob(rows->s->st, col);

    *ret_n = (size_t)sqlite3_column_bytes(rows->s->st, col);
    return p;
}

struct uuid sql_uuid(const struct sql_rows *rows, int col)
{
    struct uuid u = {0};
    size_t n;
    const void *p = sql_blob(rows, col, &n);

    if (p != NULL && n == sizeof(u.b))
        memcpy(u.b, p, n);
    return u;
}

bool sql_end(struct sql_rows **rows, struct err *e)
{
    struct sql_rows *r = *rows;
    bool ok = r->rc == SQLITE_ROW || r->rc == SQLITE_DONE;

    if (!ok && r->tx != NULL)
        (void)sqlite_fail(r->tx->c, r->rc, r->s->q->name, e);
    else if (!ok)
        (void)ERR(e, ERR_INTERNAL, "sql.failed", "事务已结束", "its transaction has ended");
    sql_rows_free(rows);
    return ok;
}

void sql_rows_free(struct sql_rows **rows)
{
    struct sql_rows *r = *rows;

    if (r == NULL)
        return;
    if (r->tx != NULL) {
        struct sql_rows **p = &r->tx->open;

        while (*p != r)
            p = &(*p)->next;
        *p = r->next;
        stmt_release(r->s);
    }
    free(r);
    *rows = NULL;
}

static bool check_one(struct sql_tx *tx, const struct sql_query *q, struct err *e)
{
    struct sql_where all = {0};
    struct stmt *s;
    bool reads;

    if (q->composed ? !take_composed(tx, q, &all, &s, e) : !stmt_take(tx->c, q, q->text, q->nargs, &s, e))
        return false;
    reads = sqlite3_stmt_readonly(s->st) != 0;
    stmt_release(s);
    if (q->writes == reads)
        return ERR(e, ERR_INTERNAL, "sql.mode", "语句 %s 的 write 标记与内容不符",
                   "%s: its `write` tag does not fit what it does", q->name);
    return true;
}

bool sql_check(struct sql *db, const struct sql_query *queries, size_t n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(db, db->options.read_only ? SQL_READ : SQL_WRITE, &tx, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!check_one(tx, &queries[i], e))
            return false;
    return true;
}
