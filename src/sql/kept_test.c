/* Rows of a server that stay in memory. Run by test/support/postgres.py. */
#include "base/text.h"
#include "database.h"
#include "sql/sql.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

/* `draw` tells a row that was read from one that was at hand: it is another with each reading. */
#define COLUMNS "id, n, r, x, raw, random() AS draw"
enum { Q_PUT, Q_SET, Q_DROP, Q_WHOLE, Q_WHOLE_SOME, Q_KEYS, Q_KEYS_SOME, Q_KEYS_LATE, Q_ROW, Q_ROW_LATE };
static const struct sql_query queries[] = {
    [Q_PUT] = {"k.put", "INSERT INTO k (district, id, n, r, x, raw) VALUES ($1, $2, $3, $4, $5, $6)", 6, true,
               false},
    [Q_SET] = {"k.set", "UPDATE k SET n = $3, r = $4 WHERE district = $1 AND id = $2", 4, true, false},
    [Q_DROP] = {"k.drop", "DELETE FROM k WHERE district = $1 AND id = $2", 2, true, false},
    [Q_WHOLE] = {"k.whole", "SELECT " COLUMNS " FROM k WHERE district = $1 ORDER BY id", 1, false, false},
    [Q_WHOLE_SOME] = {"k.whole_some", "SELECT " COLUMNS " FROM k WHERE district = $1 AND {where} ORDER BY id",
                      1, false, true},
    [Q_KEYS] = {"k.keys", "SELECT id, xmin FROM k WHERE district = $1 ORDER BY id", 1, false, false},
    [Q_KEYS_SOME] = {"k.keys_some", "SELECT id, xmin FROM k WHERE district = $1 AND {where} ORDER BY id", 1,
                     false, true},
    [Q_KEYS_LATE] = {"k.keys_late", "SELECT id, CAST(0 AS bigint) FROM k WHERE district = $1 ORDER BY id", 1,
                     false, false},
    [Q_ROW] = {"k.row", "SELECT " COLUMNS ", xmin FROM k WHERE district = $1 AND id = $2", 2, false, false},
    [Q_ROW_LATE] = {"k.row_late",
                    "SELECT id, n + 1000, r, x, raw, r, xmin FROM k WHERE district = $1 AND id = $2", 2,
                    false, false},
};
static const struct sql_kept_query page = {&queries[Q_WHOLE], &queries[Q_KEYS], &queries[Q_ROW]};
static const struct sql_kept_query some = {&queries[Q_WHOLE_SOME], &queries[Q_KEYS_SOME], &queries[Q_ROW]};
static const struct sql_kept_query late = {&queries[Q_WHOLE], &queries[Q_KEYS_LATE], &queries[Q_ROW_LATE]};
static const struct sql_migration migrations[] = {
    {1, "rows",
     "CREATE TABLE k (district INTEGER NOT NULL, id BLOB NOT NULL, n INTEGER, r REAL, x TEXT, raw BLOB,"
     " PRIMARY KEY (district, id)) STRICT;"},
};
enum { D = 330803, LONG = 10000, MOST = 8 };

struct fixture {
    char url[TEST_DATABASE_BYTES];
    struct sql *db, *other;
};

static void teardown(struct fixture *f)
{
    sql_fault_after(0);
    sql_close(&f->other);
    sql_close(&f->db);
}

static struct fixture setup(void)
{
    struct fixture f = {0};
    struct err e = {0};

    str_copy(f.url, sizeof(f.url), test_database());
    check(sql_open(f.url, &(struct sql_options){0}, &f.db, &e) &&
          sql_open(f.url, &(struct sql_options){0}, &f.other, &e) &&
          sql_migrate(f.db, migrations, COUNT_OF(migrations), &e));
    return f;
}

/* All of these lie in one place. */
static struct uuid id_of(int i)
{
    return (struct uuid){{1, (uint8_t)i, [15] = 7}};
}

static bool write_one(struct sql *db, int query, const struct sql_arg *args, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(db, SQL_WRITE, &tx, e) && sql_each(tx, &queries[query], args, 1, e) &&
           sql_commit(&tx, e);
}

