/* Embedded assets: stored as the build made them (mostly gzip), found by path. */
#include "base/limits.h"
#include "base/text.h"
#include "http/exchange.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char content_policy[] = "default-src 'self'; img-src 'self' data: blob:%s; media-src 'self' "
                                     "blob:; style-src 'self'; connect-src 'self'; "
                                     "frame-ancestors 'self'; base-uri 'none'; form-action 'self'";

static int path_cmp(const void *key, const void *asset)
{
    return strcmp(key, (*(const struct asset *const *)asset)->path);
}

static const struct asset *find(const struct core *core, const char *path)
{
    const struct asset **at =
        path == NULL ? NULL
                     : bsearch(path, core->assets, core->c.n_assets, sizeof(const struct asset *), path_cmp);

    return at == NULL ? NULL : *at;
}

/* FNV-1a over the stored bytes, once an asset: it tells one build from another. */
static uint64_t etag(struct core *core, const struct asset *a)
{
    _Atomic uint64_t *slot = &core->etags[a - core->c.assets];
    uint64_t h = atomic_load_explicit(slot, memory_order_relaxed);

    if (h != 0)
        return h;
    h = 14695981039346656037U;
    for (size_t i = 0; i < a->size; i++)
        h = (h ^ a->bytes[i]) * 1099511628211U;
    h |= 1;
    atomic_store_explicit(slot, h, memory_order_relaxed);
    return h;
}

/* For the few clients that do not take gzip. The asset is ours, so it is sound. */
static bool inflate_asset(struct exchange *x, const struct asset *a)
{
    z_stream z = {0};

    buf_init(&x->body, LIMIT_REPLY_BYTES);
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return false;
    z.next_in = (Bytef *)(uintptr_t)a->bytes;
    z.avail_in = (uInt)a->size;
    int rc = Z_OK;
    while (rc == Z_OK) {
        unsigned char piece[8192];
        z.next_out = piece;
        z.avail_out = sizeof piece;
        rc = inflate(&z, Z_NO_FLUSH);
        buf_add(&x->body, piece, sizeof piece - z.avail_out);
    }
    (void)inflateEnd(&z);
    x->r.raw = buf_text(&x->body);
    x->r.raw_len = x->body.len;
    return rc == Z_STREAM_END && !x->body.failed;
}

static void describe(struct exchange *x, const struct asset *a)
{
    struct req *r = &x->r;

    r->content_type = a->content_type;
    req_header(r, "Cache-Control", a->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    req_header(r, "Vary", "Accept-Encoding");
    if (!request_is(a->content_type, "text/html"))
        return;
    req_header(
        r, "Content-Security-Policy",
        arena_printf(r->arena, content_policy, x->core->c.image_hosts == NULL ? "" : x->core->c.image_hosts));
    req_header(r, "Referrer-Policy", "same-origin");
    req_header(r, "Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)");
}

bool static_answer(struct exchange *x)
{
    const struct asset *a = find(x->core, x->r.path);
    struct req *r = &x->r;

    if (a == NULL && x->core->c.page != NULL)
        a = find(x->core, x->core->c.page(x->r.path));
    if (a == NULL)
        return false;
    const char *tag = arena_printf(r->arena, "\"%016" PRIx64 "\"", etag(x->core, a));
    const char *known = x->header(x, "If-None-Match");
    describe(x, a);
    req_header(r, "ETag", tag);
    r->raw = "";
    if (known != NULL && strstr(known, tag) != NULL) {
        r->status = 304;
        return true;
    }
    if (a->gzip && !request_accepts_gzip(x->header(x, "Accept-Encoding")))
        return inflate_asset(x, a);
    if (a->gzip)
        req_header(r, "Content-Encoding", "gzip");
    r->raw = (const char *)a->bytes;
    r->raw_len = a->size;
    return true;
}
