#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

/* A measure on its way, with its place in the file. */
struct measure_load {
    const struct pack_node *name, *node;
    struct kind_load *kind;
    struct measure_def *def;
};

/* The one key that says what is measured. */
static const struct {
    const char *key;
    enum measure_type type;
} measure_keys[] = {{"count", MEASURE_COUNT},     {"breached", MEASURE_COUNT},        {"sum", MEASURE_SUM},
                    {"average", MEASURE_AVERAGE}, {"percentile", MEASURE_PERCENTILE}, {"holds", MEASURE_OPEN},
                    {"ratio", MEASURE_RATIO}};

static const struct pack_node *measure_type(struct pack_check *c, struct measure_load *m)
{
    const struct pack_node *found = NULL;

    for (size_t i = 0; i < COUNT_OF(measure_keys); i++) {
        const struct pack_node *n = node_get(m->node, measure_keys[i].key);

        if (n != NULL && found != NULL) {
            (void)check_fail(c, n, "pack.measure", "one of them", "measure '%s' measures two things",
                             m->name->text);
        } else if (n != NULL) {
            found = n;
            m->def->type = measure_keys[i].type;
        }
    }
    if (found == NULL) {
        (void)check_fail(c, m->name, "pack.measure",
                         "count, breached, sum, average, percentile, holds or ratio",
                         "measure '%s' measures nothing", m->name->text);
    }
    return found;
}

static uint64_t read_moves(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    bool many = n->type == NODE_LIST;
    uint64_t bits = 0;

    for (size_t i = 0; i < (many ? n->n : 1); i++) {
        const struct move *m = check_move(c, k, many ? n->items[i] : n);

        bits |= m ? UINT64_C(1) << m->index : 0;
    }
    return bits;
}

static uint64_t read_clocks(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    bool many = n->type == NODE_LIST;
    uint64_t bits = 0;

    for (size_t i = 0; i < (many ? n->n : 1); i++) {
        const struct clock_def *d = check_clock(c, k, many ? n->items[i] : n);

        bits |= d ? UINT64_C(1) << d->index : 0;
    }
    return bits;
}

/* sum, average and percentile: of what, and at which moves. */
static void read_valued(struct pack_check *c, struct measure_load *m, const struct pack_node *of)
{
    const struct pack_node *at = node_get(m->node, "at");

    if (at == NULL) {
        (void)check_fail(c, m->name, "pack.missing", "add at: MOVE", "when is measure '%s' taken?",
                         m->name->text);
    } else {
        m->def->moves = read_moves(c, m->kind->kind, at);
    }
    if (!check_no_balance(c, of) || !check_cel(c, m->kind->kind, of, CEL_DYN, &m->def->of)) {
        return;
    }
    enum cel_type t = cel_type_of(m->def->of);

    if (t != CEL_INT && t != CEL_DOUBLE && t != CEL_DURATION && t != CEL_DYN) {
        (void)check_fail(c, of, "pack.measure", "a number or a duration", "this cannot be added up");
    }
    if (t == CEL_DURATION && m->def->unit[0] == '\0') {
        m->def->unit = "min";
    }
}

static void read_what(struct pack_check *c, struct measure_load *m)
{
    const struct pack_node *n = measure_type(c, m), *at = node_get(m->node, "at");
    const struct kind *k = m->kind->kind;
    struct measure_def *d = m->def;

    if (n == NULL) {
        return;
    }
    if (at != NULL && d->type != MEASURE_SUM && d->type != MEASURE_AVERAGE && d->type != MEASURE_PERCENTILE) {
        (void)check_fail(c, at, "pack.misplaced", "sum, average or percentile", "'at' says nothing here");
    }
    if (node_get(m->node, "breached") == n) {
        d->clock_breach = read_clocks(c, k, n);
    } else if (d->type == MEASURE_COUNT) {
        d->moves = read_moves(c, k, n);
    } else if (d->type == MEASURE_OPEN) {
        (void)(check_no_balance(c, n) && check_cel(c, k, n, CEL_BOOL, &d->holds));
    } else if (d->type != MEASURE_RATIO) {
        read_valued(c, m, n);
    } else if (d->unit[0] == '\0') {
        d->unit = "%";
    }
}

/* A part that organisations play, of that name; NULL: there is none, or a field has it. */
static const struct party_role *org_part(const struct kind *k, const struct pack_node *n)
{
    const struct party_role *role =
        n->type != NODE_SCALAR || kind_field(k, n->text) != NULL ? NULL : kind_party(k, n->text);

    return role != NULL && (role->is & PARTY_IS_ORG) != 0 ? role : NULL;
}

