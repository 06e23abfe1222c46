/* table.c -- statements over whole tables, made from the schema. */
#include "sql/table.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 16 * 1024 };

static const struct sql_query columns_query = {
    "table.columns",
    "SELECT m.name, p.name, p.type, p.pk FROM sqlite_schema m JOIN pragma_table_info(m.name) p"
    " WHERE m.type = 'table' AND EXISTS"
    " (SELECT 1 FROM pragma_table_info(m.name) d WHERE d.name = 'district' AND d.pk = 1)"
    " ORDER BY m.name, p.pk = 0, p.pk, p.cid",
    0, false, false};

/* --- statements --- */

/* "a, b, c": the columns [from, to). */
static void add_names(struct buf *b, char *const *names, int from, int to)
{
    for (int i = from; i < to; i++)
        buf_printf(b, "%s%s", i > from ? ", " : "", names[i]);
}

static void add_parameters(struct buf *b, int from, int n)
{
    for (int i = 0; i < n; i++)
        buf_printf(b, "%s$%d", i > 0 ? ", " : "", from + i);
}

static void add_page(struct buf *b, const struct sql_table *t, char *const *names, bool after)
{
    int behind = after ? t->n_key - 1 : 0;

    buf_str(b, "SELECT ");
    add_names(b, names, 0, t->n);
    buf_printf(b, " FROM %s WHERE district = $1", t->name);
    if (behind > 0) {
        buf_str(b, " AND (");
        add_names(b, names, 1, t->n_key);
        buf_str(b, ") > (");
        add_parameters(b, 2, behind);
        buf_char(b, ')');
    }
    buf_str(b, " ORDER BY ");
    add_names(b, names, 0, t->n_key);
    buf_printf(b, " LIMIT $%d", behind + 2);
}

static void add_put(struct buf *b, const struct sql_table *t, char *const *names)
{
    buf_printf(b, "INSERT INTO %s (", t->name);
    add_names(b, names, 0, t->n);
    buf_str(b, ") VALUES (");
    add_parameters(b, 1, t->n);
    buf_char(b, ')');
}

static void add_remove(struct buf *b, const struct sql_table *t, char *const *names)
{
    buf_printf(b, "DELETE FROM %s WHERE ", t->name);
    for (int i = 0; i < t->n_key; i++)
        buf_printf(b, "%s%s = $%d", i > 0 ? " AND " : "", names[i], i + 1);
}

/* Two ranges of the key, not one inequality: nothing is read to find nothing. */
static void add_others(struct buf *b, const struct sql_table *t)
{
    buf_printf(b,
               "SELECT district FROM %s WHERE district < $1 UNION ALL SELECT district FROM %s"
               " WHERE district > $1 LIMIT 1",
               t->name, t->name);
}

static bool make(struct sql_table *t, char *const *names, struct err *e)
{
    struct sql_query *const made[] = {&t->first, &t->after, &t->put, &t->remove, &t->others};
    const int nargs[] = {2, t->n_key + 1, t->n, t->n_key, 1};
    AUTO(buf_free) struct buf b = {0};

    buf_init(&b, TEXT_BYTES);
    for (int i = 0; i < (int)COUNT_OF(made); i++) {
        buf_clear(&b);
        if (i <= 1)
            add_page(&b, t, names, i == 1);
        else if (i == 2)
            add_put(&b, t, names);
        else if (i == 3)
            add_remove(&b, t, names);
        else
            add_others(&b, t);
        if (b.failed)
            return ERR(e, ERR_INTERNAL, "sql.failed", "%s：数据库报错（%s）", "%s: the database says: %s",
                       t->name, "too many columns");
        t->texts[i] = xstrdup(buf_text(&b));
        *made[i] = (struct sql_query){t->name, t->texts[i], nargs[i], i == 2 || i == 3, false};
    }
    return true;
}

/* --- the schema --- */

static int type_of(const char *name)
{
    static const struct {
        const char *name;
        int type;
    } types[] = {{"INTEGER", SQL_T_INT}, {"REAL", SQL_T_REAL}, {"BLOB", SQL_T_BLOB}};

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_eq(types[i].name, name))
            return types[i].type;
    return SQL_T_TEXT;
}

static struct sql_table *add_table(struct sql_tables *all, const char *name)
{
    struct sql_table *t;

    all->tables = xrealloc(all->tables, (all->n + 1) * sizeof(*all->tables));
    t = &all->tables[all->n++];
    *t = (struct sql_table){.name = xstrdup(name), .types = xcalloc(SQL_ARGS_MAX, sizeof(int))};
    return t;
}

struct names {
    char *of[SQL_ARGS_MAX];
    int n;
};

static void forget(struct names *names)
{
    while (names->n > 0)
        free(names->of[--names->n]);
}

static bool read_columns(struct sql_rows *rows, struct sql_tables *all, struct names *names, struct err *e)
{
    struct sql_table *t = NULL;

    while (sql_next(rows)) {
        if (t == NULL || !str_eq(t->name, sql_text(rows, 0))) {
            if (t != NULL && !make(t, names->of, e))
                return false;
            forget(names);
            t = add_table(all, sql_text(rows, 0));
        }
        if (t->n == SQL_ARGS_MAX)
            return ERR(e, ERR_INTERNAL, "sql.failed", "%s：数据库报错（%s）", "%s: the database says: %s",
                       t->name, "too many columns");
        names->of[names->n++] = xstrdup(sql_text(rows, 1));
        t->types[t->n++] = type_of(sql_text(rows, 2));
        t->n_key += sql_int(rows, 3) != 0;
    }
    return t == NULL || make(t, names->of, e);
}

