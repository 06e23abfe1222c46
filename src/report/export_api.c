/* GET /export: any list as a table, masked as lists are. POST /export: with personal fields in full, for
 * those who may see them, with a reason that is written into the history of each matter. */
#include "base/limits.h"
#include "base/text.h"
#include "identity/account.h"
#include "json/json_in.h"
#include "pack/value.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/json.h"
#include "record/list.h"
#include "record/record.h"
#include "record/store.h"
#include "report/answer.h"
#include "report/export_write.h"
#include "report/report.h"

#include <json-c/json.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 100000,
    REVEALED_MAX = 5000, /* each is a line of a history */
    SHOWN_MAX = 500,     /* as JSON, for a screen */
    DETAIL_BYTES = 8192,
    REASON_CHARS = 500,
    FIELDS_MAX = 32,
};
static const size_t PAGE_ARENA = (size_t)1 << 29;

struct exporting {
    struct req *r;
    const struct world *w;
    const struct kind *kind;
    enum cells_format format; /* CELLS_UNSET: JSON */
    const struct field *reveal[FIELDS_MAX];
    size_t n_reveal;
    const char *reason;
    struct uuid *ids;
    size_t n, max, withheld;
    struct export_sink sink;
    struct arena *page;
};

/* --- what is asked --- */

static bool read_format(struct exporting *x, struct err *e)
{
    const char *name = req_query(x->r, "format");

    x->format = name == NULL ? CELLS_CSV : cells_format_named(name);
    if (x->format == CELLS_UNSET && !(x->n_reveal > 0 && str_eq(name, "json")))
        return ERR_FIELD(e, "format", "export.format", "format 须是 csv 或 xlsx",
                         "format must be csv or xlsx");
    return true;
}

static bool read_kind(struct exporting *x, struct err *e)
{
    const char *kind = req_query(x->r, "kind");

    x->kind = kind == NULL ? NULL : packs_kind(x->w->packs, kind);
    return x->kind != NULL || ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”",
                                        "there is no kind “%.40s”", kind == NULL ? "" : kind);
}

struct asked {
    const char *reason;
    struct json_object *fields;
};

static bool read_reveal(struct exporting *x, struct err *e)
{
    static const struct json_member members[] = {
        {"reason", JSON_TEXT, offsetof(struct asked, reason), true, 2, REASON_CHARS},
        {"fields", JSON_ARRAY, offsetof(struct asked, fields), true, 0, FIELDS_MAX},
    };
    struct asked k = {0};

    if (!json_read(x->r->json, "", members, COUNT_OF(members), &k, e))
        return false;
    for (size_t i = 0; i < json_object_array_length(k.fields); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(k.fields, i));
        const struct field *f = name == NULL ? NULL : kind_field(x->kind, name);

        if (f == NULL || f->privacy != PRIVACY_PERSONAL)
            return ERR_FIELD(e, "fields", "reveal.field", "没有个人信息项“%.40s”",
                             "“%.40s” is no personal field", name == NULL ? "" : name);
        x->reveal[x->n_reveal++] = f;
    }
    x->reason = k.reason;
    return x->n_reveal > 0 || ERR_FIELD(e, "fields", "input.required", "请至少选一项个人信息",
                                        "name at least one personal field");
}

/* --- which rows --- */

static bool too_many(size_t max, struct err *e)
{
    return ERR(e, ERR_TOO_LARGE, "export.rows", "超过 %zu 行，请按区域、时间或状态分几次导出",
               "more than %zu rows: export by area, time or state", max);
}

static bool collect(struct exporting *x, struct err *e)
{
    size_t most = x->format == CELLS_UNSET ? SHOWN_MAX : x->n_reveal > 0 ? REVEALED_MAX : ROWS_MAX;
    const char *next = NULL, *cursor = NULL;
    char kept[128];

    do {
        size_t n = 0;

        if (x->n + LIMIT_LIST_PAGE > x->max) {
            x->max = x->max == 0 ? (size_t)LIMIT_LIST_PAGE * 4 : x->max * 2;
            x->ids = xrealloc(x->ids, x->max * sizeof(*x->ids));
        }
        next = cursor;
        arena_reset(x->page);
        if (!record_list_ids(x->r, x->page, &next, x->ids + x->n, &n, e))
            return false;
        x->n += n;
        if (x->n > most)
            return too_many(most, e);
        if (next != NULL)
            str_copy(kept, sizeof(kept), next);
        cursor = next == NULL ? NULL : kept;
    } while (cursor != NULL);
    return true;
}

/* --- writing it down, then writing it --- */

static bool add_audit(struct exporting *x, struct err *e)
{
    struct req *r = x->r;
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct json_out j;

    if (!sql_begin(by.db, SQL_WRITE, &tx, e))
        return false;
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_int(&j, "rows", (int64_t)x->n);
    jo_str(&j, "area", req_query(r, "area"));
    jo_str(&j, "as_of", req_query(r, "as_of"));
    jo_arr(&j, "revealed");
    for (size_t i = 0; i < x->n_reveal; i++)
        jo_str(&j, NULL, x->reveal[i]->name);
    jo_close(&j);
    if (x->reason != NULL)
        jo_str(&j, "reason", x->reason);
    jo_close(&j);
    return audit_add(tx, &by, "export", x->kind->name, &j, e) && sql_commit(&tx, e);
}

static const struct command *reveal_command(struct exporting *x, struct uuid id)
{
    struct command *c = arena_new(x->page, struct command);

    *c = (struct command){.id = uuid_make(),
                          .who = x->r->who,
                          .at = x->r->now,
                          .target = id,
                          .verb = "reveal",
                          .version = -1,
                          .note = x->reason,
                          .packs = x->w->packs,
                          .reveal = x->reveal,
                          .n_reveal = x->n_reveal};
    return c;
}

