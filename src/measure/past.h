/* past.h -- inside measure/: rows of counters as they were at a past moment. */
#ifndef MEASURE_PAST_H
#define MEASURE_PAST_H

#include "measure/tape.h"

struct past {
    struct tape *tape; /* of the moment's day */
    struct sql_tx *tx;
    const struct world *world;
    int64_t day, at;
};
/* The cells of the row of `area` and a day that is not before the moment's, or of all time (day 0): of the
 * totals, or with `m` of that measure's dimensions and percentiles. Written to `out`, which must be empty. */
MUST_USE bool past_row(const struct past *p, const char *area, int64_t day, const struct measure_def *m,
                       struct buf *out, struct err *e);

#endif
