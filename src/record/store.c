/* Records as rows: one row is one document; the other tables are derived from it. */
#include "record/store.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/hold.h"

#include <string.h>

/* Without printf, which took a twentieth of the time of a list page. */
void number_format(const struct world *w, int64_t number, char *out, size_t size)
{
    char text[48], *end = text + sizeof(text), *p = end;
    int64_t year = number / NUMBER_YEAR, n = number % NUMBER_YEAR;
    size_t used;

    *--p = '\0';
    for (int digits = 0; digits < 6 || n > 0; digits++, n /= 10)
        *--p = (char)('0' + n % 10);
    *--p = '-';
    for (int digits = 0; digits < 1 || year > 0; digits++, year /= 10)
        *--p = (char)('0' + year % 10);
    *--p = '-';
    str_copy(out, size, w->short_name);
    used = strlen(out);
    str_copy(out + used, size - used, p);
}

int64_t number_parse(const struct world *w, const char *s, int64_t now)
{
    int64_t year = civil_from_ms(now, w->offset_min).year, n;
    char part[8];
    size_t prefix = strlen(w->short_name);

    if (strncmp(s, w->short_name, prefix) == 0)
        s += prefix + (s[prefix] == '-');
    if (strlen(s) > 5 && s[4] == '-') {
        str_copy(part, 5, s);
        if (!parse_int64(part, &year))
            return 0;
        s += 5;
    }
    return strlen(s) <= 8 && parse_int64(s, &n) && n > 0 && year > 1900 ? year * NUMBER_YEAR + n : 0;
}

void community_of(const char *area, char out[13])
{
    out[0] = '\0';
    if (strlen(area) >= 12) {
        memcpy(out, area, 12);
        out[12] = '\0';
    }
}

bool row_record(const struct sql_rows *rows, const struct world *w, struct arena *a, struct record **ret,
                struct err *e)
{
    struct record *r = arena_new(a, struct record);
    struct record_texts t = {.fields = sql_text(rows, 10),
                             .sealed = sql_text(rows, 11),
                             .parties = sql_text(rows, 12),
                             .clocks = sql_text(rows, 13),
                             .files = sql_text(rows, 14)};
    const struct area *area;

    r->id = sql_uuid(rows, 0);
    r->kind = packs_kind(w->packs, sql_text(rows, 1));
    if (r->kind == NULL)
        return ERR(e, ERR_INTERNAL, "record.kind", "没有装载类型“%s”的程序包",
                   "no pack describes the kind “%s”", sql_text(rows, 1));
    r->number = sql_int(rows, 2);
    r->state = kind_state(r->kind, sql_text(rows, 3));
    if (r->state == NULL)
        return ERR(e, ERR_INTERNAL, "record.state", "程序包不再有状态“%s”",
                   "the pack no longer has the state “%s”", sql_text(rows, 3));
    r->version = sql_int(rows, 4);
    area = area_find(w->areas, sql_text(rows, 5));
    r->area = area != NULL ? area->code : arena_strdup(a, sql_text(rows, 5));
    r->has_place = !sql_is_null(rows, 6);
    r->lng = sql_real(rows, 6);
    r->lat = sql_real(rows, 7);
    r->address = sql_is_null(rows, 8) ? NULL : arena_strdup(a, sql_text(rows, 8));
    r->title = arena_strdup(a, sql_text(rows, 9));
    r->parent = sql_uuid(rows, 15);
    r->duplicate_of = sql_uuid(rows, 16);
    r->created_at = sql_int(rows, 17);
    r->updated_at = sql_int(rows, 18);
    r->entered_at = sql_int(rows, 19);
    *ret = r;
    return record_decode(w, &t, a, r, e);
}

