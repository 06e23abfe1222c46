/* Cells of counters: which ones a change adds to, summed in memory, written sorted. */
#include "base/clock.h"
#include "base/text.h"
#include "measure.sql.h"
#include "measure/bucket.h"
#include "measure/measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIM_BYTES = 96, FIRST_CAP = 1024, DIM_LEVEL = 12 /* dimensions down to communities */ };

struct cell {
    uint64_t hash;
    int64_t day;
    const struct measure_def *measure;
    int64_t n;
    double total;
    bool seen; /* by tally_compare() */
    char area[AREA_CODE_MAX];
    char dim[DIM_BYTES];
};

/* Cells lie one after another; `index` finds them: a place holds a cell's number plus one. */
struct tally {
    struct cell *cells;
    size_t n, max;
    uint32_t *index;
    size_t cap; /* of index: a power of two, at least twice `max` */
    const struct world *(*world)(void *ctx);
    void *ctx;
};

struct tally *tally_create(void)
{
    return xcalloc(1, sizeof(struct tally));
}

void tally_free(struct tally **t)
{
    if (*t == NULL)
        return;
    free((*t)->cells);
    free((*t)->index);
    free(*t);
    *t = NULL;
}

void tally_clear(struct tally *t)
{
    if (t->n > 0)
        memset(t->index, 0, sizeof(*t->index) * t->cap);
    t->n = 0;
}

static uint64_t hash_text(uint64_t h, const char *s)
{
    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return h;
}

static uint64_t hash_of(int64_t day, const struct measure_def *m, const char *area, const char *dim)
{
    uint64_t h = (UINT64_C(0xcbf29ce484222325) ^ (uint64_t)day) * UINT64_C(0x9e3779b97f4a7c15);

    h = hash_text(hash_text(h ^ (uint64_t)m->index, area), dim);
    return h ^ h >> 29;
}

/* The place of a cell in the index, or the free place where it belongs. */
static uint32_t *place_of(const struct tally *t, uint64_t hash, int64_t day, const struct measure_def *m,
                          const char *area, const char *dim)
{
    for (size_t i = (size_t)hash & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
        const struct cell *c = t->index[i] == 0 ? NULL : &t->cells[t->index[i] - 1];

        if (c == NULL || (c->hash == hash && c->day == day && c->measure == m && strcmp(c->area, area) == 0 &&
                          strcmp(c->dim, dim) == 0))
            return &t->index[i];
    }
}

static void grow(struct tally *t)
{
    t->max = t->max == 0 ? FIRST_CAP / 2 : t->max * 2;
    t->cap = t->max * 2;
    t->cells = xrealloc(t->cells, sizeof(*t->cells) * t->max);
    free(t->index);
    t->index = xcalloc(t->cap, sizeof(*t->index));
    for (size_t i = 0; i < t->n; i++) {
        const struct cell *c = &t->cells[i];

        *place_of(t, c->hash, c->day, c->measure, c->area, c->dim) = (uint32_t)i + 1;
    }
}

static struct cell *find(const struct tally *t, int64_t day, const struct measure_def *m, const char *area,
                         const char *dim)
{
    const uint32_t *place = t->cap == 0 ? NULL : place_of(t, hash_of(day, m, area, dim), day, m, area, dim);

    return place == NULL || *place == 0 ? NULL : &t->cells[*place - 1];
}

static void add(struct tally *t, int64_t day, const struct measure_def *m, const char *area, const char *dim,
                int64_t n, double total)
{
    uint64_t hash = hash_of(day, m, area, dim);
    uint32_t *place;
    struct cell *c;

    if (t->n == t->max)
        grow(t);
    place = place_of(t, hash, day, m, area, dim);
    if (*place == 0) {
        c = &t->cells[t->n++];
        *c = (struct cell){.hash = hash, .day = day, .measure = m};
        str_copy(c->area, sizeof(c->area), area);
        str_copy(c->dim, sizeof(c->dim), dim);
        *place = (uint32_t)t->n;
    }
    c = &t->cells[*place - 1];
    c->n += n;
    c->total += total;
}

/* Of the day it happened and of all time. */
static void add_twice(struct tally *t, int64_t day, const struct measure_def *m, const char *area,
                      const char *dim, int64_t n, double total)
{
    add(t, day, m, area, dim, n, total);
    add(t, 0, m, area, dim, n, total);
}

