#include "http/openapi.h"

#include "http/exchange.h"

#include <stdio.h>
#include <string.h>

static const char *const method_names[METHOD__MAX] = {
    [GET] = "get", [POST] = "post", [PUT] = "put", [PATCH] = "patch", [DELETE] = "delete"};
static const char *const media[] = {[BODY_JSON] = "application/json",
                                    [BODY_FORM] = "application/x-www-form-urlencoded",
                                    [BODY_UPLOAD] = "multipart/form-data"};
static const char problem_schema[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"detail\",\"errors\"],\"properties\":{"
    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"detail\":{\"type\":\"string\"},\"request\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\","
    "\"items\":{"
    "\"type\":\"object\",\"required\":[\"field\",\"code\",\"message\"],\"properties\":{\"field\":{\"type\":"
    "\"string\"},"
    "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}}}}";

static void reference(struct json_out *j, const char *name)
{
    char ref[128];

    (void)snprintf(ref, sizeof ref, "#/components/schemas/%s", name);
    jo_obj(j, "schema");
    jo_str(j, "$ref", ref);
    jo_close(j);
}

static void content(struct json_out *j, const char *type, const char *schema)
{
    jo_obj(j, "content");
    jo_obj(j, type);
    if (schema != NULL)
        reference(j, schema);
    else
        jo_raw(j, "schema", "{\"type\":\"object\"}");
    jo_close(j);
    jo_close(j);
}

static void parameters(struct json_out *j, const char *path)
{
    jo_arr(j, "parameters");
    for (const char *s = path; (s = strchr(s, '{')) != NULL;) {
        size_t n = strcspn(++s, "}");
        jo_obj(j, NULL);
        jo_strn(j, "name", s, n);
        jo_str(j, "in", "path");
        jo_bool(j, "required", true);
        jo_raw(j, "schema", "{\"type\":\"string\"}");
        jo_close(j);
    }
    jo_close(j);
}

static void responses(struct json_out *j, const struct route *r)
{
    jo_obj(j, "responses");
    jo_obj(j, "2XX");
    jo_str(j, "description", "done");
    if (r->answer != NULL)
        content(j, "application/json", r->answer);
    jo_close(j);
    jo_obj(j, "default");
    jo_str(j, "description", "problem");
    content(j, "application/problem+json", "problem");
    jo_close(j);
    jo_close(j);
}

static void operation(struct json_out *j, const struct route *r)
{
    static const char *const perms[PERM__MAX] = {
        [PERM_PUBLIC] = "public", [PERM_CLAIM] = "claim", [PERM_SIGNED_IN] = "signed-in",
        [PERM_STAFF] = "staff",   [PERM_ADMIN] = "admin", [PERM_MONITOR] = "monitor"};

    jo_obj(j, method_names[r->method]);
    jo_str(j, "summary", r->summary == NULL ? "" : r->summary);
    jo_str(j, "x-permission", perms[r->perm]);
    parameters(j, r->path);
    if (r->perm != PERM_PUBLIC)
        jo_raw(j, "security", "[{\"bearer\":[]},{\"cookie\":[]}]");
    if (r->body != BODY_NONE) {
        jo_obj(j, "requestBody");
        content(j, media[r->body], NULL);
        jo_close(j);
    }
    responses(j, r);
    jo_close(j);
}

/* Table t of all: http's own comes first. */
static const struct route *table(const struct http_config *c, size_t t)
{
    return t == 0 ? openapi_routes : c->routes[t - 1];
}

static bool seen_before(const struct http_config *c, size_t t, const struct route *r)
{
    for (size_t i = 0; i <= t; i++)
        for (const struct route *o = table(c, i); o->method != METHOD_UNSET && o != r; o++)
            if (strcmp(o->path, r->path) == 0)
                return true;
    return false;
}

static void one_path(const struct http_config *c, struct json_out *j, const char *path)
{
    jo_obj(j, path);
    for (size_t t = 0; t <= c->n_tables; t++)
        for (const struct route *r = table(c, t); r->method != METHOD_UNSET; r++)
            if (strcmp(r->path, path) == 0)
                operation(j, r);
    jo_close(j);
}

static void paths(const struct http_config *c, struct json_out *j)
{
    jo_obj(j, "paths");
    for (size_t t = 0; t <= c->n_tables; t++)
        for (const struct route *r = table(c, t); r->method != METHOD_UNSET; r++)
            if (!seen_before(c, t, r))
                one_path(c, j, r->path);
    jo_close(j);
}

static const char *schema_of(const struct http_config *c, const char *name)
{
    for (size_t t = 0; t < c->n_schema_tables; t++)
        for (const struct openapi_schema *s = c->schemas[t]; s->name != NULL; s++)
            if (strcmp(s->name, name) == 0)
                return s->json;
    return NULL;
}

static bool answered_before(const struct http_config *c, size_t t, const struct route *r)
{
    for (size_t i = 0; i <= t; i++)
        for (const struct route *o = table(c, i); o->method != METHOD_UNSET && o != r; o++)
            if (o->answer != NULL && strcmp(o->answer, r->answer) == 0)
                return true;
    return false;
}

static void components(const struct http_config *c, struct json_out *j)
{
    jo_obj(j, "components");
    jo_raw(j, "securitySchemes",
           "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
           "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"wangge_session\"}}");
    jo_obj(j, "schemas");
    jo_raw(j, "problem", problem_schema);
    for (size_t t = 0; t < c->n_schema_tables; t++)
        for (const struct openapi_schema *s = c->schemas[t]; s->name != NULL; s++)
            jo_raw(j, s->name, s->json);
    for (size_t t = 0; t <= c->n_tables; t++)
        for (const struct route *r = table(c, t); r->method != METHOD_UNSET; r++)
            if (r->answer != NULL && schema_of(c, r->answer) == NULL && !answered_before(c, t, r))
                jo_raw(j, r->answer, "{\"type\":\"object\"}");
    jo_close(j);
    jo_close(j);
}

void openapi_write(const struct http_config *c, struct json_out *j)
{
    jo_obj(j, NULL);
    jo_str(j, "openapi", "3.1.0");
    jo_raw(j, "info", "{\"title\":\"Wangge\",\"version\":\"1\"}");
    paths(c, j);
    components(c, j);
    jo_close(j);
}

static bool get_document(struct req *r, struct err *e)
{
    const struct exchange *x = (const struct exchange *)r;

    (void)e; /* writing it cannot fail but by size, which the writer tells */
    openapi_write(&x->core->c, &r->out);
    return true;
}

const struct route openapi_routes[] = {
    {GET, "/api/v1/openapi.json", PERM_PUBLIC, BODY_NONE, get_document, NULL, 0, "this document", NULL},
    {0},
};
