/* The server: exchanges carried by libmicrohttpd. Event loops in a pool, waiting
 * requests and idle streams suspended, absolute deadlines swept by a thread of our
 * own because the library's timeout starts anew with every byte a client trickles. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/text.h"
#include "http/exchange.h"
#include "http/listen.h"
#include "http/stream.h"
#include "http/stream_feed.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IDLE_SECONDS = 75,    /* between two requests */
    SILENCE_SECONDS = 60, /* no byte moves at all */
    SEND_SECONDS = 900,   /* for one answer */
    SWEEP_US = 250 * 1000,
    DISCARD_BYTES = 1024 * 1024, /* of a refused body, so that its sender reads the refusal */
    STREAM_BLOCK = 256,
    SPARE_FDS = 256,
};

struct conn {
    atomic_int refs; /* the list's, the stream's */
    struct conn *prev, *next;
    struct http_server *server;
    int fd;
    _Atomic int64_t deadline_us; /* monotonic; 0: none */
    char peer[48];
};
struct http_server {
    struct core *core;
    struct MHD_Daemon *daemon;
    int listen_fd, port;
    int header_seconds, body_seconds;
    pthread_t sweeper, acceptor;
    pthread_mutex_t lock; /* guards the list; an fd in it is open */
    struct conn *first;
    size_t n_conns;
    atomic_int active; /* requests between their header and the end of their answer */
    atomic_int asleep; /* streams that are suspended, or resumed and not yet running */
    atomic_bool stopping;
};
/* A stream on its connection; belongs to the response. */
struct feed {
    struct subscriber *subscriber;
    struct MHD_Connection *mhd;
    struct conn *conn;
    bool asleep; /* counted in server->asleep */
};

/* --- connections and their deadlines --- */

static void deadline(struct conn *c, int seconds)
{
    atomic_store(&c->deadline_us, seconds == 0 ? 0 : time_monotonic_us() + (int64_t)seconds * 1000000);
}

static void conn_drop(struct conn *c)
{
    if (atomic_fetch_sub(&c->refs, 1) == 1)
        free(c);
}

