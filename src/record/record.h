/* record.h -- records and their history as rows, and the door: the one writer of a
 * district that applies commands in batches. Also lists, search, JSON. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/stream.h"
#include "sql/sql.h"

/* Loads one record into `a`; *ret NULL if there is none. */
MUST_USE bool record_load(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                          struct record **ret, struct err *e);
/* The record, or what it was merged into: for codes and links that are older than the merge. */
MUST_USE bool record_load_standing(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                                   struct record **ret, struct err *e);
/* As record_load(); *ret_tied tells whether any other matter points at it or is pointed at by it. */
MUST_USE bool record_load_shown(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                                struct record **ret, bool *ret_tied, struct err *e);

/* Full text of records whose rows another hand writes (`wangge move`), in its transaction: taken away
 * before their rows go, made after they came. Ids without a row are passed over. */
MUST_USE bool record_words_remove(struct sql_tx *tx, const struct world *w, const struct uuid *ids, size_t n,
                                  struct arena *a, struct err *e);
MUST_USE bool record_words_put(struct sql_tx *tx, const struct world *w, const struct uuid *ids, size_t n,
                               struct arena *a, struct err *e);

/* --- the door --- */
struct door;
struct batch_memory; /* what a batch's outcomes share; reference-counted */
/* The outcome of one command. Once answered it belongs to the sender, who calls
 * outcome_free(). */
struct outcome {
    bool ok, replayed;           /* replayed: the same command id was there already */
    struct err err;              /* when !ok */
    const struct record *record; /* as the command left it; lives as long as `memory` */
    struct batch_memory *memory;
    int64_t seq;
};
void outcome_free(struct outcome *o);

struct ticket {
    const struct command *command;
    struct outcome *outcome;
    void (*done)(void *ctx, struct ticket *t); /* from the writer's thread, after commit or refusal */
    void *ctx;
    struct ticket *next; /* the door's */
};
/* Sees every change of a batch and writes what it derives in the same transaction
 * (measure/ keeps its counters so). */
struct door_observer {
    void *(*begin)(const struct world *w); /* what the others get, a batch's own */
    /* *ret_names: the measures it counted for, " received closed ", in `a`. */
    bool (*change)(void *state, const struct change *c, struct arena *a, const char **ret_names,
                   struct err *e);
    void (*sum)(void *state); /* no change comes after it */
    bool (*write)(void *state, struct sql_tx *tx, struct err *e);
    void (*end)(void *state); /* the batch was committed or given up */
    /* What stands in the ledgers: as `tx` shows it, with what `older` (the state of the batch before, which
     * is being written; NULL: none) and this one have seen. May be NULL. */
    void (*books)(void *state, const void *older, struct sql_tx *tx, struct books *ret);
    /* Measures, likewise, until they are ended. May be NULL. */
    void (*figures)(void *state, const void *older, struct sql_tx *tx, int64_t today, struct figures *ret);
};
/* What a guard may look at while a change is being judged. */
struct door_view {
    const struct world *world;
    struct sql_tx *tx;
    /* The record as the batch has it by now, others' changes in it included; *ret NULL: there is none. */
    bool (*record)(void *ctx, struct uuid id, const struct record **ret, struct err *e);
    void *ctx;
};
/* May refuse a change for what other records or rows of its own say, and keeps such rows in the same
 * transaction (booking/: what is given is not given twice). Its state is one batch's. The door asks one; of
 * several (app/guards.c) each may leave all but `admit` out. */
struct door_guard {
    /* `older`: the state of the batch before, which is being written and which `tx` does not show; NULL none.
     */
    void *(*begin)(const void *older);
    /* Changes nothing of its state. */
    bool (*admit)(const void *state, const struct door_view *v, const struct change *c, struct arena *a,
                  struct err *e);
    void (*admitted)(void *state, const struct change *c); /* it happens: the next ones are judged by it */
    bool (*write)(void *state, const struct world *w, struct sql_tx *tx, struct err *e);
    void (*end)(void *state); /* the batch was committed or given up */
    /* Who holds that one at any time from `from` on, in `a`: they go along where it is merged. */
    bool (*holders)(const void *state, const struct door_view *v, struct uuid resource, int64_t from,
                    struct arena *a, struct uuid **ret, size_t *ret_n, struct err *e);
};
struct door_options {
    struct sql *db;
    const struct world *(*world)(void *ctx); /* the current snapshot; valid for the batch */
    void *ctx;
    struct stream_hub *hub; /* NULL: nobody listens, or somebody else tells them */
    /* Another server has put another version of a pack into force: makes a new snapshot. NULL: nobody can. */
    bool (*renew)(void *ctx, struct err *e);
    void (*committed)(void *ctx);         /* after each batch that wrote something; may be NULL */
    const struct door_observer *observer; /* NULL: nobody */
    const struct door_guard *guard;       /* NULL: nobody */
    void (*timer)(void *ctx, int64_t at); /* a clock wants attention at `at` */
    int batch;                            /* commands a transaction; 0: LIMIT_BATCH */
    bool dry;                             /* everything is tried, nothing is kept */
    bool alone;    /* its database has one connection: nothing is read beside a batch */
    bool threaded; /* false: door_call() runs in the caller's thread (CLI, simulation) */
};
MUST_USE bool door_open(const struct door_options *o, struct door **ret, struct err *e);
/* Finishes what is queued, then ends. */
void door_close(struct door **d);
/* Queues; ERR_BUSY "door.full" (nothing queued) when the queue is full or closing. */
MUST_USE bool door_submit(struct door *d, struct ticket *t, struct err *e);
/* Submits and waits. */
MUST_USE bool door_call(struct door *d, const struct command *c, struct outcome *ret, struct err *e);
/* Submits many and waits until each has its verdict in `ret`, which the caller frees one by one; they share
 * transactions. A refused one does not hinder the others. False, with *e, when some were not even judged:
 * their outcomes say so, too. No more than LIMIT_QUEUE at once. */
