/* ledger.h -- amounts: money, points, volumes. A posting moves an amount from one account to another, in the
 * transaction of the entry that causes it; it stands in that entry, is never changed and only ever taken back
 * by another posting. What stands on each account is kept in the same transaction and read in constant time,
 * now or as of any moment. Ledgers, accounts and rules are described in packs. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "record/record.h"

/* post, counter */
extern const struct effect_type *const ledger_effects[];
extern const size_t ledger_n_effects;

/* Writes accounts and lines with the batch, and answers what stands there by then. */
extern const struct door_observer ledger_observer;
/* What stands in the database: for record_books. */
const struct books *ledger_books(struct sql_tx *tx, const struct world *w, struct arena *a);

/* An account's balance as of `at` (UTC milliseconds, inclusive; 0: now), whatever number of lines it has.
 * `key`: "cash:018f…". */
MUST_USE bool ledger_balance(struct sql_tx *tx, int64_t district, const char *ledger, const char *key,
                             int64_t at, int64_t *ret, struct err *e);
/* Whether anything was ever posted on an account of that sort. */
MUST_USE bool ledger_account_used(struct sql_tx *tx, int64_t district, const struct ledger_account *of,
                                  bool *ret, struct err *e);
/* "cash", "cash:018f…" in `a`. */
const char *account_key(struct arena *a, const struct ledger_account *of, struct uuid owner);
/* Back: the account of that ledger, NULL where packs know none of that name, and whose it is. */
const struct ledger_account *account_of_key(const struct ledger_def *l, const char *key,
                                            struct uuid *ret_owner);
/* 1,234.56 of money, 1,234 of others. */
enum { AMOUNT_TEXT = 48 };
void amount_format(const struct ledger_def *l, int64_t amount, char out[AMOUNT_TEXT]);

/* The recount: every posting of the history again, in its order, then compared with the tables. */
struct ledger_recount;
struct ledger_recount *ledger_recount_create(const struct world *w,
                                             void (*differs)(void *ctx, const char *what),
                                             void *ctx) NEVER_NULL;
void ledger_recount_free(struct ledger_recount **r);
/* One entry, in order of its number; most have no posting. */
MUST_USE bool ledger_recount_entry(struct ledger_recount *r, int64_t seq, int64_t at, struct uuid record,
                                   const char *changes, struct err *e);
/* Compares: a line too many or too few, an amount or a balance that is another, a ledger that does not sum up
 * to nothing. *ret_lines: how many there are. False only when something cannot be read. */
MUST_USE bool ledger_recount_compare(struct ledger_recount *r, struct sql_tx *tx, int64_t *ret_lines,
                                     struct err *e);

extern const struct route ledger_routes[];
extern const struct openapi_schema ledger_schemas[];
extern const struct sql_query ledger_queries[];
/* Prepares the statements of this room. */
MUST_USE bool ledger_check(struct sql *db, struct err *e);

#endif
