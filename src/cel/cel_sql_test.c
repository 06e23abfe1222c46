/* Memory and database must agree: random well-typed conditions over records of all
 * types of fields, some unset, some of them troublesome. */
#include "base/text.h"
#include "cel/cel.h"
#include "database.h"
#include "json/json_out.h"
#include "sql/sql.h"
#include "test.h"

#include <stdlib.h>

enum { RECORDS = 200, EXPRESSIONS = 2000, NOW = 1795190400 };

enum var {
    V_STATE = 0,
    V_AREA,
    V_OWNER,
    V_OPEN,
    V_CREATED,
    V_DUE,
    V_COUNT,
    V_SCORE,
    V_COLUMNS,
    V_LEVEL = V_COLUMNS,
    V_NOTE,
    V_RATING,
    V_MONEY,
    V_PRICE,
    V_URGENT,
    V_DAY,
    V_SEEN,
    V_TOOK,
    V_PHOTOS,
    V_PHONE,
    V__MAX,
};
#define COLUMN(n, t)                                                                                         \
    {                                                                                                        \
        .name = #n, .type = (t), .sql = CEL_SQL_COLUMN, .column = #n                                         \
    }
#define FIELD(n, t)                                                                                          \
    {                                                                                                        \
        .name = #n, .type = (t), .sql = CEL_SQL_FIELD                                                        \
    }
static struct cel_var vars[V__MAX] = {
    [V_STATE] = COLUMN(state, CEL_STRING),
    [V_AREA] = COLUMN(area, CEL_STRING),
    [V_OWNER] = COLUMN(owner, CEL_STRING),
    [V_OPEN] = COLUMN(open, CEL_BOOL),
    [V_CREATED] = COLUMN(created_at, CEL_TIMESTAMP),
    [V_DUE] = COLUMN(due_at, CEL_TIMESTAMP),
    [V_COUNT] = COLUMN(amount, CEL_INT),
    [V_SCORE] = COLUMN(score, CEL_DOUBLE),
    [V_LEVEL] = FIELD(level, CEL_STRING),
    [V_NOTE] = FIELD(note, CEL_STRING),
    [V_RATING] = FIELD(rating, CEL_INT),
    [V_MONEY] = FIELD(money, CEL_INT),
    [V_PRICE] = FIELD(price, CEL_DOUBLE),
    [V_URGENT] = FIELD(urgent, CEL_BOOL),
    [V_DAY] = FIELD(day, CEL_STRING),
    [V_SEEN] = FIELD(seen, CEL_TIMESTAMP),
    [V_TOOK] = FIELD(took, CEL_DURATION),
    [V_PHOTOS] = {.name = "photos", .type = CEL_LIST, .item = CEL_STRING, .sql = CEL_SQL_FIELD},
    [V_PHONE] = {.name = "phone", .type = CEL_STRING, .sql = CEL_SQL_FIELD, .secret = true},
};
static const struct cel_env env = {.vars = vars, .n_vars = V__MAX};

static const char *const words[] = {"",         "easy", "many",       "简易",   "a%b",   "_",  "%",
                                    "路灯不亮", "3308", "33080",      "O'Hara", "\"q\"", "\\", "复杂",
                                    "aa",       "a",    "b",          "ab",     "33",    "\n", "😀",
                                    "路灯",     "不亮", "2026-11-21", "é",      "z"};
static const int64_t ints[] = {0,         1,         -1,  2, 3, 5, 7, 10, 100, -3, 4611686018427387904,
                               INT64_MAX, INT64_MIN, -100};
static const double reals[] = {0, 1, -1, 0.5, 2.25, -3.75, 100.125, 1e10, 1e200, 1e-200, -1e160, 3, 7.5};
static const int64_t times[] = {0, 1795190400000, 1795190399999, 1795276800000, 1700000000000, -1, 3600000};

struct record {
    struct cel_value values[V__MAX];
};

#define PICK(r, a) (a)[rng_below((r), COUNT_OF(a))]

