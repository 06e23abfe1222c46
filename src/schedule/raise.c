/* Commands for every target of a day: who gets them, what they begin with, and sending them. */
#include "schedule/raise.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "schedule.sql.h"
#include "schedule/target.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 2 * LIMIT_BATCH, CANDIDATES_MAX = 256 };
static const size_t PAGE_ARENA = (size_t)256 << 20;

/* --- who --- */

/* How much each of the staff has to do, by their place in the directory. */
struct loads {
    const struct directory *people;
    int64_t *n;
};

static bool loads_read(struct loads *l, struct sql *db, int64_t district, const char *role, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) ||
        !sql_query(tx, &schedule_queries[SCHEDULE_Q_LOADS], &rows, e, SQL_INT(district), SQL_TEXT(role)))
        return false;
    while (sql_next(rows)) {
        const struct account *who = directory_account(l->people, sql_uuid(rows, 0));

        if (who != NULL)
            l->n[who - l->people->staff] = sql_int(rows, 1);
    }
    return sql_end(&rows, e);
}

/* Who has least to do of those who hold the post over the area; among equals the target decides, so that it
 * is not always the same. */
static const struct account *choose(const struct loads *l, const struct schedule_def *s,
                                    const struct target *t, int64_t now, const uint8_t hash[HASH_BYTES])
{
    const struct account *all[CANDIDATES_MAX], *best = NULL;
    size_t n = directory_all_holders(l->people, s->to->name, t->area, now, all, CANDIDATES_MAX);

    for (size_t i = 0; i < n; i++) {
        const struct account *who = all[(i + hash[0]) % n];

        if (best == NULL || l->n[who - l->people->staff] < l->n[best - l->people->staff])
            best = who;
    }
    return best;
}

/* --- what --- */

/* Rules of a round that fall on the same day make one record: lists are joined, of the rest the first says
 * it. */
static void give(struct cel_value *values, const struct schedule_def *s, struct arena *a)
{
    for (size_t i = 0; i < s->kind->n_fields; i++) {
        const struct cel_value *v = &s->give[i];
        struct cel_value *into = &values[i];
        struct cel_value *items;

        if (v->type == CEL_UNSET)
            continue;
        if (into->type == CEL_UNSET) {
            *into = *v;
        } else if (into->type == CEL_LIST && v->type == CEL_LIST &&
                   into->list.n + v->list.n <= s->kind->fields[i].max_items) {
            items = arena_array(a, struct cel_value, into->list.n + v->list.n + 1);
            memcpy(items, into->list.items, sizeof(*items) * into->list.n);
            memcpy(items + into->list.n, v->list.items, sizeof(*items) * v->list.n);
            into->list.items = items;
            into->list.n += v->list.n;
        }
    }
}

/* The first of the rules that the target is one of: it says what all of them do not. */
static const struct schedule_def *first_of(const struct day_raise *d, uint64_t rules)
{
    size_t i = 0;

    while (i + 1 < d->n && (rules >> i & 1) == 0)
        i++;
    return d->rules[i];
}

static struct cel_value *begin_with(const struct day_raise *d, const struct target *t, uint64_t rules,
                                    struct arena *a)
{
    const struct schedule_def *first = first_of(d, rules);
    struct cel_value *values = arena_array(a, struct cel_value, first->kind->n_fields + 1);

    for (size_t i = 0; i < d->n; i++)
        if ((rules >> i & 1) != 0)
            give(values, d->rules[i], a);
    for (size_t i = 0; i < first->n_copy; i++)
        if (t->copied[i].type > CEL_NULL)
            values[first->copy[0][i]->index] = t->copied[i];
    if (first->about != NULL)
        values[first->about->index] = CEL_STR(arena_strdup(a, t->key));
    return values;
}

static void make_command(const struct day_raise *d, const struct target *t, uint64_t rules, struct loads *l,
                         struct arena *a, struct command *ret)
{
    const struct schedule_def *s = d->rules[0];
    const struct world *w = d->run->world;
    const char *what = arena_printf(a, "schedule %s %lld", schedule_key(s), (long long)d->day);
    struct party_input *party = arena_new(a, struct party_input);
    const struct account *who = t->who;
    uint8_t hash[HASH_BYTES];

