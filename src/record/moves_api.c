/* POST /moves: one move of many matters, or a look at what it would do. Each matter is a command of its own,
 * with an id of its own, so each is judged by itself and a repetition counts once; the answer comes when all
 * have been through the door and says of each what happened. */
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "record.sql.h"
#include "record/around.h"
#include "record/input.h"
#include "record/json.h"
#include "record/record.h"
#include "record/store.h"

#include <json-c/json.h>
#include <stdatomic.h>
#include <string.h>

struct moves_body {
    const char *transition;
    bool dry;
    struct json_object *items, *with;
};
struct item_body {
    struct uuid id, record;
    int64_t version;
};

/* One matter of many. `before` is as it was when it was asked for; NULL: the caller knows of no such matter.
 */
struct one {
    struct item_body in;
    struct command *command;
    const struct record *before;
    const struct record *after; /* of a look, or of what was done */
    struct ticket ticket;
    struct outcome outcome;
    struct moves *all;
    struct err err;
    bool ok;
};
struct moves {
    struct req *req;
    const struct world *world;
    struct moves_body body;
    struct one *list;
    size_t n;
    atomic_size_t left; /* not answered yet, and one for the handler itself */
};

static bool read_items(struct moves *m, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct item_body, id), false, 0, 0},
        {"record", JSON_UUID, offsetof(struct item_body, record), true, 0, 0},
        {"version", JSON_INT, offsetof(struct item_body, version), false, 0, INT32_MAX},
    };

    m->n = json_object_array_length(m->body.items);
    m->list = arena_array(m->req->arena, struct one, m->n + 1);
    if (m->n == 0)
        return ERR_FIELD(e, "items", "input.required", "请至少选一件事项", "choose at least one matter");
    for (size_t i = 0; i < m->n; i++) {
        struct json_object *o = json_object_array_get_idx(m->body.items, i);

        m->list[i].in.version = -1;
        m->list[i].all = m;
        if (!json_object_is_type(o, json_type_object))
            return ERR_FIELD(e, "items", "input.type", "须是对象", "each must be an object");
        if (!json_read(o, "items.", members, COUNT_OF(members), &m->list[i].in, e))
            return false;
        for (size_t k = 0; k < i; k++)
            if (uuid_eq(m->list[k].in.record, m->list[i].in.record))
                return ERR_FIELD(e, "items", "moves.twice", "同一件事项列了两次",
                                 "the same matter stands there twice");
    }
    return true;
}

static bool read_body(struct moves *m, struct err *e)
{
    static const struct json_member members[] = {
        {"transition", JSON_TEXT, offsetof(struct moves_body, transition), true, 1, 64},
        {"dry", JSON_BOOL, offsetof(struct moves_body, dry), false, 0, 0},
        {"items", JSON_ARRAY, offsetof(struct moves_body, items), true, 0, LIMIT_MOVES},
        {"with", JSON_OBJECT, offsetof(struct moves_body, with), false, 0, 0},
    };

    return json_read(m->req->json, "", members, COUNT_OF(members), &m->body, e) && read_items(m, e);
}

/* What all share, with what is this one's own. */
static struct json_object *body_of(const struct moves *m, const struct one *o)
{
    struct json_object *body = json_object_new_object();
    char id[UUID_TEXT_MAX];

    if (m->body.with != NULL) {
        json_object_object_foreach(m->body.with, name, value)
        {
            json_object_object_add(body, name, json_object_get(value));
        }
    }
    if (!uuid_is_nil(o->in.id)) {
        uuid_format(o->in.id, id);
        json_object_object_add(body, "id", json_object_new_string(id));
    }
    if (o->in.version >= 0)
        json_object_object_add(body, "version", json_object_new_int64(o->in.version));
    return body;
}

/* Only what the programme says may be done with many at once. A file is evidence of one matter. */
static bool may_be_many(const struct moves *m, const struct one *o, struct err *e)
{
    const struct move *move = kind_move(o->before->kind, m->body.transition);

    if (move == NULL)
        return ERR(e, ERR_NOT_FOUND, "move.unknown", "没有这个流转", "no such transition");
    if (!move->bulk)
        return ERR(e, ERR_CONFLICT, "moves.bulk", "“%s%.0s”须逐件办理",
                   "“%.0s%s” is done one matter at a time", move->title.zh, move->title.en);
    if (o->command->n_files > 0 || o->command->n_field_files > 0)
        return ERR_FIELD(e, "with", "moves.files", "文件只属于一件事项，批量办理时不能附带",
                         "a file belongs to one matter: it cannot go with many");
    return true;
}

