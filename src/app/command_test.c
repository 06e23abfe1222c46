/* Palm command: a commander, a lead and X units, each with its own steps and clocks; what is refused; what
 * reminds, whom, and when. */
#include "app/fixture.h"
#include "record.sql.h"

#define MORNING "2021-11-08T09:12:00+08:00"
enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000, BODY_BYTES = 8192, CO_MAX = 20 };

static const char *const departments[] = {
    "应急管理局",
    "综合行政执法局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农业农村局",
    "市场监督管理局",
    "生态环境分局",
    "公安分局",
    "交警大队",
    "消防救援大队",
    "民政局",
    "卫生健康局",
    "教育局",
    "司法局",
    "信访局",
    "供电公司",
    "水务集团",
    "燃气公司",
    "自然资源和规划分局",
    "铁路轨道交通建设管理中心",
    "文化和广电旅游体育局",
};

static const char *org_id(struct fixture *f, const char *name)
{
    const struct org *o = directory_org_named(district_world(f->d)->people, name);
    char *text = arena_alloc(f->arena, UUID_TEXT_MAX);

    check(o != NULL);
    uuid_format(o == NULL ? (struct uuid){0} : o->id, text);
    return text;
}

static const char *party(struct fixture *f, const char *role, const char *org)
{
    return arena_printf(f->arena, "{\"role\":\"%s\",\"org\":\"%s\"}", role, org_id(f, org));
}

/* One order of 1 + 1 + n, led by 莲花镇. */
static const char *give(struct fixture *f, const char *login, int64_t at, size_t n_co, const char *more)
{
    const struct input in = input_of(f, login, at);
    const char *parties = party(f, "lead", "莲花镇");
    AUTO(json_free) struct json_object *o = NULL;
    struct command *c = NULL;

    for (size_t i = 0; i < n_co; i++)
        parties = arena_printf(f->arena, "%s,%s", parties, party(f, "co", departments[i]));
    o = body_of(arena_printf(
        f->arena,
        "{\"kind\":\"order\",\"area\":\"330803103\",\"fields\":{\"what\":\"勘查裂缝\"},\"parties\":[%s]%s}",
        parties, more));
    f->err = (struct err){0};
    if (!input_raise(&in, o, &c, &f->err))
        return f->err.n_details > 0 ? f->err.details[0].key : f->err.key;
    f->last = c->id;
    return send(f, c);
}

static const char *handler(struct fixture *f, const char *department)
{
    const struct directory *d = district_world(f->d)->people;
    const struct org *o = directory_org_named(d, department);
    struct uuid one = {0};

    check(o != NULL && directory_members(d, o->id, NULL, instant(MORNING), &one, 1) == 1);
    return directory_account(d, one)->login;
}

/* How often somebody was told of the matter at an instant. */
static size_t told(struct fixture *f, const char *login, int64_t at)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid who = person(f, login, at)->account;
    struct err e = {0};
    size_t n = 0;

    check(sql_begin(f->d->db, SQL_READ, &tx, &e) &&
          sql_walk(tx, &record_queries[RECORD_Q_ALL_NOTICES], &rows, &e, SQL_INT(f->d->code)));
    while (sql_next(rows))
        n += uuid_eq(sql_uuid(rows, 1), who) && uuid_eq(sql_uuid(rows, 2), f->last) && sql_int(rows, 3) == at;
    check(sql_end(&rows, &e));
    return n;
}

static size_t count_parties(const struct record *r, const char *role)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_parties; i++)
        n += strcmp(r->parties[i].role->name, role) == 0;
    return n;
}

/* These end the test where there is none: what follows could not be asked. */
static const struct party *party_of(const struct record *r, struct fixture *f, const char *org)
{
    const struct org *o = directory_org_named(district_world(f->d)->people, org);

    for (size_t i = 0; i < r->n_parties; i++)
        if (uuid_eq(r->parties[i].org, o->id) && strcmp(r->parties[i].role->name, "owner") != 0 &&
            strcmp(r->parties[i].role->name, "overseer") != 0)
            return &r->parties[i];
    abort();
}

