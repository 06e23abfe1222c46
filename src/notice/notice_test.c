/* What needs no network: encryption, signatures, texts, addresses, pauses. */
#include "base/clock.h"
#include "base/text.h"
#include "json/json_in.h"
#include "notice/encode.h"
#include "notice/letter.h"
#include "notice/outbox.h"
#include "notice/sender.h"
#include "notice/target.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

/* Says both texts where they differ. */
static void same_text(int line, const char *got, const char *wanted)
{
    if (got == NULL || strcmp(got, wanted) != 0) {
        (void)printf("# line %d: “%s”, not “%s”\n", line, got == NULL ? "(none)" : got, wanted);
        test_failures++;
    }
}
#define check_str(got, wanted) same_text(__LINE__, (got), (wanted))

static const size_t ARENA = (size_t)8 << 20;
static struct arena *arena;

static struct arena *a(void)
{
    if (arena == NULL)
        arena = arena_create(ARENA);
    return arena;
}

static void read_bytes(const char *text, uint8_t *ret, size_t n)
{
    size_t got = 0;

    check(decode_base64url(text, ret, n, &got) && got == n);
}

/* --- Web Push --- */

/* RFC 8291, section 5. */
#define UA_PUBLIC  "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define UA_AUTH    "BTBZMqHH6r4Tts7J_aSIgg"
#define AS_PRIVATE "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define AS_PUBLIC  "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"

static struct push_key rfc_key(void)
{
    struct push_key k;

    read_bytes(AS_PRIVATE, k.scalar, sizeof(k.scalar));
    read_bytes(AS_PUBLIC, k.point, sizeof(k.point));
    return k;
}

