/* turns.c -- taking turns on connections. */
#include "sql/turns.h"

void turns_init(struct turns *t)
{
    pthread_mutexattr_t attr;

    (void)pthread_mutexattr_init(&attr);
    (void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    (void)pthread_mutex_init(&t->write, &attr);
    (void)pthread_mutexattr_destroy(&attr);
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_cond_init(&t->returned, NULL);
}

void turns_destroy(struct turns *t)
{
    (void)pthread_cond_destroy(&t->returned);
    (void)pthread_mutex_destroy(&t->lock);
    (void)pthread_mutex_destroy(&t->write);
}

int turns_readers(int wanted)
{
    return wanted <= 0 ? TURNS_READERS : wanted > TURNS_READERS_MAX ? TURNS_READERS_MAX : wanted;
}

bool turns_write(struct turns *t, struct err *e)
{
    return pthread_mutex_lock(&t->write) == 0 ||
           ERR(e, ERR_INTERNAL, "sql.nested", "同一线程已有一个事务未结束",
               "this thread has a transaction that has not ended");
}

void turns_written(struct turns *t)
{
    (void)pthread_mutex_unlock(&t->write);
}

void *turns_take(struct turns *t)
{
    void *conn;

    (void)pthread_mutex_lock(&t->lock);
    while (t->n_idle == 0)
        (void)pthread_cond_wait(&t->returned, &t->lock);
    conn = t->idle[--t->n_idle];
    (void)pthread_mutex_unlock(&t->lock);
    return conn;
}

void turns_give(struct turns *t, void *conn)
{
    (void)pthread_mutex_lock(&t->lock);
    t->idle[t->n_idle++] = conn;
    (void)pthread_cond_signal(&t->returned);
    (void)pthread_mutex_unlock(&t->lock);
}
