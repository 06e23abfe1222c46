#include "appraisal/table.h"

#include "base/clock.h"
#include "base/text.h"
#include "record/json.h"
#include "record/store.h"

#include <string.h>

struct showing {
    const struct appraisal_view *v;
    const struct appraisal_def *def;
    const struct appraisal_outcome *out;
};

static void write_title(struct json_out *out, const char *key, struct title t)
{
    jo_obj(out, key);
    jo_str(out, "zh", t.zh);
    jo_str(out, "en", t.en);
    jo_close(out);
}

static const char *date_of(const struct showing *t, int64_t day)
{
    char text[16];

    date_format(day, text);
    return arena_strdup(t->v->a, text);
}

static const char *value_text(const struct showing *t, int64_t value)
{
    return fixed_text(value, FIGURE_DECIMALS, t->v->a);
}

/* --- the formula --- */

static void write_indicator(const struct showing *t, struct json_out *out, size_t i)
{
    static const char *const normals[] = {"", "range", "target", "given"}, *const nones[] = {"", "spread",
                                                                                             "full", "floor"};
    const struct appraisal_indicator *ind = &t->def->indicators[i];

    jo_obj(out, NULL);
    jo_str(out, "code", ind->code->code);
    write_title(out, "title", ind->code->title);
    jo_str(out, "weight", fixed_text(t->v->round.input.year->weights[i], 2, t->v->a));
    if (ind->measure != NULL) {
        jo_obj(out, "measure");
        jo_str(out, "name", ind->measure->name);
        write_title(out, "title", ind->measure->title);
        jo_str(out, "unit", ind->measure->unit);
        jo_bool(out, "share", ind->measure->type == MEASURE_RATIO);
        jo_close(out);
        jo_str(out, "span", ind->year ? "year" : "month");
    } else {
        jo_null(out, "measure");
    }
    jo_str(out, "normal", normals[ind->normal]);
    jo_bool(out, "lower_is_better", ind->lower);
    if (ind->normal != NORMAL_RANGE) {
        jo_str(out, "full", value_text(t, ind->full));
        jo_str(out, "zero", value_text(t, ind->zero));
    }
    jo_int(out, "floor", ind->floor);
    jo_str(out, "none", nones[ind->none]);
    jo_close(out);
}

/* Whether an indicator before this one lies in the same dimension. */
static bool dimension_shown(const struct appraisal_def *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (d->indicators[k].code->parent == d->indicators[i].code->parent)
            return true;
    return false;
}

static void write_dimension(const struct showing *t, struct json_out *out, size_t first)
{
    const struct code *of = t->def->indicators[first].code->parent;
    int64_t weight = 0;

    jo_obj(out, NULL);
    jo_str(out, "code", of->code);
    write_title(out, "title", of->title);
    jo_arr(out, "indicators");
    for (size_t i = first; i < t->def->n_indicators; i++)
        if (t->def->indicators[i].code->parent == of) {
            weight += t->v->round.input.year->weights[i];
            write_indicator(t, out, i);
        }
    jo_close(out);
    jo_str(out, "weight", fixed_text(weight, 2, t->v->a));
    jo_close(out);
}

static void write_rule(const struct showing *t, struct json_out *out)
{
    jo_obj(out, "rule");
    jo_int(out, "weights_from", t->v->round.input.year->from);
    jo_int(out, "places", t->def->places);
    jo_arr(out, "dimensions");
    for (size_t i = 0; i < t->def->n_indicators; i++)
        if (!dimension_shown(t->def, i))
            write_dimension(t, out, i);
    jo_close(out);
    jo_close(out);
}

/* --- what is ranked --- */

/* The record it comes from, for who may see it. */
static void write_record(const struct showing *t, struct json_out *out, const char *key,
                         const struct record *r)
{
    if (t->v->who != NULL && record_visible(t->v->world, r, t->v->who))
        jo_uuid(out, key, r->id);
    else
        jo_null(out, key);
}

static const char *how_of(const struct appraisal_indicator *ind, const struct source *s)
{
    return s->correction != NULL  ? "corrected"
           : s->line == NULL      ? "none"
           : ind->measure != NULL ? "measured"
                                  : "entered";
}

static void write_source(const struct showing *t, struct json_out *out, const struct record *unit, size_t at)
{
    const struct appraisal_indicator *ind = &t->def->indicators[at % t->def->n_indicators];
    const struct source *s = &t->v->round.sources[at];

    jo_str(out, "how", how_of(ind, s));
    if (s->line != NULL)
        write_record(t, out, "record", s->line);
    if (s->correction != NULL) {
        write_record(t, out, "correction", s->correction);
        if (s->line != NULL)
            jo_str(out, "was", value_text(t, appraisal_fixed(s->line->values[t->def->lines.value->index].d)));
    }
    if (ind->measure != NULL) {
        const char *dim = figure_dim(ind, unit_org(t->def, unit), t->v->a);

        jo_str(out, "rows",
               arena_printf(t->v->a, "/api/v1/records?measure=%s&area=%s&from=%s&to=%s%s%s",
                            ind->measure->name, unit->area,
                            date_of(t, ind->year ? t->v->year_from : t->v->from), date_of(t, t->v->to),
                            dim[0] == '\0' ? "" : "&dim=", dim));
    }
}

