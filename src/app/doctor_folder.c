/* wangge doctor: the data folder and the disk it lies on. */
#include "app/doctor.h"
#include "app/monitor.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    KEY_BYTES = 32,
    SYNC_TIMES = 20,
    SYNC_SLOW_US = 20000,
    BLOCK = 4096,
    HOUR_MS = 3600000
};
enum { NFS = 0x6969, SMB2 = 0xFE534D42, CIFS = 0xFF534D42, TMPFS = 0x01021994, RAMFS = 0x858458f6 };
static const uint64_t FREE_LEAST = 256u << 20, FREE_GOOD = 2048u << 20, WAL_MUCH = 1024u << 20;

static void path_in(const char *dir, const char *name, char ret[PATH_BYTES])
{
    (void)snprintf(ret, PATH_BYTES, "%s/%s", dir, name);
}

static bool wrong(struct doctor *x, const char *key, struct words what, const struct words *todo)
{
    doctor_says(x, VERDICT_WRONG, key, what, todo);
    return false;
}

/* --- owner and mode --- */

static const char *owner_name(uid_t uid, char ret[32])
{
    const struct passwd *pw = getpwuid(uid);

    (void)snprintf(ret, 32, "%s", pw == NULL ? "" : pw->pw_name);
    if (pw == NULL)
        (void)snprintf(ret, 32, "%u", (unsigned)uid);
    return ret;
}

static bool look_at_folder(struct doctor *x, struct stat *ret)
{
    char path[PATH_BYTES];

    if (stat(x->dir, ret) != 0 || !S_ISDIR(ret->st_mode))
        return wrong(x, "folder.none",
                     words("没有数据目录 %s：%s", "there is no data folder %s: %s", x->dir,
                           errno == 0 ? "is not a folder" : strerror(errno)),
                     DO_THIS("看路径对不对；新建用 wangge init --data %s",
                             "see whether the path is right; wangge init --data %s makes one", x->dir));
    if (access(x->dir, R_OK | X_OK) != 0)
        return wrong(x, "folder.forbidden", words("您不能读 %s", "you may not read %s", x->dir),
                     DO_THIS("以服务的用户运行：sudo -u wangge wangge doctor …",
                             "run it as the server's user: sudo -u wangge wangge doctor …"));
    path_in(x->dir, "wangge.db", path);
    if (options_db() == NULL && access(path, F_OK) != 0)
        return wrong(x, "folder.empty", words("%s 里没有数据库", "there is no database in %s", x->dir),
                     DO_THIS("wangge init --data %s，或从备份还原 wangge restore",
                             "wangge init --data %s, or wangge restore from a backup", x->dir));
    if (access(x->dir, W_OK) != 0)
        doctor_says(x, VERDICT_ADVICE, "folder.read_only",
                    words("您不能写 %s（服务的用户要能写）",
                          "you may not write to %s (the server's user must)", x->dir),
                    DO_THIS("看所有者、挂载选项：ls -ld、findmnt -T %s",
                            "see owner and mount: ls -ld, findmnt -T %s", x->dir));
    if ((ret->st_mode & 077) != 0)
        doctor_says(x, VERDICT_ADVICE, "folder.open",
                    words("%s 对别的用户开放（%o）", "%s is open to other users (%o)", x->dir,
                          (unsigned)ret->st_mode & 0777),
                    DO_THIS("chmod 700 %s", "chmod 700 %s", x->dir));
    else
        doctor_says(x, VERDICT_GOOD, "folder", words("数据目录 %s", "data folder %s", x->dir), NULL);
    return true;
}

/* Somebody ran a command as root: the server can no longer write what it made. */
static void look_at_owners(struct doctor *x, uid_t uid)
{
    DIR *d = opendir(x->dir);
    char path[PATH_BYTES], is[32], ought[32];
    struct stat st;

    for (const struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
        path_in(x->dir, f->d_name, path);
        if (strcmp(f->d_name, "..") == 0 || lstat(path, &st) != 0 || st.st_uid == uid)
            continue;
        (void)wrong(x, "folder.owner",
                    words("%s 属于 %s，目录属于 %s：服务可能写不了它",
                          "%s belongs to %s, the folder to %s: the server may not be able to write it", path,
                          owner_name(st.st_uid, is), owner_name(uid, ought)),
                    DO_THIS("chown -R %s: %s；命令要以服务的用户运行",
                            "chown -R %s: %s; run commands as the server's user", ought, x->dir));
        break;
    }
    if (d != NULL)
        (void)closedir(d);
}

