/* taken.h -- what is taken of a resource, as a batch or a reader sees it. Inside this folder only. */
#ifndef BOOKING_TAKEN_H
#define BOOKING_TAKEN_H

#include "booking/hold.h"

enum { HELD_MAX = 5000, OTHERS_SHOWN = 3, OTHERS_LOOK = 12, NEXT_DAYS = 14 };

/* What changes within a batch: what the database has of a record, and what it will have. */
struct held_change {
    struct uuid record;
    bool had, has;
    struct held before, after;
};
struct bookable_change {
    struct uuid record;
    const char *kind;           /* of the bookings */
    const char *before, *after; /* area; NULL: may not be booked */
};
struct batch_held {
    const struct batch_held *older; /* the batch before; NULL none */
    struct held_change *held;
    size_t n_held, max_held;
    struct bookable_change *bookable;
    size_t n_bookable, max_bookable;
};

/* What is held of the resource from `from` to `until`, but for what `except` holds; `b` NULL: as the database
 * has it. "booking.too_many" beyond HELD_MAX. */
MUST_USE bool taken_load(const struct batch_held *b, struct sql_tx *tx, int64_t district,
                         const struct held *span, struct arena *a, struct held **ret, size_t *ret_n,
                         struct err *e);
/* What a resource offers to bookings of that kind. False: its hours say nothing. */
bool offer_of(const struct booking_def *d, const struct record *resource, int offset_min, struct offer *ret);
/* Whether it is in a state in which it may be booked. */
bool offer_given(const struct booking_def *d, const struct record *resource);
/* The earliest time from which the wish fits within NEXT_DAYS; *ret 0: none. */
MUST_USE bool taken_next(const struct batch_held *b, struct sql_tx *tx, int64_t district,
                         const struct held *want, const struct offer *o, struct arena *a, int64_t *ret,
                         struct err *e);

#endif
