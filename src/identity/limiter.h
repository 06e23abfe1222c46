/* limiter.h -- token buckets in memory, by name, in a table of fixed size: a flood
 * of names can at most push out the fullest buckets, never grow it. Thread-safe;
 * time is a parameter. */
#ifndef IDENTITY_LIMITER_H
#define IDENTITY_LIMITER_H

#include "base/base.h"

struct limiter;
struct limiter *limiter_create(int per_minute) NEVER_NULL;
void limiter_free(struct limiter **l);
/* Takes one from the bucket of (what, who); false with the seconds to wait when it is empty. */
bool limiter_take(struct limiter *l, const char *what, const char *who, int64_t now, int *ret_wait_s);
/* Puts back what was taken: it did not count after all. */
void limiter_give(struct limiter *l, const char *what, const char *who);

#endif
