#include "record/claim.h"

#include "base/text.h"
#include "http/route.h"

#include <string.h>

void claim_write(const struct world *w, struct uuid record, char ret[CLAIM_TEXT])
{
    uint8_t tag[BLIND_BYTES];
    char id[UUID_TEXT_MAX];

    uuid_format(record, id);
    privacy_blind(w->privacy, "claim", id, tag);
    hex_encode(tag, sizeof(tag), ret);
}

const struct principal *claim_holder(const struct world *w, struct uuid record, const char *claim,
                                     const struct principal *who, struct principal *holder)
{
    char right[CLAIM_TEXT], given[CLAIM_TEXT] = {0};

    claim_write(w, record, right);
    if (claim == NULL || strlen(claim) >= sizeof(given))
        return who;
    str_copy(given, sizeof(given), claim);
    if (!privacy_same(right, given, sizeof(right)))
        return who;
    *holder = *who;
    holder->claimed = record;
    return holder;
}

bool claim_shown(struct req *r, const struct world *w, struct uuid record, struct err *e)
{
    const char *claim = req_header_in(r, "X-Wangge-Claim");
    struct principal *holder = arena_new(r->arena, struct principal);
    const struct principal *who = claim_holder(w, record, claim, r->who, holder);

    if (claim != NULL && who == r->who && who->kind == ACTOR_ANONYMOUS &&
        !sessions_limit_reports(r->services->sessions, r->client, r->now, e))
        return false;
    r->who = who;
    return true;
}
