/* A call and what the two browsers tell one another through us. */
#include "base/text.h"
#include "call.sql.h"
#include "call/handlers.h"
#include "json/json_in.h"
#include "record/store.h"

#include <stddef.h>

enum { SEEN_EVERY_MS = 8000, SIGNALS_READ = 50, KIND_CHARS = 16 };

static const char *const state_names[] = {"", "ringing", "active", "ended"};

bool call_is_theirs(const struct req *r, const struct call *c)
{
    return uuid_eq(c->caller, r->who->account) || uuid_eq(c->answerer, r->who->account);
}

static bool rings_for(struct req *r, struct sql_tx *tx, const struct call *c, bool *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = false;
    if (!sql_query(tx, &call_queries[CALL_Q_RINGS], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&c->id)))
        return false;
    while (sql_next(rows))
        *ret = *ret || uuid_eq(sql_uuid(rows, 0), r->who->account);
    return sql_end(&rows, e);
}

bool call_of(struct req *r, struct sql_tx *tx, struct uuid id, struct call *ret, struct err *e)
{
    bool found = false, rings = false;

    if (!call_get(tx, r->services->district, id, r->arena, ret, &found, e) ||
        (found && !rings_for(r, tx, ret, &rings, e)))
        return false;
    return (found && (rings || call_is_theirs(r, ret))) ||
           ERR(e, ERR_NOT_FOUND, "call.not_found", "没有这次通话，或已结束",
               "there is no such call, or it is over");
}

bool call_matter(struct req *r, struct sql_tx *tx, const struct call *c, struct record **ret, struct err *e)
{
    const struct world *w = r->services->world(r->services);

    if (!record_load(tx, w, c->record, r->arena, ret, e))
        return false;
    return (*ret != NULL && record_visible(w, *ret, r->who) && record_takes_part(*ret, r->who)) ||
           ERR(e, ERR_DENIED, "call.left", "您已不是本事项的参与方，通话不能继续",
               "you play no part in the matter any more: the call cannot go on");
}

static const char *name_of(const struct world *w, struct uuid id)
{
    const struct account *account = directory_account(w->people, id);
    const struct org *org = directory_org(w->people, id);

    return account != NULL ? account->name : org != NULL ? org->name : NULL;
}

static void write_one(struct req *r, const char *key, struct uuid id)
{
    const struct world *w = r->services->world(r->services);

    if (uuid_is_nil(id)) {
        jo_null(&r->out, key);
        return;
    }
    jo_obj(&r->out, key);
    jo_uuid(&r->out, "id", id);
    jo_str(&r->out, "name", name_of(w, id));
    jo_close(&r->out);
}

static void write_matter(struct req *r, const struct call *c, const struct record *rec)
{
    const struct world *w = r->services->world(r->services);
    char number[64];

    jo_obj(&r->out, "record");
    jo_uuid(&r->out, "id", c->record);
    if (rec != NULL) {
        number_format(w, rec->number, number, sizeof(number));
        jo_str(&r->out, "kind", rec->kind->name);
        jo_str(&r->out, "number", number);
        jo_str(&r->out, "title", rec->title);
    }
    jo_close(&r->out);
}

void call_write(struct req *r, const struct call *c, const struct record *rec)
{
    int offset = r->services->offset_min;
    char label[UUID_TEXT_MAX];

    jo_uuid(&r->out, "id", c->id);
    write_matter(r, c, rec);
    write_one(r, "caller", c->caller);
    write_one(r, "to", c->callee);
    write_one(r, "answerer", c->answerer);
    jo_str(&r->out, "state", state_names[c->state]);
    jo_str(&r->out, "outcome", c->outcome[0] == '\0' ? NULL : c->outcome);
    jo_time(&r->out, "asked_at", c->asked_at, offset);
    jo_time(&r->out, "rings_until", c->asked_at + CALL_RING_MS, offset);
    jo_time(&r->out, "answered_at", c->answered_at, offset);
    jo_time(&r->out, "ended_at", c->ended_at, offset);
    if (c->state == CALL_ENDED || !call_is_theirs(r, c))
        return;
    uuid_format(c->id, label);
    relay_write(&r->out, label, r->now);
}

