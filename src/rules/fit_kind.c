/* One kind before and after: what its records could lose, and whether what is derived of them changes. */
#include "base/text.h"
#include "record/store.h"
#include "rules/rules_internal.h"

#include <string.h>

/* --- does every record fit for certain --- */

static bool same_value(const struct field *a, const struct field *b)
{
    return a->type == b->type && a->many == b->many && a->privacy == b->privacy;
}

static bool codes_stay(const struct code_list *from, const struct code_list *to)
{
    for (size_t i = 0; from != NULL && i < from->n_codes; i++)
        if (to == NULL || list_code(to, from->codes[i].code) == NULL)
            return false;
    return true;
}

static bool fields_stay(const struct kind *from, const struct kind *to)
{
    for (size_t i = 0; i < from->n_fields; i++) {
        const struct field *f = kind_field(to, from->fields[i].name);

        if (f == NULL || !same_value(&from->fields[i], f) || !codes_stay(from->fields[i].list, f->list))
            return false;
    }
    return true;
}

static bool names_stay(const struct kind *from, const struct kind *to)
{
    for (size_t i = 0; i < from->n_states; i++)
        if (kind_state(to, from->states[i].name) == NULL)
            return false;
    for (size_t i = 0; i < from->n_parties; i++)
        if (kind_party(to, from->parties[i].name) == NULL)
            return false;
    for (size_t i = 0; i < from->n_clocks; i++)
        if (kind_clock(to, from->clocks[i].name) == NULL)
            return false;
    return true;
}

/* --- does what is derived stay --- */

static bool lights_same(const struct kind *from, const struct kind *to)
{
    for (size_t i = 0; i < from->n_states; i++) {
        const struct state *s = kind_state(to, from->states[i].name);

        if (s != NULL && s->light != from->states[i].light)
            return false;
    }
    return true;
}

/* A row has its values in the order of the fields. */
static bool fields_same(const struct kind *from, const struct kind *to)
{
    int last = -1;

    for (size_t i = 0; i < from->n_fields; i++) {
        const struct field *f = kind_field(to, from->fields[i].name);

        if (f == NULL)
            continue;
        if (f->index < last || f->search != from->fields[i].search)
            return false;
        last = f->index;
    }
    return true;
}

static bool lists_same(const struct code_list *a, const struct code_list *b)
{
    if (a == NULL || b == NULL || a->n_codes != b->n_codes)
        return a == b;
    for (size_t i = 0; i < a->n_codes; i++) {
        const struct code *other = list_code(b, a->codes[i].code);
        const struct code *above = a->codes[i].parent;

        if (other == NULL || (above == NULL) != (other->parent == NULL) ||
            (above != NULL && !str_eq(above->code, other->parent->code)))
            return false;
    }
    return true;
}

static bool gauge_same(const struct measure_def *a, const struct measure_def *b)
{
    if (b == NULL || b->type != MEASURE_OPEN || a->n_by != b->n_by || a->holds == NULL || b->holds == NULL ||
        !str_eq(cel_text(a->holds), cel_text(b->holds)) || strstr(cel_text(a->holds), "table") != NULL)
        return false;
    for (size_t i = 0; i < a->n_by; i++)
        if (!str_eq(a->by[i]->name, b->by[i]->name) || !lists_same(a->by[i]->list, b->by[i]->list))
            return false;
    for (size_t i = 0; i < a->n_by_orgs; i++)
        if (i >= b->n_by_orgs || !str_eq(a->by_orgs[i]->name, b->by_orgs[i]->name))
            return false;
    return a->n_by_orgs == b->n_by_orgs;
}

static const struct measure_def *measure_named(const struct kind *k, const char *name)
{
    for (size_t i = 0; i < k->n_measures; i++)
        if (str_eq(k->measures[i]->name, name))
            return k->measures[i];
    return NULL;
}

static bool gauges_in(const struct kind *from, const struct kind *to)
{
    for (size_t i = 0; i < from->n_measures; i++)
        if (from->measures[i]->type == MEASURE_OPEN &&
            !gauge_same(from->measures[i], measure_named(to, from->measures[i]->name)))
            return false;
    return true;
}

