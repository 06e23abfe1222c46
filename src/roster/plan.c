/* Shifts that come again, laid out as single duties. */
#include "base/clock.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "recur/recur.h"
#include "roster/shift.h"

#include <string.h>

enum { MINUTE_MS = 60000, DAY_MIN = 24 * 60, PEOPLE_MAX = 64 };

static bool works(const void *ctx, int64_t day)
{
    return calendar_is_workday(ctx, day);
}

bool plan_sound(const struct req *r, const struct duty_plan *p, struct err *e)
{
    int64_t today = local_day(r->now, r->services->offset_min);
    struct err why = {0};

    if (!recur_check(p->rule, NULL, &why))
        return ERR_FIELD(e, "rrule", why.key, "%s%.0s", "%.0s%s", why.zh, why.en);
    if (p->part == DUTY_UNSET)
        return ERR_FIELD(e, "part", "roster.part", "part 须是 duty（值班）、lead（带班）或 standby（备班）",
                         "part must be duty, lead or standby");
    if (p->workdays == RECUR__MAX)
        return ERR_FIELD(e, "workdays", "roster.workdays", "workdays 须是 any、only、off、next 或 previous",
                         "workdays must be any, only, off, next or previous");
    if (p->until_day < p->from_day || p->until_day > today + ROSTER_AHEAD_DAYS)
        return ERR_FIELD(e, "until", "roster.until", "止日须在起日之后，且不超过 %d 天以后",
                         "the last day comes after the first, and is at most %d days from now",
                         ROSTER_AHEAD_DAYS);
    if (p->at_min < 0 || p->at_min >= DAY_MIN)
        return ERR_FIELD(e, "at", "roster.at", "时刻须形如 08:30", "the time reads like 08:30");
    return (p->n_people > 0 && p->n_people <= PEOPLE_MAX) ||
           ERR_FIELD(e, "people", "roster.people", "请给出轮值的人，1 到 %d 位",
                     "name who takes turns: 1 to %d people", PEOPLE_MAX);
}

/* The same duty of the same plan has the same id however often it is laid out. */
static struct uuid duty_id(const struct req *r, const struct duty_plan *p, int64_t from)
{
    uint8_t hash[HASH_BYTES];

    privacy_hash(roster_world(r)->privacy, p->id.b, sizeof(p->id.b), &from, sizeof(from), hash);
    return uuid_v7(from, hash);
}

bool plan_lay(const struct req *r, const struct duty_plan *p, struct shift **ret, size_t *ret_n,
              struct err *e)
{
    const struct world *w = roster_world(r);
    const struct recurrence rule = {
        .rule = p->rule, .from_day = p->from_day, .until_day = p->until_day, .workdays = p->workdays};
    const struct recur_days days = {.works = works, .ctx = w->calendar};
    int64_t found[SHIFTS_MAX];
    size_t n = recur_between(&rule, &days, p->from_day, p->until_day, found, SHIFTS_MAX);

    if (n == 0)
        return ERR_FIELD(e, "rrule", "roster.nothing", "这段时间里没有一天轮到",
                         "no day of that time is of this shift");
    *ret = arena_array(r->arena, struct shift, n);
    *ret_n = n;
    for (size_t i = 0; i < n; i++) {
        struct shift *s = &(*ret)[i];

        *s = (struct shift){
            .org = p->org, .plan = p->id, .part = p->part, .note = "", .handover = "", .version = 1};
        s->from = (found[i] * DAY_MIN + p->at_min - r->services->offset_min) * MINUTE_MS;
        s->until = s->from + p->length_min * MINUTE_MS;
        s->id = duty_id(r, p, s->from);
        s->account = s->first = p->people[i % p->n_people];
        if (!shift_sound(r, s, "people", e))
            return false;
    }
    return true;
}
