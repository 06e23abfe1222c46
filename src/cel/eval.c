/* Evaluation. Null is never an error: a comparison, `in` or method with null is
 * false, arithmetic with null is null, a condition that is null is false. */
#include "base/text.h"
#include "cel/cel_internal.h"

#include <math.h>
#include <string.h>

/* One evaluation. */
struct run {
    const char *text;
    const struct cel_scope *scope;
    struct arena *a;
    struct err *e;
    int64_t steps;
};

static bool eval(struct run *r, const struct node *x, struct cel_value *ret);

#define RUN_BAD(r, x, key, zh, en)                                                                           \
    ERR((r)->e, ERR_INVALID, key, "第 %d 列：" zh, "column %d: " en, cel_column((r)->text, (x)->at))

bool cel_is_null(const struct cel_value *v)
{
    return v->type == CEL_NULL || v->type == CEL_UNSET;
}

static bool numeric(const struct cel_value *v)
{
    return v->type == CEL_INT || v->type == CEL_DOUBLE;
}

static double as_double(const struct cel_value *v)
{
    return v->type == CEL_INT ? (double)v->i : v->d;
}

static bool equal_lists(const struct cel_value *a, const struct cel_value *b)
{
    bool same = a->list.n == b->list.n;
    for (size_t i = 0; same && i < a->list.n; i++)
        same = cel_equal(&a->list.items[i], &b->list.items[i]);
    return same;
}

bool cel_equal(const struct cel_value *a, const struct cel_value *b)
{
    if (cel_is_null(a) || cel_is_null(b))
        return cel_is_null(a) && cel_is_null(b);
    if (a->type != b->type)
        return numeric(a) && numeric(b) && as_double(a) == as_double(b);
    switch (a->type) {
    case CEL_BOOL:
        return a->b == b->b;
    case CEL_INT:
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return a->i == b->i;
    case CEL_DOUBLE:
        return a->d == b->d;
    case CEL_STRING:
        return strcmp(a->s, b->s) == 0;
    case CEL_LIST:
        return equal_lists(a, b);
    case CEL_UNSET:
    case CEL_NULL:
    case CEL_DYN:
        break;
    }
    return false;
}

/* Work that grows with the data; false past the limit. */
static bool spend(struct run *r, const struct node *x, int64_t steps)
{
    r->steps += steps;
    return r->steps <= LIMIT_CEL_STEPS ||
           RUN_BAD(r, x, "cel.steps", "计算量过大", "this takes too many steps");
}

static bool truth(const struct cel_value *v)
{
    return v->type == CEL_BOOL && v->b;
}

/* What the host said, as the checker was told it would be: another type reads null. */
static struct cel_value as_declared(struct cel_value v, enum cel_type declared)
{
    if (v.type == declared || declared == CEL_DYN)
        return v;
    if (declared == CEL_DOUBLE && v.type == CEL_INT)
        return (struct cel_value){.type = CEL_DOUBLE, .d = (double)v.i};
    return CEL_NULLV;
}

static bool eval_var(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value v = {0};
    if (r->scope->lookup && !r->scope->lookup(r->scope->ctx, x->var->id, r->a, &v, r->e))
        return false;
    *ret = as_declared(v, x->type);
    return true;
}

static bool eval_call(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value args[COUNT_OF(x->func->args)] = {0}, v = {0};
    int n = 0;
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (!eval(r, kid, &args[n++]))
            return false;
    if (r->scope->call && !r->scope->call(r->scope->ctx, x->func->id, args, n, r->a, &v, r->e))
        return false;
    *ret = as_declared(v, x->type);
    return true;
}

static bool eval_list(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value *items = arena_array(r->a, struct cel_value, (size_t)x->n + 1);
    size_t n = 0;
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (!eval(r, kid, &items[n++]))
            return false;
    *ret = (struct cel_value){.type = CEL_LIST, .list = {items, n}};
    return true;
}

/* && || !: null counts as false, the right side is only looked at when needed. */
static bool eval_logic(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value v = {0};
    if (!eval(r, x->kid, &v))
        return false;
    bool b = truth(&v);
    if (x->op == OP_NOT) {
        b = !b;
    } else if (b == (x->op == OP_AND)) {
        if (!eval(r, x->kid->next, &v))
            return false;
        b = truth(&v);
    }
    *ret = CEL_BOOLV(b);
    return true;
}

static bool eval_cond(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value v = {0};
    const struct node *yes = x->kid->next;
    return eval(r, x->kid, &v) && eval(r, truth(&v) ? yes : yes->next, ret);
}

