/* person.h -- residents whom staff may name as a party. Nobody can leaf through residents: who gives a whole
 * mobile number and says why is given a word for that person, which stands for them where an account is
 * named, for this one member of staff and for a day. */
#ifndef IDENTITY_PERSON_H
#define IDENTITY_PERSON_H

#include "identity/privacy.h"

enum { PERSON_TEXT = 96, PERSON_CODE = 11, LIMIT_PERSON_HOURS = 12 };
#define PERSON_PREFIX "person-"

/* The word for `account` in the hands of `staff` until `until` (UTC milliseconds). */
void person_word(const struct privacy *pv, struct uuid staff, struct uuid account, int64_t until,
                 char ret[PERSON_TEXT]);
/* Whose word it is. ERR_INVALID "person.word", said of `field`: not ours, another's, or too old at `now`. */
MUST_USE bool person_of_word(const struct privacy *pv, struct uuid staff, const char *word, int64_t now,
                             const char *field, struct uuid *ret, struct err *e);
/* What lets somebody take over the account that was made for them at a counter: ten digits, told there,
 * good until the account has a password. */
void person_code(const struct privacy *pv, struct uuid account, char ret[PERSON_CODE]);

#endif
