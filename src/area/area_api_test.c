#include "area/area.h"
#include "base/text.h"
#include "database.h"
#include "json/json_in.h"
#include "test.h"

#include <stdlib.h>

enum { DISTRICT = 330803 };

struct principal {
    int nothing;
};
static const struct principal nobody;

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret, struct err *e)
{
    (void)s;
    (void)a;
    (void)token;
    (void)now;
    (void)e;
    *ret = &nobody;
    return true;
}

static bool permits(const struct principal *who, enum perm p)
{
    (void)who;
    return p == PERM_PUBLIC;
}

static struct area_tree *tree;

static const struct area_tree *the_tree(const struct services *s)
{
    (void)s;
    return tree;
}

static void fill(struct sql *db)
{
    static const char csv[] = "code,name\n33,浙江省\n330803,衢江区\n330803001,樟潭街道\n330803002,浮石街道\n";
    static const char json[] = "{\"features\":[{\"properties\":{\"code\":\"330803\",\"approximate\":false},"
                               "\"geometry\":{\"type\":\"Polygon\","
                               "\"coordinates\":[[[118,28],[120,28],[120,30],[118,30],[118,28]]]}},"
                               "{\"properties\":{\"code\":\"330803001\"},\"geometry\":{\"type\":\"Polygon\","
                               "\"coordinates\":[[[118,28],[119,28],[119,29],[118,29],[118,28]]]}}]}";
    struct area_import_result r;
    struct err e = {0};

    if (!sql_migrate(db, sql_migrations, sql_n_migrations, &e) ||
        !area_import_csv(db, DISTRICT, csv, strlen(csv), &r, &e) ||
        !area_import_geojson(db, DISTRICT, json, strlen(json), DATUM_WGS84, true, &r, &e) ||
        !area_tree_load(db, DISTRICT, 1, &tree, &e)) {
        (void)printf("# %s: %s\n", e.key, e.en);
        abort();
    }
    area_tree_of = the_tree;
}

/* Asks, expects the status, and the answer to contain `has`. */
static void ask(const char *target, int status, const char *has)
{
    static const struct services services = {.district = DISTRICT, .offset_min = 480};
    static const struct http_auth auth = {authenticate, permits};
    static const struct route *const tables[] = {area_routes};
    struct http_config c = {.services = &services, .auth = &auth, .routes = tables, .n_tables = 1};
    struct http_call call = {.method = GET, .target = target, .accept_language = "en"};
    AUTO(xfree) char *body = NULL;
    AUTO(json_free) struct json_object *o = NULL;
    struct err e = {0};
    size_t n = 0;

    int got = http_dispatch(&c, &call, &body, &n);
    bool ok = got == status && body != NULL && strstr(body, has) != NULL && json_parse(body, n, &o, &e);
    if (!ok)
        (void)printf("# %s: %d %s\n", target, got, body != NULL ? body : "");
    check(ok);
}

TEST(areas_are_told_over_http)
{
    AUTO(sql_close) struct sql *db = NULL;
    struct sql_options o = {.sync = SQL_SYNC_OFF};
    struct err e = {0};

    if (!sql_open(test_database(), &o, &db, &e))
        abort();
    fill(db);
    ask("/api/v1/areas", 200,
        "{\"items\":[{\"code\":\"33\",\"name\":\"浙江省\",\"level\":\"province\",\"parent\":null,\"lng\":"
        "null,"
        "\"lat\":null,\"has_boundary\":false,\"approximate\":false,\"children\":1,\"from\":null,\"until\":"
        "null}],\"next\":null}");
    ask("/api/v1/areas?parent=330803000000", 200, "\"code\":\"330803002\"");
    ask("/api/v1/areas?parent=330803001", 200, "{\"items\":[],\"next\":null}");
    ask("/api/v1/areas?parent=330899", 404, "330899");
    ask("/api/v1/areas?parent=x", 404, "area.not_found");
    ask("/api/v1/areas/330803", 200,
        "\"parent\":\"33\",\"lng\":119,\"lat\":29,\"has_boundary\":true,\"approximate\":false");
    ask("/api/v1/areas/330803", 200, "\"boundary\":{\"type\":\"Polygon\",\"coordinates\":[[[118,28]");
    ask("/api/v1/areas/330803002", 200, "\"boundary\":null");
    ask("/api/v1/areas/330809", 404, "area.not_found");
    ask("/api/v1/areas/locate?lng=118.5&lat=28.5", 200, "{\"area\":{\"code\":\"330803001\"");
    ask("/api/v1/areas/locate?lng=118.5&lat=28.5", 200, "\"ancestors\":[{\"code\":\"330803\"");
    /* 400 m west of the line in truth, east of it on a Chinese map. */
    ask("/api/v1/areas/locate?lng=119.002&lat=28.5", 200, "{\"area\":{\"code\":\"330803\"");
    ask("/api/v1/areas/locate?lng=119.002&lat=28.5&datum=gcj02", 200, "{\"area\":{\"code\":\"330803001\"");
    ask("/api/v1/areas/locate?lng=119.002&lat=28.5&datum=mars", 422, "area.datum");
    ask("/api/v1/areas/locate?lng=1&lat=1", 404, "area.outside");
    ask("/api/v1/areas/locate?lng=181&lat=nan", 422, "\"field\":\"lat\"");
    ask("/api/v1/areas/locate?lng=181&lat=nan", 422, "\"field\":\"lng\"");
    ask("/api/v1/areas/boundaries?under=330803&level=township", 200,
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":"
        "\"330803001\","
        "\"name\":\"樟潭街道\",\"level\":\"township\",\"approximate\":true},\"geometry\":{\"type\":"
        "\"Polygon\"");
    ask("/api/v1/areas/boundaries", 200, "\"code\":\"330803\"");
    ask("/api/v1/areas/boundaries?level=street", 422, "area.level");
    area_tree_free(&tree);
}

TEST(schemas_are_json_and_all_routes_have_one)
{
    for (const struct openapi_schema *s = area_schemas; s->name != NULL; s++) {
        AUTO(json_free) struct json_object *o = NULL;
        struct err e = {0};

        check(json_parse(s->json, strlen(s->json), &o, &e));
    }
    for (const struct route *r = area_routes; r->method != METHOD_UNSET; r++) {
        const struct openapi_schema *s = area_schemas;

        while (s->name != NULL && !str_eq(s->name, r->answer))
            s++;
        check(s->name != NULL);
    }
}
