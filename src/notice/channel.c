#include "notice/channel.h"

#include "base/clock.h"
#include "base/text.h"
#include "notice.sql.h"
#include "notice/encode.h"
#include "notice/notice.h"

#include <string.h>

static const char *const names[CHANNEL__MAX] = {"",      "push",   "webhook", "dingtalk",
                                                "wecom", "feishu", "sms",     "mail"};

const char *channel_type_name(enum channel_type t)
{
    return names[t];
}

enum channel_type channel_type_of(const char *name)
{
    for (int t = CHANNEL_UNSET + 1; t < CHANNEL__MAX; t++)
        if (str_eq(names[t], name))
            return (enum channel_type)t;
    return CHANNEL_UNSET;
}

bool channel_is_personal(enum channel_type t)
{
    return t == CHANNEL_PUSH || t == CHANNEL_SMS || t == CHANNEL_MAIL;
}

/* --- rows --- */

static const char *text_at(const struct sql_rows *rows, int col, struct arena *a)
{
    return arena_strdup(a, sql_text(rows, col));
}

struct channel channel_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct channel){.id = sql_uuid(rows, 0),
                            .type = channel_type_of(sql_text(rows, 1)),
                            .title = text_at(rows, 2, a),
                            .active = sql_int(rows, 3) != 0,
                            .what = text_at(rows, 4, a),
                            .kinds = text_at(rows, 5, a),
                            .org = sql_uuid(rows, 6),
                            .detail = sql_int(rows, 7) != 0,
                            .per_minute = sql_int(rows, 8),
                            .sender = text_at(rows, 9, a),
                            .login = text_at(rows, 10, a),
                            .header = text_at(rows, 11, a),
                            .body = text_at(rows, 12, a),
                            .expects = text_at(rows, 13, a),
                            .url = text_at(rows, 14, a),
                            .place = text_at(rows, 15, a),
                            .secret = text_at(rows, 16, a),
                            .public_key = text_at(rows, 17, a),
                            .version = sql_int(rows, 18),
                            .by_whom = sql_uuid(rows, 19),
                            .at = sql_int(rows, 20),
                            .ok_at = sql_int(rows, 21),
                            .fail_at = sql_int(rows, 22),
                            .failures = sql_int(rows, 23),
                            .fail = text_at(rows, 24, a)};
}

bool channels_read(struct sql_tx *tx, int64_t district, struct arena *a, struct channel **ret, size_t *ret_n,
                   struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = arena_array(a, struct channel, CHANNELS_MAX);
    *ret_n = 0;
    if (!sql_query(tx, &notice_queries[NOTICE_Q_CHANNELS], &rows, e, SQL_INT(district),
                   SQL_INT(CHANNELS_MAX)))
        return false;
    while (sql_next(rows))
        (*ret)[(*ret_n)++] = channel_row(rows, a);
    return sql_end(&rows, e);
}

