/* Who is there: organisations, staff, all accounts, roles. Reads only. */
#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/api.h"

#include <string.h>

enum { LIST_DEFAULT = 50 };

static const char *area_name(const struct services *s, const char *code)
{
    const struct area *a = area_find(area_tree_of(s), code);

    return a != NULL ? a->name : NULL;
}

static void post_members(struct json_out *j, const struct services *s, const struct post *p)
{
    const struct org *o = uuid_is_nil(p->org) ? NULL : directory_org(directory_of(s), p->org);

    jo_str(j, "role", p->role);
    jo_str(j, "area", p->area);
    jo_str(j, "area_name", area_name(s, p->area));
    jo_uuid(j, "org", p->org);
    jo_str(j, "org_name", o != NULL ? o->name : NULL);
}

void api_post(struct json_out *j, const struct services *s, const struct post *p)
{
    jo_obj(j, NULL);
    post_members(j, s, p);
    jo_close(j);
}

static bool post_ended(const struct post *p, int64_t now)
{
    return p->until != 0 && p->until <= now;
}

void api_post_times(struct json_out *j, const struct services *s, const struct post *p, int64_t now)
{
    jo_obj(j, NULL);
    post_members(j, s, p);
    jo_time(j, "from", p->from, s->offset_min);
    jo_time(j, "until", p->until, s->offset_min);
    jo_str(j, "held", post_ended(p, now) ? "ended" : p->from > now ? "future" : "now");
    jo_close(j);
}

/* --- lists --- */

bool page_read(const struct req *r, bool newest, struct page *ret, struct err *e)
{
    const char *cursor = req_query(r, "cursor");

    *ret = (struct page){.q = req_query(r, "q"), .area = req_query(r, "area"), .role = req_query(r, "role")};
    if (newest)
        memset(ret->cursor.b, 0xff, sizeof ret->cursor.b);
    if (cursor != NULL && !uuid_parse(cursor, &ret->cursor))
        return ERR(e, ERR_MALFORMED, "http.cursor", "翻页参数 cursor 无效，请用上一页答复中的 next",
                   "the cursor is no good; use `next` of the page before");
    return req_query_int(r, "limit", 1, LIMIT_LIST_PAGE, LIST_DEFAULT, &ret->limit, e);
}

bool page_take(struct page *p, struct uuid id)
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

void page_end(struct json_out *j, const struct page *p)
{
    char next[UUID_TEXT_MAX];

    uuid_format(p->last, next);
    jo_close(j);
    jo_str(j, "next", p->more ? next : NULL);
    jo_close(j);
}

bool page_walk(struct json_out *j, struct page *p, struct sql_rows **rows,
               bool (*take)(void *ctx, const struct sql_rows *rows, struct err *e), void *ctx, struct err *e)
{
    int64_t seen = 0;

    jo_obj(j, NULL);
    jo_arr(j, "items");
    for (; !p->more && sql_next(*rows); seen++) {
        if (!take(ctx, *rows, e))
            return false;
        if (!p->more)
            p->last = sql_uuid(*rows, 0);
    }
    p->more = p->more || seen == LIMIT_LIST_EXAMINED;
    page_end(j, p);
    return sql_end(rows, e);
}

static void write_org(struct json_out *j, const struct services *s, const struct org *o)
{
    jo_obj(j, NULL);
    jo_uuid(j, "id", o->id);
    jo_str(j, "name", o->name);
    jo_str(j, "area", o->area);
    jo_str(j, "area_name", area_name(s, o->area));
    jo_str(j, "level", o->level != AREA_UNSET ? area_level_name(o->level) : NULL);
    jo_bool(j, "unit", o->unit);
    jo_uuid(j, "parent", o->parent);
    jo_time(j, "ended", o->ended, s->offset_min);
    jo_close(j);
}

/* Those that have ended only for who asks for them, too. */
static bool get_orgs(struct req *r, struct err *e)
{
    const struct directory *d = directory_of(r->services);
    const struct org *const *orgs = directory_orgs(d);
    struct page p;
    int64_t ended;
    size_t i = 0;

    if (!page_read(r, false, &p, e) || !req_query_int(r, "ended", 0, 1, 0, &ended, e))
        return false;
    if (!uuid_is_nil(p.cursor))
        while (i < d->n_orgs && !uuid_eq(orgs[i++]->id, p.cursor))
            ;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (; i < d->n_orgs; i++) {
        if ((orgs[i]->ended != 0 && !ended) || !has_text(orgs[i]->name, p.q) ||
            (p.area != NULL && !area_covers(p.area, orgs[i]->area)))
            continue;
        if (!page_take(&p, orgs[i]->id))
            break;
        write_org(&r->out, r->services, orgs[i]);
    }
    page_end(&r->out, &p);
    return true;
}

