/* What is due of all rules: claimed, raised day by day, noted as done. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/account.h"
#include "schedule.sql.h"
#include "schedule/raise.h"
#include "schedule/target.h"

#include <stdlib.h>
#include <string.h>

enum { LEASE_MS = 60000 };

/* --- what is known of a rule --- */

bool schedule_state(struct sql_tx *tx, int64_t district, const char *name, struct arena *a,
                    struct schedule_state *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct schedule_state){.problem = ""};
    if (!sql_query(tx, &schedule_queries[SCHEDULE_Q_STATE], &rows, e, SQL_INT(district), SQL_TEXT(name)))
        return false;
    if (sql_next(rows))
        *ret = (struct schedule_state){.known = true,
                                       .active = sql_int(rows, 0) != 0,
                                       .done_day = sql_int(rows, 1),
                                       .raised = sql_int(rows, 2),
                                       .problem = arena_strdup(a, sql_text(rows, 3))};
    return sql_end(&rows, e);
}

/* The last day whose moment is not after `now`. */
static int64_t last_day(const struct world *w, const struct schedule_def *s, int64_t now)
{
    int64_t day = local_day(now, w->offset_min);

    return schedule_moment(w, s, day) <= now ? day : day - 1;
}

bool schedule_switch(struct sql *db, const struct world *w, const struct schedule_def *s, bool on,
                     struct uuid actor, int64_t now, struct err *e)
{
    const struct doing by = {.db = db, .district = w->district, .actor = actor, .now = now};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct json_out j;
    /* What comes at this very moment still counts. */
    int64_t done = last_day(w, s, now - 1);

    if (!sql_begin(db, SQL_WRITE, &tx, e) ||
        !sql_run(tx, &schedule_queries[SCHEDULE_Q_SWITCH], e, SQL_INT(w->district), SQL_TEXT(s->name),
                 SQL_INT(on), SQL_INT(done), SQL_UUID(&actor), SQL_INT(now)))
        return false;
    jo_begin(&j, 1024);
    jo_obj(&j, NULL);
    jo_str(&j, "name", s->title.zh);
    jo_close(&j);
    return audit_add(tx, &by, on ? "schedule.on" : "schedule.off", s->name, &j, e) && sql_commit(&tx, e);
}

bool schedule_targets(struct sql *db, const struct world *w, const struct schedule_def *s, int64_t at,
                      int64_t *ret_targets, int64_t *ret_people, struct err *e)
{
    enum { PAGE = 1000, HOLDERS_MAX = 256 };
    AUTO(arena_free) struct arena *a = arena_create((size_t)64 << 20);
    bool *seen = xcalloc(w->people->n_staff + 1, sizeof(bool));
    struct target_walk walk = {.db = db, .world = w, .rule = s, .at = at};
    const struct account *who[HOLDERS_MAX];
    struct target *t;
    bool ok;
    size_t n;

    *ret_targets = *ret_people = 0;
    do {
        arena_reset(a);
        t = arena_array(a, struct target, PAGE);
        ok = target_page(&walk, a, t, PAGE, &n, e);
        *ret_targets += ok ? (int64_t)n : 0;
        for (size_t i = 0; ok && i < n; i++) {
            size_t m = t[i].who != NULL || s->to == NULL
                           ? 0
                           : directory_all_holders(w->people, s->to->name, t[i].area, at, who, HOLDERS_MAX);

            if (t[i].who != NULL)
                who[m++] = t[i].who;
            for (size_t k = 0; k < m; k++)
                seen[who[k] - w->people->staff] = true;
        }
    } while (ok && n > 0);
    for (size_t i = 0; i < w->people->n_staff; i++)
        *ret_people += seen[i];
    free(seen);
    return ok;
}

/* --- which are due --- */

/* Where each rule stands, by its index; -1: not switched on. */
static bool read_active(struct sql *db, const struct world *w, int64_t *done, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    for (size_t i = 0; i < w->packs->n_schedules; i++)
        done[i] = -1;
    if (!sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query(tx, &schedule_queries[SCHEDULE_Q_ACTIVE], &rows, e, SQL_INT(w->district)))
        return false;
    while (sql_next(rows)) {
        const struct schedule_def *s = packs_schedule(w->packs, sql_text(rows, 0));

        if (s != NULL)
            done[s->index] = sql_int(rows, 1);
    }
    return sql_end(&rows, e);
}