static const struct clock *clock_of(const struct record *r, const char *name, struct uuid org)
{
    for (size_t i = 0; i < r->n_clocks; i++)
        if (strcmp(r->clocks[i].def->name, name) == 0 && uuid_eq(r->clocks[i].party, org))
            return &r->clocks[i];
    abort();
}

TEST(twenty_two_units_and_a_silent_one)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING);
    const char *silent = handler(f, departments[3]);
    const struct record *r;

    is(give(f, "commander", t, CO_MAX, ""), "");
    r = record_now(f, f->last);
    check(count_parties(r, "lead") == 1 && count_parties(r, "co") == CO_MAX && r->n_clocks == 2 * 21);
    check(told(f, silent, t) == 1 && told(f, "town", t) == 1);
    for (size_t i = 0; i < CO_MAX; i++)
        if (i != 3)
            is(act(f, handler(f, departments[i]), t + 30 * SECOND, f->last, "acknowledge", "{}"), "");
    is(act(f, "town", t + 40 * SECOND, f->last, "acknowledge", "{}"), "");
    is(record_now(f, f->last)->state->name, "acknowledged");

    /* Again at two and four minutes; at five its superior, and it stands red. */
    (void)clocks_until(f, t + 3 * MINUTE);
    check(told(f, silent, t + 2 * MINUTE) == 1 && told(f, "town", t + 2 * MINUTE) == 0);
    check(record_lamp(record_now(f, f->last)) == LAMP_AMBER && !record_late(record_now(f, f->last)));
    (void)clocks_until(f, t + 4 * MINUTE);
    check(told(f, silent, t + 4 * MINUTE) == 1 && told(f, "leader", t + 4 * MINUTE) == 0);
    (void)clocks_until(f, t + 5 * MINUTE);
    r = record_now(f, f->last);
    check(told(f, silent, t + 5 * MINUTE) == 1 && told(f, "leader", t + 5 * MINUTE) == 1);
    check(told(f, "commander", t + 5 * MINUTE) ==
          2); /* of the centre, which is the superior; and of the order */
    check(record_lamp(r) == LAMP_RED && count_parties(r, "overseer") == 1);
    check(clock_of(r, "acknowledge", party_of(r, f, departments[3])->org)->reminded == 2);

    /* Late is late; it answers, and the order is no longer red for it once it is out. */
    is(act(f, silent, t + 6 * MINUTE, f->last, "acknowledge", "{}"), "");
    is(act(f, silent, t + 6 * MINUTE, f->last, "set_out", "{}"), "");
    r = record_now(f, f->last);
    check(clock_of(r, "acknowledge", party_of(r, f, departments[3])->org)->breached_at == t + 5 * MINUTE);
}

TEST(each_unit_makes_its_own_steps_in_order)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING) + HOUR;
    const char *one = handler(f, departments[0]), *here = "{\"here\":{\"lng\":118.9,\"lat\":29.1}}";
    const struct party *p;

    is(give(f, "commander", t, 2, ""), "");
    is(act(f, one, t, f->last, "set_out", "{}"), "move.after");
    is(act(f, one, t, f->last, "acknowledge", "{\"version\":1}"), "");
    is(act(f, one, t, f->last, "acknowledge", "{}"), "move.done");
    /* Others' steps do not make one's own stale. */
    is(act(f, "town", t, f->last, "acknowledge", "{\"version\":1}"), "");
    is(act(f, one, t, f->last, "set_out", "{\"version\":1}"), "");
    is(act(f, one, t, f->last, "acknowledge", "{}"), "move.after");
    is(act(f, one, t, f->last, "arrive", "{}"), "move.needs");
    is(act(f, one, t, f->last, "arrive", "{\"here\":{\"lng\":500,\"lat\":29.1}}"), "place.range");
    is(act(f, one, t + MINUTE, f->last, "arrive", here), "");
    p = party_of(record_now(f, f->last), f, departments[0]);
    check(p->seen_at == t + MINUTE && p->lng == 118.9 && p->lat == 29.1);
    is(p->state->name, "arrived");
    is(record_now(f, f->last)->state->name, "acknowledged"); /* as its lead */
    is(act(f, "dept", t, f->last, "acknowledge", "{}"), "record.not_found");
    is(act(f, one, t, f->last, "close_early", "{\"note\":\"好了\"}"), "move.denied");
    is(act(f, "town", t, f->last, "say", "{\"note\":\"正在路上\",\"here\":{\"lng\":118.91,\"lat\":29.1}}"),
       "");
    is(act(f, "commander", t, f->last, "say", "{\"note\":\"注意安全\"}"), "");
}

