#include "record/around.h"

#include "record.sql.h"
#include "record/crew.h"
#include "record/record.h"

const struct books *(*record_books)(struct sql_tx *tx, const struct world *w, struct arena *a);

bool around_children(struct sql_tx *tx, int64_t district, struct uuid id, struct around *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &record_queries[RECORD_Q_CHILDREN], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows)) {
        ret->children = sql_int(rows, 0);
        ret->children_open = sql_int(rows, 1);
    }
    return sql_end(&rows, e);
}

bool around_siblings(struct sql_tx *tx, int64_t district, struct uuid parent, const char *kind,
                     struct arena *a, struct uuid **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = arena_array(a, struct uuid, SIBLINGS_MAX);
    *ret_n = 0;
    if (!sql_query(tx, &record_queries[RECORD_Q_SIBLINGS], &rows, e, SQL_INT(district), SQL_UUID(&parent),
                   SQL_TEXT(kind), SQL_INT(SIBLINGS_MAX)))
        return false;
    while (sql_next(rows))
        (*ret)[(*ret_n)++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

static bool load_siblings(struct sql_tx *tx, const struct world *w, const struct record *r, struct arena *a,
                          struct around *ret, struct err *e)
{
    struct uuid *ids = NULL;
    const struct record **list;
    size_t n = 0;

    if (!around_siblings(tx, w->district, r->parent, r->kind->name, a, &ids, &n, e))
        return false;
    list = arena_array(a, const struct record *, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct record *one = NULL;

        if (!record_load(tx, w, ids[i], a, &one, e))
            return false;
        if (one != NULL)
            list[ret->n_siblings++] = one;
    }
    ret->siblings = list;
    return true;
}

bool record_around(struct sql_tx *tx, const struct world *w, const struct record *r, struct arena *a,
                   struct around *ret, struct err *e)
{
    *ret = (struct around){.books = record_books == NULL ? NULL : record_books(tx, w, a)};
    crew_look_at(tx, w, r->id, a, ret);
    if (r->kind->n_children > 0 && !around_children(tx, w->district, r->id, ret, e))
        return false;
    return r->kind->n_earlier == 0 || uuid_is_nil(r->parent) || load_siblings(tx, w, r, a, ret, e);
}
