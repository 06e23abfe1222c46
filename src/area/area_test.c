#include "area/area_priv.h"
#include "area/csv.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/uuid.h"
#include "database.h"
#include "json/json_in.h"
#include "test.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { DISTRICT = 330803, FILE_MAX_BYTES = 64 * 1024 * 1024, LOOKUPS = 200 * 1000 };

/* ---- help ---- */

static char *read_file(const char *path, size_t *ret_n)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return NULL;
    char *s = xcalloc(1, FILE_MAX_BYTES);
    *ret_n = fread(s, 1, FILE_MAX_BYTES - 1, f);
    (void)fclose(f);
    return xrealloc(s, *ret_n + 1);
}

/* A file of ../shared, or of the folder that WANGGE_SHARED names; NULL if not there. */
static char *shared_file(const char *name, size_t *ret_n)
{
    const char *shared = getenv("WANGGE_SHARED"), *source = getenv("WANGGE_SOURCE");
    char path[1024];

    if (shared != NULL)
        (void)snprintf(path, sizeof path, "%s/%s", shared, name);
    else
        (void)snprintf(path, sizeof path, "%s/../shared/%s", source != NULL ? source : ".", name);
    return read_file(path, ret_n);
}

/* A file the sample's build made; NULL if it was not built. */
static char *sample_file(const char *name, size_t *ret_n)
{
    const char *build = getenv("WANGGE_BUILD");
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/sample/%s", build != NULL ? build : ".", name);
    return read_file(path, ret_n);
}

static struct sql *open_db(void)
{
    struct err e = {0};
    struct sql *db = NULL;
    struct sql_options o = {.sync = SQL_SYNC_OFF};

