/* Payment providers: set up by administrators, chosen by payers. */
#include "base/text.h"
#include "identity/account.h"
#include "payment.sql.h"
#include "payment/payment.h"

#include <stddef.h>
#include <string.h>

enum {
    PROVIDERS_MAX = 16,
    NAME_MAX_CHARS = 20,
    TITLE_CHARS = 40,
    URL_CHARS = 500,
    KEY_CHARS = 4000,
    HMAC_MIN = 16
};

bool payment_check(struct sql *db, struct err *e)
{
    return sql_check(db, payment_queries, PAYMENT_Q__MAX, e);
}

static struct provider provider_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct provider){.name = arena_strdup(a, sql_text(rows, 0)),
                             .id = sql_uuid(rows, 1),
                             .title = arena_strdup(a, sql_text(rows, 2)),
                             .active = sql_int(rows, 3) != 0,
                             .scheme = str_eq(sql_text(rows, 4), "rsa") ? SCHEME_RSA : SCHEME_HMAC,
                             .url = arena_strdup(a, sql_text(rows, 5)),
                             .secret = arena_strdup(a, sql_text(rows, 6)),
                             .public_key = arena_strdup(a, sql_text(rows, 7)),
                             .version = sql_int(rows, 8)};
}

bool provider_get(struct req *r, struct sql_tx *tx, const char *name, struct provider *ret, bool *ret_there,
                  struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &payment_queries[PAYMENT_Q_PROVIDER_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_TEXT(name)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = provider_row(rows, r->arena);
    return sql_end(&rows, e);
}

/* What administrators see besides; never the secret. */
static void write_provider(struct req *r, const struct provider *p, bool admin)
{
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "name", p->name);
    jo_str(&r->out, "title", p->title);
    jo_bool(&r->out, "active", p->active);
    if (admin) {
        jo_str(&r->out, "scheme", scheme_name(p->scheme));
        jo_str(&r->out, "url", p->url);
        jo_str(&r->out, "public_key", p->public_key);
        jo_bool(&r->out, "has_secret", p->secret[0] != '\0');
        jo_int(&r->out, "version", p->version);
    }
    jo_close(&r->out);
}

bool get_providers(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool admin = principal_has_role(r->who, "admin");

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &payment_queries[PAYMENT_Q_PROVIDERS], &rows, e, SQL_INT(r->services->district),
                   SQL_INT(PROVIDERS_MAX)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    while (sql_next(rows)) {
        const struct provider p = provider_row(rows, r->arena);

        if (p.active || admin)
            write_provider(r, &p, admin);
    }
    jo_close(&r->out);
    jo_str(&r->out, "next", NULL);
    jo_close(&r->out);
    return sql_end(&rows, e);
}

/* --- setting one up --- */

struct put_body {
    const char *title, *scheme, *url, *secret, *public_key;
    bool active;
    int64_t version;
};

static bool read_body(struct req *r, struct put_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"title", JSON_TEXT, offsetof(struct put_body, title), true, 1, TITLE_CHARS},
        {"active", JSON_BOOL, offsetof(struct put_body, active), false, 0, 0},
        {"scheme", JSON_TEXT, offsetof(struct put_body, scheme), true, 1, 8},
        {"url", JSON_TEXT, offsetof(struct put_body, url), true, 1, URL_CHARS},
        {"secret", JSON_TEXT, offsetof(struct put_body, secret), false, 0, KEY_CHARS},
        {"public_key", JSON_TEXT, offsetof(struct put_body, public_key), false, 0, KEY_CHARS},
        {"version", JSON_INT, offsetof(struct put_body, version), false, 0, INT32_MAX},
    };

    *ret = (struct put_body){.active = true, .public_key = "", .version = -1};
    return json_read(r->json, "", members, COUNT_OF(members), ret, e);
}

static bool name_ok(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n > 0 && n <= NAME_MAX_CHARS && s[n] == '\0';
}

/* A payer's browser is sent there; only a test's provider is on this machine and without TLS. */
static bool url_ok(const char *s)
{
    bool safe =
        str_starts(s, "https://") || str_starts(s, "http://127.0.0.1:") || str_starts(s, "http://[::1]:");

    return safe && strpbrk(s, " \"'<>\\\t\r\n?#") == NULL;
}

