/* live_feed.h -- the history as events for the streams. Inside record/ only. */
#ifndef RECORD_LIVE_FEED_H
#define RECORD_LIVE_FEED_H

#include "engine/engine.h"
#include "http/stream.h"
#include "sql/sql.h"

/* Publishes the next entries after *seq up to `last`, as many as fit a page, and moves *seq behind them;
 * *ret_more: there were some. Each says what was done in it and what the matter is now. */
MUST_USE bool live_publish(struct sql *db, const struct world *w, struct stream_hub *hub, int64_t last,
                           int64_t *seq, bool *ret_more, struct err *e);

#endif
