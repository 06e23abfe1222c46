/* wangge serve */
#include "app/app.h"
#include "app/backup.h"
#include "app/monitor.h"
#include "app/site.h"
#include "app/tiles.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "call/call.h"
#include "file/file.h"
#include "notice/notice.h"
#include "record/live.h"
#include "report/report.h"
#include "rules/rules.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 10000, FILES_S = 3600, CALLS_S = 15, STREAMS_S = 60, DRAIN_MAX_S = 600 };

static const char help[];
const struct subcommand serve_command;

/* Names and lists of areas are those of the moment they were read; places are found by the time of the
 * command. */
static bool is_behind(struct district *d)
{
    int64_t next = area_next_change(district_world(d)->areas);

    return next != 0 && next <= time_now_ms();
}

/* When what is done now and then is due, in seconds of the monotonic clock. */
struct chores {
    int64_t files, sign_ins, calls, streams;
    uint64_t age;     /* sessions_age() at the last review of the streams */
    int64_t rests_us; /* until then: a review is followed by a rest nine times as long */
};

static bool is_due(int64_t *at, int64_t now, int64_t every)
{
    if (now < *at)
        return false;
    *at = now + every;
    return true;
}

/* Loose files, sign-ins of long ago, and calls that nobody ended. */
static void sweep(struct district *d, struct chores *c, int64_t now)
{
    struct err e = {0};
    int removed;

    if (is_due(&c->files, now, FILES_S) && !file_sweep(d->db, d->code, d->dir, time_now_ms(), &removed, &e))
        log_err("file sweep", &e);
    e = (struct err){0};
    if (is_due(&c->sign_ins, now, FILES_S) && !sign_in_sweep(d->db, d->code, time_now_ms(), &e))
        log_err("sign-in sweep", &e);
    e = (struct err){0};
    if (is_due(&c->calls, now, CALLS_S) && !call_sweep(&d->services, time_now_ms(), &e))
        log_err("call sweep", &e);
}

/* Streams of whom has signed out or lost a post end within a second or so; by another server's hand within a
 * minute. */
static void review(struct district *d, struct chores *c, int64_t now)
{
    int64_t began = time_monotonic_us();
    uint64_t age = sessions_age(d->sessions);
    struct err e = {0};

    if (!is_due(&c->streams, now, STREAMS_S) && (age == c->age || began < c->rests_us))
        return;
    if (live_review(&d->services, time_now_ms(), &e))
        c->age = age;
    else
        log_err("streams", &e);
    c->rests_us = time_monotonic_us() + 9 * (time_monotonic_us() - began);
}

/* Waits for SIGTERM or SIGINT, with the chores meanwhile. SIGHUP: accounts, areas or the
 * calendar were changed from the command line. */
static void wait_for_signal(struct district *d, const sigset_t *set)
{
    const struct timespec tick = {.tv_sec = 1};
    struct chores c = {0};
    int got;

    while ((got = sigtimedwait(set, NULL, &tick)) < 0 || got == SIGHUP) {
        int64_t now = time_monotonic_us() / 1000000;
        struct err e = {0};

        if ((got == SIGHUP || is_behind(d)) && !district_reload(d, &e))
            log_err("reload", &e);
        if (got != SIGHUP && district_in_charge(d))
            sweep(d, &c, now);
        review(d, &c, now);
    }
}

static bool in_charge(void *ctx)
{
    return district_in_charge(ctx);
}

static const struct world *world_now(void *ctx)
{
    return district_world(ctx);
}

/* Versions of packs that were to begin at a time. */
static bool others(void *ctx, int64_t now, int64_t *ret_next, struct err *e)
{
    struct district *d = ctx;

    return switch_due(&d->services, d->rules, now, ret_next, e);
}

/* What the command line says of serving. */
struct serving {
    const char *listen;
    bool trust_proxy;
    const char *tiles, *private_targets, *public_url;
    const char *call_servers, *turn_secret, *proxy;
    int64_t drain_s; /* how long a proxy needs to notice that we leave */
};

