#include "record/trial.h"

#include "record/batch.h"
#include "record/door_internal.h"

#include <stdlib.h>

static const size_t BOOK_ARENA = (size_t)1 << 30;

struct trial {
    const struct door *door;
    struct arena *a; /* the book's */
    struct hold_book holds;
};

struct trial *trial_create(const struct door *d)
{
    struct trial *t = xcalloc(1, sizeof(*t));

    t->door = d;
    t->a = arena_create(BOOK_ARENA);
    hold_book_init(&t->holds, t->a);
    return t;
}

void trial_free(struct trial **t)
{
    if (*t != NULL)
        arena_free(&(*t)->a);
    free(*t);
    *t = NULL;
}

static void tell(const struct door_batch_calls *calls, size_t i, bool ok, const struct outcome *o,
                 const struct err *why)
{
    if (!ok && calls->refused != NULL)
        calls->refused(calls->ctx, i, why);
    if (ok && calls->done != NULL)
        calls->done(calls->ctx, i, o->record);
    if (ok && o->replayed && calls->replayed != NULL)
        calls->replayed(calls->ctx, i);
}

/* A database that is gone is not the command's fault. */
static bool is_ours(const struct err *why)
{
    return why->code == ERR_INTERNAL || why->code == ERR_BUSY;
}

bool trial_batch(struct trial *t, const struct world *w, const struct command *const *cs, size_t n,
                 const struct door_batch_calls *calls, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct door_options o = {.guard = t->door->o.guard}; /* nobody counts what is only tried */
    const struct numbering none = {.seq = 0};
    struct batch b;
    bool ok;

    if (!sql_begin(t->door->o.db, SQL_READ, &tx, e))
        return false;
    batch_begin(&b, w, &o, batch_memory_create(), &none, NULL);
    b.tx = tx;
    b.holds = &t->holds;
    ok = batch_read_ahead(&b, cs, n, e);
    for (size_t i = 0; ok && i < n; i++) {
        struct outcome out = {0};
        struct err why = {0};
        bool let_in = batch_apply(&b, cs[i], &out, &why);

        if (!let_in && is_ours(&why)) {
            *e = why;
            ok = false;
        } else {
            tell(calls, i, let_in, &out, &why);
        }
    }
    batch_end(&b);
    return ok;
}
