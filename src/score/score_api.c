/* GET /records/{id}/scores and /records/{id}/certificates */
#include "base/clock.h"
#include "base/text.h"
#include "record/around.h"
#include "record/record.h"
#include "record/store.h"
#include "score/certificate.h"
#include "score/table.h"

#include <string.h>

enum { PAPERS_MAX = 500 };

#define TEXT        "{\"type\":\"string\"}"
#define INT         "{\"type\":\"integer\"}"
#define BOOL        "{\"type\":\"boolean\"}"
#define OBJECT      "{\"type\":\"object\"}"
#define NEEDS(list) "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[" list "]}}"

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

/* --- certificates --- */

struct papers {
    const struct world *world;
    struct arena *a;
    int64_t now;
    struct certificate *list;
    size_t n;
};

static const char *title_in(const struct papers *p, const char *name, const struct record *r,
                            const struct record *up)
{
    const struct field *f = kind_field(r->kind, name);
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];
    const struct code *c;

    if (str_eq(name, "parent"))
        return up == NULL ? "" : up->title;
    if (v != NULL && v->type == CEL_STRING)
        return f->type == FIELD_CODE && (c = list_code(f->list, v->s)) != NULL ? c->title.zh : v->s;
    return v != NULL && v->type == CEL_INT ? arena_printf(p->a, "%lld", (long long)v->i) : "";
}

/* The text with {field} filled in. */
static const char *filled(const struct papers *p, const char *s, const struct record *r,
                          const struct record *up)
{
    const char *out = "";

    while (*s != '\0') {
        size_t plain = strcspn(s, "{"), name;

        out = arena_printf(p->a, "%s%.*s", out, (int)plain, s);
        s += plain;
        if (*s == '\0')
            break;
        name = strcspn(++s, "}");
        out = arena_printf(p->a, "%s%s", out, title_in(p, arena_strndup(p->a, s, name), r, up));
        s += name + (s[name] == '}');
    }
    return out;
}

static const char *given_by(const struct papers *p, const struct record *r, const struct record *up)
{
    const struct org *o = directory_org(p->world->people, record_owner(up == NULL ? r : up));

    return o == NULL ? "" : o->name;
}

static bool add_papers(struct papers *p, const struct record *r, const struct record *up, struct err *e)
{
    const struct civil day = civil_from_ms(r->entered_at, p->world->offset_min);
    char number[64];

    number_format(p->world, r->number, number, sizeof(number));
    for (size_t i = 0; i < r->kind->n_certificates && p->n < PAPERS_MAX; i++) {
        const struct certificate_def *d = &r->kind->certificates[i];
        struct cel_value v = {0};

        if (!record_eval(p->world, r, NULL, d->when, p->now, 0, p->a, &v, e))
            return false;
        if (v.type == CEL_BOOL && v.b)
            p->list[p->n++] =
                (struct certificate){.title = d->title.zh,
                                     .to = arena_printf(p->a, "%s：", title_in(p, d->to->name, r, up)),
                                     .text = filled(p, d->text.zh, r, up),
                                     .by = given_by(p, r, up),
                                     .on = arena_printf(p->a, "%d年%d月%d日", day.year, day.month, day.day),
                                     .number = arena_printf(p->a, "证书编号 %s", number)};
    }
    return true;
}

static bool gather_papers(struct req *r, struct papers *p, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct record **below = NULL;
    struct record *one = NULL, *up = NULL;
    struct uuid id;
    size_t n = 0;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !record_load(tx, p->world, id, p->a, &one, e))
        return false;
    if (one == NULL || !record_visible(p->world, one, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    if (!uuid_is_nil(one->parent) && !record_load(tx, p->world, one->parent, p->a, &up, e))
        return false;
    if (!add_papers(p, one, up, e))
        return false;
    if (one->kind->n_scores > 0 && !record_below(tx, p->world, id, p->a, &below, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (uuid_eq(below[i]->parent, id) && record_visible(p->world, below[i], r->who) &&
            !add_papers(p, below[i], one, e))
            return false;
    return true;
}

static bool write_papers(struct req *r, struct err *e)
{
    struct papers p = {.world = r->services->world(r->services), .a = r->arena, .now = r->now};

    p.list = arena_array(r->arena, struct certificate, PAPERS_MAX);
    if (!gather_papers(r, &p, e))
        return false;
    if (p.n == 0)
        return ERR(e, ERR_NOT_FOUND, "certificate.none", "这里还没有证书",
                   "there are no certificates here yet");
    r->content_type = "application/pdf";
    req_header(r, "Content-Disposition", "inline; filename=\"certificates.pdf\"");
    return certificates_write(p.list, p.n, r->arena, &r->raw, &r->raw_len, e);
}

static bool get_certificates(struct req *r, struct err *e)
{
    return req_aside(r, write_papers, e);
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
    {GET, "/api/v1/records/{id}/certificates", PERM_SIGNED_IN, BODY_NONE, get_certificates, req_aside_finish,
     0, "The certificate of an entrant, or those of all entrants of a round, as PDF", NULL},
    {0},
};
