#include "base/base.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/intmap.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool fail_with(struct err *e, int n)
{
    return ERR(e, ERR_CONFLICT, "test.key", "第 %d 个：%s", "number %d: %s", n, "x");
}

TEST(an_error_speaks_both_languages)
{
    struct err e = {.n_details = 3, .retry_after_s = 9};

    check(!fail_with(&e, 7));
    check(e.code == ERR_CONFLICT && str_eq(e.key, "test.key") && strstr(e.where, "base_test.c:") != NULL);
    check(str_eq(e.zh, "第 7 个：x") && str_eq(e.en, "number 7: x"));
    check(e.n_details == 0 && e.retry_after_s == 0);
}

TEST(a_long_error_text_is_cut_between_code_points)
{
    struct err e = {0};
    char many[600] = "";

    for (size_t i = 0; i + 3 < sizeof(many); i += 3)
        memcpy(many + i, "好", 4);
    for (int shift = 0; shift < 3; shift++) {
        (void)ERR(&e, ERR_INTERNAL, "k", "%.*s%s", "%.*s%s", shift, "ab", many);
        check(utf8_valid(e.zh, strlen(e.zh)) && strlen(e.zh) > ERR_TEXT_MAX - 5);
    }
}

TEST(complaints_about_fields_are_collected)
{
    struct err e = {0};

    for (int i = 0; i < ERR_DETAILS_MAX + 3; i++)
        check(!ERR_FIELD(&e, "fields.title", "input.required", "必须填写（%d）", "must be given (%d)", i));
    check(e.code == ERR_INVALID && str_eq(e.key, "input.invalid") && e.n_details == ERR_DETAILS_MAX);
    check(str_eq(e.details[7].field, "fields.title") && str_eq(e.details[7].en, "must be given (7)"));
}

TEST(arena_gives_zeroed_aligned_memory)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);

    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 9000; n = n * 3 + 1) {
            unsigned char *p = arena_alloc(a, n);

            check((uintptr_t)p % _Alignof(max_align_t) == 0 && p[0] == 0 && p[n - 1] == 0);
            memset(p, 0xff, n);
        }
        arena_reset(a);
    }
    check(str_eq(arena_strdup(a, "abc"), "abc") && str_eq(arena_strndup(a, "abc", 2), "ab"));
    check(str_eq(arena_strndup(a, "abc", 9), "abc"));
    check(str_eq(arena_printf(a, "%d-%s", 5, "路灯"), "5-路灯"));
}

TEST(arena_past_its_limit_ends_the_process)
{
    int status = 0;
    pid_t pid;

    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        struct arena *a = arena_create(100);

        (void)close(STDERR_FILENO);
        (void)arena_alloc(a, 60);
        (void)arena_alloc(a, 60);
        _exit(0);
    }
    check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

TEST(buf_sticks_at_its_maximum)
{
    struct buf b;

    buf_init(&b, 10);
    check(str_eq(buf_text(&b), ""));
    buf_str(&b, "12345");
    buf_printf(&b, "%d", 678);
    buf_char(&b, '9');
    check(str_eq(buf_text(&b), "123456789") && !b.failed);
    buf_str(&b, "ab");
    check(b.failed && str_eq(buf_text(&b), "123456789"));
    buf_char(&b, 'a');
    check(b.len == 9);
    buf_clear(&b);
    buf_printf(&b, "%s", "0123456789");
    check(!b.failed && b.len == 10);
    buf_printf(&b, "%s", "");
    check(!b.failed);
    buf_free(&b);
    check(b.s == NULL && b.max == 10);
}

