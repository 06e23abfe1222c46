/* Who am I, who is there, and the administrator's changes to it. What hashes a
 * password runs on a worker thread (sessions_defer). */
#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/account.h"

#include <stdio.h>
#include <string.h>

const struct directory *(*directory_of)(const struct services *s);
const struct packs *(*packs_of)(const struct services *s);

enum { LIST_DEFAULT = 50 };

static struct doing doing_of(const struct req *r)
{
    return (struct doing){r->services->db, r->services->district, r->who->account, r->now};
}

/* Everybody sees the change from the next request on. */
static bool changed(struct req *r, struct err *e)
{
    if (!r->services->reload(r->services, e))
        return false;
    sessions_forget(r->services->sessions);
    return true;
}

static bool created(struct req *r, struct uuid id)
{
    r->status = 201;
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", id);
    jo_close(&r->out);
    return true;
}

static bool done(struct req *r)
{
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}

/* --- session --- */

/* TLS ends at a proxy, which says so; a caller who lies about it only harms their own cookie. */
static void cookie(struct req *r, const char *token, int64_t seconds)
{
    bool tls = str_eq(req_header_in(r, "X-Forwarded-Proto"), "https");

    req_header(r, "Set-Cookie",
               arena_printf(r->arena, "wangge_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
                            token, (long long)seconds, tls ? "; Secure" : ""));
}

/* The answer to signing in, and to registering. */
static bool signed_in(struct req *r, const char *token, struct uuid id, const char *login, const char *name)
{
    cookie(r, token, INT64_C(30) * 24 * 3600);
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "token", token);
    jo_obj(&r->out, "account");
    jo_uuid(&r->out, "id", id);
    jo_str(&r->out, "login", login);
    jo_str(&r->out, "name", name);
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

struct credentials {
    const char *login, *password;
};

static bool run_sign_in(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"login", JSON_TEXT, offsetof(struct credentials, login), true, 1, LOGIN_MAX - 1},
        {"password", JSON_TEXT, offsetof(struct credentials, password), true, 1, 128},
    };
    const struct services *s = r->services;
    struct credentials c = {0};
    const struct principal *who = NULL;
    char login[LOGIN_MAX], token[64];
    struct uuid id;

    if (!json_read(r->json, "", members, COUNT_OF(members), &c, e))
        return false;
    account_login(s->privacy, c.login, login);
    if (!session_open(s->sessions, login, c.password, r->client, req_header_in(r, "User-Agent"), r->now,
                      token, &id, e) ||
        !session_principal(s->sessions, r->arena, token, r->now, &who, e))
        return false;
    return signed_in(r, token, id, c.login, who->name);
}

static bool post_session(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_sign_in, e);
}

static bool delete_session(struct req *r, struct err *e)
{
    if (r->who->session != NULL && !session_close_hash(r->services->sessions, r->who->session, e))
        return false;
    cookie(r, "", 0);
    return done(r);
}

struct registration {
    const char *login, *name, *password;
};

static bool run_register(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"login", JSON_TEXT, offsetof(struct registration, login), true, 1, LOGIN_MAX - 1},
        {"name", JSON_TEXT, offsetof(struct registration, name), true, 1, 64},
        {"password", JSON_TEXT, offsetof(struct registration, password), true, 1, 128},
    };
    const struct services *s = r->services;
    const struct doing by = doing_of(r);
    struct registration g = {0};
    char login[LOGIN_MAX], token[64];
    struct uuid id;

    if (!json_read(r->json, "", members, COUNT_OF(members), &g, e))
        return false;
    account_login(s->privacy, g.login, login);
    if (!str_starts(login, LOGIN_PHONE_PREFIX) || str_starts(g.login, LOGIN_PHONE_PREFIX))
        return ERR_FIELD(e, "login", "account.phone", "请用手机号注册，例如 13800138000",
                         "register with a mobile phone number, like 13800138000");
    if (!sessions_limit(s->sessions, "register", r->client, r->now, e) ||
        !doing_account_add(&by, s->privacy,
                           &(struct new_account){.login = g.login, .name = g.name, .password = g.password},
                           &id, e) ||
        !session_begin(s->sessions, id, r->now, token, e))
        return false;
    r->status = 201;
    return signed_in(r, token, id, g.login, g.name);
}