static void read_by(struct pack_check *c, struct measure_load *m, const struct pack_node *n)
{
    const struct kind *k = m->kind->kind;
    const struct field **by;
    const struct party_role **orgs;

    if (!check_list(c, n, "by")) {
        return;
    }
    by = arena_array(c->a, const struct field *, n->n + 1);
    orgs = arena_array(c->a, const struct party_role *, n->n + 1);
    m->def->by = by;
    m->def->by_orgs = orgs;
    for (size_t i = 0; i < n->n; i++) {
        if ((orgs[m->def->n_by_orgs] = org_part(k, n->items[i])) != NULL) {
            m->def->n_by_orgs++;
            continue;
        }
        const struct field *f = check_field(c, k, n->items[i]);

        if (f == NULL || f->type == FIELD_UNSET) {
            continue;
        }
        if (f->many || f->privacy == PRIVACY_PERSONAL ||
            (f->type != FIELD_CODE && f->type != FIELD_BOOL && f->type != FIELD_TEXT)) {
            (void)check_fail(c, n->items[i], "pack.measure",
                             "an open field of type code, bool or text, one value; or a part that "
                             "organisations play",
                             "nothing can be counted by '%s'", f->name);
        } else {
            by[m->def->n_by++] = f;
        }
    }
}

static void read_looks(struct pack_check *c, struct measure_load *m)
{
    static const char *const better[] = {"higher", "lower"};
    const struct pack_node *n;

    m->def->unit = "";
    if ((n = node_get(m->node, "unit")) != NULL) {
        const char *unit = check_text(c, n, "a unit such as min");

        m->def->unit = unit ? unit : "";
    }
    if ((n = node_get(m->node, "hidden")) != NULL) {
        (void)check_bool(c, n, &m->def->hidden);
    }
    if ((n = node_get(m->node, "better")) != NULL) {
        m->def->lower_is_better = check_name(c, n, "'better'", "pack.measure", NAMES(better, 2)) == 1;
    }
}

static void read_measure(struct pack_check *c, struct measure_load *m)
{
    static const char *const members[] = {"title", "zh",      "en",         "kind",   "count", "breached",
                                          "sum",   "average", "percentile", "holds",  "ratio", "at",
                                          "when",  "by",      "unit",       "hidden", "better"};
    const struct pack_node *n;

    if (!check_map(c, m->node, "a measure", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, m->name, m->node, &m->def->title)) {
        return;
    }
    read_looks(c, m);
    read_what(c, m);
    if ((n = node_get(m->node, "when")) != NULL) {
        (void)(check_no_balance(c, n) && check_cel(c, m->kind->kind, n, CEL_BOOL, &m->def->when));
    }
    if ((n = node_get(m->node, "by")) != NULL) {
        read_by(c, m, n);
    }
}

/* A share can be opened by what both parts are counted by. */
static void share_dimensions(struct pack_check *c, struct measure_def *share, const struct measure_def *num,
                             const struct measure_def *den)
{
    const struct field **by = arena_array(c->a, const struct field *, num->n_by + 1);
    const struct party_role **orgs = arena_array(c->a, const struct party_role *, num->n_by_orgs + 1);

    for (size_t i = 0; i < num->n_by; i++) {
        for (size_t j = 0; j < den->n_by; j++) {
            if (num->by[i] == den->by[j]) {
                by[share->n_by++] = num->by[i];
            }
        }
    }
    for (size_t i = 0; i < num->n_by_orgs; i++) {
        if (measure_by_org(den, num->by_orgs[i])) {
            orgs[share->n_by_orgs++] = num->by_orgs[i];
        }
    }
    share->by = by;
    share->by_orgs = orgs;
}

bool measure_by_org(const struct measure_def *m, const struct party_role *role)
{
    for (size_t i = 0; i < m->n_by_orgs; i++) {
        if (m->by_orgs[i] == role) {
            return true;
        }
    }
    return false;
}

