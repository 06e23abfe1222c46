/* What SQLite alone does: files that are copied, memory, figures for its planner. */
#include "base/clock.h"
#include "sql/fixture_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { Q_PUT, Q_COUNT };
static const struct sql_query queries[] = {
    [Q_PUT] = {"t.put", "INSERT INTO t (b, a) VALUES ($2, $1)", 2, true, false},
    [Q_COUNT] = {"t.count", "SELECT count(*) FROM t WHERE a > $1", 1, false, false},
};
static const struct sql_migration migrations[] = {
    {1, "table", "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b TEXT, r REAL, x BLOB) STRICT;"},
    {2, "row", "INSERT INTO t (a) VALUES (1000);"},
};

static struct fixture setup(void)
{
    return setup_at(NULL, &(struct sql_options){0}, migrations, COUNT_OF(migrations));
}

static bool put(struct sql *db, int64_t a, const char *b, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && sql_run(tx, &queries[Q_PUT], e, SQL_INT(a), SQL_TEXT(b)) &&
           sql_commit(&tx, e);
}

static int64_t count(struct sql *db)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};

    if (!sql_begin(db, SQL_READ, &tx, &e) || !sql_query(tx, &queries[Q_COUNT], &rows, &e, SQL_INT(-1)))
        return -1;
    return sql_next(rows) ? sql_int(rows, 0) : -1;
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
        int64_t n = count(c->db);

        if (n < 1 || !sql_begin(c->db, SQL_WRITE, &tx, &e) ||
            !sql_run(tx, &queries[Q_PUT], &e, SQL_INT(2000 + atomic_fetch_add(&c->failures, 1)), SQL_NULL) ||
            !sql_commit(&tx, &e))
            check(false);
    }
    return NULL;
}

/* Readers and writers take turns on its one connection. */
TEST(many_threads_share_memory)
{
    AUTO(sql_close) struct sql *db = NULL;
    struct crowd c = {0};
    pthread_t threads[6];
    struct err e = {0};

    check(sql_open(":memory:", &(struct sql_options){0}, &db, &e));
    check(sql_migrate(db, migrations, COUNT_OF(migrations), &e));
    c.db = db;
    for (int i = 0; i < 6; i++)
        check(pthread_create(&threads[i], NULL, add_many, &c) == 0);
    for (int i = 0; i < 6; i++)
        check(pthread_join(threads[i], NULL) == 0);
    check(count(db) == 301);
}

static void note_progress(void *ctx, int done, int total)
{
    int *calls = ctx;

    check(done >= 0 && done <= total);
    ++*calls;
}

static void *write_until_told(void *arg)
{
    struct crowd *c = arg;
    struct err e = {0};

    for (int i = 1; c->failures == 0; i++)
        check(put(c->db, 5000 + i, "while it is copied", &e));
    return NULL;
}

TEST(a_backup_is_of_one_moment_while_others_write)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_close) struct sql *copy = NULL;
    struct crowd c = {.db = f.db};
    static const struct sql_query big = {"t.big", "INSERT INTO t (a, x) VALUES ($1, zeroblob(20000000))", 1,
                                         true, false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    char path[TEST_DATABASE_BYTES + 8];
    pthread_t writer;
    int calls = 0;
    struct err e = {0};
    int64_t before, after;

    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && sql_run(tx, &big, &e, SQL_INT(1)) && sql_commit(&tx, &e));
    (void)snprintf(path, sizeof(path), "%s.copy", f.path);
    check(pthread_create(&writer, NULL, write_until_told, &c) == 0);
    for (int i = 0; i < 3; i++) {
        before = count(f.db);
        check(sql_backup(f.db, path, note_progress, &calls, &e));
        after = count(f.db);
    }
    c.failures = 1;
    check(pthread_join(writer, NULL) == 0 && calls >= 12 && calls < 40); /* steps, none done twice */
    check(sql_open(path, &(struct sql_options){.read_only = true}, &copy, &e));
    check(count(copy) >= before && count(copy) <= after && sql_integrity(copy, &e));
    check(!put(copy, 2, "no", &e) && str_eq(e.key, "sql.unavailable"));
    check(sql_migrate(copy, migrations, COUNT_OF(migrations), &e));
}

