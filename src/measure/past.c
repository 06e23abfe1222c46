/* All time, as of a moment: what it is now, less the days since, less the moment's day, and what that day
 * had come to by then. Rows keep nothing of nothing, so a row of the past is byte for byte what it was. */
#include "measure/past.h"

#include "measure.sql.h"
#include "measure/cells.h"

#include <stdlib.h>

static bool damaged(const char *area, struct err *e)
{
    return ERR(e, ERR_INTERNAL, "counter.damaged", "计数行已损坏：%s", "a row of counters is damaged: %s",
               area);
}

static void cells_free(struct cell **cells)
{
    free(*cells);
}

/* Adds the cells of one row to those of another, or takes them away. */
static bool add_row(struct buf *sum, const void *bytes, size_t n, int sign)
{
    size_t most = n / 2 + 1; /* a cell has two bytes at least */
    AUTO(cells_free) struct cell *more = xcalloc(most, sizeof(*more));
    struct cell_walk w = cells_of(bytes, n);
    struct buf out;
    size_t n_more = 0;

    while (n_more < most && cell_next(&w, &more[n_more])) {
        more[n_more].n *= sign;
        more[n_more].total *= sign;
        n_more++;
    }
    buf_init(&out, CELLS_BYTES_MAX);
    if (w.damaged || !cells_add(buf_text(sum), sum->len, more, n_more, &out)) {
        buf_free(&out);
        return false;
    }
    buf_free(sum);
    *sum = out;
    return true;
}

static bool add_rows(const struct past *p, const struct sql_query *q, const char *area, int64_t day,
                     const char *part, int sign, struct buf *sum, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(p->tx, q, &rows, e, SQL_INT(p->world->district), SQL_TEXT(area), SQL_INT(day),
                   SQL_TEXT(part)))
        return false;
    while (sql_next(rows)) {
        size_t n = 0;
        const void *cells = sql_blob(rows, 0, &n);

        if (!add_row(sum, cells, n, sign))
            return damaged(area, e);
    }
    return sql_end(&rows, e);
}

/* The part of all time that lies before the moment's day. */
static bool before_the_day(const struct past *p, const char *area, const char *part, struct buf *sum,
                           struct err *e)
{
    const struct sql_query *one = &measure_queries[MEASURE_Q_ROW];

    return add_rows(p, one, area, 0, part, 1, sum, e) && add_rows(p, one, area, p->day, part, -1, sum, e) &&
           add_rows(p, &measure_queries[MEASURE_Q_ROWS_SINCE], area, p->day, part, -1, sum, e);
}

bool past_row(const struct past *p, const char *area, int64_t day, const struct measure_def *m,
              struct buf *out, struct err *e)
{
    AUTO(buf_free) struct buf today = {0};
    bool ok;

    if (day > p->day)
        return true; /* still to come */
    buf_init(&today, CELLS_BYTES_MAX);
    tape_row(p->tape, area, m, p->at, &today);
    if (today.failed)
        return damaged(area, e);
    ok = day != 0 || before_the_day(p, area, m == NULL ? "" : m->name, out, e);
    return ok && (add_row(out, buf_text(&today), today.len, 1) || damaged(area, e));
}