bool call_show(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct call c = {0};
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !call_of(r, tx, id, &c, e) || !call_matter(r, tx, &c, &rec, e))
        return false;
    jo_obj(&r->out, NULL);
    call_write(r, &c, rec);
    jo_close(&r->out);
    return true;
}

bool calls_mine(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call *list = NULL;
    size_t n = 0;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !call_list_ringing(tx, r->services->district, r->who->account, r->arena, &list, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++) {
        struct record *rec = NULL;
        struct err gone = {0};

        if (r->now - list[i].asked_at > CALL_RING_MS || !call_matter(r, tx, &list[i], &rec, &gone))
            continue;
        jo_obj(&r->out, NULL);
        call_write(r, &list[i], rec);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* --- signals --- */

struct said {
    const char *kind, *body;
};
struct signals_body {
    struct uuid device;
    int64_t after;
    struct json_object *list;
};

static bool known_kind(const char *kind)
{
    static const char *const kinds[] = {"offer", "answer", "candidate", "restart"};

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eq(kinds[i], kind))
            return true;
    return false;
}

static bool read_said(struct req *r, struct json_object *list, size_t i, struct said *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"kind", JSON_TEXT, offsetof(struct said, kind), true, 1, KIND_CHARS},
        {"body", JSON_TEXT, offsetof(struct said, body), true, 0, CALL_SIGNAL_CHARS},
    };
    const char *path = arena_printf(r->arena, "signals.%zu.", i);
    struct json_object *one = json_object_array_get_idx(list, i);

    if (!json_object_is_type(one, json_type_object))
        return ERR_FIELD(e, arena_printf(r->arena, "signals.%zu", i), "input.type", "须是对象",
                         "must be an object");
    if (!json_read(one, path, members, COUNT_OF(members), ret, e))
        return false;
    return known_kind(ret->kind) || ERR_FIELD(e, arena_printf(r->arena, "%skind", path), "call.kind",
                                              "须是 offer、answer、candidate 或 restart",
                                              "must be offer, answer, candidate or restart");
}

static bool read_signals(struct req *r, struct signals_body *ret, struct said **ret_said, size_t *ret_n,
                         struct err *e)
{
    static const struct json_member members[] = {
        {"device", JSON_UUID, offsetof(struct signals_body, device), true, 0, 0},
        {"after", JSON_INT, offsetof(struct signals_body, after), false, 0, CALL_SIGNALS_MAX},
        {"signals", JSON_ARRAY, offsetof(struct signals_body, list), false, 0, CALL_SIGNALS_AT_ONCE},
    };

    *ret = (struct signals_body){0};
    if (!json_read(r->json, "", members, COUNT_OF(members), ret, e))
        return false;
    *ret_n = ret->list == NULL ? 0 : json_object_array_length(ret->list);
    *ret_said = arena_array(r->arena, struct said, *ret_n + 1);
    for (size_t i = 0; i < *ret_n; i++)
        if (!read_said(r, ret->list, i, &(*ret_said)[i], e))
            return false;
    return true;
}

/* A call is between two screens: those of the same people elsewhere only know of it. */
static bool from_this_screen(const struct req *r, const struct call *c, struct uuid device, struct err *e)
{
    bool caller = uuid_eq(c->caller, r->who->account) && uuid_eq(c->caller_device, device);
    bool answerer = uuid_eq(c->answerer, r->who->account) && uuid_eq(c->answerer_device, device);

    if (!call_is_theirs(r, c))
        return ERR(e, ERR_CONFLICT, "call.not_taken", "请先接听", "take the call first");
    return caller || answerer ||
           ERR(e, ERR_CONFLICT, "call.elsewhere", "这次通话在另一台设备上", "this call is on another device");
}

static bool put_signals(struct req *r, struct sql_tx *tx, struct call *c, const struct said *said, size_t n,
                        struct err *e)
{
    bool to_caller = !uuid_eq(c->caller, r->who->account);

