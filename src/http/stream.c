/* The hub: one lock, one thread. The publisher formats an event once and hands out
 * pointers; the hub's thread wakes the sleeping carriers, so that the publisher (the
 * district's writer) makes no system call for a subscriber. */
#include "http/stream.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"
#include "http/stream_feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEARTBEAT_US = 15 * 1000 * 1000, WAKE_BATCH = 64, FIRST_RING = 8, TEXT_MAX = 4 * 1024 * 1024 };
static const char greeting[] = "retry: 2000\n\n", heartbeat[] = ":\n\n";

static struct metric slow = METRIC(METRIC_COUNTER, "wangge_streams_cut_total",
                                   "Live streams ended because their reader was too slow.");
struct metric *const stream_metrics[] = {&slow, NULL};

/* An event as it goes over the wire; counted under the hub's lock. */
struct message {
    int refs;
    int64_t seq;
    size_t len;
    char text[];
};
/* Grows up to LIMIT_STREAM_QUEUE, shrinks to nothing when empty. */
struct ring {
    struct message **at;
    size_t head, n, cap;
};
struct subscriber {
    struct stream_hub *hub;
    struct subscriber *prev, *next;
    struct subscriber *wake_next; /* in the hub's list of those to wake */
    bool (*wants)(void *ctx, const struct event *ev);
    void (*done)(void *ctx);
    void *ctx;
    void (*wake)(void *ctx), (*cut)(void *ctx); /* the carrier's */
    void *carrier;
    struct ring queue, held; /* held: published while the backlog is being read */
    int64_t last_seq;        /* queued last */
    int64_t beat_us;         /* when it last had something to send */
    struct message *now;     /* being sent: the carrier's thread only */
    size_t now_done, greeted;
    bool started, asleep, ended, beat;
};
struct stream_hub {
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread;
    struct subscriber *first, *to_wake;
    size_t n;
    bool stopping, closed;
};

static void message_drop(struct message *m)
{
    if (m != NULL && --m->refs == 0)
        free(m);
}

static bool ring_put(struct ring *q, struct message *m)
{
    if (q->n == LIMIT_STREAM_QUEUE)
        return false;
    if (q->n == q->cap) {
        size_t cap = q->cap == 0 ? FIRST_RING : q->cap * 2;
        struct message **at = xcalloc(cap, sizeof(struct message *));
        for (size_t i = 0; i < q->n; i++)
            at[i] = q->at[(q->head + i) % q->cap];
        free(q->at);
        *q = (struct ring){.at = at, .n = q->n, .cap = cap};
    }
    q->at[(q->head + q->n++) % q->cap] = m;
    m->refs++;
    return true;
}

/* The caller gets the ring's reference. */
static struct message *ring_take(struct ring *q)
{
    if (q->n == 0)
        return NULL;
    struct message *m = q->at[q->head];
    q->head = (q->head + 1) % q->cap;
    if (--q->n == 0) {
        free(q->at);
        *q = (struct ring){0};
    }
    return m;
}

static void ring_empty(struct ring *q)
{
    for (struct message *m; (m = ring_take(q)) != NULL;)
        message_drop(m);
}

static struct message *message_make(const struct event *ev)
{
    struct buf b;

    buf_init(&b, TEXT_MAX);
    buf_printf(&b, "event: %s\n", ev->name);
    if (ev->seq > 0)
        buf_printf(&b, "id: %lld\n", (long long)ev->seq);
    buf_str(&b, "data: ");
    buf_str(&b, ev->data);
    buf_str(&b, "\n\n");
    struct message *m = xcalloc(1, sizeof *m + b.len + 1);
    m->refs = 1;
    m->seq = ev->seq;
    m->len = b.len;
    memcpy(m->text, buf_text(&b), b.len);
    buf_free(&b);
    return m;
}

/* --- with the hub's lock held --- */

static void rouse(struct subscriber *s)
{
    if (!s->asleep)
        return;
    s->asleep = false;
    s->wake_next = s->hub->to_wake;
    s->hub->to_wake = s;
}

static void end(struct subscriber *s)
{
    s->ended = true;
    rouse(s);
}

/* A reader too slow for its queue: it comes back with Last-Event-ID. */
static void cut_off(struct subscriber *s)
{
    ring_empty(&s->queue);
    ring_empty(&s->held);
    metric_add(&slow, 1);
    if (s->cut != NULL && !s->ended)
        s->cut(s->carrier);
    end(s);
}

