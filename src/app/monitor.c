#include "app/monitor.h"

#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "notice/notice.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { TEXT_MAX = 4 * 1024 * 1024, PATH_BYTES = 4096, MS_PER_S = 1000 };
/* A batch takes milliseconds: one that takes so long waits for a disk, a lock or a standby. */
enum { WRITE_IS_STUCK_MS = 5000 };

/* Requests may come before the server that runs them is told. */
static const struct http_server *_Atomic running;
static atomic_bool leaving;

void monitor_server(const struct http_server *s)
{
    atomic_store(&running, s);
}

static bool healthz(struct req *r, struct err *e)
{
    (void)e;
    r->content_type = "text/plain; charset=utf-8";
    r->raw = "ok\n";
    r->raw_len = strlen(r->raw);
    return true;
}

void monitor_leaving(void)
{
    atomic_store(&leaving, true);
}

/* Writing that waits for a standby is said, but does not make us unready: that would be so on every server,
 * and nobody could read any more. */
static void tell_waiting(struct req *r, int64_t waiting_ms)
{
    int seconds = (int)(waiting_ms / MS_PER_S);

    r->raw = arena_printf(r->arena,
                          "ok，但写入已等待 %d 秒（磁盘、锁或备机）\n"
                          "ok, but writing has waited for %d s (a disk, a lock or a standby)\n",
                          seconds, seconds);
    r->raw_len = strlen(r->raw);
}

/* Ready when the database answers, until the server is told to end. */
static bool readyz(struct req *r, struct err *e)
{
    int64_t waiting_ms = door_waiting_ms(r->services->door);

    if (atomic_load(&leaving)) {
        e->retry_after_s = 5;
        return ERR(e, ERR_BUSY, "http.stopping", "服务正在停止，请稍后再试",
                   "the server is stopping, try again soon");
    }
    if (!sql_answers(r->services->db, e) || !healthz(r, e))
        return false;
    if (waiting_ms >= WRITE_IS_STUCK_MS)
        tell_waiting(r, waiting_ms);
    return true;
}

/* --- /metrics --- */

static void one(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    metric_head(out, name, type, help);
    metric_line(out, name, "", value);
}

static void gauge(struct buf *out, const char *name, const char *help, double value)
{
    one(out, name, "gauge", help, value);
}

/* Virtual and resident size, which the kernel counts in pages. */
static void memory(struct buf *out)
{
    double page = (double)sysconf(_SC_PAGESIZE);
    char line[128] = "", *end = line;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f == NULL)
        return;
    if (fgets(line, sizeof(line), f) != NULL) {
        gauge(out, "process_virtual_memory_bytes", "Virtual memory.", (double)strtoul(line, &end, 10) * page);
        gauge(out, "process_resident_memory_bytes", "Resident memory.",
              (double)strtoul(end, NULL, 10) * page);
    }
    (void)fclose(f);
}

static void descriptors(struct buf *out)
{
    DIR *d = opendir("/proc/self/fd");
    struct rlimit rl = {0};
    double n = -3; /* ".", ".." and that of this listing */

    if (d == NULL || getrlimit(RLIMIT_NOFILE, &rl) != 0)
        n = 0;
    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        (void)closedir(d);
    gauge(out, "process_open_fds", "Open file descriptors.", n);
    gauge(out, "process_max_fds", "Most file descriptors it may open.", (double)rl.rlim_cur);
}

