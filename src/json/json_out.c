#include "json/json_out.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for n more bytes and the NUL, or fails. */
static bool grow(struct json_out *j, size_t n)
{
    size_t cap = j->cap ? j->cap : 256;

    if (j->failed || n >= j->limit - j->len) {
        j->failed = true;
        return false;
    }
    if (j->len + n >= j->cap) {
        while (cap <= j->len + n)
            cap *= 2;
        j->buf = xrealloc(j->buf, cap);
        j->cap = cap;
    }
    return true;
}

/* Room for n more bytes and the NUL; NULL when failed or past the limit. */
static inline char *room(struct json_out *j, size_t n)
{
    bool fits = !j->failed && j->len + n < j->cap && n < j->limit - j->len;

    return fits || grow(j, n) ? j->buf + j->len : NULL;
}

static inline void put(struct json_out *j, const char *s, size_t n)
{
    char *p = room(j, n);

    if (p == NULL)
        return;
    memcpy(p, s, n);
    p[n] = '\0';
    j->len += n;
}

static bool plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void put_escape(struct json_out *j, char c)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char u = (unsigned char)c;
    char text[6] = {'\\', 'u', '0', '0', digits[u >> 4], digits[u & 15]};

    if (c == '"' || c == '\\')
        text[1] = c;
    else if (c == '\n')
        text[1] = 'n';
    else if (c == '\r')
        text[1] = 'r';
    else if (c == '\t')
        text[1] = 't';
    put(j, text, text[1] == 'u' ? 6 : 2);
}

/* Whether one of eight bytes needs escaping: x - 0x20 borrows from the top bit of a
 * byte below 0x20, (x ^ c) - 1 from that of one that equals c. */
