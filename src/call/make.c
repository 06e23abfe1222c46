/* Calls begin, are answered, end: what the history has to say of them goes through the door while the request
 * waits. */
#include "base/text.h"
#include "call.sql.h"
#include "call/handlers.h"
#include "json/json_in.h"
#include "record/store.h"

#include <stddef.h>

enum { MEMBERS_MAX = 128, WORD_CHARS = 16 };

/* A command on its way while its request waits. */
struct saying {
    struct ticket ticket;
    struct outcome outcome;
    struct req *req;
    struct call call;
    struct record *record;
};

static void said(void *ctx, struct ticket *t)
{
    struct saying *s = ctx;

    (void)t;
    req_wake(s->req);
}

static bool say(struct saying *s, const struct command *c, struct err *e)
{
    s->ticket = (struct ticket){.command = c, .outcome = &s->outcome, .done = said, .ctx = s};
    s->req->state = s;
    if (!door_submit(s->req->services->door, &s->ticket, e))
        return false;
    s->req->pending = true;
    return true;
}

static void answer_with(struct req *r, const struct call *c, const struct record *rec)
{
    jo_obj(&r->out, NULL);
    call_write(r, c, rec);
    jo_close(&r->out);
}

/* --- beginning --- */

struct start_body {
    struct uuid id, to, device;
};

static bool read_start(struct req *r, struct start_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct start_body, id), true, 0, 0},
        {"to", JSON_UUID, offsetof(struct start_body, to), true, 0, 0},
        {"device", JSON_UUID, offsetof(struct start_body, device), true, 0, 0},
    };

    *ret = (struct start_body){0};
    return json_read(r->json, "", members, COUNT_OF(members), ret, e);
}

static struct command *start_command(const struct req *r, const struct call *c)
{
    struct command *cmd = arena_new(r->arena, struct command);
    struct call_input *call = arena_new(r->arena, struct call_input);

    call->to = c->callee;
    cmd->id = c->id;
    cmd->who = r->who;
    cmd->at = r->now;
    cmd->target = c->record;
    cmd->verb = "call";
    cmd->version = -1;
    cmd->call = call;
    return cmd;
}

/* Everything the engine would refuse is refused before a phone rings. */
static bool may_call(struct req *r, struct sql_tx *tx, struct saying *s, const struct command *cmd,
                     struct err *e)
{
    const struct world *w = r->services->world(r->services);
    const struct engine_input in = {.world = w, .command = cmd};
    struct engine_input with = in;
    struct change *change = NULL;

