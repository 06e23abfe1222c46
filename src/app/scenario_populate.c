/* populate: the areas and people a story needs that the sample district has not. */
#include "app/people.h"
#include "app/scenario.h"
#include "base/text.h"
#include "identity/identity.h"
#include "identity/password.h"
#include "scenario.sql.h"

#include <stdio.h>
#include <string.h>

enum { AREAS_MAX = 20000, PEOPLE_MAX = 20000, DUTY_DAYS_MAX = 100, DAY_MS = 86400000 };
/* As the people of the sample district: in office before any story begins. */
static const int64_t SINCE = INT64_C(1262275200000);

const struct area **play_areas_of(struct play *p, const struct area *under, enum area_level level,
                                  size_t *ret_n)
{
    const struct area_tree *t = district_world(p->d)->areas;
    const struct area **all = arena_array(p->arena, const struct area *, area_count(t) + 1);

    *ret_n = 0;
    for (size_t i = 0; i < area_count(t); i++)
        if (area_at(t, i)->level == level && area_covers(under->code, area_at(t, i)->code))
            all[(*ret_n)++] = area_at(t, i);
    return all;
}

static bool count_of(struct play *p, const struct pack_node *n, int64_t max, int64_t *ret)
{
    return (parse_int64(play_text(n), ret) && *ret > 0 && *ret <= max) ||
           play_fail(p, n, "须是 1 到 %lld 的数 a number from 1 to %lld", (long long)max, (long long)max);
}

/* Numbers within the parent that no sibling has. */
static int64_t free_number(struct play *p, const struct area *parent)
{
    const struct area *const *children;
    size_t n = area_children_ever(district_world(p->d)->areas, parent->code, &children);
    int64_t last = 0, number;

    for (size_t i = 0; i < n; i++)
        if (parse_int64(children[i]->code + strlen(parent->code), &number) && number > last)
            last = number;
    return last + 1;
}

/* Enough areas of a level within one, shared out among those above them: {areas: 550, level: microgrid, in:
 * NAME}. */
static bool add_areas(struct play *p, const struct pack_node *n, const struct area *under,
                      enum area_level level)
{
    size_t there, n_parents;
    const struct area **parents = play_areas_of(p, under, (enum area_level)(level - 1), &n_parents);
    const char *csv = "code,name\n";
    struct area_import_result r;
    struct err e = {0};
    int64_t wanted;

    (void)play_areas_of(p, under, level, &there);
    if (!count_of(p, node_get(n, "areas"), AREAS_MAX, &wanted))
        return false;
    if (n_parents == 0)
        return play_fail(p, n, "没有上一级区域 there is nothing above these areas");
    struct buf text;

    buf_init(&text, (size_t)AREAS_MAX * 64);
    buf_str(&text, csv);
    for (int64_t i = 0; (int64_t)there + i < wanted; i++) {
        const struct area *parent = parents[(size_t)i % n_parents];
        int64_t number = free_number(p, parent) + i / (int64_t)n_parents;

        buf_printf(&text, "%s%03lld,第%lld%s\n", parent->code, (long long)number, (long long)number,
                   level == AREA_MICROGRID ? "微网格" : "网格");
    }
    bool ok = area_import_csv(p->d->db, p->d->code, buf_text(&text), strlen(buf_text(&text)), &r, &e) ||
              play_fail_err(p, n, "areas", &e);

    buf_free(&text);
    return ok;
}

static bool add_person(struct play *p, const char *role, int64_t i, struct uuid *ret, struct err *e)
{
    struct new_account a = {.sample = true};

    a.login = arena_printf(p->arena, "%s-story-%lld", role, (long long)i + 1);
    a.name = arena_printf(p->arena, "%s%lld号", role, (long long)i + 1);
    a.id = rng_uuid(&p->rng, SINCE);
    return account_add(p->d->db, p->d->privacy, p->d->code, &a, SINCE, ret, e);
}

/* People who share the areas of a level: {people: 246, role: grid_worker, level: microgrid, in: NAME}. Where
 * there are more areas than people each has several, else several have one. */
static bool add_people(struct play *p, const struct pack_node *n, const struct area *under,
                       enum area_level level)
{
    const struct world *w = district_world(p->d);
    const char *role = play_text(node_get(n, "role"));
    size_t n_areas;
    const struct area **areas = play_areas_of(p, under, level, &n_areas);
    struct uuid *ids;
    struct err e = {0};
    int64_t count;

