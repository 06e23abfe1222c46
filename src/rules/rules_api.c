/* Checking a draft, keeping it as a version, rehearsing it, putting versions into force. All of it may take
 * as long as there are records to look at, and runs beside the event loops. */
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "rules/api_internal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { NOTE_CHARS_MAX = 500, BODY_BYTES = 3 * LIMIT_PACK_FILES_BYTES, AHEAD_DAYS = 366, DAY_MS = 86400000 };

static struct doing doing_of(const struct req *r)
{
    return (struct doing){
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
}

/* --- reading --- */

struct sent {
    struct json_object *files;
    const char *note;
    int64_t number;
};

static bool read_files(struct req *r, struct json_object *list, struct edition *d, struct err *e)
{
    static const struct json_member members[] = {
        {"name", JSON_TEXT, offsetof(struct edition_file, name), true, 1, 200},
        {"text", JSON_TEXT, offsetof(struct edition_file, text), true, 0, LIMIT_PACK_BYTES},
    };
    size_t n = json_object_array_length(list);
    struct edition_file *files = arena_array(r->arena, struct edition_file, n + 1);

    for (size_t i = 0; i < n; i++) {
        if (!json_read(json_object_array_get_idx(list, i), "files.", members, COUNT_OF(members), &files[i],
                       e))
            return false;
        files[i].n = strlen(files[i].text);
    }
    d->files = files;
    d->n = n;
    return edition_check(d, e);
}

static bool read_sent(struct req *r, bool files, struct sent *s, struct edition *d, struct err *e)
{
    const struct json_member members[] = {
        {"files", JSON_ARRAY, offsetof(struct sent, files), files, 0, LIMIT_PACK_FILES},
        {"note", JSON_TEXT, offsetof(struct sent, note), false, 0, NOTE_CHARS_MAX},
        {"number", JSON_INT, offsetof(struct sent, number), false, 0, INT32_MAX},
    };
    int64_t number;

    *s = (struct sent){.number = -1, .note = ""};
    *d = (struct edition){.pack = pack_name_of(r, e)};
    if (d->pack == NULL || !json_read(r->json, "", members, COUNT_OF(members), s, e))
        return false;
    if (s->files != NULL)
        return read_files(r, s->files, d, e);
    return find_edition(r, d->pack,
                        s->number < 0 ? "now" : arena_printf(r->arena, "%lld", (long long)s->number), d,
                        &number, e);
}

/* --- a check --- */

/* "packs/incident/codes/category.csv": the pack, and the file in it. */
static void write_file(struct req *r, const char *path)
{
    const char *pack = str_starts(path, "packs/") ? path + strlen("packs/") : path;
    size_t n = strcspn(pack, "/");

    jo_strn(&r->out, "pack", pack, n);
    jo_str(&r->out, "file", pack[n] == '/' ? pack + n + 1 : pack);
}

static void write_words(struct json_out *j, const char *zh, const char *en, const char *todo_zh,
                        const char *todo_en)
{
    jo_str(j, "zh", zh);
    jo_str(j, "en", en);
    jo_str(j, "todo_zh", todo_zh);
    jo_str(j, "todo_en", todo_en);
}

static void write_complaint(struct req *r, const struct complaint *c)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    write_file(r, c->file);
    jo_int(j, "line", c->line);
    jo_int(j, "column", c->column);
    jo_int(j, "width", c->width);
    jo_str(j, "key", c->key);
    write_words(j, complaint_zh(c, r->arena), c->found, complaint_todo_zh(c, r->arena), c->expected);
    jo_close(j);
}

static bool has_pack(const struct packs *p, const char *name)
{
    for (size_t i = 0; i < p->n_packs; i++)
        if (str_eq(p->packs[i].name, name))
            return true;
    return false;
}

/* The name in the file is the name of the pack: a file that renames itself would be another pack beside it.
 */
