/* Figures as of past moments against what the live board said at these moments. */
#include "app/fixture.h"
#include "app/simulate.h"
#include "base/buf.h"
#include "measure/measure.h"

enum { STAGES = 5, TEXT = 1024 * 1024 };

/* Moments in the middle of days, on the edge of one, and two within an hour. */
static const char *const moments[STAGES] = {"2026-09-14T10:17:31.250+08:00", "2026-09-14T10:58:00+08:00",
                                            "2026-09-16T00:00:00+08:00", "2026-09-16T15:30:00+08:00",
                                            "2026-09-18T09:00:00.001+08:00"};
static const char *const areas[] = {"330803",       "330803001",       "330803002",
                                    "330803001001", "330803001001001", "330803103"};

/* The parts of a measure by its first dimension, as many as there are then. */
static void write_parts(struct fixture *f, struct figure_reader *reader, struct figure_query q,
                        struct buf *out)
{
    AUTO(arena_free) struct arena *a = arena_create(TEXT);
    const char **dims = NULL;
    struct figure v = {0};
    size_t n = 0;

    check(figure_dims(reader, &q, q.measure->by[0]->name, a, &dims, &n, &f->err));
    for (size_t i = 0; i < n; i++) {
        q.dim = dims[i];
        check(figure_read(reader, &q, &v, &f->err));
        buf_printf(out, "%s %s %s: %lld\n", q.measure->name, q.area, dims[i], (long long)v.n);
    }
}

static void write_one(struct fixture *f, struct figure_reader *reader, const struct figure_query *q,
                      struct buf *out)
{
    struct figure v = {0};

    check(figure_read(reader, q, &v, &f->err));
    buf_printf(out, "%s %s %lld: %d %.9g %lld %.9g %.9g\n", q->measure->name, q->area, (long long)q->from_day,
               v.known, v.known ? v.value : 0, (long long)v.n, v.p50, v.p99);
    if (q->measure->n_by > 0 && strlen(q->area) <= 12)
        write_parts(f, reader, *q, out);
}

/* All measures of the areas, of all time, of the day, and of the week, as a reader has them. */
static void write_board(struct fixture *f, struct figure_reader *reader, int64_t day, struct buf *out)
{
    const int64_t spans[][2] = {{0, 0}, {day, day}, {day - 6, day}};

    for (size_t i = 0; i < f->d->packs->n_measures; i++)
        for (size_t a = 0; a < COUNT_OF(areas); a++)
            for (size_t s = 0; s < COUNT_OF(spans); s++)
                write_one(f, reader,
                          &(struct figure_query){.measure = f->d->packs->measures[i],
                                                 .area = areas[a],
                                                 .from_day = spans[s][0],
                                                 .to_day = spans[s][1]},
                          out);
}

/* The board as of `at`: live (0), or turned back. */
static void board(struct fixture *f, int64_t at, bool back, struct buf *out)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(figure_reader_free) struct figure_reader *reader = NULL;
    int64_t day = local_day(at, 480);

    buf_init(out, TEXT);
    check(sql_begin(f->d->db, SQL_READ, &tx, &f->err));
    reader = figure_reader_create(tx, district_world(f->d), day);
    if (back)
        check(figure_reader_turn_back(reader, at, true, &f->err));
    write_board(f, reader, day, out);
}

static void live_on(struct fixture *f, const char *from, const char *until, uint64_t seed)
{
    const struct sim_options o = {.from = instant(from),
                                  .until = instant(until),
                                  .seed = seed,
                                  .scale = 0.25,
                                  .batch = 300,
                                  .quiet = true};
    struct sim_result r;

    check(simulate_run(f->d, &o, &r, &f->err));
}

TEST(as_of_is_what_the_board_said)
{
    struct fixture *f = fixture();
    struct buf then[STAGES], now;

    for (int i = 0; i < STAGES; i++) {
        live_on(f, i == 0 ? "2026-09-13T00:00:00+08:00" : moments[i - 1], moments[i], (uint64_t)i + 1);
        board(f, instant(moments[i]) - 1, false, &then[i]);
        /* the tape of a day that is going on goes on, too */
        board(f, instant(moments[i]) - 1, true, &now);
        is(buf_text(&now), buf_text(&then[i]));
        buf_free(&now);
    }
    for (int i = STAGES - 1; i >= 0; i--) {
        board(f, instant(moments[i]) - 1, true, &now);
        is(buf_text(&now), buf_text(&then[i]));
        check(i == STAGES - 1 || strcmp(buf_text(&then[i]), buf_text(&then[i + 1])) != 0);
        buf_free(&now);
    }
    for (int i = 0; i < STAGES; i++)
        buf_free(&then[i]);
}
