/* Nothing is given twice, whatever the order and however commands share batches; what can be given is; crew()
 * sends whoever is free and near. */
#include "app/booked.h"
#include "app/verify.h"
#include "booking/booking.h"

#include <stdlib.h>

enum { MINUTE = 60000, HOUR = 3600000, SPACES = 5, ASKED = 400, SLOTS = 32, SLOT_MIN = 15 };
#define MORNING "2026-10-12T07:00:00+08:00"

static const struct sql_query forget_one = {"test.forget_one",
                                            "DELETE FROM booking WHERE district = $1 AND record IN (SELECT "
                                            "record FROM booking WHERE district = $1 LIMIT 1)",
                                            1, true, false};
static const struct sql_query shift_one = {
    "test.shift_one",
    "UPDATE booking SET from_at = from_at - 86400000 WHERE district = $1 AND record IN "
    "(SELECT record FROM booking WHERE district = $1 ORDER BY record DESC LIMIT 1)",
    1, true, false};

struct heard {
    struct arena *a;
    const char *first;
};

static void hear(void *ctx, const char *what)
{
    struct heard *h = ctx;

    if (h->first == NULL)
        h->first = arena_strdup(h->a, what);
}

static int64_t verify(struct fixture *f, const char **first)
{
    struct heard h = {.a = f->arena};
    struct verify_result r;
    struct err e = {0};

    check(verify_district(f->d, false, hear, &h, &r, &e));
    *first = h.first;
    return r.differences;
}

/* --- one after another --- */

TEST(taken_says_what_else_there_is)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING), nine = t + 2 * HOUR;
    struct uuid one = space(f, t, ""), hours = space(f, t, ",\"hours\":\"08:00-18:00\"");

    is(send(f, book(f, t, one, nine, nine + HOUR)), "");
    is(send(f, book(f, t, one, nine + 59 * MINUTE, nine + 2 * HOUR)), "booking.next");
    is(f->err.key, "booking.taken");
    check(f->err.code == ERR_CONFLICT && strstr(f->err.details[0].zh, "10:00") != NULL);
    /* The other one is free at that time, and nobody is named. */
    check(f->err.n_details >= 2 && strcmp(f->err.details[1].key, "booking.other") == 0);
    for (size_t i = 0; i < f->err.n_details; i++)
        check(strstr(f->err.details[i].zh, "李") == NULL);
    is(send(f, book(f, t, one, nine + HOUR, nine + 2 * HOUR)), "");
    is(send(f, book(f, t, hours, nine + 8 * HOUR, nine + 10 * HOUR)), "booking.closed");
    is(send(f, book(f, t, hours, nine, nine)), "booking.order");
}

TEST(released_moved_and_given_again)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-10-13T07:00:00+08:00"), nine = t + 2 * HOUR;
    struct uuid s = space(f, t, ""), first, second;
    char to[RFC3339_MAX];

    is(send(f, book(f, t, s, nine, nine + HOUR)), "");
    first = f->last;
    is(send(f, book(f, t, s, nine + 2 * HOUR, nine + 3 * HOUR)), "");
    second = f->last;
    rfc3339_format(nine + 2 * HOUR + MINUTE, 480, to);
    is(act(f, "resident", t, first, "extend", arena_printf(f->arena, "{\"fields\":{\"to_at\":\"%s\"}}", to)),
       "booking.next");
    rfc3339_format(nine + 2 * HOUR, 480, to);
    is(act(f, "resident", t, first, "extend", arena_printf(f->arena, "{\"fields\":{\"to_at\":\"%s\"}}", to)),
       "");
    is(act(f, "resident", t, second, "cancel", "{}"), "");
    is(send(f, book(f, t, s, nine + 2 * HOUR, nine + 4 * HOUR)), "");
    /* Nobody came: half an hour later the clock releases it. */
    (void)clocks_until(f, nine + 31 * MINUTE);
    is(record_now(f, first)->state->name, "released");
    is(send(f, book(f, nine + 35 * MINUTE, s, nine + HOUR, nine + 2 * HOUR)), "");
}

/* --- many at once --- */

struct asked {
    int space, from, to; /* slots */
    struct uuid id;
    bool given;
};

static bool model_free(const struct asked *list, int n, const struct asked *one)
{
    for (int i = 0; i < n; i++)
        if (list[i].given && list[i].space == one->space && list[i].from < one->to && one->from < list[i].to)
            return false;
    return true;
}

