/* uuid.h -- UUIDs (RFC 9562), randomness at the edges, and a seeded generator
 * for everything that must be repeatable. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/base.h"

#include <endian.h>
#include <string.h>

enum { UUID_TEXT_MAX = 37 };

struct uuid {
    uint8_t b[16];
};

/* Version 7: 48 bits of ms, then a 12-bit counter seed and 62 random bits. */
struct uuid uuid_v7(int64_t ms, const uint8_t random[10]);
/* Version 7 of the wall clock; never goes backwards within the process. */
struct uuid uuid_make(void);
void uuid_format(struct uuid u, char out[UUID_TEXT_MAX]);
/* Any version, lower or upper case, 8-4-4-4-12. */
MUST_USE bool uuid_parse(const char *s, struct uuid *ret);

/* Inline, as two numbers each: lists compare thousands. */
static inline bool uuid_eq(struct uuid a, struct uuid b)
{
    uint64_t x[2], y[2];

    memcpy(x, a.b, sizeof(x));
    memcpy(y, b.b, sizeof(y));
    return x[0] == y[0] && x[1] == y[1];
}

/* As of bytes: below, at or above zero. */
static inline int uuid_cmp(struct uuid a, struct uuid b)
{
    uint64_t x[2], y[2];
    int i;

    memcpy(x, a.b, sizeof(x));
    memcpy(y, b.b, sizeof(y));
    i = x[0] == y[0];
    x[i] = be64toh(x[i]);
    y[i] = be64toh(y[i]);
    return (x[i] > y[i]) - (x[i] < y[i]);
}

static inline bool uuid_is_nil(struct uuid u)
{
    return uuid_eq(u, (struct uuid){0});
}

/* The kernel's random bytes; ends the process if there are none. */
void random_bytes(void *dst, size_t n);

/* xoshiro256** seeded by splitmix64: the same seed gives the same sequence. */
struct rng {
    uint64_t s[4];
};
struct rng rng_seed(uint64_t seed);
uint64_t rng_next(struct rng *r);
/* 0 <= result < n, n > 0, without modulo bias. */
uint64_t rng_below(struct rng *r, uint64_t n);
double rng_unit(struct rng *r); /* [0, 1) */
struct uuid rng_uuid(struct rng *r, int64_t ms);

#endif
