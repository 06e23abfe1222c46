/* /duty: who is on duty, single duties and stand-ins, handing over. */
#include "base/clock.h"
#include "base/text.h"
#include "json/json_in.h"
#include "roster.sql.h"
#include "roster/shift.h"

#include <stddef.h>
#include <string.h>

enum { ON_DUTY_MAX = 16, UNITS_MAX = 500, MEMBERS_MAX = 200 };
static const int64_t EARLY_MS = 2 * 3600 * 1000; /* so long before it begins a duty may be taken over */

static void write_ok(struct req *r)
{
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
}

/* --- reading --- */

static void write_unit(struct req *r, const struct org *o)
{
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", o->id);
    jo_str(&r->out, "name", o->name);
    jo_str(&r->out, "area", o->area);
    jo_bool(&r->out, "keeps", roster_keeps(r, o));
    jo_close(&r->out);
}

/* Those of the caller's posts first, then those whose rosters they keep. */
bool duty_units(struct req *r, struct err *e)
{
    const struct directory *d = roster_world(r)->people;
    size_t n = 0;

    (void)e;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; i < d->n_orgs && n < UNITS_MAX; i++)
            if (d->orgs[i].ended == 0 && principal_in_org(r->who, d->orgs[i].id) == own &&
                (own || roster_keeps(r, &d->orgs[i]))) {
                write_unit(r, &d->orgs[i]);
                n++;
            }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

static bool asked_org(const struct req *r, const struct org **ret, struct err *e)
{
    const char *org = req_query(r, "org");
    struct uuid id = {0};

    if (org == NULL || !uuid_parse(org, &id))
        return ERR_FIELD(e, "org", "input.uuid", "请说明是哪个单位", "say which organisation");
    return roster_org(r, id, false, ret, e);
}

static void write_people(struct req *r, const struct org *o)
{
    struct uuid ids[MEMBERS_MAX];
    size_t n = directory_members(roster_world(r)->people, o->id, NULL, r->now, ids, MEMBERS_MAX);

    jo_arr(&r->out, "people");
    for (size_t i = 0; i < n; i++) {
        jo_obj(&r->out, NULL);
        jo_uuid(&r->out, "id", ids[i]);
        jo_str(&r->out, "name", staff_name(r, ids[i]));
        jo_close(&r->out);
    }
    jo_close(&r->out);
}

