/* sign_in.h -- the list of sign-ins: inspectors ask for it, and whoever wonders who was here. Kept for two
 * years. */
#ifndef IDENTITY_SIGN_IN_H
#define IDENTITY_SIGN_IN_H

#include "identity/identity.h"

#define SIGNED_IN       "in"
#define SIGNED_OUT      "out"
#define SIGN_IN_REFUSED "refused"

/* Adds a line; `account` nil: nobody has the login that was tried, which itself is not written down: people
 * type passwords into that field. */
MUST_USE bool sign_in_note(struct sql_tx *tx, int64_t district, struct uuid account, const char *outcome,
                           const struct origin *from, struct err *e);

#endif
