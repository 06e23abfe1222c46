/* taken.h -- inside measure/: what single changes counted, for the tape of a day. */
#ifndef MEASURE_TAKEN_H
#define MEASURE_TAKEN_H

#include "measure/measure.h"

/* Whether a record stands in the same cells of a gauge as before: most changes leave it there. */
bool measure_same_cells(const struct measure_def *m, const struct record *before, const struct record *after);

/* A cell by the numbers of its names, which a tally keeps as long as it lives. */
struct taken {
    uint32_t part, area, name; /* part: 0 totals, else a measure's index plus one */
    const char *key;           /* the text of `name`, until the next change */
    int64_t n;
    double total;
};
/* Hands out every cell counted since the last call, then forgets them; the names stay. */
void tally_take(struct tally *t, void (*take)(void *ctx, const struct taken *c), void *ctx);
/* A name's number; a new one if it has none yet. */
uint32_t tally_name(struct tally *t, const char *text);
/* Its text, until the next name is made. */
const char *tally_text(const struct tally *t, uint32_t name);

#endif
