/* Rules that raise matters by themselves: once each, across downtime, servers and repetitions; shared fairly;
 * doors that several rules lead to visited once. Who is on duty. A thousand clocks at once. */
#include "app/fixture.h"

#include <unistd.h>

enum { MINUTE = 60000, HOUR = 3600000 };
#define DAY (INT64_C(24) * HOUR)

static const struct sql_query tasks = {
    "test.tasks",
    "SELECT count(*) FROM record WHERE district = $1 AND kind = 'grid_task' AND fields->>'task' = $2", 2,
    false, false};
static const struct sql_query busiest = {"test.busiest",
                                         "SELECT max(n) - min(n) FROM (SELECT count(*) AS n FROM party WHERE "
                                         "district = $1 AND role = 'worker' AND record IN "
                                         "(SELECT id FROM record WHERE district = $1 AND kind = 'grid_task' "
                                         "AND area LIKE $2 AND fields->>'task' = '0301') "
                                         "GROUP BY who) AS c",
                                         2, false, false};
static const struct sql_query homes = {
    "test.homes",
    "SELECT count(*) FROM record WHERE district = $1 AND kind = 'grid_task' AND fields->>'items' LIKE $2", 2,
    false, false};
static const struct sql_query done_day = {
    "test.done_day", "SELECT done_day FROM schedule WHERE district = $1 AND name = $2", 2, false, false};
static const struct sql_query claim_it = {
    "test.claim_it",
    "UPDATE schedule SET claimed_by = $3, claimed_until = $4 WHERE district = $1 AND name = $2", 4, true,
    false};
static const struct sql_query rung = {
    "test.rung", "SELECT count(*) FROM entry WHERE district = $1 AND verb = 'tick' AND at >= $2 AND at <= $3",
    3, false, false};

static int64_t count(struct fixture *f, const char *task)
{
    return one_int(f, &tasks, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(task)));
}

static int64_t run_at(struct fixture *f, int64_t now)
{
    const struct schedule_run r = {
        .db = f->d->db, .door = f->d->door, .world = district_world(f->d), .server = rng_uuid(&f->rng, now)};
    struct err e = {0};
    int64_t n = 0;

    check(schedule_run_due(&r, now, &n, &e));
    if (e.key != NULL)
        (void)printf("# %s: %s\n", e.key, e.en);
    return n;
}

static const struct schedule_def *rule(struct fixture *f, const char *name)
{
    return packs_schedule(f->d->packs, name);
}

static void switch_rule(struct fixture *f, const char *name, bool on, int64_t now)
{
    struct err e = {0};

    check(schedule_switch(f->d->db, district_world(f->d), rule(f, name), on, (struct uuid){{0}}, now, &e));
}

static int64_t areas(struct fixture *f, enum area_level level)
{
    const struct area_tree *t = district_world(f->d)->areas;
    int64_t n = 0;

    for (size_t i = 0; i < area_count(t); i++)
        n += area_at(t, i)->level == level;
    return n;
}

TEST(raised_once)
{
    struct fixture *f = fixture();
    int64_t monday = instant("2026-03-02T07:00:00+08:00"), all = areas(f, AREA_MICROGRID), next = 0;

    check(run_at(f, monday) == 0); /* off until somebody switches it on */
    switch_rule(f, "rubbish_weekly", true, monday);
    check(schedule_next(f->d->db, district_world(f->d), monday, &next, &f->err) && next == monday + HOUR);
    check(run_at(f, monday + HOUR - 1) == 0);
    check(run_at(f, monday + HOUR) == all);
    check(run_at(f, monday + HOUR) == 0 && run_at(f, monday + DAY) == 0);
    check(count(f, "0301") == all);
    /* As many as anybody else of the same grid, or one more. */
    check(one_int(f, &busiest, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT("330803001001001%"))) <= 1);
    switch_rule(f, "rubbish_weekly", false, monday + DAY);
    check(run_at(f, monday + 8 * DAY) == 0);
}

