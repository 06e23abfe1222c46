#include "pack/value.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "pack/checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSET_MIN = 480, POINT_MAX = 40 };

/* What a value is judged by. */
struct judge {
    const struct field *f;
    const char *path;
    struct arena *a;
    struct err *e;
};

/* A value of another JSON type than the field's: says which it is. */
static bool wrong_type(const struct judge *j, struct json_object *v, const char *zh, const char *en)
{
    static const char *const zh_names[] = {"空值", "真假值", "小数", "整数", "对象", "列表", "文字"};
    static const char *const en_names[] = {
        "null", "a boolean", "a decimal number", "a whole number", "an object", "a list", "text"};
    size_t t = (size_t)json_object_get_type(v);

    return ERR_FIELD(j->e, j->path, "input.type", "应为%1$s，收到的是%2$s%3$.0s%4$.0s",
                     "%1$.0s%2$.0smust be %3$s, is %4$s", zh, zh_names[t], en, en_names[t]);
}

/* Text that is UTF-8 and has no control characters but tab and line breaks. */
static bool get_text(const struct judge *j, struct json_object *v, const char **ret)
{
    const char *s;
    size_t n;

    if (!json_object_is_type(v, json_type_string)) {
        return wrong_type(j, v, "文字", "text");
    }
    s = json_object_get_string(v);
    n = (size_t)json_object_get_string_len(v);
    if (!utf8_valid(s, n)) {
        return ERR_FIELD(j->e, j->path, "input.text", "不是有效的 UTF-8 文字", "is not valid UTF-8 text");
    }
    for (size_t i = 0; i < n; i++) {
        if (((unsigned char)s[i] < 0x20 && s[i] != '\n' && s[i] != '\t' && s[i] != '\r') || s[i] == 0x7f) {
            return ERR_FIELD(j->e, j->path, "input.text", "第 %zu 个字节是控制字符",
                             "byte %zu is a control character", i + 1);
        }
    }
    *ret = s;
    return true;
}

static size_t blank(const char *s)
{
    return *s == ' ' || *s == '\t' || *s == '\n' || *s == '\r' ? 1
           : str_starts(s, "\u3000")                           ? strlen("\u3000")
                                                               : 0;
}

/* Without blanks (also full-width ones) around it. */
static const char *trimmed(struct arena *a, const char *s)
{
    const char *end;

    while (blank(s) > 0) {
        s += blank(s);
    }
    end = s;
    for (const char *p = s; *p != '\0';) {
        size_t n = blank(p);

        if (n == 0) {
            (void)utf8_next(&p);
            end = p;
        } else {
            p += n;
        }
    }
    return arena_strndup(a, s, (size_t)(end - s));
}

static bool take_text(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const char *s;
    size_t n, max = j->f->max > 0 ? (size_t)j->f->max : LIMIT_TEXT_CHARS;

    if (!get_text(j, v, &s)) {
        return false;
    }
    s = trimmed(j->a, s);
    if (*s == '\0') {
        *ret = CEL_NULLV; /* blanks only say nothing */
        return true;
    }
    n = utf8_length(s);
    if (n > max) {
        return ERR_FIELD(j->e, j->path, "input.too_long", "有 %zu 个字，最多 %zu 个",
                         "has %zu characters, at most %zu", n, max);
    }
    if (n < (size_t)j->f->min) {
        return ERR_FIELD(j->e, j->path, "input.too_short", "有 %zu 个字，至少 %zu 个",
                         "has %zu characters, at least %zu", n, (size_t)j->f->min);
    }
    if (j->f->mail && !mail_check(s)) {
        return ERR_FIELD(j->e, j->path, "input.mail", "不是邮箱地址，应形如 name@example.cn",
                         "is no e-mail address; write name@example.cn");
    }
    *ret = CEL_STR(s);
    return true;
}

static bool take_int(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const struct field *f = j->f;
    int64_t min = f->max > f->min ? f->min : -(INT64_C(1) << 53),
            max = f->max > f->min ? f->max : INT64_C(1) << 53, i;

    if (f->type == FIELD_RATING) {
        min = 1;
        max = f->of;
    }
    if (!json_object_is_type(v, json_type_int)) {
        return wrong_type(j, v, "整数", "a whole number");
    }
    i = json_object_get_int64(v);
    if (i < min || i > max) {
        return ERR_FIELD(j->e, j->path, "input.range", "%lld 超出范围 %lld 至 %lld",
                         "%lld is not within %lld to %lld", (long long)i, (long long)min, (long long)max);
    }
    *ret = CEL_INTV(i);
    return true;
}

