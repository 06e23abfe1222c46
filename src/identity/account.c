#include "identity/account.h"

#include "base/text.h"
#include "identity.sql.h"
#include "identity/password.h"
#include "identity/session_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGIN_MIN = 2, NAME_CHARS_MAX = 64, ORG_NAME_CHARS_MAX = 100, ROLE_MAX = 48, AUDIT_DETAIL_MAX = 8192 };
#define SEALED "e1:"

/* --- audit --- */

/* What the directory is made of: organisations, posts, and the accounts that hold some. */
static bool is_in_memory(const char *verb)
{
    return str_starts(verb, "duty.") || str_starts(verb, "org.") || str_starts(verb, "post.") ||
           str_eq(verb, "account.enable") || str_eq(verb, "account.disable");
}

bool audit_add(struct sql_tx *tx, const struct doing *by, const char *verb, const char *about,
               struct json_out *detail, struct err *e)
{
    struct uuid id = uuid_make();
    bool ok =
        jo_end(detail, e) && sql_run(tx, &identity_queries[IDENTITY_Q_AUDIT_ADD], e, SQL_INT(by->district),
                                     SQL_UUID(&id), SQL_INT(by->now), SQL_UUID(&by->actor), SQL_TEXT(verb),
                                     SQL_TEXT(about), SQL_TEXT(detail->buf));

    ok = ok && (!is_in_memory(verb) || sql_changed(tx, by->district, e));
    jo_free(detail);
    return ok;
}

bool audit_about(struct sql_tx *tx, const struct doing *by, const char *verb, struct uuid about,
                 struct json_out *detail, struct err *e)
{
    char id[UUID_TEXT_MAX];

    uuid_format(about, id);
    return audit_add(tx, by, verb, id, detail, e);
}

static void detail_begin(struct json_out *j)
{
    jo_begin(j, AUDIT_DETAIL_MAX);
    jo_obj(j, NULL);
}

/* --- checks --- */

static bool plain_text(const char *s, size_t max)
{
    if (s == NULL || *s == '\0' || !utf8_valid(s, strlen(s)) || utf8_length(s) > max)
        return false;
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

static bool word(const char *s, size_t min, size_t max, const char *also)
{
    size_t n = strlen(s);

    if (n < min || n > max)
        return false;
    for (; *s != '\0'; s++)
        if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && strchr(also, *s) == NULL)
            return false;
    return true;
}

static bool area_ok(const char *area)
{
    return area_level_of(area) != AREA_UNSET;
}

void login_fold(const char *given, char *ret, size_t size)
{
    str_copy(ret, size, given);
    for (; *ret != '\0'; ret++)
        if (*ret >= 'A' && *ret <= 'Z')
            *ret = (char)(*ret - 'A' + 'a');
}

/* Numbers of services and landlines are shared; only a mobile number stands for somebody. */
bool login_mobile(const char *given, char ret[24])
{
    return phone_check(given, ret) && strlen(ret) == 11 && ret[0] == '1';
}

void account_login(const struct privacy *pv, const char *given, char ret[LOGIN_MAX])
{
    uint8_t tag[BLIND_BYTES];
    char phone[24];

    if (!login_mobile(given, phone)) {
        login_fold(given, ret, LOGIN_MAX);
        return;
    }
    privacy_blind(pv, "login", phone, tag);
    str_copy(ret, LOGIN_MAX, LOGIN_PHONE_PREFIX);
    hex_encode(tag, sizeof tag, ret + strlen(LOGIN_PHONE_PREFIX));
}

