/* What is to be sent, made in the transaction of the command that it tells of. A notice to a person becomes a
 * row for each of their addresses on each channel that they want it on; a group gets one for all who are told
 * by one command; a webhook one for each notice. In quiet hours there is one row for all that comes: it is
 * sent when they end and says what is still unread then. */
#include "notice/outbox.h"

#include "notice.sql.h"
#include "notice/notice.h"
#include "record/store.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_bool listening;
static _Atomic uint64_t written;

static const size_t ARENA = (size_t)64 << 20;

void outbox_listening(bool yes)
{
    atomic_store(&listening, yes);
}

bool outbox_heard(void)
{
    return atomic_load(&listening);
}

uint64_t outbox_written(void)
{
    return atomic_load(&written);
}

/* --- rows --- */

struct outbox_row outbox_due_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct outbox_row){.id = sql_uuid(rows, 0),
                               .account = sql_uuid(rows, 1),
                               .device = sql_uuid(rows, 2),
                               .record = sql_uuid(rows, 3),
                               .what = arena_strdup(a, sql_text(rows, 4)),
                               .at = sql_int(rows, 5),
                               .urgent = sql_int(rows, 6),
                               .tries = sql_int(rows, 7),
                               .channel = sql_uuid(rows, 8),
                               .fail = ""};
}

struct outbox_row outbox_full_row(const struct sql_rows *rows, struct arena *a)
{
    struct outbox_row r = outbox_due_row(rows, a);

    r.state = sql_int(rows, 9);
    r.next_at = sql_int(rows, 10);
    r.holder = sql_uuid(rows, 11);
    r.done_at = sql_int(rows, 12);
    r.fail = arena_strdup(a, sql_text(rows, 13));
    return r;
}

struct uuid outbox_id(const struct privacy *pv, int64_t at, struct uuid what, struct uuid channel,
                      struct uuid whom, struct uuid device)
{
    uint8_t way[32], hash[HASH_BYTES], both[32];

    memcpy(way, channel.b, 16);
    memcpy(way + 16, device.b, 16);
    memcpy(both, what.b, 16);
    memcpy(both + 16, whom.b, 16);
    privacy_hash(pv, both, sizeof(both), way, sizeof(way), hash);
    return uuid_v7(at, hash);
}

static void add_row(struct bulk *b, int64_t district, const struct outbox_row *r)
{
    BULK_ADD(b, SQL_INT(district), SQL_UUID(&r->id), SQL_UUID(&r->channel), SQL_UUID(&r->account),
             SQL_UUID(&r->device), SQL_UUID(&r->record), SQL_TEXT(r->what), SQL_INT(r->at),
             SQL_INT(r->urgent), SQL_INT(r->next_at));
}

bool outbox_put(struct sql_tx *tx, int64_t district, const struct outbox_row *r, struct err *e)
{
    atomic_fetch_add(&written, 1);
    return sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_PUT], e, SQL_INT(district), SQL_UUID(&r->id),
                   SQL_UUID(&r->channel), SQL_UUID(&r->account), SQL_UUID(&r->device), SQL_UUID(&r->record),
                   SQL_TEXT(r->what), SQL_INT(r->at), SQL_INT(r->urgent), SQL_INT(r->next_at));
}

/* --- who is told where --- */

struct person {
    struct reach reach;
    struct uuid devices[DEVICES_MAX];
    size_t n_devices;
};
struct telling {
    const struct world *w;
    struct sql_tx *tx;
    struct arena *a;
    struct bulk rows;
    struct channel *channels;
    size_t n_channels;
    const struct told *told;
    size_t n_told;
    struct person *people; /* of told, by index */
};

/* Reads with one statement for all of them what `fill` makes of its rows. */
static bool for_each_person(struct telling *t, int query, size_t nargs,
                            void (*fill)(struct telling *t, size_t i, const struct sql_rows *rows),
                            struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(t->a, struct sql_arg, t->n_told * nargs);

    for (size_t i = 0; i < t->n_told; i++) {
        args[i * nargs] = SQL_INT(t->w->district);
        args[i * nargs + 1] = SQL_UUID(&t->told[i].account);
        if (nargs > 2)
            args[i * nargs + 2] = SQL_INT(DEVICES_MAX);
    }
    if (!sql_query_each(t->tx, &notice_queries[query], args, t->n_told, &rows, e))
        return false;
    while (sql_next(rows))
        fill(t, sql_row(rows), rows);
    return sql_end(&rows, e);
}

static void take_reach(struct telling *t, size_t i, const struct sql_rows *rows)
{
    t->people[i].reach = reach_row(rows, t->a);
}

static void take_device(struct telling *t, size_t i, const struct sql_rows *rows)
{
    struct person *p = &t->people[i];

    if (p->n_devices < DEVICES_MAX)
        p->devices[p->n_devices++] = sql_uuid(rows, 0);
}

static bool is_active(const struct telling *t, enum channel_type type)
{
    for (size_t i = 0; i < t->n_channels; i++)
        if (t->channels[i].active && t->channels[i].type == type)
            return true;
    return false;
}

static bool read_people(struct telling *t, struct err *e)
{
    t->people = arena_array(t->a, struct person, t->n_told);
    for (size_t i = 0; i < t->n_told; i++)
        t->people[i].reach = reach_default;
    if (!is_active(t, CHANNEL_PUSH) && !is_active(t, CHANNEL_SMS) && !is_active(t, CHANNEL_MAIL))
        return true;
    return for_each_person(t, NOTICE_Q_REACH, 2, take_reach, e) &&
           (!is_active(t, CHANNEL_PUSH) || for_each_person(t, NOTICE_Q_DEVICES, 3, take_device, e));
}