static bool take_decimal(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const struct field *f = j->f;
    double d;

    if (!json_object_is_type(v, json_type_double) && !json_object_is_type(v, json_type_int)) {
        return wrong_type(j, v, "数字", "a number");
    }
    d = json_object_get_double(v);
    if (!isfinite(d) || (f->dmax > f->dmin && (d < f->dmin || d > f->dmax))) {
        return ERR_FIELD(j->e, j->path, "input.range", "%g 超出范围 %g 至 %g", "%g is not within %g to %g", d,
                         f->dmin, f->dmax);
    }
    *ret = (struct cel_value){.type = CEL_DOUBLE, .d = d};
    return true;
}

static bool take_bool(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    if (!json_object_is_type(v, json_type_boolean)) {
        return wrong_type(j, v, "真或假", "true or false");
    }
    *ret = CEL_BOOLV(json_object_get_boolean(v));
    return true;
}

static bool take_date(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const char *s;
    int64_t days;

    if (!get_text(j, v, &s)) {
        return false;
    }
    if (!date_parse(s, &days)) {
        return ERR_FIELD(j->e, j->path, "input.date", "“%.40s”不是存在的日期，应如 2026-11-21",
                         "'%.40s' is no date that exists; write 2026-11-21", s);
    }
    *ret = CEL_STR(arena_strdup(j->a, s));
    return true;
}

static bool take_time(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const char *s;
    int64_t ms;

    if (!get_text(j, v, &s)) {
        return false;
    }
    if (!rfc3339_parse(s, &ms)) {
        return ERR_FIELD(j->e, j->path, "input.time",
                         "“%.40s”不是带时区的时间，应如 2026-11-21T09:00:00+08:00",
                         "'%.40s' is no time with its zone; write 2026-11-21T09:00:00+08:00", s);
    }
    *ret = (struct cel_value){.type = CEL_TIMESTAMP, .i = ms};
    return true;
}

/* How much of what was given this code has: as many bytes as both begin with, and the characters beyond ASCII
 * that stand in its title or in what people call it. */
static size_t likeness(const struct code *c, const char *s)
{
    size_t same = 0, found = 0;

    while (s[same] != '\0' && s[same] == c->code[same]) {
        same++;
    }
    for (size_t n; *s != '\0'; s += n) {
        char one[8] = "";

        n = utf8_prefix(s, 1);
        memcpy(one, s, n < sizeof one ? n : 0);
        found += n > 1 &&
                 (strstr(c->title.zh, one) != NULL || (c->words != NULL && strstr(c->words, one) != NULL));
    }
    return same + found;
}

static const struct code *code_nearest(const struct code_list *l, const char *s)
{
    const struct code *best = &l->codes[0];

    for (size_t i = 1; i < l->n_codes; i++) {
        if (likeness(&l->codes[i], s) > likeness(best, s)) {
            best = &l->codes[i];
        }
    }
    return best;
}

static bool take_code(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const char *s;

    if (!get_text(j, v, &s)) {
        return false;
    }
    const struct code *code = list_code(j->f->list, s);

    if (code == NULL) {
        const struct code *near = code_nearest(j->f->list, s);

        return ERR_FIELD(j->e, j->path, "input.unknown_code",
                         "“%1$s”%2$.0s中没有“%3$.40s”，最接近的是“%4$s %5$s”%6$.0s",
                         "%1$.0slist '%2$s' has no code '%3$.40s'; the nearest is %5$.0s'%4$s' (%6$s)",
                         j->f->title.zh, j->f->list->name, s, near->code, near->title.zh, near->title.en);
    }
    *ret = CEL_STR(code->code);
    return true;
}

static bool take_area(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    const char *s;
    size_t n;

    if (!get_text(j, v, &s)) {
        return false;
    }
    n = strlen(s);
    if (strspn(s, "0123456789") != n || n < 2 || n > 18 || (n > 6 ? n % 3 != 0 : n % 2 != 0)) {
        return ERR_FIELD(j->e, j->path, "input.area", "“%.40s”不是区划代码", "'%.40s' is no area code", s);
    }
    *ret = CEL_STR(arena_strdup(j->a, s));
    return true;
}

static bool take_point(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    double d[2];

    if (!json_object_is_type(v, json_type_array) || json_object_array_length(v) != 2) {
        return wrong_type(j, v, "[经度, 纬度]", "[longitude, latitude]");
    }
    for (size_t i = 0; i < 2; i++) {
        struct json_object *part = json_object_array_get_idx(v, i);

        if (!json_object_is_type(part, json_type_double) && !json_object_is_type(part, json_type_int)) {
            return wrong_type(j, part, "[经度, 纬度]", "[longitude, latitude]");
        }
        d[i] = json_object_get_double(part);
    }
    if (!(fabs(d[0]) <= 180 && fabs(d[1]) <= 90)) {
        return ERR_FIELD(j->e, j->path, "input.point", "经度 %g 或纬度 %g 超出范围",
                         "longitude %g or latitude %g is out of range", d[0], d[1]);
    }
    *ret = CEL_STR(arena_printf(j->a, "%.6f,%.6f", d[0], d[1]));
    return true;
}

