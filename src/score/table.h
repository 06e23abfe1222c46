/* table.h -- inside score/: a round as people see it: who leads, who has not scored, how judges judge. */
#ifndef SCORE_TABLE_H
#define SCORE_TABLE_H

#include "json/json_out.h"
#include "score/sheets.h"

struct score_view {
    const struct world *world;
    const struct principal *who;
    const struct record *round;
    const struct score_def *def;
    const struct record *const *below;
    size_t n_below;
    int64_t now;
    struct arena *a;
};
/* "89.33": with as many decimals, in `a`. */
const char *fraction_text(struct fraction f, int places, struct arena *a) NEVER_NULL;
/* The answer of GET /records/{id}/scores. What the caller may not see yet is left out: others' sheets belong
 * to the desk until the result is published, an entrant's result to all once it is complete, where the pack
 * says `show: live`. */
MUST_USE bool score_write_table(struct json_out *out, const struct score_view *v, struct err *e);

#endif
