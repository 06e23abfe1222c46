/* What a provider tells us: somebody has paid. */
#include "base/log.h"
#include "base/text.h"
#include "json/json_in.h"
#include "payment.sql.h"
#include "payment/payment.h"

#include <stddef.h>
#include <string.h>

enum { REFERENCE_CHARS = 64, STATUS_CHARS = 16 };
/* A call that was written down and sent again later is not believed. */
static const int64_t FRESH_MS = 300000;

struct notify {
    struct provider provider;
    struct payment_call told;
    struct order order;
};

static bool unsigned_call(struct err *e)
{
    return ERR(e, ERR_MALFORMED, "payment.signature", "签名或时间不对", "the signature or its time is wrong");
}

bool payment_signed_text(struct arena *a, const char *time, const char *body, int64_t *ret_seconds,
                         const char **ret)
{
    if (time == NULL || !parse_int64(time, ret_seconds) || *ret_seconds < 0 ||
        *ret_seconds > INT32_MAX * INT64_C(4))
        return false;
    *ret = arena_printf(a, "%lld.%s", (long long)*ret_seconds, body);
    return true;
}

static bool check_signature(struct req *r, const struct provider *p, struct err *e)
{
    const char *time = req_header_in(r, "X-Wangge-Timestamp"), *sign = req_header_in(r, "X-Wangge-Signature");
    int64_t seconds = 0, off;
    const char *text = NULL;
    bool ok = false;

    if (sign == NULL || !payment_signed_text(r->arena, time, r->body, &seconds, &text))
        return unsigned_call(e);
    off = r->now - seconds * 1000;
    if (!payment_verify(r, p, text, strlen(text), sign, &ok, e))
        return false;
    return (ok && off <= FRESH_MS && off >= -FRESH_MS) || unsigned_call(e);
}

bool payment_call_read(struct json_object *body, struct payment_call *ret, struct err *e)
{
    static const struct json_member members[] = {
        {"order", JSON_UUID, offsetof(struct payment_call, order), true, 0, 0},
        {"amount", JSON_INT, offsetof(struct payment_call, amount), true, 1, INT64_MAX},
        {"status", JSON_TEXT, offsetof(struct payment_call, status), true, 1, STATUS_CHARS},
        {"reference", JSON_TEXT, offsetof(struct payment_call, reference), true, 1, REFERENCE_CHARS},
    };

    if (!json_read(body, "", members, COUNT_OF(members), ret, e))
        return false;
    return str_eq(ret->status, "paid") ||
           ERR_FIELD(e, "status", "payment.status", "只接受 paid", "only paid is understood");
}

/* The order is the provider's, and of that amount; told twice with two numbers, it was paid twice. */
static bool check_order(const struct notify *n, bool there, struct err *e)
{
    const struct order *o = &n->order;

    if (!there || !str_eq(o->provider, n->provider.name))
        return ERR(e, ERR_NOT_FOUND, "payment.order", "没有这个订单", "there is no such order");
    if (o->amount != n->told.amount)
        return ERR(e, ERR_CONFLICT, "payment.amount", "金额不符：订单 %lld 分，通知 %lld 分",
                   "the amount differs: ordered %lld fen, told %lld fen", (long long)o->amount,
                   (long long)n->told.amount);
    if (!str_eq(o->state, "ordered") && !str_eq(o->reference, n->told.reference))
        return ERR(e, ERR_CONFLICT, "payment.twice", "这个订单已用流水号 %.40s 付过，请退款",
                   "this order was paid already, as %.40s: give the money back", o->reference);
    return true;
}

static bool look(struct req *r, struct notify *n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool there = false;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !provider_get(r, tx, r->path_param[0], &n->provider, &there, e))
        return false;
    if (!there)
        return ERR(e, ERR_NOT_FOUND, "payment.provider", "没有这个支付渠道，或已停用",
                   "there is no such payment provider, or it is off");
    return check_signature(r, &n->provider, e) && payment_call_read(r->json, &n->told, e) &&
           order_get(r, tx, n->told.order, &n->order, &there, e) && check_order(n, there, e);
}

static bool still_costs(const struct record *rec, int64_t amount)
{
    const struct cel_value *v = &rec->values[rec->kind->pay->amount->index];

    return v->type == CEL_INT && v->i == amount;
}

/* The move that the kind's pay: names; its id follows from the order, so that it is made once. */
static bool make_move(struct req *r, const struct notify *n, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *rec = NULL;
    struct outcome out = {0};
    uint8_t hash[HASH_BYTES];
    struct command c = {.who = &principal_signal, .at = r->now, .target = n->order.record, .version = -1};
    bool ok;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !record_load(tx, w, n->order.record, r->arena, &rec, e))
        return false;
    if (rec == NULL || rec->kind->pay == NULL)
        return ERR(e, ERR_CONFLICT, "payment.none", "这类事项不在线缴费",
                   "such matters are not paid on line");
    if (!still_costs(rec, n->order.amount))
        return ERR(e, ERR_CONFLICT, "payment.changed", "下单以后应缴金额变了",
                   "since it was ordered the amount has changed");
    sql_rollback(&tx);
    privacy_hash(r->services->privacy, n->order.id.b, sizeof(n->order.id.b), "paid", 4, hash);
    c.id = uuid_v7(n->order.at, hash);
    c.verb = rec->kind->pay->move->name;
    c.note = arena_printf(r->arena, "%s %s", n->provider.title, n->told.reference);
    ok = door_call(r->services->door, &c, &out, e);
    outcome_free(&out);
    return ok;
}

