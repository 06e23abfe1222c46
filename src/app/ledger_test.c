/* Postings: whatever happens in whatever order, every ledger sums up to nothing, and the history says the
 * same as the tables. */
#include "app/fixture.h"
#include "app/verify.h"
#include "ledger/ledger.h"

#define MONDAY "2026-09-28T09:00:00+08:00"

enum { MINUTE = 60000, YUAN = 100 };

/* --- words --- */

static void differs(void *ctx, const char *what)
{
    char *first = ctx;

    if (first[0] == '\0')
        str_copy(first, 300, what);
}

static const char *verified(struct fixture *f)
{
    static char first[300];
    struct verify_result r;
    struct err e = {0};

    first[0] = '\0';
    if (!verify_district(f->d, false, differs, first, &r, &e))
        str_copy(first, sizeof(first), e.en);
    return first;
}

static struct command *raising(struct fixture *f, const char *login, int64_t at, const char *json)
{
    AUTO(json_free) struct json_object *body = body_of(json);
    const struct input in = input_of(f, login, at);
    struct command *c = NULL;
    char id[UUID_TEXT_MAX];

    f->err = (struct err){0};
    uuid_format(rng_uuid(&f->rng, at), id);
    (void)json_object_object_add(body, "id", json_object_new_string(id));
    if (json_object_object_get(body, "parent") == NULL)
        (void)json_object_object_add(body, "area", json_object_new_string("330803001001"));
    if (!input_raise(&in, body, &c, &f->err))
        return NULL;
    f->last = c->id;
    return c;
}

/* The record's id; nil when it was refused. */
static struct uuid raise_one(struct fixture *f, const char *login, int64_t at, const char *json)
{
    struct command *c = raising(f, login, at, json);
    const char *why = c == NULL ? f->err.key : send(f, c);

    is(c == NULL && f->err.n_details > 0 ? f->err.details[0].key : why, "");
    return f->last;
}

static const char *id_text(struct fixture *f, struct uuid id)
{
    char text[UUID_TEXT_MAX];

    uuid_format(id, text);
    return arena_strdup(f->arena, text);
}

static const char *account_id(struct fixture *f, const char *login, int64_t at)
{
    return id_text(f, person(f, login, at)->account);
}

static int64_t stands(struct fixture *f, const char *path, struct uuid owner, int64_t at)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct ledger_account *of = packs_account(f->d->packs, path);
    struct err e = {0};
    int64_t v = INT64_MIN;

    check(of != NULL && sql_begin(f->d->db, SQL_READ, &tx, &e) &&
          ledger_balance(tx, f->d->code, of->ledger->name, account_key(f->arena, of, owner), at, &v, &e));
    return v;
}

/* An estate with a committee of three and a treasurer. */
static struct uuid estate(struct fixture *f, int64_t at)
{
    struct uuid id =
        raise_one(f, "clerk", at, "{\"kind\":\"estate\",\"fields\":{\"name\":\"梦美家园\",\"homes\":72}}");

    is(act(f, "resident", at, id, "join", "{}"), "");
    is(act(f, "clerk", at, id, "volunteer", "{}"), "");
    is(act(f, "clerk", at, id, "entrust",
           arena_printf(f->arena, "{\"parties\":[{\"role\":\"volunteer\",\"account\":\"%s\"}]}",
                        account_id(f, "resident", at))),
       "");
    is(act(f, "clerk", at, id, "appoint",
           arena_printf(
               f->arena,
               "{\"parties\":[{\"role\":\"committee\",\"account\":\"%s\"},"
               "{\"role\":\"committee\",\"account\":\"%s\"},{\"role\":\"committee\",\"account\":\"%s\"}]}",
               account_id(f, "worker", at), account_id(f, "patrol", at), account_id(f, "verifier", at))),
       "");
    is(act(f, "clerk", at, id, "form", "{}"), "");
    return id;
}

static struct uuid promise(struct fixture *f, struct uuid estate, int64_t at, int64_t fen)
{
    return raise_one(f, "worker", at,
                     arena_printf(f->arena,
                                  "{\"kind\":\"contribution\",\"parent\":\"%s\",\"fields\":{\"room\":\"1-1\","
                                  "\"amount\":%lld}}",
                                  id_text(f, estate), (long long)fen));
}

/* --- tests --- */

TEST(an_amount_comes_goes_and_is_taken_back)
{
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 30000 * MINUTE; /* after all others: a ledger's time only goes on */
    struct uuid e = estate(f, at), c = promise(f, e, at + 2 * MINUTE, 1000 * YUAN);

    check(stands(f, "fund.cash", e, 0) == 0);
    is(act(f, "resident", at + 3 * MINUTE, c, "receive", "{}"), "");
    check(stands(f, "fund.cash", e, 0) == 1000 * YUAN && stands(f, "fund.raised", e, 0) == -1000 * YUAN);
    is(act(f, "resident", at + 5 * MINUTE, c, "correct", "{\"note\":\"记错了\"}"), "");
    check(stands(f, "fund.cash", e, 0) == 0 && stands(f, "fund.raised", e, 0) == 0);
    /* As of any moment, by the same lines. */
    check(stands(f, "fund.cash", e, at + 2 * MINUTE) == 0);
    check(stands(f, "fund.cash", e, at + 3 * MINUTE) == 1000 * YUAN);
    check(stands(f, "fund.cash", e, at + 5 * MINUTE - 1) == 1000 * YUAN);
    check(stands(f, "fund.cash", e, at + 5 * MINUTE) == 0);
    is(verified(f), "");
}

