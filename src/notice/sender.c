/* The sender: one thread that claims what is due, hands it to libcurl, many at once, and writes down what
 * came of it. It never holds a transaction while it waits for a network.
 *
 * Each channel is a lane of its own with so many requests at a time, a rate, and a breaker: after some
 * failures in a row nothing is claimed for a while, then one is tried. So one gateway that hangs delays
 * nobody else. */
#include "notice/sender.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "notice.sql.h"
#include "notice/compose.h"
#include "notice/flight.h"
#include "notice/notice.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 1000,    /* how often channels are read, and rows of other servers are looked for */
    LEASE_MS = 60000,  /* how long a claim holds: three times the longest try */
    LANE_PERSONS = 32, /* requests at a time, where each is somebody's */
    LANE_GROUP = 4,    /* and where all go to one place */
    BREAK_AFTER = 5,   /* failures in a row */
    BREAK_MS = 15000,  /* the first pause; each doubles, up to */
    BREAK_MAX_MS = 600000,
    STOP_MS = 5000,
    CLEAN_MS = 3600000,
    CLEAN_ROWS = 500,
    TRIES_MAX = 40,
};
static const int64_t KEEP_MS = INT64_C(30) * 24 * 3600 * 1000;
static const size_t LANES_ARENA = (size_t)16 << 20, CLAIM_ARENA = (size_t)16 << 20;

struct lane {
    struct channel c;
    struct channel_secrets s;
    int flying, failures, breaks;
    int64_t closed_until; /* 0: open */
    double tokens;
    int64_t filled_at;
};
/* What came of a row, to be written down. */
struct result {
    struct outbox_row row;
    struct landing landing;
    struct result *next;
};
struct sender {
    struct sender_options o;
    struct uuid self;
    pthread_t thread;
    CURLM *multi;
    atomic_bool stopping, reload;
    _Atomic uint64_t seen; /* of outbox_written() */
    /* the thread's own */
    struct arena *arena; /* of lanes */
    struct lane lanes[CHANNELS_MAX];
    size_t n_lanes;
    int64_t loaded_at, cleaned_at, next_due;
    struct flight *flying;
    struct result *results;
    struct rng rng;
    bool well;
};

static struct sender *_Atomic running;

static struct metric sent =
    METRIC(METRIC_COUNTER, "wangge_notice_sent_total", "Notices that a channel took.");
static struct metric retried =
    METRIC(METRIC_COUNTER, "wangge_notice_retried_total", "Tries after which a notice waits for the next.");
static struct metric given_up =
    METRIC(METRIC_COUNTER, "wangge_notice_failed_total", "Notices that were given up.");
static struct metric delay = METRIC(METRIC_SECONDS, "wangge_notice_delay_seconds",
                                    "From what a notice tells of to when a channel took it.");
struct metric *const notice_metrics[] = {&sent, &retried, &given_up, &delay, NULL};

/* --- lanes --- */

static struct lane *lane_of(struct sender *s, struct uuid channel)
{
    for (size_t i = 0; i < s->n_lanes; i++)
        if (uuid_eq(s->lanes[i].c.id, channel))
            return &s->lanes[i];
    return NULL;
}

/* A lane keeps what it has lived through; a changed channel begins anew. */
static void fill_lane(struct sender *s, struct lane *l, const struct channel *c, const struct lane *before)
{
    struct err e = {0};

    *l = before != NULL && before->c.version == c->version
             ? *before
             : (struct lane){
                   .filled_at = time_now_ms(), .tokens = 1, .flying = before == NULL ? 0 : before->flying};
    l->c = *c;
    if (!channel_open(c, s->o.world(s->o.ctx)->privacy, s->arena, &l->s, &e)) {
        log_err("channel", &e);
        l->c.active = false;
    }
}