static bool post_register(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_register, e);
}

/* --- me --- */

static const char *area_name(const struct services *s, const char *code)
{
    const struct area *a = area_find(area_tree_of(s), code);

    return a != NULL ? a->name : NULL;
}

static void write_post(struct json_out *j, const struct services *s, const struct post *p)
{
    const struct org *o = uuid_is_nil(p->org) ? NULL : directory_org(directory_of(s), p->org);

    jo_obj(j, NULL);
    jo_str(j, "role", p->role);
    jo_str(j, "area", p->area);
    jo_str(j, "area_name", area_name(s, p->area));
    jo_uuid(j, "org", p->org);
    jo_str(j, "org_name", o != NULL ? o->name : NULL);
    jo_close(j);
}

/* A login that stands for a phone number is shown as that number, masked. */
static bool shown_login(struct req *r, const char **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct services *s = r->services;
    struct uuid id = r->who->account;
    const char *sealed = NULL, *plain = NULL;

    *ret = r->who->login;
    if (!str_starts(*ret, LOGIN_PHONE_PREFIX))
        return true;
    if (!sql_begin(s->db, SQL_READ, &tx, e) || !sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_ID],
                                                          &rows, e, SQL_INT(s->district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows) && sql_text(rows, 4) != NULL)
        sealed = arena_strdup(r->arena, sql_text(rows, 4));
    if (!sql_end(&rows, e) ||
        (sealed != NULL && !privacy_unseal(s->privacy, r->arena, id, "phone", sealed, &plain, e)))
        return false;
    if (plain != NULL)
        *ret = privacy_mask(r->arena, FIELD_PHONE, plain);
    return true;
}

static bool get_me(struct req *r, struct err *e)
{
    const struct principal *p = r->who;
    bool person = p->kind == ACTOR_PERSON;
    const char *login = NULL;
    struct json_out *j = &r->out;

    if (person && !shown_login(r, &login, e))
        return false;
    jo_obj(j, NULL);
    jo_uuid(j, "id", p->account);
    jo_str(j, "login", login);
    jo_str(j, "name", person ? p->name : NULL);
    jo_arr(j, "posts");
    for (size_t i = 0; i < p->n_posts; i++)
        write_post(j, r->services, &p->posts[i]);
    jo_close(j);
    jo_bool(j, "admin", principal_has_role(p, "admin"));
    jo_close(j);
    return true;
}

/* --- lists --- */

/* A page of a list in id order: after the id in `cursor`, at most `limit` items. */
struct page {
    const char *q, *area, *role;
    struct uuid after, last;
    int64_t limit, n;
    bool more;
};

static bool page_read(const struct req *r, struct page *ret, struct err *e)
{
    const char *cursor = req_query(r, "cursor");

    *ret = (struct page){.q = req_query(r, "q"), .area = req_query(r, "area"), .role = req_query(r, "role")};
    if (cursor != NULL && !uuid_parse(cursor, &ret->after))
        return ERR(e, ERR_MALFORMED, "http.cursor", "翻页参数 cursor 无效，请用上一页答复中的 next",
                   "the cursor is no good; use `next` of the page before");
    return req_query_int(r, "limit", 1, LIMIT_LIST_PAGE, LIST_DEFAULT, &ret->limit, e);
}

/* Counts an item that fits; false when the page is full. */
static bool page_take(struct page *p, struct uuid id)
{
    if (p->n == p->limit) {
        p->more = true;
        return false;
    }
    p->n++;
    p->last = id;
    return true;
}

static bool has_text(const char *text, const char *q)
{
    return q == NULL || strstr(text, q) != NULL;
}

static void page_end(struct json_out *j, const struct page *p)
{
    char next[UUID_TEXT_MAX];

    uuid_format(p->last, next);
    jo_close(j);
    jo_str(j, "next", p->more ? next : NULL);
    jo_close(j);
}