    privacy_hash(w->privacy, what, strlen(what) + 1, t->key, strlen(t->key), hash);
    if (who == NULL && s->to != NULL)
        who = choose(l, s, t, d->now, hash);
    *ret = (struct command){.id = uuid_v7(schedule_moment(w, s, d->day), hash),
                            .who = &principal_clock,
                            .at = d->now,
                            .kind = s->kind,
                            .verb = s->move->name,
                            .version = -1,
                            .area = arena_strdup(a, t->area),
                            .address = t->address == NULL ? NULL : arena_strdup(a, t->address),
                            .has_place = t->has_place && s->kind->place != PLACE_NONE,
                            .lng = t->lng,
                            .lat = t->lat};
    ret->values = begin_with(d, t, rules, a);
    if (s->party != NULL && who != NULL) {
        l->n[who - l->people->staff]++;
        *party = (struct party_input){.role = s->party, .account = who->id};
        ret->parties = party;
        ret->n_parties = 1;
    }
}

/* --- sending --- */

/* Each rule that had a part in it counts it, once in its life. */
static void verdict(struct day_raise *d, uint64_t rules, const struct outcome *o)
{
    if (o->ok && !o->replayed) {
        for (size_t k = 0; k < d->n; k++)
            d->raised[k] += (int64_t)(rules >> k & 1);
        d->made++;
    }
    if (!o->ok && d->refused.key == NULL)
        d->refused = o->err;
}

/* The queue is everybody's: no more than a page of ours stands in it. */
static bool send_page(struct day_raise *d, const struct command *commands, const uint64_t *rules, size_t n,
                      struct arena *a, struct err *e)
{
    const struct command **list = arena_array(a, const struct command *, n + 1);
    struct outcome *out = arena_array(a, struct outcome, n + 1);
    bool ok;

    for (size_t i = 0; i < n; i++)
        list[i] = &commands[i];
    ok = door_calls(d->run->door, list, n, out, e);
    for (size_t i = 0; i < n; i++) {
        verdict(d, rules[i], &out[i]);
        outcome_free(&out[i]);
    }
    return ok;
}

/* --- a day --- */

static bool go_on(struct day_raise *d, struct err *e)
{
    if (d->run->stopping != NULL && d->run->stopping(d->run->ctx))
        return ERR(e, ERR_BUSY, "schedule.stopped", "正在停机，重启后接着派发",
                   "the server is stopping: it goes on when it is started again");
    return d->keep == NULL || d->keep(d->ctx, e);
}

static bool fill_page(struct day_raise *d, struct target_round *round, struct loads *l, struct arena *a,
                      struct command *commands, uint64_t *rules, size_t *n, struct err *e)
{
    const struct target *t = NULL;

    for (*n = 0; *n < PAGE; (*n)++) {
        if (!target_round_next(round, &t, &rules[*n], e))
            return false;
        if (t == NULL)
            break;
        make_command(d, t, rules[*n], l, a, &commands[*n]);
    }
    return true;
}

static bool raise_pages(struct day_raise *d, struct loads *l, struct arena *a, struct err *e)
{
    const struct target_walk walk = {
        .db = d->run->db, .world = d->run->world, .rule = d->rules[0], .at = d->now};
    AUTO(target_round_close) struct target_round *round = target_round_open(&walk, d->rules, d->n);
    size_t n;

    do {
        arena_reset(a);
        struct command *commands = arena_array(a, struct command, PAGE);
        uint64_t *rules = arena_array(a, uint64_t, PAGE);

        if (!go_on(d, e) || !fill_page(d, round, l, a, commands, rules, &n, e) ||
            (n > 0 && !send_page(d, commands, rules, n, a, e)))
            return false;
    } while (n == PAGE);
    return true;
}

bool raise_day(struct day_raise *d, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create(PAGE_ARENA);
    const struct world *w = d->run->world;
    struct loads l = {.people = w->people, .n = xcalloc(w->people->n_staff + 1, sizeof(int64_t))};
    bool ok = (d->rules[0]->party == NULL ||
               loads_read(&l, d->run->db, w->district, d->rules[0]->party->name, e)) &&
              raise_pages(d, &l, a, e);

    free(l.n);
    return ok;
}
