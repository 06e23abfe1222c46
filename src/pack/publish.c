/* What of a kind anybody may read, without an account: `publish: {states, fields}`. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

bool field_is_public(const struct kind *k, const struct field *f)
{
    for (size_t i = 0; i < k->n_public_fields; i++) {
        if (k->public_fields[i] == f) {
            return true;
        }
    }
    return false;
}

static void read_states(struct pack_check *c, struct kind *k, const struct pack_node *n)
{
    if (n == NULL) {
        for (size_t i = 0; i < k->n_states; i++) {
            k->published |= UINT64_C(1) << i;
        }
        return;
    }
    for (size_t i = 0; check_list(c, n, "states") && i < n->n; i++) {
        const struct state *s = check_state(c, k, n->items[i]);

        if (s != NULL) {
            k->published |= UINT64_C(1) << s->index;
        }
    }
}

/* Neither what is sealed nor who somebody is. */
static bool may_be_public(struct pack_check *c, const struct pack_node *n, const struct field *f)
{
    if (f->privacy == PRIVACY_PERSONAL || f->type == FIELD_ACCOUNT) {
        return check_fail(c, n, "pack.privacy", "an open field that names no account",
                          "everybody could read the field '%s'", f->name);
    }
    return true;
}

static void read_fields(struct pack_check *c, struct kind *k, const struct pack_node *n)
{
    const struct field **made = arena_array(c->a, const struct field *, n->n + 1);

    k->public_fields = made;
    for (size_t i = 0; i < n->n; i++) {
        const struct field *f;

        if (n->items[i]->type == NODE_SCALAR && str_eq(n->items[i]->text, "place")) {
            k->public_place = true;
        } else if ((f = check_field(c, k, n->items[i])) != NULL && may_be_public(c, n->items[i], f)) {
            made[k->n_public_fields++] = f;
        }
    }
}

/* The line is the head under which everybody reads it. */
static void check_public_line(struct pack_check *c, const struct kind_load *k, const struct pack_node *at)
{
    const struct pack_node *line = node_get(k->node, "line");

    for (const char *s = strchr(k->kind->line, '{'); s != NULL; s = strchr(s, '{')) {
        size_t len = strcspn(++s, "}");
        const struct field *f = kind_field(k->kind, arena_strndup(c->a, s, len));

        if (f != NULL && !field_is_public(k->kind, f)) {
            (void)check_fail(c, line == NULL ? at : line, "pack.publish", "it among the fields of publish:",
                             "the line shows the field '%s', which is not published", f->name);
        }
    }
}

void load_publish(struct pack_check *c, struct kind_load *k)
{
    static const char *const members[] = {"states", "fields"};
    const struct pack_node *n = node_get(k->node, "publish"), *fields;

    if (n == NULL || !check_map(c, n, "publish", NAMES(members, COUNT_OF(members)))) {
        return;
    }
    fields = node_get(n, "fields");
    if (fields == NULL) {
        (void)check_fail(c, n, "pack.missing", "add fields: [NAME, …]", "what may everybody read?");
        return;
    }
    if (!check_list(c, fields, "fields")) {
        return;
    }
    read_states(c, k->kind, node_get(n, "states"));
    read_fields(c, k->kind, fields);
    check_public_line(c, k, n);
}
