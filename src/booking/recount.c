/* Both tables from the records: compared, or made anew. And whether anything is given twice. */
#include "base/text.h"
#include "booking.sql.h"
#include "booking/taken.h"
#include "record.sql.h"
#include "record/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 500, TEXT = 300 };
static const size_t PAGE_ARENA = (size_t)1 << 30;

struct recount {
    struct sql_tx *tx;
    const struct world *world;
    struct arena *a; /* of a page */
    void (*differs)(void *ctx, const char *what);
    void *ctx;
    /* What is done with each row that should be there. */
    bool (*held)(struct recount *c, const struct held *h, struct err *e);
    bool (*bookable)(struct recount *c, const struct kind *by, const struct record *r, struct err *e);
    int64_t n_held, n_bookable, over;
};

static void tell(const struct recount *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void tell(const struct recount *c, const char *fmt, ...)
{
    char text[TEXT];
    va_list ap;

    if (c->differs == NULL)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    text[utf8_cut(text, strlen(text))] = '\0';
    c->differs(c->ctx, text);
}

static const char *name_of(const struct recount *c, struct uuid id)
{
    char text[UUID_TEXT_MAX];

    uuid_format(id, text);
    return arena_strdup(c->a, text);
}

/* --- what should be there --- */

static bool one_record(struct recount *c, const struct record *r, struct err *e)
{
    const struct kind *k = r->kind;
    struct held h;

    if (k->booking != NULL && booking_held(r, &h) && !c->held(c, &h, e))
        return false;
    for (size_t i = 0; i < k->n_booked_by; i++)
        if (offer_given(k->booked_by[i]->booking, r) && !c->bookable(c, k->booked_by[i], r, e))
            return false;
    return true;
}

static bool one_page(struct recount *c, const struct kind *k, struct uuid *last, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct record **page = arena_array(c->a, struct record *, PAGE);
    size_t n = 0;

    if (!sql_query(c->tx, &record_queries[RECORD_Q_OF_KIND], &rows, e, SQL_INT(c->world->district),
                   SQL_TEXT(k->name), SQL_UUID(last), SQL_INT(PAGE)))
        return false;
    while (sql_next(rows))
        if (!row_record(rows, c->world, c->a, &page[n++], e))
            return false;
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        *last = page[i]->id;
        if (!one_record(c, page[i], e))
            return false;
    }
    *ret_n = n;
    return true;
}

/* A nil id would be bound as NULL. */
static bool one_kind(struct recount *c, const struct kind *k, struct err *e)
{
    struct uuid last = {.b[15] = 1};
    size_t n = PAGE;

    while (n == PAGE) {
        arena_reset(c->a);
        if (!one_page(c, k, &last, &n, e))
            return false;
    }
    return true;
}

static bool all_kinds(struct recount *c, struct err *e)
{
    for (size_t i = 0; i < c->world->packs->n_kinds; i++) {
        const struct kind *k = c->world->packs->kinds[i];

        if ((k->booking != NULL || k->n_booked_by > 0) && !one_kind(c, k, e))
            return false;
    }
    return true;
}

/* --- compared --- */

static bool compare_held(struct recount *c, const struct held *h, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool there, same;

    if (!sql_query(c->tx, &booking_queries[BOOKING_Q_BOOKED_GET], &rows, e, SQL_INT(c->world->district),
                   SQL_UUID(&h->resource), SQL_INT(h->until), SQL_UUID(&h->record)))
        return false;
    there = sql_next(rows);
    same = there && sql_int(rows, 0) == h->from && sql_int(rows, 1) == h->amount;
    c->n_held += there;
    if (!same)
        tell(c, "record %s: its booking %s", name_of(c, h->record), there ? "is another" : "is missing");
    return sql_end(&rows, e);
}

static bool compare_bookable(struct recount *c, const struct kind *by, const struct record *r, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool there;

    if (!sql_query(c->tx, &booking_queries[BOOKING_Q_BOOKABLE_GET], &rows, e, SQL_INT(c->world->district),
                   SQL_TEXT(by->name), SQL_TEXT(r->area), SQL_UUID(&r->id)))
        return false;
    there = sql_next(rows);
    c->n_bookable += there;
    if (!there)
        tell(c, "record %s: that it can be booked is missing", name_of(c, r->id));
    return sql_end(&rows, e);
}

static bool compare_sizes(struct recount *c, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t held = 0, bookable = 0;

    if (!sql_query(c->tx, &booking_queries[BOOKING_Q_SIZES], &rows, e, SQL_INT(c->world->district)))
        return false;
    if (sql_next(rows)) {
        held = sql_int(rows, 0);
        bookable = sql_int(rows, 1);
    }
    if (held != c->n_held)
        tell(c, "table booking has %lld rows that nothing accounts for", (long long)(held - c->n_held));
    if (bookable != c->n_bookable)
        tell(c, "table bookable has %lld rows that nothing accounts for",
             (long long)(bookable - c->n_bookable));
    return sql_end(&rows, e);
}

