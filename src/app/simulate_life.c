/* What people do with a matter, when, and the commands by which they do it. */
#include "app/simulate.h"
#include "identity/privacy.h"
#include "pack/value.h"
#include "record/codec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE = 60000, HOUR = 3600000, DAY = 86400000 };

static bool is(const struct matter *m, const char *state)
{
    return strcmp(m->state->name, state) == 0;
}

static int64_t after(int64_t now, double median_min, double sigma, struct rng *r)
{
    double ms = chance_spread(r, median_min, sigma) * MINUTE;

    return now + (ms < MINUTE ? MINUTE : (int64_t)ms);
}

/* --- what comes next --- */

static enum sim_act next_reported(const struct town *t, const struct matter *m, bool has_other, int64_t now,
                                  struct rng *r, int64_t *ret_at)
{
    double u = rng_unit(r);
    /* The centre is never empty: part of what comes in outside office hours is taken there. */
    bool duty = rng_below(r, 4) == 0;

    if (m->source == SOURCE_PATROL && u < 0.78) {
        *ret_at = after(now, 14, 0.7, r);
        return ACT_SETTLE;
    }
    if (m->source == SOURCE_APP && u < 0.10) {
        *ret_at = town_at_work(t, after(now, 35, 0.8, r), false, r);
        return ACT_SETTLE;
    }
    if (u < 0.16 && m->source != SOURCE_HOTLINE) {
        *ret_at = town_at_work(t, after(now, 25, 0.7, r), false, r);
        return m->source == SOURCE_PATROL ? ACT_ESCALATE : ACT_ACCEPT;
    }
    *ret_at = after(now, rng_below(r, 24) == 0 ? 220 : 17, 0.8, r);
    if (u < 0.175 && m->source == SOURCE_APP && m->reporter->kind == ACTOR_PERSON)
        return ACT_WITHDRAW;
    if (!duty)
        *ret_at = town_at_work(t, *ret_at, true, r);
    if (u > 0.985 && has_other)
        return ACT_DUPLICATE;
    return u > 0.945 ? ACT_REJECT : ACT_ACCEPT;
}

static enum sim_act next_accepted(const struct town *t, int64_t now, struct rng *r, int64_t *ret_at)
{
    *ret_at = town_at_work(t, after(now, 9, 0.8, r), rng_below(r, 3) != 0, r);
    return rng_below(r, 14) == 0 ? ACT_ESCALATE : ACT_DISPATCH;
}

/* Most use part of the time they have; some are slow, and the clock tells on them. */
static enum sim_act next_handling(const struct town *t, const struct matter *m, int64_t now, struct rng *r,
                                  int64_t *ret_at)
{
    double share = chance_spread(r, 0.42, 0.62);
    bool office = !uuid_is_nil(m->lead_org);
    int64_t has = m->due > m->started ? m->due - m->started : DAY;

    if (share > 2.5)
        share = 2.5;
    *ret_at = m->started + (int64_t)(share * (double)has);
    if (*ret_at < now + 12 * (int64_t)MINUTE)
        *ret_at = after(now, 40, 0.6, r);
    *ret_at = town_at_work(t, *ret_at, office, r);
    if (!m->was_suspended && rng_below(r, 24) == 0) {
        *ret_at = town_at_work(t, after(now, 50, 0.5, r), office, r);
        return ACT_SUSPEND;
    }
    if (!m->passed_on && rng_below(r, 30) == 0) {
        *ret_at = town_at_work(t, after(now, 45, 0.5, r), true, r);
        return ACT_DISPATCH;
    }
    return ACT_ANSWER;
}

static enum sim_act next_closed(const struct town *t, const struct matter *m, int64_t now, struct rng *r,
                                int64_t *ret_at)
{
    bool known = m->reporter->kind == ACTOR_PERSON && m->source == SOURCE_APP;

    if (m->act == ACT_RATE || m->act == ACT_CALL_BACK)
        return ACT_NONE;
    if (known && !m->was_reopened && rng_below(r, 30) == 0) {
        *ret_at = after(now, 3 * 24 * 60, 0.7, r);
        return *ret_at < now + (int64_t)14 * DAY ? ACT_REOPEN : ACT_NONE;
    }
    if (known && rng_below(r, 100) < 42) {
        *ret_at = town_at_work(t, after(now, 300, 1.0, r), false, r);
        return ACT_RATE;
    }
    if (m->source == SOURCE_HOTLINE && rng_below(r, 100) < 55) {
        *ret_at = town_at_work(t, after(now, 20 * 60, 0.5, r), true, r);
        return ACT_CALL_BACK;
    }
    return ACT_NONE;
}