static inline bool special(const char *s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t x, quote, slash;

    memcpy(&x, s, sizeof(x));
    quote = x ^ ones * '"';
    slash = x ^ ones * '\\';
    return (((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops;
}

/* The last eight bytes may overlap those before; so may two halves of fewer. */
static inline bool all_plain(const char *s, size_t n)
{
    enum { STEP = 8, HALF = 4 };

    for (size_t i = 0; i + STEP < n; i += STEP)
        if (special(s + i))
            return false;
    if (n >= STEP)
        return !special(s + n - STEP);
    if (n >= HALF) {
        char both[STEP];

        memcpy(both, s, HALF);
        memcpy(both + HALF, s + n - HALF, HALF);
        return !special(both);
    }
    for (size_t i = 0; i < n; i++)
        if (!plain(s[i]))
            return false;
    return true;
}

static void put_escaped(struct json_out *j, const char *s, size_t n)
{
    size_t start = 0;

    put(j, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        if (plain(s[i]))
            continue;
        put(j, s + start, i - start);
        put_escape(j, s[i]);
        start = i + 1;
    }
    put(j, s + start, n - start);
    put(j, "\"", 1);
}

/* Text without anything to escape, nearly always, goes in as it is. */
static void put_quoted(struct json_out *j, const char *s, size_t n)
{
    char *p;

    if (!all_plain(s, n)) {
        put_escaped(j, s, n);
        return;
    }
    p = room(j, n + 2);
    if (p == NULL)
        return;
    p[0] = '"';
    memcpy(p + 1, s, n);
    p[n + 1] = '"';
    p[n + 2] = '\0';
    j->len += n + 2;
}

/* The comma that may stand before it, and the key. */
static void put_key(struct json_out *j, const char *key, size_t n, bool literal)
{
    size_t comma = j->comma;
    char *p = literal || all_plain(key, n) ? room(j, comma + n + 3) : NULL;

    if (p == NULL) {
        put(j, ",", comma);
        put_escaped(j, key, n);
        put(j, ":", 1);
        return;
    }
    p[0] = ',';
    p[comma] = '"';
    memcpy(p + comma + 1, key, n);
    memcpy(p + comma + 1 + n, "\":", 3);
    j->len += comma + n + 3;
}

void jo_item(struct json_out *j, const char *key, size_t n, bool literal)
{
    bool in_obj = j->depth > 0 && j->close[j->depth - 1] == '}';

    if (in_obj != (key != NULL) || (j->depth == 0 && j->comma))
        j->failed = true;
    if (key != NULL)
        put_key(j, key, n, literal);
    else if (j->comma)
        put(j, ",", 1);
    j->comma = true;
}

/* "{}" or "[]": the first is written, the other closes. */
void jo_open(struct json_out *j, const char *pair)
{
    if (j->depth == JO_DEPTH_MAX) {
        j->failed = true;
        return;
    }
    put(j, pair, 1);
    j->close[j->depth++] = pair[1];
    j->comma = false;
}

void jo_begin(struct json_out *j, size_t limit)
{
    *j = (struct json_out){.limit = limit};
}

void jo_reserve(struct json_out *j, size_t n)
{
    (void)room(j, n);
}

void jo_free(struct json_out *j)
{
    free(j->buf);
    j->buf = NULL;
    j->len = j->cap = 0;
}

void jo_close(struct json_out *j)
{
    if (j->depth == 0) {
        j->failed = true;
        return;
    }
    put(j, &j->close[--j->depth], 1);
    j->comma = true;
}

void jo_put_strn(struct json_out *j, const char *val, size_t n)
{
    if (val == NULL)
        jo_put_null(j);
    else
        put_quoted(j, val, n);
}

/* Writes the decimal digits of v so that they end before `end`; yields the first. */
static char *decimal(char *end, uint64_t v)
{
    do
        *--end = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    return end;
}

void jo_put_int(struct json_out *j, int64_t val)
{
    char text[24], *end = text + sizeof(text), *p = decimal(end, val < 0 ? -(uint64_t)val : (uint64_t)val);

    if (val < 0)
        *--p = '-';
    put(j, p, (size_t)(end - p));
}

/* A decimal of at most 15 digits, 7 of them behind the point, as coordinates and
 * averages are: scaled to an integer it is exact, and dividing it again rounds as
 * reading its text does, so equality proves that the text reads back. */
static bool put_short(struct json_out *j, double val)
{
    enum { PLACES = 7, SCALE = 10000000 };
    double scaled = val * SCALE;
    char text[32], *end = text + sizeof(text), *p, *point;
    uint64_t all;
    int64_t whole;

    if (!(fabs(scaled) < 1e15) || (val == 0 && signbit(val)))
        return false;
    whole = llround(scaled);
    if ((double)whole / SCALE != val)
        return false;
    all = whole < 0 ? -(uint64_t)whole : (uint64_t)whole;
    p = decimal(end, all % SCALE + SCALE); /* the 1 in front keeps the zeros behind the point */
    point = p;
    *point = '.';
    while (end[-1] == '0')
        end--;
    if (end == point + 1)
        end = point;
    p = decimal(point, all / SCALE);
    if (whole < 0)
        *--p = '-';
    put(j, p, (size_t)(end - p));
    return true;
}

void jo_put_num(struct json_out *j, double val)
{
    char text[40];
    int n, precision = fabs(val) < 0x1p-1022 ? 1 : 15; /* below, doubles have fewer digits */

    if (!isfinite(val)) {
        jo_put_null(j);
        return;
    }
    if (put_short(j, val))
        return;
    do
        n = snprintf(text, sizeof(text), "%.*g", precision++, val);
    while (precision <= 17 && strtod(text, NULL) != val);
    put(j, text, (size_t)n);
}

void jo_put_bool(struct json_out *j, bool val)
{
    put(j, val ? "true" : "false", val ? 4 : 5);
}

void jo_put_null(struct json_out *j)
{
    put(j, "null", 4);
}

void jo_put_uuid(struct json_out *j, struct uuid val)
{
    char text[UUID_TEXT_MAX + 1] = "\"";

    if (uuid_is_nil(val)) {
        jo_put_null(j);
        return;
    }
    uuid_format(val, text + 1);
    text[UUID_TEXT_MAX] = '"';
    put(j, text, sizeof(text));
}

void jo_put_time(struct json_out *j, int64_t ms, int offset_min)
{
    char text[RFC3339_MAX + 1] = "\"";
    size_t n;

    if (ms == 0) {
        jo_put_null(j);
        return;
    }
    rfc3339_format(ms, offset_min, text + 1);
    n = strlen(text);
    text[n] = '"'; /* in place of the NUL: nothing in it needs escaping */
    put(j, text, n + 1);
}

void jo_put_raw(struct json_out *j, const char *json)
{
    put(j, json, strlen(json));
}

bool jo_end(struct json_out *j, struct err *e)
{
    if (j->failed || j->depth != 0 || !j->comma)
        return ERR(e, ERR_INTERNAL, "json.output", "答复未能写成（已写 %zu 字节，上限 %zu）",
                   "the answer could not be written (%zu bytes so far, limit %zu)", j->len, j->limit);
    return true;
}
