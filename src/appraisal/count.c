/* Figures become shares of 100, shares become points, points become places. */
#include "appraisal/appraisal.h"

#include <math.h>

__extension__ typedef __int128 int128;

enum { WHOLE = 100, POINT_OF_TOTAL = 10000 };
static const int64_t FIGURE_MOST = INT64_C(1000000000000000000);

int64_t appraisal_fixed(double value)
{
    double scaled = value * APPRAISAL_UNIT;

    if (!(fabs(scaled) < (double)FIGURE_MOST))
        return scaled < 0 ? -FIGURE_MOST : FIGURE_MOST;
    return llround(scaled);
}

/* num / den, den > 0, halves away from zero. */
static int64_t divide(int128 num, int128 den)
{
    int128 n = num < 0 ? -num : num;

    n = (2 * n + den) / (2 * den);
    return (int64_t)(num < 0 ? -n : n);
}

static int64_t power(int n)
{
    int64_t p = 1;

    while (n-- > 0)
        p *= 10;
    return p;
}

int64_t fixed_round(int64_t n, int places, int to)
{
    return to >= places ? n * power(to - places) : divide(n, power(places - to));
}

const char *fixed_text(int64_t n, int places, struct arena *a)
{
    int64_t scale = power(places), whole = n < 0 ? -n : n;
    const char *sign = n < 0 ? "-" : "";

    if (places == 0)
        return arena_printf(a, "%s%lld", sign, (long long)whole);
    return arena_printf(a, "%s%lld.%0*lld", sign, (long long)(whole / scale), places,
                        (long long)(whole % scale));
}

const struct appraisal_year *appraisal_year(const struct appraisal_def *d, int64_t year)
{
    const struct appraisal_year *found = NULL;

    for (size_t i = 0; i < d->n_years && d->years[i].from <= year; i++)
        found = &d->years[i];
    return found;
}

struct counting {
    const struct appraisal_input *in;
    struct appraisal_outcome *out;
};

static const struct appraisal_figure *figure(const struct counting *c, size_t unit, size_t i)
{
    return &c->in->figures[unit * c->in->def->n_indicators + i];
}

static struct appraisal_points *points(const struct counting *c, size_t unit, size_t i)
{
    return &c->out->points[unit * c->in->def->n_indicators + i];
}

/* --- shares --- */

/* What is worth nothing and all, among those that have a figure. */
static void bounds(const struct counting *c, size_t i, int64_t *zero, int64_t *full)
{
    const struct appraisal_indicator *ind = &c->in->def->indicators[i];
    int64_t low = 0, high = 0;
    bool any = false;

    for (size_t u = 0; u < c->in->n_units && ind->normal == NORMAL_RANGE; u++) {
        const struct appraisal_figure *f = figure(c, u, i);

        if (!f->known)
            continue;
        low = !any || f->value < low ? f->value : low;
        high = !any || f->value > high ? f->value : high;
        any = true;
    }
    if (ind->normal != NORMAL_RANGE) {
        low = ind->zero;
        high = ind->full;
    }
    *zero = ind->normal != NORMAL_TARGET && ind->lower ? high : low;
    *full = ind->normal != NORMAL_TARGET && ind->lower ? low : high;
}

/* Along the line from `zero`, worth the floor, to `full`, worth everything; beyond them no more and no less.
 */
static int64_t share_of(int64_t value, int64_t zero, int64_t full, int64_t floor)
{
    int128 done = (int128)value - zero, all = (int128)full - zero;

    if (all < 0) {
        done = -done;
        all = -all;
    }
    if (all == 0 || done >= all)
        return APPRAISAL_FULL;
    if (done < 0)
        done = 0;
    return floor * (APPRAISAL_FULL / WHOLE) +
           divide((int128)(WHOLE - floor) * (APPRAISAL_FULL / WHOLE) * done, all);
}

static void give_shares(const struct counting *c, size_t i)
{
    const struct appraisal_indicator *ind = &c->in->def->indicators[i];
    int64_t zero, full;

    bounds(c, i, &zero, &full);
    for (size_t u = 0; u < c->in->n_units; u++) {
        const struct appraisal_figure *f = figure(c, u, i);
        struct appraisal_points *p = points(c, u, i);

        p->counts = f->known || ind->none != NONE_SPREAD;
        if (f->known)
            p->share = share_of(f->value, zero, full, ind->floor);
        else if (ind->none == NONE_FULL)
            p->share = APPRAISAL_FULL;
        else if (ind->none == NONE_FLOOR)
            p->share = ind->floor * (APPRAISAL_FULL / WHOLE);
    }
}

/* --- points --- */

/* The weight of an indicator without a figure goes to the others, each in proportion to its own. */
static void add_up(const struct counting *c, size_t u)
{
    const int64_t *weights = c->in->year->weights;
    struct appraisal_result *r = &c->out->units[u];
    int64_t weight = 0;
    int128 sum = 0;

    for (size_t i = 0; i < c->in->def->n_indicators; i++)
        weight += points(c, u, i)->counts ? weights[i] : 0;
    r->ranked = weight > 0;
    for (size_t i = 0; i < c->in->def->n_indicators && r->ranked; i++) {
        struct appraisal_points *p = points(c, u, i);
        int128 part = p->counts ? (int128)p->share * weights[i] * POINT_OF_TOTAL : 0;

        p->points = divide(part, weight);
        sum += part;
    }
    if (r->ranked)
        r->total = divide(sum, (int128)weight * power(POINT_DECIMALS - c->in->def->places));
}

static void place(const struct counting *c, size_t u)
{
    struct appraisal_result *r = &c->out->units[u];

    r->place = r->ranked;
    for (size_t o = 0; o < c->in->n_units && r->ranked; o++) {
        const struct appraisal_result *other = &c->out->units[o];

        if (o == u || !other->ranked)
            continue;
        r->place += other->total > r->total;
        r->shared = r->shared || other->total == r->total;
    }
}

struct appraisal_outcome *appraisal_count(const struct appraisal_input *in, struct arena *a)
{
    const struct counting c = {in, arena_new(a, struct appraisal_outcome)};

    c.out->points = arena_array(a, struct appraisal_points, in->n_units * in->def->n_indicators + 1);
    c.out->units = arena_array(a, struct appraisal_result, in->n_units + 1);
    for (size_t i = 0; i < in->def->n_indicators; i++)
        give_shares(&c, i);
    for (size_t u = 0; u < in->n_units; u++)
        add_up(&c, u);
    for (size_t u = 0; u < in->n_units; u++)
        place(&c, u);
    return c.out;
}
