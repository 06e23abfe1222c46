/* Where a record lies and who plays which part in it. */
#include "engine/apply_internal.h"

#include <string.h>

static bool check_level(struct applying *x, const struct area *area, struct err *e)
{
    enum area_level min = (enum area_level)x->rec->kind->area_level_min;

    if (area->level >= AREA_DISTRICT && area->level >= min)
        return true;
    return ERR_FIELD(e, "area", "place.level", "“%s”范围太大，请选到更小的区域",
                     "“%s” is too wide: choose a smaller area", area->name);
}

static bool set_area(struct applying *x, const struct area *area, struct err *e)
{
    if (!check_level(x, area, e))
        return false;
    x->rec->area = area->code;
    return true;
}

/* The only area a code may name is one of this district. */
static bool area_given(struct applying *x, struct err *e)
{
    char trimmed[AREA_CODE_MAX];
    const struct area *area;

    area_code_trim(x->cmd->area, trimmed);
    area = area_find(x->in->world->areas, trimmed);
    if (area == NULL || area->level < AREA_DISTRICT)
        return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district",
                         x->cmd->area);
    if (!area_holds(area, x->cmd->at))
        return ERR_FIELD(e, "area", "place.area_ended", "区域“%s”当时不存在，请选现行的区域",
                         "there is no area “%s” at that time: choose one that there is", area->name);
    return set_area(x, area, e);
}

static bool area_of_place(struct applying *x, struct err *e)
{
    const struct area *area = area_locate_at(x->in->world->areas, x->cmd->lng, x->cmd->lat, x->cmd->at);

    if (area == NULL)
        return ERR_FIELD(e, "place", "place.outside", "位置（%.5f，%.5f）不在本区范围内",
                         "the place (%.5f, %.5f) lies outside the district", x->cmd->lng, x->cmd->lat);
    return set_area(x, area, e);
}

/* Area and point given together must agree: one lies within the other. */
static bool place_fits_area(struct applying *x, struct err *e)
{
    const struct area *located = area_locate_at(x->in->world->areas, x->cmd->lng, x->cmd->lat, x->cmd->at);

    if (located == NULL)
        return ERR_FIELD(e, "place", "place.outside", "位置（%.5f，%.5f）不在本区范围内",
                         "the place (%.5f, %.5f) lies outside the district", x->cmd->lng, x->cmd->lat);
    return area_covers(x->rec->area, located->code) || area_covers(located->code, x->rec->area) ||
           ERR_FIELD(e, "area", "place.mismatch", "位置在“%s”，与所选区域不符",
                     "the place lies in “%s”, not in the area given", located->name);
}

bool apply_place(struct applying *x, struct err *e)
{
    const struct command *c = x->cmd;

    if (c->has_place) {
        x->rec->has_place = true;
        x->rec->lng = c->lng;
        x->rec->lat = c->lat;
    }
    if (c->address != NULL)
        x->rec->address = c->address;
    if (c->area != NULL && c->area[0] != '\0')
        return area_given(x, e) && (!c->has_place || c->trusted || place_fits_area(x, e));
    if (c->has_place)
        return area_of_place(x, e);
    if (x->rec->kind->place == PLACE_REQUIRED)
        return ERR_FIELD(e, "place", "place.required", "请在地图上点一下位置，或选择所在社区",
                         "say where: a point on the map or an area");
    x->rec->area = arena_printf(x->arena, "%lld", (long long)x->in->world->district);
    return true;
}

static void add_party(struct record *r, const struct party *new, struct arena *a)
{
    r->parties = list_grow(r->parties, r->n_parties, sizeof(*r->parties), a);
    r->parties[r->n_parties++] = *new;
}

bool party_set(struct record *r, const struct party_input *in, int64_t at, struct arena *a, struct err *e)
{
    const struct party_role *role = in->role;
    struct party new = {.role = role, .account = in->account, .org = in->org, .since = at};
    size_t count = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        struct party *p = &r->parties[i];

        if (p->role != role)
            continue;
        if (uuid_eq(p->account, in->account) && uuid_eq(p->org, in->org))
            return true;
        count++;
        if (role->max <= 1) {
            *p = new;
            return true;
        }
    }
    if (r->n_parties == LIMIT_PARTIES || (count > 0 && count >= role->max))
        return ERR_FIELD(e, "parties", "party.too_many", "%s%.0s已满", "no further %.0s%s can be added",
                         role->title.zh, role->title.en);
    add_party(r, &new, a);
    return true;
}

void party_leave(struct record *r, const struct party_input *out)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (p->role != out->role || !uuid_eq(p->account, out->account) || !uuid_eq(p->org, out->org))
            r->parties[n++] = *p;
    }
    r->n_parties = n;
}

bool party_from_value(const struct world *w, const struct cel_value *v, struct party_input *ret)
{
    struct uuid id;

    if (v->type != CEL_STRING || !uuid_parse(v->s, &id))
        return false;
    if (directory_org(w->people, id) != NULL)
        ret->org = id;
    else
        ret->account = id;
    return true;
}

