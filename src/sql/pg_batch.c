/* pg_batch.c -- one statement for many rows of arguments: a single one over arrays.
 *
 *   INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT …
 *     INSERT INTO t (a, b) SELECT u.p1, u.p2 FROM unnest($1, $2) AS u (p1, p2) ON CONFLICT …
 *   UPDATE t SET b = $2 WHERE a = $1
 *     UPDATE t SET b = u.p2 FROM unnest($1, $2) AS u (p1, p2) WHERE a = u.p1
 *   DELETE FROM t WHERE a = $1
 *     DELETE FROM t USING unnest($1) AS u (p1) WHERE a = u.p1
 *   SELECT b FROM t WHERE a = $1
 *     SELECT u.n, q.* FROM unnest($1) WITH ORDINALITY AS u (p1, n) CROSS JOIN LATERAL
 *       (SELECT b FROM t WHERE a = u.p1) AS q
 *
 * One such statement cannot change a row twice: rows that name the same one (alike in the
 * arguments of WHERE, or of the conflict's columns) go in two runs, in their order. What
 * has no such form runs row by row, sent together; so does all writing on a distributed
 * engine, which sends a statement to one server only if it names its district. */
#include "base/text.h"
#include "sql/postgres.h"

#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 4096, PIPELINE_ROWS = 64, TEXT_MAX = 32 * 1024 };
static const size_t ARRAY_BYTES = (size_t)64 << 20;

/* A part of a text. */
struct part {
    const char *s;
    size_t n;
};

static struct part part_of(const char *from, const char *to)
{
    return (struct part){from, (size_t)(to - from)};
}

/* Behind the text in quotes that begins at p, or behind the one character there. */
static const char *step(const char *p)
{
    const char *end = *p == '\'' ? strchr(p + 1, '\'') : NULL;

    return end == NULL ? p + 1 : end + 1;
}

/* The bracket that closes the one at p; the end of the text if there is none. */
static const char *closing(const char *p)
{
    int depth = 0;

    for (; *p != '\0'; p = step(p)) {
        depth += (*p == '(') - (*p == ')');
        if (depth == 0)
            return p;
    }
    return p;
}

/* Takes the next item off a list that commas divide; false when there is none. */
static bool next_item(struct part *list, struct part *ret)
{
    const char *p = list->s, *end = list->s + list->n;

    while (p < end && isspace((unsigned char)*p))
        p++;
    ret->s = p;
    while (p < end && *p != ',')
        p = *p == '(' ? closing(p) + 1 : step(p);
    ret->n = (size_t)(p - ret->s);
    *list = part_of(p < end ? p + 1 : end, end);
    return ret->n > 0;
}

