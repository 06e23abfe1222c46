/* compose.h -- a row of the outbox becomes a letter: what it needs is read when it is sent, so it says what
 * holds then. Inside this folder only. */
#ifndef NOTICE_COMPOSE_H
#define NOTICE_COMPOSE_H

#include "notice/letter.h"
#include "notice/outbox.h"

/* *ret in `a`. ret_drop is NULL, or a word that says why nobody needs it any more: "matter", "account",
 * "read". */
MUST_USE bool compose_letter(struct sql_tx *tx, const struct world *w, const struct channel *c,
                             const struct outbox_row *row, const char *public_url, struct arena *a,
                             struct letter *ret, const char **ret_drop, struct err *e);
/* The six digits that show that somebody reads this address; others with each version of their choices. */
const char *compose_code(const struct privacy *pv, struct uuid account, const char *mail, int64_t version,
                         struct arena *a);

#endif
