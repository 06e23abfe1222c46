#include "notice/encode.h"

#include "json/json_out.h"

#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <string.h>

enum { LONGEST_TEXT = 64 * 1024 };

const char *encode_base64(struct arena *a, const void *bytes, size_t n, bool url)
{
    int variant = url ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL;
    size_t size = sodium_base64_encoded_len(n, variant);
    char *text = arena_alloc(a, size);

    return sodium_bin2base64(text, size, bytes, n, variant);
}

bool decode_base64url(const char *text, uint8_t *ret, size_t size, size_t *ret_n)
{
    /* Browsers and other programs differ in whether they pad. */
    size_t n = strcspn(text, "=");

    return sodium_base642bin(ret, size, text, n, NULL, ret_n, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

void encode_hmac_sha256(const void *key, size_t n_key, const void *text, size_t n_text,
                        uint8_t ret[SHA256_BYTES])
{
    (void)HMAC(EVP_sha256(), n_key == 0 ? "" : key, (int)n_key, text, n_text, ret, NULL);
}

void encode_percent(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c < 0x80 && (isalnum(c) || strchr("-._~", c) != NULL))
            buf_char(b, *s);
        else
            buf_printf(b, "%%%02X", c);
    }
}

void encode_json_inside(struct buf *b, const char *s)
{
    struct json_out j;

    jo_begin(&j, LONGEST_TEXT);
    jo_str(&j, NULL, s);
    if (j.failed || j.len < 2)
        b->failed = true;
    else
        buf_add(b, j.buf + 1, j.len - 2);
    jo_free(&j);
}
