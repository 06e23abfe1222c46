/* idmap.h -- uuid -> number, open addressing, in an arena. */
#ifndef RECORD_IDMAP_H
#define RECORD_IDMAP_H

#include "base/base.h"
#include "base/uuid.h"

struct idmap {
    struct uuid *keys;
    size_t *values;
    size_t n, cap; /* cap: a power of two */
    struct arena *a;
};
void idmap_init(struct idmap *m, struct arena *a);
/* False if it is not there. */
bool idmap_get(const struct idmap *m, struct uuid key, size_t *ret);
void idmap_put(struct idmap *m, struct uuid key, size_t value);

#endif
