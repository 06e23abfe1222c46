/* /reach: how somebody wants to be told, where, and when not. Everybody for themselves. */
#include "base/text.h"
#include "notice.sql.h"
#include "notice/compose.h"
#include "notice/encode.h"
#include "notice/notice.h"
#include "notice/sender.h"
#include "notice/target.h"
#include "pack/checks.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    DAY_MINUTES = 24 * 60,
    AGENT_CHARS = 80,
    KEY_CHARS = 200,
    TIME_CHARS = 5,
    CODE_CHARS = 6,
    MASK_BYTES = 300
};

static const char *const sorts[] = {"notify", "ask", "mention"};
static const enum channel_type ways[] = {CHANNEL_PUSH, CHANNEL_MAIL, CHANNEL_SMS};

/* "z***@example.cn" */
static const char *mask_mail(const char *mail, struct arena *a)
{
    const char *at = strrchr(mail, '@');

    return arena_printf(a, "%c***%s", mail[0], at == NULL ? "" : at);
}

/* --- showing --- */

static const char *clock_text(int64_t minute, struct arena *a)
{
    return arena_printf(a, "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
}

static bool write_mail(struct req *r, const struct reach *x, struct err *e)
{
    const char *plain = NULL;

    if (x->mail[0] != '\0' &&
        !privacy_unseal(r->services->privacy, r->arena, x->account, "mail", x->mail, &plain, e))
        return false;
    jo_str(&r->out, "mail", plain == NULL ? NULL : mask_mail(plain, r->arena));
    jo_bool(&r->out, "mail_ok", plain != NULL && x->mail_ok);
    return true;
}

static bool write_phone(struct req *r, struct sql_tx *tx, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid account = r->who->account;
    const char *sealed = NULL, *plain = NULL;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_PHONE], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&account)))
        return false;
    if (sql_next(rows) && !sql_is_null(rows, 0))
        sealed = arena_strdup(r->arena, sql_text(rows, 0));
    if (!sql_end(&rows, e) || (sealed != NULL && !privacy_unseal(r->services->privacy, r->arena, account,
                                                                 "phone", sealed, &plain, e)))
        return false;
    jo_str(&r->out, "phone", plain == NULL ? NULL : privacy_mask(r->arena, FIELD_PHONE, plain));
    return true;
}

static bool write_devices(struct req *r, struct sql_tx *tx, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid account = r->who->account;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_DEVICES], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&account), SQL_INT(DEVICES_MAX)))
        return false;
    jo_arr(&r->out, "devices");
    while (sql_next(rows)) {
        const struct push_device d = device_row(rows, r->arena);

        jo_obj(&r->out, NULL);
        jo_uuid(&r->out, "id", d.id);
        jo_str(&r->out, "agent", d.agent);
        jo_time(&r->out, "at", d.at, r->services->offset_min);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    return sql_end(&rows, e);
}

/* Which ways there are in this district, and the key that a browser must be told. */
static bool write_ways(struct req *r, struct sql_tx *tx, struct err *e)
{
    const char *key = NULL;
    struct channel *list;
    size_t n;

    if (!channels_read(tx, r->services->district, r->arena, &list, &n, e))
        return false;
    jo_arr(&r->out, "ways");
    for (size_t w = 0; w < COUNT_OF(ways); w++)
        for (size_t i = 0; i < n; i++)
            if (list[i].active && list[i].type == ways[w]) {
                jo_str(&r->out, NULL, channel_type_name(ways[w]));
                key = ways[w] == CHANNEL_PUSH ? list[i].public_key : key;
                break;
            }
    jo_close(&r->out);
    jo_str(&r->out, "push_key", key);
    return true;
}

static void write_wants(struct json_out *j, const struct reach *x)
{
    jo_arr(j, "wants");
    for (size_t s = 0; s < COUNT_OF(sorts); s++)
        for (size_t w = 0; w < COUNT_OF(ways); w++)
            if (reach_wants(x, sorts[s], ways[w])) {
                char word[WHAT_MAX];

                (void)snprintf(word, sizeof(word), "%s:%s", sorts[s], channel_type_name(ways[w]));
                jo_str(j, NULL, word);
            }
    jo_close(j);
}

