/* The routes through the dispatcher, with a real database behind them. */
#include "base/limits.h"
#include "base/text.h"
#include "database.h"
#include "identity/identity.h"
#include "test.h"

#include <json-c/json.h>
#include <stdlib.h>

enum { DISTRICT = 330803 };
static const int64_t t0 = INT64_C(1795000000000);

static struct town {
    struct services services;
    struct http_config config;
    struct area_tree *areas;
    struct directory *people;
    struct arena *a;
    struct err e;
    char *answer;
} town;

static const struct area_tree *areas_now(const struct services *s)
{
    (void)s;
    return town.areas;
}

static const struct packs *packs_now(const struct services *s)
{
    static const struct role roles[] = {{"clerk",
                                         {"受理员", "Clerk"},
                                         1U << AREA_COMMUNITY | 1U << AREA_TOWNSHIP | 1U << AREA_DISTRICT,
                                         false}};
    static const struct packs packs = {.roles = roles, .n_roles = COUNT_OF(roles)};

    (void)s;
    return &packs;
}

static const struct directory *people_now(const struct services *s)
{
    (void)s;
    return town.people;
}

static bool reload(const struct services *s, struct err *e)
{
    return directory_load(s->db, s->privacy, s->district, town.a, &town.people, e);
}

static void town_open(void)
{
    static const char csv[] = "code,name\n330803,衢江区\n330803001,樟潭街道\n330803001001,临江社区\n";
    static const struct route *const tables[] = {identity_routes, people_routes, token_routes, audit_routes,
                                                 sign_in_routes};
    static const uint8_t master[32] = {3};
    struct services *s = &town.services;
    struct area_import_result done;
    struct uuid id;

    memset(&town, 0, sizeof town);
    town.a = arena_create(64 * 1024 * 1024);
    s->district = DISTRICT;
    s->offset_min = 480;
    s->reload = reload;
    check(sql_open(test_database(), &(struct sql_options){.sync = SQL_SYNC_OFF}, &s->db, &town.e));
    check(sql_migrate(s->db, sql_migrations, sql_n_migrations, &town.e));
    check(area_import_csv(s->db, DISTRICT, csv, sizeof csv - 1, &done, &town.e));
    check(area_tree_load(s->db, DISTRICT, 1, &town.areas, &town.e));
    check(privacy_create(SUITE_SM, master, &s->privacy, &town.e));
    s->sessions = sessions_create(s->db, s->privacy, DISTRICT);
    check(account_add(s->db, s->privacy, DISTRICT,
                      &(struct new_account){
                          .login = "admin", .name = "管理员", .password = "wangge-sample", .sample = true},
                      t0, &id, &town.e));
    check(post_add(s->db, DISTRICT,
                   &(struct post){.account = id, .role = "admin", .area = "330803", .from = t0}, t0,
                   &town.e));
    check(reload(s, &town.e));
    area_tree_of = areas_now;
    directory_of = people_now;
    packs_of = packs_now;
    town.config = (struct http_config){.services = s,
                                       .auth = &identity_auth,
                                       .routes = tables,
                                       .n_tables = COUNT_OF(tables),
                                       .upload_dir = "/tmp"};
}

static void town_close(void)
{
    free(town.answer);
    sessions_free(&town.services.sessions);
    privacy_free(&town.services.privacy);
    area_tree_free(&town.areas);
    sql_close(&town.services.db);
    arena_free(&town.a);
}

static int call_at(int64_t now, enum method m, const char *target, const char *token, const char *body)
{
    struct http_call c = {.method = m,
                          .target = target,
                          .token = token,
                          .content_type = body != NULL ? "application/json" : NULL,
                          .body = body,
                          .body_len = body != NULL ? strlen(body) : 0,
                          .now = now};
    size_t n = 0;

    free(town.answer);
    town.answer = NULL;
    return http_dispatch(&town.config, &c, &town.answer, &n);
}

