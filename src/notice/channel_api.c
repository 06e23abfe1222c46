/* /channels: how notices leave, and what came of each. For administrators; every change is a line of the
 * audit. */
#include "base/limits.h"
#include "base/text.h"
#include "notice.sql.h"
#include "notice/encode.h"
#include "notice/notice.h"
#include "notice/sender.h"
#include "notice/target.h"
#include "pack/checks.h"
#include "record/store.h"

#include <stddef.h>
#include <string.h>

enum {
    TITLE_CHARS = 60,
    SECRET_CHARS = 500,
    BODY_CHARS = 4000,
    LINE_CHARS = 300,
    PER_MINUTE_MAX = 6000,
    PAGE = 50
};

static const char *const sorts[] = {"ring", "notify", "ask", "mention"};

/* --- showing --- */

static void write_list(struct json_out *j, const char *key, const char *list)
{
    jo_arr(j, key);
    for (const char *s = list; *s != '\0'; s += *s == ',') {
        size_t n = strcspn(s, ",");

        jo_strn(j, NULL, s, n);
        s += n;
    }
    jo_close(j);
}

static void write_channel(struct req *r, const struct channel *c, int64_t waiting)
{
    const struct directory *people = r->services->world(r->services)->people;
    const struct org *org = directory_org(people, c->org);
    const struct account *by = directory_account(people, c->by_whom);
    struct json_out *j = &r->out;
    int offset = r->services->offset_min;

    jo_obj(j, NULL);
    jo_uuid(j, "id", c->id);
    jo_str(j, "type", channel_type_name(c->type));
    jo_str(j, "title", c->title);
    jo_bool(j, "active", c->active);
    write_list(j, "what", c->what);
    write_list(j, "kinds", c->kinds);
    jo_uuid(j, "org", c->org);
    jo_str(j, "org_name", org == NULL ? NULL : org->name);
    jo_bool(j, "detail", c->detail);
    jo_int(j, "per_minute", c->per_minute);
    jo_str(j, "sender", c->sender);
    jo_str(j, "login", c->login);
    jo_str(j, "header", c->header);
    jo_str(j, "body", c->body);
    jo_str(j, "expects", c->expects);
    jo_str(j, "place", c->place);
    jo_bool(j, "has_secret", c->secret[0] != '\0');
    jo_int(j, "version", c->version);
    jo_str(j, "by", by == NULL ? NULL : by->name);
    jo_time(j, "at", c->at, offset);
    jo_time(j, "ok_at", c->ok_at, offset);
    jo_time(j, "fail_at", c->fail_at, offset);
    jo_int(j, "failures", c->failures);
    jo_str(j, "fail", c->fail[0] == '\0' ? NULL : c->fail);
    jo_int(j, "waiting", waiting);
    jo_close(j);
}

static bool count_waiting(struct sql_tx *tx, int64_t district, struct uuid channel, int64_t now,
                          int64_t *ret_n, int64_t *ret_oldest, struct err *e)
{
    *ret_n = 0;
    for (int urgent = 0; urgent < 2; urgent++) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        if (!sql_query(tx, &notice_queries[NOTICE_Q_OUTBOX_WAITING], &rows, e, SQL_INT(district),
                       SQL_UUID(&channel), SQL_INT(urgent), SQL_INT(now), SQL_INT(NOTICE_COUNTED)))
            return false;
        if (sql_next(rows)) {
            *ret_n += sql_int(rows, 0);
            if (!sql_is_null(rows, 1) && sql_int(rows, 1) < *ret_oldest)
                *ret_oldest = sql_int(rows, 1);
        }
        if (!sql_end(&rows, e))
            return false;
    }
    return true;
}

static bool show(struct req *r, struct sql_tx *tx, const struct channel *c, struct err *e)
{
    int64_t waiting, oldest = INT64_MAX;

    if (!count_waiting(tx, r->services->district, c->id, r->now, &waiting, &oldest, e))
        return false;
    write_channel(r, c, waiting);
    return true;
}

static bool get_channels(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct sender_rules rules;
    struct channel *list;
    size_t n;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !channels_read(tx, r->services->district, r->arena, &list, &n, e))
        return false;
    sender_rules(&rules);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        if (!show(r, tx, &list[i], e))
            return false;
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_str(&r->out, "public_url", rules.public_url);
    jo_close(&r->out);
    return true;
}

