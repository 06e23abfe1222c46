/* The tree: one arena, areas sorted by code, so that a subtree is a range and a
 * lookup a binary search. */
#include "area.sql.h"
#include "area/area_priv.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one district may hold: ten times the largest known, so that a runaway
 * import is an error and not a dead process. */
enum { AREAS_MAX = 200 * 1000, BOUNDARY_BYTES_MAX = 256 * 1000 * 1000 };

struct area_tree {
    struct arena *arena;
    size_t n;
    struct area *areas;           /* by code */
    const char **boundary;        /* of areas[i]; NULL none */
    const struct area **children; /* grouped by parent, in code order; the top comes first */
    size_t *first;                /* children of areas[i]: children[first[i + 1] .. first[i + 2]); top: [0] */
    const struct area **by_name;
    struct locator *locator;
    uint64_t stamp;
};

void area_tree_free(struct area_tree **t)
{
    if (*t == NULL)
        return;
    locator_free(&(*t)->locator);
    struct arena *arena = (*t)->arena;
    arena_free(&arena);
    *t = NULL;
}

static void stamp_add(struct area_tree *t, const char *s)
{
    for (; s != NULL && *s != '\0'; s++)
        t->stamp = (t->stamp ^ (unsigned char)*s) * 0x100000001b3U;
    t->stamp = (t->stamp ^ 0xff) * 0x100000001b3U; /* no byte of UTF-8: ends a part */
}

static bool tree_create(struct sql_tx *tx, int64_t district, struct area_tree **ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t n = 0, names = 0, boundaries = 0;

    if (!sql_query(tx, &area_queries[AREA_Q_SIZE], &rows, e, SQL_INT(district)))
        return false;
    while (sql_next(rows)) {
        n = sql_int(rows, 0);
        names = sql_int(rows, 1);
        boundaries = sql_int(rows, 2);
    }
    if (!sql_end(&rows, e))
        return false;
    if (n > AREAS_MAX || boundaries > BOUNDARY_BYTES_MAX)
        return ERR(e, ERR_TOO_LARGE, "area.too_many",
                   "区域过多：%lld 个、边界 %lld 字节；至多 %d 个、%d 字节",
                   "too many areas: %lld with %lld bytes of boundaries; at most %d with %d", (long long)n,
                   (long long)boundaries, AREAS_MAX, BOUNDARY_BYTES_MAX);
    /* Lengths are counted in characters; rows carry the areas and four indexes. */
    struct arena *a = arena_create(2 * (size_t)(4 * names + boundaries + n * 512) + (4U << 20));
    struct area_tree *t = arena_new(a, struct area_tree);
    t->arena = a;
    t->n = (size_t)n;
    t->areas = arena_array(a, struct area, t->n + 1);
    t->boundary = arena_array(a, const char *, t->n + 1);
    t->children = arena_array(a, const struct area *, t->n + 1);
    t->by_name = arena_array(a, const struct area *, t->n + 1);
    t->first = arena_array(a, size_t, t->n + 3);
    t->stamp = 0xcbf29ce484222325U;
    *ret = t;
    return true;
}

static bool take_row(struct area_tree *t, size_t i, const struct sql_rows *row, struct err *e)
{
    struct area *a = &t->areas[i];

    a->code = arena_strdup(t->arena, sql_text(row, 0));
    a->name = arena_strdup(t->arena, sql_text(row, 1));
    a->level = area_level_of(a->code);
    a->approximate = sql_int(row, 3) != 0;
    a->has_boundary = !sql_is_null(row, 2);
    if (a->has_boundary)
        t->boundary[i] = arena_strdup(t->arena, sql_text(row, 2));
    if (a->level == AREA_UNSET || (i > 0 && strcmp(t->areas[i - 1].code, a->code) >= 0))
        return ERR(e, ERR_INTERNAL, "area.code", "库中的区域代码 %.40s 有误",
                   "the database holds the bad area code %.40s", a->code);
    stamp_add(t, a->code);
    stamp_add(t, a->name);
    stamp_add(t, t->boundary[i]);
    stamp_add(t, a->approximate ? "~" : "");
    return true;
}

static bool take_rows(struct area_tree *t, struct sql_tx *tx, int64_t district, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t i = 0;

    if (!sql_query(tx, &area_queries[AREA_Q_ALL], &rows, e, SQL_INT(district)))
        return false;
    while (i < t->n && sql_next(rows))
        if (!take_row(t, i++, rows, e))
            return false;
    t->n = i;
    return sql_end(&rows, e);
}

/* In code order an area's ancestors are the nearest earlier prefixes. A level may
 * be missing: the parent is the nearest ancestor there is. */
static void link_parents(struct area_tree *t)
{
    const struct area *above = NULL;

    for (size_t i = 0; i < t->n; i++) {
        while (above != NULL && !area_covers(above->code, t->areas[i].code))
            above = above->parent;
        t->areas[i].parent = above;
        above = &t->areas[i];
    }
}

/* Slot of a parent in first[]: 0 the top, then the areas. */
static size_t slot_of(const struct area_tree *t, const struct area *parent)
{
    return parent == NULL ? 0 : (size_t)(parent - t->areas) + 1;
}

