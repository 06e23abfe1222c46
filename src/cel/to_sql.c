/* An expression as a SQL condition, one text for SQLite and PostgreSQL.
 *
 * A bool comes out two-valued, so NOT means what ! means; any other value is NULL
 * where it is null. Nothing in the text can raise an error, whatever a row holds:
 * PostgreSQL would fail the whole list for one row. Where evaluation in memory
 * would fail (overflow, division by zero) the row must not match: what can fail is
 * asked for beforehand (emit_ok), following && || ?: as evaluation does. */
#include "base/text.h"
#include "cel/cel_internal.h"

#include <math.h>
#include <string.h>

struct out {
    struct sql_where *w;
    struct arena *a;
    const char *text;
    int64_t now;
    int open; /* brackets and CASEs not closed yet */
    struct err *e;
};

/* SQLite's parser has a stack of 100 symbols, of which each open bracket takes up to
 * six; what does not fit must be refused here, not fail there. */
enum { OPEN_MAX = 14 };

static bool emit_value(struct out *o, const struct node *x);
static bool emit_bool(struct out *o, const struct node *x);
static bool emit_ok(struct out *o, const struct node *x);

#define NO_SQL(o, x, zh, en, ...)                                                                            \
    ERR((o)->e, ERR_INVALID, "cel.no_sql", "第 %d 列：" zh, "column %d: " en,                                \
        cel_column((o)->text, (x)->at), ##__VA_ARGS__)

static int opened(const char *literal)
{
    int open = 0;
    for (const char *s = literal; *s; s++)
        open += (*s == '(') - (*s == ')') + str_starts(s, "CASE") - str_starts(s, "END");
    return open;
}

/* Every emitting function begins here: what is too large must stop, not go on silently. */
static bool add(struct out *o, const char *literal)
{
    o->open += opened(literal);
    sql_where_literal(o->w, literal);
    return (o->open <= OPEN_MAX && !o->w->failed) ||
           ERR(o->e, ERR_INVALID, "cel.no_sql", "条件太大或嵌套过深，数据库无法查询，请拆成较短的条件",
               "the condition is too large or nested too deeply for the database: make it shorter");
}

static bool add_arg(struct out *o, struct sql_arg arg)
{
    sql_where_arg(o->w, arg);
    return add(o, "");
}

/* --- values that do not depend on the row --- */

/* False if computing it fails. */
static bool constant(const struct out *o, const struct node *x, struct cel_value *ret)
{
    struct err ignored = {0};
    struct cel_scope scope = {.now = o->now};
    return cel_eval_node(x, o->text, &scope, o->a, ret, &ignored);
}

static const char *sql_type(enum cel_type t)
{
    return t == CEL_DOUBLE   ? " AS DOUBLE PRECISION)"
           : t == CEL_STRING ? " AS TEXT)"
           : t == CEL_BOOL   ? " AS BOOLEAN)"
                             : " AS BIGINT)";
}

static bool add_constant(struct out *o, const struct cel_value *v, enum cel_type type)
{
    if (v->type == CEL_BOOL)
        return add(o, v->b ? "TRUE" : "FALSE");
    if (type == CEL_NULL)
        return add(o, "NULL");
    if (!add(o, "CAST("))
        return false;
    struct sql_arg arg = v->type == CEL_DOUBLE   ? SQL_REAL(v->d)
                         : v->type == CEL_STRING ? SQL_TEXT(v->s)
                                                 : SQL_INT(v->i);
    bool ok = cel_is_null(v) ? add(o, "NULL") : add_arg(o, arg);
    return ok && add(o, sql_type(type));
}

static bool emit_constant(struct out *o, const struct node *x)
{
    struct cel_value v = {0};
    if (!constant(o, x, &v))
        v = CEL_NULLV;
    return add_constant(o, &v, x->type);
}

/* --- values --- */

static bool emit_field(struct out *o, const struct node *x)
{
    bool text = x->type == CEL_STRING || x->type == CEL_LIST;
    const char *name = x->var->name;
    if (!add(o, text ? "(fields->>" : x->type == CEL_BOOL ? "(CAST(fields->>" : "CAST(fields->>"))
        return false;
    sql_where_name(o->w, name);
    if (o->w->failed)
        return NO_SQL(o, x, "列表的筛选条件不能用 %s", "the condition of a list cannot use %s", name);
    if (text)
        return add(o, ")");
    /* A JSON bool reads 1 in SQLite and 'true' in PostgreSQL. */
    return x->type == CEL_BOOL ? add(o, " AS TEXT) IN ('1', 'true'))") : add(o, sql_type(x->type));
}

static bool emit_var(struct out *o, const struct node *x)
{
    if (x->var->sql == CEL_SQL_NONE || x->type == CEL_DYN)
        return NO_SQL(o, x, "列表的筛选条件不能用 %s", "the condition of a list cannot use %s", x->var->name);
    if (x->var->sql == CEL_SQL_FIELD)
        return emit_field(o, x);
    if (x->type == CEL_BOOL)
        return add(o, "(") && add(o, x->var->column) && add(o, " = 1)");
    if (x->type != CEL_DOUBLE)
        return add(o, x->var->column);
    return add(o, "CAST(") && add(o, x->var->column) && add(o, sql_type(CEL_DOUBLE));
}

static bool is_arithmetic(const struct node *x)
{
    return x->op == OP_ADD || x->op == OP_SUB || x->op == OP_MUL || x->op == OP_DIV || x->op == OP_MOD ||
           x->op == OP_NEGATE;
}

/* An int for arithmetic: NUMERIC does not overflow in PostgreSQL, and in SQLite an
 * int that would becomes a real, which emit_fits() finds too large. */
static bool emit_numeric(struct out *o, const struct node *x)
{
    if (is_arithmetic(x) && !x->constant)
        return emit_value(o, x);
    return add(o, "CAST(") && emit_value(o, x) && add(o, " AS NUMERIC)");
}

static bool emit_divisor(struct out *o, const struct node *x)
{
    return add(o, "NULLIF(") && emit_numeric(o, x) && add(o, ", 0)");
}

static bool emit_division(struct out *o, const struct node *a, const struct node *b)
{
    return add(o, "((") && emit_numeric(o, a) && add(o, " - ") && emit_numeric(o, a) && add(o, " % ") &&
           emit_divisor(o, b) && add(o, ") / ") && emit_divisor(o, b) && add(o, ")");
}

static bool emit_int_arithmetic(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    if (x->op == OP_NEGATE)
        return add(o, "(0 - ") && emit_numeric(o, a) && add(o, ")");
    if (x->op == OP_DIV)
        return emit_division(o, a, b);
    if (!add(o, "(") || !emit_numeric(o, a))
        return false;
    if (x->op == OP_MOD)
        return add(o, " % ") && emit_divisor(o, b) && add(o, ")");
    return add(o, x->op == OP_ADD   ? " + "
                  : x->op == OP_SUB ? " - "
                                    : " * ") &&
           emit_numeric(o, b) && add(o, ")");
}

/* An operand of double arithmetic is of a size that cannot fail; a divisor is not 0. */
static bool emit_sane(struct out *o, const struct node *x, bool divisor)
{
    return add(o, divisor ? "COALESCE(abs(" : "COALESCE(abs(NULLIF(") && emit_value(o, x) &&
           add(o, divisor ? "), 1) BETWEEN 1e-150 AND 1e150" : ", 0)), 1) BETWEEN 1e-150 AND 1e150");
}

static bool emit_both_sane(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    return emit_sane(o, a, false) && add(o, " AND ") && emit_sane(o, b, x->op == OP_DIV);
}

static bool emit_double_arithmetic(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    if (x->op == OP_NEGATE)
        return add(o, "(0.0 - ") && emit_value(o, a) && add(o, ")");
    const char *sign = x->op == OP_ADD ? " + " : x->op == OP_SUB ? " - " : x->op == OP_MUL ? " * " : " / ";
    return add(o, "CASE WHEN ") && emit_both_sane(o, x) && add(o, " THEN ") && emit_value(o, a) &&
           add(o, sign) && emit_value(o, b) && add(o, " END");
}

static bool emit_arithmetic(struct out *o, const struct node *x)
{
    if (x->type == CEL_STRING)
        return add(o, "(") && emit_value(o, x->kid) && add(o, " || ") && emit_value(o, x->kid->next) &&
               add(o, ")");
    return x->type == CEL_DOUBLE ? emit_double_arithmetic(o, x) : emit_int_arithmetic(o, x);
}

static bool emit_size(struct out *o, const struct node *x)
{
    if (x->kid->type != CEL_STRING)
        return NO_SQL(o, x, "列表的筛选条件不能问一个字段有几项；可以用 has(…)",
                      "the condition of a list cannot count the items of a field; has(...) can be used");
    return add(o, "length(") && emit_value(o, x->kid) && add(o, ")");
}

/* Only what changes nothing and int to double reads the same on both engines. */
static bool emit_convert(struct out *o, const struct node *x)
{
    if (x->kid->type == x->type)
        return emit_value(o, x->kid);
    if (x->kid->type == CEL_INT && x->type == CEL_DOUBLE)
        return add(o, "CAST(") && emit_value(o, x->kid) && add(o, sql_type(CEL_DOUBLE));
    return NO_SQL(o, x, "列表的筛选条件不能把字段转换为 %s",
                  "the condition of a list cannot convert a field to %s", cel_type_name(x->type));
}

static bool emit_case(struct out *o, const struct node *x, bool (*emit)(struct out *, const struct node *))
{
    const struct node *test = x->kid, *yes = test->next, *no = yes->next;
    return add(o, "CASE WHEN ") && emit_bool(o, test) && add(o, " THEN ") && emit(o, yes) &&
           add(o, " ELSE ") && emit(o, no) && add(o, " END");
}

static bool emit_value(struct out *o, const struct node *x)
{
    if (x->type == CEL_LIST && x->op != OP_VAR)
        return NO_SQL(o, x, "列表的筛选条件不能这样使用列表值",
                      "the condition of a list cannot use a list value here");
    if (x->constant)
        return emit_constant(o, x);
    if (x->op == OP_VAR)
        return emit_var(o, x);
    if (x->op == OP_COND)
        return emit_case(o, x, emit_value);
    if (x->op == OP_CALL)
        return NO_SQL(o, x, "列表的筛选条件不能用函数 %s",
                      "the condition of a list cannot use the function %s", x->func->name);
    if (is_arithmetic(x))
        return emit_arithmetic(o, x);
    if (x->op == OP_SIZE)
        return emit_size(o, x);
    return x->op >= OP_INT && x->op <= OP_DURATION ? emit_convert(o, x) : emit_bool(o, x);
}

/* --- conditions --- */

/* May the test of x's operands be written (test AND a IS NOT NULL), by which an
 * index on a can be used? If not it is COALESCE(test, FALSE). */
static bool is_plain(const struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    struct cel_value v = {0};
    if (a->op != OP_VAR || a->type == CEL_BOOL || (a->type == CEL_INT && b->type == CEL_DOUBLE))
        return false;
    return b->constant && constant(o, b, &v) && !cel_is_null(&v);
}

static bool open_test(struct out *o, bool plain)
{
    return add(o, plain ? "(" : "COALESCE(");
}

static bool close_test(struct out *o, bool plain, const struct node *a)
{
    if (!plain)
        return add(o, ", FALSE)");
    return add(o, " AND ") && emit_value(o, a) && add(o, " IS NOT NULL)");
}

/* A side of a comparison with `other`: an int beside a double compares as one. */
static bool emit_side(struct out *o, const struct node *x, enum cel_type other)
{
    if (x->type != CEL_INT || other != CEL_DOUBLE)
        return emit_value(o, x);
    return add(o, "CAST(") && emit_value(o, x) && add(o, sql_type(CEL_DOUBLE));
}

/* a == null. A list is NULL when the field is not set, so this may be asked of it. */
static bool emit_null_test(struct out *o, const struct node *a, enum cel_op op)
{
    return add(o, "(") && emit_value(o, a) && add(o, op == OP_EQ ? " IS NULL)" : " IS NOT NULL)");
}

static bool emit_equality(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    if (a->type == CEL_NULL || b->type == CEL_NULL)
        return emit_null_test(o, a->type == CEL_NULL ? b : a, x->op);
    if (a->type == CEL_LIST)
        return NO_SQL(o, x, "列表的筛选条件不能比较列表值",
                      "the condition of a list cannot compare list values");
    bool plain = x->op == OP_EQ && is_plain(o, x);
    if (plain)
        return open_test(o, true) && emit_value(o, a) && add(o, " = ") && emit_side(o, b, a->type) &&
               close_test(o, true, a);
    return add(o, "(") && emit_side(o, a, b->type) &&
           add(o, x->op == OP_EQ ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ") &&
           emit_side(o, b, a->type) && add(o, ")");
}

/* Text is ordered by code point, whatever the database's language: SQLite has the
 * collation, PostgreSQL gets it from a migration of its own. */
static bool emit_order(struct out *o, const struct node *x)
{
    static const char *const signs[] = {" < ", " <= ", " > ", " >= "};
    const struct node *a = x->kid, *b = a->next;
    bool plain = is_plain(o, x);
    return open_test(o, plain) && emit_side(o, a, b->type) && add(o, signs[x->op - OP_LT]) &&
           emit_side(o, b, a->type) && add(o, a->type == CEL_STRING ? " COLLATE \"binary\"" : "") &&
           close_test(o, plain, a);
}

/* --- in --- */

/* One item of a list as text stands in JSON as itself between quotes, if nothing of
 * it is escaped; a text of commas and blanks could be found between two items. */
static bool stands_as_itself(const char *s)
{
    bool more = false;
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || strchr("\"\\/\x7f", *s))
            return false;
        more = more || !strchr(", ", *s);
    }
    return more;
}

