/* table.h -- inside appraisal/: a month as those who are ranked see it: formula, figures, points, places. */
#ifndef APPRAISAL_TABLE_H
#define APPRAISAL_TABLE_H

#include "appraisal/round.h"
#include "json/json_out.h"

struct appraisal_view {
    const struct world *world;   /* by the packs of the ranking */
    const struct principal *who; /* NULL: not signed in */
    struct month_round round;
    struct month_round before;   /* the month before, ranked; of NULL: there is none */
    bool ranked, public_;        /* public_: anybody may read it */
    int64_t from, to, year_from; /* local days */
    struct arena *a;
};
/* The answer of GET /records/{id}/appraisal. Links and ids lead only to what the caller may see. */
void appraisal_write_table(struct json_out *out, const struct appraisal_view *v);

#endif