bool schedule_next(struct sql *db, const struct world *w, int64_t after, int64_t *ret, struct err *e)
{
    int64_t *done = xcalloc(w->packs->n_schedules + 1, sizeof(*done)), at;
    bool ok = read_active(db, w, done, e);

    *ret = 0;
    for (size_t i = 0; ok && i < w->packs->n_schedules; i++)
        if (done[i] >= 0 && schedule_coming(w, &w->packs->schedules[i], after, &at, 1) == 1 &&
            (*ret == 0 || at < *ret))
            *ret = at;
    free(done);
    return ok;
}

/* --- carrying out --- */

/* A rule, or the rules of a round that are on. The first one's row carries the claim. */
struct group {
    const struct schedule_run *run;
    const struct schedule_def *rules[ROUND_RULES_MAX];
    int64_t done[ROUND_RULES_MAX], raised[ROUND_RULES_MAX];
    size_t n;
    int64_t now, claimed_at, last, made;
    struct err refused;
};

static bool claim(struct group *g, bool *ret_ours, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct schedule_run *r = g->run;

    /* Days that are done keep nobody from renewing what is being done. */
    if (!sql_begin(r->db, SQL_WRITE, &tx, e) ||
        !sql_query(tx, &schedule_queries[SCHEDULE_Q_CLAIM], &rows, e, SQL_INT(r->world->district),
                   SQL_TEXT(g->rules[0]->name), SQL_UUID(&r->server), SQL_INT(g->now),
                   SQL_INT(g->now + LEASE_MS), SQL_INT(g->last + 1)))
        return false;
    *ret_ours = sql_next(rows);
    if (*ret_ours)
        g->done[0] = sql_int(rows, 0);
    g->claimed_at = time_monotonic_us();
    return sql_end(&rows, e) && sql_commit(&tx, e);
}

static bool keep(void *ctx, struct err *e)
{
    struct group *g = ctx;
    int64_t passed = (time_monotonic_us() - g->claimed_at) / 1000, done = g->done[0];
    bool ours = true;

    if (passed < LEASE_MS / 4)
        return true;
    g->now += passed;
    if (!claim(g, &ours, e))
        return false;
    g->done[0] = done;
    return ours || ERR(e, ERR_BUSY, "schedule.taken", "另一台服务器已接手", "another server has taken over");
}

/* Those of the group that come on the day and have not been done; `which`: their places. */
static size_t on_day(const struct group *g, int64_t day, const struct schedule_def **ret, size_t *which)
{
    int64_t today = local_day(g->now, g->run->world->offset_min), found;
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++)
        if (g->done[i] < day && (g->rules[i]->catch_up || day == today) &&
            schedule_days(g->run->world, g->rules[i], day, day, &found, 1) == 1) {
            which[n] = i;
            ret[n++] = g->rules[i];
        }
    return n;
}

static bool one_day(struct group *g, int64_t day, struct err *e)
{
    const struct schedule_def *rules[ROUND_RULES_MAX];
    int64_t raised[ROUND_RULES_MAX] = {0};
    size_t which[ROUND_RULES_MAX];
    struct day_raise d = {.run = g->run, .rules = rules, .day = day, .now = g->now, .keep = keep, .ctx = g};
    bool ok;

    d.raised = raised;
    if ((d.n = on_day(g, day, rules, which)) == 0)
        return true;
    ok = raise_day(&d, e);
    for (size_t i = 0; i < d.n; i++)
        g->raised[which[i]] += raised[i];
    g->made += d.made;
    if (d.refused.key != NULL && g->refused.key == NULL)
        g->refused = d.refused;
    return ok;
}