static bool put_row(struct sql *db, int i, int64_t n, const char *x)
{
    struct uuid id = id_of(i);
    struct err e = {0};

    return write_one(db, Q_PUT,
                     (const struct sql_arg[]){SQL_INT(D), SQL_UUID(&id), SQL_INT(n), SQL_REAL((double)n),
                                              SQL_TEXT(x), SQL_BLOB("a\0b", 3)},
                     &e);
}

static bool set_row(struct sql *db, int i, int64_t n)
{
    struct uuid id = id_of(i);
    struct err e = {0};

    return write_one(
        db, Q_SET, (const struct sql_arg[]){SQL_INT(D), SQL_UUID(&id), SQL_INT(n), SQL_REAL((double)n)}, &e);
}

/* What a page showed. */
struct seen {
    size_t n;
    int64_t value[MOST];
    double draw[MOST];
};

static bool read_page(struct sql_tx *tx, const struct sql_kept_query *q, const struct sql_where *w,
                      struct seen *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct seen){0};
    if (!sql_query_kept(tx, q, w, &rows, e, SQL_ARGS(SQL_INT(D))))
        return false;
    while (sql_next(rows) && ret->n < MOST) {
        ret->value[ret->n] = sql_int(rows, 1);
        ret->draw[ret->n++] = sql_real(rows, 5);
    }
    return sql_end(&rows, e);
}

static bool look(struct sql *db, const struct sql_kept_query *q, struct seen *ret)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    return sql_begin(db, SQL_LOOK, &tx, &e) && read_page(tx, q, NULL, ret, &e);
}

TEST(a_row_is_read_once_for_each_version)
{
    AUTO(teardown) struct fixture f = setup();
    struct uuid id = {{1, 9, [14] = 3, [15] = 8}};
    struct seen first, again;
    struct err e = {0};

    check(put_row(f.db, 1, 10, "eins"));
    check(write_one(
        f.db, Q_PUT,
        (const struct sql_arg[]){SQL_INT(D), SQL_UUID(&id), SQL_INT(20), SQL_NULL, SQL_NULL, SQL_NULL}, &e));
    check(look(f.db, &page, &first) && look(f.db, &page, &first)); /* the first connects, and keeps nothing */
    check(look(f.db, &page, &again) && again.n == 2 && again.value[0] == 10 && again.value[1] == 20);
    check(again.draw[0] == first.draw[0] && again.draw[1] == first.draw[1]);

    check(set_row(f.other, 1, 11) && look(f.db, &page, &again));
    check(again.n == 2 && again.value[0] == 11 && again.draw[0] != first.draw[0]);
    check(again.draw[1] == first.draw[1]);

    check(put_row(f.other, 0, 5, NULL) && look(f.db, &page, &again) && again.n == 3);
    check(again.value[0] == 5 && again.value[1] == 11 && again.value[2] == 20);
    check(write_one(f.other, Q_DROP, (const struct sql_arg[]){SQL_INT(D), SQL_UUID(&id)}, &e));
    check(look(f.db, &page, &again) && again.n == 2 && again.value[1] == 11);
}

TEST(a_row_in_memory_reads_as_it_came)
{
    AUTO(teardown) struct fixture f = setup();
    static char longer[LONG + 1];
    struct seen warm;
    struct err e = {0};

    memset(longer, 'x', LONG);
    check(put_row(f.db, 1, -7, "") && put_row(f.db, 2, 8, longer) && look(f.db, &page, &warm));
    for (int turn = 0; turn < 3; turn++) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        size_t n;

        check(sql_begin(f.db, SQL_LOOK, &tx, &e) &&
              sql_query_kept(tx, &page, NULL, &rows, &e, SQL_ARGS(SQL_INT(D))) && sql_next(rows));
        check(uuid_eq(sql_uuid(rows, 0), id_of(1)) && sql_int(rows, 1) == -7 && sql_real(rows, 1) == -7);
        check(sql_real(rows, 2) == -7 && sql_int(rows, 2) == -7 && str_eq(sql_text(rows, 3), ""));
        check(memcmp(sql_blob(rows, 4, &n), "a\0b", 3) == 0 && n == 3 && !sql_is_null(rows, 3));
        check(sql_next(rows) && str_eq(sql_text(rows, 3), longer) && !sql_next(rows) && !sql_next(rows));
        check(sql_end(&rows, &e));
    }
}

