/* Which records a caller may see by a post, as a condition of a list. */
#include "record/list.h"

#include <string.h>

void list_add_area(struct sql_where *where, const char *prefix, struct arena *a)
{
    sql_where_add(where, "(area >= ");
    sql_where_arg(where, SQL_TEXT(prefix));
    sql_where_add(where, " AND area < ");
    sql_where_arg(where, SQL_TEXT(arena_printf(a, "%s:", prefix))); /* ':' follows '9' */
    sql_where_add(where, ")");
}

/* One way in for one post: its subtree. True if nothing need be asked. */
static bool add_post(struct sql_where *where, const struct post *post, const char *asked, struct arena *a,
                     bool *any)
{
    if (area_covers(post->area, asked) && asked[0] != '\0')
        return true;
    if (*any)
        sql_where_add(where, " OR ");
    list_add_area(where, post->area, a);
    *any = true;
    return false;
}

struct way {
    bool all, any; /* all: every record of the kind; any: something was added */
};

static void add_who(struct sql_where *where, const struct who *who, const struct principal *p,
                    const char *asked, struct arena *a, struct way *way)
{
    for (size_t i = 0; i < p->n_posts && !way->all; i++) {
        const struct post *post = &p->posts[i];

        if (strcmp(post->role, who->role->name) != 0)
            continue;
        if (who->type == WHO_OWNER_ROLE && !uuid_is_nil(post->org)) {
            if (way->any)
                sql_where_add(where, " OR ");
            sql_where_add(where, "owner = ");
            sql_where_arg(where, SQL_UUID(&post->org));
            way->any = true;
        } else if (who->type == WHO_ROLE &&
                   (who->level == 0 || (int)area_level_of(post->area) == who->level)) {
            way->all = add_post(where, post, asked, a, &way->any);
        }
    }
}

/* The condition for one kind goes into `where` in brackets; nothing if all may be seen. */
static struct way scope_of_kind(struct sql_where *where, const struct kind *k, const struct principal *p,
                                const char *asked, struct arena *a)
{
    struct way way = {0};

    for (size_t i = 0; i < k->n_see && !way.all; i++) {
        const struct who *who = &k->see[i];

        if (who->type == WHO_ANYONE || (who->type == WHO_SIGNED_IN && p->kind == ACTOR_PERSON))
            way.all = true;
        else if (who->type == WHO_ROLE || who->type == WHO_OWNER_ROLE)
            add_who(where, who, p, asked, a, &way);
    }
    return way;
}

bool list_scope(struct sql_where *where, const struct world *w, const struct kind *kind,
                const struct principal *p, const char *area, struct arena *a)
{
    bool any = false;

    sql_where_add(where, "(");
    for (size_t i = 0; i < w->packs->n_kinds; i++) {
        const struct kind *k = w->packs->kinds[i];
        struct sql_where one;
        struct way way;

        if (kind != NULL && k != kind)
            continue;
        sql_where_init(&one);
        way = scope_of_kind(&one, k, p, area, a);
        if (way.all || way.any) {
            if (any)
                sql_where_add(where, " OR ");
            sql_where_add(where, "(kind = ");
            sql_where_arg(where, SQL_TEXT(k->name));
            if (!way.all) {
                sql_where_add(where, " AND (");
                sql_where_append(where, &one);
                sql_where_add(where, ")");
            }
            sql_where_add(where, ")");
            any = true;
        }
        sql_where_free(&one);
    }
    sql_where_add(where, ")");
    return any;
}
