/* pg_stmt.c -- statements prepared in PostgreSQL, and values as it takes them (in its
 * binary form: no number passes through text). */
#include "base/text.h"
#include "sql/postgres.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURSOR_BYTES = 64 * 1024 };

static void stmt_free(struct pg_stmt *s)
{
    free(s->c.text);
    free(s->types);
    free(s->keys);
    free(s);
}

static void deallocate(struct pg_conn *c, const char *name)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "DEALLOCATE %s", name);
    pg_add(c, text);
    pg_leave(c, 1);
}

void pg_stmt_drop(void *ctx, struct cached *cached)
{
    struct pg_stmt *s = (struct pg_stmt *)cached;
    struct pg_conn *c = ctx;

    if (c != NULL && !c->lost && s->name[0] != '\0')
        deallocate(c, s->name);
    if (c != NULL && !c->lost && s->batch[0] != '\0')
        deallocate(c, s->batch);
    stmt_free(s);
}

static bool wrong(const struct sql_statement *q, struct err *e)
{
    return ERR(e, ERR_INTERNAL, "sql.statement", "语句 %s 应为一条，参数为 $1 至 $%d，每个都要用到",
               "%s must be one statement that uses each of its parameters $1 to $%d", q->q->name, q->nargs);
}

/* A whole number beside a small literal would be taken for one of 32 bits. */
static bool widen(struct pg_stmt *s)
{
    bool some = false;

    for (int i = 0; i < s->nargs; i++) {
        some = some || s->types[i] == PG_INT4;
        s->types[i] = s->types[i] == PG_INT4 ? PG_INT8 : s->types[i];
    }
    return some;
}

static bool known(Oid type)
{
    static const Oid types[] = {PG_BOOL, PG_BYTEA, PG_NAME,   PG_INT8,    PG_INT4,   PG_TEXT,
                                PG_XID,  PG_JSON,  PG_FLOAT8, PG_VARCHAR, PG_NUMERIC};

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i] == type)
            return true;
    return false;
}

/* What the server made of the statement. */
static bool read_shape(struct pg_stmt *s, const struct sql_statement *q, const PGresult *shape, struct err *e)
{
    int n = PQnparams(shape);

    if (n > q->nargs || (n < q->nargs && !section_has_any(q->text)))
        return wrong(q, e);
    s->nargs = n;
    s->types = xrealloc(s->types, sizeof(Oid) * (size_t)(n + 1));
    for (int i = 0; i < n; i++)
        s->types[i] = PQparamtype(shape, i);
    for (int i = 0; i < PQnfields(shape); i++)
        if (!known(PQftype(shape, i)))
            return ERR(e, ERR_INTERNAL, "sql.column", "语句 %s 第 %d 列的类型（%u）无法读取",
                       "%s: column %d is of a type (%u) that is not read", q->q->name, i + 1,
                       PQftype(shape, i));
    return true;
}

/* Prepares under a new name; with types, unless it has none yet. */
static bool prepare(struct pg_conn *c, struct pg_stmt *s, const struct sql_statement *q, const char *text,
                    struct err *e)
{
    PGresult *shape = NULL;
    bool ok;

    (void)snprintf(s->name, sizeof(s->name), "s%u", ++c->names);
    (void)PQsendPrepare(c->h, s->name, text, s->types == NULL ? 0 : s->nargs, s->types);
    (void)PQsendDescribePrepared(c->h, s->name);
    pg_flush(c);
    ok = pg_read(c, 2, q->q->name, &shape, e) && read_shape(s, q, shape, e);
    PQclear(shape);
    return ok;
}

static bool is_empty(const char *text)
{
    return text[strspn(text, " \n;")] == '\0';
}

static bool make(struct pg_conn *c, const struct sql_statement *q, const char *text, struct pg_stmt **ret,
                 struct err *e)
{
    struct pg_stmt *s = xcalloc(1, sizeof(*s));

    s->c.q = q->q;
    s->reads = str_starts(text, "SELECT ") || str_starts(text, "WITH ") || str_starts(text, "EXPLAIN ");
    if (prepare(c, s, q, text, e)) {
        if (!widen(s) || (deallocate(c, s->name), prepare(c, s, q, text, e))) {
            *ret = s;
            return true;
        }
    }
    stmt_free(s);
    return false;
}