TEST(what_is_null_reads_so)
{
    AUTO(teardown) struct fixture f = setup();
    struct uuid id = id_of(1);
    struct seen warm;
    struct err e = {0};

    check(
        write_one(f.db, Q_PUT,
                  (const struct sql_arg[]){SQL_INT(D), SQL_UUID(&id), SQL_NULL, SQL_NULL, SQL_NULL, SQL_NULL},
                  &e) &&
        look(f.db, &page, &warm));
    for (int turn = 0; turn < 2; turn++) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        size_t n = 1;

        check(sql_begin(f.db, SQL_LOOK, &tx, &e) &&
              sql_query_kept(tx, &page, NULL, &rows, &e, SQL_ARGS(SQL_INT(D))) && sql_next(rows));
        for (int col = 1; col < 5; col++)
            check(sql_is_null(rows, col) && sql_int(rows, col) == 0 && sql_real(rows, col) == 0 &&
                  sql_text(rows, col) == NULL && sql_blob(rows, col, &n) == NULL && n == 0);
    }
}

TEST(rows_of_one_transaction_and_place_are_told_apart)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct seen seen;
    struct err e = {0};

    check(sql_begin(f.db, SQL_WRITE, &tx, &e));
    for (int i = 0; i < 4; i++) {
        struct uuid id = id_of(i);

        check(sql_run(tx, &queries[Q_PUT], &e, SQL_INT(D), SQL_UUID(&id), SQL_INT(i), SQL_NULL, SQL_NULL,
                      SQL_NULL));
    }
    check(sql_commit(&tx, &e));
    for (int turn = 0; turn < 3; turn++)
        check(look(f.db, &page, &seen) && seen.n == 4 && seen.value[0] == 0 && seen.value[1] == 1 &&
              seen.value[2] == 2 && seen.value[3] == 3);
}

TEST(a_condition_goes_with_both_statements)
{
    AUTO(teardown) struct fixture f = setup();
    struct seen seen;
    struct err e = {0};

    for (int i = 0; i < 4; i++)
        check(put_row(f.db, i, i, "x"));
    check(look(f.db, &page, &seen) && seen.n == 4);
    for (int turn = 0; turn < 2; turn++) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_where_free) struct sql_where w = {0};

        sql_where_init(&w);
        sql_where_add(&w, "n >= ");
        sql_where_arg(&w, SQL_INT(2));
        check(sql_begin(f.db, SQL_LOOK, &tx, &e) && read_page(tx, &some, &w, &seen, &e));
        check(seen.n == 2 && seen.value[0] == 2 && seen.value[1] == 3);
    }
}

TEST(what_changes_in_between_is_read_whole)
{
    AUTO(teardown) struct fixture f = setup();
    struct seen seen;

    check(put_row(f.db, 1, 1, "x") && put_row(f.db, 2, 2, "x") && look(f.db, &page, &seen));
    for (int turn = 0; turn < 2; turn++)
        check(look(f.db, &late, &seen) && seen.n == 2 && seen.value[0] == 1 && seen.value[1] == 2);
    check(look(f.db, &page, &seen) && seen.n == 2);
}

/* Many rows of one page: all of them come, by the statement for the whole. */
TEST(a_page_may_be_too_long_to_keep)
{
    enum { TOO_MANY = SQL_KEPT_MAX + 1 };
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f.db, SQL_WRITE, &tx, &e));
    for (int i = 0; i < TOO_MANY; i++) {
        struct uuid id = {{2, (uint8_t)(i / 16), (uint8_t)(i % 16), [15] = 1}};

        check(sql_run(tx, &queries[Q_PUT], &e, SQL_INT(D), SQL_UUID(&id), SQL_INT(i), SQL_NULL, SQL_NULL,
                      SQL_NULL));
    }
    check(sql_commit(&tx, &e));
    for (int turn = 0; turn < 3; turn++) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        AUTO(sql_rollback) struct sql_tx *look = NULL;
        int64_t n = 0;

        check(sql_begin(f.db, SQL_LOOK, &look, &e) &&
              sql_query_kept(look, &page, NULL, &rows, &e, SQL_ARGS(SQL_INT(D))));
        for (; sql_next(rows); n++)
            check(sql_int(rows, 1) == n);
        check(n == TOO_MANY && sql_end(&rows, &e));
    }
}

