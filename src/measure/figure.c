/* Reading figures: a point look-up for each day asked for, whatever the history's size. */
#include "base/clock.h"
#include "base/intmap.h"
#include "base/text.h"
#include "measure.sql.h"
#include "measure/bucket.h"
#include "measure/cells.h"
#include "measure/measure.h"
#include "measure/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS_MAX = 500, GAUGE_DAYS_MAX = 4000, ROWS_KEPT = 4096, KEY = 4, AT_HAND = 2 };
static const size_t READER_ARENA = (size_t)1 << 30;

/* A row of `counter` as it was read; cells of nothing where there is none. */
struct kept {
    char area[AREA_CODE_MAX];
    int64_t day;
    const struct measure_def *measure; /* NULL: the totals */
    const void *cells;
    size_t n;
};
struct figure_reader {
    struct sql_tx *tx;
    const struct world *w;
    int64_t today;
    char area[AREA_CODE_MAX]; /* the one asked for */
    struct arena *arena;      /* the rows' cells */
    struct kept *rows;
    size_t n_rows, max_rows;
    struct intmap index; /* hash of a row's key -> its number plus one */
    struct past past;    /* tape NULL: as it stands */
    const struct tally *unseen[2];
    /* Totals of the area asked for: most measures of a board lie in that of a day and that of all time. */
    struct kept at_hand[AT_HAND];
    size_t n_at_hand;
};
struct sum {
    int64_t n;
    double total;
};

struct figure_reader *figure_reader_create(struct sql_tx *tx, const struct world *w, int64_t today)
{
    struct figure_reader *r = xcalloc(1, sizeof(*r));

    r->tx = tx;
    r->w = w;
    r->today = today;
    r->arena = arena_create(READER_ARENA);
    return r;
}

void figure_reader_free(struct figure_reader **r)
{
    if (*r == NULL)
        return;
    tape_close(&(*r)->past.tape);
    arena_free(&(*r)->arena);
    intmap_free(&(*r)->index);
    free((*r)->rows);
    free(*r);
    *r = NULL;
}

static void forget_rows(struct figure_reader *r)
{
    arena_reset(r->arena);
    intmap_clear(&r->index);
    r->n_rows = r->n_at_hand = 0;
}

void figure_reader_unseen(struct figure_reader *r, const struct tally *older, const struct tally *own)
{
    r->unseen[0] = older;
    r->unseen[1] = own;
}

bool figure_reader_turn_back(struct figure_reader *r, int64_t at, bool dims, struct err *e)
{
    int64_t day = local_day(at, r->w->offset_min);

    forget_rows(r);
    r->today = day;
    if (r->past.tape != NULL && r->past.day != day)
        tape_close(&r->past.tape);
    r->past = (struct past){.tape = r->past.tape, .tx = r->tx, .world = r->w, .day = day, .at = at};
    return r->past.tape != NULL || tape_open(r->tx, r->w, day, dims, &r->past.tape, e);
}

static void turn_to(struct figure_reader *r, const char *area)
{
    if (area != NULL && area[0] != '\0' && strcmp(r->area, area) == 0)
        return;
    r->n_at_hand = 0;
    if (area == NULL || area[0] == '\0')
        (void)snprintf(r->area, sizeof(r->area), "%lld", (long long)r->w->district);
    else
        str_copy(r->area, sizeof(r->area), area);
    if (r->n_rows > ROWS_KEPT)
        forget_rows(r);
}

/* The place of a row's number in the index; 0 there: it was not read yet. */
static uint32_t *place_of(struct figure_reader *r, const char *area, int64_t day, const struct measure_def *m)
{
    uint64_t hash = (uint64_t)day << 16 | (m == NULL ? 0 : (uint64_t)m->index + 1);
    uint32_t *at;

    for (const char *s = area; *s != '\0'; s++)
        hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    while (*(at = intmap_place(&r->index, hash)) != 0) {
        const struct kept *k = &r->rows[*at - 1];

        if (k->day == day && k->measure == m && strcmp(k->area, area) == 0)
            break;
        hash++;
    }
    return at;
}

/* Keeps a row that is not there yet; cells are copied. */
static struct kept *keep(struct figure_reader *r, uint32_t *at, const char *area, int64_t day,
                         const struct measure_def *m, const void *cells, size_t n)
{
    void *copy = arena_alloc(r->arena, n + 1);
    struct kept *k;

    if (r->n_rows == r->max_rows) {
        r->max_rows = r->max_rows == 0 ? 64 : r->max_rows * 2;
        r->rows = xrealloc(r->rows, r->max_rows * sizeof(*r->rows));
    }
    if (n > 0)
        memcpy(copy, cells, n);
    k = &r->rows[r->n_rows++];
    *k = (struct kept){.day = day, .measure = m, .cells = copy, .n = n};
    str_copy(k->area, sizeof(k->area), area);
    *at = (uint32_t)r->n_rows;
    return k;
}

