/* score: judges at work. Each gives every entrant a sheet they may give: round a quality that the entrant
 * has, off by what the judge is like and by the moment. It states how judges behave; who wins is counted from
 * the sheets. */
#include "app/people.h"
#include "app/scenario.h"
#include "base/text.h"
#include "record/around.h"
#include "record/input.h"
#include "record/record.h"
#include "score/sheets.h"

#include <stdio.h>
#include <string.h>

enum { HUNDRED = 100, BATCH = 256 };
static const size_t ROUND_ARENA = (size_t)64 << 20;

struct scoring {
    struct play *p;
    const struct pack_node *step;
    const char *of;
    int64_t spread; /* percent of a criterion's range that judges differ by */
    struct round r;
    const struct command *commands[BATCH];
    size_t n;
    struct arena *a;
};

/* A number below n that follows from what it is about, and from nothing else. */
static int64_t chance(const char *what, struct uuid one, struct uuid other, size_t i, int64_t n)
{
    uint64_t h = UINT64_C(1469598103934665603) ^ i;

    for (size_t k = 0; what[k] != '\0'; k++)
        h = (h ^ (uint8_t)what[k]) * UINT64_C(1099511628211);
    for (size_t k = 0; k < sizeof(one.b); k++)
        h = ((h ^ one.b[k]) * UINT64_C(1099511628211) ^ other.b[k]) * UINT64_C(1099511628211);
    return (int64_t)((h >> 17) % (uint64_t)n);
}

/* In percent of the criterion: what the entrant is worth, how the judge leans, how it struck them. */
static int64_t value(const struct scoring *s, size_t entry, size_t judge, size_t criterion, int64_t max)
{
    const struct uuid nobody = {0}, e = s->r.entries[entry]->id, j = s->r.judges[judge];
    int64_t half = s->spread / 2, percent;

    percent = 72 + chance("worth", e, nobody, criterion, 24) + chance("leans", j, nobody, 0, s->spread + 1) -
              half + chance("struck", e, j, criterion, s->spread + 1) - half;
    percent = percent < 0 ? 0 : percent > HUNDRED ? HUNDRED : percent;
    return (percent * max + HUNDRED / 2) / HUNDRED;
}

static void refused(void *ctx, size_t i, const struct err *why)
{
    struct scoring *s = ctx;

    (void)i;
    (void)play_fail_err(s->p, s->step, "score", why);
}

static bool send(struct scoring *s)
{
    const struct door_batch_calls calls = {.ctx = s, .refused = refused};
    struct err e = {0};
    bool ok = s->n == 0 || door_batch(s->p->d->door, s->commands, s->n, &calls, &e) ||
              play_fail_err(s->p, s->step, "score", &e);

    s->n = 0;
    return ok;
}

static bool give(struct scoring *s, size_t entry, size_t judge)
{
    AUTO(json_free) struct json_object *body = json_object_new_object();
    const struct world *w = district_world(s->p->d);
    const struct account *who = directory_account(w->people, s->r.judges[judge]);
    struct json_object *fields = json_object_new_object();
    struct command *c = NULL;
    struct err e = {0};
    char id[UUID_TEXT_MAX];

    (void)json_object_object_add(body, "fields", fields);
    for (size_t i = 0; i < s->r.def->n_criteria; i++)
        (void)json_object_object_add(
            fields, s->r.def->criteria[i].field->name,
            json_object_new_int64(value(s, entry, judge, i, s->r.def->criteria[i].max)));
    (void)json_object_object_add(body, "kind", json_object_new_string(s->r.def->sheets->name));
    uuid_format(s->r.entries[entry]->id, id);
    (void)json_object_object_add(body, "parent", json_object_new_string(id));
    uuid_format(rng_uuid(&s->p->rng, s->p->now), id);
    (void)json_object_object_add(body, "id", json_object_new_string(id));
    if (who == NULL)
        return play_fail(s->p, s->step, "评委不在岗 a judge is no member of the staff");
    const struct input in = {.world = w,
                             .who = person_principal(w, who, s->p->now, s->p->arena),
                             .arena = s->p->arena,
                             .now = s->p->now};

    if (!input_raise(&in, body, &c, &e))
        return play_fail_err(s->p, s->step, "score", &e);
    s->commands[s->n++] = c;
    return s->n < BATCH || send(s);
}

static bool lay_out(struct scoring *s, const struct kept *k, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct world *w = district_world(s->p->d);
    const struct record **below = NULL;
    struct record *round = NULL;
    size_t n = 0;

    if (!sql_begin(s->p->d->db, SQL_READ, &tx, e) || !record_load(tx, w, k->id, s->a, &round, e) ||
        !record_below(tx, w, k->id, s->a, &below, &n, e))
        return false;
    const struct score_def *def = s->of[0] != '\0'         ? kind_score(k->kind, s->of)
                                  : k->kind->n_scores == 0 ? NULL
                                                           : &k->kind->scores[0];

    if (def == NULL)
        return ERR(e, ERR_INVALID, "score.none", "这里没有这项评分", "nothing of that name is scored here");
    return round_lay_out(w, def, round, below, n, false, s->p->now, s->a, &s->r, e);
}

static bool round_of(struct scoring *s, const struct kept *k)
{
    struct err e = {0};

    if (!lay_out(s, k, &e))
        return play_fail_err(s->p, s->step, k->name, &e);
    for (size_t i = 0; i < s->r.n_entries; i++)
        for (size_t j = 0; j < s->r.n_now; j++)
            if (round_due(&s->r, district_world(s->p->d), i, j, s->p->now) && !give(s, i, j))
                return false;
    return send(s);
}

void play_score(struct play *p, const struct pack_node *step)
{
    const struct pack_node *spread = node_get(step, "spread");
    struct scoring s = {.p = p, .step = step, .of = play_text(node_get(step, "of")), .spread = 10};
    size_t n = p->n_kept;

    p->steps++;
    if (spread != NULL &&
        (!parse_int64(play_text(spread), &s.spread) || s.spread < 0 || s.spread > HUNDRED)) {
        (void)play_fail(p, spread, "spread 是 0 到 100 的百分数 spread is a percentage");
        return;
    }
    s.a = arena_create(ROUND_ARENA);
    for (size_t i = 0; i < n && p->failures == 0; i++) {
        if (strcmp(p->kept[i].name, play_text(node_get(step, "score"))) != 0)
            continue;
        (void)round_of(&s, &p->kept[i]);
        arena_reset(s.a);
    }
    arena_free(&s.a);
}