static bool look_at_key(struct doctor *x)
{
    char path[PATH_BYTES];
    struct stat st;

    path_in(x->dir, "secret.key", path);
    if (lstat(path, &st) != 0)
        return wrong(x, "key.missing",
                     words("没有密钥文件 %s：%s", "there is no key file %s: %s", path, strerror(errno)),
                     DO_THIS("从备份取回；另造一个没有用，个人信息仍打不开",
                             "get it back from a backup; a new one opens no personal field"));
    if (!S_ISREG(st.st_mode) || st.st_size != KEY_BYTES)
        return wrong(x, "key.size",
                     words("密钥文件 %s 不是 32 字节", "the key file %s does not have 32 bytes", path),
                     DO_THIS("从备份取回", "get it back from a backup"));
    if ((st.st_mode & 077) != 0)
        return wrong(x, "key.open",
                     words("密钥文件 %s 可被他人读取（%o）", "the key file %s is open to others (%o)", path,
                           (unsigned)st.st_mode & 0777),
                     DO_THIS("chmod 600 %s；若已被人读走，视为泄露",
                             "chmod 600 %s; if others have read it, it has leaked", path));
    doctor_says(x, VERDICT_GOOD, "key",
                words("密钥文件在，仅所有者可读", "the key is there, for its owner only"), NULL);
    return true;
}

/* --- the disk --- */

void doctor_room(struct doctor *x, const char *dir)
{
    struct statvfs v = {0};
    uint64_t room, size;
    double gb;

    if (statvfs(dir, &v) != 0)
        return;
    room = (uint64_t)v.f_bavail * v.f_frsize;
    size = (uint64_t)v.f_blocks * v.f_frsize;
    gb = (double)room / 1e9;
    if (room < FREE_LEAST || (v.f_files > 0 && v.f_favail < 1000))
        (void)wrong(x, "disk.full",
                    words("%s 所在的盘只剩 %.2f GB（%lu 个节点）：很快就要拒绝写入",
                          "the disk of %s has %.2f GB (%lu inodes) left: writing will be refused soon", dir,
                          gb, (unsigned long)v.f_favail),
                    DO_THIS("腾出或扩大磁盘", "make room, or a larger disk"));
    else if (room < FREE_GOOD || room < size / 10)
        doctor_says(x, VERDICT_ADVICE, "disk.low",
                    words("%s 所在的盘只剩 %.1f GB（%.0f%%）", "the disk of %s has %.1f GB (%.0f %%) left",
                          dir, gb, 100 * (double)room / (double)size),
                    DO_THIS("腾出或扩大磁盘；用 tools/capacity.py 估算",
                            "make room; tools/capacity.py says how much it takes"));
    else
        doctor_says(x, VERDICT_GOOD, "disk.room",
                    words("%s 所在的盘剩余 %.1f GB", "the disk of %s has %.1f GB left", dir, gb), NULL);
}

static void look_at_kind(struct doctor *x)
{
    struct statfs fs;
    unsigned long type;

    if (statfs(x->dir, &fs) != 0)
        return;
    type = (unsigned long)fs.f_type & 0xFFFFFFFFUL;
    if (options_db() == NULL && (type == NFS || type == (unsigned)SMB2 || type == (unsigned)CIFS))
        (void)wrong(x, "disk.network",
                    words("数据目录在网络盘上，数据库会损坏",
                          "the data folder is on a network disk: databases break there"),
                    DO_THIS("移到本机的盘上", "move it to a disk of this machine"));
    else if (type == TMPFS || type == (unsigned)RAMFS)
        doctor_says(
            x, VERDICT_ADVICE, "disk.memory",
            words("数据目录在内存里，重启后就没有了",
                  "the data folder is in memory: it is gone after a restart"),
            DO_THIS("除非只是试用，移到真正的盘上", "move it to a real disk, unless you only try it out"));
}

static int by_value(const void *a, const void *b)
{
    const int64_t *l = a, *r = b;

    return (*l > *r) - (*l < *r);
}

/* Half of all commits take longer than this. -1: nothing can be written here. */
static int64_t sync_us(const char *dir)
{
    static const char block[BLOCK];
    int64_t took[SYNC_TIMES];
    int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600), n = 0;

    for (; fd >= 0 && n < SYNC_TIMES; n++) {
        int64_t from = time_monotonic_us();

        if (write(fd, block, BLOCK) != BLOCK || fdatasync(fd) != 0)
            break;
        took[n] = time_monotonic_us() - from;
    }
    if (fd >= 0)
        (void)close(fd);
    if (n == 0)
        return -1;
    qsort(took, (size_t)n, sizeof(*took), by_value);
    return took[n / 2];
}

