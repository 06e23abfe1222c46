/* A change of areas, and what goes with it: posts that follow, matters that stay, a line of the audit. */
#include "admin/area_change.h"

#include "admin.sql.h"
#include "base/buf.h"
#include "base/text.h"
#include "json/json_in.h"

#include <stdio.h>
#include <string.h>

enum { DETAIL_BYTES = 64 * 1024 };

/* --- effects --- */

/* All codes that begin so: the next prefix of the same length ends them. */
static void past_prefix(const char *code, char ret[AREA_CODE_MAX + 1])
{
    (void)snprintf(ret, AREA_CODE_MAX + 1, "%s:", code); /* ':' follows '9' */
}

static bool count_open(struct sql_tx *tx, int64_t district, const char *code, int64_t *sum, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char end[AREA_CODE_MAX + 1];

    past_prefix(code, end);
    if (!sql_query(tx, &admin_queries[ADMIN_Q_OPEN_IN], &rows, e, SQL_INT(district), SQL_TEXT(code),
                   SQL_TEXT(end)))
        return false;
    if (sql_next(rows))
        *sum += sql_int(rows, 0);
    return sql_end(&rows, e);
}

static bool divides(const struct area_order *o)
{
    return o->wish.what == AREA_SPLIT || o->wish.what == AREA_MERGE;
}

/* Posts on exactly the areas that are divided, as they hold then, for each new area that comes of them. */
static void follow(const struct area_tree *t, const struct directory *people, const struct area_order *o,
                   const struct area_plan *p, struct arena *a, struct area_effects *ret)
{
    size_t max = people->n_posts * p->n_wished;

    ret->posts = arena_array(a, struct post, (max < 1000 ? max : 1000) + 1);
    for (size_t i = 0; i < people->n_posts; i++) {
        const struct post *held = &people->posts[i];
        bool concerned = false;

        for (size_t c = 0; c < o->wish.n_codes; c++)
            concerned = concerned || str_eq(held->area, area_find(t, o->wish.codes[c])->code);
        for (size_t k = 0; concerned && (held->until == 0 || held->until > p->at) && k < p->n_wished; k++)
            if (!str_eq(p->pieces[k].code, held->area) && ret->n_posts < 1000)
                ret->posts[ret->n_posts++] = (struct post){.account = held->account,
                                                           .role = held->role,
                                                           .area = p->pieces[k].code,
                                                           .org = held->org,
                                                           .from = held->from > p->at ? held->from : p->at,
                                                           .until = held->until};
    }
}

bool area_effects(struct sql_tx *tx, int64_t district, const struct area_tree *t,
                  const struct directory *people, const struct area_order *o, const struct area_plan *p,
                  struct arena *a, struct area_effects *ret, struct err *e)
{
    *ret = (struct area_effects){0};
    for (size_t i = 0; divides(o) && i < o->wish.n_codes; i++)
        if (!count_open(tx, district, o->wish.codes[i], &ret->open, e))
            return false;
    if (o->wish.what == AREA_END && !count_open(tx, district, o->wish.codes[0], &ret->open, e))
        return false;
    if (divides(o) && o->follow)
        follow(t, people, o, p, a, ret);
    return true;
}

/* --- doing --- */

static void write_names(struct json_out *j, const char *key, const struct area_plan *p, bool ended)
{
    jo_arr(j, key);
    for (size_t i = 0; i < (ended ? p->n_ends : p->n_pieces); i++) {
        jo_obj(j, NULL);
        jo_str(j, "code", ended ? p->ends[i]->code : p->pieces[i].code);
        jo_str(j, "name", ended ? p->ends[i]->name : p->pieces[i].name);
        jo_close(j);
    }
    jo_close(j);
}

static bool add_change(struct sql_tx *tx, const struct doing *by, const struct area_order *o,
                       const struct area_plan *p, struct err *e)
{
    struct area_change c = {.id = o->id,
                            .actor = by->actor,
                            .at = by->now,
                            .from = p->at,
                            .what = area_doing_name(p->what),
                            .why = o->why};
    struct json_out begun, ended;

    jo_begin(&begun, DETAIL_BYTES);
    jo_begin(&ended, DETAIL_BYTES);
    write_names(&begun, NULL, p, false);
    write_names(&ended, NULL, p, true);
    bool ok = jo_end(&begun, e) && jo_end(&ended, e);
    c.begun = begun.buf;
    c.ended = ended.buf;
    ok = ok && area_change_add(tx, by->district, &c, e);
    jo_free(&begun);
    jo_free(&ended);
    return ok;
}

