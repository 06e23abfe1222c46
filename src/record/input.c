#include "record/input.h"

#include "base/limits.h"
#include "base/text.h"
#include "identity/person.h"
#include "pack/value.h"
#include "record/codec.h"

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

/* Every member a body may have; which of them is allowed depends on the call. */
struct body {
    struct uuid id, parent, other;
    int64_t version, until;
    const char *kind, *area, *note, *type;
    struct json_object *place, *here, *fields, *parties, *files, *mentions;
};

struct place {
    double lng, lat;
    const char *datum, *address;
};

#define AT(type, member) offsetof(struct type, member)

static const struct json_member raise_members[] = {
    {"id", JSON_UUID, AT(body, id), false, 0, 0},
    {"kind", JSON_TEXT, AT(body, kind), true, 1, 64},
    {"area", JSON_TEXT, AT(body, area), false, 0, 20},
    {"place", JSON_OBJECT, AT(body, place), false, 0, 0},
    {"fields", JSON_OBJECT, AT(body, fields), false, 0, 0},
    {"parties", JSON_ARRAY, AT(body, parties), false, 0, LIMIT_PARTIES},
    {"files", JSON_ARRAY, AT(body, files), false, 0, LIMIT_FILES},
    {"note", JSON_TEXT, AT(body, note), false, 0, LIMIT_NOTE_CHARS},
    {"until", JSON_TIME, AT(body, until), false, 0, 0},
    {"parent", JSON_UUID, AT(body, parent), false, 0, 0},
};
static const struct json_member move_members[] = {
    {"id", JSON_UUID, AT(body, id), false, 0, 0},
    {"version", JSON_INT, AT(body, version), false, 0, INT32_MAX},
    {"area", JSON_TEXT, AT(body, area), false, 0, 20},
    {"place", JSON_OBJECT, AT(body, place), false, 0, 0},
    {"fields", JSON_ANY, AT(body, fields), false, 0, 0},
    {"parties", JSON_ARRAY, AT(body, parties), false, 0, LIMIT_PARTIES},
    {"files", JSON_ARRAY, AT(body, files), false, 0, LIMIT_FILES},
    {"note", JSON_TEXT, AT(body, note), false, 0, LIMIT_NOTE_CHARS},
    {"until", JSON_TIME, AT(body, until), false, 0, 0},
    {"here", JSON_OBJECT, AT(body, here), false, 0, 0},
    {"mentions", JSON_ARRAY, AT(body, mentions), false, 0, LIMIT_MENTIONS},
    {"other", JSON_UUID, AT(body, other), false, 0, 0},
    {"type", JSON_TEXT, AT(body, type), false, 1, 32},
};
static const struct json_member place_members[] = {
    {"lng", JSON_NUMBER, AT(place, lng), false, 0, 0},
    {"lat", JSON_NUMBER, AT(place, lat), false, 0, 0},
    {"datum", JSON_TEXT, AT(place, datum), false, 1, 8},
    {"address", JSON_TEXT, AT(place, address), false, 0, 200},
};
enum { HERE_MEMBERS = COUNT_OF(place_members) - 1 }; /* without an address */

enum { NOWHERE = 1000 };

/* Brings a point into WGS-84. */
static bool read_point(struct place *p, const char *field, const char *datum_field, struct err *e)
{
    enum datum datum = p->datum == NULL ? DATUM_WGS84 : datum_named(p->datum);

    if (!(p->lng >= -180 && p->lng <= 180 && p->lat >= -90 && p->lat <= 90))
        return ERR_FIELD(e, field, "place.range", "经度须在 -180–180、纬度须在 -90–90 之间",
                         "lng must be within -180..180 and lat within -90..90");
    if (datum == DATUM_UNSET)
        return ERR_FIELD(e, datum_field, "place.datum", "坐标系须是 wgs84、gcj02 或 bd09",
                         "datum must be wgs84, gcj02 or bd09");
    datum_to_wgs84(datum, &p->lng, &p->lat);
    return true;
}

