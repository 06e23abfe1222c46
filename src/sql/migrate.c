/* migrate.c -- numbered migrations, each in a transaction of its own. */
#include "base/text.h"
#include "sql/engine.h"

#include <stdio.h>

enum { Q_TABLES, Q_HAS_TABLE, Q_LIST, Q_ADD };

static const struct sql_query queries[] = {
    [Q_TABLES] = {"migration.tables",
                  "SELECT count(*) FROM sqlite_schema"
                  "\n-- engine: postgres\nSELECT count(*) FROM pg_tables WHERE schemaname = current_schema()",
                  0, false, false},
    [Q_HAS_TABLE] = {"migration.has_table",
                     "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration'"
                     "\n-- engine: postgres\nSELECT count(*) FROM pg_tables"
                     " WHERE schemaname = current_schema() AND tablename = 'migration'",
                     0, false, false},
    [Q_LIST] = {"migration.list", "SELECT number, name FROM migration ORDER BY number", 0, false, false},
    [Q_ADD] = {"migration.add", "INSERT INTO migration (number, name) VALUES ($1, $2)", 2, true, false},
};

/* "binary" is what SQLite calls the order by bytes. */
static const char first_of_all[] = "CREATE TABLE migration /* reference */ (number INTEGER NOT NULL PRIMARY "
                                   "KEY, name TEXT NOT NULL) STRICT;\n"
                                   "-- engine: postgres\n"
                                   "CREATE COLLATION \"binary\" (provider = libc, locale = 'C');\n";
/* Two programs may want to migrate one database at once. */
static const char alone[] = "-- engine: postgres\nLOCK TABLE migration IN SHARE ROW EXCLUSIVE MODE;\n";

static bool count(struct sql_tx *tx, const struct sql_query *q, int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(tx, q, &rows, e, NULL, 0))
        return false;
    *ret = sql_next(rows) ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}

static bool newer(int number, const char *name, int last, struct err *e)
{
    return ERR(e, ERR_CONFLICT, "sql.newer",
               "数据库由更新的版本写成（第 %d 号迁移 %s，本程序只到第 %d 号）：请用更新的程序打开",
               "a newer version wrote this database (migration %d %s; this program knows up to %d): use a "
               "newer program",
               number, name, last);
}

/* Compares what the database has had with what the program brings, in order. */
static bool compare(struct sql_rows *rows, const struct sql_migration *m, size_t n, size_t *ret_done,
                    struct err *e)
{
    int last = n > 0 ? m[n - 1].number : 0;

    *ret_done = 0;
    for (; sql_next(rows); ++*ret_done) {
        int number = (int)sql_int(rows, 0);
        const char *name = sql_text(rows, 1);

        if (number > last)
            return newer(number, name, last, e);
        if (*ret_done >= n || m[*ret_done].number != number || !str_eq(m[*ret_done].name, name))
            return ERR(
                e, ERR_CONFLICT, "sql.other_migrations",
                "数据库的第 %d 号迁移（%s）与本程序的不同：这不是本程序的数据库",
                "migration %d (%s) of the database is not this program's: it is another program's database",
                number, name);
    }
    return true;
}

/* How many of the migrations the database has had. */
static bool read_done(struct sql_tx *tx, const struct sql_migration *m, size_t n, size_t *ret_done,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t has_table, tables;

    *ret_done = 0;
    if (!count(tx, &queries[Q_HAS_TABLE], &has_table, e) || !count(tx, &queries[Q_TABLES], &tables, e))
        return false;
    if (has_table == 0 && tables > 0)
        return ERR(e, ERR_CONFLICT, "sql.foreign", "该数据库属于别的程序：请换一个文件",
                   "this database belongs to another program: choose another file");
    if (has_table == 0)
        return true;
    if (tx->writes && !sql_script(tx, "migration", alone, e))
        return false;
    if (!sql_query_n(tx, &queries[Q_LIST], &rows, e, NULL, 0))
        return false;
    return compare(rows, m, n, ret_done, e) && sql_end(&rows, e);
}

static bool apply(struct sql_tx *tx, const struct sql_migration *m, bool first, struct err *e)
{
    char name[128];

    (void)snprintf(name, sizeof(name), "migration %d %s", m->number, m->name);
    if (first && !sql_script(tx, "migration", first_of_all, e))
        return false;
    return sql_script(tx, name, m->text, e) &&
           sql_run(tx, &queries[Q_ADD], e, SQL_INT(m->number), SQL_TEXT(m->name));
}

/* Brings the database one migration further; *ret_more is false when it has had
 * them all. What it has had is read again each time, inside the transaction that
 * adds to it: another process may be migrating, too. */
static bool advance(struct sql *db, const struct sql_migration *m, size_t n, bool *ret_more, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    size_t done;

    if (!sql_begin(db, db->options.read_only ? SQL_READ : SQL_WRITE, &tx, e) ||
        !read_done(tx, m, n, &done, e))
        return false;
    *ret_more = done < n;
    if (done == n)
        return true;
    if (db->options.read_only)
        return ERR(e, ERR_CONFLICT, "sql.older",
                   "数据库是旧版本的（缺第 %d 号迁移 %s）：请先备份，再启动一次 wangge serve，它会自行升级",
                   "the database is of an older version (it lacks migration %d %s): make a backup, then "
                   "start wangge "
                   "serve once, it upgrades by itself",
                   m[done].number, m[done].name);
    return apply(tx, &m[done], done == 0, e) && sql_commit(&tx, e);
}

bool sql_migrate(struct sql *db, const struct sql_migration *m, size_t n, struct err *e)
{
    bool more = true;

    while (more)
        if (!advance(db, m, n, &more, e))
            return false;
    return n == 0 || db->engine->stats(db, e);
}
