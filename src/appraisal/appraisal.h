/* appraisal.h -- areas ranked by a formula: figures made comparable, weighed and added up in whole numbers,
 * so that the same figures give the same places on every machine, and anybody can count them again. The
 * arithmetic is pure: it reads no database and no clock. */
#ifndef APPRAISAL_APPRAISAL_H
#define APPRAISAL_APPRAISAL_H

#include "http/openapi.h"
#include "pack/pack.h"
#include "sql/sql.h"

struct world;

enum {
    POINT_DECIMALS = 8, /* a weight times a share has no more: points are added up exactly */
    FIGURE_DECIMALS = 6,
    SHARE_DECIMALS = 4,
};
/* What an indicator is for one of those ranked. */
struct appraisal_figure {
    bool known;
    int64_t value; /* millionths */
};
struct appraisal_input {
    const struct appraisal_def *def;
    const struct appraisal_year *year;      /* whose weights hold */
    const struct appraisal_figure *figures; /* of the first unit all indicators, then of the next */
    size_t n_units;
};
struct appraisal_points {
    bool counts;    /* false: there is no figure, and its weight went to the others */
    int64_t share;  /* of 100 points, in 10^-4, halves up: 0 .. APPRAISAL_FULL */
    int64_t points; /* weighed, in 10^-8 */
};
struct appraisal_result {
    bool ranked;   /* false: of no indicator there was a figure */
    int64_t total; /* in 10^-places, halves up; what reads equal is equal */
    int64_t place; /* 1 is first; those that tie share it and the next is skipped; 0: not ranked */
    bool shared;
};
struct appraisal_outcome {
    struct appraisal_points *points; /* as the figures lie */
    struct appraisal_result *units;  /* n_units */
};
/* Counts, in `a`. */
struct appraisal_outcome *appraisal_count(const struct appraisal_input *in, struct arena *a) NEVER_NULL;
/* The weights that hold in a year; NULL: none do yet. */
const struct appraisal_year *appraisal_year(const struct appraisal_def *d, int64_t year);
/* A figure as it is kept: the nearest millionth, halves away from zero; beyond 10^12 that. */
int64_t appraisal_fixed(double value);
/* n / 10^places, rounded to fewer, halves away from zero, in units of 10^-to. */
int64_t fixed_round(int64_t n, int places, int to);
/* "-0.25" of -25 with 2 places, in `a`. */
const char *fixed_text(int64_t n, int places, struct arena *a) NEVER_NULL;

/* The effect `appraise`, for the one table of effects. */
extern const struct effect_type *const appraisal_effects[];
extern const size_t appraisal_n_effects;

/* Counts every ranking that is kept again, from the figures that are kept, by the formula of the day it was
 * made, and says what differs. False only when the database cannot be read. */
MUST_USE bool appraisal_verify(struct sql_tx *tx, const struct world *w,
                               void (*differs)(void *, const char *), void *ctx, struct err *e);

bool appraisal_check(struct sql *db, struct err *e) MUST_USE;
extern const struct route appraisal_routes[];
extern const struct openapi_schema appraisal_schemas[];

#endif
