/* booking.h -- what is booked is given once: the guard of the door that sees to it, what is free from when to
 * when, and the recount. A kind says by `booking:` which of its records hold which other record. */
#ifndef BOOKING_BOOKING_H
#define BOOKING_BOOKING_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/route.h"
#include "record/record.h"
#include "sql/sql.h"

/* What a record has been given. */
struct held {
    struct uuid resource, record;
    int64_t from, until; /* UTC milliseconds; `until` is not of it any more */
    int64_t amount;      /* of the resource's capacity, at least 1 */
};
/* False: it holds nothing, because it books nothing or is in no state that holds. Also false when what it
 * would hold is not said in full. */
bool booking_held(const struct record *r, struct held *ret);

/* Refuses what has no room, and keeps the tables `booking` and `bookable`. "booking.taken" (with the next
 * free time and others that are free, never with who has it), "booking.unset", "booking.order",
 * "booking.longest", "booking.past", "booking.ahead", "booking.resource", "booking.not_given",
 * "booking.hours", "booking.closed", "booking.amount", "booking.capacity", "booking.too_many". */
extern const struct door_guard booking_guard;

extern const struct route booking_routes[];
extern const struct openapi_schema booking_schemas[];
/* Prepares the statements of this room. */
MUST_USE bool booking_check(struct sql *db, struct err *e);

/* Counts both tables anew from the records and tells each difference, also anything given twice. False only
 * when the database cannot be read. */
MUST_USE bool booking_verify(struct sql_tx *tx, const struct world *w,
                             void (*differs)(void *ctx, const char *what), void *ctx, struct err *e);
/* Makes both tables anew, when other versions of packs begin to hold; *ret_over: resources of which more is
 * given than there is. A write transaction. */
MUST_USE bool booking_rebuild(struct sql_tx *tx, const struct world *w, int64_t *ret_over, struct err *e);

#endif
