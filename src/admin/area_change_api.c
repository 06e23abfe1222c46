/* POST /areas/changes: what a change would do (dry), or doing it; what was decided; withdrawing what is to
 * come. */
#include "admin/admin.h"
#include "admin/area_change.h"
#include "base/text.h"
#include "json/json_in.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_CHARS_MAX = 500, CHANGES_PAGE = 50, BODY_BYTES = 512 * 1024 };

/* One after the other: each plan is made of a tree that has the change before it. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void turn_over(pthread_mutex_t **m)
{
    (void)pthread_mutex_unlock(*m);
}

/* --- reading --- */

struct sent {
    struct uuid id;
    const char *what, *why;
    int64_t from;
    bool dry, follow, approximate;
    struct json_object *codes, *parts, *boundary, *line;
};

static bool read_parts(struct req *r, struct json_object *list, struct area_wish *w, struct err *e)
{
    static const struct json_member members[] = {
        {"code", JSON_TEXT, offsetof(struct area_part, code), false, 0, AREA_CODE_MAX - 1},
        {"name", JSON_TEXT, offsetof(struct area_part, name), false, 0, AREA_NAME_CHARS_MAX},
    };
    size_t n = list == NULL ? 0 : json_object_array_length(list);
    struct area_part *parts = arena_array(r->arena, struct area_part, n + 1);

    for (size_t i = 0; i < n; i++)
        if (!json_read(json_object_array_get_idx(list, i), "parts.", members, COUNT_OF(members), &parts[i],
                       e))
            return false;
    w->parts = parts;
    w->n_parts = n;
    return true;
}

static bool read_codes(struct req *r, struct json_object *list, struct area_wish *w, struct err *e)
{
    size_t n = json_object_array_length(list);
    const char **codes = arena_array(r->arena, const char *, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);

        if (!json_object_is_type(one, json_type_string))
            return ERR_FIELD(e, "codes", "input.type", "区域编码须是文字", "codes are texts");
        codes[i] = json_object_get_string(one);
    }
    w->codes = codes;
    w->n_codes = n;
    return true;
}

static bool order_read(struct req *r, struct sent *s, struct area_order *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct sent, id), false, 0, 0},
        {"do", JSON_TEXT, offsetof(struct sent, what), true, 1, 16},
        {"from", JSON_TIME, offsetof(struct sent, from), false, 0, 0},
        {"why", JSON_TEXT, offsetof(struct sent, why), false, 0, WHY_CHARS_MAX},
        {"dry", JSON_BOOL, offsetof(struct sent, dry), false, 0, 0},
        {"follow", JSON_BOOL, offsetof(struct sent, follow), false, 0, 0},
        {"approximate", JSON_BOOL, offsetof(struct sent, approximate), false, 0, 0},
        {"codes", JSON_ARRAY, offsetof(struct sent, codes), true, 0, AREA_MERGED_MAX},
        {"parts", JSON_ARRAY, offsetof(struct sent, parts), false, 0, AREA_PARTS_MAX},
        {"boundary", JSON_OBJECT, offsetof(struct sent, boundary), false, 0, 0},
        {"line", JSON_OBJECT, offsetof(struct sent, line), false, 0, 0},
    };

    if (!json_read(r->json, "", members, COUNT_OF(members), s, e))
        return false;
    ret->id = uuid_is_nil(s->id) ? uuid_make() : s->id;
    ret->why = s->why != NULL ? s->why : "";
    ret->follow = s->follow;
    ret->wish = (struct area_wish){.what = area_doing_named(s->what),
                                   .at = s->from != 0 ? s->from : r->now,
                                   .boundary = s->boundary,
                                   .line = s->line,
                                   .approximate = s->approximate};
    if (!s->dry && ret->why[0] == '\0')
        return ERR_FIELD(e, "why", "area.why", "请写明变更的理由，它会留在审计里",
                         "say why: it is kept in the audit");
    return read_codes(r, s->codes, &ret->wish, e) && read_parts(r, s->parts, &ret->wish, e);
}

/* --- answering --- */

static void write_piece(struct json_out *j, const struct area_plan *p, size_t i)
{
    const struct area_piece *piece = &p->pieces[i];

    jo_obj(j, NULL);
    jo_str(j, "code", piece->code);
    jo_str(j, "name", piece->name);
    jo_str(j, "level", area_level_name(area_level_of(piece->code)));
    jo_bool(j, "was", piece->was);
    jo_bool(j, "follows", i >= p->n_wished);
    jo_bool(j, "approximate", piece->approximate);
    if (piece->boundary != NULL)
        jo_raw(j, "boundary", piece->boundary);
    else
        jo_null(j, "boundary");
    jo_close(j);
}

static void write_plan(struct req *r, const struct area_order *o, const struct area_plan *p,
                       const struct area_effects *f, bool done)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    jo_uuid(j, "id", o->id);
    jo_bool(j, "done", done);
    jo_time(j, "from", p->at, r->services->offset_min);
    jo_arr(j, "begins");
    for (size_t i = 0; i < p->n_pieces; i++)
        write_piece(j, p, i);
    jo_close(j);
    jo_arr(j, "ends");
    for (size_t i = 0; i < p->n_ends; i++) {
        jo_obj(j, NULL);
        jo_str(j, "code", p->ends[i]->code);
        jo_str(j, "name", p->ends[i]->name);
        jo_close(j);
    }
    jo_close(j);
    jo_int(j, "open", f->open);
    jo_int(j, "posts", (int64_t)f->n_posts);
    jo_close(j);
}

