/* What judges score: who, whom, by which criteria, and what becomes of it. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { WEIGHT_MAX = 1000, VALUE_MAX = 1000, DENOMINATOR_MAX = 1000000, TRIM_MAX = 10, PRIZES_MAX = 10 };

static const char *const members[] = {"title",   "zh",    "en",     "judges",   "entries", "of",
                                      "sheets",  "while", "not",    "criteria", "result",  "places",
                                      "outlier", "ties",  "within", "order",    "gives",   "prizes",
                                      "first",   "then",  "others", "show",     "publish", "desk"};

const struct score_def *kind_score(const struct kind *k, const char *name)
{
    for (size_t i = 0; i < k->n_scores; i++) {
        if (str_eq(k->scores[i].name, name)) {
            return &k->scores[i];
        }
    }
    return NULL;
}

void load_score_names(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "scores");

    if (map == NULL || !check_map(c, map, "scores", (struct names){0})) {
        return;
    }
    if (map->n > SCORES_MAX) {
        (void)check_fail(c, map, "pack.size", "at most 8", "too many scores");
        return;
    }
    k->scores = arena_array(c->a, struct score_def, map->n + 1);
    for (size_t i = 0; i < map->n; i++) {
        k->scores[i].name = map->keys[i]->text;
        k->scores[i].kind = k->kind;
    }
    k->kind->scores = k->scores;
    k->kind->n_scores = map->n;
}

/* One scoring on its way. */
struct reading {
    struct pack_check *c;
    struct score_def *def;
    const struct pack_node *name, *map;
};

/* A member that must be there. */
static const struct pack_node *need(const struct reading *r, const char *member, const char *expected)
{
    const struct pack_node *n = node_get(r->map, member);

    if (n == NULL) {
        (void)check_fail(r->c, r->name, "pack.missing", expected, "'%s' does not say %s", r->name->text,
                         member);
    }
    return n;
}

static const struct kind *child_of(const struct reading *r, const struct kind *parent, const char *member)
{
    const struct pack_node *n = need(r, member, "a kind among the children");
    const struct kind *k = n == NULL ? NULL : check_kind(r->c, n);

    if (k != NULL && !kind_has_child(parent, k->name)) {
        (void)check_fail(r->c, n, "pack.no_child", "it among children: of that kind",
                         "'%s' has no children '%s'", parent->name, k->name);
        return NULL;
    }
    return k;
}

static void read_judges(const struct reading *r)
{
    const struct pack_node *n = need(r, "judges", "judges: PARTY");
    struct score_def *d = r->def;

    d->judges = n == NULL ? NULL : check_party(r->c, d->kind, n);
    if (d->judges == NULL || d->sheets == NULL) {
        return;
    }
    const struct party_role *own = kind_party(d->sheets, d->judges->name);

    if (d->judges->is != PARTY_IS_ACCOUNT || own == NULL || own->is != PARTY_IS_ACCOUNT || own->max != 1) {
        (void)check_fail(r->c, n, "pack.score", "is: account in both kinds, one on a sheet",
                         "a judge is a person who plays '%s', on a sheet too", n->text);
    }
}

static void read_kinds(const struct reading *r)
{
    struct score_def *d = r->def;
    const struct pack_node *of = node_get(r->map, "of");

    d->entries = child_of(r, d->kind, "entries");
    if (d->entries == NULL) {
        return;
    }
    d->sheets = child_of(r, d->entries, "sheets");
    if (of != NULL) {
        (void)check_cel(r->c, d->entries, of, CEL_BOOL, &d->of);
    }
    for (size_t i = 0; d->sheets != NULL && i < r->c->n_kinds; i++) {
        struct kind *k = r->c->kinds[i].kind;

        if (k == d->sheets && k->sheet_of != NULL) {
            (void)check_fail(r->c, node_get(r->map, "sheets"), "pack.score", "a kind of its own",
                             "'%s' are sheets of something else already", k->name);
        } else if (k == d->sheets) {
            k->sheet_of = d;
        }
    }
}

static void read_while(const struct reading *r)
{
    const struct pack_node *n = need(r, "while", "while: STATE, or a list of them");

    for (size_t i = 0; n != NULL && i < (n->type == NODE_LIST ? n->n : 1); i++) {
        const struct state *s = check_state(r->c, r->def->kind, n->type == NODE_LIST ? n->items[i] : n);

        r->def->while_states |= s == NULL ? 0 : UINT64_C(1) << s->index;
    }
}