/* Two calls at once: the first one's number stands, the other was paid a second time. */
static bool keep(struct req *r, struct notify *n, const char *state, const char *why, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    bool there = false;

    if (!sql_begin(r->services->db, SQL_WRITE, &tx, e) ||
        !order_get(r, tx, n->told.order, &n->order, &there, e) || !check_order(n, there, e))
        return false;
    if (!str_eq(n->order.state, "ordered"))
        return true;
    n->order.state = state;
    n->order.why = why;
    n->order.reference = n->told.reference;
    n->order.paid_at = r->now;
    return sql_run(tx, &payment_queries[PAYMENT_Q_ORDER_ANSWER], e, SQL_INT(r->services->district),
                   SQL_UUID(&n->order.id), SQL_TEXT(state), SQL_TEXT(n->told.reference), SQL_TEXT(why),
                   SQL_INT(r->now)) &&
           sql_commit(&tx, e);
}

/* What was not signed says nothing: neither order nor amount is kept of it. */
static void note(struct req *r, const struct notify *n, const char *outcome)
{
    bool believed = !str_eq(outcome, "payment.signature");

    if (n->provider.name != NULL)
        payment_note_call(r,
                          &(struct payment_told){
                              .provider = n->provider.name,
                              .outcome = outcome,
                              .order = believed ? n->told.order : (struct uuid){.b = {0}},
                              .amount = believed ? n->told.amount : 0,
                              .reference = believed && n->told.reference != NULL ? n->told.reference : ""});
}

/* Whoever refuses because of the rules refuses for good: the money is there and is kept in sight. What fails
 * for another reason is told to the provider, who tells us again. */
static bool carry_out(struct req *r, struct err *e)
{
    struct notify *n = arena_new(r->arena, struct notify);
    struct err why = {0};

    if (!look(r, n, e)) {
        note(r, n, e->key);
        return false;
    }
    if (str_eq(n->order.state, "ordered")) {
        if (make_move(r, n, &why)) {
            if (!keep(r, n, "paid", "", e))
                return false;
        } else if (why.code == ERR_CONFLICT || why.code == ERR_DENIED || why.code == ERR_NOT_FOUND ||
                   why.code == ERR_INVALID) {
            log_err("payment", &why);
            if (!keep(r, n, "unmatched", why.key, e))
                return false;
        } else {
            *e = why;
            return false;
        }
    }
    note(r, n, n->order.why);
    order_write(r, NULL, &n->order);
    return true;
}

/* Looked at before anything waits for it: who has no signature takes no thread. */
bool post_notify(struct req *r, struct err *e)
{
    struct notify *n = arena_new(r->arena, struct notify);

    if (look(r, n, e))
        return req_aside(r, carry_out, e);
    note(r, n, e->key);
    return false;
}

const struct route payment_routes[] = {
    {GET, "/api/v1/payment-providers", PERM_SIGNED_IN, BODY_NONE, get_providers, NULL, 0,
     "Payment providers; to administrators with how they are set up", "payment_providers"},
    {PUT, "/api/v1/payment-providers/{name}", PERM_ADMIN, BODY_JSON, put_provider, NULL, 0,
     "Set up a payment provider", "payment_provider"},
    {GET, "/api/v1/payment-providers/{name}/calls", PERM_ADMIN, BODY_NONE, get_calls, NULL, 0,
     "What a provider told us last, and what became of it", "payment_calls"},
    {GET, "/api/v1/payment-providers/{name}/trial", PERM_ADMIN, BODY_NONE, get_trial, NULL, 0,
     "An address signed for one fen and an order that nobody made, to try a provider", "payment_trial"},
    {POST, "/api/v1/payments/{provider}/notify", PERM_PUBLIC, BODY_JSON, post_notify, req_aside_finish, 0,
     "A provider's signed call: an order was paid", "payment"},
    {GET, "/api/v1/payments/unmatched", PERM_ADMIN, BODY_NONE, get_stray_orders, NULL, 0,
     "Money that came and that no matter could take", "payments"},
    {POST, "/api/v1/records/{id}/payments", PERM_SIGNED_IN, BODY_JSON, post_order, NULL, 0,
     "Order to pay a matter: answers where the payer goes", "payment"},
    {GET, "/api/v1/records/{id}/payments", PERM_SIGNED_IN, BODY_NONE, get_orders, NULL, 0,
     "Orders to pay a matter", "payments"},
    {0},
};
