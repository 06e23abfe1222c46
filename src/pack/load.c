#include "base/limits.h"
#include "base/text.h"
#include "pack/loader.h"

#include <stdlib.h>
#include <string.h>

/* What is read is limited before: files, values in them, expressions. */
static const size_t pack_arena_bytes = (size_t)1 << 30;

/* What pack_read_dir() gave; free() takes no pointer to const. */
void pack_bytes_free(const char *bytes)
{
    void *p;

    memcpy(&p, &bytes, sizeof p);
    free(p);
}

bool source_read(struct pack_check *c, const struct pack_source *s, const char *name, struct pack_file *ret)
{
    const char *bytes;
    char *text;

    *ret = (struct pack_file){arena_printf(c->a, "%s/%s", s->dir, name), "", 0};
    if (!s->read(s->ctx, name, &bytes, &ret->n)) {
        return false;
    }
    if (ret->n <= LIMIT_PACK_BYTES && utf8_valid(bytes, ret->n)) {
        text = arena_alloc(c->a, ret->n + 1);
        memcpy(text, bytes, ret->n);
        ret->text = text;
    }
    if (s->read == pack_read_dir) {
        pack_bytes_free(bytes);
    }
    if (ret->text[0] == '\0') {
        ret->n = 0;
    }
    return ret->n > 0;
}

/* Reads and parses one pack.yaml. */
static const struct pack_node *pack_parse(struct pack_check *c, const struct pack_source *s)
{
    struct pack_file *f = arena_new(c->a, struct pack_file);

    if (!source_read(c, s, "pack.yaml", f)) {
        (void)check_fail_at(c, f, 1, 1, 1, "pack.file", "UTF-8 text of at most 1 MiB",
                            "the file cannot be read");
        return NULL;
    }
    return node_parse(c, f);
}

static bool pack_header(struct pack_check *c, struct pack_load *l)
{
    static const char *const members[] = {"pack",  "version", "title",  "zh",       "en",        "codes",
                                          "roles", "kinds",   "tables", "measures", "schedules", "ledgers"};
    const struct pack_node *name, *version;

    l->pack.source = arena_strdup(c->a, l->source->dir); /* the caller's may go */
    if (!check_map(c, l->root, "a pack", NAMES(members, COUNT_OF(members))) && l->root->type != NODE_MAP) {
        return false;
    }
    name = node_get(l->root, "pack");
    version = node_get(l->root, "version");
    if (name == NULL || version == NULL) {
        return check_fail(c, l->root, "pack.missing", "pack: NAME and version: NUMBER", "this pack has no %s",
                          name ? "version" : "name");
    }
    if (check_text(c, name, "a name") == NULL || !check_new_name(c, name, "pack") ||
        !check_int(c, version, 1, 1000000, &l->pack.version)) {
        return false;
    }
    l->pack.name = name->text;
    for (struct pack_load *other = c->loads; other < l; other++) {
        if (str_eq(other->pack.name, l->pack.name)) {
            return check_fail(c, name, "pack.twice", "each name once", "pack '%s' exists already",
                              l->pack.name);
        }
    }
    return check_title(c, name, l->root, &l->pack.title);
}

struct names kind_names(struct pack_check *c)
{
    const char **names = arena_array(c->a, const char *, c->n_kinds + 1);

    for (size_t i = 0; i < c->n_kinds; i++) {
        names[i] = c->kinds[i].kind->name;
    }
    return NAMES(names, c->n_kinds);
}

/* Kinds by name, before anything in them is read: they may name each other. */
static void kind_shells(struct pack_check *c, struct pack_load *l)
{
    const struct pack_node *map = node_get(l->root, "kinds");

    if (map == NULL || !check_map(c, map, "kinds", (struct names){0})) {
        return;
    }
    l->kinds = arena_array(c->a, const struct kind *, map->n + 1);
    l->pack.kinds = l->kinds;
    for (size_t i = 0; i < map->n; i++) {
        struct kind_load *k = &c->kinds[c->n_kinds];
        bool twice = false;

        for (size_t j = 0; j < c->n_kinds && !twice; j++) {
            twice = str_eq(c->kinds[j].kind->name, map->keys[i]->text);
        }
        if (twice || c->n_kinds == KINDS_MAX) {
            (void)check_fail(c, map->keys[i], "pack.twice", "each name once, at most 400 kinds",
                             "kind '%s' cannot be added", map->keys[i]->text);
            continue;
        }
        if (!check_new_name(c, map->keys[i], "kind")) {
            continue;
        }
        *k = (struct kind_load){.from = l, .name = map->keys[i], .node = map->items[i]};
        k->kind = arena_new(c->a, struct kind);
        k->kind->name = map->keys[i]->text;
        k->kind->index = (int)c->n_kinds++;
        l->kinds[l->pack.n_kinds++] = k->kind;
    }
}

