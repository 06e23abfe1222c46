/* Records as the API shows them. */
#include "record/json.h"

#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "pack/value.h"
#include "record.sql.h"
#include "record/around.h"
#include "record/codec.h"
#include "record/store.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

static void write_title(struct json_out *out, const char *key, struct title t)
{
    jo_obj(out, key);
    jo_str(out, "zh", t.zh);
    jo_str(out, "en", t.en);
    jo_close(out);
}

void record_write_area(struct json_out *out, const struct world *w, const char *code)
{
    const struct area *area = area_find(w->areas, code);

    jo_str(out, "area", code);
    jo_str(out, "area_name", area == NULL ? "" : area->path);
}

static void write_place(struct json_out *out, bool has, double lng, double lat, const char *address)
{
    if (!has && address == NULL) {
        jo_null(out, "place");
        return;
    }
    jo_obj(out, "place");
    if (has) {
        jo_num(out, "lng", lng);
        jo_num(out, "lat", lat);
    }
    if (address != NULL)
        jo_str(out, "address", address);
    jo_close(out);
}

void record_write_fields(struct json_out *out, const struct record *r)
{
    jo_obj(out, "fields");
    for (size_t i = 0; i < r->kind->n_fields; i++) {
        const struct field *f = &r->kind->fields[i];
        const struct cel_value *v = &r->values[i];

        if (v->type <= CEL_NULL)
            continue;
        if (f->privacy == PRIVACY_PERSONAL)
            jo_str(out, f->name, personal_mask(v->s));
        else
            field_to_json(out, f->name, f, v);
    }
    jo_close(out);
}

/* Who reads, and where names are looked up that no snapshot has; tx NULL: nowhere. */
struct reader {
    const struct world *w;
    struct sql_tx *tx;
    const struct principal *who;
    struct arena *a;
};

/* A person's name is shown to colleagues only; of anybody else the surname: of residents to the staff alone.
 */
static bool name_of_party(const struct reader *by, const struct party *p, const char **ret, struct err *e)
{
    const struct org *o = directory_org(by->w->people, p->org);
    const struct account *acc = directory_account(by->w->people, p->account);
    bool staff = principal_is_staff(by->who);

    *ret = NULL;
    if (o != NULL)
        *ret = o->name;
    else if (by->who->kind == ACTOR_PERSON && uuid_eq(p->account, by->who->account))
        *ret = by->who->name;
    else if (acc != NULL)
        *ret = staff ? acc->name : privacy_mask(by->a, FIELD_TEXT, acc->name);
    else if (staff && by->tx != NULL && !uuid_is_nil(p->account))
        return account_masked(by->tx, by->w->privacy, by->w->district, p->account, by->a, ret, e);
    return true;
}

static bool write_parties(struct json_out *out, const struct reader *by, const struct record *r,
                          struct err *e)
{
    const struct world *w = by->w;

    jo_arr(out, "parties");
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];
        const char *name = NULL;

        if (!name_of_party(by, p, &name, e))
            return false;
        jo_obj(out, NULL);
        jo_str(out, "role", p->role->name);
        jo_uuid(out, "account", p->account);
        jo_uuid(out, "org", p->org);
        jo_str(out, "name", name);
        jo_str(out, "state", p->state == NULL ? NULL : p->state->name);
        jo_time(out, "since", p->since, w->offset_min);
        if (p->seen_at != 0) {
            jo_time(out, "seen_at", p->seen_at, w->offset_min);
            jo_num(out, "lng", p->lng);
            jo_num(out, "lat", p->lat);
        }
        jo_close(out);
    }
    jo_close(out);
    return true;
}

static int64_t paused_ms(const struct clock *c, int64_t now)
{
    int64_t ms = 0;

    for (size_t i = 0; i < c->n_pauses; i++)
        ms += (c->pauses[i].to == 0 ? now : c->pauses[i].to) - c->pauses[i].from;
    return ms;
}

static void write_pauses(struct json_out *out, const struct clock *c, int offset_min)
{
    jo_arr(out, "pauses");
    for (size_t i = 0; i < c->n_pauses; i++) {
        jo_obj(out, NULL);
        jo_time(out, "from", c->pauses[i].from, offset_min);
        jo_time(out, "to", c->pauses[i].to, offset_min);
        jo_time(out, "until", c->pauses[i].until, offset_min);
        jo_str(out, "reason", c->pauses[i].reason);
        jo_uuid(out, "by", c->pauses[i].by);
        jo_close(out);
    }
    jo_close(out);
}

