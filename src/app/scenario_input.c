/* A step's words as the body of a request: the same checks as for anybody's. */
#include "app/people.h"
#include "app/scenario.h"
#include "base/clock.h"
#include "base/text.h"
#include "record/input.h"
#include "scenario.sql.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- values --- */

static struct json_object *text_json(const char *s)
{
    return json_object_new_string(s);
}

/* As the field's type reads it; what does not fit stays text, and the door says so. */
static struct json_object *scalar_json(const struct play *p, const struct field *f, const struct pack_node *n)
{
    char when[RFC3339_MAX];
    int64_t i;
    double x;
    bool counted = false;

    if (!n->quoted && (strcmp(n->text, "null") == 0 || strcmp(n->text, "~") == 0))
        return NULL;
    if (f == NULL)
        return text_json(n->text);
    if ((f->type == FIELD_INTEGER || f->type == FIELD_MONEY || f->type == FIELD_RATING) &&
        parse_int64(n->text, &i))
        return json_object_new_int64(i);
    if ((f->type == FIELD_DECIMAL || f->type == FIELD_POINT) && parse_double(n->text, &x))
        return json_object_new_double(x);
    if (f->type == FIELD_DATE && play_date(p, n->text, when))
        return text_json(when);
    if (f->type == FIELD_TIME && play_instant(p, n->text, &i, &counted) && counted) {
        rfc3339_format(i, p->d->offset_min, when);
        return text_json(when);
    }
    if (f->type == FIELD_BOOL && (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0))
        return json_object_new_boolean(n->text[0] == 't');
    return text_json(n->text);
}

