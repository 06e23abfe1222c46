#include "desk/desk.h"

#include "desk.sql.h"
#include "desk/handlers.h"

#define TEXT   "{\"type\":\"string\"}"
#define ID     "{\"type\":\"string\",\"format\":\"uuid\"}"
#define ORNULL "{\"type\":[\"string\",\"null\"]}"
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","  \
    "\"items\":" of "},\"next\":" ORNULL "}}"

const struct openapi_schema desk_schemas[] = {
    {"saved", "{\"type\":\"object\",\"required\":[\"id\",\"what\",\"title\",\"text\",\"about\",\"org\","
              "\"version\",\"at\"],"
              "\"properties\":{\"id\":" ID ",\"what\":{\"enum\":[\"view\",\"template\"]},\"title\":" TEXT
              ",\"text\":" TEXT ",\"about\":" TEXT ",\"org\":" ORNULL ",\"org_name\":" ORNULL
              ",\"version\":{\"type\":\"integer\"},\"by\":" ORNULL ",\"at\":" TEXT "}}"},
    {"saved_list", PAGE("{\"$ref\":\"#/components/schemas/saved\"}")},
    {"presence", PAGE("{\"type\":\"object\",\"required\":[\"account\",\"name\",\"since\",\"writing\"],"
                      "\"properties\":{\"account\":" ID ",\"name\":" TEXT ",\"since\":" TEXT
                      ",\"writing\":{\"type\":\"boolean\"}}}")},
    {0},
};

bool desk_check(struct sql *db, struct err *e)
{
    return sql_check(db, desk_queries, DESK_Q__MAX, e);
}

const struct route desk_routes[] = {
    {GET, "/api/v1/saved", PERM_STAFF, BODY_NONE, saved_list, NULL, 0,
     "Views or templates, the caller's and their units'", "saved_list"},
    {PUT, "/api/v1/saved/{id}", PERM_STAFF, BODY_JSON, saved_put, NULL, 32768, "Keep a view or a template",
     "saved"},
    {DELETE, "/api/v1/saved/{id}", PERM_STAFF, BODY_NONE, saved_delete, NULL, 0, "Remove one", "Ok"},
    {PUT, "/api/v1/records/{id}/presence", PERM_STAFF, BODY_JSON, presence_put, NULL, 1024,
     "I have this matter open; who else has it", "presence"},
    {DELETE, "/api/v1/records/{id}/presence", PERM_STAFF, BODY_NONE, presence_delete, NULL, 0,
     "I have closed it", "Ok"},
    {POST, "/api/v1/callers", PERM_STAFF, BODY_JSON, caller_look, NULL, 1024,
     "A caller's matters by their number; the look is recorded", "records"},
    {0},
};
