/* Streets in squares of Web Mercator, at three distances: from afar only wide ones, and fewer corners. A
 * street that lies in several squares is whole in each, so that its name can be written along it; the map
 * knows it by its id. Positions are counted in millionths of a degree, each from the one before: digits that
 * need not be sent. */
#include "area.sql.h"
#include "area/street.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_LEVELS = 3, TILE_BYTES_MAX = 4 * 1000 * 1000, CELLS_MAX = 64 };
static const double PI = 3.14159265358979323846, MILLIONTHS = 1e6;

static const struct {
    int zoom;
    double tolerance; /* degrees */
    enum street_class last;
} levels[N_LEVELS] = {{8, 4e-4, STREET_MAIN}, {10, 1e-4, STREET_STREET}, {12, 1e-5, STREET_PATH}};

/* That a street has to do with a square. */
struct cell {
    int level, x, y;
    size_t street;
};
struct cells {
    struct cell *list;
    size_t n, cap;
};

static void cell_add(struct cells *c, struct cell one)
{
    if (c->n == c->cap) {
        c->cap = c->cap == 0 ? 1024 : 2 * c->cap;
        c->list = xrealloc(c->list, c->cap * sizeof(struct cell));
    }
    c->list[c->n++] = one;
}

static int column_of(double lng, int zoom)
{
    return (int)floor((lng + 180.0) / 360.0 * (double)(1 << zoom));
}

static int row_of(double lat, int zoom)
{
    return (int)floor((1.0 - asinh(tan(lat * PI / 180.0)) / PI) / 2.0 * (double)(1 << zoom));
}

/* The squares that the envelope of one stretch touches. */
static bool stretch_cells(struct cells *c, size_t street, int level, const double from[2], const double to[2])
{
    int zoom = levels[level].zoom;
    int left = column_of(fmin(from[0], to[0]), zoom), right = column_of(fmax(from[0], to[0]), zoom);
    int top = row_of(fmax(from[1], to[1]), zoom), bottom = row_of(fmin(from[1], to[1]), zoom);

    if ((int64_t)(right - left + 1) * (bottom - top + 1) > CELLS_MAX)
        return false;
    for (int x = left; x <= right; x++)
        for (int y = top; y <= bottom; y++)
            cell_add(c, (struct cell){.level = level, .x = x, .y = y, .street = street});
    return true;
}

static bool line_cells(struct cells *c, size_t street, int level, const GEOSGeometry *line)
{
    GEOSContextHandle_t h = geos_context();
    const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(h, line);
    double before[2] = {0}, at[2] = {0};
    unsigned n = 0;

    (void)GEOSCoordSeq_getSize_r(h, seq, &n);
    for (unsigned i = 0; i < n; i++) {
        (void)GEOSCoordSeq_getXY_r(h, seq, i, &at[0], &at[1]);
        if (i > 0 && !stretch_cells(c, street, level, before, at))
            return false;
        memcpy(before, at, sizeof before);
    }
    return true;
}

static bool street_cells(struct cells *c, const struct street *s, size_t street, struct err *e)
{
    GEOSContextHandle_t h = geos_context();
    int n = GEOSGetNumGeometries_r(h, s->lines);

    for (int level = 0; level < N_LEVELS; level++)
        for (int i = 0; s->class <= levels[level].last && i < n; i++)
            if (!line_cells(c, street, level, GEOSGetGeometryN_r(h, s->lines, i)))
                return ERR(
                    e, ERR_INVALID, "area.street_far",
                    "道路“%.40s”有两个相邻的点相距太远（几十公里以上），坐标有误",
                    "two positions of the street \"%.40s\" that follow each other are tens of kilometres "
                    "apart: one is wrong",
                    s->name);
    return true;
}

static int cell_order(const struct cell *a, const struct cell *b)
{
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->y == b->y ? 0 : a->y < b->y ? -1 : 1;
}

static int cell_compare(const void *left, const void *right)
{
    const struct cell *a = left, *b = right;
    int order = cell_order(a, b);

    return order != 0 ? order : (a->street > b->street) - (a->street < b->street);
}

/* [x,y,dx,dy,…] */
static void numbers_write(struct json_out *j, const GEOSGeometry *line)
{
    GEOSContextHandle_t h = geos_context();
    const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(h, line);
    int64_t before[2] = {0};
    unsigned n = 0;

    (void)GEOSCoordSeq_getSize_r(h, seq, &n);
    jo_arr(j, NULL);
    for (unsigned i = 0; i < n; i++) {
        double at[2] = {0};

        (void)GEOSCoordSeq_getXY_r(h, seq, i, &at[0], &at[1]);
        for (size_t k = 0; k < 2; k++) {
            int64_t now = llround(at[k] * MILLIONTHS);

            jo_int(j, NULL, now - before[k]);
            before[k] = now;
        }
    }
    jo_close(j);
}