/* The values of one dimension: a code with all above it. */
static void add_dim(struct tally *t, int64_t day, const struct measure_def *m, const char *area,
                    const struct field *f, const struct cel_value *v, int64_t n, double total)
{
    char dim[DIM_BYTES];

    if (f->type == FIELD_CODE && v->type == CEL_STRING) {
        for (const struct code *c = list_code(f->list, v->s); c != NULL; c = c->parent) {
            (void)snprintf(dim, sizeof(dim), "%s=%s", f->name, c->code);
            add_twice(t, day, m, area, dim, n, total);
        }
        return;
    }
    if (v->type == CEL_BOOL)
        (void)snprintf(dim, sizeof(dim), "%s=%s", f->name, v->b ? "true" : "false");
    else if (v->type == CEL_INT)
        (void)snprintf(dim, sizeof(dim), "%s=%" PRId64, f->name, v->i);
    else
        (void)snprintf(dim, sizeof(dim), "%s=%s", f->name, v->type == CEL_STRING ? v->s : "");
    add_twice(t, day, m, area, dim, n, total);
}

/* Every area above the record, in total; dimensions and percentiles down to communities. */
static void add_cells(struct tally *t, const struct measure_def *m, const struct record *r, int64_t day,
                      int64_t n, double value)
{
    static const size_t lengths[] = {6, 9, 12, 15, 18};
    size_t len = strlen(r->area);

    for (size_t i = 0; i < COUNT_OF(lengths) && lengths[i] <= len; i++) {
        char area[AREA_CODE_MAX], dim[16];

        str_copy(area, lengths[i] + 1, r->area);
        add_twice(t, day, m, area, "", n, value);
        if (lengths[i] > DIM_LEVEL)
            continue;
        for (size_t k = 0; k < m->n_by; k++)
            if (r->values[m->by[k]->index].type > CEL_NULL)
                add_dim(t, day, m, area, m->by[k], &r->values[m->by[k]->index], n, value);
        if (m->type == MEASURE_PERCENTILE) {
            (void)snprintf(dim, sizeof(dim), "p=%04d", bucket_of(value));
            add_twice(t, day, m, area, dim, n, 0);
        }
    }
}

static bool holds(const struct world *w, const struct cel_expr *x, const struct record *r,
                  const struct change *c, struct arena *a, bool *ret, struct err *e)
{
    struct cel_value v = {0};

    *ret = true;
    if (x == NULL)
        return true;
    if (!record_eval(w, r, c->command->who, x, c->command->at, 0, a, &v, e))
        return false;
    *ret = v.type == CEL_BOOL && v.b;
    return true;
}

static bool number_of(const struct cel_value *v, double *ret)
{
    if (v->type == CEL_DOUBLE)
        *ret = v->d;
    else if (v->type == CEL_INT || v->type == CEL_DURATION)
        *ret = (double)v->i;
    else
        return false;
    return true;
}

static bool count_event(struct tally *t, const struct world *w, const struct measure_def *m,
                        const struct change *c, int64_t day, struct arena *a, bool *ret_counted,
                        struct err *e)
{
    bool moved = c->move != NULL && (m->moves & (UINT64_C(1) << c->move->index)) != 0;
    struct cel_value v = {0};
    double value = 0;
    bool yes;

    *ret_counted = false;
    if (!moved && (m->clock_breach & c->breached) == 0)
        return true;
    if (!holds(w, m->when, c->after, c, a, &yes, e))
        return false;
    if (!yes)
        return true;
    if (m->of != NULL) {
        if (!record_eval(w, c->after, c->command->who, m->of, c->command->at, 0, a, &v, e))
            return false;
        if (!number_of(&v, &value))
            return true; /* nothing to sum: a rating that was not given */
    }
    add_cells(t, m, c->after, day, 1, value);
    *ret_counted = true;
    return true;
}

/* Whether a record stands in the same cells as before: most changes leave it there. */
static bool same_cells(const struct measure_def *m, const struct record *before, const struct record *after)
{
    if (strcmp(before->area, after->area) != 0)
        return false;
    for (size_t i = 0; i < m->n_by; i++) {
        const struct cel_value *was = &before->values[m->by[i]->index], *is = &after->values[m->by[i]->index];

        if ((was->type > CEL_NULL || is->type > CEL_NULL) && !cel_equal(was, is))
            return false;
    }
    return true;
}

/* A gauge: leaves the cells it was in, enters those it is in. */
static bool count_open(struct tally *t, const struct world *w, const struct measure_def *m,
                       const struct change *c, int64_t day, struct arena *a, struct err *e)
{
    bool was = false, is;

    if (!c->touched)
        return true;
    if (c->before != NULL && !holds(w, m->holds, c->before, c, a, &was, e))
        return false;
    if (!holds(w, m->holds, c->after, c, a, &is, e))
        return false;
    if (was && is && same_cells(m, c->before, c->after))
        return true;
    if (was)
        add_cells(t, m, c->before, day, -1, 0);
    if (is)
        add_cells(t, m, c->after, day, 1, 0);
    return true;
}