static void enqueue(struct subscriber *s, struct message *m)
{
    if (s->ended || (m->seq > 0 && m->seq <= s->last_seq))
        return;
    if (!ring_put(&s->queue, m)) {
        cut_off(s);
        return;
    }
    if (m->seq > 0)
        s->last_seq = m->seq;
    rouse(s);
}

static void unlink_subscriber(struct subscriber *s)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        s->hub->first = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    s->hub->n--;
}

/* --- the hub's thread --- */

static void wake_all(struct stream_hub *h)
{
    while (h->to_wake != NULL) {
        struct subscriber *some[WAKE_BATCH];
        size_t n = 0;
        for (; h->to_wake != NULL && n < WAKE_BATCH; h->to_wake = h->to_wake->wake_next)
            some[n++] = h->to_wake;
        (void)pthread_mutex_unlock(&h->lock);
        /* Still asleep to their carriers, so none of them can be gone. */
        for (size_t i = 0; i < n; i++)
            some[i]->wake(some[i]->carrier);
        (void)pthread_mutex_lock(&h->lock);
    }
}

static void beat_all(struct stream_hub *h)
{
    int64_t now = time_monotonic_us();

    for (struct subscriber *s = h->first; s != NULL; s = s->next) {
        if (!s->started || now - s->beat_us < HEARTBEAT_US)
            continue;
        s->beat = true;
        s->beat_us = now;
        rouse(s);
    }
}

static void *hub_run(void *arg)
{
    struct stream_hub *h = arg;

    (void)pthread_mutex_lock(&h->lock);
    while (!h->stopping) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        if (h->to_wake == NULL && pthread_cond_timedwait(&h->work, &h->lock, &until) != 0)
            beat_all(h);
        wake_all(h);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

/* --- for everybody --- */

struct stream_hub *stream_hub_create(void)
{
    struct stream_hub *h = xcalloc(1, sizeof *h);

    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->work, NULL);
    if (pthread_create(&h->thread, NULL, hub_run, h) != 0)
        abort(); /* no thread for the hub at start: nothing would ever be delivered */
    return h;
}

void stream_hub_free(struct stream_hub **ref)
{
    struct stream_hub *h = *ref;

    *ref = NULL;
    if (h == NULL)
        return;
    (void)pthread_mutex_lock(&h->lock);
    h->stopping = true;
    (void)pthread_cond_signal(&h->work);
    (void)pthread_mutex_unlock(&h->lock);
    (void)pthread_join(h->thread, NULL);
    (void)pthread_cond_destroy(&h->work);
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}

bool stream_subscribe(struct stream_hub *h, bool (*wants)(void *ctx, const struct event *ev),
                      void (*done)(void *ctx), void *ctx, struct subscriber **ret, struct err *e)
{
    struct subscriber *s = xcalloc(1, sizeof *s);

    *s = (struct subscriber){
        .hub = h, .wants = wants, .done = done, .ctx = ctx, .beat_us = time_monotonic_us()};
    (void)pthread_mutex_lock(&h->lock);
    bool full = h->n >= LIMIT_STREAMS;
    if (!full) {
        s->ended = h->closed;
        s->next = h->first;
        if (h->first != NULL)
            h->first->prev = s;
        h->first = s;
        h->n++;
    }
    (void)pthread_mutex_unlock(&h->lock);
    if (full) {
        free(s);
        (void)ERR(e, ERR_BUSY, "stream.full", "实时连接已满（%d 个），请稍后再试",
                  "all %d live streams are taken, try later", LIMIT_STREAMS);
        e->retry_after_s = 10;
        return false;
    }
    *ret = s;
    return true;
}

void stream_cancel(struct subscriber **ref)
{
    struct subscriber *s = *ref;

    *ref = NULL;
    if (s == NULL)
        return;
    struct stream_hub *h = s->hub;
    (void)pthread_mutex_lock(&h->lock);
    unlink_subscriber(s);
    ring_empty(&s->queue);
    ring_empty(&s->held);
    message_drop(s->now);
    (void)pthread_mutex_unlock(&h->lock);
    if (s->done != NULL)
        s->done(s->ctx);
    free(s);
}

