#include "score/table.h"

#include "base/clock.h"
#include "engine/record_internal.h"
#include "pack/value.h"
#include "record/json.h"
#include "record/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What one answer is made of. */
struct showing {
    const struct score_view *v;
    struct round r;
    const struct score_outcome *out;  /* of what the caller may see */
    size_t *given, *due;              /* of each entrant: sheets there, and still to come */
    bool settled, open, desk, sheets; /* sheets: those of others are shown, too */
    size_t *number;                   /* of each judge, from 1: how they are told apart */
    size_t mine;                      /* which judge the caller is; n_judges: none */
};

const char *fraction_text(struct fraction f, int places, struct arena *a)
{
    int64_t n = fraction_round(f, places), scale = 1;

    for (int i = 0; i < places; i++)
        scale *= 10;
    if (places == 0)
        return arena_printf(a, "%" PRId64, n);
    return arena_printf(a, "%s%" PRId64 ".%0*" PRId64, n < 0 ? "-" : "", (n < 0 ? -n : n) / scale, places,
                        (n < 0 ? -n : n) % scale);
}

static void write_title(struct json_out *out, const char *key, struct title t)
{
    jo_obj(out, key);
    jo_str(out, "zh", t.zh);
    jo_str(out, "en", t.en);
    jo_close(out);
}

static void write_fraction(const struct showing *t, struct json_out *out, const char *key, struct fraction f)
{
    jo_str(out, key, fraction_text(f, t->v->def->places, t->v->a));
}

/* --- what is seen --- */

static bool has_result(const struct score_view *v)
{
    for (size_t i = 0; i < v->n_below; i++)
        if (v->below[i]->kind == v->def->entries && v->below[i]->values[v->def->place->index].type == CEL_INT)
            return true;
    return false;
}

static void count_due(struct showing *t)
{
    t->given = arena_array(t->v->a, size_t, t->r.n_entries + 1);
    t->due = arena_array(t->v->a, size_t, t->r.n_entries + 1);
    for (size_t i = 0; i < t->r.input.n_sheets; i++)
        t->given[t->r.input.sheets[i].entry]++;
    for (size_t i = 0; i < t->r.n_entries; i++)
        for (size_t j = 0; j < t->r.n_now; j++)
            t->due[i] += round_due(&t->r, t->v->world, i, j, t->v->now);
}

static bool entry_shown(const struct showing *t, size_t i)
{
    return (t->settled && !t->open) || t->desk ||
           (t->v->def->live && t->given[i] > 0 && t->due[i] == 0 && t->open);
}

/* Counts what the caller may know the result of, and nothing else. */
static void count_shown(struct showing *t)
{
    struct score_input in = t->r.input;
    struct score_sheet *sheets = arena_array(t->v->a, struct score_sheet, in.n_sheets + 1);
    size_t n = 0;

    for (size_t i = 0; i < in.n_sheets; i++)
        if (entry_shown(t, in.sheets[i].entry)) {
            t->r.sheets[n] = t->r.sheets[i];
            sheets[n++] = in.sheets[i];
        }
    in.sheets = sheets;
    in.n_sheets = n;
    t->out = score_count(&in, t->v->a);
    t->r.input = in;
}

/* The move by which a sheet is given other values; NULL: its kind has none. */
static const char *correcting(const struct score_def *d)
{
    for (size_t i = 0; i < d->sheets->n_moves; i++) {
        const struct move *m = &d->sheets->moves[i];

        for (size_t k = 0; k < m->n_takes && !m->raises; k++)
            if (m->takes[k] == d->criteria[0].field)
                return m->name;
    }
    return NULL;
}

/* --- the parts of the answer --- */

