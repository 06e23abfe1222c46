#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

void load_clock_names(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "clocks");

    if (map == NULL || !check_map(c, map, "clocks", (struct names){0})) {
        return;
    }
    if (map->n > CLOCKS_MAX) {
        (void)check_fail(c, map, "pack.size", "at most 64", "too many clocks");
        return;
    }
    k->clocks = arena_array(c->a, struct clock_def, map->n + 1);
    k->kind->clocks = k->clocks;
    k->kind->n_clocks = map->n;
    for (size_t i = 0; i < map->n; i++) {
        k->clocks[i].name = map->keys[i]->text;
        k->clocks[i].index = (int)i;
        (void)check_new_name(c, map->keys[i], "clock");
    }
}

static void read_limit(struct pack_check *c, const struct kind *k, struct clock_def *d,
                       const struct pack_node *at, const struct pack_node *n)
{
    if (n == NULL) {
        (void)check_fail(c, at, "pack.missing", "add limit: 20m, 4h, 3d, 4wh, 5wd or an expression",
                         "clock '%s' has no limit", d->name);
        return;
    }
    if (n->type == NODE_SCALAR && limit_parse(n->text, &d->limit)) {
        return;
    }
    /* Digits first: meant as a limit, not as an expression. */
    if (n->type == NODE_SCALAR && n->text[0] >= '0' && n->text[0] <= '9') {
        (void)check_fail(c, n, "pack.limit", "20m, 4h, 3d, 4wh or 5wd", "'%s' is no time limit", n->text);
        return;
    }
    if (check_cel(c, k, n, CEL_DYN, &d->expr)) {
        enum cel_type t = cel_type_of(d->expr);

        if (t != CEL_STRING && t != CEL_TIMESTAMP && t != CEL_DYN && t != CEL_NULL) {
            (void)check_fail(c, n, "pack.limit", "text such as '4wh', or the instant it is due",
                             "this is no time limit");
        }
    }
}

/* `warn: 75%`, or `warn: {at: 75%, effects: […]}`. */
static void read_warn(struct pack_check *c, const struct kind *k, struct clock_def *d,
                      const struct pack_node *n)
{
    static const char *const members[] = {"at", "effects"};
    const struct pack_node *at = n, *effects = NULL;
    char digits[4] = "";
    int64_t percent;

    if (n->type == NODE_MAP) {
        if (!check_map(c, n, "a warning", NAMES(members, COUNT_OF(members)))) {
            return;
        }
        effects = node_get(n, "effects");
        at = node_get(n, "at") ? node_get(n, "at") : n;
    }
    if (at->type == NODE_SCALAR && str_ends(at->text, "%") && strlen(at->text) <= 3) {
        str_copy(digits, strlen(at->text), at->text);
    }
    if (!parse_int64(digits, &percent) || percent < 1 || percent > 99) {
        (void)check_fail(c, at, "pack.warn", "1% to 99% of the limit, such as 75%",
                         "when it warns is not said");
        return;
    }
    d->warn_percent = (int)percent;
    if (effects != NULL) {
        (void)check_effects(c, k, effects, &d->warn, &d->n_warn);
    }
}

/* `remind: [{at: 2m, effects: […]}, …]`: rising, all in the unit of the first. */
static void read_rung(struct pack_check *c, const struct kind *k, struct clock_def *d,
                      const struct pack_node *n, struct rung *ret)
{
    static const char *const members[] = {"at", "effects"};
    const struct rung *last = d->n_rungs == 0 ? NULL : &d->rungs[d->n_rungs - 1];
    const struct pack_node *at, *effects;

    if (!check_map(c, n, "a reminder", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    at = node_get(n, "at");
    effects = node_get(n, "effects");
    if (at == NULL || effects == NULL) {
        (void)check_fail(c, n, "pack.missing", "{at: 2m, effects: […]}", "this reminder has no %s",
                         at == NULL ? "at" : "effects");
        return;
    }
    if (at->type != NODE_SCALAR || !limit_parse(at->text, &ret->at) || ret->at.n <= 0 ||
        (last != NULL && (last->at.unit != ret->at.unit || last->at.n >= ret->at.n))) {
        (void)check_fail(c, at, "pack.remind", "20m, 4h, 3d, 4wh or 5wd: rising, all in one unit",
                         "when it reminds is not said");
        return;
    }
    (void)check_effects(c, k, effects, &ret->effects, &ret->n_effects);
    d->n_rungs++;
}

static void read_ladder(struct pack_check *c, const struct kind *k, struct clock_def *d,
                        const struct pack_node *list)
{
    struct rung *made;

    if (!check_list(c, list, "remind")) {
        return;
    }
    if (list->n > RUNGS_MAX) {
        (void)check_fail(c, list, "pack.size", "at most 16", "too many reminders");
        return;
    }
    made = arena_array(c->a, struct rung, list->n + 1);
    d->rungs = made;
    for (size_t i = 0; i < list->n; i++) {
        read_rung(c, k, d, list->items[i], &made[d->n_rungs]);
    }
}

static void read_clock(struct pack_check *c, const struct kind *k, struct clock_def *d,
                       const struct pack_node *at, const struct pack_node *node)
{
    static const char *const members[] = {"title", "zh", "en", "limit", "warn", "remind", "breach", "each"};
    static const char *const each_names[] = {"party"};
    const struct pack_node *n;

    if (!check_map(c, node, "a clock", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, at, node, &d->title)) {
        return;
    }
    read_limit(c, k, d, at, node_get(node, "limit"));
    if ((n = node_get(node, "warn")) != NULL) {
        read_warn(c, k, d, n);
    }
    if ((n = node_get(node, "remind")) != NULL) {
        read_ladder(c, k, d, n);
    }
    if ((n = node_get(node, "breach")) != NULL) {
        (void)check_effects(c, k, n, &d->breach, &d->n_breach);
    }
    if ((n = node_get(node, "each")) != NULL) {
        d->each_party = check_name(c, n, "'each'", "pack.each", NAMES(each_names, 1)) == 0;
    }
}

void load_clocks(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "clocks");

    for (size_t i = 0; i < k->kind->n_clocks; i++) {
        read_clock(c, k->kind, &k->clocks[i], map->keys[i], map->items[i]);
    }
}
