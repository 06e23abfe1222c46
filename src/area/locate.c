/* Point -> lowest area. A grid of cells lists, for each cell, the areas whose
 * envelopes touch it, lowest level first; the first that covers the point is the
 * answer. Covering is asked of plain arrays of edges, not of GEOS: a GEOS geometry
 * counts its references in one unguarded global, which is a race, and a cache line
 * that all threads fight for. */
#include "area/area_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cells a side, and places in all lists together: areas that all lie over each other
 * get a coarser grid instead of gigabytes. */
enum { SIDE_MAX = 256, PLACES_MAX = 4 * 1000 * 1000, BLOCK = 16 };

struct box {
    double x0, y0, x1, y1;
};

/* The lower end first, so that two areas which share an edge compute the same. */
struct edge {
    double x0, y0, x1, y1;
};

struct entry {
    const struct area *area;
    int64_t from, until; /* until 0: open */
    struct box box;
    struct edge *edges; /* of all rings, by y0 */
    double *reach;      /* highest y1 of each BLOCK of edges */
    size_t n_edges;
};

struct locator {
    struct entry *entries; /* lowest level first, then by code and time */
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
    int order = strcmp(a->area->code, b->area->code);
    return order != 0 ? order : a->from < b->from ? -1 : a->from > b->from;
}

static int by_lower_end(const void *pa, const void *pb)
{
    const struct edge *a = pa, *b = pb;

    return a->y0 < b->y0 ? -1 : a->y0 > b->y0;
}

static void add_edges(struct entry *en, const GEOSGeometry *ring)
{
    GEOSContextHandle_t h = geos_context();
    const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(h, ring);
    double x0 = 0, y0 = 0;
    unsigned n = 0;

    (void)GEOSCoordSeq_getSize_r(h, seq, &n);
    for (unsigned i = 0; i < n; i++) {
        double x1 = 0, y1 = 0;

        (void)GEOSCoordSeq_getXY_r(h, seq, i, &x1, &y1);
        if (i > 0)
            en->edges[en->n_edges++] =
                y0 <= y1 ? (struct edge){x0, y0, x1, y1} : (struct edge){x1, y1, x0, y0};
        x0 = x1;
        y0 = y1;
    }
}

static void add_polygon(struct entry *en, const GEOSGeometry *polygon)
{
    GEOSContextHandle_t h = geos_context();
    int holes = GEOSGetNumInteriorRings_r(h, polygon);

    add_edges(en, GEOSGetExteriorRing_r(h, polygon));
    for (int i = 0; i < holes; i++)
        add_edges(en, GEOSGetInteriorRingN_r(h, polygon, i));
}

static void prepare(struct entry *en, const GEOSGeometry *g)
{
    GEOSContextHandle_t h = geos_context();
    int corners = GEOSGetNumCoordinates_r(h, g), parts = GEOSGetNumGeometries_r(h, g);

    if (corners <= 0 || GEOSGeom_getExtent_r(h, g, &en->box.x0, &en->box.y0, &en->box.x1, &en->box.y1) != 1)
        abort();
    en->edges = xcalloc((size_t)corners, sizeof *en->edges);
    for (int i = 0; i < parts; i++)
        add_polygon(en, GEOSGetGeometryN_r(h, g, i));
    qsort(en->edges, en->n_edges, sizeof *en->edges, by_lower_end);
    en->reach = xcalloc(en->n_edges / BLOCK + 1, sizeof *en->reach);
    for (size_t i = 0; i < en->n_edges; i++) {
        double *reach = &en->reach[i / BLOCK];

        *reach = i % BLOCK == 0 ? en->edges[i].y1 : fmax(*reach, en->edges[i].y1);
    }
}

static void widen(struct box *all, const struct box *b)
{
    all->x0 = fmin(all->x0, b->x0);
    all->y0 = fmin(all->y0, b->y0);
    all->x1 = fmax(all->x1, b->x1);
    all->y1 = fmax(all->y1, b->y1);
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

struct locator *locator_create(const struct locator_item *items, size_t n)
{
    struct locator *l = xcalloc(1, sizeof *l);

    l->n = n;
    l->box = (struct box){INFINITY, INFINITY, -INFINITY, -INFINITY};
    l->entries = xcalloc(n + 1, sizeof *l->entries);
    for (size_t i = 0; i < n; i++) {
        l->entries[i].area = items[i].area;
        l->entries[i].from = items[i].from;
        l->entries[i].until = items[i].until;
        prepare(&l->entries[i], items[i].geometry);
        widen(&l->box, &l->entries[i].box);
    }
    qsort(l->entries, n, sizeof *l->entries, by_preference);
    build_grid(l);
    return l;
}

void locator_free(struct locator **l)
{
    if (*l == NULL)
        return;
    for (size_t i = 0; i < (*l)->n; i++) {
        free((*l)->entries[i].edges);
        free((*l)->entries[i].reach);
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

enum side { RIGHT, LEFT, ON };

/* Where a point lies, seen from an edge that spans its height. */
static enum side side_of(const struct edge *ed, double x, double y)
{
    if (ed->y0 == ed->y1)
        return x >= fmin(ed->x0, ed->x1) && x <= fmax(ed->x0, ed->x1) ? ON : RIGHT;
    double turn = (y - ed->y0) * (ed->x1 - ed->x0) - (x - ed->x0) * (ed->y1 - ed->y0);
    return turn > 0 ? LEFT : turn < 0 ? RIGHT : ON;
}

/* Even-odd rule over all rings; the border belongs to the area. */
static bool covers(const struct entry *en, double x, double y)
{
    bool inside = false;

    for (size_t i = 0; i < en->n_edges && en->edges[i].y0 <= y; i++) {
        const struct edge *ed = &en->edges[i];

        if (i % BLOCK == 0 && en->reach[i / BLOCK] < y) {
            i += BLOCK - 1;
            continue;
        }
        if (ed->y1 < y)
            continue;
        enum side side = side_of(ed, x, y);
        if (side == ON)
            return true;
        /* The upper end belongs to the next edge: a corner counts once. */
        inside ^= side == LEFT && y < ed->y1;
    }
    return inside;
}

const struct area *locator_find(const struct locator *l, double lng, double lat, int64_t at)
{
    if (!within(&l->box, lng, lat))
        return NULL;
    size_t cell =
        slice(lat, l->box.y0, l->box.y1, l->side) * l->side + slice(lng, l->box.x0, l->box.x1, l->side);

    for (uint32_t i = l->first[cell]; i < l->first[cell + 1]; i++) {
        const struct entry *en = &l->entries[l->places[i]];

        if (en->from <= at && (en->until == 0 || at < en->until) && within(&en->box, lng, lat) &&
            covers(en, lng, lat))
            return en->area;
    }
    return NULL;
}
