/* Parents and children: which kinds belong under which, what a child takes over, how often before. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { CHILDREN_MAX = 16, EARLIER_MAX = 16 };

bool kind_has_child(const struct kind *k, const char *child)
{
    for (size_t i = 0; i < k->n_children; i++) {
        if (str_eq(k->children[i], child)) {
            return true;
        }
    }
    return false;
}

bool kind_raised_in(const struct kind *k, const char *state)
{
    for (size_t i = 0; i < k->n_during; i++) {
        if (str_eq(k->during[i], state)) {
            return true;
        }
    }
    return k->n_during == 0;
}

void load_children(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *n = node_get(k->node, "children");
    size_t count = n == NULL ? 0 : n->type == NODE_LIST ? n->n : 1;
    const char **made;

    if (count > CHILDREN_MAX) {
        (void)check_fail(c, n, "pack.size", "at most 16", "too many kinds of children");
        return;
    }
    made = arena_array(c->a, const char *, count + 1);
    k->kind->children = made;
    for (size_t i = 0; i < count; i++) {
        const struct pack_node *one = n->type == NODE_LIST ? n->items[i] : n;

        if (check_name(c, one, "kind", "pack.unknown_kind", kind_names(c)) >= 0) {
            made[k->kind->n_children++] = one->text;
        }
    }
}

size_t check_parents(struct pack_check *c, const struct kind *k, const struct kind **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_kinds && n < PARENTS_MAX; i++) {
        if (kind_has_child(c->kinds[i].kind, k->name)) {
            ret[n++] = c->kinds[i].kind;
        }
    }
    return n;
}

static bool has_party(const struct kind *k, const char *name)
{
    return kind_party(k, name) != NULL && kind_field(k, name) == NULL;
}

void load_inherits(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *list = node_get(k->node, "inherits");
    const struct field **fields;
    const struct party_role **parties;

    if (list == NULL || !check_list(c, list, "inherits")) {
        return;
    }
    fields = arena_array(c->a, const struct field *, list->n + 1);
    parties = arena_array(c->a, const struct party_role *, list->n + 1);
    k->kind->inherits = fields;
    k->kind->inherits_parties = parties;
    for (size_t i = 0; i < list->n; i++) {
        const struct pack_node *n = list->items[i];

        if (n->type == NODE_SCALAR && str_eq(n->text, "place")) {
            k->kind->inherits_place = true;
        } else if (n->type == NODE_SCALAR && has_party(k->kind, n->text)) {
            parties[k->kind->n_inherits_parties++] = kind_party(k->kind, n->text);
        } else if ((fields[k->kind->n_inherits] = check_field(c, k->kind, n)) != NULL) {
            k->kind->n_inherits++;
        }
    }
}

static bool same_field(const struct kind *parent, const struct field *f)
{
    const struct field *p = kind_field(parent, f->name);

    return p != NULL && p->type == f->type && p->many == f->many && p->list == f->list &&
           p->privacy == PRIVACY_OPEN && f->privacy == PRIVACY_OPEN;
}

static bool same_party(const struct kind *parent, const struct party_role *role)
{
    const struct party_role *p = kind_party(parent, role->name);

    return p != NULL && (p->is & ~role->is) == 0 && p->max <= role->max;
}

/* Of several kinds of parents one is enough: under another the part stays empty. */
static bool some_parent(struct pack_check *c, const struct kind *k, const struct field *f,
                        const struct party_role *role)
{
    const struct kind *parents[PARENTS_MAX];
    size_t n = check_parents(c, k, parents);

    for (size_t i = 0; i < n; i++) {
        if (f != NULL ? same_field(parents[i], f) : same_party(parents[i], role)) {
            return true;
        }
    }
    return false;
}