/* -1, 0, 1; false if the two have no order. */
static bool order(const struct cel_value *a, const struct cel_value *b, int *ret)
{
    if (numeric(a) && numeric(b) && (a->type == CEL_DOUBLE || b->type == CEL_DOUBLE)) {
        double x = as_double(a), y = as_double(b);
        *ret = (x > y) - (x < y);
        return x == x && y == y;
    }
    if (a->type != b->type)
        return false;
    if (a->type == CEL_STRING) {
        *ret = strcmp(a->s, b->s);
        return true;
    }
    *ret = (a->i > b->i) - (a->i < b->i);
    return a->type == CEL_INT || a->type == CEL_TIMESTAMP || a->type == CEL_DURATION;
}

static bool eval_compare(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value a = {0}, b = {0};
    int by = 0;
    if (!eval(r, x->kid, &a) || !eval(r, x->kid->next, &b))
        return false;
    bool is = false;
    if (x->op == OP_EQ || x->op == OP_NE)
        is = cel_equal(&a, &b) == (x->op == OP_EQ);
    else if (cel_is_null(&a) || cel_is_null(&b) || !order(&a, &b, &by))
        is = false;
    else if (x->op == OP_LT || x->op == OP_LE)
        is = by < (x->op == OP_LE);
    else
        is = by > -(x->op == OP_GE);
    *ret = CEL_BOOLV(is);
    return true;
}

/* A list written out is not built, only gone through. */
static bool in_written(struct run *r, const struct node *list, const struct cel_value *what, bool *ret)
{
    for (const struct node *kid = list->kid; kid; kid = kid->next) {
        struct cel_value item = {0};
        if (!eval(r, kid, &item))
            return false;
        *ret = *ret || (!cel_is_null(what) && cel_equal(&item, what));
    }
    return true;
}

static bool eval_in(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value what = {0}, list = {0};
    const struct node *in = x->kid->next;
    bool found = false;
    if (!eval(r, x->kid, &what))
        return false;
    if (in->op == OP_LIST) {
        if (!in_written(r, in, &what, &found))
            return false;
    } else {
        if (!eval(r, in, &list))
            return false;
        size_t n = list.type == CEL_LIST && !cel_is_null(&what) ? list.list.n : 0;
        if (!spend(r, x, (int64_t)n))
            return false;
        for (size_t i = 0; i < n && !found; i++)
            found = cel_equal(&list.list.items[i], &what);
    }
    *ret = CEL_BOOLV(found);
    return true;
}

static bool overflow(struct run *r, const struct node *x)
{
    return RUN_BAD(r, x, "cel.overflow", "计算结果超出数值范围", "the result is out of the range of numbers");
}

/* The least int is no result, so that the range is the same either side of zero. */
static bool int_arithmetic(struct run *r, const struct node *x, int64_t a, int64_t b, int64_t *ret)
{
    bool bad = false;
    switch ((int)x->op) {
    case OP_ADD:
        bad = __builtin_add_overflow(a, b, ret);
        break;
    case OP_SUB:
        bad = __builtin_sub_overflow(a, b, ret);
        break;
    case OP_MUL:
        bad = __builtin_mul_overflow(a, b, ret);
        break;
    default:
        if (b == -1)
            bad = x->op == OP_MOD ? (*ret = 0, false) : __builtin_sub_overflow(0, a, ret);
        else
            *ret = x->op == OP_MOD ? a % b : a / b;
    }
    return (!bad && *ret != INT64_MIN) || overflow(r, x);
}

static bool sane(const struct cel_value *v)
{
    return v->type != CEL_DOUBLE || v->d == 0 ||
           (fabs(v->d) >= CEL_DOUBLE_MIN && fabs(v->d) <= CEL_DOUBLE_MAX);
}

static double double_arithmetic(enum cel_op op, double a, double b)
{
    return op == OP_ADD ? a + b : op == OP_SUB ? a - b : op == OP_MUL ? a * b : a / b;
}

static bool is_zero(const struct cel_value *v)
{
    return v->type == CEL_DOUBLE ? v->d == 0 : v->type == CEL_INT && v->i == 0;
}

static bool concat(struct run *r, const struct node *x, const char *a, const char *b, const char **ret)
{
    size_t n = strlen(a), m = strlen(b);
    if (!spend(r, x, (int64_t)((n + m) / 64)))
        return false;
    char *s = arena_alloc(r->a, n + m + 1);
    memcpy(s, a, n);
    memcpy(s + n, b, m);
    *ret = s;
    return true;
}

/* An operand that makes the operation fail does so beside a null, too. */
static bool eval_arithmetic(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value a = {0}, b = {0};
    if (!eval(r, x->kid, &a) || !eval(r, x->kid->next, &b))
        return false;
    if (!sane(&a) || !sane(&b))
        return overflow(r, x);
    if ((x->op == OP_DIV || x->op == OP_MOD) && is_zero(&b))
        return RUN_BAD(r, x, "cel.divide", "除数为零", "division by zero");
    *ret = CEL_NULLV;
    if (cel_is_null(&a) || cel_is_null(&b))
        return true;
    ret->type = x->type;
    if (x->type == CEL_STRING)
        return concat(r, x, a.s, b.s, &ret->s);
    if (x->type != CEL_DOUBLE)
        return int_arithmetic(r, x, a.i, b.i, &ret->i);
    ret->d = double_arithmetic(x->op, a.d, b.d);
    return true;
}