static bool account_check(const struct new_account *n, const char *login, struct err *e)
{
    if (!word(login, LOGIN_MIN, LOGIN_MAX - 1, "._-"))
        return ERR_FIELD(e, "login", "account.login",
                         "登录名由 %d 到 %d 个小写字母、数字或 . _ - 组成，或为手机号",
                         "a login has %d to %d lower-case letters, digits or . _ -, or is a phone number",
                         LOGIN_MIN, LOGIN_MAX - 1);
    if (str_starts(login, LOGIN_PHONE_PREFIX) && str_starts(n->login, LOGIN_PHONE_PREFIX))
        return ERR_FIELD(e, "login", "account.login", "以 %s 开头的登录名由系统使用，请换一个",
                         "logins that begin with %s are the system's own; choose another",
                         LOGIN_PHONE_PREFIX);
    if (!plain_text(n->name, NAME_CHARS_MAX))
        return ERR_FIELD(e, "name", "account.name", "姓名为 1 到 %d 个字，不含控制字符",
                         "a name has 1 to %d characters and no control characters", NAME_CHARS_MAX);
    return n->password == NULL || password_check(login, n->password, n->sample, e);
}

/* --- accounts --- */

const char *account_name(const struct privacy *pv, struct arena *a, struct uuid id, const char *kept)
{
    const char *name = NULL;
    struct err why = {0};

    if (pv != NULL && str_starts(kept, SEALED) && privacy_unseal(pv, a, id, "name", kept, &name, &why))
        return name;
    return arena_strdup(a, kept);
}

bool account_masked(struct sql_tx *tx, const struct privacy *pv, int64_t district, struct uuid id,
                    struct arena *a, const char **ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = NULL;
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_ID], &rows, e, SQL_INT(district),
                   SQL_UUID(&id)))
        return false;
    if (sql_next(rows))
        *ret = privacy_mask(a, FIELD_TEXT, account_name(pv, a, id, sql_text(rows, 2)));
    return sql_end(&rows, e);
}

static bool account_row(struct sql_tx *tx, const struct privacy *pv, int64_t district, const char *login,
                        struct arena *a, struct account **ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = NULL;
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_LOGIN], &rows, e, SQL_INT(district),
                   SQL_TEXT(login)))
        return false;
    if (sql_next(rows)) {
        struct uuid id = sql_uuid(rows, 0);

        *ret = arena_new(a, struct account);
        **ret = (struct account){id, arena_strdup(a, sql_text(rows, 1)),
                                 account_name(pv, a, id, sql_text(rows, 2)), sql_int(rows, 3) != 0};
    }
    return sql_end(&rows, e);
}

static bool account_missing(struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "account.not_found", "没有这个账号", "there is no such account");
}

bool account_by_login(struct sql *db, const struct privacy *pv, int64_t district, const char *login,
                      struct arena *a, struct account **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) || !account_row(tx, pv, district, login, a, ret, e))
        return false;
    return *ret != NULL || account_missing(e);
}

/* True with *ret_there when a statement of (district, id, ...) answers a row. */
static bool exists(struct sql_tx *tx, int q, bool *ret_there, struct err *e, const struct sql_arg *args,
                   size_t n)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(tx, &identity_queries[q], &rows, e, args, n))
        return false;
    *ret_there = sql_next(rows);
    return sql_end(&rows, e);
}

static bool account_must(struct sql_tx *tx, const struct doing *by, struct uuid id, struct err *e)
{
    bool there = false;

    if (!exists(tx, IDENTITY_Q_ACCOUNT_BY_ID, &there, e, SQL_ARGS(SQL_INT(by->district), SQL_UUID(&id))))
        return false;
    return there || account_missing(e);
}

/* What a new account's row gets, ready before the transaction: hashing takes long. */
struct account_draft {
    struct uuid id;
    char login[LOGIN_MAX], hash[PASSWORD_HASH_MAX];
    const char *password, *phone; /* hash or NULL; sealed or NULL */
    const char *name;             /* sealed */
    uint8_t tag[BLIND_BYTES];
};

static bool bad_phone(struct err *e)
{
    return ERR_FIELD(e, "phone", "account.phone", "不是有效的电话号码", "this is no valid phone number");
}

bool account_may_be(const struct privacy *pv, const struct new_account *n, char ret_login[LOGIN_MAX],
                    struct err *e)
{
    char phone[24];

    account_login(pv, n->login, ret_login);
    if (strlen(n->login) >= LOGIN_MAX)
        ret_login[0] = '\0';
    return account_check(n, ret_login, e) &&
           (n->phone == NULL || phone_check(n->phone, phone) || bad_phone(e));
}

