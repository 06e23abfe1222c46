/* Civil times of an import: offsets, zones with daylight saving, formats. */
#include "base/clock.h"
#include "report/zone.h"
#include "test.h"

#include <string.h>

#define FORMAT "%Y-%m-%d %H:%M:%S"

static int64_t read(const struct zone *z, const char *format, const char *text)
{
    int64_t ms = -1;

    return zone_parse(z, format, text, &ms) ? ms : INT64_MIN;
}

static int64_t utc(const char *rfc3339)
{
    int64_t ms = 0;

    check(rfc3339_parse(rfc3339, &ms));
    return ms;
}

static struct zone zone(const char *name)
{
    struct zone z = {0};
    struct err e = {0};

    check(zone_open(name, &z, &e));
    return z;
}

TEST(fixed_offsets)
{
    struct zone china = zone("+08:00"), west = zone("-04:30"), zulu = zone("Z");

    check(!china.named && china.offset_min == 480 && west.offset_min == -270 && zulu.offset_min == 0);
    check(read(&china, FORMAT, "2026-11-21 09:00:00") == utc("2026-11-21T01:00:00Z"));
    check(read(&west, "%d.%m.%Y %H:%M", "21.11.2026 09:00") == utc("2026-11-21T13:30:00Z"));
    check(read(&zulu, "%Y-%m-%d", "1969-12-31") == -86400000);
}

TEST(formats_of_their_own)
{
    struct zone china = zone("+08:00");

    check(read(&china, "rfc3339", "2026-11-21T09:00:00+02:00") == utc("2026-11-21T07:00:00Z"));
    check(read(&china, "epoch", "1700000000") == INT64_C(1700000000000));
    check(read(&china, "epoch_ms", "1700000000123") == INT64_C(1700000000123));
    check(read(&china, FORMAT " %z", "2026-11-21 09:00:00 -0500") == utc("2026-11-21T14:00:00Z"));
}

TEST(what_is_no_time)
{
    static const char *const wrong[] = {"", "yesterday", "2026-11-21", "2026-11-21 09:00:00 pm",
                                        "2026-13-01 00:00:00"};
    struct zone china = zone("+08:00");

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        check(read(&china, FORMAT, wrong[i]) == INT64_MIN);
    check(read(&china, "epoch", "9223372036854775807") == INT64_MIN);
    check(read(&china, "rfc3339", "2026-11-21 09:00") == INT64_MIN);
}

TEST(unknown_zones)
{
    static const char *const wrong[] = {"",   "Mars/Olympus", "../../etc/passwd", "/etc/localtime",
                                        "+8", "+25:00"};

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct zone z;
        struct err e = {0};

        check(!zone_open(wrong[i], &z, &e));
        check(e.key != NULL && strcmp(e.key, "import.zone") == 0);
    }
}

/* The rule of the eastern United States since 2007, without need of tzdata. */
TEST(daylight_saving)
{
    struct zone z = zone("EST5EDT,M3.2.0,M11.1.0");

    check(z.named);
    check(read(&z, FORMAT, "2011-07-01 01:32:33") == utc("2011-07-01T05:32:33Z"));
    check(read(&z, FORMAT, "2011-12-01 12:00:00") == utc("2011-12-01T17:00:00Z"));
    /* 6 November 2011: 01:30 comes twice, the first is meant. */
    check(read(&z, FORMAT, "2011-11-06 00:59:59") == utc("2011-11-06T04:59:59Z"));
    check(read(&z, FORMAT, "2011-11-06 01:30:00") == utc("2011-11-06T05:30:00Z"));
    check(read(&z, FORMAT, "2011-11-06 02:00:00") == utc("2011-11-06T07:00:00Z"));
    /* 13 March 2011: 02:30 does not come; by the clock of before it is 03:30 of summer. */
    check(read(&z, FORMAT, "2011-03-13 02:30:00") == utc("2011-03-13T07:30:00Z"));
    check(read(&z, FORMAT, "2011-03-13 03:00:00") == utc("2011-03-13T07:00:00Z"));
}
