/* Secret votes. A signed-in voter has one token signed without its being seen, and the roll is marked. The
 * vote itself comes later, by whoever has the token: without account, time or order, so that what is kept of
 * the one cannot be laid beside what is kept of the other. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "json/json_in.h"
#include "sql/group.h"

#include <json-c/json.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <string.h>

enum { HEX_SIGNATURE = 2 * BLIND_SIGNATURE_MAX, HEX_TOKEN = 2 * TOKEN_BYTES };

bool ballot_row(const struct poll *p, struct sql_tx *tx, struct ballot_row *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const void *key;
    size_t n = 0;

    *ret = (struct ballot_row){0};
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_GET], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id)))
        return false;
    if ((ret->there = sql_next(rows))) {
        key = sql_blob(rows, 0, &n);
        ret->public_key = (struct blind_bytes){arena_alloc(p->a, n + 1), n};
        if (n > 0)
            memcpy(ret->public_key.b, key, n);
        ret->secret = sql_is_null(rows, 1) ? NULL : arena_strdup(p->a, sql_text(rows, 1));
        ret->closed_at = sql_int(rows, 2);
    }
    return sql_end(&rows, e);
}

static bool is_secret(const struct poll *p, struct err *e)
{
    return p->def->secret || ERR(e, ERR_CONFLICT, "ballot.is_open", "这是记名投票，没有票据",
                                 "this ballot is open: there are no tokens");
}

static bool takes_online(const struct poll *p, struct err *e)
{
    return !p->def->paper_only ||
           ERR(e, ERR_CONFLICT, "ballot.paper_only", "这次选举只用纸票，请到投票站投票",
               "this election is on paper: vote at the polling station");
}

/* --- signing --- */

struct token_body {
    int64_t no;
    const char *blinded;
};

/* One token a number: the same blinded one may be signed again, since an answer can get lost; no other. */
static bool mark(const struct poll *p, struct sql_tx *tx, struct elector *x, struct blind_bytes blinded,
                 struct err *e)
{
    uint8_t hash[HASH_BYTES];

    privacy_hash(p->world->privacy, blinded.b, blinded.n, "", 0, hash);
    if (str_eq(x->mark, "paper"))
        return ERR(e, ERR_CONFLICT, "ballot.on_paper", "第 %lld 号已领纸质选票",
                   "number %lld has a paper ballot", (long long)x->no);
    if (str_eq(x->mark, "online"))
        return (x->blinded != NULL && memcmp(x->blinded, hash, sizeof(hash)) == 0) ||
               ERR(e, ERR_CONFLICT, "ballot.token_taken", "第 %lld 号已领过电子票据，一号一张",
                   "number %lld has taken its token already: one each", (long long)x->no);
    x->blinded = memcpy(arena_alloc(p->a, sizeof(hash)), hash, sizeof(hash));
    return roll_mark(p, tx, x, "online", e);
}

struct slip {
    struct blind_bytes token, signature;
    const char *choice;
};

/* What waits for its commit among others: the same request, looked at again in the transaction that writes.
 */
struct waiting {
    struct sql_job job;
    struct req *req;
    int64_t no; /* a number that takes its token … */
    struct blind_bytes blinded, signature;
    struct slip slip; /* … or a vote */
};

static void committed(void *ctx)
{
    const struct waiting *w = ctx;

    req_wake(w->req);
}

static bool wait_for(struct req *r, struct waiting *w,
                     bool (*run)(void *ctx, struct sql_tx *tx, struct err *e), struct err *e)
{
    w->req = r;
    w->job = (struct sql_job){.run = run, .done = committed, .ctx = w};
    r->state = w;
    if (!sql_group_submit(r->services->beside, &w->job, e))
        return false;
    r->pending = true;
    return true;
}

/* NULL, with *e: it was refused. */
static const struct waiting *waited(const struct req *r, struct err *e)
{
    const struct waiting *w = r->state;

    if (!w->job.ok)
        *e = w->job.err;
    return w->job.ok ? w : NULL;
}

static bool sign(const struct poll *p, struct sql_tx *tx, struct blind_bytes blinded, struct blind_bytes *ret,
                 struct err *e)
{
    struct blind_bytes key;
    struct ballot_row row;
    const char *hex;
    bool ok;