/* A loop waits for a server's answer: others go on meanwhile. */
static int waiting_loops(void)
{
    enum { A_CORE = 4, MOST = 32 };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1 ? A_CORE : cores > MOST / A_CORE ? MOST : (int)cores * A_CORE;
}

static const struct world *world_of(void *ctx)
{
    return district_world(ctx);
}

static bool start_sender(struct district *d, const struct serving *s, struct err *e)
{
    bool shared = sql_is_shared(d->db);
    const struct sender_options o = {.db = d->db,
                                     .district = d->code,
                                     .world = world_of,
                                     .in_charge = shared ? in_charge : NULL,
                                     .ctx = d,
                                     .private_targets = s->private_targets,
                                     .public_url = s->public_url,
                                     .proxy = s->proxy,
                                     .alone = !shared};

    return sender_start(&o, &d->sender, e);
}

static bool start(struct district *d, const struct serving *s, struct http_server **ret, struct err *e)
{
    const struct timer_options timer = {.db = d->db,
                                        .door = d->door,
                                        .district = d->code,
                                        .in_charge = sql_is_shared(d->db) ? in_charge : NULL,
                                        .others = others,
                                        .ctx = d};
    const struct scheduler_options scheduler = {
        .db = d->db, .door = d->door, .world = world_now, .in_charge = timer.in_charge, .ctx = d};
    struct http_config c = {
        .listen = s->listen, .services = &d->services, .auth = &identity_auth, .trust_proxy = s->trust_proxy};
    c.threads = sql_is_shared(d->db) ? waiting_loops() : 0;
    static char uploads[FILE_PATH_MAX];

    if (!file_open(d->dir, e) || (sql_is_shared(d->db) && !file_share(d->db, d->code, d->dir, e)))
        return false;
    file_upload_dir(d->dir, uploads);
    c.upload_dir = uploads;
    site_config(&c);
    return timer_start(&timer, &d->timer, e) && scheduler_start(&scheduler, &d->scheduler, e) &&
           start_sender(d, s, e) && importer_start(&d->services, &d->importer, e) && http_start(&c, ret, e);
}

/* Still serves everything, but says that it is leaving. A second signal ends the wait. */
static void drain(struct http_server *server, int64_t seconds, const sigset_t *set)
{
    const struct timespec t = {.tv_sec = seconds};

    if (seconds == 0)
        return;
    monitor_leaving();
    http_drain(server);
    (void)sigtimedwait(set, NULL, &t);
}

