/* worker.h -- inside file/ only: one thread for what would hold up an event loop. */
#ifndef FILE_WORKER_H
#define FILE_WORKER_H

#include "base/base.h"

struct work {
    void (*run)(struct work *w); /* in the worker's thread; may end *w */
    struct work *next;           /* the worker's */
};

MUST_USE bool worker_start(struct err *e);
/* Finishes what is queued. */
void worker_stop(void);
/* ERR_BUSY "file.busy" when too much waits already, or it is not started. */
MUST_USE bool worker_put(struct work *w, struct err *e);

#endif
