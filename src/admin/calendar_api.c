/* GET /calendar: which days are worked. POST /calendar: days that somebody has decided otherwise, from today
 * on. Clocks that run keep the time they were given. */
#include "admin/admin.h"
#include "base/clock.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "engine/engine.h"
#include "identity/account.h"
#include "json/json_in.h"

#include <stddef.h>
#include <string.h>

enum { SPAN_DAYS = 400, DAYS_MAX = 400, AHEAD_DAYS = 5 * 366, WHY_CHARS_MAX = 500, DETAIL_BYTES = 32 * 1024 };

static const struct calendar *calendar_of(const struct req *r)
{
    return r->services->world(r->services)->calendar;
}

static bool is_usual(int64_t day, bool working)
{
    return working == (weekday_of_days(day) <= 5);
}

static void write_day(struct json_out *j, const struct calendar *c, int64_t day)
{
    char date[16];
    bool working = calendar_is_workday(c, day);

    date_format(day, date);
    jo_obj(j, NULL);
    jo_str(j, "date", date);
    jo_bool(j, "working", working);
    jo_bool(j, "usual", is_usual(day, working));
    jo_str(j, "name", calendar_day_name(c, day));
    jo_close(j);
}

static bool get_calendar(struct req *r, struct err *e)
{
    int64_t from = 0, to = 0;
    int offset = r->services->offset_min;

    if (!req_query_day(r, "from", 0, r->now, &from, e) || !req_query_day(r, "to", 0, from, &to, e))
        return false;
    from = local_day(from, offset);
    to = local_day(to, offset);
    if (to < from || to - from >= SPAN_DAYS)
        return ERR_FIELD(e, "to", "calendar.span", "一次可看 1 到 %d 天", "1 to %d days at once", SPAN_DAYS);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (int64_t day = from; day <= to; day++)
        write_day(&r->out, calendar_of(r), day);
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

struct sent {
    const char *why;
    struct json_object *days;
};

struct sent_day {
    const char *date, *name;
    bool working;
};

static bool read_day(struct req *r, struct json_object *o, struct calendar_day *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"date", JSON_TEXT, offsetof(struct sent_day, date), true, 10, 10},
        {"working", JSON_BOOL, offsetof(struct sent_day, working), true, 0, 0},
        {"name", JSON_TEXT, offsetof(struct sent_day, name), false, 0, CALENDAR_NAME_CHARS},
    };
    int64_t today = local_day(r->now, r->services->offset_min);
    struct sent_day d = {.name = ""};

    if (!json_read(o, "days.", members, COUNT_OF(members), &d, e))
        return false;
    *ret = (struct calendar_day){.working = d.working, .name = d.name};
    if (!date_parse(d.date, &ret->day))
        return ERR_FIELD(e, "days.date", "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    if (ret->day < today)
        return ERR_FIELD(e, "days.date", "calendar.past", "%s 已经过去，不能再改",
                         "%s is over and cannot be changed", d.date);
    return ret->day <= today + AHEAD_DAYS ||
           ERR_FIELD(e, "days.date", "calendar.far", "%s 太远，至多五年以后",
                     "%s is too far: five years ahead at most", d.date);
}

/* For people to read: 2026-12-31 休 元旦调休、… */
static bool add_audit(struct req *r, struct sql_tx *tx, const struct doing *by, const struct sent *s,
                      const struct calendar_day *days, size_t n, struct err *e)
{
    struct buf text;
    struct json_out j;
    char date[16];

    buf_init(&text, DETAIL_BYTES / 2);
    for (size_t i = 0; i < n; i++) {
        bool was = calendar_is_workday(calendar_of(r), days[i].day);

        date_format(days[i].day, date);
        buf_printf(&text, "%s%s %s→%s %s", i > 0 ? "、" : "", date, was ? "班" : "休",
                   days[i].working ? "班" : "休", days[i].name);
    }
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_str(&j, "why", s->why);
    jo_str(&j, "days", buf_text(&text));
    jo_close(&j);
    buf_free(&text);
    date_format(days[0].day, date);
    return audit_add(tx, by, "calendar.change", date, &j, e);
}

static bool post_calendar(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"why", JSON_TEXT, offsetof(struct sent, why), true, 1, WHY_CHARS_MAX},
        {"days", JSON_ARRAY, offsetof(struct sent, days), true, 0, DAYS_MAX},
    };
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct sent s = {0};

    if (!json_read(r->json, "", members, COUNT_OF(members), &s, e))
        return false;
    size_t n = json_object_array_length(s.days);
    struct calendar_day *days = arena_array(r->arena, struct calendar_day, n + 1);
    if (n == 0)
        return ERR_FIELD(e, "days", "input.required", "请至少给出一天", "give at least one day");
    for (size_t i = 0; i < n; i++)
        if (!read_day(r, json_object_array_get_idx(s.days, i), &days[i], e))
            return false;
    if (!sql_begin(by.db, SQL_WRITE, &tx, e) || !calendar_put(tx, by.district, days, n, e) ||
        !add_audit(r, tx, &by, &s, days, n, e) || !sql_commit(&tx, e) || !r->services->reload(r->services, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        write_day(&r->out, calendar_of(r), days[i].day);
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

const struct route admin_calendar_routes[] = {
    {GET, "/api/v1/calendar", PERM_SIGNED_IN, BODY_NONE, get_calendar, NULL, 0,
     "Which days are worked, `from` to `to`", "CalendarDays"},
    {POST, "/api/v1/calendar", PERM_ADMIN, BODY_JSON, post_calendar, NULL, 0,
     "Decide days from today on; clocks that run keep their time", "CalendarDays"},
    {.method = METHOD_UNSET},
};
