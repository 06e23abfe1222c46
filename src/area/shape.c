/* Surfaces against each other. Borders are drawn by hand and kept to a centimetre: two that share one
 * differ by a hair, which is no overlap. What is narrower than two metres everywhere is such a hair: shrunk
 * by a metre, nothing is left of it. */
#include "area/shape.h"

#include <math.h>
#include <stdlib.h>

static const double HAIR = 1e-5; /* degrees: a metre */
static const double GRID = 1e-7; /* what is stored */

static _Thread_local bool failed;

bool shape_failed(void)
{
    bool so = failed;

    failed = false;
    return so;
}

/* GEOS may give up on geometries that are valid each for itself: then the whole plan is refused in the end,
 * and until then there is nothing. */
static GEOSGeometry *made(GEOSGeometry *g)
{
    if (g != NULL)
        return g;
    failed = true;
    g = GEOSGeom_createEmptyPolygon_r(geos_context());
    if (g == NULL)
        abort();
    return g;
}

/* g without what is narrower than two metres; is g's to free, the result the caller's. */
static GEOSGeometry *core_of(const GEOSGeometry *g)
{
    return made(GEOSBuffer_r(geos_context(), g, -HAIR, 2));
}

static bool has_core(GEOSGeometry *g, struct spot *ret)
{
    GEOSContextHandle_t h = geos_context();
    AUTO(geometry_free) GEOSGeometry *core = core_of(g);
    AUTO(geometry_free) GEOSGeometry *point = NULL;

    if (GEOSisEmpty_r(h, core) == 1)
        return false;
    point = made(GEOSPointOnSurface_r(h, core));
    (void)GEOSGeomGetX_r(h, point, &ret->lng);
    (void)GEOSGeomGetY_r(h, point, &ret->lat);
    return true;
}

bool shape_sticks_out(const GEOSGeometry *inner, const GEOSGeometry *outer, struct spot *ret)
{
    AUTO(geometry_free) GEOSGeometry *rest = made(GEOSDifference_r(geos_context(), inner, outer));

    return has_core(rest, ret);
}

bool shape_overlap(const GEOSGeometry *a, const GEOSGeometry *b, struct spot *ret)
{
    AUTO(geometry_free) GEOSGeometry *both = NULL;

    if (GEOSIntersects_r(geos_context(), a, b) != 1)
        return false;
    both = made(GEOSIntersection_r(geos_context(), a, b));
    return has_core(both, ret);
}

double shape_size(const GEOSGeometry *g)
{
    double size = 0;

    (void)GEOSArea_r(geos_context(), g, &size);
    return size;
}

/* On the grid that is stored, still valid. */
static GEOSGeometry *on_grid(const GEOSGeometry *g)
{
    return made(GEOSGeom_setPrecision_r(geos_context(), g, GRID, 0));
}

/* The surfaces within g that are wider than a hair, as one geometry; NULL if there is none. */
static GEOSGeometry *surfaces(const GEOSGeometry *g)
{
    GEOSContextHandle_t h = geos_context();
    int n = GEOSGetNumGeometries_r(h, g), kept = 0;
    GEOSGeometry **list = xcalloc((size_t)n + 1, sizeof(GEOSGeometry *)), *all = NULL;

    for (int i = 0; i < n; i++) {
        GEOSGeometry *one = made(GEOSGeom_clone_r(h, GEOSGetGeometryN_r(h, g, i)));
        struct spot at;

        if (GEOSGeomTypeId_r(h, one) == GEOS_POLYGON && has_core(one, &at))
            list[kept++] = one;
        else
            geometry_free(&one);
    }
    if (kept == 1)
        all = list[0];
    else if (kept > 1)
        all = made(GEOSGeom_createCollection_r(h, GEOS_MULTIPOLYGON, list, (unsigned)kept));
    free(list);
    return all;
}

GEOSGeometry *shape_common(const GEOSGeometry *a, const GEOSGeometry *b)
{
    AUTO(geometry_free) GEOSGeometry *both = made(GEOSIntersection_r(geos_context(), a, b));
    AUTO(geometry_free) GEOSGeometry *rounded = on_grid(both);

    return surfaces(rounded);
}

static int larger_first(const void *pa, const void *pb)
{
    GEOSGeometry *const *a = pa, *const *b = pb;
    double x = shape_size(*a), y = shape_size(*b);

    return x > y ? -1 : x < y;
}

