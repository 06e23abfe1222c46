/* webpush.h -- a message for one browser: encrypted for it alone (RFC 8291, aes128gcm of RFC 8188) and signed
 * for the service that passes it on (VAPID, RFC 8292). Inside this folder only. */
#ifndef NOTICE_WEBPUSH_H
#define NOTICE_WEBPUSH_H

#include "base/base.h"

enum {
    P256_POINT = 65, /* uncompressed */
    P256_SCALAR = 32,
    PUSH_AUTH = 16,
    PUSH_SALT = 16,
    PUSH_PLAIN_MAX = 3052, /* what services must take is 4096 bytes encrypted; some proxies less */
    PUSH_OVERHEAD = PUSH_SALT + 4 + 1 + P256_POINT + 1 + 16,
};

/* A key of P-256. */
struct push_key {
    uint8_t scalar[P256_SCALAR], point[P256_POINT];
};
MUST_USE bool push_key_make(struct push_key *ret, struct err *e);

/* What a browser told us of itself. */
struct push_keys {
    uint8_t p256dh[P256_POINT], auth[PUSH_AUTH];
};
/* From base64url; ERR_FIELD "push.keys" when they are none, also a point that is not on the curve. */
MUST_USE bool push_keys_read(const char *p256dh, const char *auth, struct push_keys *ret, struct err *e);

/* The body of the request: *ret in `a`, n + PUSH_OVERHEAD bytes. */
MUST_USE bool push_encrypt(const struct push_keys *to, const void *plain, size_t n, struct arena *a,
                           const uint8_t **ret, size_t *ret_n, struct err *e);
/* The same with a key and salt of the caller: for known answers. */
MUST_USE bool push_encrypt_with(const struct push_keys *to, const struct push_key *from,
                                const uint8_t salt[PUSH_SALT], const void *plain, size_t n, struct arena *a,
                                const uint8_t **ret, size_t *ret_n, struct err *e);
/* The value of the header Authorization for a push service: `origin` is "https://host[:port]" of the
 * endpoint, `contact` "mailto:…" or "https://…", `exp` seconds since 1970. */
MUST_USE bool push_vapid(const struct push_key *key, const char *origin, const char *contact, int64_t exp,
                         struct arena *a, const char **ret, struct err *e);

#endif
