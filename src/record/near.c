/* GET /records/near: is it reported already? What whoever stands there may be told of open matters. */
#include "base/limits.h"
#include "http/route.h"
#include "record.sql.h"
#include "record/json.h"
#include "record/record.h"
#include "record/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_M = 150, SHOWN_MAX = 5, POINTS = 9, STEP_M = 10 };
static const double metres_per_degree = 111320.0;

struct neighbour {
    struct uuid id;
    double m;
};

struct near {
    struct req *r;
    const struct world *w;
    struct sql_tx *tx;
    double lng, lat, dlng, dlat; /* the point, and half the sides of the box around its circle */
    struct neighbour *list;      /* in that circle */
    size_t n;
};

/* The point's own community and those across its borders, each once. */
static size_t communities(const struct near *x, char ret[POINTS][13])
{
    size_t n = 0;

    for (int i = 0; i < POINTS; i++) {
        const struct area *a =
            area_locate(x->w->areas, x->lng + x->dlng * (i % 3 - 1), x->lat + x->dlat * (i / 3 - 1));
        bool known = a == NULL;

        if (a != NULL)
            community_of(a->code, ret[n]);
        for (size_t k = 0; k < n && !known; k++)
            known = strcmp(ret[k], ret[n]) == 0;
        n += !known;
    }
    return n;
}

static bool look_in(struct near *x, const char *community, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(x->tx, &record_queries[RECORD_Q_NEAR], &rows, e, SQL_INT(x->w->district),
                   SQL_TEXT(community), SQL_INT(LIMIT_NEAR_EXAMINED), SQL_REAL(x->lng - x->dlng),
                   SQL_REAL(x->lng + x->dlng), SQL_REAL(x->lat - x->dlat), SQL_REAL(x->lat + x->dlat),
                   SQL_INT(LIMIT_NEAR_FOUND)))
        return false;
    while (sql_next(rows)) {
        struct neighbour one = {sql_uuid(rows, 0),
                                distance_m(x->lng, x->lat, sql_real(rows, 1), sql_real(rows, 2))};

        if (one.m <= NEAR_M)
            x->list[x->n++] = one;
    }
    return sql_end(&rows, e);
}

static int nearest_first(const void *pa, const void *pb)
{
    const struct neighbour *a = pa, *b = pb;

    return a->m < b->m ? -1 : a->m > b->m ? 1 : uuid_cmp(b->id, a->id);
}

static bool find(struct near *x, struct err *e)
{
    char codes[POINTS][13];
    size_t n;

    x->dlat = NEAR_M / metres_per_degree;
    x->dlng = x->dlat / fmax(cos(x->lat * M_PI / 180), 0.01);
    n = communities(x, codes);
    x->list = arena_array(x->r->arena, struct neighbour, n * LIMIT_NEAR_FOUND + 1);
    for (size_t i = 0; i < n; i++)
        if (!look_in(x, codes[i], e))
            return false;
    qsort(x->list, x->n, sizeof(*x->list), nearest_first);
    return true;
}

/* --- what is told --- */

static void write_title(struct json_out *out, const char *key, struct title t)
{
    jo_obj(out, key);
    jo_str(out, "zh", t.zh);
    jo_str(out, "en", t.en);
    jo_close(out);
}

/* The sort of it: the first code that its line shows. Words that somebody wrote are not told. */
static struct title sort_of(const struct record *r)
{
    for (const char *at = strchr(r->kind->line, '{'); at != NULL; at = strchr(at + 1, '{'))
        for (size_t i = 0; i < r->kind->n_fields; i++) {
            const struct field *f = &r->kind->fields[i];
            size_t n = strlen(f->name);

            if (f->type != FIELD_CODE || f->many || f->privacy != PRIVACY_OPEN ||
                strncmp(at + 1, f->name, n) != 0 || at[1 + n] != '}' ||
                r->values[f->index].type != CEL_STRING)
                continue;
            const struct code *c = list_code(f->list, r->values[f->index].s);
            if (c != NULL)
                return c->title;
        }
    return r->kind->title;
}

static int64_t followers(const struct record *r)
{
    int64_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++)
        n += strcmp(r->parties[i].role->name, "follower") == 0;
    return n;
}

static void write_allowed(struct near *x, const struct record *r)
{
    const struct move **allowed;
    size_t n = record_allowed(x->w, r, x->r->who, x->r->now, x->r->arena, &allowed);

    jo_arr(&x->r->out, "allowed");
    for (size_t i = 0; i < n; i++)
        jo_str(&x->r->out, NULL, allowed[i]->name);
    jo_close(&x->r->out);
}

static void write_one(struct near *x, const struct record *r, double m)
{
    struct json_out *out = &x->r->out;

    jo_obj(out, NULL);
    jo_uuid(out, "id", r->id);
    jo_str(out, "kind", r->kind->name);
    write_title(out, "title", sort_of(r));
    jo_str(out, "state", r->state->name);
    jo_str(out, "light", light_name(r->state->light));
    jo_str(out, "light_now", lamp_name(record_lamp(r)));
    record_write_area(out, x->w, r->area);
    jo_int(out, "distance_m", (int64_t)(m / STEP_M + 0.5) * STEP_M);
    jo_int(out, "followers", followers(r));
    jo_bool(out, "seen", record_visible(x->w, r, x->r->who));
    write_allowed(x, r);
    jo_time(out, "created_at", r->created_at, x->w->offset_min);
    jo_time(out, "due_at", record_due(r), x->w->offset_min);
    jo_close(out);
}

static bool write_shown(struct near *x, struct err *e)
{
    size_t shown = 0;

    for (size_t i = 0; i < x->n && shown < SHOWN_MAX; i++) {
        struct record *r = NULL;

        if (!record_load(x->tx, x->w, x->list[i].id, x->r->arena, &r, e))
            return false;
        if (r == NULL || !record_shown_near(x->w, r, x->r->now, x->r->arena))
            continue;
        write_one(x, r, x->list[i].m);
        shown++;
    }
    return true;
}

static bool list_near(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct near x = {.r = r, .w = r->services->world(r->services)};

    if (!sessions_limit_near(r->services->sessions, r->client, r->now, e) ||
        !area_asked_point(r, &x.lng, &x.lat, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    x.tx = tx;
    if (!find(&x, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (!write_shown(&x, e))
        return false;
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

const struct route near_routes[] = {
    {GET, "/api/v1/records/near", PERM_PUBLIC, BODY_NONE, list_near, NULL, 0,
     "What is reported near a place already", "near"},
    {0},
};
