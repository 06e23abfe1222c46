/* The tree: one arena, areas sorted by code, so that a subtree is a range and a
 * lookup a binary search. */
#include "area.sql.h"
#include "area/area_priv.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one district may hold: ten times the largest known, so that a runaway
 * import is an error and not a dead process. */
enum { AREAS_MAX = 200 * 1000, BOUNDARY_BYTES_MAX = 256 * 1000 * 1000 };

struct area_tree {
    struct arena *arena;
    int64_t at; /* names, outlines and children are those of this moment */
    size_t n, n_facts, n_changes;
    struct area *areas;           /* by code */
    struct area_fact *facts;      /* by code, then by time */
    size_t *first_fact;           /* of areas[i]: facts[first_fact[i] .. first_fact[i + 1]) */
    const struct area_fact **now; /* of areas[i]: the one that holds, or the nearest */
    const struct area *
        *children;   /* grouped by parent, those that hold first, in code order; the top is first */
    size_t *first;   /* children of areas[i]: children[first[i + 1] .. first[i + 2]); top: [0] */
    size_t *holding; /* how many of them hold, in the same slots as first */
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

static bool count_rows(struct sql_tx *tx, const struct sql_query *q, int64_t district, int64_t *ret, size_t n,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, q, &rows, e, SQL_INT(district)))
        return false;
    while (sql_next(rows))
        for (size_t i = 0; i < n; i++)
            ret[i] = sql_int(rows, (int)i);
    return sql_end(&rows, e);
}

static void tree_arrays(struct area_tree *t, size_t n)
{
    struct arena *a = t->arena;

    t->areas = arena_array(a, struct area, n + 1);
    t->facts = arena_array(a, struct area_fact, n + 1);
    t->first_fact = arena_array(a, size_t, n + 2);
    t->now = arena_array(a, const struct area_fact *, n + 1);
    t->children = arena_array(a, const struct area *, n + 1);
    t->by_name = arena_array(a, const struct area *, n + 1);
    t->first = arena_array(a, size_t, n + 3);
    t->holding = arena_array(a, size_t, n + 3);
}

static bool tree_create(struct sql_tx *tx, int64_t district, int64_t at, struct area_tree **ret,
                        struct err *e)
{
    int64_t sum[3] = {0}, changes[2] = {0};

    if (!count_rows(tx, &area_queries[AREA_Q_SIZE], district, sum, COUNT_OF(sum), e) ||
        !count_rows(tx, &area_queries[AREA_Q_CHANGE_COUNT], district, changes, COUNT_OF(changes), e))
        return false;
    int64_t n = sum[0], names = sum[1], boundaries = sum[2];
    if (n > AREAS_MAX || boundaries > BOUNDARY_BYTES_MAX)
        return ERR(e, ERR_TOO_LARGE, "area.too_many",
                   "区域过多：%lld 个、边界 %lld 字节；至多 %d 个、%d 字节",
                   "too many areas: %lld with %lld bytes of boundaries; at most %d with %d", (long long)n,
                   (long long)boundaries, AREAS_MAX, BOUNDARY_BYTES_MAX);
    /* Lengths are counted in characters; rows carry the areas and four indexes. */
    struct arena *a = arena_create(2 * (size_t)(4 * names + boundaries + n * 768) + (4U << 20));
    struct area_tree *t = arena_new(a, struct area_tree);
    t->arena = a;
    t->at = at;
    t->n_facts = (size_t)n;
    t->n_changes = (size_t)(changes[0] + changes[1]);
    t->stamp = 0xcbf29ce484222325U;
    tree_arrays(t, (size_t)n);
    *ret = t;
    return true;
}

static bool fact_holds(const struct area_fact *f, int64_t at)
{
    return f->from <= at && (f->until == 0 || at < f->until);
}

static void stamp_fact(struct area_tree *t, const char *code, const struct area_fact *f)
{
    char times[64];

    (void)snprintf(times, sizeof times, "%lld %lld", (long long)f->from, (long long)f->until);
    stamp_add(t, code);
    stamp_add(t, f->name);
    stamp_add(t, f->boundary);
    stamp_add(t, f->approximate ? "~" : "");
    stamp_add(t, times);
}

