/* Working time is arithmetic: weekdays have a formula, and only the days that
 * differ from it (holidays, make-up days) are kept, in order, each with the running
 * sum of differences. "Working days before day d" is then a binary search, and so
 * is everything that is built on it. */
#include "calendar/calendar.h"

#include "area/csv.h"
#include "base/clock.h"
#include "base/text.h"
#include "calendar.sql.h"

#include <stdlib.h>
#include <string.h>

enum { MONDAY_1970 = 4, MINUTE_MS = 60 * 1000, DAY_MIN = 24 * 60 };
/* Longer limits mean the same: never. Keeps the arithmetic far from overflow. */
static const int64_t LIMIT_MS_MAX = 400LL * 366 * DAY_MIN * MINUTE_MS;

struct special {
    int64_t day;
    bool working;
    int64_t after; /* sum of differences from Monday-to-Friday up to and with this day */
    char *name;
};

struct calendar {
    int offset_min;
    struct work_hours hours;
    int64_t day_ms;          /* working time of one working day */
    struct special *special; /* by day */
    size_t n, cap;
};

static const struct work_hours usual_hours = {2, {{9 * 60, 12 * 60}, {13 * 60 + 30, 17 * 60 + 30}}};

struct calendar *calendar_create(int offset_min, const struct work_hours *hours)
{
    struct calendar *c = xcalloc(1, sizeof *c);

    c->offset_min = offset_min;
    c->hours = hours != NULL && hours->n > 0 ? *hours : usual_hours;
    for (int i = 0; i < c->hours.n; i++)
        c->day_ms += (int64_t)(c->hours.part[i].to - c->hours.part[i].from) * MINUTE_MS;
    return c;
}

