#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

void load_states(struct pack_check *c, struct kind_load *k)
{
    static const char *const members[] = {"title", "zh", "en", "light", "final"};
    static const char *const lights[] = {"new", "open", "paused", "done", "none"};
    const struct pack_node *map = node_get(k->node, "flow");

    if (map == NULL || !check_map(c, map, "flow", (struct names){0}) || map->n == 0 || map->n > STATES_MAX) {
        (void)check_fail(c, map ? map : k->name, "pack.missing", "flow: {reported: {…}, …}, 1 to 64 states",
                         "kind '%s' has no flow", k->name->text);
        return;
    }
    k->states = arena_array(c->a, struct state, map->n);
    k->kind->states = k->states;
    k->kind->n_states = map->n;
    for (size_t i = 0; i < map->n; i++) {
        struct state *s = &k->states[i];
        const struct pack_node *at = map->keys[i], *node = map->items[i], *n;

        s->name = at->text;
        s->index = (int)i;
        if (!check_new_name(c, at, "state") ||
            !check_map(c, node, "a state", NAMES(members, COUNT_OF(members))) ||
            !check_title(c, at, node, &s->title)) {
            continue;
        }
        if ((n = node_get(node, "light")) == NULL) {
            (void)check_fail(c, at, "pack.missing", "add light: new, open, paused, done or none",
                             "state '%s' has no light", s->name);
        } else {
            s->light =
                (enum light)(check_name(c, n, "light", "pack.light", NAMES(lights, COUNT_OF(lights))) + 1);
        }
        if ((n = node_get(node, "final")) != NULL) {
            (void)check_bool(c, n, &s->final);
        }
    }
}

static const char *const move_members[] = {"title", "zh",     "en",    "from",    "to",      "by",
                                           "not",   "when",   "needs", "takes",   "parties", "effects",
                                           "each",  "within", "bulk",  "reopens", "because", "after"};

void load_move_names(struct pack_check *c, struct kind_load *k)
{
    static const char *const built_in[] = {"edit",  "link", "duplicate", "separate", "note",     "reveal",
                                           "tick",  "log",  "propose",   "receipt",  "presence", "absorb",
                                           "under", "call", "call_end",  "calls"};
    const struct pack_node *map = node_get(k->node, "moves");

    if (map == NULL || !check_map(c, map, "moves", (struct names){0}) || map->n == 0 || map->n > MOVES_MAX) {
        (void)check_fail(c, map ? map : k->name, "pack.missing",
                         "moves: {report: {to: reported, …}, …}, 1 to 64", "kind '%s' has no moves",
                         k->name->text);
        return;
    }
    k->moves = arena_array(c->a, struct move, map->n);
    k->kind->moves = k->moves;
    k->kind->n_moves = map->n;
    for (size_t i = 0; i < map->n; i++) {
        struct move *m = &k->moves[i];

        m->name = map->keys[i]->text;
        m->index = (int)i;
        m->raises = node_get(map->items[i], "from") == NULL;
        (void)check_new_name(c, map->keys[i], "move");
        for (size_t j = 0; j < COUNT_OF(built_in); j++) {
            if (str_eq(built_in[j], m->name)) {
                (void)check_fail(c, map->keys[i], "pack.reserved", "another name",
                                 "'%s' has a meaning already", m->name);
            }
        }
    }
}

static void move_states(struct pack_check *c, struct kind_load *k, struct move *m, const struct pack_node *at,
                        const struct pack_node *node)
{
    const struct pack_node *from = node_get(node, "from"), *to = node_get(node, "to"),
                           *reopens = node_get(node, "reopens");
    bool may_reopen = false;

    m->to = to ? check_state(c, k->kind, to) : NULL;
    if (m->raises && to == NULL) {
        (void)check_fail(c, at, "pack.missing", "add to: STATE, or from: STATE", "move '%s' leads nowhere",
                         m->name);
    }
    if (reopens != NULL) {
        (void)check_bool(c, reopens, &may_reopen);
    }
    for (size_t i = 0; from != NULL && i < (from->type == NODE_LIST ? from->n : 1); i++) {
        const struct pack_node *n = from->type == NODE_LIST ? from->items[i] : from;
        const struct state *s = check_state(c, k->kind, n);

        if (s == NULL) {
            continue;
        }
        m->from |= UINT64_C(1) << s->index;
        if (s->final && m->to != NULL && m->to != s && !may_reopen) {
            (void)check_fail(c, n, "pack.final", "add reopens: true if that is meant",
                             "move '%s' leads out of the final state '%s'", m->name, s->name);
        }
    }
}

static void add_take(struct move *m, const struct field **takes, const struct field *f)
{
    for (size_t i = 0; i < m->n_takes; i++) {
        if (takes[i] == f) {
            return;
        }
    }
    takes[m->n_takes++] = f;
}

