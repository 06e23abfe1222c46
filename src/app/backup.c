/* wangge backup: a folder from which the district can be made again. */
#include "app/backup.h"

#include "app/cli.h"
#include "app/manifest.h"
#include "app/monitor.h"
#include "base/clock.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NAME_BYTES = 1024 };

static const char help[];
const struct subcommand backup_command;

struct backup {
    struct district *d;
    const char *to, *base; /* base: an earlier backup, or NULL */
    FILE *manifest;
    bool quiet;
    int64_t files, bytes, linked;
    struct progress progress;
};

/* A server does not tell its log of each file. */
static void begin(struct backup *b, const char *what)
{
    if (!b->quiet)
        progress_begin(&b->progress, what, 0);
}

static void step(struct backup *b, int64_t done)
{
    if (!b->quiet)
        progress_step(&b->progress, done);
}

static void finish(struct backup *b, int64_t done)
{
    if (!b->quiet)
        progress_end(&b->progress, done);
}

static bool cannot(const char *path, struct err *e)
{
    return ERR(e, ERR_BUSY, "backup.file", "%s 无法读写：%s", "%s cannot be read or written: %s", path,
               strerror(errno));
}

static void add_line(struct backup *b, const char *hash, int64_t size, const char *path)
{
    (void)fprintf(b->manifest, "%s  %" PRId64 "  %s\n", hash, size, path);
    b->bytes += size;
    step(b, ++b->files);
}

/* The hash that evidence is named by, "files/ab/cdef…"; false for what has another name. */
static bool named_by(const char *path, char ret[65])
{
    static const char folder[] = "files/";
    const char *name = path + strlen(folder);

    if (!str_starts(path, folder) || strlen(name) != 65 || name[2] != '/')
        return false;
    (void)snprintf(ret, 65, "%.2s%s", name, name + 3);
    return strspn(ret, "0123456789abcdef") == 64;
}

/* Evidence never changes. What the earlier backup has of it is read, and where it is still what was stored it
 * becomes part of this backup, too, without being written again. Otherwise, and where the file system
 * cannot do that, it is copied. */
static bool link_file(struct backup *b, const char *path, const char *from, const char *to)
{
    char old[PATH_BYTES], named[65], hash[65];
    struct stat is, was;
    struct err ignored = {0};
    int64_t size = 0;

    (void)snprintf(old, sizeof(old), "%s/%s", b->base, path);
    if (!named_by(path, named) || stat(from, &is) != 0 || lstat(old, &was) != 0 || !S_ISREG(was.st_mode) ||
        is.st_size != was.st_size || !manifest_hash(old, hash, &size, &ignored) || strcmp(hash, named) != 0 ||
        link(old, to) != 0)
        return false;
    add_line(b, hash, size, path);
    b->linked++;
    return true;
}

static bool take_file(struct backup *b, const char *path, struct err *e)
{
    char from[PATH_BYTES], to[PATH_BYTES], hash[65];
    int64_t size = 0;

    (void)snprintf(from, sizeof(from), "%s/%s", b->d->dir, path);
    (void)snprintf(to, sizeof(to), "%s/%s", b->to, path);
    if (access(from, F_OK) != 0 && errno == ENOENT)
        return true; /* a loose file that was swept meanwhile */
    if (b->base != NULL && link_file(b, path, from, to))
        return true;
    if (!manifest_copy(from, to, hash, &size, e))
        return false;
    add_line(b, hash, size, path);
    return true;
}

static bool make_dir(const char *path, struct err *e)
{
    return mkdir(path, 0700) == 0 || cannot(path, e);
}

static bool take_folder(struct backup *b, const char *path, struct err *e);

/* NOLINTNEXTLINE(misc-no-recursion): a path is at most NAME_BYTES long */
static bool take_entry(struct backup *b, const char *path, struct err *e)
{
    char from[PATH_BYTES];
    struct stat st;

    (void)snprintf(from, sizeof(from), "%s/%s", b->d->dir, path);
    if (lstat(from, &st) != 0)
        return errno == ENOENT || cannot(from, e);
    if (S_ISDIR(st.st_mode))
        return take_folder(b, path, e);
    return !S_ISREG(st.st_mode) || take_file(b, path, e);
}