/* "第{n}处": the number of the time; {nth}: behind those that are skipped. */
static const struct pack_node *numbered(struct play *p, const struct pack_node *n)
{
    const bool some = n->type == NODE_SCALAR && p->turn > 0;
    const char *at = some ? strstr(n->text, "{n}") : NULL, *nth = some ? strstr(n->text, "{nth}") : NULL;
    struct pack_node *copy;

    if (at == NULL && nth == NULL)
        return n;
    copy = arena_new(p->arena, struct pack_node);
    *copy = *n;
    copy->text = at != NULL ? arena_printf(p->arena, "%.*s%lld%s", (int)(at - n->text), n->text,
                                           (long long)p->turn, at + strlen("{n}"))
                            : arena_printf(p->arena, "%.*s%lld%s", (int)(nth - n->text), n->text,
                                           (long long)(p->skip + p->turn), nth + strlen("{nth}"));
    return copy;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the file is, which the reader limits */
static struct json_object *value_json(const struct play *p, const struct field *f, const struct pack_node *n)
{
    struct json_object *list;

    if (n->type == NODE_SCALAR)
        return scalar_json(p, f, n);
    list = json_object_new_array();
    for (size_t i = 0; n->type == NODE_LIST && i < n->n; i++)
        (void)json_object_array_add(list, value_json(p, f, n->items[i]));
    return list;
}

/* A record that the story has named: while a step is repeated, one of that name after the other, and again
 * from the first. */
static const struct kept *kept_in_turn(struct play *p, const struct pack_node *name, struct seek *s)
{
    const int64_t nth = p->skip + p->turn;

    if (p->turn == 0)
        return play_kept(p, name);
    if (s->name != name || s->nth >= nth)
        *s = (struct seek){.name = name};
    do {
        s->next = s->next == p->n_kept ? 0 : s->next;
        for (; s->next < p->n_kept; s->next++)
            if (strcmp(p->kept[s->next].name, play_text(name)) == 0 && ++s->nth == nth)
                return &p->kept[s->next++];
    } while (s->nth > 0);
    (void)play_fail(p, name, "没有记下“%s” nothing is kept by that name", play_text(name));
    return NULL;
}

/* A field of type account takes a login. What is none stays as it is, and the door says so. */
static struct json_object *login_json(struct play *p, const struct pack_node *n)
{
    const struct principal *who = NULL;
    char id[UUID_TEXT_MAX];
    struct err e = {0};

    if (!person_by_login(p->d, n->text, p->now, p->arena, &who, &e))
        return text_json(n->text);
    uuid_format(who->account, id);
    return text_json(id);
}

static struct json_object *field_json(struct play *p, const struct field *f, const struct pack_node *n)
{
    const struct kept *k;
    char id[UUID_TEXT_MAX];

    if (f != NULL && f->type == FIELD_ACCOUNT && n->type == NODE_SCALAR)
        return login_json(p, n);
    if (f == NULL || f->type != FIELD_RECORD || n->type != NODE_SCALAR)
        return value_json(p, f, numbered(p, n));
    if ((k = kept_in_turn(p, n, &p->named)) == NULL)
        return NULL;
    uuid_format(k->id, id);
    return text_json(id);
}

static struct json_object *fields_json(struct play *p, const struct kind *k, const struct pack_node *map)
{
    struct json_object *o = json_object_new_object();

    for (size_t i = 0; i < map->n; i++)
        (void)json_object_object_add(o, map->keys[i]->text,
                                     field_json(p, kind_field(k, map->keys[i]->text), map->items[i]));
    return o;
}

struct json_object *play_fields(struct play *p, const struct kind *k, const struct pack_node *map)
{
    return map == NULL || map->type != NODE_MAP ? json_object_new_object() : fields_json(p, k, map);
}

/* --- people --- */

static bool party_json(struct play *p, const char *role, const struct pack_node *n, struct json_object *list)
{
    struct json_object *o = json_object_new_object();
    const struct principal *who = NULL;
    const struct org *org = NULL;
    char id[UUID_TEXT_MAX];
    struct err e = {0};

    (void)json_object_array_add(list, o);
    (void)json_object_object_add(o, "role", text_json(role));
    if (str_starts(play_text(n), "org:")) {
        org = directory_org_named(district_world(p->d)->people, n->text + strlen("org:"));
        if (org == NULL)
            return play_fail(p, n, "没有（或不止一个）单位“%s” no such organisation, or several",
                             n->text + 4);
    } else if (!person_by_login(p->d, play_text(n), p->now, p->arena, &who, &e)) {
        return play_fail_err(p, n, play_text(n), &e);
    }
    uuid_format(org != NULL ? org->id : who->account, id);
    (void)json_object_object_add(o, org != NULL ? "org" : "account", text_json(id));
    return true;
}

/* "posts:secretary": everybody who holds that post in the area of the record the step is meant for. */
static bool holders_json(struct play *p, const char *role, const struct pack_node *n,
                         struct json_object *list)
{
    const struct world *w = district_world(p->d);
    const char *post = n->text + strlen("posts:"), *area = "";

    if (!play_area_of_target(p, n, &area))
        return false;
    for (size_t i = 0; i < w->people->n_posts; i++) {
        const struct post *one = &w->people->posts[i];
        struct json_object *o;
        char id[UUID_TEXT_MAX];

        if (strcmp(one->role, post) != 0 || !area_covers(area, one->area))
            continue;
        o = json_object_new_object();
        uuid_format(one->account, id);
        (void)json_object_object_add(o, "role", text_json(role));
        (void)json_object_object_add(o, "account", text_json(id));
        (void)json_object_array_add(list, o);
    }
    return true;
}

static bool parties_json(struct play *p, const struct pack_node *map, struct json_object *list)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct pack_node *n = map->items[i];
        const char *role = map->keys[i]->text;

        if (n->type != NODE_LIST) {
            if (!(str_starts(play_text(n), "posts:") ? holders_json(p, role, n, list)
                                                     : party_json(p, role, n, list)))
                return false;
            continue;
        }
        for (size_t k = 0; k < n->n; k++)
            if (!party_json(p, role, n->items[k], list))
                return false;
    }
    return true;
}

/* --- places --- */

static bool names(const struct area *a, const char *text)
{
    static const char *const endings[] = {"", "居委会", "村委会", "委会"};
    const struct area *township = area_ancestor(a, AREA_TOWNSHIP);
    char name[256];

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", text, endings[i]);
        if (strcmp(a->name, name) == 0)
            return true;
        (void)snprintf(name, sizeof(name), "%s%s%s", township == NULL ? "" : township->name, a->name, "");
        if (str_starts(name, text) && strcmp(name + strlen(text), endings[i]) == 0)
            return true;
    }
    return false;
}

const struct area *play_area(struct play *p, const struct pack_node *n)
{
    const struct area_tree *t = district_world(p->d)->areas;
    const struct area *found = area_find(t, play_text(n));

    for (size_t i = 0; found == NULL && i < area_count(t); i++)
        if (area_at(t, i)->level <= AREA_COMMUNITY && names(area_at(t, i), play_text(n))) {
            for (size_t k = i + 1; k < area_count(t); k++)
                if (area_at(t, k)->level <= AREA_COMMUNITY && names(area_at(t, k), play_text(n))) {
                    (void)play_fail(
                        p, n,
                        "“%s”不止一处，请在前面写上乡镇街道 there are several: put the township before it",
                        play_text(n));
                    return NULL;
                }
            found = area_at(t, i);
        }
    if (found == NULL)
        (void)play_fail(p, n, "没有区域“%s” no such area", play_text(n));
    return found;
}

