/* Golden tests of packs, and tests of what packs/ answers at run time. */
#include "base/text.h"
#include "json/json_in.h"
#include "pack/check.h"
#include "pack/checks.h"
#include "pack/dump.h"
#include "pack/pack_test_effects.h"
#include "pack/value.h"
#include "test.h"

#include <dirent.h>
#include <json-c/json_tokener.h>
#include <stdlib.h>

enum { GOLDEN_MAX = 4 << 20 };

static const char *source_dir(void)
{
    const char *s = getenv("WANGGE_SOURCE");

    return s ? s : ".";
}

static bool updating(void)
{
    return getenv("UPDATE_GOLDEN") != NULL;
}

static char *slurp(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = xcalloc(1, GOLDEN_MAX + 1);

    if (f != NULL) {
        text[fread(text, 1, GOLDEN_MAX, f)] = '\0';
        (void)fclose(f);
    }
    return text;
}

/* Compares with a file, or writes it when told to. */
static void golden(const char *path, const char *got)
{
    if (updating()) {
        FILE *f = fopen(path, "we");

        check(f != NULL && fputs(got, f) >= 0 && fclose(f) == 0);
        return;
    }
    AUTO(xfree) char *want = slurp(path);
    bool same = strcmp(want, got) == 0;

    check(same);
    if (!same) {
        (void)printf("# %s differs (UPDATE_GOLDEN=1 rewrites it), got:\n%s\n", path, got);
    }
}

/* A golden pack is one file NAME.yaml; CSV files it names lie beside it. */
struct golden_dir {
    const char *dir, *name;
};

static bool golden_read(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n)
{
    const struct golden_dir *g = ctx;
    char path[512];
    static char *kept[8];
    static size_t next;

    (void)snprintf(path, sizeof path, "%s/%s", g->dir, strcmp(name, "pack.yaml") == 0 ? g->name : name);
    FILE *f = fopen(path, "re");

    if (f == NULL) {
        return false;
    }
    (void)fclose(f);
    free(kept[next % COUNT_OF(kept)]);
    *ret_bytes = kept[next++ % COUNT_OF(kept)] = slurp(path);
    *ret_n = strlen(*ret_bytes);
    return true;
}

/* What is empty goes on one line, whichever json-c printed it: a line's end never stands in a string. */
static void pretty(const char *json, struct buf *out)
{
    AUTO(json_free) struct json_object *o = json_tokener_parse(json);
    const char *s =
        json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

    for (; *s != '\0'; s++) {
        size_t blank = s[0] == '{' || s[0] == '[' ? strspn(s + 1, " \n") : 0;

        buf_char(out, *s);
        if (blank > 0 && (s[1 + blank] == '}' || s[1 + blank] == ']'))
            s += blank;
    }
    buf_char(out, '\n');
}

static void dump_text(const struct packs *p, struct buf *out)
{
    AUTO(jo_free) struct json_out j = {0};
    struct err e = {0};

    jo_begin(&j, GOLDEN_MAX);
    packs_dump(&j, p);
    check(jo_end(&j, &e));
    pretty(j.buf, out);
}

static void run_golden(const char *dir, const char *file, bool good)
{
    AUTO(arena_free) struct arena *a = NULL;
    AUTO(buf_free) struct buf out = {0};
    struct golden_dir g = {dir, file};
    struct pack_source s = {"pack", golden_read, &g};
    struct complaints c;
    struct packs *p;
    char path[512];

    buf_init(&out, GOLDEN_MAX);
    bool ok = packs_load(&s, 1, test_effects, COUNT_OF(test_effects), &a, &p, &c);

    if (ok != good) {
        (void)printf("# %s/%s %s\n", dir, file, ok ? "loads" : "does not load");
        check(ok == good);
    }
    if (ok) {
        dump_text(p, &out);
    } else {
        complaints_print(&c, &out);
    }
    (void)snprintf(path, sizeof path, "%s/%.*s.%s", dir, (int)strlen(file) - 5, file, ok ? "json" : "txt");
    golden(path, buf_text(&out));
    if (ok) {
        buf_clear(&out);
        packs_audit(&out, p);
        (void)snprintf(path, sizeof path, "%s/%.*s.audit", dir, (int)strlen(file) - 5, file);
        golden(path, buf_text(&out));
    }
}

