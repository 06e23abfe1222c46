/* Clocks that ring: once each, warned before late, also after the district was closed and opened. */
#include "app/fixture.h"

#include <unistd.h>

enum { MINUTE = 60000, HOUR = 3600000 };

static const struct sql_query rung = {
    "test.rung", "SELECT count(*) FROM entry WHERE district = $1 AND record = $2 AND verb = 'tick'", 2, false,
    false};
static const struct sql_query waiting = {
    "test.waiting", "SELECT count(*) FROM timer WHERE district = $1 AND record = $2", 2, false, false};
static const struct sql_query notices = {
    "test.notices", "SELECT count(*) FROM notice WHERE district = $1 AND record = $2 AND account = $3", 3,
    false, false};

static int64_t count(struct fixture *f, const struct sql_query *q, struct uuid id)
{
    return one_int(f, q, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&id)));
}

TEST(warned_then_late_then_escalated)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-09-14T09:00:00+08:00"), next = 0;
    const struct clock *c;
    const struct record *r;
    struct uuid id;

    is(report(f, "resident", t, "{\"fields\":{\"description\":\"路灯不亮\"}}"), "");
    id = f->last;
    is(act(f, "clerk", t, id, "accept", "{\"fields\":{\"category\":\"0103\",\"level\":\"complex\"}}"), "");
    c = clock_named(record_now(f, id), "resolve");
    check(c->due_at == t + 8 * HOUR && c->warn_at == t + 8 * HOUR * 8 / 10);
    check(timer_next(f->d->db, f->d->code, &next, &f->err) && next == c->warn_at);
    check(record_lamp(record_now(f, id)) == LAMP_GREEN);
    check(clocks_until(f, c->warn_at - 1) == 0);
    check(clocks_until(f, c->warn_at) == 1);
    r = record_now(f, id);
    check(record_lamp(r) == LAMP_AMBER && clock_named(r, "resolve")->warned_at == c->warn_at &&
          clock_named(r, "resolve")->breached_at == 0);
    check(clocks_until(f, c->due_at - 1) == 0);
    check(clocks_until(f, c->due_at) == 1);
    r = record_now(f, id);
    check(record_lamp(r) == LAMP_RED && record_late(r) &&
          clock_named(r, "resolve")->breached_at == c->due_at);
    check(field_of(r, "overdue")->b);
    is(field_of(r, "level")->s, "many"); /* it went up by itself */
    is(r->state->name, "accepted");
    check(clocks_until(f, t + 240 * HOUR) == 0);
    check(count(f, &rung, id) == 2 && count(f, &waiting, id) == 0);
}

TEST(a_stopped_clock_is_silent)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-09-15T09:00:00+08:00");

    is(report(f, "patrol", t, "{\"fields\":{\"description\":\"垃圾\",\"level\":\"easy\"}}"), "");
    check(count(f, &waiting, f->last) == 1);
    is(act(f, "patrol", t + MINUTE, f->last, "settle", "{\"note\":\"清了\"}"), "");
    check(count(f, &waiting, f->last) == 0);
    check(clocks_until(f, t + 240 * HOUR) == 0 && count(f, &rung, f->last) == 0);
}

TEST(late_although_nobody_looked)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-09-16T09:00:00+08:00");
    struct uuid id;

    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    id = f->last;
    /* Two working hours and a minute later, and no timer ran. */
    is(act(f, "clerk", t + 2 * HOUR + MINUTE, id, "accept",
           "{\"fields\":{\"category\":\"0102\",\"level\":\"easy\"}}"),
       "");
    check(clock_named(record_now(f, id), "accept")->breached_at == t + 2 * HOUR + MINUTE);
    is(act(f, "clerk", t + 3 * HOUR, id, "void", "{\"note\":\"x\"}"), "");
}

