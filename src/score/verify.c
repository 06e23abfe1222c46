/* Results against the sheets they were made from. */
#include "base/text.h"
#include "record/around.h"
#include "record/record.h"
#include "record/settled.h"
#include "score/sheets.h"

#include <math.h>
#include <string.h>

static const size_t ROUND_ARENA = (size_t)256 << 20;

struct verifying {
    struct sql_tx *tx;
    const struct world *world;
    void (*differs)(void *, const char *);
    void *ctx;
    struct arena *a;
};

static bool gives_result(const struct move *m)
{
    return m->looks_below;
}

static void tell(struct verifying *v, const struct record *entry, const char *what)
{
    char id[UUID_TEXT_MAX];

    uuid_format(entry->id, id);
    v->differs(v->ctx, arena_printf(v->a, "entrant %s: %s", id, what));
}

static bool kept_is(const struct field *f, const struct record *r, double number, const char *text)
{
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];

    if (v == NULL)
        return true;
    if (v->type == CEL_INT)
        return (double)v->i == number;
    if (v->type == CEL_DOUBLE)
        return fabs(v->d - number) < 1e-9;
    return v->type == CEL_STRING ? text != NULL && strcmp(v->s, text) == 0 : text == NULL && isnan(number);
}

static double decimal(struct fraction f, int places)
{
    return (double)fraction_round(f, places) / pow(10, places);
}

static void compare(struct verifying *v, const struct round *r, size_t i, const struct score_entry *one)
{
    const struct score_def *def = r->def;
    const struct record *entry = r->entries[i];
    const char *prize = one->prize == 0 ? NULL : def->prizes[one->prize - 1].code;

    if (!one->ranked) {
        tell(v, entry, "has a place, but too few sheets");
        return;
    }
    if (!kept_is(def->place, entry, (double)one->place, NULL))
        tell(v, entry, arena_printf(v->a, "its place is %lld, counted anew", (long long)one->place));
    if (!kept_is(def->result, entry, decimal(one->result, def->places), NULL))
        tell(v, entry, "its result is another, counted anew");
    if (!kept_is(def->spread, entry, decimal(one->spread, def->places), NULL))
        tell(v, entry, "the spread of its sheets is another, counted anew");
    if (def->prize != NULL && !kept_is(def->prize, entry, NAN, prize))
        tell(v, entry, "its prize is another, counted anew");
}

/* A sheet given, corrected or made void after the result. */
static bool sheets_changed(const struct score_def *def, const struct record *const *below, size_t n,
                           int64_t at)
{
    for (size_t i = 0; i < n; i++)
        if (below[i]->kind == def->sheets && below[i]->updated_at > at)
            return true;
    return false;
}

static bool recount(struct verifying *v, const struct world *then, const struct score_def *def,
                    const struct record *round, const struct settled *s, struct err *e)
{
    const struct record **below = NULL;
    const struct score_outcome *out;
    struct round r;
    size_t n = 0;

    if (!record_below(v->tx, then, round->id, v->a, &below, &n, e) ||
        !round_lay_out(then, def, round, below, n, true, s->at, v->a, &r, e))
        return false;
    if (r.n_entries == 0)
        return true;
    if (sheets_changed(def, below, n, s->at)) {
        /* Opened again: another result will come. */
        if ((def->while_states >> round->state->index & 1) == 0)
            tell(v, round, "sheets changed after the result");
        return true;
    }
    out = score_count(&r.input, v->a);
    for (size_t i = 0; i < r.n_entries; i++)
        compare(v, &r, i, &out->entries[i]);
    return true;
}

static bool check_round(void *ctx, const struct kind *k, struct uuid id, struct err *e)
{
    struct verifying *v = ctx;
    struct record *round = NULL;
    struct settled s;
    struct world then;

    if (!record_settled(v->tx, v->world, k, id, gives_result, &s, e))
        return false;
    if (s.seq == 0)
        return true;
    if (!world_then(v->tx, v->world, s.seq, &then, e) || !record_load(v->tx, &then, id, v->a, &round, e))
        return false;
    for (size_t i = 0; round != NULL && i < round->kind->n_scores; i++)
        if (!recount(v, &then, &round->kind->scores[i], round, &s, e))
            return false;
    return true;
}

static bool is_scored(const struct kind *k)
{
    return k->n_scores > 0;
}

bool score_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *), void *ctx,
                  struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(ROUND_ARENA);
    struct verifying v = {.tx = tx, .world = w, .differs = differs, .ctx = ctx, .a = a};
    const struct each_record rounds = {tx, w, a, is_scored, check_round, &v};

    return record_each(&rounds, e);
}
