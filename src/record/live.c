/* GET /stream: changes as they are committed, and those since Last-Event-ID. */
#include "record/live.h"

#include "base/limits.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/batch.h"
#include "record/door_internal.h"
#include "record/json.h"
#include "record/live_feed.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_BYTES = 16 * 1024, RECORD_ARENA = 4 * 1024 * 1024, PUBLISH_PAGE = 200, RUNG_MAX = NOTICES_MAX };
enum { SESSION_BYTES = 32 }; /* of its hash */

/* By which session somebody listens, and what it might do then. */
struct right {
    uint8_t session[SESSION_BYTES], rights[RIGHTS_BYTES];
};

/* Who listens: a copy of the principal, as it was when the stream was opened, and the
 * filters. When that changes the stream ends (live_review). */
struct listener {
    struct arena *arena;
    const struct principal *who;
    const char *area, *kind;
    struct right right;
};

static const struct principal *copy_principal(const struct principal *p, struct arena *a)
{
    struct principal *c = arena_new(a, struct principal);
    struct post *posts = arena_array(a, struct post, p->n_posts + 1);

    *c = *p;
    for (size_t i = 0; i < p->n_posts; i++) {
        posts[i] = p->posts[i];
        posts[i].role = arena_strdup(a, p->posts[i].role);
        posts[i].area = arena_strdup(a, p->posts[i].area);
    }
    c->posts = posts;
    c->login = c->name = "";
    c->session = NULL;
    return c;
}

static void listener_free(void *ctx)
{
    struct listener *l = ctx;

    arena_free(&l->arena);
    free(l);
}

static bool concerns(const struct listener *l, const struct world *w, const struct record *r)
{
    return area_covers(l->area, r->area) && (l->kind[0] == '\0' || strcmp(l->kind, r->kind->name) == 0) &&
           record_visible(w, r, l->who);
}

static bool rings_for(const struct listener *l, const struct live_ring *ring)
{
    for (size_t i = 0; i < ring->n; i++)
        if (uuid_eq(ring->accounts[i], l->who->account))
            return !uuid_eq(ring->by, l->who->account);
    return false;
}

static bool wants(void *ctx, const struct event *ev)
{
    const struct live_record *about = ev->about;

    return (about->rings == NULL || rings_for(ctx, about->rings)) &&
           concerns(ctx, about->world, about->record);
}

static void write_event(struct json_out *j, const struct world *w, const struct record *r, const char *verb,
                        int64_t seq, int64_t at)
{
    char number[64];

    number_format(w, r->number, number, sizeof(number));
    jo_obj(j, NULL);
    jo_int(j, "seq", seq);
    jo_uuid(j, "id", r->id);
    jo_str(j, "kind", r->kind->name);
    jo_str(j, "number", number);
    jo_str(j, "title", r->title);
    jo_str(j, "state", r->state->name);
    jo_str(j, "light", light_name(r->state->light));
    jo_str(j, "light_now", lamp_name(record_lamp(r)));
    jo_bool(j, "open", record_open(r));
    jo_str(j, "area", r->area);
    if (r->has_place) {
        jo_num(j, "lng", r->lng);
        jo_num(j, "lat", r->lat);
    }
    jo_str(j, "verb", verb);
    jo_time(j, "at", at, w->offset_min);
    jo_int(j, "version", r->version);
    jo_uuid(j, "parent", r->parent); /* what may be done with that may depend on this */
    jo_time(j, "due_at", record_due(r), w->offset_min);
    jo_bool(j, "late", record_late(r));
    jo_close(j);
}

/* One entry and the matter it concerns; `j` is used anew. What rings goes first, and without a number: nobody
 * goes on from there, and who missed it asks what rings. */
static void publish(struct stream_hub *hub, struct json_out *j, const struct live_record *about,
                    const char *verb, int64_t seq, int64_t at)
{
    bool rings = about->rings != NULL;
    struct err e = {0};

    j->len = 0;
    j->depth = 0;
    j->comma = j->failed = false;
    write_event(j, about->world, about->record, verb, seq, at);
    if (jo_end(j, &e))
        stream_publish(hub, &(struct event){.seq = rings ? 0 : seq,
                                            .name = rings ? "ring" : "record",
                                            .data = j->buf,
                                            .about = about});
}

/* An entry for those it rings for, then for all it concerns. */
static void publish_both(struct stream_hub *hub, struct json_out *j, const struct world *w,
                         const struct record *r, const struct live_ring *ring, const char *verb, int64_t seq,
                         int64_t at)
{
    struct live_record about = {.world = w, .record = r, .rings = ring};

    if (ring->n > 0)
        publish(hub, j, &about, verb, seq, at);
    about.rings = NULL;
    publish(hub, j, &about, verb, seq, at);
}