static struct conn *conn_of(struct MHD_Connection *m)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(m, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

static void conn_open(struct http_server *s, struct MHD_Connection *m, void **context)
{
    const union MHD_ConnectionInfo *info; /* of the library, which puts the next answer in the same place */
    struct conn *c = xcalloc(1, sizeof *c);

    atomic_init(&c->refs, 1);
    c->server = s;
    info = MHD_get_connection_info(m, MHD_CONNECTION_INFO_CONNECTION_FD);
    c->fd = info->connect_fd;
    info = MHD_get_connection_info(m, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    peer_name(info == NULL ? NULL : info->client_addr, c->peer, sizeof c->peer);
    deadline(c, s->header_seconds);
    (void)pthread_mutex_lock(&s->lock);
    c->next = s->first;
    if (s->first != NULL)
        s->first->prev = c;
    s->first = c;
    s->n_conns++;
    (void)pthread_mutex_unlock(&s->lock);
    *context = c;
}

static void conn_close(struct http_server *s, struct conn *c)
{
    (void)pthread_mutex_lock(&s->lock);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        s->first = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    s->n_conns--;
    (void)pthread_mutex_unlock(&s->lock);
    conn_drop(c);
}

static void on_connection(void *cls, struct MHD_Connection *m, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        conn_open(cls, m, context);
    else if (*context != NULL)
        conn_close(cls, *context);
}

static void sweep(struct http_server *s)
{
    int64_t now = time_monotonic_us();

    (void)pthread_mutex_lock(&s->lock);
    for (struct conn *c = s->first; c != NULL; c = c->next) {
        int64_t at = atomic_load(&c->deadline_us);
        if (at == 0 || at > now)
            continue;
        atomic_store(&c->deadline_us, 0);
        (void)shutdown(c->fd, SHUT_RDWR); /* its event loop sees the end and cleans up */
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static void *sweeper_run(void *arg)
{
    struct http_server *s = arg;

    while (!atomic_load(&s->stopping)) {
        (void)usleep(SWEEP_US);
        sweep(s);
    }
    return NULL;
}

/* --- answers --- */

static void feed_wake(void *ctx)
{
    MHD_resume_connection(((struct feed *)ctx)->mhd);
}

static void feed_cut(void *ctx)
{
    /* The subscriber's queue is full, so the socket is: no polite end would get through. */
    atomic_store(&((struct feed *)ctx)->conn->deadline_us, 1);
}

/* The library must not be stopped while any connection is suspended. */
static void feed_mark(struct feed *f, bool asleep)
{
    if (f->asleep != asleep)
        atomic_fetch_add(&f->conn->server->asleep, asleep ? 1 : -1);
    f->asleep = asleep;
}

static ssize_t feed_read(void *cls, uint64_t pos, char *out, size_t max)
{
    struct feed *f = cls;
    bool end = false;

    feed_mark(f, false);
    size_t n = stream_read(f->subscriber, out, max, &end);

    (void)pos;
    if (n > 0)
        return (ssize_t)n;
    if (end)
        return MHD_CONTENT_READER_END_OF_STREAM;
    feed_mark(f, true);
    MHD_suspend_connection(f->mhd);
    if (!stream_sleep(f->subscriber))
        MHD_resume_connection(f->mhd);
    return 0;
}

static void feed_free(void *cls)
{
    struct feed *f = cls;

    feed_mark(f, false);
    stream_cancel(&f->subscriber);
    conn_drop(f->conn);
    free(f);
}

static struct MHD_Response *stream_response(struct exchange *x, struct MHD_Connection *m)
{
    struct feed *f = xcalloc(1, sizeof *f);

    *f = (struct feed){.subscriber = x->r.stream, .mhd = m, .conn = conn_of(m)};
    x->r.stream = NULL;
    atomic_fetch_add(&f->conn->refs, 1);
    stream_start(f->subscriber, feed_wake, feed_cut, f);
    struct MHD_Response *out =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, feed_read, f, feed_free);
    if (out == NULL)
        feed_free(f);
    return out;
}

static void *bytes_of(const char *s)
{
    return (void *)(uintptr_t)s; /* the library only reads them */
}

static struct MHD_Response *body_response(struct exchange *x)
{
    struct req *r = &x->r;

    if (r->raw != NULL)
        return MHD_create_response_from_buffer(r->raw_len, bytes_of(r->raw), MHD_RESPMEM_PERSISTENT);
    if (r->file_path != NULL) {
        int fd = x->fd;
        x->fd = -1; /* the response closes it */
        return MHD_create_response_from_fd_at_offset64((uint64_t)x->file_len, fd, (uint64_t)x->file_from);
    }
    if (r->out.len == 0)
        return MHD_create_response_from_buffer(0, bytes_of(""), MHD_RESPMEM_PERSISTENT);
    char *body = r->out.buf;
    size_t n = r->out.len;
    r->out.buf = NULL;
    r->out.len = r->out.cap = 0;
    return MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_FREE);
}

static void add_headers(struct MHD_Response *out, const struct req *r, bool stream)
{
    bool cache = false;

    for (size_t i = 0; i < r->n_headers; i++) {
        cache = cache || strcasecmp(r->headers[i].name, "Cache-Control") == 0;
        (void)MHD_add_response_header(out, r->headers[i].name, r->headers[i].value);
    }
    if (!cache)
        (void)MHD_add_response_header(out, "Cache-Control", "no-store");
    if (stream)
        (void)MHD_add_response_header(out, "X-Accel-Buffering", "no");
    if (r->status != 304 && r->status != 204)
        (void)MHD_add_response_header(out, "Content-Type", stream ? "text/event-stream" : r->content_type);
    (void)MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
}

static enum MHD_Result answer(struct http_server *s, struct exchange *x, struct MHD_Connection *m)
{
    bool stream = x->r.stream != NULL;

    traffic_note(s->core->traffic, x->place, x->r.status, x->begun_us);
    struct MHD_Response *out = stream ? stream_response(x, m) : body_response(x);
    if (out == NULL)
        return MHD_NO;
    add_headers(out, &x->r, stream);
    if (atomic_load(&s->core->stopping) || atomic_load(&s->core->draining))
        (void)MHD_add_response_header(out, "Connection", "close");
    deadline(conn_of(m), stream ? 0 : SEND_SECONDS);
    enum MHD_Result done = MHD_queue_response(m, (unsigned)x->r.status, out);
    MHD_destroy_response(out);
    return done;
}

/* --- requests --- */

static const char *socket_header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->carrier, MHD_HEADER_KIND, name);
}

static void socket_resume(struct exchange *x)
{
    MHD_resume_connection(x->carrier);
}

static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *m)
{
    struct http_server *s = cls;
    struct exchange *x = exchange_create(s->core, uri);
    struct conn *c = conn_of(m);

    x->header = socket_header;
    x->resume = socket_resume;
    x->carrier = m;
    x->r.client = c->peer;
    deadline(c, s->header_seconds);
    return x;
}

static void forget(struct http_server *s, struct exchange *x)
{
    if (x != NULL && x->begun)
        atomic_fetch_sub(&s->active, 1);
    exchange_free(&x);
}

/* The library finds out that a client has gone while its request waited when it is woken; the request does
 * not go on then. */
static void on_completed(void *cls, struct MHD_Connection *m, void **state,
                         enum MHD_RequestTerminationCode why)
{
    struct http_server *s = cls;
    struct exchange *x = *state;

