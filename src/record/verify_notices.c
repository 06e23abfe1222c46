/* Notices against the history. Who is told depends on the posts of that day, which are not
 * kept; but a notice's id is made of its command and its reader, so each that is there must
 * come from an entry of its matter. */
#include "record.sql.h"
#include "record/store.h"
#include "record/verify_internal.h"

struct notice {
    struct uuid id, account, record;
    int64_t at;
};

static bool made_by(const struct verifying *v, const struct notice *n, struct uuid command)
{
    for (size_t i = 0; i < NOTICES_MAX; i++)
        if (uuid_eq(notice_id(v->world, command, n->account, n->at, i), n->id))
            return true;
    return false;
}

static bool check_notice(const struct verifying *v, const struct notice *n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char text[UUID_TEXT_MAX];
    bool found = false;

    if (!sql_query(v->tx, &record_queries[RECORD_Q_COMMANDS_AT], &rows, e, SQL_INT(v->world->district),
                   SQL_UUID(&n->record), SQL_INT(n->at)))
        return false;
    while (!found && sql_next(rows))
        found = made_by(v, n, sql_uuid(rows, 0));
    uuid_format(n->id, text);
    if (!found)
        verify_tell(v, "notice %s: no entry of its record accounts for it", text);
    return found || sql_end(&rows, e);
}

bool verify_notices(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                    struct verify_sums *sums, struct err *e)
{
    const struct verifying v = {.tx = tx, .world = w, .calls = calls};
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_walk(tx, &record_queries[RECORD_Q_ALL_NOTICES], &rows, e, SQL_INT(w->district)))
        return false;
    while (sql_next(rows)) {
        const struct notice n = {sql_uuid(rows, 0), sql_uuid(rows, 1), sql_uuid(rows, 2), sql_int(rows, 3)};

        if (!check_notice(&v, &n, e))
            return false;
        verify_step(calls, ++sums->notices);
    }
    return sql_end(&rows, e);
}
