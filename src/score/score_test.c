/* Results by hand-counted examples. A sheet is written "12 8": the values of its criteria; "-": none was
 * given. */
#include "score/score.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 8, JUDGES = 8, CRITERIA = 4, ARENA = 1024 * 1024 };

struct example {
    const char *name;
    enum score_method method;
    int64_t trim;
    int64_t weight[CRITERIA], max[CRITERIA];
    int64_t denominator;
    size_t ties[2], n_ties;
    const char *groups[ENTRIES];         /* NULL: all one */
    const char *sheets[ENTRIES][JUDGES]; /* by entrant and judge */
    const char *results;                 /* "9.25 8.50 -": of each entrant, two decimals */
    const char *places;                  /* "1 2= 2= 4": "=" is shared */
    const char *prizes;                  /* of each: index from 1, 0 none */
};

static const struct score_prize medals[] = {{"gold", 1}, {"silver", 1}, {"bronze", 2}};

static const struct example examples[] = {
    {.name = "a mean is points out of all, exactly",
     .method = SCORE_MEAN,
     .weight = {100},
     .max = {10},
     .denominator = 10,
     .sheets = {{"9", "8", "8"}, {"7", "7", "7"}, {"8", "9", "10"}},
     .results = "83.33 70.00 90.00",
     .places = "2 3 1",
     .prizes = "2 3 1"},
    {.name = "one highest and one lowest are left out",
     .method = SCORE_TRIMMED_MEAN,
     .trim = 1,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .sheets = {{"100", "60", "80", "82", "81"},
                {"83", "83", "83", "83", "0"},
                {"79", "81", "81", "81", "100"}},
     .results = "81.00 83.00 81.00",
     .places = "2= 1 2=",
     .prizes = "2 1 2"},
    {.name = "the next place behind a tie is skipped, and its prize with it",
     .method = SCORE_MEAN,
     .weight = {10},
     .max = {10},
     .denominator = 10,
     .sheets = {{"9"}, {"9"}, {"9"}, {"8"}, {"7"}},
     .results = "9.00 9.00 9.00 8.00 7.00",
     .places = "1= 1= 1= 4 5",
     .prizes = "1 1 1 3 0"},
    {.name = "a criterion breaks the tie, the next one what is still tied",
     .method = SCORE_MEAN,
     .weight = {20, 30, 50},
     .max = {20, 30, 50},
     .denominator = 300,
     .ties = {1, 0},
     .n_ties = 2,
     .sheets = {{"10 20 40"}, {"12 18 40"}, {"9 20 41"}, {"10 20 40"}},
     .results = "70.00 70.00 70.00 70.00",
     .places = "1= 4 3 1=",
     .prizes = "1 3 3 1"},
    {.name = "weights count points for values of another range",
     .method = SCORE_MEAN,
     .weight = {20, 80},
     .max = {5, 100},
     .denominator = 100,
     .sheets = {{"5 50"}, {"0 75"}},
     .results = "60.00 60.00",
     .places = "1= 1=",
     .prizes = "1 1"},
    {.name = "who has too few sheets for the rule has no place",
     .method = SCORE_TRIMMED_MEAN,
     .trim = 1,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .sheets = {{"90", "91", "-"}, {"80", "81", "82"}},
     .results = "- 81.00",
     .places = "0 1",
     .prizes = "0 1"},
    {.name = "nobody scores their own: results are means over fewer sheets",
     .method = SCORE_MEAN,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .sheets = {{"-", "90", "80"}, {"90", "-", "90"}, {"70", "71", "-"}},
     .results = "85.00 90.00 70.50",
     .places = "2 1 3",
     .prizes = "2 1 3"},
    {.name = "groups are ranked apart",
     .method = SCORE_MEAN,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .groups = {"massage", "logistics", "massage", "logistics"},
     .sheets = {{"90"}, {"80"}, {"95"}, {"70"}},
     .results = "90.00 80.00 95.00 70.00",
     .places = "2 1 1 2",
     .prizes = "2 1 1 2"},
    {.name = "rank sums: a judge who gives high points weighs no more",
     .method = SCORE_RANK_SUM,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .sheets = {{"60", "70", "20"}, {"61", "71", "10"}, {"50", "60", "100"}},
     .results = "2.00 1.67 2.33",
     .places = "2 1 3",
     .prizes = "2 1 3"},
    {.name = "rank sums: equal points share the middle of their ranks",
     .method = SCORE_RANK_SUM,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .sheets = {{"80", "90"}, {"80", "70"}, {"70", "80"}},
     .results = "1.25 2.25 2.50",
     .places = "1 2 3",
     .prizes = "1 2 3"},
    {.name = "rank sums rank within a group",
     .method = SCORE_RANK_SUM,
     .weight = {100},
     .max = {100},
     .denominator = 100,
     .groups = {"a", "b", "a"},
     .sheets = {{"50"}, {"99"}, {"60"}},
     .results = "2.00 1.00 1.00",
     .places = "2 1 1",
     .prizes = "2 1 1"},
};

static void same(const char *what, const char *got, const char *want)
{
    check(strcmp(got, want) == 0);
    if (strcmp(got, want) != 0)
        (void)printf("# %s: %s instead of %s\n", what, got, want);
}

/* An example laid out as the layer takes it. */
struct laid {
    struct score_def def;
    struct score_criterion criteria[CRITERIA];
    struct score_sheet sheets[ENTRIES * JUDGES];
    int64_t values[ENTRIES * JUDGES][CRITERIA];
    const char *groups[ENTRIES];
    struct score_input in;
};

