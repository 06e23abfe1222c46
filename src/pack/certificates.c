/* Papers about a record: what stands on them, and for whom they are made. */
#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { CERTIFICATES_MAX = 8 };

/* Everything in braces is an open field, or the parent. */
static void check_text_parts(struct pack_check *c, const struct kind *k, const struct pack_node *at,
                             const char *s)
{
    while (s != NULL && (s = strchr(s, '{')) != NULL) {
        size_t len = strcspn(++s, "}");
        const char *name = arena_strndup(c->a, s, len);
        const struct field *f = kind_field(k, name);

        if (s[len] == '\0') {
            (void)check_fail(c, at, "pack.line", "{field}", "a brace is not closed");
            return;
        }
        if (!str_eq(name, "parent") && (f == NULL || f->privacy != PRIVACY_OPEN)) {
            (void)check_fail(c, at, "pack.line", "an open field, or {parent}",
                             "'%s' cannot stand on a certificate", name);
        }
    }
}

static void read_certificate(struct pack_check *c, const struct kind *k, const struct pack_node *name,
                             const struct pack_node *map, struct certificate_def *d)
{
    static const char *const members[] = {"title", "zh", "en", "when", "to", "text"};
    const struct pack_node *when = node_get(map, "when"), *to = node_get(map, "to"),
                           *text = node_get(map, "text");

    d->name = name->text;
    if (!check_new_name(c, name, "certificate") ||
        !check_map(c, map, "a certificate", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, name, map, &d->title)) {
        return;
    }
    if (when == NULL || to == NULL || text == NULL) {
        (void)check_fail(c, name, "pack.missing", "when: CONDITION, to: FIELD, text: {zh: …, en: …}",
                         "'%s' does not say %s", name->text,
                         when == NULL ? "when"
                         : to == NULL ? "to"
                                      : "text");
        return;
    }
    d->to = check_field(c, k, to);
    if (d->to != NULL && (d->to->type != FIELD_TEXT || d->to->privacy != PRIVACY_OPEN)) {
        (void)check_fail(c, to, "pack.field_type", "an open text", "'%s' is no name for a certificate",
                         d->to->name);
    }
    (void)check_cel(c, k, when, CEL_BOOL, &d->when);
    if (check_title(c, text, text, &d->text)) {
        check_text_parts(c, k, text, d->text.zh);
        check_text_parts(c, k, text, d->text.en);
    }
}

void load_certificates(struct pack_check *c, struct kind_load *k)
{
    const struct pack_node *map = node_get(k->node, "certificates");
    struct certificate_def *made;

    if (map == NULL || !check_map(c, map, "certificates", (struct names){0})) {
        return;
    }
    if (map->n > CERTIFICATES_MAX) {
        (void)check_fail(c, map, "pack.size", "at most 8", "too many certificates");
        return;
    }
    made = arena_array(c->a, struct certificate_def, map->n + 1);
    for (size_t i = 0; i < map->n; i++) {
        read_certificate(c, k->kind, map->keys[i], map->items[i], &made[i]);
    }
    k->kind->certificates = made;
    k->kind->n_certificates = map->n;
}
