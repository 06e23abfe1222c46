/* GET /records/{id}/scores */
#include "record/around.h"
#include "record/record.h"
#include "score.sql.h"
#include "score/table.h"

#define TEXT        "{\"type\":\"string\"}"
#define INT         "{\"type\":\"integer\"}"
#define BOOL        "{\"type\":\"boolean\"}"
#define OBJECT      "{\"type\":\"object\"}"
#define NEEDS(list) "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[" list "]}}"

bool score_check(struct sql *db, struct err *e)
{
    return sql_check(db, score_queries, SCORE_Q__MAX, e);
}

/* The one asked for, else the one that is open, else the first. */
static const struct score_def *which(const struct req *r, const struct record *round)
{
    const char *of = req_query(r, "of");
    const struct kind *k = round->kind;

    if (of != NULL)
        return kind_score(k, of);
    for (size_t i = 0; i < k->n_scores; i++)
        if ((k->scores[i].while_states >> round->state->index & 1) != 0)
            return &k->scores[i];
    return k->n_scores == 0 ? NULL : &k->scores[0];
}

static bool get_scores(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct score_view v = {
        .world = r->services->world(r->services), .who = r->who, .now = r->now, .a = r->arena};
    const struct record **below = NULL;
    struct record *round = NULL;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !record_load(tx, v.world, id, r->arena, &round, e))
        return false;
    if (round == NULL || !record_visible(v.world, round, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    if ((v.def = which(r, round)) == NULL)
        return ERR(e, ERR_NOT_FOUND, "score.none", "这里没有这项评分", "nothing of that name is scored here");
    if (!record_below(tx, v.world, id, r->arena, &below, &v.n_below, e))
        return false;
    v.round = round;
    v.below = below;
    return score_write_table(&r->out, &v, e);
}

const struct openapi_schema score_schemas[] = {
    {"scores",
     "{\"type\":\"object\",\"required\":[\"round\",\"all\",\"name\",\"title\",\"rule\",\"open\",\"settled\","
     "\"desk\",\"judge\",\"given\",\"due\",\"judges\",\"entries\",\"sheets\"],\"properties\":{"
     "\"round\":" OBJECT ",\"all\":" NEEDS(
         "\"name\",\"title\"") ",\"name\":" TEXT ",\"title\":" OBJECT ",\"sheet_kind\":" TEXT
                               ",\"rule\":" OBJECT ",\"open\":" BOOL ",\"settled\":" BOOL ",\"desk\":" BOOL
                               ",\"judge\":" BOOL ",\"given\":" INT ",\"due\":" INT
                               ",\"judges\":" NEEDS("\"nth\",\"given\",\"due\"") ",\"entries\":" NEEDS(
                                   "\"id\",\"title\",\"nth\",\"given\",\"due\"") ",\"sheets\":" NEEDS("\"id\""
                                                                                                      ",\"ent"
                                                                                                      "ry\","
                                                                                                      "\"judg"
                                                                                                      "e\","
                                                                                                      "\"valu"
                                                                                                      "es\","
                                                                                                      "\"tota"
                                                                                                      "l\"") "}}"},
    {0},
};

const struct route score_routes[] = {
    {GET, "/api/v1/records/{id}/scores", PERM_SIGNED_IN, BODY_NONE, get_scores, NULL, 0,
     "What judges gave the entrants of a round, as far as the caller may see it", "scores"},
    {0},
};