/* The same row as it was then. */
static bool find_past(struct figure_reader *r, uint32_t *at, int64_t day, const struct measure_def *m,
                      struct kept *ret, struct err *e)
{
    struct buf cells;
    bool ok;

    buf_init(&cells, CELLS_BYTES_MAX);
    ok = past_row(&r->past, r->area, day, m, &cells, e);
    if (ok)
        *ret = *keep(r, at, r->area, day, m, buf_text(&cells), cells.len);
    buf_free(&cells);
    return ok;
}

/* The row of the area and a day: of the totals, or with `m` of that measure's dimensions. */
static bool find_row(struct figure_reader *r, int64_t day, const struct measure_def *m, struct kept *ret,
                     struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    uint32_t *at = place_of(r, r->area, day, m);
    const void *cells = "";
    size_t n = 0;

    if (*at != 0) {
        *ret = r->rows[*at - 1];
        return true;
    }
    if (r->past.tape != NULL && (day == 0 || day >= r->past.day))
        return find_past(r, at, day, m, ret, e);
    if (sql_query(r->tx, &measure_queries[MEASURE_Q_ROW], &rows, e, SQL_INT(r->w->district),
                  SQL_TEXT(r->area), SQL_INT(day), SQL_TEXT(m == NULL ? "" : m->name)) &&
        sql_next(rows))
        cells = sql_blob(rows, 0, &n);
    *ret = *keep(r, at, r->area, day, m, cells, n);
    return rows != NULL && sql_end(&rows, e);
}

static bool row_of(struct figure_reader *r, int64_t day, const struct measure_def *m, struct kept *ret,
                   struct err *e)
{
    for (size_t i = 0; m == NULL && i < r->n_at_hand; i++)
        if (r->at_hand[i].day == day) {
            *ret = r->at_hand[i];
            return true;
        }
    if (!find_row(r, day, m, ret, e))
        return false;
    if (m == NULL && r->n_at_hand < AT_HAND)
        r->at_hand[r->n_at_hand++] = *ret;
    return true;
}

bool figure_reader_expect(struct figure_reader *r, const struct area *const *areas, size_t n, int64_t day,
                          struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args;

    if (n == 0 || r->past.tape != NULL)
        return true;
    args = arena_array(r->arena, struct sql_arg, n * KEY);
    for (size_t i = 0; i < n; i++)
        memcpy(&args[i * KEY],
               (const struct sql_arg[KEY]){SQL_INT(r->w->district), SQL_TEXT(areas[i]->code), SQL_INT(day),
                                           SQL_TEXT("")},
               sizeof(*args) * KEY);
    if (!sql_query_each(r->tx, &measure_queries[MEASURE_Q_ROW], args, n, &rows, e))
        return false;
    while (sql_next(rows)) {
        const char *area = areas[sql_row(rows)]->code;
        size_t size = 0;
        const void *cells = sql_blob(rows, 0, &size);
        uint32_t *at = place_of(r, area, day, NULL);

        if (*at == 0)
            (void)keep(r, at, area, day, NULL, cells, size);
    }
    return sql_end(&rows, e);
}

static bool add_day(struct figure_reader *r, const struct figure_query *q, int64_t day, struct sum *sum,
                    struct err *e)
{
    bool total = q->dim == NULL || q->dim[0] == '\0';
    struct kept row;
    struct cell c;

    if (!row_of(r, day, total ? NULL : q->measure, &row, e))
        return false;
    if (cell_find(row.cells, row.n, total ? q->measure->name : q->dim, &c)) {
        sum->n += c.n;
        sum->total += c.total;
    }
    return true;
}

/* What is counted but not written yet. */
static void add_unseen(const struct figure_reader *r, const struct figure_query *q, struct sum *sum)
{
    for (size_t i = 0; i < COUNT_OF(r->unseen); i++) {
        int64_t n = 0;
        double total = 0;

        if (r->unseen[i] != NULL)
            tally_peek(r->unseen[i], q->measure, r->area, q->dim, q->from_day,
                       q->to_day == 0 ? INT64_MAX : q->to_day, &n, &total);
        sum->n += n;
        sum->total += total;
    }
}

static bool sum_days(struct figure_reader *r, const struct figure_query *q, struct sum *sum, struct err *e)
{
    add_unseen(r, q, sum);
    for (int64_t day = q->from_day; day <= q->to_day; day++) /* both 0: the row of all time */
        if (!add_day(r, q, day, sum, e))
            return false;
    return true;
}

