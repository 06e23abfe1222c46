#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

/* "role:clerk", "role:clerk@township", "role:clerk of owner" */
static bool read_role(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct who *ret)
{
    const char *s = n->text + strlen("role:");
    struct pack_node role = *n, rest = *n;
    size_t len = strcspn(s, "@ ");

    role.text = arena_strndup(c->a, s, len);
    role.column += n->verbatim ? (n->quoted ? 1 : 0) + 5 : 0;
    role.width = (int)len;
    rest.column = role.column + (int)len + (s[len] == '@' ? 1 : 4);
    ret->type = WHO_ROLE;
    if ((ret->role = check_role(c, &role)) == NULL) {
        return false;
    }
    if (s[len] == '@') {
        rest.text = s + len + 1;
        rest.width = (int)strlen(rest.text);
        return (ret->level = check_level(c, &rest)) != 0;
    }
    if (str_starts(s + len, " of ")) {
        rest.text = s + len + 4;
        rest.width = (int)strlen(rest.text);
        ret->type = WHO_OWNER_ROLE;
        return (ret->party = check_party(c, k, &rest)) != NULL;
    }
    return s[len] == '\0' || check_fail(c, n, "pack.who", "role:NAME, role:NAME@LEVEL or role:NAME of PARTY",
                                        "'%s' says nobody", n->text);
}

/* Some part of that name, in the kinds that have k below them or in those above these. */
static const struct party_role *part_above(struct pack_check *c, const struct kind *k, const char *name)
{
    const struct kind *parents[PARENTS_MAX], *grand[PARENTS_MAX];
    size_t n = check_parents(c, k, parents);

    for (size_t i = 0; i < n; i++) {
        if (kind_party(parents[i], name) != NULL) {
            return kind_party(parents[i], name);
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t n_grand = check_parents(c, parents[i], grand);

        for (size_t g = 0; g < n_grand; g++) {
            if (kind_party(grand[g], name) != NULL) {
                return kind_party(grand[g], name);
            }
        }
    }
    return NULL;
}

/* "lead of parent": of the same kind, as where a matter and its children are of one; else of what it lies
 * below, or of what that lies below. */
static bool read_above(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct who *ret)
{
    struct pack_node name = *n;
    const struct kind *parents[PARENTS_MAX];

    name.text = arena_strndup(c->a, n->text, strlen(n->text) - strlen(" of parent"));
    name.width = (int)strlen(name.text);
    ret->type = WHO_ABOVE;
    if (kind_has_child(k, k->name)) {
        return (ret->party = check_party(c, k, &name)) != NULL;
    }
    if (check_parents(c, k, parents) == 0) {
        return check_fail(c, n, "pack.who", "children: of another kind that names this one",
                          "'%s' is nobody's child", k->name);
    }
    ret->party = part_above(c, k, name.text);
    return ret->party != NULL || check_party(c, parents[0], &name) != NULL;
}

static bool read_who(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct who *ret)
{
    static const struct {
        const char *name;
        enum who_type type;
    } fixed[] = {{"anyone", WHO_ANYONE},
                 {"signed_in", WHO_SIGNED_IN},
                 {"clock", WHO_CLOCK},
                 {"import", WHO_IMPORT},
                 {"signal", WHO_SIGNAL}};
    const char *names[COUNT_OF(fixed) + PARTY_MAX];
    const char *text = check_text(c, n, "who: a party, role:NAME, anyone, signed_in, clock …");

    if (text == NULL) {
        return false;
    }
    ret->text = text;
    if (str_starts(text, "role:")) {
        return read_role(c, k, n, ret);
    }
    if (str_ends(text, " of parent")) {
        return read_above(c, k, n, ret);
    }
    for (size_t i = 0; i < COUNT_OF(fixed); i++) {
        names[i] = fixed[i].name;
    }
    for (size_t i = 0; i < k->n_parties; i++) {
        names[COUNT_OF(fixed) + i] = k->parties[i].name;
    }
    int i = check_name(c, n, "party", "pack.who", NAMES(names, COUNT_OF(fixed) + k->n_parties));

    if (i < 0) {
        return false;
    }
    ret->type = i < (int)COUNT_OF(fixed) ? fixed[i].type : WHO_PARTY;
    ret->party = i < (int)COUNT_OF(fixed) ? NULL : &k->parties[i - (int)COUNT_OF(fixed)];
    return true;
}

bool check_who(struct pack_check *c, const struct kind *k, const struct pack_node *n, const struct who **ret,
               size_t *ret_n)
{
    bool many = n->type == NODE_LIST, ok = true;
    size_t count = many ? n->n : 1;
    struct who *made = arena_array(c->a, struct who, count + 1);

    for (size_t i = 0; i < count; i++) {
        ok &= read_who(c, k, many ? n->items[i] : n, &made[i]);
    }
    *ret = made;
    *ret_n = count;
    return ok;
}
