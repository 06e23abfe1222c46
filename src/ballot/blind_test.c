/* The signer against the vectors of RFC 9474, and the whole way with a key of our own. */
#include "ballot/blind.h"
#include "base/text.h"
#include "base/uuid.h"
#include "json/json_in.h"
#include "test.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena *arena(void)
{
    static struct arena *a;

    if (a == NULL)
        a = arena_create((size_t)64 << 20);
    return a;
}

static BIGNUM *number(const char *hex)
{
    BIGNUM *n = NULL;

    check(BN_hex2bn(&n, hex) > 0);
    return n;
}

static struct blind_bytes bytes(const char *hex)
{
    BIGNUM *n = number(hex);
    size_t size = strlen(hex) / 2;
    struct blind_bytes b = {arena_alloc(arena(), size + 1), size};

    check(BN_bn2binpad(n, b.b, (int)size) == (int)size);
    BN_free(n);
    return b;
}

/* --- the vectors --- */

static const char *vector(const char *name)
{
    static struct json_object *o;
    struct json_object *v = NULL;

    if (o == NULL) {
        static char text[20000], path[600];
        struct err e = {0};

        (void)snprintf(path, sizeof(path), "%s/test/vectors/rfc9474.json", getenv("WANGGE_SOURCE"));
        FILE *f = fopen(path, "r");
        size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text), f);

        check(f != NULL && fclose(f) == 0 && json_parse(text, n, &o, &e));
    }
    check(json_object_object_get_ex(o, name, &v));
    return json_object_get_string(v);
}

static void push(OSSL_PARAM_BLD *b, const char *param, BIGNUM *n)
{
    check(OSSL_PARAM_BLD_push_BN(b, param, n) == 1);
}

/* OpenSSL's bytes in the arena. */
static struct blind_bytes kept(unsigned char *der, int n)
{
    struct blind_bytes b = {arena_alloc(arena(), (size_t)n), (size_t)n};

    memcpy(b.b, der, b.n);
    OPENSSL_free(der);
    return b;
}

/* The RFC's key as our rows hold one. */
static void rfc_key(struct blind_bytes *ret_public, struct blind_bytes *ret_secret)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *k = NULL;
    BIGNUM *d = number(vector("d")), *p = number(vector("p")), *q = number(vector("q"));
    BIGNUM *dp = BN_new(), *dq = BN_new(), *qi = BN_new(), *less = BN_new();
    BIGNUM *n = number(vector("n")), *e = number(vector("e"));
    BIGNUM *const all[] = {n, e, d, p, q, dp, dq, qi, less};
    BN_CTX *c = BN_CTX_new();
    OSSL_PARAM *params;
    unsigned char *der = NULL;
    int size;

    check(BN_sub(less, p, BN_value_one()) && BN_mod(dp, d, less, c) && BN_sub(less, q, BN_value_one()) &&
          BN_mod(dq, d, less, c) && BN_mod_inverse(qi, q, p, c) != NULL);
    push(b, OSSL_PKEY_PARAM_RSA_N, n);
    push(b, OSSL_PKEY_PARAM_RSA_E, e);
    push(b, OSSL_PKEY_PARAM_RSA_D, d);
    push(b, OSSL_PKEY_PARAM_RSA_FACTOR1, p);
    push(b, OSSL_PKEY_PARAM_RSA_FACTOR2, q);
    push(b, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp);
    push(b, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq);
    push(b, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, qi);
    params = OSSL_PARAM_BLD_to_param(b);
    check(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_KEYPAIR, params) == 1);
    size = i2d_PUBKEY(k, &der);
    *ret_public = kept(der, size);
    der = NULL;
    size = i2d_PrivateKey(k, &der);
    *ret_secret = kept(der, size);
    EVP_PKEY_free(k);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    BN_CTX_free(c);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        BN_free(all[i]);
}

static bool same(struct blind_bytes a, struct blind_bytes b)
{
    return a.n == b.n && memcmp(a.b, b.b, a.n) == 0;
}

TEST(vectors_of_rfc_9474)
{
    struct blind_bytes public_key, secret_key, signature = {0};
    struct err e = {0};

    rfc_key(&public_key, &secret_key);
    check(blind_sign(secret_key, bytes(vector("blinded")), arena(), &signature, &e));
    check(same(signature, bytes(vector("blind_signature"))));
    check(blind_verify(public_key, bytes(vector("prepared")), bytes(vector("signature"))));
    /* one bit of the message, one of the signature */
    struct blind_bytes message = bytes(vector("prepared")), wrong = bytes(vector("signature"));
    message.b[3] ^= 1;
    wrong.b[100] ^= 4;
    check(!blind_verify(public_key, message, bytes(vector("signature"))));
    check(!blind_verify(public_key, bytes(vector("prepared")), wrong));
}

TEST(parts_of_a_public_key)
{
    struct blind_bytes public_key, secret_key, n = {0}, exponent = {0};
    struct err e = {0};

    rfc_key(&public_key, &secret_key);
    check(blind_parts(public_key, arena(), &n, &exponent, &e));
    check(same(n, bytes(vector("n"))) && same(exponent, bytes(vector("e"))));
}