TEST(utf8_is_checked_as_rfc_3629_says)
{
    static const char *const good[] = {"",
                                       "plain ascii of more than eight bytes",
                                       "é",
                                       "衢江区樟潭街道",
                                       "\xef\xbf\xbf",
                                       "\xf0\x9f\x9a\xa8",
                                       "\xf4\x8f\xbf\xbf",
                                       "1234567\xc3\xa9"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe8\xa1",
                                      "\xe8",
                                      "\xff",
                                      "12345678\x80",
                                      "衢\xe8",
                                      "\xe8\xa1\x41"};

    for (size_t i = 0; i < COUNT_OF(good); i++)
        check(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check(!utf8_valid(bad[i], strlen(bad[i])));
    check(!utf8_valid("a\0b", 3) && !utf8_valid("12345678\0", 9));
}

TEST(utf8_is_walked_and_cut)
{
    const char *s = "a衢\xf0\x9f\x9a\xa8", *p = s;

    check(utf8_length(s) == 3 && utf8_prefix(s, 2) == 4 && utf8_prefix(s, 9) == 8);
    check(utf8_next(&p) == 'a' && utf8_next(&p) == 0x8862 && utf8_next(&p) == 0x1f6a8 && utf8_next(&p) == 0);
    check(utf8_cut(s, 0) == 0 && utf8_cut(s, 1) == 1 && utf8_cut(s, 2) == 1 && utf8_cut(s, 3) == 1);
    check(utf8_cut(s, 4) == 4 && utf8_cut(s, 7) == 4 && utf8_cut(s, 8) == 8);
}

TEST(numbers_are_whole_strings)
{
    int64_t i = 0;
    double d = 0;

    check(parse_int64("9223372036854775807", &i) && i == INT64_MAX);
    check(parse_int64("-9223372036854775808", &i) && i == INT64_MIN);
    check(parse_int64("007", &i) && i == 7);
    check(!parse_int64("9223372036854775808", &i) && !parse_int64("-9223372036854775809", &i));
    check(!parse_int64("", &i) && !parse_int64("-", &i) && !parse_int64("+1", &i) && !parse_int64(" 1", &i) &&
          !parse_int64("1x", &i) && i == 7);
    check(parse_double("-1.5e3", &d) && d == -1500);
    check(!parse_double("inf", &d) && !parse_double("nan", &d) && !parse_double("0x10", &d) &&
          !parse_double("1e999", &d) && !parse_double("", &d) && !parse_double("1 ", &d) &&
          !parse_double("-", &d) && d == -1500);
}

TEST(strings_are_compared_and_copied)
{
    char out[6], hex[7];

    check(str_eq(NULL, NULL) && !str_eq("a", NULL) && !str_eq(NULL, "a") && str_eq("a", "a"));
    check(str_starts("abc", "ab") && !str_starts("a", "ab") && str_ends("abc", "bc") && !str_ends("c", "bc"));
    str_copy(out, sizeof(out), "衢江区");
    check(str_eq(out, "衢"));
    str_copy(out, sizeof(out), "12345");
    check(str_eq(out, "12345"));
    str_copy(out, sizeof(out), "123456");
    check(str_eq(out, "12345"));
    hex_encode("\x01\xab\xff", 3, hex);
    check(str_eq(hex, "01abff"));
}

TEST(every_day_of_eight_centuries_counts_up)
{
    int64_t expected = days_from_civil(1600, 1, 1);
    int year, month, day;

    check(days_from_civil(1970, 1, 1) == 0 && days_from_civil(2026, 11, 21) == 20778);
    check(weekday_of_days(0) == 4 && weekday_of_days(20778) == 6 && weekday_of_days(-4) == 7);
    for (int y = 1600; y < 2400; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= 28; d += 27) {
                if (d == 28)
                    expected += 27;
                check(days_from_civil(y, m, d) == expected);
                civil_from_days(expected, &year, &month, &day);
                check(year == y && month == m && day == d);
                if (d == 28) /* on to the first of the next month */
                    for (expected++, civil_from_days(expected, &year, &month, &day); day != 1;)
                        civil_from_days(++expected, &year, &month, &day);
            }
    check(expected == days_from_civil(2400, 1, 1) && expected - days_from_civil(1600, 1, 1) == 2 * 146097);
}

TEST(instants_are_written_and_read)
{
    static const struct {
        const char *text;
        int64_t ms;
        int offset;
    } rows[] = {{"1970-01-01T00:00:00+00:00", 0, 0},
                {"2026-11-21T09:00:00+08:00", 1795222800000, 480},
                {"2026-11-21T09:00:00.007+08:00", 1795222800007, 480},
                {"1969-12-31T23:59:59.999-00:30", 1799999, -30},
                {"2024-02-29T23:59:59+08:00", 1709222399000, 480},
                {"9999-12-31T23:59:59+00:00", 253402300799000, 0}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[RFC3339_MAX];
        int64_t ms = -1;

        rfc3339_format(rows[i].ms, rows[i].offset, out);
        check(str_eq(out, rows[i].text));
        check(rfc3339_parse(rows[i].text, &ms) && ms == rows[i].ms);
        check(ms_from_civil(civil_from_ms(ms, rows[i].offset), rows[i].offset) == ms);
    }
    check(local_day(1795222800000, 480) == 20778 && local_day(-1, 0) == -1 && local_day(-1, 480) == 0);
}

TEST(odd_instants_are_read_or_refused)
{
    static const char *const bad[] = {"",
                                      "2026-11-21",
                                      "2026-11-21T09:00:00",
                                      "2026-11-21 09:00:00Z",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T09:60:00Z",
                                      "2026-11-21T09:00:60Z",
                                      "2026-02-29T09:00:00Z",
                                      "2026-13-01T09:00:00Z",
                                      "2026-00-01T09:00:00Z",
                                      "2026-11-21T09:00:00.Z",
                                      "2026-11-21T09:00:00+0800",
                                      "2026-11-21T09:00:00+24:00",
                                      "2026-11-21T09:00:00Zx",
                                      "26-11-21T09:00:00Z",
                                      "2026-11-21T9:00:00Z"};
    int64_t ms = 5, day = 5;
    char out[RFC3339_MAX];

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check(!rfc3339_parse(bad[i], &ms) && ms == 5);
    check(rfc3339_parse("2026-11-21t01:00:00.1239z", &ms) && ms == 1795222800123);
    check(date_parse("2000-02-29", &day) && day == 11016 && !date_parse("1900-02-29", &day));
    check(!date_parse("2026-11-31", &day) && !date_parse("2026-11-2", &day) &&
          !date_parse("2026-11-21x", &day));
    date_format(11016, out);
    check(str_eq(out, "2000-02-29"));
    rfc3339_format(INT64_MAX, 480, out);
    rfc3339_format(INT64_MIN, -720, out);
    check(strlen(out) < RFC3339_MAX);
}

TEST(uuids_are_in_time_order)
{
    static const uint8_t ff[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    char text[UUID_TEXT_MAX];
    struct uuid last = uuid_make(), u;

    uuid_format(uuid_v7(0x0123456789ab, ff), text);
    check(str_eq(text, "01234567-89ab-7fff-bfff-ffffffffffff"));
    check(uuid_parse("01234567-89AB-7fff-bfff-ffffffffffff", &u) && uuid_eq(u, uuid_v7(0x0123456789ab, ff)));
    check(!uuid_is_nil(u) && uuid_is_nil((struct uuid){0}));
    for (int i = 0; i < 20000; i++) { /* more than one millisecond's counter holds */
        u = uuid_make();
        check(uuid_cmp(last, u) < 0 && u.b[6] >> 4 == 7 && u.b[8] >> 6 == 2);
        last = u;
    }
}

TEST(bad_uuids_are_refused)
{
    static const char *const bad[] = {"",
                                      "01234567-89ab-7fff-bfff-fffffffffff",
                                      "01234567-89ab-7fff-bfff-ffffffffffff0",
                                      "0123456789ab-7fff-bfff-ffffffffffff",
                                      "01234567-89ab-7fff-bfff-fffffffffffg",
                                      "{01234567-89ab-7fff-bfff-ffffffffffff}"};
    struct uuid u;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check(!uuid_parse(bad[i], &u));
}

TEST(chance_repeats_with_its_seed)
{
    struct rng a = rng_seed(42), b = rng_seed(42), c = rng_seed(43);
    int buckets[10] = {0};
    bool differs = false;

    for (int i = 0; i < 100; i++) {
        uint64_t x = rng_next(&a);

        check(x == rng_next(&b));
        differs = differs || x != rng_next(&c);
    }
    check(differs);
    for (int i = 0; i < 10000; i++) {
        double unit = rng_unit(&a);

        buckets[rng_below(&a, 10)]++;
        check(unit >= 0 && unit < 1);
    }
    for (int i = 0; i < 10; i++)
        check(buckets[i] > 850 && buckets[i] < 1150);
    check(rng_below(&a, 1) == 0);
    a = b;
    check(uuid_eq(rng_uuid(&a, 5), rng_uuid(&b, 5)));
}

/* The sequence must stay what it is: simulated districts are told by their seed. */
TEST(chance_is_the_published_generator)
{
    struct rng r = {.s = {1, 2, 3, 4}}; /* the reference values of xoshiro256** for this state */

    check(rng_next(&r) == 11520 && rng_next(&r) == 0 && rng_next(&r) == 1509978240 &&
          rng_next(&r) == 1215971899390074240);
}

TEST(a_log_line_stays_one_line)
{
    int ends[2], old = dup(STDERR_FILENO);
    char got[512] = "";
    ssize_t n;
    struct err e = {0};

    check(pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    log_threshold(LOG_INFO);
    log_line(LOG_DEBUG, "silent");
    (void)ERR(&e, ERR_INTERNAL, "test.bad", "坏", "bad\nthing");
    log_err("testing", &e);
    check(dup2(old, STDERR_FILENO) >= 0);
    n = read(ends[0], got, sizeof(got) - 1);
    check(n > 0 && got[n - 1] == '\n' && strchr(got, '\n') == got + n - 1);
    check(strstr(got, " error doing=testing key=test.bad where=") != NULL &&
          strstr(got, "text=\"bad thing\"") != NULL);
    check(strstr(got, "silent") == NULL);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(old);
}

/* Numbers that fall on one place, and enough of them to grow. */
TEST(an_intmap_keeps_what_it_was_told)
{
    enum { MANY = 5000 };
    struct intmap m = {0};

    check(intmap_get(&m, 7) == 0);
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < MANY; i++) {
            uint32_t *at = intmap_place(&m, (i * 3 + round) << 32);

            check(*at == 0);
            *at = (uint32_t)i + 1;
        }
        for (uint64_t i = 0; i < MANY; i++)
            check(intmap_get(&m, (i * 3 + round) << 32) == i + 1 &&
                  *intmap_place(&m, (i * 3 + round) << 32) == i + 1 &&
                  intmap_get(&m, ((i * 3 + round) << 32) + 1) == 0);
        check(m.n == MANY);
        intmap_clear(&m);
        check(m.n == 0 && intmap_get(&m, round << 32) == 0);
    }
    intmap_free(&m);
}
