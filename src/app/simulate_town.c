/* Where matters happen and who is there to deal with them. */
#include "app/people.h"
#include "app/simulate.h"
#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, HOUR_MS = 3600000, MINUTE_MS = 60000, POINT_TRIES = 12 };

/* --- chance --- */

double chance_normal(struct rng *r)
{
    double u = 1 - rng_unit(r), v = rng_unit(r);

    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

double chance_spread(struct rng *r, double median, double sigma)
{
    return median * exp(sigma * chance_normal(r));
}

/* --- people --- */

static bool add_residents(struct district *d, struct town *t, size_t n, int64_t now, struct rng *r,
                          struct err *e)
{
    static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨",
                                           "黄", "赵", "吴", "周", "徐", "郑"};
    static const char *const given[] = {"阿姨", "师傅", "先生", "女士", "老师", "大伯"};

    t->residents = arena_array(t->arena, const struct principal *, n + 1);
    for (size_t i = 0; i < n; i++) {
        char login[48], name[64];
        struct new_account a = {.login = login, .name = name, .sample = true};

        (void)snprintf(login, sizeof(login), "sim-resident-%04zu", i);
        (void)snprintf(name, sizeof(name), "%s%s（模拟）", surnames[i % COUNT_OF(surnames)],
                       given[i / COUNT_OF(surnames) % COUNT_OF(given)]);
        a.id = rng_uuid(r, now);
        if (!person_by_login(d, login, now, t->arena, &t->residents[i], e)) {
            struct uuid id;

            if (e->code != ERR_NOT_FOUND || !account_add(d->db, d->privacy, d->code, &a, now, &id, e) ||
                !person_by_login(d, login, now, t->arena, &t->residents[i], e))
                return false;
            *e = (struct err){0};
        }
        t->n_residents++;
    }
    return true;
}

const struct principal *town_staff(const struct town *t, struct uuid account)
{
    const struct directory *d = t->world->people;
    const struct account *who = directory_account(d, account);

    return who == NULL ? NULL : t->staff[who - d->staff];
}

const struct principal *town_holder(const struct town *t, const char *role, const char *area,
                                    enum area_level level, int64_t now)
{
    const struct account *who = directory_holder(t->world->people, role, area, level, now, 0);

    return who == NULL ? NULL : t->staff[who - t->world->people->staff];
}

const struct principal *town_member(const struct town *t, struct uuid org, const char *role, int64_t now,
                                    uint64_t pick)
{
    struct uuid ids[32];
    size_t n = directory_members(t->world->people, org, role, now, ids, COUNT_OF(ids));

    return n == 0 ? NULL : town_staff(t, ids[pick % n]);
}

/* --- places --- */

/* Few places have most of it: towns more than villages, and among equals a long tail. */
static double weight_of(const struct area *community, struct rng *r)
{
    const struct area *township = area_ancestor(community, AREA_TOWNSHIP);
    bool street = township != NULL && strlen(township->code) == 9 && township->code[6] == '0';

    return (street ? 12.0 : 1.0) * chance_spread(r, 1, 1.1);
}

static void find_places(struct town *t, struct rng *r)
{
    const struct area_tree *tree = t->world->areas;
    double all = 0;

    t->places = arena_array(t->arena, struct sim_place, area_count(tree) + 1);
    for (size_t i = 0; i < area_count(tree); i++) {
        const struct area *a = area_at(tree, i);
        struct sim_place *p = &t->places[t->n_places];

        if (a->level != AREA_COMMUNITY || !a->has_boundary)
            continue;
        p->community = a;
        p->last = UINT32_MAX;
        p->n_grids = area_children(tree, a->code, &p->grids);
        all += weight_of(a, r);
        p->upto = all;
        t->n_places++;
    }
    for (size_t i = 0; i < t->n_places; i++)
        t->places[i].upto /= all;
}