TEST(after_days_of_downtime)
{
    struct fixture *f = fixture();
    int64_t friday = instant("2026-04-03T09:00:00+08:00"), all = areas(f, AREA_MICROGRID);

    switch_rule(f, "hygiene_weekly", true, friday); /* Tuesdays, caught up */
    switch_rule(f, "patrol_daily", true, friday);   /* every working day, not caught up */
    /* Back on Friday of the third week: two Tuesdays are missing, of the daily round only today's. */
    check(run_at(f, friday + 14 * DAY) == 3 * all);
    check(count(f, "0302") == 2 * all && count(f, "0201") == all);
    check(run_at(f, friday + 14 * DAY) == 0);
    /* A Saturday is not worked; Labour Day neither. */
    check(run_at(f, friday + 15 * DAY) == 0);
    switch_rule(f, "hygiene_weekly", false, friday + 15 * DAY);
    switch_rule(f, "patrol_daily", false, friday + 15 * DAY);
}

static const char *home(struct fixture *f, int64_t at, const char *fields)
{
    AUTO(json_free) struct json_object *body = json_object_new_object();
    const struct input in = input_of(f, "clerk", at);
    struct command *c = NULL;
    char id[UUID_TEXT_MAX];

    uuid_format(rng_uuid(&f->rng, at), id);
    (void)json_object_object_add(body, "kind", json_object_new_string("care_home"));
    (void)json_object_object_add(body, "id", json_object_new_string(id));
    (void)json_object_object_add(body, "fields", body_of(fields));
    if (!input_raise(&in, body, &c, &f->err))
        return f->err.n_details > 0 ? f->err.details[0].key : f->err.key;
    c->has_place = true;
    c->lng = f->lng;
    c->lat = f->lat;
    return send(f, c);
}

TEST(one_door_one_round)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-05-11T09:00:00+08:00");

    is(home(f, t, "{\"why\":\"alone\",\"address\":\"1\",\"gas\":true}"), "");
    is(home(f, t, "{\"why\":\"alone\",\"address\":\"2\"}"), "");
    is(home(f, t, "{\"why\":\"child\",\"address\":\"3\",\"gas\":true}"), "");
    is(home(f, t, "{\"why\":\"hardship\",\"address\":\"4\"}"), "");
    switch_rule(f, "alone_weekly", true, t);
    switch_rule(f, "gas_at_home", true, t);
    check(run_at(f, t + 3 * DAY) == 3); /* 1, 2 and 3: nobody asked for hardship */
    check(one_int(f, &homes, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT("%0101%0203%"))) == 1);
    check(one_int(f, &homes, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT("%0101%"))) == 2);
    check(one_int(f, &homes, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT("%0203%"))) == 2);
    /* The next week one more rule leads to the same doors. */
    switch_rule(f, "children_weekly", true, t + 4 * DAY);
    check(run_at(f, t + 10 * DAY) == 3);
    switch_rule(f, "alone_weekly", false, t);
    switch_rule(f, "gas_at_home", false, t);
    switch_rule(f, "children_weekly", false, t);
}

static void claim(struct fixture *f, const char *name, int64_t until)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid other = rng_uuid(&f->rng, until);
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) &&
          sql_run(tx, &claim_it, &e, SQL_INT(f->d->code), SQL_TEXT(name), SQL_UUID(&other), SQL_INT(until)) &&
          sql_commit(&tx, &e));
}

static bool stop(void *ctx)
{
    return --*(int *)ctx < 0;
}

TEST(claimed_by_one_and_taken_over)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-06-03T07:00:00+08:00"), all = areas(f, AREA_MICROGRID), n = 0;
    int pages = 1;
    struct schedule_run r = {.db = f->d->db,
                             .door = f->d->door,
                             .world = district_world(f->d),
                             .server = rng_uuid(&f->rng, t),
                             .stopping = stop,
                             .ctx = &pages};
    struct err e = {0};

    switch_rule(f, "lamps_weekly", true, t);
    claim(f, "lamps_weekly", t + HOUR + MINUTE);
    check(run_at(f, t + HOUR) == 0 && count(f, "0310") == 0); /* another server is at it */
    /* It was killed: after its minute somebody else goes on. He is stopped in the middle, too. */
    pages = 0;
    check(!schedule_run_due(&r, t + HOUR + MINUTE, &n, &e));
    is(e.key, "schedule.stopped");
    check(run_at(f, t + HOUR + MINUTE) == all && count(f, "0310") == all);
    check(one_int(f, &done_day, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT("lamps_weekly"))) ==
          local_day(t, f->d->offset_min));
    /* Told that nothing was done, it finds that all is there. */
    switch_rule(f, "lamps_weekly", false, t);
    switch_rule(f, "lamps_weekly", true, t);
    check(run_at(f, t + 2 * HOUR) == 0 && count(f, "0310") == all);
    switch_rule(f, "lamps_weekly", false, t);
}

