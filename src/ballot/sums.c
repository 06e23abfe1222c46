/* What a roll and its turnout amount to, kept with each change: whoever looks at a ballot sums nothing.
 * `wangge verify` counts them again. */
#include "ballot.sql.h"
#include "ballot/poll.h"
#include "base/text.h"
#include "record/bulk.h"

#include <string.h>

static void add(struct bulk *b, int64_t district, const struct uuid *ballot, const char *way,
                const char *place, int64_t hour, int64_t numbers, struct weight w)
{
    BULK_ADD(b, SQL_INT(district), SQL_UUID(ballot), SQL_TEXT(way), SQL_TEXT(place), SQL_INT(hour),
             SQL_INT(numbers), SQL_INT(w.heads), SQL_INT(w.area));
}

bool sums_roll(struct sql_tx *tx, int64_t district, const struct uuid *ballot, int64_t numbers,
               struct weight w, struct arena *a, struct err *e)
{
    struct bulk rows;

    bulk_begin(&rows, &ballot_queries[BALLOT_Q_SUM_ADD], a);
    add(&rows, district, ballot, "roll", "", 0, numbers, w);
    return bulk_write(&rows, tx, e);
}

bool sums_marks(struct sql_tx *tx, int64_t district, const struct marked *list, size_t n, struct arena *a,
                struct err *e)
{
    struct bulk rows;

    bulk_begin(&rows, &ballot_queries[BALLOT_Q_SUM_ADD], a);
    for (size_t i = 0; i < n; i++) {
        const struct marked *m = &list[i];

        add(&rows, district, &m->ballot, m->way, m->place, m->hour, m->numbers, m->w);
        add(&rows, district, &m->ballot, str_eq(m->way, "paper") ? "all paper" : "all online", "", 0,
            m->numbers, m->w);
    }
    return bulk_write(&rows, tx, e);
}

bool sums_of(const struct poll *p, struct sql_tx *tx, struct sums *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct sums){0};
    if (!sql_query(tx, &ballot_queries[BALLOT_Q_SUMS], &rows, e, SQL_INT(p->world->district),
                   SQL_UUID(&p->rec->id)))
        return false;
    while (sql_next(rows)) {
        const char *way = sql_text(rows, 0);
        struct sum_row *row = str_eq(way, "roll")        ? &ret->roll
                              : str_eq(way, "all paper") ? &ret->paper
                                                         : &ret->online;

        *row = (struct sum_row){sql_int(rows, 1), {sql_int(rows, 2), sql_int(rows, 3)}};
    }
    return sql_end(&rows, e);
}
