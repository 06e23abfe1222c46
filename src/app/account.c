/* wangge account */
#include "app.sql.h"
#include "app/cli.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 500, TOKEN_DAYS = 365 };
static const size_t ARENA = (size_t)1 << 26;
static const int64_t DAY_MS = 86400000;

static const char help[];
const struct subcommand account_command;

struct asked {
    const char *data, *pack, *login, *name, *role, *area, *org;
    struct district *d;
    struct arena *a;
    char district[AREA_CODE_MAX];
};

static bool find(const struct asked *k, struct account **ret, struct err *e)
{
    char login[LOGIN_MAX];

    if (k->login == NULL)
        return ERR(e, ERR_INVALID, "cli.login", "请用 --login 指定账号", "name the account with --login");
    account_login(k->d->privacy, k->login, login);
    return account_by_login(k->d->db, k->d->privacy, k->d->code, login, k->a, ret, e);
}

/* --- list --- */

static void print_posts(const struct asked *k, struct uuid account, int64_t now)
{
    const struct directory *people = district_world(k->d)->people;
    const char *comma = "";

    for (size_t i = 0; i < people->n_posts; i++) {
        const struct post *p = &people->posts[i];
        const struct org *o = directory_org(people, p->org);

        if (!uuid_eq(p->account, account) || (p->until != 0 && p->until <= now))
            continue;
        (void)printf("%s%s@%s%s%s", comma, p->role, p->area, o == NULL ? "" : " ", o == NULL ? "" : o->name);
        comma = ", ";
    }
}

static bool list_page(const struct asked *k, const char **after, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *last = NULL;

    if (!sql_begin(k->d->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &app_queries[APP_Q_ACCOUNTS], &rows, e, SQL_INT(k->d->code), SQL_TEXT(*after),
                   SQL_INT(PAGE)))
        return false;
    while (sql_next(rows)) {
        last = arena_strdup(k->a, sql_text(rows, 1));
        (void)printf("%-24s %s  %s  ", last, sql_int(rows, 3) != 0 ? "启用 active  " : "停用 disabled",
                     account_name(k->d->privacy, k->a, sql_uuid(rows, 0), sql_text(rows, 2)));
        print_posts(k, sql_uuid(rows, 0), time_now_ms());
        (void)putchar('\n');
    }
    *after = last;
    return sql_end(&rows, e);
}

static bool do_list(struct asked *k, struct err *e)
{
    for (const char *after = ""; after != NULL;)
        if (!list_page(k, &after, e))
            return false;
    return true;
}

/* --- changes --- */

/* The post asked for, checked before anything is written. */
static bool read_post(struct asked *k, struct post *ret, struct err *e)
{
    const struct world *w = district_world(k->d);
    struct post p = {.role = k->role, .area = k->area == NULL ? k->district : k->area, .from = time_now_ms()};

    if (k->role == NULL)
        return ERR(e, ERR_INVALID, "cli.role", "请用 --role 指定角色", "name the role with --role");
    if (area_find(w->areas, p.area) == NULL && strcmp(p.area, k->district) != 0)
        return ERR_FIELD(e, "area", "post.area", "没有区域 %.20s", "no area %.20s in this district", p.area);
    if (k->org != NULL) {
        const struct org *o = directory_org_named(w->people, k->org);

        if (o == NULL)
            return ERR_FIELD(e, "org", "party.unknown", "没有单位“%.40s”，或不止一个",
                             "there is no organisation “%.40s”, or more than one", k->org);
        p.org = o->id;
    }
    *ret = p;
    return post_in_packs(district_world(k->d)->packs, p.role, p.area, e);
}

static bool add_post(const struct asked *k, struct post p, struct uuid account, struct err *e)
{
    p.account = account;
    return post_add(k->d->db, k->d->code, &p, time_now_ms(), e);
}

static bool do_add(struct asked *k, struct err *e)
{
    struct new_account n = {.login = k->login, .name = k->name == NULL ? k->login : k->name};
    char password[CLI_PASSWORD_MAX];
    struct post post;
    struct uuid id;
    bool ok;

    if (k->login == NULL)
        return ERR(e, ERR_INVALID, "cli.login", "请用 --login 指定账号", "name the account with --login");
    if ((k->role != NULL && !read_post(k, &post, e)) || !cli_password(password, e))
        return false;
    n.password = password;
    ok = account_add(k->d->db, k->d->privacy, k->d->code, &n, time_now_ms(), &id, e);
    explicit_bzero(password, sizeof(password));
    return ok && (k->role == NULL || add_post(k, post, id, e));
}

static bool do_password(struct asked *k, struct err *e)
{
    struct account *account = NULL;
    char password[CLI_PASSWORD_MAX];
    bool ok;

    if (!find(k, &account, e) || !cli_password(password, e))
        return false;
    ok = account_set_password(k->d->db, k->d->code, account->id, password, time_now_ms(), e);
    explicit_bzero(password, sizeof(password));
    return ok;
}