enum sim_act life_next(const struct town *t, const struct matter *m, bool has_other, int64_t now,
                       struct rng *r, int64_t *ret_at)
{
    if (is(m, "reported"))
        return next_reported(t, m, has_other, now, r, ret_at);
    if (is(m, "accepted"))
        return next_accepted(t, now, r, ret_at);
    if (is(m, "dispatched")) {
        *ret_at = town_at_work(t, after(now, 6, 0.75, r), !uuid_is_nil(m->lead_org), r);
        return ACT_ACKNOWLEDGE;
    }
    if (is(m, "handling"))
        return next_handling(t, m, now, r, ret_at);
    if (is(m, "answered")) {
        *ret_at = town_at_work(t, after(now, 75, 0.7, r), true, r);
        return rng_below(r, 15) == 0 ? ACT_RETURN : ACT_VERIFY;
    }
    if (is(m, "suspended") && rng_below(r, 3) == 0) {
        *ret_at = town_at_work(t, after(now, 600, 0.4, r), false, r);
        return ACT_RESUME;
    }
    return is(m, "closed") ? next_closed(t, m, now, r, ret_at) : ACT_NONE;
}

/* --- commands --- */

static struct command *command_new(const struct matter *m, const struct principal *who, const char *verb,
                                   int64_t at, struct rng *r, struct arena *a)
{
    struct command *c = arena_new(a, struct command);

    c->id = rng_uuid(r, at);
    c->who = who;
    c->at = at;
    c->target = m->id;
    c->verb = verb;
    c->version = -1;
    return c;
}

static void set(struct command *c, const struct kind *k, const char *field, struct cel_value v,
                struct arena *a)
{
    const struct field *f = kind_field(k, field);

    if (c->values == NULL)
        c->values = arena_array(a, struct cel_value, k->n_fields + 1);
    if (f != NULL)
        c->values[f->index] = v;
}

static void set_text(struct command *c, const struct kind *k, const char *field, const char *text,
                     struct arena *a)
{
    set(c, k, field, CEL_STR(text), a);
}

/* As a form does it: nothing personal goes further in the clear. */
static void set_personal(struct command *c, const struct kind *k, const char *field, const char *plain,
                         const struct world *w, struct arena *a)
{
    const struct field *f = kind_field(k, field);

    if (f == NULL)
        return;
    if (c->blind == NULL)
        c->blind = arena_alloc(a, (k->n_fields + 1) * BLIND_BYTES);
    privacy_blind(w->privacy, field_type_name(f->type), plain, c->blind[f->index]);
    set_text(
        c, k, field,
        personal_join(a, privacy_seal(w->privacy, a, c->id, f->name, plain), privacy_mask(a, f->type, plain)),
        a);
}

static void add_caller(const struct town *t, struct command *c, struct rng *r, struct arena *a)
{
    static const char *const prefixes[] = {"130", "135", "138", "139", "150", "158", "177", "187", "199"};
    static const char *const names[] = {"王女士", "李先生", "陈阿姨", "徐师傅", "郑老师", "吴大伯"};
    /* 0000 in the middle: numbers of nobody. */
    const char *phone =
        arena_printf(a, "%s0000%04d", prefixes[rng_below(r, COUNT_OF(prefixes))], (int)rng_below(r, 10000));

    set_personal(c, c->kind, "caller", phone, t->world, a);
    if (rng_below(r, 3) > 0)
        set_personal(c, c->kind, "caller_name", names[rng_below(r, COUNT_OF(names))], t->world, a);
}