/* Counting sort by parent. first[s + 1] counts, then becomes the running position of
 * slot s, and ends as the start of slot s + 1. */
static void group_children(struct area_tree *t)
{
    size_t *count = arena_array(t->arena, size_t, t->n + 2);

    for (size_t i = 0; i < t->n; i++)
        count[slot_of(t, t->areas[i].parent)]++;
    for (size_t s = 0; s <= t->n; s++)
        t->first[s + 1] = t->first[s] + count[s];
    memset(count, 0, sizeof *count * (t->n + 2));
    for (size_t i = 0; i < t->n; i++) {
        size_t s = slot_of(t, t->areas[i].parent);

        t->children[t->first[s] + count[s]++] = &t->areas[i];
    }
}

static int name_then_code(const void *pa, const void *pb)
{
    const struct area *const *a = pa, *const *b = pb;
    int order = strcmp((*a)->name, (*b)->name);

    return order != 0 ? order : strcmp((*a)->code, (*b)->code);
}

static void sort_names(struct area_tree *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->by_name[i] = &t->areas[i];
    qsort(t->by_name, t->n, sizeof(const struct area *), name_then_code);
}

/* The centroid where it lies inside, else some point that does. */
static void place_point(struct area *a, const GEOSGeometry *g)
{
    GEOSContextHandle_t h = geos_context();
    GEOSGeometry *p = GEOSGetCentroid_r(h, g);

    if (p != NULL && GEOSCovers_r(h, g, p) != 1) {
        geometry_free(&p);
        p = GEOSPointOnSurface_r(h, g);
    }
    if (p != NULL) {
        (void)GEOSGeomGetX_r(h, p, &a->lng);
        (void)GEOSGeomGetY_r(h, p, &a->lat);
        a->lng = round(a->lng * 1e6) / 1e6;
        a->lat = round(a->lat * 1e6) / 1e6;
    }
    geometry_free(&p);
}

static bool read_boundary(struct area_tree *t, size_t i, GEOSGeometry **ret, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;

    if (!json_parse(t->boundary[i], strlen(t->boundary[i]), &o, e) ||
        !geometry_read(o, DATUM_WGS84, t->areas[i].code, ret, e))
        return false;
    place_point(&t->areas[i], *ret);
    return true;
}

static bool build_locator(struct area_tree *t, struct err *e)
{
    struct locator_item *items = xcalloc(t->n + 1, sizeof *items);
    GEOSGeometry **shapes = xcalloc(t->n + 1, sizeof(GEOSGeometry *));
    size_t n = 0;
    bool ok = true;

    for (size_t i = 0; i < t->n && ok; i++) {
        if (t->boundary[i] == NULL)
            continue;
        ok = read_boundary(t, i, &shapes[n], e);
        items[n] = (struct locator_item){&t->areas[i], shapes[n]};
        n += ok;
    }
    if (ok)
        t->locator = locator_create(items, n);
    for (size_t i = 0; i < n; i++)
        geometry_free(&shapes[i]);
    free(shapes);
    free(items);
    return ok;
}

bool area_tree_load(struct sql *db, int64_t district, struct area_tree **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(area_tree_free) struct area_tree *t = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) || !tree_create(tx, district, &t, e) ||
        !take_rows(t, tx, district, e))
        return false;
    link_parents(t);
    group_children(t);
    sort_names(t);
    if (!build_locator(t, e))
        return false;
    *ret = t;
    t = NULL;
    return true;
}

size_t area_count(const struct area_tree *t)
{
    return t->n;
}

const struct area *area_at(const struct area_tree *t, size_t i)
{
    return &t->areas[i];
}

uint64_t area_stamp(const struct area_tree *t)
{
    return t->stamp;
}

static int code_order(const void *code, const void *pa)
{
    const struct area *a = pa;

    return strcmp(code, a->code);
}

const struct area *area_find(const struct area_tree *t, const char *code)
{
    return bsearch(code, t->areas, t->n, sizeof *t->areas, code_order);
}

size_t area_children(const struct area_tree *t, const char *parent, const struct area *const **ret)
{
    const struct area *a = area_find(t, parent);

    *ret = t->children;
    if (a == NULL && parent[0] != '\0')
        return 0;
    size_t s = slot_of(t, a);
    *ret = t->children + t->first[s];
    return t->first[s + 1] - t->first[s];
}

const struct area *area_by_name(const struct area_tree *t, const char *under, const char *name)
{
    const struct area *found = NULL;
    size_t lo = 0, hi = t->n;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (strcmp(t->by_name[mid]->name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < t->n && strcmp(t->by_name[lo]->name, name) == 0; lo++) {
        if (!area_covers(under, t->by_name[lo]->code))
            continue;
        if (found != NULL)
            return NULL;
        found = t->by_name[lo];
    }
    return found;
}

const struct area *area_ancestor(const struct area *a, enum area_level level)
{
    while (a != NULL && a->level != level)
        a = a->parent;
    return a;
}

const struct area *area_locate(const struct area_tree *t, double lng, double lat)
{
    return isfinite(lng) && isfinite(lat) ? locator_find(t->locator, lng, lat) : NULL;
}

const char *area_boundary(const struct area_tree *t, const struct area *a)
{
    return t->boundary[a - t->areas];
}
