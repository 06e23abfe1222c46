/* The door: each command once, all of it or nothing, whatever the disk does. */
#include "app/recount_test.h"

enum { MINUTE = 60000, HOUR = 3600000, WALK = 500, WALKERS = 24 };

#define MONDAY "2026-09-28T09:00:00+08:00"
#define NEW    "{\"fields\":{\"description\":\"楼道堆放杂物\"}}"

static bool call(struct fixture *f, const struct command *c, struct outcome *out)
{
    bool ok = door_call(f->d->door, c, out, &f->err);

    outcome_free(out);
    return ok;
}

TEST(a_command_happens_once)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY), seq;
    struct command *c, other;
    struct outcome out = {0};

    is(report(f, "resident", t, NEW), "");
    is(act_as(f, "clerk", t, f->last, "accept", "{\"fields\":{\"category\":\"0504\",\"level\":\"easy\"}}",
              &c),
       "");
    seq = door_seq(f->d->door);
    check(call(f, c, &out) && out.replayed && out.seq == seq && door_seq(f->d->door) == seq);
    check(record_now(f, f->last)->version == 2);
    /* The same id for something else is refused: other content, or another matter. */
    other = *c;
    other.digest = c->digest + 1;
    check(!call(f, &other, &out));
    is(f->err.key, "command.reused");
    other = *c;
    is(report(f, "resident", t, NEW), "");
    other.target = f->last;
    check(!call(f, &other, &out));
    is(f->err.key, "command.reused");
}

TEST(twice_in_one_batch_is_once)
{
    struct fixture *f = fixture();
    const struct input in = input_of(f, "resident", instant(MONDAY));
    AUTO(json_free)
    struct json_object *body =
        body_of("{\"kind\":\"incident\",\"area\":\"330803001001\",\"fields\":{\"description\":\"x\"}}");
    struct command *c = NULL;
    int64_t seq = door_seq(f->d->door);

    check(input_raise(&in, body, &c, &f->err));
    check(door_batch(f->d->door, (const struct command *[]){c, c, c}, 3, NULL, &f->err));
    check(door_seq(f->d->door) == seq + 1 && record_now(f, c->id)->version == 1);
}

TEST(versions)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id;

    is(report(f, "resident", t, NEW), "");
    id = f->last;
    is(act(f, "clerk", t, id, "accept",
           "{\"version\":1,\"fields\":{\"category\":\"0504\",\"level\":\"complex\"}}"),
       "");
    is(act(f, "clerk", t, id, "dispatch", "{\"version\":1}"), "record.stale");
    is(act(f, "clerk", t, id, "dispatch", "{\"version\":3}"), "record.stale");
    is(act(f, "clerk", t, id, "dispatch", "{\"version\":2}"), "");
}

/* One number that changes when any row of any table comes, goes or counts differently. */
static int64_t footprint(struct fixture *f)
{
    static const struct sql_query q = {
        "test.footprint",
        "SELECT (SELECT count(*) + sum(version) FROM record WHERE district = $1) + "
        "1000 * (SELECT count(*) FROM entry WHERE district = $1) + "
        "10000 * (SELECT count(*) + sum(open) FROM party WHERE district = $1) + "
        "100000 * (SELECT count(*) FROM timer WHERE district = $1) + "
        "1000000 * (SELECT count(*) + sum(length(cells)) FROM counter WHERE district = $1) + "
        "10000000 * (SELECT count(*) FROM notice WHERE district = $1) + "
        "100000000 * (SELECT count(*) FROM blind WHERE district = $1)",
        1, false, false};

    return one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code)));
}

/* The n-th database call fails, for every n: nothing of the command stays, and afterwards it goes through. */
static int survives(struct fixture *f, const struct command *c)
{
    int64_t before = footprint(f), seq = door_seq(f->d->door);
    int n = 1;

    for (bool ok = false; !ok && n < 1000; n++) {
        struct outcome out = {0};

        sql_fault_after(n);
        ok = call(f, c, &out);
        sql_fault_after(0);
        if (ok)
            break;
        check(f->err.code == ERR_BUSY || f->err.code == ERR_INTERNAL);
        check(footprint(f) == before && door_seq(f->d->door) == seq);
    }
    check(footprint(f) != before);
    /* A server's connection is made anew instead, and the command sent again. */
    check((n > 5 || sql_is_shared(f->d->db)) && n < 1000);
    return n;
}

TEST(a_failing_database_leaves_nothing_half_done)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    const struct input in = input_of(f, "clerk", t);
    AUTO(json_free)
    struct json_object *body = body_of("{\"kind\":\"incident\",\"area\":\"330803001001\",\"fields\":{"
                                       "\"description\":\"停水\",\"source\":\"hotline\","
                                       "\"caller\":\"13800008000\",\"level\":\"easy\"}}");
    AUTO(json_free) struct json_object *settle = body_of("{\"note\":\"通水了\"}");
    const struct input patrol = input_of(f, "patrol-330803001001", t + MINUTE);
    struct command *c = NULL;
    struct uuid id;

    check(input_raise(&in, body, &c, &f->err));
    id = c->id;
    (void)survives(f, c);
    f->err = (struct err){0};
    check(input_move(&patrol, record_now(f, id)->kind, id, "settle", settle, &c, &f->err));
    (void)survives(f, c);
    check_record(f, id);
    is(record_now(f, id)->state->name, "closed");
    is(report(f, "resident", t + HOUR, NEW), "");
}