static void write_figure(const struct showing *t, struct json_out *out, const struct record *unit, size_t at)
{
    const struct appraisal_figure *f = &t->v->round.input.figures[at];
    const struct appraisal_points *p = &t->out->points[at];

    jo_obj(out, NULL);
    jo_str(out, "item", t->def->indicators[at % t->def->n_indicators].code->code);
    jo_str(out, "value", f->known ? value_text(t, f->value) : NULL);
    jo_str(out, "share", p->counts ? fixed_text(p->share, SHARE_DECIMALS, t->v->a) : NULL);
    jo_str(out, "points", p->counts ? fixed_text(p->points, POINT_DECIMALS, t->v->a) : NULL);
    write_source(t, out, unit, at);
    jo_close(out);
}

/* Each is read by the packs of its month. */
static const struct record *same_unit(const struct month_round *r, const struct record *unit, const char *org)
{
    for (size_t i = 0; i < r->n_units; i++)
        if (org == NULL ? strcmp(r->units[i]->area, unit->area) == 0
                        : str_eq(unit_org(r->def, r->units[i]), org))
            return r->units[i];
    return NULL;
}

static void write_kept(const struct showing *t, struct json_out *out, const char *total, const char *place,
                       const struct record *unit)
{
    const struct cel_value *points = &unit->values[t->def->total->index],
                           *at = &unit->values[t->def->place->index];

    jo_str(out, total,
           points->type == CEL_DOUBLE
               ? fixed_text(fixed_round(appraisal_fixed(points->d), FIGURE_DECIMALS, t->def->places),
                            t->def->places, t->v->a)
               : NULL);
    if (at->type == CEL_INT)
        jo_int(out, place, at->i);
    else
        jo_null(out, place);
}

static void write_counted(const struct showing *t, struct json_out *out, const struct appraisal_result *r)
{
    jo_str(out, "total", r->ranked ? fixed_text(r->total, t->def->places, t->v->a) : NULL);
    if (r->ranked)
        jo_int(out, "place", r->place);
    else
        jo_null(out, "place");
}

/* As it is called now; of one that is gone, as it was called then. */
static const char *name_of(const struct showing *t, const struct record *unit)
{
    const char *org = unit_org(t->def, unit), *then = record_text(unit, t->def->name);
    const struct area *area = area_find(t->v->world->areas, unit->area);
    const struct org *o = NULL;
    struct uuid id;

    if (org != NULL && uuid_parse(org, &id))
        o = directory_org(t->v->world->people, id);
    if (org != NULL)
        return o != NULL ? o->name : then != NULL ? then : org;
    return area == NULL ? unit->area : area->name;
}

static void write_unit(const struct showing *t, struct json_out *out, size_t u)
{
    const struct record *unit = t->v->round.units[u];
    const struct record *before =
        t->v->before.of == NULL ? NULL : same_unit(&t->v->before, unit, unit_org(t->def, unit));

    jo_obj(out, NULL);
    write_record(t, out, "id", unit);
    jo_str(out, "area", unit->area);
    jo_str(out, "org", unit_org(t->def, unit));
    jo_str(out, "name", name_of(t, unit));
    if (t->v->ranked)
        write_kept(t, out, "total", "place", unit);
    else
        write_counted(t, out, &t->out->units[u]);
    jo_bool(out, "shared", t->out->units[u].shared);
    if (before != NULL)
        write_kept(t, out, "last_total", "last_place", before);
    jo_arr(out, "figures");
    for (size_t i = 0; i < t->def->n_indicators; i++)
        write_figure(t, out, unit, u * t->def->n_indicators + i);
    jo_close(out);
    jo_close(out);
}

static void write_month(const struct showing *t, struct json_out *out)
{
    const struct record *r = t->v->round.of;
    char number[64];

    number_format(t->v->world, r->number, number, sizeof(number));
    jo_obj(out, "record");
    jo_uuid(out, "id", r->id);
    jo_str(out, "kind", r->kind->name);
    jo_str(out, "number", number);
    jo_str(out, "title", r->title);
    jo_str(out, "state", r->state->name);
    write_title(out, "state_title", r->state->title);
    jo_str(out, "area", r->area);
    jo_close(out);
    write_title(out, "title", r->kind->title);
    jo_str(out, "month", record_text(r, t->def->month));
    jo_str(out, "from", date_of(t, t->v->from));
    jo_str(out, "to", date_of(t, t->v->to));
    jo_bool(out, "ranked", t->v->ranked);
    jo_bool(out, "public", t->v->public_);
}

void appraisal_write_table(struct json_out *out, const struct appraisal_view *v)
{
    const struct showing t = {v, v->round.def, appraisal_count(&v->round.input, v->a)};

    jo_obj(out, NULL);
    write_month(&t, out);
    if (v->before.of != NULL) {
        jo_obj(out, "before");
        jo_uuid(out, "id", v->before.of->id);
        jo_str(out, "month", record_text(v->before.of, v->before.def->month));
        jo_close(out);
    } else {
        jo_null(out, "before");
    }
    write_rule(&t, out);
    jo_arr(out, "units");
    for (size_t u = 0; u < v->round.n_units; u++)
        write_unit(&t, out, u);
    jo_close(out);
    jo_close(out);
}
