/* cache.c -- prepared statements kept by query or by text. */
#include "sql/cache.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct cache *cache, const struct sql_query *q)
{
    uint64_t h = (uint64_t)(uintptr_t)q * 0x9e3779b97f4a7c15U;
    size_t at = (size_t)(h >> 32) & (cache->cap - 1);

    while (cache->slots[at] != NULL && cache->slots[at]->q != q)
        at = (at + 1) & (cache->cap - 1);
    return at;
}

static void grow(struct cache *cache)
{
    struct cached **old = cache->slots;
    size_t cap = cache->cap;

    cache->cap = cap ? cap * 2 : 64;
    cache->slots = xcalloc(cache->cap, sizeof(struct cached *));
    for (size_t i = 0; i < cap; i++)
        if (old[i] != NULL)
            cache->slots[slot_of(cache, old[i]->q)] = old[i];
    free(old);
}

static struct cached *find(struct cache *cache, const struct sql_statement *s)
{
    if (!s->q->composed)
        return cache->cap ? cache->slots[slot_of(cache, s->q)] : NULL;
    for (size_t i = 0; i < cache->n_composed; i++)
        if (cache->composed[i]->q == s->q && strcmp(cache->composed[i]->text, s->text) == 0)
            return cache->composed[i];
    return NULL;
}

struct cached *cache_find(struct cache *cache, const struct sql_statement *s)
{
    struct cached *c = find(cache, s);

    cache->lookups++;
    if (c != NULL)
        c->used = cache->lookups;
    return c;
}

/* Where a composed statement goes: a free place, or that of the longest unused
 * one; NULL when all are busy. */
static struct cached **composed_place(struct cache *cache)
{
    struct cached **oldest = NULL;

    if (cache->n_composed < CACHE_COMPOSED_MAX)
        return &cache->composed[cache->n_composed++];
    for (size_t i = 0; i < CACHE_COMPOSED_MAX; i++) {
        struct cached **p = &cache->composed[i];

        if (!(*p)->busy && (oldest == NULL || (*p)->used < (*oldest)->used))
            oldest = p;
    }
    if (oldest != NULL)
        cache->drop(cache->ctx, *oldest);
    return oldest;
}

void cache_keep(struct cache *cache, const struct sql_statement *s, struct cached *c)
{
    struct cached **place;

    if (s->q->composed) {
        place = composed_place(cache);
        if (place == NULL)
            return;
        c->text = xstrdup(s->text);
    } else {
        if (cache->n * 2 >= cache->cap)
            grow(cache);
        place = &cache->slots[slot_of(cache, s->q)];
        cache->n++;
    }
    *place = c;
    c->used = cache->lookups;
    c->kept = true;
}

void cache_clear(struct cache *cache)
{
    for (size_t i = 0; i < cache->cap; i++)
        if (cache->slots[i] != NULL)
            cache->drop(cache->ctx, cache->slots[i]);
    for (size_t i = 0; i < cache->n_composed; i++)
        cache->drop(cache->ctx, cache->composed[i]);
    free(cache->slots);
    cache->slots = NULL;
    cache->cap = cache->n = cache->n_composed = 0;
}
