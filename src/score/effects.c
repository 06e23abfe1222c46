/* score: the result of a round, given to its entrants. sheet: the rules that every move of a sheet is judged
 * by (pack/scores.c puts it there). */
#include "base/text.h"
#include "pack/check.h"
#include "score/sheets.h"

#include <string.h>

/* --- sheet --- */

static bool sheet_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                        const void **ret)
{
    (void)ret;
    return check_fail(c, arg, "pack.effect", "nothing: it holds for every sheet by itself",
                      "'%s' need not say 'sheet'", k->name);
}

static bool is_open(const struct score_def *def, const struct record *round, struct err *e)
{
    return (def->while_states >> round->state->index & 1) != 0 ||
           ERR(e, ERR_CONFLICT, "score.closed", "“%s%.0s”现在是“%s%.0s”：评分表不能再提交或更正",
               "“%.0s%s” is “%.0s%s” now: no sheet is given or corrected", def->title.zh, def->title.en,
               round->state->title.zh, round->state->title.en);
}

static bool once(const struct score_def *def, const struct record *sheet, struct uuid judge, struct err *e)
{
    const struct around *around = sheet->around;

    for (size_t i = 0; around != NULL && i < around->n_siblings; i++) {
        const struct record *other = around->siblings[i];

        if (!uuid_eq(other->id, sheet->id) && score_counts(other) && uuid_eq(sheet_judge(def, other), judge))
            return ERR(e, ERR_CONFLICT, "score.twice", "这位评委已经给它打过分：请更正那一张",
                       "this judge has scored it already: correct that sheet");
    }
    return true;
}

static bool is_judge(const struct score_def *def, const struct record *round, struct uuid judge,
                     struct err *e)
{
    for (size_t i = 0; !uuid_is_nil(judge) && i < round->n_parties; i++)
        if (round->parties[i].role == def->judges && uuid_eq(round->parties[i].account, judge))
            return true;
    return ERR(e, ERR_DENIED, "score.not_judge", "不是这场的评委，不能打分",
               "only a judge of this round scores in it");
}

/* A move that makes whoever acts the judge takes no other name; one that asks whose sheet it is, a paper one,
 * does. */
static bool own_name(const struct effect_run *run, const struct score_def *def, struct uuid judge,
                     struct err *e)
{
    const struct move *m = kind_move(run->rec->kind, run->change->verb);

    for (size_t i = 0; m != NULL && i < m->n_parties; i++)
        if (str_eq(m->parties[i].role->name, def->judges->name) && m->parties[i].how == MOVE_PARTY_EXPR &&
            !uuid_eq(run->command->who->account, judge) && !run->command->trusted)
            return ERR(e, ERR_DENIED, "score.in_name", "只能以自己的名义打分",
                       "a judge scores in their own name only");
    return true;
}

static bool may_judge(const struct effect_run *run, const struct score_def *def, struct err *e)
{
    const struct record *sheet = run->rec, *entry = sheet->above;
    struct uuid judge = sheet_judge(def, sheet);
    bool in = false;

    if (!own_name(run, def, judge, e) || !is_judge(def, entry->above, judge, e) ||
        !score_takes_part(run->world, def, entry, run->now, run->arena, &in, e))
        return false;
    if (!in)
        return ERR(e, ERR_CONFLICT, "score.out", "它不参加“%s%.0s”，不用打分",
                   "it does not take part in “%.0s%s”", def->title.zh, def->title.en);
    if (score_own(run->world, def, entry, judge, run->now))
        return ERR(e, ERR_DENIED, "score.own", "不能给自己或本单位打分：请跳过这一个",
                   "nobody scores themselves or their own unit: leave this one out");
    return once(def, sheet, judge, e);
}

static bool sheet_run(void *ctx, const void *data, struct err *e)
{
    const struct effect_run *run = ctx;
    const struct score_def *def = data;
    const struct record *entry = run->rec->above;

    if (entry == NULL || entry->kind != def->entries || entry->above == NULL ||
        entry->above->kind != def->kind)
        return ERR(e, ERR_INVALID, "score.nowhere", "评分表要放在参赛对象下面",
                   "a sheet lies below its entrant");
    if (!is_open(def, entry->above, e))
        return false;
    return !score_counts(run->rec) || may_judge(run, def, e);
}

/* --- score: NAME, or {of: NAME, missing: allowed} --- */

struct score_data {
    const char *name;
    bool missing; /* sheets may be missing: who has too few gets no place */
};

static bool score_effect_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                               const void **ret)
{
    static const char *const members[] = {"of", "missing"}, *const how[] = {"refused", "allowed"};
    const struct pack_node *name = arg->type == NODE_MAP ? node_get(arg, "of") : arg,
                           *missing = arg->type == NODE_MAP ? node_get(arg, "missing") : NULL;
    struct score_data *d = arena_new(check_arena(c), struct score_data);

    *ret = d;
    if (arg->type == NODE_MAP && !check_map(c, arg, "a result", NAMES(members, 2)))
        return false;
    if (name == NULL)
        return check_fail(c, arg, "pack.missing", "add of: NAME", "the result of what?");
    d->missing = missing != NULL && check_name(c, missing, "'missing'", "pack.effect", NAMES(how, 2)) == 1;
    d->name = name->text;
    return check_name(c, name, "score", "pack.unknown_score", NAMES(k->scores, k->n_scores)) >= 0;
}

