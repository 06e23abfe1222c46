#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "json/json_out.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

/* The text sits at the very end of its own allocation, so that a sanitizer sees
 * a read behind it. */
static bool parses(const char *text, size_t n, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    char *own = xcalloc(1, n);
    bool ok;

    *e = (struct err){0};
    memcpy(own, text, n);
    ok = json_parse(own, n, &o, e);
    free(own);
    check(ok == (e->code == ERR_NONE));
    return ok;
}

TEST(good_json_is_read)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "null",
        "true",
        "0",
        "-0",
        "12",
        "\"x\"",
        " {\"a\" : [1, -2.5e+3, \"\\u8862\\ud83d\\udea8\\n\", null, {}] }\r\n\t",
        "9223372036854775807",
        "-9223372036854775808",
        "1E5",
        "[\"\x7f\"]",
        "{\"\":1,\"a\":2}",
        "{\"x\":{\"a\":1},\"y\":{\"a\":1}}"};
    struct err e;

    for (size_t i = 0; i < COUNT_OF(good); i++)
        check(parses(good[i], strlen(good[i]), &e));
}

TEST(bad_json_is_refused_at_its_byte)
{
    static const struct {
        const char *text;
        int at;
    } bad[] = {{"", 1},
               {" ", 2},
               {"{", 2},
               {"{\"a\":1,}", 8},
               {"[1,]", 4},
               {"[1 2]", 4},
               {"{a:1}", 2},
               {"{'a':1}", 2},
               {"{\"a\" 1}", 6},
               {"{\"a\":}", 6},
               {"{1:1}", 2},
               {"nul", 1},
               {"NaN", 1},
               {"Infinity", 1},
               {"-Infinity", 2},
               {"True", 1},
               {"01", 2},
               {"-", 2},
               {"1.", 3},
               {".5", 1},
               {"+1", 1},
               {"1e", 3},
               {"0x10", 2},
               {"1 1", 3},
               {"{}x", 3},
               {"/* */ 1", 1},
               {"\"abc", 5},
               {"\"a\nb\"", 3},
               {"\"\\x\"", 3},
               {"\"\\u12g4\"", 6},
               {"\"\\ud800\"", 8},
               {"\"\\udc00\"", 8},
               {"\"\\ud800\\u0041\"", 14},
               {"\"\\u0000\"", 8},
               {"9223372036854775808", 1},
               {"[-9223372036854775809]", 2},
               {"1e999", 1},
               {"]", 1},
               {"[}", 2},
               {"{]", 2}};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct err e;
        char said[32];

        (void)snprintf(said, sizeof(said), "at byte %d:", bad[i].at);
        check(!parses(bad[i].text, strlen(bad[i].text), &e));
        check(e.code == ERR_MALFORMED && str_eq(e.key, "json.malformed") && strstr(e.en, said) != NULL);
        if (strstr(e.en, said) == NULL)
            (void)printf("# %s: %s\n", bad[i].text, e.en);
    }
}

