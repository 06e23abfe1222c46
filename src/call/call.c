/* Calls as rows. */
#include "call/call.h"

#include "base/text.h"
#include "call.sql.h"

#include <string.h>

enum { RINGING_MAX = 16 };

bool call_check(struct sql *db, struct err *e)
{
    return sql_check(db, call_queries, CALL_Q__MAX, e);
}

static struct call read_call(const struct sql_rows *rows, struct arena *a)
{
    return (struct call){.id = sql_uuid(rows, 0),
                         .record = sql_uuid(rows, 1),
                         .caller = sql_uuid(rows, 2),
                         .callee = sql_uuid(rows, 3),
                         .answerer = sql_uuid(rows, 4),
                         .caller_device = sql_uuid(rows, 5),
                         .answerer_device = sql_uuid(rows, 6),
                         .state = (enum call_state)sql_int(rows, 7),
                         .outcome = arena_strdup(a, sql_text(rows, 8)),
                         .asked_at = sql_int(rows, 9),
                         .answered_at = sql_int(rows, 10),
                         .ended_at = sql_int(rows, 11),
                         .caller_seen = sql_int(rows, 12),
                         .answerer_seen = sql_int(rows, 13),
                         .signals = sql_int(rows, 14),
                         .written = sql_int(rows, 15) != 0};
}

bool call_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct call *ret,
              bool *ret_found, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &call_queries[CALL_Q_GET], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    *ret_found = sql_next(rows);
    if (*ret_found)
        *ret = read_call(rows, a);
    return sql_end(&rows, e);
}

/* Reads at most `max` calls out of a started statement and ends it. */
static bool take_all(struct sql_rows **rows, size_t max, struct arena *a, struct call **ret, size_t *ret_n,
                     struct err *e)
{
    struct call *list = arena_array(a, struct call, max);
    size_t n = 0;

    while (sql_next(*rows) && n < max)
        list[n++] = read_call(*rows, a);
    *ret = list;
    *ret_n = n;
    return sql_end(rows, e);
}

bool call_list_open(struct sql_tx *tx, int64_t district, struct arena *a, struct call **ret, size_t *ret_n,
                    struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    return sql_query(tx, &call_queries[CALL_Q_OPEN], &rows, e, SQL_INT(district), SQL_INT(CALL_OPEN_MAX)) &&
           take_all(&rows, CALL_OPEN_MAX, a, ret, ret_n, e);
}

bool call_list_unwritten(struct sql_tx *tx, int64_t district, struct arena *a, struct call **ret,
                         size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    return sql_query(tx, &call_queries[CALL_Q_UNWRITTEN], &rows, e, SQL_INT(district),
                     SQL_INT(CALL_OPEN_MAX)) &&
           take_all(&rows, CALL_OPEN_MAX, a, ret, ret_n, e);
}

bool call_list_ringing(struct sql_tx *tx, int64_t district, struct uuid account, struct arena *a,
                       struct call **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    return sql_query(tx, &call_queries[CALL_Q_RINGING], &rows, e, SQL_INT(district), SQL_UUID(&account),
                     SQL_INT(RINGING_MAX)) &&
           take_all(&rows, RINGING_MAX, a, ret, ret_n, e);
}

bool call_set(struct sql_tx *tx, int64_t district, const struct call *c, struct err *e)
{
    return sql_run(tx, &call_queries[CALL_Q_SET], e, SQL_INT(district), SQL_UUID(&c->id),
                   SQL_UUID(&c->answerer), SQL_UUID(&c->answerer_device), SQL_INT(c->state),
                   SQL_TEXT(c->outcome), SQL_INT(c->answered_at), SQL_INT(c->ended_at),
                   SQL_INT(c->caller_seen), SQL_INT(c->answerer_seen), SQL_INT(c->signals),
                   SQL_INT(c->written));
}

bool call_finish(struct sql_tx *tx, int64_t district, struct call *c, const char *outcome, int64_t at,
                 struct err *e)
{
    c->state = CALL_ENDED;
    c->outcome = outcome;
    c->ended_at = at > c->asked_at ? at : c->asked_at;
    return call_set(tx, district, c, e) &&
           sql_run(tx, &call_queries[CALL_Q_SIGNAL_REMOVE], e, SQL_INT(district), SQL_UUID(&c->id)) &&
           sql_run(tx, &call_queries[CALL_Q_RING_REMOVE], e, SQL_INT(district), SQL_UUID(&c->id));
}

bool call_engaged(const struct call *list, size_t n, struct uuid account)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_eq(list[i].caller, account) || uuid_eq(list[i].answerer, account))
            return true;
    return false;
}

struct command *call_end_command(const struct world *w, const struct call *c, const struct principal *who,
                                 int64_t now, struct arena *a)
{
    static const char what[] = "call_end";
    struct command *cmd = arena_new(a, struct command);
    struct call_input *call = arena_new(a, struct call_input);
    uint8_t hash[HASH_BYTES];

    privacy_hash(w->privacy, c->id.b, sizeof(c->id.b), what, strlen(what), hash);
    call->to = c->callee;
    call->outcome = c->outcome;
    call->seconds = c->answered_at == 0 ? 0 : (c->ended_at - c->answered_at) / 1000;
    cmd->id = uuid_v7(c->ended_at, hash);
    cmd->who = who;
    cmd->at = now;
    cmd->target = c->record;
    cmd->verb = what;
    cmd->version = -1;
    cmd->call = call;
    cmd->trusted = true; /* who has left the matter meanwhile hangs up all the same */
    return cmd;
}
