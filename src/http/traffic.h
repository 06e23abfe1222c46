/* traffic.h -- inside http/ only: what each route was asked, what it answered, how long that took. */
#ifndef HTTP_TRAFFIC_H
#define HTTP_TRAFFIC_H

#include "base/buf.h"
#include "http/route.h"

/* What is no route has a place of its own; those of the router begin at TRAFFIC_ROUTES. */
enum { TRAFFIC_NONE = 0, TRAFFIC_PAGE, TRAFFIC_ROUTES };

struct traffic; /* any thread; takes no lock */
struct traffic *traffic_create(size_t n_routes) NEVER_NULL;
void traffic_free(struct traffic **t);
/* One answer: `place` is TRAFFIC_… or TRAFFIC_ROUTES + the route's number, `from_us` when the request's
 * header was there (time_monotonic_us). */
void traffic_note(struct traffic *t, size_t place, int status, int64_t from_us);
/* Answers by route and status, times by route; what nobody asked for is left out. routes[i] is number i. */
void traffic_write(const struct traffic *t, const struct route *const *routes, struct buf *out);

#endif
