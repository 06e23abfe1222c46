#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "calendar/calendar.h"
#include "database.h"
#include "test.h"

#include <stdlib.h>

enum { DISTRICT = 330803, EAST_8 = 480, FILE_MAX_BYTES = 4 * 1024 * 1024 };
static const int64_t HOUR = 3600LL * 1000;

/* ---- help ---- */

/* A file of ../shared, or of the folder that WANGGE_SHARED names; NULL if not there. */
static char *shared_file(const char *name, size_t *ret_n)
{
    const char *shared = getenv("WANGGE_SHARED"), *source = getenv("WANGGE_SOURCE");
    char path[1024];

    if (shared != NULL)
        (void)snprintf(path, sizeof path, "%s/%s", shared, name);
    else
        (void)snprintf(path, sizeof path, "%s/../shared/%s", source != NULL ? source : ".", name);
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return NULL;
    char *s = xcalloc(1, FILE_MAX_BYTES);
    *ret_n = fread(s, 1, FILE_MAX_BYTES - 1, f);
    (void)fclose(f);
    return s;
}

static int64_t day(const char *s)
{
    int64_t d = 0;

    check(date_parse(s, &d));
    return d;
}

/* "2024-10-01 09:30" in China. */
static int64_t at(const char *s)
{
    char text[40];
    int64_t ms = 0;

    (void)snprintf(text, sizeof text, "%.10sT%s:00+08:00", s, s + 11);
    check(rfc3339_parse(text, &ms));
    return ms;
}

static bool is_at(int64_t ms, const char *want)
{
    char got[RFC3339_MAX];

    rfc3339_format(ms, EAST_8, got);
    if (ms == at(want))
        return true;
    (void)printf("# got %s, not %s\n", got, want);
    return false;
}

static int64_t due(const struct calendar *c, const char *from, const char *limit)
{
    struct limit l = {LIMIT_UNSET, 0};
    size_t digits = strspn(limit, "0123456789");

    l.n = strtoll(limit, NULL, 10);
    l.unit = str_eq(limit + digits, "m")    ? LIMIT_MINUTES
             : str_eq(limit + digits, "h")  ? LIMIT_HOURS
             : str_eq(limit + digits, "d")  ? LIMIT_DAYS
             : str_eq(limit + digits, "wh") ? LIMIT_WORKING_HOURS
                                            : LIMIT_WORKING_DAYS;
    return calendar_due(c, at(from), l);
}

/* 2024 as the State Council's notice has it: what differs from Monday to Friday. */
static struct calendar *year_2024(void)
{
    static const char *const off[] = {"2024-01-01", "2024-02-12", "2024-02-13", "2024-02-14", "2024-02-15",
                                      "2024-02-16", "2024-04-04", "2024-04-05", "2024-05-01", "2024-05-02",
                                      "2024-05-03", "2024-06-10", "2024-09-16", "2024-09-17", "2024-10-01",
                                      "2024-10-02", "2024-10-03", "2024-10-04", "2024-10-07"};
    static const char *const on[] = {"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28",
                                     "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12"};
    struct calendar *c = calendar_create(EAST_8, NULL);

    for (size_t i = COUNT_OF(on); i-- > 0;) /* backwards: order must not matter */
        calendar_set_day(c, day(on[i]), true, "");
    for (size_t i = 0; i < COUNT_OF(off); i++)
        calendar_set_day(c, day(off[i]), false, "");
    return c;
}

static struct sql *open_db(void)
{
    struct err e = {0};
    struct sql *db = NULL;
    struct sql_options o = {.sync = SQL_SYNC_OFF};