    if (!record_load(tx, w, s->call.record, r->arena, &s->record, e))
        return false;
    if (s->record == NULL || !record_visible(w, s->record, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    with.before = s->record;
    return engine_apply(&with, r->arena, &change, e);
}

static bool not_too_often(struct req *r, struct sql_tx *tx, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t n = 0;

    if (!sql_query(tx, &call_queries[CALL_Q_RECENT], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&r->who->account), SQL_INT(r->now - CALL_RECENT_MS)))
        return false;
    if (sql_next(rows))
        n = sql_int(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    if (n < CALL_RECENT_MAX)
        return true;
    (void)ERR(e, ERR_TOO_MANY, "call.often", "呼叫太频繁：%d 分钟内至多 %d 次，请稍后再试",
              "too many calls: at most %2$d in %1$d minutes, try later", CALL_RECENT_MS / 60000,
              CALL_RECENT_MAX);
    e->retry_after_s = CALL_RECENT_MS / 1000;
    return false;
}

/* Whom it rings: those who could answer and do not talk already. */
static bool free_ones(struct req *r, struct sql_tx *tx, const struct saying *s, struct uuid ret[MEMBERS_MAX],
                      size_t *ret_n, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    struct uuid all[MEMBERS_MAX];
    struct call *open = NULL;
    size_t n_open = 0, n;

    if (!call_list_open(tx, r->services->district, r->arena, &open, &n_open, e))
        return false;
    if (call_engaged(open, n_open, r->who->account))
        return ERR(e, ERR_CONFLICT, "call.own", "您正在另一次通话中，请先挂断",
                   "you are in another call: hang up first");
    if (n_open == CALL_OPEN_MAX)
        return ERR(e, ERR_BUSY, "call.full", "同时进行的通话已满（%d 个），请稍后再试",
                   "all %d calls are taken, try later", CALL_OPEN_MAX);
    n = record_callable(w, s->record, r->who->account, s->call.callee, r->now, r->arena, all, MEMBERS_MAX);
    *ret_n = 0;
    for (size_t i = 0; i < n; i++)
        if (!call_engaged(open, n_open, all[i]))
            ret[(*ret_n)++] = all[i];
    return *ret_n > 0 || ERR(e, ERR_CONFLICT, "call.busy", "对方正在通话中，请稍后再试",
                             "they are in another call: try later");
}

static bool put_call(struct req *r, struct sql_tx *tx, const struct saying *s, struct err *e)
{
    const struct call *c = &s->call;
    int64_t district = r->services->district;
    struct uuid ring[MEMBERS_MAX];
    size_t n = 0;

    if (!not_too_often(r, tx, e) || !free_ones(r, tx, s, ring, &n, e) ||
        !sql_run(tx, &call_queries[CALL_Q_PUT], e, SQL_INT(district), SQL_UUID(&c->id), SQL_UUID(&c->record),
                 SQL_UUID(&c->caller), SQL_UUID(&c->callee), SQL_UUID(&c->caller_device),
                 SQL_INT(c->asked_at)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sql_run(tx, &call_queries[CALL_Q_RING_PUT], e, SQL_INT(district), SQL_UUID(&ring[i]),
                     SQL_UUID(&c->id)))
            return false;
    return true;
}

/* The same request again, because its answer was lost, finds the call it made. */
static bool make_call(struct req *r, struct saying *s, const struct command *cmd, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call old = {0};
    bool there = false;

    if (!sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !call_get(tx, r->services->district, s->call.id, r->arena, &old, &there, e) ||
        !may_call(r, tx, s, cmd, e))
        return false;
    if (there && (!uuid_eq(old.caller, s->call.caller) || !uuid_eq(old.record, s->call.record) ||
                  !uuid_eq(old.callee, s->call.callee)))
        return ERR(e, ERR_CONFLICT, "command.reused", "这个编号已用于另一个请求",
                   "this id was used for another request");
    if (there) {
        s->call = old;
        return true;
    }
    return put_call(r, tx, s, e) && sql_commit(&tx, e);
}

bool call_start(struct req *r, struct err *e)
{
    struct saying *s = arena_new(r->arena, struct saying);
    const struct command *cmd;
    struct start_body b;
    struct uuid record;

    if (!req_uuid(r, 0, &record, e) || !read_start(r, &b, e))
        return false;
    s->req = r;
    s->call = (struct call){.id = b.id,
                            .record = record,
                            .caller = r->who->account,
                            .callee = b.to,
                            .caller_device = b.device,
                            .state = CALL_RINGING,
                            .outcome = "",
                            .asked_at = r->now,
                            .caller_seen = r->now};
    cmd = start_command(r, &s->call);
    return make_call(r, s, cmd, e) && say(s, cmd, e);
}

/* What the door did not take never was a call. */
static bool take_back(struct req *r, struct call *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    c->written = true;
    return sql_begin(r->services->db, SQL_WRITE, &tx, e) &&
           call_finish(tx, r->services->district, c, "cancelled", r->now, e) && sql_commit(&tx, e);
}

bool call_started(struct req *r, struct err *e)
{
    struct saying *s = r->state;
    struct err again = {0};

    if (!s->outcome.ok) {
        *e = s->outcome.err;
        outcome_free(&s->outcome);
        (void)take_back(r, &s->call, &again);
        return false;
    }
    r->status = s->outcome.replayed ? 200 : 201;
    outcome_free(&s->outcome);
    answer_with(r, &s->call, s->record);
    return true;
}

/* --- ending --- */

/* The end is committed; now the history is told. */
static bool say_end(struct req *r, const struct call *c, struct record *rec, struct err *e)
{
    struct saying *s = arena_new(r->arena, struct saying);

    s->req = r;
    s->call = *c;
    s->record = rec;
    return say(s, call_end_command(r->services->world(r->services), c, r->who, r->now, r->arena), e);
}

bool call_ended(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct saying *s = r->state;
    bool ok = s->outcome.ok;

    if (!ok)
        *e = s->outcome.err;
    outcome_free(&s->outcome);
    if (!ok)
        return false;
    s->call.written = true;
    if (!sql_begin(r->services->db, SQL_WRITE, &tx, e) || !call_set(tx, r->services->district, &s->call, e) ||
        !sql_commit(&tx, e))
        return false;
    answer_with(r, &s->call, s->record);
    return true;
}

struct end_body {
    struct uuid device;
    const char *why;
};

static const char *outcome_of(const struct call *c, const struct end_body *b, int64_t now)
{
    enum { NEARLY_MS = 2000 };

    if (c->state == CALL_ACTIVE)
        return str_eq(b->why, "lost") ? "lost" : "ended";
    return now - c->asked_at > CALL_RING_MS - NEARLY_MS ? "missed" : "cancelled";
}

static bool read_end(struct req *r, struct end_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"device", JSON_UUID, offsetof(struct end_body, device), true, 0, 0},
        {"why", JSON_TEXT, offsetof(struct end_body, why), false, 0, WORD_CHARS},
    };

    *ret = (struct end_body){.why = "ended"};
    if (!json_read(r->json, "", members, COUNT_OF(members), ret, e))
        return false;
    return str_eq(ret->why, "ended") || str_eq(ret->why, "lost") ||
           ERR_FIELD(e, "why", "call.why", "须是 ended 或 lost", "must be ended or lost");
}

/* Hanging up what is over answers how it ended. Whoever made or took it may end it from any screen. */
bool call_end(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call c = {0};
    struct end_body b;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !read_end(r, &b, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !call_of(r, tx, id, &c, e))
        return false;
    if (!call_is_theirs(r, &c))
        return ERR(e, ERR_CONFLICT, "call.not_taken", "请先接听", "take the call first");
    if (c.state != CALL_ENDED &&
        (!call_finish(tx, r->services->district, &c, outcome_of(&c, &b, r->now), r->now, e) ||
         !sql_commit(&tx, e)))
        return false;
    sql_rollback(&tx);
    return say_end(r, &c, NULL, e);
}

/* --- answering --- */

struct answer_body {
    struct uuid device;
    const char *answer;
};

static bool read_answer(struct req *r, struct answer_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"device", JSON_UUID, offsetof(struct answer_body, device), true, 0, 0},
        {"answer", JSON_TEXT, offsetof(struct answer_body, answer), true, 1, WORD_CHARS},
    };

    *ret = (struct answer_body){0};
    if (!json_read(r->json, "", members, COUNT_OF(members), ret, e))
        return false;
    return str_eq(ret->answer, "accept") || str_eq(ret->answer, "decline") || str_eq(ret->answer, "busy") ||
           ERR_FIELD(e, "answer", "call.answer", "须是 accept、decline 或 busy",
                     "must be accept, decline or busy");
}