/* 'x' in field: replacing "x" in the JSON text changes it. */
static bool emit_in_field(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *list = a->next;
    struct cel_value v = {0};
    if (list->var->sql != CEL_SQL_FIELD)
        return emit_var(o, list);
    if (!a->constant || list->item != CEL_STRING || !constant(o, a, &v) || v.type != CEL_STRING ||
        !stands_as_itself(v.s))
        return NO_SQL(
            o, x, "列表的筛选条件中，字段的 in 左边只能是不含引号和斜杠的字符串",
            "in the condition of a list, `in` a field takes a string without quotes and slashes on the left");
    struct sql_arg quoted = SQL_TEXT(arena_printf(o->a, "\"%s\"", v.s));
    return add(o, "COALESCE(replace(") && emit_value(o, list) && add(o, ", CAST(") && add_arg(o, quoted) &&
           add(o, " AS TEXT), '') <> ") && emit_value(o, list) && add(o, ", FALSE)");
}

/* The items of a list value that is the same for every row. */
static bool emit_in_constant(struct out *o, const struct node *a, const struct cel_value *list,
                             enum cel_type item)
{
    enum cel_type type = a->type == CEL_DOUBLE || item == CEL_DOUBLE ? CEL_DOUBLE : item;
    const char *before = " IN (";
    if (!add(o, "COALESCE(") || !emit_side(o, a, type))
        return false;
    for (size_t i = 0; i < list->list.n; i++) {
        const struct cel_value *v = &list->list.items[i];
        struct cel_value wide = cel_convert(OP_DOUBLE, v, o->a);
        if (cel_is_null(v))
            continue;
        if (!add(o, before) || !add_constant(o, type == CEL_DOUBLE ? &wide : v, type))
            return false;
        before = ", ";
    }
    return add(o, before[0] == ',' ? "), FALSE)" : " IS NULL AND FALSE, FALSE)");
}

