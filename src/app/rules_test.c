/* Versions of packs: they begin between two entries, records go along or stand in the way, and the history is
 * told by the version that held. */
#include "app/fixture.h"
#include "app/packs.h"
#include "app/verify.h"
#include "rules/rules.h"

#define MONDAY "2026-09-28T09:00:00+08:00"

enum { MINUTE = 60000 };

/* --- words --- */

static void differs(void *ctx, const char *what)
{
    char *first = ctx;

    if (first[0] == '\0')
        str_copy(first, 300, what);
}

static void is_sound(struct fixture *f, const char *file, int line)
{
    char first[300] = "";
    struct verify_result r;
    struct err e = {0};

    if (!verify_district(f->d, false, differs, first, &r, &e))
        str_copy(first, sizeof(first), e.en);
    text_is(first, "", file, line);
}
#define SOUND(f) is_sound((f), __FILE__, __LINE__)

/* One change of a text: `from` becomes `to`. */
struct edit {
    const char *file, *from, *to;
};

static const char *replaced(struct fixture *f, const char *text, const struct edit *x)
{
    const char *at = strstr(text, x->from);

    check(at != NULL);
    return at == NULL ? text
                      : arena_printf(f->arena, "%s%s%s", arena_strndup(f->arena, text, (size_t)(at - text)),
                                     x->to, at + strlen(x->from));
}

/* The program's incident pack with edits. */
static struct edition edited(struct fixture *f, const struct edit *edits, size_t n)
{
    const struct rules_maker m = packs_maker(f->d->own);
    struct edition d = {0};
    struct edition_file *files;

    check(m.own(m.ctx, "incident", f->arena, &d));
    files = arena_array(f->arena, struct edition_file, d.n + 1);
    for (size_t i = 0; i < d.n; i++) {
        files[i] = d.files[i];
        for (size_t k = 0; k < n; k++)
            if (str_eq(edits[k].file, files[i].name))
                files[i].text = replaced(f, files[i].text, &edits[k]);
        files[i].n = strlen(files[i].text);
    }
    return (struct edition){.pack = "incident", .files = files, .n = d.n};
}

static struct doing admin(struct fixture *f, int64_t now)
{
    return (struct doing){
        .db = f->d->db, .district = f->d->code, .actor = person(f, "admin", now)->account, .now = now};
}

static int64_t save(struct fixture *f, const struct edition *d)
{
    const struct doing by = admin(f, instant(MONDAY));
    struct version v = {0};

    f->err = (struct err){0};
    check(version_save(&by, f->d->privacy, d, "试", &v, &f->err));
    return v.number;
}

static const char *begin_at(struct fixture *f, int64_t number, int64_t now, int64_t from, struct uuid id)
{
    const struct doing by = admin(f, now);
    const struct switch_order o = {.id = id, .pack = "incident", .why = "试", .number = number, .from = from};

    f->err = (struct err){0};
    if (switch_do(&f->d->services, f->d->rules, &by, &o, &f->err))
        return "";
    if (str_eq(f->err.key, "version.refused"))
        (void)printf("# %s\n", f->err.en);
    return f->err.key;
}

static const char *begin(struct fixture *f, int64_t number)
{
    return begin_at(f, number, instant(MONDAY), instant(MONDAY), uuid_make());
}

static int64_t holds(struct fixture *f)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};
    int64_t n = -1;

    check(sql_begin(f->d->db, SQL_READ, &tx, &e) && switch_holds(tx, f->d->code, "incident", &n, &e));
    return n;
}

static const struct kind *incident(struct fixture *f)
{
    return packs_kind(district_world(f->d)->packs, "incident");
}

/* --- a version that changes all that is derived of a record --- */

static const struct edit much[] = {
    {"pack.yaml", "      comment: {type: text,",
     "      risk: {type: bool, zh: 有危险, en: Dangerous}\n"
     "      comment: {type: text, search: true,"},
    {"pack.yaml", "answered: {light: open,", "answered: {light: done,"},
    {"pack.yaml", "takes: [description, category,", "takes: [risk, description, category,"},
    {"pack.yaml", "open: {zh: 在办, en: Open, holds: open,",
     "open: {zh: 在办, en: Open, holds: \"open && level != 'easy'\","},
    {"pack.yaml", "  late: {zh: 超期在办",
     "  risky: {zh: 危险, en: Risky, holds: \"risk == true || source == 'app'\"}\n"
     "  late: {zh: 超期在办"},
    {"pack.yaml", "    line: \"{category} · {description}\"", "    line: \"{description}\""},
    {"codes/category.csv", "0102,01,路灯不亮", "0199,01,其他设施,Other,\n0102,01,路灯坏了"},
};

static struct uuid handled(struct fixture *f, int64_t t, const char *level)
{
    char body[128];
    struct uuid id;