/* It still rings, and for whoever answers. The same screen may accept once more. */
static bool may_answer(const struct req *r, const struct call *c, const struct answer_body *b,
                       bool *ret_again, struct err *e)
{
    *ret_again = c->state == CALL_ACTIVE && uuid_eq(c->answerer, r->who->account) &&
                 uuid_eq(c->answerer_device, b->device) && str_eq(b->answer, "accept");
    if (*ret_again)
        return true;
    if (uuid_eq(c->caller, r->who->account))
        return ERR(e, ERR_CONFLICT, "call.own_call", "这是您自己发起的呼叫", "this call is your own");
    if (c->state == CALL_ACTIVE)
        return ERR(e, ERR_CONFLICT, "call.elsewhere", "这次通话在另一台设备上",
                   "this call is on another device");
    return (c->state == CALL_RINGING && r->now - c->asked_at <= CALL_RING_MS) ||
           ERR(e, ERR_CONFLICT, "call.over", "呼叫已经结束", "the call is over");
}

static bool accept_call(struct req *r, struct sql_tx *tx, struct call *c, const struct answer_body *b,
                        struct err *e)
{
    struct call *open = NULL;
    size_t n = 0;

    if (!call_list_open(tx, r->services->district, r->arena, &open, &n, e))
        return false;
    if (call_engaged(open, n, r->who->account))
        return ERR(e, ERR_CONFLICT, "call.own", "您正在另一次通话中，请先挂断",
                   "you are in another call: hang up first");
    c->state = CALL_ACTIVE;
    c->answerer = r->who->account;
    c->answerer_device = b->device;
    c->answered_at = c->caller_seen = c->answerer_seen = r->now;
    return call_set(tx, r->services->district, c, e);
}

/* Whether anybody's phone rings on. */
static bool still_rings(struct req *r, struct sql_tx *tx, const struct call *c, bool *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = false;
    if (!sql_query(tx, &call_queries[CALL_Q_RINGS], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&c->id)))
        return false;
    while (sql_next(rows))
        *ret = *ret || sql_int(rows, 1) == 0;
    return sql_end(&rows, e);
}

static bool decline(struct req *r, struct sql_tx *tx, struct call *c, struct err *e)
{
    bool rings = false;

    if (!sql_run(tx, &call_queries[CALL_Q_RING_DECLINE], e, SQL_INT(r->services->district),
                 SQL_UUID(&r->who->account), SQL_UUID(&c->id)) ||
        !still_rings(r, tx, c, &rings, e))
        return false;
    return rings || call_finish(tx, r->services->district, c, "declined", r->now, e);
}

bool call_answer(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct call c = {0};
    struct answer_body b;
    bool again = false;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !read_answer(r, &b, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !call_of(r, tx, id, &c, e) || !call_matter(r, tx, &c, &rec, e) || !may_answer(r, &c, &b, &again, e))
        return false;
    if (!again && !(str_eq(b.answer, "accept") ? accept_call(r, tx, &c, &b, e) : decline(r, tx, &c, e)))
        return false;
    if (!sql_commit(&tx, e))
        return false;
    if (c.state == CALL_ENDED)
        return say_end(r, &c, rec, e);
    answer_with(r, &c, rec);
    return true;
}
