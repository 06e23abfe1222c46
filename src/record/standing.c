/* What stands for a record that went into another: what is written from then on names that one. What was
 * written before stays as it is, so that a merge can be taken back. */
#include "record/batch.h"
#include "record/crew.h"

#include <string.h>

/* One may have gone into another that went into a third. */
enum { MERGES_DEEP = 16 };

bool record_standing(bool (*load)(void *ctx, struct uuid id, const struct record **ret, struct err *e),
                     void *ctx, struct uuid id, const struct record **ret, struct err *e)
{
    if (!load(ctx, id, ret, e))
        return false;
    for (int i = 0; i < MERGES_DEEP && *ret != NULL && record_merged(*ret); i++)
        if (!load(ctx, (*ret)->duplicate_of, ret, e))
            return false;
    return true;
}

static bool load(void *ctx, struct uuid id, const struct record **ret, struct err *e)
{
    return batch_load(ctx, id, ret, e);
}

bool batch_standing(struct batch *b, struct uuid id, const struct record **ret, struct err *e)
{
    return record_standing(load, b, id, ret, e);
}

/* --- commands --- */

struct readdressing {
    struct batch *b;
    const struct command *c;
    struct command *copy; /* NULL: nothing had to be changed yet */
    const struct kind *kind;
};

static struct command *copy_of(struct readdressing *x)
{
    if (x->copy != NULL)
        return x->copy;
    x->copy = arena_new(x->b->a, struct command);
    *x->copy = *x->c;
    if (x->c->values != NULL) {
        x->copy->values = arena_array(x->b->a, struct cel_value, x->kind->n_fields + 1);
        memcpy(x->copy->values, x->c->values, sizeof(*x->c->values) * x->kind->n_fields);
    }
    return x->copy;
}

/* *ret_other: it is another one. */
static bool stands_elsewhere(struct readdressing *x, struct uuid id, struct uuid *ret, bool *ret_other,
                             struct err *e)
{
    const struct record *r = NULL;

    if (!batch_standing(x->b, id, &r, e))
        return false;
    *ret = r == NULL ? id : r->id;
    *ret_other = !uuid_eq(*ret, id);
    return true;
}

static bool readdress_parent(struct readdressing *x, struct err *e)
{
    struct uuid id;
    bool other;

    if (x->c->kind == NULL || uuid_is_nil(x->c->parent))
        return true;
    if (!stands_elsewhere(x, x->c->parent, &id, &other, e))
        return false;
    if (other)
        copy_of(x)->parent = id;
    return true;
}

static bool readdress_value(struct readdressing *x, const struct cel_value *v, struct cel_value *ret,
                            bool *ret_other, struct err *e)
{
    struct uuid id;
    char *text;

    *ret = *v;
    *ret_other = false;
    if (v->type != CEL_STRING || !uuid_parse(v->s, &id))
        return true;
    if (!stands_elsewhere(x, id, &id, ret_other, e))
        return false;
    if (*ret_other) {
        text = arena_alloc(x->b->a, UUID_TEXT_MAX);
        uuid_format(id, text);
        *ret = CEL_STR(text);
    }
    return true;
}

static bool readdress_list(struct readdressing *x, size_t field, const struct cel_value *v, struct err *e)
{
    struct cel_value *items = arena_array(x->b->a, struct cel_value, v->list.n + 1);
    bool any = false;

    for (size_t i = 0; i < v->list.n; i++) {
        bool other;

        if (!readdress_value(x, &v->list.items[i], &items[i], &other, e))
            return false;
        any = any || other;
    }
    if (any)
        copy_of(x)->values[field].list.items = items;
    return true;
}

/* Only kinds that can be merged are looked up. */
static bool names_mergeable(const struct readdressing *x, const struct field *f)
{
    const struct kind *k = f->record_kind == NULL ? NULL : packs_kind(x->b->world->packs, f->record_kind);

    return f->type == FIELD_RECORD && k != NULL && kind_merge(k) != NULL;
}

static bool readdress_fields(struct readdressing *x, struct err *e)
{
    for (size_t i = 0; x->kind != NULL && x->c->values != NULL && i < x->kind->n_fields; i++) {
        const struct cel_value *v = &x->c->values[i];
        struct cel_value to;
        bool other = false;

        if (v->type <= CEL_NULL || !names_mergeable(x, &x->kind->fields[i]))
            continue;
        if (v->type == CEL_LIST ? !readdress_list(x, i, v, e) : !readdress_value(x, v, &to, &other, e))
            return false;
        if (other)
            copy_of(x)->values[i] = to;
    }
    return true;
}

bool batch_readdress(struct batch *b, const struct command *c, const struct command **ret, struct err *e)
{
    struct readdressing x = {.b = b, .c = c, .kind = c->kind};
    const struct record *target = NULL;

    if (c->kind == NULL && c->values != NULL) {
        if (!batch_load(b, c->target, &target, e))
            return false;
        x.kind = target == NULL ? NULL : target->kind;
    }
    if (!readdress_parent(&x, e) || !readdress_fields(&x, e))
        return false;
    *ret = x.copy == NULL ? c : x.copy;
    return true;
}
