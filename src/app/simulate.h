/* simulate.h -- inside of `wangge simulate`: a district's days, played by people who do what
 * their posts let them, in simulated time. Nothing here reads the wall clock or a random
 * source: the seed decides, so the same seed gives the same history to the byte. */
#ifndef APP_SIMULATE_H
#define APP_SIMULATE_H

#include "app/app.h"

/* --- texts --- */

struct sim_text {
    const char *category;
    int weight;
    const char *text;
};
const struct sim_text *sim_text_pick(struct rng *r) NEVER_NULL;
/* "樟潭街道临江社区3幢2单元楼下" + text + ending. */
const char *sim_describe(const struct sim_text *t, const struct area *community, struct rng *r,
                         struct arena *a);
enum sim_note {
    NOTE_SETTLE,
    NOTE_REJECT,
    NOTE_ESCALATE,
    NOTE_ANSWER,
    NOTE_RETURN,
    NOTE_SUSPEND,
    NOTE_REOPEN,
    NOTE_COMMENT,
    NOTE__MAX
};
const char *sim_note(enum sim_note what, struct rng *r) NEVER_NULL;

/* --- the town: where, and who --- */

struct sim_place { /* a community or village */
    const struct area *community;
    const struct area *const *grids;
    size_t n_grids;
    double upto;   /* cumulated share of all matters */
    uint32_t last; /* the latest matter here, for duplicates; UINT32_MAX none */
};
struct town {
    const struct world *world;
    struct arena *arena;
    struct sim_place *places;
    size_t n_places;
    const struct principal **staff; /* beside world->people->staff */
    const struct principal **residents;
    size_t n_residents;
};
/* Makes simulated residents where there are too few. */
MUST_USE bool town_open(struct district *d, size_t residents, int64_t now, struct rng *r, struct arena *a,
                        struct town *ret, struct err *e);
size_t town_place(const struct town *t, struct rng *r);
/* A point in the community that the tree locates there. False if it has no outline. */
bool town_point(const struct town *t, const struct sim_place *p, struct rng *r, double *ret_lng,
                double *ret_lat);
/* NULL if nobody. */
const struct principal *town_staff(const struct town *t, struct uuid account);
const struct principal *town_holder(const struct town *t, const char *role, const char *area,
                                    enum area_level level, int64_t now);
const struct principal *town_member(const struct town *t, struct uuid org, const char *role, int64_t now,
                                    uint64_t pick);
/* The first instant from `at` on when people work: offices, or the grid's longer day. */
int64_t town_at_work(const struct town *t, int64_t at, bool office, struct rng *r);
/* Matters on that local day, and one instant of it. */
double town_day_share(const struct town *t, int64_t day);
int64_t town_instant(const struct town *t, int64_t day, struct rng *r);
/* Normal and log-normal chance. */
double chance_normal(struct rng *r);
double chance_spread(struct rng *r, double median, double sigma);

/* --- matters and what happens next --- */

enum sim_act {
    ACT_NONE = 0,
    ACT_SETTLE,
    ACT_REJECT,
    ACT_WITHDRAW,
    ACT_DUPLICATE,
    ACT_ACCEPT,
    ACT_ESCALATE,
    ACT_DISPATCH,
    ACT_ACKNOWLEDGE,
    ACT_ANSWER,
    ACT_VERIFY,
    ACT_RETURN,
    ACT_SUSPEND,
    ACT_RESUME,
    ACT_REOPEN,
    ACT_RATE,
    ACT_CALL_BACK,
    ACT__MAX
};
enum sim_source { SOURCE_APP, SOURCE_PATROL, SOURCE_HOTLINE, SOURCE_CENTRE, SOURCE__MAX };
struct matter {
    struct uuid id;
    const struct state *state;
    const struct principal *reporter, *lead;
    struct uuid owner, lead_org;
    const char *area;
    const struct sim_text *text;
    int64_t wake;
    int64_t started, due; /* of the time to resolve */
    uint32_t place, plan; /* plan: which of its planned acts still holds */
    uint16_t pending, tries;
    enum sim_source source;
    enum sim_act act;
    bool used, was_suspended, was_reopened, passed_on;
};

/* Decides what somebody will do with it next, and when: *ret_at. ACT_NONE: nobody does anything. */
enum sim_act life_next(const struct town *t, const struct matter *m, bool has_other, int64_t now,
                       struct rng *r, int64_t *ret_at);
/* The report that begins a matter; NULL where it cannot be. */
struct command *life_raise(const struct town *t, struct matter *m, int64_t at, struct rng *r,
                           struct arena *a);
/* The command by which the planned act is done. NULL if there is nobody to do it. `other`: of a duplicate. */
struct command *life_act(const struct town *t, const struct matter *m, struct uuid other, int64_t at,
                         struct rng *r, struct arena *a);

/* --- the run --- */

struct sim_options {
    int64_t from, until; /* instants */
    uint64_t seed;
    double scale; /* 1: a plausible district */
    int batch;    /* commands a transaction */
    bool quiet;
};
struct sim_result {
    int64_t raised, commands, ticks, refused, seq;
    char hash[65]; /* of the last entry */
};
MUST_USE bool simulate_run(struct district *d, const struct sim_options *o, struct sim_result *ret,
                           struct err *e);

#endif