TEST(memory_is_backed_up_too)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_close) struct sql *db = NULL;
    struct err e = {0};

    sql_close(&f.db);
    check(sql_open(":memory:", &(struct sql_options){0}, &db, &e));
    check(sql_migrate(db, migrations, COUNT_OF(migrations), &e) && put(db, 3, "x", &e));
    check(sql_backup(db, f.path, NULL, NULL, &e));
    check(reopen(&f, &(struct sql_options){0}) && count(f.db) == 2 && put(f.db, 4, "y", &e));
    check(!sql_backup(db, "/nowhere/at/all", NULL, NULL, &e) && str_eq(e.key, "sql.unavailable"));
}

/* The planner knows that a district leaves every row: it takes the index that leaves few. */
TEST(indexes_are_preferred_to_reading_a_whole_district)
{
    static const struct sql_query plans[] = {
        {"a", "EXPLAIN QUERY PLAN SELECT title FROM record WHERE district = $1 AND parent = $2 ORDER BY id",
         2, false, false},
        {"b", "EXPLAIN QUERY PLAN SELECT at FROM link WHERE district = $1 AND other = $2", 2, false, false},
        /* what a desk counts is read from the index alone */
        {"c",
         "EXPLAIN QUERY PLAN SELECT kind, state, open, area, owner, due_at, late, lamp FROM record"
         " WHERE district = $1 AND kind = $2 AND state = 'x' AND open = 1 ORDER BY id LIMIT 9",
         2, false, false},
        /* a kind's own records, the newest first, and none of the others */
        {"d",
         "EXPLAIN QUERY PLAN SELECT title FROM record WHERE district = $1 AND kind = 'x' AND id < $2 ORDER "
         "BY id DESC",
         2, false, false},
    };
    static const char *const indexes[] = {"record_child", "link_other", "COVERING INDEX record_open",
                                          "record_kind (district=? AND kind=? AND id<?)"};
    AUTO(sql_close) struct sql *db = NULL;
    struct err e = {0};

    check(sql_open(":memory:", &(struct sql_options){0}, &db, &e));
    check(sql_migrate(db, sql_migrations, sql_n_migrations, &e));
    for (size_t i = 0; i < COUNT_OF(plans); i++) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        check(sql_begin(db, SQL_READ, &tx, &e));
        check(sql_query(tx, &plans[i], &rows, &e, SQL_INT(1), SQL_BLOB("x", 1)) && sql_next(rows));
        check(strstr(sql_text(rows, 3), indexes[i]) != NULL);
    }
}

/* With WRITE_SCHEMA=1 in the environment it writes the file instead. */
TEST(schema_sql_is_what_the_migrations_make)
{
    static const struct sql_query dump = {
        "schema",
        "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        " ORDER BY tbl_name, type DESC, name",
        0, false, false};
    AUTO(sql_close) struct sql *db = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    AUTO(buf_free) struct buf made = {0}, path = {0};
    static char kept[1 << 18];
    const char *root = getenv("WANGGE_SOURCE");
    bool write = getenv("WRITE_SCHEMA") != NULL;
    struct err e = {0};
    FILE *file;

    buf_init(&made, sizeof(kept));
    buf_init(&path, 4096);
    check(sql_open(":memory:", &(struct sql_options){0}, &db, &e));
    check(sql_migrate(db, sql_migrations, sql_n_migrations, &e) && sql_begin(db, SQL_READ, &tx, &e));
    check(sql_query_n(tx, &dump, &rows, &e, NULL, 0));
    buf_str(&made, "-- Generated by sqlite_test from db/migrations: WRITE_SCHEMA=1 writes it anew.\n\n");
    while (sql_next(rows))
        buf_printf(&made, "%s\n\n", sql_text(rows, 0));
    check(sql_end(&rows, &e));
    buf_printf(&path, "%s/db/schema.sql", root != NULL ? root : ".");
    file = fopen(buf_text(&path), write ? "we" : "re");
    check(file != NULL);
    if (file == NULL)
        return;
    if (write)
        check(fputs(buf_text(&made), file) >= 0);
    else
        check(fread(kept, 1, sizeof(kept) - 1, file) > 0 && str_eq(kept, buf_text(&made)));
    check(fclose(file) == 0);
}
