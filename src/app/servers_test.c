/* Several servers on one database, here in one process: clocks ring once, one is in charge, the same command
 * sent to all of them counts once. Run by test/support/postgres.py. */
#include "app/booked.h"

#include <pthread.h>
#include <unistd.h>

enum { SERVERS = 3, MATTERS = 20, MINUTE = 60000, HOUR = 3600000 };

static const struct sql_query rung = {
    "test.rung", "SELECT count(*) FROM entry WHERE district = $1 AND record = $2 AND verb = 'tick'", 2, false,
    false};
static const struct sql_query notices = {
    "test.notices", "SELECT count(*) FROM notice WHERE district = $1 AND record = $2", 2, false, false};
static const struct sql_query entries = {
    "test.entries", "SELECT count(*) FROM entry WHERE district = $1 AND record = $2", 2, false, false};

struct cluster {
    char db[TEST_DATABASE_BYTES], dir[32];
    struct district *d[SERVERS];
};

static struct district *open_one(struct cluster *c)
{
    const struct district_options o = {.dir = c->dir, .db = c->db, .threaded = true, .live = true};
    struct district *d = NULL;
    struct err e = {0};

    check(district_open(&o, &d, &e));
    return d;
}

static struct cluster the_cluster;

static void cluster_close(void)
{
    for (int i = 0; i < SERVERS; i++)
        district_close(&the_cluster.d[i]);
    folder_remove(the_cluster.dir);
}

/* One for all tests: making a district takes seconds. */
static struct cluster *cluster(void)
{
    struct cluster *c = &the_cluster;
    struct init_options o = {.db = c->db,
                             .code = 330803,
                             .name = "衢江区",
                             .short_name = "衢江",
                             .suite = SUITE_AES,
                             .offset_min = 480,
                             .sample = true};
    struct err e = {0};

    if (c->d[0] != NULL)
        return c;
    str_copy(c->db, sizeof(c->db), test_database());
    str_copy(c->dir, sizeof(c->dir), "/tmp/wangge-servers-XXXXXX");
    check(mkdtemp(c->dir) != NULL && district_init(c->dir, &o, &e));
    for (int i = 0; i < SERVERS; i++)
        c->d[i] = open_one(c);
    (void)atexit(cluster_close);
    return c;
}

/* --- clocks --- */

/* One server's timer at work. */
struct ringing {
    struct district *d;
    int64_t now, n;
    pthread_barrier_t *together;
    bool ok;
};

static void *ring(void *arg)
{
    struct ringing *r = arg;
    struct err e = {0};

    (void)pthread_barrier_wait(r->together);
    r->ok = timer_run_due(r->d->db, r->d->door, r->d->code, r->now, &r->n, &e);
    return NULL;
}

/* All timers at the same moment, by clocks that differ a little; how many ticks took effect. */
static int64_t ring_all(struct cluster *c, int64_t now)
{
    struct ringing r[SERVERS];
    pthread_t threads[SERVERS];
    pthread_barrier_t together;
    int64_t n = 0;

    check(pthread_barrier_init(&together, NULL, SERVERS) == 0);
    for (int i = 0; i < SERVERS; i++) {
        r[i] = (struct ringing){.d = c->d[i], .now = now + i, .together = &together};
        check(pthread_create(&threads[i], NULL, ring, &r[i]) == 0);
    }
    for (int i = 0; i < SERVERS; i++) {
        (void)pthread_join(threads[i], NULL);
        check(r[i].ok);
        n += r[i].n;
    }
    (void)pthread_barrier_destroy(&together);
    return n;
}

TEST(clocks_ring_once_although_every_server_has_a_timer)
{
    struct cluster *c = cluster();
    struct fixture own = *fixture(), *f = &own;
    int64_t t = instant("2026-09-21T09:00:00+08:00"), told = 0;
    struct uuid ids[MATTERS];

    for (int i = 0; i < MATTERS; i++) {
        own.d = c->d[i % SERVERS];
        is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
        ids[i] = f->last;
    }
    check(ring_all(c, t + 90 * MINUTE) == MATTERS); /* warned */
    for (int i = 0; i < MATTERS; i++)
        check(one_int(f, &rung, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&ids[i]))) == 1);
    check(ring_all(c, t + 2 * HOUR) == MATTERS); /* late */
    told = one_int(f, &notices, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&ids[0])));
    for (int i = 0; i < MATTERS; i++) {
        check(one_int(f, &rung, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&ids[i]))) == 2);
        check(one_int(f, &notices, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&ids[i]))) == told);
    }
    check(ring_all(c, t + 2 * HOUR) == 0);
}