    is(report(f, "clerk", t, "{\"fields\":{\"description\":\"路灯不亮\",\"caller\":\"13800138000\"}}"), "");
    id = f->last;
    (void)snprintf(body, sizeof(body), "{\"fields\":{\"category\":\"0102\",\"level\":\"%s\"}}", level);
    is(act(f, "clerk", t + MINUTE, id, "accept", body), "");
    return id;
}

static void a_version_takes_the_records_along_and_back(void)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY);
    const struct edition d = edited(f, much, COUNT_OF(much));
    struct uuid first = handled(f, t, "easy"), second = handled(f, t, "complex");
    int64_t number = save(f, &d);

    check(number == 1 && save(f, &d) == 1); /* the same is not kept twice */
    SOUND(f);
    is(begin(f, number), "");
    check(holds(f) == 1 && kind_field(incident(f), "risk") != NULL);
    SOUND(f);
    is(act(f, "clerk", t + 2 * MINUTE, first, "dispatch", "{}"), "");
    is(report(f, "resident", t + 2 * MINUTE, "{\"fields\":{\"description\":\"井盖\",\"risk\":true}}"), "");
    check(record_now(f, f->last)->title != NULL && str_eq(record_now(f, f->last)->title, "井盖"));
    SOUND(f);
    is(begin(f, number), "version.holds");
    is(begin(f, 7), "version.none");
    is(begin(f, 0), "version.misfit"); /* a record has the new field */
    is(f->err.details[0].key, "fit.field");
    is(act(f, "clerk", t + 3 * MINUTE, second, "dispatch", "{}"), "");
    SOUND(f);
}

static void going_back_is_beginning_an_earlier_version(void)
{
    struct fixture *f = fixture();
    const struct edition d = edited(f, much, 3);
    int64_t number = save(f, &d);

    check(number == 2);
    is(begin(f, number), "");
    SOUND(f);
    is(begin(f, 1), "");
    check(holds(f) == 1);
    SOUND(f);
}

/* --- what stands in the way --- */

static void refuses(struct fixture *f, const struct edit *edits, size_t n, const char *key, const char *what)
{
    const struct edition d = edited(f, edits, n);
    int64_t number = save(f, &d), seq = door_seq(f->d->door), before = holds(f);
    size_t i = 0;

    is(begin(f, number), "version.misfit");
    while (i < f->err.n_details && !str_eq(f->err.details[i].key, key))
        i++;
    check(i < f->err.n_details);
    if (i < f->err.n_details)
        check(strstr(f->err.details[i].zh, what) != NULL && strstr(f->err.details[i].en, what) != NULL);
    check(holds(f) == before && door_seq(f->d->door) == seq);
}

/* A role is one of all packs: what it is called in one cannot change while another speaks of it. */
static void in_use_elsewhere(struct fixture *f, const struct edit *edits, size_t n)
{
    const struct edition d = edited(f, edits, n);
    int64_t before = holds(f);

    is(begin(f, save(f, &d)), "version.refused");
    check(strstr(f->err.en, "cards/pack.yaml") != NULL && strstr(f->err.en, "commander") != NULL);
    check(holds(f) == before);
}

static void a_version_without_a_place_for_records_is_refused(void)
{
    struct fixture *f = fixture();
    const struct edit risk = much[0], takes = much[2];
    const struct edit type[] = {
        risk, takes, {"pack.yaml", "level: {type: code, list: level,", "level: {type: text,"}};
    const struct edit code[] = {
        risk, takes, {"codes/category.csv", "0102,01,", "0197,01,"}, {"codes/limits.csv", "0102,", "0197,"}};
    const struct edit role[] = {risk,
                                takes,
                                {"pack.yaml", "  commander: {zh", "  captain: {zh"},
                                {"pack.yaml", "\"role:commander\"]", "\"role:captain\"]"},
                                {"pack.yaml", "\"role:commander\"]", "\"role:captain\"]"}};
    const struct edit measure[] = {risk,
                                   takes,
                                   {"pack.yaml", "received: {zh: 上报, en: Received, count: report,",
                                    "received: {zh: 上报, en: Received, holds: open,"}};

    refuses(f, type, COUNT_OF(type), "fit.type", "level");
    refuses(f, code, COUNT_OF(code), "fit.code", "0102");
    in_use_elsewhere(f, role, COUNT_OF(role));
    refuses(f, measure, COUNT_OF(measure), "fit.measure", "received");
    SOUND(f);
}

/* --- at a time --- */

