/* Scenarios and simulated days, as the command line plays them. */
#include "app/fixture.h"
#include "app/scenario.h"
#include "app/simulate.h"
#include "app/verify.h"
#include "pack/document.h"

#include <unistd.h>

extern const struct subcommand scenario_command;

/* How many things were wrong with a story, played in the shared district. */
static int wrong_in(const char *text)
{
    static const struct packs none;
    struct fixture *f = fixture();
    struct play *p = arena_new(f->arena, struct play);
    struct complaints complaints;

    *p = (struct play){.d = f->d, .arena = f->arena, .rng = rng_seed(rng_next(&f->rng))};
    p->root = document_parse(document_begin(f->arena, &none, &complaints), "story.yaml", text, strlen(text));
    if (p->root == NULL)
        return -1;
    play_steps(p);
    play_end(p);
    return p->failures;
}

TEST(the_incident_pack_s_story_holds)
{
    char path[512], name[] = "scenario";

    (void)snprintf(path, sizeof(path), "%s/packs/incident/scenario.yaml", getenv("WANGGE_SOURCE"));
    check(scenario_command.run(2, (char *[]){name, path, NULL}) == 0);
    str_copy(path, sizeof(path), "/tmp/no-such-file.yaml");
    check(scenario_command.run(2, (char *[]){name, path, NULL}) == 1);
}

#define BEGIN                                                                                                \
    "scenario: {zh: 试, en: Try}\nsteps:\n"                                                                 \
    "  - {at: \"2022-08-15T09:00:00+08:00\", as: patrol, raise: incident, keep: bin, place: {of: patrol}, "  \
    "fields: {description: 垃圾箱满溢, level: easy}, files: 1}\n"

TEST(what_does_not_hold_fails)
{
    check(wrong_in(BEGIN "expect: [{bin: \"state == 'reported'\"}]\n") == 0);
    check(wrong_in(BEGIN "expect: [{bin: \"state == 'closed'\"}, {bin: \"state == 'reported'\"}]\n") == 1);
    check(wrong_in(BEGIN "expect: [{bin: \"state == \"}, {other: \"true\"}]\n") == 2);
    check(wrong_in(BEGIN "  - {after: 1m, as: worker, do: [settle, bin], note: x}\n") == 1);
    check(wrong_in(BEGIN "  - {after: 1m, as: worker, do: [settle, bin], note: x, refused: move.denied}\n") ==
          0);
    check(wrong_in(BEGIN "  - {after: 1m, as: worker, do: [settle, bin], note: x, refused: move.needs}\n") ==
          1);
    check(wrong_in(BEGIN "  - {after: 1m, as: patrol, do: [settle, bin], refused: move.needs}\n") == 0);
    check(wrong_in(BEGIN "  - {after: 1m, as: patrol, do: [settle, bin], note: x, refused: move.denied}\n") ==
          1);
    check(wrong_in(BEGIN "  - {as: [patrol, clerk], do: [escalate, bin], note: x}\n") == 0);
}

TEST(what_makes_no_sense_fails)
{
    check(wrong_in(BEGIN "  - {after: 1x, as: patrol, do: [settle, bin], note: x}\n") == 1);
    check(wrong_in(BEGIN
                   "  - {at: \"2022-08-15T08:00:00+08:00\", as: patrol, do: [settle, bin], note: x}\n") == 1);
    check(wrong_in(BEGIN "  - {after: 1m, as: nobody, do: [settle, bin]}\n") == 1);
    check(wrong_in(BEGIN "  - {after: 1m, as: patrol, du: [settle, bin]}\n") == 1);
    check(wrong_in(BEGIN "  - {after: 1m, as: patrol, do: settle}\n") == 1);
    check(wrong_in(BEGIN "  - {after: 1m, do: [settle, bin]}\n") == 1);
    check(wrong_in(BEGIN "  - {as: patrol, raise: incident, place: {area: 没有的村}}\n") == 1);
    check(wrong_in(BEGIN "  - {as: patrol, raise: incident, place: {}}\n") == 1);
    check(wrong_in("steps:\n  - {after: 1m, as: patrol, raise: incident}\n") == 1);
    check(wrong_in("figures: []\n") == 1);
    check(wrong_in("steps: [\n") == -1);
}

TEST(figures_are_compared)
{
    check(wrong_in(BEGIN
                   "figures: [{measure: received, is: 0, area: 举村乡}, {measure: nothing, is: 0}]\n") == 1);
    check(wrong_in(BEGIN "figures: [{measure: received, is: 0}, {measure: received}]\n") == 2);
    check(wrong_in(BEGIN "figures: [{measure: received, is: 0, within: 100000}]\n") == 0);
    check(wrong_in(BEGIN "figures: [{measure: received, equals: received + open - open}]\n") == 0);
    check(wrong_in(BEGIN "figures: [{measure: received, equals: received + received}]\n") == 1);
}

/* --- simulated days --- */