static bool prepare(struct moves *m, struct sql_tx *tx, struct one *o, struct err *e)
{
    const struct input in = {
        .world = m->world, .who = m->req->who, .arena = m->req->arena, .now = m->req->now};
    AUTO(json_free) struct json_object *body = body_of(m, o);
    struct record *rec = NULL;

    if (!record_load(tx, m->world, o->in.record, m->req->arena, &rec, e))
        return false;
    if (rec == NULL || !record_visible(m->world, rec, m->req->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    o->before = rec;
    if (!input_move(&in, rec->kind, rec->id, m->body.transition, body, &o->command, e))
        return false;
    return may_be_many(m, o, e);
}

/* What the move would do, by the very function that does it. */
static bool look(struct moves *m, struct sql_tx *tx, struct one *o, struct err *e)
{
    struct around around = {0};
    struct engine_input in = {
        .world = m->world, .before = o->before, .command = o->command, .around = &around};
    struct change *change = NULL;

    if (!record_around(tx, m->world, o->before, m->req->arena, &around, e))
        return false;
    in.children_open = around.children_open;
    if (!engine_apply(&in, m->req->arena, &change, e))
        return false;
    o->after = change->after;
    return true;
}

/* --- what is told of each --- */

static bool asks_only_for_words(const struct move *m)
{
    for (size_t i = 0; i < m->n_needs; i++)
        if (m->needs[i].type != NEED_NOTE)
            return false;
    return true;
}

/* The move that would take it back to where it was, if the flow has one and the caller may make it. */
static const char *way_back(const struct moves *m, const struct one *o)
{
    const struct move **allowed = NULL;
    size_t n = record_allowed(m->world, o->after, m->req->who, m->req->now, m->req->arena, &allowed);

    if (o->before->state == o->after->state)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (allowed[i]->to == o->before->state && allowed[i]->bulk && asks_only_for_words(allowed[i]))
            return allowed[i]->name;
    return NULL;
}

static const char *name_of(const struct world *w, const struct party *p)
{
    const struct org *org = uuid_is_nil(p->org) ? NULL : directory_org(w->people, p->org);
    const struct account *account = uuid_is_nil(p->account) ? NULL : directory_account(w->people, p->account);

    return org != NULL ? org->name : account != NULL ? account->name : NULL;
}

/* Whom it brings in. */
static void write_parties(struct json_out *j, const struct moves *m, const struct one *o)
{
    jo_arr(j, "parties");
    for (size_t i = 0; i < o->after->n_parties; i++) {
        const struct party *p = &o->after->parties[i];
        bool known = false;

        for (size_t k = 0; k < o->before->n_parties; k++)
            known = known || (o->before->parties[k].role == p->role &&
                              uuid_eq(o->before->parties[k].account, p->account) &&
                              uuid_eq(o->before->parties[k].org, p->org));
        if (known)
            continue;
        jo_obj(j, NULL);
        jo_str(j, "role", p->role->name);
        jo_str(j, "name", name_of(m->world, p));
        jo_close(j);
    }
    jo_close(j);
}

static void write_error(struct json_out *j, const struct moves *m, const struct err *e)
{
    bool en = m->req->lang == LANG_EN, field = e->n_details > 0;

    jo_obj(j, "error");
    jo_str(j, "code", field ? e->details[0].key : e->key);
    if (e->code == ERR_INTERNAL)
        jo_str(j, "message", en ? "internal error" : "服务器内部错误");
    else if (field)
        jo_str(j, "message", en ? e->details[0].en : e->details[0].zh);
    else
        jo_str(j, "message", en ? e->en : e->zh);
    jo_close(j);
}

static void write_one(struct json_out *j, const struct moves *m, const struct one *o)
{
    const struct record *r = o->ok ? o->after : o->before;
    char number[64] = "";

    jo_obj(j, NULL);
    jo_uuid(j, "record", o->in.record);
    jo_bool(j, "ok", o->ok);
    if (r != NULL) {
        number_format(m->world, r->number, number, sizeof(number));
        jo_str(j, "number", number);
        jo_str(j, "title", r->title);
        jo_str(j, "from", o->before->state->name);
        jo_str(j, "state", r->state->name);
        jo_int(j, "version", r->version);
        jo_time(j, "due_at", record_due(r), m->world->offset_min);
    }
    if (o->ok) {
        jo_str(j, "undo", way_back(m, o));
        write_parties(j, m, o);
    } else {
        write_error(j, m, &o->err);
    }
    jo_close(j);
}

static void write_all(struct req *r, const struct moves *m)
{
    int64_t done = 0;

    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < m->n; i++) {
        write_one(&r->out, m, &m->list[i]);
        done += m->list[i].ok;
    }
    jo_close(&r->out);
    jo_bool(&r->out, "dry", m->body.dry);
    jo_int(&r->out, "done", done);
    jo_int(&r->out, "refused", (int64_t)m->n - done);
    jo_close(&r->out);
}

/* --- through the door --- */

static void one_less(struct moves *m)
{
    if (atomic_fetch_sub(&m->left, 1) == 1)
        req_wake(m->req);
}

static void answered(void *ctx, struct ticket *t)
{
    struct one *o = ctx;

    (void)t;
    one_less(o->all);
}

static int64_t digest_of(const struct moves *m, const struct one *o)
{
    char who[UUID_TEXT_MAX], record[UUID_TEXT_MAX];
    uint8_t hash[HASH_BYTES];
    const char *head;
    int64_t digest;
    struct json_object *with = m->body.with;

    uuid_format(m->req->who->account, who);
    uuid_format(o->in.record, record);
    head = arena_printf(m->req->arena, "%s moves %s %s %lld ", who, record, m->body.transition,
                        (long long)o->in.version);
    privacy_hash(m->world->privacy, head, strlen(head), with == NULL ? "" : json_object_to_json_string(with),
                 with == NULL ? 0 : strlen(json_object_to_json_string(with)), hash);
    memcpy(&digest, hash, sizeof(digest));
    return digest == 0 ? 1 : digest;
}

static void send(struct moves *m, struct one *o)
{
    o->command->digest = digest_of(m, o);
    o->ticket = (struct ticket){.command = o->command, .outcome = &o->outcome, .done = answered, .ctx = o};
    atomic_fetch_add(&m->left, 1);
    if (door_submit(m->req->services->door, &o->ticket, &o->err))
        return;
    o->ok = false;
    atomic_fetch_sub(&m->left, 1);
}

static bool prepare_all(struct moves *m, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(m->req->services->db, SQL_READ, &tx, e))
        return false;
    for (size_t i = 0; i < m->n; i++) {
        struct one *o = &m->list[i];

        o->ok = prepare(m, tx, o, &o->err) && (!m->body.dry || look(m, tx, o, &o->err));
        if (!o->ok && o->err.code == ERR_INTERNAL) {
            *e = o->err;
            return false;
        }
    }
    return true;
}

