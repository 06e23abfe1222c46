/* Streets: what a file may hold, what lands in which square, and what takes the place of what. */
#include "area/area.h"
#include "area/street.h"
#include "base/text.h"
#include "database.h"
#include "json/json_in.h"
#include "test.h"

#include <stdlib.h>

enum { DISTRICT = 330803 };

#define LINE(properties, type, coordinates)                                                                  \
    "{\"properties\":{" properties "},\"geometry\":{\"type\":\"" type "\",\"coordinates\":" coordinates "}}"
#define FILE_OF(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static struct area_tree *tree;

static struct sql *fresh(void)
{
    static const char csv[] = "code,name\n330803,衢江区\n";
    static const char json[] =
        "{\"features\":[{\"properties\":{\"code\":\"330803\"},\"geometry\":{\"type\":"
        "\"Polygon\",\"coordinates\":[[[118,28],[120,28],[120,30],[118,30],[118,28]]]}}]}";
    struct sql_options o = {.sync = SQL_SYNC_OFF};
    struct area_import_result r;
    struct sql *db = NULL;
    struct err e = {0};

    area_tree_free(&tree);
    if (!sql_open(test_database(), &o, &db, &e) || !sql_migrate(db, sql_migrations, sql_n_migrations, &e) ||
        !area_import_csv(db, DISTRICT, csv, strlen(csv), &r, &e) ||
        !area_import_geojson(db, DISTRICT, json, strlen(json), DATUM_WGS84, false, &r, &e) ||
        !area_tree_load(db, DISTRICT, 1, &tree, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    return db;
}

static bool import(struct sql *db, const char *text, enum datum datum, struct street_import_result *ret,
                   struct err *e)
{
    return area_import_streets(db, DISTRICT, tree, text, strlen(text), datum, true, ret, e);
}

struct principal {
    int nothing;
};

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret, struct err *e)
{
    static const struct principal nobody;

    (void)s, (void)a, (void)token, (void)now, (void)e;
    *ret = &nobody;
    return true;
}

static bool permits(const struct principal *who, enum perm p)
{
    (void)who;
    return p == PERM_PUBLIC;
}

/* What the map is told; the caller's to free. */
static char *asked(struct sql *db, const char *target, int status)
{
    const struct services services = {.db = db, .district = DISTRICT, .offset_min = 480};
    static const struct http_auth auth = {authenticate, permits};
    static const struct route *const tables[] = {area_routes};
    struct http_config c = {.services = &services, .auth = &auth, .routes = tables, .n_tables = 1};
    struct http_call call = {.method = GET, .target = target, .accept_language = "en"};
    char *body = NULL;
    size_t n = 0;
    int got = http_dispatch(&c, &call, &body, &n);

    if (got != status)
        (void)printf("# %s: %d %s\n", target, got, body != NULL ? body : "");
    check(got == status);
    return body;
}

/* The square of 119.0,29.0 at each distance. */
#define FAR  "/api/v1/areas/streets?zoom=8&x=212&y=106"
#define MID  "/api/v1/areas/streets?zoom=10&x=850&y=425"
#define NEAR "/api/v1/areas/streets?zoom=12&x=3401&y=1702"

static void shows(struct sql *db, const char *target, const char *text, bool yes)
{
    AUTO(xfree) char *body = asked(db, target, 200);
    bool so = strstr(body, text) != NULL;

    if (so != yes)
        (void)printf("# %s: %s\n", target, body);
    check(so == yes);
}

TEST(streets_are_served_in_squares_the_wide_ones_from_afar)
{
    static const char file[] = FILE_OF(
        LINE("\"name\":\"信安大道\",\"class\":\"main\"", "LineString",
             "[[118.95,29.01],[119.0,29.01],[119.05,29.03]]") "," LINE("\"name\":\"东港路\"", "LineString",
                                                                       "[[118.95,29.02],[118.96,29.02]"
                                                                       "]") "," LINE("\"highway\":"
                                                                                     "\"footway\"",
                                                                                     "MultiLineString",
                                                                                     "[[[118.95,29.03]"
                                                                                     ",[118.96,29.03]]"
                                                                                     ",[[118.95,29.04]"
                                                                                     ",[118.96,29.04]]"
                                                                                     "]"));
    struct street_import_result r = {0};
    AUTO(sql_close) struct sql *db = fresh();
    struct err e = {0};

    check(import(db, file, DATUM_WGS84, &r, &e));
    check(r.streets == 3);
    check(r.outside == 0);
    shows(db, FAR, "信安大道", true);
    shows(db, FAR, "东港路", false);
    shows(db, MID, "东港路", true);
    shows(db, MID, "path", false);
    shows(db, NEAR,
          "{\"id\":1,\"name\":\"信安大道\",\"class\":\"main\",\"lines\":[[118950000,29010000,50000,0,50000,"
          "20000]]}",
          true);
    shows(db, NEAR,
          "\"class\":\"path\",\"lines\":[[118950000,29030000,10000,0],[118950000,29040000,10000,0]]", true);
    shows(db, NEAR, "\"sample\":true", true);
    /* The next square to the east has the one that goes on there, whole. */
    shows(db, "/api/v1/areas/streets?zoom=12&x=3402&y=1702", "118950000,29010000", true);
    shows(db, "/api/v1/areas/streets?zoom=12&x=3402&y=1702", "东港路", false);
}

TEST(a_file_of_streets_takes_the_place_of_the_one_before)
{
    struct street_import_result r = {0};
    AUTO(sql_close) struct sql *db = fresh();
    struct err e = {0};

    check(import(db, FILE_OF(LINE("\"name\":\"旧路\"", "LineString", "[[118.95,29.02],[118.96,29.02]]")),
                 DATUM_WGS84, &r, &e));
    check(!import(db,
                  FILE_OF(LINE("\"name\":\"新路\"", "LineString", "[[118.95,29.02],[118.96,29.02]]") "," LINE(
                      "\"name\":\"坏路\"", "LineString", "[[118.95,29.02]]")),
                  DATUM_WGS84, &r, &e));
    shows(db, NEAR, "旧路", true);
    check(import(db, FILE_OF(LINE("\"name\":\"新路\"", "LineString", "[[118.95,29.02],[118.96,29.02]]")),
                 DATUM_WGS84, &r, &e));
    shows(db, NEAR, "新路", true);
    shows(db, NEAR, "旧路", false);
    check(import(db, FILE_OF(""), DATUM_WGS84, &r, &e));
    check(r.streets == 0);
    shows(db, NEAR, "\"streets\":[]", true);
}

TEST(streets_of_elsewhere_are_left_out_and_chinese_maps_moved)
{
    struct street_import_result r = {0};
    AUTO(sql_close) struct sql *db = fresh();
    struct err e = {0};

    check(import(db,
                 FILE_OF(LINE("\"name\":\"长安街\"", "LineString", "[[116.38,39.9],[116.4,39.9]]") "," LINE(
                     "\"name\":\"东港路\"", "LineString", "[[118.95,29.02],[118.96,29.02]]")),
                 DATUM_GCJ02, &r, &e));
    check(r.streets == 1);
    check(r.outside == 1);
    shows(db, NEAR, "东港路", true);
    shows(db, NEAR, "[[118950000,29020000", false);
}

TEST(what_is_wrong_with_a_street_is_said_by_its_number_and_name)
{
    static const struct {
        const char *text, *key, *says;
    } cases[] = {
        {FILE_OF(LINE("\"name\":\"a\"", "Point", "[118.95,29.02]")), "area.street_line", "feature 1 \"a\""},
        {FILE_OF(LINE("\"name\":\"a\"", "LineString", "[[118.95,29.02]]")), "area.street_line",
         "1 positions"},
        {FILE_OF(LINE("\"name\":\"a\"", "LineString", "[[29.02,118.95],[29.03,118.95]]")), "area.street_line",
         "longitude first"},
        {FILE_OF(LINE("\"name\":\"a\"", "MultiLineString", "[]")), "area.street_line", "1 to"},
        {FILE_OF(LINE("\"class\":\"wide\"", "LineString", "[[118.95,29.02],[118.96,29.02]]")),
         "area.street_class", "not \"wide\""},
        {FILE_OF(LINE("\"name\":\"a\"", "LineString", "[[116.38,39.9],[116.4,39.9]]")),
         "area.streets_outside", "none of 1"},
        {FILE_OF(LINE("\"name\":\"a\"", "LineString", "[[118.95,29.02],[-118.96,29.02]]")), "area.street_far",
         "\"a\""},
        {"{\"features\":3}", "area.geojson", "FeatureCollection"},
    };
    struct street_import_result r = {0};
    AUTO(sql_close) struct sql *db = fresh();

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = {0};

        check(!import(db, cases[i].text, DATUM_WGS84, &r, &e));
        check(str_eq(e.key, cases[i].key));
        check(strstr(e.en, cases[i].says) != NULL);
    }
}

TEST(a_square_that_there_is_not_is_refused)
{
    static const char *const bad[] = {"zoom=9&x=1&y=1", "zoom=8&x=256&y=1", "zoom=8&x=1", "zoom=8&x=-1&y=1"};
    AUTO(sql_close) struct sql *db = fresh();
    char target[64];

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO(xfree) char *body = NULL;

        (void)snprintf(target, sizeof target, "/api/v1/areas/streets?%s", bad[i]);
        body = asked(db, target, 422);
    }
}
