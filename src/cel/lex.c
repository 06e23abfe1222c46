#include "base/text.h"
#include "cel/cel_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cel_column(const char *text, int at)
{
    int column = 1;
    for (int i = 0; i < at && text[i]; i++)
        column += ((unsigned char)text[i + 1] & 0xC0) != 0x80;
    return column;
}

static bool name_start(char ch)
{
    return isalpha((unsigned char)ch) || ch == '_';
}

static bool name_char(char ch)
{
    return name_start(ch) || isdigit((unsigned char)ch);
}

static void utf8_put(char **to, uint32_t cp)
{
    char *p = *to;
    if (cp < 0x80) {
        *p++ = (char)cp;
    } else if (cp < 0x800) {
        *p++ = (char)(0xC0 | cp >> 6);
    } else if (cp < 0x10000) {
        *p++ = (char)(0xE0 | cp >> 12);
        *p++ = (char)(0x80 | (cp >> 6 & 0x3F));
    } else {
        *p++ = (char)(0xF0 | cp >> 18);
        *p++ = (char)(0x80 | (cp >> 12 & 0x3F));
        *p++ = (char)(0x80 | (cp >> 6 & 0x3F));
    }
    if (cp >= 0x80)
        *p++ = (char)(0x80 | (cp & 0x3F));
    *to = p;
}

/* \x41 \u4e2d \U0001F600 \101: digits of one code point. */
static bool code_escape(struct compiler *c, const char **from, int digits, int base, uint32_t *ret)
{
    const char *s = *from;
    uint32_t cp = 0;
    for (int i = 0; i < digits; i++, s++) {
        int ch = tolower((unsigned char)*s);
        int value = isdigit(ch) ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : 99;
        if (value >= base)
            return CEL_BAD(c, (int)(s - c->text), "cel.syntax", "转义序列这里应为 %d 位数字",
                           "this escape takes %d digits", digits);
        cp = cp * (uint32_t)base + (uint32_t)value;
    }
    if (cp == 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return CEL_BAD(c, (int)(*from - c->text), "cel.syntax", "转义序列不是有效字符",
                       "the escape names no valid character");
    *from = s;
    *ret = cp;
    return true;
}

static bool escape(struct compiler *c, const char **from, char **to)
{
    static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\"``??";
    const char *s = *from + 1;
    uint32_t cp = 0;
    if (*s == 'x' || *s == 'u' || *s == 'U') {
        int digits = *s == 'x' ? 2 : *s == 'u' ? 4 : 8;
        s++;
        if (!code_escape(c, &s, digits, 16, &cp))
            return false;
    } else if (*s >= '0' && *s <= '3') {
        if (!code_escape(c, &s, 3, 8, &cp))
            return false;
    } else {
        for (const char *p = plain; *p && !cp; p += 2)
            cp = p[0] == *s ? (unsigned char)p[1] : 0;
        if (!cp)
            return CEL_BAD(c, (int)(*from - c->text), "cel.syntax", "不认识的转义序列；反斜杠本身写作 \\\\",
                           "unknown escape; a backslash itself is written \\\\");
        s++;
    }
    utf8_put(to, cp);
    *from = s;
    return true;
}

/* s is at the opening quote; content goes to the arena. */
static bool string(struct compiler *c, const char *s, bool raw)
{
    char quote = *s++;
    char *to = arena_alloc(c->a, strlen(s) + 1);
    c->token.type = TOKEN_STRING;
    c->token.s = to;
    while (*s != quote) {
        if (*s == '\0' || *s == '\n')
            return CEL_BAD(c, c->token.at, "cel.syntax", "字符串没有结束，缺少 %c",
                           "this string does not end: missing %c", quote);
        if (*s == '\\' && !raw) {
            if (!escape(c, &s, &to))
                return false;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
    c->token.n = (int)(s + 1 - c->text) - c->token.at;
    return true;
}

static bool number_end(struct compiler *c, const char *end)
{
    c->token.n = (int)(end - c->text) - c->token.at;
    if (name_char(*end) || *end == '.')
        return CEL_BAD(c, c->token.at, "cel.syntax", "数字写法有误；时长写作 duration('5m')",
                       "malformed number; a length of time is written duration('5m')");
    return true;
}

static bool number(struct compiler *c, const char *s)
{
    const char *p = s;
    while (isdigit((unsigned char)*p))
        p++;
    bool real = (*p == '.' && isdigit((unsigned char)p[1])) || ((*p == 'e' || *p == 'E') && p > s);
    char *end = NULL;
    errno = 0;
    if (real) {
        c->token.type = TOKEN_DOUBLE;
        c->token.d = strtod(s, &end);
    } else {
        c->token.type = TOKEN_INT;
        bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
        c->token.i = strtoll(s, &end, hex ? 16 : 10);
    }
    if (errno == ERANGE)
        return CEL_BAD(c, c->token.at, "cel.syntax", "数字超出范围", "the number is out of range");
    return number_end(c, end);
}

/* Chinese input methods give full-width signs: say which key was meant. */
static bool wide_mark(struct compiler *c, const char *s)
{
    static const char *const pairs[][2] = {
        {"（", "("}, {"）", ")"}, {"，", ","}, {"：", ":"}, {"！", "!"}, {"？", "?"}, {"“", "\""},
        {"”", "\""}, {"‘", "'"},  {"’", "'"},  {"＝", "="}, {"＞", ">"}, {"＜", "<"}, {"＆", "&"},
        {"｜", "|"}, {"＋", "+"}, {"－", "-"}, {"【", "["}, {"】", "]"}, {"。", "."}, {"　", " "},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        if (str_starts(s, pairs[i][0]))
            return CEL_BAD(c, c->token.at, "cel.syntax", "全角符号“%s”，请改用半角 %s",
                           "full-width sign \"%s\": write %s", pairs[i][0], pairs[i][1]);
    size_t n = utf8_prefix(s, 1);
    return CEL_BAD(c, c->token.at, "cel.syntax", "这里不能写“%.*s”；文字要加引号",
                   "unexpected \"%.*s\" here; text needs quotes", (int)n, s);
}

static bool mark(struct compiler *c, const char *s)
{
    static const char *const marks[] = {"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-",
                                        "*",  "/",  "%",  "?",  ":",  "(",  ")", "[", "]", ",", "."};
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (str_starts(s, marks[i])) {
            c->token.type = TOKEN_MARK;
            c->token.n = (int)strlen(marks[i]);
            return true;
        }
    }
    if (*s == '=' || *s == '&' || *s == '|')
        return CEL_BAD(c, c->token.at, "cel.syntax", "单个 %c 不是运算符，请写 %c%c",
                       "a single %c is no operator: write %c%c", *s, *s, *s);
    return wide_mark(c, s);
}

bool cel_next(struct compiler *c)
{
    const char *s = c->text + c->token.at + c->token.n;
    while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
        s++;
    c->token = (struct token){.type = TOKEN_END, .at = (int)(s - c->text)};
    if (*s == '\0')
        return true;
    if (*s == '\'' || *s == '"')
        return string(c, s, false);
    if (*s == 'r' && (s[1] == '\'' || s[1] == '"'))
        return string(c, s + 1, true);
    if (isdigit((unsigned char)*s))
        return number(c, s);
    if (!name_start(*s))
        return mark(c, s);
    const char *end = s;
    while (name_char(*end))
        end++;
    c->token.type = TOKEN_NAME;
    c->token.n = (int)(end - s);
    c->token.s = arena_strndup(c->a, s, (size_t)(end - s));
    return true;
}