bool pg_stmt_take(struct pg_conn *c, const struct sql_statement *q, struct pg_stmt **ret, struct err *e)
{
    AUTO(xfree) char *text = NULL;
    const char *part;
    size_t n;

    *ret = (struct pg_stmt *)cache_find(&c->cache, q);
    if (*ret != NULL)
        return true;
    part = section_statement(q->text, postgres_engine.name, &n);
    text = xcalloc(n + 1, 1);
    memcpy(text, part, n);
    if (is_empty(text))
        return wrong(q, e);
    if (!make(c, q, text, ret, e))
        return false;
    c->cache.ctx = c;
    cache_keep(&c->cache, q, &(*ret)->c);
    return true;
}

void pg_stmt_release(struct pg_conn *c, struct pg_stmt *s)
{
    if (!s->c.kept)
        pg_stmt_drop(c, &s->c);
}

/* --- values --- */

static bool encode_int(int64_t i, Oid type, uint64_t *scratch, int *ret_n)
{
    double d = (double)i;
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    *scratch = htobe64(type == PG_FLOAT8 ? bits : (uint64_t)i);
    *ret_n = sizeof(*scratch);
    return type == PG_INT8 || type == PG_FLOAT8;
}

bool pg_encode(const struct sql_arg *a, Oid type, uint64_t *scratch, const char **ret, int *ret_n)
{
    uint64_t bits;

    *ret = (const char *)scratch;
    *ret_n = 0;
    switch (a->type) {
    case SQL_T_INT:
        return encode_int(a->i, type, scratch, ret_n);
    case SQL_T_REAL:
        memcpy(&bits, &a->d, sizeof(bits));
        *scratch = htobe64(bits);
        *ret_n = sizeof(*scratch);
        return type == PG_FLOAT8;
    case SQL_T_TEXT:
        *ret = a->s;
        *ret_n = (int)a->n;
        return type == PG_TEXT || type == PG_JSON || type == PG_VARCHAR || type == PG_NAME;
    case SQL_T_BLOB:
        *ret = a->b;
        *ret_n = (int)a->n;
        return type == PG_BYTEA;
    case SQL_T_NULL:
        break;
    }
    *ret = NULL;
    return true;
}

/* All arguments of one run, as libpq takes them. */
struct values {
    uint64_t scratch[SQL_ARGS_MAX];
    const char *at[SQL_ARGS_MAX];
    int lengths[SQL_ARGS_MAX], formats[SQL_ARGS_MAX];
};

static bool encode_all(const struct pg_stmt *s, const struct sql_arg *args, struct values *v, struct err *e)
{
    for (int i = 0; i < s->nargs; i++) {
        v->formats[i] = 1;
        if (!pg_encode(&args[i], s->types[i], &v->scratch[i], &v->at[i], &v->lengths[i]))
            return ERR(e, ERR_INTERNAL, "sql.argument", "语句 %s 的参数 $%d 类型不符（服务器要 %u）",
                       "%s: parameter $%d is not of the type the server takes there (%u)", s->c.q->name,
                       i + 1, s->types[i]);
    }
    return true;
}

bool pg_stmt_add(struct pg_conn *c, const struct pg_stmt *s, const struct sql_arg *args, struct err *e)
{
    struct values v;

    if (!encode_all(s, args, &v, e))
        return false;
    (void)PQsendQueryPrepared(c->h, s->name, s->nargs, v.at, v.lengths, v.formats, 1);
    return true;
}

/* --- cursors --- */

bool pg_stmt_add_cursor(struct pg_conn *c, const struct pg_stmt *s, const struct sql_statement *q,
                        const struct sql_arg *args, unsigned number, struct err *e)
{
    AUTO(buf_free) struct buf text = {0};
    struct values v;
    size_t n;
    const char *part = section_statement(q->text, postgres_engine.name, &n);

    if (!encode_all(s, args, &v, e))
        return false;
    buf_init(&text, CURSOR_BYTES);
    buf_printf(&text, "DECLARE w%u NO SCROLL CURSOR FOR ", number);
    buf_add(&text, part, n);
    if (text.failed)
        return ERR(e, ERR_INTERNAL, "sql.failed", "%s：数据库报错（%s）", "%s: the database says: %s",
                   q->q->name, "too long");
    (void)PQsendQueryParams(c->h, buf_text(&text), s->nargs, s->types, v.at, v.lengths, v.formats, 1);
    return true;
}

void pg_add_fetch(struct pg_conn *c, unsigned number)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "FETCH FORWARD %d FROM w%u", PG_WALK_ROWS, number);
    pg_add(c, text);
}

void pg_cursor_close(struct pg_conn *c, unsigned number)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "CLOSE w%u", number);
    pg_add(c, text);
    pg_leave(c, 1);
}
