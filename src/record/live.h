/* live.h -- records on the live streams: what an event says and who may hear it. */
#ifndef RECORD_LIVE_H
#define RECORD_LIVE_H

#include "engine/engine.h"
#include "http/stream.h"

/* struct event.about of name "record". */
struct live_record {
    const struct world *world;
    const struct record *record;
};
extern const struct route live_routes[];

#endif
