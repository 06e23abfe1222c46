/* zone.h -- civil times of an import's file: a fixed offset ("+08:00", "Z") or a zone with
 * daylight saving by its name ("America/New_York", or POSIX "EST5EDT,M3.2.0,M11.1.0").
 * A named zone is read by the C library through TZ: one per process, before other threads. */
#ifndef REPORT_ZONE_H
#define REPORT_ZONE_H

#include "base/base.h"

struct zone {
    bool named;
    int offset_min;
};
/* ERR_INVALID "import.zone" when it is none we know. */
MUST_USE bool zone_open(const char *name, struct zone *ret, struct err *e);
/* `text` in a strptime format, or "rfc3339", "epoch", "epoch_ms". A time that the autumn repeats is its first
 * occurrence, one that the spring skips is taken by the clock before it. False when it is no such time. */
MUST_USE bool zone_parse(const struct zone *z, const char *format, const char *text, int64_t *ret_ms);

#endif
