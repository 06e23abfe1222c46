/* area.h -- the tree of places, boundaries, point -> lowest area, coordinates.
 *
 * Codes are digits: province 2, city 4, district 6, township 9, community or
 * village 12, grid 15, micro-grid 18. A subtree is a prefix. Whoever has codes
 * padded with zeros (330803001000) trims them with area_code_trim(). */
#ifndef AREA_AREA_H
#define AREA_AREA_H

#include "base/base.h"
#include "http/openapi.h"
#include "http/route.h"
#include "json/json_out.h"
#include "sql/sql.h"

enum { AREA_CODE_MAX = 19 };
enum area_level {
    AREA_UNSET = 0,
    AREA_PROVINCE,
    AREA_CITY,
    AREA_DISTRICT,
    AREA_TOWNSHIP,
    AREA_COMMUNITY,
    AREA_GRID,
    AREA_MICROGRID,
    AREA__MAX,
};

struct area {
    const char *code, *name;
    const char *path; /* below a community its name, too: "樟树潭村 · 第1网格 · 第2微网格"; else the name */
    enum area_level level;
    const struct area *parent;      /* NULL at the top */
    bool has_boundary, approximate; /* approximate: derived, not surveyed */
    double lng, lat;                /* a point inside, WGS-84; 0,0 if no boundary */
    int64_t from, until;            /* when there is such an area: ms; from 0 always, until 0 open */
};

/* What an area is from one moment to another. */
struct area_fact {
    const char *name, *boundary; /* GeoJSON geometry, WGS-84; NULL none */
    bool approximate;
    int64_t from, until; /* as of struct area */
};

/* Immutable after loading; reload makes a new tree. Any thread. It holds all areas there have been and all
 * that are to come; names, outlines, children and names found are those of the moment `at` (ms), except where
 * a function takes a moment of its own. */
struct area_tree;
MUST_USE bool area_tree_load(struct sql *db, int64_t district, int64_t at, struct area_tree **ret,
                             struct err *e);
void area_tree_free(struct area_tree **t);
size_t area_count(const struct area_tree *t);
const struct area *area_at(const struct area_tree *t, size_t i); /* in code order */
const struct area *area_find(const struct area_tree *t, const char *code);
/* Direct children of `parent` ("" = top) that hold, as a range of a list in *ret; _ever: behind them also
 * those that are over or to come. */
size_t area_children(const struct area_tree *t, const char *parent, const struct area *const **ret);
size_t area_children_ever(const struct area_tree *t, const char *parent, const struct area *const **ret);
/* All facts of an area in order of time. */
size_t area_facts(const struct area_tree *t, const struct area *a, const struct area_fact **ret);
/* NULL if there is no such area then. */
const struct area_fact *area_fact_at(const struct area_tree *t, const struct area *a, int64_t at);
bool area_holds(const struct area *a, int64_t at);
int64_t area_tree_at(const struct area_tree *t);
/* When something next begins or ends after the tree's moment, 0: never. */
int64_t area_next_change(const struct area_tree *t);
/* How often areas have been changed on the map: tells a tree that is behind. */
size_t area_changes(const struct area_tree *t);
/* First area with this exact name below `under` (prefix); names repeat: NULL if ambiguous. */
const struct area *area_by_name(const struct area_tree *t, const char *under, const char *name);
const struct area *area_ancestor(const struct area *a, enum area_level level); /* itself counts */
/* Lowest area whose boundary covers a WGS-84 point, at the tree's moment or another; NULL outside. */
const struct area *area_locate(const struct area_tree *t, double lng, double lat);
const struct area *area_locate_at(const struct area_tree *t, double lng, double lat, int64_t at);
/* GeoJSON geometry (WGS-84) of an area, NULL if none. */
const char *area_boundary(const struct area_tree *t, const struct area *a);

enum area_level area_level_of(const char *code); /* by length; AREA_UNSET if no code */
enum area_level
area_level_named(const char *name); /* "district", "township", "community", "grid", "microgrid" */
const char *area_level_name(enum area_level l);
/* True if `code` lies in the subtree of `prefix` (or is it). "" covers all. */
bool area_covers(const char *prefix, const char *code);
/* 330803001000 -> 330803001, 330803001001 -> same, 330000000000 -> 33. */
void area_code_trim(const char *padded, char out[AREA_CODE_MAX]);

enum datum { DATUM_UNSET = 0, DATUM_WGS84, DATUM_GCJ02, DATUM_BD09 };
enum datum datum_named(const char *name); /* "wgs84" "gcj02" "bd09" */
/* Converts in place; the inverse of GCJ-02 iterates to below 1e-7 degree. Outside
 * China GCJ-02 equals WGS-84. */
void datum_to_wgs84(enum datum from, double *lng, double *lat);
void datum_from_wgs84(enum datum to, double *lng, double *lat);
double distance_m(double lng1, double lat1, double lng2, double lat2);

/* Import: upserts areas from CSV text (columns code,name[,level,parent_code]; codes padded
 * or not) and boundaries from a GeoJSON FeatureCollection (property "code"; geometries are
 * validated with GEOS: ERR_INVALID "area.geometry" says why and where). `datum` is
 * that of the GeoJSON. A feature's own property "approximate" overrides the argument. A file
 * lands whole or not at all. */
struct area_import_result {
    int64_t areas, boundaries;
};
MUST_USE bool area_import_csv(struct sql *db, int64_t district, const char *csv, size_t n,
                              struct area_import_result *ret, struct err *e);
MUST_USE bool area_import_geojson(struct sql *db, int64_t district, const char *json, size_t n,
                                  enum datum datum, bool approximate, struct area_import_result *ret,
                                  struct err *e);

/* The streets of the map from a GeoJSON FeatureCollection of LineString and MultiLineString, properties
 * "name" and "class" (main, street, lane, path; or "highway" as OpenStreetMap has it). The file is the whole
 * network: what was there goes, an empty one leaves none. A street of which no point lies in an area of `t`
 * is left out and counted; the rest lands whole or not at all. `sample`: they are made up. ERR_INVALID
 * "area.street_line", "area.street_class", "area.street_name", "area.street_far", "area.streets_outside"
 * (none lies in the district), ERR_TOO_LARGE "area.streets_many", "area.street_long", "area.street_dense". */
struct street_import_result {
    int64_t streets, outside;
};
MUST_USE bool area_import_streets(struct sql *db, int64_t district, const struct area_tree *t,
                                  const char *json, size_t n, enum datum datum, bool sample,
                                  struct street_import_result *ret, struct err *e);

/* Stamp of everything the tree holds: equal trees, equal stamps. */
uint64_t area_stamp(const struct area_tree *t);

/* `lng`, `lat` and `datum` (WGS-84 if it is not said) of a query, as WGS-84. ERR_INVALID "area.degrees",
 * "area.datum". */
MUST_USE bool area_asked_point(const struct req *r, double *ret_lng, double *ret_lat, struct err *e);

/* The HTTP surface. The tree that requests read lies in the world, which a higher
 * layer defines: app/ sets area_tree_of before it starts the server. */
extern const struct route area_routes[];
extern const struct openapi_schema area_schemas[]; /* ended by a row without a name */
extern const struct area_tree *(*area_tree_of)(const struct services *s);

#endif
