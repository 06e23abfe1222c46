#include "ballot/tally.h"

#include <string.h>

bool share_met(const struct share *s, int64_t part, int64_t whole)
{
    if (s->den == 0)
        return true;
    if (whole <= 0)
        return false;
    return s->more ? part * s->den > whole * s->num : part * s->den >= whole * s->num;
}

static bool add_check(struct tally *t, const char *what, const struct share *s, int64_t have, int64_t of)
{
    bool holds = share_met(s, have, of);

    if (s->den != 0)
        t->checks[t->n_checks++] = (struct check_row){what, NULL, *s, have, of, holds};
    return holds;
}

/* More papers in the box than were handed out: nobody can say which are false. */
static bool box_holds(struct tally *t, const struct tally_in *in)
{
    static const struct share all = {1, 1, false};
    bool holds = in->taken <= in->issued;

    if (in->issued > 0 || in->taken > 0)
        t->checks[t->n_checks++] = (struct check_row){"slips", NULL, all, in->taken, in->issued, holds};
    return holds;
}

static struct weight whole_of(const struct tally_in *in)
{
    return in->rule->of_roll ? in->roll : in->part;
}

static bool carried(const struct tally_in *in, size_t option)
{
    const struct weight of = whole_of(in);

    return share_met(&in->rule->yes_heads, in->votes[option].heads, of.heads) &&
           share_met(&in->rule->yes_area, in->votes[option].area, of.area);
}

static void decide(struct tally *t, const struct tally_in *in)
{
    const struct weight of = whole_of(in);
    bool heads = add_check(t, "yes_heads", &in->rule->yes_heads, in->votes[0].heads, of.heads);
    bool area = add_check(t, "yes_area", &in->rule->yes_area, in->votes[0].area, of.area);

    t->passed = t->valid && heads && area;
}

/* --- choosing --- */

/* More heads first; where area counts, more area among equals; then, if one is drawn, the lot. */
static int compare(const struct tally_in *in, size_t a, size_t b)
{
    const struct weight *v = in->votes;

    if (v[a].heads != v[b].heads)
        return v[a].heads > v[b].heads ? -1 : 1;
    if (in->rule->yes_area.den != 0 && v[a].area != v[b].area)
        return v[a].area > v[b].area ? -1 : 1;
    return 0;
}

static int by_lot(const struct tally_in *in, size_t a, size_t b)
{
    int order = compare(in, a, b);

    return order != 0 || in->tie != TIE_LOT || in->lot == NULL
               ? order
               : memcmp(in->lot[a], in->lot[b], sizeof(in->lot[a]));
}

/* The options that reached what is asked, best first. */
static size_t ranked(const struct tally_in *in, size_t list[OPTIONS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < in->n_options; i++) {
        size_t at = n;

        if (in->votes[i].heads == 0 || !carried(in, i))
            continue;
        for (; at > 0 && by_lot(in, i, list[at - 1]) < 0; at--)
            list[at] = list[at - 1];
        list[at] = i;
        n++;
    }
    return n;
}

/* Equals around the last seat: all of them stand again, unless a lot was drawn. */
static void split(struct tally *t, const struct tally_in *in, const size_t *list, size_t n, size_t seats)
{
    size_t first = seats, past = seats;

    while (first > 0 && compare(in, list[first - 1], list[seats]) == 0)
        first--;
    while (past < n && compare(in, list[past], list[seats]) == 0)
        past++;
    if (first < seats && in->tie == TIE_LOT && in->lot != NULL) {
        t->drawn = true;
        first = seats;
        past = seats;
    }
    t->n_elected = first;
    for (size_t i = first; i < past && first < seats; i++)
        t->tied[t->n_tied++] = list[i];
}

static void elect(struct tally *t, const struct tally_in *in)
{
    size_t list[OPTIONS_MAX] = {0}, n = ranked(in, list), seats = (size_t)in->seats;

    if (!t->valid)
        return;
    if (n <= seats)
        t->n_elected = n;
    else
        split(t, in, list, n, seats);
    memcpy(t->elected, list, t->n_elected * sizeof(list[0]));
    t->passed = t->n_elected == seats;
}

struct tally tally_make(const struct tally_in *in)
{
    struct tally t = {0};
    bool heads = add_check(&t, "quorum_heads", &in->rule->quorum_heads, in->part.heads, in->roll.heads);
    bool area = add_check(&t, "quorum_area", &in->rule->quorum_area, in->part.area, in->roll.area);

    t.valid = box_holds(&t, in) && heads && area && in->part.heads > 0;
    if (in->choose)
        elect(&t, in);
    else
        decide(&t, in);
    return t;
}
