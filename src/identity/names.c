/* names.c -- names of accounts that an older program wrote as they are: sealed, and erased where they lay. */
#include "base/log.h"
#include "base/text.h"
#include "identity.sql.h"
#include "identity/account.h"
#include "json/json_in.h"

#include <string.h>

enum { PLAIN_NAMES = 500, PLAIN_LINES = 500 }; /* of one transaction */
static const size_t ARENA = (size_t)1 << 24;

/* --- in the table --- */

/* *ret_more: there are others. */
static bool seal_some(struct sql_tx *tx, const struct privacy *pv, int64_t district, struct arena *a,
                      bool *ret_more, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid *ids = arena_array(a, struct uuid, PLAIN_NAMES);
    const char **names = arena_array(a, const char *, PLAIN_NAMES);
    size_t n = 0;

    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_PLAIN], &rows, e, SQL_INT(district),
                   SQL_INT(PLAIN_NAMES)))
        return false;
    for (; sql_next(rows); n++) {
        ids[n] = sql_uuid(rows, 0);
        names[n] = privacy_seal(pv, a, ids[n], "name", sql_text(rows, 1));
    }
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sql_run(tx, &identity_queries[IDENTITY_Q_ACCOUNT_NAME], e, SQL_INT(district), SQL_UUID(&ids[i]),
                     SQL_TEXT(names[i])))
            return false;
    *ret_more = n == PLAIN_NAMES;
    return true;
}

static bool any_plain(struct sql *db, int64_t district, bool *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query(tx, &identity_queries[IDENTITY_Q_ACCOUNT_PLAIN], &rows, e, SQL_INT(district), SQL_INT(1)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

bool account_names_seal(struct sql *db, const struct privacy *pv, int64_t district, struct err *e)
{
    bool more = false;

    if (!any_plain(db, district, &more, e))
        return false;
    while (more) {
        AUTO(arena_free) struct arena *a = arena_create(ARENA);
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        if (!sql_begin(db, SQL_WRITE, &tx, e) || !seal_some(tx, pv, district, a, &more, e) ||
            !sql_commit(&tx, e))
            return false;
    }
    return true;
}

/* --- in the audit --- */

/* A page of what the audit says of new accounts. */
struct lines {
    struct uuid id[PLAIN_LINES];
    const char *detail[PLAIN_LINES];
    size_t n;
};

static bool read_lines(struct sql_tx *tx, int64_t district, struct uuid after, struct arena *a,
                       struct lines *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    ret->n = 0;
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_AUDIT_NEW_ACCOUNTS], &rows, e, SQL_INT(district),
                   SQL_UUID(&after), SQL_INT(PLAIN_LINES)))
        return false;
    for (; sql_next(rows); ret->n++) {
        ret->id[ret->n] = sql_uuid(rows, 0);
        ret->detail[ret->n] = arena_strdup(a, sql_text(rows, 1));
    }
    return sql_end(&rows, e);
}

/* The line without the name; *ret_named is whether it had one. What is no object any more is left as it is.
 */
static bool clean_line(struct sql_tx *tx, int64_t district, const struct uuid *id, const char *detail,
                       bool *ret_named, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    struct err why = {0};

    *ret_named = json_parse(detail, strlen(detail), &o, &why) && json_object_is_type(o, json_type_object) &&
                 json_object_object_get_ex(o, "name", NULL);
    if (!*ret_named)
        return true;
    json_object_object_del(o, "name");
    return sql_run(tx, &identity_queries[IDENTITY_Q_AUDIT_DETAIL], e, SQL_INT(district), SQL_UUID(id),
                   SQL_TEXT(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)));
}

static bool clean_page(struct sql_tx *tx, int64_t district, struct uuid *after, int64_t *named,
                       bool *ret_more, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    struct lines *page = arena_new(a, struct lines);
    bool one = false;

    if (!read_lines(tx, district, *after, a, page, e))
        return false;
    for (size_t i = 0; i < page->n; i++) {
        if (!clean_line(tx, district, &page->id[i], page->detail[i], &one, e))
            return false;
        *named += one ? 1 : 0;
        *after = page->id[i];
    }
    *ret_more = page->n == PLAIN_LINES;
    return true;
}

/* A line of its own says that lines were changed: nothing of the audit changes unsaid. */
static bool clean_audit(struct sql *db, int64_t district, int64_t now, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct doing by = {db, district, {{0}}, now};
    struct uuid after = {{[15] = 1}}; /* a nil one would be NULL, after which nothing comes */
    struct json_out j;
    int64_t named = 0;
    bool more = true;

    if (!sql_begin(db, SQL_WRITE, &tx, e))
        return false;
    while (more)
        if (!clean_page(tx, district, &after, &named, &more, e))
            return false;
    if (named == 0)
        return true;
    jo_begin(&j, 256);
    jo_obj(&j, NULL);
    jo_int(&j, "lines", named);
    jo_close(&j);
    return audit_add(tx, &by, "audit.names", "", &j, e) && sql_commit(&tx, e);
}

/* --- in the files --- */

bool account_names_left(struct sql *db, int64_t district, bool *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query(tx, &identity_queries[IDENTITY_Q_ERASE_DUE], &rows, e, SQL_INT(district)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

static bool is_done(struct sql *db, int64_t district, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &identity_queries[IDENTITY_Q_ERASED], e, SQL_INT(district)) && sql_commit(&tx, e);
}

bool account_names_erase(struct sql *db, const struct privacy *pv, int64_t district, int64_t most_bytes,
                         int64_t now, bool *ret_left, struct err *e)
{
    bool due = false, done = false;
    struct err why = {0};

    *ret_left = false;
    if (!account_names_left(db, district, &due, e))
        return false;
    if (!due)
        return true;
    if (!account_names_seal(db, pv, district, e) || !clean_audit(db, district, now, e))
        return false;
    if (!sql_erase(db, most_bytes, &done, most_bytes == 0 ? e : &why) && most_bytes == 0)
        return false;
    *ret_left = !done;
    if (done)
        return is_done(db, district, e);
    log_line(LOG_WARN, "old names of accounts may lie in unused pages of the database: "
                       "stop the server and run wangge account erase");
    return true;
}
