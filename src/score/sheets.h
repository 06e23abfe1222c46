/* sheets.h -- inside score/: records of a round, its entrants and their sheets, as they are counted. */
#ifndef SCORE_SHEETS_H
#define SCORE_SHEETS_H

#include "engine/engine.h"
#include "score/score.h"

/* A round laid out for counting. */
struct round {
    const struct score_def *def;
    const struct record *of;       /* the round itself */
    const struct record **entries; /* those that take part */
    size_t n_entries;
    struct uuid *judges; /* first those who play the part now, in its order, then others who gave sheets */
    size_t n_judges, n_now;
    const struct record **sheets; /* by index of input.sheets */
    struct score_input input;
};

/* Who judges by a sheet; nil: nobody. */
struct uuid sheet_judge(const struct score_def *def, const struct record *sheet);
/* A sheet or entrant that counts: it was not made void. */
bool score_counts(const struct record *r);
/* Whether an entrant takes part now. */
MUST_USE bool score_takes_part(const struct world *w, const struct score_def *def, const struct record *entry,
                               int64_t now, struct arena *a, bool *ret, struct err *e);
/* Whether that person may not judge this entrant: plays one of the parts of `not:`, belongs to a unit that
 * does or to the unit of a person who does. */
bool score_own(const struct world *w, const struct score_def *def, const struct record *entry,
               struct uuid judge, int64_t at);
/* Lays a round out from what lies below it (record_below()), in `a`. `kept`: entrants are those that have a
 * place instead of those that take part now: a result that is kept. */
MUST_USE bool round_lay_out(const struct world *w, const struct score_def *def, const struct record *round,
                            const struct record *const *below, size_t n, bool kept, int64_t now,
                            struct arena *a, struct round *ret, struct err *e);
/* The sheet that a judge gave an entrant, as index of input.sheets; n_sheets: none. */
size_t round_sheet(const struct round *r, size_t entry, size_t judge);
/* Whether a judge of now has still to give this entrant a sheet. */
bool round_due(const struct round *r, const struct world *w, size_t entry, size_t judge, int64_t now);

#endif