static struct cel_value random_list(struct rng *r, struct arena *a)
{
    size_t n = rng_below(r, 4);
    struct cel_value *items = arena_array(a, struct cel_value, n + 1);
    for (size_t i = 0; i < n; i++)
        items[i] = CEL_STR(PICK(r, words));
    return (struct cel_value){.type = CEL_LIST, .list = {items, n}};
}

static struct cel_value random_value(struct rng *r, struct arena *a, enum cel_type t)
{
    struct cel_value v = {.type = t};
    if (t == CEL_STRING)
        v.s = PICK(r, words);
    else if (t == CEL_BOOL)
        v.b = rng_below(r, 2);
    else if (t == CEL_INT)
        v.i = PICK(r, ints);
    else if (t == CEL_DOUBLE)
        v.d = PICK(r, reals);
    else if (t == CEL_LIST)
        return random_list(r, a);
    else
        v.i = PICK(r, times);
    return v;
}

static void random_record(struct rng *r, struct arena *a, struct record *rec)
{
    for (int i = 0; i < V__MAX; i++) {
        bool never_null = i == V_STATE || i == V_AREA || i == V_CREATED;
        rec->values[i] = never_null || rng_below(r, 4) ? random_value(r, a, vars[i].type) : CEL_NULLV;
    }
}

/* --- records in the database --- */

static const struct sql_migration migration = {
    1, "cel_test",
    "CREATE TABLE record (id INTEGER PRIMARY KEY, state TEXT NOT "
    "NULL, area TEXT NOT NULL, owner TEXT, open INTEGER,"
    " created_at INTEGER NOT NULL, due_at INTEGER, amount "
    "INTEGER, score REAL, fields TEXT /* json */ NOT NULL) STRICT;"};
static const struct sql_query insert = {
    .name = "test.insert",
    .text = "INSERT INTO record VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    .nargs = 10,
    .writes = true,
};
static const struct sql_query matching = {
    .name = "test.matching",
    .text = "SELECT id FROM record WHERE id >= $1 AND {where} ORDER BY id",
    .nargs = 1,
    .composed = true,
};

static void json_value(struct json_out *j, const char *key, const struct cel_value *v)
{
    if (v->type == CEL_STRING) {
        jo_str(j, key, v->s);
    } else if (v->type == CEL_BOOL) {
        jo_bool(j, key, v->b);
    } else if (v->type == CEL_DOUBLE) {
        jo_num(j, key, v->d);
    } else if (v->type == CEL_LIST) {
        jo_arr(j, key);
        for (size_t i = 0; i < v->list.n; i++)
            json_value(j, NULL, &v->list.items[i]);
        jo_close(j);
    } else {
        jo_int(j, key, v->i);
    }
}

/* An unset field is absent or null. */
static void json_fields(struct json_out *j, const struct record *rec, bool nulls)
{
    jo_begin(j, 65536);
    jo_obj(j, NULL);
    for (int i = V_COLUMNS; i < V__MAX; i++) {
        if (rec->values[i].type != CEL_NULL)
            json_value(j, vars[i].name, &rec->values[i]);
        else if (nulls)
            jo_null(j, vars[i].name);
    }
    jo_close(j);
}

static struct sql_arg column(const struct cel_value *v)
{
    if (v->type == CEL_NULL)
        return SQL_NULL;
    if (v->type == CEL_STRING)
        return SQL_TEXT(v->s);
    if (v->type == CEL_DOUBLE)
        return SQL_REAL(v->d);
    return v->type == CEL_BOOL ? SQL_INT(v->b) : SQL_INT(v->i);
}

static bool store(struct sql_tx *tx, int id, const struct record *rec, struct err *e)
{
    AUTO(jo_free) struct json_out j = {0};
    struct sql_arg args[10] = {SQL_INT(id)};
    json_fields(&j, rec, id % 2);
    if (!jo_end(&j, e))
        return false;
    for (int i = 0; i < V_COLUMNS; i++)
        args[i + 1] = column(&rec->values[i]);
    args[9] = SQL_TEXT(j.buf);
    return sql_run_n(tx, &insert, e, args, COUNT_OF(args));
}

