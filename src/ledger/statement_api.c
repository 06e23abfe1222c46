/* An account's statement: what came in and went out, each line with what stood there after it and why. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "ledger.sql.h"
#include "ledger/view.h"
#include "record/store.h"

#include <json-c/json.h>
#include <string.h>

enum { PAGE = 50 };

/* Where a statement goes on: below that line. */
struct place {
    int64_t seq, n;
};
/* The time a statement is about: from a moment (0: from the beginning) up to another (0: now). */
struct period {
    int64_t from, at;
};
/* What it begins below and ends above, and the sums of what lies between. */
struct span {
    struct place top;
    int64_t bottom; /* the last entry before it */
    int64_t opening, balance, in, out, lines;
};
/* What the entry says of the posting. */
struct said {
    const char *zh, *en, *rule, *pack, *inputs;
    int64_t version;
};

/* --- what is asked for --- */

static bool find_account(struct req *r, struct account_view *v, struct err *e)
{
    const struct ledger_def *l = packs_ledger(v->world->packs, r->path_param[0]);
    const char *of = req_query(r, "of");

    for (size_t i = 0; l != NULL && i < l->n_accounts; i++)
        if (str_eq(l->accounts[i].name, r->path_param[1]))
            v->of = &l->accounts[i];
    if (v->of == NULL)
        return ERR(e, ERR_NOT_FOUND, "ledger.not_found", "没有这个账户，或您看不到它",
                   "there is no such account, or it is not for you to see");
    if (of == NULL)
        return true;
    if (str_eq(of, "me"))
        v->owner = r->who->account;
    else if (!uuid_parse(of, &v->owner))
        return ERR_FIELD(e, "of", "input.uuid", "of 须是一个编号（UUID）或 me",
                         "of must be an id (UUID) or me");
    return true;
}

static bool read_cursor(const struct req *r, struct place *ret, struct err *e)
{
    const char *s = req_query(r, "cursor"), *dot = s == NULL ? NULL : strchr(s, '.');

    *ret = (struct place){INT64_MAX, 0};
    if (s == NULL)
        return true;
    if (dot != NULL && parse_int64(arena_strndup(r->arena, s, (size_t)(dot - s)), &ret->seq) &&
        parse_int64(dot + 1, &ret->n))
        return true;
    return ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
               "cursor is not what a page gave");
}

static bool read_period(struct req *r, struct period *ret, struct err *e)
{
    if (!req_query_moment(r, "from", &ret->from, e) || !req_query_moment(r, "as_of", &ret->at, e))
        return false;
    if (ret->from == 0 && req_query(r, "from") != NULL)
        ret->from = r->now; /* still to come: nothing has happened since */
    return ret->at == 0 || ret->from <= ret->at ||
           ERR_FIELD(e, "from", "ledger.period", "开始时间（from）不能晚于截止时间（as_of）",
                     "it cannot begin (from) after it ends (as_of)");
}

/* What stood there at a moment, by which line. */
static bool look_at(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                    int64_t at, struct place *ret_line, int64_t *ret_balance, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_line = (struct place){0, 0};
    *ret_balance = 0;
    if (!sql_query(tx, &ledger_queries[LEDGER_Q_LINE_AS_OF], &rows, e, SQL_INT(r->services->district),
                   SQL_TEXT(v->of->ledger->name), SQL_TEXT(key), SQL_INT(at)))
        return false;
    if (sql_next(rows)) {
        *ret_balance = sql_int(rows, 0);
        *ret_line = (struct place){sql_int(rows, 1), sql_int(rows, 2)};
    }
    return sql_end(&rows, e);
}

static bool count_turnover(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                           const struct period *p, struct span *s, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &ledger_queries[LEDGER_Q_TURNOVER], &rows, e, SQL_INT(r->services->district),
                   SQL_TEXT(v->of->ledger->name), SQL_TEXT(key), SQL_INT(p->from),
                   SQL_INT(p->at == 0 ? INT64_MAX : p->at)))
        return false;
    if (sql_next(rows)) {
        s->in = sql_int(rows, 0);
        s->out = sql_int(rows, 1);
        s->lines = sql_int(rows, 2);
    }
    return sql_end(&rows, e);
}

