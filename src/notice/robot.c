/* Robots of chat groups: DingTalk, WeCom, Feishu. Each takes a text; they differ in how a request is signed
 * and in what they answer. */
#include "base/text.h"
#include "json/json_out.h"
#include "notice/encode.h"
#include "notice/letter.h"

#include <inttypes.h>
#include <string.h>

enum { BODY_MAX = 16384, TEXT_BYTES_MAX = 1500 }; /* with its link it stays below the 2048 that WeCom takes */

/* DingTalk signs with the secret as the key, Feishu with the text as the key and nothing to sign. */
static const char *sign(const struct channel *c, const char *secret, const char *time, struct arena *a)
{
    const char *text = arena_printf(a, "%s\n%s", time, secret);
    uint8_t mac[SHA256_BYTES];

    if (c->type == CHANNEL_FEISHU)
        encode_hmac_sha256(text, strlen(text), "", 0, mac);
    else
        encode_hmac_sha256(secret, strlen(secret), text, strlen(text), mac);
    return encode_base64(a, mac, sizeof(mac), false);
}

static const char *signed_url(const struct channel *c, const struct channel_secrets *s, int64_t now,
                              struct arena *a)
{
    const char *time = arena_printf(a, "%" PRId64, now), *url;
    struct buf b;

    buf_init(&b, 256);
    encode_percent(&b, sign(c, s->secret, time, a));
    url = arena_printf(a, "%s%stimestamp=%s&sign=%s", s->url, strchr(s->url, '?') == NULL ? "?" : "&", time,
                       buf_text(&b));
    buf_free(&b);
    return url;
}

static void write_feishu(struct json_out *j, const struct channel *c, const struct channel_secrets *s,
                         const char *text, int64_t now, struct arena *a)
{
    const char *time = arena_printf(a, "%" PRId64, now / 1000);

    if (s->secret[0] != '\0') {
        jo_str(j, "timestamp", time);
        jo_str(j, "sign", sign(c, s->secret, time, a));
    }
    jo_str(j, "msg_type", "text");
    jo_obj(j, "content");
    jo_str(j, "text", text);
    jo_close(j);
}

static void write_text(struct json_out *j, const char *text)
{
    jo_str(j, "msgtype", "text");
    jo_obj(j, "text");
    jo_str(j, "content", text);
    jo_close(j);
}

static const char *text_of(const struct channel *c, const struct letter *l, struct arena *a)
{
    const char *text = letter_text(l, c->detail, a), *link = letter_link(l, false, a);
    size_t n = strlen(text);

    return arena_printf(a, "%.*s%s%s", (int)(n > TEXT_BYTES_MAX ? utf8_cut(text, TEXT_BYTES_MAX) : n), text,
                        link[0] == '\0' ? "" : "\n", link);
}

bool parcel_robot(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                  const struct chance *with, struct arena *a, struct parcel *ret, struct err *e)
{
    const char *text = text_of(c, l, a);
    AUTO(jo_free) struct json_out j = {0};

    jo_begin(&j, BODY_MAX);
    jo_obj(&j, NULL);
    if (c->type == CHANNEL_FEISHU)
        write_feishu(&j, c, s, text, with->now, a);
    else
        write_text(&j, text);
    jo_close(&j);
    ret->url = c->type == CHANNEL_DINGTALK && s->secret[0] != '\0' ? signed_url(c, s, with->now, a) : s->url;
    ret->body = arena_strdup(a, j.buf == NULL ? "" : j.buf);
    ret->n_body = j.len;
    parcel_header(ret, "Content-Type: application/json; charset=utf-8");
    return jo_end(&j, e);
}
