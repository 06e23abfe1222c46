/* POST /duty/import: a roster from a spreadsheet, all of it or nothing. Columns date, from, to, login, and if
 * wanted part and note; their Chinese names do as well. A duty that ends at or before it begins ends the next
 * day. */
#include "area/csv.h"
#include "base/clock.h"
#include "base/text.h"
#include "json/json_in.h"
#include "roster.sql.h"
#include "roster/shift.h"

#include <stddef.h>
#include <string.h>

enum { CSV_CHARS = 200000, MINUTE_MS = 60000, DAY_MIN = 24 * 60 };

struct sent {
    struct uuid org;
    const char *csv;
    bool dry;
};
enum column { COL_DATE, COL_FROM, COL_TO, COL_LOGIN, COL_PART, COL_NOTE, COL__MAX };

static bool find_columns(const struct csv *c, int at[COL__MAX], struct err *e)
{
    static const char *const names[COL__MAX][2] = {{"date", "日期"},  {"from", "开始"}, {"to", "结束"},
                                                   {"login", "账号"}, {"part", "班次"}, {"note", "备注"}};

    for (int i = 0; i < COL__MAX; i++) {
        at[i] = csv_column(c, names[i][0]);
        if (at[i] < 0)
            at[i] = csv_column(c, names[i][1]);
        if (at[i] < 0 && i <= COL_LOGIN)
            return ERR_FIELD(e, "csv", "csv.column", "缺少列“%s”（%s）", "column “%s” (%s) is missing",
                             names[i][1], names[i][0]);
    }
    return true;
}

static int64_t clock_text(const char *s)
{
    int64_t h = -1, m = -1;
    size_t n = strcspn(s, ":");
    char hour[3] = "";

    if (n == 0 || n > 2 || s[n] != ':' || strlen(s + n + 1) != 2)
        return -1;
    str_copy(hour, n + 1, s);
    return parse_int64(hour, &h) && parse_int64(s + n + 1, &m) && h >= 0 && h <= 24 && m >= 0 && m < 60 &&
                   h * 60 + m <= DAY_MIN
               ? h * 60 + m
               : -1;
}

static enum duty_part part_of(const char *s)
{
    static const char *const chinese[DUTY__MAX] = {"", "值班", "带班", "备班"};

    if (s[0] == '\0')
        return DUTY_ON;
    for (int p = DUTY_ON; p < DUTY__MAX; p++)
        if (str_eq(chinese[p], s))
            return (enum duty_part)p;
    return duty_part_named(s);
}

static const struct account *by_login(const struct directory *d, const char *login)
{
    for (size_t i = 0; i < d->n_staff; i++)
        if (str_eq(d->staff[i].login, login))
            return &d->staff[i];
    return NULL;
}

static bool wrong(const struct csv *c, struct err *e, const char *zh, const char *en)
{
    return ERR_FIELD(e, "csv", "roster.row", "第 %lld 行：%s%.0s", "line %lld: %.0s%s", (long long)c->line,
                     zh, en);
}

static bool read_row(struct req *r, const struct csv *c, const int at[COL__MAX], struct uuid org,
                     struct shift *s, struct err *e)
{
    const struct account *who = by_login(roster_world(r)->people, csv_get(c, at[COL_LOGIN]));
    int64_t day, from = clock_text(csv_get(c, at[COL_FROM])), to = clock_text(csv_get(c, at[COL_TO]));
    const char *note = csv_get(c, at[COL_NOTE]);

    if (!date_parse(csv_get(c, at[COL_DATE]), &day))
        return wrong(c, e, "日期须形如 2026-11-21", "dates read like 2026-11-21");
    if (from < 0 || to < 0)
        return wrong(c, e, "时刻须形如 08:30", "times read like 08:30");
    if (who == NULL)
        return wrong(c, e, "没有这个账号的工作人员", "none of the staff has that login");
    if (utf8_length(note) > NOTE_CHARS)
        return wrong(c, e, "备注太长", "the note is too long");
    *s = (struct shift){.org = org, .account = who->id, .first = who->id, .handover = "", .version = 1};
    s->note = arena_strdup(r->arena, note);
    s->part = part_of(csv_get(c, at[COL_PART]));
    s->from = (day * DAY_MIN + from - r->services->offset_min) * MINUTE_MS;
    s->until = s->from + (to > from ? to - from : to - from + DAY_MIN) * MINUTE_MS;
    if (s->part == DUTY_UNSET)
        return wrong(c, e, "班次须是值班、带班或备班", "the part must be duty, lead or standby");
    return shift_sound(r, s, arena_printf(r->arena, "csv:%lld", (long long)c->line), e);
}

/* The same row again is the same duty. */
static struct uuid row_id(const struct req *r, const struct shift *s)
{
    uint8_t hash[HASH_BYTES];

    privacy_hash(roster_world(r)->privacy, s->org.b, sizeof(s->org.b), s->account.b, sizeof(s->account.b),
                 hash);
    return uuid_v7(s->from, hash);
}

static bool read_rows(struct req *r, struct csv *c, const struct sent *b, struct shift *s, size_t *n,
                      struct err *e)
{
    int at[COL__MAX];
    bool more = false;

    if (!csv_begin(c, b->csv, strlen(b->csv), e) || !find_columns(c, at, e))
        return false;
    for (*n = 0;; (*n)++) {
        if (!csv_next(c, &more, e))
            return false;
        if (!more)
            break;
        if (*n == SHIFTS_MAX)
            return ERR(e, ERR_TOO_LARGE, "roster.many", "一次最多导入 %d 班", "at most %d duties at once",
                       SHIFTS_MAX);
        if (!read_row(r, c, at, b->org, &s[*n], e))
            return false;
        s[*n].id = row_id(r, &s[*n]);
    }
    return *n > 0 || ERR_FIELD(e, "csv", "csv.empty", "没有一行", "there is no row");
}

static void answer(struct req *r, const struct shift *s, size_t n, bool dry)
{
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "dry", dry);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        shift_write(r, &s[i]);
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
}

bool duty_import(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"org", JSON_UUID, offsetof(struct sent, org), true, 0, 0},
        {"csv", JSON_TEXT, offsetof(struct sent, csv), true, 1, CSV_CHARS},
        {"dry", JSON_BOOL, offsetof(struct sent, dry), false, 0, 0},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(csv_free) struct csv *c = csv_create();
    struct shift *s = arena_array(r->arena, struct shift, SHIFTS_MAX + 1);
    const struct org *o;
    struct sent b = {0};
    size_t n = 0;

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e) || !roster_org(r, b.org, true, &o, e) ||
        !roster_open(o, e) || !read_rows(r, c, &b, s, &n, e) ||
        !sql_begin(r->services->db, b.dry ? SQL_READ : SQL_WRITE, &tx, e) ||
        !shifts_fit(r, tx, s, n, (struct uuid){{0}}, e))
        return false;
    for (size_t i = 0; !b.dry && i < n; i++)
        if (!shift_store(r, tx, &s[i], e))
            return false;
    if (!b.dry && (!roster_audit(r, tx, "duty.import", &s[0], "", e) || !roster_commit(r, &tx, e)))
        return false;
    answer(r, s, n, b.dry);
    return true;
}
