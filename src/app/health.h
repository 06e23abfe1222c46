/* health.h -- what `wangge doctor` and /metrics know, for the administrator to read. */
#ifndef APP_HEALTH_H
#define APP_HEALTH_H

#include "http/route.h"

extern const struct route health_routes[];

#endif