static const struct area *area_of_post(struct play *p, const struct pack_node *login)
{
    const struct principal *who = NULL;
    const char *area = "";
    struct err e = {0};

    if (!person_by_login(p->d, play_text(login), p->now, p->arena, &who, &e)) {
        (void)play_fail_err(p, login, play_text(login), &e);
        return NULL;
    }
    if (who->n_posts == 0) {
        (void)play_fail(p, login, "“%s”没有岗位 holds no post", play_text(login));
        return NULL;
    }
    /* Of several the narrowest: where they are to be found. */
    for (size_t i = 0; i < who->n_posts; i++)
        if (strlen(who->posts[i].area) > strlen(area))
            area = who->posts[i].area;
    return area_find(district_world(p->d)->areas, area);
}

/* {in: NAME, level: grid}: a repeated step lies in one area after another; the nearest outline gives the
 * point. */
static const struct area *area_in_turn(struct play *p, const struct pack_node *in,
                                       const struct pack_node *level, bool whole)
{
    const struct area *under, *found;
    const char *code = "";
    size_t n;

    if (strcmp(play_text(in), "it") != 0)
        under = play_area(p, in);
    else
        under = play_area_of_target(p, in, &code) ? area_find(district_world(p->d)->areas, code) : NULL;
    if (under == NULL)
        return NULL;
    const struct area **all = play_areas_of(p, under, area_level_named(play_text(level)), &n);

    if (n == 0) {
        (void)play_fail(p, in, "“%s”里没有这一级的区域 there are no such areas in it", under->name);
        return NULL;
    }
    found = all[(size_t)(p->turn > 0 ? p->turn - 1 : 0) % n];
    while (!whole && found != NULL && !found->has_boundary)
        found = found->parent;
    return found;
}

static bool place_json(struct play *p, const struct pack_node *map, const char *key, struct json_object *body)
{
    struct json_object *place;
    const struct pack_node *area = node_get(map, "area"), *of = node_get(map, "of"),
                           *lng = node_get(map, "lng"), *lat = node_get(map, "lat"),
                           *address = node_get(map, "address"), *in = node_get(map, "in");
    const bool whole = strcmp(play_text(node_get(map, "whole")), "true") == 0;
    const struct area *a = NULL;
    double x, y;

    if (area != NULL && (a = play_area(p, area)) == NULL)
        return false;
    if (of != NULL && (a = area_of_post(p, of)) == NULL)
        return false;
    if (in != NULL && (a = area_in_turn(p, in, node_get(map, "level"), whole)) == NULL)
        return false;
    if (a != NULL && whole) {
        (void)json_object_object_add(body, "area", text_json(a->code));
        return true;
    }
    if (a != NULL && !a->has_boundary)
        return play_fail(p, map, "“%s”没有边界，取不到其中的一点 has no outline to take a point from",
                         a->name);
    if (a != NULL) {
        x = a->lng;
        y = a->lat;
    } else if (lng == NULL || lat == NULL || !parse_double(play_text(lng), &x) ||
               !parse_double(play_text(lat), &y)) {
        return play_fail(p, map, "place 须有 area、of，或 lng 和 lat: place needs area, of, or lng and lat");
    }
    place = json_object_new_object();
    (void)json_object_object_add(body, key, place);
    (void)json_object_object_add(place, "lng", json_object_new_double(x));
    (void)json_object_object_add(place, "lat", json_object_new_double(y));
    if (address != NULL)
        (void)json_object_object_add(place, "address", text_json(play_text(address)));
    return true;
}

/* --- photos --- */

