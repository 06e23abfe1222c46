/* What the routes of this room answer with. */
#include "call/call.h"

#define TEXT "{\"type\":\"string\"}"
#define ID   "{\"type\":\"string\",\"format\":\"uuid\"}"
#define TIME "{\"type\":[\"string\",\"null\"]}"
#define ONE                                                                                                  \
    "{\"type\":\"object\",\"required\":[\"id\",\"name\"],\"properties\":{\"id\":" ID                         \
    ",\"name\":{\"type\":[\"string\",\"null\"]}}}"
#define NOBODY                                                                                               \
    "{\"type\":[\"object\",\"null\"],\"properties\":{\"id\":" ID                                             \
    ",\"name\":{\"type\":[\"string\",\"null\"]}}}"
#define MEMBERS                                                                                              \
    "\"id\":" ID ",\"record\":{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":" ID         \
    ",\"kind\":" TEXT ",\"number\":" TEXT ",\"title\":" TEXT "}},\"caller\":" ONE ",\"to\":" ONE             \
    ",\"answerer\":" NOBODY                                                                                  \
    ",\"state\":{\"enum\":[\"ringing\",\"active\",\"ended\"]},\"outcome\":{\"enum\":"                        \
    "[null,\"ended\",\"missed\",\"declined\",\"cancelled\",\"lost\"]},\"asked_at\":" TEXT                    \
    ",\"rings_until\":" TEXT ",\"answered_at\":" TIME ",\"ended_at\":" TIME                                  \
    ",\"ice\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"urls\"],\"properties\":{"   \
    "\"urls\":" TEXT ",\"username\":" TEXT ",\"credential\":" TEXT "}}}"
#define REQUIRED                                                                                             \
    "\"required\":[\"id\",\"record\",\"caller\",\"to\",\"answerer\",\"state\",\"outcome\",\"asked_at\","     \
    "\"rings_until\",\"answered_at\",\"ended_at\""

const struct openapi_schema call_schemas[] = {
    {"call", "{\"type\":\"object\"," REQUIRED "],\"properties\":{" MEMBERS "}}"},
    {"calls",
     "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
     "\"items\":{\"$ref\":\"#/components/schemas/call\"}},\"next\":{\"type\":\"null\"}}}"},
    {"call_signals", "{\"type\":\"object\"," REQUIRED ",\"signals\",\"after\"],\"properties\":{" MEMBERS
                     ",\"signals\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"kind\","
                     "\"body\"],\"properties\":{\"kind\":" TEXT ",\"body\":" TEXT "}}},"
                     "\"after\":{\"type\":\"integer\"}}}"},
    {0},
};
