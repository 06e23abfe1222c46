/* What no two records may have at once, and from when to when a record lasts. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { UNIQUE_MAX = 8, UNIQUE_FIELDS_MAX = 8 };

/* A day on which it begins or ends. */
static const struct field *read_day(struct pack_check *c, const struct kind *k, const struct pack_node *n)
{
    const struct field *f = check_field(c, k, n);

    if (f != NULL && (f->type != FIELD_DATE || f->many || f->privacy == PRIVACY_PERSONAL)) {
        (void)check_fail(c, n, "pack.field_type", "an open field of type: date", "'%s' is no day", f->name);
        return NULL;
    }
    return f;
}

static void read_interval(struct pack_check *c, const struct kind_load *k)
{
    static const char *const members[] = {"from", "to"};
    const struct pack_node *map = node_get(k->node, "interval"), *from, *to;

    if (map == NULL || !check_map(c, map, "an interval", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    from = node_get(map, "from");
    to = node_get(map, "to");
    if (from == NULL || to == NULL) {
        (void)check_fail(c, map, "pack.missing", "{from: moved_in, to: moved_out}",
                         "an interval has two ends");
        return;
    }
    k->kind->from = read_day(c, k->kind, from);
    k->kind->to = read_day(c, k->kind, to);
}

/* Values that are the same when they are written the same. */
static bool may_be_key(const struct field *f)
{
    return !f->many && f->type != FIELD_DECIMAL && f->type != FIELD_POINT && f->type != FIELD_FILE &&
           f->type != FIELD_TIME;
}

static void read_keys(struct pack_check *c, const struct kind *k, const struct pack_node *list,
                      struct unique *ret)
{
    const struct field **fields = arena_array(c->a, const struct field *, list->n + 1);

    ret->fields = fields;
    ret->name = k->name;
    for (size_t i = 0; i < list->n; i++) {
        const struct pack_node *n = list->items[i];
        const struct field *f;

        if (n->type == NODE_SCALAR && str_eq(n->text, "parent")) {
            ret->parent = true;
            ret->name = arena_printf(c->a, "%s,parent", ret->name);
        } else if ((f = check_field(c, k, n)) != NULL && !may_be_key(f)) {
            (void)check_fail(c, n, "pack.field_type", "a text, number, day, code, id or checked number",
                             "'%s' cannot be told apart", f->name);
        } else if (f != NULL) {
            fields[ret->n_fields++] = f;
            ret->name = arena_printf(c->a, "%s,%s", ret->name, f->name);
        }
    }
}

static void read_unique(struct pack_check *c, const struct kind *k, const struct pack_node *n,
                        struct unique *ret)
{
    static const char *const members[] = {"of", "over", "title", "zh", "en"};
    const struct pack_node *of, *over;

    if (!check_map(c, n, "what is unique", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    of = node_get(n, "of");
    over = node_get(n, "over");
    if (of == NULL || of->type != NODE_LIST || of->n == 0 || of->n > UNIQUE_FIELDS_MAX) {
        (void)check_fail(c, of == NULL ? n : of, "pack.missing",
                         "of: [FIELD, …], one to eight, parent among them", "what is there only once?");
        return;
    }
    read_keys(c, k, of, ret);
    (void)check_title(c, n, n, &ret->title);
    if (over == NULL) {
        return;
    }
    ret->ever = over->type == NODE_SCALAR && str_eq(over->text, "ever");
    ret->interval = !ret->ever;
    if (ret->ever) {
        return;
    }
    if (over->type != NODE_SCALAR || !str_eq(over->text, "interval") || k->from == NULL) {
        (void)check_fail(c, over, "pack.interval",
                         "over: interval, and interval: {from: …, to: …} of the kind",
                         "nothing says from when to when it lasts");
    }
}

void load_unique(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *list = node_get(k->node, "unique");
    struct unique *made;

    read_interval(c, k);
    if (list == NULL || !check_list(c, list, "unique")) {
        return;
    }
    if (list->n > UNIQUE_MAX) {
        (void)check_fail(c, list, "pack.size", "at most 8", "too many things are unique");
        return;
    }
    made = arena_array(c->a, struct unique, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        read_unique(c, k->kind, list->items[i], &made[i]);
    }
    k->kind->uniques = made;
    k->kind->n_uniques = list->n;
}

/* `by_code: [stay]`: among the children, those that whoever knows its id may raise below it unseen. */
void load_by_code(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *list = node_get(k->node, "by_code");
    const char **made;

    if (list == NULL || !check_list(c, list, "by_code")) {
        return;
    }
    made = arena_array(c->a, const char *, list->n + 1);
    for (size_t i = 0; i < list->n; i++) {
        if (check_kind(c, list->items[i]) == NULL) {
            continue;
        }
        if (!kind_has_child(k->kind, list->items[i]->text)) {
            (void)check_fail(c, list->items[i], "pack.no_child",
                             "one of its children:", "'%s' is no child of '%s'", list->items[i]->text,
                             k->kind->name);
            continue;
        }
        made[k->kind->n_by_code++] = list->items[i]->text;
    }
    k->kind->by_code = made;
}

bool kind_by_code(const struct kind *k, const char *child)
{
    for (size_t i = 0; i < k->n_by_code; i++) {
        if (str_eq(k->by_code[i], child)) {
            return true;
        }
    }
    return false;
}