static const struct principal *who_reports(const struct town *t, struct matter *m, const char *area,
                                           int64_t at, struct rng *r)
{
    uint64_t u = rng_below(r, 100);

    m->source = u < 36 ? SOURCE_PATROL : u < 74 ? SOURCE_APP : u < 94 ? SOURCE_HOTLINE : SOURCE_CENTRE;
    if (m->source == SOURCE_PATROL)
        m->reporter = town_holder(t, "patrol", area, AREA_UNSET, at);
    else if (m->source == SOURCE_APP)
        m->reporter =
            rng_below(r, 8) == 0 ? &principal_anonymous : t->residents[rng_below(r, t->n_residents)];
    else
        m->reporter = town_holder(t, "clerk", area, AREA_DISTRICT, at);
    if (m->reporter == NULL) {
        m->source = SOURCE_APP;
        m->reporter = t->residents[rng_below(r, t->n_residents)];
    }
    return m->reporter;
}

struct command *life_raise(const struct town *t, struct matter *m, int64_t at, struct rng *r, struct arena *a)
{
    static const char *const sources[] = {"app", "patrol", "hotline", "centre"};
    const struct sim_place *p = &t->places[m->place];
    const struct kind *k = packs_kind(t->world->packs, "incident");
    struct command *c;

    if (k == NULL)
        return NULL;
    c = command_new(m, who_reports(t, m, p->community->code, at, r), NULL, at, r, a);
    c->kind = k;
    c->target = (struct uuid){0};
    m->id = c->id;
    m->text = sim_text_pick(r);
    c->has_place = town_point(t, p, r, &c->lng, &c->lat);
    if (!c->has_place)
        c->area = p->community->code;
    set_text(c, k, "description", sim_describe(m->text, p->community, r, a), a);
    set_text(c, k, "source", sources[m->source], a);
    if (m->source != SOURCE_APP || rng_below(r, 10) < 6)
        set_text(c, k, "category", m->text->category, a);
    if (m->source == SOURCE_PATROL)
        set_text(c, k, "level", "easy", a);
    if (m->source == SOURCE_HOTLINE)
        add_caller(t, c, r, a);
    c->note = "模拟数据 simulated";
    return c;
}

static const struct principal *clerk_of(const struct town *t, const struct matter *m, int64_t at)
{
    const struct principal *p = town_member(t, m->owner, "clerk", at, 0);

    return p != NULL ? p : town_holder(t, "clerk", m->area, AREA_UNSET, at);
}

/* Somebody who did not do the work: the township's, or the district's where the township did it. */
static const struct principal *verifier_of(const struct town *t, const struct matter *m, int64_t at)
{
    const struct principal *p = town_holder(t, "verifier", m->area, AREA_TOWNSHIP, at);

    if (p == NULL || principal_in_org(p, m->lead_org) ||
        (m->lead != NULL && uuid_eq(p->account, m->lead->account)))
        p = town_holder(t, "verifier", m->area, AREA_DISTRICT, at);
    return p;
}

static const struct principal *actor_of(const struct town *t, const struct matter *m, int64_t at)
{
    switch (m->act) {
    case ACT_SETTLE:
        return town_holder(t, "patrol", m->area, AREA_UNSET, at);
    case ACT_ESCALATE:
        return is(m, "reported") ? town_holder(t, "patrol", m->area, AREA_UNSET, at) : clerk_of(t, m, at);
    case ACT_REJECT:
    case ACT_DUPLICATE:
    case ACT_ACCEPT:
    case ACT_DISPATCH:
        return clerk_of(t, m, at);
    case ACT_CALL_BACK:
        return town_holder(t, "clerk", m->area, AREA_DISTRICT, at);
    case ACT_ACKNOWLEDGE:
    case ACT_ANSWER:
    case ACT_SUSPEND:
    case ACT_RESUME:
        return m->lead;
    case ACT_VERIFY:
    case ACT_RETURN:
        return verifier_of(t, m, at);
    case ACT_WITHDRAW:
    case ACT_REOPEN:
    case ACT_RATE:
        return m->reporter;
    case ACT_NONE:
    case ACT__MAX:
        break;
    }
    return NULL;
}

static void fill_accept(struct command *c, const struct kind *k, const struct matter *m, struct rng *r,
                        struct arena *a)
{
    uint64_t u = rng_below(r, 100);

    set_text(c, k, "category", m->text->category, a);
    set_text(c, k, "level", u < 22 ? "easy" : u < 88 ? "complex" : "many", a);
}