/* --- given twice --- */

/* What a kind whose records book this one says of it. */
static const struct booking_def *def_of(const struct record *r)
{
    return r == NULL || r->kind->n_booked_by == 0 ? NULL : r->kind->booked_by[0]->booking;
}

/* How many there are may have been more when what is over by now was given. */
static bool one_resource(struct recount *c, struct uuid id, const struct held *list, size_t n, struct err *e)
{
    const struct booking_def *d;
    struct record *r = NULL;
    struct step *steps = NULL;
    struct offer o;
    int64_t from, most;

    if (!record_load(c->tx, c->world, id, c->a, &r, e))
        return false;
    if ((d = def_of(r)) == NULL) {
        c->over++;
        tell(c, "resource %s is booked and cannot be", name_of(c, id));
        return true;
    }
    (void)offer_of(d, r, 0, &o);
    from = d->capacity == NULL ? INT64_MIN : r->updated_at;
    n = held_steps(list, n, c->a, &steps);
    most = steps_most(steps, n, from, INT64_MAX);
    if (most > o.capacity) {
        c->over++;
        tell(c, "resource %s: %lld are given at once, there are %lld", name_of(c, id), (long long)most,
             (long long)o.capacity);
    }
    return true;
}

struct gathering {
    struct held *list;
    size_t n, max;
};

static void gather(struct recount *c, struct gathering *g, const struct held *h)
{
    if (g->n == g->max) {
        struct held *more = arena_array(c->a, struct held, g->max * 2 + 64);

        if (g->n > 0)
            memcpy(more, g->list, sizeof(*more) * g->n);
        g->list = more;
        g->max = g->max * 2 + 64;
    }
    g->list[g->n++] = *h;
}

static bool look_for_doubles(struct recount *c, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct gathering g = {0};

    arena_reset(c->a);
    if (!sql_walk(c->tx, &booking_queries[BOOKING_Q_ALL_BOOKED], &rows, e, SQL_INT(c->world->district)))
        return false;
    while (sql_next(rows)) {
        const struct held h = {sql_uuid(rows, 0), sql_uuid(rows, 1), sql_int(rows, 2), sql_int(rows, 3),
                               sql_int(rows, 4)};

        if (g.n > 0 && !uuid_eq(g.list[0].resource, h.resource)) {
            if (!one_resource(c, g.list[0].resource, g.list, g.n, e))
                return false;
            g = (struct gathering){0};
            arena_reset(c->a);
        }
        gather(c, &g, &h);
    }
    return (g.n == 0 || one_resource(c, g.list[0].resource, g.list, g.n, e)) && sql_end(&rows, e);
}

bool booking_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *ctx, const char *what),
                    void *ctx, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(PAGE_ARENA);
    struct recount c = {.tx = tx,
                        .world = w,
                        .a = a,
                        .differs = differs,
                        .ctx = ctx,
                        .held = compare_held,
                        .bookable = compare_bookable};

    return all_kinds(&c, e) && compare_sizes(&c, e) && look_for_doubles(&c, e);
}

/* --- made anew --- */

static bool put_held(struct recount *c, const struct held *h, struct err *e)
{
    return sql_run(c->tx, &booking_queries[BOOKING_Q_PUT], e, SQL_INT(c->world->district),
                   SQL_UUID(&h->resource), SQL_INT(h->until), SQL_UUID(&h->record), SQL_INT(h->from),
                   SQL_INT(h->amount));
}

static bool put_bookable(struct recount *c, const struct kind *by, const struct record *r, struct err *e)
{
    return sql_run(c->tx, &booking_queries[BOOKING_Q_BOOKABLE_PUT], e, SQL_INT(c->world->district),
                   SQL_TEXT(by->name), SQL_TEXT(r->area), SQL_UUID(&r->id));
}

bool booking_rebuild(struct sql_tx *tx, const struct world *w, int64_t *ret_over, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(PAGE_ARENA);
    struct recount c = {.tx = tx, .world = w, .a = a, .held = put_held, .bookable = put_bookable};
    bool ok = sql_run(tx, &booking_queries[BOOKING_Q_FORGET_BOOKED], e, SQL_INT(w->district)) &&
              sql_run(tx, &booking_queries[BOOKING_Q_FORGET_BOOKABLE], e, SQL_INT(w->district)) &&
              all_kinds(&c, e) && look_for_doubles(&c, e);

    *ret_over = c.over;
    return ok;
}