static bool take_uuid(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    char text[UUID_TEXT_MAX];
    const char *s;
    struct uuid u;

    if (!get_text(j, v, &s)) {
        return false;
    }
    if (!uuid_parse(s, &u) || uuid_is_nil(u)) {
        return ERR_FIELD(j->e, j->path, "input.uuid", "“%.40s”不是编号（UUID）", "'%.40s' is no id (UUID)",
                         s);
    }
    uuid_format(u, text);
    *ret = CEL_STR(arena_strdup(j->a, text));
    return true;
}

static bool refuse_checked(const struct judge *j)
{
    if (j->f->type == FIELD_PHONE) {
        return ERR_FIELD(j->e, j->path, "input.phone", "电话号码不对，应如 13800138000 或 0570-3021234",
                         "is no phone number; write 13800138000 or 0570-3021234");
    }
    if (j->f->type == FIELD_CITIZEN_ID) {
        return ERR_FIELD(j->e, j->path, "input.citizen_id", "身份证号不对：应为 18 位，生日存在，校验位相符",
                         "is no citizen ID: 18 characters, a birthday that exists, the check digit right");
    }
    if (j->f->type == FIELD_CREDIT_CODE) {
        return ERR_FIELD(j->e, j->path, "input.credit_code", "统一社会信用代码不对：应为 18 位，校验位相符",
                         "is no unified social credit code: 18 characters, the check digit right");
    }
    return ERR_FIELD(j->e, j->path, "input.plate", "车牌号不对，应如 浙H12345 或 浙HD12345",
                     "is no number plate; write 浙H12345 or 浙HD12345");
}

/* Numbers with a check of their own. What was given is not repeated: it may be personal. */
static bool take_checked(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    char normal[CHECKED_MAX];
    const char *s;
    bool right;

    if (!get_text(j, v, &s)) {
        return false;
    }
    str_copy(normal, sizeof normal, s);
    if (j->f->type == FIELD_PHONE) {
        right = phone_check(s, normal);
    } else if (j->f->type == FIELD_CITIZEN_ID) {
        right = citizen_id_check(s, normal);
    } else {
        right = j->f->type == FIELD_CREDIT_CODE ? credit_code_check(s) : plate_check(s);
    }
    if (!right) {
        return refuse_checked(j);
    }
    *ret = CEL_STR(arena_strdup(j->a, normal));
    return true;
}

typedef bool (*take_fn)(const struct judge *j, struct json_object *v, struct cel_value *ret);

static const take_fn takes[FIELD__MAX] = {
    [FIELD_TEXT] = take_text,          [FIELD_INTEGER] = take_int,         [FIELD_DECIMAL] = take_decimal,
    [FIELD_MONEY] = take_int,          [FIELD_BOOL] = take_bool,           [FIELD_DATE] = take_date,
    [FIELD_TIME] = take_time,          [FIELD_CODE] = take_code,           [FIELD_AREA] = take_area,
    [FIELD_POINT] = take_point,        [FIELD_ACCOUNT] = take_uuid,        [FIELD_ORG] = take_uuid,
    [FIELD_RECORD] = take_uuid,        [FIELD_FILE] = take_uuid,           [FIELD_PHONE] = take_checked,
    [FIELD_CITIZEN_ID] = take_checked, [FIELD_CREDIT_CODE] = take_checked, [FIELD_PLATE] = take_checked,
    [FIELD_RATING] = take_int,
};

static bool take_many(const struct judge *j, struct json_object *v, struct cel_value *ret)
{
    struct cel_value *items;
    size_t n;

    if (!json_object_is_type(v, json_type_array)) {
        return wrong_type(j, v, "列表", "a list");
    }
    n = json_object_array_length(v);
    if (n > j->f->max_items) {
        return ERR_FIELD(j->e, j->path, "input.too_many", "有 %zu 项，最多 %zu 项",
                         "has %zu items, at most %zu", n, j->f->max_items);
    }
    items = arena_array(j->a, struct cel_value, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct judge one = *j;

        one.path = arena_printf(j->a, "%s.%zu", j->path, i);
        if (json_object_array_get_idx(v, i) == NULL) {
            return wrong_type(&one, NULL, "一项", "an item");
        }
        if (!takes[j->f->type](&one, json_object_array_get_idx(v, i), &items[i])) {
            return false;
        }
    }
    *ret = (struct cel_value){.type = CEL_LIST, .list = {items, n}};
    return true;
}

