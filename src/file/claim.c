#include "file/claim.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

void claim_make(char ret_token[CLAIM_TEXT_MAX], uint8_t ret_hash[32])
{
    uint8_t random[32];

    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, ret_token);
    (void)SHA256((const unsigned char *)ret_token, strlen(ret_token), ret_hash);
}

/* Ours are 32 or 64 hexadecimal digits: short ones of somebody's own making could be guessed. */
bool claim_take(const char *token, char ret_token[CLAIM_TEXT_MAX], uint8_t ret_hash[32])
{
    size_t n = token == NULL ? 0 : strspn(token, "0123456789abcdef");

    if ((n != 32 && n != 64) || token[n] != '\0')
        return false;
    str_copy(ret_token, CLAIM_TEXT_MAX, token);
    (void)SHA256((const unsigned char *)token, n, ret_hash);
    return true;
}

bool claim_fits(const struct file *f, const char *token)
{
    uint8_t hash[32];

    if (token == NULL || !f->claimed)
        return false;
    (void)SHA256((const unsigned char *)token, strlen(token), hash);
    return CRYPTO_memcmp(hash, f->claim, sizeof hash) == 0;
}