static bool same(struct part a, struct part b)
{
    return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

/* The number, from 0, of the parameter that begins at p ("$12"); -1 if none does. */
static int parameter(const char *p)
{
    return p[0] == '$' && isdigit((unsigned char)p[1]) ? (int)strtol(p + 1, NULL, 10) - 1 : -1;
}

/* Copies, with u.p1 for $1, but for the first `alike` parameters. */
static void add_columns(struct buf *out, struct part text, int alike)
{
    for (const char *p = text.s, *end = text.s + text.n; p < end;) {
        const char *after = step(p);

        if (parameter(p) >= alike) {
            buf_printf(out, "u.p%d", parameter(p) + 1);
            while (isdigit((unsigned char)*after))
                after++;
        } else {
            buf_add(out, p, (size_t)(after - p));
        }
        p = after;
    }
}

static void add_list(struct buf *out, const char *before, int nargs, int alike)
{
    for (int i = alike + 1; i <= nargs; i++)
        buf_printf(out, "%s%s%d", i > alike + 1 ? ", " : "", before, i);
}

static void add_unnest(struct buf *out, const char *how, int nargs)
{
    buf_printf(out, " %s unnest(", how);
    add_list(out, "$", nargs, 0);
    buf_str(out, ") AS u (");
    add_list(out, "p", nargs, 0);
    buf_char(out, ')');
}

static void select_text(const char *text, int nargs, int alike, struct buf *out)
{
    buf_str(out, "SELECT u.n, q.* FROM unnest(");
    add_list(out, "$", nargs, alike);
    buf_str(out, ") WITH ORDINALITY AS u (");
    add_list(out, "p", nargs, alike);
    buf_str(out, ", n) CROSS JOIN LATERAL (");
    add_columns(out, part_of(text, text + strlen(text)), alike);
    buf_str(out, ") AS q");
}

/* Which argument goes into the column; -1: none, alone. */
static int argument_of(struct part column, struct part columns, struct part values)
{
    struct part name, value;

    while (next_item(&columns, &name) && next_item(&values, &value))
        if (same(name, column))
            return parameter(value.s);
    return -1;
}

/* The arguments of the columns in "ON CONFLICT (a, b) DO UPDATE"; doing nothing needs none. */
static bool conflict_keys(const char *tail, struct part columns, struct part values, int *keys, int *ret_n)
{
    const char *open = strchr(tail, '(');
    struct part list, name;

    *ret_n = 0;
    if (strstr(tail, "DO UPDATE") == NULL)
        return true;
    if (open == NULL)
        return false;
    list = part_of(open + 1, closing(open));
    while (next_item(&list, &name)) {
        keys[*ret_n] = argument_of(name, columns, values);
        if (keys[*ret_n] < 0) /* the same for every row, or computed */
            return false;
        ++*ret_n;
    }
    return true;
}

static bool insert_text(const char *text, int nargs, struct buf *out, int *keys, int *ret_n)
{
    static const char marker[] = " VALUES (";
    const char *at = strstr(text, marker), *open = strchr(text, '('), *end;
    struct part values;

    if (at == NULL || open == NULL || open > at)
        return false;
    end = closing(at + strlen(marker) - 1);
    values = part_of(at + strlen(marker), end);
    if (*end == '\0' || strchr(end, '$') != NULL ||
        !conflict_keys(end + 1, part_of(open + 1, closing(open)), values, keys, ret_n))
        return false;
    buf_add(out, text, (size_t)(at - text));
    buf_str(out, " SELECT ");
    add_columns(out, values, 0);
    add_unnest(out, "FROM", nargs);
    buf_str(out, end + 1);
    return true;
}

/* The arguments that WHERE compares columns with; only equalities tell rows apart. */
static bool where_keys(const char *where, int *keys, int *ret_n)
{
    *ret_n = 0;
    if (strstr(where, " OR ") != NULL)
        return false;
    for (const char *p = where; *p != '\0'; p = step(p)) {
        if (parameter(p) < 0)
            continue;
        if (strncmp(p - 2, "= ", 2) != 0 || strchr("<>!", p[-3]) != NULL)
            return false;
        keys[(*ret_n)++] = parameter(p);
    }
    return *ret_n > 0;
}

static bool change_text(const char *text, const char *how, int nargs, struct buf *out, int *keys, int *ret_n)
{
    const char *where = strstr(text, " WHERE ");

    if (where == NULL || !where_keys(where, keys, ret_n))
        return false;
    add_columns(out, part_of(text, where), 0);
    add_unnest(out, how, nargs);
    add_columns(out, part_of(where, where + strlen(where)), 0);
    return true;
}

bool pg_batch_text(const char *text, int nargs, struct buf *out, int *keys, int *ret_n_keys)
{
    *ret_n_keys = 0;
    if (nargs == 0 || strstr(text, " RETURNING ") != NULL)
        return false;
    if (str_starts(text, "SELECT ")) {
        select_text(text, nargs, 0, out);
        return true;
    }
    if (str_starts(text, "INSERT INTO "))
        return insert_text(text, nargs, out, keys, ret_n_keys);
    if (str_starts(text, "UPDATE "))
        return change_text(text, "FROM", nargs, out, keys, ret_n_keys);
    return str_starts(text, "DELETE FROM ") && change_text(text, "USING", nargs, out, keys, ret_n_keys);
}

bool pg_batch_text_of_district(const char *text, int nargs, struct buf *out)
{
    static const char named[] = "district = $1";
    const char *at = strstr(text, named);

    if (nargs < 2 || !str_starts(text, "SELECT ") || at == NULL || isdigit((unsigned char)at[strlen(named)]))
        return false;
    select_text(text, nargs, 1, out);
    return true;
}

/* --- arrays --- */

static Oid array_of(Oid type)
{
    static const struct {
        Oid item, array;
    } types[] = {{PG_INT8, 1016}, {PG_TEXT, 1009},   {PG_BYTEA, 1001},
                 {PG_JSON, 199},  {PG_FLOAT8, 1022}, {PG_VARCHAR, 1015}};

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i].item == type)
            return types[i].array;
    return 0;
}

static void add_int32(struct buf *b, int32_t v)
{
    const uint32_t bytes = htobe32((uint32_t)v);

    buf_add(b, &bytes, sizeof(bytes));
}

