/* What a voter and who conducts a ballot see of it; the routes of this room. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"

#include <string.h>

enum { MINE_MAX = 50, RESULT_BYTES = 256 * 1024, ROLL_BYTES = 8 * 1024 * 1024, SMALL_BYTES = 16384 };

static const char *phase(const struct poll *p)
{
    return poll_in(p, p->def->open)    ? "open"
           : poll_in(p, p->def->shown) ? "shown"
           : poll_in(p, p->def->count) ? "count"
           : poll_in(p, p->def->roll)  ? "roll"
                                       : "other";
}

static void write_head(struct json_out *j, const struct poll *p)
{
    jo_uuid(j, "id", p->rec->id);
    jo_str(j, "kind", p->rec->kind->name);
    jo_str(j, "title", p->rec->title);
    jo_str(j, "state", p->rec->state->name);
    jo_obj(j, "state_title");
    jo_str(j, "zh", p->rec->state->title.zh);
    jo_str(j, "en", p->rec->state->title.en);
    jo_close(j);
    jo_str(j, "phase", phase(p));
    jo_bool(j, "secret", p->def->secret);
    jo_bool(j, "paper_only", p->def->paper_only);
    jo_bool(j, "choose", p->def->options != NULL);
    jo_bool(j, "stand", p->def->stand.kind != NULL);
    jo_bool(j, "typed_twice", p->def->typed_twice);
    jo_int(j, "seats", poll_seats(p));
    jo_int(j, "proxies", p->def->proxies);
    jo_time(j, "closes_at", poll_closes(p), p->world->offset_min);
    jo_bool(j, "runs", p->runs);
    jo_bool(j, "watches", p->watches);
}

static void write_choices(struct json_out *j, const struct poll *p)
{
    const char *options[OPTIONS_MAX];
    size_t n = poll_options(p, options);

    jo_arr(j, "options");
    for (size_t i = 0; i < n; i++) {
        jo_obj(j, NULL);
        jo_int(j, "no", (int64_t)i + 1);
        jo_str(j, "zh", poll_option_title(options[i], false));
        jo_str(j, "en", poll_option_title(options[i], true));
        jo_close(j);
    }
    jo_close(j);
}

static bool write_key(struct json_out *j, const struct poll *p, struct sql_tx *tx, struct err *e)
{
    struct blind_bytes n, exponent;
    struct ballot_row row;

    if (!ballot_row(p, tx, &row, e))
        return false;
    if (row.public_key.n == 0) {
        jo_null(j, "key");
        return true;
    }
    if (!blind_parts(row.public_key, p->a, &n, &exponent, e))
        return false;
    jo_obj(j, "key");
    jo_str(j, "n", hex_text(p->a, n));
    jo_str(j, "e", hex_text(p->a, exponent));
    jo_bool(j, "destroyed", row.secret == NULL);
    jo_close(j);
    return true;
}

/* Those the caller may vote for. */
static bool write_mine(struct json_out *j, const struct poll *p, struct sql_tx *tx, struct err *e)
{
    struct elector list[OWN_MAX];
    size_t n = 0;

    if (!roll_mine(p, tx, list, &n, e))
        return false;
    jo_arr(j, "mine");
    for (size_t i = 0; i < n; i++) {
        const struct elector *x = &list[i];

        jo_obj(j, NULL);
        jo_int(j, "no", x->no);
        jo_str(j, "label", x->label);
        jo_int(j, "heads", x->w.heads);
        jo_int(j, "area", x->w.area);
        jo_bool(j, "own", uuid_eq(x->account, p->who->account));
        jo_int(j, "proxy", x->proxy);
        jo_str(j, "mark", x->mark);
        jo_close(j);
    }
    jo_close(j);
    return true;
}

static void write_weight(struct json_out *j, const char *key, struct weight w)
{
    jo_obj(j, key);
    jo_int(j, "heads", w.heads);
    jo_int(j, "area", w.area);
    jo_close(j);
}

