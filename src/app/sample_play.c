/* A little of each programme in the sample district: the packs' own sample.yaml, told in the language of
 * scenarios (docs/scenarios.md), played together in the order of time up to now. */
#include "app/packs.h"
#include "app/scenario.h"
#include "base/limits.h"
#include "identity/password.h"
#include "scenario.sql.h"

#include <stdio.h>

enum { SAMPLE_SEED = 8312 };
static const size_t PLAY_ARENA = (size_t)1 << 30;

struct story {
    struct play *play;
    size_t n, next;
    int64_t due; /* of the next step; meaningless when there is none */
};

struct stage {
    struct district *d;
    struct arena *arena;
    int64_t now;
    char *hash;
    struct story *list;
    size_t n;
};

/* What comes next in a story. False after complaining. */
static bool look_ahead(struct story *s)
{
    return s->next == s->n || play_due(s->play, s->next, &s->due);
}

static bool add_story(struct stage *t, const struct edition *pack, const struct edition_file *f)
{
    struct story *s = &t->list[t->n];
    struct pack_file *file = arena_new(t->arena, struct pack_file);

    *file = (struct pack_file){
        .name = arena_printf(t->arena, "packs/%s/%s", pack->pack, f->name), .text = f->text, .n = f->n};
    s->play = arena_new(t->arena, struct play);
    *s->play = (struct play){.d = t->d,
                             .arena = t->arena,
                             .hash = t->hash,
                             .rng = rng_seed(SAMPLE_SEED + (uint64_t)t->n),
                             .moment = t->now};
    t->n++;
    s->play->root = play_read(file, t->arena);
    return s->play->root != NULL && play_populate(s->play) && play_count(s->play, &s->n) && look_ahead(s);
}

static bool read_stories(struct stage *t)
{
    const struct own_packs *own = t->d->own;

    t->list = arena_array(t->arena, struct story, own->n + 1);
    for (size_t i = 0; i < own->n; i++) {
        const struct edition_file *f = edition_file(&own->list[i], "sample.yaml");

        if (f != NULL && !add_story(t, &own->list[i], f))
            return false;
    }
    return true;
}

static struct story *earliest(const struct stage *t)
{
    struct story *best = NULL;

    for (size_t i = 0; i < t->n; i++)
        if (t->list[i].next < t->list[i].n && (best == NULL || t->list[i].due < best->due))
            best = &t->list[i];
    return best;
}

/* A rule that one story has switched on works while the others are told, too. */
static void share_rules(const struct stage *t, const struct play *from)
{
    for (size_t i = 0; i < t->n; i++) {
        t->list[i].play->scheduled = from->scheduled;
        t->list[i].play->next_rule = from->next_rule;
    }
}

/* To the end of all of them, then until now: what is due by then has come. */
static bool tell(struct stage *t)
{
    struct story *s;

    while ((s = earliest(t)) != NULL) {
        if (!play_one(s->play, s->next++) || s->play->failures > 0 || !look_ahead(s))
            return false;
        share_rules(t, s->play);
    }
    return t->n == 0 || play_time(t->list[0].play, t->list[0].play->root, t->now);
}

bool sample_is_played(struct district *d)
{
    AUTO(arena_free) struct arena *a = arena_create(LIMIT_REQUEST_ARENA);
    struct account *who = NULL;
    struct err e = {0};

    return account_by_login(d->db, d->privacy, d->code, "manager", a, &who, &e) && who != NULL;
}

static bool refused(struct err *e)
{
    return ERR(e, ERR_INVALID, "sample.refused", "示例没有演完，见上",
               "the samples of the packs were not played to their end, see above");
}

bool sample_play(struct district *d, int64_t now, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(PLAY_ARENA);
    struct stage t = {.d = d, .arena = a, .now = now, .hash = arena_alloc(a, PASSWORD_HASH_MAX)};

    if (!sql_check(d->db, scenario_queries, SCENARIO_Q__MAX, e))
        return false;
    if (!read_stories(&t))
        return refused(e);
    return district_reload(d, e) && (tell(&t) || refused(e));
}
