/* export_write.h -- one matter as a line of CSV (RFC 4180) or of JSON. */
#ifndef APP_EXPORT_WRITE_H
#define APP_EXPORT_WRITE_H

#include "engine/engine.h"

#include <stdio.h>

struct export_sink {
    FILE *to;
    bool csv;
    const struct world *world;
    const struct kind *kind;
};
/* Byte order mark and column names of CSV; nothing of JSON. */
void export_begin(const struct export_sink *s);
/* Personal fields are written as their masks. `a` is scratch. */
MUST_USE bool export_record(const struct export_sink *s, const struct record *r, struct arena *a,
                            struct err *e);

#endif
