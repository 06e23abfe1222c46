/* Errors as RFC 9457 problem documents, in the caller's language. */
#include "base/limits.h"
#include "base/log.h"
#include "http/exchange.h"
#include "http/stream.h"

#include <inttypes.h>
#include <stdio.h>

struct kind_of_error {
    int status;
    const char *zh, *en;
};
static const struct kind_of_error kinds[ERR__MAX] = {
    [ERR_NONE] = {500, "服务器内部错误", "Internal error"},
    [ERR_MALFORMED] = {400, "请求格式有误", "Malformed request"},
    [ERR_UNKNOWN] = {401, "身份未确认", "Not signed in"},
    [ERR_DENIED] = {403, "没有权限", "Not allowed"},
    [ERR_NOT_FOUND] = {404, "没有找到", "Not found"},
    [ERR_CONFLICT] = {409, "与现状冲突", "Conflict"},
    [ERR_TOO_LARGE] = {413, "超过上限", "Too large"},
    [ERR_MEDIA] = {415, "不支持的类型", "Unsupported type"},
    [ERR_INVALID] = {422, "内容有误", "Invalid input"},
    [ERR_TOO_MANY] = {429, "过于频繁", "Too many requests"},
    [ERR_BUSY] = {503, "暂时无法处理", "Busy, try again"},
    [ERR_INTERNAL] = {500, "服务器内部错误", "Internal error"},
};

/* Short, unique within the process's life, and enough to find the line in the log. */
static const char *request_id(struct exchange *x)
{
    static atomic_uint counter;

    return arena_printf(x->r.arena, "%" PRIx64 "-%x", (uint64_t)x->r.now, atomic_fetch_add(&counter, 1) + 1);
}

static const char *log_internal(struct exchange *x, const struct err *e)
{
    char doing[160];
    const char *id = request_id(x);

    (void)snprintf(doing, sizeof doing, "request %s %s", id, x->r.route == NULL ? "?" : x->r.route->path);
    log_err(doing, e);
    req_header(&x->r, "X-Request-Id", id);
    return id;
}

static void details(struct json_out *j, const struct err *e, bool en)
{
    jo_arr(j, "errors");
    for (size_t i = 0; i < e->n_details; i++) {
        jo_obj(j, NULL);
        jo_str(j, "field", e->details[i].field);
        jo_str(j, "code", e->details[i].key);
        jo_str(j, "message", en ? e->details[i].en : e->details[i].zh);
        jo_close(j);
    }
    jo_close(j);
}

static void document(struct exchange *x, const struct err *e, int status, const struct kind_of_error *k)
{
    bool en = x->r.lang == LANG_EN;
    struct json_out *j = &x->r.out;
    const char *id = status == 500 ? log_internal(x, e) : NULL;
    struct err ignored = {0};

    jo_free(j);
    jo_begin(j, LIMIT_REPLY_BYTES);
    jo_obj(j, NULL);
    jo_str(j, "type", status == 500 ? "internal" : e->key);
    jo_str(j, "title", en ? k->en : k->zh);
    jo_int(j, "status", status);
    if (status == 500)
        jo_str(j, "detail",
               en ? "Something went wrong on our side; please try again or tell us the request id."
                  : "服务器出了问题，请重试；如仍不行，请告知请求编号。");
    else
        jo_str(j, "detail", en ? e->en : e->zh);
    if (id != NULL)
        jo_str(j, "request", id);
    details(j, e, en);
    jo_close(j);
    if (!jo_end(j, &ignored)) /* a problem always fits; were it not so, the status says enough */
        jo_free(j);
}

void exchange_fail(struct exchange *x, const struct err *e, int status)
{
    const struct kind_of_error *k = &kinds[e->code < ERR__MAX ? e->code : ERR_INTERNAL];
    struct req *r = &x->r;

    if (status == 0)
        status = k->status;
    stream_cancel(&r->stream);
    r->raw = NULL;
    r->file_path = NULL;
    r->pending = false;
    r->status = status;
    r->content_type = "application/problem+json";
    if (e->retry_after_s > 0)
        req_header(r, "Retry-After", arena_printf(r->arena, "%d", e->retry_after_s));
    document(x, e, status, k);
    x->settled = true;
}
