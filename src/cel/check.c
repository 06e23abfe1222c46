#include "base/text.h"
#include "cel/cel_internal.h"

const char *cel_type_name(enum cel_type t)
{
    static const char *const names[] = {
        [CEL_UNSET] = "null",          [CEL_NULL] = "null",
        [CEL_BOOL] = "bool",           [CEL_INT] = "int",
        [CEL_DOUBLE] = "double",       [CEL_STRING] = "string",
        [CEL_TIMESTAMP] = "timestamp", [CEL_DURATION] = "duration",
        [CEL_LIST] = "list",           [CEL_DYN] = "any",
    };
    return names[t];
}

static bool numeric(enum cel_type t)
{
    return t == CEL_INT || t == CEL_DOUBLE;
}

/* May values of these types be equal? */
static bool comparable(enum cel_type a, enum cel_type b)
{
    return a == b || a == CEL_NULL || b == CEL_NULL || a == CEL_DYN || b == CEL_DYN ||
           (numeric(a) && numeric(b));
}

/* --- names --- */

struct builtin {
    const char *name;
    enum cel_op op;
    int n_args; /* the receiver counts */
    bool method, function;
};
static const struct builtin builtins[] = {
    {"has", OP_HAS, 1, false, true},           {"size", OP_SIZE, 1, true, true},
    {"contains", OP_CONTAINS, 2, true, false}, {"startsWith", OP_STARTS, 2, true, false},
    {"endsWith", OP_ENDS, 2, true, false},     {"matches", OP_MATCHES, 2, true, true},
    {"int", OP_INT, 1, false, true},           {"double", OP_DOUBLE, 1, false, true},
    {"string", OP_STRING, 1, false, true},     {"timestamp", OP_TIMESTAMP, 1, false, true},
    {"duration", OP_DURATION, 1, false, true},
};

static bool unknown(struct compiler *c, const struct node *x, const char *best, const char *what_zh,
                    const char *what_en)
{
    if (best)
        return CEL_BAD(c, x->at, "cel.unknown_name", "没有名为“%s”的%s%.0s，是否指 %s？",
                       "unknown name \"%s\": no such %.0s%s; did you mean \"%s\"?", x->name, what_zh, what_en,
                       best);
    return CEL_BAD(c, x->at, "cel.unknown_name", "没有名为“%s”的%s%.0s",
                   "unknown name \"%s\": no such %.0s%s", x->name, what_zh, what_en);
}

static bool check_name(struct compiler *c, struct node *x)
{
    struct suggest near = {.name = x->name};
    for (size_t i = 0; i < c->env->n_vars; i++) {
        const struct cel_var *v = &c->env->vars[i];
        if (str_eq(v->name, x->name)) {
            x->op = OP_VAR;
            x->type = v->type;
            x->item = v->item;
            x->var = v;
            return true;
        }
        cel_suggest(&near, v->name);
    }
    if (str_eq(x->name, "now")) {
        x->op = OP_NOW;
        x->type = CEL_TIMESTAMP;
        x->constant = true;
        return true;
    }
    cel_suggest(&near, "now");
    return unknown(c, x, near.best, "变量或字段", "variable or field");
}

static bool count_args(struct compiler *c, const struct node *x, int least, int most)
{
    int receiver = x->method;
    if (x->n >= least && x->n <= most)
        return true;
    return CEL_BAD(c, x->at, "cel.type", "%s 需要 %d 到 %d 个参数，这里有 %d 个",
                   "%s takes %d to %d arguments, not %d", x->name, least - receiver, most - receiver,
                   x->n - receiver);
}

static bool check_call(struct compiler *c, struct node *x, const struct cel_func *f)
{
    if (!count_args(c, x, f->n_args - f->optional, f->n_args))
        return false;
    int i = 0;
    for (struct node **kid = &x->kid; *kid; kid = &(*kid)->next, i++)
        if (f->args[i] != CEL_DYN && !cel_want(c, kid, f->args[i]))
            return false;
    x->op = OP_CALL;
    x->func = f;
    x->type = f->ret;
    x->item = f->ret == CEL_LIST ? CEL_STRING : CEL_UNSET;
    return true;
}

/* --- types --- */

static bool wrong(struct compiler *c, const struct node *x, const char *expected)
{
    return CEL_BAD(c, x->at, "cel.type", "这里应为 %s，而它是 %s", "expected %s here, but this is %s",
                   expected, cel_type_name(x->type));
}

