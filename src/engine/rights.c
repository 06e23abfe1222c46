/* Who may: reading, moving, revealing. */
#include "engine/apply_internal.h"

#include <string.h>

bool party_is(const struct party *party, const struct principal *p)
{
    if (p->kind != ACTOR_PERSON)
        return false;
    if (!uuid_is_nil(party->account))
        return uuid_eq(party->account, p->account);
    return !uuid_is_nil(party->org) && principal_in_org(p, party->org);
}

/* A matter raised without an account has no reporter but whoever holds its claim. One that has a
 * reporter is his alone: a claim for it can only have been made by repeating his report. */
static bool claims(const struct record *r, const struct principal *p)
{
    if (uuid_is_nil(p->claimed) || !uuid_eq(p->claimed, r->id))
        return false;
    for (size_t i = 0; i < r->n_parties; i++)
        if (str_eq(r->parties[i].role->name, "reporter"))
            return false;
    return true;
}

bool plays_part(const struct record *r, const struct principal *p, const char *role)
{
    if (claims(r, p) && str_eq(role, "reporter"))
        return true;
    for (size_t i = 0; i < r->n_parties; i++)
        if (str_eq(r->parties[i].role->name, role) && party_is(&r->parties[i], p))
            return true;
    return false;
}

/* Holds the role in the very organisation that plays the part. */
static bool holds_in_party(const struct record *r, const struct principal *p, const struct who *who)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        if (r->parties[i].role != who->party || uuid_is_nil(r->parties[i].org))
            continue;
        for (size_t k = 0; k < p->n_posts; k++)
            if (uuid_eq(p->posts[k].org, r->parties[i].org) && strcmp(p->posts[k].role, who->role->name) == 0)
                return true;
    }
    return false;
}

/* In the nearest one above that knows the part. */
static bool plays_above(const struct record *r, const struct principal *p, const char *role)
{
    const struct record *up = r->above;

    while (up != NULL && kind_party(up->kind, role) == NULL)
        up = up->above;
    return up != NULL && plays_part(up, p, role);
}

static bool admits(const struct record *r, const struct principal *p, const struct who *who)
{
    switch (who->type) {
    case WHO_ANYONE:
        return p->kind == ACTOR_ANONYMOUS || p->kind == ACTOR_PERSON;
    case WHO_SIGNED_IN:
        return p->kind == ACTOR_PERSON;
    case WHO_PARTY:
        return plays_part(r, p, who->party->name);
    case WHO_ROLE:
        return p->kind == ACTOR_PERSON &&
               principal_holds(p, who->role->name, r->area, (enum area_level)who->level);
    case WHO_OWNER_ROLE:
        return p->kind == ACTOR_PERSON && holds_in_party(r, p, who);
    case WHO_ABOVE:
        return plays_above(r, p, who->party->name);
    case WHO_CLOCK:
        return p->kind == ACTOR_CLOCK;
    case WHO_IMPORT:
        return p->kind == ACTOR_IMPORT;
    case WHO_SIGNAL:
        return p->kind == ACTOR_SIGNAL;
    case WHO_ACTING:
    case WHO_UNSET:
        break;
    }
    return false;
}

const struct who *who_admits(const struct record *r, const struct principal *p, const struct who *who,
                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (admits(r, p, &who[i]))
            return &who[i];
    return NULL;
}

bool record_takes_part(const struct record *r, const struct principal *p)
{
    for (size_t i = 0; i < r->n_parties; i++)
        if (party_is(&r->parties[i], p))
            return true;
    return false;
}

bool record_admits(const struct record *r, const struct principal *p, const struct who *who, size_t n)
{
    return who_admits(r, p, who, n) != NULL;
}

bool record_visible(const struct world *w, const struct record *r, const struct principal *p)
{
    (void)w;
    return p->kind == ACTOR_CLOCK || p->kind == ACTOR_IMPORT || p->kind == ACTOR_SIGNAL ||
           who_admits(r, p, r->kind->see, r->kind->n_see) != NULL;
}

bool record_shows_file(const struct attachment *f, const struct principal *p)
{
    return !f->aside || principal_is_staff(p);
}

bool record_public(const struct record *r)
{
    return (r->kind->published >> r->state->index & 1) != 0;
}

static bool names_file(const struct cel_value *v, const char *id)
{
    if (v->type == CEL_STRING)
        return strcmp(v->s, id) == 0;
    for (size_t i = 0; v->type == CEL_LIST && i < v->list.n; i++)
        if (v->list.items[i].type == CEL_STRING && strcmp(v->list.items[i].s, id) == 0)
            return true;
    return false;
}

bool record_public_file(const struct record *r, struct uuid file)
{
    char id[UUID_TEXT_MAX];

    if (!record_public(r))
        return false;
    uuid_format(file, id);
    for (size_t i = 0; i < r->kind->n_public_fields; i++) {
        const struct field *f = r->kind->public_fields[i];

        if (f->type == FIELD_FILE && names_file(&r->values[f->index], id))
            return true;
    }
    return false;
}

bool record_shown_near(const struct world *w, const struct record *r, int64_t now, struct arena *a)
{
    struct cel_value v = {0};
    struct err e = {0};

    return r->kind->near != NULL && record_open(r) &&
           record_eval(w, r, NULL, r->kind->near, now, 0, a, &v, &e) && v.type == CEL_BOOL && v.b;
}

bool record_may_join(const struct world *w, const struct record *r, const struct principal *p,
                     const char *verb, int64_t now, struct arena *a)
{
    const struct move *m = verb == NULL ? NULL : kind_move(r->kind, verb);

    return m != NULL && !m->raises && who_admits(r, p, m->by, m->n_by) != NULL &&
           record_shown_near(w, r, now, a);
}

bool record_revealable(const struct world *w, const struct record *r, const struct principal *p)
{
    return record_visible(w, r, p) && who_admits(r, p, r->kind->reveal, r->kind->n_reveal) != NULL;
}

/* A condition over a field that the move itself may set is decided when it is made. */
static bool decided_by_input(const struct move *m)
{
    for (size_t i = 0; i < m->n_takes; i++)
        if (cel_uses(m->when, m->takes[i]->name))
            return true;
    return false;
}

static bool may_move(const struct world *w, const struct record *r, const struct principal *p,
                     const struct move *m, int64_t now, struct arena *a)
{
    struct eval_as as = {.actor = p, .now = now};
    struct cel_value v = {0};
    struct err e = {0};
    bool open = true;

    if (m->raises || m->by_count || (m->from & (UINT64_C(1) << r->state->index)) == 0)
        return false;
    if (who_admits(r, p, m->by, m->n_by) == NULL || who_admits(r, p, m->not_by, m->n_not) != NULL)
        return false;
    if (m->within_days > 0 && now - r->entered_at > m->within_days * 86400000)
        return false;
    if (m->each_party && (as.party = step_party(r, p, m, &open)) != 0 && !open)
        return false;
    if (!step_has_target(r, m))
        return false;
    if (m->when == NULL || decided_by_input(m))
        return true;
    return record_eval_as(w, r, &as, m->when, a, &v, &e) && v.type == CEL_BOOL && v.b;
}

size_t record_allowed(const struct world *w, const struct record *r, const struct principal *p, int64_t now,
                      struct arena *a, const struct move ***ret)
{
    const struct move **allowed = arena_array(a, const struct move *, r->kind->n_moves + 1);
    size_t n = 0;

    for (size_t i = 0; i < r->kind->n_moves; i++)
        if (may_move(w, r, p, &r->kind->moves[i], now, a))
            allowed[n++] = &r->kind->moves[i];
    *ret = allowed;
    return n;
}
