/* packs.h -- the packs a district runs: those in the binary, those in DIR/packs, and folders named. */
#ifndef APP_PACKS_H
#define APP_PACKS_H

#include "app/app.h"

MUST_USE bool packs_open(struct district *d, const struct district_options *o, struct err *e);
/* Loads the embedded packs that `dirs` do not replace, and `dirs`; complaints are printed on stderr.
 * *ret_arena owns the packs, also when false. */
MUST_USE bool packs_load_all(const char *const *dirs, size_t n, struct arena **ret_arena, struct packs **ret,
                             struct err *e);

#endif
