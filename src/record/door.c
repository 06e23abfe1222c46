/* The door: a bounded queue and the one writer that drains it in batches. A batch is
 * one transaction; callers are answered after its commit, never before. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/door_internal.h"

#include <stdlib.h>

static struct metric queue = METRIC(METRIC_GAUGE, "wangge_door_queue", "Commands waiting for the writer.");
static struct metric full =
    METRIC(METRIC_COUNTER, "wangge_door_full_total", "Commands turned away (503) because too many waited.");
static struct metric accepted = METRIC(METRIC_COUNTER, "wangge_door_accepted_total",
                                       "Commands that were carried out; repetitions included.");
static struct metric refused =
    METRIC(METRIC_COUNTER, "wangge_door_refused_total", "Commands that the rules refused.");
static struct metric failed = METRIC(METRIC_COUNTER, "wangge_door_failed_batches_total",
                                     "Batches given up because writing or committing failed.");
static struct metric sizes =
    METRIC(METRIC_SIZES, "wangge_door_batch_commands", "Commands that shared a transaction.");
static struct metric batches = METRIC(METRIC_SECONDS, "wangge_door_batch_seconds",
                                      "From the beginning of a batch to its end, the commit included.");
static struct metric commits =
    METRIC(METRIC_SECONDS, "wangge_door_commit_seconds", "Commits: how long the disk takes to promise.");
struct metric *const door_metrics[] = {&queue, &full,    &accepted, &refused, &failed,
                                       &sizes, &batches, &commits,  NULL};

/* A database that is gone for a moment is not yet a reason to refuse: one that comes back within
 * about a second is waited for. Each attempt may itself wait, for a lock or a new primary: whoever asked, and
 * the proxies between us, have given up after a minute. */
enum { ATTEMPTS = 4, ATTEMPT_PAUSE_MS = 100, ATTEMPTS_MS = 50000 };

/* One transaction over n commands; `outcome_of` says where each verdict goes. */
struct work {
    size_t n;
    const struct command *(*command)(void *ctx, size_t i);
    struct outcome *(*outcome)(void *ctx, size_t i);
    void *ctx;
};

static void refuse(struct outcome *o, const struct err *e)
{
    o->ok = false;
    o->record = NULL;
    o->err = *e;
}

static bool read_ahead(struct batch *b, const struct work *w, struct err *e)
{
    const struct command **cs = arena_array(b->a, const struct command *, w->n + 1);

    for (size_t i = 0; i < w->n; i++)
        cs[i] = w->command(w->ctx, i);
    return batch_read_ahead(b, cs, w->n, e);
}

static void apply_all(struct batch *b, const struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct outcome *o = w->outcome(w->ctx, i);

        o->err.code = ERR_NONE;
        o->err.n_details = 0;
        o->ok = batch_apply(b, w->command(w->ctx, i), o, &o->err);
        metric_add(o->ok ? &accepted : &refused, 1);
        if (!o->ok) {
            o->record = NULL;
            if (o->err.code == ERR_INTERNAL)
                log_err("apply", &o->err);
        }
    }
}

/* Nothing of the batch happened: whoever had been let through hears why. */
static void give_up(const struct work *w, const struct err *e)
{
    for (size_t i = 0; i < w->n; i++) {
        struct outcome *o = w->outcome(w->ctx, i);

        if (o->ok || o->err.code == ERR_NONE)
            refuse(o, e);
    }
}

/* What the engine let through and the tables refuse is a fault of ours, not of the caller. */
static bool our_fault(struct err *e)
{
    if (e->code == ERR_CONFLICT)
        e->code = ERR_INTERNAL;
    return false;
}

static bool commit(struct sql_tx **tx, struct err *e)
{
    int64_t from = time_monotonic_us();
    bool ok = sql_commit(tx, e);

    metric_since(&commits, from);
    return ok;
}

/* Where one statement that fails undoes the transaction, a command refused for want of the
 * database was not judged: all are tried again. */
