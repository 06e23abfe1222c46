#include "base/clock.h"
#include "base/metric.h"
#include "test.h"

#include <pthread.h>

enum { THREADS = 12, TIMES = 5000 };

static struct metric count = METRIC(METRIC_COUNTER, "x_total", "Things.");
static struct metric took = METRIC(METRIC_SECONDS, "x_seconds", "How long things took.");
static struct metric sizes = METRIC(METRIC_SIZES, "x_size", "How big things were.");
static struct metric level = METRIC(METRIC_GAUGE, "x_level", "How high it stands.");

static void *move(void *arg)
{
    (void)arg;
    for (int i = 0; i < TIMES; i++) {
        metric_add(&count, 2);
        metric_observe(&sizes, (uint64_t)i % 4);
    }
    return NULL;
}

TEST(threads_lose_nothing)
{
    pthread_t t[THREADS];

    for (int i = 0; i < THREADS; i++)
        check(pthread_create(&t[i], NULL, move, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(t[i], NULL);
    check(metric_value(&count) == 2ULL * THREADS * TIMES);
    check(metric_value(&sizes) == 1ULL * THREADS * TIMES);
}

TEST(cells_share_no_cache_line)
{
    check((uintptr_t)&count.cell[1] % METRIC_LINE == 0);
    check((uintptr_t)&count.cell[1] - (uintptr_t)&count.cell[0] >= METRIC_LINE);
}

/* Each bound holds what is equal to it; buckets are cumulative. */
TEST(a_histogram_as_text)
{
    struct metric *const table[] = {&took, &level, NULL};
    struct buf out;

    buf_init(&out, 65536);
    metric_observe(&took, 250);
    metric_observe(&took, 251);
    metric_observe(&took, 20000000);
    metric_set(&level, 7);
    metric_set(&level, 3);
    metric_write(&out, table);
    const char *t = buf_text(&out);
    check(strstr(t, "# HELP x_seconds How long things took.\n# TYPE x_seconds histogram\n") == t);
    check(strstr(t, "\nx_seconds_bucket{le=\"0.00025\"} 1\n") != NULL);
    check(strstr(t, "\nx_seconds_bucket{le=\"0.0005\"} 2\n") != NULL);
    check(strstr(t, "\nx_seconds_bucket{le=\"10\"} 2\nx_seconds_bucket{le=\"+Inf\"} 3\n") != NULL);
    check(strstr(t, "\nx_seconds_sum 20.000501\nx_seconds_count 3\n") != NULL);
    check(strstr(t, "# TYPE x_level gauge\nx_level 3\n") != NULL);
    buf_free(&out);
}

TEST(labels)
{
    struct buf out;

    buf_init(&out, 65536);
    metric_line(&out, "y_total", "a=\"1\"", 5);
    metric_histogram(&out, &took, "route=\"/\"");
    check(strncmp(buf_text(&out), "y_total{a=\"1\"} 5\n", 17) == 0);
    check(strstr(buf_text(&out), "\nx_seconds_bucket{route=\"/\",le=\"0.0005\"} ") != NULL);
    check(strstr(buf_text(&out), "\nx_seconds_count{route=\"/\"} ") != NULL);
    buf_free(&out);
}

TEST(time_since)
{
    struct metric one = METRIC(METRIC_SECONDS, "z_seconds", "One.");

    metric_since(&one, time_monotonic_us() - 3000000);
    metric_since(&one, time_monotonic_us() + 3000000); /* never negative */
    check(metric_value(&one) == 2);
    check(one.cell[0].n[0] + one.cell[1].n[0] + one.cell[2].n[0] + one.cell[3].n[0] + one.cell[4].n[0] +
              one.cell[5].n[0] + one.cell[6].n[0] + one.cell[7].n[0] ==
          1);
}
