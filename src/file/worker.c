#include "file/worker.h"

#include "file/image.h"

#include <pthread.h>

enum { QUEUE_MAX = 64 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread;
    struct work *first, *last;
    int n;
    bool running;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static struct work *take(void)
{
    (void)pthread_mutex_lock(&pool.lock);
    while (pool.first == NULL && pool.running)
        (void)pthread_cond_wait(&pool.work, &pool.lock);
    struct work *w = pool.first;
    if (w != NULL) {
        pool.first = w->next;
        pool.n--;
    }
    (void)pthread_mutex_unlock(&pool.lock);
    return w;
}

static void *run(void *arg)
{
    (void)arg;
    for (struct work *w; (w = take()) != NULL;)
        w->run(w);
    image_thread_end();
    return NULL;
}

bool worker_start(struct err *e)
{
    pool.running = true;
    if (pthread_create(&pool.thread, NULL, run, NULL) == 0)
        return true;
    pool.running = false;
    return ERR(e, ERR_INTERNAL, "file.thread", "无法启动线程", "no thread can be started");
}

void worker_stop(void)
{
    (void)pthread_mutex_lock(&pool.lock);
    bool was = pool.running;
    pool.running = false;
    (void)pthread_cond_signal(&pool.work);
    (void)pthread_mutex_unlock(&pool.lock);
    if (was)
        (void)pthread_join(pool.thread, NULL);
}

bool worker_put(struct work *w, struct err *e)
{
    w->next = NULL;
    (void)pthread_mutex_lock(&pool.lock);
    bool taken = pool.running && pool.n < QUEUE_MAX;
    if (taken) {
        if (pool.first == NULL)
            pool.first = w;
        else
            pool.last->next = w;
        pool.last = w;
        pool.n++;
        (void)pthread_cond_signal(&pool.work);
    }
    (void)pthread_mutex_unlock(&pool.lock);
    if (taken)
        return true;
    (void)ERR(e, ERR_BUSY, "file.busy", "正在处理的文件太多，请稍后再试",
              "too many files are being worked on, try again soon");
    e->retry_after_s = 5;
    return false;
}
