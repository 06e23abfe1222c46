/* Hours of a day, how much is taken when, and the first time that fits; against a clock that is looked at
 * minute by minute. */
#include "base/clock.h"
#include "base/uuid.h"
#include "booking/hold.h"
#include "test.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE, OFFSET = 480 };
#define DAY (INT64_C(24) * HOUR)

static int64_t instant(const char *text)
{
    int64_t ms = 0;

    check(rfc3339_parse(text, &ms));
    return ms;
}

TEST(hours)
{
    struct hours h;

    check(hours_parse("08:00-12:00 13:30-22:00", &h) && h.n == 2 && h.part[1].from == 810);
    check(hours_parse(NULL, &h) && h.n == 0 && hours_parse("  ", &h) && h.n == 0);
    check(hours_parse("00:00-24:00", &h) && h.part[0].to == 1440);
    check(!hours_parse("8:00-12:00", &h) && !hours_parse("08:00", &h) && !hours_parse("12:00-08:00", &h));
    check(!hours_parse("08:00-12:00 12:00-13:00", &h) && !hours_parse("08:00-25:00", &h));
    check(!hours_parse("08:00-12:00,13:00-14:00", &h) && !hours_parse("八点到六点", &h));
    check(!hours_parse("01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 09:00-10:00", &h));
}

TEST(covered)
{
    int64_t nine = instant("2026-11-22T09:00:00+08:00");
    struct hours h, all;

    check(hours_parse("08:00-12:00 13:30-24:00", &h) && hours_parse("00:00-24:00", &all));
    check(hours_cover(&h, nine, nine + 3 * HOUR, OFFSET));
    check(!hours_cover(&h, nine, nine + 3 * HOUR + MINUTE, OFFSET)); /* past noon */
    check(!hours_cover(&h, nine - 2 * HOUR, nine, OFFSET));
    check(!hours_cover(&h, nine + 14 * HOUR, nine + 16 * HOUR, OFFSET)); /* past midnight */
    check(hours_cover(&all, nine, nine + 3 * DAY, OFFSET));
    check(hours_next(&h, nine, OFFSET) == nine &&
          hours_next(&h, nine + 3 * HOUR, OFFSET) == nine + 270 * MINUTE);
    check(hours_next(&h, nine - 9 * HOUR, OFFSET) == nine - HOUR);
    check(hours_parse("08:00-12:00", &h) && hours_next(&h, nine + 3 * HOUR, OFFSET) == nine + 23 * HOUR);
}

/* What the fast functions say, minute by minute. */
static int64_t most_slowly(const struct held *list, size_t n, int64_t from, int64_t until)
{
    int64_t most = 0;

    for (int64_t at = from; at < until; at += MINUTE) {
        int64_t taken = 0;

        for (size_t i = 0; i < n; i++)
            taken += list[i].from <= at && at < list[i].until ? list[i].amount : 0;
        most = taken > most ? taken : most;
    }
    return most;
}

static int64_t next_slowly(const struct wish *w, const struct offer *o, const struct held *list, size_t n,
                           int64_t latest)
{
    for (int64_t at = w->from; at <= latest; at += MINUTE)
        if (hours_cover(&o->hours, at, at + w->until - w->from, o->offset_min) &&
            most_slowly(list, n, at, at + w->until - w->from) + w->amount <= o->capacity)
            return at;
    return 0;
}

TEST(taken_and_next)
{
    enum { ROUNDS = 300, HELD = 8 };
    AUTO(arena_free) struct arena *a = arena_create(1 << 24);
    int64_t base = instant("2026-11-22T00:00:00+08:00");
    struct rng rng = rng_seed(7);

    for (int i = 0; i < ROUNDS; i++) {
        struct held list[HELD];
        size_t n = rng_below(&rng, HELD + 1), n_steps;
        struct offer o = {.capacity = 1 + (int64_t)rng_below(&rng, 3), .offset_min = OFFSET};
        struct wish w = {.from = base + (int64_t)rng_below(&rng, 600) * MINUTE,
                         .amount = 1 + (int64_t)rng_below(&rng, 2)};
        struct step *steps;

        w.until = w.from + (1 + (int64_t)rng_below(&rng, 120)) * MINUTE;
        check(hours_parse(rng_below(&rng, 2) == 0 ? "" : "06:00-12:00 12:30-20:00", &o.hours));
        for (size_t k = 0; k < n; k++) {
            list[k].from = base + (int64_t)rng_below(&rng, 900) * MINUTE;
            list[k].until = list[k].from + (1 + (int64_t)rng_below(&rng, 240)) * MINUTE;
            list[k].amount = 1 + (int64_t)rng_below(&rng, 2);
        }
        n_steps = held_steps(list, n, a, &steps);
        check(n_steps == 0 || steps[n_steps - 1].taken == 0);
        check(steps_most(steps, n_steps, w.from, w.until) == most_slowly(list, n, w.from, w.until));
        check(wish_next(&w, &o, steps, n_steps, base + DAY) == next_slowly(&w, &o, list, n, base + DAY));
        arena_reset(a);
    }
}
