/* How areas are ranked month by month: indicators, how they are made comparable, what each weighs. */
#include "base/text.h"
#include "pack/loader.h"

#include <stdlib.h>
#include <string.h>

enum { INDICATORS_MAX = 40, YEARS_MAX = 40, DECIMALS = 6 };

static const char *const members[] = {"month", "units", "each",       "lines",  "corrections",
                                      "gives", "then",  "indicators", "places", "weights"};

/* One appraisal on its way. */
struct reading {
    struct pack_check *c;
    struct kind_load *k;
    struct appraisal_def *def;
    const struct pack_node *map;
};

/* "97.25" in units of 10^-places, exactly. */
static bool fixed_parse(const char *s, int places, int64_t *ret)
{
    const char *dot = strchr(s, '.');
    size_t n = dot == NULL ? 0 : strlen(dot + 1);
    char digits[24];
    size_t len = 0;

    if (n > (size_t)places || (dot != NULL && n == 0) || strlen(s) + (size_t)places >= sizeof digits) {
        return false;
    }
    for (const char *p = s; *p != '\0'; p++) {
        if (*p != '.') {
            digits[len++] = *p;
        }
    }
    for (; n < (size_t)places; n++) {
        digits[len++] = '0';
    }
    digits[len] = '\0';
    return parse_int64(digits, ret);
}

static bool check_fixed(struct pack_check *c, const struct pack_node *n, int places, const char *expected,
                        int64_t *ret)
{
    if (n->type == NODE_SCALAR && fixed_parse(n->text, places, ret)) {
        return true;
    }
    return check_fail(c, n, "pack.range", expected, "this is no such number");
}

static const struct pack_node *need(const struct reading *r, const char *member, const char *expected)
{
    const struct pack_node *n = node_get(r->map, member);

    if (n == NULL) {
        (void)check_fail(r->c, r->map, "pack.missing", expected, "'%s' does not say %s", "appraisal", member);
    }
    return n;
}

/* An open field with one value, of that type. */
static const struct field *one_field(const struct reading *r, const struct kind *k, const struct pack_node *n,
                                     enum field_type type)
{
    const struct field *f = n == NULL || k == NULL ? NULL : check_field(r->c, k, n);

    if (f != NULL && (f->type != type || f->many || f->privacy != PRIVACY_OPEN)) {
        (void)check_fail(r->c, n, "pack.appraisal", field_type_name(type), "'%s' is a field of another sort",
                         f->name);
        return NULL;
    }
    return f;
}

static const struct kind *child_of(const struct reading *r, const struct kind *parent,
                                   const struct pack_node *n)
{
    const struct kind *k = n == NULL || parent == NULL ? NULL : check_kind(r->c, n);

    if (k != NULL && !kind_has_child(parent, k->name)) {
        (void)check_fail(r->c, n, "pack.no_child", "it among children: of that kind",
                         "'%s' has no children '%s'", parent->name, k->name);
        return NULL;
    }
    return k;
}

/* {kind, item, value, states}: records below what is ranked that say what an indicator is. */
static void read_values(const struct reading *r, const struct pack_node *map, struct appraisal_values *v)
{
    static const char *const names[] = {"kind", "item", "value", "states"};
    const struct pack_node *n[COUNT_OF(names)];

    if (map == NULL || !check_map(r->c, map, "values", NAMES(names, COUNT_OF(names)))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if ((n[i] = node_get(map, names[i])) == NULL) {
            (void)check_fail(r->c, map, "pack.missing", "{kind: …, item: FIELD, value: FIELD, states: …}",
                             "'%s' is not said", names[i]);
            return;
        }
    }
    v->kind = child_of(r, r->def->units, n[0]);
    v->item = one_field(r, v->kind, n[1], FIELD_CODE);
    v->value = one_field(r, v->kind, n[2], FIELD_DECIMAL);
    for (size_t i = 0; v->kind != NULL && i < (n[3]->type == NODE_LIST ? n[3]->n : 1); i++) {
        const struct state *s = check_state(r->c, v->kind, n[3]->type == NODE_LIST ? n[3]->items[i] : n[3]);

        v->counted |= s == NULL ? 0 : UINT64_C(1) << s->index;
    }
}

