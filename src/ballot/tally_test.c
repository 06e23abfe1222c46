/* Every rule of quorum and majority: a row of a table, named by the article that says so. */
#include "ballot/tally.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define AT_LEAST(n, d)                                                                                       \
    {                                                                                                        \
        (n), (d), false                                                                                      \
    }
#define MORE_THAN(n, d)                                                                                      \
    {                                                                                                        \
        (n), (d), true                                                                                       \
    }

static const struct ballot_rule ordinary = {.quorum_heads = AT_LEAST(2, 3),
                                            .quorum_area = AT_LEAST(2, 3),
                                            .yes_heads = MORE_THAN(1, 2),
                                            .yes_area = MORE_THAN(1, 2)};
static const struct ballot_rule special = {.quorum_heads = AT_LEAST(2, 3),
                                           .quorum_area = AT_LEAST(2, 3),
                                           .yes_heads = AT_LEAST(3, 4),
                                           .yes_area = AT_LEAST(3, 4)};
static const struct ballot_rule meeting = {.quorum_heads = MORE_THAN(1, 2), .yes_heads = MORE_THAN(1, 2)};
static const struct ballot_rule households = {.quorum_heads = AT_LEAST(2, 3), .yes_heads = MORE_THAN(1, 2)};
static const struct ballot_rule delegates = {
    .quorum_heads = MORE_THAN(1, 2), .yes_heads = MORE_THAN(1, 2), .of_roll = true};
static const struct ballot_rule third = {.quorum_heads = MORE_THAN(1, 2), .yes_heads = AT_LEAST(1, 3)};

struct question {
    const char *article;
    const struct ballot_rule *rule;
    struct weight roll, part, yes;
    bool valid, passed;
};

static const struct question questions[] = {
    /* 300 owners with 30,000 m² */
    {"民法典第278条第2款：面积与人数均恰为三分之二参与",
     &ordinary,
     {300, 3000000},
     {200, 2000000},
     {101, 1000001},
     true,
     true},
    {"民法典第278条第2款：人数差一人不足三分之二",
     &ordinary,
     {300, 3000000},
     {199, 2500000},
     {199, 2500000},
     false,
     false},
    {"民法典第278条第2款：面积差0.01平方米不足三分之二",
     &ordinary,
     {300, 3000000},
     {250, 1999999},
     {250, 1999999},
     false,
     false},
    {"民法典第278条第2款：总数不能被三整除",
     &ordinary,
     {100, 1000000},
     {67, 666667},
     {60, 600000},
     true,
     true},
    {"民法典第278条第2款：总数不能被三整除，差一人",
     &ordinary,
     {100, 1000000},
     {66, 666667},
     {60, 600000},
     false,
     false},
    {"民法典第278条第2款：恰为参与人数的一半不算过半数",
     &ordinary,
     {300, 3000000},
     {200, 2000000},
     {100, 1500000},
     true,
     false},
    {"民法典第278条第2款：恰为参与面积的一半不算过半数",
     &ordinary,
     {300, 3000000},
     {200, 2000000},
     {150, 1000000},
     true,
     false},
    {"民法典第278条第2款：一般事项按参与者计，不按全体计",
     &ordinary,
     {300, 3000000},
     {200, 2000000},
     {102, 1000100},
     true,
     true},
    {"民法典第278条第2款：大户面积过半而人数不过半",
     &ordinary,
     {300, 3000000},
     {220, 2400000},
     {60, 2000000},
     true,
     false},
    {"民法典第278条第2款（六至八项）：恰为四分之三",
     &special,
     {300, 3000000},
     {200, 2000000},
     {150, 1500000},
     true,
     true},
    {"民法典第278条第2款（六至八项）：人数差一人",
     &special,
     {300, 3000000},
     {200, 2000000},
     {149, 1600000},
     true,
     false},
    {"民法典第278条第2款（六至八项）：面积差0.01平方米",
     &special,
     {300, 3000000},
     {200, 2000000},
     {150, 1499999},
     true,
     false},
    {"民法典第278条第2款（六至八项）：一般事项够而此处不够",
     &special,
     {300, 3000000},
     {240, 2400000},
     {150, 1500000},
     true,
     false},
    {"民法典第1259条：“以上”包括本数，“过半数”不包括", &ordinary, {3, 300}, {2, 200}, {1, 100}, true, false},
    {"居民委员会组织法第9条：恰半数出席不得举行", &meeting, {40, 0}, {20, 0}, {20, 0}, false, false},
    {"居民委员会组织法第9条：过半数出席，出席人过半数通过", &meeting, {40, 0}, {21, 0}, {11, 0}, true, true},
    {"居民委员会组织法第9条：出席人恰半数不通过", &meeting, {40, 0}, {22, 0}, {11, 0}, true, false},
    {"村民委员会组织法第22条：三分之二以上户的代表", &households, {90, 0}, {60, 0}, {31, 0}, true, true},
    {"村民委员会组织法第22条：户代表差一户", &households, {90, 0}, {59, 0}, {59, 0}, false, false},
    {"无人参与不生效", &(const struct ballot_rule){0}, {10, 1000}, {0, 0}, {0, 0}, false, false},
    {"空名册不生效", &ordinary, {0, 0}, {0, 0}, {0, 0}, false, false},
};

