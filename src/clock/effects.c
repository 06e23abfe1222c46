/* start, stop, pause, resume: clocks within a record. */
#include "base/limits.h"
#include "clock/clock.h"
#include "engine/record_internal.h"
#include "pack/check.h"

#include <string.h>

static bool clock_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                        const void **ret)
{
    return (*ret = check_clock(c, k, arg)) != NULL;
}

/* --- start --- */

/* How long: fixed, or by expression: "4wh", or an instant that is the due time itself. */
static bool find_limit(const struct effect_run *run, const struct clock_def *d, struct limit *ret,
                       int64_t *ret_due, struct err *e)
{
    struct cel_value v = {0};

    *ret = d->limit;
    *ret_due = 0;
    if (d->expr == NULL)
        return true;
    if (!effect_eval(run, d->expr, &v, e))
        return false;
    if (v.type == CEL_TIMESTAMP)
        *ret_due = v.i;
    else if (v.type == CEL_STRING && v.s[0] != '\0' && !limit_parse(v.s, ret))
        return ERR(e, ERR_INTERNAL, "clock.limit", "时限“%.20s”无法理解", "the limit “%.20s” means nothing",
                   v.s);
    return true;
}

/* The instant at which `percent` of the time to `due` is used, in the limit's own time. */
static int64_t warn_time(const struct calendar *c, struct limit l, int64_t from, int64_t due, int percent)
{
    if (percent <= 0)
        return 0;
    if (limit_is_working(l))
        return calendar_add_work(c, from, calendar_work_ms(c, from, due) * percent / 100);
    return from + (due - from) * percent / 100;
}

static void set_ladder(const struct effect_run *run, struct clock *c)
{
    const struct clock_def *d = c->def;
    int64_t *at = arena_array(run->arena, int64_t, d->n_rungs + 1);

    for (size_t i = 0; i < d->n_rungs; i++)
        at[i] = calendar_due(run->world->calendar, run->now, d->rungs[i].at);
    c->rungs_at = at;
    c->n_rungs = d->n_rungs;
    c->reminded = 0;
}

static struct clock *slot(struct effect_run *run, const struct clock_def *d, struct uuid party, struct err *e)
{
    struct clock *c = record_clock(run->rec, d, party);

    if (c != NULL)
        return c;
    if (run->rec->n_clocks >= LIMIT_CLOCKS) {
        (void)ERR(e, ERR_TOO_LARGE, "clock.too_many", "时限过多", "too many clocks on one matter");
        return NULL;
    }
    run->rec->clocks = list_grow(run->rec->clocks, run->rec->n_clocks, sizeof(*c), run->arena);
    c = &run->rec->clocks[run->rec->n_clocks++];
    *c = (struct clock){.def = d, .party = party};
    return c;
}

static bool start_one(struct effect_run *run, const struct clock_def *d, struct uuid party, struct err *e)
{
    const struct calendar *cal = run->world->calendar;
    struct limit limit;
    int64_t due;
    struct clock *c;

    if (!find_limit(run, d, &limit, &due, e))
        return false;
    if (limit.unit == LIMIT_UNSET && due == 0)
        return true; /* this matter has no such limit */
    if ((c = slot(run, d, party, e)) == NULL)
        return false;
    c->state = CLOCK_RUNNING;
    c->limit = limit;
    c->started_at = run->now;
    c->due_at = due != 0 ? due : calendar_due(cal, run->now, limit);
    c->warn_at = warn_time(cal, limit, run->now, c->due_at, d->warn_percent);
    c->stopped_at = c->warned_at = c->breached_at = c->left_ms = 0;
    set_ladder(run, c);
    return true;
}

/* A clock that each party has of its own starts for the one whose step it is; where it is nobody's in
 * particular, for all who have steps to make. */
static bool starts_for(const struct effect_run *run, size_t i)
{
    if (run->party != 0)
        return run->party == i + 1;
    return party_has_steps(run->rec->kind, run->rec->parties[i].role);
}

static bool start_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct clock_def *d = data;

    if (!d->each_party)
        return start_one(run, d, (struct uuid){0}, e);
    for (size_t i = 0; i < run->rec->n_parties; i++)
        if (starts_for(run, i) && !start_one(run, d, party_id(&run->rec->parties[i]), e))
            return false;
    return true;
}

/* --- the running ones --- */

/* The clock of the acting party or of the record, or, where nobody in particular
 * acts, each party's in turn. NULL ends the walk. */
static struct clock *next_clock(const struct effect_run *run, const struct clock_def *d, size_t *i)
{
    const struct party *party = record_party(run->rec, run->party);

