/* GeoJSON in and out of GEOS. Only polygons: an area is a surface. */
#include "area/area_priv.h"
#include "base/text.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t context_key;
static pthread_once_t context_once = PTHREAD_ONCE_INIT;
static _Thread_local char complaint[ERR_TEXT_MAX];

static void context_end(void *handle)
{
    GEOS_finish_r(handle);
}

/* The main thread's destructor does not run at exit. */
static void context_end_main(void)
{
    void *handle = pthread_getspecific(context_key);

    if (handle != NULL)
        GEOS_finish_r(handle);
    (void)pthread_setspecific(context_key, NULL);
}

static void context_key_make(void)
{
    if (pthread_key_create(&context_key, context_end) != 0 || atexit(context_end_main) != 0)
        abort();
}

static void note_complaint(const char *message, void *userdata)
{
    (void)userdata;
    str_copy(complaint, sizeof complaint, message);
}

GEOSContextHandle_t geos_context(void)
{
    (void)pthread_once(&context_once, context_key_make);
    GEOSContextHandle_t h = pthread_getspecific(context_key);
    if (h == NULL) {
        h = GEOS_init_r();
        if (h == NULL || pthread_setspecific(context_key, h) != 0)
            abort();
        (void)GEOSContext_setErrorMessageHandler_r(h, note_complaint, NULL);
    }
    return h;
}

const char *geos_complaint(void)
{
    return complaint[0] != '\0' ? complaint : "unknown";
}

void geometry_free(GEOSGeometry **g)
{
    if (*g != NULL)
        GEOSGeom_destroy_r(geos_context(), *g);
    *g = NULL;
}

/* One reading: what it is about, and from which coordinates. */
struct reading {
    const char *what;
    enum datum datum;
    struct err *e;
};

static bool number_of(struct json_object *position, size_t i, double *ret)
{
    struct json_object *v = json_object_array_get_idx(position, i);

    if (!json_object_is_type(v, json_type_double) && !json_object_is_type(v, json_type_int))
        return false;
    *ret = json_object_get_double(v);
    return isfinite(*ret);
}

static size_t array_length(struct json_object *a)
{
    return json_object_is_type(a, json_type_array) ? json_object_array_length(a) : 0;
}

static bool read_position(const struct reading *r, struct json_object *position, double *x, double *y)
{
    if (array_length(position) < 2 || !number_of(position, 0, x) || !number_of(position, 1, y))
        return ERR(r->e, ERR_INVALID, "area.geometry", "%s 的边界中有的点不是 [经度,纬度] 两个数",
                   "the boundary of %s has a position that is not two numbers [longitude, latitude]",
                   r->what);
    if (fabs(*x) > 180.0 || fabs(*y) > 90.0)
        return ERR(
            r->e, ERR_INVALID, "area.geometry", "%s 的边界中的点 %.7g,%.7g 不在地球上；应为经度在前的度数",
            "the boundary of %s has the point %.7g,%.7g, which is not on Earth; degrees, longitude first",
            r->what, *x, *y);
    datum_to_wgs84(r->datum, x, y);
    *x = round(*x * 1e7) / 1e7;
    *y = round(*y * 1e7) / 1e7;
    return true;
}

static bool read_ring(const struct reading *r, struct json_object *ring, GEOSGeometry **ret)
{
    GEOSContextHandle_t h = geos_context();
    size_t n = array_length(ring);
    double first[2] = {0}, at[2] = {0};

    if (n < 4 || n > INT32_MAX)
        return ERR(r->e, ERR_INVALID, "area.geometry", "%s 的边界有一圈只有 %zu 个点，至少要 4 个",
                   "the boundary of %s has a ring of %zu positions; it needs at least 4", r->what, n);
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(h, (unsigned)n, 2);
    if (seq == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        if (!read_position(r, json_object_array_get_idx(ring, i), &at[0], &at[1])) {
            GEOSCoordSeq_destroy_r(h, seq);
            return false;
        }
        if (i == 0)
            memcpy(first, at, sizeof first);
        (void)GEOSCoordSeq_setXY_r(h, seq, (unsigned)i, at[0], at[1]);
    }
    if (first[0] != at[0] || first[1] != at[1]) {
        GEOSCoordSeq_destroy_r(h, seq);
        return ERR(r->e, ERR_INVALID, "area.geometry",
                   "%s 的边界有一圈没有闭合：始于 %.7f,%.7f，止于 %.7f,%.7f",
                   "the boundary of %s has an open ring: it begins at %.7f,%.7f and ends at %.7f,%.7f",
                   r->what, first[0], first[1], at[0], at[1]);
    }
    *ret = GEOSGeom_createLinearRing_r(h, seq); /* takes seq, also when it fails */
    if (*ret == NULL)
        return ERR(r->e, ERR_INVALID, "area.geometry", "%s 的边界有一圈不成形：%s",
                   "the boundary of %s has a ring that is none: %s", r->what, geos_complaint());
    return true;
}

static void free_all(GEOSGeometry **parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        geometry_free(&parts[i]);
    free(parts);
}