bool duty_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct org *o;
    int64_t from, to;
    struct shift *s;
    size_t n;

    if (!asked_org(r, &o, e) || !roster_span(r, &from, &to, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !shifts_of(r, tx, ROSTER_Q_DUTY_OF_ORG, o->id, from, to, &s, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        shift_write(r, &s[i]);
    jo_close(&r->out);
    gaps_write(r, s, n, from, to);
    write_people(r, o);
    jo_bool(&r->out, "keeps", roster_keeps(r, o));
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* What the one before left, for whoever has a duty that is on or about to begin. */
static bool write_left(struct req *r, struct sql_tx *tx, const struct shift *s, size_t n, struct err *e)
{
    jo_arr(&r->out, "left");
    for (size_t i = 0; i < n; i++) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        struct uuid before = {0};
        struct shift b;
        bool there = false;

        if (s[i].from > r->now + EARLY_MS || s[i].part != DUTY_ON || s[i].until <= r->now)
            continue;
        if (!sql_query(tx, &roster_queries[ROSTER_Q_DUTY_BEFORE], &rows, e, SQL_INT(r->services->district),
                       SQL_UUID(&s[i].org), SQL_INT(s[i].from)))
            return false;
        if (sql_next(rows))
            before = sql_uuid(rows, 0);
        if (!sql_end(&rows, e) || !shift_get(r, tx, before, &b, &there, e))
            return false;
        if (there && b.handed_over_at != 0)
            shift_write(r, &b);
    }
    jo_close(&r->out);
    return true;
}

bool duty_mine(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t from, to;
    struct shift *s;
    size_t n;

    if (!roster_span(r, &from, &to, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !shifts_of(r, tx, ROSTER_Q_DUTY_OF_ACCOUNT, r->who->account, from, to, &s, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        shift_write(r, &s[i]);
    jo_close(&r->out);
    if (!write_left(r, tx, s, n, e) || !swaps_write(r, tx, e))
        return false;
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

bool duty_now(struct req *r, struct err *e)
{
    struct uuid on[ON_DUTY_MAX];
    const struct org *o;
    size_t n;

    if (!asked_org(r, &o, e))
        return false;
    n = directory_on_duty(roster_world(r)->people, o->id, r->now, on, ON_DUTY_MAX);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++) {
        jo_obj(&r->out, NULL);
        jo_uuid(&r->out, "id", on[i]);
        jo_str(&r->out, "name", staff_name(r, on[i]));
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* --- one duty --- */

struct put_body {
    struct uuid org, account;
    int64_t from, until, version;
    const char *part, *note;
};

static bool read_put(struct req *r, struct put_body *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"org", JSON_UUID, offsetof(struct put_body, org), true, 0, 0},
        {"account", JSON_UUID, offsetof(struct put_body, account), true, 0, 0},
        {"from", JSON_TIME, offsetof(struct put_body, from), true, 0, 0},
        {"until", JSON_TIME, offsetof(struct put_body, until), true, 0, 0},
        {"part", JSON_TEXT, offsetof(struct put_body, part), false, 0, 16},
        {"note", JSON_TEXT, offsetof(struct put_body, note), false, 0, NOTE_CHARS},
        {"version", JSON_INT, offsetof(struct put_body, version), false, 0, INT32_MAX},
    };

    *ret = (struct put_body){.part = "duty", .note = "", .version = -1};
    if (!json_read(r->json, "", members, COUNT_OF(members), ret, e))
        return false;
    return duty_part_named(ret->part) != DUTY_UNSET ||
           ERR_FIELD(e, "part", "roster.part", "part 须是 duty（值班）、lead（带班）或 standby（备班）",
                     "part must be duty, lead or standby");
}

static bool over(const struct shift *s, int64_t now, struct err *e)
{
    return s->until > now || ERR(e, ERR_CONFLICT, "roster.over", "这一班已经过去，不能再改",
                                 "this duty is over and cannot be changed");
}

/* Somebody else has it from now on: whoever answers for the change says why. */
static bool merge(struct req *r, const struct shift *old, const struct put_body *b, struct shift *s,
                  struct err *e)
{
    *s = *old;
    if (!uuid_eq(old->org, b->org))
        return ERR_FIELD(e, "org", "roster.moved", "班次属于另一个单位", "the duty is of another unit");
    if (b->version >= 0 && b->version != old->version)
        return ERR(e, ERR_CONFLICT, "roster.stale", "别人刚改过，请看过最新的内容再保存",
                   "somebody has changed it meanwhile: look at it before you save");
    if (!uuid_eq(old->account, b->account) && b->note[0] == '\0')
        return ERR_FIELD(e, "note", "roster.why", "换人替班请写明原因", "say why somebody else stands in");
    if (!uuid_eq(old->account, b->account))
        s->taken_over_at = 0;
    return over(old, r->now, e);
}

bool duty_put(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct shift old, s = {.handover = ""};
    const struct org *o;
    struct put_body b;
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !read_put(r, &b, e) || !roster_org(r, b.org, true, &o, e) ||
        !roster_open(o, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !shift_get(r, tx, id, &old, &there, e) || (there && !merge(r, &old, &b, &s, e)))
        return false;
    s.id = id;
    s.org = b.org;
    s.account = b.account;
    s.first = there ? old.first : b.account;
    s.from = b.from;
    s.until = b.until;
    s.part = duty_part_named(b.part);
    s.note = b.note;
    s.version++;
    if (!over(&s, r->now, e) || !shift_sound(r, &s, "account", e) ||
        !shifts_fit(r, tx, &s, 1, (struct uuid){{0}}, e) || !shift_store(r, tx, &s, e) ||
        !roster_audit(r, tx, "duty.put", &s, s.note, e) || !roster_commit(r, &tx, e))
        return false;
    shift_write(r, &s);
    return true;
}

bool duty_delete(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct org *o;
    struct shift old;
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !shift_get(r, tx, id, &old, &there, e))
        return false;
    if (!there)
        return shift_missing(e);
    if (!roster_org(r, old.org, true, &o, e) || !over(&old, r->now, e) ||
        !sql_run(tx, &roster_queries[ROSTER_Q_DUTY_REMOVE], e, SQL_INT(r->services->district),
                 SQL_UUID(&id)) ||
        !roster_audit(r, tx, "duty.remove", &old, old.note, e) || !roster_commit(r, &tx, e))
        return false;
    write_ok(r);
    return true;
}

/* --- handing over --- */

/* The caller's own duty, in a transaction that may change it. */
static bool own(struct req *r, struct sql_tx **tx, struct shift *s, struct err *e)
{
    bool there = false;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_WRITE, tx, e) ||
        !shift_get(r, *tx, id, s, &there, e))
        return false;
    if (!there)
        return shift_missing(e);
    return uuid_eq(s->account, r->who->account) || ERR(e, ERR_DENIED, "roster.not_yours", "这是%s的班",
                                                       "this duty is %s's", staff_name(r, s->account));
}

static bool begun(const struct req *r, const struct shift *s, struct err *e)
{
    return s->from <= r->now + EARLY_MS ||
           ERR(e, ERR_CONFLICT, "roster.early", "离接班还早，开始前两小时内可以交接",
               "too early: within two hours before it begins");
}

struct note_body {
    const char *note;
};

bool duty_hand_over(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"note", JSON_TEXT, offsetof(struct note_body, note), true, 1, NOTE_CHARS},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct note_body b = {0};
    struct shift s;

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e) || !own(r, &tx, &s, e) || !begun(r, &s, e))
        return false;
    s.handed_over_at = r->now;
    s.handover = b.note;
    s.version++;
    if (!shift_store(r, tx, &s, e) || !roster_audit(r, tx, "duty.hand_over", &s, b.note, e) ||
        !roster_commit(r, &tx, e))
        return false;
    shift_write(r, &s);
    return true;
}

bool duty_take_over(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct shift s;

    if (!own(r, &tx, &s, e) || !begun(r, &s, e) || !over(&s, r->now, e))
        return false;
    if (s.taken_over_at == 0) {
        s.taken_over_at = r->now;
        s.version++;
        if (!shift_store(r, tx, &s, e) || !roster_audit(r, tx, "duty.take_over", &s, "", e) ||
            !roster_commit(r, &tx, e))
            return false;
    }
    shift_write(r, &s);
    return true;
}
