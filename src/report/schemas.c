#include "report/report.h"

#define TEXT     "{\"type\":\"string\"}"
#define ID       "{\"type\":\"string\",\"format\":\"uuid\"}"
#define ORNULL   "{\"type\":[\"string\",\"null\"]}"
#define WHOLE    "{\"type\":\"integer\"}"
#define OBJECT   "{\"type\":\"object\"}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"
#define HEAD_NEEDS                                                                                           \
    "\"id\",\"kind\",\"name\",\"state\",\"rows\",\"parts\",\"done\",\"made\",\"refused\",\"problem\",\"at\""
#define HEAD                                                                                                 \
    "\"id\":" ID ",\"kind\":" TEXT ",\"name\":" TEXT                                                         \
    ",\"state\":{\"enum\":[\"waiting\",\"checking\",\"checked\",\"running\",\"done\",\"stopped\"]},"         \
    "\"rows\":" WHOLE ",\"parts\":" WHOLE ",\"done\":" WHOLE ",\"made\":" WHOLE ",\"refused\":" WHOLE        \
    ",\"problem\":" ORNULL ",\"at\":" TEXT ",\"started_at\":" ORNULL ",\"ended_at\":" ORNULL
#define ERRORS                                                                                               \
    LIST("{\"type\":\"object\",\"required\":[\"line\",\"column\",\"field\",\"code\",\"message\"],"           \
         "\"properties\":{\"line\":" WHOLE ",\"column\":" TEXT ",\"field\":" TEXT ",\"code\":" TEXT          \
         ",\"message\":" TEXT "}}")

const struct openapi_schema report_schemas[] = {
    {"import",
     "{\"type\":\"object\",\"required\":[" HEAD_NEEDS ",\"map\",\"columns\",\"preview\",\"errors\"],"
     "\"properties\":{" HEAD ",\"map\":{\"type\":[\"object\",\"null\"]},\"columns\":" LIST(
         TEXT) ",\"guess\":" OBJECT ",\"preview\":" LIST(LIST(TEXT)) ",\"errors\":" ERRORS "}}"},
    {"imports", "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":" LIST(
                    "{\"type\":\"object\",\"required\":[" HEAD_NEEDS "],\"properties\":{" HEAD
                    "}}") ",\"next\":" ORNULL "}}"},
    {"revealed",
     "{\"type\":\"object\",\"required\":[\"items\",\"withheld\",\"next\"],\"properties\":{\"items\":" LIST(
         "{\"type\":\"object\",\"required\":[\"id\",\"number\",\"title\",\"state\",\"fields\"],"
         "\"properties\":{\"id\":" ID ",\"number\":" TEXT ",\"title\":" TEXT ",\"state\":" TEXT
         ",\"parent\":" ORNULL ",\"fields\":" OBJECT "}}") ",\"withheld\":" WHOLE ",\"next\":" ORNULL "}}"},
    {"door",
     "{\"type\":\"object\",\"required\":[\"open\",\"kinds\"],\"properties\":{\"open\":{\"type\":\"boolean\"},"
     "\"kinds\":" LIST("{\"type\":\"object\",\"required\":[\"kind\",\"title\"],\"properties\":{\"kind\":" TEXT
                       ",\"title\":" OBJECT ",\"transition\":" ORNULL "}}") "}}"},
    {0},
};