/* --- changing --- */

struct put_body {
    const char *type, *title, *sender, *login, *header, *body, *expects, *url, *secret;
    struct json_object *what, *kinds;
    struct uuid org;
    bool active, detail;
    int64_t per_minute, version;
};

static bool read_body(struct req *r, struct put_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"type", JSON_TEXT, offsetof(struct put_body, type), true, 1, 16},
        {"title", JSON_TEXT, offsetof(struct put_body, title), true, 1, TITLE_CHARS},
        {"active", JSON_BOOL, offsetof(struct put_body, active), false, 0, 0},
        {"what", JSON_ARRAY, offsetof(struct put_body, what), true, 0, COUNT_OF(sorts)},
        {"kinds", JSON_ARRAY, offsetof(struct put_body, kinds), false, 0, 16},
        {"org", JSON_UUID, offsetof(struct put_body, org), false, 0, 0},
        {"detail", JSON_BOOL, offsetof(struct put_body, detail), false, 0, 0},
        {"per_minute", JSON_INT, offsetof(struct put_body, per_minute), false, 0, PER_MINUTE_MAX},
        {"sender", JSON_TEXT, offsetof(struct put_body, sender), false, 0, MAIL_MAX},
        {"login", JSON_TEXT, offsetof(struct put_body, login), false, 0, MAIL_MAX},
        {"header", JSON_TEXT, offsetof(struct put_body, header), false, 0, LINE_CHARS},
        {"body", JSON_TEXT, offsetof(struct put_body, body), false, 0, BODY_CHARS},
        {"expects", JSON_TEXT, offsetof(struct put_body, expects), false, 0, LINE_CHARS},
        {"url", JSON_TEXT, offsetof(struct put_body, url), false, 0, TARGET_URL_MAX},
        {"secret", JSON_TEXT, offsetof(struct put_body, secret), false, 0, SECRET_CHARS},
        {"version", JSON_INT, offsetof(struct put_body, version), false, 0, INT32_MAX},
    };

    *ret = (struct put_body){
        .active = true, .sender = "", .login = "", .header = "", .body = "", .expects = "", .version = -1};
    return json_read(r->json, "", members, COUNT_OF(members), ret, e);
}

/* An array of words as a list by commas. */
static bool read_words(struct req *r, struct json_object *array, const char *field,
                       bool (*known)(const struct req *r, const char *word), const char **ret, struct err *e)
{
    size_t n = array == NULL ? 0 : json_object_array_length(array);
    const char *list = "";

    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(array, i);
        const char *word = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : "";

        if (!known(r, word))
            return ERR_FIELD(e, field, "channel.word", "“%.40s”不认识", "“%.40s” is unknown", word);
        if (!list_has(list, word))
            list = arena_printf(r->arena, "%s%s%s", list, list[0] == '\0' ? "" : ",", word);
    }
    *ret = list;
    return true;
}

static bool is_sort(const struct req *r, const char *word)
{
    (void)r;
    for (size_t i = 0; i < COUNT_OF(sorts); i++)
        if (str_eq(sorts[i], word))
            return true;
    return false;
}

static bool is_kind(const struct req *r, const char *word)
{
    return packs_kind(r->services->world(r->services)->packs, word) != NULL;
}

/* One that has ended may stay with a channel that is switched off. */
static bool check_org(const struct directory *people, const struct channel *c, struct err *e)
{
    const struct org *o = directory_org(people, c->org);

    if (o == NULL)
        return uuid_is_nil(c->org) ||
               ERR_FIELD(e, "org", "channel.org", "没有这个单位", "there is no such unit");
    return o->ended == 0 || !c->active ||
           ERR_FIELD(e, "org", "channel.org_ended", "“%.40s”已撤销，请换一个单位，或停用这个渠道",
                     "“%.40s” has ended: choose another unit, or switch the channel off", o->name);
}

