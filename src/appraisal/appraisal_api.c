/* GET /records/{id}/appraisal */
#include "appraisal.sql.h"
#include "appraisal/table.h"
#include "base/clock.h"
#include "base/text.h"
#include "identity/identity.h"
#include "record/around.h"
#include "record/record.h"
#include "record/settled.h"

bool appraisal_check(struct sql *db, struct err *e)
{
    return sql_check(db, appraisal_queries, APPRAISAL_Q__MAX, e);
}

enum { LOOK_BACK = 60, YEAR_FIRST_MONTH = 1 };

/* The month as the packs of its ranking have it, with what lies below it. */
static bool load_round(struct sql_tx *tx, const struct world *now, struct uuid id, int64_t at,
                       struct arena *a, struct month_round *ret, struct world *ret_then, bool *ret_ranked,
                       struct err *e)
{
    const struct record **below = NULL;
    struct record *month = NULL;
    struct settled s;
    size_t n = 0;

    *ret = (struct month_round){0};
    if (!record_load(tx, now, id, a, &month, e))
        return false;
    if (month == NULL || month->kind->appraisal == NULL)
        return true;
    if (!record_settled(tx, now, month->kind, id, move_ranks, &s, e))
        return false;
    *ret_then = *now;
    *ret_ranked = s.seq != 0;
    if (s.seq != 0 &&
        !(world_then(tx, now, s.seq, ret_then, e) && record_load(tx, ret_then, id, a, &month, e)))
        return false;
    return record_below(tx, ret_then, id, a, &below, &n, e) &&
           month_lay_out(month->kind->appraisal, month, below, n, s.seq != 0 ? s.at : at, a, ret, e);
}

static bool may_read(const struct world *w, const struct record *r, const struct principal *who)
{
    return record_public(r) || (who != NULL && record_visible(w, r, who));
}

/* Of the same area, and ranked. */
static bool is_before(struct sql_tx *tx, const struct appraisal_view *v, const struct world *now,
                      struct uuid id, const char *month, struct month_round *ret, struct err *e)
{
    struct record *r = NULL;
    struct world then;
    bool ranked = false;

    if (!record_load(tx, now, id, v->a, &r, e))
        return false;
    if (r == NULL || r->kind->appraisal == NULL || !str_eq(r->area, v->round.of->area) ||
        r->state->light == LIGHT_NONE || !str_eq(record_text(r, r->kind->appraisal->month), month) ||
        !may_read(now, r, v->who))
        return true;
    if (!load_round(tx, now, id, 0, v->a, ret, &then, &ranked, e))
        return false;
    if (!ranked)
        ret->of = NULL;
    return true;
}

static bool find_before(struct sql_tx *tx, struct appraisal_view *v, const struct world *now, struct err *e)
{
    const struct record *of = v->round.of;
    const char *text = record_text(of, v->round.def->month), *month = month_before(text, v->a);
    struct uuid ids[LOOK_BACK];
    size_t n = 0;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &appraisal_queries[APPRAISAL_Q_MONTHS_BEFORE], &rows, e, SQL_INT(now->district),
                   SQL_TEXT(of->kind->name), SQL_UUID(&of->id), SQL_INT(LOOK_BACK)))
        return false;
    while (sql_next(rows))
        ids[n++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n && v->before.of == NULL; i++)
        if (!is_before(tx, v, now, ids[i], month, &v->before, e))
            return false;
    return true;
}

static void find_days(struct appraisal_view *v, int64_t today)
{
    int y, m, d;

    if (!month_days(record_text(v->round.of, v->round.def->month), today, &v->from, &v->to))
        v->from = v->to = today;
    civil_from_days(v->from, &y, &m, &d);
    v->year_from = days_from_civil(y, YEAR_FIRST_MONTH, 1);
}

static bool get_appraisal(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct world *now = r->services->world(r->services);
    struct appraisal_view v = {.who = r->who, .a = r->arena};
    struct record *month = NULL;
    struct world then;
    struct uuid id;

    if (!sessions_limit_public(r->services->sessions, r->who, r->client, r->now, e) ||
        !req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !record_load(tx, now, id, r->arena, &month, e))
        return false;
    v.public_ = month != NULL && record_public(month);
    if (month == NULL || !may_read(now, month, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    if (!load_round(tx, now, id, r->now, r->arena, &v.round, &then, &v.ranked, e))
        return false;
    if (v.round.of == NULL)
        return ERR(e, ERR_NOT_FOUND, "appraisal.none", "这里没有考核排名", "nothing is ranked here");
    v.world = &then;
    find_days(&v, local_day(r->now, now->offset_min));
    if (!find_before(tx, &v, now, e))
        return false;
    appraisal_write_table(&r->out, &v);
    return true;
}

#define TEXT   "{\"type\":\"string\"}"
#define MAYBE  "{\"type\":[\"string\",\"null\"]}"
#define INT    "{\"type\":\"integer\"}"
#define BOOL   "{\"type\":\"boolean\"}"
#define OBJECT "{\"type\":\"object\"}"
#define LIST(props, needs)                                                                                   \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[" needs "],\"properties\":{" props "}" \
    "}"                                                                                                      \
    "}"
#define FIGURES                                                                                              \
    LIST("\"item\":" TEXT ",\"value\":" MAYBE ",\"share\":" MAYBE ",\"points\":" MAYBE ",\"how\":" TEXT,     \
         "\"item\",\"value\",\"share\",\"points\",\"how\"")
#define INDICATORS                                                                                           \
    LIST("\"code\":" TEXT ",\"title\":" OBJECT ",\"weight\":" TEXT ",\"normal\":" TEXT,                      \
         "\"code\",\"title\",\"weight\",\"measure\",\"normal\",\"lower_is_better\",\"floor\",\"none\"")
#define DIMENSIONS LIST("\"indicators\":" INDICATORS, "\"code\",\"title\",\"weight\",\"indicators\"")
#define UNITS                                                                                                \
    LIST("\"area\":" TEXT ",\"org\":" MAYBE ",\"name\":" TEXT ",\"total\":" MAYBE                            \
         ",\"place\":{\"type\":[\"integer\",\"null\"]},\"shared\":" BOOL ",\"figures\":" FIGURES,            \
         "\"id\",\"area\",\"org\",\"name\",\"total\",\"place\",\"shared\",\"figures\"")

const struct openapi_schema appraisal_schemas[] = {
    {"appraisal",
     "{\"type\":\"object\",\"required\":[\"record\",\"title\",\"month\",\"from\",\"to\",\"ranked\","
     "\"public\",\"before\",\"rule\",\"units\"],\"properties\":{\"record\":" OBJECT ",\"title\":" OBJECT
     ",\"month\":" TEXT ",\"from\":" TEXT ",\"to\":" TEXT ",\"ranked\":" BOOL ",\"public\":" BOOL
     ",\"rule\":{\"type\":\"object\",\"required\":[\"weights_from\",\"places\",\"dimensions\"],"
     "\"properties\":{\"weights_from\":" INT ",\"places\":" INT ",\"dimensions\":" DIMENSIONS "}}"
     ",\"units\":" UNITS "}}"},
    {0},
};

const struct route appraisal_routes[] = {
    {GET, "/api/v1/records/{id}/appraisal", PERM_PUBLIC, BODY_NONE, get_appraisal, NULL, 0,
     "A month's ranking: the formula, every figure with where it comes from, points, places, and how a place "
     "has changed",
     "appraisal"},
    {0},
};
