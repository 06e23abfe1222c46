#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/route.h"
#include "http/stream.h"
#include "test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
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

static const struct route routes[] = {
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
                                .n_tables = 1};
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