/* What stood there at both ends of the time, and which lines lie between. */
static bool find_span(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                      const struct period *p, struct span *s, struct err *e)
{
    struct place line;

    if (p->at == 0) {
        if (!ledger_balance(tx, r->services->district, v->of->ledger->name, key, 0, &s->balance, e))
            return false;
    } else {
        if (!look_at(r, tx, v, key, p->at, &line, &s->balance, e))
            return false;
        if (s->top.seq > line.seq || (s->top.seq == line.seq && s->top.n > line.n + 1))
            s->top = (struct place){line.seq, line.n + 1};
    }
    if (p->from == 0)
        return true;
    if (!look_at(r, tx, v, key, p->from - 1, &line, &s->opening, e))
        return false;
    s->bottom = line.seq;
    return count_turnover(r, tx, v, key, p, s, e);
}

static bool query_lines(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                        const struct span *s, int64_t limit, struct sql_rows **ret, struct err *e)
{
    return sql_query(tx, &ledger_queries[LEDGER_Q_STATEMENT], ret, e, SQL_INT(r->services->district),
                     SQL_TEXT(v->of->ledger->name), SQL_TEXT(key), SQL_INT(s->top.seq), SQL_INT(s->top.n),
                     SQL_INT(limit), SQL_INT(s->bottom));
}

/* --- why --- */

static const char *text_of(struct req *r, struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    if (!json_object_object_get_ex(o, key, &v) || v == NULL)
        return NULL;
    return arena_strdup(r->arena, json_object_is_type(v, json_type_object)
                                      ? json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN)
                                      : json_object_get_string(v));
}

/* The posting that is the entry's `wanted`-th. */
static struct json_object *find_posting(struct json_object *list, int64_t wanted)
{
    int64_t n = 0;

    for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list);
         i++) {
        struct json_object *c = json_object_array_get_idx(list, i), *field = NULL, *after = NULL;

        if (json_object_object_get_ex(c, "field", &field) &&
            str_eq(json_object_get_string(field), "posting") &&
            json_object_object_get_ex(c, "after", &after) && n++ == wanted)
            return after;
    }
    return NULL;
}

static struct said explain(struct req *r, const struct sql_rows *rows)
{
    AUTO(json_free) struct json_object *list = NULL;
    struct json_object *p, *version = NULL;
    const char *changes = sql_text(rows, 9);
    struct said s = {.zh = "", .en = ""};
    struct err e = {0};

    if (!json_parse(changes, strlen(changes), &list, &e) ||
        (p = find_posting(list, sql_int(rows, 1) / 2)) == NULL)
        return s;
    s = (struct said){.zh = text_of(r, p, "zh"),
                      .en = text_of(r, p, "en"),
                      .rule = text_of(r, p, "rule"),
                      .pack = text_of(r, p, "pack"),
                      .inputs = text_of(r, p, "inputs")};
    if (json_object_object_get_ex(p, "version", &version))
        s.version = json_object_get_int64(version);
    return s;
}

/* --- as JSON --- */

static void write_file_ids(struct req *r, const struct cel_value *v)
{
    if (v->type == CEL_STRING)
        jo_str(&r->out, NULL, v->s);
    for (size_t i = 0; v->type == CEL_LIST && i < v->list.n; i++)
        if (v->list.items[i].type == CEL_STRING)
            jo_str(&r->out, NULL, v->list.items[i].s);
}

/* Its receipts. */
static void write_files(struct req *r, const struct record *rec)
{
    jo_arr(&r->out, "files");
    for (size_t i = 0; i < rec->n_files; i++)
        if (record_shows_file(&rec->files[i], r->who))
            jo_uuid(&r->out, NULL, rec->files[i].id);
    for (size_t i = 0; i < rec->kind->n_fields; i++)
        if (rec->kind->fields[i].type == FIELD_FILE)
            write_file_ids(r, &rec->values[i]);
    jo_close(&r->out);
}

/* The matter that caused it: to those who may see it more than its number. */
static bool write_matter(struct req *r, struct sql_tx *tx, const struct world *w, const struct sql_rows *rows,
                         struct err *e)
{
    struct record *rec = NULL;
    char number[64];
    bool shown;

