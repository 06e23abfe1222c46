/* roster.h -- duty rosters (值班表): who answers for a unit from when to when. Single duties, shifts that
 * come again, stand-ins, swaps that both want, handing over. What is on duty now the directory knows
 * (directory_on_duty()). */
#ifndef ROSTER_ROSTER_H
#define ROSTER_ROSTER_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/route.h"
#include "sql/sql.h"

extern const struct route roster_routes[];
extern const struct openapi_schema roster_schemas[];
extern const struct sql_query roster_queries[];
/* Prepares the statements of this room: at the start of a server. */
MUST_USE bool roster_check(struct sql *db, struct err *e);

#endif
