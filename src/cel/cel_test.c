#include "base/limits.h"
#include "base/text.h"
#include "cel/cel.h"
#include "test.h"

enum { LEVEL = 1, RATING, PRICE, URGENT, PHOTOS, PHONE, NOTE, ODD };
static const struct cel_var vars[] = {
    {.name = "level", .type = CEL_STRING, .id = LEVEL, .sql = CEL_SQL_FIELD},
    {.name = "rating", .type = CEL_INT, .id = RATING, .sql = CEL_SQL_FIELD},
    {.name = "price", .type = CEL_DOUBLE, .id = PRICE, .sql = CEL_SQL_FIELD},
    {.name = "urgent", .type = CEL_BOOL, .id = URGENT, .sql = CEL_SQL_FIELD},
    {.name = "photos", .type = CEL_LIST, .item = CEL_STRING, .id = PHOTOS, .sql = CEL_SQL_FIELD},
    {.name = "phone", .type = CEL_STRING, .id = PHONE, .sql = CEL_SQL_FIELD, .secret = true},
    {.name = "note", .type = CEL_STRING, .id = NOTE, .sql = CEL_SQL_COLUMN, .column = "note"},
    {.name = "odd", .type = CEL_INT, .id = ODD},
};
static const struct cel_func funcs[] = {
    {.name = "twice", .id = 1, .ret = CEL_INT, .n_args = 1, .args = {CEL_INT}},
    {.name = "broken", .id = 2, .ret = CEL_BOOL},
    {.name = "half", .id = 3, .ret = CEL_DOUBLE, .n_args = 2, .optional = 1, .args = {CEL_DOUBLE, CEL_DYN}},
    {.name = "office", .id = 4, .ret = CEL_STRING, .n_args = 1, .args = {CEL_STRING}},
};
static const struct cel_env env = {vars, COUNT_OF(vars), funcs, COUNT_OF(funcs)};

/* level, rating 7, price 2 (as an int, though declared double), photos; urgent, phone, note are not set. */
static bool lookup(void *ctx, int id, struct arena *a, struct cel_value *ret, struct err *e)
{
    static const struct cel_value photos[] = {{.type = CEL_STRING, .s = "p1"},
                                              {.type = CEL_STRING, .s = "p2"}};
    (void)ctx, (void)a, (void)e;
    if (id == LEVEL)
        *ret = (struct cel_value){.type = CEL_STRING, .s = "简易 easy"};
    else if (id == RATING)
        *ret = CEL_INTV(7);
    else if (id == PRICE)
        *ret = CEL_INTV(2);
    else if (id == PHOTOS)
        *ret = (struct cel_value){.type = CEL_LIST, .list = {photos, 2}};
    else if (id == ODD)
        *ret = (struct cel_value){.type = CEL_STRING, .s = "not an int"};
    return true;
}

static bool call(void *ctx, int id, const struct cel_value *args, int n, struct arena *a,
                 struct cel_value *ret, struct err *e)
{
    (void)ctx, (void)a;
    if (id == 2)
        return ERR(e, ERR_INTERNAL, "test.broken", "坏了", "broken");
    if (id == 3)
        *ret = (struct cel_value){.type = CEL_DOUBLE, .d = args[0].d / 2 + n};
    else
        *ret = CEL_INTV(args[0].i * 2);
    return true;
}

static const struct cel_scope scope = {.now = 1000, .lookup = lookup, .call = call};

/* The value of `text` equals that of `expected`, which has no variables. */
static bool gives(const char *text, const char *expected)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 22);
    struct cel_expr *x = NULL, *y = NULL;
    struct cel_value v = {0}, w = {0};
    struct err e = {0};
    bool ok = cel_compile(a, &env, text, CEL_DYN, &x, NULL, &e) && cel_eval(x, &scope, a, &v, &e) &&
              cel_compile(a, &env, expected, CEL_DYN, &y, NULL, &e) && cel_eval(y, &scope, a, &w, &e) &&
              cel_equal(&v, &w) && (v.type == w.type || v.type <= CEL_NULL);
    if (!ok)
        (void)printf("# %s is not %s; %s\n", text, expected, e.key ? e.en : "");
    return ok;
}

/* Fails with `key`, at `column` when compiling (0: when evaluating), and says `words`. */
static bool fails(const char *text, const char *key, int column, const char *words)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 22);
    struct cel_expr *x = NULL;
    struct cel_value v = {0};
    struct err e = {0};
    int at = 0;
    bool compiled = cel_compile(a, &env, text, CEL_DYN, &x, &at, &e);
    bool failed = compiled ? column == 0 && !cel_eval(x, &scope, a, &v, &e) : column == at;
    if (failed && str_eq(e.key, key) && strstr(e.en, words) && e.zh[0])
        return true;
    (void)printf("# %.60s: compiled %d, column %d, %s %s\n", text, compiled, at, e.key ? e.key : "-", e.en);
    return false;
}

