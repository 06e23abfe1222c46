/* The run: events in order of time, each turned into a command when its turn comes, answered
 * by what follows from its outcome. Many commands share a transaction. */
#include "app/simulate.h"
#include "base/clock.h"
#include "base/text.h"
#include "simulate.sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_MS = 86400000,
    HOUR_MS = 3600000,
    UNREAD_MS = 6 * HOUR_MS,
    MATTERS_A_DAY = 330,
    TRIES_MAX = 3,
    RESIDENTS_MIN = 60,
    RESIDENTS_MAX = 600
};
static const size_t TOWN_ARENA = (size_t)1 << 28;

enum event_type { EVENT_DAY, EVENT_RAISE, EVENT_ACT, EVENT_TICK };
struct happening {
    int64_t at;
    uint64_t order; /* of those at the same instant */
    enum event_type type;
    uint32_t matter, plan;
};

struct run {
    const struct sim_options *o;
    struct sim_result *result;
    struct district *d;
    struct town town;
    struct rng rng;
    struct happening *heap;
    size_t n_events, max_events;
    uint64_t order;
    struct matter *matters;
    size_t n_matters, max_matters;
    uint32_t *unused;
    size_t n_unused, max_unused;
    struct happening doing;
    bool over;
    struct progress progress;
};

/* --- events: a heap by time --- */

