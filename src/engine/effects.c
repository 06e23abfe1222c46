/* The engine's own effect types. Each row has a check, run when the pack is loaded,
 * and a run, inside the application of a command. */
#include "engine/apply_internal.h"
#include "pack/check.h"

#include <string.h>

bool effect_eval(const struct effect_run *run, const struct cel_expr *x, struct cel_value *ret, struct err *e)
{
    const struct eval_as as = {.actor = run->command->who,
                               .party = run->party,
                               .now = run->now,
                               .children_open = run->children_open};

    return record_eval_as(run->world, run->rec, &as, x, run->arena, ret, e);
}

/* --- set: {field: expression} --- */

struct set_data {
    size_t n;
    struct {
        const struct field *field;
        const struct cel_expr *expr;
    } one[];
};

static bool set_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                      const void **ret)
{
    struct set_data *d;
    bool ok = true;

    if (arg->type != NODE_MAP)
        return check_fail(c, arg, "pack.effect", "{field: expression}", "'set' needs a map of fields");
    d = arena_alloc(check_arena(c), sizeof(*d) + sizeof(d->one[0]) * arg->n);
    for (size_t i = 0; i < arg->n; i++) {
        d->one[i].field = check_field(c, k, arg->keys[i]);
        ok = d->one[i].field != NULL &&
             check_cel(c, k, arg->items[i], field_cel_type(d->one[i].field), &d->one[i].expr) && ok;
    }
    d->n = arg->n;
    *ret = d;
    return ok;
}

static bool set_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct set_data *d = data;

    for (size_t i = 0; i < d->n; i++)
        if (!effect_eval(run, d->one[i].expr, &run->rec->values[d->one[i].field->index], e))
            return false;
    return true;
}

/* --- party: {role: expression} --- */

struct party_data {
    size_t n;
    struct {
        const struct party_role *role;
        const struct cel_expr *expr;
    } one[];
};

static bool party_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                        const void **ret)
{
    struct party_data *d;
    bool ok = true;

    if (arg->type != NODE_MAP)
        return check_fail(c, arg, "pack.effect", "{party: expression}", "'party' needs a map of parties");
    d = arena_alloc(check_arena(c), sizeof(*d) + sizeof(d->one[0]) * arg->n);
    for (size_t i = 0; i < arg->n; i++) {
        d->one[i].role = check_party(c, k, arg->keys[i]);
        ok = d->one[i].role != NULL && check_cel(c, k, arg->items[i], CEL_STRING, &d->one[i].expr) && ok;
    }
    d->n = arg->n;
    *ret = d;
    return ok;
}

/* Who is named for the part of that number. An expression that yields nobody leaves the part as it is: a
 * district without a unit at some level still works. */
static bool party_named(struct effect_run *run, const struct party_data *d, size_t i, struct party_input *ret,
                        bool *ret_some, struct err *e)
{
    struct cel_value v = {0};

    *ret = (struct party_input){.role = d->one[i].role};
    if (!effect_eval(run, d->one[i].expr, &v, e))
        return false;
    *ret_some = party_from_value(run->world, &v, ret);
    return true;
}

static bool party_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct party_data *d = data;

    for (size_t i = 0; i < d->n; i++) {
        struct party_input p;
        bool some;

        if (!party_named(run, d, i, &p, &some, e) ||
            (some && party_takes(run->world, &p) && !party_set(run->rec, &p, run->now, run->arena, e)))
            return false;
    }
    return true;
}

/* --- leave: {role: expression} --- */

static bool leave_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct party_data *d = data;

    for (size_t i = 0; i < d->n; i++) {
        struct party_input p;
        bool some;

        if (!party_named(run, d, i, &p, &some, e))
            return false;
        if (some)
            party_leave(run->rec, &p, run->now);
    }
    return true;
}

/* --- notify, ring, ask --- */

/* Whom: parties and posts, or whoever an expression yields. */
struct told {
    struct who who;
    const struct cel_expr *expr; /* NULL: `who` */
};
struct tell_data {
    const char *what;
    const struct told *told;
    size_t n;
};

