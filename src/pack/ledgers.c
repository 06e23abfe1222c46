/* Ledgers: what is counted in them, which accounts they have, what steps a balance has. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

const struct tier *account_tier(const struct ledger_account *a, int64_t balance)
{
    const struct tier *reached = NULL;

    for (size_t i = 0; i < a->n_tiers && a->tiers[i].from <= balance; i++) {
        reached = &a->tiers[i];
    }
    return reached;
}

bool check_no_balance(struct pack_check *c, const struct pack_node *n)
{
    if (n->type != NODE_SCALAR || (strstr(n->text, "balance(") == NULL && strstr(n->text, "tier(") == NULL)) {
        return true;
    }
    return check_fail(c, n, "pack.ledger", "a field that a move sets from it",
                      "what stands in ledgers is known while a move is made, not here");
}

/* --- pay: {amount: FIELD, move: NAME, by: PARTY} --- */

static bool admits_signal(const struct move *m)
{
    for (size_t i = 0; i < m->n_by; i++) {
        if (m->by[i].type == WHO_SIGNAL) {
            return true;
        }
    }
    return false;
}

/* Whether screens must look into the books to say what is possible. */
static bool asks_books(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++) {
        const char *when = k->moves[i].when == NULL ? "" : cel_text(k->moves[i].when);

        if (strstr(when, "balance(") != NULL || strstr(when, "tier(") != NULL) {
            return true;
        }
    }
    return false;
}