size_t town_place(const struct town *t, struct rng *r)
{
    double at = rng_unit(r);
    size_t lo = 0, hi = t->n_places - 1;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (t->places[mid].upto <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool town_point(const struct town *t, const struct sim_place *p, struct rng *r, double *ret_lng,
                double *ret_lat)
{
    const struct area *in = p->n_grids == 0 ? p->community : p->grids[rng_below(r, p->n_grids)];
    double reach = 0.01; /* about a kilometre; less at every miss */

    if (!in->has_boundary)
        in = p->community;
    for (int i = 0; i < POINT_TRIES; i++) {
        double lng = in->lng + (rng_unit(r) * 2 - 1) * reach, lat = in->lat + (rng_unit(r) * 2 - 1) * reach;
        const struct area *found;

        /* Six decimals, as phones send them. */
        lng = round(lng * 1e6) / 1e6;
        lat = round(lat * 1e6) / 1e6;
        found = area_locate(t->world->areas, lng, lat);
        if (found != NULL && area_covers(p->community->code, found->code)) {
            *ret_lng = lng;
            *ret_lat = lat;
            return true;
        }
        reach *= 0.7;
    }
    return false;
}

/* --- hours --- */

static bool in_office(const struct town *t, int64_t at)
{
    return calendar_work_ms(t->world->calendar, at, at + MINUTE_MS) > 0;
}

static int64_t minute_of_day(const struct town *t, int64_t at)
{
    int64_t local = at + (int64_t)t->world->offset_min * MINUTE_MS;

    return local / MINUTE_MS % (DAY_MS / MINUTE_MS);
}

int64_t town_at_work(const struct town *t, int64_t at, bool office, struct rng *r)
{
    enum { GRID_FROM = 7 * 60 + 30, GRID_TO = 20 * 60 + 30, DAY_MIN = 24 * 60 };
    int64_t minute = minute_of_day(t, at), late = (int64_t)rng_below(r, 40) * MINUTE_MS;

    if (office)
        return in_office(t, at) ? at
                                : calendar_add_work(t->world->calendar, at, late + 5 * (int64_t)MINUTE_MS);
    if (minute >= GRID_FROM && minute < GRID_TO)
        return at;
    return at + (minute < GRID_FROM ? GRID_FROM - minute : DAY_MIN - minute + GRID_FROM) * MINUTE_MS + late;
}

double town_day_share(const struct town *t, int64_t day)
{
    return calendar_is_workday(t->world->calendar, day) ? 1.0 : 0.58;
}

int64_t town_instant(const struct town *t, int64_t day, struct rng *r)
{
    /* Of a thousand matters, how many in each hour of the day. */
    static const int hours[24] = {4,  2,  2,  1,  2,  8,  22, 46, 84, 98, 92, 66,
                                  40, 52, 76, 84, 76, 62, 54, 56, 40, 20, 9,  4};
    int all = 0, hour = 0;
    int64_t at;

    for (int i = 0; i < 24; i++)
        all += hours[i];
    at = (int64_t)rng_below(r, (uint64_t)all);
    while (at >= hours[hour])
        at -= hours[hour++];
    return day * DAY_MS - (int64_t)t->world->offset_min * MINUTE_MS + hour * (int64_t)HOUR_MS +
           (int64_t)rng_below(r, HOUR_MS);
}

bool town_open(struct district *d, size_t residents, int64_t now, struct rng *r, struct arena *a,
               struct town *ret, struct err *e)
{
    const struct world *w = district_world(d);

    *ret = (struct town){.world = w, .arena = a};
    ret->staff = arena_array(a, const struct principal *, w->people->n_staff + 1);
    for (size_t i = 0; i < w->people->n_staff; i++)
        ret->staff[i] = person_principal(w, &w->people->staff[i], now, a);
    find_places(ret, r);
    if (ret->n_places == 0)
        return ERR(e, ERR_INVALID, "simulate.places", "这个区没有社区边界，无法模拟",
                   "this district has no communities with outlines to simulate in");
    return add_residents(d, ret, residents, now, r, e);
}
