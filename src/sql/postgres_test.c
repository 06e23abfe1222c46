/* What only a server of its own does to us. Run by test/support/postgres.py. */
#include "base/clock.h"
#include "base/text.h"
#include "database.h"
#include "sql/sql.h"
#include "test.h"

#include <pthread.h>
#include <sys/resource.h>

enum {
    Q_PUT,
    Q_SET,
    Q_GROW,
    Q_DROP,
    Q_SUM,
    Q_VALUE,
    Q_PAST,
    Q_DISTRICT,
    Q_LOOSE,
    Q_SLEEP,
    Q_MANY,
    Q_WARN,
    Q_WARNED
};
static const struct sql_query queries[] = {
    [Q_PUT] = {"t.put", "INSERT INTO t (a, b, r, x, n) VALUES ($1, $2, $3, $4, 1)", 4, true, false},
    [Q_SET] = {"t.set", "UPDATE t SET n = $2 WHERE a = $1", 2, true, false},
    [Q_GROW] = {"t.grow",
                "INSERT INTO t (a, n) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET n = t.n + excluded.n", 2,
                true, false},
    [Q_DROP] = {"t.drop", "DELETE FROM t WHERE a = $1", 1, true, false},
    [Q_SUM] = {"t.sum", "SELECT count(*), coalesce(sum(n), 0) FROM t WHERE a >= $1", 1, false, false},
    [Q_VALUE] = {"t.value", "SELECT n FROM t WHERE a = $1", 1, false, false},
    [Q_PAST] = {"t.past", "UPDATE t SET n = n + $2 WHERE a >= $1 OR a < 0", 2, true, false},
    [Q_DISTRICT] = {"t.district", "INSERT INTO turn (district) VALUES ($1)", 1, true, false},
    [Q_LOOSE] = {"t.loose", "SELECT count(*) FROM t WHERE ($1 = 0 OR a > $1) AND a < $2", 2, false, false},
    [Q_SLEEP] = {"t.sleep", "SELECT count(*) FROM pg_sleep($1)", 1, false, false},
    [Q_MANY] = {"t.many", "SELECT g, repeat('x', 2000) FROM generate_series(1, $1) AS g", 1, false, false},
    [Q_WARN] = {"t.warn", "INSERT INTO w (a) VALUES ($1)", 1, true, false},
    [Q_WARNED] = {"t.warned", "SELECT count(*) FROM w WHERE a = $1", 1, false, false},
};
static const struct sql_migration migrations[] = {
    {1, "tables",
     "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b TEXT, r REAL, x BLOB, n INTEGER) STRICT;"
     "CREATE TABLE turn (district INTEGER NOT NULL PRIMARY KEY) STRICT;"
     "CREATE TABLE w (a INTEGER NOT NULL PRIMARY KEY) STRICT;\n"
     "-- engine: postgres\n"
     "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
     " 'BEGIN RAISE WARNING ''only here''; RETURN NULL; END';"
     "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON w DEFERRABLE INITIALLY DEFERRED"
     " FOR EACH ROW EXECUTE FUNCTION warn();\n"},
};

struct fixture {
    char url[TEST_DATABASE_BYTES];
    struct sql *db;
};

static void teardown(struct fixture *f)
{
    sql_fault_after(0);
    sql_close(&f->db);
}

static struct sql *opened(const char *url)
{
    struct sql *db = NULL;
    struct err e = {0};

    if (!sql_open(url, &(struct sql_options){0}, &db, &e)) {
        (void)printf("Bail out! %s\n", e.en);
        exit(1);
    }
    return db;
}

static struct fixture setup(void)
{
    struct fixture f = {0};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    str_copy(f.url, sizeof(f.url), test_database());
    f.db = opened(f.url);
    check(sql_migrate(f.db, migrations, COUNT_OF(migrations), &e) && sql_begin(f.db, SQL_WRITE, &tx, &e));
    check(sql_run(tx, &queries[Q_DISTRICT], &e, SQL_INT(330803)) && sql_commit(&tx, &e));
    sql_take_turns(f.db, 330803);
    return f;
}

static bool one(struct sql_tx *tx, int query, int col, int64_t arg, int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &queries[query], &rows, e, SQL_INT(arg)))
        return false;
    *ret = sql_next(rows) ? sql_int(rows, col) : -1;
    return sql_end(&rows, e);
}

