/* recur.h -- what comes again and again: the days of an iCalendar rule (RFC 5545, RRULE), moved to working
 * days where that is wanted. Days are local and counted since 1970-01-01; what time of day it is, and which
 * days are worked, the caller knows. Any thread. */
#ifndef RECUR_RECUR_H
#define RECUR_RECUR_H

#include "base/base.h"

enum { RECUR_RULE_MAX = 200 }; /* bytes of a rule */

/* What becomes of a day that is not worked. */
enum recur_workdays {
    RECUR_ANY = 0,  /* it counts as any other */
    RECUR_NEXT,     /* the next working day instead */
    RECUR_PREVIOUS, /* the one before instead */
    RECUR_ONLY,     /* left out */
    RECUR_OFF,      /* the other way round: only days that are not worked */
    RECUR__MAX,
};
const char *recur_workdays_name(enum recur_workdays w); /* "any", "next", "previous", "only", "off" */
/* RECUR__MAX if there is none of that name. */
enum recur_workdays recur_workdays_named(const char *name);

struct recurrence {
    const char *rule;            /* "FREQ=WEEKLY;BYDAY=MO": recur_check() found it good */
    int64_t from_day, until_day; /* from where it is counted; the last day it may come, 0: no last one */
    enum recur_workdays workdays;
};
/* Which days are worked. NULL for `works`: Monday to Friday. */
struct recur_days {
    bool (*works)(const void *ctx, int64_t day);
    const void *ctx;
};

/* Whether we can follow the rule. Refused are, beside what is no RRULE: what comes more often than daily,
 * hours and minutes, COUNT and UNTIL (`until_day` says it), BYWEEKNO, and a rule that never comes.
 * ERR_INVALID "recur.syntax", "recur.part", "recur.often", "recur.never", "recur.long"; *ret_column (may be
 * NULL): where, from 1. */
MUST_USE bool recur_check(const char *rule, int *ret_column, struct err *e);

/* The days from `from` to `to`, both counted, on which it comes: in their order, each once, at most `max`. At
 * most RECUR_SPAN_MAX days are looked at. Returns how many. */
enum { RECUR_SPAN_MAX = 4000 };
size_t recur_between(const struct recurrence *r, const struct recur_days *d, int64_t from, int64_t to,
                     int64_t *ret, size_t max);
/* The first day at or after `from` on which it comes, within RECUR_SPAN_MAX days; false: none. */
bool recur_next(const struct recurrence *r, const struct recur_days *d, int64_t from, int64_t *ret);

#endif