static bool read_place(const struct input *in, struct json_object *o, struct command *c, struct err *e)
{
    struct place p = {.lng = NOWHERE, .lat = NOWHERE};

    if (!json_read(o, "place.", place_members, COUNT_OF(place_members), &p, e))
        return false;
    if (p.address != NULL && p.address[0] != '\0')
        c->address = arena_strdup(in->arena, p.address);
    if (p.lng >= NOWHERE && p.lat >= NOWHERE)
        return c->address != NULL || ERR_FIELD(e, "place", "place.empty", "位置须有经纬度或地址",
                                               "a place needs lng and lat, or an address");
    if (!read_point(&p, "place", "place.datum", e))
        return false;
    c->has_place = true;
    c->lng = p.lng;
    c->lat = p.lat;
    return true;
}

/* Where who acts is. */
static bool read_here(struct json_object *o, struct command *c, struct err *e)
{
    struct place p = {.lng = NOWHERE, .lat = NOWHERE};

    if (!json_read(o, "here.", place_members, HERE_MEMBERS, &p, e) ||
        !read_point(&p, "here", "here.datum", e))
        return false;
    c->has_here = true;
    c->here_lng = p.lng;
    c->here_lat = p.lat;
    return true;
}

/* Seals what is personal: in memory, in the history and at rest it is cipher text and a mask. */
static void seal(const struct input *in, const struct field *f, struct command *c)
{
    const struct privacy *pv = in->world->privacy;
    struct uuid record = c->kind != NULL ? c->id : c->target;
    const char *plain = c->values[f->index].s;

    privacy_blind(pv, field_type_name(f->type), plain, c->blind[f->index]);
    c->values[f->index].s = personal_join(in->arena, privacy_seal(pv, in->arena, record, f->name, plain),
                                          privacy_mask(in->arena, f->type, plain));
}

/* NOLINTNEXTLINE(misc-no-recursion): a list has no lists in it */
static void add_file(struct uuid *ids, size_t *n, const struct cel_value *v)
{
    if (v->type == CEL_LIST)
        for (size_t i = 0; i < v->list.n; i++)
            add_file(ids, n, &v->list.items[i]);
    else if (v->type == CEL_STRING && *n < LIMIT_FILES && uuid_parse(v->s, &ids[*n]))
        (*n)++;
}

/* The files that fields name become evidence like the others. */
static void collect_files(const struct input *in, const struct kind *kind, struct command *c)
{
    struct uuid *ids = arena_array(in->arena, struct uuid, LIMIT_FILES);
    size_t n = 0;

    for (size_t i = 0; i < kind->n_fields; i++)
        if (kind->fields[i].type == FIELD_FILE)
            add_file(ids, &n, &c->values[i]);
    c->field_files = ids;
    c->n_field_files = n;
}

/* Digits 7 to 14 of a citizen ID are the day of birth. Neither value is repeated. */
static bool born_then(const char *id, const char *day)
{
    char digits[9] = "";

    for (size_t i = 0, n = 0; day[i] != '\0' && n < 8; i++)
        if (day[i] != '-')
            digits[n++] = day[i];
    return strlen(id) == 18 && strncmp(id + 6, digits, 8) == 0;
}

static bool check_births(const struct kind *kind, const struct command *c, struct arena *a, struct err *e)
{
    bool ok = true;

    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct field *f = &kind->fields[i];
        const struct cel_value *id = f->birth_of == NULL ? NULL : &c->values[f->birth_of->index];

        if (id == NULL || id->type != CEL_STRING || c->values[i].type != CEL_STRING ||
            born_then(id->s, c->values[i].s))
            continue;
        ok = ERR_FIELD(e, arena_printf(a, "fields.%s", f->name), "input.birth",
                       "“%1$s”与“%2$s”里的出生日期不一致，请核对%3$.0s%4$.0s",
                       "%3$s does not agree with the birthday in %4$s: check both%1$.0s%2$.0s", f->title.zh,
                       f->birth_of->title.zh, f->title.en, f->birth_of->title.en);
    }
    return ok;
}

static void seal_all(const struct input *in, const struct kind *kind, struct command *c)
{
    for (size_t i = 0; i < kind->n_fields; i++)
        if (kind->fields[i].privacy == PRIVACY_PERSONAL && c->values[i].type == CEL_STRING)
            seal(in, &kind->fields[i], c);
}

/* An account is named by its id, or by the word for somebody who was found by their number. */
static bool read_value(const struct input *in, const struct field *f, struct json_object *v, const char *path,
                       struct cel_value *ret, struct err *e)
{
    const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
    char *id;
    struct uuid found;

