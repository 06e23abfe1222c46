/* SMS gateways: none is like the other, so their request is a template with {phone} {text} {id} {time}
 * {secret}, each written as its place wants it. */
#include "base/text.h"
#include "notice/encode.h"
#include "notice/letter.h"

#include <inttypes.h>
#include <string.h>

enum { FILLED_MAX = 16 * 1024, NAMES = 5 };

/* A JSON body, a form (and the address), a header's line. */
enum dress { DRESS_URL, DRESS_JSON, DRESS_PLAIN };

static void put(struct buf *b, enum dress dress, const char *value)
{
    if (dress == DRESS_URL)
        encode_percent(b, value);
    else if (dress == DRESS_JSON)
        encode_json_inside(b, value);
    else
        buf_str(b, value);
}

/* What stands in no braces of ours stays: a JSON body has many. */
static const char *fill(const char *template, enum dress dress, const char *const values[NAMES],
                        struct arena *a, struct err *e)
{
    static const char *const names[NAMES] = {"{phone}", "{text}", "{id}", "{time}", "{secret}"};
    const char *ret = NULL;
    struct buf b;

    buf_init(&b, FILLED_MAX);
    for (const char *s = template; *s != '\0';) {
        size_t i = 0;

        while (i < NAMES && !str_starts(s, names[i]))
            i++;
        if (i < NAMES)
            put(&b, dress, values[i]);
        else
            buf_char(&b, *s);
        s += i < NAMES ? strlen(names[i]) : 1;
    }
    if (b.failed)
        (void)ERR(e, ERR_INVALID, "notice.too_long", "填好的短信请求太长",
                  "the request to the gateway is too long");
    else
        ret = arena_strdup(a, buf_text(&b));
    buf_free(&b);
    return ret;
}

static bool is_json(const char *body)
{
    return body[strspn(body, " \t\r\n")] == '{' || body[strspn(body, " \t\r\n")] == '[';
}

bool parcel_sms(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                const struct chance *with, struct arena *a, struct parcel *ret, struct err *e)
{
    const char *link = letter_link(l, true, a), *header;
    const char *text =
        arena_printf(a, "%s%s%s", letter_text(l, c->detail, a), link[0] == '\0' ? "" : " ", link);
    char id[UUID_TEXT_MAX];
    const char *const values[NAMES] = {l->phone, text, id, arena_printf(a, "%" PRId64, with->now), s->secret};

    if (l->phone == NULL)
        return ERR(e, ERR_INVALID, "notice.no_address", "没有手机号码", "there is no telephone number");
    uuid_format(l->id, id);
    ret->get = c->body[0] == '\0';
    if ((ret->url = fill(s->url, DRESS_URL, values, a, e)) == NULL ||
        (ret->body = fill(c->body, is_json(c->body) ? DRESS_JSON : DRESS_URL, values, a, e)) == NULL ||
        (header = fill(c->header, DRESS_PLAIN, values, a, e)) == NULL)
        return false;
    ret->n_body = strlen(ret->body);
    if (!ret->get)
        parcel_header(ret, is_json(c->body) ? "Content-Type: application/json; charset=utf-8"
                                            : "Content-Type: application/x-www-form-urlencoded");
    if (header[0] != '\0')
        parcel_header(ret, header);
    return true;
}
