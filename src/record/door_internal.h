/* door_internal.h -- the door's own state; door.c keeps the queue and its thread, door_run.c many at once,
 * door_settle.c what a database on a server needs. */
#ifndef RECORD_DOOR_INTERNAL_H
#define RECORD_DOOR_INTERNAL_H

#include "record/batch.h"

#include <pthread.h>

struct door {
    struct door_options o;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct ticket *head, **tail;
    size_t queued;
    bool closing, running;
    pthread_t thread;
    /* the writer's own */
    pthread_mutex_t writing; /* one batch at a time, also for callers without the thread */
    struct numbering numbering;
    atomic_llong seq;
    atomic_llong began_us; /* the batch that is being carried out; 0: none is */
};

/* --- door_settle.c --- */

/* Where other programs write, too, numbers go on from what they left; "sql.busy" after a new snapshot was
 * made where `w` is of packs that hold no more. */
MUST_USE bool door_renumber(struct door *d, const struct world *w, struct sql_tx *tx, struct err *e);
/* Nobody has written between the applying of a batch and its writing in tx; else "sql.busy". */
MUST_USE bool door_follows(const struct door *d, const struct batch *b, struct sql_tx *tx, struct err *e);
/* The history has grown: at a few sizes the planner looks again. It plans for tables as it last saw them,
 * empty at first, and of those any index is as good as another; by itself it looks again only after minutes.
 */
void door_grown(struct door *d, int64_t before, int64_t after);
/* The database is not to be had now: neither we nor the caller did wrong. */
bool door_lost(const struct err *e);
/* The connection broke in the middle of a batch's commit, or the server did not promise that a standby has
 * it, too: asks the database what became of it. True: it was committed, to stay. False with SQL_UNCERTAIN
 * left in *e (or another error that was there): nobody knows; with "sql.busy": it was not committed and may
 * be tried again. */
MUST_USE bool door_settle(struct door *d, const struct batch *b, struct err *e);
void door_rest(int ms);

#endif
