#include "notice/flight.h"

#include "base/text.h"
#include "notice/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 5000, WHOLE_MS = 20000, ANSWER_MAX = 16 * 1024, RETRY_AFTER_MAX_S = 3600 };
static const size_t ARENA = (size_t)4 << 20;

struct flight *flight_create(const struct outbox_row *row, const struct channel *c)
{
    struct flight *f = xcalloc(1, sizeof(*f));

    f->arena = arena_create(ARENA);
    f->row = *row;
    f->row.what = arena_strdup(f->arena, row->what);
    f->channel =
        (struct channel){.id = c->id, .type = c->type, .expects = arena_strdup(f->arena, c->expects)};
    buf_init(&f->answer, ANSWER_MAX);
    return f;
}

void flight_free(struct flight **f)
{
    if (*f == NULL)
        return;
    if ((*f)->h != NULL)
        curl_easy_cleanup((*f)->h);
    curl_slist_free_all((*f)->headers);
    curl_slist_free_all((*f)->to);
    buf_free(&(*f)->answer);
    arena_free(&(*f)->arena);
    free(*f);
    *f = NULL;
}

/* --- what libcurl calls --- */

static size_t take_answer(char *bytes, size_t size, size_t n, void *ctx)
{
    struct flight *f = ctx;

    if (f->answer.len + size * n > ANSWER_MAX) {
        f->too_long = true;
        return 0; /* ends it: whoever answers without end holds nobody up */
    }
    buf_add(&f->answer, bytes, size * n);
    return size * n;
}

static size_t give_mail(char *bytes, size_t size, size_t n, void *ctx)
{
    struct flight *f = ctx;
    size_t left = f->n_body - f->sent, now = left < size * n ? left : size * n;

    memcpy(bytes, f->body + f->sent, now);
    f->sent += now;
    return now;
}

/* Called with the address that the name gave, right before connecting to it: a name that is looked up once
 * more cannot lead elsewhere. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct flight *f = ctx;

    if (purpose == CURLSOCKTYPE_IPCXN && !f->by_proxy && target_is_private(&to->addr) &&
        !target_allowed(f->allowed, f->host)) {
        f->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* --- the request --- */

static bool common(struct flight *f, const struct parcel *p, const char *proxy)
{
    CURL *h = f->h;

    /* No redirect is followed and no proxy taken from the environment: both lead where nobody has looked. One
     * that the configuration names is believed. */
    return curl_easy_setopt(h, CURLOPT_URL, p->url) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PRIVATE, f) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_ERRORBUFFER, f->error) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PROXY, f->by_proxy ? proxy : "") == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_WRITEDATA, f) == CURLE_OK;
}

static bool http(struct flight *f, const struct parcel *p)
{
    CURL *h = f->h;

    for (size_t i = 0; p->headers[i] != NULL; i++)
        f->headers = curl_slist_append(f->headers, p->headers[i]);
    f->headers = curl_slist_append(f->headers, "Expect:");
    if (curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https,http") != CURLE_OK ||
        curl_easy_setopt(h, CURLOPT_USERAGENT, "wangge") != CURLE_OK ||
        curl_easy_setopt(h, CURLOPT_HTTPHEADER, f->headers) != CURLE_OK)
        return false;
    return p->get || (curl_easy_setopt(h, CURLOPT_POST, 1L) == CURLE_OK &&
                      curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->n_body) == CURLE_OK &&
                      curl_easy_setopt(h, CURLOPT_POSTFIELDS, p->body) == CURLE_OK);
}

static bool mail(struct flight *f, const struct parcel *p, bool allowed)
{
    CURL *h = f->h;
    const char *from = arena_printf(f->arena, "<%s>", p->from);

    f->to = curl_slist_append(NULL, arena_printf(f->arena, "<%s>", p->to));
    f->body = p->body;
    f->n_body = p->n_body;
    /* Passwords and addresses go out in the clear only to a server that the configuration names. */
    return curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(allowed ? CURLUSESSL_TRY : CURLUSESSL_ALL)) ==
               CURLE_OK &&
           (p->login[0] == '\0' || (curl_easy_setopt(h, CURLOPT_USERNAME, p->login) == CURLE_OK &&
                                    curl_easy_setopt(h, CURLOPT_PASSWORD, p->password) == CURLE_OK)) &&
           curl_easy_setopt(h, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_MAIL_RCPT, f->to) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_READFUNCTION, give_mail) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_READDATA, f) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)p->n_body) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_UPLOAD, 1L) == CURLE_OK;
}

bool flight_prepare(struct flight *f, const struct parcel *p, const char *allowed, const char *proxy,
                    struct err *e)
{
    bool is_mail = f->channel.type == CHANNEL_MAIL;
    struct target at = {0};

    /* Once more: the configuration may have changed since somebody typed it. */
    if (!target_read(p->url, is_mail, allowed, "url", f->arena, &at, e))
        return false;
    f->host = at.host;
    f->allowed = allowed;
    f->by_proxy = proxy != NULL && proxy[0] != '\0' && !is_mail && !target_allowed(allowed, at.host);
    f->h = curl_easy_init();
    return (f->h != NULL && common(f, p, proxy) &&
            (is_mail ? mail(f, p, target_allowed(allowed, at.host)) : http(f, p))) ||
           ERR(e, ERR_INTERNAL, "notice.request", "请求未能构成", "the request could not be made");
}

/* --- the answer --- */

static void say(struct landing *ret, enum fate fate, const char *word, int64_t number, const char *said)
{
    ret->fate = fate;
    (void)snprintf(ret->why, sizeof(ret->why), "%s %" PRId64 " %.*s", word, number, FAIL_SAID, said);
}

/* libcurl keeps the last words of a mail server as the error's text, not as an answer. */
static void judge(const struct flight *f, long status, const char *said, struct landing *ret)
{
    ret->fate = answer_judge(&f->channel, status, said, ret->why);
}

void flight_land(const struct flight *f, CURLcode code, struct landing *ret)
{
    const char *said = f->error[0] != '\0' ? f->error : curl_easy_strerror(code);
    curl_off_t pause = 0;
    long status = 0;

    *ret = (struct landing){.fate = FATE_LATER};
    (void)curl_easy_getinfo(f->h, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(f->h, CURLINFO_RETRY_AFTER, &pause);
    ret->retry_after_s = pause < RETRY_AFTER_MAX_S ? pause : RETRY_AFTER_MAX_S;
    if (f->refused)
        say(ret, FATE_NEVER, "private", 0, f->host);
    else if (code == CURLE_OK || f->too_long)
        judge(f, status, buf_text(&f->answer), ret);
    else if (f->channel.type == CHANNEL_MAIL && status >= 400)
        judge(f, status, said, ret);
    else
        say(ret, FATE_LATER, "net", code, said);
}
