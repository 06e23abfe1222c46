/* POST /callers: somebody rings, and their number tells which matters are theirs. Only those who may see
 * personal values may ask, and each look is a line of the audit before it is answered. The number itself is
 * written nowhere: matters are found by its blind index. */
#include "base/text.h"
#include "desk/handlers.h"
#include "engine/engine.h"
#include "identity/account.h"
#include "pack/checks.h"
#include "record/list.h"

#include <string.h>

/* The kinds whose personal details the caller may see, as the list takes them; "" if there is none. */
static const char *kinds_revealed(const struct req *r, const struct world *w)
{
    const char *names = "";

    for (size_t i = 0; i < w->packs->n_kinds; i++) {
        const struct kind *k = w->packs->kinds[i];

        if (list_reveals(k, r->who))
            names = arena_printf(r->arena, "%s%s%s", names, names[0] == '\0' ? "" : ",", k->name);
    }
    return names;
}

static bool write_down(struct req *r, const struct world *w, const char *number, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    uint8_t tag[BLIND_BYTES];
    char about[2 * BLIND_BYTES + 1];
    struct json_out detail;

    privacy_blind(w->privacy, field_type_name(FIELD_PHONE), number, tag);
    hex_encode(tag, sizeof(tag), about);
    jo_begin(&detail, 1024);
    jo_obj(&detail, NULL);
    jo_str(&detail, "phone", privacy_mask(r->arena, FIELD_PHONE, number));
    jo_close(&detail);
    if (!sql_begin(r->services->db, SQL_WRITE, &tx, e)) {
        jo_free(&detail);
        return false;
    }
    return audit_add(tx, &by, "caller.look", about, &detail, e) && sql_commit(&tx, e);
}

bool caller_look(struct req *r, struct err *e)
{
    static const struct json_member members[] = {{"phone", JSON_TEXT, 0, true, 1, 32}};
    const struct world *w = r->services->world(r->services);
    const char *phone = NULL, *kinds = kinds_revealed(r, w);
    char number[24];

    if (!json_read(r->json, "", members, COUNT_OF(members), &phone, e))
        return false;
    if (!phone_check(phone, number))
        return ERR_FIELD(e, "phone", "input.phone", "电话号码不对，应如 13800138000 或 0570-3021234",
                         "no phone number; it looks like 13800138000 or 0570-3021234");
    if (kinds[0] == '\0')
        return ERR(e, ERR_DENIED, "caller.denied", "只有可查看个人信息的岗位才能按来电号码查找",
                   "only posts that may see personal details may look for a caller's number");
    if (!write_down(r, w, number, e))
        return false;
    r->query[0] = (struct param){"q", arena_strdup(r->arena, number)};
    r->query[1] = (struct param){"kinds", kinds};
    r->query[2] = (struct param){"limit", "50"};
    r->n_query = 3;
    return record_list(r, e);
}