/* Items that depend on the row, one comparison each. */
static bool emit_in_written(struct out *o, const struct node *a, const struct node *list)
{
    if (!add(o, "COALESCE(") || !emit_side(o, a, list->item) || !add(o, " IN ("))
        return false;
    for (const struct node *kid = list->kid; kid; kid = kid->next)
        if (!emit_side(o, kid, a->type) || !add(o, kid->next ? ", " : "), FALSE)"))
            return false;
    return true;
}

static bool emit_in(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *list = a->next;
    struct cel_value v = {0};
    if (list->constant)
        return constant(o, list, &v) && v.type == CEL_LIST && v.list.n > 0 && a->type != CEL_NULL
                   ? emit_in_constant(o, a, &v, list->item)
                   : add(o, "FALSE");
    if (list->op == OP_LIST)
        return a->type == CEL_NULL ? add(o, "FALSE") : emit_in_written(o, a, list);
    if (list->op == OP_VAR)
        return emit_in_field(o, x);
    return emit_value(o, list);
}

/* --- strings --- */

static bool emit_contains(struct out *o, const struct node *a, const struct node *b)
{
    return add(o, "COALESCE((replace(") && emit_value(o, a) && add(o, ", ") && emit_value(o, b) &&
           add(o, ", '') <> ") && emit_value(o, a) && add(o, ") OR (") && emit_value(o, b) &&
           add(o, " = '' AND ") && emit_value(o, a) && add(o, " IS NOT NULL), FALSE)");
}