static bool draft_phone(struct account_draft *d, const struct privacy *pv, const struct new_account *n,
                        struct arena *a, struct err *e)
{
    char phone[24];
    bool ok = n->phone != NULL ? phone_check(n->phone, phone) : login_mobile(n->login, phone);

    if (!ok)
        return n->phone == NULL || bad_phone(e);
    d->phone = privacy_seal(pv, a, d->id, "phone", phone);
    privacy_blind(pv, "phone", phone, d->tag);
    return true;
}

static bool draft_make(struct account_draft *d, const struct privacy *pv, const struct new_account *n,
                       struct arena *a, struct err *e)
{
    account_login(pv, n->login, d->login);
    if (strlen(n->login) >= LOGIN_MAX)
        d->login[0] = '\0'; /* cut short: not what was asked for */
    d->id = uuid_is_nil(n->id) ? uuid_make() : n->id;
    if (!account_check(n, d->login, e) || !draft_phone(d, pv, n, a, e))
        return false;
    d->name = privacy_seal(pv, a, d->id, "name", n->name);
    if (n->password == NULL)
        return true;
    d->password = n->hash != NULL ? n->hash : d->hash;
    return n->hash != NULL || password_hash(n->password, d->hash, e);
}

/* The audit has whom it is about; the name lies in one place only. */
static bool draft_add(struct sql_tx *tx, const struct doing *by, const struct account_draft *d,
                      struct arena *a, struct err *e)
{
    struct account *other = NULL;
    struct json_out j;

    if (!account_row(tx, NULL, by->district, d->login, a, &other, e))
        return false;
    if (other != NULL)
        return ERR(e, ERR_CONFLICT, "account.login_taken", "这个登录名已被使用，请换一个",
                   "this login is taken; choose another");
    if (!sql_run(tx, &identity_queries[IDENTITY_Q_ACCOUNT_ADD], e, SQL_INT(by->district), SQL_UUID(&d->id),
                 SQL_TEXT(d->login), SQL_TEXT(d->name), SQL_TEXT(d->password), SQL_TEXT(d->phone),
                 SQL_BLOB(d->phone != NULL ? d->tag : NULL, sizeof d->tag), SQL_INT(by->now)))
        return false;
    detail_begin(&j);
    jo_str(&j, "login", d->login);
    jo_close(&j);
    return audit_about(tx, by, "account.add", d->id, &j, e);
}

bool doing_account_add(const struct doing *by, const struct privacy *pv, const struct new_account *n,
                       struct uuid *ret, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 16);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct account_draft d = {0};

    if (!draft_make(&d, pv, n, a, e) || !sql_begin(by->db, SQL_WRITE, &tx, e) ||
        !draft_add(tx, by, &d, a, e) || !sql_commit(&tx, e))
        return false;
    *ret = d.id;
    return true;
}

bool account_add(struct sql *db, const struct privacy *pv, int64_t district, const struct new_account *n,
                 int64_t now, struct uuid *ret, struct err *e)
{
    return doing_account_add(&(struct doing){db, district, {{0}}, now}, pv, n, ret, e);
}

static bool audit_plain(struct sql_tx *tx, const struct doing *by, const char *verb, struct uuid about,
                        struct err *e)
{
    struct json_out j;

    detail_begin(&j);
    jo_close(&j);
    return audit_about(tx, by, verb, about, &j, e);
}

static bool new_password(const struct doing *by, struct uuid id, const char *login, const char *password,
                         const uint8_t *keep, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    char hash[PASSWORD_HASH_MAX];

    if (!password_check(login, password, false, e) || !password_hash(password, hash, e) ||
        !sql_begin(by->db, SQL_WRITE, &tx, e) || !account_must(tx, by, id, e) ||
        !sql_run(tx, &identity_queries[IDENTITY_Q_ACCOUNT_PASSWORD], e, SQL_INT(by->district), SQL_UUID(&id),
                 SQL_TEXT(hash)))
        return false;
    /* Whoever knew the old one is signed out; tokens of programs stay. */
    return sql_run(tx, &identity_queries[IDENTITY_Q_SESSION_END_SIGNED_IN], e, SQL_INT(by->district),
                   SQL_UUID(&id), SQL_BLOB(keep, TOKEN_HASH_BYTES)) &&
           audit_plain(tx, by, "account.password", id, e) && sql_commit(&tx, e);
}