TEST(encrypts_as_the_example_of_rfc_8291)
{
    static const char plain[] = "When I grow up, I want to be a watermelon";
    struct push_key from = rfc_key();
    uint8_t salt[PUSH_SALT];
    struct push_keys to;
    const uint8_t *body;
    struct err e = {0};
    size_t n;

    read_bytes("DGv6ra1nlYgDCS1FRnbzlw", salt, sizeof(salt));
    check(push_keys_read(UA_PUBLIC, UA_AUTH, &to, &e));
    check(push_encrypt_with(&to, &from, salt, plain, strlen(plain), a(), &body, &n, &e));
    check_str(encode_base64(a(), body, n, true),
              "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
              "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
              "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(each_message_has_a_key_and_salt_of_its_own)
{
    const uint8_t *one, *two;
    struct push_keys to;
    struct err e = {0};
    size_t n;

    check(push_keys_read(UA_PUBLIC, UA_AUTH, &to, &e));
    check(push_encrypt(&to, "x", 1, a(), &one, &n, &e) && n == 1 + PUSH_OVERHEAD);
    check(push_encrypt(&to, "x", 1, a(), &two, &n, &e));
    check(memcmp(one, two, PUSH_SALT) != 0 && memcmp(one + 21, two + 21, P256_POINT) != 0);
}

TEST(keys_that_are_none_are_refused)
{
    static const char *const bad[][2] = {
        {"", UA_AUTH},
        {UA_PUBLIC, ""},
        {UA_PUBLIC, "BTBZMqHH6r4Tts7J_aSI"},
        {"!!!", UA_AUTH},
        /* the last byte changed: not on the curve */
        {"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw8", UA_AUTH},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct push_keys k;
        struct err e = {0};

        check(!push_keys_read(bad[i][0], bad[i][1], &k, &e));
        check_str(e.details[0].key, "push.keys");
    }
}

/* As a push service would: the token's signature against the key that stands beside it. */
static bool verifies(const char *text, size_t n_text, const uint8_t signature[64], uint8_t point[P256_POINT])
{
    char group[] = "P-256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, P256_POINT),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    ECDSA_SIG *s = ECDSA_SIG_new();
    EVP_PKEY *k = NULL;
    uint8_t *der = NULL;
    int n;
    bool ok;

    check(ECDSA_SIG_set0(s, BN_bin2bn(signature, 32, NULL), BN_bin2bn(signature + 32, 32, NULL)) == 1);
    n = i2d_ECDSA_SIG(s, &der);
    check(EVP_PKEY_fromdata_init(c) == 1 &&
          EVP_PKEY_fromdata(c, &k, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)(uintptr_t)params) == 1);
    check(EVP_DigestVerifyInit(m, NULL, EVP_sha256(), NULL, k) == 1);
    ok = EVP_DigestVerify(m, der, (size_t)n, (const uint8_t *)text, n_text) == 1;
    OPENSSL_free(der);
    ECDSA_SIG_free(s);
    EVP_PKEY_free(k);
    EVP_PKEY_CTX_free(c);
    EVP_MD_CTX_free(m);
    return ok;
}

TEST(vapid_is_signed_so_that_openssl_verifies_it)
{
    uint8_t signature[64], point[P256_POINT], claims[300];
    struct push_key key;
    const char *line, *dot, *end;
    struct err e = {0};
    size_t n;

    check(push_key_make(&key, &e));
    check(push_vapid(&key, "https://push.example.cn", "mailto:wg@example.cn", 1763820000, a(), &line, &e));
    check(str_starts(line, "vapid t="));
    line += strlen("vapid t=");
    dot = strrchr(line, '.');
    end = strchr(line, ',');
    check(dot != NULL && end != NULL && str_starts(end, ", k="));
    dot = memrchr(line, '.', (size_t)(end - line));
    read_bytes(arena_strndup(a(), dot + 1, (size_t)(end - dot - 1)), signature, sizeof(signature));
    read_bytes(end + strlen(", k="), point, sizeof(point));
    check(memcmp(point, key.point, sizeof(point)) == 0);
    check(verifies(line, (size_t)(dot - line), signature, point));
    signature[5] ^= 1;
    check(!verifies(line, (size_t)(dot - line), signature, point));
    check(decode_base64url(arena_strndup(a(), strchr(line, '.') + 1, (size_t)(dot - strchr(line, '.') - 1)),
                           claims, sizeof(claims), &n));
    check_str(arena_strndup(a(), (const char *)claims, n),
              "{\"aud\":\"https://push.example.cn\",\"exp\":1763820000,\"sub\":\"mailto:wg@example.cn\"}");
}

/* --- letters --- */

static const struct title incident = {"事件", "Incident"};

static struct letter example(void)
{
    struct letter l = {.what = "ring",
                       .at = INT64_C(1763776800123),
                       .offset_min = 480,
                       .district = "衢江",
                       .district_code = 330803,
                       .public_url = "https://wg.example.cn/",
                       .channel = "值班群",
                       .login = "worker",
                       .name = "张三",
                       .staff = true,
                       .kind = "incident",
                       .number = "衢江-2026-000123",
                       .title = "路灯不亮",
                       .state = "reported",
                       .kind_title = &incident};

    check(uuid_parse("0192f000-0000-7000-8000-000000000001", &l.id));
    check(uuid_parse("0192f000-0000-7000-8000-000000000002", &l.record));
    return l;
}

static struct channel channel_of(enum channel_type t)
{
    return (struct channel){.type = t,
                            .active = true,
                            .title = "值班群",
                            .sender = "wg@example.cn",
                            .login = "",
                            .header = "",
                            .body = "",
                            .expects = "",
                            .what = "ring,notify",
                            .kinds = "",
                            .url = "",
                            .secret = "",
                            .public_key = ""};
}

#define SECRET "SEC0123456789abcdef"

static struct parcel made(const struct channel *c, const char *url, const char *secret,
                          const struct letter *l)
{
    const struct channel_secrets s = {url, secret};
    const struct chance with = {.now = INT64_C(1763776800123)};
    struct parcel p;
    struct err e = {0};

    check(parcel_make(c, &s, l, &with, a(), &p, &e));
    return p;
}

/* The vectors were computed with Python's hmac. */
TEST(dingtalk_signs_time_and_secret_with_the_secret)
{
    struct channel c = channel_of(CHANNEL_DINGTALK);
    struct letter l = example();

    check_str(
        made(&c, "https://oapi.dingtalk.com/robot/send?access_token=X", SECRET, &l).url,
        "https://oapi.dingtalk.com/robot/"
        "send?access_token=X&timestamp=1763776800123&sign=agJtih0Ca%2Fq7iRXeeacoqjP3k5n2k4eNZ0PhrsoSjdk%3D");
    check_str(made(&c, "https://oapi.dingtalk.com/robot/send?access_token=X", "", &l).url,
              "https://oapi.dingtalk.com/robot/send?access_token=X");
}

TEST(feishu_signs_nothing_with_time_and_secret)
{
    struct channel c = channel_of(CHANNEL_FEISHU);
    struct letter l = example();

    check_str(made(&c, "https://open.feishu.cn/x", SECRET, &l).body,
              "{\"timestamp\":\"1763776800\",\"sign\":\"6v4K+ID9zgMJqrBko4RYTwHiQhgMgwBNWDw2mKibrNI=\","
              "\"msg_type\":\"text\",\"content\":{\"text\":\"【衢江网格】紧急：衢江-2026-000123 事件\\n"
              "https://wg.example.cn/desk/r/0192f000-0000-7000-8000-000000000002\"}}");
}

TEST(wecom_gets_a_text_and_no_title_unless_the_channel_wants_it)
{
    struct channel c = channel_of(CHANNEL_WECOM);
    struct letter l = example();

    l.public_url = NULL;
    check_str(made(&c, "https://qyapi.weixin.qq.com/x?key=1", "", &l).body,
              "{\"msgtype\":\"text\",\"text\":{\"content\":\"【衢江网格】紧急：衢江-2026-000123 事件\"}}");
    c.detail = true;
    l.lang = LANG_EN;
    check_str(
        made(&c, "https://qyapi.weixin.qq.com/x?key=1", "", &l).body,
        "{\"msgtype\":\"text\",\"text\":{\"content\":\"[衢江 Wangge] Urgent: 衢江-2026-000123 Incident: "
        "路灯不亮\"}}");
}

TEST(a_webhook_gets_a_cloud_event)
{
    struct channel c = channel_of(CHANNEL_WEBHOOK);
    struct letter l = example();
    struct parcel p = made(&c, "https://example.cn/hook", "whsec", &l);
    const char *text =
        arena_printf(a(), "0192f000-0000-7000-8000-000000000001.1763776800.%s", (const char *)p.body);
    uint8_t mac[SHA256_BYTES];

    check_str(p.headers[0], "Content-Type: application/cloudevents+json; charset=utf-8");
    check_str(p.headers[1], "webhook-id: 0192f000-0000-7000-8000-000000000001");
    check_str(p.headers[2], "webhook-timestamp: 1763776800");
    encode_hmac_sha256("whsec", 5, text, strlen(text), mac);
    check_str(p.headers[3],
              arena_printf(a(), "webhook-signature: v1,%s", encode_base64(a(), mac, sizeof(mac), false)));
    check(strstr(p.body, "\"specversion\":\"1.0\",\"id\":\"0192f000-0000-7000-8000-000000000001\"") != NULL);
    check(strstr(p.body, "\"type\":\"wangge.notice.ring\"") != NULL);
    check(strstr(p.body, "路灯") == NULL); /* no title unless wanted */
}

TEST(a_gateway_gets_its_template_filled_in_as_each_place_wants_it)
{
    struct channel c = channel_of(CHANNEL_SMS);
    struct letter l = example();
    struct parcel p;

    l.public_url = NULL;
    l.phone = "13800138000";
    l.kind_title = &(const struct title){"a\"b&c", ""};
    c.body = "{\"to\":\"{phone}\",\"m\":\"{text}\",\"k\":\"{secret}\",\"x\":{}}";
    c.header = "Authorization: Bearer {secret}";
    p = made(&c, "https://sms.example.cn/send?t={time}", "p\"w", &l);
    check_str(p.url, "https://sms.example.cn/send?t=1763776800123");
    check_str(p.body, "{\"to\":\"13800138000\",\"m\":\"【衢江网格】紧急：衢江-2026-000123 "
                      "a\\\"b&c\",\"k\":\"p\\\"w\",\"x\":{}}");
    check_str(p.headers[1], "Authorization: Bearer p\"w");
    c.body = "mobile={phone}&k={secret}";
    p = made(&c, "https://sms.example.cn/", "p\"w", &l);
    check_str(p.body, "mobile=13800138000&k=p%22w");
    c.body = "";
    c.header = "";
    p = made(&c, "https://sms.example.cn/?to={phone}&k={secret}", "a b", &l);
    check(p.get);
    check_str(p.url, "https://sms.example.cn/?to=13800138000&k=a%20b");
}

TEST(without_an_address_nothing_is_made)
{
    static const enum channel_type types[] = {CHANNEL_SMS, CHANNEL_MAIL, CHANNEL_PUSH};
    const struct channel_secrets s = {"https://example.cn/", ""};
    const struct chance with = {0};
    struct letter l = example();

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct channel c = channel_of(types[i]);
        struct parcel p;
        struct err e = {0};

        check(!parcel_make(&c, &s, &l, &with, a(), &p, &e));
        check_str(e.key, "notice.no_address");
    }
}

