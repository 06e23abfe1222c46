/* target.h -- where we may connect to. What an administrator types, or a browser gives, must not become a way
 * into the network that this server stands in: addresses of private networks are refused when they are typed
 * and again for each connection, after the name was looked up; plain HTTP and private addresses are for hosts
 * that the server's configuration names. Inside this folder only. */
#ifndef NOTICE_TARGET_H
#define NOTICE_TARGET_H

#include "base/base.h"

#include <sys/socket.h>

enum { TARGET_URL_MAX = 1000, TARGET_HOST_MAX = 256 };

struct target {
    const char *scheme, *host;
    const char *origin; /* "https://host[:port]" */
    const char *place;  /* the same with as much of the path as tells no secret */
};
/* Takes an address apart, in `a`. `allowed`: hosts by commas, may be NULL. `mail`: smtp(s) instead of
 * http(s). ERR_FIELD `field`: "target.url", "target.scheme", "target.private". */
MUST_USE bool target_read(const char *url, bool mail, const char *allowed, const char *field, struct arena *a,
                          struct target *ret, struct err *e);
/* Whether the configuration names this host. */
bool target_allowed(const char *allowed, const char *host);
/* Whether an address lies in no public network. */
bool target_is_private(const struct sockaddr *address);

#endif
