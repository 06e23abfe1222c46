/* What the record routes answer, for the OpenAPI document. */
#include "record/record.h"

#define NULLABLE(type) "{\"type\":[\"" type "\",\"null\"]}"
#define TEXT           "{\"type\":\"string\"}"
#define TITLE                                                                                                \
    "{\"type\":\"object\",\"required\":[\"zh\",\"en\"],\"properties\":{\"zh\":" TEXT ",\"en\":" TEXT "}}"
#define LIST(of)  "{\"type\":\"array\",\"items\":" of "}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define TEXTS     LIST(TEXT)
#define COUNT     "{\"type\":\"integer\"}"
#define PARTIES   LIST(REF("party"))
#define CLOCKS    LIST(REF("clock"))
#define LINKS     LIST(REF("record_link"))
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":" LIST(                \
        of) ",\"next\":" NULLABLE("string") "}}"
#define HEAD                                                                                                 \
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"kind\":" TEXT ",\"number\":" TEXT ",\"title\":" TEXT \
    ",\"state\":" TEXT ",\"light\":{\"enum\":[\"new\",\"open\",\"paused\",\"done\",\"none\"]},"              \
    "\"light_now\":{\"enum\":[\"none\",\"green\",\"amber\",\"red\",\"grey\"]},\"open\":{\"type\":"           \
    "\"boolean\"},"                                                                                          \
    "\"version\":{\"type\":\"integer\"},\"area\":" TEXT ",\"area_name\":" TEXT                               \
    ",\"place\":" NULLABLE("object") ",\"fields\":{\"type\":\"object\"},\"due_at\":" NULLABLE(               \
        "string") ",\"late\":{\"type\":\"boolean\"},"                                                        \
                  "\"created_at\":" TEXT ",\"updated_at\":" TEXT
#define PUBLIC_HEAD                                                                                          \
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"kind\":" TEXT ",\"number\":" TEXT ",\"title\":" TEXT \
    ",\"state\":" TEXT ",\"light\":" TEXT ",\"area\":" TEXT ",\"area_name\":" TEXT                           \
    ",\"place\":" NULLABLE("object") ",\"owner\":" NULLABLE(                                                 \
        "string") ",\"created_at\":" TEXT ",\"updated_at\":" TEXT                                            \
                  ",\"due_at\":" NULLABLE("string") ",\"late\":{\"type\":\"boolean\"},"                      \
                                                    "\"fields\":{\"type\":\"object\"}"
#define PUBLIC_REQUIRED                                                                                      \
    "\"id\",\"kind\",\"number\",\"title\",\"state\",\"light\",\"area\",\"place\",\"owner\",\"created_at\","  \
    "\"updated_at\",\"due_at\",\"late\",\"fields\""
#define HEAD_REQUIRED                                                                                        \
    "\"id\",\"kind\",\"number\",\"title\",\"state\",\"light\",\"light_now\",\"open\",\"version\",\"area\","  \
    "\"place\","                                                                                             \
    "\"fields\",\"due_at\",\"late\",\"created_at\",\"updated_at\""