    if (!sql_open(test_database(), &o, &db, &e) || !sql_migrate(db, sql_migrations, sql_n_migrations, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return db;
}

static bool has_key(const struct err *e, enum err_code code, const char *key)
{
    if (e->code == code && str_eq(e->key, key) && e->zh[0] != '\0' && e->en[0] != '\0')
        return true;
    (void)printf("# got %d %s: %s\n", (int)e->code, e->key != NULL ? e->key : "-", e->en);
    return false;
}

static struct area_tree *load(struct sql *db)
{
    struct err e = {0};
    struct area_tree *t = NULL;

    if (!area_tree_load(db, DISTRICT, 1, &t, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return t;
}

static bool import_csv(struct sql *db, const char *text, struct area_import_result *ret, struct err *e)
{
    return area_import_csv(db, DISTRICT, text, strlen(text), ret, e);
}

static bool import_geojson(struct sql *db, const char *text, struct err *e)
{
    struct area_import_result ret;

    return area_import_geojson(db, DISTRICT, text, strlen(text), DATUM_WGS84, true, &ret, e);
}

/* Four levels: a district 10 x 10, two townships side by side, a village in the
 * first, two grids in that, one of which leaves a hair of the village uncovered. */
static const char tiny_csv[] = "\xEF\xBB\xBF"
                               "code,name,level,parent_code\r\n"
                               "330803000000,衢江区,county,330800000000\r\n"
                               "330803001000,\"樟潭, 街道\",town,330803000000\r\n"
                               "330803002000,浮石街道,town,330803000000\r\n"
                               "330803001001,\"临江\"\"社区\"\"\",village,330803001000\r\n"
                               "330803001001001,第1网格,grid,330803001001\r\n"
                               "330803001001002,第2网格,grid,\r\n"
                               "330803002001001,第1网格,,\r\n";

#define FEATURE(code, x0, y0, x1, y1)                                                                        \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\"},\"geometry\":{\"type\":\"Polygon\","       \
    "\"coordinates\":[[[" #x0 "," #y0 "],[" #x1 "," #y0 "],[" #x1 "," #y1 "],[" #x0 "," #y1 "],[" #x0        \
    "," #y0 "]]]}}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static const char tiny_geojson[] =
    COLLECTION(FEATURE("330803", 0, 0, 10, 10) "," FEATURE("330803001000", 0, 0, 5, 10) "," FEATURE(
        "330803002", 5, 0, 10, 10) "," FEATURE("330803001001", 0, 0, 4,
                                               4) "," FEATURE("330803001001001", 0, 0, 2,
                                                              4) "," FEATURE("330803001001002", 2, 0, 3.9999,
                                                                             4));

static struct sql *tiny_db(void)
{
    struct err e = {0};
    struct sql *db = open_db();
    struct area_import_result r = {0};

    if (!import_csv(db, tiny_csv, &r, &e) || !import_geojson(db, tiny_geojson, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return db;
}

static const char *at(const struct area_tree *t, double lng, double lat)
{
    const struct area *a = area_locate(t, lng, lat);

    return a != NULL ? a->code : "";
}

/* ---- codes ---- */

TEST(codes_have_levels)
{
    check(area_level_of("33") == AREA_PROVINCE && area_level_of("330803001001001001") == AREA_MICROGRID);
    check(area_level_of("330803001") == AREA_TOWNSHIP && area_level_of("") == AREA_UNSET);
    check(area_level_of("33080") == AREA_UNSET && area_level_of("33080a") == AREA_UNSET);
    for (enum area_level l = AREA_PROVINCE; l < AREA__MAX; l++)
        check(area_level_named(area_level_name(l)) == l);
    check(area_level_named("galaxy") == AREA_UNSET && area_level_named("") == AREA_UNSET);
    check(str_eq(area_level_name(AREA_UNSET), ""));
    check(area_covers("", "33") && area_covers("3308", "330803") && area_covers("33", "33"));
    check(!area_covers("330803", "3308") && !area_covers("330802", "330803"));
}

TEST(codes_lose_their_padding)
{
    static const char *const pairs[][2] = {
        {"330803001000", "330803001"},
        {"330803001001", "330803001001"},
        {"330000000000", "33"},
        {"330803000000", "330803"},
        {"330800", "3308"},
        {"33", "33"},
        {"330803001001000", "330803001001"},
        {"3308030010010000000", ""},
        {"33080300100", ""},
        {"x", ""},
        {"", ""},
        {"330803100000", "330803100"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char out[AREA_CODE_MAX] = "?";

        area_code_trim(pairs[i][0], out);
        check(str_eq(out, pairs[i][1]));
    }
}

/* ---- coordinates ---- */

static bool near(double lng, double lat, double to_lng, double to_lat, double within_m)
{
    if (distance_m(lng, lat, to_lng, to_lat) <= within_m)
        return true;
    (void)printf("# %.7f,%.7f is %.3f m from %.7f,%.7f\n", lng, lat, distance_m(lng, lat, to_lng, to_lat),
                 to_lng, to_lat);
    return false;
}

TEST(datums_agree_with_published_values)
{
    double x = 116.404, y = 39.915;

    datum_from_wgs84(DATUM_GCJ02, &x, &y);
    check(near(x, y, 116.41024449916938, 39.91640428150164, 0.001));
    x = 116.404, y = 39.915;
    datum_from_wgs84(DATUM_BD09, &x, &y); /* the published steps, one after the other */
    check(near(x, y, 116.41662724, 39.92270, 5.0));
    x = -71.0587, y = 42.3594;
    datum_from_wgs84(DATUM_GCJ02, &x, &y);
    check(x == -71.0587 && y == 42.3594);
    check(datum_named("gcj02") == DATUM_GCJ02 && datum_named("bd09") == DATUM_BD09);
    check(datum_named("wgs84") == DATUM_WGS84 && datum_named("mars") == DATUM_UNSET);
}

TEST(datums_come_back)
{
    struct rng r = rng_seed(7);

    for (int i = 0; i < 2000; i++) {
        double lng = 73 + 60 * rng_unit(&r), lat = 18 + 35 * rng_unit(&r), x = lng, y = lat;

        datum_from_wgs84(DATUM_GCJ02, &x, &y);
        datum_to_wgs84(DATUM_GCJ02, &x, &y);
        check(fabs(x - lng) < 1e-7 && fabs(y - lat) < 1e-7);
        datum_from_wgs84(DATUM_BD09, &x, &y);
        datum_to_wgs84(DATUM_BD09, &x, &y);
        check(near(x, y, lng, lat, 1.0)); /* BD-09's own inverse is that good */
    }
}

static bool pair_of(struct json_object *o, const char *name, double *x, double *y)
{
    struct json_object *v = NULL;

    if (!json_object_object_get_ex(o, name, &v))
        return false;
    *x = json_object_get_double(json_object_array_get_idx(v, 0));
    *y = json_object_get_double(json_object_array_get_idx(v, 1));
    return true;
}

static void check_vector(struct json_object *v)
{
    double in[2], want[2], x, y;

    check(pair_of(v, "input", &in[0], &in[1]));
    x = in[0], y = in[1];
    datum_from_wgs84(DATUM_GCJ02, &x, &y);
    check(pair_of(v, "wgs84_to_gcj02", &want[0], &want[1]) && near(x, y, want[0], want[1], 0.02));
    x = in[0], y = in[1];
    datum_to_wgs84(DATUM_GCJ02, &x, &y);
    /* One of the vectors is a published value of a few rounds less: 6 cm off. */
    check(pair_of(v, "gcj02_to_wgs84_iterative", &want[0], &want[1]) && near(x, y, want[0], want[1], 0.1));
    /* GCJ-02 to BD-09, by way of the exact inverse. */
    datum_from_wgs84(DATUM_BD09, &x, &y);
    check(pair_of(v, "gcj02_to_bd09", &want[0], &want[1]) && near(x, y, want[0], want[1], 0.05));
    x = in[0], y = in[1];
    datum_to_wgs84(DATUM_BD09, &x, &y);
    datum_from_wgs84(DATUM_GCJ02, &x, &y);
    check(pair_of(v, "bd09_to_gcj02", &want[0], &want[1]) && near(x, y, want[0], want[1], 0.05));
}

TEST(datums_agree_with_two_libraries)
{
    size_t n = 0;
    AUTO(xfree) char *text = shared_file("data/checks/coord_vectors.json", &n);
    AUTO(json_free) struct json_object *o = NULL;
    struct json_object *vectors = NULL;
    struct err e = {0};

    if (text == NULL)
        return;
    check(json_parse(text, n, &o, &e));
    check(json_object_object_get_ex(o, "vectors", &vectors) && json_object_array_length(vectors) >= 10);
    for (size_t i = 0; i < json_object_array_length(vectors); i++)
        check_vector(json_object_array_get_idx(vectors, i));
}

TEST(distances_are_of_the_sphere)
{
    check(fabs(distance_m(0, 0, 0, 1) - 111195.08) < 0.1);
    check(distance_m(118.9, 28.9, 118.9, 28.9) == 0);
    check(fabs(distance_m(0, 0, 180, 0) - 20015114.4) < 1);
}

/* ---- tree ---- */

TEST(tree_finds_codes_children_and_names)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    AUTO(area_tree_free) struct area_tree *t = load(db);
    const struct area *const *list = NULL;

    check(area_count(t) == 7);
    for (size_t i = 0; i < area_count(t); i++) {
        check(area_find(t, area_at(t, i)->code) == area_at(t, i));
        check(i == 0 || strcmp(area_at(t, i - 1)->code, area_at(t, i)->code) < 0);
    }
    check(area_find(t, "330803009") == NULL && area_find(t, "") == NULL);
    check(area_children(t, "", &list) == 1 && str_eq(list[0]->code, "330803"));
    check(area_children(t, "330803", &list) == 2 && str_eq(list[1]->name, "浮石街道"));
    check(area_children(t, "330803001001", &list) == 2 && str_eq(list[0]->code, "330803001001001"));
    check(area_children(t, "330803001001002", &list) == 0 && area_children(t, "999999", &list) == 0);
    /* A grid whose community is missing hangs on the township. */
    check(area_children(t, "330803002", &list) == 1 && str_eq(list[0]->code, "330803002001001"));
    check(str_eq(area_find(t, "330803001")->name, "樟潭, 街道"));
    check(str_eq(area_by_name(t, "", "临江\"社区\"")->code, "330803001001"));
    check(area_by_name(t, "", "第1网格") == NULL); /* two of them */
    check(str_eq(area_by_name(t, "330803001", "第1网格")->code, "330803001001001"));
    check(area_by_name(t, "", "nowhere") == NULL);
    const struct area *grid = area_find(t, "330803001001001");
    check(area_ancestor(grid, AREA_GRID) == grid &&
          str_eq(area_ancestor(grid, AREA_TOWNSHIP)->code, "330803001"));
    check(area_ancestor(grid, AREA_CITY) == NULL && area_ancestor(grid, AREA_MICROGRID) == NULL);
}

TEST(points_go_to_the_lowest_area)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    AUTO(area_tree_free) struct area_tree *t = load(db);

    check(str_eq(at(t, 1, 1), "330803001001001"));
    check(str_eq(at(t, 3, 1), "330803001001002"));
    check(str_eq(at(t, 2, 2), "330803001001001"));    /* on the line between two: the smaller code */
    check(str_eq(at(t, 3.99995, 2), "330803001001")); /* a hair outside the grids, inside the village */
    check(str_eq(at(t, 4.5, 5), "330803001") && str_eq(at(t, 7, 7), "330803002"));
    check(str_eq(at(t, 10, 10), "330803002")); /* the very corner */
    check(area_locate(t, 10.0001, 5) == NULL && area_locate(t, (double)NAN, 5) == NULL);
    check(area_locate(t, (double)INFINITY, 5) == NULL && area_locate(t, 0, 400) == NULL);
    const struct area *a = area_find(t, "330803001001");
    check(a->has_boundary && a->approximate && a->lng == 2 && a->lat == 2);
    check(str_eq(area_boundary(t, a),
                 "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,4],[0,4],[0,0]]]}"));
    a = area_find(t, "330803002001001");
    check(!a->has_boundary && a->lng == 0 && area_boundary(t, a) == NULL);
}

/* A ray through a corner, along an edge, into a hole. */
TEST(corners_and_holes_count_right)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    struct err e = {0};

    check(import_geojson(
        db,
        COLLECTION("{\"properties\":{\"code\":\"330803002001001\"},\"geometry\":{\"type\":\"Polygon\","
                   "\"coordinates\":[[[24,0],[28,2],[24,4],[20,2],[24,0]],"
                   "[[23,2],[24,1],[25,2],[24,3],[23,2]]]}}"),
        &e));
    AUTO(area_tree_free) struct area_tree *t = load(db);
    const char *grid = "330803002001001";
    check(str_eq(at(t, 22, 2), grid) && str_eq(at(t, 26, 2), grid));    /* level with four corners */
    check(area_locate(t, 24, 2) == NULL && str_eq(at(t, 23, 2), grid)); /* the hole, and its corner */
    check(str_eq(at(t, 24, 0), grid) && area_locate(t, 21, 0) == NULL && area_locate(t, 27, 4) == NULL);
    check(str_eq(at(t, 22, 1), grid) && area_locate(t, 21.9, 1) == NULL); /* on the rim, and beside it */
}

/* Every envelope over every cell. */
TEST(piles_of_areas_are_searched_to_the_bottom)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    struct area_import_result r;
    struct err e = {0};
    struct buf csv, json;

    buf_init(&csv, 1000000);
    buf_init(&json, 1000000);
    buf_str(&csv, "code,name\n");
    buf_str(&json, "{\"features\":[");
    for (int i = 1; i <= 150; i++) {
        buf_printf(&csv, "330803001%03d,x\n", i);
        buf_printf(&json,
                   "%s{\"properties\":{\"code\":\"330803001%03d\"},\"geometry\":{\"type\":\"Polygon\","
                   "\"coordinates\":[[[0,0],[40,0],[0,%d],[0,0]]]}}",
                   i > 1 ? "," : "", i, i == 77 ? 40 : 20);
    }
    buf_str(&json, "]}");
    check(import_csv(db, buf_text(&csv), &r, &e) && import_geojson(db, buf_text(&json), &e));
    buf_free(&csv);
    buf_free(&json);
    AUTO(area_tree_free) struct area_tree *t = load(db);
    check(str_eq(at(t, 30, 2), "330803001001"));
    check(str_eq(at(t, 20, 15), "330803001077")); /* above the others' slope */
    check(area_locate(t, 30, 15) == NULL);
    check(str_eq(at(t, 8, 0.5), "330803001001"));
}

TEST(the_stamp_tells_trees_apart)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    AUTO(area_tree_free) struct area_tree *t = load(db), *again = load(db);
    struct area_import_result r;
    struct err e = {0};

    check(area_stamp(t) == area_stamp(again));
    area_tree_free(&again);
    check(import_csv(db, "code,name\n330803,别的区\n", &r, &e));
    again = load(db);
    check(area_stamp(t) != area_stamp(again));
    area_tree_free(&again);
}

TEST(an_empty_district_has_an_empty_tree)
{
    AUTO(sql_close) struct sql *db = open_db();
    AUTO(area_tree_free) struct area_tree *t = load(db);
    const struct area *const *list;

    check(area_count(t) == 0 && area_children(t, "", &list) == 0 && area_locate(t, 1, 1) == NULL);
}

/* ---- import ---- */

static void refused_csv(const char *text, enum err_code code, const char *key, const char *says)
{
    AUTO(sql_close) struct sql *db = open_db();
    struct area_import_result r = {0};
    struct err e = {0};

    check(!import_csv(db, text, &r, &e));
    check(has_key(&e, code, key));
    check(strstr(e.en, says) != NULL);
    AUTO(area_tree_free) struct area_tree *t = load(db);
    check(area_count(t) == 0);
}

TEST(bad_rows_are_refused_with_their_line)
{
    refused_csv("code,name\n330803,衢江区\n33080,五位\n", ERR_INVALID, "area.code", "line 3");
    refused_csv("code,name\n330803,\n", ERR_INVALID, "area.name", "line 2");
    refused_csv("code,name,level\n330803,a,town\n", ERR_INVALID, "area.level", "a district, not a \"town\"");
    refused_csv("code,name,parent_code\n330803001,a,330802\n", ERR_INVALID, "area.parent", "330802");
    refused_csv("code,name,parent_code\n330803001,a,330803001\n", ERR_INVALID, "area.parent", "no prefix");
    refused_csv("name\na\n", ERR_INVALID, "csv.column", "code");
    refused_csv("code,name\n330803,\"a\nb\n", ERR_MALFORMED, "csv.quote", "line 2");
    refused_csv("", ERR_MALFORMED, "csv.empty", "empty");
    refused_csv("code,name\n330803,\xff\n", ERR_MALFORMED, "csv.utf8", "UTF-8");
    refused_csv("code,name\n330803,\"two\nlines\"\n\n33,a\n330,b\n", ERR_INVALID, "area.code", "line 6");
}

static void refused_geojson(const char *text, enum err_code code, const char *key, const char *says)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    struct err e = {0};

    check(!import_geojson(db, text, &e));
    check(has_key(&e, code, key));
    check(strstr(e.en, says) != NULL);
    AUTO(area_tree_free) struct area_tree *t = load(db);
    check(str_eq(at(t, 1, 1), "330803001001001")); /* nothing changed */
}

#define SHAPE(type, coordinates)                                                                             \
    COLLECTION(FEATURE("330803", 0, 0, 1,                                                                    \
                       1) ",{\"properties\":{\"code\":330803001000},\"geometry\":{\"type\":\"" type          \
                          "\",\"coordinates\":" coordinates "}}")

TEST(bad_boundaries_are_refused_with_reason_and_place)
{
    refused_geojson(SHAPE("Polygon", "[[[0,0],[2,2],[2,0],[0,2],[0,0]]]"), ERR_INVALID, "area.geometry",
                    "330803001 is wrong at 1.0000000,1.0000000: Self-intersection");
    refused_geojson(SHAPE("Polygon", "[[[0,0],[2,2],[2,0],[0,2]]]"), ERR_INVALID, "area.geometry",
                    "open ring");
    refused_geojson(SHAPE("Polygon", "[[[0,0],[2,2],[0,0]]]"), ERR_INVALID, "area.geometry", "ring of 3");
    refused_geojson(SHAPE("Polygon", "[[[0,0],[2,\"2\"],[2,0],[0,0]]]"), ERR_INVALID, "area.geometry",
                    "two numbers");
    refused_geojson(SHAPE("Polygon", "[[[0,0],[29,119],[2,0],[0,0]]]"), ERR_INVALID, "area.geometry",
                    "29,119");
    refused_geojson(SHAPE("Polygon", "[]"), ERR_INVALID, "area.geometry", "no outer ring");
    refused_geojson(SHAPE("MultiPolygon", "[]"), ERR_INVALID, "area.geometry", "empty");
    refused_geojson(
        SHAPE("MultiPolygon", "[[[[0,0],[2,0],[2,2],[0,2],[0,0]]],[[[1,1],[3,1],[3,3],[1,3],[1,1]]]]"),
        ERR_INVALID, "area.geometry", "Self-intersection");
    refused_geojson(SHAPE("Point", "[1,1]"), ERR_INVALID, "area.geometry", "not \"Point\"");
    refused_geojson(COLLECTION("{\"properties\":{\"code\":\"330803001\"},\"geometry\":null}"), ERR_INVALID,
                    "area.geometry", "Polygon or MultiPolygon");
    refused_geojson(COLLECTION("{\"properties\":{\"code\":\"12a\"}}"), ERR_INVALID, "area.code", "feature 1");
    refused_geojson(COLLECTION(FEATURE("330899", 0, 0, 1, 1)), ERR_INVALID, "area.unknown", "330899");
    refused_geojson("[]", ERR_INVALID, "area.geojson", "FeatureCollection");
    refused_geojson("{", ERR_MALFORMED, "json.malformed", "");
}

TEST(boundaries_move_to_wgs84_and_may_say_they_are_surveyed)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    static const char text[] = COLLECTION("{\"properties\":{\"code\":\"330803002\",\"approximate\":false},"
                                          "\"geometry\":{\"type\":\"MultiPolygon\","
                                          "\"coordinates\":[[[[118.9,28.9],[119,28.9],[119,29],[118.9,28.9]]]"
                                          ",[[[118,28,5],[118.5,28,5],[118,28.5,5],[118,28,5]]]]}}");
    struct area_import_result r = {0};
    struct err e = {0};

