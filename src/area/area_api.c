/* What clients may ask about places. All of it is public: whoever reports a lamp
 * must be able to say where it stands. */
#include "area/area.h"
#include "area/street.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/openapi.h"
#include "http/route.h"

#include <stdio.h>
#include <string.h>

const struct area_tree *(*area_tree_of)(const struct services *s);

static const struct area_tree *tree_of(const struct req *r)
{
    return area_tree_of(r->services);
}

static bool not_found(struct err *e, const char *code)
{
    return ERR(e, ERR_NOT_FOUND, "area.not_found", "没有代码为“%.40s”的区域",
               "there is no area with the code \"%.40s\"", code);
}

/* The code in a query or path, trimmed; "" stays "". */
static bool known_code(const struct req *r, const char *given, char out[AREA_CODE_MAX], struct err *e)
{
    out[0] = '\0';
    if (given == NULL || given[0] == '\0')
        return true;
    area_code_trim(given, out);
    return (out[0] != '\0' && area_find(tree_of(r), out) != NULL) || not_found(e, given);
}

/* When there is such an area; most have neither beginning nor end. */
static void write_times(const struct req *r, struct json_out *j, const struct area *a)
{
    jo_time(j, "from", a->from, r->services->offset_min);
    jo_time(j, "until", a->until, r->services->offset_min);
}

static void write_members(const struct req *r, struct json_out *j, const struct area_tree *t,
                          const struct area *a)
{
    const struct area *const *children;

    jo_str(j, "code", a->code);
    jo_str(j, "name", a->name);
    jo_str(j, "level", area_level_name(a->level));
    jo_str(j, "parent", a->parent != NULL ? a->parent->code : NULL);
    if (a->has_boundary) {
        jo_num(j, "lng", a->lng);
        jo_num(j, "lat", a->lat);
    } else {
        jo_null(j, "lng");
        jo_null(j, "lat");
    }
    jo_bool(j, "has_boundary", a->has_boundary);
    jo_bool(j, "approximate", a->approximate);
    jo_int(j, "children", (int64_t)area_children(t, a->code, &children));
    write_times(r, j, a);
}

static void write_area(struct req *r, const char *key, const struct area_tree *t, const struct area *a)
{
    struct json_out *j = &r->out;

    jo_obj(j, key);
    write_members(r, j, t, a);
    jo_close(j);
}

/* All whose name or code has the words, the widest first. */
static void write_found(struct req *r, const struct area_tree *t, const char *under, const char *q)
{
    size_t n = 0;

    for (int level = AREA_DISTRICT; level < AREA__MAX; level++)
        for (size_t i = 0; i < area_count(t) && n < LIMIT_LIST_PAGE; i++) {
            const struct area *a = area_at(t, i);

            if ((int)a->level != level || !area_holds(a, r->now) || !area_covers(under, a->code) ||
                (strstr(a->name, q) == NULL && !str_starts(a->code, q)))
                continue;
            write_area(r, NULL, t, a);
            n++;
        }
}

static bool list_areas(struct req *r, struct err *e)
{
    const struct area_tree *t = tree_of(r);
    const struct area *const *children;
    const char *q = req_query(r, "q");
    char parent[AREA_CODE_MAX];

    if (!known_code(r, req_query(r, "parent"), parent, e))
        return false;
    size_t n = req_query(r, "ever") != NULL ? area_children_ever(t, parent, &children)
                                            : area_children(t, parent, &children);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (q != NULL)
        write_found(r, t, parent, q);
    for (size_t i = 0; q == NULL && i < n; i++)
        write_area(r, NULL, t, children[i]);
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

static void write_history(struct req *r, const struct area_tree *t, const struct area *a)
{
    const struct area_fact *facts;
    size_t n = area_facts(t, a, &facts);

    jo_arr(&r->out, "history");
    for (size_t i = 0; i < n; i++) {
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "name", facts[i].name);
        jo_bool(&r->out, "has_boundary", facts[i].boundary != NULL);
        jo_time(&r->out, "from", facts[i].from, r->services->offset_min);
        jo_time(&r->out, "until", facts[i].until, r->services->offset_min);
        jo_close(&r->out);
    }
    jo_close(&r->out);
}