/* One argument of all rows as an array in PostgreSQL's binary form. */
static bool add_array(struct buf *b, const struct sql_arg *args, size_t width, size_t nrows, Oid type)
{
    enum { ONE_DIMENSION = 1, MAY_HOLD_NULLS = 1, FIRST = 1 };
    const char *bytes;
    uint64_t scratch;
    int n;

    add_int32(b, ONE_DIMENSION);
    add_int32(b, MAY_HOLD_NULLS);
    add_int32(b, (int32_t)type);
    add_int32(b, (int32_t)nrows);
    add_int32(b, FIRST);
    for (size_t i = 0; i < nrows; i++) {
        if (!pg_encode(&args[i * width], type, &scratch, &bytes, &n))
            return false;
        add_int32(b, bytes == NULL ? -1 : n);
        if (bytes != NULL)
            buf_add(b, bytes, (size_t)n);
    }
    return !b->failed;
}

static bool refuse(const struct pg_stmt *s, int arg, struct err *e)
{
    return ERR(e, ERR_INTERNAL, "sql.argument", "语句 %s 的参数 $%d 类型不符（服务器要 %u）",
               "%s: parameter $%d is not of the type the server takes there (%u)", s->c.q->name, arg + 1,
               s->types[arg]);
}

static bool same_arg(const struct sql_arg *a, const struct sql_arg *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == SQL_T_TEXT || a->type == SQL_T_BLOB)
        return a->n == b->n && memcmp(a->b, b->b, a->n) == 0;
    return a->type == SQL_T_NULL || a->i == b->i;
}

static bool all_alike(const struct sql_arg *args, size_t width, size_t nrows)
{
    for (size_t i = 1; i < nrows; i++)
        if (!same_arg(&args[0], &args[i * width]))
            return false;
    return true;
}

static bool send_arrays(struct pg_conn *c, const struct pg_stmt *s, const struct sql_arg *args, size_t width,
                        size_t nrows, struct buf *arrays, PGresult **ret, struct err *e)
{
    const char *values[SQL_ARGS_MAX];
    int lengths[SQL_ARGS_MAX], formats[SQL_ARGS_MAX];
    uint64_t scratch;

    if (s->alike > 0 &&
        (!all_alike(args, width, nrows) || !pg_encode(args, s->types[0], &scratch, &values[0], &lengths[0])))
        return refuse(s, 0, e);
    formats[0] = 1;
    for (int i = s->alike; i < s->nargs; i++) {
        if (!add_array(&arrays[i], &args[i], width, nrows, s->types[i]))
            return refuse(s, i, e);
        values[i] = arrays[i].s;
        lengths[i] = (int)arrays[i].len;
        formats[i] = 1;
    }
    (void)PQsendQueryPrepared(c->h, s->batch, s->nargs, values, lengths, formats, 1);
    pg_flush(c);
    return pg_read(c, 1, s->c.q->name, ret, e);
}

static bool run_arrays(struct pg_conn *c, const struct pg_stmt *s, const struct sql_arg *args, size_t width,
                       size_t nrows, PGresult **ret, struct err *e)
{
    struct buf *arrays = xcalloc((size_t)s->nargs, sizeof(*arrays));
    bool ok;

    for (int i = 0; i < s->nargs; i++)
        buf_init(&arrays[i], ARRAY_BYTES);
    ok = send_arrays(c, s, args, width, nrows, arrays, ret, e);
    for (int i = 0; i < s->nargs; i++)
        buf_free(&arrays[i]);
    free(arrays);
    return ok;
}

/* --- rows alike --- */

