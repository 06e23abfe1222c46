/* The pure function behind the door: what it refuses, the whole flow, pauses, duplicates, reveals. */
#include "app/fixture.h"

#include <unistd.h>

#define MONDAY "2026-09-28T09:00:00+08:00"
enum { MINUTE = 60000, HOUR = 3600000 };

static struct uuid accepted(struct fixture *f, int64_t t, const char *fields)
{
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"路灯不亮\"}}"), "");
    is(act(f, "clerk", t + MINUTE, f->last, "accept", fields), "");
    return f->last;
}

static struct uuid handled(struct fixture *f, int64_t t, const char *fields)
{
    struct uuid id = accepted(f, t, fields);

    is(act(f, "clerk", t + 2 * MINUTE, id, "dispatch", "{}"), "");
    is(act(f, "worker", t + 3 * MINUTE, id, "acknowledge", "{}"), "");
    return id;
}

#define LAMP "{\"fields\":{\"category\":\"0102\",\"level\":\"complex\"}}"

TEST(the_whole_flow)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id = handled(f, t, LAMP);
    const struct record *r;

    is(act(f, "worker", t + HOUR, id, "answer", "{\"note\":\"已修复\"}"), "");
    is(act(f, "verifier", t + 2 * HOUR, id, "return", "{\"note\":\"灯罩没装\"}"), "");
    is(act(f, "worker", t + 3 * HOUR, id, "answer", "{\"note\":\"装好了\"}"), "");
    is(act(f, "verifier", t + 4 * HOUR, id, "verify", "{}"), "");
    is(act(f, "resident", t + 5 * HOUR, id, "rate", "{\"fields\":{\"rating\":5}}"), "");
    r = record_now(f, id);
    is(r->state->name, "closed");
    check(r->version == 9 && !record_open(r) && record_lamp(r) == LAMP_NONE);
    check(field_of(r, "rating")->i == 5 && field_of(r, "dispatches")->i == 1);
    check(clock_named(r, "resolve")->state == CLOCK_STOPPED && clock_named(r, "resolve")->breached_at == 0);
    check(clock_named(r, "acknowledge")->stopped_at == t + 3 * MINUTE);
    check(record_wake(r) == 0);
}

TEST(what_a_report_must_have)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);

    is(report(f, "resident", t, "{\"fields\":{}}"), "input.required");
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\",\"rating\":3}}"), "move.field");
    is(report(f, "resident", t,
              "{\"fields\":{\"description\":\"x\"},\"place\":{\"lng\":116.4,\"lat\":39.9}}"),
       "place.outside");
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"},\"area\":\"330902\"}"), "place.area");
    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"},\"place\":{\"address\":\"3幢\"}}"),
       "place.required");
    is(report(f, "clock", t, "{\"fields\":{\"description\":\"x\"}}"), "move.denied");
    is(report(f, "anonymous", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    check(kind_party(record_now(f, f->last)->kind, "reporter") != NULL &&
          record_now(f, f->last)->n_parties == 1);
}

TEST(refusals_by_state_and_right)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id = accepted(f, t, LAMP), nowhere = rng_uuid(&f->rng, t);

    is(act(f, "clerk", t + HOUR, id, "explode", "{}"), "move.unknown");
    is(act(f, "clerk", t + HOUR, id, "report", "{}"), "move.unknown");
    is(act(f, "clerk", t + HOUR, id, "accept", LAMP), "move.state");
    is(act(f, "resident", t + HOUR, id, "dispatch", "{}"), "move.denied");
    is(act(f, "resident2", t + HOUR, id, "dispatch", "{}"), "record.not_found");
    is(act(f, "village", t + HOUR, id, "dispatch", "{}"), "record.not_found");
    is(act(f, "clerk", t + HOUR, nowhere, "dispatch", "{}"), "record.not_found");
    is(act(f, "clerk", t + HOUR, id, "dispatch", "{\"version\":1}"), "record.stale");
    is(act(f, "clerk", t + HOUR, id, "dispatch", "{\"fields\":{\"rating\":2}}"), "move.field");
    is(act(f, "clerk", t + HOUR, id, "void", "{}"), "move.needs");
    is(act(f, "clerk", t + HOUR, id, "tick", "{}"), "move.unknown");
    is(act(f, "clock", t + HOUR, id, "tick", "{}"), "clock.not_due");
    is(record_now(f, id)->state->name, "accepted");
    check(record_now(f, id)->version == 2);
}

