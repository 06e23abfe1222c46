/* Who am I, who is there, and the administrator's changes to it. What hashes a
 * password runs on a worker thread (sessions_defer). */
#include "base/text.h"
#include "identity.sql.h"
#include "identity/account.h"
#include "identity/api.h"
#include "identity/person.h"

#include <stdio.h>
#include <string.h>

const struct directory *(*directory_of)(const struct services *s);
const struct packs *(*packs_of)(const struct services *s);

struct doing api_doing(const struct req *r)
{
    return (struct doing){r->services->db, r->services->district, r->who->account, r->now};
}

/* Everybody sees the change from the next request on. */
bool api_changed(struct req *r, struct err *e)
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

bool api_done(struct req *r)
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

static struct origin origin_of(const struct req *r)
{
    return (struct origin){.client = r->client, .agent = req_header_in(r, "User-Agent"), .at = r->now};
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
    const struct origin from = origin_of(r);
    char login[LOGIN_MAX], token[64];
    struct uuid id;

    if (!json_read(r->json, "", members, COUNT_OF(members), &c, e))
        return false;
    account_login(s->privacy, c.login, login);
    if (!session_open(s->sessions, login, c.password, &from, token, &id, e) ||
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
    const struct origin from = origin_of(r);

    if (r->who->session != NULL && !session_leave(r->services->sessions, r->who, &from, e))
        return false;
    cookie(r, "", 0);
    return api_done(r);
}

struct registration {
    const char *login, *name, *password, *code;
};

/* The account that was made at a counter becomes theirs: the code was told there, to them. Never one with a
 * post: any of the staff can ask for the code of a number. */
static bool take_over(const struct services *s, const struct doing *by, const char *login,
                      const struct registration *g, struct uuid *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char code[PERSON_CODE] = "";
    bool fits = false;

    if (!sql_begin(s->db, SQL_READ, &tx, e) || !sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_TO_TAKE],
                                                          &rows, e, SQL_INT(s->district), SQL_TEXT(login)))
        return false;
    if (sql_next(rows)) {
        *ret = sql_uuid(rows, 0);
        person_code(s->privacy, *ret, code);
        fits = strlen(g->code) == strlen(code) && privacy_same(code, g->code, strlen(code));
    }
    if (!sql_end(&rows, e))
        return false;
    sql_rollback(&tx);
    if (!fits)
        return ERR_FIELD(
            e, "code", "person.code", "号码与窗口给的十位数不符，或账号已有密码",
            "this is not the ten digits from the counter, or the account has a password already");
    return doing_account_password(by, *ret, g->password, e);
}

static bool run_register(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"login", JSON_TEXT, offsetof(struct registration, login), true, 1, LOGIN_MAX - 1},
        {"name", JSON_TEXT, offsetof(struct registration, name), true, 1, 64},
        {"password", JSON_TEXT, offsetof(struct registration, password), true, 1, 128},
        {"code", JSON_TEXT, offsetof(struct registration, code), false, 1, 20},
    };
    const struct services *s = r->services;
    const struct doing by = api_doing(r);
    const struct origin from = origin_of(r);
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
        !(g.code != NULL ? take_over(s, &by, login, &g, &id, e)
                         : doing_account_add(&by, s->privacy,
                                             &(struct new_account){
                                                 .login = g.login, .name = g.name, .password = g.password},
                                             &id, e)) ||
        !session_begin(s->sessions, id, &from, token, e))
        return false;
    r->status = 201;
    return signed_in(r, token, id, g.login, g.name);
}

static bool post_register(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_register, e);
}

/* --- me --- */

/* A login that stands for a phone number is shown as that number, masked. */
static bool shown_login(struct req *r, const char **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct services *s = r->services;
    struct uuid id = r->who->account;
    const char *phone = NULL;

    *ret = r->who->login;
    if (!str_starts(*ret, LOGIN_PHONE_PREFIX))
        return true;
    if (!sql_begin(s->db, SQL_READ, &tx, e) || !sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_ID],
                                                          &rows, e, SQL_INT(s->district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows) && !api_phone(r, id, sql_text(rows, 4), &phone, e))
        return false;
    if (phone != NULL)
        *ret = phone;
    return sql_end(&rows, e);
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
        api_post(j, r->services, &p->posts[i]);
    jo_close(j);
    jo_bool(j, "admin", principal_has_role(p, "admin"));
    jo_close(j);
    return true;
}

