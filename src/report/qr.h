/* qr.h -- a QR code as SVG. */
#ifndef REPORT_QR_H
#define REPORT_QR_H

#include "base/buf.h"

enum { QR_TEXT_MAX = 1000, QR_SVG_MAX = 512 * 1024 };

/* One black path on white with the quiet zone of four modules, medium error correction. ERR_TOO_LARGE
 * "qr.long" past QR_TEXT_MAX bytes. */
MUST_USE bool qr_svg(const char *text, struct buf *out, struct err *e);

#endif
