/* text.h -- UTF-8, numbers from text, small string helpers. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/base.h"

/* True if s[0..n) is well-formed UTF-8 (RFC 3629) without NUL. */
bool utf8_valid(const char *s, size_t n);
/* Number of code points of a valid UTF-8 string. */
size_t utf8_length(const char *s);
/* Decodes one code point of a valid string, advances *s. 0 at the end. */
uint32_t utf8_next(const char **s);
/* Bytes of the first `chars` code points. */
size_t utf8_prefix(const char *s, size_t chars);
/* The largest length <= n at which s, of at least n bytes, ends between code points. */
size_t utf8_cut(const char *s, size_t n);

/* Whole-string decimal integers; false when anything else is there. */
MUST_USE bool parse_int64(const char *s, int64_t *ret);
MUST_USE bool parse_double(const char *s, double *ret);

bool str_eq(const char *a, const char *b); /* NULLs are equal to each other only */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Copies at most size-1 bytes, never cutting a code point; always terminates. */
void str_copy(char *dst, size_t size, const char *src);
/* Lower-case hexadecimal; `out` has 2n+1 bytes. */
void hex_encode(const void *bytes, size_t n, char *out);

#endif
