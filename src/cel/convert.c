/* Values from text and back. What cannot be converted is null, as with an
 * unset field, so that one odd record does not fail a whole rule. */
#include "base/clock.h"
#include "base/text.h"
#include "cel/cel_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHINA_MIN = 480, DAY_MS = 24 * 60 * 60 * 1000 };

bool cel_parse_timestamp(const char *s, int64_t *ret_ms)
{
    int64_t days = 0;
    if (rfc3339_parse(s, ret_ms))
        return true;
    if (!date_parse(s, &days))
        return false;
    *ret_ms = days * DAY_MS - (int64_t)CHINA_MIN * 60 * 1000;
    return true;
}

static int64_t unit_ms(const char **s)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", DAY_MS}};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (str_starts(*s, units[i].name)) {
            *s += strlen(units[i].name);
            return units[i].ms;
        }
    }
    return 0;
}

/* "1.5h": digits, perhaps a fraction, a unit. At most nine digits each. */
static bool duration_part(const char **s, double *ret_ms)
{
    double value = 0, scale = 1;
    int digits = 0, places = 0;
    for (; isdigit((unsigned char)**s); (*s)++, digits++)
        value = value * 10 + (**s - '0');
    if (**s == '.') {
        for ((*s)++; isdigit((unsigned char)**s); (*s)++, places++)
            value += (**s - '0') * (scale /= 10);
        if (places == 0)
            return false;
    }
    int64_t unit = unit_ms(s);
    *ret_ms = value * (double)unit;
    return digits > 0 && digits <= 9 && places <= 9 && unit > 0;
}

bool cel_parse_duration(const char *s, int64_t *ret_ms)
{
    bool negative = *s == '-';
    double sum = 0, part = 0;
    if (negative)
        s++;
    if (!*s || strlen(s) > 64)
        return false;
    while (*s) {
        if (!duration_part(&s, &part))
            return false;
        sum += part;
    }
    *ret_ms = (int64_t)(negative ? -round(sum) : round(sum));
    return true;
}

static struct cel_value to_int(const struct cel_value *v)
{
    int64_t i = 0;
    if (v->type == CEL_INT)
        return *v;
    if (v->type == CEL_TIMESTAMP) {
        int64_t rest = v->i % 1000;
        return CEL_INTV((v->i - rest) / 1000 - (rest < 0));
    }
    if (v->type == CEL_DOUBLE && v->d > -9223372036854775808.0 && v->d < 9223372036854775808.0)
        return CEL_INTV((int64_t)v->d);
    if (v->type == CEL_STRING && parse_int64(v->s, &i))
        return CEL_INTV(i);
    return CEL_NULLV;
}

static struct cel_value to_double(const struct cel_value *v)
{
    struct cel_value d = {.type = CEL_DOUBLE};
    if (v->type == CEL_INT)
        d.d = (double)v->i;
    else if (v->type == CEL_DOUBLE)
        d.d = v->d;
    else if (v->type != CEL_STRING || !parse_double(v->s, &d.d) || !isfinite(d.d))
        return CEL_NULLV;
    return d;
}

/* The shortest text that reads back as the same number. */
static const char *double_text(double d, struct arena *a)
{
    char s[40];
    double back = 0;
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(s, sizeof s, "%.*g", digits, d);
        if (parse_double(s, &back) && back == d)
            break;
    }
    return arena_strdup(a, s);
}

static struct cel_value to_string(const struct cel_value *v, struct arena *a)
{
    char time[RFC3339_MAX];
    switch (v->type) {
    case CEL_STRING:
        return *v;
    case CEL_BOOL:
        return CEL_STR(v->b ? "true" : "false");
    case CEL_INT:
        return CEL_STR(arena_printf(a, "%lld", (long long)v->i));
    case CEL_DOUBLE:
        return CEL_STR(double_text(v->d, a));
    case CEL_TIMESTAMP:
        rfc3339_format(v->i, CHINA_MIN, time);
        return CEL_STR(arena_strdup(a, time));
    case CEL_UNSET:
    case CEL_NULL:
    case CEL_DURATION:
    case CEL_LIST:
    case CEL_DYN:
        break;
    }
    return CEL_NULLV;
}

struct cel_value cel_convert(enum cel_op op, const struct cel_value *v, struct arena *a)
{
    struct cel_value ret = {.type = op == OP_TIMESTAMP ? CEL_TIMESTAMP : CEL_DURATION};
    if (op == OP_INT)
        return to_int(v);
    if (op == OP_DOUBLE)
        return to_double(v);
    if (op == OP_STRING)
        return to_string(v, a);
    if (v->type == ret.type)
        return *v;
    if (v->type != CEL_STRING)
        return CEL_NULLV;
    bool ok = op == OP_TIMESTAMP ? cel_parse_timestamp(v->s, &ret.i) : cel_parse_duration(v->s, &ret.i);
    return ok ? ret : CEL_NULLV;
}
