#include "admin/org_change.h"

#include "admin.sql.h"
#include "base/text.h"

#include <string.h>

enum { DETAIL_BYTES = 8192, DEEP_MAX = 64 };

/* --- reading --- */

static bool find(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct org *ret,
                 bool *ret_there, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &admin_queries[ADMIN_Q_ORG_GET], &rows, e, SQL_INT(district), SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = (struct org){.id = id,
                            .name = arena_strdup(a, sql_text(rows, 0)),
                            .area = arena_strdup(a, sql_text(rows, 1)),
                            .level = (enum area_level)sql_int(rows, 2),
                            .parent = sql_uuid(rows, 3),
                            .unit = sql_int(rows, 4) != 0,
                            .ended = sql_int(rows, 5)};
    return sql_end(&rows, e);
}

bool org_read(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct org *ret,
              struct err *e)
{
    bool there = false;

    return find(tx, district, id, a, ret, &there, e) &&
           (there || ERR(e, ERR_NOT_FOUND, "org.not_found", "没有这个单位", "there is no such organisation"));
}

void org_counts(const struct org_left *l, struct org_count ret[ORG_LEFT_KINDS])
{
    const struct org_count all[ORG_LEFT_KINDS] = {
        {"posts", l->posts}, {"parts", l->parts},       {"owned", l->owned}, {"duties", l->duties},
        {"plans", l->plans}, {"channels", l->channels}, {"saved", l->saved}, {"accounts", l->accounts},
        {"below", l->below}, {"rules", l->rules}};

    memcpy(ret, all, sizeof all);
}

bool org_count_left(struct sql_tx *tx, int64_t district, const struct packs *packs, const struct org *o,
                    int64_t now, int64_t today, struct org_left *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = (struct org_left){0};
    if (!sql_query(tx, &admin_queries[ADMIN_Q_ORG_LEFT], &rows, e, SQL_INT(district), SQL_UUID(&o->id),
                   SQL_INT(now), SQL_INT(today)))
        return false;
    if (sql_next(rows))
        *ret = (struct org_left){.posts = sql_int(rows, 0),
                                 .parts = sql_int(rows, 1),
                                 .owned = sql_int(rows, 2),
                                 .duties = sql_int(rows, 3),
                                 .plans = sql_int(rows, 4),
                                 .channels = sql_int(rows, 5),
                                 .saved = sql_int(rows, 6),
                                 .accounts = sql_int(rows, 7),
                                 .below = sql_int(rows, 8),
                                 .rules = (int64_t)packs_name_org(packs, o->name)};
    return sql_end(&rows, e);
}

/* --- changing --- */

/* Up from there: it must not be met again. */
static bool parent_fits(struct sql_tx *tx, const struct doing *by, const struct org *to, struct arena *a,
                        struct err *e)
{
    struct org up = {0};
    bool there = false;

    if (uuid_is_nil(to->parent))
        return true;
    if (!find(tx, by->district, to->parent, a, &up, &there, e))
        return false;
    if (!there)
        return ERR_FIELD(e, "parent", "org.parent", "没有这个上级机构",
                         "there is no such parent organisation");
    if (up.ended != 0)
        return ERR_FIELD(e, "parent", "org.parent_ended", "“%.40s”已撤销，请选一个在的上级",
                         "“%.40s” has ended: choose a parent that is there", up.name);
    for (int deep = 0; there && !uuid_eq(up.id, to->id); deep++) {
        if (uuid_is_nil(up.parent))
            return true;
        if (deep == DEEP_MAX)
            break;
        if (!find(tx, by->district, up.parent, a, &up, &there, e))
            return false;
    }
    return !there || ERR_FIELD(e, "parent", "org.cycle", "上级不能是它自己或它的下级",
                               "it cannot stand below itself or below what stands below it");
}

static void write_state(struct json_out *j, const char *key, const struct org *o, const struct org *other,
                        const char *parent)
{
    jo_obj(j, key);
    if (!str_eq(o->name, other->name))
        jo_str(j, "name", o->name);
    if (!str_eq(o->area, other->area))
        jo_str(j, "area", o->area);
    if (!uuid_eq(o->parent, other->parent)) {
        jo_uuid(j, "parent_id", o->parent);
        jo_str(j, "parent", parent);
    }
    jo_close(j);
}