/* How many took part, against what is asked: public while it goes on, what they chose is not. */
static bool write_turnout(struct json_out *j, const struct poll *p, struct sql_tx *tx, struct err *e)
{
    const struct ballot_rule *rule;
    struct sums s;

    if (!sums_of(p, tx, &s, e) || !poll_rule(p, &rule, e))
        return false;
    rule_write(j, "rule", rule);
    jo_int(j, "numbers", s.roll.n);
    write_weight(j, "roll", s.roll.w);
    jo_obj(j, "turnout");
    jo_int(j, "online", s.online.n);
    jo_int(j, "paper", s.paper.n);
    jo_int(j, "heads", s.online.w.heads + s.paper.w.heads);
    jo_int(j, "area", s.online.w.area + s.paper.w.area);
    jo_close(j);
    return true;
}

/* Who conducts it sees the result as soon as the urn is shut, everybody once it is published. */
static bool has_result(const struct poll *p)
{
    return poll_in(p, p->def->shown) || (p->runs && poll_in(p, p->def->count));
}

static bool count_now(const struct poll *p, struct sql_tx *tx, struct json_out *j, struct err *e)
{
    jo_begin(j, RESULT_BYTES);
    jo_obj(j, NULL);
    if (!result_write(p, tx, j, NULL, e))
        return false;
    jo_close(j);
    return jo_end(j, e);
}

static bool write_outcome(struct json_out *j, const struct poll *p, struct sql_tx *tx, struct err *e)
{
    AUTO(jo_free) struct json_out counted = {0};
    const char *kept = NULL;

    if (!has_result(p)) {
        jo_null(j, "result");
        return true;
    }
    if (!result_kept(p, &kept) && !count_now(p, tx, &counted, e))
        return false;
    jo_raw(j, "result", kept != NULL ? kept : counted.buf);
    if (kept == NULL)
        result_keep(p, counted.buf);
    return true;
}

static bool show(struct req *r, const struct poll *p, struct sql_tx *tx, struct err *e)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    write_head(j, p);
    write_choices(j, p);
    if (!write_key(j, p, tx, e) || !write_mine(j, p, tx, e) || !write_turnout(j, p, tx, e) ||
        !write_outcome(j, p, tx, e))
        return false;
    jo_close(j);
    return true;
}

bool ballot_show(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct poll p;

    return poll_open(r, SQL_READ, &p, &tx, e) && show(r, &p, tx, e);
}

/* *ret_done false: what it came to is still to be counted, which takes its time. */
static bool show_quickly(struct req *r, bool *ret_done, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *kept;
    struct poll p;

    if (!poll_open(r, SQL_READ, &p, &tx, e))
        return false;
    *ret_done = !has_result(&p) || result_kept(&p, &kept);
    return !*ret_done || show(r, &p, tx, e);
}

bool ballot_get(struct req *r, struct err *e)
{
    bool done = false;

    return show_quickly(r, &done, e) && (done || req_aside(r, ballot_show, e));
}

/* --- mine --- */

