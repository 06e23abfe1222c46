/* metric.h -- what the program counts about itself, for whoever watches it. Any thread moves a metric without
 * a lock: each has several cells, a thread keeps to one of them, and reading sums them up. A metric is a
 * static object of the file that moves it; the layer lists its own in a table ended by NULL, app/ writes them
 * all. Text is Prometheus' exposition format, version 0.0.4. Times are moved in microseconds and told in
 * seconds. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/buf.h"

#include <stdalign.h>
#include <stdatomic.h>

enum { METRIC_CELLS = 8, METRIC_BOUNDS_MAX = 15, METRIC_LINE = 64 };

enum metric_type {
    METRIC_UNSET = 0,
    METRIC_COUNTER, /* only grows; the name ends in _total */
    METRIC_GAUGE,   /* the last value set */
    METRIC_SECONDS, /* histogram of times from a quarter of a millisecond to ten seconds */
    METRIC_SIZES,   /* histogram of whole numbers, 1 to 512 in powers of two */
    METRIC__MAX,
};
struct metric_cell {
    alignas(METRIC_LINE) _Atomic uint64_t sum; /* of all values; a counter and a gauge have only this */
    _Atomic uint64_t n[METRIC_BOUNDS_MAX + 1]; /* of a histogram: values up to each bound, the last beyond */
};
struct metric {
    enum metric_type type;
    const char *name, *help; /* "wangge_door_batch_commands", one line */
    struct metric_cell cell[METRIC_CELLS];
};

#define METRIC(t, n, h)                                                                                      \
    {                                                                                                        \
        .type = (t), .name = (n), .help = (h)                                                                \
    }

/* Adds to a counter. */
void metric_add(struct metric *m, uint64_t n);
/* Sets a gauge. */
void metric_set(struct metric *m, uint64_t value);
/* One value of a histogram: microseconds of METRIC_SECONDS, a number of METRIC_SIZES. */
void metric_observe(struct metric *m, uint64_t value);
/* The same since `from_us`, an instant of time_monotonic_us(). */
void metric_since(struct metric *m, int64_t from_us);

/* What a counter or gauge says, or how many values a histogram has had. */
uint64_t metric_value(const struct metric *m);

/* HELP and TYPE, once a name; then its lines. `type` is Prometheus' word. */
void metric_head(struct buf *out, const char *name, const char *type, const char *help);
/* One sample; `labels` without braces ("route=\"/\""), "" for none. Values of labels are ours: nothing is
 * escaped. */
void metric_line(struct buf *out, const char *name, const char *labels, double value);
/* The lines of a histogram (its head was written): buckets, sum, count. */
void metric_histogram(struct buf *out, const struct metric *m, const char *labels);
/* Head and lines of each metric of a table. */
void metric_write(struct buf *out, struct metric *const *table);

#endif