static void check_name(struct req *r, const struct edition *d, struct candidate *c)
{
    if (c->packs == NULL || has_pack(c->packs, d->pack))
        return;
    c->packs = NULL;
    c->complaints.items[0] =
        (struct complaint){.file = arena_printf(r->arena, "packs/%s/pack.yaml", d->pack),
                           .line = 1,
                           .column = 1,
                           .width = 1,
                           .key = "version.name",
                           .found = arena_printf(r->arena, "this pack is '%s'", d->pack),
                           .expected = arena_printf(r->arena, "pack: %s", d->pack),
                           .source_line = "",
                           .zh = arena_printf(r->arena, "这个程序包叫“%s”，请写 pack: %s", d->pack, d->pack)};
    c->complaints.n = 1;
}

static void write_misfit(struct req *r, const struct edition *d, const struct misfit *m)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    jo_str(j, "pack", d->pack);
    jo_str(j, "file", m->file);
    jo_int(j, "line", m->line);
    jo_int(j, "column", m->column);
    jo_int(j, "width", m->width);
    jo_str(j, "key", m->key);
    jo_int(j, "n", m->n);
    write_words(j, m->zh, m->en, m->todo_zh, m->todo_en);
    jo_close(j);
}

static bool write_check(struct req *r, struct sql_tx *tx, const struct edition *d, const struct candidate *c,
                        struct err *e)
{
    const struct world *w = r->services->world(r->services);
    const struct fitting f = {
        .tx = tx, .before = w, .after = c->packs, .edition = d, .now = r->now, .a = r->arena};
    struct fit fit = {0};

    jo_obj(&r->out, NULL);
    jo_bool(&r->out, "sound", c->packs != NULL);
    jo_arr(&r->out, "complaints");
    for (size_t i = 0; c->packs == NULL && i < c->complaints.n; i++)
        write_complaint(r, &c->complaints.items[i]);
    jo_close(&r->out);
    if (c->packs != NULL && !fit_records(&f, &fit, e))
        return false;
    jo_arr(&r->out, "misfits");
    for (size_t i = 0; i < fit.n; i++)
        write_misfit(r, d, &fit.list[i]);
    jo_close(&r->out);
    write_changes(&r->out, w->packs, c->packs == NULL ? w->packs : c->packs);
    jo_close(&r->out);
    return true;
}

static bool run_check(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct candidate c;
    struct edition d;
    struct sent s;
    bool ok;

    if (!read_sent(r, false, &s, &d, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !candidate_load(rules_of(r->services), tx, &d, &c, e))
        return false;
    check_name(r, &d, &c);
    ok = write_check(r, tx, &d, &c, e);
    candidate_free(&c);
    return ok;
}

/* --- keeping --- */

static bool is_sound(struct req *r, const struct edition *d, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct candidate c;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) || !candidate_load(rules_of(r->services), tx, d, &c, e))
        return false;
    check_name(r, d, &c);
    for (size_t i = 0; c.packs == NULL && i < c.complaints.n; i++) {
        const struct complaint *one = &c.complaints.items[i];

        (void)ERR_FIELD(e, arena_printf(r->arena, "%s:%d:%d", one->file, one->line, one->column), one->key,
                        "%1$s%2$.0s", "%1$.0s%2$s", complaint_zh(one, r->arena), one->found);
    }
    bool sound = c.packs != NULL;

    candidate_free(&c);
    return sound;
}

static bool run_save(struct req *r, struct err *e)
{
    const struct doing by = doing_of(r);
    struct version v;
    struct edition d;
    struct sent s;

    if (!read_sent(r, true, &s, &d, e) || !is_sound(r, &d, e) ||
        !version_save(&by, r->services->privacy, &d, s.note, &v, e))
        return false;
    r->status = 201;
    write_version(r, &v);
    return true;
}

/* --- rehearsing --- */

