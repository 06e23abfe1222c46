/* Reading: the packs of a district, a pack's versions and switches, the files of a version. */
#include "base/text.h"
#include "json/json_in.h"
#include "rules.sql.h"
#include "rules/api_internal.h"

#include <string.h>

const char *pack_name_of(const struct req *r, struct err *e)
{
    const char *s = r->path_param[0];
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (s[n] == '\0' && n > 0 && n <= 40 && s[0] >= 'a' && s[0] <= 'z')
        return s;
    (void)ERR(e, ERR_NOT_FOUND, "version.pack", "没有程序包“%.40s”", "there is no pack “%.40s”", s);
    return NULL;
}

static bool has_own(const struct req *r, const char *pack, struct edition *ret)
{
    const struct rules_maker *m = rules_maker_of(rules_of(r->services));

    return m->own(m->ctx, pack, r->arena, ret);
}

static const struct pack *pack_now(const struct req *r, const char *name)
{
    const struct packs *p = r->services->world(r->services)->packs;

    for (size_t i = 0; i < p->n_packs; i++)
        if (str_eq(p->packs[i].name, name))
            return &p->packs[i];
    return NULL;
}

/* --- what stands --- */

static void write_title(struct json_out *j, const char *key, const struct title *t)
{
    jo_obj(j, key);
    jo_str(j, "zh", t->zh);
    jo_str(j, "en", t->en);
    jo_close(j);
}

static void write_kinds(struct json_out *j, const struct pack *p)
{
    jo_arr(j, "kinds");
    for (size_t i = 0; p != NULL && i < p->n_kinds; i++) {
        jo_obj(j, NULL);
        jo_str(j, "kind", p->kinds[i]->name);
        write_title(j, "title", &p->kinds[i]->title);
        jo_close(j);
    }
    jo_close(j);
}

static void write_person(struct req *r, const char *key, struct uuid id)
{
    const struct account *who = directory_account(directory_of(r->services), id);

    if (uuid_is_nil(id)) {
        jo_null(&r->out, key);
        return;
    }
    jo_obj(&r->out, key);
    jo_uuid(&r->out, "id", id);
    jo_str(&r->out, "name", who == NULL ? "" : who->name);
    jo_close(&r->out);
}

static void write_problem(struct json_out *j, const char *problem)
{
    if (problem[0] == '\0')
        jo_null(j, "problem");
    else
        jo_raw(j, "problem", problem);
}

void write_switch(struct req *r, const char *key, const struct switching *s)
{
    struct json_out *j = &r->out;
    int offset = r->services->offset_min;

    jo_obj(j, key);
    jo_uuid(j, "id", s->id);
    jo_int(j, "number", s->number);
    jo_time(j, "at", s->at, offset);
    write_person(r, "by", s->actor);
    jo_str(j, "why", s->why);
    jo_time(j, "from", s->from, offset);
    jo_time(j, "withdrawn_at", s->withdrawn, offset);
    jo_time(j, "done_at", s->done, offset);
    jo_int(j, "seq", s->seq);
    write_problem(j, s->problem);
    jo_close(j);
}

static const struct switching *planned(const struct switching *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].nth == 0 && list[i].withdrawn == 0 && list[i].problem[0] == '\0')
            return &list[i];
    return NULL;
}

/* A newer program may bring another text than that which was kept when ours began. */
static bool own_differs(struct req *r, struct sql_tx *tx, const char *pack, bool *ret, struct err *e)
{
    struct edition own;
    uint8_t hash[HASH_BYTES], kept[HASH_BYTES];
    struct err none = {0};

    *ret = false;
    if (!has_own(r, pack, &own))
        return true;
    edition_hash(r->services->privacy, &own, hash);
    if (version_hash(tx, r->services->district, pack, 0, kept, &none)) {
        *ret = memcmp(hash, kept, HASH_BYTES) != 0;
        return true;
    }
    if (none.code != ERR_NOT_FOUND)
        *e = none;
    return none.code == ERR_NOT_FOUND;
}

static bool write_standing(struct req *r, struct sql_tx *tx, const char *name, struct err *e)
{
    const struct pack *p = pack_now(r, name);
    const struct title none = {name, name};
    struct switching *switches;
    struct edition own;
    size_t n;
    int64_t holds;
    bool differs;

    if (!switch_holds(tx, r->services->district, name, &holds, e) ||
        !switch_list(tx, r->services->district, name, r->arena, &switches, &n, e) ||
        !own_differs(r, tx, name, &differs, e))
        return false;
    jo_str(&r->out, "pack", name);
    write_title(&r->out, "title", p == NULL ? &none : &p->title);
    jo_bool(&r->out, "holds", p != NULL);
    jo_int(&r->out, "number", holds);
    write_kinds(&r->out, p);
    if (planned(switches, n) != NULL)
        write_switch(r, "planned", planned(switches, n));
    else
        jo_null(&r->out, "planned");
    jo_bool(&r->out, "program", has_own(r, name, &own));
    jo_bool(&r->out, "program_differs", differs);
    return true;
}