static void read_gives(const struct reading *r)
{
    static const char *const names[] = {"total", "place", "name", "org"};
    const struct pack_node *n = need(r, "gives", "gives: {total: FIELD, place: FIELD}"),
                           *places = node_get(r->map, "places");
    int64_t decimals = 2;

    if (n != NULL && check_map(r->c, n, "gives", NAMES(names, COUNT_OF(names)))) {
        r->def->total = one_field(r, r->def->units, node_get(n, "total"), FIELD_DECIMAL);
        r->def->place = one_field(r, r->def->units, node_get(n, "place"), FIELD_INTEGER);
        r->def->name = one_field(r, r->def->units, node_get(n, "name"), FIELD_TEXT);
        r->def->org = one_field(r, r->def->units, node_get(n, "org"), FIELD_ORG);
        if ((r->def->org != NULL) != (r->def->post != NULL)) {
            (void)check_fail(r->c, n, "pack.appraisal", "each: {post: ROLE} with org: FIELD, or neither",
                             "which organisation it is would not be kept, or there is none");
        }
        if (node_get(n, "total") == NULL || node_get(n, "place") == NULL) {
            (void)check_fail(r->c, n, "pack.missing", "total: FIELD, place: FIELD",
                             "points and place are not kept");
        }
    }
    if (places != NULL) {
        (void)check_int(r->c, places, 0, 4, &decimals);
    }
    r->def->places = (int)decimals;
}

/* --- indicators --- */

/* The numbers between which a value is worth something; which of them are said depends on `normal`. */
static void read_bounds(const struct reading *r, const struct pack_node *map, struct appraisal_indicator *i)
{
    static const char expected[] = "a number with at most six decimals";
    const struct pack_node *full = node_get(map, "full"), *zero = node_get(map, "zero"),
                           *better = node_get(map, "better");
    bool wants_full = i->normal != NORMAL_RANGE, wants_zero = i->normal == NORMAL_TARGET;

    if ((full != NULL) != wants_full || (zero != NULL) != wants_zero || (better != NULL && wants_zero)) {
        (void)check_fail(r->c, map, "pack.appraisal",
                         "range: neither; given: full; target: full and zero, which say what is better",
                         "'full', 'zero' and 'better' do not fit together");
        return;
    }
    if ((full != NULL && !check_fixed(r->c, full, DECIMALS, expected, &i->full)) ||
        (zero != NULL && !check_fixed(r->c, zero, DECIMALS, expected, &i->zero))) {
        return;
    }
    if (wants_full && (i->full == i->zero || (!wants_zero && i->full < 0))) {
        (void)check_fail(r->c, full, "pack.appraisal", "two numbers that differ; given: more than 0",
                         "between these nothing can be told apart");
    }
    if (wants_zero) {
        i->lower = i->full < i->zero;
    }
}

static void read_indicator(const struct reading *r, const struct pack_node *map,
                           struct appraisal_indicator *i)
{
    static const char
        *const names[] = {"measure", "by", "span", "normal", "full", "zero", "floor", "better", "none"},
               *const spans[] = {"month", "year"}, *const normals[] = {"range", "target", "given"},
               *const nones[] = {"spread", "full", "floor"};
    const struct pack_node *n;

    if (!check_map(r->c, map, "an indicator", NAMES(names, COUNT_OF(names)))) {
        return;
    }
    if ((n = node_get(map, "normal")) == NULL) {
        (void)check_fail(r->c, map, "pack.missing", "normal: range, target or given",
                         "how '%s' is made comparable is not said", i->code->code);
    } else {
        i->normal = (enum appraisal_normal)(
            check_name(r->c, n, "'normal'", "pack.appraisal", NAMES(normals, COUNT_OF(normals))) + 1);
        read_bounds(r, map, i);
    }
    if ((n = node_get(map, "span")) != NULL) {
        i->year = check_name(r->c, n, "'span'", "pack.appraisal", NAMES(spans, 2)) == 1;
    }
    if ((n = node_get(map, "floor")) != NULL) {
        (void)check_int(r->c, n, 0, 99, &i->floor);
    }
    i->none = NONE_SPREAD;
    if ((n = node_get(map, "none")) != NULL) {
        i->none = (enum appraisal_none)(
            check_name(r->c, n, "'none'", "pack.appraisal", NAMES(nones, COUNT_OF(nones))) + 1);
    }
}

