/* Over real sockets: what http_dispatch() cannot show. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/route.h"
#include "http/stream.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct principal {
    int rank;
};
static const struct principal nobody = {PERM_PUBLIC}, clerk = {PERM_STAFF};

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret, struct err *e)
{
    (void)s, (void)a, (void)now;
    *ret = token == NULL ? &nobody : &clerk;
    return !str_eq(token, "stale") ||
           ERR(e, ERR_UNKNOWN, "auth.token", "登录已失效", "the session has ended");
}

static bool permits(const struct principal *who, enum perm p)
{
    return who->rank >= (int)p;
}
static const struct http_auth auth = {authenticate, permits};

static bool hello(struct req *r, struct err *e)
{
    (void)e;
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "body", r->body);
    jo_int(&r->out, "match", r->if_match);
    jo_close(&r->out);
    return true;
}

/* Which thread serves it. */
static bool who(struct req *r, struct err *e)
{
    (void)e;
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "thread", gettid());
    jo_close(&r->out);
    return true;
}

static void *wake(void *arg)
{
    req_wake(arg);
    return NULL;
}

static bool waits(struct req *r, struct err *e)
{
    pthread_t t;

    (void)e;
    r->pending = true;
    (void)pthread_create(&t, NULL, wake, r);
    (void)pthread_detach(t);
    return true;
}

static bool wants_all(void *ctx, const struct event *ev)
{
    (void)ctx, (void)ev;
    return true;
}

static bool follow(struct req *r, struct err *e)
{
    struct subscriber *s = NULL;

    if (!stream_subscribe(r->services->hub, wants_all, NULL, NULL, &s, e))
        return false;
    if (r->last_event_id != NULL)
        stream_push(s, &(struct event){.seq = 6, .name = "record", .data = "{\"old\":true}"});
    r->stream = s;
    return true;
}

static char served_file[64];
static bool file(struct req *r, struct err *e)
{
    (void)e;
    r->file_path = served_file;
    req_header(r, "Cache-Control", "immutable");
    r->content_type = "text/plain";
    return true;
}

static const struct route routes[] = {
    {GET, "/hello", PERM_PUBLIC, BODY_NONE, hello, NULL, 0, "", NULL},
    {POST, "/hello", PERM_PUBLIC, BODY_JSON, hello, NULL, 0, "", NULL},
    {GET, "/who", PERM_PUBLIC, BODY_NONE, who, NULL, 0, "", NULL},
    {GET, "/wait", PERM_PUBLIC, BODY_NONE, waits, hello, 0, "", NULL},
    {GET, "/monitor", PERM_MONITOR, BODY_NONE, hello, NULL, 0, "", NULL},
    {GET, "/stream", PERM_PUBLIC, BODY_NONE, follow, NULL, 0, "", NULL},
    {GET, "/file", PERM_PUBLIC, BODY_NONE, file, NULL, 0, "", NULL},
    {0},
};
static const struct route *const tables[] = {routes};
/* "<p>hi</p>\n" as gzip makes it */
static const unsigned char page_gz[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                        0xb3, 0x29, 0xb0, 0xcb, 0xc8, 0xb4, 0xd1, 0x2f, 0xb0, 0xe3,
                                        0x02, 0x00, 0x96, 0xa4, 0x62, 0x0f, 0x0a, 0x00, 0x00, 0x00};
static const struct asset assets[] = {
    {"/desk.html", "text/html; charset=utf-8", page_gz, sizeof page_gz, true, false},
    {"/assets/a-1.js", "text/javascript", (const unsigned char *)"let a;", 6, false, true},
};

static const char *page(const char *path)
{
    return str_starts(path, "/desk") ? "/desk.html" : NULL;
}

enum { THREADS = 2 };
static struct http_server *server;
static struct services services;

static void start(void)
{
    struct err e = {0};

    services.hub = stream_hub_create();
    struct http_config c = {.listen = "127.0.0.1:0",
                            .threads = THREADS,
                            .services = &services,
                            .auth = &auth,
                            .routes = tables,
                            .n_tables = 1,
                            .assets = assets,
                            .n_assets = COUNT_OF(assets),
                            .page = page,
                            .header_seconds = 1,
                            .body_seconds = 1};
    if (!http_start(&c, &server, &e)) {
        (void)printf("Bail out! %s\n", e.en);
        exit(1);
    }
}

static void stop(void)
{
    http_stop(&server, 2000);
    stream_hub_free(&services.hub);
}

static int dial(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0);
    return fd;
}