bool doing_account_password(const struct doing *by, struct uuid id, const char *password, struct err *e)
{
    return new_password(by, id, "-", password, NULL, e);
}

bool doing_own_password(const struct doing *by, const struct principal *who, const char *password,
                        struct err *e)
{
    return new_password(by, who->account, who->login, password, who->session, e);
}

bool account_set_password(struct sql *db, int64_t district, struct uuid id, const char *password, int64_t now,
                          struct err *e)
{
    return doing_account_password(&(struct doing){db, district, {{0}}, now}, id, password, e);
}

bool doing_account_active(const struct doing *by, struct uuid id, bool active, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!active && uuid_eq(by->actor, id))
        return ERR(e, ERR_CONFLICT, "account.self", "不能停用自己的账号，请由另一位管理员操作",
                   "you cannot disable your own account; another administrator can");
    return sql_begin(by->db, SQL_WRITE, &tx, e) && account_must(tx, by, id, e) &&
           sql_run(tx, &identity_queries[IDENTITY_Q_ACCOUNT_ACTIVE], e, SQL_INT(by->district), SQL_UUID(&id),
                   SQL_INT(active)) &&
           audit_plain(tx, by, active ? "account.enable" : "account.disable", id, e) && sql_commit(&tx, e);
}

bool account_set_active(struct sql *db, int64_t district, struct uuid id, bool active, int64_t now,
                        struct err *e)
{
    return doing_account_active(&(struct doing){db, district, {{0}}, now}, id, active, e);
}

/* --- organisations --- */

bool org_may_be(const struct org *o, struct err *e)
{
    if (!plain_text(o->name, ORG_NAME_CHARS_MAX))
        return ERR_FIELD(e, "name", "org.name", "机构名称为 1 到 %d 个字，不含控制字符",
                         "an organisation's name has 1 to %d characters and no control characters",
                         ORG_NAME_CHARS_MAX);
    if (!area_ok(o->area))
        return ERR_FIELD(e, "area", "org.area", "区域编码应为 2、4、6、9、12、15 或 18 位数字",
                         "an area code has 2, 4, 6, 9, 12, 15 or 18 digits");
    if (o->unit != (o->level != AREA_UNSET) || (o->unit && o->level != area_level_of(o->area)))
        return ERR_FIELD(e, "level", "org.level", "治理单元须有层级，且与其区域一致；部门和企业没有层级",
                         "a governing unit has its area's level; departments and companies have none");
    return true;
}

static bool org_fits(struct sql_tx *tx, const struct doing *by, const struct org *o, struct err *e)
{
    bool twice = false, taken = false, parent = uuid_is_nil(o->parent), open = parent;

    if (!exists(tx, IDENTITY_Q_ORG_GET, &twice, e, SQL_ARGS(SQL_INT(by->district), SQL_UUID(&o->id))) ||
        (!parent && (!exists(tx, IDENTITY_Q_ORG_GET, &parent, e,
                             SQL_ARGS(SQL_INT(by->district), SQL_UUID(&o->parent))) ||
                     !exists(tx, IDENTITY_Q_ORG_OPEN, &open, e,
                             SQL_ARGS(SQL_INT(by->district), SQL_UUID(&o->parent))))) ||
        (o->unit &&
         !exists(tx, IDENTITY_Q_ORG_UNIT, &taken, e, SQL_ARGS(SQL_INT(by->district), SQL_TEXT(o->area)))))
        return false;
    if (twice)
        return ERR(e, ERR_CONFLICT, "org.id_taken", "这个编号的机构已存在",
                   "an organisation with this id exists already");
    if (taken)
        return ERR(e, ERR_CONFLICT, "org.unit_taken", "区域 %s 已有治理单元，一个区域只能有一个",
                   "area %s has a governing unit already; an area has only one", o->area);
    if (!parent)
        return ERR_FIELD(e, "parent", "org.parent", "没有这个上级机构",
                         "there is no such parent organisation");
    return open || ERR_FIELD(e, "parent", "org.parent_ended", "上级机构已撤销，请选一个在的",
                             "the parent organisation has ended: choose one that is there");
}