static void kind_head(struct pack_check *c, struct kind_load *k)
{
    static const char *const members[] = {
        "title",    "zh",      "en",     "line",         "place",   "area",     "fields",    "parties",
        "see",      "reveal",  "near",   "flow",         "moves",   "clocks",   "route",     "children",
        "inherits", "earlier", "thread", "publish",      "booking", "register", "unique",    "interval",
        "by_code",  "pay",     "scores", "certificates", "during",  "ballot",   "appraisal", "below"};
    static const char *const places[] = {"none", "optional", "required"};
    const struct pack_node *n;

    if (!check_map(c, k->node, "a kind", NAMES(members, COUNT_OF(members))) && k->node->type != NODE_MAP) {
        return;
    }
    (void)check_title(c, k->name, k->node, &k->kind->title);
    if ((n = node_get(k->node, "place")) != NULL) {
        int place = check_name(c, n, "'place'", "pack.place", NAMES(places, COUNT_OF(places)));

        k->kind->place = place == 2 ? PLACE_REQUIRED : place == 1 ? PLACE_OPTIONAL : PLACE_NONE;
    }
    if ((n = node_get(k->node, "register")) != NULL) {
        (void)check_bool(c, n, &k->kind->is_register);
    }
    if ((n = node_get(k->node, "below")) != NULL) {
        (void)check_bool(c, n, &k->kind->below);
    }
    if ((n = node_get(k->node, "area")) != NULL) {
        k->kind->area_level_min = check_level(c, n);
    }
}

/* What a kind consists of, then what refers to it. */
static void kind_read(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *see = node_get(k->node, "see"), *reveal = node_get(k->node, "reveal");
    const struct pack_node *near = node_get(k->node, "near"), *thread = node_get(k->node, "thread");

    kind_head(c, k);
    load_children(c, k);
    load_fields(c, k);
    load_parties(c, k);
    load_states(c, k);
    load_move_names(c, k);
    load_clock_names(c, k);
    load_earlier_names(c, k);
    load_score_names(c, k);
    load_env(c, k);
    load_line(c, k);
    load_inherits(c, k);
    load_publish(c, k);
    load_unique(c, k);
    load_by_code(c, k);
    if (thread != NULL) {
        k->kind->thread = check_move(c, k->kind, thread);
    }
    if (see == NULL) {
        (void)check_fail(c, k->name, "pack.missing", "add see: [reporter, \"role:clerk\", …]",
                         "who may see '%s' is not said", k->kind->name);
    } else {
        (void)check_who(c, k->kind, see, &k->kind->see, &k->kind->n_see);
    }
    if (reveal != NULL) {
        (void)check_who(c, k->kind, reveal, &k->kind->reveal, &k->kind->n_reveal);
    }
    if (near != NULL) {
        (void)(check_no_balance(c, near) && check_cel(c, k->kind, near, CEL_BOOL, &k->kind->near));
    }
}

static void kind_link(struct pack_check *c, struct kind_load *k)
{
    size_t before = c->complaints->n;

    check_inherited(c, k);
    load_certificates(c, k);
    load_booking(c, k);
    load_during(c, k);
    load_earlier(c, k);
    load_clocks(c, k);
    load_moves(c, k);
    load_ballot(c, k);
    load_routes(c, k);
    load_pay(c, k);
    /* What follows from a misspelt name need not be said as well. */
    if (c->complaints->n == before) {
        check_flow(c, k);
    }
}

static int kind_order(const void *a, const void *b)
{
    return strcmp((*(const struct kind *const *)a)->name, (*(const struct kind *const *)b)->name);
}