static int64_t look(struct sql *db, int query, int col, int64_t arg)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};
    int64_t v = -2;

    if (!sql_begin(db, SQL_READ, &tx, &e) || !one(tx, query, col, arg, &v, &e))
        (void)printf("# %s\n", e.en);
    return v;
}

static bool each(struct sql *db, int query, const struct sql_arg *args, size_t n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && sql_each(tx, &queries[query], args, n, e) &&
           sql_commit(&tx, e);
}

TEST(batches_do_what_rows_one_by_one_would)
{
    enum { ROWS = 5000 };
    AUTO(teardown) struct fixture f = setup();
    static struct sql_arg args[ROWS * 4];
    struct err e = {0};

    for (int i = 0; i < ROWS; i++) {
        args[4 * i] = SQL_INT(i);
        args[4 * i + 1] = i % 3 == 0 ? SQL_NULL : SQL_TEXT("衢江");
        args[4 * i + 2] = i % 5 == 0 ? SQL_NULL : SQL_REAL(i / 2.0);
        args[4 * i + 3] = i % 7 == 0 ? SQL_NULL : SQL_BLOB("\0x", 2);
    }
    check(each(f.db, Q_PUT, args, ROWS, &e) && look(f.db, Q_SUM, 0, 0) == ROWS);
    for (int i = 0; i < 100; i++) {
        args[2 * i] = SQL_INT(i % 10);
        args[2 * i + 1] = SQL_INT(i);
    }
    check(each(f.db, Q_SET, args, 100, &e));
    for (int i = 0; i < 10; i++)
        check(look(f.db, Q_VALUE, 0, i) == 90 + i); /* the last one of each */
    check(each(f.db, Q_GROW, args, 100, &e));
    check(look(f.db, Q_SUM, 1, 0) == ROWS - 10 + 945 + 4950);
    check(each(f.db, Q_PAST, (const struct sql_arg[]){SQL_INT(4998), SQL_INT(5), SQL_INT(4999), SQL_INT(1)},
               2, &e));
    check(look(f.db, Q_VALUE, 0, 4999) == 7 && look(f.db, Q_VALUE, 0, 4998) == 6);
    for (int i = 0; i < 10; i++)
        args[i] = SQL_INT(i / 2);
    check(each(f.db, Q_DROP, args, 10, &e) && look(f.db, Q_SUM, 0, 0) == ROWS - 5);
    check(!each(f.db, Q_PUT,
                (const struct sql_arg[]){SQL_INT(7), SQL_NULL, SQL_NULL, SQL_NULL, SQL_INT(1), SQL_NULL,
                                         SQL_NULL, SQL_NULL},
                2, &e) &&
          str_eq(e.key, "sql.constraint") && look(f.db, Q_SUM, 0, 0) == ROWS - 5);
}

TEST(arguments_are_of_the_servers_types)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};

    check(each(f.db, Q_GROW, (const struct sql_arg[]){SQL_INT(INT64_MAX), SQL_INT(1)}, 1, &e));
    check(sql_begin(f.db, SQL_READ, &tx, &e));
    check(sql_query(tx, &queries[Q_LOOSE], &rows, &e, SQL_INT(INT64_MAX - 1), SQL_INT(INT64_MAX)));
    check(sql_next(rows) && sql_int(rows, 0) == 0 && sql_end(&rows, &e));
    check(!sql_query(tx, &queries[Q_LOOSE], &rows, &e, SQL_TEXT("0"), SQL_INT(1)));
    check(str_eq(e.key, "sql.argument"));
}

/* Each round trip of a write is cut once: all of it is there, or nothing is, and whoever was
 * told that it is committed was told the truth. */
