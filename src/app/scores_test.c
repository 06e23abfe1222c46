/* A round told from its sheets to its places; what is kept of it is counted again, and what was spoilt is
 * found. */
#include "app/fixture.h"
#include "app/scenario.h"
#include "pack/document.h"
#include "score/score.h"

/* Two groups of two; who leads is seen at a glance. The last sheet is corrected by its judge. */
static const char story[] =
    "scenario: {zh: 试, en: Try}\n"
    "steps:\n"
    "  - {at: \"2022-06-24T08:00:00+08:00\", as: leader, raise: skills, keep: match, fields: {subject: "
    "试赛}}\n"
    "  - {as: clerk, raise: competitor, keep: a, parent: match, fields: {name: 甲, trade: massage}}\n"
    "  - {as: clerk, raise: competitor, keep: b, parent: match, fields: {name: 乙, trade: massage}}\n"
    "  - {as: clerk, raise: competitor, keep: c, parent: match, fields: {name: 丙, trade: logistics}}\n"
    "  - {as: leader, do: [appoint, match], parties: {judge: [worker, patrol]}}\n"
    "  - {as: leader, do: [start, match]}\n"
    "  - {as: [worker, patrol], raise: skills_sheet, parent: a, fields: {theory: 80, practice: 90}}\n"
    "  - {as: [worker, patrol], raise: skills_sheet, parent: b, fields: {theory: 80, practice: 95}}\n"
    "  - {as: worker, raise: skills_sheet, parent: c, fields: {theory: 50, practice: 50}}\n"
    "  - {as: leader, do: [award, match], refused: score.missing}\n"
    "  - {as: patrol, raise: skills_sheet, keep: last, parent: c, fields: {theory: 50, practice: 50}}\n"
    "  - {as: patrol, raise: skills_sheet, parent: c, fields: {theory: 60, practice: 60}, refused: "
    "score.twice}\n"
    "  - {as: clerk, raise: skills_sheet, parent: c, fields: {theory: 60, practice: 60}, refused: "
    "move.denied}\n"
    "  - {as: patrol, do: [correct, last], fields: {practice: 70}}\n"
    "  - {as: leader, do: [award, match]}\n"
    "  - {as: patrol, do: [correct, last], fields: {practice: 100}, refused: score.closed}\n"
    "expect:\n"
    "  - {a: \"standing == 2 && score == 87.0 && prize == 'second'\"}\n"
    "  - {b: \"standing == 1 && score == 90.5 && level == '技师'\"}\n"
    "  - {c: \"standing == 1 && score == 57.0 && spread == 14.0\"}\n";

static struct fixture *told(void)
{
    static const struct packs none;
    static bool before;
    struct fixture *f = fixture();
    struct play *p = arena_new(f->arena, struct play);
    struct complaints complaints;

    if (before)
        return f;
    before = true;
    *p = (struct play){.d = f->d, .arena = f->arena, .rng = rng_seed(rng_next(&f->rng))};
    p->root =
        document_parse(document_begin(f->arena, &none, &complaints), "story.yaml", story, strlen(story));
    check(p->root != NULL);
    play_steps(p);
    play_end(p);
    check(p->failures == 0);
    return f;
}

struct told_of {
    int n;
    char first[200];
};

static void differs(void *ctx, const char *what)
{
    struct told_of *t = ctx;

    if (t->n++ == 0)
        str_copy(t->first, sizeof(t->first), what);
}

static struct told_of recount(struct fixture *f)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct told_of t = {0};
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_READ, &tx, &e) && score_verify(tx, district_world(f->d), differs, &t, &e));
    return t;
}

static void run(struct fixture *f, const struct sql_query *q)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) && sql_run(tx, q, &e, SQL_INT(f->d->code)) &&
          sql_commit(&tx, &e));
}

/* What somebody with the database in their hands may do, and how to undo it. */
#define SPOIL(kind, from, to)                                                                                \
    {                                                                                                        \
        "test.spoil",                                                                                        \
            "UPDATE record SET fields = replace(fields, '" from "', '" to                                    \
            "') WHERE district = $1 AND kind = '" kind "'",                                                  \
            1, true, false                                                                                   \
    }

TEST(a_result_that_is_kept_is_what_its_sheets_say)
{
    check(recount(told()).n == 0);
}

TEST(a_place_that_was_changed_is_found)
{
    static const struct sql_query wrong = SPOIL("competitor", "\"standing\":2", "\"standing\":3"),
                                  undo = SPOIL("competitor", "\"standing\":3", "\"standing\":2");
    struct fixture *f = told();
    struct told_of t;

    run(f, &wrong);
    t = recount(f);
    check(t.n == 1 && strstr(t.first, "its place is 2") != NULL);
    run(f, &undo);
    check(recount(f).n == 0);
}

TEST(a_sheet_that_was_changed_is_found)
{
    static const struct sql_query wrong = SPOIL("skills_sheet", "\"practice\":95", "\"practice\":85"),
                                  undo = SPOIL("skills_sheet", "\"practice\":85", "\"practice\":95");
    struct fixture *f = told();

    run(f, &wrong);
    check(recount(f).n >= 2);
    run(f, &undo);
    check(recount(f).n == 0);
}
