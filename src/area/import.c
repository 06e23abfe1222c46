/* Areas from CSV, boundaries from GeoJSON. All or nothing: one bad row refuses the
 * file, and says where. A geometry that is not valid is refused, never mended
 * silently: whoever drew it must see what is wrong. */
#include "area.sql.h"
#include "area/area_priv.h"
#include "area/csv.h"
#include "base/text.h"

#include <string.h>

enum { NAME_CHARS_MAX = 100, GEOMETRY_BYTES_MAX = 16 * 1000 * 1000 };

struct columns {
    int code, name, level, parent;
};

/* Statistics call these levels by other words. */
static enum area_level level_said(const char *word)
{
    static const struct {
        const char *word;
        enum area_level level;
    } also[] = {{"county", AREA_DISTRICT},
                {"town", AREA_TOWNSHIP},
                {"street", AREA_TOWNSHIP},
                {"village", AREA_COMMUNITY}};

    for (size_t i = 0; i < COUNT_OF(also); i++)
        if (str_eq(also[i].word, word))
            return also[i].level;
    return area_level_named(word);
}

static bool row_check(const struct csv *c, const struct columns *col, const char *code, struct err *e)
{
    const char *name = csv_get(c, col->name), *level = csv_get(c, col->level);
    char parent[AREA_CODE_MAX];
    long long line = c->line;

    if (code[0] == '\0')
        return ERR(e, ERR_INVALID, "area.code",
                   "第 %lld 行：“%.40s”不是区划代码，应为 2、4、6、9、12、15 或 18 位数字",
                   "line %lld: \"%.40s\" is no area code; 2, 4, 6, 9, 12, 15 or 18 digits", line,
                   csv_get(c, col->code));
    if (name[0] == '\0' || utf8_length(name) > NAME_CHARS_MAX)
        return ERR(e, ERR_INVALID, "area.name", "第 %lld 行：名称应为 1 到 %d 个字",
                   "line %lld: a name has 1 to %d characters", line, NAME_CHARS_MAX);
    if (level[0] != '\0' && level_said(level) != area_level_of(code))
        return ERR(e, ERR_INVALID, "area.level", "第 %lld 行：代码 %s 的层级是 %s，不是“%.40s”",
                   "line %lld: by its length code %s is a %s, not a \"%.40s\"", line, code,
                   area_level_name(area_level_of(code)), level);
    if (csv_get(c, col->parent)[0] == '\0')
        return true;
    area_code_trim(csv_get(c, col->parent), parent);
    if (parent[0] == '\0' || strcmp(parent, code) == 0 || !area_covers(parent, code))
        return ERR(e, ERR_INVALID, "area.parent", "第 %lld 行：上级代码“%.40s”不是 %s 的前缀",
                   "line %lld: the parent code \"%.40s\" is no prefix of %s", line, csv_get(c, col->parent),
                   code);
    return true;
}

static bool found(struct sql_tx *tx, const struct sql_query *q, int64_t district, const char *code, bool *ret,
                  struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, q, &rows, e, SQL_INT(district), SQL_TEXT(code)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

/* A file says what is so now; it brings nothing back that has ended on a date. */
static bool put(struct sql_tx *tx, int64_t district, const char *code, const char *name, struct err *e)
{
    bool goes_on = false, ever = false;

    if (!found(tx, &area_queries[AREA_Q_KNOWN], district, code, &goes_on, e) ||
        !found(tx, &area_queries[AREA_Q_EVER], district, code, &ever, e))
        return false;
    if (ever && !goes_on)
        return ERR(e, ERR_CONFLICT, "area.code_ended", "区域 %s 已经终止，编码不再使用；请换一个编码",
                   "area %s has ended, and its code is not used again; choose another", code);
    return sql_run(tx, &area_queries[goes_on ? AREA_Q_RENAME : AREA_Q_PUT], e, SQL_INT(district),
                   SQL_TEXT(code), SQL_TEXT(name));
}

static bool import_rows(struct csv *c, struct sql_tx *tx, int64_t district, int64_t *ret_areas, struct err *e)
{
    struct columns col;
    bool more = true;

    if (!csv_need(c, "code", &col.code, e) || !csv_need(c, "name", &col.name, e))
        return false;
    col.level = csv_column(c, "level");
    col.parent = csv_column(c, "parent_code");
    for (;;) {
        char code[AREA_CODE_MAX];

        if (!csv_next(c, &more, e))
            return false;
        if (!more)
            return true;
        area_code_trim(csv_get(c, col.code), code);
        if (!row_check(c, &col, code, e) || !put(tx, district, code, csv_get(c, col.name), e))
            return false;
        (*ret_areas)++;
    }
}

bool area_import_csv(struct sql *db, int64_t district, const char *csv, size_t n,
                     struct area_import_result *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(csv_free) struct csv *c = csv_create();
    int64_t areas = 0;

    if (!csv_begin(c, csv, n, e) || !sql_begin(db, SQL_WRITE, &tx, e) ||
        !import_rows(c, tx, district, &areas, e) || !sql_changed(tx, district, e) || !sql_commit(&tx, e))
        return false;
    *ret = (struct area_import_result){.areas = areas};
    return true;
}

static struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;

    if (json_object_is_type(o, json_type_object))
        (void)json_object_object_get_ex(o, name, &v);
    return v;
}

