#include "app/export_write.h"

#include "base/clock.h"
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

/* --- CSV --- */

static void put_quoted(FILE *to, const char *s, bool guard)
{
    bool quote = guard || strpbrk(s, ",\"\r\n") != NULL;

    if (quote)
        (void)fputc('"', to);
    if (guard)
        (void)fputc('\'', to);
    for (; *s != '\0'; s++) {
        if (*s == '"')
            (void)fputc('"', to);
        (void)fputc(*s, to);
    }
    if (quote)
        (void)fputc('"', to);
}

/* A spreadsheet must not take somebody's words for a formula. */
static void put_text(FILE *to, const char *s)
{
    put_quoted(to, s, s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL);
}

static const char *instant(const struct world *w, int64_t ms, struct arena *a)
{
    char text[RFC3339_MAX] = "";

    if (ms != 0)
        rfc3339_format(ms, w->offset_min, text);
    return arena_strdup(a, text);
}

static void put_value(const struct export_sink *s, const struct cel_value *v, struct arena *a)
{
    const char *sep = "";
    char *joined;

    switch (v->type) {
    case CEL_BOOL:
        (void)fputs(v->b ? "true" : "false", s->to);
        return;
    case CEL_INT:
    case CEL_DURATION:
        (void)fprintf(s->to, "%" PRId64, v->i);
        return;
    case CEL_DOUBLE:
        (void)fprintf(s->to, "%.15g", v->d);
        return;
    case CEL_STRING:
        put_text(s->to, v->s);
        return;
    case CEL_TIMESTAMP:
        (void)fputs(instant(s->world, v->i, a), s->to);
        return;
    case CEL_LIST:
        joined = arena_strdup(a, "");
        for (size_t i = 0; i < v->list.n; i++, sep = "; ")
            if (v->list.items[i].type == CEL_STRING)
                joined = arena_printf(a, "%s%s%s", joined, sep, v->list.items[i].s);
            else if (v->list.items[i].type == CEL_INT)
                joined = arena_printf(a, "%s%s%" PRId64, joined, sep, v->list.items[i].i);
        put_text(s->to, joined);
        return;
    case CEL_UNSET:
    case CEL_NULL:
    case CEL_DYN:
        break;
    }
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

void export_begin(const struct export_sink *s)
{
    if (!s->csv)
        return;
    (void)fputs("\xEF\xBB\xBF", s->to);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        (void)fprintf(s->to, "%s%s", i == 0 ? "" : ",", columns[i]);
    for (size_t i = 0; i < s->kind->n_fields; i++)
        (void)fprintf(s->to, ",%s", s->kind->fields[i].name);
    for (size_t i = 0; i < s->kind->n_parties; i++)
        (void)fprintf(s->to, ",party.%s", s->kind->parties[i].name);
    (void)fputs("\r\n", s->to);
}

static const char *area_name(const struct export_sink *s, const struct record *r)
{
    const struct area *area = area_find(s->world->areas, r->area);

    return area == NULL ? "" : area->name;
}

static bool csv_line(const struct export_sink *s, const struct record *r, struct arena *a)
{
    const struct world *w = s->world;
    char id[UUID_TEXT_MAX], number[96];

    uuid_format(r->id, id);
    number_format(w, r->number, number, sizeof(number));
    (void)fprintf(s->to, "%s,", id);
    put_text(s->to, number);
    (void)fprintf(s->to, ",%s,%s,", r->state->name, record_open(r) ? "true" : "false");
    put_text(s->to, r->title);
    (void)fprintf(s->to, ",%s,", r->area);
    put_text(s->to, area_name(s, r));
    (void)fputc(',', s->to);
    put_text(s->to, r->address == NULL ? "" : r->address);
    if (r->has_place)
        (void)fprintf(s->to, ",%.7g,%.7g", r->lng, r->lat);
    else
        (void)fputs(",,", s->to);
    (void)fprintf(s->to, ",%s,%s,%s,%s,%s,%s,%" PRId64, instant(w, r->created_at, a),
                  instant(w, r->updated_at, a), instant(w, r->entered_at, a), instant(w, record_due(r), a),
                  record_late(r) ? "true" : "false", lamp_name(record_lamp(r)), r->version);
    for (size_t i = 0; i < s->kind->n_fields; i++) {
        const struct cel_value v = shown(&s->kind->fields[i], &r->values[i]);

        (void)fputc(',', s->to);
        put_value(s, &v, a);
    }
    for (size_t i = 0; i < s->kind->n_parties; i++) {
        (void)fputc(',', s->to);
        put_text(s->to, players(s, r, &s->kind->parties[i], a));
    }
    return fputs("\r\n", s->to) >= 0;
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
    AUTO(jo_free) struct json_out j;
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
    bool ok = s->csv ? csv_line(s, r, a) : json_line(s, r, a, e);

    return (ok && ferror(s->to) == 0) || ERR(e, ERR_BUSY, "export.disk", "写入失败：请检查磁盘空间",
                                             "writing failed: look at the room on the disk");
}