/* --- making rows --- */

static void tell_on(struct telling *t, const struct channel *c, const struct told *n, struct uuid about,
                    struct uuid account, struct uuid device)
{
    bool ring = what_rings(n->what);
    const struct outbox_row row = {.id = outbox_id(t->w->privacy, n->at, about, c->id, account, device),
                                   .channel = c->id,
                                   .account = account,
                                   .device = device,
                                   .record = n->record,
                                   .what = n->what,
                                   .at = n->at,
                                   .urgent = ring ? 0 : 1,
                                   .next_at = n->at};
    struct outbox_row *kept = arena_new(t->a, struct outbox_row);

    *kept = row;
    add_row(&t->rows, t->w->district, kept);
}

/* All that comes until then is one row: it gets its words when it is sent. */
static void tell_later(struct telling *t, const struct channel *c, const struct person *p, int64_t until,
                       struct uuid account, struct uuid device)
{
    struct outbox_row *row = arena_new(t->a, struct outbox_row);

    *row = (struct outbox_row){.id = outbox_id(t->w->privacy, until, account, c->id, account, device),
                               .channel = c->id,
                               .account = account,
                               .device = device,
                               .what = "digest",
                               .at = reach_quiet_since(&p->reach, until),
                               .urgent = 1,
                               .next_at = until};
    add_row(&t->rows, t->w->district, row);
}

static void tell_person(struct telling *t, const struct channel *c, const struct told *n,
                        const struct person *p)
{
    bool ring = what_rings(n->what);
    int64_t until = ring ? 0 : reach_quiet_until(&p->reach, n->at, t->w->offset_min);
    struct uuid about = notice_id(t->w, n->command, n->account, n->at, n->n);
    size_t ways = c->type == CHANNEL_PUSH ? p->n_devices : 1;

    if (!reach_wants(&p->reach, n->what, c->type) ||
        (c->type == CHANNEL_MAIL && (p->reach.mail[0] == '\0' || !p->reach.mail_ok)))
        return;
    for (size_t i = 0; i < ways; i++) {
        struct uuid device = c->type == CHANNEL_PUSH ? p->devices[i] : (struct uuid){{0}};

        if (until != 0)
            tell_later(t, c, p, until, n->account, device);
        else
            tell_on(t, c, n, about, n->account, device);
    }
}

static bool is_of(const struct telling *t, const struct channel *c, struct uuid account)
{
    size_t n = 0;
    const struct post *posts = uuid_is_nil(c->org) ? NULL : directory_posts(t->w->people, account, &n);

    for (size_t i = 0; i < n; i++)
        if (uuid_eq(posts[i].org, c->org))
            return true;
    return uuid_is_nil(c->org);
}

static void tell_one(struct telling *t, const struct told *n, const struct person *p)
{
    static const struct uuid nobody;

    for (size_t i = 0; i < t->n_channels; i++) {
        const struct channel *c = &t->channels[i];

        if (!channel_carries(c, n->what, n->kind) || !is_of(t, c, n->account))
            continue;
        if (channel_is_personal(c->type))
            tell_person(t, c, n, p);
        else if (c->type == CHANNEL_WEBHOOK)
            tell_on(t, c, n, notice_id(t->w, n->command, n->account, n->at, n->n), n->account, nobody);
        else
            tell_on(t, c, n, n->command, nobody, nobody);
    }
}

bool outbox_tell(struct sql_tx *tx, const struct world *w, const struct told *told, size_t n, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    struct telling t = {.w = w, .tx = tx, .a = a, .told = told, .n_told = n};

    if (n == 0 || !outbox_heard())
        return true;
    if (!channels_read(tx, w->district, a, &t.channels, &t.n_channels, e))
        return false;
    if (t.n_channels == 0)
        return true;
    bulk_begin(&t.rows, &notice_queries[NOTICE_Q_OUTBOX_PUT], a);
    if (!read_people(&t, e))
        return false;
    for (size_t i = 0; i < n; i++)
        tell_one(&t, &told[i], &t.people[i]);
    atomic_fetch_add(&written, 1);
    return bulk_write(&t.rows, tx, e);
}

/* --- the door's observer --- */

struct observed {
    const struct world *w;
    struct told *told;
    size_t n, cap;
};

static void *begin(const struct world *w)
{
    struct observed *o = xcalloc(1, sizeof(*o));

    o->w = w;
    return o;
}

static bool observe(void *state, const struct change *c, struct arena *a, const char **ret_names,
                    struct err *e)
{
    struct observed *o = state;

    (void)a;
    (void)e;
    *ret_names = "";
    if (!outbox_heard() || c->command->trusted)
        return true;
    if (o->n + c->n_notices > o->cap) {
        o->cap = 2 * (o->n + c->n_notices);
        o->told = xrealloc(o->told, o->cap * sizeof(*o->told));
    }
    for (size_t i = 0; i < c->n_notices; i++)
        o->told[o->n++] = (struct told){.command = c->command->id,
                                        .record = c->after->id,
                                        .account = c->notices[i].account,
                                        .what = c->notices[i].what,
                                        .kind = c->after->kind->name,
                                        .at = c->command->at,
                                        .n = i};
    return true;
}

static void sum(void *state)
{
    (void)state;
}

static bool write_rows(void *state, struct sql_tx *tx, struct err *e)
{
    struct observed *o = state;

    return outbox_tell(tx, o->w, o->told, o->n, e);
}

static void end(void *state)
{
    struct observed *o = state;

    free(o->told);
    free(o);
}

const struct door_observer notice_observer = {begin, observe, sum, write_rows, end, NULL, NULL};
