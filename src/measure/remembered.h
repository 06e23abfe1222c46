/* remembered.h -- inside measure/: answers that were given, for as long as they hold. A figure is
 * the same for everybody and changes only when the history does, and a board on a wall, a
 * leader's phone and a desk ask for the same ones again and again. */
#ifndef MEASURE_REMEMBERED_H
#define MEASURE_REMEMBERED_H

#include "base/buf.h"

/* What an answer depends on. */
struct remembered_key {
    const char *question;    /* the path with its query */
    const void *world;       /* snapshot: names, packs */
    int64_t seq, today, now; /* the history's last entry; the local day; the time, ms */
};
/* Copies the answer into `out`. False if none is known that still holds. */
bool remembered_get(const struct remembered_key *k, struct buf *out);
/* `seq` must have been read before the figures were. */
void remembered_put(const struct remembered_key *k, const char *answer, size_t n);

#endif