static bool read_schema(struct sql *db, struct sql_tables *all, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    AUTO(forget) struct names names = {.n = 0};

    return sql_begin(db, SQL_READ, &tx, e) && sql_query_n(tx, &columns_query, &rows, e, NULL, 0) &&
           read_columns(rows, all, &names, e) && sql_end(&rows, e);
}

bool sql_tables_read(struct sql_tables **ret, struct err *e)
{
    AUTO(sql_tables_free) struct sql_tables *all = xcalloc(1, sizeof(*all));
    AUTO(sql_close) struct sql *db = NULL;
    const struct sql_options o = {0};

    if (!sql_open(":memory:", &o, &db, e) || !sql_migrate(db, sql_migrations, sql_n_migrations, e) ||
        !read_schema(db, all, e))
        return false;
    *ret = all;
    all = NULL;
    return true;
}

void sql_tables_free(struct sql_tables **all)
{
    for (size_t i = 0; *all != NULL && i < (*all)->n; i++) {
        struct sql_table *t = &(*all)->tables[i];

        for (size_t k = 0; k < COUNT_OF(t->texts); k++)
            free(t->texts[k]);
        free(t->types);
        free(t->name);
    }
    if (*all != NULL)
        free((*all)->tables);
    free(*all);
    *all = NULL;
}

/* --- rows --- */

bool sql_table_page(struct sql_tx *tx, const struct sql_table *t, int64_t district,
                    const struct sql_arg *after, int limit, struct sql_rows **ret, struct err *e)
{
    struct sql_arg args[SQL_ARGS_MAX] = {SQL_INT(district)};
    int n = 1;

    for (; after != NULL && n < t->n_key; n++)
        args[n] = after[n];
    args[n] = SQL_INT(limit);
    return sql_query_n(tx, after == NULL ? &t->first : &t->after, ret, e, args, (size_t)n + 1);
}

static struct sql_arg read_value(const struct sql_rows *rows, int col, int type, struct arena *a)
{
    const void *bytes;
    char *kept;
    size_t n;

    if (sql_is_null(rows, col))
        return SQL_NULL;
    if (type == SQL_T_INT)
        return SQL_INT(sql_int(rows, col));
    if (type == SQL_T_REAL)
        return SQL_REAL(sql_real(rows, col) + 0.0); /* no −0, which SQLite does not keep */
    bytes = sql_blob(rows, col, &n);
    kept = arena_alloc(a, n + 1);
    if (n > 0)
        memcpy(kept, bytes, n);
    return type == SQL_T_BLOB ? (struct sql_arg){.type = SQL_T_BLOB, .b = kept, .n = n}
                              : (struct sql_arg){.type = SQL_T_TEXT, .s = kept, .n = n};
}

const struct sql_arg *sql_table_row(const struct sql_rows *rows, const struct sql_table *t, struct arena *a)
{
    struct sql_arg *row = arena_array(a, struct sql_arg, (size_t)t->n);

    for (int i = 0; i < t->n; i++)
        row[i] = read_value(rows, i, t->types[i], a);
    return row;
}

static int value_order(const struct sql_arg *l, const struct sql_arg *r)
{
    int order;

    if (l->type == SQL_T_INT)
        return (l->i > r->i) - (l->i < r->i);
    order = memcmp(l->b, r->b, l->n < r->n ? l->n : r->n);
    return order != 0 ? order : (l->n > r->n) - (l->n < r->n);
}

int sql_table_order(const struct sql_table *t, const struct sql_arg *l, const struct sql_arg *r)
{
    int order = 0;

    for (int i = 0; i < t->n_key && order == 0; i++)
        order = value_order(&l[i], &r[i]);
    return order;
}

static bool value_same(const struct sql_arg *l, const struct sql_arg *r)
{
    if (l->type != r->type || l->type == SQL_T_NULL)
        return l->type == r->type;
    if (l->type == SQL_T_TEXT || l->type == SQL_T_BLOB)
        return l->n == r->n && memcmp(l->b, r->b, l->n) == 0;
    return l->i == r->i; /* of a real, its bits */
}

bool sql_table_same(const struct sql_table *t, const struct sql_arg *l, const struct sql_arg *r)
{
    for (int i = 0; i < t->n; i++)
        if (!value_same(&l[i], &r[i]))
            return false;
    return true;
}

bool sql_table_put(struct sql_tx *tx, const struct sql_table *t, const struct sql_arg *rows, size_t nrows,
                   struct err *e)
{
    return sql_each(tx, &t->put, rows, nrows, e);
}

bool sql_table_remove(struct sql_tx *tx, const struct sql_table *t, const struct sql_arg *keys, size_t nrows,
                      struct err *e)
{
    return sql_each(tx, &t->remove, keys, nrows, e);
}

bool sql_table_others(struct sql_tx *tx, const struct sql_table *t, int64_t district, bool *ret_some,
                      int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &t->others, &rows, e, SQL_INT(district)))
        return false;
    *ret_some = sql_next(rows);
    *ret = *ret_some ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}
