/* people.h -- those who act in scenarios and simulated days: with the posts they hold, no more. */
#ifndef APP_PEOPLE_H
#define APP_PEOPLE_H

#include "app/app.h"

/* The account with the posts it holds at `now`; it need not be staff. Lives in `a`. */
const struct principal *person_principal(const struct world *w, const struct account *who, int64_t now,
                                         struct arena *a) NEVER_NULL;
/* The same by login. ERR_NOT_FOUND "account.not_found". */
MUST_USE bool person_by_login(struct district *d, const char *login, int64_t now, struct arena *a,
                              const struct principal **ret, struct err *e);

#endif