TEST(what_moves_need)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id;

    is(report(f, "resident", t, "{\"fields\":{\"description\":\"x\"}}"), "");
    id = f->last;
    is(act(f, "clerk", t, id, "accept", "{\"fields\":{\"level\":\"easy\"}}"), "move.needs");
    is(act(f, "clerk", t, id, "accept", "{\"fields\":{\"category\":\"zz\",\"level\":\"easy\"}}"),
       "input.unknown_code");
    is(act(f, "patrol", t, id, "settle", "{}"), "move.needs");
    id = handled(f, t, LAMP);
    is(act(f, "worker", t + HOUR, id, "suspend", "{\"note\":\"等配件\"}"), "move.needs");
    is(act(f, "worker", t + HOUR, id, "suspend", "{\"note\":\"等\",\"until\":\"2020-01-01T00:00:00Z\"}"),
       "move.needs");
    is(act(f, "patrol", t + HOUR, id, "settle", "{\"note\":\"x\"}"), "move.state");
}

TEST(parties_named)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id = accepted(f, t, LAMP);
    char worker[UUID_TEXT_MAX], resident[UUID_TEXT_MAX], body[256];

    uuid_format(person(f, "worker", t)->account, worker);
    uuid_format(person(f, "resident", t)->account, resident);
    (void)snprintf(body, sizeof(body), "{\"parties\":[{\"role\":\"lead\",\"account\":\"%s\"}]}", resident);
    is(act(f, "clerk", t + HOUR, id, "dispatch", body), "party.unknown");
    (void)snprintf(body, sizeof(body), "{\"parties\":[{\"role\":\"owner\",\"org\":\"%s\"}]}", worker);
    is(act(f, "clerk", t + HOUR, id, "dispatch", body), "party.unexpected");
    is(act(f, "clerk", t + HOUR, id, "dispatch", "{\"parties\":[{\"role\":\"boss\",\"account\":null}]}"),
       "party.role");
    (void)snprintf(body, sizeof(body), "{\"parties\":[{\"role\":\"lead\",\"account\":\"%s\"}]}", worker);
    is(act(f, "clerk", t + HOUR, id, "dispatch", body), "");
    is(act(f, "patrol", t + HOUR, id, "acknowledge", "{}"), "move.denied");
    is(act(f, "worker", t + HOUR, id, "acknowledge", "{}"), "");
}

TEST(nobody_judges_their_own_work)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id = accepted(f, t, LAMP);
    char verifier[UUID_TEXT_MAX], body[256];

    uuid_format(person(f, "verifier", t)->account, verifier);
    (void)snprintf(body, sizeof(body), "{\"parties\":[{\"role\":\"lead\",\"account\":\"%s\"}]}", verifier);
    is(act(f, "clerk", t + HOUR, id, "dispatch", body), "");
    is(act(f, "verifier", t + HOUR, id, "acknowledge", "{}"), "");
    is(act(f, "verifier", t + HOUR, id, "answer", "{\"note\":\"好了\"}"), "");
    is(act(f, "verifier", t + 2 * HOUR, id, "verify", "{}"), "move.own_work");
    is(act(f, "verifier", t + 2 * HOUR, id, "return", "{\"note\":\"x\"}"), "move.own_work");
    is(act(f, "verifier-330803001", t + 2 * HOUR, id, "verify", "{}"), "");
    /* Who reported and settled it does not rate it either. */
    is(report(f, "patrol", t, "{\"fields\":{\"description\":\"垃圾\",\"level\":\"easy\"}}"), "");
    is(act(f, "patrol", t, f->last, "settle", "{\"note\":\"清了\"}"), "");
    is(act(f, "patrol", t + HOUR, f->last, "rate", "{\"fields\":{\"rating\":5}}"), "move.own_work");
}

