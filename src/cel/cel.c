#include "cel/cel.h"

#include "base/text.h"
#include "cel/cel_internal.h"

#include <string.h>

static bool compile(struct compiler *c, enum cel_type want, struct node **ret)
{
    size_t n = strlen(c->text);
    if (n > LIMIT_CEL_BYTES)
        return CEL_BAD(c, 0, "cel.too_long", "表达式过长，最多 %d 字节", "too long: at most %d bytes",
                       LIMIT_CEL_BYTES);
    if (!utf8_valid(c->text, n))
        return CEL_BAD(c, 0, "cel.syntax", "不是有效的 UTF-8", "not valid UTF-8");
    return cel_parse(c, ret) && cel_check(c, *ret) && cel_check_secrets(c, *ret, false) &&
           cel_want(c, ret, want);
}

bool cel_compile(struct arena *a, const struct cel_env *env, const char *text, enum cel_type want,
                 struct cel_expr **ret, int *ret_col, struct err *e)
{
    struct compiler c = {.a = a, .env = env, .text = text, .bad_col = 1, .e = e};
    struct node *root = NULL;
    bool ok = compile(&c, want, &root);
    if (ret_col)
        *ret_col = c.bad_col;
    if (!ok)
        return false;
    *ret = arena_new(a, struct cel_expr);
    **ret = (struct cel_expr){.text = arena_strdup(a, text), .env = env, .root = root};
    return true;
}

enum cel_type cel_type_of(const struct cel_expr *x)
{
    return x->root->type;
}

const char *cel_text(const struct cel_expr *x)
{
    return x->text;
}

static bool uses(const struct node *x, const char *var)
{
    if (x->op == OP_VAR && str_eq(x->var->name, var))
        return true;
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        if (uses(kid, var))
            return true;
    return false;
}

bool cel_uses(const struct cel_expr *x, const char *var)
{
    return uses(x->root, var);
}

static void calls(const struct node *x, int func_id, void (*each)(void *ctx, const char *text), void *ctx)
{
    if (x->op == OP_CALL && x->func->id == func_id && x->kid != NULL && x->kid->op == OP_LITERAL &&
        x->kid->type == CEL_STRING)
        each(ctx, x->kid->literal.s);
    for (const struct node *kid = x->kid; kid; kid = kid->next)
        calls(kid, func_id, each, ctx);
}

void cel_each_call(const struct cel_expr *x, int func_id, void (*each)(void *ctx, const char *text),
                   void *ctx)
{
    calls(x->root, func_id, each, ctx);
}
