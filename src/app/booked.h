/* booked.h -- for tests: parking spaces and bookings of them. */
#ifndef APP_BOOKED_H
#define APP_BOOKED_H

#include "app/fixture.h"

/* POST /records, decoded and not yet sent. */
static inline struct command *raise_of(struct fixture *f, const char *login, int64_t at, const char *kind,
                                       const char *json)
{
    AUTO(json_free) struct json_object *body = body_of(json);
    const struct input in = input_of(f, login, at);
    struct command *c = NULL;
    char id[UUID_TEXT_MAX];

    f->err = (struct err){0};
    uuid_format(rng_uuid(&f->rng, at), id);
    (void)json_object_object_add(body, "kind", json_object_new_string(kind));
    (void)json_object_object_add(body, "id", json_object_new_string(id));
    check(input_raise(&in, body, &c, &f->err));
    c->has_place = true;
    c->lng = f->lng;
    c->lat = f->lat;
    f->last = c->id;
    return c;
}

static inline struct uuid space(struct fixture *f, int64_t at, const char *more)
{
    static int n;

    is(send(f, raise_of(f, "clerk", at, "parking_space",
                        arena_printf(f->arena, "{\"fields\":{\"estate\":\"红树湾\",\"space_no\":\"%d\"%s}}",
                                     ++n, more))),
       "");
    return f->last;
}

static inline struct command *book(struct fixture *f, int64_t at, struct uuid what, int64_t from, int64_t to)
{
    char id[UUID_TEXT_MAX], a[RFC3339_MAX], b[RFC3339_MAX];

    uuid_format(what, id);
    rfc3339_format(from, 480, a);
    rfc3339_format(to, 480, b);
    return raise_of(f, "resident", at, "parking_booking",
                    arena_printf(f->arena,
                                 "{\"fields\":{\"space\":\"%s\",\"from_at\":\"%s\",\"to_at\":\"%s\"}}", id, a,
                                 b));
}

#endif
