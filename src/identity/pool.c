#include "identity/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*run)(void *arg);
    void *arg;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t threads[POOL_THREADS];
    size_t n_threads;
    struct job queue[POOL_QUEUE]; /* a ring */
    size_t first, n;
    bool ending;
};

static bool next(struct pool *p, struct job *ret)
{
    bool some;

    (void)pthread_mutex_lock(&p->lock);
    while (p->n == 0 && !p->ending)
        (void)pthread_cond_wait(&p->work, &p->lock);
    some = p->n > 0;
    if (some) {
        *ret = p->queue[p->first];
        p->first = (p->first + 1) % POOL_QUEUE;
        p->n--;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return some;
}

static void *serve(void *arg)
{
    struct pool *p = arg;
    struct job j;

    while (next(p, &j))
        j.run(j.arg);
    return NULL;
}

struct pool *pool_create(void)
{
    struct pool *p = xcalloc(1, sizeof *p);

    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->work, NULL);
    return p;
}

/* Started by the first job: most runs of the command line have none. */
static void start(struct pool *p)
{
    while (p->n_threads < POOL_THREADS && pthread_create(&p->threads[p->n_threads], NULL, serve, p) == 0)
        p->n_threads++;
}

bool pool_submit(struct pool *p, void (*run)(void *arg), void *arg)
{
    bool taken = false;

    (void)pthread_mutex_lock(&p->lock);
    start(p);
    if (p->n < POOL_QUEUE && p->n_threads > 0 && !p->ending) {
        p->queue[(p->first + p->n++) % POOL_QUEUE] = (struct job){run, arg};
        taken = true;
        (void)pthread_cond_signal(&p->work);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return taken;
}

void pool_free(struct pool **p)
{
    struct pool *was = *p;

    if (was == NULL)
        return;
    (void)pthread_mutex_lock(&was->lock);
    was->ending = true;
    (void)pthread_cond_broadcast(&was->work);
    (void)pthread_mutex_unlock(&was->lock);
    for (size_t i = 0; i < was->n_threads; i++)
        (void)pthread_join(was->threads[i], NULL);
    (void)pthread_cond_destroy(&was->work);
    (void)pthread_mutex_destroy(&was->lock);
    free(was);
    *p = NULL;
}
