#include "report/zone.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

/* "+08:00" and "Z", read as RFC 3339 reads them. */
static bool fixed_offset(const char *name, int *ret)
{
    char instant[RFC3339_MAX];
    int64_t ms;

    if (strlen(name) > 6)
        return false;
    (void)snprintf(instant, sizeof(instant), "1970-01-02T00:00:00%s", name);
    if (!rfc3339_parse(instant, &ms))
        return false;
    *ret = (int)((DAY_MS - ms) / MINUTE_MS);
    return true;
}

/* The C library takes an unknown zone for UTC without a word. */
static bool known_name(const char *name)
{
    char path[256];

    if (strchr(name, ',') != NULL)
        return isalpha((unsigned char)name[0]) != 0;
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
        return false;
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%.200s", name);
    return access(path, R_OK) == 0;
}

bool zone_open(const char *name, struct zone *ret, struct err *e)
{
    *ret = (struct zone){0};
    if (fixed_offset(name, &ret->offset_min))
        return true;
    if (!known_name(name))
        return ERR(e, ERR_INVALID, "import.zone",
                   "没有时区“%.40s”：请写 +08:00，或 America/New_York（须装有 tzdata）",
                   "no time zone “%.40s”: write +08:00, or a name like America/New_York (needs tzdata)",
                   name);
    ret->named = true;
    (void)setenv("TZ", name, 1);
    tzset();
    return true;
}

static bool as_dst(struct tm given, int dst, time_t *ret)
{
    struct tm t = given;

    t.tm_isdst = dst;
    *ret = mktime(&t);
    return t.tm_isdst == dst && t.tm_hour == given.tm_hour && t.tm_min == given.tm_min;
}

static int64_t named_instant(const struct tm *t)
{
    time_t at;

    /* Summer time first: of a repeated hour that is the earlier one. */
    if (!as_dst(*t, 1, &at))
        (void)as_dst(*t, 0, &at);
    return (int64_t)at * 1000;
}

static bool whole(const char *text, int64_t unit, int64_t *ret)
{
    if (!parse_int64(text, ret) || *ret > INT64_MAX / 1000 || *ret < INT64_MIN / 1000)
        return false;
    *ret *= unit;
    return true;
}

bool zone_parse(const struct zone *z, const char *format, const char *text, int64_t *ret_ms)
{
    struct tm t = {.tm_mday = 1, .tm_isdst = -1};
    const char *rest;
    int64_t days;

    if (strcmp(format, "rfc3339") == 0)
        return rfc3339_parse(text, ret_ms);
    if (strcmp(format, "epoch") == 0 || strcmp(format, "epoch_ms") == 0)
        return whole(text, format[5] == '\0' ? 1000 : 1, ret_ms);
    rest = strptime(text, format, &t);
    if (rest == NULL || *rest != '\0')
        return false;
    if (strstr(format, "%z") == NULL && z->named) {
        *ret_ms = named_instant(&t);
        return true;
    }
    days = days_from_civil(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
    *ret_ms =
        (days * 86400 + (int64_t)t.tm_hour * 3600 + (int64_t)t.tm_min * 60 + t.tm_sec) * 1000 -
        (strstr(format, "%z") != NULL ? (int64_t)t.tm_gmtoff * 1000 : (int64_t)z->offset_min * MINUTE_MS);
    return true;
}
