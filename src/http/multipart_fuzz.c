/* The first byte says how large the pieces are: a body must mean the same
 * whether it comes at once or in pieces. */
#include "base/buf.h"
#include "http/multipart.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_begin(void *ctx, const struct part *p, struct err *e)
{
    (void)e;
    buf_printf(ctx, "<%s|%s|%s|%d>", p->name, p->filename, p->content_type, p->file);
    return true;
}

static bool on_data(void *ctx, const char *bytes, size_t n, struct err *e)
{
    (void)e;
    buf_add(ctx, bytes, n);
    return true;
}

static bool on_end(void *ctx, struct err *e)
{
    (void)e;
    buf_str(ctx, "</>");
    return true;
}

static bool parse(const char *s, size_t n, size_t step, struct buf *out)
{
    struct multipart *m = NULL;
    struct err e = {0};

    buf_init(out, 1 << 20);
    bool ok = multipart_create("multipart/form-data; boundary=b",
                               (struct part_sink){on_begin, on_data, on_end, out}, &m, &e);
    for (size_t at = 0; ok && at < n; at += step)
        ok = multipart_feed(m, s + at, n - at < step ? n - at : step, &e);
    ok = ok && multipart_end(m, &e);
    multipart_free(&m);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, pieces;

    if (size == 0)
        return 0;
    const char *s = (const char *)data + 1;
    bool a = parse(s, size - 1, size, &whole), b = parse(s, size - 1, data[0] % 16 + 1U, &pieces);
    if (a != b ||
        (a && (whole.len != pieces.len || memcmp(buf_text(&whole), buf_text(&pieces), whole.len) != 0)))
        abort();
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
