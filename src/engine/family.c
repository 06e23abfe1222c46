/* A child and its parent: what belongs below what, and what flows down. */
#include "engine/apply_internal.h"

#include <string.h>

/* That there is a parent, where the kind says `below`, and in which state, where it says `during`; import and
 * simulation are not excused: it is no right but what the thing is. */
static bool parent_in_time(const struct kind *k, const struct record *parent, struct err *e)
{
    if (parent == NULL)
        return !k->below ||
               ERR_FIELD(e, "parent", "input.required", "这一类不单独登记：请打开它所属的那一件，在那里添加",
                         "this is no record by itself: open what it belongs to, and add it there");
    if (kind_raised_in(k, parent->state->name))
        return true;
    return ERR_FIELD(e, "parent", "parent.during", "上级事项现在是“%s%.0s”，不能添加“%s%.0s”",
                     "the parent is “%.0s%s” now: no “%.0s%s” is added then", parent->state->title.zh,
                     parent->state->title.en, k->title.zh, k->title.en);
}

/* Only what the parent's kind names goes below it, and nothing below what is over. */
bool parent_fits(const struct applying *x, struct err *e)
{
    const struct record *parent = x->in->parent;
    const struct kind *k = parent == NULL ? NULL : parent->kind;

    if (!parent_in_time(x->rec->kind, parent, e))
        return false;
    if (k == NULL || k->n_children == 0)
        return true;
    if (!kind_has_child(k, x->rec->kind->name))
        return ERR_FIELD(e, "parent", "parent.kind", "“%s%.0s”下面不能放“%s%.0s”",
                         "“%.0s%s” has no “%.0s%s” below it", k->title.zh, k->title.en,
                         x->rec->kind->title.zh, x->rec->kind->title.en);
    return !parent->state->final || x->cmd->trusted ||
           ERR_FIELD(e, "parent", "parent.closed", "上级事项已是“%s%.0s”，不能再添加",
                     "the parent is “%.0s%s”: nothing is added below it any more", parent->state->title.zh,
                     parent->state->title.en);
}

bool inherit_place(struct applying *x)
{
    const struct record *up = x->in->parent;
    const struct command *c = x->cmd;

    if (up == NULL || !x->rec->kind->inherits_place || c->has_place || c->area != NULL || c->address != NULL)
        return false;
    x->rec->area = up->area;
    x->rec->address = up->address;
    x->rec->has_place = up->has_place;
    x->rec->lng = up->lng;
    x->rec->lat = up->lat;
    return true;
}

void inherit_fields(struct applying *x)
{
    const struct record *up = x->in->parent;

    for (size_t i = 0; up != NULL && i < x->rec->kind->n_inherits; i++) {
        const struct field *mine = x->rec->kind->inherits[i], *theirs = kind_field(up->kind, mine->name);
        struct cel_value *v = &x->rec->values[mine->index];

        /* What is personal is sealed for the matter it stands in. */
        if (v->type <= CEL_NULL && theirs != NULL && theirs->type == mine->type &&
            theirs->many == mine->many && theirs->privacy == PRIVACY_OPEN)
            *v = up->values[theirs->index];
    }
}

static const struct party_role *inherited(const struct kind *k, const char *role)
{
    for (size_t i = 0; i < k->n_inherits_parties; i++)
        if (strcmp(k->inherits_parties[i]->name, role) == 0)
            return k->inherits_parties[i];
    return NULL;
}

bool inherit_parties(struct applying *x, struct err *e)
{
    const struct record *up = x->in->parent;

    for (size_t i = 0; up != NULL && i < up->n_parties; i++) {
        const struct party *p = &up->parties[i];
        struct party_input in = {
            .role = inherited(x->rec->kind, p->role->name), .account = p->account, .org = p->org};

        if (in.role != NULL && !party_set(x->rec, &in, x->cmd->at, x->arena, e))
            return false;
    }
    return true;
}
