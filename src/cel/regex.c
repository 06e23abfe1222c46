/* Patterns for matches(): the common core of RE2 and POSIX extended syntax, run
 * as a set of states that moves along the text (Thompson's construction), so that no
 * pattern and no text can make it take long. Our own because regcomp() counts
 * bytes instead of characters in the C locale, can be made to eat memory by {}, and
 * would need freeing; a program in the arena is immutable and any thread may run it. */
#include "base/text.h"
#include "cel/cel_internal.h"

#include <string.h>

enum { RANGES_MAX = 32, REPEAT_MAX = 255 };

enum step_op {
    STEP_UNSET = 0,
    STEP_CHAR,  /* code point x */
    STEP_ANY,   /* but a line end */
    STEP_CLASS, /* one of the ranges */
    STEP_BEGIN,
    STEP_END,
    STEP_SPLIT, /* go on at +x and at +y */
    STEP_JUMP,  /* go on at +x */
    STEP_FOUND,
};
struct range {
    uint32_t from, to;
};
struct ranges {
    bool negate;
    int n;
    struct range range[RANGES_MAX];
};
struct step {
    enum step_op op;
    int x, y;
    const struct ranges *ranges;
};
struct cel_regex {
    int n;
    const struct step *steps;
};

struct maker {
    struct arena *a;
    const char *s;
    struct step steps[CEL_REGEX_STATES];
    int n;
    const char *zh, *en; /* what is wrong */
};

/* Recursion is as deep as groups and bars are many: fewer than the pattern's characters. */
static bool alternatives(struct maker *m);

static bool bad(struct maker *m, const char *zh, const char *en)
{
    m->zh = zh;
    m->en = en;
    return false;
}

/* Room for n steps at `at`; what was there moves up. Jumps are relative and never
 * leave their fragment, so moving a whole fragment keeps them right. */
static bool open_gap(struct maker *m, int at, int n)
{
    if (m->n + n > CEL_REGEX_STATES - 1)
        return bad(m, "太大", "it is too large");
    memmove(&m->steps[at + n], &m->steps[at], sizeof m->steps[0] * (size_t)(m->n - at));
    m->n += n;
    return true;
}

static bool emit(struct maker *m, struct step s)
{
    if (!open_gap(m, m->n, 1))
        return false;
    m->steps[m->n - 1] = s;
    return true;
}

static bool add_range(struct maker *m, struct ranges *r, uint32_t from, uint32_t to)
{
    if (from > to)
        return bad(m, "字符范围前后颠倒", "a range of characters is the wrong way round");
    if (r->n == RANGES_MAX)
        return bad(m, "方括号内字符范围过多", "too many ranges in brackets");
    r->range[r->n++] = (struct range){from, to};
    return true;
}

/* \d \w \s, or the character itself. */
static bool escape_class(struct maker *m, char ch, struct ranges *r)
{
    if (ch == 'd' || ch == 'w') {
        bool ok = add_range(m, r, '0', '9');
        if (ch == 'w')
            ok = ok && add_range(m, r, 'A', 'Z') && add_range(m, r, 'a', 'z') && add_range(m, r, '_', '_');
        return ok;
    }
    return add_range(m, r, '\t', '\r') && add_range(m, r, ' ', ' ');
}

/* After a backslash: a class, or *ret_cp. */
static bool escaped(struct maker *m, struct ranges *r, uint32_t *ret_cp)
{
    char ch = *m->s;
    *ret_cp = 0;
    if (ch == '\0' || (strchr("bBAzZ", ch) && ch) || (ch >= '0' && ch <= '9'))
        return bad(m, "不支持这个反斜杠序列", "this backslash sequence is not supported");
    if (strchr("dws", ch)) {
        m->s++;
        return escape_class(m, ch, r);
    }
    *ret_cp = ch == 'n' ? '\n' : ch == 't' ? '\t' : ch == 'r' ? '\r' : utf8_next(&m->s);
    if (ch == 'n' || ch == 't' || ch == 'r')
        m->s++;
    return true;
}

static bool named_class(struct maker *m, struct ranges *r)
{
    static const struct {
        const char *name;
        struct range range[3];
    } classes[] = {
        {"[:alpha:]", {{'A', 'Z'}, {'a', 'z'}, {0, 0}}},
        {"[:digit:]", {{'0', '9'}, {0, 0}, {0, 0}}},
        {"[:alnum:]", {{'A', 'Z'}, {'a', 'z'}, {'0', '9'}}},
        {"[:upper:]", {{'A', 'Z'}, {0, 0}, {0, 0}}},
        {"[:lower:]", {{'a', 'z'}, {0, 0}, {0, 0}}},
        {"[:space:]", {{'\t', '\r'}, {' ', ' '}, {0, 0}}},
        {"[:xdigit:]", {{'A', 'F'}, {'a', 'f'}, {'0', '9'}}},
    };
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (!str_starts(m->s, classes[i].name))
            continue;
        m->s += strlen(classes[i].name);
        for (size_t k = 0; k < 3 && classes[i].range[k].to; k++)
            if (!add_range(m, r, classes[i].range[k].from, classes[i].range[k].to))
                return false;
        return true;
    }
    return bad(m, "不认识的字符类", "unknown class of characters");
}

