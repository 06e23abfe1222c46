#include "identity/session_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 16384, TOUCH_MS = 3600 * 1000 };

struct session_cache {
    pthread_mutex_t lock;
    struct held *buckets[BUCKETS];
    struct held *newest, *oldest;
    size_t n;
    uint64_t age; /* counts the clearings */
    int64_t fresh_ms;
};

/* --- held --- */

static const char *put(char **at, const char *s)
{
    size_t n = strlen(s) + 1;
    char *to = *at;

    memcpy(to, s, n);
    *at += n;
    return to;
}

static size_t text_bytes(const struct principal *who)
{
    size_t n = strlen(who->login) + strlen(who->name) + 2;

    for (size_t i = 0; i < who->n_posts; i++)
        n += strlen(who->posts[i].role) + strlen(who->posts[i].area) + 2;
    return n;
}

struct held *held_make(const uint8_t hash[TOKEN_HASH_BYTES], const struct principal *who)
{
    size_t n_posts = who->n_posts * sizeof(struct post);
    struct held *h = xcalloc(1, sizeof *h + n_posts + text_bytes(who));
    struct post *posts = (struct post *)(h + 1);
    char *at = (char *)posts + n_posts;

    atomic_init(&h->refs, 1);
    memcpy(h->hash, hash, TOKEN_HASH_BYTES);
    h->who = *who;
    h->who.posts = posts;
    h->who.login = put(&at, who->login);
    h->who.name = put(&at, who->name);
    for (size_t i = 0; i < who->n_posts; i++) {
        posts[i] = who->posts[i];
        posts[i].role = put(&at, who->posts[i].role);
        posts[i].area = put(&at, who->posts[i].area);
    }
    return h;
}

void held_drop(struct held **h)
{
    if (*h != NULL && atomic_fetch_sub(&(*h)->refs, 1) == 1)
        free(*h);
    *h = NULL;
}

const struct principal *held_principal(const struct held *h, struct arena *a, int64_t now)
{
    struct principal *p = arena_new(a, struct principal);
    struct post *posts = arena_array(a, struct post, h->who.n_posts + 1);
    char *at = arena_alloc(a, text_bytes(&h->who) + TOKEN_HASH_BYTES);

    *p = h->who;
    p->session = memcpy(at, h->hash, TOKEN_HASH_BYTES);
    at += TOKEN_HASH_BYTES;
    p->login = put(&at, h->who.login);
    p->name = put(&at, h->who.name);
    p->posts = posts;
    p->n_posts = 0;
    for (size_t i = 0; i < h->who.n_posts; i++) {
        const struct post *from = &h->who.posts[i];
        if (from->from > now || (from->until != 0 && from->until <= now))
            continue;
        struct post *to = &posts[p->n_posts++];
        *to = *from;
        to->role = put(&at, from->role);
        to->area = put(&at, from->area);
    }
    return p;
}

/* --- the cache --- */

struct session_cache *session_cache_create(int64_t fresh_ms)
{
    struct session_cache *c = xcalloc(1, sizeof *c);

    c->fresh_ms = fresh_ms;
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

void session_cache_free(struct session_cache **c)
{
    if (*c == NULL)
        return;
    session_cache_clear(*c);
    (void)pthread_mutex_destroy(&(*c)->lock);
    free(*c);
    *c = NULL;
}

/* The hash is SHA-256 of 32 random bytes: any two bytes of it spread well. */
static struct held **slot(struct session_cache *c, const uint8_t hash[TOKEN_HASH_BYTES])
{
    struct held **at = &c->buckets[(hash[0] << 8 | hash[1]) % BUCKETS];

    while (*at != NULL && sodium_memcmp((*at)->hash, hash, TOKEN_HASH_BYTES) != 0)
        at = &(*at)->next;
    return at;
}

static void unlink_age(struct session_cache *c, struct held *h)
{
    *(h->newer != NULL ? &h->newer->older : &c->newest) = h->older;
    *(h->older != NULL ? &h->older->newer : &c->oldest) = h->newer;
    h->newer = h->older = NULL;
}

static void link_newest(struct session_cache *c, struct held *h)
{
    h->older = c->newest;
    if (c->newest != NULL)
        c->newest->newer = h;
    c->newest = h;
    if (c->oldest == NULL)
        c->oldest = h;
}

static void drop(struct session_cache *c, struct held **at)
{
    struct held *h = *at;

    *at = h->next;
    unlink_age(c, h);
    c->n--;
    held_drop(&h);
}

static bool usable(const struct session_cache *c, const struct held *h, int64_t now)
{
    return now < h->until && now - h->loaded_at < c->fresh_ms && now >= h->loaded_at - c->fresh_ms;
}

struct held *session_cache_get(struct session_cache *c, const uint8_t hash[TOKEN_HASH_BYTES], int64_t now,
                               int64_t slide_ms, int64_t *ret_touch)
{
    struct held *h;

    *ret_touch = 0;
    (void)pthread_mutex_lock(&c->lock);
    h = *slot(c, hash);
    if (h != NULL && usable(c, h, now)) {
        unlink_age(c, h);
        link_newest(c, h);
        (void)atomic_fetch_add(&h->refs, 1);
        if (now - h->seen_at >= TOUCH_MS) {
            h->seen_at = now;
            h->until = h->named ? h->until : now + slide_ms;
            *ret_touch = h->until;
        }
    } else {
        h = NULL;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return h;
}

uint64_t session_cache_age(struct session_cache *c)
{
    uint64_t age;

    (void)pthread_mutex_lock(&c->lock);
    age = c->age;
    (void)pthread_mutex_unlock(&c->lock);
    return age;
}

static void insert(struct session_cache *c, struct held *h)
{
    struct held **at = slot(c, h->hash);

    if (*at != NULL)
        drop(c, at);
    if (c->n >= SESSIONS_CACHED)
        drop(c, slot(c, c->oldest->hash));
    at = slot(c, h->hash);
    (void)atomic_fetch_add(&h->refs, 1);
    *at = h;
    link_newest(c, h);
    c->n++;
}

void session_cache_put(struct session_cache *c, struct held *h, uint64_t age)
{
    (void)pthread_mutex_lock(&c->lock);
    if (c->age == age)
        insert(c, h);
    (void)pthread_mutex_unlock(&c->lock);
}

void session_cache_remove(struct session_cache *c, const uint8_t hash[TOKEN_HASH_BYTES])
{
    struct held **at;

    (void)pthread_mutex_lock(&c->lock);
    /* Whoever is reading the row right now must not put it back. */
    c->age++;
    at = slot(c, hash);
    if (*at != NULL)
        drop(c, at);
    (void)pthread_mutex_unlock(&c->lock);
}

void session_cache_clear(struct session_cache *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->age++;
    while (c->oldest != NULL)
        drop(c, slot(c, c->oldest->hash));
    (void)pthread_mutex_unlock(&c->lock);
}

size_t session_cache_count(struct session_cache *c)
{
    size_t n;

    (void)pthread_mutex_lock(&c->lock);
    n = c->n;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}