void stream_push(struct subscriber *s, const struct event *ev)
{
    struct message *m = message_make(ev);

    (void)pthread_mutex_lock(&s->hub->lock);
    enqueue(s, m);
    message_drop(m);
    (void)pthread_mutex_unlock(&s->hub->lock);
}

void stream_publish(struct stream_hub *h, const struct event *ev)
{
    struct message *m = NULL;

    (void)pthread_mutex_lock(&h->lock);
    for (struct subscriber *s = h->first; s != NULL; s = s->next) {
        if (s->ended || !s->wants(s->ctx, ev))
            continue;
        if (m == NULL)
            m = message_make(ev);
        if (s->started)
            enqueue(s, m);
        else if (!ring_put(&s->held, m))
            cut_off(s);
    }
    message_drop(m);
    if (h->to_wake != NULL)
        (void)pthread_cond_signal(&h->work);
    (void)pthread_mutex_unlock(&h->lock);
}

void stream_end_where(struct stream_hub *h, bool (*over)(const void *ctx, void *arg), void *arg)
{
    (void)pthread_mutex_lock(&h->lock);
    for (struct subscriber *s = h->first; s != NULL; s = s->next)
        if (!s->ended && over(s->ctx, arg))
            end(s);
    if (h->to_wake != NULL)
        (void)pthread_cond_signal(&h->work);
    (void)pthread_mutex_unlock(&h->lock);
}

size_t stream_count(const struct stream_hub *hub)
{
    struct stream_hub *h = (struct stream_hub *)(uintptr_t)hub; /* the lock is not part of its value */

    (void)pthread_mutex_lock(&h->lock);
    size_t n = h->n;
    (void)pthread_mutex_unlock(&h->lock);
    return n;
}

/* --- for the carrier --- */

void stream_start(struct subscriber *s, void (*wake)(void *ctx), void (*cut)(void *ctx), void *ctx)
{
    (void)pthread_mutex_lock(&s->hub->lock);
    s->wake = wake;
    s->cut = cut;
    s->carrier = ctx;
    s->started = true;
    for (struct message *m; (m = ring_take(&s->held)) != NULL;) {
        enqueue(s, m);
        message_drop(m);
    }
    (void)pthread_mutex_unlock(&s->hub->lock);
}

static size_t put(char *out, size_t max, const char *text, size_t len, size_t *done)
{
    size_t n = len - *done < max ? len - *done : max;

    memcpy(out, text + *done, n);
    *done += n;
    return n;
}

/* With the lock held: the next message to send, NULL if there is none. */
static struct message *advance(struct subscriber *s)
{
    if (s->now != NULL && s->now_done < s->now->len)
        return s->now;
    message_drop(s->now);
    s->now = ring_take(&s->queue);
    s->now_done = 0;
    return s->now;
}

size_t stream_read(struct subscriber *s, char *out, size_t max, bool *ret_end)
{
    size_t n = 0;

    (void)pthread_mutex_lock(&s->hub->lock);
    if (s->greeted < sizeof greeting - 1)
        n = put(out, max, greeting, sizeof greeting - 1, &s->greeted);
    while (n < max && advance(s) != NULL)
        n += put(out + n, max - n, s->now->text, s->now->len, &s->now_done);
    bool idle = s->now == NULL;
    if (n == 0 && idle && s->beat && max >= sizeof heartbeat - 1) {
        n = sizeof heartbeat - 1;
        memcpy(out, heartbeat, n);
    }
    if (n > 0) {
        s->beat = false;
        s->beat_us = time_monotonic_us();
    }
    *ret_end = n == 0 && s->ended;
    (void)pthread_mutex_unlock(&s->hub->lock);
    return n;
}

bool stream_sleep(struct subscriber *s)
{
    (void)pthread_mutex_lock(&s->hub->lock);
    s->asleep = s->queue.n == 0 && !s->ended && !s->beat;
    bool asleep = s->asleep;
    (void)pthread_mutex_unlock(&s->hub->lock);
    return asleep;
}

void stream_close_all(struct stream_hub *h)
{
    (void)pthread_mutex_lock(&h->lock);
    h->closed = true;
    for (struct subscriber *s = h->first; s != NULL; s = s->next)
        end(s);
    (void)pthread_cond_signal(&h->work);
    (void)pthread_mutex_unlock(&h->lock);
}
