/* Commands for every target of a day: who gets them, what they begin with, and sending them. */
#include "schedule/raise.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "schedule.sql.h"
#include "schedule/target.h"

#include <pthread.h>
#include <stdio.h>
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

/* Who has least to do of those who hold the post over the area; among equals the target decides, so that it is
 * not always the same. */
static const struct account *choose(const struct loads *l, const struct schedule_def *s, const struct target *t,
                                    int64_t now, const uint8_t hash[HASH_BYTES])
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

/* Rules of a round that fall on the same day make one record: lists are joined, of the rest the first says it. */
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

struct sending {
    struct day_raise *d;
    struct command *commands;
    size_t n;
    const uint64_t *rules; /* of each command */
    size_t first;          /* of the batch that is told of */
    struct ticket *tickets;
    struct outcome *outcomes;
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t waiting;
};

/* Each rule that had a part in it counts it, once in its life. */
static void verdict(struct sending *s, size_t i, bool ok, bool replayed, const struct err *e)
{
    struct day_raise *d = s->d;

    for (size_t k = 0; k < d->n && ok && !replayed; k++)
        d->raised[k] += (int64_t)(s->rules[i] >> k & 1);
    d->made += ok && !replayed ? 1 : 0;
    if (!ok && d->refused.key == NULL)
        d->refused = *e;
}

static void answered(void *ctx, struct ticket *t)
{
    struct sending *s = ctx;

    (void)t;
    (void)pthread_mutex_lock(&s->lock);
    if (--s->waiting == 0)
        (void)pthread_cond_signal(&s->done);
    (void)pthread_mutex_unlock(&s->lock);
}

/* The queue is everybody's: no more than a page of ours stands in it. */
static bool send_tickets(struct sending *s, struct err *e)
{
    bool ok = true;
    size_t sent = 0;

    s->waiting = s->n;
    for (; sent < s->n && ok; sent++) {
        s->tickets[sent] = (struct ticket){
            .command = &s->commands[sent], .outcome = &s->outcomes[sent], .done = answered, .ctx = s};
        ok = door_submit(s->d->run->door, &s->tickets[sent], e);
    }
    sent -= !ok;
    (void)pthread_mutex_lock(&s->lock);
    s->waiting -= s->n - sent;
    while (s->waiting > 0)
        (void)pthread_cond_wait(&s->done, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < sent; i++) {
        struct outcome *o = &s->outcomes[i];

        if (!o->ok && o->err.code == ERR_BUSY && ok)
            ok = ERR(e, ERR_BUSY, "schedule.busy", "写入繁忙，稍后接着派发", "busy: it goes on in a moment");
        verdict(s, i, o->ok, o->replayed, &o->err);
        outcome_free(o);
    }
    return ok;
}

static void counted(void *ctx, size_t i, const struct record *r)
{
    struct sending *s = ctx;

    (void)r;
    s->outcomes[s->first + i].ok = true;
}

static void repeated(void *ctx, size_t i)
{
    struct sending *s = ctx;

    s->outcomes[s->first + i].replayed = true;
}

static void turned_down(void *ctx, size_t i, const struct err *why)
{
    struct sending *s = ctx;

    s->outcomes[s->first + i].err = *why;
}

static bool send_batches(struct sending *s, struct err *e)
{
    const struct door_batch_calls calls = {
        .ctx = s, .done = counted, .refused = turned_down, .replayed = repeated};
    const struct command *list[LIMIT_BATCH];

    for (size_t at = 0; at < s->n; at += LIMIT_BATCH) {
        size_t n = s->n - at < LIMIT_BATCH ? s->n - at : LIMIT_BATCH;

        for (size_t i = 0; i < n; i++)
            list[i] = &s->commands[at + i];
        s->first = at;
        if (!door_batch(s->d->run->door, list, n, &calls, e))
            return false;
    }
    for (size_t i = 0; i < s->n; i++)
        verdict(s, i, s->outcomes[i].ok, s->outcomes[i].replayed, &s->outcomes[i].err);
    return true;
}

static bool send_page(struct day_raise *d, struct command *commands, const uint64_t *rules, size_t n,
                      struct arena *a, struct err *e)
{
    struct sending s = {.d = d,
                        .commands = commands,
                        .rules = rules,
                        .n = n,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .done = PTHREAD_COND_INITIALIZER};

    s.tickets = arena_array(a, struct ticket, n + 1);
    s.outcomes = arena_array(a, struct outcome, n + 1);
    return d->run->threaded ? send_tickets(&s, e) : send_batches(&s, e);
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
