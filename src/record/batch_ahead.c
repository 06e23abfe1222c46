/* What the commands of a batch will ask for, read with two statements before the first of them. */
#include "record.sql.h"
#include "record/batch.h"

void batch_ahead_init(struct batch *b)
{
    idmap_init(&b->ahead.commands, b->a);
    idmap_init(&b->ahead.records, b->a);
}

struct done_before batch_done(const struct sql_rows *rows)
{
    return (struct done_before){true, sql_uuid(rows, 0), sql_int(rows, 2), sql_int(rows, 3)};
}

/* Each id once, as arguments after the district; `ids` says which row of arguments is whose. */
static size_t take_ids(const struct batch *b, const struct uuid *const *list, size_t n, struct idmap *ids,
                       struct sql_arg *args)
{
    size_t n_ids = 0, i;

    for (size_t k = 0; k < n; k++) {
        if (uuid_is_nil(*list[k]) || idmap_get(ids, *list[k], &i))
            continue;
        args[2 * n_ids] = SQL_INT(b->world->district);
        args[2 * n_ids + 1] = SQL_UUID(list[k]);
        idmap_put(ids, *list[k], n_ids++);
    }
    return n_ids;
}

static bool commands_ahead(struct batch *b, const struct uuid *const *ids, size_t n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(b->a, struct sql_arg, 2 * n);
    size_t n_ids = take_ids(b, ids, n, &b->ahead.commands, args);

    b->ahead.done = arena_array(b->a, struct done_before, n_ids + 1);
    if (n_ids == 0)
        return true;
    if (!sql_query_each(b->tx, &record_queries[RECORD_Q_ENTRY_OF_COMMAND], args, n_ids, &rows, e))
        return false;
    while (sql_next(rows))
        b->ahead.done[sql_row(rows)] = batch_done(rows);
    return sql_end(&rows, e);
}

static bool records_ahead(struct batch *b, const struct uuid *const *ids, size_t n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(b->a, struct sql_arg, 2 * n);
    size_t n_ids = take_ids(b, ids, n, &b->ahead.records, args);

    b->ahead.loaded = arena_array(b->a, struct record_ahead, n_ids + 1);
    if (n_ids == 0)
        return true;
    if (!sql_query_each(b->tx, &record_queries[RECORD_Q_GET], args, n_ids, &rows, e))
        return false;
    while (sql_next(rows)) {
        struct record_ahead *at = &b->ahead.loaded[sql_row(rows)];
        struct record *r = NULL;
        struct err why = {0};

        at->damaged = !row_record(rows, b->world, b->a, &r, &why);
        at->r = r;
    }
    return sql_end(&rows, e);
}

bool batch_read_ahead(struct batch *b, const struct command *const *cs, size_t n, struct err *e)
{
    const struct uuid **commands = arena_array(b->a, const struct uuid *, n + 1);
    const struct uuid **records = arena_array(b->a, const struct uuid *, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        commands[i] = &cs[i]->id;
        records[2 * i] = &cs[i]->target;
        records[2 * i + 1] = &cs[i]->parent;
    }
    return commands_ahead(b, commands, n, e) && records_ahead(b, records, 2 * n, e);
}
