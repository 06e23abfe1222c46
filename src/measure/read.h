/* read.h -- inside measure/: which values of a dimension there are. */
#ifndef MEASURE_READ_H
#define MEASURE_READ_H

#include "measure/measure.h"

/* "category=01", "category=0101" … that were ever counted in the area, in order. */
MUST_USE bool figure_dims(struct sql_tx *tx, const struct world *w, const struct figure_query *q,
                          const char *field, struct arena *a, const char ***ret, size_t *ret_n,
                          struct err *e);

/* figure_read() for several areas at once: one statement a day instead of one an area. */
MUST_USE bool figure_read_areas(struct sql_tx *tx, const struct world *w, const struct figure_query *q,
                                const struct area *const *areas, size_t n, int64_t today, struct arena *a,
                                struct figure *ret, struct err *e);

#endif
