/* follow.h -- where several servers share a database: what the others commit is told on our streams, what
 * they change is loaded anew, and of what is to be done once, one of them is in charge. */
#ifndef RECORD_FOLLOW_H
#define RECORD_FOLLOW_H

#include "engine/engine.h"
#include "http/stream.h"
#include "sql/sql.h"

struct follower;
/* All but db, world and district may be NULL; they are called from the follower's thread. */
struct follower_options {
    struct sql *db; /* a shared one */
    int64_t district;
    const struct world *(*world)(void *ctx);
    struct stream_hub *hub;
    /* Areas, people or the calendar were changed by somebody: takes them over. */
    bool (*changed)(void *ctx, struct err *e);
    void *ctx;
};
/* From now on everything committed, here or by another server, is published once and in the order of the
 * history: the only publisher of this hub. */
MUST_USE bool follower_start(const struct follower_options *o, struct follower **ret, struct err *e);
/* Gives up being in charge, so that another server is at once. */
void follower_stop(struct follower **f);
/* We have committed: look now. From any thread. */
void follower_look(struct follower *f);
/* Whether this server does what one of them has to (clocks, sweeping). At most one believes so while their
 * clocks agree to LEASE_MS; what is done must bear being done by two all the same. Any thread. */
bool follower_in_charge(const struct follower *f);

/* The history's last number at the last look; -1 when that is too long ago, so that the database has to be
 * asked. What another server committed within the last 100 ms or so may be missing. Any thread. */
int64_t follower_seq(const struct follower *f);

#endif
