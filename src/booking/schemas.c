/* What the booking routes answer, for the OpenAPI document. */
#include "booking/booking.h"

#define TEXT   "{\"type\":\"string\"}"
#define ORNULL "{\"type\":[\"string\",\"null\"]}"
#define WHOLE  "{\"type\":\"integer\"}"
#define YESNO  "{\"type\":\"boolean\"}"
#define ONE                                                                                                  \
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"kind\":" TEXT ",\"number\":" TEXT ",\"title\":" TEXT \
    ",\"state\":" TEXT ",\"area\":" TEXT ",\"area_name\":" TEXT ",\"address\":" ORNULL                       \
    ",\"place\":{\"type\":[\"object\",\"null\"]},\"fields\":{\"type\":\"object\"},\"capacity\":" WHOLE       \
    ",\"hours\":" ORNULL ",\"open\":" YESNO ",\"free\":" YESNO ",\"left\":" WHOLE                            \
    ",\"next_free_at\":" ORNULL
#define ONE_REQUIRED                                                                                         \
    "\"id\",\"kind\",\"number\",\"title\",\"state\",\"area\",\"place\",\"fields\",\"capacity\",\"hours\","   \
    "\"open\",\"free\",\"left\",\"next_free_at\""

const struct openapi_schema booking_schemas[] = {
    {"free_row", "{\"type\":\"object\",\"required\":[" ONE_REQUIRED "],\"properties\":{" ONE "}}"},
    {"free_list",
     "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":"
     "\"array\",\"items\":{\"$ref\":\"#/components/schemas/free_row\"}},\"next\":" ORNULL "}}"},
    {"free_one",
     "{\"type\":\"object\",\"required\":[" ONE_REQUIRED ",\"taken\"],\"properties\":{" ONE
     ",\"taken\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"from\",\"to\","
     "\"left\"],\"properties\":{\"from\":" TEXT ",\"to\":" TEXT ",\"left\":" WHOLE "}}}}}"},
    {0},
};
