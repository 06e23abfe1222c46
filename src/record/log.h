/* log.h -- lines of a matter's history as the API shows them. */
#ifndef RECORD_LOG_H
#define RECORD_LOG_H

#include "http/route.h"
#include "pack/pack.h"

/* How much of what an entry changed is shown: all of it; of the fields that anybody may read what they were
 * and what they are; of these only what they are. */
enum log_part { LOG_WHOLE = 0, LOG_PUBLIC, LOG_PUBLIC_AFTER };
/* Member "changes" from the column of that name. Personal values are masked. */
MUST_USE bool log_write_changes(struct req *r, const struct kind *k, const char *text, enum log_part part,
                                struct err *e);

/* Whether that column tells of a field that anybody may read. */
MUST_USE bool log_changes_public(const struct kind *k, const char *text, bool *ret, struct err *e);

#endif
