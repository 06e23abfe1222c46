/* Expressions over a record: what its variables and functions answer. */
#include "engine/record_internal.h"

#include <string.h>

enum { CREW_MAX = 64, DUTIES_ASKED = 32 };

struct scope {
    const struct world *world;
    const struct record *rec;
    const struct principal *actor;
    const struct party *party; /* whose step or clock it is; NULL: nobody's */
    int64_t now, children_open;
};

static const char *uuid_text(struct arena *a, struct uuid u)
{
    char text[UUID_TEXT_MAX];

    if (uuid_is_nil(u))
        return NULL;
    uuid_format(u, text);
    return arena_strdup(a, text);
}

static struct cel_value instant(int64_t ms)
{
    return (struct cel_value){.type = ms == 0 ? CEL_NULL : CEL_TIMESTAMP, .i = ms};
}

static struct cel_value variable(const struct scope *s, int id, struct arena *a)
{
    const struct record *r = s->rec;

    if (id < VAR_KIND)
        return r->values[id];
    switch ((enum record_var)id) {
    case VAR_KIND:
        return CEL_STR(r->kind->name);
    case VAR_STATE:
        return CEL_STR(r->state->name);
    case VAR_LIGHT:
        return CEL_STR(light_name(r->state->light));
    case VAR_OPEN:
        return CEL_BOOLV(record_open(r));
    case VAR_AREA:
        return CEL_STR(r->area);
    case VAR_NUMBER:
        return CEL_INTV(r->number);
    case VAR_VERSION:
        return CEL_INTV(r->version);
    case VAR_CREATED_AT:
        return instant(r->created_at);
    case VAR_UPDATED_AT:
        return instant(r->updated_at);
    case VAR_DUE_AT:
        return instant(record_due(r));
    case VAR_LATE:
        return CEL_BOOLV(record_late(r));
    case VAR_OWNER:
        return CEL_STR(uuid_text(a, record_owner(r)));
    case VAR_TITLE:
        return CEL_STR(r->title);
    case VAR_ACTOR:
        return CEL_STR(s->actor == NULL ? NULL : uuid_text(a, s->actor->account));
    case VAR_PARENT:
        return CEL_STR(uuid_text(a, r->parent));
    case VAR_PARTY:
        return CEL_STR(s->party == NULL ? NULL : uuid_text(a, party_id(s->party)));
    case VAR__MAX:
        break;
    }
    return CEL_NULLV;
}

static bool lookup(void *ctx, int id, struct arena *a, struct cel_value *ret, struct err *e)
{
    (void)e;
    *ret = variable(ctx, id, a);
    if (ret->type == CEL_UNSET)
        ret->type = CEL_NULL;
    return true;
}

static const char *text_of(const struct cel_value *v)
{
    return v->type == CEL_STRING ? v->s : "";
}

static struct cel_value from_table(const struct scope *s, const struct cel_value *args, int n)
{
    const struct table *t = packs_table(s->world->packs, text_of(&args[0]));
    const char *keys[4] = {0};

    for (int i = 1; i < n; i++)
        keys[i - 1] = text_of(&args[i]);
    return CEL_STR(t == NULL ? NULL : table_find(t, keys, (size_t)(n - 1)));
}

static struct cel_value org_value(const struct org *o, struct arena *a)
{
    return CEL_STR(o == NULL ? NULL : uuid_text(a, o->id));
}

/* The unit of that level or, where there is none, of the next wider one. */
static const struct org *unit_at(const struct scope *s, enum area_level level)
{
    const struct org *o = NULL;

    for (; o == NULL && level >= AREA_DISTRICT; level = (enum area_level)(level - 1))
        o = directory_unit(s->world->people, s->rec->area, level);
    return o;
}

static struct cel_value unit_above(const struct scope *s, const struct cel_value *arg, struct arena *a)
{
    struct uuid id;
    const struct org *o;

    if (arg->type != CEL_STRING || !uuid_parse(arg->s, &id) ||
        (o = directory_org(s->world->people, id)) == NULL)
        return CEL_NULLV;
    return org_value(directory_unit_above(s->world->people, o), a);
}

