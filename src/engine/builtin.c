/* Commands every kind knows: link, duplicate, separate, reveal, tick; note and calls are in talk.c. */
#include "engine/apply_internal.h"

#include <string.h>

/* Staff who may read the matter by their post, not as a party to it. */
static bool is_staff(const struct applying *x)
{
    const struct kind *k = x->rec->kind;

    for (size_t i = 0; i < k->n_see; i++)
        if ((k->see[i].type == WHO_ROLE || k->see[i].type == WHO_OWNER_ROLE) &&
            who_admits(x->rec, x->cmd->who, &k->see[i], 1) != NULL)
            return true;
    return x->cmd->trusted;
}

bool staff_only(const struct applying *x, struct err *e)
{
    if (!is_staff(x))
        return ERR(e, ERR_DENIED, "move.denied", "只有本区域的工作人员可以这样做",
                   "only staff of this area may do this");
    x->change->right = "staff";
    return true;
}

static bool other_given(const struct applying *x, struct err *e)
{
    if (uuid_is_nil(x->cmd->other))
        return ERR_FIELD(e, "other", "input.required", "请指定另一个事项", "name the other matter");
    if (uuid_eq(x->cmd->other, x->rec->id))
        return ERR_FIELD(e, "other", "link.self", "不能关联自己", "a matter cannot be linked to itself");
    return true;
}

static bool apply_link(struct applying *x, struct err *e)
{
    x->change->touched = false;
    return staff_only(x, e) && other_given(x, e);
}

/* A duplicate points at the matter that goes on, and leaves the work lists by the
 * kind's own move "void", where it has one from here. */
static bool apply_duplicate(struct applying *x, struct err *e)
{
    const struct move *m = kind_move(x->rec->kind, "void");

    if (!staff_only(x, e) || !other_given(x, e))
        return false;
    if (!uuid_is_nil(x->rec->duplicate_of))
        return ERR(e, ERR_CONFLICT, "record.duplicate", "已经标为重复件",
                   "this matter is marked as a duplicate already");
    x->rec->duplicate_of = x->cmd->other;
    if (m != NULL && (m->from & (UINT64_C(1) << x->rec->state->index)) != 0)
        (void)change_follow(x->change, FOLLOW_MOVE, m->name, x->arena);
    return true;
}

/* It was none: takes the mark away, and the matter comes back by the kind's own move "restore", where it has
 * one from here. Kinds whose records go into one another take that back by a move of their own. */
static bool apply_separate(struct applying *x, struct err *e)
{
    const struct move *m = kind_move(x->rec->kind, "restore");

    if (!staff_only(x, e))
        return false;
    if (uuid_is_nil(x->rec->duplicate_of) || kind_merge(x->rec->kind) != NULL)
        return ERR(e, ERR_CONFLICT, "record.no_duplicate", "没有标为重复件",
                   "this matter is not marked as a duplicate");
    if (x->cmd->note == NULL || x->cmd->note[0] == '\0')
        return ERR_FIELD(e, "note", "move.needs", "请写明为什么不是重复件", "say why it is no duplicate");
    x->rec->duplicate_of = (struct uuid){0};
    if (m != NULL && (m->from & (UINT64_C(1) << x->rec->state->index)) != 0)
        (void)change_follow(x->change, FOLLOW_MOVE, m->name, x->arena);
    return true;
}

static bool apply_reveal(struct applying *x, struct err *e)
{
    if (!record_revealable(x->in->world, x->rec, x->cmd->who))
        return ERR(e, ERR_DENIED, "reveal.denied", "您无权查看个人信息", "you may not see personal details");
    if (x->cmd->note == NULL || x->cmd->note[0] == '\0')
        return ERR_FIELD(e, "note", "move.needs", "请写明查看的理由（会被记录）",
                         "give the reason: it is recorded");
    if (x->cmd->n_reveal == 0)
        return ERR_FIELD(e, "fields", "input.required", "请指明要看哪一项", "name the fields to see");
    x->change->touched = false;
    x->change->right = "reveal";
    return true;
}

/* What a clock asks for when its time has come; the same arguments a move's effects get. */
static bool run(struct applying *x, const struct clock *c, const struct effect *effects, size_t n,
                struct err *e)
{
    struct effect_run r = {.world = x->in->world,
                           .arena = x->arena,
                           .rec = x->rec,
                           .change = x->change,
                           .command = x->cmd,
                           .now = x->cmd->at,
                           .children_open = x->in->children_open};