TEST(literals)
{
    check(gives("0x1F", "31"));
    check(gives("1.5e3", "1500.0"));
    check(gives("'\\u4e2d\\x41\\101\\t'", "\"中AA\t\""));
    check(gives("r'\\d'", "'\\\\d'"));
    check(gives("[1, 2.5]", "[1.0, 2.5]"));
    check(gives("duration('1.5h')", "duration('90m')"));
    check(gives("timestamp('2026-11-21')", "timestamp('2026-11-20T16:00:00Z')"));
    check(gives("now", "timestamp('1970-01-01T00:00:01Z')"));
}

TEST(operators_bind_as_in_cel)
{
    check(gives("1 + 2 * 3 - 4 / 2", "5"));
    check(gives("-7 / 2", "-3"));
    check(gives("-7 % 3", "-1"));
    check(gives("true || false && false", "true"));
    check(gives("1 < 2 == true", "true"));
    check(gives("false ? 1 : true ? 2 : 3", "2"));
    check(gives("10 - 3 - 2", "5"));
    check(gives("!true || true", "true"));
}

TEST(variables_and_functions)
{
    check(gives("rating * 2", "14"));
    check(gives("price / 4", "0.5"));
    check(gives("twice(rating) + 1", "15"));
    check(gives("half(3, 'x')", "3.5"));
    check(gives("'p2' in photos && size(photos) == 2", "true"));
    check(gives("odd", "null"));
    check(gives("string(rating) + '分'", "'7分'"));
    check(gives("int('12') + int(2.9) + int(timestamp('1970-01-01T00:00:05Z'))", "19"));
    check(gives("string(0.1)", "'0.1'"));
    check(gives("int(level)", "null"));
    check(fails("int('x')", "cel.type", 5, "cannot be read as int"));
}

TEST(strings_count_characters)
{
    check(gives("size(level)", "7"));
    check(gives("level.size()", "7"));
    check(gives("level.startsWith('简') && level.endsWith('y') && level.contains('易 e')", "true"));
    check(gives("level.contains('%') || level.contains('_')", "false"));
    check(gives("'b' > 'a' && '中' > 'z'", "true"));
}

TEST(null_is_quiet)
{
    check(gives("note == null && urgent == null && has(level) && !has(phone)", "true"));
    check(gives("note == 'x'", "false"));
    check(gives("!(note == 'x')", "true"));
    check(gives("note < 'x' || note >= 'x' || note.contains('')", "false"));
    check(gives("note in ['x', null]", "false"));
    check(gives("note + 'x'", "null"));
    check(gives("size(note)", "null"));
    check(gives("!urgent", "true"));
    check(gives("urgent && true", "false"));
    check(gives("urgent ? 1 : 2", "2"));
    check(gives("phone != null", "false"));
}

TEST(matching)
{
    check(gives("'浙H12345'.matches('^[京津浙][A-Z][0-9A-Z]{5}$')", "true"));
    check(gives("'浙H1234'.matches('^[京津浙][A-Z][0-9A-Z]{5}$')", "false"));
    check(gives("'x路灯y'.matches('^.路.y$')", "true"));
    check(gives("'aaa'.matches('^(a|b)*$') && 'abab'.matches('^(ab){2,}$') && !'ab'.matches('^(ab){2,}$')",
                "true"));
    check(gives("'abc'.matches('b') && !'abc'.matches('^b')", "true"));
    check(
        gives("'a]'.matches('^[]a]+$') && 'a-'.matches('^[a-]+$') && !'b'.matches('[^[:alpha:]]')", "true"));
    check(gives("'cat'.matches('^(?:dog|cat|cow)$') && !'cog'.matches('^(?:dog|cat|cow)$')", "true"));
    check(gives("'12 3'.matches(r'^\\d+\\s\\d$') && ''.matches('^$') && 'ac'.matches('^ab?c$')", "true"));
    check(gives("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac'.matches('^(a+)+b$')", "false"));
    check(fails("level.matches('(a')", "cel.syntax", 15, "not closed"));
    check(fails("level.matches('*')", "cel.syntax", 15, "nothing to repeat"));
    check(fails("level.matches('((a{99}){99}){99}')", "cel.syntax", 15, "too large"));
    check(fails("level.matches(r'(a)\\1')", "cel.syntax", 15, "not supported"));
    check(fails("level.matches(level)", "cel.type", 15, "written as a string"));
}

