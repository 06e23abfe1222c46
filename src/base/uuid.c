#include "base/uuid.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct uuid uuid_v7(int64_t ms, const uint8_t random[10])
{
    struct uuid u;

    for (int i = 0; i < 6; i++)
        u.b[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
    u.b[6] = (uint8_t)(0x70 | (random[0] & 0x0f));
    u.b[7] = random[1];
    u.b[8] = (uint8_t)(0x80 | (random[2] & 0x3f));
    memcpy(u.b + 9, random + 3, 7);
    return u;
}

struct uuid uuid_make(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int64_t last_ms;
    static unsigned counter; /* the 12 bits after the time */
    uint8_t random[10];
    int64_t ms = time_now_ms();

    random_bytes(random, sizeof(random));
    (void)pthread_mutex_lock(&lock);
    if (ms <= last_ms && ++counter > 0xfff)
        last_ms++; /* 4096 in a millisecond: borrow from the next */
    if (ms > last_ms || counter > 0xfff) {
        last_ms = ms > last_ms ? ms : last_ms;
        counter = (random[0] & 7U) << 8 | random[1]; /* the upper half is left for counting */
    }
    ms = last_ms;
    random[0] = (uint8_t)(counter >> 8);
    random[1] = (uint8_t)counter;
    (void)pthread_mutex_unlock(&lock);
    return uuid_v7(ms, random);
}

void uuid_format(struct uuid u, char out[UUID_TEXT_MAX])
{
    char hex[33];

    hex_encode(u.b, sizeof(u.b), hex);
    memcpy(out, hex, 8);
    memcpy(out + 9, hex + 8, 4);
    memcpy(out + 14, hex + 12, 4);
    memcpy(out + 19, hex + 16, 4);
    memcpy(out + 24, hex + 20, 13);
    out[8] = out[13] = out[18] = out[23] = '-';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(const char *s, struct uuid *ret)
{
    struct uuid u;

    for (int i = 0; i < 16; i++) {
        int high, low;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
            return false;
        high = hex_digit(s[0]);
        low = high < 0 ? -1 : hex_digit(s[1]);
        if (low < 0)
            return false;
        u.b[i] = (uint8_t)(high << 4 | low);
        s += 2;
    }
    if (*s != '\0')
        return false;
    *ret = u;
    return true;
}

void random_bytes(void *dst, size_t n)
{
    uint8_t *p = dst;

    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno != EINTR) {
            perror("fatal: getrandom");
            abort();
        }
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
}

struct rng rng_seed(uint64_t seed)
{
    struct rng r;

    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15U;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        r.s[i] = z ^ z >> 31;
    }
    return r;
}

static uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t result = rotate(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;

    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotate(r->s[3], 45);
    return result;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    uint64_t uneven = -n % n, v; /* 2^64 mod n: this many values would come once too often */

    do
        v = rng_next(r);
    while (v < uneven);
    return v % n;
}

double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

struct uuid rng_uuid(struct rng *r, int64_t ms)
{
    uint64_t words[2] = {rng_next(r), rng_next(r)};
    uint8_t random[10];

    /* byte by byte: the same on machines of either byte order */
    for (int i = 0; i < 10; i++)
        random[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
    return uuid_v7(ms, random);
}
