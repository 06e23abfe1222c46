/* What the disk does to us: every call fails once, files that are none, a disk
 * that takes no more. */
#include "sql/fixture_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { Q_ADD, Q_COUNT };
static const struct sql_query queries[] = {
    [Q_ADD] = {"t.add", "INSERT INTO t (a, b) VALUES ($1, $2)", 2, true, false},
    [Q_COUNT] = {"t.count", "SELECT count(*) FROM t WHERE a > $1", 1, false, false},
};
static const struct sql_migration migrations[] = {
    {1, "table", "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b TEXT NOT NULL) STRICT;"},
};

static struct fixture setup(void)
{
    return setup_at(NULL, &(struct sql_options){.readers = 2}, migrations, COUNT_OF(migrations));
}

/* Three rows in one transaction. */
static bool add_three(struct sql *db, int64_t from, struct err *e)
{
    static char big[5000];
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct sql_arg args[6];

    memset(big, 'x', sizeof(big) - 1);
    for (int i = 0; i < 3; i++) {
        args[2 * i] = SQL_INT(from + i);
        args[2 * i + 1] = SQL_TEXT(big);
    }
    return sql_begin(db, SQL_WRITE, &tx, e) && sql_each(tx, &queries[Q_ADD], args, 3, e) &&
           sql_commit(&tx, e);
}

static bool count(struct sql *db, int64_t *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) || !sql_query(tx, &queries[Q_COUNT], &rows, e, SQL_INT(-1)))
        return false;
    *ret = sql_next(rows) ? sql_int(rows, 0) : -1;
    return sql_end(&rows, e);
}

TEST(every_call_may_fail)
{
    AUTO(teardown) struct fixture f = setup();
    struct err e = {0};
    bool done = false;
    int n = 1;

    for (; n < 20 && !done; n++) {
        int64_t rows = -1;

        sql_fault_after(n);
        done = add_three(f.db, 1, &e);
        sql_fault_after(0);
        check(done || (e.code == ERR_BUSY && str_eq(e.key, "sql.unavailable") && e.retry_after_s > 0));
        check(count(f.db, &rows, &e) && rows == (done ? 3 : 0));
    }
    check(done && n == 7); /* begin, three steps, commit; then none fails */
    for (n = 1; n < 3; n++) {
        int64_t rows = -1;

        sql_fault_after(n);
        check(!count(f.db, &rows, &e) && str_eq(e.key, "sql.unavailable"));
        sql_fault_after(0);
        check(count(f.db, &rows, &e) && rows == 3);
    }
}

TEST(a_failed_migration_leaves_nothing)
{
    bool done = false;

    for (int n = 1; n < 30 && !done; n++) {
        AUTO(sql_close) struct sql *db = NULL;
        struct err e = {0};

        check(sql_open(":memory:", &(struct sql_options){0}, &db, &e));
        sql_fault_after(n);
        done = sql_migrate(db, migrations, 1, &e);
        sql_fault_after(0);
        check(done || (e.code == ERR_BUSY && sql_migrate(db, migrations, 1, &e)));
    }
    check(done);
}

TEST(a_failed_backup_leaves_no_file)
{
    AUTO(teardown) struct fixture f = setup();
    char path[TEST_DATABASE_BYTES + 8], part[TEST_DATABASE_BYTES + 16];
    struct err e = {0};

    (void)snprintf(path, sizeof(path), "%s.copy", f.path);
    (void)snprintf(part, sizeof(part), "%s.part", path);
    sql_fault_after(1);
    check(!sql_backup(f.db, path, NULL, NULL, &e) && str_eq(e.key, "sql.unavailable"));
    sql_fault_after(0);
    check(access(path, F_OK) != 0 && access(part, F_OK) != 0);
    check(sql_backup(f.db, path, NULL, NULL, &e) && access(path, F_OK) == 0 && access(part, F_OK) != 0);
}

