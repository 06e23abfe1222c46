/* sender.h -- what the room's routes and tests ask the sender. Inside this folder only. */
#ifndef NOTICE_SENDER_H
#define NOTICE_SENDER_H

#include "notice/outbox.h"

/* Channels, or rows of the outbox, were changed by a request: look now. */
void sender_nudge(void);
struct sender_rules {
    bool runs;
    const char *private_targets, *public_url;
};
void sender_rules(struct sender_rules *ret);

/* How long a row may wait in all before it is given up. */
int64_t sender_age_max(const struct outbox_row *row);
/* The pause before the next try; `unit` is chance, 0..1. */
int64_t sender_pause_ms(const struct outbox_row *row, double unit);

#endif
