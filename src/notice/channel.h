/* channel.h -- a way on which notices leave, as its row says; who wants what on which. Inside this folder
 * only. */
#ifndef NOTICE_CHANNEL_H
#define NOTICE_CHANNEL_H

#include "engine/engine.h"
#include "identity/account.h"
#include "notice/webpush.h"

enum channel_type {
    CHANNEL_UNSET = 0,
    CHANNEL_PUSH,
    CHANNEL_WEBHOOK,
    CHANNEL_DINGTALK,
    CHANNEL_WECOM,
    CHANNEL_FEISHU,
    CHANNEL_SMS,
    CHANNEL_MAIL,
    CHANNEL__MAX
};
const char *channel_type_name(enum channel_type t);
enum channel_type channel_type_of(const char *name); /* CHANNEL_UNSET: none of that name */
/* Push, SMS and mail go to a person who has an address there; the others to a group or a machine. */
bool channel_is_personal(enum channel_type t);

enum { CHANNELS_MAX = 64, WHAT_MAX = 64 };
struct channel {
    struct uuid id, org, by_whom;
    enum channel_type type;
    bool active, detail;
    const char *title, *what, *kinds, *sender, *login, *header, *body, *expects, *place, *public_key;
    const char *url, *secret; /* sealed */
    int64_t per_minute, version, at, ok_at, fail_at, failures;
    const char *fail;
};
/* A row of notice.channels and notice.channel_get, in `a`. */
struct channel channel_row(const struct sql_rows *rows, struct arena *a);
/* All of a district, at most CHANNELS_MAX. */
MUST_USE bool channels_read(struct sql_tx *tx, int64_t district, struct arena *a, struct channel **ret,
                            size_t *ret_n, struct err *e);
/* ERR_NOT_FOUND "channel.not_found". */
MUST_USE bool channel_read(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a,
                           struct channel *ret, struct err *e);
MUST_USE bool channel_put(struct sql_tx *tx, int64_t district, const struct channel *c, struct err *e);

/* What is secret, in the clear: for one sending. */
struct channel_secrets {
    const char *url, *secret;
};
MUST_USE bool channel_open(const struct channel *c, const struct privacy *pv, struct arena *a,
                           struct channel_secrets *ret, struct err *e);
/* The key of a push channel from its secret. */
MUST_USE bool channel_push_key(const struct channel *c, const char *secret, struct push_key *ret,
                               struct err *e);

/* "ask:rating" is of the sort "ask", "ring" and "call" of "ring". */
void what_sort(const char *what, char ret[WHAT_MAX]);
/* Whether it is told at once, whatever people have chosen. */
bool what_rings(const char *what);
/* Whether `word` stands in `list`, by commas. */
bool list_has(const char *list, const char *word);
/* Whether this channel carries such a notice of such a matter. `kind` NULL: of none. */
bool channel_carries(const struct channel *c, const char *what, const char *kind);

/* --- people --- */

enum { DEVICES_MAX = 10 };
struct reach {
    struct uuid account;
    int64_t quiet_from, quiet_to; /* minutes of the day */
    const char *wants;            /* "notify:push,ask:mail" */
    const char *mail;             /* sealed; "" none */
    bool mail_ok;
    int lang;                      /* enum lang */
    int64_t version, mail_version; /* the latter of the address alone */
};
extern const struct reach reach_default;
/* A row of notice.reach, in `a`. */
struct reach reach_row(const struct sql_rows *rows, struct arena *a);
MUST_USE bool reach_read(struct sql_tx *tx, int64_t district, struct uuid account, struct arena *a,
                         struct reach *ret, struct err *e);
/* A ring is always wanted. */
bool reach_wants(const struct reach *r, const char *what, enum channel_type t);
/* The end of their quiet hours if `at` lies in them, else 0. A ring does not ask. */
int64_t reach_quiet_until(const struct reach *r, int64_t at, int offset_min);
/* When the quiet hours that end then began. */
int64_t reach_quiet_since(const struct reach *r, int64_t until);

struct push_device {
    struct uuid id;
    const char *endpoint, *keys; /* sealed; keys: "P256DH AUTH" */
    const char *agent;
    int lang;
    int64_t at;
};
/* A row of notice.devices, in `a`. */
struct push_device device_row(const struct sql_rows *rows, struct arena *a);

#endif
