/* Work of a request in a thread of its own, where its event loop would wait too long. */
#include "base/limits.h"
#include "http/route.h"

#include <pthread.h>
#include <stdatomic.h>

struct aside {
    struct req *r;
    handler_fn *work;
    struct err err;
    bool ok;
};

static atomic_int running;

/* Nothing of the request is touched after the wake: its answer may be on its way. */
static void *run(void *arg)
{
    struct aside *a = arg;

    a->ok = a->work(a->r, &a->err);
    atomic_fetch_sub(&running, 1);
    req_wake(a->r);
    return NULL;
}

static bool busy(struct err *e)
{
    atomic_fetch_sub(&running, 1);
    (void)ERR(e, ERR_BUSY, "http.aside", "同时进行的查询太多，请稍后再试",
              "too many of these are being worked out, try again soon");
    e->retry_after_s = 1;
    return false;
}

bool req_aside(struct req *r, handler_fn *work, struct err *e)
{
    struct aside *a = arena_new(r->arena, struct aside);
    pthread_t thread;

    *a = (struct aside){.r = r, .work = work};
    r->state = a;
    if (atomic_fetch_add(&running, 1) >= LIMIT_ASIDE)
        return busy(e);
    r->pending = true;
    if (pthread_create(&thread, NULL, run, a) != 0) {
        r->pending = false;
        return busy(e);
    }
    (void)pthread_detach(thread);
    return true;
}

bool req_aside_finish(struct req *r, struct err *e)
{
    const struct aside *a = r->state;

    if (!a->ok)
        *e = a->err;
    return a->ok;
}