static void look_at_speed(struct doctor *x)
{
    int64_t us = sync_us(x->dir);

    if (us >= SYNC_SLOW_US)
        doctor_says(x, VERDICT_ADVICE, "disk.slow",
                    words("磁盘确认一次落盘要 %.1f 毫秒", "the disk takes %.1f ms to confirm a write",
                          (double)us / 1000),
                    DO_THIS("数据目录应放在固态盘上", "the data folder belongs on a solid-state disk"));
    else if (us >= 0)
        doctor_says(
            x, VERDICT_GOOD, "disk.speed",
            words("磁盘确认一次落盘 %.2f 毫秒", "the disk confirms a write in %.2f ms", (double)us / 1000),
            NULL);
}

static void look_at_log(struct doctor *x)
{
    char path[PATH_BYTES];
    struct stat st;

    path_in(x->dir, "wangge.db-wal", path);
    if (stat(path, &st) == 0 && (uint64_t)st.st_size > WAL_MUCH)
        doctor_says(
            x, VERDICT_ADVICE, "database.log",
            words("预写日志有 %.1f GB", "the write-ahead log has %.1f GB", (double)st.st_size / 1e9),
            DO_THIS("有读者长时间不放（如很慢的导出），等它结束；重启服务也会收回",
                    "somebody reads one snapshot for very long; it shrinks afterwards, or at a restart"));
}

/* --- who has it --- */

/* Whose lock it is, as the kernel lists them. 0: not told. */
static long holder_of(const struct stat *lock)
{
    FILE *f = fopen("/proc/locks", "re");
    char line[256], inode[40];
    long pid = 0;

    (void)snprintf(inode, sizeof(inode), ":%llu ", (unsigned long long)lock->st_ino);
    while (f != NULL && pid == 0 && fgets(line, sizeof(line), f) != NULL) {
        const char *who = strstr(line, " WRITE ");

        if (who != NULL && strstr(line, " FLOCK ") != NULL && strstr(line, "->") == NULL &&
            strstr(line, inode) != NULL)
            pid = strtol(who + strlen(" WRITE "), NULL, 10);
    }
    if (f != NULL)
        (void)fclose(f);
    return pid;
}

static void look_at_lock(struct doctor *x)
{
    char path[PATH_BYTES];
    struct stat st;
    int fd;

    path_in(x->dir, "wangge.lock", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        x->served = true;
        doctor_says(x, VERDICT_GOOD, "lock",
                    words("正由进程 %ld 写入（服务或导入）", "process %ld is writing (a server or an import)",
                          holder_of(&st)),
                    NULL);
    }
    if (fd >= 0)
        (void)close(fd);
}

/* --- when it was saved --- */

static void no_backup(struct doctor *x)
{
    if (options_db() != NULL)
        doctor_says(x, VERDICT_ADVICE, "backup.none",
                    words("从未备份，数据库服务器也没有在归档日志",
                          "there has never been a backup, nor does the database server archive its log"),
                    DO_THIS("见 docs/operations/backup.md：pg_basebackup 加归档，或 wangge backup",
                            "docs/operations/backup.md: pg_basebackup and an archive, or wangge backup"));
    else
        doctor_says(
            x, VERDICT_ADVICE, "backup.none", words("从未备份", "there has never been a backup"),
            DO_THIS("systemctl enable --now wangge-backup.timer，或定时运行 wangge backup",
                    "systemctl enable --now wangge-backup.timer, or run wangge backup on a schedule"));
}

void doctor_backup(struct doctor *x)
{
    enum { HOURS_MAX = 48 };
    int64_t at = monitor_last_backup(x->dir), hours = (time_now_ms() - at) / HOUR_MS;

    if (x->archives)
        doctor_says(x, VERDICT_GOOD, "backup",
                    words("数据库服务器在归档日志；基础备份须另外安排",
                          "the database server archives its log; base backups are yours to arrange"),
                    NULL);
    else if (at == 0)
        no_backup(x);
    else if (hours > HOURS_MAX)
        doctor_says(x, VERDICT_ADVICE, "backup.old",
                    words("上次备份是 %lld 小时前", "the last backup is %lld hours old", (long long)hours),
                    DO_THIS("看定时备份为何没跑：systemctl status wangge-backup",
                            "see why none was made: systemctl status wangge-backup"));
    else
        doctor_says(x, VERDICT_GOOD, "backup",
                    words("上次备份是 %lld 小时前", "the last backup is %lld hours old", (long long)hours),
                    NULL);
}

bool doctor_folder(struct doctor *x)
{
    struct stat st = {0};

    errno = 0;
    if (!look_at_folder(x, &st))
        return false;
    look_at_owners(x, st.st_uid);
    x->key = look_at_key(x);
    look_at_kind(x);
    doctor_room(x, x->dir);
    look_at_speed(x);
    look_at_log(x);
    look_at_lock(x);
    return true;
}
