/* POST /ballots/{id}/votes: an open vote, which is a record below the ballot. Its id follows from ballot and
 * number of the roll, so that the history itself keeps a number from voting twice, on line, on paper or by
 * proxy. */
#include "ballot/poll.h"
#include "base/text.h"
#include "json/json_in.h"
#include "record/input.h"

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

struct vote_body {
    int64_t no;
    struct json_object *choice;
    const char *way;
};
struct casting {
    struct ticket ticket;
    struct outcome outcome;
    struct req *req;
    int64_t no;
};

static int64_t digest_of(const struct poll *p, const char *choice, const char *way)
{
    const char *text = arena_printf(p->a, "%s %s", way, choice);
    uint8_t hash[HASH_BYTES];
    int64_t digest;

    privacy_hash(p->world->privacy, p->who->account.b, sizeof(p->who->account.b), text, strlen(text), hash);
    memcpy(&digest, hash, sizeof(digest));
    return digest == 0 ? 1 : digest;
}

/* With the word in front every choice has the same mask, whatever it is. */
static bool give_fields(struct poll *p, struct command *c, int64_t no, const char *choice, const char *way,
                        struct err *e)
{
    const struct input in = {.world = p->world, .who = p->who, .arena = p->a, .now = p->now};
    AUTO(json_free) struct json_object *fields = json_object_new_object();

    (void)json_object_object_add(fields, "roll_no", json_object_new_int64(no));
    (void)json_object_object_add(fields, "choice",
                                 json_object_new_string(arena_printf(p->a, "choice:%s", choice)));
    (void)json_object_object_add(fields, "way", json_object_new_string(way));
    return input_fields(&in, p->def->slip, fields, c, e);
}

bool poll_vote(struct poll *p, int64_t no, const int64_t *choice, size_t n, const char *way,
               struct command **ret, struct err *e)
{
    struct command *c = arena_new(p->a, struct command);
    const char *text;

    if (p->def->secret)
        return ERR(e, ERR_CONFLICT, "ballot.is_secret", "这是无记名投票，请领取票据后投票",
                   "this ballot is secret: take a token and vote with it");
    *c = (struct command){.id = vote_id(p, no),
                          .who = p->who,
                          .at = p->now,
                          .kind = p->def->slip,
                          .version = -1,
                          .area = p->rec->area[0] == '\0' ? NULL : p->rec->area,
                          .parent = p->rec->id,
                          .packs = p->world->packs,
                          .trusted =
                              true}; /* the roll says who may; the state of the ballot is asked of all */
    *ret = c;
    if (!poll_voting(p, e) || !poll_choice(p, choice, n, &text, e) || !give_fields(p, c, no, text, way, e))
        return false;
    c->digest = digest_of(p, text, way);
    return true;
}

/* On paper, who conducts the ballot votes for anybody. */
static bool may_vote(const struct poll *p, struct sql_tx *tx, int64_t no, bool paper, struct err *e)
{
    struct elector x;

    if (!paper)
        return roll_own(p, tx, no, &x, e);
    if (p->def->typed_twice)
        return ERR(e, ERR_CONFLICT, "ballot.typed_twice", "这类投票的纸票须由两人各录一遍",
                   "paper votes of such a ballot are typed in by two people");
    return poll_runs(p, e) && roll_need(p, tx, no, &x, e);
}

static void answered(void *ctx, struct ticket *t)
{
    struct casting *c = ctx;

    (void)t;
    req_wake(c->req);
}

static bool read_body(struct req *r, struct vote_body *b, int64_t **ret, size_t *ret_n, struct err *e)
{
    static const struct json_member members[] = {
        {"no", JSON_INT, offsetof(struct vote_body, no), true, 1, INT32_MAX},
        {"choice", JSON_ARRAY, offsetof(struct vote_body, choice), true, 0, OPTIONS_MAX},
        {"way", JSON_TEXT, offsetof(struct vote_body, way), false, 0, 16},
    };

    *b = (struct vote_body){.way = "online"};
    if (!json_read(r->json, "", members, COUNT_OF(members), b, e) ||
        !read_numbers(r->arena, b->choice, "choice", OPTIONS_MAX, ret, ret_n, e))
        return false;
    return str_eq(b->way, "online") || str_eq(b->way, "paper") ||
           ERR_FIELD(e, "way", "ballot.way", "须是 online 或 paper", "must be online or paper");
}

bool vote_cast(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct casting *c = arena_new(r->arena, struct casting);
    struct command *command = NULL;
    struct vote_body b;
    struct poll p;
    int64_t *choice;
    size_t n;

    if (!read_body(r, &b, &choice, &n, e) || !poll_open(r, SQL_LOOK, &p, &tx, e) ||
        !may_vote(&p, tx, b.no, str_eq(b.way, "paper"), e) ||
        !poll_vote(&p, b.no, choice, n, b.way, &command, e))
        return false;
    c->req = r;
    c->no = b.no;
    c->ticket = (struct ticket){.command = command, .outcome = &c->outcome, .done = answered, .ctx = c};
    r->state = c;
    if (!door_submit(p.door, &c->ticket, e))
        return false;
    r->pending = true;
    return true;
}

bool vote_done(struct req *r, struct err *e)
{
    struct casting *c = r->state;
    bool ok = c->outcome.ok;

    if (ok) {
        jo_obj(&r->out, NULL);
        jo_int(&r->out, "no", c->no);
        jo_uuid(&r->out, "receipt", c->outcome.record->id);
        jo_bool(&r->out, "again", c->outcome.replayed);
        jo_close(&r->out);
        r->status = c->outcome.replayed ? 200 : 201;
    } else if (str_eq(c->outcome.err.key, "command.reused")) {
        (void)ERR(e, ERR_CONFLICT, "ballot.voted", "第 %lld 号已经投过票了，每号一票",
                  "number %lld has voted already: one vote each", (long long)c->no);
    } else {
        *e = c->outcome.err;
    }
    outcome_free(&c->outcome);
    return ok;
}
