/* A letter as its channel wants it, and what the channel's answer means. */
#include "base/text.h"
#include "json/json_in.h"
#include "json/json_out.h"
#include "notice/letter.h"
#include "notice/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PUSH_TTL_S = 24 * 3600,
    RING_TTL_S = 1800,
    CALL_TTL_S = 40,
    VAPID_S = 12 * 3600,
    PAYLOAD_MAX = PUSH_PLAIN_MAX
};

void parcel_header(struct parcel *p, const char *line)
{
    size_t i = 0;

    while (p->headers[i] != NULL)
        i++;
    if (i + 1 < PARCEL_HEADERS_MAX)
        p->headers[i] = line;
}

/* --- Web Push --- */

/* For web/src/sw/sw.js. The tag has a repetition replace what is shown already. */
static bool push_payload(const struct letter *l, const struct channel *c, struct arena *a, const char **ret,
                         struct err *e)
{
    AUTO(jo_free) struct json_out j = {0};

    jo_begin(&j, PAYLOAD_MAX);
    jo_obj(&j, NULL);
    jo_uuid(&j, "id", l->id);
    jo_str(&j, "what", l->what);
    jo_str(&j, "title", letter_subject(l, false, a));
    jo_str(&j, "body", str_eq(l->what, "digest") ? l->digest : c->detail && l->title != NULL ? l->title : "");
    jo_str(&j, "path", letter_path(l, true, a));
    jo_str(&j, "lang", l->lang == LANG_EN ? "en" : "zh-CN");
    jo_close(&j);
    *ret = arena_strdup(a, j.buf == NULL ? "" : j.buf);
    return jo_end(&j, e);
}

static void push_headers(const struct letter *l, const char *authorization, struct arena *a,
                         struct parcel *ret)
{
    bool ring = what_rings(l->what);
    char id[UUID_TEXT_MAX], topic[UUID_TEXT_MAX];
    size_t n = 0;

    uuid_format(l->id, id);
    for (const char *s = id; *s != '\0'; s++) /* a topic has at most 32 characters: without the dashes */
        if (*s != '-')
            topic[n++] = *s;
    topic[n] = '\0';
    parcel_header(ret, arena_printf(a, "Authorization: %s", authorization));
    parcel_header(ret, "Content-Type: application/octet-stream");
    parcel_header(ret, "Content-Encoding: aes128gcm");
    parcel_header(ret, arena_printf(a, "TTL: %d",
                                    str_eq(l->what, "call") ? CALL_TTL_S
                                    : ring                  ? RING_TTL_S
                                                            : PUSH_TTL_S));
    parcel_header(ret, ring ? "Urgency: high" : "Urgency: normal");
    parcel_header(ret, arena_printf(a, "Topic: %s", topic));
}

bool parcel_push(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                 const struct chance *with, struct arena *a, struct parcel *ret, struct err *e)
{
    struct push_keys to;
    struct push_key key;
    struct target at = {0};
    const uint8_t *body = NULL;
    const char *plain, *authorization;

    if (l->endpoint == NULL)
        return ERR(e, ERR_INVALID, "notice.no_address", "没有这台设备", "there is no such device");
    /* Where it may go to was judged when it was given and is judged again when it connects. */
    if (!target_read(l->endpoint, false, NULL, "endpoint", a, &at, e) && at.origin == NULL)
        return false;
    *e = (struct err){0};
    if (!push_keys_read(l->p256dh, l->auth, &to, e) || !channel_push_key(c, s->secret, &key, e) ||
        !push_payload(l, c, a, &plain, e) ||
        !push_encrypt(&to, plain, strlen(plain), a, &body, &ret->n_body, e) ||
        !push_vapid(&key, at.origin, c->sender, with->now / 1000 + VAPID_S, a, &authorization, e))
        return false;
    ret->url = l->endpoint;
    ret->body = body;
    push_headers(l, authorization, a, ret);
    return true;
}

