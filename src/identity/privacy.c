#include "identity/privacy.h"

#include "base/text.h"
#include "identity/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING, AAD_FIELD_MAX = 255 };
static const char prefix[] = "e1:";

bool privacy_create(enum suite s, const uint8_t master[32], struct privacy **ret, struct err *e)
{
    AUTO(privacy_free) struct privacy *p = xcalloc(1, sizeof *p);

    p->suite = s;
    if ((s != SUITE_AES && s != SUITE_SM) || !suite_start(p, master))
        return ERR(e, ERR_INTERNAL, "privacy.suite", "密码套件 %d 不可用：本机 OpenSSL 需提供 %s",
                   "cipher suite %d is not available: OpenSSL on this machine must provide %s", (int)s,
                   s == SUITE_SM ? "SM3, SM4" : "SHA-256, AES-256-GCM");
    *ret = p;
    p = NULL;
    return true;
}

void privacy_free(struct privacy **p)
{
    if (*p != NULL)
        suite_stop(*p);
    free(*p);
    *p = NULL;
}

enum suite privacy_suite(const struct privacy *p)
{
    return p->suite;
}

static void fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Written whole and synced with its folder before anything is sealed with it: a
 * key lost to a power cut would take every personal field with it. */
static bool key_make(const char *dir, const char *path, struct err *e)
{
    AUTO(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    AUTO(fd_close) int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint8_t fresh[SUITE_KEY_BYTES];
    bool ok;

    if (fd < 0 && errno == EEXIST)
        return true;
    if (fd < 0)
        return ERR(e, ERR_BUSY, "privacy.key", "密钥文件 %s 无法创建，请检查目录权限",
                   "the key file %s cannot be made; check the folder's permissions", path);
    random_bytes(fresh, sizeof fresh);
    ok = write(fd, fresh, sizeof fresh) == (ssize_t)sizeof fresh && fsync(fd) == 0 && folder >= 0 &&
         fsync(folder) == 0;
    sodium_memzero(fresh, sizeof fresh);
    if (!ok) {
        (void)unlink(path);
        return ERR(e, ERR_BUSY, "privacy.key", "密钥文件 %s 写入失败，请检查磁盘空间",
                   "the key file %s could not be written; check the disk space", path);
    }
    return true;
}

static bool key_read(const char *path, uint8_t ret[SUITE_KEY_BYTES], struct err *e)
{
    AUTO(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return ERR(e, ERR_BUSY, "privacy.key", "密钥文件 %s 缺失或无法读取，请从备份中恢复",
                   "the key file %s is missing or cannot be read; restore it from a backup", path);
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        return ERR(e, ERR_BUSY, "privacy.key", "密钥文件 %s 可被他人访问，请执行 chmod 600",
                   "the key file %s is open to others; run chmod 600 on it", path);
    if (st.st_size != SUITE_KEY_BYTES || read(fd, ret, SUITE_KEY_BYTES) != SUITE_KEY_BYTES)
        return ERR(e, ERR_BUSY, "privacy.key", "密钥文件 %s 应为 32 字节，请从备份中恢复",
                   "the key file %s must hold 32 bytes; restore it from a backup", path);
    return true;
}

bool privacy_open(const char *dir, enum suite s, bool create, struct privacy **ret, struct err *e)
{
    char path[4096];
    uint8_t master[SUITE_KEY_BYTES];
    bool ok;

    if (strlen(dir) + sizeof "/secret.key" > sizeof path)
        return ERR(e, ERR_BUSY, "privacy.key", "密钥文件 %s 路径过长", "the key file %s has too long a path",
                   "secret.key");
    str_copy(path, sizeof path, dir);
    str_copy(path + strlen(path), sizeof path - strlen(path), "/secret.key");
    if (create && !key_make(dir, path, e))
        return false;
    ok = key_read(path, master, e) && privacy_create(s, master, ret, e);
    sodium_memzero(master, sizeof master);
    return ok;
}

void privacy_hash(const struct privacy *p, const void *a, size_t na, const void *b, size_t nb,
                  uint8_t ret[HASH_BYTES])
{
    const struct part parts[] = {{a, na}, {b, nb}};

    suite_hash(p, parts, COUNT_OF(parts), ret);
}

/* Record and field, so that no two pairs give the same bytes. */
struct aad {
    uint8_t bytes[16 + 1 + AAD_FIELD_MAX];
    size_t n;
};

static void aad_make(struct aad *aad, struct uuid record, const char *field)
{
    size_t n = strnlen(field, AAD_FIELD_MAX);

    memcpy(aad->bytes, record.b, 16);
    aad->bytes[16] = (uint8_t)n;
    memcpy(aad->bytes + 17, field, n);
    aad->n = 17 + n;
}

const char *privacy_seal(const struct privacy *p, struct arena *a, struct uuid record, const char *field,
                         const char *plain)
{
    size_t n = strlen(plain), total = p->nonce_bytes + n + p->tag_bytes;
    size_t text_max = sodium_base64_encoded_len(total, BASE64);
    uint8_t *raw = arena_alloc(a, total), nonce[HASH_BYTES];
    char *text = arena_alloc(a, sizeof prefix - 1 + text_max);
    struct aad aad;

    aad_make(&aad, record, field);
    const struct part parts[] = {{aad.bytes, aad.n}, {plain, n}};
    suite_hmac(&p->nonce, parts, COUNT_OF(parts), nonce);
    memcpy(raw, nonce, p->nonce_bytes);
    suite_seal(p, &(struct sealing){.nonce = raw,
                                    .aad = {aad.bytes, aad.n},
                                    .text = {plain, n},
                                    .out = raw + p->nonce_bytes,
                                    .tag = raw + p->nonce_bytes + n});
    memcpy(text, prefix, sizeof prefix - 1);
    (void)sodium_bin2base64(text + sizeof prefix - 1, text_max, raw, total, BASE64);
    return text;
}

bool privacy_is_sealed(const char *s)
{
    return str_starts(s, prefix);
}

static bool sealed_bad(struct err *e)
{
    return ERR(e, ERR_INTERNAL, "privacy.sealed", "受保护的内容无法解开：不是本系统加密的，或已被改动",
               "a protected value cannot be opened: it was not sealed here or it was changed");
}

bool privacy_unseal(const struct privacy *p, struct arena *a, struct uuid record, const char *field,
                    const char *sealed, const char **ret, struct err *e)
{
    size_t n_text = strlen(sealed), n = 0, head = p->nonce_bytes, tail = p->tag_bytes;
    uint8_t *raw = arena_alloc(a, n_text + 1);
    struct aad aad;
    char *plain;

    if (!privacy_is_sealed(sealed) ||
        sodium_base642bin(raw, n_text, sealed + 3, n_text - 3, NULL, &n, NULL, BASE64) != 0 ||
        n < head + tail)
        return sealed_bad(e);
    n -= head + tail;
    plain = arena_alloc(a, n + 1);
    aad_make(&aad, record, field);
    if (!suite_open(p, &(struct sealing){.nonce = raw,
                                         .aad = {aad.bytes, aad.n},
                                         .text = {raw + head, n},
                                         .out = (uint8_t *)plain,
                                         .tag = raw + head + n}))
        return sealed_bad(e);
    plain[n] = '\0';
    *ret = plain;
    return true;
}

void privacy_blind(const struct privacy *p, const char *purpose, const char *value, uint8_t ret[BLIND_BYTES])
{
    uint8_t tag[HASH_BYTES];
    /* The NUL between them keeps ("ab","c") and ("a","bc") apart. */
    const struct part parts[] = {{purpose, strlen(purpose) + 1}, {value, strlen(value)}};

    suite_hmac(&p->blind, parts, COUNT_OF(parts), tag);
    memcpy(ret, tag, BLIND_BYTES);
}

bool privacy_same(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}