static bool own_ids(const struct poll *p, struct sql_tx *tx, struct uuid ids[MINE_MAX], size_t *n,
                    struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *n = 0;
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_BALLOTS_OF_ACCOUNT], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->who->account), SQL_INT(MINE_MAX)))
        return false;
    while (sql_next(rows))
        ids[(*n)++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

bool ballot_mine(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid ids[MINE_MAX];
    struct poll p = poll_of(r);
    size_t n;

    if (!sql_begin(p.db, SQL_READ, &tx, e) || !own_ids(&p, tx, ids, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++) {
        struct err none = {0};

        if (!poll_load(&p, tx, ids[i], &none))
            continue; /* on the roll of what they may not see yet */
        jo_obj(&r->out, NULL);
        write_head(&r->out, &p);
        if (!write_mine(&r->out, &p, tx, e))
            return false;
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* --- turnout by place and hour --- */

bool ballot_turnout(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct poll p;

    if (!poll_open(r, SQL_READ, &p, &tx, e) || !poll_sees(&p, e) ||
        !sql_query(tx, &ballot_queries[BALLOT_Q_SUMS_BY_HOUR], &rows, e, SQL_INT(p.world->district),
                   SQL_UUID(&p.rec->id)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    while (sql_next(rows)) {
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "way", sql_text(rows, 0));
        jo_str(&r->out, "place", sql_text(rows, 1));
        jo_time(&r->out, "hour", sql_int(rows, 2) * HOUR_MS, p.world->offset_min);
        jo_int(&r->out, "numbers", sql_int(rows, 3));
        jo_int(&r->out, "heads", sql_int(rows, 4));
        jo_int(&r->out, "area", sql_int(rows, 5));
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return sql_end(&rows, e);
}

/* What has a name of its own stands before {id}. */
const struct route ballot_routes[] = {
    {GET, "/api/v1/ballots/mine", PERM_SIGNED_IN, BODY_NONE, ballot_mine, NULL, 0,
     "Ballots on whose roll the caller is, the newest first", "ballots"},
    {GET, "/api/v1/ballots/{id}", PERM_PUBLIC, BODY_NONE, ballot_get, req_aside_finish, 0,
     "A ballot: question, options, rule, turnout, the caller's numbers, and the result once it is public",
     "ballot"},
    {GET, "/api/v1/ballots/{id}/turnout", PERM_STAFF, BODY_NONE, ballot_turnout, NULL, 0,
     "Turnout by way, place and hour", "ballot_turnout"},
    {PUT, "/api/v1/ballots/{id}/roll", PERM_STAFF, BODY_JSON, roll_put_all, req_aside_finish, ROLL_BYTES,
     "Make the roll, from CSV or from the records the programme names; `dry` only judges",
     "ballot_roll_made"},
    {GET, "/api/v1/ballots/{id}/roll", PERM_STAFF, BODY_NONE, roll_list, NULL, 0,
     "The roll, names masked, by pages", "ballot_roll"},
    {POST, "/api/v1/ballots/{id}/roll/{no}", PERM_STAFF, BODY_JSON, roll_correct, NULL, SMALL_BYTES,
     "Correct one number of the roll, add it or strike it off, with the reason", "ballot_number"},
    {POST, "/api/v1/ballots/{id}/roll/{no}/proxy", PERM_SIGNED_IN, BODY_JSON, roll_proxy, NULL, SMALL_BYTES,
     "Give a number's vote to another number, or take it back (0)", "ballot_number"},
    {POST, "/api/v1/ballots/{id}/roll/{no}/paper", PERM_STAFF, BODY_JSON, roll_paper, NULL, SMALL_BYTES,
     "Hand out paper for a secret ballot: the number cannot vote on line any more", "ballot_number"},
    {POST, "/api/v1/ballots/{id}/votes", PERM_SIGNED_IN, BODY_JSON, vote_cast, vote_done, SMALL_BYTES,
     "An open vote, once for each number", "ballot_vote"},
    {POST, "/api/v1/ballots/{id}/typed", PERM_STAFF, BODY_JSON, typed_put, typed_done, SMALL_BYTES,
     "A paper vote as one person typed it: it counts once a second one typed the same", "ballot_typed"},
    {POST, "/api/v1/ballots/{id}/token", PERM_SIGNED_IN, BODY_JSON, token_sign, token_signed, SMALL_BYTES,
     "Sign a blinded token for a secret ballot (RFC 9474), once for each number", "ballot_token"},
    {POST, "/api/v1/urn/{id}", PERM_PUBLIC, BODY_JSON, urn_take, urn_taken, SMALL_BYTES,
     "A secret vote with its token, without session: who shows one is refused", "urn"},
    {POST, "/api/v1/urn/{id}/look", PERM_PUBLIC, BODY_JSON, urn_look, NULL, SMALL_BYTES,
     "Whether a token's vote is in the urn, and what it says once the list is public", "urn_look"},
    {GET, "/api/v1/ballots/{id}/counts", PERM_STAFF, BODY_NONE, count_list, NULL, 0,
     "Paper counted place by place; others' figures once one's own are in", "ballot_counts"},
    {POST, "/api/v1/ballots/{id}/counts", PERM_STAFF, BODY_JSON, count_put, NULL, SMALL_BYTES,
     "What the caller counted at a place: options, spoilt, all slips", "ballot_counts"},
    {POST, "/api/v1/ballots/{id}/result", PERM_STAFF, BODY_JSON, result_declare, req_aside_finish,
     SMALL_BYTES, "Judge by the rule and declare the result", "ballot"},
    {POST, "/api/v1/ballots/{id}/options", PERM_STAFF, BODY_JSON, options_name, options_done, SMALL_BYTES,
     "Write down who stands, where candidates are records of their own", "ballot"},
    {GET, "/api/v1/ballots/{id}/list", PERM_PUBLIC, BODY_NONE, list_get, req_aside_finish, 0,
     "The published list as CSV, from which anybody counts again", NULL},
    {.method = METHOD_UNSET},
};
