/* Effects that ask for another command: a move of the record itself, of its parent or its children, a record
 * of another kind. The door carries them out right after their cause, in the same transaction. */
#include "engine/apply_internal.h"
#include "pack/check.h"

#include <string.h>

struct change_follow *change_follow(struct change *ch, enum follow_how how, const char *verb, struct arena *a)
{
    enum { FEW = 8 };
    size_t n = ch->n_follows;
    struct change_follow *f;

    if (n == FOLLOWS_MAX)
        return NULL;
    /* Room for a few, and for twice as many whenever that is used up. */
    if (n == 0 || (n >= FEW && (n & (n - 1)) == 0)) {
        f = arena_array(a, struct change_follow, n < FEW ? FEW : 2 * n);
        if (n > 0)
            memcpy(f, ch->follows, sizeof(*f) * n);
        ch->follows = f;
    }
    f = &ch->follows[ch->n_follows++];
    *f = (struct change_follow){.how = how, .verb = verb};
    return f;
}

/* --- what is given with it: {field: expression over this record} --- */

struct given {
    size_t n;
    struct {
        const char *field;
        const struct cel_expr *expr;
    } one[];
};

/* The first of `targets` that has the field says its type. */
static bool given_check(struct pack_check *c, const struct kind *k, const struct kind *const *targets,
                        size_t n_targets, const struct pack_node *map, struct given **ret)
{
    struct given *d;
    bool ok = true;

    *ret = d = arena_alloc(check_arena(c), sizeof(*d) + sizeof(d->one[0]) * (map == NULL ? 0 : map->n));
    d->n = 0;
    if (map == NULL)
        return true;
    if (map->type != NODE_MAP)
        return check_fail(c, map, "pack.effect", "{field: expression}", "'fields' needs a map of fields");
    for (size_t i = 0; i < map->n; i++) {
        const struct field *f = NULL;

        for (size_t t = 0; t < n_targets && f == NULL; t++)
            f = kind_field(targets[t], map->keys[i]->text);
        if (f == NULL)
            ok = n_targets > 0 && check_field(c, targets[0], map->keys[i]) != NULL && ok;
        else if (f->privacy == PRIVACY_PERSONAL)
            ok = check_fail(c, map->keys[i], "pack.privacy", "an open field",
                            "a personal field is not handed on");
        else
            ok = check_cel(c, k, map->items[i], field_cel_type(f), &d->one[i].expr) && ok;
        d->one[i].field = map->keys[i]->text;
    }
    d->n = map->n;
    return ok;
}

static bool give(struct effect_run *run, const struct given *d, struct change_follow *f, struct err *e)
{
    f->given = arena_alloc(run->arena, sizeof(*f->given) * (d->n + 1));
    for (size_t i = 0; i < d->n; i++) {
        f->given[i].field = d->one[i].field;
        if (!effect_eval(run, d->one[i].expr, &f->given[i].value, e))
            return false;
    }
    f->n = d->n;
    return true;
}

/* --- move: NAME --- */

static bool move_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const void **ret)
{
    return (*ret = check_move(c, k, arg)) != NULL;
}

static bool move_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct move *m = data;

    (void)e;
    (void)change_follow(run->change, FOLLOW_MOVE, m->name, run->arena);
    return true;
}

/* --- parent: NAME, or {move: NAME, fields: {…}} --- */

struct parent_data {
    const char *move;
    struct given *given;
};

/* Some kind of parent has that move; another has no use for it. */
static bool parent_move(struct pack_check *c, const struct kind *const *parents, size_t n,
                        const struct pack_node *at)
{
    for (size_t i = 0; i < n; i++)
        if (at->type == NODE_SCALAR && kind_move(parents[i], at->text) != NULL)
            return true;
    return check_move(c, parents[0], at) != NULL;
}

static bool parent_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                         const void **ret)
{
    static const char *const members[] = {"move", "fields"};
    struct parent_data *d = arena_new(check_arena(c), struct parent_data);
    const struct pack_node *move = arg->type == NODE_MAP ? node_get(arg, "move") : arg;
    const struct kind *parents[PARENTS_MAX];
    size_t n = check_parents(c, k, parents);

    *ret = d;
    if (arg->type == NODE_MAP && !check_map(c, arg, "a move of the parent", NAMES(members, 2)))
        return false;
    if (move == NULL)
        return check_fail(c, arg, "pack.missing", "add move: NAME", "which move of the parent?");
    if (n == 0)
        return check_fail(c, arg, "pack.no_parent", "children: of another kind that names this one",
                          "'%s' is nobody's child", k->name);
    d->move = move->text;
    return parent_move(c, parents, n, move) &&
           given_check(c, k, parents, n, arg->type == NODE_MAP ? node_get(arg, "fields") : NULL, &d->given);
}

static bool parent_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct parent_data *d = data;
    struct change_follow *f;

    if (uuid_is_nil(run->rec->parent))
        return true;
    f = change_follow(run->change, FOLLOW_PARENT, d->move, run->arena);
    return f == NULL || give(run, d->given, f, e);
}

/* --- children: NAME --- */

/* Some kind of child has that move; of others it is not asked. */
static bool children_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                           const void **ret)
{
    const struct kind *first = NULL;

    for (size_t i = 0; i < k->n_children; i++) {
        const struct kind *child = packs_kind(check_packs(c), k->children[i]);

        first = first == NULL ? child : first;
        if (arg->type == NODE_SCALAR && child != NULL && kind_move(child, arg->text) != NULL) {
            *ret = arg->text;
            return true;
        }
    }
    if (first == NULL)
        return check_fail(c, arg, "pack.no_child", "children: KIND", "'%s' has no children", k->name);
    return check_move(c, first, arg) != NULL;
}

