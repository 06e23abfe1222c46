#include "app/cli.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <zlib.h>

bool cli_open(const char *dir, const char *pack, enum cli_mode mode, struct district **ret, struct err *e)
{
    const struct district_options o = {.dir = dir,
                                       .db = options_db(),
                                       .read_only = mode == CLI_READ,
                                       .no_door = mode != CLI_DOOR && mode != CLI_DRY,
                                       .dry = mode == CLI_DRY,
                                       .pack_dirs = &pack,
                                       .n_pack_dirs = pack != NULL};

    return district_open(&o, ret, e);
}

int cli_usage(const struct subcommand *s)
{
    (void)fputs(s->help, stderr);
    return 2;
}

static bool cannot_read(const char *path, struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "cli.file", "无法读取 %s：%s", "%s cannot be read: %s", path,
               strerror(errno));
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* --- files --- */

bool cli_read(const char *path, size_t max, char **ret, size_t *ret_n, struct err *e)
{
    AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    AUTO(xfree) char *bytes = NULL;
    struct stat st;
    size_t n = 0;

    if (fd < 0 || fstat(fd, &st) != 0)
        return cannot_read(path, e);
    if (st.st_size < 0 || (size_t)st.st_size > max)
        return ERR(e, ERR_TOO_LARGE, "cli.too_large", "%s 超过 %zu 字节", "%s is larger than %zu bytes", path,
                   max);
    bytes = xcalloc((size_t)st.st_size + 1, 1);
    while (n < (size_t)st.st_size) {
        ssize_t got = read(fd, bytes + n, (size_t)st.st_size - n);

        if (got < 0)
            return cannot_read(path, e);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *ret = bytes;
    *ret_n = n;
    bytes = NULL;
    return true;
}

static bool map_fd(int fd, const char *path, struct cli_text *ret, struct err *e)
{
    struct stat st;
    void *p;

    *ret = (struct cli_text){.bytes = ""};
    if (fstat(fd, &st) != 0)
        return cannot_read(path, e);
    if (st.st_size == 0)
        return true;
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return cannot_read(path, e);
    *ret = (struct cli_text){.bytes = p, .n = (size_t)st.st_size, .map = p};
    return true;
}

static void close_gz(gzFile *z)
{
    if (*z != NULL)
        (void)gzclose(*z);
    *z = NULL;
}

static bool unpack(const char *path, int to, struct err *e)
{
    AUTO(close_gz) gzFile z = gzopen(path, "rb");
    char part[65536];
    int n;

    if (z == NULL)
        return cannot_read(path, e);
    while ((n = gzread(z, part, sizeof(part))) > 0)
        for (ssize_t done = 0, got; done < n; done += got)
            if ((got = write(to, part + done, (size_t)(n - done))) < 0)
                return ERR(e, ERR_BUSY, "cli.disk", "临时文件无法写入：%s",
                           "the temporary file cannot be written: %s", strerror(errno));
    return n == 0 ||
           ERR(e, ERR_MALFORMED, "cli.gzip", "%s 不是完整的 gzip 文件", "%s is no whole gzip file", path);
}

bool cli_map(const char *path, struct cli_text *ret, struct err *e)
{
    AUTO(close_fd) int fd = -1;

    if (!str_ends(path, ".gz")) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? cannot_read(path, e) : map_fd(fd, path, ret, e);
    }
    fd = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot_read(P_tmpdir, e);
    return unpack(path, fd, e) && map_fd(fd, path, ret, e);
}

void cli_unmap(struct cli_text *t)
{
    if (t->map != NULL)
        (void)munmap(t->map, t->n);
    *t = (struct cli_text){0};
}

/* --- passwords --- */

static bool read_line(char ret[CLI_PASSWORD_MAX])
{
    size_t n;

    if (fgets(ret, CLI_PASSWORD_MAX, stdin) == NULL)
        return false;
    n = strcspn(ret, "\r\n");
    ret[n] = '\0';
    return true;
}

static bool ask(const char *prompt, char ret[CLI_PASSWORD_MAX])
{
    struct termios old, quiet;
    bool ok;

    if (tcgetattr(STDIN_FILENO, &old) != 0)
        return read_line(ret);
    quiet = old;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    (void)fputs(prompt, stderr);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    ok = read_line(ret);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    (void)fputc('\n', stderr);
    return ok;
}

bool cli_password(char ret[CLI_PASSWORD_MAX], struct err *e)
{
    char again[CLI_PASSWORD_MAX] = "";
    bool same = true;

    if (!ask("密码 password: ", ret))
        return ERR(e, ERR_INVALID, "cli.password", "没有读到密码：请输入，或从标准输入给出",
                   "no password was given: type it, or give it on standard input");
    if (isatty(STDIN_FILENO) == 1)
        same = ask("再输一次 again: ", again) && strcmp(ret, again) == 0;
    explicit_bzero(again, sizeof(again));
    return same || ERR(e, ERR_INVALID, "cli.password", "两次输入不一样", "the two passwords differ");
}

/* --- who acts --- */

bool cli_principal(struct district *d, const char *login, struct arena *a, const struct principal **ret,
                   struct err *e)
{
    const struct directory *people = district_world(d)->people;
    struct account *account = NULL;
    struct principal *p = arena_new(a, struct principal);
    struct post *posts;
    int64_t now = time_now_ms();
    char kept[LOGIN_MAX];

    account_login(d->privacy, login, kept);
    if (!account_by_login(d->db, d->privacy, d->code, kept, a, &account, e))
        return false;
    if (!account->active)
        return ERR(e, ERR_DENIED, "account.disabled", "账号“%.40s”已停用", "the account “%.40s” was disabled",
                   login);
    posts = arena_array(a, struct post, people->n_posts + 1);
    *p = (struct principal){.account = account->id,
                            .login = account->login,
                            .name = account->name,
                            .kind = ACTOR_PERSON,
                            .posts = posts};
    for (size_t i = 0; i < people->n_posts; i++)
        if (uuid_eq(people->posts[i].account, account->id) && people->posts[i].from <= now &&
            (people->posts[i].until == 0 || people->posts[i].until > now))
            posts[p->n_posts++] = people->posts[i];
    *ret = p;
    return true;
}
