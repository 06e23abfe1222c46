/* desk.h -- what those who work at a desk need beside the matters themselves: views and templates that they
 * keep, who else has a matter open, a caller's matters by their number. */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "http/openapi.h"
#include "http/route.h"

extern const struct route desk_routes[];
extern const struct openapi_schema desk_schemas[];
extern const struct sql_query desk_queries[];
/* Prepares the statements of this room: at the start of a server. */
MUST_USE bool desk_check(struct sql *db, struct err *e);

#endif