static bool need(struct compiler *c, const struct node *x, enum cel_type t)
{
    return x->type == t || x->type == CEL_DYN || wrong(c, x, cel_type_name(t));
}

/* Puts double(...) around *x. */
static bool widen(struct compiler *c, struct node **x)
{
    struct node *wrap = NULL, *inner = *x;
    if (!cel_node(c, OP_DOUBLE, inner->at, &wrap))
        return false;
    wrap->next = inner->next;
    inner->next = NULL;
    wrap->kid = inner;
    wrap->n = 1;
    wrap->type = CEL_DOUBLE;
    wrap->constant = inner->constant;
    *x = wrap;
    return true;
}

bool cel_want(struct compiler *c, struct node **x, enum cel_type want)
{
    enum cel_type is = (*x)->type;
    if (want == CEL_DYN || is == want || is == CEL_NULL || is == CEL_DYN)
        return true;
    if (want == CEL_DOUBLE && is == CEL_INT)
        return widen(c, x);
    return wrong(c, *x, cel_type_name(want));
}

/* The type of one of two, for ?: and lists; CEL_UNSET if there is none. */
static enum cel_type join(enum cel_type a, enum cel_type b)
{
    if (a == b || b == CEL_NULL)
        return a;
    if (a == CEL_NULL)
        return b;
    if (numeric(a) && numeric(b))
        return CEL_DOUBLE;
    return a == CEL_DYN || b == CEL_DYN ? CEL_DYN : CEL_UNSET;
}

static bool two_types(struct compiler *c, const struct node *x, const struct node *a, const struct node *b)
{
    return CEL_BAD(c, x->at, "cel.type", "%s 与 %s 不能这样运算", "%s and %s do not go together here",
                   cel_type_name(a->type), cel_type_name(b->type));
}

static bool check_list(struct compiler *c, struct node *x)
{
    enum cel_type item = CEL_NULL;
    for (struct node *kid = x->kid; kid; kid = kid->next) {
        enum cel_type both = join(item, kid->type);
        if (kid->type == CEL_LIST)
            return wrong(c, kid, "int, double, string, bool");
        if (both == CEL_UNSET)
            return CEL_BAD(c, kid->at, "cel.type", "列表的成员应为同一类型：%s，而它是 %s",
                           "items of a list are of one type: %s, but this is %s", cel_type_name(item),
                           cel_type_name(kid->type));
        item = both;
    }
    x->type = CEL_LIST;
    x->item = item;
    for (struct node **kid = &x->kid; *kid; kid = &(*kid)->next)
        if (item == CEL_DOUBLE && (*kid)->type == CEL_INT && !widen(c, kid))
            return false;
    return true;
}

static bool check_equality(struct compiler *c, struct node *x)
{
    const struct node *a = operand(x), *b = second(x);
    x->type = CEL_BOOL;
    bool fits = comparable(a->type, b->type) &&
                (a->type != CEL_LIST || b->type != CEL_LIST || comparable(a->item, b->item));
    return fits || two_types(c, x, a, b);
}

static bool check_order(struct compiler *c, struct node *x)
{
    const struct node *a = operand(x), *b = second(x);
    x->type = CEL_BOOL;
    for (const struct node *kid = a; kid; kid = kid->next)
        if (kid->type == CEL_NULL || kid->type == CEL_BOOL || kid->type == CEL_LIST)
            return wrong(c, kid, "int, double, string, timestamp, duration");
    return comparable(a->type, b->type) || two_types(c, x, a, b);
}

static bool check_in(struct compiler *c, struct node *x)
{
    const struct node *a = operand(x), *b = second(x);
    x->type = CEL_BOOL;
    if (!need(c, b, CEL_LIST))
        return false;
    if (b->type == CEL_DYN || (a->type != CEL_LIST && comparable(a->type, b->item)))
        return true;
    return CEL_BAD(c, x->at, "cel.type", "%s 不可能在 %s 的列表中", "%s cannot be in a list of %s",
                   cel_type_name(a->type), cel_type_name(b->item));
}

