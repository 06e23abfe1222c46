/* /duty/swaps: two people exchange duties, or one takes another's. It is done when the other says yes, if it
 * still can be. */
#include "base/text.h"
#include "json/json_in.h"
#include "roster.sql.h"
#include "roster/shift.h"

#include <stddef.h>

enum { OPEN_MAX = 50 };

struct swap {
    struct uuid id, duty, other, asked_by, asked_of;
    const char *why, *state;
    int64_t at;
};

static struct swap swap_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct swap){.id = sql_uuid(rows, 0),
                         .duty = sql_uuid(rows, 1),
                         .other = sql_uuid(rows, 2),
                         .asked_by = sql_uuid(rows, 3),
                         .asked_of = sql_uuid(rows, 4),
                         .why = arena_strdup(a, sql_text(rows, 5)),
                         .state = arena_strdup(a, sql_text(rows, 6)),
                         .at = sql_int(rows, 7)};
}

static bool write_duty(struct req *r, struct sql_tx *tx, const char *key, struct uuid id, struct err *e)
{
    struct shift s;
    bool there = false;

    if (!uuid_is_nil(id) && !shift_get(r, tx, id, &s, &there, e))
        return false;
    jo_arr(&r->out, key);
    if (there)
        shift_write(r, &s);
    jo_close(&r->out);
    return true;
}

static bool write_swap(struct req *r, struct sql_tx *tx, const struct swap *s, struct err *e)
{
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "id", s->id);
    jo_str(&r->out, "asked_by", staff_name(r, s->asked_by));
    jo_str(&r->out, "asked_of", staff_name(r, s->asked_of));
    jo_bool(&r->out, "mine", uuid_eq(s->asked_by, r->who->account));
    jo_str(&r->out, "why", s->why);
    jo_str(&r->out, "state", s->state);
    jo_time(&r->out, "at", s->at, r->services->offset_min);
    if (!write_duty(r, tx, "duty", s->duty, e) || !write_duty(r, tx, "other", s->other, e))
        return false;
    jo_close(&r->out);
    return true;
}

static bool write_open(struct req *r, struct sql_tx *tx, int query, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct swap list[OPEN_MAX];
    size_t n = 0;

    if (!sql_query(tx, &roster_queries[query], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&r->who->account), SQL_INT(OPEN_MAX)))
        return false;
    while (sql_next(rows))
        list[n++] = swap_row(rows, r->arena);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!write_swap(r, tx, &list[i], e))
            return false;
    return true;
}

bool swaps_write(struct req *r, struct sql_tx *tx, struct err *e)
{
    jo_arr(&r->out, "swaps");
    if (!write_open(r, tx, ROSTER_Q_SWAP_OPEN_OF, e) || !write_open(r, tx, ROSTER_Q_SWAP_OPEN_BY, e))
        return false;
    jo_close(&r->out);
    return true;
}

/* --- asking --- */

struct ask_body {
    struct uuid id, duty, other, with;
    const char *why;
};

static bool already_asked(struct req *r, struct sql_tx *tx, struct uuid duty, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool open;

    if (!sql_query(tx, &roster_queries[ROSTER_Q_SWAP_OPEN_DUTY], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&duty)))
        return false;
    open = sql_next(rows);
    if (!sql_end(&rows, e))
        return false;
    return !open || ERR(e, ERR_CONFLICT, "roster.asked", "这一班已经有人在谈换班，请等答复",
                        "somebody is being asked about this duty already: wait for the answer");
}

/* What the two would have afterwards. */
static bool exchanged(struct req *r, struct sql_tx *tx, const struct swap *s, struct shift ret[2],
                      size_t *ret_n, struct err *e)
{
    bool there = false;

    *ret_n = 0;
    if (!shift_get(r, tx, s->duty, &ret[0], &there, e))
        return false;
    if (!there || !uuid_eq(ret[0].account, s->asked_by))
        return shift_missing(e);
    ret[(*ret_n)++].account = s->asked_of;
    if (!uuid_is_nil(s->other)) {
        if (!shift_get(r, tx, s->other, &ret[1], &there, e))
            return false;
        if (!there || !uuid_eq(ret[1].account, s->asked_of))
            return shift_missing(e);
        ret[(*ret_n)++].account = s->asked_by;
    }
    for (size_t i = 0; i < *ret_n; i++)
        if (ret[i].from <= r->now)
            return ERR(e, ERR_CONFLICT, "roster.begun", "已经开始的班不能换，请联系排班人员安排替班",
                       "a duty that has begun is not swapped: ask for a stand-in");
    return true;
}

static bool read_ask(struct req *r, struct swap *ret, struct uuid *ret_with, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct ask_body, id), true, 0, 0},
        {"duty", JSON_UUID, offsetof(struct ask_body, duty), true, 0, 0},
        {"other", JSON_UUID, offsetof(struct ask_body, other), false, 0, 0},
        {"with", JSON_UUID, offsetof(struct ask_body, with), false, 0, 0},
        {"why", JSON_TEXT, offsetof(struct ask_body, why), true, 1, NOTE_CHARS},
    };
    struct ask_body b = {0};

    if (!json_read(r->json, "", members, COUNT_OF(members), &b, e))
        return false;
    *ret = (struct swap){.id = b.id,
                         .duty = b.duty,
                         .other = b.other,
                         .asked_by = r->who->account,
                         .why = b.why,
                         .state = "asked",
                         .at = r->now};
    *ret_with = b.with;
    return uuid_is_nil(b.other) != uuid_is_nil(b.with) ||
           ERR_FIELD(e, "with", "roster.with", "请给出对方的班（other）或替班的人（with），两者之一",
                     "name the other's duty (other) or who takes yours (with), one of them");
}