TEST(who_writes_sees_what_it_wrote)
{
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid id = id_of(1);
    struct seen seen;
    struct err e = {0};

    check(put_row(f.db, 1, 1, "x") && look(f.db, &page, &seen) && look(f.db, &page, &seen));
    check(sql_begin(f.db, SQL_WRITE, &tx, &e));
    for (int64_t n = 2; n < 5; n++)
        check(sql_run(tx, &queries[Q_SET], &e, SQL_INT(D), SQL_UUID(&id), SQL_INT(n), SQL_REAL(0)) &&
              read_page(tx, &page, NULL, &seen, &e) && seen.value[0] == n);
    sql_rollback(&tx);
    check(look(f.db, &page, &seen) && seen.value[0] == 1);
}

TEST(every_call_of_a_page_may_be_cut)
{
    AUTO(teardown) struct fixture f = setup();
    struct seen seen;

    for (int i = 0; i < 3; i++)
        check(put_row(f.db, i, i, "x"));
    for (int n = -6; n < 7; n++) {
        check(look(f.db, &page, &seen) && set_row(f.other, 1, 100 + n));
        sql_fault_after(n);
        check(look(f.db, &page, &seen) && seen.n == 3 && seen.value[1] == 100 + n);
        sql_fault_after(0);
    }
}

/* A new connection may be to another server, whose versions are its own. */
TEST(who_connects_anew_forgets)
{
    AUTO(teardown) struct fixture f = setup();
    struct seen first, again;

    check(put_row(f.db, 1, 1, "x") && look(f.db, &page, &first) && look(f.db, &page, &first));
    check(look(f.db, &page, &again) && again.draw[0] == first.draw[0]);
    sql_fault_after(1);
    check(look(f.db, &page, &again));
    sql_fault_after(0);
    check(look(f.db, &page, &again) && again.value[0] == 1 && again.draw[0] != first.draw[0]);
}

struct reader {
    struct sql *db;
    atomic_bool *stop;
    int failures, pages;
};

/* n and r of a row are always the same, and never go back. */
static void *read_many(void *ctx)
{
    struct reader *r = ctx;
    int64_t last = 0;

    while (!atomic_load(r->stop)) {
        AUTO(sql_rollback) struct sql_tx *tx = NULL;
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        struct err e = {0};
        int64_t n = 0;

        if (!sql_begin(r->db, SQL_LOOK, &tx, &e) ||
            !sql_query_kept(tx, &page, NULL, &rows, &e, SQL_ARGS(SQL_INT(D)))) {
            r->failures++;
            continue;
        }
        while (sql_next(rows)) {
            n = sql_int(rows, 1);
            r->failures += (double)n != sql_real(rows, 2);
        }
        r->failures += n < last;
        last = n;
        r->pages++;
    }
    return NULL;
}

TEST(many_read_while_one_writes)
{
    enum { READERS = 4, CHANGES = 200 };
    AUTO(teardown) struct fixture f = setup();
    struct reader readers[READERS];
    pthread_t threads[READERS];
    atomic_bool stop = false;

    check(put_row(f.db, 1, 0, "x") && put_row(f.db, 2, 0, "x"));
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.db = f.db, .stop = &stop};
        check(pthread_create(&threads[i], NULL, read_many, &readers[i]) == 0);
    }
    for (int64_t n = 1; n <= CHANGES; n++)
        check(set_row(f.other, 1 + (int)(n % 2), n));
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++)
        check(pthread_join(threads[i], NULL) == 0 && readers[i].failures == 0 && readers[i].pages > 0);
}