static bool show(struct req *r, struct sql_tx *tx, const struct reach *x, struct err *e)
{
    bool quiet = x->quiet_from != x->quiet_to;

    jo_obj(&r->out, NULL);
    jo_str(&r->out, "quiet_from", quiet ? clock_text(x->quiet_from, r->arena) : NULL);
    jo_str(&r->out, "quiet_to", quiet ? clock_text(x->quiet_to, r->arena) : NULL);
    write_wants(&r->out, x);
    if (!write_ways(r, tx, e) || !write_mail(r, x, e) || !write_phone(r, tx, e) || !write_devices(r, tx, e))
        return false;
    jo_int(&r->out, "version", x->version);
    jo_close(&r->out);
    return true;
}

static bool get_reach(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct reach x;

    return sql_begin(r->services->db, SQL_READ, &tx, e) &&
           reach_read(tx, r->services->district, r->who->account, r->arena, &x, e) && show(r, tx, &x, e);
}

/* --- changing --- */

static bool put_row(struct req *r, struct sql_tx *tx, struct reach *x, struct err *e)
{
    x->version++;
    return sql_run(tx, &notice_queries[NOTICE_Q_REACH_PUT], e, SQL_INT(r->services->district),
                   SQL_UUID(&x->account), SQL_INT(x->quiet_from), SQL_INT(x->quiet_to), SQL_TEXT(x->wants),
                   SQL_TEXT(x->mail), SQL_INT(x->mail_ok), SQL_INT(x->lang), SQL_INT(x->version),
                   SQL_INT(r->now), SQL_INT(x->mail_version));
}

struct put_body {
    const char *quiet_from, *quiet_to;
    struct json_object *wants;
    int64_t version;
};

static bool read_clock(const char *s, const char *field, int64_t *ret, struct err *e)
{
    bool form = strlen(s) == TIME_CHARS && isdigit((unsigned char)s[0]) && isdigit((unsigned char)s[1]) &&
                s[2] == ':' && isdigit((unsigned char)s[3]) && isdigit((unsigned char)s[4]);

    *ret = form ? ((s[0] - '0') * 10 + s[1] - '0') * 60 + (s[3] - '0') * 10 + s[4] - '0' : DAY_MINUTES;
    return (form && *ret < DAY_MINUTES && s[3] < '6') ||
           ERR_FIELD(e, field, "reach.clock", "时刻须形如 22:00", "a time of day reads like 22:00");
}

static bool read_quiet(const struct put_body *b, struct reach *x, struct err *e)
{
    x->quiet_from = x->quiet_to = 0;
    if (b->quiet_from == NULL && b->quiet_to == NULL)
        return true;
    if (b->quiet_from == NULL || b->quiet_to == NULL)
        return ERR_FIELD(e, "quiet_to", "reach.quiet", "静默时段要有开始和结束",
                         "quiet hours have a beginning and an end");
    return read_clock(b->quiet_from, "quiet_from", &x->quiet_from, e) &&
           read_clock(b->quiet_to, "quiet_to", &x->quiet_to, e) &&
           (x->quiet_from != x->quiet_to || ERR_FIELD(e, "quiet_to", "reach.quiet_same", "开始和结束不能相同",
                                                      "they must not begin and end at the same time"));
}

/* "notify:push": a sort and a way that there are. */
static bool is_want(const char *word)
{
    char known[WHAT_MAX];

    for (size_t s = 0; s < COUNT_OF(sorts); s++)
        for (size_t w = 0; w < COUNT_OF(ways); w++) {
            (void)snprintf(known, sizeof(known), "%s:%s", sorts[s], channel_type_name(ways[w]));
            if (str_eq(known, word))
                return true;
        }
    return false;
}

static bool read_wants(struct req *r, struct json_object *array, struct reach *x, struct err *e)
{
    const char *list = "";

    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct json_object *item = json_object_array_get_idx(array, i);
        const char *word = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : "";

        if (!is_want(word))
            return ERR_FIELD(e, "wants", "reach.want", "“%.40s”不认识，应形如 notify:push",
                             "“%.40s” is unknown: they read like notify:push", word);
        if (!list_has(list, word))
            list = arena_printf(r->arena, "%s%s%s", list, list[0] == '\0' ? "" : ",", word);
    }
    x->wants = list;
    return true;
}

