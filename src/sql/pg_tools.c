/* pg_tools.c -- PostgreSQL's own programs, pg_dump and pg_restore, for backups of a whole database. */
#include "base/text.h"
#include "sql/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENV_MAX = 512 };

/* Owned: texts made for the child; the others are our own environment's. */
struct child_env {
    char *all[ENV_MAX], *made[ENV_MAX];
    size_t n, n_made;
};

static void env_free(struct child_env *v)
{
    for (size_t i = 0; i < v->n_made; i++)
        free(v->made[i]);
}

static void options_free(PQconninfoOption **o)
{
    PQconninfoFree(*o);
    *o = NULL;
}

static void env_add(struct child_env *v, const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 2;
    char *text = xcalloc(n, 1);

    (void)snprintf(text, n, "%s=%s", name, value);
    v->made[v->n_made++] = text;
    v->all[v->n++] = text;
}

/* The address goes in variables, where other users cannot read it: a command line they can. What the address
 * does not say comes from our environment, as for ourselves. */
static bool env_of(const char *url, struct child_env *v, struct err *e)
{
    char *why = NULL;
    AUTO(options_free) PQconninfoOption *o = PQconninfoParse(url, &why);

    if (o == NULL) {
        (void)ERR(e, ERR_INVALID, "sql.address", "数据库地址看不懂：%s",
                  "the database's address cannot be read: %s", why == NULL ? "?" : why);
        PQfreemem(why);
        return false;
    }
    for (const PQconninfoOption *i = o; i->keyword != NULL && v->n < ENV_MAX / 2; i++)
        if (i->val != NULL && i->envvar != NULL)
            env_add(v, i->envvar, i->val);
    for (char **old = environ; *old != NULL && v->n < ENV_MAX - 1; old++) {
        size_t name = strcspn(*old, "=") + 1;
        bool ours = false;

        for (size_t i = 0; i < v->n_made; i++)
            ours = ours || strncmp(v->made[i], *old, name) == 0;
        if (!ours)
            v->all[v->n++] = *old;
    }
    return true;
}

/* Runs it to its end; what it has to say it says on stderr. */
static bool run_tool(const char *url, char *const argv[], struct err *e)
{
    AUTO(env_free) struct child_env env = {0};
    int status = 0, rc;
    pid_t pid;

    if (!env_of(url, &env, e))
        return false;
    rc = posix_spawnp(&pid, argv[0], NULL, NULL, argv, env.all);
    if (rc == ENOENT)
        return ERR(e, ERR_INVALID, "sql.no_tool", "没有 %s：请安装 postgresql-client（不低于数据库的版本）",
                   "there is no %s: install postgresql-client, of the server's version or newer", argv[0]);
    while (rc == 0 && waitpid(pid, &status, 0) < 0)
        rc = errno == EINTR ? 0 : errno;
    if (rc == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return ERR(e, ERR_BUSY, "sql.tool", "%s 没有做完，原因见上面它自己的话",
               "%s did not finish: see what it said above", argv[0]);
}

/* An argv[] is not const. */
static bool run_with(const char *url, const char *const words[], size_t n, struct err *e)
{
    char *argv[16] = {0};
    bool ok;

    for (size_t i = 0; i < n && i < COUNT_OF(argv) - 1; i++)
        argv[i] = xstrdup(words[i]);
    ok = run_tool(url, argv, e);
    for (size_t i = 0; i < n; i++)
        free(argv[i]);
    return ok;
}

bool pg_dump_to(const char *url, const char *path, struct err *e)
{
    const char *const words[] = {"pg_dump",         "--format=custom", "--no-owner",
                                 "--no-privileges", "--file",          path};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* for its owner only, as the rest */

    if (fd < 0)
        return ERR(e, ERR_BUSY, "sql.unavailable", "备份文件 %s 无法写入，请检查路径、权限和磁盘空间（%s）",
                   "the backup %s cannot be written: check the path, its owner and the room on the disk (%s)",
                   path, strerror(errno));
    (void)close(fd);
    return run_with(url, words, COUNT_OF(words), e);
}

/* Whether it has a table already. */
static bool is_used(const char *url, bool *ret, struct err *e)
{
    static const struct sql_query some = {"restore.tables",
                                          "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND "
                                          "relnamespace = to_regnamespace(current_schema())",
                                          0, false, false};
    const struct sql_options o = {.read_only = true};
    AUTO(sql_close) struct sql *db = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_open(url, &o, &db, e) || !sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query_n(tx, &some, &rows, e, NULL, 0))
        return false;
    *ret = sql_next(rows) && sql_int(rows, 0) > 0;
    return sql_end(&rows, e);
}

bool sql_restore(const char *url, const char *path, struct err *e)
{
    const char *const words[] = {"pg_restore",
                                 "--single-transaction",
                                 "--exit-on-error",
                                 "--no-owner",
                                 "--no-privileges",
                                 "--dbname",
                                 "",
                                 path};
    bool used = false;

    if (!is_used(url, &used, e))
        return false;
    if (used)
        return ERR(e, ERR_CONFLICT, "sql.not_empty", "目标数据库里已有表：请另建一个空的（createdb）",
                   "the target database has tables already: make an empty one (createdb)");
    return run_with(url, words, COUNT_OF(words), e);
}
