/* post: an amount goes from one account to another. counter: what a matter has posted is taken back. */
#include "engine/record_internal.h"
#include "json/json_out.h"
#include "ledger/ledger.h"
#include "pack/check.h"
#include "pack/value.h"

#include <string.h>

/* A hundred billion yuan in fen: sums of many such stay far from the end of 64 bits. */
static const int64_t AMOUNT_MAX = INT64_C(10000000000000);
enum { INPUTS_BYTES = 16 * 1024 };

/* --- one side: which account, whose --- */

enum whose { WHOSE_DISTRICT = 0, WHOSE_THIS, WHOSE_PARENT, WHOSE_ACTOR, WHOSE_PARTY, WHOSE_FIELD };
struct side {
    const struct ledger_account *of;
    enum whose whose;
    const struct party_role *party;
    const struct field *field;
};
struct post_data {
    struct side from, to;
    const struct cel_expr *amount;
    struct title why;
};

static bool wrong_owner(struct pack_check *c, const struct pack_node *at, const struct ledger_account *of)
{
    static const char *const wanted[] = {
        [LEDGER_OF_DISTRICT] = "the account's name alone",
        [LEDGER_OF_RECORD] = "{ACCOUNT: this}, parent, or a field of type record, of that kind",
        [LEDGER_OF_ACCOUNT] = "{ACCOUNT: actor}, a party of accounts, or a field of type account",
        [LEDGER_OF_ORG] = "{ACCOUNT: PARTY} of organisations, or a field of type org"};

    return check_fail(c, at, "pack.ledger", wanted[of->of], "this is not whose account '%s' could be",
                      of->path);
}

static bool party_fits(const struct ledger_account *of, const struct party_role *p)
{
    return (of->of == LEDGER_OF_ACCOUNT && (p->is & PARTY_IS_ORG) == 0 && p->max == 1) ||
           (of->of == LEDGER_OF_ORG && p->is == PARTY_IS_ORG && p->max == 1);
}

static bool field_fits(const struct ledger_account *of, const struct field *f)
{
    if (f->many)
        return false;
    return (of->of == LEDGER_OF_RECORD && f->type == FIELD_RECORD && of->kind != NULL &&
            f->record_kind != NULL && strcmp(f->record_kind, of->kind->name) == 0) ||
           (of->of == LEDGER_OF_ACCOUNT && f->type == FIELD_ACCOUNT) ||
           (of->of == LEDGER_OF_ORG && f->type == FIELD_ORG);
}

static bool read_owner(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct side *s)
{
    const char *text = n->type == NODE_SCALAR ? n->text : "";
    const struct ledger_account *of = s->of;

    if (strcmp(text, "this") == 0) {
        s->whose = WHOSE_THIS;
        return (of->of == LEDGER_OF_RECORD && of->kind == k) || wrong_owner(c, n, of);
    }
    if (strcmp(text, "parent") == 0) {
        s->whose = WHOSE_PARENT;
        return (of->of == LEDGER_OF_RECORD && of->kind != NULL && kind_has_child(of->kind, k->name)) ||
               wrong_owner(c, n, of);
    }
    if (strcmp(text, "actor") == 0) {
        s->whose = WHOSE_ACTOR;
        return of->of == LEDGER_OF_ACCOUNT || wrong_owner(c, n, of);
    }
    if ((s->party = kind_party(k, text)) != NULL) {
        s->whose = WHOSE_PARTY;
        return party_fits(of, s->party) || wrong_owner(c, n, of);
    }
    s->whose = WHOSE_FIELD;
    s->field = kind_field(k, text);
    return (s->field != NULL && field_fits(of, s->field)) || wrong_owner(c, n, of);
}

/* NAME of the district's or this record's own, {NAME: WHOSE} of another's. */
static bool read_side(struct pack_check *c, const struct kind *k, const struct ledger_def *l,
                      const struct pack_node *map, const char *key, struct side *ret)
{
    const struct pack_node *n = node_get(map, key), *name;
    bool whose;
    int i;

    if (n == NULL)
        return check_fail(c, map, "pack.missing", "from: ACCOUNT and to: ACCOUNT", "'%s' is not said", key);
    whose = n->type == NODE_MAP && n->n == 1;
    name = whose ? n->keys[0] : n;
    i = check_name(c, name, "account", "pack.unknown_account",
                   (struct names){&l->accounts[0].name, l->n_accounts, sizeof(l->accounts[0])});
    if (i < 0)
        return false;
    ret->of = &l->accounts[i];
    if (whose)
        return read_owner(c, k, n->items[0], ret);
    ret->whose = ret->of->of == LEDGER_OF_RECORD ? WHOSE_THIS : WHOSE_DISTRICT;
    return ret->of->of == LEDGER_OF_DISTRICT || (ret->of->of == LEDGER_OF_RECORD && ret->of->kind == k) ||
           wrong_owner(c, n, ret->of);
}

