/* A file as the answer, or the one range of it that was asked for (RFC 9110, 14). */
#include "base/text.h"
#include "http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum range { RANGE_NONE = 0, RANGE_PART, RANGE_IMPOSSIBLE };

static bool digits(const char *s, size_t n, int64_t *ret)
{
    char text[24];

    if (n == 0 || n >= sizeof text || strspn(s, "0123456789") < n)
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    return parse_int64(text, ret);
}

/* bytes=first-last, bytes=first-, bytes=-suffix. Several ranges, or nonsense: the whole. */
static enum range range_of(const char *s, int64_t size, int64_t *ret_from, int64_t *ret_len)
{
    int64_t first = 0, last = size - 1, n;

    if (s == NULL || !str_starts(s, "bytes=") || strchr(s, ',') != NULL)
        return RANGE_NONE;
    s += 6;
    size_t dash = strcspn(s, "-"), end = dash + (s[dash] == '-');
    bool has_first = digits(s, dash, &first), has_last = digits(s + end, strlen(s + end), &n);
    if (s[dash] == '\0' || (dash > 0 && !has_first) || (!has_last && s[end] != '\0') ||
        (!has_first && !has_last))
        return RANGE_NONE;
    if (!has_first)
        first = n < size ? size - n : 0;
    else if (has_last && n < last)
        last = n;
    if (has_first && has_last && n < first)
        return RANGE_NONE;
    if (first >= size || (!has_first && n == 0))
        return RANGE_IMPOSSIBLE;
    *ret_from = first;
    *ret_len = last - first + 1;
    return RANGE_PART;
}

static void ranged(struct exchange *x, int64_t size)
{
    struct req *r = &x->r;
    enum range range = range_of(x->header(x, "Range"), size, &x->file_from, &x->file_len);

    req_header(r, "Accept-Ranges", "bytes");
    if (range == RANGE_PART) {
        r->status = 206;
        req_header(r, "Content-Range",
                   arena_printf(r->arena, "bytes %lld-%lld/%lld", (long long)x->file_from,
                                (long long)(x->file_from + x->file_len - 1), (long long)size));
    } else if (range == RANGE_IMPOSSIBLE) {
        r->n_headers = 0; /* above all "immutable" */
        req_header(r, "Content-Range", arena_printf(r->arena, "bytes */%lld", (long long)size));
        struct err e = {0};
        (void)ERR(&e, ERR_MALFORMED, "http.range", "请求的范围不在文件之内，文件共 %lld 字节",
                  "the range lies outside the file of %lld bytes", (long long)size);
        exchange_fail(x, &e, 416);
    }
}

void sendfile_prepare(struct exchange *x)
{
    struct stat st;
    struct err e = {0};

    x->fd = open(x->r.file_path, O_RDONLY | O_CLOEXEC);
    if (x->fd < 0 || fstat(x->fd, &st) != 0) {
        if (errno == ENOENT)
            (void)ERR(&e, ERR_NOT_FOUND, "http.file", "文件不在了", "the file is gone");
        else
            (void)ERR(&e, ERR_INTERNAL, "http.file", "无法读取文件 %s：%s", "cannot read the file %s: %s",
                      x->r.file_path, strerror(errno));
        x->r.n_headers = 0;
        exchange_fail(x, &e, 0);
        return;
    }
    x->file_from = 0;
    x->file_len = st.st_size;
    if (x->r.status == 200)
        ranged(x, st.st_size);
}
