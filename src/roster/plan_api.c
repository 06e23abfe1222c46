/* /duty/plans: shifts that come again. What is past, and what somebody changed by hand, stays when a plan
 * changes. */
#include "base/clock.h"
#include "base/text.h"
#include "json/json_in.h"
#include "roster.sql.h"
#include "roster/shift.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_CHARS = 40, PEOPLE_MAX = 64 };

struct sent {
    struct uuid org;
    const char *title, *part, *rrule, *workdays, *from, *until, *at;
    int64_t minutes, version;
    struct json_object *people;
    bool dry;
};

static bool read_people(struct req *r, struct json_object *list, struct duty_plan *p, struct err *e)
{
    size_t n = list == NULL ? 0 : json_object_array_length(list);

    p->people = arena_array(r->arena, struct uuid, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);

        if (!json_object_is_type(o, json_type_string) ||
            !uuid_parse(json_object_get_string(o), &p->people[p->n_people++]))
            return ERR_FIELD(e, "people", "input.uuid", "须是账号的 id", "must be ids of accounts");
    }
    return true;
}

static bool read_days(const struct sent *s, struct duty_plan *p, struct err *e)
{
    bool ok = true;

    if (!date_parse(s->from, &p->from_day))
        ok = ERR_FIELD(e, "from", "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    if (!date_parse(s->until, &p->until_day))
        ok = ERR_FIELD(e, "until", "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    return ok;
}

/* "08:30" as minutes; -1 if it is no time of day. */
static int64_t minutes_of(const char *s)
{
    int64_t h = -1, m = -1;
    char hour[3] = "";

    if (strlen(s) != 5 || s[2] != ':')
        return -1;
    str_copy(hour, sizeof(hour), s);
    return parse_int64(hour, &h) && parse_int64(s + 3, &m) && h >= 0 && h < 24 && m >= 0 && m < 60
               ? h * 60 + m
               : -1;
}

static bool read_plan(struct req *r, struct duty_plan *p, bool *ret_dry, struct err *e)
{
    static const struct json_member members[] = {
        {"org", JSON_UUID, offsetof(struct sent, org), true, 0, 0},
        {"title", JSON_TEXT, offsetof(struct sent, title), true, 1, TITLE_CHARS},
        {"part", JSON_TEXT, offsetof(struct sent, part), false, 0, 16},
        {"rrule", JSON_TEXT, offsetof(struct sent, rrule), true, 1, RECUR_RULE_MAX},
        {"workdays", JSON_TEXT, offsetof(struct sent, workdays), false, 0, 16},
        {"from", JSON_TEXT, offsetof(struct sent, from), true, 10, 10},
        {"until", JSON_TEXT, offsetof(struct sent, until), true, 10, 10},
        {"at", JSON_TEXT, offsetof(struct sent, at), true, 5, 5},
        {"minutes", JSON_INT, offsetof(struct sent, minutes), true, 15, DUTY_LENGTH_MAX_MIN},
        {"people", JSON_ARRAY, offsetof(struct sent, people), true, 0, PEOPLE_MAX},
        {"version", JSON_INT, offsetof(struct sent, version), false, 0, INT32_MAX},
        {"dry", JSON_BOOL, offsetof(struct sent, dry), false, 0, 0},
    };
    struct sent s = {.part = "duty", .workdays = "any", .version = -1};

    if (!json_read(r->json, "", members, COUNT_OF(members), &s, e) || !read_days(&s, p, e))
        return false;
    p->org = s.org;
    p->title = s.title;
    p->rule = s.rrule;
    p->part = duty_part_named(s.part);
    p->workdays = recur_workdays_named(s.workdays);
    p->at_min = minutes_of(s.at);
    p->length_min = s.minutes;
    p->version = s.version;
    p->by_whom = r->who->account;
    p->at = r->now;
    *ret_dry = s.dry;
    return read_people(r, s.people, p, e) && plan_sound(r, p, e);
}

/* --- rows --- */

static const char *people_json(const struct req *r, const struct duty_plan *p)
{
    const char *text = "[";

    for (size_t i = 0; i < p->n_people; i++) {
        char id[UUID_TEXT_MAX];

        uuid_format(p->people[i], id);
        text = arena_printf(r->arena, "%s%s\"%s\"", text, i > 0 ? "," : "", id);
    }
    return arena_printf(r->arena, "%s]", text);
}

static bool plan_row(struct req *r, const struct sql_rows *rows, struct duty_plan *ret, struct err *e)
{
    AUTO(json_free) struct json_object *list = NULL;
    const char *people = sql_text(rows, 10);

    *ret = (struct duty_plan){.id = sql_uuid(rows, 0),
                              .org = sql_uuid(rows, 1),
                              .title = arena_strdup(r->arena, sql_text(rows, 2)),
                              .part = duty_part_named(sql_text(rows, 3)),
                              .rule = arena_strdup(r->arena, sql_text(rows, 4)),
                              .workdays = recur_workdays_named(sql_text(rows, 5)),
                              .from_day = sql_int(rows, 6),
                              .until_day = sql_int(rows, 7),
                              .at_min = sql_int(rows, 8),
                              .length_min = sql_int(rows, 9),
                              .version = sql_int(rows, 11)};
    return json_parse(people, strlen(people), &list, e) && read_people(r, list, ret, e);
}

static bool plan_get(struct req *r, struct sql_tx *tx, struct uuid id, struct duty_plan *ret, bool *ret_there,
                     struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &roster_queries[ROSTER_Q_PLAN_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there && !plan_row(r, rows, ret, e))
        return false;
    return sql_end(&rows, e);
}

static bool plan_store(struct req *r, struct sql_tx *tx, const struct duty_plan *p, struct err *e)
{
    return sql_run(tx, &roster_queries[ROSTER_Q_PLAN_PUT], e, SQL_INT(r->services->district),
                   SQL_UUID(&p->id), SQL_UUID(&p->org), SQL_TEXT(p->title), SQL_TEXT(duty_part_name(p->part)),
                   SQL_TEXT(p->rule), SQL_TEXT(recur_workdays_name(p->workdays)), SQL_INT(p->from_day),
                   SQL_INT(p->until_day), SQL_INT(p->at_min), SQL_INT(p->length_min),
                   SQL_TEXT(people_json(r, p)), SQL_INT(p->version), SQL_UUID(&p->by_whom), SQL_INT(p->at));
}

/* --- answers --- */

static void write_plan(struct req *r, const struct duty_plan *p)
{
    struct json_out *j = &r->out;
    char text[16];

    jo_uuid(j, "id", p->id);
    jo_uuid(j, "org", p->org);
    jo_str(j, "title", p->title);
    jo_str(j, "part", duty_part_name(p->part));
    jo_str(j, "rrule", p->rule);
    jo_str(j, "workdays", recur_workdays_name(p->workdays));
    date_format(p->from_day, text);
    jo_str(j, "from", text);
    date_format(p->until_day, text);
    jo_str(j, "until", text);
    (void)snprintf(text, sizeof(text), "%02d:%02d", (int)(p->at_min / 60 % 24), (int)(p->at_min % 60));
    jo_str(j, "at", text);
    jo_int(j, "minutes", p->length_min);
    jo_arr(j, "people");
    for (size_t i = 0; i < p->n_people; i++) {
        jo_obj(j, NULL);
        jo_uuid(j, "id", p->people[i]);
        jo_str(j, "name", staff_name(r, p->people[i]));
        jo_close(j);
    }
    jo_close(j);
    jo_int(j, "version", p->version);
}

bool plan_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *org = req_query(r, "org");
    const struct org *o;
    struct uuid id = {0};

    if (org == NULL || !uuid_parse(org, &id))
        return ERR_FIELD(e, "org", "input.uuid", "请说明是哪个单位", "say which organisation");
    if (!roster_org(r, id, false, &o, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &roster_queries[ROSTER_Q_PLAN_OF_ORG], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    while (sql_next(rows)) {
        struct duty_plan p;

        if (!plan_row(r, rows, &p, e))
            return false;
        jo_obj(&r->out, NULL);
        write_plan(r, &p);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return sql_end(&rows, e);
}

static void answer_plan(struct req *r, const struct duty_plan *p, const struct shift *s, size_t n)
{
    jo_obj(&r->out, NULL);
    write_plan(r, p);
    jo_arr(&r->out, "duties");
    for (size_t i = 0; i < n; i++)
        shift_write(r, &s[i]);
    jo_close(&r->out);
    if (p->part == DUTY_ON)
        gaps_write(r, s, n, s[0].from, s[n - 1].until);
    jo_close(&r->out);
}

/* --- changing --- */

/* What is to come, without that which was changed by hand and stays. */
static bool still_to_lay(struct req *r, struct sql_tx *tx, struct shift *s, size_t *n, struct err *e)
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        struct shift old;
        bool there = false;

        if (s[i].from < r->now)
            continue;
        if (!shift_get(r, tx, s[i].id, &old, &there, e))
            return false;
        if (!there || (uuid_eq(old.account, old.first) && old.note[0] == '\0'))
            s[kept++] = s[i];
    }
    *n = kept;
    return true;
}

static bool lay(struct req *r, struct sql_tx *tx, const struct duty_plan *p, const struct shift *s, size_t n,
                struct err *e)
{
    const struct shift about = {.id = p->id, .org = p->org};

    if (!sql_run(tx, &roster_queries[ROSTER_Q_PLAN_CLEAR], e, SQL_INT(r->services->district),
                 SQL_UUID(&p->id), SQL_INT(r->now)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!shift_store(r, tx, &s[i], e))
            return false;
    return plan_store(r, tx, p, e) && roster_audit(r, tx, "duty.plan", &about, p->title, e);
}

static bool fresh(const struct duty_plan *old, struct duty_plan *p, bool there, struct err *e)
{
    if (there && p->version >= 0 && p->version != old->version)
        return ERR(e, ERR_CONFLICT, "roster.stale", "别人刚改过，请看过最新的内容再保存",
                   "somebody has changed it meanwhile: look at it before you save");
    if (there && !uuid_eq(old->org, p->org))
        return ERR_FIELD(e, "org", "roster.moved", "班次属于另一个单位", "the shift is of another unit");
    p->version = (there ? old->version : 0) + 1;
    return true;
}

bool plan_put(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct duty_plan p = {0}, old = {0};
    const struct org *o;
    struct shift *s, *all;
    bool dry = false, there = false;
    size_t n, n_all;

    if (!req_uuid(r, 0, &p.id, e) || !read_plan(r, &p, &dry, e) || !roster_org(r, p.org, true, &o, e) ||
        !roster_open(o, e) || !plan_lay(r, &p, &s, &n, e) ||
        !sql_begin(r->services->db, dry ? SQL_READ : SQL_WRITE, &tx, e) ||
        !plan_get(r, tx, p.id, &old, &there, e) || !fresh(&old, &p, there, e))
        return false;
    all = arena_array(r->arena, struct shift, n + 1);
    n_all = n;
    memcpy(all, s, sizeof(*s) * n);
    if (!still_to_lay(r, tx, s, &n, e) || !shifts_fit(r, tx, s, n, p.id, e))
        return false;
    if (!dry && (!lay(r, tx, &p, s, n, e) || !roster_commit(r, &tx, e)))
        return false;
    answer_plan(r, &p, all, n_all);
    return true;
}

bool plan_delete(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct duty_plan old = {0};
    const struct org *o;
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !plan_get(r, tx, id, &old, &there, e))
        return false;
    if (!there)
        return shift_missing(e);
    const struct shift about = {.id = id, .org = old.org};

    if (!roster_org(r, old.org, true, &o, e) ||
        !sql_run(tx, &roster_queries[ROSTER_Q_PLAN_CLEAR], e, SQL_INT(r->services->district), SQL_UUID(&id),
                 SQL_INT(r->now)) ||
        !sql_run(tx, &roster_queries[ROSTER_Q_PLAN_REMOVE], e, SQL_INT(r->services->district),
                 SQL_UUID(&id)) ||
        !roster_audit(r, tx, "duty.plan_remove", &about, old.title, e) || !roster_commit(r, &tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}
