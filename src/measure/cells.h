/* cells.h -- the packed cells of one row of `counter`, in the order of their keys' bytes.
 * Each: one byte, the key's length, with the high bit if a total follows; the key; n as a
 * zigzag varint; the total, if any, as eight bytes of IEEE 754, the lowest first. A cell
 * of nothing is not written, so equal counts have equal bytes. */
#ifndef MEASURE_CELLS_H
#define MEASURE_CELLS_H

#include "base/buf.h"

enum { CELL_KEY_MAX = 127, CELLS_BYTES_MAX = 64 * 1024 * 1024 };

struct cell {
    const char *key; /* not terminated */
    size_t len;
    int64_t n;
    double total; /* sum of the values; 0 where only counted */
};

/* Walks cells from the first. */
struct cell_walk {
    const uint8_t *at, *end;
    bool damaged;
};
/* Bytes that stay where they are while they are walked; NULL where there are none. */
struct cell_walk cells_of(const void *bytes, size_t n);
/* False at the end, and where the bytes are not what cells_add() wrote. */
bool cell_next(struct cell_walk *w, struct cell *ret);
/* False if there is no such cell. */
bool cell_find(const void *bytes, size_t n, const char *key, struct cell *ret);
/* Order of keys; what cells_add() wants of `more`. */
int cell_compare(const struct cell *a, const struct cell *b);
/* Writes to `out` the sum of a row's cells and `more`. False if the row is damaged. */
MUST_USE bool cells_add(const void *bytes, size_t n, const struct cell *more, size_t n_more, struct buf *out);

#endif