    if (!sql_open(test_database(), &o, &db, &e) || !sql_migrate(db, sql_migrations, sql_n_migrations, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return db;
}

/* ---- days ---- */

TEST(days_follow_monday_to_friday_unless_told)
{
    AUTO(calendar_free) struct calendar *c = calendar_create(EAST_8, NULL);

    check(calendar_is_workday(c, day("2024-10-01")) && !calendar_is_workday(c, day("2024-10-12")));
    check(calendar_is_workday(c, day("1969-12-31")) && !calendar_is_workday(c, day("1969-12-28")));
    check(str_eq(calendar_day_name(c, day("2024-10-01")), ""));
    calendar_set_day(c, day("2024-10-01"), false, "国庆节");
    calendar_set_day(c, day("2024-10-05"), false, "国庆节"); /* a Saturday: only the name is new */
    calendar_set_day(c, day("2024-10-12"), true, "国庆节");
    check(!calendar_is_workday(c, day("2024-10-01")) && calendar_is_workday(c, day("2024-10-12")));
    check(!calendar_is_workday(c, day("2024-10-05")));
    check(str_eq(calendar_day_name(c, day("2024-10-05")), "国庆节"));
    check(calendar_offset_min(c) == EAST_8);
    check(calendar_work_ms(c, at("2024-10-01 00:00"), at("2024-10-14 00:00")) == HOUR * 7 * 9);
    calendar_set_day(c, day("2024-10-01"), true, ""); /* told again: the last word counts */
    check(calendar_is_workday(c, day("2024-10-01")));
    check(calendar_work_ms(c, at("2024-10-01 00:00"), at("2024-10-14 00:00")) == HOUR * 7 * 10);
}

TEST(make_up_days_of_2024_are_worked)
{
    AUTO(calendar_free) struct calendar *c = year_2024();

    check(calendar_is_workday(c, day("2024-02-04")) && calendar_is_workday(c, day("2024-02-18")));
    check(calendar_is_workday(c, day("2024-04-07")) && calendar_is_workday(c, day("2024-04-28")));
    check(calendar_is_workday(c, day("2024-05-11")) && calendar_is_workday(c, day("2024-09-14")));
    check(calendar_is_workday(c, day("2024-09-29")) && calendar_is_workday(c, day("2024-10-12")));
    check(!calendar_is_workday(c, day("2024-10-13")) && !calendar_is_workday(c, day("2024-02-12")));
    /* 262 weekdays, 19 off, 8 made up. */
    check(calendar_work_ms(c, at("2024-01-01 00:00"), at("2025-01-01 00:00")) == HOUR * 7 * 251);
}

/* ---- limits ---- */

TEST(wall_clock_limits_do_not_care_for_holidays)
{
    AUTO(calendar_free) struct calendar *c = year_2024();

    check(is_at(due(c, "2024-10-01 09:00", "20m"), "2024-10-01 09:20"));
    check(is_at(due(c, "2024-10-01 09:00", "4h"), "2024-10-01 13:00"));
    check(is_at(due(c, "2024-10-01 09:00", "3d"), "2024-10-04 09:00"));
    check(due(c, "2024-10-01 09:00", "0d") == at("2024-10-01 09:00"));
    struct limit huge = {LIMIT_DAYS, INT64_MAX}, none = {LIMIT_UNSET, 5},
                 weeks = {LIMIT_WORKING_DAYS, INT64_MAX};
    check(calendar_due(c, 0, huge) > at("2300-01-01 00:00") && calendar_due(c, 77, none) == 77);
    check(calendar_due(c, 0, weeks) > at("2300-01-01 00:00"));
}

TEST(working_days_do_not_count_the_first)
{
    AUTO(calendar_free) struct calendar *c = year_2024();

    /* 国庆: 29 September is a working Sunday, 1 to 7 October are off, 12 is worked. */
    check(is_at(due(c, "2024-09-27 10:00", "1wd"), "2024-09-29 17:30"));
    check(is_at(due(c, "2024-09-27 10:00", "7wd"), "2024-10-12 17:30"));
    check(is_at(due(c, "2024-09-30 16:59", "1wd"), "2024-10-08 17:30"));
    check(is_at(due(c, "2024-10-01 10:00", "1wd"), "2024-10-08 17:30")); /* begun on a holiday */
    check(is_at(due(c, "2024-10-12 23:59", "1wd"), "2024-10-14 17:30"));
    check(is_at(due(c, "2024-02-09 09:00", "5wd"),
                "2024-02-22 17:30")); /* 春节: 18 is worked, 19 to 22 follow */
}

TEST(working_hours_pass_over_lunch_night_and_holidays)
{
    AUTO(calendar_free) struct calendar *c = year_2024();

    check(is_at(due(c, "2024-06-03 09:00", "2wh"), "2024-06-03 11:00"));
    check(is_at(due(c, "2024-06-03 11:30", "1wh"), "2024-06-03 14:00"));
    check(is_at(due(c, "2024-06-03 11:00", "1wh"),
                "2024-06-03 12:00")); /* done at noon, not at half past one */
    check(is_at(due(c, "2024-06-03 12:30", "1wh"), "2024-06-03 14:30"));
    check(is_at(due(c, "2024-06-03 06:00", "7wh"), "2024-06-03 17:30"));
    check(is_at(due(c, "2024-06-03 17:00", "4wh"), "2024-06-04 14:00"));
    check(is_at(due(c, "2024-06-07 17:30", "1wh"), "2024-06-11 10:00")); /* Friday evening, 端午 on Monday */
    check(is_at(due(c, "2024-10-01 10:00", "4wh"), "2024-10-08 14:30"));
    check(is_at(due(c, "2024-09-30 15:30", "4wh"), "2024-10-08 11:00"));
    check(is_at(due(c, "2024-10-12 15:30", "4wh"), "2024-10-14 11:00")); /* a working Saturday */
}

TEST(working_time_is_counted)
{
    AUTO(calendar_free) struct calendar *c = year_2024();

    check(calendar_work_ms(c, at("2024-06-03 11:00"), at("2024-06-03 14:00")) == 3 * HOUR / 2);
    check(calendar_work_ms(c, at("2024-06-03 12:00"), at("2024-06-03 13:30")) == 0);
    check(calendar_work_ms(c, at("2024-09-30 17:30"), at("2024-10-08 09:00")) == 0);
    check(calendar_work_ms(c, at("2024-10-08 09:00"), at("2024-10-08 09:00")) == 0);
    check(calendar_work_ms(c, at("2024-10-09 09:00"), at("2024-10-08 09:00")) == 0);
    check(calendar_work_ms(c, at("1969-12-31 09:00"), at("1970-01-02 09:00")) == 14 * HOUR);
    check(calendar_add_work(c, at("2024-10-01 10:00"), 0) == at("2024-10-01 10:00"));
    check(calendar_add_work(c, at("2024-10-01 10:00"), -5) == at("2024-10-01 10:00"));
}

/* A pause of a 4wh clock: what was left runs on after it. */
TEST(a_pause_moves_the_due_time_by_working_time_only)
{
    AUTO(calendar_free) struct calendar *c = year_2024();
    int64_t started = at("2024-09-30 15:00"), paused = at("2024-09-30 16:30"),
            resumed = at("2024-10-09 11:00");
    struct limit four = {LIMIT_WORKING_HOURS, 4};
    int64_t left = calendar_work_ms(c, paused, calendar_due(c, started, four));

    check(left == 5 * HOUR / 2);
    check(is_at(calendar_add_work(c, resumed, left), "2024-10-09 15:00"));
}

TEST(working_time_comes_back)
{
    static const struct work_hours shifts = {3,
                                             {{0, 6 * 60}, {7 * 60 + 15, 7 * 60 + 16}, {20 * 60, 24 * 60}}};
    AUTO(calendar_free) struct calendar *office = year_2024();
    AUTO(calendar_free) struct calendar *night = calendar_create(-210, &shifts);
    struct rng r = rng_seed(42);

    for (int i = 0; i < 400; i++)
        calendar_set_day(night, 19000 + (int64_t)rng_below(&r, 900), rng_below(&r, 2) != 0, "");
    for (int i = 0; i < 50000; i++) {
        const struct calendar *c = i % 2 != 0 ? office : night;
        int64_t from =
            (18900 + (int64_t)rng_below(&r, 1200)) * 24 * HOUR + (int64_t)rng_below(&r, 24 * (uint64_t)HOUR);
        int64_t x = (int64_t)rng_below(&r, (uint64_t)(i % 3 != 0 ? 30 * HOUR : 3000 * HOUR));
        int64_t to = calendar_add_work(c, from, x);

        check(calendar_work_ms(c, from, to) == x);
        check(x == 0 || calendar_work_ms(c, from, to - 1) == x - 1); /* the earliest such instant */
    }
}

TEST(limits_know_whether_they_run_in_working_time)
{
    check(limit_is_working((struct limit){LIMIT_WORKING_DAYS, 1}));
    check(limit_is_working((struct limit){LIMIT_WORKING_HOURS, 1}));
    check(!limit_is_working((struct limit){LIMIT_DAYS, 1}) &&
          !limit_is_working((struct limit){LIMIT_MINUTES, 1}));
}

/* ---- import and the real years ---- */

static void refused(const char *csv, const char *key, const char *says)
{
    AUTO(sql_close) struct sql *db = open_db();
    struct err e = {0};
    int64_t days = 0;

    check(!calendar_import_csv(db, DISTRICT, csv, strlen(csv), &days, &e));
    check(str_eq(e.key, key) && strstr(e.en, says) != NULL && e.zh[0] != '\0');
}

TEST(bad_days_are_refused_with_their_line)
{
    refused("date,is_workday\n2024-10-01,0\n2024-02-30,0\n", "calendar.date", "line 3");
    refused("date,is_workday\n2024-10-01,yes\n", "calendar.is_workday", "\"yes\"");
    refused("date,name\n2024-10-01,x\n", "csv.column", "is_workday");
    refused("date,is_workday,name\n2024-10-01,0,"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
            "calendar.name", "line 2");
}

TEST(a_calendar_without_names_is_taken_and_corrected)
{
    AUTO(sql_close) struct sql *db = open_db();
    AUTO(calendar_free) struct calendar *c = NULL;
    static const char first[] = "is_workday,date\n0,2024-10-08\n",
                      again[] = "date,is_workday,name\n2024-10-08,1,寒露\n";
    struct err e = {0};
    int64_t n = 0;

    check(calendar_import_csv(db, DISTRICT, first, strlen(first), &n, &e) && n == 1);
    check(calendar_load(db, DISTRICT, EAST_8, &c, &e) && !calendar_is_workday(c, day("2024-10-08")));
    calendar_free(&c);
    check(calendar_import_csv(db, DISTRICT, again, strlen(again), &n, &e) && n == 1);
    check(calendar_load(db, DISTRICT, EAST_8, &c, &e) && calendar_is_workday(c, day("2024-10-08")));
    check(str_eq(calendar_day_name(c, day("2024-10-08")), "寒露"));
    calendar_free(&c);
    check(calendar_load(db, 1, EAST_8, &c, &e) && str_eq(calendar_day_name(c, day("2024-10-08")), ""));
}

/* Compares the loaded calendar with each line: 2024-10-12,1,国庆节,adjusted_workday */
static int check_lines(const struct calendar *c, const char *text)
{
    int n = 0;

    for (const char *line = strchr(text, '\n'); line != NULL && line[1] != '\0';
         line = strchr(line + 1, '\n')) {
        char date[16];

        str_copy(date, 11, line + 1);
        check(calendar_is_workday(c, day(date)) == (line[12] == '1'));
        const char *name = line + 14;
        check(strncmp(calendar_day_name(c, day(date)), name, strcspn(name, ",")) == 0);
        n++;
    }
    return n;
}

TEST(every_day_of_eight_real_years_is_right)
{
    size_t n = 0;
    AUTO(xfree) char *text = shared_file("data/calendar/cn_workdays_2019_2026.csv", &n);
    AUTO(sql_close) struct sql *db = open_db();
    AUTO(calendar_free) struct calendar *c = NULL;
    struct err e = {0};
    int64_t days = 0;

    if (text == NULL)
        return;
    check(calendar_import_csv(db, DISTRICT, text, n, &days, &e) && days == 2922);
    check(calendar_load(db, DISTRICT, EAST_8, &c, &e));
    if (c == NULL)
        return;
    check(check_lines(c, text) == 2922);
    /* Working days as the file itself counts them: weekdays and make-up days. */
    check(calendar_work_ms(c, at("2019-01-01 00:00"), at("2027-01-01 00:00")) == HOUR * 7 * (1942 + 52));
    check(is_at(due(c, "2024-09-27 10:00", "7wd"), "2024-10-12 17:30"));
}
