/* worlds.h -- snapshots of everything the engine reads: made whole, replaced whole,
 * the old one kept for a while for those who still read it. */
#ifndef APP_WORLDS_H
#define APP_WORLDS_H

#include "engine/engine.h"
#include "rules/rules.h"

struct worlds;
/* `fixed` has what never changes while the district is open: privacy, district, names. `rules` say which
 * packs hold. */
MUST_USE bool worlds_open(struct sql *db, const struct world *fixed, struct rules *rules, struct worlds **ret,
                          struct err *e);
void worlds_close(struct worlds **w);
const struct world *worlds_current(struct worlds *w); /* any thread */
MUST_USE bool worlds_reload(struct worlds *w, struct err *e);

#endif
