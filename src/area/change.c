/* Plans as rows, and the list of what was decided. */
#include "area/change.h"

#include "area.sql.h"

static bool write_piece(struct sql_tx *tx, int64_t district, const struct area_plan *p,
                        const struct area_piece *piece, const struct uuid *by, struct err *e)
{
    return (!piece->was || sql_run(tx, &area_queries[AREA_Q_END], e, SQL_INT(district), SQL_TEXT(piece->code),
                                   SQL_INT(p->at), SQL_UUID(by))) &&
           sql_run(tx, &area_queries[AREA_Q_BEGIN], e, SQL_INT(district), SQL_TEXT(piece->code),
                   SQL_INT(p->at), SQL_TEXT(piece->name), SQL_TEXT(piece->boundary),
                   SQL_INT(piece->approximate), SQL_UUID(by));
}

bool area_plan_write(struct sql_tx *tx, int64_t district, const struct area_plan *p, struct uuid by,
                     struct err *e)
{
    for (size_t i = 0; i < p->n_ends; i++)
        if (!sql_run(tx, &area_queries[AREA_Q_END], e, SQL_INT(district), SQL_TEXT(p->ends[i]->code),
                     SQL_INT(p->at), SQL_UUID(&by)))
            return false;
    for (size_t i = 0; i < p->n_pieces; i++)
        if (!write_piece(tx, district, p, &p->pieces[i], &by, e))
            return false;
    return sql_changed(tx, district, e);
}

/* The first column of the first row; "" if there is none. */
static bool stands_on(struct sql_tx *tx, int64_t district, const struct uuid *by, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &area_queries[AREA_Q_STANDS_ON], &rows, e, SQL_INT(district), SQL_UUID(by)))
        return false;
    if (sql_next(rows))
        return ERR(e, ERR_CONFLICT, "area.stands_on", "区域 %s 另有更晚的变更以它为前提，请先撤回那一项",
                   "a later change of area %s stands on this one: withdraw that first", sql_text(rows, 0));
    return sql_end(&rows, e);
}

bool area_plan_withdraw(struct sql_tx *tx, int64_t district, struct uuid by, struct err *e)
{
    return stands_on(tx, district, &by, e) &&
           sql_run(tx, &area_queries[AREA_Q_UNBEGIN], e, SQL_INT(district), SQL_UUID(&by)) &&
           sql_run(tx, &area_queries[AREA_Q_UNEND], e, SQL_INT(district), SQL_UUID(&by)) &&
           sql_changed(tx, district, e);
}

bool area_change_add(struct sql_tx *tx, int64_t district, const struct area_change *c, struct err *e)
{
    return sql_run(tx, &area_queries[AREA_Q_CHANGE_ADD], e, SQL_INT(district), SQL_UUID(&c->id),
                   SQL_INT(c->at), SQL_UUID(&c->actor), SQL_TEXT(c->what), SQL_INT(c->from), SQL_TEXT(c->why),
                   SQL_TEXT(c->begun), SQL_TEXT(c->ended));
}

bool area_change_end(struct sql_tx *tx, int64_t district, struct uuid id, int64_t now, struct err *e)
{
    return sql_run(tx, &area_queries[AREA_Q_CHANGE_WITHDRAW], e, SQL_INT(district), SQL_UUID(&id),
                   SQL_INT(now));
}

static struct area_change row_of(const struct sql_rows *rows, struct arena *a)
{
    return (struct area_change){.id = sql_uuid(rows, 0),
                                .at = sql_int(rows, 1),
                                .actor = sql_uuid(rows, 2),
                                .what = arena_strdup(a, sql_text(rows, 3)),
                                .from = sql_int(rows, 4),
                                .why = arena_strdup(a, sql_text(rows, 5)),
                                .begun = arena_strdup(a, sql_text(rows, 6)),
                                .ended = arena_strdup(a, sql_text(rows, 7)),
                                .withdrawn = sql_int(rows, 8)};
}

bool area_change_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a,
                     struct area_change *ret, bool *ret_there, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &area_queries[AREA_Q_CHANGE_GET], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = row_of(rows, a);
    return sql_end(&rows, e);
}

bool area_change_list(struct sql_tx *tx, int64_t district, struct uuid before, size_t n, struct arena *a,
                      struct area_change *ret, size_t *ret_n, struct err *e)
{
    static const struct uuid last = {
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_query(tx, &area_queries[AREA_Q_CHANGE_PAGE], &rows, e, SQL_INT(district),
                   SQL_UUID(uuid_is_nil(before) ? &last : &before), SQL_INT((int64_t)n)))
        return false;
    while (*ret_n < n && sql_next(rows))
        ret[(*ret_n)++] = row_of(rows, a);
    return sql_end(&rows, e);
}

bool area_change_count(struct sql_tx *tx, int64_t district, size_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &area_queries[AREA_Q_CHANGE_COUNT], &rows, e, SQL_INT(district)))
        return false;
    while (sql_next(rows))
        *ret = (size_t)(sql_int(rows, 0) + sql_int(rows, 1));
    return sql_end(&rows, e);
}

bool area_ever(struct sql_tx *tx, int64_t district, const char *code, bool *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &area_queries[AREA_Q_EVER], &rows, e, SQL_INT(district), SQL_TEXT(code)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}