static bool eval_negate(struct run *r, const struct node *x, struct cel_value *ret)
{
    if (!eval(r, x->kid, ret))
        return false;
    if (ret->type == CEL_DOUBLE)
        ret->d = -ret->d;
    else if (!cel_is_null(ret) && __builtin_sub_overflow(0, ret->i, &ret->i))
        return overflow(r, x);
    return true;
}

static bool eval_strings(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value a = {0}, b = {0};
    bool is = false;
    if (!eval(r, x->kid, &a) || !eval(r, x->kid->next, &b))
        return false;
    if (a.type == CEL_STRING && b.type == CEL_STRING) {
        if (x->op == OP_MATCHES) {
            if (!spend(r, x, (int64_t)(strlen(a.s) * cel_regex_size(x->regex) / 64)))
                return false;
            is = cel_regex_match(x->regex, a.s);
        } else {
            is = x->op == OP_CONTAINS ? strstr(a.s, b.s) != NULL
                 : x->op == OP_STARTS ? str_starts(a.s, b.s)
                                      : str_ends(a.s, b.s);
        }
    }
    *ret = CEL_BOOLV(is);
    return true;
}

static bool eval_size(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value v = {0};
    if (!eval(r, x->kid, &v))
        return false;
    *ret = CEL_NULLV;
    if (v.type == CEL_STRING)
        *ret = CEL_INTV((int64_t)utf8_length(v.s));
    else if (v.type == CEL_LIST)
        *ret = CEL_INTV((int64_t)v.list.n);
    return true;
}

static bool eval_has(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value v = {0};
    if (!eval(r, x->kid, &v))
        return false;
    *ret = CEL_BOOLV(!cel_is_null(&v));
    return true;
}

static bool eval_convert(struct run *r, const struct node *x, struct cel_value *ret)
{
    struct cel_value v = {0};
    if (!eval(r, x->kid, &v))
        return false;
    *ret = cel_convert(x->op, &v, r->a);
    return true;
}

typedef bool (*eval_fn)(struct run *r, const struct node *x, struct cel_value *ret);

static const eval_fn evals[] = {
    [OP_VAR] = eval_var,           [OP_LIST] = eval_list,
    [OP_NOT] = eval_logic,         [OP_NEGATE] = eval_negate,
    [OP_AND] = eval_logic,         [OP_OR] = eval_logic,
    [OP_COND] = eval_cond,         [OP_EQ] = eval_compare,
    [OP_NE] = eval_compare,        [OP_LT] = eval_compare,
    [OP_LE] = eval_compare,        [OP_GT] = eval_compare,
    [OP_GE] = eval_compare,        [OP_IN] = eval_in,
    [OP_ADD] = eval_arithmetic,    [OP_SUB] = eval_arithmetic,
    [OP_MUL] = eval_arithmetic,    [OP_DIV] = eval_arithmetic,
    [OP_MOD] = eval_arithmetic,    [OP_HAS] = eval_has,
    [OP_SIZE] = eval_size,         [OP_CONTAINS] = eval_strings,
    [OP_STARTS] = eval_strings,    [OP_ENDS] = eval_strings,
    [OP_MATCHES] = eval_strings,   [OP_INT] = eval_convert,
    [OP_DOUBLE] = eval_convert,    [OP_STRING] = eval_convert,
    [OP_TIMESTAMP] = eval_convert, [OP_DURATION] = eval_convert,
    [OP_CALL] = eval_call,
};

static bool eval(struct run *r, const struct node *x, struct cel_value *ret)
{
    r->steps++;
    if (x->op == OP_LITERAL) {
        *ret = x->literal;
        return true;
    }
    if (x->op == OP_NOW) {
        *ret = (struct cel_value){.type = CEL_TIMESTAMP, .i = r->scope->now};
        return true;
    }
    return evals[x->op](r, x, ret);
}

bool cel_eval_node(const struct node *x, const char *text, const struct cel_scope *s, struct arena *a,
                   struct cel_value *ret, struct err *e)
{
    struct run r = {.text = text, .scope = s, .a = a, .e = e};
    return eval(&r, x, ret);
}

bool cel_eval(const struct cel_expr *x, const struct cel_scope *s, struct arena *a, struct cel_value *ret,
              struct err *e)
{
    return cel_eval_node(x->root, x->text, s, a, ret, e);
}

bool cel_test(const struct cel_expr *x, const struct cel_scope *s, struct arena *a, bool *ret, struct err *e)
{
    struct cel_value v = {0};
    if (!cel_eval_node(x->root, x->text, s, a, &v, e))
        return false;
    *ret = truth(&v);
    return true;
}