bool record_load(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                 struct record **ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = NULL;
    if (!sql_query(tx, &record_queries[RECORD_Q_GET], &rows, e, SQL_INT(w->district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows) && !row_record(rows, w, a, ret, e))
        return false;
    return sql_end(&rows, e);
}

bool record_load_shown(struct sql_tx *tx, const struct world *w, struct uuid id, struct arena *a,
                       struct record **ret, bool *ret_tied, struct err *e)
{
    enum { TIED = 20 }; /* the column behind those of a row in full */
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = NULL;
    *ret_tied = false;
    if (!sql_query(tx, &record_queries[RECORD_Q_GET], &rows, e, SQL_INT(w->district), SQL_UUID(&id)))
        return false;
    if (sql_next(rows)) {
        *ret_tied = sql_int(rows, TIED) != 0;
        if (!row_record(rows, w, a, ret, e))
            return false;
    }
    return sql_end(&rows, e);
}

/* --- writing --- */

/* What insert and update both need of a record, computed once. */
struct row {
    const struct record *r;
    struct record_texts t;
    char community[13];
    struct uuid owner;
};

static struct sql_arg place_arg(const struct record *r, double v)
{
    return r->has_place ? SQL_REAL(v) : SQL_NULL;
}

static void insert_row(struct bulk *b, const struct world *w, const struct row *row)
{
    const struct record *r = row->r;
    BULK_ADD(b, SQL_INT(w->district), SQL_UUID(&r->id), SQL_TEXT(r->kind->name), SQL_INT(r->number),
             SQL_TEXT(r->state->name), SQL_INT(r->state->light), SQL_INT(record_open(r)), SQL_INT(r->version),
             SQL_TEXT(r->area), SQL_TEXT(row->community), place_arg(r, r->lng), place_arg(r, r->lat),
             SQL_TEXT(r->address), SQL_TEXT(r->title), SQL_TEXT(row->t.fields), SQL_TEXT(row->t.sealed),
             SQL_TEXT(row->t.parties), SQL_TEXT(row->t.clocks), SQL_TEXT(row->t.files), SQL_UUID(&row->owner),
             SQL_UUID(&r->parent), SQL_UUID(&r->duplicate_of), SQL_INT(r->created_at), SQL_INT(r->updated_at),
             SQL_INT(r->entered_at), SQL_INT(record_due(r)), SQL_INT(record_late(r)),
             SQL_INT(record_lamp(r)));
}

static void update_row(struct bulk *b, const struct world *w, const struct row *row)
{
    const struct record *r = row->r;
    BULK_ADD(b, SQL_INT(w->district), SQL_UUID(&r->id), SQL_TEXT(r->state->name), SQL_INT(r->state->light),
             SQL_INT(record_open(r)), SQL_INT(r->version), SQL_TEXT(r->area), SQL_TEXT(row->community),
             place_arg(r, r->lng), place_arg(r, r->lat), SQL_TEXT(r->address), SQL_TEXT(r->title),
             SQL_TEXT(row->t.fields), SQL_TEXT(row->t.sealed), SQL_TEXT(row->t.parties),
             SQL_TEXT(row->t.clocks), SQL_TEXT(row->t.files), SQL_UUID(&row->owner),
             SQL_UUID(&r->duplicate_of), SQL_INT(r->updated_at), SQL_INT(r->entered_at),
             SQL_INT(record_due(r)), SQL_INT(record_late(r)), SQL_INT(record_lamp(r)), SQL_UUID(&r->parent));
}

static const struct uuid *party_who(const struct party *p)
{
    return uuid_is_nil(p->account) ? &p->org : &p->account;
}

static bool still_plays(const struct record *r, const struct party *p)
{
    for (size_t i = 0; i < r->n_parties; i++)
        if (r->parties[i].role == p->role && uuid_eq(*party_who(&r->parties[i]), *party_who(p)))
            return true;
    return false;
}

/* "My matters" follows who plays and whether the matter is open. */
static void party_rows(struct bulk *put, struct bulk *gone, const struct world *w, const struct touched *t)
{
    const struct record *b = t->before, *r = t->after;
    bool reopened = b != NULL && record_open(b) != record_open(r);

    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];

        if (b != NULL && !reopened && still_plays(b, p))
            continue;
        BULK_ADD(put, SQL_INT(w->district), SQL_UUID(party_who(p)), SQL_UUID(&r->id), SQL_TEXT(p->role->name),
                 SQL_INT(record_open(r)));
    }
    for (size_t i = 0; b != NULL && i < b->n_parties; i++) {
        const struct party *p = &b->parties[i];

        if (still_plays(r, p))
            continue;
        BULK_ADD(gone, SQL_INT(w->district), SQL_UUID(party_who(p)), SQL_UUID(&r->id),
                 SQL_TEXT(p->role->name));
    }
}

static void timer_rows(struct bulk *put, struct bulk *gone, const struct world *w, const struct touched *t)
{
    int64_t was = t->before == NULL ? 0 : record_wake(t->before), is = record_wake(t->after);

    if (was == is)
        return;
    if (was != 0)
        BULK_ADD(gone, SQL_INT(w->district), SQL_INT(was), SQL_UUID(&t->after->id));
    if (is != 0)
        BULK_ADD(put, SQL_INT(w->district), SQL_INT(is), SQL_UUID(&t->after->id));
}

static void search_rows(struct bulk *put, struct bulk *gone, const struct world *w, const struct touched *t,
                        struct arena *a)
{
    const char *was, *is;

    if (t->before != NULL && search_same(t->before, t->after))
        return;
    was = t->before == NULL ? "" : search_words(t->before, a);
    is = search_words(t->after, a);
    if (was[0] != '\0')
        BULK_ADD(gone, SQL_INT(w->district), SQL_INT(t->after->number), SQL_TEXT(was));
    if (is[0] != '\0')
        BULK_ADD(put, SQL_INT(w->district), SQL_INT(t->after->number), SQL_TEXT(is));
}

