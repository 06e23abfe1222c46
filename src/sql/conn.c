/* conn.c -- one SQLite connection: how it is opened, and what its errors mean. */
#include "base/text.h"
#include "sql/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* WAL: readers never wait for the writer. A checkpoint writes each page that changed once, however often it
 * did since the last one: every 25,000 pages costs less than SQLite's 1,000, by a fifth less than 10,000
 * where the tables are large. Debian builds with secure_delete, which would write every freed page once more.
 * No mmap: mapped pages count as our memory. */
static const char pragmas_all[] =
    "PRAGMA foreign_keys=ON; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY;"
    "PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;";
static const char pragmas_write[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "PRAGMA wal_autocheckpoint=25000; PRAGMA journal_size_limit=134217728;" SQLITE_WRITER_CACHE;
static const char pragmas_bulk[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
                                   "PRAGMA wal_autocheckpoint=10000; PRAGMA cache_size=-131072;";
/* Reading the schema finds out now whether the file is a database. */
static const char pragmas_read[] =
    "PRAGMA query_only=ON; PRAGMA cache_size=-8192; SELECT 1 FROM sqlite_schema;";

enum { BUSY_TIMEOUT_MS = 10000 };

int sqlite_exec(struct conn *c, const char *text)
{
    return sql_fault() ? SQLITE_IOERR : sqlite3_exec(c->h, text, NULL, NULL, NULL);
}

/* What the person who runs the server has to do. */
struct advice {
    int rc;
    const char *zh, *en;
};

static const struct advice advices[] = {
    {SQLITE_FULL, "磁盘已满，请腾出空间，服务会自行恢复",
     "the disk is full: make room, service resumes by itself"},
    {SQLITE_READONLY, "数据库不可写，请检查磁盘是否只读、文件权限是否正确",
     "the database cannot be written: see whether the disk is read-only and whose the file is"},
    {SQLITE_IOERR, "磁盘读写出错，请检查磁盘；恢复后服务会自行继续",
     "the disk failed to read or write: check it, service resumes when it answers"},
    {SQLITE_CANTOPEN, "数据库文件打不开，请检查路径、权限和磁盘",
     "the database file cannot be opened: check the path, its owner and the disk"},
    {SQLITE_PERM, "没有访问数据库文件的权限", "the file's permissions forbid it: check its owner"},
    {SQLITE_AUTH, "没有访问数据库文件的权限", "the file's permissions forbid it: check its owner"},
    {SQLITE_NOTADB, "该文件不是数据库，请检查路径或从备份恢复",
     "the file is no database: check the path or restore a backup"},
    {SQLITE_CORRUPT, "数据库已损坏，请停止服务并从备份恢复",
     "the database is damaged: stop the server and restore a backup"},
    {SQLITE_NOMEM, "内存不足", "out of memory"},
};

static bool unavailable(const char *what, const struct advice *a, const char *detail, struct err *e)
{
    (void)ERR(e, ERR_BUSY, "sql.unavailable", "%1$s：数据库暂不可用：%2$s%3$.0s（%4$s）",
              "%1$s: no database now: %3$s%2$.0s (%4$s)", what, a->zh, a->en, detail);
    e->retry_after_s = 5;
    return false;
}

bool sqlite_fail(struct conn *c, int rc, const char *what, struct err *e)
{
    int primary = rc & 0xff;
    /* an injected fault has left no message in the connection */
    const char *detail =
        (sqlite3_errcode(c->h) & 0xff) == primary ? sqlite3_errmsg(c->h) : sqlite3_errstr(rc);

    for (size_t i = 0; i < COUNT_OF(advices); i++)
        if (advices[i].rc == primary)
            return unavailable(what, &advices[i], detail, e);
    if (primary == SQLITE_CONSTRAINT)
        return ERR(e, ERR_CONFLICT, "sql.constraint", "%s：与已有数据冲突（%s）",
                   "%s: in conflict with what is there (%s)", what, detail);
    if (primary != SQLITE_BUSY && primary != SQLITE_LOCKED)
        return ERR(e, ERR_INTERNAL, "sql.failed", "%s：数据库报错（%s）", "%s: the database says: %s", what,
                   detail);
    (void)ERR(e, ERR_BUSY, "sql.busy", "%s：数据库正被另一个程序占用（%s）",
              "%s: another program is writing to the database (%s)", what, detail);
    e->retry_after_s = 1;
    return false;
}

/* A new file is for its owner only: it will hold personal data. SQLite gives its
 * companion files the same mode. An existing file must not be opened here, since
 * closing it would drop the locks this process may hold on it. */
static bool create_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        return close(fd) == 0;
    if (errno == EEXIST)
        return true;
    return unavailable(
        path,
        &(struct advice){0, "数据库文件无法创建，请检查目录、权限和磁盘空间",
                         "the database file cannot be made: check the folder, its owner and the "
                         "room on the disk"},
        strerror(errno), e);
}

/* A file in a folder where nothing can be written, without a write-ahead log
 * beside it, cannot change under us: SQLite may read it without locks. */
static int open_immutable(const char *path, struct conn *c)
{
    AUTO(buf_free) struct buf uri = {0};

    buf_init(&uri, 8192);
    buf_str(&uri, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (strchr("%?#", *p) != NULL)
            buf_printf(&uri, "%%%02x", (unsigned char)*p);
        else
            buf_char(&uri, *p);
    }
    buf_str(&uri, "?immutable=1");
    (void)sqlite3_close(c->h);
    c->h = NULL;
    return sqlite3_open_v2(buf_text(&uri), &c->h,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
}

static bool has_log(const char *path)
{
    AUTO(buf_free) struct buf wal = {0};

    buf_init(&wal, 8192);
    buf_printf(&wal, "%s-wal", path);
    return access(buf_text(&wal), F_OK) == 0;
}

static int configure(struct conn *c, const struct conn_options *o)
{
    const char *own = pragmas_write;
    int rc;

    (void)sqlite3_busy_timeout(c->h, BUSY_TIMEOUT_MS);
    (void)sqlite3_extended_result_codes(c->h, 1);
    /* "double quotes" are names, never texts by mistake */
    (void)sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (o->reader || o->read_only)
        own = pragmas_read;
    else if (o->sync == SQL_SYNC_OFF)
        own = pragmas_bulk;
    rc = sqlite3_exec(c->h, pragmas_all, NULL, NULL, NULL);
    return rc == SQLITE_OK ? sqlite3_exec(c->h, own, NULL, NULL, NULL) : rc;
}

static int open_and_configure(const char *path, const struct conn_options *o, struct conn *c)
{
    int flags = o->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int rc = sqlite3_open_v2(path, &c->h, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK)
        rc = configure(c, o);
    /* where the file cannot be written SQLite opens it for reading and says nothing */
    if (rc == SQLITE_OK && !o->read_only && sqlite3_db_readonly(c->h, "main") == 1)
        return SQLITE_READONLY;
    if ((rc & 0xff) != SQLITE_CANTOPEN || !o->read_only || has_log(path))
        return rc;
    rc = open_immutable(path, c);
    return rc == SQLITE_OK ? configure(c, o) : rc;
}

/* Our threads share no connection, and nobody reads SQLite's memory figures,
 * which cost a global lock at every allocation. */
static void initialise(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_initialize();
}

bool conn_open(const char *path, const struct conn_options *o, struct conn **ret, struct err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    AUTO(conn_close) struct conn *c = NULL;
    int rc;

    (void)pthread_once(&once, initialise);
    if (!o->read_only && !o->reader && strcmp(path, ":memory:") != 0 && !create_file(path, e))
        return false;
    c = xcalloc(1, sizeof(*c));
    c->cache.drop = stmt_drop;
    rc = open_and_configure(path, o, c);
    if (rc != SQLITE_OK)
        return sqlite_fail(c, rc, path, e);
    *ret = c;
    c = NULL;
    return true;
}

void conn_close(struct conn **c)
{
    if (*c == NULL)
        return;
    cache_clear(&(*c)->cache);
    (void)sqlite3_close((*c)->h);
    free(*c);
    *c = NULL;
}
