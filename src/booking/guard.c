/* The guard of the door: nothing is given twice. It judges a change on the rows of the database and on what
 * the batch has given by then; the writer of a district is one, so nobody else gives anything meanwhile. */
#include "base/clock.h"
#include "booking.sql.h"
#include "booking/taken.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, HOUR_MIN = 60, DAY_MIN = 1440, LATE_MS = 15 * MINUTE_MS };

/* One change being judged. */
struct judging {
    const struct batch_held *batch;
    const struct door_view *view;
    const struct change *change;
    const struct booking_def *def;
    struct arena *a;
    struct held want;
};

static void *begin(const void *older)
{
    struct batch_held *b = xcalloc(1, sizeof(*b));

    b->older = older;
    return b;
}

static void end(void *state)
{
    struct batch_held *b = state;

    free(b->held);
    free(b->bookable);
    free(b);
}

/* --- what is said of it --- */

static const char *field_path(const struct judging *j, const struct field *f)
{
    return arena_printf(j->a, "fields.%s", f->name);
}

/* 11月22日 18:00 */
static const char *when(const struct judging *j, int64_t at, bool zh)
{
    struct civil c = civil_from_ms(at, j->view->world->offset_min);

    return zh ? arena_printf(j->a, "%d月%d日 %02d:%02d", c.month, c.day, c.hour, c.minute)
              : arena_printf(j->a, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

static const char *span(const struct judging *j, int64_t ms, bool zh)
{
    int64_t min = ms / MINUTE_MS;

    if (min % DAY_MIN == 0)
        return arena_printf(j->a, zh ? "%lld 天" : "%lld days", (long long)(min / DAY_MIN));
    if (min % HOUR_MIN == 0)
        return arena_printf(j->a, zh ? "%lld 小时" : "%lld hours", (long long)(min / HOUR_MIN));
    return arena_printf(j->a, zh ? "%lld 分钟" : "%lld minutes", (long long)min);
}

static bool unset(const struct judging *j, const struct field *f, struct err *e)
{
    return j->change->after->values[f->index].type > CEL_NULL ||
           ERR_FIELD(e, field_path(j, f), "booking.unset", "请填写%s%.0s", "%.0s%s is needed to book",
                     f->title.zh, f->title.en);
}

static bool said_in_full(struct judging *j, struct err *e)
{
    const struct booking_def *d = j->def;
    bool what = unset(j, d->resource, e), from = unset(j, d->from, e), to = unset(j, d->to, e);

    if (!what || !from || !to)
        return false;
    return booking_held(j->change->after, &j->want) ||
           ERR_FIELD(e, field_path(j, d->to), "booking.order", "结束时间须在开始时间之后",
                     "the end must come after the beginning");
}

/* --- the times --- */

static bool times_fit(const struct judging *j, const struct held *was, struct err *e)
{
    const struct booking_def *d = j->def;
    const struct held *h = &j->want;
    int64_t now = j->change->command->at;

    if (h->until - h->from > d->longest_ms)
        return ERR_FIELD(e, field_path(j, d->to), "booking.longest", "一次最长 %s%.0s",
                         "%.0s%s at most at once", span(j, d->longest_ms, true),
                         span(j, d->longest_ms, false));
    if (j->change->command->trusted)
        return true;
    if (h->until <= now || (h->from < now - LATE_MS && (was == NULL || was->from != h->from)))
        return ERR_FIELD(e, field_path(j, d->from), "booking.past", "时间已过，请选以后的时间",
                         "that time is over: choose a later one");
    return h->from <= now + d->ahead_ms ||
           ERR_FIELD(e, field_path(j, d->from), "booking.ahead", "最多提前 %s%.0s",
                     "no more than %.0s%s ahead", span(j, d->ahead_ms, true), span(j, d->ahead_ms, false));
}

/* --- the resource --- */

static bool may_see(const struct judging *j, const struct record *resource)
{
    const struct command *c = j->change->command;

    return c->trusted || c->who->kind == ACTOR_CLOCK || record_visible(j->view->world, resource, c->who);
}

static bool find_resource(const struct judging *j, const struct record **ret, struct err *e)
{
    if (!j->view->record(j->view->ctx, j->want.resource, ret, e))
        return false;
    if (*ret == NULL || (*ret)->kind != j->def->of || !may_see(j, *ret))
        return ERR_FIELD(e, field_path(j, j->def->resource), "booking.resource", "没有这个%s%.0s",
                         "there is no such %.0s%s", j->def->of->title.zh, j->def->of->title.en);
    return offer_given(j->def, *ret) ||
           ERR_FIELD(e, field_path(j, j->def->resource), "booking.not_given",
                     "“%.60s”现在不能预订（%s%.0s），请另选一个",
                     "“%.60s” cannot be booked now (%.0s%s): choose another", (*ret)->title,
                     (*ret)->state->title.zh, (*ret)->state->title.en);
}

static bool offered(const struct judging *j, const struct record *resource, struct offer *ret, struct err *e)
{
    const struct booking_def *d = j->def;

    if (!offer_of(d, resource, j->view->world->offset_min, ret))
        return ERR(e, ERR_INTERNAL, "booking.hours_kept", "“%.60s”的开放时间无法理解",
                   "the hours of “%.60s” mean nothing", resource->title);
    if (j->want.amount > ret->capacity)
        return ERR_FIELD(e, field_path(j, d->amount == NULL ? d->resource : d->amount), "booking.amount",
                         "“%.60s”总共只有 %lld 份", "“%.60s” has room for %lld in all", resource->title,
                         (long long)ret->capacity);
    return hours_cover(&ret->hours, j->want.from, j->want.until, ret->offset_min) ||
           ERR_FIELD(e, field_path(j, d->from), "booking.closed", "“%.60s”只在 %.60s 开放",
                     "“%.60s” is open %.60s only", resource->title, resource->values[d->hours->index].s);
}

/* --- it is taken: what else there is, but not who has it --- */

/* Whether it is free for the same wish, for who asks. */
static bool other_is_free(const struct judging *j, struct uuid id, const struct record **ret, bool *ret_free,
                          struct err *e)
{
    const struct wish w = {j->want.from, j->want.until, j->want.amount};
    struct held want = j->want, *list = NULL;
    struct step *steps = NULL;
    struct offer o;
    size_t n = 0;

    *ret_free = false;
    if (!j->view->record(j->view->ctx, id, ret, e))
        return false;
    if (*ret == NULL || !offer_given(j->def, *ret) || !may_see(j, *ret) ||
        !offer_of(j->def, *ret, j->view->world->offset_min, &o))
        return true;
    want.resource = id;
    if (!taken_load(j->batch, j->view->tx, j->view->world->district, &want, j->a, &list, &n, e))
        return false;
    n = held_steps(list, n, j->a, &steps);
    *ret_free = wish_fits(&w, &o, steps, n);
    return true;
}

static size_t others(const struct judging *j, const struct record *resource, struct uuid *ids, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *area = arena_strndup(j->a, resource->area, strnlen(resource->area, 12));
    size_t n = 0;

    if (!sql_query(j->view->tx, &booking_queries[BOOKING_Q_OTHERS], &rows, e,
                   SQL_INT(j->view->world->district), SQL_TEXT(j->change->after->kind->name), SQL_TEXT(area),
                   SQL_TEXT(arena_printf(j->a, "%s:", area)), SQL_UUID(&resource->id), SQL_INT(j->want.from),
                   SQL_INT(j->want.until), SQL_INT(OTHERS_LOOK)))
        return 0;
    while (sql_next(rows))
        ids[n++] = sql_uuid(rows, 0);
    return sql_end(&rows, e) ? n : 0;
}

/* Advice only: what cannot be found out is left unsaid. */
static void tell_others(const struct judging *j, const struct record *resource, struct err *e)
{
    struct uuid ids[OTHERS_LOOK];
    struct err why = {0};
    size_t n = others(j, resource, ids, &why), told = 0;

    for (size_t i = 0; i < n && told < OTHERS_SHOWN; i++) {
        const struct record *other = NULL;
        bool is_free = false;

        if (!other_is_free(j, ids[i], &other, &is_free, &why) || !is_free)
            continue;
        told++;
        (void)ERR_FIELD(e, field_path(j, j->def->resource), "booking.other", "这段时间“%.60s”空着",
                        "“%.60s” is free at that time", other->title);
    }
}

static bool taken(const struct judging *j, const struct record *resource, const struct offer *o,
                  struct err *e)
{
    struct err why = {0};
    int64_t next = 0;

    (void)ERR(e, ERR_CONFLICT, "booking.taken", "“%.60s”这段时间已被订走，请另选时间或另选一个",
              "“%.60s” is taken at that time: choose another time, or another one", resource->title);
    if (taken_next(j->batch, j->view->tx, j->view->world->district, &j->want, o, j->a, &next, &why) &&
        next != 0)
        (void)ERR_FIELD(e, field_path(j, j->def->from), "booking.next", "最早从 %s%.0s 起空着",
                        "it is free from %.0s%s on", when(j, next, true), when(j, next, false));
    tell_others(j, resource, e);
    return false;
}

static bool has_room(const struct judging *j, const struct record *resource, struct err *e)
{
    const struct wish w = {j->want.from, j->want.until, j->want.amount};
    struct held *list = NULL;
    struct step *steps = NULL;
    struct offer o;
    size_t n = 0;

    if (!offered(j, resource, &o, e) ||
        !taken_load(j->batch, j->view->tx, j->view->world->district, &j->want, j->a, &list, &n, e))
        return false;
    n = held_steps(list, n, j->a, &steps);
    return wish_fits(&w, &o, steps, n) || taken(j, resource, &o, e);
}

/* --- a booking --- */

static bool same_held(const struct held *a, const struct held *b)
{
    return uuid_eq(a->resource, b->resource) && a->from == b->from && a->until == b->until &&
           a->amount == b->amount;
}

static bool admit_booking(struct judging *j, struct err *e)
{
    const struct record *after = j->change->after, *resource = NULL;
    struct held was;
    bool had = j->change->before != NULL && booking_held(j->change->before, &was);

    if ((j->def->holds >> after->state->index & 1) == 0)
        return true;
    if (!said_in_full(j, e))
        return false;
    if (had && same_held(&was, &j->want))
        return true;
    return times_fit(j, had ? &was : NULL, e) && find_resource(j, &resource, e) && has_room(j, resource, e);
}

/* --- a resource --- */

static int64_t capacity_of(const struct booking_def *d, const struct record *r)
{
    struct offer o;

    (void)offer_of(d, r, 0, &o);
    return o.capacity;
}

/* What is given already must still have room. */
static bool still_has_room(struct judging *j, struct err *e)
{
    const struct record *r = j->change->after;
    int64_t capacity = capacity_of(j->def, r), now = j->change->command->at, most;
    struct held all = {.resource = r->id, .from = now, .until = INT64_MAX}, *list = NULL;
    struct step *steps = NULL;
    size_t n = 0;

    if (j->change->before == NULL || capacity >= capacity_of(j->def, j->change->before))
        return true;
    if (!taken_load(j->batch, j->view->tx, j->view->world->district, &all, j->a, &list, &n, e))
        return false;
    n = held_steps(list, n, j->a, &steps);
    most = steps_most(steps, n, now, INT64_MAX);
    return most <= capacity ||
           ERR_FIELD(e, field_path(j, j->def->capacity), "booking.capacity", "已订出 %lld 份，不能少于它",
                     "%lld are booked: it cannot be fewer", (long long)most);
}

static bool admit_resource(struct judging *j, struct err *e)
{
    struct offer o;

    if (!offer_of(j->def, j->change->after, 0, &o))
        return ERR_FIELD(e, field_path(j, j->def->hours), "booking.hours",
                         "开放时间须形如 08:00-12:00 13:30-22:00，最多 %d 段",
                         "hours read like 08:00-12:00 13:30-22:00, at most %d parts", HOURS_PARTS);
    return still_has_room(j, e);
}

static bool admit(const void *state, const struct door_view *v, const struct change *c, struct arena *a,
                  struct err *e)
{
    const struct kind *k = c->after->kind;
    struct judging j = {.batch = state, .view = v, .change = c, .a = a, .def = k->booking};

    if (!c->touched)
        return true;
    if (k->booking != NULL && !admit_booking(&j, e))
        return false;
    for (size_t i = 0; i < k->n_booked_by; i++) {
        j.def = k->booked_by[i]->booking;
        if (!admit_resource(&j, e))
            return false;
    }
    return true;
}

/* --- it happens --- */

static struct held_change *change_for(struct batch_held *b, const struct change *c)
{
    for (size_t i = 0; i < b->n_held; i++)
        if (uuid_eq(b->held[i].record, c->after->id))
            return &b->held[i];
    if (b->n_held == b->max_held) {
        b->max_held = b->max_held * 2 + 8;
        b->held = xrealloc(b->held, b->max_held * sizeof(*b->held));
    }
    b->held[b->n_held] = (struct held_change){.record = c->after->id};
    b->held[b->n_held].had = c->before != NULL && booking_held(c->before, &b->held[b->n_held].before);
    return &b->held[b->n_held++];
}

static const char *bookable_at(const struct record *r, const struct kind *by)
{
    return r != NULL && offer_given(by->booking, r) ? r->area : NULL;
}

static struct bookable_change *bookable_for(struct batch_held *b, const struct change *c,
                                            const struct kind *by)
{
    for (size_t i = 0; i < b->n_bookable; i++)
        if (uuid_eq(b->bookable[i].record, c->after->id) && strcmp(b->bookable[i].kind, by->name) == 0)
            return &b->bookable[i];
    if (b->n_bookable == b->max_bookable) {
        b->max_bookable = b->max_bookable * 2 + 8;
        b->bookable = xrealloc(b->bookable, b->max_bookable * sizeof(*b->bookable));
    }
    b->bookable[b->n_bookable] = (struct bookable_change){
        .record = c->after->id, .kind = by->name, .before = bookable_at(c->before, by)};
    return &b->bookable[b->n_bookable++];
}

static void admitted(void *state, const struct change *c)
{
    const struct kind *k = c->after->kind;
    struct batch_held *b = state;

    if (!c->touched)
        return;
    if (k->booking != NULL) {
        struct held_change *h = change_for(b, c);

        h->has = booking_held(c->after, &h->after);
    }
    for (size_t i = 0; i < k->n_booked_by; i++)
        bookable_for(b, c, k->booked_by[i])->after = bookable_at(c->after, k->booked_by[i]);
}

/* --- written --- */

static bool write_held(const struct batch_held *b, int64_t district, struct sql_tx *tx, struct err *e)
{
    for (size_t i = 0; i < b->n_held; i++) {
        const struct held *was = &b->held[i].before, *is = &b->held[i].after;

        if (b->held[i].had && !sql_run(tx, &booking_queries[BOOKING_Q_REMOVE], e, SQL_INT(district),
                                       SQL_UUID(&was->resource), SQL_INT(was->until), SQL_UUID(&was->record)))
            return false;
        if (b->held[i].has &&
            !sql_run(tx, &booking_queries[BOOKING_Q_PUT], e, SQL_INT(district), SQL_UUID(&is->resource),
                     SQL_INT(is->until), SQL_UUID(&is->record), SQL_INT(is->from), SQL_INT(is->amount)))
            return false;
    }
    return true;
}

static bool write_bookable(const struct batch_held *b, int64_t district, struct sql_tx *tx, struct err *e)
{
    for (size_t i = 0; i < b->n_bookable; i++) {
        const struct bookable_change *c = &b->bookable[i];

        if (c->before != NULL &&
            !sql_run(tx, &booking_queries[BOOKING_Q_BOOKABLE_REMOVE], e, SQL_INT(district), SQL_TEXT(c->kind),
                     SQL_TEXT(c->before), SQL_UUID(&c->record)))
            return false;
        if (c->after != NULL && !sql_run(tx, &booking_queries[BOOKING_Q_BOOKABLE_PUT], e, SQL_INT(district),
                                         SQL_TEXT(c->kind), SQL_TEXT(c->after), SQL_UUID(&c->record)))
            return false;
    }
    return true;
}

static bool write_batch(void *state, const struct world *w, struct sql_tx *tx, struct err *e)
{
    const struct batch_held *b = state;

    return write_held(b, w->district, tx, e) && write_bookable(b, w->district, tx, e);
}

static bool holders(const void *state, const struct door_view *v, struct uuid resource, int64_t from,
                    struct arena *a, struct uuid **ret, size_t *ret_n, struct err *e)
{
    const struct held all = {.resource = resource, .from = from, .until = INT64_MAX};
    struct held *list = NULL;

    if (!taken_load(state, v->tx, v->world->district, &all, a, &list, ret_n, e))
        return false;
    *ret = arena_array(a, struct uuid, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = list[i].record;
    return true;
}

const struct door_guard booking_guard = {begin, admit, admitted, write_batch, end, holders};

bool booking_check(struct sql *db, struct err *e)
{
    return sql_check(db, booking_queries, BOOKING_Q__MAX, e);
}
