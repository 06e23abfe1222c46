/* Figures beside what was told. */
#include "app/scenario.h"
#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLACES_MAX = 6, MINUTE_MS = 60000, HOUR_MS = 3600000 };

struct asked {
    const struct pack_node *node;
    const char *name, *unit, *printed; /* printed: what the source says, where it miscounts */
    const char *area_name;             /* NULL: the whole district */
    struct figure_query q;
    int64_t today;
    int places;
};

static bool read_figure(struct play *p, const struct asked *k, const struct measure_def *m, double *ret)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(figure_reader_free) struct figure_reader *reader = NULL;
    struct figure_query q = k->q;
    struct figure f = {0};
    struct err e = {0};

    q.measure = m;
    if (!sql_begin(p->d->db, SQL_READ, &tx, &e))
        return play_fail_err(p, k->node, m->name, &e);
    reader = figure_reader_create(tx, district_world(p->d), k->today);
    if (!figure_read(reader, &q, &f, &e))
        return play_fail_err(p, k->node, m->name, &e);
    *ret = f.known ? f.value : NAN;
    if (strcmp(k->unit, "%") == 0)
        *ret *= 100;
    else if (strcmp(k->unit, "min") == 0)
        *ret /= MINUTE_MS;
    else if (strcmp(k->unit, "h") == 0)
        *ret /= HOUR_MS;
    return true;
}

static const struct measure_def *measure_named(struct play *p, const struct pack_node *at, const char *name)
{
    const struct measure_def *m = packs_measure(district_world(p->d)->packs, name);

    if (m == NULL)
        (void)play_fail(p, at, "没有指标“%s” there is no measure of that name", name);
    return m;
}

/* "closed - reopened + open": a sum of figures. */
static bool sum_of(struct play *p, const struct asked *k, const struct pack_node *n, double *ret)
{
    double sign = 1;

    *ret = 0;
    for (const char *s = play_text(n); *s != '\0';) {
        size_t len = strcspn(s, " +-");
        const struct measure_def *m;
        double one = 0;

        if (len == 0) {
            sign = *s == '-' ? -1 : *s == '+' ? 1 : sign;
            s++;
            continue;
        }
        m = measure_named(p, n, arena_strndup(p->arena, s, len));
        if (m == NULL || !read_figure(p, k, m, &one))
            return false;
        *ret += sign * one;
        s += len;
    }
    return true;
}

static double rounded(double v, int places)
{
    double by = pow(10, places);

    return round(v * by) / by;
}

/* In a district that has other matters too, only the days of the story count. */
static void set_days(const struct play *p, struct asked *k)
{
    int64_t from = local_day(p->started, p->d->offset_min);

    k->today = local_day(p->now, p->d->offset_min);
    if (p->d->dir != NULL && k->today - from < MEASURE_DAYS_MAX) {
        k->q.from_day = from;
        k->q.to_day = k->today;
    }
}

static bool read_asked(struct play *p, const struct pack_node *n, struct asked *k)
{
    const struct pack_node *area = node_get(n, "area"), *places = node_get(n, "places");
    const struct area *a = NULL;
    int64_t v = 0;

    *k = (struct asked){.node = n,
                        .name = play_text(node_get(n, "measure")),
                        .unit = play_text(node_get(n, "unit")),
                        .printed = play_text(node_get(n, "printed")),
                        .q = {.dim = play_text(node_get(n, "by"))}};
    if (area != NULL && (a = play_area(p, area)) == NULL)
        return false;
    if (places != NULL && (!parse_int64(play_text(places), &v) || v < 0 || v > PLACES_MAX))
        return play_fail(p, places, "places 是 0 到 %d 的位数 places is a number from 0 to %d", PLACES_MAX,
                         PLACES_MAX);
    k->places = (int)v;
    k->q.area = a == NULL ? "" : a->code;
    k->area_name = a == NULL ? NULL : a->name;
    set_days(p, k);
    return true;
}

static void tell_figure(const struct play *p, const struct asked *k, const char *name, double value,
                        double told, bool ok)
{
    const struct measure_def *m = packs_measure(district_world(p->d)->packs, k->name);

    jo_obj(p->figures, NULL);
    jo_str(p->figures, "name", name);
    jo_obj(p->figures, "title");
    jo_str(p->figures, "zh", m->title.zh);
    jo_str(p->figures, "en", m->title.en);
    jo_close(p->figures);
    jo_str(p->figures, "area_name", k->area_name);
    jo_str(p->figures, "unit", k->unit);
    jo_num(p->figures, "told", told);
    jo_num(p->figures, "computed", rounded(value, k->places));
    if (k->printed[0] != '\0')
        jo_str(p->figures, "printed", k->printed);
    jo_int(p->figures, "places", k->places);
    jo_bool(p->figures, "fits", ok);
    jo_close(p->figures);
}

static void show_figure(struct play *p, const struct asked *k, double value, double told, double within)
{
    bool ok = fabs(rounded(value, k->places) - rounded(told, k->places)) <= within;
    char name[128];

    (void)snprintf(name, sizeof(name), "%s%s%s", k->name, k->q.dim[0] != '\0' ? " " : "", k->q.dim);
    if (p->figures != NULL)
        tell_figure(p, k, name, value, told, ok);
    else
        (void)printf("%-28s %12.*f %-3s  told %12.*f %-3s  %s%s%s\n", name, k->places, value, k->unit,
                     k->places, told, k->unit, ok ? "ok" : "不符 DIFFERS",
                     k->printed[0] != '\0' ? "  报上印 printed " : "", k->printed);
    if (!ok)
        (void)play_fail(p, k->node, "%s 是 is %.*f，应为 told %.*f", name, k->places, value, k->places, told);
}

static void check_figure(struct play *p, const struct pack_node *n)
{
    const struct pack_node *is = node_get(n, "is"), *equals = node_get(n, "equals"),
                           *tolerance = node_get(n, "within");
    const struct measure_def *m;
    struct asked k;
    double value = 0, told = 0, within = 0;

    if (!read_asked(p, n, &k) || (m = measure_named(p, n, k.name)) == NULL || !read_figure(p, &k, m, &value))
        return;
    if (tolerance != NULL && !parse_double(play_text(tolerance), &within)) {
        (void)play_fail(p, tolerance, "within 须是数 within must be a number");
        return;
    }
    if (equals != NULL) {
        if (sum_of(p, &k, equals, &told))
            show_figure(p, &k, value, told, within);
        return;
    }
    if (is == NULL || !parse_double(play_text(is), &told)) {
        (void)play_fail(p, n, "缺少 is: 应为多少 is, what it should be, is missing");
        return;
    }
    show_figure(p, &k, value, told, within);
}

void play_end(struct play *p)
{
    const struct pack_node *expect = node_get(p->root, "expect"), *figures = node_get(p->root, "figures");

    for (size_t i = 0; expect != NULL && i < expect->n; i++)
        play_expect(p, expect->type == NODE_LIST ? expect->items[i] : expect);
    for (size_t i = 0; figures != NULL && figures->type == NODE_LIST && i < figures->n; i++)
        check_figure(p, figures->items[i]);
}
