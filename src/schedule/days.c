/* When rules come. */
#include "base/clock.h"
#include "calendar/calendar.h"
#include "schedule/schedule.h"

enum { MINUTE_MS = 60000, DAY_MS = 24 * 60 * MINUTE_MS, LOOK_DAYS = 400 };

static bool works(const void *ctx, int64_t day)
{
    return calendar_is_workday(ctx, day);
}

size_t schedule_days(const struct world *w, const struct schedule_def *s, int64_t from, int64_t to,
                     int64_t *ret, size_t max)
{
    const struct recur_days days = {.works = works, .ctx = w->calendar};

    return recur_between(&s->recurrence, &days, from, to, ret, max);
}

int64_t schedule_moment(const struct world *w, const struct schedule_def *s, int64_t day)
{
    return day * DAY_MS + ((int64_t)s->at_min - w->offset_min) * MINUTE_MS;
}

size_t schedule_coming(const struct world *w, const struct schedule_def *s, int64_t after, int64_t *ret,
                       size_t max)
{
    int64_t from = local_day(after, w->offset_min);
    size_t n = 0;

    if (schedule_moment(w, s, from) <= after)
        from++;
    /* A rule may come once in four years. */
    for (int64_t to = from + 31; n < max && to <= from + RECUR_SPAN_MAX; to += LOOK_DAYS)
        n = schedule_days(w, s, from, to, ret, max);
    for (size_t i = 0; i < n; i++)
        ret[i] = schedule_moment(w, s, ret[i]);
    return n;
}
