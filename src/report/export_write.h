/* export_write.h -- one matter as a row of a table or as a line of JSON. */
#ifndef REPORT_EXPORT_WRITE_H
#define REPORT_EXPORT_WRITE_H

#include "engine/engine.h"
#include "report/cells.h"

#include <stdio.h>

struct export_sink {
    struct cells *table; /* NULL: lines of JSON */
    FILE *to;            /* of JSON */
    bool words;          /* for people: titles instead of names, in `lang` */
    enum lang lang;
    const struct world *world;
    const struct kind *kind;
};
/* Column names of a table; nothing of JSON. `a` is scratch. */
void export_begin(const struct export_sink *s, struct arena *a);
/* Personal fields are written as their masks. `a` is scratch. A table says itself, at its end, whether it
 * could be written; of JSON ERR_BUSY "export.disk". */
MUST_USE bool export_record(const struct export_sink *s, const struct record *r, struct arena *a,
                            struct err *e);
/* Puts the values themselves where r shows masks of these fields: after it is written down who saw them. */
MUST_USE bool record_unseal(const struct world *w, const struct field *const *fields, size_t n,
                            struct record *r, struct arena *a, struct err *e);

#endif