static bool all_judged(const struct door *d, const struct work *w, struct err *e)
{
    for (size_t i = 0; sql_is_shared(d->o.db) && i < w->n; i++) {
        const struct outcome *o = w->outcome(w->ctx, i);

        if (!o->ok && door_lost(&o->err)) {
            *e = o->err;
            return false;
        }
    }
    return true;
}

/* A repetition may be of something that only this server of several has yet, because whoever sent it first
 * was cut off: it is answered when a commit says that what is seen here will stay. */
static bool confirm(const struct door *d, const struct work *w, struct sql_tx **tx, struct err *e)
{
    for (size_t i = 0; sql_is_shared(d->o.db) && i < w->n; i++) {
        const struct outcome *o = w->outcome(w->ctx, i);

        if (o->ok && o->replayed)
            return commit(tx, e);
    }
    return true;
}

static bool transact(struct door *d, const struct work *w, struct batch *b, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(d->o.db, SQL_WRITE, &tx, e) || !door_renumber(d, b->world, tx, e))
        return false;
    b->numbering = d->numbering;
    b->tx = tx;
    if (!read_ahead(b, w, e))
        return false;
    apply_all(b, w);
    if (!all_judged(d, w, e))
        return false;
    if (b->n_entries == 0)
        return confirm(d, w, &tx, e);
    batch_sum(b);
    return (batch_rows(b, e) && batch_write(b, tx, e) && commit(&tx, e)) || our_fault(e);
}

/* Nothing of the batch was committed, and the next attempt may fare better. */
static bool may_try_again(const struct door *d, int attempt, const struct err *e)
{
    return attempt < ATTEMPTS && door_waiting_ms(d) < ATTEMPTS_MS && sql_is_shared(d->o.db) && door_lost(e) &&
           !str_eq(e->key, SQL_UNCERTAIN);
}

/* Transacts until it is done, or cannot be. */
static bool carry_out(struct door *d, const struct work *w, struct batch *b, struct err *e)
{
    for (int attempt = 1;; attempt++) {
        batch_begin(b, d->o.world(d->o.ctx), &d->o, batch_memory_create(), &d->numbering, NULL);
        if (transact(d, w, b, e) || door_settle(d, b, e))
            return true;
        if (!may_try_again(d, attempt, e))
            return false;
        log_err("batch: once more", e);
        *e = (struct err){0};
        batch_end(b);
        door_rest(ATTEMPT_PAUSE_MS << attempt);
    }
}

/* The whole life of a batch; false when it was given up. */
static bool run_batch(struct door *d, const struct work *w, struct err *e)
{
    struct batch b;
    int64_t wake, from = time_monotonic_us();
    bool ok;

    (void)pthread_mutex_lock(&d->writing);
    atomic_store(&d->began_us, from);
    ok = carry_out(d, w, &b, e);
    atomic_store(&d->began_us, 0);
    if (ok) {
        door_grown(d, d->numbering.seq, b.numbering.seq);
        d->numbering = b.numbering;
        atomic_store(&d->seq, b.numbering.seq);
        if (d->o.hub != NULL)
            batch_publish(&b, d->o.hub);
        if (d->o.committed != NULL && b.n_entries > 0)
            d->o.committed(d->o.ctx);
        wake = batch_wake(&b);
        if (wake != 0 && d->o.timer != NULL)
            d->o.timer(d->o.ctx, wake);
    } else {
        metric_add(&failed, 1);
        log_err("batch", e);
        give_up(w, e);
    }
    (void)pthread_mutex_unlock(&d->writing);
    metric_observe(&sizes, w->n);
    metric_since(&batches, from);
    for (size_t i = 0; i < w->n; i++) {
        struct outcome *o = w->outcome(w->ctx, i);

        if (o->ok) {
            batch_memory_hold(b.memory);
            o->memory = b.memory;
        }
    }
    batch_end(&b);
    return ok;
}

/* --- the thread --- */

static const struct command *ticket_command(void *ctx, size_t i)
{
    return ((struct ticket **)ctx)[i]->command;
}

