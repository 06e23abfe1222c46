#include "notice/webpush.h"

#include "base/text.h"
#include "base/uuid.h"
#include "json/json_out.h"
#include "notice/encode.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

enum { RECORD_SIZE = 4096, CEK = 16, NONCE = 12, TAG = 16, SIGNATURE = 64, CLAIMS_MAX = 2048 };

static void pkey_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
    *k = NULL;
}

static bool failed(struct err *e)
{
    return ERR(e, ERR_INTERNAL, "push.crypto", "推送加密失败", "encrypting for Web Push failed");
}

/* --- keys --- */

static bool point_of(EVP_PKEY *k, uint8_t ret[P256_POINT])
{
    size_t n = 0;

    return EVP_PKEY_get_octet_string_param(k, OSSL_PKEY_PARAM_PUB_KEY, ret, P256_POINT, &n) == 1 &&
           n == P256_POINT;
}

bool push_key_make(struct push_key *ret, struct err *e)
{
    AUTO(pkey_free) EVP_PKEY *k = EVP_EC_gen("P-256");
    BIGNUM *n = NULL;
    bool ok = k != NULL && EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_PRIV_KEY, &n) == 1 &&
              BN_bn2binpad(n, ret->scalar, P256_SCALAR) == P256_SCALAR && point_of(k, ret->point);

    BN_clear_free(n);
    return ok || failed(e);
}

/* NULL when it is no key. `scalar` NULL: a public one. */
static EVP_PKEY *pkey_of(const uint8_t point[P256_POINT], const uint8_t *scalar)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    BIGNUM *n = scalar == NULL ? NULL : BN_bin2bn(scalar, P256_SCALAR, NULL);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *k = NULL;

    if (b != NULL && c != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, P256_POINT) &&
        (n == NULL || OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, n)) &&
        (params = OSSL_PARAM_BLD_to_param(b)) != NULL && EVP_PKEY_fromdata_init(c) == 1)
        (void)EVP_PKEY_fromdata(c, &k, scalar == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    BN_clear_free(n);
    EVP_PKEY_CTX_free(c);
    return k;
}

bool push_keys_read(const char *p256dh, const char *auth, struct push_keys *ret, struct err *e)
{
    AUTO(pkey_free) EVP_PKEY *k = NULL;
    size_t n_point = 0, n_auth = 0;

    if (decode_base64url(p256dh, ret->p256dh, sizeof(ret->p256dh), &n_point) && n_point == P256_POINT &&
        decode_base64url(auth, ret->auth, sizeof(ret->auth), &n_auth) && n_auth == PUSH_AUTH)
        k = pkey_of(ret->p256dh, NULL);
    return k != NULL || ERR_FIELD(e, "keys", "push.keys", "不是浏览器给出的订阅密钥",
                                  "these are no keys that a browser gives");
}

/* --- encrypting --- */

static bool agree(const struct push_keys *to, const struct push_key *from, uint8_t ret[P256_SCALAR])
{
    AUTO(pkey_free) EVP_PKEY *ours = pkey_of(from->point, from->scalar);
    AUTO(pkey_free) EVP_PKEY *theirs = pkey_of(to->p256dh, NULL);
    EVP_PKEY_CTX *c = ours == NULL || theirs == NULL ? NULL : EVP_PKEY_CTX_new(ours, NULL);
    size_t n = P256_SCALAR;
    bool ok = c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, theirs) == 1 &&
              EVP_PKEY_derive(c, ret, &n) == 1 && n == P256_SCALAR;

    EVP_PKEY_CTX_free(c);
    return ok;
}

/* HKDF with SHA-256 (RFC 5869) for at most one block of output. */
static void derive(const uint8_t *salt, size_t n_salt, const uint8_t *secret, size_t n_secret,
                   const uint8_t *info, size_t n_info, uint8_t *ret, size_t n)
{
    uint8_t key[SHA256_BYTES], block[SHA256_BYTES], text[256];

    encode_hmac_sha256(salt, n_salt, secret, n_secret, key);
    memcpy(text, info, n_info);
    text[n_info] = 1;
    encode_hmac_sha256(key, sizeof(key), text, n_info + 1, block);
    memcpy(ret, block, n);
}

/* The secret of both sides, bound to who they are. */
static bool make_secret(const struct push_keys *to, const struct push_key *from, uint8_t ret[SHA256_BYTES])
{
    static const char label[] = "WebPush: info"; /* its NUL belongs to it */
    uint8_t shared[P256_SCALAR], info[sizeof(label) + P256_POINT + P256_POINT];

    if (!agree(to, from, shared))
        return false;
    memcpy(info, label, sizeof(label));
    memcpy(info + sizeof(label), to->p256dh, P256_POINT);
    memcpy(info + sizeof(label) + P256_POINT, from->point, P256_POINT);
    derive(to->auth, PUSH_AUTH, shared, sizeof(shared), info, sizeof(info), ret, SHA256_BYTES);
    return true;
}

