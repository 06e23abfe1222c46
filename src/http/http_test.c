#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/exchange.h"
#include "http/route.h"
#include "http/stream.h"
#include "test.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct principal {
    int rank; /* enum perm: what it may call */
};
static const struct principal nobody = {PERM_PUBLIC}, resident = {PERM_SIGNED_IN}, clerk = {PERM_STAFF};

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret, struct err *e)
{
    (void)s;
    (void)a;
    (void)now;
    *ret = token == NULL               ? &nobody
           : str_eq(token, "resident") ? &resident
           : str_eq(token, "clerk")    ? &clerk
                                       : NULL;
    return *ret != NULL || ERR(e, ERR_UNKNOWN, "auth.token", "登录已失效", "the session has ended");
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
    jo_str(&r->out, "path", r->path);
    jo_str(&r->out, "p0", r->path_param[0]);
    jo_str(&r->out, "p1", r->path_param[1]);
    jo_str(&r->out, "q", req_query(r, "q"));
    jo_int(&r->out, "match", r->if_match);
    jo_close(&r->out);
    return true;
}

static bool literal(struct req *r, struct err *e)
{
    (void)e;
    r->raw = "literal";
    r->raw_len = 7;
    return true;
}

static bool echo(struct req *r, struct err *e)
{
    if (req_query(r, "fail") != NULL)
        return ERR(e, ERR_INTERNAL, "test.secret", "秘密", "secret");
    if (req_query(r, "field") != NULL)
        return ERR_FIELD(e, "fields.title", "input.required", "须填写", "is required");
    r->status = 201;
    jo_raw(&r->out, NULL, json_object_to_json_string(r->json));
    return true;
}

static void *wake_later(void *arg)
{
    struct req *r = arg;

    if (r->state != NULL)
        (void)usleep(20000);
    req_wake(r);
    return NULL;
}

/* ?how=before wakes in the handler, =race from a thread at once, else 20 ms later. */
static bool waits(struct req *r, struct err *e)
{
    static int slow;
    pthread_t t;

    (void)e;
    r->pending = true;
    if (str_eq(req_query(r, "how"), "before")) {
        req_wake(r);
        return true;
    }
    r->state = str_eq(req_query(r, "how"), "race") ? NULL : &slow;
    (void)pthread_create(&t, NULL, wake_later, r);
    (void)pthread_detach(t);
    return true;
}

static bool finished(struct req *r, struct err *e)
{
    (void)e;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "finished", true);
    jo_close(&r->out);
    return true;
}

static struct stream_hub *test_hub;
static char upload_dir[] = "/tmp/wangge-http-XXXXXX";

static bool wants_all(void *ctx, const struct event *ev)
{
    (void)ctx, (void)ev;
    return true;
}

/* A backlog of 3 and 4, while 4 and 5 are published. */
static bool follow(struct req *r, struct err *e)
{
    struct subscriber *s = NULL;

    if (!stream_subscribe(test_hub, wants_all, NULL, NULL, &s, e))
        return false;
    r->stream = s;
    if (req_query(r, "fail") != NULL)
        return ERR(e, ERR_INTERNAL, "test.secret", "秘密", "secret");
    stream_push(s, &(struct event){.seq = 3, .name = "record", .data = "{}"});
    stream_publish(test_hub, &(struct event){.seq = 4, .name = "record", .data = "{}"});
    stream_publish(test_hub, &(struct event){.seq = 5, .name = "record", .data = "{}"});
    stream_push(s, &(struct event){.seq = 4, .name = "record", .data = "{}"});
    return true;
}

static bool form(struct req *r, struct err *e)
{
    char hex[65] = "";

    (void)e;
    if (r->n_uploads > 0)
        hex_encode(r->uploads[0].sha256, 32, hex);
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "q", req_query(r, "q"));
    jo_str(&r->out, "note", req_query(r, "note"));
    jo_str(&r->out, "sha256", hex);
    jo_int(&r->out, "size", r->n_uploads > 0 ? r->uploads[0].size : 0);
    jo_close(&r->out);
    return true;
}