static struct cel_value holder(const struct scope *s, const struct cel_value *args, int n, struct arena *a)
{
    enum area_level level = n > 1 ? area_level_named(text_of(&args[1])) : AREA_UNSET;
    uint64_t pick;
    const struct account *who;

    memcpy(&pick, &s->rec->id.b[8], sizeof(pick));
    who = directory_holder(s->world->people, text_of(&args[0]), s->rec->area, level, s->now, pick);
    return CEL_STR(who == NULL ? NULL : uuid_text(a, who->id));
}

static struct cel_value on_duty(const struct scope *s, const struct cel_value *arg, struct arena *a)
{
    struct uuid org, who;

    if (arg->type != CEL_STRING || !uuid_parse(arg->s, &org) ||
        directory_on_duty(s->world->people, org, s->now, &who, 1) == 0)
        return CEL_NULLV;
    return CEL_STR(uuid_text(a, who));
}

/* Where an area has no outline of its own, the next wider one that has decides. */
static bool inside(const struct scope *s, const struct cel_value *arg)
{
    const char *comma = arg->type == CEL_STRING ? strchr(arg->s, ',') : NULL;
    const struct area *area = area_find(s->world->areas, s->rec->area), *at;
    char lng[32] = "";
    double x, y;

    while (area != NULL && !area->has_boundary && area->parent != NULL)
        area = area->parent;
    if (comma == NULL || area == NULL || comma - arg->s >= (ptrdiff_t)sizeof(lng))
        return false;
    str_copy(lng, (size_t)(comma - arg->s) + 1, arg->s);
    if (!parse_double(lng, &x) || !parse_double(comma + 1, &y))
        return false;
    at = area_locate_at(s->world->areas, x, y, s->now);
    return at != NULL && area_covers(area->code, at->code);
}

/* The unit above, and so on up, until there is one with somebody in it. Of a person: their own unit. */
static struct cel_value superior(const struct scope *s, const struct cel_value *arg, struct arena *a)
{
    const struct directory *d = s->world->people;
    const struct org *o, *up;
    struct uuid id, one;
    size_t n = 0;

    if (arg->type != CEL_STRING || !uuid_parse(arg->s, &id))
        return CEL_NULLV;
    if ((o = directory_org(d, id)) == NULL) {
        const struct post *posts = directory_posts(d, id, &n);

        for (size_t i = 0; i < n && (o == NULL || o->ended != 0); i++)
            o = directory_org(d, posts[i].org);
        if (o != NULL && o->ended != 0)
            return CEL_NULLV;
        return org_value(o, a);
    }
    for (up = directory_unit_above(d, o); up != NULL && up != o; o = up, up = directory_unit_above(d, o))
        if (directory_members(d, up->id, NULL, s->now, &one, 1) > 0)
            return org_value(up, a);
    return CEL_NULLV;
}

/* The first who plays the part in r; r may be NULL. */
static struct cel_value player(const struct record *r, const char *role, struct arena *a)
{
    for (size_t i = 0; r != NULL && i < r->n_parties; i++)
        if (strcmp(r->parties[i].role->name, role) == 0)
            return CEL_STR(uuid_text(a, party_id(&r->parties[i])));
    return CEL_NULLV;
}

/* --- crew(): able, free, near --- */

struct hand {
    const struct account *who;
    struct busy busy;
    double m; /* metres to the matter; negative: not known */
};

/* Where a unit has a roster, those off duty are not asked; where that leaves nobody, all are. */
static bool at_work(const struct scope *s, const struct account *who, const char *role)
{
    struct uuid on[DUTIES_ASKED];
    size_t n_posts = 0, n;
    const struct post *posts = directory_posts(s->world->people, who->id, &n_posts);

    for (size_t i = 0; i < n_posts; i++) {
        if (strcmp(posts[i].role, role) != 0 || uuid_is_nil(posts[i].org))
            continue;
        n = directory_on_duty(s->world->people, posts[i].org, s->now, on, DUTIES_ASKED);
        for (size_t k = 0; k < n; k++)
            if (uuid_eq(on[k], who->id))
                return true;
        return n == 0;
    }
    return true;
}