static void write_org(struct json_out *j, const struct org *o)
{
    jo_obj(j, NULL);
    jo_uuid(j, "id", o->id);
    jo_str(j, "name", o->name);
    jo_str(j, "area", o->area);
    jo_str(j, "level", o->level != AREA_UNSET ? area_level_name(o->level) : NULL);
    jo_bool(j, "unit", o->unit);
    jo_uuid(j, "parent", o->parent);
    jo_close(j);
}

static bool get_orgs(struct req *r, struct err *e)
{
    const struct directory *d = directory_of(r->services);
    struct page p;

    if (!page_read(r, &p, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < d->n_orgs; i++) {
        const struct org *o = &d->orgs[i];
        if (uuid_cmp(o->id, p.after) <= 0 || !has_text(o->name, p.q) ||
            (p.area != NULL && !area_covers(p.area, o->area)))
            continue;
        if (!page_take(&p, o->id))
            break;
        write_org(&r->out, o);
    }
    page_end(&r->out, &p);
    return true;
}

static bool post_now(const struct post *p, int64_t now)
{
    return p->from <= now && (p->until == 0 || p->until > now);
}

/* The posts of one account lie together, accounts and posts are in the same order. */
struct span {
    size_t from, to;
};

static struct span posts_of(const struct directory *d, struct uuid account, size_t from)
{
    while (from < d->n_posts && uuid_cmp(d->posts[from].account, account) < 0)
        from++;
    size_t to = from;
    while (to < d->n_posts && uuid_eq(d->posts[to].account, account))
        to++;
    return (struct span){from, to};
}

static bool account_fits(const struct directory *d, struct span s, const struct page *p, int64_t now)
{
    if (p->role == NULL && p->area == NULL)
        return true;
    for (size_t i = s.from; i < s.to; i++) {
        const struct post *post = &d->posts[i];
        if (post_now(post, now) && (p->role == NULL || str_eq(post->role, p->role)) &&
            (p->area == NULL || area_covers(p->area, post->area)))
            return true;
    }
    return false;
}

static void write_account(struct req *r, const struct directory *d, const struct account *a, struct span s)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    jo_uuid(j, "id", a->id);
    jo_str(j, "login", str_starts(a->login, LOGIN_PHONE_PREFIX) ? NULL : a->login);
    jo_str(j, "name", a->name);
    jo_bool(j, "active", a->active);
    jo_arr(j, "posts");
    for (size_t i = s.from; i < s.to; i++)
        if (post_now(&d->posts[i], r->now))
            write_post(j, r->services, &d->posts[i]);
    jo_close(j);
    jo_close(j);
}

static bool get_accounts(struct req *r, struct err *e)
{
    const struct directory *d = directory_of(r->services);
    bool admin = principal_has_role(r->who, "admin");
    struct span s = {0, 0};
    struct page p;

    if (!page_read(r, &p, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < d->n_staff; i++) {
        const struct account *a = &d->staff[i];
        if (uuid_cmp(a->id, p.after) <= 0 || (!a->active && !admin) ||
            (!has_text(a->name, p.q) && !has_text(a->login, p.q)))
            continue;
        s = posts_of(d, a->id, s.to);
        if (!account_fits(d, s, &p, r->now))
            continue;
        if (!page_take(&p, a->id))
            break;
        write_account(r, d, a, s);
    }
    page_end(&r->out, &p);
    return true;
}

/* --- the administrator --- */

static bool run_add_account(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct new_account, id), false, 0, 0},
        {"login", JSON_TEXT, offsetof(struct new_account, login), true, 1, LOGIN_MAX - 1},
        {"name", JSON_TEXT, offsetof(struct new_account, name), true, 1, 64},
        {"password", JSON_TEXT, offsetof(struct new_account, password), false, 1, 128},
        {"phone", JSON_TEXT, offsetof(struct new_account, phone), false, 1, 32},
    };
    const struct doing by = doing_of(r);
    struct new_account n = {0};
    struct uuid id;

    return json_read(r->json, "", members, COUNT_OF(members), &n, e) &&
           doing_account_add(&by, r->services->privacy, &n, &id, e) && created(r, id);
}

static bool post_account(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_add_account, e);
}