static bool do_disable(struct asked *k, struct err *e)
{
    struct account *account = NULL;

    return find(k, &account, e) &&
           account_set_active(k->d->db, k->d->code, account->id, false, time_now_ms(), e);
}

static bool do_post(struct asked *k, struct err *e)
{
    struct account *account = NULL;
    struct post post;

    return find(k, &account, e) && read_post(k, &post, e) && add_post(k, post, account->id, e);
}

static bool do_unpost(struct asked *k, struct err *e)
{
    struct account *account = NULL;

    if (k->role == NULL)
        return ERR(e, ERR_INVALID, "cli.role", "请用 --role 指定角色", "name the role with --role");
    return find(k, &account, e) && post_end(k->d->db, k->d->code, account->id, k->role,
                                            k->area == NULL ? k->district : k->area, time_now_ms(), e);
}

/* The only time the token is seen: what is stored is its hash. */
static bool do_token(struct asked *k, struct err *e)
{
    AUTO(sessions_free) struct sessions *s = sessions_create(k->d->db, k->d->privacy, k->d->code);
    struct account *account = NULL;
    int64_t now = time_now_ms();
    char token[64];

    if (!find(k, &account, e) || !session_issue(s, account->id, k->name == NULL ? "cli" : k->name,
                                                now + TOKEN_DAYS * DAY_MS, now, token, e))
        return false;
    return puts(token) >= 0;
}

/* A start has tried already, unless the file is large. */
static bool do_erase(struct asked *k, struct err *e)
{
    bool left = false;

    return account_names_erase(k->d->db, k->d->privacy, k->d->code, 0, time_now_ms(), &left, e);
}

static const struct {
    const char *name;
    bool (*run)(struct asked *k, struct err *e);
    enum cli_mode mode;
} actions[] = {{"list", do_list, CLI_READ},          {"add", do_add, CLI_WRITE},
               {"password", do_password, CLI_WRITE}, {"disable", do_disable, CLI_WRITE},
               {"post", do_post, CLI_WRITE},         {"unpost", do_unpost, CLI_WRITE},
               {"token", do_token, CLI_WRITE},       {"erase", do_erase, CLI_DOOR}};

static int carry_out(struct asked *k, const char *action)
{
    struct err e = {0};
    size_t i = 0;
    bool ok;

    while (i < COUNT_OF(actions) && strcmp(actions[i].name, action) != 0)
        i++;
    if (i == COUNT_OF(actions))
        return cli_usage(&account_command);
    if (!cli_open(k->data, k->pack, actions[i].mode, &k->d, &e))
        return print_err("wangge account", &e);
    (void)snprintf(k->district, sizeof(k->district), "%" PRId64, k->d->code);
    k->a = arena_create(ARENA);
    ok = actions[i].run(k, &e);
    arena_free(&k->a);
    district_close(&k->d);
    return ok ? 0 : print_err("wangge account", &e);
}

static int run(int argc, char **argv)
{
    struct asked k = {0};
    const struct option_def defs[] = {
        {"data", &k.data, NULL}, {"pack", &k.pack, NULL}, {"login", &k.login, NULL}, {"name", &k.name, NULL},
        {"role", &k.role, NULL}, {"area", &k.area, NULL}, {"org", &k.org, NULL}};
    char **operands;
    int n;

    options_parse(&account_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (k.data == NULL || n != 1)
        return cli_usage(&account_command);
    return carry_out(&k, operands[0]);
}

static const char help[] =
    "用法 usage: wangge account ACTION --data DIR [--login NAME] …\n\n"
    "管理账号与岗位。Accounts and the posts they hold.\n\n"
    "  list               所有账号 every account, with its posts\n"
    "  add                新建 makes one: --login NAME [--name 姓名] [--role ROLE [--area CODE] [--org "
    "单位]]\n"
    "  password           改密码，所有登录失效 a new password; it is signed out everywhere\n"
    "  disable            停用 can no longer sign in; what it did stays\n"
    "  post, unpost       任、免一个岗位 gives or ends a post: --role ROLE [--area CODE] [--org 单位]\n"
    "  token              给程序用的令牌，一年有效 a token for programs, for a year: [--name WHAT]\n"
    "  erase              升级后清除旧程序明文留下的姓名，服务须先停下 after an upgrade: names that an older "
    "program\n"
    "                     left as they are, of a database above 4 GB; the server must not run\n\n"
    "  --data DIR         数据目录 made by wangge init\n"
    "  --pack DIR         另加一个程序包目录 one more pack, whose roles may be given\n"
    "  --area CODE        岗位所管区域，缺省为全区 the area of the post; the whole district unless said\n\n"
    "密码在终端上问，不显示；没有终端时读标准输入的第一行。The password is asked for, or read from the "
    "first\n"
    "line of standard input; never from the command line. 正在运行的服务在 SIGHUP 后看到新岗位。A running "
    "server sees\n"
    "new posts after SIGHUP.\n\n"
    "例 example: wangge account add --data data --login li --name 李芳 --role clerk --area 330803001001\n";
const struct subcommand account_command = {"account", "账号与岗位 accounts and posts", help, run};