    if (f->type != FIELD_ACCOUNT || f->many || !str_starts(text, PERSON_PREFIX))
        return field_from_json(f, v, path, in->arena, ret, e);
    if (!person_of_word(in->world->privacy, in->who->account, text, in->now, path, &found, e))
        return false;
    id = arena_alloc(in->arena, UUID_TEXT_MAX);
    uuid_format(found, id);
    *ret = CEL_STR(id);
    return true;
}

bool input_fields(const struct input *in, const struct kind *kind, struct json_object *fields,
                  struct command *c, struct err *e)
{
    bool ok = true;

    c->values = arena_array(in->arena, struct cel_value, kind->n_fields + 1);
    c->blind = arena_alloc(in->arena, (kind->n_fields + 1) * BLIND_BYTES);
    json_object_object_foreach(fields, name, v)
    {
        const struct field *f = kind_field(kind, name);
        const char *path = arena_printf(in->arena, "fields.%.48s", name);

        if (f == NULL) {
            ok = ERR_FIELD(e, path, "input.unknown_field", "“%s”没有这一项", "%s has no such field",
                           kind->name);
            continue;
        }
        if (!read_value(in, f, v, path, &c->values[f->index], e))
            ok = false;
    }
    if (ok)
        ok = check_births(kind, c, in->arena, e);
    seal_all(in, kind, c);
    collect_files(in, kind, c);
    return ok;
}

struct party_member {
    const char *role, *person;
    struct uuid account, org;
};

static const struct json_member party_members[] = {
    {"role", JSON_TEXT, AT(party_member, role), true, 1, 64},
    {"account", JSON_UUID, AT(party_member, account), false, 0, 0},
    {"org", JSON_UUID, AT(party_member, org), false, 0, 0},
    {"person", JSON_TEXT, AT(party_member, person), false, 1, PERSON_TEXT},
};

static bool read_party(const struct input *in, const struct kind *kind, struct json_object *o,
                       struct party_input *ret, struct err *e)
{
    struct party_member m = {0};

    if (!json_object_is_type(o, json_type_object))
        return ERR_FIELD(e, "parties", "input.type", "须是对象", "each must be an object");
    if (!json_read(o, "parties.", party_members, COUNT_OF(party_members), &m, e))
        return false;
    ret->role = kind_party(kind, m.role);
    ret->account = m.account;
    ret->org = m.org;
    if (ret->role == NULL)
        return ERR_FIELD(e, "parties.role", "party.role", "没有角色“%.40s”", "there is no part “%.40s”",
                         m.role);
    if (!uuid_is_nil(m.account) + !uuid_is_nil(m.org) + (m.person != NULL) != 1)
        return ERR_FIELD(e, "parties", "party.one", "请指定一个人员、一个单位或一位找到的居民",
                         "name an account, an org or a person found, one of them");
    ret->found = m.person != NULL;
    return !ret->found ||
           person_of_word(in->world->privacy, in->who->account, m.person, in->now,
                          arena_printf(in->arena, "parties.%s", ret->role->name), &ret->account, e);
}

static bool read_parties(const struct input *in, const struct kind *kind, struct json_object *list,
                         struct command *c, struct err *e)
{
    size_t n = json_object_array_length(list);
    struct party_input *p = arena_array(in->arena, struct party_input, n + 1);

    for (size_t i = 0; i < n; i++)
        if (!read_party(in, kind, json_object_array_get_idx(list, i), &p[i], e))
            return false;
    c->parties = p;
    c->n_parties = n;
    return true;
}

static bool read_files(const struct input *in, struct json_object *list, struct command *c, struct err *e)
{
    size_t n = json_object_array_length(list);
    struct uuid *ids = arena_array(in->arena, struct uuid, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);

        if (!json_object_is_type(o, json_type_string) || !uuid_parse(json_object_get_string(o), &ids[i]))
            return ERR_FIELD(e, "files", "input.uuid", "须是文件编号",
                             "each must be the id of an uploaded file");
    }
    c->files = ids;
    c->n_files = n;
    return true;
}

static bool read_mentions(const struct input *in, struct json_object *list, struct command *c, struct err *e)
{
    size_t n = json_object_array_length(list);
    struct uuid *ids = arena_array(in->arena, struct uuid, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);

        if (!json_object_is_type(o, json_type_string) || !uuid_parse(json_object_get_string(o), &ids[i]))
            return ERR_FIELD(e, "mentions", "input.uuid", "须是账号编号",
                             "each must be the id of an account");
    }
    c->mentions = ids;
    c->n_mentions = n;
    return true;
}