static bool load(struct sender *s, int64_t now, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct arena *old = s->arena, *a = arena_create(LANES_ARENA);
    struct lane before[CHANNELS_MAX];
    struct channel *list = NULL;
    size_t n_before = s->n_lanes, n = 0;
    bool any = false;

    if (!sql_begin(s->o.db, SQL_READ, &tx, e) || !channels_read(tx, s->o.district, a, &list, &n, e)) {
        arena_free(&a);
        return false;
    }
    memcpy(before, s->lanes, sizeof(before));
    s->arena = a;
    for (size_t i = 0; i < n; i++) {
        const struct lane *same = NULL;

        for (size_t k = 0; k < n_before && same == NULL; k++)
            same = uuid_eq(before[k].c.id, list[i].id) ? &before[k] : NULL;
        fill_lane(s, &s->lanes[i], &list[i], same);
        any = any || s->lanes[i].c.active;
    }
    s->n_lanes = n;
    s->loaded_at = now;
    arena_free(&old);
    outbox_listening(any);
    return true;
}

static void refill(struct lane *l, int64_t now)
{
    double most = l->c.per_minute < 60 ? 1 : (double)l->c.per_minute / 60;

    l->tokens += (double)(now - l->filled_at) * (double)l->c.per_minute / 60000;
    l->tokens = l->tokens > most ? most : l->tokens;
    l->filled_at = now;
}

/* How many may be claimed for this lane now. */
static int room(struct lane *l, int64_t now)
{
    int most = channel_is_personal(l->c.type) ? LANE_PERSONS : LANE_GROUP;

    if (!l->c.active || now < l->closed_until)
        return 0;
    if (l->breaks > 0 || l->failures >= BREAK_AFTER)
        most = 1; /* to see whether it is back */
    most -= l->flying;
    if (l->c.per_minute > 0) {
        refill(l, now);
        most = most < (int)l->tokens ? most : (int)l->tokens;
    }
    return most < 0 ? 0 : most;
}

static void lane_took(struct lane *l)
{
    l->failures = 0;
    l->breaks = 0;
    l->closed_until = 0;
}

static void lane_failed(struct lane *l, const struct landing *x, int64_t now)
{
    int64_t pause = (int64_t)BREAK_MS << (l->breaks > 5 ? 5 : l->breaks);

    if (x->retry_after_s > 0)
        l->closed_until = now + x->retry_after_s * 1000;
    if (++l->failures < BREAK_AFTER)
        return;
    pause = pause < BREAK_MAX_MS ? pause : BREAK_MAX_MS;
    l->breaks++;
    if (l->closed_until < now + pause)
        l->closed_until = now + pause;
}

/* --- what came of it --- */

static void note(struct sender *s, const struct outbox_row *row, const struct landing *landing)
{
    struct result *r = xcalloc(1, sizeof(*r));

    r->row = *row;
    r->row.what = str_eq(row->what, "test")   ? "test"
                  : str_eq(row->what, "code") ? "code"
                                              : ""; /* outlives it */
    r->landing = *landing;
    r->next = s->results;
    s->results = r;
}

static void note_drop(struct sender *s, const struct outbox_row *row, enum fate fate, const char *why)
{
    struct landing landing = {.fate = fate};

    str_copy(landing.why, sizeof(landing.why), why);
    note(s, row, &landing);
}

/* When a row came to be sent: a repetition on somebody's wish begins anew. */
static int64_t born(const struct outbox_row *row)
{
    int64_t made = 0;

    for (int i = 0; i < 6; i++)
        made = made << 8 | row->id.b[i];
    return made > row->at ? made : row->at;
}

int64_t sender_age_max(const struct outbox_row *row)
{
    const int64_t minute = 60000;

    if (row->urgent == 0)
        return 30 * minute; /* an alarm of this morning helps nobody */
    if (str_eq(row->what, "code") || str_eq(row->what, "test"))
        return 10 * minute;
    return minute * 60 * 24;
}

int64_t sender_pause_ms(const struct outbox_row *row, double unit)
{
    bool quick = row->urgent == 0 || str_eq(row->what, "test") || str_eq(row->what, "code");
    int64_t first = quick ? 1000 : 5000, most = quick ? 60000 : 3600000, tries = row->tries;
    int64_t pause = first << (tries < 1 ? 0 : tries > 12 ? 11 : tries - 1);

    pause = pause < most ? pause : most;
    return pause / 2 + (int64_t)((double)pause / 2 * unit);
}

