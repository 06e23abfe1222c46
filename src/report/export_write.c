#include "report/export_write.h"

#include "base/clock.h"
#include "identity/privacy.h"
#include "json/json_out.h"
#include "pack/value.h"
#include "record/codec.h"
#include "record/store.h"

#include <inttypes.h>
#include <string.h>

enum { LINE_BYTES = 1024 * 1024 };

static const char *const columns[] = {"id",         "number",  "state", "open", "title",      "area",
                                      "area_name",  "address", "lng",   "lat",  "created_at", "updated_at",
                                      "entered_at", "due_at",  "late",  "lamp", "version"};

/* --- tables --- */

static const char *instant(const struct world *w, int64_t ms, struct arena *a)
{
    char text[RFC3339_MAX] = "";

    if (ms != 0)
        rfc3339_format(ms, w->offset_min, text);
    return arena_strdup(a, text);
}

/* For people: a code by its title, a time to the minute. */
static const char *worded(const struct export_sink *s, const struct field *f, const struct cel_value *v,
                          struct arena *a)
{
    const struct code *code =
        f->type == FIELD_CODE && v->type == CEL_STRING ? list_code(f->list, v->s) : NULL;

    if (code != NULL)
        return s->lang == LANG_EN ? code->title.en : code->title.zh;
    if (v->type == CEL_TIMESTAMP) {
        char *text = arena_strdup(a, instant(s->world, v->i, a));

        text[strcspn(text, "T")] = ' ';
        return arena_strndup(a, text, strlen("2026-11-21 08:30"));
    }
    return v->type == CEL_STRING ? v->s : NULL;
}

static const char *one_text(const struct export_sink *s, const struct field *f, const struct cel_value *v,
                            struct arena *a)
{
    if (s->words && worded(s, f, v, a) != NULL)
        return worded(s, f, v, a);
    if (v->type == CEL_TIMESTAMP)
        return instant(s->world, v->i, a);
    return v->type == CEL_INT ? arena_printf(a, "%" PRId64, v->i) : v->type == CEL_STRING ? v->s : "";
}

static void put_list(const struct export_sink *s, const struct field *f, const struct cel_value *v,
                     struct arena *a)
{
    const char *joined = "", *sep = "";

    for (size_t i = 0; i < v->list.n; i++, sep = "; ")
        joined = arena_printf(a, "%s%s%s", joined, sep, one_text(s, f, &v->list.items[i], a));
    cells_text(s->table, joined);
}

static void put_value(const struct export_sink *s, const struct field *f, const struct cel_value *v,
                      struct arena *a)
{
    enum { DIGITS = 15 };

    switch (v->type) {
    case CEL_BOOL:
        if (s->words)
            cells_text(s->table, s->lang == LANG_EN ? (v->b ? "yes" : "no") : (v->b ? "是" : "否"));
        else
            cells_bool(s->table, v->b);
        return;
    case CEL_INT:
    case CEL_DURATION:
        cells_int(s->table, v->i);
        return;
    case CEL_DOUBLE:
        cells_double(s->table, v->d, DIGITS);
        return;
    case CEL_STRING:
    case CEL_TIMESTAMP:
        cells_text(s->table, one_text(s, f, v, a));
        return;
    case CEL_LIST:
        put_list(s, f, v, a);
        return;
    case CEL_UNSET:
    case CEL_NULL:
    case CEL_DYN:
        break;
    }
    cells_text(s->table, NULL);
}

/* What a reader of the list sees of a field: of a personal one the mask. */
static struct cel_value shown(const struct field *f, const struct cel_value *v)
{
    return f->privacy == PRIVACY_PERSONAL && v->type == CEL_STRING ? CEL_STR(personal_mask(v->s)) : *v;
}

/* The part's players by name: organisations and staff; residents are nobody's to list. */
static const char *players(const struct export_sink *s, const struct record *r, const struct party_role *role,
                           struct arena *a)
{
    const struct directory *people = s->world->people;
    const char *names = "";