static bool move_many(struct req *r, struct err *e)
{
    struct moves *m = arena_new(r->arena, struct moves);

    m->req = r;
    m->world = r->services->world(r->services);
    if (!read_body(m, e) || !prepare_all(m, e))
        return false;
    if (m->body.dry) {
        write_all(r, m);
        return true;
    }
    r->state = m;
    r->pending = true;
    atomic_init(&m->left, 1);
    for (size_t i = 0; i < m->n; i++)
        if (m->list[i].ok)
            send(m, &m->list[i]);
    one_less(m);
    return true;
}

static bool answer_many(struct req *r, struct err *e)
{
    struct moves *m = r->state;

    (void)e;
    for (size_t i = 0; i < m->n; i++) {
        struct one *o = &m->list[i];

        if (!o->ok)
            continue;
        o->ok = o->outcome.ok;
        o->after = o->outcome.record;
        o->err = o->outcome.err;
    }
    write_all(r, m);
    for (size_t i = 0; i < m->n; i++)
        outcome_free(&m->list[i].outcome);
    return true;
}

const struct route moves_routes[] = {
    {POST, "/api/v1/moves", PERM_STAFF, BODY_JSON, move_many, answer_many, 0,
     "Move many matters, or look what it would do", "moves"},
    {0},
};
