#include "ledger/ledger.h"

#define TEXT          "{\"type\":\"string\"}"
#define ORNULL        "{\"type\":[\"string\",\"null\"]}"
#define WHOLE         "{\"type\":\"integer\"}"
#define WHOLE_OR_NULL "{\"type\":[\"integer\",\"null\"]}"
#define YESNO         "{\"type\":\"boolean\"}"
#define TITLE                                                                                                \
    "{\"type\":\"object\",\"required\":[\"zh\",\"en\"],\"properties\":{\"zh\":" ORNULL ",\"en\":" ORNULL "}" \
    "}"
#define TITLE_OR_NULL "{\"anyOf\":[{\"type\":\"null\"}," TITLE "]}"
#define TIER                                                                                                 \
    "{\"type\":\"object\",\"required\":[\"name\",\"title\",\"from\"],\"properties\":{\"name\":" TEXT         \
    ",\"title\":" TITLE ",\"from\":" WHOLE "}}"
#define TIER_OR_NULL "{\"anyOf\":[{\"type\":\"null\"}," TIER "]}"
#define STANDS                                                                                               \
    "\"ledger\":" TEXT ",\"account\":" TEXT ",\"title\":" TITLE ",\"unit\":" TITLE ",\"money\":" YESNO       \
    ",\"balance\":" WHOLE ",\"tier\":" TIER_OR_NULL ",\"next_tier\":" TIER_OR_NULL
#define STANDS_REQUIRED                                                                                      \
    "\"ledger\",\"account\",\"title\",\"unit\",\"money\",\"balance\",\"tier\",\"next_tier\""
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","  \
    "\"items\":" of "},\"next\":" ORNULL "}}"

const struct openapi_schema ledger_schemas[] = {
    {"ledgers",
     PAGE("{\"type\":\"object\",\"required\":[\"name\",\"title\",\"unit\",\"money\",\"accounts\"],"
          "\"properties\":{\"name\":" TEXT ",\"title\":" TITLE ",\"unit\":" TITLE ",\"money\":" YESNO
          ",\"accounts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"title\","
          "\"of\",\"kind\",\"published\",\"readable\",\"tiers\"],\"properties\":{\"name\":" TEXT
          ",\"title\":" TITLE
          ",\"of\":{\"enum\":[\"district\",\"record\",\"account\",\"org\"]},\"kind\":" ORNULL
          ",\"published\":" YESNO ",\"readable\":" YESNO ",\"tiers\":{\"type\":\"array\",\"items\":" TIER
          "}}}}}}")},
    {"accounts", PAGE("{\"type\":\"object\",\"required\":[" STANDS_REQUIRED
                      ",\"published\"],\"properties\":{" STANDS ",\"published\":" YESNO "}}")},
    {"statement",
     "{\"type\":\"object\",\"required\":[" STANDS_REQUIRED
     ",\"of\",\"name\",\"published\",\"as_of\",\"from\",\"opening\",\"in\",\"out\",\"lines\",\"items\","
     "\"next\"],"
     "\"properties\":{" STANDS ",\"of\":" ORNULL ",\"name\":" ORNULL ",\"published\":" YESNO
     ",\"as_of\":" TEXT ",\"from\":" ORNULL ",\"opening\":" WHOLE_OR_NULL ",\"in\":" WHOLE_OR_NULL
     ",\"out\":" WHOLE_OR_NULL ",\"lines\":" WHOLE_OR_NULL ",\"next\":" ORNULL
     ",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"seq\",\"n\",\"at\","
     "\"booked_at\",\"amount\",\"balance\",\"counter\",\"why\",\"rule\",\"pack\",\"version\",\"inputs\","
     "\"other\",\"record\",\"note\"],\"properties\":{\"seq\":" WHOLE ",\"n\":" WHOLE ",\"at\":" TEXT
     ",\"booked_at\":" TEXT ",\"amount\":" WHOLE ",\"balance\":" WHOLE ",\"counter\":" YESNO ",\"why\":" TITLE
     ",\"rule\":" ORNULL ",\"pack\":" ORNULL ",\"version\":" WHOLE
     ",\"inputs\":{\"type\":\"object\"},\"other\":" TITLE_OR_NULL
     ",\"record\":{\"type\":\"object\",\"required\":[\"id\",\"kind\",\"number\",\"title\"],\"properties\":{"
     "\"id\":" ORNULL ",\"kind\":" ORNULL ",\"number\":" TEXT ",\"title\":" ORNULL
     ",\"files\":{\"type\":\"array\",\"items\":" TEXT "}}},\"note\":" TEXT "}}}}}"},
    {0},
};
