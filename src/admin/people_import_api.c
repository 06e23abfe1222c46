/* POST /accounts/import: a list of people from a spreadsheet. `dry` judges all rows; otherwise a few at once
 * are done, since each password takes its time: the browser asks again for the next ones. */
#include "admin/admin.h"
#include "admin/people_import.h"
#include "engine/engine.h"
#include "json/json_in.h"

#include <stddef.h>
#include <string.h>

enum { BODY_BYTES = 2 * 1000 * 1000 };

struct sent {
    const char *csv;
    bool dry;
    int64_t first;
};

static void write_complaint(struct req *r, const char *field, const char *key, const char *zh, const char *en)
{
    jo_obj(&r->out, NULL);
    jo_str(&r->out, "field", field);
    jo_str(&r->out, "code", key);
    jo_str(&r->out, "message", r->lang == LANG_EN ? en : zh);
    jo_close(&r->out);
}

static void write_row(struct req *r, const struct person_row *row, enum person_fate fate,
                      const struct err *why)
{
    struct json_out *j = &r->out;

    jo_obj(j, NULL);
    jo_int(j, "line", row->line);
    jo_str(j, "login", row->login);
    jo_str(j, "name", row->name);
    jo_str(j, "role", row->role);
    jo_str(j, "area", row->area);
    jo_str(j, "fate", person_fate_name(fate));
    jo_arr(j, "errors");
    for (size_t i = 0; fate == PERSON_WRONG && i < why->n_details; i++)
        write_complaint(r, why->details[i].field, why->details[i].key, why->details[i].zh,
                        why->details[i].en);
    if (fate == PERSON_WRONG && why->n_details == 0)
        write_complaint(r, "", why->key, why->zh, why->en);
    jo_close(j);
    jo_close(j);
}

static bool write_rows(struct req *r, struct people_import *im, const struct person_row *rows, size_t n,
                       const struct sent *s, struct err *e)
{
    size_t first = s->dry ? 0 : (size_t)s->first,
           past = s->dry || n - first <= IMPORT_DONE_MAX ? n : first + IMPORT_DONE_MAX;
    int64_t counts[PERSON__MAX] = {0};

    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "rows");
    for (size_t i = first; i < past; i++) {
        enum person_fate fate = PERSON_UNSET;
        struct err why;

        if (!people_import_row(im, &rows[i], !s->dry, &fate, &why, e))
            return false;
        counts[fate]++;
        write_row(r, &rows[i], fate, &why);
    }
    jo_close(&r->out);
    for (int f = PERSON_NEW; f < PERSON__MAX; f++)
        jo_int(&r->out, person_fate_name((enum person_fate)f), counts[f]);
    jo_int(&r->out, "total", (int64_t)n);
    jo_bool(&r->out, "done", !s->dry);
    if (past < n)
        jo_int(&r->out, "next", (int64_t)past);
    else
        jo_null(&r->out, "next");
    jo_close(&r->out);
    return true;
}

static bool run_import(struct req *r, struct err *e)
{
    static const struct json_member members[] = {
        {"csv", JSON_TEXT, offsetof(struct sent, csv), true, 1, IMPORT_BYTES_MAX},
        {"dry", JSON_BOOL, offsetof(struct sent, dry), false, 0, 0},
        {"first", JSON_INT, offsetof(struct sent, first), false, 0, IMPORT_ROWS_MAX},
    };
    const struct world *w = r->services->world(r->services);
    const struct doing by = {
        .db = r->services->db, .district = r->services->district, .actor = r->who->account, .now = r->now};
    struct people_import *im = arena_new(r->arena, struct people_import);
    struct person_row *rows = NULL;
    struct sent s = {0};
    size_t n = 0;

    if (!json_read(r->json, "", members, COUNT_OF(members), &s, e) ||
        !people_import_read(s.csv, strlen(s.csv), r->arena, &rows, &n, e))
        return false;
    if ((size_t)s.first > n)
        return ERR_FIELD(e, "first", "import.first", "只有 %zu 行", "there are %zu rows", n);
    *im = (struct people_import){.by = &by,
                                 .privacy = r->services->privacy,
                                 .areas = w->areas,
                                 .packs = w->packs,
                                 .people = w->people,
                                 .offset_min = r->services->offset_min,
                                 .arena = r->arena};
    return write_rows(r, im, rows, n, &s, e) && (s.dry || r->services->reload(r->services, e));
}

static bool post_import(struct req *r, struct err *e)
{
    return sessions_defer(r->services->sessions, r, run_import, e);
}

const struct route admin_import_routes[] = {
    {POST, "/api/v1/accounts/import", PERM_ADMIN, BODY_JSON, post_import, sessions_finish, BODY_BYTES,
     "Accounts and posts from CSV: `dry` judges all rows, otherwise at most 50 from row `first` on are done",
     "PeopleImport"},
    {.method = METHOD_UNSET},
};