static const struct ledger_def *read_ledger(struct pack_check *c, const struct pack_node *at,
                                            const struct pack_node *n)
{
    const struct packs *p = check_packs(c);
    int i;

    if (n == NULL) {
        (void)check_fail(c, at, "pack.missing", "add ledger: NAME", "in which ledger?");
        return NULL;
    }
    i = check_name(c, n, "ledger", "pack.unknown_ledger", NAMES(p->ledgers, p->n_ledgers));
    return i < 0 ? NULL : &p->ledgers[i];
}

static bool same_side(const struct side *a, const struct side *b)
{
    return a->of == b->of && a->whose == b->whose && a->party == b->party && a->field == b->field;
}

static bool post_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                       const void **ret)
{
    static const char *const members[] = {"ledger", "from", "to", "amount", "title", "zh", "en"};
    struct post_data *d = arena_new(check_arena(c), struct post_data);
    const struct pack_node *amount = node_get(arg, "amount");
    const struct ledger_def *l;

    *ret = d;
    if (!check_map(c, arg, "a posting", NAMES(members, COUNT_OF(members))) ||
        (l = read_ledger(c, arg, node_get(arg, "ledger"))) == NULL ||
        !read_side(c, k, l, arg, "from", &d->from) || !read_side(c, k, l, arg, "to", &d->to) ||
        !check_title(c, arg, arg, &d->why))
        return false;
    if (same_side(&d->from, &d->to))
        return check_fail(c, arg, "pack.ledger", "two accounts",
                          "an amount goes from one account to another");
    if (amount == NULL)
        return check_fail(c, arg, "pack.missing", "add amount: EXPRESSION", "how much is not said");
    return check_cel(c, k, amount, CEL_INT, &d->amount);
}

/* --- running --- */

static struct uuid from_value(const struct cel_value *v)
{
    struct uuid id = {0};

    return v->type == CEL_STRING && uuid_parse(v->s, &id) ? id : (struct uuid){0};
}

static struct uuid owner_of(const struct effect_run *run, const struct side *s)
{
    const struct record *r = run->rec;

    switch (s->whose) {
    case WHOSE_THIS:
        return r->id;
    case WHOSE_PARENT:
        return r->parent;
    case WHOSE_ACTOR:
        return run->command->who->account;
    case WHOSE_FIELD:
        return from_value(&r->values[s->field->index]);
    case WHOSE_PARTY:
        for (size_t i = 0; i < r->n_parties; i++)
            if (r->parties[i].role == s->party)
                return party_id(&r->parties[i]);
        break;
    case WHOSE_DISTRICT:
        break;
    }
    return (struct uuid){0};
}

static bool find_owner(const struct effect_run *run, const struct side *s, struct uuid *ret, struct err *e)
{
    *ret = owner_of(run, s);
    if (s->of->of == LEDGER_OF_RECORD && (s->whose == WHOSE_PARENT || s->whose == WHOSE_FIELD) &&
        !around_standing(run->rec->around, *ret, ret, e))
        return false;
    if (s->whose == WHOSE_DISTRICT || !uuid_is_nil(*ret))
        return true;
    return ERR(e, ERR_CONFLICT, "ledger.owner", "还没有写明是谁的“%s%.0s”账户",
               "whose account “%.0s%s” is meant is not said yet", s->of->title.zh, s->of->title.en);
}

/* What this change itself has moved so far. */
static int64_t moved(const struct change *ch, const struct ledger_account *of, struct uuid owner)
{
    int64_t sum = 0;

    for (size_t i = 0; i < ch->n_postings; i++) {
        const struct posting *p = &ch->postings[i];

        if (p->to == of && uuid_eq(p->to_owner, owner))
            sum += p->amount;
        if (p->from == of && uuid_eq(p->from_owner, owner))
            sum -= p->amount;
    }
    return sum;
}

/* Nothing leaves an account that is not there. */
static bool within_limit(const struct effect_run *run, const struct posting *p, struct err *e)
{
    const struct books *books = run->rec->around == NULL ? NULL : run->rec->around->books;
    const struct ledger_def *l = p->from->ledger;
    char has[AMOUNT_TEXT], wants[AMOUNT_TEXT];
    int64_t balance = 0;

    if (!p->from->has_min)
        return true;
    if (books != NULL && !books->balance(books->ctx, p->from, p->from_owner, &balance, e))
        return false;
    balance += moved(run->change, p->from, p->from_owner);
    if (balance - p->amount >= p->from->min)
        return true;
    amount_format(l, balance - p->from->min, has);
    amount_format(l, p->amount, wants);
    return ERR(e, ERR_CONFLICT, "ledger.short", "“%s%.0s”余额不足：可用 %s%s%.0s，需要 %s",
               "“%.0s%s” has not enough: %s %.0s%s can be used, %s are needed", p->from->title.zh,
               p->from->title.en, has, l->unit.zh, l->unit.en, wants);
}