    check(area_import_geojson(db, DISTRICT, text, strlen(text), DATUM_GCJ02, true, &r, &e) &&
          r.boundaries == 1);
    AUTO(area_tree_free) struct area_tree *t = load(db);
    const struct area *a = area_find(t, "330803002");
    double x = 118.9, y = 28.9, lng = 0, lat = 0;
    datum_to_wgs84(DATUM_GCJ02, &x, &y);
    check(!a->approximate && area_find(t, "330803001")->approximate);
    check(str_starts(area_boundary(t, a), "{\"type\":\"MultiPolygon\",\"coordinates\":[[[["));
    char *end = NULL;
    lng = strtod(strstr(area_boundary(t, a), "[[[[") + 4, &end);
    lat = strtod(end + 1, NULL);
    check(near(lng, lat, x, y, 0.02));
    check(str_eq(at(t, a->lng, a->lat), "330803002"));
}

/* The n-th database call fails, for every n: the tree is the old one or the new one. */
TEST(a_failing_disk_leaves_the_areas_as_they_were)
{
    AUTO(sql_close) struct sql *db = tiny_db();
    bool there = false;
    int failed = 0;

    for (int n = 1; n < 40; n++) {
        struct area_import_result r;
        struct area_tree *broken = NULL;
        struct err e = {0};

        sql_fault_after(n);
        bool imported = import_csv(db, "code,name\n330803003,新街道\n", &r, &e);
        bool loaded = imported && area_tree_load(db, DISTRICT, 1, &broken, &e);
        sql_fault_after(0);
        check(loaded || e.code == ERR_BUSY || e.code == ERR_INTERNAL);
        AUTO(area_tree_free) struct area_tree *t = load(db);
        check(imported || (area_find(t, "330803003") != NULL) == there);
        there = area_find(t, "330803003") != NULL;
        check(str_eq(at(t, 1, 1), "330803001001001"));
        area_tree_free(&broken);
        failed += !loaded;
    }
    /* A server's connection is made anew where nothing was written yet. */
    check(failed >= (test_postgres() != NULL ? 1 : 3) && failed < 39);
}

