/* What is left behind: calls that nobody answered, browsers that are gone, ends that are not in the history.
 */
#include "base/limits.h"
#include "base/log.h"
#include "call.sql.h"
#include "call/call.h"

/* Whoever hangs up says so in the history at once; only what they did not come to is done here. */
enum { HANGING_UP_MS = 5000 };

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How such a call has ended by itself; NULL: it goes on. */
static const char *fate(const struct call *c, int64_t now, int64_t *ret_at)
{
    if (c->state == CALL_RINGING && now - c->asked_at > CALL_RING_MS) {
        *ret_at = c->asked_at + CALL_RING_MS;
        return "missed";
    }
    if (c->state == CALL_ACTIVE &&
        (now - c->caller_seen > CALL_SILENT_MS || now - c->answerer_seen > CALL_SILENT_MS)) {
        *ret_at = later(c->caller_seen, c->answerer_seen);
        return "lost";
    }
    return NULL;
}

static bool end_silent(const struct services *s, int64_t now, struct arena *a, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call *list = NULL;
    size_t n = 0;
    bool some = false;

    if (!sql_begin(s->db, SQL_WRITE, &tx, e) || !call_list_open(tx, s->district, a, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        int64_t at = 0;
        const char *outcome = fate(&list[i], now, &at);

        if (outcome == NULL)
            continue;
        some = true;
        if (!call_finish(tx, s->district, &list[i], outcome, at, e))
            return false;
    }
    return !some || sql_commit(&tx, e);
}

static bool set_written(const struct services *s, struct call *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    c->written = true;
    return sql_begin(s->db, SQL_WRITE, &tx, e) && call_set(tx, s->district, c, e) && sql_commit(&tx, e);
}

/* What the door refuses for good (the matter's pack is gone) must not be tried for ever. */
static bool write_end(const struct services *s, struct call *c, int64_t now, struct arena *a, struct err *e)
{
    const struct world *w = s->world(s);
    struct outcome o = {0};
    struct err refused = {0};
    bool ok = door_call(s->door, call_end_command(w, c, &principal_clock, now, a), &o, &refused);

    outcome_free(&o);
    if (!ok && refused.code == ERR_BUSY) {
        *e = refused;
        return false;
    }
    if (!ok)
        log_err("call", &refused);
    return set_written(s, c, e);
}

static bool remove_old(const struct services *s, int64_t now, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(s->db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &call_queries[CALL_Q_REMOVE], e, SQL_INT(s->district), SQL_INT(now - CALL_KEPT_MS)) &&
           sql_commit(&tx, e);
}

/* What there is to do: most districts have nothing at most times, and then nothing is written. */
struct left {
    struct call *open, *unwritten;
    size_t n_open, n_unwritten;
    bool old;
};

static bool look(const struct services *s, int64_t now, struct arena *a, struct left *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(s->db, SQL_READ, &tx, e) ||
        !call_list_open(tx, s->district, a, &ret->open, &ret->n_open, e) ||
        !call_list_unwritten(tx, s->district, a, &ret->unwritten, &ret->n_unwritten, e) ||
        !sql_query(tx, &call_queries[CALL_Q_OLD], &rows, e, SQL_INT(s->district),
                   SQL_INT(now - CALL_KEPT_MS)))
        return false;
    ret->old = sql_next(rows);
    return sql_end(&rows, e);
}

bool call_sweep(const struct services *s, int64_t now, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(LIMIT_REQUEST_ARENA);
    struct left left = {0};

    if (!look(s, now, a, &left, e) || (left.n_open > 0 && !end_silent(s, now, a, e)))
        return false;
    for (size_t i = 0; i < left.n_unwritten; i++)
        if (now - left.unwritten[i].ended_at > HANGING_UP_MS && !write_end(s, &left.unwritten[i], now, a, e))
            return false;
    return !left.old || remove_old(s, now, e);
}
