/* /ballots/{id}/roll: making the roll, correcting it, giving one's vote to another, handing out paper. */
#include "ballot/poll.h"
#include "base/text.h"
#include "json/json_in.h"

#include <stddef.h>
#include <string.h>

static const size_t ALL_BYTES = (size_t)1 << 30;

/* --- making --- */

struct make_body {
    const char *from, *csv;
    bool dry;
};

static bool make_roll(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"from", JSON_TEXT, offsetof(struct make_body, from), false, 0, 16},
        {"csv", JSON_TEXT, offsetof(struct make_body, csv), false, 0, (int64_t)8 * 1024 * 1024},
        {"dry", JSON_BOOL, offsetof(struct make_body, dry), false, 0, 0},
    };
    AUTO(arena_free) struct arena *a = arena_create(ALL_BYTES);
    struct make_body b = {0};
    struct elector *list = NULL;
    struct weight sum = {0};
    struct poll p;
    size_t n = 0;

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e))
        return false;
    {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        if (!poll_open(r, SQL_READ, &p, &tx, e) || !poll_runs(&p, e) || !poll_roll_open(&p, e))
            return false;
    }
    p.a = a;
    if (b.csv == NULL && !str_eq(b.from, "records"))
        return ERR_FIELD(e, "from", "ballot.from", "请给出 csv，或 from: records",
                         "give csv, or from: records");
    if (!(b.csv != NULL ? roll_from_csv(&p, b.csv, &list, &n, e) : roll_from_records(&p, &list, &n, e)))
        return false;
    if (n == 0)
        return ERR_FIELD(e, b.csv != NULL ? "csv" : "from", "ballot.nobody", "名册里一个人也没有",
                         "there is nobody on the roll");
    for (size_t i = 0; i < n; i++)
        sum = (struct weight){sum.heads + list[i].w.heads, sum.area + list[i].w.area};
    if (!b.dry && !roll_replace(&p, list, n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "numbers", (int64_t)n);
    jo_int(&r->out, "heads", sum.heads);
    jo_int(&r->out, "area", sum.area);
    jo_str(&r->out, "digest", roll_digest(a, list, n));
    jo_bool(&r->out, "done", !b.dry);
    jo_close(&r->out);
    return true;
}

bool roll_put_all(struct req *r, struct err *e)
{
    return req_aside(r, make_roll, e);
}

/* --- reading --- */

static const char *mask_of(const char *name)
{
    const char *bar = strchr(name, '|');

    return bar == NULL ? "" : bar + 1;
}

static void write_number(struct json_out *j, const struct elector *x)
{
    jo_int(j, "no", x->no);
    jo_str(j, "name", mask_of(x->name));
    jo_str(j, "label", x->label);
    jo_str(j, "place", x->place);
    jo_int(j, "heads", x->w.heads);
    jo_int(j, "area", x->w.area);
    jo_bool(j, "account", !uuid_is_nil(x->account));
    jo_int(j, "proxy", x->proxy);
    jo_str(j, "mark", x->mark);
    jo_str(j, "typed", x->typed);
}

static bool answer_number(struct req *r, const struct elector *x)
{
    jo_obj(&r->out, NULL);
    write_number(&r->out, x);
    jo_close(&r->out);
    return true;
}