/* --- rules that come again --- */

static void *raise_rules(void *arg)
{
    struct ringing *r = arg;
    const struct schedule_run run = {
        .db = r->d->db, .door = r->d->door, .world = district_world(r->d), .server = uuid_make()};
    struct err e = {0};

    (void)pthread_barrier_wait(r->together);
    r->ok = schedule_run_due(&run, r->now, &r->n, &e);
    return NULL;
}

TEST(rules_raise_once_although_every_server_tries)
{
    struct cluster *c = cluster();
    struct ringing r[SERVERS];
    pthread_t threads[SERVERS];
    pthread_barrier_t together;
    const struct world *w = district_world(c->d[0]);
    int64_t monday = instant("2026-09-28T08:00:00+08:00"), n = 0, wanted, people;
    const struct schedule_def *s = packs_schedule(w->packs, "rubbish_weekly");
    struct err e = {0};

    check(schedule_switch(c->d[0]->db, w, s, true, (struct uuid){{0}}, monday - HOUR, &e));
    check(schedule_targets(c->d[0]->db, w, s, monday, &wanted, &people, &e) && wanted > 500 && people > 300);
    check(pthread_barrier_init(&together, NULL, SERVERS) == 0);
    for (int i = 0; i < SERVERS; i++) {
        r[i] = (struct ringing){.d = c->d[i], .now = monday + i, .together = &together};
        check(pthread_create(&threads[i], NULL, raise_rules, &r[i]) == 0);
    }
    for (int i = 0; i < SERVERS; i++) {
        (void)pthread_join(threads[i], NULL);
        check(r[i].ok);
        n += r[i].n;
    }
    (void)pthread_barrier_destroy(&together);
    check(n == wanted);
    check(schedule_switch(c->d[0]->db, w, s, false, (struct uuid){{0}}, monday, &e));
}

/* --- who is in charge --- */

static int in_charge(const struct cluster *c, int *ret_which)
{
    int n = 0;

    for (int i = 0; i < SERVERS; i++)
        if (c->d[i] != NULL && district_in_charge(c->d[i])) {
            *ret_which = i;
            n++;
        }
    return n;
}

static void wait_for_one(const struct cluster *c, int *ret_which)
{
    int64_t until = time_now_ms() + 2000 * test_patience();

    while (in_charge(c, ret_which) == 0 && time_now_ms() < until)
        (void)usleep(10000);
    check(in_charge(c, ret_which) == 1);
}

TEST(one_server_is_in_charge_and_hands_over)
{
    struct cluster *c = cluster();
    int first = -1, second = -1;

    wait_for_one(c, &first);
    (void)usleep(300000);
    check(in_charge(c, &second) == 1 && second == first);
    district_close(&c->d[first]);
    wait_for_one(c, &second);
    check(second != first);
    c->d[first] = open_one(c);
}

/* --- the same command --- */

struct sending {
    struct district *d;
    const struct command *c;
    struct outcome out;
    pthread_barrier_t *together;
    bool ok;
};

static void *send_one(void *arg)
{
    struct sending *s = arg;
    struct err e = {0};

    (void)pthread_barrier_wait(s->together);
    s->ok = door_call(s->d->door, s->c, &s->out, &e);
    return NULL;
}

static int send_to_all(struct cluster *c, const struct command *cmd)
{
    struct sending s[SERVERS];
    pthread_t threads[SERVERS];
    pthread_barrier_t together;
    int first_times = 0;

    check(pthread_barrier_init(&together, NULL, SERVERS) == 0);
    for (int i = 0; i < SERVERS; i++) {
        s[i] = (struct sending){.d = c->d[i], .c = cmd, .together = &together};
        check(pthread_create(&threads[i], NULL, send_one, &s[i]) == 0);
    }
    for (int i = 0; i < SERVERS; i++) {
        (void)pthread_join(threads[i], NULL);
        check(s[i].ok && s[i].out.seq == s[0].out.seq);
        first_times += !s[i].out.replayed;
        outcome_free(&s[i].out);
    }
    (void)pthread_barrier_destroy(&together);
    return first_times;
}

