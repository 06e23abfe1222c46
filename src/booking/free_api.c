/* GET /free: what can be booked from when to when; GET /free/{id}: when one of them is taken. Nobody learns
 * here who has something. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "booking.sql.h"
#include "booking/taken.h"
#include "record/json.h"
#include "record/store.h"

#include <string.h>

enum { PAGE_DEFAULT = 50, AMOUNT_MAX = 1000000, SPAN_DAYS_MAX = 62 };
static const int64_t day_ms = INT64_C(86400000);

struct asking {
    struct req *r;
    const struct world *w;
    struct sql_tx *tx;
    const struct kind *kind; /* of the bookings */
    struct held want;        /* without a resource */
    bool only_free;
};

/* --- what is asked --- */

static bool read_time(const struct req *r, const char *name, int64_t *ret, struct err *e)
{
    const char *s = req_query(r, name);

    return (s != NULL && rfc3339_parse(s, ret)) ||
           ERR_FIELD(e, name, "input.time", "时间须形如 2026-11-21T18:00:00+08:00",
                     "times read like 2026-11-21T18:00:00+08:00");
}

static bool read_kind(struct asking *q, struct err *e)
{
    const char *name = req_query(q->r, "kind");

    q->kind = name == NULL ? NULL : packs_kind(q->w->packs, name);
    return (q->kind != NULL && q->kind->booking != NULL) ||
           ERR_FIELD(e, "kind", "booking.kind", "请说明哪一类预订", "say which kind of booking");
}

static bool read_asked(struct asking *q, struct err *e)
{
    bool from = read_time(q->r, "from", &q->want.from, e), to = read_time(q->r, "to", &q->want.until, e);

    q->w = q->r->services->world(q->r->services);
    q->only_free = req_query(q->r, "free") != NULL;
    if (!read_kind(q, e) || !from || !to ||
        !req_query_int(q->r, "amount", 1, AMOUNT_MAX, 1, &q->want.amount, e))
        return false;
    return (q->want.from < q->want.until && q->want.until - q->want.from <= SPAN_DAYS_MAX * day_ms) ||
           ERR_FIELD(e, "to", "booking.span", "结束须在开始之后，最多 %d 天",
                     "the end comes after the beginning, at most %d days", SPAN_DAYS_MAX);
}

/* --- one resource --- */

/* How one stands from when to when. */
struct standing {
    struct offer offer;
    struct step *steps;
    size_t n;
    bool open, is_free;
    int64_t left, next;
};

static bool stand(const struct asking *q, const struct record *res, struct standing *ret, struct err *e)
{
    const struct booking_def *d = q->kind->booking;
    const struct wish w = {q->want.from, q->want.until, q->want.amount};
    struct held want = q->want, *list = NULL;
    size_t n = 0;

    *ret = (struct standing){0};
    want.resource = res->id;
    if (!offer_of(d, res, q->w->offset_min, &ret->offer))
        return true; /* nothing can be said of its hours: it is not free */
    if (!taken_load(NULL, q->tx, q->w->district, &want, q->r->arena, &list, &n, e))
        return false;
    ret->n = held_steps(list, n, q->r->arena, &ret->steps);
    ret->left = ret->offer.capacity - steps_most(ret->steps, ret->n, w.from, w.until);
    ret->open = hours_cover(&ret->offer.hours, w.from, w.until, q->w->offset_min);
    ret->is_free = offer_given(d, res) && wish_fits(&w, &ret->offer, ret->steps, ret->n);
    if (ret->is_free || !offer_given(d, res))
        return true;
    return taken_next(NULL, q->tx, q->w->district, &want, &ret->offer, q->r->arena, &ret->next, e);
}

static void write_place(struct json_out *out, const struct record *res)
{
    if (!res->has_place) {
        jo_null(out, "place");
        return;
    }
    jo_obj(out, "place");
    jo_num(out, "lng", res->lng);
    jo_num(out, "lat", res->lat);
    jo_close(out);
}

static void write_resource(const struct asking *q, const struct record *res, const struct standing *s)
{
    const struct field *hours = q->kind->booking->hours;
    const struct cel_value *open = hours == NULL ? NULL : &res->values[hours->index];
    struct json_out *out = &q->r->out;
    char number[96];

    number_format(q->w, res->number, number, sizeof(number));
    jo_uuid(out, "id", res->id);
    jo_str(out, "kind", res->kind->name);
    jo_str(out, "number", number);
    jo_str(out, "title", res->title);
    jo_str(out, "state", res->state->name);
    record_write_area(out, q->w, res->area);
    jo_str(out, "address", res->address);
    write_place(out, res);
    record_write_fields(out, res);
    jo_int(out, "capacity", s->offer.capacity);
    jo_str(out, "hours", open != NULL && open->type == CEL_STRING ? open->s : NULL);
    jo_bool(out, "open", s->open);
    jo_bool(out, "free", s->is_free);
    jo_int(out, "left", s->left > 0 ? s->left : 0);
    jo_time(out, "next_free_at", s->next, q->w->offset_min);
}

/* --- many --- */

struct walk {
    const char *area, *last; /* the area's prefix; the area at which it goes on */
    struct uuid after;
    int64_t limit;
    const char *next;
};