static int64_t found(struct fixture *f, const char *typed)
{
    static const struct sql_query q = {"test.search",
                                       "SELECT count(*) FROM search JOIN record r ON r.number = search.rowid "
                                       "WHERE search MATCH $2 AND r.district = $1\n-- engine: postgres\n"
                                       "SELECT count(*) FROM search "
                                       "WHERE words @> string_to_array($2, ' AND ') AND district = $1",
                                       2, false, false};

    return one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code), SQL_TEXT(search_query(typed, f->arena))));
}

TEST(words_are_found)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY), before = found(f, "琥珀");

    check(before == 0);
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"琥珀小区ＡＢ座电梯故障\"}}"), "");
    check(found(f, "琥珀") == 1 && found(f, "ab座") == 1 && found(f, "琥珀 电梯") == 1);
    check(found(f, "珀琥") == 0 && found(f, "琥珀 水管") == 0);
    is(search_query("，。 !", f->arena), "");
    is(search_query("一", f->arena), "");
}

/* --- a long walk --- */

static const char *const people[] = {"resident", "resident2", "patrol", "worker",  "clerk",    "verifier",
                                     "leader",   "town",      "dept",   "village", "anonymous"};
static const char *const steps[] = {"accept", "dispatch", "acknowledge", "answer",   "verify",   "return",
                                    "settle", "reject",   "withdraw",    "reopen",   "escalate", "suspend",
                                    "resume", "void",     "rate",        "call_back"};
static const char *const bodies[] = {
    "{}",
    "{\"note\":\"走一步\"}",
    "{\"fields\":{\"category\":\"0102\",\"level\":\"complex\"}}",
    "{\"fields\":{\"category\":\"0505\",\"level\":\"easy\"}}",
    "{\"fields\":{\"rating\":4}}",
    "{\"note\":\"等一等\",\"until\":\"2026-12-01T10:00:00+08:00\"}",
};

static void walk_step(struct fixture *f, struct rng *r, struct uuid *ids, size_t *n, int64_t t)
{
    const char *who = people[rng_below(r, COUNT_OF(people))];

    if (*n < WALKERS && rng_below(r, 4) == 0) {
        if (report(f, who, t, NEW)[0] == '\0')
            ids[(*n)++] = f->last;
    } else if (*n > 0) {
        struct uuid id = ids[rng_below(r, *n)];

        /* Mostly the right person for something, or the walk would get nowhere. */
        if (rng_below(r, 3) > 0)
            who = (const char *[]){"clerk", "worker", "verifier", "patrol"}[rng_below(r, 4)];
        (void)act(f, who, t, id, steps[rng_below(r, COUNT_OF(steps))],
                  bodies[rng_below(r, COUNT_OF(bodies))]);
    }
}

TEST(a_random_walk_with_faults_stays_true)
{
    struct fixture *f = fixture();
    struct rng r = rng_seed(2026);
    struct uuid ids[WALKERS];
    int64_t t = instant("2026-11-02T08:00:00+08:00"), first = door_seq(f->d->door);
    size_t n = 0;

    for (int i = 0; i < WALK; i++) {
        t += (int64_t)rng_below(&r, 40) * MINUTE;
        if (rng_below(&r, 6) == 0)
            (void)clocks_until(f, t);
        if (rng_below(&r, 5) == 0)
            sql_fault_after((int)rng_below(&r, 40) + 8);
        walk_step(f, &r, ids, &n, t);
        sql_fault_after(0);
    }
    check(n == WALKERS && door_seq(f->d->door) > first + WALK / 8);
    check_all_records(f);
    check_counts(f, "330803", 0);
    check_counts(f, "330803001001001", 0);
    for (int64_t day = local_day(t, 480) - 8; day <= local_day(t, 480); day++)
        check_counts(f, "330803001", day);
    check_gauges(f, "330803");
    check_gauges(f, "330803001001");
}

TEST(entries_count_without_gaps)
{
    static const struct sql_query q = {
        "test.gaps", "SELECT max(seq) - count(*) FROM entry WHERE district = $1", 1, false, false};
    static const struct sql_query twice = {
        "test.twice", "SELECT count(*) - count(DISTINCT number) FROM record WHERE district = $1", 1, false,
        false};
    struct fixture *f = fixture();

    is(report(f, "resident", instant(MONDAY), NEW), "");
    check(one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code))) == 0);
    check(one_int(f, &twice, SQL_ARGS(SQL_INT(f->d->code))) == 0);
}