struct settling {
    int64_t state, next_at, done_at;
};

static struct settling settle_as(struct sender *s, const struct result *r, int64_t now)
{
    struct settling x = {.done_at = now, .next_at = now};
    int64_t pause = sender_pause_ms(&r->row, rng_unit(&s->rng)), asked = r->landing.retry_after_s * 1000;

    if (r->landing.fate == FATE_SENT)
        x.state = OUTBOX_SENT;
    else if (r->landing.fate == FATE_GONE || r->landing.fate == FATE_UNWANTED)
        x.state = OUTBOX_DROPPED;
    else if (r->landing.fate == FATE_NEVER || r->row.tries >= TRIES_MAX ||
             now - born(&r->row) > sender_age_max(&r->row))
        x.state = OUTBOX_GIVEN_UP;
    else
        x = (struct settling){.state = OUTBOX_WAITING, .next_at = now + (pause > asked ? pause : asked)};
    return x;
}

static bool write_channel(struct sender *s, struct sql_tx *tx, const struct result *r, int64_t now,
                          struct err *e)
{
    const struct uuid *c = &r->row.channel;

    if (r->landing.fate == FATE_SENT)
        return sql_run(tx, &notice_queries[NOTICE_Q_CHANNEL_TOOK], e, SQL_INT(s->o.district), SQL_UUID(c),
                       SQL_INT(now));
    if (r->landing.fate == FATE_GONE)
        return sql_run(tx, &notice_queries[NOTICE_Q_DEVICE_REMOVE], e, SQL_INT(s->o.district),
                       SQL_UUID(&r->row.account), SQL_UUID(&r->row.device));
    if (r->landing.fate == FATE_UNWANTED)
        return true;
    return sql_run(tx, &notice_queries[NOTICE_Q_CHANNEL_FAILED], e, SQL_INT(s->o.district), SQL_UUID(c),
                   SQL_INT(now), SQL_TEXT(r->landing.why));
}

static bool write_results(struct sender *s, struct sql_tx *tx, int64_t now, struct err *e)
{
    for (const struct result *r = s->results; r != NULL; r = r->next) {
        struct settling x = settle_as(s, r, now);

        if (!sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_SETTLE], e, SQL_INT(s->o.district),
                     SQL_UUID(&r->row.id), SQL_UUID(&s->self), SQL_INT(x.state), SQL_INT(x.next_at),
                     SQL_INT(x.done_at), SQL_TEXT(r->landing.why)) ||
            !write_channel(s, tx, r, now, e))
            return false;
        if (x.state == OUTBOX_WAITING)
            metric_add(&retried, 1);
        else if (x.state == OUTBOX_GIVEN_UP)
            metric_add(&given_up, 1);
    }
    return true;
}

static void forget_results(struct sender *s)
{
    while (s->results != NULL) {
        struct result *r = s->results;

        s->results = r->next;
        free(r);
    }
}

/* --- claiming --- */

struct claim {
    struct outbox_row rows[CHANNELS_MAX * LANE_PERSONS];
    size_t n;
    struct arena *a;
};

static bool next_of(struct sender *s, struct sql_tx *tx, const struct lane *l, int64_t urgent, int64_t *ret,
                    struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = INT64_MAX;
    if (!sql_query(tx, &notice_queries[NOTICE_Q_OUTBOX_NEXT], &rows, e, SQL_INT(s->o.district),
                   SQL_UUID(&l->c.id), SQL_INT(urgent)))
        return false;
    if (sql_next(rows) && !sql_is_null(rows, 0))
        *ret = sql_int(rows, 0);
    return sql_end(&rows, e);
}

/* Whether any lane has something due that it has room for; when the next will be. Reads only. */
static bool look(struct sender *s, int64_t now, bool *ret_due, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    *ret_due = false;
    s->next_due = now + LOOK_MS;
    if (!sql_begin(s->o.db, SQL_READ, &tx, e))
        return false;
    for (size_t i = 0; i < s->n_lanes; i++)
        for (int urgent = 0; urgent < 2 && room(&s->lanes[i], now) > 0; urgent++) {
            int64_t next;

            if (!next_of(s, tx, &s->lanes[i], urgent, &next, e))
                return false;
            *ret_due = *ret_due || next <= now;
            s->next_due = next < s->next_due ? next : s->next_due;
        }
    return true;
}

