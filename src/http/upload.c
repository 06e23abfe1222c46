/* The parts of a multipart request: fields into r.query, files onto the disk,
 * hashed as they come. */
#include "base/limits.h"
#include "base/text.h"
#include "http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIELD_BYTES_MAX = 64 * 1024 };

struct upload_set {
    struct req *r;
    const char *dir;
    bool files_welcome;
    struct upload files[LIMIT_FILES_PER_UPLOAD];
    size_t n;
    const char *field; /* name of the field that is coming in */
    struct buf value;
    size_t field_bytes; /* of all fields */
    int fd;             /* of the file that is coming in, -1 */
    EVP_MD_CTX *hash;
};

void upload_free(struct upload_set **ref)
{
    struct upload_set *u = *ref;

    *ref = NULL;
    if (u == NULL)
        return;
    if (u->fd >= 0)
        (void)close(u->fd);
    EVP_MD_CTX_free(u->hash);
    buf_free(&u->value);
    free(u);
}

static bool no_disk(struct err *e, const char *what)
{
    (void)ERR(e, ERR_BUSY, "http.disk", "无法保存上传的文件（%s：%s），请稍后再试",
              "the upload cannot be kept (%s: %s), try again later", what, strerror(errno));
    e->retry_after_s = 30;
    return false;
}

static bool file_begin(struct upload_set *u, const struct part *p, struct err *e)
{
    struct arena *a = u->r->arena;

    if (!u->files_welcome)
        return ERR(e, ERR_MEDIA, "http.media", "这里不接受文件", "no files are taken here");
    if (u->n == LIMIT_FILES_PER_UPLOAD)
        return ERR(e, ERR_TOO_LARGE, "http.files", "一次至多上传 %d 个文件", "at most %d files at once",
                   LIMIT_FILES_PER_UPLOAD);
    char *path = arena_printf(a, "%s/upload-XXXXXX", u->dir);
    u->fd = mkostemp(path, O_CLOEXEC);
    if (u->fd < 0)
        return no_disk(e, "open");
    u->files[u->n++] = (struct upload){.field = arena_strdup(a, p->name),
                                       .filename = arena_strdup(a, p->filename),
                                       .content_type = arena_strdup(a, p->content_type),
                                       .path = path};
    /* Known to the request at once: whatever happens now, it is removed. */
    u->r->uploads = u->files;
    u->r->n_uploads = u->n;
    return EVP_DigestInit_ex(u->hash, EVP_sha256(), NULL) == 1 ||
           ERR(e, ERR_INTERNAL, "http.hash", "SHA-256 不可用", "SHA-256 is not available");
}

static bool part_begin(void *ctx, const struct part *p, struct err *e)
{
    struct upload_set *u = ctx;

    if (p->file)
        return file_begin(u, p, e);
    u->field = arena_strdup(u->r->arena, p->name);
    buf_clear(&u->value);
    return true;
}

static bool file_data(struct upload_set *u, const char *bytes, size_t n, struct err *e)
{
    struct upload *f = &u->files[u->n - 1];

    f->size += (int64_t)n;
    if (f->size > LIMIT_FILE_BYTES)
        return ERR(e, ERR_TOO_LARGE, "http.file_size", "单个文件至多 %d MB", "a file may have at most %d MB",
                   LIMIT_FILE_BYTES / 1024 / 1024);
    if (EVP_DigestUpdate(u->hash, bytes, n) != 1)
        return ERR(e, ERR_INTERNAL, "http.hash", "SHA-256 不可用", "SHA-256 is not available");
    while (n > 0) {
        ssize_t done = write(u->fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return no_disk(e, "write");
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

static bool part_data(void *ctx, const char *bytes, size_t n, struct err *e)
{
    struct upload_set *u = ctx;

    if (u->fd >= 0)
        return file_data(u, bytes, n, e);
    u->field_bytes += n;
    if (u->field_bytes > FIELD_BYTES_MAX)
        return ERR(e, ERR_TOO_LARGE, "http.body", "表单字段共至多 %d 字节",
                   "form fields may have %d bytes in all", FIELD_BYTES_MAX);
    buf_add(&u->value, bytes, n);
    return true;
}

static bool part_end(void *ctx, struct err *e)
{
    struct upload_set *u = ctx;

    if (u->fd < 0) {
        const char *text = arena_strndup(u->r->arena, buf_text(&u->value), u->value.len);
        if (!utf8_valid(buf_text(&u->value), u->value.len))
            return ERR(e, ERR_MALFORMED, "http.query", "表单字段须是 UTF-8 文本",
                       "form fields must be UTF-8 text");
        return request_add(u->r, u->field, text, e);
    }
    struct upload *f = &u->files[u->n - 1];
    int bad = close(u->fd);
    u->fd = -1;
    if (bad != 0)
        return no_disk(e, "close");
    return EVP_DigestFinal_ex(u->hash, f->sha256, NULL) == 1 ||
           ERR(e, ERR_INTERNAL, "http.hash", "SHA-256 不可用", "SHA-256 is not available");
}

bool upload_begin(struct exchange *x, const char *content_type, struct err *e)
{
    struct upload_set *u = xcalloc(1, sizeof *u);

    u->r = &x->r;
    u->fd = -1;
    u->dir = x->core->c.upload_dir;
    u->files_welcome = x->r.route->body == BODY_UPLOAD && u->dir != NULL;
    u->hash = EVP_MD_CTX_new();
    buf_init(&u->value, FIELD_BYTES_MAX + 1);
    x->uploads = u;
    if (u->hash == NULL)
        return ERR(e, ERR_INTERNAL, "http.hash", "SHA-256 不可用", "SHA-256 is not available");
    return multipart_create(content_type, (struct part_sink){part_begin, part_data, part_end, u}, &x->mp, e);
}

bool upload_end(struct exchange *x, struct err *e)
{
    if (x->r.route->body != BODY_UPLOAD || x->r.n_uploads > 0)
        return true;
    return ERR_FIELD(e, "file", "input.required", "请求中没有文件", "the request holds no file");
}
