/* appraise: collect -- what is ranked is raised below the month, with the figures of measures; appraise: rank
 * -- they are counted, and points and places given to what is ranked. */
#include "appraisal/round.h"
#include "base/clock.h"
#include "base/text.h"
#include "pack/check.h"

#include <string.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

/* --- the argument --- */

enum what { COLLECT, RANK };
struct appraise_data {
    enum what what;
    bool missing; /* values may be missing that are typed in */
};

static bool appraise_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                           const void **ret)
{
    static const char *const members[] = {"do", "missing"}, *const whats[] = {"collect", "rank"},
                             *const how[] = {"refused", "allowed"};
    const struct pack_node *what = arg->type == NODE_MAP ? node_get(arg, "do") : arg,
                           *missing = arg->type == NODE_MAP ? node_get(arg, "missing") : NULL;
    struct appraise_data *d = arena_new(check_arena(c), struct appraise_data);
    int at;

    *ret = d;
    if (arg->type == NODE_MAP && !check_map(c, arg, "a ranking", NAMES(members, 2)))
        return false;
    if (k->appraisal == NULL)
        return check_fail(c, arg, "pack.appraisal", "appraisal: {…} on the kind", "'%s' ranks nothing",
                          k->name);
    if (what == NULL)
        return check_fail(c, arg, "pack.missing", "do: collect or rank", "'%s' is not said", "do");
    d->missing = missing != NULL && check_name(c, missing, "'missing'", "pack.effect", NAMES(how, 2)) == 1;
    at = check_name(c, what, "'appraise'", "pack.effect", NAMES(whats, 2));
    d->what = at == 1 ? RANK : COLLECT;
    return at >= 0;
}

/* --- collect --- */

struct collecting {
    struct effect_run *run;
    const struct appraisal_def *def;
    int64_t from, to, year_from; /* local days */
    int64_t at;                  /* the last moment of them */
    const char *month;
};

/* What is ranked: an area, or an organisation in the month's area. */
struct subject {
    const char *key, *area, *name; /* key: the area's code, or the organisation's id */
    const struct org *org;         /* NULL: an area */
};

/* Ids follow from the command: a repetition finds them. */
static struct uuid id_for(const struct collecting *c, const char *key, const char *item)
{
    const struct uuid *cause = &c->run->command->id;
    const char *what = arena_printf(c->run->arena, "appraisal:%s:%s", key, item);
    uint8_t hash[HASH_BYTES];

    privacy_hash(c->run->world->privacy, cause->b, sizeof(cause->b), what, strlen(what), hash);
    return uuid_v7(c->run->now, hash);
}

static struct change_follow *raise_one(const struct collecting *c, const struct kind *k, struct uuid parent,
                                       const struct subject *s, const char *item, struct err *e)
{
    enum { GIVEN = 2 };
    struct change_follow *f = change_follow(c->run->change, FOLLOW_BELOW, NULL, c->run->arena);

    if (f == NULL) {
        (void)ERR(e, ERR_TOO_LARGE, "appraisal.many", "单位数乘以指标数最多 %d：请减少单位或指标",
                  "units times indicators are at most %d: rank fewer units or by fewer indicators",
                  FOLLOWS_MAX);
        return NULL;
    }
    f->kind = k;
    f->target = parent;
    f->area = s->area;
    f->id = id_for(c, s->key, item);
    f->given = arena_alloc(c->run->arena, sizeof(*f->given) * GIVEN);
    return f;
}

static void give(struct change_follow *f, const struct field *field, struct cel_value v)
{
    if (field == NULL)
        return;
    f->given[f->n].field = field->name;
    f->given[f->n++].value = v;
}

static bool is_of(const struct collecting *c, const struct record *unit, const struct subject *s)
{
    return s->org == NULL ? str_eq(unit->area, s->area) : str_eq(unit_org(c->def, unit), s->key);
}

/* What is ranked: the one there is, or one to come. */
static bool find_unit(const struct collecting *c, const struct subject *s, struct uuid *ret, struct err *e)
{
    const struct around *around = c->run->rec->around;
    struct change_follow *f;

    for (size_t i = 0; i < around->n_below; i++)
        if (around->below[i]->kind == c->def->units && is_of(c, around->below[i], s) &&
            uuid_eq(around->below[i]->parent, c->run->rec->id)) {
            *ret = around->below[i]->id;
            return true;
        }
    if ((f = raise_one(c, c->def->units, c->run->rec->id, s, "", e)) == NULL)
        return false;
    give(f, c->def->name, CEL_STR(s->name));
    if (s->org != NULL)
        give(f, c->def->org, CEL_STR(s->key));
    *ret = f->id;
    return true;
}

