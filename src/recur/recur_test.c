#include "base/clock.h"
#include "base/text.h"
#include "recur/recur.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static int64_t day(const char *date)
{
    int64_t d = 0;

    check(date_parse(date, &d));
    return d;
}

/* 2026: 1 to 7 October are holidays, 10 October (a Saturday) is worked. */
static bool autumn(const void *ctx, int64_t d)
{
    (void)ctx;
    if (d >= day("2026-10-01") && d <= day("2026-10-07"))
        return false;
    return d == day("2026-10-10") || weekday_of_days(d) <= 5;
}
static const struct recur_days china = {.works = autumn};

/* The dates between, as "10-08 10-09". */
static const char *dates(const struct recurrence *r, const struct recur_days *d, const char *from,
                         const char *to)
{
    static char text[512];
    int64_t found[40];
    size_t n = recur_between(r, d, day(from), day(to), found, COUNT_OF(found));

    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        char date[16];

        date_format(found[i], date);
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "", date + 5);
    }
    return text;
}

static bool same(const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        (void)printf("# “%s”, not “%s”\n", a, b);
    return strcmp(a, b) == 0;
}

TEST(days_of_rules)
{
    struct recurrence r = {.rule = "FREQ=DAILY", .from_day = day("2024-01-01")};

    check(same(dates(&r, NULL, "2026-11-20", "2026-11-23"), "11-20 11-21 11-22 11-23"));
    r.rule = "FREQ=WEEKLY;INTERVAL=2";
    check(same(dates(&r, NULL, "2026-11-16", "2026-12-20"), "11-16 11-30 12-14"));
    r.rule = "FREQ=MONTHLY;BYDAY=1MO";
    check(same(dates(&r, NULL, "2026-11-01", "2027-01-31"), "11-02 12-07 01-04"));
    r.rule = "FREQ=MONTHLY;BYMONTHDAY=-1";
    check(same(dates(&r, NULL, "2026-01-01", "2026-03-31"), "01-31 02-28 03-31"));
    r.rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1";
    check(same(dates(&r, NULL, "2026-05-01", "2026-06-30"), "05-29 06-30"));
    r.rule = "FREQ=DAILY";
    r.until_day = day("2026-11-21");
    check(same(dates(&r, NULL, "2026-11-20", "2026-11-23"), "11-20 11-21"));
    r.from_day = day("2026-11-21");
    check(same(dates(&r, NULL, "2026-11-01", "2026-11-23"), "11-21"));
}

TEST(moved_to_working_days)
{
    struct recurrence r = {
        .rule = "FREQ=WEEKLY;BYDAY=SA", .from_day = day("2024-01-01"), .workdays = RECUR_NEXT};

    /* Saturday 3 October is a holiday: the eighth. Saturday 10 October is worked. */
    check(same(dates(&r, &china, "2026-10-01", "2026-10-31"), "10-08 10-10 10-19 10-26"));
    check(same(dates(&r, &china, "2026-10-04", "2026-10-09"), "10-08"));
    r.workdays = RECUR_PREVIOUS;
    check(same(dates(&r, &china, "2026-09-28", "2026-10-20"), "09-30 10-10 10-16"));
    r.workdays = RECUR_ONLY;
    check(same(dates(&r, &china, "2026-10-01", "2026-10-31"), "10-10"));
    r.workdays = RECUR_OFF;
    check(same(dates(&r, &china, "2026-10-01", "2026-10-31"), "10-03 10-17 10-24 10-31"));
    /* Every day moved on: a holiday's days fall together and count once. */
    r.rule = "FREQ=DAILY";
    r.workdays = RECUR_NEXT;
    check(same(dates(&r, &china, "2026-09-30", "2026-10-12"), "09-30 10-08 10-09 10-10 10-12"));
}

TEST(next_one)
{
    struct recurrence r = {.rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", .from_day = day("2024-01-01")};
    int64_t d;

    check(recur_next(&r, NULL, day("2024-03-01"), &d) && d == day("2028-02-29"));
    r.until_day = day("2027-12-31");
    check(!recur_next(&r, NULL, day("2024-03-01"), &d));
}

static bool wrong(const char *rule, const char *key, int column)
{
    struct err e = {0};
    int c = 0;

    if (!recur_check(rule, &c, &e) && strcmp(e.key, key) == 0 && c == column)
        return true;
    (void)printf("# %s: %s at %d\n", rule, e.key == NULL ? "fine" : e.key, c);
    return false;
}

TEST(rules_refused)
{
    struct err e = {0};
    char long_rule[RECUR_RULE_MAX + 20];

    check(recur_check("FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2", NULL, &e));
    check(recur_check("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", NULL, &e));
    check(wrong("", "recur.syntax", 1));
    check(wrong("BYDAY=MO;FREQ=WEEKLY", "recur.syntax", 1));
    check(wrong("FREQ=HOURLY", "recur.often", 1));
    check(wrong("FREQ=FORTNIGHTLY", "recur.part", 1));
    check(wrong("FREQ=MONTHLY;BYDAY=XX", "recur.part", 14));
    check(wrong("FREQ=MONTHLY;BYDAY=-9FR;BYSETPOS=1", "recur.never", 1));
    check(wrong("FREQ=MONTHLY;BYDAY=6MO", "recur.never", 1));
    check(recur_check("FREQ=MONTHLY;BYDAY=-5MO", NULL, &e) &&
          recur_check("FREQ=YEARLY;BYDAY=53MO", NULL, &e));
    check(wrong("FREQ=DAILY;INTERVAL=0", "recur.part", 12));
    check(wrong("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=32", "recur.part", 24));
    check(wrong("FREQ=DAILY;UNTIL=20301231", "recur.part", 12));
    check(wrong("FREQ=DAILY;COUNT=3", "recur.part", 12));
    check(wrong("FREQ=DAILY;BYHOUR=3", "recur.part", 12));
    check(wrong("FREQ=DAILY;", "recur.part", 12));
    check(wrong("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "recur.never", 1));
    memset(long_rule, ';', sizeof(long_rule) - 1);
    long_rule[sizeof(long_rule) - 1] = '\0';
    check(wrong(long_rule, "recur.long", 1));
}
