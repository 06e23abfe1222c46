/* pool.h -- a few worker threads with a bounded queue, for what would hold up an
 * event loop: Argon2id and the writes around it. */
#ifndef IDENTITY_POOL_H
#define IDENTITY_POOL_H

#include "base/base.h"

enum { POOL_THREADS = 2, POOL_QUEUE = 64 };

struct pool;
struct pool *pool_create(void) NEVER_NULL;
/* Finishes what is queued, then ends the threads. */
void pool_free(struct pool **p);
/* Runs run(arg) once on one of the threads. False when the queue is full. Any thread. */
MUST_USE bool pool_submit(struct pool *p, void (*run)(void *arg), void *arg);

#endif
