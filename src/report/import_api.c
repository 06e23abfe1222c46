/* /imports: a file is sent, looked at, tried, brought in; what was refused comes back as a table. */
#include "base/limits.h"
#include "base/text.h"
#include "identity/account.h"
#include "json/json_in.h"
#include "report.sql.h"
#include "report/answer.h"
#include "report/cells.h"
#include "report/import.h"
#include "report/report.h"
#include "report/sheet.h"

#include <json-c/json.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_SHOWN = 50, DETAIL_BYTES = 4096, NAME_CHARS = 100 };

static const struct world *world_of(const struct req *r)
{
    return r->services->world(r->services);
}

/* --- what is shown of one --- */

static void write_errors_of(struct req *r, struct json_object *row, int64_t *left)
{
    struct json_object *errors = json_object_object_get(row, "errors");
    bool en = r->lang == LANG_EN;

    for (size_t i = 0; *left > 0 && i < json_object_array_length(errors); i++, --*left) {
        struct json_object *one = json_object_array_get_idx(errors, i);

        jo_obj(&r->out, NULL);
        jo_int(&r->out, "line", json_object_get_int64(json_object_object_get(row, "line")));
        jo_str(&r->out, "column", json_object_get_string(json_object_object_get(one, "column")));
        jo_str(&r->out, "field", json_object_get_string(json_object_object_get(one, "field")));
        jo_str(&r->out, "code", json_object_get_string(json_object_object_get(one, "code")));
        jo_str(&r->out, "message", json_object_get_string(json_object_object_get(one, en ? "en" : "zh")));
        jo_close(&r->out);
    }
}

/* Calls `each` with what was found of one row after another. */
struct found_calls {
    bool (*each)(void *ctx, struct json_object *row); /* false: enough */
    void *ctx;
};
static bool walk_found(struct sql_tx *tx, const struct world *w, const struct import *im,
                       const struct found_calls *calls, struct err *e)
{
    for (int64_t nth = 0; im->refused > 0 && nth < im->n_parts; nth++) {
        AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 28);
        AUTO(json_free) struct json_object *list = NULL;
        struct import_part part;

        if (!import_part_get(tx, w, im, nth, a, &part, e))
            return false;
        if (part.found[0] == '\0')
            continue;
        if (!json_parse(part.found, strlen(part.found), &list, e))
            return false;
        for (size_t i = 0; i < json_object_array_length(list); i++)
            if (!calls->each(calls->ctx, json_object_array_get_idx(list, i)))
                return true;
    }
    return true;
}

struct showing {
    struct req *r;
    int64_t left;
};

static bool show_row(void *ctx, struct json_object *row)
{
    struct showing *s = ctx;

    write_errors_of(s->r, row, &s->left);
    return s->left > 0;
}

static void write_head(struct req *r, const struct import *im)
{
    jo_uuid(&r->out, "id", im->id);
    jo_str(&r->out, "kind", im->kind);
    jo_str(&r->out, "name", im->name);
    jo_str(&r->out, "state", im->state);
    jo_int(&r->out, "rows", im->n_rows);
    jo_int(&r->out, "parts", im->n_parts);
    jo_int(&r->out, "done", im->done);
    jo_int(&r->out, "made", im->made);
    jo_int(&r->out, "refused", im->refused);
    jo_str(&r->out, "problem", im->problem[0] == '\0' ? NULL : im->problem);
    jo_time(&r->out, "at", im->at, r->services->offset_min);
    jo_time(&r->out, "started_at", im->started_at, r->services->offset_min);
    jo_time(&r->out, "ended_at", im->ended_at, r->services->offset_min);
}

/* The first rows, as they stand in the file. */
static void write_preview(struct req *r, struct csv *csv)
{
    bool more = true;
    struct err ignored = {0};

    jo_arr(&r->out, "preview");
    for (int n = 0; n < IMPORT_PREVIEW_ROWS && csv_next(csv, &more, &ignored) && more; n++) {
        jo_arr(&r->out, NULL);
        for (size_t i = 0; i < csv->n_columns; i++)
            jo_str(&r->out, NULL, csv_get(csv, (int)i));
        jo_close(&r->out);
    }
    jo_close(&r->out);
}

static bool write_columns(struct req *r, struct sql_tx *tx, const struct import *im, struct err *e)
{
    const struct world *w = world_of(r);
    const struct kind *kind = packs_kind(w->packs, im->kind);
    AUTO(csv_free) struct csv *csv = csv_create();
    struct import_part first;
    const char *text;

    if (!import_part_get(tx, w, im, 0, r->arena, &first, e))
        return false;
    text = first.body[0] != '\0' ? first.body : im->header;
    if (!csv_begin(csv, text, strlen(text), e))
        return false;
    jo_arr(&r->out, "columns");
    for (size_t i = 0; i < csv->n_columns; i++)
        jo_str(&r->out, NULL, csv->column[i]);
    jo_close(&r->out);
    if (kind != NULL)
        import_guess(&r->out, "guess", w, kind, csv);
    write_preview(r, csv);
    return true;
}

