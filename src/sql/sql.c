/* sql.c -- the interface of sql.h in front of the engines: what does not depend on
 * which of them it is. */
#include "base/text.h"
#include "sql/kept.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int fault_countdown;
static atomic_bool fault_late;

void sql_fault_after(int n)
{
    fault_late = n < 0;
    fault_countdown = n < 0 ? -n : n;
}

bool sql_fault_is_late(void)
{
    return fault_late;
}

bool sql_fault(void)
{
    if (atomic_load_explicit(&fault_countdown, memory_order_relaxed) <= 0)
        return false;
    return atomic_fetch_sub(&fault_countdown, 1) == 1;
}

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

/* --- databases and transactions --- */

bool sql_is_url(const char *where)
{
    return str_starts(where, "postgresql://") || str_starts(where, "postgres://");
}

bool sql_open(const char *where, const struct sql_options *o, struct sql **ret, struct err *e)
{
    return sql_is_url(where) ? postgres_open(where, o, ret, e) : sqlite_open(where, o, ret, e);
}

void sql_close(struct sql **db)
{
    if (*db != NULL)
        (*db)->engine->close(*db);
    *db = NULL;
}

bool sql_is_shared(const struct sql *db)
{
    return db->engine == &postgres_engine;
}

bool sql_distribute(struct sql *db, bool *ret_does, struct err *e)
{
    *ret_does = false;
    return db->engine->distribute == NULL || db->engine->distribute(db, ret_does, e);
}

void sql_take_turns(struct sql *db, int64_t district)
{
    if (db->engine->take_turns != NULL)
        db->engine->take_turns(db, district);
}

bool sql_changed(struct sql_tx *tx, int64_t district, struct err *e)
{
    static const struct sql_query generation = {
        "sql.changed",
        "INSERT INTO common (district, generation) VALUES ($1, 1)"
        " ON CONFLICT (district) DO UPDATE SET generation = common.generation + 1",
        1, true, false};

    return !sql_is_shared(tx->db) || sql_run(tx, &generation, e, SQL_INT(district));
}