/* ---- the sample district ---- */

static struct sql *sample_db(void)
{
    size_t n = 0, m = 0;
    AUTO(xfree) char *areas = sample_file("areas.csv", &n);
    AUTO(xfree) char *boundaries = sample_file("boundaries.geojson", &m);
    struct area_import_result r = {0};
    struct err e = {0};

    if (areas == NULL || boundaries == NULL)
        return NULL;
    struct sql *db = open_db();
    bool ok = area_import_csv(db, DISTRICT, areas, n, &r, &e) &&
              area_import_geojson(db, DISTRICT, boundaries, m, DATUM_WGS84, true, &r, &e);
    if (!ok)
        (void)printf("# %s: %s\n", e.key, e.en);
    check(ok);
    return db;
}

static double seconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Boundaries by index of area, for asking each level by itself. */
struct outlines {
    const struct area_tree *tree;
    GEOSGeometry **geometry;
    const GEOSPreparedGeometry **prepared;
};

static struct outlines outlines_of(const struct area_tree *t)
{
    struct outlines o = {t, xcalloc(area_count(t), sizeof *o.geometry),
                         xcalloc(area_count(t), sizeof *o.prepared)};
    struct err e = {0};

    for (size_t i = 0; i < area_count(t); i++) {
        AUTO(json_free) struct json_object *json = NULL;
        const char *text = area_boundary(t, area_at(t, i));

        if (text == NULL)
            continue;
        check(json_parse(text, strlen(text), &json, &e) &&
              geometry_read(json, DATUM_WGS84, "x", &o.geometry[i], &e) &&
              geometry_check(o.geometry[i], "x", &e));
        o.prepared[i] = GEOSPrepare_r(geos_context(), o.geometry[i]);
    }
    return o;
}

