/* Calls that nobody ends. */
#include "app/fixture.h"
#include "call.sql.h"
#include "call/call.h"

enum { SECOND = 1000 };

#define MONDAY "2026-09-28T09:00:00+08:00"

/* A call of the worker's to the patrol, who reported; as the routes leave it behind. */
static struct call ring(struct fixture *f, int64_t at, bool answered)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct principal *worker = person(f, "worker", at), *patrol = person(f, "patrol", at);
    struct call c = {.id = rng_uuid(&f->rng, at),
                     .record = f->last,
                     .caller = worker->account,
                     .callee = patrol->account,
                     .caller_device = rng_uuid(&f->rng, at),
                     .outcome = ""};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &f->err));
    check(sql_run(tx, &call_queries[CALL_Q_PUT], &f->err, SQL_INT(f->d->code), SQL_UUID(&c.id),
                  SQL_UUID(&c.record), SQL_UUID(&c.caller), SQL_UUID(&c.callee), SQL_UUID(&c.caller_device),
                  SQL_INT(at)));
    c.asked_at = c.caller_seen = at;
    c.state = answered ? CALL_ACTIVE : CALL_RINGING;
    c.answered_at = c.answerer_seen = answered ? at : 0;
    c.answerer = answered ? patrol->account : c.answerer;
    check(call_set(tx, f->d->code, &c, &f->err) && sql_commit(&tx, &f->err));
    return c;
}

static struct call now_of(struct fixture *f, const struct call *c, bool *ret_found)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call now = {0};

    check(sql_begin(f->d->db, SQL_READ, &tx, &f->err) &&
          call_get(tx, f->d->code, c->id, f->arena, &now, ret_found, &f->err));
    return now;
}

static int64_t ends_said(struct fixture *f, const struct call *c)
{
    static const struct sql_query q = {
        "test.ends", "SELECT count(*) FROM entry WHERE district = $1 AND record = $2 AND verb = 'call_end'",
        2, false, false};

    return one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&c->record)));
}

static void sweep(struct fixture *f, int64_t at)
{
    check(call_sweep(&f->d->services, at, &f->err));
}

TEST(what_nobody_answers_is_missed_and_said_once)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct call c;
    bool found;

    is(report(f, "patrol", t, "{\"fields\":{\"description\":\"井盖缺失\"}}"), "");
    c = ring(f, t, false);
    sweep(f, t + CALL_RING_MS);
    check(now_of(f, &c, &found).state == CALL_RINGING);
    sweep(f, t + CALL_RING_MS + 1);
    c = now_of(f, &c, &found);
    check(c.state == CALL_ENDED && c.ended_at == t + CALL_RING_MS);
    is(c.outcome, "missed");
    for (int i = 0; i < 3; i++)
        sweep(f, t + CALL_RING_MS + (10 + i) * SECOND);
    check(ends_said(f, &c) == 1 && now_of(f, &c, &found).written);
    sweep(f, c.ended_at + CALL_KEPT_MS + 1);
    (void)now_of(f, &c, &found);
    check(!found);
    check(ends_said(f, &c) == 1);
}

TEST(a_side_that_falls_silent_is_lost)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY) + 3600 * SECOND;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call c;
    bool found;

    is(report(f, "patrol", t, "{\"fields\":{\"description\":\"路面塌陷\"}}"), "");
    c = ring(f, t, true);
    c.caller_seen = t + 100 * SECOND; /* the other was last heard of when it answered */
    check(sql_begin(f->d->db, SQL_WRITE, &tx, &f->err) && call_set(tx, f->d->code, &c, &f->err) &&
          sql_commit(&tx, &f->err));
    sweep(f, t + CALL_SILENT_MS);
    check(now_of(f, &c, &found).state == CALL_ACTIVE);
    sweep(f, t + 110 * SECOND);
    c = now_of(f, &c, &found);
    is(c.outcome, "lost");
    check(c.ended_at == t + 100 * SECOND);
    sweep(f, t + 200 * SECOND);
    check(ends_said(f, &c) == 1);
}

TEST(only_the_server_says_that_one_called)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY) + 7200 * SECOND;

    is(report(f, "patrol", t, "{\"fields\":{\"description\":\"护栏损坏\"}}"), "");
    is(act(f, "clerk", t, f->last, "call", "{}"), "move.unknown");
    is(act(f, "clerk", t, f->last, "call_end", "{}"), "move.unknown");
}
