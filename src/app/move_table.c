/* move_table.c -- two cursors over one table, side by side. */
#include "app/move_table.h"

#include "base/text.h"

#include <sodium.h>
#include <string.h>

enum { PAGE = 1000 };
static const size_t PAGE_BYTES = (size_t)1 << 30, WORDS_BYTES = (size_t)1 << 30;

/* Reads pages behind one another; the page before stays until the next but one is read. */
struct cursor {
    crypto_generichash_state hash;
    struct sql *db;
    const struct sql_table *t;
    int64_t district;
    struct arena *pages[2];
    const struct sql_arg *rows[PAGE];
    int n, at;
    bool last; /* there is no page behind this one */
    int64_t taken;
};

/* What is to be done at the target, up to the end of a page on either side. */
struct mending {
    const struct move_ends *m;
    const struct sql_table *t;
    const struct sql_arg *put[PAGE], *remove[PAGE];
    size_t n_put, n_remove;
};

static void cursor_open(struct cursor *c, struct sql *db, const struct sql_table *t, int64_t district)
{
    *c = (struct cursor){.db = db, .t = t, .district = district};
    for (size_t i = 0; i < COUNT_OF(c->pages); i++)
        c->pages[i] = arena_create(PAGE_BYTES);
    (void)crypto_generichash_init(&c->hash, NULL, 0, MOVE_HASH_BYTES);
}

static void cursor_close(struct cursor *c)
{
    for (size_t i = 0; i < COUNT_OF(c->pages); i++)
        arena_free(&c->pages[i]);
}

static bool read_page(struct cursor *c, struct sql_tx *tx, const struct sql_arg *after, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_table_page(tx, c->t, c->district, after, PAGE, &rows, e))
        return false;
    while (c->n < PAGE && sql_next(rows))
        c->rows[c->n++] = sql_table_row(rows, c->t, c->pages[0]);
    c->last = c->n < PAGE;
    return sql_end(&rows, e);
}

static bool is_read(const struct cursor *c)
{
    return c->at < c->n || c->last;
}

static bool cursor_fill(struct cursor *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct sql_arg *after = c->n == 0 ? NULL : c->rows[c->n - 1];
    struct arena *next = c->pages[1];

    if (is_read(c))
        return true;
    arena_reset(next);
    c->pages[1] = c->pages[0];
    c->pages[0] = next;
    c->n = c->at = 0;
    return sql_begin(c->db, SQL_READ, &tx, e) && read_page(c, tx, after, e);
}

static const struct sql_arg *head(const struct cursor *c)
{
    return c->at < c->n ? c->rows[c->at] : NULL;
}

/* Type and length tell values apart that lie next to one another. */
static void hash_value(crypto_generichash_state *h, const struct sql_arg *v)
{
    const bool bytes = v->type == SQL_T_TEXT || v->type == SQL_T_BLOB;
    const uint64_t header[] = {(uint64_t)v->type, bytes ? v->n : v->type == SQL_T_NULL ? 0 : (uint64_t)v->i};

    (void)crypto_generichash_update(h, (const uint8_t *)header, sizeof(header));
    if (bytes)
        (void)crypto_generichash_update(h, v->b, v->n);
}

static const struct sql_arg *take(struct cursor *c)
{
    const struct sql_arg *row = c->rows[c->at++];

    for (int i = 0; i < c->t->n; i++)
        hash_value(&c->hash, &row[i]);
    c->taken++;
    return row;
}

static void cursor_sum(struct cursor *c, struct move_sum *ret)
{
    ret->rows = c->taken;
    (void)crypto_generichash_final(&c->hash, ret->hash, sizeof(ret->hash));
}

/* --- mending --- */

/* Rows that lie here and there, the first `width` values of each in one line. */
static struct sql_arg *in_line(const struct sql_arg *const *rows, size_t n, size_t width, struct arena *a)
{
    struct sql_arg *all = arena_array(a, struct sql_arg, n * width + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(&all[i * width], rows[i], width * sizeof(*all));
    return all;
}

/* A record's key is its district and its id. */
static struct uuid *ids_of(const struct sql_arg *const *rows, size_t n, struct arena *a)
{
    struct uuid *ids = arena_array(a, struct uuid, n + 1);