/* What a op b is; CEL_UNSET if it is nothing. */
static enum cel_type arithmetic(enum cel_op op, enum cel_type a, enum cel_type b)
{
    bool sum = op == OP_ADD || op == OP_SUB;
    if (op == OP_MOD)
        return a == CEL_INT && b == CEL_INT ? CEL_INT : CEL_UNSET;
    if (numeric(a) && numeric(b))
        return a == b ? a : CEL_DOUBLE;
    if (op == OP_ADD && a == CEL_STRING && b == CEL_STRING)
        return CEL_STRING;
    if (sum && b == CEL_DURATION && (a == CEL_DURATION || a == CEL_TIMESTAMP))
        return a;
    if (op == OP_ADD && a == CEL_DURATION && b == CEL_TIMESTAMP)
        return CEL_TIMESTAMP;
    return op == OP_SUB && a == CEL_TIMESTAMP && b == CEL_TIMESTAMP ? CEL_DURATION : CEL_UNSET;
}

static bool check_arithmetic(struct compiler *c, struct node *x)
{
    struct node *a = operand(x), *b = second(x);
    x->type = arithmetic(x->op, a->type, b->type);
    if (x->type == CEL_UNSET)
        return two_types(c, x, a, b);
    if (x->type != CEL_DOUBLE)
        return true;
    return (a->type == CEL_DOUBLE || widen(c, &x->kid)) && (b->type == CEL_DOUBLE || widen(c, &x->kid->next));
}

static bool check_negate(struct compiler *c, struct node *x)
{
    x->type = operand(x)->type;
    return numeric(x->type) || x->type == CEL_DURATION || wrong(c, x->kid, "int, double, duration");
}

static bool check_cond(struct compiler *c, struct node *x)
{
    struct node *test = operand(x), *yes = second(x), *no = third(x);
    if (!need(c, test, CEL_BOOL))
        return false;
    x->type = join(yes->type, no->type);
    x->item = yes->item ? yes->item : no->item;
    if (x->type == CEL_UNSET || (yes->type == CEL_LIST && no->type == CEL_LIST && yes->item != no->item))
        return CEL_BAD(c, x->at, "cel.type", "? 的两个结果应为同一类型，而它们是 %s 和 %s",
                       "both results of ? must be of one type, but they are %s and %s",
                       cel_type_name(yes->type), cel_type_name(no->type));
    if (x->type != CEL_DOUBLE)
        return true;
    return cel_want(c, &test->next, CEL_DOUBLE) && cel_want(c, &test->next->next, CEL_DOUBLE);
}

static bool check_bools(struct compiler *c, struct node *x)
{
    x->type = CEL_BOOL;
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (!need(c, kid, CEL_BOOL))
            return false;
    return true;
}

/* --- built-in functions --- */

static bool check_matches(struct compiler *c, struct node *x)
{
    const struct node *pattern = second(x);
    const char *zh = NULL, *en = NULL;
    if (pattern->op != OP_LITERAL)
        return CEL_BAD(c, pattern->at, "cel.type", "matches 的模式必须直接写成字符串",
                       "the pattern of matches must be written as a string");
    x->regex = cel_regex_compile(c->a, pattern->literal.s, &zh, &en);
    if (!x->regex)
        return CEL_BAD(c, pattern->at, "cel.syntax", "模式不可用：%s%.0s",
                       "the pattern cannot be used: %.0s%s", zh, en);
    return true;
}

static bool check_strings(struct compiler *c, struct node *x)
{
    x->type = CEL_BOOL;
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (!need(c, kid, CEL_STRING))
            return false;
    return x->op != OP_MATCHES || check_matches(c, x);
}

static bool check_size(struct compiler *c, struct node *x)
{
    x->type = CEL_INT;
    enum cel_type t = operand(x)->type;
    return t == CEL_STRING || t == CEL_LIST || wrong(c, x->kid, "string, list");
}

