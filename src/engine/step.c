/* Steps of parties: a move that belongs to one party of a matter, or to several, and not to the matter as a
 * whole. Each party has a state of its own; the matter follows the one that leads. */
#include "engine/apply_internal.h"

#include <string.h>

static bool names_role(const struct move *m, const struct party_role *role)
{
    for (size_t i = 0; i < m->n_by; i++)
        if (m->by[i].type == WHO_PARTY && m->by[i].party == role)
            return true;
    return false;
}

bool party_has_steps(const struct kind *k, const struct party_role *role)
{
    for (size_t i = 0; i < k->n_moves; i++)
        if (k->moves[i].each_party && k->moves[i].to != NULL && names_role(&k->moves[i], role))
            return true;
    return false;
}

/* The part whose steps are those of the matter itself. */
static const struct party_role *leading(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++)
        if (k->moves[i].each_party && k->moves[i].to != NULL && k->moves[i].n_by > 0)
            return k->moves[i].by[0].party;
    return NULL;
}

static bool done_already(const struct party *p, const struct move *m)
{
    return m->to != NULL && p->state == m->to;
}

static bool comes_after(const struct party *p, const struct move *m)
{
    if (!m->has_after)
        return true;
    return p->state == NULL ? m->after_none : (m->after & (UINT64_C(1) << p->state->index)) != 0;
}

/* Who plays a part in person acts for himself, and leaves his unit's steps to the others in it. */
static bool has_own_part(const struct record *r, const struct principal *p, const struct move *m)
{
    for (size_t i = 0; i < r->n_parties; i++)
        if (!uuid_is_nil(r->parties[i].account) && names_role(m, r->parties[i].role) &&
            party_is(&r->parties[i], p))
            return true;
    return false;
}

size_t step_party(const struct record *r, const struct principal *p, const struct move *m, bool *ret_open)
{
    bool own = has_own_part(r, p, m);
    size_t first = 0;

    *ret_open = false;
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *one = &r->parties[i];

        if (!names_role(m, one->role) || !party_is(one, p) || (own && uuid_is_nil(one->account)))
            continue;
        *ret_open = !done_already(one, m) && comes_after(one, m);
        if (*ret_open)
            return i + 1;
        if (first == 0)
            first = i + 1;
    }
    return first;
}

static bool is_played(const struct record *r, const struct party_role *role)
{
    for (size_t i = 0; i < r->n_parties; i++)
        if (r->parties[i].role == role)
            return true;
    return false;
}

bool step_has_target(const struct record *r, const struct move *m)
{
    for (size_t i = 0; i < m->n_parties; i++)
        if ((m->parties[i].how == MOVE_PARTY_PICK || m->parties[i].how == MOVE_PARTY_TO) &&
            !is_played(r, m->parties[i].role))
            return false;
    if (m->each_role == NULL || !m->has_after)
        return true;
    for (size_t i = 0; i < r->n_parties; i++)
        if (r->parties[i].role == m->each_role && comes_after(&r->parties[i], m))
            return true;
    return false;
}

/* Why this party may not make the step now. */
static bool refuse(const struct party *p, const struct move *m, struct err *e)
{
    if (done_already(p, m) || p->state == NULL)
        return done_already(p, m)
                   ? ERR(e, ERR_CONFLICT, "move.done", "您已经“%s%.0s”过了", "you have done “%.0s%s” already",
                         m->title.zh, m->title.en)
                   : ERR(e, ERR_CONFLICT, "move.after", "还没有办上一步，不能“%s%.0s”",
                         "“%.0s%s” comes after a step that has not been made yet", m->title.zh, m->title.en);
    return ERR(e, ERR_CONFLICT, "move.after", "本单位现在是“%s%.0s”，不能“%s%.0s”",
               "your unit stands at “%.0s%s”: “%.0s%s” is not its next step", p->state->title.zh,
               p->state->title.en, m->title.zh, m->title.en);
}

bool step_find(struct applying *x, struct err *e)
{
    bool open;

    if (!x->move->each_party)
        return true;
    x->party = step_party(x->rec, x->cmd->who, x->move, &open);
    return x->party == 0 || open || x->cmd->trusted || refuse(record_party(x->rec, x->party), x->move, e);
}

static bool is_named(const struct applying *x, const struct party *p)
{
    for (size_t i = 0; i < x->cmd->n_parties; i++)
        if (uuid_eq(x->cmd->parties[i].account, p->account) && uuid_eq(x->cmd->parties[i].org, p->org))
            return true;
    return x->cmd->n_parties == 0;
}