/* What lies below a folder of the data folder.
 * NOLINTNEXTLINE(misc-no-recursion): a path is at most NAME_BYTES long */
static bool take_folder(struct backup *b, const char *path, struct err *e)
{
    char full[PATH_BYTES], one[NAME_BYTES];
    bool ok = true;
    DIR *dir;

    (void)snprintf(full, sizeof(full), "%s/%s", b->d->dir, path);
    dir = opendir(full);
    if (dir == NULL)
        return errno == ENOENT || cannot(full, e);
    (void)snprintf(full, sizeof(full), "%s/%s", b->to, path);
    ok = make_dir(full, e);
    for (const struct dirent *f; ok && (f = readdir(dir)) != NULL;) {
        if (f->d_name[0] == '.')
            continue;
        /* Nothing is left out without a word. */
        if (snprintf(one, sizeof(one), "%s/%s", path, f->d_name) >= (int)sizeof(one))
            ok = ERR(e, ERR_TOO_LARGE, "backup.path", "路径过长：%s", "a path is too long: %s", one);
        else
            ok = take_entry(b, one, e);
    }
    (void)closedir(dir);
    return ok;
}

static void pages(void *ctx, int done, int total)
{
    struct backup *b = ctx;

    b->progress.total = total;
    step(b, done);
}

/* First, so that every file its rows name is still to be copied. */
static bool take_database(struct backup *b, struct err *e)
{
    const char *name = sql_is_shared(b->d->db) ? MANIFEST_DUMP : MANIFEST_DATABASE;
    char path[PATH_BYTES], hash[65];
    int64_t size = 0;
    bool ok;

    (void)snprintf(path, sizeof(path), "%s/%s", b->to, name);
    begin(b, "数据库 database pages");
    ok = sql_backup(b->d->db, path, pages, b, e) && manifest_hash(path, hash, &size, e);
    finish(b, b->progress.total);
    begin(b, "文件 files");
    if (ok)
        add_line(b, hash, size, name);
    return ok;
}

static bool take_all(struct backup *b, bool with_key, struct err *e)
{
    bool ok = take_database(b, e) && (!with_key || take_file(b, "secret.key", e)) &&
              take_file(b, "district", e) && take_folder(b, "files", e) && take_folder(b, "packs", e);

    finish(b, b->files);
    return ok;
}

static bool sync_dir(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok || cannot(path, e);
}

/* The manifest's last line is written last: without it, it is no backup. */
static bool write_backup(struct backup *b, bool with_key, struct err *e)
{
    char path[PATH_BYTES];
    bool ok;

    (void)snprintf(path, sizeof(path), "%s/" MANIFEST_NAME, b->to);
    b->manifest = fopen(path, "wxe");
    if (b->manifest == NULL)
        return cannot(path, e);
    (void)fputs(MANIFEST_HEAD "\n", b->manifest);
    ok = take_all(b, with_key, e);
    if (ok)
        (void)fprintf(b->manifest, "end %" PRId64 "\n", b->files);
    if (ok && (fflush(b->manifest) != 0 || fsync(fileno(b->manifest)) != 0))
        ok = cannot(path, e);
    (void)fclose(b->manifest);
    return ok && sync_dir(b->to, e);
}

static bool is_whole(const char *dir, struct err *e)
{
    FILE *f = NULL;
    int64_t files;

    if (!manifest_open(dir, &f, &files, e))
        return false;
    (void)fclose(f);
    return true;
}

static bool back_up(struct backup *b, const char *to, bool with_key, struct err *e)
{
    char part[PATH_BYTES];

    if (access(to, F_OK) == 0)
        return ERR(e, ERR_CONFLICT, "backup.exists", "%s 已存在，请给一个新的名字",
                   "%s exists already: give a new name", to);
    if (b->base != NULL && !is_whole(b->base, e))
        return false;
    (void)snprintf(part, sizeof(part), "%s.part", to);
    b->to = part;
    bool whole = make_dir(part, e) && write_backup(b, with_key, e);
    b->to = NULL;
    return whole && (rename(part, to) == 0 || cannot(to, e));
}