static void process(struct buf *out, const struct services *s)
{
    struct rusage ru = {0};

    (void)getrusage(RUSAGE_SELF, &ru);
    one(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.",
        (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
            (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
    gauge(out, "process_start_time_seconds", "When it started, since 1970.", (double)s->started_at / 1000);
    memory(out);
    descriptors(out);
}

static double size_of(const char *dir, const char *name)
{
    char path[PATH_BYTES];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &st) == 0 ? (double)st.st_size : 0;
}

int64_t monitor_last_backup(const char *dir)
{
    char path[PATH_BYTES], line[RFC3339_MAX] = "";
    int64_t at = 0;
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/" BACKUP_NOTE, dir);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof(line), f) != NULL)
        line[strcspn(line, "\n")] = '\0';
    (void)fclose(f);
    return rfc3339_parse(line, &at) ? at : 0;
}

static void disk(struct buf *out, const char *dir)
{
    struct statvfs vfs;

    gauge(out, "wangge_database_bytes", "Size of the database file.", size_of(dir, "wangge.db"));
    gauge(out, "wangge_database_wal_bytes", "Size of its write-ahead log.", size_of(dir, "wangge.db-wal"));
    if (statvfs(dir, &vfs) == 0) {
        gauge(out, "wangge_disk_free_bytes", "Room left on the disk of the data folder.",
              (double)vfs.f_bavail * (double)vfs.f_frsize);
        gauge(out, "wangge_disk_bytes", "Size of that disk.", (double)vfs.f_blocks * (double)vfs.f_frsize);
    }
    gauge(out, "wangge_last_backup_seconds", "When the last backup was made, since 1970; 0: never.",
          (double)monitor_last_backup(dir) / 1000);
}

/* The earliest clock that should have rung and has not: 0 while the timer keeps up. */
static bool timer_lag(struct buf *out, const struct req *r, struct err *e)
{
    int64_t next = 0;

    if (!timer_next(r->services->db, r->services->district, &next, e))
        return false;
    gauge(out, "wangge_timer_lag_seconds", "How late the most overdue clock is that has not rung yet.",
          next > 0 && next < r->now ? (double)(r->now - next) / 1000 : 0);
    return true;
}

/* What should have gone out and has not: a few seconds' worth is usual. */
static bool notices(struct buf *out, const struct req *r, struct err *e)
{
    int64_t n, oldest_ms;

    if (!notice_waiting(r->services->db, r->services->district, r->now, &n, &oldest_ms, e))
        return false;
    gauge(out, "wangge_notice_waiting", "Notices whose time has come and that no channel has taken yet.",
          (double)n);
    gauge(out, "wangge_notice_oldest_seconds", "How long the longest of them has been due.",
          (double)oldest_ms / MS_PER_S);
    metric_write(out, notice_metrics);
    return true;
}

static bool metrics(struct req *r, struct err *e)
{
    const struct http_server *server = atomic_load(&running);
    const struct services *s = r->services;
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_MAX);
    metric_head(&out, "wangge_build_info", "gauge", "Which version runs.");
    metric_line(&out, "wangge_build_info", "version=\"" WANGGE_VERSION "\"", 1);
    if (server != NULL)
        http_metrics(server, &out);
    metric_write(&out, door_metrics);
    gauge(&out, "wangge_door_waiting_seconds", "How long the batch that is being written has taken so far.",
          (double)door_waiting_ms(s->door) / MS_PER_S);
    one(&out, "wangge_history_entries", "gauge", "Entries of the history.", (double)door_seq(s->door));
    ok = timer_lag(&out, r, e) && notices(&out, r, e);
    if (s->data_dir != NULL)
        disk(&out, s->data_dir);
    metric_write(&out, log_metrics);
    process(&out, s);
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";
    r->raw = arena_strndup(r->arena, buf_text(&out), out.len);
    r->raw_len = out.len;
    buf_free(&out);
    return ok;
}

const struct route monitor_routes[] = {
    {GET, "/healthz", PERM_PUBLIC, BODY_NONE, healthz, NULL, 0, "The process runs", NULL},
    {GET, "/readyz", PERM_PUBLIC, BODY_NONE, readyz, NULL, 0, "The database answers", NULL},
    {GET, "/metrics", PERM_MONITOR, BODY_NONE, metrics, NULL, 0, "Figures for Prometheus", NULL},
    {0},
};
