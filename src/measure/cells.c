/* Packed cells: read, find, add. */
#include "measure/cells.h"

#include <string.h>

enum { HAS_TOTAL = 0x80, TOTAL_BYTES = 8, VARINT_BITS_MAX = 63 };

static bool read_varint(struct cell_walk *w, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; shift <= VARINT_BITS_MAX && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;

        *ret |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static double read_total(const uint8_t *p)
{
    uint64_t bits = 0;
    double v;

    for (int i = TOTAL_BYTES - 1; i >= 0; i--)
        bits = bits << 8 | p[i];
    memcpy(&v, &bits, sizeof(v));
    return v;
}

static bool read_cell(struct cell_walk *w, struct cell *ret)
{
    uint8_t head = *w->at++;
    uint64_t zigzag;

    *ret = (struct cell){.key = (const char *)w->at, .len = head & 0x7f};
    if (ret->len == 0 || (size_t)(w->end - w->at) < ret->len)
        return false;
    w->at += ret->len;
    if (!read_varint(w, &zigzag))
        return false;
    ret->n = (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
    if ((head & HAS_TOTAL) == 0)
        return true;
    if (w->end - w->at < TOTAL_BYTES)
        return false;
    ret->total = read_total(w->at);
    w->at += TOTAL_BYTES;
    return true;
}

struct cell_walk cells_of(const void *bytes, size_t n)
{
    const uint8_t *at = bytes;

    return (struct cell_walk){.at = at, .end = n == 0 ? at : at + n};
}

bool cell_next(struct cell_walk *w, struct cell *ret)
{
    if (w->at == w->end || w->damaged)
        return false;
    w->damaged = !read_cell(w, ret);
    return !w->damaged;
}

bool cell_find(const void *bytes, size_t n, const char *key, struct cell *ret)
{
    struct cell_walk w = cells_of(bytes, n);
    size_t len = strlen(key);

    while (cell_next(&w, ret)) {
        int c = memcmp(ret->key, key, ret->len < len ? ret->len : len);

        if (c == 0 && ret->len == len)
            return true;
        if (c > 0 || (c == 0 && ret->len > len))
            return false; /* behind its place */
    }
    return false;
}

int cell_compare(const struct cell *a, const struct cell *b)
{
    int c = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

    return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

static void write_cell(struct buf *out, const struct cell *c)
{
    uint8_t bytes[1 + CELL_KEY_MAX + 10 + TOTAL_BYTES];
    uint64_t zigzag = (uint64_t)c->n << 1 ^ (uint64_t)(c->n >> 63), bits;
    size_t n = 0;

    if (c->n == 0 && c->total == 0)
        return;
    bytes[n++] = (uint8_t)(c->len | (c->total != 0 ? HAS_TOTAL : 0));
    memcpy(&bytes[n], c->key, c->len);
    n += c->len;
    for (; zigzag >= 0x80; zigzag >>= 7)
        bytes[n++] = (uint8_t)(zigzag | 0x80);
    bytes[n++] = (uint8_t)zigzag;
    memcpy(&bits, &c->total, sizeof(bits));
    for (int i = 0; c->total != 0 && i < TOTAL_BYTES; i++, bits >>= 8)
        bytes[n++] = (uint8_t)bits;
    buf_add(out, bytes, n);
}

bool cells_add(const void *bytes, size_t n, const struct cell *more, size_t n_more, struct buf *out)
{
    struct cell_walk w = cells_of(bytes, n);
    struct cell old;
    size_t i = 0;

    while (cell_next(&w, &old)) {
        for (; i < n_more && cell_compare(&more[i], &old) < 0; i++)
            write_cell(out, &more[i]);
        if (i < n_more && cell_compare(&more[i], &old) == 0) {
            old.n += more[i].n;
            old.total += more[i++].total;
        }
        write_cell(out, &old);
    }
    for (; i < n_more; i++)
        write_cell(out, &more[i]);
    return !w.damaged && !out->failed;
}
