/* A webhook: a CloudEvent (1.0, structured, JSON), signed over its id, its time and its body. */
#include "base/clock.h"
#include "base/text.h"
#include "json/json_out.h"
#include "notice/encode.h"
#include "notice/letter.h"

#include <inttypes.h>
#include <string.h>

enum { EVENT_MAX = 32 * 1024 };

static void write_record(struct json_out *j, const struct channel *c, const struct letter *l)
{
    jo_obj(j, "record");
    jo_uuid(j, "id", l->record);
    jo_str(j, "kind", l->kind);
    jo_str(j, "number", l->number);
    jo_str(j, "title", c->detail ? l->title : NULL);
    jo_str(j, "state", l->state);
    jo_close(j);
}

static void write_account(struct json_out *j, const struct letter *l)
{
    jo_obj(j, "account");
    jo_uuid(j, "id", l->account);
    jo_str(j, "login", l->login);
    jo_str(j, "name", l->name);
    jo_close(j);
}

static void write_data(struct json_out *j, const struct channel *c, const struct letter *l, struct arena *a)
{
    const char *link = letter_link(l, false, a);

    jo_obj(j, "data");
    jo_int(j, "district", l->district_code);
    jo_str(j, "what", l->what);
    jo_str(j, "text", letter_subject(l, c->detail, a));
    if (!uuid_is_nil(l->record))
        write_record(j, c, l);
    if (!uuid_is_nil(l->account))
        write_account(j, l);
    jo_str(j, "url", link[0] == '\0' ? NULL : link);
    jo_close(j);
}

static void write_event(struct json_out *j, const struct channel *c, const struct letter *l, struct arena *a)
{
    char record[UUID_TEXT_MAX], sort[WHAT_MAX];

    what_sort(l->what, sort);
    jo_obj(j, NULL);
    jo_str(j, "specversion", "1.0");
    jo_uuid(j, "id", l->id);
    jo_str(j, "source",
           arena_printf(a, "%s/districts/%" PRId64, l->public_url == NULL ? "" : l->public_url,
                        l->district_code));
    jo_str(j, "type", arena_printf(a, "wangge.notice.%s", sort));
    if (!uuid_is_nil(l->record)) {
        uuid_format(l->record, record);
        jo_str(j, "subject", record);
    }
    jo_time(j, "time", l->at, l->offset_min);
    jo_str(j, "datacontenttype", "application/json");
    write_data(j, c, l, a);
    jo_close(j);
}

static void sign(const struct channel_secrets *s, const struct chance *with, const char *id, const char *body,
                 struct arena *a, struct parcel *ret)
{
    const char *time = arena_printf(a, "%" PRId64, with->now / 1000);
    const char *text = arena_printf(a, "%s.%s.%s", id, time, body);
    uint8_t mac[SHA256_BYTES];

    encode_hmac_sha256(s->secret, strlen(s->secret), text, strlen(text), mac);
    parcel_header(ret, arena_printf(a, "webhook-timestamp: %s", time));
    parcel_header(ret,
                  arena_printf(a, "webhook-signature: v1,%s", encode_base64(a, mac, sizeof(mac), false)));
}

bool parcel_webhook(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                    const struct chance *with, struct arena *a, struct parcel *ret, struct err *e)
{
    char id[UUID_TEXT_MAX];
    AUTO(jo_free) struct json_out j = {0};

    jo_begin(&j, EVENT_MAX);
    write_event(&j, c, l, a);
    ret->body = arena_strdup(a, j.buf == NULL ? "" : j.buf);
    ret->n_body = j.len;
    if (!jo_end(&j, e))
        return false;
    uuid_format(l->id, id);
    ret->url = s->url;
    parcel_header(ret, "Content-Type: application/cloudevents+json; charset=utf-8");
    parcel_header(ret, arena_printf(a, "webhook-id: %s", id));
    if (s->secret[0] != '\0')
        sign(s, with, id, ret->body, a, ret);
    return true;
}