/* Batches of any size: what the batch itself has given counts as what the database has. */
TEST(never_twice_and_all_that_could_be)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-10-14T07:00:00+08:00"), day = t + HOUR;
    static struct asked all[ASKED];
    const struct command *cs[ASKED];
    struct outcome out[ASKED];
    struct uuid spaces[SPACES];
    const char *first;
    int given = 0;

    for (int i = 0; i < SPACES; i++)
        spaces[i] = space(f, t, "");
    for (int done = 0, n; done < ASKED; done += n) {
        n = 1 + (int)rng_below(&f->rng, 40);
        n = n < ASKED - done ? n : ASKED - done;
        for (int i = 0; i < n; i++) {
            struct asked *one = &all[done + i];

            one->space = (int)rng_below(&f->rng, SPACES);
            one->from = (int)rng_below(&f->rng, SLOTS);
            one->to = one->from + 1 + (int)rng_below(&f->rng, 6);
            cs[i] = book(f, t, spaces[one->space], day + (int64_t)one->from * SLOT_MIN * MINUTE,
                         day + (int64_t)one->to * SLOT_MIN * MINUTE);
            one->id = f->last;
        }
        check(door_calls(f->d->door, cs, (size_t)n, out, &f->err));
        for (int i = 0; i < n; i++) {
            all[done + i].given = false;
            check(out[i].ok == model_free(all, done + i, &all[done + i]));
            all[done + i].given = out[i].ok;
            given += out[i].ok;
            outcome_free(&out[i]);
        }
        /* Now and then somebody cancels, and that is free again. */
        for (int i = 0; i < done + n; i++)
            if (all[i].given && rng_below(&f->rng, 40) == 0) {
                is(act(f, "resident", t, all[i].id, "cancel", "{}"), "");
                all[i].given = false;
            }
    }
    check(given > SPACES * 4);
    check(verify(f, &first) == 0);
    if (first != NULL)
        (void)printf("# %s\n", first);
}

/* --- who is sent --- */

static const struct account *worker_of(struct fixture *f, struct uuid order)
{
    const struct record *r = record_now(f, order);

    for (size_t i = 0; i < r->n_parties; i++)
        if (strcmp(r->parties[i].role->name, "worker") == 0)
            return directory_account(district_world(f->d)->people, r->parties[i].account);
    return NULL;
}

static void employ(struct fixture *f, const char *login)
{
    const struct new_account a = {.id = rng_uuid(&f->rng, 0), .login = login, .name = login, .sample = true};
    struct post p = {.role = "electrician", .area = "330803001"};

    check(account_add(f->d->db, f->d->privacy, f->d->code, &a, 0, &p.account, &f->err) &&
          post_add(f->d->db, f->d->code, &p, 0, &f->err) && district_reload(f->d, &f->err));
}

static struct uuid order(struct fixture *f, int64_t at)
{
    is(send(f, raise_of(f, "resident", at, "service_order", "{\"fields\":{\"service\":\"B1\"}}")), "");
    return f->last;
}

static void work(struct fixture *f, struct uuid id, int64_t at, double off)
{
    const char *login = worker_of(f, id)->login;

    is(act(f, login, at, id, "accept", "{}"), "");
    is(act(f, login, at, id, "arrive",
           arena_printf(f->arena, "{\"here\":{\"lng\":%f,\"lat\":%f}}", f->lng + off, f->lat)),
       "");
    is(act(f, login, at, id, "finish", "{}"), "");
    is(act(f, "resident", at, id, "confirm", "{\"fields\":{\"score\":5}}"), "");
}

TEST(whoever_is_free_and_near)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-10-15T09:00:00+08:00");
    struct uuid a, b, c, d;

    employ(f, "lamp-one");
    employ(f, "lamp-two");
    a = order(f, t);
    b = order(f, t);
    check(worker_of(f, a) != NULL && worker_of(f, a) != worker_of(f, b)); /* the free one */
    work(f, a, t + HOUR, 0.001);
    work(f, b, t + HOUR, 0.5);
    c = order(f, t + 2 * HOUR); /* both free: the near one */
    is(worker_of(f, c)->login, worker_of(f, a)->login);
    d = order(f, t + 2 * HOUR); /* he has that one to do: the other, however far */
    is(worker_of(f, d)->login, worker_of(f, b)->login);
}

/* --- verify --- */

static void spoil(struct fixture *f, const struct sql_query *q)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) && sql_run(tx, q, &e, SQL_INT(f->d->code)) &&
          sql_commit(&tx, &e));
}

static void rebuild(struct fixture *f)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};
    int64_t over = -1;

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) && booking_rebuild(tx, district_world(f->d), &over, &e) &&
          over == 0 && sql_commit(&tx, &e));
}

TEST(verify_recounts)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-10-16T07:00:00+08:00");
    struct uuid s = space(f, t, "");
    const char *first;

    is(send(f, book(f, t, s, t + HOUR, t + 2 * HOUR)), "");
    is(send(f, book(f, t, s, t + 2 * HOUR, t + 3 * HOUR)), "");
    check(verify(f, &first) == 0);
    spoil(f, &shift_one);
    check(verify(f, &first) > 0 && first != NULL && strstr(first, "booking") != NULL);
    spoil(f, &forget_one);
    check(verify(f, &first) > 0);
    rebuild(f);
    check(verify(f, &first) == 0);
}
