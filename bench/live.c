/* live PORT STREAMS EVENTS LISTENER_TOKEN REPORTER_TOKEN < body
 *
 * Opens STREAMS live streams of one account and then, EVENTS times, reports the
 * matter on standard input (00000000-0000-7000-8000-000000000000 becomes a fresh
 * id) and waits until every stream has the event. Counted from the answer 201,
 * when the commit is known to the sender, to the last stream; a stream that was
 * faster than the answer counts 0. Prints one JSON object. */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 512, PAUSE_US = 100000, WAIT_US = 10000000, KEEP = 8192 };
static const char placeholder[] = "00000000-0000-7000-8000-000000000000";

/* What came in and is not done with: an event may be cut in two. */
struct stream {
    int fd;
    bool open, has; /* the head has come; it has the event awaited */
    size_t n;
    char in[KEEP];
};

static struct {
    int epoll, post, n_streams, have;
    struct stream *streams;
    char awaited[WIRE_UUID + 1];
    char answer[KEEP];
    size_t answer_n;
    int64_t answered_at, last_at;
} live;

static void watch(int fd, void *who)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = who};

    if (epoll_ctl(live.epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
        wire_die("epoll: %s", strerror(errno));
}

static size_t receive(int fd, char *into, size_t room)
{
    ssize_t n = recv(fd, into, room, 0);

    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0)
        wire_die("the server closed a stream");
    return (size_t)n;
}

static void got(struct stream *s)
{
    if (s->has)
        return;
    s->has = true;
    live.have++;
    live.last_at = wire_now_us();
}

static void on_stream(struct stream *s)
{
    struct wire_answer a;

    s->n += receive(s->fd, s->in + s->n, sizeof(s->in) - s->n);
    if (!s->open) {
        if (!wire_head(s->in, s->n, &a))
            return;
        if (a.status != 200)
            wire_die("a stream answered %d", a.status);
        s->open = true;
        live.have++;
    } else if (live.awaited[0] != '\0' && memmem(s->in, s->n, live.awaited, WIRE_UUID) != NULL) {
        got(s);
        s->n = 0;
        return;
    }
    if (s->n > KEEP / 2) { /* the tail may hold the beginning of an id */
        memmove(s->in, s->in + s->n - WIRE_UUID, WIRE_UUID);
        s->n = WIRE_UUID;
    }
}

static void on_answer(void)
{
    struct wire_answer a;

    live.answer_n += receive(live.post, live.answer + live.answer_n, sizeof(live.answer) - live.answer_n);
    if (!wire_head(live.answer, live.answer_n, &a) || live.answer_n < a.head + a.body)
        return;
    if (a.status != 201)
        wire_die("a report was answered %d: %.*s", a.status, (int)a.body, live.answer + a.head);
    live.answered_at = wire_now_us();
}

static void poll_once(void)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int n = epoll_wait(live.epoll, events, EVENTS_AT_ONCE, 100);

    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL)
            on_answer();
        else
            on_stream(events[i].data.ptr);
    }
}

static void open_streams(int port, const char *token)
{
    size_t n;
    char *request = wire_request("GET", "/api/v1/stream", token, "", &n);

    live.epoll = epoll_create1(EPOLL_CLOEXEC);
    live.streams = wire_alloc(sizeof(struct stream) * (size_t)live.n_streams);
    for (int i = 0; i < live.n_streams; i++) {
        live.streams[i].fd = wire_connect(port);
        wire_send(live.streams[i].fd, request, n);
        watch(live.streams[i].fd, &live.streams[i]);
    }
    for (int64_t end = wire_now_us() + WAIT_US; live.have < live.n_streams;) {
        poll_once();
        if (wire_now_us() > end)
            wire_die("only %d of %d streams opened", live.have, live.n_streams);
    }
    live.post = wire_connect(port);
    watch(live.post, NULL);
    free(request);
}

/* One event; microseconds from the answer to the last stream. */
static int64_t one(char *request, size_t n)
{
    char *id = memmem(request, n, live.awaited[0] == '\0' ? placeholder : live.awaited, WIRE_UUID);
    int64_t end = wire_now_us() + WAIT_US;

    if (id == NULL)
        wire_die("the body has no place for an id");
    wire_uuid(id);
    memcpy(live.awaited, id, WIRE_UUID);
    live.have = 0;
    live.answer_n = 0;
    live.answered_at = 0;
    for (int i = 0; i < live.n_streams; i++)
        live.streams[i].has = false;
    wire_send(live.post, request, n);
    while (live.have < live.n_streams || live.answered_at == 0) {
        poll_once();
        if (wire_now_us() > end)
            wire_die("only %d of %d streams have the event", live.have, live.n_streams);
    }
    return live.last_at > live.answered_at ? live.last_at - live.answered_at : 0;
}

int main(int argc, char **argv)
{
    struct wire_times times = {0};
    char body[4096] = "", *request;
    size_t n;

    if (argc != 6 || fgets(body, sizeof(body), stdin) == NULL)
        wire_die("usage: live PORT STREAMS EVENTS LISTENER_TOKEN REPORTER_TOKEN < body");
    body[strcspn(body, "\n")] = '\0';
    live.n_streams = (int)strtol(argv[2], NULL, 10);
    wire_allow_sockets(live.n_streams + 8);
    open_streams((int)strtol(argv[1], NULL, 10), argv[4]);
    request = wire_request("POST", "/api/v1/records", argv[5], body, &n);
    for (int i = (int)strtol(argv[3], NULL, 10); i > 0; i--) {
        wire_times_add(&times, one(request, n));
        (void)usleep(PAUSE_US);
    }
    free(request);
    wire_times_sort(&times);
    (void)printf("{\"streams\":%d,\"events\":%zu,\"p50_ms\":%.3f,\"max_ms\":%.3f}\n", live.n_streams, times.n,
                 wire_times_ms(&times, 0.5), wire_times_ms(&times, 1));
    return 0;
}
