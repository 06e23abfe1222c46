/* One thread looks every LOOK_MS, and whenever we commit, at one row: the last number of the history, the
 * generation of what is in memory, and who is in charge. The history is the truth: nothing else carries
 * events from server to server, so nothing can be lost or overtaken on the way. */
#include "record/follow.h"

#include "base/clock.h"
#include "base/log.h"
#include "record.sql.h"
#include "record/live_feed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { LOOK_MS = 75, RELOAD_MS = 500, LEASE_MS = 6000, RENEW_MS = 2000 };

struct follower {
    struct follower_options o;
    struct uuid self;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool wanted, stopping;
    /* the thread's own */
    int64_t seq, generation, reloaded_at;
    _Atomic int64_t in_charge_until; /* 0: not in charge */
    _Atomic int64_t seen, seen_at;   /* seq at the last look, and when that began */
};

/* What one look sees. */
struct sight {
    int64_t seq, generation, lease_until;
    struct uuid holder;
};

static bool see(struct follower *f, struct sight *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct sight){0};
    if (!sql_begin(f->o.db, SQL_LOOK, &tx, e) ||
        !sql_query(tx, &record_queries[RECORD_Q_SIGHT], &rows, e, SQL_INT(f->o.district)))
        return false;
    if (sql_next(rows))
        *ret = (struct sight){.seq = sql_int(rows, 0),
                              .generation = sql_int(rows, 1),
                              .holder = sql_uuid(rows, 2),
                              .lease_until = sql_int(rows, 3)};
    return sql_end(&rows, e);
}

/* --- who is in charge --- */

/* Takes or prolongs the lease; an earlier end gives it back. */
static bool hold(struct follower *f, int64_t now, int64_t until, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(f->o.db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &record_queries[RECORD_Q_LEASE_TAKE], e, SQL_INT(f->o.district), SQL_UUID(&f->self),
                   SQL_INT(until), SQL_INT(now)) &&
           sql_commit(&tx, e);
}

/* What was taken shows at the next look; another may have been quicker. */
static bool tend_lease(struct follower *f, const struct sight *s, struct err *e)
{
    int64_t now = time_now_ms();
    bool ours = uuid_eq(s->holder, f->self);

    atomic_store(&f->in_charge_until, ours ? s->lease_until : 0);
    if (ours ? s->lease_until - now > LEASE_MS - RENEW_MS : s->lease_until > now)
        return true;
    return hold(f, now, now + LEASE_MS, e);
}

bool follower_in_charge(const struct follower *f)
{
    return atomic_load(&f->in_charge_until) > time_now_ms();
}

/* --- what has changed --- */

static bool take_over(struct follower *f, const struct sight *s, struct err *e)
{
    int64_t now = time_monotonic_us() / 1000;

    if (s->generation == f->generation || now - f->reloaded_at < RELOAD_MS)
        return true;
    if (f->o.changed != NULL && !f->o.changed(f->o.ctx, e))
        return false;
    f->reloaded_at = now;
    f->generation = s->generation;
    return true;
}

/* Whoever subscribes later reads the history up to there by itself. */
static bool publish(struct follower *f, const struct sight *s, struct err *e)
{
    bool more = f->o.hub != NULL;

    while (more && f->seq < s->seq && stream_count(f->o.hub) > 0)
        if (!live_publish(f->o.db, f->o.world(f->o.ctx), f->o.hub, s->seq, &f->seq, &more, e))
            return false;
    f->seq = s->seq; /* also back, should the database have been restored */
    return true;
}

static bool look(struct follower *f, struct err *e)
{
    int64_t began = time_monotonic_us();
    struct sight s;

    if (!see(f, &s, e))
        return false;
    atomic_store(&f->seen, s.seq);
    atomic_store(&f->seen_at, began);
    return take_over(f, &s, e) && publish(f, &s, e) && tend_lease(f, &s, e);
}

int64_t follower_seq(const struct follower *f)
{
    static const int64_t age_us = INT64_C(2) * LOOK_MS * 1000;

    return time_monotonic_us() - atomic_load(&f->seen_at) > age_us ? -1 : atomic_load(&f->seen);
}

/* --- the thread --- */

/* False: it is over. */
static bool wait(struct follower *f)
{
    int64_t until = time_now_ms() + LOOK_MS;
    struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = (until % 1000) * 1000000};
    bool goes_on;

    (void)pthread_mutex_lock(&f->lock);
    while (!f->stopping && !f->wanted && pthread_cond_timedwait(&f->wake, &f->lock, &ts) == 0)
        ;
    f->wanted = false;
    goes_on = !f->stopping;
    (void)pthread_mutex_unlock(&f->lock);
    return goes_on;
}

static void *run(void *arg)
{
    struct follower *f = arg;
    bool well = true;

    while (wait(f)) {
        struct err e = {0};
        bool ok = look(f, &e);

        if (!ok && well) /* once for each time that the database is away */
            log_err("follow", &e);
        well = ok;
    }
    return NULL;
}

bool follower_start(const struct follower_options *o, struct follower **ret, struct err *e)
{
    AUTO(follower_stop) struct follower *f = xcalloc(1, sizeof(*f));
    struct sight s;

    f->o = *o;
    f->self = uuid_make();
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_cond_init(&f->wake, NULL);
    f->stopping = true; /* there is no thread yet */
    if (!see(f, &s, e))
        return false;
    f->seq = s.seq;
    f->generation = -1; /* whatever was loaded before this look may be older */
    f->stopping = false;
    if (pthread_create(&f->thread, NULL, run, f) != 0) {
        f->stopping = true;
        return ERR(e, ERR_INTERNAL, "follow.thread", "无法启动跟随线程",
                   "the thread that follows the other servers cannot be started");
    }
    *ret = f;
    f = NULL;
    return true;
}

static void end_thread(struct follower *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->stopping = true;
    (void)pthread_cond_signal(&f->wake);
    (void)pthread_mutex_unlock(&f->lock);
    (void)pthread_join(f->thread, NULL);
}

void follower_stop(struct follower **f)
{
    struct err e = {0};

    if (*f == NULL)
        return;
    if (!(*f)->stopping)
        end_thread(*f);
    if (follower_in_charge(*f) && !hold(*f, time_now_ms(), 0, &e))
        log_err("follow", &e); /* it ends by itself soon */
    (void)pthread_mutex_destroy(&(*f)->lock);
    (void)pthread_cond_destroy(&(*f)->wake);
    free(*f);
    *f = NULL;
}

void follower_look(struct follower *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->wanted = true;
    (void)pthread_cond_signal(&f->wake);
    (void)pthread_mutex_unlock(&f->lock);
}