static const struct route routes[] = {
    {GET, "/stream", PERM_PUBLIC, BODY_NONE, follow, NULL, 0, "live", NULL},
    {POST, "/upload", PERM_PUBLIC, BODY_UPLOAD, form, NULL, 0, "upload", NULL},
    {POST, "/form", PERM_PUBLIC, BODY_FORM, form, NULL, 0, "form", NULL},
    {GET, "/a/{id}", PERM_PUBLIC, BODY_NONE, hello, NULL, 0, "one", "thing"},
    {GET, "/a/{id}/{verb}", PERM_PUBLIC, BODY_NONE, hello, NULL, 0, "two", NULL},
    {GET, "/a/{id}/log", PERM_PUBLIC, BODY_NONE, literal, NULL, 0, "log", NULL},
    {POST, "/a", PERM_PUBLIC, BODY_JSON, echo, NULL, 0, "make", "thing"},
    {POST, "/a/{id}/{verb}", PERM_PUBLIC, BODY_JSON, echo, NULL, 64, "move", NULL},
    {GET, "/mine", PERM_SIGNED_IN, BODY_NONE, hello, NULL, 0, "mine", NULL},
    {GET, "/staff", PERM_STAFF, BODY_NONE, hello, NULL, 0, "staff", NULL},
    {GET, "/wait", PERM_PUBLIC, BODY_NONE, waits, finished, 0, "wait", NULL},
    {0},
};
static const struct route *const tables[] = {routes};

static struct http_config config(void)
{
    static const struct services services = {.district = 330803};

    return (struct http_config){.listen = "127.0.0.1:0",
                                .threads = 2,
                                .services = &services,
                                .auth = &auth,
                                .routes = tables,
                                .n_tables = 1,
                                .upload_dir = upload_dir};
}

static int call(struct http_call c, char **ret)
{
    static char *last;
    struct http_config cfg = config();
    size_t n;

    free(last);
    if (c.body != NULL && c.body_len == 0)
        c.body_len = strlen(c.body);
    int status = http_dispatch(&cfg, &c, &last, &n);
    *ret = last;
    return status;
}

TEST(routes_match)
{
    char *b;

    check(call((struct http_call){GET, .target = "/a/x%20y?q=%E8%B7%AF+1"}, &b) == 200);
    check(strstr(b, "\"p0\":\"x y\"") != NULL && strstr(b, "路 1") != NULL);
    check(call((struct http_call){GET, .target = "/a/7/log"}, &b) == 200 && strcmp(b, "literal") == 0);
    check(call((struct http_call){GET, .target = "/a/7/logs"}, &b) == 200 && strstr(b, "logs") != NULL);
    check(call((struct http_call){GET, .target = "/b"}, &b) == 404);
    check(call((struct http_call){GET, .target = "/a/7/log/"}, &b) == 404);
    check(call((struct http_call){PUT, .target = "/a/7"}, &b) == 405);
    check(call((struct http_call){GET, .target = "/a/%zz"}, &b) == 400);
    check(call((struct http_call){GET, .target = "/a/%ff"}, &b) == 400);
}

TEST(pending_requests_go_on)
{
    char *b;

    check(call((struct http_call){GET, .target = "/wait"}, &b) == 200 && strstr(b, "finished") != NULL);
    check(call((struct http_call){GET, .target = "/wait?how=before"}, &b) == 200);
    for (int i = 0; i < 200; i++)
        check(call((struct http_call){GET, .target = "/wait?how=race"}, &b) == 200);
}

static const char *no_header(const struct exchange *x, const char *name)
{
    (void)x, (void)name;
    return NULL;
}

static atomic_int resumed;
static void count_resumed(struct exchange *x)
{
    (void)x;
    atomic_fetch_add(&resumed, 1);
}

/* Its handler is done with it, before or after it is woken, and its carrier is left alone. */
TEST(what_nobody_waits_for_is_finished)
{
    static const char *const targets[] = {"/wait", "/wait?how=race", "/wait?how=before"};
    struct http_config cfg = config();
    struct core *core = NULL;
    struct err e = {0};

    check(core_create(&cfg, &core, &e));
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        AUTO(exchange_free) struct exchange *x = exchange_create(core, targets[i]);
        int before = atomic_load(&resumed);
        bool sleeps;

        x->header = no_header;
        x->resume = count_resumed;
        exchange_begin(x, "GET");
        check(!exchange_run(x));
        sleeps = exchange_sleep(x);
        exchange_abandon(x);
        check(x->settled && strstr(x->r.out.buf, "finished") != NULL);
        check(atomic_load(&resumed) == before || !sleeps || i > 0);
    }
    core_free(&core);
}