/* A code of the list, below a dimension. */
static const struct code *indicator_code(const struct reading *r, const struct pack_node *n)
{
    const struct code *code = list_code(r->def->list, n->text);

    if (code == NULL) {
        (void)check_fail(r->c, n, "pack.unknown_code", r->def->list->name, "unknown code '%s'", n->text);
    } else if (code->parent == NULL || code->parent->parent != NULL) {
        (void)check_fail(r->c, n, "pack.appraisal", "parent: DIMENSION, a code at the top",
                         "'%s' does not lie in a dimension", n->text);
    } else {
        return code;
    }
    return NULL;
}

static void read_indicators(const struct reading *r)
{
    const struct pack_node *map = need(r, "indicators", "indicators: {CODE: {…}, …}");
    struct appraisal_indicator *made;

    if (map == NULL || r->def->list == NULL || !check_map(r->c, map, "indicators", (struct names){0})) {
        return;
    }
    if (map->n == 0 || map->n > INDICATORS_MAX) {
        (void)check_fail(r->c, map, "pack.size", "1 to 40", "so many indicators are not weighed");
        return;
    }
    r->k->indicators = made = arena_array(r->c->a, struct appraisal_indicator, map->n);
    r->def->indicators = made;
    for (size_t i = 0; i < map->n; i++) {
        struct appraisal_indicator *one = &made[r->def->n_indicators];

        if ((one->code = indicator_code(r, map->keys[i])) != NULL) {
            r->def->n_indicators++;
            read_indicator(r, map->items[i], one);
        }
    }
}

/* --- weights --- */

static size_t indicator_index(const struct appraisal_def *d, const char *name)
{
    size_t i = 0;

    while (i < d->n_indicators && !str_eq(d->indicators[i].code->code, name)) {
        i++;
    }
    return i;
}

static void read_year(const struct reading *r, const struct pack_node *key, const struct pack_node *map,
                      struct appraisal_year *year)
{
    int64_t *weights = arena_array(r->c->a, int64_t, r->def->n_indicators + 1), sum = 0;

    year->weights = weights;
    if (!check_int(r->c, key, 2000, 2200, &year->from) ||
        !check_map(r->c, map, "weights", (struct names){0})) {
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        size_t at = indicator_index(r->def, map->keys[i]->text);

        if (at == r->def->n_indicators) {
            (void)check_fail(r->c, map->keys[i], "pack.appraisal",
                             "one of those under indicators:", "there is no indicator '%s'",
                             map->keys[i]->text);
            return;
        }
        if (!check_fixed(r->c, map->items[i], 2, "a percentage with at most two decimals", &weights[at])) {
            return;
        }
        if (weights[at] < 0) {
            (void)check_fail(r->c, map->items[i], "pack.range", "0 to 100", "a weight is not less than 0");
            return;
        }
        sum += weights[at];
    }
    if (sum != APPRAISAL_WEIGHTS) {
        (void)check_fail(r->c, key, "pack.appraisal", "100 in all", "the weights come to %lld.%02lld",
                         (long long)(sum / 100), (long long)(sum % 100));
    }
}

