/* What is said beside the flow: notes, and that people called one another. */
#include "engine/apply_internal.h"

/* A word among those who work on it: the matter stays as it is, unless pictures come with it. */
bool apply_note(struct applying *x, struct err *e)
{
    x->change->touched = x->cmd->n_files > 0;
    if (x->cmd->note == NULL || x->cmd->note[0] == '\0')
        return ERR_FIELD(e, "note", "input.required", "请写下要说的话", "write what there is to say");
    return staff_only(x, e) && add_files(x, true, e);
}

static bool is_in(const struct uuid *list, size_t n, struct uuid id)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_eq(list[i], id))
            return true;
    return false;
}

static const struct party *party_called(const struct record *r, struct uuid to)
{
    for (size_t i = 0; i < r->n_parties && !uuid_is_nil(to); i++)
        if (uuid_eq(party_id(&r->parties[i]), to))
            return &r->parties[i];
    return NULL;
}

size_t record_callable(const struct world *w, const struct record *r, struct uuid caller, struct uuid to,
                       int64_t now, struct arena *a, struct uuid *ret, size_t max)
{
    const struct party *p = party_called(r, to);
    struct uuid members[MEMBERS_MAX];
    size_t n = 0, found = 0;

    if (p != NULL && uuid_is_nil(p->org))
        members[n++] = p->account;
    else if (p != NULL)
        n = whom_to_tell(w->people, p->org, NULL, now, members);
    for (size_t i = 0; i < n && found < max; i++) {
        const struct account *who = directory_account(w->people, members[i]);

        if (who == NULL || !who->active || uuid_eq(who->id, caller) || is_in(ret, found, who->id))
            continue;
        const struct principal as = person_at(w->people, who, now, a);
        if (as.n_posts > 0 && record_visible(w, r, &as))
            ret[found++] = who->id;
    }
    return found;
}

static bool not_a_move(struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "move.unknown", "没有这个流转", "no such transition");
}

/* Only between those who play a part: whoever merely may read the matter has nothing to call about. */
bool apply_call(struct applying *x, struct err *e)
{
    const struct call_input *call = x->cmd->call;
    struct uuid told[MEMBERS_MAX];
    size_t n;

    if (call == NULL || call->outcome != NULL)
        return not_a_move(e);
    if (!record_takes_part(x->rec, x->cmd->who))
        return ERR(e, ERR_DENIED, "call.part", "只有本事项的参与方可以发起视频通话",
                   "only those who play a part in the matter may call");
    if (party_called(x->rec, call->to) == NULL)
        return ERR_FIELD(e, "to", "call.to", "只能呼叫本事项的参与方",
                         "only those who play a part in the matter can be called");
    n = record_callable(x->in->world, x->rec, x->cmd->who->account, call->to, x->cmd->at, x->arena, told,
                        MEMBERS_MAX);
    if (n == 0)
        return ERR(e, ERR_CONFLICT, "call.nobody", "对方没有可以接听的人（须是在岗的工作人员）",
                   "there is nobody to answer: it must be staff in office");
    x->change->touched = false;
    x->change->right = "party";
    for (size_t i = 0; i < n; i++)
        change_tell(x->change, told[i], "call", x->arena);
    return true;
}

/* However it ended, and whoever says so: the call was made by right. */
bool apply_call_end(struct applying *x, struct err *e)
{
    if (x->cmd->call == NULL || x->cmd->call->outcome == NULL)
        return not_a_move(e);
    x->change->touched = false;
    x->change->right = "party";
    return true;
}