/* Who has not given what, in words: "张三（2）、李四（1）". */
static bool nothing_missing(const struct effect_run *run, const struct round *r, struct err *e)
{
    const char *who = "";
    size_t n_who = 0;

    for (size_t j = 0; j < r->n_now; j++) {
        const struct account *judge = directory_account(run->world->people, r->judges[j]);
        size_t n = 0;

        for (size_t i = 0; i < r->n_entries; i++)
            n += round_due(r, run->world, i, j, run->now);
        if (n > 0 && ++n_who <= 5)
            who = arena_printf(run->arena, "%s%s%s (%zu)", who, n_who == 1 ? "" : ", ",
                               judge == NULL ? "?" : judge->name, n);
    }
    return n_who == 0 || ERR(e, ERR_CONFLICT, "score.missing", "还有 %zu 位评委没有打完：%s",
                             "%zu judges have not scored everybody: %s", n_who, who);
}

static bool enough(const struct round *r, const struct score_outcome *out, struct err *e)
{
    for (size_t i = 0; i < r->n_entries; i++)
        if (!out->entries[i].ranked)
            return ERR(e, ERR_CONFLICT, "score.few", "“%.60s”只有 %zu 张评分表，按规则至少要 %zu 张",
                       "“%.60s” has %zu sheets, the rule needs %zu", r->entries[i]->title,
                       out->entries[i].n_sheets, score_least(r->def));
    return true;
}

/* --- the result, to the entrants --- */

static void give(struct change_follow *f, const struct field *field, struct cel_value v)
{
    if (field == NULL)
        return;
    f->given[f->n].field = field->name;
    f->given[f->n++].value = v;
}

/* Rounded as a whole number first: the division is then the nearest number there is. */
static struct cel_value shown(struct fraction f, int places)
{
    int64_t scale = 1;

    for (int i = 0; i < places; i++)
        scale *= 10;
    return (struct cel_value){.type = CEL_DOUBLE, .d = (double)fraction_round(f, places) / (double)scale};
}

static bool tell(struct effect_run *run, const struct round *r, size_t i, const struct score_entry *one,
                 struct err *e)
{
    enum { GIVEN = 4 };
    const struct score_def *def = r->def;
    const struct move *m = def->first == 0 || one->place <= def->first ? def->then : def->others;
    struct change_follow *f;

    if (!one->ranked)
        return true;
    if ((m->from >> r->entries[i]->state->index & 1) == 0)
        return ERR(e, ERR_CONFLICT, "score.state", "“%.60s”现在是“%s%.0s”，不能公布它的结果",
                   "“%.60s” is “%.0s%s”: it cannot be given its result", r->entries[i]->title,
                   r->entries[i]->state->title.zh, r->entries[i]->state->title.en);
    f = change_follow(run->change, FOLLOW_CHILD, m->name, run->arena);
    if (f == NULL)
        return ERR(e, ERR_TOO_LARGE, "score.many", "一场最多 %d 个参赛对象",
                   "a round has at most %d entrants", FOLLOWS_MAX);
    f->target = r->entries[i]->id;
    f->given = arena_alloc(run->arena, sizeof(*f->given) * GIVEN);
    give(f, def->result, shown(one->result, def->places));
    give(f, def->place, CEL_INTV(one->place));
    give(f, def->spread, shown(one->spread, def->places));
    give(f, def->prize, CEL_STR(one->prize == 0 ? NULL : def->prizes[one->prize - 1].code));
    return true;
}

static bool score_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct score_data *d = data;
    const struct around *around = run->rec->around;
    const struct score_def *def = kind_score(run->rec->kind, d->name);
    const struct score_outcome *out;
    struct round r;

    if (around == NULL || around->below == NULL)
        return ERR(e, ERR_INTERNAL, "score.below", "评分结果只能由流转得出",
                   "a result is made by a move only");
    if (!round_lay_out(run->world, def, run->rec, around->below, around->n_below, false, run->now, run->arena,
                       &r, e) ||
        (!d->missing && !nothing_missing(run, &r, e)))
        return false;
    out = score_count(&r.input, run->arena);
    if (!d->missing && !enough(&r, out, e))
        return false;
    for (size_t i = 0; i < r.n_entries; i++)
        if (!tell(run, &r, i, &out->entries[i], e))
            return false;
    return true;
}

static const struct effect_type sheet = {
    "sheet", "a sheet keeps to the rules of its scoring; never written", sheet_check, {sheet_run}};
static const struct effect_type score = {
    "score", "results and places are counted and given to the entrants", score_effect_check, {score_run}};
const struct effect_type *const score_effects[] = {&sheet, &score};
const size_t score_n_effects = COUNT_OF(score_effects);