/* Most changes tell a few people, some hundreds: room for one more, doubled when it is used up. */
static void make_room(struct change *ch, struct arena *a)
{
    enum { FEW = 8 };
    struct change_notice *more;
    size_t n = ch->n_notices;

    if (n != 0 && (n < FEW || (n & (n - 1)) != 0))
        return;
    more = arena_array(a, struct change_notice, n == 0 ? FEW : 2 * n);
    if (n > 0)
        memcpy(more, ch->notices, n * sizeof(*more));
    ch->notices = more;
}

void change_tell(struct change *ch, struct uuid account, const char *what, struct arena *a)
{
    if (uuid_is_nil(account) || ch->n_notices == NOTICES_MAX)
        return;
    for (size_t i = 0; i < ch->n_notices; i++)
        if (uuid_eq(ch->notices[i].account, account) && strcmp(ch->notices[i].what, what) == 0)
            return;
    make_room(ch, a);
    ch->notices[ch->n_notices++] = (struct change_notice){.account = account, .what = what};
}

static void tell(struct effect_run *run, struct uuid account, const char *what)
{
    change_tell(run->change, account, what, run->arena);
}

size_t whom_to_tell(const struct directory *d, struct uuid org, const char *role, int64_t now,
                    struct uuid ret[MEMBERS_MAX])
{
    struct uuid on[MEMBERS_MAX];
    size_t n_on = directory_on_duty(d, org, now, on, MEMBERS_MAX), found = 0;
    size_t n = directory_members(d, org, role, now, ret, MEMBERS_MAX);

    if (role == NULL && n_on > 0) {
        memcpy(ret, on, sizeof(*on) * n_on);
        return n_on;
    }
    for (size_t i = 0; i < n_on; i++)
        for (size_t k = found; k < n; k++)
            if (uuid_eq(on[i], ret[k])) {
                ret[k] = ret[found];
                ret[found++] = on[i];
                break;
            }
    return found > 0 ? found : n;
}

static void tell_org(struct effect_run *run, struct uuid org, const char *role, const char *what)
{
    struct uuid members[MEMBERS_MAX];
    size_t n = whom_to_tell(run->world->people, org, role, run->now, members);

    for (size_t i = 0; i < n; i++)
        tell(run, members[i], what);
}

static void tell_party(struct effect_run *run, const struct party *p, const struct who *who, const char *what)
{
    if (who->type == WHO_OWNER_ROLE)
        tell_org(run, p->org, who->role->name, what);
    else if (!uuid_is_nil(p->account))
        tell(run, p->account, what);
    else
        tell_org(run, p->org, NULL, what);
}

static void tell_who(struct effect_run *run, const struct who *who, const char *what)
{
    const struct account *holder;

    for (size_t i = 0; who->party != NULL && i < run->rec->n_parties; i++)
        if (run->rec->parties[i].role == who->party)
            tell_party(run, &run->rec->parties[i], who, what);
    if (who->type == WHO_ACTING && run->party != 0)
        tell_party(run, record_party(run->rec, run->party), who, what);
    if (who->type != WHO_ROLE)
        return;
    holder = directory_holder(run->world->people, who->role->name, run->rec->area,
                              (enum area_level)who->level, run->now, 0);
    tell(run, holder == NULL ? (struct uuid){0} : holder->id, what);
}

static bool tell_found(struct effect_run *run, const struct cel_expr *x, const char *what, struct err *e)
{
    struct party_input p = {0};
    struct cel_value v = {0};

    if (!effect_eval(run, x, &v, e))
        return false;
    if (!party_from_value(run->world, &v, &p))
        return true;
    tell(run, p.account, what);
    tell_org(run, p.org, NULL, what);
    return true;
}

static bool tell_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct tell_data *d = data;

    for (size_t i = 0; i < d->n; i++) {
        const struct told *t = &d->told[i];

        if (t->expr == NULL)
            tell_who(run, &t->who, d->what);
        else if (!tell_found(run, t->expr, d->what, e))
            return false;
    }
    return true;
}

