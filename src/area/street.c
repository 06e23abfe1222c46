/* Streets from GeoJSON. A file is the whole network: what was there before goes. All or nothing, as with
 * boundaries, but what lies elsewhere is left out: files of streets are cut for provinces. */
#include "area/street.h"

#include "area.sql.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREETS_MAX = 100 * 1000,
    POSITIONS_MAX = 20 * 1000, /* of one street */
    NAME_CHARS_MAX = 100,
    LINE_BYTES_MAX = 2 * 1000 * 1000,
};

static const char *const class_names[STREET__MAX] = {
    [STREET_MAIN] = "main", [STREET_STREET] = "street", [STREET_LANE] = "lane", [STREET_PATH] = "path"};

const char *street_class_name(enum street_class c)
{
    return class_names[c];
}

/* Our words, and those of OpenStreetMap. */
static enum street_class class_said(const char *word)
{
    static const struct {
        const char *word;
        enum street_class class;
    } also[] = {{"motorway", STREET_MAIN},       {"trunk", STREET_MAIN},      {"primary", STREET_MAIN},
                {"secondary", STREET_MAIN},      {"tertiary", STREET_STREET}, {"residential", STREET_STREET},
                {"unclassified", STREET_STREET}, {"service", STREET_LANE},    {"living_street", STREET_LANE},
                {"footway", STREET_PATH},        {"cycleway", STREET_PATH},   {"pedestrian", STREET_PATH},
                {"steps", STREET_PATH},          {"track", STREET_PATH}};

    for (enum street_class c = STREET_MAIN; c < STREET__MAX; c++)
        if (str_eq(class_names[c], word))
            return c;
    for (size_t i = 0; i < COUNT_OF(also); i++)
        if (str_eq(also[i].word, word))
            return also[i].class;
    return STREET_UNSET;
}

/* One file while it is read. */
struct street_import {
    const struct area_tree *areas;
    enum datum datum;
    size_t at; /* the feature, from 1: for messages */
    const char *name;
    struct street *all;
    size_t n, outside;
    bool inside; /* a point of the present one lies in the district */
};

static void street_import_free(struct street_import *in)
{
    for (size_t i = 0; i < in->n; i++) {
        free(in->all[i].name);
        geometry_free(&in->all[i].lines);
    }
    free(in->all);
}

static struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;

    if (json_object_is_type(o, json_type_object))
        (void)json_object_object_get_ex(o, name, &v);
    return v;
}

