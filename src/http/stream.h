/* stream.h -- live streams (server-sent events). The hub hands every published
 * event to each subscriber that wants it; a slow reader is cut off and comes
 * back with Last-Event-ID. Thread-safe. */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http/route.h"

/* One event, shared by all who get it: `data` is a line of JSON. */
struct event {
    int64_t seq;      /* Last-Event-ID */
    const char *name; /* "record" */
    const char *data;
    const void *about; /* what `wants` decides by; valid during publish only */
};

struct stream_hub;
struct stream_hub *stream_hub_create(void) NEVER_NULL;
/* After the server has stopped. */
void stream_hub_free(struct stream_hub **ref);

/* Subscribes. `wants` is asked for each published event, from the publisher's
 * thread; `done` frees ctx when the stream has ended. Heartbeats are sent every 15 s.
 * ERR_BUSY "stream.full" past LIMIT_STREAMS (ctx stays the caller's then). Give the result to r->stream. */
MUST_USE bool stream_subscribe(struct stream_hub *h, bool (*wants)(void *ctx, const struct event *ev),
                               void (*done)(void *ctx), void *ctx, struct subscriber **ret, struct err *e);
/* Queues an event for one subscriber: the backlog, before r->stream is set.
 * Events published meanwhile with seq <= the last one queued are not sent twice. */
void stream_push(struct subscriber *s, const struct event *ev);
/* Ends a subscription that was not given to r->stream (the handler failed later). */
void stream_cancel(struct subscriber **ref);
/* Copies ev once and queues it for everybody who wants it. */
void stream_publish(struct stream_hub *h, const struct event *ev);
/* Ends those streams of which `over` says so; asked under the hub's lock, so quickly. */
void stream_end_where(struct stream_hub *h, bool (*over)(const void *ctx, void *arg), void *arg);
size_t stream_count(const struct stream_hub *h);
struct metric;
extern struct metric *const stream_metrics[]; /* ended by NULL */

#endif