static bool read_cursor(const struct asking *q, struct walk *x, struct err *e)
{
    const char *s = req_query(q->r, "cursor"), *colon = s == NULL ? NULL : strchr(s, ':');

    x->last = x->area;
    x->after = (struct uuid){.b[15] = 1};
    if (s == NULL)
        return true;
    if (colon == NULL || !uuid_parse(colon + 1, &x->after))
        return ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
                   "cursor is not what a page gave");
    x->last = arena_strndup(q->r->arena, s, (size_t)(colon - s));
    return true;
}

static bool read_walk(const struct asking *q, struct walk *x, struct err *e)
{
    const char *area = req_query(q->r, "area");
    char trimmed[AREA_CODE_MAX] = "";

    *x = (struct walk){.area = ""};
    if (area != NULL) {
        area_code_trim(area, trimmed);
        if (area_find(q->w->areas, trimmed) == NULL)
            return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district",
                             area);
        x->area = arena_strdup(q->r->arena, trimmed);
    }
    return req_query_int(q->r, "limit", 1, LIMIT_LIST_PAGE, PAGE_DEFAULT, &x->limit, e) &&
           read_cursor(q, x, e);
}

struct bookable {
    const char *area;
    struct uuid id;
};

static bool page_of(const struct asking *q, const struct walk *x, struct bookable *page, size_t *ret_n,
                    struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_query(q->tx, &booking_queries[BOOKING_Q_WALK], &rows, e, SQL_INT(q->w->district),
                   SQL_TEXT(q->kind->name), SQL_TEXT(arena_printf(q->r->arena, "%s:", x->area)),
                   SQL_TEXT(x->last), SQL_UUID(&x->after), SQL_INT(x->limit)))
        return false;
    while (sql_next(rows))
        page[(*ret_n)++] = (struct bookable){arena_strdup(q->r->arena, sql_text(rows, 0)), sql_uuid(rows, 1)};
    return sql_end(&rows, e);
}

static bool write_one(const struct asking *q, struct uuid id, struct err *e)
{
    struct record *res = NULL;
    struct standing s;

    if (!record_load(q->tx, q->w, id, q->r->arena, &res, e))
        return false;
    if (res == NULL || !record_visible(q->w, res, q->r->who))
        return true;
    if (!stand(q, res, &s, e))
        return false;
    if (q->only_free && !s.is_free)
        return true;
    jo_obj(&q->r->out, NULL);
    write_resource(q, res, &s);
    jo_close(&q->r->out);
    return true;
}

/* A page may be short, or empty, and still have a next. */
static bool write_page(const struct asking *q, struct walk *x, struct err *e)
{
    struct bookable *page = arena_array(q->r->arena, struct bookable, (size_t)x->limit);
    char id[UUID_TEXT_MAX];
    size_t n = 0;

    if (!page_of(q, x, page, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!write_one(q, page[i].id, e))
            return false;
    if (n == (size_t)x->limit) {
        uuid_format(page[n - 1].id, id);
        x->next = arena_printf(q->r->arena, "%s:%s", page[n - 1].area, id);
    }
    return true;
}

static bool get_free(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct asking q = {.r = r};
    struct walk x;

    if (!read_asked(&q, e) || !read_walk(&q, &x, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    q.tx = tx;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (!write_page(&q, &x, e))
        return false;
    jo_close(&r->out);
    jo_str(&r->out, "next", x.next);
    jo_close(&r->out);
    return true;
}

/* --- one of them --- */

static void write_taken(const struct asking *q, const struct standing *s)
{
    struct json_out *out = &q->r->out;

    jo_arr(out, "taken");
    for (size_t i = 0; i + 1 < s->n; i++) {
        if (s->steps[i].taken == 0 || s->steps[i + 1].at <= q->want.from)
            continue;
        jo_obj(out, NULL);
        jo_time(out, "from", s->steps[i].at, q->w->offset_min);
        jo_time(out, "to", s->steps[i + 1].at, q->w->offset_min);
        jo_int(out, "left",
               s->steps[i].taken < s->offer.capacity ? s->offer.capacity - s->steps[i].taken : 0);
        jo_close(out);
    }
    jo_close(out);
}

static bool get_free_of(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct asking q = {.r = r};
    struct record *res = NULL;
    struct standing s;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !read_asked(&q, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !record_load_standing(tx, q.w, id, r->arena, &res, e))
        return false;
    if (res == NULL || res->kind != q.kind->booking->of || !record_visible(q.w, res, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    q.tx = tx;
    if (!stand(&q, res, &s, e))
        return false;
    jo_obj(&r->out, NULL);
    write_resource(&q, res, &s);
    write_taken(&q, &s);
    jo_close(&r->out);
    return true;
}

const struct route booking_routes[] = {
    {GET, "/api/v1/free", PERM_SIGNED_IN, BODY_NONE, get_free, NULL, 0,
     "What can be booked, and whether it is free `from` `to`", "free_list"},
    {GET, "/api/v1/free/{id}", PERM_SIGNED_IN, BODY_NONE, get_free_of, NULL, 0,
     "When one that can be booked is taken, `from` `to`", "free_one"},
    {.method = METHOD_UNSET},
};
