/* shape.h -- what GEOS says about two geometries, with the tolerance that drawn borders need. Inside area/.
 */
#ifndef AREA_SHAPE_H
#define AREA_SHAPE_H

#include "area/area_priv.h"

/* Whether GEOS gave up on something since this was last asked on this thread: results are then worth nothing.
 */
bool shape_failed(void);
/* Where something is wrong. */
struct spot {
    double lng, lat;
};
/* Whether some part of `inner` wider than two metres lies outside `outer`; where. */
bool shape_sticks_out(const GEOSGeometry *inner, const GEOSGeometry *outer, struct spot *ret);
/* Whether two cover a common part wider than two metres; where. */
bool shape_overlap(const GEOSGeometry *a, const GEOSGeometry *b, struct spot *ret);
/* What both cover, without slivers; NULL if that is nothing. */
GEOSGeometry *shape_common(const GEOSGeometry *a, const GEOSGeometry *b);
/* Cuts a surface along a line: its parts, the largest first. 0 if the line does not cut it, n at most `max`;
 * more: max + 1, and nothing is returned. */
size_t shape_cut(const GEOSGeometry *g, const GEOSGeometry *line, GEOSGeometry **ret, size_t max);
/* One surface of several. */
GEOSGeometry *shape_union(const GEOSGeometry *const *list, size_t n) NEVER_NULL;
bool shape_is_one(const GEOSGeometry *g);
double shape_size(const GEOSGeometry *g); /* only to compare */
/* A LineString from GeoJSON, WGS-84. ERR_INVALID "area.line". */
MUST_USE bool shape_line(struct json_object *line, GEOSGeometry **ret, struct err *e);

#endif