const struct openapi_schema record_schemas[] = {
    {"reveals",
     PAGE("{\"type\":\"object\",\"required\":[\"seq\",\"at\",\"actor\",\"fields\",\"note\",\"record\"],"
          "\"properties\":{"
          "\"seq\":{\"type\":\"integer\"},\"at\":" TEXT ",\"actor\":{\"type\":\"object\"},\"note\":" TEXT
          ",\"fields\":" LIST(TEXT) ",\"record\":{\"type\":\"object\",\"required\":[\"id\",\"kind\","
                                    "\"number\",\"title\"]}}}")},
    {"kinds",
     PAGE("{\"type\":\"object\",\"required\":[\"kind\",\"title\",\"register\",\"public\",\"work\"],"
          "\"properties\":{"
          "\"kind\":" TEXT ",\"title\":" TITLE ",\"register\":{\"type\":\"boolean\"},\"public\":{\"type\":"
          "\"boolean\"},\"scores\":{\"type\":\"boolean\"},\"appraisal\":{\"type\":\"boolean\"},"
          "\"work\":{\"enum\":[\"moves\",\"sees\",\"none\"]}}}")},
    {"table",
     "{\"type\":\"object\",\"required\":[\"table\",\"columns\",\"rows\"],\"properties\":{\"table\":" TEXT
     ",\"columns\":" LIST(TEXT) ",\"rows\":" LIST(LIST(TEXT)) "}}"},
    {"kind",
     "{\"type\":\"object\",\"required\":[\"kind\",\"title\",\"schema\",\"flow\",\"parties\"],"
     "\"properties\":"
     "{\"kind\":" TEXT ",\"title\":" TITLE ",\"schema\":{\"type\":\"object\"},\"flow\":{\"type\":\"object\","
     "\"required\":[\"states\",\"transitions\"]},\"parties\":{\"type\":\"array\"}}}"},
    {"record", "{\"type\":\"object\",\"required\":[" HEAD_REQUIRED
               ",\"parties\",\"clocks\",\"links\",\"files\",\"allowed\"],\"properties\":{" HEAD
               ",\"claim\":" TEXT ",\"parties\":" PARTIES ",\"clocks\":" CLOCKS ",\"links\":" LINKS
               ",\"parent\":" NULLABLE("string") ",\"duplicate_of\":" NULLABLE(
                   "string") ",\"children\":" COUNT ",\"children_open\":" COUNT ",\"files\":" TEXTS
                             ",\"asides\":" TEXTS ",\"allowed\":" TEXTS "}}"},
    {"public_row", "{\"type\":\"object\",\"required\":[" PUBLIC_REQUIRED
                   "],\"additionalProperties\":false,\"properties\":{" PUBLIC_HEAD "}}"},
    {"public_rows", PAGE(REF("public_row"))},
    {"public_step",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"at\",\"verb\",\"title\",\"to\","
     "\"changes\"],\"properties\":{\"at\":" TEXT ",\"verb\":" TEXT ",\"title\":" TITLE ",\"to\":" TEXT
     ",\"changes\":{\"type\":\"array\"}}}"},
    {"public_ask",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"kind\",\"transition\",\"title\","
     "\"signed_in\"],\"properties\":{\"kind\":" TEXT ",\"transition\":" TEXT ",\"title\":" TITLE
     ",\"signed_in\":{\"type\":\"boolean\"}}}"},
    {"public_one", "{\"type\":\"object\",\"required\":[" PUBLIC_REQUIRED
                   ",\"orgs\",\"asks\",\"steps\"],\"additionalProperties\":false,\"properties\":{" PUBLIC_HEAD
                   ",\"orgs\":{\"type\":\"array\"},\"asks\":" LIST(REF("public_ask")) ",\"steps\":" LIST(
                       REF("public_step")) "}}"},
    {"record_row", "{\"type\":\"object\",\"required\":[" HEAD_REQUIRED ",\"owner\"],\"properties\":{" HEAD
                   ",\"owner\":" NULLABLE("object") ",\"holder\":" NULLABLE("object") "}}"},
    {"records", PAGE(REF("record_row"))},
    {"points",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"kind\",\"number\",\"title\",\"state\","
          "\"light_now\",\"late\",\"area\",\"due_at\",\"created_at\",\"updated_at\"],\"properties\":{"
          "\"id\":" TEXT ",\"light_now\":{\"enum\":[\"none\",\"green\",\"amber\",\"red\",\"grey\"]},"
          "\"lng\":{\"type\":\"number\"},\"lat\":{\"type\":\"number\"},\"due_at\":" NULLABLE("string") "}}")},
    {"party",
     "{\"type\":\"object\",\"required\":[\"role\",\"account\",\"org\",\"name\",\"state\",\"since\"],"
     "\"properties\":{\"role\":" TEXT ",\"account\":" NULLABLE("string") ",\"org\":" NULLABLE(
         "string") ",\"name\":" NULLABLE("string") ",\"state\":" NULLABLE("string") ",\"since\":" TEXT "}}"},
    {"clock", "{\"type\":\"object\",\"required\":[\"name\",\"state\",\"started_at\",\"due_at\",\"pauses\"],"
              "\"properties\":{\"name\":" TEXT ",\"title\":" TITLE ",\"party\":" NULLABLE(
                  "string") ",\"state\":{\"enum\":[\"running\",\"paused\",\"stopped\"]},\"limit\":" TEXT
                            ",\"started_at\":" TEXT ",\"due_at\":" TEXT
                            ",\"paused_ms\":{\"type\":\"integer\"},\"pauses\":{\"type\":\"array\"}}}"},
    {"record_link",
     "{\"type\":\"object\",\"required\":[\"type\",\"id\",\"kind\",\"number\",\"title\",\"state\"],"
     "\"properties\":{\"type\":" TEXT ",\"id\":" TEXT "}}"},
    {"near",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"kind\",\"title\",\"state\",\"light\",\"light_now\","
          "\"area\",\"area_name\",\"distance_m\",\"followers\",\"seen\",\"allowed\",\"created_at\",\"due_"
          "at\"],"
          "\"additionalProperties\":false,\"properties\":{\"id\":" TEXT ",\"kind\":" TEXT ",\"title\":" TITLE
          ",\"state\":" TEXT ",\"light\":" TEXT ",\"light_now\":" TEXT ",\"area\":" TEXT
          ",\"area_name\":" TEXT
          ",\"distance_m\":{\"type\":\"integer\"},\"followers\":{\"type\":\"integer\"},\"seen\":{"
          "\"type\":\"boolean\"},\"allowed\":" LIST(TEXT) ",\"created_at\":" TEXT
                                                          ",\"due_at\":" NULLABLE("string") "}}")},
    {"moved", "{\"anyOf\":[" REF("record") ",{\"type\":\"object\",\"required\":[\"fields\"],\"properties\":"
                                           "{\"fields\":{\"type\":\"object\"}}}]}"},
    {"proposal", "{\"type\":\"object\",\"required\":[\"parties\"],\"properties\":{\"parties\":{"
                 "\"type\":\"array\"}}}"},
    {"draft",
     "{\"type\":\"object\",\"required\":[\"transition\",\"area\",\"area_name\",\"fields\",\"parties\","
     "\"same\"],"
     "\"properties\":{\"transition\":" TEXT ",\"area\":" TEXT ",\"area_name\":" TEXT
     ",\"fields\":{\"type\":\"object\"},\"parties\":{\"type\":\"array\"},\"same\":{\"type\":\"array\"}}}"},
    {"log", PAGE("{\"type\":\"object\",\"required\":[\"seq\",\"at\",\"actor\",\"actor_kind\","
                 "\"right\",\"verb\",\"from\","
                 "\"to\",\"version\",\"note\",\"changes\",\"hash\"],\"properties\":{\"seq\":{"
                 "\"type\":\"integer\"},"
                 "\"at\":" TEXT
                 ",\"actor\":" NULLABLE("object") ",\"verb\":" TEXT ",\"note\":" TEXT
                                                  ",\"changes\":{\"type\":\"array\"},\"hash\":" TEXT "}}")},
    {"notices", PAGE("{\"type\":\"object\",\"required\":[\"id\",\"what\",\"at\",\"read\",\"record\"]}")},
    {"moves",
     "{\"type\":\"object\",\"required\":[\"items\",\"dry\",\"done\",\"refused\"],\"properties\":{\"items\":"
     "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"record\",\"ok\"],\"properties\":{"
     "\"record\":" TEXT ",\"ok\":{\"type\":\"boolean\"},\"number\":" TEXT ",\"title\":" TEXT ",\"from\":" TEXT
     ",\"state\":" TEXT
     ",\"version\":{\"type\":\"integer\"},\"due_at\":" NULLABLE("string") ",\"undo\":" NULLABLE(
         "string") ",\"parties\":{\"type\":\"array\"},\"error\":{\"type\":\"object\",\"required\":[\"code\","
                   "\"message\"]}}}},\"dry\":{\"type\":\"boolean\"},\"done\":{\"type\":\"integer\"},"
                   "\"refused\":{\"type\":\"integer\"}}}"},
    {"similar",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"kind\",\"number\",\"title\",\"state\",\"open\","
          "\"likeness\",\"distance_m\",\"codes\"],\"properties\":{\"id\":" TEXT ",\"number\":" TEXT
          ",\"likeness\":{\"type\":\"number\"},\"distance_m\":" NULLABLE("integer") ",\"codes\":{\"type\":"
                                                                                    "\"object\"}}}")},
    {"counts",
     "{\"type\":\"object\",\"required\":[\"items\",\"most\"],\"properties\":{\"most\":{\"type\":\"integer\"},"
     "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"view\",\"n\",\"more\"],"
     "\"additionalProperties\":false,\"properties\":{\"view\":" TEXT ",\"n\":{\"type\":\"integer\"},"
     "\"more\":{\"type\":\"boolean\"}}}}}}"},
    {"read", "{\"type\":\"object\",\"required\":[\"read\"],\"properties\":{\"read\":{\"type\":"
             "\"boolean\"}}}"},
    {"read_all", "{\"type\":\"object\",\"required\":[\"read\",\"more\"],\"properties\":{\"read\":" COUNT
                 ",\"more\":{\"type\":\"boolean\"}}}"},
    {0},
};
