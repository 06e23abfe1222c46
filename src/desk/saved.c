/* Views of the list and templates of answers: a person's own, or shared by the people of a unit. What a unit
 * shares changes under the hands of others, so each change of it is a line of the audit. */
#include "base/limits.h"
#include "base/text.h"
#include "desk.sql.h"
#include "desk/handlers.h"
#include "engine/engine.h"
#include "identity/account.h"

#include <string.h>

enum { TITLE_CHARS = 60, TEXT_CHARS = 4000, ABOUT_CHARS = 200, OWNERS_MAX = 17 };

struct saved {
    struct uuid id, owner, by_whom;
    const char *what, *title, *text, *about;
    int64_t version, at;
};

static bool known_what(const char *what)
{
    return str_eq(what, "view") || str_eq(what, "template");
}

/* The caller and the organisations of their posts, each once. */
static size_t owners_of(const struct principal *p, struct uuid ret[OWNERS_MAX])
{
    size_t n = 0;

    ret[n++] = p->account;
    for (size_t i = 0; i < p->n_posts && n < OWNERS_MAX; i++) {
        bool known = uuid_is_nil(p->posts[i].org);

        for (size_t k = 0; k < n && !known; k++)
            known = uuid_eq(ret[k], p->posts[i].org);
        if (!known)
            ret[n++] = p->posts[i].org;
    }
    return n;
}

static bool is_theirs(const struct principal *p, struct uuid owner)
{
    return uuid_eq(p->account, owner) || (!uuid_is_nil(owner) && principal_in_org(p, owner));
}

/* Columns of desk.saved_of and desk.saved_get. */
static struct saved saved_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct saved){.id = sql_uuid(rows, 0),
                          .owner = sql_uuid(rows, 1),
                          .what = arena_strdup(a, sql_text(rows, 2)),
                          .title = arena_strdup(a, sql_text(rows, 3)),
                          .text = arena_strdup(a, sql_text(rows, 4)),
                          .about = arena_strdup(a, sql_text(rows, 5)),
                          .version = sql_int(rows, 6),
                          .by_whom = sql_uuid(rows, 7),
                          .at = sql_int(rows, 8)};
}

static void write_saved(struct req *r, const struct saved *s)
{
    const struct directory *people = r->services->world(r->services)->people;
    bool own = uuid_eq(s->owner, r->who->account);
    const struct org *org = own ? NULL : directory_org(people, s->owner);
    const struct account *by = directory_account(people, s->by_whom);

    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", s->id);
    jo_str(&r->out, "what", s->what);
    jo_str(&r->out, "title", s->title);
    jo_str(&r->out, "text", s->text);
    jo_str(&r->out, "about", s->about);
    jo_uuid(&r->out, "org", own ? (struct uuid){{0}} : s->owner);
    jo_str(&r->out, "org_name", org == NULL ? NULL : org->name);
    jo_int(&r->out, "version", s->version);
    jo_str(&r->out, "by", by == NULL ? NULL : by->name);
    jo_time(&r->out, "at", s->at, r->services->offset_min);
    jo_close(&r->out);
}

static bool list_of(struct req *r, struct sql_tx *tx, struct uuid owner, const char *what, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &desk_queries[DESK_Q_SAVED_OF], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&owner), SQL_TEXT(what), SQL_INT(LIMIT_SAVED)))
        return false;
    while (sql_next(rows)) {
        const struct saved s = saved_row(rows, r->arena);

        write_saved(r, &s);
    }
    return sql_end(&rows, e);
}

bool saved_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *what = req_query(r, "what");
    struct uuid owners[OWNERS_MAX];
    size_t n = owners_of(r->who, owners);

    if (!known_what(what))
        return ERR_FIELD(e, "what", "saved.what", "what 须是 view 或 template",
                         "what must be view or template");
    if (!sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        if (!list_of(r, tx, owners[i], what, e))
            return false;
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* --- changing --- */

struct put_body {
    const char *what, *title, *text, *about;
    struct uuid org;
    int64_t version;
};

static bool read_body(struct req *r, struct put_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"what", JSON_TEXT, offsetof(struct put_body, what), true, 1, 16},
        {"title", JSON_TEXT, offsetof(struct put_body, title), true, 1, TITLE_CHARS},
        {"text", JSON_TEXT, offsetof(struct put_body, text), true, 0, TEXT_CHARS},
        {"about", JSON_TEXT, offsetof(struct put_body, about), false, 0, ABOUT_CHARS},
        {"org", JSON_UUID, offsetof(struct put_body, org), false, 0, 0},
        {"version", JSON_INT, offsetof(struct put_body, version), false, 0, INT32_MAX},
    };

    *ret = (struct put_body){.about = "", .version = -1};
    if (!json_read(r->json, "", members, COUNT_OF(members), ret, e))
        return false;
    if (!known_what(ret->what))
        return ERR_FIELD(e, "what", "saved.what", "what 须是 view 或 template",
                         "what must be view or template");
    if (!uuid_is_nil(ret->org) && !principal_in_org(r->who, ret->org))
        return ERR_FIELD(e, "org", "saved.org", "只能与自己所在的单位共用", "only with a unit of your own");
    return true;
}