static bool run_rehearse(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct edition d, *list;
    const char *told;
    struct sent s;
    size_t n;

    if (!read_sent(r, false, &s, &d, e) || !is_sound(r, &d, e) ||
        !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !rules_editions(rules_of(r->services), tx, &d, r->arena, &list, &n, e))
        return false;
    sql_rollback(&tx);
    if (!rules_rehearse(r->services, list, n, d.pack, r->arena, &told, e))
        return false;
    jo_raw(&r->out, NULL, told);
    return true;
}

/* --- switching --- */

struct sent_switch {
    struct uuid id;
    int64_t number, from;
    const char *why;
};

static bool read_switch(struct req *r, struct switch_order *o, struct err *e)
{
    static const struct json_member members[] = {
        {"id", JSON_UUID, offsetof(struct sent_switch, id), false, 0, 0},
        {"number", JSON_INT, offsetof(struct sent_switch, number), true, 0, INT32_MAX},
        {"from", JSON_TIME, offsetof(struct sent_switch, from), false, 0, 0},
        {"why", JSON_TEXT, offsetof(struct sent_switch, why), true, 1, NOTE_CHARS_MAX},
    };
    struct sent_switch s = {0};

    *o = (struct switch_order){.pack = pack_name_of(r, e)};
    if (o->pack == NULL || !json_read(r->json, "", members, COUNT_OF(members), &s, e))
        return false;
    o->id = uuid_is_nil(s.id) ? uuid_make() : s.id;
    o->number = s.number;
    o->from = s.from > r->now ? s.from : r->now;
    o->why = s.why;
    return s.from - r->now < (int64_t)AHEAD_DAYS * DAY_MS ||
           ERR_FIELD(e, "from", "version.far", "至多提前一年计划", "a year ahead at most");
}

static bool run_switch(struct req *r, struct err *e)
{
    const struct doing by = doing_of(r);
    struct switch_order o;

    return read_switch(r, &o, e) && switch_do(r->services, rules_of(r->services), &by, &o, e) &&
           write_pack(r, o.pack, e);
}

static bool delete_switch(struct req *r, struct err *e)
{
    const struct doing by = doing_of(r);
    const char *name = pack_name_of(r, e);
    struct uuid id;

    return name != NULL && req_uuid(r, 1, &id, e) && switch_withdraw(&by, name, id, e) &&
           write_pack(r, name, e);
}

/* --- beside the event loops --- */

static bool post_check(struct req *r, struct err *e)
{
    return req_aside(r, run_check, e);
}

static bool post_version(struct req *r, struct err *e)
{
    return req_aside(r, run_save, e);
}

static bool post_rehearse(struct req *r, struct err *e)
{
    return req_aside(r, run_rehearse, e);
}

static bool post_switch(struct req *r, struct err *e)
{
    return req_aside(r, run_switch, e);
}

const struct route rules_routes[] = {
    {POST, "/api/v1/packs/{pack}/check", PERM_ADMIN, BODY_JSON, post_check, req_aside_finish, BODY_BYTES,
     "What the checker says of a draft, what records have no place in it, and what it changes for people",
     "PackCheck"},
    {POST, "/api/v1/packs/{pack}/versions", PERM_ADMIN, BODY_JSON, post_version, req_aside_finish, BODY_BYTES,
     "Keep a draft without complaints as the next version", "PackVersion"},
    {POST, "/api/v1/packs/{pack}/rehearse", PERM_ADMIN, BODY_JSON, post_rehearse, req_aside_finish,
     BODY_BYTES, "Play the scenarios of a draft or a version on a fresh district in memory", "PackRehearsal"},
    {POST, "/api/v1/packs/{pack}/switches", PERM_ADMIN, BODY_JSON, post_switch, req_aside_finish, 0,
     "Put a version into force, now or at a time to come; an earlier one is a return", "Pack"},
    {DELETE, "/api/v1/packs/{pack}/switches/{id}", PERM_ADMIN, BODY_NONE, delete_switch, NULL, 0,
     "Withdraw what is planned", "Pack"},
    {.method = METHOD_UNSET},
};
