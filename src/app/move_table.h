/* move_table.h -- makes a table of one database what it is in another. */
#ifndef APP_MOVE_TABLE_H
#define APP_MOVE_TABLE_H

#include "app/app.h"
#include "sql/table.h"

#include <pthread.h>

enum { MOVE_HASH_BYTES = 32 };

/* Rows that all threads have read so far, shown as they grow. */
struct move_count {
    pthread_mutex_t lock;
    struct progress progress;
    int64_t rows;
};
struct move_ends {
    struct sql *from, *to;
    const struct world *world; /* of the source: what its records mean */
    int64_t district;
    struct move_count *count;
};
/* What was read at one end, in the order of the key. */
struct move_sum {
    int64_t rows;
    uint8_t hash[MOVE_HASH_BYTES]; /* over every value with its type and length */
};
struct move_pass {
    struct move_sum from, to;
    int64_t added, removed; /* at the target; a row that differed is both */
};
/* Reads both ends side by side by key and mends the target: adds what is missing, removes what is no
 * longer there, in transactions of a page each, so that ending in the middle loses nothing and a later
 * run goes on. Full text follows the records. The sums are of what was there before mending: they are
 * alike when nothing was added or removed. From any thread. */
MUST_USE bool move_table(const struct move_ends *m, const struct sql_table *t, struct move_pass *ret,
                         struct err *e);

/* Does a job for each i below n, a few at a time in threads of their own: one end works while another is
 * waited for. After an error no further one is begun; the first is *e. */
MUST_USE bool move_crew(size_t n, bool (*job)(void *ctx, size_t i, struct err *e), void *ctx, struct err *e);

#endif
