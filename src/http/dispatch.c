#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "http/exchange.h"
#include "http/openapi.h"
#include "http/stream.h"
#include "http/stream_feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UPLOAD_OVERHEAD = 1024 * 1024, DISCARD_MAX = 1024 * 1024 };

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const struct asset *const *)a)->path, (*(const struct asset *const *)b)->path);
}

bool core_create(const struct http_config *c, struct core **ret, struct err *e)
{
    struct router *router = NULL;

    if (!router_create(c, &router, e))
        return false;
    struct core *core = xcalloc(1, sizeof *core);
    core->c = *c;
    size_t n_routes = 0;
    core->router = router;
    (void)router_routes(router, &n_routes);
    core->traffic = traffic_create(n_routes);
    core->etags = xcalloc(c->n_assets + 1, sizeof *core->etags);
    core->assets = xcalloc(c->n_assets + 1, sizeof(const struct asset *));
    for (size_t i = 0; i < c->n_assets; i++)
        core->assets[i] = &c->assets[i];
    qsort(core->assets, c->n_assets, sizeof(const struct asset *), by_path);
    *ret = core;
    return true;
}

void core_free(struct core **core)
{
    if (*core == NULL)
        return;
    router_free(&(*core)->router);
    traffic_free(&(*core)->traffic);
    free((*core)->etags);
    free((*core)->assets);
    free(*core);
    *core = NULL;
}

struct exchange *exchange_create(struct core *core, const char *target)
{
    struct exchange *x = xcalloc(1, sizeof *x);

    x->core = core;
    x->fd = -1;
    x->r.arena = arena_create(LIMIT_REQUEST_ARENA);
    x->r.services = core->c.services;
    x->r.path = arena_strdup(x->r.arena, target); /* until exchange_begin() takes it apart */
    x->r.body = "";
    x->r.client = "";
    x->r.if_match = -1;
    x->r.status = 200;
    x->r.content_type = "application/json";
    jo_begin(&x->r.out, LIMIT_REPLY_BYTES);
    return x;
}

void exchange_free(struct exchange **ref)
{
    struct exchange *x = *ref;

    *ref = NULL;
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->r.n_uploads; i++)
        (void)unlink(x->r.uploads[i].path);
    multipart_free(&x->mp);
    upload_free(&x->uploads);
    stream_cancel(&x->r.stream);
    if (x->fd >= 0)
        (void)close(x->fd);
    json_free(&x->r.json);
    jo_free(&x->r.out);
    buf_free(&x->body);
    arena_free(&x->r.arena);
    free(x);
}