    if (!count_of(p, node_get(n, "people"), PEOPLE_MAX, &count))
        return false;
    if (packs_role(w->packs, role) == NULL || n_areas == 0)
        return play_fail(p, n, "没有这个岗位，或没有这样的区域 no such post, or no such areas");
    ids = arena_array(p->arena, struct uuid, (size_t)count);
    for (int64_t i = 0; i < count; i++)
        if (!add_person(p, role, i, &ids[i], &e))
            return play_fail_err(p, n, role, &e);
    for (int64_t i = 0; i < count || i < (int64_t)n_areas; i++) {
        const struct area *a = areas[(size_t)i % n_areas];
        const struct org *o = directory_unit(w->people, a->code, AREA_COMMUNITY);
        struct post post = {.account = ids[i % count], .role = role, .area = a->code, .from = SINCE};

        if (o != NULL)
            post.org = o->id;
        if (!post_add(p->d->db, p->d->code, &post, SINCE, &e))
            return play_fail_err(p, n, role, &e);
    }
    return true;
}

/* An organisation that is no unit, with people in it: {org: NAME, people: 2, role: insurance_clerk, in:
 * 衢江区}. */
static bool add_office(struct play *p, const struct pack_node *n, const struct area *area)
{
    const char *role = play_text(node_get(n, "role"));
    const struct org o = {
        .id = rng_uuid(&p->rng, SINCE), .name = play_text(node_get(n, "org")), .area = area->code};
    struct post post = {.role = role, .area = area->code, .org = o.id, .from = SINCE};
    struct new_account a = {.sample = true};
    struct err e = {0};
    int64_t count;

    if (!count_of(p, node_get(n, "people"), PEOPLE_MAX, &count))
        return false;
    if (packs_role(district_world(p->d)->packs, role) == NULL)
        return play_fail(p, n, "没有这个岗位 no such post");
    if (!org_add(p->d->db, p->d->code, &o, SINCE, &e))
        return play_fail_err(p, n, o.name, &e);
    for (int64_t i = 0; i < count; i++) {
        a.login = arena_printf(p->arena, "%s-%zu-%lld", role, p->offices, (long long)i + 1);
        a.name = arena_printf(p->arena, "%s%lld号", o.name, (long long)i + 1);
        a.id = rng_uuid(&p->rng, SINCE);
        if (!account_add(p->d->db, p->d->privacy, p->d->code, &a, SINCE, &post.account, &e) ||
            !post_add(p->d->db, p->d->code, &post, SINCE, &e))
            return play_fail_err(p, n, role, &e);
    }
    return true;
}

/* The organisation of that name, made where there is none. */
static bool office_named(struct play *p, const char *name, const struct area *area, struct uuid *ret,
                         struct err *e)
{
    const struct org *there = directory_org_named(district_world(p->d)->people, name);
    const struct org o = {.id = rng_uuid(&p->rng, SINCE), .name = name, .area = area->code};

    if (there != NULL || (p->office != NULL && str_eq(p->office, name))) {
        *ret = there != NULL ? there->id : p->office_id;
        return true;
    }
    p->office = name;
    p->office_id = *ret = o.id;
    return org_add(p->d->db, p->d->code, &o, SINCE, e);
}

static bool make_account(struct play *p, const struct pack_node *n, struct uuid *ret, struct err *e)
{
    const bool signs_in = p->d->dir != NULL && p->d->sample;
    struct new_account a = {.login = play_text(node_get(n, "account")),
                            .name = play_text(node_get(n, "name")),
                            .password = signs_in ? SAMPLE_PASSWORD : NULL,
                            .hash = p->hash,
                            .sample = true};

    if (signs_in && p->hash[0] == '\0' && !password_hash(SAMPLE_PASSWORD, p->hash, e))
        return false;
    a.id = rng_uuid(&p->rng, SINCE);
    return account_add(p->d->db, p->d->privacy, p->d->code, &a, SINCE, ret, e);
}

/* The account of that login. Where there is none it is made, and in a sample district that is kept it can
 * sign in as the others do. */
static bool account_named(struct play *p, const struct pack_node *n, struct uuid *ret, struct err *e)
{
    const struct principal *there = NULL;
    struct err none = {0};

    if (!person_by_login(p->d, play_text(node_get(n, "account")), p->moment, p->arena, &there, &none))
        return make_account(p, n, ret, e);
    *ret = there->account;
    return true;
}

