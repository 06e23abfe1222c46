/* score.h -- results from judges' sheets: whole numbers and fractions only, so that the same sheets give the
 * same places on every machine, and anybody can count them again. The arithmetic is pure: it reads no
 * database and no clock. */
#ifndef SCORE_SCORE_H
#define SCORE_SCORE_H

#include "http/openapi.h"
#include "pack/pack.h"
#include "sql/sql.h"

struct world;

/* num / den, den > 0; not reduced. */
struct fraction {
    int64_t num, den;
};
/* < 0, 0, > 0 as a is less than, equal to or greater than b. Exact. */
int fraction_cmp(struct fraction a, struct fraction b);
/* In units of 10^-places, halves away from zero: {2, 3} with 2 places is 67. */
int64_t fraction_round(struct fraction f, int places);

/* One judge's sheet of one entrant. */
struct score_sheet {
    size_t entry, judge;   /* indexes of the caller's */
    const int64_t *values; /* one for each criterion, 0..its maximum */
};
/* What is counted, by the rules of `def` (weights, method, ties, places). */
struct score_input {
    const struct score_def *def;
    const char *const *groups; /* of each entrant: those of one group are ranked among themselves; all "" */
    size_t n_entries, n_judges;
    const struct score_sheet *sheets;
    size_t n_sheets;
};
struct score_entry {
    size_t n_sheets;
    bool ranked;            /* false: too few sheets for the method */
    struct fraction result; /* points out of all; with rank sums the mean of the ranks given, 1 the best */
    int64_t place;          /* 1 is first; those that tie share it and the next is skipped; 0: not ranked */
    bool shared;
    size_t prize; /* index into def->prizes plus one; 0: none */
    struct fraction median, spread;
};
struct score_judge {
    size_t n_sheets;
    struct fraction lowest, highest, mean; /* of the points this judge gave */
    /* How far this judge lies above the median of each entrant judged, on average: what is above 0 is
     * lenient.
     */
    struct fraction leniency;
};
struct score_outcome {
    struct score_entry *entries; /* n_entries */
    struct score_judge *judges;  /* n_judges */
    struct fraction *totals;     /* n_sheets: points of each sheet */
    bool *outlying; /* n_sheets: further from the median of its entrant than def->outlier points */
};
/* Counts, in `a`. Two sheets of one judge and entrant are the caller's mistake. */
struct score_outcome *score_count(const struct score_input *in, struct arena *a) NEVER_NULL;
/* How many sheets an entrant needs to have a result. */
size_t score_least(const struct score_def *def);

/* The effects `score` and `sheet`, for the one table of effects. */
extern const struct effect_type *const score_effects[];
extern const size_t score_n_effects;

/* Counts every result that is kept again, from the sheets that are kept, by the rules of the day it was made,
 * and says what differs; also sheets that changed after their result. False only when the database cannot be
 * read. */
MUST_USE bool score_verify(struct sql_tx *tx, const struct world *w, void (*differs)(void *, const char *),
                           void *ctx, struct err *e);

extern const struct route score_routes[];
extern const struct openapi_schema score_schemas[];

#endif