static bool collect_figure(const struct collecting *c, const struct appraisal_indicator *ind,
                           const struct subject *s, struct uuid unit, struct err *e)
{
    const struct figures *figures = c->run->rec->around->figures;
    struct change_follow *f;
    double value = 0;
    int64_t n = 0;
    bool known = false;

    if (ind->measure == NULL)
        return true;
    if (!figures->read(figures->ctx, ind->measure, s->area, figure_dim(ind, s->key, c->run->arena),
                       ind->year ? c->year_from : c->from, c->to, &value, &n, &known, e))
        return false;
    if (!known)
        return true;
    if ((f = raise_one(c, c->def->lines.kind, unit, s, ind->code->code, e)) == NULL)
        return false;
    give(f, c->def->lines.item, CEL_STR(ind->code->code));
    give(f, c->def->lines.value,
         (struct cel_value){.type = CEL_DOUBLE, .d = (double)appraisal_fixed(value) / APPRAISAL_UNIT});
    return true;
}

static bool collect_one(const struct collecting *c, const struct subject *s, struct err *e)
{
    struct uuid unit;

    if (!find_unit(c, s, &unit, e))
        return false;
    for (size_t i = 0; i < c->def->n_indicators; i++)
        if (!collect_figure(c, &c->def->indicators[i], s, unit, e))
            return false;
    return true;
}

static bool collect_areas(const struct collecting *c, size_t *ret_found, struct err *e)
{
    const struct area_tree *areas = c->run->world->areas;

    for (size_t i = 0; i < area_count(areas); i++) {
        const struct area *one = area_at(areas, i);

        if ((int)one->level != c->def->level || !area_covers(c->run->rec->area, one->code) ||
            !area_holds(one, c->at))
            continue;
        (*ret_found)++;
        if (!collect_one(c, &(struct subject){one->code, one->code, one->name, NULL}, e))
            return false;
    }
    return true;
}

/* Where somebody holds the post. Its figures are those of the month's area. */
static bool collect_orgs(const struct collecting *c, size_t *ret_found, struct err *e)
{
    const struct directory *people = c->run->world->people;
    const char *area = c->run->rec->area;

    for (size_t i = 0; i < people->n_orgs; i++) {
        const struct org *one = &people->orgs[i];
        char *id = arena_alloc(c->run->arena, UUID_TEXT_MAX);
        struct uuid holder;

        if (!area_covers(area, one->area) ||
            directory_members(people, one->id, c->def->post->name, c->run->now, &holder, 1) == 0)
            continue;
        (*ret_found)++;
        uuid_format(one->id, id);
        if (!collect_one(c, &(struct subject){id, area, one->name, one}, e))
            return false;
    }
    return true;
}

/* The month said, or the one before this. */
static bool find_days(struct collecting *c, struct err *e)
{
    struct record *rec = c->run->rec;
    int offset = c->run->world->offset_min;
    int64_t today = local_day(c->run->now, offset);
    int year, month, day;

    c->month = record_text(rec, c->def->month);
    if (c->month == NULL) {
        civil_from_days(today, &year, &month, &day);
        c->month = month_before(arena_printf(c->run->arena, "%04d-%02d", year, month), c->run->arena);
        rec->values[c->def->month->index] = CEL_STR(c->month);
    }
    if (!month_days(c->month, today, &c->from, &c->to))
        return ERR_FIELD(e, c->def->month->name, "appraisal.month", "月份须形如 2026-10，且不能是以后的月份",
                         "a month reads like 2026-10 and is not one to come");
    civil_from_days(c->from, &year, &month, &day);
    c->year_from = days_from_civil(year, 1, 1);
    c->at = (c->to + 1) * DAY_MS - (int64_t)offset * MINUTE_MS - 1;
    c->at = c->at < c->run->now ? c->at : c->run->now;
    return true;
}

static bool collect(struct collecting *c, struct err *e)
{
    size_t found = 0;

    if (!find_days(c, e) ||
        !(c->def->post == NULL ? collect_areas(c, &found, e) : collect_orgs(c, &found, e)))
        return false;
    return found > 0 || ERR(e, ERR_CONFLICT, "appraisal.nobody", "这个区域下没有可以排名的单位",
                            "nothing lies below this area that could be ranked");
}

