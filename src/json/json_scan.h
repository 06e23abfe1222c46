/* json_scan.h -- the strict grammar of RFC 8259, checked before json-c builds the
 * tree: json-c lets NaN, lone surrogates, control characters, NUL and repeated
 * names pass, and rounds integers that it cannot hold. */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/base.h"

/* Checks text[0..n), which must be one value and blanks. *ret_members is how many
 * members the outermost object lists. Errors as json_parse(). */
MUST_USE bool json_scan(const char *text, size_t n, size_t *ret_members, struct err *e);

#endif