TEST(conditions_and_times)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY), day = 24 * (int64_t)HOUR;
    struct uuid id;

    is(report(f, "patrol", t, "{\"fields\":{\"description\":\"裂缝\",\"level\":\"complex\"}}"), "");
    is(act(f, "patrol", t, f->last, "settle", "{\"note\":\"x\"}"), "move.when");
    id = f->last;
    is(act(f, "patrol", t, id, "escalate", "{\"note\":\"x\"}"), "");
    is(act(f, "clerk", t, id, "escalate", "{\"note\":\"x\"}"), "");
    is(act(f, "clerk", t, id, "escalate", "{\"note\":\"x\"}"), "move.when");
    check(uuid_eq(record_owner(record_now(f, id)),
                  directory_unit(district_world(f->d)->people, "330803", AREA_DISTRICT)->id));

    id = handled(f, t, LAMP);
    is(act(f, "worker", t + HOUR, id, "answer", "{\"note\":\"好了\"}"), "");
    is(act(f, "verifier", t + HOUR, id, "verify", "{}"), "");
    is(act(f, "resident", t + HOUR + 15 * day + 1, id, "reopen", "{\"note\":\"又坏\"}"), "move.within");
    is(act(f, "resident", t + HOUR + 15 * day, id, "reopen", "{\"note\":\"又坏\"}"), "");
    is(record_now(f, id)->state->name, "accepted");
}

/* 2026: 国庆 from Thursday 1 October to Wednesday 7, Saturday 10 is worked. The sample calendar says so. */
TEST(pauses_move_the_due_time_by_working_time)
{
    struct fixture *f = fixture();
    const struct calendar *cal = district_world(f->d)->calendar;
    int64_t t = instant("2026-09-29T10:00:00+08:00"), until = instant("2026-10-12T10:30:00+08:00");
    struct uuid id = handled(f, t, LAMP);
    const struct clock *c = clock_named(record_now(f, id), "resolve");
    int64_t due = c->due_at, pause = t + 30 * MINUTE;

    check(due == calendar_due(cal, t + MINUTE, (struct limit){LIMIT_WORKING_DAYS, 2}));
    is(act(f, "worker", pause, id, "suspend",
           "{\"note\":\"等配件\",\"until\":\"2026-10-12T10:30:00+08:00\"}"),
       "");
    c = clock_named(record_now(f, id), "resolve");
    check(c->state == CLOCK_PAUSED && c->left_ms == calendar_work_ms(cal, pause, due) && c->n_pauses == 1);
    check(record_due(record_now(f, id)) == 0 && !record_late(record_now(f, id)));
    (void)clocks_until(f, until);
    c = clock_named(record_now(f, id), "resolve");
    check(c->state == CLOCK_RUNNING && c->pauses[0].to == until && c->pauses[0].until == until);
    is(c->pauses[0].reason, "等配件");
    check(uuid_eq(c->pauses[0].by, person(f, "worker", t)->account));
    /* Exactly the working time of the pause later, holidays and the worked Saturday counted rightly. */
    check(calendar_work_ms(cal, due, c->due_at) == calendar_work_ms(cal, pause, until));
    check(!calendar_is_workday(cal, local_day(instant("2026-10-05T12:00:00+08:00"), 480)));
    check(calendar_is_workday(cal, local_day(instant("2026-10-10T12:00:00+08:00"), 480)));
    check(c->due_at > until);
}

TEST(pauses_across_a_weekend)
{
    struct fixture *f = fixture();
    int64_t t = instant("2026-11-06T16:00:00+08:00"); /* a Friday */
    struct uuid id = handled(f, t, LAMP);

    is(act(f, "worker", t + 30 * MINUTE, id, "suspend",
           "{\"note\":\"等\",\"until\":\"2026-11-12T10:00:00+08:00\"}"),
       "");
    is(act(f, "worker", instant("2026-11-09T10:00:00+08:00"), id, "resume", "{}"), "");
    /* Due Tuesday 17:30; an hour on Friday and one on Monday were paused. */
    check(clock_named(record_now(f, id), "resolve")->due_at == instant("2026-11-11T11:00:00+08:00"));
}

TEST(duplicates)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid first = accepted(f, t, LAMP), second = accepted(f, t, LAMP);
    char id[UUID_TEXT_MAX], body[128];
    const struct record *r;

    uuid_format(first, id);
    (void)snprintf(body, sizeof(body), "{\"other\":\"%s\"}", id);
    is(act(f, "clerk", t + HOUR, first, "duplicate", body), "link.self");
    is(act(f, "clerk", t + HOUR, first, "duplicate", "{}"), "input.required");
    is(act(f, "resident", t + HOUR, second, "duplicate", body), "move.denied");
    is(act(f, "clerk", t + HOUR, second, "duplicate", body), "");
    r = record_now(f, second);
    is(r->state->name, "void");
    check(uuid_eq(r->duplicate_of, first) && record_wake(r) == 0 && !record_open(r));
    is(act(f, "clerk", t + HOUR, second, "duplicate", body), "record.duplicate");
    is(act(f, "clerk", t + HOUR, second, "link", body), "");
    check(record_now(f, second)->version == r->version);
    is(record_now(f, first)->state->name, "accepted");
}

