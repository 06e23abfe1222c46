#include "identity/suite.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one thread keeps so that the hot path allocates nothing. */
struct contexts {
    EVP_MD_CTX *md;
    EVP_CIPHER_CTX *seal, *open;
    uint64_t seal_serial, open_serial; /* privacy.serial whose key the context holds */
};

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local struct contexts *mine;
static _Atomic uint64_t next_serial = 1;

static void must(bool ok)
{
    if (!ok) {
        (void)fputs("wangge: the cryptographic library failed\n", stderr);
        abort();
    }
}

static void contexts_free(void *p)
{
    struct contexts *c = p;

    EVP_MD_CTX_free(c->md);
    EVP_CIPHER_CTX_free(c->seal);
    EVP_CIPHER_CTX_free(c->open);
    free(c);
    mine = NULL;
}

/* The thread that ends the process runs no thread destructors. */
static void contexts_end(void)
{
    if (mine != NULL) {
        contexts_free(mine);
        (void)pthread_setspecific(key, NULL);
    }
}

static void key_make(void)
{
    must(pthread_key_create(&key, contexts_free) == 0);
    (void)atexit(contexts_end);
}

static struct contexts *contexts_mine(void)
{
    if (mine == NULL) {
        must(pthread_once(&key_once, key_make) == 0);
        mine = xcalloc(1, sizeof *mine);
        mine->md = EVP_MD_CTX_new();
        mine->seal = EVP_CIPHER_CTX_new();
        mine->open = EVP_CIPHER_CTX_new();
        must(mine->md != NULL && mine->seal != NULL && mine->open != NULL);
        must(pthread_setspecific(key, mine) == 0);
    }
    return mine;
}

static void digest_parts(EVP_MD_CTX *c, const struct part *parts, size_t n, uint8_t ret[HASH_BYTES])
{
    for (size_t i = 0; i < n; i++)
        must(parts[i].n == 0 || EVP_DigestUpdate(c, parts[i].bytes, parts[i].n) == 1);
    must(EVP_DigestFinal_ex(c, ret, NULL) == 1);
}

void suite_hash(const struct privacy *p, const struct part *parts, size_t n, uint8_t ret[HASH_BYTES])
{
    EVP_MD_CTX *c = contexts_mine()->md;

    must(EVP_DigestInit_ex2(c, p->md, NULL) == 1);
    digest_parts(c, parts, n, ret);
}

void suite_hmac(const struct suite_hmac *h, const struct part *parts, size_t n, uint8_t ret[HASH_BYTES])
{
    EVP_MD_CTX *c = contexts_mine()->md;
    uint8_t inner[HASH_BYTES];

    must(EVP_MD_CTX_copy_ex(c, h->inner) == 1);
    digest_parts(c, parts, n, inner);
    must(EVP_MD_CTX_copy_ex(c, h->outer) == 1);
    digest_parts(c, &(struct part){inner, sizeof inner}, 1, ret);
}

static EVP_MD_CTX *keyed(const struct privacy *p, const uint8_t k[SUITE_KEY_BYTES], uint8_t pad)
{
    uint8_t block[SUITE_BLOCK_BYTES];
    EVP_MD_CTX *c = EVP_MD_CTX_new();

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)((i < SUITE_KEY_BYTES ? k[i] : 0) ^ pad);
    must(c != NULL && EVP_DigestInit_ex2(c, p->md, NULL) == 1 &&
         EVP_DigestUpdate(c, block, sizeof block) == 1);
    sodium_memzero(block, sizeof block);
    return c;
}

static struct suite_hmac hmac_make(const struct privacy *p, const uint8_t k[SUITE_KEY_BYTES])
{
    return (struct suite_hmac){keyed(p, k, 0x36), keyed(p, k, 0x5c)};
}

static void hmac_free(struct suite_hmac *h)
{
    EVP_MD_CTX_free(h->inner);
    EVP_MD_CTX_free(h->outer);
    *h = (struct suite_hmac){NULL, NULL};
}

bool suite_hkdf(const struct privacy *p, struct part key_in, struct part salt, struct part info, uint8_t *ret,
                size_t n)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *c = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    uint8_t ikm[128], salt_copy[128], info_copy[128];
    char digest[] = "SHA256", digest_sm[] = "SM3";
    bool ok = false;

    /* OpenSSL's parameters are not const. */
    must(key_in.n <= sizeof ikm && salt.n <= sizeof salt_copy && info.n <= sizeof info_copy);
    memcpy(ikm, key_in.bytes, key_in.n);
    memcpy(salt_copy, salt.bytes, salt.n);
    memcpy(info_copy, info.bytes, info.n);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, p->suite == SUITE_SM ? digest_sm : digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, ikm, key_in.n),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_copy, salt.n),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info_copy, info.n),
        OSSL_PARAM_construct_end(),
    };
    if (c != NULL)
        ok = EVP_KDF_derive(c, ret, n, params) == 1;
    sodium_memzero(ikm, sizeof ikm);
    EVP_KDF_CTX_free(c);
    EVP_KDF_free(kdf);
    return ok;
}

