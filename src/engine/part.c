/* Who plays which part in a matter: named, routed, computed; joining, leaving, taking another part. */
#include "engine/apply_internal.h"

#include <string.h>

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
            party_clocks_end(r, party_id(p), at);
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

void party_leave(struct record *r, const struct party_input *out, int64_t at)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (p->role == out->role && uuid_eq(p->account, out->account) && uuid_eq(p->org, out->org))
            party_clocks_end(r, party_id(p), at);
        else
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

bool party_takes(const struct world *w, const struct party_input *p)
{
    const struct org *o = uuid_is_nil(p->org) ? NULL : directory_org(w->people, p->org);

    return o == NULL || o->ended == 0;
}

bool party_staffed(const struct world *w, const struct party_input *p, int64_t now)
{
    struct uuid one;

    return uuid_is_nil(p->org) || directory_members(w->people, p->org, NULL, now, &one, 1) > 0;
}

static bool same_party(const struct party_input *a, const struct party_input *b)
{
    return uuid_eq(a->account, b->account) && uuid_eq(a->org, b->org);
}

/* What one rule yields; false if it does not fit. */
static bool route_one(const struct world *w, const struct record *r, const struct route_rule *rule,
                      int64_t now, struct arena *a, struct party_input *ret)
{
    struct cel_value v = {0};
    struct err e = {0};

    if (rule->when != NULL &&
        (!record_eval(w, r, NULL, rule->when, now, 0, a, &v, &e) || v.type != CEL_BOOL || !v.b))
        return false;
    *ret = (struct party_input){.role = rule->party};
    return record_eval(w, r, NULL, rule->expr, now, 0, a, &v, &e) && party_from_value(w, &v, ret) &&
           party_takes(w, ret) && (!rule->party->staffed || party_staffed(w, ret, now));
}

size_t record_route(const struct world *w, const struct record *r, const struct party_role *role, int64_t now,
                    struct arena *a, struct party_input *ret, size_t max)
{
    size_t n = 0, most = role->max > 1 ? max : 1;

    for (size_t i = 0; i < r->kind->n_routes && n < most; i++) {
        bool twice = false;

        if (r->kind->routes[i].party != role || !route_one(w, r, &r->kind->routes[i], now, a, &ret[n]))
            continue;
        for (size_t k = 0; k < n; k++)
            twice = twice || same_party(&ret[k], &ret[n]);
        n += !twice;
    }
    return n;
}

static bool known_org(const struct applying *x, const struct party_input *p, const char *field, struct err *e)
{
    const struct org *o = directory_org(x->in->world->people, p->org);

    if ((p->role->is & PARTY_IS_ORG) == 0)
        return ERR_FIELD(e, field, "party.is", "%s%.0s须是一个人", "%.0s%s must be a person",
                         p->role->title.zh, p->role->title.en);
    if (o == NULL)
        return ERR_FIELD(e, field, "party.unknown", "没有这个单位", "no such organisation");
    if (!party_takes(x->in->world, p) && !x->cmd->trusted)
        return ERR_FIELD(e, field, "party.ended", "“%.40s”已撤销，请换一个单位",
                         "“%.40s” has ended: choose another organisation", o->name);
    return !p->role->staffed || x->cmd->trusted || party_staffed(x->in->world, p, x->cmd->at) ||
           ERR_FIELD(e, field, "party.unstaffed", "“%.40s”没有在岗人员，送不到；请换一个单位",
                     "nobody holds a post in “%.40s”: choose another unit", o->name);
}

static bool known_party(struct applying *x, const struct party_input *p, struct err *e)
{
    const char *field = arena_printf(x->arena, "parties.%s", p->role->name);

    if (!uuid_is_nil(p->org))
        return known_org(x, p, field, e);
    if ((p->role->is & PARTY_IS_ACCOUNT) == 0)
        return ERR_FIELD(e, field, "party.is", "%s%.0s须是一个单位", "%.0s%s must be an organisation",
                         p->role->title.zh, p->role->title.en);
    if (p->found && (p->role->is & PARTY_IS_RESIDENT) == 0)
        return ERR_FIELD(e, field, "party.resident", "%s%.0s由工作人员担任，请从人员里选",
                         "%.0s%s is one of the staff: choose from them", p->role->title.zh,
                         p->role->title.en);
    return p->found || directory_account(x->in->world->people, p->account) != NULL ||
           ERR_FIELD(e, field, "party.unknown", "没有这个人员", "no such person");
}