    while (*i < run->rec->n_clocks) {
        struct clock *c = &run->rec->clocks[(*i)++];

        if (c->def == d && (!d->each_party || party == NULL || uuid_eq(c->party, party_id(party))))
            return c;
    }
    return NULL;
}

static const struct pause *add_pause(struct effect_run *run, const struct clock *c, struct pause p)
{
    struct pause *all = arena_array(run->arena, struct pause, c->n_pauses + 1);

    if (c->n_pauses > 0)
        memcpy(all, c->pauses, sizeof(*all) * c->n_pauses);
    all[c->n_pauses] = p;
    return all;
}

static const struct pause *end_pause(struct effect_run *run, const struct clock *c)
{
    struct pause *all = arena_array(run->arena, struct pause, c->n_pauses + 1);

    memcpy(all, c->pauses, sizeof(*all) * c->n_pauses);
    all[c->n_pauses - 1].to = run->now;
    return all;
}

static bool stop_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    struct clock *c;

    (void)e;
    for (size_t i = 0; (c = next_clock(run, data, &i)) != NULL;) {
        if (c->state != CLOCK_RUNNING && c->state != CLOCK_PAUSED)
            continue;
        if (c->state == CLOCK_PAUSED && c->n_pauses > 0)
            c->pauses = end_pause(run, c);
        /* Late, and the timer had no chance to say so: it counts as a breach all the same. */
        if (c->state == CLOCK_RUNNING && c->due_at < run->now && c->breached_at == 0)
            c->breached_at = run->now;
        c->state = CLOCK_STOPPED;
        c->stopped_at = run->now;
    }
    return true;
}

static bool pause_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct calendar *cal = run->world->calendar;
    struct clock *c;

    (void)e;
    for (size_t i = 0; (c = next_clock(run, data, &i)) != NULL;) {
        if (c->state != CLOCK_RUNNING)
            continue;
        c->state = CLOCK_PAUSED;
        c->left_ms =
            limit_is_working(c->limit) ? calendar_work_ms(cal, run->now, c->due_at) : c->due_at - run->now;
        c->pauses = add_pause(run, c,
                              (struct pause){.from = run->now,
                                             .until = run->command->until,
                                             .reason = run->change->note,
                                             .by = run->command->who->account});
        c->n_pauses++;
    }
    return true;
}

/* What was still to come of the ladder comes as much later as the pause was long. */
static void shift_ladder(const struct effect_run *run, struct clock *c)
{
    const struct calendar *cal = run->world->calendar;
    int64_t *at = arena_array(run->arena, int64_t, c->n_rungs + 1);
    int64_t from = c->n_pauses > 0 ? c->pauses[c->n_pauses - 1].from : run->now;

    for (size_t i = 0; i < c->n_rungs; i++)
        at[i] = i < c->reminded ? c->rungs_at[i]
                : c->def->n_rungs > 0 && limit_is_working(c->def->rungs[0].at)
                    ? calendar_add_work(cal, run->now, calendar_work_ms(cal, from, c->rungs_at[i]))
                    : run->now + c->rungs_at[i] - from;
    c->rungs_at = at;
}

static bool resume_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct calendar *cal = run->world->calendar;
    struct clock *c;

    (void)e;
    for (size_t i = 0; (c = next_clock(run, data, &i)) != NULL;) {
        if (c->state != CLOCK_PAUSED)
            continue;
        c->state = CLOCK_RUNNING;
        if (c->n_pauses > 0)
            c->pauses = end_pause(run, c);
        if (c->breached_at == 0) {
            int64_t warned_before = c->warn_at == 0 ? 0 : c->due_at - c->warn_at;

            c->due_at = limit_is_working(c->limit) ? calendar_add_work(cal, run->now, c->left_ms)
                                                   : run->now + c->left_ms;
            if (c->warn_at != 0 && c->warned_at == 0)
                c->warn_at = c->due_at - warned_before > run->now ? c->due_at - warned_before : run->now;
        }
        shift_ladder(run, c);
        c->left_ms = 0;
    }
    return true;
}

static const struct effect_type start = {
    "start", "start a clock, anew if it ran before", clock_check, {start_run}};
static const struct effect_type stop = {
    "stop", "stop a clock; late is late even if nobody looked", clock_check, {stop_run}};
static const struct effect_type pause_ = {
    "pause", "pause a clock with the move's note as the reason", clock_check, {pause_run}};
static const struct effect_type resume = {
    "resume", "let a paused clock run on with what was left", clock_check, {resume_run}};
const struct effect_type *const clock_effects[] = {&start, &stop, &pause_, &resume};
const size_t clock_n_effects = COUNT_OF(clock_effects);
