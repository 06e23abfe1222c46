/* Rankings by hand-counted examples. */
#include "appraisal/round.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { UNITS = 4, INDICATORS = 3, ARENA = 1024 * 1024 };

#define RANGE(lower_, floor_)                                                                                \
    {                                                                                                        \
        .normal = NORMAL_RANGE, .lower = (lower_), .floor = (floor_), .none = NONE_SPREAD                    \
    }
#define NOTHING 1e30

struct example {
    const char *name;
    size_t n_units, n_indicators;
    struct appraisal_indicator indicators[INDICATORS];
    int64_t weights[INDICATORS];
    int places;
    double figures[UNITS][INDICATORS];
    const char *shares; /* of each unit all indicators: "100.0000 -" */
    const char *totals, *standings;
};

static const struct example examples[] = {
    {.name = "range: the best is worth all, the worst nothing, the others as they lie between",
     .n_units = 4,
     .n_indicators = 1,
     .indicators = {RANGE(false, 0)},
     .weights = {10000},
     .places = 2,
     .figures = {{10}, {20}, {40}, {15}},
     .shares = "0.0000 33.3333 100.0000 16.6667 ",
     .totals = "0.00 33.33 100.00 16.67 ",
     .standings = "4 2 1 3 "},
    {.name = "range: where less is better, and the worst is worth the floor",
     .n_units = 3,
     .n_indicators = 1,
     .indicators = {RANGE(true, 60)},
     .weights = {10000},
     .places = 2,
     .figures = {{0}, {3}, {9}},
     .shares = "100.0000 86.6667 60.0000 ",
     .totals = "100.00 86.67 60.00 ",
     .standings = "1 2 3 "},
    {.name = "range: who are all alike are all worth everything",
     .n_units = 2,
     .n_indicators = 1,
     .indicators = {RANGE(false, 0)},
     .weights = {10000},
     .places = 1,
     .figures = {{-2.5}, {-2.5}},
     .shares = "100.0000 100.0000 ",
     .totals = "100.0 100.0 ",
     .standings = "1= 1= "},
    {.name = "target: beyond full no more, below zero no less",
     .n_units = 4,
     .n_indicators = 1,
     .indicators = {{.normal = NORMAL_TARGET, .full = 980000, .zero = 600000, .floor = 20}},
     .weights = {10000},
     .places = 2,
     .figures = {{1}, {0.98}, {0.79}, {0.1}},
     .shares = "100.0000 100.0000 60.0000 20.0000 ",
     .totals = "100.00 100.00 60.00 20.00 ",
     .standings = "1= 1= 3 4 "},
    {.name = "target: full may be less than zero",
     .n_units = 3,
     .n_indicators = 1,
     .indicators = {{.normal = NORMAL_TARGET, .full = 0, .zero = 8000000, .lower = true}},
     .weights = {10000},
     .places = 2,
     .figures = {{0}, {3}, {20}},
     .shares = "100.0000 62.5000 0.0000 ",
     .totals = "100.00 62.50 0.00 ",
     .standings = "1 2 3 "},
    {.name = "given: as it is, of what is full; or what is missing to it",
     .n_units = 2,
     .n_indicators = 2,
     .indicators = {{.normal = NORMAL_GIVEN, .full = 5000000},
                    {.normal = NORMAL_GIVEN, .full = 100000000, .lower = true}},
     .weights = {5000, 5000},
     .places = 2,
     .figures = {{4.6, 10}, {-1, 100}},
     .shares = "92.0000 90.0000 0.0000 0.0000 ",
     .totals = "91.00 0.00 ",
     .standings = "1 2 "},
    {.name = "weights have two decimals; points are added exactly and rounded once, halves up",
     .n_units = 2,
     .n_indicators = 2,
     .indicators = {{.normal = NORMAL_GIVEN, .full = 100000000}, {.normal = NORMAL_GIVEN, .full = 100000000}},
     .weights = {1250, 8750},
     .places = 1,
     .figures = {{80.2, 91.5}, {80.1, 91.5}},
     .shares = "80.2000 91.5000 80.1000 91.5000 ",
     .totals = "90.1 90.1 ", /* 90.0875 and 90.075 */
     .standings = "1= 1= "},
    {.name = "halves go up",
     .n_units = 2,
     .n_indicators = 1,
     .indicators = {{.normal = NORMAL_GIVEN, .full = 100000000}},
     .weights = {10000},
     .places = 1,
     .figures = {{90.05}, {90.0499}},
     .shares = "90.0500 90.0499 ",
     .totals = "90.1 90.0 ",
     .standings = "1 2 "},
    {.name = "no figure: its weight goes to the others, or it is worth all, or the floor",
     .n_units = 3,
     .n_indicators = 3,
     .indicators = {RANGE(false, 50),
                    {.normal = NORMAL_GIVEN, .full = 100000000, .none = NONE_FULL},
                    {.normal = NORMAL_GIVEN, .full = 100000000, .floor = 30, .none = NONE_FLOOR}},
     .weights = {4000, 3000, 3000},
     .places = 2,
     .figures = {{NOTHING, 90, 80}, {1, NOTHING, 80}, {2, 90, NOTHING}},
     .shares = "- 90.0000 86.0000 50.0000 100.0000 86.0000 100.0000 90.0000 30.0000 ",
     .totals = "88.00 75.80 76.00 ",
     .standings = "1 3 2 "},
    {.name = "of nothing known there is no place, and nobody else's place knows of it",
     .n_units = 3,
     .n_indicators = 1,
     .indicators = {RANGE(false, 0)},
     .weights = {10000},
     .places = 2,
     .figures = {{NOTHING}, {7}, {3}},
     .shares = "- 100.0000 0.0000 ",
     .totals = "- 100.00 0.00 ",
     .standings = "- 1 2 "},
    {.name = "who tie share a place, and the next is skipped",
     .n_units = 4,
     .n_indicators = 1,
     .indicators = {{.normal = NORMAL_GIVEN, .full = 100000000}},
     .weights = {10000},
     .places = 2,
     .figures = {{80.004}, {90}, {80.001}, {70}},
     .shares = "80.0040 90.0000 80.0010 70.0000 ",
     .totals = "80.00 90.00 80.00 70.00 ",
     .standings = "2= 1 2= 4 "},
};

