/* A matter's history, and the caller's notices. */
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "pack/value.h"
#include "record.sql.h"
#include "record/claim.h"
#include "record/codec.h"
#include "record/log.h"
#include "record/record.h"
#include "record/store.h"

#include <string.h>

enum { LOG_PAGE = 100, RINGING_EXAMINED = 2000, READ_AT_ONCE = 5000 };

static struct json_object *member(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static void write_files(struct req *r, const char *key, struct json_object *list)
{
    jo_arr(&r->out, key);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const struct attachment f = attachment_read(json_object_array_get_idx(list, i));

        if (record_shows_file(&f, r->who))
            jo_uuid(&r->out, NULL, f.id);
    }
    jo_close(&r->out);
}

/* One side of a change, as the API shows values: personal ones masked, instants as text. */
static bool write_side(struct req *r, const struct kind *k, const char *key, const char *field,
                       struct json_object *v, struct err *e)
{
    const struct field *f = str_starts(field, "fields.") ? kind_field(k, field + strlen("fields.")) : NULL;
    struct cel_value value = {0};

    if (v == NULL)
        return true;
    if (str_eq(field, "files")) {
        write_files(r, key, v);
        return true;
    }
    if (f == NULL) {
        jo_raw(&r->out, key,
               json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        return true;
    }
    if (f->privacy == PRIVACY_PERSONAL) {
        jo_str(&r->out, key, personal_mask(json_object_get_string(v)));
        return true;
    }
    if (!field_from_stored(f, v, r->arena, &value, e))
        return false;
    field_to_json(&r->out, key, f, &value);
    return true;
}

static void write_field_title(struct req *r, const struct kind *k, const char *field)
{
    const struct field *f = str_starts(field, "fields.") ? kind_field(k, field + strlen("fields.")) : NULL;

    if (f == NULL)
        return;
    jo_obj(&r->out, "title");
    jo_str(&r->out, "zh", f->title.zh);
    jo_str(&r->out, "en", f->title.en);
    jo_close(&r->out);
}

static bool shown(const struct kind *k, const char *field, enum log_part part)
{
    const struct field *f = str_starts(field, "fields.") ? kind_field(k, field + strlen("fields.")) : NULL;

    return part == LOG_WHOLE || (f != NULL && field_is_public(k, f));
}

bool log_changes_public(const struct kind *k, const char *text, bool *ret, struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;

    *ret = false;
    if (!json_parse(text, strlen(text), &list, e))
        return false;
    for (size_t i = 0; i < json_object_array_length(list) && !*ret; i++)
        *ret =
            shown(k, json_object_get_string(member(json_object_array_get_idx(list, i), "field")), LOG_PUBLIC);
    return true;
}

bool log_write_changes(struct req *r, const struct kind *k, const char *text, enum log_part part,
                       struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;

    if (!json_parse(text, strlen(text), &list, e))
        return false;
    jo_arr(&r->out, "changes");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *c = json_object_array_get_idx(list, i);
        const char *field = json_object_get_string(member(c, "field"));

        if (!shown(k, field, part))
            continue;
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "field", field);
        write_field_title(r, k, field);
        if (!(part == LOG_PUBLIC_AFTER || write_side(r, k, "before", field, member(c, "before"), e)) ||
            !write_side(r, k, "after", field, member(c, "after"), e))
            return false;
        jo_close(&r->out);
    }
    jo_close(&r->out);
    return true;
}

static void write_actor(struct req *r, const struct world *w, struct uuid account)
{
    const struct account *acc = directory_account(w->people, account);

    if (uuid_is_nil(account)) {
        jo_null(&r->out, "actor");
        return;
    }
    jo_obj(&r->out, "actor");
    jo_uuid(&r->out, "id", account);
    if (uuid_eq(account, r->who->account))
        jo_str(&r->out, "name", r->who->name);
    else
        jo_str(&r->out, "name",
               acc == NULL                  ? NULL
               : principal_is_staff(r->who) ? acc->name
                                            : privacy_mask(r->arena, FIELD_TEXT, acc->name));
    jo_close(&r->out);
}

static const char *actor_name(int64_t kind)
{
    static const char *const names[] = {"system", "anonymous", "person", "clock", "import", "signal"};

    return kind >= 0 && kind < (int64_t)COUNT_OF(names) ? names[kind] : "system";
}

static void write_verb(struct req *r, const struct kind *k, const char *verb)
{
    const struct move *m = kind_move(k, verb);

    jo_str(&r->out, "verb", verb);
    if (m == NULL)
        return;
    jo_obj(&r->out, "title");
    jo_str(&r->out, "zh", m->title.zh);
    jo_str(&r->out, "en", m->title.en);
    jo_close(&r->out);
}