static void write_round(const struct showing *t, struct json_out *out)
{
    const struct record *r = t->v->round;
    char number[64];

    number_format(t->v->world, r->number, number, sizeof(number));
    jo_obj(out, "round");
    jo_uuid(out, "id", r->id);
    jo_str(out, "kind", r->kind->name);
    jo_str(out, "number", number);
    jo_str(out, "title", r->title);
    jo_str(out, "state", r->state->name);
    write_title(out, "state_title", r->state->title);
    jo_int(out, "version", r->version);
    record_write_area(out, t->v->world, r->area);
    jo_close(out);
}

static void write_criteria(const struct score_def *d, struct json_out *out)
{
    jo_arr(out, "criteria");
    for (size_t i = 0; i < d->n_criteria; i++) {
        const struct score_criterion *one = &d->criteria[i];

        jo_obj(out, NULL);
        jo_str(out, "field", one->field->name);
        write_title(out, "title", one->field->title);
        if (one->field->hint.zh != NULL)
            write_title(out, "hint", one->field->hint);
        jo_int(out, "weight", one->weight);
        jo_int(out, "min", one->field->min);
        jo_int(out, "max", one->max);
        jo_close(out);
    }
    jo_close(out);
}

static void write_prize(const struct score_def *d, struct json_out *out, const char *key, const char *code)
{
    const struct code *c = code == NULL || d->prize == NULL ? NULL : list_code(d->prize->list, code);

    if (c == NULL) {
        jo_null(out, key);
        return;
    }
    jo_obj(out, key);
    jo_str(out, "code", c->code);
    write_title(out, "title", c->title);
    jo_close(out);
}

static void write_rule(const struct score_def *d, struct json_out *out)
{
    static const char *const methods[] = {"", "mean", "trimmed_mean", "rank_sum"};

    jo_obj(out, "rule");
    jo_str(out, "method", methods[d->method]);
    jo_int(out, "trim", d->trim);
    jo_int(out, "least", (int64_t)score_least(d));
    jo_int(out, "places", d->places);
    jo_int(out, "outlier", d->outlier);
    jo_int(out, "first", d->first);
    jo_arr(out, "ties");
    for (size_t i = 0; i < d->n_ties; i++)
        jo_str(out, NULL, d->criteria[d->ties[i]].field->name);
    jo_close(out);
    write_criteria(d, out);
    jo_arr(out, "prizes");
    for (size_t i = 0; i < d->n_prizes; i++) {
        jo_obj(out, NULL);
        write_prize(d, out, "prize", d->prizes[i].code);
        jo_int(out, "n", d->prizes[i].n);
        jo_close(out);
    }
    jo_close(out);
    jo_close(out);
}

static void write_all_names(const struct kind *k, struct json_out *out)
{
    jo_arr(out, "all");
    for (size_t i = 0; i < k->n_scores; i++) {
        jo_obj(out, NULL);
        jo_str(out, "name", k->scores[i].name);
        write_title(out, "title", k->scores[i].title);
        jo_close(out);
    }
    jo_close(out);
}

/* A judge who is not named must not be known by their place in the list of the round's judges either: numbers
 * follow from the district's key. */
static void number_judges(struct showing *t)
{
    uint8_t(*tag)[BLIND_BYTES] = arena_alloc(t->v->a, sizeof(*tag) * (t->r.n_judges + 1));
    char round[UUID_TEXT_MAX], judge[UUID_TEXT_MAX];

    uuid_format(t->v->round->id, round);
    t->number = arena_array(t->v->a, size_t, t->r.n_judges + 1);
    for (size_t j = 0; j < t->r.n_judges; j++) {
        t->number[j] = j + 1;
        uuid_format(t->r.judges[j], judge);
        privacy_blind(t->v->world->privacy, "judge", arena_printf(t->v->a, "%s %s", round, judge), tag[j]);
    }
    for (size_t j = 0; j < t->r.n_judges && !t->desk && !t->v->def->named; j++) {
        t->number[j] = 1;
        for (size_t k = 0; k < t->r.n_judges; k++)
            t->number[j] += memcmp(tag[k], tag[j], BLIND_BYTES) < 0;
    }
}

static bool judge_named(const struct showing *t, size_t j)
{
    return t->desk || t->v->def->named || j == t->mine;
}

