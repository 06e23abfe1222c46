/* stmt.c -- prepared statements and their cache. */
#include "base/text.h"
#include "sql/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stmt_free(struct stmt *s)
{
    (void)sqlite3_finalize(s->st);
    free(s->text);
    free(s);
}

static size_t slot_of(const struct stmt_cache *cache, const struct sql_query *q)
{
    uint64_t h = (uint64_t)(uintptr_t)q * 0x9e3779b97f4a7c15U;
    size_t at = (size_t)(h >> 32) & (cache->cap - 1);

    while (cache->slots[at] != NULL && cache->slots[at]->q != q)
        at = (at + 1) & (cache->cap - 1);
    return at;
}

static void grow(struct stmt_cache *cache)
{
    struct stmt **old = cache->slots;
    size_t cap = cache->cap;

    cache->cap = cap ? cap * 2 : 64;
    cache->slots = xcalloc(cache->cap, sizeof(struct stmt *));
    for (size_t i = 0; i < cap; i++)
        if (old[i] != NULL)
            cache->slots[slot_of(cache, old[i]->q)] = old[i];
    free(old);
}

static struct stmt *find(struct stmt_cache *cache, const struct sql_query *q, const char *text)
{
    cache->lookups++;
    if (!q->composed)
        return cache->cap ? cache->slots[slot_of(cache, q)] : NULL;
    for (size_t i = 0; i < cache->n_composed; i++)
        if (cache->composed[i]->q == q && strcmp(cache->composed[i]->text, text) == 0)
            return cache->composed[i];
    return NULL;
}

/* Where a composed statement goes: a free place, or that of the longest unused
 * one; NULL when all are busy. */
static struct stmt **composed_place(struct stmt_cache *cache)
{
    struct stmt **oldest = NULL;

    if (cache->n_composed < STMT_COMPOSED_MAX)
        return &cache->composed[cache->n_composed++];
    for (size_t i = 0; i < STMT_COMPOSED_MAX; i++) {
        struct stmt **p = &cache->composed[i];

        if (!(*p)->busy && (oldest == NULL || (*p)->used < (*oldest)->used))
            oldest = p;
    }
    if (oldest != NULL)
        stmt_free(*oldest);
    return oldest;
}

static void keep(struct stmt_cache *cache, const struct sql_query *q, struct stmt *s, const char *text)
{
    struct stmt **place;

    if (q->composed) {
        place = composed_place(cache);
        if (place == NULL)
            return;
        s->text = xstrdup(text);
    } else {
        if (cache->n * 2 >= cache->cap)
            grow(cache);
        place = &cache->slots[slot_of(cache, q)];
        cache->n++;
    }
    *place = s;
    s->kept = true;
}

/* SQLite takes $1 for a name and numbers parameters in order of appearance. */
static bool map_parameters(struct stmt *s)
{
    if (s->nargs > SQL_ARGS_MAX || sqlite3_bind_parameter_count(s->st) != s->nargs)
        return false;
    for (int i = 0; i < s->nargs; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "$%d", i + 1);
        s->index[i] = sqlite3_bind_parameter_index(s->st, name);
        if (s->index[i] == 0)
            return false;
    }
    return true;
}

static bool prepare(struct conn *c, const struct sql_query *q, const char *text, int nargs, struct stmt **ret,
                    struct err *e)
{
    sqlite3_stmt *st = NULL;
    const char *rest = "";
    int rc = sqlite3_prepare_v3(c->h, text, -1, SQLITE_PREPARE_PERSISTENT, &st, &rest);
    struct stmt *s;

    if (rc != SQLITE_OK) {
        (void)sqlite_fail(c, rc, q->name, e);
        return false;
    }
    s = xcalloc(1, sizeof(*s));
    *s = (struct stmt){.st = st, .q = q, .nargs = nargs};
    if (st != NULL && rest[strspn(rest, " \n;")] == '\0' && map_parameters(s)) {
        *ret = s;
        return true;
    }
    stmt_free(s);
    return ERR(e, ERR_INTERNAL, "sql.statement", "语句 %s 应为一条，参数为 $1 至 $%d，每个都要用到",
               "%s must be one statement that uses each of its parameters $1 to $%d", q->name, nargs);
}

bool stmt_take(struct conn *c, const struct sql_query *q, const char *text, int nargs, struct stmt **ret,
               struct err *e)
{
    struct stmt *kept = find(&c->cache, q, text), *s = kept;

    /* one that is being read already: this use gets one of its own */
    if ((kept == NULL || kept->busy) && !prepare(c, q, text, nargs, &s, e))
        return false;
    if (kept == NULL)
        keep(&c->cache, q, s, text);
    s->used = c->cache.lookups;
    s->busy = true;
    *ret = s;
    return true;
}

void stmt_release(struct stmt *s)
{
    (void)sqlite3_reset(s->st);
    s->busy = false;
    if (!s->kept)
        stmt_free(s);
}

static int bind_one(sqlite3_stmt *st, int index, const struct sql_arg *a)
{
    switch (a->type) {
    case SQL_T_INT:
        return sqlite3_bind_int64(st, index, a->i);
    case SQL_T_REAL:
        return sqlite3_bind_double(st, index, a->d);
    case SQL_T_TEXT:
        return sqlite3_bind_text64(st, index, a->s, a->n, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_T_BLOB:
        return sqlite3_bind_blob64(st, index, a->b, a->n, SQLITE_STATIC);
    case SQL_T_NULL:
        break;
    }
    return sqlite3_bind_null(st, index);
}

int stmt_bind(struct stmt *s, const struct sql_arg *args, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = bind_one(s->st, s->index[i], &args[i]);

        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

int stmt_step(struct stmt *s)
{
    return sqlite_fault() ? SQLITE_IOERR : sqlite3_step(s->st);
}

void stmt_cache_free(struct stmt_cache *cache)
{
    for (size_t i = 0; i < cache->cap; i++)
        if (cache->slots[i] != NULL)
            stmt_free(cache->slots[i]);
    for (size_t i = 0; i < cache->n_composed; i++)
        stmt_free(cache->composed[i]);
    free(cache->slots);
    *cache = (struct stmt_cache){0};
}