bool doing_org_add(const struct doing *by, const struct org *o, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct json_out j;

    if (uuid_is_nil(o->id))
        return ERR_FIELD(e, "id", "org.id", "机构缺少编号", "the organisation has no id");
    if (!org_may_be(o, e) || !sql_begin(by->db, SQL_WRITE, &tx, e) || !org_fits(tx, by, o, e) ||
        !sql_run(tx, &identity_queries[IDENTITY_Q_ORG_ADD], e, SQL_INT(by->district), SQL_UUID(&o->id),
                 SQL_TEXT(o->name), SQL_TEXT(o->area), SQL_INT(o->level), SQL_UUID(&o->parent),
                 SQL_INT(o->unit), SQL_INT(by->now)))
        return false;
    detail_begin(&j);
    jo_str(&j, "name", o->name);
    jo_str(&j, "area", o->area);
    jo_bool(&j, "unit", o->unit);
    jo_uuid(&j, "parent", o->parent);
    jo_close(&j);
    return audit_about(tx, by, "org.add", o->id, &j, e) && sql_commit(&tx, e);
}

bool org_add(struct sql *db, int64_t district, const struct org *o, int64_t now, struct err *e)
{
    return doing_org_add(&(struct doing){db, district, {{0}}, now}, o, e);
}

/* --- posts --- */

static bool post_check(const struct post *p, struct err *e)
{
    if (!word(p->role, 1, ROLE_MAX, "_"))
        return ERR_FIELD(e, "role", "post.role", "角色名由小写字母、数字和下划线组成，例如 grid_worker",
                         "a role is named with lower-case letters, digits and _, like grid_worker");
    if (!area_ok(p->area))
        return ERR_FIELD(e, "area", "post.area", "区域编码应为 2、4、6、9、12、15 或 18 位数字",
                         "an area code has 2, 4, 6, 9, 12, 15 or 18 digits");
    if (p->until != 0 && p->until <= p->from)
        return ERR_FIELD(e, "until", "post.until", "结束时间应晚于开始时间", "a post ends after it begins");
    return true;
}

static bool post_fits(struct sql_tx *tx, const struct doing *by, const struct post *p, struct err *e)
{
    bool org = uuid_is_nil(p->org), open = org, held = false;

    if (!account_must(tx, by, p->account, e) ||
        (!org &&
         (!exists(tx, IDENTITY_Q_ORG_GET, &org, e, SQL_ARGS(SQL_INT(by->district), SQL_UUID(&p->org))) ||
          !exists(tx, IDENTITY_Q_ORG_OPEN, &open, e, SQL_ARGS(SQL_INT(by->district), SQL_UUID(&p->org))))) ||
        !exists(tx, IDENTITY_Q_POST_HELD, &held, e,
                SQL_ARGS(SQL_INT(by->district), SQL_UUID(&p->account), SQL_TEXT(p->role), SQL_TEXT(p->area),
                         SQL_INT(p->from), SQL_INT(p->until))))
        return false;
    if (!org)
        return ERR_FIELD(e, "org", "post.org", "没有这个机构", "there is no such organisation");
    if (!open)
        return ERR_FIELD(e, "org", "post.org_ended", "这个单位已撤销，不能再设岗位，请换一个单位",
                         "the organisation has ended: no post can be given in it, choose another");
    return !held || ERR(e, ERR_CONFLICT, "post.held", "该账号在此期间已在区域 %2$s 担任 %1$s",
                        "the account holds %1$s over %2$s in that time already", p->role, p->area);
}

static void post_detail(struct json_out *j, const char *role, const char *area)
{
    detail_begin(j);
    jo_str(j, "role", role);
    jo_str(j, "area", area);
}