/* The text before which all texts that start with `prefix` come; NULL if that is not plain. */
static const char *after_prefix(struct out *o, const char *prefix)
{
    size_t n = strlen(prefix);
    unsigned char last = n > 0 ? (unsigned char)prefix[n - 1] : 0xFF;
    if (last < ' ' || last >= '~')
        return NULL;
    char *s = arena_strdup(o->a, prefix);
    s[n - 1] = (char)(last + 1);
    return s;
}

/* A column that starts with a known text lies in a range, which an index can find. */
static bool emit_column_starts(struct out *o, const struct node *a, const char *prefix, const char *after)
{
    return add(o, "(") && emit_value(o, a) && add(o, " >= CAST(") && add_arg(o, SQL_TEXT(prefix)) &&
           add(o, " AS TEXT) COLLATE \"binary\" AND ") && emit_value(o, a) && add(o, " < CAST(") &&
           add_arg(o, SQL_TEXT(after)) && add(o, " AS TEXT) COLLATE \"binary\" AND ") && emit_value(o, a) &&
           add(o, " IS NOT NULL)");
}

static bool emit_starts(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    struct cel_value v = {0};
    if (a->op == OP_VAR && a->var->sql == CEL_SQL_COLUMN && b->constant && constant(o, b, &v) &&
        v.type == CEL_STRING) {
        const char *after = after_prefix(o, v.s);
        if (after)
            return emit_column_starts(o, a, v.s, after);
    }
    return add(o, "COALESCE(substr(") && emit_value(o, a) && add(o, ", 1, length(") && emit_value(o, b) &&
           add(o, ")) = ") && emit_value(o, b) && add(o, ", FALSE)");
}

