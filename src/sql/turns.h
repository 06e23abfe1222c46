/* turns.h -- whose turn it is on a database's connections: one to write, some to read.
 * Connections are the engine's, kept here as pointers. */
#ifndef SQL_TURNS_H
#define SQL_TURNS_H

#include "base/base.h"

#include <pthread.h>

enum { TURNS_READERS = 4 /* unless said otherwise */, TURNS_READERS_MAX = 64 };

struct turns {
    pthread_mutex_t write; /* held by the write transaction */
    pthread_mutex_t lock;  /* guards what follows */
    pthread_cond_t returned;
    void *idle[TURNS_READERS_MAX];
    int n_idle;
};

void turns_init(struct turns *t);
void turns_destroy(struct turns *t);
/* How many readers an option of `wanted` means. */
int turns_readers(int wanted);
/* Waits for the writer's turn. ERR_INTERNAL "sql.nested": this thread has it already. */
MUST_USE bool turns_write(struct turns *t, struct err *e);
void turns_written(struct turns *t);
/* Waits for a reading connection. */
void *turns_take(struct turns *t);
void turns_give(struct turns *t, void *conn);

#endif
