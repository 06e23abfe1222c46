/* POST and GET of records: raise, move, read, propose. */
#include "base/limits.h"
#include "http/openapi.h"
#include "record.sql.h"
#include "record/claim.h"
#include "record/codec.h"
#include "record/crew.h"
#include "record/hold.h"
#include "record/input.h"
#include "record/json.h"
#include "record/list.h"
#include "record/record.h"
#include "record/replay.h"
#include "record/store.h"

#include <string.h>

bool (*record_files_ok)(struct sql_tx *tx, int64_t district, struct uuid record, const struct uuid *ids,
                        size_t n, struct uuid account, const char *claim, struct err *e);

/* A command on its way through the door while its request waits. */
struct waiting {
    struct ticket ticket;
    struct outcome outcome;
    struct req *req;
};

static void answered(void *ctx, struct ticket *t)
{
    struct waiting *w = ctx;

    (void)t;
    req_wake(w->req);
}

/* Tells a repetition from a reused id: who sent what, where. Never 0. */
static int64_t digest_of(const struct req *r, const struct world *w)
{
    char who[UUID_TEXT_MAX];
    const char *head;
    uint8_t hash[HASH_BYTES];
    int64_t digest;

    uuid_format(r->who->account, who);
    head = arena_printf(r->arena, "%s %s ", who, r->path);
    privacy_hash(w->privacy, head, strlen(head), r->body, r->body_len, hash);
    memcpy(&digest, hash, sizeof(digest));
    return digest == 0 ? 1 : digest;
}

/* A command that is sent again has its files taken by the record already: that is fine. */
static bool check_files(struct req *r, const struct command *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid record = c->kind != NULL ? c->id : c->target;

    if (c->n_files == 0 && c->n_field_files == 0)
        return true;
    return sql_begin(r->services->db, SQL_READ, &tx, e) &&
           record_files_ok(tx, r->services->district, record, c->files, c->n_files, c->who->account,
                           req_header_in(r, "X-Wangge-Claim"), e) &&
           record_files_ok(tx, r->services->district, record, c->field_files, c->n_field_files,
                           c->who->account, req_header_in(r, "X-Wangge-Claim"), e);
}

static bool submit(struct req *r, const struct world *w, struct command *c, struct err *e)
{
    struct waiting *wait = arena_new(r->arena, struct waiting);

    if (!check_files(r, c, e))
        return false;
    c->digest = digest_of(r, w);
    wait->req = r;
    wait->ticket = (struct ticket){.command = c, .outcome = &wait->outcome, .done = answered, .ctx = wait};
    r->state = wait;
    if (!door_submit(r->services->door, &wait->ticket, e))
        return false;
    r->pending = true;
    return true;
}

static struct input input_of(const struct req *r, const struct world *w)
{
    return (struct input){.world = w, .who = r->who, .arena = r->arena, .now = r->now};
}

static bool raise_record(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    struct input in = input_of(r, w);
    struct command *c = NULL;

    if (r->who->kind == ACTOR_ANONYMOUS &&
        !sessions_limit_reports(r->services->sessions, r->client, r->now, e))
        return false;
    return input_raise(&in, r->json, &c, e) && submit(r, w, c, e);
}

/* What the kind of the target is, for those who may know of it: who see it, or may make this move unseen. */
static bool find_target(struct req *r, const struct world *w, struct uuid id, const char *verb,
                        const struct record **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;

    if (!claim_shown(r, w, id, e) || !sql_begin(r->services->db, SQL_LOOK, &tx, e) ||
        !record_load(tx, w, id, r->arena, &rec, e))
        return false;
    if (rec == NULL ||
        (!record_visible(w, rec, r->who) && !record_may_join(w, rec, r->who, verb, r->now, r->arena)))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    *ret = rec;
    return true;
}

static bool move_record(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    const struct record *target = NULL;
    struct command *c = NULL;
    struct uuid id;

    if (r->who->kind == ACTOR_ANONYMOUS &&
        !sessions_limit_reports(r->services->sessions, r->client, r->now, e))
        return false;
    if (!req_uuid(r, 0, &id, e) || !find_target(r, w, id, r->path_param[1], &target, e))
        return false;
    struct input in = input_of(r, w);
    if (!input_move(&in, target->kind, id, r->path_param[1], r->json, &c, e))
        return false;
    if (r->if_match >= 0)
        c->version = r->if_match;
    return submit(r, w, c, e);
}

