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

/* "lead of parent": a part that some kind has of which this one is a child. */
static bool read_above(struct pack_check *c, const struct kind *k, const struct pack_node *n, struct who *ret)
{
    const char *name = arena_strndup(c->a, n->text, strlen(n->text) - strlen(" of parent"));
    const struct kind *parents[PARENTS_MAX];
    size_t count = check_parents(c, k, parents);

    ret->type = WHO_ABOVE;
    for (size_t i = 0; i < count && ret->party == NULL; i++) {
        ret->party = kind_party(parents[i], name);
    }
    return ret->party != NULL ||
           check_fail(c, n, "pack.who", "a party of a kind that has this one as children:",
                      "no parent of a '%s' has the part '%s'", k->name, name);
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