    if (!record_load(tx, w, sql_uuid(rows, 7), r->arena, &rec, e))
        return false;
    shown = rec != NULL && record_visible(w, rec, r->who);
    number_format(w, sql_int(rows, 11), number, sizeof(number));
    jo_obj(&r->out, "record");
    jo_uuid(&r->out, "id", shown ? rec->id : (struct uuid){0});
    jo_str(&r->out, "kind", rec == NULL ? NULL : rec->kind->name);
    jo_str(&r->out, "number", number);
    jo_str(&r->out, "title", shown ? rec->title : NULL);
    if (shown)
        write_files(r, rec);
    jo_close(&r->out);
    jo_str(&r->out, "note", shown ? sql_text(rows, 10) : "");
    return true;
}

static void write_other(struct req *r, const struct account_view *v, const char *key)
{
    struct uuid owner;
    const struct ledger_account *other = account_of_key(v->of->ledger, key, &owner);

    if (other == NULL)
        jo_null(&r->out, "other");
    else
        title_write(&r->out, "other", &other->title);
}

static bool write_line(struct req *r, struct sql_tx *tx, const struct account_view *v,
                       const struct sql_rows *rows, struct err *e)
{
    const struct said s = explain(r, rows);
    const struct title why = {s.zh, s.en};

    jo_obj(&r->out, NULL);
    jo_int(&r->out, "seq", sql_int(rows, 0));
    jo_int(&r->out, "n", sql_int(rows, 1));
    jo_time(&r->out, "at", sql_int(rows, 3), v->world->offset_min);
    jo_time(&r->out, "booked_at", sql_int(rows, 2), v->world->offset_min);
    jo_int(&r->out, "amount", account_shown(v->of, sql_int(rows, 4)));
    jo_int(&r->out, "balance", account_shown(v->of, sql_int(rows, 5)));
    jo_bool(&r->out, "counter", sql_int(rows, 8) != 0);
    title_write(&r->out, "why", &why);
    jo_str(&r->out, "rule", s.rule);
    jo_str(&r->out, "pack", s.pack);
    jo_int(&r->out, "version", s.version);
    jo_raw(&r->out, "inputs", s.inputs == NULL ? "{}" : s.inputs);
    write_other(r, v, sql_text(rows, 6));
    if (!write_matter(r, tx, v->world, rows, e))
        return false;
    jo_close(&r->out);
    return true;
}

static bool write_lines(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                        const struct span *span, int64_t limit, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct place last = {0, 0};
    int64_t n = 0;

    if (!query_lines(r, tx, v, key, span, limit, &rows, e))
        return false;
    jo_arr(&r->out, "items");
    for (; sql_next(rows); n++) {
        last = (struct place){sql_int(rows, 0), sql_int(rows, 1)};
        if (!write_line(r, tx, v, rows, e))
            return false;
    }
    jo_close(&r->out);
    jo_str(&r->out, "next",
           n == limit ? arena_printf(r->arena, "%lld.%lld", (long long)last.seq, (long long)last.n) : NULL);
    return sql_end(&rows, e);
}

/* What came and went in that time; of accounts that are turned, what goes out of the books' side comes in. */
static void write_turnover(struct req *r, const struct account_view *v, const struct period *p,
                           const struct span *s)
{
    const struct ledger_account *of = v->of;

    jo_time(&r->out, "from", p->from, v->world->offset_min);
    if (p->from == 0) {
        jo_null(&r->out, "opening");
        jo_null(&r->out, "in");
        jo_null(&r->out, "out");
        jo_null(&r->out, "lines");
        return;
    }
    jo_int(&r->out, "opening", account_shown(of, s->opening));
    jo_int(&r->out, "in", of->turned ? -s->out : s->in);
    jo_int(&r->out, "out", of->turned ? s->in : -s->out);
    jo_int(&r->out, "lines", s->lines);
}

static bool as_json(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                    const struct period *p, struct err *e)
{
    struct span span = {.lines = 0};
    int64_t limit;

    if (!read_cursor(r, &span.top, e) || !req_query_int(r, "limit", 1, LIMIT_LIST_PAGE, PAGE, &limit, e) ||
        !find_span(r, tx, v, key, p, &span, e))
        return false;
    jo_obj(&r->out, NULL);
    account_write(&r->out, v->of, span.balance);
    jo_uuid(&r->out, "of", v->owner);
    jo_str(&r->out, "name", v->record == NULL ? NULL : v->record->title);
    jo_bool(&r->out, "published", v->of->published);
    jo_time(&r->out, "as_of", p->at == 0 ? r->now : p->at, v->world->offset_min);
    write_turnover(r, v, p, &span);
    if (!write_lines(r, tx, v, key, &span, limit, e))
        return false;
    jo_close(&r->out);
    return true;
}

