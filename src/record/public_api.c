/* GET /public: what anybody may read, without an account: the fields and states that a kind publishes, the
 * organisations that answer for it, and the steps that led there. Never people, notes or personal fields. */
#include "http/route.h"
#include "pack/value.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/json.h"
#include "record/list_internal.h"
#include "record/log.h"
#include "record/record.h"
#include "record/store.h"

#include <string.h>

enum { PAGE_DEFAULT = 20, STEPS_MAX = 500 };

/* --- parts of an answer --- */

static bool state_is_public(const struct kind *k, const struct state *s)
{
    return s != NULL && (k->published >> s->index & 1) != 0;
}

/* The head of one, from a record or from a row of a list. */
struct head {
    struct uuid id, owner;
    const struct kind *kind;
    int64_t number, created_at, updated_at, due_at;
    const char *title, *area, *address;
    const struct state *state;
    bool has_place, late;
    double lng, lat;
};

static void write_place(struct json_out *out, const struct head *h)
{
    if (!h->kind->public_place || (!h->has_place && h->address == NULL)) {
        jo_null(out, "place");
        return;
    }
    jo_obj(out, "place");
    if (h->has_place) {
        jo_num(out, "lng", h->lng);
        jo_num(out, "lat", h->lat);
    }
    if (h->address != NULL)
        jo_str(out, "address", h->address);
    jo_close(out);
}

static void write_head(struct json_out *out, const struct world *w, const struct head *h)
{
    const struct org *owner = directory_org(w->people, h->owner);
    char number[64];

    number_format(w, h->number, number, sizeof(number));
    jo_uuid(out, "id", h->id);
    jo_str(out, "kind", h->kind->name);
    jo_str(out, "number", number);
    jo_str(out, "title", h->title);
    jo_str(out, "state", h->state->name);
    jo_str(out, "light", light_name(h->state->light));
    record_write_area(out, w, h->area);
    write_place(out, h);
    jo_str(out, "owner", owner == NULL ? NULL : owner->name);
    jo_time(out, "created_at", h->created_at, w->offset_min);
    jo_time(out, "updated_at", h->updated_at, w->offset_min);
    jo_time(out, "due_at", h->due_at, w->offset_min);
    jo_bool(out, "late", h->late);
}

static void write_title(struct json_out *out, struct title t)
{
    jo_obj(out, "title");
    jo_str(out, "zh", t.zh);
    jo_str(out, "en", t.en);
    jo_close(out);
}

/* --- GET /public/{id} --- */

/* A step into a state that is published, or within it if it changed something that is; of what was not public
 * before, only what came of it. */
static bool write_step(struct req *r, const struct world *w, const struct kind *k,
                       const struct sql_rows *rows, struct err *e)
{
    const struct move *m = kind_move(k, sql_text(rows, 6));
    const struct state *from = kind_state(k, sql_text(rows, 7)), *to = kind_state(k, sql_text(rows, 8));
    bool told = false;

    if (m == NULL || !state_is_public(k, to))
        return true;
    if (!log_changes_public(k, sql_text(rows, 11), &told, e))
        return false;
    if (from == to && !told)
        return true;
    jo_obj(&r->out, NULL);
    jo_time(&r->out, "at", sql_int(rows, 2), w->offset_min);
    jo_str(&r->out, "verb", m->name);
    write_title(&r->out, m->title);
    jo_str(&r->out, "to", to->name);
    if (!log_write_changes(r, k, sql_text(rows, 11), state_is_public(k, from) ? LOG_PUBLIC : LOG_PUBLIC_AFTER,
                           e))
        return false;
    jo_close(&r->out);
    return true;
}

static bool write_steps(struct req *r, struct sql_tx *tx, const struct world *w, const struct record *rec,
                        struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &record_queries[RECORD_Q_LOG], &rows, e, SQL_INT(w->district), SQL_UUID(&rec->id),
                   SQL_INT(0), SQL_INT(STEPS_MAX)))
        return false;
    jo_arr(&r->out, "steps");
    while (sql_next(rows))
        if (!write_step(r, w, rec->kind, rows, e))
            return false;
    jo_close(&r->out);
    return sql_end(&rows, e);
}

