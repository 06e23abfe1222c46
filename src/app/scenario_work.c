/* Many people at work: each matter of a kind is taken up in the order it was raised, by who plays a part in
 * it. */
#include "app/people.h"
#include "app/scenario.h"
#include "base/clock.h"
#include "base/text.h"
#include "record/input.h"
#include "scenario.sql.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 256 };

struct working {
    struct play *p;
    const struct pack_node *step;
    const struct kind *kind;
    const struct party_role *by;
    const char *move;
    const struct area *in;
    const struct field *here, *photo;
    double share;
    int64_t seen, until, every;
    struct uuid after;
    const struct command **commands;
    size_t n;
};

void play_switch_on(struct play *p, const struct pack_node *step)
{
    const struct pack_node *n = node_get(step, "switch_on");
    const struct world *w = district_world(p->d);
    struct err e = {0};
    size_t on = 0;

    for (size_t i = 0; i < w->packs->n_schedules; i++) {
        const struct schedule_def *s = &w->packs->schedules[i];

        if (!str_eq(s->pack->name, play_text(n)) && !str_eq(s->name, play_text(n)))
            continue;
        if (!schedule_switch(p->d->db, w, s, true, (struct uuid){{0}}, p->now, &e)) {
            (void)play_fail_err(p, n, s->name, &e);
            return;
        }
        on++;
    }
    p->scheduled = p->scheduled || on > 0;
    p->next_rule = 0;
    if (on == 0)
        (void)play_fail(p, n, "没有程序包或规则“%s” no pack or rule of that name", play_text(n));
}

/* --- one matter --- */

/* The share of those seen so far, without chance: of ten with a share of 0.8 each fifth is left undone. */
static bool is_done(struct working *k)
{
    double n = (double)k->seen++;

    return floor((n + 1) * k->share) > floor(n * k->share);
}

static const struct principal *who_plays(const struct working *k, const struct record *r)
{
    const struct world *w = district_world(k->p->d);

    for (size_t i = 0; i < r->n_parties; i++)
        if (r->parties[i].role == k->by) {
            const struct account *a = directory_account(w->people, r->parties[i].account);

            return a == NULL ? NULL : person_principal(w, a, k->p->now, k->p->arena);
        }
    return NULL;
}

/* Where the matter lies, or a point of its area. */
static struct json_object *point_of(const struct working *k, const struct record *r)
{
    struct json_object *o = json_object_new_array();
    const struct area *a = area_find(district_world(k->p->d)->areas, r->area);

    while (!r->has_place && a != NULL && !a->has_boundary)
        a = a->parent;
    (void)json_object_array_add(o, json_object_new_double(r->has_place || a == NULL ? r->lng : a->lng));
    (void)json_object_array_add(o, json_object_new_double(r->has_place || a == NULL ? r->lat : a->lat));
    return o;
}

static bool add_photo(struct working *k, const struct principal *who, struct json_object *fields,
                      struct err *e)
{
    struct json_object *list;
    struct uuid id;
    char text[UUID_TEXT_MAX];

    if (k->photo == NULL)
        return true;
    if (!play_photo(k->p, &who->account, &id, e))
        return false;
    uuid_format(id, text);
    list = json_object_new_array();
    (void)json_object_array_add(list, json_object_new_string(text));
    (void)json_object_object_add(fields, k->photo->name, list);
    return true;
}

static bool make_move(struct working *k, const struct record *r, const struct principal *who, struct err *e)
{
    AUTO(json_free) struct json_object *body = json_object_new_object();
    const struct input in = {
        .world = district_world(k->p->d), .who = who, .arena = k->p->arena, .now = k->p->now};
    struct json_object *fields = play_fields(k->p, k->kind, node_get(k->step, "fields"));
    struct command *c = NULL;

    (void)json_object_object_add(body, "fields", fields);
    if (k->here != NULL)
        (void)json_object_object_add(fields, k->here->name, point_of(k, r));
    if (!add_photo(k, who, fields, e) || !input_move(&in, k->kind, r->id, k->move, body, &c, e))
        return false;
    c->id = rng_uuid(&k->p->rng, k->p->now);
    k->commands[k->n++] = c;
    return true;
}

/* --- a round --- */

static void refused(void *ctx, size_t i, const struct err *why)
{
    struct working *k = ctx;

    (void)i;
    (void)play_fail_err(k->p, k->step, k->move, why);
}