static size_t run_dir(const char *sub, bool good)
{
    char dir[400];
    struct dirent *d;
    size_t n = 0;

    (void)snprintf(dir, sizeof dir, "%s/test/golden/pack/%s", source_dir(), sub);
    DIR *all = opendir(dir);

    if (all == NULL) {
        return 0;
    }
    while ((d = readdir(all)) != NULL) {
        if (str_ends(d->d_name, ".yaml")) {
            run_golden(dir, d->d_name, good);
            n++;
        }
    }
    (void)closedir(all);
    return n;
}

TEST(good_packs_compile_to_exactly_this)
{
    check(run_dir("good", true) >= 3);
}

TEST(bad_packs_fail_with_exactly_that)
{
    check(run_dir("bad", false) >= 25);
}

/* packs/incident as it is shipped. */
struct incident {
    struct arena *a;
    struct packs *p;
};

static struct incident incident_load(void)
{
    struct incident i = {0};
    char dir[400];
    struct complaints c;

    (void)snprintf(dir, sizeof dir, "%s/packs/incident", source_dir());
    struct pack_source s = {"packs/incident", pack_read_dir, dir};

    bool ok = packs_load(&s, 1, test_effects, COUNT_OF(test_effects), &i.a, &i.p, &c);

    check(ok);
    if (!ok) {
        AUTO(buf_free) struct buf out = {0};

        buf_init(&out, GOLDEN_MAX);
        complaints_print(&c, &out);
        (void)printf("%s", buf_text(&out));
        arena_free(&i.a);
        i.p = NULL;
    }
    return i;
}

TEST(incident_is_as_the_district_expects)
{
    static const char *const moves[] = {"report",      "accept", "reject", "settle",   "escalate", "dispatch",
                                        "acknowledge", "answer", "return", "verify",   "reopen",   "suspend",
                                        "resume",      "void",   "rate",   "call_back"};
    struct incident i = incident_load();

    if (i.p == NULL) {
        return;
    }
    const struct kind *k = packs_kind(i.p, "incident");

    for (size_t n = 0; n < COUNT_OF(moves); n++) {
        check(kind_move(k, moves[n]) != NULL);
    }
    check(packs_list(i.p, "category")->n_codes >= 60);
    check(kind_field(k, "caller")->privacy == PRIVACY_PERSONAL);
    check(kind_move(k, "verify")->n_not == 2);
    const struct code *code = list_code(packs_list(i.p, "category"), "0102");

    check(code != NULL && code->leaf && str_eq(code->parent->code, "01") && !code->parent->leaf);
    arena_free(&i.a);
}

TEST(incident_says_who_may_do_what)
{
    struct incident i = incident_load();
    AUTO(buf_free) struct buf out = {0};
    char path[400];

    if (i.p == NULL) {
        return;
    }
    buf_init(&out, GOLDEN_MAX);
    packs_audit(&out, i.p);
    (void)snprintf(path, sizeof path, "%s/test/golden/pack/incident.audit", source_dir());
    golden(path, buf_text(&out));
    arena_free(&i.a);
}