/* Before there is a thread: one that did not block them would let them end the process at once. */
static void take_signals(sigset_t *ret)
{
    (void)sigemptyset(ret);
    (void)sigaddset(ret, SIGTERM);
    (void)sigaddset(ret, SIGINT);
    (void)sigaddset(ret, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, ret, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a full disk: answered, not died of */
}

static int serve(struct district *d, const struct serving *s, const sigset_t *set)
{
    struct http_server *server = NULL;
    struct err e = {0};

    if (!start(d, s, &server, &e))
        return print_err("wangge serve", &e);
    monitor_server(server);
    (void)printf("%s 已启动 serving http://%.*s:%d\n", d->name, (int)(strrchr(s->listen, ':') - s->listen),
                 s->listen, http_port(server));
    if (d->sample)
        sample_print_accounts(sample_is_played(d));
    (void)fflush(stdout);
    wait_for_signal(d, set);
    drain(server, s->drain_s, set);
    http_stop(&server, GRACE_MS);
    backup_wait();
    importer_stop(&d->importer);
    scheduler_stop(&d->scheduler);
    timer_stop(&d->timer);
    sender_stop(&d->sender);
    file_close();
    return 0;
}

static int run(int argc, char **argv)
{
    const char *dir = NULL, *packs = NULL, *wait = "0";
    struct serving s = {.listen = "127.0.0.1:8311"};
    const struct option_def defs[] = {{"data", &dir, NULL},
                                      {"listen", &s.listen, NULL},
                                      {"pack", &packs, NULL},
                                      {"trust-proxy", NULL, &s.trust_proxy},
                                      {"drain", &wait, NULL},
                                      {"map-tiles", &s.tiles, NULL},
                                      {"public-url", &s.public_url, NULL},
                                      {"private-targets", &s.private_targets, NULL},
                                      {"call-servers", &s.call_servers, NULL},
                                      {"turn-secret", &s.turn_secret, NULL},
                                      {"proxy", &s.proxy, NULL}};
    struct district_options o = {.threaded = true, .live = true};
    struct district *d = NULL;
    struct err e = {0};
    sigset_t set;
    char **operands;
    int n, status;

    options_parse(&serve_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (dir == NULL || n > 0 || strrchr(s.listen, ':') == NULL || !parse_int64(wait, &s.drain_s) ||
        s.drain_s < 0 || s.drain_s > DRAIN_MAX_S) {
        (void)fputs(help, stderr);
        return 2;
    }
    o.dir = dir;
    o.db = options_db();
    o.pack_dirs = &packs;
    o.n_pack_dirs = packs != NULL;
    take_signals(&set);
    if (!tiles_set(s.tiles, &e) || !relay_set(s.call_servers, s.turn_secret, &e) ||
        !sender_proxy_ok(s.proxy, &e) || !district_open(&o, &d, &e))
        return print_err("wangge serve", &e);
    status = serve(d, &s, &set);
    district_close(&d);
    return status;
}

static const char help[] =
    "用法 usage: wangge serve --data DIR [--listen ADDR:PORT]\n\n"
    "提供网页与接口，直到 Ctrl-C。Serves pages and API until SIGINT or SIGTERM.\n\n"
    "  --data DIR           数据目录 made by wangge init\n"
    "  --listen ADDR:PORT   127.0.0.1:8311；端口 0 为任选 port 0 picks a free one\n"
    "  --pack DIR           另加一个程序包目录 one more pack (or a folder of them), beside the\n"
    "                       built-in ones and DIR/packs\n"
    "  --trust-proxy        前面有反向代理，采信 X-Forwarded-For behind a reverse proxy\n"
    "  --drain SECONDS      收到 SIGTERM 后 /readyz 先答 503，照常服务这么久再停（0）\n"
    "                       after SIGTERM /readyz answers 503, and it serves on for so long (0)\n"
    "  --map-tiles TILES    地图底图 tiles beneath the maps: tianditu:KEY，或 or https://…/{z}/{x}/{y}.png "
    "…；\n"
    "                       GCJ-02 的写 gcj02 在前 gcj02 first where they are drawn in it\n"
    "  --public-url URL     大家访问本站的网址，提醒里的链接由此开头 how links in notices begin: "
    "https://wg.example.cn\n"
    "  --private-targets HOSTS\n"
    "                       提醒渠道可连的内网主机，逗号分隔，也可用 http:// hosts that channels may reach "
    "although they\n"
    "                       are private or speak plain HTTP, by commas\n"
    "  --proxy URL          提醒渠道经由的代理，内网放行的主机除外 what leads channels to public hosts: "
    "http://proxy:3128\n"
    "  --call-servers URLS  视频通话的 STUN/TURN 服务，逗号分隔 relays for video calls, by commas:\n"
    "                       stun:host:3478,turn:host:3478?transport=udp\n"
    "  --turn-secret FILE   文件首行是与 TURN 服务共享的密钥 its first line is the secret shared with the "
    "TURN "
    "server\n\n"
    "TLS 与 HTTP/2 由反向代理（nginx、Caddy）承担 is a reverse proxy's job.\n";
const struct subcommand serve_command = {"serve", "提供服务 serve pages and API", help, run};
