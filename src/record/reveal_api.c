/* Who saw which personal fields and why: out of the history, for the administrator. */
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/record.h"
#include "record/store.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_DEFAULT = 50 };

struct search {
    const char *q;
    struct uuid actor;     /* nil: anybody */
    int64_t from, at, seq; /* ms; goes back from (at, seq) to `from` */
    int64_t limit, n;
};

/* "1795000000000_42": the last line of the page before. */
static bool read_cursor(const char *s, struct search *ret)
{
    char at[24];
    const char *mark = strchr(s, '_');
    size_t n = mark == NULL ? 0 : (size_t)(mark - s);

    if (n == 0 || n >= sizeof(at))
        return false;
    memcpy(at, s, n);
    at[n] = '\0';
    return parse_int64(at, &ret->at) && parse_int64(mark + 1, &ret->seq);
}

static bool search_read(const struct req *r, struct search *ret, struct err *e)
{
    const char *cursor = req_query(r, "cursor"), *actor = req_query(r, "actor");

    *ret = (struct search){
        .q = req_query(r, "q"),
    };
    if (!req_query_day(r, "from", 0, 0, &ret->from, e) || !req_query_day(r, "to", 1, INT64_MAX, &ret->at, e))
        return false;
    if (cursor != NULL && !read_cursor(cursor, ret))
        return ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
                   "cursor is not what a page gave");
    if (actor != NULL && !uuid_parse(actor, &ret->actor))
        return ERR_FIELD(e, "actor", "input.uuid", "须是账号编号", "must be the id of an account");
    return req_query_int(r, "limit", 1, LIMIT_LIST_PAGE, PAGE_DEFAULT, &ret->limit, e);
}

static bool has(const char *text, const char *q)
{
    return text != NULL && strstr(text, q) != NULL;
}

/* Columns of record.reveals. */
static bool fits(const struct sql_rows *rows, const struct search *s, const char *name, const char *number)
{
    if (!uuid_is_nil(s->actor) && !uuid_eq(sql_uuid(rows, 2), s->actor))
        return false;
    return s->q == NULL || has(name, s->q) || has(number, s->q) || has(sql_text(rows, 3), s->q);
}

/* The names of the fields, out of [{"field": "revealed", "after": NAME}]. */
static bool write_names(struct json_out *j, const char *changes, struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;

    if (!json_parse(changes, strlen(changes), &list, e))
        return false;
    jo_arr(j, "fields");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *name = NULL;
        if (json_object_object_get_ex(json_object_array_get_idx(list, i), "after", &name))
            jo_str(j, NULL, json_object_get_string(name));
    }
    jo_close(j);
    return true;
}

static bool write_line(struct json_out *j, const struct world *w, const struct sql_rows *rows,
                       const char *name, const char *number, struct err *e)
{
    jo_obj(j, NULL);
    jo_int(j, "seq", sql_int(rows, 0));
    jo_time(j, "at", sql_int(rows, 1), w->offset_min);
    jo_obj(j, "actor");
    jo_uuid(j, "id", sql_uuid(rows, 2));
    jo_str(j, "name", name);
    jo_close(j);
    jo_str(j, "note", sql_text(rows, 3));
    if (!write_names(j, sql_text(rows, 4), e))
        return false;
    jo_obj(j, "record");
    jo_uuid(j, "id", sql_uuid(rows, 5));
    jo_str(j, "kind", sql_text(rows, 6));
    jo_str(j, "number", number);
    jo_str(j, "title", sql_text(rows, 8));
    jo_close(j);
    jo_close(j);
    return true;
}

static bool take_line(struct req *r, const struct world *w, const struct sql_rows *rows, struct search *s,
                      struct err *e)
{
    const struct account *a = directory_account(w->people, sql_uuid(rows, 2));
    const char *name = a == NULL ? NULL : a->name;
    char number[64];

    number_format(w, sql_int(rows, 7), number, sizeof(number));
    s->at = sql_int(rows, 1);
    s->seq = sql_int(rows, 0);
    if (!fits(rows, s, name, number))
        return true;
    s->n++;
    return write_line(&r->out, w, rows, name, number, e);
}

/* A page looks at so many lines and no further: then it is short and goes on from there. */
static bool get_reveals(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct search s;
    int64_t seen = 0;

    if (!search_read(r, &s, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &record_queries[RECORD_Q_REVEALS], &rows, e, SQL_INT(w->district), SQL_INT(s.at),
                   SQL_INT(s.seq), SQL_INT(LIMIT_LIST_EXAMINED)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    bool more = false;
    for (; !more && sql_next(rows) && sql_int(rows, 1) >= s.from; seen++)
        if (s.n == s.limit)
            more = true;
        else if (!take_line(r, w, rows, &s, e))
            return false;
    more = more || seen == LIMIT_LIST_EXAMINED;
    jo_close(&r->out);
    jo_str(&r->out, "next",
           more ? arena_printf(r->arena, "%lld_%lld", (long long)s.at, (long long)s.seq) : NULL);
    jo_close(&r->out);
    return sql_end(&rows, e);
}

const struct route reveal_routes[] = {
    {GET, "/api/v1/reveals", PERM_ADMIN, BODY_NONE, get_reveals, NULL, 0,
     "Who saw which personal fields and why, the newest first", "reveals"},
    {0},
};
