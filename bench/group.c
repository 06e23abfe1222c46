#include "group.h"

#include "wire.h"

#include <pthread.h>
#include <stdlib.h>

enum { BATCH = 512, STRIDE = 61, APART = 31 };

/* One client's thing, waiting. */
struct ticket {
    struct ticket *next;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool committed;
    int thing;
};

struct client {
    pthread_t thread;
    unsigned first;
    int64_t end_us;
    struct wire_times times;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct ticket *head, **tail;
    bool stop;
    int64_t batches;
    int n_things;
    void (*commit)(const int *things, int n);
} group = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

/* --- the writer --- */

static int take(struct ticket **into)
{
    int n = 0;

    (void)pthread_mutex_lock(&group.lock);
    while (group.head == NULL && !group.stop)
        (void)pthread_cond_wait(&group.work, &group.lock);
    while (n < BATCH && group.head != NULL) {
        into[n++] = group.head;
        group.head = group.head->next;
    }
    if (group.head == NULL)
        group.tail = &group.head;
    (void)pthread_mutex_unlock(&group.lock);
    return n;
}

static void answer(struct ticket *t)
{
    (void)pthread_mutex_lock(&t->lock);
    t->committed = true;
    (void)pthread_cond_signal(&t->done);
    (void)pthread_mutex_unlock(&t->lock);
}

static void *writer(void *arg)
{
    struct ticket *tickets[BATCH];
    int things[BATCH], n;

    (void)arg;
    while ((n = take(tickets)) > 0) {
        for (int i = 0; i < n; i++)
            things[i] = tickets[i]->thing;
        group.commit(things, n);
        group.batches++;
        for (int i = 0; i < n; i++)
            answer(tickets[i]);
    }
    return NULL;
}

/* --- clients --- */

static void hand_in(struct ticket *t)
{
    t->committed = false;
    t->next = NULL;
    (void)pthread_mutex_lock(&group.lock);
    *group.tail = t;
    group.tail = &t->next;
    (void)pthread_cond_signal(&group.work);
    (void)pthread_mutex_unlock(&group.lock);
    (void)pthread_mutex_lock(&t->lock);
    while (!t->committed)
        (void)pthread_cond_wait(&t->done, &t->lock);
    (void)pthread_mutex_unlock(&t->lock);
}

static void *client(void *arg)
{
    struct client *c = arg;
    struct ticket t = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    int64_t from;

    for (unsigned i = c->first; (from = wire_now_us()) < c->end_us; i += STRIDE) {
        t.thing = (int)(i % (unsigned)group.n_things);
        hand_in(&t);
        wire_times_add(&c->times, wire_now_us() - from);
    }
    return NULL;
}

static void end_writer(pthread_t thread)
{
    (void)pthread_mutex_lock(&group.lock);
    group.stop = true;
    (void)pthread_cond_signal(&group.work);
    (void)pthread_mutex_unlock(&group.lock);
    (void)pthread_join(thread, NULL);
}

static struct group_figures figures(const struct client *clients, int n, int64_t run_us)
{
    struct wire_times all = {0};

    for (int i = 0; i < n; i++)
        for (size_t j = 0; j < clients[i].times.n; j++)
            wire_times_add(&all, clients[i].times.us[j]);
    wire_times_sort(&all);
    return (struct group_figures){all.n, (double)all.n * 1e6 / (double)run_us, wire_times_ms(&all, 0.5),
                                  wire_times_ms(&all, 0.99), (double)all.n / (double)group.batches};
}

struct group_figures group_run(int n, int64_t run_us, int n_things, void (*commit)(const int *things, int n))
{
    struct client *clients = wire_alloc(sizeof(*clients) * (size_t)n);
    struct group_figures found;
    pthread_t thread;
    int64_t from;

    group.tail = &group.head;
    group.n_things = n_things;
    group.commit = commit;
    (void)pthread_create(&thread, NULL, writer, NULL);
    from = wire_now_us();
    for (int i = 0; i < n; i++) {
        clients[i] = (struct client){.first = (unsigned)i * APART, .end_us = from + run_us};
        (void)pthread_create(&clients[i].thread, NULL, client, &clients[i]);
    }
    for (int i = 0; i < n; i++)
        (void)pthread_join(clients[i].thread, NULL);
    found = figures(clients, n, wire_now_us() - from);
    end_writer(thread);
    free(clients);
    return found;
}
