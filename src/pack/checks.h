/* checks.h -- numbers that carry their own check. True when right. `normalised` may be
 * NULL; otherwise it gets the form that is kept and compared. */
#ifndef PACK_CHECKS_H
#define PACK_CHECKS_H

#include "base/base.h"

enum { CHECKED_MAX = 24, MAIL_MAX = 254 };

/* Mainland mobile, or landline with area code; +86, blanks and dashes allowed. 400, 800 and short
 * service numbers (12345, 110) too. Normalised: digits only. */
bool phone_check(const char *s, char normalised[CHECKED_MAX]);
/* GB 11643: 18 characters, the date exists, the check digit fits. Normalised: capital X. */
bool citizen_id_check(const char *s, char normalised[CHECKED_MAX]);
/* GB 32100: unified social credit code. */
bool credit_code_check(const char *s);
/* Number plate: 浙H12345, new energy 浙HD12345. */
bool plate_check(const char *s);
/* Whether it reads like a mail address that can stand in a command of SMTP. */
bool mail_check(const char *s);

#endif