TEST(missed_ones_come_back)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-07-07T08:00:00+08:00");
    static const struct sql_query again = {"test.again",
                                           "SELECT count(*) FROM record WHERE district = $1 AND kind = "
                                           "'grid_task' AND fields->>'task' = '0205' AND state = "
                                           "'again'",
                                           1, false, false};

    switch_rule(f, "ebikes_weekly", true, t - MINUTE);
    check(run_at(f, t) == areas(f, AREA_MICROGRID));
    switch_rule(f, "ebikes_weekly", false, t);
    (void)clocks_until(f, instant("2026-07-10T17:30:00+08:00")); /* three working days */
    check(one_int(f, &again, SQL_ARGS(SQL_INT(f->d->code))) == areas(f, AREA_MICROGRID));
}

/* --- who is on duty --- */

static struct uuid told(struct fixture *f, struct uuid org, int64_t at)
{
    struct uuid on = {0};

    (void)directory_on_duty(district_world(f->d)->people, org, at, &on, 1);
    return on;
}

TEST(who_is_on_duty)
{
    struct arena *a = arena_create(1 << 20);
    struct org *orgs = arena_array(a, struct org, 1);
    struct account *staff = arena_array(a, struct account, 3);
    struct post *posts = arena_array(a, struct post, 3);
    struct duty *duties = arena_array(a, struct duty, 4);
    struct rng rng = rng_seed(5);
    struct uuid on[4], id[3];

    orgs[0] = (struct org){.id = rng_uuid(&rng, 1), .name = "x", .area = "330803", .unit = true};
    const struct uuid org = orgs[0].id;

    for (int i = 0; i < 3; i++) {
        id[i] = rng_uuid(&rng, 2 + i);
        staff[i] = (struct account){id[i], "a", "甲", true};
        posts[i] = (struct post){.account = id[i], .role = "clerk", .area = "330803", .org = org};
    }
    struct directory *d = directory_make(a, orgs, 1, staff, 3, posts, 3);

    duties[0] = (struct duty){org, id[0], 1000, 2000, DUTY_ON};
    duties[1] = (struct duty){org, id[1], 1500, 3000, DUTY_LEAD};
    duties[2] = (struct duty){org, id[2], 1000, 5000, DUTY_STANDBY};
    directory_set_duties(d, duties, 3);
    check(directory_on_duty(d, org, 999, on, 4) == 0);
    check(directory_on_duty(d, org, 1000, on, 4) == 1 && uuid_eq(on[0], id[0]));
    check(directory_on_duty(d, org, 1600, on, 4) == 2 && uuid_eq(on[0], id[0]) && uuid_eq(on[1], id[1]));
    check(directory_on_duty(d, org, 2000, on, 4) == 1 && uuid_eq(on[0], id[1]));
    check(directory_on_duty(d, org, 3000, on, 4) == 1 && uuid_eq(on[0], id[2])); /* who stands by */
    check(directory_on_duty(d, org, 5000, on, 4) == 0);
    /* Of three clerks the one on duty is proposed, whatever the draw. */
    for (uint64_t pick = 0; pick < 6; pick++) {
        check(uuid_eq(directory_holder(d, "clerk", "330803", AREA_UNSET, 1200, pick)->id, id[0]));
        check(uuid_eq(directory_holder(d, "clerk", "330803", AREA_UNSET, 2500, pick)->id, id[1]));
    }
    arena_free(&a);
    check(uuid_is_nil(told(fixture(), org, 1000)));
}

/* --- a thousand at once --- */

TEST(a_thousand_clocks_in_one_second)
{
    enum { CLOCKS = 1000 };
    struct fixture *f = fixture();
    int64_t t = instant("2026-08-24T09:00:00+08:00"), due = t + 90 * MINUTE, n = 0, from, took;
    struct err e = {0};

    for (int i = 0; i < CLOCKS; i++)
        is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    from = time_monotonic_us();
    check(timer_run_due(f->d->db, f->d->door, f->d->code, due, &n, &e) && n == CLOCKS);
    took = (time_monotonic_us() - from) / 1000;
    (void)printf("# %d clocks in %lld ms\n", CLOCKS, (long long)took);
    check(one_int(f, &rung, SQL_ARGS(SQL_INT(f->d->code), SQL_INT(due), SQL_INT(due))) == CLOCKS);
    check(timer_run_due(f->d->db, f->d->door, f->d->code, due, &n, &e) && n == 0);
}
