#include "report/import_row.h"

#include "base/clock.h"
#include "base/text.h"
#include "identity/privacy.h"
#include "json/json_in.h"
#include "record/input.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct row {
    const struct import_map *map;
    const struct csv *csv;
    const struct world *world;
    struct arena *a;
    struct uuid id;
};

/* --- times and conditions --- */

static bool read_time(const struct row *r, const struct map_source *s, const char *what, int64_t *ret,
                      struct err *e)
{
    const char *text = NULL;

    *ret = 0;
    if (!map_text(s, r->csv, r->a, &text, e))
        return false;
    if (text == NULL)
        return true;
    return zone_parse(&r->map->zone, s->format, text, ret) ||
           ERR(e, ERR_INVALID, "import.time", "%s：“%.40s”不是 %.40s 格式的时间",
               "%s: “%.40s” is no time in the format %.40s", what, text, s->format);
}

static bool lookup(void *ctx, int column, struct arena *a, struct cel_value *ret, struct err *e)
{
    const char *text = csv_get(((const struct row *)ctx)->csv, column);

    (void)a;
    (void)e;
    *ret = text[0] == '\0' ? CEL_NULLV : CEL_STR(text);
    return true;
}

static bool holds(struct row *r, const struct cel_expr *x, bool *ret, struct err *e)
{
    const struct cel_scope scope = {.ctx = r, .lookup = lookup};

    *ret = true;
    return x == NULL || cel_test(x, &scope, r->a, ret, e);
}

/* --- values --- */

static struct json_object *number(const char *text)
{
    double d;

    return parse_double(text, &d) ? json_object_new_double(d) : json_object_new_string(text);
}

static struct json_object *point(const char *text)
{
    const char *comma = strchr(text, ',');
    struct json_object *list = json_object_new_array();

    if (comma == NULL) {
        (void)json_object_put(list);
        return json_object_new_string(text);
    }
    (void)json_object_array_add(list, json_object_new_double(strtod(text, NULL)));
    (void)json_object_array_add(list, json_object_new_double(strtod(comma + 1, NULL)));
    return list;
}

