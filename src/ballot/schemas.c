#include "ballot/ballot.h"

#define TEXT   "{\"type\":\"string\"}"
#define WHOLE  "{\"type\":\"integer\"}"
#define YESNO  "{\"type\":\"boolean\"}"
#define ORNULL "{\"type\":[\"string\",\"null\"]}"
#define TITLE                                                                                                \
    "{\"type\":\"object\",\"required\":[\"zh\",\"en\"],\"properties\":{\"zh\":" TEXT ",\"en\":" TEXT "}}"
#define WEIGHT                                                                                               \
    "{\"type\":\"object\",\"required\":[\"heads\",\"area\"],\"properties\":{\"heads\":" WHOLE                \
    ",\"area\":" WHOLE "}}"
#define ARRAY(of) "{\"type\":\"array\",\"items\":" of "}"
#define PAGE(of)                                                                                             \
    "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":" ARRAY(               \
        of) ",\"next\":" ORNULL "}}"
#define OPTION                                                                                               \
    "{\"type\":\"object\",\"required\":[\"no\",\"zh\",\"en\"],\"properties\":{\"no\":" WHOLE ",\"zh\":" TEXT \
    ",\"en\":" TEXT ",\"heads\":" WHOLE ",\"area\":" WHOLE ",\"paper\":" WHOLE ",\"elected\":" YESNO         \
    ",\"tied\":" YESNO "}}"
#define CHECK                                                                                                \
    "{\"type\":\"object\",\"required\":[\"what\",\"share\",\"have\",\"of\",\"holds\"],\"properties\":{"      \
    "\"what\":" TEXT ",\"share\":" ORNULL ",\"have\":" WHOLE ",\"of\":" WHOLE ",\"holds\":" YESNO "}}"
#define RULE                                                                                                 \
    "{\"type\":\"object\",\"required\":[\"name\",\"title\",\"quorum_heads\",\"yes_heads\",\"of_roll\"],"     \
    "\"properties\":{\"name\":" TEXT ",\"title\":" TITLE ",\"quorum_heads\":" ORNULL                         \
    ",\"quorum_area\":" ORNULL ",\"yes_heads\":" ORNULL ",\"yes_area\":" ORNULL ",\"of_roll\":" YESNO "}}"
#define RESULT                                                                                               \
    "{\"type\":[\"object\",\"null\"],\"required\":[\"rule\",\"valid\",\"passed\",\"roll\",\"part\","         \
    "\"options\","                                                                                           \
    "\"checks\",\"digest\",\"roll_digest\"],\"properties\":{\"rule\":" RULE ",\"valid\":" YESNO              \
    ",\"passed\":" YESNO ",\"seats\":" WHOLE ",\"drawn\":" YESNO ",\"roll\":" WEIGHT ",\"part\":" WEIGHT     \
    ",\"online\":" WHOLE ",\"paper\":" WHOLE ",\"spoilt\":" WHOLE ",\"blank\":" WHOLE ",\"slips\":" WHOLE    \
    ",\"agreed\":" YESNO ",\"options\":" ARRAY(OPTION) ",\"checks\":" ARRAY(CHECK) ",\"digest\":" TEXT       \
                                                                                   ",\"roll_digest\":" TEXT  \
                                                                                   "}}"
#define MINE                                                                                                 \
    "{\"type\":\"object\",\"required\":[\"no\",\"label\",\"heads\",\"area\",\"own\",\"proxy\",\"mark\"],"    \
    "\"properties\":{\"no\":" WHOLE ",\"label\":" TEXT ",\"heads\":" WHOLE ",\"area\":" WHOLE                \
    ",\"own\":" YESNO ",\"proxy\":" WHOLE ",\"mark\":" TEXT "}}"
#define HEAD                                                                                                 \
    "\"id\":" TEXT ",\"kind\":" TEXT ",\"title\":" TEXT ",\"state\":" TEXT ",\"state_title\":" TITLE         \
    ",\"phase\":{\"enum\":[\"roll\",\"open\",\"count\",\"shown\",\"other\"]},\"secret\":" YESNO              \
    ",\"choose\":" YESNO ",\"stand\":" YESNO ",\"typed_twice\":" YESNO ",\"seats\":" WHOLE                   \
    ",\"proxies\":" WHOLE ",\"closes_at\":" ORNULL ",\"runs\":" YESNO ",\"watches\":" YESNO                  \
    ",\"mine\":" ARRAY(MINE)
