/* POST /ballots/{id}/typed: a paper vote of an open ballot, typed in by two people. What the first typed is
 * kept sealed and shown to nobody; the second one's makes it a vote if it is the same. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "json/json_in.h"

#include <json-c/json.h>
#include <stddef.h>

struct typed_body {
    int64_t no;
    struct json_object *choice;
};
struct typing {
    struct ticket ticket;
    struct outcome outcome;
    struct req *req;
    int64_t no;
};
/* What the first person typed. */
struct typed {
    bool there;
    struct uuid account;
    const char *choice;
};

static const char *field_of(const struct poll *p, int64_t no)
{
    return arena_printf(p->a, "typed %lld", (long long)no);
}

static bool typed_get(const struct poll *p, struct sql_tx *tx, int64_t no, struct typed *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *sealed = NULL;

    *ret = (struct typed){0};
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_TYPED_GET], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(no)))
        return false;
    if ((ret->there = sql_next(rows))) {
        ret->account = sql_uuid(rows, 0);
        sealed = arena_strdup(p->a, sql_text(rows, 1));
    }
    return sql_end(&rows, e) && (sealed == NULL || privacy_unseal(p->world->privacy, p->a, p->rec->id,
                                                                  field_of(p, no), sealed, &ret->choice, e));
}

static bool keep(const struct poll *p, struct sql_tx *tx, int64_t no, const char *choice, struct err *e)
{
    const char *sealed = privacy_seal(p->world->privacy, p->a, p->rec->id, field_of(p, no), choice);

    return sql_run(tx, &ballot_queries[BALLOT_Q_TYPED_PUT], e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_INT(no), SQL_UUID(&p->who->account), SQL_TEXT(sealed)) &&
           poll_audit(p, tx, "ballot.typed", no, "", e);
}

static void answer(struct req *r, int64_t no, bool voted)
{
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "no", no);
    jo_bool(&r->out, "voted", voted);
    jo_close(&r->out);
    r->status = voted ? 201 : 200;
}

static void answered(void *ctx, struct ticket *t)
{
    struct typing *x = ctx;

    (void)t;
    req_wake(x->req);
}

static bool read_body(struct req *r, struct typed_body *b, int64_t **ret, size_t *ret_n, struct err *e)
{
    static const struct json_member members[] = {
        {"no", JSON_INT, offsetof(struct typed_body, no), true, 1, INT32_MAX},
        {"choice", JSON_ARRAY, offsetof(struct typed_body, choice), true, 0, OPTIONS_MAX},
    };

    *b = (struct typed_body){0};
    return json_read(r->json, "", members, COUNT_OF(members), b, e) &&
           read_numbers(r->arena, b->choice, "choice", OPTIONS_MAX, ret, ret_n, e);
}

/* Whether both typed the same; false with *e when they did not. */
static bool agree(const struct typed *first, const char *choice, int64_t no, struct err *e)
{
    return str_eq(first->choice, choice) ||
           ERR(e, ERR_CONFLICT, "ballot.typed_differs",
               "第 %lld 号：两人录入的不一样，请各自对照纸票再录一遍",
               "number %lld: the two typed different things: look at the paper again, both", (long long)no);
}

static bool may_type(const struct poll *p, struct sql_tx *tx, int64_t no, struct err *e)
{
    struct elector x;

    if (!poll_runs(p, e) || !poll_voting(p, e) || !roll_need(p, tx, no, &x, e))
        return false;
    return x.mark[0] == '\0' || ERR(e, ERR_CONFLICT, "ballot.voted", "第 %lld 号已经投过票了，每号一票",
                                    "number %lld has voted already: one vote each", (long long)no);
}

bool poll_type(struct poll *p, int64_t no, const int64_t *choice, size_t n, struct command **ret,
               struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct command *command = NULL;
    struct typed first;
    const char *text;

    *ret = NULL;
    if (!sql_begin(p->db, SQL_WRITE, &tx, e) || !poll_load(p, tx, p->rec->id, e) ||
        !poll_vote(p, no, choice, n, "paper", &command, e) || !may_type(p, tx, no, e) ||
        !poll_choice(p, choice, n, &text, e) || !typed_get(p, tx, no, &first, e))
        return false;
    if (!first.there || uuid_eq(first.account, p->who->account))
        return keep(p, tx, no, text, e) && sql_commit(&tx, e);
    *ret = command;
    return agree(&first, text, no, e);
}

bool typed_put(struct req *r, struct err *e)
{
    struct typing *x = arena_new(r->arena, struct typing);
    struct command *command = NULL;
    struct typed_body b;
    struct poll p;
    int64_t *list;
    size_t n;

    {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        if (!read_body(r, &b, &list, &n, e) || !poll_open(r, SQL_READ, &p, &tx, e))
            return false;
    }
    if (!poll_type(&p, b.no, list, n, &command, e))
        return false;
    if (command == NULL) {
        answer(r, b.no, false);
        return true;
    }
    x->req = r;
    x->no = b.no;
    x->ticket = (struct ticket){.command = command, .outcome = &x->outcome, .done = answered, .ctx = x};
    r->state = x;
    r->pending = door_submit(p.door, &x->ticket, e);
    return r->pending;
}

bool typed_done(struct req *r, struct err *e)
{
    struct typing *x = r->state;
    bool ok = x->outcome.ok;

    if (!ok)
        *e = x->outcome.err;
    else
        answer(r, x->no, true);
    outcome_free(&x->outcome);
    return ok;
}
