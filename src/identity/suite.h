/* suite.h -- the primitives of a cipher suite over OpenSSL, for privacy.c only:
 * hash, HMAC and sealing with contexts kept per thread. Nothing here fails for a
 * reason a caller could mend: what OpenSSL refuses ends the process, as running out
 * of memory does. Opening is the exception: forged input is an answer, not a fault. */
#ifndef IDENTITY_SUITE_H
#define IDENTITY_SUITE_H

#include "base/base.h"
#include "identity/privacy.h"

#include <openssl/evp.h>

enum { SUITE_KEY_BYTES = 32, SUITE_BLOCK_BYTES = 64, SUITE_NONCE_MAX = 16, SUITE_TAG_MAX = 32 };

/* Per-purpose keys; in guarded memory that is never swapped or dumped. */
struct suite_keys {
    uint8_t cipher[SUITE_KEY_BYTES], mac[SUITE_KEY_BYTES], nonce[SUITE_KEY_BYTES], blind[SUITE_KEY_BYTES];
};

/* HMAC with the keyed first blocks already hashed. */
struct suite_hmac {
    EVP_MD_CTX *inner, *outer;
};

struct part {
    const void *bytes;
    size_t n;
};

struct privacy {
    enum suite suite;
    uint64_t serial;         /* tells the threads' contexts whose key they hold */
    EVP_MD *md;              /* SHA-256 or SM3 */
    EVP_CIPHER *cipher;      /* AES-256-GCM or SM4-CTR */
    struct suite_keys *keys; /* sodium_malloc() */
    struct suite_hmac mac, nonce, blind;
    size_t nonce_bytes, tag_bytes;
};

/* One piece of text bound to its place: `aad` names record and field. */
struct sealing {
    const uint8_t *nonce;
    struct part aad, text;
    uint8_t *out; /* text.n bytes */
    uint8_t *tag; /* written by seal, compared by open */
};

/* Fetches the algorithms of p->suite and derives the keys. False: OpenSSL lacks one. */
bool suite_start(struct privacy *p, const uint8_t master[SUITE_KEY_BYTES]);
void suite_stop(struct privacy *p);
/* Replaces the cipher key: known-answer tests only. */
void suite_rekey(struct privacy *p, const uint8_t cipher_key[SUITE_KEY_BYTES]);
void suite_hash(const struct privacy *p, const struct part *parts, size_t n, uint8_t ret[HASH_BYTES]);
void suite_hmac(const struct suite_hmac *h, const struct part *parts, size_t n, uint8_t ret[HASH_BYTES]);
void suite_seal(const struct privacy *p, const struct sealing *s);
/* False when the tag does not fit: nothing of `out` may be used then. */
bool suite_open(const struct privacy *p, const struct sealing *s);
/* HKDF (RFC 5869) with the suite's hash, for keys and for the known-answer test. */
bool suite_hkdf(const struct privacy *p, struct part key, struct part salt, struct part info, uint8_t *ret,
                size_t n);

#endif