/* In memory, or on disk where batches are written while the next are applied. */
static struct sim_result simulated_in(const char *dir, int batch, uint64_t seed, struct district **ret)
{
    const struct district_options open = {
        .dir = dir, .db = dir == NULL ? fixture_db() : NULL, .sync = SQL_SYNC_OFF};
    const struct sim_options o = {.from = instant("2026-09-14T00:00:00+08:00"),
                                  .until = instant("2026-09-19T00:00:00+08:00"),
                                  .seed = seed,
                                  .scale = 0.2,
                                  .batch = batch,
                                  .quiet = true};
    struct sim_result r = {0};
    struct err e = {0};

    check(district_open(&open, ret, &e) && simulate_run(*ret, &o, &r, &e));
    return r;
}

static struct sim_result simulated(uint64_t seed, struct district **ret)
{
    return simulated_in(NULL, 500, seed, ret);
}

static int64_t number_of(struct district *d, const struct sql_query *q)
{
    struct fixture f = {.d = d};

    return one_int(&f, q, SQL_ARGS(SQL_INT(d->code)));
}

/* Statements are kept by where they stand: each has a place of its own. */
#define number(d, text)                                                                                      \
    ({                                                                                                       \
        static const struct sql_query q_ = {"test.number", text, 1, false, false};                           \
        number_of(d, &q_);                                                                                   \
    })

TEST(the_same_seed_gives_the_same_history)
{
    struct district *a = NULL, *b = NULL, *c = NULL;
    struct sim_result ra = simulated(7, &a), rb = simulated(7, &b), rc = simulated(8, &c);

    check(ra.seq == rb.seq && ra.seq > 1000);
    is(ra.hash, rb.hash);
    check(strcmp(ra.hash, rc.hash) != 0);
    check(ra.refused * 100 < ra.commands);
    district_close(&a);
    district_close(&b);
    district_close(&c);
}

static void told(void *ctx, const char *what)
{
    (void)ctx;
    (void)printf("# %s\n", what);
}

/* Sums over every record and entry: keys, and with them hashes, differ from folder to folder. */
static int64_t sums(struct district *d)
{
    return number(d, "SELECT sum(version * (number % 100000) + updated_at % 100003 + length(parties) * 7 + "
                     "length(clocks)) FROM record WHERE district = $1") +
           number(d, "SELECT sum(seq * (at % 100003) + version) FROM entry WHERE district = $1");
}

TEST(how_commands_are_batched_does_not_matter)
{
    static const struct init_options o = {.code = 330803,
                                          .name = "衢江区",
                                          .short_name = "衢江",
                                          .suite = SUITE_AES,
                                          .offset_min = 480,
                                          .sample = true,
                                          .stage = true};
    char dir[] = "/tmp/wangge-batch-XXXXXX";
    struct district *memory = NULL, *disk = NULL;
    struct verify_result v;
    struct err e = {0};
    struct sim_result a = simulated(7, &memory), b;

    check(mkdtemp(dir) != NULL && district_init(dir, &o, &e));
    b = simulated_in(dir, 13, 7, &disk);
    check(a.seq == b.seq && a.commands == b.commands && a.refused == b.refused && a.ticks == b.ticks);
    check(sums(memory) == sums(disk));
    check(verify_district(disk, false, told, NULL, &v, &e) && v.differences == 0 && v.entries == b.seq);
    district_close(&memory);
    district_close(&disk);
    folder_remove(dir);
}

TEST(a_simulated_week_is_plausible)
{
    struct district *d = NULL;
    struct sim_result r = simulated(3, &d);
    int64_t all = number(d, "SELECT count(*) FROM record WHERE district = $1");

    check(all == r.raised && all > 200 && all < 500);
    check(number(d, "SELECT count(*) FROM record WHERE district = $1 AND open = 0") > all / 2);
    check(number(d, "SELECT count(*) FROM record WHERE district = $1 AND late = 1") < all / 5);
    check(number(d, "SELECT count(*) FROM record WHERE district = $1 AND length(area) < 12") == 0);
    check(number(d, "SELECT count(*) FROM record WHERE district = $1 AND lng IS NULL") == 0);
    check(number(d, "SELECT count(DISTINCT fields->>'description') FROM record WHERE district = $1") >
          all * 9 / 10);
    check(number(d, "SELECT count(DISTINCT verb) FROM entry WHERE district = $1") >= 14);
    check(number(d, "SELECT count(*) FROM entry WHERE district = $1 AND verb = 'report' AND note NOT LIKE "
                    "'模拟数据%'") == 0);
    check(number(d, "SELECT count(*) FROM record WHERE district = $1 AND CAST(fields AS TEXT) LIKE "
                    "'%0000____%' AND sealed "
                    "= '{}'") == 0);
    check(number(d, "SELECT count(*) FROM record WHERE district = $1 AND sealed <> '{}'") > all / 20);
    /* Time runs forward from entry to entry. */
    check(number(d, "SELECT count(*) FROM entry a JOIN entry b ON b.district = a.district AND b.seq = a.seq "
                    "+ 1 WHERE "
                    "a.district = $1 AND b.at < a.at") == 0);
    district_close(&d);
}
