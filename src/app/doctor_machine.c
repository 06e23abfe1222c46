/* wangge doctor: the machine, whatever data lie on it. */
#include "app/doctor.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>

enum { MEMORY_MB = 256, SPARE_FDS = 256, FIRST_YEAR = 2026, LAST_YEAR = 2100, BEIJING_MIN = 480 };

/* A wrong clock makes wrong deadlines: the history keeps them for ever. */
static void look_at_clock(struct doctor *x)
{
    int64_t now = time_now_ms();
    struct civil c = civil_from_ms(now, 0);
    struct timex t = {0};
    char text[RFC3339_MAX];

    rfc3339_format(now, BEIJING_MIN, text); /* as a clock on a wall: to the second */
    text[10] = ' ';
    text[19] = '\0';
    if (c.year < FIRST_YEAR || c.year > LAST_YEAR)
        doctor_says(x, VERDICT_WRONG, "clock.wrong", words("系统时间是 %s", "the clock says %s", text),
                    DO_THIS("校准时间：timedatectl set-ntp true", "set it: timedatectl set-ntp true"));
    else if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
        doctor_says(
            x, VERDICT_ADVICE, "clock.unsynchronised",
            words("系统时间 %s，没有与时间服务器同步", "the clock says %s and follows no time server", text),
            DO_THIS("安装并启用 chrony 或 systemd-timesyncd",
                    "install and enable chrony or systemd-timesyncd"));
    else
        doctor_says(x, VERDICT_GOOD, "clock",
                    words("系统时间 %s，已同步", "the clock says %s, synchronised", text), NULL);
}

static int64_t memory_available_mb(void)
{
    FILE *f = fopen("/proc/meminfo", "re");
    char line[256];
    int64_t mb = -1;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (str_starts(line, "MemAvailable:"))
            mb = strtoll(line + strlen("MemAvailable:"), NULL, 10) / 1024;
    if (f != NULL)
        (void)fclose(f);
    return mb;
}

static void look_at_memory(struct doctor *x)
{
    long long mb = memory_available_mb();

    if (mb >= 0 && mb < MEMORY_MB && !x->served)
        doctor_says(x, VERDICT_ADVICE, "memory.low",
                    words("可用内存只有 %lld MB", "only %lld MB of memory are available", mb),
                    DO_THIS("至少留出 %d MB", "leave it at least %d MB", MEMORY_MB));
    else
        doctor_says(x, VERDICT_GOOD, "memory",
                    words("可用内存 %lld MB", "%lld MB of memory are available", mb), NULL);
}

/* The server raises the soft limit by itself, the hard one it cannot. */
static void look_at_descriptors(struct doctor *x)
{
    struct rlimit rl = {0};
    unsigned long long want = LIMIT_CONNECTIONS + SPARE_FDS;

    if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_max < want)
        doctor_says(x, VERDICT_ADVICE, "files.limit",
                    words("最多能打开 %llu 个文件，少于 %llu：连接数会受限",
                          "at most %llu files may be open, fewer than %llu: connections are limited",
                          (unsigned long long)rl.rlim_max, want),
                    DO_THIS("systemd 里设 LimitNOFILE=65536，或提高 ulimit -Hn",
                            "set LimitNOFILE=65536 in systemd, or raise ulimit -Hn"));
    else
        doctor_says(
            x, VERDICT_GOOD, "files.limit",
            words("最多能打开 %llu 个文件", "up to %llu files may be open", (unsigned long long)rl.rlim_max),
            NULL);
}

static void look_at_port(struct doctor *x)
{
    struct err e = {0};

    if (x->listen == NULL)
        return;
    if (http_may_listen(x->listen, &e))
        doctor_says(x, VERDICT_GOOD, "port", words("%s 可用", "%s is free", x->listen), NULL);
    else if (x->served && e.code == ERR_BUSY)
        doctor_says(x, VERDICT_GOOD, "port",
                    words("%s 已被占用，服务正在运行", "%s is taken, and the server runs", x->listen), NULL);
    else
        doctor_says(x, VERDICT_WRONG, "port.taken", words_of(&e),
                    DO_THIS("看谁占用：ss -ltnp", "see who holds it: ss -ltnp"));
}

static void look_at_program(struct doctor *x)
{
    if (embedded_web_n == 0)
        doctor_says(x, VERDICT_ADVICE, "program.no_pages",
                    words("这个程序里没有网页", "this program has no pages in it"),
                    DO_THIS("先 make web/dist/.built，再重新构建", "build the browser side first: make"));
    else
        doctor_says(x, VERDICT_GOOD, "program",
                    words("wangge %s，内含 %zu 个网页文件", "wangge %s with %zu files of pages",
                          WANGGE_VERSION, embedded_web_n),
                    NULL);
}

void doctor_machine(struct doctor *x)
{
    look_at_program(x);
    look_at_clock(x);
    look_at_memory(x);
    look_at_descriptors(x);
    look_at_port(x);
}