static void read_not(const struct reading *r)
{
    const struct pack_node *n = node_get(r->map, "not");
    size_t count = n == NULL ? 0 : n->type == NODE_LIST ? n->n : 1;
    const struct party_role **made = arena_array(r->c->a, const struct party_role *, count + 1);

    r->def->not_own = made;
    for (size_t i = 0; r->def->entries != NULL && i < count; i++) {
        made[r->def->n_not_own] = check_party(r->c, r->def->entries, n->type == NODE_LIST ? n->items[i] : n);
        r->def->n_not_own += made[r->def->n_not_own] != NULL;
    }
}

/* --- criteria --- */

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static bool read_criterion(const struct reading *r, const struct pack_node *name,
                           const struct pack_node *weight, struct score_criterion *ret)
{
    const struct field *f = check_field(r->c, r->def->sheets, name);

    if (f == NULL) {
        return false;
    }
    ret->field = f;
    ret->max = f->max;
    if (f->type != FIELD_INTEGER || f->many || f->min < 0 || f->max < 1 || f->max > VALUE_MAX) {
        return check_fail(r->c, name, "pack.score", "type: integer, min: 0, max: at most 1000",
                          "'%s' is no criterion", f->name);
    }
    return check_int(r->c, weight, 1, WEIGHT_MAX, &ret->weight);
}

static void read_criteria(const struct reading *r)
{
    const struct pack_node *n = need(r, "criteria", "criteria: {FIELD: POINTS, …}");
    struct score_criterion *made;
    struct score_def *d = r->def;

    d->denominator = 1;
    if (n == NULL || d->sheets == NULL || !check_map(r->c, n, "criteria", (struct names){0})) {
        return;
    }
    if (n->n == 0 || n->n > CRITERIA_MAX) {
        (void)check_fail(r->c, n, "pack.size", "1 to 20 criteria", "so many criteria are not judged by");
        return;
    }
    made = arena_array(r->c->a, struct score_criterion, n->n + 1);
    d->criteria = made;
    for (size_t i = 0; i < n->n; i++) {
        if (read_criterion(r, n->keys[i], n->items[i], &made[d->n_criteria])) {
            int64_t max = made[d->n_criteria++].max;

            d->denominator *= max / gcd(d->denominator, max);
        }
        if (d->denominator > DENOMINATOR_MAX) {
            (void)check_fail(r->c, n, "pack.score", "max: of criteria such as 10, 20, 100",
                             "points by these criteria have no small common denominator");
            d->denominator = 1;
        }
    }
}

/* "trimmed_mean(1)": so many of the highest and of the lowest are left out. */
static bool read_trim(struct pack_check *c, const char *s, int64_t *ret)
{
    static const char head[] = "trimmed_mean(";
    size_t n = strlen(s);

    if (!str_starts(s, head) || s[n - 1] != ')') {
        return false;
    }
    return parse_int64(arena_strndup(c->a, s + strlen(head), n - strlen(head) - 1), ret) && *ret >= 1 &&
           *ret <= TRIM_MAX;
}

static void read_method(const struct reading *r)
{
    const struct pack_node *n = need(r, "result", "result: mean, trimmed_mean(1) or rank_sum");
    const char *s = n == NULL || n->type != NODE_SCALAR ? "" : n->text;
    struct score_def *d = r->def;

    if (str_eq(s, "mean")) {
        d->method = SCORE_MEAN;
    } else if (str_eq(s, "rank_sum")) {
        d->method = SCORE_RANK_SUM;
    } else if (read_trim(r->c, s, &d->trim)) {
        d->method = SCORE_TRIMMED_MEAN;
    } else if (n != NULL) {
        (void)check_fail(r->c, n, "pack.score", "mean, trimmed_mean(1) or rank_sum", "no result is made so");
    }
}

static void read_ties(const struct reading *r)
{
    const struct pack_node *n = node_get(r->map, "ties");
    const char *names[CRITERIA_MAX + 1];
    struct score_def *d = r->def;
    size_t *made;

    if (n == NULL || (n->type == NODE_SCALAR && str_eq(n->text, "share"))) {
        return;
    }
    if (!check_list(r->c, n, "ties")) {
        return;
    }
    for (size_t i = 0; i < d->n_criteria; i++) {
        names[i] = d->criteria[i].field->name;
    }
    d->ties = made = arena_array(r->c->a, size_t, n->n + 1);
    for (size_t i = 0; i < n->n; i++) {
        int at = check_name(r->c, n->items[i], "criterion", "pack.score", NAMES(names, d->n_criteria));

        if (at >= 0) {
            made[d->n_ties++] = (size_t)at;
        }
    }
}

