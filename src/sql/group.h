/* group.h -- small writes beside the door that share transactions. A commit is what costs, and one serves
 * many: while it runs, others queue, and the next takes them all. */
#ifndef SQL_GROUP_H
#define SQL_GROUP_H

#include "sql/sql.h"

struct sql_group;
/* One write. Belongs to whoever submits it, and stays where it is until it is done. */
struct sql_job {
    /* In the group's thread, in the order of submission; what it reads shows what those before it wrote. It
     * refuses before it has written anything: nothing of it may stay. */
    bool (*run)(void *ctx, struct sql_tx *tx, struct err *e);
    /* From the group's thread, after the commit or the refusal; the job is not touched after it. */
    void (*done)(void *ctx);
    void *ctx;
    bool ok;              /* it is on disk */
    struct err err;       /* when !ok */
    struct sql_job *next; /* the group's */
};

MUST_USE bool sql_group_open(struct sql *db, struct sql_group **ret, struct err *e);
/* Finishes what is queued, then ends. */
void sql_group_close(struct sql_group **g);
/* Queues; ERR_BUSY "door.full" (nothing queued) when LIMIT_QUEUE wait or the group is closing. Where the
 * database fails, all who share the transaction hear it, and nothing of theirs happened (but see
 * SQL_UNCERTAIN): sending again is safe for jobs that know their own repetition. */
MUST_USE bool sql_group_submit(struct sql_group *g, struct sql_job *j, struct err *e);

#endif
