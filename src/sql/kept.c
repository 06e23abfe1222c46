/* kept.c -- rows that stay in memory, by id and version. */
#include "sql/kept.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Places in all, each for one row at most so large: 16 MiB at worst, mostly a quarter of that. */
enum { SHELVES = 16, PLACES = 256, ROW_BYTES_MAX = 4096 };

/* One block of memory, freed by its last user. Never changed once others see it. */
struct row {
    atomic_int users;
    const struct sql_query *q; /* which columns these are */
    struct uuid id;
    int64_t version;
    size_t size;
    int n;
    struct sql_arg cells[];
};

struct shelf {
    pthread_mutex_t lock;
    struct row *rows[PLACES];
};

struct kept {
    struct shelf shelves[SHELVES];
};

static void release(struct row *r)
{
    if (r != NULL && atomic_fetch_sub(&r->users, 1) == 1)
        free(r);
}

struct kept *kept_create(void)
{
    struct kept *k = xcalloc(1, sizeof(*k));

    for (size_t i = 0; i < SHELVES; i++)
        (void)pthread_mutex_init(&k->shelves[i].lock, NULL);
    return k;
}

void kept_clear(struct kept *k)
{
    for (size_t i = 0; i < SHELVES; i++) {
        struct shelf *s = &k->shelves[i];

        (void)pthread_mutex_lock(&s->lock);
        for (size_t j = 0; j < PLACES; j++) {
            release(s->rows[j]);
            s->rows[j] = NULL;
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
}

void kept_free(struct kept **k)
{
    if (*k == NULL)
        return;
    kept_clear(*k);
    for (size_t i = 0; i < SHELVES; i++)
        (void)pthread_mutex_destroy(&(*k)->shelves[i].lock);
    free(*k);
    *k = NULL;
}

/* The last bytes of an id are random. */
static struct row **place_of(struct kept *k, struct uuid id, struct shelf **ret)
{
    *ret = &k->shelves[id.b[15] % SHELVES];
    return &(*ret)->rows[id.b[14] % PLACES];
}

/* For release(); NULL when it is not here. */
static struct row *find(struct kept *k, const struct sql_query *q, struct uuid id, int64_t version)
{
    struct shelf *s;
    struct row **place = place_of(k, id, &s), *r;

    (void)pthread_mutex_lock(&s->lock);
    r = *place;
    if (r != NULL && r->q == q && r->version == version && uuid_eq(r->id, id))
        atomic_fetch_add(&r->users, 1);
    else
        r = NULL;
    (void)pthread_mutex_unlock(&s->lock);
    return r;
}

static void put(struct kept *k, struct row *r)
{
    struct shelf *s;
    struct row **place = place_of(k, r->id, &s), *old;

    if (r->size > ROW_BYTES_MAX)
        return;
    atomic_fetch_add(&r->users, 1);
    (void)pthread_mutex_lock(&s->lock);
    old = *place;
    *place = r;
    (void)pthread_mutex_unlock(&s->lock);
    release(old);
}

/* --- from a server's row --- */

static bool has_bytes(const struct sql_arg *c)
{
    return c->type == SQL_T_TEXT || c->type == SQL_T_BLOB;
}

/* A copy, for release(). Its first column is the id, its last the version. */
static struct row *copy(const struct sql_query *q, const struct sql_rows *rows)
{
    int n = rows->engine->columns(rows);
    size_t size = sizeof(struct row) + (size_t)n * sizeof(struct sql_arg);
    struct row *r;
    char *to;

    for (int i = 0; i < n; i++)
        size += rows->engine->cell(rows, i).n + 1;
    r = xcalloc(1, size);
    *r = (struct row){
        .users = 1, .q = q, .id = sql_uuid(rows, 0), .version = sql_int(rows, n - 1), .size = size, .n = n};
    to = (char *)&r->cells[n];
    for (int i = 0; i < n; i++) {
        struct sql_arg *c = &r->cells[i];

        *c = rows->engine->cell(rows, i);
        if (!has_bytes(c))
            continue;
        memcpy(to, c->b, c->n);
        c->b = to;
        to += c->n + 1;
    }
    return r;
}

/* --- rows in memory --- */

struct kept_rows {
    struct sql_rows base;
    size_t n, at;       /* at: the present one, from 1 */
    struct row *list[]; /* owned; NULL: still to be read */
};

static const struct sql_arg *cell_at(const struct sql_rows *base, int col)
{
    const struct kept_rows *rows = (const struct kept_rows *)base;

    return &rows->list[rows->at - 1]->cells[col];
}

static bool next(struct sql_rows *base)
{
    struct kept_rows *rows = (struct kept_rows *)base;

    if (rows->at >= rows->n)
        return false;
    rows->at++;
    return true;
}

static int64_t integer(const struct sql_rows *base, int col)
{
    const struct sql_arg *c = cell_at(base, col);

    return c->type == SQL_T_INT ? c->i : c->type == SQL_T_REAL ? (int64_t)c->d : 0;
}

static double real(const struct sql_rows *base, int col)
{
    const struct sql_arg *c = cell_at(base, col);

    return c->type == SQL_T_REAL ? c->d : c->type == SQL_T_INT ? (double)c->i : 0;
}

static const void *blob(const struct sql_rows *base, int col, size_t *ret_n)
{
    const struct sql_arg *c = cell_at(base, col);

    *ret_n = has_bytes(c) ? c->n : 0;
    return has_bytes(c) ? c->b : NULL;
}

static const char *text(const struct sql_rows *base, int col)
{
    size_t n;

    return blob(base, col, &n);
}

static bool is_null(const struct sql_rows *base, int col)
{
    return cell_at(base, col)->type == SQL_T_NULL;
}

static bool end(struct sql_rows *base, struct err *e)
{
    (void)base;
    (void)e;
    return true;
}

static void rows_free(struct sql_rows *base)
{
    struct kept_rows *rows = (struct kept_rows *)base;

    for (size_t i = 0; i < rows->n; i++)
        release(rows->list[i]);
    free(rows);
}

/* Of an engine only what rows need. */
static const struct sql_engine kept_engine = {.name = "kept",
                                              .next = next,
                                              .integer = integer,
                                              .real = real,
                                              .text = text,
                                              .blob = blob,
                                              .is_null = is_null,
                                              .end = end,
                                              .rows_free = rows_free};

/* --- asking --- */

struct key {
    struct uuid id;
    int64_t version;
};

/* *ret_n is SQL_KEPT_MAX + 1 where there are more than SQL_KEPT_MAX. */
static bool read_keys(struct sql_tx *tx, const struct sql_statement *keys, const struct sql_arg *args,
                      struct key list[SQL_KEPT_MAX], size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!tx->db->engine->query(tx, keys, args, &rows, e))
        return false;
    while (*ret_n <= SQL_KEPT_MAX && sql_next(rows)) {
        if (*ret_n < SQL_KEPT_MAX)
            list[*ret_n] = (struct key){sql_uuid(rows, 0), sql_int(rows, 1)};
        ++*ret_n;
    }
    return sql_end(&rows, e);
}

/* Reads what is not at hand; a row whose version is another by now, or that has gone, stays NULL. */
static bool read_missing(struct kept *k, struct sql_tx *tx, const struct sql_query *row,
                         const struct key list[SQL_KEPT_MAX], const struct sql_arg *district,
                         struct kept_rows *into, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg args[2 * SQL_KEPT_MAX];
    size_t missing[SQL_KEPT_MAX], n = 0;

    for (size_t i = 0; i < into->n; i++) {
        if (into->list[i] != NULL)
            continue;
        args[2 * n] = *district;
        args[2 * n + 1] = SQL_UUID(&list[i].id);
        missing[n++] = i;
    }
    if (n == 0)
        return true;
    if (!sql_query_each(tx, row, args, n, &rows, e))
        return false;
    while (sql_next(rows)) {
        size_t i = missing[sql_row(rows)];
        struct row *r = copy(row, rows);

        if (r->version == list[i].version && into->list[i] == NULL) {
            put(k, r);
            into->list[i] = r;
        } else {
            release(r);
        }
    }
    return sql_end(&rows, e);
}

static bool is_whole(const struct kept_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->list[i] == NULL)
            return false;
    return true;
}

bool kept_query(struct kept *k, struct sql_tx *tx, const struct sql_statement *keys,
                const struct sql_query *row, const struct sql_arg *args, struct sql_rows **ret,
                bool *ret_changed, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *owned = NULL;
    struct key list[SQL_KEPT_MAX];
    struct kept_rows *rows;
    size_t n;

    if (!read_keys(tx, keys, args, list, &n, e))
        return false;
    *ret_changed = n > SQL_KEPT_MAX;
    if (*ret_changed)
        return true;
    rows = xcalloc(1, sizeof(*rows) + n * sizeof(rows->list[0]));
    rows->base.engine = &kept_engine;
    rows->n = n;
    owned = &rows->base;
    for (size_t i = 0; i < n; i++)
        rows->list[i] = find(k, row, list[i].id, list[i].version);
    if (!read_missing(k, tx, row, list, &args[0], rows, e))
        return false;
    *ret_changed = !is_whole(rows);
    if (!*ret_changed) {
        *ret = owned;
        owned = NULL;
    }
    return true;
}
