#include "identity/limiter.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 4096, WAYS = 4, MS_PER_MINUTE = 60000 };

struct bucket {
    uint64_t key; /* 0: unused */
    int64_t at;
    double left;
};

struct limiter {
    pthread_mutex_t lock;
    double most;                               /* a minute's worth */
    uint8_t secret[crypto_shorthash_KEYBYTES]; /* so that nobody can choose names that meet in one set */
    struct bucket buckets[SETS][WAYS];
};

struct limiter *limiter_create(int per_minute)
{
    struct limiter *l = xcalloc(1, sizeof *l);

    (void)pthread_mutex_init(&l->lock, NULL);
    l->most = per_minute;
    crypto_shorthash_keygen(l->secret);
    return l;
}

void limiter_free(struct limiter **l)
{
    if (*l != NULL)
        (void)pthread_mutex_destroy(&(*l)->lock);
    free(*l);
    *l = NULL;
}

static uint64_t hash(const struct limiter *l, const char *what, const char *who)
{
    uint8_t out[crypto_shorthash_BYTES], in[256] = {0};
    size_t n_what = strnlen(what, 31), n_who = strnlen(who, sizeof in - 33);
    uint64_t key;

    memcpy(in, what, n_what);
    memcpy(in + 32, who, n_who);
    (void)crypto_shorthash(out, in, 32 + n_who, l->secret);
    memcpy(&key, out, sizeof key);
    return key != 0 ? key : 1;
}

static struct bucket *find(struct limiter *l, uint64_t key)
{
    struct bucket *set = l->buckets[key % SETS];

    for (size_t i = 0; i < WAYS; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

static double level(const struct limiter *l, const struct bucket *b, int64_t now)
{
    double left = b->left + (now > b->at ? (double)(now - b->at) * l->most / MS_PER_MINUTE : 0);

    return left < l->most ? left : l->most;
}

/* The fullest bucket of the set makes room: it holds the least against anybody. */
static struct bucket *make(struct limiter *l, uint64_t key, int64_t now)
{
    struct bucket *set = l->buckets[key % SETS], *b = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == 0) {
            b = &set[i];
            break;
        }
        if (level(l, &set[i], now) > level(l, b, now))
            b = &set[i];
    }
    *b = (struct bucket){key, now, l->most};
    return b;
}

bool limiter_take(struct limiter *l, const char *what, const char *who, int64_t now, int *ret_wait_s)
{
    uint64_t key = hash(l, what, who);
    struct bucket *b;
    bool ok;

    (void)pthread_mutex_lock(&l->lock);
    b = find(l, key);
    if (b == NULL)
        b = make(l, key, now);
    b->left = level(l, b, now);
    b->at = now;
    ok = b->left >= 1;
    if (ok)
        b->left -= 1;
    else
        *ret_wait_s = (int)((1 - b->left) * 60 / l->most) + 1;
    (void)pthread_mutex_unlock(&l->lock);
    return ok;
}

void limiter_give(struct limiter *l, const char *what, const char *who)
{
    struct bucket *b;

    (void)pthread_mutex_lock(&l->lock);
    b = find(l, hash(l, what, who));
    if (b != NULL && b->left + 1 <= l->most)
        b->left += 1;
    (void)pthread_mutex_unlock(&l->lock);
}
