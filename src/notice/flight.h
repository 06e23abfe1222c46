/* flight.h -- one request under way, by libcurl. Inside this folder only. */
#ifndef NOTICE_FLIGHT_H
#define NOTICE_FLIGHT_H

#include "notice/letter.h"
#include "notice/outbox.h"

#include <curl/curl.h>

struct flight {
    struct outbox_row row;
    struct channel channel; /* of it: id, type, expects */
    struct arena *arena;    /* all that the request is made of */
    CURL *h;
    struct curl_slist *headers, *to;
    const char *host, *allowed;
    bool by_proxy; /* it is the proxy that connects there */
    const char *body;
    size_t n_body, sent;
    struct buf answer;
    bool refused, too_long; /* a private address; more answer than we read */
    char error[CURL_ERROR_SIZE];
    struct flight *next; /* the sender's */
};
/* What came of it. */
struct landing {
    enum fate fate;
    int64_t retry_after_s; /* they asked for that pause; 0: not */
    char why[FAIL_MAX];
};
/* For a row; `f->arena` is there for what the request is made of. */
struct flight *flight_create(const struct outbox_row *row, const struct channel *c) NEVER_NULL;
void flight_free(struct flight **f);
/* Makes the request; `allowed` are the hosts that may be private, `proxy` is what leads to the others (NULL
 * or "": we go ourselves; mail always does). ERR_INVALID when it may not be made. */
MUST_USE bool flight_prepare(struct flight *f, const struct parcel *p, const char *allowed, const char *proxy,
                             struct err *e);
void flight_land(const struct flight *f, CURLcode code, struct landing *ret);

#endif