static size_t able(const struct scope *s, const char *role, const struct account **ret)
{
    const struct account *all[CREW_MAX];
    size_t n = directory_all_holders(s->world->people, role, s->rec->area, s->now, all, CREW_MAX), on = 0;

    for (size_t i = 0; i < n; i++)
        if (at_work(s, all[i], role))
            ret[on++] = all[i];
    if (on > 0)
        return on;
    for (size_t i = 0; i < n; i++)
        ret[i] = all[i];
    return n;
}

static double far_from(const struct scope *s, const struct busy *b)
{
    if (!b->seen || !s->rec->has_place)
        return -1;
    return distance_m(b->lng, b->lat, s->rec->lng, s->rec->lat);
}

/* Who has less to do; then who is nearer, whoever is known to be somewhere before the others. */
static bool better(const struct hand *a, const struct hand *b)
{
    if (a->busy.open != b->busy.open)
        return a->busy.open < b->busy.open;
    if ((a->m < 0) != (b->m < 0))
        return b->m < 0;
    return a->m < b->m;
}

/* Of those who hold the post over the narrowest area and are at work. Among equals the record decides. */
static bool crew(const struct scope *s, const struct cel_value *args, int n, struct arena *a,
                 struct cel_value *ret, struct err *e)
{
    const struct around *around = s->rec->around;
    const struct account *all[CREW_MAX];
    struct hand best = {0};
    size_t n_all = able(s, text_of(&args[0]), all), first = n_all == 0 ? 0 : s->rec->id.b[15] % n_all;

    for (size_t i = 0; i < n_all; i++) {
        struct hand one = {.who = all[(first + i) % n_all]};

        if (around != NULL && around->busy != NULL &&
            !around->busy(around->ctx, one.who->id, text_of(&args[1]), &one.busy, e))
            return false;
        one.m = far_from(s, &one.busy);
        if (n > 2 && args[2].type == CEL_INT && one.busy.open >= args[2].i)
            continue;
        if (best.who == NULL || better(&one, &best))
            best = one;
    }
    *ret = CEL_STR(best.who == NULL ? NULL : uuid_text(a, best.who->id));
    return true;
}

/* balance('fund.cash'): without an owner, of the record itself where such records have it. */
static bool balance(const struct scope *s, const struct cel_value *args, int n,
                    const struct ledger_account **ret_of, int64_t *ret, struct err *e)
{
    const struct books *books = s->rec->around == NULL ? NULL : s->rec->around->books;
    const struct ledger_account *of = packs_account(s->world->packs, text_of(&args[0]));
    struct uuid owner = {0};

    *ret = 0;
    *ret_of = of;
    if (of == NULL || books == NULL)
        return true;
    if (n > 1 && (args[1].type != CEL_STRING || !uuid_parse(args[1].s, &owner)))
        return true;
    if (n == 1 && of->of == LEDGER_OF_RECORD && of->kind == s->rec->kind)
        owner = s->rec->id;
    if (n > 1 && of->of == LEDGER_OF_RECORD && !around_standing(s->rec->around, owner, &owner, e))
        return false;
    return books->balance(books->ctx, of, owner, ret, e);
}

static bool ledger_function(const struct scope *s, int id, const struct cel_value *args, int n,
                            struct cel_value *ret, struct err *e)
{
    const struct ledger_account *of = NULL;
    const struct tier *reached;
    int64_t amount = 0;

    if (!balance(s, args, n, &of, &amount, e))
        return false;
    reached = of == NULL ? NULL : account_tier(of, amount);
    *ret = id == FUNC_BALANCE ? CEL_INTV(amount) : CEL_STR(reached == NULL ? NULL : reached->name);
    return true;
}