bool sql_answers(struct sql *db, struct err *e)
{
    static const struct sql_query one = {"sql.answers", "SELECT 1", 0, false, false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    return sql_begin(db, SQL_LOOK, &tx, e) && sql_query_n(tx, &one, &rows, e, NULL, 0) && sql_next(rows) &&
           sql_end(&rows, e);
}

bool sql_begin(struct sql *db, enum sql_mode mode, struct sql_tx **ret, struct err *e)
{
    assert(mode != SQL_MODE_UNSET);
    if (mode == SQL_WRITE && db->options.read_only)
        return ERR(e, ERR_BUSY, "sql.unavailable", "数据库以只读方式打开，不能写入",
                   "the database is open for reading only");
    return db->engine->begin(db, mode, ret, e);
}

bool sql_commit(struct sql_tx **tx, struct err *e)
{
    return (*tx)->db->engine->commit(tx, e);
}

void sql_rollback(struct sql_tx **tx)
{
    if (*tx != NULL)
        (*tx)->db->engine->rollback(*tx);
    *tx = NULL;
}

bool sql_script(struct sql_tx *tx, const char *name, const char *text, struct err *e)
{
    return tx->db->engine->script(tx, name, text, e);
}

/* --- statements --- */

static bool may_run(const struct sql_tx *tx, const struct sql_query *q, struct err *e)
{
    if (q->writes && !tx->writes)
        return ERR(e, ERR_INTERNAL, "sql.readonly", "%s 要写入，但事务只读",
                   "%s writes inside a read transaction", q->name);
    return true;
}

static struct sql_statement as_written(const struct sql_query *q)
{
    return (struct sql_statement){.q = q, .text = q->text, .nargs = q->nargs};
}

bool sql_query_n(struct sql_tx *tx, const struct sql_query *q, struct sql_rows **ret, struct err *e,
                 const struct sql_arg *args, size_t n)
{
    const struct sql_statement s = as_written(q);

    assert((size_t)q->nargs == n && !q->composed);
    (void)n;
    return may_run(tx, q, e) && tx->db->engine->query(tx, &s, args, ret, e);
}

bool sql_walk_n(struct sql_tx *tx, const struct sql_query *q, struct sql_rows **ret, struct err *e,
                const struct sql_arg *args, size_t n)
{
    const struct sql_statement s = as_written(q);

    assert((size_t)q->nargs == n && !q->composed && !q->writes);
    (void)n;
    return tx->db->engine->walk(tx, &s, args, ret, e);
}

bool sql_query_each(struct sql_tx *tx, const struct sql_query *q, const struct sql_arg *args, size_t nrows,
                    struct sql_rows **ret, struct err *e)
{
    const struct sql_statement s = as_written(q);

    assert(nrows > 0 && q->nargs > 0 && !q->composed && !q->writes);
    return tx->db->engine->query_each(tx, &s, args, nrows, ret, e);
}

size_t sql_row(const struct sql_rows *rows)
{
    return rows->engine->row(rows);
}

bool sql_each(struct sql_tx *tx, const struct sql_query *q, const struct sql_arg *args, size_t nrows,
              struct err *e)
{
    const struct sql_statement s = as_written(q);

    return may_run(tx, q, e) && tx->db->engine->each(tx, &s, args, nrows, e);
}

bool sql_run_n(struct sql_tx *tx, const struct sql_query *q, struct err *e, const struct sql_arg *args,
               size_t n)
{
    assert((size_t)q->nargs == n && !q->composed);
    (void)n;
    return sql_each(tx, q, args, 1, e);
}

/* "$12": lists of ids have dozens of them. */
static void add_parameter(int n, struct buf *b)
{
    char text[12], *end = text + sizeof(text), *p = end;

    do
        *--p = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    *--p = '$';
    buf_add(b, p, (size_t)(end - p));
}

/* Writes the condition, each WHERE_ARG in it as the next parameter. */
static void add_condition(const char *where, int *arg, struct buf *b)
{
    const char *from = where, *at;

    for (; (at = strstr(from, WHERE_ARG)) != NULL; from = at + strlen(WHERE_ARG)) {
        buf_add(b, from, (size_t)(at - from));
        add_parameter(++*arg, b);
    }
    buf_str(b, from);
}

/* The final text: {where} becomes the condition, whose parameters follow the
 * statement's own. */
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
        add_condition(where, &arg, b);
        buf_char(b, ')');
    }
}

static bool composed(const struct sql_query *q, const struct sql_where *w, struct buf *text,
                     struct sql_statement *ret, struct err *e)
{
    buf_init(text, (size_t)4 * WHERE_TEXT_MAX);
    compose(q, w, text);
    if (w->failed || text->failed || (size_t)q->nargs + w->n > SQL_ARGS_MAX)
        return ERR(e, ERR_INVALID, "sql.where", "筛选条件过长或参数过多（最多 %d 个）",
                   "the condition is too long or has too many parameters (at most %d)",
                   SQL_ARGS_MAX - q->nargs);
    *ret = (struct sql_statement){.q = q, .text = buf_text(text), .nargs = q->nargs + (int)w->n};
    return true;
}

/* The statement's own arguments, then those of its condition. */
static void join(const struct sql_arg *args, size_t n, const struct sql_where *w,
                 struct sql_arg all[SQL_ARGS_MAX])
{
    memcpy(all, args, sizeof(*all) * n);
    if (w->n > 0)
        memcpy(&all[n], w->args, sizeof(*all) * w->n);
}

bool sql_select(struct sql_tx *tx, const struct sql_query *q, const struct sql_where *w,
                struct sql_rows **ret, struct err *e, const struct sql_arg *args, size_t n)
{
    AUTO(buf_free) struct buf text = {0};
    struct sql_arg all[SQL_ARGS_MAX];
    struct sql_statement s;

    assert((size_t)q->nargs == n && q->composed);
    if (!may_run(tx, q, e) || !composed(q, w, &text, &s, e))
        return false;
    join(args, n, w, all);
    return tx->db->engine->query(tx, &s, all, ret, e);
}