static bool check_words(struct req *r, const struct put_body *b, struct channel *c, struct err *e)
{
    if (!read_words(r, b->what, "what", is_sort, &c->what, e) ||
        !read_words(r, b->kinds, "kinds", is_kind, &c->kinds, e))
        return false;
    if (c->what[0] == '\0')
        return ERR_FIELD(e, "what", "channel.nothing", "请至少选一类提醒",
                         "choose at least one sort of notice");
    return check_org(r->services->world(r->services)->people, c, e);
}

/* A line that becomes part of a request must not begin another. */
static bool check_lines(const struct channel *c, struct err *e)
{
    if (strpbrk(c->header, "\r\n") != NULL || (c->header[0] != '\0' && strchr(c->header, ':') == NULL))
        return ERR_FIELD(e, "header", "channel.header", "请求头形如 Authorization: Bearer {secret}，只一行",
                         "a header reads like Authorization: Bearer {secret}, in one line");
    if (c->type == CHANNEL_PUSH && !str_starts(c->sender, "mailto:") && !str_starts(c->sender, "https://"))
        return ERR_FIELD(
            e, "sender", "channel.contact", "联系方式须以 mailto: 或 https:// 开头，推送服务出问题时用它找人",
            "the contact begins with mailto: or https://: push services ask there when in trouble");
    if (c->type == CHANNEL_MAIL && !mail_check(c->sender))
        return ERR_FIELD(e, "sender", "reach.mail", "不是邮箱地址，应形如 name@example.cn",
                         "this is no mail address, such as name@example.cn");
    return true;
}

static bool check_push(struct sql_tx *tx, int64_t district, struct arena *a, const struct channel *c,
                       struct err *e)
{
    struct channel *list;
    size_t n;

