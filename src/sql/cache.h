/* cache.h -- the prepared statements of one connection: fixed ones by the address of
 * their struct sql_query, composed ones by their text, of which the longest unused gives
 * way. The engines' statements begin with a struct cached. */
#ifndef SQL_CACHE_H
#define SQL_CACHE_H

#include "sql/engine.h"

enum { CACHE_COMPOSED_MAX = 64 };

struct cached {
    const struct sql_query *q;
    char *text;    /* of a composed one; else NULL */
    uint64_t used; /* of a composed one: when, in lookups */
    bool busy;     /* between its start and its end */
    bool kept;     /* in the cache; else its user drops it */
};

struct cache {
    void (*drop)(void *ctx, struct cached *c); /* frees one */
    void *ctx;
    struct cached **slots;
    size_t cap, n; /* cap: a power of two, at least 2n */
    struct cached *composed[CACHE_COMPOSED_MAX];
    size_t n_composed;
    uint64_t lookups;
};

/* NULL when it is not there. Notes the use. */
struct cached *cache_find(struct cache *cache, const struct sql_statement *s);
/* Keeps c as the statement s, if there is room: c->kept says whether. */
void cache_keep(struct cache *cache, const struct sql_statement *s, struct cached *c);
/* Drops them all; the cache may be used again. */
void cache_clear(struct cache *cache);

#endif