/* The clock of that name: of the party whose step it is, where each has its own, else the first. */
static const struct clock *clock_of(const struct scope *s, const char *name)
{
    const struct clock *first = NULL;

    for (size_t i = 0; i < s->rec->n_clocks; i++) {
        const struct clock *c = &s->rec->clocks[i];

        if (strcmp(c->def->name, name) != 0)
            continue;
        if (s->party == NULL || !c->def->each_party || uuid_eq(c->party, party_id(s->party)))
            return c;
        if (first == NULL)
            first = c;
    }
    return first;
}

/* Wall time from start to stop (or now) less the pauses. */
static int64_t elapsed(const struct clock *c, int64_t now)
{
    int64_t end = c->state == CLOCK_STOPPED ? c->stopped_at : now, ms = end - c->started_at;

    for (size_t i = 0; i < c->n_pauses; i++)
        ms -= (c->pauses[i].to == 0 ? end : c->pauses[i].to) - c->pauses[i].from;
    return ms > 0 ? ms : 0;
}

static bool all_done(const struct record *r, const char *role, const char *state)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (strcmp(p->role->name, role) == 0 && (p->state == NULL || strcmp(p->state->name, state) != 0))
            return false;
    }
    return true;
}

static int64_t count_parties(const struct record *r, const char *role)
{
    int64_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++)
        n += strcmp(r->parties[i].role->name, role) == 0;
    return n;
}

static bool actor_plays(const struct scope *s, const char *role)
{
    return s->actor != NULL && plays_part(s->rec, s->actor, role);
}

/* How long ago still counts, in ms; INT64_MAX: however long. */
static bool period(const struct scope *s, const struct earlier *def, struct arena *a, int64_t *ret,
                   struct err *e)
{
    static const int64_t ms[] = {[LIMIT_MINUTES] = 60000,
                                 [LIMIT_HOURS] = 3600000,
                                 [LIMIT_DAYS] = 86400000,
                                 [LIMIT_WORKING_HOURS] = 0,
                                 [LIMIT_WORKING_DAYS] = 0};
    struct limit l = def->within;
    struct cel_value v = {0};

    if (def->period != NULL) {
        if (!record_eval(s->world, s->rec, s->actor, def->period, s->now, 0, a, &v, e))
            return false;
        if (v.type == CEL_STRING && v.s[0] != '\0' && (!limit_parse(v.s, &l) || ms[l.unit] == 0))
            return ERR(e, ERR_INVALID, "engine.period", "“%.20s”不是期间，应如 365d、12h",
                       "“%.20s” is no period: 365d or 12h are", v.s);
    }
    *ret = l.unit == LIMIT_UNSET ? INT64_MAX : l.n * ms[l.unit];
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): what stands around an earlier one is not known: it counts none itself */
static bool count_earlier(const struct scope *s, const char *name, struct arena *a, int64_t *ret,
                          struct err *e)
{
    const struct around *around = s->rec->around;
    const struct earlier *def = kind_earlier(s->rec->kind, name);
    int64_t span;

    *ret = 0;
    if (def == NULL || around == NULL)
        return true;
    if (!period(s, def, a, &span, e))
        return false;
    for (size_t i = 0; i < around->n_siblings; i++) {
        const struct record *r = around->siblings[i];
        struct cel_value v = {0};

        if (uuid_eq(r->id, s->rec->id) || r->created_at > s->rec->created_at ||
            s->rec->created_at - r->created_at > span)
            continue;
        if (!record_eval(s->world, r, NULL, def->when, s->now, 0, a, &v, e))
            return false;
        *ret += v.type == CEL_BOOL && v.b;
    }
    return true;
}