    if (!ballot_row(p, tx, &row, e))
        return false;
    if (row.secret == NULL)
        return ERR(e, ERR_CONFLICT, "ballot.no_key", "这次投票的密钥已销毁或尚未生成",
                   "the key of this ballot is destroyed, or not made yet");
    if (!privacy_unseal(p->world->privacy, p->a, p->rec->id, "ballot key", row.secret, &hex, e) ||
        !read_hex(p->a, hex, "key", &key, e))
        return false;
    ok = blind_sign(key, blinded, p->a, ret, e);
    OPENSSL_cleanse(key.b, key.n);
    return ok;
}

/* Signed before anything is written, since that takes longest and nobody should wait for it; given out only
 * once the roll is marked. */
static bool sign_first(struct req *r, struct token_body *b, struct blind_bytes *blinded,
                       struct blind_bytes *ret_signature, struct err *e)
{
    static const struct json_member members[] = {
        {"no", JSON_INT, offsetof(struct token_body, no), true, 1, INT32_MAX},
        {"blinded", JSON_TEXT, offsetof(struct token_body, blinded), true, 2, HEX_SIGNATURE},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct elector x;
    struct poll p;

    return json_read(r->json, "", members, COUNT_OF(members), b, e) &&
           read_hex(r->arena, b->blinded, "blinded", blinded, e) && poll_open(r, SQL_READ, &p, &tx, e) &&
           is_secret(&p, e) && takes_online(&p, e) && poll_voting(&p, e) && roll_own(&p, tx, b->no, &x, e) &&
           sign(&p, tx, *blinded, ret_signature, e);
}

static bool mark_own(void *ctx, struct sql_tx *tx, struct err *e)
{
    const struct waiting *w = ctx;
    struct poll p = poll_of(w->req);
    struct elector x;
    struct uuid id;

    return req_uuid(w->req, 0, &id, e) && poll_load(&p, tx, id, e) && poll_voting(&p, e) &&
           roll_own(&p, tx, w->no, &x, e) && mark(&p, tx, &x, w->blinded, e);
}

bool token_sign(struct req *r, struct err *e)
{
    struct waiting *w = arena_new(r->arena, struct waiting);
    struct token_body b = {0};

    if (!sign_first(r, &b, &w->blinded, &w->signature, e))
        return false;
    w->no = b.no;
    return wait_for(r, w, mark_own, e);
}

bool token_signed(struct req *r, struct err *e)
{
    const struct waiting *w = waited(r, e);

    if (w == NULL)
        return false;
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "no", w->no);
    jo_str(&r->out, "signature", hex_text(r->arena, w->signature));
    jo_close(&r->out);
    return true;
}

/* --- the urn --- */

struct slip_body {
    const char *token, *signature;
    struct json_object *choice;
};

/* Whoever says who they are would undo what the token is for. */
static bool nameless(const struct req *r, struct err *e)
{
    return r->who->kind == ACTOR_ANONYMOUS ||
           ERR(e, ERR_INVALID, "ballot.named", "投票时不得携带登录凭证：请不带 Cookie 与令牌再发一次",
               "a vote must not say whose it is: send it again without cookie or token of a session");
}

/* The matter itself need not be visible to nobody in particular: a valid token is the right. */
static bool urn_find(struct req *r, struct sql_tx *tx, struct poll *ret, struct err *e)
{
    struct record *rec = NULL;
    struct uuid id;

    *ret = poll_of(r);
    if (!req_uuid(r, 0, &id, e) || !record_load(tx, ret->world, id, r->arena, &rec, e))
        return false;
    if (rec == NULL || rec->kind->ballot == NULL || !rec->kind->ballot->secret)
        return ERR(e, ERR_NOT_FOUND, "ballot.none", "这个事项不是投票", "this matter is no ballot");
    ret->rec = rec;
    ret->def = rec->kind->ballot;
    return true;
}

static bool slip_there(const struct poll *p, struct sql_tx *tx, struct blind_bytes token, const char **ret,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = NULL;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_SLIP_GET], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_BLOB(token.b, token.n)))
        return false;
    if (sql_next(rows))
        *ret = arena_strdup(p->a, sql_text(rows, 0));
    return sql_end(&rows, e);
}