static bool post_now(const struct post *p, int64_t now)
{
    return p->from <= now && !post_ended(p, now);
}

/* The posts of one account lie together. */
struct span {
    const struct post *posts;
    size_t n;
};

static struct span posts_of(const struct directory *d, struct uuid account)
{
    struct span s = {0};

    s.posts = directory_posts(d, account, &s.n);
    return s;
}

/* Holds a post now: any, or the one that is looked for. */
static bool holds(struct span s, const struct page *p, int64_t now)
{
    for (size_t i = 0; i < s.n; i++)
        if (post_now(&s.posts[i], now) && (p->role == NULL || str_eq(s.posts[i].role, p->role)) &&
            (p->area == NULL || area_covers(p->area, s.posts[i].area)))
            return true;
    return false;
}

/* A login that stands for a phone number is not shown. */
static void account_head(struct json_out *j, const struct account *a)
{
    jo_uuid(j, "id", a->id);
    jo_str(j, "login", str_starts(a->login, LOGIN_PHONE_PREFIX) ? NULL : a->login);
    jo_str(j, "name", a->name);
    jo_bool(j, "active", a->active);
}

static void write_posts_now(struct req *r, struct span s)
{
    jo_arr(&r->out, "posts");
    for (size_t i = 0; i < s.n; i++)
        if (post_now(&s.posts[i], r->now))
            api_post(&r->out, r->services, &s.posts[i]);
    jo_close(&r->out);
}

static bool get_accounts(struct req *r, struct err *e)
{
    const struct directory *d = directory_of(r->services);
    struct page p;

    if (!page_read(r, false, &p, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < d->n_staff; i++) {
        const struct account *a = &d->staff[i];
        struct span s = posts_of(d, a->id);
        if (uuid_cmp(a->id, p.cursor) <= 0 || !a->active || !holds(s, &p, r->now) ||
            (!has_text(a->name, p.q) && !has_text(a->login, p.q)))
            continue;
        if (!page_take(&p, a->id))
            break;
        jo_obj(&r->out, NULL);
        account_head(&r->out, a);
        write_posts_now(r, s);
        jo_close(&r->out);
    }
    page_end(&r->out, &p);
    return true;
}

/* --- all accounts, for the administrator --- */

bool api_phone(const struct req *r, struct uuid account, const char *sealed, const char **ret, struct err *e)
{
    const char *plain = NULL;

    *ret = NULL;
    if (sealed == NULL)
        return true;
    if (!privacy_unseal(r->services->privacy, r->arena, account, "phone", sealed, &plain, e))
        return false;
    *ret = privacy_mask(r->arena, FIELD_PHONE, plain);
    return true;
}

/* Columns of identity.account_page. */
static bool write_row(struct req *r, const struct account *a, const struct sql_rows *rows, bool history,
                      struct err *e)
{
    struct span s = posts_of(directory_of(r->services), a->id);
    const char *phone = NULL;

    if (!api_phone(r, a->id, sql_text(rows, 4), &phone, e))
        return false;
    jo_obj(&r->out, NULL);
    account_head(&r->out, a);
    jo_str(&r->out, "phone", phone);
    jo_time(&r->out, "created_at", sql_int(rows, 5), r->services->offset_min);
    write_posts_now(r, s);
    if (history) {
        jo_arr(&r->out, "all_posts");
        for (size_t i = 0; i < s.n; i++)
            api_post_times(&r->out, r->services, &s.posts[i], r->now);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    return true;
}

static struct account account_of(const struct req *r, const struct sql_rows *rows)
{
    struct uuid id = sql_uuid(rows, 0);

    return (struct account){id, sql_text(rows, 1),
                            account_name(r->services->privacy, r->arena, id, sql_text(rows, 2)),
                            sql_int(rows, 3) != 0};
}

static bool row_fits(const struct req *r, const struct account *a, const struct page *p)
{
    return (has_text(a->name, p->q) ||
            (!str_starts(a->login, LOGIN_PHONE_PREFIX) && has_text(a->login, p->q))) &&
           ((p->role == NULL && p->area == NULL) ||
            holds(posts_of(directory_of(r->services), a->id), p, r->now));
}

/* A page looks at so many rows and no further: then it is short and goes on from there. */
static bool scan_accounts(struct req *r, struct sql_tx *tx, struct page *p, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t seen = 0;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_PAGE], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&p->cursor), SQL_INT(LIMIT_LIST_EXAMINED)))
        return false;
    for (; !p->more && sql_next(rows); seen++) {
        struct account a = account_of(r, rows);
        if (row_fits(r, &a, p) && page_take(p, a.id) && !write_row(r, &a, rows, false, e))
            return false;
        if (!p->more)
            p->last = a.id;
    }
    p->more = p->more || seen == LIMIT_LIST_EXAMINED;
    return sql_end(&rows, e);
}

