/* What the routes of this room answer, for the OpenAPI document. */
#include "notice/notice.h"

#define TEXT           "{\"type\":\"string\"}"
#define BOOL           "{\"type\":\"boolean\"}"
#define INT            "{\"type\":\"integer\"}"
#define ID             "{\"type\":\"string\",\"format\":\"uuid\"}"
#define NULLABLE(type) "{\"type\":[\"" type "\",\"null\"]}"
#define WORDS          "{\"type\":\"array\",\"items\":" TEXT "}"
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","  \
    "\"items\":{\"$ref\":\"#/components/schemas/" of "\"}},\"next\":" NULLABLE("string")

const struct openapi_schema notice_schemas[] = {
    {"Channel",
     "{\"type\":\"object\",\"required\":[\"id\",\"type\",\"title\",\"active\",\"what\",\"kinds\","
     "\"place\","
     "\"has_secret\",\"version\",\"failures\",\"waiting\"],\"properties\":{\"id\":" ID
     ",\"type\":{\"enum\":[\"push\",\"webhook\",\"dingtalk\",\"wecom\",\"feishu\",\"sms\",\"mail\"]}"
     ",\"title\":" TEXT ",\"active\":" BOOL ",\"what\":" WORDS ",\"kinds\":" WORDS
     ",\"org\":" NULLABLE("string") ",\"org_name\":" NULLABLE(
         "string") ",\"detail\":" BOOL ",\"per_minute\":" INT ",\"sender\":" TEXT ",\"login\":" TEXT
                   ",\"header\":" TEXT ",\"body\":" TEXT ",\"expects\":" TEXT ",\"place\":" TEXT
                   ",\"has_secret\":" BOOL ",\"version\":" INT
                   ",\"by\":" NULLABLE("string") ",\"at\":" TEXT ",\"ok_at\":" NULLABLE(
                       "string") ",\"fail_at\":" NULLABLE("string") ",\"failures\":" INT
                                                                    ",\"fail\":" NULLABLE(
                                                                        "string") ",\"waiting\":" INT "}}"},
    {"Channels", PAGE("Channel") ",\"public_url\":" NULLABLE("string") "}}"},
    {"OutboxItem",
     "{\"type\":\"object\",\"required\":[\"id\",\"channel\",\"what\",\"at\",\"state\",\"tries\"],"
     "\"properties\":{"
     "\"id\":" ID ",\"channel\":" ID ",\"what\":" TEXT
     ",\"account\":" NULLABLE("string") ",\"name\":" NULLABLE("string") ",\"record\":" NULLABLE(
         "string") ",\"at\":" TEXT ",\"state\":{\"enum\":[\"waiting\",\"sending\",\"sent\","
                   "\"failed\",\"dropped\"]},\"tries\":" INT ",\"next_at\":" NULLABLE(
                       "string") ",\"done_at\":" NULLABLE("string") ",\"fail\":" NULLABLE("string") "}}"},
    {"Outbox", PAGE("OutboxItem") "}}"},
    {"Reach", "{\"type\":\"object\",\"required\":[\"quiet_from\",\"quiet_to\",\"wants\",\"ways\","
              "\"push_key\",\"mail\","
              "\"mail_ok\",\"phone\",\"devices\",\"version\"],\"properties\":{\"quiet_"
              "from\":" NULLABLE("string") ",\"quiet_to\":" NULLABLE(
                  "string") ",\"wants\":" WORDS ",\"ways\":" WORDS
                            ",\"push_key\":" NULLABLE("string") ",\"mail\":" NULLABLE(
                                "string") ",\"mail_ok\":" BOOL
                                          ",\"phone\":" NULLABLE(
                                              "string") ",\"devices\":{\"type\":\"array\",\"items\":{"
                                                        "\"type\":\"object\",\"required\":[\"id\","
                                                        "\"agent\",\"at\"],"
                                                        "\"properties\":{\"id\":" ID ",\"agent\":" TEXT
                                                        ",\"at\":" TEXT "}}},\"version\":" INT "}}"},
    {"ReachDevice", "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":" ID "}}"},
    {0},
};
