/* words.c -- full text of records whose rows another hand writes. */
#include "record.sql.h"
#include "record/bulk.h"
#include "record/store.h"

static bool change(struct sql_tx *tx, const struct world *w, int query, const struct uuid *ids, size_t n,
                   struct arena *a, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg *args = arena_array(a, struct sql_arg, 2 * n);
    struct bulk words;

    if (n == 0)
        return true;
    for (size_t i = 0; i < n; i++) {
        args[2 * i] = SQL_INT(w->district);
        args[2 * i + 1] = SQL_UUID(&ids[i]);
    }
    bulk_begin(&words, &record_queries[query], a);
    if (!sql_query_each(tx, &record_queries[RECORD_Q_GET], args, n, &rows, e))
        return false;
    while (sql_next(rows)) {
        struct record *r;
        const char *of;

        if (!row_record(rows, w, a, &r, e))
            return false;
        of = search_words(r, a);
        if (of[0] != '\0')
            BULK_ADD(&words, SQL_INT(w->district), SQL_INT(r->number), SQL_TEXT(of));
    }
    return sql_end(&rows, e) && bulk_write(&words, tx, e);
}

bool record_words_remove(struct sql_tx *tx, const struct world *w, const struct uuid *ids, size_t n,
                         struct arena *a, struct err *e)
{
    return change(tx, w, RECORD_Q_SEARCH_REMOVE, ids, n, a, e);
}

bool record_words_put(struct sql_tx *tx, const struct world *w, const struct uuid *ids, size_t n,
                      struct arena *a, struct err *e)
{
    return change(tx, w, RECORD_Q_SEARCH_PUT, ids, n, a, e);
}
