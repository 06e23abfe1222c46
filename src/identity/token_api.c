/* API tokens: issued by the administrator, seen and taken back by whose they are, too. */
#include "base/text.h"
#include "identity.sql.h"
#include "identity/api.h"

#include <string.h>

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
    const struct doing by = api_doing(r);
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

/* A token's id is the first half of its hash: it names the row and tells nothing. */
static struct uuid token_id(const struct sql_rows *rows, int col)
{
    struct uuid id = {{0}};
    size_t n = 0;
    const void *hash = sql_blob(rows, col, &n);

    if (n >= sizeof id.b)
        memcpy(id.b, hash, sizeof id.b);
    return id;
}

static bool list_tokens(struct req *r, struct uuid account, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int offset = r->services->offset_min;
    struct page p;

    if (!page_read(r, false, &p, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &identity_queries[IDENTITY_Q_TOKENS_OF], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&account), SQL_BLOB(p.cursor.b, sizeof p.cursor.b), SQL_INT(p.limit + 1)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    while (sql_next(rows) && page_take(&p, token_id(rows, 0))) {
        jo_obj(&r->out, NULL);
        jo_uuid(&r->out, "id", p.last);
        jo_str(&r->out, "name", sql_text(rows, 1));
        jo_time(&r->out, "created_at", sql_int(rows, 2), offset);
        jo_time(&r->out, "used_at", sql_int(rows, 3), offset);
        jo_time(&r->out, "until", sql_int(rows, 4), offset);
        jo_bool(&r->out, "over", sql_int(rows, 4) <= r->now);
        jo_close(&r->out);
    }
    page_end(&r->out, &p);
    return sql_end(&rows, e);
}

static bool revoke(struct req *r, struct uuid account, struct uuid token, struct err *e)
{
    const struct doing by = api_doing(r);

    if (!doing_token_revoke(&by, account, token, e))
        return false;
    sessions_forget(r->services->sessions);
    return api_done(r);
}

static bool get_own_tokens(struct req *r, struct err *e)
{
    return list_tokens(r, r->who->account, e);
}

static bool delete_own_token(struct req *r, struct err *e)
{
    struct uuid token;

    return req_uuid(r, 0, &token, e) && revoke(r, r->who->account, token, e);
}

static bool get_account_tokens(struct req *r, struct err *e)
{
    struct uuid account;

    return req_uuid(r, 0, &account, e) && list_tokens(r, account, e);
}

static bool delete_account_token(struct req *r, struct err *e)
{
    struct uuid account, token;

    return req_uuid(r, 0, &account, e) && req_uuid(r, 1, &token, e) && revoke(r, account, token, e);
}

const struct route token_routes[] = {
    {POST, "/api/v1/tokens", PERM_ADMIN, BODY_JSON, post_token, NULL, 4096, "Issue an API token", "Token"},
    {GET, "/api/v1/tokens", PERM_SIGNED_IN, BODY_NONE, get_own_tokens, NULL, 0, "My API tokens", "Tokens"},
    {DELETE, "/api/v1/tokens/{id}", PERM_SIGNED_IN, BODY_NONE, delete_own_token, NULL, 0,
     "Revoke one of my API tokens", "Ok"},
    {GET, "/api/v1/accounts/{id}/tokens", PERM_ADMIN, BODY_NONE, get_account_tokens, NULL, 0,
     "An account's API tokens", "Tokens"},
    {DELETE, "/api/v1/accounts/{id}/tokens/{token}", PERM_ADMIN, BODY_NONE, delete_account_token, NULL, 0,
     "Revoke an account's API token", "Ok"},
    {.method = METHOD_UNSET},
};