    (void)why;
    if (x != NULL && x->started && !x->settled) {
        exchange_abandon(x);
        atomic_fetch_sub(&s->core->pending, 1);
    }
    forget(s, x);
    *state = NULL;
    deadline(conn_of(m), IDLE_SECONDS);
}

static enum MHD_Result note_length(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    int *n = cls;

    (void)kind;
    (void)value;
    *n += strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
    return MHD_YES;
}

/* Says twice where its body ends: a proxy before us may have believed the other, and what one takes for a
 * body is a request to the other (RFC 9112, 6.3). The library takes the first length, and chunks before it.
 */
static bool ends_twice(struct MHD_Connection *m)
{
    int n = 0;

    (void)MHD_get_connection_values(m, MHD_HEADER_KIND, note_length, &n);
    return n > 1;
}

/* The header is here, the body is not. */
static enum MHD_Result on_header(struct http_server *s, struct exchange *x, struct MHD_Connection *m,
                                 const char *method)
{
    int64_t length = 0;

    atomic_fetch_add(&s->active, 1);
    exchange_begin(x, method);
    deadline(conn_of(m), s->body_seconds);
    if (!x->settled)
        return MHD_YES;
    const char *text = socket_header(x, "Content-Length");
    bool long_body = text != NULL && (!parse_int64(text, &length) || length > DISCARD_BYTES);
    return long_body || socket_header(x, "Expect") != NULL ? answer(s, x, m) : MHD_YES;
}

/* core->pending counts what must not be suspended when the daemon stops: handlers
 * at work and requests that wait. */
static enum MHD_Result go_on(struct http_server *s, struct exchange *x, struct MHD_Connection *m,
                             void **state)
{
    deadline(conn_of(m), 0);
    if (!x->started)
        atomic_fetch_add(&s->core->pending, 1);
    if (!exchange_run(x)) {
        MHD_suspend_connection(m);
        if (!exchange_sleep(x))
            MHD_resume_connection(m);
        return MHD_YES;
    }
    atomic_fetch_sub(&s->core->pending, 1);
    bool stream = x->r.stream != NULL;
    enum MHD_Result done = answer(s, x, m);
    if (stream) { /* may stay for days: keeps nothing of the request */
        forget(s, x);
        *state = NULL;
    }
    return done;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *m, const char *url, const char *method,
                                 const char *version, const char *data, size_t *n, void **state)
{
    struct http_server *s = cls;
    struct exchange *x = *state;

    (void)url;
    (void)version;
    if (x == NULL)
        return MHD_NO;
    if (!x->begun)
        return ends_twice(m) ? MHD_NO : on_header(s, x, m, method);
    if (*n > 0) {
        exchange_feed(x, data, *n);
        *n = 0;
        return x->seen_body <= x->max_body + DISCARD_BYTES ? MHD_YES : MHD_NO;
    }
    return go_on(s, x, m, state);
}

/* --- start and stop --- */

static unsigned loops(const struct http_config *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (c->threads > 0)
        return (unsigned)c->threads;
    return cores > 0 ? (unsigned)cores : 1;
}

/* A connection is a descriptor; the usual soft limit of 1,024 is not enough. */
static void raise_fd_limit(void)
{
    struct rlimit rl;
    rlim_t want = LIMIT_CONNECTIONS + SPARE_FDS;

    if (getrlimit(RLIMIT_NOFILE, &rl) != 0 || rl.rlim_cur >= want)
        return;
    rl.rlim_cur = rl.rlim_max < want ? rl.rlim_max : want;
    (void)setrlimit(RLIMIT_NOFILE, &rl);
}

static struct MHD_Daemon *daemon_start(struct http_server *s, unsigned threads)
{
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET;
    unsigned pool = threads > 1 ? threads : 0; /* a pool of one is not a pool to the library */

    return MHD_start_daemon(flags, 0, NULL, NULL, on_access, s, MHD_OPTION_URI_LOG_CALLBACK, on_request_line,
                            s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
                            on_connection, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HEADER_BYTES,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_CONNECTIONS,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_SECONDS,
                            MHD_OPTION_THREAD_POOL_SIZE, pool, MHD_OPTION_END);
}

/* Connections are dealt out, by the library and their descriptors: loops that share a
 * listening socket leave them to the one that wakes first, and one core does the work.
 * Ends when the socket is shut. */