/* --- rank --- */

/* Values that people type in, by name: "城区 满意度". */
static bool nothing_missing(const struct month_round *r, struct arena *a, struct err *e)
{
    enum { NAMED = 5 };
    const char *zh = "", *en = "";
    size_t n = 0;

    for (size_t i = 0; i < r->n_units * r->def->n_indicators; i++) {
        const struct appraisal_indicator *ind = &r->def->indicators[i % r->def->n_indicators];
        const struct record *unit = r->units[i / r->def->n_indicators];

        if (ind->measure != NULL || r->input.figures[i].known ||
            r->input.year->weights[i % r->def->n_indicators] == 0 || n++ >= NAMED)
            continue;
        zh = arena_printf(a, "%s%s%s · %s", zh, n == 1 ? "" : "、", unit->title, ind->code->title.zh);
        en = arena_printf(a, "%s%s%s · %s", en, n == 1 ? "" : ", ", unit->title, ind->code->title.en);
    }
    return n == 0 || ERR(e, ERR_CONFLICT, "appraisal.missing", "还有 %zu 项没有填报：%s%.0s",
                         "%zu values are still to be entered: %.0s%s", n, zh, en);
}

static bool tell(struct effect_run *run, const struct month_round *r, size_t i,
                 const struct appraisal_result *one, struct err *e)
{
    enum { GIVEN = 2 };
    const struct appraisal_def *d = r->def;
    double scale = 1;
    struct change_follow *f;

    if ((d->then->from >> r->units[i]->state->index & 1) == 0)
        return ERR(e, ERR_CONFLICT, "appraisal.state", "“%.60s”现在是“%s%.0s”，不能给它名次",
                   "“%.60s” is “%.0s%s”: it cannot be given a place", r->units[i]->title,
                   r->units[i]->state->title.zh, r->units[i]->state->title.en);
    f = change_follow(run->change, FOLLOW_CHILD, d->then->name, run->arena);
    if (f == NULL)
        return ERR(e, ERR_TOO_LARGE, "appraisal.units", "一次最多给 %d 个单位排名",
                   "at most %d units are ranked at once", FOLLOWS_MAX);
    for (int k = 0; k < d->places; k++)
        scale *= 10;
    f->target = r->units[i]->id;
    f->given = arena_alloc(run->arena, sizeof(*f->given) * GIVEN);
    give(f, d->total,
         one->ranked ? (struct cel_value){.type = CEL_DOUBLE, .d = (double)one->total / scale}
                     : CEL_STR(NULL));
    give(f, d->place, one->ranked ? CEL_INTV(one->place) : CEL_STR(NULL));
    return true;
}

static bool rank(struct effect_run *run, bool missing, struct err *e)
{
    const struct around *around = run->rec->around;
    const struct appraisal_outcome *out;
    struct month_round r;

    if (!month_lay_out(run->rec->kind->appraisal, run->rec, around->below, around->n_below, run->now,
                       run->arena, &r, e) ||
        (!missing && !nothing_missing(&r, run->arena, e)))
        return false;
    if (r.n_units == 0)
        return ERR(e, ERR_CONFLICT, "appraisal.nobody", "这个区域下没有可以排名的单位",
                   "nothing lies below this area that could be ranked");
    out = appraisal_count(&r.input, run->arena);
    for (size_t i = 0; i < r.n_units; i++)
        if (!tell(run, &r, i, &out->units[i], e))
            return false;
    return true;
}

static bool appraise_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct appraise_data *d = data;
    const struct around *around = run->rec->around;
    struct collecting c = {.run = run, .def = run->rec->kind->appraisal};

    if (around == NULL || around->below == NULL || (d->what == COLLECT && around->figures == NULL))
        return ERR(e, ERR_INTERNAL, "appraisal.below", "考核结果只能由流转得出",
                   "figures are collected and ranked by a move only");
    return d->what == COLLECT ? collect(&c, e) : rank(run, d->missing, e);
}

static const struct effect_type appraise = {
    "appraise", "figures are collected, or counted and ranked", appraise_check, {appraise_run}};

bool move_ranks(const struct move *m)
{
    for (size_t i = 0; i < m->n_effects; i++) {
        const struct appraise_data *d = m->effects[i].data;

        if (m->effects[i].type == &appraise && d->what == RANK)
            return true;
    }
    return false;
}

const struct effect_type *const appraisal_effects[] = {&appraise};
const size_t appraisal_n_effects = COUNT_OF(appraisal_effects);
