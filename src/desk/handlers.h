/* handlers.h -- what the routes of this room call. Inside this folder only. */
#ifndef DESK_HANDLERS_H
#define DESK_HANDLERS_H

#include "desk/desk.h"

handler_fn saved_list, saved_put, saved_delete; /* /saved */
handler_fn presence_put, presence_delete;       /* /records/{id}/presence */
handler_fn caller_look;                         /* /callers */

#endif