static bool fill(struct sql *db, const struct record *records, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    if (!sql_migrate(db, &migration, 1, e) || !sql_begin(db, SQL_WRITE, &tx, e))
        return false;
    for (int i = 0; i < RECORDS; i++)
        if (!store(tx, i, &records[i], e))
            return false;
    return sql_commit(&tx, e);
}

/* --- random expressions --- */

struct writer {
    struct rng *r;
    struct buf *b;
};

static void write_expr(struct writer *w, enum cel_type t, int depth);

static void write_string(struct writer *w, const char *s)
{
    buf_char(w->b, '\'');
    for (; *s; s++) {
        if (*s == '\n')
            buf_str(w->b, "\\n");
        else if (*s == '\'' || *s == '\\')
            buf_printf(w->b, "\\%c", *s);
        else
            buf_char(w->b, *s);
    }
    buf_char(w->b, '\'');
}

static void write_int(struct writer *w, int64_t i)
{
    if (i == INT64_MIN)
        buf_str(w->b, "(-9223372036854775807 - 0)");
    else
        buf_printf(w->b, "%lld", (long long)i);
}

static void write_literal(struct writer *w, enum cel_type t)
{
    struct rng *r = w->r;
    if (t == CEL_STRING)
        write_string(w, PICK(r, words));
    else if (t == CEL_BOOL)
        buf_str(w->b, rng_below(r, 2) ? "true" : "false");
    else if (t == CEL_INT)
        write_int(w, PICK(r, ints));
    else if (t == CEL_DOUBLE)
        buf_printf(w->b, "%.3e", PICK(r, reals));
    else if (t == CEL_TIMESTAMP)
        buf_str(w->b, rng_below(r, 2) ? "now" : "timestamp('2026-11-21')");
    else
        buf_str(w->b, rng_below(r, 2) ? "duration('1h30m')" : "duration('-2d')");
}

static void write_var(struct writer *w, enum cel_type t)
{
    for (;;) {
        const struct cel_var *v = &vars[rng_below(w->r, V__MAX)];
        if (v->type == t && !v->secret) {
            buf_str(w->b, v->name);
            return;
        }
    }
}

static void write_binary(struct writer *w, enum cel_type a, const char *op, enum cel_type b, int depth)
{
    buf_char(w->b, '(');
    write_expr(w, a, depth);
    buf_printf(w->b, " %s ", op);
    write_expr(w, b, depth);
    buf_char(w->b, ')');
}

static void write_cond(struct writer *w, enum cel_type t, int depth)
{
    buf_char(w->b, '(');
    write_expr(w, CEL_BOOL, depth);
    buf_str(w->b, " ? ");
    write_expr(w, t, depth);
    buf_str(w->b, " : ");
    if (rng_below(w->r, 4))
        write_expr(w, t, depth);
    else
        buf_str(w->b, "null");
    buf_char(w->b, ')');
}

static enum cel_type random_type(struct rng *r)
{
    static const enum cel_type types[] = {CEL_INT,    CEL_INT,    CEL_DOUBLE,    CEL_STRING,
                                          CEL_STRING, CEL_STRING, CEL_TIMESTAMP, CEL_DURATION};
    return PICK(r, types);
}

static enum cel_type beside(struct rng *r, enum cel_type t)
{
    bool number = t == CEL_INT || t == CEL_DOUBLE;
    return number && rng_below(r, 3) == 0 ? (t == CEL_INT ? CEL_DOUBLE : CEL_INT) : t;
}

static void write_in(struct writer *w, int depth)
{
    if (rng_below(w->r, 4) == 0) {
        buf_char(w->b, '(');
        write_string(w, PICK(w->r, words));
        buf_str(w->b, " in photos)");
        return;
    }
    enum cel_type t = random_type(w->r);
    buf_char(w->b, '(');
    write_expr(w, t, depth);
    buf_str(w->b, " in [");
    for (size_t n = rng_below(w->r, 4); n > 0; n--) {
        if (rng_below(w->r, 8) == 0)
            buf_str(w->b, "null");
        else if (rng_below(w->r, 3))
            write_literal(w, t);
        else
            write_expr(w, beside(w->r, t), depth);
        buf_str(w->b, n > 1 ? ", " : "");
    }
    buf_str(w->b, "])");
}

