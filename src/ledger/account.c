/* Accounts: how they are named in rows, what stands on them, how amounts are written. */
#include "base/text.h"
#include "ledger.sql.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 64 }; /* more than a pack's names may have */

const char *account_key(struct arena *a, const struct ledger_account *of, struct uuid owner)
{
    char text[UUID_TEXT_MAX];

    if (uuid_is_nil(owner))
        return of->name;
    uuid_format(owner, text);
    return arena_printf(a, "%s:%s", of->name, text);
}

const struct ledger_account *account_of_key(const struct ledger_def *l, const char *key,
                                            struct uuid *ret_owner)
{
    const char *colon = strchr(key, ':');
    size_t n = colon == NULL ? strlen(key) : (size_t)(colon - key);

    *ret_owner = (struct uuid){0};
    if (colon != NULL && !uuid_parse(colon + 1, ret_owner))
        return NULL;
    for (size_t i = 0; i < l->n_accounts; i++)
        if (strlen(l->accounts[i].name) == n && strncmp(l->accounts[i].name, key, n) == 0)
            return &l->accounts[i];
    return NULL;
}

void amount_format(const struct ledger_def *l, int64_t amount, char out[AMOUNT_TEXT])
{
    uint64_t v = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    char digits[24], grouped[36];
    size_t n, k = 0;

    n = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)(l->money ? v / 100 : v));
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            grouped[k++] = ',';
        grouped[k++] = digits[i];
    }
    grouped[k] = '\0';
    if (l->money)
        (void)snprintf(out, AMOUNT_TEXT, "%s%s.%02d", amount < 0 ? "-" : "", grouped, (int)(v % 100));
    else
        (void)snprintf(out, AMOUNT_TEXT, "%s%s", amount < 0 ? "-" : "", grouped);
}

bool ledger_balance(struct sql_tx *tx, int64_t district, const char *ledger, const char *key, int64_t at,
                    int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool ok = at == 0 ? sql_query(tx, &ledger_queries[LEDGER_Q_ACCOUNT_GET], &rows, e, SQL_INT(district),
                                  SQL_TEXT(ledger), SQL_TEXT(key))
                      : sql_query(tx, &ledger_queries[LEDGER_Q_LINE_AS_OF], &rows, e, SQL_INT(district),
                                  SQL_TEXT(ledger), SQL_TEXT(key), SQL_INT(at));

    if (!ok)
        return false;
    *ret = sql_next(rows) ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}

bool ledger_account_used(struct sql_tx *tx, int64_t district, const struct ledger_account *of, bool *ret,
                         struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    char from[NAME_BYTES], to[NAME_BYTES];

    (void)snprintf(from, sizeof(from), "%s%s", of->name, of->of == LEDGER_OF_DISTRICT ? "" : ":");
    (void)snprintf(to, sizeof(to), "%s%s", of->name, of->of == LEDGER_OF_DISTRICT ? "!" : ";");
    if (!sql_query(tx, &ledger_queries[LEDGER_Q_ACCOUNT_USED], &rows, e, SQL_INT(district),
                   SQL_TEXT(of->ledger->name), SQL_TEXT(from), SQL_TEXT(to)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

bool ledger_check(struct sql *db, struct err *e)
{
    return sql_check(db, ledger_queries, LEDGER_Q__MAX, e);
}
