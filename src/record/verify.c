/* The walk over entries and records. */
#include "record/verify.h"

#include "base/text.h"
#include "json/json_in.h"
#include "record.sql.h"
#include "record/replay.h"
#include "record/store.h"
#include "record/verify_internal.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 500, STEP = 256, TEXT = 512 };
static const size_t RECORD_ARENA = (size_t)1 << 30;

void verify_tell(const struct verifying *v, const char *fmt, ...)
{
    char text[TEXT];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    text[utf8_cut(text, strlen(text))] = '\0';
    v->calls->differs(v->calls->ctx, text);
}

const char *verify_name(const struct verifying *v, struct uuid id, int64_t number)
{
    char text[UUID_TEXT_MAX], display[96] = "?";

    uuid_format(id, text);
    if (number != 0)
        number_format(v->world, number, display, sizeof(display));
    return arena_printf(v->a, "record %s (%s)", display, text);
}

void verify_step(const struct verify_calls *calls, int64_t done)
{
    if (calls->step != NULL && done % STEP == 0)
        calls->step(calls->ctx, done);
}

/* Keys are compared with >, and a nil id would be bound as NULL. */
static struct uuid first_key(void)
{
    return (struct uuid){.b[15] = 1};
}

/* --- every entry: sequence, hash, and that what was raised is there --- */

static bool exists(const struct verifying *v, struct uuid id, bool *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(v->tx, &record_queries[RECORD_Q_EXISTS], &rows, e, SQL_INT(v->world->district),
                   SQL_UUID(&id)))
        return false;
    *ret = sql_next(rows);
    return sql_end(&rows, e);
}

static void check_hash(const struct verifying *v, const struct sql_rows *rows)
{
    const struct entry_row row = {.district = v->world->district,
                                  .seq = sql_int(rows, 0),
                                  .record = sql_uuid(rows, 1),
                                  .command = sql_uuid(rows, 2),
                                  .at = sql_int(rows, 3),
                                  .actor = sql_uuid(rows, 4),
                                  .actor_kind = sql_int(rows, 5),
                                  .right = sql_text(rows, 6),
                                  .verb = sql_text(rows, 7),
                                  .from_state = sql_text(rows, 8),
                                  .to_state = sql_text(rows, 9),
                                  .version = sql_int(rows, 10),
                                  .note = sql_text(rows, 11),
                                  .changes = sql_text(rows, 12)};
    uint8_t hash[HASH_BYTES];
    const void *kept;
    size_t n = 0;

    entry_hash(v->world->privacy, &row, hash);
    kept = sql_blob(rows, 14, &n);
    if (n != HASH_BYTES || memcmp(kept, hash, HASH_BYTES) != 0)
        verify_tell(v, "entry %lld: its hash does not fit what it says", (long long)row.seq);
}

static bool entry_page(struct verifying *v, int64_t *seq, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret_n = 0;
    if (!sql_query(v->tx, &record_queries[RECORD_Q_ALL_ENTRIES], &rows, e, SQL_INT(v->world->district),
                   SQL_INT(*seq), SQL_INT(PAGE)))
        return false;
    for (; sql_next(rows); ++*ret_n) {
        bool there = true;

        if (sql_int(rows, 0) != *seq + 1)
            verify_tell(v, "entries %lld to %lld are missing", (long long)*seq + 1,
                        (long long)sql_int(rows, 0) - 1);
        *seq = sql_int(rows, 0);
        check_hash(v, rows);
        if (v->calls->entry != NULL &&
            !v->calls->entry(v->calls->ctx, *seq, sql_int(rows, 3), sql_uuid(rows, 1), sql_text(rows, 12), e))
            return false;
        if (sql_text(rows, 8)[0] == '\0' && !exists(v, sql_uuid(rows, 1), &there, e))
            return false;
        if (!there)
            verify_tell(v, "entry %lld: %s is missing", (long long)*seq,
                        verify_name(v, sql_uuid(rows, 1), 0));
    }
    return sql_end(&rows, e);
}

bool verify_entries(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                    struct verify_sums *sums, struct err *e)
{
    struct verifying v = {.tx = tx, .world = w, .calls = calls, .a = arena_create(RECORD_ARENA)};
    int64_t seq = 0;
    size_t n = PAGE;
    bool ok = true;

    while (ok && n == PAGE) {
        ok = entry_page(&v, &seq, &n, e);
        sums->entries += (int64_t)n;
        arena_reset(v.a);
        if (calls->step != NULL)
            calls->step(calls->ctx, sums->entries);
    }
    arena_free(&v.a);
    return ok;
}

/* --- every record: its entries replayed --- */

/* What an entry says happened, made of the row again. */
struct replay {
    struct record *r;
    struct replay_era era;
    int64_t entries;
    bool broken;
};