static bool reveal_values(struct req *r, const struct world *w, const struct record *rec,
                          const struct command *c, struct err *e)
{
    jo_obj(&r->out, NULL);
    jo_obj(&r->out, "fields");
    for (size_t i = 0; i < c->n_reveal; i++) {
        const struct field *f = c->reveal[i];
        const struct cel_value *v = &rec->values[f->index];
        const char *plain = NULL;

        if (v->type == CEL_STRING && !privacy_unseal(w->privacy, r->arena, rec->id, f->name,
                                                     personal_sealed(r->arena, v->s), &plain, e))
            return false;
        jo_str(&r->out, f->name, plain);
    }
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

/* Who raises a matter without an account is told its claim, and sees it as its reporter. */
static bool answer_claim(struct req *r, const struct world *w, const struct record *rec, struct err *e)
{
    struct principal holder = *r->who;
    char claim[CLAIM_TEXT];

    claim_write(w, rec->id, claim);
    holder.claimed = rec->id;
    jo_obj(&r->out, NULL);
    if (!record_write_members(&r->out, w, NULL, rec, &holder, r->now, r->arena, e))
        return false;
    jo_str(&r->out, "claim", claim);
    jo_close(&r->out);
    return true;
}

/* Matters tied to this one are other people's: whoever holds only a claim is not told of them. */
static bool write_found(struct req *r, const struct world *w, struct sql_tx *tx, const struct record *rec,
                        struct err *e)
{
    bool known = r->who->kind == ACTOR_PERSON;

    return record_write(&r->out, NULL, w, known ? tx : NULL, rec, r->who, r->now, r->arena, e);
}

/* Answers with the record as the command left it. Links are read anew. */
static bool answer(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    struct waiting *wait = r->state;
    const struct command *c = wait->ticket.command;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool ok = false;

    if (!wait->outcome.ok) {
        *e = wait->outcome.err;
        outcome_free(&wait->outcome);
        return false;
    }
    if (c->kind != NULL)
        r->status = wait->outcome.replayed ? 200 : 201;
    if (c->n_reveal > 0)
        ok = reveal_values(r, w, wait->outcome.record, c, e);
    else if (c->kind != NULL && r->who->kind == ACTOR_ANONYMOUS)
        ok = answer_claim(r, w, wait->outcome.record, e);
    else if (c->kind != NULL || sql_begin(r->services->db, SQL_READ, &tx, e))
        ok = write_found(r, w, tx, wait->outcome.record, e);
    outcome_free(&wait->outcome);
    return ok;
}

/* As its history had it at that moment, in the words of today's packs where these know it. Who may read it
 * now may read its history, so this tells no more. */
static bool write_then(struct req *r, const struct world *w, struct sql_tx *tx, struct uuid id, int64_t at,
                       struct err *e)
{
    struct record *then = NULL, *today;

    if (!replay_record(tx, w, id, at, r->arena, NULL, NULL, &then, e))
        return false;
    if (then == NULL)
        return ERR(e, ERR_NOT_FOUND, "record.not_yet", "那时还没有这个事项", "there was no such matter then");
    today = record_recast(w->packs, then, r->arena);
    return record_write_past(&r->out, w, today == NULL ? then : today, r->who, at, r->arena, e);
}

static bool get_record(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct uuid id;
    int64_t at;
    bool tied;

    if (!req_uuid(r, 0, &id, e) || !req_query_moment(r, "as_of", &at, e) || !claim_shown(r, w, id, e) ||
        !sql_begin(r->services->db, SQL_LOOK, &tx, e) ||
        !record_load_shown(tx, w, id, r->arena, &rec, &tied, e))
        return false;
    if (rec == NULL || !record_visible(w, rec, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    if (at != 0)
        return write_then(r, w, tx, id, at, e);
    req_header(r, "ETag", arena_printf(r->arena, "\"%lld\"", (long long)rec->version));
    return write_found(r, w, tied || rec->kind->asks_books ? tx : NULL, rec, e);
}

static void write_proposed(struct req *r, const struct world *w, const struct party_role *role,
                           const struct party_input *p)
{
    const struct org *org = directory_org(w->people, p->org);
    const struct account *account = directory_account(w->people, p->account);

    jo_obj(&r->out, NULL);
    jo_str(&r->out, "role", role->name);
    jo_uuid(&r->out, "account", p->account);
    jo_uuid(&r->out, "org", p->org);
    jo_str(&r->out, "name", org != NULL ? org->name : account != NULL ? account->name : NULL);
    jo_close(&r->out);
}

static void write_proposal(struct req *r, const struct world *w, const struct move_party *mp,
                           const struct record *rec)
{
    struct party_input list[LIMIT_PARTIES];
    size_t n = mp->how != MOVE_PARTY_ROUTE && mp->how != MOVE_PARTY_ASK
                   ? 0
                   : record_route(w, rec, mp->role, r->now, r->arena, list, LIMIT_PARTIES);

    for (size_t i = 0; i < n; i++)
        write_proposed(r, w, mp->role, &list[i]);
}

/* Whom a transition would give the parts to, if nobody says otherwise. */
static bool propose(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct record *rec = NULL;
    const char *name = req_query(r, "transition");
    struct around around = {0};
    struct record here;
    const struct move *m;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !find_target(r, w, id, NULL, &rec, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    crew_look_at(tx, w, id, r->arena, &around);
    here = *rec;
    here.around = &around;
    m = name == NULL ? NULL : kind_move(rec->kind, name);
    if (m == NULL)
        return ERR_FIELD(e, "transition", "move.unknown", "没有这个流转", "no such transition");
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "parties");
    for (size_t i = 0; i < m->n_parties; i++)
        write_proposal(r, w, &m->parties[i], &here);
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

/* The matter that a raise names as its parent, if the caller may see it. */
static bool load_parent(struct req *r, const struct world *w, struct uuid id, const struct record **ret,
                        struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;

    *ret = NULL;
    if (uuid_is_nil(id))
        return true;
    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !record_load_standing(tx, w, id, r->arena, &rec, e))
        return false;
    if (rec == NULL || !record_visible(w, rec, r->who))
        return ERR_FIELD(e, "parent", "record.not_found", "没有这个事项", "no such matter");
    *ret = rec;
    return true;
}

enum { SAME_MAX = 10 };

/* Personal fields that are said otherwise there than in what is being written: only which, not what. */
static bool write_differs(struct req *r, const struct world *w, const struct record *draft,
                          const struct record *other, struct err *e)
{
    jo_arr(&r->out, "differs");
    for (size_t i = 0; draft->kind == other->kind && i < draft->kind->n_fields; i++) {
        const struct field *f = &draft->kind->fields[i];
        const struct cel_value *a = &draft->values[i], *b = &other->values[i];
        const char *here = NULL, *there = NULL;

        if (f->privacy != PRIVACY_PERSONAL || a->type != CEL_STRING || b->type != CEL_STRING)
            continue;
        if (!privacy_unseal(w->privacy, r->arena, draft->id, f->name, personal_sealed(r->arena, a->s), &here,
                            e) ||
            !privacy_unseal(w->privacy, r->arena, other->id, f->name, personal_sealed(r->arena, b->s), &there,
                            e))
            return false;
        if (strcmp(here, there) != 0)
            jo_str(&r->out, NULL, f->name);
    }
    jo_close(&r->out);
    return true;
}

static bool write_same_one(struct req *r, const struct world *w, struct sql_tx *tx,
                           const struct record *draft, struct uuid id, bool rival, struct err *e)
{
    struct record *other = NULL;
    char number[64];

    if (!record_load(tx, w, id, r->arena, &other, e))
        return false;
    if (other == NULL || !record_visible(w, other, r->who))
        return true;
    number_format(w, other->number, number, sizeof(number));
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", id);
    jo_str(&r->out, "kind", other->kind->name);
    jo_str(&r->out, "number", number);
    jo_str(&r->out, "title", other->title);
    jo_str(&r->out, "state", other->state->name);
    jo_bool(&r->out, "open", record_open(other));
    jo_bool(&r->out, "in_the_way", rival);
    record_write_area(&r->out, w, other->area);
    record_write_fields(&r->out, other);
    if (!write_differs(r, w, draft, other, e))
        return false;
    jo_close(&r->out);
    return true;
}

static bool add_tagged(struct sql_tx *tx, const struct world *w, const uint8_t tag[BLIND_BYTES],
                       struct uuid list[SAME_MAX], size_t *n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    uint8_t last[16];

    memset(last, 0xff, sizeof(last));
    if (!sql_query(tx, &record_queries[RECORD_Q_BLIND_FIND], &rows, e, SQL_INT(w->district),
                   SQL_BLOB(tag, BLIND_BYTES), SQL_BLOB(last, sizeof(last)), SQL_INT(SAME_MAX)))
        return false;
    while (sql_next(rows)) {
        struct uuid id = sql_uuid(rows, 0);
        size_t i = 0;

        while (i < *n && !uuid_eq(list[i], id))
            i++;
        if (i == *n && *n < SAME_MAX)
            list[(*n)++] = id;
    }
    return sql_end(&rows, e);
}

/* Who or what seems to be there already: what stands in its way, and whatever has the same ID number. */
static bool write_same(struct req *r, const struct world *w, const struct command *c,
                       const struct record *draft, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid list[SAME_MAX];
    size_t rivals = 0, n;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !hold_rivals(tx, w, draft, r->arena, list, SAME_MAX, &rivals, e))
        return false;
    n = rivals;
    for (size_t i = 0; c->blind != NULL && i < c->kind->n_fields; i++)
        if (c->kind->fields[i].type == FIELD_CITIZEN_ID && c->values[i].type == CEL_STRING &&
            !add_tagged(tx, w, c->blind[i], list, &n, e))
            return false;
    jo_arr(&r->out, "same");
    for (size_t i = 0; i < n; i++)
        if (!write_same_one(r, w, tx, draft, list[i], i < rivals, e))
            return false;
    jo_close(&r->out);
    return true;
}

/* What would be raised, as far as it is known: where it lies, what flows down to it, whom the routes name. */
static bool propose_raise(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct input in = input_of(r, w);
    struct around around = {0};
    struct engine_input ei = {.world = w, .around = &around};
    const struct move *m = NULL;
    struct record *rec = NULL;
    struct command *c = NULL;

    if (!input_raise(&in, r->json, &c, e) || !load_parent(r, w, c->parent, &ei.parent, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    ei.command = c;
    crew_look_at(tx, w, c->id, r->arena, &around);
    if (!record_draft(&ei, r->arena, &rec, &m, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "transition", m->name);
    record_write_area(&r->out, w, rec->area);
    record_write_fields(&r->out, rec);
    jo_arr(&r->out, "parties");
    for (size_t i = 0; i < rec->n_parties; i++)
        write_proposed(r, w, rec->parties[i].role,
                       &(struct party_input){.account = rec->parties[i].account, .org = rec->parties[i].org});
    jo_close(&r->out);
    if (!write_same(r, w, c, rec, e))
        return false;
    jo_close(&r->out);
    return true;
}

static bool names_post_of(const struct who *who, size_t n, const struct principal *p)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p->n_posts && who[i].role != NULL; j++)
            if (strcmp(who[i].role->name, p->posts[j].role) == 0 &&
                (who[i].level == 0 || who[i].level == (int)area_level_of(p->posts[j].area)))
                return true;
    return false;
}

/* What the caller's posts give them to do in a kind: to move what is open, or only to see it. */
static const char *work_in(const struct kind *k, const struct principal *p)
{
    uint64_t open = 0;

    for (size_t i = 0; i < k->n_states; i++)
        if (k->states[i].light < LIGHT_DONE)
            open |= UINT64_C(1) << i;
    for (size_t i = 0; i < k->n_moves; i++)
        if ((k->moves[i].from & open) != 0 && names_post_of(k->moves[i].by, k->moves[i].n_by, p))
            return "moves";
    return names_post_of(k->see, k->n_see, p) ? "sees" : "none";
}

/* By a post or as anybody; a part that is asked for may come from the parent. */
static bool may_raise_by(const struct move *m, const struct principal *p)
{
    if (names_post_of(m->by, m->n_by, p))
        return true;
    for (size_t i = 0; i < m->n_by; i++)
        if (m->by[i].type == WHO_ANYONE || m->by[i].type == WHO_PARTY ||
            (m->by[i].type == WHO_SIGNED_IN && p->kind == ACTOR_PERSON))
            return true;
    return false;
}

static bool raised_from_above(const struct move *m)
{
    for (size_t i = 0; i < m->n_by; i++)
        if (m->by[i].type == WHO_ABOVE)
            return true;
    return false;
}

/* How the caller can raise one: by itself, below something else (perhaps by a part in that), or not at all.
 */
static const char *raise_in(const struct kind *k, const struct principal *p)
{
    const char *how = "none";

    for (size_t i = 0; i < k->n_moves; i++) {
        const struct move *m = &k->moves[i];

        if (m->raises && may_raise_by(m, p))
            return k->below ? "below" : "alone";
        if (m->raises && raised_from_above(m))
            how = "below";
    }
    return how;
}

static bool list_kinds(struct req *r, struct err *e)
{
    const struct packs *p = r->services->world(r->services)->packs;

    (void)e;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < p->n_kinds; i++) {
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "kind", p->kinds[i]->name);
        jo_obj(&r->out, "title");
        jo_str(&r->out, "zh", p->kinds[i]->title.zh);
        jo_str(&r->out, "en", p->kinds[i]->title.en);
        jo_close(&r->out);
        jo_bool(&r->out, "scores", p->kinds[i]->n_scores > 0);
        jo_bool(&r->out, "appraisal", p->kinds[i]->appraisal != NULL);
        jo_bool(&r->out, "public", p->kinds[i]->published != 0);
        jo_bool(&r->out, "register", p->kinds[i]->is_register);
        jo_str(&r->out, "work", work_in(p->kinds[i], r->who));
        jo_str(&r->out, "raise", raise_in(p->kinds[i], r->who));
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

static bool get_kind(struct req *r, struct err *e)
{
    const struct kind *k = packs_kind(r->services->world(r->services)->packs, r->path_param[0]);

    if (k == NULL)
        return ERR(e, ERR_NOT_FOUND, "kind.not_found", "没有类型“%.40s”", "there is no kind “%.40s”",
                   r->path_param[0]);
    kind_write_json(&r->out, k);
    return true;
}

static void write_cells(struct json_out *out, const char *key, const char *const *cells, size_t n)
{
    jo_arr(out, key);
    for (size_t i = 0; i < n; i++)
        jo_str(out, NULL, cells[i]);
    jo_close(out);
}

/* What rules look up is no secret: prices, limits. */
static bool get_table(struct req *r, struct err *e)
{
    const struct table *t = packs_table(r->services->world(r->services)->packs, r->path_param[0]);

    if (t == NULL)
        return ERR(e, ERR_NOT_FOUND, "table.not_found", "没有表“%.40s”", "there is no table “%.40s”",
                   r->path_param[0]);
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "table", t->name);
    write_cells(&r->out, "columns", t->columns, t->n_columns);
    jo_arr(&r->out, "rows");
    for (size_t i = 0; i < t->n_rows; i++)
        write_cells(&r->out, NULL, &t->cells[i * t->n_columns], t->n_columns);
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

const struct route record_routes[] = {
    {GET, "/api/v1/kinds", PERM_PUBLIC, BODY_NONE, list_kinds, NULL, 0, "The kinds of matters", "kinds"},
    {GET, "/api/v1/kinds/{kind}", PERM_PUBLIC, BODY_NONE, get_kind, NULL, 0, "Fields and flow of a kind",
     "kind"},
    {GET, "/api/v1/tables/{table}", PERM_PUBLIC, BODY_NONE, get_table, NULL, 0,
     "A table of the packs, such as prices", "table"},
    {POST, "/api/v1/records", PERM_PUBLIC, BODY_JSON, raise_record, answer, 0, "Raise a matter", "record"},
    {GET, "/api/v1/records", PERM_SIGNED_IN, BODY_NONE, record_list, NULL, 0, "Matters the caller may see",
     "records"},
    {GET, "/api/v1/records/{id}", PERM_CLAIM, BODY_NONE, get_record, NULL, 0, "One matter", "record"},
    {GET, "/api/v1/records/{id}/propose", PERM_CLAIM, BODY_NONE, propose, NULL, 0,
     "Whom a transition would name", "proposal"},
    {POST, "/api/v1/propose", PERM_STAFF, BODY_JSON, propose_raise, NULL, 0,
     "What raising this would name and inherit", "draft"},
    {POST, "/api/v1/records/{id}/{transition}", PERM_CLAIM, BODY_JSON, move_record, answer, 0,
     "Move a matter", "moved"},
    {0},
};
