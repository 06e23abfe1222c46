/* The thread that raises what comes, when it is time. */
#include "base/clock.h"
#include "base/log.h"
#include "schedule.sql.h"
#include "schedule/schedule.h"

#include <pthread.h>
#include <stdlib.h>

/* Rules are switched on and off, calendars change, other servers stop: it looks again at least so often. */
enum { LOOK_MS = 15000, AFTER_ERROR_MS = 2000 };

struct scheduler {
    struct scheduler_options o;
    struct uuid server;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};

static bool is_stopping(void *ctx)
{
    struct scheduler *s = ctx;
    bool yes;

    (void)pthread_mutex_lock(&s->lock);
    yes = s->stopping;
    (void)pthread_mutex_unlock(&s->lock);
    return yes;
}

static void sleep_until(struct scheduler *s, int64_t at)
{
    const struct timespec ts = {.tv_sec = at / 1000, .tv_nsec = (at % 1000) * 1000000};

    (void)pthread_mutex_lock(&s->lock);
    while (!s->stopping && time_now_ms() < at)
        (void)pthread_cond_timedwait(&s->wake, &s->lock, &ts);
    (void)pthread_mutex_unlock(&s->lock);
}

static bool look(struct scheduler *s, int64_t *ret_next, struct err *e)
{
    const struct schedule_run run = {.db = s->o.db,
                                     .door = s->o.door,
                                     .world = s->o.world(s->o.ctx),
                                     .server = s->server,
                                     .stopping = is_stopping,
                                     .ctx = s};
    int64_t now = time_now_ms(), raised;

    if (!schedule_run_due(&run, now, &raised, e) || !schedule_next(s->o.db, run.world, now, ret_next, e))
        return false;
    if (raised > 0)
        log_line(LOG_INFO, "schedules raised=%lld", (long long)raised);
    return true;
}

static void *run(void *arg)
{
    struct scheduler *s = arg;

    while (!is_stopping(s)) {
        int64_t soon = time_now_ms() + LOOK_MS, next = 0;
        struct err e = {0};

        if (s->o.in_charge != NULL && !s->o.in_charge(s->o.ctx)) {
            sleep_until(s, time_now_ms() + AFTER_ERROR_MS);
            continue;
        }
        if (!look(s, &next, &e) && !is_stopping(s)) {
            log_err("schedules", &e);
            soon = time_now_ms() + AFTER_ERROR_MS;
        }
        sleep_until(s, next != 0 && next < soon ? next : soon);
    }
    return NULL;
}

bool scheduler_start(const struct scheduler_options *o, struct scheduler **ret, struct err *e)
{
    struct scheduler *s;

    if (!sql_check(o->db, schedule_queries, SCHEDULE_Q__MAX, e))
        return false;
    s = xcalloc(1, sizeof(*s));
    s->o = *o;
    s->server = uuid_make();
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->wake, NULL);
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        free(s);
        return ERR(e, ERR_INTERNAL, "schedule.thread", "无法启动派发线程",
                   "the thread that raises what comes cannot be started");
    }
    *ret = s;
    return true;
}

void scheduler_stop(struct scheduler **s)
{
    if (*s == NULL)
        return;
    (void)pthread_mutex_lock(&(*s)->lock);
    (*s)->stopping = true;
    (void)pthread_cond_signal(&(*s)->wake);
    (void)pthread_mutex_unlock(&(*s)->lock);
    (void)pthread_join((*s)->thread, NULL);
    (void)pthread_mutex_destroy(&(*s)->lock);
    (void)pthread_cond_destroy(&(*s)->wake);
    free(*s);
    *s = NULL;
}
