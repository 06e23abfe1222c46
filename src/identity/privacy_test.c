#include "base/clock.h"
#include "base/text.h"
#include "identity/privacy.h"
#include "identity/suite.h"
#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t master[32] = {1, 2, 3, 4, 5, 6, 7, 8};
static const struct uuid rec1 = {.b = {1}}, rec2 = {.b = {2}};

static struct privacy *suite_of(enum suite s)
{
    struct privacy *p = NULL;
    struct err e = {0};

    check(privacy_create(s, master, &p, &e));
    return p;
}

static bool hex_is(const uint8_t *bytes, size_t n, const char *hex)
{
    char text[129];

    hex_encode(bytes, n, text);
    return str_eq(text, hex);
}

TEST(hash_known_answers)
{
    AUTO(privacy_free) struct privacy *sm = suite_of(SUITE_SM), *aes = suite_of(SUITE_AES);
    uint8_t h[HASH_BYTES];

    privacy_hash(sm, "a", 1, "bc", 2, h);
    check(hex_is(h, 32, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"));
    privacy_hash(aes, "abc", 3, NULL, 0, h);
    check(hex_is(h, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    check(privacy_suite(sm) == SUITE_SM && privacy_suite(aes) == SUITE_AES);
}

/* RFC 5869, test case 1. */
TEST(hkdf_known_answer)
{
    AUTO(privacy_free) struct privacy *p = suite_of(SUITE_AES);
    uint8_t ikm[22], salt[13], info[10], okm[42];

    memset(ikm, 0x0b, sizeof ikm);
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof info; i++)
        info[i] = (uint8_t)(0xf0 + i);
    check(suite_hkdf(p, (struct part){ikm, sizeof ikm}, (struct part){salt, sizeof salt},
                     (struct part){info, sizeof info}, okm, sizeof okm));
    check(hex_is(okm, 42,
                 "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
}

/* The generic test case 1 of AES-256-GCM: key, nonce, text and AAD as in McGrew and Viega's case 16. */
TEST(gcm_known_answer)
{
    static const uint8_t key[32] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f,
                                    0x94, 0x67, 0x30, 0x83, 0x08, 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65,
                                    0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
    static const uint8_t nonce[12] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
    static const uint8_t aad[20] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                    0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
    static const uint8_t text[60] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5,
                                     0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda,
                                     0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95,
                                     0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25,
                                     0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
    AUTO(privacy_free) struct privacy *p = suite_of(SUITE_AES), *q = suite_of(SUITE_AES);
    uint8_t out[60], tag[16];

    /* q's key is replaced by the vector's; p's contexts must not be mistaken for q's. */
    suite_seal(p, &(struct sealing){nonce, {aad, 20}, {text, 60}, out, tag});
    suite_rekey(q, key);
    suite_seal(q, &(struct sealing){nonce, {aad, 20}, {text, 60}, out, tag});
    check(hex_is(out, 16, "522dc1f099567d07f47f37a32a84427d"));
    check(hex_is(tag, 16, "76fc6ece0f4e1768cddf8853bb2d551b"));
}

/* GB/T 32907-2016, example 1, through counter mode: SM4 of the counter block over zeros. */
TEST(sm4_known_answer)
{
    static const uint8_t key[32] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                    0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10};
    static const uint8_t zeros[16] = {0};
    AUTO(privacy_free) struct privacy *p = suite_of(SUITE_SM);
    uint8_t out[16], tag[32];

    suite_rekey(p, key);
    suite_seal(p, &(struct sealing){key, {"", 0}, {zeros, 16}, out, tag});
    check(hex_is(out, 16, "681edf34d206965e86b3e94f536e4246"));
}

static void round_trip(enum suite s)
{
    AUTO(privacy_free) struct privacy *p = suite_of(s);
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    const char *texts[] = {"", "1", "13800138000", "网格员张三的家在临江社区，门牌号十二。"};
    struct err e = {0};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *sealed = privacy_seal(p, a, rec1, "caller", texts[i]), *plain = NULL;
        check(privacy_is_sealed(sealed) && !privacy_is_sealed(texts[i]));
        check(privacy_unseal(p, a, rec1, "caller", sealed, &plain, &e) && str_eq(plain, texts[i]));
        check(str_eq(sealed, privacy_seal(p, a, rec1, "caller", texts[i])));
        check(!str_eq(sealed, privacy_seal(p, a, rec2, "caller", texts[i])));
        check(!str_eq(sealed, privacy_seal(p, a, rec1, "called", texts[i])));
        check(!privacy_unseal(p, a, rec2, "caller", sealed, &plain, &e) && e.code == ERR_INTERNAL);
        check(!privacy_unseal(p, a, rec1, "callers", sealed, &plain, &e) && str_eq(e.key, "privacy.sealed"));
    }
}

TEST(seal_round_trip)
{
    round_trip(SUITE_AES);
    round_trip(SUITE_SM);
}

static void tampered(enum suite s)
{
    AUTO(privacy_free) struct privacy *p = suite_of(s);
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    const char *sealed = privacy_seal(p, a, rec1, "caller", "13800138000"), *plain = NULL;
    size_t n = strlen(sealed);
    struct err e = {0};

    for (size_t i = 0; i < n; i++) {
        char *bad = arena_strdup(a, sealed);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        check(!privacy_unseal(p, a, rec1, "caller", bad, &plain, &e));
    }
    for (size_t i = 0; i < n; i++)
        check(!privacy_unseal(p, a, rec1, "caller", arena_strndup(a, sealed, i), &plain, &e));
    check(!privacy_unseal(p, a, rec1, "caller", "13800138000", &plain, &e));
    check(privacy_unseal(p, a, rec1, "caller", sealed, &plain, &e));
}

TEST(seal_tampering)
{
    tampered(SUITE_AES);
    tampered(SUITE_SM);
}

TEST(keys_differ)
{
    static const uint8_t other[32] = {9};
    AUTO(privacy_free) struct privacy *p = suite_of(SUITE_AES), *q = NULL;
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    const char *plain = NULL;
    uint8_t x[BLIND_BYTES], y[BLIND_BYTES];
    struct err e = {0};

    check(privacy_create(SUITE_AES, other, &q, &e));
    check(!privacy_unseal(q, a, rec1, "f", privacy_seal(p, a, rec1, "f", "秘密"), &plain, &e));
    check(privacy_unseal(p, a, rec1, "f", privacy_seal(p, a, rec1, "f", "秘密"), &plain, &e));
    privacy_blind(p, "phone", "1", x);
    privacy_blind(q, "phone", "1", y);
    check(memcmp(x, y, BLIND_BYTES) != 0);
    privacy_blind(p, "phone", "1", y);
    check(memcmp(x, y, BLIND_BYTES) == 0);
    privacy_blind(p, "phone1", "", y);
    check(memcmp(x, y, BLIND_BYTES) != 0);
}

TEST(mask)
{
    AUTO(arena_free) struct arena *a = arena_create(1 << 16);

    check(str_eq(privacy_mask(a, FIELD_PHONE, "13800138000"), "138****8000"));
    check(str_eq(privacy_mask(a, FIELD_PHONE, "057012345678"), "057*****5678"));
    check(str_eq(privacy_mask(a, FIELD_PHONE, "12345"), "1***"));
    check(str_eq(privacy_mask(a, FIELD_CITIZEN_ID, "11010519491231002X"), "110105********002X"));
    check(str_eq(privacy_mask(a, FIELD_PLATE, "浙H12345"), "浙H****5"));
    check(str_eq(privacy_mask(a, FIELD_PLATE, "浙HD12345"), "浙H*****5"));
    check(str_eq(privacy_mask(a, FIELD_TEXT, "张三"), "张*"));
    check(str_eq(privacy_mask(a, FIELD_TEXT, "欧阳修远"), "欧***"));
    check(str_eq(privacy_mask(a, FIELD_TEXT, "衢江区樟潭街道临江社区"), "衢***"));
    check(str_eq(privacy_mask(a, FIELD_TEXT, "张"), "*"));
    check(str_eq(privacy_mask(a, FIELD_TEXT, ""), ""));
}

TEST(key_file)
{
    char dir[] = "/tmp/wangge-privacy-XXXXXX", path[64];
    AUTO(privacy_free) struct privacy *p = NULL, *q = NULL, *r = NULL;
    uint8_t x[BLIND_BYTES], y[BLIND_BYTES];
    struct err e = {0};
    struct stat st;

    check(mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof path, "%s/secret.key", dir);
    check(!privacy_open(dir, SUITE_AES, false, &p, &e) && str_eq(e.key, "privacy.key") && e.code == ERR_BUSY);
    check(privacy_open(dir, SUITE_AES, true, &p, &e));
    check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size == 32);
    check(privacy_open(dir, SUITE_AES, true, &q, &e));
    privacy_blind(p, "phone", "1", x);
    privacy_blind(q, "phone", "1", y);
    check(memcmp(x, y, BLIND_BYTES) == 0);
    check(chmod(path, 0644) == 0);
    check(!privacy_open(dir, SUITE_AES, false, &r, &e) && strstr(e.en, "chmod 600") != NULL);
    check(chmod(path, 0600) == 0 && truncate(path, 31) == 0);
    check(!privacy_open(dir, SUITE_AES, true, &r, &e) && strstr(e.zh, "32") != NULL);
    check(unlink(path) == 0 && rmdir(dir) == 0);
}

static void speed(enum suite s)
{
    enum { TIMES = 20000 };
    AUTO(privacy_free) struct privacy *p = suite_of(s);
    AUTO(arena_free) struct arena *a = arena_create(1 << 20);
    uint8_t h[HASH_BYTES], doc[300] = {0};
    int64_t t0 = time_monotonic_us(), t1, t2;

    for (int i = 0; i < TIMES; i++)
        privacy_hash(p, doc, sizeof doc, h, sizeof h, h);
    t1 = time_monotonic_us();
    for (int i = 0; i < TIMES; i++) {
        (void)privacy_seal(p, a, rec1, "caller", "13800138000");
        if (i % 1000 == 0)
            arena_reset(a);
    }
    t2 = time_monotonic_us();
    (void)printf("# suite %d: hash of 332 bytes %.2f us, seal of a phone number %.2f us\n", (int)s,
                 (double)(t1 - t0) / TIMES, (double)(t2 - t1) / TIMES);
    /* Loose: the machine may be busy. */
    check(t2 - t0 < (int64_t)TIMES * 200 * test_patience());
}

TEST(speed_of_suites)
{
    speed(SUITE_AES);
    speed(SUITE_SM);
}
