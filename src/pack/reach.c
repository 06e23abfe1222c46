#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

/* States that some chain of moves arrives at. */
static uint64_t reachable(const struct kind *k)
{
    uint64_t seen = 0, before;

    do {
        before = seen;
        for (size_t i = 0; i < k->n_moves; i++) {
            const struct move *m = &k->moves[i];

            if (m->to != NULL && (m->raises || (m->from & seen) != 0)) {
                seen |= UINT64_C(1) << m->to->index;
            }
        }
    } while (seen != before);
    return seen;
}

static bool raised(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++) {
        if (k->moves[i].raises) {
            return true;
        }
    }
    return false;
}

static bool leaves(const struct kind *k, const struct state *s)
{
    for (size_t i = 0; i < k->n_moves; i++) {
        if ((k->moves[i].from >> s->index & 1) != 0 && k->moves[i].to != NULL && k->moves[i].to != s) {
            return true;
        }
    }
    return false;
}

static void check_states(struct pack_check *c, const struct kind_load *k)
{
    const struct pack_node *flow = node_get(k->node, "flow");
    uint64_t seen = reachable(k->kind);

    for (size_t i = 0; i < k->kind->n_states; i++) {
        const struct state *s = &k->states[i];

        if ((seen >> i & 1) == 0) {
            (void)check_fail(c, flow->keys[i], "pack.unreachable", "a move that leads to it",
                             "no move reaches state '%s'", s->name);
        } else if (!s->final && !leaves(k->kind, s)) {
            (void)check_fail(c, flow->keys[i], "pack.stuck", "a move from it, or final: true",
                             "no move leaves state '%s'", s->name);
        }
        if (s->final && s->light != LIGHT_DONE && s->light != LIGHT_NONE && s->light != LIGHT_UNSET) {
            (void)check_fail(c, flow->keys[i], "pack.light", "light: done or none",
                             "final state '%s' counts as open", s->name);
        }
    }
}

/* Is there an effect {start: NAME} among the effects written here? */
static bool starts(const struct pack_node *effects, const char *clock)
{
    for (size_t i = 0; effects != NULL && effects->type == NODE_LIST && i < effects->n; i++) {
        const struct pack_node *arg = node_get(effects->items[i], "start");

        if (arg == NULL) {
            continue;
        }
        if (arg->type == NODE_SCALAR && str_eq(arg->text, clock)) {
            return true;
        }
        for (size_t j = 0; arg->type == NODE_LIST && j < arg->n; j++) {
            if (arg->items[j]->type == NODE_SCALAR && str_eq(arg->items[j]->text, clock)) {
                return true;
            }
        }
    }
    return false;
}

/* Among the reminders of a clock. */
static bool reminds_to_start(const struct pack_node *ladder, const char *clock)
{
    for (size_t i = 0; ladder != NULL && ladder->type == NODE_LIST && i < ladder->n; i++) {
        if (starts(node_get(ladder->items[i], "effects"), clock)) {
            return true;
        }
    }
    return false;
}

static bool started(const struct kind_load *k, const char *clock)
{
    const struct pack_node *moves = node_get(k->node, "moves"), *clocks = node_get(k->node, "clocks");

    for (size_t i = 0; i < k->kind->n_moves; i++) {
        if (starts(node_get(moves->items[i], "effects"), clock)) {
            return true;
        }
    }
    for (size_t i = 0; i < k->kind->n_clocks; i++) {
        const struct pack_node *warn = node_get(clocks->items[i], "warn");

        if (starts(node_get(clocks->items[i], "breach"), clock) || starts(node_get(warn, "effects"), clock) ||
            reminds_to_start(node_get(clocks->items[i], "remind"), clock)) {
            return true;
        }
    }
    return false;
}

void check_flow(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *clocks = node_get(k->node, "clocks");

    if (k->kind->n_moves == 0 || k->kind->n_states == 0) {
        return;
    }
    if (!raised(k->kind)) {
        (void)check_fail(c, k->name, "pack.missing", "a move without from: makes one", "nothing raises '%s'",
                         k->kind->name);
        return;
    }
    check_states(c, k);
    for (size_t i = 0; i < k->kind->n_clocks; i++) {
        if (!started(k, k->clocks[i].name)) {
            (void)check_fail(c, clocks->keys[i], "pack.never_started", "an effect {start: …}",
                             "nothing starts clock '%s'", k->clocks[i].name);
        }
    }
}
