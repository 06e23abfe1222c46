#include "app/people.h"

#include <string.h>

static bool holds_now(const struct post *p, int64_t now)
{
    return p->from <= now && (p->until == 0 || p->until > now);
}

const struct principal *person_principal(const struct world *w, const struct account *who, int64_t now,
                                         struct arena *a)
{
    const struct directory *d = w->people;
    struct principal *p = arena_new(a, struct principal);
    struct post *posts;
    size_t from = 0, to, n = 0;

    /* Posts lie sorted by account. */
    for (size_t hi = d->n_posts; from < hi;) {
        size_t mid = (from + hi) / 2;

        if (uuid_cmp(d->posts[mid].account, who->id) < 0)
            from = mid + 1;
        else
            hi = mid;
    }
    for (to = from; to < d->n_posts && uuid_eq(d->posts[to].account, who->id); to++)
        ;
    posts = arena_array(a, struct post, to - from + 1);
    for (size_t i = from; i < to; i++)
        if (holds_now(&d->posts[i], now))
            posts[n++] = d->posts[i];
    *p = (struct principal){.account = who->id,
                            .login = who->login,
                            .name = who->name,
                            .kind = ACTOR_PERSON,
                            .posts = posts,
                            .n_posts = n};
    return p;
}

bool person_by_login(struct district *d, const char *login, int64_t now, struct arena *a,
                     const struct principal **ret, struct err *e)
{
    char kept[LOGIN_MAX];
    struct account *who = NULL;

    account_login(d->privacy, login, kept);
    if (!account_by_login(d->db, d->privacy, d->code, kept, a, &who, e))
        return false;
    *ret = person_principal(district_world(d), who, now, a);
    return true;
}
