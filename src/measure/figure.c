/* Reading figures: a point look-up for each day asked for. */
#include "base/text.h"
#include "measure.sql.h"
#include "measure/bucket.h"
#include "measure/measure.h"
#include "measure/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sum {
    int64_t n;
    double total;
};

static bool add_cell(struct sql_tx *tx, const struct world *w, const struct measure_def *m, const char *area,
                     const char *dim, int64_t day, struct sum *sum, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &measure_queries[MEASURE_Q_CELL], &rows, e, SQL_INT(w->district), SQL_INT(day),
                   SQL_TEXT(m->name), SQL_TEXT(area), SQL_TEXT(dim)))
        return false;
    if (sql_next(rows)) {
        sum->n += sql_int(rows, 0);
        sum->total += sql_real(rows, 1);
    }
    return sql_end(&rows, e);
}

static const char *area_or_district(const struct world *w, const char *area, char out[AREA_CODE_MAX])
{
    if (area != NULL && area[0] != '\0')
        return area;
    (void)snprintf(out, AREA_CODE_MAX, "%lld", (long long)w->district);
    return out;
}

static bool sum_days(struct sql_tx *tx, const struct world *w, const struct figure_query *q, struct sum *sum,
                     struct err *e)
{
    char district[AREA_CODE_MAX];
    const char *area = area_or_district(w, q->area, district), *dim = q->dim == NULL ? "" : q->dim;

    if (q->from_day == 0 && q->to_day == 0)
        return add_cell(tx, w, q->measure, area, dim, 0, sum, e);
    for (int64_t day = q->from_day; day <= q->to_day; day++)
        if (!add_cell(tx, w, q->measure, area, dim, day, sum, e))
            return false;
    return true;
}

static bool add_buckets(struct sql_tx *tx, const struct world *w, const struct measure_def *m,
                        const char *area, int64_t day, int64_t *counts, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &measure_queries[MEASURE_Q_DIMS], &rows, e, SQL_INT(w->district), SQL_INT(day),
                   SQL_TEXT(m->name), SQL_TEXT(area), SQL_TEXT("p="), SQL_TEXT("p>")))
        return false;
    while (sql_next(rows)) {
        int64_t b;

        if (parse_int64(sql_text(rows, 0) + 2, &b) && b >= 0 && b < BUCKETS_MAX)
            counts[b] += sql_int(rows, 1);
    }
    return sql_end(&rows, e);
}

static bool read_percentiles(struct sql_tx *tx, const struct world *w, const struct figure_query *q,
                             struct figure *ret, struct err *e)
{
    int64_t counts[BUCKETS_MAX] = {0};
    char district[AREA_CODE_MAX];
    const char *area = area_or_district(w, q->area, district);
    bool all = q->from_day == 0 && q->to_day == 0;

    for (int64_t day = q->from_day; day <= q->to_day; day++)
        if (!add_buckets(tx, w, q->measure, area, all ? 0 : day, counts, e))
            return false;
    ret->p50 = bucket_percentile(counts, 0.5);
    ret->p90 = bucket_percentile(counts, 0.9);
    ret->p99 = bucket_percentile(counts, 0.99);
    ret->value = ret->p50;
    return true;
}

/* A gauge now is its all-time cell; at the end of a past day, that less what has come since. */
static bool read_open(struct sql_tx *tx, const struct world *w, const struct figure_query *q, int64_t today,
                      struct figure *ret, struct err *e)
{
    struct figure_query now = *q;
    struct sum sum = {0}, since = {0};

    now.from_day = now.to_day = 0;
    if (!sum_days(tx, w, &now, &sum, e))
        return false;
    if (q->to_day != 0 && q->to_day < today) {
        now.from_day = q->to_day + 1;
        now.to_day = today;
        if (!sum_days(tx, w, &now, &since, e))
            return false;
    }
    ret->n = sum.n - since.n;
    ret->value = (double)ret->n;
    ret->known = true;
    return true;
}

static struct figure ratio_of(const struct figure *num, const struct figure *den)
{
    bool known = den->value != 0;

    return (struct figure){.n = den->n, .known = known, .value = known ? num->value / den->value : 0};
}

/* Of a sum over cells; percentiles and ratios are made of more. */
static struct figure figure_of(enum measure_type type, const struct sum *sum)
{
    struct figure f = {.n = sum->n, .known = type != MEASURE_AVERAGE || sum->n > 0, .value = (double)sum->n};

    if (type == MEASURE_SUM)
        f.value = sum->total;
    if (type == MEASURE_AVERAGE)
        f.value = sum->n == 0 ? 0 : sum->total / (double)sum->n;
    return f;
}

/* NOLINTNEXTLINE(misc-no-recursion): the parts of a ratio are no ratios */
static bool read_ratio(struct sql_tx *tx, const struct world *w, const struct figure_query *q, int64_t today,
                       struct figure *ret, struct err *e)
{
    struct figure_query part = *q;
    struct figure num = {0}, den = {0};

    part.measure = q->measure->num;
    if (!figure_read(tx, w, &part, today, &num, e))
        return false;
    part.measure = q->measure->den;
    if (!figure_read(tx, w, &part, today, &den, e))
        return false;
    *ret = ratio_of(&num, &den);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): see read_ratio() */
bool figure_read(struct sql_tx *tx, const struct world *w, const struct figure_query *q, int64_t today,
                 struct figure *ret, struct err *e)
{
    struct sum sum = {0};

