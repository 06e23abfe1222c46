#include "base/metric.h"

#include "base/clock.h"

#include <inttypes.h>

static const uint64_t seconds_us[METRIC_BOUNDS_MAX] = {250,    500,     1000,    2500,    5000,
                                                       10000,  25000,   50000,   100000,  250000,
                                                       500000, 1000000, 2500000, 5000000, 10000000};
static const uint64_t sizes[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

static const struct scale {
    const char *word;
    const uint64_t *bounds;
    size_t n;
    double unit; /* of a value, in what is told */
} scales[METRIC__MAX] = {
    [METRIC_UNSET] = {"untyped", NULL, 0, 1},
    [METRIC_COUNTER] = {"counter", NULL, 0, 1},
    [METRIC_GAUGE] = {"gauge", NULL, 0, 1},
    [METRIC_SECONDS] = {"histogram", seconds_us, COUNT_OF(seconds_us), 1e-6},
    [METRIC_SIZES] = {"histogram", sizes, COUNT_OF(sizes), 1},
};

/* Threads take turns at the cells; of more threads than cells some share one, which is right, only slower. */
static struct metric_cell *own(struct metric *m)
{
    static atomic_uint threads;
    static _Thread_local unsigned mine; /* 0: none yet */

    if (mine == 0)
        mine = 1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % METRIC_CELLS;
    return &m->cell[mine - 1];
}

void metric_add(struct metric *m, uint64_t n)
{
    atomic_fetch_add_explicit(&own(m)->sum, n, memory_order_relaxed);
}

void metric_set(struct metric *m, uint64_t value)
{
    atomic_store_explicit(&m->cell[0].sum, value, memory_order_relaxed);
}

void metric_observe(struct metric *m, uint64_t value)
{
    const struct scale *s = &scales[m->type];
    struct metric_cell *c = own(m);
    size_t i = 0;

    while (i < s->n && value > s->bounds[i])
        i++;
    atomic_fetch_add_explicit(&c->n[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->sum, value, memory_order_relaxed);
}

void metric_since(struct metric *m, int64_t from_us)
{
    int64_t took = time_monotonic_us() - from_us;

    metric_observe(m, took > 0 ? (uint64_t)took : 0);
}

static uint64_t sum_of(const struct metric *m)
{
    uint64_t sum = 0;

    for (int i = 0; i < METRIC_CELLS; i++)
        sum += atomic_load_explicit(&m->cell[i].sum, memory_order_relaxed);
    return sum;
}

static uint64_t bucket(const struct metric *m, size_t bound)
{
    uint64_t n = 0;

    for (int i = 0; i < METRIC_CELLS; i++)
        n += atomic_load_explicit(&m->cell[i].n[bound], memory_order_relaxed);
    return n;
}

uint64_t metric_value(const struct metric *m)
{
    const struct scale *s = &scales[m->type];
    uint64_t n = 0;

    if (s->n == 0)
        return sum_of(m);
    for (size_t i = 0; i <= s->n; i++)
        n += bucket(m, i);
    return n;
}

/* --- text --- */

void metric_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metric_line(struct buf *out, const char *name, const char *labels, double value)
{
    const char *open = *labels == '\0' ? "" : "{", *end = *labels == '\0' ? "" : "}";

    buf_printf(out, "%s%s%s%s %.15g\n", name, open, labels, end, value);
}

/* The count is that of the buckets, so that a scrape in the middle of an observation still adds up. */
void metric_histogram(struct buf *out, const struct metric *m, const char *labels)
{
    const struct scale *s = &scales[m->type];
    const char *comma = *labels == '\0' ? "" : ",";
    uint64_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        n += bucket(m, i);
        buf_printf(out, "%s_bucket{%s%sle=\"%.15g\"} %" PRIu64 "\n", m->name, labels, comma,
                   (double)s->bounds[i] * s->unit, n);
    }
    n += bucket(m, s->n);
    buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", m->name, labels, comma, n);
    const char *open = *labels == '\0' ? "" : "{", *end = *labels == '\0' ? "" : "}";
    buf_printf(out, "%s_sum%s%s%s %.15g\n", m->name, open, labels, end, (double)sum_of(m) * s->unit);
    buf_printf(out, "%s_count%s%s%s %" PRIu64 "\n", m->name, open, labels, end, n);
}

void metric_write(struct buf *out, struct metric *const *table)
{
    for (; *table != NULL; table++) {
        const struct metric *m = *table;

        metric_head(out, m->name, scales[m->type].word, m->help);
        if (scales[m->type].n > 0)
            metric_histogram(out, m, "");
        else
            metric_line(out, m->name, "", (double)sum_of(m));
    }
}