bool record_route(const struct world *w, const struct record *r, const struct party_role *role, int64_t now,
                  struct arena *a, struct party_input *ret)
{
    for (size_t i = 0; i < r->kind->n_routes; i++) {
        const struct route_rule *rule = &r->kind->routes[i];
        struct cel_value v = {0};
        struct err e = {0};

        if (rule->party != role)
            continue;
        if (rule->when != NULL &&
            (!record_eval(w, r, NULL, rule->when, now, 0, a, &v, &e) || v.type != CEL_BOOL || !v.b))
            continue;
        *ret = (struct party_input){.role = role};
        if (record_eval(w, r, NULL, rule->expr, now, 0, a, &v, &e) && party_from_value(w, &v, ret))
            return true;
    }
    return false;
}

static bool known_party(struct applying *x, const struct party_input *p, struct err *e)
{
    const struct directory *d = x->in->world->people;
    const char *field = arena_printf(x->arena, "parties.%s", p->role->name);

    if (!uuid_is_nil(p->org))
        return (p->role->is & PARTY_IS_ORG) == 0
                   ? ERR_FIELD(e, field, "party.is", "%s%.0s须是一个人", "%.0s%s must be a person",
                               p->role->title.zh, p->role->title.en)
                   : directory_org(d, p->org) != NULL ||
                         ERR_FIELD(e, field, "party.unknown", "没有这个单位", "no such organisation");
    if ((p->role->is & PARTY_IS_ACCOUNT) == 0)
        return ERR_FIELD(e, field, "party.is", "%s%.0s须是一个单位", "%.0s%s must be an organisation",
                         p->role->title.zh, p->role->title.en);
    return directory_account(d, p->account) != NULL ||
           ERR_FIELD(e, field, "party.unknown", "没有这个人员", "no such person");
}

static const struct move_party *party_of_move(const struct move *m, const struct party_role *role)
{
    for (size_t i = 0; i < m->n_parties; i++)
        if (m->parties[i].role == role)
            return &m->parties[i];
    return NULL;
}

/* Drops who played a part that the move gives away anew. */
static void clear_role(struct record *r, const struct party_role *role)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->n_parties; i++)
        if (r->parties[i].role != role)
            r->parties[kept++] = r->parties[i];
    r->n_parties = kept;
}

static bool named(struct applying *x, const struct party_role *role)
{
    for (size_t i = 0; i < x->cmd->n_parties; i++)
        if (x->cmd->parties[i].role == role)
            return true;
    return false;
}

static bool set_named(struct applying *x, struct err *e)
{
    for (size_t i = 0; i < x->cmd->n_parties; i++) {
        const struct party_input *p = &x->cmd->parties[i];

        if (party_of_move(x->move, p->role) == NULL && !x->cmd->trusted)
            return ERR_FIELD(e, "parties", "party.unexpected", "“%s%.0s”时不能指定%s%.0s",
                             "“%.0s%s” does not name the %.0s%s", x->move->title.zh, x->move->title.en,
                             p->role->title.zh, p->role->title.en);
        if (!known_party(x, p, e) || !party_set(x->rec, p, x->cmd->at, x->arena, e))
            return false;
    }
    return true;
}

static bool set_proposed(struct applying *x, const struct move_party *mp, struct err *e)
{
    struct party_input p = {.role = mp->role};
    struct cel_value v = {0};

    if (mp->how == MOVE_PARTY_ROUTE &&
        !record_route(x->in->world, x->rec, mp->role, x->cmd->at, x->arena, &p))
        return ERR_FIELD(e, "parties", "party.no_route", "没有合适的%s%.0s，请指定",
                         "nobody fits as %.0s%s: name one", mp->role->title.zh, mp->role->title.en);
    /* An expression that yields nobody leaves the part empty: an anonymous report has no reporter. */
    if (mp->how == MOVE_PARTY_EXPR) {
        if (!record_eval(x->in->world, x->rec, x->cmd->who, mp->expr, x->cmd->at, 0, x->arena, &v, e))
            return false;
        if (!party_from_value(x->in->world, &v, &p))
            return true;
    }
    return mp->how == MOVE_PARTY_ASK || party_set(x->rec, &p, x->cmd->at, x->arena, e);
}

bool apply_parties(struct applying *x, struct err *e)
{
    for (size_t i = 0; i < x->move->n_parties; i++)
        clear_role(x->rec, x->move->parties[i].role);
    if (!set_named(x, e))
        return false;
    for (size_t i = 0; i < x->move->n_parties; i++)
        if (!named(x, x->move->parties[i].role) && !set_proposed(x, &x->move->parties[i], e))
            return false;
    return true;
}

void add_reporter(struct applying *x)
{
    const struct party_role *role = kind_party(x->rec->kind, "reporter");

    if (role == NULL || x->cmd->who->kind != ACTOR_PERSON || uuid_is_nil(x->cmd->who->account))
        return;
    add_party(x->rec, &(struct party){.role = role, .account = x->cmd->who->account, .since = x->cmd->at},
              x->arena);
}
