/* Parents and children behind the door: what closes with what, what counts how often it happened before. */
#include "app/fixture.h"

#define MONDAY "2026-09-28T09:00:00+08:00"
enum { MINUTE = 60000 };
static const int64_t DAY = INT64_C(86400000);

/* POST /records of any kind below a parent, in the patrol's grid. */
static const char *add(struct fixture *f, const char *login, int64_t at, const char *kind, struct uuid parent,
                       const char *fields)
{
    char body[1024], id[UUID_TEXT_MAX], up[UUID_TEXT_MAX], above[80] = "";
    struct command *c = NULL;

    f->last = rng_uuid(&f->rng, at);
    uuid_format(f->last, id);
    uuid_format(parent, up);
    if (!uuid_is_nil(parent))
        (void)snprintf(above, sizeof(above), ",\"parent\":\"%s\"", up);
    (void)snprintf(body, sizeof(body),
                   "{\"id\":\"%s\",\"kind\":\"%s\",\"fields\":%s%s,\"place\":{\"lng\":%.6f,\"lat\":%.6f}}",
                   id, kind, fields, above, f->lng, f->lat);
    AUTO(json_free) struct json_object *json = body_of(body);
    const struct input in = input_of(f, login, at);

    f->err = (struct err){0};
    if (!input_raise(&in, json, &c, &f->err))
        return f->err.n_details > 0 ? f->err.details[0].key : f->err.key;
    return send(f, c);
}

static struct uuid shop(struct fixture *f, int64_t at, const char *trade)
{
    char fields[128];

    (void)snprintf(fields, sizeof(fields), "{\"name\":\"老街面馆\",\"trade\":\"%s\"}", trade);
    is(add(f, "worker", at, "shop", (struct uuid){0}, fields), "");
    return f->last;
}

static const char *text_field(struct fixture *f, struct uuid id, const char *name)
{
    return field_of(record_now(f, id), name)->s;
}

/* Inspections of one shop, each so many days after the first, and the card each gives. */
TEST(cards_are_counted_within_their_period)
{
    static const struct {
        const char *trade;
        struct {
            int day;
            bool fault;
            const char *card;
        } visit[5];
    } all[] = {
        {"goods", {{0, true, "yellow"}, {1, true, "red"}, {2, true, "shut"}, {3, true, "shut"}, {0}}},
        {"goods", {{0, true, "yellow"}, {30, false, "none"}, {365, true, "red"}, {0}, {0}}},
        {"goods", {{0, true, "yellow"}, {366, true, "yellow"}, {400, true, "red"}, {0}, {0}}},
        {"goods", {{0, true, "yellow"}, {300, true, "red"}, {366, true, "red"}, {667, true, "red"}, {0}}},
        {"food", {{0, true, "yellow"}, {180, true, "red"}, {361, true, "yellow"}, {0}, {0}}},
    };
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct uuid id = shop(f, t, all[i].trade);

        for (size_t k = 0; k < COUNT_OF(all[i].visit) && all[i].visit[k].card != NULL; k++) {
            is(add(f, "patrol", t + all[i].visit[k].day * DAY + MINUTE, "inspection", id,
                   all[i].visit[k].fault ? "{\"faults\":[\"fire\"]}" : "{\"faults\":[]}"),
               "");
            is(text_field(f, f->last, "card"), all[i].visit[k].card);
        }
    }
}

/* Those of another shop do not count, nor do those that were withdrawn. */
TEST(only_the_same_parent_s_count)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid one = shop(f, t, "goods"), other = shop(f, t, "goods"), first;

    is(add(f, "patrol", t + MINUTE, "inspection", one, "{\"faults\":[\"fire\"]}"), "");
    first = f->last;
    is(add(f, "patrol", t + 2 * MINUTE, "inspection", other, "{\"faults\":[\"fire\"]}"), "");
    is(text_field(f, f->last, "card"), "yellow");
    is(add(f, "patrol", t + 3 * MINUTE, "inspection", one, "{\"faults\":[\"fire\"]}"), "");
    is(text_field(f, f->last, "card"), "red");
    is(text_field(f, first, "card"), "yellow");
    is(text_field(f, one, "card"), "red");
    is(text_field(f, other, "card"), "yellow");
}

TEST(a_list_closes_with_its_last_place)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid list, spot[2];

    is(add(f, "clerk", t, "batch", (struct uuid){0},
           "{\"subject\":\"第 1 批\",\"campaign\":\"town\",\"deadline\":\"2026-10-30T17:30:00+08:00\"}"),
       "");
    list = f->last;
    is(act(f, "clerk", t + MINUTE, list, "issue", "{}"), "move.when");
    for (int i = 0; i < 2; i++) {
        is(add(f, "clerk", t + 2 * MINUTE, "spot", list, "{\"what\":\"杂物\"}"), "");
        spot[i] = f->last;
    }
    is(add(f, "clerk", t + 2 * MINUTE, "hazard", list, "{\"what\":\"隐患\",\"domain\":\"fire\"}"),
       "parent.kind");
    is(act(f, "clerk", t + 3 * MINUTE, list, "issue", "{}"), "");
    is(record_now(f, spot[1])->state->name, "assigned");
    is(act(f, "clerk", t + 4 * MINUTE, list, "finish", "{}"), "move.when");
    is(act(f, "clerk", t + 5 * MINUTE, spot[0], "drop", "{\"note\":\"重复\"}"), "");
    is(record_now(f, list)->state->name, "issued");
    is(act(f, "clerk", t + 6 * MINUTE, spot[1], "drop", "{\"note\":\"重复\"}"), "");
    is(record_now(f, list)->state->name, "finished");
    is(add(f, "clerk", t + 7 * MINUTE, "spot", list, "{\"what\":\"漏了\"}"), "parent.closed");
}