TEST(who_plays_a_part_in_person_acts_for_himself)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING) + 5 * HOUR;
    char worker[UUID_TEXT_MAX];
    const struct record *r;

    uuid_format(person(f, "worker", t)->account, worker);
    is(give(f, "commander", t, 1, ""), "");
    is(act(f, "commander", t, f->last, "add_units",
           arena_printf(f->arena, "{\"parties\":[%s,{\"role\":\"co\",\"account\":\"%s\"}]}",
                        party(f, "co", "临江社区"), worker)),
       "");
    is(act(f, "worker", t, f->last, "acknowledge", "{}"), "");
    is(act(f, "worker", t, f->last, "acknowledge", "{}"), "move.done");
    r = record_now(f, f->last);
    check(party_of(r, f, "临江社区")->state == NULL);
    is(act(f, "patrol", t, f->last, "acknowledge", "{}"), "");
    is(party_of(record_now(f, f->last), f, "临江社区")->state->name, "acknowledged");
    /* What the place was asked for does not take away what else was. */
    is(act(f, "worker", t, f->last, "set_out", "{}"), "");
    is(act(f, "worker", t, f->last, "arrive", "{\"here\":{\"lng\":118.9,\"lat\":29.1}}"), "");
    is(act(f, "worker", t, f->last, "finish", "{\"note\":\"好了\"}"), "move.needs");
}

static const char *names(struct fixture *f, const char *role, const char *org, const char *note)
{
    return arena_printf(f->arena, "{\"parties\":[%s],\"note\":\"%s\"}", party(f, role, org), note);
}

TEST(units_are_added_excused_and_replaced)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING) + 2 * HOUR;
    const char *one = handler(f, departments[0]), *five = handler(f, departments[5]);
    char leader[UUID_TEXT_MAX];
    const struct record *r;

    is(give(f, "commander", t, 2, ""), "");
    is(act(f, one, t, f->last, "excuse", names(f, "co", departments[1], "另有任务")), "move.denied");
    is(act(f, "commander", t, f->last, "excuse", names(f, "co", departments[7], "另有任务")),
       "party.not_playing");
    is(act(f, "commander", t, f->last, "excuse", "{\"note\":\"x\"}"), "party.none");
    is(act(f, "commander", t + MINUTE, f->last, "excuse", names(f, "co", departments[0], "另有任务")), "");
    r = record_now(f, f->last);
    is(party_of(r, f, departments[0])->role->name, "excused");
    check(clock_of(r, "acknowledge", party_of(r, f, departments[0])->org)->state == CLOCK_STOPPED);
    is(act(f, one, t + MINUTE, f->last, "acknowledge", "{}"), "move.denied");

    is(act(f, "commander", t + MINUTE, f->last, "add_units", names(f, "co", "莲花镇", "")), "party.plays");
    is(act(f, "commander", t + MINUTE, f->last, "add_units", names(f, "co", departments[5], "")), "");
    r = record_now(f, f->last);
    check(told(f, five, t + MINUTE) == 1 && told(f, "town", t + MINUTE) == 0);
    check(clock_of(r, "acknowledge", party_of(r, f, departments[5])->org)->due_at == t + 6 * MINUTE);
    check(clock_of(r, "acknowledge", party_of(r, f, departments[1])->org)->due_at == t + 5 * MINUTE);

    /* A cooperating unit moves up; who led has no part any more. */
    is(act(f, "town", t + MINUTE, f->last, "acknowledge", "{}"), "");
    is(act(f, "commander", t + 2 * MINUTE, f->last, "replace_lead",
           names(f, "lead", departments[5], "专业处置")),
       "");
    r = record_now(f, f->last);
    is(r->state->name, "issued");
    is(party_of(r, f, departments[5])->role->name, "lead");
    check(count_parties(r, "lead") == 1 && count_parties(r, "co") == 1);
    is(act(f, five, t + 2 * MINUTE, f->last, "acknowledge", "{}"), "");
    is(record_now(f, f->last)->state->name, "acknowledged");

    is(act(f, "commander", t + 3 * MINUTE, f->last, "hand_over", "{}"), "party.none");
    uuid_format(person(f, "leader", t)->account, leader);
    is(act(f, "commander", t + 3 * MINUTE, f->last, "hand_over",
           arena_printf(f->arena, "{\"parties\":[{\"role\":\"commander\",\"account\":\"%s\"}]}", leader)),
       "");
    is(act(f, "commander", t + 3 * MINUTE, f->last, "close_early", "{\"note\":\"好了\"}"), "move.denied");
    is(act(f, "leader", t + 3 * MINUTE, f->last, "close_early", "{}"), "move.needs");
    is(act(f, "leader", t + 3 * MINUTE, f->last, "close_early", "{\"note\":\"险情解除\"}"), "");
}

