#include "appraisal.sql.h"
#include "appraisal/round.h"

bool month_settled(struct sql_tx *tx, const struct world *w, const struct kind *k, struct uuid id,
                   struct settled *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct settled){0};
    if (!sql_query(tx, &appraisal_queries[APPRAISAL_Q_MOVES], &rows, e, SQL_INT(w->district), SQL_UUID(&id)))
        return false;
    while (sql_next(rows))
        if (move_ranks(kind_move(k, sql_text(rows, 2))))
            *ret = (struct settled){sql_int(rows, 0), sql_int(rows, 1)};
    return sql_end(&rows, e);
}

bool world_then(const struct world *w, int64_t seq, struct world *ret, struct err *e)
{
    const struct eras *eras = w->eras;
    size_t i = eras == NULL ? 0 : eras->n - 1;

    *ret = *w;
    while (eras != NULL && i > 0 && eras->list[i].after >= seq)
        i--;
    return eras == NULL || eras->packs(eras->ctx, i, &ret->packs, e);
}

bool appraisal_check(struct sql *db, struct err *e)
{
    return sql_check(db, appraisal_queries, APPRAISAL_Q__MAX, e);
}
