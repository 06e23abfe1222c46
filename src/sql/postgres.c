/* postgres.c -- databases, transactions and rows over PostgreSQL.
 *
 * A write transaction is READ COMMITTED and begins by locking the row of its district:
 * each of its statements then sees all that earlier ones, of whichever program, have
 * committed, and they follow one another without gaps. (REPEATABLE READ would take its
 * view before it has waited.) A read transaction is one view of the database; it begins
 * together with its first statement and is ended without waiting. A look (SQL_LOOK) is none
 * at all: each of its statements stands by itself. */
#include "sql/postgres.h"

#include "base/clock.h"
#include "base/text.h"
#include "sql/kept.h"
#include "sql/turns.h"

#include <endian.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Connections that read: made when they are wanted. */
enum { SCRIPT_BYTES = 1 << 20 };
/* A commit may wait for a standby for as long as that is away. */
static const int64_t commit_patience_us = INT64_C(15) * 1000000;

/* Lives from postgres_open() to its closing. */
struct pg_db {
    struct sql base;
    char *url;
    atomic_llong district;  /* whose row writers hold; 0: nobody's */
    atomic_bool distribute; /* tables that are made now */
    struct pg_conn *writer;
    struct turns turns;
    struct kept *kept;
};

/* Owned by its thread; its connection is its own until it ends. */
struct pg_tx {
    struct sql_tx base;
    struct pg_conn *c;
    bool looks;         /* each statement by itself, unless a cursor needs a transaction */
    bool begun, failed; /* failed: the server undoes it */
    struct pg_rows *open;
};

struct pg_rows {
    struct sql_rows base;
    struct pg_tx *tx; /* NULL once the transaction has ended */
    PGresult *res;
    int row, first;      /* first: the column that is our column 0 */
    unsigned cursor;     /* they come from this one; 0: all came with the answer */
    bool more;           /* the cursor may have some that have not come yet */
    struct err *trouble; /* owned; why they did not come */
    struct pg_rows *next;
};

static struct pg_db *db_of(struct sql_tx *tx)
{
    return (struct pg_db *)tx->db;
}

/* --- databases --- */

static void close_db(struct sql *base)
{
    struct pg_db *db = (struct pg_db *)base;

    while (db->turns.n_idle > 0) {
        struct pg_conn *c = turns_take(&db->turns);

        pg_conn_close(&c);
    }
    pg_conn_close(&db->writer);
    turns_destroy(&db->turns);
    kept_free(&db->kept);
    free(db->url);
    free(db);
}

bool postgres_open(const char *url, const struct sql_options *o, struct sql **ret, struct err *e)
{
    struct pg_db *db = xcalloc(1, sizeof(*db));
    AUTO(sql_close) struct sql *owned = &db->base;

    db->base = (struct sql){.engine = &postgres_engine, .options = *o};
    db->url = xstrdup(url);
    db->writer = pg_conn_create();
    db->kept = kept_create();
    turns_init(&db->turns);
    for (int i = 0; i < turns_readers(o->readers > 0 ? o->readers : SQL_READERS_SERVER); i++)
        turns_give(&db->turns, pg_conn_create()); /* connected when they are wanted */
    if (!pg_connect(db->writer, url, o, e))
        return false;
    *ret = owned;
    owned = NULL;
    return true;
}

static void take_turns(struct sql *base, int64_t district)
{
    atomic_store(&((struct pg_db *)base)->district, district);
}

static bool distribute(struct sql *base, bool *ret_does, struct err *e)
{
    struct pg_db *db = (struct pg_db *)base;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct pg_layout layout;

    if (!sql_begin(base, SQL_WRITE, &tx, e) || !pg_layout_read(((struct pg_tx *)tx)->c, &layout, e))
        return false;
    if (layout.has_extension && layout.has_tables && !layout.is_distributed)
        return ERR(e, ERR_CONFLICT, "sql.distribute_late",
                   "数据库里已有未分布的表：请用一个空的数据库（createdb）",
                   "the database has tables already that are not distributed: begin with an empty one "
                   "(createdb)");
    *ret_does = layout.has_extension;
    atomic_store(&db->distribute, layout.has_extension);
    return true;
}

/* --- transactions --- */

/* A new connection may be to another server. */
static bool connected(struct pg_db *db, struct pg_conn *c, struct err *e)
{
    if (!c->lost)
        return true;
    kept_clear(db->kept);
    return pg_connect(c, db->url, &db->base.options, e);
}

