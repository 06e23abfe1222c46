/* outbox.h -- rows of what is to be sent. Inside this folder only. */
#ifndef NOTICE_OUTBOX_H
#define NOTICE_OUTBOX_H

#include "notice/channel.h"
#include "record/bulk.h"

enum outbox_state { OUTBOX_WAITING = 0, OUTBOX_SENT, OUTBOX_GIVEN_UP, OUTBOX_DROPPED };

struct outbox_row {
    struct uuid id, channel, account, device, record;
    const char *what;
    int64_t at, urgent, tries, next_at;
    /* of notice.outbox_get and notice.outbox_list */
    struct uuid holder;
    int64_t state, done_at;
    const char *fail;
};
/* The first nine columns, in `a`. */
struct outbox_row outbox_due_row(const struct sql_rows *rows, struct arena *a);
struct outbox_row outbox_full_row(const struct sql_rows *rows, struct arena *a);
MUST_USE bool outbox_put(struct sql_tx *tx, int64_t district, const struct outbox_row *r, struct err *e);

/* The same notice on the same way is the same row, however often it is made. */
struct uuid outbox_id(const struct privacy *pv, int64_t at, struct uuid what, struct uuid channel,
                      struct uuid whom, struct uuid device);

/* One notice of a change: what the rows of `outbox` are made from. */
struct told {
    struct uuid command, record, account;
    const char *what, *kind;
    int64_t at;
    size_t n; /* its number in the command */
};
/* The rows that follow from these, in the transaction that makes the notices. */
MUST_USE bool outbox_tell(struct sql_tx *tx, const struct world *w, const struct told *told, size_t n,
                          struct err *e);

/* Whether anybody listens at all: set by the sender and whoever changes a channel. */
void outbox_listening(bool yes);
bool outbox_heard(void);
/* Counts rows written, so that the sender knows whether to look. */
uint64_t outbox_written(void);

#endif