TEST(complaints_say_where_and_what)
{
    check(fails("lvel == 'easy'", "cel.unknown_name", 1, "did you mean \"level\"?"));
    check(fails("'中文' == levle", "cel.unknown_name", 9, "\"level\""));
    check(fails("zzzzzzzz", "cel.unknown_name", 1, "unknown name"));
    check(fails("level.startWith('x')", "cel.unknown_name", 7, "startsWith"));
    check(fails("twce(1)", "cel.unknown_name", 1, "twice"));
    check(fails("level == 1", "cel.type", 7, "string and int"));
    check(fails("rating && true", "cel.type", 1, "expected bool"));
    check(fails("[1, 'a']", "cel.type", 5, "one type"));
    check(fails("urgent ? 1 : 'a'", "cel.type", 8, "both results"));
    check(fails("twice('x')", "cel.type", 7, "expected int"));
    check(fails("twice()", "cel.type", 1, "1 to 1 arguments, not 0"));
    check(fails("has(1)", "cel.type", 5, "name of a field"));
    check(fails("duration('5 minutes')", "cel.type", 10, "duration('1h30m')"));
    check(fails("level = 'easy'", "cel.syntax", 7, "=="));
    check(fails("level ==（3）", "cel.syntax", 9, "full-width"));
    check(fails("urgent and urgent", "cel.syntax", 8, "&&"));
    check(fails("rating > 5m", "cel.syntax", 10, "duration('5m')"));
    check(fails("(1 + 2", "cel.syntax", 7, "expected )"));
    check(fails("'abc", "cel.syntax", 1, "missing '"));
    check(fails("rating ==", "cel.syntax", 10, "expected a value"));
    check(fails("", "cel.syntax", 1, "expected a value"));
    check(fails("'\xff'", "cel.syntax", 1, "UTF-8"));
    check(fails("9223372036854775808", "cel.syntax", 1, "out of range"));
}

TEST(personal_fields_keep_their_content)
{
    check(fails("phone == 'x'", "cel.secret", 1, "personal"));
    check(fails("phone", "cel.secret", 1, "personal"));
    check(fails("level.contains(phone)", "cel.secret", 16, "personal"));
    check(fails("[phone]", "cel.secret", 2, "personal"));
    check(fails("(urgent ? phone : null) == null", "cel.secret", 11, "personal"));
    check(fails("phone in photos", "cel.secret", 1, "personal"));
}

TEST(failures_while_evaluating)
{
    check(fails("1 / 0", "cel.divide", 0, "column 3"));
    check(fails("rating % (rating - 7)", "cel.divide", 0, "division by zero"));
    check(fails("1.0 / 0.0", "cel.divide", 0, "division by zero"));
    check(fails("9223372036854775807 + rating", "cel.overflow", 0, "range"));
    check(fails("-9223372036854775807 - 1", "cel.overflow", 0, "range"));
    check(fails("1e200 * 1e200", "cel.overflow", 0, "range"));
    check(fails("broken()", "test.broken", 0, "broken"));
    check(gives("false && broken()", "false"));
    check(gives("true || broken()", "true"));
}

static void repeat(struct buf *b, const char *s, int n)
{
    for (int i = 0; i < n; i++)
        buf_str(b, s);
}

TEST(limits)
{
    AUTO(buf_free) struct buf b = {0};
    buf_init(&b, 100000);
    repeat(&b, "(", LIMIT_CEL_DEPTH);
    check(fails(buf_text(&b), "cel.too_deep", LIMIT_CEL_DEPTH + 1, "at most 32"));
    buf_clear(&b);
    repeat(&b, "!", LIMIT_CEL_DEPTH + 1);
    check(fails(buf_text(&b), "cel.too_deep", LIMIT_CEL_DEPTH, "at most 32"));
    buf_clear(&b);
    repeat(&b, "1+", LIMIT_CEL_NODES);
    check(fails(buf_text(&b), "cel.too_long", LIMIT_CEL_NODES + 1, "at most 400"));
    buf_clear(&b);
    repeat(&b, " ", LIMIT_CEL_BYTES + 1);
    check(fails(buf_text(&b), "cel.too_long", 1, "at most 2000"));
    buf_clear(&b);
    repeat(&b, "level+", 198);
    buf_str(&b, "level");
    check(gives(buf_text(&b), buf_text(&b)));
}

static void note_text(void *ctx, const char *text)
{
    buf_printf(ctx, "%s;", text);
}