static bool read_due(struct sender *s, struct sql_tx *tx, struct lane *l, int64_t urgent, int64_t now,
                     struct claim *c, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int most = room(l, now);

    if (most == 0)
        return true;
    if (!sql_query(tx, &notice_queries[NOTICE_Q_OUTBOX_DUE], &rows, e, SQL_INT(s->o.district),
                   SQL_UUID(&l->c.id), SQL_INT(urgent), SQL_INT(now), SQL_INT(most)))
        return false;
    for (; sql_next(rows) && c->n < COUNT_OF(c->rows); c->n++) {
        c->rows[c->n] = outbox_due_row(rows, c->a);
        c->rows[c->n].tries++;
        l->flying++;
        l->tokens -= l->c.per_minute > 0;
    }
    return sql_end(&rows, e);
}

/* What was taken in a transaction that failed is given back. */
static void give_back(struct sender *s, struct claim *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct lane *l = lane_of(s, c->rows[i].channel);

        if (l != NULL)
            l->flying--;
    }
    c->n = 0;
}

static bool claim_rows(struct sender *s, struct sql_tx *tx, int64_t now, struct claim *c, struct err *e)
{
    for (size_t i = 0; i < s->n_lanes; i++)
        for (int urgent = 0; urgent < 2; urgent++)
            if (!read_due(s, tx, &s->lanes[i], urgent, now, c, e))
                return false;
    for (size_t i = 0; i < c->n; i++)
        if (!sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_CLAIM], e, SQL_INT(s->o.district),
                     SQL_UUID(&c->rows[i].id), SQL_UUID(&s->self), SQL_INT(now + LEASE_MS)))
            return false;
    return true;
}

/* Results and claims share a commit. */
static bool settle_and_claim(struct sender *s, bool may_claim, int64_t now, struct claim *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(s->o.db, SQL_WRITE, &tx, e) || !write_results(s, tx, now, e) ||
        (may_claim && !claim_rows(s, tx, now, c, e)) || !sql_commit(&tx, e)) {
        give_back(s, c);
        return false;
    }
    forget_results(s);
    return true;
}

/* --- sending --- */

static bool make_request(struct sender *s, struct sql_tx *tx, struct lane *l, struct flight *f,
                         const char **ret_drop, struct err *e)
{
    struct chance with = {.now = time_now_ms()};
    struct letter letter;
    struct parcel parcel;

    return compose_letter(tx, s->o.world(s->o.ctx), &l->c, &f->row, s->o.public_url, f->arena, &letter,
                          ret_drop, e) &&
           (*ret_drop != NULL || (parcel_make(&l->c, &l->s, &letter, &with, f->arena, &parcel, e) &&
                                  flight_prepare(f, &parcel, s->o.private_targets, s->o.proxy, e)));
}

static void launch(struct sender *s, struct sql_tx *tx, const struct outbox_row *row)
{
    struct lane *l = lane_of(s, row->channel);
    struct flight *f;
    const char *drop = NULL;
    struct err e = {0};

    if (l == NULL)
        return;
    f = flight_create(row, &l->c);
    if (time_now_ms() - born(row) > sender_age_max(row))
        note_drop(s, row, FATE_NEVER, "late 0");
    else if (!make_request(s, tx, l, f, &drop, &e))
        note_drop(s, row, e.code == ERR_BUSY ? FATE_LATER : FATE_NEVER,
                  arena_printf(f->arena, "made 0 %s", e.n_details > 0 ? e.details[0].key : e.key));
    else if (drop != NULL)
        note_drop(s, row, FATE_UNWANTED, drop);
    else if (curl_multi_add_handle(s->multi, f->h) == CURLM_OK) {
        f->next = s->flying;
        s->flying = f;
        return;
    }
    l->flying--;
    flight_free(&f);
}