/* A reveal names fields; anything else gives their values. */
static bool read_reveal(const struct input *in, const struct kind *kind, struct json_object *list,
                        struct command *c, struct err *e)
{
    size_t n;
    const struct field **fields;

    if (!json_object_is_type(list, json_type_array))
        return ERR_FIELD(e, "fields", "input.type", "须是字段名的列表", "must be a list of field names");
    n = json_object_array_length(list);
    fields = arena_array(in->arena, const struct field *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(list, i));

        fields[i] = name == NULL ? NULL : kind_field(kind, name);
        if (fields[i] == NULL || fields[i]->privacy != PRIVACY_PERSONAL)
            return ERR_FIELD(e, "fields", "reveal.field", "没有个人信息项“%.40s”",
                             "“%.40s” is no personal field", name == NULL ? "" : name);
    }
    c->reveal = fields;
    c->n_reveal = n;
    return true;
}

static const char *text_or_null(const struct input *in, const char *s)
{
    return s == NULL || s[0] == '\0' ? NULL : arena_strdup(in->arena, s);
}

/* What both calls have in common. */
static bool read_rest(const struct input *in, const struct kind *kind, const struct body *b,
                      struct command *c, struct err *e)
{
    c->who = in->who;
    c->at = in->now;
    c->area = text_or_null(in, b->area);
    c->note = text_or_null(in, b->note);
    c->until = b->until;
    c->parent = b->parent;
    c->other = b->other;
    return (b->place == NULL || read_place(in, b->place, c, e)) &&
           (b->here == NULL || read_here(b->here, c, e)) &&
           (b->parties == NULL || read_parties(in, kind, b->parties, c, e)) &&
           (b->mentions == NULL || read_mentions(in, b->mentions, c, e)) &&
           (b->files == NULL || read_files(in, b->files, c, e));
}

bool input_raise(const struct input *in, struct json_object *body, struct command **ret, struct err *e)
{
    struct command *c = arena_new(in->arena, struct command);
    struct body b = {0};
    struct json_object *fields;
    bool ok;

    if (!json_read(body, "", raise_members, COUNT_OF(raise_members), &b, e))
        return false;
    c->kind = packs_kind(in->world->packs, b.kind);
    if (c->kind == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", b.kind);
    c->packs = in->world->packs;
    c->id = uuid_is_nil(b.id) ? uuid_make() : b.id;
    c->version = -1;
    fields = b.fields == NULL ? json_object_new_object() : json_object_get(b.fields);
    ok = input_fields(in, c->kind, fields, c, e) && read_rest(in, c->kind, &b, c, e);
    (void)json_object_put(fields);
    *ret = c;
    return ok;
}

static bool read_link_type(const struct input *in, const struct body *b, struct command *c, struct err *e)
{
    const char *type = b->type == NULL ? "related" : b->type;

    if (strcmp(type, "related") != 0 && strcmp(type, "from") != 0)
        return ERR_FIELD(e, "type", "link.type", "关联类型须是 related 或 from",
                         "type must be related or from");
    c->link = arena_strdup(in->arena, type);
    return true;
}

bool input_move(const struct input *in, const struct kind *kind, struct uuid target, const char *verb,
                struct json_object *body, struct command **ret, struct err *e)
{
    struct command *c = arena_new(in->arena, struct command);
    struct body b = {.version = -1};

    *ret = c;
    if (!json_read(body, "", move_members, COUNT_OF(move_members), &b, e))
        return false;
    c->id = uuid_is_nil(b.id) ? uuid_make() : b.id;
    c->target = target;
    c->verb = arena_strdup(in->arena, verb);
    c->packs = in->world->packs;
    c->version = b.version;
    if (!read_rest(in, kind, &b, c, e) || !read_link_type(in, &b, c, e))
        return false;
    if (b.fields == NULL)
        return true;
    if (strcmp(verb, "reveal") == 0)
        return read_reveal(in, kind, b.fields, c, e);
    if (!json_object_is_type(b.fields, json_type_object))
        return ERR_FIELD(e, "fields", "input.type", "须是对象", "must be an object");
    return input_fields(in, kind, b.fields, c, e);
}