enum { PHOTO_WIDTH = 32, PHOTO_HEIGHT = 24 };
static const uint8_t photo[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00, 0x18, 0x08, 0x02, 0x00, 0x00, 0x00, 0x14, 0x31, 0x68,
    0x63, 0x00, 0x00, 0x00, 0x24, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x48, 0xa8, 0xed, 0xa6,
    0x29, 0x62, 0x18, 0xb5, 0x60, 0xd4, 0x82, 0x51, 0x0b, 0x46, 0x2d, 0x18, 0xb5, 0x60, 0xd4, 0x82,
    0x51, 0x0b, 0x46, 0x2d, 0x18, 0x1a, 0x16, 0x00, 0x00, 0x47, 0xd9, 0x38, 0x3d, 0x94, 0x25, 0x12,
    0x84, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
static const uint8_t photo_sha256[32] = {0xda, 0x50, 0xe3, 0x74, 0x94, 0x15, 0xc5, 0xa0, 0xa0, 0x8e, 0x60,
                                         0x93, 0x2a, 0x31, 0x6d, 0x9e, 0x08, 0x85, 0x63, 0xaf, 0xe0, 0x61,
                                         0x2c, 0xaf, 0x20, 0x29, 0x83, 0xfd, 0x89, 0x0f, 0x44, 0x7f};

static bool write_photo(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, photo, sizeof(photo)) == (ssize_t)sizeof(photo);

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* Where file/ would have put it: DIR/files/ab/cdef…, its thumbnail beside it. */
static bool store_photo(const char *dir, struct err *e)
{
    char hex[65], path[1024];

    hex_encode(photo_sha256, sizeof(photo_sha256), hex);
    (void)snprintf(path, sizeof(path), "%s/files", dir);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/files/%.2s", dir, hex);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/files/%.2s/%s", dir, hex, hex + 2);
    if (!write_photo(path))
        return ERR(e, ERR_BUSY, "file.disk", "无法写入 %s", "%s cannot be written", path);
    (void)snprintf(path, sizeof(path), "%s/files/%.2s/%s.thumb", dir, hex, hex + 2);
    return write_photo(path) || ERR(e, ERR_BUSY, "file.disk", "无法写入 %s", "%s cannot be written", path);
}

static bool keep_shot(struct play *p, struct sql_tx *tx, const struct shot *s, struct err *e)
{
    char name[32] = "photo.png";

    if (s->nth > 0)
        (void)snprintf(name, sizeof(name), "photo-%d.png", s->nth);
    return sql_run(tx, &scenario_queries[SCENARIO_Q_PHOTO_ADD], e, SQL_INT(p->d->code), SQL_UUID(&s->id),
                   SQL_BLOB(photo_sha256, sizeof(photo_sha256)), SQL_INT((int64_t)sizeof(photo)),
                   SQL_TEXT(name), SQL_INT(PHOTO_WIDTH), SQL_INT(PHOTO_HEIGHT), SQL_UUID(&s->by),
                   SQL_INT(p->now));
}

bool play_photos(struct play *p, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (p->n_shots == 0)
        return true;
    if ((p->d->dir != NULL && !store_photo(p->d->dir, e)) || !sql_begin(p->d->db, SQL_WRITE, &tx, e))
        return false;
    for (size_t i = 0; i < p->n_shots; i++)
        if (!keep_shot(p, tx, &p->shots[i], e))
            return false;
    p->n_shots = 0;
    return sql_commit(&tx, e);
}

static bool take_photo(struct play *p, const struct uuid *account, int nth, struct uuid *ret, struct err *e)
{
    if (p->shots == NULL)
        p->shots = arena_array(p->story, struct shot, PHOTOS_TOGETHER);
    if (p->n_shots == PHOTOS_TOGETHER && !play_photos(p, e))
        return false;
    *ret = rng_uuid(&p->rng, p->now);
    p->shots[p->n_shots++] = (struct shot){*ret, *account, nth};
    return true;
}

bool play_photo(struct play *p, const struct uuid *account, struct uuid *ret, struct err *e)
{
    return take_photo(p, account, 0, ret, e);
}

static bool files_json(struct play *p, const struct pack_node *n, const struct uuid *account,
                       struct json_object *list, struct err *e)
{
    int64_t count;

    if (!parse_int64(play_text(n), &count) || count < 0 || count > 9)
        return play_fail(p, n, "files 是 0 到 9 的张数 files is how many photos, 0 to 9");
    for (int64_t i = 0; i < count; i++) {
        char text[UUID_TEXT_MAX];
        struct uuid id;

        if (!take_photo(p, account, (int)i + 1, &id, e))
            return play_fail_err(p, n, "files", e);
        uuid_format(id, text);
        (void)json_object_array_add(list, text_json(text));
    }
    return true;
}

/* `files: {photos: 2}`: into fields instead. */
static bool field_files_json(struct play *p, const struct pack_node *map, const struct kind *k,
                             const struct uuid *account, struct json_object *fields, struct err *e)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct field *f = kind_field(k, map->keys[i]->text);
        struct json_object *list = json_object_new_array();

        if (!files_json(p, map->items[i], account, list, e)) {
            (void)json_object_put(list);
            return false;
        }
        if (f == NULL || f->many) {
            (void)json_object_object_add(fields, map->keys[i]->text, list);
            continue;
        }
        (void)json_object_object_add(fields, f->name, json_object_get(json_object_array_get_idx(list, 0)));
        (void)json_object_put(list);
    }
    return true;
}

/* --- the body --- */

static struct json_object *add(struct json_object *body, const char *key, struct json_object *v)
{
    (void)json_object_object_add(body, key, v);
    return v;
}

