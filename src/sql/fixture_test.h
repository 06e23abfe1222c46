/* fixture_test.h -- a database in a folder of its own, for the tests of this layer. */
#ifndef SQL_FIXTURE_TEST_H
#define SQL_FIXTURE_TEST_H

#include "base/text.h"
#include "database.h"
#include "sql/sql.h"
#include "test.h"

struct fixture {
    char dir[64], path[TEST_DATABASE_BYTES]; /* path: of the file, or the server's address */
    struct sql *db;
};

/* For AUTO(). */
static inline void teardown(struct fixture *f)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".copy", ".copy.part", ".copy.part-journal"};
    char path[TEST_DATABASE_BYTES + 32];

    sql_close(&f->db);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", f->path, tails[i]);
        (void)unlink(path);
    }
    check(rmdir(f->dir) == 0);
}

static inline bool reopen(struct fixture *f, const struct sql_options *o)
{
    struct err e = {0};
    bool ok;

    sql_close(&f->db);
    ok = sql_open(f->path, o, &f->db, &e);
    if (!ok)
        (void)printf("# %s\n", e.en);
    return ok;
}

/* Made by these migrations: in a file, or at `address` (NULL: in a file). */
static inline struct fixture setup_at(const char *address, const struct sql_options *o,
                                      const struct sql_migration *migrations, size_t n)
{
    struct fixture f = {.dir = "/tmp/wangge-sql-XXXXXX"};
    struct err e = {0};

    check(mkdtemp(f.dir) != NULL);
    if (address != NULL)
        str_copy(f.path, sizeof(f.path), address);
    else
        (void)snprintf(f.path, sizeof(f.path), "%s/t.db", f.dir);
    check(reopen(&f, o) && sql_migrate(f.db, migrations, n, &e));
    return f;
}

#endif