static void read_values(const char *text, int64_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = strtoll(text, NULL, 10);
        text += strcspn(text, " ");
        text += *text == ' ';
    }
}

static void lay_out(const struct example *x, struct laid *l)
{
    memset(l, 0, sizeof(*l));
    l->def = (struct score_def){.method = x->method,
                                .trim = x->trim,
                                .denominator = x->denominator,
                                .ties = x->ties,
                                .n_ties = x->n_ties,
                                .criteria = l->criteria,
                                .prizes = medals,
                                .n_prizes = COUNT_OF(medals)};
    for (size_t i = 0; i < CRITERIA && x->max[i] > 0; i++)
        l->criteria[l->def.n_criteria++] = (struct score_criterion){NULL, x->weight[i], x->max[i]};
    for (size_t i = 0; i < ENTRIES && x->sheets[i][0] != NULL; i++) {
        l->groups[l->in.n_entries++] = x->groups[i] == NULL ? "" : x->groups[i];
        for (size_t j = 0; j < JUDGES && x->sheets[i][j] != NULL; j++) {
            size_t n = l->in.n_sheets;

            if (strcmp(x->sheets[i][j], "-") == 0)
                continue;
            read_values(x->sheets[i][j], l->values[n], l->def.n_criteria);
            l->sheets[l->in.n_sheets++] = (struct score_sheet){i, j, l->values[n]};
        }
    }
    l->in.def = &l->def;
    l->in.n_judges = JUDGES;
    l->in.groups = l->groups;
    l->in.sheets = l->sheets;
}

static const char *results_text(const struct score_outcome *o, size_t n, struct arena *a)
{
    const char *text = "";

    for (size_t i = 0; i < n; i++) {
        int64_t cents = o->entries[i].ranked ? fraction_round(o->entries[i].result, 2) : 0;

        text = o->entries[i].ranked ? arena_printf(a, "%s%s%lld.%02lld", text, i == 0 ? "" : " ",
                                                   (long long)cents / 100, (long long)cents % 100)
                                    : arena_printf(a, "%s%s-", text, i == 0 ? "" : " ");
    }
    return text;
}

static const char *places_text(const struct score_outcome *o, size_t n, bool prizes, struct arena *a)
{
    const char *text = "";

    for (size_t i = 0; i < n; i++)
        text = arena_printf(a, "%s%s%lld%s", text, i == 0 ? "" : " ",
                            prizes ? (long long)o->entries[i].prize : (long long)o->entries[i].place,
                            !prizes && o->entries[i].shared ? "=" : "");
    return text;
}

TEST(results_places_and_prizes_of_examples_counted_by_hand)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    static struct laid l;

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const struct example *x = &examples[i];
        const struct score_outcome *o;

        lay_out(x, &l);
        o = score_count(&l.in, a);
        same(x->name, results_text(o, l.in.n_entries, a), x->results);
        same(x->name, places_text(o, l.in.n_entries, false, a), x->places);
        same(x->name, places_text(o, l.in.n_entries, true, a), x->prizes);
    }
}

TEST(fractions_are_compared_and_rounded_exactly)
{
    check(fraction_round((struct fraction){2, 3}, 2) == 67);
    check(fraction_round((struct fraction){1, 8}, 2) == 13);
    check(fraction_round((struct fraction){-1, 8}, 2) == -13);
    check(fraction_round((struct fraction){1, 2}, 0) == 1);
    check(fraction_cmp((struct fraction){1, 3}, (struct fraction){333333333, 1000000000}) == 1);
    check(fraction_cmp((struct fraction){2, 6}, (struct fraction){1, 3}) == 0);
    check(fraction_cmp((struct fraction){INT64_MAX, INT64_MAX - 1},
                       (struct fraction){INT64_MAX - 1, INT64_MAX}) == 1);
}

/* Judge 2 is ten points above the others on each: lenient by that, and outlying where the pack says from 5
 * on. */
TEST(leniency_and_outliers_are_told_from_the_median)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    static const struct example x = {.method = SCORE_MEAN,
                                     .weight = {100},
                                     .max = {100},
                                     .denominator = 100,
                                     .sheets = {{"80", "82", "92"}, {"70", "70", "80"}}};
    static struct laid l;
    const struct score_outcome *o;

    lay_out(&x, &l);
    l.def.outlier = 5;
    o = score_count(&l.in, a);
    check(fraction_round(o->judges[0].leniency, 2) == -100);
    check(fraction_round(o->judges[1].leniency, 2) == 0);
    check(fraction_round(o->judges[2].leniency, 2) == 1000);
    check(fraction_round(o->judges[2].mean, 1) == 860);
    check(!o->outlying[0] && !o->outlying[1] && o->outlying[2] && o->outlying[5]);
    check(fraction_round(o->entries[0].median, 0) == 82);
    check(fraction_round(o->entries[0].spread, 0) == 12);
    l.def.outlier = 10;
    o = score_count(&l.in, a);
    check(!o->outlying[2]);
}

TEST(an_empty_round_counts_to_nothing)
{
    AUTO(arena_free) struct arena *a = arena_create(ARENA);
    static const struct example x = {
        .method = SCORE_RANK_SUM, .weight = {1}, .max = {1}, .denominator = 1, .sheets = {{"-"}}};
    static struct laid l;
    const struct score_outcome *o;

    lay_out(&x, &l);
    o = score_count(&l.in, a);
    check(!o->entries[0].ranked && o->entries[0].place == 0 && o->entries[0].prize == 0);
    check((long long)o->judges[0].n_sheets == 0);
}