static struct head head_of(const struct record *r)
{
    return (struct head){.id = r->id,
                         .owner = record_owner(r),
                         .kind = r->kind,
                         .number = r->number,
                         .created_at = r->created_at,
                         .updated_at = r->updated_at,
                         .due_at = record_due(r),
                         .title = r->title,
                         .area = r->area,
                         .address = r->address,
                         .state = r->state,
                         .has_place = r->has_place,
                         .late = record_late(r),
                         .lng = r->lng,
                         .lat = r->lat};
}

static void write_fields(struct json_out *out, const struct record *r)
{
    jo_obj(out, "fields");
    for (size_t i = 0; i < r->kind->n_public_fields; i++) {
        const struct field *f = r->kind->public_fields[i];

        if (r->values[f->index].type > CEL_NULL)
            field_to_json(out, f->name, f, &r->values[f->index]);
    }
    jo_close(out);
}

/* Organisations are told by name, people are not told of at all. */
static void write_orgs(struct json_out *out, const struct world *w, const struct record *r)
{
    jo_arr(out, "orgs");
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct org *o = directory_org(w->people, r->parties[i].org);

        if (o == NULL)
            continue;
        jo_obj(out, NULL);
        jo_str(out, "role", r->parties[i].role->name);
        write_title(out, r->parties[i].role->title);
        jo_str(out, "name", o->name);
        jo_close(out);
    }
    jo_close(out);
}

/* Whether everybody, or everybody with an account, may raise by this move. */
static bool raised_by_all(const struct move *m, bool *ret_signed_in)
{
    *ret_signed_in = true;
    for (size_t i = 0; m->raises && i < m->n_by; i++)
        if (m->by[i].type == WHO_ANYONE)
            *ret_signed_in = false;
    for (size_t i = 0; m->raises && i < m->n_by; i++)
        if (m->by[i].type == WHO_ANYONE || m->by[i].type == WHO_SIGNED_IN)
            return true;
    return false;
}

static void write_ask(struct json_out *out, const struct kind *k, const struct move *m, bool signed_in)
{
    jo_obj(out, NULL);
    jo_str(out, "kind", k->name);
    jo_str(out, "transition", m->name);
    write_title(out, m->title);
    jo_bool(out, "signed_in", signed_in);
    jo_close(out);
}

/* What a reader may raise below it: a question, a proposal. */
static void write_asks(struct json_out *out, const struct world *w, const struct record *r)
{
    jo_arr(out, "asks");
    for (size_t i = 0; !r->state->final && i < r->kind->n_children; i++) {
        const struct kind *k = packs_kind(w->packs, r->kind->children[i]);
        bool signed_in = false;

        for (size_t n = 0; k != NULL && kind_raised_in(k, r->state->name) && n < k->n_moves; n++)
            if (raised_by_all(&k->moves[n], &signed_in))
                write_ask(out, k, &k->moves[n], signed_in);
    }
    jo_close(out);
}

static bool get_public(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct uuid id;

    if (!sessions_limit_public(r->services->sessions, r->who, r->client, r->now, e) ||
        !req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_LOOK, &tx, e) ||
        !record_load(tx, w, id, r->arena, &rec, e))
        return false;
    if (rec == NULL || !record_public(rec))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    const struct head h = head_of(rec);
    jo_obj(&r->out, NULL);
    write_head(&r->out, w, &h);
    write_fields(&r->out, rec);
    write_orgs(&r->out, w, rec);
    write_asks(&r->out, w, rec);
    if (!write_steps(r, tx, w, rec, e))
        return false;
    jo_close(&r->out);
    return true;
}

/* --- GET /public --- */

/* The public ones among the fields of a row. */
static bool write_row_fields(struct list *l, const struct kind *k, const char *text, struct err *e)
{
    AUTO(json_free) struct json_object *stored = NULL;

    if (!json_parse(text, strlen(text), &stored, e))
        return false;
    jo_obj(l->out, "fields");
    for (size_t i = 0; i < k->n_public_fields; i++) {
        const struct field *f = k->public_fields[i];
        struct json_object *v = NULL;
        struct cel_value value = {0};

        if (!json_object_object_get_ex(stored, f->name, &v))
            continue;
        if (!field_from_stored(f, v, l->a, &value, e))
            return false;
        field_to_json(l->out, f->name, f, &value);
    }
    jo_close(l->out);
    return true;
}