TEST(kinds_json_is_whole)
{
    struct incident i = incident_load();
    AUTO(jo_free) struct json_out j = {0};
    AUTO(json_free) struct json_object *o = NULL;
    struct json_object *schema, *props, *flow, *part;
    struct err e = {0};

    if (i.p == NULL) {
        return;
    }
    jo_begin(&j, GOLDEN_MAX);
    kind_write_json(&j, packs_kind(i.p, "incident"));
    check(jo_end(&j, &e));
    check((o = json_tokener_parse(j.buf)) != NULL);
    check(json_object_object_get_ex(o, "schema", &schema) &&
          json_object_object_get_ex(schema, "properties", &props));
    check(json_object_object_get_ex(props, "photos", &part) &&
          json_object_object_get_ex(part, "maxItems", &part) && json_object_get_int(part) == 9);
    check(json_object_object_get_ex(props, "category", &part) &&
          json_object_object_get_ex(part, "x-codes", &part) && json_object_array_length(part) >= 60);
    check(json_object_object_get_ex(o, "flow", &flow) &&
          json_object_object_get_ex(flow, "transitions", &part) && json_object_array_length(part) >= 16);
    arena_free(&i.a);
}

TEST(limits_are_read)
{
    struct limit l;

    check(limit_parse("20m", &l) && l.unit == LIMIT_MINUTES && l.n == 20);
    check(limit_parse("4wh", &l) && l.unit == LIMIT_WORKING_HOURS && l.n == 4);
    check(limit_parse("5wd", &l) && l.unit == LIMIT_WORKING_DAYS && l.n == 5);
    check(limit_parse("3d", &l) && l.unit == LIMIT_DAYS);
    check(!limit_parse("", &l) && !limit_parse("4", &l) && !limit_parse("h", &l) && !limit_parse("0h", &l));
    check(!limit_parse("4 h", &l) && !limit_parse("-4h", &l) && !limit_parse("99999999h", &l) &&
          !limit_parse("4hx", &l));
}

TEST(tables_answer_the_longest_match)
{
    static const char *const columns[] = {"category", "level", "limit"};
    static const char *const cells[] = {"", "", "a", "01", "", "b", "0101", "easy", "c", "", "easy", "d"};
    struct table t = {"t", columns, 3, cells, 4};

    check(str_eq(table_find(&t, (const char *const[]){"0101", "easy"}, 2), "c"));
    check(str_eq(table_find(&t, (const char *const[]){"0102", "many"}, 2), "b"));
    check(str_eq(table_find(&t, (const char *const[]){"0102", "easy"}, 2), "d"));
    check(str_eq(table_find(&t, (const char *const[]){"09", NULL}, 2), "a"));
    check(table_find(&t, (const char *const[]){"09"}, 1) == NULL);
    /* Equally good rows: the first. */
    static const char *const equal[] = {"01", "", "first", "", "ea", "second"};
    struct table ties = {"t", columns, 3, equal, 2};

    check(str_eq(table_find(&ties, (const char *const[]){"0101", "easy"}, 2), "first"));
}

TEST(numbers_with_a_check_of_their_own)
{
    char n[CHECKED_MAX];

    check(citizen_id_check("34052419800101001X", NULL) && citizen_id_check("11010519491231002X", NULL));
    check(citizen_id_check("34052419800101001x", n) && str_eq(n, "34052419800101001X"));
    check(!citizen_id_check("340524198001010011", NULL) && !citizen_id_check("34052419800231001X", NULL));
    check(!citizen_id_check("3405241980010100", NULL) && !citizen_id_check("", NULL));
    check(credit_code_check("91350100M000100Y43") && !credit_code_check("91350100M000100Y44"));
    check(!credit_code_check("91350100I000100Y43") && !credit_code_check(""));
    check(phone_check("+86 138-0013-8000", n) && str_eq(n, "13800138000"));
    check(phone_check("0570-3021234", n) && str_eq(n, "05703021234"));
    check(phone_check("+86 10 88881234", n) && str_eq(n, "01088881234"));
    check(phone_check("12345", NULL) && phone_check("110", NULL) && phone_check("4008001234", NULL));
    check(!phone_check("1380013800", NULL) && !phone_check("138001380000", NULL) &&
          !phone_check("phone", NULL));
    check(!phone_check("", NULL) && !phone_check("11111111111111111111111111111111", NULL));
    check(plate_check("浙H12345") && plate_check("浙HD12345") && plate_check("浙H1234学"));
    check(!plate_check("浙h12345") && !plate_check("H12345") && !plate_check("浙H123") &&
          !plate_check("浙HI2345"));
    check(!plate_check("") && !plate_check("海H12345"));
    check(mail_check("zhang.san@example.cn") && !mail_check("zhang.san") && !mail_check("a@b") &&
          !mail_check("张三@example.cn") && !mail_check("a@b.cn.") && !mail_check("a b@c.cn"));
}