static void outlines_free(struct outlines *o)
{
    for (size_t i = 0; i < area_count(o->tree); i++) {
        GEOSPreparedGeom_destroy_r(geos_context(), o->prepared[i]);
        geometry_free(&o->geometry[i]);
    }
    free(o->geometry);
    free(o->prepared);
}

/* Within `degrees` of the boundary's surface: corners are rounded to a tenth of a metre. */
static bool lies_in(const struct outlines *o, const struct area *a, double lng, double lat, double degrees)
{
    AUTO(geometry_free) GEOSGeometry *p = GEOSGeom_createPointFromXY_r(geos_context(), lng, lat);

    return GEOSPreparedDistanceWithin_r(geos_context(), o->prepared[a - area_at(o->tree, 0)], p, degrees) ==
           1;
}

static void check_points_land(const struct outlines *o)
{
    struct rng r = rng_seed(330803);
    int in = 0, higher = 0;

    for (int i = 0; in < 2000 && i < 100000; i++) {
        double lng = 118.6 + 0.6 * rng_unit(&r), lat = 28.4 + 1.1 * rng_unit(&r);
        const struct area *low = area_locate(o->tree, lng, lat);

        if (low == NULL)
            continue;
        in++;
        higher += low->level != AREA_MICROGRID; /* the hair's breadth that rounding leaves between cells */
        for (const struct area *a = low; a != NULL && a->has_boundary; a = a->parent)
            check(lies_in(o, a, lng, lat, a == low ? 0 : 2e-6));
    }
    (void)printf("# %d points, %d between cells\n", in, higher);
    check(in == 2000 && higher <= 1);
}

