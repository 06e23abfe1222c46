/* multipart.h -- multipart/form-data, in pieces as they arrive; holds no part in
 * memory. Our own because the library's needs a socket, and tests, fuzzers and
 * http_dispatch() must take the same path as the network. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/base.h"

enum { MULTIPART_NAME_MAX = 256 };

struct part {
    char name[MULTIPART_NAME_MAX], filename[MULTIPART_NAME_MAX], content_type[MULTIPART_NAME_MAX];
    bool file; /* it has a filename, perhaps an empty one */
};
/* A part begins, goes on, ends. */
struct part_sink {
    bool (*begin)(void *ctx, const struct part *p, struct err *e);
    bool (*data)(void *ctx, const char *bytes, size_t n, struct err *e);
    bool (*end)(void *ctx, struct err *e);
    void *ctx;
};

struct multipart;
/* ERR_MALFORMED "http.multipart" if the content type names no usable boundary. */
MUST_USE bool multipart_create(const char *content_type, struct part_sink sink, struct multipart **ret,
                               struct err *e);
void multipart_free(struct multipart **m);
/* ERR_MALFORMED "http.multipart", or what the sink says. */
MUST_USE bool multipart_feed(struct multipart *m, const char *bytes, size_t n, struct err *e);
/* Nothing more comes: ERR_MALFORMED if the last boundary is missing. */
MUST_USE bool multipart_end(struct multipart *m, struct err *e);

#endif
