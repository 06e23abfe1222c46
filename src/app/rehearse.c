#include "app/rehearse.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, PLAYED_MAX = 16, TOLD_BYTES = 2 * 1024 * 1024, MS = 1000 };

static bool cannot(struct err *e, const char *what)
{
    return ERR(e, ERR_BUSY, "version.rehearsal", "排练不起来：%s：%s", "the rehearsal cannot be run: %s: %s",
               what, strerror(errno));
}

/* --- the folder --- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void drop_folder(const char *dir)
{
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Names were checked: letters, digits, and folders below the pack's own. */
static bool write_file(const char *dir, const struct edition *d, const struct edition_file *f, struct err *e)
{
    char path[PATH_BYTES];
    size_t n = (size_t)snprintf(path, sizeof(path), "%s/%s", dir, d->pack);
    FILE *out;
    bool ok;

    (void)mkdir(path, 0700);
    (void)snprintf(path + n, sizeof(path) - n, "/%s", f->name);
    for (char *slash = strchr(path + n + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    out = fopen(path, "we");
    ok = out != NULL && fwrite(f->text, 1, f->n, out) == f->n;
    ok = out != NULL && fclose(out) == 0 && ok;
    return ok || cannot(e, f->name);
}

static bool write_all(const char *dir, const struct edition *list, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].n; k++)
            if (!write_file(dir, &list[i], &list[i].files[k], e))
                return false;
    return true;
}

/* --- the process --- */

struct player {
    pid_t pid;
    int out; /* what it says */
};

static bool is_scenario(const char *name)
{
    return str_starts(name, "scenario") && str_ends(name, ".yaml") && strchr(name, '/') == NULL;
}

/* `wangge scenario --json --pack . NAME/scenario.yaml …`, in the folder. */
static size_t arguments(const struct edition *d, struct arena *a, char **argv)
{
    static const char *const first[] = {"wangge", "scenario", "--json", "--pack", "."};
    size_t n = 0, files = 0;

    for (; n < COUNT_OF(first); n++)
        argv[n] = arena_strdup(a, first[n]);
    for (size_t i = 0; d != NULL && i < d->n && files < PLAYED_MAX; i++)
        if (is_scenario(d->files[i].name)) {
            char path[PATH_BYTES];

            (void)snprintf(path, sizeof(path), "%s/%s", d->pack, d->files[i].name);
            argv[n++] = arena_strdup(a, path);
            files++;
        }
    argv[n] = NULL;
    return files;
}

/* Nothing of our own environment is its business: no database, no data folder. */
static bool start(const char *dir, char *const *argv, struct player *p, struct err *e)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    char *env[] = {(char[]){"LC_ALL=C.UTF-8"}, NULL};
    int ends[2], status;
    sigset_t none;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return cannot(e, "pipe");
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attr);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_addchdir_np(&actions, dir);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    status = posix_spawn(&p->pid, "/proc/self/exe", &actions, &attr, argv, env);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attr);
    (void)close(ends[1]);
    p->out = ends[0];
    if (status == 0)
        return true;
    (void)close(ends[0]);
    errno = status;
    return cannot(e, "wangge");
}

/* Everything it says until it ends, or until the time is over. */
static bool listen_to(const struct player *p, struct buf *told)
{
    int64_t until = time_monotonic_us() / MS + (int64_t)REHEARSAL_S * MS, left;
    char part[8192];

    while ((left = until - time_monotonic_us() / MS) > 0) {
        struct pollfd fd = {.fd = p->out, .events = POLLIN};
        ssize_t n;

        if (poll(&fd, 1, (int)left) <= 0)
            continue;
        n = read(p->out, part, sizeof(part));
        if (n == 0)
            return !told->failed;
        if (n > 0)
            buf_add(told, part, (size_t)n);
        else if (errno != EINTR)
            return false;
    }
    return false;
}

static bool play(const char *dir, char *const *argv, struct arena *a, const char **ret, struct err *e)
{
    AUTO(buf_free) struct buf told = {0};
    struct player p = {0};
    bool whole;
    int status = 0;

    buf_init(&told, TOLD_BYTES);
    if (!start(dir, argv, &p, e))
        return false;
    whole = listen_to(&p, &told);
    if (!whole)
        (void)kill(p.pid, SIGKILL);
    (void)close(p.out);
    while (waitpid(p.pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!whole)
        return ERR(e, ERR_CONFLICT, "version.slow", "%d 秒没有演完，停了；请把场景写短些",
                   "it was not over after %d seconds and was stopped: make the scenario shorter",
                   REHEARSAL_S);
    *ret = arena_strdup(a, buf_text(&told));
    errno = ECHILD;
    return (WIFEXITED(status) && (*ret)[0] == '{') || cannot(e, "wangge scenario");
}

bool rehearse(const struct services *s, const struct edition *list, size_t n, const char *pack,
              struct arena *a, const char **ret, struct err *e)
{
    const struct edition *d = NULL;
    char *argv[PLAYED_MAX + 8], dir[PATH_BYTES];
    bool ok;

    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].pack, pack))
            d = &list[i];
    *ret = "{\"played\":[]}";
    if (arguments(d, a, argv) == 0)
        return true;
    (void)snprintf(dir, sizeof(dir), "%s/rehearsal-XXXXXX", s->data_dir);
    if (mkdtemp(dir) == NULL)
        return cannot(e, dir);
    ok = write_all(dir, list, n, e) && play(dir, argv, a, ret, e);
    drop_folder(dir);
    return ok;
}