/* Rows of the round's other rules follow the first's, which alone is claimed. */
static bool note_done(struct group *g, bool finished, const struct err *why, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const char *problem = why != NULL ? why->zh : g->refused.key != NULL ? g->refused.zh : "";
    const struct schedule_run *r = g->run;

    if (!sql_begin(r->db, SQL_WRITE, &tx, e))
        return false;
    if (!finished)
        return sql_run(tx, &schedule_queries[SCHEDULE_Q_RELEASE], e, SQL_INT(r->world->district),
                       SQL_TEXT(g->rules[0]->name), SQL_UUID(&r->server), SQL_TEXT(problem)) &&
               sql_commit(&tx, e);
    for (size_t i = 0; i < g->n; i++)
        if (!sql_run(tx, &schedule_queries[SCHEDULE_Q_DONE], e, SQL_INT(r->world->district),
                     SQL_TEXT(g->rules[i]->name), SQL_UUID(&r->server), SQL_INT(g->last),
                     SQL_INT(g->raised[i]), SQL_TEXT(problem)))
            return false;
    return sql_commit(&tx, e);
}

/* The others of a round are claimed with the first, so that their rows are ours to write. */
static bool claim_all(struct group *g, bool *ret_ours, struct err *e)
{
    struct group one = *g;

    if (!claim(g, ret_ours, e) || !*ret_ours)
        return *ret_ours || e->key == NULL;
    for (size_t i = 1; i < g->n; i++) {
        bool ours = false;

        one.rules[0] = g->rules[i];
        if (!claim(&one, &ours, e))
            return false;
    }
    return true;
}

static int64_t first_day(const struct group *g)
{
    int64_t day = g->last;

    for (size_t i = 0; i < g->n; i++)
        if (g->done[i] < day)
            day = g->done[i];
    return day + 1 > g->last - SCHEDULE_CATCH_UP_DAYS ? day + 1 : g->last - SCHEDULE_CATCH_UP_DAYS;
}

static bool anything(const struct group *g)
{
    int64_t today = local_day(g->now, g->run->world->offset_min), first = first_day(g), found;

    for (size_t i = 0; i < g->n; i++) {
        int64_t from = g->rules[i]->catch_up ? first : today;

        if (from <= g->done[i])
            from = g->done[i] + 1;
        if (from <= g->last && schedule_days(g->run->world, g->rules[i], from, g->last, &found, 1) > 0)
            return true;
    }
    return false;
}

static bool run_group(struct group *g, int64_t *raised, struct err *e)
{
    struct err why = {0};
    bool ours = false, ok = true;

    g->last = last_day(g->run->world, g->rules[0], g->now);
    if (first_day(g) > g->last || !anything(g))
        return true; /* days on which it does not come need no note */
    if (!claim_all(g, &ours, e))
        return false;
    if (!ours)
        return true;
    for (int64_t day = first_day(g); day <= g->last && ok; day++)
        ok = one_day(g, day, &why);
    *raised += g->made;
    if (g->refused.key != NULL)
        log_err(g->rules[0]->name, &g->refused);
    if (!note_done(g, ok, ok ? NULL : &why, e))
        return false;
    if (!ok)
        *e = why;
    return ok;
}

bool schedule_run_due(const struct schedule_run *r, int64_t now, int64_t *ret_raised, struct err *e)
{
    const struct packs *packs = r->world->packs;
    int64_t *done = xcalloc(packs->n_schedules + 1, sizeof(*done));
    struct group *g = xcalloc(1, sizeof(*g));
    bool ok = read_active(r->db, r->world, done, e);

    *ret_raised = 0;
    for (size_t i = 0; ok && i < packs->n_schedules; i++) {
        if (done[i] < 0)
            continue;
        *g = (struct group){.run = r, .now = now};
        for (size_t k = i; k < packs->n_schedules && g->n < ROUND_RULES_MAX; k++)
            if (done[k] >= 0 &&
                str_eq(schedule_key(&packs->schedules[k]), schedule_key(&packs->schedules[i]))) {
                g->done[g->n] = done[k];
                g->rules[g->n++] = &packs->schedules[k];
                done[k] = k == i ? done[k] : -1;
            }
        ok = run_group(g, ret_raised, e);
    }
    free(g);
    free(done);
    return ok;
}