TEST(the_same_tick_twice_is_one)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-09-17T09:00:00+08:00"), n = 0;
    struct principal leader = *person(f, "leader", t);
    struct uuid id, who = leader.account;

    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    id = f->last;
    check(clocks_until(f, t + 2 * HOUR) == 2); /* warned at 75 %, late at 2 working hours */
    check(timer_run_due(f->d->db, f->d->door, f->d->code, t + 2 * HOUR, &n, &f->err) && n == 0);
    check(count(f, &rung, id) == 2);
    /* The duty leader nearest to it was told: the township's, not the district's. */
    check(one_int(f, &notices, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&id), SQL_UUID(&who))) == 0);
    who = person(f, "leader-330803001", t)->account;
    check(one_int(f, &notices, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&id), SQL_UUID(&who))) == 1);
    is(act(f, "clerk", t + 3 * HOUR, id, "reject", "{\"note\":\"x\"}"), "");
}

/* --- on disk --- */

static struct district *open_again(const char *dir, const char *db)
{
    const struct district_options o = {.dir = dir, .db = db};
    struct district *d = NULL;
    struct err e = {0};

    check(district_open(&o, &d, &e));
    return d;
}

/* NULL: a file in the data folder. */
static const char *own_db(char db[TEST_DATABASE_BYTES])
{
    if (test_postgres() == NULL)
        return NULL;
    str_copy(db, TEST_DATABASE_BYTES, test_database());
    return db;
}

TEST(clocks_survive_a_restart)
{
    char db[TEST_DATABASE_BYTES];
    const struct init_options o = {.db = own_db(db),
                                   .code = 330803,
                                   .name = "衢江区",
                                   .short_name = "衢江",
                                   .suite = SUITE_SM,
                                   .offset_min = 480,
                                   .sample = true};
    char dir[] = "/tmp/wangge-clock-XXXXXX";
    const struct fixture *shared = fixture();
    struct fixture own = *shared, *f = &own;
    int64_t t = instant("2026-09-21T09:00:00+08:00");
    struct err e = {0};
    struct uuid id;

    check(mkdtemp(dir) != NULL && district_init(dir, &o, &e));
    own.d = open_again(dir, o.db);
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    id = f->last;
    check(clocks_until(f, t + 90 * MINUTE) == 1);
    district_close(&own.d);
    own.d = open_again(dir, o.db);
    check(clocks_until(f, t + 90 * MINUTE) == 0);
    check(clock_named(record_now(f, id), "accept")->warned_at == t + 90 * MINUTE);
    check(clocks_until(f, t + 2 * HOUR) == 1);
    district_close(&own.d);
    own.d = open_again(dir, o.db);
    check(clocks_until(f, t + 240 * HOUR) == 0 && count(f, &rung, id) == 2);
    district_close(&own.d);
    folder_remove(dir);
}

/* The thread that serve runs, against the wall clock. */
TEST(the_timer_rings_within_a_second)
{
    struct fixture *f = fixture();
    const struct timer_options o = {.db = f->d->db, .door = f->d->door, .district = f->d->code};
    /* A twenty-minute clock, half of which has gone in half a second from now. */
    int64_t t = time_now_ms() - 10 * MINUTE + 500, until = time_now_ms() + 3000;
    struct timer *timer = NULL;
    struct uuid id;

    is(report(f, "resident", t - MINUTE, "{\"fields\":{\"description\":\"x\"}}"), "");
    id = f->last;
    is(act(f, "clerk", t - MINUTE, id, "accept",
           "{\"fields\":{\"category\":\"0102\",\"level\":\"complex\"}}"),
       "");
    check(timer_start(&o, &timer, &f->err));
    is(act(f, "clerk", t, id, "dispatch", "{}"), "");
    timer_expect(timer, record_wake(record_now(f, id)));
    while (count(f, &rung, id) == 0 && time_now_ms() < until)
        (void)usleep(20000);
    check(count(f, &rung, id) == 1);
    check(clock_named(record_now(f, id), "acknowledge")->warned_at - (t + 10 * MINUTE) <
          1000 * test_patience());
    timer_stop(&timer);
    is(act(f, "clerk", time_now_ms(), id, "void", "{\"note\":\"x\"}"), "");
}
