/* Point -> lowest area. A grid of cells lists, for each cell, the areas whose
 * envelopes touch it, lowest level first; GEOS's prepared polygons decide, and the
 * first that covers the point is the answer. A tree of envelopes (STRtree) took twice
 * the time: it finds the outlines of district and township for every point, in no
 * useful order.
 *
 * Prepared polygons build their inner index on first use: locator_create() uses each
 * once, so that afterwards any number of threads only read. They keep no GEOS handle;
 * each thread brings its own. */
#include "area/area_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cells a side, and places in all lists together: areas that all lie over each other
 * get a coarser grid instead of gigabytes. */
enum { SIDE_MAX = 256, PLACES_MAX = 4 * 1000 * 1000 };

struct box {
    double x0, y0, x1, y1;
};

struct entry {
    const struct area *area;
    GEOSGeometry *geometry;
    const GEOSPreparedGeometry *prepared;
    struct box box;
};

struct locator {
    struct entry *entries; /* lowest level first, then by code */
    size_t n;
    struct box box;
    size_t side;
    uint32_t *first;  /* places of cell c: first[c] .. first[c + 1] */
    uint32_t *places; /* indexes of entries, ascending */
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
    struct box *b = &en->box;

    en->prepared = GEOSPrepare_r(h, en->geometry);
    if (en->prepared == NULL || GEOSGeom_getExtent_r(h, en->geometry, &b->x0, &b->y0, &b->x1, &b->y1) != 1)
        abort();
    GEOSGeometry *middle = GEOSGeom_createPointFromXY_r(h, (b->x0 + b->x1) / 2, (b->y0 + b->y1) / 2);
    (void)GEOSPreparedCovers_r(h, en->prepared, middle);
    geometry_free(&middle);
    l->box.x0 = fmin(l->box.x0, b->x0);
    l->box.y0 = fmin(l->box.y0, b->y0);
    l->box.x1 = fmax(l->box.x1, b->x1);
    l->box.y1 = fmax(l->box.y1, b->y1);
}

static size_t slice(double v, double from, double to, size_t side)
{
    double at = to > from ? (v - from) / (to - from) * (double)side : 0;

    return at <= 0 ? 0 : at >= (double)side ? side - 1 : (size_t)at;
}

/* Cells are numbered by row; slice() grows with its argument, so a point within an
 * envelope always falls into one of the envelope's cells. */
struct cells {
    size_t x0, y0, x1, y1;
};

static struct cells cells_of(const struct locator *l, const struct box *b)
{
    return (struct cells){
        slice(b->x0, l->box.x0, l->box.x1, l->side), slice(b->y0, l->box.y0, l->box.y1, l->side),
        slice(b->x1, l->box.x0, l->box.x1, l->side), slice(b->y1, l->box.y0, l->box.y1, l->side)};
}

static size_t count_places(const struct locator *l)
{
    size_t sum = 0;

    for (size_t i = 0; i < l->n; i++) {
        struct cells c = cells_of(l, &l->entries[i].box);

        sum += (c.x1 - c.x0 + 1) * (c.y1 - c.y0 + 1);
    }
    return sum;
}

/* Calls for every place what a counting sort needs: once to count, once to fill. */
static void visit_places(struct locator *l, uint32_t *at, bool fill)
{
    for (size_t i = 0; i < l->n; i++) {
        struct cells c = cells_of(l, &l->entries[i].box);

        for (size_t y = c.y0; y <= c.y1; y++)
            for (size_t x = c.x0; x <= c.x1; x++) {
                uint32_t *cell = &at[y * l->side + x];

                if (fill)
                    l->places[*cell] = (uint32_t)i;
                (*cell)++;
            }
    }
}

static void build_grid(struct locator *l)
{
    size_t total;

    l->side = (size_t)fmin(SIDE_MAX, 1 + 2 * sqrt((double)l->n));
    while ((total = count_places(l)) > PLACES_MAX && l->side > 1)
        l->side /= 2;
    size_t cells = l->side * l->side;
    l->first = xcalloc(cells + 2, sizeof *l->first);
    l->places = xcalloc(total + 1, sizeof *l->places);
    /* first[] is shifted by one while it is filled, and slides into place by that. */
    visit_places(l, l->first + 2, false);
    for (size_t c = 2; c < cells + 2; c++)
        l->first[c] += l->first[c - 1];
    visit_places(l, l->first + 1, true);
}

struct locator *locator_create(struct locator_item *items, size_t n)
{
    struct locator *l = xcalloc(1, sizeof *l);

    l->n = n;
    l->box = (struct box){INFINITY, INFINITY, -INFINITY, -INFINITY};
    l->entries = xcalloc(n + 1, sizeof *l->entries);
    for (size_t i = 0; i < n; i++) {
        l->entries[i].area = items[i].area;
        l->entries[i].geometry = items[i].geometry;
    }
    qsort(l->entries, n, sizeof *l->entries, by_preference);
    for (size_t i = 0; i < n; i++)
        prepare(l, &l->entries[i]);
    build_grid(l);
    return l;
}

void locator_free(struct locator **l)
{
    GEOSContextHandle_t h = geos_context();

    if (*l == NULL)
        return;
    for (size_t i = 0; i < (*l)->n; i++) {
        GEOSPreparedGeom_destroy_r(h, (*l)->entries[i].prepared);
        geometry_free(&(*l)->entries[i].geometry);
    }
    free((*l)->entries);
    free((*l)->first);
    free((*l)->places);
    free(*l);
    *l = NULL;
}

static bool within(const struct box *b, double x, double y)
{
    return x >= b->x0 && x <= b->x1 && y >= b->y0 && y <= b->y1;
}

const struct area *locator_find(const struct locator *l, double lng, double lat)
{
    if (!within(&l->box, lng, lat))
        return NULL;
    GEOSContextHandle_t h = geos_context();
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(h, lng, lat);
    const struct area *found = NULL;
    size_t cell =
        slice(lat, l->box.y0, l->box.y1, l->side) * l->side + slice(lng, l->box.x0, l->box.x1, l->side);

    for (uint32_t i = l->first[cell]; i < l->first[cell + 1] && found == NULL; i++) {
        const struct entry *en = &l->entries[l->places[i]];

        if (within(&en->box, lng, lat) && GEOSPreparedCovers_r(h, en->prepared, point) == 1)
            found = en->area;
    }
    GEOSGeom_destroy_r(h, point);
    return found;
}
