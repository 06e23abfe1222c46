/* Sheets become results: totals over one denominator, trimmed means, rank sums, places, prizes. */
#include "score/score.h"

#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 int128;

int fraction_cmp(struct fraction a, struct fraction b)
{
    int128 left = (int128)a.num * b.den, right = (int128)b.num * a.den;

    return left < right ? -1 : left > right;
}

int64_t fraction_round(struct fraction f, int places)
{
    int128 n = f.num < 0 ? -(int128)f.num : f.num;

    for (int i = 0; i < places; i++)
        n *= 10;
    n = (2 * n + f.den) / (2 * (int128)f.den);
    return (int64_t)(f.num < 0 ? -n : n);
}

size_t score_least(const struct score_def *def)
{
    return def->method == SCORE_TRIMMED_MEAN ? 2 * (size_t)def->trim + 1 : 1;
}

/* What is worked on. `points` of a sheet are over def->denominator. */
struct counting {
    const struct score_input *in;
    struct score_outcome *out;
    int64_t *points;      /* of each sheet */
    struct fraction *key; /* of each entrant, the greater the better */
    size_t **of_entry;    /* the sheets of each, by points */
    struct arena *a;
};

static int64_t points_of(const struct score_def *def, const int64_t *values)
{
    int64_t sum = 0;

    for (size_t i = 0; i < def->n_criteria; i++)
        sum += values[i] * def->criteria[i].weight * (def->denominator / def->criteria[i].max);
    return sum;
}

/* --- of each entrant: its sheets, the lowest first --- */

static void insert(const struct counting *c, size_t *list, size_t n, size_t sheet)
{
    while (n > 0 && c->points[list[n - 1]] > c->points[sheet]) {
        list[n] = list[n - 1];
        n--;
    }
    list[n] = sheet;
}

static void gather(struct counting *c)
{
    const struct score_input *in = c->in;

    c->of_entry = arena_array(c->a, size_t *, in->n_entries + 1);
    for (size_t i = 0; i < in->n_entries; i++)
        c->of_entry[i] = arena_array(c->a, size_t, in->n_judges + 1);
    for (size_t i = 0; i < in->n_sheets; i++) {
        struct score_entry *one = &c->out->entries[in->sheets[i].entry];

        if (one->n_sheets < in->n_judges)
            insert(c, c->of_entry[in->sheets[i].entry], one->n_sheets++, i);
    }
}

static void describe(struct counting *c, size_t i)
{
    struct score_entry *one = &c->out->entries[i];
    const size_t *list = c->of_entry[i], n = one->n_sheets;
    int64_t den = c->in->def->denominator;

    one->median = one->spread = (struct fraction){0, 1};
    if (n == 0)
        return;
    one->median = (struct fraction){c->points[list[(n - 1) / 2]] + c->points[list[n / 2]], 2 * den};
    one->spread = (struct fraction){c->points[list[n - 1]] - c->points[list[0]], den};
}

/* --- results --- */

/* Without the `trim` lowest and highest; 0 is a plain mean. */
static struct fraction trimmed_mean(const struct counting *c, size_t i, size_t trim)
{
    size_t n = c->out->entries[i].n_sheets;
    int64_t sum = 0;

    for (size_t k = trim; k + trim < n; k++)
        sum += c->points[c->of_entry[i][k]];
    return (struct fraction){sum, c->in->def->denominator * (int64_t)(n - 2 * trim)};
}

/* Twice the rank that a sheet's judge gives its entrant among those of its group that this judge has judged:
 * equals share the middle of their ranks. */
static int64_t rank_twice(const struct counting *c, size_t sheet)
{
    const struct score_sheet *s = &c->in->sheets[sheet];
    int64_t rank = 2;

    for (size_t i = 0; i < c->in->n_sheets; i++) {
        const struct score_sheet *o = &c->in->sheets[i];

        if (i == sheet || o->judge != s->judge ||
            strcmp(c->in->groups[o->entry], c->in->groups[s->entry]) != 0)
            continue;
        rank += c->points[i] > c->points[sheet] ? 2 : c->points[i] == c->points[sheet];
    }
    return rank;
}

static struct fraction rank_mean(const struct counting *c, size_t i)
{
    size_t n = c->out->entries[i].n_sheets;
    int64_t sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += rank_twice(c, c->of_entry[i][k]);
    return (struct fraction){sum, 2 * (int64_t)n};
}

