#include "json/json_in.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json_scan.h"

#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* json-c counts the scalar inside the innermost container as a level, too. */
enum { TOKENER_DEPTH = LIMIT_JSON_DEPTH + 2 };

static void tokener_free(struct json_tokener **t)
{
    if (*t != NULL)
        json_tokener_free(*t);
    *t = NULL;
}

void json_free(struct json_object **o)
{
    if (*o != NULL)
        (void)json_object_put(*o);
    *o = NULL;
}

/* The text has passed json_scan(), which is strict: what fails here is our fault. Not json-c's own strict
 * mode: that of 0.18 (Debian 13) takes every byte of Chinese for a control character. */
static bool build(const char *text, size_t n, struct json_object **ret, struct err *e)
{
    AUTO(tokener_free) struct json_tokener *t = json_tokener_new_ex(TOKENER_DEPTH);
    struct json_object *o;

    if (t == NULL)
        return ERR(e, ERR_INTERNAL, "json.memory", "内存不足", "out of memory");
    json_tokener_set_flags(t, JSON_TOKENER_VALIDATE_UTF8);
    o = json_tokener_parse_ex(t, text, (int)n);
    if (json_tokener_get_error(t) == json_tokener_continue) /* a number at the very end */
        o = json_tokener_parse_ex(t, "", 1);
    if (json_tokener_get_error(t) != json_tokener_success)
        return ERR(e, ERR_INTERNAL, "json.failed", "JSON 无法读入：%s", "the JSON could not be read: %s",
                   json_tokener_error_desc(json_tokener_get_error(t)));
    *ret = o;
    return true;
}

bool json_parse(const char *text, size_t n, struct json_object **ret, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    size_t members;

    if (n > INT_MAX)
        return ERR(e, ERR_TOO_LARGE, "json.size", "JSON 超过 %d 字节", "the JSON is over %d bytes", INT_MAX);
    if (!json_scan(text, n, &members, e) || !build(text, n, &o, e))
        return false;
    if (json_object_is_type(o, json_type_object) && (size_t)json_object_object_length(o) != members)
        return ERR(e, ERR_MALFORMED, "json.malformed", "JSON 对象中有重复的名称",
                   "a name comes twice in the JSON object");
    *ret = o;
    o = NULL;
    return true;
}

struct type_name {
    const char *zh, *en;
};

static const struct type_name wanted_names[] = {
    [JSON_TEXT] = {"文本", "text"},
    [JSON_INT] = {"整数", "an integer"},
    [JSON_NUMBER] = {"数字", "a number"},
    [JSON_BOOL] = {"true 或 false", "true or false"},
    [JSON_UUID] = {"UUID 文本", "a UUID"},
    [JSON_TIME] = {"带时区的时间，如 2026-11-21T09:00:00+08:00",
                   "a time with a zone, like 2026-11-21T09:00:00+08:00"},
    [JSON_OBJECT] = {"对象", "an object"},
    [JSON_ARRAY] = {"数组", "an array"},
};

static const struct type_name found_names[] = {
    [json_type_null] = {"null", "null"},         [json_type_boolean] = {"布尔值", "a boolean"},
    [json_type_double] = {"小数", "a fraction"}, [json_type_int] = {"整数", "an integer"},
    [json_type_object] = {"对象", "an object"},  [json_type_array] = {"数组", "an array"},
    [json_type_string] = {"文本", "text"},
};

/* One member of the input being read. */
struct read {
    const struct json_member *m;
    struct json_object *o; /* its value, not null */
    char field[ERR_FIELD_MAX];
    void *to;
    struct err *e;
};

static bool wrong_type(const struct read *r)
{
    const struct type_name *want = &wanted_names[r->m->type],
                           *found = &found_names[json_object_get_type(r->o)];

    return ERR_FIELD(r->e, r->field, "input.type", "应为%1$s，收到的是%2$s%3$.0s%4$.0s",
                     "expected %3$s, found %4$s%1$.0s%2$.0s", want->zh, found->zh, want->en, found->en);
}

static bool out_of_range(const struct read *r)
{
    return ERR_FIELD(r->e, r->field, "input.range", "应在 %lld 与 %lld 之间", "must be between %lld and %lld",
                     (long long)r->m->min, (long long)r->m->max);
}

static bool read_text(const struct read *r)
{
    const char *s = json_object_get_string(r->o);
    int64_t max = r->m->max > 0 ? r->m->max : LIMIT_TEXT_CHARS, n = (int64_t)utf8_length(s);

    if (n > max)
        return ERR_FIELD(r->e, r->field, "input.too_long", "最多 %lld 个字，收到 %lld 个",
                         "at most %lld characters, found %lld", (long long)max, (long long)n);
    if (n < r->m->min)
        return ERR_FIELD(r->e, r->field, "input.too_short", "至少 %lld 个字，收到 %lld 个",
                         "at least %lld characters, found %lld", (long long)r->m->min, (long long)n);
    *(const char **)r->to = s;
    return true;
}