static bool clocks_same(const struct kind *from, const struct kind *to)
{
    for (size_t i = 0; i < from->n_clocks; i++)
        if (kind_clock(to, from->clocks[i].name) == NULL)
            return false;
    return true;
}

/* Rules of the same names over the same days hold the same rows. */
static bool uniques_same(const struct kind *from, const struct kind *to)
{
    if (from->n_uniques != to->n_uniques || (from->from == NULL) != (to->from == NULL) ||
        (from->from != NULL &&
         (!str_eq(from->from->name, to->from->name) || !str_eq(from->to->name, to->to->name))))
        return false;
    for (size_t i = 0; i < from->n_uniques; i++)
        if (!str_eq(from->uniques[i].name, to->uniques[i].name) ||
            from->uniques[i].interval != to->uniques[i].interval ||
            from->uniques[i].ever != to->uniques[i].ever)
            return false;
    return true;
}

struct kind_step kind_step(const struct packs *before, const struct packs *after, const struct kind *from)
{
    struct kind_step s = {.from = from, .to = packs_kind(after, from->name)};

    (void)before;
    if (s.to == NULL)
        return s;
    s.sure = fields_stay(from, s.to) && names_stay(from, s.to);
    s.same = lights_same(from, s.to) && fields_same(from, s.to) && clocks_same(from, s.to) &&
             uniques_same(from, s.to) && gauges_in(from, s.to) && gauges_in(s.to, from);
    return s;
}

/* --- one record --- */

static bool has_code(const struct field *f, const struct cel_value *v, const char **ret)
{
    *ret = v->type == CEL_STRING ? v->s : NULL;
    return *ret == NULL || (f->list != NULL && list_code(f->list, *ret) != NULL);
}

static void value_misfits(const struct record *r, size_t i, const struct kind_step *s,
                          const struct misfit_calls *calls)
{
    const struct field *was = &s->from->fields[i], *is = kind_field(s->to, was->name);
    const struct cel_value *v = &r->values[i];
    const char *code;

    if (v->type <= CEL_NULL)
        return;
    if (is == NULL || !same_value(was, is)) {
        calls->misfit(calls->ctx, is == NULL ? "fit.field" : "fit.type", s->from, was->name,
                      field_type_name(was->type));
        return;
    }
    if (was->type != FIELD_CODE)
        return;
    for (size_t k = 0; k < (v->type == CEL_LIST ? v->list.n : 1); k++)
        if (!has_code(is, v->type == CEL_LIST ? &v->list.items[k] : v, &code))
            calls->misfit(calls->ctx, "fit.code", s->from, code, was->list->name);
}

static void party_misfits(const struct record *r, const struct kind_step *s, const struct misfit_calls *calls)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (kind_party(s->to, p->role->name) == NULL)
            calls->misfit(calls->ctx, "fit.party", s->from, p->role->name, "");
        if (p->state != NULL && kind_state(s->to, p->state->name) == NULL)
            calls->misfit(calls->ctx, "fit.state", s->from, p->state->name, "");
    }
}

void record_misfits(const struct record *r, const struct kind_step *s, const struct misfit_calls *calls)
{
    if (s->to == NULL) {
        calls->misfit(calls->ctx, "fit.kind", s->from, s->from->name, "");
        return;
    }
    if (kind_state(s->to, r->state->name) == NULL)
        calls->misfit(calls->ctx, "fit.state", s->from, r->state->name, "");
    for (size_t i = 0; i < s->from->n_fields; i++)
        value_misfits(r, i, s, calls);
    party_misfits(r, s, calls);
    for (size_t i = 0; i < r->n_clocks; i++)
        if ((r->clocks[i].state == CLOCK_RUNNING || r->clocks[i].state == CLOCK_PAUSED) &&
            kind_clock(s->to, r->clocks[i].def->name) == NULL)
            calls->misfit(calls->ctx, "fit.clock", s->from, r->clocks[i].def->name, "");
}

bool rows_differ(const struct record *before, const struct record *after)
{
    return before->state->light != after->state->light || before->n_clocks != after->n_clocks ||
           !fields_same(before->kind, after->kind) || !uniques_same(before->kind, after->kind);
}