static void load_kinds(struct pack_check *c)
{
    const struct kind **kinds, **by_name;

    c->kinds = arena_array(c->a, struct kind_load, KINDS_MAX + 1);
    for (size_t i = 0; i < c->n_loads; i++) {
        kind_shells(c, &c->loads[i]);
    }
    kinds = arena_array(c->a, const struct kind *, c->n_kinds + 1);
    for (size_t i = 0; i < c->n_kinds; i++) {
        kinds[i] = c->kinds[i].kind;
    }
    by_name = arena_array(c->a, const struct kind *, c->n_kinds + 1);
    for (size_t i = 0; i < c->n_kinds; i++) {
        by_name[i] = kinds[i];
    }
    qsort(by_name, c->n_kinds, sizeof(const struct kind *), kind_order);
    c->packs->kinds = kinds;
    c->packs->kinds_by_name = by_name;
    c->packs->n_kinds = c->n_kinds;
    load_ledgers(c);
    for (size_t i = 0; i < c->n_kinds; i++) {
        kind_read(c, &c->kinds[i]);
    }
    for (size_t i = 0; i < c->n_kinds; i++) {
        load_scores(c, &c->kinds[i]);
        load_appraisal(c, &c->kinds[i]);
    }
    for (size_t i = 0; i < c->n_kinds; i++) {
        kind_link(c, &c->kinds[i]);
    }
    for (size_t i = 0; i < c->n_kinds; i++) {
        check_scores(c, &c->kinds[i]);
    }
}

static bool kind_lets_see(const struct kind *k, const char *role)
{
    for (size_t i = 0; i < k->n_see; i++)
        if (k->see[i].type == WHO_PARTY && strcmp(k->see[i].party->name, role) == 0)
            return true;
    return false;
}

static bool lets_see(const struct packs *p, const char *role)
{
    for (size_t i = 0; i < p->n_kinds; i++)
        if (kind_lets_see(p->kinds[i], role))
            return true;
    return false;
}

/* Who may see nothing by the part they play, and in which kinds all may. */
static void note_outsiders(struct pack_check *c)
{
    struct packs *p = c->packs;
    const char **outsiders;
    size_t max = 0;

    for (size_t i = 0; i < p->n_kinds; i++)
        max += p->kinds[i]->n_parties;
    p->outsiders = outsiders = arena_array(c->a, const char *, max + 1);
    for (size_t i = 0; i < p->n_kinds; i++) {
        struct kind *kind = c->kinds[i].kind;

        kind->parties_see = true;
        for (size_t k = 0; k < kind->n_parties; k++) {
            const char *role = kind->parties[k].name;

            kind->parties_see = kind->parties_see && kind_lets_see(kind, role);
            if (!lets_see(p, role) && !packs_outsider(p, role))
                outsiders[p->n_outsiders++] = role;
        }
    }
}

static void load_all(struct pack_check *c, const struct pack_source *sources, size_t n)
{
    struct pack *packs;

    for (size_t i = 0; i < n && i < PACKS_MAX; i++) {
        struct pack_load *l = &c->loads[c->n_loads];

        *l = (struct pack_load){.source = &sources[i]};
        l->root = pack_parse(c, &sources[i]);
        if (l->root != NULL && pack_header(c, l)) {
            c->n_loads++;
        }
    }
    load_roles(c);
    load_codes(c);
    load_tables(c);
    load_kinds(c);
    note_outsiders(c);
    load_measures(c);
    for (size_t i = 0; i < c->n_kinds; i++) {
        check_appraisal(c, &c->kinds[i]);
    }
    load_schedules(c);
    packs = arena_array(c->a, struct pack, c->n_loads + 1);
    for (size_t i = 0; i < c->n_loads; i++) {
        packs[i] = c->loads[i].pack;
    }
    for (size_t i = 0; i < c->n_kinds; i++) {
        c->kinds[i].kind->pack = &packs[c->kinds[i].from - c->loads];
    }
    for (size_t i = 0; i < c->packs->n_schedules; i++) {
        c->schedules[i].pack = &packs[c->schedules[i].from];
    }
    c->packs->packs = packs;
    c->packs->n_packs = c->n_loads;
}

bool packs_load(const struct pack_source *sources, size_t n, const struct effect_type *const *effects,
                size_t n_effects, struct arena **ret_arena, struct packs **ret,
                struct complaints *ret_complaints)
{
    struct arena *a = arena_create(pack_arena_bytes);
    struct pack_check c = {.a = a, .complaints = ret_complaints, .effects = effects, .n_effects = n_effects};

    *ret_complaints = (struct complaints){arena_array(a, struct complaint, COMPLAINTS_MAX), 0};
    c.packs = arena_new(a, struct packs);
    c.packs->arena = a;
    c.loads = arena_array(a, struct pack_load, (n < PACKS_MAX ? n : PACKS_MAX) + 1);
    load_all(&c, sources, n);
    *ret_arena = a;
    *ret = ret_complaints->n == 0 ? c.packs : NULL;
    return ret_complaints->n == 0;
}
