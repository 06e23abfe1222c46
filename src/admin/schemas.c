/* What the administrator's routes answer, for the OpenAPI document. */
#include "admin/admin.h"

#define TEXT           "{\"type\":\"string\"}"
#define BOOL           "{\"type\":\"boolean\"}"
#define INT            "{\"type\":\"integer\"}"
#define ID             "{\"type\":\"string\",\"format\":\"uuid\"}"
#define TIME           "{\"type\":\"string\",\"format\":\"date-time\"}"
#define NULLABLE(type) "{\"type\":[\"" type "\",\"null\"]}"
#define NAMED                                                                                                \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"code\",\"name\"],\"properties\":"    \
    "{\"code\":" TEXT ",\"name\":" TEXT ",\"level\":" TEXT ",\"was\":" BOOL ",\"follows\":" BOOL             \
    ",\"approximate\":" BOOL ",\"boundary\":" NULLABLE("object") "}}}"

const struct openapi_schema admin_schemas[] = {
    {"AreaPlan",
     "{\"type\":\"object\",\"required\":[\"id\",\"done\",\"from\",\"begins\",\"ends\"],\"properties\":"
     "{\"id\":" ID ",\"done\":" BOOL ",\"from\":" TIME ",\"begins\":" NAMED ",\"ends\":" NAMED
     ",\"open\":" INT ",\"posts\":" INT "}}"},
    {"AreaChanges",
     "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
     "\"items\":{\"type\":\"object\",\"required\":[\"id\",\"do\",\"why\",\"at\",\"from\",\"withdrawn\","
     "\"holds\","
     "\"actor\",\"begins\",\"ends\"],\"properties\":{\"id\":" ID ",\"do\":" TEXT ",\"why\":" TEXT
     ",\"at\":" TIME ",\"from\":" TIME
     ",\"withdrawn\":" NULLABLE("string") ",\"holds\":" BOOL ",\"actor\":" NULLABLE(
         "string") ",\"begins\":" NAMED ",\"ends\":" NAMED "}}},\"next\":" NULLABLE("string") "}}"},
    {"OrgFull",
     "{\"type\":\"object\",\"required\":[\"id\",\"name\",\"area\",\"area_name\",\"level\",\"unit\","
     "\"parent\","
     "\"parent_name\",\"ended\",\"governs\",\"left\"],\"properties\":{\"id\":" ID ",\"name\":" TEXT
     ",\"area\":" TEXT ",\"area_name\":" NULLABLE("string") ",\"level\":" NULLABLE(
         "string") ",\"unit\":" BOOL
                   ",\"parent\":" NULLABLE("string") ",\"parent_name\":" NULLABLE(
                       "string") ",\"ended\":" NULLABLE("string") ",\"governs\":" BOOL
                                                                  ",\"left\":{\"type\":\"object\","
                                                                  "\"required\":[\"posts\",\"parts\","
                                                                  "\"owned\",\"duties\",\"plans\","
                                                                  "\"channels\",\"saved\",\"accounts\","
                                                                  "\"below\",\"rules\"],\"properties\":{"
                                                                  "\"posts\":" INT ",\"parts\":" INT
                                                                  ",\"owned\":" INT ",\"duties\":" INT
                                                                  ",\"plans\":" INT ",\"channels\":" INT
                                                                  ",\"saved\":" INT ",\"accounts\":" INT
                                                                  ",\"below\":" INT ",\"rules\":" INT "}}}}"},
    {"CalendarDays",
     "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
     "\"items\":{\"type\":\"object\",\"required\":[\"date\",\"working\",\"usual\",\"name\"],\"properties\":{"
     "\"date\":" TEXT ",\"working\":" BOOL ",\"usual\":" BOOL ",\"name\":" TEXT
     "}}},\"next\":{\"type\":\"null\"}}}"},
    {"PeopleImport",
     "{\"type\":\"object\",\"required\":[\"rows\",\"new\",\"post\",\"same\",\"wrong\",\"total\",\"done\","
     "\"next\"],"
     "\"properties\":{\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"line\","
     "\"login\",\"name\",\"role\",\"area\",\"fate\",\"errors\"],\"properties\":{\"line\":" INT
     ",\"login\":" TEXT ",\"name\":" TEXT ",\"role\":" TEXT ",\"area\":" TEXT ",\"fate\":" TEXT
     ",\"errors\":{\"type\":\"array\"}}}},"
     "\"new\":" INT ",\"post\":" INT ",\"same\":" INT ",\"wrong\":" INT ",\"total\":" INT ",\"done\":" BOOL
     ",\"next\":" NULLABLE("integer") "}}"},
    {0},
};