    for (size_t i = 0; i < r->n_parties; i++) {
        const struct org *o = directory_org(people, r->parties[i].org);
        const struct account *who = directory_account(people, r->parties[i].account);
        const char *name = o != NULL ? o->name : who != NULL ? who->name : NULL;

        if (r->parties[i].role == role && name != NULL)
            names = arena_printf(a, "%s%s%s", names, names[0] == '\0' ? "" : "; ", name);
    }
    return names;
}

static const char *titled(const struct export_sink *s, const struct title *t)
{
    return s->lang == LANG_EN ? t->en : t->zh;
}

static void begin_words(const struct export_sink *s)
{
    static const char *const heads[][2] = {{"编号", "Number"}, {"摘要", "Summary"}, {"状态", "State"},
                                           {"区域", "Area"},   {"地址", "Address"}, {"登记时间", "Raised"},
                                           {"办理时限", "Due"}};

    for (size_t i = 0; i < COUNT_OF(heads); i++)
        cells_text(s->table, heads[i][s->lang == LANG_EN]);
    for (size_t i = 0; i < s->kind->n_fields; i++)
        cells_text(s->table, titled(s, &s->kind->fields[i].title));
    for (size_t i = 0; i < s->kind->n_parties; i++)
        cells_text(s->table, titled(s, &s->kind->parties[i].title));
    cells_end_row(s->table);
}