static void read_period(struct pack_check *c, const struct kind *k, struct earlier *e,
                        const struct pack_node *n)
{
    if (n == NULL) {
        return;
    }
    if (n->type == NODE_SCALAR && limit_parse(n->text, &e->within)) {
        if (e->within.unit == LIMIT_WORKING_DAYS || e->within.unit == LIMIT_WORKING_HOURS) {
            (void)check_fail(c, n, "pack.limit", "365d, 12h or 30m", "a period is no working time");
        }
        return;
    }
    (void)check_cel(c, k, n, CEL_STRING, &e->period);
}

static void read_earlier(struct pack_check *c, const struct kind_load *k, struct earlier *e,
                         const struct pack_node *name, const struct pack_node *map)
{
    static const char *const members[] = {"when", "within"};
    const struct pack_node *when = node_get(map, "when");

    e->name = name->text;
    if (!check_new_name(c, name, "count of earlier ones") ||
        !check_map(c, map, "a count of earlier ones", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    if (when == NULL) {
        (void)check_fail(c, name, "pack.missing", "add when: CONDITION", "which ones does '%s' count?",
                         e->name);
        return;
    }
    (void)check_cel(c, k->kind, when, CEL_BOOL, &e->when);
    read_period(c, k->kind, e, node_get(map, "within"));
}

void load_earlier_names(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "earlier");
    struct earlier *made;

    if (map == NULL || !check_map(c, map, "earlier", (struct names){0})) {
        return;
    }
    if (map->n > EARLIER_MAX) {
        (void)check_fail(c, map, "pack.size", "at most 16", "too many counts of earlier ones");
        return;
    }
    made = arena_array(c->a, struct earlier, map->n + 1);
    for (size_t i = 0; i < map->n; i++) {
        made[i].name = map->keys[i]->text;
    }
    k->earlier = made;
    k->kind->earlier = made;
    k->kind->n_earlier = map->n;
}

void load_earlier(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "earlier");
    const struct kind *parents[PARENTS_MAX];

    for (size_t i = 0; i < k->kind->n_earlier; i++) {
        read_earlier(c, k, &k->earlier[i], map->keys[i], map->items[i]);
    }
    if (k->kind->n_earlier > 0 && check_parents(c, k->kind, parents) == 0) {
        (void)check_fail(c, map, "pack.no_parent", "children: of another kind that names this one",
                         "'%s' is nobody's child: there are no earlier ones", k->kind->name);
    }
}

void check_inherited(struct pack_check *c, const struct kind_load *k)
{
    const struct pack_node *list = node_get(k->node, "inherits");

    for (size_t i = 0; list != NULL && list->type == NODE_LIST && i < list->n; i++) {
        const char *name = list->items[i]->type == NODE_SCALAR ? list->items[i]->text : "";
        const struct field *f = kind_field(k->kind, name);
        const struct party_role *role = f == NULL ? kind_party(k->kind, name) : NULL;

        if ((f != NULL || role != NULL) && !some_parent(c, k->kind, f, role)) {
            (void)check_fail(
                c, list->items[i], "pack.no_parent",
                "an open field, or a party, of that name and sort in a kind that has this one as "
                "children:",
                "no parent has a '%s' to take over", name);
        }
    }
}

static bool parent_state(struct pack_check *c, const struct kind *k, const char *name)
{
    const struct kind *parents[PARENTS_MAX];
    size_t n = check_parents(c, k, parents);

    for (size_t i = 0; i < n; i++) {
        if (kind_state(parents[i], name) != NULL) {
            return true;
        }
    }
    return false;
}

void load_during(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *list = node_get(k->node, "during");
    const char **names;

    if (list == NULL || !check_list(c, list, "during")) {
        return;
    }
    names = arena_array(c->a, const char *, list->n + 1);
    k->kind->during = names;
    k->kind->below = true;
    for (size_t i = 0; i < list->n; i++) {
        const char *name = check_text(c, list->items[i], "a state");

        if (name != NULL && !parent_state(c, k->kind, name)) {
            (void)check_fail(c, list->items[i], "pack.unknown_state", "a state of a kind it is a child of",
                             "no parent of '%s' has the state '%s'", k->kind->name, name);
        } else if (name != NULL) {
            names[k->kind->n_during++] = name;
        }
    }
}
