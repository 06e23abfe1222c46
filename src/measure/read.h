/* read.h -- inside measure/: which values of a dimension there are. */
#ifndef MEASURE_READ_H
#define MEASURE_READ_H

#include "measure/measure.h"

/* "category=01", "category=0101" … that were ever counted in the area, in order. */
MUST_USE bool figure_dims(struct sql_tx *tx, const struct world *w, const struct figure_query *q,
                          const char *field, struct arena *a, const char ***ret, size_t *ret_n,
                          struct err *e);

#endif