static bool run_password(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"password", JSON_TEXT, 0, true, 1, 128}};
    const struct doing by = doing_of(r);
    const char *password = NULL;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !json_read(r->json, "", members, COUNT_OF(members), &password, e) ||
        !doing_account_password(&by, id, password, e))
        return false;
    sessions_forget(r->services->sessions);
    return done(r);
}

static bool post_password(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_password, e);
}

static bool post_active(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"active", JSON_BOOL, 0, true, 0, 0}};
    const struct doing by = doing_of(r);
    bool active = false;
    struct uuid id;

    return req_uuid(r, 0, &id, e) && json_read(r->json, "", members, COUNT_OF(members), &active, e) &&
           doing_account_active(&by, id, active, e) && changed(r, e) && done(r);
}

/* A place that exists, not only a well-formed code. */
static bool area_there(const struct req *r, const char *code, struct err *e)
{
    return area_find(area_tree_of(r->services), code) != NULL ||
           ERR_FIELD(e, "area", "post.area", "没有区域 %s", "there is no area %s", code);
}

struct org_input {
    struct org org;
    const char *level;
};

static bool org_level(struct org_input *in, struct err *e)
{
    if (in->level == NULL)
        return true;
    in->org.level = area_level_named(in->level);
    in->org.unit = true;
    return in->org.level != AREA_UNSET ||
           ERR_FIELD(e, "level", "org.level",
                     "没有层级 %s；可用 district、township、community、grid、microgrid",
                     "there is no level %s; use district, township, community, grid or microgrid", in->level);
}

/* `level` makes it the governing unit of its area. */
static bool post_org(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct org_input, org.id), false, 0, 0},
        {"name", JSON_TEXT, offsetof(struct org_input, org.name), true, 1, 100},
        {"area", JSON_TEXT, offsetof(struct org_input, org.area), true, 1, AREA_CODE_MAX - 1},
        {"level", JSON_TEXT, offsetof(struct org_input, level), false, 1, 20},
        {"parent", JSON_UUID, offsetof(struct org_input, org.parent), false, 0, 0},
    };
    const struct doing by = doing_of(r);
    struct org_input in = {.org = {.id = uuid_make()}};

    return json_read(r->json, "", members, COUNT_OF(members), &in, e) && org_level(&in, e) &&
           area_there(r, in.org.area, e) && doing_org_add(&by, &in.org, e) && changed(r, e) &&
           created(r, in.org.id);
}

static bool post_post(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"account", JSON_UUID, offsetof(struct post, account), true, 0, 0},
        {"role", JSON_TEXT, offsetof(struct post, role), true, 1, 48},
        {"area", JSON_TEXT, offsetof(struct post, area), true, 1, AREA_CODE_MAX - 1},
        {"org", JSON_UUID, offsetof(struct post, org), false, 0, 0},
        {"from", JSON_TIME, offsetof(struct post, from), false, 0, 0},
        {"until", JSON_TIME, offsetof(struct post, until), false, 0, 0},
    };
    const struct doing by = doing_of(r);
    struct post p = {.from = r->now};

    return json_read(r->json, "", members, COUNT_OF(members), &p, e) && area_there(r, p.area, e) &&
           post_in_packs(packs_of(r->services), p.role, p.area, e) && doing_post_add(&by, &p, e) &&
           changed(r, e) && created(r, p.account);
}

/* Nobody takes the last key of the house away from themselves. */
static bool end_own_admin(const struct req *r, const struct post *p)
{
    return str_eq(p->role, "admin") && uuid_eq(p->account, r->who->account);
}

static bool post_post_end(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"account", JSON_UUID, offsetof(struct post, account), true, 0, 0},
        {"role", JSON_TEXT, offsetof(struct post, role), true, 1, 48},
        {"area", JSON_TEXT, offsetof(struct post, area), true, 1, AREA_CODE_MAX - 1},
    };
    const struct doing by = doing_of(r);
    struct post p = {0};

    if (!json_read(r->json, "", members, COUNT_OF(members), &p, e))
        return false;
    if (end_own_admin(r, &p))
        return ERR(e, ERR_CONFLICT, "account.self", "不能撤销自己的管理员岗位，请由另一位管理员操作",
                   "you cannot end your own administrator's post; another administrator can");
    return doing_post_end(&by, p.account, p.role, p.area, e) && changed(r, e) && done(r);
}

