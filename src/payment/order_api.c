/* Orders to pay: made for a matter, shown with it. */
#include "base/clock.h"
#include "base/text.h"
#include "json/json_in.h"
#include "payment.sql.h"
#include "payment/payment.h"
#include "record/store.h"

#include <stddef.h>
#include <string.h>

enum { ORDERS_SHOWN = 50, NAME_CHARS = 20 };
/* What a payer does not finish in a quarter of an hour is begun anew. */
static const int64_t ORDER_MS = 900000;

struct order order_row(const struct sql_rows *rows, struct arena *a)
{
    return (struct order){.id = sql_uuid(rows, 0),
                          .record = sql_uuid(rows, 1),
                          .provider = arena_strdup(a, sql_text(rows, 2)),
                          .amount = sql_int(rows, 3),
                          .state = arena_strdup(a, sql_text(rows, 4)),
                          .reference = arena_strdup(a, sql_text(rows, 5)),
                          .why = arena_strdup(a, sql_text(rows, 6)),
                          .by = sql_uuid(rows, 7),
                          .at = sql_int(rows, 8),
                          .paid_at = sql_int(rows, 9)};
}

bool order_get(struct req *r, struct sql_tx *tx, struct uuid id, struct order *ret, bool *ret_there,
               struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &payment_queries[PAYMENT_Q_ORDER_GET], &rows, e, SQL_INT(r->services->district),
                   SQL_UUID(&id)))
        return false;
    *ret_there = sql_next(rows);
    if (*ret_there)
        *ret = order_row(rows, r->arena);
    return sql_end(&rows, e);
}

static void write_members(struct req *r, const struct order *o)
{
    jo_uuid(&r->out, "id", o->id);
    jo_uuid(&r->out, "record", o->record);
    jo_str(&r->out, "provider", o->provider);
    jo_int(&r->out, "amount", o->amount);
    jo_str(&r->out, "state", o->state);
    jo_str(&r->out, "reference", o->reference);
    jo_str(&r->out, "why", o->why);
    jo_time(&r->out, "at", o->at, r->services->offset_min);
    jo_time(&r->out, "paid_at", o->paid_at, r->services->offset_min);
}

void order_write(struct req *r, const char *key, const struct order *o)
{
    jo_obj(&r->out, key);
    write_members(r, o);
    jo_close(&r->out);
}

/* --- where the payer goes --- */

/* What we sign: the parameters in the order of their names. Digits and names need no encoding. */
bool order_url(struct req *r, const struct provider *p, const struct order *o, const char **ret,
               struct err *e)
{
    const char *text, *sign = "";
    char id[UUID_TEXT_MAX];
    char *safe, *at;

    uuid_format(o->id, id);
    text = arena_printf(r->arena, "amount=%lld&currency=CNY&expires=%lld&order=%s", (long long)o->amount,
                        (long long)((o->at + ORDER_MS) / 1000), id);
    if (!payment_sign(r, p, text, &sign, e))
        return false;
    at = safe = arena_alloc(r->arena, 3 * strlen(sign) + 1);
    for (const char *s = sign; *s != '\0'; s++) { /* of base64 */
        const char *as = *s == '+' ? "%2B" : *s == '/' ? "%2F" : *s == '=' ? "%3D" : NULL;

        if (as == NULL) {
            *at++ = *s;
        } else {
            memcpy(at, as, 3);
            at += 3;
        }
    }
    *ret = arena_printf(r->arena, "%s?%s&sign=%s", p->url, text, safe);
    return true;
}

static bool answer(struct req *r, const struct provider *p, const struct order *o, struct err *e)
{
    const char *url = NULL;

    if (str_eq(o->state, "ordered") && !order_url(r, p, o, &url, e))
        return false;
    jo_obj(&r->out, NULL);
    write_members(r, o);
    jo_str(&r->out, "url", url);
    jo_close(&r->out);
    return true;
}

/* --- making one --- */

struct order_body {
    struct uuid id;
    const char *provider;
};

static bool load(struct req *r, struct sql_tx *tx, struct uuid id, const struct record **ret, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    struct record *rec = NULL;

    if (!record_load(tx, w, id, r->arena, &rec, e))
        return false;
    if (rec == NULL || !record_visible(w, rec, r->who))
        return ERR(e, ERR_NOT_FOUND, "record.not_found", "没有这个事项", "no such matter");
    *ret = rec;
    return true;
}

static bool plays(const struct record *rec, const struct party_role *role, const struct principal *who)
{
    for (size_t i = 0; i < rec->n_parties; i++)
        if (rec->parties[i].role == role && uuid_eq(rec->parties[i].account, who->account))
            return true;
    return false;
}

