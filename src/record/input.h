/* input.h -- JSON bodies to commands, checked against the kind's fields. What is
 * wrong with several members is told at once. Commands live in the request's arena. */
#ifndef RECORD_INPUT_H
#define RECORD_INPUT_H

#include "engine/engine.h"
#include "http/route.h"

/* Where input comes from: an HTTP request, or an import. */
struct input {
    const struct world *world;
    const struct principal *who;
    struct arena *arena;
    int64_t now;
};
/* POST /records. A body without id gets one. */
MUST_USE bool input_raise(const struct input *in, struct json_object *body, struct command **ret,
                          struct err *e);
/* POST /records/{id}/{verb} on a record of `kind`. */
MUST_USE bool input_move(const struct input *in, const struct kind *kind, struct uuid target,
                         const char *verb, struct json_object *body, struct command **ret, struct err *e);
/* "fields": {name: value} into c->values, personal ones sealed for c's record. */
MUST_USE bool input_fields(const struct input *in, const struct kind *kind, struct json_object *fields,
                           struct command *c, struct err *e);

#endif
