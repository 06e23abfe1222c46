/* Rankings against the figures they were made from. */
#include "appraisal/round.h"
#include "record/around.h"
#include "record/record.h"
#include "record/settled.h"

#include <math.h>
#include <string.h>

static const size_t MONTH_ARENA = (size_t)256 << 20;

struct verifying {
    struct sql_tx *tx;
    const struct world *world;
    void (*differs)(void *, const char *);
    void *ctx;
    struct arena *a;
};

static void tell(struct verifying *v, const struct record *unit, const char *what)
{
    char id[UUID_TEXT_MAX];

    uuid_format(unit->id, id);
    v->differs(v->ctx, arena_printf(v->a, "ranked unit %s: %s", id, what));
}

static void compare(struct verifying *v, const struct month_round *r, size_t i,
                    const struct appraisal_result *one)
{
    const struct record *unit = r->units[i];
    const struct cel_value *total = &unit->values[r->def->total->index],
                           *place = &unit->values[r->def->place->index];
    double counted = (double)one->total / pow(10, r->def->places);

    if (one->ranked != (place->type == CEL_INT) || (one->ranked && place->i != one->place))
        tell(v, unit, arena_printf(v->a, "its place is %lld, counted anew", (long long)one->place));
    if (one->ranked && (total->type != CEL_DOUBLE || fabs(total->d - counted) > 1e-9))
        tell(v, unit, "its points are others, counted anew");
}

static bool check_month(void *ctx, const struct kind *k, struct uuid id, struct err *e)
{
    struct verifying *v = ctx;
    const struct record **below = NULL;
    const struct appraisal_outcome *out;
    struct record *month = NULL;
    struct settled s;
    struct world then;
    struct month_round r;
    size_t n = 0;

    if (!record_settled(v->tx, v->world, k, id, move_ranks, &s, e))
        return false;
    if (s.seq == 0)
        return true;
    if (!world_then(v->tx, v->world, s.seq, &then, e) || !record_load(v->tx, &then, id, v->a, &month, e) ||
        !record_below(v->tx, &then, id, v->a, &below, &n, e))
        return false;
    if (month == NULL || month->kind->appraisal == NULL)
        return true;
    if (!month_lay_out(month->kind->appraisal, month, below, n, s.at, v->a, &r, e))
        return false;
    out = appraisal_count(&r.input, v->a);
    for (size_t i = 0; i < r.n_units; i++)
        compare(v, &r, i, &out->units[i]);
    return true;
}

static bool is_month(const struct kind *k)
{
    return k->appraisal != NULL;
}

bool appraisal_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *),
                      void *ctx, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(MONTH_ARENA);
    struct verifying v = {.tx = tx, .world = w, .differs = differs, .ctx = ctx, .a = a};
    const struct each_record months = {tx, w, a, is_month, check_month, &v};

    return record_each(&months, e);
}