TEST(other_bad_input_has_its_own_key)
{
    static const char twice[] = "{\"a\":1,\"b\":2,\"\\u0061\":3}";
    char deep[2 * LIMIT_JSON_DEPTH + 3] = "", many[80] = "";
    struct err e;

    check(!parses("\"\xff\"", 3, &e) && str_eq(e.key, "json.utf8"));
    check(!parses("\"a\0b\"", 5, &e) && str_eq(e.key, "json.utf8"));
    check(!parses(twice, strlen(twice), &e) && strstr(e.en, "a name comes twice") != NULL);
    memset(deep, '[', LIMIT_JSON_DEPTH);
    memset(deep + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    check(parses(deep, strlen(deep), &e));
    memset(deep, '[', LIMIT_JSON_DEPTH + 1);
    memset(deep + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
    check(!parses(deep, strlen(deep), &e) && str_eq(e.key, "json.depth"));
    memset(many, '1', sizeof(many));
    memcpy(many, "0.", 2);
    check(!parses(many, sizeof(many), &e) && str_eq(e.key, "json.malformed"));
}

struct sample {
    const char *title;
    int64_t version, at;
    double lng;
    bool late;
    struct uuid id;
    struct json_object *fields, *files, *any;
};

#define AT(member) offsetof(struct sample, member)
static const struct json_member sample_members[] = {
    {"title", JSON_TEXT, AT(title), true, 2, 5},      {"version", JSON_INT, AT(version), false, 1, 9},
    {"at", JSON_TIME, AT(at), false, 0, 0},           {"lng", JSON_NUMBER, AT(lng), false, -180, 180},
    {"late", JSON_BOOL, AT(late), false, 0, 0},       {"id", JSON_UUID, AT(id), false, 0, 0},
    {"fields", JSON_OBJECT, AT(fields), false, 0, 0}, {"files", JSON_ARRAY, AT(files), false, 0, 2},
    {"any", JSON_ANY, AT(any), false, 0, 0},
};

/* The first complaint's key, or NULL when all is read. */
static const char *complaint(const char *text, struct sample *s, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    bool ok;

    *e = (struct err){0};
    *s = (struct sample){.version = -1};
    check(json_parse(text, strlen(text), &o, e));
    ok = json_read(o, "", sample_members, COUNT_OF(sample_members), s, e);
    check(ok == (e->code == ERR_NONE));
    s->title = s->title != NULL ? "given" : NULL; /* it points into the object */
    return ok ? NULL : e->n_details > 0 ? e->details[0].key : "";
}

TEST(members_are_read_by_their_description)
{
    struct sample s;
    struct err e;

    check(complaint("{\"title\":\"路灯\"}", &s, &e) == NULL && s.version == -1 && s.title != NULL);
    check(complaint(
              "{\"title\":\"路灯不亮了\",\"version\":9,\"at\":\"2026-11-21T09:00:00+08:00\",\"lng\":118,"
              "\"late\":true,\"id\":\"01234567-89ab-7fff-bfff-ffffffffffff\",\"fields\":{},\"files\":[1,2],"
              "\"any\":[0]}",
              &s, &e) == NULL);
    check(s.version == 9 && s.at == 1795222800000 && s.lng == 118 && s.late && s.id.b[0] == 1);
    check(complaint("{\"title\":\"路灯\",\"version\":null}", &s, &e) == NULL && s.version == -1);
}

TEST(wrong_members_are_named)
{
    static const struct {
        const char *text, *field, *key;
    } rows[] = {{"{}", "title", "input.required"},
                {"{\"title\":null}", "title", "input.required"},
                {"{\"title\":5}", "title", "input.type"},
                {"{\"title\":\"灯\"}", "title", "input.too_short"},
                {"{\"title\":\"路灯又不亮了\"}", "title", "input.too_long"},
                {"{\"title\":\"ab\",\"version\":0}", "version", "input.range"},
                {"{\"title\":\"ab\",\"version\":1.0}", "version", "input.type"},
                {"{\"title\":\"ab\",\"version\":\"1\"}", "version", "input.type"},
                {"{\"title\":\"ab\",\"at\":\"2026-11-21T09:00:00\"}", "at", "input.type"},
                {"{\"title\":\"ab\",\"lng\":181}", "lng", "input.range"},
                {"{\"title\":\"ab\",\"late\":1}", "late", "input.type"},
                {"{\"title\":\"ab\",\"id\":\"x\"}", "id", "input.type"},
                {"{\"title\":\"ab\",\"fields\":[]}", "fields", "input.type"},
                {"{\"title\":\"ab\",\"files\":[1,2,3]}", "files", "input.too_many"},
                {"{\"title\":\"ab\",\"titel\":1}", "titel", "input.unknown_field"},
                {"[]", "", "input.type"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sample s;
        struct err e;
        const char *key = complaint(rows[i].text, &s, &e);

        check(str_eq(key, rows[i].key) && str_eq(e.details[0].field, rows[i].field) && e.code == ERR_INVALID);
        if (!str_eq(key, rows[i].key))
            (void)printf("# %s\n", rows[i].text);
    }
}

TEST(all_complaints_come_at_once)
{
    struct sample s;
    struct err e;

    check(complaint("{\"version\":99,\"x\":1,\"late\":\"yes\"}", &s, &e) != NULL && e.n_details == 4);
    check(str_eq(e.details[2].en, "expected true or false, found text"));
    check(str_eq(e.details[2].zh, "应为true 或 false，收到的是文本"));
    check(strstr(e.details[3].en, "title, version, at") != NULL);
}

static void expect(struct json_out *j, const char *want)
{
    struct err e = {0};

    check(jo_end(j, &e) && str_eq(j->buf, want));
    if (!str_eq(j->buf, want))
        (void)printf("# got  %s\n# want %s\n", j->buf, want);
    jo_free(j);
}

TEST(a_document_is_written)
{
    struct json_out j;

    jo_begin(&j, 4096);
    jo_obj(&j, NULL);
    jo_str(&j, "text", "a\"b\\c\n\r\t\x01\x1f/衢");
    jo_str(&j, "none", NULL);
    jo_strn(&j, "part", "abc", 2);
    jo_int(&j, "min", INT64_MIN);
    jo_int(&j, "max", INT64_MAX);
    jo_bool(&j, "yes", true);
    jo_null(&j, "null");
    jo_uuid(&j, "nil", (struct uuid){0});
    jo_uuid(&j, "id", (struct uuid){{1, 2}});
    jo_time(&j, "at", 1795222800000, 480);
    jo_time(&j, "never", 0, 480);
    jo_raw(&j, "raw", "[1]");
    jo_arr(&j, "list");
    jo_int(&j, NULL, 0);
    jo_obj(&j, NULL);
    jo_close(&j);
    jo_close(&j);
    jo_close(&j);
    expect(
        &j,
        "{\"text\":\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/衢\",\"none\":null,\"part\":\"ab\","
        "\"min\":-9223372036854775808,\"max\":9223372036854775807,\"yes\":true,\"null\":null,\"nil\":null,"
        "\"id\":\"01020000-0000-0000-0000-000000000000\",\"at\":\"2026-11-21T09:00:00+08:00\",\"never\":null,"
        "\"raw\":[1],\"list\":[0,{}]}");
}

TEST(doubles_are_short_and_read_back)
{
    static const struct {
        double v;
        const char *text;
    } rows[] = {{0, "0"},
                {-0.0, "-0"},
                {0.1, "0.1"},
                {1.0 / 3, "0.3333333333333333"},
                {118.9631231, "118.9631231"},
                {-0.0000001, "-0.0000001"},
                {100, "100"},
                {99999999.5, "99999999.5"},
                {1e15, "1e+15"},
                {1e21, "1e+21"},
                {5e-324, "5e-324"},
                {1.7976931348623157e308, "1.7976931348623157e+308"},
                {NAN, "null"},
                {-INFINITY, "null"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_out j;

        jo_begin(&j, 64);
        jo_num(&j, NULL, rows[i].v);
        expect(&j, rows[i].text);
    }
}

/* Every form of double, and short decimals: none is longer than 17 digits of
 * printf would need, all read back as what they were. */
TEST(random_doubles_read_back)
{
    struct rng r = rng_seed(1);

    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_next(&r);
        double v, back = 0, scale = i % 3 == 0 ? 1e7 : 1e5;
        char shortest[40];
        struct json_out j;

        memcpy(&v, &bits, sizeof(v));
        if (i % 2 == 0)
            v = (double)(int64_t)rng_below(&r, 360000000) / scale - 180;
        if (!isfinite(v))
            continue;
        jo_begin(&j, 64);
        jo_num(&j, NULL, v);
        check(parse_double(j.buf, &back) && back == v);
        for (int p = 1; p <= 17; p++) {
            (void)snprintf(shortest, sizeof(shortest), "%.*g", p, v);
            if (strtod(shortest, NULL) == v)
                break;
        }
        check(j.len <= strlen(shortest) + 4); /* 0.0000001 where printf writes 1e-07 */
        jo_free(&j);
    }
}

static bool writes(void (*wrong)(struct json_out *j), size_t limit)
{
    struct json_out j;
    struct err e = {0};
    bool ok;

    jo_begin(&j, limit);
    wrong(&j);
    ok = jo_end(&j, &e);
    check(ok || (e.code == ERR_INTERNAL && str_eq(e.key, "json.output")));
    jo_free(&j);
    return ok;
}

static void write_nothing(struct json_out *j)
{
    (void)j;
}
static void write_too_much(struct json_out *j)
{
    jo_obj(j, NULL);
    jo_str(j, "k", "a string that does not fit");
    jo_close(j);
}
static void write_unclosed(struct json_out *j)
{
    jo_obj(j, NULL);
}
static void write_closed_twice(struct json_out *j)
{
    jo_obj(j, NULL);
    jo_close(j);
    jo_close(j);
}
static void write_key_in_array(struct json_out *j)
{
    jo_arr(j, NULL);
    jo_int(j, "key", 1);
    jo_close(j);
}
static void write_no_key(struct json_out *j)
{
    jo_obj(j, NULL);
    jo_int(j, NULL, 1);
    jo_close(j);
}
static void write_two_values(struct json_out *j)
{
    jo_int(j, NULL, 1);
    jo_int(j, NULL, 2);
}
static void write_too_deep(struct json_out *j)
{
    for (int i = 0; i <= JO_DEPTH_MAX; i++)
        jo_arr(j, NULL);
    for (int i = 0; i <= JO_DEPTH_MAX; i++)
        jo_close(j);
}

/* The writer looks at eight bytes at once: what needs escaping is seen in every place. */
TEST(out_escapes_wherever_it_stands)
{
    static const char marks[] = {'"', '\\', '\n', 0x01, 0x1f};
    struct err e = {0};

    for (size_t n = 1; n <= 20; n++)
        for (size_t at = 0; at < n * COUNT_OF(marks); at++) {
            AUTO(json_free) struct json_object *read = NULL;
            struct json_out j;
            char text[24] = "";

            memset(text, at % 2 == 0 ? 0x7f : '!', n);
            text[at / COUNT_OF(marks)] = marks[at % COUNT_OF(marks)];
            jo_begin(&j, 1024);
            jo_obj(&j, NULL);
            jo_strn(&j, "text", text, n);
            jo_close(&j);
            check(jo_end(&j, &e) && json_parse(j.buf, j.len, &read, &e));
            check(read != NULL &&
                  strcmp(json_object_get_string(json_object_object_get(read, "text")), text) == 0);
            jo_free(&j);
        }
}

TEST(what_is_written_wrong_is_said_once_at_the_end)
{
    check(writes(write_too_much, 100) && !writes(write_too_much, 16));
    check(!writes(write_nothing, 100) && !writes(write_unclosed, 100) && !writes(write_closed_twice, 100));
    check(!writes(write_key_in_array, 100) && !writes(write_no_key, 100) && !writes(write_two_values, 100));
    check(!writes(write_too_deep, 1000));
}
