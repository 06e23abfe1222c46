/* view.h -- inside ledger/: who may read an account, and how accounts look in JSON. */
#ifndef LEDGER_VIEW_H
#define LEDGER_VIEW_H

#include "http/route.h"
#include "ledger/ledger.h"

/* An account somebody asks for. */
struct account_view {
    const struct world *world;
    const struct ledger_account *of;
    struct uuid owner;
    const struct record *record; /* LEDGER_OF_RECORD */
    bool whole;                  /* the caller may read it for themselves, not only because it is published */
};
/* Whether the caller may read it; fills in record and whole. ERR_NOT_FOUND "ledger.not_found" for what they
 * may not know of. */
MUST_USE bool account_open(struct req *r, struct sql_tx *tx, struct account_view *v, struct err *e);
/* As people read it: of accounts that are turned, less than nothing is what there is. */
int64_t account_shown(const struct ledger_account *of, int64_t amount);
/* Members ledger, account, title, unit, money, balance, tier, next_tier. */
void account_write(struct json_out *out, const struct ledger_account *of, int64_t balance);
void title_write(struct json_out *out, const char *key, const struct title *t);

bool get_statement(struct req *r, struct err *e) MUST_USE;

#endif