static bool get_area(struct req *r, struct err *e)
{
    const struct area_tree *t = tree_of(r);
    char code[AREA_CODE_MAX];

    if (!known_code(r, r->path_param[0], code, e))
        return false;
    const struct area *a = area_find(t, code);
    if (a == NULL)
        return not_found(e, r->path_param[0]);
    jo_obj(&r->out, NULL);
    write_members(r, &r->out, t, a);
    if (a->has_boundary)
        jo_raw(&r->out, "boundary", area_boundary(t, a));
    else
        jo_null(&r->out, "boundary");
    write_history(r, t, a);
    jo_close(&r->out);
    return true;
}

/* A name without what every name of its level ends in, as people say it: 临江 of 临江社区. Its bytes; 0: too
 * short. */
static size_t spoken(const char *name)
{
    static const char *const ends[] = {"社区", "街道", "村", "镇", "乡"};
    const size_t least = 2 * strlen("村"), n = strlen(name);

    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (str_ends(name, ends[i]) && n >= least + strlen(ends[i]))
            return n - strlen(ends[i]);
    return n >= least ? n : 0;
}

static bool is_said(const char *text, const struct area *a)
{
    size_t n = a->level < AREA_TOWNSHIP || a->level > AREA_COMMUNITY ? 0 : spoken(a->name);

    for (const char *at = text; n > 0 && *at != '\0'; at++)
        if (strncmp(at, a->name, n) == 0)
            return true;
    return false;
}

/* Places that a text names: a community before the township it lies in, since that says more. */
static bool named_areas(struct req *r, struct err *e)
{
    enum { SHOWN = 8, TEXT_CHARS = 500 };
    static const enum area_level levels[] = {AREA_COMMUNITY, AREA_TOWNSHIP};
    const struct area_tree *t = tree_of(r);
    const char *text = req_query(r, "text");
    size_t shown = 0;

    if (text != NULL && utf8_length(text) > TEXT_CHARS)
        return ERR_FIELD(e, "text", "input.too_long", "最多 %d 个字", "at most %d characters", TEXT_CHARS);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t k = 0; text != NULL && k < COUNT_OF(levels); k++)
        for (size_t i = 0; i < area_count(t) && shown < SHOWN; i++)
            if (area_at(t, i)->level == levels[k] && is_said(text, area_at(t, i))) {
                write_area(r, NULL, t, area_at(t, i));
                shown++;
            }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

static bool degrees(const struct req *r, const char *name, double most, double *ret, struct err *e)
{
    const char *s = req_query(r, name);

    if (s == NULL || !parse_double(s, ret) || !(*ret >= -most && *ret <= most))
        return ERR_FIELD(e, name, "area.degrees", "应为 -%g 到 %g 之间的度数", "degrees between -%g and %g",
                         most, most);
    return true;
}

static bool asked_datum(const struct req *r, enum datum *ret, struct err *e)
{
    const char *s = req_query(r, "datum");

    *ret = s == NULL ? DATUM_WGS84 : datum_named(s);
    return *ret != DATUM_UNSET ||
           ERR_FIELD(e, "datum", "area.datum", "应为 wgs84、gcj02 或 bd09，而不是“%.20s”",
                     "wgs84, gcj02 or bd09, not \"%.20s\"", s);
}

bool area_asked_point(const struct req *r, double *ret_lng, double *ret_lat, struct err *e)
{
    enum datum datum;
    bool ok = degrees(r, "lng", 180, ret_lng, e);

    ok = degrees(r, "lat", 90, ret_lat, e) && ok;
    ok = asked_datum(r, &datum, e) && ok;
    if (ok)
        datum_to_wgs84(datum, ret_lng, ret_lat);
    return ok;
}

