/* http_dispatch(): the same path without a socket. */
#include "base/text.h"
#include "http/exchange.h"
#include "http/stream_feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct caller {
    const struct http_call *call;
    char bearer[600];
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool woken;
};

static const char *call_header(const struct exchange *x, const char *name)
{
    const struct caller *c = x->carrier;
    const struct http_call *call = c->call;

    for (size_t i = 0; i < call->n_headers; i++)
        if (strcasecmp(call->headers[i].name, name) == 0)
            return call->headers[i].value;
    if (strcasecmp(name, "Authorization") == 0)
        return call->token == NULL ? NULL : c->bearer;
    if (strcasecmp(name, "Content-Type") == 0)
        return call->content_type;
    return strcasecmp(name, "Accept-Language") == 0 ? call->accept_language : NULL;
}

static void call_resume(struct exchange *x)
{
    struct caller *c = x->carrier;

    (void)pthread_mutex_lock(&c->lock);
    c->woken = true;
    (void)pthread_cond_signal(&c->cond);
    (void)pthread_mutex_unlock(&c->lock);
}

static void run(struct exchange *x)
{
    struct caller *c = x->carrier;

    while (!exchange_run(x)) {
        if (!exchange_sleep(x))
            continue;
        (void)pthread_mutex_lock(&c->lock);
        while (!c->woken)
            (void)pthread_cond_wait(&c->cond, &c->lock);
        c->woken = false;
        (void)pthread_mutex_unlock(&c->lock);
    }
}

/* What a stream has queued by now; the stream ends then. */
static void stream_text(struct exchange *x, struct buf *out)
{
    char piece[4096];
    bool end = false;

    stream_start(x->r.stream, NULL, NULL, NULL);
    for (size_t n; (n = stream_read(x->r.stream, piece, sizeof piece, &end)) > 0;)
        buf_add(out, piece, n);
}

static void file_text(struct exchange *x, struct buf *out)
{
    char piece[4096];
    int64_t left = x->file_len;

    for (off_t at = x->file_from; left > 0;) {
        ssize_t n = pread(x->fd, piece, left < (int64_t)sizeof piece ? (size_t)left : sizeof piece, at);
        if (n <= 0)
            break;
        buf_add(out, piece, (size_t)n);
        at += n;
        left -= n;
    }
}

static void collect(struct exchange *x, struct buf *out)
{
    const struct req *r = &x->r;

    if (r->stream != NULL)
        stream_text(x, out);
    else if (r->raw != NULL)
        buf_add(out, r->raw, r->raw_len);
    else if (r->file_path != NULL)
        file_text(x, out);
    else
        buf_add(out, r->out.buf == NULL ? "" : r->out.buf, r->out.len);
}

static struct exchange *opened(struct core *core, struct caller *c)
{
    struct exchange *x = exchange_create(core, c->call->target);

    x->header = call_header;
    x->resume = call_resume;
    x->carrier = c;
    x->r.now = c->call->now;
    x->r.client = "127.0.0.1";
    return x;
}

int http_dispatch(const struct http_config *c, const struct http_call *call, char **ret_body, size_t *ret_len)
{
    static const char *const names[METHOD__MAX] = {
        [METHOD_UNSET] = "?", [GET] = "GET",     [POST] = "POST",
        [PUT] = "PUT",        [PATCH] = "PATCH", [DELETE] = "DELETE"};
    AUTO(core_free) struct core *core = NULL;
    struct caller caller = {
        .call = call, .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    struct err e = {0};
    struct buf out;

    *ret_body = NULL;
    *ret_len = 0;
    if (!core_create(c, &core, &e)) {
        *ret_body = xstrdup(e.en);
        *ret_len = strlen(e.en);
        return 500;
    }
    str_copy(caller.bearer, sizeof caller.bearer, "Bearer ");
    str_copy(caller.bearer + 7, sizeof caller.bearer - 7, call->token == NULL ? "" : call->token);
    AUTO(exchange_free) struct exchange *x = opened(core, &caller);
    exchange_begin(x, names[call->method < METHOD__MAX ? call->method : METHOD_UNSET]);
    if (call->body_len > 0)
        exchange_feed(x, call->body, call->body_len);
    run(x);
    buf_init(&out, SIZE_MAX / 2);
    collect(x, &out);
    *ret_len = out.len;
    *ret_body = out.s == NULL ? xstrdup("") : out.s;
    return x->r.status;
}