/* Who saw what stands in the histories before a value is taken out. */
static bool reveal_page(struct exporting *x, struct record **list, size_t n, struct err *e)
{
    const struct command **cs = arena_array(x->page, const struct command *, n + 1);
    struct outcome *outcomes = xcalloc(n + 1, sizeof(*outcomes));
    bool ok;

    for (size_t i = 0; i < n; i++)
        cs[i] = reveal_command(x, list[i]->id);
    ok = door_calls(x->r->services->door, cs, n, outcomes, e);
    for (size_t i = 0; i < n; i++) {
        if (ok && outcomes[i].ok)
            ok = record_unseal(x->w, x->reveal, x->n_reveal, list[i], x->page, e);
        else
            x->withheld++;
        outcome_free(&outcomes[i]);
    }
    free(outcomes);
    return ok;
}

/* Whatever is not to be seen any more is left out. */
static bool load_page(struct exporting *x, const struct uuid *ids, size_t n, struct record **list,
                      size_t *ret_n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(x->page, struct sql_arg, 2 * n);

    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        args[2 * i] = SQL_INT(x->w->district);
        args[2 * i + 1] = SQL_UUID(&ids[i]);
    }
    if (!sql_begin(x->r->services->db, SQL_READ, &tx, e) ||
        !sql_query_each(tx, &record_queries[RECORD_Q_GET], args, n, &rows, e))
        return false;
    while (sql_next(rows)) {
        if (!row_record(rows, x->w, x->page, &list[*ret_n], e))
            return false;
        if (record_visible(x->w, list[*ret_n], x->r->who) && list[*ret_n]->kind == x->kind)
            ++*ret_n;
    }
    return sql_end(&rows, e);
}

static void write_item(struct exporting *x, const struct record *rec)
{
    struct json_out *j = &x->r->out;
    char number[96];

    number_format(x->w, rec->number, number, sizeof(number));
    jo_obj(j, NULL);
    jo_uuid(j, "id", rec->id);
    jo_str(j, "number", number);
    jo_str(j, "title", rec->title);
    jo_str(j, "state", rec->state->name);
    jo_uuid(j, "parent", rec->parent);
    record_write_area(j, x->w, rec->area);
    record_write_fields(j, rec);
    jo_close(j);
}

static bool write_rows(struct exporting *x, struct err *e)
{
    struct record *list[LIMIT_LIST_PAGE];

    for (size_t at = 0; at < x->n; at += LIMIT_LIST_PAGE) {
        size_t n = x->n - at < LIMIT_LIST_PAGE ? x->n - at : LIMIT_LIST_PAGE;

        arena_reset(x->page);
        if (!load_page(x, x->ids + at, n, list, &n, e) ||
            (x->n_reveal > 0 && n > 0 && !reveal_page(x, list, n, e)))
            return false;
        for (size_t i = 0; i < n; i++)
            if (x->format == CELLS_UNSET)
                write_item(x, list[i]);
            else if (!export_record(&x->sink, list[i], x->page, e))
                return false;
    }
    return true;
}

static bool write_table(struct exporting *x, struct err *e)
{
    const char *path = report_file(x->r, x->format);
    AUTO(cells_free) struct cells *table = NULL;
    bool ok;

    if (!cells_create(path, x->format, &table, e))
        return false;
    x->sink = (struct export_sink){
        .table = table, .words = true, .lang = x->r->lang, .world = x->w, .kind = x->kind};
    export_begin(&x->sink, x->page);
    ok = write_rows(x, e);
    if (!ok || !cells_close(&table, e))
        return false;
    req_header(x->r, "X-Wangge-Rows", arena_printf(x->r->arena, "%zu", x->n));
    if (x->n_reveal > 0)
        req_header(x->r, "X-Wangge-Withheld", arena_printf(x->r->arena, "%zu", x->withheld));
    report_answer(x->r, x->format, path, x->kind->name);
    return true;
}

static bool write_json(struct exporting *x, struct err *e)
{
    jo_obj(&x->r->out, NULL);
    jo_arr(&x->r->out, "items");
    if (!write_rows(x, e))
        return false;
    jo_close(&x->r->out);
    jo_int(&x->r->out, "withheld", (int64_t)x->withheld);
    jo_null(&x->r->out, "next");
    jo_close(&x->r->out);
    return true;
}

static bool export_now(struct req *r, bool reveals, struct err *e)
{
    struct exporting x = {.r = r, .w = r->services->world(r->services)};
    bool ok;

    x.page = arena_create(PAGE_ARENA);
    ok = read_kind(&x, e) && (!reveals || read_reveal(&x, e)) && read_format(&x, e) && collect(&x, e) &&
         add_audit(&x, e) && (x.format == CELLS_UNSET ? write_json(&x, e) : write_table(&x, e));
    free(x.ids);
    arena_free(&x.page);
    return ok;
}

static bool masked(struct req *r, struct err *e)
{
    return export_now(r, false, e);
}

static bool revealed(struct req *r, struct err *e)
{
    return export_now(r, true, e);
}

static bool get_export(struct req *r, struct err *e)
{
    return req_aside(r, masked, e);
}

static bool post_export(struct req *r, struct err *e)
{
    return req_aside(r, revealed, e);
}

const struct route export_routes[] = {
    {GET, "/api/v1/export", PERM_STAFF, BODY_NONE, get_export, req_aside_finish, 0,
     "A list of one kind as CSV or XLSX, with the filters of GET /records; personal fields stay masked",
     NULL},
    {POST, "/api/v1/export", PERM_STAFF, BODY_JSON, post_export, req_aside_finish, 0,
     "The same with personal fields in full, for those who may see them: the reason goes into each history",
     "revealed"},
    {.method = METHOD_UNSET},
};
