/* live.h -- records on the live streams: what an event says and who may hear it. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include "engine/engine.h"
#include "http/stream.h"

/* struct event.about of the names "record" and "ring". */
struct live_record {
    const struct world *world;
    const struct record *record;
    const struct change *rings; /* of "ring": whom it rings for; NULL otherwise */
};
extern const struct route live_routes[];

#endif