static struct outcome *ticket_outcome(void *ctx, size_t i)
{
    return ((struct ticket **)ctx)[i]->outcome;
}

static size_t take(struct door *d, struct ticket **into, size_t max)
{
    size_t n = 0;

    (void)pthread_mutex_lock(&d->lock);
    while (d->head == NULL && !d->closing)
        (void)pthread_cond_wait(&d->work, &d->lock);
    while (n < max && d->head != NULL) {
        into[n++] = d->head;
        d->head = d->head->next;
    }
    if (d->head == NULL)
        d->tail = &d->head;
    d->queued -= n;
    metric_set(&queue, d->queued);
    (void)pthread_mutex_unlock(&d->lock);
    return n;
}

static void *writer(void *arg)
{
    struct door *d = arg;
    size_t max = (size_t)d->o.batch, n;
    struct ticket **tickets = xcalloc(max, sizeof(struct ticket *));

    while ((n = take(d, tickets, max)) > 0) {
        struct work w = {.n = n, .command = ticket_command, .outcome = ticket_outcome, .ctx = tickets};
        struct err e = {0};

        (void)run_batch(d, &w, &e);
        for (size_t i = 0; i < n; i++)
            tickets[i]->done(tickets[i]->ctx, tickets[i]);
    }
    free(tickets);
    return NULL;
}

static bool read_seq(struct door *d, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(d->o.db, SQL_READ, &tx, e) ||
        !record_last_seq(tx, d->o.world(d->o.ctx)->district, &d->numbering.seq, e))
        return false;
    atomic_init(&d->seq, d->numbering.seq);
    return true;
}

bool door_open(const struct door_options *o, struct door **ret, struct err *e)
{
    AUTO(door_close) struct door *d = xcalloc(1, sizeof(*d));

    d->o = *o;
    if (d->o.batch == 0)
        d->o.batch = LIMIT_BATCH;
    d->tail = &d->head;
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)pthread_mutex_init(&d->writing, NULL);
    (void)pthread_cond_init(&d->work, NULL);
    if (!sql_check(o->db, record_queries, RECORD_Q__MAX, e) || !read_seq(d, e))
        return false;
    if (o->threaded && pthread_create(&d->thread, NULL, writer, d) != 0)
        return ERR(e, ERR_INTERNAL, "door.thread", "无法启动写线程", "the writer's thread cannot be started");
    d->running = o->threaded;
    *ret = d;
    d = NULL;
    return true;
}

void door_close(struct door **d)
{
    if (*d == NULL)
        return;
    (void)pthread_mutex_lock(&(*d)->lock);
    (*d)->closing = true;
    (void)pthread_cond_signal(&(*d)->work);
    (void)pthread_mutex_unlock(&(*d)->lock);
    if ((*d)->running)
        (void)pthread_join((*d)->thread, NULL);
    (void)pthread_mutex_destroy(&(*d)->lock);
    (void)pthread_mutex_destroy(&(*d)->writing);
    (void)pthread_cond_destroy(&(*d)->work);
    free(*d);
    *d = NULL;
}

bool door_submit(struct door *d, struct ticket *t, struct err *e)
{
    bool taken = false;

    t->next = NULL;
    (void)pthread_mutex_lock(&d->lock);
    if (!d->closing && d->queued < LIMIT_QUEUE) {
        *d->tail = t;
        d->tail = &t->next;
        d->queued++;
        metric_set(&queue, d->queued);
        taken = true;
        (void)pthread_cond_signal(&d->work);
    }
    (void)pthread_mutex_unlock(&d->lock);
    if (taken)
        return true;
    metric_add(&full, 1);
    e->retry_after_s = 1;
    return ERR(e, ERR_BUSY, "door.full", "系统繁忙，请稍后再试", "too busy right now: try again in a moment");
}

/* --- callers that wait --- */

/* Tickets that one caller waits for. */
struct crowd {
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t waiting;
};

