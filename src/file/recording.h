/* recording.h -- inside file/ only: what is in a recording, without playing it. */
#ifndef FILE_RECORDING_H
#define FILE_RECORDING_H

#include "base/base.h"
#include "file/sniff.h"

struct recording {
    bool sound, picture;
    int64_t length_ms; /* of the longest track */
};

/* Reads the tracks of WebM, MP4 and its kin, Ogg and WAV, by `type` as sniffed, from the file's bytes.
 * Nothing is decoded. False if they are none, or say nothing of their tracks. */
MUST_USE bool recording_read(const struct file_type *type, const unsigned char *bytes, size_t n,
                             struct recording *ret);
/* Whether the file at `path` may be kept, and as what: the container alone does not tell a voice note from a
 * video, so *type becomes the audio type where there is no picture. Sound alone is at most LIMIT_SOUND_BYTES
 * and LIMIT_SOUND_MS. Complains about `field`: "file.recording", "file.sound_large", "file.sound_long";
 * ERR_INTERNAL "file.read". */
MUST_USE bool recording_check(const char *path, const char *field, const struct file_type **type,
                              struct err *e);

#endif