/* A repetition of the cause finds what followed from it done. */
TEST(what_follows_happens_once)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid id = shop(f, t, "goods");
    struct command *c = NULL;

    is(add(f, "patrol", t + MINUTE, "inspection", id, "{\"faults\":[\"fire\"]}"), "");
    is(act_as(f, "clerk", t + 2 * MINUTE, id, "change", "{\"fields\":{\"name\":\"新街面馆\"}}", &c), "");
    is(send(f, c), "");
    check(field_of(record_now(f, id), "faults")->i == 1);
    check(record_now(f, id)->version == 3);
}

static const char *merge(struct fixture *f, int64_t at, struct uuid proposal, struct uuid project)
{
    char body[100], id[UUID_TEXT_MAX];

    uuid_format(project, id);
    (void)snprintf(body, sizeof(body), "{\"fields\":{\"project\":\"%s\"}}", id);
    return act(f, "clerk", at, proposal, "merge", body);
}

/* A proposal that becomes part of a project: both move, or neither does. */
TEST(a_named_record_moves_with_it_or_neither_does)
{
    static const char *const wish =
                                 "{\"name\":\"增加停车位\",\"content\":\"200 个\",\"overview\":\"停车难\"}",
                             *const work = "{\"project_name\":\"停车位扩容\",\"content\":\"200 个\","
                                           "\"overview\":\"停车难\",\"sector\":\"city\"}";
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid call, one, other, good, out;

    is(add(f, "clerk", t, "proposal_call", (struct uuid){0},
           "{\"call_name\":\"征集\",\"opens_on\":\"2026-09-01\",\"closes_on\":\"2026-12-31\"}"),
       "");
    call = f->last;
    is(act(f, "leader", t + MINUTE, call, "announce", "{}"), "");
    is(add(f, "clerk", t + 2 * MINUTE, "proposal", call, wish), "");
    one = f->last;
    is(add(f, "clerk", t + 2 * MINUTE, "proposal", call, wish), "");
    other = f->last;
    is(add(f, "clerk", t + 3 * MINUTE, "livelihood_project", call, work), "");
    good = f->last;
    is(add(f, "clerk", t + 3 * MINUTE, "livelihood_project", call, work), "");
    out = f->last;
    is(act(f, "verifier", t + 4 * MINUTE, out, "screen_out", "{\"fields\":{\"reason\":\"重复\"}}"), "");

    is(merge(f, t + 5 * MINUTE, one, out), "move.state");
    is(record_now(f, one)->state->name, "admitted");
    check(field_of(record_now(f, one), "project")->type <= CEL_NULL);
    is(merge(f, t + 6 * MINUTE, one, other), "record.not_found"); /* of another kind */
    is(merge(f, t + 6 * MINUTE, one, (struct uuid){{1}}), "record.not_found");
    is(merge(f, t + 7 * MINUTE, one, good), "");
    is(merge(f, t + 8 * MINUTE, other, good), "");
    is(record_now(f, one)->state->name, "merged");
    check(field_of(record_now(f, good), "proposals")->i == 2);
}

/* What is published may be asked about by whoever cannot see it; nothing but its children stands below it. */
TEST(below_what_is_published_anybody_may_ask)
{
    static const char *const entry =
        "{\"list\":\"duty\",\"what\":\"走访\",\"content\":\"每月一次\",\"who\":\"网格员\","
        "\"since\":\"2026-09-01\"}";
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    struct uuid board, draft;

    is(add(f, "clerk", t, "open_board", (struct uuid){0}, "{\"board_name\":\"公开栏\"}"), "");
    board = f->last;
    is(add(f, "clerk", t + MINUTE, "list_entry", board, entry), "");
    draft = f->last;
    is(add(f, "resident", t + 2 * MINUTE, "list_question", draft, "{\"question\":\"为什么\"}"),
       "record.not_found");
    is(act(f, "verifier", t + 3 * MINUTE, draft, "publish", "{}"), "");
    check(!record_visible(district_world(f->d), record_now(f, draft), input_of(f, "resident", t).who));
    is(add(f, "resident", t + 4 * MINUTE, "list_question", draft, "{\"question\":\"为什么\"}"), "");
    is(add(f, "resident", t + 5 * MINUTE, "incident", draft, "{\"description\":\"路灯\"}"), "parent.kind");
    is(act(f, "resident", t + 6 * MINUTE, draft, "amend", "{\"fields\":{\"reason\":\"我要改\"}}"),
       "record.not_found");
}