static void result(struct counting *c, size_t i)
{
    const struct score_def *def = c->in->def;
    struct score_entry *one = &c->out->entries[i];

    one->ranked = one->n_sheets >= score_least(def);
    if (!one->ranked)
        return;
    one->result = def->method == SCORE_RANK_SUM
                      ? rank_mean(c, i)
                      : trimmed_mean(c, i, def->method == SCORE_MEAN ? 0 : (size_t)def->trim);
    c->key[i] = one->result;
    if (def->method == SCORE_RANK_SUM)
        c->key[i].num = -c->key[i].num;
}

/* --- places --- */

/* The mean of one criterion over all sheets of an entrant: what breaks ties. */
static struct fraction criterion_mean(const struct counting *c, size_t i, size_t criterion)
{
    size_t n = c->out->entries[i].n_sheets;
    int64_t sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += c->in->sheets[c->of_entry[i][k]].values[criterion];
    return (struct fraction){sum, n == 0 ? 1 : (int64_t)n};
}

/* < 0: a stands before b. */
static int order(const struct counting *c, size_t a, size_t b)
{
    const struct score_def *def = c->in->def;
    int way = fraction_cmp(c->key[b], c->key[a]);

    for (size_t i = 0; i < def->n_ties && way == 0; i++)
        way = fraction_cmp(criterion_mean(c, b, def->ties[i]), criterion_mean(c, a, def->ties[i]));
    return way;
}

static size_t prize_of(const struct score_def *def, int64_t place)
{
    int64_t up_to = 0;

    for (size_t i = 0; i < def->n_prizes; i++)
        if (place <= (up_to += def->prizes[i].n))
            return i + 1;
    return 0;
}

/* One more than there are before it: those that tie share a place, and the next is skipped. */
static void place(struct counting *c, size_t i)
{
    struct score_entry *one = &c->out->entries[i];

    if (!one->ranked)
        return;
    one->place = 1;
    for (size_t k = 0; k < c->in->n_entries; k++) {
        int way;

        if (k == i || !c->out->entries[k].ranked || strcmp(c->in->groups[k], c->in->groups[i]) != 0)
            continue;
        way = order(c, k, i);
        one->place += way < 0;
        one->shared = one->shared || way == 0;
    }
    one->prize = prize_of(c->in->def, one->place);
}

/* --- judges --- */

static void judge_sheet(struct counting *c, size_t sheet)
{
    const struct score_sheet *s = &c->in->sheets[sheet];
    const struct fraction total = {c->points[sheet], c->in->def->denominator};
    const struct fraction median = c->out->entries[s->entry].median;
    struct score_judge *j = &c->out->judges[s->judge];
    const int64_t off = 2 * total.num - median.num; /* over twice the denominator */

    c->out->totals[sheet] = total;
    c->out->outlying[sheet] =
        c->in->def->outlier > 0 && llabs(off) > 2 * c->in->def->outlier * c->in->def->denominator;
    if (j->n_sheets == 0 || fraction_cmp(total, j->lowest) < 0)
        j->lowest = total;
    if (j->n_sheets == 0 || fraction_cmp(total, j->highest) > 0)
        j->highest = total;
    j->mean.num += total.num;
    j->leniency.num += off;
    j->n_sheets++;
}

static void judge_end(struct score_judge *j, int64_t denominator)
{
    int64_t n = j->n_sheets == 0 ? 1 : (int64_t)j->n_sheets;

    j->mean.den = denominator * n;
    j->leniency.den = 2 * denominator * n;
    if (j->n_sheets == 0)
        j->lowest.den = j->highest.den = 1;
}

static struct score_outcome *blank(const struct score_input *in, struct arena *a)
{
    struct score_outcome *out = arena_new(a, struct score_outcome);

    out->entries = arena_array(a, struct score_entry, in->n_entries + 1);
    out->judges = arena_array(a, struct score_judge, in->n_judges + 1);
    out->totals = arena_array(a, struct fraction, in->n_sheets + 1);
    out->outlying = arena_array(a, bool, in->n_sheets + 1);
    return out;
}

struct score_outcome *score_count(const struct score_input *in, struct arena *a)
{
    struct counting c = {.in = in, .out = blank(in, a), .a = a};

    c.points = arena_array(a, int64_t, in->n_sheets + 1);
    c.key = arena_array(a, struct fraction, in->n_entries + 1);
    for (size_t i = 0; i < in->n_sheets; i++)
        c.points[i] = points_of(in->def, in->sheets[i].values);
    gather(&c);
    for (size_t i = 0; i < in->n_entries; i++) {
        describe(&c, i);
        result(&c, i);
    }
    for (size_t i = 0; i < in->n_entries; i++)
        place(&c, i);
    for (size_t i = 0; i < in->n_sheets; i++)
        judge_sheet(&c, i);
    for (size_t i = 0; i < in->n_judges; i++)
        judge_end(&c.out->judges[i], in->def->denominator);
    return c.out;
}