/* After all others: its parts by name. */
static void read_ratio(struct pack_check *c, struct measure_load *m, struct names names)
{
    const struct pack_node *n = node_get(m->node, "ratio");
    const struct measure_def *parts[2] = {NULL, NULL};

    if (n->type != NODE_LIST || n->n != 2) {
        (void)check_fail(c, n, "pack.type", "[part, whole]: two measures", "that is no ratio");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        int at = check_name(c, n->items[i], "measure", "pack.unknown_measure", names);

        parts[i] = at < 0 ? NULL : &c->measures[at];
        if (parts[i] != NULL && (parts[i]->type == MEASURE_RATIO || parts[i]->type == MEASURE_PERCENTILE)) {
            (void)check_fail(c, n->items[i], "pack.measure", "counts, sums or averages",
                             "'%s' is itself made of others", parts[i]->name);
        }
    }
    m->def->num = parts[0];
    m->def->den = parts[1];
    if (m->def->n_by + m->def->n_by_orgs == 0 && parts[0] != NULL && parts[1] != NULL &&
        parts[0]->kind == parts[1]->kind) {
        share_dimensions(c, m->def, parts[0], parts[1]);
    }
}

static struct kind_load *measure_kind(struct pack_check *c, const struct pack_load *l,
                                      const struct pack_node *name, const struct pack_node *node)
{
    const struct pack_node *n = node_get(node, "kind");
    struct kind_load *only = NULL;

    if (n != NULL) {
        int i = check_name(c, n, "kind", "pack.unknown_kind", kind_names(c));

        return i < 0 ? NULL : &c->kinds[i];
    }
    for (size_t i = 0; c->kinds != NULL && i < c->n_kinds; i++) {
        struct kind_load *k = &c->kinds[i];

        if (k->from == l) {
            if (only != NULL) {
                (void)check_fail(c, name, "pack.missing", "add kind: NAME", "measure '%s' of which kind?",
                                 name->text);
                return NULL;
            }
            only = k;
        }
    }
    if (only == NULL) {
        (void)check_fail(c, name, "pack.missing", "add kind: NAME", "measure '%s' of which kind?",
                         name->text);
    }
    return only;
}

/* Names first: ratios may come before their parts. */
static size_t measure_shells(struct pack_check *c, const struct pack_load *l, struct measure_load *loads,
                             size_t n)
{
    const struct pack_node *map = node_get(l->root, "measures");

    if (map == NULL || !check_map(c, map, "measures", (struct names){0})) {
        return n;
    }
    for (size_t i = 0; i < map->n; i++) {
        struct kind_load *kind = measure_kind(c, l, map->keys[i], map->items[i]);
        bool twice = false;

        for (size_t j = 0; j < n && !twice; j++) {
            twice = str_eq(loads[j].name->text, map->keys[i]->text);
        }
        if (twice) {
            (void)check_fail(c, map->keys[i], "pack.twice", "each name once", "measure '%s' exists already",
                             map->keys[i]->text);
        } else if (kind != NULL && check_new_name(c, map->keys[i], "measure")) {
            loads[n] = (struct measure_load){map->keys[i], map->items[i], kind, &c->measures[n]};
            c->measures[n].name = map->keys[i]->text;
            c->measures[n].index = (int)n;
            c->measures[n].unit = "";
            c->measures[n].kind = kind->kind;
            n++;
        }
    }
    return n;
}

/* Every kind gets the list of those that look at it. */
static void share_out(struct pack_check *c, size_t n)
{
    const struct measure_def **all = arena_array(c->a, const struct measure_def *, n + 1);

    for (size_t i = 0; i < c->n_kinds; i++) {
        struct kind_load *k = &c->kinds[i];

        k->measures = arena_array(c->a, const struct measure_def *, n + 1);
        k->kind->measures = k->measures;
        for (size_t j = 0; j < n; j++) {
            if (c->measures[j].kind == k->kind) {
                k->measures[k->kind->n_measures++] = &c->measures[j];
            }
        }
    }
    for (size_t j = 0; j < n; j++) {
        all[j] = &c->measures[j];
    }
    c->packs->measures = all;
    c->packs->n_measures = n;
}

void load_measures(struct pack_check *c)
{
    size_t max = 0, n = 0;

    for (size_t i = 0; i < c->n_loads; i++) {
        const struct pack_node *map = node_get(c->loads[i].root, "measures");

        max += map ? map->n : 0;
    }
    struct measure_load *loads = arena_array(c->a, struct measure_load, max + 1);

    c->measures = arena_array(c->a, struct measure_def, max + 1);
    for (size_t i = 0; i < c->n_loads; i++) {
        n = measure_shells(c, &c->loads[i], loads, n);
    }
    for (size_t i = 0; i < n; i++) {
        read_measure(c, &loads[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (c->measures[i].type == MEASURE_RATIO) {
            read_ratio(c, &loads[i], NAMES(c->measures, n));
        }
    }
    share_out(c, n);
}