static bool try_begin_write(struct pg_db *db, struct pg_conn *c, struct err *e)
{
    int64_t district = atomic_load(&db->district);

    pg_add_step(c, PG_BEGIN_WRITE);
    if (district != 0)
        pg_add_with(c, "SELECT 1 FROM turn WHERE district = $1 FOR UPDATE", district);
    pg_flush(c);
    if (pg_read(c, district != 0 ? 2 : 1, "begin", NULL, e))
        return true;
    if (!c->lost) { /* the lock was not to be had: the transaction is there, and failed */
        pg_add_step(c, PG_ROLLBACK);
        pg_leave(c, 1);
    }
    return false;
}

/* That a connection is lost shows when it is used: then once more on a new one. */
static bool begin_write(struct pg_db *db, struct pg_conn *c, struct err *e)
{
    struct err first = {0};

    if (c->lost)
        return connected(db, c, e) && try_begin_write(db, c, e);
    if (try_begin_write(db, c, &first))
        return true;
    if (c->lost)
        return connected(db, c, e) && try_begin_write(db, c, e);
    *e = first;
    return false;
}

static bool begin(struct sql *base, enum sql_mode mode, struct sql_tx **ret, struct err *e)
{
    struct pg_db *db = (struct pg_db *)base;
    bool writes = mode == SQL_WRITE;
    struct pg_tx *tx;

    if (writes && !turns_write(&db->turns, e))
        return false;
    if (writes && !begin_write(db, db->writer, e)) {
        turns_written(&db->turns);
        return false;
    }
    tx = xcalloc(1, sizeof(*tx));
    *tx = (struct pg_tx){.base = {.db = base, .writes = writes},
                         .c = writes ? db->writer : turns_take(&db->turns),
                         .looks = mode == SQL_LOOK,
                         .begun = writes};
    *ret = &tx->base;
    return true;
}

/* Rows that the caller has not ended end with their transaction. */
static void end_rows(struct pg_tx *tx)
{
    while (tx->open != NULL) {
        struct pg_rows *rows = tx->open;

        tx->open = rows->next;
        rows->tx = NULL;
        rows->row = PQntuples(rows->res);
        rows->more = false;
    }
}

static void finish(struct pg_tx *tx)
{
    struct pg_db *db = db_of(&tx->base);

    if (tx->base.writes)
        turns_written(&db->turns);
    else
        turns_give(&db->turns, tx->c);
    free(tx);
}

static void rollback(struct sql_tx *base)
{
    struct pg_tx *tx = (struct pg_tx *)base;

    end_rows(tx);
    if (tx->begun && !tx->c->lost) {
        pg_add_step(tx->c, base->writes ? PG_ROLLBACK : PG_COMMIT);
        pg_leave(tx->c, 1);
    }
    finish(tx);
}

static bool undone(struct err *e)
{
    return ERR(e, ERR_BUSY, "sql.unavailable", "事务因先前的错误已撤销",
               "the transaction has been undone by an earlier error");
}

/* Whether the server did it cannot be known: the link broke on the way there or back. */
static bool uncertain(struct err *e)
{
    (void)ERR(e, ERR_BUSY, SQL_UNCERTAIN, "提交时与数据库的连接中断，不知是否已写入：请用同一编号重发",
              "the connection was lost while committing and what became of it is not known: send it again "
              "under the same id");
    e->retry_after_s = 5;
    return false;
}

/* It is there, but perhaps on this server alone: a wait for the standby that is cancelled (by hand, by
 * statement_timeout) ends in a warning and in success. Warnings of other kinds cost a second look. */
static bool unconfirmed(const char *warning, struct err *e)
{
    (void)ERR(e, ERR_BUSY, SQL_UNCERTAIN, "数据库提交时发出警告，备机上不一定有：请用同一编号重发（%s）",
              "the database warned while committing, and a standby may not have it: send it again under the "
              "same id (%s)",
              warning);
    e->retry_after_s = 5;
    return false;
}

/* Sends COMMIT and waits for its answer, within limits. */
static bool send_commit(struct pg_conn *c, PGresult **ret, struct err *e)
{
    bool ok;

    c->warning[0] = '\0';
    c->give_up_us = time_monotonic_us() + commit_patience_us;
    pg_add_step(c, PG_COMMIT);
    pg_flush(c);
    ok = pg_read(c, 1, "commit", ret, e);
    c->give_up_us = 0;
    return ok;
}