static enum method method_of(const char *s, bool *ret_head)
{
    static const char *const names[METHOD__MAX] = {
        [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE"};

    *ret_head = str_eq(s, "HEAD");
    if (*ret_head)
        return GET;
    for (int i = 1; i < METHOD__MAX; i++)
        if (str_eq(s, names[i]))
            return (enum method)i;
    return METHOD_UNSET;
}

/* No route: an asset or a page, a path that knows other methods, or nothing. */
static void unrouted(struct exchange *x, enum method m, const struct match *match)
{
    static const char *const names[METHOD__MAX] = {
        [GET] = "GET, HEAD", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE"};
    struct err e = {0};

    if (match->methods != 0) {
        const char *allow = "";
        for (int i = 1; i < METHOD__MAX; i++)
            if (match->methods & 1U << i)
                allow = arena_printf(x->r.arena, "%s%s%s", allow, *allow ? ", " : "", names[i]);
        req_header(&x->r, "Allow", allow);
        (void)ERR(&e, ERR_MALFORMED, "http.method", "这个地址不接受该方法，可用：%s",
                  "this path does not take that method, it takes: %s", allow);
        exchange_fail(x, &e, 405);
    } else if (m == GET && static_answer(x)) {
        x->place = TRAFFIC_PAGE;
        x->settled = true;
    } else {
        (void)ERR(&e, ERR_NOT_FOUND, "http.path", "没有这个地址", "there is nothing at this path");
        exchange_fail(x, &e, 0);
    }
}

/* Whether the route takes callers without an account. */
static bool takes_anybody(const struct exchange *x)
{
    return x->r.route->perm == PERM_PUBLIC ||
           (x->r.route->perm == PERM_CLAIM && x->header(x, "X-Wangge-Claim") != NULL);
}

static bool authenticate(struct exchange *x, struct err *e)
{
    const struct http_auth *auth = x->core->c.auth;
    const char *token = request_token(x);
    struct req *r = &x->r;

    if (auth->authenticate(r->services, r->arena, token, r->now, &r->who, e))
        return true;
    /* A stale cookie must not keep anybody from what is open to all, signing in first of all. */
    if (!x->cookie || !takes_anybody(x) || e->code != ERR_UNKNOWN)
        return false;
    *e = (struct err){0};
    return auth->authenticate(r->services, r->arena, NULL, r->now, &r->who, e);
}

static bool authorise(struct exchange *x, struct err *e)
{
    static const char *const needs[PERM__MAX] = {
        [PERM_STAFF] = "在任岗位 (a post)",
        [PERM_ADMIN] = "系统管理员 (administrator)",
        [PERM_MONITOR] = "监测员或系统管理员，或在本机访问 (role monitor or admin, or this machine)"};
    const struct http_auth *auth = x->core->c.auth;

    if (takes_anybody(x) || auth->permits(x->r.who, x->r.route->perm))
        return true;
    if (x->r.route->perm == PERM_MONITOR && x->local)
        return true;
    if (!auth->permits(x->r.who, PERM_SIGNED_IN)) {
        req_header(&x->r, "WWW-Authenticate", "Bearer");
        return ERR(e, ERR_UNKNOWN, "auth.required", "请先登录", "sign in first");
    }
    return ERR(e, ERR_DENIED, "auth.permission", "您没有使用这项功能的权限：需要%s",
               "you may not use this: it needs %s", needs[x->r.route->perm]);
}

static bool forged(struct exchange *x, struct err *e)
{
    if (!x->cookie || x->r.route->method == GET || x->header(x, "X-Wangge") != NULL)
        return false;
    (void)ERR(e, ERR_DENIED, "http.csrf", "用 Cookie 登录的写操作须带请求头 X-Wangge: 1",
              "a change made with the session cookie needs the header X-Wangge: 1");
    return true;
}

static size_t body_limit(const struct route *route)
{
    if (route->max_body != 0)
        return route->max_body;
    return route->body == BODY_UPLOAD ? (size_t)LIMIT_FILE_BYTES * LIMIT_FILES_PER_UPLOAD + UPLOAD_OVERHEAD
                                      : LIMIT_BODY_BYTES;
}

static bool too_large(const struct exchange *x, struct err *e)
{
    (void)ERR(e, ERR_TOO_LARGE, "http.body", "请求体超过 %zu 字节的上限", "the body is larger than %zu bytes",
              x->max_body);
    return true;
}

/* What the body claims to be, before a byte of it is taken. */
static bool body_welcome(struct exchange *x, struct err *e)
{
    const char *type = x->header(x, "Content-Type"), *length = x->header(x, "Content-Length");
    int64_t n;

    x->max_body = body_limit(x->r.route);
    if (length != NULL && parse_int64(length, &n) && n > (int64_t)x->max_body)
        return !too_large(x, e);
    switch (x->r.route->body) {
    case BODY_JSON:
        if (request_is(type, "application/json"))
            return true;
        return ERR(e, ERR_MEDIA, "http.media", "请求体须是 application/json",
                   "the body must be application/json");
    case BODY_FORM:
        if (request_is(type, "application/x-www-form-urlencoded"))
            return true;
        if (request_is(type, "multipart/form-data"))
            return upload_begin(x, type, e);
        return ERR(e, ERR_MEDIA, "http.media",
                   "请求体须是 application/x-www-form-urlencoded 或 multipart/form-data",
                   "the body must be application/x-www-form-urlencoded or multipart/form-data");
    case BODY_UPLOAD:
        if (request_is(type, "multipart/form-data"))
            return upload_begin(x, type, e);
        return ERR(e, ERR_MEDIA, "http.media", "请求体须是 multipart/form-data",
                   "the body must be multipart/form-data");
    case BODY_NONE:
        break;
    }
    return true;
}

static bool admit(struct exchange *x, const struct match *m, struct err *e)
{
    const char *forwarded = x->core->c.trust_proxy ? x->header(x, "X-Forwarded-For") : NULL;

    x->r.route = m->route;
    x->place = TRAFFIC_ROUTES + m->number;
    x->r.if_match = request_if_match(x->header(x, "If-Match"));
    x->r.last_event_id = x->header(x, "Last-Event-ID");
    x->local = request_is_local(x); /* of the peer, not of whom it speaks for */
    if (forwarded != NULL) {        /* the last one is what our proxy saw */
        const char *comma = strrchr(forwarded, ',');
        x->r.client = comma == NULL ? forwarded : comma + 1 + strspn(comma + 1, " ");
    }
    return request_params(x, m, e) && authenticate(x, e) && authorise(x, e) && !forged(x, e) &&
           body_welcome(x, e);
}

static bool stopping(const struct exchange *x, struct err *e)
{
    if (!atomic_load(&x->core->stopping))
        return false;
    (void)ERR(e, ERR_BUSY, "http.stopping", "服务正在停止，请稍后再试",
              "the server is stopping, try again soon");
    e->retry_after_s = 5;
    return true;
}

void exchange_begin(struct exchange *x, const char *method)
{
    const char *target = x->r.path;
    struct match match;
    struct err e = {0};

    x->begun = true;
    x->begun_us = time_monotonic_us();
    if (x->r.now == 0)
        x->r.now = time_now_ms();
    enum method m = method_of(method, &x->head);
    bool sound = request_target(x, target, &e);
    x->r.lang = request_lang(req_query(&x->r, "lang"), x->header(x, "Accept-Language"));
    if (!sound) {
        exchange_fail(x, &e, 0);
        return;
    }
    router_match(x->core->router, m, x->r.path, &match);
    if (match.route == NULL)
        unrouted(x, m, &match);
    else if (!admit(x, &match, &e))
        exchange_fail(x, &e, 0);
}

void exchange_feed(struct exchange *x, const char *bytes, size_t n)
{
    struct err e = {0};
    bool ok = true;

    x->seen_body += n;
    if (x->settled || x->r.route->body == BODY_NONE)
        return; /* discarded, so that the answer can be read */
    if (x->seen_body > x->max_body)
        ok = !too_large(x, &e);
    else if (x->mp != NULL)
        ok = multipart_feed(x->mp, bytes, n, &e);
    else {
        if (x->body.max == 0)
            buf_init(&x->body, x->max_body + 1);
        buf_add(&x->body, bytes, n);
    }
    if (!ok)
        exchange_fail(x, &e, 0);
}

static bool decode_body(struct exchange *x, struct err *e)
{
    struct req *r = &x->r;

    if (x->mp != NULL)
        return multipart_end(x->mp, e) && upload_end(x, e);
    if (x->body.len > 0) {
        r->body = buf_text(&x->body);
        r->body_len = x->body.len;
    }
    if (r->route->body == BODY_FORM)
        return request_form(x, arena_strndup(r->arena, r->body, r->body_len), e);
    if (r->route->body != BODY_JSON)
        return true;
    if (!json_parse(r->body, r->body_len, &r->json, e))
        return false;
    if (!json_object_is_type(r->json, json_type_object))
        return ERR(e, ERR_MALFORMED, "json.object", "请求体须是一个 JSON 对象",
                   "the body must be a JSON object");
    return true;
}

/* The handler's word is final: is there an answer, and is it whole? */
static bool conclude(struct exchange *x, struct err *e)
{
    struct req *r = &x->r;

    if (r->stream != NULL || r->raw != NULL)
        return true;
    if (r->file_path != NULL) {
        sendfile_prepare(x);
        return true;
    }
    return r->out.len == 0 || jo_end(&r->out, e);
}

/* What the client has already need not be sent again. */
static void spare_known(struct exchange *x)
{
    struct req *r = &x->r;
    const char *known = r->route->method == GET && r->status == 200 ? x->header(x, "If-None-Match") : NULL;

    for (size_t i = 0; known != NULL && i < r->n_headers; i++)
        if (strcmp(r->headers[i].name, "ETag") == 0 && strstr(known, r->headers[i].value) != NULL) {
            r->status = 304;
            r->raw = "";
            r->raw_len = 0;
        }
}

bool exchange_run(struct exchange *x)
{
    struct req *r = &x->r;
    struct err e = {0};
    bool ok = true;

    if (x->settled)
        return true;
    handler_fn *step = x->started ? r->route->finish : r->route->handler;
    if (!x->started)
        ok = !stopping(x, &e) && decode_body(x, &e);
    x->started = true;
    r->pending = false;
    atomic_store(&x->wake, WAKE_NONE);
    ok = ok && (step == NULL || step(r, &e));
    if (ok && r->pending)
        return false;
    if (!ok || !conclude(x, &e)) {
        r->n_headers = 0; /* the handler's were about the answer that did not come */
        exchange_fail(x, &e, 0);
    }
    spare_known(x);
    x->settled = true;
    return true;
}

void exchange_abandon(struct exchange *x)
{
    int asleep = WAKE_ASLEEP;

    /* From here on nobody resumes it. */
    (void)atomic_compare_exchange_strong(&x->wake, &asleep, WAKE_NONE);
    do
        while (atomic_load(&x->wake) != WAKE_DONE)
            (void)usleep(1000);
    while (!exchange_run(x));
}

bool exchange_sleep(struct exchange *x)
{
    int none = WAKE_NONE;

    return atomic_compare_exchange_strong(&x->wake, &none, WAKE_ASLEEP);
}