/* The feature's code, trimmed; it may be text or a number. */
static bool feature_code(struct json_object *feature, size_t i, char out[AREA_CODE_MAX], struct err *e)
{
    struct json_object *code = member(member(feature, "properties"), "code");

    out[0] = '\0';
    if (json_object_is_type(code, json_type_string) || json_object_is_type(code, json_type_int))
        area_code_trim(json_object_get_string(code), out);
    if (out[0] == '\0')
        return ERR(e, ERR_INVALID, "area.code", "第 %zu 个要素的 properties.code 不是区划代码",
                   "properties.code of feature %zu is no area code", i + 1);
    return true;
}

static bool known(struct sql_tx *tx, int64_t district, const char *code, struct err *e)
{
    bool there = false;

    if (!found(tx, &area_queries[AREA_Q_KNOWN], district, code, &there, e))
        return false;
    return there || ERR(e, ERR_INVALID, "area.unknown", "边界的区域 %s 不存在，请先导入区域",
                        "there is no area %s for this boundary; import the areas first", code);
}

struct boundary_import {
    struct sql_tx *tx;
    int64_t district;
    enum datum datum;
    bool approximate;
    struct buf text;
};

/* What the feature says of itself counts more than what was said of the file. */
static bool is_approximate(const struct boundary_import *b, struct json_object *feature)
{
    struct json_object *said = member(member(feature, "properties"), "approximate");

    return json_object_is_type(said, json_type_boolean) ? json_object_get_boolean(said) : b->approximate;
}

static bool import_feature(struct boundary_import *b, struct json_object *feature, size_t i, struct err *e)
{
    char code[AREA_CODE_MAX];
    AUTO(geometry_free) GEOSGeometry *g = NULL;

    if (!feature_code(feature, i, code, e) || !known(b->tx, b->district, code, e) ||
        !geometry_read(member(feature, "geometry"), b->datum, code, &g, e) || !geometry_check(g, code, e))
        return false;
    buf_clear(&b->text);
    geometry_text(g, &b->text);
    if (b->text.failed)
        return ERR(e, ERR_TOO_LARGE, "area.geometry_size", "%s 的边界超过 %d 字节，请先简化",
                   "the boundary of %s is larger than %d bytes; simplify it", code, GEOMETRY_BYTES_MAX);
    return sql_run(b->tx, &area_queries[AREA_Q_SET_BOUNDARY], e, SQL_INT(b->district), SQL_TEXT(code),
                   SQL_TEXT(buf_text(&b->text)), SQL_INT(is_approximate(b, feature)));
}

static bool import_features(struct boundary_import *b, struct json_object *features, struct err *e)
{
    size_t n = json_object_array_length(features);

    for (size_t i = 0; i < n; i++)
        if (!import_feature(b, json_object_array_get_idx(features, i), i, e))
            return false;
    return true;
}

bool area_import_geojson(struct sql *db, int64_t district, const char *json, size_t n, enum datum datum,
                         bool approximate, struct area_import_result *ret, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!json_parse(json, n, &o, e))
        return false;
    struct json_object *features = member(o, "features");
    if (!json_object_is_type(features, json_type_array))
        return ERR(e, ERR_INVALID, "area.geojson", "文件不是 GeoJSON 的 FeatureCollection",
                   "the file is no GeoJSON FeatureCollection");
    if (!sql_begin(db, SQL_WRITE, &tx, e))
        return false;
    struct boundary_import b = {.tx = tx, .district = district, .datum = datum, .approximate = approximate};
    buf_init(&b.text, GEOMETRY_BYTES_MAX);
    bool ok = import_features(&b, features, e);
    buf_free(&b.text);
    if (!ok || !sql_changed(tx, district, e) || !sql_commit(&tx, e))
        return false;
    *ret = (struct area_import_result){.boundaries = (int64_t)json_object_array_length(features)};
    return true;
}
