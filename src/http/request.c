#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes s[0..n) in place; "+" is a blank in forms. */
static bool decode(char *s, size_t n, bool form)
{
    char *out = s;
    const char *end = s + n, *start = s;

    for (const char *in = s; in < end; in++) {
        if (*in == '%') {
            int hi = end - in > 2 ? hex_digit(in[1]) : -1, lo = end - in > 2 ? hex_digit(in[2]) : -1;
            if (hi < 0 || lo < 0)
                return false;
            *out++ = (char)(hi * 16 + lo);
            in += 2;
        } else {
            *out++ = (char)(form && *in == '+' ? ' ' : *in);
        }
    }
    *out = '\0';
    return utf8_valid(start, (size_t)(out - start));
}

bool request_add(struct req *r, const char *name, const char *value, struct err *e)
{
    if (r->n_query == COUNT_OF(r->query))
        return ERR(e, ERR_MALFORMED, "http.query", "参数过多，至多 %zu 个",
                   "too many parameters, at most %zu", COUNT_OF(r->query));
    r->query[r->n_query++] = (struct param){name, value};
    return true;
}

bool request_form(struct exchange *x, char *text, struct err *e)
{
    for (char *pair = text, *next; pair != NULL && *pair != '\0'; pair = next) {
        next = strchr(pair, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(pair, '=');
        if (value != NULL)
            *value++ = '\0';
        else
            value = pair + strlen(pair);
        if (*pair == '\0' && *value == '\0')
            continue;
        if (!decode(pair, strlen(pair), true) || !decode(value, strlen(value), true))
            return ERR(e, ERR_MALFORMED, "http.query", "参数须是百分号编码的 UTF-8 文本",
                       "parameters must be percent-encoded UTF-8 text");
        if (!request_add(&x->r, pair, value, e))
            return false;
    }
    return true;
}

bool request_target(struct exchange *x, const char *target, struct err *e)
{
    size_t n = strcspn(target, "?#");

    x->r.path = arena_strndup(x->r.arena, target, n);
    if (target[0] != '/')
        return ERR(e, ERR_MALFORMED, "http.path", "请求路径须以 / 开头", "the path must begin with /");
    if (target[n] != '?')
        return true;
    return request_form(x, arena_strdup(x->r.arena, target + n + 1), e);
}

bool request_params(struct exchange *x, const struct match *m, struct err *e)
{
    for (size_t i = 0; i < ROUTER_PARAMS_MAX && m->part[i].s != NULL; i++) {
        char *s = arena_strndup(x->r.arena, m->part[i].s, m->part[i].n);
        if (!decode(s, m->part[i].n, false))
            return ERR(e, ERR_MALFORMED, "http.path", "路径须是百分号编码的 UTF-8 文本",
                       "the path must be percent-encoded UTF-8 text");
        x->r.path_param[i] = s;
    }
    return true;
}

/* Cookie: a=1; wangge_session=TOKEN; b=2 */
static const char *cookie_token(struct arena *a, const char *s)
{
    static const char name[] = "wangge_session=";

    for (; s != NULL; s = strchr(s, ';')) {
        s += strspn(s, "; \t");
        if (strncmp(s, name, sizeof name - 1) == 0) {
            s += sizeof name - 1;
            return arena_strndup(a, s, strcspn(s, "; \t"));
        }
    }
    return NULL;
}

const char *request_token(struct exchange *x)
{
    const char *s = x->header(x, "Authorization");

    if (s != NULL && strncasecmp(s, "Bearer ", 7) == 0) {
        s += 7 + strspn(s + 7, " ");
        return arena_strdup(x->r.arena, s);
    }
    s = cookie_token(x->r.arena, x->header(x, "Cookie"));
    if (s == NULL || *s == '\0')
        return NULL;
    x->cookie = true;
    return s;
}

/* A proxy on this machine asks from here for the whole world; those that are set up right say so. */
bool request_is_local(const struct exchange *x)
{
    static const char *const proxies[] = {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"};

    for (size_t i = 0; i < COUNT_OF(proxies); i++)
        if (x->header(x, proxies[i]) != NULL)
            return false;
    return str_starts(x->r.client, "127.") || str_eq(x->r.client, "::1") ||
           str_starts(x->r.client, "::ffff:127.");
}

/* The q of one element of an Accept… header, in thousandths. */
static int quality(const char *s, size_t n)
{
    const char *q = memmem(s, n, ";q=", 3);

    if (q == NULL)
        q = memmem(s, n, "; q=", 4);
    if (q == NULL)
        return 1000;
    q = strchr(q, '=') + 1;
    int value = *q == '1' ? 1000 : 0;
    if (*q == '0' && q[1] == '.')
        for (int i = 0, unit = 100; i < 3 && q[2 + i] >= '0' && q[2 + i] <= '9'; i++, unit /= 10)
            value += (q[2 + i] - '0') * unit;
    return value;
}

/* The best q that any element beginning with `what` has, 0 if none does. */
static int wanted(const char *accept, const char *what)
{
    int best = 0;

    while (accept != NULL && *accept != '\0') {
        accept += strspn(accept, ", \t");
        size_t n = strcspn(accept, ",");
        if (strncasecmp(accept, what, strlen(what)) == 0) {
            int q = quality(accept, n);
            best = q > best ? q : best;
        }
        accept += n;
    }
    return best;
}

enum lang request_lang(const char *query, const char *accept)
{
    if (query != NULL)
        return strncasecmp(query, "en", 2) == 0 ? LANG_EN : LANG_ZH;
    return wanted(accept, "en") > wanted(accept, "zh") ? LANG_EN : LANG_ZH;
}

bool request_accepts_gzip(const char *accept_encoding)
{
    return wanted(accept_encoding, "gzip") > 0;
}

int64_t request_if_match(const char *s)
{
    char digits[24];
    int64_t version;

    if (s == NULL)
        return -1;
    s += strncmp(s, "W/", 2) == 0 ? 2 : 0;
    s += *s == '"';
    size_t n = strcspn(s, "\" \t");
    if (n == 0 || n >= sizeof digits)
        return -1;
    memcpy(digits, s, n);
    digits[n] = '\0';
    return parse_int64(digits, &version) && version >= 0 ? version : -1;
}

bool request_is(const char *content_type, const char *mime)
{
    size_t n = strlen(mime);

    return content_type != NULL && strncasecmp(content_type, mime, n) == 0 &&
           (content_type[n] == '\0' || strchr("; \t", content_type[n]) != NULL);
}

const char *req_query(const struct req *r, const char *name)
{
    for (size_t i = 0; i < r->n_query; i++)
        if (strcmp(r->query[i].name, name) == 0)
            return r->query[i].value[0] == '\0' ? NULL : r->query[i].value;
    return NULL;
}

bool req_query_int(const struct req *r, const char *name, int64_t min, int64_t max, int64_t fallback,
                   int64_t *ret, struct err *e)
{
    const char *s = req_query(r, name);
    int64_t n = fallback;

    if (s != NULL && (!parse_int64(s, &n) || n < min || n > max))
        return ERR_FIELD(e, name, "input.range", "须是 %lld 到 %lld 的整数",
                         "must be a whole number from %lld to %lld", (long long)min, (long long)max);
    *ret = n;
    return true;
}

bool req_query_day(const struct req *r, const char *name, int after, int64_t fallback, int64_t *ret,
                   struct err *e)
{
    enum { DAY_MS = 86400000, MINUTE_MS = 60000 };
    const char *s = req_query(r, name);
    int64_t day;

    *ret = fallback;
    if (s == NULL)
        return true;
    if (!date_parse(s, &day))
        return ERR_FIELD(e, name, "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    *ret = (day + after) * DAY_MS - (int64_t)r->services->offset_min * MINUTE_MS;
    return true;
}

bool req_query_moment(const struct req *r, const char *name, int64_t *ret, struct err *e)
{
    const char *s = req_query(r, name);

    *ret = 0;
    if (s == NULL)
        return true;
    if (!rfc3339_parse(s, ret))
        return ERR_FIELD(e, name, "input.time", "时间须形如 2026-11-21T08:30:00+08:00",
                         "times read like 2026-11-21T08:30:00+08:00");
    if (*ret > r->now)
        *ret = 0; /* still to come: then it is now */
    return true;
}

bool req_uuid(const struct req *r, int i, struct uuid *ret, struct err *e)
{
    if (r->path_param[i] != NULL && uuid_parse(r->path_param[i], ret))
        return true;
    return ERR(e, ERR_NOT_FOUND, "http.id", "没有这个编号的内容：编号须是 UUID",
               "there is nothing with this id: an id is a UUID");
}

void req_header(struct req *r, const char *name, const char *value)
{
    if (r->n_headers < COUNT_OF(r->headers))
        r->headers[r->n_headers++] = (struct param){name, value};
}

const char *req_header_in(const struct req *r, const char *name)
{
    const struct exchange *x = (const struct exchange *)r;

    return x->header(x, name);
}

void req_wake(struct req *r)
{
    struct exchange *x = (struct exchange *)r;

    /* Only a sleeping carrier is touched: one that is still in the handler finds the
     * mark itself, and may have ended the request before this returns. */
    if (atomic_exchange(&x->wake, WAKE_DONE) == WAKE_ASLEEP)
        x->resume(x);
}