static bool send(struct working *k)
{
    const struct door_batch_calls calls = {.ctx = k, .refused = refused};
    struct err e = {0};
    bool ok = k->n == 0 ||
              (play_photos(k->p, &e) && door_batch(k->p->d->door, k->commands, k->n, &calls, &e)) ||
              play_fail_err(k->p, k->step, "work", &e);

    k->n = 0;
    return ok;
}

static bool page(struct working *k, struct uuid ids[PAGE], size_t *n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *n = 0;
    if (!sql_begin(k->p->d->db, SQL_READ, &tx, e) ||
        !sql_query(tx, &scenario_queries[SCENARIO_Q_TO_DO], &rows, e, SQL_INT(k->p->d->code),
                   SQL_TEXT(k->kind->name), SQL_BLOB(k->after.b, sizeof(k->after.b)), SQL_INT(PAGE)))
        return false;
    while (sql_next(rows))
        k->after = ids[(*n)++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

static bool take_up(struct working *k, struct uuid id, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct principal *who;
    struct record *r = NULL;

    if (!sql_begin(k->p->d->db, SQL_READ, &tx, e) ||
        !record_load(tx, district_world(k->p->d), id, k->p->arena, &r, e))
        return false;
    sql_rollback(&tx);
    if (r == NULL || (k->in != NULL && !area_covers(k->in->code, r->area)) ||
        (who = who_plays(k, r)) == NULL || !is_done(k))
        return true;
    return make_move(k, r, who, e);
}

/* Everything raised since the last one. */
static bool round_of(struct working *k)
{
    struct uuid ids[PAGE];
    struct err e = {0};
    size_t n;

    do {
        if (!page(k, ids, &n, &e))
            return play_fail_err(k->p, k->step, "work", &e);
        for (size_t i = 0; i < n; i++)
            if (!take_up(k, ids[i], &e))
                return play_fail_err(k->p, k->step, "work", &e);
        if (!send(k))
            return false;
    } while (n == PAGE);
    return true;
}

static bool read_field(struct working *k, const char *key, const struct field **ret)
{
    const struct pack_node *n = node_get(k->step, key);

    *ret = n == NULL ? NULL : kind_field(k->kind, play_text(n));
    return n == NULL || *ret != NULL ||
           play_fail(k->p, n, "没有字段“%s” no field of that name", play_text(n));
}

static bool read_work(struct working *k)
{
    const struct pack_node *s = k->step, *in = node_get(s, "in"), *share = node_get(s, "share"),
                           *every = node_get(s, "every");
    struct play *p = k->p;

    k->kind = packs_kind(p->d->packs, play_text(node_get(s, "work")));
    if (k->kind == NULL)
        return play_fail(p, s, "work 须是一种事项 work names a kind");
    k->by = kind_party(k->kind, play_text(node_get(s, "by")));
    k->move = play_text(node_get(s, "move"));
    if (k->by == NULL || kind_move(k->kind, k->move) == NULL)
        return play_fail(p, s, "须有 by（角色）和 move（流转） by (a party) and move are needed");
    k->share = 1;
    k->every = (int64_t)4 * 3600 * 1000;
    if (share != NULL && (!parse_double(play_text(share), &k->share) || k->share < 0 || k->share > 1))
        return play_fail(p, share, "share 是 0 到 1 的份额 share is from 0 to 1");
    if (every != NULL && (!play_duration(play_text(every), &k->every) || k->every < 60000))
        return play_fail(p, every, "every 须形如 4h every reads like 4h");
    if (!rfc3339_parse(play_text(node_get(s, "until")), &k->until) || k->until < p->now)
        return play_fail(p, s, "until 须是将来的时刻 until is an instant to come");
    if (in != NULL && (k->in = play_area(p, in)) == NULL)
        return false;
    return read_field(k, "here", &k->here) && read_field(k, "photo", &k->photo);
}

void play_work(struct play *p, const struct pack_node *step)
{
    struct working k = {.p = p, .step = step};

    p->steps++;
    if (!read_work(&k))
        return;
    k.commands = arena_array(p->arena, const struct command *, PAGE + 1);
    for (int64_t at = p->now;; at = at + k.every < k.until ? at + k.every : k.until) {
        if (!play_time(p, step, at) || !round_of(&k) || at >= k.until)
            break;
    }
    if (p->verbose)
        (void)printf("                  work: %lld\n", (long long)k.seen);
}