/* All faces that the outline and the line make together. */
static GEOSGeometry *faces_of(const GEOSGeometry *g, const GEOSGeometry *line)
{
    GEOSContextHandle_t h = geos_context();
    AUTO(geometry_free) GEOSGeometry *outline = made(GEOSBoundary_r(h, g));
    AUTO(geometry_free) GEOSGeometry *lines = made(GEOSUnion_r(h, outline, line));
    const GEOSGeometry *const list[] = {lines};

    return made(GEOSPolygonize_r(h, list, 1));
}

static bool lies_in(const GEOSGeometry *face, const GEOSGeometry *g)
{
    GEOSContextHandle_t h = geos_context();
    AUTO(geometry_free) GEOSGeometry *point = made(GEOSPointOnSurface_r(h, face));

    return GEOSCovers_r(h, g, point) == 1;
}

size_t shape_cut(const GEOSGeometry *g, const GEOSGeometry *line, GEOSGeometry **ret, size_t max)
{
    GEOSContextHandle_t h = geos_context();
    AUTO(geometry_free) GEOSGeometry *faces = faces_of(g, line);
    int n_faces = GEOSGetNumGeometries_r(h, faces);
    size_t n = 0;

    for (int i = 0; i < n_faces && n <= max; i++) {
        const GEOSGeometry *face = GEOSGetGeometryN_r(h, faces, i);
        AUTO(geometry_free) GEOSGeometry *rounded = on_grid(face);
        GEOSGeometry *part = lies_in(face, g) ? surfaces(rounded) : NULL;

        if (part == NULL)
            continue;
        if (n < max)
            ret[n] = part;
        else
            geometry_free(&part);
        n++;
    }
    if (n == 1 || n > max)
        for (size_t i = 0; i < n && i < max; i++)
            geometry_free(&ret[i]);
    else
        qsort(ret, n, sizeof(GEOSGeometry *), larger_first);
    return n == 1 ? 0 : n;
}

GEOSGeometry *shape_union(const GEOSGeometry *const *list, size_t n)
{
    GEOSContextHandle_t h = geos_context();
    GEOSGeometry **copies = xcalloc(n, sizeof(GEOSGeometry *));
    AUTO(geometry_free) GEOSGeometry *all = NULL, *one = NULL;

    for (size_t i = 0; i < n; i++)
        copies[i] = made(GEOSGeom_clone_r(h, list[i]));
    all = made(GEOSGeom_createCollection_r(h, GEOS_GEOMETRYCOLLECTION, copies, (unsigned)n));
    free(copies);
    one = made(GEOSUnaryUnion_r(h, all));
    GEOSGeometry *rounded = on_grid(one);
    geometry_free(&one);
    return rounded;
}

bool shape_is_one(const GEOSGeometry *g)
{
    return GEOSGeomTypeId_r(geos_context(), g) == GEOS_POLYGON;
}

static bool bad_line(struct err *e)
{
    return ERR_FIELD(e, "line", "area.line", "分割线应为至少两个点的 GeoJSON LineString，至多 %d 个点",
                     "the line is a GeoJSON LineString of at least two points, %d at most", 500);
}

static bool is_number(struct json_object *v)
{
    return json_object_is_type(v, json_type_double) || json_object_is_type(v, json_type_int);
}

static bool read_point(struct json_object *p, double *x, double *y)
{
    if (!json_object_is_type(p, json_type_array) || json_object_array_length(p) < 2 ||
        !is_number(json_object_array_get_idx(p, 0)) || !is_number(json_object_array_get_idx(p, 1)))
        return false;
    *x = json_object_get_double(json_object_array_get_idx(p, 0));
    *y = json_object_get_double(json_object_array_get_idx(p, 1));
    return isfinite(*x) && isfinite(*y) && fabs(*x) <= 180 && fabs(*y) <= 90;
}

bool shape_line(struct json_object *line, GEOSGeometry **ret, struct err *e)
{
    enum { POINTS_MAX = 500 };
    GEOSContextHandle_t h = geos_context();
    struct json_object *list = NULL;

    if (line == NULL || !json_object_object_get_ex(line, "coordinates", &list) ||
        !json_object_is_type(list, json_type_array))
        return bad_line(e);
    size_t n = json_object_array_length(list);
    if (n < 2 || n > POINTS_MAX)
        return bad_line(e);
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(h, (unsigned)n, 2);
    if (seq == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        double x = 0, y = 0;

        if (!read_point(json_object_array_get_idx(list, i), &x, &y)) {
            GEOSCoordSeq_destroy_r(h, seq);
            return bad_line(e);
        }
        (void)GEOSCoordSeq_setXY_r(h, seq, (unsigned)i, x, y);
    }
    *ret = made(GEOSGeom_createLineString_r(h, seq));
    return true;
}