static bool read_int(const struct read *r)
{
    int64_t v = json_object_get_int64(r->o);

    if (r->m->max > r->m->min && (v < r->m->min || v > r->m->max))
        return out_of_range(r);
    *(int64_t *)r->to = v;
    return true;
}

static bool read_number(const struct read *r)
{
    double v = json_object_get_double(r->o);

    if (r->m->max > r->m->min && (v < (double)r->m->min || v > (double)r->m->max))
        return out_of_range(r);
    *(double *)r->to = v;
    return true;
}

static bool read_array(const struct read *r)
{
    size_t n = json_object_array_length(r->o);

    if (r->m->max > 0 && n > (size_t)r->m->max)
        return ERR_FIELD(r->e, r->field, "input.too_many", "最多 %lld 项，收到 %zu 项",
                         "at most %lld items, found %zu", (long long)r->m->max, n);
    *(struct json_object **)r->to = r->o;
    return true;
}

/* Which type of json-c's each of ours is written as. */
static bool written_as(enum json_member_type type, struct json_object *o)
{
    switch (type) {
    case JSON_TEXT:
    case JSON_UUID:
    case JSON_TIME:
        return json_object_is_type(o, json_type_string);
    case JSON_INT:
        return json_object_is_type(o, json_type_int);
    case JSON_NUMBER:
        return json_object_is_type(o, json_type_int) || json_object_is_type(o, json_type_double);
    case JSON_BOOL:
        return json_object_is_type(o, json_type_boolean);
    case JSON_OBJECT:
        return json_object_is_type(o, json_type_object);
    case JSON_ARRAY:
        return json_object_is_type(o, json_type_array);
    case JSON_ANY:
        return true;
    case JSON_UNSET:
        break;
    }
    return false;
}

static bool read_value(const struct read *r)
{
    if (!written_as(r->m->type, r->o))
        return wrong_type(r);
    switch (r->m->type) {
    case JSON_TEXT:
        return read_text(r);
    case JSON_INT:
        return read_int(r);
    case JSON_NUMBER:
        return read_number(r);
    case JSON_BOOL:
        *(bool *)r->to = json_object_get_boolean(r->o);
        return true;
    case JSON_UUID:
        return uuid_parse(json_object_get_string(r->o), r->to) || wrong_type(r);
    case JSON_TIME:
        return rfc3339_parse(json_object_get_string(r->o), r->to) || wrong_type(r);
    case JSON_ARRAY:
        return read_array(r);
    case JSON_OBJECT:
    case JSON_ANY:
        *(struct json_object **)r->to = r->o;
        return true;
    case JSON_UNSET:
        break;
    }
    return false;
}

static const struct json_member *find_member(const struct json_member *members, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static void join_path(char out[ERR_FIELD_MAX], const char *path, const char *name)
{
    str_copy(out, ERR_FIELD_MAX, path);
    str_copy(out + strlen(out), ERR_FIELD_MAX - strlen(out), name);
}

static void refuse_unknown(struct json_object *obj, const char *path, const struct json_member *members,
                           size_t n, struct err *e)
{
    json_object_object_foreach(obj, name, value)
    {
        char field[ERR_FIELD_MAX], known[ERR_TEXT_MAX] = "";
        size_t at = 0;

        (void)value;
        if (find_member(members, n, name) != NULL)
            continue;
        for (size_t i = 0; i < n; i++) {
            str_copy(known + at, sizeof(known) - at, i > 0 ? ", " : "");
            at += strlen(known + at);
            str_copy(known + at, sizeof(known) - at, members[i].name);
            at += strlen(known + at);
        }
        join_path(field, path, name);
        err_field(e, field, "input.unknown_field", HERE, "没有这个字段；可用的有：%s",
                  "there is no such field; known are: %s", known);
    }
}

bool json_read(struct json_object *obj, const char *path, const struct json_member *members, size_t n,
               void *dst, struct err *e)
{
    bool ok = true;

    if (!json_object_is_type(obj, json_type_object))
        return ERR_FIELD(e, path, "input.type", "应为对象，收到的是%1$s%2$.0s",
                         "expected an object, found %2$s%1$.0s", found_names[json_object_get_type(obj)].zh,
                         found_names[json_object_get_type(obj)].en);
    for (size_t i = 0; i < n; i++) {
        struct read r = {.m = &members[i], .to = (char *)dst + members[i].offset, .e = e};

        join_path(r.field, path, r.m->name);
        r.o = json_object_object_get(obj, r.m->name);
        if (r.o != NULL)
            ok &= read_value(&r);
        else if (r.m->required)
            ok &= ERR_FIELD(e, r.field, "input.required", "必须填写", "must be given");
    }
    refuse_unknown(obj, path, members, n, e);
    return ok && e->code == ERR_NONE;
}
