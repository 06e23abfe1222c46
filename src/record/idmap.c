#include "record/idmap.h"

#include <string.h>

enum { FIRST_CAP = 256 };

void idmap_init(struct idmap *m, struct arena *a)
{
    *m = (struct idmap){.a = a};
}

/* The last bytes of a UUID of version 7 are random: they are the hash. */
static size_t slot_of(const struct idmap *m, struct uuid key)
{
    uint64_t h;
    size_t i;

    memcpy(&h, &key.b[8], sizeof(h));
    for (i = (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (m->cap - 1);
         !uuid_is_nil(m->keys[i]) && !uuid_eq(m->keys[i], key); i = (i + 1) & (m->cap - 1))
        ;
    return i;
}

bool idmap_get(const struct idmap *m, struct uuid key, size_t *ret)
{
    size_t i;

    if (m->cap == 0)
        return false;
    i = slot_of(m, key);
    if (uuid_is_nil(m->keys[i]))
        return false;
    *ret = m->values[i];
    return true;
}

static void grow(struct idmap *m)
{
    struct idmap bigger = {.a = m->a, .cap = m->cap == 0 ? FIRST_CAP : m->cap * 2, .n = m->n};

    bigger.keys = arena_array(m->a, struct uuid, bigger.cap);
    bigger.values = arena_array(m->a, size_t, bigger.cap);
    for (size_t i = 0; i < m->cap; i++)
        if (!uuid_is_nil(m->keys[i])) {
            size_t k = slot_of(&bigger, m->keys[i]);

            bigger.keys[k] = m->keys[i];
            bigger.values[k] = m->values[i];
        }
    *m = bigger;
}

void idmap_put(struct idmap *m, struct uuid key, size_t value)
{
    size_t i;

    if (m->n * 2 >= m->cap)
        grow(m);
    i = slot_of(m, key);
    if (uuid_is_nil(m->keys[i]))
        m->n++;
    m->keys[i] = key;
    m->values[i] = value;
}
