/* Areas in time: what a change plans, what it refuses, and where points fall before and after it. */
#include "area/change.h"
#include "base/text.h"
#include "database.h"
#include "json/json_in.h"
#include "test.h"

#include <stdlib.h>

enum { DISTRICT = 330803, LONG_AGO = 1000, NOW = 2000, THEN = 5000, LATER = 9000 };

/* A township of 0.1 degrees, a village in its west, two grids in that, four micro-grids in the first. */
#define SQUARE(x0, y0, x1, y1)                                                                               \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" x0 "," y0 "],[" x1 "," y0 "],[" x1 "," y1 "],[" x0 "," y1    \
    "],[" x0 "," y0 "]]]}"
#define FEATURE(code, x0, y0, x1, y1)                                                                        \
    "{\"properties\":{\"code\":\"" code "\"},\"geometry\":" SQUARE(x0, y0, x1, y1) "}"
static const char csv[] = "code,name\n330803,衢江区\n330803001,樟潭街道\n330803001001,临江社区\n"
                          "330803001001001,第1网格\n330803001001002,第2网格\n"
                          "330803001001001001,第1微网格\n330803001001001002,第2微网格\n";
static const char outlines[] = "{\"features\":[" FEATURE("330803", "118.0", "28.0", "118.2", "28.2") "," FEATURE(
    "330803001", "118.0", "28.0", "118.1",
    "28.1") "," FEATURE("330803001001", "118.0", "28.0", "118.06",
                        "28.1") "," FEATURE("330803001001001", "118.0", "28.0", "118.02",
                                            "28.1") "," FEATURE("330803001001002", "118.02", "28.0", "118.04",
                                                                "28.1") "," FEATURE("330803001001001001",
                                                                                    "118.0", "28.0", "118.02",
                                                                                    "28.05") "," FEATURE("330"
                                                                                                         "803"
                                                                                                         "001"
                                                                                                         "001"
                                                                                                         "001"
                                                                                                         "00"
                                                                                                         "2",
                                                                                                         "118"
                                                                                                         ".0",
                                                                                                         "28."
                                                                                                         "05",
                                                                                                         "118"
                                                                                                         ".0"
                                                                                                         "2",
                                                                                                         "28."
                                                                                                         "1") "]}";

static struct sql *fresh(void)
{
    struct area_import_result r;
    struct sql_options o = {.sync = SQL_SYNC_OFF};
    struct sql *db = NULL;
    struct err e = {0};