static void read_weights(const struct reading *r)
{
    const struct pack_node *map = need(r, "weights", "weights: {2026: {INDICATOR: PERCENT, …}}");
    struct appraisal_year *made;

    /* What follows from an indicator that is wrong need not be said as well. */
    if (map == NULL || r->def->n_indicators == 0 || !check_map(r->c, map, "weights", (struct names){0})) {
        return;
    }
    if (map->n == 0 || map->n > YEARS_MAX) {
        (void)check_fail(r->c, map, "pack.size", "1 to 40 years", "so many years are not weighed");
        return;
    }
    r->def->years = made = arena_array(r->c->a, struct appraisal_year, map->n);
    r->def->n_years = map->n;
    for (size_t i = 0; i < map->n; i++) {
        read_year(r, map->keys[i], map->items[i], &made[i]);
        if (i > 0 && made[i].from != 0 && made[i].from <= made[i - 1].from) {
            (void)check_fail(r->c, map->keys[i], "pack.appraisal", "a later year than the one before it",
                             "years must rise");
        }
    }
}

/* --- all of it --- */

/* each: township, or each: {post: ROLE}: the organisations in which somebody holds it. */
static void read_each(const struct reading *r, const struct pack_node *n)
{
    static const char *const names[] = {"post"};
    const struct pack_node *post = n == NULL || n->type != NODE_MAP ? NULL : node_get(n, "post");

    if (n == NULL) {
        return;
    }
    if (n->type != NODE_MAP) {
        r->def->level = check_level(r->c, n);
    } else if (check_map(r->c, n, "each", NAMES(names, 1)) && post == NULL) {
        (void)check_fail(r->c, n, "pack.missing", "post: ROLE", "which organisations are ranked is not said");
    } else if (post != NULL) {
        r->def->post = check_role(r->c, post);
    }
}

static void read_parts(const struct reading *r)
{
    const struct pack_node *units = need(r, "units", "a kind among the children"),
                           *each = need(r, "each", "each: township, or another level, or {post: ROLE}"),
                           *lines = need(r, "lines", "lines: {kind, item, value, states}"),
                           *then = need(r, "then", "then: MOVE of what is ranked");
    struct appraisal_def *d = r->def;

    d->units = child_of(r, d->kind, units);
    read_each(r, each);
    d->month = one_field(r, d->kind, need(r, "month", "month: a text field, for 2026-10"), FIELD_TEXT);
    read_values(r, lines, &d->lines);
    read_values(r, node_get(r->map, "corrections"), &d->corrections);
    d->list = d->lines.item == NULL ? NULL : d->lines.item->list;
    if (d->corrections.item != NULL && d->corrections.item->list != d->list) {
        (void)check_fail(r->c, node_get(r->map, "corrections"), "pack.appraisal",
                         "the code list that the lines have", "'%s' is of another code list",
                         d->corrections.item->name);
    }
    if (then != NULL && d->units != NULL) {
        d->then = check_move(r->c, d->units, then);
    }
}