static bool emit_strings(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    if (x->op == OP_CONTAINS)
        return emit_contains(o, a, b);
    if (x->op == OP_STARTS)
        return emit_starts(o, x);
    if (x->op == OP_MATCHES)
        return NO_SQL(
            o, x, "列表的筛选条件不能用 matches；可以用 contains、startsWith、endsWith",
            "the condition of a list cannot use matches; contains, startsWith and endsWith can be used");
    return add(o, "COALESCE(substr(") && emit_value(o, a) && add(o, ", length(") && emit_value(o, a) &&
           add(o, ") - length(") && emit_value(o, b) && add(o, ") + 1) = ") && emit_value(o, b) &&
           add(o, ", FALSE)");
}

/* --- logic --- */

/* a && b && c without brackets within: the databases' parsers allow few of them. */
static bool emit_chain(struct out *o, const struct node *x, enum cel_op op)
{
    if (x->op != op || x->constant)
        return emit_bool(o, x);
    return emit_chain(o, x->kid, op) && add(o, op == OP_AND ? " AND " : " OR ") && emit_bool(o, x->kid->next);
}

static bool emit_bool_var(struct out *o, const struct node *x)
{
    if (x->op != OP_VAR || x->var->sql != CEL_SQL_COLUMN)
        return add(o, "COALESCE(") && emit_value(o, x) && add(o, ", FALSE)");
    return add(o, "(") && add(o, x->var->column) && add(o, " = 1 AND ") && add(o, x->var->column) &&
           add(o, " IS NOT NULL)");
}

static bool emit_constant_bool(struct out *o, const struct node *x)
{
    struct cel_value v = {0};
    return add(o, constant(o, x, &v) && v.type == CEL_BOOL && v.b ? "TRUE" : "FALSE");
}

