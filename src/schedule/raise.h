/* raise.h -- one day of one rule, or of the rules of a round. Inside this folder only. */
#ifndef SCHEDULE_RAISE_H
#define SCHEDULE_RAISE_H

#include "schedule/schedule.h"

struct day_raise {
    const struct schedule_run *run;
    const struct schedule_def *const *rules; /* of one round, or one */
    size_t n;
    int64_t day, now;
    bool (*keep)(void *ctx, struct err *e); /* between pages: whether the claim still holds */
    void *ctx;
    int64_t *raised;    /* by i of rules: how many it had a part in */
    int64_t made;       /* records in all */
    struct err refused; /* the first refusal; key NULL none */
};
/* False when it did not come to its end. */
MUST_USE bool raise_day(struct day_raise *d, struct err *e);

#endif
