/* What changed outside the matters: searched by the administrator. */
#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/api.h"

#include <string.h>

struct search {
    struct req *r;
    struct sql_tx *tx;
    struct page page;
    const char *about, *verb;
    struct uuid actor;   /* nil: anybody */
    int64_t from, until; /* ms; 0: open */
};

/* Who or what a line names. */
struct named {
    struct uuid id;
    const char *name, *login; /* NULL: none, or a phone number's */
};

static bool search_read(struct req *r, struct search *ret, struct err *e)
{
    const char *actor = req_query(r, "actor");

    *ret = (struct search){.r = r, .about = req_query(r, "about"), .verb = req_query(r, "verb")};
    if (actor != NULL && !uuid_parse(actor, &ret->actor))
        return ERR_FIELD(e, "actor", "input.uuid", "须是账号编号", "must be the id of an account");
    return page_read(r, true, &ret->page, e) && req_query_day(r, "from", 0, 0, &ret->from, e) &&
           req_query_day(r, "to", 1, 0, &ret->until, e);
}

static const char *shown(const char *login)
{
    return str_starts(login, LOGIN_PHONE_PREFIX) ? NULL : login;
}

/* Staff are at hand; whoever holds no post is read. */
static bool find_named(struct req *r, struct sql_tx *tx, struct uuid id, struct named *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct directory *d = directory_of(r->services);
    const struct account *a = directory_account(d, id);
    const struct org *o = directory_org(d, id);

    *ret = (struct named){.id = id};
    if (uuid_is_nil(id))
        return true;
    if (a != NULL || o != NULL) {
        ret->name = a != NULL ? a->name : o->name;
        ret->login = a != NULL ? shown(a->login) : NULL;
        return true;
    }
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_ID], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    if (sql_next(rows)) {
        ret->login = shown(arena_strdup(r->arena, sql_text(rows, 1)));
        ret->name = account_name(r->services->privacy, r->arena, id, sql_text(rows, 2));
    }
    return sql_end(&rows, e);
}

static bool has(const char *text, const char *q)
{
    return text != NULL && strstr(text, q) != NULL;
}

/* Columns of identity.audit_page. */
static bool fits(const struct sql_rows *rows, const struct search *s)
{
    int64_t at = sql_int(rows, 1);

    return (uuid_is_nil(s->actor) || uuid_eq(sql_uuid(rows, 2), s->actor)) &&
           (s->verb == NULL || str_eq(sql_text(rows, 3), s->verb)) &&
           (s->about == NULL || str_eq(sql_text(rows, 4), s->about)) && (s->from == 0 || at >= s->from) &&
           (s->until == 0 || at < s->until);
}

static bool mentions(const struct sql_rows *rows, const struct named *actor, const struct named *about,
                     const char *q)
{
    return q == NULL || has(actor->name, q) || has(actor->login, q) || has(about->name, q) ||
           has(about->login, q) || has(sql_text(rows, 3), q) || has(sql_text(rows, 5), q);
}

static void write_actor(struct json_out *j, const struct named *actor)
{
    if (uuid_is_nil(actor->id)) {
        jo_null(j, "actor");
        return;
    }
    jo_obj(j, "actor");
    jo_uuid(j, "id", actor->id);
    jo_str(j, "name", actor->name);
    jo_str(j, "login", actor->login);
    jo_close(j);
}

static void write_line(struct req *r, const struct sql_rows *rows, const struct named *actor,
                       const struct named *about)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    jo_uuid(j, "id", sql_uuid(rows, 0));
    jo_time(j, "at", sql_int(rows, 1), r->services->offset_min);
    write_actor(j, actor);
    jo_str(j, "verb", sql_text(rows, 3));
    jo_uuid(j, "about", about->id);
    jo_str(j, "about_name", about->name);
    jo_raw(j, "detail", sql_text(rows, 5));
    jo_close(j);
}

static bool take_line(void *ctx, const struct sql_rows *rows, struct err *e)
{
    struct search *s = ctx;
    struct named actor, about;
    struct uuid id = {{0}};

    if (!fits(rows, s))
        return true;
    if (!uuid_parse(sql_text(rows, 4), &id))
        id = (struct uuid){{0}};
    if (!find_named(s->r, s->tx, sql_uuid(rows, 2), &actor, e) || !find_named(s->r, s->tx, id, &about, e))
        return false;
    if (mentions(rows, &actor, &about, s->page.q) && page_take(&s->page, sql_uuid(rows, 0)))
        write_line(s->r, rows, &actor, &about);
    return true;
}

static bool get_audit(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct search s;

    if (!search_read(r, &s, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &identity_queries[IDENTITY_Q_AUDIT_PAGE], &rows, e, SQL_INT(r->services->district),
                   SQL_BLOB(s.page.cursor.b, sizeof s.page.cursor.b), SQL_INT(LIMIT_LIST_EXAMINED)))
        return false;
    s.tx = tx;
    return page_walk(&r->out, &s.page, &rows, take_line, &s, e);
}

const struct route audit_routes[] = {
    {GET, "/api/v1/audit", PERM_ADMIN, BODY_NONE, get_audit, NULL, 0,
     "Changes of people, posts and tokens, the newest first", "Audit"},
    {.method = METHOD_UNSET},
};