TEST(every_call_may_be_cut)
{
    AUTO(teardown) struct fixture f = setup();
    const struct sql_arg args[] = {SQL_INT(1), SQL_INT(1), SQL_INT(2), SQL_INT(1), SQL_INT(3), SQL_INT(1)};
    int done = 0, uncertain = 0, failed = 0;
    struct err e = {0};

    for (int n = -11; n < 12; n++) {
        int64_t rows;
        bool ok;

        check(each(f.db, Q_DROP, args, 6, &e));
        sql_fault_after(n);
        ok = each(f.db, Q_GROW, args, 3, &e);
        sql_fault_after(0);
        rows = look(f.db, Q_SUM, 0, 0);
        check(rows == 3 || (!ok && rows == 0));
        check(rows == 0 || ok || (n < 0 && str_eq(e.key, SQL_UNCERTAIN)));
        check(ok || (e.code == ERR_BUSY && e.retry_after_s > 0));
        done += ok;
        uncertain += !ok && str_eq(e.key, SQL_UNCERTAIN);
        failed += !ok && str_eq(e.key, "sql.unavailable");
    }
    (void)printf("# %d done, %d uncertain, %d failed\n", done, uncertain, failed);
    check(done > 0 && uncertain > 0 && failed > 0);
}

TEST(a_read_begins_anew_when_its_connection_is_lost)
{
    AUTO(teardown) struct fixture f = setup();

    check(look(f.db, Q_SUM, 0, 0) == 0);
    for (int n = 1; n < 5; n++) {
        sql_fault_after(1);
        check(look(f.db, Q_SUM, 0, 0) == 0);
        sql_fault_after(0);
    }
}

TEST(each_statement_of_a_look_stands_by_itself)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg put[] = {SQL_INT(1), SQL_INT(1)};
    struct err e = {0};
    int64_t sum;
    int n = 0;

    check(sql_begin(f.db, SQL_LOOK, &tx, &e) && one(tx, Q_SUM, 0, 0, &sum, &e) && sum == 0);
    check(each(f.db, Q_GROW, put, 1, &e) && one(tx, Q_SUM, 0, 0, &sum, &e) && sum == 1);
    for (int i = 0; i < 2; i++) {
        sql_fault_after(1); /* what has been seen is not undone by a connection that is lost */
        check(one(tx, Q_SUM, 0, 0, &sum, &e) && sum == 1);
        sql_fault_after(1);
        check(sql_query_each(tx, &queries[Q_VALUE], put, 2, &rows, &e) && sql_next(rows) &&
              sql_int(rows, 0) == 1 && sql_row(rows) == 0 && sql_next(rows) && sql_row(rows) == 1);
        sql_rows_free(&rows);
    }
    check(sql_walk(tx, &queries[Q_MANY], &rows, &e, SQL_INT(4001)));
    while (sql_next(rows))
        n++;
    check(n == 4001 && sql_end(&rows, &e));
    sql_rollback(&tx);
    check(look(f.db, Q_SUM, 0, 0) == 1);
}

/* As a server does whose standby did not confirm. What others warn of is not held against a commit. */
TEST(a_commit_with_a_warning_is_uncertain)
{
    AUTO(teardown) struct fixture f = setup();
    struct err e = {0};

    check(!each(f.db, Q_WARN, (const struct sql_arg[]){SQL_INT(1)}, 1, &e) && str_eq(e.key, SQL_UNCERTAIN));
    check(e.code == ERR_BUSY && e.retry_after_s > 0 && strstr(e.en, "only here") != NULL);
    check(look(f.db, Q_WARNED, 0, 1) == 1);
    check(each(f.db, Q_GROW, (const struct sql_arg[]){SQL_INT(1), SQL_INT(1)}, 1, &e));
}

TEST(a_long_answer_ends_with_its_transaction)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_READ, &tx, &e));
    check(sql_query(tx, &queries[Q_SLEEP], &rows, &e, SQL_REAL(0.01)) && sql_next(rows) &&
          sql_int(rows, 0) == 1);
    sql_rollback(&tx);
    check(!sql_next(rows));
}

static long most_memory_kb(void)
{
    struct rusage ru = {0};

    check(getrusage(RUSAGE_SELF, &ru) == 0);
    return ru.ru_maxrss;
}