static void write_clocks(struct json_out *out, const struct world *w, const struct record *r, int64_t now)
{
    jo_arr(out, "clocks");
    for (size_t i = 0; i < r->n_clocks; i++) {
        const struct clock *c = &r->clocks[i];
        char limit[24];

        limit_format(c->limit, limit);
        jo_obj(out, NULL);
        jo_str(out, "name", c->def->name);
        write_title(out, "title", c->def->title);
        jo_uuid(out, "party", c->party);
        jo_str(out, "state", clock_state_name(c->state));
        jo_str(out, "limit", limit);
        jo_time(out, "started_at", c->started_at, w->offset_min);
        jo_time(out, "due_at", c->due_at, w->offset_min);
        jo_time(out, "warn_at", c->warn_at, w->offset_min);
        jo_time(out, "stopped_at", c->stopped_at, w->offset_min);
        jo_time(out, "warned_at", c->warned_at, w->offset_min);
        jo_time(out, "breached_at", c->breached_at, w->offset_min);
        jo_int(out, "reminded", (int64_t)c->reminded);
        jo_int(out, "paused_ms", paused_ms(c, now));
        write_pauses(out, c, w->offset_min);
        jo_close(out);
    }
    jo_close(out);
}

/* --- other matters --- */

static void write_pointer(struct json_out *out, const struct world *w, const struct sql_rows *rows)
{
    char number[64];

    number_format(w, sql_int(rows, 3), number, sizeof(number));
    jo_obj(out, NULL);
    jo_str(out, "type", sql_text(rows, 0));
    jo_uuid(out, "id", sql_uuid(rows, 1));
    jo_str(out, "kind", sql_text(rows, 2));
    jo_str(out, "number", number);
    jo_str(out, "title", sql_text(rows, 4));
    jo_str(out, "state", sql_text(rows, 5));
    jo_close(out);
}

/* Whoever may read a matter need not know of what is tied to it: a neighbour's report of the same thing. */
static bool may_know(const struct reader *by, const struct sql_rows *rows, bool *ret, struct err *e)
{
    struct record r = {.kind = packs_kind(by->w->packs, sql_text(rows, 2)), .area = sql_text(rows, 7)};

    *ret = false;
    if (r.kind == NULL)
        return true;
    if (!record_decode_parties(sql_text(rows, 8), by->a, &r, e))
        return false;
    *ret = record_visible(by->w, &r, by->who);
    return true;
}

static bool write_pointers(struct json_out *out, const struct reader *by, struct uuid id, struct around *ret,
                           struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool known;

    if (!sql_query(by->tx, &record_queries[RECORD_Q_POINTERS], &rows, e, SQL_INT(by->w->district),
                   SQL_UUID(&id)))
        return false;
    while (sql_next(rows)) {
        if (!may_know(by, rows, &known, e))
            return false;
        if (known)
            write_pointer(out, by->w, rows);
        if (str_eq(sql_text(rows, 0), "child")) {
            ret->children++;
            ret->children_open += sql_int(rows, 6);
        }
    }
    return sql_end(&rows, e);
}

static bool write_links(struct json_out *out, const struct reader *by, const struct record *r,
                        struct around *around, struct err *e)
{
    struct around listed = {0};
    bool ok;

    jo_arr(out, "links");
    ok = by->tx == NULL || write_pointers(out, by, r->id, &listed, e);
    jo_close(out);
    if (r->kind->n_children == 0) {
        around->children = listed.children;
        around->children_open = listed.children_open;
    }
    jo_int(out, "children", around->children);
    jo_int(out, "children_open", around->children_open);
    return ok;
}

static bool has_personal(const struct record *r)
{
    for (size_t i = 0; i < r->kind->n_fields; i++)
        if (r->kind->fields[i].privacy == PRIVACY_PERSONAL && r->values[i].type == CEL_STRING)
            return true;
    return false;
}

static void write_allowed(struct json_out *out, const struct world *w, const struct record *r,
                          const struct principal *who, int64_t now, struct arena *a)
{
    const struct move **moves = NULL;
    size_t n = record_allowed(w, r, who, now, a, &moves);
    bool staff = false;

    for (size_t i = 0; i < r->kind->n_see; i++)
        staff = staff || (r->kind->see[i].role != NULL && r->kind->see[i].type == WHO_ROLE &&
                          principal_holds(who, r->kind->see[i].role->name, r->area,
                                          (enum area_level)r->kind->see[i].level));
    jo_arr(out, "allowed");
    for (size_t i = 0; i < n; i++)
        jo_str(out, NULL, moves[i]->name);
    if (staff)
        jo_str(out, NULL, "note");
    if (staff)
        jo_str(out, NULL, "link");
    if (staff && uuid_is_nil(r->duplicate_of) && record_open(r) && kind_merge(r->kind) == NULL)
        jo_str(out, NULL, "duplicate");
    if (staff && !uuid_is_nil(r->duplicate_of) && kind_merge(r->kind) == NULL)
        jo_str(out, NULL, "separate");
    if (has_personal(r) && record_revealable(w, r, who))
        jo_str(out, NULL, "reveal");
    jo_close(out);
}

