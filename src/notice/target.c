#include "notice/target.h"

#include "base/text.h"
#include "notice/channel.h"
#include "notice/notice.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

static const size_t ARENA = 16384;

struct net {
    uint32_t address;
    int bits;
};

static bool v4_private(uint32_t a)
{
    /* IANA's registry of special purposes: what is not reachable from everywhere. */
    static const struct net nets[] = {
        {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
        {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
        {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
    };

    for (size_t i = 0; i < COUNT_OF(nets); i++)
        if ((a ^ nets[i].address) >> (32 - nets[i].bits) == 0)
            return true;
    return false;
}

static uint32_t v4_at(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Public is 2000::/3, less what wraps addresses of the old kind, which are judged themselves. */
static bool v6_private(const uint8_t b[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
                         nat64[12] = {0, 0x64, 0xff, 0x9b}, six_to_four[2] = {0x20, 0x02},
                         teredo[4] = {0x20, 0x01}, documentation[4] = {0x20, 0x01, 0x0d, 0xb8};

    if (memcmp(b, mapped, sizeof(mapped)) == 0 || memcmp(b, nat64, sizeof(nat64)) == 0)
        return v4_private(v4_at(b + 12));
    if (memcmp(b, six_to_four, sizeof(six_to_four)) == 0)
        return v4_private(v4_at(b + 2));
    return (b[0] & 0xe0) != 0x20 || memcmp(b, teredo, sizeof(teredo)) == 0 ||
           memcmp(b, documentation, sizeof(documentation)) == 0;
}

bool target_is_private(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        return v4_private(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return true;
    memcpy(&v6, address, sizeof(v6));
    return v6_private(v6.sin6_addr.s6_addr);
}

bool target_allowed(const char *allowed, const char *host)
{
    return allowed != NULL && list_has(allowed, host);
}

/* An address in digits; a name is looked up when we connect. */
static bool host_is_private(const char *host)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char bare[TARGET_HOST_MAX];
    size_t n = strlen(host);

    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        return target_is_private((const struct sockaddr *)&v4);
    if (host[0] == '[' && n > 2) {
        str_copy(bare, n - 1 < sizeof(bare) ? n - 1 : sizeof(bare), host + 1);
        return inet_pton(AF_INET6, bare, &v6.sin6_addr) != 1 ||
               target_is_private((const struct sockaddr *)&v6);
    }
    return str_eq(host, "localhost") || str_ends(host, ".localhost") || str_ends(host, ".local");
}

static void url_cleanup(CURLU **u)
{
    curl_url_cleanup(*u);
    *u = NULL;
}

/* NULL where the address has none. */
static const char *part(CURLU *u, CURLUPart what, struct arena *a)
{
    char *text = NULL;
    const char *copy;

    if (curl_url_get(u, what, &text, 0) != CURLUE_OK)
        return NULL;
    copy = arena_strdup(a, text);
    curl_free(text);
    return copy;
}

/* Spaces, controls and what is no ASCII are no part of an address. */
static bool is_plain(const char *url)
{
    for (const char *s = url; *s != '\0'; s++)
        if (*s <= ' ' || *s > '~')
            return false;
    return true;
}

static bool judge(const struct target *t, bool mail, const char *allowed, const char *field, struct err *e)
{
    bool safe = str_eq(t->scheme, mail ? "smtps" : "https");
    bool known = safe || str_eq(t->scheme, mail ? "smtp" : "http");

    if (!known)
        return ERR_FIELD(e, field, "target.scheme", "地址须以 %s 开头", "the address must begin with %s",
                         mail ? "smtp:// 或 or smtps://" : "https://");
    if (target_allowed(allowed, t->host))
        return true;
    if (!safe && !mail)
        return ERR_FIELD(e, field, "target.scheme",
                         "地址须以 https:// 开头；内网的服务器可由 --private-targets 放行",
                         "the address must begin with https://; --private-targets can except a host");
    return !host_is_private(t->host) ||
           ERR_FIELD(e, field, "target.private",
                     "不能连接内网地址 %.60s；确有需要时由 --private-targets 放行",
                     "%.60s is a private address: --private-targets can except it", t->host);
}

bool sender_proxy_ok(const char *proxy, struct err *e)
{
    static const char *const schemes[] = {"http", "https", "socks5", "socks5h"};
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    AUTO(url_cleanup) CURLU *u = curl_url();
    const char *scheme = NULL;

    if (proxy == NULL || proxy[0] == '\0')
        return true;
    if (u != NULL && strlen(proxy) <= TARGET_URL_MAX && is_plain(proxy) &&
        curl_url_set(u, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        part(u, CURLUPART_HOST, a) != NULL)
        scheme = part(u, CURLUPART_SCHEME, a);
    for (size_t i = 0; scheme != NULL && i < COUNT_OF(schemes); i++)
        if (str_eq(scheme, schemes[i]))
            return true;
    return ERR(e, ERR_INVALID, "notice.proxy", "代理地址须形如 http://proxy.example.cn:3128，或 socks5h://…",
               "a proxy reads like http://proxy.example.cn:3128, or socks5h://…");
}

bool target_read(const char *url, bool mail, const char *allowed, const char *field, struct arena *a,
                 struct target *ret, struct err *e)
{
    AUTO(url_cleanup) CURLU *u = curl_url();
    const char *port, *path;

    if (u == NULL || strlen(url) > TARGET_URL_MAX || !is_plain(url) ||
        curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER) != CURLUE_OK ||
        (ret->host = part(u, CURLUPART_HOST, a)) == NULL || ret->host[0] == '\0' ||
        strlen(ret->host) >= TARGET_HOST_MAX || part(u, CURLUPART_FRAGMENT, a) != NULL)
        return ERR_FIELD(e, field, "target.url", "不是可用的网址，应形如 https://example.cn/path",
                         "this is no address that can be used, such as https://example.cn/path");
    ret->scheme = part(u, CURLUPART_SCHEME, a);
    port = part(u, CURLUPART_PORT, a);
    path = part(u, CURLUPART_PATH, a);
    ret->origin = arena_printf(a, "%s://%s%s%s", ret->scheme, ret->host, port == NULL ? "" : ":",
                               port == NULL ? "" : port);
    ret->place = arena_printf(a, "%s%s", ret->origin, path == NULL || str_eq(path, "/") ? "" : "/…");
    return judge(ret, mail, allowed, field, e);
}
