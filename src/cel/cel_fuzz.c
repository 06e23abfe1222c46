/* Any text: it is refused with a key and a column, or it evaluates and translates. */
#include "base/text.h"
#include "cel/cel.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELD(n, t)                                                                                          \
    {                                                                                                        \
        .name = #n, .type = (t), .sql = CEL_SQL_FIELD                                                        \
    }
static const struct cel_var vars[] = {
    FIELD(level, CEL_STRING),
    FIELD(rating, CEL_INT),
    FIELD(price, CEL_DOUBLE),
    FIELD(urgent, CEL_BOOL),
    FIELD(seen, CEL_TIMESTAMP),
    FIELD(took, CEL_DURATION),
    {.name = "photos", .type = CEL_LIST, .item = CEL_STRING, .sql = CEL_SQL_FIELD},
    {.name = "phone", .type = CEL_STRING, .sql = CEL_SQL_FIELD, .secret = true},
    {.name = "state", .type = CEL_STRING, .sql = CEL_SQL_COLUMN, .column = "state"},
    {.name = "actor", .type = CEL_STRING},
};
static const struct cel_func funcs[] = {
    {.name = "unit", .ret = CEL_STRING, .n_args = 1, .args = {CEL_STRING}},
    {.name = "count", .ret = CEL_INT, .n_args = 2, .optional = 1, .args = {CEL_DYN, CEL_INT}},
};
static const struct cel_env env = {vars, COUNT_OF(vars), funcs, COUNT_OF(funcs)};

static bool lookup(void *ctx, int id, struct arena *a, struct cel_value *ret, struct err *e)
{
    (void)ctx, (void)id, (void)a, (void)e;
    *ret = (struct cel_value){.type = CEL_STRING, .s = "easy 路灯"};
    return true;
}

static void use(struct arena *a, const struct cel_expr *x)
{
    struct cel_scope scope = {.lookup = lookup, .now = 1795190400000};
    struct cel_value v = {0};
    struct err e = {0};
    AUTO(sql_where_free) struct sql_where w = {0};
    if (!cel_eval(x, &scope, a, &v, &e) && !e.key)
        abort();
    sql_where_init(&w);
    memset(&e, 0, sizeof e);
    if (cel_type_of(x) == CEL_BOOL && !cel_to_sql(x, scope.now, a, &w, &e) && !e.key)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_free) struct arena *a = arena_create(32 * 1024 * 1024);
    struct cel_expr *x = NULL;
    struct err e = {0};
    int column = 0;
    const char *text = arena_strndup(a, (const char *)data, size);
    if (cel_compile(a, &env, text, CEL_DYN, &x, &column, &e))
        use(a, x);
    else if (!e.key || column < 1)
        abort();
    return 0;
}
