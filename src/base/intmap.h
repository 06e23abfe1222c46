/* intmap.h -- uint64 -> uint32 by open addressing, for numbers of things that lie in
 * an array elsewhere. The value 0 means "not there": store the number plus one. */
#ifndef BASE_INTMAP_H
#define BASE_INTMAP_H

#include "base/base.h"

struct intmap {
    uint64_t *keys;
    uint32_t *values;
    size_t n, cap; /* cap: 0 or a power of two */
};

/* Forgets every key, keeps the memory. */
void intmap_clear(struct intmap *m);
void intmap_free(struct intmap *m);
/* 0 if it is not there. */
uint32_t intmap_get(const struct intmap *m, uint64_t key);
/* Where the value of `key` lies, 0 if it is new: then the caller must set it before the next call. */
uint32_t *intmap_place(struct intmap *m, uint64_t key) NEVER_NULL;

#endif
