/* Point -> lowest area: an STRtree over the boundaries' envelopes finds the
 * candidates, prepared polygons decide. Both build their inner indexes on first
 * use; locator_create() uses each once, so that afterwards any number of threads
 * only read. Prepared geometries keep no handle; each thread brings its own. */
#include "area/area_priv.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const struct area *area;
    GEOSGeometry *geometry;
    const GEOSPreparedGeometry *prepared;
    uint32_t rank; /* the order of preference: lowest level first, then code */
};

struct locator {
    struct entry *entries; /* by rank */
    size_t n;
    GEOSSTRtree *tree;
};

static int by_preference(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;

    if (a->area->level != b->area->level)
        return a->area->level > b->area->level ? -1 : 1;
    return strcmp(a->area->code, b->area->code);
}

static void prepare(struct locator *l, struct entry *en)
{
    GEOSContextHandle_t h = geos_context();
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;

    en->rank = (uint32_t)(en - l->entries);
    en->prepared = GEOSPrepare_r(h, en->geometry);
    if (en->prepared == NULL)
        abort();
    GEOSSTRtree_insert_r(h, l->tree, en->geometry, en);
    (void)GEOSGeom_getExtent_r(h, en->geometry, &x0, &y0, &x1, &y1);
    GEOSGeometry *middle = GEOSGeom_createPointFromXY_r(h, (x0 + x1) / 2, (y0 + y1) / 2);
    (void)GEOSPreparedCovers_r(h, en->prepared, middle);
    geometry_free(&middle);
}

struct locator *locator_create(struct locator_item *items, size_t n)
{
    struct locator *l = xcalloc(1, sizeof *l);

    l->n = n;
    l->entries = xcalloc(n + 1, sizeof *l->entries);
    for (size_t i = 0; i < n; i++) {
        l->entries[i].area = items[i].area;
        l->entries[i].geometry = items[i].geometry;
    }
    qsort(l->entries, n, sizeof *l->entries, by_preference);
    l->tree = GEOSSTRtree_create_r(geos_context(), 8);
    if (l->tree == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        prepare(l, &l->entries[i]);
    (void)locator_find(l, 0, 0); /* builds the tree */
    return l;
}

void locator_free(struct locator **l)
{
    GEOSContextHandle_t h = geos_context();

    if (*l == NULL)
        return;
    GEOSSTRtree_destroy_r(h, (*l)->tree);
    for (size_t i = 0; i < (*l)->n; i++) {
        GEOSPreparedGeom_destroy_r(h, (*l)->entries[i].prepared);
        geometry_free(&(*l)->entries[i].geometry);
    }
    free((*l)->entries);
    free(*l);
    *l = NULL;
}

struct search {
    GEOSContextHandle_t h;
    GEOSGeometry *point;
    const struct entry *best;
};

static void consider(void *item, void *userdata)
{
    const struct entry *en = item;
    struct search *s = userdata;

    if ((s->best == NULL || en->rank < s->best->rank) &&
        GEOSPreparedCovers_r(s->h, en->prepared, s->point) == 1)
        s->best = en;
}

const struct area *locator_find(const struct locator *l, double lng, double lat)
{
    struct search s = {.h = geos_context()};

    s.point = GEOSGeom_createPointFromXY_r(s.h, lng, lat);
    if (s.point == NULL)
        return NULL;
    if (l->n > 0)
        GEOSSTRtree_query_r(s.h, l->tree, s.point, consider, &s);
    GEOSGeom_destroy_r(s.h, s.point);
    return s.best != NULL ? s.best->area : NULL;
}
