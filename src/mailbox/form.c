#include "mailbox/form.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

static struct json_object *member(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    return o != NULL && json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static const char *text_of(struct json_object *o, const char *key)
{
    const char *s = json_object_get_string(member(o, key));

    return s == NULL ? "" : s;
}

bool form_read(struct json_object *kind, struct form *ret, struct err *e)
{
    struct json_object *fields = member(member(kind, "schema"), "properties");

    *ret = (struct form){0};
    if (fields == NULL || !json_object_is_type(fields, json_type_object))
        return ERR(e, ERR_MALFORMED, "mail.kind", "服务器没有说明这种事项有哪些字段",
                   "the server does not tell the fields of this kind");
    json_object_object_foreach(fields, name, f)
    {
        const char *type = text_of(f, "x-type");
        bool code = str_eq(type, "code");

        if (ret->n == FORM_FIELDS_MAX || (!code && !str_eq(type, "text")))
            continue;
        ret->fields[ret->n++] =
            (struct form_field){.name = name,
                                .zh = text_of(member(f, "x-title"), "zh"),
                                .en = text_of(member(f, "x-title"), "en"),
                                .max = code ? 0 : json_object_get_int64(member(f, "maxLength")),
                                .codes = code ? member(f, "x-codes") : NULL,
                                .many = str_eq(text_of(f, "type"), "array")};
    }
    return true;
}

bool form_has(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->fields[i].name, name))
            return true;
    return false;
}

/* --- lines --- */

/* What people put before a title: "1. ", "一、", "【", "- ", "**". */
static const char *past_ornament(const char *s)
{
    static const char *const marks[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
                                        "、", "（", "）", "．", "【", "「", "●",  "■",  "·"};
    bool more = true;

    while (more) {
        const char *before = s;

        s += strspn(s, " .-*#()0123456789\"[");
        for (size_t i = 0; i < COUNT_OF(marks); i++)
            if (str_starts(s, marks[i]))
                s += strlen(marks[i]);
        more = s != before;
    }
    return s;
}

/* Behind "title：" at the beginning of s; NULL: it does not begin so. A hint in brackets may stand between.
 */
static const char *past_title(const char *s, const char *title)
{
    size_t n = strcspn(title, "(");
    const char *wide = strstr(title, "（"), *closing;

    n = wide != NULL && (size_t)(wide - title) < n ? (size_t)(wide - title) : n;
    while (n > 0 && title[n - 1] == ' ')
        n--;
    if (n == 0 || strncasecmp(s, title, n) != 0)
        return NULL;
    s += n;
    if ((str_starts(s, "（") && (closing = strstr(s, "）")) != NULL) ||
        (*s == '(' && (closing = strchr(s, ')')) != NULL))
        s = closing + (*closing == ')' ? 1 : strlen("）"));
    s += strspn(s, " *]\"");
    for (const char *const *mark = (const char *const[]){"】", "」", NULL}; *mark != NULL; mark++)
        if (str_starts(s, *mark))
            s += strlen(*mark);
    if (*s == ':')
        return s + 1;
    return str_starts(s, "：") ? s + strlen("：") : NULL;
}

/* The field whose title begins the line, the longest title first; -1: none does. */
static int begins(const struct form *f, const char *line, const char **ret_value)
{
    const char *s = past_ornament(line), *best = NULL;
    int found = -1;

    for (size_t i = 0; i < f->n; i++) {
        const char *zh = past_title(s, f->fields[i].zh), *en = past_title(s, f->fields[i].en);
        const char *value = zh == NULL ? en : zh;

        if (value != NULL && (best == NULL || value > best)) {
            best = value;
            found = (int)i;
        }
    }
    *ret_value = best;
    return found;
}

/* --- values --- */

static const char *trimmed(const char *s, struct arena *a)
{
    size_t n;

    s += strspn(s, " \n");
    n = strlen(s);
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n'))
        n--;
    return arena_strndup(a, s, n);
}

/* The code that a text names; NULL: none. */
static const char *code_of(const struct form_field *f, const char *text)
{
    for (size_t i = 0; f->codes != NULL && i < json_object_array_length(f->codes); i++) {
        struct json_object *c = json_object_array_get_idx(f->codes, i);

        if (str_eq(text, text_of(c, "code")) || str_eq(text, text_of(member(c, "title"), "zh")) ||
            strcasecmp(text, text_of(member(c, "title"), "en")) == 0)
            return text_of(c, "code");
    }
    return NULL;
}

static const char *value_of(const struct form_field *f, const char *text, struct arena *a)
{
    const char *s = trimmed(text, a);

    if (s[0] == '\0')
        return NULL;
    if (f->codes != NULL)
        return code_of(f, s);
    return f->max > 0 ? arena_strndup(a, s, utf8_prefix(s, (size_t)f->max)) : s;
}

/* A part of the text; from NULL: none. */
struct span {
    const char *from, *to;
    bool titled; /* under the field's own title */
};

void form_fill(const struct form *f, const char *text, const char *rest, struct arena *a,
               const char *ret[FORM_FIELDS_MAX])
{
    struct span said[FORM_FIELDS_MAX] = {{0}};
    int at = -1;

    for (size_t i = 0; rest != NULL && i < f->n; i++)
        at = str_eq(f->fields[i].name, rest) ? (int)i : at;
    if (at >= 0)
        said[at] = (struct span){text, text, false};
    for (const char *s = text; *s != '\0';) {
        size_t n = strcspn(s, "\n");
        const char *line = arena_strndup(a, s, n), *value = NULL;
        int field = begins(f, line, &value);

        if (str_eq(line, "-- "))
            break;
        if (field >= 0) {
            at = said[field].titled ? -1 : field;
            if (at >= 0)
                said[at] = (struct span){s + (value - line), s, true};
        }
        s += n;
        if (at >= 0)
            said[at].to = s;
        s += *s == '\n';
    }
    for (size_t i = 0; i < f->n; i++)
        ret[i] = said[i].from == NULL
                     ? NULL
                     : value_of(&f->fields[i],
                                arena_strndup(a, said[i].from, (size_t)(said[i].to - said[i].from)), a);
}