static void write_method(struct writer *w, int depth)
{
    static const char *const methods[] = {"contains", "startsWith", "endsWith"};
    write_expr(w, CEL_STRING, depth);
    buf_printf(w->b, ".%s(", PICK(w->r, methods));
    write_expr(w, CEL_STRING, depth);
    buf_char(w->b, ')');
}

static void write_presence(struct writer *w)
{
    static const char *const forms[] = {"has(%s)", "%s == null", "%s != null", "null == %s", "!has(%s)"};
    buf_char(w->b, '(');
    const char *form = PICK(w->r, forms);
    buf_printf(w->b, form, vars[rng_below(w->r, V__MAX)].name);
    buf_char(w->b, ')');
}

static void write_bool(struct writer *w, int depth)
{
    static const char *const orders[] = {"<", "<=", ">", ">="};
    enum cel_type t = random_type(w->r), other = beside(w->r, t);
    switch (rng_below(w->r, 10)) {
    case 0:
    case 1:
        write_binary(w, CEL_BOOL, rng_below(w->r, 2) ? "&&" : "||", CEL_BOOL, depth);
        break;
    case 2:
        buf_str(w->b, "!(");
        write_expr(w, CEL_BOOL, depth);
        buf_char(w->b, ')');
        break;
    case 3:
    case 4:
        write_binary(w, t, PICK(w->r, orders), other, depth);
        break;
    case 5:
        write_in(w, depth);
        break;
    case 6:
        write_method(w, depth);
        break;
    case 7:
        write_presence(w);
        break;
    case 8:
        write_binary(w, CEL_BOOL, rng_below(w->r, 2) ? "==" : "!=", CEL_BOOL, depth);
        break;
    default:
        write_binary(w, t, rng_below(w->r, 2) ? "==" : "!=", other, depth);
    }
}

static void write_number(struct writer *w, enum cel_type t, int depth)
{
    static const char *const signs[] = {"+", "-", "*", "/", "%"};
    uint64_t pick = rng_below(w->r, 10);
    if (pick == 0) {
        buf_str(w->b, t == CEL_INT ? "size(" : "double(");
        write_expr(w, t == CEL_INT ? CEL_STRING : CEL_INT, depth);
        buf_char(w->b, ')');
    } else if (pick == 1) {
        buf_str(w->b, "(-");
        write_var(w, t);
        buf_char(w->b, ')');
    } else {
        write_binary(w, t, signs[rng_below(w->r, t == CEL_INT ? 5 : 4)], t, depth);
    }
}

static void write_time(struct writer *w, enum cel_type t, int depth)
{
    if (t == CEL_TIMESTAMP)
        write_binary(w, CEL_TIMESTAMP, rng_below(w->r, 2) ? "+" : "-", CEL_DURATION, depth);
    else if (rng_below(w->r, 2))
        write_binary(w, CEL_TIMESTAMP, "-", CEL_TIMESTAMP, depth);
    else
        write_binary(w, CEL_DURATION, rng_below(w->r, 2) ? "+" : "-", CEL_DURATION, depth);
}

static void write_expr(struct writer *w, enum cel_type t, int depth)
{
    uint64_t pick = rng_below(w->r, 8);
    if (depth <= 0 || (pick < 3 && t != CEL_BOOL))
        rng_below(w->r, 3) ? write_var(w, t) : write_literal(w, t);
    else if (pick == 3)
        write_cond(w, t, depth - 1);
    else if (t == CEL_BOOL)
        write_bool(w, depth - 1);
    else if (t == CEL_STRING)
        write_binary(w, CEL_STRING, "+", CEL_STRING, depth - 1);
    else if (t == CEL_INT || t == CEL_DOUBLE)
        write_number(w, t, depth - 1);
    else
        write_time(w, t, depth - 1);
}