static bool keys_fit(const struct put_body *b, bool has_secret, struct err *e)
{
    bool rsa = str_eq(b->scheme, "rsa");

    if (!rsa && !str_eq(b->scheme, "hmac"))
        return ERR_FIELD(e, "scheme", "payment.scheme", "scheme 须是 hmac 或 rsa",
                         "scheme must be hmac or rsa");
    if (b->secret == NULL && !has_secret)
        return ERR_FIELD(e, "secret", "input.required", "请填写密钥", "the key is missing");
    if (b->secret != NULL && (rsa ? !payment_key_ok(b->secret, true) : strlen(b->secret) < HMAC_MIN))
        return ERR_FIELD(e, "secret", "payment.secret",
                         "密钥须是 PEM 格式的 RSA 私钥（2048 位以上），或 16 个字符以上",
                         "the key must be an RSA private key as PEM, of 2048 bits, or 16 characters");
    if (rsa && !payment_key_ok(b->public_key, false))
        return ERR_FIELD(e, "public_key", "payment.public_key",
                         "请填写支付渠道的 RSA 公钥（PEM，2048 位以上）",
                         "the provider's RSA public key is needed, as PEM, of 2048 bits");
    return true;
}

static bool change(struct req *r, const struct put_body *b, bool there, struct provider *p, struct err *e)
{
    uint8_t hash[HASH_BYTES];

    if (there && b->version != p->version)
        return ERR(e, ERR_CONFLICT, "payment.stale", "支付渠道已被他人修改（现为第 %lld 版），请刷新后再改",
                   "the provider has changed meanwhile (now version %lld): reload it", (long long)p->version);
    if (!keys_fit(b, there && p->secret[0] != '\0', e))
        return false;
    if (!url_ok(b->url))
        return ERR_FIELD(e, "url", "payment.url", "地址须以 https:// 开头，不带参数",
                         "the address must begin with https:// and have no parameters");
    if (!there) {
        privacy_hash(r->services->privacy, p->name, strlen(p->name), "provider", 8, hash);
        p->id = uuid_v7(r->now, hash);
        p->secret = "";
        p->version = 0;
    }
    p->title = b->title;
    p->active = b->active;
    p->scheme = str_eq(b->scheme, "rsa") ? SCHEME_RSA : SCHEME_HMAC;
    p->url = b->url;
    p->public_key = p->scheme == SCHEME_RSA ? b->public_key : "";
    if (b->secret != NULL)
        p->secret = privacy_seal(r->services->privacy, r->arena, p->id, "secret", b->secret);
    p->version++;
    return true;
}

static bool store(struct req *r, struct sql_tx *tx, const struct provider *p, struct err *e)
{
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    struct json_out detail;

    jo_begin(&detail, 4096);
    jo_obj(&detail, NULL);
    jo_str(&detail, "name", p->name);
    jo_str(&detail, "title", p->title);
    jo_bool(&detail, "active", p->active);
    jo_str(&detail, "scheme", scheme_name(p->scheme));
    jo_str(&detail, "url", p->url);
    jo_close(&detail);
    return sql_run(tx, &payment_queries[PAYMENT_Q_PROVIDER_PUT], e, SQL_INT(r->services->district),
                   SQL_TEXT(p->name), SQL_UUID(&p->id), SQL_TEXT(p->title), SQL_INT(p->active),
                   SQL_TEXT(scheme_name(p->scheme)), SQL_TEXT(p->url), SQL_TEXT(p->secret),
                   SQL_TEXT(p->public_key), SQL_INT(p->version), SQL_UUID(&r->who->account),
                   SQL_INT(r->now)) &&
           audit_about(tx, &by, "payment.provider", p->id, &detail, e);
}

bool put_provider(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct put_body b;
    struct provider p = {.name = r->path_param[0]};
    bool there = false;

    if (!name_ok(p.name))
        return ERR_FIELD(e, "name", "payment.name", "名称须是 1 到 20 个小写字母、数字或 -",
                         "a name has 1 to 20 of a-z, 0-9 and -");
    if (!read_body(r, &b, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !provider_get(r, tx, p.name, &p, &there, e) || !change(r, &b, there, &p, e) || !store(r, tx, &p, e))
        return false;
    write_provider(r, &p, true);
    return sql_commit(&tx, e);
}