static bool send_claimed(struct sender *s, struct claim *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (c->n == 0)
        return true;
    if (!sql_begin(s->o.db, SQL_READ, &tx, e)) {
        give_back(s, c); /* to be claimed again when the claim has run out */
        return false;
    }
    for (size_t i = 0; i < c->n; i++)
        launch(s, tx, &c->rows[i]);
    return true;
}

static void unlink_flight(struct sender *s, const struct flight *f)
{
    struct flight **at = &s->flying;

    while (*at != NULL && *at != f)
        at = &(*at)->next;
    if (*at != NULL)
        *at = f->next;
}

static void land(struct sender *s, CURL *h, CURLcode code)
{
    struct landing landing;
    struct flight *f = NULL;
    struct lane *l;
    int64_t now = time_now_ms();

    (void)curl_easy_getinfo(h, CURLINFO_PRIVATE, &f);
    (void)curl_multi_remove_handle(s->multi, h);
    unlink_flight(s, f);
    flight_land(f, code, &landing);
    if ((l = lane_of(s, f->row.channel)) != NULL) {
        l->flying--;
        if (landing.fate == FATE_LATER)
            lane_failed(l, &landing, now);
        else
            lane_took(l); /* it answers: what it says of one is no reason to stop the others */
    }
    if (landing.fate == FATE_SENT) {
        metric_add(&sent, 1);
        metric_observe(&delay, (uint64_t)(now > f->row.at ? now - f->row.at : 0) * 1000);
    }
    note(s, &f->row, &landing);
    flight_free(&f);
}

static void collect(struct sender *s)
{
    int left = 0;
    const CURLMsg *m;

    (void)curl_multi_perform(s->multi, &left);
    while ((m = curl_multi_info_read(s->multi, &left)) != NULL)
        if (m->msg == CURLMSG_DONE)
            land(s, m->easy_handle, m->data.result);
}

/* --- the thread --- */

static bool remove_old(struct sender *s, struct sql_tx *tx, int64_t now, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid ids[CLEAN_ROWS];
    size_t n = 0;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_OUTBOX_OLD], &rows, e, SQL_INT(s->o.district),
                   SQL_INT(now - KEEP_MS), SQL_INT(CLEAN_ROWS)))
        return false;
    while (sql_next(rows) && n < CLEAN_ROWS)
        ids[n++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_REMOVE], e, SQL_INT(s->o.district),
                     SQL_UUID(&ids[i])))
            return false;
    s->cleaned_at = n == CLEAN_ROWS ? now - CLEAN_MS + LOOK_MS : now;
    return true;
}

static bool clean(struct sender *s, int64_t now, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return now - s->cleaned_at < CLEAN_MS ||
           (sql_begin(s->o.db, SQL_WRITE, &tx, e) && remove_old(s, tx, now, e) && sql_commit(&tx, e));
}

static bool free_all(struct sender *s, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return !s->o.alone || (sql_begin(s->o.db, SQL_WRITE, &tx, e) &&
                           sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_FREE], e, SQL_INT(s->o.district),
                                   SQL_INT(time_now_ms())) &&
                           sql_commit(&tx, e));
}

/* Not at every byte that comes over a wire: when there is something to write down, something new, or it is
 * time. */
static bool has_work(struct sender *s, int64_t now)
{
    return s->results != NULL || atomic_load(&s->reload) || now >= s->next_due ||
           now - s->loaded_at >= LOOK_MS || atomic_load(&s->seen) != outbox_written();
}

static bool work(struct sender *s, struct err *e)
{
    struct claim *c = NULL;
    AUTO(arena_free) struct arena *a = arena_create(CLAIM_ARENA);
    int64_t now = time_now_ms();
    bool mine = !atomic_load(&s->stopping) && (s->o.in_charge == NULL || s->o.in_charge(s->o.ctx)),
         due = false;

    if ((atomic_exchange(&s->reload, false) || now - s->loaded_at >= LOOK_MS) && !load(s, now, e))
        return false;
    atomic_store(&s->seen, outbox_written());
    if (mine && (!clean(s, now, e) || !look(s, now, &due, e)))
        return false;
    if (!due && s->results == NULL)
        return true;
    c = arena_new(a, struct claim);
    c->a = a;
    return settle_and_claim(s, due, now, c, e) && send_claimed(s, c, e);
}