/* A judge's part of the work, and, where sheets are shown, how they judge. */
static void write_judge(const struct showing *t, struct json_out *out, size_t j)
{
    const struct account *who = directory_account(t->v->world->people, t->r.judges[j]);
    const struct score_judge *one = &t->out->judges[j];
    size_t due = 0;

    for (size_t i = 0; i < t->r.n_entries; i++)
        due += round_due(&t->r, t->v->world, i, j, t->v->now);
    jo_obj(out, NULL);
    jo_int(out, "nth", (int64_t)t->number[j]);
    jo_uuid(out, "id", judge_named(t, j) ? t->r.judges[j] : (struct uuid){0});
    jo_str(out, "name", judge_named(t, j) && who != NULL ? who->name : NULL);
    jo_int(out, "given", (int64_t)one->n_sheets);
    jo_int(out, "due", t->desk || t->mine == j ? (int64_t)due : 0);
    jo_bool(out, "now", j < t->r.n_now);
    if (one->n_sheets > 0) {
        write_fraction(t, out, "lowest", one->lowest);
        write_fraction(t, out, "highest", one->highest);
        write_fraction(t, out, "mean", one->mean);
        write_fraction(t, out, "leniency", one->leniency);
    }
    jo_close(out);
}

static void write_values(const struct showing *t, struct json_out *out, const struct record *sheet)
{
    jo_obj(out, "values");
    for (size_t i = 0; i < t->v->def->n_criteria; i++) {
        const struct field *f = t->v->def->criteria[i].field;

        field_to_json(out, f->name, f, &sheet->values[f->index]);
    }
    jo_close(out);
}

/* The caller's own, which is theirs to see whatever is shown of it. */
static void write_mine(const struct showing *t, struct json_out *out, size_t i)
{
    for (size_t k = 0; k < t->v->n_below; k++) {
        const struct record *sheet = t->v->below[k];

        if (sheet->kind != t->v->def->sheets || !uuid_eq(sheet->parent, t->r.entries[i]->id) ||
            !score_counts(sheet) || !uuid_eq(sheet_judge(t->v->def, sheet), t->v->who->account))
            continue;
        jo_obj(out, "mine");
        jo_uuid(out, "id", sheet->id);
        jo_int(out, "version", sheet->version);
        write_values(t, out, sheet);
        jo_time(out, "at", sheet->updated_at, t->v->world->offset_min);
        jo_close(out);
        return;
    }
    jo_null(out, "mine");
}

static void write_result(const struct showing *t, struct json_out *out, size_t i)
{
    const struct score_entry *one = &t->out->entries[i];

    if (!entry_shown(t, i) || one->n_sheets == 0)
        return;
    write_fraction(t, out, "median", one->median);
    write_fraction(t, out, "spread", one->spread);
    if (!one->ranked)
        return;
    write_fraction(t, out, "result", one->result);
    jo_obj(out, "exact");
    jo_int(out, "num", one->result.num);
    jo_int(out, "den", one->result.den);
    jo_close(out);
    jo_int(out, "place", one->place);
    jo_bool(out, "shared", one->shared);
    jo_bool(out, "first", t->v->def->first == 0 || one->place <= t->v->def->first);
    write_prize(t->v->def, out, "prize", one->prize == 0 ? NULL : t->v->def->prizes[one->prize - 1].code);
}

static void write_group(const struct showing *t, struct json_out *out, const struct record *entry)
{
    const struct field *f = t->v->def->within;
    const char *group =
        f != NULL && entry->values[f->index].type == CEL_STRING ? entry->values[f->index].s : NULL;
    const struct code *c = group == NULL || f->list == NULL ? NULL : list_code(f->list, group);

    jo_str(out, "group", group);
    if (c != NULL)
        write_title(out, "group_title", c->title);
}

