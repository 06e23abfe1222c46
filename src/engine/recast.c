/* A record under another version of its pack: everything is found again by its name. */
#include "engine/record_internal.h"

#include <string.h>

static bool recast_party(const struct kind *k, struct party *p)
{
    p->role = kind_party(k, p->role->name);
    if (p->state != NULL && (p->state = kind_state(k, p->state->name)) == NULL)
        return false;
    return p->role != NULL;
}

/* Clocks that are no more leave the row; what they did stays in the history. */
static void recast_clocks(const struct kind *k, struct record *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_clocks; i++) {
        struct clock c = r->clocks[i];

        c.def = kind_clock(k, c.def->name);
        if (c.def != NULL)
            r->clocks[n++] = c;
    }
    r->n_clocks = n;
}

static void recast_values(const struct record *from, struct record *r, struct arena *a)
{
    r->values = arena_array(a, struct cel_value, r->kind->n_fields + 1);
    for (size_t i = 0; i < from->kind->n_fields; i++) {
        const struct field *f = kind_field(r->kind, from->kind->fields[i].name);

        if (f != NULL)
            r->values[f->index] = from->values[i];
    }
}

struct record *record_recast(const struct packs *to, const struct record *r, struct arena *a)
{
    const struct kind *k = packs_kind(to, r->kind->name);
    struct record *c;

    if (k == NULL)
        return NULL;
    c = record_clone(r, a);
    c->kind = k;
    c->state = kind_state(k, r->state->name);
    recast_values(r, c, a);
    recast_clocks(k, c);
    for (size_t i = 0; i < c->n_parties; i++)
        if (!recast_party(k, &c->parties[i]))
            return NULL;
    return c->state == NULL ? NULL : c;
}
