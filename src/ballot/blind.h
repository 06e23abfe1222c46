/* blind.h -- RSA blind signatures (RFC 9474, RSABSSA-SHA384-PSS-Deterministic): the signer signs a number
 * that says nothing of the message; what the voter makes of it is an ordinary RSASSA-PSS signature. The
 * message is a token of 32 random bytes, so it needs no further preparation (RFC 9474, 4). Here is the
 * signer's and the verifier's side; the voter's is in the browser. */
#ifndef BALLOT_BLIND_H
#define BALLOT_BLIND_H

#include "base/base.h"

enum {
    BLIND_BITS = 2048, /* a key lives as long as a vote is open: to forge afterwards is too late */
    BLIND_KEY_BYTES_MAX = 4096,
    BLIND_SIGNATURE_MAX = 512,
    TOKEN_BYTES = 32
};

struct blind_bytes {
    uint8_t *b; /* in an arena */
    size_t n;
};
/* A new pair as DER: SubjectPublicKeyInfo and PKCS #8. ERR_INTERNAL "ballot.key". */
MUST_USE bool blind_make(struct arena *a, struct blind_bytes *ret_public, struct blind_bytes *ret_secret,
                         struct err *e);
/* Modulus and exponent of a public key, big-endian. */
MUST_USE bool blind_parts(struct blind_bytes public_key, struct arena *a, struct blind_bytes *ret_n,
                          struct blind_bytes *ret_e, struct err *e);
/* Signs what was blinded; as long as the modulus. ERR_INVALID "ballot.blinded" when it is not a number below
 * the modulus of that length. The same input gives the same signature. */
MUST_USE bool blind_sign(struct blind_bytes secret_key, struct blind_bytes blinded, struct arena *a,
                         struct blind_bytes *ret, struct err *e);
/* Whether the signature is of the message by that key. */
bool blind_verify(struct blind_bytes public_key, struct blind_bytes message, struct blind_bytes signature);

#endif
