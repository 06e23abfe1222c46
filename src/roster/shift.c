#include "roster/shift.h"

#include "base/clock.h"
#include "base/text.h"
#include "roster.sql.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, SPAN_DAYS = 62 };
static const int64_t LENGTH_MAX_MS = (int64_t)DUTY_LENGTH_MAX_MIN * MINUTE_MS;
static const int64_t DAY_MS = (int64_t)24 * 60 * MINUTE_MS;

const struct world *roster_world(const struct req *r)
{
    return r->services->world(r->services);
}

const char *staff_name(const struct req *r, struct uuid account)
{
    const struct account *a = directory_account(roster_world(r)->people, account);

    return a == NULL ? "" : a->name;
}

/* --- who may --- */

static bool above(const struct directory *d, const struct post *p, const struct org *o)
{
    const struct org *own = directory_org(d, p->org);

    return own != NULL && own->unit && area_covers(p->area, o->area);
}

bool roster_keeps(const struct req *r, const struct org *o)
{
    const struct world *w = roster_world(r);

    if (principal_has_role(r->who, "admin"))
        return true;
    for (size_t i = 0; i < r->who->n_posts; i++) {
        const struct post *p = &r->who->posts[i];
        const struct role *role = packs_role(w->packs, p->role);

        if (role != NULL && role->roster && (uuid_eq(p->org, o->id) || above(w->people, p, o)))
            return true;
    }
    return false;
}

bool roster_org(const struct req *r, struct uuid id, bool keep, const struct org **ret, struct err *e)
{
    *ret = directory_org(roster_world(r)->people, id);
    if (*ret == NULL)
        return ERR(e, ERR_NOT_FOUND, "roster.org", "没有这个单位", "no such organisation");
    return !keep || roster_keeps(r, *ret) ||
           ERR(e, ERR_DENIED, "roster.denied", "“%s”的值班表由该单位或上级单位的排班人员编排",
               "the roster of “%s” is kept by its own people or those of a unit above it", (*ret)->name);
}

bool roster_open(const struct org *o, struct err *e)
{
    return o->ended == 0 || ERR(e, ERR_CONFLICT, "roster.ended", "“%.40s”已撤销，不能再排班",
                                "“%.40s” has ended: no duties are planned there any more", o->name);
}

/* --- rows --- */

static struct shift shift_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct shift){.id = sql_uuid(rows, 0),
                          .org = sql_uuid(rows, 1),
                          .account = sql_uuid(rows, 2),
                          .first = sql_uuid(rows, 3),
                          .plan = sql_uuid(rows, 4),
                          .from = sql_int(rows, 5),
                          .until = sql_int(rows, 6),
                          .part = duty_part_named(sql_text(rows, 7)),
                          .note = arena_strdup(a, sql_text(rows, 8)),
                          .handed_over_at = sql_int(rows, 9),
                          .handover = arena_strdup(a, sql_text(rows, 10)),
                          .taken_over_at = sql_int(rows, 11),
                          .version = sql_int(rows, 12)};
}

bool shifts_of(struct req *r, struct sql_tx *tx, int query, struct uuid id, int64_t from, int64_t to,
               struct shift **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct shift *s = arena_array(r->arena, struct shift, SHIFTS_MAX + 1);

    *ret = s;
    *ret_n = 0;
    if (!sql_query(tx, &roster_queries[query], &rows, e, SQL_INT(r->services->district), SQL_UUID(&id),
                   SQL_INT(from - LENGTH_MAX_MS), SQL_INT(to), SQL_INT(SHIFTS_MAX)))
        return false;
    while (sql_next(rows)) {
        s[*ret_n] = shift_row(rows, r->arena);
        *ret_n += s[*ret_n].until > from;
    }
    return sql_end(&rows, e);
}

bool shift_missing(struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "roster.duty", "没有这个班次", "no such duty");
}

