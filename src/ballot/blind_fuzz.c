/* Any bytes as what a voter sends: hexadecimal, a blinded token, a signature, a vote; and as a key. */
#include "ballot/blind.h"
#include "ballot/poll.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* One pair for the whole run: making one takes longer than everything else. */
static void keys(struct blind_bytes *ret_public, struct blind_bytes *ret_secret)
{
    static struct blind_bytes public_key, secret_key;
    static struct arena *a;
    struct err e = {0};

    if (a == NULL) {
        a = arena_create((size_t)1 << 20);
        must(blind_make(a, &public_key, &secret_key, &e));
    }
    *ret_public = public_key;
    *ret_secret = secret_key;
}

/* Text that is taken says exactly its bytes. */
static void as_text(const uint8_t *data, size_t n, struct arena *a)
{
    const char *text = arena_strndup(a, (const char *)data, n);
    bool chosen[OPTIONS_MAX];
    struct blind_bytes bytes;
    struct err e = {0};

    if (read_hex(a, text, "token", &bytes, &e))
        must(bytes.n * 2 == strlen(text) && str_eq(hex_text(a, bytes), text));
    (void)choice_read(text, OPTIONS_MAX, chosen);
}

/* A signature is of the modulus's length, the same each time, and no vote by itself: nobody who has not
 * blinded a token gets one of it. */
static void as_blinded(struct blind_bytes in, struct arena *a)
{
    struct blind_bytes public_key, secret_key, first, second,
        token = {in.b, in.n < TOKEN_BYTES ? in.n : TOKEN_BYTES};
    struct err e = {0};

    keys(&public_key, &secret_key);
    must(!blind_verify(public_key, token, in));
    if (!blind_sign(secret_key, in, a, &first, &e)) {
        must(e.code == ERR_INVALID);
        return;
    }
    must(in.n == BLIND_BITS / 8 && first.n == in.n && blind_sign(secret_key, in, a, &second, &e));
    must(memcmp(first.b, second.b, first.n) == 0 && !blind_verify(public_key, token, first));
}

/* What reads the public key of a ballot that is kept. */
static void as_key(struct blind_bytes in, struct arena *a)
{
    struct blind_bytes modulus, exponent;
    struct err e = {0};

    if (blind_parts(in, a, &modulus, &exponent, &e))
        (void)blind_verify(in, modulus, exponent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)16 << 20);
    struct blind_bytes in = {arena_alloc(a, n + 1), n};

    if (n > 0)
        memcpy(in.b, data, n);
    as_text(data, n, a);
    as_blinded(in, a);
    as_key(in, a);
    return 0;
}
