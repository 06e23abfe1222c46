/* backup.c -- copying a database while it is in use, and checking one. */
#include "base/text.h"
#include "sql/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP_PAGES = 1024 };

static bool cannot(const char *path, const char *detail, struct err *e)
{
    return ERR(e, ERR_BUSY, "sql.unavailable", "备份文件 %s 无法写入，请检查路径、权限和磁盘空间（%s）",
               "the backup %s cannot be written: check the path, its owner and the room on the disk (%s)",
               path, detail);
}

static void close_handle(sqlite3 **h)
{
    (void)sqlite3_close(*h);
    *h = NULL;
}

/* Copies src, whose connection is inside a read transaction: so the copy is of
 * one moment and writers do not make it start again. */
static bool copy(struct conn *src, const char *path, void (*progress)(void *, int, int), void *ctx,
                 struct err *e)
{
    AUTO(close_handle) sqlite3 *to = NULL;
    sqlite3_backup *b = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK)
        b = sqlite3_backup_init(to, "main", src->h, "main");
    if (b == NULL)
        return cannot(path, sqlite3_errmsg(to), e);
    do {
        rc = sql_fault() ? SQLITE_IOERR : sqlite3_backup_step(b, STEP_PAGES);
        if (progress != NULL)
            progress(ctx, sqlite3_backup_pagecount(b) - sqlite3_backup_remaining(b),
                     sqlite3_backup_pagecount(b));
    } while (rc == SQLITE_OK);
    (void)sqlite3_backup_finish(b);
    /* out of write-ahead mode: a backup is one file, even after it has been read */
    if (rc == SQLITE_DONE)
        rc = sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    return rc == SQLITE_OK || cannot(path, sqlite3_errstr(rc), e);
}

static bool copy_database(struct sql *db, const char *path, void (*progress)(void *, int, int), void *ctx,
                          struct err *e)
{
    AUTO(conn_close) struct conn *own = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (sqlite_is_memory(db))
        return sql_begin(db, SQL_READ, &tx, e) && copy(sqlite_tx_conn(tx), path, progress, ctx, e);
    /* a connection of its own: a long copy must not keep a reader from requests */
    if (!sqlite_conn_extra(db, &own, e))
        return false;
    if (sqlite3_exec(own->h, "BEGIN; SELECT 1 FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(own, sqlite3_errcode(own->h), "backup", e);
    return copy(own, path, progress, ctx, e);
}

/* Without this a crash of the machine could forget the new name. */
static void sync_folder(const char *path)
{
    char *own = xstrdup(path);
    int fd = open(dirname(own), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    free(own);
}

/* A new empty file for its owner only, whatever an earlier attempt left. */
static bool create_empty(const char *path, struct err *e)
{
    int fd;

    (void)unlink(path);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot(path, strerror(errno), e);
    return close(fd) == 0 || cannot(path, strerror(errno), e);
}

/* Under another name until it is whole: a file at `path` is always a good backup. */
bool sqlite_backup(struct sql *db, const char *path, void (*progress)(void *ctx, int done, int total),
                   void *ctx, struct err *e)
{
    AUTO(buf_free) struct buf part = {0};

    buf_init(&part, 8192);
    buf_printf(&part, "%s.part", path);
    if (part.failed)
        return cannot("", strerror(ENAMETOOLONG), e);
    if (!create_empty(buf_text(&part), e))
        return false;
    if (!copy_database(db, buf_text(&part), progress, ctx, e)) {
        (void)unlink(buf_text(&part));
        return false;
    }
    if (rename(buf_text(&part), path) != 0)
        return cannot(path, strerror(errno), e);
    sync_folder(path);
    return true;
}

/* Runs a checking pragma: it answers nothing, or "ok", when all is well. */
static bool check_with(struct sql_tx *tx, const struct sql_query *q, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(tx, q, &rows, e, NULL, 0))
        return false;
    if (sql_next(rows) && !str_eq(sql_text(rows, 0), "ok"))
        return ERR(e, ERR_INTERNAL, "sql.damaged", "数据库检查未通过（%s：%s）：请从备份恢复",
                   "the database fails its check (%s: %s): restore a backup", q->name, sql_text(rows, 0));
    return sql_end(&rows, e);
}

bool sqlite_integrity(struct sql *db, struct err *e)
{
    static const struct sql_query checks[] = {
        {"integrity_check", "PRAGMA integrity_check(1)", 0, false, false},
        {"foreign_key_check", "PRAGMA foreign_key_check", 0, false, false},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        if (!check_with(tx, &checks[i], e))
            return false;
    return true;
}
