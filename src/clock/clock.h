/* clock.h -- the clocks of matters: the effects that start, stop, pause and resume
 * them, and the timer that rings when one wants attention. */
#ifndef CLOCK_CLOCK_H
#define CLOCK_CLOCK_H

#include "calendar/calendar.h"
#include "engine/engine.h"
#include "record/record.h"

/* start, stop, pause, resume */
extern const struct effect_type *const clock_effects[];
extern const size_t clock_n_effects;

/* When the last of four working hours from now has passed: what is due before then is due soon. */
int64_t clock_soon_until(const struct world *w, int64_t now);

/* The timer: sleeps until the next clock wants attention, then sends "tick" commands
 * through the door. What it needs is in the database, so it survives restarts; a tick
 * that finds nothing due is refused by the engine, so each thing happens once. */
struct timer;
struct timer_options {
    struct sql *db;
    struct door *door;
    int64_t district;
    /* Whether this server's timer is the one that rings, asked again and again; NULL: it always is. That two
     * ring for a moment does no harm. */
    bool (*in_charge)(void *ctx);
    /* What else is to be done at a time of its own: does what is due at `now`; *ret_next: when to ask again,
     * 0 when timer_expect() says so. NULL: nothing. */
    bool (*others)(void *ctx, int64_t now, int64_t *ret_next, struct err *e);
    void *ctx;
};
MUST_USE bool timer_start(const struct timer_options *o, struct timer **ret, struct err *e);
void timer_stop(struct timer **t);
/* A clock wants attention at `at` (from any thread): wakes the timer if that is earlier. */
void timer_expect(struct timer *t, int64_t at);

/* Sends the ticks due at `now` at once, in the caller's thread; *ret_n says how many took
 * effect. For simulated time: scenarios and simulate. */
MUST_USE bool timer_run_due(struct sql *db, struct door *door, int64_t district, int64_t now, int64_t *ret_n,
                            struct err *e);
/* When the next clock wants attention; 0 never. */
MUST_USE bool timer_next(struct sql *db, int64_t district, int64_t *ret_at, struct err *e);

#endif