MUST_USE bool door_calls(struct door *d, const struct command *const *cs, size_t n, struct outcome *ret,
                         struct err *e);
/* What many commands came to. A refused one does not hinder the others: `refused` (may be NULL) is
 * told which and why; `done` (may be NULL) gets each accepted one's record, which stays no longer
 * than the call. */
struct door_batch_calls {
    void *ctx;
    void (*done)(void *ctx, size_t i, const struct record *r);
    void (*refused)(void *ctx, size_t i, const struct err *why);
    void (*replayed)(void *ctx, size_t i); /* after `done`: it was carried out before; may be NULL */
};
/* Applies many in one transaction in the caller's thread (not threaded): import. False only when
 * the whole batch was given up. */
MUST_USE bool door_batch(struct door *d, const struct command *const *cs, size_t n,
                         const struct door_batch_calls *calls, struct err *e);
/* Commands that come one after another, batch after batch; each may follow from what the ones before
 * did, of which `calls` has been told by then. */
struct door_source {
    /* The next of a batch, made in `a`; NULL ends the batch. */
    const struct command *(*next)(void *ctx, size_t i, struct arena *a);
    bool (*more)(void *ctx); /* asked after each batch */
    struct door_batch_calls calls;
    void *ctx; /* of next and more */
};
/* Runs them in the caller's thread (not threaded): a simulation. While a batch is being written, in a
 * thread of its own, the next is applied to what it will leave; so `calls` hears of commands that are
 * not on disk yet. All are when it returns true; false: everything up to some batch is. */
MUST_USE bool door_run(struct door *d, const struct door_source *s, struct err *e);
int64_t door_seq(const struct door *d);
/* Runs `work` between two batches, in a write transaction that is committed if it answers true; `seq` is the
 * last entry before it. Then, whatever came of it, `after`, before the next batch begins. The caller's
 * thread. */
struct door_between {
    bool (*work)(void *ctx, struct sql_tx *tx, int64_t seq, struct err *e);
    void (*after)(void *ctx);
    void *ctx;
};
MUST_USE bool door_between(struct door *d, const struct door_between *b, struct err *e);
/* The last number of the history, as the transaction sees it; 0: there is none. */
MUST_USE bool record_last_seq(struct sql_tx *tx, int64_t district, int64_t *ret, struct err *e);
/* How long the batch that is being carried out has taken so far, milliseconds; 0: none is. */
int64_t door_waiting_ms(const struct door *d);
struct metric;
extern struct metric *const door_metrics[]; /* ended by NULL */

/* Whether files may become evidence in the caller's hands; set by app/ to file/'s answer,
 * as that layer lies above this one. */
extern bool (*record_files_ok)(struct sql_tx *tx, int64_t district, struct uuid record,
                               const struct uuid *ids, size_t n, struct uuid account, const char *claim,
                               struct err *e);

/* When so much working time after `now` has passed that what rings before is due soon; set by app/ to
 * clock/'s answer, as the calendar lies above this layer. */
extern int64_t (*record_soon_until)(const struct world *w, int64_t now);

extern const struct route record_routes[], near_routes[], public_routes[], log_routes[], live_routes[],
    reveal_routes[], points_routes[], moves_routes[], similar_routes[], counts_routes[];
/* What stands in the ledgers as the transaction shows it, for as long as `a` lives; set by app/ to ledger/'s
 * answer. NULL: nobody knows. */
extern const struct books *(*record_books)(struct sql_tx *tx, const struct world *w, struct arena *a);

extern const struct route record_routes[], near_routes[], log_routes[], live_routes[], reveal_routes[],
    points_routes[], moves_routes[], similar_routes[], counts_routes[];
extern const struct openapi_schema record_schemas[];
extern const struct sql_query record_queries[];

#endif
