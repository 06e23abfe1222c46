/* GET /orgs/{id}: an organisation and what names it. PUT /orgs/{id}, POST /orgs/{id}/active: renaming,
 * putting below another, ending, letting in again. */
#include "admin/admin.h"
#include "admin/org_change.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/engine.h"
#include "json/json_in.h"

#include <stddef.h>

static struct doing doing_of(const struct req *r)
{
    return (struct doing){
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
}

static const struct area *area_now(const struct req *r, const char *code)
{
    const struct area *a = area_find(area_tree_of(r->services), code);

    return a != NULL && (a->until == 0 || a->until > r->now) ? a : NULL;
}

static bool governs(const struct req *r, const struct org *o)
{
    return o->unit && o->ended == 0 && area_now(r, o->area) != NULL;
}

static bool left_of(const struct req *r, struct sql_tx *tx, const struct org *o, struct org_left *ret,
                    struct err *e)
{
    return org_count_left(tx, r->services->district, r->services->world(r->services)->packs, o, r->now,
                          local_day(r->now, r->services->offset_min), ret, e);
}

static void write_org(struct req *r, const struct org *o, const char *parent, const struct org_left *left)
{
    const struct area *area = area_find(area_tree_of(r->services), o->area);
    struct org_count counts[ORG_LEFT_KINDS];
    struct json_out *j = &r->out;

    org_counts(left, counts);
    jo_obj(j, NULL);
    jo_uuid(j, "id", o->id);
    jo_str(j, "name", o->name);
    jo_str(j, "area", o->area);
    jo_str(j, "area_name", area != NULL ? area->name : NULL);
    jo_str(j, "level", o->level != AREA_UNSET ? area_level_name(o->level) : NULL);
    jo_bool(j, "unit", o->unit);
    jo_uuid(j, "parent", o->parent);
    jo_str(j, "parent_name", parent);
    jo_time(j, "ended", o->ended, r->services->offset_min);
    jo_bool(j, "governs", governs(r, o));
    jo_obj(j, "left");
    for (int i = 0; i < ORG_LEFT_KINDS; i++)
        jo_int(j, counts[i].name, counts[i].n);
    jo_close(j);
    jo_close(j);
}

/* As it is in the transaction. */
static bool answer(struct req *r, struct sql_tx *tx, struct uuid id, struct err *e)
{
    struct org o = {0}, parent = {0};
    struct org_left left;

    if (!org_read(tx, r->services->district, id, r->arena, &o, e) || !left_of(r, tx, &o, &left, e) ||
        (!uuid_is_nil(o.parent) && !org_read(tx, r->services->district, o.parent, r->arena, &parent, e)))
        return false;
    write_org(r, &o, parent.name, &left);
    return true;
}

static bool get_org(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid id;

    return req_uuid(r, 0, &id, e) && sql_begin(r->services->db, SQL_READ, &tx, e) && answer(r, tx, id, e);
}

static bool put_org(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"name", JSON_TEXT, offsetof(struct org, name), true, 1, 100},
        {"area", JSON_TEXT, offsetof(struct org, area), true, 1, AREA_CODE_MAX - 1},
        {"parent", JSON_UUID, offsetof(struct org, parent), false, 0, 0},
    };
    const struct doing by = doing_of(r);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct org to = {0}, was = {0};

    if (!json_read(r->json, "", members, COUNT_OF(members), &to, e) || !req_uuid(r, 0, &to.id, e) ||
        !sql_begin(by.db, SQL_WRITE, &tx, e) || !org_read(tx, by.district, to.id, r->arena, &was, e))
        return false;
    /* It may stay where an area was; where it goes there must be one. */
    if (!str_eq(was.area, to.area) && area_now(r, to.area) == NULL)
        return ERR_FIELD(e, "area", "post.area", "没有区域 %s", "there is no area %s", to.area);
    return org_change(tx, &by, &to, r->arena, e) && answer(r, tx, to.id, e) && sql_commit(&tx, e) &&
           r->services->reload(r->services, e);
}

static bool post_active(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"active", JSON_BOOL, 0, true, 0, 0}};
    const struct doing by = doing_of(r);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct org_left left;
    struct org o = {0};
    bool active = false;
    struct uuid id;

    return req_uuid(r, 0, &id, e) && json_read(r->json, "", members, COUNT_OF(members), &active, e) &&
           sql_begin(by.db, SQL_WRITE, &tx, e) && org_read(tx, by.district, id, r->arena, &o, e) &&
           left_of(r, tx, &o, &left, e) &&
           (active ? org_resume(tx, &by, &o, e) : org_end(tx, &by, &o, &left, governs(r, &o), e)) &&
           answer(r, tx, id, e) && sql_commit(&tx, e) && r->services->reload(r->services, e);
}

const struct route admin_org_routes[] = {
    {GET, "/api/v1/orgs/{id}", PERM_ADMIN, BODY_NONE, get_org, NULL, 0,
     "An organisation, and in numbers what names it", "OrgFull"},
    {PUT, "/api/v1/orgs/{id}", PERM_ADMIN, BODY_JSON, put_org, NULL, 8192,
     "Rename an organisation, put it below another", "OrgFull"},
    {POST, "/api/v1/orgs/{id}/active", PERM_ADMIN, BODY_JSON, post_active, NULL, 4096,
     "End an organisation or let it in again", "OrgFull"},
    {.method = METHOD_UNSET},
};