TEST(every_rule_by_its_article)
{
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        const struct question *q = &questions[i];
        const struct weight votes[3] = {q->yes, {q->part.heads - q->yes.heads, q->part.area - q->yes.area}};
        const struct tally_in in = {
            .rule = q->rule, .n_options = 3, .roll = q->roll, .part = q->part, .votes = votes};
        const struct tally t = tally_make(&in);

        if (t.valid != q->valid || t.passed != q->passed)
            (void)printf("# %s\n", q->article);
        check(t.valid == q->valid && t.passed == q->passed);
    }
}

struct election {
    const char *article;
    const struct ballot_rule *rule;
    int64_t seats, roll, part, issued, taken;
    int64_t votes[5];
    enum ballot_tie tie;
    bool valid, passed;
    const char *elected, *tied; /* options as letters */
};

static const struct election elections[] = {
    {"选举法第45条：过半数选民参加，得过半数选票当选",
     &meeting,
     2,
     100,
     60,
     0,
     0,
     {40, 35, 20},
     TIE_AGAIN,
     true,
     true,
     "AB",
     ""},
    {"选举法第45条：恰半数选民参加无效", &meeting, 1, 100, 50, 0, 0, {50}, TIE_AGAIN, false, false, "", ""},
    {"选举法第45条：恰半数选票不当选", &meeting, 1, 100, 60, 0, 0, {30, 30}, TIE_AGAIN, true, false, "", ""},
    {"选举法第45条：过半数者多于名额，票多的当选",
     &meeting,
     2,
     100,
     90,
     0,
     0,
     {50, 70, 60},
     TIE_AGAIN,
     true,
     true,
     "BC",
     ""},
    /* Livelihood projects: of all delegates, not of those who came. */
    {"地方组织法第25条：以全体代表的过半数通过",
     &delegates,
     2,
     60,
     58,
     0,
     0,
     {52, 40, 20},
     TIE_AGAIN,
     true,
     true,
     "AB",
     ""},
    {"地方组织法第25条：全体代表恰半数不通过",
     &delegates,
     2,
     60,
     58,
     0,
     0,
     {52, 30, 20},
     TIE_AGAIN,
     true,
     false,
     "A",
     ""},
    {"地方组织法第25条：到会的过半数而非全体的，不通过",
     &delegates,
     1,
     60,
     40,
     0,
     0,
     {30, 9},
     TIE_AGAIN,
     true,
     false,
     "",
     ""},
    {"地方组织法第25条：恰半数代表参加无效",
     &delegates,
     1,
     60,
     30,
     0,
     0,
     {30},
     TIE_AGAIN,
     false,
     false,
     "",
     ""},
    {"地方组织法第25条：最后一席并列，都不入选",
     &delegates,
     2,
     60,
     60,
     0,
     0,
     {52, 40, 40},
     TIE_AGAIN,
     true,
     false,
     "A",
     "BC"},
    {"选举法第45条：票数相等不能确定，再次投票",
     &meeting,
     2,
     100,
     90,
     0,
     0,
     {70, 60, 60},
     TIE_AGAIN,
     true,
     false,
     "A",
     "BC"},
    {"选举法第45条：相等但都在名额内，不必再投",
     &meeting,
     3,
     100,
     90,
     0,
     0,
     {70, 60, 60},
     TIE_AGAIN,
     true,
     true,
     "ABC",
     ""},
    {"选举法第45条：不足名额的，不足部分另行选举",
     &meeting,
     3,
     100,
     90,
     0,
     0,
     {70, 60, 40},
     TIE_AGAIN,
     true,
     false,
     "AB",
     ""},
    {"选举法第44条：票数多于投票人数无效",
     &meeting,
     1,
     100,
     60,
     20,
     21,
     {55},
     TIE_AGAIN,
     false,
     false,
     "",
     ""},
    {"选举法第44条：票数少于投票人数有效",
     &meeting,
     1,
     100,
     60,
     20,
     19,
     {55},
     TIE_AGAIN,
     true,
     true,
     "A",
     ""},
    {"选举法第44条：票数等于投票人数有效",
     &meeting,
     1,
     100,
     60,
     20,
     20,
     {55},
     TIE_AGAIN,
     true,
     true,
     "A",
     ""},
    {"村民委员会组织法第15条：另行选举不少于三分之一",
     &third,
     1,
     90,
     60,
     0,
     0,
     {20, 19},
     TIE_AGAIN,
     true,
     true,
     "A",
     ""},
    {"村民委员会组织法第15条：另行选举差一票",
     &third,
     1,
     90,
     60,
     0,
     0,
     {19, 18},
     TIE_AGAIN,
     true,
     false,
     "",
     ""},
    {"三人并列争两席，全部再投",
     &meeting,
     2,
     100,
     100,
     0,
     0,
     {60, 60, 60},
     TIE_AGAIN,
     true,
     false,
     "",
     "ABC"},
    {"并列由抽签定", &meeting, 2, 100, 100, 0, 0, {60, 70, 60}, TIE_LOT, true, true, "BC", ""},
    {"无人得票不当选",
     &(const struct ballot_rule){0},
     1,
     10,
     5,
     0,
     0,
     {0, 0},
     TIE_AGAIN,
     true,
     false,
     "",
     ""},
};

