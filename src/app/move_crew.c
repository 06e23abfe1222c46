/* move_crew.c -- a few threads over many jobs. */
#include "app/move_table.h"

#include <stdatomic.h>

enum { WORKERS = 4 }; /* as many as a database file has readers */

struct crew {
    bool (*job)(void *ctx, size_t i, struct err *e);
    void *ctx;
    size_t n;
    atomic_size_t next;
    atomic_bool failed;
    pthread_mutex_t lock; /* guards `first` */
    struct err first;
};

static void note(struct crew *c, const struct err *why)
{
    (void)pthread_mutex_lock(&c->lock);
    if (!atomic_exchange(&c->failed, true))
        c->first = *why;
    (void)pthread_mutex_unlock(&c->lock);
}

static void *work(void *arg)
{
    struct crew *c = arg;
    size_t i;

    while (!atomic_load(&c->failed) && (i = atomic_fetch_add(&c->next, 1)) < c->n) {
        struct err why = {0};

        if (!c->job(c->ctx, i, &why))
            note(c, &why);
    }
    return NULL;
}

/* The caller's thread is one of them: where there can be no others it does all. */
bool move_crew(size_t n, bool (*job)(void *ctx, size_t i, struct err *e), void *ctx, struct err *e)
{
    struct crew c = {.job = job, .ctx = ctx, .n = n};
    pthread_t threads[WORKERS - 1];
    int there = 0;

    (void)pthread_mutex_init(&c.lock, NULL);
    while (there < WORKERS - 1 && pthread_create(&threads[there], NULL, work, &c) == 0)
        there++;
    (void)work(&c);
    while (there > 0)
        (void)pthread_join(threads[--there], NULL);
    (void)pthread_mutex_destroy(&c.lock);
    if (c.failed)
        *e = c.first;
    return !c.failed;
}