/* Whose step it is: the acting party's, or that of those who play the part: the ones named, or all. */
bool step_targets(struct applying *x, struct err *e)
{
    const struct move *m = x->move;
    size_t *list = arena_array(x->arena, size_t, x->rec->n_parties + 1);

    x->targets = list;
    if (m->each_party && !step_find(x, e)) /* parties may have moved up meanwhile */
        return false;
    if (m->each_party && x->party != 0)
        list[x->n_targets++] = x->party;
    for (size_t i = 0; m->each_role != NULL && i < x->rec->n_parties; i++) {
        const struct party *p = &x->rec->parties[i];

        if (p->role != m->each_role || !is_named(x, p))
            continue;
        if (!comes_after(p, m) && !x->cmd->trusted)
            return refuse(p, m, e);
        list[x->n_targets++] = i + 1;
    }
    return m->each_role == NULL || x->n_targets > 0 ||
           ERR_FIELD(e, "parties", "party.none", "请指定%s%.0s", "name the %.0s%s", m->each_role->title.zh,
                     m->each_role->title.en);
}

/* Whether the matter follows this party. */
static bool leads(const struct applying *x, const struct party *p)
{
    const struct move *m = x->move;

    if (m->each_party)
        return m->n_by == 0 || m->by[0].type != WHO_PARTY || m->by[0].party == p->role;
    return p->role == leading(x->rec->kind);
}

void step_enter(struct applying *x)
{
    const struct move *m = x->move;
    bool follows = x->n_targets == 0;

    for (size_t i = 0; i < x->n_targets; i++) {
        struct party *p = record_party(x->rec, x->targets[i]);

        follows = follows || leads(x, p);
        if (m->to == NULL)
            continue;
        p->state = m->to;
        p->since = x->cmd->at;
    }
    if (m->to != NULL && follows && x->rec->state != m->to) {
        x->rec->state = m->to;
        x->rec->entered_at = x->cmd->at;
    }
}

/* Where who acts is: kept with the party, for the map; the entry keeps it for the story. */
static void seen_here(const struct applying *x, struct party *p)
{
    p->seen_at = x->cmd->at;
    p->lng = x->cmd->here_lng;
    p->lat = x->cmd->here_lat;
}

/* Of who reported it nobody keeps where they are. */
static bool works_in_person(const struct applying *x, const struct party *p)
{
    return !uuid_is_nil(p->account) && uuid_eq(p->account, x->cmd->who->account) &&
           strcmp(p->role->name, "reporter") != 0;
}

bool step_here(struct applying *x, struct err *e)
{
    if (!x->cmd->has_here)
        return true;
    if (!x->move->takes_here && !x->cmd->trusted)
        return ERR_FIELD(e, "here", "move.field", "“%s%.0s”时不能改这一项", "cannot be changed by “%.0s%s”",
                         x->move->title.zh, x->move->title.en);
    for (size_t i = 0; x->move->each_party && i < x->n_targets; i++)
        seen_here(x, record_party(x->rec, x->targets[i]));
    for (size_t i = 0; !x->move->each_party && i < x->rec->n_parties; i++)
        if (works_in_person(x, &x->rec->parties[i]))
            seen_here(x, &x->rec->parties[i]);
    return true;
}

/* Its part is over: nothing is waited for any more. What was late stays late. */
void party_clocks_end(struct record *r, struct uuid party, int64_t at)
{
    for (size_t i = 0; i < r->n_clocks; i++) {
        struct clock *c = &r->clocks[i];

        if (!uuid_eq(c->party, party) || c->state == CLOCK_STOPPED)
            continue;
        if (c->state == CLOCK_RUNNING && c->due_at < at && c->breached_at == 0)
            c->breached_at = at;
        c->state = CLOCK_STOPPED;
        c->stopped_at = at;
    }
}

static bool had_it(const struct record *before, const struct party *p)
{
    for (size_t i = 0; before != NULL && i < before->n_parties; i++)
        if (before->parties[i].role == p->role && before->parties[i].state == p->state &&
            before->parties[i].since == p->since && uuid_eq(party_id(&before->parties[i]), party_id(p)))
            return true;
    return false;
}

size_t change_party(const struct change *c)
{
    if (c->move == NULL || !c->move->each_party || c->move->to == NULL)
        return 0;
    for (size_t i = 0; i < c->after->n_parties; i++)
        if (c->after->parties[i].state == c->move->to && !had_it(c->before, &c->after->parties[i]))
            return i + 1;
    return 0;
}

int64_t change_breaches(const struct change *c, uint64_t mask)
{
    int64_t n = 0;

    for (size_t i = 0; mask != 0 && i < c->after->n_clocks; i++) {
        const struct clock *is = &c->after->clocks[i];
        int64_t was = c->before != NULL && i < c->before->n_clocks ? c->before->clocks[i].breached_at : 0;

        n += is->breached_at != 0 && is->breached_at != was && (mask & (UINT64_C(1) << is->def->index)) != 0;
    }
    return n;
}