static bool read_slip(const struct poll *p, struct req *r, struct slip *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"token", JSON_TEXT, offsetof(struct slip_body, token), true, HEX_TOKEN, HEX_TOKEN},
        {"signature", JSON_TEXT, offsetof(struct slip_body, signature), true, 2, HEX_SIGNATURE},
        {"choice", JSON_ARRAY, offsetof(struct slip_body, choice), true, 0, OPTIONS_MAX},
    };
    struct slip_body b = {0};
    int64_t *choice;
    size_t n;

    return json_read(r->json, "", members, COUNT_OF(members), &b, e) &&
           read_hex(p->a, b.token, "token", &ret->token, e) &&
           read_hex(p->a, b.signature, "signature", &ret->signature, e) &&
           read_numbers(p->a, b.choice, "choice", OPTIONS_MAX, &choice, &n, e) &&
           poll_choice(p, choice, n, &ret->choice, e);
}

static bool genuine(const struct poll *p, struct sql_tx *tx, const struct slip *s, struct err *e)
{
    struct ballot_row row;

    if (!ballot_row(p, tx, &row, e))
        return false;
    return blind_verify(row.public_key, s->token, s->signature) ||
           ERR_FIELD(e, "signature", "ballot.signature", "票据签名不符，不是这次投票签发的",
                     "the signature does not fit: this token was not signed for this ballot");
}

/* The same slip again is taken again: an answer can get lost. */
static bool put_slip(const struct poll *p, struct sql_tx *tx, const struct slip *s, struct err *e)
{
    const char *old;

    if (!slip_there(p, tx, s->token, &old, e))
        return false;
    if (old != NULL)
        return str_eq(old, s->choice) ||
               ERR(e, ERR_CONFLICT, "ballot.slip_twice", "这张票据已经投过了，不能改投",
                   "this token has voted already and cannot vote otherwise");
    return sql_run(tx, &ballot_queries[BALLOT_Q_SLIP_PUT], e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id), SQL_BLOB(s->token.b, s->token.n),
                   SQL_BLOB(s->signature.b, s->signature.n), SQL_TEXT(s->choice));
}

/* What the voter writes down: enough to find the token in the list. */
static const char *receipt_of(struct arena *a, struct blind_bytes token)
{
    return arena_strndup(a, hex_text(a, token), 16);
}

/* Read and verified before anything is written: a signature is the same whenever one looks, and takes longer
 * than all the rest. */
static bool read_genuine(struct req *r, struct slip *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct poll p;

    return sql_begin(r->services->db, SQL_READ, &tx, e) && urn_find(r, tx, &p, e) && poll_voting(&p, e) &&
           read_slip(&p, r, ret, e) && genuine(&p, tx, ret, e);
}

static bool put_in(void *ctx, struct sql_tx *tx, struct err *e)
{
    const struct waiting *w = ctx;
    struct poll p;

    return urn_find(w->req, tx, &p, e) && poll_voting(&p, e) && put_slip(&p, tx, &w->slip, e);
}

bool urn_take(struct req *r, struct err *e)
{
    struct waiting *w = arena_new(r->arena, struct waiting);

    return nameless(r, e) && read_genuine(r, &w->slip, e) && wait_for(r, w, put_in, e);
}

bool urn_taken(struct req *r, struct err *e)
{
    const struct waiting *w = waited(r, e);

    if (w == NULL)
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "taken", true);
    jo_str(&r->out, "receipt", receipt_of(r->arena, w->slip.token));
    jo_close(&r->out);
    return true;
}

/* Whether a slip is in the urn; what it says only once everybody may read it. A body, not an address:
 * addresses are written into logs on the way. */
bool urn_look(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"token", JSON_TEXT, 0, true, HEX_TOKEN, HEX_TOKEN}};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *text = NULL, *choice;
    struct blind_bytes token;
    struct poll p;

    if (!json_read(r->json, "", members, COUNT_OF(members), &text, e) ||
        !read_hex(r->arena, text, "token", &token, e) || !nameless(r, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e) || !urn_find(r, tx, &p, e) ||
        !slip_there(&p, tx, token, &choice, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "there", choice != NULL);
    jo_str(&r->out, "choice", poll_in(&p, p.def->shown) ? choice : NULL);
    jo_close(&r->out);
    return true;
}