static void write_head(struct json_out *out, const struct world *w, const struct record *r)
{
    char number[64];

    number_format(w, r->number, number, sizeof(number));
    jo_uuid(out, "id", r->id);
    jo_str(out, "kind", r->kind->name);
    jo_str(out, "number", number);
    jo_str(out, "title", r->title);
    jo_str(out, "state", r->state->name);
    jo_str(out, "light", light_name(r->state->light));
    jo_str(out, "light_now", lamp_name(record_lamp(r)));
    jo_bool(out, "open", record_open(r));
    jo_int(out, "version", r->version);
    record_write_area(out, w, r->area);
    write_place(out, r->has_place, r->lng, r->lat, r->address);
}

/* `asides`: those of `files` that only the staff see. */
static void write_files(struct json_out *out, const struct record *r, const struct principal *who)
{
    jo_arr(out, "files");
    for (size_t i = 0; i < r->n_files; i++)
        if (record_shows_file(&r->files[i], who))
            jo_uuid(out, NULL, r->files[i].id);
    jo_close(out);
    if (!principal_is_staff(who))
        return;
    jo_arr(out, "asides");
    for (size_t i = 0; i < r->n_files; i++)
        if (r->files[i].aside)
            jo_uuid(out, NULL, r->files[i].id);
    jo_close(out);
}

/* How it stands: all but what may be done now. */
static bool write_standing(struct json_out *out, const struct world *w, struct sql_tx *tx,
                           const struct record *r, struct around *around, const struct principal *who,
                           int64_t now, struct arena *a, struct err *e)
{
    const struct reader by = {w, tx, who, a};

    write_head(out, w, r);
    record_write_fields(out, r);
    if (!write_parties(out, &by, r, e))
        return false;
    write_clocks(out, w, r, now);
    if (!write_links(out, &by, r, around, e))
        return false;
    jo_uuid(out, "parent", r->parent);
    jo_uuid(out, "duplicate_of", r->duplicate_of);
    write_files(out, r, who);
    jo_time(out, "due_at", record_due(r), w->offset_min);
    jo_bool(out, "late", record_late(r));
    jo_time(out, "created_at", r->created_at, w->offset_min);
    jo_time(out, "updated_at", r->updated_at, w->offset_min);
    jo_time(out, "entered_at", r->entered_at, w->offset_min);
    return true;
}

bool record_write_members(struct json_out *out, const struct world *w, struct sql_tx *tx,
                          const struct record *r, const struct principal *who, int64_t now, struct arena *a,
                          struct err *e)
{
    struct around around = {0};
    struct record here = *r;

    if (tx != NULL && !record_around(tx, w, r, a, &around, e))
        return false;
    here.around = &around;
    if (!write_standing(out, w, tx, r, &around, who, now, a, e))
        return false;
    write_allowed(out, w, &here, who, now, a);
    return true;
}

bool record_write_past(struct json_out *out, const struct world *w, const struct record *r,
                       const struct principal *who, int64_t at, struct arena *a, struct err *e)
{
    struct around nothing = {0};

    jo_obj(out, NULL);
    if (!write_standing(out, w, NULL, r, &nothing, who, at, a, e))
        return false;
    jo_arr(out, "allowed");
    jo_close(out);
    jo_close(out);
    return true;
}

bool record_write(struct json_out *out, const char *key, const struct world *w, struct sql_tx *tx,
                  const struct record *r, const struct principal *who, int64_t now, struct arena *a,
                  struct err *e)
{
    jo_obj(out, key);
    if (!record_write_members(out, w, tx, r, who, now, a, e))
        return false;
    jo_close(out);
    return true;
}

/* --- list items --- */

/* True if the stored JSON of the fields is what the API shows as well. */
static bool shown_as_stored(const struct kind *k)
{
    for (size_t i = 0; i < k->n_fields; i++)
        if (k->fields[i].type == FIELD_TIME || k->fields[i].type == FIELD_POINT)
            return false;
    return true;
}

