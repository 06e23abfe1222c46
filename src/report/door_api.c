/* What hangs at a door: a QR code that leads to a page from which whoever stands there may register something
 * below the record (`by_code:` of its kind). The page says nothing of the record; a code that hung there
 * before its record was merged into another leads to that one. */
#include "base/text.h"
#include "record/record.h"
#include "report/qr.h"
#include "report/report.h"

#include <string.h>

static bool load(const struct req *r, bool unseen, struct record **ret, struct err *e)
{
    const struct world *w = r->services->world(r->services);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_LOOK, &tx, e) ||
        !record_load_standing(tx, w, id, r->arena, ret, e))
        return false;
    if (*ret == NULL || (!unseen && !record_visible(w, *ret, r->who)) || (*ret)->kind->n_by_code == 0)
        return ERR(e, ERR_NOT_FOUND, "door.unknown", "这个二维码不对，或已停用",
                   "this code is wrong or not in use any more");
    return true;
}

/* The address people call us by: a page could not make us print somebody else's. */
static bool origin_of(const struct req *r, const char **ret, struct err *e)
{
    const char *origin = req_query(r, "origin"), *host = req_header_in(r, "Host");
    const char *mark = origin == NULL ? NULL : strstr(origin, "://");

    *ret = origin;
    return (mark != NULL && host != NULL && str_eq(mark + 3, host) &&
            (str_starts(origin, "https://") || str_starts(origin, "http://"))) ||
           ERR_FIELD(e, "origin", "qr.origin", "origin 须是本站的网址，如 https://wg.example.cn",
                     "origin must be this site's address, like https://wg.example.cn");
}

static bool get_qr(struct req *r, struct err *e)
{
    struct record *rec = NULL;
    const char *origin;
    char id[UUID_TEXT_MAX];
    struct buf svg;
    bool ok;

    if (!load(r, false, &rec, e) || !origin_of(r, &origin, e))
        return false;
    uuid_format(rec->id, id);
    buf_init(&svg, QR_SVG_MAX);
    ok = qr_svg(arena_printf(r->arena, "%s/door/%s", origin, id), &svg, e);
    r->content_type = "image/svg+xml";
    r->raw = arena_strdup(r->arena, buf_text(&svg));
    r->raw_len = svg.len;
    req_header(r, "Cache-Control", "private, max-age=86400");
    buf_free(&svg);
    return ok;
}

/* The move by which somebody without a post raises it; NULL: there is none. */
static const char *open_move(const struct kind *k)
{
    for (size_t i = 0; i < k->n_moves; i++)
        for (size_t n = 0; k->moves[i].raises && n < k->moves[i].n_by; n++)
            if (k->moves[i].by[n].type == WHO_ANYONE || k->moves[i].by[n].type == WHO_SIGNED_IN)
                return k->moves[i].name;
    return NULL;
}

static void write_kind(struct json_out *j, const struct kind *k)
{
    jo_obj(j, NULL);
    jo_str(j, "kind", k->name);
    jo_obj(j, "title");
    jo_str(j, "zh", k->title.zh);
    jo_str(j, "en", k->title.en);
    jo_close(j);
    jo_str(j, "transition", open_move(k));
    jo_close(j);
}

/* Whether one may be raised below it now (`during:` of its kind). */
static bool takes_now(const struct record *r, const struct kind *child)
{
    for (size_t i = 0; i < child->n_during; i++)
        if (str_eq(child->during[i], r->state->name))
            return true;
    return child->n_during == 0 && !r->state->final;
}

static bool is_open(const struct packs *packs, const struct record *r)
{
    for (size_t i = 0; i < r->kind->n_by_code; i++)
        if (takes_now(r, packs_kind(packs, r->kind->by_code[i])))
            return true;
    return false;
}

/* Only what may be registered here: no place, no number, nobody. */
static bool get_door(struct req *r, struct err *e)
{
    const struct packs *packs = r->services->world(r->services)->packs;
    struct record *rec = NULL;

    if (!load(r, true, &rec, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "open", is_open(packs, rec));
    jo_arr(&r->out, "kinds");
    for (size_t i = 0; i < rec->kind->n_by_code; i++)
        write_kind(&r->out, packs_kind(packs, rec->kind->by_code[i]));
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

const struct route door_routes[] = {
    {GET, "/api/v1/records/{id}/qr", PERM_SIGNED_IN, BODY_NONE, get_qr, NULL, 0,
     "The QR code to hang at the door of a record, as SVG", NULL},
    {GET, "/api/v1/door/{id}", PERM_PUBLIC, BODY_NONE, get_door, NULL, 0,
     "What may be registered at this door", "door"},
    {.method = METHOD_UNSET},
};
