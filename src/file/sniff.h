/* sniff.h -- inside file/ only: what a file is, by its first bytes. */
#ifndef FILE_SNIFF_H
#define FILE_SNIFF_H

#include "base/base.h"

enum { SNIFF_BYTES = 512 };

enum file_kind {
    FILE_OTHER = 0,
    FILE_PHOTO,
    FILE_DRAWING,
    FILE_AUDIO,
    FILE_VIDEO,
    FILE_DOCUMENT,
    FILE_OFFICE
};
struct file_type {
    const char *mime; /* of what came; pictures are stored as image/jpeg or image/png */
    const char *suffix;
    enum file_kind kind; /* FILE_PHOTO is stored as JPEG, FILE_DRAWING as PNG; FILE_OFFICE is an archive that
                            office.c looks into */
};
/* NULL: a type we do not take. */
const struct file_type *sniff(const unsigned char *bytes, size_t n);
/* What a container is called that holds only sound: video/webm is audio/webm then. Its argument where it
 * knows no other. */
const struct file_type *sniff_sound(const struct file_type *t);
/* DOCX, or XLSX. */
const struct file_type *sniff_office(bool document);
/* By the type as stored. NULL if none of ours. */
const struct file_type *sniff_stored(const char *mime);

#endif