static bool read_need(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct need *ret)
{
    if (n->type == NODE_SCALAR && str_eq(n->text, "note")) {
        *ret = (struct need){NEED_NOTE, NULL};
    } else if (n->type == NODE_SCALAR && str_eq(n->text, "until")) {
        *ret = (struct need){NEED_UNTIL, NULL};
    } else if (n->type == NODE_SCALAR && str_eq(n->text, "files")) {
        *ret = (struct need){NEED_FILES, NULL};
    } else if (n->type == NODE_SCALAR && str_eq(n->text, "here")) {
        *ret = (struct need){NEED_HERE, NULL};
    } else {
        const struct field *f = check_field(c, k, n);

        *ret = (struct need){NEED_FIELD, f};
        return f != NULL;
    }
    return true;
}

static void move_fields(struct pack_check *c, const struct kind *k, struct move *m,
                        const struct pack_node *node)
{
    const struct pack_node *needs = node_get(node, "needs"), *takes = node_get(node, "takes");
    const struct field **fields = arena_array(c->a, const struct field *, k->n_fields + 1);
    struct need *made = arena_array(c->a, struct need, (needs ? needs->n : 0) + 1);

    m->takes = fields;
    m->needs = made;
    for (size_t i = 0; takes != NULL && check_list(c, takes, "takes") && i < takes->n; i++) {
        const struct field *f;

        if (str_eq(takes->items[i]->text, "place")) {
            m->takes_place = true;
        } else if (str_eq(takes->items[i]->text, "here")) {
            m->takes_here = true;
        } else if ((f = check_field(c, k, takes->items[i])) != NULL) {
            add_take(m, fields, f);
        }
    }
    for (size_t i = 0; m->raises && i < k->n_fields; i++) {
        if (takes == NULL || k->fields[i].required) {
            add_take(m, fields, &k->fields[i]);
        }
    }
    for (size_t i = 0; needs != NULL && check_list(c, needs, "needs") && i < needs->n; i++) {
        if (read_need(c, k, needs->items[i], &made[m->n_needs])) {
            const struct field *f = made[m->n_needs].field;

            m->takes_here = made[m->n_needs++].type == NEED_HERE || m->takes_here;
            if (f != NULL) {
                add_take(m, fields, f);
            }
        }
    }
}

static void move_parties(struct pack_check *c, const struct kind *k, struct move *m,
                         const struct pack_node *map)
{
    struct move_party *made;

    if (map == NULL || !check_map(c, map, "parties", (struct names){0})) {
        return;
    }
    made = arena_array(c->a, struct move_party, map->n + 1);
    m->parties = made;
    for (size_t i = 0; i < map->n; i++) {
        struct move_party *p = &made[m->n_parties];
        const struct pack_node *how = map->items[i];

        if ((p->role = check_party(c, k, map->keys[i])) == NULL) {
            continue;
        }
        m->n_parties++;
        if (how->type == NODE_SCALAR && str_eq(how->text, "route")) {
            p->how = MOVE_PARTY_ROUTE;
        } else if (how->type == NODE_SCALAR && str_eq(how->text, "ask")) {
            p->how = MOVE_PARTY_ASK;
        } else if (how->type == NODE_SCALAR && str_eq(how->text, "add")) {
            p->how = MOVE_PARTY_ADD;
        } else if (how->type == NODE_SCALAR && str_eq(how->text, "pick")) {
            p->how = MOVE_PARTY_PICK;
        } else if (how->type == NODE_SCALAR && str_starts(how->text, "to ")) {
            struct pack_node to = *how;

            to.text = how->text + strlen("to ");
            p->how = MOVE_PARTY_TO;
            p->to = check_party(c, k, &to);
        } else {
            p->how = MOVE_PARTY_EXPR;
            (void)check_cel(c, k, how, CEL_STRING, &p->expr);
        }
    }
}

/* `each: party`, or the part whose step it is. */
static void move_each(struct pack_check *c, const struct kind *k, struct move *m,
                      const struct pack_node *each)
{
    if (each->type == NODE_SCALAR && str_eq(each->text, "party")) {
        m->each_party = true;
    } else {
        m->each_role = check_party(c, k, each);
    }
}

/* `after: STATE`, a list of them, or none: where the party itself must stand. */
static void move_after(struct pack_check *c, const struct kind *k, struct move *m, const struct pack_node *n)
{
    bool many = n->type == NODE_LIST;

    m->has_after = true;
    for (size_t i = 0; i < (many ? n->n : 1); i++) {
        const struct pack_node *one = many ? n->items[i] : n;
        const struct state *s;

        if (one->type == NODE_SCALAR && str_eq(one->text, "none")) {
            m->after_none = true;
        } else if ((s = check_state(c, k, one)) != NULL) {
            m->after |= UINT64_C(1) << s->index;
        }
    }
    if (!m->each_party && m->each_role == NULL) {
        (void)check_fail(c, n, "pack.each", "each: party, or each: a part",
                         "only a step of a party comes after another of its own");
    }
}

