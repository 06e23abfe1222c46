/* account.h -- changes to who is who, with the account that makes them: what the
 * routes call. identity.h has the same without an actor, for the command line. */
#ifndef IDENTITY_ACCOUNT_H
#define IDENTITY_ACCOUNT_H

#include "identity/identity.h"

struct doing {
    struct sql *db;
    int64_t district;
    struct uuid actor; /* nil: the system or the command line */
    int64_t now;
};

/* Whether such an account could be added, but for others that have its login; `ret_login` is how that is
 * kept. */
MUST_USE bool account_may_be(const struct privacy *pv, const struct new_account *n, char ret_login[LOGIN_MAX],
                             struct err *e);
MUST_USE bool doing_account_add(const struct doing *by, const struct privacy *pv, const struct new_account *n,
                                struct uuid *ret, struct err *e);
MUST_USE bool doing_account_password(const struct doing *by, struct uuid id, const char *password,
                                     struct err *e);
/* One's own: the session it is done in goes on, the account's others end. */
MUST_USE bool doing_own_password(const struct doing *by, const struct principal *who, const char *password,
                                 struct err *e);
MUST_USE bool doing_account_active(const struct doing *by, struct uuid id, bool active, struct err *e);
/* Whether its name, area and level can be an organisation's. "org.name", "org.area", "org.level". */
MUST_USE bool org_may_be(const struct org *o, struct err *e);
MUST_USE bool doing_org_add(const struct doing *by, const struct org *o, struct err *e);
MUST_USE bool doing_post_add(const struct doing *by, const struct post *p, struct err *e);
/* `until` is when it ends, now or later; 0: now. ERR_NOT_FOUND "post.not_found" when it is not held now,
 * ERR_INVALID "post.end_past". */
MUST_USE bool doing_post_end(const struct doing *by, struct uuid account, const char *role, const char *area,
                             int64_t until, struct err *e);

MUST_USE bool doing_token_issue(const struct doing *by, struct sessions *s, struct uuid account,
                                const char *name, int64_t until, char ret_token[64], struct err *e);

/* Takes a named token away by the first half of its hash. ERR_NOT_FOUND "token.not_found". */
MUST_USE bool doing_token_revoke(const struct doing *by, struct uuid account, struct uuid token,
                                 struct err *e);

/* One line of the audit table inside a write transaction. `detail` is a JSON object; the
 * function takes its buffer over and ends it. */
MUST_USE bool audit_add(struct sql_tx *tx, const struct doing *by, const char *verb, const char *about,
                        struct json_out *detail, struct err *e);
MUST_USE bool audit_about(struct sql_tx *tx, const struct doing *by, const char *verb, struct uuid about,
                          struct json_out *detail, struct err *e);
/* Whether it is a mobile number; `ret` has it without spaces and prefix. */
bool login_mobile(const char *given, char ret[24]);
/* ASCII letters to lower case: how logins are kept. */
void login_fold(const char *given, char *ret, size_t size);

/* The roles that no pack brings. */
enum { IDENTITY_ROLES = 2 };
extern const struct role identity_roles[IDENTITY_ROLES];

#endif