static bool same(const size_t *list, size_t n, const char *letters)
{
    bool ok = strlen(letters) == n;

    for (size_t i = 0; ok && i < n; i++)
        ok = list[i] == (size_t)(letters[i] - 'A');
    return ok;
}

TEST(every_election_by_its_article)
{
    /* The third option has the lowest lot. */
    static const uint8_t lot[5][32] = {{9}, {8}, {1}, {7}, {6}};

    for (size_t i = 0; i < COUNT_OF(elections); i++) {
        const struct election *x = &elections[i];
        struct weight votes[5] = {{0}};

        for (size_t k = 0; k < 5; k++)
            votes[k].heads = x->votes[k];
        const struct tally_in in = {.rule = x->rule,
                                    .choose = true,
                                    .n_options = 5,
                                    .seats = x->seats,
                                    .tie = x->tie,
                                    .roll = {x->roll, 0},
                                    .part = {x->part, 0},
                                    .votes = votes,
                                    .issued = x->issued,
                                    .taken = x->taken,
                                    .lot = lot};
        const struct tally t = tally_make(&in);
        bool ok = t.valid == x->valid && t.passed == x->passed && same(t.elected, t.n_elected, x->elected) &&
                  same(t.tied, t.n_tied, x->tied);

        if (!ok)
            (void)printf("# %s\n", x->article);
        check(ok);
    }
}

TEST(owners_elect_by_heads_and_area)
{
    /* Two candidates with equal heads: area decides; one with heads but too little area is not elected. */
    static const struct weight votes[] = {{70, 600000}, {70, 700000}, {80, 400000}};
    const struct tally_in in = {.rule = &ordinary,
                                .choose = true,
                                .n_options = 3,
                                .seats = 2,
                                .tie = TIE_AGAIN,
                                .roll = {120, 1200000},
                                .part = {100, 1000000},
                                .votes = votes};
    const struct tally t = tally_make(&in);

    check(t.valid && t.passed && same(t.elected, t.n_elected, "BA"));
}

TEST(a_result_says_what_it_rests_on)
{
    static const struct weight votes[] = {{150, 1500000}, {50, 500000}, {0, 0}};
    const struct tally_in in = {
        .rule = &special, .n_options = 3, .roll = {300, 3000000}, .part = {200, 2000000}, .votes = votes};
    const struct tally t = tally_make(&in);

    check(t.n_checks == 4);
    check(strcmp(t.checks[0].what, "quorum_heads") == 0 && t.checks[0].have == 200 && t.checks[0].of == 300);
    check(strcmp(t.checks[3].what, "yes_area") == 0 && t.checks[3].have == 1500000 &&
          t.checks[3].of == 2000000 && t.checks[3].holds);
}

TEST(shares_are_exact)
{
    static const struct share half = MORE_THAN(1, 2), thirds = AT_LEAST(2, 3), none = {0};

    check(share_met(&none, 0, 0));
    check(!share_met(&thirds, 0, 0));
    /* one third of what no double can hold exactly */
    check(share_met(&thirds, 666666666666667, 1000000000000000));
    check(!share_met(&thirds, 666666666666666, 1000000000000000));
    check(!share_met(&half, 500000000000000, 1000000000000000));
    check(share_met(&half, 500000000000001, 1000000000000000));
}