    if (!channels_read(tx, district, a, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (c->type == CHANNEL_PUSH && list[i].type == CHANNEL_PUSH && !uuid_eq(list[i].id, c->id))
            return ERR_FIELD(e, "type", "channel.one_push", "浏览器推送只需一条渠道，已经有了",
                             "one channel for Web Push is enough, and there is one");
    return n < CHANNELS_MAX ||
           ERR(e, ERR_CONFLICT, "channel.full", "最多 %d 条渠道", "at most %d channels", CHANNELS_MAX);
}

/* What is not sent again stays; secrets are sealed with the channel's id. */
static bool take_secrets(struct req *r, const struct put_body *b, struct channel *c, struct err *e)
{
    const struct privacy *pv = r->services->privacy;
    struct sender_rules rules;
    struct target at;

    sender_rules(&rules);
    if (b->url != NULL && b->url[0] != '\0') {
        if (!target_read(b->url, c->type == CHANNEL_MAIL, rules.private_targets, "url", r->arena, &at, e))
            return false;
        c->url = privacy_seal(pv, r->arena, c->id, "url", b->url);
        c->place = at.place;
    }
    if (b->secret != NULL && c->type != CHANNEL_PUSH)
        c->secret = b->secret[0] == '\0' ? "" : privacy_seal(pv, r->arena, c->id, "secret", b->secret);
    return c->type == CHANNEL_PUSH || c->url[0] != '\0' ||
           ERR_FIELD(e, "url", "input.required", "请填写地址", "the address is missing");
}

/* Browsers that subscribed know this key: it is made once. */
static bool make_key(struct req *r, struct channel *c, struct err *e)
{
    struct push_key key;

    if (c->type != CHANNEL_PUSH || c->secret[0] != '\0')
        return true;
    if (!push_key_make(&key, e))
        return false;
    c->public_key = encode_base64(r->arena, key.point, sizeof(key.point), true);
    c->secret = privacy_seal(r->services->privacy, r->arena, c->id, "secret",
                             encode_base64(r->arena, key.scalar, sizeof(key.scalar), true));
    c->place = "Web Push";
    return true;
}

static struct doing doing_of(const struct req *r)
{
    return (struct doing){
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
}

/* What changed, without what is secret. */
static bool audit_channel(struct req *r, struct sql_tx *tx, const char *verb, const struct channel *c,
                          struct err *e)
{
    const struct doing by = doing_of(r);
    struct json_out detail;

    jo_begin(&detail, 4096);
    jo_obj(&detail, NULL);
    jo_str(&detail, "name", c->title);
    jo_str(&detail, "type", channel_type_name(c->type));
    jo_bool(&detail, "active", c->active);
    jo_str(&detail, "what", c->what);
    jo_str(&detail, "place", c->place);
    jo_close(&detail);
    return audit_about(tx, &by, verb, c->id, &detail, e);
}

static void apply_body(struct req *r, const struct put_body *b, struct channel *c)
{
    c->title = b->title;
    c->active = b->active;
    c->org = b->org;
    c->detail = b->detail;
    c->per_minute = b->per_minute;
    c->sender = b->sender;
    c->login = b->login;
    c->header = b->header;
    c->body = b->body;
    c->expects = b->expects;
    c->by_whom = r->who->account;
    c->at = r->now;
    c->version++;
    c->failures = 0;
}

static bool find(struct req *r, struct sql_tx *tx, const struct put_body *b, struct uuid id,
                 struct channel *ret, struct err *e)
{
    enum channel_type type = channel_type_of(b->type);

    if (type == CHANNEL_UNSET)
        return ERR_FIELD(e, "type", "channel.type_unknown", "没有这种渠道：%.20s",
                         "there is no such type: %.20s", b->type);
    if (!channel_read(tx, r->services->district, id, r->arena, ret, e)) {
        if (e->code != ERR_NOT_FOUND)
            return false;
        *e = (struct err){0};
        *ret = (struct channel){
            .id = id, .type = type, .url = "", .place = "", .secret = "", .public_key = "", .fail = ""};
        return true;
    }
    if (ret->type != type)
        return ERR_FIELD(e, "type", "channel.type_fixed", "渠道的类型不能改，请另建一条",
                         "a channel keeps its type: make another one");
    return b->version < 0 || b->version == ret->version ||
           ERR(e, ERR_CONFLICT, "channel.stale", "别人刚改过这条渠道，请看过最新的内容再保存",
               "somebody has changed it meanwhile: look at it before you save");
}

static bool put_channel(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct channel c = {0};
    struct put_body b;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !read_body(r, &b, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !find(r, tx, &b, id, &c, e))
        return false;
    apply_body(r, &b, &c);
    if (!check_words(r, &b, &c, e) || !check_lines(&c, e) ||
        !check_push(tx, r->services->district, r->arena, &c, e) || !take_secrets(r, &b, &c, e) ||
        !make_key(r, &c, e) || !channel_put(tx, r->services->district, &c, e) ||
        !audit_channel(r, tx, "channel.put", &c, e) || !show(r, tx, &c, e) || !sql_commit(&tx, e))
        return false;
    outbox_listening(true);
    sender_nudge();
    return true;
}

static bool delete_channel(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t district = r->services->district;
    struct channel c;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !channel_read(tx, district, id, r->arena, &c, e) ||
        !sql_run(tx, &notice_queries[NOTICE_Q_CHANNEL_REMOVE], e, SQL_INT(district), SQL_UUID(&id)) ||
        !sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_STOP], e, SQL_INT(district), SQL_UUID(&id),
                 SQL_INT(r->now), SQL_TEXT("removed 0")) ||
        !audit_channel(r, tx, "channel.remove", &c, e) || !sql_commit(&tx, e))
        return false;
    sender_nudge();
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}

/* --- the outbox --- */

static const char *state_name(const struct outbox_row *o)
{
    static const char *const names[] = {"waiting", "sent", "failed", "dropped"};

    return o->state == OUTBOX_WAITING && !uuid_is_nil(o->holder) ? "sending" : names[o->state & 3];
}

static void write_row(struct req *r, const struct outbox_row *o)
{
    const struct account *who = uuid_is_nil(o->account)
                                    ? NULL
                                    : directory_account(r->services->world(r->services)->people, o->account);
    int offset = r->services->offset_min;
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    jo_uuid(j, "id", o->id);
    jo_uuid(j, "channel", o->channel);
    jo_str(j, "what", o->what);
    jo_uuid(j, "account", o->account);
    jo_str(j, "name", who == NULL ? NULL : who->name);
    jo_uuid(j, "record", o->record);
    jo_time(j, "at", o->at, offset);
    jo_str(j, "state", state_name(o));
    jo_int(j, "tries", o->tries);
    jo_time(j, "next_at", o->state == OUTBOX_WAITING ? o->next_at : 0, offset);
    jo_time(j, "done_at", o->done_at, offset);
    jo_str(j, "fail", o->fail[0] == '\0' ? NULL : o->fail);
    jo_close(j);
}