static void *accept_run(void *arg)
{
    struct http_server *s = arg;
    struct pollfd knock = {.fd = s->listen_fd, .events = POLLIN};

    for (;;) {
        struct sockaddr_storage sa = {0};
        socklen_t n = sizeof sa;
        int fd;

        (void)poll(&knock, 1, -1);
        fd = accept4(knock.fd, (struct sockaddr *)&sa, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0)
            (void)MHD_add_connection(s->daemon, fd, (struct sockaddr *)&sa, n); /* closes it when it cannot */
        else if (errno == EINVAL || errno == EBADF)
            return NULL;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            (void)usleep(10000);
    }
}

static void stop_accepting(struct http_server *s)
{
    (void)shutdown(s->listen_fd, SHUT_RDWR);
    (void)pthread_join(s->acceptor, NULL);
    (void)close(s->listen_fd);
    s->listen_fd = -1;
}

static void server_free(struct http_server **ref)
{
    struct http_server *s = *ref;

    *ref = NULL;
    if (s == NULL)
        return;
    if (s->listen_fd >= 0)
        (void)close(s->listen_fd);
    core_free(&s->core);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

bool http_start(const struct http_config *c, struct http_server **ret, struct err *e)
{
    AUTO(server_free) struct http_server *s = xcalloc(1, sizeof *s);

    (void)pthread_mutex_init(&s->lock, NULL);
    s->listen_fd = -1;
    s->header_seconds = c->header_seconds > 0 ? c->header_seconds : LIMIT_HEADER_SECONDS;
    s->body_seconds = c->body_seconds > 0 ? c->body_seconds : LIMIT_BODY_SECONDS;
    if (!core_create(c, &s->core, e) || !listen_on(c->listen, &s->listen_fd, &s->port, e))
        return false;
    raise_fd_limit();
    s->daemon = daemon_start(s, loops(c));
    if (s->daemon == NULL)
        return ERR(e, ERR_INTERNAL, "http.start", "无法启动 HTTP 服务", "the HTTP server does not start");
    if (pthread_create(&s->acceptor, NULL, accept_run, s) != 0) {
        MHD_stop_daemon(s->daemon);
        return ERR(e, ERR_INTERNAL, "http.start", "无法启动线程", "no thread can be started");
    }
    if (pthread_create(&s->sweeper, NULL, sweeper_run, s) != 0) {
        stop_accepting(s);
        MHD_stop_daemon(s->daemon);
        return ERR(e, ERR_INTERNAL, "http.start", "无法启动线程", "no thread can be started");
    }
    *ret = s;
    s = NULL;
    return true;
}

bool http_may_listen(const char *listen, struct err *e)
{
    int fd = -1, port;

    if (!listen_on(listen, &fd, &port, e))
        return false;
    (void)close(fd);
    return true;
}

int http_port(const struct http_server *s)
{
    return s->port;
}

static bool wait_until_none(const struct http_server *s, int ms)
{
    for (; atomic_load(&s->active) > 0 && ms > 0; ms -= 5)
        (void)usleep(5000);
    return atomic_load(&s->active) == 0;
}

void http_drain(struct http_server *s)
{
    atomic_store(&s->core->draining, true);
}

void http_stop(struct http_server **ref, int grace_ms)
{
    struct http_server *s = *ref;

    if (s == NULL)
        return;
    stop_accepting(s);
    atomic_store(&s->core->stopping, true);
    if (s->core->c.services != NULL && s->core->c.services->hub != NULL)
        stream_close_all(s->core->c.services->hub);
    if (!wait_until_none(s, grace_ms))
        log_line(LOG_WARN, "http: %d requests cut off at the end", atomic_load(&s->active));
    while (atomic_load(&s->core->pending) > 0 || atomic_load(&s->asleep) > 0)
        (void)usleep(1000);
    MHD_stop_daemon(s->daemon);
    atomic_store(&s->stopping, true);
    (void)pthread_join(s->sweeper, NULL);
    server_free(ref);
}

void http_metrics(const struct http_server *server, struct buf *out)
{
    struct http_server *s = (struct http_server *)(uintptr_t)server; /* for the lock */
    const struct services *services = s->core->c.services;
    size_t connections, n_routes = 0;

    (void)pthread_mutex_lock(&s->lock);
    connections = s->n_conns;
    (void)pthread_mutex_unlock(&s->lock);
    traffic_write(s->core->traffic, router_routes(s->core->router, &n_routes), out);
    metric_head(out, "wangge_http_connections", "gauge", "Open connections.");
    metric_line(out, "wangge_http_connections", "", (double)connections);
    metric_head(out, "wangge_http_pending", "gauge", "Requests in a handler or waiting for the writer.");
    metric_line(out, "wangge_http_pending", "", (double)atomic_load(&s->core->pending));
    metric_head(out, "wangge_streams", "gauge", "Open live streams.");
    metric_line(out, "wangge_streams", "",
                services == NULL || services->hub == NULL ? 0 : (double)stream_count(services->hub));
    metric_write(out, stream_metrics);
}