/* One character of a class, or *ret_cp 0 when it was a class of its own. */
static bool class_char(struct maker *m, struct ranges *r, uint32_t *ret_cp)
{
    if (*m->s == '\\') {
        m->s++;
        return escaped(m, r, ret_cp);
    }
    *ret_cp = 0;
    if (str_starts(m->s, "[:"))
        return named_class(m, r);
    *ret_cp = utf8_next(&m->s);
    return true;
}

/* After '['. */
static bool class(struct maker *m)
{
    struct ranges *r = arena_new(m->a, struct ranges);
    if (*m->s == '^') {
        r->negate = true;
        m->s++;
    }
    for (bool first = true; first || *m->s != ']'; first = false) {
        uint32_t from = 0, to = 0;
        if (*m->s == '\0')
            return bad(m, "方括号没有结束", "a bracket is not closed");
        if (!class_char(m, r, &from))
            return false;
        to = from;
        if (from && m->s[0] == '-' && m->s[1] != ']' && m->s[1] != '\0') {
            m->s++;
            if (!class_char(m, r, &to))
                return false;
        }
        if (from && !add_range(m, r, from, to))
            return false;
    }
    m->s++;
    return emit(m, (struct step){.op = STEP_CLASS, .ranges = r});
}

static bool group(struct maker *m)
{
    if (m->s[0] == '?' && m->s[1] == ':')
        m->s += 2;
    if (!alternatives(m))
        return false;
    if (*m->s != ')')
        return bad(m, "圆括号没有结束", "a group is not closed");
    m->s++;
    return true;
}

static bool backslash(struct maker *m)
{
    struct ranges *r = arena_new(m->a, struct ranges);
    uint32_t cp = 0;
    if (*m->s == 'D' || *m->s == 'W' || *m->s == 'S') {
        r->negate = true;
        if (!escape_class(m, (char)(*m->s++ | 0x20), r))
            return false;
    } else if (!escaped(m, r, &cp)) {
        return false;
    }
    return emit(m, cp ? (struct step){.op = STEP_CHAR, .x = (int)cp}
                      : (struct step){.op = STEP_CLASS, .ranges = r});
}

static bool atom(struct maker *m)
{
    const char *at = m->s;
    uint32_t cp = utf8_next(&m->s);
    switch (cp) {
    case '(':
        return group(m);
    case '[':
        return class(m);
    case '\\':
        return backslash(m);
    case '.':
        return emit(m, (struct step){.op = STEP_ANY});
    case '^':
        return emit(m, (struct step){.op = STEP_BEGIN});
    case '$':
        return emit(m, (struct step){.op = STEP_END});
    case '*':
    case '+':
    case '?':
    case '{':
        m->s = at;
        return bad(m, "重复号前面没有内容", "nothing to repeat");
    default:
        return emit(m, (struct step){.op = STEP_CHAR, .x = (int)cp});
    }
}

/* --- repetition of the fragment from `from` to the end --- */

static bool optional(struct maker *m, int from)
{
    int n = m->n - from;
    if (!open_gap(m, from, 1))
        return false;
    m->steps[from] = (struct step){.op = STEP_SPLIT, .x = 1, .y = n + 1};
    return true;
}

static bool star(struct maker *m, int from)
{
    return optional(m, from) &&
           (m->steps[from].y++, emit(m, (struct step){.op = STEP_JUMP, .x = from - m->n}));
}

static bool plus(struct maker *m, int from)
{
    return emit(m, (struct step){.op = STEP_SPLIT, .x = from - m->n, .y = 1});
}

static bool copy(struct maker *m, const struct step *fragment, int n)
{
    if (!open_gap(m, m->n, n))
        return false;
    memcpy(&m->steps[m->n - n], fragment, sizeof *fragment * (size_t)n);
    return true;
}

/* least..most copies; most -1: without end. */
static bool repeat(struct maker *m, int from, int least, int most)
{
    int n = m->n - from;
    struct step *fragment = arena_array(m->a, struct step, (size_t)n + 1);
    memcpy(fragment, &m->steps[from], sizeof *fragment * (size_t)n);
    m->n = from;
    for (int i = 0; i < least; i++)
        if (!copy(m, fragment, n))
            return false;
    if (most < 0) {
        from = m->n;
        return copy(m, fragment, n) && star(m, from);
    }
    for (int i = least; i < most; i++) {
        from = m->n;
        if (!copy(m, fragment, n) || !optional(m, from))
            return false;
    }
    return true;
}

static bool count(struct maker *m, int *ret)
{
    int n = 0, digits = 0;
    for (; *m->s >= '0' && *m->s <= '9' && digits < 4; m->s++, digits++)
        n = n * 10 + (*m->s - '0');
    *ret = n;
    return digits > 0 && n <= REPEAT_MAX;
}

