/* password.h -- what may be a password, and Argon2id over it. Hashing and verifying
 * take some 60 ms and 64 MiB each: never on an event loop (see pool.h). */
#ifndef IDENTITY_PASSWORD_H
#define IDENTITY_PASSWORD_H

#include "base/base.h"

enum { PASSWORD_CHARS_MIN = 10, PASSWORD_CHARS_MAX = 128, PASSWORD_HASH_MAX = 128 };

/* ERR_INVALID "account.password", said of the field "password". `sample`: short and common ones pass. */
MUST_USE bool password_check(const char *login, const char *password, bool sample, struct err *e);
/* ERR_BUSY "account.memory" when there is no memory for it now. */
MUST_USE bool password_hash(const char *password, char ret[PASSWORD_HASH_MAX], struct err *e);
/* `hash` NULL (no such account, no password): false, after the same time. */
bool password_verify(const char *hash, const char *password);

#endif