TEST(calls_with_a_written_text_are_told)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    AUTO(buf_free) struct buf told = {0};
    struct cel_expr *x = NULL;
    struct err e = {0};

    buf_init(&told, 100);
    check(cel_compile(a, &env, "urgent ? office('水务') : level == office('A') ? office(level) : office('A')",
                      CEL_STRING, &x, NULL, &e));
    cel_each_call(x, 4, note_text, &told);
    check(str_eq(buf_text(&told), "水务;A;A;"));
    cel_each_call(x, 1, note_text, &told);
    check(str_eq(buf_text(&told), "水务;A;A;"));
}

TEST(wanted_types)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    struct cel_expr *x = NULL;
    struct cel_value v = {0};
    struct err e = {0};
    bool is = true;
    check(cel_compile(a, &env, "rating", CEL_DOUBLE, &x, NULL, &e) && cel_type_of(x) == CEL_DOUBLE);
    check(cel_eval(x, &scope, a, &v, &e) && v.type == CEL_DOUBLE && v.d > 6.5);
    check(cel_uses(x, "rating") && !cel_uses(x, "level") && str_eq(cel_text(x), "rating"));
    check(!cel_compile(a, &env, "rating", CEL_BOOL, &x, NULL, &e) && str_eq(e.key, "cel.type"));
    e = (struct err){0};
    check(cel_compile(a, &env, "urgent ? '4wh' : null", CEL_STRING, &x, NULL, &e));
    check(cel_compile(a, &env, "urgent", CEL_BOOL, &x, NULL, &e) && cel_test(x, &scope, a, &is, &e) && !is);
}

/* --- SQL --- */

static bool sql_is(const char *text, const char *sql)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 22);
    AUTO(sql_where_free) struct sql_where w = {0};
    struct cel_expr *x = NULL;
    struct err e = {0};
    sql_where_init(&w);
    bool ok = cel_compile(a, &env, text, CEL_BOOL, &x, NULL, &e) && cel_to_sql(x, 1000, a, &w, &e) &&
              str_eq(buf_text(&w.text), sql);
    if (!ok)
        (void)printf("# %s: %s %s\n", text, buf_text(&w.text), e.key ? e.en : "");
    return ok;
}

static bool sql_refused(const char *text, const char *words)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 22);
    AUTO(sql_where_free) struct sql_where w = {0};
    struct cel_expr *x = NULL;
    struct err e = {0};
    sql_where_init(&w);
    bool ok = cel_compile(a, &env, text, CEL_BOOL, &x, NULL, &e) && !cel_to_sql(x, 1000, a, &w, &e) &&
              str_eq(e.key, "cel.no_sql") && strstr(e.en, words);
    if (!ok)
        (void)printf("# %.60s: %.80s %s %s\n", text, buf_text(&w.text), e.key ? e.key : "-", e.en);
    return ok;
}

TEST(sql_reads_the_same_on_both)
{
    check(sql_is("note == 'x'", "(note = CAST($? AS TEXT) AND note IS NOT NULL)"));
    check(sql_is("rating > 2 + 3", "(CAST(fields->>'rating' AS BIGINT) > CAST($? AS BIGINT) AND "
                                   "CAST(fields->>'rating' AS BIGINT) IS NOT NULL)"));
    check(sql_is("!has(phone)", "(NOT ((fields->>'phone') IS NOT NULL))"));
    check(sql_is("urgent", "COALESCE((CAST(fields->>'urgent' AS TEXT) IN ('1', 'true')), FALSE)"));
    check(
        sql_is("'p1' in photos",
               "COALESCE(replace((fields->>'photos'), CAST($? AS TEXT), '') <> (fields->>'photos'), FALSE)"));
    check(sql_is("level in []", "FALSE"));
    check(sql_is("1 / 0 > 1", "(FALSE AND FALSE)"));
}

TEST(sql_refusals)
{
    AUTO(buf_free) struct buf b = {0};
    check(sql_refused("twice(rating) > 1", "function twice"));
    check(sql_refused("level.matches('a')", "matches"));
    check(sql_refused("odd == 1", "cannot use odd"));
    check(sql_refused("size(photos) > 1", "count the items"));
    check(sql_refused("photos == ['a']", "list values"));
    check(sql_refused("level in photos", "a string without quotes"));
    check(sql_refused("'\"' in photos", "a string without quotes"));
    check(sql_refused("',' in photos", "a string without quotes"));
    check(sql_refused("string(rating) == '7'", "convert"));
    buf_init(&b, 10000);
    buf_str(&b, "rating in [");
    repeat(&b, "1, ", 390);
    buf_str(&b, "1]");
    check(sql_refused(buf_text(&b), "too large"));
    buf_clear(&b);
    repeat(&b, "5 > (urgent && ", 25);
    buf_str(&b, "urgent");
    repeat(&b, " ? 1 : 2)", 25);
    check(sql_refused(buf_text(&b), "nested too deeply"));
}
