#include "app/app.h"

#include <string.h>

/* The tables are sorted by name (tools/embed.py). */
const struct embedded *embedded_find(const char *name)
{
    size_t lo = 0, hi = embedded_data_n;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(embedded_data[mid].name, name);

        if (c == 0)
            return &embedded_data[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}
