/* GET /similar: matters that read like what somebody is writing, near where it is said to be: is it one of
 * these? */
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "record.sql.h"
#include "record/list.h"
#include "record/record.h"
#include "record/store.h"

#include <json-c/json.h>
#include <string.h>

enum {
    SHOWN = 8,
    LOOKED_AT = 600, /* of a community, the newest */
    TEXT_CHARS = 500,
    PAIRS = 96,
    NEAR_M = 50, /* as good as the same place */
    FAR_M = 1500,
};
static const int64_t LONG_AGO_MS = INT64_C(90) * 24 * 3600 * 1000;

/* Two characters that stand together: what full text is made of, too. */
struct pairs {
    uint64_t list[PAIRS];
    size_t n;
};
struct found {
    struct uuid id;
    const char *kind, *title, *area, *fields;
    int64_t number, state_lamp, created_at, due_at;
    const char *state;
    bool open;
    double distance, likeness;
};
struct asked {
    struct req *req;
    const struct world *world;
    const struct kind *kind;
    const char *area;
    struct uuid except;
    bool has_place;
    double lng, lat;
    struct pairs words;
    struct found best[SHOWN];
    size_t n;
};

static bool is_letter(uint32_t c)
{
    return c >= 0x3400 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void pairs_of(const char *s, struct pairs *ret)
{
    uint32_t before = 0, c;

    ret->n = 0;
    while (s != NULL && (c = utf8_next(&s)) != 0 && ret->n < PAIRS) {
        uint64_t pair = (uint64_t)before << 32 | c;
        bool known = !is_letter(c) || before == 0;

        for (size_t i = 0; i < ret->n && !known; i++)
            known = ret->list[i] == pair;
        if (!known)
            ret->list[ret->n++] = pair;
        before = is_letter(c) ? c : 0;
    }
}

/* How much of what was typed stands there, 0..1. */
static double overlap(const struct pairs *typed, const char *title)
{
    struct pairs there;
    size_t same = 0;

    pairs_of(title, &there);
    for (size_t i = 0; i < typed->n; i++)
        for (size_t k = 0; k < there.n; k++)
            if (typed->list[i] == there.list[k]) {
                same++;
                break;
            }
    return typed->n == 0 ? 0
                         : (double)same / (double)(typed->n < there.n || there.n == 0 ? typed->n : there.n);
}

static double nearness(double metres)
{
    if (metres <= NEAR_M)
        return 1;
    return metres >= FAR_M ? 0 : 1 - (metres - NEAR_M) / (FAR_M - NEAR_M);
}

/* Alike in words or at the same spot; -1: neither. */
static double likeness(const struct asked *q, const struct found *f)
{
    double words = overlap(&q->words, f->title), near = f->distance < 0 ? 0 : nearness(f->distance);

    if (words < 0.2 && !(words > 0 && near > 0.9) && !(q->words.n == 0 && near > 0.9))
        return -1;
    return (f->distance < 0 ? words : 0.65 * words + 0.35 * near) * (f->open ? 1 : 0.8);
}

static void take(struct asked *q, const struct found *f)
{
    size_t at = q->n;

    while (at > 0 && q->best[at - 1].likeness < f->likeness)
        at--;
    if (at == SHOWN)
        return;
    if (q->n < SHOWN)
        q->n++;
    memmove(&q->best[at + 1], &q->best[at], sizeof(*f) * (q->n - 1 - at));
    q->best[at] = *f;
}

/* Columns of the lists. */
static void weigh(struct asked *q, const struct sql_rows *rows)
{
    struct arena *a = q->req->arena;
    struct found f = {.id = sql_uuid(rows, 0),
                      .number = sql_int(rows, 2),
                      .open = sql_int(rows, 5) != 0,
                      .state_lamp = sql_int(rows, 14),
                      .created_at = sql_int(rows, 15),
                      .due_at = sql_int(rows, 17),
                      .title = sql_text(rows, 11),
                      .distance = -1};

    /* What stands on a register is the same however long ago it was entered. */
    if (uuid_eq(f.id, q->except) || (f.created_at < q->req->now - LONG_AGO_MS && kind_merge(q->kind) == NULL))
        return;
    if (q->has_place && !sql_is_null(rows, 8))
        f.distance = distance_m(q->lng, q->lat, sql_real(rows, 8), sql_real(rows, 9));
    f.likeness = likeness(q, &f);
    if (f.likeness < 0 || (q->n == SHOWN && f.likeness <= q->best[SHOWN - 1].likeness))
        return;
    f.kind = arena_strdup(a, sql_text(rows, 1));
    f.state = arena_strdup(a, sql_text(rows, 3));
    f.area = arena_strdup(a, sql_text(rows, 7));
    f.title = arena_strdup(a, f.title);
    f.fields = arena_strdup(a, sql_text(rows, 12));
    take(q, &f);
}

static bool walk(struct asked *q, struct sql_tx *tx, struct sql_where *where, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char community[13];
    uint8_t from[16];
    const struct sql_query *query;

    memset(from, 0xff, sizeof(from));
    community_of(q->area, community);
    query = &record_queries[community[0] != '\0' ? RECORD_Q_LIST_COMMUNITY : RECORD_Q_LIST_OPEN];
    const struct sql_arg args[5] = {SQL_INT(q->world->district), SQL_BLOB(from, sizeof(from)),
                                    SQL_INT(LOOKED_AT), SQL_INT(LOOKED_AT), SQL_TEXT(community)};

    if (!sql_select(tx, query, where, &rows, e, args, community[0] != '\0' ? 5 : 4))
        return false;
    while (sql_next(rows))
        weigh(q, rows);
    return sql_end(&rows, e);
}

/* Its codes: what such a matter was called. */
static bool write_codes(struct json_out *j, const struct kind *k, const char *text, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;

    if (!json_parse(text, strlen(text), &o, e))
        return false;
    jo_obj(j, "codes");
    json_object_object_foreach(o, name, value)
    {
        const struct field *f = k == NULL ? NULL : kind_field(k, name);

        if (f != NULL && f->type == FIELD_CODE && !f->many && json_object_is_type(value, json_type_string))
            jo_str(j, name, json_object_get_string(value));
    }
    jo_close(j);
    return true;
}

static bool write_found(const struct asked *q, const struct found *f, struct err *e)
{
    struct json_out *j = &q->req->out;
    const struct area *area = area_find(q->world->areas, f->area);
    char number[64];

    number_format(q->world, f->number, number, sizeof(number));
    jo_obj(j, NULL);
    jo_uuid(j, "id", f->id);
    jo_str(j, "kind", f->kind);
    jo_str(j, "number", number);
    jo_str(j, "title", f->title);
    jo_str(j, "state", f->state);
    jo_bool(j, "open", f->open);
    jo_str(j, "light_now", lamp_name((enum lamp)f->state_lamp));
    jo_str(j, "area", f->area);
    jo_str(j, "area_name", area == NULL ? NULL : area->name);
    jo_time(j, "created_at", f->created_at, q->world->offset_min);
    jo_time(j, "due_at", f->due_at, q->world->offset_min);
    jo_num(j, "likeness", f->likeness);
    if (f->distance < 0)
        jo_null(j, "distance_m");
    else
        jo_int(j, "distance_m", (int64_t)f->distance);
    if (!write_codes(j, packs_kind(q->world->packs, f->kind), f->fields, e))
        return false;
    jo_close(j);
    return true;
}

static bool read_place(struct asked *q, struct err *e)
{
    const char *lng = req_query(q->req, "lng"), *lat = req_query(q->req, "lat");
    const char *area = req_query(q->req, "area");
    char trimmed[AREA_CODE_MAX] = "";

    if (lng != NULL || lat != NULL) {
        if (lng == NULL || lat == NULL || !parse_double(lng, &q->lng) || !parse_double(lat, &q->lat) ||
            !(q->lng >= -180 && q->lng <= 180 && q->lat >= -90 && q->lat <= 90))
            return ERR_FIELD(e, "lng", "place.range", "经度须在 -180–180、纬度须在 -90–90 之间",
                             "lng must be within -180..180 and lat within -90..90");
        q->has_place = true;
    }
    if (area != NULL) {
        area_code_trim(area, trimmed);
        if (area_find(q->world->areas, trimmed) == NULL)
            return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district",
                             area);
    }
    const struct area *at = q->has_place ? area_locate(q->world->areas, q->lng, q->lat) : NULL;
    q->area = at != NULL ? at->code : arena_strdup(q->req->arena, trimmed);
    return true;
}