/* After '{': "3}", "1,4}", "2,}". */
static bool bounds(struct maker *m, int *ret_least, int *ret_most)
{
    bool ok = count(m, ret_least);
    *ret_most = *ret_least;
    if (ok && *m->s == ',') {
        m->s++;
        if (*m->s == '}')
            *ret_most = -1;
        else
            ok = count(m, ret_most) && *ret_most >= *ret_least;
    }
    if (!ok || *m->s != '}')
        return bad(m, "花括号应写作 {3}、{1,4} 或 {2,}，次数不超过 255",
                   "braces are {3}, {1,4} or {2,}, up to 255 times");
    m->s++;
    return true;
}

static bool repeated(struct maker *m)
{
    int from = m->n, least = 0, most = 0;
    if (!atom(m))
        return false;
    for (;;) {
        char ch = *m->s;
        if (ch == '\0' || !strchr("*+?{", ch))
            return true;
        m->s++;
        if (ch == '{' && !bounds(m, &least, &most))
            return false;
        bool ok = ch == '*'   ? star(m, from)
                  : ch == '+' ? plus(m, from)
                  : ch == '?' ? optional(m, from)
                              : repeat(m, from, least, most);
        if (!ok)
            return false;
    }
}

static bool alternatives(struct maker *m)
{
    int from = m->n;
    while (*m->s && *m->s != ')' && *m->s != '|')
        if (!repeated(m))
            return false;
    if (*m->s != '|')
        return true;
    m->s++;
    if (!optional(m, from))
        return false;
    m->steps[from].y++;
    int jump = m->n;
    if (!emit(m, (struct step){.op = STEP_JUMP}) || !alternatives(m))
        return false;
    m->steps[jump].x = m->n - jump;
    return true;
}

const struct cel_regex *cel_regex_compile(struct arena *a, const char *pattern, const char **ret_zh,
                                          const char **ret_en)
{
    struct maker *m = arena_new(a, struct maker);
    m->a = a;
    m->s = pattern;
    bool ok = utf8_length(pattern) <= CEL_REGEX_CHARS
                  ? alternatives(m)
                  : bad(m, "超过 200 个字符", "it is longer than 200 characters");
    if (ok && *m->s == ')')
        ok = bad(m, "多出一个右括号", "a closing bracket too many");
    *ret_zh = m->zh;
    *ret_en = m->en;
    if (!ok)
        return NULL;
    m->steps[m->n++] = (struct step){.op = STEP_FOUND};
    struct cel_regex *r = arena_new(a, struct cel_regex);
    *r = (struct cel_regex){m->n, m->steps};
    return r;
}

size_t cel_regex_size(const struct cel_regex *r)
{
    return (size_t)r->n;
}

/* --- matching --- */

/* The states the text so far leads to. */
struct states {
    int n, at[CEL_REGEX_STATES];
    bool in[CEL_REGEX_STATES];
};

static void states_clear(struct states *s)
{
    for (int i = 0; i < s->n; i++)
        s->in[s->at[i]] = false;
    s->n = 0;
}

static void states_add(struct states *s, int state)
{
    if (s->in[state])
        return;
    s->in[state] = true;
    s->at[s->n++] = state;
}

/* Follows what needs no character; s->n grows while it is gone through. True when found. */
static bool follow(const struct cel_regex *r, struct states *s, bool begin, bool end)
{
    for (int i = 0; i < s->n; i++) {
        int at = s->at[i];
        const struct step *p = &r->steps[at];
        if (p->op == STEP_FOUND)
            return true;
        if (p->op == STEP_SPLIT || p->op == STEP_JUMP)
            states_add(s, at + p->x);
        if (p->op == STEP_SPLIT)
            states_add(s, at + p->y);
        if ((p->op == STEP_BEGIN && begin) || (p->op == STEP_END && end))
            states_add(s, at + 1);
    }
    return false;
}

static bool accepts(const struct step *p, uint32_t cp)
{
    if (p->op == STEP_CHAR)
        return (uint32_t)p->x == cp;
    if (p->op == STEP_ANY)
        return cp != '\n';
    if (p->op != STEP_CLASS)
        return false;
    bool in = false;
    for (int i = 0; i < p->ranges->n && !in; i++)
        in = cp >= p->ranges->range[i].from && cp <= p->ranges->range[i].to;
    return in != p->ranges->negate;
}

bool cel_regex_match(const struct cel_regex *r, const char *s)
{
    struct states sets[2] = {0}, *now = &sets[0], *then = &sets[1];
    for (bool begin = true;; begin = false) {
        states_add(now, 0);
        if (follow(r, now, begin, *s == '\0'))
            return true;
        uint32_t cp = utf8_next(&s);
        if (!cp)
            return false;
        for (int i = 0; i < now->n; i++)
            if (accepts(&r->steps[now->at[i]], cp))
                states_add(then, now->at[i] + 1);
        states_clear(now);
        struct states *swap = now;
        now = then;
        then = swap;
    }
}