TEST(orders_below_orders)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING) + 3 * HOUR;
    char parent[UUID_TEXT_MAX];
    struct uuid above, below;
    const char *lead;

    is(give(f, "village", t, 1, ""), "move.denied");
    is(give(f, "commander", t, 1, ""), "");
    above = f->last;
    uuid_format(above, parent);
    lead = arena_printf(f->arena, ",\"parent\":\"%s\"", parent);
    is(give(f, "dept", t, 1, lead), "record.not_found");
    is(give(f, "town", t, 1, lead), "");
    below = f->last;
    check(uuid_eq(record_now(f, below)->parent, above) && count_parties(record_now(f, below), "higher") == 1);
    is(act(f, "commander", t, above, "withdraw", "{\"note\":\"误报\"}"), "move.when");
    is(f->err.zh, "现在还不行：还有下级指令没有了结，请先撤销它们");
    is(act(f, "town", t, below, "withdraw", "{\"note\":\"误报\"}"), "");
    is(act(f, "commander", t, above, "withdraw", "{\"note\":\"误报\"}"), "");
    is(give(f, "town", t, 1, lead), "parent.closed");
}

TEST(an_order_reaches_somebody)
{
    struct fixture *f = fixture();
    int64_t t = instant(MORNING) + 4 * HOUR;
    const struct input in = input_of(f, "commander", t);
    AUTO(json_free)
    struct json_object *body = body_of("{\"kind\":\"order\",\"area\":\"330803103243001\",\"fields\":{"
                                       "\"what\":\"查看\",\"category\":\"0705\"}}");
    const struct move *m = NULL;
    struct record *draft = NULL;
    struct command *c = NULL;
    struct engine_input ei = {.world = district_world(f->d)};

    check(input_raise(&in, body, &c, &f->err));
    ei.command = c;
    check(record_draft(&ei, f->arena, &draft, &m, &f->err));
    is(m->name, "issue");
    check(count_parties(draft, "lead") == 1 && count_parties(draft, "commander") == 1);
    /* Community, grid worker, the railway centre; the township leads and is not named twice. */
    check(count_parties(draft, "co") == 3);
    is(party_of(draft, f, "莲花镇")->role->name, "lead");
    is(give(f, "commander", t, 1, ",\"parent\":\"019a0000-0000-7000-8000-00000000c0de\""),
       "record.not_found");
}
