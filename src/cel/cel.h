/* cel.h -- a subset of the Common Expression Language (cel.dev spec): parse and
 * type-check once, then evaluate in memory or translate to a SQL condition.
 *
 * Subset: null, bool, int, double, string literals (with escapes), lists,
 * variables, == != < <= > >=, && || !, in, + - * / %, ?:, methods contains
 * startsWith endsWith matches (RE2-like, POSIX ERE underneath) size,
 * size(x), has(x), timestamp("..."), duration("..."), int(), double(), string(),
 * `now`, arithmetic of timestamps and durations, and functions that the
 * environment offers.
 *
 * Where we differ from CEL, and say so in docs/packs.md: a declared field that
 * is not set reads null; null equals null only, any order comparison,
 * `in`, string method or arithmetic on null gives false / null instead of an
 * error, so that memory and SQL agree (two-valued logic at the top). */
#ifndef CEL_CEL_H
#define CEL_CEL_H

#include "base/base.h"
#include "sql/sql.h"

enum cel_type {
    CEL_UNSET = 0,
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_TIMESTAMP, /* i: UTC ms */
    CEL_DURATION,  /* i: ms */
    CEL_LIST,
    CEL_DYN, /* in signatures only: any type */
};

struct cel_value {
    enum cel_type type; /* zero-initialised means CEL_UNSET: treated as null */
    union {
        bool b;
        int64_t i;
        double d;
        const char *s; /* UTF-8, owned by whoever made the value (arena) */
        struct {
            const struct cel_value *items;
            size_t n;
        } list;
    };
};
#define CEL_STR(v)   ((struct cel_value){.type = (v) ? CEL_STRING : CEL_NULL, .s = (v)})
#define CEL_INTV(v)  ((struct cel_value){.type = CEL_INT, .i = (v)})
#define CEL_BOOLV(v) ((struct cel_value){.type = CEL_BOOL, .b = (v)})
#define CEL_NULLV    ((struct cel_value){.type = CEL_NULL})

struct arena;

/* A variable an expression may name. */
struct cel_var {
    const char *name;
    enum cel_type type; /* of a list: CEL_LIST with `item` */
    enum cel_type item;
    int id; /* what lookup gets */
    /* How SQL reads it: a column ("state"), or a member of the column "fields". */
    enum { CEL_SQL_NONE = 0, CEL_SQL_COLUMN, CEL_SQL_FIELD } sql;
    const char *column; /* CEL_SQL_COLUMN: a literal of our source */
    bool secret;        /* personal: may only be used in has(x) and x == null */
};

/* A function the environment offers; at most 4 arguments, `optional` trailing ones. */
struct cel_func {
    const char *name;
    int id;
    enum cel_type ret;
    int n_args, optional;
    enum cel_type args[4];
};

struct cel_env {
    const struct cel_var *vars;
    size_t n_vars;
    const struct cel_func *funcs;
    size_t n_funcs;
};

/* What evaluation asks. Both may fill *ret from `a`. */
struct cel_scope {
    void *ctx;
    int64_t now;
    bool (*lookup)(void *ctx, int var_id, struct arena *a, struct cel_value *ret, struct err *e);
    bool (*call)(void *ctx, int func_id, const struct cel_value *args, int n, struct arena *a,
                 struct cel_value *ret, struct err *e);
};

struct cel_expr;

/* Parses and checks `text`; the tree lives in `a`. `want` is the type it must
 * have (CEL_DYN: any). ERR_INVALID "cel.syntax", "cel.unknown_name" (with the nearest
 * known name), "cel.type", "cel.too_long", "cel.too_deep", "cel.secret"; the texts name the column
 * (1-based, in code points) and what was expected. *ret_col (may be NULL) gets
 * that column, for callers who add line numbers. `env` must outlive the tree. */
MUST_USE bool cel_compile(struct arena *a, const struct cel_env *env, const char *text, enum cel_type want,
                          struct cel_expr **ret, int *ret_col, struct err *e);
enum cel_type cel_type_of(const struct cel_expr *x);
const char *cel_text(const struct cel_expr *x);
/* Evaluates; strings and lists in *ret live in `a` or the scope. ERR_INVALID
 * "cel.divide", "cel.overflow", "cel.steps", or what lookup and call report. */
MUST_USE bool cel_eval(const struct cel_expr *x, const struct cel_scope *s, struct arena *a,
                       struct cel_value *ret, struct err *e);
/* Evaluates a condition: null is false. */
MUST_USE bool cel_test(const struct cel_expr *x, const struct cel_scope *s, struct arena *a, bool *ret,
                       struct err *e);
/* Appends the condition to w, reading the same on SQLite 3.40 and PostgreSQL 15.
 * ERR_INVALID "cel.no_sql" naming what cannot be asked of the database
 * (host functions, `matches`). Values bound in w live in `a`. */
MUST_USE bool cel_to_sql(const struct cel_expr *x, int64_t now, struct arena *a, struct sql_where *w,
                         struct err *e);
/* True if the expression reads the variable. */
bool cel_uses(const struct cel_expr *x, const char *var);
/* Tells `each` of every call of the function whose first argument is written out as text, with that text,
 * which lives as long as the expression. */
void cel_each_call(const struct cel_expr *x, int func_id, void (*each)(void *ctx, const char *text),
                   void *ctx);
/* Equality as == means it; null equals null. */
bool cel_equal(const struct cel_value *a, const struct cel_value *b);

#endif
