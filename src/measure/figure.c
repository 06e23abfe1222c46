/* Reading figures: a point look-up for each day asked for. */
#include "base/text.h"
#include "measure.sql.h"
#include "measure/bucket.h"
#include "measure/measure.h"
#include "measure/read.h"

#include <stdio.h>
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
    ret->n = den.n;
    ret->known = den.value != 0;
    ret->value = ret->known ? num.value / den.value : 0;
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
    ret->n = sum.n;
    ret->known = q->measure->type == MEASURE_COUNT || q->measure->type == MEASURE_SUM || sum.n > 0;
    switch (q->measure->type) {
    case MEASURE_COUNT:
        ret->value = (double)sum.n;
        return true;
    case MEASURE_SUM:
        ret->value = sum.total;
        return true;
    case MEASURE_AVERAGE:
        ret->value = sum.n == 0 ? 0 : sum.total / (double)sum.n;
        return true;
    case MEASURE_PERCENTILE:
        return read_percentiles(tx, w, q, ret, e);
    case MEASURE_UNSET:
    case MEASURE_OPEN:
    case MEASURE_RATIO:
        break;
    }
    return ERR(e, ERR_INTERNAL, "measure.type", "指标类型不明", "a measure of no type");
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
