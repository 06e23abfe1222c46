#include "app/manifest.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536, LINE_MAX_BYTES = 2048 };

static void free_digest(EVP_MD_CTX **h)
{
    EVP_MD_CTX_free(*h);
    *h = NULL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static bool broken(const char *path, struct err *e)
{
    return ERR(e, ERR_BUSY, "backup.file", "%s 无法读写：%s", "%s cannot be read or written: %s", path,
               strerror(errno));
}

static bool write_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);

        if (done < 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* Reads FROM to its end; each piece goes into the hash and, unless `to` is -1, into `to`. */
static bool pump(int from, int to, char ret_hash[65], int64_t *ret_size)
{
    AUTO(free_digest) EVP_MD_CTX *h = EVP_MD_CTX_new();
    unsigned char piece[PIECE], hash[EVP_MAX_MD_SIZE];
    ssize_t n = 0;
    bool ok = h != NULL && EVP_DigestInit_ex(h, EVP_sha256(), NULL) == 1;

    *ret_size = 0;
    while (ok && (n = read(from, piece, sizeof(piece))) > 0) {
        *ret_size += n;
        ok = EVP_DigestUpdate(h, piece, (size_t)n) == 1 && (to < 0 || write_all(to, piece, (size_t)n));
    }
    if (!ok || n < 0 || EVP_DigestFinal_ex(h, hash, NULL) != 1)
        return false;
    hex_encode(hash, 32, ret_hash);
    return true;
}

bool manifest_copy(const char *from, const char *to, char ret_hash[65], int64_t *ret_size, struct err *e)
{
    AUTO(close_fd) int in = open(from, O_RDONLY | O_CLOEXEC);
    AUTO(close_fd) int out = -1;

    if (in < 0)
        return broken(from, e);
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0)
        return broken(to, e);
    return (pump(in, out, ret_hash, ret_size) && fsync(out) == 0) || broken(to, e);
}

bool manifest_hash(const char *path, char ret_hash[65], int64_t *ret_size, struct err *e)
{
    AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

    return (fd >= 0 && pump(fd, -1, ret_hash, ret_size)) || broken(path, e);
}

/* --- reading --- */

static bool not_whole(const char *dir, struct err *e)
{
    return ERR(e, ERR_INVALID, "backup.manifest", "%s 里没有完整的备份：清单缺失或不完整",
               "there is no whole backup in %s: its manifest is missing or cut short", dir);
}

/* The last line says how many came before it. */
static bool find_end(FILE *f, int64_t *ret_files)
{
    char line[LINE_MAX_BYTES], last[LINE_MAX_BYTES] = "";
    int64_t lines = 0;

    while (fgets(line, sizeof(line), f) != NULL) {
        memcpy(last, line, sizeof(last));
        lines++;
    }
    last[strcspn(last, "\n")] = '\0';
    return str_starts(last, "end ") && parse_int64(last + strlen("end "), ret_files) &&
           *ret_files == lines - 1;
}

bool manifest_open(const char *dir, FILE **ret, int64_t *ret_files, struct err *e)
{
    char path[4096], head[LINE_MAX_BYTES];
    FILE *f;
    long start;

    (void)snprintf(path, sizeof(path), "%s/" MANIFEST_NAME, dir);
    f = fopen(path, "re");
    if (f == NULL)
        return not_whole(dir, e);
    if (fgets(head, sizeof(head), f) == NULL || strcmp(head, MANIFEST_HEAD "\n") != 0 ||
        (start = ftell(f)) < 0 || !find_end(f, ret_files) || fseek(f, start, SEEK_SET) != 0) {
        (void)fclose(f);
        return not_whole(dir, e);
    }
    *ret = f;
    return true;
}

/* Only what a backup writes: names below its folder. */
static bool path_allowed(const char *path)
{
    for (const char *s = path; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20)
            return false;
    return path[0] != '\0' && path[0] != '/' && strstr(path, "..") == NULL;
}

bool manifest_next(FILE *f, struct manifest_line *ret, bool *ret_more, struct err *e)
{
    char line[LINE_MAX_BYTES], *size, *path;

    *ret_more = false;
    if (fgets(line, sizeof(line), f) == NULL || str_starts(line, "end "))
        return true;
    line[strcspn(line, "\n")] = '\0';
    size = strlen(line) > 66 ? line + 66 : NULL;
    path = size == NULL ? NULL : strstr(size, "  ");
    if (path != NULL) {
        *path = '\0';
        path += 2;
    }
    if (path == NULL || !parse_int64(size, &ret->size) || strlen(path) >= sizeof(ret->path) ||
        !path_allowed(path))
        return ERR(e, ERR_INVALID, "backup.manifest", "备份清单里有一行无法读取：%.60s",
                   "a line of the backup's manifest cannot be read: %.60s", line);
    memcpy(ret->hash, line, 64);
    ret->hash[64] = '\0';
    str_copy(ret->path, sizeof(ret->path), path);
    *ret_more = true;
    return true;
}
