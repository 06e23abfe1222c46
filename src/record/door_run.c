/* Many commands at once, in the caller's thread: a row of them in one transaction, or a
 * source of batches, each applied while the one before it is being written. */
#include "record/door_internal.h"

#include <stdlib.h>

/* What a run says of each command; verdicts are told one by one, not kept. */
struct teller {
    const struct door_batch_calls *calls;
    struct outcome one;
};

static void tell(const struct teller *t, size_t i)
{
    const struct door_batch_calls *c = t->calls;

    if (c == NULL)
        return;
    if (t->one.ok && c->done != NULL)
        c->done(c->ctx, i, t->one.record);
    if (t->one.ok && t->one.replayed && c->replayed != NULL)
        c->replayed(c->ctx, i);
    if (!t->one.ok && c->refused != NULL)
        c->refused(c->ctx, i, &t->one.err);
}

static void apply(struct batch *b, const struct command *c, size_t i, struct teller *t)
{
    t->one = (struct outcome){0};
    t->one.ok = batch_apply(b, c, &t->one, &t->one.err);
    tell(t, i);
}

static void begin(struct door *d, struct batch *b, const struct batch *older)
{
    batch_begin(b, d->o.world(d->o.ctx), &d->o, batch_memory_create(),
                older == NULL ? &d->numbering : &older->numbering, older);
}

static bool write_and_commit(const struct door *d, struct batch *b, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return b->n_entries == 0 || (sql_begin(d->o.db, SQL_WRITE, &tx, e) && door_follows(d, b, tx, e) &&
                                 batch_write(b, tx, e) && (d->o.dry || sql_commit(&tx, e)));
}

static void keep(struct door *d, const struct batch *b)
{
    if (d->o.dry)
        return;
    door_grown(d, d->numbering.seq, b->numbering.seq);
    d->numbering = b->numbering;
    atomic_store(&d->seq, b->numbering.seq);
}

/* --- one row --- */

static bool apply_row(struct door *d, struct batch *b, const struct command *const *cs, size_t n,
                      struct teller *t, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(d->o.db, SQL_READ, &tx, e) || !door_renumber(d, b->world, tx, e))
        return false;
    b->numbering = d->numbering;
    b->tx = tx;
    if (!batch_read_ahead(b, cs, n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        apply(b, cs[i], i, t);
    batch_sum(b);
    return true;
}

bool door_batch(struct door *d, const struct command *const *cs, size_t n,
                const struct door_batch_calls *calls, struct err *e)
{
    struct teller *t = xcalloc(1, sizeof(*t));
    struct batch b;
    bool ok;

    t->calls = calls;
    (void)pthread_mutex_lock(&d->writing);
    begin(d, &b, NULL);
    ok = apply_row(d, &b, cs, n, t, e) && batch_rows(&b, e) && write_and_commit(d, &b, e);
    if (ok)
        keep(d, &b);
    (void)pthread_mutex_unlock(&d->writing);
    batch_end(&b);
    free(t);
    return ok;
}

/* --- batch after batch --- */

/* A thread that makes one batch's rows and writes them; the sums are made before: so both threads have
 * about the same to do. */
struct writing {
    struct door *d;
    struct batch *b;
    pthread_t thread;
    bool running, ok;
    struct err err;
};

static void *write_one(void *arg)
{
    struct writing *w = arg;

    w->ok = batch_rows(w->b, &w->err) && write_and_commit(w->d, w->b, &w->err);
    return NULL;
}

static void start_writing(struct writing *w, struct batch *b)
{
    w->b = b;
    w->running = !w->d->o.alone && pthread_create(&w->thread, NULL, write_one, w) == 0;
    if (!w->running) /* no second connection, or no thread to be had: one after the other */
        (void)write_one(w);
}

/* The verdict on the batch that was started last. */
static bool finish_writing(struct writing *w, struct err *e)
{
    if (w->running)
        (void)pthread_join(w->thread, NULL);
    w->running = false;
    if (w->ok)
        keep(w->d, w->b);
    else
        *e = w->err;
    return w->ok;
}

/* Fixes what `tx` sees: without the batch that is written beside it. */
static bool look(struct sql_tx *tx, int64_t district, struct err *e)
{
    int64_t seq;

    return record_last_seq(tx, district, &seq, e);
}

static void apply_source(struct batch *b, const struct door_source *s, struct teller *t)
{
    const struct command *c;

    for (size_t i = 0; (c = s->next(s->ctx, i, b->a)) != NULL; i++)
        apply(b, c, i, t);
    batch_sum(b);
}

/* Applies the next batch while `older` (NULL: none) is written. */
static bool apply_beside(struct writing *w, struct batch *b, struct batch *older, const struct door_source *s,
                         struct teller *t, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (older != NULL && w->d->o.alone) {
        start_writing(w, older);
        b->older = NULL; /* `tx` will show it */
    }
    if (!sql_begin(w->d->o.db, SQL_READ, &tx, e) || !look(tx, b->world->district, e))
        return false;
    if (older == NULL) {
        if (!door_renumber(w->d, b->world, tx, e))
            return false;
        b->numbering = w->d->numbering;
    }
    if (older != NULL && !w->d->o.alone)
        start_writing(w, older);
    b->tx = tx;
    apply_source(b, s, t);
    return true;
}

/* One turn: *older is written and forgotten, the new batch takes its place. */
static bool turn(struct writing *w, struct batch **older, const struct door_source *s, struct teller *t,
                 struct err *e)
{
    struct batch *b = xcalloc(1, sizeof(*b));
    bool ok;

    begin(w->d, b, *older);
    ok = apply_beside(w, b, *older, s, t, e);
    if (*older != NULL) {
        ok = finish_writing(w, e) && ok;
        batch_end(*older);
        free(*older);
    }
    b->older = NULL;
    *older = b;
    return ok;
}

static bool run_all(struct writing *w, const struct door_source *s, struct teller *t, struct batch **last,
                    struct err *e)
{
    do
        if (!turn(w, last, s, t, e))
            return false;
    while (s->more(s->ctx));
    start_writing(w, *last);
    return finish_writing(w, e);
}

bool door_run(struct door *d, const struct door_source *s, struct err *e)
{
    struct writing *w = xcalloc(1, sizeof(*w));
    struct teller *t = xcalloc(1, sizeof(*t));
    struct batch *last = NULL;
    bool ok;

    w->d = d;
    t->calls = &s->calls;
    (void)pthread_mutex_lock(&d->writing);
    ok = run_all(w, s, t, &last, e);
    (void)pthread_mutex_unlock(&d->writing);
    if (last != NULL)
        batch_end(last);
    free(last);
    free(t);
    free(w);
    return ok;
}
