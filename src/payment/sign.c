/* Signatures of both directions. */
#include "base/text.h"
#include "payment/payment.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <string.h>

enum { SIGNATURE_MAX = 1024, MAC_BYTES = 32, RSA_BITS_MIN = 2048 };

const char *scheme_name(enum scheme s)
{
    return s == SCHEME_RSA ? "rsa" : "hmac";
}

static void bio_free(BIO **b)
{
    (void)BIO_free(*b);
}

static void pkey_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void digest_free(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}

static EVP_PKEY *read_key(const char *pem, bool private_key)
{
    AUTO(bio_free) BIO *b = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *k = NULL;

    if (b != NULL)
        k = private_key ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL)
                        : PEM_read_bio_PUBKEY(b, NULL, NULL, NULL);
    if (k != NULL && (EVP_PKEY_get_base_id(k) != EVP_PKEY_RSA || EVP_PKEY_get_bits(k) < RSA_BITS_MIN)) {
        EVP_PKEY_free(k);
        k = NULL;
    }
    return k;
}

bool payment_key_ok(const char *pem, bool private_key)
{
    AUTO(pkey_free) EVP_PKEY *k = read_key(pem, private_key);

    return k != NULL;
}

static bool secret_of(const struct req *r, const struct provider *p, const char **ret, struct err *e)
{
    return privacy_unseal(r->services->privacy, r->arena, p->id, "secret", p->secret, ret, e);
}

static void mac(const char *secret, const void *text, size_t n, uint8_t ret[MAC_BYTES])
{
    (void)HMAC(EVP_sha256(), secret, (int)strlen(secret), text, n, ret, NULL);
}

static bool bad_key(struct err *e)
{
    return ERR(e, ERR_INTERNAL, "payment.key", "支付渠道的密钥无法使用",
               "the payment provider's key is of no use");
}

static bool sign_rsa(const struct req *r, const char *secret, const char *text, const char **ret,
                     struct err *e)
{
    AUTO(pkey_free) EVP_PKEY *k = read_key(secret, true);
    AUTO(digest_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
    unsigned char bytes[SIGNATURE_MAX];
    size_t n = sizeof(bytes);
    char *out;

    if (k == NULL || c == NULL || EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k) != 1 ||
        EVP_DigestSign(c, bytes, &n, (const unsigned char *)text, strlen(text)) != 1)
        return bad_key(e);
    out = arena_alloc(r->arena, 4 * ((n + 2) / 3) + 1);
    (void)EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
    *ret = out;
    return true;
}

bool payment_sign(const struct req *r, const struct provider *p, const char *text, const char **ret,
                  struct err *e)
{
    const char *secret = "";
    uint8_t bytes[MAC_BYTES];
    char *hex;

    if (!secret_of(r, p, &secret, e))
        return false;
    if (p->scheme == SCHEME_RSA)
        return sign_rsa(r, secret, text, ret, e);
    mac(secret, text, strlen(text), bytes);
    hex = arena_alloc(r->arena, 2 * MAC_BYTES + 1);
    hex_encode(bytes, MAC_BYTES, hex);
    *ret = hex;
    return true;
}

static bool verify_rsa(const struct provider *p, const char *text, size_t n, const char *signature, bool *ret,
                       struct err *e)
{
    AUTO(pkey_free) EVP_PKEY *k = read_key(p->public_key, false);
    AUTO(digest_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
    unsigned char bytes[SIGNATURE_MAX + 3];
    size_t len = strlen(signature), pad = 0;
    int got;

    *ret = false;
    if (k == NULL || c == NULL || EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, k) != 1)
        return bad_key(e);
    if (len == 0 || len % 4 != 0 || len / 4 * 3 > SIGNATURE_MAX)
        return true;
    got = EVP_DecodeBlock(bytes, (const unsigned char *)signature, (int)len);
    while (pad < 2 && signature[len - 1 - pad] == '=')
        pad++;
    if (got > 0)
        *ret = EVP_DigestVerify(c, bytes, (size_t)got - pad, (const unsigned char *)text, n) == 1;
    return true;
}

bool payment_verify(const struct req *r, const struct provider *p, const char *text, size_t n,
                    const char *signature, bool *ret, struct err *e)
{
    const char *secret = "";
    uint8_t bytes[MAC_BYTES];
    char hex[2 * MAC_BYTES + 1];

    if (p->scheme == SCHEME_RSA)
        return verify_rsa(p, text, n, signature, ret, e);
    if (!secret_of(r, p, &secret, e))
        return false;
    mac(secret, text, n, bytes);
    hex_encode(bytes, MAC_BYTES, hex);
    *ret = strlen(signature) == sizeof(hex) - 1 && privacy_same(hex, signature, sizeof(hex) - 1);
    return true;
}
