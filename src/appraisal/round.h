/* round.h -- inside appraisal/: records of a month, what is ranked and its figures, as they are counted. */
#ifndef APPRAISAL_ROUND_H
#define APPRAISAL_ROUND_H

#include "appraisal/appraisal.h"
#include "engine/engine.h"

/* Where a figure comes from. */
struct source {
    const struct record *line;       /* NULL: there is none */
    const struct record *correction; /* what stands in its place; NULL: nothing */
};
/* A month laid out for counting. */
struct month_round {
    const struct appraisal_def *def;
    const struct record *of;     /* the month itself */
    const struct record **units; /* by area; those that were made void are left out */
    size_t n_units;
    struct source *sources; /* as input.figures lie */
    struct appraisal_input input;
};
/* The days that "2026-10" spans, as far as they are not after `today`; false when it is no month, or one to
 * come. */
bool month_days(const char *month, int64_t today, int64_t *ret_from, int64_t *ret_to);
/* "2026-09" of "2026-10", in `a`. */
const char *month_before(const char *month, struct arena *a) NEVER_NULL;
/* The text of a record's field; NULL: it has none. */
const char *record_text(const struct record *r, const struct field *f);
/* The organisation that a unit is, as its id; NULL: it is an area. */
const char *unit_org(const struct appraisal_def *def, const struct record *unit);
/* "lead=ID", in `a`: of which dimension the figure of that organisation is; "" of an area. */
const char *figure_dim(const struct appraisal_indicator *ind, const char *org, struct arena *a) NEVER_NULL;
/* Lays a month out from what lies below it (record_below()), in `a`, with the figures that counted at `at`
 * (UTC milliseconds). ERR_INVALID "appraisal.month", "appraisal.year". */
MUST_USE bool month_lay_out(const struct appraisal_def *def, const struct record *month,
                            const struct record *const *below, size_t n, int64_t at, struct arena *a,
                            struct month_round *ret, struct err *e);

/* Whether the move gives a month its result. */
bool move_ranks(const struct move *m);

#endif
