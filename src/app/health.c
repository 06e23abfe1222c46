#include "app/health.h"

#include "app/app.h"
#include "app/doctor.h"
#include "app/monitor.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static void hear(void *ctx, enum verdict v, const char *key, const struct words *what,
                 const struct words *todo)
{
    static const char *const names[VERDICT__MAX] = {"", "good", "advice", "wrong"};
    struct req *r = ctx;
    bool en = r->lang == LANG_EN;

    jo_obj(&r->out, NULL);
    jo_str(&r->out, "key", key);
    jo_str(&r->out, "verdict", names[v]);
    jo_str(&r->out, "what", en ? what->en : what->zh);
    jo_str(&r->out, "todo", todo == NULL ? NULL : en ? todo->en : todo->zh);
    jo_close(&r->out);
}

static void write_size(struct json_out *j, const char *key, const char *dir, const char *name)
{
    char path[PATH_BYTES];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (stat(path, &st) == 0)
        jo_int(j, key, (int64_t)st.st_size);
}

/* The second figure of statm: pages in memory. */
static int64_t resident(void)
{
    char line[128] = "", *end = line;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f == NULL)
        return 0;
    if (fgets(line, sizeof(line), f) == NULL)
        line[0] = '\0';
    (void)fclose(f);
    (void)strtoll(line, &end, 10);
    return strtoll(end, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static bool write_figures(struct req *r, struct err *e)
{
    const struct services *s = r->services;
    struct json_out *j = &r->out;
    struct statvfs vfs;
    int64_t next = 0;

    if (!timer_next(s->db, s->district, &next, e))
        return false;
    jo_obj(j, "figures");
    jo_int(j, "history", door_seq(s->door));
    jo_int(j, "timer_lag_ms", next > 0 && next < r->now ? r->now - next : 0);
    jo_int(j, "memory", resident());
    if (s->hub != NULL)
        jo_int(j, "streams", (int64_t)stream_count(s->hub));
    write_size(j, "database", s->data_dir, "wangge.db");
    write_size(j, "wal", s->data_dir, "wangge.db-wal");
    if (statvfs(s->data_dir, &vfs) == 0) {
        jo_int(j, "disk_free", (int64_t)(vfs.f_bavail * vfs.f_frsize));
        jo_int(j, "disk", (int64_t)(vfs.f_blocks * vfs.f_frsize));
    }
    jo_close(j);
    return true;
}

/* The doctor opens the district once more beside us, as it does from the command line. */
static bool run_health(struct req *r, struct err *e)
{
    struct doctor x = {
        .dir = r->services->data_dir, .quick = req_query(r, "quick") != NULL, .hear = hear, .ctx = r};

    jo_obj(&r->out, NULL);
    jo_str(&r->out, "version", WANGGE_VERSION);
    jo_time(&r->out, "started_at", r->services->started_at, r->services->offset_min);
    jo_arr(&r->out, "findings");
    if (doctor_folder(&x))
        doctor_district(&x);
    doctor_machine(&x);
    jo_close(&r->out);
    if (!write_figures(r, e))
        return false;
    jo_close(&r->out);
    return true;
}

static bool get_health(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_health, e);
}

const struct route health_routes[] = {
    {GET, "/api/v1/health", PERM_ADMIN, BODY_NONE, get_health, sessions_finish, 0,
     "What the doctor finds, and figures of this server", "Health"},
    {.method = METHOD_UNSET},
};
