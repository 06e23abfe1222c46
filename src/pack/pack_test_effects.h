/* pack_test_effects.h -- effect types as the layers above have them, for tests of pack/ alone: they
 * check their argument and do nothing. */
#ifndef PACK_TEST_EFFECTS_H
#define PACK_TEST_EFFECTS_H

#include "base/text.h"
#include "pack/check.h"

#include <string.h>

static bool fake_clock(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const void **ret)
{
    return (*ret = check_clock(c, k, arg)) != NULL;
}

static bool fake_move(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                      const void **ret)
{
    return (*ret = check_move(c, k, arg)) != NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): a list has no lists in it */
static bool fake_tell(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                      const void **ret)
{
    const struct who *who;
    size_t n;

    *ret = NULL;
    if (arg->type == NODE_LIST) {
        for (n = 0; n < arg->n; n++) {
            if (!fake_tell(c, k, arg->items[n], ret)) {
                return false;
            }
        }
        return true;
    }
    if (strchr(arg->text, '(') != NULL) {
        const struct cel_expr *x;

        return check_cel(c, k, arg, CEL_STRING, &x);
    }
    return str_eq(arg->text, "party") || check_who(c, k, arg, &who, &n);
}

/* {field: expression} */
static bool fake_set(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                     const void **ret)
{
    const struct cel_expr *x;
    bool ok = check_map(c, arg, "set", (struct names){0});

    *ret = NULL;
    for (size_t i = 0; ok && i < arg->n; i++) {
        const struct field *f = check_field(c, k, arg->keys[i]);

        ok = f != NULL && check_cel(c, k, arg->items[i], field_cel_type(f), &x);
    }
    return ok;
}

/* {party: expression} */
static bool fake_party(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const void **ret)
{
    const struct cel_expr *x;
    bool ok = check_map(c, arg, "party", (struct names){0});

    *ret = NULL;
    for (size_t i = 0; ok && i < arg->n; i++) {
        ok = check_party(c, k, arg->keys[i]) != NULL && check_cel(c, k, arg->items[i], CEL_STRING, &x);
    }
    return ok;
}

/* {party: field} */
static bool fake_ask(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                     const void **ret)
{
    *ret = NULL;
    return check_map(c, arg, "ask", (struct names){0}) && arg->n == 1 &&
           check_party(c, k, arg->keys[0]) != NULL && check_field(c, k, arg->items[0]) != NULL;
}

/* score: NAME, or {of: NAME, …} */
static bool fake_score(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const void **ret)
{
    const struct pack_node *name = arg->type == NODE_MAP ? node_get(arg, "of") : arg;

    (void)ret;
    if (name == NULL)
        return check_fail(c, arg, "pack.missing", "add of: NAME", "the result of what?");
    return check_name(c, name, "score", "pack.unknown_score", NAMES(k->scores, k->n_scores)) >= 0;
}

/* collect, rank, or {do: rank, …} */
static bool fake_appraise(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                          const void **ret)
{
    (void)ret;
    return k->appraisal != NULL || check_fail(c, arg, "pack.appraisal", NULL, "'%s' ranks nothing", k->name);
}

static const struct effect_type fake_effects[] = {
    {"set", "", fake_set, {NULL}},      {"party", "", fake_party, {NULL}},
    {"leave", "", fake_party, {NULL}},  {"notify", "", fake_tell, {NULL}},
    {"ring", "", fake_tell, {NULL}},    {"ask", "", fake_ask, {NULL}},
    {"move", "", fake_move, {NULL}},    {"start", "", fake_clock, {NULL}},
    {"stop", "", fake_clock, {NULL}},   {"pause", "", fake_clock, {NULL}},
    {"resume", "", fake_clock, {NULL}}, {"score", "", fake_score, {NULL}},
    {"sheet", "", fake_score, {NULL}},  {"appraise", "", fake_appraise, {NULL}},
};
static const struct effect_type *const test_effects[] = {
    &fake_effects[0],  &fake_effects[1],  &fake_effects[2],  &fake_effects[3],  &fake_effects[4],
    &fake_effects[5],  &fake_effects[6],  &fake_effects[7],  &fake_effects[8],  &fake_effects[9],
    &fake_effects[10], &fake_effects[11], &fake_effects[12], &fake_effects[13],
};

#endif
