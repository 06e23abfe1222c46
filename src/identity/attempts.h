/* attempts.h -- failed sign-ins of all servers on one database: token buckets as rows. What one server counts
 * in memory (limiter.h) bounds many at once; these bound who goes from server to server. */
#ifndef IDENTITY_ATTEMPTS_H
#define IDENTITY_ATTEMPTS_H

#include "sql/sql.h"

/* Whose attempt it is: both have a bucket of LIMIT_SIGNIN_PER_MINUTE. */
struct attempt {
    int64_t district;
    const char *client, *login;
    int64_t now;
};
/* *ret_wait_s: 0, or how long until one may try again. */
MUST_USE bool attempts_check(struct sql_tx *tx, const struct attempt *a, int *ret_wait_s, struct err *e);
/* Counts one that failed. */
MUST_USE bool attempts_failed(struct sql_tx *tx, const struct attempt *a, struct err *e);

#endif