static bool derive(struct privacy *p, const uint8_t master[SUITE_KEY_BYTES])
{
    static const char salt[] = "wangge personal fields 1";
    const struct {
        const char *info;
        uint8_t *to;
    } purposes[] = {
        {"seal: cipher", p->keys->cipher},
        {"seal: mac", p->keys->mac},
        {"seal: nonce", p->keys->nonce},
        {"blind index", p->keys->blind},
    };

    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        struct part info = {purposes[i].info, strlen(purposes[i].info)};
        if (!suite_hkdf(p, (struct part){master, SUITE_KEY_BYTES}, (struct part){salt, sizeof salt - 1}, info,
                        purposes[i].to, SUITE_KEY_BYTES))
            return false;
    }
    return true;
}

bool suite_start(struct privacy *p, const uint8_t master[SUITE_KEY_BYTES])
{
    bool sm = p->suite == SUITE_SM;

    if (sodium_init() < 0)
        return false;
    p->serial = atomic_fetch_add(&next_serial, 1);
    p->md = EVP_MD_fetch(NULL, sm ? "SM3" : "SHA256", NULL);
    p->cipher = EVP_CIPHER_fetch(NULL, sm ? "SM4-CTR" : "AES-256-GCM", NULL);
    p->keys = sodium_malloc(sizeof *p->keys);
    p->nonce_bytes = sm ? 16 : 12;
    p->tag_bytes = sm ? 32 : 16;
    if (p->md == NULL || p->cipher == NULL || p->keys == NULL || !derive(p, master))
        return false;
    p->mac = hmac_make(p, p->keys->mac);
    p->nonce = hmac_make(p, p->keys->nonce);
    p->blind = hmac_make(p, p->keys->blind);
    (void)sodium_mprotect_readonly(p->keys);
    return true;
}

void suite_stop(struct privacy *p)
{
    hmac_free(&p->mac);
    hmac_free(&p->nonce);
    hmac_free(&p->blind);
    EVP_MD_free(p->md);
    EVP_CIPHER_free(p->cipher);
    sodium_free(p->keys);
}

void suite_rekey(struct privacy *p, const uint8_t cipher_key[SUITE_KEY_BYTES])
{
    must(sodium_mprotect_readwrite(p->keys) == 0);
    memcpy(p->keys->cipher, cipher_key, SUITE_KEY_BYTES);
    (void)sodium_mprotect_readonly(p->keys);
    p->serial = atomic_fetch_add(&next_serial, 1);
}

/* The thread's context with p's key in it: setting a key costs more than sealing. */
static EVP_CIPHER_CTX *cipher_ready(const struct privacy *p, bool seal, const uint8_t *nonce)
{
    struct contexts *m = contexts_mine();
    EVP_CIPHER_CTX *c = seal ? m->seal : m->open;
    uint64_t *serial = seal ? &m->seal_serial : &m->open_serial;

    if (*serial != p->serial) {
        must(EVP_CipherInit_ex2(c, p->cipher, p->keys->cipher, nonce, seal, NULL) == 1);
        *serial = p->serial;
    } else {
        must(EVP_CipherInit_ex2(c, NULL, NULL, nonce, seal, NULL) == 1);
    }
    return c;
}

static void mac_tag(const struct privacy *p, const struct sealing *s, const uint8_t *cipher,
                    uint8_t ret[HASH_BYTES])
{
    const struct part parts[] = {s->aad, {s->nonce, p->nonce_bytes}, {cipher, s->text.n}};

    suite_hmac(&p->mac, parts, COUNT_OF(parts), ret);
}

static void run_text(EVP_CIPHER_CTX *c, const struct sealing *s)
{
    int n = 0;

    must(s->text.n == 0 || EVP_CipherUpdate(c, s->out, &n, s->text.bytes, (int)s->text.n) == 1);
}

static void run_aad(EVP_CIPHER_CTX *c, const struct sealing *s)
{
    int n = 0;

    must(EVP_CipherUpdate(c, NULL, &n, s->aad.bytes, (int)s->aad.n) == 1);
}

void suite_seal(const struct privacy *p, const struct sealing *s)
{
    EVP_CIPHER_CTX *c = cipher_ready(p, true, s->nonce);
    uint8_t end[16];
    int n = 0;

    if (p->suite == SUITE_SM) {
        run_text(c, s);
        mac_tag(p, s, s->out, s->tag);
        return;
    }
    run_aad(c, s);
    run_text(c, s);
    must(EVP_CipherFinal_ex(c, end, &n) == 1);
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, (int)p->tag_bytes, s->tag) == 1);
}

bool suite_open(const struct privacy *p, const struct sealing *s)
{
    uint8_t mac[HASH_BYTES], end[16];
    EVP_CIPHER_CTX *c;
    int n = 0;

    if (p->suite == SUITE_SM) {
        mac_tag(p, s, s->text.bytes, mac);
        if (sodium_memcmp(mac, s->tag, p->tag_bytes) != 0)
            return false;
        run_text(cipher_ready(p, false, s->nonce), s);
        return true;
    }
    c = cipher_ready(p, false, s->nonce);
    run_aad(c, s);
    run_text(c, s);
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)p->tag_bytes, s->tag) == 1);
    return EVP_CipherFinal_ex(c, end, &n) == 1;
}
