/* What the identity routes answer, for the OpenAPI document. */
#include "http/openapi.h"
#include "identity/identity.h"

#define TEXT           "{\"type\":\"string\"}"
#define ID             "{\"type\":\"string\",\"format\":\"uuid\"}"
#define NULLABLE(type) "{\"type\":[\"" type "\",\"null\"]}"
#define POSTS                                                                                                \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"role\",\"area\",\"org\"],"           \
    "\"properties\":{\"role\":" TEXT ",\"area\":" TEXT ",\"area_name\":" NULLABLE(                           \
        "string") ",\"org\":" NULLABLE("string") ",\"org_name\":" NULLABLE("string") "}}}"
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","  \
    "\"items\":" of "},\"next\":" NULLABLE("string") "}}"

const struct openapi_schema identity_schemas[] = {
    {"Session", "{\"type\":\"object\",\"required\":[\"token\",\"account\"],\"properties\":{\"token\":" TEXT
                ",\"account\":{\"type\":\"object\",\"required\":[\"id\",\"login\",\"name\"],\"properties\":"
                "{\"id\":" ID ",\"login\":" TEXT ",\"name\":" TEXT "}}}}"},
    {"Me", "{\"type\":\"object\",\"required\":[\"id\",\"login\",\"name\",\"posts\",\"admin\"],\"properties\":"
           "{\"id\":" NULLABLE("string") ",\"login\":" NULLABLE("string") ",\"name\":" NULLABLE(
               "string") ",\"posts\":" POSTS ",\"admin\":{\"type\":\"boolean\"}}}"},
    {"Orgs", PAGE("{\"type\":\"object\",\"required\":[\"id\",\"name\",\"area\",\"level\",\"unit\"],"
                  "\"properties\":{\"id\":" ID ",\"name\":" TEXT ",\"area\":" TEXT ",\"level\":" NULLABLE(
                      "string") ",\"unit\":{\"type\":\"boolean\"},\"parent\":" NULLABLE("string") "}}")},
    {"Accounts",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"login\",\"name\",\"posts\"],\"properties\":"
          "{\"id\":" ID ",\"login\":" NULLABLE(
              "string") ",\"name\":" TEXT ",\"active\":{\"type\":\"boolean\"},\"posts\":" POSTS "}}")},
    {"Id", "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":" ID "}}"},
    {"Ok", "{\"type\":\"object\",\"required\":[\"ok\"],\"properties\":{\"ok\":{\"const\":true}}}"},
    {"Token", "{\"type\":\"object\",\"required\":[\"token\",\"name\"],\"properties\":{\"token\":" TEXT
              ",\"name\":" TEXT ",\"until\":" NULLABLE("string") "}}"},
    {0},
};