static bool locate(struct req *r, struct err *e)
{
    const struct area_tree *t = tree_of(r);
    double lng = 0, lat = 0;

    if (!area_asked_point(r, &lng, &lat, e))
        return false;
    const struct area *a = area_locate_at(t, lng, lat, r->now);
    if (a == NULL)
        return ERR(e, ERR_NOT_FOUND, "area.outside", "该位置不在辖区内",
                   "this place lies outside the district");
    jo_obj(&r->out, NULL);
    write_area(r, "area", t, a);
    jo_arr(&r->out, "ancestors");
    for (a = a->parent; a != NULL; a = a->parent)
        write_area(r, NULL, t, a);
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

static void write_feature(struct json_out *j, const struct area *a, const struct area_fact *f)
{
    jo_obj(j, NULL);
    jo_str(j, "type", "Feature");
    jo_obj(j, "properties");
    jo_str(j, "code", a->code);
    jo_str(j, "name", f->name);
    jo_str(j, "level", area_level_name(a->level));
    jo_bool(j, "approximate", f->approximate);
    jo_close(j);
    jo_raw(j, "geometry", f->boundary);
    jo_close(j);
}

static bool asked_level(const struct req *r, enum area_level *ret, struct err *e)
{
    const char *s = req_query(r, "level");

    *ret = s == NULL ? AREA_UNSET : area_level_named(s);
    return s == NULL || *ret != AREA_UNSET ||
           ERR_FIELD(e, "level", "area.level",
                     "应为 district、township、community、grid 或 microgrid，而不是“%.20s”",
                     "district, township, community, grid or microgrid, not \"%.20s\"", s);
}

/* Boundaries change once in years: the stamp of the whole tree, and the day asked for, are the ETag. */
static void allow_caching(struct req *r, int64_t at)
{
    const struct area_tree *t = tree_of(r);
    int64_t next = area_next_change(t);
    char etag[64];

    (void)snprintf(etag, sizeof etag, "\"a%016llx-%lld\"", (unsigned long long)area_stamp(t),
                   next != 0 || req_query(r, "at") != NULL ? (long long)at : 0);
    req_header(r, "ETag", arena_strdup(r->arena, etag));
    req_header(r, "Cache-Control", req_query(r, "at") != NULL ? "no-cache" : "public, max-age=300");
    r->content_type = "application/geo+json";
}

static bool boundaries(struct req *r, struct err *e)
{
    const struct area_tree *t = tree_of(r);
    char under[AREA_CODE_MAX];
    enum area_level level;
    int64_t at;

    if (!known_code(r, req_query(r, "under"), under, e) || !asked_level(r, &level, e) ||
        !req_query_day(r, "at", 0, r->now, &at, e))
        return false;
    allow_caching(r, at);
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "type", "FeatureCollection");
    jo_arr(&r->out, "features");
    for (size_t i = 0; i < area_count(t); i++) {
        const struct area *a = area_at(t, i);

        if ((level != AREA_UNSET && a->level != level) || !area_covers(under, a->code))
            continue;
        const struct area_fact *f = area_fact_at(t, a, at);
        if (f != NULL && f->boundary != NULL)
            write_feature(&r->out, a, f);
    }
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

/* The words before {code}: the dispatcher takes the first that matches. */
const struct route area_routes[] = {
    {.method = GET,
     .path = "/api/v1/areas",
     .perm = PERM_PUBLIC,
     .handler = list_areas,
     .summary = "The areas directly below `parent`, or the topmost ones; with `q` those found below it by "
                "name or code; "
                "with `ever` also those that are over or to come",
     .answer = "area_list"},
    {.method = GET,
     .path = "/api/v1/areas/named",
     .perm = PERM_PUBLIC,
     .handler = named_areas,
     .summary = "Places that a text names",
     .answer = "area_list"},
    {.method = GET,
     .path = "/api/v1/areas/locate",
     .perm = PERM_PUBLIC,
     .handler = locate,
     .summary = "The lowest area that covers a point, and what lies above it",
     .answer = "area_located"},
    {.method = GET,
     .path = "/api/v1/areas/boundaries",
     .perm = PERM_PUBLIC,
     .handler = boundaries,
     .summary = "Boundaries below an area as GeoJSON (WGS-84), of now or of the day `at`",
     .answer = "area_boundaries"},
    {.method = GET,
     .path = "/api/v1/areas/streets",
     .perm = PERM_PUBLIC,
     .handler = street_tile_get,
     .summary =
         "The streets of a square `x`, `y` of Web Mercator at `zoom` 8 (wide ones only), 10 or 12 (all)",
     .answer = "area_streets"},
    {.method = GET,
     .path = "/api/v1/areas/{code}",
     .perm = PERM_PUBLIC,
     .handler = get_area,
     .summary = "One area with its boundary (GeoJSON geometry, WGS-84)",
     .answer = "area_detail"},
    {.method = METHOD_UNSET},
};

#define MEMBERS                                                                                              \
    "\"code\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"                                         \
    "\"level\":{\"enum\":[\"province\",\"city\",\"district\",\"township\",\"community\",\"grid\","           \
    "\"microgrid\"]}"
#define AREA_MEMBERS                                                                                         \
    MEMBERS ",\"parent\":{\"type\":[\"string\",\"null\"]},\"lng\":{\"type\":[\"number\",\"null\"]},"         \
            "\"lat\":{\"type\":[\"number\",\"null\"]},\"has_boundary\":{\"type\":\"boolean\"},"              \
            "\"from\":{\"type\":[\"string\",\"null\"]},\"until\":{\"type\":[\"string\",\"null\"]},"          \
            "\"approximate\":{\"type\":\"boolean\"},\"children\":{\"type\":\"integer\"}"
#define AREA_REQUIRED                                                                                        \
    "\"required\":[\"code\",\"name\",\"level\",\"parent\",\"lng\",\"lat\",\"has_boundary\",\"approximate\"," \
    "\"children\"]"
#define AREA_REF "{\"$ref\":\"#/components/schemas/area\"}"
#define GEOMETRY                                                                                             \
    "{\"type\":\"object\",\"required\":[\"type\",\"coordinates\"],\"properties\":"                           \
    "{\"type\":{\"enum\":[\"Polygon\",\"MultiPolygon\"]},\"coordinates\":{\"type\":\"array\"}}}"

const struct openapi_schema area_schemas[] = {
    {"area", "{\"type\":\"object\"," AREA_REQUIRED ",\"properties\":{" AREA_MEMBERS "}}"},
    {"area_list",
     "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\","
     "\"items\":" AREA_REF "},\"next\":{\"type\":\"null\"}}}"},
    {"area_detail", "{\"type\":\"object\"," AREA_REQUIRED ",\"properties\":{" AREA_MEMBERS
                    ",\"boundary\":{\"anyOf\":[" GEOMETRY ",{\"type\":\"null\"}]}}}"},
    {"area_located",
     "{\"type\":\"object\",\"required\":[\"area\",\"ancestors\"],\"properties\":{\"area\":" AREA_REF
     ",\"ancestors\":{\"type\":\"array\",\"items\":" AREA_REF "}}}"},
    {"area_boundaries",
     "{\"type\":\"object\",\"required\":[\"type\",\"features\"],\"properties\":{\"type\":{\"const\":"
     "\"FeatureCollection\"},"
     "\"features\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"type\",\"properties\","
     "\"geometry\"],"
     "\"properties\":{\"type\":{\"const\":\"Feature\"},\"properties\":{\"type\":\"object\",\"properties\":"
     "{" MEMBERS ",\"approximate\":{\"type\":\"boolean\"}}},\"geometry\":" GEOMETRY "}}}}}"},
    {"area_streets",
     "{\"type\":\"object\",\"required\":[\"sample\",\"streets\"],\"properties\":{"
     "\"sample\":{\"type\":\"boolean\",\"description\":\"They are made up\"},"
     "\"streets\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"name\",\"class\","
     "\"lines\"],\"properties\":{\"id\":{\"type\":\"integer\"},\"name\":{\"type\":\"string\"},"
     "\"class\":{\"enum\":[\"main\",\"street\",\"lane\",\"path\"]},\"lines\":{\"type\":\"array\","
     "\"description\":\"Lines as [x,y,dx,dy,...] in millionths of a degree, WGS-84, each position counted "
     "from the one before\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}}}}}}"},
    {NULL, NULL},
};
