#include "file/store.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int shared_lock = -1; /* among processes */

/* That locks work here was seen in store_share(). */
static void lock_shared(int how)
{
    while (shared_lock >= 0 && flock(shared_lock, how) != 0 && errno == EINTR)
        ;
}

void store_lock(void)
{
    (void)pthread_mutex_lock(&lock);
    lock_shared(LOCK_EX);
}

void store_unlock(void)
{
    lock_shared(LOCK_UN);
    (void)pthread_mutex_unlock(&lock);
}

bool store_share(const char *data_dir, struct err *e)
{
    char path[FILE_PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof path, "%s/files/lock", data_dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno != EWOULDBLOCK)) {
        (void)ERR(e, ERR_BUSY, "file.lock", "%s 无法加锁：%s；共享目录须支持文件锁（如 NFS 4）",
                  "%s cannot be locked: %s; shared storage must have file locks (as NFS 4 has)", path,
                  strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    (void)flock(fd, LOCK_UN);
    shared_lock = fd;
    return true;
}

static bool no_disk(struct err *e, const char *doing, const char *path)
{
    (void)ERR(e, ERR_BUSY, "file.disk", "无法保存文件（%s %s：%s）：请检查磁盘空间和权限",
              "the file cannot be kept (%s %s: %s): look at disk space and permissions", doing, path,
              strerror(errno));
    e->retry_after_s = 30;
    return false;
}

static bool make_dir(const char *path, struct err *e)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST || no_disk(e, "mkdir", path);
}

static bool sync_path(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return no_disk(e, "open", path);
    int bad = fsync(fd);
    (void)close(fd);
    return bad == 0 || no_disk(e, "fsync", path);
}

static void shard_path(const char *data_dir, const uint8_t sha256[32], char ret[FILE_PATH_MAX])
{
    (void)snprintf(ret, FILE_PATH_MAX, "%s/files/%02x", data_dir, sha256[0]);
}

void store_path(const char *data_dir, const uint8_t sha256[32], const char *suffix, char ret[FILE_PATH_MAX])
{
    char hex[65];

    hex_encode(sha256, 32, hex);
    (void)snprintf(ret, FILE_PATH_MAX, "%s/files/%.2s/%s%s", data_dir, hex, hex + 2, suffix);
}

void file_upload_dir(const char *data_dir, char ret[FILE_PATH_MAX])
{
    (void)snprintf(ret, FILE_PATH_MAX, "%s/uploads", data_dir);
}

bool store_open(const char *data_dir, struct err *e)
{
    char path[FILE_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/files", data_dir);
    if (!make_dir(path, e))
        return false;
    file_upload_dir(data_dir, path);
    return make_dir(path, e) && sync_path(data_dir, e);
}

/* A new shard's own name must be durable too. */
static bool make_shard(const char *data_dir, const char *shard, struct err *e)
{
    char parent[FILE_PATH_MAX];

    if (access(shard, F_OK) == 0)
        return true;
    (void)snprintf(parent, sizeof parent, "%s/files", data_dir);
    return make_dir(shard, e) && sync_path(parent, e);
}

bool store_put(const char *data_dir, const char *temporary, const uint8_t sha256[32], const char *suffix,
               struct err *e)
{
    char path[FILE_PATH_MAX], shard[FILE_PATH_MAX];
    struct stat st;

    store_path(data_dir, sha256, suffix, path);
    if (stat(path, &st) == 0) {
        (void)unlink(temporary);
        return true;
    }
    shard_path(data_dir, sha256, shard);
    if (!make_shard(data_dir, shard, e) || !sync_path(temporary, e))
        return false;
    if (rename(temporary, path) != 0)
        return no_disk(e, "rename", path);
    return sync_path(shard, e);
}

void store_remove(const char *data_dir, const uint8_t sha256[32])
{
    char path[FILE_PATH_MAX];

    store_path(data_dir, sha256, "", path);
    (void)unlink(path);
    store_path(data_dir, sha256, ".thumb", path);
    (void)unlink(path);
}

static void hash_free(EVP_MD_CTX **h)
{
    EVP_MD_CTX_free(*h);
    *h = NULL;
}

bool store_hash(const char *path, uint8_t ret[32], int64_t *ret_size, struct err *e)
{
    AUTO(hash_free) EVP_MD_CTX *h = EVP_MD_CTX_new();
    unsigned char piece[16384];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return no_disk(e, "open", path);
    bool ok = h != NULL && EVP_DigestInit_ex(h, EVP_sha256(), NULL) == 1;
    *ret_size = 0;
    while (ok && (n = read(fd, piece, sizeof piece)) > 0) {
        *ret_size += n;
        ok = EVP_DigestUpdate(h, piece, (size_t)n) == 1;
    }
    (void)close(fd);
    if (n < 0)
        return no_disk(e, "read", path);
    return (ok && EVP_DigestFinal_ex(h, ret, NULL) == 1) ||
           ERR(e, ERR_INTERNAL, "file.hash", "SHA-256 不可用", "SHA-256 is not available");
}