static void one_less(void *ctx, struct ticket *t)
{
    struct crowd *c = ctx;

    (void)t;
    (void)pthread_mutex_lock(&c->lock);
    if (--c->waiting == 0)
        (void)pthread_cond_signal(&c->done);
    (void)pthread_mutex_unlock(&c->lock);
}

static void wait_for_all(struct crowd *c, size_t not_sent)
{
    (void)pthread_mutex_lock(&c->lock);
    c->waiting -= not_sent;
    while (c->waiting > 0)
        (void)pthread_cond_wait(&c->done, &c->lock);
    (void)pthread_mutex_unlock(&c->lock);
}

static bool wait_for(struct door *d, struct ticket *t, struct err *e)
{
    struct crowd c = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER, .waiting = 1};
    bool queued;

    t->done = one_less;
    t->ctx = &c;
    queued = door_submit(d, t, e);
    wait_for_all(&c, queued ? 0 : 1);
    t->ctx = NULL;
    return queued;
}

bool door_call(struct door *d, const struct command *c, struct outcome *ret, struct err *e)
{
    struct ticket t = {.command = c, .outcome = ret}, *one = &t;
    struct work w = {.n = 1, .command = ticket_command, .outcome = ticket_outcome, .ctx = &one};

    if (d->running) {
        if (!wait_for(d, &t, e))
            return false;
    } else if (!run_batch(d, &w, e)) {
        return false;
    }
    if (!ret->ok)
        *e = ret->err;
    return ret->ok;
}

/* --- many at once --- */

/* Those that found no room, and those whose batch was given up for want of the database. */
static bool all_heard(struct outcome *ret, size_t n, size_t sent, struct err *e)
{
    for (size_t i = sent; i < n; i++)
        refuse(&ret[i], e);
    for (size_t i = 0; i < sent && sent == n; i++)
        if (!ret[i].ok && ret[i].err.code == ERR_BUSY) {
            *e = ret[i].err;
            return false;
        }
    return sent == n;
}

static bool submit_all(struct door *d, struct ticket *tickets, size_t n, struct outcome *ret, struct err *e)
{
    struct crowd c = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER, .waiting = n};
    size_t sent = 0;

    for (; sent < n; sent++) {
        tickets[sent].done = one_less;
        tickets[sent].ctx = &c;
        if (!door_submit(d, &tickets[sent], e))
            break;
    }
    wait_for_all(&c, n - sent);
    return all_heard(ret, n, sent, e);
}

static bool run_all(struct door *d, struct ticket *tickets, size_t n, struct outcome *ret, struct err *e)
{
    struct ticket **list = xcalloc(n + 1, sizeof(struct ticket *));
    size_t max = (size_t)d->o.batch;
    struct err why = {0};

    for (size_t i = 0; i < n; i++)
        list[i] = &tickets[i];
    for (size_t at = 0; at < n; at += max) {
        const struct work w = {.n = n - at < max ? n - at : max,
                               .command = ticket_command,
                               .outcome = ticket_outcome,
                               .ctx = list + at};

        (void)run_batch(d, &w, &why);
    }
    free(list);
    return all_heard(ret, n, n, e);
}

bool door_calls(struct door *d, const struct command *const *cs, size_t n, struct outcome *ret, struct err *e)
{
    struct ticket *tickets = xcalloc(n + 1, sizeof(*tickets));
    bool ok;

    for (size_t i = 0; i < n; i++) {
        ret[i] = (struct outcome){0};
        tickets[i] = (struct ticket){.command = cs[i], .outcome = &ret[i]};
    }
    ok = n == 0 || (d->running ? submit_all(d, tickets, n, ret, e) : run_all(d, tickets, n, ret, e));
    free(tickets);
    return ok;
}

int64_t door_waiting_ms(const struct door *d)
{
    int64_t began = atomic_load(&d->began_us);

    return began == 0 ? 0 : (time_monotonic_us() - began) / 1000;
}

int64_t door_seq(const struct door *d)
{
    return atomic_load(&d->seq);
}