/* A new area, unless the row goes on with the one before. */
static bool take_row(struct area_tree *t, size_t i, const struct sql_rows *row, struct err *e)
{
    const char *code = sql_text(row, 0);
    int order = t->n > 0 ? strcmp(t->areas[t->n - 1].code, code) : -1;
    struct area_fact *f = &t->facts[i];

    if (area_level_of(code) == AREA_UNSET || order > 0)
        return ERR(e, ERR_INTERNAL, "area.code", "库中的区域代码 %.40s 有误",
                   "the database holds the bad area code %.40s", code);
    if (order < 0) {
        t->first_fact[t->n] = i;
        t->areas[t->n++] = (struct area){
            .code = arena_strdup(t->arena, code), .level = area_level_of(code), .from = sql_int(row, 4)};
    }
    f->name = arena_strdup(t->arena, sql_text(row, 1));
    f->boundary = sql_is_null(row, 2) ? NULL : arena_strdup(t->arena, sql_text(row, 2));
    f->approximate = sql_int(row, 3) != 0;
    f->from = sql_int(row, 4);
    f->until = sql_int(row, 5);
    t->areas[t->n - 1].until = f->until;
    t->first_fact[t->n] = i + 1;
    stamp_fact(t, code, f);
    return true;
}

/* What an area is at the tree's moment; of one that is over the last, of one to come the first. */
static void choose_now(struct area_tree *t, size_t i)
{
    struct area *a = &t->areas[i];
    const struct area_fact *best = &t->facts[t->first_fact[i]];

    for (size_t k = t->first_fact[i]; k < t->first_fact[i + 1] && t->facts[k].from <= t->at; k++)
        best = &t->facts[k];
    t->now[i] = best;
    a->name = best->name;
    a->approximate = best->approximate;
    a->has_boundary = best->boundary != NULL;
}

static bool take_rows(struct area_tree *t, struct sql_tx *tx, int64_t district, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t i = 0;

    if (!sql_query(tx, &area_queries[AREA_Q_ALL], &rows, e, SQL_INT(district)))
        return false;
    while (i < t->n_facts && sql_next(rows))
        if (!take_row(t, i++, rows, e))
            return false;
    t->n_facts = i;
    for (i = 0; i < t->n; i++)
        choose_now(t, i);
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

/* A grid's own name says nothing without its community's. Parents come before their children. */
static void write_paths(struct area_tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct area *a = &t->areas[i];
        bool below = a->level > AREA_COMMUNITY && a->parent != NULL;

        a->path = below ? arena_printf(t->arena, "%s · %s", a->parent->path, a->name) : a->name;
    }
}

/* Slot of a parent in first[]: 0 the top, then the areas. */
static size_t slot_of(const struct area_tree *t, const struct area *parent)
{
    return parent == NULL ? 0 : (size_t)(parent - t->areas) + 1;
}

/* Puts the children that hold, or those that do not, behind what their slots have. */
static void place_children(struct area_tree *t, size_t *count, bool holding)
{
    for (size_t i = 0; i < t->n; i++) {
        size_t s = slot_of(t, t->areas[i].parent);

        if (area_holds(&t->areas[i], t->at) == holding)
            t->children[t->first[s] + count[s]++] = &t->areas[i];
    }
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
    place_children(t, count, true);
    memcpy(t->holding, count, sizeof *count * (t->n + 1));
    place_children(t, count, false);
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

static bool read_boundary(struct area_tree *t, size_t i, const struct area_fact *f, GEOSGeometry **ret,
                          struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;

    if (!json_parse(f->boundary, strlen(f->boundary), &o, e) ||
        !geometry_read(o, DATUM_WGS84, t->areas[i].code, ret, e))
        return false;
    if (f == t->now[i])
        place_point(&t->areas[i], *ret);
    return true;
}

static bool read_boundaries(struct area_tree *t, struct locator_item *items, GEOSGeometry **shapes,
                            size_t *ret_n, struct err *e)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = t->first_fact[i]; k < t->first_fact[i + 1]; k++) {
            const struct area_fact *f = &t->facts[k];

            if (f->boundary == NULL)
                continue;
            if (!read_boundary(t, i, f, &shapes[*ret_n], e))
                return false;
            items[*ret_n] = (struct locator_item){&t->areas[i], shapes[*ret_n], f->from, f->until};
            (*ret_n)++;
        }
    return true;
}