static struct live_ring ring_of_change(const struct change *c, struct arena *a)
{
    struct uuid *accounts = arena_array(a, struct uuid, c->n_notices + 1);
    struct live_ring ring = {.by = c->command->who->account, .accounts = accounts};

    for (size_t i = 0; i < c->n_notices; i++)
        if (strcmp(c->notices[i].what, "ring") == 0)
            accounts[ring.n++] = c->notices[i].account;
    return ring;
}

void batch_publish(const struct batch *b, struct stream_hub *hub)
{
    struct json_out j;

    if (stream_count(hub) == 0)
        return;
    jo_begin(&j, EVENT_BYTES);
    for (size_t i = 0; i < b->n_entries; i++) {
        const struct batch_entry *en = &b->entries[i];
        struct live_ring ring = ring_of_change(en->change, b->a);

        if (strcmp(en->row.verb, "reveal") != 0) /* a look at a personal field is nobody's news */
            publish_both(hub, &j, b->world, en->change->after, &ring, en->row.verb, en->row.seq, en->row.at);
    }
    jo_free(&j);
}

/* --- from the history --- */

/* A matter that cannot be read (its pack is gone) has no event and must not hold up all others. */
static bool load_for_event(struct sql_tx *tx, const struct world *w, const struct sql_rows *rows,
                           struct arena *a, struct record **ret, struct err *e)
{
    *ret = NULL;
    if (strcmp(sql_text(rows, 3), "reveal") == 0 || record_load(tx, w, sql_uuid(rows, 1), a, ret, e))
        return true;
    if (str_starts(e->key, "sql."))
        return false;
    *ret = NULL;
    *e = (struct err){0};
    return true;
}

static bool ring_of_entry(struct sql_tx *tx, const struct world *w, const struct sql_rows *entry,
                          struct arena *a, struct live_ring *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid *accounts, record = sql_uuid(entry, 1);

    *ret = (struct live_ring){.by = sql_uuid(entry, 4)};
    if (sql_int(entry, 5) == 0)
        return true;
    ret->accounts = accounts = arena_array(a, struct uuid, RUNG_MAX);
    if (!sql_query(tx, &record_queries[RECORD_Q_RINGS_FOR], &rows, e, SQL_INT(w->district), SQL_UUID(&record),
                   SQL_INT(sql_int(entry, 2)), SQL_INT(RUNG_MAX)))
        return false;
    while (sql_next(rows))
        accounts[ret->n++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

static bool publish_page(struct sql_tx *tx, const struct world *w, struct stream_hub *hub, struct json_out *j,
                         int64_t last, int64_t *seq, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &record_queries[RECORD_Q_ENTRIES_TO_TELL], &rows, e, SQL_INT(w->district),
                   SQL_INT(*seq), SQL_INT(last - *seq < PUBLISH_PAGE ? last - *seq : PUBLISH_PAGE)))
        return false;
    while (sql_next(rows)) { /* numbers have no gaps: none is beyond the last */
        AUTO(arena_free) struct arena *a = arena_create(RECORD_ARENA);
        struct live_ring ring;
        struct record *r;

        if (!load_for_event(tx, w, rows, a, &r, e) || !ring_of_entry(tx, w, rows, a, &ring, e))
            return false;
        if (r != NULL)
            publish_both(hub, j, w, r, &ring, sql_text(rows, 3), sql_int(rows, 0), sql_int(rows, 2));
        *seq = sql_int(rows, 0);
    }
    return sql_end(&rows, e);
}

bool live_publish(struct sql *db, const struct world *w, struct stream_hub *hub, int64_t last, int64_t *seq,
                  bool *ret_more, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t from = *seq;
    struct json_out j;
    bool ok;

    jo_begin(&j, EVENT_BYTES);
    ok = sql_begin(db, SQL_READ, &tx, e) && publish_page(tx, w, hub, &j, last, seq, e);
    jo_free(&j);
    *ret_more = *seq > from;
    return ok;
}

/* --- catching up --- */

/* What was committed last: by us, or where others write, too, by anybody. */
static bool last_seq(const struct req *r, struct sql_tx *tx, int64_t *ret, struct err *e)
{
    *ret = door_seq(r->services->door);
    return !sql_is_shared(r->services->db) || record_last_seq(tx, r->services->district, ret, e);
}