/* --- the comparison --- */

struct tally {
    int pairs, matched, failed, refused, wrong;
};

static bool lookup(void *ctx, int id, struct arena *a, struct cel_value *ret, struct err *e)
{
    (void)a, (void)e;
    *ret = ((const struct record *)ctx)->values[id];
    return true;
}

/* Both verdicts for each record; an error in memory means "not matched". */
static bool compare(struct sql_tx *tx, const struct cel_expr *x, struct sql_where *where,
                    struct record *records, struct arena *a, struct tally *t, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    if (!sql_select(tx, &matching, where, &rows, e, SQL_ARGS(SQL_INT(0))))
        return false;
    int64_t next = sql_next(rows) ? sql_int(rows, 0) : -1;
    for (int i = 0; i < RECORDS; i++) {
        struct cel_scope scope = {.ctx = &records[i], .now = (int64_t)NOW * 1000, .lookup = lookup};
        struct err failure = {0};
        bool is = false, found = next == i;
        if (!cel_test(x, &scope, a, &is, &failure))
            t->failed++;
        if (found)
            next = sql_next(rows) ? sql_int(rows, 0) : -1;
        if (is != found && t->wrong++ < 5)
            (void)printf("# record %d: memory %d, database %d: %s\n# %s\n", i, is, found, cel_text(x),
                         buf_text(&where->text));
        t->pairs++;
        t->matched += is;
    }
    return sql_end(&rows, e);
}

static bool one_expression(struct sql_tx *tx, struct rng *r, struct record *records, struct arena *a,
                           struct tally *t, struct err *e)
{
    AUTO(buf_free) struct buf text = {0};
    AUTO(sql_where_free) struct sql_where where = {0};
    struct cel_expr *x = NULL;
    struct err refusal = {0};
    buf_init(&text, 100000);
    write_expr(&(struct writer){r, &text}, CEL_BOOL, 1 + (int)rng_below(r, 3));
    if (text.len > 2000)
        return true;
    if (!cel_compile(a, &env, buf_text(&text), CEL_BOOL, &x, NULL, e)) {
        (void)printf("# %s\n", buf_text(&text));
        return false;
    }
    sql_where_init(&where);
    if (cel_to_sql(x, (int64_t)NOW * 1000, a, &where, &refusal))
        return compare(tx, x, &where, records, a, t, e) ||
               (printf("# %s\n# %s\n", cel_text(x), buf_text(&where.text)), false);
    t->refused++;
    return true;
}

TEST(memory_and_database_agree)
{
    const char *chosen = getenv("WANGGE_SEED");
    uint64_t seed = chosen ? strtoull(chosen, NULL, 10) : 1;
    AUTO(arena_free) struct arena *kept = arena_create(1 << 22), *a = arena_create(1 << 25);
    AUTO(sql_close) struct sql *db = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    static struct record records[RECORDS];
    struct rng r = rng_seed(seed);
    struct tally t = {0};
    struct err e = {0};
    for (int i = 0; i < V__MAX; i++)
        vars[i].id = i;
    for (int i = 0; i < RECORDS; i++)
        random_record(&r, kept, &records[i]);
    bool ok = sql_open(test_database(), &(struct sql_options){0}, &db, &e) && fill(db, records, &e) &&
              sql_begin(db, SQL_READ, &tx, &e);
    for (int i = 0; ok && i < EXPRESSIONS; i++) {
        ok = one_expression(tx, &r, records, a, &t, &e);
        arena_reset(a);
    }
    if (!ok)
        (void)printf("# %s: %s (%s)\n", e.key, e.en, e.where);
    (void)printf(
        "# seed %llu: %d pairs, %d matched, %d failed in memory, %d expressions refused, %d differ\n",
        (unsigned long long)seed, t.pairs, t.matched, t.failed, t.refused, t.wrong);
    check(ok);
    check(t.wrong == 0);
    check(t.pairs >= 20000 && t.matched > t.pairs / 20 && t.failed > 100);
    check(t.refused < EXPRESSIONS / 10);
}
