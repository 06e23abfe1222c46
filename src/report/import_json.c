/* Which column becomes what, as JSON: what a screen sends, and what the columns' names suggest. */
#include "base/text.h"
#include "json/json_in.h"
#include "report/import.h"

#include <json-c/json.h>
#include <string.h>
#include <strings.h>

struct reading {
    const struct csv *csv;
    struct arena *a;
    struct import_map *map;
    struct err *e;
    bool ok;
};

static void complain(struct reading *r, const char *what)
{
    r->ok =
        ERR_FIELD(r->e, what, "import.source", "须是列的序号（0–%zu），或 {\"value\": 固定值}",
                  "must be a column's number (0..%zu) or {\"value\": always this}", r->csv->n_columns - 1);
}

/* A column by its number, or what is always the same. */
static void read_source(struct reading *r, const char *what, struct json_object *o, struct map_source *ret)
{
    struct json_object *value = NULL;

    if (json_object_is_type(o, json_type_null))
        return;
    if (json_object_is_type(o, json_type_int)) {
        int64_t column = json_object_get_int64(o);

        if (column < 0 || (size_t)column >= r->csv->n_columns)
            complain(r, what);
        *ret = (struct map_source){.type = MAP_COLUMN, .column = (int)column, .format = "%Y-%m-%d %H:%M:%S"};
        return;
    }
    if (!json_object_is_type(o, json_type_object) || json_object_object_length(o) != 1 ||
        !json_object_object_get_ex(o, "value", &value) || !json_object_is_type(value, json_type_string)) {
        complain(r, what);
        return;
    }
    *ret = (struct map_source){
        .type = MAP_VALUE, .text = arena_strdup(r->a, json_object_get_string(value)), .format = "rfc3339"};
}

static void read_fields(struct reading *r, struct json_object *fields)
{
    struct map_move *m = &r->map->raise;

    if (!json_object_is_type(fields, json_type_object)) {
        complain(r, "fields");
        return;
    }
    m->fields = arena_array(r->a, struct map_field, (size_t)json_object_object_length(fields) + 1);
    json_object_object_foreach(fields, name, source)
    {
        const struct field *f = kind_field(r->map->kind, name);
        const char *path = arena_printf(r->a, "fields.%.48s", name);

        if (f == NULL) {
            r->ok = ERR_FIELD(r->e, path, "input.unknown_field", "“%s”没有这一项", "%s has no such field",
                              r->map->kind->name);
            continue;
        }
        m->fields[m->n_fields].field = f;
        read_source(r, path, source, &m->fields[m->n_fields].source);
        m->n_fields += m->fields[m->n_fields].source.type != MAP_NONE;
    }
}

static void read_member(struct reading *r, const char *name, struct json_object *o)
{
    struct import_map *m = r->map;
    struct {
        const char *name;
        struct map_source *source;
    } const places[] = {{"area", &m->area}, {"address", &m->address}, {"lng", &m->lng},
                        {"lat", &m->lat},   {"parent", &m->parent},   {"note", &m->raise.note}};

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (str_eq(places[i].name, name)) {
            read_source(r, name, o, places[i].source);
            return;
        }
    if (str_eq(name, "fields")) {
        read_fields(r, o);
    } else if (str_eq(name, "datum")) {
        m->datum =
            json_object_is_type(o, json_type_string) ? datum_named(json_object_get_string(o)) : DATUM_UNSET;
        if (m->datum == DATUM_UNSET)
            r->ok = ERR_FIELD(r->e, "datum", "place.datum", "坐标系须是 wgs84、gcj02 或 bd09",
                              "datum must be wgs84, gcj02 or bd09");
    } else {
        r->ok = ERR_FIELD(r->e, name, "input.unknown_field", "没有这一项", "there is no such member");
    }
}

bool import_map_json(const struct world *w, const struct kind *kind, const struct csv *csv, const char *json,
                     struct arena *a, struct import_map *ret, struct err *e)
{
    AUTO(json_free) struct json_object *root = NULL;
    struct reading r = {.csv = csv, .a = a, .map = ret, .e = e, .ok = true};

    *ret = (struct import_map){.kind = kind, .id = -1, .source = "", .datum = DATUM_WGS84};
    ret->zone = (struct zone){.offset_min = w->offset_min};
    if (!json_parse(json, strlen(json), &root, e))
        return false;
    json_object_object_foreach(root, name, value)
    {
        read_member(&r, name, value);
    }
    for (size_t i = 0; i < kind->n_fields && r.ok; i++) {
        bool said = !kind->fields[i].required || kind->fields[i].fallback != NULL;

        for (size_t k = 0; k < ret->raise.n_fields; k++)
            said = said || ret->raise.fields[k].field == &kind->fields[i];
        if (!said)
            r.ok =
                ERR_FIELD(e, arena_printf(a, "fields.%s", kind->fields[i].name), "input.required",
                          "“%s%.0s”是必填项，请指定来自哪一列", "“%.0s%s” is needed: say which column has it",
                          kind->fields[i].title.zh, kind->fields[i].title.en);
    }
    return r.ok;
}

const char *import_column_of(const struct import_map *m, const struct csv *csv, const char *field)
{
    const struct map_source *s = NULL;

    if (str_starts(field, "fields."))
        for (size_t i = 0; i < m->raise.n_fields; i++)
            if (str_eq(m->raise.fields[i].field->name, field + strlen("fields.")))
                s = &m->raise.fields[i].source;
    if (str_eq(field, "area"))
        s = &m->area;
    if (str_eq(field, "parent"))
        s = &m->parent;
    if (str_starts(field, "place"))
        s = m->lng.type == MAP_COLUMN ? &m->lng : &m->area;
    return s == NULL || s->type != MAP_COLUMN ? "" : csv->column[s->column];
}