bool tally_change(struct tally *t, const struct world *w, const struct change *c, struct arena *a,
                  const char **ret_names, struct err *e)
{
    const struct kind *k = c->after->kind;
    int64_t day = local_day(c->command->at, w->offset_min);
    const char *names = " ";

    for (size_t i = 0; i < k->n_measures; i++) {
        const struct measure_def *m = k->measures[i];
        bool counted = false;

        if (m->type == MEASURE_RATIO)
            continue;
        if (m->type == MEASURE_OPEN ? !count_open(t, w, m, c, day, a, e)
                                    : !count_event(t, w, m, c, day, a, &counted, e))
            return false;
        if (counted)
            names = arena_printf(a, "%s%s ", names, m->name);
    }
    *ret_names = names;
    return true;
}

/* --- writing --- */

/* Near the order of the key, so that neighbours share a page. */
static int in_key_order(const void *pa, const void *pb)
{
    const struct cell *a = *(const struct cell *const *)pa, *b = *(const struct cell *const *)pb;
    int c;

    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    if (a->measure != b->measure)
        return a->measure->index < b->measure->index ? -1 : 1;
    c = strcmp(a->area, b->area);
    return c != 0 ? c : strcmp(a->dim, b->dim);
}

static const struct cell **sorted(const struct tally *t, size_t *ret_n)
{
    const struct cell **list = xcalloc(t->n + 1, sizeof(const struct cell *));
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->cells[i].n != 0 || t->cells[i].total != 0)
            list[n++] = &t->cells[i];
    qsort(list, n, sizeof(const struct cell *), in_key_order);
    *ret_n = n;
    return list;
}

bool tally_write(struct tally *t, struct sql_tx *tx, int64_t district, struct err *e)
{
    enum { WIDTH = 7 };
    size_t n = 0;
    const struct cell **list = sorted(t, &n);
    struct sql_arg *args = xcalloc(n * WIDTH + 1, sizeof(*args));
    bool ok;

    for (size_t i = 0; i < n; i++) {
        const struct cell *c = list[i];
        const struct sql_arg row[WIDTH] = {SQL_INT(district), SQL_INT(c->day),  SQL_TEXT(c->measure->name),
                                           SQL_TEXT(c->area), SQL_TEXT(c->dim), SQL_INT(c->n),
                                           SQL_REAL(c->total)};

        memcpy(&args[i * WIDTH], row, sizeof(row));
    }
    ok = n == 0 || sql_each(tx, &measure_queries[MEASURE_Q_ADD], args, n, e);
    free(args);
    free(list);
    return ok;
}

/* --- the door's observer --- */

static bool observe(void *ctx, const struct change *c, struct arena *a, const char **ret_names, struct err *e)
{
    struct tally *t = ctx;

    return tally_change(t, t->world(t->ctx), c, a, ret_names, e);
}

static bool write_observed(void *ctx, struct sql_tx *tx, struct err *e)
{
    struct tally *t = ctx;

    return tally_write(t, tx, t->world(t->ctx)->district, e);
}

static void forget(void *ctx)
{
    tally_clear(ctx);
}

struct door_observer tally_observer(struct tally *t, const struct world *(*world)(void *ctx), void *ctx)
{
    t->world = world;
    t->ctx = ctx;
    return (struct door_observer){.ctx = t, .change = observe, .write = write_observed, .forget = forget};
}

/* --- verify --- */

static void tell(void (*differs)(void *ctx, const char *cell, int64_t counted, int64_t kept), void *ctx,
                 int64_t day, const char *measure, const char *area, const char *dim, int64_t counted,
                 int64_t kept)
{
    char cell[256], date[16];

    date_format(day, date);
    (void)snprintf(cell, sizeof(cell), "%s %s %s %s", measure, day == 0 ? "total" : date, area, dim);
    differs(ctx, cell, counted, kept);
}

/* Sums of fractions depend on their order in the last digits. */
static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(1, fmax(fabs(a), fabs(b)));
}

bool tally_compare(struct tally *t, struct sql_tx *tx, const struct world *w,
                   void (*differs)(void *ctx, const char *cell, int64_t counted, int64_t kept), void *ctx,
                   struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &measure_queries[MEASURE_Q_ALL], &rows, e, SQL_INT(w->district)))
        return false;
    while (sql_next(rows)) {
        const struct measure_def *m = packs_measure(w->packs, sql_text(rows, 1));
        struct cell *c =
            m == NULL ? NULL : find(t, sql_int(rows, 0), m, sql_text(rows, 2), sql_text(rows, 3));

        if (c != NULL)
            c->seen = true;
        if (c == NULL || c->n != sql_int(rows, 4) || !near(c->total, sql_real(rows, 5)))
            tell(differs, ctx, sql_int(rows, 0), sql_text(rows, 1), sql_text(rows, 2), sql_text(rows, 3),
                 c == NULL ? 0 : c->n, sql_int(rows, 4));
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct cell *c = &t->cells[i];

        if (c->n != 0 && !c->seen)
            tell(differs, ctx, c->day, c->measure->name, c->area, c->dim, c->n, 0);
    }
    return sql_end(&rows, e);
}