static bool add_posts(struct sql_tx *tx, int64_t district, const struct area_effects *f, struct err *e)
{
    for (size_t i = 0; i < f->n_posts; i++) {
        const struct post *p = &f->posts[i];

        if (!sql_run(tx, &admin_queries[ADMIN_Q_POST_FOLLOW], e, SQL_INT(district), SQL_UUID(&p->account),
                     SQL_TEXT(p->role), SQL_TEXT(p->area), SQL_UUID(&p->org), SQL_INT(p->from),
                     SQL_INT(p->until)))
            return false;
    }
    return true;
}

/* For people to read: 第1网格 330803001001001、… */
static void write_list(struct json_out *j, const char *key, const struct area_plan *p, bool ended)
{
    struct buf text;

    buf_init(&text, DETAIL_BYTES / 4);
    for (size_t i = 0; i < (ended ? p->n_ends : p->n_pieces); i++)
        buf_printf(&text, "%s%s %s", i > 0 ? "、" : "", ended ? p->ends[i]->name : p->pieces[i].name,
                   ended ? p->ends[i]->code : p->pieces[i].code);
    jo_str(j, key, buf_text(&text));
    buf_free(&text);
}

static bool add_audit(struct sql_tx *tx, const struct doing *by, const struct area_order *o,
                      const struct area_plan *p, const struct area_effects *f, struct err *e)
{
    char verb[32];
    struct json_out j;

    (void)snprintf(verb, sizeof verb, "area.%s", area_doing_name(p->what));
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_uuid(&j, "change", o->id);
    jo_int(&j, "from", p->at);
    jo_str(&j, "why", o->why);
    write_list(&j, "begins", p, false);
    write_list(&j, "ends", p, true);
    jo_int(&j, "posts", (int64_t)f->n_posts);
    jo_close(&j);
    return audit_add(tx, by, verb, p->n_pieces > 0 ? p->pieces[0].code : p->ends[0]->code, &j, e);
}

static bool is_current(struct sql_tx *tx, int64_t district, const struct area_tree *t, struct err *e)
{
    size_t n = 0;

    return area_change_count(tx, district, &n, e) &&
           (n == area_changes(t) ||
            ERR(e, ERR_CONFLICT, "area.changed", "区划刚被别人改过，请重新预览后再提交",
                "somebody has just changed the areas: look at the preview again"));
}

bool area_order_do(const struct doing *by, const struct area_tree *t, const struct area_order *o,
                   const struct area_plan *p, const struct area_effects *f, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    return sql_begin(by->db, SQL_WRITE, &tx, e) && is_current(tx, by->district, t, e) &&
           area_plan_write(tx, by->district, p, o->id, e) && add_change(tx, by, o, p, e) &&
           add_posts(tx, by->district, f, e) && add_audit(tx, by, o, p, f, e) && sql_commit(&tx, e);
}

/* --- withdrawing --- */

static bool may_withdraw(const struct area_change *c, bool there, int64_t now, struct err *e)
{
    if (!there)
        return ERR(e, ERR_NOT_FOUND, "area.change", "没有这项区划变更", "there is no such change of areas");
    if (c->withdrawn != 0)
        return ERR(e, ERR_CONFLICT, "area.withdrawn", "这项变更已经撤回",
                   "this change has been withdrawn already");
    return c->from > now || ERR(e, ERR_CONFLICT, "area.holds", "变更已经生效，不能撤回；请另做一项变更",
                                "it holds already and cannot be withdrawn: make another change");
}

/* Posts given for areas that will not be. */
static bool drop_posts(struct sql_tx *tx, const struct doing *by, const struct area_change *c, struct err *e)
{
    AUTO(json_free) struct json_object *begun = NULL;

    if (!json_parse(c->begun, strlen(c->begun), &begun, e))
        return false;
    for (size_t i = 0; i < json_object_array_length(begun); i++) {
        struct json_object *o = NULL;
        bool there = false;

        (void)json_object_object_get_ex(json_object_array_get_idx(begun, i), "code", &o);
        const char *code = json_object_get_string(o);
        if (!area_ever(tx, by->district, code, &there, e) ||
            (!there && !sql_run(tx, &admin_queries[ADMIN_Q_POST_UNFOLLOW], e, SQL_INT(by->district),
                                SQL_TEXT(code), SQL_INT(c->from))))
            return false;
    }
    return true;
}

bool area_order_withdraw(const struct doing *by, struct uuid id, struct arena *a, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct area_change c = {0};
    struct json_out j;
    bool there = false;

    if (!sql_begin(by->db, SQL_WRITE, &tx, e) || !area_change_get(tx, by->district, id, a, &c, &there, e) ||
        !may_withdraw(&c, there, by->now, e) || !area_plan_withdraw(tx, by->district, id, e) ||
        !drop_posts(tx, by, &c, e) || !area_change_end(tx, by->district, id, by->now, e))
        return false;
    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_str(&j, "what", c.what);
    jo_int(&j, "from", c.from);
    jo_close(&j);
    return audit_about(tx, by, "area.withdraw", id, &j, e) && sql_commit(&tx, e);
}
