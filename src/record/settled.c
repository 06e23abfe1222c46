#include "record/settled.h"

#include "record.sql.h"

enum { PAGE = 200 };

bool record_settled(struct sql_tx *tx, const struct world *w, const struct kind *k, struct uuid id,
                    bool (*gives)(const struct move *), struct settled *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct settled){0};
    if (!sql_query(tx, &record_queries[RECORD_Q_MOVES_MADE], &rows, e, SQL_INT(w->district), SQL_UUID(&id)))
        return false;
    while (sql_next(rows)) {
        const struct move *m = kind_move(k, sql_text(rows, 2));

        if (m != NULL && gives(m))
            *ret = (struct settled){sql_int(rows, 0), sql_int(rows, 1)};
    }
    return sql_end(&rows, e);
}

bool world_then(struct sql_tx *tx, const struct world *w, int64_t seq, struct world *ret, struct err *e)
{
    const struct eras *eras = w->eras;
    size_t i = eras == NULL ? 0 : eras->n - 1;

    *ret = *w;
    while (eras != NULL && i > 0 && eras->list[i].after >= seq)
        i--;
    return eras == NULL || eras->packs(eras->ctx, tx, i, &ret->packs, e);
}

static bool visit_page(const struct each_record *x, const struct kind *k, struct uuid *after, size_t *ret_n,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid ids[PAGE];
    size_t n = 0;

    if (!sql_query(x->tx, &record_queries[RECORD_Q_IDS_OF_KIND], &rows, e, SQL_INT(x->world->district),
                   SQL_TEXT(k->name), SQL_BLOB(after->b, sizeof(after->b)), SQL_INT(PAGE)))
        return false;
    while (sql_next(rows))
        ids[n++] = sql_uuid(rows, 0);
    if (!sql_end(&rows, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!x->visit(x->ctx, k, ids[i], e))
            return false;
        arena_reset(x->a);
        *after = ids[i];
    }
    *ret_n = n;
    return true;
}

bool record_each(const struct each_record *x, struct err *e)
{
    const struct packs *packs = x->world->packs;

    for (size_t i = 0; i < packs->n_kinds; i++) {
        struct uuid after = {0};
        size_t n = PAGE;

        while (x->wants(packs->kinds[i]) && n == PAGE)
            if (!visit_page(x, packs->kinds[i], &after, &n, e))
                return false;
    }
    return true;
}
