/* `ballot:` of a kind: its records are votes. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { RULES_MAX = 16, PROXIES_MAX = 100, SHARE_MAX = 1000 };

/* --- shares --- */

/* "2/3" at least, ">1/2" more than. */
static bool read_share(struct pack_check *c, const struct pack_node *n, struct share *ret)
{
    const char *s = n->type == NODE_SCALAR ? n->text : "", *slash = strchr(s, '/');
    size_t skip = s[0] == '>' ? 1 : 0;
    char num[8] = "";

    if (slash != NULL && (size_t)(slash - s) < sizeof(num) + skip && slash > s + skip) {
        str_copy(num, (size_t)(slash - s) - skip + 1, s + skip);
    }
    ret->more = skip == 1;
    if (parse_int64(num, &ret->num) && parse_int64(slash + 1, &ret->den) && ret->num > 0 &&
        ret->num <= ret->den && ret->den <= SHARE_MAX) {
        return true;
    }
    *ret = (struct share){0};
    return check_fail(c, n, "pack.share", "\"2/3\" (at least) or \">1/2\" (more than)", "this is no share");
}

/* {heads: "2/3", area: "2/3"} */
static void read_shares(struct pack_check *c, const struct pack_node *n, struct share *heads,
                        struct share *area)
{
    static const char *const members[] = {"heads", "area"};
    const struct pack_node *one;