TEST(a_refused_command_posts_nothing)
{
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 60 * MINUTE;
    struct uuid e = estate(f, at), c = promise(f, e, at, 100 * YUAN);
    struct uuid s;
    int64_t seq;

    is(act(f, "resident", at + MINUTE, c, "receive", "{}"), "");
    s = raise_one(f, "worker", at,
                  arena_printf(f->arena,
                               "{\"kind\":\"spending\",\"parent\":\"%s\",\"fields\":{\"what\":\"灯\","
                               "\"amount\":9000,\"purpose\":\"repair\",\"supplier\":\"甲\"}}",
                               id_text(f, e)));
    is(act(f, "patrol", at + MINUTE, s, "sign", "{}"), "");
    is(act(f, "verifier", at + MINUTE, s, "countersign", "{}"), "");
    seq = door_seq(f->d->door);
    is(act(f, "resident", at + 2 * MINUTE, s, "pay", "{}"), "move.needs");
    check(door_seq(f->d->door) == seq);
    check(stands(f, "fund.cash", e, 0) == 100 * YUAN);
    is(verified(f), "");
}

/* What says an earlier time than the ledger has got to is booked when it comes. */
TEST(a_ledger_s_time_goes_on)
{
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 20000 * MINUTE;
    struct uuid e = estate(f, at), late = promise(f, e, at, 5), early = promise(f, e, at, 7);

    is(act(f, "resident", at + 10 * MINUTE, late, "receive", "{}"), "");
    is(act(f, "resident", at + MINUTE, early, "receive", "{}"), "");
    check(stands(f, "fund.cash", e, at + 9 * MINUTE) == 0);
    check(stands(f, "fund.cash", e, at + 10 * MINUTE) == 12);
    is(verified(f), "");
}

/* Many commands of one transaction: each sees what the ones before have posted. */
TEST(a_batch_sees_its_own_postings)
{
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 120 * MINUTE;
    struct uuid e = estate(f, at), a = promise(f, e, at, 100 * YUAN), b = promise(f, e, at, 50 * YUAN);
    const struct command *cs[4];
    struct outcome outs[4] = {0};
    const struct record *r = record_now(f, a);
    static const char *const verbs[] = {"receive", "correct", "receive", "correct"};

    for (size_t i = 0; i < COUNT_OF(cs); i++) {
        AUTO(json_free) struct json_object *body = body_of("{\"note\":\"记错\"}");
        const struct input in = input_of(f, "resident", at + MINUTE);
        struct command *c = NULL;

        check(input_move(&in, r->kind, i < 2 ? a : b, verbs[i], body, &c, &f->err));
        c->id = rng_uuid(&f->rng, at);
        cs[i] = c;
    }
    check(door_calls(f->d->door, cs, COUNT_OF(cs), outs, &f->err));
    for (size_t i = 0; i < COUNT_OF(outs); i++) {
        check(outs[i].ok);
        outcome_free(&outs[i]);
    }
    check(stands(f, "fund.cash", e, 0) == 0 && stands(f, "fund.raised", e, 0) == 0);
    is(verified(f), "");
}

/* Whichever call of the database fails: nothing of the command is there, and the books hold. */
TEST(a_failing_database_posts_nothing)
{
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 10000 * MINUTE;
    struct uuid e = estate(f, at), c = promise(f, e, at, 90);
    int n = 1;

    for (; n < 200; n++) {
        const char *why;
        struct command *sent;
        int64_t seq = door_seq(f->d->door);
        const struct input in = input_of(f, "resident", at + MINUTE);
        AUTO(json_free) struct json_object *body = body_of("{}");

        f->err = (struct err){0};
        check(input_move(&in, record_now(f, c)->kind, c, "receive", body, &sent, &f->err));
        sent->id = rng_uuid(&f->rng, at);
        sql_fault_after(n);
        why = send(f, sent);
        sql_fault_after(0);
        if (why[0] == '\0')
            break;
        check(door_seq(f->d->door) == seq && stands(f, "fund.cash", e, 0) == 0);
    }
    check((n > 5 || sql_is_shared(f->d->db)) && n < 200);
    check(stands(f, "fund.cash", e, 0) == 90 && stands(f, "fund.raised", e, 0) == -90);
    is(verified(f), "");
}

/* --- any order of anything --- */