TEST(problems_in_the_callers_language)
{
    static const char json[] = "application/json";
    char *b;

    check(call((struct http_call){.method = POST, .target = "/a?field=1", .content_type = json, .body = "{}"},
               &b) == 422);
    check(strstr(b, "\"field\":\"fields.title\",\"code\":\"input.required\",\"message\":\"须填写\"") != NULL);
    struct http_call c = {.method = POST,
                          .target = "/a?field=1",
                          .content_type = json,
                          .body = "{}",
                          .accept_language = "de, en;q=0.7, zh;q=0.2"};
    check(call(c, &b) == 422 && strstr(b, "is required") != NULL);
    c.target = "/a?field=1&lang=zh";
    check(call(c, &b) == 422 && strstr(b, "须填写") != NULL);
    check(call((struct http_call){.method = POST, .target = "/a?fail=1", .content_type = json, .body = "{}"},
               &b) == 500);
    check(strstr(b, "secret") == NULL && strstr(b, "秘密") == NULL && strstr(b, "\"request\":\"") != NULL);
}

TEST(bodies_are_checked)
{
    static const char json[] = "application/json; charset=utf-8",
                      longer[80] = "                                          ";
    char *b;

    check(
        call((struct http_call){.method = POST, .target = "/a", .content_type = json, .body = "{\"x\":[1]}"},
             &b) == 201);
    check(strstr(b, "[ 1 ]") != NULL || strstr(b, "[1]") != NULL);
    check(call((struct http_call){.method = POST, .target = "/a", .content_type = "text/plain", .body = "{}"},
               &b) == 415);
    check(call(
              (struct http_call){
                  .method = POST, .target = "/a", .content_type = "application/jsonx", .body = "{}"},
              &b) == 415);
    check(call((struct http_call){.method = POST, .target = "/a", .content_type = json, .body = "[1]"}, &b) ==
          400);
    check(call(
              (struct http_call){
                  .method = POST, .target = "/a", .content_type = json, .body = "{\"x\":\"\xff\"}"},
              &b) == 400);
    check(call((struct http_call){.method = POST, .target = "/a", .content_type = json}, &b) == 400);
    check(call(
              (struct http_call){
                  .method = POST, .target = "/a/1/go", .content_type = json, .body = longer, .body_len = 64},
              &b) == 400);
    check(call(
              (struct http_call){
                  .method = POST, .target = "/a/1/go", .content_type = json, .body = longer, .body_len = 65},
              &b) == 413);
}

TEST(permissions_are_asked)
{
    char *b;

    check(call((struct http_call){.method = GET, .target = "/mine"}, &b) == 401);
    check(call((struct http_call){.method = GET, .target = "/mine", .token = "resident"}, &b) == 200);
    check(call((struct http_call){.method = GET, .target = "/mine", .token = "gone"}, &b) == 401 &&
          strstr(b, "auth.token") != NULL);
    check(call((struct http_call){.method = GET, .target = "/staff", .token = "resident"}, &b) == 403);
    check(call((struct http_call){.method = GET, .target = "/staff", .token = "clerk"}, &b) == 200);
    struct param cookie[] = {{"Cookie", "x=1; wangge_session=clerk"}, {"X-Wangge", "1"}};
    struct http_call c = {
        POST, "/a", .content_type = "application/json", .body = "{}", .headers = cookie, .n_headers = 1};
    check(call(c, &b) == 403 && strstr(b, "http.csrf") != NULL);
    c.n_headers = 2;
    check(call(c, &b) == 201);
    c = (struct http_call){.method = GET, .target = "/staff", .headers = cookie, .n_headers = 1};
    check(call(c, &b) == 200);
}

TEST(streams_keep_their_order)
{
    char *b;

    test_hub = stream_hub_create();
    check(call((struct http_call){.method = GET, .target = "/stream"}, &b) == 200);
    check(strcmp(b, "retry: 2000\n\nevent: record\nid: 3\ndata: {}\n\nevent: record\nid: 4\ndata: {}\n\n"
                    "event: record\nid: 5\ndata: {}\n\n") == 0);
    check(stream_count(test_hub) == 0);
    check(call((struct http_call){.method = GET, .target = "/stream?fail=1"}, &b) == 500 &&
          stream_count(test_hub) == 0);
    stream_hub_free(&test_hub);
}