static bool children_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;

    (void)e;
    (void)change_follow(run->change, FOLLOW_CHILDREN, data, run->arena);
    return true;
}

/* --- record: {field: NAME, move: NAME, fields: {…}, below: true} --- */

struct record_data {
    const struct field *field;
    const struct kind *kind;
    const char *move;
    struct given *given;
    bool below; /* from now on this one lies below that */
};

/* The field names one record of a kind that has the move. */
static bool record_field(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                         struct record_data *d)
{
    if ((d->field = check_field(c, k, n)) == NULL)
        return false;
    d->kind = d->field->record_kind == NULL ? NULL : packs_kind(check_packs(c), d->field->record_kind);
    return (d->field->type == FIELD_RECORD && !d->field->many && d->kind != NULL) ||
           check_fail(c, n, "pack.effect", "a field of type record, with kind:", "'%s' names no record",
                      d->field->name);
}

static bool below_check(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                        struct record_data *d)
{
    if (n == NULL)
        return true;
    if (!check_bool(c, n, &d->below))
        return false;
    /* Of the same kind two could end up below each other. */
    return (d->kind != k && kind_has_child(d->kind, k->name)) ||
           check_fail(c, n, "pack.no_child",
                      "another kind, with this one among its children:", "'%s' does not go below '%s'",
                      k->name, d->kind->name);
}

static bool record_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                         const void **ret)
{
    static const char *const members[] = {"field", "move", "fields", "below"};
    struct record_data *d = arena_new(check_arena(c), struct record_data);
    const struct pack_node *field = node_get(arg, "field"), *move = node_get(arg, "move");

    *ret = d;
    if (!check_map(c, arg, "a move of a record", NAMES(members, COUNT_OF(members))))
        return false;
    if (field == NULL || move == NULL)
        return check_fail(c, arg, "pack.missing", "add field: NAME and move: NAME",
                          "which move of which record?");
    if (!record_field(c, k, field, d) || check_move(c, d->kind, move) == NULL ||
        !below_check(c, k, node_get(arg, "below"), d))
        return false;
    d->move = move->text;
    return given_check(c, k, &d->kind, 1, node_get(arg, "fields"), &d->given);
}

static bool record_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct record_data *d = data;
    const struct cel_value *v = &run->rec->values[d->field->index];
    struct change_follow *f;
    struct uuid target;

    if (v->type != CEL_STRING || !uuid_parse(v->s, &target))
        return true;
    if ((f = change_follow(run->change, FOLLOW_RECORD, d->move, run->arena)) == NULL)
        return true;
    f->kind = d->kind;
    f->target = target;
    return (!d->below || around_standing(run->rec->around, target, &run->rec->parent, e)) &&
           give(run, d->given, f, e);
}

/* --- raise: {kind: NAME, fields: {…}} --- */

struct raise_data {
    const struct kind *kind;
    struct given *given;
};

/* All that the other kind asks for when it is raised is given with it. */
static bool given_all(struct pack_check *c, const struct raise_data *d, const struct pack_node *at)
{
    bool ok = true;

    for (size_t i = 0; i < d->kind->n_fields; i++) {
        const struct field *f = &d->kind->fields[i];
        bool has = !f->required || f->fallback != NULL;

        for (size_t n = 0; n < d->given->n && !has; n++)
            has = strcmp(d->given->one[n].field, f->name) == 0;
        if (!has)
            ok = check_fail(c, at, "pack.missing", "it among fields:", "'%s' requires the field '%s'",
                            d->kind->name, f->name);
    }
    return ok;
}

static bool raise_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                        const void **ret)
{
    static const char *const members[] = {"kind", "fields"};
    struct raise_data *d = arena_new(check_arena(c), struct raise_data);
    const struct pack_node *kind = node_get(arg, "kind");

    *ret = d;
    if (!check_map(c, arg, "a record to raise", NAMES(members, 2)))
        return false;
    if (kind == NULL)
        return check_fail(c, arg, "pack.missing", "add kind: NAME", "a record of which kind?");
    d->kind = check_kind(c, kind);
    return d->kind != NULL && given_check(c, k, &d->kind, 1, node_get(arg, "fields"), &d->given) &&
           given_all(c, d, kind);
}

static bool raise_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct raise_data *d = data;
    struct change_follow *f = change_follow(run->change, FOLLOW_RAISE, NULL, run->arena);

    if (f == NULL)
        return true;
    f->kind = d->kind;
    return give(run, d->given, f, e);
}

const struct effect_type effect_move = {
    "move", "another move follows, made by the clock", move_check, {move_run}};
const struct effect_type effect_parent = {
    "parent", "a move of the parent follows, made by the clock", parent_check, {parent_run}};
const struct effect_type effect_children = {
    "children",
    "a move of each child for which it is possible follows, made by the clock",
    children_check,
    {children_run}};
const struct effect_type effect_record = {
    "record",
    "a move of the record that a field names is made with it, or neither",
    record_check,
    {record_run}};
const struct effect_type effect_raise = {
    "raise", "a record of another kind is raised where this one lies", raise_check, {raise_run}};