/* The kernel refuses to let files grow: what a full disk does to writes. */
TEST(service_resumes_when_the_disk_has_room_again)
{
    AUTO(teardown) struct fixture f = setup();
    struct rlimit old, small;
    struct err e = {0};
    int64_t from = 0, rows = -1;

    (void)signal(SIGXFSZ, SIG_IGN);
    check(getrlimit(RLIMIT_FSIZE, &old) == 0);
    small = old;
    small.rlim_cur = 300 * 1024;
    check(add_three(f.db, from, &e) && setrlimit(RLIMIT_FSIZE, &small) == 0);
    for (from = 3; from < 3000 && add_three(f.db, from, &e); from += 3)
        continue;
    check(from > 3 && from < 3000 && e.code == ERR_BUSY && str_eq(e.key, "sql.unavailable"));
    for (int i = 0; i < 3; i++)
        check(!add_three(f.db, from, &e) && e.code == ERR_BUSY);
    check(count(f.db, &rows, &e) && rows == from);
    check(setrlimit(RLIMIT_FSIZE, &old) == 0);
    check(add_three(f.db, from, &e) && count(f.db, &rows, &e) && rows == from + 3);
    sql_close(&f.db);
    check(sql_open(f.path, &(struct sql_options){0}, &f.db, &e) && sql_integrity(f.db, &e));
    check(count(f.db, &rows, &e) && rows == from + 3);
}

TEST(a_database_that_takes_no_more_pages_says_so)
{
    static const struct sql_query limit = {"limit", "PRAGMA max_page_count = 40", 0, true, false};
    static const struct sql_query lift = {"lift", "PRAGMA max_page_count = 4000", 0, true, false};
    AUTO(teardown) struct fixture f = setup();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};
    int64_t from = 0, rows = -1;

    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && sql_run_n(tx, &limit, &e, NULL, 0) && sql_commit(&tx, &e));
    for (; from < 300 && add_three(f.db, from, &e); from += 3)
        continue;
    check(e.code == ERR_BUSY && str_eq(e.key, "sql.unavailable") && strstr(e.en, "disk is full") != NULL);
    check(count(f.db, &rows, &e) && rows == from);
    check(sql_begin(f.db, SQL_WRITE, &tx, &e) && sql_run_n(tx, &lift, &e, NULL, 0) && sql_commit(&tx, &e));
    check(add_three(f.db, from, &e) && count(f.db, &rows, &e) && rows == from + 3);
}

static void write_file(const char *path, off_t at, const char *text, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    check(fd >= 0 && pwrite(fd, text, n, at) == (ssize_t)n && close(fd) == 0);
}

TEST(what_is_no_database_is_told)
{
    AUTO(teardown) struct fixture f = setup();
    static char junk[8192];
    struct sql *db = NULL;
    struct err e = {0};
    struct stat st;

    check(stat(f.path, &st) == 0 && (st.st_mode & 0777) == 0600);
    sql_close(&f.db);
    memset(junk, 'j', sizeof(junk));
    write_file(f.path, 0, junk, sizeof(junk));
    check(!sql_open(f.path, &(struct sql_options){0}, &db, &e) && e.code == ERR_BUSY);
    check(str_eq(e.key, "sql.unavailable") && strstr(e.en, "no database") != NULL && db == NULL);
    check(!sql_open(f.path, &(struct sql_options){.read_only = true}, &db, &e) &&
          strstr(e.en, "no database") != NULL);
    check(!sql_open("/nowhere/t.db", &(struct sql_options){0}, &db, &e) && str_eq(e.key, "sql.unavailable"));
    check(strstr(e.en, "No such file") != NULL);
    check(!sql_open(f.dir, &(struct sql_options){0}, &db, &e) && str_eq(e.key, "sql.unavailable"));
    check(!sql_open("/nowhere/t.db", &(struct sql_options){.read_only = true}, &db, &e) &&
          str_eq(e.key, "sql.unavailable"));
}

TEST(damage_is_found)
{
    AUTO(teardown) struct fixture f = setup();
    static char junk[4096];
    struct err e = {0};

    for (int i = 0; i < 30; i += 3)
        check(add_three(f.db, i, &e));
    check(sql_integrity(f.db, &e));
    sql_close(&f.db);
    memset(junk, 0x5a, sizeof(junk));
    write_file(f.path, 5 * 4096, junk, sizeof(junk));
    check(sql_open(f.path, &(struct sql_options){0}, &f.db, &e));
    check(!sql_integrity(f.db, &e) && strstr(e.en, "restore a backup") != NULL);
}
