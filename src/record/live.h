/* live.h -- records on the live streams: what an event says and who may hear it. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include "engine/engine.h"
#include "http/stream.h"

/* Whom something rings for, and who did it: they hear it anyway. */
struct live_ring {
    struct uuid by;
    const struct uuid *accounts;
    size_t n;
};

/* struct event.about of the names "record" and "ring". */
struct live_record {
    const struct world *world;
    const struct record *record;
    const struct live_ring *rings; /* of "ring"; NULL otherwise */
};
extern const struct route live_routes[];
/* Ends the streams of those whose session is over, or whose posts are others than when they began to listen:
 * their browsers come back and are let in with what they may do now, or not. From one thread. */
MUST_USE bool live_review(const struct services *s, int64_t now, struct err *e);

#endif
