/* What somebody may send as a recording: the first byte says which container it is taken for. */
#include "file/recording.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"video/webm", "video/mp4", "audio/ogg", "audio/wav"};
    struct recording r;

    if (size < 1)
        return 0;
    const struct file_type *type = sniff_stored(types[data[0] % COUNT_OF(types)]);
    if (recording_read(type, data + 1, size - 1, &r) && (r.length_ms < 0 || !(r.sound || r.picture)))
        abort();
    return 0;
}
