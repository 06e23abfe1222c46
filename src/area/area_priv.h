/* Shared by the files of this folder only. */
#ifndef AREA_AREA_PRIV_H
#define AREA_AREA_PRIV_H

#include "area/area.h"
#include "base/buf.h"
#include "json/json_in.h"

#include <geos_c.h>

/* GEOS wants one handle a thread; made on first use, freed with the thread. */
GEOSContextHandle_t geos_context(void);
/* What GEOS complained of last on this thread. */
const char *geos_complaint(void);

/* A Polygon or MultiPolygon from GeoJSON, moved from `datum` to WGS-84, coordinates
 * rounded as geometry_text() prints them. ERR_INVALID "area.geometry" about `what`. */
MUST_USE bool geometry_read(struct json_object *geometry, enum datum datum, const char *what,
                            GEOSGeometry **ret, struct err *e);
/* ERR_INVALID "area.geometry" with GEOS's reason and the place. */
MUST_USE bool geometry_check(const GEOSGeometry *g, const char *what, struct err *e);
/* Appends compact GeoJSON, at most seven decimals (a centimetre). */
void geometry_text(const GEOSGeometry *g, struct buf *out);
void geometry_free(GEOSGeometry **g);

/* Point and moment -> lowest area. Items in any order; all must be valid polygons. */
struct locator;
struct locator_item {
    const struct area *area;
    const GEOSGeometry *geometry; /* only looked at */
    int64_t from, until;          /* when it holds; until 0: open */
};
struct locator *locator_create(const struct locator_item *items, size_t n) NEVER_NULL;
void locator_free(struct locator **l);
const struct area *locator_find(const struct locator *l, double lng, double lat, int64_t at);

#endif
