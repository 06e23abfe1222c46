/* exchange.h -- inside http/ only: one request on its way, whatever carries it
 * (a socket, or http_dispatch). The carrier calls, in order: exchange_create,
 * exchange_begin, exchange_feed for each piece of the body, exchange_run; when
 * that says false it waits for `resume` and calls exchange_run again; then it
 * sends what x->r holds. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/buf.h"
#include "http/multipart.h"
#include "http/route.h"
#include "http/router.h"
#include "http/traffic.h"

#include <stdatomic.h>

struct core {
    struct http_config c;
    struct router *router;
    _Atomic uint64_t *etags;     /* by asset; 0: not computed yet */
    const struct asset **assets; /* by path */
    struct traffic *traffic;
    _Atomic uint64_t pending;
    atomic_bool stopping, draining;
};
MUST_USE bool core_create(const struct http_config *c, struct core **ret, struct err *e);
void core_free(struct core **core);

/* How far the waker and the carrier are; whoever comes second makes it go on. */
enum wake { WAKE_NONE = 0, WAKE_ASLEEP, WAKE_DONE };

struct exchange {
    struct req r; /* first: req_wake() gets only this */
    struct core *core;
    const char *(*header)(const struct exchange *x, const char *name);
    void (*resume)(struct exchange *x);
    void *carrier;                /* the carrier's own: MHD connection, http_call */
    bool head;                    /* HEAD: like GET, without the body */
    bool begun, settled, started; /* settled: the answer is in r */
    bool cookie;                  /* the token came from a cookie */
    bool local;                   /* asked from this machine, not through a proxy */
    bool gzip;                    /* the client takes gzip */
    atomic_int wake;
    size_t max_body, seen_body;
    size_t place;     /* in the traffic: which route it took */
    int64_t begun_us; /* when its header was there */
    struct buf body;
    struct multipart *mp;
    struct upload_set *uploads;
    int fd; /* of file_path, -1 */
    int64_t file_from, file_len;
};

struct exchange *exchange_create(struct core *core, const char *target) NEVER_NULL;
void exchange_free(struct exchange **ref);
void exchange_begin(struct exchange *x, const char *method);
void exchange_feed(struct exchange *x, const char *bytes, size_t n);
/* False: it waits for req_wake(). The carrier then gives up the processor only if
 * exchange_sleep() says so, and calls this again when resumed. */
bool exchange_run(struct exchange *x);
/* Whoever asked for an exchange that waits has gone: what it waits for is taken and given back, the answer is
 * nobody's. Its carrier does not hear of it any more. */
void exchange_abandon(struct exchange *x);
/* False: it was woken meanwhile, go on at once. */
bool exchange_sleep(struct exchange *x);
/* Makes the answer a problem document; `status` 0: by the error's code. */
void exchange_fail(struct exchange *x, const struct err *e, int status);

/* request.c: target, query, path parameters, language, credentials. */
MUST_USE bool request_target(struct exchange *x, const char *target, struct err *e);
MUST_USE bool request_params(struct exchange *x, const struct match *m, struct err *e);
MUST_USE bool request_form(struct exchange *x, char *text, struct err *e); /* a=b&c=d into r.query */
MUST_USE bool request_add(struct req *r, const char *name, const char *value, struct err *e);
const char *request_token(struct exchange *x);
enum lang request_lang(const char *query, const char *accept);
bool request_accepts_gzip(const char *accept_encoding);
int64_t request_if_match(const char *s);
bool request_is(const char *content_type, const char *mime);
/* From this machine and not through a proxy. */
bool request_is_local(const struct exchange *x);

/* static.c */
bool static_answer(struct exchange *x); /* false: no such asset or page */

/* upload.c: parts of a multipart request into temporary files. */
struct upload_set;
MUST_USE bool upload_begin(struct exchange *x, const char *content_type, struct err *e);
MUST_USE bool upload_end(struct exchange *x, struct err *e);
void upload_free(struct upload_set **ref);

/* sendfile.c: file_path as answer, whole or a range of it. */
void sendfile_prepare(struct exchange *x);

#endif
