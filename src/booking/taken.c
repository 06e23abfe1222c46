#include "booking/taken.h"

#include "booking.sql.h"

#include <string.h>

static const int64_t day_ms = INT64_C(86400000);

static const struct held_change *change_of(const struct batch_held *b, struct uuid record)
{
    for (size_t i = 0; b != NULL && i < b->n_held; i++)
        if (uuid_eq(b->held[i].record, record))
            return &b->held[i];
    return NULL;
}

/* A record that the batch, or the one before it, has touched holds what that says, not what the database
 * does.
 */
static const struct held_change *newest(const struct batch_held *b, struct uuid record)
{
    const struct held_change *c = change_of(b, record);

    return c != NULL || b == NULL ? c : change_of(b->older, record);
}

static bool overlaps(const struct held *a, const struct held *span)
{
    return uuid_eq(a->resource, span->resource) && a->from < span->until && a->until > span->from;
}

struct taking {
    const struct held *span;
    struct arena *a;
    struct held *list;
    size_t n, max;
};

static void take(struct taking *t, const struct held *h)
{
    if (t->n == t->max) {
        struct held *more = arena_array(t->a, struct held, t->max * 2 + 16);

        if (t->n > 0)
            memcpy(more, t->list, sizeof(*more) * t->n);
        t->list = more;
        t->max = t->max * 2 + 16;
    }
    t->list[t->n++] = *h;
}

static void take_changes(struct taking *t, const struct batch_held *b, const struct batch_held *newer)
{
    for (size_t i = 0; b != NULL && i < b->n_held; i++) {
        const struct held_change *c = &b->held[i];

        if (c->has && !uuid_eq(c->record, t->span->record) && overlaps(&c->after, t->span) &&
            change_of(newer, c->record) == NULL)
            take(t, &c->after);
    }
}

bool taken_load(const struct batch_held *b, struct sql_tx *tx, int64_t district, const struct held *span,
                struct arena *a, struct held **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct taking t = {.span = span, .a = a};

    if (!sql_query(tx, &booking_queries[BOOKING_Q_OVERLAPPING], &rows, e, SQL_INT(district),
                   SQL_UUID(&span->resource), SQL_INT(span->from), SQL_INT(span->until), SQL_INT(HELD_MAX)))
        return false;
    while (sql_next(rows)) {
        const struct held h = {span->resource, sql_uuid(rows, 0), sql_int(rows, 1), sql_int(rows, 2),
                               sql_int(rows, 3)};

        if (!uuid_eq(h.record, span->record) && newest(b, h.record) == NULL)
            take(&t, &h);
    }
    if (!sql_end(&rows, e))
        return false;
    if (b != NULL)
        take_changes(&t, b->older, b);
    take_changes(&t, b, NULL);
    if (t.n >= HELD_MAX)
        return ERR(e, ERR_TOO_LARGE, "booking.too_many", "这段时间的预订超过 %d 个，请缩短时间",
                   "more than %d bookings at that time: choose a shorter one", HELD_MAX);
    *ret = t.list;
    *ret_n = t.n;
    return true;
}

bool offer_of(const struct booking_def *d, const struct record *resource, int offset_min, struct offer *ret)
{
    const struct cel_value *capacity = d->capacity == NULL ? NULL : &resource->values[d->capacity->index];
    const struct cel_value *hours = d->hours == NULL ? NULL : &resource->values[d->hours->index];

    *ret = (struct offer){.capacity = 1, .offset_min = offset_min};
    if (capacity != NULL && capacity->type == CEL_INT)
        ret->capacity = capacity->i;
    return hours == NULL || hours->type != CEL_STRING || hours_parse(hours->s, &ret->hours);
}

bool offer_given(const struct booking_def *d, const struct record *resource)
{
    return (d->given >> resource->state->index & 1) != 0;
}

bool taken_next(const struct batch_held *b, struct sql_tx *tx, int64_t district, const struct held *want,
                const struct offer *o, struct arena *a, int64_t *ret, struct err *e)
{
    const struct wish w = {want->from, want->until, want->amount};
    struct held span = *want, *list = NULL;
    struct step *steps = NULL;
    size_t n = 0, n_steps;

    *ret = 0;
    span.until += NEXT_DAYS * day_ms;
    if (!taken_load(b, tx, district, &span, a, &list, &n, e))
        return false;
    n_steps = held_steps(list, n, a, &steps);
    *ret = wish_next(&w, o, steps, n_steps, want->from + NEXT_DAYS * day_ms);
    return true;
}
