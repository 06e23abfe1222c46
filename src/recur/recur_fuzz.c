/* Any text as a rule: what is found good can be followed. */
#include "recur/recur.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char text[RECUR_RULE_MAX + 2];
    struct err e = {0};
    int64_t days[64];

    if (n > RECUR_RULE_MAX)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    if (!recur_check(text, NULL, &e))
        return 0;
    const struct recurrence r = {.rule = text, .from_day = 19723, .workdays = RECUR_NEXT};
    size_t found = recur_between(&r, NULL, 20000, 20400, days, 64);

    for (size_t i = 0; i < found; i++)
        if (days[i] < 20000 || days[i] > 20400 || (i > 0 && days[i] <= days[i - 1]))
            abort();
    return 0;
}
