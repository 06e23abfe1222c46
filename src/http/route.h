/* route.h -- what a feature tells the server about its HTTP surface, and what a
 * handler gets. The dispatcher owns the order
 *   match -> limits -> authenticate -> authorise -> CSRF -> decode -> handler
 *   -> (suspend until the writer answers -> finish) -> send;
 * a handler decodes, calls its feature, writes JSON. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/base.h"
#include "json/json_in.h"
#include "json/json_out.h"
#include "sql/sql.h"

enum method { METHOD_UNSET = 0, GET, POST, PUT, PATCH, DELETE, METHOD__MAX };

/* Who may call a route at all; what they may do with a certain record is the
 * engine's decision. PERM_UNSET is refused at start. */
enum perm {
    PERM_UNSET = 0,
    PERM_PUBLIC, /* anyone, signed in or not */
    PERM_CLAIM, /* any account, or whoever shows a claim (X-Wangge-Claim): what it is worth is for the handler
                 */
    PERM_SIGNED_IN, /* any account */
    PERM_STAFF,     /* holds at least one post */
    PERM_ADMIN,     /* role "admin" */
    PERM_MONITOR,   /* role "monitor" or "admin", or anyone on this machine (not through a proxy) */
    PERM__MAX,
};

enum body_kind { BODY_NONE = 0, BODY_JSON, BODY_FORM, BODY_UPLOAD };
enum lang { LANG_ZH = 0, LANG_EN };

struct principal;  /* identity/identity.h */
struct subscriber; /* http/stream.h */
struct stream_hub;
struct sessions;
struct privacy;
struct door;  /* record/record.h: the only way to change a matter */
struct world; /* engine/engine.h: packs, areas, people, calendar */

/* Everything a handler may reach; put together in app/. Each pointer is of a
 * type that its own layer defines. */
struct services {
    struct sql *db;
    struct stream_hub *hub;
    struct privacy *privacy;
    struct sessions *sessions;
    struct door *door;
    struct sql_group
        *beside;      /* writes that are no commands and share transactions; NULL where nobody serves */
    int64_t district; /* 330803 */
    int offset_min;   /* local time east of UTC */
    const char *data_dir;
    int64_t started_at;
    void *owner; /* app/'s own: the opened district */
    /* How far the history has come, without asking the database: at least what this server has committed, and
     * what others have up to a moment ago. -1: not known. */
    int64_t (*known_seq)(const struct services *s);
    /* The current snapshot; stays valid for at least ten minutes after the call. */
    const struct world *(*world)(const struct services *s);
    /* Makes a new snapshot after areas, people, packs or the calendar changed. */
    bool (*reload)(const struct services *s, struct err *e);
};

struct param {
    const char *name, *value; /* value "" when empty */
};

/* One received file of a multipart request, already on disk and hashed. */
struct upload {
    const char *field, *filename, *content_type; /* as the client said: do not trust */
    const char *path; /* temporary file; removed after the request unless renamed */
    int64_t size;
    uint8_t sha256[32];
};

/* One request. `arena` and everything in it live until the answer is sent. */
struct req {
    struct arena *arena;
    const struct services *services;
    const struct route *route;
    const struct principal *who; /* never NULL; an anonymous principal if not signed in */
    enum lang lang;
    int64_t now;        /* when it arrived */
    const char *client; /* peer address, for rate limits (X-Forwarded-For only from a trusted proxy) */
    const char *path;
    const char *path_param[4]; /* {..} parts, in order, percent-decoded */
    struct param query[32];    /* and form fields of BODY_FORM / BODY_UPLOAD */
    size_t n_query;
    const char *body; /* raw, NUL-terminated; "" if none */
    size_t body_len;
    struct json_object *json; /* BODY_JSON: parsed object, never NULL then */
    struct upload *uploads;
    size_t n_uploads;
    int64_t if_match;          /* version from If-Match, -1 if none */
    const char *last_event_id; /* NULL if none */

    /* the answer */
    struct json_out out;
    int status;               /* 200 unless set */
    const char *content_type; /* "application/json" unless set */
    struct param headers[8];  /* further headers, arena strings */
    size_t n_headers;
    const char *raw; /* answer these bytes instead of `out` (arena or static) */
    size_t raw_len;
    const char *file_path;     /* or send this file */
    struct subscriber *stream; /* or turn into a live stream */
    void *state;               /* carried from handler to finish */
    bool pending;              /* set by a handler that waits for req_wake() */
};

typedef bool handler_fn(struct req *r, struct err *e) MUST_USE;

struct route {
    enum method method;
    const char *path; /* "/api/v1/records/{id}" */
    enum perm perm;   /* never PERM_UNSET */
    enum body_kind body;
    handler_fn *handler;
    handler_fn *finish;  /* runs after req_wake(), when the handler set r->pending */
    size_t max_body;     /* 0: LIMIT_BODY_BYTES */
    const char *summary; /* one line for the OpenAPI document */
    const char *answer;  /* name of the schema it answers with, for the OpenAPI document; NULL: none */
};