static bool read_asked(struct asked *q, struct err *e)
{
    const char *kind = req_query(q->req, "kind"), *text = req_query(q->req, "text");
    const char *except = req_query(q->req, "except");

    if (kind == NULL || (q->kind = packs_kind(q->world->packs, kind)) == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”",
                         kind == NULL ? "" : kind);
    if (text != NULL && utf8_length(text) > TEXT_CHARS)
        return ERR_FIELD(e, "text", "input.too_long", "最多 %d 个字", "at most %d characters", TEXT_CHARS);
    if (except != NULL && !uuid_parse(except, &q->except))
        return ERR_FIELD(e, "except", "input.uuid", "须是事项编号", "must be the id of a matter");
    pairs_of(text, &q->words);
    return read_place(q, e);
}

static bool look_around(struct asked *q, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct sql_where where;
    bool ok;

    if (!sql_begin(q->req->services->db, SQL_READ, &tx, e))
        return false;
    sql_where_init(&where);
    ok =
        !list_scope(&where, q->world, q->kind, q->req->who, q->area, q->req->arena) || walk(q, tx, &where, e);
    sql_where_free(&where);
    return ok;
}

static bool get_similar(struct req *r, struct err *e)
{
    struct asked *q = arena_new(r->arena, struct asked);

    q->req = r;
    q->world = r->services->world(r->services);
    if (!read_asked(q, e) || ((q->words.n > 0 || q->has_place) && !look_around(q, e)))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < q->n; i++)
        if (!write_found(q, &q->best[i], e))
            return false;
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

const struct route similar_routes[] = {
    {GET, "/api/v1/similar", PERM_STAFF, BODY_NONE, get_similar, NULL, 0,
     "Matters that read like a text, near a place", "similar"},
    {0},
};