static bool read_cursor(const struct req *r, struct uuid *ret, struct err *e)
{
    const char *s = req_query(r, "cursor");

    memset(ret->b, 0xff, sizeof(ret->b));
    return s == NULL || uuid_parse(s, ret) ||
           ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
               "cursor is not what a page gave");
}

static bool get_outbox(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char last[UUID_TEXT_MAX] = "";
    struct uuid channel, before;
    int64_t n = 0;

    if (!req_uuid(r, 0, &channel, e) || !read_cursor(r, &before, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &notice_queries[NOTICE_Q_OUTBOX_LIST], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&channel), SQL_BLOB(before.b, sizeof(before.b)), SQL_INT(PAGE)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (; sql_next(rows); n++) {
        const struct outbox_row o = outbox_full_row(rows, r->arena);

        write_row(r, &o);
        uuid_format(o.id, last);
    }
    jo_close(&r->out);
    jo_str(&r->out, "next", n == PAGE ? last : NULL);
    jo_close(&r->out);
    return sql_end(&rows, e);
}

static bool find_row(struct req *r, struct sql_tx *tx, struct uuid id, struct outbox_row *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool found;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_OUTBOX_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    found = sql_next(rows);
    if (found)
        *ret = outbox_full_row(rows, r->arena);
    return sql_end(&rows, e) && (found || ERR(e, ERR_NOT_FOUND, "outbox.not_found", "发件箱里没有这一条",
                                              "there is no such thing in the outbox"));
}

static bool post_retry(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct outbox_row o;
    struct channel c;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !find_row(r, tx, id, &o, e) || !channel_read(tx, r->services->district, o.channel, r->arena, &c, e))
        return false;
    if (o.state != OUTBOX_GIVEN_UP && o.state != OUTBOX_DROPPED)
        return ERR(e, ERR_CONFLICT, "outbox.state", "只有没发成的才能再发",
                   "only what was given up can be sent again");
    if (!sql_run(tx, &notice_queries[NOTICE_Q_OUTBOX_AGAIN], e, SQL_INT(r->services->district), SQL_UUID(&id),
                 SQL_INT(r->now)) ||
        !audit_channel(r, tx, "outbox.retry", &c, e) || !find_row(r, tx, id, &o, e) || !sql_commit(&tx, e))
        return false;
    sender_nudge();
    write_row(r, &o);
    return true;
}

/* --- a trial --- */

static bool put_trial(struct req *r, struct sql_tx *tx, const struct channel *c, struct uuid account,
                      struct uuid device, struct err *e)
{
    const struct outbox_row o = {.id = uuid_make(),
                                 .channel = c->id,
                                 .account = account,
                                 .device = device,
                                 .what = "test",
                                 .at = r->now,
                                 .urgent = 1,
                                 .next_at = r->now,
                                 .fail = ""};

    write_row(r, &o);
    return outbox_put(tx, r->services->district, &o, e);
}

static bool trial_on_devices(struct req *r, struct sql_tx *tx, const struct channel *c, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid devices[DEVICES_MAX], account = r->who->account;
    size_t n = 0;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_DEVICES], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&account), SQL_INT(DEVICES_MAX)))
        return false;
    while (sql_next(rows) && n < DEVICES_MAX)
        devices[n++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    if (n == 0)
        return ERR(e, ERR_CONFLICT, "channel.no_device",
                   "您还没有允许任何浏览器收提醒：请先在“提醒方式”里打开",
                   "no browser of yours takes notices yet: allow it in “How I am told” first");
    for (size_t i = 0; i < n; i++)
        if (!put_trial(r, tx, c, account, devices[i], e))
            return false;
    return true;
}