static bool one_of(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static struct json_object *boolean(const char *text)
{
    static const char *const yes[] = {"true", "1", "yes", "y", "是"}, *const no[] = {"false", "0", "no", "n",
                                                                                     "否"};

    if (one_of(text, yes, COUNT_OF(yes)) || one_of(text, no, COUNT_OF(no)))
        return json_object_new_boolean(one_of(text, yes, COUNT_OF(yes)));
    return json_object_new_string(text);
}

/* The next digits of *s, at most `most`, and what separates them from the next: '/', '.', '-' or a character
 * of 年月日. -1: there are none. */
static int digits_of(const char **s, size_t most)
{
    static const char *const marks[] = {"/", ".", "-", "年", "月", "日"};
    size_t n = strspn(*s, "0123456789");
    int v = 0;

    if (n == 0)
        return -1;
    n = n > most ? most : n;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + ((*s)[i] - '0');
    *s += n;
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (str_starts(*s, marks[i])) {
            *s += strlen(marks[i]);
            break;
        }
    return v;
}

/* A day as people write it: 2026/11/2, 2026.11.2, 20261102, 2026年11月2日. What is none stays as it is. */
static struct json_object *day(const struct row *r, const char *text)
{
    enum { YEAR = 4, REST = 2 };
    const char *at = text;
    int y = digits_of(&at, YEAR), m = digits_of(&at, REST), d = digits_of(&at, REST);

    if (y < 1000 || m < 1 || d < 1 || (at[0] != '\0' && !str_eq(at, " 00:00:00")))
        return json_object_new_string(text);
    return json_object_new_string(arena_printf(r->a, "%04d-%02d-%02d", y, m, d));
}

/* A code, or what people call it where only one is called so. */
static struct json_object *code(const struct field *f, const char *text)
{
    const struct code *found = NULL;

    if (list_code(f->list, text) != NULL)
        return json_object_new_string(text);
    for (size_t i = 0; i < f->list->n_codes; i++) {
        const struct code *c = &f->list->codes[i];

        if (!str_eq(c->title.zh, text) && strcasecmp(c->title.en, text) != 0)
            continue;
        if (found != NULL)
            return json_object_new_string(text);
        found = c;
    }
    return json_object_new_string(found == NULL ? text : found->code);
}

/* Text as the JSON that field_from_json() takes; what does not fit goes in as text and is refused there. */
static struct json_object *as_json(const struct row *r, const struct field *f, const char *text)
{
    int64_t i;

    switch (f->type) {
    case FIELD_INTEGER:
    case FIELD_MONEY:
    case FIELD_RATING:
        return parse_int64(text, &i) ? json_object_new_int64(i) : json_object_new_string(text);
    case FIELD_DECIMAL:
        return number(text);
    case FIELD_BOOL:
        return boolean(text);
    case FIELD_POINT:
        return point(text);
    case FIELD_DATE:
        return day(r, text);
    case FIELD_CODE:
        return code(f, text);
    case FIELD_UNSET:
    case FIELD_TEXT:
    case FIELD_TIME:
    case FIELD_AREA:
    case FIELD_ACCOUNT:
    case FIELD_ORG:
    case FIELD_RECORD:
    case FIELD_FILE:
    case FIELD_PHONE:
    case FIELD_CITIZEN_ID:
    case FIELD_CREDIT_CODE:
    case FIELD_PLATE:
    case FIELD__MAX:
        break;
    }
    return json_object_new_string(text);
}

/* "a; b; c" of a field that holds a list. */
static struct json_object *as_list(const struct row *r, const struct field *f, const char *text)
{
    struct json_object *list = json_object_new_array();

    while (*text != '\0') {
        size_t len = strcspn(text, ";");

        (void)json_object_array_add(list, as_json(r, f, arena_strndup(r->a, text, len)));
        text += len;
        text += strspn(text, "; ");
    }
    return list;
}

static bool read_value(const struct row *r, const struct map_field *f, struct json_object *into,
                       struct err *e)
{
    const char *text = NULL;
    int64_t ms;

    if (f->field->type == FIELD_TIME && !f->field->many) {
        char instant[RFC3339_MAX];

        if (!read_time(r, &f->source, f->field->name, &ms, e))
            return false;
        rfc3339_format(ms, 0, instant);
        if (ms != 0)
            (void)json_object_object_add(into, f->field->name, json_object_new_string(instant));
        return true;
    }
    if (!map_text(&f->source, r->csv, r->a, &text, e))
        return false;
    if (text != NULL)
        (void)json_object_object_add(
            into, f->field->name, f->field->many ? as_list(r, f->field, text) : as_json(r, f->field, text));
    return true;
}

static bool read_fields(const struct row *r, const struct map_move *m, struct command *c, struct err *e)
{
    AUTO(json_free) struct json_object *values = json_object_new_object();
    const struct input in = {.world = r->world, .who = r->map->by.who, .arena = r->a, .now = c->at};

    for (size_t i = 0; i < m->n_fields; i++)
        if (!read_value(r, &m->fields[i], values, e))
            return false;
    return m->n_fields == 0 || input_fields(&in, r->map->kind, values, c, e);
}

/* --- commands --- */

static struct uuid id_from(const struct row *r, int64_t at, const char *what, const void *more, size_t n)
{
    uint8_t hash[HASH_BYTES];

    privacy_hash(r->world->privacy, what, strlen(what) + 1, more, n, hash);
    return uuid_v7(at, hash);
}

static struct command *new_command(const struct row *r, const char *verb, int64_t at)
{
    struct command *c = arena_new(r->a, struct command);

    *c = (struct command){
        .who = r->map->by.who, .at = at, .verb = verb, .version = -1, .trusted = r->map->by.trusted};
    return c;
}

static bool read_coordinate(const struct row *r, const struct map_source *s, double *ret, bool *ret_there,
                            struct err *e)
{
    const char *text = NULL;

    if (!map_text(s, r->csv, r->a, &text, e))
        return false;
    *ret_there = text != NULL;
    return text == NULL || parse_double(text, ret) ||
           ERR(e, ERR_INVALID, "import.place", "“%.40s”不是坐标", "“%.40s” is no coordinate", text);
}

/* An area is said by its code, or by its name where only one has it. */
static bool name_area(const struct row *r, struct command *c, struct err *e)
{
    const struct area *area;

    if (c->area == NULL || strspn(c->area, "0123456789") == strlen(c->area))
        return true;
    area = area_by_name(r->world->areas, "", c->area);
    if (area == NULL)
        return ERR_FIELD(e, "area", "import.area", "没有区域“%.60s”，或有几个同名的；请写编码",
                         "there is no area \"%.60s\", or several of that name: write its code", c->area);
    c->area = area->code;
    return true;
}

static bool read_place(const struct row *r, struct command *c, struct err *e)
{
    bool lng = false, lat = false;

    if (!map_text(&r->map->area, r->csv, r->a, &c->area, e) || !name_area(r, c, e) ||
        !map_text(&r->map->address, r->csv, r->a, &c->address, e) ||
        !read_coordinate(r, &r->map->lng, &c->lng, &lng, e) ||
        !read_coordinate(r, &r->map->lat, &c->lat, &lat, e))
        return false;
    if (!lng || !lat)
        return true;
    if (!(c->lng >= -180 && c->lng <= 180 && c->lat >= -90 && c->lat <= 90))
        return ERR(e, ERR_INVALID, "place.range", "经度须在 -180–180、纬度须在 -90–90 之间",
                   "lng must be within -180..180 and lat within -90..90");
    datum_to_wgs84(r->map->datum, &c->lng, &c->lat);
    c->has_place = true;
    return true;
}

/* Rows of one import have ids in their order: the line stands where chance would, before what is left of it.
 */
static struct uuid row_id(const struct row *r)
{
    const struct import_by *by = &r->map->by;
    int64_t line = r->csv->line;
    uint8_t hash[HASH_BYTES];

    privacy_hash(r->world->privacy, by->import.b, sizeof(by->import.b), &line, sizeof(line), hash);
    hash[0] = (uint8_t)(line >> 14 & 0x0f);
    hash[1] = (uint8_t)(line >> 6);
    hash[2] = (uint8_t)(line & 0x3f);
    return uuid_v7(by->began_at, hash);
}

static bool read_parent(const struct row *r, struct command *c, struct err *e)
{
    const char *text = NULL;

    if (!map_text(&r->map->parent, r->csv, r->a, &text, e) || text == NULL)
        return e->code == ERR_NONE;
    if (uuid_parse(text, &c->parent))
        return true;
    return r->map->by.parent != NULL && r->map->by.parent(r->map->by.ctx, text, &c->parent, e);
}

/* What has to be somewhere, in words that a table has: there is no map to touch. */
static bool placed(const struct row *r, const struct command *c, struct err *e)
{
    if (c->has_place || r->map->kind->place != PLACE_REQUIRED || !uuid_is_nil(c->parent) ||
        (c->area != NULL && *c->area != '\0'))
        return true;
    return ERR_FIELD(e, "place", "place.required", "没有地点：请写所在社区的名称或编码，或者经度和纬度",
                     "no place: write the community's name or code, or longitude and latitude");
}

/* A row of a file that was sent: raised now. */
static bool sent_command(struct row *r, struct command **ret, struct err *e)
{
    const struct map_move *m = &r->map->raise;
    struct command *c = new_command(r, m->verb, r->map->by.now);

    c->kind = r->map->kind;
    c->packs = r->world->packs;
    c->id = r->id = row_id(r);
    *ret = c;
    return read_parent(r, c, e) && read_place(r, c, e) && map_text(&m->note, r->csv, r->a, &c->note, e) &&
           read_fields(r, m, c, e) && placed(r, c, e);
}

static bool raise_command(struct row *r, struct command **ret, struct err *e)
{
    const struct map_move *m = &r->map->raise;
    const char *id = csv_get(r->csv, r->map->id);
    struct command *c;
    int64_t at;

    if (!uuid_is_nil(r->map->by.import))
        return sent_command(r, ret, e);
    if (id[0] == '\0')
        return ERR(e, ERR_INVALID, "import.id", "这一行没有编号", "this row has no id");
    if (!read_time(r, &m->at, "at", &at, e))
        return false;
    if (at == 0)
        return ERR(e, ERR_INVALID, "import.time_missing", "这一行没有上报时间",
                   "this row does not say when it was raised");
    c = new_command(r, m->verb, at);
    c->kind = r->map->kind;
    c->id = r->id =
        id_from(r, at, arena_printf(r->a, "%s/%s", r->map->kind->name, r->map->source), id, strlen(id));
    *ret = c;
    return read_place(r, c, e) && map_text(&m->note, r->csv, r->a, &c->note, e) && read_fields(r, m, c, e);
}

/* *ret stays NULL where the row says no such move. */
static bool move_command(struct row *r, size_t i, int64_t after, const struct command **ret, struct err *e)
{
    const struct map_move *m = &r->map->moves[i];
    struct command *c;
    bool yes = false;
    int64_t at;

    if (!holds(r, m->when, &yes, e))
        return false;
    if (!yes)
        return true;
    if (!read_time(r, &m->at, m->verb, &at, e))
        return false;
    if (at == 0)
        return true;
    if (at < after)
        return ERR(e, ERR_INVALID, "import.before", "“%s”的时间早于它之前的一步",
                   "“%s” happened before what comes before it", m->verb);
    c = new_command(r, m->verb, at);
    c->target = r->id;
    c->id = id_from(r, at, arena_printf(r->a, "move/%zu/%s", i, m->verb), r->id.b, sizeof(r->id.b));
    *ret = c;
    return read_time(r, &m->until, "until", &c->until, e) && map_text(&m->note, r->csv, r->a, &c->note, e) &&
           read_fields(r, m, c, e);
}

bool import_row(const struct import_map *m, const struct csv *csv, const struct world *w, struct arena *a,
                const struct command **ret, size_t *ret_n, struct err *e)
{
    struct row r = {.map = m, .csv = csv, .world = w, .a = a};
    struct command *raise = NULL;
    bool yes = false;

    *ret_n = 0;
    if (csv->n_fields != csv->n_columns)
        return ERR(e, ERR_INVALID, "import.columns", "这一行有 %zu 列，表头有 %zu 列",
                   "this row has %zu columns, the header has %zu", csv->n_fields, csv->n_columns);
    if (!holds(&r, m->when, &yes, e))
        return false;
    if (!yes)
        return true;
    if (!raise_command(&r, &raise, e))
        return false;
    ret[0] = raise;
    *ret_n = 1;
    for (size_t i = 0; i < m->n_moves; i++) {
        const struct command *c = NULL;

        if (!move_command(&r, i, ret[*ret_n - 1]->at, &c, e)) {
            *ret_n = 0;
            return false;
        }
        if (c != NULL)
            ret[(*ret_n)++] = c;
    }
    return true;
}