TEST(reveals_are_logged)
{
    static const struct sql_query logged = {
        "test.reveals",
        "SELECT count(*) FROM entry WHERE district = $1 AND record = $2 AND verb = 'reveal' AND note = "
        "'回访' AND "
        "changes LIKE '%revealed%caller%' AND changes NOT LIKE '%13800008000%'",
        2, false, false};
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    const struct record *r;
    const char *plain = NULL, *joined;
    struct uuid id;

    is(report(f, "clerk", t,
              "{\"fields\":{\"description\":\"停水\",\"source\":\"hotline\",\"caller\":\"138 0000 8000\"}}"),
       "");
    id = f->last;
    r = record_now(f, id);
    joined = field_of(r, "caller")->s;
    check(strstr(joined, "138****8000") != NULL && strstr(joined, "13800008000") == NULL);
    is(act(f, "clerk", t, id, "reveal", "{\"fields\":[\"caller\"]}"), "move.needs");
    is(act(f, "clerk", t, id, "reveal", "{\"note\":\"回访\"}"), "input.required");
    is(act(f, "clerk", t, id, "reveal", "{\"note\":\"回访\",\"fields\":[\"description\"]}"), "reveal.field");
    is(act(f, "worker", t, id, "reveal", "{\"note\":\"回访\",\"fields\":[\"caller\"]}"), "reveal.denied");
    is(act(f, "clerk", t, id, "reveal", "{\"note\":\"回访\",\"fields\":[\"caller\"]}"), "");
    check(record_now(f, id)->version == r->version);
    check(one_int(f, &logged, SQL_ARGS(SQL_INT(f->d->code), SQL_UUID(&id))) == 1);
    check(privacy_unseal(f->d->privacy, f->arena, id, "caller",
                         arena_strndup(f->arena, joined, strcspn(joined, "|")), &plain, &f->err));
    is(plain, "13800008000");
}

TEST(the_same_inputs_give_the_same_bytes)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id = accepted(f, t, LAMP);
    const struct record *before = record_now(f, id);
    const struct command c = {.id = rng_uuid(&f->rng, t),
                              .who = person(f, "clerk", t),
                              .at = t + HOUR,
                              .target = id,
                              .verb = "dispatch",
                              .version = -1};
    const struct engine_input in = {.world = district_world(f->d), .before = before, .command = &c};
    struct change *a = NULL, *b = NULL;

    check(engine_apply(&in, f->arena, &a, &f->err) && engine_apply(&in, f->arena, &b, &f->err));
    check(a->after->version == b->after->version && a->n_notices == b->n_notices && a->n_notices > 0);
    check(a->after->n_parties == b->after->n_parties && a->after->state == b->after->state);
    /* The record that was handed in is as it was. */
    is(before->state->name, "accepted");
    check(before->version == 2 && before->n_parties == 2);
}

/* --- each: party, in a pack of its own --- */

static const char order_pack[] =
    "pack: orders\nversion: 1\ntitle: {zh: 指令, en: Orders}\n"
    "kinds:\n"
    "  errand:\n"
    "    title: {zh: 指令, en: Order}\n"
    "    line: \"{what}\"\n"
    "    place: optional\n"
    "    fields:\n"
    "      what: {type: text, max: 200, required: true, zh: 内容, en: What}\n"
    "    parties:\n"
    "      commander: {is: account, zh: 指挥长, en: Commander}\n"
    "      lead: {is: [account, org], zh: 牵头, en: Lead}\n"
    "      co: {is: [account, org], many: 20, zh: 协同, en: Cooperating}\n"
    "    see: [commander, lead, co]\n"
    "    flow:\n"
    "      sent: {light: new, zh: 已下达, en: Sent}\n"
    "      out: {light: open, zh: 已出动, en: Out}\n"
    "      done: {light: done, final: true, zh: 完成, en: Done}\n"
    "    moves:\n"
    "      send: {zh: 下达, en: Send, to: sent, by: signed_in, parties: {commander: actor, lead: ask, co: "
    "ask},\n"
    "             effects: [{start: acknowledge}]}\n"
    "      acknowledge: {zh: 签收, en: Acknowledge, from: [sent, out], to: out, by: [lead, co], each: "
    "party,\n"
    "                    effects: [{stop: acknowledge}]}\n"
    "      finish: {zh: 完成, en: Finish, from: out, to: done, by: commander, when: \"done('co', 'out')\"}\n"
    "    clocks:\n"
    "      acknowledge: {zh: 签收时限, en: Acknowledge, limit: 5m, warn: 50%, each: party,\n"
    "                    breach: [{ring: lead}]}\n";

