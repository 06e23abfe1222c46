#include "measure/tape.h"

#include "base/clock.h"
#include "base/text.h"
#include "measure/cells.h"
#include "measure/taken.h"
#include "record/replay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLACES = 4,          /* days kept */
    NEWS_MAX = 5000,     /* entries since it was told last; more: told anew */
    KEPT_MS = 5 * 60000, /* a snapshot stays valid longer than that (http/route.h) */
    DAY_MS = 86400000,
    MINUTE_MS = 60000,
    ROW_CELLS_MAX = 2048,
    KEY_BYTES = 48,
};
static const size_t REPLAY_ARENA = (size_t)64 << 20;

/* What one change added to a cell; after sorting, n and total are sums from the day's beginning. */
struct mark {
    uint32_t part, area, name; /* numbers of the tally's names; part: a measure's index plus one, 0 totals */
    int32_t ms;                /* since the day began */
    int64_t n;
    double total;
};
struct tape {
    pthread_mutex_t lock;
    const struct world *world;
    struct tally *tally; /* knows the names */
    int64_t day, seq, made_at;
    bool dims;                 /* dimensions are on it, too */
    struct mark *marks, *sums; /* as told; sorted and summed */
    size_t n, max, n_sums;
};

static struct tape places[PLACES] = {{.lock = PTHREAD_MUTEX_INITIALIZER},
                                     {.lock = PTHREAD_MUTEX_INITIALIZER},
                                     {.lock = PTHREAD_MUTEX_INITIALIZER},
                                     {.lock = PTHREAD_MUTEX_INITIALIZER}};

static void forget(struct tape *t)
{
    tally_free(&t->tally);
    free(t->marks);
    free(t->sums);
    t->marks = t->sums = NULL;
    t->n = t->max = t->n_sums = 0;
    t->seq = t->made_at = 0;
    t->world = NULL;
}

static int64_t day_begins(const struct world *w, int64_t day)
{
    return day * DAY_MS - (int64_t)w->offset_min * MINUTE_MS;
}

/* --- telling --- */

struct telling {
    struct tape *tape;
    int64_t from, to, seq; /* entries of the day behind `seq` */
    int32_t ms;            /* of the change whose cells are taken */
};

/* Dimensions only where somebody asks for them: they are most of it. */
static void mark(void *ctx, const struct taken *c)
{
    const struct telling *telling = ctx;
    struct tape *t = telling->tape;

    if (!t->dims && c->part != 0 && (c->key[0] != 'p' || c->key[1] != '='))
        return;
    if (t->n == t->max) {
        t->max = t->max == 0 ? 1024 : t->max * 2;
        t->marks = xrealloc(t->marks, t->max * sizeof(*t->marks));
    }
    t->marks[t->n++] = (struct mark){
        .part = c->part, .area = c->area, .name = c->name, .ms = telling->ms, .n = c->n, .total = c->total};
}

static bool tell(void *ctx, const struct replayed *r, struct arena *a, struct err *e)
{
    struct telling *telling = ctx;
    const char *names;

    if (r->at < telling->from || r->at >= telling->to || r->seq <= telling->seq)
        return true;
    tally_at(telling->tape->tally, r->world);
    if (!tally_change(telling->tape->tally, &r->change, a, &names, e))
        return false;
    telling->ms = (int32_t)(r->at - telling->from);
    tally_take(telling->tape->tally, mark, telling);
    return true;
}

static bool tell_all(struct sql_tx *tx, struct telling *telling, const struct replay_ids *ids, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(REPLAY_ARENA);
    struct record *last;

    for (size_t i = 0; i < ids->n; i++) {
        if (!replay_record(tx, telling->tape->world, ids->list[i], telling->to - 1, a, tell, telling, &last,
                           e))
            return false;
        arena_reset(a);
    }
    return true;
}

/* --- sums --- */

static int in_order(const void *pa, const void *pb)
{
    const struct mark *a = pa, *b = pb;

    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    if (a->area != b->area)
        return a->area < b->area ? -1 : 1;
    if (a->name != b->name)
        return a->name < b->name ? -1 : 1;
    return (a->ms > b->ms) - (a->ms < b->ms);
}

static bool same_cell(const struct mark *a, const struct mark *b)
{
    return a->part == b->part && a->area == b->area && a->name == b->name;
}

static void sum_up(struct tape *t)
{
    t->sums = xrealloc(t->sums, (t->n + 1) * sizeof(*t->sums));
    if (t->n > 0)
        memcpy(t->sums, t->marks, t->n * sizeof(*t->sums));
    qsort(t->sums, t->n, sizeof(*t->sums), in_order);
    for (size_t i = 1; i < t->n; i++)
        if (same_cell(&t->sums[i - 1], &t->sums[i])) {
            t->sums[i].n += t->sums[i - 1].n;
            t->sums[i].total += t->sums[i - 1].total;
        }
    t->n_sums = t->n;
}

/* --- opening --- */