void load_appraisal(struct pack_check *c, struct kind_load *k)
{
    struct reading r = {.c = c, .k = k, .map = node_get(k->node, "appraisal")};

    if (r.map == NULL || !check_map(c, r.map, "appraisal", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    r.def = k->appraisal = arena_new(c->a, struct appraisal_def);
    r.def->kind = k->kind;
    k->kind->appraisal = r.def;
    read_parts(&r);
    read_gives(&r);
    read_indicators(&r);
    read_weights(&r);
}

/* --- once moves and measures are read --- */

static bool by_clock(const struct move *m)
{
    for (size_t i = 0; i < m->n_by; i++) {
        if (m->by[i].type == WHO_CLOCK) {
            return true;
        }
    }
    return false;
}

static bool takes(const struct move *m, const struct field *f)
{
    for (size_t i = 0; i < m->n_takes; i++) {
        if (m->takes[i] == f) {
            return true;
        }
    }
    return f == NULL || (m->raises && m->n_takes == 0);
}

/* The clock raises what is ranked and the figures of measures. */
static void check_raised(const struct reading *r, const char *member, const struct kind *k,
                         const struct field *one, const struct field *other)
{
    for (size_t i = 0; k != NULL && i < k->n_moves; i++) {
        const struct move *m = &k->moves[i];

        if (m->raises && by_clock(m) && takes(m, one) && takes(m, other)) {
            return;
        }
    }
    if (k != NULL) {
        (void)check_fail(r->c, node_get(r->map, member), "pack.appraisal",
                         "a move without from:, by: clock, that takes what it is given",
                         "the clock cannot raise '%s'", k->name);
    }
}

static void check_then(const struct reading *r)
{
    const struct move *m = r->def->then;

    if (m != NULL && (m->raises || !by_clock(m) || !takes(m, r->def->total) || !takes(m, r->def->place))) {
        (void)check_fail(r->c, node_get(r->map, "then"), "pack.appraisal",
                         "by: clock, takes: the fields under gives:", "'%s' cannot take the result", m->name);
    }
}

/* What is measured of an organisation is counted by the part it plays. */
static void link_part(const struct reading *r, const struct pack_node *map, struct appraisal_indicator *i)
{
    static const char expected[] = "a part among by: of that measure, where organisations are ranked";
    const struct pack_node *by = node_get(map, "by");

    if ((by != NULL) != (i->measure != NULL && r->def->post != NULL)) {
        (void)check_fail(r->c, by == NULL ? map : by, "pack.appraisal", expected,
                         "the measure is not asked of an organisation, or of none");
        return;
    }
    if (by == NULL) {
        return;
    }
    i->by = by->type != NODE_SCALAR ? NULL : kind_party(i->measure->kind, by->text);
    if (i->by == NULL || !measure_by_org(i->measure, i->by)) {
        (void)check_fail(r->c, by, "pack.appraisal", expected, "'%s' is not counted by that",
                         i->measure->name);
    }
}

static void link_measure(const struct reading *r, const struct pack_node *map, struct appraisal_indicator *i)
{
    static const char *const better[] = {"higher", "lower"};
    const struct pack_node *n = node_get(map, "measure"), *way = node_get(map, "better");
    const struct packs *p = r->c->packs;
    int at = n == NULL ? -1
                       : check_name(r->c, n, "measure", "pack.unknown_measure",
                                    NAMES(r->c->measures, p->n_measures));

    if (at >= 0) {
        i->measure = &r->c->measures[at];
        if (i->measure->type == MEASURE_PERCENTILE) {
            (void)check_fail(r->c, n, "pack.appraisal", "a count, sum, average, gauge or ratio",
                             "'%s' is no single figure", i->measure->name);
        }
    }
    if (n == NULL || at >= 0) {
        link_part(r, map, i);
    }
    if (n == NULL && node_get(map, "span") != NULL) {
        (void)check_fail(r->c, node_get(map, "span"), "pack.misplaced", "measure: NAME",
                         "what is typed in has no span");
    }
    if (i->normal == NORMAL_TARGET) {
        return;
    }
    i->lower = i->measure != NULL && i->measure->lower_is_better;
    if (way != NULL) {
        i->lower = check_name(r->c, way, "'better'", "pack.appraisal", NAMES(better, 2)) == 1;
    }
}

static void note_moves(const struct kind_load *k)
{
    for (size_t i = 0; i < k->kind->n_moves; i++) {
        for (size_t j = 0; j < k->moves[i].n_effects; j++) {
            if (str_eq(k->moves[i].effects[j].type->name, "appraise")) {
                k->moves[i].looks_below = k->moves[i].looks_at_figures = true;
            }
        }
    }
}

void check_appraisal(struct pack_check *c, struct kind_load *k)
{
    const struct reading r = {c, k, k->appraisal, node_get(k->node, "appraisal")};
    const struct pack_node *map = node_get(r.map, "indicators");

    if (r.def == NULL) {
        return;
    }
    check_raised(&r, "units", r.def->units, r.def->name, r.def->org);
    check_raised(&r, "lines", r.def->lines.kind, r.def->lines.item, r.def->lines.value);
    check_then(&r);
    for (size_t i = 0; map != NULL && map->type == NODE_MAP && i < map->n; i++) {
        size_t at = indicator_index(r.def, map->keys[i]->text);

        if (at < r.def->n_indicators && map->items[i]->type == NODE_MAP) {
            link_measure(&r, map->items[i], &k->indicators[at]);
        }
    }
    note_moves(k);
}
