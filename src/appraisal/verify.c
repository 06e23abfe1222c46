/* Rankings against the figures they were made from. */
#include "appraisal.sql.h"
#include "appraisal/round.h"
#include "record/around.h"
#include "record/record.h"

#include <math.h>
#include <string.h>

enum { PAGE = 200 };
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

static bool check_month(struct verifying *v, const struct kind *k, struct uuid id, struct err *e)
{
    const struct record **below = NULL;
    const struct appraisal_outcome *out;
    struct record *month = NULL;
    struct settled s;
    struct world then;
    struct month_round r;
    size_t n = 0;

    if (!month_settled(v->tx, v->world, k, id, &s, e))
        return false;
    if (s.seq == 0)
        return true;
    if (!world_then(v->world, s.seq, &then, e) || !record_load(v->tx, &then, id, v->a, &month, e) ||
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

static bool page(struct verifying *v, const struct kind *k, struct uuid *after, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid ids[PAGE];

    *ret_n = 0;
    if (!sql_query(v->tx, &appraisal_queries[APPRAISAL_Q_MONTHS], &rows, e, SQL_INT(v->world->district),
                   SQL_TEXT(k->name), SQL_BLOB(after->b, sizeof(after->b)), SQL_INT(PAGE)))
        return false;
    while (sql_next(rows))
        ids[(*ret_n)++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < *ret_n; i++) {
        if (!check_month(v, k, ids[i], e))
            return false;
        arena_reset(v->a);
    }
    if (*ret_n > 0)
        *after = ids[*ret_n - 1];
    return true;
}

bool appraisal_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *),
                      void *ctx, struct err *e)
{
    struct verifying v = {
        .tx = tx, .world = w, .differs = differs, .ctx = ctx, .a = arena_create(MONTH_ARENA)};
    bool ok = true;

    for (size_t i = 0; ok && i < w->packs->n_kinds; i++) {
        struct uuid after = {0};
        size_t n = PAGE;

        while (ok && w->packs->kinds[i]->appraisal != NULL && n == PAGE)
            ok = page(&v, w->packs->kinds[i], &after, &n, e);
    }
    arena_free(&v.a);
    return ok;
}