/* A row of record.list_*. */
static bool write_row(struct list *l, const struct sql_rows *rows, struct err *e)
{
    const struct head h = {.id = sql_uuid(rows, 0),
                           .owner = sql_uuid(rows, 13),
                           .kind = l->kind,
                           .number = sql_int(rows, 2),
                           .created_at = sql_int(rows, 15),
                           .updated_at = sql_int(rows, 16),
                           .due_at = sql_int(rows, 17),
                           .title = sql_text(rows, 11),
                           .area = sql_text(rows, 7),
                           .address = sql_text(rows, 10),
                           .state = kind_state(l->kind, sql_text(rows, 3)),
                           .has_place = !sql_is_null(rows, 8),
                           .late = sql_int(rows, 18) != 0,
                           .lng = sql_real(rows, 8),
                           .lat = sql_real(rows, 9)};

    jo_obj(l->out, NULL);
    write_head(l->out, l->w, &h);
    if (!write_row_fields(l, l->kind, sql_text(rows, 12), e))
        return false;
    jo_close(l->out);
    return true;
}

static bool read_asked(struct list *l, struct err *e)
{
    const struct req *r = l->r;
    const char *parent = req_query(r, "parent"), *cursor = req_query(r, "cursor"),
               *kind = req_query(r, "kind"), *state = req_query(r, "state");

    l->kind = kind == NULL ? NULL : packs_kind(l->w->packs, kind);
    if (l->kind == NULL || l->kind->published == 0)
        return ERR_FIELD(e, "kind", "public.kind", "须指定一种公开的类型（kind）",
                         "name a kind that is published");
    if (state != NULL && !state_is_public(l->kind, kind_state(l->kind, state)))
        return ERR_FIELD(e, "state", "public.state", "“%.40s”不是公开的状态",
                         "“%.40s” is no state that is published", state);
    if (parent != NULL && !uuid_parse(parent, &l->parent))
        return ERR_FIELD(e, "parent", "input.uuid", "“%.40s”不是编号（UUID）", "'%.40s' is no id (UUID)",
                         parent);
    l->has_cursor = cursor != NULL;
    if (cursor != NULL && !uuid_parse(cursor, &l->after))
        return ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
                   "cursor is not what a page gave");
    l->state = state;
    return req_query_int(r, "limit", 1, LIMIT_LIST_PAGE, PAGE_DEFAULT, &l->limit, e) && list_read_area(l, e);
}

/* The states asked for. */
static void add_states(struct list *l)
{
    const struct kind *k = l->kind;
    bool any = false;

    sql_where_add(&l->where, " AND state IN (");
    for (size_t i = 0; i < k->n_states; i++) {
        const struct state *s = &k->states[i];

        if (!state_is_public(k, s) || (l->state != NULL && strcmp(l->state, s->name) != 0))
            continue;
        if (any)
            sql_where_add(&l->where, ", ");
        sql_where_arg(&l->where, SQL_TEXT(s->name));
        any = true;
    }
    sql_where_add(&l->where, ")");
}

static void add_conditions(struct list *l)
{
    sql_where_add(&l->where, "kind = ");
    sql_where_arg(&l->where, SQL_TEXT(l->kind->name));
    add_states(l);
    if (l->area[0] != '\0' && area_level_of(l->area) > AREA_DISTRICT) {
        sql_where_add(&l->where, " AND ");
        list_add_area(&l->where, l->area, l->a);
    }
}

static bool list_public(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct list l = {
        .r = r, .w = r->services->world(r->services), .a = r->arena, .out = &r->out, .write = write_row};
    bool ok;

    if (!sessions_limit_public(r->services->sessions, r->who, r->client, r->now, e) || !read_asked(&l, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    l.tx = tx;
    sql_where_init(&l.where);
    add_conditions(&l);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    ok = list_walk_records(&l, e);
    jo_close(&r->out);
    jo_str(&r->out, "next", l.next);
    jo_close(&r->out);
    sql_where_free(&l.where);
    return ok;
}

const struct route public_routes[] = {
    {GET, "/api/v1/public", PERM_PUBLIC, BODY_NONE, list_public, NULL, 0,
     "What anybody may read of a kind that is published", "public_rows"},
    {GET, "/api/v1/public/{id}", PERM_PUBLIC, BODY_NONE, get_public, NULL, 0,
     "One of them, with the steps that led there", "public_one"},
    {0},
};