static bool commit(struct sql_tx **base, struct err *e)
{
    struct pg_tx *tx = (struct pg_tx *)*base;
    PGresult *res = NULL;
    bool ok;

    if (!tx->base.writes) {
        sql_rollback(base);
        return true;
    }
    end_rows(tx);
    if (tx->failed || tx->c->lost)
        return undone(e);
    ok = send_commit(tx->c, &res, e);
    tx->begun = false;
    if (!ok)
        return tx->c->lost ? uncertain(e) : false;
    ok = str_eq(PQcmdStatus(res), "COMMIT");
    PQclear(res);
    if (!ok)
        return undone(e);
    if (tx->c->warning[0] != '\0')
        return unconfirmed(tx->c->warning, e);
    finish(tx);
    *base = NULL;
    return true;
}

/* --- statements --- */

static bool failed(struct pg_tx *tx)
{
    tx->failed = true;
    return false;
}

/* A read transaction begins with its first statement, on a connection that is there. */
static bool wake(struct pg_tx *tx, struct err *e)
{
    return tx->begun || connected(db_of(&tx->base), tx->c, e);
}

/* begun is noted when the answer is there: until then it may begin anew. */
static void add_begin(struct pg_tx *tx, bool walks, int *n)
{
    if (tx->begun || (tx->looks && !walks))
        return;
    pg_add_step(tx->c, PG_BEGIN_READ);
    ++*n;
}

/* A statement and what it is asked with; through a cursor, unless that is 0. */
struct asked {
    const struct sql_statement *q;
    const struct sql_arg *args;
    unsigned cursor;
};

static bool add_asked(struct pg_tx *tx, const struct asked *a, const struct pg_stmt *s, int *n, struct err *e)
{
    if (a->cursor == 0 ? !pg_stmt_add(tx->c, s, a->args, e)
                       : !pg_stmt_add_cursor(tx->c, s, a->q, a->args, a->cursor, e))
        return false;
    ++*n;
    if (a->cursor != 0) {
        pg_add_fetch(tx->c, a->cursor);
        ++*n;
    }
    return true;
}

static bool try_query(struct pg_tx *tx, const struct asked *a, PGresult **ret, struct err *e)
{
    struct pg_stmt *s;
    int n = 0;
    bool ok;

    if (!wake(tx, e) || !pg_stmt_take(tx->c, a->q, &s, e))
        return false;
    add_begin(tx, a->cursor != 0, &n);
    ok = add_asked(tx, a, s, &n, e);
    if (ok) {
        pg_flush(tx->c);
        ok = pg_read(tx->c, n, a->q->q->name, ret, e);
    } else {
        pg_leave(tx->c, n);
    }
    tx->begun = tx->begun || !tx->looks || a->cursor != 0;
    pg_stmt_release(tx->c, s);
    return ok;
}

/* Nothing has been read yet: on a lost connection it may begin anew. */
static bool first_query(struct pg_tx *tx, const struct asked *a, PGresult **ret, struct err *e)
{
    struct err first = {0};

    if (try_query(tx, a, ret, &first))
        return true;
    if (tx->c->lost) {
        tx->begun = false;
        return try_query(tx, a, ret, e);
    }
    *e = first;
    return false;
}

static struct pg_rows *rows_of(struct pg_tx *tx, PGresult *res, int first)
{
    struct pg_rows *rows = xcalloc(1, sizeof(*rows));

    *rows = (struct pg_rows){.base = {.engine = &postgres_engine},
                             .tx = tx,
                             .res = res,
                             .row = -1,
                             .first = first,
                             .next = tx->open};
    tx->open = rows;
    return rows;
}

static bool ask(struct pg_tx *tx, const struct asked *a, struct sql_rows **ret, struct err *e)
{
    PGresult *res = NULL;
    struct pg_rows *rows;

    if (!(tx->begun ? try_query(tx, a, &res, e) : first_query(tx, a, &res, e)))
        return failed(tx);
    rows = rows_of(tx, res, 0);
    rows->cursor = a->cursor;
    rows->more = a->cursor != 0 && PQntuples(res) == PG_WALK_ROWS;
    *ret = &rows->base;
    return true;
}

static bool query(struct sql_tx *base, const struct sql_statement *q, const struct sql_arg *args,
                  struct sql_rows **ret, struct err *e)
{
    return ask((struct pg_tx *)base, &(struct asked){.q = q, .args = args}, ret, e);
}

/* Declaring the cursor and its first rows are one round trip. */
static bool walk(struct sql_tx *base, const struct sql_statement *q, const struct sql_arg *args,
                 struct sql_rows **ret, struct err *e)
{
    struct pg_tx *tx = (struct pg_tx *)base;

    return ask(tx, &(struct asked){.q = q, .args = args, .cursor = ++tx->c->names}, ret, e);
}