static void move_options(struct pack_check *c, const struct kind *k, struct move *m,
                         const struct pack_node *node)
{
    const struct pack_node *each = node_get(node, "each"), *within = node_get(node, "within"),
                           *bulk = node_get(node, "bulk"), *after = node_get(node, "after");
    struct limit limit;

    if (each != NULL) {
        move_each(c, k, m, each);
    }
    if (after != NULL) {
        move_after(c, k, m, after);
    }
    if (bulk != NULL) {
        (void)check_bool(c, bulk, &m->bulk);
    }
    if (within == NULL) {
        return;
    }
    if (within->type != NODE_SCALAR || !limit_parse(within->text, &limit) || limit.unit != LIMIT_DAYS) {
        (void)check_fail(c, within, "pack.limit", "days, such as 15d", "that is no number of days");
    } else {
        m->within_days = limit.n;
    }
}

/* The parent is there when something is raised below it, and only then. */
static void check_above(struct pack_check *c, const struct move *m, const struct pack_node *by)
{
    for (size_t i = 0; i < m->n_by; i++) {
        if (m->by[i].type == WHO_ABOVE && !m->raises) {
            (void)check_fail(c, by, "pack.who", "a move without from:, which makes a child",
                             "'%s' says nobody here", m->by[i].text);
        }
    }
}

static void read_move(struct pack_check *c, struct kind_load *k, struct move *m, const struct pack_node *at,
                      const struct pack_node *node)
{
    const struct pack_node *n;

    if (!check_map(c, node, "a move", NAMES(move_members, COUNT_OF(move_members))) ||
        !check_title(c, at, node, &m->title)) {
        return;
    }
    move_states(c, k, m, at, node);
    if ((n = node_get(node, "by")) == NULL) {
        (void)check_fail(c, at, "pack.missing",
                         "add by: anyone, signed_in, a party, \"role:NAME\", clock, import or signal",
                         "who may '%s' is not said", m->name);
    } else {
        (void)check_who(c, k->kind, n, &m->by, &m->n_by);
        check_above(c, m, n);
    }
    if ((n = node_get(node, "not")) != NULL) {
        (void)check_who(c, k->kind, n, &m->not_by, &m->n_not);
    }
    if ((n = node_get(node, "when")) != NULL && check_cel(c, k->kind, n, CEL_BOOL, &m->when)) {
        m->when_text = n->text;
    }
    if ((n = node_get(node, "because")) != NULL && m->when == NULL) {
        (void)check_fail(c, n, "pack.misplaced", NULL, "'because' says what a 'when' wants");
    } else if (n != NULL) {
        (void)check_title(c, n, n, &m->because);
    }
    move_fields(c, k->kind, m, node);
    move_parties(c, k->kind, m, node_get(node, "parties"));
    move_options(c, k->kind, m, node);
    if ((n = node_get(node, "effects")) != NULL) {
        (void)check_effects(c, k->kind, n, &m->effects, &m->n_effects);
    }
}

void load_moves(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "moves");

    for (size_t i = 0; i < k->kind->n_moves; i++) {
        read_move(c, k, &k->moves[i], map->keys[i], map->items[i]);
    }
}

/* One rule: a party, how to find who plays it, and when the rule fits. */
static bool read_rule(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                      struct route_rule *ret)
{
    const struct pack_node *when = node_get(n, "when");

    if (n->type != NODE_MAP || n->n != (when ? 2u : 1u)) {
        return check_fail(c, n, "pack.route", "{when: CONDITION, PARTY: EXPRESSION}", "this is no route");
    }
    size_t i = str_eq(n->keys[0]->text, "when") ? 1 : 0;

    ret->party = check_party(c, k, n->keys[i]);
    if (when != NULL) {
        (void)check_cel(c, k, when, CEL_BOOL, &ret->when);
    }
    return check_cel(c, k, n->items[i], CEL_STRING, &ret->expr);
}

static bool routed(const struct kind *k, const struct party_role *p)
{
    for (size_t i = 0; i < k->n_routes; i++) {
        if (k->routes[i].party == p) {
            return true;
        }
    }
    return false;
}

void load_routes(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *list = node_get(k->node, "route"), *moves = node_get(k->node, "moves");
    struct route_rule *rules;

    if (list != NULL && check_list(c, list, "route")) {
        rules = arena_array(c->a, struct route_rule, list->n + 1);
        for (size_t i = 0; i < list->n; i++) {
            (void)read_rule(c, k->kind, list->items[i], &rules[i]);
        }
        k->kind->routes = rules;
        k->kind->n_routes = list->n;
    }
    for (size_t i = 0; i < k->kind->n_moves; i++) {
        const struct move *m = &k->kind->moves[i];

        for (size_t j = 0; j < m->n_parties; j++) {
            if (m->parties[j].how == MOVE_PARTY_ROUTE && !routed(k->kind, m->parties[j].role)) {
                (void)check_fail(c, moves->keys[i], "pack.route", "a rule for it under route:",
                                 "move '%s' routes '%s', but no route finds one", m->name,
                                 m->parties[j].role->name);
            }
        }
    }
}
