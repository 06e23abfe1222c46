/* claim.h -- what whoever reports without an account holds instead of one: a token that
 * makes them the reporter of that one matter. It follows from the matter's id and the district's key (HMAC),
 * so nothing is stored, and an answer that got lost can be given again. */
#ifndef RECORD_CLAIM_H
#define RECORD_CLAIM_H

#include "engine/engine.h"

enum { CLAIM_TEXT = 2 * BLIND_BYTES + 1 };

/* The claim on a matter. To be told to whoever raised it anonymously, and to nobody else. */
void claim_write(const struct world *w, struct uuid record, char ret[CLAIM_TEXT]);
/* `who`, or in *holder the same with the claim on the matter, if `claim` (may be NULL) is the right one.
 * Takes the same time either way. */
const struct principal *claim_holder(const struct world *w, struct uuid record, const char *claim,
                                     const struct principal *who, struct principal *holder);
/* The same for a request that may show a claim in X-Wangge-Claim: the answer becomes r->who. A wrong claim
 * of somebody without an account counts as a report: ERR_TOO_MANY "session.rate". */
MUST_USE bool claim_shown(struct req *r, const struct world *w, struct uuid record, struct err *e);

#endif
