/* tiles.h -- tiles of somebody else beneath our maps: what the command line says of them. */
#ifndef APP_TILES_H
#define APP_TILES_H

#include "http/route.h"

/* "tianditu:KEY"; or addresses with {z} {x} {y} with spaces between, the first word "gcj02" where they are
 * drawn in that datum. NULL or "": none. ERR_INVALID "tiles.setting" says what would be right. */
MUST_USE bool tiles_set(const char *setting, struct err *e);
/* The hosts that pages may load pictures from, " https://t0.tianditu.gov.cn"; "" where there are no tiles. */
const char *tiles_hosts(void);

extern const struct route tiles_routes[];

#endif
