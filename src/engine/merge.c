/* Two records of one kind that are the same house, person, thing: one goes into the other. It says into
 * which, what lies below it and what stands in its accounts goes over, who plays a part in it joins there;
 * both histories stay. `unmerge` is a command like others and takes back what the merge moved. */
#include "engine/apply_internal.h"
#include "pack/check.h"

#include <string.h>

static bool check_other(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                        const void **ret)
{
    (void)k;
    *ret = NULL;
    return (arg->type == NODE_SCALAR && strcmp(arg->text, "other") == 0) ||
           check_fail(c, arg, "pack.effect", "other", "the record that the command names");
}

static bool other_given(const struct effect_run *run, struct err *e)
{
    if (uuid_is_nil(run->command->other))
        return ERR_FIELD(e, "other", "input.required", "请指定并入哪一处", "name the one it goes into");
    if (uuid_eq(run->command->other, run->rec->id))
        return ERR_FIELD(e, "other", "link.self", "不能并入自己", "a record does not go into itself");
    return true;
}

/* What stands on one account of `from` goes to the same account of `to`. */
static bool hand_over(struct effect_run *run, const struct ledger_account *of, struct uuid from,
                      struct uuid to, struct err *e)
{
    const struct books *books = run->rec->around == NULL ? NULL : run->rec->around->books;
    struct change *ch = run->change;
    int64_t balance = 0;

    if (books == NULL)
        return true;
    if (!books->balance(books->ctx, of, from, &balance, e))
        return false;
    if (balance == 0)
        return true;
    if (ch->n_postings == POSTINGS_MAX)
        return ERR(e, ERR_TOO_LARGE, "ledger.too_many", "一次办理最多记 %d 笔账",
                   "one step posts at most %d amounts", POSTINGS_MAX);
    if (ch->postings == NULL)
        ch->postings = arena_array(run->arena, struct posting, POSTINGS_MAX);
    ch->postings[ch->n_postings++] = (struct posting){
        .from = of,
        .to = of,
        .from_owner = balance > 0 ? from : to,
        .to_owner = balance > 0 ? to : from,
        .amount = balance > 0 ? balance : -balance,
        .why = {"并入", "Merged"},
        .rule = "merge",
        .inputs = "{}",
    };
    return true;
}

static bool hand_all_over(struct effect_run *run, struct uuid from, struct uuid to, struct err *e)
{
    const struct packs *p = run->world->packs;

    for (size_t i = 0; i < p->n_accounts; i++)
        if (p->accounts[i].of == LEDGER_OF_RECORD && p->accounts[i].kind == run->rec->kind &&
            !hand_over(run, &p->accounts[i], from, to, e))
            return false;
    return true;
}

/* What lies below, and what is booked from now on. */
static void children_go(struct effect_run *run, enum follow_how how, struct uuid from, struct uuid to)
{
    struct change_follow *f;

    if (run->rec->kind->n_children == 0 && run->rec->kind->n_booked_by == 0)
        return;
    f = change_follow(run->change, how, "under", run->arena);
    if (f != NULL) {
        f->target = from;
        f->other = to;
    }
}

static bool merge_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct record *r = run->rec;
    struct change_follow *f;

    (void)data;
    if (!other_given(run, e))
        return false;
    run->rec->duplicate_of = run->command->other;
    f = change_follow(run->change, FOLLOW_RECORD, "absorb", run->arena);
    if (f == NULL)
        return true;
    f->target = run->command->other;
    f->itself = true;
    f->kind = r->kind;
    f->parties = r->parties;
    f->n_parties = r->n_parties;
    children_go(run, FOLLOW_UNDER, r->id, run->command->other);
    return hand_all_over(run, r->id, run->command->other, e);
}

static bool taken_back(const struct posting *p, struct uuid here, struct uuid there)
{
    return p->from == p->to && ((uuid_eq(p->from_owner, here) && uuid_eq(p->to_owner, there)) ||
                                (uuid_eq(p->from_owner, there) && uuid_eq(p->to_owner, here)));
}

