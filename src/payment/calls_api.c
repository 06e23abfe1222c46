/* What providers told us last, and a trial of one: whether both sides sign alike shows before anybody pays.
 */
#include "base/log.h"
#include "base/text.h"
#include "payment.sql.h"
#include "payment/payment.h"

#include <string.h>

enum { SLOTS = 20 };
/* A call that anybody could have made is noted once a minute, so that it costs nothing to be called. */
static const int64_t UNSIGNED_MS = 60000;

struct call_row {
    int64_t slot, at, amount;
    const char *outcome, *reference;
    struct uuid order;
};

static bool read_calls(struct req *r, struct sql_tx *tx, const char *provider, struct call_row list[SLOTS],
                       size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_query(tx, &payment_queries[PAYMENT_Q_CALLS], &rows, e, SQL_INT(r->services->district),
                   SQL_TEXT(provider)))
        return false;
    while (sql_next(rows) && *ret_n < SLOTS)
        list[(*ret_n)++] = (struct call_row){.slot = sql_int(rows, 0),
                                             .at = sql_int(rows, 1),
                                             .outcome = arena_strdup(r->arena, sql_text(rows, 2)),
                                             .order = sql_uuid(rows, 3),
                                             .amount = sql_int(rows, 4),
                                             .reference = arena_strdup(r->arena, sql_text(rows, 5))};
    return sql_end(&rows, e);
}

/* The slot that was never used, or the one whose call is the oldest. */
static int64_t slot_for(const struct call_row *list, size_t n)
{
    size_t oldest = 0;

    if (n < SLOTS)
        return (int64_t)n;
    for (size_t i = 1; i < n; i++)
        if (list[i].at < list[oldest].at)
            oldest = i;
    return list[oldest].slot;
}

static bool noted_already(const struct call_row *list, size_t n, const struct payment_told *c, int64_t now)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(c->outcome, "payment.signature") && str_eq(list[i].outcome, c->outcome) &&
            list[i].at > now - UNSIGNED_MS)
            return true;
    return false;
}

static bool note(struct req *r, const struct payment_told *c, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call_row list[SLOTS];
    size_t n = 0;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !read_calls(r, tx, c->provider, list, &n, e))
        return false;
    sql_rollback(&tx);
    if (noted_already(list, n, c, r->now))
        return true;
    return sql_begin(r->services->db, SQL_WRITE, &tx, e) && read_calls(r, tx, c->provider, list, &n, e) &&
           sql_run(tx, &payment_queries[PAYMENT_Q_CALL_PUT], e, SQL_INT(r->services->district),
                   SQL_TEXT(c->provider), SQL_INT(slot_for(list, n)), SQL_INT(r->now), SQL_TEXT(c->outcome),
                   uuid_is_nil(c->order) ? SQL_NULL : SQL_UUID(&c->order), SQL_INT(c->amount),
                   SQL_TEXT(c->reference)) &&
           sql_commit(&tx, e);
}

void payment_note_call(struct req *r, const struct payment_told *c)
{
    struct err e = {0};

    if (!note(r, c, &e))
        log_err("payment", &e);
}

/* --- for administrators --- */

static bool find(struct req *r, struct sql_tx *tx, struct provider *ret, struct err *e)
{
    bool there = false;

    if (!provider_get(r, tx, r->path_param[0], ret, &there, e))
        return false;
    return there || ERR(e, ERR_NOT_FOUND, "payment.provider", "没有这个支付渠道，或已停用",
                        "there is no such payment provider, or it is off");
}

static void write_call(struct req *r, const struct call_row *c)
{
    jo_obj(&r->out, NULL);
    jo_time(&r->out, "at", c->at, r->services->offset_min);
    jo_str(&r->out, "outcome", c->outcome);
    jo_uuid(&r->out, "order", c->order);
    jo_int(&r->out, "amount", c->amount);
    jo_str(&r->out, "reference", c->reference);
    jo_close(&r->out);
}

bool get_calls(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct call_row list[SLOTS];
    struct provider p;
    size_t n = 0, last;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !find(r, tx, &p, e) ||
        !read_calls(r, tx, p.name, list, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t left = n; left > 0; left--) {
        last = 0;
        for (size_t i = 1; i < left; i++)
            if (list[i].at >= list[last].at)
                last = i;
        write_call(r, &list[last]);
        list[last] = list[left - 1];
    }
    jo_close(&r->out);
    jo_str(&r->out, "next", NULL);
    jo_close(&r->out);
    return true;
}

/* One fen, for an order that nobody made: a provider that signs as we do answers with payment.order. */
bool get_trial(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct provider p;
    struct order o = {.amount = 1, .at = r->now};
    uint8_t hash[HASH_BYTES];
    const char *url = NULL;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !find(r, tx, &p, e))
        return false;
    privacy_hash(r->services->privacy, p.name, strlen(p.name), "trial", 5, hash);
    o.id = uuid_v7(r->now, hash);
    if (!order_url(r, &p, &o, &url, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_uuid(&r->out, "order", o.id);
    jo_str(&r->out, "url", url);
    jo_close(&r->out);
    return true;
}