static struct district *orders_district(char *dir)
{
    char path[128];
    const char *dirs[1] = {path};
    const struct district_options o = {
        .db = fixture_db(), .sync = SQL_SYNC_OFF, .pack_dirs = dirs, .n_pack_dirs = 1};
    struct district *d = NULL;
    struct err e = {0};
    FILE *out;

    check(mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof(path), "%s/pack.yaml", dir);
    out = fopen(path, "we");
    check(out != NULL && fputs(order_pack, out) >= 0 && fclose(out) == 0);
    (void)snprintf(path, sizeof(path), "%s", dir);
    check(district_open(&o, &d, &e));
    (void)snprintf(path, sizeof(path), "%s/pack.yaml", dir);
    (void)unlink(path);
    (void)rmdir(dir);
    return d;
}

static const char *order(struct fixture *f, int64_t t)
{
    char body[512], ids[3][UUID_TEXT_MAX];
    static const char *const logins[] = {"town", "village", "dept"};
    const struct input in = input_of(f, "commander", t);
    struct command *c = NULL;

    for (size_t i = 0; i < 3; i++)
        uuid_format(person(f, logins[i], t)->account, ids[i]);
    (void)snprintf(
        body, sizeof(body),
        "{\"kind\":\"errand\",\"fields\":{\"what\":\"查看裂缝\"},\"parties\":[{\"role\":\"lead\",\"account\":"
        "\"%s\"},{\"role\":\"co\",\"account\":\"%s\"},{\"role\":\"co\",\"account\":\"%s\"}]}",
        ids[0], ids[1], ids[2]);
    AUTO(json_free) struct json_object *o = body_of(body);
    check(input_raise(&in, o, &c, &f->err));
    f->last = c->id;
    return send(f, c);
}

TEST(each_party_has_its_own_steps_and_clock)
{
    char dir[] = "/tmp/wangge-orders-XXXXXX";
    struct fixture own = {.rng = rng_seed(3), .d = orders_district(dir)}, *f = &own;
    int64_t t = instant("2021-11-08T09:12:00+08:00");
    const struct record *r;

    own.arena = arena_create((size_t)1 << 28);
    if (f->d != NULL) {
        is(order(f, t), "");
        r = record_now(f, f->last);
        check(r->n_clocks == 3 && r->n_parties == 4);
        is(act(f, "village", t + MINUTE, f->last, "acknowledge", "{}"), "");
        r = record_now(f, f->last);
        is(r->state->name, "sent"); /* the lead has not moved yet */
        is(act(f, "village", t + 2 * MINUTE, f->last, "acknowledge", "{}"), "move.done");
        is(act(f, "town", t + 2 * MINUTE, f->last, "acknowledge", "{}"), "");
        is(record_now(f, f->last)->state->name, "out");
        is(act(f, "commander", t + 3 * MINUTE, f->last, "finish", "{}"), "move.when");
        check(clocks_until(f, t + 6 * MINUTE) == 2); /* the department: warned, then late */
        is(act(f, "dept", t + 7 * MINUTE, f->last, "acknowledge", "{}"), "");
        is(act(f, "commander", t + 8 * MINUTE, f->last, "finish", "{}"), "");
        r = record_now(f, f->last);
        is(r->state->name, "done");
        for (size_t i = 0; i < r->n_clocks; i++)
            check(r->clocks[i].state == CLOCK_STOPPED &&
                  (r->clocks[i].breached_at != 0) ==
                      uuid_eq(r->clocks[i].party, person(f, "dept", t)->account));
    }
    district_close(&own.d);
    arena_free(&own.arena);
}