static bool build_locator(struct area_tree *t, struct err *e)
{
    struct locator_item *items = xcalloc(t->n_facts + 1, sizeof *items);
    GEOSGeometry **shapes = xcalloc(t->n_facts + 1, sizeof(GEOSGeometry *));
    size_t n = 0;
    bool ok = read_boundaries(t, items, shapes, &n, e);

    if (ok)
        t->locator = locator_create(items, n);
    for (size_t i = 0; i < n; i++)
        geometry_free(&shapes[i]);
    free(shapes);
    free(items);
    return ok;
}

bool area_tree_load(struct sql *db, int64_t district, int64_t at, struct area_tree **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(area_tree_free) struct area_tree *t = NULL;

    if (!sql_begin(db, SQL_READ, &tx, e) || !tree_create(tx, district, at, &t, e) ||
        !take_rows(t, tx, district, e))
        return false;
    link_parents(t);
    write_paths(t);
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

/* The slot whose children are those of `parent`; false if there is no such area. */
static bool slot_of_code(const struct area_tree *t, const char *parent, size_t *ret)
{
    const struct area *a = area_find(t, parent);

    *ret = slot_of(t, a);
    return a != NULL || parent[0] == '\0';
}

size_t area_children(const struct area_tree *t, const char *parent, const struct area *const **ret)
{
    size_t s;

    *ret = t->children;
    if (!slot_of_code(t, parent, &s))
        return 0;
    *ret = t->children + t->first[s];
    return t->holding[s];
}

size_t area_children_ever(const struct area_tree *t, const char *parent, const struct area *const **ret)
{
    size_t s;

    *ret = t->children;
    if (!slot_of_code(t, parent, &s))
        return 0;
    *ret = t->children + t->first[s];
    return t->first[s + 1] - t->first[s];
}

size_t area_facts(const struct area_tree *t, const struct area *a, const struct area_fact **ret)
{
    size_t i = (size_t)(a - t->areas);

    *ret = t->facts + t->first_fact[i];
    return t->first_fact[i + 1] - t->first_fact[i];
}

const struct area_fact *area_fact_at(const struct area_tree *t, const struct area *a, int64_t at)
{
    const struct area_fact *list;
    size_t n = area_facts(t, a, &list);

    for (size_t i = 0; i < n; i++)
        if (fact_holds(&list[i], at))
            return &list[i];
    return NULL;
}

bool area_holds(const struct area *a, int64_t at)
{
    return a->from <= at && (a->until == 0 || at < a->until);
}

int64_t area_tree_at(const struct area_tree *t)
{
    return t->at;
}

size_t area_changes(const struct area_tree *t)
{
    return t->n_changes;
}

int64_t area_next_change(const struct area_tree *t)
{
    int64_t next = 0;

    for (size_t i = 0; i < t->n_facts; i++) {
        const int64_t times[] = {t->facts[i].from, t->facts[i].until};

        for (size_t k = 0; k < COUNT_OF(times); k++)
            if (times[k] > t->at && (next == 0 || times[k] < next))
                next = times[k];
    }
    return next;
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
        if (!area_covers(under, t->by_name[lo]->code) || !area_holds(t->by_name[lo], t->at))
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

const struct area *area_locate_at(const struct area_tree *t, double lng, double lat, int64_t at)
{
    return isfinite(lng) && isfinite(lat) ? locator_find(t->locator, lng, lat, at) : NULL;
}

const struct area *area_locate(const struct area_tree *t, double lng, double lat)
{
    return area_locate_at(t, lng, lat, t->at);
}

const char *area_boundary(const struct area_tree *t, const struct area *a)
{
    return t->now[a - t->areas]->boundary;
}