/* `party`, an expression (it has a bracket), or a party or post. */
static bool read_told(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct told *ret)
{
    const struct who *who = NULL;
    size_t one = 0;

    if (n->type == NODE_SCALAR && strchr(n->text, '(') != NULL)
        return check_cel(c, k, n, CEL_STRING, &ret->expr);
    if (n->type == NODE_SCALAR && strcmp(n->text, "party") == 0) {
        ret->who = (struct who){.type = WHO_ACTING, .text = n->text};
        return true;
    }
    if (!check_who(c, k, n, &who, &one) || one != 1)
        return false;
    ret->who = *who;
    return who->type == WHO_PARTY || who->type == WHO_ROLE || who->type == WHO_OWNER_ROLE ||
           check_fail(c, n, "pack.effect", "a party, party, role:NAME, role:NAME of PARTY or an expression",
                      "'%s' names nobody who could be told", who->text);
}

static bool tell_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const char *what, const void **ret)
{
    struct tell_data *d = arena_new(check_arena(c), struct tell_data);
    bool many = arg->type == NODE_LIST, ok = true;
    size_t n = many ? arg->n : 1;
    struct told *told = arena_array(check_arena(c), struct told, n + 1);

    for (size_t i = 0; i < n; i++)
        ok = read_told(c, k, many ? arg->items[i] : arg, &told[i]) && ok;
    *d = (struct tell_data){.what = what, .told = told, .n = n};
    *ret = d;
    return ok;
}

static bool notify_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                         const void **ret)
{
    return tell_check(c, k, arg, "notify", ret);
}

static bool ring_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const void **ret)
{
    return tell_check(c, k, arg, "ring", ret);
}

/* ask: {party: field} -- asks who plays the part to fill in a field by a later move. */
struct ask_data {
    size_t n;
    struct tell_data *one;
};

static bool ask_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                      const void **ret)
{
    struct ask_data *d = arena_new(check_arena(c), struct ask_data);
    bool ok = true;

    *ret = d;
    if (arg->type != NODE_MAP)
        return check_fail(c, arg, "pack.effect", "{party: field}", "'ask' needs a map of parties");
    d->one = arena_array(check_arena(c), struct tell_data, arg->n + 1);
    for (size_t i = 0; i < arg->n; i++) {
        const struct field *f = check_field(c, k, arg->items[i]);
        struct told *told = arena_new(check_arena(c), struct told);

        told->who = (struct who){.type = WHO_PARTY, .party = check_party(c, k, arg->keys[i])};
        ok = f != NULL && told->who.party != NULL && ok;
        d->one[i] = (struct tell_data){
            .told = told, .n = 1, .what = arena_printf(check_arena(c), "ask:%s", f == NULL ? "" : f->name)};
    }
    d->n = arg->n;
    return ok;
}

static bool ask_run(void *ctx, const void *data, struct err *e)
{
    const struct ask_data *d = data;

    for (size_t i = 0; i < d->n; i++)
        if (!tell_run(ctx, &d->one[i], e))
            return false;
    return true;
}

static const struct effect_type set = {"set", "set fields: {field: expression}", set_check, {set_run}};
static const struct effect_type party = {
    "party", "give a part to somebody: {party: expression}", party_check, {party_run}};
static const struct effect_type leave = {
    "leave", "take a part from somebody: {party: expression}", party_check, {leave_run}};
static const struct effect_type notify = {
    "notify", "put a notice in the inbox of parties or posts", notify_check, {tell_run}};
static const struct effect_type ring = {
    "ring", "a notice that rings until it is acknowledged", ring_check, {tell_run}};
static const struct effect_type ask = {
    "ask", "ask a party to fill in a field: {party: field}", ask_check, {ask_run}};
const struct effect_type *const engine_effects[] = {
    &set,          &party,        &leave,         &notify,          &ring,
    &ask,          &effect_move,  &effect_parent, &effect_children, &effect_record,
    &effect_raise, &effect_merge, &effect_unmerge};
const size_t engine_n_effects = COUNT_OF(engine_effects);