static void read_numbers(const struct reading *r)
{
    const struct pack_node *places = node_get(r->map, "places"), *outlier = node_get(r->map, "outlier");
    int64_t n = 2;

    if (places != NULL) {
        (void)check_int(r->c, places, 0, 4, &n);
    }
    r->def->places = (int)n;
    if (outlier != NULL) {
        (void)check_int(r->c, outlier, 1, WEIGHT_MAX, &r->def->outlier);
    }
}

/* --- what becomes of it --- */

/* A field of entrants, open and single, of one of these types. */
static const struct field *entry_field(const struct reading *r, const struct pack_node *n,
                                       enum field_type one, enum field_type other)
{
    const struct field *f =
        n == NULL || r->def->entries == NULL ? NULL : check_field(r->c, r->def->entries, n);

    if (f != NULL && (f->many || f->privacy != PRIVACY_OPEN || (f->type != one && f->type != other))) {
        (void)check_fail(r->c, n, "pack.score", field_type_name(one), "'%s' is a field of another sort",
                         f->name);
        return NULL;
    }
    return f;
}

static void read_gives(const struct reading *r)
{
    static const char *const names[] = {"result", "place", "spread", "prize"};
    const struct pack_node *n = need(r, "gives", "gives: {result: FIELD, place: FIELD}");
    struct score_def *d = r->def;

    if (n == NULL || !check_map(r->c, n, "gives", NAMES(names, COUNT_OF(names)))) {
        return;
    }
    d->result = entry_field(r, node_get(n, "result"), FIELD_DECIMAL, FIELD_DECIMAL);
    d->place = entry_field(r, node_get(n, "place"), FIELD_INTEGER, FIELD_INTEGER);
    d->spread = entry_field(r, node_get(n, "spread"), FIELD_DECIMAL, FIELD_DECIMAL);
    d->prize = entry_field(r, node_get(n, "prize"), FIELD_CODE, FIELD_CODE);
    if (node_get(n, "place") == NULL || node_get(n, "result") == NULL) {
        (void)check_fail(r->c, n, "pack.missing", "result: FIELD, place: FIELD",
                         "result and place are not kept");
    }
}

static void read_prizes(const struct reading *r)
{
    const struct pack_node *n = node_get(r->map, "prizes");
    struct score_def *d = r->def;
    struct score_prize *made;

    if (n == NULL || !check_map(r->c, n, "prizes", (struct names){0})) {
        return;
    }
    if (d->prize == NULL || n->n > PRIZES_MAX) {
        (void)check_fail(r->c, n, "pack.score", "gives: {prize: FIELD}, at most 10 prizes",
                         "these prizes are kept nowhere");
        return;
    }
    made = arena_array(r->c->a, struct score_prize, n->n + 1);
    d->prizes = made;
    for (size_t i = 0; i < n->n; i++) {
        if (list_code(d->prize->list, n->keys[i]->text) == NULL) {
            (void)check_fail(r->c, n->keys[i], "pack.unknown_code", d->prize->list->name, "unknown code '%s'",
                             n->keys[i]->text);
        } else if (check_int(r->c, n->items[i], 1, 10000, &made[d->n_prizes].n)) {
            made[d->n_prizes++].code = n->keys[i]->text;
        }
    }
}

static void read_moves(const struct reading *r)
{
    const struct pack_node *then = need(r, "then", "then: MOVE of the entrants"),
                           *others = node_get(r->map, "others"), *first = node_get(r->map, "first");
    struct score_def *d = r->def;

    if (d->entries == NULL || then == NULL) {
        return;
    }
    d->then = check_move(r->c, d->entries, then);
    d->others = others == NULL ? NULL : check_move(r->c, d->entries, others);
    if (first != NULL) {
        (void)check_int(r->c, first, 1, 10000, &d->first);
    }
    if ((first == NULL) != (others == NULL)) {
        (void)check_fail(r->c, first == NULL ? others : first, "pack.score", "first: NUMBER and others: MOVE",
                         "how many go on, and what becomes of the others, belong together");
    }
}

