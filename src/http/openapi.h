/* openapi.h -- GET /api/v1/openapi.json, generated from the route tables. A
 * feature describes its answers in a table of schemas; a route names one in
 * route->answer. */
#ifndef HTTP_OPENAPI_H
#define HTTP_OPENAPI_H

#include "http/route.h"

struct openapi_schema {
    const char *name; /* "record"; NULL ends a table */
    const char *json; /* JSON Schema; refers to others as "#/components/schemas/area" */
};

/* Writes the document of all routes and schemas of `c`. */
void openapi_write(const struct http_config *c, struct json_out *j);
/* The routes that http/ brings itself. */
extern const struct route openapi_routes[];

#endif
