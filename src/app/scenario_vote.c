/* Steps of a ballot: its roll made, votes cast, paper handed out and counted, the result declared. */
#include "app/people.h"
#include "app/scenario.h"
#include "ballot/ballot.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { NUMBERS_MAX = 66 };

/* Who does it, on which ballot. */
static bool open_ballot(struct play *p, const struct pack_node *step, struct poll *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct kept *k = play_kept(p, node_get(step, "ballot"));

    *ret = (struct poll){
        .db = p->d->db, .door = p->d->door, .world = district_world(p->d), .a = p->arena, .now = p->now};
    return k != NULL &&
           person_by_login(p->d, play_text(node_get(step, "as")), p->now, p->arena, &ret->who, e) &&
           sql_begin(p->d->db, SQL_READ, &tx, e) && poll_load(ret, tx, k->id, e);
}

static bool send(struct play *p, struct command *c, struct err *e)
{
    struct outcome out = {0};
    bool ok;

    if (c->target.b[0] != 0)
        c->id = rng_uuid(&p->rng, p->now);
    ok = door_call(p->d->door, c, &out, e);
    outcome_free(&out);
    return ok;
}

static bool read_list(struct play *p, const struct pack_node *n, int64_t *ret, size_t *ret_n)
{
    *ret_n = 0;
    for (size_t i = 0; n->type == NODE_LIST && i < n->n && i < NUMBERS_MAX; i++)
        if (!parse_int64(play_text(n->items[i]), &ret[(*ret_n)++]))
            return play_fail(p, n, "须是整数的列表 a list of whole numbers");
    return *ret_n > 0 || play_fail(p, n, "须是整数的列表 a list of whole numbers");
}

/* `votes: [230, 40, 3]`: so many numbers of the roll, after the first `skip`, choose the first option, the
 * next so many the second, and so on. */
static bool cast(struct play *p, const struct pack_node *step, struct poll *poll, struct err *e)
{
    const struct pack_node *skip = node_get(step, "skip"), *way = node_get(step, "way");
    int64_t counts[NUMBERS_MAX], no = 0;
    size_t n;

    if (!read_list(p, node_get(step, "votes"), counts, &n) ||
        (skip != NULL && !parse_int64(play_text(skip), &no)))
        return false;
    for (size_t i = 0; i < n; i++)
        for (int64_t k = 0; k < counts[i]; k++) {
            const int64_t choice = (int64_t)i + 1;
            const char *how = way == NULL ? "online" : play_text(way);
            struct command *c = NULL;
            bool made = str_eq(how, "typed") ? poll_type(poll, ++no, &choice, 1, &c, e)
                                             : poll_vote(poll, ++no, &choice, 1, how, &c, e);

            if (!made || (c != NULL && !send(p, c, e)))
                return false;
        }
    return true;
}

/* `paper: 18`: handed out to so many numbers, after the first `skip`. */
static bool hand_out(struct play *p, const struct pack_node *step, struct poll *poll, struct err *e)
{
    const struct pack_node *skip = node_get(step, "skip");
    int64_t n = 0, no = 0;

    if (!parse_int64(play_text(node_get(step, "paper")), &n) ||
        (skip != NULL && !parse_int64(play_text(skip), &no)))
        return play_fail(p, step, "paper 与 skip 须是整数 paper and skip are whole numbers");
    for (int64_t i = 0; i < n; i++)
        if (!poll_mark_paper(poll, ++no, e))
            return false;
    return true;
}

static bool count(struct play *p, const struct pack_node *step, struct poll *poll, struct err *e)
{
    int64_t counts[NUMBERS_MAX];
    size_t n;

    return read_list(p, node_get(step, "counts"), counts, &n) &&
           poll_count(poll, play_text(node_get(step, "station")), counts, n, e);
}

/* `options: records`: who stands is written down. */
static bool name(struct play *p, struct poll *poll, struct err *e)
{
    struct command *c = NULL;

    return poll_names(poll, &c, e) && send(p, c, e);
}

static bool declare(struct play *p, struct poll *poll, struct err *e)
{
    struct command *c = NULL;

    return poll_declare(poll, &c, e) && send(p, c, e);
}

static bool act(struct play *p, const struct pack_node *step, struct err *e)
{
    struct poll poll;
    size_t n = 0;

    if (!open_ballot(p, step, &poll, e))
        return false;
    if (node_get(step, "roll") != NULL)
        return poll_roll_from_records(&poll, &n, e);
    if (node_get(step, "options") != NULL)
        return name(p, &poll, e);
    if (node_get(step, "votes") != NULL)
        return cast(p, step, &poll, e);
    if (node_get(step, "paper") != NULL)
        return hand_out(p, step, &poll, e);
    if (node_get(step, "counts") != NULL)
        return count(p, step, &poll, e);
    return declare(p, &poll, e);
}

void play_ballot(struct play *p, const struct pack_node *step)
{
    const struct pack_node *refused = node_get(step, "refused");
    int failures = p->failures;
    struct err e = {0};
    bool ok = act(p, step, &e);
    const char *key = ok || e.key == NULL ? "" : e.n_details > 0 ? e.details[0].key : e.key;

    p->steps++;
    if (p->failures != failures)
        return;
    if (ok && refused != NULL)
        (void)play_fail(p, refused, "本应被拒 %s，却办成了 should have been refused, but was done",
                        play_text(refused));
    else if (!ok && (refused == NULL || strcmp(play_text(refused), key) != 0))
        (void)play_fail_err(p, step, "ballot", &e);
}
