#include "base/clock.h"
#include "sql/fixture_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { Q_PUT, Q_GET, Q_SUM, Q_LIST, Q_WHERE, Q_ADD, Q_WRITES__END };
static const struct sql_query queries[] = {
    [Q_PUT] = {"t.put", "INSERT INTO t (b, a) VALUES ($2, $1)", 2, true, false},
    [Q_GET] = {"t.get", "SELECT b FROM t WHERE a = $1", 1, false, false},
    [Q_SUM] = {"t.sum", "SELECT count(*), sum(a) FROM t WHERE a > $1", 1, false, false},
    [Q_LIST] = {"t.list", "SELECT a FROM t WHERE a > $1 ORDER BY a", 1, false, false},
    [Q_WHERE] = {"t.where", "SELECT count(*) FROM t WHERE a > $1 AND {where} AND NOT {where} IS NULL", 1,
                 false, true},
    [Q_ADD] = {"t.add", "UPDATE t SET a = a + $1, b = b WHERE a >= $1 AND a < $2", 2, true, false},
};
static const struct sql_migration migrations[] = {
    {1, "table", "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b TEXT, r REAL, x BLOB) STRICT;"},
    {2, "child",
     "CREATE TABLE child (a INTEGER NOT NULL REFERENCES t (a)) STRICT; INSERT INTO t (a) VALUES (1000);"},
};

static struct fixture setup(void)
{
    return setup_at(test_postgres() != NULL ? test_database() : NULL, &(struct sql_options){0}, migrations,
                    COUNT_OF(migrations));
}

static bool put(struct sql *db, int64_t a, const char *b, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && sql_run(tx, &queries[Q_PUT], e, SQL_INT(a), SQL_TEXT(b)) &&
           sql_commit(&tx, e);
}

static int64_t number(struct sql_tx *tx, const struct sql_query *q, struct sql_arg arg)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};
    int64_t n;

    if (!sql_query(tx, q, &rows, &e, arg) || !sql_next(rows))
        return -1;
    n = sql_int(rows, 0);
    check(!sql_next(rows) && !sql_next(rows) && sql_end(&rows, &e));
    return n;
}

static int64_t count(struct sql *db)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    return sql_begin(db, SQL_READ, &tx, &e) ? number(tx, &queries[Q_SUM], SQL_INT(-1)) : -1;
}

TEST(what_is_committed_stays)
{
    AUTO(teardown) struct fixture f = setup();
    struct err e = {0};

    check(put(f.db, 1, "路灯", &e) && count(f.db) == 2);
    check(reopen(&f, &(struct sql_options){0}) && count(f.db) == 2);
    check(sql_check(f.db, queries, Q_WRITES__END, &e) && sql_integrity(f.db, &e));
}

TEST(what_is_not_committed_goes)
{
    AUTO(teardown) struct fixture f = setup();
    struct err e = {0};

    {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        check(sql_begin(f.db, SQL_WRITE, &tx, &e));
        check(sql_run(tx, &queries[Q_PUT], &e, SQL_INT(1), SQL_NULL));
        check(number(tx, &queries[Q_SUM], SQL_INT(-1)) == 2);
    }
    check(count(f.db) == 1 && put(f.db, 1, NULL, &e) && count(f.db) == 2);
}

TEST(all_types_come_back)
{
    static const struct sql_query put_all = {"t.all", "INSERT INTO t (a, b, r, x) VALUES ($1, $2, $3, $4)", 4,
                                             true, false};
    static const struct sql_query get_all = {"t.get_all", "SELECT a, b, r, x FROM t WHERE a = $1", 1, false,
                                             false};
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid id = uuid_make(), nil = {0};
    const struct sql_arg args[] = {SQL_INT(INT64_MIN), SQL_TEXT("衢江"), SQL_REAL(0.1), SQL_UUID(&id),
                                   SQL_INT(7),         SQL_TEXT(NULL),   SQL_NULL,      SQL_UUID(&nil)};
    struct err e = {0};
    size_t n = 0;

    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && sql_each(tx, &put_all, args, 2, &e));
    check(sql_query(tx, &get_all, &rows, &e, SQL_INT(INT64_MIN)) && sql_next(rows));
    check(sql_int(rows, 0) == INT64_MIN && str_eq(sql_text(rows, 1), "衢江") && sql_real(rows, 2) == 0.1);
    check(uuid_eq(sql_uuid(rows, 3), id) && sql_blob(rows, 3, &n) != NULL && n == 16 &&
          !sql_is_null(rows, 3));
    check(sql_end(&rows, &e) && rows == NULL);
    check(sql_query(tx, &get_all, &rows, &e, SQL_INT(7)) && sql_next(rows));
    check(sql_text(rows, 1) == NULL && sql_is_null(rows, 2) && uuid_is_nil(sql_uuid(rows, 3)));
}