/* The value of a query parameter, NULL if absent or empty. */
const char *req_query(const struct req *r, const char *name);
/* ERR_INVALID naming the parameter when it is not a whole number in min..max. */
MUST_USE bool req_query_int(const struct req *r, const char *name, int64_t min, int64_t max, int64_t fallback,
                            int64_t *ret, struct err *e);
/* A date, YYYY-MM-DD: the instant at which it begins where the district is, or the day `after` days later.
 * ERR_INVALID "input.date" naming the parameter. */
MUST_USE bool req_query_day(const struct req *r, const char *name, int after, int64_t fallback, int64_t *ret,
                            struct err *e);
/* A moment that is over, RFC 3339, as UTC milliseconds; 0 if absent or still to come. ERR_INVALID
 * "input.time" naming the parameter. */
MUST_USE bool req_query_moment(const struct req *r, const char *name, int64_t *ret, struct err *e);
/* Path parameter i as a UUID; ERR_NOT_FOUND "http.id" if it is none. */
MUST_USE bool req_uuid(const struct req *r, int i, struct uuid *ret, struct err *e);
void req_header(struct req *r, const char *name, const char *value);
/* A header the client sent, NULL if absent; lives as long as the request. */
const char *req_header_in(const struct req *r, const char *name);
/* Called once from any thread when what a pending request waited for has
 * happened; the request goes on in finish(). */
void req_wake(struct req *r);

/* For handlers that take long: `work` runs once in a thread of its own, with the request to itself, and
 * writes the answer; the route's `finish` is req_aside_finish(). ERR_BUSY "http.aside" when LIMIT_ASIDE run
 * already. */
MUST_USE bool req_aside(struct req *r, handler_fn *work, struct err *e);
MUST_USE bool req_aside_finish(struct req *r, struct err *e);

/* Bearer token or session cookie -> principal, permissions. Given by app/. */
struct http_auth {
    /* token is NULL for anonymous callers. *ret_who lives as long as the request
     * (arena or pinned). ERR_UNKNOWN "auth.token" for a token that is no good. */
    bool (*authenticate)(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret_who, struct err *e);
    bool (*permits)(const struct principal *who, enum perm p);
};

/* A file of the embedded browser side. */
struct asset {
    const char *path; /* "/assets/index-3f2a.js" */
    const char *content_type;
    const unsigned char *bytes; /* as stored: gzip if `gzip` */
    size_t size;
    bool gzip, immutable; /* immutable: the name carries a content hash */
};

struct http_config {
    const char *listen; /* "127.0.0.1:8311", "[::1]:0" */
    int threads;        /* event loops; 0: one a core */
    const struct services *services;
    const struct http_auth *auth;
    const struct route *const *routes; /* tables, each ended by a row with METHOD_UNSET */
    size_t n_tables;
    const struct asset *assets;
    size_t n_assets;
    /* Which asset answers a path that is no file: "/desk/…" -> "/desk.html". NULL: 404. */
    const char *(*page)(const char *path);
    const char *upload_dir;
    /* Hosts beside our own that pages may load pictures from, each with a space before it; NULL or "": none.
     */
    const char *image_hosts;
    bool trust_proxy;
    /* Schemas of the answers for the OpenAPI document (http/openapi.h): tables, each
     * ended by a row without a name. May be NULL. */
    const struct openapi_schema *const *schemas;
    size_t n_schema_tables;
    int header_seconds, body_seconds; /* absolute deadlines; 0: LIMIT_…_SECONDS */
};

struct http_server;
/* Checks every route (permission set, no duplicates) and starts listening. */
MUST_USE bool http_start(const struct http_config *c, struct http_server **ret, struct err *e);
/* Whether http_start() could listen there now. ERR_INVALID or ERR_BUSY "http.listen". */
MUST_USE bool http_may_listen(const char *listen, struct err *e);
int http_port(const struct http_server *s);
/* From now on each answer is the last of its connection: those who come back go to another server. */
void http_drain(struct http_server *s);
/* Stops accepting, closes streams, lets running requests end (at most grace_ms; one that
 * waits for req_wake() is always waited for, because the waker still holds it). */
void http_stop(struct http_server **ref, int grace_ms);

/* What the server has done since it started, as lines for Prometheus (base/metric.h). */
void http_metrics(const struct http_server *s, struct buf *out);

/* The same path without a socket, for tests and fuzzers: runs the request to
 * its end, waiting if it is pending. *ret_body is malloc()ed. */
struct http_call {
    enum method method;
    const char *target; /* path and query */
    const char *token;  /* NULL: anonymous */
    const char *content_type, *body;
    size_t body_len;
    const char *accept_language;
    int64_t now;                 /* 0: the wall clock */
    const struct param *headers; /* further request headers */
    size_t n_headers;
};
int http_dispatch(const struct http_config *c, const struct http_call *call, char **ret_body,
                  size_t *ret_len);

#endif