/* By way of the rows in memory; *ret_changed as kept_query(). */
static bool query_kept(struct sql_tx *tx, struct kept *kept, const struct sql_kept_query *q,
                       const struct sql_where *w, const struct sql_arg *args, struct sql_rows **ret,
                       bool *ret_changed, struct err *e)
{
    AUTO(buf_free) struct buf text = {0};
    struct sql_arg all[SQL_ARGS_MAX];
    struct sql_statement keys = as_written(q->keys);

    if (w == NULL)
        return kept_query(kept, tx, &keys, q->row, args, ret, ret_changed, e);
    if (!composed(q->keys, w, &text, &keys, e))
        return false;
    join(args, (size_t)q->keys->nargs, w, all);
    return kept_query(kept, tx, &keys, q->row, all, ret, ret_changed, e);
}

bool sql_query_kept(struct sql_tx *tx, const struct sql_kept_query *q, const struct sql_where *w,
                    struct sql_rows **ret, struct err *e, const struct sql_arg *args, size_t n)
{
    struct kept *kept = tx->db->engine->kept == NULL ? NULL : tx->db->engine->kept(tx);
    bool changed = true;

    assert(q->whole->nargs == q->keys->nargs && q->whole->composed == (w != NULL) &&
           q->keys->composed == q->whole->composed && !q->whole->writes);
    if (kept != NULL && !query_kept(tx, kept, q, w, args, ret, &changed, e))
        return false;
    if (!changed)
        return true;
    return w == NULL ? sql_query_n(tx, q->whole, ret, e, args, n)
                     : sql_select(tx, q->whole, w, ret, e, args, n);
}

static bool check_one(struct sql_tx *tx, const struct sql_query *q, struct err *e)
{
    AUTO(buf_free) struct buf text = {0};
    const struct sql_where all = {0};
    struct sql_statement s = as_written(q);
    bool reads;

    if ((q->composed && !composed(q, &all, &text, &s, e)) || !tx->db->engine->prepare(tx, &s, &reads, e))
        return false;
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
        if (!section_is_for_others(queries[i].text, db->engine->name) && !check_one(tx, &queries[i], e))
            return false;
    return true;
}

/* --- rows --- */

bool sql_next(struct sql_rows *rows)
{
    return rows->engine->next(rows);
}

int64_t sql_int(const struct sql_rows *rows, int col)
{
    return rows->engine->integer(rows, col);
}

double sql_real(const struct sql_rows *rows, int col)
{
    return rows->engine->real(rows, col);
}

bool sql_is_null(const struct sql_rows *rows, int col)
{
    return rows->engine->is_null(rows, col);
}

const char *sql_text(const struct sql_rows *rows, int col)
{
    return rows->engine->text(rows, col);
}

const void *sql_blob(const struct sql_rows *rows, int col, size_t *ret_n)
{
    return rows->engine->blob(rows, col, ret_n);
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
    bool ok = (*rows)->engine->end(*rows, e);

    sql_rows_free(rows);
    return ok;
}

void sql_rows_free(struct sql_rows **rows)
{
    if (*rows != NULL)
        (*rows)->engine->rows_free(*rows);
    *rows = NULL;
}

/* --- the whole database --- */

bool sql_backup(struct sql *db, const char *path, void (*progress)(void *ctx, int done, int total), void *ctx,
                struct err *e)
{
    return db->engine->backup(db, path, progress, ctx, e);
}

bool sql_analyze(struct sql *db, struct err *e)
{
    return db->engine->analyze == NULL || db->engine->analyze(db, e);
}

bool sql_forget(struct sql *db, struct err *e)
{
    return db->engine->forget == NULL || db->engine->forget(db, e);
}

bool sql_wipe(struct sql_tx *tx, struct err *e)
{
    return tx->db->engine->wipe == NULL || tx->db->engine->wipe(tx, e);
}

bool sql_erase(struct sql *db, int64_t most_bytes, bool *ret_done, struct err *e)
{
    *ret_done = true;
    return db->engine->erase == NULL || db->engine->erase(db, most_bytes, ret_done, e);
}

bool sql_integrity(struct sql *db, struct err *e)
{
    return db->engine->integrity(db, e);
}
