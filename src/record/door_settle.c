/* A database on a server may be written by others, go away and come back: where numbers
 * go on, what became of a commit, and what may be tried again. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/door_internal.h"

#include <time.h>

/* What became of a commit is asked for until another server has had time to take over. */
enum { SETTLE_S = 45, SETTLE_PAUSE_MS = 300, US_PER_S = 1000000 };

void door_rest(int ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    (void)nanosleep(&t, NULL);
}

bool record_last_seq(struct sql_tx *tx, int64_t district, int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = 0;
    if (!sql_query(tx, &record_queries[RECORD_Q_ENTRY_LAST], &rows, e, SQL_INT(district)))
        return false;
    if (sql_next(rows))
        *ret = sql_int(rows, 0);
    return sql_end(&rows, e);
}

/* Where the history and the packs stand, as the transaction sees it. */
static bool standing(struct sql_tx *tx, int64_t district, int64_t *ret_seq, size_t *ret_eras, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_seq = 0;
    *ret_eras = 1;
    if (!sql_query(tx, &record_queries[RECORD_Q_STANDING], &rows, e, SQL_INT(district)))
        return false;
    if (sql_next(rows)) {
        *ret_seq = sql_int(rows, 0);
        *ret_eras = (size_t)sql_int(rows, 1) + 1;
    }
    return sql_end(&rows, e);
}

/* Commands are judged by the packs that hold when they are written. */
static bool still_holds(const struct door *d, const struct world *w, size_t eras, struct err *e)
{
    if (eras == (w->eras == NULL ? 1 : w->eras->n))
        return true;
    if (d->o.renew != NULL && !d->o.renew(d->o.ctx, e))
        return false;
    return ERR(e, ERR_BUSY, "sql.busy", "另一台服务器启用了程序包的新版本，请再来一次",
               "another server has put another version of a pack into force: run it again");
}

bool door_renumber(struct door *d, const struct world *w, struct sql_tx *tx, struct err *e)
{
    int64_t seq;
    size_t eras;

    if (!sql_is_shared(d->o.db))
        return true;
    if (!standing(tx, w->district, &seq, &eras, e) || !still_holds(d, w, eras, e))
        return false;
    if (seq != d->numbering.seq)
        d->numbering = (struct numbering){.seq = seq};
    return true;
}

bool door_follows(const struct door *d, const struct batch *b, struct sql_tx *tx, struct err *e)
{
    int64_t seq;
    size_t eras;

    if (!sql_is_shared(d->o.db))
        return true;
    if (!standing(tx, b->world->district, &seq, &eras, e) || !still_holds(d, b->world, eras, e))
        return false;
    return seq == b->entries[0].row.seq - 1 ||
           ERR(e, ERR_BUSY, "sql.busy", "另一个程序同时写入了本区，请再来一次",
               "another program has written to the district meanwhile: run it again");
}

bool door_between(struct door *d, const struct door_between *b, struct err *e)
{
    struct sql_tx *tx = NULL;
    bool ok;

    (void)pthread_mutex_lock(&d->writing);
    ok = sql_begin(d->o.db, SQL_WRITE, &tx, e) && door_renumber(d, d->o.world(d->o.ctx), tx, e) &&
         b->work(b->ctx, tx, d->numbering.seq, e) && sql_commit(&tx, e);
    sql_rollback(&tx);
    if (b->after != NULL)
        b->after(b->ctx);
    (void)pthread_mutex_unlock(&d->writing);
    return ok;
}

void door_grown(struct door *d, int64_t before, int64_t after)
{
    enum { FIRST = 64, STEP = 16, LAST = 1 << 20 };
    struct err e = {0};

    for (int64_t mark = FIRST; mark <= LAST; mark *= STEP)
        if (before < mark && mark <= after && !sql_analyze(d->o.db, &e))
            log_err("analyze", &e);
}

bool door_lost(const struct err *e)
{
    return e->code == ERR_BUSY && str_starts(e->key, "sql.");
}

/* Whether the batch's last entry is there. Once the database answers this, no transaction
 * of ours is under way any more: the turn to write is had only after it has ended. It is there to stay
 * when this commit is confirmed by the standby, which then has all before it. */
static bool find_entry(struct door *d, const struct batch *b, bool *ret_there, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct entry_row *last = &b->entries[b->n_entries - 1].row;

    if (!sql_begin(d->o.db, SQL_WRITE, &tx, e) ||
        !sql_query(tx, &record_queries[RECORD_Q_ENTRY_OF_COMMAND], &rows, e, SQL_INT(last->district),
                   SQL_UUID(&last->command)))
        return false;
    *ret_there = sql_next(rows) && sql_int(rows, 2) == last->seq;
    return sql_end(&rows, e) && sql_commit(&tx, e);
}

bool door_settle(struct door *d, const struct batch *b, struct err *e)
{
    struct err why = {0};
    bool there = false;
    int64_t until = time_monotonic_us() + (int64_t)SETTLE_S * US_PER_S;

    if (!str_eq(e->key, SQL_UNCERTAIN) || b->n_entries == 0)
        return false;
    while (!find_entry(d, b, &there, &why)) {
        if (!door_lost(&why) || time_monotonic_us() > until)
            return false;
        door_rest(SETTLE_PAUSE_MS);
    }
    *e = (struct err){0};
    return there ||
           ERR(e, ERR_BUSY, "sql.busy", "提交未成，将重试", "the commit did not happen: trying again");
}