static bool read_polygon(const struct reading *r, struct json_object *rings, GEOSGeometry **ret)
{
    size_t n = array_length(rings);

    if (n == 0)
        return ERR(r->e, ERR_INVALID, "area.geometry", "%s 的边界没有外圈",
                   "the boundary of %s has no outer ring", r->what);
    GEOSGeometry **ring = xcalloc(n, sizeof(GEOSGeometry *));
    for (size_t i = 0; i < n; i++) {
        if (!read_ring(r, json_object_array_get_idx(rings, i), &ring[i])) {
            free_all(ring, i);
            return false;
        }
    }
    *ret = GEOSGeom_createPolygon_r(geos_context(), ring[0], ring + 1, (unsigned)(n - 1));
    free(ring); /* the rings belong to the polygon now */
    if (*ret == NULL)
        abort();
    return true;
}

static bool read_multi(const struct reading *r, struct json_object *polygons, GEOSGeometry **ret)
{
    size_t n = array_length(polygons);

    if (n == 0)
        return ERR(r->e, ERR_INVALID, "area.geometry", "%s 的边界是空的", "the boundary of %s is empty",
                   r->what);
    GEOSGeometry **part = xcalloc(n, sizeof(GEOSGeometry *));
    for (size_t i = 0; i < n; i++) {
        if (!read_polygon(r, json_object_array_get_idx(polygons, i), &part[i])) {
            free_all(part, i);
            return false;
        }
    }
    *ret = GEOSGeom_createCollection_r(geos_context(), GEOS_MULTIPOLYGON, part, (unsigned)n);
    free(part);
    if (*ret == NULL)
        abort();
    return true;
}

bool geometry_read(struct json_object *geometry, enum datum datum, const char *what, GEOSGeometry **ret,
                   struct err *e)
{
    struct reading r = {what, datum, e};
    struct json_object *type = NULL, *coordinates = NULL;
    const char *name = "";

    if (json_object_is_type(geometry, json_type_object)) {
        (void)json_object_object_get_ex(geometry, "type", &type);
        (void)json_object_object_get_ex(geometry, "coordinates", &coordinates);
    }
    if (json_object_is_type(type, json_type_string))
        name = json_object_get_string(type);
    if (str_eq(name, "Polygon"))
        return read_polygon(&r, coordinates, ret);
    if (str_eq(name, "MultiPolygon"))
        return read_multi(&r, coordinates, ret);
    return ERR(e, ERR_INVALID, "area.geometry", "%s 的边界应为 Polygon 或 MultiPolygon，而不是“%.40s”",
               "the boundary of %s should be a Polygon or MultiPolygon, not \"%.40s\"", what, name);
}

bool geometry_check(const GEOSGeometry *g, const char *what, struct err *e)
{
    GEOSContextHandle_t h = geos_context();
    GEOSGeometry *place = NULL;
    char *reason = NULL;
    double x = 0, y = 0;
    char valid = GEOSisValidDetail_r(h, g, 0, &reason, &place);

    if (valid == 1)
        return true;
    if (place != NULL) {
        (void)GEOSGeomGetX_r(h, place, &x);
        (void)GEOSGeomGetY_r(h, place, &y);
    }
    (void)ERR(e, ERR_INVALID, "area.geometry", "%s 的边界在 %.7f,%.7f 处有错：%s",
              "the boundary of %s is wrong at %.7f,%.7f: %s", what, x, y,
              reason != NULL ? reason : geos_complaint());
    GEOSFree_r(h, reason);
    geometry_free(&place);
    return false;
}

static void ring_text(const GEOSGeometry *ring, struct buf *out)
{
    GEOSContextHandle_t h = geos_context();
    const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(h, ring);
    unsigned n = 0;

    (void)GEOSCoordSeq_getSize_r(h, seq, &n);
    buf_char(out, '[');
    for (unsigned i = 0; i < n; i++) {
        double x = 0, y = 0;

        (void)GEOSCoordSeq_getXY_r(h, seq, i, &x, &y);
        buf_printf(out, "%s[%.10g,%.10g]", i > 0 ? "," : "", x, y);
    }
    buf_char(out, ']');
}

static void polygon_text(const GEOSGeometry *g, struct buf *out)
{
    GEOSContextHandle_t h = geos_context();
    int holes = GEOSGetNumInteriorRings_r(h, g);

    buf_char(out, '[');
    ring_text(GEOSGetExteriorRing_r(h, g), out);
    for (int i = 0; i < holes; i++) {
        buf_char(out, ',');
        ring_text(GEOSGetInteriorRingN_r(h, g, i), out);
    }
    buf_char(out, ']');
}

void geometry_text(const GEOSGeometry *g, struct buf *out)
{
    GEOSContextHandle_t h = geos_context();
    bool multi = GEOSGeomTypeId_r(h, g) == GEOS_MULTIPOLYGON;
    int n = multi ? GEOSGetNumGeometries_r(h, g) : 1;

    buf_str(out, multi ? "{\"type\":\"MultiPolygon\",\"coordinates\":["
                       : "{\"type\":\"Polygon\",\"coordinates\":");
    for (int i = 0; i < n; i++) {
        if (i > 0)
            buf_char(out, ',');
        polygon_text(multi ? GEOSGetGeometryN_r(h, g, i) : g, out);
    }
    buf_str(out, multi ? "]}" : "}");
}