static bool has_address(struct req *r, struct sql_tx *tx, const struct channel *c, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid account = r->who->account;
    struct reach reach;
    bool has;

    if (c->type == CHANNEL_MAIL) {
        if (!reach_read(tx, r->services->district, account, r->arena, &reach, e))
            return false;
        has = reach.mail[0] != '\0' && reach.mail_ok;
    } else {
        if (!sql_query(tx, &notice_queries[NOTICE_Q_PHONE], &rows, e, SQL_INT(r->services->district),
                       SQL_UUID(&account)))
            return false;
        has = sql_next(rows) && !sql_is_null(rows, 0);
        if (!sql_end(&rows, e))
            return false;
    }
    return has ||
           ERR(e, ERR_CONFLICT, "channel.no_address",
               "您自己没有可用的号码或邮箱，试发会发给您：请先在“提醒方式”里填好",
               "a trial goes to yourself, and you have no number or confirmed address: see “How I am told”");
}

static bool put_trials(struct req *r, struct sql_tx *tx, const struct channel *c, struct err *e)
{
    static const struct uuid none;

    if (!c->active)
        return ERR(e, ERR_CONFLICT, "channel.off", "渠道已停用，启用后才能试发",
                   "the channel is off: turn it on first");
    if (!channel_is_personal(c->type))
        return put_trial(r, tx, c, none, none, e);
    if (c->type == CHANNEL_PUSH)
        return trial_on_devices(r, tx, c, e);
    return has_address(r, tx, c, e) && put_trial(r, tx, c, r->who->account, none, e);
}

static bool post_test(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct channel c;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !channel_read(tx, r->services->district, id, r->arena, &c, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (!put_trials(r, tx, &c, e) || !sql_commit(&tx, e))
        return false;
    sender_nudge();
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* --- for those who watch --- */

bool notice_troubles(struct sql *db, int64_t district, struct arena *a, const struct channel_trouble **ret,
                     size_t *ret_n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct channel_trouble *list = arena_array(a, struct channel_trouble, CHANNELS_MAX);
    struct channel *channels;
    size_t n;

    *ret = list;
    *ret_n = 0;
    if (!sql_begin(db, SQL_READ, &tx, e) || !channels_read(tx, district, a, &channels, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (channels[i].active && channels[i].failures >= NOTICE_FAILURES_MANY)
            list[(*ret_n)++] = (struct channel_trouble){.title = channels[i].title,
                                                        .why = channels[i].fail,
                                                        .failures = channels[i].failures,
                                                        .ok_at = channels[i].ok_at};
    return true;
}

bool notice_waiting(struct sql *db, int64_t district, int64_t now, int64_t *ret_n, int64_t *ret_oldest_ms,
                    struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(LIMIT_REQUEST_ARENA);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t oldest = INT64_MAX, one;
    struct channel *channels;
    size_t n;

    *ret_n = 0;
    if (!sql_begin(db, SQL_READ, &tx, e) || !channels_read(tx, district, a, &channels, &n, e))
        return false;
    for (size_t i = 0; i < n; i++, *ret_n += one)
        if (!count_waiting(tx, district, channels[i].id, now, &one, &oldest, e))
            return false;
    *ret_oldest_ms = oldest < now ? now - oldest : 0;
    return true;
}

const struct route channel_routes[] = {
    {GET, "/api/v1/channels", PERM_ADMIN, BODY_NONE, get_channels, NULL, 0,
     "How notices leave, and how each channel fares", "Channels"},
    {PUT, "/api/v1/channels/{id}", PERM_ADMIN, BODY_JSON, put_channel, NULL, 32768,
     "Make or change a channel; a secret that is not sent stays", "Channel"},
    {DELETE, "/api/v1/channels/{id}", PERM_ADMIN, BODY_NONE, delete_channel, NULL, 0,
     "Remove a channel; what waits there is dropped", "Ok"},
    {POST, "/api/v1/channels/{id}/test", PERM_ADMIN, BODY_JSON, post_test, NULL, 1024,
     "Send one to me, or to the channel's group", "Outbox"},
    {GET, "/api/v1/channels/{id}/outbox", PERM_ADMIN, BODY_NONE, get_outbox, NULL, 0,
     "What was and is to be sent there, newest first", "Outbox"},
    {POST, "/api/v1/outbox/{id}/retry", PERM_ADMIN, BODY_JSON, post_retry, NULL, 1024,
     "Send once more what was given up", "OutboxItem"},
    {.method = METHOD_UNSET},
};
