#include "record/around.h"

#include "record.sql.h"
#include "record/crew.h"
#include "record/store.h"

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

/* --- below --- */

struct below {
    const struct record **list;
    size_t n;
};

static bool take_rows(struct sql_rows *rows, const struct world *w, struct arena *a, struct below *ret,
                      struct err *e)
{
    while (sql_next(rows)) {
        struct record *r = NULL;

        if (ret->n == BELOW_MAX)
            return ERR(e, ERR_TOO_LARGE, "record.below", "下级事项超过 %d 件，无法一并处理",
                       "more than %d records lie below: too many to be read together", BELOW_MAX);
        if (!row_record(rows, w, a, &r, e))
            return false;
        ret->list[ret->n++] = r;
    }
    return true;
}

static bool children_of_all(struct sql_tx *tx, const struct world *w, size_t n, struct arena *a,
                            struct below *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(a, struct sql_arg, 3 * n + 1);
    size_t n_args = 0;

    for (size_t i = 0; i < n; i++) {
        if (ret->list[i]->kind->n_children == 0)
            continue;
        args[3 * n_args] = SQL_INT(w->district);
        args[3 * n_args + 1] = SQL_UUID(&ret->list[i]->id);
        args[3 * n_args++ + 2] = SQL_INT(BELOW_MAX);
    }
    if (n_args == 0)
        return true;
    return sql_query_each(tx, &record_queries[RECORD_Q_BELOW], args, n_args, &rows, e) &&
           take_rows(rows, w, a, ret, e) && sql_end(&rows, e);
}

bool record_below(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                  const struct record ***ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct below all = {.list = arena_array(a, const struct record *, BELOW_MAX)};

    if (!sql_query(tx, &record_queries[RECORD_Q_BELOW], &rows, e, SQL_INT(w->district), SQL_UUID(&id),
                   SQL_INT(BELOW_MAX + 1)) ||
        !take_rows(rows, w, a, &all, e) || !sql_end(&rows, e) || !children_of_all(tx, w, all.n, a, &all, e))
        return false;
    *ret = all.list;
    *ret_n = all.n;
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