static int call(enum method m, const char *target, const char *token, const char *body)
{
    return call_at(t0, m, target, token, body);
}

static bool says(const char *text)
{
    if (town.answer != NULL && strstr(town.answer, text) != NULL)
        return true;
    (void)printf("# answer: %s\n", town.answer != NULL ? town.answer : "(none)");
    return false;
}

/* A text member of the last answer. */
static const char *member(const char *name)
{
    struct json_object *o = NULL, *v = NULL;
    const char *text = "";

    if (json_parse(town.answer, strlen(town.answer), &o, &town.e) && json_object_object_get_ex(o, name, &v))
        text = arena_strdup(town.a, json_object_get_string(v));
    json_free(&o);
    return text;
}

static const char *sign_in(const char *login, const char *password)
{
    const char *body = arena_printf(town.a, "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);

    check(call(POST, "/api/v1/session", NULL, body) == 200);
    return member("token");
}

TEST(session_and_me)
{
    town_open();
    check(call(GET, "/api/v1/me", NULL, NULL) == 200 && says("\"id\":null"));
    const char *token = sign_in("admin", "wangge-sample");
    check(strlen(token) == 43 && says("\"name\":\"管理员\""));
    check(call(GET, "/api/v1/me", token, NULL) == 200 && says("\"area_name\":\"衢江区\"") &&
          says("\"admin\":true"));
    check(call(DELETE, "/api/v1/session", token, NULL) == 200);
    check(call(GET, "/api/v1/me", token, NULL) == 401);
    check(call(POST, "/api/v1/session", NULL, "{\"login\":\"admin\",\"password\":\"no\"}") == 401);
    check(says("session.refused"));
    check(call(POST, "/api/v1/session", NULL, "{\"login\":\"admin\"}") == 422);
    town_close();
}

TEST(residents_register)
{
    static const char body[] =
        "{\"login\":\"138-0013-8000\",\"name\":\"李四\",\"password\":\"春江潮水连海平明月共\"}";

    town_open();
    check(call(POST, "/api/v1/register", NULL, body) == 201);
    const char *token = member("token");
    check(call(GET, "/api/v1/me", token, NULL) == 200 && says("138****8000") && says("\"posts\":[]"));
    check(call(POST, "/api/v1/register", NULL, body) == 409 && says("account.login_taken"));
    check(strlen(sign_in("13800138000", "春江潮水连海平明月共")) == 43);
    check(call(POST, "/api/v1/register", NULL,
               "{\"login\":\"lisi\",\"name\":\"李四\",\"password\":\"1234567890x\"}") == 422);
    check(call(POST, "/api/v1/register", NULL,
               "{\"login\":\"13800138001\",\"name\":\"李四\",\"password\":\"1234567890\"}") == 422);
    for (int i = 0; i < LIMIT_SIGNIN_PER_MINUTE; i++)
        (void)call(POST, "/api/v1/register", NULL,
                   "{\"login\":\"13800138001\",\"name\":\"李四\",\"password\":\"short\"}");
    check(call(POST, "/api/v1/register", NULL, body) == 429 && says("session.rate"));
    check(call(GET, "/api/v1/orgs", token, NULL) == 200);
    check(call(GET, "/api/v1/accounts", token, NULL) == 403);
    check(call(POST, "/api/v1/posts", token, "{}") == 403);
    town_close();
}

TEST(administration)
{
    town_open();
    const char *token = sign_in("admin", "wangge-sample");
    check(call(POST, "/api/v1/orgs", token,
               "{\"name\":\"临江社区\",\"area\":\"330803001001\",\"level\":\"community\"}") == 201);
    const char *org = member("id");
    check(call(POST, "/api/v1/accounts", token,
               "{\"login\":\"clerk\",\"name\":\"王五\",\"password\":\"correct horse battery\"}") == 201);
    const char *id = member("id");
    const char *post = arena_printf(
        town.a, "{\"account\":\"%s\",\"role\":\"clerk\",\"area\":\"330803001001\",\"org\":\"%s\"}", id, org);
    const char *clerk = sign_in("clerk", "correct horse battery");
    check(call(GET, "/api/v1/accounts", clerk, NULL) == 403);
    check(call(POST, "/api/v1/posts", token, post) == 201);
    check(call(GET, "/api/v1/accounts?role=clerk&area=330803&q=%E7%8E%8B", clerk, NULL) == 200);
    check(says("\"login\":\"clerk\"") && says("\"org_name\":\"临江社区\""));
    check(call(GET, "/api/v1/accounts?role=nobody", clerk, NULL) == 200 && says("\"items\":[]"));
    check(call(GET, "/api/v1/orgs?area=330803001", clerk, NULL) == 200 && says(org));
    check(call(GET, "/api/v1/orgs?cursor=x", clerk, NULL) == 400);
    check(call(POST, "/api/v1/posts", token,
               arena_printf(town.a, "{\"account\":\"%s\",\"role\":\"clerk\",\"area\":\"330803009\"}", id)) ==
          422);
    check(call(POST, "/api/v1/posts", token,
               arena_printf(town.a, "{\"account\":\"%s\",\"role\":\"emperor\",\"area\":\"330803\"}", id)) ==
              422 &&
          says("post.role"));
    check(call(POST, "/api/v1/orgs", token, "{\"name\":\"x\",\"area\":\"330803\",\"level\":\"moon\"}") ==
          422);
    check(call(POST, "/api/v1/tokens", token,
               arena_printf(town.a, "{\"account\":\"%s\",\"name\":\"接口\"}", id)) == 201);
    const char *api = member("token");
    check(call_at(t0 + 1, GET, "/api/v1/me", api, NULL) == 200 && says("\"login\":\"clerk\""));
    check(call_at(t0 + 1, POST, "/api/v1/posts/end", token,
                  arena_printf(town.a, "{\"account\":\"%s\",\"role\":\"clerk\",\"area\":\"330803001001\"}",
                               id)) == 200);
    check(call_at(t0 + 1, GET, "/api/v1/accounts", clerk, NULL) == 403);
    town_close();
}

TEST(accounts_are_closed)
{
    town_open();
    const char *token = sign_in("admin", "wangge-sample");
    check(call(POST, "/api/v1/accounts", token,
               "{\"login\":\"clerk\",\"name\":\"王五\",\"password\":\"correct horse battery\"}") == 201);
    const char *id = member("id"), *clerk = sign_in("clerk", "correct horse battery");
    const char *to = arena_printf(town.a, "/api/v1/accounts/%s/password", id);
    check(call(POST, to, token, "{\"password\":\"too common\"}") == 200);
    check(call(POST, to, token, "{\"password\":\"password123\"}") == 422 && says("account.password"));
    check(call(GET, "/api/v1/me", clerk, NULL) == 401);
    clerk = sign_in("clerk", "too common");
    to = arena_printf(town.a, "/api/v1/accounts/%s/active", id);
    check(call(POST, to, token, "{\"active\":false}") == 200);
    check(call(GET, "/api/v1/me", clerk, NULL) == 401);
    check(call(POST, "/api/v1/session", NULL, "{\"login\":\"clerk\",\"password\":\"too common\"}") == 401);
    check(call(POST, to, token, "{\"active\":true}") == 200);
    check(call(GET, "/api/v1/me", token, NULL) == 200);
    const char *me = member("id");
    check(call(POST, arena_printf(town.a, "/api/v1/accounts/%s/active", me), token, "{\"active\":false}") ==
          409);
    check(call(POST, "/api/v1/posts/end", token,
               arena_printf(town.a, "{\"account\":\"%s\",\"role\":\"admin\",\"area\":\"330803\"}", me)) ==
          409);
    check(call(POST, "/api/v1/accounts/nonsense/active", token, "{\"active\":true}") == 404);
    town_close();
}
