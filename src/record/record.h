/* record.h -- records and their history as rows, and the door: the one writer of a
 * district that applies commands in batches. Also lists, search, JSON. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "engine/engine.h"
#include "http/stream.h"
#include "sql/sql.h"

/* Loads one record into `a`; *ret NULL if there is none. */
MUST_USE bool record_load(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                          struct record **ret, struct err *e);

/* --- the door --- */
struct door;
/* The outcome of one command, in the caller's arena until it frees it. */
struct outcome {
    bool ok, replayed;     /* replayed: the same command id was there already */
    struct err err;        /* when !ok */
    struct record *record; /* as it is now, in `arena` */
    struct arena *arena;   /* owned by the caller once answered */
    int64_t seq;
};
struct ticket {
    const struct command *command;
    struct outcome *outcome;
    void (*done)(void *ctx, struct ticket *t); /* from the writer's thread, after commit or refusal */
    void *ctx;
    struct ticket *next; /* the door's */
};
/* Sees every change of a batch and writes what it derives in the same transaction
 * (measure/ keeps its counters so). All three may be NULL. */
struct door_observer {
    void *ctx;
    /* *ret_names: the measures it counted for, " received closed ", in `a`. */
    bool (*change)(void *ctx, const struct change *c, struct arena *a, const char **ret_names, struct err *e);
    bool (*write)(void *ctx, struct sql_tx *tx, struct err *e);
    void (*forget)(void *ctx); /* the batch was committed or given up */
};
struct door_options {
    struct sql *db;
    const struct world *(*world)(void *ctx); /* the current snapshot; valid for the batch */
    void *ctx;
    struct stream_hub *hub;                  /* NULL: nobody listens */
    struct door_observer observer;
    void (*timer)(void *ctx, int64_t at);    /* a clock wants attention at `at` */
    int batch;                               /* commands a transaction; 0: LIMIT_BATCH */
    bool threaded;                           /* false: door_call() runs in the caller's thread (CLI, simulation) */
};
MUST_USE bool door_open(const struct door_options *o, struct door **ret, struct err *e);
/* Finishes what is queued, then ends. */
void door_close(struct door **d);
/* Queues; ERR_BUSY "door.full" (nothing queued) when the queue is full or closing. */
MUST_USE bool door_submit(struct door *d, struct ticket *t, struct err *e);
/* Submits and waits. */
MUST_USE bool door_call(struct door *d, const struct command *c, struct outcome *ret, struct err *e);
/* Applies many in one transaction in the caller's thread (not threaded): import, simulate. Outcomes only
 * say ok or the error; records are not kept. */
MUST_USE bool door_batch(struct door *d, const struct command *const *cs, size_t n, struct outcome *outcomes,
                         struct err *e);
int64_t door_seq(const struct door *d);

extern const struct route record_routes[];
extern const struct sql_query record_queries[];

#endif