static bool write_stored_fields(struct json_out *out, const struct kind *k, const char *text, struct arena *a,
                                struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;

    if (!json_parse(text, strlen(text), &o, e))
        return false;
    jo_obj(out, "fields");
    json_object_object_foreach(o, name, v)
    {
        const struct field *f = kind_field(k, name);
        struct cel_value value = {0};

        if (f == NULL)
            continue;
        if (f->privacy == PRIVACY_PERSONAL)
            jo_str(out, name, json_object_get_string(v));
        else if (field_from_stored(f, v, a, &value, e))
            field_to_json(out, name, f, &value);
        else
            return false;
    }
    jo_close(out);
    return true;
}

static void write_owner(struct json_out *out, const struct world *w, struct uuid id)
{
    const struct org *o = uuid_is_nil(id) ? NULL : directory_org(w->people, id);

    if (o == NULL) {
        jo_null(out, "owner");
        return;
    }
    jo_obj(out, "owner");
    jo_uuid(out, "id", id);
    jo_str(out, "name", o->name);
    jo_close(out);
}

bool record_role_works(const char *role)
{
    return !str_eq(role, "reporter") && !str_eq(role, "owner") && !str_eq(role, "follower");
}

/* Takes the next party of a stored list that works on the matter. The text is as codec.c
 * wrote it, so twenty rows of a page are not parsed for one name each. */
static bool next_holder(const char **at, char ret_role[64], struct party *ret)
{
    static const char begin[] = "{\"role\":\"", account[] = "\",\"account\":\"", org[] = "\",\"org\":\"";
    char id[UUID_TEXT_MAX];

    while ((*at = strstr(*at, begin)) != NULL) {
        const char *role = *at + strlen(begin);
        size_t n = strcspn(role, "\"");
        bool person = str_starts(role + n, account);

        *at = role + n;
        if (n >= 64)
            continue;
        memcpy(ret_role, role, n);
        ret_role[n] = '\0';
        if (!record_role_works(ret_role) || (!person && !str_starts(*at, org)))
            continue;
        str_copy(id, sizeof(id), *at + strlen(person ? account : org));
        *ret = (struct party){0};
        return uuid_parse(id, person ? &ret->account : &ret->org);
    }
    return false;
}

/* Who works on it: the first of them, the lead of an incident. */
static bool write_holder(struct json_out *out, const struct reader *by, const char *parties, struct err *e)
{
    const char *name = NULL;
    struct party p;
    char role[64];

    if (!next_holder(&parties, role, &p)) {
        jo_null(out, "holder");
        return true;
    }
    if (!name_of_party(by, &p, &name, e))
        return false;
    jo_obj(out, "holder");
    jo_str(out, "role", role);
    jo_uuid(out, "id", uuid_is_nil(p.org) ? p.account : p.org);
    jo_str(out, "name", name);
    jo_close(out);
    return true;
}

bool record_write_row(struct json_out *out, const struct world *w, struct sql_tx *tx, const struct kind *k,
                      const struct sql_rows *rows, const struct principal *who, struct arena *a,
                      struct err *e)
{
    char number[64];

    number_format(w, sql_int(rows, 2), number, sizeof(number));
    jo_obj(out, NULL);
    jo_uuid(out, "id", sql_uuid(rows, 0));
    jo_str(out, "kind", sql_text(rows, 1));
    jo_str(out, "number", number);
    jo_str(out, "state", sql_text(rows, 3));
    jo_str(out, "light", light_name((enum light)sql_int(rows, 4)));
    jo_str(out, "light_now", lamp_name((enum lamp)sql_int(rows, 14)));
    jo_bool(out, "open", sql_int(rows, 5) != 0);
    jo_int(out, "version", sql_int(rows, 6));
    record_write_area(out, w, sql_text(rows, 7));
    write_place(out, !sql_is_null(rows, 8), sql_real(rows, 8), sql_real(rows, 9), sql_text(rows, 10));
    jo_str(out, "title", sql_text(rows, 11));
    if (k == NULL || shown_as_stored(k))
        jo_raw(out, "fields", sql_text(rows, 12));
    else if (!write_stored_fields(out, k, sql_text(rows, 12), a, e))
        return false;
    write_owner(out, w, sql_uuid(rows, 13));
    if (!write_holder(out, &(struct reader){w, tx, who, a}, sql_text(rows, 19), e))
        return false;
    jo_time(out, "created_at", sql_int(rows, 15), w->offset_min);
    jo_time(out, "updated_at", sql_int(rows, 16), w->offset_min);
    jo_time(out, "due_at", sql_int(rows, 17), w->offset_min);
    jo_bool(out, "late", sql_int(rows, 18) != 0);
    jo_close(out);
    return true;
}