/* --- what the names suggest --- */

struct guessing {
    const struct csv *csv;
    bool used[CSV_COLUMNS_MAX];
};

/* 3: is called so; 2: has it in its name; 1: is part of it; 0: neither. */
static int fits(const char *column, const char *name)
{
    if (name == NULL || name[0] == '\0' || column[0] == '\0')
        return 0;
    if (strcasecmp(column, name) == 0)
        return 3;
    if (strlen(name) > 2 && strcasestr(column, name) != NULL)
        return 2;
    return strlen(column) > 3 && strcasestr(name, column) != NULL ? 1 : 0;
}

static int best_fit(const char *column, const char *const *names, size_t n)
{
    int best = 0;

    for (size_t i = 0; i < n; i++) {
        int one = fits(column, names[i]);

        best = one > best ? one : best;
    }
    return best;
}

/* The column that no other thing has yet and that fits at least so well; -1: none. */
static int take_column(struct guessing *g, const char *const *names, size_t n, int at_least)
{
    int best = at_least - 1, found = -1;

    for (size_t i = 0; i < g->csv->n_columns; i++) {
        int fit = g->used[i] ? 0 : best_fit(g->csv->column[i], names, n);

        if (fit > best) {
            best = fit;
            found = (int)i;
        }
    }
    if (found >= 0)
        g->used[found] = true;
    return found;
}

/* What other systems call such a column; NULL at the end. */
static const char *const *usual_names(const struct field *f)
{
    static const char *const phone[] = {"电话",     "联系电话", "手机",   "手机号",
                                        "联系方式", "phone",    "mobile", NULL},
                             *const citizen[] = {"身份证",   "身份证号",  "身份证号码",
                                                 "证件号码", "id number", NULL},
                             *const story[] = {"内容",     "描述",    "问题描述",    "详情", "诉求内容",
                                               "主要内容", "content", "description", NULL},
                             *const none[] = {NULL};

    if (f->type == FIELD_PHONE)
        return phone;
    if (f->type == FIELD_CITIZEN_ID)
        return citizen;
    return f->type == FIELD_TEXT && f->required ? story : none;
}

static size_t names_of(const char *const *names)
{
    size_t n = 0;

    while (names[n] != NULL)
        n++;
    return n;
}

/* Exact names first, so that “电话” does not take what “房东电话” is called by; what others say last. */
static void guess_fields(struct json_out *out, struct guessing *g, const struct kind *kind)
{
    int columns[CSV_COLUMNS_MAX * 2];
    enum { PASSES = 3 };

    for (size_t i = 0; i < kind->n_fields; i++)
        columns[i] = -1;
    for (int fit = PASSES; fit >= 0; fit--)
        for (size_t i = 0; i < kind->n_fields; i++) {
            const struct field *f = &kind->fields[i];
            const char *const names[] = {f->name, f->title.zh, f->title.en};
            const char *const *usual = usual_names(f);

            if (columns[i] < 0)
                columns[i] = fit > 0 ? take_column(g, names, COUNT_OF(names), fit)
                                     : take_column(g, usual, names_of(usual), PASSES);
        }
    jo_obj(out, "fields");
    for (size_t i = 0; i < kind->n_fields; i++)
        if (columns[i] >= 0)
            jo_int(out, kind->fields[i].name, columns[i]);
    jo_close(out);
}

static void guess_one(struct json_out *out, struct guessing *g, const char *key, const char *const *names,
                      size_t n)
{
    int column = take_column(g, names, n, 2);

    if (column >= 0)
        jo_int(out, key, column);
}

static const struct kind *parent_kind(const struct world *w, const struct kind *k)
{
    for (size_t i = 0; i < w->packs->n_kinds; i++)
        if (kind_has_child(w->packs->kinds[i], k->name))
            return w->packs->kinds[i];
    return NULL;
}

void import_guess(struct json_out *out, const char *key, const struct world *w, const struct kind *kind,
                  const struct csv *csv)
{
    static const char *const area[] = {"area", "区域", "网格", "社区", "所属社区"},
                             *const address[] = {"address", "地址"},
                             *const lng[] = {"lng", "经度", "longitude"},
                             *const lat[] = {"lat", "纬度", "latitude"}, *const note[] = {"note", "备注"};
    const struct kind *parent = parent_kind(w, kind);
    struct guessing g = {.csv = csv};

    jo_obj(out, key);
    guess_fields(out, &g, kind);
    if (parent != NULL) {
        const char *names[4] = {"parent", parent->title.zh, parent->title.en, NULL};
        size_t n = 3;

        if (parent->n_uniques > 0 && parent->uniques[0].n_fields > 0)
            names[n++] = parent->uniques[0].fields[0]->title.zh;
        guess_one(out, &g, "parent", names, n);
    }
    guess_one(out, &g, "area", area, COUNT_OF(area));
    guess_one(out, &g, "address", address, COUNT_OF(address));
    guess_one(out, &g, "lng", lng, COUNT_OF(lng));
    guess_one(out, &g, "lat", lat, COUNT_OF(lat));
    guess_one(out, &g, "note", note, COUNT_OF(note));
    jo_close(out);
}