/* A word among the staff (apply_note() in engine/talk.c). */
static bool is_aside(const struct req *r, const struct sql_rows *rows)
{
    return str_eq(sql_text(rows, 6), "note") && !principal_is_staff(r->who);
}

/* Columns of record.log. */
static bool write_entry(struct req *r, const struct world *w, const struct kind *k,
                        const struct sql_rows *rows, struct err *e)
{
    size_t n = 0;
    const void *hash = sql_blob(rows, 12, &n);
    char hex[2 * HASH_BYTES + 1];

    hex_encode(hash, n < HASH_BYTES ? n : HASH_BYTES, hex);
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "seq", sql_int(rows, 0));
    jo_time(&r->out, "at", sql_int(rows, 2), w->offset_min);
    write_actor(r, w, sql_uuid(rows, 3));
    jo_str(&r->out, "actor_kind", actor_name(sql_int(rows, 4)));
    jo_str(&r->out, "right", sql_text(rows, 5));
    write_verb(r, k, sql_text(rows, 6));
    jo_str(&r->out, "from", sql_text(rows, 7));
    jo_str(&r->out, "to", sql_text(rows, 8));
    jo_int(&r->out, "version", sql_int(rows, 9));
    jo_str(&r->out, "note", sql_text(rows, 10));
    if (!log_write_changes(r, k, sql_text(rows, 11), LOG_WHOLE, e))
        return false;
    jo_str(&r->out, "hash", hex);
    jo_close(&r->out);
    return true;
}

static bool write_entries(struct req *r, struct sql_tx *tx, const struct world *w, const struct record *rec,
                          int64_t after, int64_t *ret_next, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t n = 0, last = 0;

    if (!sql_query(tx, &record_queries[RECORD_Q_LOG], &rows, e, SQL_INT(w->district), SQL_UUID(&rec->id),
                   SQL_INT(after), SQL_INT(LOG_PAGE)))
        return false;
    for (; sql_next(rows); n++) {
        last = sql_int(rows, 0);
        if (!is_aside(r, rows) && !write_entry(r, w, rec->kind, rows, e))
            return false;
    }
    *ret_next = n == LOG_PAGE ? last : 0;
    return sql_end(&rows, e);
}