static struct appraisal_outcome *count(const struct example *x, struct arena *a)
{
    struct appraisal_figure *figures = arena_array(a, struct appraisal_figure, UNITS * INDICATORS);
    struct appraisal_year year = {2022, x->weights};
    struct appraisal_def def = {
        .indicators = x->indicators, .n_indicators = x->n_indicators, .places = x->places};

    for (size_t i = 0; i < x->n_units * x->n_indicators; i++) {
        double v = x->figures[i / x->n_indicators][i % x->n_indicators];

        if (v < NOTHING)
            figures[i] = (struct appraisal_figure){true, appraisal_fixed(v)};
    }
    return appraisal_count(&(struct appraisal_input){&def, &year, figures, x->n_units}, a);
}

TEST(every_example_comes_out_as_counted_by_hand)
{
    for (size_t k = 0; k < COUNT_OF(examples); k++) {
        const struct example *x = &examples[k];
        struct arena *a = arena_create(ARENA);
        const struct appraisal_outcome *out = count(x, a);
        const char *shares = "", *totals = "", *standings = "";

        for (size_t i = 0; i < x->n_units * x->n_indicators; i++)
            shares = arena_printf(a, "%s%s ", shares,
                                  out->points[i].counts ? fixed_text(out->points[i].share, 4, a) : "-");
        for (size_t u = 0; u < x->n_units; u++) {
            const struct appraisal_result *r = &out->units[u];

            totals = arena_printf(a, "%s%s ", totals, r->ranked ? fixed_text(r->total, x->places, a) : "-");
            standings = r->ranked ? arena_printf(a, "%s%d%s ", standings, (int)r->place, r->shared ? "=" : "")
                                  : arena_printf(a, "%s- ", standings);
        }
        if (strcmp(shares, x->shares) != 0 || strcmp(totals, x->totals) != 0 ||
            strcmp(standings, x->standings) != 0)
            (void)printf("# %s: %s| %s| %s\n", x->name, shares, totals, standings);
        check(strcmp(shares, x->shares) == 0);
        check(strcmp(totals, x->totals) == 0);
        check(strcmp(standings, x->standings) == 0);
        arena_free(&a);
    }
}

/* What is shown beside each indicator adds up to the total, also where one had no figure. */
TEST(points_of_the_indicators_add_up)
{
    struct arena *a = arena_create(ARENA);
    const struct appraisal_outcome *out = count(&examples[8], a);
    int64_t sum = 0;

    for (size_t i = 0; i < 3; i++)
        sum += out->points[i].points;
    check(fixed_round(sum, POINT_DECIMALS, 2) == out->units[0].total && out->points[0].points == 0);
    arena_free(&a);
}

TEST(numbers_are_fixed_decimals)
{
    struct arena *a = arena_create(ARENA);

    check(appraisal_fixed(0.9724135) == 972414 && appraisal_fixed(-0.0000005) == -1);
    check(appraisal_fixed(1e300) == INT64_C(1000000000000000000) && appraisal_fixed(NAN) != 0);
    check(fixed_round(-25, 1, 0) == -3 && fixed_round(24, 1, 0) == 2 && fixed_round(3, 0, 2) == 300);
    check(strcmp(fixed_text(-5, 2, a), "-0.05") == 0 && strcmp(fixed_text(100, 0, a), "100") == 0);
    arena_free(&a);
}

TEST(a_month_spans_its_days_up_to_today)
{
    struct arena *a = arena_create(ARENA);
    int64_t from, to;

    check(month_days("2024-02", 19800, &from, &to) && from == 19754 && to == 19782); /* leap year */
    check(month_days("2024-02", 19760, &from, &to) && to == 19760);
    check(!month_days("2024-03", 19760, &from, &to) && !month_days("2024-13", 99999, &from, &to) &&
          !month_days("2024-2", 99999, &from, &to) && !month_days(NULL, 99999, &from, &to));
    check(strcmp(month_before("2024-01", a), "2023-12") == 0 &&
          strcmp(month_before("2024-10", a), "2024-09") == 0);
    arena_free(&a);
}

TEST(the_newest_weights_not_of_a_later_year_hold)
{
    static const struct appraisal_year years[] = {{2022, NULL}, {2025, NULL}};
    const struct appraisal_def d = {.years = years, .n_years = 2};

    check(appraisal_year(&d, 2021) == NULL && appraisal_year(&d, 2024) == &years[0] &&
          appraisal_year(&d, 2030) == &years[1]);
}