    if (n > 0 && c->state != CALL_ACTIVE)
        return ERR(e, ERR_CONFLICT, "call.state", "通话还没有接通或已经结束",
                   "the call has not been answered, or is over");
    if (c->signals + (int64_t)n > CALL_SIGNALS_MAX)
        return ERR(e, ERR_TOO_MANY, "call.signals", "一次通话至多 %d 条信令，请重新呼叫",
                   "a call has at most %d signals: call again", CALL_SIGNALS_MAX);
    for (size_t i = 0; i < n; i++)
        if (!sql_run(tx, &call_queries[CALL_Q_SIGNAL_PUT], e, SQL_INT(r->services->district),
                     SQL_UUID(&c->id), SQL_INT(++c->signals), SQL_INT(to_caller), SQL_TEXT(said[i].kind),
                     SQL_TEXT(said[i].body), SQL_INT(r->now)))
            return false;
    return true;
}

/* Whether this side has something to write: what it says, or that it is still there. */
static bool touch(const struct req *r, struct call *c, size_t n)
{
    int64_t *seen = uuid_eq(c->caller, r->who->account) ? &c->caller_seen : &c->answerer_seen;

    if (c->state == CALL_ENDED || (n == 0 && r->now - *seen < SEEN_EVERY_MS))
        return false;
    *seen = r->now;
    return true;
}

static bool write_signals(struct req *r, struct sql_tx *tx, const struct call *c, int64_t after,
                          struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool to_caller = uuid_eq(c->caller, r->who->account);

    if (!sql_query(tx, &call_queries[CALL_Q_SIGNALS], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&c->id), SQL_INT(after), SQL_INT(to_caller), SQL_INT(SIGNALS_READ)))
        return false;
    jo_arr(&r->out, "signals");
    while (sql_next(rows)) {
        after = sql_int(rows, 0);
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "kind", sql_text(rows, 1));
        jo_str(&r->out, "body", sql_text(rows, 2));
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_int(&r->out, "after", after);
    return sql_end(&rows, e);
}

static bool exchange(struct req *r, enum sql_mode mode, struct uuid id, const struct signals_body *b,
                     const struct said *said, size_t n, bool *ret_writes, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct call c = {0};

    if (!sql_begin(r->services->db, mode, &tx, e) || !call_of(r, tx, id, &c, e) ||
        !from_this_screen(r, &c, b->device, e) || (c.state != CALL_ENDED && !call_matter(r, tx, &c, &rec, e)))
        return false;
    *ret_writes = touch(r, &c, n);
    if (*ret_writes && mode != SQL_WRITE)
        return true;
    if (*ret_writes && (!put_signals(r, tx, &c, said, n, e) || !call_set(tx, r->services->district, &c, e)))
        return false;
    jo_obj(&r->out, NULL);
    call_write(r, &c, rec);
    if (!write_signals(r, tx, &c, b->after, e))
        return false;
    jo_close(&r->out);
    return mode != SQL_WRITE || sql_commit(&tx, e);
}

/* Most only ask whether there is something new: that writes nothing. */
bool call_signals(struct req *r, struct err *e)
{
    struct signals_body b;
    struct said *said = NULL;
    bool writes = false;
    struct uuid id;
    size_t n = 0;

    if (!req_uuid(r, 0, &id, e) || !read_signals(r, &b, &said, &n, e))
        return false;
    if (n == 0 && !exchange(r, SQL_READ, id, &b, said, n, &writes, e))
        return false;
    return (n == 0 && !writes) || exchange(r, SQL_WRITE, id, &b, said, n, &writes, e);
}

const struct route call_routes[] = {
    {POST, "/api/v1/records/{id}/calls", PERM_STAFF, BODY_JSON, call_start, call_started, 1024,
     "Call one who plays a part in the matter, by video", "call"},
    {GET, "/api/v1/calls", PERM_STAFF, BODY_NONE, calls_mine, NULL, 0, "Calls that ring for the caller",
     "calls"},
    {GET, "/api/v1/calls/{id}", PERM_STAFF, BODY_NONE, call_show, NULL, 0, "One call", "call"},
    {POST, "/api/v1/calls/{id}/answer", PERM_STAFF, BODY_JSON, call_answer, call_ended, 1024,
     "Accept, decline, or say one is busy", "call"},
    {POST, "/api/v1/calls/{id}/signals", PERM_STAFF, BODY_JSON, call_signals, NULL, 0,
     "What the browsers tell one another: sends some, answers what is new", "call_signals"},
    {POST, "/api/v1/calls/{id}/end", PERM_STAFF, BODY_JSON, call_end, call_ended, 1024, "Hang up", "call"},
    {0},
};