static uint64_t hash_arg(uint64_t h, const struct sql_arg *a)
{
    const unsigned char *p = a->type == SQL_T_TEXT || a->type == SQL_T_BLOB ? a->b : (const void *)&a->i;
    size_t n = a->type == SQL_T_TEXT || a->type == SQL_T_BLOB ? a->n : sizeof(a->i);

    for (size_t i = 0; a->type != SQL_T_NULL && i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3U;
    return h * 31 + (uint64_t)a->type;
}

static bool alike(const struct pg_stmt *s, const struct sql_arg *a, const struct sql_arg *b)
{
    for (int i = 0; i < s->n_keys; i++)
        if (!same_arg(&a[s->keys[i]], &b[s->keys[i]]))
            return false;
    return true;
}

/* How many rows can go together: up to the first that is like one before it. */
static size_t run_length(const struct pg_stmt *s, const struct sql_arg *args, size_t width, size_t nrows)
{
    enum { SLOTS = 4 * ROWS_MAX };
    const struct sql_arg **seen;
    size_t n = nrows < ROWS_MAX ? nrows : ROWS_MAX, i;

    if (s->n_keys == 0)
        return n;
    seen = xcalloc(SLOTS, sizeof(const struct sql_arg *));
    for (i = 0; i < n; i++) {
        const struct sql_arg *row = &args[i * width];
        uint64_t h = 0xcbf29ce484222325U;
        size_t at;

        for (int k = 0; k < s->n_keys; k++)
            h = hash_arg(h, &row[s->keys[k]]);
        for (at = (h ^ h >> 32) % SLOTS; seen[at] != NULL && !alike(s, seen[at], row);)
            at = (at + 1) % SLOTS;
        if (seen[at] != NULL)
            break;
        seen[at] = row;
    }
    free(seen);
    return i;
}

/* --- running --- */

static bool prepare_batch(struct pg_conn *c, struct pg_stmt *s, const char *text, struct err *e)
{
    Oid types[SQL_ARGS_MAX];

    for (int i = 0; i < s->nargs; i++) {
        types[i] = i < s->alike ? s->types[i] : array_of(s->types[i]);
        if (types[i] == 0)
            return refuse(s, i, e);
    }
    (void)snprintf(s->batch, sizeof(s->batch), "s%u", ++c->names);
    (void)PQsendPrepare(c->h, s->batch, text, s->nargs, types);
    pg_flush(c);
    return pg_read(c, 1, s->c.q->name, NULL, e);
}

/* Makes the form over arrays, once; s->single where there is none. */
static bool find_form(struct pg_conn *c, struct pg_stmt *s, const struct sql_statement *q, struct err *e)
{
    AUTO(buf_free) struct buf text = {0}, form = {0};
    size_t n;
    const char *part = section_statement(q->text, postgres_engine.name, &n);

    if (s->single || s->batch[0] != '\0')
        return true;
    buf_init(&text, TEXT_MAX);
    buf_init(&form, TEXT_MAX);
    buf_add(&text, part, n);
    s->keys = xrealloc(s->keys, sizeof(int) * SQL_ARGS_MAX);
    s->alike = c->distributed && pg_batch_text_of_district(buf_text(&text), s->nargs, &form) ? 1 : 0;
    if (s->alike > 0 && !form.failed)
        return prepare_batch(c, s, buf_text(&form), e);
    if (c->distributed && !s->reads) {
        s->single = true;
        return true;
    }
    if (pg_batch_text(buf_text(&text), s->nargs, &form, s->keys, &s->n_keys) && !form.failed)
        return prepare_batch(c, s, buf_text(&form), e);
    s->single = true;
    return true;
}

static bool run_pipeline(struct pg_conn *c, const struct pg_stmt *s, const struct sql_arg *args, size_t width,
                         size_t nrows, struct err *e)
{
    for (size_t i = 0; i < nrows; i++)
        if (!pg_stmt_add(c, s, &args[i * width], e)) {
            pg_leave(c, (int)i);
            return false;
        }
    pg_flush(c);
    return pg_read(c, (int)nrows, s->c.q->name, NULL, e);
}

static bool run_rows(struct pg_conn *c, struct pg_stmt *s, const struct sql_statement *q,
                     const struct sql_arg *args, size_t nrows, struct err *e)
{
    size_t width = (size_t)q->nargs, n;
    bool ok = nrows == 1 || find_form(c, s, q, e);

    for (size_t i = 0; ok && i < nrows; i += n) {
        n = nrows - i < PIPELINE_ROWS ? nrows - i : PIPELINE_ROWS;
        if (nrows == 1 || s->single) {
            ok = run_pipeline(c, s, &args[i * width], width, n, e);
        } else {
            n = run_length(s, &args[i * width], width, nrows - i);
            ok = run_arrays(c, s, &args[i * width], width, n, NULL, e);
        }
    }
    return ok;
}

bool pg_each(struct pg_conn *c, const struct sql_statement *q, const struct sql_arg *args, size_t nrows,
             struct err *e)
{
    struct pg_stmt *s;
    bool ok;

    if (nrows == 0)
        return true;
    if (!pg_stmt_take(c, q, &s, e))
        return false;
    ok = run_rows(c, s, q, args, nrows, e);
    pg_stmt_release(c, s);
    return ok;
}

bool pg_query_each(struct pg_conn *c, const struct sql_statement *q, const struct sql_arg *args, size_t nrows,
                   PGresult **ret, struct err *e)
{
    struct pg_stmt *s;
    bool ok;

    if (!pg_stmt_take(c, q, &s, e))
        return false;
    ok = find_form(c, s, q, e);
    if (ok && s->single)
        ok = ERR(e, ERR_INTERNAL, "sql.statement", "语句 %s 应为一条，参数为 $1 至 $%d，每个都要用到",
                 "%s must be one statement that uses each of its parameters $1 to $%d", q->q->name, q->nargs);
    ok = ok && run_arrays(c, s, args, (size_t)q->nargs, nrows, ret, e);
    pg_stmt_release(c, s);
    return ok;
}
