/* notice.h -- how notices leave our own screens: Web Push, webhooks, robots of chats, SMS gateways, mail.
 *
 * What is to be sent becomes a row of `outbox` in the transaction of the command that it tells of; a thread
 * sends, with libcurl, and writes down what came of it. A row is claimed for as long as a try may take, so it
 * is sent by one server at a time; one that ends in the middle leaves it to be sent again, with the same id:
 * nothing is lost, and who receives it can tell a repetition (docs/operations/notices.md). */
#ifndef NOTICE_NOTICE_H
#define NOTICE_NOTICE_H

#include "http/openapi.h"
#include "http/route.h"
#include "record/record.h"

struct sender;
struct sender_options {
    struct sql *db;
    int64_t district;
    const struct world *(*world)(void *ctx); /* the current snapshot, from the sender's thread */
    /* Whether this server sends now; NULL: it always does. */
    bool (*in_charge)(void *ctx);
    void *ctx;
    const char *private_targets; /* hosts, by commas, that may lie in private networks or speak plain HTTP;
                                    NULL: none */
    const char *proxy;      /* by which public addresses are reached, "http://proxy:3128"; NULL: directly */
    const char *public_url; /* "https://wg.example.cn": how links begin; NULL: none are made */
    bool alone;             /* nobody else sends: what was in hand when the last server ended is free */
};
/* ERR_INTERNAL "notice.thread"; prepares the statements of this room. One a process and district. */
MUST_USE bool sender_start(const struct sender_options *o, struct sender **ret, struct err *e);
/* Lets what is under way end, for some seconds. */
void sender_stop(struct sender **s);
/* Whether it can be a proxy: http, https, socks5 or socks5h, a host, perhaps a port and who we are. NULL or
 * "" is none. ERR_INVALID "notice.proxy". */
MUST_USE bool sender_proxy_ok(const char *proxy, struct err *e);
/* Something was committed: looks whether there is anything to send. Any thread; NULL is nobody. */
void sender_wake(struct sender *s);

/* Writes the rows of `outbox` in the transaction of each batch. Nothing while no sender runs in this process
 * or no channel is active: imports and simulations tell nobody. */
extern const struct door_observer notice_observer;

/* A channel that has failed for a while, for `wangge doctor`. */
enum { NOTICE_FAILURES_MANY = 5 };
struct channel_trouble {
    const char *title, *why; /* of the last failure */
    int64_t failures, ok_at;
};
/* *ret in `a`: active channels with NOTICE_FAILURES_MANY failures since they last took something. */
MUST_USE bool notice_troubles(struct sql *db, int64_t district, struct arena *a,
                              const struct channel_trouble **ret, size_t *ret_n, struct err *e);

/* What waits although its time has come, for /metrics; counts up to NOTICE_COUNTED. */
enum { NOTICE_COUNTED = 100000 };
MUST_USE bool notice_waiting(struct sql *db, int64_t district, int64_t now, int64_t *ret_n,
                             int64_t *ret_oldest_ms, struct err *e);
struct metric;
extern struct metric *const notice_metrics[]; /* ended by NULL */

extern const struct route channel_routes[], reach_routes[];
extern const struct openapi_schema notice_schemas[];
extern const struct sql_query notice_queries[];

#endif
