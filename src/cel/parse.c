/* Recursive descent; operators by precedence climbing. Depth counts what nests
 * in the source, so recursion is bounded before it happens. */
#include "base/text.h"
#include "cel/cel_internal.h"

#include <string.h>

static bool expression(struct compiler *c, struct node **ret);

bool cel_node(struct compiler *c, enum cel_op op, int at, struct node **ret)
{
    if (++c->nodes > LIMIT_CEL_NODES)
        return CEL_BAD(c, at, "cel.too_long", "表达式过大，最多 %d 个成分", "too large: at most %d parts",
                       LIMIT_CEL_NODES);
    *ret = arena_new(c->a, struct node);
    (*ret)->op = op;
    (*ret)->at = at;
    return true;
}

static bool is_mark(const struct compiler *c, const char *mark)
{
    const struct token *t = &c->token;
    return t->type == TOKEN_MARK && (size_t)t->n == strlen(mark) &&
           !strncmp(c->text + t->at, mark, (size_t)t->n);
}

static bool is_word(const struct compiler *c, const char *word)
{
    return c->token.type == TOKEN_NAME && str_eq(c->token.s, word);
}

/* What a person meant who wrote `and`. */
static const char *sign_for_word(const struct compiler *c)
{
    static const char *const words[][2] = {
        {"and", "&&"}, {"or", "||"}, {"not", "!"}, {"AND", "&&"}, {"OR", "||"}};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (is_word(c, words[i][0]))
            return words[i][1];
    return NULL;
}

static bool unexpected(struct compiler *c, const char *expected_zh, const char *expected_en)
{
    const char *sign = sign_for_word(c);
    if (sign)
        return CEL_BAD(c, c->token.at, "cel.syntax", "没有“%s”这个词，请写 %s",
                       "there is no word \"%s\": write %s", c->token.s, sign);
    if (c->token.type == TOKEN_END)
        return CEL_BAD(c, c->token.at, "cel.syntax", "表达式到此中断，应为%s%.0s",
                       "it ends here; expected %.0s%s", expected_zh, expected_en);
    return CEL_BAD(c, c->token.at, "cel.syntax", "这里不能写“%.*s”，应为%s%.0s",
                   "unexpected \"%.*s\"; expected %.0s%s", c->token.n, c->text + c->token.at, expected_zh,
                   expected_en);
}

static bool expect(struct compiler *c, const char *mark)
{
    if (!is_mark(c, mark))
        return unexpected(c, mark, mark);
    return cel_next(c);
}

static void add_kid(struct node *x, struct node *kid)
{
    struct node **to = &x->kid;
    while (*to)
        to = &(*to)->next;
    *to = kid;
    x->n++;
}

/* Operands up to the closing mark; the opening one has been read. */
static bool operands(struct compiler *c, struct node *x, const char *close)
{
    struct node **to = &x->kid;
    while (*to)
        to = &(*to)->next;
    while (!is_mark(c, close)) {
        if (!expression(c, to))
            return false;
        to = &(*to)->next;
        x->n++;
        if (is_mark(c, close))
            break;
        if (!is_mark(c, ","))
            return unexpected(c, close[0] == ')' ? ", 或 )" : ", 或 ]",
                              close[0] == ')' ? ", or )" : ", or ]");
        if (!cel_next(c))
            return false;
    }
    return cel_next(c);
}

static bool literal(struct compiler *c, struct cel_value v, struct node **ret)
{
    if (!cel_node(c, OP_LITERAL, c->token.at, ret))
        return false;
    (*ret)->literal = v;
    return cel_next(c);
}

static bool name(struct compiler *c, struct node **ret)
{
    if (is_word(c, "true") || is_word(c, "false"))
        return literal(c, CEL_BOOLV(c->token.s[0] == 't'), ret);
    if (is_word(c, "null"))
        return literal(c, CEL_NULLV, ret);
    if (is_word(c, "in") || sign_for_word(c))
        return unexpected(c, "一个值", "a value");
    if (!cel_node(c, OP_NAME, c->token.at, ret))
        return false;
    (*ret)->name = c->token.s;
    if (!cel_next(c))
        return false;
    if (!is_mark(c, "("))
        return true;
    (*ret)->op = OP_APPLY;
    return cel_next(c) && operands(c, *ret, ")");
}