static bool clock_function(const struct scope *s, int id, const struct cel_value *arg, struct cel_value *ret)
{
    const struct clock *c = clock_of(s, text_of(arg));

    if (id == FUNC_IN_TIME)
        *ret = CEL_BOOLV(c != NULL && c->state == CLOCK_STOPPED && c->stopped_at <= c->due_at &&
                         c->breached_at == 0);
    else if (id == FUNC_BREACHED)
        *ret = CEL_BOOLV(c != NULL && c->breached_at != 0);
    else
        *ret = c == NULL ? CEL_NULLV : (struct cel_value){.type = CEL_DURATION, .i = elapsed(c, s->now)};
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): see count_earlier() */
static bool call(void *ctx, int id, const struct cel_value *args, int n, struct arena *a,
                 struct cel_value *ret, struct err *e)
{
    const struct scope *s = ctx;

    switch ((enum record_func)id) {
    case FUNC_TABLE:
        *ret = from_table(s, args, n);
        return true;
    case FUNC_UNIT:
        *ret = org_value(unit_at(s, area_level_named(text_of(&args[0]))), a);
        return true;
    case FUNC_UNIT_ABOVE:
        *ret = unit_above(s, &args[0], a);
        return true;
    case FUNC_ORG:
        *ret = org_value(directory_org_named(s->world->people, text_of(&args[0])), a);
        return true;
    case FUNC_POST:
        *ret = holder(s, args, n, a);
        return true;
    case FUNC_IN_TIME:
    case FUNC_BREACHED:
    case FUNC_ELAPSED:
        return clock_function(s, id, &args[0], ret);
    case FUNC_PLAYS:
        *ret = CEL_BOOLV(actor_plays(s, text_of(&args[0])));
        return true;
    case FUNC_COUNT:
        *ret = CEL_INTV(count_parties(s->rec, text_of(&args[0])));
        return true;
    case FUNC_DONE:
        *ret = CEL_BOOLV(all_done(s->rec, text_of(&args[0]), text_of(&args[1])));
        return true;
    case FUNC_CHILDREN_OPEN:
        *ret = CEL_INTV(s->rec->around != NULL ? s->rec->around->children_open : s->children_open);
        return true;
    case FUNC_CHILDREN:
        *ret = CEL_INTV(s->rec->around != NULL ? s->rec->around->children : 0);
        return true;
    case FUNC_EARLIER:
        *ret = CEL_INTV(0);
        return count_earlier(s, text_of(&args[0]), a, &ret->i, e);
    case FUNC_ON_DUTY:
        *ret = on_duty(s, &args[0], a);
        return true;
    case FUNC_INSIDE:
        *ret = CEL_BOOLV(inside(s, &args[0]));
        return true;
    case FUNC_SUPERIOR:
        *ret = superior(s, &args[0], a);
        return true;
    case FUNC_PLAYER:
    case FUNC_OF_PARENT:
        *ret = player(id == FUNC_PLAYER ? s->rec : s->rec->above, text_of(&args[0]), a);
        return true;
    case FUNC_CREW:
        return crew(s, args, n, a, ret, e);
    case FUNC_BALANCE:
    case FUNC_TIER:
        return ledger_function(s, id, args, n, ret, e);
    case FUNC_UNSET:
    case FUNC__MAX:
        break;
    }
    return ERR(e, ERR_INTERNAL, "engine.function", "未知函数 %d", "unknown function %d", id);
}

/* NOLINTNEXTLINE(misc-no-recursion): see count_earlier() */
bool record_eval(const struct world *w, const struct record *r, const struct principal *actor,
                 const struct cel_expr *x, int64_t now, int64_t children_open, struct arena *a,
                 struct cel_value *ret, struct err *e)
{
    const struct eval_as as = {.actor = actor, .now = now, .children_open = children_open};

    return record_eval_as(w, r, &as, x, a, ret, e);
}

bool record_eval_as(const struct world *w, const struct record *r, const struct eval_as *as,
                    const struct cel_expr *x, struct arena *a, struct cel_value *ret, struct err *e)
{
    struct scope s = {.world = w,
                      .rec = r,
                      .actor = as->actor,
                      .party = record_party(r, as->party),
                      .now = as->now,
                      .children_open = as->children_open};
    struct cel_scope cs = {.ctx = &s, .now = as->now, .lookup = lookup, .call = call};

    return cel_eval(x, &cs, a, ret, e);
}