    if (!sql_open(test_database(), &o, &db, &e) || !sql_migrate(db, sql_migrations, sql_n_migrations, &e) ||
        !area_import_csv(db, DISTRICT, csv, strlen(csv), &r, &e) ||
        !area_import_geojson(db, DISTRICT, outlines, strlen(outlines), DATUM_WGS84, false, &r, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return db;
}

static struct area_tree *tree_of(struct sql *db, int64_t at)
{
    struct area_tree *t = NULL;
    struct err e = {0};

    if (!area_tree_load(db, DISTRICT, at, &t, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return t;
}

static struct json_object *parsed(const char *json)
{
    struct json_object *o = NULL;
    struct err e = {0};

    if (!json_parse(json, strlen(json), &o, &e))
        abort();
    return o;
}

/* One wish against a database: planned, and written unless refused. */
struct trial {
    struct sql *db;
    struct arena *a;
    struct area_plan plan;
    struct err e;
    struct uuid id;
};

static const char *key_of(const struct err *e)
{
    return e->n_details > 0 ? e->details[0].key : e->key;
}

static const char *attempt(struct trial *t, struct area_wish w, bool write)
{
    AUTO(area_tree_free) struct area_tree *tree = tree_of(t->db, NOW);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    t->e = (struct err){0};
    t->id = uuid_make();
    if (!area_plan_make(tree, &w, NOW, t->a, &t->plan, &t->e))
        return key_of(&t->e);
    if (write && !(sql_begin(t->db, SQL_WRITE, &tx, &t->e) &&
                   area_plan_write(tx, DISTRICT, &t->plan, t->id, &t->e) && sql_commit(&tx, &t->e)))
        return t->e.key;
    return "";
}

static const char *where(const struct area_tree *t, double lng, double lat, int64_t at)
{
    const struct area *a = area_locate_at(t, lng, lat, at);

    return a == NULL ? "" : a->code;
}

static struct trial begin(void)
{
    return (struct trial){.db = fresh(), .a = arena_create((size_t)64 << 20)};
}

static void end(struct trial *t)
{
    sql_close(&t->db);
    arena_free(&t->a);
}

static const char *const first[] = {"330803001001001"}, *const village[] = {"330803001001"},
                         *const both[] = {"330803001001001", "330803001001002"};

TEST(a_grid_is_split_from_a_day_on)
{
    AUTO(json_free)
    struct json_object *line =
        parsed("{\"type\":\"LineString\",\"coordinates\":[[117.9,28.03],[118.3,28.03]]}");
    struct trial t = begin();
    struct area_wish w = {.what = AREA_SPLIT, .at = THEN, .codes = first, .n_codes = 1, .line = line};

    check(str_eq(attempt(&t, w, true), ""));
    /* The larger part goes on; of the first micro-grid, which was cut, a piece goes with the other. */
    check(t.plan.n_wished == 2 && t.plan.n_ends == 0);
    check(str_eq(t.plan.pieces[0].code, first[0]) && t.plan.pieces[0].was);
    check(str_eq(t.plan.pieces[1].code, "330803001001003") && str_eq(t.plan.pieces[1].name, "第3网格"));
    AUTO(area_tree_free) struct area_tree *tree = tree_of(t.db, NOW);
    check(str_eq(where(tree, 118.01, 28.01, NOW), "330803001001001001"));
    check(str_eq(where(tree, 118.01, 28.01, THEN - 1), "330803001001001001"));
    check(str_eq(where(tree, 118.01, 28.01, THEN), "330803001001003001"));
    check(str_eq(where(tree, 118.01, 28.04, THEN), "330803001001001001"));
    check(str_eq(where(tree, 118.01, 28.07, THEN), "330803001001001002"));
    check(str_eq(where(tree, 118.03, 28.01, THEN), "330803001001002"));
    const struct area *const *list;
    check(area_children(tree, village[0], &list) == 2 && area_children_ever(tree, village[0], &list) == 3);
    check(str_eq(list[2]->code, "330803001001003") && list[2]->from == THEN);
    check(area_next_change(tree) == THEN);
    AUTO(area_tree_free) struct area_tree *after = tree_of(t.db, LATER);
    check(area_children(after, village[0], &list) == 3 && area_next_change(after) == 0);
    end(&t);
}

TEST(grids_are_merged_and_their_micro_grids_go_along)
{
    struct trial t = begin();
    struct area_part part = {.code = both[1], .name = "并网格"};
    struct area_wish w = {
        .what = AREA_MERGE, .at = THEN, .codes = both, .n_codes = 2, .parts = &part, .n_parts = 1};

    check(str_eq(attempt(&t, w, true), ""));
    check(t.plan.n_wished == 1 && t.plan.n_pieces == 3 && t.plan.n_ends == 3);
    AUTO(area_tree_free) struct area_tree *tree = tree_of(t.db, LATER);
    check(str_eq(where(tree, 118.01, 28.01, THEN), "330803001001002001"));
    check(str_eq(where(tree, 118.01, 28.09, THEN), "330803001001002002"));
    check(str_eq(where(tree, 118.03, 28.09, THEN), "330803001001002"));
    check(str_eq(where(tree, 118.01, 28.09, NOW), "330803001001001002"));
    check(str_eq(area_find(tree, both[1])->name, "并网格") && area_find(tree, both[0])->until == THEN);
    /* What has ended is known, is not changed, and its code is not given again. */
    w = (struct area_wish){.what = AREA_EDIT, .at = LATER, .codes = first, .n_codes = 1};
    check(str_eq(attempt(&t, w, false), "area.ended"));
    part = (struct area_part){.code = both[0]};
    w = (struct area_wish){
        .what = AREA_ADD, .at = LATER, .codes = village, .n_codes = 1, .parts = &part, .n_parts = 1};
    check(str_eq(attempt(&t, w, false), "area.code_used"));
    end(&t);
}

TEST(a_change_to_come_is_withdrawn)
{
    struct trial t = begin();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct area_part part = {.code = both[0]};
    struct area_wish w = {
        .what = AREA_MERGE, .at = THEN, .codes = both, .n_codes = 2, .parts = &part, .n_parts = 1};

    check(str_eq(attempt(&t, w, true), ""));
    struct uuid merge = t.id;
    w = (struct area_wish){.what = AREA_EDIT, .at = THEN, .codes = first, .n_codes = 1};
    check(str_eq(attempt(&t, w, false), "area.planned"));
    part = (struct area_part){.name = "新名"};
    w = (struct area_wish){
        .what = AREA_EDIT, .at = LATER, .codes = first, .n_codes = 1, .parts = &part, .n_parts = 1};
    check(str_eq(attempt(&t, w, true), ""));
    check(sql_begin(t.db, SQL_WRITE, &tx, &t.e) && !area_plan_withdraw(tx, DISTRICT, merge, &t.e));
    check(str_eq(t.e.key, "area.stands_on"));
    t.e = (struct err){0};
    sql_rollback(&tx);
    check(sql_begin(t.db, SQL_WRITE, &tx, &t.e) && area_plan_withdraw(tx, DISTRICT, t.id, &t.e) &&
          area_plan_withdraw(tx, DISTRICT, merge, &t.e) && sql_commit(&tx, &t.e));
    AUTO(area_tree_free) struct area_tree *tree = tree_of(t.db, LATER);
    check(area_next_change(tree) == 0 && area_find(tree, both[1])->until == 0);
    check(str_eq(where(tree, 118.01, 28.01, LATER), "330803001001001001"));
    check(str_eq(area_find(tree, first[0])->name, "第1网格"));
    end(&t);
}

static const char *drawn(struct trial *t, enum area_doing what, const char *const *codes,
                         const char *boundary)
{
    AUTO(json_free) struct json_object *o = parsed(boundary);

    return attempt(
        t, (struct area_wish){.what = what, .at = THEN, .codes = codes, .n_codes = 1, .boundary = o}, false);
}

TEST(what_does_not_fit_is_refused_with_the_place)
{
    struct trial t = begin();

    check(str_eq(drawn(&t, AREA_ADD, village, SQUARE("118.04", "28.0", "118.06", "28.1")), ""));
    /* Half a metre over the border is drawn by hand; twenty are a mistake. */
    check(str_eq(drawn(&t, AREA_ADD, village, SQUARE("118.039995", "28.0", "118.060005", "28.1")), ""));
    check(
        str_eq(drawn(&t, AREA_ADD, village, SQUARE("118.0398", "28.0", "118.06", "28.1")), "area.overlaps"));
    check(strstr(t.e.details[0].zh, "第2网格") != NULL && strstr(t.e.details[0].en, "118.03990") != NULL);
    check(str_eq(drawn(&t, AREA_ADD, village, SQUARE("118.04", "28.0", "118.07", "28.1")),
                 "area.outside_parent"));
    check(str_eq(drawn(&t, AREA_EDIT, first, SQUARE("118.0", "28.0", "118.02", "28.08")),
                 "area.child_outside"));
    check(
        str_eq(drawn(&t, AREA_EDIT, first,
                     "{\"type\":\"Polygon\",\"coordinates\":[[[118,28],[118.02,28.1],[118.02,28],[118,28.1],"
                     "[118,28]]]}"),
               "area.geometry"));
    check(str_eq(drawn(&t, AREA_EDIT, first, "{\"type\":\"Point\",\"coordinates\":[118,28]}"),
                 "area.geometry"));
    end(&t);
}

TEST(wishes_that_make_no_sense)
{
    AUTO(json_free)
    struct json_object *beside =
        parsed("{\"type\":\"LineString\",\"coordinates\":[[117.9,28.03],[118.01,28.03]]}");
    AUTO(json_free)
    struct json_object *point = parsed("{\"type\":\"LineString\",\"coordinates\":[[117.9,28.03]]}");
    static const char *const apart[] = {"330803001001001001", "330803001001002"}, *const none[] = {
                                                                                      "330803009"};
    struct trial t = begin();
    struct area_wish w = {.what = AREA_SPLIT, .at = THEN, .codes = first, .n_codes = 1, .line = beside};

    check(str_eq(attempt(&t, w, false), "area.no_cut"));
    w.line = point;
    check(str_eq(attempt(&t, w, false), "area.line"));
    w.codes = village;
    check(str_eq(attempt(&t, w, false), "area.level_fixed"));
    w = (struct area_wish){.what = AREA_MERGE, .at = THEN, .codes = apart, .n_codes = 2};
    check(str_eq(attempt(&t, w, false), "area.other_parent"));
    w.n_codes = 1;
    check(str_eq(attempt(&t, w, false), "area.merge_count"));
    w = (struct area_wish){.what = AREA_END, .at = NOW - 1, .codes = first, .n_codes = 1};
    check(str_eq(attempt(&t, w, false), "area.past"));
    w.at = INT64_MAX;
    check(str_eq(attempt(&t, w, false), "area.far"));
    w.at = THEN;
    w.codes = none;
    check(str_eq(attempt(&t, w, false), "area.not_found"));
    w.codes = first;
    check(str_eq(attempt(&t, w, true), "") && t.plan.n_ends == 3);
    AUTO(area_tree_free) struct area_tree *tree = tree_of(t.db, LATER);
    check(str_eq(where(tree, 118.01, 28.01, THEN), "330803001001"));
    end(&t);
}

static bool imports(struct trial *t, const char *text)
{
    struct area_import_result r;

    return area_import_csv(t->db, DISTRICT, text, strlen(text), &r, &t->e);
}

/* An import puts right what there is; it does not bring back what has ended. */
TEST(an_import_beside_changes)
{
    struct trial t = begin();
    struct area_wish w = {.what = AREA_END, .at = THEN, .codes = first, .n_codes = 1};

    check(str_eq(attempt(&t, w, true), ""));
    check(imports(&t, "code,name\n330803001001002,二网格\n"));
    check(!imports(&t, "code,name\n330803001001001,一网格\n"));
    check(str_eq(t.e.key, "area.code_ended"));
    AUTO(area_tree_free) struct area_tree *tree = tree_of(t.db, NOW);
    check(str_eq(area_find(tree, both[1])->name, "二网格"));
    end(&t);
}