/* One value through field_from_json(); the key of the complaint, or NULL. */
static const char *judge(const struct field *f, const char *json, struct arena *a, struct cel_value *ret)
{
    AUTO(json_free) struct json_object *v = json_tokener_parse(json);
    static struct err e;

    e = (struct err){0};
    *ret = (struct cel_value){0};
    return field_from_json(f, v, "fields.x", a, ret, &e) ? NULL : e.details[0].key;
}

TEST(values_are_judged_by_type)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    struct field text = {.name = "x", .type = FIELD_TEXT, .max = 3},
                 integer = {.type = FIELD_INTEGER, .min = 1, .max = 9};
    struct field decimal = {.type = FIELD_DECIMAL, .dmin = 0, .dmax = 1}, boolean = {.type = FIELD_BOOL};
    struct field date = {.type = FIELD_DATE}, when = {.type = FIELD_TIME}, point = {.type = FIELD_POINT};
    struct field file = {.type = FIELD_FILE, .many = true, .max_items = 2}, phone = {.type = FIELD_PHONE};
    struct field rating = {.type = FIELD_RATING, .of = 5}, area = {.type = FIELD_AREA};
    struct cel_value v;

    check(judge(&text, "\"路灯坏\"", a, &v) == NULL && str_eq(v.s, "路灯坏"));
    check(str_eq(judge(&text, "\"路灯坏了\"", a, &v), "input.too_long"));
    check(str_eq(judge(&text, "7", a, &v), "input.type") &&
          str_eq(judge(&text, "\"\\u0007\"", a, &v), "input.text"));
    check(judge(&text, "null", a, &v) == NULL && v.type == CEL_NULL);
    check(judge(&integer, "9", a, &v) == NULL && v.i == 9);
    check(str_eq(judge(&integer, "10", a, &v), "input.range") &&
          str_eq(judge(&integer, "9.5", a, &v), "input.type"));
    check(judge(&decimal, "1", a, &v) == NULL && v.type == CEL_DOUBLE);
    check(str_eq(judge(&decimal, "1.1", a, &v), "input.range"));
    check(judge(&boolean, "true", a, &v) == NULL && v.b);
    check(str_eq(judge(&boolean, "\"true\"", a, &v), "input.type"));
    check(judge(&date, "\"2024-02-29\"", a, &v) == NULL);
    check(str_eq(judge(&date, "\"2023-02-29\"", a, &v), "input.date"));
    check(judge(&when, "\"2026-11-21T09:00:00+08:00\"", a, &v) == NULL && v.type == CEL_TIMESTAMP);
    check(str_eq(judge(&when, "\"2026-11-21T09:00:00\"", a, &v), "input.time"));
    check(judge(&point, "[118.9, 28.9]", a, &v) == NULL && str_eq(v.s, "118.900000,28.900000"));
    check(str_eq(judge(&point, "[1189, 28.9]", a, &v), "input.point"));
    check(str_eq(judge(&file, "[\"x\"]", a, &v), "input.uuid"));
    check(judge(&file, "[\"018F5E2A-0000-7000-8000-000000000001\"]", a, &v) == NULL && v.list.n == 1);
    check(str_eq(v.list.items[0].s, "018f5e2a-0000-7000-8000-000000000001"));
    check(str_eq(judge(&file, "[1,2,3]", a, &v), "input.too_many") &&
          str_eq(judge(&file, "\"x\"", a, &v), "input.type"));
    check(judge(&phone, "\"138 0013 8000\"", a, &v) == NULL && str_eq(v.s, "13800138000"));
    check(str_eq(judge(&phone, "\"138\\u00000\"", a, &v), "input.text"));
    check(judge(&rating, "5", a, &v) == NULL && str_eq(judge(&rating, "6", a, &v), "input.range"));
    check(judge(&area, "\"330803001\"", a, &v) == NULL &&
          str_eq(judge(&area, "\"3308030\"", a, &v), "input.area"));
}