static bool write_one(struct req *r, struct sql_tx *tx, const struct import *im, struct err *e)
{
    struct showing s = {.r = r, .left = ERRORS_SHOWN};
    const struct found_calls calls = {show_row, &s};

    jo_obj(&r->out, NULL);
    write_head(r, im);
    jo_raw(&r->out, "map", im->map[0] == '\0' ? "null" : im->map);
    if (!write_columns(r, tx, im, e))
        return false;
    jo_arr(&r->out, "errors");
    if (!walk_found(tx, world_of(r), im, &calls, e))
        return false;
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

static bool show(struct req *r, struct uuid id, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct import im;

    return sql_begin(r->services->db, SQL_READ, &tx, e) &&
           import_get(tx, world_of(r), id, r->who->account, r->arena, &im, e) && write_one(r, tx, &im, e);
}

/* --- sending --- */

static const char *plain_name(struct arena *a, const char *s)
{
    char *out;

    for (const char *p = s; *p != '\0'; p++)
        if (*p == '/' || *p == '\\')
            s = p + 1;
    out = arena_strndup(a, s, utf8_prefix(s, NAME_CHARS));
    for (char *p = out; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '_';
    return out;
}

static bool kind_of_request(const struct req *r, const struct kind **ret, struct err *e)
{
    const char *name = req_query(r, "kind");

    *ret = name == NULL ? NULL : packs_kind(world_of(r)->packs, name);
    if (*ret == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”",
                         name == NULL ? "" : name);
    return import_may(*ret, r->who) ||
           ERR(e, ERR_DENIED, "import.denied", "您的岗位不能登记“%s%.0s”，也就不能导入",
               "your posts cannot raise “%.0s%s”, so they cannot import it", (*ret)->title.zh,
               (*ret)->title.en);
}

static bool keep(struct req *r, struct err *e)
{
    const struct upload *u = &r->uploads[0];
    struct import im = {.id = uuid_make(), .account = r->who->account, .at = r->now};
    const struct kind *kind = NULL;
    AUTO(xfree) char *text = NULL;
    int64_t n_rows;
    size_t n = 0;

    if (!kind_of_request(r, &kind, e) || !sheet_read(u->path, &text, &n, e))
        return false;
    im.kind = kind->name;
    im.name = plain_name(r->arena, u->filename);
    r->status = 201;
    return import_keep(r->services->db, world_of(r), &im, text, n, r->arena, &n_rows, e) && show(r, im.id, e);
}

static bool post_import(struct req *r, struct err *e)
{
    const struct kind *kind;

    if (!kind_of_request(r, &kind, e))
        return false;
    if (r->n_uploads != 1)
        return ERR_FIELD(e, "file", "import.file", "请上传一个 CSV 或 XLSX 文件",
                         "send one CSV or XLSX file");
    return req_aside(r, keep, e);
}

/* --- looking --- */

static bool list_imports(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    uint8_t last[16];

    memset(last, 0xff, sizeof(last));
    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &report_queries[REPORT_Q_IMPORTS], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&r->who->account), SQL_BLOB(last, sizeof(last)), SQL_INT(IMPORT_LIST_MAX)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    while (sql_next(rows)) {
        struct import im;

        if (!import_of_row(rows, world_of(r), r->arena, &im, e))
            return false;
        jo_obj(&r->out, NULL);
        write_head(r, &im);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return sql_end(&rows, e);
}

static bool get_import(struct req *r, struct err *e)
{
    struct uuid id;

    return req_uuid(r, 0, &id, e) && show(r, id, e);
}

/* --- trying, bringing in, stopping --- */

static bool add_audit(struct req *r, struct sql_tx *tx, const struct import *im, const char *verb,
                      struct err *e)
{
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    struct json_out j;

    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_str(&j, "kind", im->kind);
    jo_int(&j, "rows", im->n_rows);
    jo_close(&j);
    return audit_about(tx, &by, verb, im->id, &j, e);
}

/* Runs a statement that changes the import only where its state lets it, and says whether it did. */
static bool change(struct sql_tx *tx, int query, const struct sql_arg *args, size_t n, bool *ret,
                   struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(tx, &report_queries[query], &rows, e, args, n))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

static bool wrong_state(const struct import *im, struct err *e)
{
    return ERR(e, ERR_CONFLICT, "import.state", "这次导入现在是“%s”，不能这样做",
               "this import is “%s”: that is not possible now", im->state);
}

/* A mapping is kept as it was sent, once it is right for this file. */
static bool read_map(struct req *r, const struct import *im, const char **ret, struct err *e)
{
    const struct kind *kind = packs_kind(world_of(r)->packs, im->kind);
    AUTO(csv_free) struct csv *csv = csv_create();
    struct json_object *map = NULL;
    static const struct json_member members[] = {{"map", JSON_OBJECT, 0, false, 0, 0}};
    struct import_map checked;

    if (!json_read(r->json, "", members, COUNT_OF(members), &map, e))
        return false;
    *ret = map == NULL ? im->map
                       : arena_strdup(r->arena, json_object_to_json_string_ext(map, JSON_C_TO_STRING_PLAIN));
    if ((*ret)[0] == '\0')
        return ERR_FIELD(e, "map", "import.map_missing", "请先说明每一项来自哪一列",
                         "say first which column has what");
    if (kind == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", im->kind);
    if (strlen(*ret) > IMPORT_MAP_CHARS)
        return ERR(e, ERR_TOO_LARGE, "import.map_large", "对照表至多 %d 个字节",
                   "the mapping has %d bytes at most", IMPORT_MAP_CHARS);
    return csv_begin(csv, im->header, strlen(im->header), e) &&
           import_map_json(world_of(r), kind, csv, *ret, r->arena, &checked, e);
}

static bool begin_pass(struct req *r, const struct import *im, const char *state, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *map = "";
    bool did = false;

    if (!read_map(r, im, &map, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !change(tx, REPORT_Q_IMPORT_BEGIN,
                SQL_ARGS(SQL_INT(r->services->district), SQL_UUID(&im->id), SQL_TEXT(state),
                         SQL_TEXT(import_seal(world_of(r), im, "map", map, r->arena)), SQL_INT(r->now)),
                &did, e))
        return false;
    if (!did)
        return wrong_state(im, e);
    if (!sql_run(tx, &report_queries[REPORT_Q_IMPORT_UNFOUND], e, SQL_INT(r->services->district),
                 SQL_UUID(&im->id)) ||
        !add_audit(r, tx, im, str_eq(state, "running") ? "import.run" : "import.check", e) ||
        !sql_commit(&tx, e))
        return false;
    importer_wake();
    return true;
}

static bool stop_pass(struct req *r, const struct import *im, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool did = false;

    if (!sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !change(tx, REPORT_Q_IMPORT_STOP,
                SQL_ARGS(SQL_INT(r->services->district), SQL_UUID(&im->id), SQL_INT(r->now)), &did, e))
        return false;
    return did ? add_audit(r, tx, im, "import.stop", e) && sql_commit(&tx, e) : wrong_state(im, e);
}

static bool remove_import(struct req *r, const struct import *im, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (str_eq(im->state, "checking") || str_eq(im->state, "running"))
        return wrong_state(im, e);
    return sql_begin(r->services->db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &report_queries[REPORT_Q_IMPORT_PARTS_REMOVE], e, SQL_INT(r->services->district),
                   SQL_UUID(&im->id)) &&
           sql_run(tx, &report_queries[REPORT_Q_IMPORT_REMOVE], e, SQL_INT(r->services->district),
                   SQL_UUID(&im->id)) &&
           add_audit(r, tx, im, "import.remove", e) && sql_commit(&tx, e);
}

static bool load(struct req *r, struct import *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid id;

    return req_uuid(r, 0, &id, e) && sql_begin(r->services->db, SQL_READ, &tx, e) &&
           import_get(tx, world_of(r), id, r->who->account, r->arena, ret, e);
}

static bool post_action(struct req *r, struct err *e)
{
    const char *action = r->path_param[1];
    struct import im;
    bool ok;

    if (!load(r, &im, e))
        return false;
    if (str_eq(action, "check"))
        ok = begin_pass(r, &im, "checking", e);
    else if (str_eq(action, "run"))
        ok = begin_pass(r, &im, "running", e);
    else if (str_eq(action, "stop"))
        ok = stop_pass(r, &im, e);
    else
        return ERR(e, ERR_NOT_FOUND, "import.action", "只能 check、run 或 stop", "only check, run or stop");
    return ok && show(r, im.id, e);
}

static bool delete_import(struct req *r, struct err *e)
{
    struct import im;

    if (!load(r, &im, e) || !remove_import(r, &im, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}

/* --- what was refused, as a table that can be mended and sent again --- */

struct telling {
    struct req *r;
    struct cells *table;
    struct csv *csv;
    struct buf text; /* the header and the row in hand */
    const char *header;
};

static const char *joined(struct telling *t, struct json_object *errors, const char *member)
{
    const char *all = "";

    for (size_t i = 0; i < json_object_array_length(errors); i++) {
        const char *one =
            json_object_get_string(json_object_object_get(json_object_array_get_idx(errors, i), member));

        if (one != NULL && one[0] != '\0')
            all = arena_printf(t->r->arena, "%s%s%s", all, all[0] == '\0' ? "" : "; ", one);
    }
    return all;
}

static bool tell_row(void *ctx, struct json_object *row)
{
    struct telling *t = ctx;
    struct json_object *errors = json_object_object_get(row, "errors");
    struct err ignored = {0};
    bool more = false;

    cells_int(t->table, json_object_get_int64(json_object_object_get(row, "line")));
    cells_text(t->table, joined(t, errors, "column"));
    cells_text(t->table, joined(t, errors, "code"));
    cells_text(t->table, joined(t, errors, t->r->lang == LANG_EN ? "en" : "zh"));
    buf_clear(&t->text);
    buf_printf(&t->text, "%s\n", t->header);
    buf_str(&t->text, json_object_get_string(json_object_object_get(row, "row")));
    if (csv_begin(t->csv, buf_text(&t->text), t->text.len, &ignored) && csv_next(t->csv, &more, &ignored) &&
        more)
        for (size_t i = 0; i < t->csv->n_fields; i++)
            cells_text(t->table, csv_get(t->csv, (int)i));
    cells_end_row(t->table);
    return true;
}

static void tell_header(struct telling *t, struct err *e)
{
    static const char *const heads[][2] = {{"行", "refused_line"},
                                           {"列", "refused_column"},
                                           {"原因代码", "refused_key"},
                                           {"原因", "refused_why"}};

    for (size_t i = 0; i < COUNT_OF(heads); i++)
        cells_text(t->table, heads[i][t->r->lang == LANG_EN]);
    if (csv_begin(t->csv, t->header, strlen(t->header), e))
        for (size_t i = 0; i < t->csv->n_columns; i++)
            cells_text(t->table, t->csv->column[i]);
    cells_end_row(t->table);
}

static bool write_refused(struct req *r, struct err *e)
{
    const char *name = req_query(r, "format");
    enum cells_format f = cells_format_named(name == NULL ? "csv" : name);
    AUTO(cells_free) struct cells *table = NULL;
    AUTO(csv_free) struct csv *csv = csv_create();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *path = report_file(r, f);
    struct import im;
    bool ok;

    if (!load(r, &im, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !cells_create(path, f, &table, e))
        return false;
    struct telling t = {.r = r, .table = table, .csv = csv, .header = im.header};
    const struct found_calls calls = {tell_row, &t};
    buf_init(&t.text, (size_t)CSV_ROW_MAX * 4);
    tell_header(&t, e);
    ok = walk_found(tx, world_of(r), &im, &calls, e);
    buf_free(&t.text);
    table = NULL;
    if (!cells_close(&t.table, e) || !ok)
        return false;
    report_answer(r, f, path, "refused");
    return true;
}

static bool get_refused(struct req *r, struct err *e)
{
    const char *name = req_query(r, "format");

    if (cells_format_named(name == NULL ? "csv" : name) == CELLS_UNSET)
        return ERR_FIELD(e, "format", "export.format", "format 须是 csv 或 xlsx",
                         "format must be csv or xlsx");
    return req_aside(r, write_refused, e);
}

const struct route import_routes[] = {
    {POST, "/api/v1/imports", PERM_STAFF, BODY_UPLOAD, post_import, req_aside_finish, 0,
     "Send a CSV or XLSX file of records of a kind", "import"},
    {GET, "/api/v1/imports", PERM_STAFF, BODY_NONE, list_imports, NULL, 0,
     "One's own imports, the newest first", "imports"},
    {GET, "/api/v1/imports/{id}", PERM_STAFF, BODY_NONE, get_import, NULL, 0,
     "An import: columns, suggested mapping, first rows, progress, what is wrong", "import"},
    {POST, "/api/v1/imports/{id}/{action}", PERM_STAFF, BODY_JSON, post_action, NULL, 0,
     "check: try all rows and keep nothing; run: bring them in; stop", "import"},
    {GET, "/api/v1/imports/{id}/refused", PERM_STAFF, BODY_NONE, get_refused, req_aside_finish, 0,
     "The rows that were refused, with the reason, as CSV or XLSX", NULL},
    {DELETE, "/api/v1/imports/{id}", PERM_STAFF, BODY_NONE, delete_import, NULL, 0, "Forget an import", "Ok"},
    {.method = METHOD_UNSET},
};
