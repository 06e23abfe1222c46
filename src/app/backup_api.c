/* GET and POST /backups: a backup is made beside everything else, by a thread of its own, below DIR/backups.
 */
#include "app/backup.h"
#include "app/monitor.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/account.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { PATH_BYTES = 3000, KEPT_MAX = 60, DETAIL_BYTES = 4096 };

/* The one that runs, or how the last one ended. */
static struct {
    pthread_mutex_t lock;
    pthread_t thread;
    bool running, started; /* started: to be joined */
    struct district *d;
    char to[PATH_BYTES + 64];
    struct err e; /* key NULL: well */
} job = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *work(void *arg)
{
    struct err e = {0};

    (void)arg;
    if (!backup_make(job.d, job.to, true, &e))
        log_err("backup", &e);
    (void)pthread_mutex_lock(&job.lock);
    job.e = e;
    job.running = false;
    (void)pthread_mutex_unlock(&job.lock);
    return NULL;
}

static void join(void)
{
    if (job.started)
        (void)pthread_join(job.thread, NULL);
    job.started = false;
}

void backup_wait(void)
{
    join();
}

/* A server's address has no file; then the backup itself says what to do. */
static bool room_for(const struct district *d, struct err *e)
{
    char path[PATH_BYTES + 16];
    struct statvfs vfs;
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/wangge.db", d->dir);
    if (stat(path, &st) != 0 || statvfs(d->dir, &vfs) != 0)
        return true;
    uint64_t free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    return free_bytes / 5 * 4 > (uint64_t)st.st_size ||
           ERR(e, ERR_CONFLICT, "backup.room",
               "磁盘只剩 %llu MB，不够再放一份数据库；请腾出空间，或用 wangge backup --to 备到别处",
               "the disk has %llu MB left, not enough for one more copy: make room, or use wangge backup "
               "--to elsewhere",
               (unsigned long long)(free_bytes >> 20));
}

static bool begin(struct district *d, int64_t now, struct err *e)
{
    struct civil c = civil_from_ms(now, d->offset_min);
    char folder[PATH_BYTES];

    if (strlen(d->dir) > PATH_BYTES - 16)
        return ERR(e, ERR_TOO_LARGE, "backup.path", "路径过长：%s", "a path is too long: %s", d->dir);
    (void)snprintf(folder, sizeof(folder), "%s/backups", d->dir);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return ERR(e, ERR_BUSY, "backup.file", "%s 无法读写：%s", "%s cannot be read or written: %s", folder,
                   strerror(errno));
    (void)snprintf(job.to, sizeof(job.to), "%s/wangge-%04d%02d%02d-%02d%02d%02d", folder, c.year, c.month,
                   c.day, c.hour, c.minute, c.second);
    job.d = d;
    job.e = (struct err){0};
    job.running = job.started = pthread_create(&job.thread, NULL, work, NULL) == 0;
    return job.running || ERR(e, ERR_BUSY, "backup.thread", "无法开始备份，请稍后再试",
                              "the backup cannot be started, try again soon");
}

static bool start(struct district *d, int64_t now, struct err *e)
{
    bool ok = !job.running || ERR(e, ERR_CONFLICT, "backup.running", "正在备份，请等它完成",
                                  "a backup is being made: wait for it");

    if (!ok)
        return false;
    join();
    return room_for(d, e) && begin(d, now, e);
}

static bool add_audit(struct req *r, struct err *e)
{
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct json_out j;

    if (!sql_begin(by.db, SQL_WRITE, &tx, e))
        return false;
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_close(&j);
    return audit_add(tx, &by, "backup.make", "", &j, e) && sql_commit(&tx, e);
}

/* Whole backups, by name: those in the making end in .part. */
static void write_list(struct req *r, const char *folder)
{
    char path[PATH_BYTES + 300];
    DIR *d = opendir(folder);
    int n = 0;

    jo_arr(&r->out, "items");
    for (const struct dirent *f; d != NULL && n < KEPT_MAX && (f = readdir(d)) != NULL;) {
        struct stat st;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, f->d_name);
        if (!str_starts(f->d_name, "wangge-") || str_ends(f->d_name, ".part") || stat(path, &st) != 0)
            continue;
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "name", f->d_name);
        jo_time(&r->out, "at", (int64_t)st.st_mtime * 1000, r->services->offset_min);
        jo_close(&r->out);
        n++;
    }
    if (d != NULL)
        (void)closedir(d);
    jo_close(&r->out);
}

static bool get_backups(struct req *r, struct err *e)
{
    char folder[PATH_BYTES];
    struct err failed;
    bool running;

    (void)e;
    (void)pthread_mutex_lock(&job.lock);
    running = job.running;
    failed = job.e;
    (void)pthread_mutex_unlock(&job.lock);
    (void)snprintf(folder, sizeof(folder), "%s/backups", r->services->data_dir);
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "folder", folder);
    jo_bool(&r->out, "running", running);
    jo_time(&r->out, "last", monitor_last_backup(r->services->data_dir), r->services->offset_min);
    jo_str(&r->out, "problem", failed.key == NULL ? NULL : r->lang == LANG_EN ? failed.en : failed.zh);
    write_list(r, folder);
    jo_close(&r->out);
    return true;
}

static bool post_backup(struct req *r, struct err *e)
{
    bool ok;

    if (!add_audit(r, e))
        return false;
    (void)pthread_mutex_lock(&job.lock);
    ok = start(r->services->owner, r->now, e);
    (void)pthread_mutex_unlock(&job.lock);
    r->status = 202;
    return ok && get_backups(r, e);
}

const struct route backup_routes[] = {
    {GET, "/api/v1/backups", PERM_ADMIN, BODY_NONE, get_backups, NULL, 0,
     "When the last backup was made, those that were asked for here, and where they lie", "Backups"},
    {POST, "/api/v1/backups", PERM_ADMIN, BODY_NONE, post_backup, NULL, 0,
     "Make a backup now; it appears in the list when it is whole", "Backups"},
    {.method = METHOD_UNSET},
};