/* What the merge posted, and nothing took back meanwhile, the other way round. */
static bool hand_back(struct effect_run *run, const struct ledger_def *l, struct uuid there, struct err *e)
{
    const struct books *books = run->rec->around == NULL ? NULL : run->rec->around->books;
    struct change *ch = run->change;
    struct posting *list = NULL;
    size_t n = 0;

    if (books == NULL)
        return true;
    if (!books->posted(books->ctx, l, run->rec->id, run->arena, &list, &n, e))
        return false;
    if (ch->postings == NULL)
        ch->postings = arena_array(run->arena, struct posting, POSTINGS_MAX);
    for (size_t i = 0; i < n && ch->n_postings < POSTINGS_MAX; i++)
        if (taken_back(&list[i], run->rec->id, there))
            ch->postings[ch->n_postings++] = (struct posting){
                .from = list[i].to,
                .to = list[i].from,
                .from_owner = list[i].to_owner,
                .to_owner = list[i].from_owner,
                .amount = list[i].amount,
                .why = {"撤销并入", "Merge taken back"},
                .rule = "",
                .inputs = "{}",
                .counter = true,
            };
    return true;
}

static bool unmerge_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    struct uuid there = run->rec->duplicate_of;

    (void)data;
    if (uuid_is_nil(there))
        return ERR(e, ERR_CONFLICT, "merge.not", "这一条没有并入别处", "this was not merged into another");
    run->rec->duplicate_of = (struct uuid){0};
    children_go(run, FOLLOW_BACK, there, run->rec->id);
    for (size_t i = 0; i < run->world->packs->n_ledgers; i++)
        if (!hand_back(run, &run->world->packs->ledgers[i], there, e))
            return false;
    return true;
}

/* --- what the merge asks of others: only it can --- */

static bool by_the_merge(const struct applying *x, struct err *e)
{
    x->change->right = "clock";
    return x->cmd->who->kind == ACTOR_CLOCK ||
           ERR(e, ERR_NOT_FOUND, "move.unknown", "没有这个流转", "no such transition");
}

/* Those who played a part in the other join, where nobody has it or several may. */
bool apply_absorb(struct applying *x, struct err *e)
{
    if (!by_the_merge(x, e))
        return false;
    if (x->rec->state->final || !uuid_is_nil(x->rec->duplicate_of))
        return ERR(e, ERR_CONFLICT, "merge.into", "要并入的那一条已经结束或已并入别处，请选仍在册的一条",
                   "the one it would go into is over or merged itself: choose one that is on the register");
    for (size_t i = 0; i < x->cmd->n_parties; i++) {
        const struct party_input *p = &x->cmd->parties[i];
        bool held = false;

        for (size_t k = 0; k < x->rec->n_parties; k++)
            held = held || x->rec->parties[k].role == p->role;
        if ((!held || p->role->max > 1) && !party_set(x->rec, p, x->cmd->at, x->arena, e))
            return false;
    }
    return true;
}

bool record_has_booked(const struct record *r, struct uuid resource)
{
    const struct booking_def *b = r->kind->booking;
    const struct cel_value *v = b == NULL ? NULL : &r->values[b->resource->index];
    struct uuid id;

    return v != NULL && v->type == CEL_STRING && uuid_parse(v->s, &id) && uuid_eq(id, resource);
}

static const char *id_text(struct arena *a, struct uuid id)
{
    char *text = arena_alloc(a, UUID_TEXT_MAX);

    uuid_format(id, text);
    return text;
}

/* It lies below another of the same kind from now on, or books that one: whichever it did of the one it
 * leaves, which the command names as `parent`. */
bool apply_under(struct applying *x, struct err *e)
{
    const struct command *c = x->cmd;
    bool below = uuid_eq(x->rec->parent, c->parent), books = record_has_booked(x->rec, c->parent);

    if (!by_the_merge(x, e))
        return false;
    if (uuid_eq(x->rec->id, c->other))
        return ERR(e, ERR_CONFLICT, "link.self", "不能并入自己", "a record does not go into itself");
    if (!below && !books)
        return ERR(e, ERR_CONFLICT, "record.under", "已经不在原来那一条之下",
                   "it does not lie below the one it would leave any more");
    if (below)
        x->rec->parent = c->other;
    if (books)
        x->rec->values[x->rec->kind->booking->resource->index] = CEL_STR(id_text(x->arena, c->other));
    return true;
}

/* --- what stands for what --- */

bool record_merged(const struct record *r)
{
    return !uuid_is_nil(r->duplicate_of) && kind_merge(r->kind) != NULL;
}

bool around_standing(const struct around *around, struct uuid id, struct uuid *ret, struct err *e)
{
    *ret = id;
    return around == NULL || around->standing == NULL || uuid_is_nil(id) ||
           around->standing(around->ctx, id, ret, e);
}

const struct effect_type effect_merge = {
    "merge",
    "the record goes into the one that the command names: what lies below it and its accounts, too",
    check_other,
    {merge_run}};

const struct effect_type effect_unmerge = {
    "unmerge", "takes the merge back: what it moved goes back as far as it can", check_other, {unmerge_run}};
