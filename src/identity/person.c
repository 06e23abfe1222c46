#include "identity/person.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { UUID_HEX = 32, TIME_HEX = 16, TAG_HEX = 2 * BLIND_BYTES };

static void tag_of(const struct privacy *pv, struct uuid staff, const char *body, char ret[TAG_HEX + 1])
{
    char text[UUID_HEX + UUID_HEX + TIME_HEX + 1];
    uint8_t tag[BLIND_BYTES];

    hex_encode(staff.b, sizeof(staff.b), text);
    str_copy(text + UUID_HEX, sizeof(text) - UUID_HEX, body);
    privacy_blind(pv, "person word", text, tag);
    hex_encode(tag, sizeof(tag), ret);
}

void person_word(const struct privacy *pv, struct uuid staff, struct uuid account, int64_t until,
                 char ret[PERSON_TEXT])
{
    char body[UUID_HEX + TIME_HEX + 1], tag[TAG_HEX + 1];

    hex_encode(account.b, sizeof(account.b), body);
    (void)snprintf(body + UUID_HEX, sizeof(body) - UUID_HEX, "%016" PRIx64, (uint64_t)until);
    tag_of(pv, staff, body, tag);
    (void)snprintf(ret, PERSON_TEXT, PERSON_PREFIX "%s%s", body, tag);
}

/* The number that `n` hexadecimal digits are; the text is known to be ours. */
static uint64_t hex_number(const char *s, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 4 | (uint64_t)(s[i] <= '9' ? s[i] - '0' : s[i] - 'a' + 10);
    return v;
}

bool person_of_word(const struct privacy *pv, struct uuid staff, const char *word, int64_t now,
                    const char *field, struct uuid *ret, struct err *e)
{
    const size_t prefix = strlen(PERSON_PREFIX);
    char body[UUID_HEX + TIME_HEX + 1] = "", tag[TAG_HEX + 1];

    if (str_starts(word, PERSON_PREFIX) && strlen(word) == prefix + UUID_HEX + TIME_HEX + TAG_HEX) {
        str_copy(body, sizeof(body), word + prefix);
        tag_of(pv, staff, body, tag);
        if (privacy_same(tag, word + prefix + UUID_HEX + TIME_HEX, TAG_HEX) &&
            (int64_t)hex_number(body + UUID_HEX, TIME_HEX) >= now) {
            for (size_t i = 0; i < sizeof(ret->b); i++)
                ret->b[i] = (uint8_t)hex_number(body + 2 * i, 2);
            return true;
        }
    }
    return ERR_FIELD(e, field, "person.word", "找到的居民已过期或不是您找到的，请用手机号重新找一次",
                     "this was not found by you, or too long ago: find the person by their number again");
}

void person_code(const struct privacy *pv, struct uuid account, char ret[PERSON_CODE])
{
    char id[UUID_HEX + 1];
    uint8_t tag[BLIND_BYTES];
    uint64_t n = 0;

    hex_encode(account.b, sizeof(account.b), id);
    privacy_blind(pv, "person code", id, tag);
    for (size_t i = 0; i < 8; i++)
        n = n << 8 | tag[i];
    (void)snprintf(ret, PERSON_CODE, "%010" PRIu64, n % UINT64_C(10000000000));
}