/* --- as CSV --- */

static void csv_amount(struct buf *b, const struct ledger_def *l, int64_t amount, bool show)
{
    if (show && l->money)
        buf_printf(b, "%s%lld.%02d,", amount < 0 ? "-" : "", (long long)(amount < 0 ? -amount : amount) / 100,
                   (int)((amount < 0 ? -amount : amount) % 100));
    else if (show)
        buf_printf(b, "%lld,", (long long)amount);
    else
        buf_str(b, ",");
}

/* Titles come from packs, numbers from us: quoted for the sake of commas. */
static void csv_line(struct req *r, const struct account_view *v, const struct sql_rows *rows, struct buf *b)
{
    const struct said s = explain(r, rows);
    int64_t amount = account_shown(v->of, sql_int(rows, 4));
    bool zh = r->lang == LANG_ZH;
    char number[64], at[RFC3339_MAX];
    const struct ledger_account *other;
    struct uuid owner;

    other = account_of_key(v->of->ledger, sql_text(rows, 6), &owner);
    number_format(v->world, sql_int(rows, 11), number, sizeof(number));
    rfc3339_format(sql_int(rows, 3), v->world->offset_min, at);
    buf_printf(b, "%s,\"%s\",", at, zh ? s.zh : s.en);
    csv_amount(b, v->of->ledger, amount, amount > 0);
    csv_amount(b, v->of->ledger, -amount, amount < 0);
    csv_amount(b, v->of->ledger, account_shown(v->of, sql_int(rows, 5)), true);
    buf_printf(b, "\"%s\",%s,%lld\r\n",
               other == NULL ? ""
               : zh          ? other->title.zh
                             : other->title.en,
               number, (long long)sql_int(rows, 0));
}

static bool as_csv(struct req *r, struct sql_tx *tx, const struct account_view *v, const char *key,
                   const struct period *p, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    AUTO(buf_free) struct buf b = {0};
    struct span span = {.top = {INT64_MAX, 0}};
    int64_t n = 0;

    buf_init(&b, LIMIT_REPLY_BYTES);
    if (!find_span(r, tx, v, key, p, &span, e) ||
        !query_lines(r, tx, v, key, &span, LIMIT_STATEMENT_LINES + 1, &rows, e))
        return false;
    buf_str(&b, "\xEF\xBB\xBF");
    buf_str(&b, r->lang == LANG_ZH ? "时间,事由,收入,支出,余额,对方账户,事项编号,历史序号\r\n"
                                   : "Time,Why,In,Out,Balance,Other account,Matter,Entry\r\n");
    for (; n <= LIMIT_STATEMENT_LINES && sql_next(rows); n++)
        csv_line(r, v, rows, &b);
    if (n > LIMIT_STATEMENT_LINES)
        return ERR(e, ERR_TOO_LARGE, "ledger.too_long", "超过 %d 行，请用 from 和 as_of 分段导出，或分页读取",
                   "more than %d lines: use from and as_of to export it in parts, or read it page by page",
                   LIMIT_STATEMENT_LINES);
    if (b.failed)
        return ERR(e, ERR_TOO_LARGE, "json.too_large", "回答太长", "the answer is too long");
    r->raw_len = b.len;
    r->raw = memcpy(arena_alloc(r->arena, b.len + 1), buf_text(&b), b.len);
    r->content_type = "text/csv; charset=utf-8";
    req_header(r, "Content-Disposition", "attachment; filename=\"statement.csv\"");
    return sql_end(&rows, e);
}

bool get_statement(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct account_view v = {.world = r->services->world(r->services)};
    const char *format = req_query(r, "format"), *key;
    struct period p = {0, 0};

    if (!sessions_limit_public(r->services->sessions, r->who, r->client, r->now, e) ||
        !find_account(r, &v, e) || !read_period(r, &p, e))
        return false;
    if (format != NULL && !str_eq(format, "csv") && !str_eq(format, "json"))
        return ERR_FIELD(e, "format", "input.format", "format 须是 csv 或 json",
                         "format must be csv or json");
    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !account_open(r, tx, &v, e))
        return false;
    key = account_key(r->arena, v.of, v.owner);
    return format != NULL && str_eq(format, "csv") ? as_csv(r, tx, &v, key, &p, e)
                                                   : as_json(r, tx, &v, key, &p, e);
}