bool doing_post_add(const struct doing *by, const struct post *p, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct json_out j;

    if (!post_check(p, e) || !sql_begin(by->db, SQL_WRITE, &tx, e) || !post_fits(tx, by, p, e) ||
        !sql_run(tx, &identity_queries[IDENTITY_Q_POST_ADD], e, SQL_INT(by->district), SQL_UUID(&p->account),
                 SQL_TEXT(p->role), SQL_TEXT(p->area), SQL_UUID(&p->org), SQL_INT(p->from),
                 SQL_INT(p->until)))
        return false;
    post_detail(&j, p->role, p->area);
    jo_uuid(&j, "org", p->org);
    jo_int(&j, "from", p->from);
    jo_int(&j, "until", p->until);
    jo_close(&j);
    return audit_about(tx, by, "post.add", p->account, &j, e) && sql_commit(&tx, e);
}

/* "grid、community": where the role may be held. */
static void write_levels(const struct role *r, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (enum area_level l = AREA_DISTRICT; l < AREA__MAX && n < size; l = (enum area_level)(l + 1))
        if ((r->levels & (1U << l)) != 0)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? ", " : "", area_level_name(l));
}

/* Who administers does so everywhere: a post over less would say less than it gives. */
const struct role identity_roles[IDENTITY_ROLES] = {
    {"admin", {"系统管理员", "Administrator"}, 1U << AREA_DISTRICT, false},
    {ROLE_MONITOR, {"监测员", "Monitor of the machine"}, 1U << AREA_DISTRICT, false},
};

bool post_in_packs(const struct packs *packs, const char *role, const char *area, struct err *e)
{
    const struct role *r = packs_role(packs, role);
    char levels[128];

    for (size_t i = 0; i < IDENTITY_ROLES; i++)
        if (strcmp(identity_roles[i].name, role) == 0)
            r = &identity_roles[i];
    if (r == NULL)
        return ERR_FIELD(e, "role", "post.role", "没有角色“%.40s”", "no pack knows the role “%.40s”", role);
    if (r->levels == 0 || (r->levels & (1U << area_level_of(area))) != 0)
        return true;
    write_levels(r, levels, sizeof(levels));
    return ERR_FIELD(e, "area", "post.area", "“%s%.0s”只能设在：%s", "“%.0s%s” is held at: %s", r->title.zh,
                     r->title.en, levels);
}

bool post_add(struct sql *db, int64_t district, const struct post *p, int64_t now, struct err *e)
{
    return doing_post_add(&(struct doing){db, district, {{0}}, now}, p, e);
}

bool doing_post_end(const struct doing *by, struct uuid account, const char *role, const char *area,
                    int64_t until, struct err *e)
{
    const int64_t end = until != 0 ? until : by->now;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool held = false;
    struct json_out j;

    if (end < by->now)
        return ERR_FIELD(e, "until", "post.end_past", "结束时间应是现在或以后", "a post ends now or later");
    if (!sql_begin(by->db, SQL_WRITE, &tx, e) ||
        !exists(tx, IDENTITY_Q_POST_HELD, &held, e,
                SQL_ARGS(SQL_INT(by->district), SQL_UUID(&account), SQL_TEXT(role), SQL_TEXT(area),
                         SQL_INT(by->now), SQL_INT(0))))
        return false;
    if (!held)
        return ERR(e, ERR_NOT_FOUND, "post.not_found", "该账号没有在区域 %2$s 担任 %1$s",
                   "the account does not hold %1$s over %2$s", role, area);
    if (!sql_run(tx, &identity_queries[IDENTITY_Q_POST_END], e, SQL_INT(by->district), SQL_UUID(&account),
                 SQL_TEXT(role), SQL_TEXT(area), SQL_INT(end)))
        return false;
    post_detail(&j, role, area);
    if (until != 0)
        jo_int(&j, "until", until);
    jo_close(&j);
    return audit_about(tx, by, "post.end", account, &j, e) && sql_commit(&tx, e);
}

bool post_end(struct sql *db, int64_t district, struct uuid account, const char *role, const char *area,
              int64_t now, struct err *e)
{
    return doing_post_end(&(struct doing){db, district, {{0}}, now}, account, role, area, 0, e);
}