/* Whose consent it needs. */
static bool find_other(struct req *r, struct sql_tx *tx, struct swap *s, struct uuid with, struct err *e)
{
    const struct account *who;
    struct shift other;
    bool there = false;

    s->asked_of = with;
    if (!uuid_is_nil(s->other)) {
        if (!shift_get(r, tx, s->other, &other, &there, e))
            return false;
        if (!there)
            return shift_missing(e);
        s->asked_of = other.account;
    }
    who = directory_account(roster_world(r)->people, s->asked_of);
    return (who != NULL && who->active && !uuid_eq(s->asked_of, r->who->account)) ||
           ERR_FIELD(e, "with", "roster.person", "换班的对方须是另一位在岗的工作人员",
                     "the other must be somebody else of the staff, and active");
}

static bool find_swap(struct req *r, struct sql_tx *tx, struct uuid id, struct swap *ret, bool *ret_there,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &roster_queries[ROSTER_Q_SWAP_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = swap_row(rows, r->arena);
    return sql_end(&rows, e);
}

bool swap_ask(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct shift after[2];
    struct swap s, old;
    struct uuid with;
    bool there = false;
    size_t n;

    if (!read_ask(r, &s, &with, e) || !sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !find_swap(r, tx, s.id, &old, &there, e))
        return false;
    if (there)
        return uuid_eq(old.asked_by, r->who->account) && uuid_eq(old.duty, s.duty)
                   ? write_swap(r, tx, &old, e)
                   : ERR(e, ERR_CONFLICT, "command.reused", "这个 id 已用于另一件事",
                         "this id was used for something else");
    if (!find_other(r, tx, &s, with, e) || !exchanged(r, tx, &s, after, &n, e) ||
        !shifts_fit(r, tx, after, n, (struct uuid){{0}}, e) || !already_asked(r, tx, s.duty, e) ||
        (!uuid_is_nil(s.other) && !already_asked(r, tx, s.other, e)) ||
        !sql_run(tx, &roster_queries[ROSTER_Q_SWAP_ADD], e, SQL_INT(r->services->district), SQL_UUID(&s.id),
                 SQL_UUID(&s.duty), SQL_UUID(&s.other), SQL_UUID(&s.asked_by), SQL_UUID(&s.asked_of),
                 SQL_TEXT(s.why), SQL_INT(s.at)) ||
        !roster_audit(r, tx, "duty.swap_ask", &after[0], s.why, e) || !write_swap(r, tx, &s, e))
        return false;
    return sql_commit(&tx, e);
}

/* --- answering --- */

struct answer_body {
    const char *answer;
};

static bool exchange(struct req *r, struct sql_tx *tx, const struct swap *s, struct err *e)
{
    struct shift after[2];
    size_t n;

    if (!exchanged(r, tx, s, after, &n, e) || !shifts_fit(r, tx, after, n, (struct uuid){{0}}, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        after[i].note = s->why;
        after[i].version++;
        if (!shift_store(r, tx, &after[i], e) || !roster_audit(r, tx, "duty.swap", &after[i], s->why, e))
            return false;
    }
    return true;
}

static bool may_answer(const struct req *r, const struct swap *s, const char *answer, struct err *e)
{
    bool withdraw = str_eq(answer, "withdraw");

    if (!withdraw && !str_eq(answer, "accept") && !str_eq(answer, "decline"))
        return ERR_FIELD(e, "answer", "roster.answer", "answer 须是 accept、decline 或 withdraw",
                         "answer must be accept, decline or withdraw");
    if (!uuid_eq(withdraw ? s->asked_by : s->asked_of, r->who->account))
        return ERR(e, ERR_DENIED, "roster.not_asked", "这要由%s答复", "this is for %s to answer",
                   staff_name(r, withdraw ? s->asked_by : s->asked_of));
    return str_eq(s->state, "asked") ||
           ERR(e, ERR_CONFLICT, "roster.answered", "已经答复过了", "it has been answered already");
}

bool swap_answer(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"answer", JSON_TEXT, offsetof(struct answer_body, answer), true, 1, 16},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct answer_body b = {0};
    struct swap s;
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !json_read(r->json, "", members, COUNT_OF(members), &b, e) ||
        !sql_begin(r->services->db, SQL_WRITE, &tx, e) || !find_swap(r, tx, id, &s, &there, e))
        return false;
    if (!there)
        return ERR(e, ERR_NOT_FOUND, "roster.swap", "没有这个换班请求", "no such request to swap");
    if (!may_answer(r, &s, b.answer, e) || (str_eq(b.answer, "accept") && !exchange(r, tx, &s, e)))
        return false;
    s.state = str_eq(b.answer, "accept")    ? "accepted"
              : str_eq(b.answer, "decline") ? "declined"
                                            : "withdrawn";
    if (!sql_run(tx, &roster_queries[ROSTER_Q_SWAP_ANSWER], e, SQL_INT(r->services->district), SQL_UUID(&id),
                 SQL_TEXT(s.state), SQL_INT(r->now)) ||
        !write_swap(r, tx, &s, e))
        return false;
    return roster_commit(r, &tx, e);
}