void load_pay(struct pack_check *c, struct kind_load *k)
{
    static const char *const members[] = {"amount", "move", "by"};
    const struct pack_node *map = node_get(k->node, "pay"), *n[COUNT_OF(members)];
    struct pay_def *pay;

    k->kind->asks_books = asks_books(k->kind);
    if (map == NULL || !check_map(c, map, "pay", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if ((n[i] = node_get(map, members[i])) == NULL) {
            (void)check_fail(c, map, "pack.missing", "{amount: FIELD, move: NAME, by: PARTY}",
                             "'%s' is not said", members[i]);
            return;
        }
    }
    pay = arena_new(c->a, struct pay_def);
    pay->amount = check_field(c, k->kind, n[0]);
    pay->move = check_move(c, k->kind, n[1]);
    pay->by = check_party(c, k->kind, n[2]);
    if (pay->amount == NULL || pay->move == NULL || pay->by == NULL) {
        return;
    }
    if (pay->amount->type != FIELD_MONEY || pay->amount->many) {
        (void)check_fail(c, n[0], "pack.field_type", "a field of type money", "'%s' is no amount of money",
                         pay->amount->name);
    } else if (pay->move->raises || !admits_signal(pay->move)) {
        (void)check_fail(c, n[1], "pack.ledger", "a move with from: and with signal among its by:",
                         "a payment provider cannot make the move '%s'", pay->move->name);
    } else {
        k->kind->pay = pay;
    }
}

/* --- tiers --- */

static void read_tiers(struct pack_check *c, struct ledger_account *a, const struct pack_node *map)
{
    static const char *const members[] = {"from", "title", "zh", "en"};
    struct tier *tiers;

    if (map == NULL || !check_map(c, map, "tiers", (struct names){0})) {
        return;
    }
    if (map->n > TIERS_MAX) {
        (void)check_fail(c, map, "pack.size", "at most 16", "too many tiers");
        return;
    }
    tiers = arena_array(c->a, struct tier, map->n + 1);
    for (size_t i = 0; i < map->n; i++) {
        const struct pack_node *from = node_get(map->items[i], "from");
        struct tier *t = &tiers[i];

        t->name = map->keys[i]->text;
        if (!check_new_name(c, map->keys[i], "tier") ||
            !check_map(c, map->items[i], "a tier", NAMES(members, COUNT_OF(members))) ||
            !check_title(c, map->keys[i], map->items[i], &t->title)) {
            continue;
        }
        if (from == NULL) {
            (void)check_fail(c, map->keys[i], "pack.missing", "add from: NUMBER", "where does '%s' begin?",
                             t->name);
        } else if (check_int(c, from, INT32_MIN, INT32_MAX, &t->from) && i > 0 &&
                   t->from <= tiers[i - 1].from) {
            (void)check_fail(c, from, "pack.ledger", "more than the tier before it", "tiers must rise");
        }
    }
    a->tiers = tiers;
    a->n_tiers = map->n;
}

/* --- accounts --- */

static void read_of(struct pack_check *c, struct ledger_account *a, const struct pack_node *n)
{
    if (n == NULL) {
        return;
    }
    if (n->type == NODE_SCALAR && str_eq(n->text, "account")) {
        a->of = LEDGER_OF_ACCOUNT;
    } else if (n->type == NODE_SCALAR && str_eq(n->text, "org")) {
        a->of = LEDGER_OF_ORG;
    } else {
        a->of = LEDGER_OF_RECORD;
        a->kind = check_kind(c, n);
        if (a->kind != NULL) {
            c->kinds[a->kind->index].kind->has_accounts = true;
        }
    }
}

static void read_flag(struct pack_check *c, const struct pack_node *map, const char *key, bool *ret)
{
    const struct pack_node *n = node_get(map, key);

    if (n != NULL) {
        (void)check_bool(c, n, ret);
    }
}

static void read_account(struct pack_check *c, struct ledger_account *a, const struct pack_node *name,
                         const struct pack_node *map)
{
    static const char *const members[] = {"title", "zh", "en", "of", "min", "publish", "credit", "tiers"};
    const struct pack_node *min;

    a->name = name->text;
    a->path = arena_printf(c->a, "%s.%s", a->ledger->name, name->text);
    if (!check_new_name(c, name, "account") ||
        !check_map(c, map, "an account", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, name, map, &a->title)) {
        return;
    }
    if ((min = node_get(map, "min")) != NULL) {
        a->has_min = check_int(c, min, INT32_MIN, INT32_MAX, &a->min);
    }
    read_of(c, a, node_get(map, "of"));
    read_flag(c, map, "publish", &a->published);
    read_flag(c, map, "credit", &a->turned);
    read_tiers(c, a, node_get(map, "tiers"));
}

/* --- ledgers --- */

static void read_see(struct pack_check *c, struct ledger_def *l, const struct pack_node *n)
{
    bool many = n != NULL && n->type == NODE_LIST;
    size_t max = n == NULL ? 0 : many ? n->n : 1;

    l->see = arena_array(c->a, const struct role *, max + 1);
    for (size_t i = 0; i < max; i++) {
        const struct role *r = check_role(c, many ? n->items[i] : n);

        if (r != NULL) {
            l->see[l->n_see++] = r;
        }
    }
}

/* Of money the unit is said already. */
static void read_unit(struct pack_check *c, struct ledger_def *l, const struct pack_node *name,
                      const struct pack_node *n)
{
    l->unit = (struct title){"元", "yuan"};
    if (l->money && n != NULL) {
        (void)check_fail(c, n, "pack.misplaced", "money: true alone", "money is counted in fen");
    } else if (!l->money && n == NULL) {
        (void)check_fail(c, name, "pack.missing", "add money: true, or unit: {zh: 分, en: points}",
                         "what '%s' counts is not said", l->name);
    } else if (n != NULL) {
        (void)check_title(c, n, n, &l->unit);
    }
}

static bool ledger_new(struct pack_check *c, const struct pack_node *name)
{
    for (size_t i = 0; i < c->packs->n_ledgers; i++) {
        if (str_eq(c->packs->ledgers[i].name, name->text)) {
            return check_fail(c, name, "pack.twice", "each name once", "ledger '%s' exists already",
                              name->text);
        }
    }
    return check_new_name(c, name, "ledger") &&
           (c->packs->n_ledgers < LEDGERS_MAX ||
            check_fail(c, name, "pack.size", "at most 64", "too many ledgers"));
}

static void read_ledger(struct pack_check *c, struct ledger_def *l, struct ledger_account *accounts,
                        const struct pack_node *name, const struct pack_node *map)
{
    static const char *const members[] = {"title", "zh", "en", "money", "unit", "accounts", "see"};
    const struct pack_node *list = node_get(map, "accounts");

    l->accounts = accounts;
    if (!check_map(c, map, "a ledger", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, name, map, &l->title)) {
        return;
    }
    read_flag(c, map, "money", &l->money);
    read_unit(c, l, name, node_get(map, "unit"));
    read_see(c, l, node_get(map, "see"));
    if (list == NULL || !check_map(c, list, "accounts", (struct names){0}) || list->n < 2 ||
        list->n > ACCOUNTS_MAX) {
        (void)check_fail(c, name, "pack.ledger", "2 to 32 accounts",
                         "an amount goes from one account to another: '%s' needs some", l->name);
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        accounts[i].ledger = l;
        read_account(c, &accounts[i], list->keys[i], list->items[i]);
    }
    l->n_accounts = list->n;
}

void load_ledgers(struct pack_check *c)
{
    struct ledger_def *ledgers = arena_array(c->a, struct ledger_def, LEDGERS_MAX + 1);
    struct ledger_account *accounts =
        arena_array(c->a, struct ledger_account, (size_t)LEDGERS_MAX * ACCOUNTS_MAX + 1);

    c->packs->ledgers = ledgers;
    c->packs->accounts = accounts;
    for (size_t i = 0; i < c->n_loads; i++) {
        const struct pack_node *map = node_get(c->loads[i].root, "ledgers");

        if (map == NULL || !check_map(c, map, "ledgers", (struct names){0})) {
            continue;
        }
        for (size_t k = 0; k < map->n; k++) {
            struct ledger_def *l = &ledgers[c->packs->n_ledgers];

            if (!ledger_new(c, map->keys[k])) {
                continue;
            }
            *l =
                (struct ledger_def){.name = map->keys[k]->text, .index = (int)c->packs->n_ledgers, .from = i};
            c->packs->n_ledgers++;
            read_ledger(c, l, accounts + c->packs->n_accounts, map->keys[k], map->items[k]);
            c->packs->n_accounts += l->n_accounts;
        }
    }
}