static int patience(const struct sender *s)
{
    int64_t now = time_now_ms();

    if (s->results != NULL)
        return s->well ? 0 : LOOK_MS;
    return s->next_due <= now ? 10 : s->next_due - now < LOOK_MS ? (int)(s->next_due - now) : LOOK_MS;
}

static void *run(void *arg)
{
    struct sender *s = arg;
    int64_t end = 0;

    while (!atomic_load(&s->stopping) || s->flying != NULL || s->results != NULL) {
        struct err e = {0};
        bool ok = !has_work(s, time_now_ms()) || work(s, &e);

        if (!ok && s->well) /* once for each time that the database is away */
            log_err("notices", &e);
        s->well = ok;
        (void)curl_multi_poll(s->multi, NULL, 0, ok ? patience(s) : LOOK_MS, NULL);
        collect(s);
        if (atomic_load(&s->stopping) && end == 0)
            end = time_now_ms() + STOP_MS;
        if (end != 0 && time_now_ms() > end)
            break;
    }
    return NULL;
}

bool sender_start(const struct sender_options *o, struct sender **ret, struct err *e)
{
    AUTO(sender_stop) struct sender *s = NULL;

    if (!sql_check(o->db, notice_queries, NOTICE_Q__MAX, e))
        return false;
    s = xcalloc(1, sizeof(*s));
    s->o = *o;
    s->self = uuid_make();
    s->well = true;
    s->cleaned_at = time_now_ms() - CLEAN_MS + LOOK_MS;
    s->rng = rng_seed((uint64_t)time_monotonic_us());
    atomic_store(&s->stopping, true); /* there is no thread yet */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (s->multi = curl_multi_init()) == NULL)
        return ERR(e, ERR_INTERNAL, "notice.thread", "无法启动提醒的发送",
                   "the sender of notices cannot be started");
    if (!free_all(s, e) || !load(s, time_now_ms(), e))
        return false;
    atomic_store(&s->stopping, false);
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        atomic_store(&s->stopping, true);
        return ERR(e, ERR_INTERNAL, "notice.thread", "无法启动提醒的发送",
                   "the sender of notices cannot be started");
    }
    atomic_store(&running, s);
    *ret = s;
    s = NULL;
    return true;
}

static void end_flights(struct sender *s)
{
    while (s->flying != NULL) {
        struct flight *f = s->flying;

        s->flying = f->next;
        (void)curl_multi_remove_handle(s->multi, f->h);
        flight_free(&f); /* its claim runs out, or is freed at the next start */
    }
}

void sender_stop(struct sender **s)
{
    if (*s == NULL)
        return;
    if (!atomic_exchange(&(*s)->stopping, true)) {
        atomic_store(&running, NULL);
        (void)curl_multi_wakeup((*s)->multi);
        (void)pthread_join((*s)->thread, NULL);
    }
    outbox_listening(false);
    end_flights(*s);
    forget_results(*s);
    (void)curl_multi_cleanup((*s)->multi);
    arena_free(&(*s)->arena);
    curl_global_cleanup();
    free(*s);
    *s = NULL;
}

void sender_wake(struct sender *s)
{
    if (s != NULL && atomic_load(&s->seen) != outbox_written())
        (void)curl_multi_wakeup(s->multi);
}

void sender_nudge(void)
{
    struct sender *s = atomic_load(&running);

    if (s == NULL)
        return;
    atomic_store(&s->reload, true);
    (void)curl_multi_wakeup(s->multi);
}

void sender_rules(struct sender_rules *ret)
{
    const struct sender *s = atomic_load(&running);

    *ret = (struct sender_rules){0};
    if (s != NULL)
        *ret = (struct sender_rules){
            .runs = true, .private_targets = s->o.private_targets, .public_url = s->o.public_url};
}
