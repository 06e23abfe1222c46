/* The timer: reads what is due from the database, sends ticks, sleeps until the next. */
#include "base/clock.h"
#include "base/log.h"
#include "clock.sql.h"
#include "clock/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { DUE_PAGE = 500, SLEEP_MAX_MS = 60000, AFTER_ERROR_MS = 1000, STANDBY_MS = 500 };
enum { SOON_WORK_MS = 4 * 3600000 };

struct timer {
    struct timer_options o;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int64_t next_at; /* earliest known; 0 none */
    bool stopping;
};

int64_t clock_soon_until(const struct world *w, int64_t now)
{
    return calendar_add_work(w->calendar, now, SOON_WORK_MS);
}

bool timer_next(struct sql *db, int64_t district, int64_t *ret_at, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_at = 0;
    if (!sql_begin(db, SQL_LOOK, &tx, e) ||
        !sql_query(tx, &clock_queries[CLOCK_Q_NEXT], &rows, e, SQL_INT(district)))
        return false;
    if (sql_next(rows))
        *ret_at = sql_int(rows, 0);
    return sql_end(&rows, e);
}

static bool read_due(struct sql *db, int64_t district, int64_t now, struct uuid *ids, size_t *ret_n,
                     struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_begin(db, SQL_LOOK, &tx, e) || !sql_query(tx, &clock_queries[CLOCK_Q_DUE], &rows, e,
                                                       SQL_INT(district), SQL_INT(now), SQL_INT(DUE_PAGE)))
        return false;
    while (sql_next(rows))
        ids[(*ret_n)++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

/* The same clock at the same instant is the same tick: a replayed day has the same ids. */
static struct uuid tick_id(struct uuid record, int64_t now)
{
    uint8_t tail[10];

    memcpy(tail, &record.b[6], sizeof(tail));
    tail[0] ^= 0x54; /* not the id of the raise, should both be of one instant */
    return uuid_v7(now, tail);
}

/* What is due together is sent together: a thousand clocks of the same second are a few transactions. A clock
 * that cannot be served (a fault) must not hold up all the others. */
static bool tick_all(struct door *door, const struct uuid *ids, size_t n, int64_t now, size_t *ret_did,
                     struct err *e)
{
    struct command *cs = xcalloc(n, sizeof(*cs));
    const struct command **list = xcalloc(n, sizeof(*list));
    struct outcome *out = xcalloc(n, sizeof(*out));
    bool ok;

    for (size_t i = 0; i < n; i++) {
        cs[i] = (struct command){.id = tick_id(ids[i], now),
                                 .who = &principal_clock,
                                 .at = now,
                                 .target = ids[i],
                                 .verb = "tick",
                                 .version = -1};
        list[i] = &cs[i];
    }
    ok = door_calls(door, list, n, out, e);
    for (size_t i = 0; i < n; i++) {
        *ret_did += out[i].ok && !out[i].replayed ? 1 : 0;
        if (!out[i].ok && out[i].err.code != ERR_CONFLICT && out[i].err.code != ERR_NOT_FOUND &&
            out[i].err.code != ERR_BUSY)
            log_err("tick", &out[i].err);
        outcome_free(&out[i]);
    }
    free(out);
    free(list);
    free(cs);
    return ok;
}

bool timer_run_due(struct sql *db, struct door *door, int64_t district, int64_t now, int64_t *ret_n,
                   struct err *e)
{
    struct uuid ids[DUE_PAGE];
    size_t n, did;

    *ret_n = 0;
    do {
        did = 0;
        if (!read_due(db, district, now, ids, &n, e))
            return false;
        if (n > 0 && !tick_all(door, ids, n, now, &did, e))
            return false;
        *ret_n += (int64_t)did;
    } while (n == DUE_PAGE && did > 0);
    return true;
}

static void sleep_until(struct timer *t, int64_t at)
{
    /* Another server does not say that it has set a clock. */
    int64_t most = t->o.in_charge != NULL ? STANDBY_MS : SLEEP_MAX_MS;
    int64_t now = time_now_ms(), until = at == 0 || at - now > most ? now + most : at;
    struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = (until % 1000) * 1000000};

    (void)pthread_mutex_lock(&t->lock);
    while (!t->stopping && (t->next_at == 0 || t->next_at >= until) && time_now_ms() < until)
        (void)pthread_cond_timedwait(&t->wake, &t->lock, &ts);
    t->next_at = 0;
    (void)pthread_mutex_unlock(&t->lock);
}

static bool stopping(struct timer *t)
{
    bool yes;

    (void)pthread_mutex_lock(&t->lock);
    yes = t->stopping;
    (void)pthread_mutex_unlock(&t->lock);
    return yes;
}

/* What else is to be done at its time: the earlier of both. */
static bool run_others(struct timer *t, int64_t *at, struct err *e)
{
    int64_t next = 0;

    if (t->o.others == NULL)
        return true;
    if (!t->o.others(t->o.ctx, time_now_ms(), &next, e))
        return false;
    if (next != 0 && (*at == 0 || next < *at))
        *at = next;
    return true;
}

static void *run(void *arg)
{
    struct timer *t = arg;

    while (!stopping(t)) {
        struct err e = {0};
        int64_t n = 0, at = 0;

        if (t->o.in_charge != NULL && !t->o.in_charge(t->o.ctx)) {
            sleep_until(t, time_now_ms() + STANDBY_MS);
            continue;
        }
        if (timer_run_due(t->o.db, t->o.door, t->o.district, time_now_ms(), &n, &e) &&
            timer_next(t->o.db, t->o.district, &at, &e) && run_others(t, &at, &e)) {
            /* Due and yet nothing done: a clock that cannot be served is asked again, not at once. */
            sleep_until(t, n == 0 && at != 0 && at <= time_now_ms() ? time_now_ms() + AFTER_ERROR_MS : at);
            continue;
        }
        log_err("timer", &e);
        sleep_until(t, time_now_ms() + AFTER_ERROR_MS);
    }
    return NULL;
}

bool timer_start(const struct timer_options *o, struct timer **ret, struct err *e)
{
    struct timer *t;

    if (!sql_check(o->db, clock_queries, CLOCK_Q__MAX, e))
        return false;
    t = xcalloc(1, sizeof(*t));
    t->o = *o;
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_cond_init(&t->wake, NULL);
    if (pthread_create(&t->thread, NULL, run, t) != 0) {
        free(t);
        return ERR(e, ERR_INTERNAL, "timer.thread", "无法启动计时线程",
                   "the timer's thread cannot be started");
    }
    *ret = t;
    return true;
}

void timer_stop(struct timer **t)
{
    if (*t == NULL)
        return;
    (void)pthread_mutex_lock(&(*t)->lock);
    (*t)->stopping = true;
    (void)pthread_cond_signal(&(*t)->wake);
    (void)pthread_mutex_unlock(&(*t)->lock);
    (void)pthread_join((*t)->thread, NULL);
    (void)pthread_mutex_destroy(&(*t)->lock);
    (void)pthread_cond_destroy(&(*t)->wake);
    free(*t);
    *t = NULL;
}

void timer_expect(struct timer *t, int64_t at)
{
    (void)pthread_mutex_lock(&t->lock);
    if (t->next_at == 0 || at < t->next_at) {
        t->next_at = at;
        (void)pthread_cond_signal(&t->wake);
    }
    (void)pthread_mutex_unlock(&t->lock);
}