static bool add_files(struct play *p, const struct pack_node *files, const struct kind *k,
                      const struct principal *who, struct json_object *body, struct err *e)
{
    struct json_object *fields = NULL;

    if (files == NULL || files->type != NODE_MAP)
        return files == NULL ||
               files_json(p, files, &who->account, add(body, "files", json_object_new_array()), e);
    if (!json_object_object_get_ex(body, "fields", &fields))
        fields = add(body, "fields", json_object_new_object());
    return field_files_json(p, files, k, &who->account, fields, e);
}

static bool add_time(struct play *p, const struct pack_node *n, struct json_object *body)
{
    char text[RFC3339_MAX];
    int64_t ms;

    if (play_duration(play_text(n), &ms))
        ms += p->now;
    else if (!play_instant(p, play_text(n), &ms, NULL))
        return play_fail(p, n, "until 须形如 20h 或一个时刻 until reads like 20h, or is an instant");
    rfc3339_format(ms, p->d->offset_min, text);
    (void)add(body, "until", text_json(text));
    return true;
}

static bool add_record(struct play *p, const struct pack_node *name, const char *key,
                       struct json_object *body)
{
    const struct kept *k = kept_in_turn(p, name, &p->each);
    char id[UUID_TEXT_MAX];

    if (k == NULL)
        return false;
    uuid_format(k->id, id);
    (void)add(body, key, text_json(id));
    return true;
}

/* In a step that is done for each of several: below the one at hand. */
static bool add_above(const struct play *p, struct json_object *body)
{
    char id[UUID_TEXT_MAX];

    if (p->above != NULL) {
        uuid_format(p->above->id, id);
        (void)add(body, "parent", text_json(id));
    }
    return true;
}

static bool fill_body(struct play *p, const struct pack_node *step, const struct kind *k,
                      const struct principal *who, struct json_object *body, struct err *e)
{
    const struct pack_node *fields = node_get(step, "fields"), *parties = node_get(step, "parties"),
                           *place = node_get(step, "place"), *files = node_get(step, "files"),
                           *until = node_get(step, "until"), *note = node_get(step, "note"),
                           *parent = node_get(step, "parent"), *other = node_get(step, "other"),
                           *here = node_get(step, "here");

    if (fields != NULL)
        (void)add(body, "fields",
                  fields->type == NODE_MAP ? fields_json(p, k, fields) : value_json(p, NULL, fields));
    if (note != NULL)
        (void)add(body, "note", text_json(play_text(note)));
    return (parties == NULL || parties_json(p, parties, add(body, "parties", json_object_new_array()))) &&
           (place == NULL || place_json(p, place, "place", body)) &&
           (here == NULL || place_json(p, here, "here", body)) && add_files(p, files, k, who, body, e) &&
           (until == NULL || add_time(p, until, body)) &&
           (parent == NULL ? add_above(p, body) : add_record(p, parent, "parent", body)) &&
           (other == NULL || add_record(p, other, "other", body));
}

static const struct kind *kind_of(struct play *p, const struct pack_node *n)
{
    const struct kind *k = packs_kind(district_world(p->d)->packs, play_text(n));

    if (k == NULL)
        (void)play_fail(p, n, "没有类型“%s” there is no kind of that name", play_text(n));
    return k;
}

bool play_command(struct play *p, const struct pack_node *step, const struct principal *who,
                  struct command **ret, struct err *e)
{
    AUTO(json_free) struct json_object *body = json_object_new_object();
    const struct pack_node *raise = node_get(step, "raise"), *act = node_get(step, "do");
    const struct input in = {.world = district_world(p->d), .who = who, .arena = p->arena, .now = p->now};
    const struct kept *target = p->target;
    const struct kind *k;
    char id[UUID_TEXT_MAX];

    *ret = NULL;
    if (raise == NULL && (act == NULL || act->type != NODE_LIST || act->n != 2))
        return play_fail(p, step,
                         "一步要么 raise，要么 do: [流转, 名字] a step has raise, or do: [move, NAME]");
    if (raise == NULL && target == NULL && (target = play_kept(p, act->items[1])) == NULL)
        return false;
    k = target != NULL ? target->kind : kind_of(p, raise);
    if (k == NULL || !fill_body(p, step, k, who, body, e))
        return false;
    uuid_format(rng_uuid(&p->rng, p->now), id);
    (void)add(body, "id", text_json(id));
    if (target != NULL)
        return input_move(&in, k, target->id, play_text(act->items[0]), body, ret, e);
    (void)add(body, "kind", text_json(k->name));
    return input_raise(&in, body, ret, e);
}