/* Somebody by name, with a post: {account: bank, name: 王芳, role: bank_clerk, org: 农商银行, in: 衢江区}. */
static bool add_account(struct play *p, const struct pack_node *n, const struct area *area)
{
    const struct pack_node *org = node_get(n, "org"), *role = node_get(n, "role");
    const struct org *unit = directory_unit(district_world(p->d)->people, area->code, AREA_COMMUNITY);
    struct post post = {.role = play_text(role), .area = area->code, .from = SINCE};
    struct err e = {0};

    if (role != NULL && packs_role(district_world(p->d)->packs, post.role) == NULL)
        return play_fail(p, n, "没有这个岗位 no such post");
    if (unit != NULL)
        post.org = unit->id;
    return (account_named(p, n, &post.account, &e) &&
            (org == NULL || office_named(p, play_text(org), area, &post.org, &e)) &&
            (role == NULL || post_add(p->d->db, p->d->code, &post, SINCE, &e) ||
             str_eq(e.key, "post.held"))) ||
           play_fail_err(p, n, play_text(node_get(n, "account")), &e);
}

static bool add_duty(struct play *p, const struct org *o, const struct uuid *who, int64_t from, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct uuid id = rng_uuid(&p->rng, p->moment);

    return sql_begin(p->d->db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &scenario_queries[SCENARIO_Q_DUTY_ADD], e, SQL_INT(p->d->code), SQL_UUID(&id),
                   SQL_UUID(&o->id), SQL_INT(from), SQL_INT(from + DAY_MS), SQL_UUID(who)) &&
           sql_commit(&tx, e);
}

/* Whole days of duty, one after another in turn: {duty: [clerk, verifier], at: 社会治理中心, from: "-1d
 * 08:00", days: 14}. */
static bool add_duties(struct play *p, const struct pack_node *n)
{
    const struct pack_node *who = node_get(n, "duty"), *at = node_get(n, "at");
    const struct org *o = directory_org_named(district_world(p->d)->people, play_text(at));
    struct err e = {0};
    int64_t from, days;

    if (o == NULL || who->type != NODE_LIST || who->n == 0 ||
        !play_instant(p, play_text(node_get(n, "from")), &from, NULL))
        return play_fail(p, n, "值班须有人、单位和开始时间 a duty needs people, a unit, and when it begins");
    if (!count_of(p, node_get(n, "days"), DUTY_DAYS_MAX, &days))
        return false;
    for (int64_t i = 0; i < days; i++) {
        const struct principal *one = NULL;

        if (!person_by_login(p->d, play_text(who->items[(size_t)i % who->n]), p->moment, p->arena, &one,
                             &e) ||
            !add_duty(p, o, &one->account, from + i * DAY_MS, &e))
            return play_fail_err(p, n, "duty", &e);
    }
    return true;
}

static bool populate_one(struct play *p, const struct pack_node *n, const struct area *under,
                         enum area_level level)
{
    if (node_get(n, "account") != NULL)
        return add_account(p, n, under);
    if (node_get(n, "duty") != NULL)
        return add_duties(p, n);
    if (node_get(n, "org") != NULL) {
        p->offices++;
        return add_office(p, n, under);
    }
    if (level == AREA_UNSET)
        return play_fail(p, n, "populate 须有 level: populate needs level");
    return node_get(n, "areas") != NULL ? add_areas(p, n, under, level) : add_people(p, n, under, level);
}

bool play_populate(struct play *p)
{
    const struct pack_node *list = node_get(p->root, "populate");
    struct err e = {0};

    for (size_t i = 0; list != NULL && i < list->n; i++) {
        const struct pack_node *n = list->items[i], *in = node_get(n, "in");
        enum area_level level = area_level_named(play_text(node_get(n, "level")));
        const struct area *under = in == NULL ? NULL : play_area(p, in);

        if (under == NULL)
            return play_fail(p, n, "populate 须有 in: populate needs in");
        if (!populate_one(p, n, under, level))
            return false;
        /* What follows asks for areas and organisations, not for people. */
        if (node_get(n, "account") == NULL && (node_get(n, "areas") != NULL || node_get(n, "org") != NULL) &&
            !district_reload(p->d, &e))
            return play_fail_err(p, n, "populate", &e);
    }
    return true;
}