static const struct move_party *party_of_move(const struct move *m, const struct party_role *role)
{
    for (size_t i = 0; i < m->n_parties; i++)
        if (m->parties[i].role == role)
            return &m->parties[i];
    return NULL;
}

static bool given_anew(const struct move_party *mp)
{
    return mp->how == MOVE_PARTY_ROUTE || mp->how == MOVE_PARTY_ASK || mp->how == MOVE_PARTY_EXPR;
}

/* Who played a part that the move gives away anew leaves it. */
static void clear_role(struct applying *x, const struct party_role *role)
{
    struct record *r = x->rec;
    size_t kept = 0;

    for (size_t i = 0; i < r->n_parties; i++)
        if (r->parties[i].role != role)
            r->parties[kept++] = r->parties[i];
        else
            party_clocks_end(r, party_id(&r->parties[i]), x->cmd->at);
    r->n_parties = kept;
}

static bool named(struct applying *x, const struct party_role *role)
{
    for (size_t i = 0; i < x->cmd->n_parties; i++)
        if (x->cmd->parties[i].role == role)
            return true;
    return false;
}

/* The place in r of who is named; r->n_parties: not there. */
static size_t place_of(const struct record *r, const struct party_input *p)
{
    size_t i = 0;

    while (i < r->n_parties &&
           (r->parties[i].role != p->role || !uuid_eq(r->parties[i].account, p->account) ||
            !uuid_eq(r->parties[i].org, p->org)))
        i++;
    return i;
}

/* A part of that kind which they play beside `role`: one unit has one set of steps. NULL: none. */
static struct party *other_steps(const struct record *r, const struct party_input *p)
{
    for (size_t i = 0; party_has_steps(r->kind, p->role) && i < r->n_parties; i++)
        if (r->parties[i].role != p->role && party_has_steps(r->kind, r->parties[i].role) &&
            uuid_eq(r->parties[i].account, p->account) && uuid_eq(r->parties[i].org, p->org))
            return &r->parties[i];
    return NULL;
}

static bool named_twice(const struct applying *x, size_t i, struct err *e)
{
    const struct party_input *p = &x->cmd->parties[i];

    for (size_t k = 0; party_has_steps(x->rec->kind, p->role) && k < i; k++)
        if (x->cmd->parties[k].role != p->role && party_has_steps(x->rec->kind, x->cmd->parties[k].role) &&
            same_party(&x->cmd->parties[k], p))
            return ERR_FIELD(e, arena_printf(x->arena, "parties.%s", p->role->name), "party.twice",
                             "同一个单位不能既是%s%.0s又是%s%.0s",
                             "the same unit cannot be %.0s%s and %.0s%s", x->cmd->parties[k].role->title.zh,
                             x->cmd->parties[k].role->title.en, p->role->title.zh, p->role->title.en);
    return true;
}

/* They play another part from now on. */
static bool move_over(struct applying *x, const struct move_party *mp, struct party *p, struct err *e)
{
    struct party_input to = {.role = mp->to, .account = p->account, .org = p->org};
    const struct state *state = p->state;
    size_t i;

    party_clocks_end(x->rec, party_id(p), x->cmd->at);
    memmove(p, p + 1, sizeof(*p) * (size_t)(&x->rec->parties[x->rec->n_parties] - p - 1));
    x->rec->n_parties--;
    if (!party_set(x->rec, &to, x->cmd->at, x->arena, e))
        return false;
    i = place_of(x->rec, &to);
    x->rec->parties[i].state = state;
    return true;
}

/* Those who are named are among those who play it. */
static bool choose(struct applying *x, const struct move_party *mp, const struct party_input *p,
                   struct err *e)
{
    size_t i = place_of(x->rec, p);

    if (i == x->rec->n_parties)
        return ERR_FIELD(e, arena_printf(x->arena, "parties.%s", p->role->name), "party.not_playing",
                         "不是这件事的%s%.0s", "is not %.0s%s in this matter", p->role->title.zh,
                         p->role->title.en);
    return mp->how == MOVE_PARTY_PICK || move_over(x, mp, &x->rec->parties[i], e);
}

static bool set_one(struct applying *x, const struct move_party *mp, const struct party_input *p,
                    struct err *e)
{
    struct party *other;