bool roll_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct elector *list;
    struct poll p;
    int64_t after;
    size_t n;

    if (!req_query_int(r, "cursor", 0, INT32_MAX, 0, &after, e) || !poll_open(r, SQL_READ, &p, &tx, e) ||
        !poll_runs(&p, e) || !roll_page(&p, tx, after, ROLL_PAGE, &list, &n, e) ||
        !roll_typed(&p, tx, after, list, n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++) {
        jo_obj(&r->out, NULL);
        write_number(&r->out, &list[i]);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_str(&r->out, "next",
           n == ROLL_PAGE ? arena_printf(r->arena, "%lld", (long long)list[n - 1].no) : NULL);
    jo_close(&r->out);
    return true;
}

/* --- one number --- */

static bool number_of(const struct req *r, int64_t *ret, struct err *e)
{
    return (parse_int64(r->path_param[1], ret) && *ret >= 1 && *ret <= INT32_MAX) ||
           ERR(e, ERR_NOT_FOUND, "ballot.number", "名册上没有第 %lld 号",
               "there is no number %lld on the roll", 0LL);
}

struct correct_body {
    const char *name, *label, *place, *login, *reason;
    int64_t heads, area;
    bool remove;
};

static bool set_account(const struct poll *p, const char *given, struct elector *x, struct err *e)
{
    struct account *acc = NULL;
    char login[LOGIN_MAX];

    if (given == NULL)
        return true;
    x->account = (struct uuid){{0}};
    if (given[0] == '\0')
        return true;
    account_login(p->world->privacy, given, login);
    if (!account_by_login(p->db, p->world->privacy, p->world->district, login, p->a, &acc, e))
        return false;
    x->account = acc->id;
    return true;
}

static void correct(const struct poll *p, const struct correct_body *b, struct elector *x)
{
    x->name = b->name != NULL ? seal_name(p, x->no, b->name) : x->name;
    x->label = b->label != NULL ? b->label : x->label;
    x->place = b->place != NULL ? b->place : x->place;
    x->w.heads = b->heads >= 0 ? b->heads : x->w.heads;
    x->w.area = b->area >= 0 ? b->area : x->w.area;
}

static bool correct_in(struct poll *p, struct sql_tx *tx, const struct correct_body *b, struct elector *x,
                       struct sum_row *ret_was, struct err *e)
{
    const int64_t no = x->no;
    bool there = false;

    if (!roll_get(p, tx, no, x, &there, e))
        return false;
    x->no = no;
    *ret_was = there ? (struct sum_row){1, x->w} : (struct sum_row){0};
    if (!there && (b->remove || b->name == NULL))
        return roll_need(p, tx, x->no, x, e);
    if (!there)
        *x = (struct elector){.no = x->no, .name = "", .label = "", .place = "", .w = {1, 0}, .mark = ""};
    correct(p, b, x);
    return true;
}

/* `was`: what the number weighed before, nothing if there was none. */
static bool store_corrected(const struct poll *p, struct sql_tx *tx, const struct correct_body *b,
                            const struct elector *x, struct sum_row was, struct err *e)
{
    const struct sum_row is = b->remove ? (struct sum_row){0} : (struct sum_row){1, x->w};
    const struct weight more = {is.w.heads - was.w.heads, is.w.area - was.w.area};

    return sums_roll(tx, p->world->district, &p->rec->id, is.n - was.n, more, p->a, e) &&
           (b->remove ? roll_strike(p, tx, x->no, e) : roll_put(p, tx, x, e)) &&
           poll_audit(p, tx, b->remove ? "ballot.strike" : "ballot.correct", x->no, b->reason, e);
}

bool roll_correct(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"name", JSON_TEXT, offsetof(struct correct_body, name), false, 1, NAME_CHARS},
        {"label", JSON_TEXT, offsetof(struct correct_body, label), false, 0, LABEL_CHARS},
        {"place", JSON_TEXT, offsetof(struct correct_body, place), false, 0, LABEL_CHARS},
        {"login", JSON_TEXT, offsetof(struct correct_body, login), false, 0, LOGIN_MAX},
        {"heads", JSON_INT, offsetof(struct correct_body, heads), false, 0, 1000},
        {"area", JSON_INT, offsetof(struct correct_body, area), false, 0, WEIGHT_MAX},
        {"remove", JSON_BOOL, offsetof(struct correct_body, remove), false, 0, 0},
        {"reason", JSON_TEXT, offsetof(struct correct_body, reason), true, 2, REASON_CHARS},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct correct_body b = {.heads = -1, .area = -1};
    struct elector x = {0}, account = {0};
    struct sum_row was = {0};
    struct poll p = poll_of(r);

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e) || !number_of(r, &x.no, e) ||
        !set_account(&p, b.login, &account, e) || !poll_open(r, SQL_WRITE, &p, &tx, e) || !poll_runs(&p, e) ||
        !poll_roll_open(&p, e) || !correct_in(&p, tx, &b, &x, &was, e))
        return false;
    if (b.login != NULL)
        x.account = account.account;
    return store_corrected(&p, tx, &b, &x, was, e) && sql_commit(&tx, e) && answer_number(r, &x);
}