static bool try_each(struct pg_tx *tx, const struct sql_statement *q, const struct sql_arg *args,
                     size_t nrows, PGresult **ret, struct err *e)
{
    int n = 0;

    if (!wake(tx, e))
        return false;
    add_begin(tx, false, &n);
    pg_leave(tx->c, n); /* a connection that is lost shows in what follows */
    tx->begun = tx->begun || !tx->looks;
    return pg_query_each(tx->c, q, args, nrows, ret, e);
}

static bool query_each(struct sql_tx *base, const struct sql_statement *q, const struct sql_arg *args,
                       size_t nrows, struct sql_rows **ret, struct err *e)
{
    struct pg_tx *tx = (struct pg_tx *)base;
    bool first = !tx->begun;
    PGresult *res = NULL;

    if (!try_each(tx, q, args, nrows, &res, e)) {
        if (!first || !tx->c->lost)
            return failed(tx);
        tx->begun = false;
        if (!try_each(tx, q, args, nrows, &res, e))
            return failed(tx);
    }
    *ret = &rows_of(tx, res, 1)->base;
    return true;
}

static bool each(struct sql_tx *base, const struct sql_statement *q, const struct sql_arg *args, size_t nrows,
                 struct err *e)
{
    struct pg_tx *tx = (struct pg_tx *)base;
    PGresult *res = NULL;
    bool ok;

    if (base->writes)
        return pg_each(tx->c, q, args, nrows, e) || failed(tx);
    ok = try_query(tx, &(struct asked){.q = q, .args = args}, &res, e);
    PQclear(res);
    return ok || failed(tx);
}

static bool script(struct sql_tx *base, const char *name, const char *text, struct err *e)
{
    struct pg_tx *tx = (struct pg_tx *)base;
    AUTO(buf_free) struct buf ours = {0}, words = {0}, laid = {0};
    struct pg_layout layout;

    buf_init(&ours, SCRIPT_BYTES);
    buf_init(&words, SCRIPT_BYTES);
    buf_init(&laid, SCRIPT_BYTES);
    section_pick(text, postgres_engine.name, &ours);
    section_to_postgres(buf_text(&ours), &words);
    pg_distribute_text(buf_text(&words), &laid);
    if (ours.failed || words.failed || laid.failed)
        return ERR(e, ERR_INTERNAL, "sql.failed", "%s：数据库报错（%s）", "%s: the database says: %s", name,
                   "too long");
    if (!pg_layout_read(tx->c, &layout, e))
        return failed(tx);
    if (atomic_load(&db_of(base)->distribute) || layout.is_distributed)
        return pg_script(tx->c, name, buf_text(&laid), e) || failed(tx);
    return pg_script(tx->c, name, buf_text(&words), e) || failed(tx);
}

static bool prepare(struct sql_tx *base, const struct sql_statement *q, bool *ret_reads, struct err *e)
{
    struct pg_tx *tx = (struct pg_tx *)base;
    struct pg_stmt *s;

    if (!wake(tx, e) || !pg_stmt_take(tx->c, q, &s, e))
        return failed(tx);
    *ret_reads = s->reads;
    pg_stmt_release(tx->c, s);
    return true;
}

/* --- rows --- */

/* The cursor's next rows take the place of those before. */
static bool fetch(struct pg_rows *rows)
{
    struct pg_conn *c = rows->tx->c;
    struct err e = {0};
    PGresult *res = NULL;

    pg_add_fetch(c, rows->cursor);
    pg_flush(c);
    if (!pg_read(c, 1, "fetch", &res, &e)) {
        rows->trouble = xcalloc(1, sizeof(e));
        *rows->trouble = e;
        rows->more = false;
        return failed(rows->tx);
    }
    PQclear(rows->res);
    rows->res = res;
    rows->row = 0;
    rows->more = PQntuples(res) == PG_WALK_ROWS;
    return PQntuples(res) > 0;
}

static bool next(struct sql_rows *base)
{
    struct pg_rows *rows = (struct pg_rows *)base;

    if (rows->row < PQntuples(rows->res))
        rows->row++;
    return rows->row < PQntuples(rows->res) || (rows->more && fetch(rows));
}

static const char *bytes_at(const struct sql_rows *base, int col, int *ret_n)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    col += rows->first;
    *ret_n = PQgetlength(rows->res, rows->row, col);
    return PQgetisnull(rows->res, rows->row, col) ? NULL : PQgetvalue(rows->res, rows->row, col);
}

static bool is_null(const struct sql_rows *base, int col)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    return PQgetisnull(rows->res, rows->row, col + rows->first) != 0;
}

static size_t row(const struct sql_rows *base)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    return (size_t)pg_int_at(rows->res, rows->row, 0) - 1;
}

static int64_t integer(const struct sql_rows *base, int col)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    return pg_int_at(rows->res, rows->row, col + rows->first);
}