bool shift_get(struct req *r, struct sql_tx *tx, struct uuid id, struct shift *ret, bool *ret_there,
               struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &roster_queries[ROSTER_Q_DUTY_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = shift_row(rows, r->arena);
    return sql_end(&rows, e);
}

bool shift_store(const struct req *r, struct sql_tx *tx, const struct shift *s, struct err *e)
{
    return sql_run(tx, &roster_queries[ROSTER_Q_DUTY_PUT], e, SQL_INT(r->services->district),
                   SQL_UUID(&s->id), SQL_UUID(&s->org), SQL_UUID(&s->account), SQL_UUID(&s->first),
                   SQL_UUID(&s->plan), SQL_INT(s->from), SQL_INT(s->until), SQL_TEXT(duty_part_name(s->part)),
                   SQL_TEXT(s->note), SQL_INT(s->handed_over_at), SQL_TEXT(s->handover),
                   SQL_INT(s->taken_over_at), SQL_INT(s->version));
}

bool roster_audit(const struct req *r, struct sql_tx *tx, const char *verb, const struct shift *s,
                  const char *why, struct err *e)
{
    const struct doing by = roster_doing(r);
    const struct org *o = directory_org(roster_world(r)->people, s->org);
    struct json_out j;

    jo_begin(&j, 8192);
    jo_obj(&j, NULL);
    jo_str(&j, "org", o == NULL ? NULL : o->name);
    jo_str(&j, "name", staff_name(r, s->account));
    if (s->from != 0)
        jo_time(&j, "from", s->from, r->services->offset_min);
    if (s->until != 0)
        jo_time(&j, "until", s->until, r->services->offset_min);
    jo_str(&j, "why", why);
    jo_close(&j);
    return audit_about(tx, &by, verb, s->id, &j, e);
}

bool roster_commit(struct req *r, struct sql_tx **tx, struct err *e)
{
    return sql_commit(tx, e) && r->services->reload(r->services, e);
}

/* --- what must hold --- */

bool shift_sound(const struct req *r, const struct shift *s, const char *field, struct err *e)
{
    const struct account *who = directory_account(roster_world(r)->people, s->account);

    if (who == NULL || !who->active)
        return ERR_FIELD(e, field, "roster.person", "值班的须是在岗的工作人员",
                         "who has a duty must be one of the staff, and active");
    if (s->until - s->from < 15 * MINUTE_MS || s->until - s->from > LENGTH_MAX_MS)
        return ERR_FIELD(e, field, "roster.length", "一班须在 15 分钟到 7 天之间，止须晚于起",
                         "a duty lasts from 15 minutes to 7 days and ends after it begins");
    return s->from < r->now + ROSTER_AHEAD_DAYS * DAY_MS ||
           ERR_FIELD(e, field, "roster.far", "最多排到 %d 天以后", "%d days ahead at most",
                     ROSTER_AHEAD_DAYS);
}

static bool replaced(const struct req *r, const struct shift *old, const struct shift *s, size_t n,
                     struct uuid instead)
{
    if (!uuid_is_nil(instead) && uuid_eq(old->plan, instead) && old->from >= r->now &&
        uuid_eq(old->account, old->first) && old->note[0] == '\0')
        return true;
    for (size_t i = 0; i < n; i++)
        if (uuid_eq(old->id, s[i].id))
            return true;
    return false;
}

static bool clash(const struct req *r, const struct shift *s, const struct shift *other, struct err *e)
{
    const struct org *o = directory_org(roster_world(r)->people, other->org);
    struct civil a = civil_from_ms(other->from, r->services->offset_min),
                 b = civil_from_ms(other->until, r->services->offset_min);

    return ERR(
        e, ERR_CONFLICT, "roster.overlap",
        "%s在%s %d月%d日 %02d:%02d 至 %d月%d日 %02d:%02d 已有班，不能同时在两处值班",
        "%s is on duty for %s from %d/%d %02d:%02d to %d/%d %02d:%02d: nobody is in two places at once",
        staff_name(r, s->account), o == NULL ? "" : o->name, a.month, a.day, a.hour, a.minute, b.month, b.day,
        b.hour, b.minute);
}

static int by_person(const void *x, const void *y)
{
    const struct shift *a = x, *b = y;
    int c = uuid_cmp(a->account, b->account);

    return c != 0 ? c : a->from < b->from ? -1 : a->from > b->from;
}

/* s[0..n) are of one person, in order of time. */
static bool person_fits(struct req *r, struct sql_tx *tx, const struct shift *s, size_t n,
                        const struct shift *all, size_t n_all, struct uuid instead, struct err *e)
{
    struct shift *there;
    size_t n_there, at = 0;

    for (size_t i = 1; i < n; i++)
        if (s[i].from < s[i - 1].until)
            return clash(r, &s[i], &s[i - 1], e);
    if (!shifts_of(r, tx, ROSTER_Q_DUTY_OF_ACCOUNT, s[0].account, s[0].from, s[n - 1].until, &there, &n_there,
                   e))
        return false;
    for (size_t i = 0; i < n_there; i++) {
        if (replaced(r, &there[i], all, n_all, instead))
            continue;
        while (at < n && s[at].until <= there[i].from)
            at++;
        for (size_t k = at; k < n && s[k].from < there[i].until; k++)
            if (s[k].until > there[i].from)
                return clash(r, &s[k], &there[i], e);
    }
    return true;
}

bool shifts_fit(struct req *r, struct sql_tx *tx, const struct shift *s, size_t n, struct uuid instead,
                struct err *e)
{
    struct shift *sorted = arena_array(r->arena, struct shift, n + 1);

    memcpy(sorted, s, sizeof(*s) * n);
    qsort(sorted, n, sizeof(*sorted), by_person);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && uuid_eq(sorted[to].account, sorted[from].account);)
            to++;
        if (!person_fits(r, tx, sorted + from, to - from, s, n, instead, e))
            return false;
    }
    return true;
}