static void street_write(struct json_out *j, const struct street *s, size_t i, int level)
{
    GEOSContextHandle_t h = geos_context();
    AUTO(geometry_free) GEOSGeometry *fewer = GEOSSimplify_r(h, s->lines, levels[level].tolerance);
    const GEOSGeometry *g = fewer != NULL && GEOSisEmpty_r(h, fewer) == 0 ? fewer : s->lines;
    int n = GEOSGetNumGeometries_r(h, g);

    jo_obj(j, NULL);
    jo_int(j, "id", (int64_t)i + 1);
    jo_str(j, "name", s->name);
    jo_str(j, "class", street_class_name(s->class));
    jo_arr(j, "lines");
    for (int k = 0; k < n; k++)
        numbers_write(j, GEOSGetGeometryN_r(h, g, k));
    jo_close(j);
    jo_close(j);
}

/* The square that begins at cells[0]; how many cells it has, in *ret. */
static bool tile_write(struct sql_tx *tx, int64_t district, const struct street *all, bool sample,
                       const struct cell *cells, size_t n, size_t *ret, struct err *e)
{
    const struct cell *first = cells;
    struct json_out j;
    size_t i = 0;

    jo_begin(&j, TILE_BYTES_MAX);
    jo_obj(&j, NULL);
    jo_bool(&j, "sample", sample);
    jo_arr(&j, "streets");
    for (; i < n && cell_order(first, &cells[i]) == 0; i++)
        if (i == 0 || cells[i].street != cells[i - 1].street)
            street_write(&j, &all[cells[i].street], cells[i].street, first->level);
    jo_close(&j);
    jo_close(&j);
    *ret = i;
    bool ok = jo_end(&j, e);
    if (!ok)
        (void)ERR(e, ERR_TOO_LARGE, "area.street_dense",
                  "道路“%.40s”附近过密：一方格超过 %d 字节，请先简化线形",
                  "too much around the street \"%.40s\": more than %d bytes in a square; simplify the lines",
                  all[first->street].name, TILE_BYTES_MAX);
    ok = ok &&
         sql_run(tx, &area_queries[AREA_Q_STREET_TILE_PUT], e, SQL_INT(district),
                 SQL_INT(levels[first->level].zoom), SQL_INT(first->x), SQL_INT(first->y), SQL_TEXT(j.buf));
    jo_free(&j);
    return ok;
}

bool street_tiles_write(struct sql_tx *tx, int64_t district, const struct street *all, size_t n, bool sample,
                        struct err *e)
{
    struct cells c = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < n; i++)
        ok = street_cells(&c, &all[i], i, e);
    if (c.n > 0)
        qsort(c.list, c.n, sizeof(struct cell), cell_compare);
    for (size_t i = 0, took = 0; ok && i < c.n; i += took)
        ok = tile_write(tx, district, all, sample, c.list + i, c.n - i, &took, e);
    free(c.list);
    return ok;
}

/* --- asking --- */

static uint64_t stamp_of(const char *body)
{
    uint64_t stamp = 0xcbf29ce484222325U;

    for (; *body != '\0'; body++)
        stamp = (stamp ^ (unsigned char)*body) * 0x100000001b3U;
    return stamp;
}

static bool asked_square(const struct req *r, int64_t square[3], struct err *e)
{
    bool known = false;

    if (!req_query_int(r, "zoom", 0, 22, -1, &square[0], e))
        return false;
    for (size_t i = 0; i < N_LEVELS; i++)
        known = known || levels[i].zoom == square[0];
    if (!known)
        return ERR_FIELD(e, "zoom", "area.street_zoom", "应为 8、10 或 12", "8, 10 or 12");
    if (req_query(r, "x") == NULL || req_query(r, "y") == NULL)
        return ERR_FIELD(e, req_query(r, "x") == NULL ? "x" : "y", "area.street_square", "应为方格的编号",
                         "the number of a square");
    return req_query_int(r, "x", 0, (1 << square[0]) - 1, -1, &square[1], e) &&
           req_query_int(r, "y", 0, (1 << square[0]) - 1, -1, &square[2], e);
}

/* Streets come new once in years: what a browser has, it keeps for minutes and then asks with the stamp. */
bool street_tile_get(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *body = "{\"sample\":false,\"streets\":[]}";
    int64_t square[3];
    char etag[32];

    if (!asked_square(r, square, e) || !sql_begin(r->services->db, SQL_LOOK, &tx, e) ||
        !sql_query(tx, &area_queries[AREA_Q_STREET_TILE], &rows, e, SQL_INT(r->services->district),
                   SQL_INT(square[0]), SQL_INT(square[1]), SQL_INT(square[2])))
        return false;
    if (sql_next(rows))
        body = arena_strdup(r->arena, sql_text(rows, 0));
    if (!sql_end(&rows, e))
        return false;
    (void)snprintf(etag, sizeof etag, "\"s%016llx\"", (unsigned long long)stamp_of(body));
    req_header(r, "ETag", arena_strdup(r->arena, etag));
    req_header(r, "Cache-Control", "public, max-age=300");
    jo_raw(&r->out, NULL, body);
    return true;
}
