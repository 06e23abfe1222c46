/* street.h -- streets while they are imported. Inside area/. */
#ifndef AREA_STREET_H
#define AREA_STREET_H

#include "area/area_priv.h"

/* The wider, the sooner it is drawn. */
enum street_class {
    STREET_UNSET = 0,
    STREET_MAIN,
    STREET_STREET,
    STREET_LANE,
    STREET_PATH,
    STREET__MAX,
};
const char *street_class_name(enum street_class c);

struct street {
    char *name;
    enum street_class class;
    GEOSGeometry *lines; /* a MultiLineString, WGS-84, of one line at least */
};

/* Writes the squares that the map asks for, of all streets of a district; street i has the id i + 1.
 * ERR_TOO_LARGE "area.street_dense". */
MUST_USE bool street_tiles_write(struct sql_tx *tx, int64_t district, const struct street *all, size_t n,
                                 bool sample, struct err *e);
/* GET /areas/streets */
bool street_tile_get(struct req *r, struct err *e);

#endif