static const char *text_of(struct json_object *o, const char *name)
{
    struct json_object *v = member(o, name);

    return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

static bool number_at(struct json_object *position, size_t i, double most, double *ret)
{
    struct json_object *v = json_object_array_get_idx(position, i);

    *ret = json_object_get_double(v);
    return (json_object_is_type(v, json_type_double) || json_object_is_type(v, json_type_int)) &&
           fabs(*ret) <= most;
}

static bool read_position(struct street_import *in, struct json_object *position, double at[2], struct err *e)
{
    if (!json_object_is_type(position, json_type_array) || json_object_array_length(position) < 2 ||
        !number_at(position, 0, 180.0, &at[0]) || !number_at(position, 1, 90.0, &at[1]))
        return ERR(e, ERR_INVALID, "area.street_line",
                   "第 %zu 个要素“%.40s”中有的点不是 [经度,纬度] 两个度数（经度在前）",
                   "feature %zu \"%.40s\" has a position that is not two numbers of degrees [longitude, "
                   "latitude], longitude first",
                   in->at, in->name);
    datum_to_wgs84(in->datum, &at[0], &at[1]);
    for (size_t i = 0; i < 2; i++)
        at[i] = round(at[i] * 1e7) / 1e7;
    in->inside = in->inside || area_locate(in->areas, at[0], at[1]) != NULL;
    return true;
}

static bool read_line(struct street_import *in, struct json_object *positions, GEOSGeometry **ret,
                      struct err *e)
{
    GEOSContextHandle_t h = geos_context();
    size_t n = json_object_is_type(positions, json_type_array) ? json_object_array_length(positions) : 0;

    if (n < 2 || n > POSITIONS_MAX)
        return ERR(e, ERR_INVALID, "area.street_line",
                   "第 %zu 个要素“%.40s”有一段是 %zu 个点；应为 2 到 %d 个",
                   "feature %zu \"%.40s\" has a line of %zu positions; 2 to %d are right", in->at, in->name,
                   n, POSITIONS_MAX);
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(h, (unsigned)n, 2);
    if (seq == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        double at[2];

        if (!read_position(in, json_object_array_get_idx(positions, i), at, e)) {
            GEOSCoordSeq_destroy_r(h, seq);
            return false;
        }
        (void)GEOSCoordSeq_setXY_r(h, seq, (unsigned)i, at[0], at[1]);
    }
    *ret = GEOSGeom_createLineString_r(h, seq); /* takes seq */
    if (*ret == NULL)
        abort();
    return true;
}

/* `lines` is an array of lines; of one, when the geometry is a LineString. */
static bool read_lines(struct street_import *in, struct json_object *lines, bool one, GEOSGeometry **ret,
                       struct err *e)
{
    size_t n = one ? 1 : json_object_is_type(lines, json_type_array) ? json_object_array_length(lines) : 0;

    if (n == 0 || n > POSITIONS_MAX)
        return ERR(e, ERR_INVALID, "area.street_line", "第 %zu 个要素“%.40s”应有 1 到 %d 段线",
                   "feature %zu \"%.40s\" should have 1 to %d lines", in->at, in->name, POSITIONS_MAX);
    GEOSGeometry **parts = xcalloc(n, sizeof(GEOSGeometry *));
    size_t done = 0;
    bool ok = true;

    while (ok && done < n) {
        ok = read_line(in, one ? lines : json_object_array_get_idx(lines, done), &parts[done], e);
        done += ok ? 1 : 0;
    }
    if (ok)
        *ret = GEOSGeom_createCollection_r(geos_context(), GEOS_MULTILINESTRING, parts, (unsigned)n);
    for (size_t i = 0; !ok && i < done; i++)
        geometry_free(&parts[i]);
    free(parts);
    if (ok && *ret == NULL)
        abort();
    return ok;
}

static bool read_geometry(struct street_import *in, struct json_object *geometry, GEOSGeometry **ret,
                          struct err *e)
{
    const char *type = text_of(geometry, "type");
    bool one = type != NULL && str_eq(type, "LineString");

    if (!one && (type == NULL || !str_eq(type, "MultiLineString")))
        return ERR(e, ERR_INVALID, "area.street_line",
                   "第 %zu 个要素“%.40s”应为 LineString 或 MultiLineString，而不是“%.40s”",
                   "feature %zu \"%.40s\" should be a LineString or MultiLineString, not \"%.40s\"", in->at,
                   in->name, type != NULL ? type : "");
    return read_lines(in, member(geometry, "coordinates"), one, ret, e);
}

/* "class", or what OpenStreetMap calls it; a street, if nothing is said or only OpenStreetMap knows it. */
static bool read_class(const struct street_import *in, struct json_object *properties, enum street_class *ret,
                       struct err *e)
{
    const char *said = text_of(properties, "class"), *highway = text_of(properties, "highway");

    *ret = said != NULL ? class_said(said) : highway != NULL ? class_said(highway) : STREET_STREET;
    if (*ret == STREET_UNSET && said == NULL)
        *ret = STREET_STREET;
    return *ret != STREET_UNSET ||
           ERR(e, ERR_INVALID, "area.street_class",
               "第 %zu 个要素“%.40s”的 class 应为 main、street、lane 或 path，而不是“%.20s”",
               "the class of feature %zu \"%.40s\" should be main, street, lane or path, not \"%.20s\"",
               in->at, in->name, said);
}

static bool read_feature(struct street_import *in, struct json_object *feature, struct err *e)
{
    struct json_object *properties = member(feature, "properties");
    const char *name = text_of(properties, "name");
    struct street s = {0};

    in->name = name != NULL ? name : "";
    in->inside = false;
    if (utf8_length(in->name) > NAME_CHARS_MAX)
        return ERR(e, ERR_INVALID, "area.street_name", "第 %zu 个要素的名称“%.40s…”超过 %d 个字",
                   "feature %zu: the name \"%.40s…\" has more than %d characters", in->at, in->name,
                   NAME_CHARS_MAX);
    if (!read_class(in, properties, &s.class, e) ||
        !read_geometry(in, member(feature, "geometry"), &s.lines, e))
        return false;
    if (!in->inside) {
        geometry_free(&s.lines);
        in->outside++;
        return true;
    }
    s.name = xstrdup(in->name);
    in->all[in->n++] = s;
    return true;
}

static bool read_features(struct street_import *in, struct json_object *features, struct err *e)
{
    size_t n = json_object_is_type(features, json_type_array) ? json_object_array_length(features) : 0;

    if (!json_object_is_type(features, json_type_array))
        return ERR(e, ERR_INVALID, "area.geojson", "文件不是 GeoJSON 的 FeatureCollection",
                   "the file is no GeoJSON FeatureCollection");
    if (n > STREETS_MAX)
        return ERR(e, ERR_TOO_LARGE, "area.streets_many", "文件有 %zu 条道路，至多 %d 条；请先裁到本区",
                   "the file has %zu streets, at most %d are possible: cut it to the district", n,
                   STREETS_MAX);
    in->all = xcalloc(n + 1, sizeof(struct street));
    for (size_t i = 0; i < n; i++) {
        in->at = i + 1;
        if (!read_feature(in, json_object_array_get_idx(features, i), e))
            return false;
    }
    return in->n > 0 || n == 0 ||
           ERR(e, ERR_INVALID, "area.streets_outside",
               "%zu 条道路没有一条在辖区内：是不是经纬度颠倒、坐标系不对，或者还没有导入边界？",
               "none of %zu streets lies in the district: longitude and latitude the wrong way round, "
               "another "
               "datum, or boundaries not imported yet?",
               n);
}

/* --- writing --- */

static void line_text(const GEOSGeometry *line, struct buf *out)
{
    GEOSContextHandle_t h = geos_context();
    const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(h, line);
    unsigned n = 0;

    (void)GEOSCoordSeq_getSize_r(h, seq, &n);
    for (unsigned i = 0; i < n; i++) {
        double x = 0, y = 0;

        (void)GEOSCoordSeq_getXY_r(h, seq, i, &x, &y);
        buf_printf(out, "%s[%.10g,%.10g]", i > 0 ? "," : "[", x, y);
    }
    buf_char(out, ']');
}

static bool street_write(struct sql_tx *tx, int64_t district, const struct street *s, size_t id, bool sample,
                         struct buf *text, struct err *e)
{
    GEOSContextHandle_t h = geos_context();
    int n = GEOSGetNumGeometries_r(h, s->lines);

    buf_clear(text);
    buf_str(text, "{\"type\":\"MultiLineString\",\"coordinates\":[");
    for (int i = 0; i < n; i++) {
        buf_str(text, i > 0 ? "," : "");
        line_text(GEOSGetGeometryN_r(h, s->lines, i), text);
    }
    buf_str(text, "]}");
    if (text->failed)
        return ERR(e, ERR_TOO_LARGE, "area.street_long", "道路“%.40s”超过 %d 字节，请分成几条",
                   "the street \"%.40s\" is larger than %d bytes: divide it", s->name, LINE_BYTES_MAX);
    return sql_run(tx, &area_queries[AREA_Q_STREET_PUT], e, SQL_INT(district), SQL_INT((int64_t)id),
                   SQL_TEXT(s->name), SQL_TEXT(street_class_name(s->class)), SQL_INT(sample),
                   SQL_TEXT(buf_text(text)));
}

static bool streets_write(struct sql_tx *tx, int64_t district, const struct street_import *in, bool sample,
                          struct err *e)
{
    struct buf text;
    bool ok = sql_run(tx, &area_queries[AREA_Q_STREETS_CLEAR], e, SQL_INT(district)) &&
              sql_run(tx, &area_queries[AREA_Q_STREET_TILES_CLEAR], e, SQL_INT(district));

    buf_init(&text, LINE_BYTES_MAX);
    for (size_t i = 0; ok && i < in->n; i++)
        ok = street_write(tx, district, &in->all[i], i + 1, sample, &text, e);
    buf_free(&text);
    return ok && street_tiles_write(tx, district, in->all, in->n, sample, e);
}

bool area_import_streets(struct sql *db, int64_t district, const struct area_tree *t, const char *json,
                         size_t n, enum datum datum, bool sample, struct street_import_result *ret,
                         struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct street_import in = {.areas = t, .datum = datum};

    if (!json_parse(json, n, &o, e))
        return false;
    bool ok = read_features(&in, member(o, "features"), e) && sql_begin(db, SQL_WRITE, &tx, e) &&
              streets_write(tx, district, &in, sample, e) && sql_commit(&tx, e);
    if (ok)
        *ret = (struct street_import_result){.streets = (int64_t)in.n, .outside = (int64_t)in.outside};
    street_import_free(&in);
    return ok;
}