/* One record, the last: the text, a 2, the tag. */
static bool seal(const uint8_t key[CEK], const uint8_t nonce[NONCE], const void *plain, size_t n,
                 uint8_t *ret)
{
    static const uint8_t last = 2;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int part = 0, rest = 0, end = 0;
    bool ok = c != NULL && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) == 1 &&
              EVP_EncryptUpdate(c, ret, &part, plain, (int)n) == 1 &&
              EVP_EncryptUpdate(c, ret + part, &rest, &last, 1) == 1 &&
              EVP_EncryptFinal_ex(c, ret + part + rest, &end) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, ret + n + 1) == 1;

    EVP_CIPHER_CTX_free(c);
    return ok;
}

bool push_encrypt_with(const struct push_keys *to, const struct push_key *from, const uint8_t salt[PUSH_SALT],
                       const void *plain, size_t n, struct arena *a, const uint8_t **ret, size_t *ret_n,
                       struct err *e)
{
    static const char cek_label[] = "Content-Encoding: aes128gcm", nonce_label[] = "Content-Encoding: nonce";
    static const uint8_t size[4] = {RECORD_SIZE >> 24, RECORD_SIZE >> 16, RECORD_SIZE >> 8 & 0xff,
                                    RECORD_SIZE & 0xff};
    uint8_t secret[SHA256_BYTES], key[CEK], nonce[NONCE];
    uint8_t *body = arena_alloc(a, n + PUSH_OVERHEAD), *at = body;

    if (n > PUSH_PLAIN_MAX || !make_secret(to, from, secret))
        return failed(e);
    derive(salt, PUSH_SALT, secret, sizeof(secret), (const uint8_t *)cek_label, sizeof(cek_label), key, CEK);
    derive(salt, PUSH_SALT, secret, sizeof(secret), (const uint8_t *)nonce_label, sizeof(nonce_label), nonce,
           NONCE);
    memcpy(at, salt, PUSH_SALT);
    at += PUSH_SALT;
    memcpy(at, size, sizeof(size));
    at += sizeof(size);
    *at++ = P256_POINT;
    memcpy(at, from->point, P256_POINT);
    if (!seal(key, nonce, plain, n, at + P256_POINT))
        return failed(e);
    *ret = body;
    *ret_n = n + PUSH_OVERHEAD;
    return true;
}

bool push_encrypt(const struct push_keys *to, const void *plain, size_t n, struct arena *a,
                  const uint8_t **ret, size_t *ret_n, struct err *e)
{
    struct push_key once;
    uint8_t salt[PUSH_SALT];

    random_bytes(salt, sizeof(salt));
    return push_key_make(&once, e) && push_encrypt_with(to, &once, salt, plain, n, a, ret, ret_n, e);
}

/* --- signing --- */

/* JOSE wants r and s side by side, OpenSSL gives them in DER. */
static bool plain_signature(const uint8_t *der, size_t n, uint8_t ret[SIGNATURE])
{
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool ok = s != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(s), ret, SIGNATURE / 2) == SIGNATURE / 2 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), ret + SIGNATURE / 2, SIGNATURE / 2) == SIGNATURE / 2;

    ECDSA_SIG_free(s);
    return ok;
}

static bool sign(const struct push_key *key, const char *text, uint8_t ret[SIGNATURE])
{
    AUTO(pkey_free) EVP_PKEY *k = pkey_of(key->point, key->scalar);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    uint8_t der[128];
    size_t n = sizeof(der);
    bool ok = k != NULL && c != NULL && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k) == 1 &&
              EVP_DigestSign(c, der, &n, (const uint8_t *)text, strlen(text)) == 1 &&
              plain_signature(der, n, ret);

    EVP_MD_CTX_free(c);
    return ok;
}

static const char *claims_of(const char *origin, const char *contact, int64_t exp, struct arena *a)
{
    struct json_out j;
    const char *text;

    jo_begin(&j, CLAIMS_MAX);
    jo_obj(&j, NULL);
    jo_str(&j, "aud", origin);
    jo_int(&j, "exp", exp);
    jo_str(&j, "sub", contact);
    jo_close(&j);
    text = j.failed ? NULL : encode_base64(a, j.buf, j.len, true);
    jo_free(&j);
    return text;
}

bool push_vapid(const struct push_key *key, const char *origin, const char *contact, int64_t exp,
                struct arena *a, const char **ret, struct err *e)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    const char *claims = claims_of(origin, contact, exp, a), *text;
    uint8_t signature[SIGNATURE];

    if (claims == NULL)
        return failed(e);
    text = arena_printf(a, "%s.%s", encode_base64(a, header, strlen(header), true), claims);
    if (!sign(key, text, signature))
        return failed(e);
    *ret = arena_printf(a, "vapid t=%s.%s, k=%s", text, encode_base64(a, signature, SIGNATURE, true),
                        encode_base64(a, key->point, P256_POINT, true));
    return true;
}
