/* privacy.h -- the cipher suite of a district and what it protects: hashes of the
 * history, personal fields at rest, blind indexes, masks.
 *
 * Suites (chosen at `init`, kept for ever): "aes" AES-256-GCM, SHA-256, HMAC-SHA-256; "sm"
 * SM4-128 (CTR, then HMAC-SM3 over nonce and ciphertext: encrypt-then-MAC), SM3. Keys: DIR/secret.key, 32
 * random bytes, mode 0600; per-purpose keys by HKDF. */
#ifndef IDENTITY_PRIVACY_H
#define IDENTITY_PRIVACY_H

#include "base/base.h"
#include "base/uuid.h"
#include "pack/checks.h"
#include "pack/pack.h"

enum { HASH_BYTES = 32, BLIND_BYTES = 16 };
enum suite { SUITE_UNSET = 0, SUITE_AES, SUITE_SM };

struct privacy; /* any thread */
MUST_USE bool privacy_create(enum suite s, const uint8_t master[32], struct privacy **ret, struct err *e);
void privacy_free(struct privacy **p);
enum suite privacy_suite(const struct privacy *p);
/* Reads DIR/secret.key; makes it when `create` and absent. ERR_BUSY "privacy.key" when missing or of wrong
 * size or open to others. */
MUST_USE bool privacy_open(const char *dir, enum suite s, bool create, struct privacy **ret, struct err *e);

/* SHA-256 or SM3 of a || b (either may be empty). */
void privacy_hash(const struct privacy *p, const void *a, size_t na, const void *b, size_t nb,
                  uint8_t ret[HASH_BYTES]);
/* "e1:" + base64url(nonce || ciphertext || tag) in the arena. The nonce is HMAC(record, field,
 * plaintext), so the same input gives the same bytes (replay), and different ones never share a nonce. */
const char *privacy_seal(const struct privacy *p, struct arena *a, struct uuid record, const char *field,
                         const char *plain);
/* ERR_INTERNAL "privacy.sealed" if it is not ours or was changed. */
MUST_USE bool privacy_unseal(const struct privacy *p, struct arena *a, struct uuid record, const char *field,
                             const char *sealed, const char **ret, struct err *e);
bool privacy_is_sealed(const char *s);
/* Blind index of a normalised value within a purpose ("phone"): equal values, equal tags. */
void privacy_blind(const struct privacy *p, const char *purpose, const char *value, uint8_t ret[BLIND_BYTES]);

/* Compares secrets: takes the same time wherever they differ. */
bool privacy_same(const void *a, const void *b, size_t n);

/* Masks by field type: phone 138****8000, citizen ID 110105********0123, plate 浙H****5,
 * otherwise a name: 张*, longer texts keep the first character. */
const char *privacy_mask(struct arena *a, enum field_type t, const char *plain);

#endif
