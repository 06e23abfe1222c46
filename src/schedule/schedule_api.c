/* GET /schedules: the rules that raise matters by themselves, and when they come. PUT /schedules/{name}: on,
 * off. */
#include "base/text.h"
#include "identity/identity.h"
#include "json/json_in.h"
#include "schedule/schedule.h"

#include <stddef.h>
#include <stdio.h>

enum { NEXT_SHOWN = 3, PREVIEW_DEFAULT = 12 };

static const struct world *world_of(const struct req *r)
{
    return r->services->world(r->services);
}

static void write_title(struct json_out *j, const char *key, const struct title *t)
{
    jo_obj(j, key);
    jo_str(j, "zh", t->zh);
    jo_str(j, "en", t->en);
    jo_close(j);
}

static void write_for(struct json_out *j, const struct schedule_def *s)
{
    jo_obj(j, "for");
    jo_str(j, "area", s->target == FOR_AREA ? area_level_name((enum area_level)s->level) : NULL);
    jo_str(j, "post", s->post == NULL ? NULL : s->post->name);
    jo_str(j, "records", s->of == NULL ? NULL : s->of->name);
    jo_str(j, "when", s->when == NULL ? NULL : cel_text(s->when));
    jo_close(j);
}

static void write_coming(struct req *r, const struct schedule_def *s, size_t max)
{
    int64_t at[SCHEDULE_PREVIEW_MAX];
    size_t n = schedule_coming(world_of(r), s, r->now, at, max);

    jo_arr(&r->out, "next");
    for (size_t i = 0; i < n; i++)
        jo_time(&r->out, NULL, at[i], r->services->offset_min);
    jo_close(&r->out);
}

static void write_rule(struct req *r, const struct schedule_def *s, const struct schedule_state *state,
                       size_t max)
{
    struct json_out *j = &r->out;
    char at[16];

    (void)snprintf(at, sizeof(at), "%02d:%02d", s->at_min / 60 % 24, s->at_min % 60);
    jo_str(j, "name", s->name);
    write_title(j, "title", &s->title);
    jo_str(j, "pack", s->pack->name);
    jo_str(j, "kind", s->kind->name);
    write_title(j, "kind_title", &s->kind->title);
    jo_str(j, "rrule", s->recurrence.rule);
    jo_str(j, "at", at);
    jo_str(j, "workdays", recur_workdays_name(s->recurrence.workdays));
    jo_str(j, "round", s->round);
    jo_bool(j, "catch_up", s->catch_up);
    write_for(j, s);
    jo_str(j, "to", s->to == NULL ? NULL : s->to->name);
    jo_bool(j, "on", state->active);
    jo_int(j, "raised", state->raised);
    jo_str(j, "problem", state->problem[0] == '\0' ? NULL : state->problem);
    write_coming(r, s, max);
}

static bool get_schedules(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct packs *packs = world_of(r)->packs;
    struct schedule_state state;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < packs->n_schedules; i++) {
        if (!schedule_state(tx, r->services->district, packs->schedules[i].name, r->arena, &state, e))
            return false;
        jo_obj(&r->out, NULL);
        write_rule(r, &packs->schedules[i], &state, NEXT_SHOWN);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

static bool find(struct req *r, const struct schedule_def **ret, struct err *e)
{
    *ret = packs_schedule(world_of(r)->packs, r->path_param[0]);
    return *ret != NULL || ERR(e, ERR_NOT_FOUND, "schedule.not_found", "没有派发规则“%.40s”",
                               "there is no schedule “%.40s”", r->path_param[0]);
}

static bool answer_one(struct req *r, const struct schedule_def *s, size_t max, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t targets, people;
    struct schedule_state state;

    if (!schedule_targets(r->services->db, world_of(r), s, r->now, &targets, &people, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !schedule_state(tx, r->services->district, s->name, r->arena, &state, e))
        return false;
    jo_obj(&r->out, NULL);
    write_rule(r, s, &state, max);
    jo_int(&r->out, "targets", targets);
    jo_int(&r->out, "people", people);
    jo_close(&r->out);
    return true;
}

static bool get_schedule(struct req *r, struct err *e)
{
    const struct schedule_def *s;
    int64_t count;

    return find(r, &s, e) && req_query_int(r, "count", 1, SCHEDULE_PREVIEW_MAX, PREVIEW_DEFAULT, &count, e) &&
           answer_one(r, s, (size_t)count, e);
}

struct put_body {
    bool on;
};

static bool put_schedule(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"on", JSON_BOOL, offsetof(struct put_body, on), true, 0, 0},
    };
    const struct schedule_def *s;
    struct put_body b = {0};

    return find(r, &s, e) && json_read(r->json, "", members, COUNT_OF(members), &b, e) &&
           schedule_switch(r->services->db, world_of(r), s, b.on, r->who->account, r->now, e) &&
           answer_one(r, s, PREVIEW_DEFAULT, e);
}

const struct route schedule_routes[] = {
    {GET, "/api/v1/schedules", PERM_STAFF, BODY_NONE, get_schedules, NULL, 0,
     "Rules that raise matters by themselves, and when they come next", "schedules"},
    {GET, "/api/v1/schedules/{name}", PERM_STAFF, BODY_NONE, get_schedule, NULL, 0,
     "One rule: its next `count` times, for how many, shared by how many", "schedule"},
    {PUT, "/api/v1/schedules/{name}", PERM_ADMIN, BODY_JSON, put_schedule, NULL, 1024,
     "Switch a rule on from now on, or off", "schedule"},
    {.method = METHOD_UNSET},
};

#define TEXT   "{\"type\":\"string\"}"
#define ORNULL "{\"type\":[\"string\",\"null\"]}"
#define WHOLE  "{\"type\":\"integer\"}"
#define YESNO  "{\"type\":\"boolean\"}"
const struct openapi_schema schedule_schemas[] = {
    {"schedule",
     "{\"type\":\"object\",\"required\":[\"name\",\"title\",\"pack\",\"kind\",\"rrule\",\"at\",\"workdays\","
     "\"for\",\"on\",\"raised\",\"next\"],\"properties\":{\"name\":" TEXT
     ",\"title\":{\"type\":\"object\"},\"pack\":" TEXT ",\"kind\":" TEXT
     ",\"kind_title\":{\"type\":\"object\"},\"rrule\":" TEXT ",\"at\":" TEXT
     ",\"workdays\":{\"enum\":[\"any\",\"next\",\"previous\",\"only\",\"off\"]},\"round\":" ORNULL
     ",\"catch_up\":" YESNO ",\"for\":{\"type\":\"object\"},\"to\":" ORNULL ",\"on\":" YESNO
     ",\"raised\":" WHOLE ",\"problem\":" ORNULL ",\"next\":{\"type\":\"array\",\"items\":" TEXT
     "},\"targets\":" WHOLE ",\"people\":" WHOLE "}}"},
    {"schedules",
     "{\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":"
     "\"array\",\"items\":{\"$ref\":\"#/components/schemas/schedule\"}},\"next\":" ORNULL "}}"},
    {0},
};