    if (!known_party(x, p, e))
        return false;
    other = other_steps(x->rec, p);
    if (other != NULL && mp != NULL && mp->how == MOVE_PARTY_ADD && p->role->max > 1)
        return ERR_FIELD(e, arena_printf(x->arena, "parties.%s", p->role->name), "party.plays",
                         "已经是%s%.0s", "plays a part already: %.0s%s", other->role->title.zh,
                         other->role->title.en);
    if (other != NULL) { /* moves up */
        party_clocks_end(x->rec, party_id(other), x->cmd->at);
        memmove(other, other + 1, sizeof(*other) * (size_t)(&x->rec->parties[x->rec->n_parties] - other - 1));
        x->rec->n_parties--;
    }
    return party_set(x->rec, p, x->cmd->at, x->arena, e);
}

static bool set_named(struct applying *x, struct err *e)
{
    for (size_t i = 0; i < x->cmd->n_parties; i++) {
        const struct party_input *p = &x->cmd->parties[i];
        const struct move_party *mp = party_of_move(x->move, p->role);

        if (mp == NULL && !x->cmd->trusted)
            return ERR_FIELD(e, "parties", "party.unexpected", "“%s%.0s”时不能指定%s%.0s",
                             "“%.0s%s” does not name the %.0s%s", x->move->title.zh, x->move->title.en,
                             p->role->title.zh, p->role->title.en);
        if (!named_twice(x, i, e))
            return false;
        if (mp == NULL || given_anew(mp) || mp->how == MOVE_PARTY_ADD ? !set_one(x, mp, p, e)
                                                                      : !choose(x, mp, p, e))
            return false;
    }
    return true;
}

static bool set_routed(struct applying *x, const struct move_party *mp, bool must, struct err *e)
{
    struct party_input list[LIMIT_PARTIES];
    size_t n = record_route(x->in->world, x->rec, mp->role, x->cmd->at, x->arena, list, mp->role->max);

    for (size_t i = 0; i < n; i++)
        if (other_steps(x->rec, &list[i]) == NULL && !party_set(x->rec, &list[i], x->cmd->at, x->arena, e))
            return false;
    return n > 0 || mp->role->max > 1 || !must ||
           ERR_FIELD(e, "parties", "party.no_route", "没有合适的%s%.0s，请指定",
                     "nobody fits as %.0s%s: name one", mp->role->title.zh, mp->role->title.en);
}

static bool set_proposed(struct applying *x, const struct move_party *mp, bool must, struct err *e)
{
    struct party_input p = {.role = mp->role};
    struct cel_value v = {0};

    /* Who is asked for is proposed by the routes, too; a person who names nobody means nobody. */
    if (mp->how == MOVE_PARTY_ROUTE || (mp->how == MOVE_PARTY_ASK && !must))
        return set_routed(x, mp, must, e);
    if (mp->how == MOVE_PARTY_ADD || mp->how == MOVE_PARTY_TO)
        return !must || ERR_FIELD(e, "parties", "party.none", "请指定%s%.0s", "name the %.0s%s",
                                  mp->role->title.zh, mp->role->title.en);
    if (mp->how != MOVE_PARTY_EXPR)
        return true;
    /* An expression that yields nobody leaves the part empty: an anonymous report has no reporter. */
    return record_eval(x->in->world, x->rec, x->cmd->who, mp->expr, x->cmd->at, 0, x->arena, &v, e) &&
           (!party_from_value(x->in->world, &v, &p) || !party_takes(x->in->world, &p) ||
            party_set(x->rec, &p, x->cmd->at, x->arena, e));
}

static bool fill_parties(struct applying *x, bool must, struct err *e)
{
    for (size_t i = 0; i < x->move->n_parties; i++)
        if (given_anew(&x->move->parties[i]))
            clear_role(x, x->move->parties[i].role);
    if (!set_named(x, e))
        return false;
    for (size_t i = 0; i < x->move->n_parties; i++)
        if (!named(x, x->move->parties[i].role) && !set_proposed(x, &x->move->parties[i], must, e))
            return false;
    return true;
}

bool apply_parties(struct applying *x, struct err *e)
{
    return fill_parties(x, true, e);
}

bool draft_parties(struct applying *x, struct err *e)
{
    return fill_parties(x, false, e);
}

void add_reporter(struct applying *x)
{
    const struct party_role *role = kind_party(x->rec->kind, "reporter");

    if (role == NULL || x->cmd->who->kind != ACTOR_PERSON || uuid_is_nil(x->cmd->who->account))
        return;
    add_party(x->rec, &(struct party){.role = role, .account = x->cmd->who->account, .since = x->cmd->at},
              x->arena);
}
