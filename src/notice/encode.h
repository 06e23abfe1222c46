/* encode.h -- texts and bytes as the protocols want them. Inside this folder only. */
#ifndef NOTICE_ENCODE_H
#define NOTICE_ENCODE_H

#include "base/buf.h"

enum { SHA256_BYTES = 32 };

/* RFC 4648, with padding; `url`: the alphabet of URLs, without. In the arena. */
const char *encode_base64(struct arena *a, const void *bytes, size_t n, bool url);
/* Of the URL alphabet, without padding. False when it is none or longer than `size`. */
MUST_USE bool decode_base64url(const char *text, uint8_t *ret, size_t size, size_t *ret_n);
/* RFC 2104. */
void encode_hmac_sha256(const void *key, size_t n_key, const void *text, size_t n_text,
                        uint8_t ret[SHA256_BYTES]);
/* Everything but letters, digits and -._~ as %XX. */
void encode_percent(struct buf *b, const char *s);
/* The inside of a JSON text, without its quotes. */
void encode_json_inside(struct buf *b, const char *s);

#endif
