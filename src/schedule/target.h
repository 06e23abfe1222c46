/* target.h -- for whom a rule is raised, one after another. Inside this folder only. */
#ifndef SCHEDULE_TARGET_H
#define SCHEDULE_TARGET_H

#include "schedule/schedule.h"

struct target {
    const char *key;  /* what tells it from the others: an area's code, "account code", a record's id */
    const char *area; /* code */
    bool has_place;
    double lng, lat;
    const char *address;       /* NULL none */
    const struct account *who; /* FOR_POST: whose it is */
    struct uuid record;        /* FOR_RECORDS */
    struct cel_value *copied;  /* by i of schedule_def.copy */
};
/* A walk over the targets of one rule, in the order of their keys. Everything it gives lives in the page's
 * arena. */
struct target_walk {
    struct sql *db;
    const struct world *world;
    const struct schedule_def *rule;
    int64_t at;
    size_t next;       /* areas or posts looked at */
    struct uuid after; /* last record */
    bool ended;
};
/* The next at most max; *ret_n 0: no more. */
MUST_USE bool target_page(struct target_walk *w, struct arena *a, struct target *ret, size_t max,
                          size_t *ret_n, struct err *e);

/* The targets of all rules of a round, each once, with the rules that it is a target of. */
struct target_round;
struct target_round *target_round_open(const struct target_walk *first,
                                       const struct schedule_def *const *rules, size_t n) NEVER_NULL;
void target_round_close(struct target_round **r);
/* *ret NULL: no more. What it gives stays until the next call but TARGET_PAGE. *ret_rules: bit per i of
 * rules. */
enum { TARGET_PAGE = 512, ROUND_RULES_MAX = 64 };
MUST_USE bool target_round_next(struct target_round *r, const struct target **ret, uint64_t *ret_rules,
                                struct err *e);

#endif