void calendar_free(struct calendar **c)
{
    if (*c == NULL)
        return;
    for (size_t i = 0; i < (*c)->n; i++)
        free((*c)->special[i].name);
    free((*c)->special);
    free(*c);
    *c = NULL;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Mondays to Fridays from 1970-01-05 up to, not with, `day`. */
static int64_t weekdays_before(int64_t day)
{
    int64_t weeks = floor_div(day - MONDAY_1970, 7), rest = day - MONDAY_1970 - weeks * 7;

    return weeks * 5 + (rest < 5 ? rest : 5);
}

static bool is_weekday(int64_t day)
{
    return weekday_of_days(day) <= 5;
}

/* Number of special days before `day`. */
static size_t specials_before(const struct calendar *c, int64_t day)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (c->special[mid].day < day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void sum_from(struct calendar *c, size_t i)
{
    for (int64_t sum = i > 0 ? c->special[i - 1].after : 0; i < c->n; i++) {
        struct special *s = &c->special[i];

        sum += (int)s->working - (int)is_weekday(s->day);
        s->after = sum;
    }
}

void calendar_set_day(struct calendar *c, int64_t day, bool working, const char *name)
{
    size_t i = specials_before(c, day);
    bool there = i < c->n && c->special[i].day == day;

    if (!there && working == is_weekday(day) && (name == NULL || name[0] == '\0'))
        return;
    if (!there) {
        if (c->n == c->cap) {
            c->cap = c->cap > 0 ? c->cap * 2 : 64;
            c->special = xrealloc(c->special, c->cap * sizeof *c->special);
        }
        memmove(&c->special[i + 1], &c->special[i], (c->n - i) * sizeof *c->special);
        c->special[i].name = NULL;
        c->n++;
    }
    free(c->special[i].name);
    c->special[i].day = day;
    c->special[i].working = working;
    c->special[i].name = xstrdup(name != NULL ? name : "");
    sum_from(c, i);
}

static const struct special *special_of(const struct calendar *c, int64_t day)
{
    size_t i = specials_before(c, day);

    return i < c->n && c->special[i].day == day ? &c->special[i] : NULL;
}

bool calendar_is_workday(const struct calendar *c, int64_t day)
{
    const struct special *s = special_of(c, day);

    return s != NULL ? s->working : is_weekday(day);
}

const char *calendar_day_name(const struct calendar *c, int64_t day)
{
    const struct special *s = special_of(c, day);

    return s != NULL ? s->name : "";
}

int calendar_offset_min(const struct calendar *c)
{
    return c->offset_min;
}

static int64_t workdays_before(const struct calendar *c, int64_t day)
{
    size_t i = specials_before(c, day);

    return weekdays_before(day) + (i > 0 ? c->special[i - 1].after : 0);
}

/* The first day d with workdays_before(d + 1) > k: the k-th working day. Differences
 * are at most one a special day, so the answer lies near the weekday formula's. */
static int64_t workday_at(const struct calendar *c, int64_t k)
{
    int64_t slack = 2 * (int64_t)c->n + 14, guess = MONDAY_1970 + floor_div(k, 5) * 7;
    int64_t lo = guess - slack, hi = guess + slack;

    while (lo < hi) {
        int64_t mid = lo + floor_div(hi - lo, 2);

        if (workdays_before(c, mid + 1) > k)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static int64_t day_start(const struct calendar *c, int64_t day)
{
    return (day * DAY_MIN - c->offset_min) * MINUTE_MS;
}

/* Working time within a working day up to `ms` after its midnight. */
static int64_t work_until(const struct calendar *c, int64_t ms)
{
    int64_t sum = 0;

    for (int i = 0; i < c->hours.n; i++) {
        int64_t from = (int64_t)c->hours.part[i].from * MINUTE_MS,
                to = (int64_t)c->hours.part[i].to * MINUTE_MS;

        sum += ms >= to ? to - from : ms > from ? ms - from : 0;
    }
    return sum;
}

/* The inverse: ms after midnight at which `work` > 0 has been done. */
static int64_t time_of_work(const struct calendar *c, int64_t work)
{
    int i = 0;

    for (; i < c->hours.n - 1; i++) {
        int64_t part = (int64_t)(c->hours.part[i].to - c->hours.part[i].from) * MINUTE_MS;

        if (work <= part)
            break;
        work -= part;
    }
    return (int64_t)c->hours.part[i].from * MINUTE_MS + work;
}

/* Working time from a fixed origin until `at`. */
static int64_t work_before(const struct calendar *c, int64_t at)
{
    int64_t day = local_day(at, c->offset_min), sum = workdays_before(c, day) * c->day_ms;

    return calendar_is_workday(c, day) ? sum + work_until(c, at - day_start(c, day)) : sum;
}

int64_t calendar_work_ms(const struct calendar *c, int64_t from, int64_t to)
{
    return to > from ? work_before(c, to) - work_before(c, from) : 0;
}

int64_t calendar_add_work(const struct calendar *c, int64_t from, int64_t ms)
{
    if (ms <= 0)
        return from;
    /* Work that ends a day belongs to that day, not to the next morning. */
    int64_t goal = work_before(c, from) + (ms < LIMIT_MS_MAX ? ms : LIMIT_MS_MAX);
    int64_t k = floor_div(goal - 1, c->day_ms);

    return day_start(c, workday_at(c, k)) + time_of_work(c, goal - k * c->day_ms);
}

static int64_t end_of_workday(const struct calendar *c, int64_t from, int64_t n)
{
    int64_t after = local_day(from, c->offset_min) + 1;
    int64_t day = workday_at(c, workdays_before(c, after) + n - 1);

    return day_start(c, day) + (int64_t)c->hours.part[c->hours.n - 1].to * MINUTE_MS;
}

static int64_t times(int64_t n, int64_t unit_ms)
{
    return n < LIMIT_MS_MAX / unit_ms ? n * unit_ms : LIMIT_MS_MAX;
}

int64_t calendar_due(const struct calendar *c, int64_t from, struct limit l)
{
    const int64_t hour = 60LL * MINUTE_MS;

    if (l.n <= 0)
        return from;
    switch (l.unit) {
    case LIMIT_MINUTES:
        return from + times(l.n, MINUTE_MS);
    case LIMIT_HOURS:
        return from + times(l.n, hour);
    case LIMIT_DAYS:
        return from + times(l.n, 24 * hour);
    case LIMIT_WORKING_HOURS:
        return calendar_add_work(c, from, times(l.n, hour));
    case LIMIT_WORKING_DAYS:
        return end_of_workday(c, from, times(l.n, 24 * hour) / (24 * hour));
    case LIMIT_UNSET:
    default:
        return from;
    }
}

bool limit_is_working(struct limit l)
{
    return l.unit == LIMIT_WORKING_HOURS || l.unit == LIMIT_WORKING_DAYS;
}

bool calendar_load(struct sql *db, int64_t district, int offset_min, struct calendar **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    AUTO(calendar_free) struct calendar *c = calendar_create(offset_min, NULL);

    if (!sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query(tx, &calendar_queries[CALENDAR_Q_DAYS], &rows, e, SQL_INT(district)))
        return false;
    while (sql_next(rows))
        calendar_set_day(c, sql_int(rows, 0), sql_int(rows, 1) != 0, sql_text(rows, 2));
    if (!sql_end(&rows, e))
        return false;
    *ret = c;
    c = NULL;
    return true;
}

struct columns {
    int date, working, name;
};

static bool import_row(struct csv *c, const struct columns *col, struct sql_tx *tx, int64_t district,
                       struct err *e)
{
    const char *date = csv_get(c, col->date), *working = csv_get(c, col->working),
               *name = csv_get(c, col->name);
    int64_t day = 0;

    if (!date_parse(date, &day))
        return ERR(e, ERR_INVALID, "calendar.date", "第 %lld 行：“%.40s”不是日期，应如 2026-10-01",
                   "line %lld: \"%.40s\" is no date; write 2026-10-01", (long long)c->line, date);
    if (!str_eq(working, "0") && !str_eq(working, "1"))
        return ERR(e, ERR_INVALID, "calendar.is_workday", "第 %lld 行：is_workday 应为 0 或 1，而不是“%.40s”",
                   "line %lld: is_workday is 0 or 1, not \"%.40s\"", (long long)c->line, working);
    if (utf8_length(name) > CALENDAR_NAME_CHARS)
        return ERR(e, ERR_INVALID, "calendar.name", "第 %lld 行：名称超过 %d 个字",
                   "line %lld: the name is longer than %d characters", (long long)c->line,
                   CALENDAR_NAME_CHARS);
    return sql_run(tx, &calendar_queries[CALENDAR_Q_PUT], e, SQL_INT(district), SQL_INT(day),
                   SQL_INT(working[0] == '1'), SQL_TEXT(name));
}

static bool import_rows(struct csv *c, struct sql_tx *tx, int64_t district, int64_t *ret_days, struct err *e)
{
    struct columns col = {.name = csv_column(c, "name")};

    if (!csv_need(c, "date", &col.date, e) || !csv_need(c, "is_workday", &col.working, e))
        return false;
    for (;;) {
        bool more = false;

        if (!csv_next(c, &more, e))
            return false;
        if (!more)
            return true;
        if (!import_row(c, &col, tx, district, e))
            return false;
        (*ret_days)++;
    }
}

bool calendar_import_csv(struct sql *db, int64_t district, const char *csv, size_t n, int64_t *ret_days,
                         struct err *e)
{
    AUTO(csv_free) struct csv *c = csv_create();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t days = 0;

    if (!csv_begin(c, csv, n, e) || !sql_begin(db, SQL_WRITE, &tx, e) ||
        !import_rows(c, tx, district, &days, e) || !sql_changed(tx, district, e) || !sql_commit(&tx, e))
        return false;
    *ret_days = days;
    return true;
}

bool calendar_put(struct sql_tx *tx, int64_t district, const struct calendar_day *days, size_t n,
                  struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!sql_run(tx, &calendar_queries[CALENDAR_Q_PUT], e, SQL_INT(district), SQL_INT(days[i].day),
                     SQL_INT(days[i].working), SQL_TEXT(days[i].name)))
            return false;
    return sql_changed(tx, district, e);
}
