/* payment.h -- paying a matter through a payment provider. An order names the matter and the amount; the
 * payer is sent to the provider with it, signed by us; what was paid comes back as a call signed by the
 * provider, which is checked (signature, time, order, amount) and then makes the move that the kind's pay:
 * names, once, through the door. Nothing that a browser says is believed. */
#ifndef PAYMENT_PAYMENT_H
#define PAYMENT_PAYMENT_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/route.h"
#include "record/record.h"

extern const struct route payment_routes[];
extern const struct openapi_schema payment_schemas[];
extern const struct sql_query payment_queries[];
/* Prepares the statements of this room. */
MUST_USE bool payment_check(struct sql *db, struct err *e);

/* --- inside this room --- */

enum scheme { SCHEME_UNSET = 0, SCHEME_HMAC, SCHEME_RSA };
struct provider {
    const char *name, *title, *url;
    struct uuid id;
    bool active;
    enum scheme scheme;
    const char *secret; /* sealed */
    const char *public_key;
    int64_t version;
};
const char *scheme_name(enum scheme s);
/* *ret_there false: there is none of that name. */
MUST_USE bool provider_get(struct req *r, struct sql_tx *tx, const char *name, struct provider *ret,
                           bool *ret_there, struct err *e);

struct order {
    struct uuid id, record, by;
    const char *provider, *state, *reference, *why;
    int64_t amount, at, paid_at;
};
MUST_USE bool order_get(struct req *r, struct sql_tx *tx, struct uuid id, struct order *ret, bool *ret_there,
                        struct err *e);
struct order order_row(const struct sql_rows *rows, struct arena *a);
void order_write(struct req *r, const char *key, const struct order *o);
/* Where the payer goes, signed. */
MUST_USE bool order_url(struct req *r, const struct provider *p, const struct order *o, const char **ret,
                        struct err *e);

/* What a provider told us, and what became of it: outcome "" when it was taken, else the refusal's key. */
struct payment_told {
    const char *provider, *outcome, *reference;
    struct uuid order;
    int64_t amount;
};
/* Keeps the last twenty of a provider. What cannot be kept is logged. */
void payment_note_call(struct req *r, const struct payment_told *c);

/* Signs `text` for the provider: lower-case hex of HMAC-SHA-256, or base64 of RSA with SHA-256 (PKCS #1
 * v1.5). ERR_INTERNAL "payment.key" when the key is none. */
MUST_USE bool payment_sign(const struct req *r, const struct provider *p, const char *text, const char **ret,
                           struct err *e);
/* Whether `signature` is the provider's over the text. */
MUST_USE bool payment_verify(const struct req *r, const struct provider *p, const char *text, size_t n,
                             const char *signature, bool *ret, struct err *e);
/* What a provider says in the body of a call. */
struct payment_call {
    struct uuid order;
    int64_t amount;
    const char *status, *reference;
};
MUST_USE bool payment_call_read(struct json_object *body, struct payment_call *ret, struct err *e);
/* What a call is signed over: the time in seconds, a full stop, the body as it came. False: that is no time.
 */
MUST_USE bool payment_signed_text(struct arena *a, const char *time, const char *body, int64_t *ret_seconds,
                                  const char **ret);
/* Whether a PEM text holds such a key. */
bool payment_key_ok(const char *pem, bool private_key);

bool put_provider(struct req *r, struct err *e) MUST_USE;
bool get_providers(struct req *r, struct err *e) MUST_USE;
bool post_order(struct req *r, struct err *e) MUST_USE;
bool get_orders(struct req *r, struct err *e) MUST_USE;
bool get_stray_orders(struct req *r, struct err *e) MUST_USE;
bool get_calls(struct req *r, struct err *e) MUST_USE;
bool get_trial(struct req *r, struct err *e) MUST_USE;
bool post_notify(struct req *r, struct err *e) MUST_USE;

#endif
