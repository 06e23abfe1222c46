/* handlers.h -- what the routes of this room call. Inside this folder only. */
#ifndef CALL_HANDLERS_H
#define CALL_HANDLERS_H

#include "call/call.h"

handler_fn call_start, call_started;            /* POST /records/{id}/calls */
handler_fn call_answer, call_end, call_ended;   /* POST /calls/{id}/answer, /end */
handler_fn calls_mine, call_show, call_signals; /* GET /calls, GET /calls/{id}, POST /calls/{id}/signals */

/* The call as the caller of the request may know it, for everybody concerned: "call.not_found" for others. */
MUST_USE bool call_of(struct req *r, struct sql_tx *tx, struct uuid id, struct call *ret, struct err *e);
/* Whether the caller of the request made it or took it. */
bool call_is_theirs(const struct req *r, const struct call *c);
/* Its matter, which the caller of the request sees and plays a part in: ERR_DENIED "call.left" otherwise. */
MUST_USE bool call_matter(struct req *r, struct sql_tx *tx, const struct call *c, struct record **ret,
                          struct err *e);
/* The members of a call, with those of its matter if `rec` is given, and the relays for those who are in it.
 */
void call_write(struct req *r, const struct call *c, const struct record *rec);

#endif