/* For /metrics and `wangge doctor`, which say when a backup is overdue. The backup is good without it. */
static void note(const struct district *d)
{
    char path[PATH_BYTES], part[PATH_BYTES], when[RFC3339_MAX];
    FILE *f;
    bool ok;

    (void)snprintf(path, sizeof(path), "%s/" BACKUP_NOTE, d->dir);
    (void)snprintf(part, sizeof(part), "%s/" BACKUP_NOTE ".part", d->dir);
    rfc3339_format(time_now_ms(), d->offset_min, when);
    f = fopen(part, "we");
    ok = f != NULL && fprintf(f, "%s\n", when) > 0;
    ok = f != NULL && fclose(f) == 0 && ok && rename(part, path) == 0;
    if (!ok)
        (void)fprintf(stderr,
                      "备份已完成，但无法记到 %s（%s），监测会以为没有备份\n"
                      "the backup is whole, but %s cannot be written (%s): monitoring will miss it\n",
                      path, strerror(errno), path, strerror(errno));
}

bool backup_make(struct district *d, const char *to, bool with_key, struct err *e)
{
    struct backup b = {.d = d, .quiet = true};

    if (!back_up(&b, to, with_key, e))
        return false;
    note(d);
    return true;
}

static int run(int argc, char **argv)
{
    const char *data = NULL, *pack = NULL, *to = NULL, *base = NULL;
    bool without_key = false;
    const struct option_def defs[] = {{"data", &data, NULL},
                                      {"pack", &pack, NULL},
                                      {"to", &to, NULL},
                                      {"base", &base, NULL},
                                      {"without-key", NULL, &without_key}};
    AUTO(district_close) struct district *d = NULL;
    struct backup b = {0};
    struct err e = {0};
    char **operands;
    int n;

    options_parse(&backup_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (data == NULL || to == NULL || n > 0)
        return cli_usage(&backup_command);
    if (!cli_open(data, pack, CLI_READ, &d, &e))
        return print_err("wangge backup", &e);
    b.d = d;
    b.base = base;
    if (!back_up(&b, to, !without_key, &e))
        return print_err("wangge backup", &e);
    note(d);
    (void)printf("%s: %" PRId64 " 个文件 files, %" PRId64 " 字节 bytes；其中 of them %" PRId64
                 " 个与上次共用 shared with the earlier one%s\n",
                 to, b.files, b.bytes, b.linked,
                 without_key ? "；不含密钥，请另存 secret.key without the key: keep secret.key elsewhere"
                             : "");
    return 0;
}

static const char help[] =
    "用法 usage: wangge backup --data DIR --to FOLDER [--base EARLIER] [--without-key]\n\n"
    "备份整个区：数据库、文件、程序包、密钥，附清单与校验值。服务运行时也可备份。\n"
    "A copy of the whole district: database, files, packs, key, with a manifest of hashes. The server may "
    "run.\n\n"
    "  --data DIR         数据目录 made by wangge init\n"
    "  --to FOLDER        新的文件夹，备份完整后才出现 a new folder, which appears when it is whole\n"
    "  --base EARLIER     "
    "同一块盘上的一份完整备份：其中没变的照片等文件不再复制，两份共用（硬链接），都仍完整\n"
    "                     a whole backup on the same disk: files that it has are not copied again but shared "
    "by both (hard\n"
    "                     links), after their hashes were checked; either may be deleted\n"
    "  --without-key      不含 secret.key；没有它，个人信息无法还原 leaves out secret.key, without which "
    "personal fields\n"
    "                     cannot be read: keep it apart from the backups, not in none\n"
    "  --pack DIR         服务所用的另一个程序包目录 the further pack that serve was given\n\n"
    "数据库在 PostgreSQL 上（--db）时，它由 pg_dump 写成 wangge.dump；须已安装 postgresql-client。\n"
    "With --db the database is what pg_dump makes of it, wangge.dump; postgresql-client must be "
    "installed.\n\n"
    "例 example: wangge backup --data data --to /backup/wangge-2026-11-21\n"
    "还原 restoring: wangge restore --from FOLDER --data NEW\n";
const struct subcommand backup_command = {"backup", "备份 a copy of everything", help, run};
