/* load PORT CONNECTIONS WARM_MS RUN_MS RATE < requests
 *
 * One thread, epoll, keep-alive: as cheap as a client can be, since it shares the
 * processors with what it measures. Requests come from standard input, one a
 * line, "METHOD<tab>PATH<tab>TOKEN<tab>BODY"; they are sent in turn, again and
 * again. A body that holds 00000000-0000-7000-8000-000000000000 gets a fresh
 * UUIDv7 there each time.
 *
 * RATE 0: closed loop, every connection sends as soon as it has its answer. RATE
 * n: n requests a second arrive at even distances whatever the server does, each
 * on a connection that is free; the latency counts from the time of arrival, so a
 * wait for a free connection is not left out.
 *
 * RUN_MS 0: each request is sent once, in a closed loop, and the time is that of all of them.
 *
 * Prints one JSON object. Answers of WARM_MS are not counted. */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 16 * 1024, EVENTS = 256 };
static const char placeholder[] = "00000000-0000-7000-8000-000000000000";

struct request {
    char *bytes;
    size_t len, id_at; /* id_at 0: no place for an id */
};

struct conn {
    int fd;
    int64_t since; /* when the request it works on arrived */
    bool busy, in_body;
    size_t head_len, body_left;
    char head[HEAD_MAX];
};

static struct {
    int port, n_conns, epoll;
    int64_t warm_us, run_us;
    double rate;
    bool once;
    struct request *requests;
    size_t n_requests, next;
    struct conn *conns;
    struct conn **idle;
    size_t n_idle;
    int64_t counted_from, arrived; /* arrived: requests of an open loop so far */
    struct wire_times times;
    uint64_t ok, bytes;
    int other_status;
    uint64_t other;
} load;

static void add_request(char *line)
{
    char *part[4], *save = line;
    struct request *r;

    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < 4; i++)
        part[i] = i < 3 ? strsep(&save, "\t") : save;
    if (part[2] == NULL)
        wire_die("a request is METHOD<tab>PATH<tab>TOKEN<tab>BODY");
    load.requests = realloc(load.requests, sizeof(*r) * (load.n_requests + 1));
    if (load.requests == NULL)
        wire_die("out of memory");
    r = &load.requests[load.n_requests++];
    r->bytes = wire_request(part[0], part[1], part[2], part[3] == NULL ? "" : part[3], &r->len);
    const char *id = strstr(r->bytes, placeholder);
    r->id_at = id == NULL ? 0 : (size_t)(id - r->bytes);
}

static void read_requests(void)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) > 0)
        add_request(line);
    free(line);
    if (load.n_requests == 0)
        wire_die("no requests on standard input");
}

/* In a run of each request once there may be none left. */
static void start(struct conn *c, int64_t arrived_at)
{
    struct request *r = &load.requests[load.next % load.n_requests];

    if (load.once && load.next == load.n_requests)
        return;
    load.next++;
    if (r->id_at != 0)
        wire_uuid(r->bytes + r->id_at);
    c->since = arrived_at;
    c->busy = true;
    c->in_body = false;
    c->head_len = 0;
    wire_send(c->fd, r->bytes, r->len);
}

static void finished(struct conn *c, int64_t now)
{
    c->busy = false;
    if (now >= load.counted_from)
        wire_times_add(&load.times, now - c->since);
    if (load.rate == 0)
        start(c, now);
    else
        load.idle[load.n_idle++] = c;
}

static void head_done(struct conn *c, const struct wire_answer *a)
{
    if (a->body == SIZE_MAX)
        wire_die("an answer without Content-Length");
    c->in_body = true;
    c->body_left = a->head + a->body - c->head_len;
    load.bytes += a->head + a->body;
    if (a->status / 100 == 2) {
        load.ok++;
        return;
    }
    load.other++;
    load.other_status = a->status;
}

/* Takes n bytes that lie in the head's buffer or, once the body runs, nowhere. */
static void took(struct conn *c, size_t n)
{
    struct wire_answer a;

    if (c->in_body) {
        if (n > c->body_left)
            wire_die("more than one answer to a request");
        c->body_left -= n;
        return;
    }
    c->head_len += n;
    if (wire_head(c->head, c->head_len, &a))
        head_done(c, &a);
    else if (c->head_len == HEAD_MAX)
        wire_die("an answer whose head does not end");
}

