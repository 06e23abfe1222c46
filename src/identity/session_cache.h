/* session_cache.h -- token hash -> who holds it, at most SESSIONS_CACHED, the least
 * lately used leaves first. Thread-safe; the lock is held for a look-up only. */
#ifndef IDENTITY_SESSION_CACHE_H
#define IDENTITY_SESSION_CACHE_H

#include "identity/identity.h"

enum { TOKEN_HASH_BYTES = 32, SESSIONS_CACHED = 10000 };

/* One session with its account, in one block; shared by count. */
struct held {
    _Atomic int refs;
    uint8_t hash[TOKEN_HASH_BYTES];
    bool named;                        /* an API token: does not slide */
    int64_t seen_at, until, loaded_at; /* changed under the cache's lock only */
    struct principal who;              /* all posts that are not over yet */
    struct held *next, *newer, *older; /* the cache's */
};

/* A copy of `who` with one reference, the caller's. */
struct held *held_make(const uint8_t hash[TOKEN_HASH_BYTES], const struct principal *who) NEVER_NULL;
void held_drop(struct held **h);
/* A copy in `a` with the posts that are valid at `now`. */
const struct principal *held_principal(const struct held *h, struct arena *a, int64_t now) NEVER_NULL;

struct session_cache;
/* `fresh_ms`: how long what was read from the database holds, as another process may change it. */
struct session_cache *session_cache_create(int64_t fresh_ms) NEVER_NULL;
void session_cache_free(struct session_cache **c);
/* NULL when it is not there, over, or was read from the database too long ago. *ret_touch: once an
 * hour the new end of the session, which the caller writes to its row; otherwise 0. */
struct held *session_cache_get(struct session_cache *c, const uint8_t hash[TOKEN_HASH_BYTES], int64_t now,
                               int64_t slide_ms, int64_t *ret_touch);
/* What session_cache_put() needs to know whether the cache was cleared meanwhile. */
uint64_t session_cache_age(struct session_cache *c);
void session_cache_put(struct session_cache *c, struct held *h, uint64_t age);
void session_cache_remove(struct session_cache *c, const uint8_t hash[TOKEN_HASH_BYTES]);
void session_cache_clear(struct session_cache *c);
size_t session_cache_count(struct session_cache *c);

#endif