enum { OPEN_MAX = 64, TURNS = 300 };
struct world_of_mine {
    struct uuid estates[2], open[OPEN_MAX];
    int64_t amounts[OPEN_MAX], cash[2];
    size_t of[OPEN_MAX], n;
    bool in[OPEN_MAX]; /* received */
};

static void come(struct fixture *f, struct world_of_mine *w, int64_t at)
{
    size_t i = w->n++, k = (size_t)rng_below(&f->rng, 2);

    w->of[i] = k;
    w->amounts[i] = 1 + (int64_t)rng_below(&f->rng, 100000);
    w->open[i] = promise(f, w->estates[k], at, w->amounts[i]);
    w->in[i] = false;
}

/* One step of one of them, at random: half of them impossible. */
static void step(struct fixture *f, struct world_of_mine *w, int64_t at)
{
    size_t i = (size_t)rng_below(&f->rng, (uint32_t)w->n), k = w->of[i];
    bool take_back = rng_below(&f->rng, 2) == 1;
    const char *why =
        act(f, "resident", at, w->open[i], take_back ? "correct" : "receive", "{\"note\":\"改\"}");

    if (take_back == w->in[i]) {
        is(why, "");
        w->cash[k] += take_back ? -w->amounts[i] : w->amounts[i];
        w->in[i] = true;
        if (take_back) {
            w->n--;
            w->open[i] = w->open[w->n];
            w->amounts[i] = w->amounts[w->n];
            w->of[i] = w->of[w->n];
            w->in[i] = w->in[w->n];
        }
    } else {
        is(why, "move.state");
    }
}

TEST(any_sequence_leaves_the_ledgers_balanced)
{
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 600 * MINUTE;
    struct world_of_mine w = {0};

    w.estates[0] = estate(f, at);
    w.estates[1] = estate(f, at);
    for (int i = 0; i < TURNS; i++) {
        /* Clocks of several servers never agree: some commands say an earlier time than those before. */
        int64_t now = at + i * MINUTE - (i % 7 == 0 ? 3 * MINUTE : 0);

        if (w.n == 0 || (w.n < OPEN_MAX && rng_below(&f->rng, 3) == 0))
            come(f, &w, now);
        else
            step(f, &w, now);
    }
    for (size_t k = 0; k < 2; k++) {
        check(stands(f, "fund.cash", w.estates[k], 0) == w.cash[k]);
        check(stands(f, "fund.raised", w.estates[k], 0) == -w.cash[k]);
    }
    is(verified(f), "");
}

/* --- what verify finds --- */

static void run_sql(struct fixture *f, const struct sql_query *q)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) && sql_run(tx, q, &e, SQL_INT(f->d->code)) &&
          sql_commit(&tx, &e));
}

TEST(verify_finds_what_was_edited)
{
    static const struct sql_query more = {
        "test.more", "UPDATE ledger_line SET amount = amount + 1 WHERE district = $1 AND amount > 0", 1, true,
        false};
    static const struct sql_query less = {
        "test.less", "UPDATE ledger_line SET amount = amount - 1 WHERE district = $1 AND amount > 1", 1, true,
        false};
    static const struct sql_query up = {
        "test.up", "UPDATE ledger_account SET balance = balance + 5 WHERE district = $1 AND account <> ''", 1,
        true, false};
    static const struct sql_query down = {
        "test.down", "UPDATE ledger_account SET balance = balance - 5 WHERE district = $1 AND account <> ''",
        1, true, false};
    static const struct sql_query late = {
        "test.late", "UPDATE ledger_line SET booked_at = booked_at + 1 WHERE district = $1", 1, true, false};
    static const struct sql_query early = {
        "test.early", "UPDATE ledger_line SET booked_at = booked_at - 1 WHERE district = $1", 1, true, false};
    struct fixture *f = fixture();
    int64_t at = instant(MONDAY) + 5000 * MINUTE;
    struct uuid e = estate(f, at), c = promise(f, e, at, 77);

    is(act(f, "resident", at + MINUTE, c, "receive", "{}"), "");
    is(verified(f), "");
    run_sql(f, &more);
    check(strstr(verified(f), "an amount") != NULL);
    run_sql(f, &less);
    is(verified(f), "");
    run_sql(f, &up);
    check(strstr(verified(f), "the balance") != NULL);
    run_sql(f, &down);
    run_sql(f, &late);
    check(strstr(verified(f), "a booking time") != NULL);
    run_sql(f, &early);
    is(verified(f), "");
}

TEST(amounts_read_well)
{
    const struct ledger_def money = {.money = true}, points = {.money = false};
    char out[AMOUNT_TEXT];

    amount_format(&money, 10035050, out);
    is(out, "100,350.50");
    amount_format(&money, -5, out);
    is(out, "-0.05");
    amount_format(&points, 12122, out);
    is(out, "12,122");
    amount_format(&points, INT64_MIN, out);
    is(out, "-9,223,372,036,854,775,808");
}