TEST(a_constraint_is_a_conflict)
{
    AUTO(teardown) struct fixture f = setup();
    static const struct sql_query orphan = {"child.put", "INSERT INTO child (a) VALUES ($1)", 1, true, false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(put(f.db, 1, "x", &e) && !put(f.db, 1, "y", &e));
    check(e.code == ERR_CONFLICT && str_eq(e.key, "sql.constraint") && strcasestr(e.en, "unique") != NULL);
    check(put(f.db, 2, "y", &e) && count(f.db) == 3);
    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && !sql_run(tx, &orphan, &e, SQL_INT(99)) &&
          e.code == ERR_CONFLICT);
}

TEST(a_write_in_a_read_transaction_is_refused)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_READ, &tx, &e));
    check(!sql_run(tx, &queries[Q_PUT], &e, SQL_INT(1), SQL_NULL) && str_eq(e.key, "sql.readonly"));
}

TEST(wrong_statements_are_a_failed_start)
{
    static const struct sql_query bad[] = {
        {"bad.typo", "SELEC a FROM t", 0, false, false},
        {"bad.column", "SELECT nothing FROM t", 0, false, false},
        {"bad.quotes", "SELECT a FROM t WHERE b = \"text\"", 0, false, false},
        {"bad.more", "SELECT a FROM t WHERE a = $1", 2, false, false},
        {"bad.gap", "SELECT a FROM t WHERE a = $2 AND b = $3", 2, false, false},
        {"bad.two", "SELECT a FROM t; SELECT b FROM t", 0, false, false},
        {"bad.empty", " ", 0, false, false},
        {"bad.tag", "DELETE FROM t", 0, false, false},
        {"bad.tag", "SELECT a FROM t", 0, true, false},
        {"bad.where", "SELECT a FROM t WHERE {where} AND nothing = 1", 0, false, true},
    };
    AUTO(teardown) struct fixture f = setup();

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct err e = {0};

        check(!sql_check(f.db, &bad[i], 1, &e) && e.code == ERR_INTERNAL &&
              strstr(e.en, bad[i].name) != NULL);
        if (e.code != ERR_INTERNAL)
            (void)printf("# %s\n", bad[i].text);
    }
    check(count(f.db) == 1);
}

TEST(one_statement_may_be_read_within_itself)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *outer = NULL;
    struct err e = {0};
    int pairs = 0;

    for (int i = 1; i <= 3; i++)
        check(put(f.db, i, NULL, &e));
    check(sql_begin(f.db, SQL_READ, &tx, &e) && sql_query(tx, &queries[Q_LIST], &outer, &e, SQL_INT(0)));
    while (sql_next(outer)) {
        AUTO(sql_rows_free) struct sql_rows *inner = NULL;

        check(sql_query(tx, &queries[Q_LIST], &inner, &e, SQL_INT(sql_int(outer, 0))));
        while (sql_next(inner))
            pairs++;
        check(sql_end(&inner, &e));
    }
    check(sql_end(&outer, &e) && pairs == 6);
}

/* Declared before the transaction, rows are freed after it has ended. */
TEST(rows_may_outlive_their_transaction)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_rows *other = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && sql_query(tx, &queries[Q_LIST], &rows, &e, SQL_INT(0)));
    check(sql_query(tx, &queries[Q_LIST], &other, &e, SQL_INT(0)) && sql_next(other));
    check(sql_next(rows) && sql_commit(&tx, &e) && tx == NULL);
    check(!sql_next(rows) && sql_end(&other, &e));
    check(put(f.db, 5, NULL, &e) && count(f.db) == 2);
}

TEST(a_reader_sees_one_moment)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_READ, &tx, &e) && number(tx, &queries[Q_SUM], SQL_INT(-1)) == 1);
    check(put(f.db, 1, NULL, &e) && count(f.db) == 2);
    check(number(tx, &queries[Q_SUM], SQL_INT(-1)) == 1);
}

