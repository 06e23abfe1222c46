/* A database server that goes while commands are carried out. Run by test/support/postgres.py. */
#include "app/fixture.h"
#include "base/text.h"

#define AT "2026-09-14T09:00:00+08:00"

static int64_t seq_now(struct fixture *f)
{
    static const struct sql_query q = {"test.seq", "SELECT max(seq) FROM entry WHERE district = $1", 1, false,
                                       false};

    return one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code)));
}

static int64_t entries_of(struct fixture *f, struct uuid record)
{
    static const struct sql_query q = {
        "test.entries", "SELECT count(*) FROM entry WHERE district = $1 AND record = $2", 2, false, false};

    return one_int(f, &q, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&record)));
}

/* Wherever the connection is cut, on the way there or back, and also in the middle of the
 * commit: the command is carried out once, and its sender hears so. */
TEST(a_cut_connection_is_made_good)
{
    struct fixture *f = fixture();

    is(report(f, "resident", instant(AT), "{\"fields\":{\"description\":\"x\"}}"), "");
    for (int n = -20; n <= 20; n++) {
        int64_t before = seq_now(f);

        sql_fault_after(n);
        is(report(f, "resident", instant(AT), "{\"fields\":{\"description\":\"路灯不亮\"}}"), "");
        sql_fault_after(0);
        check(seq_now(f) == before + 1 && door_seq(f->d->door) == before + 1);
        check(entries_of(f, f->last) == 1);
    }
}

/* Another program has written since: its numbers are taken into account. */
TEST(numbers_go_on_from_what_others_wrote)
{
    struct fixture *f = fixture();
    const struct door_options o = {
        .db = f->d->db, .world = (const struct world *(*)(void *))district_world, .ctx = f->d};
    struct fixture other = *f;
    struct district copy = *f->d;
    int64_t before = seq_now(f);
    struct err e = {0};

    other.d = &copy;
    other.rng = rng_seed(2);
    check(door_open(&o, &copy.door, &e));
    for (int i = 0; i < 6; i++)
        is(report(i % 2 ? f : &other, "resident", instant(AT), "{\"fields\":{\"description\":\"y\"}}"), "");
    check(seq_now(f) == before + 6);
    door_close(&copy.door);
}
