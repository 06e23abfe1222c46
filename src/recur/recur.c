#include "recur/recur.h"

#include "base/clock.h"
#include "base/text.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

/* A holiday is at most so many days long, whoever announces it. */
enum { MOVED_MAX = 31, FOUND_MAX = RECUR_SPAN_MAX, TRIAL_DAYS = 3 * 1461 };

static const char *const workdays_names[RECUR__MAX] = {"any", "next", "previous", "only", "off"};

const char *recur_workdays_name(enum recur_workdays w)
{
    return workdays_names[w];
}

enum recur_workdays recur_workdays_named(const char *name)
{
    int w = 0;

    while (w < RECUR__MAX && !str_eq(workdays_names[w], name))
        w++;
    return (enum recur_workdays)w;
}

/* --- reading a rule --- */

/* Every part that we follow. Others are either finer than a day, or said elsewhere, or libical's days for
 * them are not those of the standard (BYWEEKNO). */
static const char *const parts[] = {"FREQ",      "INTERVAL", "BYDAY",    "BYMONTHDAY",
                                    "BYYEARDAY", "BYMONTH",  "BYSETPOS", "WKST"};
static const char *const frequencies[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
static const char *const finer[] = {"SECONDLY", "MINUTELY", "HOURLY"};

static bool one_of(const char *s, size_t n, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == n && strncmp(names[i], s, n) == 0)
            return true;
    return false;
}

static bool parse(const char *rule, struct icalrecurrencetype *ret)
{
    icalerror_set_errors_are_fatal(0);
    icalerror_clear_errno();
    *ret = icalrecurrencetype_from_string(rule);
    icalerror_clear_errno();
    return ret->freq != ICAL_NO_RECURRENCE;
}

static bool check_first(const char *rule, struct err *e)
{
    size_t n = strcspn(rule, ";");

    if (!str_starts(rule, "FREQ="))
        return ERR(e, ERR_INVALID, "recur.syntax", "重复规则须以 FREQ= 开头，如 FREQ=WEEKLY;BYDAY=MO",
                   "a rule begins with FREQ=, such as FREQ=WEEKLY;BYDAY=MO");
    if (one_of(rule + 5, n - 5, finer, COUNT_OF(finer)))
        return ERR(e, ERR_INVALID, "recur.often", "最多每天一次：DAILY、WEEKLY、MONTHLY 或 YEARLY",
                   "once a day at most: DAILY, WEEKLY, MONTHLY or YEARLY");
    return one_of(rule + 5, n - 5, frequencies, COUNT_OF(frequencies)) ||
           ERR(e, ERR_INVALID, "recur.part", "FREQ 须是 DAILY、WEEKLY、MONTHLY 或 YEARLY",
               "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY");
}

/* One NAME=VALUE behind the frequency, tried with it alone: that tells which of several is wrong. */
static bool check_part(const char *rule, const char *part, size_t n, struct err *e)
{
    char trial[RECUR_RULE_MAX * 2 + 2];
    struct icalrecurrencetype r;
    size_t name = strcspn(part, "=;"), freq = strcspn(rule, ";");

    if (!one_of(part, name, parts, COUNT_OF(parts)) || part == rule + freq)
        return ERR(e, ERR_INVALID, "recur.part",
                   "不用“%.*s”，可用 INTERVAL、BYDAY、BYMONTHDAY、BYYEARDAY、BYMONTH、BYSETPOS、WKST",
                   "“%.*s” is not used: INTERVAL, BYDAY, BYMONTHDAY, BYYEARDAY, BYMONTH, BYSETPOS, WKST are",
                   (int)(name < 20 ? name : 20), part);
    (void)snprintf(trial, sizeof(trial), "%.*s;%.*s", (int)freq, rule, (int)n, part);
    /* BYSETPOS chooses among what another part gives. */
    if (strncmp(part, "BYSETPOS", name) == 0)
        (void)snprintf(trial, sizeof(trial), "%.*s;BYDAY=MO;%.*s", (int)freq, rule, (int)n, part);
    return parse(trial, &r) ||
           ERR(e, ERR_INVALID, "recur.part", "“%.*s”不对，如 BYDAY=MO,TH、BYMONTHDAY=15",
               "“%.*s” is wrong: such as BYDAY=MO,TH or BYMONTHDAY=15", (int)(n < 40 ? n : 40), part);
}

static bool check_parts(const char *rule, int *ret_column, struct err *e)
{
    const char *s = rule;

    *ret_column = 1;
    if (!check_first(rule, e))
        return false;
    for (s += strcspn(s, ";"); *s == ';'; s += strcspn(s, ";")) {
        s++;
        *ret_column = (int)(s - rule) + 1;
        if (!check_part(rule, s, strcspn(s, ";"), e))
            return false;
    }
    *ret_column = 1;
    return true;
}

