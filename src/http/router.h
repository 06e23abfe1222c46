/* router.h -- finds the route of a path: a tree of path segments, matched
 * without allocating. Literal segments win over {parameters}. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/route.h"

enum { ROUTER_PARAMS_MAX = 4, ROUTER_DEPTH_MAX = 12 };

struct router; /* immutable once made: any thread */
MUST_USE bool router_create(const struct http_config *c, struct router **ret, struct err *e);
void router_free(struct router **r);
/* All routes, in the order they were given. */
const struct route *const *router_routes(const struct router *r, size_t *ret_n);

struct slice {
    const char *s;
    size_t n;
};
struct match {
    const struct route *route; /* NULL: no such path, or not with this method */
    size_t number;             /* of the route: router_routes()[number] */
    unsigned methods;          /* bit per method the path knows; 0: no such path */
    struct slice part[ROUTER_PARAMS_MAX];
};
/* `path` begins with '/' and is still percent-encoded. */
void router_match(const struct router *r, enum method m, const char *path, struct match *ret);

#endif