static bool find(struct req *r, struct sql_tx *tx, struct uuid id, struct saved *ret, bool *ret_there,
                 struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &desk_queries[DESK_Q_SAVED_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = saved_row(rows, r->arena);
    return sql_end(&rows, e);
}

static bool not_found(struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "saved.not_found", "没有这一条，或不是您的",
               "there is none, or it is not yours");
}

static bool room_for_one(struct req *r, struct sql_tx *tx, const struct saved *s, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t n = 0;

    if (!sql_query(tx, &desk_queries[DESK_Q_SAVED_COUNT], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&s->owner), SQL_TEXT(s->what)))
        return false;
    if (sql_next(rows))
        n = sql_int(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    return n < LIMIT_SAVED || ERR(e, ERR_CONFLICT, "saved.full", "最多保存 %d 条，请先删去不用的",
                                  "at most %d: remove one that is not used", LIMIT_SAVED);
}

/* What others share is told of; a person's own list of views is nobody's business. */
static bool note_change(struct req *r, struct sql_tx *tx, const char *verb, const struct saved *s,
                        struct err *e)
{
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    struct json_out detail;

    if (uuid_eq(s->owner, r->who->account))
        return true;
    jo_begin(&detail, 4096);
    jo_obj(&detail, NULL);
    jo_str(&detail, "what", s->what);
    jo_str(&detail, "name", s->title);
    jo_uuid(&detail, "org", s->owner);
    jo_close(&detail);
    return audit_about(tx, &by, verb, s->id, &detail, e);
}

static bool store(struct req *r, struct sql_tx *tx, const struct saved *s, struct err *e)
{
    return sql_run(tx, &desk_queries[DESK_Q_SAVED_PUT], e, SQL_INT(r->services->district), SQL_UUID(&s->id),
                   SQL_UUID(&s->owner), SQL_TEXT(s->what), SQL_TEXT(s->title), SQL_TEXT(s->text),
                   SQL_TEXT(s->about), SQL_INT(s->version), SQL_UUID(&s->by_whom), SQL_INT(s->at));
}

static bool check_old(const struct req *r, const struct saved *old, const struct put_body *b, struct err *e)
{
    if (!is_theirs(r->who, old->owner) || !str_eq(old->what, b->what))
        return not_found(e);
    return b->version < 0 || b->version == old->version ||
           ERR(e, ERR_CONFLICT, "saved.stale", "别人刚改过这一条，请看过最新的内容再保存",
               "somebody has changed it meanwhile: look at it before you save");
}

bool saved_put(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct saved old = {0}, now;
    struct put_body b;
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !read_body(r, &b, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !find(r, tx, id, &old, &there, e) || (there && !check_old(r, &old, &b, e)))
        return false;
    now = (struct saved){.id = id,
                         .owner = uuid_is_nil(b.org) ? r->who->account : b.org,
                         .by_whom = r->who->account,
                         .what = b.what,
                         .title = b.title,
                         .text = b.text,
                         .about = b.about,
                         .version = old.version + 1,
                         .at = r->now};
    if ((!there || !uuid_eq(old.owner, now.owner)) && !room_for_one(r, tx, &now, e))
        return false;
    if (!store(r, tx, &now, e) || !note_change(r, tx, "saved.put", &now, e) || !sql_commit(&tx, e))
        return false;
    write_saved(r, &now);
    return true;
}

bool saved_delete(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct saved old = {0};
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !find(r, tx, id, &old, &there, e))
        return false;
    if (!there || !is_theirs(r->who, old.owner))
        return not_found(e);
    if (!sql_run(tx, &desk_queries[DESK_Q_SAVED_REMOVE], e, SQL_INT(r->services->district), SQL_UUID(&id)) ||
        !note_change(r, tx, "saved.remove", &old, e) || !sql_commit(&tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}