/* No month has a sixth Monday: libical would look for one through centuries. */
static bool has_such_days(const struct icalrecurrencetype *r)
{
    enum { WEEKS = 5 };

    for (int i = 0; i < ICAL_BY_DAY_SIZE && r->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int nth = icalrecurrencetype_day_position(r->by_day[i]);

        if (r->freq == ICAL_MONTHLY_RECURRENCE && (nth > WEEKS || nth < -WEEKS))
            return false;
    }
    return true;
}

static size_t raw_days(const struct recurrence *r, int64_t from, int64_t to, int64_t *ret, size_t max);

bool recur_check(const char *rule, int *ret_column, struct err *e)
{
    const struct recurrence trial = {.rule = rule};
    struct icalrecurrencetype r;
    int64_t first;
    int column;

    if (ret_column == NULL)
        ret_column = &column;
    *ret_column = 1;
    if (strlen(rule) > RECUR_RULE_MAX)
        return ERR(e, ERR_INVALID, "recur.long", "重复规则最多 %d 个字节", "a rule has at most %d bytes",
                   RECUR_RULE_MAX);
    if (!check_parts(rule, ret_column, e))
        return false;
    if (!parse(rule, &r))
        return ERR(e, ERR_INVALID, "recur.syntax", "这些部分合在一起说不通，如每周规则不能有 BYMONTHDAY",
                   "these parts do not go together: a weekly rule has no BYMONTHDAY, for instance");
    return (has_such_days(&r) && raw_days(&trial, 0, RECUR_SPAN_MAX, &first, 1) > 0) ||
           ERR(e, ERR_INVALID, "recur.never", "这条规则永远不会到来", "this rule never comes");
}

/* --- its days --- */

static struct icaltimetype at_midnight(int64_t day)
{
    struct icaltimetype t = {0};

    civil_from_days(day, &t.year, &t.month, &t.day);
    return t;
}

/* The days of the rule itself. */
static size_t raw_days(const struct recurrence *r, int64_t from, int64_t to, int64_t *ret, size_t max)
{
    struct icalrecurrencetype type;
    icalrecur_iterator *it;
    size_t n = 0;

    if (!parse(r->rule, &type) || (it = icalrecur_iterator_new(type, at_midnight(r->from_day))) == NULL)
        return 0;
    if (from > r->from_day)
        (void)icalrecur_iterator_set_start(it, at_midnight(from));
    while (n < max) {
        struct icaltimetype t = icalrecur_iterator_next(it);
        int64_t day;

        if (icaltime_is_null_time(t))
            break;
        day = days_from_civil(t.year, t.month, t.day);
        if (day > to || (r->until_day != 0 && day > r->until_day))
            break;
        if (day >= from && (n == 0 || ret[n - 1] != day))
            ret[n++] = day;
    }
    icalrecur_iterator_free(it);
    return n;
}

static bool works(const struct recur_days *d, int64_t day)
{
    return d == NULL || d->works == NULL ? weekday_of_days(day) <= 5 : d->works(d->ctx, day);
}

/* Where the day goes; false: nowhere. */
static bool moved(const struct recurrence *r, const struct recur_days *d, int64_t *day)
{
    int64_t step = r->workdays == RECUR_PREVIOUS ? -1 : 1;

    if (r->workdays == RECUR_ANY)
        return true;
    if (r->workdays == RECUR_ONLY || r->workdays == RECUR_OFF)
        return works(d, *day) == (r->workdays == RECUR_ONLY);
    for (int i = 0; i < MOVED_MAX; i++, *day += step)
        if (works(d, *day))
            return true;
    return false;
}

size_t recur_between(const struct recurrence *r, const struct recur_days *d, int64_t from, int64_t to,
                     int64_t *ret, size_t max)
{
    int64_t raw[FOUND_MAX + 2 * MOVED_MAX], first = from - MOVED_MAX, last = to + MOVED_MAX;
    size_t n, found = 0;

    if (to - from >= RECUR_SPAN_MAX)
        to = from + RECUR_SPAN_MAX - 1;
    if (first < r->from_day)
        first = r->from_day;
    if (r->workdays != RECUR_PREVIOUS)
        last = to;
    n = raw_days(r, r->workdays == RECUR_NEXT || from < r->from_day ? first : from, last, raw, COUNT_OF(raw));
    for (size_t i = 0; i < n && found < max; i++)
        if (moved(r, d, &raw[i]) && raw[i] >= from && raw[i] <= to &&
            (found == 0 || ret[found - 1] != raw[i]))
            ret[found++] = raw[i];
    return found;
}

bool recur_next(const struct recurrence *r, const struct recur_days *d, int64_t from, int64_t *ret)
{
    enum { STEP = 64 };

    if (from < r->from_day)
        from = r->from_day;
    for (int64_t at = from, span = STEP; at < from + RECUR_SPAN_MAX; at += span, span = TRIAL_DAYS / 2)
        if (recur_between(r, d, at, at + span - 1, ret, 1) > 0)
            return true;
    return false;
}