static bool emit_bool(struct out *o, const struct node *x)
{
    if (x->constant)
        return emit_constant_bool(o, x);
    switch ((int)x->op) {
    case OP_NOT:
        return add(o, "(NOT ") && emit_bool(o, x->kid) && add(o, ")");
    case OP_AND:
    case OP_OR:
        return add(o, "(") && emit_chain(o, x, x->op) && add(o, ")");
    case OP_COND:
        return emit_case(o, x, emit_bool);
    case OP_EQ:
    case OP_NE:
        return emit_equality(o, x);
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return emit_order(o, x);
    case OP_IN:
        return emit_in(o, x);
    case OP_HAS:
        return emit_null_test(o, x->kid, OP_NE);
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
    case OP_MATCHES:
        return emit_strings(o, x);
    default:
        return emit_bool_var(o, x);
    }
}

/* --- what can fail --- */

static bool may_fail(const struct out *o, const struct node *x)
{
    struct cel_value ignored = {0};
    if (x->constant)
        return !constant(o, x, &ignored);
    if (is_arithmetic(x) && x->type != CEL_STRING && !(x->op == OP_NEGATE && x->type == CEL_DOUBLE))
        return true;
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (may_fail(o, kid))
            return true;
    return false;
}

/* The operation itself, its operands being right. */
static bool emit_fits(struct out *o, const struct node *x)
{
    const struct node *b = x->kid->next;
    if (x->type == CEL_DOUBLE)
        return emit_both_sane(o, x);
    if ((x->op == OP_DIV || x->op == OP_MOD) &&
        !(add(o, "COALESCE(") && emit_value(o, b) && add(o, " <> 0, TRUE) AND ")))
        return false;
    return add(o, "COALESCE(") && emit_value(o, x) &&
           add(o, " BETWEEN -9223372036854775807 AND 9223372036854775807, TRUE)");
}

static bool emit_all_ok(struct out *o, const struct node *x)
{
    bool some = false;
    if (!add(o, "("))
        return false;
    for (const struct node *kid = x->kid; kid; kid = kid->next) {
        if (!may_fail(o, kid))
            continue;
        if ((some && !add(o, " AND ")) || !emit_ok(o, kid))
            return false;
        some = true;
    }
    if (is_arithmetic(x) && x->type != CEL_STRING && !(x->op == OP_NEGATE && x->type == CEL_DOUBLE))
        return (!some || add(o, " AND ")) && emit_fits(o, x) && add(o, ")");
    return add(o, ")");
}

/* && and || look at their right side only when the left one leaves it open. */
static bool emit_logic_ok(struct out *o, const struct node *x)
{
    const struct node *a = x->kid, *b = a->next;
    if (!may_fail(o, b))
        return emit_ok(o, a);
    return add(o, "(") && emit_ok(o, a) && add(o, x->op == OP_AND ? " AND (NOT " : " AND (") &&
           emit_bool(o, a) && add(o, " OR ") && emit_ok(o, b) && add(o, "))");
}

static bool emit_cond_ok(struct out *o, const struct node *x)
{
    return add(o, "(") && emit_ok(o, x->kid) && add(o, " AND ") && emit_case(o, x, emit_ok) && add(o, ")");
}

/* True for the rows for which computing x does not fail. */
static bool emit_ok(struct out *o, const struct node *x)
{
    if (!may_fail(o, x))
        return add(o, "TRUE");
    if (x->constant)
        return add(o, "FALSE");
    if (x->op == OP_AND || x->op == OP_OR)
        return emit_logic_ok(o, x);
    return x->op == OP_COND ? emit_cond_ok(o, x) : emit_all_ok(o, x);
}

bool cel_to_sql(const struct cel_expr *x, int64_t now, struct arena *a, struct sql_where *w, struct err *e)
{
    struct out o = {.w = w, .a = a, .text = x->text, .now = now, .e = e};
    if (!may_fail(&o, x->root))
        return emit_bool(&o, x->root);
    return add(&o, "(") && emit_ok(&o, x->root) && add(&o, " AND ") && emit_bool(&o, x->root) && add(&o, ")");
}
