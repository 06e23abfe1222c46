/* image.h -- inside file/ only: pictures, with libvips. */
#ifndef FILE_IMAGE_H
#define FILE_IMAGE_H

#include "base/base.h"

MUST_USE bool image_init(struct err *e);
/* Frees what the calling thread keeps. */
void image_thread_end(void);
/* Reads a picture and writes it anew: upright, at most FILE_SIDE_MAX long, sRGB,
 * without metadata, as JPEG (quality 85) or PNG; and a JPEG thumbnail.
 * ERR_INVALID "file.image" if it cannot be decoded, ERR_TOO_LARGE "file.pixels". */
MUST_USE bool image_normalise(const char *path, bool png, const char *out, const char *thumb,
                              int64_t *ret_width, int64_t *ret_height, struct err *e);

#endif
