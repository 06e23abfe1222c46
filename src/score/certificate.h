/* certificate.h -- inside score/: papers as PDF. */
#ifndef SCORE_CERTIFICATE_H
#define SCORE_CERTIFICATE_H

#include "base/base.h"

/* One page, in words. */
struct certificate {
    const char *title, *to, *text; /* 荣誉证书; 临江艺术团; 在“…”中荣获金奖。 */
    const char *by, *on, *number;  /* who gives it; 2022年6月26日; 衢江-2026-000123 */
};
/* A PDF of one A4 page each, lying, its fonts inside; bytes in `a`. ERR_INTERNAL "certificate.pdf". Takes a
 * tenth of a second or so: not for an event loop. Any thread. */
MUST_USE bool certificates_write(const struct certificate *list, size_t n, struct arena *a, const char **ret,
                                 size_t *ret_n, struct err *e);

#endif