static bool add_buckets(struct figure_reader *r, const struct measure_def *m, int64_t day, int64_t *counts,
                        struct err *e)
{
    struct cell_walk w;
    struct kept row;
    struct cell c;

    if (!row_of(r, day, m, &row, e))
        return false;
    w = cells_of(row.cells, row.n);
    while (cell_next(&w, &c)) {
        char digits[8] = "";
        int64_t b;

        if (c.len < 3 || c.len > 2 + sizeof(digits) - 1 || memcmp(c.key, "p=", 2) != 0)
            continue;
        memcpy(digits, c.key + 2, c.len - 2);
        if (parse_int64(digits, &b) && b >= 0 && b < BUCKETS_MAX)
            counts[b] += c.n;
    }
    return true;
}

static bool read_percentiles(struct figure_reader *r, const struct figure_query *q, struct figure *ret,
                             struct err *e)
{
    int64_t counts[BUCKETS_MAX] = {0};

    for (int64_t day = q->from_day; day <= q->to_day; day++)
        if (!add_buckets(r, q->measure, day, counts, e))
            return false;
    ret->p50 = bucket_percentile(counts, 0.5);
    ret->p90 = bucket_percentile(counts, 0.9);
    ret->p99 = bucket_percentile(counts, 0.99);
    ret->value = ret->p50;
    return true;
}

/* A gauge now is its all-time cell; at the end of a past day, that less what has come since. */
static bool read_open(struct figure_reader *r, const struct figure_query *q, struct figure *ret,
                      struct err *e)
{
    struct figure_query now = *q;
    struct sum sum = {0}, since = {0};

    now.from_day = now.to_day = 0;
    if (!sum_days(r, &now, &sum, e))
        return false;
    if (q->to_day != 0 && r->today - q->to_day > GAUGE_DAYS_MAX)
        return ERR_FIELD(e, "to", "measure.past", "存量最多回看 %d 天", "a gauge looks back %d days at most",
                         GAUGE_DAYS_MAX);
    if (q->to_day != 0 && q->to_day < r->today) {
        now.from_day = q->to_day + 1;
        now.to_day = r->today;
        if (!sum_days(r, &now, &since, e))
            return false;
    }
    ret->n = sum.n - since.n;
    ret->value = (double)ret->n;
    ret->known = true;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): the parts of a ratio are no ratios */
static bool read_ratio(struct figure_reader *r, const struct figure_query *q, struct figure *ret,
                       struct err *e)
{
    struct figure_query part = *q;
    struct figure num = {0}, den = {0};

    part.measure = q->measure->num;
    if (!figure_read(r, &part, &num, e))
        return false;
    part.measure = q->measure->den;
    if (!figure_read(r, &part, &den, e))
        return false;
    ret->n = den.n;
    ret->known = den.value != 0;
    ret->value = ret->known ? num.value / den.value : 0;
    return true;
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

/* NOLINTNEXTLINE(misc-no-recursion): see read_ratio() */
bool figure_read(struct figure_reader *r, const struct figure_query *q, struct figure *ret, struct err *e)
{
    struct sum sum = {0};

    *ret = (struct figure){0};
    if (q->to_day - q->from_day >= MEASURE_DAYS_MAX)
        return ERR_FIELD(e, "from", "measure.span", "时间跨度最多 %d 天", "a span has at most %d days",
                         MEASURE_DAYS_MAX);
    turn_to(r, q->area);
    if (q->measure->type == MEASURE_RATIO)
        return read_ratio(r, q, ret, e);
    if (q->measure->type == MEASURE_OPEN)
        return read_open(r, q, ret, e);
    if (!sum_days(r, q, &sum, e))
        return false;
    *ret = figure_of(q->measure->type, &sum);
    if (q->measure->type != MEASURE_PERCENTILE)
        return true;
    ret->known = sum.n > 0;
    return read_percentiles(r, q, ret, e);
}

bool figure_dims(struct figure_reader *r, const struct figure_query *q, const char *field, struct arena *a,
                 const char ***ret, size_t *ret_n, struct err *e)
{
    const struct measure_def *m = q->measure->type == MEASURE_RATIO ? q->measure->den : q->measure;
    const char **dims = arena_array(a, const char *, DIMS_MAX);
    size_t len = strlen(field), n = 0;
    struct cell_walk w;
    struct kept row;
    struct cell c;

    turn_to(r, q->area);
    if (!row_of(r, 0, m, &row, e))
        return false;
    w = cells_of(row.cells, row.n);
    while (n < DIMS_MAX && cell_next(&w, &c))
        if (c.len > len && memcmp(c.key, field, len) == 0 && c.key[len] == '=')
            dims[n++] = arena_strndup(a, c.key, c.len);
    *ret = dims;
    *ret_n = n;
    return true;
}