/* --- the voter's side, with bignum arithmetic --- */

/* EMSA-PSS of the message by OpenSSL, then m * r^e mod n. */
struct blinding {
    BIGNUM *n, *e, *inverse;
};

static struct blind_bytes blind(struct blind_bytes public_key, struct blind_bytes message,
                                struct blinding *ret)
{
    const unsigned char *at = public_key.b;
    EVP_PKEY *k = d2i_PUBKEY(NULL, &at, (long)public_key.n);
    BN_CTX *c = BN_CTX_new();
    BIGNUM *r = BN_new(), *m, *out = BN_new();
    uint8_t encoded[BLIND_BITS / 8] = {0}, hash[48];
    unsigned n_hash = 0;
    struct blind_bytes ret_blinded = {arena_alloc(arena(), sizeof(encoded)), sizeof(encoded)};
    RSA *rsa = NULL;

    *ret = (struct blinding){.inverse = BN_new()};
    check(EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_RSA_N, &ret->n) == 1 &&
          EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_RSA_E, &ret->e) == 1);
    check(EVP_Digest(message.b, message.n, hash, &n_hash, EVP_sha384(), NULL) == 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    rsa = EVP_PKEY_get1_RSA(k);
    check(RSA_padding_add_PKCS1_PSS_mgf1(rsa, encoded, hash, EVP_sha384(), EVP_sha384(), 48) == 1);
    RSA_free(rsa);
#pragma GCC diagnostic pop
    m = BN_bin2bn(encoded, (int)sizeof(encoded), NULL);
    check(BN_rand_range(r, ret->n) == 1 && BN_mod_inverse(ret->inverse, r, ret->n, c) != NULL);
    check(BN_mod_exp(out, r, ret->e, ret->n, c) == 1 && BN_mod_mul(out, out, m, ret->n, c) == 1);
    check(BN_bn2binpad(out, ret_blinded.b, (int)ret_blinded.n) == (int)ret_blinded.n);
    BN_free(r);
    BN_free(m);
    BN_free(out);
    BN_CTX_free(c);
    EVP_PKEY_free(k);
    return ret_blinded;
}

static struct blind_bytes unblind(const struct blinding *b, struct blind_bytes signature)
{
    BN_CTX *c = BN_CTX_new();
    BIGNUM *s = BN_bin2bn(signature.b, (int)signature.n, NULL);
    struct blind_bytes ret = {arena_alloc(arena(), signature.n), signature.n};

    check(BN_mod_mul(s, s, b->inverse, b->n, c) == 1 && BN_bn2binpad(s, ret.b, (int)ret.n) == (int)ret.n);
    BN_free(s);
    BN_CTX_free(c);
    return ret;
}

TEST(signed_without_being_seen)
{
    struct blind_bytes public_key, secret_key, token = {arena_alloc(arena(), TOKEN_BYTES), TOKEN_BYTES};
    struct blind_bytes blinded, signature = {0}, again = {0}, final;
    struct blinding b;
    struct err e = {0};

    random_bytes(token.b, token.n);
    check(blind_make(arena(), &public_key, &secret_key, &e));
    blinded = blind(public_key, token, &b);
    check(blind_sign(secret_key, blinded, arena(), &signature, &e));
    check(blind_sign(secret_key, blinded, arena(), &again, &e) && same(signature, again));
    final = unblind(&b, signature);
    check(blind_verify(public_key, token, final));
    check(!blind_verify(public_key, token, signature));
    /* what the signer saw has nothing of the token in it */
    check(!same(blinded, final));
    BN_free(b.n);
    BN_free(b.e);
    BN_free(b.inverse);
    token.b[0] ^= 1;
    check(!blind_verify(public_key, token, final));
}

TEST(what_is_no_blinded_token)
{
    static uint8_t all[BLIND_BITS / 8], small[3] = {1, 2, 3}, nothing[BLIND_BITS / 8];
    struct blind_bytes public_key, secret_key, ret;
    struct err e = {0};

    memset(all, 0xff, sizeof(all));
    check(blind_make(arena(), &public_key, &secret_key, &e));
    check(!blind_sign(secret_key, (struct blind_bytes){all, sizeof(all)}, arena(), &ret, &e) &&
          str_eq(e.details[0].key, "ballot.blinded"));
    e = (struct err){0};
    check(!blind_sign(secret_key, (struct blind_bytes){small, sizeof(small)}, arena(), &ret, &e));
    e = (struct err){0};
    check(!blind_sign(secret_key, (struct blind_bytes){nothing, sizeof(nothing)}, arena(), &ret, &e));
    e = (struct err){0};
    check(!blind_sign((struct blind_bytes){small, sizeof(small)}, (struct blind_bytes){all, sizeof(all)},
                      arena(), &ret, &e) &&
          str_eq(e.key, "ballot.key"));
}