struct crowd {
    struct sql *db;
    atomic_int failures;
};

static void *add_many(void *arg)
{
    struct crowd *c = arg;
    struct err e = {0};

    for (int i = 0; i < 50; i++) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;

        if (!sql_begin(c->db, SQL_WRITE, &tx, &e) ||
            !sql_run(tx, &queries[Q_PUT], &e, SQL_INT(number(tx, &queries[Q_SUM], SQL_INT(-1))), SQL_NULL) ||
            !sql_commit(&tx, &e))
            c->failures++;
    }
    return NULL;
}

static void *read_many(void *arg)
{
    struct crowd *c = arg;
    int64_t last = 0;

    for (int i = 0; i < 200; i++) {
        int64_t n = count(c->db);

        if (n < last)
            c->failures++;
        last = n;
    }
    return NULL;
}

/* More threads than connections: all get their turn, none sees time run back. */
static void crowd(struct sql *db)
{
    struct crowd c = {.db = db};
    pthread_t threads[10];

    for (int i = 0; i < 10; i++)
        check(pthread_create(&threads[i], NULL, i < 4 ? add_many : read_many, &c) == 0);
    for (int i = 0; i < 10; i++)
        check(pthread_join(threads[i], NULL) == 0);
    check(c.failures == 0 && count(db) == 201);
}

TEST(many_threads_share_a_file)
{
    AUTO(teardown) struct fixture f = setup();

    check(reopen(&f, &(struct sql_options){.readers = 2, .sync = SQL_SYNC_OFF}));
    crowd(f.db);
}

TEST(a_second_transaction_of_one_thread_is_told_apart_from_waiting)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct sql_tx *second = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_WRITE, &tx, &e));
    check(!sql_begin(f.db, SQL_WRITE, &second, &e) && str_eq(e.key, "sql.nested") && second == NULL);
}

/* Rows come in the order of the arguments, several or none for each. */
TEST(one_statement_is_read_for_many_arguments)
{
    static const struct sql_query between = {
        "t.between", "SELECT a, b FROM t WHERE a >= $1 AND a < $2 ORDER BY a", 2, false, false};
    static const size_t rows_of[] = {0, 1, 2, 2};
    static const int64_t values[] = {9, 3, 1, 2};
    const struct sql_arg args[] = {SQL_INT(9), SQL_INT(10), SQL_INT(3),  SQL_INT(4),
                                   SQL_INT(1), SQL_INT(3),  SQL_INT(20), SQL_INT(30)};
    AUTO(teardown) struct fixture f = setup();
    struct err e = {0};

    for (int i = 0; i < 10; i++)
        check(put(f.db, i, "b", &e));
    for (int writes = 0; writes < 2; writes++) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        size_t n = 0;

        check(sql_begin(f.db, writes ? SQL_WRITE : SQL_READ, &tx, &e));
        check(sql_query_each(tx, &between, args, 4, &rows, &e));
        for (; sql_next(rows); n++) {
            check(n < 4 && sql_row(rows) == rows_of[n] && sql_int(rows, 0) == values[n]);
            check(str_eq(sql_text(rows, 1), "b"));
        }
        check(n == 4 && sql_end(&rows, &e));
    }
}

TEST(conditions_are_composed)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_WRITE, &tx, &e));
    for (int i = 0; i < 200; i++)
        check(sql_run(tx, &queries[Q_PUT], &e, SQL_INT(i), SQL_TEXT(i % 2 ? "odd" : "even")));
    for (int i = 0; i < 200; i++) { /* more texts than are kept prepared, then some again */
        AUTO(sql_where_free) struct sql_where w = {0};
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        sql_where_init(&w);
        for (int k = 0; k <= i % 70 % 60; k++) {
            sql_where_add(&w, "b = ");
            sql_where_arg(&w, SQL_TEXT("odd"));
            sql_where_add(&w, " AND ");
        }
        sql_where_add(&w, "a < ");
        sql_where_arg(&w, SQL_INT(i));
        check(sql_select(tx, &queries[Q_WHERE], &w, &rows, &e, SQL_ARGS(SQL_INT(-1))) && sql_next(rows));
        check(sql_int(rows, 0) == i / 2 && sql_end(&rows, &e));
    }
}

