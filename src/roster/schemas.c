#include "roster/shift.h"

#define TEXT   "{\"type\":\"string\"}"
#define ID     "{\"type\":\"string\",\"format\":\"uuid\"}"
#define ORNULL "{\"type\":[\"string\",\"null\"]}"
#define WHOLE  "{\"type\":\"integer\"}"
#define YESNO  "{\"type\":\"boolean\"}"
#define DUTIES "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/duty\"}}"
#define PEOPLE                                                                                               \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"name\"],\"properties\":{"     \
    "\"id\":" ID ",\"name\":" TEXT "}}}"
#define GAPS                                                                                                 \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"from\",\"until\"],\"properties\":{"  \
    "\"from\":" TEXT ",\"until\":" TEXT "}}}"
#define PAGE(members, of)                                                                                    \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","  \
    "\"items\":" of "},\"next\":" ORNULL members "}}"
#define SWAP "{\"$ref\":\"#/components/schemas/swap\"}"

const struct openapi_schema roster_schemas[] = {
    {"duty",
     "{\"type\":\"object\",\"required\":[\"id\",\"org\",\"account\",\"name\",\"part\",\"from\",\"until\","
     "\"version\"],\"properties\":{\"id\":" ID ",\"org\":" ID ",\"org_name\":" ORNULL ",\"account\":" ID
     ",\"name\":" TEXT ",\"first_name\":" ORNULL
     ",\"part\":{\"enum\":[\"duty\",\"lead\",\"standby\"]},\"from\":" TEXT ",\"until\":" TEXT
     ",\"plan\":" ORNULL ",\"note\":" TEXT ",\"handed_over_at\":" ORNULL ",\"handover\":" TEXT
     ",\"taken_over_at\":" ORNULL ",\"version\":" WHOLE "}}"},
    {"duties", PAGE(",\"gaps\":" GAPS ",\"people\":" PEOPLE ",\"keeps\":" YESNO ",\"dry\":" YESNO,
                    "{\"$ref\":\"#/components/schemas/duty\"}")},
    {"my_duties", PAGE(",\"left\":" DUTIES ",\"swaps\":{\"type\":\"array\",\"items\":" SWAP "}",
                       "{\"$ref\":\"#/components/schemas/duty\"}")},
    {"duty_people", PAGE("", "{\"type\":\"object\",\"required\":[\"id\",\"name\"],\"properties\":{\"id\":" ID
                             ",\"name\":" TEXT "}}")},
    {"duty_units",
     PAGE("", "{\"type\":\"object\",\"required\":[\"id\",\"name\",\"area\",\"keeps\"],\"properties\":{"
              "\"id\":" ID ",\"name\":" TEXT ",\"area\":" TEXT ",\"keeps\":" YESNO "}}")},
    {"duty_plan", "{\"type\":\"object\",\"required\":[\"id\",\"org\",\"title\",\"part\",\"rrule\","
                  "\"workdays\",\"from\",\"until\","
                  "\"at\",\"minutes\",\"people\",\"version\"],\"properties\":{\"id\":" ID ",\"org\":" ID
                  ",\"title\":" TEXT ",\"part\":{\"enum\":[\"duty\",\"lead\",\"standby\"]},\"rrule\":" TEXT
                  ",\"workdays\":{\"enum\":[\"any\",\"next\",\"previous\",\"only\",\"off\"]},\"from\":" TEXT
                  ",\"until\":" TEXT ",\"at\":" TEXT ",\"minutes\":" WHOLE ",\"people\":" PEOPLE
                  ",\"version\":" WHOLE ",\"duties\":" DUTIES ",\"gaps\":" GAPS "}}"},
    {"duty_plans", PAGE("", "{\"$ref\":\"#/components/schemas/duty_plan\"}")},
    {"swap",
     "{\"type\":\"object\",\"required\":[\"id\",\"asked_by\",\"asked_of\",\"mine\",\"why\",\"state\",\"at\","
     "\"duty\",\"other\"],\"properties\":{\"id\":" ID ",\"asked_by\":" TEXT ",\"asked_of\":" TEXT
     ",\"mine\":" YESNO ",\"why\":" TEXT
     ",\"state\":{\"enum\":[\"asked\",\"accepted\",\"declined\",\"withdrawn\"]},\"at\":" TEXT
     ",\"duty\":" DUTIES ",\"other\":" DUTIES "}}"},
    {0},
};

/* What has a name of its own stands before {id}. */
const struct route roster_routes[] = {
    {GET, "/api/v1/duty", PERM_STAFF, BODY_NONE, duty_list, NULL, 0,
     "A unit's duty roster, `from` to `to`, with the times at which nobody is on duty", "duties"},
    {GET, "/api/v1/duty/units", PERM_STAFF, BODY_NONE, duty_units, NULL, 0,
     "The caller's units, and those whose rosters they keep", "duty_units"},
    {GET, "/api/v1/duty/mine", PERM_STAFF, BODY_NONE, duty_mine, NULL, 0,
     "The caller's duties, what the one before left, and swaps that are asked for", "my_duties"},
    {GET, "/api/v1/duty/now", PERM_STAFF, BODY_NONE, duty_now, NULL, 0, "Who is on duty for a unit now",
     "duty_people"},
    {POST, "/api/v1/duty/import", PERM_STAFF, BODY_JSON, duty_import, NULL, 0,
     "A roster as CSV, all of it or nothing; `dry` only judges it", "duties"},
    {GET, "/api/v1/duty/plans", PERM_STAFF, BODY_NONE, plan_list, NULL, 0, "A unit's shifts that come again",
     "duty_plans"},
    {PUT, "/api/v1/duty/plans/{id}", PERM_STAFF, BODY_JSON, plan_put, NULL, 16384,
     "Lay out a shift that comes again; `dry` only shows what would be", "duty_plan"},
    {DELETE, "/api/v1/duty/plans/{id}", PERM_STAFF, BODY_NONE, plan_delete, NULL, 0,
     "No more of this shift; what is past or was changed by hand stays", "Ok"},
    {POST, "/api/v1/duty/swaps", PERM_STAFF, BODY_JSON, swap_ask, NULL, 4096,
     "Ask somebody to exchange duties, or to take one", "swap"},
    {POST, "/api/v1/duty/swaps/{id}", PERM_STAFF, BODY_JSON, swap_answer, NULL, 1024,
     "Accept, decline or withdraw", "swap"},
    {PUT, "/api/v1/duty/{id}", PERM_STAFF, BODY_JSON, duty_put, NULL, 4096, "One duty, or a stand-in for it",
     "duty"},
    {DELETE, "/api/v1/duty/{id}", PERM_STAFF, BODY_NONE, duty_delete, NULL, 0, "Take a duty off the roster",
     "Ok"},
    {POST, "/api/v1/duty/{id}/hand-over", PERM_STAFF, BODY_JSON, duty_hand_over, NULL, 4096,
     "What the next one on duty has to know", "duty"},
    {POST, "/api/v1/duty/{id}/take-over", PERM_STAFF, BODY_JSON, duty_take_over, NULL, 1024,
     "I have taken over", "duty"},
    {.method = METHOD_UNSET},
};