TEST(values_come_back_from_the_column)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    struct field when = {.name = "when", .type = FIELD_TIME, .many = true, .max_items = 3};
    AUTO(jo_free) struct json_out j = {0};
    AUTO(json_free) struct json_object *o = NULL;
    struct cel_value v, back;
    struct err e = {0};

    check(judge(&when, "[\"2026-11-21T09:00:00+08:00\"]", a, &v) == NULL);
    jo_begin(&j, 1000);
    jo_arr(&j, NULL);
    field_to_stored(&j, NULL, &when, &v);
    field_to_json(&j, NULL, &when, &v);
    jo_close(&j);
    check(jo_end(&j, &e) && str_eq(j.buf, "[[1795222800000],[\"2026-11-21T09:00:00+08:00\"]]"));
    o = json_tokener_parse(j.buf);
    check(field_from_stored(&when, json_object_array_get_idx(o, 0), a, &back, &e));
    check(back.type == CEL_LIST && back.list.n == 1 && back.list.items[0].i == v.list.items[0].i);
    check(!field_from_stored(&when, json_object_array_get_idx(o, 1), a, &back, &e) &&
          str_eq(e.key, "record.stored"));
}

/* docs/pack.schema.json is what editors complete from: it must know the keys the loader takes. */
TEST(the_editor_schema_knows_every_key)
{
    static const struct {
        const char *def, *keys;
    } all[] = {
        {"code", "title zh en parent words"},
        {"role", "title zh en at roster"},
        {"kind",
         "title zh en line place area fields parties see reveal near flow moves clocks route "
         "children inherits earlier thread publish booking register unique interval by_code pay scores "
         "certificates during ballot appraisal below"},
        {"ballot",
         "secret online slip options seats closes result digest roll open count shown passed failed run "
         "proxies tie typed electors rules elected votes stand watch"},
        {"field", "type title zh en hint required many search privacy min max of list kind accept default "
                  "checklist track after birth_of format"},
        {"party", "is title zh en many staffed"},
        {"state", "title zh en light final"},
        {"move", "title zh en from to by not when needs takes parties effects each within bulk reopens "
                 "because after"},
        {"effect", "set party leave notify ring ask move parent children record merge unmerge raise start "
                   "stop pause resume "
                   "post counter score appraise"},
        {"clock", "title zh en limit warn remind breach each"},
        {"schedule", "title zh en raise for to rrule at from until workdays downtime round give copy"},
        {"ledger", "title zh en money unit accounts see"},
        {"account", "title zh en of min publish credit tiers"},
        {"measure",
         "title zh en kind count breached sum average percentile holds ratio at when by unit hidden better"},
    };
    char path[400];

    (void)snprintf(path, sizeof path, "%s/docs/pack.schema.json", source_dir());
    AUTO(xfree) char *text = slurp(path);
    AUTO(json_free) struct json_object *schema = json_tokener_parse(text);
    struct json_object *defs = NULL, *def, *props, *one;

    check(json_object_object_get_ex(schema, "$defs", &defs));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        bool there = json_object_object_get_ex(defs, all[i].def, &def) &&
                     json_object_object_get_ex(def, "properties", &props);
        int n = 0;

        check(there);
        if (!there) {
            continue;
        }
        for (const char *s = all[i].keys; *s != '\0'; n++) {
            char key[40];
            size_t len = strcspn(s, " ");

            str_copy(key, len + 1, s);
            check(json_object_object_get_ex(props, key, &one));
            s += len + (s[len] == ' ');
        }
        check(n == json_object_object_length(props));
    }
}
