/* GET /sign-ins: searched by the administrator, the newest first. */
#include "base/limits.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/api.h"
#include "identity/sign_in.h"

#include <string.h>

struct search {
    struct req *r;
    struct page page;
    const char *outcome; /* NULL: any */
    struct uuid account; /* nil: anybody */
    struct uuid from;    /* no older ones */
};

/* Ids are in the order of time: days are bounds of the walk. */
static bool read_days(const struct req *r, struct search *s, struct err *e)
{
    int64_t from = 0, until = 0;

    if (!req_query_day(r, "from", 0, 0, &from, e) || !req_query_day(r, "to", 1, 0, &until, e))
        return false;
    s->from = uuid_v7(from, (const uint8_t[10]){0});
    if (until != 0) {
        struct uuid end = uuid_v7(until, (const uint8_t[10]){0});

        if (uuid_cmp(end, s->page.cursor) < 0)
            s->page.cursor = end;
    }
    return true;
}

static bool search_read(struct req *r, struct search *ret, struct err *e)
{
    static const char *const outcomes[] = {SIGNED_IN, SIGNED_OUT, SIGN_IN_REFUSED};
    const char *account = req_query(r, "account");
    bool known = false;

    *ret = (struct search){.r = r, .outcome = req_query(r, "outcome")};
    if (account != NULL && !uuid_parse(account, &ret->account))
        return ERR_FIELD(e, "account", "input.uuid", "须是账号编号", "must be the id of an account");
    for (size_t i = 0; ret->outcome != NULL && i < COUNT_OF(outcomes); i++)
        known = known || str_eq(ret->outcome, outcomes[i]);
    if (ret->outcome != NULL && !known)
        return ERR_FIELD(e, "outcome", "sign_in.outcome", "outcome 须是 in、out 或 refused",
                         "outcome must be in, out or refused");
    return page_read(r, true, &ret->page, e) && read_days(r, ret, e);
}

/* Columns of identity.sign_in_page. */
static bool fits(const struct sql_rows *rows, const struct search *s)
{
    return (uuid_is_nil(s->account) || uuid_eq(sql_uuid(rows, 2), s->account)) &&
           (s->outcome == NULL || str_eq(sql_text(rows, 3), s->outcome));
}

static bool has(const char *text, const char *q)
{
    return text != NULL && strstr(text, q) != NULL;
}

static void write_line(struct json_out *j, const struct services *s, const struct sql_rows *rows,
                       const char *login, const char *name)
{
    jo_obj(j, NULL);
    jo_uuid(j, "id", sql_uuid(rows, 0));
    jo_time(j, "at", sql_int(rows, 1), s->offset_min);
    if (sql_is_null(rows, 2)) {
        jo_null(j, "account");
    } else {
        jo_obj(j, "account");
        jo_uuid(j, "id", sql_uuid(rows, 2));
        jo_str(j, "name", name);
        jo_str(j, "login", login);
        jo_close(j);
    }
    jo_str(j, "outcome", sql_text(rows, 3));
    jo_str(j, "client", sql_text(rows, 4));
    jo_str(j, "agent", sql_text(rows, 5));
    jo_close(j);
}

static bool take_line(void *ctx, const struct sql_rows *rows, struct err *e)
{
    struct search *s = ctx;
    const struct services *services = s->r->services;
    const char *login = sql_text(rows, 6), *name = NULL, *q = s->page.q;

    (void)e;
    if (!fits(rows, s))
        return true;
    if (login != NULL)
        name = account_name(services->privacy, s->r->arena, sql_uuid(rows, 2), sql_text(rows, 7));
    if (login != NULL && str_starts(login, LOGIN_PHONE_PREFIX))
        login = NULL;
    if ((q == NULL || has(name, q) || has(login, q) || has(sql_text(rows, 4), q)) &&
        page_take(&s->page, sql_uuid(rows, 0)))
        write_line(&s->r->out, services, rows, login, name);
    return true;
}

static bool get_sign_ins(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct search s;

    return search_read(r, &s, e) && sql_begin(r->services->db, SQL_READ, &tx, e) &&
           sql_query(tx, &identity_queries[IDENTITY_Q_SIGN_IN_PAGE], &rows, e, SQL_INT(r->services->district),
                     SQL_UUID(&s.page.cursor), SQL_UUID(&s.from), SQL_INT(LIMIT_LIST_EXAMINED)) &&
           page_walk(&r->out, &s.page, &rows, take_line, &s, e);
}

const struct route sign_in_routes[] = {
    {GET, "/api/v1/sign-ins", PERM_ADMIN, BODY_NONE, get_sign_ins, NULL, 0,
     "Who signed in and out, and who was refused, the newest first", "SignIns"},
    {.method = METHOD_UNSET},
};
