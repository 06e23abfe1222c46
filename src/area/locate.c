/* Point -> lowest area: an STRtree over the boundaries' envelopes finds the
 * candidates, prepared polygons decide. Both build their inner indexes on first
 * use; locator_create() uses each once, so that afterwards any number of threads
 * only read. Prepared geometries keep no handle; each thread brings its own. */
#include "area/area_priv.h"

#include <stdlib.h>
#include <string.h>

enum { CANDIDATES_MAX = 48 };

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

/* Candidates by rank: the lowest areas have the fewest corners and win most often, so
 * they are asked first, and the large outlines above them hardly ever. */
struct search {
    size_t n;
    uint32_t rank[CANDIDATES_MAX];
    uint32_t dropped; /* best rank that found no room; UINT32_MAX none */
};

static void consider(void *item, void *userdata)
{
    const struct entry *en = item;
    struct search *s = userdata;
    uint32_t rank = en->rank;
    size_t i = s->n;

    if (s->n == CANDIDATES_MAX) {
        if (rank > s->rank[s->n - 1]) {
            s->dropped = rank < s->dropped ? rank : s->dropped;
            return;
        }
        i = s->n - 1;
        s->dropped = s->rank[i] < s->dropped ? s->rank[i] : s->dropped;
    } else {
        s->n++;
    }
    for (; i > 0 && s->rank[i - 1] > rank; i--)
        s->rank[i] = s->rank[i - 1];
    s->rank[i] = rank;
}

/* More envelopes over one point than candidates fit: rare enough to ask all in turn. */
static const struct area *search_on(const struct locator *l, uint32_t rank, GEOSContextHandle_t h,
                                    const GEOSGeometry *point)
{
    for (size_t i = rank; i < l->n; i++)
        if (GEOSPreparedCovers_r(h, l->entries[i].prepared, point) == 1)
            return l->entries[i].area;
    return NULL;
}

const struct area *locator_find(const struct locator *l, double lng, double lat)
{
    GEOSContextHandle_t h = geos_context();
    struct search s = {.dropped = UINT32_MAX};
    const struct area *found = NULL;
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(h, lng, lat);

    if (point == NULL)
        return NULL;
    if (l->n > 0)
        GEOSSTRtree_query_r(h, l->tree, point, consider, &s);
    for (size_t i = 0; i < s.n && found == NULL; i++)
        if (GEOSPreparedCovers_r(h, l->entries[s.rank[i]].prepared, point) == 1)
            found = l->entries[s.rank[i]].area;
    if (found == NULL && s.dropped != UINT32_MAX)
        found = search_on(l, s.dropped, h, point);
    GEOSGeom_destroy_r(h, point);
    return found;
}
