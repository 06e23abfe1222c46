/* Figures against naive recounts of what simulated people did. */
#include "app/recount_test.h"
#include "app/simulate.h"
#include "measure/bucket.h"

#include <math.h>

#define FIRST_DAY "2026-09-14T00:00:00+08:00"
enum { DAYS = 6 };

/* The fixture's district, a week of whose life is played first. */
static struct fixture *lived(void)
{
    static bool played;
    struct fixture *f = fixture();
    const struct sim_options o = {.from = instant(FIRST_DAY),
                                  .until = instant(FIRST_DAY) + DAYS * INT64_C(86400000),
                                  .seed = 5,
                                  .scale = 0.25,
                                  .batch = 300,
                                  .quiet = true};
    struct sim_result r;

    check(played || simulate_run(f->d, &o, &r, &f->err));
    played = true;
    return f;
}

static int64_t first_day(void)
{
    return local_day(instant(FIRST_DAY), 480);
}

TEST(counts_by_area_and_day)
{
    struct fixture *f = lived();
    const char *const areas[] = {"330803",    "330803001",    "330803002",
                                 "330803103", "330803001001", "330803001001001"};

    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        check_counts(f, areas[i], 0);
        check_gauges(f, areas[i]);
        for (int64_t day = first_day(); day < first_day() + DAYS; day++)
            check_counts(f, areas[i], day);
    }
    check(figure_of(f, "received", "330803", "", 0).n > 200);
}

TEST(every_record_is_its_history)
{
    check_all_records(lived());
}

TEST(nothing_is_lost)
{
    struct fixture *f = lived();

    for (size_t i = 0; i < 2; i++) {
        const char *area = i == 0 ? "330803" : "330803001";

        check(figure_of(f, "received", area, "", 0).n ==
              figure_of(f, "closed", area, "", 0).n - figure_of(f, "reopened", area, "", 0).n +
                  figure_of(f, "open", area, "", 0).n + figure_of(f, "rejected", area, "", 0).n +
                  figure_of(f, "voided", area, "", 0).n);
    }
}

TEST(dimensions)
{
    static const struct sql_query by_source = {
        "test.source", "SELECT count(*) FROM record WHERE district = $1 AND fields->>'source' = $2", 2, false,
        false};
    static const struct sql_query by_category = {"test.category",
                                                 "SELECT count(*) FROM record WHERE district = $1 AND open = "
                                                 "1 AND substr(fields->>'category', 1, "
                                                 "length($2)) = $2",
                                                 2, false, false};
    static const char *const sources[] = {"app", "patrol", "hotline", "centre"};
    static const char *const categories[] = {"01", "0102", "05", "0505", "12"};
    struct fixture *f = lived();

    for (size_t i = 0; i < COUNT_OF(sources); i++)
        check(figure_of(f, "received", "330803", arena_printf(f->arena, "source=%s", sources[i]), 0).n ==
              one_int(f, &by_source, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(sources[i]))));
    /* A code counts what lies under it. */
    for (size_t i = 0; i < COUNT_OF(categories); i++)
        check(figure_of(f, "open", "330803", arena_printf(f->arena, "category=%s", categories[i]), 0).n ==
              one_int(f, &by_category, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(categories[i]))));
}

TEST(a_gauge_at_the_end_of_a_past_day)
{
    static const struct sql_query q = {
        "test.open_then",
        "SELECT count(*) FROM record r WHERE r.district = $1 AND (SELECT to_state FROM entry e WHERE "
        "e.district = $1 AND "
        "e.record = r.id AND e.at < $2 ORDER BY seq DESC LIMIT 1) NOT IN ('closed', 'rejected', 'void')",
        2, false, false};
    struct fixture *f = lived();

    for (int64_t day = first_day(); day < first_day() + DAYS; day++)
        check(figure_of(f, "open", "330803", "", day).n ==
              one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code), SQL_INT((day + 1) * 86400000 - 28800000))));
}

TEST(ratios_and_means)
{
    struct fixture *f = lived();
    struct figure rate = figure_of(f, "closing_rate", "330803", "", 0);
    double due =
        (double)(entries(f, "330803", "accept", "settle", 0) + entries(f, "330803", "reopen", "", 0));

    check(rate.known && fabs(rate.value - (double)entries(f, "330803", "verify", "settle", 0) / due) < 1e-9);
    check(figure_of(f, "satisfaction", "330803", "", 0).n == entries(f, "330803", "rate", "call_back", 0));
    check(figure_of(f, "satisfaction", "330803", "", 0).value >= 1);
    check(figure_of(f, "satisfaction", "330803", "", 0).value <= 5);
    check(!figure_of(f, "closing_rate", "330803218", "", 1).known);
    check(figure_of(f, "took", "330803", "", 0).p50 <= figure_of(f, "took", "330803", "", 0).p90);
    check(figure_of(f, "took", "330803", "", 0).n == entries(f, "330803", "verify", "", 0));
}

TEST(percentiles_within_a_bucket)
{
    enum { N = 999 };
    int64_t counts[BUCKETS_MAX] = {0};
    struct rng r = rng_seed(11);
    double values[N];

    for (size_t i = 0; i < N; i++) {
        double v = exp(rng_unit(&r) * 18);
        size_t k = i;

        for (; k > 0 && values[k - 1] > v; k--)
            values[k] = values[k - 1];
        values[k] = v;
        counts[bucket_of(v)]++;
    }
    for (int i = 0; i < 3; i++) {
        const double share[] = {0.5, 0.9, 0.99};
        double is = bucket_percentile(counts, share[i]), exact = values[(size_t)ceil(share[i] * N) - 1];

        /* Half a bucket: 16 of them an octave. */
        check(fabs(is + 1 - (exact + 1)) / (exact + 1) < 0.045);
    }
    check(bucket_of(0) == 0 && bucket_of(-5) == 0 && bucket_of(1e300) == BUCKETS_MAX - 1);
}
