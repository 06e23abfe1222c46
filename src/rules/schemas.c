/* What the routes of packs answer, for the OpenAPI document. */
#include "rules/rules.h"

#define TEXT           "{\"type\":\"string\"}"
#define BOOL           "{\"type\":\"boolean\"}"
#define INT            "{\"type\":\"integer\"}"
#define ID             "{\"type\":\"string\",\"format\":\"uuid\"}"
#define TIME           "{\"type\":\"string\",\"format\":\"date-time\"}"
#define NULLABLE(type) "{\"type\":[\"" type "\",\"null\"]}"
#define TITLE                                                                                                \
    "{\"type\":\"object\",\"required\":[\"zh\",\"en\"],\"properties\":{\"zh\":" NULLABLE(                    \
        "string") ",\"en\":" NULLABLE("string") "}}"
#define LIST(item) "{\"type\":\"array\",\"items\":" item "}"
#define REF(name)  "{\"$ref\":\"#/components/schemas/" name "\"}"
#define NUMBER     NULLABLE("number")
#define FIGURE                                                                                               \
    "{\"type\":\"object\",\"required\":[\"name\",\"title\",\"unit\",\"told\",\"computed\",\"fits\"],"        \
    "\"properties\":{\"name\":" TEXT ",\"title\":" TITLE                                                     \
    ",\"area_name\":" NULLABLE("string") ",\"unit\":" TEXT ",\"told\":" NUMBER ",\"computed\":" NUMBER       \
                                         ",\"places\":" INT ",\"fits\":" BOOL "}}"
#define PLAYED_COMPLAINT                                                                                     \
    "{\"type\":\"object\",\"required\":[\"line\",\"text\"],\"properties\":{\"line\":" INT ",\"text\":" TEXT  \
    "}}"
#define PLAYED                                                                                               \
    "{\"type\":\"object\",\"required\":[\"file\",\"title\",\"steps\",\"wrong\",\"complaints\",\"figures\"]," \
    "\"properties\":{\"file\":" TEXT ",\"title\":" TEXT ",\"steps\":" INT ",\"wrong\":" INT                  \
    ",\"complaints\":" LIST(PLAYED_COMPLAINT) ",\"figures\":" LIST(FIGURE) "}}"
#define STANDING                                                                                             \
    "\"pack\":" TEXT ",\"title\":" TITLE ",\"holds\":" BOOL ",\"number\":" INT ",\"kinds\":" LIST(           \
        "{\"type\":\"object\",\"required\":[\"kind\",\"title\"],\"properties\":{\"kind\":" TEXT              \
        ",\"title\":" TITLE "}}") ",\"planned\":{\"type\":[\"object\",\"null\"]},\"program\":" BOOL          \
                                  ",\"program_differs\":" BOOL
#define STANDING_REQUIRED                                                                                    \
    "\"pack\",\"title\",\"holds\",\"number\",\"kinds\",\"planned\",\"program\",\"program_differs\""
#define PLACED                                                                                               \
    "\"pack\":" TEXT ",\"file\":" TEXT ",\"line\":" INT ",\"column\":" INT ",\"width\":" INT                 \
    ",\"key\":" TEXT ",\"zh\":" TEXT ",\"en\":" TEXT                                                         \
    ",\"todo_zh\":" NULLABLE("string") ",\"todo_en\":" NULLABLE("string")
#define PLACED_REQUIRED                                                                                      \
    "\"pack\",\"file\",\"line\",\"column\",\"width\",\"key\",\"zh\",\"en\",\"todo_zh\",\"todo_en\""

const struct openapi_schema rules_schemas[] = {
    {"PackSwitch",
     "{\"type\":\"object\",\"required\":[\"id\",\"number\",\"at\",\"by\",\"why\",\"from\","
     "\"withdrawn_at\","
     "\"done_at\",\"seq\",\"problem\"],\"properties\":{\"id\":" ID ",\"number\":" INT ",\"at\":" TIME
     ",\"by\":" NULLABLE("object") ",\"why\":" TEXT ",\"from\":" TIME ",\"withdrawn_at\":" NULLABLE(
         "string") ",\"done_at\":" NULLABLE("string") ",\"seq\":" INT
                                                      ",\"problem\":" NULLABLE("object") "}}"},
    {"PackVersion",
     "{\"type\":\"object\",\"required\":[\"number\",\"at\",\"by\",\"note\",\"hash\"],\"properties\":{"
     "\"number\":" INT ",\"at\":" NULLABLE("string") ",\"by\":" NULLABLE("object") ",\"note\":" TEXT
                                                                                   ",\"hash\":" TEXT "}}"},
    {"Packs", "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":" LIST(
                  "{\"type\":\"object\",\"required\":[" STANDING_REQUIRED "],\"properties\":{" STANDING
                  "}}") ",\"next\":{\"type\":\"null\"}}}"},
    {"Pack", "{\"type\":\"object\",\"required\":[" STANDING_REQUIRED
             ",\"versions\",\"switches\"],\"properties\":{" STANDING
             ",\"versions\":" LIST(REF("PackVersion")) ",\"switches\":" LIST(REF("PackSwitch")) "}}"},
    {"PackFiles", "{\"type\":\"object\",\"required\":[\"pack\",\"number\",\"files\"],\"properties\":{"
                  "\"pack\":" TEXT ",\"number\":" INT ",\"files\":" LIST(
                      "{\"type\":\"object\",\"required\":[\"name\",\"text\"],\"properties\":{\"name\":" TEXT
                      ",\"text\":" TEXT "}}") "}}"},
    {"PackChange",
     "{\"type\":\"object\",\"required\":[\"did\",\"about\",\"name\",\"title\",\"kind\",\"before\",\"after\"],"
     "\"properties\":{\"did\":" TEXT ",\"about\":" TEXT ",\"name\":" TEXT ",\"title\":" TITLE
     ",\"kind\":" NULLABLE("object") ",\"before\":" NULLABLE("string") ",\"after\":" NULLABLE("string") "}}"},
    {"PackComplaint", "{\"type\":\"object\",\"required\":[" PLACED_REQUIRED "],\"properties\":{" PLACED "}}"},
    {"PackMisfit", "{\"type\":\"object\",\"required\":[" PLACED_REQUIRED ",\"n\"],\"properties\":{" PLACED
                   ",\"n\":" INT "}}"},
    {"PackCheck",
     "{\"type\":\"object\",\"required\":[\"sound\",\"complaints\",\"misfits\",\"changes\"],\"properties\":{"
     "\"sound\":" BOOL ",\"complaints\":" LIST(REF("PackComplaint")) ",\"misfits\":" LIST(
         REF("PackMisfit")) ",\"changes\":" LIST(REF("PackChange")) "}}"},
    {"PackRehearsal",
     "{\"type\":\"object\",\"required\":[\"played\"],\"properties\":{\"played\":" LIST(PLAYED) "}}"},
    {0},
};
