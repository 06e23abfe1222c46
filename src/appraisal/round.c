#include "appraisal/round.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

enum { MONTH_CHARS = 7, YEAR_CHARS = 4, MONTHS = 12 };

/* "2026-10" -> 2026, 10. */
static bool month_parse(const char *s, int *ret_year, int *ret_month)
{
    char date[16];
    int64_t day;
    int d;

    if (s == NULL || strlen(s) != MONTH_CHARS)
        return false;
    str_copy(date, sizeof(date), s);
    str_copy(date + MONTH_CHARS, sizeof(date) - MONTH_CHARS, "-01");
    if (!date_parse(date, &day))
        return false;
    civil_from_days(day, ret_year, ret_month, &d);
    return true;
}

bool month_days(const char *month, int64_t today, int64_t *ret_from, int64_t *ret_to)
{
    int y, m;

    if (!month_parse(month, &y, &m))
        return false;
    *ret_from = days_from_civil(y, m, 1);
    *ret_to = days_from_civil(m == MONTHS ? y + 1 : y, m == MONTHS ? 1 : m + 1, 1) - 1;
    *ret_to = *ret_to < today ? *ret_to : today;
    return *ret_from <= today;
}

const char *month_before(const char *month, struct arena *a)
{
    int y, m;

    if (!month_parse(month, &y, &m))
        return "";
    return arena_printf(a, "%04d-%02d", m == 1 ? y - 1 : y, m == 1 ? MONTHS : m - 1);
}

const char *record_text(const struct record *r, const struct field *f)
{
    const struct cel_value *v = f == NULL ? NULL : &r->values[f->index];

    return v != NULL && v->type == CEL_STRING && v->s[0] != '\0' ? v->s : NULL;
}

/* --- units --- */

const char *unit_org(const struct appraisal_def *def, const struct record *unit)
{
    return record_text(unit, def->org);
}

const char *figure_dim(const struct appraisal_indicator *ind, const char *org, struct arena *a)
{
    return ind->by == NULL || org == NULL ? "" : arena_printf(a, "%s=%s", ind->by->name, org);
}

static bool is_void(const struct record *r)
{
    return r->state->light == LIGHT_NONE;
}

static void add_unit(struct month_round *r, const struct record *one)
{
    size_t n = r->n_units++;

    while (n > 0 && strcmp(one->area, r->units[n - 1]->area) < 0) {
        r->units[n] = r->units[n - 1];
        n--;
    }
    r->units[n] = one;
}

static size_t unit_of(const struct month_round *r, struct uuid id)
{
    size_t i = 0;

    while (i < r->n_units && !uuid_eq(r->units[i]->id, id))
        i++;
    return i;
}

/* --- figures --- */

/* Which indicator a record says the value of, if it counts; n_indicators: none. */
static size_t indicator_of(const struct appraisal_def *d, const struct appraisal_values *v,
                           const struct record *r, int64_t at)
{
    const char *item;
    size_t i = 0;

    if (v->kind != r->kind || (v->counted >> r->state->index & 1) == 0 || r->entered_at > at ||
        r->values[v->value->index].type != CEL_DOUBLE || (item = record_text(r, v->item)) == NULL)
        return d->n_indicators;
    while (i < d->n_indicators && !str_eq(d->indicators[i].code->code, item))
        i++;
    return i;
}

/* The one that came to count last. */
static const struct record *later(const struct record *a, const struct record *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    if (a->entered_at != b->entered_at)
        return a->entered_at > b->entered_at ? a : b;
    return a->number > b->number ? a : b;
}

static void take_record(struct month_round *r, const struct record *one, int64_t at)
{
    const struct appraisal_def *d = r->def;
    size_t unit = unit_of(r, one->parent), i;

    if (unit == r->n_units)
        return;
    if ((i = indicator_of(d, &d->lines, one, at)) < d->n_indicators) {
        struct source *s = &r->sources[unit * d->n_indicators + i];

        s->line = later(s->line, one);
    } else if ((i = indicator_of(d, &d->corrections, one, at)) < d->n_indicators) {
        struct source *s = &r->sources[unit * d->n_indicators + i];

        s->correction = later(s->correction, one);
    }
}

static struct appraisal_figure figure_of(const struct appraisal_def *d, const struct source *s)
{
    const struct record *from = s->correction != NULL ? s->correction : s->line;
    const struct field *f = s->correction != NULL ? d->corrections.value : d->lines.value;

    if (from == NULL)
        return (struct appraisal_figure){0};
    return (struct appraisal_figure){true, appraisal_fixed(from->values[f->index].d)};
}

static bool find_year(const struct appraisal_def *d, const struct record *month,
                      const struct appraisal_year **ret, struct err *e)
{
    const char *text = record_text(month, d->month);
    int y = 0, m;

    if (!month_parse(text, &y, &m))
        return ERR_FIELD(e, d->month->name, "appraisal.month", "月份须形如 2026-10",
                         "a month reads like 2026-10");
    *ret = appraisal_year(d, y);
    return *ret != NULL || ERR(e, ERR_INVALID, "appraisal.year", "程序包没有 %d 年的权重",
                               "the pack has no weights for %d", y);
}

bool month_lay_out(const struct appraisal_def *def, const struct record *month,
                   const struct record *const *below, size_t n, int64_t at, struct arena *a,
                   struct month_round *ret, struct err *e)
{
    struct appraisal_figure *figures;

    *ret =
        (struct month_round){.def = def, .of = month, .units = arena_array(a, const struct record *, n + 1)};
    if (!find_year(def, month, &ret->input.year, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (below[i]->kind == def->units && uuid_eq(below[i]->parent, month->id) && !is_void(below[i]))
            add_unit(ret, below[i]);
    ret->sources = arena_array(a, struct source, ret->n_units * def->n_indicators + 1);
    for (size_t i = 0; i < n; i++)
        take_record(ret, below[i], at);
    figures = arena_array(a, struct appraisal_figure, ret->n_units * def->n_indicators + 1);
    for (size_t i = 0; i < ret->n_units * def->n_indicators; i++)
        figures[i] = figure_of(def, &ret->sources[i]);
    ret->input.def = def;
    ret->input.figures = figures;
    ret->input.n_units = ret->n_units;
    return true;
}
