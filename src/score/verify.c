/* Results against the sheets they were made from. */
#include "base/text.h"
#include "record/around.h"
#include "record/record.h"
#include "score.sql.h"
#include "score/sheets.h"

#include <math.h>
#include <string.h>

enum { PAGE = 200 };
static const size_t ROUND_ARENA = (size_t)256 << 20;

struct verifying {
    struct sql_tx *tx;
    const struct world *world;
    void (*differs)(void *, const char *);
    void *ctx;
    struct arena *a;
};

/* When a round was given a result last. */
struct settled {
    int64_t seq, at; /* 0: never */
};

static bool gives_result(const struct kind *k, const char *verb)
{
    const struct move *m = kind_move(k, verb);

    return m != NULL && m->looks_below;
}

static bool last_settled(struct verifying *v, const struct kind *k, struct uuid id, struct settled *ret,
                         struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct settled){0};
    if (!sql_query(v->tx, &score_queries[SCORE_Q_MOVES], &rows, e, SQL_INT(v->world->district),
                   SQL_UUID(&id)))
        return false;
    while (sql_next(rows))
        if (gives_result(k, sql_text(rows, 2)))
            *ret = (struct settled){sql_int(rows, 0), sql_int(rows, 1)};
    return sql_end(&rows, e);
}

/* The world by the packs that held then. */
static bool world_then(const struct verifying *v, int64_t seq, struct world *ret, struct err *e)
{
    const struct eras *eras = v->world->eras;
    size_t i = eras == NULL ? 0 : eras->n - 1;

    *ret = *v->world;
    while (eras != NULL && i > 0 && eras->list[i].after >= seq)
        i--;
    return eras == NULL || eras->packs(eras->ctx, i, &ret->packs, e);
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

static bool check_round(struct verifying *v, const struct kind *k, struct uuid id, struct err *e)
{
    struct record *round = NULL;
    struct settled s;
    struct world then;

    if (!last_settled(v, k, id, &s, e))
        return false;
    if (s.seq == 0)
        return true;
    if (!world_then(v, s.seq, &then, e) || !record_load(v->tx, &then, id, v->a, &round, e))
        return false;
    for (size_t i = 0; round != NULL && i < round->kind->n_scores; i++)
        if (!recount(v, &then, &round->kind->scores[i], round, &s, e))
            return false;
    return true;
}

static bool page(struct verifying *v, const struct kind *k, struct uuid *after, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid ids[PAGE];

    *ret_n = 0;
    if (!sql_query(v->tx, &score_queries[SCORE_Q_ROUNDS], &rows, e, SQL_INT(v->world->district),
                   SQL_TEXT(k->name), SQL_BLOB(after->b, sizeof(after->b)), SQL_INT(PAGE)))
        return false;
    while (sql_next(rows))
        ids[(*ret_n)++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < *ret_n; i++) {
        if (!check_round(v, k, ids[i], e))
            return false;
        arena_reset(v->a);
    }
    if (*ret_n > 0)
        *after = ids[*ret_n - 1];
    return true;
}

bool score_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *), void *ctx,
                  struct err *e)
{
    struct verifying v = {
        .tx = tx, .world = w, .differs = differs, .ctx = ctx, .a = arena_create(ROUND_ARENA)};
    bool ok = true;

    for (size_t i = 0; ok && i < w->packs->n_kinds; i++) {
        struct uuid after = {0};
        size_t n = PAGE;

        while (ok && w->packs->kinds[i]->n_scores > 0 && n == PAGE)
            ok = page(&v, w->packs->kinds[i], &after, &n, e);
    }
    arena_free(&v.a);
    return ok;
}
