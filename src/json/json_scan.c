#include "json/json_scan.h"

#include "base/limits.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What may stand at s->at. The FIRST_ ones also take the end of the container. */
enum want { WANT_UNSET = 0, WANT_VALUE, WANT_FIRST_VALUE, WANT_NAME, WANT_FIRST_NAME, WANT_MORE };

struct scan {
    const char *text;
    size_t n, at; /* at <= n */
    enum want want;
    int depth;
    bool in_obj[LIMIT_JSON_DEPTH];
    size_t members;
    struct err *e;
};

/* The next byte, 0 at the end; the text itself holds none, being checked UTF-8. */
static char peek(const struct scan *s)
{
    if (s->at == s->n)
        return '\0';
    return s->text[s->at];
}

static bool take(struct scan *s, char c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

static bool refuse(const struct scan *s, const char *zh, const char *en)
{
    return ERR(s->e, ERR_MALFORMED, "json.malformed", "JSON 在第 %1$zu 字节处有误：%2$s%3$.0s",
               "the JSON is wrong at byte %1$zu: %3$s%2$.0s", s->at + 1, zh, en);
}

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_blanks(struct scan *s)
{
    while (blank(peek(s)))
        s->at++;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(struct scan *s)
{
    size_t start = s->at;

    while (digit(peek(s)))
        s->at++;
    return s->at - start;
}

static int hex_digit(char c)
{
    if (digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind \u; -1 if they are not that. */
static int scan_hex4(struct scan *s)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        int d = hex_digit(peek(s));

        if (d < 0)
            return -1;
        v = v << 4 | d;
        s->at++;
    }
    return v;
}

static bool low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Behind the backslash. */
static bool scan_escape(struct scan *s)
{
    char c = peek(s);
    int unit;

    if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
        return refuse(s, "没有这种转义", "there is no such escape");
    s->at++;
    if (c != 'u')
        return true;
    unit = scan_hex4(s);
    if (unit < 0)
        return refuse(s, "\\u 之后应有四位十六进制数字", "four hexadecimal digits must follow \\u");
    if (unit == 0)
        return refuse(s, "文本中不得有 \\u0000", "text must not hold \\u0000");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (low_surrogate(unit) || !take(s, '\\') || !take(s, 'u') || !low_surrogate(scan_hex4(s)))
        return refuse(s, "\\u 代理项必须成对", "\\u surrogates must come in pairs");
    return true;
}

/* Behind the opening quote, to behind the closing one. */
static bool scan_string(struct scan *s)
{
    for (;;) {
        unsigned char c = (unsigned char)peek(s);

        if (c == '\0')
            return refuse(s, "字符串没有结束", "the string does not end");
        if (c < 0x20)
            return refuse(s, "字符串中的控制字符须转义", "a control character in a string must be escaped");
        s->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !scan_escape(s))
            return false;
    }
}

/* Integers must fit 64 bits, others be finite: rounding one silently would
 * change an id or an amount. */
static bool check_number(struct scan *s, size_t start, bool integer)
{
    char text[64];
    int64_t i;
    size_t n = s->at - start;

    if (n >= sizeof(text)) {
        s->at = start;
        return refuse(s, "数字长于 63 个字符", "the number has more than 63 characters");
    }
    memcpy(text, s->text + start, n);
    text[n] = '\0';
    if (integer ? parse_int64(text, &i) : isfinite(strtod(text, NULL)))
        return true;
    s->at = start;
    return refuse(s, "数字超出 64 位的范围", "the number does not fit 64 bits");
}

static bool scan_number(struct scan *s)
{
    size_t start = s->at;
    bool integer = true;

    (void)take(s, '-');
    if (!take(s, '0') && skip_digits(s) == 0)
        return refuse(s, "此处应有数字", "a digit is expected here");
    if (take(s, '.')) {
        integer = false;
        if (skip_digits(s) == 0)
            return refuse(s, "小数点后应有数字", "a digit must follow the point");
    }
    if (take(s, 'e') || take(s, 'E')) {
        integer = false;
        if (!take(s, '+'))
            (void)take(s, '-');
        if (skip_digits(s) == 0)
            return refuse(s, "指数应有数字", "the exponent must have digits");
    }
    return check_number(s, start, integer);
}

static bool scan_literal(struct scan *s)
{
    static const char *const literals[] = {"null", "true", "false"};

    for (size_t i = 0; i < COUNT_OF(literals); i++) {
        size_t n = strlen(literals[i]);

        if (s->n - s->at >= n && memcmp(s->text + s->at, literals[i], n) == 0) {
            s->at += n;
            return true;
        }
    }
    if (s->at == s->n)
        return refuse(s, "内容到此中断，应有一个值", "it ends here, where a value is expected");
    return refuse(s, "此处应有一个值", "a value is expected here");
}

static bool open_container(struct scan *s, bool obj)
{
    if (s->depth == LIMIT_JSON_DEPTH)
        return ERR(s->e, ERR_MALFORMED, "json.depth", "JSON 嵌套超过 %d 层（第 %zu 字节处）",
                   "the JSON is nested deeper than %d levels (at byte %zu)", LIMIT_JSON_DEPTH, s->at + 1);
    s->at++;
    s->in_obj[s->depth++] = obj;
    s->want = obj ? WANT_FIRST_NAME : WANT_FIRST_VALUE;
    return true;
}

static void close_container(struct scan *s)
{
    s->at++;
    s->depth--;
    s->want = WANT_MORE;
}

static bool step_value(struct scan *s)
{
    char c = peek(s);

    if (c == ']' && s->want == WANT_FIRST_VALUE) {
        close_container(s);
        return true;
    }
    if (c == '{' || c == '[')
        return open_container(s, c == '{');
    s->want = WANT_MORE;
    if (take(s, '"'))
        return scan_string(s);
    return c == '-' || digit(c) ? scan_number(s) : scan_literal(s);
}

static bool step_name(struct scan *s)
{
    if (peek(s) == '}' && s->want == WANT_FIRST_NAME) {
        close_container(s);
        return true;
    }
    if (!take(s, '"'))
        return refuse(s, "此处应有带引号的名称", "a name in quotes is expected here");
    if (!scan_string(s))
        return false;
    skip_blanks(s);
    if (!take(s, ':'))
        return refuse(s, "名称之后应有冒号", "a colon must follow the name");
    s->members += s->depth == 1;
    s->want = WANT_VALUE;
    return true;
}

static bool step_more(struct scan *s)
{
    bool obj = s->in_obj[s->depth - 1];

    if (peek(s) == (obj ? '}' : ']')) {
        close_container(s);
        return true;
    }
    if (!take(s, ','))
        return obj ? refuse(s, "此处应有逗号或 }", "a comma or } is expected here")
                   : refuse(s, "此处应有逗号或 ]", "a comma or ] is expected here");
    s->want = obj ? WANT_NAME : WANT_VALUE;
    return true;
}

static bool step(struct scan *s)
{
    if (s->want == WANT_MORE)
        return step_more(s);
    return s->want == WANT_NAME || s->want == WANT_FIRST_NAME ? step_name(s) : step_value(s);
}

bool json_scan(const char *text, size_t n, size_t *ret_members, struct err *e)
{
    struct scan s = {.text = text, .n = n, .want = WANT_VALUE, .e = e};

    if (!utf8_valid(text, n))
        return ERR(e, ERR_MALFORMED, "json.utf8", "JSON 不是正确的 UTF-8 文本，或含有 NUL",
                   "the JSON is not valid UTF-8, or holds a NUL");
    do {
        skip_blanks(&s);
        if (!step(&s))
            return false;
    } while (s.depth > 0 || s.want != WANT_MORE);
    skip_blanks(&s);
    if (s.at < n)
        return refuse(&s, "值之后还有多余的内容", "there is something behind the value");
    *ret_members = s.members;
    return true;
}
