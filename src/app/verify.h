/* verify.h -- does everything in a district follow from its history? */
#ifndef APP_VERIFY_H
#define APP_VERIFY_H

#include "app/app.h"

struct verify_result {
    int64_t entries, records, files, differences;
};
/* In one snapshot: the engine's own check, every entry, every record, every counter and, for a district on
 * disk, every file. `differs` is told each difference; progress goes to stderr when `progress`. False only
 * when something cannot be read. */
MUST_USE bool verify_district(struct district *d, bool progress, void (*differs)(void *ctx, const char *what),
                              void *ctx, struct verify_result *ret, struct err *e);
/* Prints up to a hundred differences on stdout, and the sums. */
MUST_USE bool verify_and_print(struct district *d, struct verify_result *ret, struct err *e);

#endif
