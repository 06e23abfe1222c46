/* schedule.h -- what is raised again and again: the rules of packs (`schedules:`), carried out by commands
 * through the one door. The id of each command follows from the rule (or its round), the day and the target:
 * whatever is tried twice, by a server after its restart or by two at once, happens once. */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/route.h"
#include "record/record.h"
#include "sql/sql.h"

/* What a rule that was long forgotten catches up with, at most. */
enum { SCHEDULE_CATCH_UP_DAYS = 92, SCHEDULE_PREVIEW_MAX = 100 };

/* The days of a rule by the district's calendar, as recur_between(). */
size_t schedule_days(const struct world *w, const struct schedule_def *s, int64_t from, int64_t to,
                     int64_t *ret, size_t max);
/* The moment it comes on a day. */
int64_t schedule_moment(const struct world *w, const struct schedule_def *s, int64_t day);
/* The next moments after `after`, at most max. Returns how many. */
size_t schedule_coming(const struct world *w, const struct schedule_def *s, int64_t after, int64_t *ret,
                       size_t max);
/* How many it would be raised for at `at`, and among how many people they would be shared. */
MUST_USE bool schedule_targets(struct sql *db, const struct world *w, const struct schedule_def *s,
                               int64_t at, int64_t *ret_targets, int64_t *ret_people, struct err *e);

/* What is known of a rule in this district. */
struct schedule_state {
    bool known, active;
    int64_t done_day, raised;
    const char *problem; /* "" nothing */
};
MUST_USE bool schedule_state(struct sql_tx *tx, int64_t district, const char *name, struct arena *a,
                             struct schedule_state *ret, struct err *e);
/* Switches a rule on from `now` on, or off, with a line in the audit. What came before it was switched on is
 * not raised. `actor` nil: the command line. */
MUST_USE bool schedule_switch(struct sql *db, const struct world *w, const struct schedule_def *s, bool on,
                              struct uuid actor, int64_t now, struct err *e);

/* Raises everything that has come by `now` and is not raised yet. Of several that try, one does each rule;
 * one that ended in the middle is followed by another after a minute. */
struct schedule_run {
    struct sql *db;
    struct door *door;
    const struct world *world;
    struct uuid server;          /* who claims: any id of this process */
    bool (*stopping)(void *ctx); /* asked between pages; NULL: never */
    void *ctx;
};
MUST_USE bool schedule_run_due(const struct schedule_run *r, int64_t now, int64_t *ret_raised, struct err *e);
/* When the next active rule comes after `after`; 0: none does. */
MUST_USE bool schedule_next(struct sql *db, const struct world *w, int64_t after, int64_t *ret,
                            struct err *e);

/* The thread of a server that does so when it is time. */
struct scheduler;
struct scheduler_options {
    struct sql *db;
    struct door *door;
    const struct world *(*world)(void *ctx);
    bool (*in_charge)(void *ctx); /* as of the timer; NULL: always */
    void *ctx;
};
MUST_USE bool scheduler_start(const struct scheduler_options *o, struct scheduler **ret, struct err *e);
void scheduler_stop(struct scheduler **s);

extern const struct route schedule_routes[];
extern const struct openapi_schema schedule_schemas[];
extern const struct sql_query schedule_queries[];

#endif