    if (n == NULL || !check_map(c, n, "shares", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    if ((one = node_get(n, "heads")) != NULL) {
        (void)read_share(c, one, heads);
    }
    if ((one = node_get(n, "area")) != NULL) {
        (void)read_share(c, one, area);
    }
}

/* --- rules --- */

static void read_rule(struct pack_check *c, const struct kind *k, const struct pack_node *name,
                      const struct pack_node *n, struct ballot_rule *ret)
{
    static const char *const members[] = {"title", "zh", "en", "article", "when", "quorum", "yes", "of"};
    static const char *const wholes[] = {"voting", "roll"};
    const struct pack_node *one;

    if (!check_map(c, n, "a rule", NAMES(members, COUNT_OF(members))) && n->type != NODE_MAP) {
        return;
    }
    ret->name = name->text;
    (void)check_title(c, name, n, &ret->title);
    if ((one = node_get(n, "article")) != NULL) {
        (void)check_title(c, one, one, &ret->article);
    }
    if ((one = node_get(n, "when")) != NULL) {
        (void)check_cel(c, k, one, CEL_BOOL, &ret->when);
    }
    if ((one = node_get(n, "of")) != NULL) {
        ret->of_roll = check_name(c, one, "'of'", "pack.ballot", NAMES(wholes, COUNT_OF(wholes))) == 1;
    }
    read_shares(c, node_get(n, "quorum"), &ret->quorum_heads, &ret->quorum_area);
    read_shares(c, node_get(n, "yes"), &ret->yes_heads, &ret->yes_area);
}

static void read_rules(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                       struct ballot_def *b)
{
    const struct pack_node *map = node_get(at, "rules");
    struct ballot_rule *rules;

    if (map == NULL || map->type != NODE_MAP || map->n == 0 || map->n > RULES_MAX) {
        (void)check_fail(c, map == NULL ? at : map, "pack.ballot", "rules: {NAME: {zh, en, quorum, yes}}",
                         "what the vote must meet is not said");
        return;
    }
    rules = arena_array(c->a, struct ballot_rule, map->n);
    for (size_t i = 0; i < map->n; i++) {
        read_rule(c, k, map->keys[i], map->items[i], &rules[i]);
    }
    b->rules = rules;
    b->n_rules = map->n;
    for (size_t i = 0; b->secret && i < map->n; i++) {
        if (rules[i].quorum_area.den != 0 || rules[i].yes_area.den != 0) {
            (void)check_fail(c, map->keys[i], "pack.ballot", "shares of heads only",
                             "a secret vote has no weight: its area cannot be known");
        }
    }
    if (rules[map->n - 1].when != NULL) {
        (void)check_fail(c, map->keys[map->n - 1], "pack.ballot", "a last rule without 'when'",
                         "some votes would have no rule");
    }
}

/* --- what it names --- */

static uint64_t read_states(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                            const char *key)
{
    const struct pack_node *n = node_get(at, key);
    size_t count = n == NULL ? 0 : n->type == NODE_LIST ? n->n : 1;
    uint64_t bits = 0;

    for (size_t i = 0; i < count; i++) {
        const struct state *s = check_state(c, k, n->type == NODE_LIST ? n->items[i] : n);

        bits |= s == NULL ? 0 : UINT64_C(1) << s->index;
    }
    if (count == 0) {
        (void)check_fail(c, at, "pack.ballot", "a state or a list of them", "'%s' is not said", key);
    }
    return bits;
}

/* A field of that type; NULL when it is not said (`need`: after complaining) or another one. */
static const struct field *read_one(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                                    const char *key, enum field_type type, bool many, bool need)
{
    const struct pack_node *n = node_get(at, key);
    const struct field *f = n == NULL ? NULL : check_field(c, k, n);

    if (n == NULL && need) {
        (void)check_fail(c, at, "pack.ballot", "the name of a field", "'%s' is not said", key);
    }
    if (f != NULL && (f->type != type || f->many != many)) {
        (void)check_fail(c, n, "pack.ballot", field_type_name(type), "'%s' is no such field", f->name);
        return NULL;
    }
    return f;
}

static const struct field *read_field(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                                      const char *key, enum field_type type, bool need)
{
    return read_one(c, k, at, key, type, false, need);
}

static const struct move *read_move(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                                    const char *key, const struct ballot_def *b)
{
    const struct pack_node *n = node_get(at, key);
    const struct move *m;

    if (n == NULL) {
        (void)check_fail(c, at, "pack.ballot", "the move that declares it", "'%s' is not said", key);
        return NULL;
    }
    if ((m = check_move(c, k, n)) != NULL && (m->from & b->count) == 0) {
        (void)check_fail(c, n, "pack.ballot", "a move from a state in which it is counted",
                         "'%s' cannot be made then", m->name);
    }
    return m;
}

/* Open votes are children of the ballot, which only the ballot itself raises. */
static const struct kind *read_slip(struct pack_check *c, const struct kind *k, const struct pack_node *at)
{
    const struct pack_node *n = node_get(at, "slip");
    const struct kind *slip = n == NULL ? NULL : check_kind(c, n);
    const struct field *no = slip == NULL ? NULL : kind_field(slip, "roll_no");
    const struct field *choice = slip == NULL ? NULL : kind_field(slip, "choice");
    const struct field *way = slip == NULL ? NULL : kind_field(slip, "way");

    if (n == NULL) {
        (void)check_fail(c, at, "pack.ballot", "slip: KIND", "what one vote is recorded as is not said");
    } else if (slip != NULL &&
               (no == NULL || no->type != FIELD_INTEGER || choice == NULL || choice->type != FIELD_TEXT ||
                way == NULL || way->type != FIELD_TEXT || choice->privacy != PRIVACY_PERSONAL ||
                !kind_has_child(k, slip->name) || node_get(c->kinds[slip->index].node, "during") == NULL)) {
        (void)check_fail(c, n, "pack.ballot",
                         "a child of this kind with during: and the fields roll_no (integer), choice (text, "
                         "personal), way (text)",
                         "'%s' cannot hold a vote", slip->name);
        return NULL;
    }
    return slip;
}

static void read_electors(struct pack_check *c, const struct pack_node *n, struct ballot_def *b)
{
    static const char *const members[] = {"records", "when", "account", "name", "label", "area", "place"};
    struct ballot_electors *x = &b->electors;
    const struct pack_node *one;

    if (n == NULL || !check_map(c, n, "electors", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    if ((one = node_get(n, "records")) == NULL || (x->kind = check_kind(c, one)) == NULL) {
        if (one == NULL) {
            (void)check_fail(c, n, "pack.ballot", "records: KIND", "whose records are not said");
        }
        return;
    }
    b->has_electors = true;
    if ((one = node_get(n, "when")) != NULL) {
        (void)check_cel(c, x->kind, one, CEL_BOOL, &x->when);
    }
    x->account = read_field(c, x->kind, n, "account", FIELD_ACCOUNT, false);
    x->name = read_field(c, x->kind, n, "name", FIELD_TEXT, true);
    x->label = read_field(c, x->kind, n, "label", FIELD_TEXT, false);
    x->area = read_field(c, x->kind, n, "area", FIELD_DECIMAL, false);
    x->place = read_field(c, x->kind, n, "place", FIELD_TEXT, false);
}

static void read_ways(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                      struct ballot_def *b)
{
    static const char *const ties[] = {"again", "lot"}, *const typed[] = {"once", "twice"};
    const struct pack_node *n;

    if ((n = node_get(at, "secret")) != NULL) {
        (void)check_bool(c, n, &b->secret);
    }
    if ((n = node_get(at, "online")) != NULL && check_bool(c, n, &b->paper_only)) {
        b->paper_only = !b->paper_only;
    }
    if (!b->secret) {
        b->slip = read_slip(c, k, at);
    }
    if ((n = node_get(at, "typed")) != NULL) {
        b->typed_twice = check_name(c, n, "'typed'", "pack.ballot", NAMES(typed, COUNT_OF(typed))) == 1;
    }
    if ((n = node_get(at, "proxies")) != NULL) {
        (void)check_int(c, n, 0, PROXIES_MAX, &b->proxies);
    }
    b->tie = TIE_AGAIN;
    if ((n = node_get(at, "tie")) != NULL &&
        check_name(c, n, "'tie'", "pack.ballot", NAMES(ties, COUNT_OF(ties))) == 1) {
        b->tie = TIE_LOT;
    }
    if ((n = node_get(at, "watch")) != NULL) {
        (void)check_who(c, k, n, &b->watch, &b->n_watch);
    }
    if ((n = node_get(at, "run")) == NULL) {
        (void)check_fail(c, at, "pack.ballot", "run: [\"role:clerk\"]", "who conducts it is not said");
    } else {
        (void)check_who(c, k, n, &b->run, &b->n_run);
    }
}

/* --- options that are records --- */

/* A move of theirs, made by the clock. */
static const struct move *clock_move(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                                     const char *key, const struct field *votes)
{
    const struct pack_node *n = node_get(at, key);
    const struct move *m = n == NULL ? NULL : check_move(c, k, n);
    bool clock = false, takes = votes == NULL;

    for (size_t i = 0; m != NULL && i < m->n_by; i++) {
        clock = clock || m->by[i].type == WHO_CLOCK;
    }
    for (size_t i = 0; m != NULL && i < m->n_takes; i++) {
        takes = takes || m->takes[i] == votes;
    }
    if (m != NULL && (!clock || !takes)) {
        (void)check_fail(c, n, "pack.ballot", "by: clock, takes: the field of its votes",
                         "'%s' cannot be told the result", m->name);
    }
    return m;
}

/* The move by which the result takes effect tells them, without its pack saying so. */
static void tell_by(struct pack_check *c, const struct kind_load *k, const struct ballot_def *b)
{
    const struct effect_type *type = NULL;

    for (size_t i = 0; i < c->n_effects; i++) {
        type = str_eq(c->effects[i]->name, "elect") ? c->effects[i] : type;
    }
    for (size_t i = 0; type != NULL && i < k->kind->n_moves; i++) {
        struct move *m = &k->moves[i];
        struct effect *more;

        if (m != b->stand.settled) {
            continue;
        }
        more = arena_array(c->a, struct effect, m->n_effects + 1);
        more[0] = (struct effect){type, b};
        if (m->n_effects > 0) {
            memcpy(more + 1, m->effects, sizeof(*more) * m->n_effects);
        }
        m->effects = more;
        m->n_effects++;
    }
}

static void read_stand(struct pack_check *c, const struct kind_load *k, const struct pack_node *n,
                       struct ballot_def *b)
{
    static const char *const members[] = {"records", "name",  "in",     "ids", "names",
                                          "settled", "votes", "chosen", "left"};
    static const char *const needed[] = {"records", "names", "settled", "chosen", "left"};
    struct ballot_stand *s = &b->stand;
    const struct kind *of;

    if (n == NULL || !check_map(c, n, "stand", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (node_get(n, needed[i]) == NULL) {
            (void)check_fail(c, n, "pack.ballot", needed[i], "'%s' is not said", needed[i]);
            return;
        }
    }
    if ((of = check_kind(c, node_get(n, "records"))) == NULL) {
        return;
    }
    s->name = read_field(c, of, n, "name", FIELD_TEXT, true);
    s->in = read_states(c, of, n, "in");
    s->ids = read_one(c, k->kind, n, "ids", FIELD_RECORD, true, true);
    s->names = check_move(c, k->kind, node_get(n, "names"));
    s->settled = check_move(c, k->kind, node_get(n, "settled"));
    s->votes = read_field(c, of, n, "votes", FIELD_INTEGER, false);
    s->chosen = clock_move(c, of, n, "chosen", s->votes);
    s->left = clock_move(c, of, n, "left", s->votes);
    if (b->options == NULL || b->elected == NULL || b->votes == NULL) {
        (void)check_fail(c, n, "pack.ballot", "options, elected and votes: fields of the ballot",
                         "what stands and what became of it is written nowhere");
        return;
    }
    s->kind = of;
    tell_by(c, k, b);
}

/* Whoever could make these moves by hand could declare what was never counted. */
static void counted_alone(const struct kind_load *k, const struct ballot_def *b)
{
    for (size_t i = 0; k->moves != NULL && i < k->kind->n_moves; i++) {
        struct move *m = &k->moves[i];

        m->by_count = m == b->passed || m == b->failed || (b->stand.kind != NULL && m == b->stand.names);
    }
}

void load_ballot(struct pack_check *c, struct kind_load *k)
{
    static const char *const members[] = {"secret", "online",  "slip",  "options", "seats", "closes",
                                          "result", "digest",  "roll",  "open",    "count", "shown",
                                          "passed", "failed",  "run",   "proxies", "tie",   "electors",
                                          "rules",  "elected", "votes", "stand",   "typed", "watch"};
    const struct pack_node *n = node_get(k->node, "ballot");
    struct ballot_def *b;

    if (n == NULL || (!check_map(c, n, "ballot", NAMES(members, COUNT_OF(members))) && n->type != NODE_MAP)) {
        return;
    }
    b = arena_new(c->a, struct ballot_def);
    k->kind->ballot = b;
    read_ways(c, k->kind, n, b);
    b->options = read_one(c, k->kind, n, "options", FIELD_TEXT, true, false);
    b->seats = read_field(c, k->kind, n, "seats", FIELD_INTEGER, false);
    b->closes = read_field(c, k->kind, n, "closes", FIELD_TIME, false);
    b->result = read_field(c, k->kind, n, "result", FIELD_TEXT, true);
    b->digest = read_field(c, k->kind, n, "digest", FIELD_TEXT, false);
    b->elected = read_one(c, k->kind, n, "elected", FIELD_TEXT, true, false);
    b->votes = read_one(c, k->kind, n, "votes", FIELD_INTEGER, true, false);
    b->roll = read_states(c, k->kind, n, "roll");
    b->open = read_states(c, k->kind, n, "open");
    b->count = read_states(c, k->kind, n, "count");
    b->shown = read_states(c, k->kind, n, "shown");
    if ((b->roll & (b->open | b->count)) != 0) {
        (void)check_fail(c, node_get(n, "roll"), "pack.ballot", "states before voting begins",
                         "the roll could change while votes are taken or counted");
    }
    b->passed = read_move(c, k->kind, n, "passed", b);
    b->failed = read_move(c, k->kind, n, "failed", b);
    read_electors(c, node_get(n, "electors"), b);
    read_stand(c, k, node_get(n, "stand"), b);
    counted_alone(k, b);
    read_rules(c, k->kind, n, b);
}