/* Whose number it is: looked up, as a sealed one cannot be read along. */
static bool find_by_phone(struct req *r, struct sql_tx *tx, const char *phone, struct page *p, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    uint8_t tag[BLIND_BYTES];

    privacy_blind(r->services->privacy, "phone", phone, tag);
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_PHONE], &rows, e,
                   SQL_INT(r->services->district), SQL_BLOB(tag, sizeof tag), SQL_INT(p->limit)))
        return false;
    while (sql_next(rows)) {
        struct account a = account_of(r, rows);
        if (!write_row(r, &a, rows, false, e))
            return false;
    }
    return sql_end(&rows, e);
}

static bool get_all_accounts(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    char phone[24];
    struct page p;

    if (!page_read(r, true, &p, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (!(p.q != NULL && phone_check(p.q, phone) ? find_by_phone(r, tx, phone, &p, e)
                                                 : scan_accounts(r, tx, &p, e)))
        return false;
    page_end(&r->out, &p);
    return true;
}

static bool get_account(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_BY_ID], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    if (!sql_next(rows))
        return sql_end(&rows, e) &&
               ERR(e, ERR_NOT_FOUND, "account.not_found", "没有这个账号", "there is no such account");
    struct account a = account_of(r, rows);
    return write_row(r, &a, rows, true, e) && sql_end(&rows, e);
}

/* --- roles --- */

static void write_role(struct json_out *j, const struct role *role)
{
    jo_obj(j, NULL);
    jo_str(j, "role", role->name);
    jo_obj(j, "title");
    jo_str(j, "zh", role->title.zh);
    jo_str(j, "en", role->title.en);
    jo_close(j);
    jo_arr(j, "levels");
    for (enum area_level l = AREA_DISTRICT; l < AREA__MAX; l = (enum area_level)(l + 1))
        if ((role->levels & (1U << l)) != 0)
            jo_str(j, NULL, area_level_name(l));
    jo_close(j);
    jo_close(j);
}

/* What posts may be given: ours, and what the packs know. */
static bool get_roles(struct req *r, struct err *e)
{
    const struct packs *packs = packs_of(r->services);

    (void)e;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < packs->n_roles; i++)
        write_role(&r->out, &packs->roles[i]);
    for (size_t i = 0; i < IDENTITY_ROLES; i++)
        write_role(&r->out, &identity_roles[i]);
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

const struct route people_routes[] = {
    {GET, "/api/v1/orgs", PERM_SIGNED_IN, BODY_NONE, get_orgs, NULL, 0, "Organisations", "Orgs"},
    {GET, "/api/v1/roles", PERM_SIGNED_IN, BODY_NONE, get_roles, NULL, 0, "Roles that posts are given in",
     "Roles"},
    {GET, "/api/v1/accounts", PERM_STAFF, BODY_NONE, get_accounts, NULL, 0, "Staff and their posts",
     "Accounts"},
    {GET, "/api/v1/accounts/all", PERM_ADMIN, BODY_NONE, get_all_accounts, NULL, 0,
     "All accounts, the newest first, also without a post", "AllAccounts"},
    {GET, "/api/v1/accounts/{id}", PERM_ADMIN, BODY_NONE, get_account, NULL, 0,
     "An account with its posts, also ended and future ones", "AccountFull"},
    {.method = METHOD_UNSET},
};
