#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t HIGH_BITS = 0x8080808080808080U;

/* True if any of the eight bytes is NUL (exact when no high bit is set). */
static bool has_nul(uint64_t w)
{
    return ((w - 0x0101010101010101U) & ~w & HIGH_BITS) != 0;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the well-formed sequence at p, 0 if there is none before end. The
 * second byte's range excludes overlong forms, surrogates and what is above
 * U+10FFFF. */
static size_t sequence(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);
    unsigned char c = p[0], low = 0x80, high = 0xbf;

    if (c < 0x80)
        return c != 0;
    if (c < 0xc2 || c > 0xf4 || left < 2)
        return 0;
    if (c < 0xe0)
        return is_tail(p[1]) ? 2 : 0;
    low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : low;
    high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : high;
    if (p[1] < low || p[1] > high)
        return 0;
    if (c < 0xf0)
        return left >= 3 && is_tail(p[2]) ? 3 : 0;
    return left >= 4 && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
}

bool utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s, *end = p + n;

    while (p < end) {
        size_t step;
        uint64_t w;

        while (end - p >= 8) {
            memcpy(&w, p, 8);
            if ((w & HIGH_BITS) != 0 || has_nul(w))
                break;
            p += 8;
        }
        if (p == end)
            break;
        step = sequence(p, end);
        if (step == 0)
            return false;
        p += step;
    }
    return true;
}

size_t utf8_length(const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++)
        n += !is_tail((unsigned char)*s);
    return n;
}

uint32_t utf8_next(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    uint32_t c = p[0];
    int tails = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

    if (c == 0)
        return 0;
    if (tails > 0)
        c &= 0x3fU >> tails;
    for (int i = 1; i <= tails && is_tail(p[i]); i++)
        c = c << 6 | (p[i] & 0x3fU);
    *s += 1;
    while (tails-- > 0 && is_tail((unsigned char)**s))
        *s += 1;
    return c;
}

size_t utf8_prefix(const char *s, size_t chars)
{
    const char *p = s;

    while (chars-- > 0 && *p != '\0')
        (void)utf8_next(&p);
    return (size_t)(p - s);
}

size_t utf8_cut(const char *s, size_t n)
{
    size_t start = n;

    while (start > 0 && n - start < 3 && is_tail((unsigned char)s[start - 1]))
        start--;
    if (start == 0 || (unsigned char)s[start - 1] < 0xc0)
        return n;
    start--;
    return sequence((const unsigned char *)s + start, (const unsigned char *)s + n) == n - start ? n : start;
}

bool parse_int64(const char *s, int64_t *ret)
{
    bool minus = *s == '-';
    int64_t v = 0;

    s += minus;
    if (*s == '\0')
        return false;
    for (; *s != '\0'; s++) {
        int digit = *s - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
            (minus ? __builtin_sub_overflow(v, digit, &v) : __builtin_add_overflow(v, digit, &v)))
            return false;
    }
    *ret = v;
    return true;
}

bool parse_double(const char *s, double *ret)
{
    char *end;
    double v;

    /* strtod() also takes blanks, hexadecimal, "inf" and "nan" */
    if (strspn(s, "0123456789+-.eE") != strlen(s) || !(isdigit((unsigned char)*s) || *s == '-'))
        return false;
    v = strtod(s, &end);
    if (end == s || *end != '\0' || !isfinite(v))
        return false;
    *ret = v;
    return true;
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);

    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

void str_copy(char *dst, size_t size, const char *src)
{
    size_t n = strnlen(src, size);

    if (n == size)
        n = utf8_cut(src, size - 1);
    memcpy(dst, src, n);
    dst[n] = '\0';
}

void hex_encode(const void *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = '\0';
}