static void note_tag(struct verifying *v, const struct record *r, const struct field *f, const char *joined)
{
    uint8_t *tag = arena_alloc(v->a, BLIND_BYTES);
    const char *plain = NULL;
    struct err e = {0};

    if (!privacy_unseal(v->world->privacy, v->a, r->id, f->name, personal_sealed(v->a, joined), &plain, &e)) {
        verify_tell(v, "%s: field %s cannot be unsealed", verify_name(v, r->id, r->number), f->name);
        return;
    }
    privacy_blind(v->world->privacy, field_type_name(f->type), plain, tag);
    for (size_t i = 0; i < v->n_tags; i++)
        if (memcmp(v->tags[i], tag, BLIND_BYTES) == 0)
            return;
    if (v->n_tags == v->max_tags) {
        const uint8_t **more = arena_array(v->a, const uint8_t *, v->max_tags * 2 + 8);

        for (size_t i = 0; i < v->n_tags; i++)
            more[i] = v->tags[i];
        v->tags = more;
        v->max_tags = v->max_tags * 2 + 8;
    }
    v->tags[v->n_tags++] = tag;
}

/* Every personal value that was ever given stays findable. */
static void note_tags(struct verifying *v, const struct record *before, const struct record *after)
{
    for (size_t i = 0; i < after->kind->n_fields; i++) {
        const struct field *f = &after->kind->fields[i];
        const struct cel_value *is = &after->values[i];

        if (f->privacy != PRIVACY_PERSONAL || is->type != CEL_STRING)
            continue;
        if (before == NULL || before->values[i].type != CEL_STRING || strcmp(before->values[i].s, is->s) != 0)
            note_tag(v, after, f, is->s);
    }
}

static void note_link(struct verifying *v, struct json_object *change)
{
    struct verify_link *l = arena_new(v->a, struct verify_link);
    struct json_object *field = NULL, *type = NULL, *other = NULL;

    if (!json_object_object_get_ex(change, "field", &field) ||
        strcmp(json_object_get_string(field), "link") != 0 ||
        !json_object_object_get_ex(change, "type", &type) ||
        !json_object_object_get_ex(change, "after", &other) ||
        !uuid_parse(json_object_get_string(other), &l->other))
        return;
    l->type = arena_strdup(v->a, json_object_get_string(type));
    for (size_t i = 0; i < v->n_links; i++)
        if (uuid_eq(v->links[i]->other, l->other) && strcmp(v->links[i]->type, l->type) == 0)
            return;
    if (v->n_links == v->max_links) {
        const struct verify_link **more = arena_array(v->a, const struct verify_link *, v->max_links * 2 + 8);

        for (size_t i = 0; i < v->n_links; i++)
            more[i] = v->links[i];
        v->links = more;
        v->max_links = v->max_links * 2 + 8;
    }
    v->links[v->n_links++] = l;
}

static void note_links(struct verifying *v, const char *changes)
{
    AUTO(json_free) struct json_object *list = NULL;
    struct err e = {0};

    if (!json_parse(changes, strlen(changes), &list, &e) || !json_object_is_type(list, json_type_array))
        return;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        note_link(v, json_object_array_get_idx(list, i));
}

static void check_entry(const struct verifying *v, const struct sql_rows *row, const struct record *before,
                        const struct record *after)
{
    long long seq = (long long)sql_int(row, 0);
    const char *from = before == NULL ? "" : before->state->name;
    int64_t version = before == NULL ? 0 : before->version;

    if (strcmp(sql_text(row, 8), from) != 0 || strcmp(sql_text(row, 9), after->state->name) != 0)
        verify_tell(v, "entry %lld: says %s -> %s, its changes say %s -> %s", seq, sql_text(row, 8),
                    sql_text(row, 9), from, after->state->name);
    if (after->version != version + 1 && !(before != NULL && after->version == version))
        verify_tell(v, "entry %lld: version %lld follows %lld", seq, (long long)after->version,
                    (long long)version);
}

static bool count(const struct verifying *v, const struct world *then, const struct sql_rows *row,
                  const struct record *before, struct record *after, struct err *e)
{
    struct replayed one;
    const char *names = " ";

    replay_change(row, before, after, &one);
    if (v->calls->change != NULL && !v->calls->change(v->calls->ctx, then, &one.change, v->a, &names, e))
        return false;
    if (v->calls->change != NULL && strcmp(names, sql_text(row, 13)) != 0)
        verify_tell(v, "entry %lld: counted for “%s”, should count for “%s”", (long long)sql_int(row, 0),
                    sql_text(row, 13), names);
    return true;
}

/* Another version of its pack takes the record over, as it did when that began to hold. */
static bool carry(struct verifying *v, struct replay *p, struct err *e)
{
    struct record *after = record_recast(p->era.world.packs, p->r, v->a);

    if (after == NULL) {
        verify_tell(v, "%s: the version of its pack that began on entry %lld has no place for it",
                    verify_name(v, p->r->id, p->r->number),
                    (long long)v->world->eras->list[p->era.era].after + 1);
        p->broken = true;
        return true;
    }
    if (v->calls->carried != NULL && !v->calls->carried(v->calls->ctx, &p->era.world, p->r, after,
                                                        v->world->eras->list[p->era.era].at, v->a, e))
        return false;
    p->r = after;
    return true;
}