static bool holds_it(const struct hold *list, size_t n, const struct hold *h)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_eq(list[i].key, h->key) && list[i].from == h->from && list[i].until == h->until)
            return true;
    return false;
}

static bool hold_rows(struct bulk *put, struct bulk *gone, const struct world *w, const struct touched *t,
                      struct arena *a, struct err *e)
{
    struct hold *was, *is;
    size_t n_was = 0, n_is = 0;

    if (t->after->kind->n_uniques == 0 && (t->before == NULL || t->before->kind->n_uniques == 0))
        return true;
    was = arena_array(a, struct hold, HOLDS_MAX);
    is = arena_array(a, struct hold, HOLDS_MAX);
    if ((t->before != NULL && !record_holds(w, t->before, a, was, &n_was, e)) ||
        !record_holds(w, t->after, a, is, &n_is, e))
        return false;
    for (size_t i = 0; i < n_was; i++)
        if (!holds_it(is, n_is, &was[i]))
            BULK_ADD(gone, SQL_INT(w->district), SQL_UUID(&was[i].key), SQL_UUID(&t->after->id));
    for (size_t i = 0; i < n_is; i++)
        if (!holds_it(was, n_was, &is[i]))
            BULK_ADD(put, SQL_INT(w->district), SQL_UUID(&is[i].key), SQL_UUID(&t->after->id),
                     SQL_INT(is[i].from), SQL_INT(is[i].until));
    return true;
}

/* Once each: rows alike would go to a server one by one. */
void store_tie(struct bulk *b, const struct world *w, const struct uuid *id)
{
    if (uuid_is_nil(*id))
        return;
    for (size_t i = 0; i < b->n; i++)
        if (memcmp(b->args[i * 2 + 1].b, id->b, sizeof(id->b)) == 0)
            return;
    BULK_ADD(b, SQL_INT(w->district), SQL_UUID(id));
}

/* What the matter hangs on from now on. */
static void tie_rows(struct bulk *b, const struct world *w, const struct touched *t)
{
    const struct record *was = t->before, *is = t->after;

    if (was == NULL || !uuid_eq(was->parent, is->parent))
        store_tie(b, w, &is->parent);
    if (was == NULL || !uuid_eq(was->duplicate_of, is->duplicate_of))
        store_tie(b, w, &is->duplicate_of);
}

struct uuid notice_id(const struct world *w, struct uuid command, struct uuid account, int64_t at, size_t n)
{
    uint8_t hash[HASH_BYTES];

    privacy_hash(w->privacy, command.b, sizeof(command.b), account.b, sizeof(account.b), hash);
    hash[9] ^= (uint8_t)n;
    return uuid_v7(at, hash);
}

bool store_rows(const struct world *w, const struct touched *t, size_t n, struct json_out *j, struct arena *a,
                struct bulk bulk[STORE_TABLES], struct err *e)
{
    enum { INSERT, UPDATE, PARTY_GONE, PARTY, TIMER_GONE, TIMER, WORDS_GONE, WORDS, HOLD_GONE, HOLD };
    static const int queries[STORE_TABLES] = {
        RECORD_Q_INSERT,        RECORD_Q_UPDATE,       RECORD_Q_PARTY_REMOVE,
        RECORD_Q_PARTY_PUT,     RECORD_Q_TIMER_REMOVE, RECORD_Q_TIMER_PUT,
        RECORD_Q_SEARCH_REMOVE, RECORD_Q_SEARCH_PUT,   RECORD_Q_HOLD_REMOVE,
        RECORD_Q_HOLD_PUT,      RECORD_Q_TIE};

    for (size_t i = 0; i < STORE_TABLES; i++)
        bulk_begin(&bulk[i], &record_queries[queries[i]], a);
    for (size_t i = 0; i < n; i++) {
        struct row *row = arena_new(a, struct row);

        row->r = t[i].after;
        row->owner = record_owner(row->r);
        community_of(row->r->area, row->community);
        if (!record_encode(row->r, j, a, &row->t, e))
            return false;
        if (t[i].before == NULL)
            insert_row(&bulk[INSERT], w, row);
        else
            update_row(&bulk[UPDATE], w, row);
        party_rows(&bulk[PARTY], &bulk[PARTY_GONE], w, &t[i]);
        timer_rows(&bulk[TIMER], &bulk[TIMER_GONE], w, &t[i]);
        tie_rows(&bulk[STORE_TIES], w, &t[i]);
        search_rows(&bulk[WORDS], &bulk[WORDS_GONE], w, &t[i], a);
        if (!hold_rows(&bulk[HOLD], &bulk[HOLD_GONE], w, &t[i], a, e))
            return false;
    }
    return true;
}