static bool before(const struct happening *a, const struct happening *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct run *s, int64_t at, enum event_type type, uint32_t matter, uint32_t plan)
{
    struct happening ev = {.at = at, .order = s->order++, .type = type, .matter = matter, .plan = plan};
    size_t i = s->n_events++;

    if (s->n_events > s->max_events) {
        s->max_events = s->max_events == 0 ? 1024 : s->max_events * 2;
        s->heap = xrealloc(s->heap, s->max_events * sizeof(*s->heap));
    }
    for (; i > 0 && before(&ev, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = ev;
}

static struct happening pop(struct run *s)
{
    struct happening top = s->heap[0], last = s->heap[--s->n_events];
    size_t i = 0;

    for (size_t child; (child = i * 2 + 1) < s->n_events; i = child) {
        if (child + 1 < s->n_events && before(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!before(&s->heap[child], &last))
            break;
        s->heap[i] = s->heap[child];
    }
    s->heap[i] = last;
    return top;
}

/* --- matters --- */

static uint32_t matter_new(struct run *s)
{
    uint32_t i;

    if (s->n_unused > 0) {
        i = s->unused[--s->n_unused];
    } else {
        if (s->n_matters == s->max_matters) {
            s->max_matters = s->max_matters == 0 ? 1024 : s->max_matters * 2;
            s->matters = xrealloc(s->matters, s->max_matters * sizeof(*s->matters));
        }
        i = (uint32_t)s->n_matters++;
    }
    s->matters[i] = (struct matter){.used = true};
    return i;
}

/* Nothing more will happen to it: its place is for another. */
static void matter_drop(struct run *s, uint32_t i)
{
    struct matter *m = &s->matters[i];

    if (!m->used || m->pending > 0)
        return;
    m->used = false;
    if (s->town.places[m->place].last == i)
        s->town.places[m->place].last = UINT32_MAX;
    if (s->n_unused == s->max_unused) {
        s->max_unused = s->max_unused == 0 ? 1024 : s->max_unused * 2;
        s->unused = xrealloc(s->unused, s->max_unused * sizeof(*s->unused));
    }
    s->unused[s->n_unused++] = i;
}

static void expect(struct run *s, uint32_t i, int64_t at, enum event_type type)
{
    struct matter *m = &s->matters[i];

    m->pending++;
    push(s, at, type, i, m->plan);
}

/* Another matter of the place that is still open, to be a duplicate of. */
static uint32_t other_of(const struct run *s, uint32_t i)
{
    uint32_t other = s->town.places[s->matters[i].place].last;

    return other == i || other == UINT32_MAX || !s->matters[other].used || s->matters[other].state == NULL ||
                   s->matters[other].state->final
               ? UINT32_MAX
               : other;
}

static void plan_next(struct run *s, uint32_t i, int64_t now)
{
    struct matter *m = &s->matters[i];
    int64_t at = 0;

    m->plan++;
    m->act = life_next(&s->town, m, other_of(s, i) != UINT32_MAX, now, &s->rng, &at);
    if (m->act != ACT_NONE)
        expect(s, i, at > now ? at : now + 1, EVENT_ACT);
}

static void learn_parties(struct run *s, struct matter *m, const struct record *r, int64_t now)
{
    m->lead = NULL;
    m->lead_org = (struct uuid){0};
    m->owner = record_owner(r);
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (strcmp(p->role->name, "lead") != 0)
            continue;
        m->lead_org = p->org;
        m->lead = uuid_is_nil(p->org) ? town_staff(&s->town, p->account)
                                      : town_member(&s->town, p->org, NULL, now, m->id.b[15]);
    }
}

static void learn(struct run *s, struct matter *m, const struct record *r, int64_t now)
{
    m->state = r->state;
    m->area = r->area;
    m->was_suspended = m->was_suspended || strcmp(r->state->name, "suspended") == 0;
    learn_parties(s, m, r, now);
    for (size_t i = 0; i < r->n_clocks; i++)
        if (strcmp(r->clocks[i].def->name, "resolve") == 0) {
            m->started = r->clocks[i].started_at;
            m->due = r->clocks[i].due_at;
        }
}

/* A command was let through: what it made of the matter, and what follows. */
static void done(void *ctx, size_t n, const struct record *r)
{
    struct run *s = ctx;
    uint32_t i = s->doing.matter;
    struct matter *m = &s->matters[i];
    const struct state *was = m->state;
    int64_t wake = record_wake(r);

    (void)n;
    s->result->commands++;
    s->result->raised += s->doing.type == EVENT_RAISE;
    s->result->ticks += s->doing.type == EVENT_TICK;
    if (m->act == ACT_DISPATCH && s->doing.type == EVENT_ACT && was != NULL &&
        strcmp(was->name, "handling") == 0)
        m->passed_on = true;
    m->was_reopened = m->was_reopened || (m->act == ACT_REOPEN && s->doing.type == EVENT_ACT);
    m->tries = 0;
    learn(s, m, r, s->doing.at);
    if (s->doing.type == EVENT_RAISE) {
        if (other_of(s, i) == UINT32_MAX)
            s->town.places[m->place].last = i;
    }
    if (s->doing.type != EVENT_TICK || m->state != was)
        plan_next(s, i, s->doing.at);
    if (wake != 0 && wake != m->wake)
        expect(s, i, wake > s->doing.at ? wake : s->doing.at + 1, EVENT_TICK);
    m->wake = wake;
    matter_drop(s, i);
}

/* Somebody was quicker, or may not: thinks again a little later. */
static void refused(void *ctx, size_t n, const struct err *why)
{
    struct run *s = ctx;
    struct matter *m = &s->matters[s->doing.matter];

    (void)n;
    (void)why;
    s->result->refused++;
    if (s->doing.type == EVENT_ACT && m->tries++ < TRIES_MAX)
        plan_next(s, s->doing.matter, s->doing.at + HOUR_MS);
    matter_drop(s, s->doing.matter);
}

/* --- what happens --- */

static void plan_day(struct run *s, int64_t day)
{
    double expected = MATTERS_A_DAY * s->o->scale * town_day_share(&s->town, day);
    double n = round(expected + chance_normal(&s->rng) * sqrt(expected) * 1.6);

    for (int64_t i = 0; i < (int64_t)n; i++) {
        int64_t at = town_instant(&s->town, day, &s->rng);

        if (at >= s->o->from)
            push(s, at, EVENT_RAISE, UINT32_MAX, 0);
    }
    push(s, s->o->from + (day + 1 - local_day(s->o->from, s->d->offset_min)) * DAY_MS, EVENT_DAY, 0, 0);
}

static const struct command *raise(struct run *s, struct arena *a)
{
    uint32_t i = matter_new(s);

    s->doing.matter = i;
    s->matters[i].place = (uint32_t)town_place(&s->town, &s->rng);
    return life_raise(&s->town, &s->matters[i], s->doing.at, &s->rng, a);
}

static const struct command *act(struct run *s, struct arena *a)
{
    struct matter *m = &s->matters[s->doing.matter];
    uint32_t other = other_of(s, s->doing.matter);
    const struct command *c = NULL;

    m->pending--;
    if (s->doing.plan == m->plan) {
        if (m->act == ACT_DUPLICATE && other == UINT32_MAX)
            m->act = ACT_ACCEPT;
        c = life_act(&s->town, m, other == UINT32_MAX ? (struct uuid){0} : s->matters[other].id, s->doing.at,
                     &s->rng, a);
    }
    if (c == NULL)
        matter_drop(s, s->doing.matter);
    return c;
}

static const struct command *tick(struct run *s, struct arena *a)
{
    struct matter *m = &s->matters[s->doing.matter];
    struct command *c;

    m->pending--;
    if (m->wake == 0 || m->wake > s->doing.at) {
        matter_drop(s, s->doing.matter);
        return NULL;
    }
    m->wake = 0;
    c = arena_new(a, struct command);
    *c = (struct command){.id = rng_uuid(&s->rng, s->doing.at),
                          .who = &principal_clock,
                          .at = s->doing.at,
                          .target = m->id,
                          .verb = "tick",
                          .version = -1};
    return c;
}

/* The next command of this batch, for the door. */
static const struct command *next(void *ctx, size_t n, struct arena *a)
{
    struct run *s = ctx;
    const struct command *c = NULL;

    if (n >= (size_t)s->o->batch)
        return NULL;
    while (c == NULL) {
        if (s->n_events == 0 || s->heap[0].at >= s->o->until) {
            s->over = true;
            return NULL;
        }
        s->doing = pop(s);
        if (s->doing.type == EVENT_DAY)
            plan_day(s, local_day(s->doing.at, s->d->offset_min));
        else if (s->doing.type == EVENT_RAISE)
            c = raise(s, a);
        else
            c = s->doing.type == EVENT_ACT ? act(s, a) : tick(s, a);
    }
    return c;
}

static bool last_entry(struct run *s, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(s->d->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &simulate_queries[SIMULATE_Q_LAST_ENTRY], &rows, e, SQL_INT(s->d->code)))
        return false;
    if (sql_next(rows)) {
        size_t n = 0;
        const void *hash = sql_blob(rows, 1, &n);

        s->result->seq = sql_int(rows, 0);
        hex_encode(hash, n > 32 ? 32 : n, s->result->hash);
    }
    return sql_end(&rows, e);
}

/* People read what they are told; what came in the last hours they have not come to yet. */
static bool read_notices(const struct run *s, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(s->d->db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &simulate_queries[SIMULATE_Q_NOTICES_READ], e, SQL_INT(s->d->code),
                   SQL_INT(s->o->until - UNREAD_MS)) &&
           sql_commit(&tx, e);
}

static bool more(void *ctx)
{
    struct run *s = ctx;

    if (!s->o->quiet)
        progress_step(&s->progress, s->result->raised);
    return !s->over;
}

static bool play(struct run *s, struct err *e)
{
    const struct door_source source = {
        .ctx = s, .next = next, .more = more, .calls = {.ctx = s, .done = done, .refused = refused}};

    push(s, s->o->from, EVENT_DAY, 0, 0);
    return door_run(s->d->door, &source, e) && read_notices(s, e) && last_entry(s, e);
}

static size_t residents(double scale)
{
    double n = scale * 240;

    return n < RESIDENTS_MIN ? RESIDENTS_MIN : n > RESIDENTS_MAX ? RESIDENTS_MAX : (size_t)n;
}

bool simulate_run(struct district *d, const struct sim_options *o, struct sim_result *ret, struct err *e)
{
    struct run s = {.o = o, .result = ret, .d = d, .rng = rng_seed(o->seed)};
    struct arena *people = arena_create(TOWN_ARENA);
    double days = (double)(o->until - o->from) / DAY_MS;
    bool ok;

    *ret = (struct sim_result){0};
    if (!o->quiet)
        progress_begin(&s.progress, "模拟 simulate", (int64_t)(days * MATTERS_A_DAY * o->scale * 0.87));
    ok = sql_check(d->db, simulate_queries, SIMULATE_Q__MAX, e) &&
         town_open(d, residents(o->scale), o->from, &s.rng, people, &s.town, e) && play(&s, e);
    if (!o->quiet)
        progress_end(&s.progress, ret->raised);
    arena_free(&people);
    free(s.heap);
    free(s.matters);
    free(s.unused);
    return ok;
}