static void write_change(struct req *r, const char *key, const struct area_change *c)
{
    const struct account *who = directory_account(directory_of(r->services), c->actor);
    struct json_out *j = &r->out;

    jo_obj(j, key);
    jo_uuid(j, "id", c->id);
    jo_str(j, "do", c->what);
    jo_str(j, "why", c->why);
    jo_time(j, "at", c->at, r->services->offset_min);
    jo_time(j, "from", c->from, r->services->offset_min);
    jo_time(j, "withdrawn", c->withdrawn, r->services->offset_min);
    jo_bool(j, "holds", c->withdrawn == 0 && c->from <= r->now);
    jo_str(j, "actor", who != NULL ? who->name : NULL);
    jo_raw(j, "begins", c->begun);
    jo_raw(j, "ends", c->ended);
    jo_close(j);
}

/* --- doing --- */

/* The same change sent twice: answered as what it was. */
static bool was_done(struct req *r, struct uuid id, bool *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct area_change c;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !area_change_get(tx, r->services->district, id, r->arena, &c, ret, e))
        return false;
    if (*ret) {
        jo_obj(&r->out, NULL);
        jo_uuid(&r->out, "id", id);
        jo_bool(&r->out, "done", true);
        jo_time(&r->out, "from", c.from, r->services->offset_min);
        jo_raw(&r->out, "begins", c.begun);
        jo_raw(&r->out, "ends", c.ended);
        jo_close(&r->out);
    }
    return true;
}

static bool effects(struct req *r, const struct area_tree *t, const struct area_order *o,
                    const struct area_plan *p, struct area_effects *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(r->services->db, SQL_READ, &tx, e) &&
           area_effects(tx, r->services->district, t, directory_of(r->services), o, p, r->arena, ret, e);
}

static bool post_change(struct req *r, struct err *e)
{
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    struct sent s = {.follow = true};
    struct area_order o = {0};
    struct area_plan p;
    struct area_effects f;
    bool again = false;

    if (!order_read(r, &s, &o, e) || (!s.dry && !was_done(r, o.id, &again, e)))
        return false;
    if (again)
        return true;
    (void)pthread_mutex_lock(&turn);
    AUTO(turn_over) pthread_mutex_t *held = &turn;
    (void)held;
    const struct area_tree *t = area_tree_of(r->services);
    if (!area_plan_make(t, &o.wish, r->now, r->arena, &p, e) || !effects(r, t, &o, &p, &f, e))
        return false;
    if (!s.dry && (!area_order_do(&by, t, &o, &p, &f, e) || !r->services->reload(r->services, e)))
        return false;
    write_plan(r, &o, &p, &f, !s.dry);
    return true;
}

static bool get_changes(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct area_change list[CHANGES_PAGE];
    const char *cursor = req_query(r, "cursor");
    struct uuid before = {0};
    char next[UUID_TEXT_MAX];
    size_t n = 0;

    if (cursor != NULL && !uuid_parse(cursor, &before))
        return ERR(e, ERR_MALFORMED, "http.cursor", "cursor 须是上一页给出的值",
                   "the cursor is not one of ours");
    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !area_change_list(tx, r->services->district, before, CHANGES_PAGE, r->arena, list, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < n; i++)
        write_change(r, NULL, &list[i]);
    jo_close(&r->out);
    if (n == CHANGES_PAGE)
        uuid_format(list[n - 1].id, next);
    jo_str(&r->out, "next", n == CHANGES_PAGE ? next : NULL);
    jo_close(&r->out);
    return true;
}

static bool post_withdraw(struct req *r, struct err *e)
{
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    struct uuid id;

    if (!req_uuid(r, 0, &id, e))
        return false;
    (void)pthread_mutex_lock(&turn);
    AUTO(turn_over) pthread_mutex_t *held = &turn;
    (void)held;
    if (!area_order_withdraw(&by, id, r->arena, e) || !r->services->reload(r->services, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "ok", true);
    jo_close(&r->out);
    return true;
}

const struct route admin_area_routes[] = {
    {GET, "/api/v1/areas/changes", PERM_ADMIN, BODY_NONE, get_changes, NULL, 0,
     "What was decided about areas, the newest first", "AreaChanges"},
    {POST, "/api/v1/areas/changes", PERM_ADMIN, BODY_JSON, post_change, NULL, BODY_BYTES,
     "Add, edit, end, split or merge areas from a moment on; `dry` only says what would happen", "AreaPlan"},
    {POST, "/api/v1/areas/changes/{id}/withdraw", PERM_ADMIN, BODY_NONE, post_withdraw, NULL, 0,
     "Withdraw a change of areas that does not hold yet", "Ok"},
    {.method = METHOD_UNSET},
};
