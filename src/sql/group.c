#include "sql/group.h"

#include "base/limits.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>

/* Lives from sql_group_open() to sql_group_close(). */
struct sql_group {
    struct sql *db;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    struct sql_job *head, **tail;
    size_t queued;
    bool closing;
};

/* Such an error leaves the transaction unusable, or in doubt: for all of them. */
static bool breaks(const struct err *e)
{
    return e->code == ERR_INTERNAL || e->code == ERR_BUSY;
}

/* *ret_any: something was written. */
static bool run_all(struct sql_job *first, struct sql_tx *tx, bool *ret_any, struct err *e)
{
    *ret_any = false;
    for (struct sql_job *j = first; j != NULL; j = j->next) {
        j->ok = j->run(j->ctx, tx, &j->err);
        *ret_any = *ret_any || j->ok;
        if (!j->ok && breaks(&j->err)) {
            *e = j->err;
            return false;
        }
    }
    return true;
}

static bool transact(struct sql_group *g, struct sql_job *first, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool any;

    return sql_begin(g->db, SQL_WRITE, &tx, e) && run_all(first, tx, &any, e) && (!any || sql_commit(&tx, e));
}

/* Whoever had been let through, or was not asked yet, hears why; the others have their own answer. */
static void give_up(struct sql_job *first, const struct err *e)
{
    for (struct sql_job *j = first; j != NULL; j = j->next)
        if (j->ok || j->err.code == ERR_NONE) {
            j->ok = false;
            j->err = *e;
        }
}

/* A job is its owner's again once it is done: what comes after it is looked up before. */
static void tell(struct sql_job *first)
{
    for (struct sql_job *j = first, *next; j != NULL; j = next) {
        next = j->next;
        j->done(j->ctx);
    }
}

static struct sql_job *take(struct sql_group *g)
{
    struct sql_job *first, **at;
    size_t n = 0;

    (void)pthread_mutex_lock(&g->lock);
    while (g->head == NULL && !g->closing)
        (void)pthread_cond_wait(&g->work, &g->lock);
    first = g->head;
    for (at = &g->head; *at != NULL && n < LIMIT_BATCH; n++)
        at = &(*at)->next;
    g->head = *at;
    *at = NULL;
    if (g->head == NULL)
        g->tail = &g->head;
    g->queued -= n;
    (void)pthread_mutex_unlock(&g->lock);
    return first;
}

static void *writer(void *arg)
{
    struct sql_group *g = arg;
    struct sql_job *first;

    while ((first = take(g)) != NULL) {
        struct err e = {0};

        if (!transact(g, first, &e)) {
            log_err("group", &e);
            give_up(first, &e);
        }
        tell(first);
    }
    return NULL;
}

bool sql_group_open(struct sql *db, struct sql_group **ret, struct err *e)
{
    struct sql_group *g = xcalloc(1, sizeof(*g));

    g->db = db;
    g->tail = &g->head;
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_cond_init(&g->work, NULL);
    if (pthread_create(&g->thread, NULL, writer, g) != 0) {
        free(g);
        return ERR(e, ERR_INTERNAL, "door.thread", "无法启动写线程", "the writer's thread cannot be started");
    }
    *ret = g;
    return true;
}

void sql_group_close(struct sql_group **g)
{
    if (*g == NULL)
        return;
    (void)pthread_mutex_lock(&(*g)->lock);
    (*g)->closing = true;
    (void)pthread_cond_signal(&(*g)->work);
    (void)pthread_mutex_unlock(&(*g)->lock);
    (void)pthread_join((*g)->thread, NULL);
    (void)pthread_cond_destroy(&(*g)->work);
    (void)pthread_mutex_destroy(&(*g)->lock);
    free(*g);
    *g = NULL;
}

bool sql_group_submit(struct sql_group *g, struct sql_job *j, struct err *e)
{
    bool taken;

    j->next = NULL;
    j->ok = false;
    j->err = (struct err){0};
    (void)pthread_mutex_lock(&g->lock);
    taken = !g->closing && g->queued < LIMIT_QUEUE;
    if (taken) {
        *g->tail = j;
        g->tail = &j->next;
        g->queued++;
        (void)pthread_cond_signal(&g->work);
    }
    (void)pthread_mutex_unlock(&g->lock);
    if (taken)
        return true;
    (void)ERR(e, ERR_BUSY, "door.full", "系统繁忙，请稍后再试", "too busy right now: try again in a moment");
    e->retry_after_s = 1;
    return false;
}
