#include "identity/attempts.h"

#include "base/limits.h"
#include "identity.sql.h"

#include <sodium.h>
#include <string.h>

enum { KEY_BYTES = 16, MS_PER_MINUTE = 60000 };

static void key_of(const char *what, const char *who, uint8_t ret[KEY_BYTES])
{
    crypto_generichash_state h;

    (void)crypto_generichash_init(&h, NULL, 0, KEY_BYTES);
    (void)crypto_generichash_update(&h, (const unsigned char *)what, strlen(what) + 1);
    (void)crypto_generichash_update(&h, (const unsigned char *)who, strlen(who));
    (void)crypto_generichash_final(&h, ret, KEY_BYTES);
}

/* What is left in a bucket now: it fills within a minute. The clocks of servers may differ a little. */
static bool read_left(struct sql_tx *tx, const struct attempt *a, const uint8_t key[KEY_BYTES],
                      double *ret_left, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const double most = LIMIT_SIGNIN_PER_MINUTE;

    *ret_left = most;
    if (!sql_query(tx, &identity_queries[IDENTITY_Q_ATTEMPT_GET], &rows, e, SQL_INT(a->district),
                   SQL_BLOB(key, KEY_BYTES)))
        return false;
    if (sql_next(rows)) {
        int64_t since = a->now - sql_int(rows, 1);
        double left = sql_real(rows, 0) + (since > 0 ? (double)since * most / MS_PER_MINUTE : 0);

        *ret_left = left < most ? left : most;
    }
    return sql_end(&rows, e);
}

bool attempts_check(struct sql_tx *tx, const struct attempt *a, int *ret_wait_s, struct err *e)
{
    uint8_t address[KEY_BYTES], login[KEY_BYTES];
    double left, by_login;

    key_of("address", a->client, address);
    key_of("login", a->login, login);
    if (!read_left(tx, a, address, &left, e) || !read_left(tx, a, login, &by_login, e))
        return false;
    if (by_login < left)
        left = by_login;
    *ret_wait_s = left >= 1 ? 0 : (int)((1 - left) * 60 / LIMIT_SIGNIN_PER_MINUTE) + 1;
    return true;
}

static bool spend(struct sql_tx *tx, const struct attempt *a, const char *what, const char *who,
                  struct err *e)
{
    uint8_t key[KEY_BYTES];
    double left;

    key_of(what, who, key);
    return read_left(tx, a, key, &left, e) &&
           sql_run(tx, &identity_queries[IDENTITY_Q_ATTEMPT_PUT], e, SQL_INT(a->district),
                   SQL_BLOB(key, KEY_BYTES), SQL_REAL(left > 1 ? left - 1 : 0), SQL_INT(a->now));
}

bool attempts_failed(struct sql_tx *tx, const struct attempt *a, struct err *e)
{
    return sql_run(tx, &identity_queries[IDENTITY_Q_ATTEMPT_FULL], e, SQL_INT(a->district),
                   SQL_INT(a->now - MS_PER_MINUTE)) &&
           spend(tx, a, "address", a->client, e) && spend(tx, a, "login", a->login, e);
}