static void say(int fd, const char *text)
{
    check(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* Reads until `until` was seen, the end, or two seconds of silence. */
static const char *hear(int fd, const char *until)
{
    static char text[65536];
    size_t n = 0;

    text[0] = '\0';
    while (n + 1 < sizeof text && (until == NULL || strstr(text, until) == NULL)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t got = poll(&p, 1, 2000) == 1 ? recv(fd, text + n, sizeof text - n - 1, 0) : 0;
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
    }
    return text;
}

static const char *ask(const char *request)
{
    int fd = dial();

    say(fd, request);
    const char *text = hear(fd, NULL);
    (void)close(fd);
    return text;
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

TEST(answers_over_a_socket)
{
    start();
    const char *t = ask("GET /hello HTTP/1.1\r\nIf-Match: \"3\"\r\n" CLOSE "\r\n");
    check(strstr(t, "HTTP/1.1 200") != NULL && strstr(t, "\"match\":3") != NULL);
    check(strstr(t, "no-store") != NULL && strstr(t, "nosniff") != NULL);
    t = ask("POST /hello HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 7\r\n" CLOSE
            "\r\n{\"a\":1}");
    check(strstr(t, "HTTP/1.1 200") != NULL && strstr(t, "{\\\"a\\\":1}") != NULL);
    t = ask("HEAD /hello HTTP/1.1\r\n" CLOSE "\r\n");
    check(strstr(t, "HTTP/1.1 200") != NULL && strstr(t, "match") == NULL);
    t = ask("DELETE /hello HTTP/1.1\r\n" CLOSE "\r\n");
    check(strstr(t, "HTTP/1.1 405") != NULL && strstr(t, "Allow: GET, HEAD, POST") != NULL);
    t = ask("GET /nothing HTTP/1.1\r\nAccept-Language: en\r\n" CLOSE "\r\n");
    check(strstr(t, "HTTP/1.1 404") != NULL && strstr(t, "application/problem+json") != NULL);
    check(strstr(t, "Not found") != NULL);
    stop();
}

static bool told(const char *line)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    http_metrics(server, &out);
    bool yes = strstr(buf_text(&out), line) != NULL;
    buf_free(&out);
    return yes;
}

/* What moves the figures is what was asked; a path that is no route never becomes a label. */
TEST(figures_by_route_and_status)
{
    start();
    check(!told("route=\"/hello\""));
    (void)ask("GET /hello HTTP/1.1\r\n" CLOSE "\r\n");
    (void)ask("HEAD /hello HTTP/1.1\r\n" CLOSE "\r\n");
    (void)ask("DELETE /hello HTTP/1.1\r\n" CLOSE "\r\n");
    (void)ask("GET /secret-of-a-client HTTP/1.1\r\n" CLOSE "\r\n");
    check(told("\nwangge_http_answers_total{method=\"GET\",route=\"/hello\",status=\"200\"} 2\n"));
    check(told("\nwangge_http_request_seconds_count{method=\"GET\",route=\"/hello\"} 2\n"));
    check(told("\nwangge_http_answers_total{method=\"\",route=\"(none)\",status=\"404\"} 1\n"));
    check(told("\nwangge_http_answers_total{method=\"\",route=\"(none)\",status=\"405\"} 1\n"));
    check(!told("secret-of-a-client"));
    check(told("\nwangge_http_pending 0\n"));
    stop();
}

/* A handler that waits is timed until its answer. */
TEST(waiting_counts)
{
    start();
    (void)ask("GET /wait HTTP/1.1\r\n" CLOSE "\r\n");
    check(told("_seconds_count{method=\"GET\",route=\"/wait\"} 1\n"));
    stop();
}

TEST(only_this_machine_or_a_monitor)
{
    start();
    check(strstr(ask("GET /monitor HTTP/1.1\r\n" CLOSE "\r\n"), "HTTP/1.1 200") != NULL);
    check(strstr(ask("GET /monitor HTTP/1.1\r\nX-Forwarded-For: 127.0.0.1\r\n" CLOSE "\r\n"),
                 "HTTP/1.1 401") != NULL);
    check(strstr(ask("GET /monitor HTTP/1.1\r\nVia: 1.1 x\r\nAuthorization: Bearer clerk\r\n" CLOSE "\r\n"),
                 "HTTP/1.1 403") != NULL);
    stop();
}

/* The server's descriptors decide, so ours must not stand between them. */
static int dial_aside(void)
{
    enum { ASIDE = 500 };
    int fd = dial(), aside = fcntl(fd, F_DUPFD_CLOEXEC, ASIDE);

    check(aside >= ASIDE);
    (void)close(fd);
    return aside;
}

TEST(every_thread_serves_its_share)
{
    enum { N = 32 };
    int fds[N], served[THREADS] = {0};
    long long threads[THREADS] = {0};

    start();
    for (int i = 0; i < N; i++)
        fds[i] = dial_aside();
    for (int i = 0; i < N; i++) {
        int k = 0;

        say(fds[i], "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
        const char *text = strstr(hear(fds[i], "}"), "\"thread\":");
        long long thread = text == NULL ? 0 : strtoll(text + strlen("\"thread\":"), NULL, 10);
        while (k < THREADS - 1 && threads[k] != 0 && threads[k] != thread)
            k++;
        threads[k] = thread;
        served[k]++;
    }
    for (int k = 0; k < THREADS; k++)
        check(served[k] >= N / THREADS - 4);
    for (int i = 0; i < N; i++)
        (void)close(fds[i]);
    stop();
}

TEST(cookies_need_the_header)
{
    start();
    static const char head[] =
        "POST /hello HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" CLOSE;
    char text[512];
    (void)snprintf(text, sizeof text, "%sCookie: a=b; wangge_session=clerk\r\n\r\n{}", head);
    check(strstr(ask(text), "HTTP/1.1 403") != NULL);
    (void)snprintf(text, sizeof text, "%sX-Wangge: 1\r\nCookie: a=b; wangge_session=clerk\r\n\r\n{}", head);
    check(strstr(ask(text), "HTTP/1.1 200") != NULL);
    (void)snprintf(text, sizeof text, "%sX-Wangge: 1\r\nCookie: wangge_session=stale\r\n\r\n{}", head);
    check(strstr(ask(text), "HTTP/1.1 200") != NULL); /* public: goes on as anonymous */
    (void)snprintf(text, sizeof text, "%sAuthorization: Bearer stale\r\n\r\n{}", head);
    check(strstr(ask(text), "HTTP/1.1 401") != NULL);
    stop();
}

TEST(waiting_requests_are_resumed)
{
    start();
    for (int i = 0; i < 100; i++)
        check(strstr(ask("GET /wait HTTP/1.1\r\n" CLOSE "\r\n"), "HTTP/1.1 200") != NULL);
    stop();
}

TEST(large_and_refused_bodies)
{
    char head[256];

    start();
    (void)snprintf(head, sizeof head,
                   "POST /hello HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" CLOSE
                   "\r\n",
                   LIMIT_BODY_BYTES + 1);
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_str(&b, head);
    for (int i = 0; i <= LIMIT_BODY_BYTES; i++)
        buf_char(&b, ' ');
    check(strstr(ask(buf_text(&b)), "HTTP/1.1 413") != NULL);
    check(strstr(ask("POST /hello HTTP/1.1\r\nContent-Length: 99000000\r\n" CLOSE "\r\n"), "HTTP/1.1 413") !=
          NULL);
    check(strstr(ask("POST /hello HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "\r\n{}"), "HTTP/1.1 415") !=
          NULL);
    buf_free(&b);
    stop();
}

TEST(slow_clients_are_cut_off)
{
    start();
    int head = dial(), body = dial(), silent = dial();
    say(head, "GET /hello HTTP/1.1\r\nHost: x\r\n");
    say(body,
        "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n");
    int64_t from = time_monotonic_us();
    bool cut = false;
    for (int i = 0; i < 30 && !cut; i++) { /* a byte every 100 ms: never silent */
        (void)send(head, "x", 1, MSG_NOSIGNAL);
        (void)send(body, " ", 1, MSG_NOSIGNAL);
        char c;
        cut = recv(head, &c, 1, MSG_DONTWAIT) == 0 && recv(body, &c, 1, MSG_DONTWAIT) == 0 &&
              recv(silent, &c, 1, MSG_DONTWAIT) == 0;
        (void)usleep(100000);
    }
    check(cut);
    check(time_monotonic_us() - from < 2500000);
    (void)close(head), (void)close(body), (void)close(silent);
    stop();
}

TEST(assets_and_pages)
{
    start();
    const char *t = ask("GET /desk/list HTTP/1.1\r\nAccept-Encoding: br, gzip\r\n" CLOSE "\r\n");
    check(strstr(t, "Content-Encoding: gzip") != NULL && strstr(t, "frame-ancestors 'self'") != NULL);
    check(strstr(t, "geolocation=(self)") != NULL && strstr(t, "unsafe-inline") == NULL);
    const char *tag = strstr(t, "ETag: ");
    char request[256];
    (void)snprintf(request, sizeof request, "GET /desk HTTP/1.1\r\nIf-None-Match: %.18s\r\n" CLOSE "\r\n",
                   tag == NULL ? "" : tag + 6);
    check(strstr(ask(request), "HTTP/1.1 304") != NULL);
    t = ask("GET /desk HTTP/1.1\r\n" CLOSE "\r\n");
    check(strstr(t, "<p>hi</p>") != NULL && strstr(t, "Content-Encoding") == NULL);
    t = ask("GET /assets/a-1.js HTTP/1.1\r\n" CLOSE "\r\n");
    check(strstr(t, "immutable") != NULL && strstr(t, "let a;") != NULL);
    check(strstr(ask("GET /other HTTP/1.1\r\n" CLOSE "\r\n"), "HTTP/1.1 404") != NULL);
    stop();
}

TEST(files_and_ranges)
{
    start();
    str_copy(served_file, sizeof served_file, "/tmp/wangge-range-XXXXXX");
    int fd = mkstemp(served_file);
    check(write(fd, "0123456789", 10) == 10);
    (void)close(fd);
    const char *t = ask("GET /file HTTP/1.1\r\nRange: bytes=2-4\r\n" CLOSE "\r\n");
    check(strstr(t, "HTTP/1.1 206") != NULL && strstr(t, "bytes 2-4/10") != NULL &&
          str_ends(t, "\r\n\r\n234"));
    check(str_ends(ask("GET /file HTTP/1.1\r\nRange: bytes=-3\r\n" CLOSE "\r\n"), "\r\n\r\n789"));
    check(str_ends(ask("GET /file HTTP/1.1\r\nRange: bytes=8-\r\n" CLOSE "\r\n"), "\r\n\r\n89"));
    check(str_ends(ask("GET /file HTTP/1.1\r\nRange: bytes=5-2\r\n" CLOSE "\r\n"), "0123456789"));
    check(strstr(ask("GET /file HTTP/1.1\r\nRange: bytes=10-\r\n" CLOSE "\r\n"), "HTTP/1.1 416") != NULL);
    (void)unlink(served_file);
    t = ask("GET /file HTTP/1.1\r\n" CLOSE "\r\n");
    check(strstr(t, "HTTP/1.1 404") != NULL && strstr(t, "immutable") == NULL);
    stop();
}

TEST(streams_tell_everybody)
{
    enum { N = 200 };
    int fds[N], told = 0;

    start();
    for (int i = 0; i < N; i++) {
        fds[i] = dial();
        say(fds[i], i == 0 ? "GET /stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 5\r\n\r\n"
                           : "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    const char *first = hear(fds[0], "old");
    check(strstr(first, "retry: 2000\n\n") != NULL && strstr(first, "id: 6\n") != NULL);
    check(strstr(first, "text/event-stream") != NULL);
    for (int i = 1; i < N; i++)
        check(strstr(hear(fds[i], "retry: 2000\n\n"), "retry") != NULL);
    int64_t from = time_monotonic_us();
    stream_publish(services.hub, &(struct event){.seq = 6, .name = "record", .data = "{\"twice\":1}"});
    stream_publish(services.hub, &(struct event){.seq = 7, .name = "record", .data = "{\"new\":1}"});
    for (int i = 0; i < N; i++) {
        const char *t = hear(fds[i], "{\"new\":1}\n\n");
        told += strstr(t, "id: 7\ndata: {\"new\":1}\n\n") != NULL;
        check(i != 0 || strstr(t, "twice") == NULL);
    }
    check(told == N);
    check(time_monotonic_us() - from < 500000);
    stop(); /* while they are still there */
    for (int i = 0; i < N; i++)
        (void)close(fds[i]);
}

TEST(slow_stream_readers_are_cut_off)
{
    static char big[40000];
    struct pollfd p = {.events = POLLIN};

    start();
    memset(big, 'x', sizeof big - 1);
    int fd = dial();
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    check(strstr(hear(fd, "retry: 2000\n\n"), "retry") != NULL);
    for (int i = 1; i < 3 * LIMIT_STREAM_QUEUE; i++)
        stream_publish(services.hub, &(struct event){.seq = i, .name = "record", .data = big});
    for (int i = 0; i < 40 && stream_count(services.hub) > 0; i++)
        (void)usleep(50000);
    check(stream_count(services.hub) == 0);
    p.fd = fd;
    while (poll(&p, 1, 1000) == 1 && recv(fd, big, sizeof big, 0) > 0)
        ;
    (void)close(fd);
    stop();
}

TEST(bad_addresses_are_explained)
{
    struct err e = {0};
    struct http_server *s = NULL;
    struct http_config c = {
        .listen = "nowhere", .services = &services, .auth = &auth, .routes = tables, .n_tables = 1};

    check(!http_start(&c, &s, &e) && str_eq(e.key, "http.listen"));
    c.listen = "192.0.2.1:80";
    e = (struct err){0};
    check(!http_start(&c, &s, &e) && e.code == ERR_BUSY);
}
