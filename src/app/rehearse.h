/* rehearse.h -- scenarios of a draft, played by `wangge scenario` in a process of its own: what goes wrong
 * there does not touch the server. */
#ifndef APP_REHEARSE_H
#define APP_REHEARSE_H

#include "rules/rules.h"

/* For rules_rehearse. ERR_BUSY "version.rehearsal" when it cannot be run; ERR_CONFLICT "version.slow" when it
 * took longer than REHEARSAL_S. */
MUST_USE bool rehearse(const struct services *s, const struct edition *list, size_t n, const char *pack,
                       struct arena *a, const char **ret, struct err *e);

#endif
