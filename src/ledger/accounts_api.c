/* Which ledgers there are, what stands on the accounts of a record, who may read them. */
#include "base/text.h"
#include "ledger/view.h"

void title_write(struct json_out *out, const char *key, const struct title *t)
{
    jo_obj(out, key);
    jo_str(out, "zh", t->zh);
    jo_str(out, "en", t->en);
    jo_close(out);
}

int64_t account_shown(const struct ledger_account *of, int64_t amount)
{
    return of->turned ? -amount : amount;
}

/* --- who may read --- */

/* One of the ledger's roles; of a record's account, over where the record lies. */
static bool by_role(const struct req *r, const struct account_view *v)
{
    const struct ledger_def *l = v->of->ledger;

    for (size_t i = 0; i < l->n_see; i++)
        if (v->record == NULL ? principal_has_role(r->who, l->see[i]->name)
                              : principal_holds(r->who, l->see[i]->name, v->record->area, 0))
            return true;
    return false;
}

static bool by_owner(const struct req *r, const struct account_view *v)
{
    switch (v->of->of) {
    case LEDGER_OF_RECORD:
        return record_visible(v->world, v->record, r->who);
    case LEDGER_OF_ACCOUNT:
        return !uuid_is_nil(v->owner) && uuid_eq(v->owner, r->who->account);
    case LEDGER_OF_ORG:
        return principal_in_org(r->who, v->owner);
    case LEDGER_OF_DISTRICT:
        break;
    }
    return false;
}

static bool not_found(struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "ledger.not_found", "没有这个账户，或您看不到它",
               "there is no such account, or it is not for you to see");
}

bool account_open(struct req *r, struct sql_tx *tx, struct account_view *v, struct err *e)
{
    struct record *rec = NULL;

    if (uuid_is_nil(v->owner) != (v->of->of == LEDGER_OF_DISTRICT))
        return not_found(e);
    if (v->of->of == LEDGER_OF_RECORD) {
        if (!record_load(tx, v->world, v->owner, r->arena, &rec, e))
            return false;
        if (rec == NULL || rec->kind != v->of->kind)
            return not_found(e);
        v->record = rec;
    }
    v->whole = by_owner(r, v) || by_role(r, v);
    return v->whole || v->of->published || not_found(e);
}

/* --- how they look --- */

static void write_tier(struct json_out *out, const char *key, const struct tier *t)
{
    if (t == NULL) {
        jo_null(out, key);
        return;
    }
    jo_obj(out, key);
    jo_str(out, "name", t->name);
    title_write(out, "title", &t->title);
    jo_int(out, "from", t->from);
    jo_close(out);
}

/* What comes next on the way up. */
static const struct tier *tier_above(const struct ledger_account *of, int64_t balance)
{
    for (size_t i = 0; i < of->n_tiers; i++)
        if (of->tiers[i].from > balance)
            return &of->tiers[i];
    return NULL;
}

void account_write(struct json_out *out, const struct ledger_account *of, int64_t balance)
{
    jo_str(out, "ledger", of->ledger->name);
    jo_str(out, "account", of->name);
    title_write(out, "title", &of->title);
    title_write(out, "unit", &of->ledger->unit);
    jo_bool(out, "money", of->ledger->money);
    jo_int(out, "balance", account_shown(of, balance));
    write_tier(out, "tier", account_tier(of, balance));
    write_tier(out, "next_tier", tier_above(of, balance));
}

/* One of the district's own, which has no record that could say more. */
static bool reads_district(const struct req *r, const struct ledger_account *a)
{
    const struct account_view v = {.of = a};

    return a->of == LEDGER_OF_DISTRICT && (a->published || by_role(r, &v));
}

static void write_sort(const struct req *r, struct json_out *out, const struct ledger_account *a)
{
    static const char *const whose[] = {"district", "record", "account", "org"};

    jo_obj(out, NULL);
    jo_str(out, "name", a->name);
    title_write(out, "title", &a->title);
    jo_str(out, "of", whose[a->of]);
    jo_str(out, "kind", a->kind == NULL ? NULL : a->kind->name);
    jo_bool(out, "published", a->published);
    jo_bool(out, "readable", reads_district(r, a));
    jo_arr(out, "tiers");
    for (size_t i = 0; i < a->n_tiers; i++)
        write_tier(out, NULL, &a->tiers[i]);
    jo_close(out);
    jo_close(out);
}

static bool get_ledgers(struct req *r, struct err *e)
{
    const struct packs *p = r->services->world(r->services)->packs;

    (void)e;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < p->n_ledgers; i++) {
        const struct ledger_def *l = &p->ledgers[i];

        jo_obj(&r->out, NULL);
        jo_str(&r->out, "name", l->name);
        title_write(&r->out, "title", &l->title);
        title_write(&r->out, "unit", &l->unit);
        jo_bool(&r->out, "money", l->money);
        jo_arr(&r->out, "accounts");
        for (size_t k = 0; k < l->n_accounts; k++)
            write_sort(r, &r->out, &l->accounts[k]);
        jo_close(&r->out);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_str(&r->out, "next", NULL);
    jo_close(&r->out);
    return true;
}

/* --- of a record --- */

static bool write_one(struct req *r, struct sql_tx *tx, const struct account_view *v, int64_t at,
                      struct err *e)
{
    int64_t balance = 0;

    if (!ledger_balance(tx, r->services->district, v->of->ledger->name,
                        account_key(r->arena, v->of, v->owner), at, &balance, e))
        return false;
    jo_obj(&r->out, NULL);
    account_write(&r->out, v->of, balance);
    jo_bool(&r->out, "published", v->of->published);
    jo_close(&r->out);
    return true;
}

static bool write_all(struct req *r, struct sql_tx *tx, const struct world *w, struct uuid id, int64_t at,
                      struct err *e)
{
    bool some = false;

    for (size_t i = 0; i < w->packs->n_accounts; i++) {
        struct account_view v = {.world = w, .of = &w->packs->accounts[i], .owner = id};
        struct err why = {0};

        if (v.of->of != LEDGER_OF_RECORD)
            continue;
        if (!account_open(r, tx, &v, &why)) {
            if (why.code != ERR_NOT_FOUND) {
                *e = why;
                return false;
            }
            continue;
        }
        some = true;
        if (!write_one(r, tx, &v, at, e))
            return false;
    }
    return some || not_found(e);
}

static bool get_accounts(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct world *w = r->services->world(r->services);
    struct uuid id;
    int64_t at = 0;

    if (!sessions_limit_public(r->services->sessions, r->who, r->client, r->now, e) ||
        !req_uuid(r, 0, &id, e) || !req_query_moment(r, "as_of", &at, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    if (!write_all(r, tx, w, id, at, e))
        return false;
    jo_close(&r->out);
    jo_str(&r->out, "next", NULL);
    jo_close(&r->out);
    return true;
}

const struct route ledger_routes[] = {
    {GET, "/api/v1/ledgers", PERM_PUBLIC, BODY_NONE, get_ledgers, NULL, 0,
     "Ledgers: what they count, which accounts they have, tiers", "ledgers"},
    {GET, "/api/v1/ledgers/{ledger}/{account}", PERM_PUBLIC, BODY_NONE, get_statement, NULL, 0,
     "An account's statement, the newest first; of=ID whose it is, from=TIME, as_of=TIME, format=csv",
     "statement"},
    {GET, "/api/v1/records/{id}/accounts", PERM_PUBLIC, BODY_NONE, get_accounts, NULL, 0,
     "What stands on the accounts of a record, now or as_of=TIME", "accounts"},
    {0},
};
