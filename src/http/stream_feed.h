/* stream_feed.h -- inside http/ only: the carrier's side of a live stream. */
#ifndef HTTP_STREAM_FEED_H
#define HTTP_STREAM_FEED_H

#include "http/stream.h"

/* The backlog is complete: what was published meanwhile joins it. `wake` is called
 * from any thread after stream_sleep() said true, once for each time. */
void stream_start(struct subscriber *s, void (*wake)(void *ctx), void (*cut)(void *ctx), void *ctx);
/* Up to max bytes of text to send now; *ret_end when nothing more will come. */
size_t stream_read(struct subscriber *s, char *out, size_t max, bool *ret_end);
/* Nothing to send: false if something came meanwhile. The carrier must already be
 * asleep when it calls this. */
bool stream_sleep(struct subscriber *s);
/* Ends every stream of the hub; those who come later end at once. */
void stream_close_all(struct stream_hub *h);

#endif