    for (size_t i = 0; i < x->rec->n_parties && !uuid_is_nil(c->party); i++)
        if (uuid_eq(party_id(&x->rec->parties[i]), c->party))
            r.party = i + 1;
    for (size_t i = 0; i < n; i++)
        if (!effects[i].type->run.fn(&r, effects[i].data, e))
            return false;
    return true;
}

/* The move by which a clock takes a paused matter up again. */
static const char *move_that_resumes(const struct record *r)
{
    for (size_t i = 0; i < r->kind->n_moves; i++) {
        const struct move *m = &r->kind->moves[i];
        bool by_clock = false, resumes = false;

        for (size_t k = 0; k < m->n_by; k++)
            by_clock = by_clock || m->by[k].type == WHO_CLOCK;
        for (size_t k = 0; k < m->n_effects; k++)
            resumes = resumes || strcmp(m->effects[k].type->name, "resume") == 0;
        if (by_clock && resumes && (m->from & (UINT64_C(1) << r->state->index)) != 0)
            return m->name;
    }
    return NULL;
}

static bool warn(struct applying *x, struct clock *c, bool *ret_did, struct err *e)
{
    const int64_t now = x->cmd->at;

    if (c->warn_at == 0 || c->warned_at != 0 || c->warn_at > now)
        return true;
    c->warned_at = now;
    *ret_did = true;
    return run(x, c, c->def->warn, c->def->n_warn, e);
}

/* The rungs of its ladder whose time has come: several, if nobody rang meanwhile. */
static bool remind(struct applying *x, size_t i, bool *ret_did, struct err *e)
{
    int64_t at;

    while ((at = clock_remind_at(&x->rec->clocks[i])) != 0 && at <= x->cmd->at) {
        struct clock *c = &x->rec->clocks[i];
        const struct rung *rung = &c->def->rungs[c->reminded++];

        *ret_did = true;
        if (!run(x, c, rung->effects, rung->n_effects, e))
            return false;
    }
    return true;
}

static bool breach(struct applying *x, struct clock *c, bool *ret_did, struct err *e)
{
    const int64_t now = x->cmd->at;

    if (c->breached_at != 0 || c->due_at > now)
        return true;
    c->breached_at = now;
    *ret_did = true;
    return run(x, c, c->def->breach, c->def->n_breach, e);
}

/* The i-th clock; effects may start more, which moves the list. */
static bool tick_one(struct applying *x, size_t i, bool *ret_did, struct err *e)
{
    const struct clock *c = &x->rec->clocks[i];
    const char *resumes;

    if (c->state == CLOCK_PAUSED && c->n_pauses > 0 && c->pauses[c->n_pauses - 1].until != 0 &&
        c->pauses[c->n_pauses - 1].until <= x->cmd->at) {
        resumes = move_that_resumes(x->rec);
        *ret_did = resumes != NULL;
        if (resumes != NULL)
            (void)change_follow(x->change, FOLLOW_MOVE, resumes, x->arena);
        return true;
    }
    return c->state != CLOCK_RUNNING ||
           (warn(x, &x->rec->clocks[i], ret_did, e) && remind(x, i, ret_did, e) &&
            breach(x, &x->rec->clocks[i], ret_did, e));
}

/* Everything whose time has come, in one entry. Nothing due is a conflict: somebody
 * was quicker, and the timer asks again. */
static bool apply_tick(struct applying *x, struct err *e)
{
    bool did = false;

    if (x->cmd->who->kind != ACTOR_CLOCK)
        return ERR(e, ERR_NOT_FOUND, "move.unknown", "没有这个流转", "no such transition");
    x->change->right = "clock";
    for (size_t i = 0; i < x->rec->n_clocks; i++)
        if (!tick_one(x, i, &did, e))
            return false;
    return did || ERR(e, ERR_CONFLICT, "clock.not_due", "还没有到时间", "nothing is due");
}

const struct builtin *builtin_find(const char *verb)
{
    static const struct builtin builtins[] = {
        {"link", apply_link},         {"duplicate", apply_duplicate}, {"note", apply_note},
        {"reveal", apply_reveal},     {"tick", apply_tick},           {"call", apply_call},
        {"call_end", apply_call_end}, {"absorb", apply_absorb},       {"under", apply_under},
        {"separate", apply_separate},
    };

    for (size_t i = 0; i < COUNT_OF(builtins); i++)
        if (strcmp(builtins[i].name, verb) == 0)
            return &builtins[i];
    return NULL;
}
