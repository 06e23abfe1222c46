/* buf.h -- a growable byte buffer with a maximum that must be given. Errors
 * stick: past the maximum `failed` is set and further calls do nothing. The
 * content is always NUL-terminated. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/base.h"

struct buf {
    char *s; /* malloc()ed; NULL while empty */
    size_t len, cap, max;
    bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The text so far, "" while empty. */
const char *buf_text(const struct buf *b);

#endif