/* 200 MB pass by; other statements and another walk run in between. */
TEST(a_walk_holds_a_piece_at_a_time)
{
    enum { MANY = 100000, ROOM_KB = 40 * 1024 };
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    AUTO(sql_rows_free) struct sql_rows *other = NULL;
    struct err e = {0};
    long before = most_memory_kb();
    int64_t n = 0, sum = 0, left;

    check(sql_begin(f.db, SQL_READ, &tx, &e) && sql_walk(tx, &queries[Q_MANY], &rows, &e, SQL_INT(MANY)) &&
          sql_walk(tx, &queries[Q_MANY], &other, &e, SQL_INT(MANY / 10)));
    for (; sql_next(rows); n++) {
        sum += sql_int(rows, 0) == n + 1 && strlen(sql_text(rows, 1)) == 2000;
        if (n % 10 == 0)
            check(sql_next(other) && sql_int(other, 0) == n / 10 + 1);
        if (n % 5000 == 0)
            check(one(tx, Q_SUM, 0, 0, &left, &e) && left == 0);
    }
    check(sql_end(&rows, &e) && n == MANY && sum == MANY);
    check(!sql_next(other) && sql_end(&other, &e));
    (void)printf("# %ld KB more\n", most_memory_kb() - before);
    check(most_memory_kb() - before < ROOM_KB);
}

TEST(a_walk_may_be_left_and_ends_with_its_transaction)
{
    static const int sizes[] = {0, 1, 1999, 2000, 2001, 4000};
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_READ, &tx, &e));
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        int n = 0;

        check(sql_walk(tx, &queries[Q_MANY], &rows, &e, SQL_INT(sizes[i])));
        while (sql_next(rows))
            n++;
        check(n == sizes[i] && sql_end(&rows, &e));
    }
    check(sql_walk(tx, &queries[Q_MANY], &rows, &e, SQL_INT(9000)) && sql_next(rows));
    sql_rows_free(&rows);
    check(sql_walk(tx, &queries[Q_MANY], &rows, &e, SQL_INT(9000)) && sql_next(rows));
    check(sql_int(rows, 0) == 1);
    sql_rollback(&tx);
    check(!sql_next(rows));
}

/* What has come is there; that more should have come is told at the end. */
TEST(a_walk_that_is_cut_says_so)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};
    int n = 0;

    check(sql_begin(f.db, SQL_READ, &tx, &e) && sql_walk(tx, &queries[Q_MANY], &rows, &e, SQL_INT(5000)));
    for (; sql_next(rows); n++)
        if (n == 2500)
            sql_fault_after(1);
    check(n == 4000 && !sql_end(&rows, &e) && str_eq(e.key, "sql.unavailable"));
    sql_rollback(&tx);
    check(look(f.db, Q_SUM, 0, 0) == 0);
}

struct crowd {
    const char *url;
    int failures;
};

/* Reads, thinks, writes: without turns some of it would be lost. */
static void *grow_many(void *arg)
{
    struct crowd *c = arg;
    AUTO(sql_close) struct sql *db = opened(c->url);
    struct err e = {0};

    sql_take_turns(db, 330803);
    for (int i = 0; i < 50; i++) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        int64_t n = 0;

        if (!sql_begin(db, SQL_WRITE, &tx, &e) || !one(tx, Q_VALUE, 0, 1, &n, &e) ||
            !sql_run(tx, &queries[Q_SET], &e, SQL_INT(1), SQL_INT(n + 1)) || !sql_commit(&tx, &e))
            c->failures++;
    }
    return NULL;
}

TEST(programs_take_turns)
{
    AUTO(teardown) struct fixture f = setup();
    struct crowd crowds[4];
    pthread_t threads[4];
    struct err e = {0};

    check(each(f.db, Q_GROW, (const struct sql_arg[]){SQL_INT(1), SQL_INT(0)}, 1, &e));
    for (int i = 0; i < 4; i++) {
        crowds[i] = (struct crowd){.url = f.url};
        check(pthread_create(&threads[i], NULL, grow_many, &crowds[i]) == 0);
    }
    for (int i = 0; i < 4; i++)
        check(pthread_join(threads[i], NULL) == 0 && crowds[i].failures == 0);
    check(look(f.db, Q_VALUE, 0, 1) == 200);
}

TEST(what_cannot_be_reached_is_told)
{
    static const struct {
        const char *url, *says;
    } bad[] = {{"postgresql://127.0.0.1:1/x", "no database now"},
               {"postgresql:///x?host=/nowhere", "no database now"},
               {"postgresql://[", "no database now"}};
    struct sql *db = NULL;
    struct err e = {0};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        check(!sql_open(bad[i].url, &(struct sql_options){0}, &db, &e) && db == NULL);
        check(str_eq(e.key, "sql.unavailable") && e.retry_after_s > 0 && strstr(e.en, bad[i].says) != NULL);
    }
}
