/* The list of who signed in and out, and who was refused. */
#include "identity/sign_in.h"

#include "base/text.h"
#include "identity.sql.h"

#include <string.h>

enum { CLIENT_MAX = 200, SWEEP_MAX = 1000 };
static const int64_t kept_ms = INT64_C(730) * 24 * 3600 * 1000;

/* What a stranger sent, as a text that every database takes. */
static void tame(char *to, size_t size, const char *from)
{
    str_copy(to, size, from != NULL ? from : "");
    if (!utf8_valid(to, strlen(to)))
        to[0] = '\0';
}

bool sign_in_note(struct sql_tx *tx, int64_t district, struct uuid account, const char *outcome,
                  const struct origin *from, struct err *e)
{
    char client[CLIENT_MAX], agent[CLIENT_MAX];
    struct uuid id = uuid_make();

    tame(client, sizeof client, from->client);
    tame(agent, sizeof agent, from->agent);
    return sql_run(tx, &identity_queries[IDENTITY_Q_SIGN_IN_ADD], e, SQL_INT(district), SQL_UUID(&id),
                   SQL_INT(from->at), uuid_is_nil(account) ? SQL_NULL : SQL_UUID(&account), SQL_TEXT(outcome),
                   SQL_TEXT(client), SQL_TEXT(agent));
}

bool sign_in_sweep(struct sql *db, int64_t district, int64_t now, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid bound = uuid_v7(now - kept_ms, (const uint8_t[10]){0});

    return sql_begin(db, SQL_WRITE, &tx, e) &&
           sql_run(tx, &identity_queries[IDENTITY_Q_SIGN_IN_SWEEP], e, SQL_INT(district), SQL_UUID(&bound),
                   SQL_INT(SWEEP_MAX)) &&
           sql_commit(&tx, e);
}
