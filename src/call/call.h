/* call.h -- live links with the scene: two people who play a part in a matter see and hear one another.
 *
 * Picture and sound go from browser to browser (WebRTC). This room only brings them together: it rings, says
 * who answered, and carries what the browsers tell one another to find the way (signals), for as long as the
 * call lasts. All of it lies in rows, so the two may be served by different servers. What stays is said by
 * two commands through the door: that a call was made, and how it ended. */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "http/openapi.h"
#include "http/route.h"
#include "record/record.h"

enum {
    CALL_OPEN_MAX = 500,       /* of a district, at once */
    CALL_SIGNALS_MAX = 400,    /* of one call */
    CALL_SIGNALS_AT_ONCE = 20, /* of one request */
    CALL_SIGNAL_CHARS = 16000, /* of one signal */
    CALL_RECENT_MAX = 20,      /* calls of one person in CALL_RECENT_MS */
    CALL_RECENT_MS = 600000,
    CALL_RING_MS = 45000,   /* for so long it rings */
    CALL_SILENT_MS = 60000, /* a side not heard of for so long is gone */
    CALL_KEPT_MS = 3600000, /* rows of calls that are over */
};

enum call_state { CALL_UNSET = 0, CALL_RINGING, CALL_ACTIVE, CALL_ENDED };
struct call {
    struct uuid id, record, caller;
    struct uuid callee;   /* the party that is called: an account or an organisation */
    struct uuid answerer; /* the account that took it; nil: nobody yet */
    struct uuid caller_device, answerer_device;
    enum call_state state;
    const char *outcome; /* "ended", "missed", "declined", "cancelled", "lost"; "": not ended */
    int64_t asked_at, answered_at, ended_at, caller_seen, answerer_seen, signals;
    bool written; /* its end stands in the history */
};

/* --- rows; each in the caller's transaction --- */

/* *ret_found is false when there is none; texts in `a`. */
MUST_USE bool call_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a, struct call *ret,
                       bool *ret_found, struct err *e);
/* Those that are not over, at most CALL_OPEN_MAX; the list in `a`. */
MUST_USE bool call_list_open(struct sql_tx *tx, int64_t district, struct arena *a, struct call **ret,
                             size_t *ret_n, struct err *e);
/* Those that are over and not yet in the history. */
MUST_USE bool call_list_unwritten(struct sql_tx *tx, int64_t district, struct arena *a, struct call **ret,
                                  size_t *ret_n, struct err *e);
/* Those that ring for an account which has not declined. */
MUST_USE bool call_list_ringing(struct sql_tx *tx, int64_t district, struct uuid account, struct arena *a,
                                struct call **ret, size_t *ret_n, struct err *e);
/* Writes what changes in a call. */
MUST_USE bool call_set(struct sql_tx *tx, int64_t district, const struct call *c, struct err *e);
/* Ends it: signals and ringing go at once. */
MUST_USE bool call_finish(struct sql_tx *tx, int64_t district, struct call *c, const char *outcome,
                          int64_t at, struct err *e);
/* Whether one of `list` has the account in it, as caller or as who answered. */
bool call_engaged(const struct call *list, size_t n, struct uuid account);
/* The command that says in the history how a call ended: the same id each time. In `a`. */
struct command *call_end_command(const struct world *w, const struct call *c, const struct principal *who,
                                 int64_t now, struct arena *a) NEVER_NULL;

/* Ends what nobody answers and what has fallen silent, writes what is not in the history yet, removes old
 * rows. A server does this now and then; several at once do no harm. */
MUST_USE bool call_sweep(const struct services *s, int64_t now, struct err *e);

/* --- the way between two browsers --- */

/* Where browsers ask for their address (STUN) and whose help they have (TURN), for all calls of this process;
 * before the server starts. `servers` by commas, "stun:host:3478,turn:host:3478?transport=udp"; `secret_file`
 * holds the secret that the TURN server has as static-auth-secret. Either may be NULL. ERR_INVALID
 * "call.servers", "call.secret". */
MUST_USE bool relay_set(const char *servers, const char *secret_file, struct err *e);
enum { RELAY_NAME_MAX = 64, RELAY_WORD_MAX = 40, RELAY_SECONDS = 4 * 3600 };
/* A name and password that such a TURN server takes for RELAY_SECONDS from `now` (ms): the name is
 * "SECONDS:LABEL", the password base64(HMAC-SHA-1(secret, name)). */
void relay_credential(const char *secret, const char *label, int64_t now, char ret_name[RELAY_NAME_MAX],
                      char ret_word[RELAY_WORD_MAX]);
/* Member "ice": what RTCPeerConnection takes as iceServers. */
void relay_write(struct json_out *j, const char *label, int64_t now);

extern const struct route call_routes[];
extern const struct openapi_schema call_schemas[];
extern const struct sql_query call_queries[];
/* Prepares the statements of this room: at the start of a server. */
MUST_USE bool call_check(struct sql *db, struct err *e);

#endif
