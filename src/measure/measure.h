/* measure.h -- figures. Counters are kept in the transaction that changes them;
 * reading one touches as many rows as days are asked for, whatever the history's size. */
#ifndef MEASURE_MEASURE_H
#define MEASURE_MEASURE_H

#include "engine/engine.h"
#include "record/record.h"

/* Cells changed by a batch, summed in memory, written once. */
struct tally;
struct tally *tally_create(const struct world *w) NEVER_NULL;
void tally_free(struct tally **t);
/* For struct door_options. */
extern const struct door_observer tally_observer;
/* Adds what one change counts; *ret_names (in `a`) is " received open " for the entry. Pure. */
MUST_USE bool tally_change(struct tally *t, const struct change *c, struct arena *a, const char **ret_names,
                           struct err *e);
/* What comes now is counted by the packs of `w`, another version of those that the tally was made for. `w`
 * must stay until the next call. */
void tally_at(struct tally *t, const struct world *w);
/* A version of a pack took a record over at `at` (UTC milliseconds): leaves the gauges of the one before and
 * enters those of the other. */
MUST_USE bool tally_carry(struct tally *t, const struct record *before, const struct record *after,
                          int64_t at, struct arena *a, struct err *e);
/* Before tally_write(): sums up what the rows of all time get, and sorts. No change comes after it. */
void tally_sum(struct tally *t);
const struct world *tally_world(const struct tally *t);
/* What it has counted so far in an area, in total or of one value of a dimension, of all days up to `to`,
 * from `from` on. */
void tally_peek(const struct tally *t, const struct measure_def *m, const char *area, const char *dim,
                int64_t from, int64_t to, int64_t *ret_n, double *ret_total);
MUST_USE bool tally_write(struct tally *t, struct sql_tx *tx, struct err *e);
/* Compares with the counter table; calls `differs` per cell that is not equal. */
MUST_USE bool tally_compare(struct tally *t, struct sql_tx *tx,
                            void (*differs)(void *ctx, const char *cell, int64_t counted, int64_t kept),
                            void *ctx, struct err *e);

/* One figure. value is meaningful if `known`. */
struct figure {
    bool known;
    double value; /* count, sum, mean, share (0..1 for ratios); of MEASURE_OPEN: at the end of to_day */
    int64_t n;    /* what it rests on */
    double p50, p90, p99; /* percentiles, in the measure's unit */
};
struct figure_query {
    const struct measure_def *measure;
    const char *area;         /* subtree; "" = the district */
    const char *dim;          /* "category=0201", "lead=ORG"; "" = total. A code counts its descendants. */
    int64_t from_day, to_day; /* local days, inclusive, at most MEASURE_DAYS_MAX; both 0: all time */
};
enum { MEASURE_DAYS_MAX = 400 };
/* Reads figures in one read transaction. Keeps rows that were read, so that many measures of
 * one area cost one look-up a day. */
struct figure_reader;
/* `today`: the local day, for gauges of past days. */
struct figure_reader *figure_reader_create(struct sql_tx *tx, const struct world *w,
                                           int64_t today) NEVER_NULL;
void figure_reader_free(struct figure_reader **r);
/* From now on everything is read as of `at` (UTC milliseconds, inclusive): what is kept of that day comes
 * from its history (tape.h), what is kept of all time is taken back by what came since. Dimensions are known
 * then only with `dims`. The day's tape is this reader's until it is freed. */
MUST_USE bool figure_reader_turn_back(struct figure_reader *r, int64_t at, bool dims, struct err *e);
/* From now on counts, sums and gauges count what these two have seen, too: a batch of the door and the one
 * before, which `tx` does not show yet. Each may be NULL; they must stay. */
void figure_reader_unseen(struct figure_reader *r, const struct tally *older, const struct tally *own);
/* Reads the totals of several areas on a day (0: of all time) with one statement, as they will be asked for.
 */
MUST_USE bool figure_reader_expect(struct figure_reader *r, const struct area *const *areas, size_t n,
                                   int64_t day, struct err *e);
MUST_USE bool figure_read(struct figure_reader *r, const struct figure_query *q, struct figure *ret,
                          struct err *e);
/* "category=01", "category=0101" … that were ever counted in the area, in order, in `a`. */
MUST_USE bool figure_dims(struct figure_reader *r, const struct figure_query *q, const char *field,
                          struct arena *a, const char ***ret, size_t *ret_n, struct err *e);

extern const struct route measure_routes[];
extern const struct openapi_schema measure_schemas[];
extern const struct sql_query measure_queries[];

#endif