static bool put_reach(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"quiet_from", JSON_TEXT, offsetof(struct put_body, quiet_from), false, 1, TIME_CHARS},
        {"quiet_to", JSON_TEXT, offsetof(struct put_body, quiet_to), false, 1, TIME_CHARS},
        {"wants", JSON_ARRAY, offsetof(struct put_body, wants), true, 0, COUNT_OF(sorts) * COUNT_OF(ways)},
        {"version", JSON_INT, offsetof(struct put_body, version), false, 0, INT32_MAX},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct put_body b = {.version = -1};
    struct reach x;

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e) ||
        !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !reach_read(tx, r->services->district, r->who->account, r->arena, &x, e))
        return false;
    if (b.version >= 0 && b.version != x.version)
        return ERR(e, ERR_CONFLICT, "reach.stale", "提醒方式刚在别处改过，请看过最新的再保存",
                   "this was changed elsewhere meanwhile: look at it before you save");
    x.lang = (int)r->lang;
    return read_quiet(&b, &x, e) && read_wants(r, b.wants, &x, e) && put_row(r, tx, &x, e) &&
           show(r, tx, &x, e) && sql_commit(&tx, e);
}

/* --- mail: believed when its code came back --- */

static bool mail_channel(struct req *r, struct sql_tx *tx, struct channel *ret, struct err *e)
{
    struct channel *list;
    size_t n;

    if (!channels_read(tx, r->services->district, r->arena, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (list[i].active && list[i].type == CHANNEL_MAIL) {
            *ret = list[i];
            return true;
        }
    return ERR(e, ERR_CONFLICT, "reach.no_mail", "本区没有邮件渠道", "this district sends no mail");
}

static bool send_code(struct req *r, struct sql_tx *tx, const struct reach *x, struct err *e)
{
    struct outbox_row o = {.id = uuid_make(),
                           .account = x->account,
                           .what = "code",
                           .at = r->now,
                           .next_at = r->now,
                           .urgent = 1};
    struct channel c;

    if (!mail_channel(r, tx, &c, e))
        return false;
    o.channel = c.id;
    return outbox_put(tx, r->services->district, &o, e);
}

static bool put_mail(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"mail", JSON_TEXT, 0, true, 0, MAIL_MAX}};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *mail = "";
    struct reach x;

    if (!json_read(r->json, "", members, COUNT_OF(members), &mail, e))
        return false;
    if (mail[0] != '\0' && !mail_check(mail))
        return ERR_FIELD(e, "mail", "reach.mail", "不是邮箱地址，应形如 name@example.cn",
                         "this is no mail address, such as name@example.cn");
    /* Each makes a mail to somebody who may not have asked for it. */
    if ((mail[0] != '\0' && !sessions_limit(r->services->sessions, "mail", r->client, r->now, e)) ||
        !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !reach_read(tx, r->services->district, r->who->account, r->arena, &x, e))
        return false;
    x.mail = mail[0] == '\0' ? "" : privacy_seal(r->services->privacy, r->arena, x.account, "mail", mail);
    x.mail_ok = false;
    x.mail_version++;
    x.lang = (int)r->lang;
    if (!put_row(r, tx, &x, e) || (mail[0] != '\0' && !send_code(r, tx, &x, e)) || !show(r, tx, &x, e) ||
        !sql_commit(&tx, e))
        return false;
    sender_nudge();
    return true;
}

static bool check_code(struct req *r, const struct reach *x, const char *code, struct err *e)
{
    const char *mail, *right;

    if (x->mail[0] == '\0')
        return ERR(e, ERR_CONFLICT, "reach.no_code", "请先填写邮箱", "give a mail address first");
    if (!privacy_unseal(r->services->privacy, r->arena, x->account, "mail", x->mail, &mail, e))
        return false;
    right = compose_code(r->services->privacy, x->account, mail, x->mail_version, r->arena);
    return (strlen(code) == CODE_CHARS && privacy_same(code, right, CODE_CHARS)) ||
           ERR_FIELD(e, "code", "reach.code", "验证码不对，请看最新的一封邮件",
                     "not the code of the latest mail");
}

static bool post_mail(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"code", JSON_TEXT, 0, true, 1, CODE_CHARS}};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *code = "";
    char id[UUID_TEXT_MAX];
    struct reach x;

    uuid_format(r->who->account, id);
    if (!json_read(r->json, "", members, COUNT_OF(members), &code, e) ||
        !sessions_limit(r->services->sessions, "mail-code", id, r->now, e) ||
        !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !reach_read(tx, r->services->district, r->who->account, r->arena, &x, e) ||
        !check_code(r, &x, code, e))
        return false;
    x.mail_ok = true;
    return put_row(r, tx, &x, e) && show(r, tx, &x, e) && sql_commit(&tx, e);
}

/* --- browsers --- */

struct device_body {
    const char *endpoint, *p256dh, *auth, *agent;
};

