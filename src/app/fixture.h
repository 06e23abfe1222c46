/* fixture.h -- for tests: a sample district in memory, and words to tell a story in it. Commands
 * are the bodies that HTTP takes, acts are by the sample accounts with their real rights. */
#ifndef APP_FIXTURE_H
#define APP_FIXTURE_H

#include "app/app.h"
#include "app/people.h"
#include "base/clock.h"
#include "base/text.h"
#include "database.h"
#include "record/input.h"
#include "test.h"

#include <ftw.h>
#include <stdlib.h>

/* A place in the patrol's grid, found once. */
struct fixture {
    struct district *d;
    struct arena *arena;
    struct rng rng;
    struct err err;
    struct uuid last; /* what was raised last */
    double lng, lat;
    const char *grid;
};

/* NULL: memory. */
static inline const char *fixture_db(void)
{
    return test_postgres() != NULL ? test_database() : NULL;
}

/* One district for a whole program: making one takes a second. */
static inline struct fixture *fixture(void)
{
    static struct fixture f;

    if (f.d == NULL) {
        const struct district_options o = {.db = fixture_db(), .sync = SQL_SYNC_OFF};
        const struct area *grid;

        f.rng = rng_seed(1);
        f.arena = arena_create((size_t)2 << 30);
        if (!district_open(&o, &f.d, &f.err)) {
            (void)printf("Bail out! %s\n", f.err.en);
            exit(1);
        }
        grid = area_find(district_world(f.d)->areas, "330803001001001");
        f.grid = grid->code;
        f.lng = grid->lng;
        f.lat = grid->lat;
    }
    f.err = (struct err){0};
    return &f;
}

static inline int64_t instant(const char *text)
{
    int64_t ms = 0;

    check(rfc3339_parse(text, &ms));
    return ms;
}

static inline const struct principal *person(struct fixture *f, const char *login, int64_t at)
{
    const struct principal *p = &principal_anonymous;
    struct err e = {0};

    if (strcmp(login, "clock") == 0)
        return &principal_clock;
    check(strcmp(login, "anonymous") == 0 || person_by_login(f->d, login, at, f->arena, &p, &e));
    return p;
}

static inline struct record *record_now(struct fixture *f, struct uuid id)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct record *r = NULL;
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_READ, &tx, &e) &&
          record_load(tx, district_world(f->d), id, f->arena, &r, &e));
    return r;
}

/* Sends a command; "" or the key of the refusal (of its first detail, where it has some). */
static inline const char *send(struct fixture *f, const struct command *c)
{
    struct outcome out = {0};
    bool ok;

    f->err = (struct err){0};
    ok = door_call(f->d->door, c, &out, &f->err);
    outcome_free(&out);
    return ok ? "" : f->err.n_details > 0 ? f->err.details[0].key : f->err.key;
}

static inline struct json_object *body_of(const char *json)
{
    struct json_object *o = NULL;
    struct err e = {0};

    check(json_parse(json, strlen(json), &o, &e));
    return o;
}

static inline struct input input_of(struct fixture *f, const char *login, int64_t at)
{
    return (struct input){district_world(f->d), person(f, login, at), f->arena, at};
}

/* POST /records of an incident in the patrol's grid, unless the body says where. f->last is its id. */
static inline const char *report(struct fixture *f, const char *login, int64_t at, const char *json)
{
    AUTO(json_free) struct json_object *body = body_of(json);
    const struct input in = input_of(f, login, at);
    struct command *c = NULL;
    char id[UUID_TEXT_MAX];

    f->err = (struct err){0};
    uuid_format(rng_uuid(&f->rng, at), id);
    (void)json_object_object_add(body, "kind", json_object_new_string("incident"));
    (void)json_object_object_add(body, "id", json_object_new_string(id));
    if (!input_raise(&in, body, &c, &f->err))
        return f->err.n_details > 0 ? f->err.details[0].key : f->err.key;
    if (!c->has_place && c->area == NULL && json_object_object_get(body, "place") == NULL) {
        c->has_place = true;
        c->lng = f->lng;
        c->lat = f->lat;
    }
    f->last = c->id;
    return send(f, c);
}

/* POST /records/{id}/{verb}. The command it sent is in *ret, for those who want it again. */
static inline const char *act_as(struct fixture *f, const char *login, int64_t at, struct uuid id,
                                 const char *verb, const char *json, struct command **ret)
{
    AUTO(json_free) struct json_object *body = body_of(json);
    const struct input in = input_of(f, login, at);
    const struct record *r = record_now(f, id);

    *ret = NULL;
    f->err = (struct err){0};
    if (!input_move(&in, r == NULL ? packs_kind(district_world(f->d)->packs, "incident") : r->kind, id, verb,
                    body, ret, &f->err))
        return f->err.n_details > 0 ? f->err.details[0].key : f->err.key;
    (*ret)->id = rng_uuid(&f->rng, at);
    return send(f, *ret);
}

static inline const char *act(struct fixture *f, const char *login, int64_t at, struct uuid id,
                              const char *verb, const char *json)
{
    struct command *c;

    return act_as(f, login, at, id, verb, json, &c);
}

/* What clocks do until then, each at its own time. Returns how many rang. */
static inline int64_t clocks_until(struct fixture *f, int64_t until)
{
    int64_t next = 0, n = 0, did = 0, last = 0;
    struct err e = {0};

    while (timer_next(f->d->db, f->d->code, &next, &e) && next != 0 && next <= until &&
           (next != last || did > 0)) {
        last = next;
        check(timer_run_due(f->d->db, f->d->door, f->d->code, next, &did, &e));
        n += did;
    }
    return n;
}

/* The record's clock of that name; an empty one, and a failed check, if it never ran. */
static inline const struct clock *clock_named(const struct record *r, const char *name)
{
    static const struct pause no_pause = {.reason = ""};
    static const struct clock none = {.pauses = &no_pause};

    for (size_t i = 0; i < r->n_clocks; i++)
        if (strcmp(r->clocks[i].def->name, name) == 0)
            return &r->clocks[i];
    check(false); /* there is no clock of that name */
    return &none;
}

static inline const struct cel_value *field_of(const struct record *r, const char *name)
{
    return &r->values[kind_field(r->kind, name)->index];
}

/* The first column of the first row of a statement over the district. */
static inline int64_t one_int(struct fixture *f, const struct sql_query *q, const struct sql_arg *args,
                              size_t n)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};
    int64_t v = -1;

    if (sql_begin(f->d->db, SQL_READ, &tx, &e) && sql_query_n(tx, q, &rows, &e, args, n) && sql_next(rows))
        v = sql_int(rows, 0);
    check(e.key == NULL);
    return v;
}

#define is(text, wanted) text_is(text, wanted, __FILE__, __LINE__)
static inline void text_is(const char *text, const char *wanted, const char *file, int line)
{
    if (text != NULL && strcmp(text, wanted) == 0)
        return;
    test_failures++;
    (void)printf("# %s:%d: “%s”, not “%s”\n", file, line, text == NULL ? "(nothing)" : text, wanted);
}

/* --- on disk --- */

static inline int folder_remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static inline void folder_remove(const char *dir)
{
    check(nftw(dir, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

#endif