#define FORM      "multipart/form-data; boundary=B"
#define FILE_PART "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nabc\r\n"

static int send_form(const char *body, size_t n, char **ret)
{
    return call(
        (struct http_call){
            .method = POST, .target = "/upload", .content_type = FORM, .body = body, .body_len = n},
        ret);
}

static size_t left_behind(void)
{
    size_t n = 0;
    DIR *d = opendir(upload_dir);

    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        (void)closedir(d);
    return n - 2;
}

TEST(uploads_go_to_the_disk)
{
    char *b;

    check(mkdtemp(upload_dir) != NULL);
    check(send_form("--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n路灯\r\n" FILE_PART
                    "--B--\r\n",
                    0, &b) == 200);
    check(strstr(b, "\"note\":\"路灯\"") != NULL && strstr(b, "\"size\":3") != NULL);
    check(strstr(b, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") != NULL);
    check(send_form("--B--\r\n", 0, &b) == 422);
    check(send_form(FILE_PART, 0, &b) == 400);
    check(send_form(FILE_PART FILE_PART FILE_PART FILE_PART FILE_PART FILE_PART FILE_PART FILE_PART FILE_PART
                        FILE_PART "--B--\r\n",
                    0, &b) == 413);
    struct buf big;
    buf_init(&big, 64 << 20);
    buf_str(&big, "--B\r\nContent-Disposition: form-data; name=f; filename=big\r\n\r\n");
    for (int i = 0; i <= LIMIT_FILE_BYTES / 1024; i++)
        buf_printf(&big, "%1024d", i);
    buf_str(&big, "\r\n--B--\r\n");
    check(send_form(big.s, big.len, &b) == 413 && strstr(b, "http.file_size") != NULL);
    buf_free(&big);
    check(left_behind() == 0);
    check(call(
              (struct http_call){
                  .method = POST, .target = "/form", .content_type = FORM, .body = FILE_PART "--B--"},
              &b) == 415);
    check(call((struct http_call){.method = POST,
                                  .target = "/form",
                                  .content_type = "application/x-www-form-urlencoded",
                                  .body = "q=a+%26b&x"},
               &b) == 200);
    check(strstr(b, "\"q\":\"a &b\"") != NULL);
    check(rmdir(upload_dir) == 0);
}

TEST(the_api_describes_itself)
{
    struct json_object *doc = NULL;
    struct err e = {0};
    char *b;

    check(call((struct http_call){.method = GET, .target = "/api/v1/openapi.json"}, &b) == 200);
    check(json_parse(b, strlen(b), &doc, &e));
    check(strstr(b, "\"/a/{id}/{verb}\":{\"get\"") != NULL &&
          strstr(b, "\"thing\":{\"type\":\"object\"}") != NULL);
    json_free(&doc);
}

static bool refused(const struct route *r, const char *key)
{
    const struct route table[] = {*r, {0}};
    const struct route *const list[] = {table, routes};
    struct http_config cfg = config();
    struct http_server *s = NULL;
    struct err e = {0};

    cfg.routes = list;
    cfg.n_tables = 2;
    return !http_start(&cfg, &s, &e) && str_eq(e.key, key);
}

TEST(unsound_routes_are_refused_at_start)
{
    check(refused(&(struct route){.method = GET, .path = "/x", .perm = PERM_UNSET, .handler = hello},
                  "http.permission"));
    check(refused(&(struct route){.method = GET, .path = "/a/{other}", .perm = PERM_PUBLIC, .handler = hello},
                  "http.route"));
    check(refused(&(struct route){.method = GET, .path = "/x/{a", .perm = PERM_PUBLIC, .handler = hello},
                  "http.route"));
    check(refused(
        &(struct route){.method = GET, .path = "/{a}/{b}/{c}/{d}/{e}", .perm = PERM_PUBLIC, .handler = hello},
        "http.route"));
    check(refused(&(struct route){.method = GET, .path = "/x", .perm = PERM_PUBLIC}, "http.route"));
}
