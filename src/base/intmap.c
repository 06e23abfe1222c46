#include "base/intmap.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 };

void intmap_clear(struct intmap *m)
{
    if (m->n > 0)
        memset(m->values, 0, sizeof(*m->values) * m->cap);
    m->n = 0;
}

void intmap_free(struct intmap *m)
{
    free(m->keys);
    free(m->values);
    *m = (struct intmap){0};
}

/* The key's place, or the free one where it belongs. The multiplier is that of splitmix64. */
static size_t slot_of(const struct intmap *m, uint64_t key)
{
    uint64_t h = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    size_t i = (size_t)(h ^ h >> 32) & (m->cap - 1);

    while (m->values[i] != 0 && m->keys[i] != key)
        i = (i + 1) & (m->cap - 1);
    return i;
}

uint32_t intmap_get(const struct intmap *m, uint64_t key)
{
    return m->cap == 0 ? 0 : m->values[slot_of(m, key)];
}

static void grow(struct intmap *m)
{
    struct intmap old = *m;

    m->cap = old.cap == 0 ? FIRST_CAP : old.cap * 2;
    m->keys = xcalloc(m->cap, sizeof(*m->keys));
    m->values = xcalloc(m->cap, sizeof(*m->values));
    for (size_t i = 0; i < old.cap; i++)
        if (old.values[i] != 0) {
            size_t to = slot_of(m, old.keys[i]);

            m->keys[to] = old.keys[i];
            m->values[to] = old.values[i];
        }
    free(old.keys);
    free(old.values);
}

uint32_t *intmap_place(struct intmap *m, uint64_t key)
{
    size_t i;

    if (m->n * 2 >= m->cap)
        grow(m);
    i = slot_of(m, key);
    if (m->values[i] == 0) {
        m->keys[i] = key;
        m->n++;
    }
    return &m->values[i];
}