TEST(the_sample_is_whole)
{
    AUTO(sql_close) struct sql *db = sample_db();
    size_t count[AREA__MAX] = {0};

    if (db == NULL)
        return;
    double began = seconds();
    AUTO(area_tree_free) struct area_tree *t = load(db);
    (void)printf("# %zu areas loaded in %.0f ms\n", area_count(t), (seconds() - began) * 1000);
    struct outlines o = outlines_of(t);
    for (size_t i = 0; i < area_count(t); i++) {
        const struct area *a = area_at(t, i);

        count[a->level]++;
        check(a->has_boundary == (a->level >= AREA_DISTRICT));
        check(a->approximate == (a->level > AREA_DISTRICT));
        check(!a->has_boundary || lies_in(&o, a, a->lng, a->lat, 1e-6));
    }
    check(count[AREA_TOWNSHIP] == 20 && count[AREA_COMMUNITY] == 295);
    check(count[AREA_GRID] >= 295 && count[AREA_MICROGRID] >= 550);
    check(str_eq(area_by_name(t, "", "临江社区")->parent->name, "樟潭街道"));
    check_points_land(&o);
    outlines_free(&o);
}

/* Points about the middles of areas: some inside, some across a border. */
static void *locate_many(void *tree)
{
    const struct area_tree *t = tree;
    struct rng r = rng_seed(1);
    uintptr_t found = 0;

    for (int i = 0; i < LOOKUPS; i++) {
        const struct area *a = area_at(t, rng_below(&r, area_count(t))), *low;

        low = area_locate(t, a->lng + 0.02 * (rng_unit(&r) - 0.5), a->lat + 0.02 * (rng_unit(&r) - 0.5));
        found = found * 31 + (low != NULL ? (uintptr_t)(low - area_at(t, 0)) : 0);
    }
    return (void *)found; /* NOLINT(performance-no-int-to-ptr): a number through a pthread */
}

TEST(threads_locate_at_once)
{
    AUTO(sql_close) struct sql *sample = sample_db();
    AUTO(sql_close) struct sql *db = sample != NULL ? NULL : tiny_db();
    AUTO(area_tree_free) struct area_tree *t = load(sample != NULL ? sample : db);
    pthread_t thread[2];
    void *found[2];

    double began = seconds();
    for (int i = 0; i < 2; i++)
        check(pthread_create(&thread[i], NULL, locate_many, t) == 0);
    for (int i = 0; i < 2; i++)
        check(pthread_join(thread[i], &found[i]) == 0);
    (void)printf("# %.0f lookups a second, two threads\n", 2 * LOOKUPS / (seconds() - began));
    check(found[0] == found[1]);
}