    *ret = (struct figure){0};
    if (q->to_day - q->from_day >= MEASURE_DAYS_MAX)
        return ERR_FIELD(e, "from", "measure.span", "时间跨度最多 %d 天", "a span has at most %d days",
                         MEASURE_DAYS_MAX);
    if (q->measure->type == MEASURE_RATIO)
        return read_ratio(tx, w, q, today, ret, e);
    if (q->measure->type == MEASURE_OPEN)
        return read_open(tx, w, q, today, ret, e);
    if (!sum_days(tx, w, q, &sum, e))
        return false;
    *ret = figure_of(q->measure->type, &sum);
    if (q->measure->type != MEASURE_PERCENTILE)
        return true;
    ret->known = sum.n > 0;
    return read_percentiles(tx, w, q, ret, e);
}

/* --- several areas at once --- */

enum { AREAS_MAX = 200 }; /* as many as one statement takes */

static int by_code(const void *key, const void *item)
{
    return strcmp(key, (*(const struct area *const *)item)->code);
}

/* Adds one day's cells of all the areas; they are sorted by code. */
static bool add_areas(struct sql_tx *tx, const struct world *w, const struct figure_query *q,
                      const struct area *const *areas, size_t n, int64_t day, struct sum *sums, struct err *e)
{
    AUTO(sql_where_free) struct sql_where where = {0};
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg args[] = {SQL_INT(w->district), SQL_INT(day), SQL_TEXT(q->measure->name),
                                   SQL_TEXT(q->dim == NULL ? "" : q->dim)};

    sql_where_init(&where);
    sql_where_add(&where, "area IN (");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            sql_where_add(&where, ", ");
        sql_where_arg(&where, SQL_TEXT(areas[i]->code));
    }
    sql_where_add(&where, ")");
    if (!sql_select(tx, &measure_queries[MEASURE_Q_OF_AREAS], &where, &rows, e, args, COUNT_OF(args)))
        return false;
    while (sql_next(rows)) {
        const struct area *const *at =
            bsearch(sql_text(rows, 0), areas, n, sizeof(const struct area *), by_code);

        if (at != NULL) {
            sums[at - areas].n += sql_int(rows, 1);
            sums[at - areas].total += sql_real(rows, 2);
        }
    }
    return sql_end(&rows, e);
}

/* What cannot be summed in one go is read one by one. */
static bool read_one_by_one(struct sql_tx *tx, const struct world *w, struct figure_query q,
                            const struct area *const *areas, size_t n, int64_t today, struct figure *ret,
                            struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        q.area = areas[i]->code;
        if (!figure_read(tx, w, &q, today, &ret[i], e))
            return false;
    }
    return true;
}

static bool read_ratios(struct sql_tx *tx, const struct world *w, struct figure_query q,
                        const struct area *const *areas, size_t n, int64_t today, struct arena *a,
                        struct figure *ret, struct err *e)
{
    const struct measure_def *ratio = q.measure;
    struct figure *den = arena_array(a, struct figure, n + 1);

    q.measure = ratio->num;
    if (!figure_read_areas(tx, w, &q, areas, n, today, a, ret, e))
        return false;
    q.measure = ratio->den;
    if (!figure_read_areas(tx, w, &q, areas, n, today, a, den, e))
        return false;
    for (size_t i = 0; i < n; i++)
        ret[i] = ratio_of(&ret[i], &den[i]);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): the parts of a ratio are no ratios */
bool figure_read_areas(struct sql_tx *tx, const struct world *w, const struct figure_query *q,
                       const struct area *const *areas, size_t n, int64_t today, struct arena *a,
                       struct figure *ret, struct err *e)
{
    const struct measure_def *m = q->measure;
    bool gauge = m->type == MEASURE_OPEN;
    struct sum *sums = arena_array(a, struct sum, n + 1);
    /* A gauge as it stands is its cell of all time. */
    int64_t from = gauge ? 0 : q->from_day, to = gauge ? 0 : q->to_day;

    if (n == 0)
        return true;
    if (m->type == MEASURE_RATIO)
        return read_ratios(tx, w, *q, areas, n, today, a, ret, e);
    if (n > AREAS_MAX || m->type == MEASURE_PERCENTILE || (gauge && q->to_day != 0 && q->to_day < today) ||
        to - from >= MEASURE_DAYS_MAX)
        return read_one_by_one(tx, w, *q, areas, n, today, ret, e);
    for (int64_t day = from; day <= to; day++)
        if (!add_areas(tx, w, q, areas, n, day, sums, e))
            return false;
    for (size_t i = 0; i < n; i++)
        ret[i] = figure_of(m->type, &sums[i]);
    return true;
}

bool figure_dims(struct sql_tx *tx, const struct world *w, const struct figure_query *q, const char *field,
                 struct arena *a, const char ***ret, size_t *ret_n, struct err *e)
{
    enum { DIMS_MAX = 500 };
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct measure_def *m = q->measure->type == MEASURE_RATIO ? q->measure->den : q->measure;
    char district[AREA_CODE_MAX];
    const char **dims = arena_array(a, const char *, DIMS_MAX);
    size_t n = 0;

    if (!sql_query(tx, &measure_queries[MEASURE_Q_DIMS], &rows, e, SQL_INT(w->district), SQL_INT(0),
                   SQL_TEXT(m->name), SQL_TEXT(area_or_district(w, q->area, district)),
                   SQL_TEXT(arena_printf(a, "%s=", field)), SQL_TEXT(arena_printf(a, "%s>", field))))
        return false;
    while (n < DIMS_MAX && sql_next(rows))
        dims[n++] = arena_strdup(a, sql_text(rows, 0));
    *ret = dims;
    *ret_n = n;
    return sql_end(&rows, e);
}
