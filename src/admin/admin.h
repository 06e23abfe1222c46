/* admin.h -- what administrators change beyond people: areas on the map, organisations, the calendar, many
 * accounts at once. Each change can be rehearsed, has a
 * reason, is written to the audit table and holds from a moment on. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "http/openapi.h"
#include "http/route.h"

/* To stand before area_routes, whose {code} would match, too. */
extern const struct route admin_area_routes[];
extern const struct route admin_calendar_routes[], admin_import_routes[], admin_org_routes[];
extern const struct openapi_schema admin_schemas[];

#endif