/* Which types int(), double() ... take, by bit. */
static bool check_convert(struct compiler *c, struct node *x)
{
#define BIT(t) (1U << (t))
    static const struct {
        enum cel_type ret;
        unsigned takes;
        const char *words;
    } rows[] = {
        {CEL_INT, BIT(CEL_INT) | BIT(CEL_DOUBLE) | BIT(CEL_STRING) | BIT(CEL_TIMESTAMP),
         "int, double, string, timestamp"},
        {CEL_DOUBLE, BIT(CEL_INT) | BIT(CEL_DOUBLE) | BIT(CEL_STRING), "int, double, string"},
        {CEL_STRING, BIT(CEL_INT) | BIT(CEL_DOUBLE) | BIT(CEL_STRING) | BIT(CEL_BOOL) | BIT(CEL_TIMESTAMP),
         "int, double, string, bool, timestamp"},
        {CEL_TIMESTAMP, BIT(CEL_STRING) | BIT(CEL_TIMESTAMP), "string, timestamp"},
        {CEL_DURATION, BIT(CEL_STRING) | BIT(CEL_DURATION), "string, duration"},
    };
    const struct node *kid = operand(x);
    int row = (int)x->op - OP_INT;
    x->type = rows[row].ret;
    if (!(rows[row].takes & BIT(kid->type)))
        return wrong(c, kid, rows[row].words);
    if (kid->op != OP_LITERAL || kid->type != CEL_STRING)
        return true;
    struct cel_value v = cel_convert(x->op, &kid->literal, c->a);
    if (v.type != CEL_NULL)
        return true;
    return CEL_BAD(
        c, kid->at, "cel.type",
        "“%s”不能读作 %s；写法如 12、1.5、timestamp('2026-11-21T09:00:00+08:00')、duration('1h30m')",
        "\"%s\" cannot be read as %s; it should look like 12, 1.5, timestamp('2026-11-21T09:00:00+08:00'), "
        "duration('1h30m')",
        kid->literal.s, cel_type_name(x->type));
}

static bool check_builtin(struct compiler *c, struct node *x)
{
    switch ((int)x->op) {
    case OP_HAS:
        x->type = CEL_BOOL;
        return operand(x)->op == OP_VAR || CEL_BAD(c, operand(x)->at, "cel.type", "has() 的参数应为字段名",
                                                   "has() takes the name of a field");
    case OP_SIZE:
        return check_size(c, x);
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
    case OP_MATCHES:
        return check_strings(c, x);
    default:
        return check_convert(c, x);
    }
}

static bool check_apply(struct compiler *c, struct node *x)
{
    struct suggest near = {.name = x->name};
    for (size_t i = 0; i < COUNT_OF(builtins); i++) {
        const struct builtin *b = &builtins[i];
        bool form = x->method ? b->method : b->function;
        if (form && str_eq(b->name, x->name)) {
            if (!count_args(c, x, b->n_args, b->n_args))
                return false;
            x->op = b->op;
            return check_builtin(c, x);
        }
        if (form)
            cel_suggest(&near, b->name);
    }
    for (size_t i = 0; !x->method && i < c->env->n_funcs; i++) {
        if (str_eq(c->env->funcs[i].name, x->name))
            return check_call(c, x, &c->env->funcs[i]);
        cel_suggest(&near, c->env->funcs[i].name);
    }
    return unknown(c, x, near.best, x->method ? "方法" : "函数", x->method ? "method" : "function");
}

static bool check_operator(struct compiler *c, struct node *x)
{
    switch ((int)x->op) {
    case OP_NOT:
    case OP_AND:
    case OP_OR:
        return check_bools(c, x);
    case OP_NEGATE:
        return check_negate(c, x);
    case OP_COND:
        return check_cond(c, x);
    case OP_EQ:
    case OP_NE:
        return check_equality(c, x);
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return check_order(c, x);
    case OP_IN:
        return check_in(c, x);
    default:
        return check_arithmetic(c, x);
    }
}

bool cel_check(struct compiler *c, struct node *x)
{
    bool constant = true;
    for (struct node *kid = x->kid; kid; kid = kid->next) {
        if (!cel_check(c, kid))
            return false;
        constant = constant && kid->constant;
    }
    if (x->op == OP_NAME)
        return check_name(c, x);
    if (x->op == OP_LITERAL)
        x->type = x->literal.type;
    else if (x->op == OP_LIST    ? !check_list(c, x)
             : x->op == OP_APPLY ? !check_apply(c, x)
                                 : !check_operator(c, x))
        return false;
    x->constant = constant && x->op != OP_CALL;
    return true;
}

bool cel_check_secrets(struct compiler *c, const struct node *x, bool presence)
{
    if (x->op == OP_VAR && x->var->secret && !presence)
        return CEL_BAD(c, x->at, "cel.secret", "%s 是个人信息，只能写 has(%s) 或与 null 比较",
                       "%s is personal: only has(%s) and comparison with null may use it", x->var->name,
                       x->var->name);
    presence = x->op == OP_HAS || ((x->op == OP_EQ || x->op == OP_NE) &&
                                   (x->kid->type == CEL_NULL || x->kid->next->type == CEL_NULL));
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (!cel_check_secrets(c, kid, presence))
            return false;
    return true;
}