struct own_password {
    const char *old, *password;
};

static bool run_own_password(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"old", JSON_TEXT, offsetof(struct own_password, old), true, 1, 128},
        {"password", JSON_TEXT, offsetof(struct own_password, password), true, 1, 128},
    };
    struct sessions *s = r->services->sessions;
    const struct doing by = api_doing(r);
    const struct origin from = origin_of(r);
    struct own_password p = {0};

    if (!json_read(r->json, "", members, COUNT_OF(members), &p, e) ||
        !session_prove(s, r->who, p.old, &from, e))
        return false;
    if (str_eq(p.old, p.password))
        return ERR_FIELD(e, "password", "account.password_same", "新密码与现在的一样，请换一个",
                         "the new password is the present one; choose another");
    if (!doing_own_password(&by, r->who, p.password, e))
        return false;
    sessions_forget(s);
    return api_done(r);
}

static bool post_own_password(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_own_password, e);
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
    const struct doing by = api_doing(r);
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
    const struct doing by = api_doing(r);
    const char *password = NULL;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !json_read(r->json, "", members, COUNT_OF(members), &password, e) ||
        !doing_account_password(&by, id, password, e))
        return false;
    sessions_forget(r->services->sessions);
    return api_done(r);
}

static bool post_password(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_password, e);
}

static bool post_active(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"active", JSON_BOOL, 0, true, 0, 0}};
    const struct doing by = api_doing(r);
    bool active = false;
    struct uuid id;

    return req_uuid(r, 0, &id, e) && json_read(r->json, "", members, COUNT_OF(members), &active, e) &&
           doing_account_active(&by, id, active, e) && api_changed(r, e) && api_done(r);
}

/* A place that exists, not only a well-formed code. */
static bool area_there(const struct req *r, const char *code, struct err *e)
{
    const struct area *a = area_find(area_tree_of(r->services), code);

    return (a != NULL && (a->until == 0 || a->until > r->now)) ||
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
    const struct doing by = api_doing(r);
    struct org_input in = {.org = {.id = uuid_make()}};

    return json_read(r->json, "", members, COUNT_OF(members), &in, e) && org_level(&in, e) &&
           area_there(r, in.org.area, e) && doing_org_add(&by, &in.org, e) && api_changed(r, e) &&
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
    const struct doing by = api_doing(r);
    struct post p = {.from = r->now};

    return json_read(r->json, "", members, COUNT_OF(members), &p, e) && area_there(r, p.area, e) &&
           post_in_packs(packs_of(r->services), p.role, p.area, e) && doing_post_add(&by, &p, e) &&
           api_changed(r, e) && created(r, p.account);
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
        {"until", JSON_TIME, offsetof(struct post, until), false, 0, 0},
    };
    const struct doing by = api_doing(r);
    struct post p = {0};

    if (!json_read(r->json, "", members, COUNT_OF(members), &p, e))
        return false;
    if (end_own_admin(r, &p))
        return ERR(e, ERR_CONFLICT, "account.self", "不能撤销自己的管理员岗位，请由另一位管理员操作",
                   "you cannot end your own administrator's post; another administrator can");
    return doing_post_end(&by, p.account, p.role, p.area, p.until, e) && api_changed(r, e) && api_done(r);
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
    case PERM_CLAIM: /* without a claim: the dispatcher lets those with one pass */
    case PERM_SIGNED_IN:
        return who->kind == ACTOR_PERSON;
    case PERM_STAFF:
        return who->kind == ACTOR_PERSON && principal_is_staff(who);
    case PERM_ADMIN:
        return who->kind == ACTOR_PERSON && principal_has_role(who, "admin");
    case PERM_MONITOR:
        return who->kind == ACTOR_PERSON &&
               (principal_has_role(who, "admin") || principal_has_role(who, ROLE_MONITOR));
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
    {POST, "/api/v1/me/password", PERM_SIGNED_IN, BODY_JSON, post_own_password, sessions_finish, 4096,
     "Change my own password; my other sessions end", "Ok"},
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
    {.method = METHOD_UNSET},
};