static bool add_posting(struct effect_run *run, const struct posting *p, struct err *e)
{
    struct change *ch = run->change;

    if (p->from == p->to && uuid_eq(p->from_owner, p->to_owner))
        return true; /* from somebody to themselves: nothing moves */
    if (ch->n_postings == POSTINGS_MAX)
        return ERR(e, ERR_TOO_LARGE, "ledger.too_many", "一次办理最多记 %d 笔账",
                   "one step posts at most %d amounts", POSTINGS_MAX);
    if (!within_limit(run, p, e))
        return false;
    if (ch->postings == NULL)
        ch->postings = arena_array(run->arena, struct posting, POSTINGS_MAX);
    ch->postings[ch->n_postings++] = *p;
    return true;
}

/* The open fields that the rule reads, as they are: with the rule, why it was so much. */
static bool write_inputs(struct effect_run *run, const struct cel_expr *x, const char **ret, struct err *e)
{
    const struct kind *k = run->rec->kind;
    struct json_out j = {0};
    bool ok;

    jo_begin(&j, INPUTS_BYTES);
    jo_obj(&j, NULL);
    for (size_t i = 0; i < k->n_fields; i++) {
        const struct field *f = &k->fields[i];

        if (f->privacy == PRIVACY_OPEN && run->rec->values[i].type > CEL_NULL && cel_uses(x, f->name))
            field_to_stored(&j, f->name, f, &run->rec->values[i]);
    }
    jo_close(&j);
    ok = jo_end(&j, e);
    if (ok)
        *ret = arena_strdup(run->arena, j.buf);
    jo_free(&j);
    return ok;
}

static bool post_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct post_data *d = data;
    struct posting p = {.from = d->from.of, .to = d->to.of, .why = d->why, .rule = cel_text(d->amount)};
    struct cel_value v = {0};

    if (!effect_eval(run, d->amount, &v, e))
        return false;
    if (v.type != CEL_INT || v.i == 0)
        return true;
    if (v.i < 0 || v.i > AMOUNT_MAX)
        return ERR(e, ERR_INVALID, "ledger.amount", "金额或数量须在 1 与 %lld 之间，现为 %lld",
                   "an amount lies between 1 and %lld, this is %lld", (long long)AMOUNT_MAX, (long long)v.i);
    p.amount = v.i;
    return find_owner(run, &d->from, &p.from_owner, e) && find_owner(run, &d->to, &p.to_owner, e) &&
           write_inputs(run, d->amount, &p.inputs, e) && add_posting(run, &p, e);
}

/* --- counter: LEDGER, or {ledger: LEDGER, zh: …, en: …} --- */

struct counter_data {
    const struct ledger_def *ledger;
    struct title why;
};

static bool counter_check(struct pack_check *c, const struct kind *k, const struct pack_node *arg,
                          const void **ret)
{
    static const char *const members[] = {"ledger", "title", "zh", "en"};
    struct counter_data *d = arena_new(check_arena(c), struct counter_data);
    bool titled = arg->type == NODE_MAP;

    (void)k;
    *ret = d;
    d->why = (struct title){"冲正", "Taken back"};
    if (titled && (!check_map(c, arg, "what is taken back", NAMES(members, COUNT_OF(members))) ||
                   !check_title(c, arg, arg, &d->why)))
        return false;
    d->ledger = read_ledger(c, arg, titled ? node_get(arg, "ledger") : arg);
    return d->ledger != NULL;
}

static bool counter_run(void *ctx, const void *data, struct err *e)
{
    struct effect_run *run = ctx;
    const struct counter_data *d = data;
    const struct books *books = run->rec->around == NULL ? NULL : run->rec->around->books;
    struct posting *list = NULL;
    size_t n = 0;

    if (books == NULL)
        return true;
    if (!books->posted(books->ctx, d->ledger, run->rec->id, run->arena, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct posting back = {.from = list[i].to,
                                     .to = list[i].from,
                                     .from_owner = list[i].to_owner,
                                     .to_owner = list[i].from_owner,
                                     .amount = list[i].amount,
                                     .why = d->why,
                                     .rule = "",
                                     .inputs = "{}",
                                     .counter = true};

        if (!add_posting(run, &back, e))
            return false;
    }
    return true;
}

static const struct effect_type post = {
    "post", "an amount goes from one account of a ledger to another", post_check, {post_run}};
static const struct effect_type counter = {
    "counter", "what this record has posted in a ledger is taken back", counter_check, {counter_run}};
const struct effect_type *const ledger_effects[] = {&post, &counter};
const size_t ledger_n_effects = COUNT_OF(ledger_effects);
