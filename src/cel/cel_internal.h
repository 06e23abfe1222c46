/* cel_internal.h -- the tree of an expression and what the parts of cel/ tell each other. */
#ifndef CEL_CEL_INTERNAL_H
#define CEL_CEL_INTERNAL_H

#include "base/base.h"
#include "base/limits.h"
#include "cel/cel.h"

enum token_type {
    TOKEN_UNSET = 0,
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_INT,
    TOKEN_DOUBLE,
    TOKEN_STRING,
    TOKEN_MARK, /* an operator or bracket: `text` and `n` */
};
struct token {
    enum token_type type;
    int at; /* byte offset */
    int n;  /* bytes in the source */
    union {
        int64_t i;
        double d;
        const char *s; /* a name or the string's content, in the arena */
    };
};

/* What one compilation shares from the first byte to the last check. */
struct compiler {
    struct arena *a;
    const struct cel_env *env;
    const char *text;
    struct token token; /* the next one */
    int depth, nodes;
    int bad_col; /* where it went wrong, 1-based in code points */
    struct err *e;
};

/* Records a complaint about the byte offset `at`; yields false. */
#define CEL_BAD(c, at, key, zh, en, ...)                                                                     \
    ((c)->bad_col = cel_column((c)->text, (at)),                                                             \
     ERR((c)->e, ERR_INVALID, key, "第 %d 列：" zh, "column %d: " en, (c)->bad_col, ##__VA_ARGS__))

enum cel_op {
    OP_UNSET = 0,
    OP_LITERAL,
    OP_NAME,  /* until checked: then OP_VAR or OP_NOW */
    OP_APPLY, /* until checked: then what the name stands for */
    OP_VAR,
    OP_NOW,
    OP_LIST,
    OP_NOT,
    OP_NEGATE,
    OP_AND,
    OP_OR,
    OP_COND,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_IN,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_HAS,
    OP_SIZE,
    OP_CONTAINS,
    OP_STARTS,
    OP_ENDS,
    OP_MATCHES,
    OP_INT,
    OP_DOUBLE,
    OP_STRING,
    OP_TIMESTAMP,
    OP_DURATION,
    OP_CALL, /* a function of the environment */
};

struct cel_regex;
struct node {
    enum cel_op op;
    enum cel_type type, item; /* item: of a CEL_LIST */
    bool constant;            /* depends on no variable and no host function; `now` counts as constant */
    bool method;              /* OP_APPLY: written x.f(y) */
    int at;                   /* byte offset, for complaints */
    int n;                    /* operands */
    struct node *kid;         /* the first operand */
    struct node *next;        /* the operand after this one */
    union {
        struct cel_value literal;
        const char *name;
        const struct cel_var *var;
        const struct cel_func *func;
        const struct cel_regex *regex; /* OP_MATCHES */
    };
};

/* The operands of a node whose operator takes them: the parser has seen that they are there. */
NEVER_NULL static inline struct node *operand(const struct node *x)
{
    return x->kid;
}
NEVER_NULL static inline struct node *second(const struct node *x)
{
    return operand(x)->next;
}
NEVER_NULL static inline struct node *third(const struct node *x)
{
    return second(x)->next;
}

struct cel_expr {
    const char *text;
    const struct cel_env *env;
    struct node *root;
};

/* The column, 1-based in code points, of a byte offset. */
int cel_column(const char *text, int at);

/* lex.c: reads the next token into c->token. */
MUST_USE bool cel_next(struct compiler *c);

/* parse.c: the whole text to a tree whose names are not resolved yet. */
MUST_USE bool cel_parse(struct compiler *c, struct node **ret);
MUST_USE bool cel_node(struct compiler *c, enum cel_op op, int at, struct node **ret);

/* check.c: resolves names, gives every node its type. */
MUST_USE bool cel_check(struct compiler *c, struct node *x);
/* Makes *x fit `want`, wrapping an int where a double is wanted. */
MUST_USE bool cel_want(struct compiler *c, struct node **x, enum cel_type want);
/* A personal field may only be asked for its presence: `presence` says the place does that. */
MUST_USE bool cel_check_secrets(struct compiler *c, const struct node *x, bool presence);
const char *cel_type_name(enum cel_type t);

/* suggest.c: the known name nearest to `name`, NULL if none is near. */
struct suggest {
    const char *name, *best;
    size_t distance;
};
void cel_suggest(struct suggest *s, const char *candidate);

/* convert.c */
/* RFC 3339 with a zone, or YYYY-MM-DD: that day's start in China. */
MUST_USE bool cel_parse_timestamp(const char *s, int64_t *ret_ms);
/* "1h30m", "-90s", "1.5h", "2d", "250ms". */
MUST_USE bool cel_parse_duration(const char *s, int64_t *ret_ms);
/* int(), double(), string(), timestamp(), duration(): null when it cannot be. */
struct cel_value cel_convert(enum cel_op op, const struct cel_value *v, struct arena *a);

/* regex.c: matching in time proportional to text times pattern, code point by code point. */
enum { CEL_REGEX_CHARS = 200, CEL_REGEX_STATES = 1000 };
/* NULL with *ret_zh, *ret_en saying why when the pattern cannot be used. */
const struct cel_regex *cel_regex_compile(struct arena *a, const char *pattern, const char **ret_zh,
                                          const char **ret_en);
size_t cel_regex_size(const struct cel_regex *r);
/* True if the pattern is found anywhere in s. */
bool cel_regex_match(const struct cel_regex *r, const char *s);

/* eval.c: the value of a node, as cel_eval() does it. */
MUST_USE bool cel_eval_node(const struct node *x, const char *text, const struct cel_scope *s,
                            struct arena *a, struct cel_value *ret, struct err *e);
bool cel_is_null(const struct cel_value *v);
/* Operands of double arithmetic must be 0 or of a size at which no operation can
 * leave the range of doubles; SQL text in to_sql.c says the same. */
#define CEL_DOUBLE_MIN 1e-150
#define CEL_DOUBLE_MAX 1e150

#endif