static void read_shown(const struct reading *r)
{
    static const char *const shows[] = {"closed", "live"}, *const publishes[] = {"numbered", "named"};
    const struct pack_node *show = node_get(r->map, "show"), *publish = node_get(r->map, "publish"),
                           *desk = need(r, "desk", "desk: who sees all sheets");
    struct score_def *d = r->def;

    d->live = show != NULL && check_name(r->c, show, "'show'", "pack.score", NAMES(shows, 2)) == 1;
    d->named =
        publish != NULL && check_name(r->c, publish, "'publish'", "pack.score", NAMES(publishes, 2)) == 1;
    if (desk != NULL) {
        (void)check_who(r->c, d->kind, desk, &d->desk, &d->n_desk);
    }
}

void load_scores(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "scores");

    for (size_t i = 0; i < k->kind->n_scores; i++) {
        const struct reading r = {c, &k->scores[i], map->keys[i], map->items[i]};

        if (!check_new_name(c, r.name, "score") ||
            !check_map(c, r.map, "a score", NAMES(members, COUNT_OF(members))) ||
            !check_title(c, r.name, r.map, &k->scores[i].title)) {
            continue;
        }
        read_kinds(&r);
        read_judges(&r);
        read_while(&r);
        read_not(&r);
        read_criteria(&r);
        read_method(&r);
        read_ties(&r);
        read_numbers(&r);
        k->scores[i].within = entry_field(&r, node_get(r.map, "within"), FIELD_CODE, FIELD_TEXT);
        k->scores[i].order = entry_field(&r, node_get(r.map, "order"), FIELD_INTEGER, FIELD_INTEGER);
        read_gives(&r);
        read_prizes(&r);
        read_moves(&r);
        read_shown(&r);
    }
}

/* --- once moves are read --- */

static bool takes(const struct move *m, const struct field *f)
{
    for (size_t i = 0; i < m->n_takes; i++) {
        if (m->takes[i] == f) {
            return true;
        }
    }
    return f == NULL;
}

/* The clock makes it, with the fields that the result goes into. */
static void check_gives(struct pack_check *c, const struct pack_node *at, const struct score_def *d,
                        const struct move *m)
{
    bool clock = false;

    if (m == NULL || at == NULL) {
        return;
    }
    for (size_t i = 0; i < m->n_by; i++) {
        clock = clock || m->by[i].type == WHO_CLOCK;
    }
    if (!clock || m->raises || !takes(m, d->result) || !takes(m, d->place) || !takes(m, d->spread) ||
        !takes(m, d->prize)) {
        (void)check_fail(c, at, "pack.score",
                         "by: clock, takes: the fields under gives:", "'%s' cannot take the result", m->name);
    }
}

/* Every move of a sheet is judged by the rules of its scoring, without its pack saying so. */
static void guard_moves(struct pack_check *c, const struct kind_load *k)
{
    const struct effect_type *type = NULL;

    for (size_t i = 0; i < c->n_effects; i++) {
        type = str_eq(c->effects[i]->name, "sheet") ? c->effects[i] : type;
    }
    for (size_t i = 0; type != NULL && i < k->kind->n_moves; i++) {
        struct move *m = &k->moves[i];
        struct effect *more = arena_array(c->a, struct effect, m->n_effects + 1);

        if (m->n_effects > 0) {
            memcpy(more, m->effects, sizeof(*more) * m->n_effects);
        }
        more[m->n_effects++] = (struct effect){type, k->kind->sheet_of};
        m->effects = more;
    }
}

void check_scores(struct pack_check *c, const struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "scores");

    for (size_t i = 0; i < k->kind->n_scores; i++) {
        check_gives(c, node_get(map->items[i], "then"), &k->scores[i], k->scores[i].then);
        check_gives(c, node_get(map->items[i], "others"), &k->scores[i], k->scores[i].others);
    }
    for (size_t i = 0; i < k->kind->n_moves; i++) {
        for (size_t j = 0; j < k->moves[i].n_effects; j++) {
            k->moves[i].looks_below =
                k->moves[i].looks_below || str_eq(k->moves[i].effects[j].type->name, "score");
        }
    }
    if (k->kind->sheet_of != NULL) {
        guard_moves(c, k);
    }
}
