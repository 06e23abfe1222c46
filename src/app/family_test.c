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