/* --- answers --- */

void shift_write(struct req *r, const struct shift *s)
{
    const struct org *o = directory_org(roster_world(r)->people, s->org);
    struct json_out *j = &r->out;
    int offset = r->services->offset_min;

    jo_obj(j, NULL);
    jo_uuid(j, "id", s->id);
    jo_uuid(j, "org", s->org);
    jo_str(j, "org_name", o == NULL ? NULL : o->name);
    jo_uuid(j, "account", s->account);
    jo_str(j, "name", staff_name(r, s->account));
    jo_str(j, "first_name", uuid_eq(s->first, s->account) ? NULL : staff_name(r, s->first));
    jo_str(j, "part", duty_part_name(s->part));
    jo_time(j, "from", s->from, offset);
    jo_time(j, "until", s->until, offset);
    jo_uuid(j, "plan", s->plan);
    jo_str(j, "note", s->note);
    jo_time(j, "handed_over_at", s->handed_over_at, offset);
    jo_str(j, "handover", s->handover);
    jo_time(j, "taken_over_at", s->taken_over_at, offset);
    jo_int(j, "version", s->version);
    jo_close(j);
}

static void gap_write(struct req *r, int64_t from, int64_t until)
{
    jo_obj(&r->out, NULL);
    jo_time(&r->out, "from", from, r->services->offset_min);
    jo_time(&r->out, "until", until, r->services->offset_min);
    jo_close(&r->out);
}

void gaps_write(struct req *r, const struct shift *s, size_t n, int64_t from, int64_t to)
{
    int64_t covered = from;

    jo_arr(&r->out, "gaps");
    for (size_t i = 0; i < n && covered < to; i++) {
        if (s[i].part != DUTY_ON)
            continue;
        if (s[i].from > covered)
            gap_write(r, covered, s[i].from < to ? s[i].from : to);
        if (s[i].until > covered)
            covered = s[i].until;
    }
    if (n > 0 && covered < to)
        gap_write(r, covered, to);
    jo_close(&r->out);
}

bool roster_span(const struct req *r, int64_t *ret_from, int64_t *ret_to, struct err *e)
{
    int offset = r->services->offset_min;
    int64_t today = local_day(r->now, offset) * DAY_MS - (int64_t)offset * MINUTE_MS;

    if (!req_query_day(r, "from", 0, today, ret_from, e) ||
        !req_query_day(r, "to", 1, *ret_from + 7 * DAY_MS, ret_to, e))
        return false;
    return (*ret_to > *ret_from && *ret_to - *ret_from <= SPAN_DAYS * DAY_MS) ||
           ERR_FIELD(e, "to", "roster.span", "一次可看 1 到 %d 天", "1 to %d days at once", SPAN_DAYS);
}

bool roster_check(struct sql *db, struct err *e)
{
    return sql_check(db, roster_queries, ROSTER_Q__MAX, e);
}
