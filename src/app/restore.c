/* wangge restore: a data folder from a backup. */
#include "app/cli.h"
#include "app/manifest.h"
#include "app/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static const char help[];
const struct subcommand restore_command;

static bool cannot(const char *path, struct err *e)
{
    return ERR(e, ERR_BUSY, "backup.file", "%s 无法读写：%s", "%s cannot be read or written: %s", path,
               strerror(errno));
}

static void close_file(FILE **f)
{
    if (*f != NULL)
        (void)fclose(*f);
    *f = NULL;
}

/* Every folder on the way to a file. */
static bool make_parents(char *path, size_t from, struct err *e)
{
    for (char *s = path + from; (s = strchr(s, '/')) != NULL; s++) {
        *s = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return cannot(path, e);
        *s = '/';
    }
    return true;
}

static bool fits(const struct manifest_line *l, const char *hash, int64_t size, struct err *e)
{
    return (strcmp(l->hash, hash) == 0 && l->size == size) ||
           ERR(e, ERR_INVALID, "backup.damaged", "备份里的 %s 与清单不符，已损坏",
               "%s in the backup is not what its manifest says: it is damaged", l->path);
}

/* Reads every file of the backup; with `to`, copies it there. */
static bool walk(const char *from, const char *to, struct err *e)
{
    AUTO(close_file) FILE *f = NULL;
    struct manifest_line l;
    struct progress p;
    int64_t files = 0, done = 0;
    bool more = true, ok;

    if (!manifest_open(from, &f, &files, e))
        return false;
    progress_begin(&p, to == NULL ? "校验 checking" : "复制 copying", files);
    while ((ok = manifest_next(f, &l, &more, e)) && more) {
        char source[PATH_BYTES], target[PATH_BYTES], hash[65];
        int64_t size = 0;

        progress_step(&p, ++done);
        if (to != NULL && strcmp(l.path, MANIFEST_DUMP) == 0)
            continue; /* it goes to the server */
        (void)snprintf(source, sizeof(source), "%s/%s", from, l.path);
        (void)snprintf(target, sizeof(target), "%s/%s", to == NULL ? "" : to, l.path);
        if (to != NULL && !make_parents(target, strlen(to) + 1, e))
            return false;
        if (!(to == NULL ? manifest_hash(source, hash, &size, e)
                         : manifest_copy(source, target, hash, &size, e)) ||
            !fits(&l, hash, size, e))
            return false;
    }
    progress_end(&p, done);
    return ok;
}

/* A backup has a file of SQLite or a dump for a server, and --db says where the server is. */
static bool database_fits(const char *dump, struct err *e)
{
    bool server = access(dump, F_OK) == 0;

    if (server && options_db() == NULL)
        return ERR(e, ERR_INVALID, "backup.needs_db",
                   "这份备份里的数据库来自 PostgreSQL：用 --db 给出一个空数据库的地址（createdb）",
                   "the database in this backup is PostgreSQL's: give the address of an empty one with --db "
                   "(createdb)");
    if (!server && options_db() != NULL)
        return ERR(
            e, ERR_INVALID, "backup.no_db",
            "这份备份里的数据库是 SQLite 的文件：不用 --db（也不设 WANGGE_DB）还原，再用 wangge move 移过去",
            "the database in this backup is a file of SQLite: restore it without --db (and WANGGE_DB), "
            "then wangge move");
    return true;
}

/* Into DIR.part, which becomes DIR when all of it is there. */
static bool restore(const char *from, const char *dir, struct err *e)
{
    char part[PATH_BYTES], dump[PATH_BYTES];

    if (rmdir(dir) != 0 && errno != ENOENT)
        return ERR(e, ERR_CONFLICT, "backup.not_empty", "%s 不是空的，不会覆盖",
                   "%s is not empty: nothing is overwritten", dir);
    (void)snprintf(part, sizeof(part), "%s.part", dir);
    (void)snprintf(dump, sizeof(dump), "%s/" MANIFEST_DUMP, from);
    if (!database_fits(dump, e) || !walk(from, NULL, e) ||
        (options_db() != NULL && !sql_restore(options_db(), dump, e)))
        return false;
    if (mkdir(part, 0700) != 0)
        return cannot(part, e);
    if (!walk(from, part, e))
        return false;
    return rename(part, dir) == 0 || cannot(dir, e);
}

static int check(const char *dir, const char *pack)
{
    const struct district_options o = {.dir = dir,
                                       .db = options_db(),
                                       .read_only = true,
                                       .no_door = true,
                                       .pack_dirs = &pack,
                                       .n_pack_dirs = pack != NULL};
    AUTO(district_close) struct district *d = NULL;
    struct verify_result result;
    struct err e = {0};

    if (!district_open(&o, &d, &e) || !verify_and_print(d, &result, &e))
        return print_err("wangge restore", &e);
    return result.differences > 0;
}

static int run(int argc, char **argv)
{
    const char *dir = NULL, *pack = NULL, *from = NULL;
    const struct option_def defs[] = {{"data", &dir, NULL}, {"pack", &pack, NULL}, {"from", &from, NULL}};
    char key[PATH_BYTES], **operands;
    struct err e = {0};
    int n;

    options_parse(&restore_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (dir == NULL || from == NULL || n > 0)
        return cli_usage(&restore_command);
    if (!restore(from, dir, &e))
        return print_err("wangge restore", &e);
    (void)snprintf(key, sizeof(key), "%s/secret.key", dir);
    if (access(key, F_OK) != 0) {
        (void)printf("备份不含密钥：把 secret.key 放到 %s，再运行 wangge verify\n"
                     "the backup has no key: put it at %s, then run wangge verify\n",
                     key, key);
        return 0;
    }
    return check(dir, pack);
}

static const char help[] =
    "用法 usage: wangge restore --from FOLDER --data DIR\n\n"
    "从备份建立数据目录：先校验，再复制，最后核对全部数据。\n"
    "Makes a data folder from a backup: checks its hashes, copies it, then recounts everything.\n\n"
    "  --from FOLDER      wangge backup 的结果 made by wangge backup\n"
    "  --data DIR         新的或空的文件夹；绝不覆盖 a new or empty folder: nothing is ever overwritten\n"
    "  --pack DIR         服务所用的另一个程序包目录 the further pack that serve was given\n\n"
    "数据库来自 PostgreSQL 的备份要 --db：一个空的数据库，由 pg_restore 填满。\n"
    "A backup of PostgreSQL's wants --db: an empty database, which pg_restore fills.\n\n"
    "例 example: wangge restore --from /backup/wangge-2026-11-21 --data data\n";
const struct subcommand restore_command = {"restore", "从备份还原 from a backup", help, run};
