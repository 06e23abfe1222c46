#include "pack/checks.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* Digits of a number written for people. False when it holds anything else. */
static bool digits_of(const char *s, char out[CHECKED_MAX])
{
    size_t n = 0;

    for (; *s != '\0'; s++) {
        if (*s == ' ' || *s == '-' || *s == '(' || *s == ')') {
            continue;
        }
        if (*s < '0' || *s > '9' || n + 1 >= CHECKED_MAX) {
            return false;
        }
        out[n++] = *s;
    }
    out[n] = '\0';
    return true;
}

/* 0 + area code (2 or 3 digits) + 7 or 8 digits that begin with 2..9. */
static bool landline(const char *d)
{
    size_t n = strlen(d), area = d[1] == '1' || d[1] == '2' ? 3 : 4;

    return d[0] == '0' && d[1] != '0' && (n == area + 7 || n == area + 8) && d[area] >= '2';
}

static bool number_plausible(const char *d)
{
    size_t n = strlen(d);

    return (n == 11 && d[0] == '1' && d[1] >= '3') || (n >= 10 && landline(d)) ||
           (n == 10 && (str_starts(d, "400") || str_starts(d, "800"))) ||
           (n == 5 && (d[0] == '1' || d[0] == '9')) || (n == 3 && d[0] == '1');
}

bool phone_check(const char *s, char normalised[CHECKED_MAX])
{
    char d[CHECKED_MAX] = {0};
    bool abroad = str_starts(s, "+86") || str_starts(s, "0086");

    s += str_starts(s, "+86") ? 3 : abroad ? 4 : 0;
    if (!digits_of(s, d)) {
        return false;
    }
    /* +86 10 8888 8888: the zero of the area code is left out. */
    if (abroad && d[0] >= '1' && strlen(d) + 1 < CHECKED_MAX && !(d[0] == '1' && strlen(d) == 11)) {
        memmove(d + 1, d, strlen(d) + 1);
        d[0] = '0';
    }
    if (!number_plausible(d)) {
        return false;
    }
    if (normalised != NULL) {
        str_copy(normalised, CHECKED_MAX, d);
    }
    return true;
}

bool citizen_id_check(const char *s, char normalised[CHECKED_MAX])
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    char date[11];
    int64_t days;
    int sum = 0;

    if (strlen(s) != 18 || strspn(s, "0123456789") < 17) {
        return false;
    }
    for (int i = 0; i < 17; i++) {
        sum += weights[i] * (s[i] - '0');
    }
    memcpy(date, (const char[]){s[6], s[7], s[8], s[9], '-', s[10], s[11], '-', s[12], s[13], '\0'},
           sizeof date);
    if (toupper((unsigned char)s[17]) != "10X98765432"[sum % 11] || s[0] == '0' || !date_parse(date, &days)) {
        return false;
    }
    if (normalised != NULL) {
        str_copy(normalised, CHECKED_MAX, s);
        normalised[17] = (char)toupper((unsigned char)s[17]);
    }
    return true;
}

bool credit_code_check(const char *s)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int weight = 1, sum = 0;

    if (strlen(s) != 18 || strspn(s, letters) != 18) {
        return false;
    }
    for (int i = 0; i < 17; i++) {
        sum += weight * (int)(strchr(letters, s[i]) - letters);
        weight = weight * 3 % 31;
    }
    return letters[(31 - sum % 31) % 31] == s[17];
}

bool plate_check(const char *s)
{
    static const char provinces[] = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
    static const char last[] = "挂学警港澳";
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
    char province[5];
    size_t n;

    if (utf8_prefix(s, 1) != 3) {
        return false;
    }
    str_copy(province, 4, s);
    if (strstr(provinces, province) == NULL || s[3] < 'A' || s[3] > 'Z') {
        return false;
    }
    n = strspn(s + 4, letters);
    if (s[4 + n] == '\0') {
        return n == 5 || n == 6;
    }
    return n == 4 && strlen(s + 8) == 3 && strstr(last, s + 8) != NULL;
}

bool mail_check(const char *s)
{
    const char *at = strchr(s, '@');
    size_t n = strlen(s);

    if (at == NULL || at == s || strchr(at + 1, '@') != NULL || strchr(at, '.') == NULL || n > MAIL_MAX ||
        str_ends(s, ".")) {
        return false;
    }
    for (; *s != '\0'; s++) {
        if (!isalnum((unsigned char)*s) && strchr("@.!#$%&'*+-/=?^_`{|}~", *s) == NULL) {
            return false;
        }
    }
    return true;
}
