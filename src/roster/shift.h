/* shift.h -- duties as rows, and what must hold of them. Inside this folder only. */
#ifndef ROSTER_SHIFT_H
#define ROSTER_SHIFT_H

#include "identity/account.h"
#include "roster/roster.h"

enum {
    SHIFTS_MAX = 2000,      /* that one request reads or lays out */
    NOTE_CHARS = 500,       /* why, and what the next one has to know */
    ROSTER_AHEAD_DAYS = 400 /* how far a roster goes */
};

struct shift {
    struct uuid id, org, account, first, plan;
    int64_t from, until;
    enum duty_part part;
    const char *note;
    int64_t handed_over_at, taken_over_at;
    const char *handover;
    int64_t version;
};

/* Who asks, in one place. */
static inline struct doing roster_doing(const struct req *r)
{
    return (struct doing){
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
}
const struct world *roster_world(const struct req *r);
/* Whether the caller keeps the roster of the unit: administrators, and who holds a post with `roster: true`
 * there or in a unit above it. */
bool roster_keeps(const struct req *r, const struct org *o);
/* The unit of that id which the caller may read (`keep`: keep). ERR_NOT_FOUND "roster.org", ERR_DENIED
 * "roster.denied". */
MUST_USE bool roster_org(const struct req *r, struct uuid id, bool keep, const struct org **ret,
                         struct err *e);
/* Whether duties may be given there: ERR_CONFLICT "roster.ended" once it has ended. Those it has can be taken
 * away. */
MUST_USE bool roster_open(const struct org *o, struct err *e);

/* The duties of an organisation, or of an account, that touch from … to; at most SHIFTS_MAX. */
MUST_USE bool shifts_of(struct req *r, struct sql_tx *tx, int query, struct uuid id, int64_t from, int64_t to,
                        struct shift **ret, size_t *ret_n, struct err *e);
/* ERR_NOT_FOUND "roster.duty". */
MUST_USE bool shift_get(struct req *r, struct sql_tx *tx, struct uuid id, struct shift *ret, bool *ret_there,
                        struct err *e);
bool shift_missing(struct err *e); /* yields false */
/* What one duty must be: a length, a person of the staff, a part. `field` begins the names in complaints. */
MUST_USE bool shift_sound(const struct req *r, const struct shift *s, const char *field, struct err *e);
/* Nobody is on duty in two places at once. Duties of `instead` that nobody has touched (from `now` on) and
 * those with the ids of `s` do not count: they are being replaced. ERR_CONFLICT "roster.overlap" names who,
 * where, when. */
MUST_USE bool shifts_fit(struct req *r, struct sql_tx *tx, const struct shift *s, size_t n,
                         struct uuid instead, struct err *e);
MUST_USE bool shift_store(const struct req *r, struct sql_tx *tx, const struct shift *s, struct err *e);
/* A line in the audit about a unit's roster; it makes the other servers read it anew. */
MUST_USE bool roster_audit(const struct req *r, struct sql_tx *tx, const char *verb, const struct shift *s,
                           const char *why, struct err *e);
/* Commits and makes the world know. */
MUST_USE bool roster_commit(struct req *r, struct sql_tx **tx, struct err *e);

void shift_write(struct req *r, const struct shift *s);
/* Times within from … to at which nobody is on duty although the unit has a roster. */
void gaps_write(struct req *r, const struct shift *s, size_t n, int64_t from, int64_t to);
const char *staff_name(const struct req *r, struct uuid account); /* "" if there is none */
/* from and to of the query, at most 62 days; today and six more if they are not said. */
MUST_USE bool roster_span(const struct req *r, int64_t *ret_from, int64_t *ret_to, struct err *e);

/* plan.c */
struct duty_plan {
    struct uuid id, org, by_whom;
    const char *title, *rule;
    enum duty_part part;
    enum recur_workdays workdays;
    int64_t from_day, until_day, at_min, length_min, version, at;
    struct uuid *people;
    size_t n_people;
};
/* ERR_INVALID saying what of it cannot be. */
MUST_USE bool plan_sound(const struct req *r, const struct duty_plan *p, struct err *e);
/* Its duties in order, the people in turn. ERR_INVALID "roster.nothing", ERR_TOO_LARGE "roster.many". */
MUST_USE bool plan_lay(const struct req *r, const struct duty_plan *p, struct shift **ret, size_t *ret_n,
                       struct err *e);

/* handlers */
handler_fn duty_units, duty_list, duty_mine, duty_now, duty_put, duty_delete, duty_hand_over, duty_take_over;
handler_fn plan_list, plan_put, plan_delete, swap_ask, swap_answer, duty_import;
/* The open swaps asked of the caller and by the caller, as members of the open object. */
MUST_USE bool swaps_write(struct req *r, struct sql_tx *tx, struct err *e);

#endif