static bool many(struct err *e)
{
    return ERR(e, ERR_BUSY, "measure.past_busy", "这一天的变动超过 %d 件，不能逐分回看",
               "more than %d matters moved on that day: it cannot be looked at by the minute",
               TAPE_RECORDS_MAX);
}

/* What happened to the history since: only its matters are told again. */
static bool add_news(struct sql_tx *tx, struct tape *t, struct replay_ids *ids, bool *ret_anew, struct err *e)
{
    int64_t seq = t->seq;

    if (!replay_news(tx, t->world->district, t->seq, NEWS_MAX, ids, &seq, ret_anew, e))
        return false;
    if (*ret_anew || ids->n == 0)
        return true;
    struct telling telling = {.tape = t,
                              .from = day_begins(t->world, t->day),
                              .to = day_begins(t->world, t->day + 1),
                              .seq = t->seq};
    size_t before = t->n;
    replay_ids_once(ids);
    if (!tell_all(tx, &telling, ids, e))
        return false;
    t->seq = seq;
    if (t->n > before)
        sum_up(t);
    return true;
}

static bool tell_day(struct sql_tx *tx, struct tape *t, struct replay_ids *ids, struct err *e)
{
    struct telling telling = {
        .tape = t, .from = day_begins(t->world, t->day), .to = day_begins(t->world, t->day + 1)};

    if (!record_last_seq(tx, t->world->district, &t->seq, e) ||
        !replay_touched(tx, t->world->district, telling.from, telling.to, 0, ids, e))
        return false;
    replay_ids_once(ids);
    if (ids->n > TAPE_RECORDS_MAX)
        return many(e);
    t->tally = tally_create(t->world);
    t->made_at = time_monotonic_us() / 1000;
    if (!tell_all(tx, &telling, ids, e))
        return false;
    sum_up(t);
    return true;
}

static bool holds(const struct tape *t, const struct world *w, int64_t day, bool dims)
{
    return t->tally != NULL && t->world == w && t->day == day && (t->dims || !dims) &&
           time_monotonic_us() / 1000 - t->made_at < KEPT_MS;
}

static bool make_ready(struct sql_tx *tx, struct tape *t, const struct world *w, int64_t day, bool dims,
                       struct err *e)
{
    struct replay_ids ids = {0};
    bool anew = !holds(t, w, day, dims), ok = true;

    if (!anew)
        ok = add_news(tx, t, &ids, &anew, e);
    if (ok && anew) {
        forget(t);
        t->world = w;
        t->day = day;
        t->dims = dims;
        ids.n = 0;
        ok = tell_day(tx, t, &ids, e);
    }
    free(ids.list);
    return ok;
}

bool tape_open(struct sql_tx *tx, const struct world *w, int64_t day, bool dims, struct tape **ret,
               struct err *e)
{
    struct tape *t = &places[(uint64_t)day % PLACES];

    (void)pthread_mutex_lock(&t->lock);
    *ret = t;
    if (make_ready(tx, t, w, day, dims, e))
        return true;
    forget(t);
    tape_close(ret);
    return false;
}

void tape_close(struct tape **t)
{
    if (*t != NULL)
        (void)pthread_mutex_unlock(&(*t)->lock);
    *t = NULL;
}

/* --- reading --- */

/* The first sum behind `key`. */
static size_t behind(const struct tape *t, const struct mark *key)
{
    size_t low = 0, high = t->n_sums;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (in_order(&t->sums[middle], key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int by_key(const void *a, const void *b)
{
    return cell_compare(a, b);
}

void tape_row(struct tape *t, const char *area, const struct measure_def *m, int64_t at, struct buf *out)
{
    static const char nothing[1];
    struct mark key = {.part = m == NULL ? 0 : (uint32_t)m->index + 1, .area = tally_name(t->tally, area)};
    struct cell *cells = xcalloc(ROW_CELLS_MAX, sizeof(*cells));
    int64_t ms = at - day_begins(t->world, t->day);
    size_t n = 0, i;

    key.ms = (int32_t)(ms < 0 ? -1 : ms < DAY_MS ? ms : DAY_MS);
    key.name = 0;
    i = behind(t, &(struct mark){.part = key.part, .area = key.area, .ms = -1});
    while (i < t->n_sums && n < ROW_CELLS_MAX && t->sums[i].part == key.part && t->sums[i].area == key.area) {
        size_t last;

        key.name = t->sums[i].name;
        last = behind(t, &key);
        if (last > i) {
            const char *text = tally_text(t->tally, key.name);

            cells[n++] = (struct cell){
                .key = text, .len = strlen(text), .n = t->sums[last - 1].n, .total = t->sums[last - 1].total};
        }
        key.ms = INT32_MAX;
        i = behind(t, &key);
        key.ms = (int32_t)(ms < 0 ? -1 : ms < DAY_MS ? ms : DAY_MS);
    }
    qsort(cells, n, sizeof(*cells), by_key);
    if (!cells_add(nothing, 0, cells, n, out))
        out->failed = true;
    free(cells);
}