static void a_version_begins_when_it_was_planned_to(void)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY), number, next = 0;
    const struct doing by = admin(f, t);
    struct uuid id = uuid_make(), other = uuid_make();

    /* The second has all that the first has but a field that a record uses. */
    const struct edit edits[] = {much[0], much[2], {"pack.yaml", "zh: 有危险", "zh: 危险"}};
    const struct edition d = edited(f, edits, COUNT_OF(edits));

    number = save(f, &d);
    is(begin_at(f, number, t, t + 10 * MINUTE, id), "");
    is(begin_at(f, number, t, t + 10 * MINUTE, id), ""); /* sent twice it is one */
    is(begin_at(f, 1, t, t + 10 * MINUTE, id), "command.reused");
    is(begin_at(f, number, t, t + 20 * MINUTE, other), "version.planned");
    check(switch_due(&f->d->services, f->d->rules, t + 9 * MINUTE, &next, &f->err) &&
          next == t + 10 * MINUTE);
    check(holds(f) != number);
    check(switch_withdraw(&by, "incident", id, &f->err));
    check(switch_due(&f->d->services, f->d->rules, t + 11 * MINUTE, &next, &f->err) && next == 0);
    check(holds(f) != number);
    is(begin_at(f, number, t, t + 20 * MINUTE, other), "");
    check(switch_due(&f->d->services, f->d->rules, t + 21 * MINUTE, &next, &f->err) && next == 0);
    check(holds(f) == number);
    check(!switch_withdraw(&by, "incident", other, &f->err));
    is(f->err.key, "version.begun");
    SOUND(f);
}

static void what_cannot_begin_when_planned_keeps_its_problem(void)
{
    struct fixture *f = fixture();
    int64_t t = instant(MONDAY), before = holds(f), next = 0;
    struct uuid id = uuid_make();
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct switching *list = NULL;
    size_t n = 0;

    is(begin_at(f, 0, t, t + MINUTE, id), "");
    check(switch_due(&f->d->services, f->d->rules, t + 2 * MINUTE, &next, &f->err));
    check(holds(f) == before);
    f->err = (struct err){0};
    check(sql_begin(f->d->db, SQL_READ, &tx, &f->err) &&
          switch_list(tx, f->d->code, "incident", f->arena, &list, &n, &f->err));
    check(uuid_eq(list[0].id, id) && strstr(list[0].problem, "version.misfit") != NULL);
}

/* --- beside it --- */

static void what_was_checked_by_the_version_before_is_sent_again(void)
{
    struct fixture *f = fixture();
    AUTO(json_free)
    struct json_object *body = body_of("{\"kind\":\"incident\",\"fields\":{\"description\":\"早\"}}");
    const struct input in = input_of(f, "resident", instant(MONDAY));
    const struct edit edits[] = {much[0], much[2], {"pack.yaml", "zh: 有危险", "zh: 很危险"}};
    const struct edition d = edited(f, edits, COUNT_OF(edits));
    struct command *c = NULL;

    check(input_raise(&in, body, &c, &f->err));
    c->has_place = true;
    c->lng = f->lng;
    c->lat = f->lat;
    is(begin(f, save(f, &d)), "");
    is(send(f, c), "pack.switched");
    check(f->err.retry_after_s > 0);
    SOUND(f);
}

/* Statements are prepared once and known by where they lie. */
#define DO(text)                                                                                             \
    {                                                                                                        \
        "test.tamper", text, 1, true, false                                                                  \
    }
static const struct {
    struct sql_query wrong, undo;
    const char *what;
} tampers[] = {
    {DO("UPDATE pack_version SET files = replace(files, '路灯', '路登') WHERE district = $1"),
     DO("UPDATE pack_version SET files = replace(files, '路登', '路灯') WHERE district = $1"),
     "its hash does not fit its files"},
    {DO("UPDATE pack_switch SET why = why || 'x' WHERE district = $1 AND nth > 0"),
     DO("UPDATE pack_switch SET why = substr(why, 1, length(why) - 1) WHERE district = $1 AND nth > 0"),
     "its hash does not fit what it says"},
};

static void run(struct fixture *f, const struct sql_query *q)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    check(sql_begin(f->d->db, SQL_WRITE, &tx, &e) && sql_run(tx, q, &e, SQL_INT(f->d->code)) &&
          sql_commit(&tx, &e));
}

static void what_is_kept_of_versions_cannot_be_changed_unseen(void)
{
    struct fixture *f = fixture();

    for (size_t i = 0; i < COUNT_OF(tampers); i++) {
        char first[300] = "";
        struct verify_result r;
        struct err e = {0};

        run(f, &tampers[i].wrong);
        check(verify_district(f->d, false, differs, first, &r, &e) && r.differences > 0);
        check(strstr(first, tampers[i].what) != NULL);
        run(f, &tampers[i].undo);
    }
    SOUND(f);
}

/* One district tells all of it, one thing after the other. */
TEST(versions)
{
    a_version_takes_the_records_along_and_back();
    going_back_is_beginning_an_earlier_version();
    a_version_without_a_place_for_records_is_refused();
    a_version_begins_when_it_was_planned_to();
    what_cannot_begin_when_planned_keeps_its_problem();
    what_was_checked_by_the_version_before_is_sent_again();
    what_is_kept_of_versions_cannot_be_changed_unseen();
}
