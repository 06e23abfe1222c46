/* The door's observer: what each batch counts, and what moves read of it. */
#include "measure/measure.h"

static void *begin(const struct world *w)
{
    return tally_create(w);
}

static bool observe(void *state, const struct change *c, struct arena *a, const char **ret_names,
                    struct err *e)
{
    return tally_change(state, c, a, ret_names, e);
}

static void sum_observed(void *state)
{
    tally_sum(state);
}

static bool write_observed(void *state, struct sql_tx *tx, struct err *e)
{
    return tally_write(state, tx, e);
}

static void end(void *state)
{
    struct tally *t = state;

    tally_free(&t);
}

/* --- figures for a move --- */

static bool read_figure(void *ctx, const struct measure_def *m, const char *area, const char *dim,
                        int64_t from_day, int64_t to_day, double *ret, int64_t *ret_n, bool *ret_known,
                        struct err *e)
{
    const struct figure_query q = {
        .measure = m, .area = area, .dim = dim, .from_day = from_day, .to_day = to_day};
    struct figure f;

    if (!figure_read(ctx, &q, &f, e))
        return false;
    *ret = f.value;
    *ret_n = f.n;
    *ret_known = f.known;
    return true;
}

static void close_reader(void *ctx)
{
    struct figure_reader *r = ctx;

    figure_reader_free(&r);
}

static void figures(void *state, const void *older, struct sql_tx *tx, int64_t today, struct figures *ret)
{
    const struct tally *own = state;
    struct figure_reader *r = figure_reader_create(tx, tally_world(own), today);

    figure_reader_unseen(r, older, own);
    *ret = (struct figures){read_figure, close_reader, r};
}

const struct door_observer tally_observer = {begin, observe, sum_observed, write_observed,
                                             end,   NULL,    figures};
