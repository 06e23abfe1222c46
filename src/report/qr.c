#include "report/qr.h"

#include <qrencode.h>
#include <string.h>

enum { QUIET = 4 };

/* Modules that follow each other in a row are one rectangle. */
static void put_row(struct buf *out, const QRcode *q, int y)
{
    const unsigned char *row = q->data + (size_t)y * (size_t)q->width;

    for (int x = 0; x < q->width; x++) {
        int from = x;

        while (x < q->width && (row[x] & 1) != 0)
            x++;
        if (x > from)
            buf_printf(out, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
    }
}

bool qr_svg(const char *text, struct buf *out, struct err *e)
{
    QRcode *q = strlen(text) > QR_TEXT_MAX ? NULL : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    int size;

    if (q == NULL)
        return ERR(e, ERR_TOO_LARGE, "qr.long", "二维码内容过长，至多 %d 字节",
                   "the code is too long, %d bytes at most", QR_TEXT_MAX);
    size = q->width + 2 * QUIET;
    buf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
        "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
        size, size, size, size);
    for (int y = 0; y < q->width; y++)
        put_row(out, q, y);
    buf_str(out, "\"/></svg>");
    QRcode_free(q);
    return true;
}