bool parcel_make(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                 const struct chance *with, struct arena *a, struct parcel *ret, struct err *e)
{
    *ret = (struct parcel){0};
    switch (c->type) {
    case CHANNEL_PUSH:
        return parcel_push(c, s, l, with, a, ret, e);
    case CHANNEL_WEBHOOK:
        return parcel_webhook(c, s, l, with, a, ret, e);
    case CHANNEL_DINGTALK:
    case CHANNEL_WECOM:
    case CHANNEL_FEISHU:
        return parcel_robot(c, s, l, with, a, ret, e);
    case CHANNEL_SMS:
        return parcel_sms(c, s, l, with, a, ret, e);
    case CHANNEL_MAIL:
        return parcel_mail(c, s, l, with, a, ret, e);
    case CHANNEL_UNSET:
    case CHANNEL__MAX:
        break;
    }
    return ERR(e, ERR_INTERNAL, "channel.type", "渠道的类型无法识别", "the channel's type is unknown");
}

/* --- answers --- */

/* What they said, cut to a line: it is shown to administrators. */
static void why(char ret[FAIL_MAX], const char *sort, int64_t number, const char *said)
{
    char line[FAIL_SAID];
    size_t n = 0;

    for (const char *s = said; *s != '\0' && n + 1 < sizeof(line); s++)
        line[n++] = (char)((unsigned char)*s < ' ' ? ' ' : *s);
    line[n] = '\0';
    line[utf8_valid(line, n) ? n : utf8_cut(line, n)] = '\0';
    if (!utf8_valid(line, strlen(line)))
        line[0] = '\0';
    (void)snprintf(ret, FAIL_MAX, "%s %" PRId64 "%s%s", sort, number, line[0] == '\0' ? "" : " ", line);
}

static enum fate judge_status(const struct channel *c, int64_t status, const char *body,
                              char ret_why[FAIL_MAX])
{
    if (status >= 200 && status < 300)
        return FATE_SENT;
    why(ret_why, "http", status, body);
    if (c->type == CHANNEL_PUSH && (status == 404 || status == 410))
        return FATE_GONE;
    /* What may be otherwise in a while: too early, too much, our time of day, their fault. */
    if (status == 408 || status == 425 || status == 429 || status >= 500 || status < 300)
        return FATE_LATER;
    return FATE_NEVER;
}

/* Too much at a time, or busy: DingTalk, WeCom, Feishu. */
static bool is_busy(int64_t code)
{
    static const int64_t codes[] = {-1, 130101, 410100, 90018, 45009, 45033, 9499, 11232};

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

static struct json_object *member(struct json_object *o, const char *a, const char *b)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(o, a, &v) || json_object_object_get_ex(o, b, &v) ? v : NULL;
}

/* They answer 200 and say in the body what is wrong. */
static enum fate judge_robot(const char *body, char ret_why[FAIL_MAX])
{
    AUTO(json_free) struct json_object *o = NULL;
    struct json_object *code, *said;
    struct err e = {0};
    int64_t n;

    if (!json_parse(body, strlen(body), &o, &e) || !json_object_is_type(o, json_type_object) ||
        (code = member(o, "errcode", "code")) == NULL) {
        why(ret_why, "answer", 0, body);
        return FATE_LATER;
    }
    n = json_object_get_int64(code);
    if (n == 0)
        return FATE_SENT;
    said = member(o, "errmsg", "msg");
    why(ret_why, "robot", n, said == NULL ? "" : json_object_get_string(said));
    return is_busy(n) ? FATE_LATER : FATE_NEVER;
}

/* SMTP's own codes: 4xx is for now, 5xx for good. */
static enum fate judge_mail(int64_t status, const char *body, char ret_why[FAIL_MAX])
{
    if (status >= 200 && status < 300)
        return FATE_SENT;
    why(ret_why, "smtp", status, body);
    return status >= 500 ? FATE_NEVER : FATE_LATER;
}

enum fate answer_judge(const struct channel *c, int64_t status, const char *body, char ret_why[FAIL_MAX])
{
    enum fate f;

    ret_why[0] = '\0';
    if (c->type == CHANNEL_MAIL)
        return judge_mail(status, body, ret_why);
    f = judge_status(c, status, body, ret_why);
    if (f != FATE_SENT)
        return f;
    if (c->type == CHANNEL_DINGTALK || c->type == CHANNEL_WECOM || c->type == CHANNEL_FEISHU)
        return judge_robot(body, ret_why);
    if (c->type == CHANNEL_SMS && c->expects[0] != '\0' && strstr(body, c->expects) == NULL) {
        why(ret_why, "answer", status, body);
        return FATE_NEVER;
    }
    return FATE_SENT;
}