static void write_entry(const struct showing *t, struct json_out *out, size_t i)
{
    const struct record *entry = t->r.entries[i];
    char number[64];

    number_format(t->v->world, entry->number, number, sizeof(number));
    jo_obj(out, NULL);
    jo_uuid(out, "id", entry->id);
    jo_str(out, "number", number);
    jo_str(out, "title", entry->title);
    jo_str(out, "state", entry->state->name);
    jo_int(out, "nth", (int64_t)i + 1);
    write_group(t, out, entry);
    jo_int(out, "given", (int64_t)t->given[i]);
    jo_int(out, "due", (int64_t)t->due[i]);
    if (t->mine < t->r.n_now) {
        jo_bool(out, "own", score_own(t->v->world, t->v->def, entry, t->v->who->account, t->v->now));
        write_mine(t, out, i);
    }
    write_result(t, out, i);
    jo_close(out);
}

static void write_sheets(const struct showing *t, struct json_out *out)
{
    const struct score_input *in = &t->r.input;

    jo_arr(out, "sheets");
    for (size_t i = 0; t->sheets && i < in->n_sheets; i++) {
        jo_obj(out, NULL);
        jo_uuid(out, "id", t->r.sheets[i]->id);
        jo_int(out, "entry", (int64_t)in->sheets[i].entry + 1);
        jo_int(out, "judge", (int64_t)t->number[in->sheets[i].judge]);
        write_values(t, out, t->r.sheets[i]);
        write_fraction(t, out, "total", t->out->totals[i]);
        jo_bool(out, "outlying", t->out->outlying[i]);
        jo_int(out, "version", t->r.sheets[i]->version);
        jo_time(out, "at", t->r.sheets[i]->updated_at, t->v->world->offset_min);
        jo_close(out);
    }
    jo_close(out);
}

static bool prepare(struct showing *t, struct err *e)
{
    const struct score_view *v = t->v;

    t->open = (v->def->while_states >> v->round->state->index & 1) != 0;
    t->settled = has_result(v) && !t->open;
    t->desk = who_admits(v->round, v->who, v->def->desk, v->def->n_desk) != NULL;
    t->sheets = t->desk || t->settled;
    if (!round_lay_out(v->world, v->def, v->round, v->below, v->n_below, t->settled, v->now, v->a, &t->r, e))
        return false;
    for (t->mine = 0; t->mine < t->r.n_judges && !uuid_eq(t->r.judges[t->mine], v->who->account);)
        t->mine++;
    count_due(t);
    number_judges(t);
    return true;
}

bool score_write_table(struct json_out *out, const struct score_view *v, struct err *e)
{
    struct showing t = {.v = v};
    size_t given = 0, due = 0;

    if (!prepare(&t, e))
        return false;
    for (size_t i = 0; i < t.r.n_entries; i++) {
        given += t.given[i];
        due += t.due[i];
    }
    jo_obj(out, NULL);
    write_round(&t, out);
    write_all_names(v->round->kind, out);
    jo_str(out, "name", v->def->name);
    write_title(out, "title", v->def->title);
    jo_str(out, "sheet_kind", v->def->sheets->name);
    jo_str(out, "correct", correcting(v->def));
    write_rule(v->def, out);
    jo_bool(out, "open", t.open);
    jo_bool(out, "settled", t.settled);
    jo_bool(out, "desk", t.desk);
    jo_bool(out, "judge", t.mine < t.r.n_now);
    jo_int(out, "given", (int64_t)given);
    jo_int(out, "due", (int64_t)due);
    count_shown(&t);
    jo_arr(out, "judges");
    for (size_t n = 1; n <= t.r.n_judges && t.sheets; n++)
        for (size_t j = 0; j < t.r.n_judges; j++)
            if (t.number[j] == n)
                write_judge(&t, out, j);
    jo_close(out);
    jo_arr(out, "entries");
    for (size_t i = 0; i < t.r.n_entries; i++)
        write_entry(&t, out, i);
    jo_close(out);
    write_sheets(&t, out);
    jo_close(out);
    return true;
}