static bool get_log(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct uuid id;
    int64_t after, next = 0;

    if (!req_uuid(r, 0, &id, e) || !req_query_int(r, "cursor", 0, INT64_MAX, 0, &after, e) ||
        !claim_shown(r, w, id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !record_load(tx, w, id, r->arena, &rec, e))
        return false;
    if (rec == NULL || !record_visible(w, rec, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (!write_entries(r, tx, w, rec, after, &next, e))
        return false;
    jo_close(&r->out);
    jo_str(&r->out, "next", next == 0 ? NULL : arena_printf(r->arena, "%lld", (long long)next));
    jo_close(&r->out);
    return true;
}

/* --- notices --- */

/* Columns of record.notices behind those of the record. */
enum { NOTICE_ID = 20, NOTICE_WHAT, NOTICE_AT, NOTICE_READ, NOTICE_LAMP };

/* Of what the caller may not see any more only which it was. */
static void write_noticed(struct req *r, const struct world *w, const struct record *rec, bool seen,
                          const struct sql_rows *rows)
{
    char number[64];

    number_format(w, rec->number, number, sizeof(number));
    jo_obj(&r->out, "record");
    jo_uuid(&r->out, "id", rec->id);
    jo_str(&r->out, "kind", rec->kind->name);
    jo_str(&r->out, "number", number);
    jo_str(&r->out, "title", seen ? rec->title : NULL);
    jo_str(&r->out, "state", seen ? rec->state->name : NULL);
    jo_str(&r->out, "light_now", seen ? lamp_name((enum lamp)sql_int(rows, NOTICE_LAMP)) : NULL);
    jo_close(&r->out);
}

/* `unseen`: also of matters that the caller may not see any more. */
static bool write_notice(struct req *r, const struct world *w, bool unseen, const struct sql_rows *rows,
                         struct err *e)
{
    struct record *rec = NULL;
    bool seen;

    if (!row_record(rows, w, r->arena, &rec, e))
        return false;
    seen = record_visible(w, rec, r->who);
    if (!seen && !unseen)
        return true;
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", sql_uuid(rows, NOTICE_ID));
    jo_str(&r->out, "what", sql_text(rows, NOTICE_WHAT));
    jo_time(&r->out, "at", sql_int(rows, NOTICE_AT), w->offset_min);
    jo_bool(&r->out, "read", sql_int(rows, NOTICE_READ) != 0);
    write_noticed(r, w, rec, seen, rows);
    jo_close(&r->out);
    return true;
}

static bool read_notice_cursor(const struct req *r, struct uuid *ret, struct err *e)
{
    const char *s = req_query(r, "cursor");

    memset(ret->b, 0xff, sizeof(ret->b));
    return s == NULL || uuid_parse(s, ret) ||
           ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
               "cursor is not what a page gave");
}

/* The unread ones before `after`, or those that still ring. */
static bool query_notices(struct req *r, struct sql_tx *tx, const struct uuid *after, bool ringing,
                          struct sql_rows **ret_rows, struct err *e)
{
    const int64_t district = r->services->district;
    const struct uuid *account = &r->who->account;

    if (!ringing)
        return sql_query(tx, &record_queries[RECORD_Q_NOTICES], ret_rows, e, SQL_INT(district),
                         SQL_UUID(account), SQL_BLOB(after->b, sizeof(after->b)), SQL_INT(LOG_PAGE));
    return sql_query(tx, &record_queries[RECORD_Q_NOTICES_RINGING], ret_rows, e, SQL_INT(district),
                     SQL_UUID(account), SQL_BLOB(after->b, sizeof(after->b)), SQL_INT(LOG_PAGE),
                     SQL_INT(RINGING_EXAMINED));
}

static bool get_notices(struct req *r, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid after;
    char last[UUID_TEXT_MAX] = "";
    int64_t n = 0, ringing;

    if (!read_notice_cursor(r, &after, e) || !req_query_int(r, "ringing", 0, 1, 0, &ringing, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !query_notices(r, tx, &after, ringing != 0, &rows, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (; sql_next(rows); n++) {
        if (!write_notice(r, w, ringing == 0, rows, e))
            return false;
        uuid_format(sql_uuid(rows, NOTICE_ID), last);
    }
    jo_close(&r->out);
    jo_str(&r->out, "next", n == LOG_PAGE ? last : NULL);
    jo_close(&r->out);
    return sql_end(&rows, e);
}

/* A notice is no matter: reading it writes its own row, not through the door. Yields how many were unread. */
static bool mark_read(const struct req *r, const struct sql_query *q, const struct sql_arg *args,
                      size_t n_args, int64_t *ret_n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_begin(r->services->db, SQL_WRITE, &tx, e) || !sql_query_n(tx, q, &rows, e, args, n_args))
        return false;
    while (sql_next(rows))
        ++*ret_n;
    return sql_end(&rows, e) && sql_commit(&tx, e);
}

static bool read_notice(struct req *r, struct err *e)
{
    struct uuid id, account = r->who->account;
    int64_t n;

    if (!req_uuid(r, 0, &id, e) || !mark_read(r, &record_queries[RECORD_Q_NOTICE_READ],
                                              SQL_ARGS(SQL_INT(r->services->district), SQL_UUID(&account),
                                                       SQL_UUID(&id), SQL_INT(r->now)),
                                              &n, e))
        return false;
    if (n == 0)
        return ERR(e, ERR_NOT_FOUND, "notice.not_found", "没有这条提醒", "no such notice");
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "read", true);
    jo_close(&r->out);
    return true;
}

/* All up to the one that was the newest when the caller looked: what came since stays unread. */
static bool read_notices(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"until", JSON_UUID, 0, true, 0, 0}};
    struct uuid until, account = r->who->account;
    int64_t n;

    if (!json_read(r->json, "", members, COUNT_OF(members), &until, e) ||
        !mark_read(r, &record_queries[RECORD_Q_NOTICES_READ],
                   SQL_ARGS(SQL_INT(r->services->district), SQL_UUID(&account), SQL_UUID(&until),
                            SQL_INT(r->now), SQL_INT(READ_AT_ONCE)),
                   &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "read", n);
    jo_bool(&r->out, "more", n == READ_AT_ONCE);
    jo_close(&r->out);
    return true;
}

const struct route log_routes[] = {
    {GET, "/api/v1/records/{id}/log", PERM_CLAIM, BODY_NONE, get_log, NULL, 0, "A matter's history", "log"},
    {GET, "/api/v1/notices", PERM_SIGNED_IN, BODY_NONE, get_notices, NULL, 0,
     "The caller's unread notices; ringing=1: what still rings", "notices"},
    {POST, "/api/v1/notices/{id}/read", PERM_SIGNED_IN, BODY_NONE, read_notice, NULL, 0,
     "Mark a notice as read", "read"},
    {POST, "/api/v1/notices/read", PERM_SIGNED_IN, BODY_JSON, read_notices, NULL, 0,
     "Mark all notices as read, up to that one", "read_all"},
    {0},
};