#define NUMBER                                                                                               \
    "{\"type\":\"object\",\"required\":[\"no\",\"name\",\"label\",\"place\",\"heads\",\"area\",\"account\"," \
    "\"proxy\",\"mark\"],\"properties\":{\"no\":" WHOLE ",\"name\":" TEXT ",\"label\":" TEXT                 \
    ",\"place\":" TEXT ",\"heads\":" WHOLE ",\"area\":" WHOLE ",\"account\":" YESNO ",\"proxy\":" WHOLE      \
    ",\"mark\":" TEXT ",\"typed\":" ORNULL "}}"

const struct openapi_schema ballot_schemas[] = {
    {"ballot",
     "{\"type\":\"object\",\"required\":[\"id\",\"kind\",\"title\",\"phase\",\"secret\",\"options\",\"mine\","
     "\"rule\",\"roll\",\"turnout\",\"result\"],\"properties\":{" HEAD ",\"options\":" ARRAY(
         OPTION) ",\"key\":{\"type\":[\"object\",\"null\"],\"properties\":{\"n\":" TEXT ",\"e\":" TEXT
                 ",\"destroyed\":" YESNO "}},\"rule\":" RULE ",\"numbers\":" WHOLE ",\"roll\":" WEIGHT
                 ",\"turnout\":{\"type\":\"object\",\"required\":[\"online\",\"paper\",\"heads\",\"area\"]},"
                 "\"result\":" RESULT "}}"},
    {"ballots",
     PAGE("{\"type\":\"object\",\"required\":[\"id\",\"title\",\"phase\",\"mine\"],\"properties\":{" HEAD
          "}}")},
    {"ballot_turnout",
     PAGE("{\"type\":\"object\",\"required\":[\"way\",\"place\",\"hour\",\"numbers\",\"heads\",\"area\"],"
          "\"properties\":{\"way\":" TEXT ",\"place\":" TEXT ",\"hour\":" ORNULL ",\"numbers\":" WHOLE "}}")},
    {"ballot_roll_made",
     "{\"type\":\"object\",\"required\":[\"numbers\",\"heads\",\"area\",\"digest\",\"done\"],\"properties\":{"
     "\"numbers\":" WHOLE ",\"heads\":" WHOLE ",\"area\":" WHOLE ",\"digest\":" TEXT ",\"done\":" YESNO "}}"},
    {"ballot_roll", PAGE(NUMBER)},
    {"ballot_number", NUMBER},
    {"ballot_vote",
     "{\"type\":\"object\",\"required\":[\"no\",\"receipt\",\"again\"],\"properties\":{\"no\":" WHOLE
     ",\"receipt\":" TEXT ",\"again\":" YESNO "}}"},
    {"ballot_typed", "{\"type\":\"object\",\"required\":[\"no\",\"voted\"],\"properties\":{\"no\":" WHOLE
                     ",\"voted\":" YESNO "}}"},
    {"ballot_token", "{\"type\":\"object\",\"required\":[\"no\",\"signature\"],\"properties\":{\"no\":" WHOLE
                     ",\"signature\":" TEXT "}}"},
    {"urn", "{\"type\":\"object\",\"required\":[\"taken\",\"receipt\"],\"properties\":{\"taken\":" YESNO
            ",\"receipt\":" TEXT "}}"},
    {"urn_look", "{\"type\":\"object\",\"required\":[\"there\",\"choice\"],\"properties\":{\"there\":" YESNO
                 ",\"choice\":" ORNULL "}}"},
    {"ballot_counts",
     PAGE("{\"type\":\"object\",\"required\":[\"place\",\"issued\",\"counters\",\"agreed\"],\"properties\":{"
          "\"place\":" TEXT ",\"issued\":" WHOLE ",\"counters\":{\"type\":\"array\"},\"agreed\":" YESNO
          "}}")},
    {0},
};