/* One browser is one row: its address decides. */
static struct uuid device_id(const struct privacy *pv, const char *endpoint)
{
    uint8_t hash[HASH_BYTES];

    privacy_hash(pv, endpoint, strlen(endpoint), "", 0, hash);
    return uuid_v7(0, hash);
}

static bool room_for_device(struct req *r, struct sql_tx *tx, struct uuid id, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid account = r->who->account;
    bool known = false;
    int n = 0;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_DEVICES], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&account), SQL_INT(DEVICES_MAX)))
        return false;
    for (; sql_next(rows); n++)
        known = known || uuid_eq(sql_uuid(rows, 0), id);
    return sql_end(&rows, e) && (known || n < DEVICES_MAX ||
                                 ERR(e, ERR_CONFLICT, "reach.devices", "最多 %d 个浏览器，请先去掉不用的",
                                     "at most %d browsers: remove one that is not used", DEVICES_MAX));
}

static bool read_device(struct req *r, struct device_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"endpoint", JSON_TEXT, offsetof(struct device_body, endpoint), true, 1, TARGET_URL_MAX},
        {"p256dh", JSON_TEXT, offsetof(struct device_body, p256dh), true, 1, KEY_CHARS},
        {"auth", JSON_TEXT, offsetof(struct device_body, auth), true, 1, KEY_CHARS},
        {"agent", JSON_TEXT, offsetof(struct device_body, agent), false, 0, AGENT_CHARS},
    };
    struct sender_rules rules;
    struct push_keys keys;
    struct target at;

    *ret = (struct device_body){.agent = ""};
    sender_rules(&rules);
    return json_read(r->json, "", members, COUNT_OF(members), ret, e) &&
           target_read(ret->endpoint, false, rules.private_targets, "endpoint", r->arena, &at, e) &&
           push_keys_read(ret->p256dh, ret->auth, &keys, e);
}

static bool put_device(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct privacy *pv = r->services->privacy;
    struct uuid id, account = r->who->account;
    struct device_body b;
    const char *keys;

    if (!read_device(r, &b, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e))
        return false;
    id = device_id(pv, b.endpoint);
    keys = arena_printf(r->arena, "%s %s", b.p256dh, b.auth);
    if (!room_for_device(r, tx, id, e) ||
        !sql_run(tx, &notice_queries[NOTICE_Q_DEVICE_OTHERS], e, SQL_INT(r->services->district),
                 SQL_UUID(&id), SQL_UUID(&account)) ||
        !sql_run(tx, &notice_queries[NOTICE_Q_DEVICE_PUT], e, SQL_INT(r->services->district),
                 SQL_UUID(&account), SQL_UUID(&id),
                 SQL_TEXT(privacy_seal(pv, r->arena, id, "endpoint", b.endpoint)),
                 SQL_TEXT(privacy_seal(pv, r->arena, id, "keys", keys)), SQL_TEXT(b.agent), SQL_INT(r->lang),
                 SQL_INT(r->now)) ||
        !sql_commit(&tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", id);
    jo_close(&r->out);
    return true;
}

static bool delete_device(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid id, account = r->who->account;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !sql_run(tx, &notice_queries[NOTICE_Q_DEVICE_REMOVE], e, SQL_INT(r->services->district),
                 SQL_UUID(&account), SQL_UUID(&id)) ||
        !sql_commit(&tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}

const struct route reach_routes[] = {
    {GET, "/api/v1/reach", PERM_SIGNED_IN, BODY_NONE, get_reach, NULL, 0,
     "How I am told, where, and when not", "Reach"},
    {PUT, "/api/v1/reach", PERM_SIGNED_IN, BODY_JSON, put_reach, NULL, 4096,
     "Choose sorts, ways and quiet hours; what rings always comes", "Reach"},
    {PUT, "/api/v1/reach/mail", PERM_SIGNED_IN, BODY_JSON, put_mail, NULL, 1024,
     "My mail address; a code goes there. '' takes it away", "Reach"},
    {POST, "/api/v1/reach/mail", PERM_SIGNED_IN, BODY_JSON, post_mail, NULL, 1024,
     "The code that came by mail", "Reach"},
    {PUT, "/api/v1/reach/devices", PERM_SIGNED_IN, BODY_JSON, put_device, NULL, 8192,
     "A browser that takes Web Push", "ReachDevice"},
    {DELETE, "/api/v1/reach/devices/{id}", PERM_SIGNED_IN, BODY_NONE, delete_device, NULL, 0,
     "It takes none any more", "Ok"},
    {.method = METHOD_UNSET},
};