TEST(a_mail_has_an_encoded_subject_and_one_id_for_all_tries)
{
    struct channel c = channel_of(CHANNEL_MAIL);
    struct letter l = example();
    struct parcel p;

    l.mail = "a@example.cn";
    p = made(&c, "smtps://mail.example.cn", "", &l);
    check(strstr(p.body, "From: <wg@example.cn>\r\nTo: <a@example.cn>\r\nSubject: =?UTF-8?B?") != NULL);
    check(strstr(p.body, "Date: Sat, 22 Nov 2025 10:00:00 +0800\r\n") != NULL);
    check(strstr(p.body, "Message-ID: <0192f000-0000-7000-8000-000000000001@example.cn>\r\n") != NULL);
    for (const char *s = p.body; *s != '\0'; s = strstr(s, "\r\n") + 2)
        check(strcspn(s, "\r\n") <= 78);
}

/* --- answers --- */

static enum fate fate_of(enum channel_type t, int64_t status, const char *body)
{
    struct channel c = channel_of(t);
    char why[FAIL_MAX];

    c.expects = t == CHANNEL_SMS ? "\"code\":0" : "";
    return answer_judge(&c, status, body, why);
}

TEST(answers_are_understood)
{
    static const struct {
        int64_t status;
        const char *body;
        enum channel_type type;
        enum fate fate;
    } cases[] = {
        {200, "", CHANNEL_WEBHOOK, FATE_SENT},
        {204, "", CHANNEL_WEBHOOK, FATE_SENT},
        {302, "", CHANNEL_WEBHOOK, FATE_NEVER},
        {404, "", CHANNEL_WEBHOOK, FATE_NEVER},
        {429, "", CHANNEL_WEBHOOK, FATE_LATER},
        {503, "", CHANNEL_WEBHOOK, FATE_LATER},
        {201, "", CHANNEL_PUSH, FATE_SENT},
        {410, "", CHANNEL_PUSH, FATE_GONE},
        {200, "{\"errcode\":0,\"errmsg\":\"ok\"}", CHANNEL_DINGTALK, FATE_SENT},
        {200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", CHANNEL_DINGTALK, FATE_NEVER},
        {200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}", CHANNEL_DINGTALK, FATE_LATER},
        {200, "{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}", CHANNEL_WECOM, FATE_LATER},
        {200, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}", CHANNEL_WECOM, FATE_NEVER},
        {200, "{\"code\":0,\"msg\":\"success\"}", CHANNEL_FEISHU, FATE_SENT},
        {200, "{\"code\":19021,\"msg\":\"sign match fail\"}", CHANNEL_FEISHU, FATE_NEVER},
        {200, "<html>", CHANNEL_FEISHU, FATE_LATER},
        {200, "{\"code\":0}", CHANNEL_SMS, FATE_SENT},
        {200, "{\"code\":5}", CHANNEL_SMS, FATE_NEVER},
        {250, "", CHANNEL_MAIL, FATE_SENT},
        {451, "", CHANNEL_MAIL, FATE_LATER},
        {550, "", CHANNEL_MAIL, FATE_NEVER},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check(fate_of(cases[i].type, cases[i].status, cases[i].body) == cases[i].fate);
}

TEST(what_they_say_is_kept_in_a_line)
{
    struct channel c = channel_of(CHANNEL_DINGTALK);
    char why[FAIL_MAX];

    check(answer_judge(&c, 200, "{\"errcode\":310000,\"errmsg\":\"sign\\nnot match\"}", why) == FATE_NEVER);
    check_str(why, "robot 310000 sign not match");
    check(answer_judge(&c, 500, "\xff\xfe", why) == FATE_LATER);
    check_str(why, "http 500");
}

/* --- addresses --- */

static const char *refusal(const char *url, bool mail, const char *allowed)
{
    struct target t;
    struct err e = {0};

    return target_read(url, mail, allowed, "url", a(), &t, &e) ? "" : e.details[0].key;
}

TEST(private_addresses_are_refused)
{
    static const char *const private[] = {
        "https://127.0.0.1/x",       "https://10.1.2.3/",
        "https://192.168.0.1:8443/", "https://172.31.0.1/",
        "https://169.254.169.254",   "https://100.64.0.1/",
        "https://0.0.0.0/",          "https://[::1]/",
        "https://[fe80::1]/",        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]", "https://localhost/",
        "https://a.localhost",       "https://0x7f.1/",
        "https://2130706433/",       "https://[64:ff9b::7f00:1]/",
    };

    for (size_t i = 0; i < COUNT_OF(private); i++)
        check_str(refusal(private[i], false, NULL), "target.private");
    check_str(refusal("https://example.cn/x?y=1", false, NULL), "");
    check_str(refusal("https://8.8.8.8/", false, NULL), "");
    check_str(refusal("https://[2400:3200::1]/", false, NULL), "");
    check_str(refusal("http://127.0.0.1:8000/x", false, "10.0.0.1,127.0.0.1"), "");
    check_str(refusal("http://127.0.0.2:8000/x", false, "10.0.0.1,127.0.0.1"), "target.scheme");
}

TEST(addresses_that_cannot_be_used_are_refused)
{
    static const char *const bad[][2] = {
        {"", "target.url"},
        {"example", "target.url"},
        {"http://example.cn/", "target.scheme"},
        {"ftp://example.cn/", "target.scheme"},
        {"file:///etc/passwd", "target.url"},
        {"https://user:pw@example.cn/", "target.url"},
        {"https://example.cn/ x", "target.url"},
        {"https://example.cn/#a", "target.url"},
        {"smtps://example.cn", "target.scheme"},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        check_str(refusal(bad[i][0], false, NULL), bad[i][1]);
    check_str(refusal("smtps://mail.example.cn:465", true, NULL), "");
    check_str(refusal("smtp://10.0.0.25", true, NULL), "target.private");
    check_str(refusal("https://mail.example.cn", true, NULL), "target.scheme");
}

TEST(what_is_shown_of_an_address_is_no_secret)
{
    struct target t;
    struct err e = {0};

    check(target_read("https://oapi.dingtalk.com/robot/send?access_token=abc", false, NULL, "url", a(), &t,
                      &e));
    check_str(t.place, "https://oapi.dingtalk.com/…");
    check_str(t.origin, "https://oapi.dingtalk.com");
    check(target_read("smtps://mail.example.cn:465", true, NULL, "url", a(), &t, &e));
    check_str(t.place, "smtps://mail.example.cn:465");
}

/* --- choices --- */

TEST(quiet_hours_end_where_the_district_is)
{
    struct reach r = reach_default;
    int64_t night = 0, morning = 0, noon = 0;

    check(rfc3339_parse("2026-11-22T23:30:00+08:00", &night) &&
          rfc3339_parse("2026-11-23T07:00:00+08:00", &morning) &&
          rfc3339_parse("2026-11-22T12:00:00+08:00", &noon));
    check(reach_quiet_until(&r, night, 480) == 0);
    r.quiet_from = INT64_C(22) * 60;
    r.quiet_to = INT64_C(7) * 60;
    check(reach_quiet_until(&r, night, 480) == morning);
    check(reach_quiet_until(&r, morning - 1, 480) == morning);
    check(reach_quiet_until(&r, morning, 480) == 0);
    check(reach_quiet_until(&r, noon, 480) == 0);
    check(reach_quiet_since(&r, morning) == morning - INT64_C(9) * 3600 * 1000);
    r.quiet_from = INT64_C(12) * 60;
    r.quiet_to = INT64_C(13) * 60;
    check(reach_quiet_until(&r, noon, 480) == noon + INT64_C(3600000));
    check(reach_quiet_until(&r, night, 480) == 0);
}

TEST(what_rings_is_always_wanted)
{
    struct reach r = reach_default;

    check(reach_wants(&r, "notify", CHANNEL_PUSH) && !reach_wants(&r, "notify", CHANNEL_SMS));
    check(reach_wants(&r, "ring", CHANNEL_SMS));
    r.wants = "ask:sms";
    check(!reach_wants(&r, "notify", CHANNEL_PUSH) && reach_wants(&r, "ask:rating", CHANNEL_SMS));
    check(reach_wants(&r, "ring", CHANNEL_PUSH));
}

TEST(a_channel_carries_what_it_is_for)
{
    struct channel c = channel_of(CHANNEL_SMS);

    check(channel_carries(&c, "ring", "incident") && !channel_carries(&c, "ask:rating", "incident"));
    c.kinds = "order";
    check(!channel_carries(&c, "ring", "incident") && channel_carries(&c, "ring", "order") &&
          !channel_carries(&c, "ring", NULL));
    c.active = false;
    check(!channel_carries(&c, "ring", "order"));
}

TEST(pauses_grow_and_end)
{
    struct outbox_row row = {.urgent = 1, .what = "notify"};
    int64_t last = 0;

    for (row.tries = 1; row.tries < 40; row.tries++) {
        int64_t least = sender_pause_ms(&row, 0), most = sender_pause_ms(&row, 1);

        check(least >= last / 2 && most == 2 * least && most <= 3600000);
        last = least;
    }
    row.urgent = 0;
    row.tries = 1;
    check(sender_pause_ms(&row, 1) == 1000);
    check(sender_age_max(&row) < INT64_C(3600000));
}