/* The statement being read is the longest unused one when its place is wanted. */
TEST(a_composed_statement_being_read_keeps_its_place)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *held = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_READ, &tx, &e));
    for (int i = 0; i < 150; i++) {
        AUTO(sql_where_free) struct sql_where w = {0};
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        sql_where_init(&w);
        for (int k = 0; k < 8; k++) {
            sql_where_add(&w, "a > ");
            sql_where_arg(&w, SQL_INT(-1));
            if (i >> k & 1)
                sql_where_add(&w, " OR ");
            else
                sql_where_add(&w, " AND ");
        }
        sql_where_add(&w, "TRUE");
        check(sql_select(tx, &queries[Q_WHERE], &w, held == NULL ? &held : &rows, &e, SQL_ARGS(SQL_INT(-1))));
        check(i == 0 ? sql_next(held) : sql_next(rows) && sql_int(rows, 0) == 1 && sql_end(&rows, &e));
    }
    check(sql_int(held, 0) == 1 && !sql_next(held) && sql_end(&held, &e));
}

TEST(a_condition_takes_nothing_dangerous)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_where_free) struct sql_where w = {0};
    static const char *const names[] = {"", "a'b", "A", "1a", "a-b", "a b", "路"};
    struct sql_rows *rows = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_READ, &tx, &e));
    sql_where_init(&w);
    check(sql_select(tx, &queries[Q_WHERE], &w, &rows, &e, SQL_ARGS(SQL_INT(0))) && sql_next(rows));
    check(sql_int(rows, 0) == 1 && sql_end(&rows, &e));
    sql_where_name(&w, "a_1");
    check(!w.failed && str_eq(buf_text(&w.text), "'a_1'"));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        w.failed = false;
        sql_where_name(&w, names[i]);
        check(w.failed && str_eq(buf_text(&w.text), "'a_1'"));
    }
    check(!sql_select(tx, &queries[Q_WHERE], &w, &rows, &e, SQL_ARGS(SQL_INT(0))) &&
          str_eq(e.key, "sql.where"));
    w.failed = false;
    for (int i = 0; i < SQL_ARGS_MAX; i++)
        sql_where_arg(&w, SQL_INT(1));
    check(!w.failed);
    check(!sql_select(tx, &queries[Q_WHERE], &w, &rows, &e, SQL_ARGS(SQL_INT(0))) && e.code == ERR_INVALID);
    sql_where_arg(&w, SQL_INT(1));
    check(w.failed);
}

TEST(migrations_run_once_and_in_order)
{
    AUTO(teardown) struct fixture f = setup();
    struct err e = {0};
    struct sql_migration more[3] = {
        migrations[0], migrations[1], {3, "broken", "CREATE TABLE u (a INTEGER); SELEC"}};

    check(sql_migrate(f.db, migrations, 2, &e) && count(f.db) == 1);
    check(!sql_migrate(f.db, more, 3, &e) && strstr(e.en, "migration 3 broken") != NULL);
    more[2].text = "CREATE TABLE u (a INTEGER) STRICT; INSERT INTO t (a) VALUES (1001);";
    check(sql_migrate(f.db, more, 3, &e) && count(f.db) == 2);
    check(!sql_migrate(f.db, migrations, 2, &e) && str_eq(e.key, "sql.newer"));
    more[1].name = "other";
    check(!sql_migrate(f.db, more, 3, &e) && str_eq(e.key, "sql.other_migrations"));
    check(reopen(&f, &(struct sql_options){.read_only = true}));
    check(
        sql_migrate(f.db, (struct sql_migration[]){migrations[0], migrations[1], {3, "broken", ""}}, 3, &e));
    check(!sql_migrate(
              f.db, (struct sql_migration[]){migrations[0], migrations[1], {3, "broken", ""}, {4, "x", ""}},
              4, &e) &&
          str_eq(e.key, "sql.older"));
}

TEST(another_programs_database_is_left_alone)
{
    AUTO(sql_close) struct sql *db = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    static const struct sql_query create = {"x", "CREATE TABLE foreigner (a INTEGER)", 0, true, false};
    struct err e = {0};

    check(sql_open(test_database(), &(struct sql_options){0}, &db, &e) && sql_begin(db, SQL_WRITE, &tx, &e));
    check(sql_run_n(tx, &create, &e, NULL, 0) && sql_commit(&tx, &e));
    check(!sql_migrate(db, migrations, 2, &e) && str_eq(e.key, "sql.foreign"));
}