static bool get_packs(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct packs *now = r->services->world(r->services)->packs;
    const char **names;
    size_t n;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !version_packs(tx, r->services->district, r->arena, &names, &n, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < now->n_packs + n; i++) {
        const char *name = i < now->n_packs ? now->packs[i].name : names[i - now->n_packs];

        if (i >= now->n_packs && pack_now(r, name) != NULL)
            continue;
        jo_obj(&r->out, NULL);
        if (!write_standing(r, tx, name, e))
            return false;
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

/* --- one pack --- */

void write_version(struct req *r, const struct version *v)
{
    char hex[2 * HASH_BYTES + 1];
    struct json_out *j = &r->out;

    hex_encode(v->hash, HASH_BYTES, hex);
    jo_obj(j, NULL);
    jo_int(j, "number", v->number);
    jo_time(j, "at", v->at, r->services->offset_min);
    write_person(r, "by", v->actor);
    jo_str(j, "note", v->note);
    jo_str(j, "hash", hex);
    jo_close(j);
}

/* Before a version of ours began, the program's is not a row. */
static void write_own(struct req *r, const char *pack)
{
    struct version v = {.pack = pack, .note = ""};
    struct edition own;

    if (!has_own(r, pack, &own))
        return;
    edition_hash(r->services->privacy, &own, v.hash);
    write_version(r, &v);
}

bool write_pack(struct req *r, const char *name, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct version *versions;
    struct switching *switches;
    size_t n, n_switches;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !version_list(tx, r->services->district, name, r->arena, &versions, &n, e) ||
        !switch_list(tx, r->services->district, name, r->arena, &switches, &n_switches, e))
        return false;
    if (n == 0 && pack_now(r, name) == NULL)
        return ERR(e, ERR_NOT_FOUND, "version.pack", "没有程序包“%.40s”", "there is no pack “%.40s”", name);
    jo_obj(&r->out, NULL);
    if (!write_standing(r, tx, name, e))
        return false;
    jo_arr(&r->out, "versions");
    for (size_t i = 0; i < n; i++)
        write_version(r, &versions[i]);
    if (n == 0 || versions[n - 1].number != 0)
        write_own(r, name);
    jo_close(&r->out);
    jo_arr(&r->out, "switches");
    for (size_t i = 0; i < n_switches; i++)
        write_switch(r, NULL, &switches[i]);
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

static bool get_pack(struct req *r, struct err *e)
{
    const char *name = pack_name_of(r, e);

    return name != NULL && write_pack(r, name, e);
}

/* --- files --- */

static bool none(const char *pack, const char *number, struct err *e)
{
    return ERR(e, ERR_NOT_FOUND, "version.none", "程序包“%.40s”没有第 %.20s 版",
               "the pack “%.40s” has no version %.20s", pack, number);
}

/* "program": as the program brings it today; "now": as it holds; else a number. */
bool find_edition(struct req *r, const char *pack, const char *which, struct edition *ret,
                  int64_t *ret_number, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    int64_t number = 0;
    struct err missing = {0};

    *ret_number = 0;
    if (str_eq(which, "program"))
        return has_own(r, pack, ret) || none(pack, which, e);
    if (!sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    if (str_eq(which, "now") ? !switch_holds(tx, r->services->district, pack, &number, e)
                             : !parse_int64(which, &number) && !none(pack, which, e))
        return false;
    *ret_number = number;
    if (version_read(tx, r->services->district, pack, number, r->arena, ret, &missing))
        return true;
    if (missing.code == ERR_NOT_FOUND && number == 0)
        return has_own(r, pack, ret) || none(pack, which, e);
    *e = missing;
    return false;
}

static bool get_files(struct req *r, struct err *e)
{
    const char *name = pack_name_of(r, e);
    struct edition d;
    int64_t number;

    if (name == NULL || !find_edition(r, name, r->path_param[1], &d, &number, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "pack", name);
    jo_int(&r->out, "number", number);
    jo_arr(&r->out, "files");
    for (size_t i = 0; i < d.n; i++) {
        jo_obj(&r->out, NULL);
        jo_str(&r->out, "name", d.files[i].name);
        jo_strn(&r->out, "text", d.files[i].text, d.files[i].n);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

const struct route rules_read_routes[] = {
    {GET, "/api/v1/packs", PERM_ADMIN, BODY_NONE, get_packs, NULL, 0,
     "The packs of the district: which version holds, what is planned", "Packs"},
    {GET, "/api/v1/packs/{pack}", PERM_ADMIN, BODY_NONE, get_pack, NULL, 0,
     "A pack with its versions and when they began, the newest first", "Pack"},
    {GET, "/api/v1/packs/{pack}/versions/{number}", PERM_ADMIN, BODY_NONE, get_files, NULL, 0,
     "The files of a version; “now” is the one that holds, “program” the one that the program brings",
     "PackFiles"},
    {.method = METHOD_UNSET},
};