static void fill_dispatch(const struct town *t, struct command *c, const struct kind *k,
                          const struct matter *m, struct rng *r, struct arena *a)
{
    const struct party_role *co = kind_party(k, "co"), *lead = kind_party(k, "lead");
    const struct principal *helper = town_holder(t, "grid_worker", m->area, AREA_UNSET, c->at);
    struct party_input *parties = arena_array(a, struct party_input, 2);

    set_text(c, k, "category", m->text->category, a);
    c->parties = parties;
    /* Passed on: the community takes it over from who could not do it. */
    if (is(m, "handling") && lead != NULL && town_member(t, m->owner, NULL, c->at, 0) != NULL)
        parties[c->n_parties++] = (struct party_input){.role = lead, .org = m->owner};
    if (co != NULL && helper != NULL && rng_below(r, 12) == 0)
        parties[c->n_parties++] = (struct party_input){.role = co, .account = helper->account};
}

static void fill_rating(struct command *c, const struct kind *k, const struct matter *m, struct rng *r,
                        struct arena *a)
{
    uint64_t u = rng_below(r, 100);
    bool late = m->due != 0 && m->was_reopened;
    int64_t stars = u < (late ? 15U : 52U) ? 5 : u < (late ? 45U : 82U) ? 4 : u < 93 ? 3 : u < 97 ? 2 : 1;

    set(c, k, "rating", CEL_INTV(stars), a);
    if (rng_below(r, 3) == 0)
        set_text(c, k, "comment", sim_note(NOTE_COMMENT, r), a);
}

static void fill(const struct town *t, struct command *c, const struct matter *m, struct rng *r,
                 struct arena *a)
{
    static const enum sim_note notes[ACT__MAX] = {
        [ACT_REJECT] = NOTE_REJECT, [ACT_ESCALATE] = NOTE_ESCALATE, [ACT_ANSWER] = NOTE_ANSWER,
        [ACT_RETURN] = NOTE_RETURN, [ACT_SUSPEND] = NOTE_SUSPEND,   [ACT_REOPEN] = NOTE_REOPEN};
    const struct kind *k = packs_kind(t->world->packs, "incident");

    if (notes[m->act] != NOTE_SETTLE || m->act == ACT_SETTLE)
        c->note = sim_note(notes[m->act], r);
    switch (m->act) {
    case ACT_SETTLE:
        set_text(c, k, "category", m->text->category, a);
        break;
    case ACT_ACCEPT:
        fill_accept(c, k, m, r, a);
        break;
    case ACT_DISPATCH:
        fill_dispatch(t, c, k, m, r, a);
        break;
    case ACT_SUSPEND:
        c->until = c->at + (int64_t)(chance_spread(r, 30, 0.6) * HOUR);
        break;
    case ACT_RATE:
    case ACT_CALL_BACK:
        fill_rating(c, k, m, r, a);
        break;
    case ACT_NONE:
    case ACT_REJECT:
    case ACT_WITHDRAW:
    case ACT_DUPLICATE:
    case ACT_ESCALATE:
    case ACT_ACKNOWLEDGE:
    case ACT_ANSWER:
    case ACT_VERIFY:
    case ACT_RETURN:
    case ACT_RESUME:
    case ACT_REOPEN:
    case ACT__MAX:
        break;
    }
}

struct command *life_act(const struct town *t, const struct matter *m, struct uuid other, int64_t at,
                         struct rng *r, struct arena *a)
{
    static const char *const verbs[ACT__MAX] = {
        [ACT_SETTLE] = "settle",       [ACT_REJECT] = "reject",           [ACT_WITHDRAW] = "withdraw",
        [ACT_DUPLICATE] = "duplicate", [ACT_ACCEPT] = "accept",           [ACT_ESCALATE] = "escalate",
        [ACT_DISPATCH] = "dispatch",   [ACT_ACKNOWLEDGE] = "acknowledge", [ACT_ANSWER] = "answer",
        [ACT_VERIFY] = "verify",       [ACT_RETURN] = "return",           [ACT_SUSPEND] = "suspend",
        [ACT_RESUME] = "resume",       [ACT_REOPEN] = "reopen",           [ACT_RATE] = "rate",
        [ACT_CALL_BACK] = "call_back"};
    const struct principal *who = actor_of(t, m, at);
    struct command *c;

    if (who == NULL || verbs[m->act] == NULL)
        return NULL;
    c = command_new(m, who, verbs[m->act], at, r, a);
    if (m->act == ACT_DUPLICATE)
        c->other = other;
    fill(t, c, m, r, a);
    return c;
}