/* What was otherwise before, and is now; parents by their names of today. */
static bool audit_change(struct sql_tx *tx, const struct doing *by, const struct org *was,
                         const struct org *to, struct arena *a, struct err *e)
{
    struct org above_was = {0}, above = {0};
    bool there = false;
    struct json_out j;

    if (!find(tx, by->district, was->parent, a, &above_was, &there, e) ||
        !find(tx, by->district, to->parent, a, &above, &there, e))
        return false;
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    write_state(&j, "before", was, to, above_was.name);
    write_state(&j, "after", to, was, above.name);
    jo_close(&j);
    return audit_about(tx, by, "org.change", to->id, &j, e);
}

bool org_change(struct sql_tx *tx, const struct doing *by, const struct org *to, struct arena *a,
                struct err *e)
{
    struct org was = {0}, checked = *to;

    if (!org_read(tx, by->district, to->id, a, &was, e))
        return false;
    checked.unit = was.unit;
    checked.level = was.level;
    if (was.ended != 0)
        return ERR(e, ERR_CONFLICT, "org.ended", "“%.40s”已撤销，请先恢复再修改",
                   "“%.40s” has ended: let it in again before changing it", was.name);
    if (was.unit && !str_eq(was.area, to->area))
        return ERR_FIELD(
            e, "area", "org.unit_area", "“%.40s”是本区域的责任单位，不能换区域；请为另一区域添加一个单位",
            "“%.40s” governs its area and stays with it: add a unit for the other area", was.name);
    if (!org_may_be(&checked, e) || !parent_fits(tx, by, to, a, e))
        return false;
    if (str_eq(was.name, to->name) && str_eq(was.area, to->area) && uuid_eq(was.parent, to->parent))
        return true;
    return sql_run(tx, &admin_queries[ADMIN_Q_ORG_CHANGE], e, SQL_INT(by->district), SQL_UUID(&to->id),
                   SQL_TEXT(to->name), SQL_TEXT(to->area), SQL_UUID(&to->parent)) &&
           audit_change(tx, by, &was, to, a, e);
}

/* --- ending --- */

bool org_end(struct sql_tx *tx, const struct doing *by, const struct org *o, const struct org_left *left,
             bool governs, struct err *e)
{
    struct org_count counts[ORG_LEFT_KINDS];
    struct json_out j;

    if (o->ended != 0)
        return true;
    if (governs)
        return ERR(e, ERR_CONFLICT, "org.governs",
                   "“%.40s”是区域 %s 的责任单位，区域还在就不能撤销：可以改名，或先撤并这个区域"
                   "（网格在“区域”里，街道、社区随区划导入）",
                   "“%.40s” governs area %s and stays as long as that does: rename it, or end the area first "
                   "(grids under “Areas”, wider ones by importing the state's list)",
                   o->name, o->area);
    if (left->posts > 0)
        return ERR(e, ERR_CONFLICT, "org.posts_held", "“%.40s”还有 %lld 个岗位，请先在“账号”里撤销或另给岗位",
                   "“%.40s” still has posts: %lld. End them under “Accounts” first", o->name,
                   (long long)left->posts);
    org_counts(left, counts);
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_str(&j, "name", o->name);
    for (int i = 0; i < ORG_LEFT_KINDS; i++)
        if (counts[i].n > 0)
            jo_int(&j, counts[i].name, counts[i].n);
    jo_close(&j);
    return sql_run(tx, &admin_queries[ADMIN_Q_ORG_ENDED], e, SQL_INT(by->district), SQL_UUID(&o->id),
                   SQL_INT(by->now)) &&
           audit_about(tx, by, "org.end", o->id, &j, e);
}

static bool area_free(struct sql_tx *tx, const struct doing *by, const struct org *o, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool taken;

    if (!sql_query(tx, &admin_queries[ADMIN_Q_ORG_GOVERNING], &rows, e, SQL_INT(by->district),
                   SQL_TEXT(o->area)))
        return false;
    taken = sql_next(rows);
    return sql_end(&rows, e) &&
           (!taken || ERR(e, ERR_CONFLICT, "org.unit_taken", "区域 %s 已有治理单元，一个区域只能有一个",
                          "area %s has a governing unit already; an area has only one", o->area));
}

bool org_resume(struct sql_tx *tx, const struct doing *by, const struct org *o, struct err *e)
{
    struct json_out j;

    if (o->ended == 0)
        return true;
    if (o->unit && !area_free(tx, by, o, e))
        return false;
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_str(&j, "name", o->name);
    jo_int(&j, "ended", o->ended);
    jo_close(&j);
    return sql_run(tx, &admin_queries[ADMIN_Q_ORG_ENDED], e, SQL_INT(by->district), SQL_UUID(&o->id),
                   SQL_INT(0)) &&
           audit_about(tx, by, "org.resume", o->id, &j, e);
}