bool field_from_json(const struct field *f, struct json_object *v, const char *path, struct arena *a,
                     struct cel_value *ret, struct err *e)
{
    struct judge j = {f, path, a, e};

    if (v == NULL) {
        *ret = CEL_NULLV;
        return true;
    }
    return f->many ? take_many(&j, v, ret) : takes[f->type](&j, v, ret);
}

static void write_point(struct json_out *out, const char *key, const char *s)
{
    const char *comma = strchr(s, ',');

    if (comma == NULL) {
        jo_null(out, key);
        return;
    }
    jo_arr(out, key);
    jo_num(out, NULL, strtod(s, NULL));
    jo_num(out, NULL, strtod(comma + 1, NULL));
    jo_close(out);
}

static void write_one(struct json_out *out, const char *key, const struct field *f, const struct cel_value *v,
                      bool stored)
{
    switch (v->type) {
    case CEL_BOOL:
        jo_bool(out, key, v->b);
        return;
    case CEL_INT:
        jo_int(out, key, v->i);
        return;
    case CEL_DOUBLE:
        jo_num(out, key, v->d);
        return;
    case CEL_TIMESTAMP:
        if (stored) {
            jo_int(out, key, v->i);
        } else {
            char text[RFC3339_MAX];

            rfc3339_format(v->i, OFFSET_MIN, text);
            jo_str(out, key, text);
        }
        return;
    case CEL_STRING:
        if (f->type == FIELD_POINT && !stored) {
            write_point(out, key, v->s);
        } else {
            jo_str(out, key, v->s);
        }
        return;
    case CEL_UNSET:
    case CEL_NULL:
    case CEL_DURATION:
    case CEL_LIST:
    case CEL_DYN:
        break;
    }
    jo_null(out, key);
}

static void write_value(struct json_out *out, const char *key, const struct field *f,
                        const struct cel_value *v, bool stored)
{
    if (v->type != CEL_LIST) {
        write_one(out, key, f, v, stored);
        return;
    }
    jo_arr(out, key);
    for (size_t i = 0; i < v->list.n; i++) {
        write_one(out, NULL, f, &v->list.items[i], stored);
    }
    jo_close(out);
}

void field_to_json(struct json_out *out, const char *key, const struct field *f, const struct cel_value *v)
{
    write_value(out, key, f, v, false);
}

void field_to_stored(struct json_out *out, const char *key, const struct field *f, const struct cel_value *v)
{
    write_value(out, key, f, v, true);
}

static bool stored_one(const struct field *f, struct json_object *v, struct arena *a, struct cel_value *ret)
{
    struct field one = *f;
    enum cel_type t;

    one.many = false;
    t = field_cel_type(&one);
    if (t == CEL_BOOL) {
        *ret = CEL_BOOLV(json_object_get_boolean(v));
        return json_object_is_type(v, json_type_boolean);
    }
    if (t == CEL_INT || t == CEL_TIMESTAMP) {
        *ret = (struct cel_value){.type = t, .i = json_object_get_int64(v)};
        return json_object_is_type(v, json_type_int);
    }
    if (t == CEL_DOUBLE) {
        *ret = (struct cel_value){.type = t, .d = json_object_get_double(v)};
        return json_object_is_type(v, json_type_double) || json_object_is_type(v, json_type_int);
    }
    *ret =
        CEL_STR(arena_strdup(a, json_object_is_type(v, json_type_string) ? json_object_get_string(v) : ""));
    return json_object_is_type(v, json_type_string);
}

bool field_from_stored(const struct field *f, struct json_object *v, struct arena *a, struct cel_value *ret,
                       struct err *e)
{
    bool ok = true;

    if (v == NULL) {
        *ret = CEL_NULLV;
        return true;
    }
    if (!f->many) {
        ok = stored_one(f, v, a, ret);
    } else if ((ok = json_object_is_type(v, json_type_array))) {
        size_t n = json_object_array_length(v);
        struct cel_value *items = arena_array(a, struct cel_value, n + 1);

        for (size_t i = 0; i < n && ok; i++) {
            ok = stored_one(f, json_object_array_get_idx(v, i), a, &items[i]);
        }
        *ret = (struct cel_value){.type = CEL_LIST, .list = {items, n}};
    }
    return ok || ERR(e, ERR_INTERNAL, "record.stored", "字段 %1$s 的存储内容与类型 %2$s 不符",
                     "the stored value of field %1$s is no %2$s", f->name, field_type_name(f->type));
}