/* It can be paid now, by the one who is asked to pay. */
static bool payable(const struct req *r, const struct record *rec, int64_t *ret_amount, struct err *e)
{
    const struct pay_def *pay = rec->kind->pay;
    const struct cel_value *amount = pay == NULL ? NULL : &rec->values[pay->amount->index];

    if (pay == NULL)
        return ERR(e, ERR_CONFLICT, "payment.none", "这类事项不在线缴费",
                   "such matters are not paid on line");
    if (!plays(rec, pay->by, r->who))
        return ERR(e, ERR_DENIED, "payment.not_yours", "这要由%s%.0s来缴", "this is for %.0s%s to pay",
                   pay->by->title.zh, pay->by->title.en);
    if ((pay->move->from & (UINT64_C(1) << rec->state->index)) == 0 || amount->type != CEL_INT ||
        amount->i <= 0)
        return ERR(e, ERR_CONFLICT, "payment.not_due", "现在是“%s%.0s”，不需要缴费",
                   "it is “%.0s%s”: there is nothing to pay", rec->state->title.zh, rec->state->title.en);
    *ret_amount = amount->i;
    return true;
}

static bool active(struct req *r, struct sql_tx *tx, const char *name, struct provider *ret, struct err *e)
{
    bool there = false;

    if (!provider_get(r, tx, name, ret, &there, e))
        return false;
    return (there && ret->active) ||
           ERR_FIELD(e, "provider", "payment.provider", "没有这个支付渠道，或已停用",
                     "there is no such payment provider, or it is off");
}

/* The same id again answers the same order. */
static bool again(struct req *r, const struct provider *p, const struct order *o, struct uuid record,
                  struct err *e)
{
    if (!uuid_eq(o->record, record) || !uuid_eq(o->by, r->who->account) || !str_eq(o->provider, p->name))
        return ERR(e, ERR_CONFLICT, "command.reused", "这个 id 已用于另一件事",
                   "this id was used for something else");
    return answer(r, p, o, e);
}

bool post_order(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct order_body, id), true, 0, 0},
        {"provider", JSON_TEXT, offsetof(struct order_body, provider), true, 1, NAME_CHARS},
    };
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct order_body b = {0};
    const struct record *rec = NULL;
    struct provider p;
    struct order o = {0};
    struct uuid id;
    bool there = false;

    if (!req_uuid(r, 0, &id, e) || !json_read(r->json, "", members, COUNT_OF(members), &b, e) ||
        !sql_begin(r->services->db, SQL_WRITE, &tx, e) || !load(r, tx, id, &rec, e) ||
        !active(r, tx, b.provider, &p, e) || !order_get(r, tx, b.id, &o, &there, e))
        return false;
    if (there)
        return again(r, &p, &o, id, e);
    o = (struct order){.id = b.id,
                       .record = id,
                       .by = r->who->account,
                       .provider = p.name,
                       .state = "ordered",
                       .reference = "",
                       .why = "",
                       .at = r->now};
    if (!payable(r, rec, &o.amount, e) ||
        !sql_run(tx, &payment_queries[PAYMENT_Q_ORDER_ADD], e, SQL_INT(r->services->district),
                 SQL_UUID(&o.id), SQL_UUID(&o.record), SQL_TEXT(o.provider), SQL_INT(o.amount),
                 SQL_UUID(&o.by), SQL_INT(o.at)) ||
        !answer(r, &p, &o, e))
        return false;
    r->status = 201;
    return sql_commit(&tx, e);
}

/* --- reading --- */

static bool write_orders(struct req *r, struct sql_rows **rows, struct err *e)
{
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    while (sql_next(*rows)) {
        const struct order o = order_row(*rows, r->arena);

        order_write(r, NULL, &o);
    }
    jo_close(&r->out);
    jo_str(&r->out, "next", NULL);
    jo_close(&r->out);
    return sql_end(rows, e);
}

bool get_orders(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct record *rec = NULL;
    struct uuid id;

    return req_uuid(r, 0, &id, e) && sql_begin(r->services->db, SQL_READ, &tx, e) &&
           load(r, tx, id, &rec, e) &&
           sql_query(tx, &payment_queries[PAYMENT_Q_ORDERS_OF_RECORD], &rows, e,
                     SQL_INT(r->services->district), SQL_UUID(&id), SQL_INT(ORDERS_SHOWN)) &&
           write_orders(r, &rows, e);
}

/* Money that came and that no matter could take: somebody has to look. */
bool get_stray_orders(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    return sql_begin(r->services->db, SQL_READ, &tx, e) &&
           sql_query(tx, &payment_queries[PAYMENT_Q_ORDERS_OF_STATE], &rows, e,
                     SQL_INT(r->services->district), SQL_TEXT("unmatched"), SQL_INT(ORDERS_SHOWN)) &&
           write_orders(r, &rows, e);
}
