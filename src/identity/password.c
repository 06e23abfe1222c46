#include "identity/password.h"

#include "base/text.h"

#include <sodium.h>
#include <string.h>

/* The most used ones that are long enough to pass otherwise, in lower case. */
static const char *const common[] = {
    "1234567890",    "0123456789",    "12345678910",  "123456789a",   "a123456789",       "aa123456789",
    "1234567891",    "12345678900",   "123456789q",   "q123456789",   "abc123456789",     "123456789abc",
    "qq123456789",   "qwertyuiop",    "qwerty12345",  "qwerty123456", "1q2w3e4r5t",       "1q2w3e4r5t6y",
    "1qaz2wsx3edc",  "qazwsxedcrfv",  "zaq12wsxcde3", "asdfghjkl;",   "asdfghjkl123",     "zxcvbnm123",
    "zxcvbnm,./",    "password12",    "password123",  "password1234", "password12345",    "password123456",
    "passw0rd123",   "p@ssw0rd123",   "p@ssword123",  "admin12345",   "admin123456",      "admin@12345",
    "administrator", "welcome123",    "iloveyou123",  "iloveyou520",  "woaini1314",       "woaini520",
    "woaini5201314", "woaini1314520", "5201314520",   "1314520520",   "5201314woaini",    "letmein123",
    "changeme123",   "abcdefghij",    "abcd123456",   "abc1234567",   "abcdef123456",     "11223344556",
    "1122334455",    "112233445566",  "123123123123", "1231231234",   "123321123321",     "147258369a",
    "1472583690",    "9876543210",    "0987654321",   "987654321a",   "wangge12345",      "wangge123456",
    "wangge-sample", "zhejiang123",   "quzhou123456", "china123456",  "zhongguo123",      "football123",
    "baseball123",   "sunshine123",   "princess123",  "superman123",  "michael123",       "monkey12345",
    "dragon12345",   "master12345",   "computer123",  "internet123",  "trustno1trustno1",
};

/* One more thing to hold against: the hash of bytes nobody knows, same cost. */
static const char nobody[] =
    "$argon2id$v=19$m=65536,t=2,p=1$YL1DnkS7N8xyi1MEEZ1Fdw$eTTw4YZoZgAN8jXrnnRs5UqMpv2YRVSx+F6q+UxQhvM";

static void fold(char *dst, size_t size, const char *src)
{
    str_copy(dst, size, src);
    for (; *dst != '\0'; dst++)
        if (*dst >= 'A' && *dst <= 'Z')
            *dst = (char)(*dst - 'A' + 'a');
}

static bool few_characters(const char *password)
{
    enum { FEW = 4 };
    uint32_t seen[FEW];
    size_t n = 0, i;

    for (uint32_t c = utf8_next(&password); c != 0; c = utf8_next(&password)) {
        for (i = 0; i < n && seen[i] != c; i++)
            ;
        if (i < n)
            continue;
        if (n + 1 == FEW)
            return false;
        seen[n++] = c;
    }
    return true;
}

static bool is_common(const char *login, const char *password)
{
    char low[PASSWORD_CHARS_MAX * 4 + 1];

    fold(low, sizeof low, password);
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (str_eq(low, common[i]))
            return true;
    return str_starts(low, login) && strlen(low) < strlen(login) + 4;
}

static bool has_control(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

bool password_check(const char *login, const char *password, bool sample, struct err *e)
{
    size_t chars = utf8_valid(password, strlen(password)) ? utf8_length(password) : 0;

    if (chars == 0 || chars > PASSWORD_CHARS_MAX || has_control(password))
        return ERR_FIELD(e, "password", "account.password", "密码须为 1 到 %d 个字符，不含控制字符",
                         "a password has 1 to %d characters and no control characters", PASSWORD_CHARS_MAX);
    if (sample)
        return true;
    if (chars < PASSWORD_CHARS_MIN)
        return ERR_FIELD(e, "password", "account.password", "密码至少 %d 个字符",
                         "a password has at least %d characters", PASSWORD_CHARS_MIN);
    if (few_characters(password) || is_common(login, password))
        return ERR_FIELD(e, "password", "account.password",
                         "这个密码太常见，容易被猜到，请换一个（例如几个不相关的词）",
                         "this password is too common; choose another, for instance a few unrelated words");
    return true;
}

bool password_hash(const char *password, char ret[PASSWORD_HASH_MAX], struct err *e)
{
    _Static_assert(crypto_pwhash_STRBYTES <= PASSWORD_HASH_MAX, "room for libsodium's text");

    if (sodium_init() >= 0 &&
        crypto_pwhash_str(ret, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0)
        return true;
    (void)ERR(e, ERR_BUSY, "account.memory", "内存不足，暂时无法处理密码，请稍后再试",
              "not enough memory to process a password now; try again shortly");
    e->retry_after_s = 5;
    return false;
}

bool password_verify(const char *hash, const char *password)
{
    bool fits = sodium_init() >= 0 &&
                crypto_pwhash_str_verify(hash != NULL ? hash : nobody, password, strlen(password)) == 0;

    return fits && hash != NULL;
}
