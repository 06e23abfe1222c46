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
#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"
#define TITLE                                                                                                \
    "{\"type\":\"object\",\"required\":[\"zh\",\"en\"],\"properties\":{\"zh\":" TEXT ",\"en\":" TEXT "}}"
#define ALL_POSTS                                                                                            \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"role\",\"area\",\"org\",\"from\","   \
    "\"until\",\"held\"],"                                                                                   \
    "\"properties\":{\"role\":" TEXT ",\"area\":" TEXT                                                       \
    ",\"area_name\":" NULLABLE("string") ",\"org\":" NULLABLE("string") ",\"org_name\":" NULLABLE(           \
        "string") ",\"from\":" TIME                                                                          \
                  ",\"until\":" NULLABLE("string") ",\"held\":{\"enum\":[\"now\",\"ended\",\"future\"]}}}}"
#define ACCOUNT(more)                                                                                        \
    "{\"type\":\"object\",\"required\":[\"id\",\"login\",\"name\",\"active\",\"phone\",\"created_at\","      \
    "\"posts\"],"                                                                                            \
    "\"properties\":{\"id\":" ID                                                                             \
    ",\"login\":" NULLABLE("string") ",\"name\":" TEXT ",\"active\":{\"type\":\"boolean\"},"                 \
                                     "\"phone\":" NULLABLE("string") ",\"created_at\":" TIME                 \
                                                                     ",\"posts\":" POSTS more "}}"
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
    {"Orgs",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"name\",\"area\",\"level\",\"unit\",\"ended\"],"
          "\"properties\":{\"id\":" ID ",\"name\":" TEXT ",\"area\":" TEXT
          ",\"area_name\":" NULLABLE("string") ",\"level\":" NULLABLE(
              "string") ",\"unit\":{\"type\":\"boolean\"},\"parent\":" NULLABLE("string") ",\"ended\""
                                                                                          ":" NULLABLE(
                                                                                              "strin"
                                                                                              "g") "}"
                                                                                                   "}")},
    {"Accounts",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"login\",\"name\",\"posts\"],\"properties\":"
          "{\"id\":" ID ",\"login\":" NULLABLE(
              "string") ",\"name\":" TEXT ",\"active\":{\"type\":\"boolean\"},\"posts\":" POSTS "}}")},
    {"AllAccounts", PAGE(ACCOUNT(""))},
    {"AccountFull", ACCOUNT(",\"all_posts\":" ALL_POSTS)},
    {"Roles",
     PAGE("{\"type\":\"object\",\"required\":[\"role\",\"title\",\"levels\"],\"properties\":{\"role\":" TEXT
          ",\"title\":" TITLE ",\"levels\":{\"type\":\"array\",\"items\":" TEXT "}}}")},
    {"Tokens",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"name\",\"created_at\",\"used_at\",\"until\",\"over\"],"
          "\"properties\":{\"id\":" ID ",\"name\":" TEXT ",\"created_at\":" TIME
          ",\"used_at\":" NULLABLE("string") ",\"until\":" TIME ",\"over\":{\"type\":\"boolean\"}}}")},
    {"Audit", PAGE("{\"type\":\"object\",\"required\":[\"id\",\"at\",\"actor\",\"verb\",\"about\",\"about_"
                   "name\",\"detail\"],"
                   "\"properties\":{\"id\":" ID ",\"at\":" TIME
                   ",\"actor\":{\"type\":[\"object\",\"null\"],\"properties\":{\"id\":" ID
                   ",\"name\":" NULLABLE("string") ",\"login\":" NULLABLE(
                       "string") "}},\"verb\":" TEXT
                                 ",\"about\":" NULLABLE("string") ",\"about_name\":" NULLABLE(
                                     "string") ",\"detail\":{\"type\":\"object\"}}}")},
    {"SignIns",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"at\",\"account\",\"outcome\",\"client\",\"agent\"],"
          "\"properties\":{\"id\":" ID ",\"at\":" TIME
          ",\"account\":{\"type\":[\"object\",\"null\"],\"properties\":{\"id\":" ID
          ",\"name\":" NULLABLE("string") ",\"login\":" NULLABLE(
              "string") "}},"
                        "\"outcome\":{\"enum\":[\"in\",\"out\",\"refused\"]},\"client\":" TEXT
                        ",\"agent\":" TEXT "}}")},
    {"Person",
     "{\"type\":\"object\",\"required\":[\"person\"],\"properties\":{\"person\":{\"type\":[\"object\","
     "\"null\"],"
     "\"required\":[\"word\",\"name\",\"phone\",\"until\",\"code\"],\"properties\":{\"word\":" TEXT
     ",\"name\":" TEXT ",\"phone\":" TEXT ",\"until\":" TIME ",\"code\":" NULLABLE("string") "}}}}"},
    {"Id", "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":" ID "}}"},
    {"Ok", "{\"type\":\"object\",\"required\":[\"ok\"],\"properties\":{\"ok\":{\"const\":true}}}"},
    {"Token", "{\"type\":\"object\",\"required\":[\"token\",\"name\"],\"properties\":{\"token\":" TEXT
              ",\"name\":" TEXT ",\"until\":" NULLABLE("string") "}}"},
    {0},
};