TEST(a_command_sent_to_all_servers_counts_once)
{
    struct cluster *c = cluster();
    struct fixture own = *fixture(), *f = &own;
    int64_t t = instant("2026-09-22T09:00:00+08:00");
    struct command *again;

    own.d = c->d[0];
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    for (int i = 0; i < 10; i++) {
        const struct input in = input_of(f, "clerk", t + i);
        AUTO(json_free) struct json_object *body = body_of("{\"fields\":{\"description\":\"y\"}}");
        char id[UUID_TEXT_MAX];

        uuid_format(rng_uuid(&f->rng, t + i), id);
        (void)json_object_object_add(body, "kind", json_object_new_string("incident"));
        (void)json_object_object_add(body, "id", json_object_new_string(id));
        check(input_raise(&in, body, &again, &f->err));
        again->packs = NULL; /* each server has read the same ones by itself */
        again->has_place = true;
        again->lng = f->lng;
        again->lat = f->lat;
        check(send_to_all(c, again) == 1);
        check(one_int(f, &entries, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&again->id))) == 1);
    }
}

/* --- a few spaces, wanted by everybody on every server --- */

enum { WISHES = 120, WANTED_SPACES = 3, SLOTS = 24, SLOT_MS = 15 * MINUTE };

struct wishing {
    struct district *d;
    const struct command *cs[WISHES];
    struct outcome out[WISHES];
    int space[WISHES];
    int64_t from[WISHES], to[WISHES];
    pthread_barrier_t *together;
};

/* One after another, so that they and the other servers' take turns. */
static void *wish(void *arg)
{
    struct wishing *w = arg;
    struct err e = {0};

    (void)pthread_barrier_wait(w->together);
    for (int i = 0; i < WISHES; i++)
        if (!door_call(w->d->door, w->cs[i], &w->out[i], &e))
            check(strcmp(e.key, "booking.taken") == 0);
    return NULL;
}

static bool clash(const struct wishing *a, int i, const struct wishing *b, int k)
{
    return a->space[i] == b->space[k] && a->from[i] < b->to[k] && b->from[k] < a->to[i];
}

/* How many of those given overlap this one. */
static int given_over(const struct wishing *all, const struct wishing *a, int i)
{
    int n = 0;

    for (int s = 0; s < SERVERS; s++)
        for (int k = 0; k < WISHES; k++)
            n += all[s].out[k].ok && (a != &all[s] || i != k) && clash(a, i, &all[s], k);
    return n;
}

TEST(what_several_servers_give_is_given_once)
{
    static struct wishing all[SERVERS];
    struct cluster *c = cluster();
    struct fixture own = *fixture(), *f = &own;
    int64_t t = instant("2026-10-20T07:00:00+08:00");
    struct uuid spaces[WANTED_SPACES];
    pthread_t threads[SERVERS];
    pthread_barrier_t together;

    own.d = c->d[0];
    for (int i = 0; i < WANTED_SPACES; i++)
        spaces[i] = space(f, t, "");
    check(pthread_barrier_init(&together, NULL, SERVERS) == 0);
    for (int s = 0; s < SERVERS; s++) {
        struct wishing *w = &all[s];

        own.d = w->d = c->d[s];
        w->together = &together;
        for (int i = 0; i < WISHES; i++) {
            w->space[i] = (int)rng_below(&f->rng, WANTED_SPACES);
            w->from[i] = t + HOUR + (int64_t)rng_below(&f->rng, SLOTS) * SLOT_MS;
            w->to[i] = w->from[i] + (1 + (int64_t)rng_below(&f->rng, 4)) * SLOT_MS;
            w->cs[i] = book(f, t, spaces[w->space[i]], w->from[i], w->to[i]);
        }
    }
    for (int s = 0; s < SERVERS; s++)
        check(pthread_create(&threads[s], NULL, wish, &all[s]) == 0);
    for (int s = 0; s < SERVERS; s++)
        (void)pthread_join(threads[s], NULL);
    for (int s = 0; s < SERVERS; s++)
        for (int i = 0; i < WISHES; i++) /* given: nobody else has it; refused: somebody has */
            check((given_over(all, &all[s], i) == 0) == all[s].out[i].ok);
    for (int s = 0; s < SERVERS; s++)
        for (int i = 0; i < WISHES; i++)
            outcome_free(&all[s].out[i]);
    (void)pthread_barrier_destroy(&together);
}
