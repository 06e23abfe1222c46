/* The list and the count of a ballot longer than a page hold each vote once: none twice where one page ends
 * and the next begins, none left out. */
#include "app/fixture.h"
#include "ballot/poll.h"

enum { NUMBERS = 2500, ABSENT = 7, OPTIONS = 3, BATCH = 250, LINE_CHARS = 1200, CSV_BYTES = 128 * 1024 };
#define OPENS "2026-05-11T09:00:00+08:00"

static struct poll poll_of_last(struct fixture *f, int64_t at)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct poll p = {.db = f->d->db,
                     .door = f->d->door,
                     .world = district_world(f->d),
                     .who = person(f, "clerk", at),
                     .a = f->arena,
                     .now = at};

    check(sql_begin(p.db, SQL_READ, &tx, &f->err) && poll_load(&p, tx, f->last, &f->err));
    return p;
}

static void prepare(struct fixture *f, const char *json, int64_t at)
{
    AUTO(json_free) struct json_object *body = body_of(json);
    const struct input in = input_of(f, "clerk", at);
    struct command *c = NULL;
    char id[UUID_TEXT_MAX];

    uuid_format(rng_uuid(&f->rng, at), id);
    (void)json_object_object_add(body, "id", json_object_new_string(id));
    check(input_raise(&in, body, &c, &f->err));
    c->has_place = true;
    c->lng = f->lng;
    c->lat = f->lat;
    f->last = c->id;
    is(send(f, c), "");
}

/* A ballot with a roll of NUMBERS, open for votes. */
static struct poll opened(struct fixture *f, const char *json, int64_t at)
{
    AUTO(buf_free) struct buf csv = {0};
    struct elector *roll;
    struct poll p;
    size_t n;

    prepare(f, json, at);
    p = poll_of_last(f, at);
    buf_init(&csv, CSV_BYTES);
    buf_str(&csv, "no,name\n");
    for (int no = 1; no <= NUMBERS; no++)
        buf_printf(&csv, "%d,甲\n", no);
    check(roll_from_csv(&p, buf_text(&csv), &roll, &n, &f->err) && n == NUMBERS &&
          roll_replace(&p, roll, n, &f->err));
    is(act(f, "clerk", at, f->last, "open_vote", "{}"), "");
    return poll_of_last(f, at);
}

static void close_it(struct fixture *f, struct poll *p)
{
    is(act(f, "clerk", p->now, p->rec->id, "close_vote", "{}"), "");
    *p = poll_of_last(f, p->now);
}

static int64_t option_of(int no)
{
    return no % OPTIONS + 1;
}

static void vote(struct fixture *f, struct poll *p)
{
    const struct command *cs[BATCH];
    struct outcome outs[BATCH];
    size_t n = 0;

    for (int no = 1; no <= NUMBERS; no++) {
        const int64_t choice = option_of(no);
        struct command *c = NULL;

        if (no % ABSENT != 0) {
            check(poll_vote(p, no, &choice, 1, "paper", &c, &f->err));
            cs[n++] = c;
        }
        if (n < BATCH && no < NUMBERS)
            continue;
        check(door_calls(f->d->door, cs, n, outs, &f->err));
        while (n > 0) {
            check(outs[--n].ok);
            outcome_free(&outs[n]);
        }
    }
}

/* The list of a ballot: how often each of what its lines begin with stands there. */
static void count_lines(struct fixture *f, struct poll *p, int (*what)(const char *line), int *times,
                        struct gathered *ret)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    FILE *list = tmpfile();
    char line[LINE_CHARS];

    check(list != NULL && sql_begin(p->db, SQL_READ, &tx, &f->err) &&
          votes_gather(p, tx, list, ret, &f->err));
    rewind(list);
    check(fgets(line, sizeof(line), list) != NULL);
    while (fgets(line, sizeof(line), list) != NULL) {
        int k = what(line);

        check(k >= 1 && k <= NUMBERS);
        times[k]++;
    }
    (void)fclose(list);
}

static int number_of_line(const char *line)
{
    return (int)strtol(line, NULL, 10);
}

TEST(each_open_vote_stands_once_in_a_list_of_pages)
{
    struct fixture *f = fixture();
    struct poll p =
        opened(f, "{\"kind\":\"decision\",\"fields\":{\"question\":\"加装电梯\"}}", instant(OPENS));
    static int times[NUMBERS + 1];
    int64_t votes[OPTIONS] = {0}, all = 0;
    struct gathered g;

    vote(f, &p);
    close_it(f, &p);
    count_lines(f, &p, number_of_line, times, &g);
    for (int no = 1; no <= NUMBERS; no++) {
        int wanted = no % ABSENT != 0;

        check(times[no] == wanted);
        votes[option_of(no) - 1] += wanted;
        all += wanted;
    }
    for (size_t i = 0; i < OPTIONS; i++)
        check(g.votes[i].heads == votes[i]);
    check(g.turnout.paper == all && g.turnout.part.heads == all);
}

/* A token that says which one it is, and is full of zeros. */
static void token_of(int k, uint8_t token[TOKEN_BYTES])
{
    memset(token, 0, TOKEN_BYTES);
    token[0] = (uint8_t)(k >> 8);
    token[1] = (uint8_t)k;
}

static int token_of_line(const char *line)
{
    char head[5] = "";

    memcpy(head, line, 4);
    return (int)strtol(head, NULL, 16);
}

/* Into the urn in an order of their own, without signatures: those are looked at when a vote comes in. */
static void fill_urn(struct fixture *f, const struct poll *p)
{
    static const struct sql_query put = {
        "test.slip_put",
        "INSERT INTO ballot_slip (district, ballot, token, signature, choice) VALUES ($1, $2, $3, $4, $5)", 5,
        true, false};
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    check(sql_begin(p->db, SQL_WRITE, &tx, &f->err));
    for (int i = 0; i < NUMBERS; i++) {
        const int k = i * 7 % NUMBERS + 1;
        uint8_t token[TOKEN_BYTES];

        token_of(k, token);
        check(sql_run(tx, &put, &f->err, SQL_INT(f->d->code), SQL_UUID(&p->rec->id),
                      SQL_BLOB(token, sizeof(token)), SQL_BLOB(token, sizeof(token)),
                      SQL_TEXT(option_of(k) == 1 ? "1" : "2")));
    }
    check(sql_commit(&tx, &f->err));
}

TEST(each_slip_stands_once_in_a_list_of_pages)
{
    struct fixture *f = fixture();
    struct poll p = opened(f,
                           "{\"kind\":\"head_election\",\"fields\":{\"subject\":\"楼道长\",\"candidates\":["
                           "\"甲\",\"乙\"]}}",
                           instant(OPENS) + HOUR_MS);
    static int times[NUMBERS + 1];
    int64_t first = 0;
    struct gathered g;

    fill_urn(f, &p);
    close_it(f, &p);
    count_lines(f, &p, token_of_line, times, &g);
    for (int k = 1; k <= NUMBERS; k++) {
        check(times[k] == 1);
        first += option_of(k) == 1;
    }
    check(g.slips == NUMBERS && g.votes[0].heads == first && g.votes[1].heads == NUMBERS - first);
}