struct token_input {
    struct uuid account;
    const char *name;
    int64_t until;
};

static bool post_token(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"account", JSON_UUID, offsetof(struct token_input, account), true, 0, 0},
        {"name", JSON_TEXT, offsetof(struct token_input, name), true, 1, 64},
        {"until", JSON_TIME, offsetof(struct token_input, until), false, 0, 0},
    };
    struct token_input in = {.until = r->now + INT64_C(365) * 24 * 3600 * 1000};
    const struct doing by = doing_of(r);
    char token[64];

    if (!json_read(r->json, "", members, COUNT_OF(members), &in, e) ||
        !doing_token_issue(&by, r->services->sessions, in.account, in.name, in.until, token, e))
        return false;
    r->status = 201;
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "token", token);
    jo_str(&r->out, "name", in.name);
    jo_time(&r->out, "until", in.until, r->services->offset_min);
    jo_close(&r->out);
    return true;
}

/* --- who calls --- */

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret_who, struct err *e)
{
    *ret_who = &principal_anonymous;
    return token == NULL || session_principal(s->sessions, a, token, now, ret_who, e);
}

static bool permits(const struct principal *who, enum perm p)
{
    switch (p) {
    case PERM_PUBLIC:
        return true;
    case PERM_SIGNED_IN:
        return who->kind == ACTOR_PERSON;
    case PERM_STAFF:
        return who->kind == ACTOR_PERSON && who->n_posts > 0;
    case PERM_ADMIN:
        return who->kind == ACTOR_PERSON && principal_has_role(who, "admin");
    case PERM_UNSET:
    case PERM__MAX:
        break;
    }
    return false;
}

const struct http_auth identity_auth = {authenticate, permits};

const struct route identity_routes[] = {
    {POST, "/api/v1/session", PERM_PUBLIC, BODY_JSON, post_session, sessions_finish, 4096, "Sign in",
     "Session"},
    {DELETE, "/api/v1/session", PERM_PUBLIC, BODY_NONE, delete_session, NULL, 0, "Sign out", "Ok"},
    {POST, "/api/v1/register", PERM_PUBLIC, BODY_JSON, post_register, sessions_finish, 4096,
     "A resident makes an account with a mobile number", "Session"},
    {GET, "/api/v1/me", PERM_PUBLIC, BODY_NONE, get_me, NULL, 0, "Who I am and which posts I hold", "Me"},
    {GET, "/api/v1/orgs", PERM_SIGNED_IN, BODY_NONE, get_orgs, NULL, 0, "Organisations", "Orgs"},
    {GET, "/api/v1/accounts", PERM_STAFF, BODY_NONE, get_accounts, NULL, 0, "Staff and their posts",
     "Accounts"},
    {POST, "/api/v1/accounts", PERM_ADMIN, BODY_JSON, post_account, sessions_finish, 8192, "Add an account",
     "Id"},
    {POST, "/api/v1/accounts/{id}/password", PERM_ADMIN, BODY_JSON, post_password, sessions_finish, 4096,
     "Set an account's password", "Ok"},
    {POST, "/api/v1/accounts/{id}/active", PERM_ADMIN, BODY_JSON, post_active, NULL, 4096,
     "Enable or disable an account", "Ok"},
    {POST, "/api/v1/orgs", PERM_ADMIN, BODY_JSON, post_org, NULL, 8192, "Add an organisation", "Id"},
    {POST, "/api/v1/posts", PERM_ADMIN, BODY_JSON, post_post, NULL, 8192, "Give somebody a post", "Id"},
    {POST, "/api/v1/posts/end", PERM_ADMIN, BODY_JSON, post_post_end, NULL, 8192, "End somebody's post",
     "Ok"},
    {POST, "/api/v1/tokens", PERM_ADMIN, BODY_JSON, post_token, NULL, 4096, "Issue an API token", "Token"},
    {.method = METHOD_UNSET},
};
