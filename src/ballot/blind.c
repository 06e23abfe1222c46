#include "ballot/blind.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum { SALT_BYTES = 48 };

static void key_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
    *k = NULL;
}

static void ctx_free(EVP_PKEY_CTX **c)
{
    EVP_PKEY_CTX_free(*c);
    *c = NULL;
}

static void md_free(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
    *c = NULL;
}

static void number_free(BIGNUM **n)
{
    BN_free(*n);
    *n = NULL;
}

static bool broken(struct err *e)
{
    return ERR(e, ERR_INTERNAL, "ballot.key", "选票密钥不可用", "the key of the ballot cannot be used");
}

static EVP_PKEY *read_public(struct blind_bytes der)
{
    const unsigned char *at = der.b;

    return d2i_PUBKEY(NULL, &at, (long)der.n);
}

static EVP_PKEY *read_secret(struct blind_bytes der)
{
    const unsigned char *at = der.b;

    return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, (long)der.n); /* as blind_make() wrote it: no guessing */
}

/* Into the arena; OpenSSL's own copy is wiped. */
static bool encode(EVP_PKEY *k, int (*how)(const EVP_PKEY *k, unsigned char **out), struct arena *a,
                   struct blind_bytes *ret)
{
    unsigned char *der = NULL;
    int n = how(k, &der);

    if (n > 0) {
        ret->n = (size_t)n;
        ret->b = arena_alloc(a, ret->n);
        memcpy(ret->b, der, ret->n);
        OPENSSL_clear_free(der, ret->n);
    }
    return n > 0;
}

bool blind_make(struct arena *a, struct blind_bytes *ret_public, struct blind_bytes *ret_secret,
                struct err *e)
{
    AUTO(key_free) EVP_PKEY *k = EVP_RSA_gen(BLIND_BITS);

    return (k != NULL && encode(k, i2d_PUBKEY, a, ret_public) && encode(k, i2d_PrivateKey, a, ret_secret)) ||
           broken(e);
}

static bool part(EVP_PKEY *k, const char *name, struct arena *a, struct blind_bytes *ret)
{
    AUTO(number_free) BIGNUM *n = NULL;

    if (EVP_PKEY_get_bn_param(k, name, &n) != 1)
        return false;
    ret->n = (size_t)BN_num_bytes(n);
    ret->b = arena_alloc(a, ret->n + 1);
    return BN_bn2bin(n, ret->b) == (int)ret->n;
}

bool blind_parts(struct blind_bytes public_key, struct arena *a, struct blind_bytes *ret_n,
                 struct blind_bytes *ret_e, struct err *e)
{
    AUTO(key_free) EVP_PKEY *k = read_public(public_key);

    return (k != NULL && part(k, OSSL_PKEY_PARAM_RSA_N, a, ret_n) &&
            part(k, OSSL_PKEY_PARAM_RSA_E, a, ret_e)) ||
           broken(e);
}

/* The private operation on a number, without any padding; then the public one, against faults of the machine:
 * a wrong signature may give the key away (RFC 9474, 4.3). */
static bool raw(EVP_PKEY *k, struct blind_bytes in, struct blind_bytes *ret)
{
    AUTO(ctx_free) EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(k, NULL);
    AUTO(ctx_free) EVP_PKEY_CTX *back = EVP_PKEY_CTX_new(k, NULL);
    unsigned char again[BLIND_SIGNATURE_MAX];
    size_t n = sizeof(again);

    return sign != NULL && back != NULL && EVP_PKEY_decrypt_init(sign) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(sign, RSA_NO_PADDING) == 1 &&
           EVP_PKEY_decrypt(sign, ret->b, &ret->n, in.b, in.n) == 1 && EVP_PKEY_encrypt_init(back) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(back, RSA_NO_PADDING) == 1 &&
           EVP_PKEY_encrypt(back, again, &n, ret->b, ret->n) == 1 && n == in.n &&
           CRYPTO_memcmp(again, in.b, n) == 0;
}

static bool below_modulus(EVP_PKEY *k, struct blind_bytes in)
{
    AUTO(number_free) BIGNUM *n = NULL;
    AUTO(number_free) BIGNUM *m = BN_bin2bn(in.b, (int)in.n, NULL);

    return in.n == (size_t)EVP_PKEY_get_size(k) && m != NULL &&
           EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_RSA_N, &n) == 1 && BN_cmp(m, n) < 0 && !BN_is_zero(m) &&
           !BN_is_one(m);
}

bool blind_sign(struct blind_bytes secret_key, struct blind_bytes blinded, struct arena *a,
                struct blind_bytes *ret, struct err *e)
{
    AUTO(key_free) EVP_PKEY *k = read_secret(secret_key);

    if (k == NULL || (size_t)EVP_PKEY_get_size(k) > BLIND_SIGNATURE_MAX)
        return broken(e);
    if (!below_modulus(k, blinded))
        return ERR_FIELD(e, "blinded", "ballot.blinded", "盲化的票据不合格式，请刷新页面重试",
                         "this is no blinded token of this ballot: reload the page and try again");
    *ret = (struct blind_bytes){arena_alloc(a, BLIND_SIGNATURE_MAX), BLIND_SIGNATURE_MAX};
    return raw(k, blinded, ret) || broken(e);
}

bool blind_verify(struct blind_bytes public_key, struct blind_bytes message, struct blind_bytes signature)
{
    AUTO(key_free) EVP_PKEY *k = read_public(public_key);
    AUTO(md_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx = NULL;

    return k != NULL && md != NULL && EVP_DigestVerifyInit(md, &ctx, EVP_sha384(), NULL, k) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT_BYTES) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha384()) == 1 &&
           EVP_DigestVerify(md, signature.b, signature.n, message.b, message.n) == 1;
}
