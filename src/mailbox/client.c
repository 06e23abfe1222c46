#include "mailbox/client.h"

#include "base/buf.h"
#include "json/json_in.h"

#include <curl/curl.h>
#include <string.h>

enum { CONNECT_MS = 5000, WHOLE_MS = 60000 };
static const size_t ANSWER_MAX = (size_t)4 << 20;

struct call {
    CURL *h;
    struct curl_slist *headers;
    curl_mime *mime;
    struct buf answer;
    char error[CURL_ERROR_SIZE];
};

static void call_end(struct call *k)
{
    curl_mime_free(k->mime);
    curl_slist_free_all(k->headers);
    curl_easy_cleanup(k->h);
    buf_free(&k->answer);
}

static size_t take(char *bytes, size_t size, size_t n, void *ctx)
{
    struct call *k = ctx;

    if (k->answer.len + size * n > ANSWER_MAX)
        return 0;
    buf_add(&k->answer, bytes, size * n);
    return size * n;
}

static void header(struct call *k, const struct client *c, const char *name, const char *value)
{
    k->headers = curl_slist_append(k->headers, arena_printf(c->a, "%s: %s", name, value));
}

/* No redirect is followed: the token is for this server alone. */
static bool prepare(struct call *k, const struct client *c, const char *path)
{
    buf_init(&k->answer, ANSWER_MAX);
    k->h = curl_easy_init();
    header(k, c, "Authorization", arena_printf(c->a, "Bearer %s", c->token));
    header(k, c, "Accept-Language", "zh-CN");
    return k->h != NULL &&
           curl_easy_setopt(k->h, CURLOPT_URL, arena_printf(c->a, "%s/api/v1%s", c->server, path)) ==
               CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS) == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_ERRORBUFFER, k->error) == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(k->h, CURLOPT_WRITEDATA, k) == CURLE_OK;
}

static bool unreachable(const struct client *c, const struct call *k, CURLcode code, struct err *e)
{
    return ERR(e, ERR_BUSY, "mail.server", "服务器 %.200s 没有应答：%.200s",
               "the server %.200s does not answer: %.200s", c->server,
               k->error[0] != '\0' ? k->error : curl_easy_strerror(code));
}

static bool send_it(struct call *k, const struct client *c, int *ret_status, struct json_object **ret,
                    struct err *e)
{
    struct err no_json = {0};
    CURLcode code;
    long status = 0;

    if (curl_easy_setopt(k->h, CURLOPT_HTTPHEADER, k->headers) != CURLE_OK ||
        (code = curl_easy_perform(k->h)) != CURLE_OK)
        return unreachable(c, k, CURLE_FAILED_INIT, e);
    (void)curl_easy_getinfo(k->h, CURLINFO_RESPONSE_CODE, &status);
    *ret_status = (int)status;
    *ret = NULL;
    if (k->answer.len > 0 && !json_parse(buf_text(&k->answer), k->answer.len, ret, &no_json))
        *ret = NULL;
    return true;
}

bool client_get(const struct client *c, const char *path, int *ret_status, struct json_object **ret,
                struct err *e)
{
    AUTO(call_end) struct call k = {0};

    return prepare(&k, c, path) ? send_it(&k, c, ret_status, ret, e)
                                : unreachable(c, &k, CURLE_FAILED_INIT, e);
}

bool client_post(const struct client *c, const char *path, const char *json, int *ret_status,
                 struct json_object **ret, struct err *e)
{
    AUTO(call_end) struct call k = {0};

    if (!prepare(&k, c, path))
        return unreachable(c, &k, CURLE_FAILED_INIT, e);
    header(&k, c, "Content-Type", "application/json");
    return curl_easy_setopt(k.h, CURLOPT_POSTFIELDS, json) == CURLE_OK
               ? send_it(&k, c, ret_status, ret, e)
               : unreachable(c, &k, CURLE_FAILED_INIT, e);
}

bool client_upload(const struct client *c, const struct message_file *f, int *ret_status,
                   struct json_object **ret, struct err *e)
{
    AUTO(call_end) struct call k = {0};
    curl_mimepart *part;

    if (!prepare(&k, c, "/files") || (k.mime = curl_mime_init(k.h)) == NULL ||
        (part = curl_mime_addpart(k.mime)) == NULL || curl_mime_name(part, "file") != CURLE_OK ||
        curl_mime_filename(part, f->name[0] == '\0' ? "file" : f->name) != CURLE_OK ||
        curl_mime_data(part, f->bytes, f->n) != CURLE_OK ||
        curl_easy_setopt(k.h, CURLOPT_MIMEPOST, k.mime) != CURLE_OK)
        return unreachable(c, &k, CURLE_FAILED_INIT, e);
    return send_it(&k, c, ret_status, ret, e);
}
