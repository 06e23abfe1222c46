#include "app/import_row.h"

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

/* Text as the JSON that field_from_json() takes; what does not fit goes in as text and is refused there. */
static struct json_object *as_json(const struct field *f, const char *text)
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
    case FIELD_UNSET:
    case FIELD_TEXT:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_CODE:
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

        (void)json_object_array_add(list, as_json(f, arena_strndup(r->a, text, len)));
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
        (void)json_object_object_add(into, f->field->name,
                                     f->field->many ? as_list(r, f->field, text) : as_json(f->field, text));
    return true;
}

static bool read_fields(const struct row *r, const struct map_move *m, struct command *c, struct err *e)
{
    AUTO(json_free) struct json_object *values = json_object_new_object();
    const struct input in = {.world = r->world, .who = &principal_import, .arena = r->a, .now = c->at};

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

    *c = (struct command){.who = &principal_import, .at = at, .verb = verb, .version = -1, .trusted = true};
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

static bool read_place(const struct row *r, struct command *c, struct err *e)
{
    bool lng = false, lat = false;

    if (!map_text(&r->map->area, r->csv, r->a, &c->area, e) ||
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

static bool raise_command(struct row *r, struct command **ret, struct err *e)
{
    const struct map_move *m = &r->map->raise;
    const char *id = csv_get(r->csv, r->map->id);
    struct command *c;
    int64_t at;

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