/* --- proxies --- */

/* Nobody votes for more than the rule allows, and what was given is not given on. */
static bool may_hold(const struct poll *p, struct sql_tx *tx, const struct elector *x, int64_t to,
                     struct err *e)
{
    struct elector holder;
    int64_t holds = 0, given = 0;

    if (to == x->no)
        return ERR_FIELD(e, "to", "ballot.self", "不能委托自己", "a number cannot give its vote to itself");
    if (!roll_need(p, tx, to, &holder, e) || !roll_given(p, tx, to, &holds, e) ||
        !roll_given(p, tx, x->no, &given, e))
        return false;
    if (holder.proxy != 0 || given > 0)
        return ERR_FIELD(e, "to", "ballot.chain", "委托不能转手：受托人已委托别人，或您正受托于人",
                         "a vote is not given on: one of the two has given or taken one the other way");
    return holds < p->def->proxies ||
           ERR_FIELD(e, "to", "ballot.proxies", "每人接受的委托不得超过 %lld 人",
                     "nobody votes for more than %lld others", (long long)p->def->proxies);
}

struct proxy_body {
    int64_t to;
    const char *reason;
};

bool roll_proxy(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"to", JSON_INT, offsetof(struct proxy_body, to), true, 0, INT32_MAX},
        {"reason", JSON_TEXT, offsetof(struct proxy_body, reason), false, 0, REASON_CHARS},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct proxy_body b = {.reason = ""};
    struct elector x = {0};
    struct poll p;

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e) || !number_of(r, &x.no, e) ||
        !poll_open(r, SQL_WRITE, &p, &tx, e) || !roll_need(&p, tx, x.no, &x, e))
        return false;
    if (!uuid_eq(x.account, p.who->account) || uuid_is_nil(x.account)) {
        if (!poll_runs(&p, e))
            return false;
    }
    if (!poll_in(&p, p.def->roll | p.def->open))
        return poll_voting(&p, e);
    if (x.mark[0] != '\0')
        return ERR(e, ERR_CONFLICT, "ballot.voted", "第 %lld 号已经投过票了，每号一票",
                   "number %lld has voted already: one vote each", (long long)x.no);
    if (b.to != 0 && !may_hold(&p, tx, &x, b.to, e))
        return false;
    x.proxy = b.to;
    return roll_put(&p, tx, &x, e) &&
           poll_audit(&p, tx, "ballot.proxy", x.no, arena_printf(p.a, "%lld %s", (long long)b.to, b.reason),
                      e) &&
           sql_commit(&tx, e) && answer_number(r, &x);
}

/* --- paper --- */

static bool hand_out(const struct poll *p, struct sql_tx *tx, int64_t no, struct elector *x, struct err *e)
{
    if (!p->def->secret)
        return ERR(e, ERR_CONFLICT, "ballot.is_open", "这是记名投票，没有票据",
                   "this ballot is open: there are no tokens");
    if (!poll_voting(p, e) || !roll_need(p, tx, no, x, e))
        return false;
    if (str_eq(x->mark, "online"))
        return ERR(e, ERR_CONFLICT, "ballot.token_taken", "第 %lld 号已领过电子票据，一号一张",
                   "number %lld has taken its token already: one each", (long long)no);
    if (str_eq(x->mark, "paper"))
        return true; /* said twice */
    return roll_mark(p, tx, x, "paper", e);
}

bool poll_mark_paper(struct poll *p, int64_t no, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct elector x;

    return sql_begin(p->db, SQL_WRITE, &tx, e) && poll_load(p, tx, p->rec->id, e) &&
           hand_out(p, tx, no, &x, e) && sql_commit(&tx, e);
}

bool roll_paper(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct elector x = {0};
    struct poll p;

    return json_read(r->json, "", NULL, 0, NULL, e) && number_of(r, &x.no, e) &&
           poll_open(r, SQL_WRITE, &p, &tx, e) && poll_runs(&p, e) && hand_out(&p, tx, x.no, &x, e) &&
           sql_commit(&tx, e) && answer_number(r, &x);
}
