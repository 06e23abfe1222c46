/* Loaded before the C library: what a machine answers that we do not have here. Each word of OTHER_MACHINE
 * changes one answer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static int is(const char *word)
{
    const char *words = getenv("OTHER_MACHINE");

    return words != NULL && strstr(words, word) != NULL;
}

int fdatasync(int fd)
{
    (void)fd;
    return is("slow") ? usleep(25000) : 0;
}

int statfs64(const char *path, struct statfs64 *fs)
{
    int (*real)(const char *, struct statfs64 *) = dlsym(RTLD_NEXT, "statfs64");
    int status = real(path, fs);

    if (is("network"))
        fs->f_type = 0x6969;
    return status;
}

int adjtimex(struct timex *t)
{
    t->status = is("unsynchronised") ? STA_UNSYNC : 0;
    return is("unsynchronised") ? TIME_ERROR : TIME_OK;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, ts);

    if (is("past") && clock == CLOCK_REALTIME)
        ts->tv_sec = 946684800;
    return status;
}

FILE *fopen64(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen64");

    if (is("memory") && strcmp(path, "/proc/meminfo") == 0) {
        static char text[] = "MemTotal: 1000000 kB\nMemAvailable:   100000 kB\n";
        return fmemopen(text, sizeof text - 1, mode);
    }
    return real(path, mode);
}
