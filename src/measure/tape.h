/* tape.h -- inside measure/: one local day change by change, so that its counters can be read as of any
 * moment in it. Told once from the history of the matters that something happened to that day, by
 * the function that counted them; kept in memory for a few minutes, with what has been added since. */
#ifndef MEASURE_TAPE_H
#define MEASURE_TAPE_H

#include "base/buf.h"
#include "measure/measure.h"

/* A day's tape, whole as of the transaction's view; nobody else has it until tape_close(). Dimensions are on
 * it only if `dims` asks for them, since they are most of what a day adds. ERR_BUSY "measure.past_busy" when
 * the day has more than TAPE_RECORDS_MAX matters. */
struct tape;
enum { TAPE_RECORDS_MAX = 200000 };
MUST_USE bool tape_open(struct sql_tx *tx, const struct world *w, int64_t day, bool dims, struct tape **ret,
                        struct err *e);
void tape_close(struct tape **t);
/* The cells of the day's row for `area` as of `at` (UTC ms, inclusive): of the totals, or with `m` of
 * that measure's dimensions and percentiles. Appended to `out`. */
void tape_row(struct tape *t, const char *area, const struct measure_def *m, int64_t at, struct buf *out);

#endif
