#include "base/text.h"
#include "identity/identity.h"

#include <sodium.h>
#include <string.h>

const struct principal principal_anonymous = {.login = "", .name = "", .kind = ACTOR_ANONYMOUS};
const struct principal principal_clock = {.login = "clock", .name = "时钟", .kind = ACTOR_CLOCK};
const struct principal principal_signal = {.login = "signal", .name = "外部系统", .kind = ACTOR_SIGNAL};
const struct principal principal_import = {.login = "import", .name = "导入", .kind = ACTOR_IMPORT};

bool principal_holds(const struct principal *p, const char *role, const char *area, enum area_level level)
{
    for (size_t i = 0; i < p->n_posts; i++) {
        const struct post *post = &p->posts[i];
        if ((role == NULL || str_eq(post->role, role)) && area_covers(post->area, area) &&
            (level == AREA_UNSET || area_level_of(post->area) == level))
            return true;
    }
    return false;
}

bool principal_in_org(const struct principal *p, struct uuid org)
{
    if (uuid_is_nil(org))
        return false;
    for (size_t i = 0; i < p->n_posts; i++)
        if (uuid_eq(p->posts[i].org, org))
            return true;
    return false;
}

bool principal_has_role(const struct principal *p, const char *role)
{
    for (size_t i = 0; i < p->n_posts; i++)
        if (str_eq(p->posts[i].role, role))
            return true;
    return false;
}

bool principal_is_staff(const struct principal *p)
{
    for (size_t i = 0; i < p->n_posts; i++)
        if (!str_eq(p->posts[i].role, ROLE_MONITOR))
            return true;
    return false;
}

static void take_in(crypto_generichash_state *h, const void *p, size_t n)
{
    (void)crypto_generichash_update(h, p, n);
}

void principal_rights(const struct principal *p, uint8_t ret[RIGHTS_BYTES])
{
    crypto_generichash_state h;

    (void)crypto_generichash_init(&h, NULL, 0, RIGHTS_BYTES);
    take_in(&h, p->account.b, sizeof(p->account.b));
    for (size_t i = 0; i < p->n_posts; i++) {
        take_in(&h, p->posts[i].role, strlen(p->posts[i].role) + 1);
        take_in(&h, p->posts[i].area, strlen(p->posts[i].area) + 1);
        take_in(&h, p->posts[i].org.b, sizeof(p->posts[i].org.b));
    }
    (void)crypto_generichash_final(&h, ret, RIGHTS_BYTES);
}