static bool primary(struct compiler *c, struct node **ret)
{
    switch (c->token.type) {
    case TOKEN_INT:
        return literal(c, CEL_INTV(c->token.i), ret);
    case TOKEN_DOUBLE:
        return literal(c, (struct cel_value){.type = CEL_DOUBLE, .d = c->token.d}, ret);
    case TOKEN_STRING:
        return literal(c, CEL_STR(c->token.s), ret);
    case TOKEN_NAME:
        return name(c, ret);
    case TOKEN_MARK:
        if (is_mark(c, "("))
            return cel_next(c) && expression(c, ret) && expect(c, ")");
        if (is_mark(c, "["))
            return cel_node(c, OP_LIST, c->token.at, ret) && cel_next(c) && operands(c, *ret, "]");
        return unexpected(c, "一个值", "a value");
    case TOKEN_UNSET:
    case TOKEN_END:
        break;
    }
    return unexpected(c, "一个值", "a value");
}

/* A value and the methods called on it. */
static bool member(struct compiler *c, struct node **ret)
{
    if (!primary(c, ret))
        return false;
    while (is_mark(c, ".")) {
        struct node *call = NULL;
        if (!cel_next(c))
            return false;
        if (c->token.type != TOKEN_NAME)
            return unexpected(c, "方法名", "the name of a method");
        if (!cel_node(c, OP_APPLY, c->token.at, &call))
            return false;
        call->name = c->token.s;
        call->method = true;
        add_kid(call, *ret);
        if (!cel_next(c) || !expect(c, "(") || !operands(c, call, ")"))
            return false;
        *ret = call;
    }
    return true;
}

static bool deeper(struct compiler *c)
{
    if (++c->depth > LIMIT_CEL_DEPTH)
        return CEL_BAD(c, c->token.at, "cel.too_deep", "嵌套过深，最多 %d 层",
                       "nested too deeply: at most %d levels", LIMIT_CEL_DEPTH);
    return true;
}

static bool unary(struct compiler *c, struct node **ret)
{
    bool not = is_mark(c, "!");
    if (!not &&!is_mark(c, "-"))
        return member(c, ret);
    struct node *kid = NULL;
    if (!deeper(c) || !cel_node(c, not ? OP_NOT : OP_NEGATE, c->token.at, ret) || !cel_next(c) ||
        !unary(c, &kid))
        return false;
    add_kid(*ret, kid);
    c->depth--;
    return true;
}

struct binary {
    const char *mark;
    enum cel_op op;
    int strength;
};

static const struct binary *binary_here(const struct compiler *c)
{
    static const struct binary all[] = {
        {"||", OP_OR, 1}, {"&&", OP_AND, 2}, {"==", OP_EQ, 3}, {"!=", OP_NE, 3}, {"<", OP_LT, 3},
        {"<=", OP_LE, 3}, {">", OP_GT, 3},   {">=", OP_GE, 3}, {"+", OP_ADD, 4}, {"-", OP_SUB, 4},
        {"*", OP_MUL, 5}, {"/", OP_DIV, 5},  {"%", OP_MOD, 5},
    };
    static const struct binary in = {"in", OP_IN, 3};
    if (is_word(c, "in"))
        return &in;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (is_mark(c, all[i].mark))
            return &all[i];
    return NULL;
}

/* Operators at least as strong as `strength`, all associating to the left. */
static bool binary(struct compiler *c, int strength, struct node **ret)
{
    if (!unary(c, ret))
        return false;
    for (const struct binary *b = binary_here(c); b && b->strength >= strength; b = binary_here(c)) {
        struct node *x = NULL, *right = NULL;
        if (!cel_node(c, b->op, c->token.at, &x) || !cel_next(c) || !binary(c, b->strength + 1, &right))
            return false;
        add_kid(x, *ret);
        add_kid(x, right);
        *ret = x;
    }
    return true;
}

static bool expression(struct compiler *c, struct node **ret)
{
    if (!deeper(c) || !binary(c, 1, ret))
        return false;
    if (is_mark(c, "?")) {
        struct node *x = NULL, *yes = NULL, *no = NULL;
        if (!cel_node(c, OP_COND, c->token.at, &x) || !cel_next(c) || !expression(c, &yes) ||
            !expect(c, ":") || !expression(c, &no))
            return false;
        add_kid(x, *ret);
        add_kid(x, yes);
        add_kid(x, no);
        *ret = x;
    }
    c->depth--;
    return true;
}

bool cel_parse(struct compiler *c, struct node **ret)
{
    if (!cel_next(c) || !expression(c, ret))
        return false;
    if (c->token.type != TOKEN_END)
        return unexpected(c, "运算符或结尾", "an operator or the end");
    return true;
}
