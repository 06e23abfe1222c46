/* A guard of the door: no votes are taken, and none counted, without a roll. Whether there is one no rule of
 * a pack can ask, as the roll is no field of the record; so it is asked in the one writer, where the roll can
 * no longer change between the question and the opening. */
#include "ballot/poll.h"

static bool in_states(const struct record *r, uint64_t states)
{
    return r != NULL && (states >> r->state->index & 1) != 0;
}

static bool enters(const struct change *c, uint64_t states)
{
    return in_states(c->after, states) && !in_states(c->before, states);
}

/* The roll can be made no longer, and what comes is not the end: without one it would lead nowhere. */
static bool freezes(const struct change *c, const struct ballot_def *b)
{
    return in_states(c->before, b->roll) && !in_states(c->after, b->roll) && !c->after->state->final;
}

static bool has_roll(const struct poll *p, struct sql_tx *tx, struct err *e)
{
    struct sums sums;

    if (!sums_of(p, tx, &sums, e))
        return false;
    return sums.roll.n > 0 ||
           ERR(e, ERR_CONFLICT, "ballot.no_roll", "名册还是空的，不能开始投票：请先生成或导入名册",
               "the roll is empty, so voting cannot begin: make the roll, or bring it in, first");
}

/* A roll of single corrections has no key; one whose voting ended has none any more. */
static bool has_key(const struct poll *p, struct sql_tx *tx, struct err *e)
{
    struct ballot_row row;

    if (!p->def->secret || p->def->paper_only)
        return true;
    if (!ballot_row(p, tx, &row, e))
        return false;
    return row.secret != NULL ||
           ERR(e, ERR_CONFLICT, "ballot.keyless",
               "这次投票没有密钥（名册未整体生成，或投票已经结束过）：请重新生成名册，或另发起一次投票",
               "this ballot has no key (its roll was not made as a whole, or voting ended before): make the "
               "roll "
               "anew, or raise another ballot");
}

static bool admit(const void *state, const struct door_view *v, const struct change *c, struct arena *a,
                  struct err *e)
{
    const struct ballot_def *b = c->after->kind->ballot;
    const struct poll p = {.world = v->world, .a = a, .rec = c->after, .def = b};

    (void)state;
    return b == NULL || ((!(freezes(c, b) || enters(c, b->open | b->count)) || has_roll(&p, v->tx, e)) &&
                         (!enters(c, b->open) || has_key(&p, v->tx, e)));
}

const struct door_guard ballot_guard = {.admit = admit};