    for (size_t i = 0; i < n; i++)
        if (rows[i][1].n == sizeof(ids[i].b))
            memcpy(ids[i].b, rows[i][1].b, sizeof(ids[i].b));
    return ids;
}

static bool write_rows(const struct mending *w, struct sql_tx *tx, struct arena *a, struct err *e)
{
    const struct sql_table *t = w->t;

    /* First what goes: a new row may have a unique value of an old one. */
    return sql_table_remove(tx, t, in_line(w->remove, w->n_remove, (size_t)t->n_key, a), w->n_remove, e) &&
           sql_table_put(tx, t, in_line(w->put, w->n_put, (size_t)t->n, a), w->n_put, e);
}

static bool write_records(const struct mending *w, struct sql_tx *tx, struct arena *a, struct err *e)
{
    const struct world *world = w->m->world;

    return record_words_remove(tx, world, ids_of(w->remove, w->n_remove, a), w->n_remove, a, e) &&
           write_rows(w, tx, a, e) &&
           record_words_put(tx, world, ids_of(w->put, w->n_put, a), w->n_put, a, e);
}

static bool mend(struct mending *w, struct move_pass *sums, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(arena_free) struct arena *a = arena_create(WORDS_BYTES);
    bool records = str_eq(w->t->name, "record");

    if (w->n_put == 0 && w->n_remove == 0)
        return true;
    if (!sql_begin(w->m->to, SQL_WRITE, &tx, e) ||
        !(records ? write_records(w, tx, a, e) : write_rows(w, tx, a, e)) || !sql_commit(&tx, e))
        return false;
    sums->added += (int64_t)w->n_put;
    sums->removed += (int64_t)w->n_remove;
    w->n_put = w->n_remove = 0;
    return true;
}

/* Takes the lower of both heads, or both where they are of one key. */
static void compare_heads(struct mending *w, struct cursor *from, struct cursor *to)
{
    const struct sql_arg *f = head(from), *t = head(to);
    int order = f == NULL ? 1 : t == NULL ? -1 : sql_table_order(w->t, f, t);
    bool same = order == 0 && sql_table_same(w->t, f, t);

    if (order <= 0 && take(from) != NULL && !same)
        w->put[w->n_put++] = f;
    if (order >= 0 && take(to) != NULL && !same)
        w->remove[w->n_remove++] = t;
}

static void count(struct move_count *c, const struct cursor *from)
{
    (void)pthread_mutex_lock(&c->lock);
    c->rows += from->n;
    progress_step(&c->progress, c->rows);
    (void)pthread_mutex_unlock(&c->lock);
}

/* What is to be written lies in the pages: it goes before they do. */
static bool turn_pages(struct mending *w, struct cursor *from, struct cursor *to, struct move_pass *ret,
                       struct err *e)
{
    if (is_read(from) && is_read(to))
        return true;
    if (!is_read(from))
        count(w->m->count, from);
    return mend(w, ret, e) && cursor_fill(from, e) && cursor_fill(to, e);
}

static bool side_by_side(struct mending *w, struct cursor *from, struct cursor *to, struct move_pass *ret,
                         struct err *e)
{
    for (;;) {
        if (!turn_pages(w, from, to, ret, e))
            return false;
        if (head(from) == NULL && head(to) == NULL)
            break;
        compare_heads(w, from, to);
    }
    count(w->m->count, from);
    return mend(w, ret, e);
}

bool move_table(const struct move_ends *m, const struct sql_table *t, struct move_pass *ret, struct err *e)
{
    AUTO(cursor_close) struct cursor from = {0};
    AUTO(cursor_close) struct cursor to = {0};
    struct mending w = {.m = m, .t = t};

    *ret = (struct move_pass){0};
    cursor_open(&from, m->from, t, m->district);
    cursor_open(&to, m->to, t, m->district);
    if (!side_by_side(&w, &from, &to, ret, e))
        return false;
    cursor_sum(&from, &ret->from);
    cursor_sum(&to, &ret->to);
    return true;
}
