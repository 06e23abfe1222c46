/* door_internal.h -- the door's own state; door.c keeps the queue and its thread, door_run.c many at once. */
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
};

#endif