static bool push_entry(struct sql_tx *tx, const struct world *w, const struct sql_rows *rows,
                       const struct listener *l, struct arena *a, struct subscriber *s, struct err *e)
{
    struct record *r = NULL;
    struct json_out j;
    bool ok;

    if (!record_load(tx, w, sql_uuid(rows, 1), a, &r, e))
        return false;
    if (r == NULL || strcmp(sql_text(rows, 3), "reveal") == 0 || !concerns(l, w, r))
        return true;
    jo_begin(&j, EVENT_BYTES);
    write_event(&j, w, r, sql_text(rows, 3), sql_int(rows, 0), sql_int(rows, 2));
    ok = jo_end(&j, e);
    if (ok)
        stream_push(s, &(struct event){.seq = sql_int(rows, 0), .name = "record", .data = j.buf});
    jo_free(&j);
    return ok;
}

/* What happened since `last`; more than fits is one event that says: load anew. */
static bool catch_up(const struct req *r, const struct world *w, int64_t last, const struct listener *l,
                     struct subscriber *s, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t seq;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !last_seq(r, tx, &seq, e))
        return false;
    if (seq - last > LIMIT_STREAM_BACKLOG) {
        stream_push(s, &(struct event){.seq = seq, .name = "reload", .data = "{}"});
        return true;
    }
    if (!sql_query(tx, &record_queries[RECORD_Q_ENTRIES_AFTER], &rows, e, SQL_INT(w->district), SQL_INT(last),
                   SQL_INT(LIMIT_STREAM_BACKLOG)))
        return false;
    while (sql_next(rows))
        if (!push_entry(tx, w, rows, l, r->arena, s, e))
            return false;
    return sql_end(&rows, e);
}

static struct listener *listen(const struct req *r)
{
    struct listener *l = xcalloc(1, sizeof(*l));
    const char *area = req_query(r, "area"), *kind = req_query(r, "kind");

    l->arena = arena_create(1 << 20);
    l->who = copy_principal(r->who, l->arena);
    l->area = arena_strdup(l->arena, area == NULL ? "" : area);
    l->kind = arena_strdup(l->arena, kind == NULL ? "" : kind);
    memcpy(l->right.session, r->who->session, SESSION_BYTES);
    principal_rights(r->who, l->right.rights);
    return l;
}

static bool stream(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    struct subscriber *s = NULL;
    struct listener *l;
    int64_t last = 0;

    if (r->last_event_id != NULL && (!parse_int64(r->last_event_id, &last) || last < 0))
        return ERR(e, ERR_MALFORMED, "stream.last_event_id", "Last-Event-ID 不是序号",
                   "Last-Event-ID is not a sequence number");
    l = listen(r);
    if (!stream_subscribe(r->services->hub, wants, listener_free, l, &s, e)) {
        listener_free(l);
        return false;
    }
    r->stream = s;
    if (r->last_event_id == NULL || catch_up(r, w, last, l, s, e))
        return true;
    r->stream = NULL;
    stream_cancel(&s);
    return false;
}

/* --- who may still --- */

struct rights {
    struct right *list;
    size_t n, cap;
};

static void rights_free(struct rights *r)
{
    free(r->list);
}

static bool same_right(const struct right *a, const struct right *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct right));
}

/* None is over yet; written down only. */
static bool note_right(const void *ctx, void *arg)
{
    const struct listener *l = ctx;
    struct rights *all = arg;

    if (all->n == all->cap) {
        all->cap = all->cap * 2 + 64;
        all->list = xrealloc(all->list, all->cap * sizeof(*all->list));
    }
    all->list[all->n++] = l->right;
    return false;
}

static bool is_among(const void *ctx, void *arg)
{
    const struct listener *l = ctx;
    const struct rights *lost = arg;

    return lost->n > 0 && bsearch(&l->right, lost->list, lost->n, sizeof(l->right), by_bytes) != NULL;
}

/* Leaves those that hold no more. Several windows of one person share a session: it is asked for once. */
static bool keep_lost(const struct services *s, struct rights *all, int64_t now, struct err *e)
{
    size_t lost = 0;

    qsort(all->list, all->n, sizeof(*all->list), by_bytes);
    for (size_t i = 0; i < all->n; i++) {
        struct right is = all->list[i];

        if (i > 0 && same_right(&all->list[i], &all->list[i - 1]))
            continue;
        if (!session_rights(s->sessions, is.session, now, is.rights, e))
            return false;
        if (!same_right(&is, &all->list[i]))
            all->list[lost++] = all->list[i];
    }
    all->n = lost;
    return true;
}

bool live_review(const struct services *s, int64_t now, struct err *e)
{
    AUTO(rights_free) struct rights all = {0};

    stream_end_where(s->hub, note_right, &all);
    if (all.n == 0)
        return true;
    if (!keep_lost(s, &all, now, e))
        return false;
    stream_end_where(s->hub, is_among, &all);
    return true;
}

const struct route live_routes[] = {
    {GET, "/api/v1/stream", PERM_SIGNED_IN, BODY_NONE, stream, NULL, 0,
     "Live changes the caller may see (SSE)", NULL},
    {0},
};