static double real(const struct sql_rows *base, int col)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    return pg_real_at(rows->res, rows->row, col + rows->first);
}

/* libpq ends every value with a NUL. */
static const char *text(const struct sql_rows *base, int col)
{
    int n;

    return bytes_at(base, col, &n);
}

static const void *blob(const struct sql_rows *base, int col, size_t *ret_n)
{
    int n;
    const char *p = bytes_at(base, col, &n);

    *ret_n = (size_t)n;
    return p;
}

/* Of a transaction that writes a row may have several versions of one number. What lies on several servers
 * has no numbers of its own. */
static struct kept *kept(const struct sql_tx *base)
{
    const struct pg_tx *tx = (const struct pg_tx *)base;

    return base->writes || tx->c->lost || tx->c->distributed ? NULL : ((struct pg_db *)base->db)->kept;
}

static int columns(const struct sql_rows *base)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    return PQnfields(rows->res) - rows->first;
}

static struct sql_arg cell(const struct sql_rows *base, int col)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    return pg_value_at(rows->res, rows->row, col + rows->first);
}

/* Rows that came with the answer are there; those of a cursor may have failed to come. */
static bool end(struct sql_rows *base, struct err *e)
{
    const struct pg_rows *rows = (const struct pg_rows *)base;

    if (rows->trouble != NULL)
        *e = *rows->trouble;
    return rows->trouble == NULL;
}

static void rows_free(struct sql_rows *base)
{
    struct pg_rows *r = (struct pg_rows *)base;

    if (r->tx != NULL) {
        struct pg_rows **p = &r->tx->open;

        while (*p != r)
            p = &(*p)->next;
        *p = r->next;
        if (r->cursor != 0 && !r->tx->c->lost)
            pg_cursor_close(r->tx->c, r->cursor);
    }
    free(r->trouble);
    PQclear(r->res);
    free(r);
}

/* --- the whole database --- */

/* On a cluster a dump of the coordinator would leave out what lies on the others. */
static bool backup(struct sql *base, const char *path, void (*progress)(void *ctx, int done, int total),
                   void *ctx, struct err *e)
{
    static const struct sql_query cluster = {
        "backup.cluster", "SELECT count(*) FROM pg_extension WHERE extname = 'citus'", 0, false, false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    (void)progress;
    (void)ctx;
    if (!sql_begin(base, SQL_READ, &tx, e) || !sql_query_n(tx, &cluster, &rows, e, NULL, 0))
        return false;
    if (sql_next(rows) && sql_int(rows, 0) > 0)
        return ERR(
            e, ERR_INVALID, "sql.backup_server",
            "分布在多台上的数据库请用集群自己的办法备份（每台 pg_basebackup 加归档），再另存数据目录",
            "back up a database that lies on several servers by the cluster's own means (pg_basebackup "
            "and an archive on each), and the data folder beside it");
    sql_rows_free(&rows);
    sql_rollback(&tx);
    return pg_dump_to(((struct pg_db *)base)->url, path, e);
}

/* PostgreSQL checks its pages itself when it reads them (data checksums); an index that
 * was not finished it leaves lying about. */
static bool integrity(struct sql *db, struct err *e)
{
    static const struct sql_query invalid = {
        "integrity.indexes",
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid", 0,
        false, false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) || !sql_query_n(tx, &invalid, &rows, e, NULL, 0))
        return false;
    if (sql_next(rows))
        return ERR(e, ERR_INTERNAL, "sql.damaged", "数据库检查未通过（%s：%s）：请从备份恢复",
                   "the database fails its check (%s: %s): restore a backup", invalid.name,
                   sql_text(rows, 0));
    return sql_end(&rows, e);
}

/* The settings of the session do what figures do for SQLite. */
static bool stats(struct sql *db, struct err *e)
{
    (void)db;
    (void)e;
    return true;
}

static bool analyze(struct sql *db, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && sql_script(tx, "analyze", "ANALYZE", e) && sql_commit(&tx, e);
}

const struct sql_engine postgres_engine = {
    .name = "postgres",
    .close = close_db,
    .take_turns = take_turns,
    .distribute = distribute,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .prepare = prepare,
    .query = query,
    .walk = walk,
    .query_each = query_each,
    .row = row,
    .each = each,
    .next = next,
    .integer = integer,
    .real = real,
    .text = text,
    .blob = blob,
    .is_null = is_null,
    .kept = kept,
    .columns = columns,
    .cell = cell,
    .end = end,
    .rows_free = rows_free,
    .backup = backup,
    .integrity = integrity,
    .stats = stats,
    .analyze = analyze,
};
