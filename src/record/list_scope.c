/* Which records a caller may see by a post, as a condition of a list. */
#include "record/list.h"

#include <string.h>

enum { BY_AREA = 1, BY_ORG = 2 };

/* What lets the caller see the matters of a kind. Kinds with the same scope share one condition: programmes
 * are many, ways to see them few. */
struct scope {
    bool all;    /* every one */
    bool any;    /* `posts` holds something */
    char *posts; /* for each of the caller's: BY_AREA what lies below it, BY_ORG what its organisation owns */
};

void list_add_area(struct sql_where *where, const char *prefix, struct arena *a)
{
    sql_where_add(where, "(area >= ");
    sql_where_arg(where, SQL_TEXT(prefix));
    sql_where_add(where, " AND area < ");
    sql_where_arg(where, SQL_TEXT(arena_printf(a, "%s:", prefix))); /* ':' follows '9' */
    sql_where_add(where, ")");
}

/* Every record lies in the district, so all that is asked for may lie below a post. */
static bool covers_asked(const struct post *post, const char *asked)
{
    return area_level_of(post->area) <= AREA_DISTRICT || (asked[0] != '\0' && area_covers(post->area, asked));
}

static void add_who(struct scope *s, const struct who *who, const struct principal *p, const char *asked)
{
    for (size_t i = 0; i < p->n_posts && !s->all; i++) {
        const struct post *post = &p->posts[i];

        if (strcmp(post->role, who->role->name) != 0)
            continue;
        if (who->type == WHO_OWNER_ROLE && !uuid_is_nil(post->org)) {
            s->posts[i] |= BY_ORG;
            s->any = true;
        } else if (who->type == WHO_ROLE &&
                   (who->level == 0 || (int)area_level_of(post->area) == who->level)) {
            s->posts[i] |= BY_AREA;
            s->any = true;
            s->all = covers_asked(post, asked);
        }
    }
}

static struct scope scope_of_kind(const struct kind *k, const struct principal *p, const char *asked,
                                  struct arena *a)
{
    struct scope s = {.posts = arena_array(a, char, p->n_posts + 1)};

    for (size_t i = 0; i < k->n_see && !s.all; i++) {
        const struct who *who = &k->see[i];

        if (who->type == WHO_ANYONE || (who->type == WHO_SIGNED_IN && p->kind == ACTOR_PERSON))
            s.all = true;
        else if (who->type == WHO_ROLE || who->type == WHO_OWNER_ROLE)
            add_who(&s, who, p, asked);
    }
    return s;
}

bool list_sees_all(const struct kind *k, const struct principal *p, const char *area, struct arena *a)
{
    return scope_of_kind(k, p, area, a).all;
}

static bool same_scope(const struct scope *a, const struct scope *b, size_t n_posts)
{
    if (a->all || b->all)
        return a->all == b->all;
    return a->any && memcmp(a->posts, b->posts, n_posts) == 0;
}

static void write_posts(struct sql_where *where, const struct scope *s, const struct principal *p,
                        struct arena *a)
{
    bool first = true;

    for (size_t i = 0; i < p->n_posts; i++)
        for (int by = BY_AREA; by <= BY_ORG; by++) {
            if ((s->posts[i] & by) == 0)
                continue;
            if (!first)
                sql_where_add(where, " OR ");
            first = false;
            if (by == BY_AREA) {
                list_add_area(where, p->posts[i].area, a);
            } else {
                sql_where_add(where, "owner = ");
                sql_where_arg(where, SQL_UUID(&p->posts[i].org));
            }
        }
}

/* The kinds marked so, in brackets. */
static void write_kinds(struct sql_where *where, const struct packs *packs, const bool *marks, bool so)
{
    bool first = true;

    sql_where_add(where, "(");
    for (size_t i = 0; i < packs->n_kinds; i++) {
        if (marks[i] != so)
            continue;
        if (!first)
            sql_where_add(where, ", ");
        sql_where_name(where, packs->kinds[i]->name);
        first = false;
    }
    sql_where_add(where, ")");
}

/* Being one of many kinds is not being one of the few others, which a database asks faster: a kind that has
 * records stays in its pack (rules/fit_kind.c). */
static void write_one_of(struct sql_where *where, const struct packs *packs, const bool *marks)
{
    size_t n = 0;

    for (size_t i = 0; i < packs->n_kinds; i++)
        n += marks[i];
    if (n == packs->n_kinds) {
        sql_where_add(where, "1 = 1");
        return;
    }
    sql_where_add(where, "kind ");
    if (n > packs->n_kinds / 2)
        sql_where_add(where, "NOT ");
    sql_where_add(where, "IN ");
    write_kinds(where, packs, marks, n <= packs->n_kinds / 2);
}

/* One group: the kinds that share the scope of the i-th, which are then done with. */
static void write_group(struct sql_where *where, struct scope *scopes, size_t i, const struct packs *packs,
                        const struct principal *p, struct arena *a)
{
    const struct scope shared = scopes[i];
    bool *marks = arena_array(a, bool, packs->n_kinds);

    for (size_t k = i; k < packs->n_kinds; k++) {
        marks[k] = same_scope(&scopes[k], &shared, p->n_posts);
        if (marks[k])
            scopes[k] = (struct scope){0};
    }
    sql_where_add(where, "(");
    write_one_of(where, packs, marks);
    if (!shared.all) {
        sql_where_add(where, " AND (");
        write_posts(where, &shared, p, a);
        sql_where_add(where, ")");
    }
    sql_where_add(where, ")");
}

bool list_scope(struct sql_where *where, const struct world *w, const struct kind *kind,
                const struct principal *p, const char *area, struct arena *a)
{
    const struct packs *packs = w->packs;
    struct scope *scopes = arena_array(a, struct scope, packs->n_kinds);
    bool any = false;

    for (size_t i = 0; i < packs->n_kinds; i++)
        if (kind == NULL || packs->kinds[i] == kind)
            scopes[i] = scope_of_kind(packs->kinds[i], p, area, a);
    sql_where_add(where, "(");
    for (size_t i = 0; i < packs->n_kinds; i++) {
        if (!scopes[i].all && !scopes[i].any)
            continue;
        if (any)
            sql_where_add(where, " OR ");
        write_group(where, scopes, i, packs, p, a);
        any = true;
    }
    sql_where_add(where, ")");
    return any;
}