bool channel_read(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct channel *ret,
                  struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool found;

    if (!sql_query(tx, &notice_queries[NOTICE_Q_CHANNEL_GET], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    found = sql_next(rows);
    if (found)
        *ret = channel_row(rows, a);
    return sql_end(&rows, e) &&
           (found || ERR(e, ERR_NOT_FOUND, "channel.not_found", "没有这条渠道", "there is no such channel"));
}

bool channel_put(struct sql_tx *tx, int64_t district, const struct channel *c, struct err *e)
{
    return sql_run(tx, &notice_queries[NOTICE_Q_CHANNEL_PUT], e, SQL_INT(district), SQL_UUID(&c->id),
                   SQL_TEXT(channel_type_name(c->type)), SQL_TEXT(c->title), SQL_INT(c->active),
                   SQL_TEXT(c->what), SQL_TEXT(c->kinds), SQL_UUID(&c->org), SQL_INT(c->detail),
                   SQL_INT(c->per_minute), SQL_TEXT(c->sender), SQL_TEXT(c->login), SQL_TEXT(c->header),
                   SQL_TEXT(c->body), SQL_TEXT(c->expects), SQL_TEXT(c->url), SQL_TEXT(c->place),
                   SQL_TEXT(c->secret), SQL_TEXT(c->public_key), SQL_INT(c->version), SQL_UUID(&c->by_whom),
                   SQL_INT(c->at));
}

static bool unseal(const struct channel *c, const struct privacy *pv, struct arena *a, const char *field,
                   const char *sealed, const char **ret, struct err *e)
{
    *ret = "";
    return sealed[0] == '\0' || privacy_unseal(pv, a, c->id, field, sealed, ret, e);
}

bool channel_open(const struct channel *c, const struct privacy *pv, struct arena *a,
                  struct channel_secrets *ret, struct err *e)
{
    return unseal(c, pv, a, "url", c->url, &ret->url, e) &&
           unseal(c, pv, a, "secret", c->secret, &ret->secret, e);
}

bool channel_push_key(const struct channel *c, const char *secret, struct push_key *ret, struct err *e)
{
    size_t n_scalar = 0, n_point = 0;

    return (decode_base64url(secret, ret->scalar, sizeof(ret->scalar), &n_scalar) &&
            n_scalar == P256_SCALAR &&
            decode_base64url(c->public_key, ret->point, sizeof(ret->point), &n_point) &&
            n_point == P256_POINT) ||
           ERR(e, ERR_INTERNAL, "channel.key", "推送渠道的密钥已损坏，请另建一条",
               "the key of the push channel is damaged: make another one");
}

/* --- what goes where --- */

void what_sort(const char *what, char ret[WHAT_MAX])
{
    size_t n = strcspn(what, ":");

    if (str_eq(what, "call"))
        str_copy(ret, WHAT_MAX, "ring");
    else
        str_copy(ret, n < WHAT_MAX ? n + 1 : WHAT_MAX, what);
}

bool what_rings(const char *what)
{
    char sort[WHAT_MAX];

    what_sort(what, sort);
    return str_eq(sort, "ring");
}

bool list_has(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *s = list; *s != '\0'; s += strcspn(s, ","), s += *s == ',')
        if (strcspn(s, ",") == n && strncmp(s, word, n) == 0)
            return true;
    return false;
}

bool channel_carries(const struct channel *c, const char *what, const char *kind)
{
    char sort[WHAT_MAX];

    what_sort(what, sort);
    if (str_eq(what, "call") && c->type != CHANNEL_PUSH)
        return false; /* it rings for less than a minute: a message read later only disturbs */
    return c->active && list_has(c->what, sort) &&
           (c->kinds[0] == '\0' || (kind != NULL && list_has(c->kinds, kind)));
}

/* --- people --- */

/* Who has given a browser or an address wants what comes; a message to the telephone costs money. */
const struct reach reach_default = {
    .wants = "notify:push,ask:push,mention:push,notify:mail,ask:mail,mention:mail", .mail = ""};

struct reach reach_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct reach){.quiet_from = sql_int(rows, 0),
                          .quiet_to = sql_int(rows, 1),
                          .wants = text_at(rows, 2, a),
                          .mail = text_at(rows, 3, a),
                          .mail_ok = sql_int(rows, 4) != 0,
                          .lang = (int)sql_int(rows, 5),
                          .version = sql_int(rows, 6),
                          .account = sql_uuid(rows, 7),
                          .mail_version = sql_int(rows, 8)};
}

bool reach_read(struct sql_tx *tx, int64_t district, struct uuid account, struct arena *a, struct reach *ret,
                struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = reach_default;
    ret->account = account;
    if (!sql_query(tx, &notice_queries[NOTICE_Q_REACH], &rows, e, SQL_INT(district), SQL_UUID(&account)))
        return false;
    if (sql_next(rows))
        *ret = reach_row(rows, a);
    return sql_end(&rows, e);
}

bool reach_wants(const struct reach *r, const char *what, enum channel_type t)
{
    char sort[WHAT_MAX], word[2 * WHAT_MAX];
    size_t n;

    what_sort(what, sort);
    if (str_eq(sort, "ring"))
        return true;
    n = strlen(sort);
    str_copy(word, sizeof(word), sort);
    str_copy(word + n, sizeof(word) - n, ":");
    str_copy(word + n + 1, sizeof(word) - n - 1, channel_type_name(t));
    return list_has(r->wants, word);
}

enum { MINUTE_MS = 60000, DAY_MINUTES = 24 * 60 };

int64_t reach_quiet_until(const struct reach *r, int64_t at, int offset_min)
{
    int64_t local = at / MINUTE_MS + offset_min, day = local / DAY_MINUTES, minute = local % DAY_MINUTES;
    bool over_midnight = r->quiet_from > r->quiet_to, quiet;

    if (r->quiet_from == r->quiet_to)
        return 0;
    quiet = over_midnight ? minute >= r->quiet_from || minute < r->quiet_to
                          : minute >= r->quiet_from && minute < r->quiet_to;
    if (!quiet)
        return 0;
    if (over_midnight && minute >= r->quiet_from)
        day++;
    return (day * DAY_MINUTES + r->quiet_to - offset_min) * MINUTE_MS;
}

int64_t reach_quiet_since(const struct reach *r, int64_t until)
{
    int64_t length = (r->quiet_to - r->quiet_from + DAY_MINUTES) % DAY_MINUTES;

    return until - length * MINUTE_MS;
}

struct push_device device_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct push_device){.id = sql_uuid(rows, 0),
                                .endpoint = text_at(rows, 1, a),
                                .keys = text_at(rows, 2, a),
                                .agent = text_at(rows, 3, a),
                                .lang = (int)sql_int(rows, 4),
                                .at = sql_int(rows, 5)};
}