/* Up to the version that held when entry `seq` was made. */
static bool go_on(struct verifying *v, struct replay *p, int64_t seq, struct err *e)
{
    for (bool went = true; went && !p->broken;)
        if (!replay_era_next(v->tx, v->world, &p->era, seq, &went, e) ||
            (went && p->r != NULL && !carry(v, p, e)))
            return false;
    return true;
}

/* One entry upon the record so far. What cannot be replayed is told, and ends the record. */
static bool verify_entry(struct verifying *v, const struct sql_rows *row, struct uuid id, struct replay *p,
                         struct err *e)
{
    const struct record *before;
    struct record *after = NULL;
    struct err why = {0};

    p->entries++;
    if (!go_on(v, p, sql_int(row, 0), e))
        return false;
    if (p->broken)
        return true;
    before = p->r;
    if (!replay_entry(&p->era.world, row, id, before, v->a, &after, &why)) {
        verify_tell(v, "entry %lld: cannot be replayed: %s", (long long)sql_int(row, 0), why.en);
        p->broken = true;
        return true;
    }
    check_entry(v, row, before, after);
    note_tags(v, before, after);
    if (strcmp(sql_text(row, 7), "link") == 0)
        note_links(v, sql_text(row, 12));
    p->r = after;
    return count(v, &p->era.world, row, before, after, e);
}

static bool replay_whole(struct verifying *v, struct uuid id, struct replay *p, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(v->tx, &record_queries[RECORD_Q_ENTRIES_OF_RECORD], &rows, e, SQL_INT(v->world->district),
                   SQL_UUID(&id), SQL_INT(0)))
        return false;
    while (!p->broken && sql_next(rows))
        if (!verify_entry(v, rows, id, p, e))
            return false;
    return p->broken || (sql_end(&rows, e) && go_on(v, p, INT64_MAX, e));
}

static bool check_record(struct verifying *v, const struct sql_rows *rows, struct err *e)
{
    struct uuid id = sql_uuid(rows, 0);
    struct replay p = {0};

    v->n_tags = v->n_links = v->max_tags = v->max_links = 0;
    replay_era_begin(v->world, &p.era);
    if (!replay_whole(v, id, &p, e))
        return false;
    if (p.entries == 0)
        verify_tell(v, "%s: no entry says how it came about", verify_name(v, id, sql_int(rows, 2)));
    if (p.r == NULL || p.broken)
        return true;
    verify_index_note(v->index, p.r, v->a);
    return verify_row(v, rows, p.r, e) && verify_beside(v, p.r, e);
}

static bool record_page(struct verifying *v, struct uuid *after, struct verify_sums *sums, size_t *ret_n,
                        struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid from = *after;

    *ret_n = 0;
    if (!sql_query(v->tx, &record_queries[RECORD_Q_WHOLE_ROWS], &rows, e, SQL_INT(v->world->district),
                   SQL_UUID(&from), SQL_INT(PAGE)))
        return false;
    for (; sql_next(rows); ++*ret_n) {
        *after = sql_uuid(rows, 0);
        if (!check_record(v, rows, e))
            return false;
        arena_reset(v->a);
        verify_step(v->calls, ++sums->records);
    }
    return sql_end(&rows, e);
}

/* Every row that should be there was found: more of them are too many. */
static bool check_sizes(const struct verifying *v, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct derived *d = &v->derived;
    const struct {
        const char *table;
        int64_t wanted;
    } tables[] = {{"party", d->parties},
                  {"timer", d->timers},
                  {"blind", d->blinds},
                  {"link", d->links},
                  {"hold", d->holds}};

    if (!sql_query(v->tx, &record_queries[RECORD_Q_DERIVED_SIZES], &rows, e, SQL_INT(v->world->district)))
        return false;
    if (sql_next(rows))
        for (int i = 0; i < (int)COUNT_OF(tables); i++)
            if (sql_int(rows, i) > tables[i].wanted)
                verify_tell(v, "table %s has %lld rows that nothing accounts for", tables[i].table,
                            (long long)(sql_int(rows, i) - tables[i].wanted));
    return sql_end(&rows, e);
}

bool verify_records(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                    struct verify_index *index, struct verify_sums *sums, struct err *e)
{
    struct verifying v = {
        .tx = tx, .world = w, .calls = calls, .index = index, .a = arena_create(RECORD_ARENA)};
    struct uuid after = first_key();
    size_t n = PAGE;
    bool ok = true;

    jo_begin(&v.json, (size_t)1 << 20);
    while (ok && n == PAGE)
        ok = record_page(&v, &after, sums, &n, e);
    ok = ok && check_sizes(&v, e);
    jo_free(&v.json);
    arena_free(&v.a);
    return ok;
}