static void readable(struct conn *c)
{
    static char waste[256 * 1024];

    while (c->busy) {
        ssize_t n = c->in_body ? recv(c->fd, waste, sizeof(waste), 0)
                               : recv(c->fd, c->head + c->head_len, HEAD_MAX - c->head_len, 0);

        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            wire_die("the server closed a connection: %s", n < 0 ? strerror(errno) : "end of stream");
        took(c, (size_t)n);
        if (c->in_body && c->body_left == 0) {
            finished(c, wire_now_us());
            return; /* the next answer cannot be here yet */
        }
    }
}

/* Open loop: whatever is due goes out on the free connections. */
static int arrivals(int64_t begun, int64_t now, int64_t end)
{
    for (;;) {
        int64_t due = begun + (int64_t)((double)load.arrived * 1e6 / load.rate);

        if (due > now || due >= end)
            return due >= end ? 10 : (int)((due - now) / 1000);
        if (load.n_idle == 0)
            return 10;
        load.arrived++;
        start(load.idle[--load.n_idle], due);
    }
}

static bool goes_on(int64_t now, int64_t end)
{
    return load.once ? load.times.n < load.n_requests : now < end;
}

static void run(void)
{
    struct epoll_event events[EVENTS];
    int64_t begun = wire_now_us(), end = begun + load.warm_us + load.run_us, now = begun;

    load.counted_from = begun + (load.once ? 0 : load.warm_us);
    for (int i = 0; i < load.n_conns; i++) {
        if (load.rate == 0)
            start(&load.conns[i], now);
        else
            load.idle[load.n_idle++] = &load.conns[i];
    }
    while (goes_on(now = wire_now_us(), end)) {
        int wait = load.rate > 0 ? arrivals(begun, now, end) : 10;
        int n = epoll_wait(load.epoll, events, EVENTS, wait);

        for (int i = 0; i < n; i++)
            readable(events[i].data.ptr);
    }
    if (load.once)
        load.run_us = now - begun;
}

static void open_connections(void)
{
    load.conns = wire_alloc(sizeof(struct conn) * (size_t)load.n_conns);
    load.idle = wire_alloc(sizeof(struct conn *) * (size_t)load.n_conns);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < load.n_conns; i++) {
        struct conn *c = &load.conns[i];
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

        c->fd = wire_connect(load.port);
        if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
            wire_die("epoll: %s", strerror(errno));
    }
}

static void print(void)
{
    struct rusage u;
    size_t waiting = 0;

    for (int i = 0; i < load.n_conns; i++)
        waiting += load.conns[i].busy;
    (void)getrusage(RUSAGE_SELF, &u);
    wire_times_sort(&load.times);
    (void)printf(
        "{\"answers\":%zu,\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"ok\":%llu,"
        "\"other\":%llu,\"other_status\":%d,\"unanswered\":%zu,\"bytes_each\":%.0f,\"cpu_s\":%.3f}\n",
        load.times.n, (double)load.times.n * 1e6 / (double)load.run_us, wire_times_ms(&load.times, 0.5),
        wire_times_ms(&load.times, 0.99), wire_times_ms(&load.times, 1), (unsigned long long)load.ok,
        (unsigned long long)load.other, load.other_status, waiting,
        (double)load.bytes / (double)(load.ok + load.other + 1),
        (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
            (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        wire_die("usage: load PORT CONNECTIONS WARM_MS RUN_MS RATE < requests");
    load.port = (int)strtol(argv[1], NULL, 10);
    load.n_conns = (int)strtol(argv[2], NULL, 10);
    load.warm_us = strtol(argv[3], NULL, 10) * 1000;
    load.run_us = strtol(argv[4], NULL, 10) * 1000;
    load.rate = strtod(argv[5], NULL);
    load.once = load.run_us == 0;
    wire_allow_sockets(load.n_conns);
    read_requests();
    open_connections();
    run();
    print();
    return 0;
}
