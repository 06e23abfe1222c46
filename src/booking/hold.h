/* hold.h -- how much of a resource is taken when. Pure; inside this folder only. */
#ifndef BOOKING_HOLD_H
#define BOOKING_HOLD_H

#include "booking/booking.h"

/* Times of day at which a resource is open, in minutes after local midnight, in order, apart from each other.
 */
enum { HOURS_PARTS = 4 };
struct hours {
    int n; /* 0: always open */
    struct {
        int from, to; /* to: at most 1440 */
    } part[HOURS_PARTS];
};
/* "08:00-12:00 13:30-22:00"; "" or NULL: always open. */
MUST_USE bool hours_parse(const char *s, struct hours *ret);
/* Whether it is open all the time from `from` to `until`. */
bool hours_cover(const struct hours *h, int64_t from, int64_t until, int offset_min);
/* The first opening at or after `at`; `at` itself while it is open. */
int64_t hours_next(const struct hours *h, int64_t at, int offset_min);

/* How much is taken from `at` to the next step's. */
struct step {
    int64_t at, taken;
};
/* The steps that the holdings make, in order of time, in `a`; the last has taken 0. */
size_t held_steps(const struct held *list, size_t n, struct arena *a, struct step **ret);
/* The most that is taken at once from `from` to `until`. */
int64_t steps_most(const struct step *s, size_t n, int64_t from, int64_t until);

/* What is wanted of a resource. */
struct wish {
    int64_t from, until, amount;
};
/* What there is. */
struct offer {
    int64_t capacity;
    struct hours hours;
    int offset_min;
};
bool wish_fits(const struct wish *w, const struct offer *o, const struct step *s, size_t n);
/* The earliest time at or after `w->from` from which the wish fits, `latest` at most; 0: none. */
int64_t wish_next(const struct wish *w, const struct offer *o, const struct step *s, size_t n,
                  int64_t latest);

#endif
