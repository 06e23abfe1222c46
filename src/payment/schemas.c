#include "payment/payment.h"

#define TEXT   "{\"type\":\"string\"}"
#define ID     "{\"type\":\"string\",\"format\":\"uuid\"}"
#define ORNULL "{\"type\":[\"string\",\"null\"]}"
#define WHOLE  "{\"type\":\"integer\"}"
#define YESNO  "{\"type\":\"boolean\"}"
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","  \
    "\"items\":{\"$ref\":\"#/components/schemas/" of "\"}},\"next\":" ORNULL "}}"

const struct openapi_schema payment_schemas[] = {
    {"payment_provider", "{\"type\":\"object\",\"required\":[\"name\",\"title\",\"active\"],\"properties\":{"
                         "\"name\":" TEXT ",\"title\":" TEXT ",\"active\":" YESNO
                         ",\"scheme\":{\"enum\":[\"hmac\",\"rsa\"]},\"url\":" TEXT ",\"public_key\":" TEXT
                         ",\"has_secret\":" YESNO ",\"version\":" WHOLE "}}"},
    {"payment_providers", PAGE("payment_provider")},
    {"payment",
     "{\"type\":\"object\",\"required\":[\"id\",\"record\",\"provider\",\"amount\",\"state\",\"reference\","
     "\"why\",\"at\",\"paid_at\"],\"properties\":{\"id\":" ID ",\"record\":" ID ",\"provider\":" TEXT
     ",\"amount\":" WHOLE ",\"state\":{\"enum\":[\"ordered\",\"paid\",\"unmatched\"]},\"reference\":" TEXT
     ",\"why\":" TEXT ",\"at\":" TEXT ",\"paid_at\":" ORNULL ",\"url\":" ORNULL "}}"},
    {"payments", PAGE("payment")},
    {"payment_call",
     "{\"type\":\"object\",\"required\":[\"at\",\"outcome\",\"order\",\"amount\",\"reference\"],"
     "\"properties\":{\"at\":" TEXT ",\"outcome\":" TEXT ",\"order\":" ORNULL ",\"amount\":" WHOLE
     ",\"reference\":" TEXT "}}"},
    {"payment_calls", PAGE("payment_call")},
    {"payment_trial", "{\"type\":\"object\",\"required\":[\"order\",\"url\"],\"properties\":{\"order\":" ID
                      ",\"url\":" TEXT "}}"},
    {0},
};