void export_begin(const struct export_sink *s, struct arena *a)
{
    if (s->table == NULL)
        return;
    if (s->words) {
        begin_words(s);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        cells_text(s->table, columns[i]);
    for (size_t i = 0; i < s->kind->n_fields; i++)
        cells_text(s->table, s->kind->fields[i].name);
    for (size_t i = 0; i < s->kind->n_parties; i++)
        cells_text(s->table, arena_printf(a, "party.%s", s->kind->parties[i].name));
    cells_end_row(s->table);
}

static const char *area_name(const struct export_sink *s, const struct record *r)
{
    const struct area *area = area_find(s->world->areas, r->area);

    return area == NULL ? "" : area->name;
}

static void head_words(const struct export_sink *s, const struct record *r, struct arena *a)
{
    static const struct field time = {.type = FIELD_TIME};
    const struct cel_value raised = {.type = CEL_TIMESTAMP, .i = r->created_at},
                           due = {.type = CEL_TIMESTAMP, .i = record_due(r)};
    char number[96];

    number_format(s->world, r->number, number, sizeof(number));
    cells_text(s->table, number);
    cells_text(s->table, r->title);
    cells_text(s->table, titled(s, &r->state->title));
    cells_text(s->table, area_name(s, r));
    cells_text(s->table, r->address);
    cells_text(s->table, worded(s, &time, &raised, a));
    cells_text(s->table, due.i == 0 ? NULL : worded(s, &time, &due, a));
}

static void head_plain(const struct export_sink *s, const struct record *r, struct arena *a)
{
    enum { DIGITS = 7 };
    const struct world *w = s->world;
    char id[UUID_TEXT_MAX], number[96];

    uuid_format(r->id, id);
    number_format(w, r->number, number, sizeof(number));
    cells_text(s->table, id);
    cells_text(s->table, number);
    cells_text(s->table, r->state->name);
    cells_bool(s->table, record_open(r));
    cells_text(s->table, r->title);
    cells_text(s->table, r->area);
    cells_text(s->table, area_name(s, r));
    cells_text(s->table, r->address);
    if (r->has_place) {
        cells_double(s->table, r->lng, DIGITS);
        cells_double(s->table, r->lat, DIGITS);
    } else {
        cells_text(s->table, NULL);
        cells_text(s->table, NULL);
    }
    cells_text(s->table, instant(w, r->created_at, a));
    cells_text(s->table, instant(w, r->updated_at, a));
    cells_text(s->table, instant(w, r->entered_at, a));
    cells_text(s->table, instant(w, record_due(r), a));
    cells_bool(s->table, record_late(r));
    cells_text(s->table, lamp_name(record_lamp(r)));
    cells_int(s->table, r->version);
}

static void table_row(const struct export_sink *s, const struct record *r, struct arena *a)
{
    if (s->words)
        head_words(s, r, a);
    else
        head_plain(s, r, a);
    for (size_t i = 0; i < s->kind->n_fields; i++) {
        const struct cel_value v = shown(&s->kind->fields[i], &r->values[i]);

        put_value(s, &s->kind->fields[i], &v, a);
    }
    for (size_t i = 0; i < s->kind->n_parties; i++)
        cells_text(s->table, players(s, r, &s->kind->parties[i], a));
    cells_end_row(s->table);
}

/* --- JSON --- */

static void json_instant(struct json_out *j, const char *key, const struct world *w, int64_t ms,
                         struct arena *a)
{
    jo_str(j, key, ms == 0 ? NULL : instant(w, ms, a));
}

static void json_place(struct json_out *j, const struct record *r)
{
    jo_str(j, "address", r->address);
    if (!r->has_place)
        return;
    jo_arr(j, "place");
    jo_num(j, NULL, r->lng);
    jo_num(j, NULL, r->lat);
    jo_close(j);
}

static void json_members(const struct export_sink *s, struct json_out *j, const struct record *r,
                         struct arena *a)
{
    jo_obj(j, "fields");
    for (size_t i = 0; i < s->kind->n_fields; i++) {
        const struct field *f = &s->kind->fields[i];
        const struct cel_value v = shown(f, &r->values[i]);

        if (v.type > CEL_NULL)
            field_to_json(j, f->name, f, &v);
    }
    jo_close(j);
    jo_obj(j, "parties");
    for (size_t i = 0; i < s->kind->n_parties; i++)
        jo_str(j, s->kind->parties[i].name, players(s, r, &s->kind->parties[i], a));
    jo_close(j);
}

static bool json_line(const struct export_sink *s, const struct record *r, struct arena *a, struct err *e)
{
    AUTO(jo_free) struct json_out j = {0};
    char number[96];

    number_format(s->world, r->number, number, sizeof(number));
    jo_begin(&j, LINE_BYTES);
    jo_obj(&j, NULL);
    jo_uuid(&j, "id", r->id);
    jo_str(&j, "number", number);
    jo_str(&j, "kind", r->kind->name);
    jo_str(&j, "state", r->state->name);
    jo_bool(&j, "open", record_open(r));
    jo_str(&j, "title", r->title);
    jo_str(&j, "area", r->area);
    json_place(&j, r);
    json_instant(&j, "created_at", s->world, r->created_at, a);
    json_instant(&j, "updated_at", s->world, r->updated_at, a);
    json_instant(&j, "entered_at", s->world, r->entered_at, a);
    json_instant(&j, "due_at", s->world, record_due(r), a);
    jo_bool(&j, "late", record_late(r));
    jo_str(&j, "lamp", lamp_name(record_lamp(r)));
    jo_int(&j, "version", r->version);
    json_members(s, &j, r, a);
    jo_close(&j);
    return jo_end(&j, e) && fprintf(s->to, "%s\n", j.buf) > 0;
}

bool export_record(const struct export_sink *s, const struct record *r, struct arena *a, struct err *e)
{
    if (s->table != NULL) {
        table_row(s, r, a);
        return true;
    }
    return (json_line(s, r, a, e) && ferror(s->to) == 0) ||
           ERR(e, ERR_BUSY, "export.disk", "写入失败：请检查磁盘空间",
               "writing failed: look at the room on the disk");
}

bool record_unseal(const struct world *w, const struct field *const *fields, size_t n, struct record *r,
                   struct arena *a, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        struct cel_value *v = &r->values[fields[i]->index];
        const char *plain;

        if (v->type != CEL_STRING)
            continue;
        if (!privacy_unseal(w->privacy, a, r->id, fields[i]->name, personal_sealed(a, v->s), &plain, e))
            return false;
        /* What is shown of a personal value is its mask. */
        *v = CEL_STR(personal_join(a, "", plain));
    }
    return true;
}
