/* Codes, levels and their names: what can be said about an area without a tree. */
#include "area/area.h"
#include "base/text.h"

#include <string.h>

static const struct {
    int digits;
    const char *name;
} levels[AREA__MAX] = {
    [AREA_PROVINCE] = {2, "province"},    [AREA_CITY] = {4, "city"},
    [AREA_DISTRICT] = {6, "district"},    [AREA_TOWNSHIP] = {9, "township"},
    [AREA_COMMUNITY] = {12, "community"}, [AREA_GRID] = {15, "grid"},
    [AREA_MICROGRID] = {18, "microgrid"},
};

enum area_level area_level_of(const char *code)
{
    size_t n = strspn(code, "0123456789");

    if (code[n] != '\0')
        return AREA_UNSET;
    for (enum area_level l = AREA_PROVINCE; l < AREA__MAX; l++)
        if ((size_t)levels[l].digits == n)
            return l;
    return AREA_UNSET;
}

enum area_level area_level_named(const char *name)
{
    for (enum area_level l = AREA_PROVINCE; l < AREA__MAX; l++)
        if (str_eq(levels[l].name, name))
            return l;
    return AREA_UNSET;
}

const char *area_level_name(enum area_level l)
{
    return l > AREA_UNSET && l < AREA__MAX ? levels[l].name : "";
}

bool area_covers(const char *prefix, const char *code)
{
    return strncmp(prefix, code, strlen(prefix)) == 0;
}

void area_code_trim(const char *padded, char out[AREA_CODE_MAX])
{
    enum area_level l = area_level_of(padded);

    out[0] = '\0';
    if (l == AREA_UNSET)
        return;
    str_copy(out, AREA_CODE_MAX, padded);
    for (; l > AREA_PROVINCE; l--) {
        char *part = out + levels[l - 1].digits;

        if (part[strspn(part, "0")] != '\0')
            break;
        *part = '\0';
    }
}
