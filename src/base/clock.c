#include "base/clock.h"

#include <string.h>
#include <time.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, MINUTE_MS = 60 * 1000 };

/* Years -271821 .. 275760: the range of ECMAScript's dates. Instants beyond are
 * taken for its ends, so that no sum below overflows. */
static const int64_t INSTANT_MAX = 8640000000000000;

int64_t time_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t time_monotonic_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Rounds towards minus infinity, as days before 1970 need. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years begin in March here, so that the leap day is a year's last; 400 years
 * are 146097 days, and 719468 days lie between 0000-03-01 and 1970-01-01. */
int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400), of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);

    *ret_day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_month = month;
    *ret_year = (int)(yoe + era * 400 + (month <= 2));
}

int weekday_of_days(int64_t days)
{
    int64_t since_monday = days + 3; /* 1970-01-01 was a Thursday */

    return (int)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

static int64_t local_ms(int64_t ms, int offset_min)
{
    int64_t clamped = ms > INSTANT_MAX ? INSTANT_MAX : ms < -INSTANT_MAX ? -INSTANT_MAX : ms;

    return clamped + (int64_t)offset_min * MINUTE_MS;
}

struct civil civil_from_ms(int64_t ms, int offset_min)
{
    int64_t local = local_ms(ms, offset_min), days = floor_div(local, DAY_MS);
    int rest = (int)(local - days * DAY_MS);
    struct civil c = {0};

    civil_from_days(days, &c.year, &c.month, &c.day);
    c.ms = rest % 1000;
    c.second = rest / 1000 % 60;
    c.minute = rest / MINUTE_MS % 60;
    c.hour = rest / MINUTE_MS / 60;
    return c;
}

int64_t ms_from_civil(struct civil c, int offset_min)
{
    int64_t minutes = (int64_t)c.hour * 60 + c.minute - offset_min;

    return days_from_civil(c.year, c.month, c.day) * DAY_MS + minutes * MINUTE_MS + (int64_t)c.second * 1000 +
           c.ms;
}

int64_t local_day(int64_t ms, int offset_min)
{
    return floor_div(local_ms(ms, offset_min), DAY_MS);
}

/* Writes v, 0..99, in two digits and yields the place behind them. */
static char *two_digits(char *p, int v)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
    return p + 2;
}

/* RFC 3339 has four digits for the year: what lies outside is shown as its edge. */
static char *put_date(char *p, int year, int month, int day)
{
    year = year < 0 ? 0 : year > 9999 ? 9999 : year;
    p = two_digits(two_digits(p, year / 100), year % 100);
    *p++ = '-';
    p = two_digits(p, month);
    *p++ = '-';
    return two_digits(p, day);
}

/* Times that are written one after the other are often of one day. */
static char *put_day(char *p, int64_t days)
{
    static _Thread_local struct {
        int64_t days;
        size_t n;
        char text[16];
    } last;

    if (last.n == 0 || last.days != days) {
        int year, month, day;

        civil_from_days(days, &year, &month, &day);
        last.n = (size_t)(put_date(last.text, year, month, day) - last.text);
        last.days = days;
    }
    memcpy(p, last.text, sizeof(last.text));
    return p + last.n;
}

void rfc3339_format(int64_t ms, int offset_min, char out[RFC3339_MAX])
{
    int64_t local = local_ms(ms, offset_min), days = floor_div(local, DAY_MS);
    int rest = (int)(local - days * DAY_MS), east = offset_min < 0 ? -offset_min : offset_min;
    char *p = put_day(out, days);

    *p++ = 'T';
    p = two_digits(p, rest / MINUTE_MS / 60);
    *p++ = ':';
    p = two_digits(p, rest / MINUTE_MS % 60);
    *p++ = ':';
    p = two_digits(p, rest / 1000 % 60);
    if (rest % 1000 != 0) {
        *p++ = '.';
        *p++ = (char)('0' + rest % 1000 / 100);
        p = two_digits(p, rest % 100);
    }
    *p++ = offset_min < 0 ? '-' : '+';
    p = two_digits(p, east / 60);
    *p++ = ':';
    p = two_digits(p, east % 60);
    *p = '\0';
}

/* Reads exactly n digits at *s as a number in low..high and advances. */
static bool number(const char **s, int n, int low, int high, int *ret)
{
    int v = 0;

    for (int i = 0; i < n; i++) {
        if ((*s)[i] < '0' || (*s)[i] > '9')
            return false;
        v = v * 10 + ((*s)[i] - '0');
    }
    *s += n;
    *ret = v;
    return v >= low && v <= high;
}

static bool letter(const char **s, char upper)
{
    if (**s != upper && **s != upper + ('a' - 'A'))
        return false;
    *s += 1;
    return true;
}

static bool sign(const char **s, char c)
{
    if (**s != c)
        return false;
    *s += 1;
    return true;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool read_date(const char **s, struct civil *c)
{
    return number(s, 4, 0, 9999, &c->year) && sign(s, '-') && number(s, 2, 1, 12, &c->month) &&
           sign(s, '-') && number(s, 2, 1, days_of_month(c->year, c->month), &c->day);
}

/* ".123456": the first three digits count, the rest is dropped. */
static bool read_fraction(const char **s, int *ret_ms)
{
    int unit = 100;

    if (!sign(s, '.'))
        return true;
    if (**s < '0' || **s > '9')
        return false;
    for (; **s >= '0' && **s <= '9'; *s += 1) {
        *ret_ms += (**s - '0') * unit;
        unit /= 10;
    }
    return true;
}

static bool read_time(const char **s, struct civil *c)
{
    return number(s, 2, 0, 23, &c->hour) && sign(s, ':') && number(s, 2, 0, 59, &c->minute) && sign(s, ':') &&
           number(s, 2, 0, 59, &c->second) && read_fraction(s, &c->ms);
}

static bool read_zone(const char **s, int *ret_offset_min)
{
    bool west = **s == '-';
    int hours, minutes;

    if (letter(s, 'Z')) {
        *ret_offset_min = 0;
        return true;
    }
    if (!west && **s != '+')
        return false;
    *s += 1;
    if (!number(s, 2, 0, 23, &hours) || !sign(s, ':') || !number(s, 2, 0, 59, &minutes))
        return false;
    *ret_offset_min = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

bool rfc3339_parse(const char *s, int64_t *ret_ms)
{
    struct civil c = {0};
    int offset_min;

    if (!read_date(&s, &c) || !letter(&s, 'T') || !read_time(&s, &c) || !read_zone(&s, &offset_min) ||
        *s != '\0')
        return false;
    *ret_ms = ms_from_civil(c, offset_min);
    return true;
}

bool date_parse(const char *s, int64_t *ret_days)
{
    struct civil c = {0};

    if (!read_date(&s, &c) || *s != '\0')
        return false;
    *ret_days = days_from_civil(c.year, c.month, c.day);
    return true;
}

void date_format(int64_t days, char out[16])
{
    int year, month, day;

    civil_from_days(days, &year, &month, &day);
    *put_date(out, year, month, day) = '\0';
}
