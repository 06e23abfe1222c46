/* Rows against what the history says they should be. */
#include "base/text.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/hold.h"
#include "record/store.h"
#include "record/verify_internal.h"

#include <string.h>

enum { SHOWN = 120 };

/* --- the record's own row --- */

struct comparing {
    const struct verifying *v;
    const struct sql_rows *rows;
    const struct record *r;
};

static void text_is(const struct comparing *c, int column, const char *name, const char *wanted)
{
    const char *kept = sql_text(c->rows, column);

    if (str_eq(kept, wanted))
        return;
    verify_tell(c->v, "%s: %s is “%.*s”, should be “%.*s”", verify_name(c->v, c->r->id, c->r->number), name,
                SHOWN, kept == NULL ? "NULL" : kept, SHOWN, wanted == NULL ? "NULL" : wanted);
}

static void int_is(const struct comparing *c, int column, const char *name, int64_t wanted)
{
    int64_t kept = sql_int(c->rows, column);

    if (kept != wanted)
        verify_tell(c->v, "%s: %s is %lld, should be %lld", verify_name(c->v, c->r->id, c->r->number), name,
                    (long long)kept, (long long)wanted);
}

static void uuid_is(const struct comparing *c, int column, const char *name, struct uuid wanted)
{
    if (!uuid_eq(sql_uuid(c->rows, column), wanted))
        verify_tell(c->v, "%s: %s is another than it should be", verify_name(c->v, c->r->id, c->r->number),
                    name);
}

static void place_is(const struct comparing *c)
{
    bool there = !sql_is_null(c->rows, 6) && !sql_is_null(c->rows, 7);

    if (there != c->r->has_place ||
        (there && (sql_real(c->rows, 6) != c->r->lng || sql_real(c->rows, 7) != c->r->lat)))
        verify_tell(c->v, "%s: its place is (%.6f, %.6f), should be (%.6f, %.6f)",
                    verify_name(c->v, c->r->id, c->r->number), sql_real(c->rows, 6), sql_real(c->rows, 7),
                    c->r->lng, c->r->lat);
}

bool verify_row(struct verifying *v, const struct sql_rows *rows, const struct record *r, struct err *e)
{
    const struct comparing c = {v, rows, r};
    struct record_texts t;
    char community[13];

    if (!record_encode(r, &v->json, v->a, &t, e))
        return false;
    community_of(r->area, community);
    text_is(&c, 1, "kind", r->kind->name);
    int_is(&c, 2, "number", r->number);
    text_is(&c, 3, "state", r->state->name);
    int_is(&c, 4, "version", r->version);
    text_is(&c, 5, "area", r->area);
    place_is(&c);
    text_is(&c, 8, "address", r->address);
    text_is(&c, 9, "title", r->title);
    text_is(&c, 10, "fields", t.fields);
    text_is(&c, 11, "sealed", t.sealed);
    text_is(&c, 12, "parties", t.parties);
    text_is(&c, 13, "clocks", t.clocks);
    text_is(&c, 14, "files", t.files);
    uuid_is(&c, 15, "parent", r->parent);
    uuid_is(&c, 16, "duplicate_of", r->duplicate_of);
    int_is(&c, 17, "created_at", r->created_at);
    int_is(&c, 18, "updated_at", r->updated_at);
    int_is(&c, 19, "entered_at", r->entered_at);
    int_is(&c, 20, "light", r->state->light);
    int_is(&c, 21, "open", record_open(r));
    text_is(&c, 22, "community", community);
    uuid_is(&c, 23, "owner", record_owner(r));
    int_is(&c, 24, "due_at", record_due(r));
    int_is(&c, 25, "late", record_late(r));
    int_is(&c, 26, "lamp", record_lamp(r));
    return true;
}

/* --- rows beside it --- */

/* Whether a statement answers a row; its first column, as a number, in *ret. */
static bool ask(const struct verifying *v, int query, const struct sql_arg *args, size_t n, bool *ret_there,
                int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(v->tx, &record_queries[query], &rows, e, args, n))
        return false;
    *ret_there = sql_next(rows);
    *ret = *ret_there ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}

static const struct uuid *who_plays(const struct party *p)
{
    return uuid_is_nil(p->account) ? &p->org : &p->account;
}

static bool played_before(const struct record *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (r->parties[i].role == r->parties[n].role &&
            uuid_eq(*who_plays(&r->parties[i]), *who_plays(&r->parties[n])))
            return true;
    return false;
}

static bool check_parties(struct verifying *v, const struct record *r, struct err *e)
{
    for (size_t i = 0; i < r->n_parties; i++) {
        const struct party *p = &r->parties[i];
        bool there = false;
        int64_t open = 0;

        if (played_before(r, i))
            continue;
        if (!ask(v, RECORD_Q_PARTY_GET,
                 SQL_ARGS(SQL_INT(v->world->district), SQL_UUID(who_plays(p)), SQL_UUID(&r->id),
                          SQL_TEXT(p->role->name)),
                 &there, &open, e))
            return false;
        v->derived.parties += there;
        if (!there || open != (int64_t)record_open(r))
            verify_tell(v, "%s: its party row of %s %s", verify_name(v, r->id, r->number), p->role->name,
                        there ? "says the wrong thing about being open" : "is missing");
    }
    return true;
}

static bool check_timer(struct verifying *v, const struct record *r, struct err *e)
{
    int64_t wake = record_wake(r), one;
    bool there = false;

    if (wake == 0)
        return true;
    if (!ask(v, RECORD_Q_TIMER_GET, SQL_ARGS(SQL_INT(v->world->district), SQL_INT(wake), SQL_UUID(&r->id)),
             &there, &one, e))
        return false;
    v->derived.timers += there;
    if (!there)
        verify_tell(v, "%s: its timer row is missing", verify_name(v, r->id, r->number));
    return true;
}

static bool check_tags(struct verifying *v, const struct record *r, struct err *e)
{
    for (size_t i = 0; i < v->n_tags; i++) {
        bool there = false;
        int64_t one;

        if (!ask(v, RECORD_Q_BLIND_GET,
                 SQL_ARGS(SQL_INT(v->world->district), SQL_BLOB(v->tags[i], BLIND_BYTES), SQL_UUID(&r->id)),
                 &there, &one, e))
            return false;
        v->derived.blinds += there;
        if (!there)
            verify_tell(v, "%s: a row of its blind index is missing", verify_name(v, r->id, r->number));
    }
    return true;
}

static bool check_links(struct verifying *v, const struct record *r, struct err *e)
{
    for (size_t i = 0; i < v->n_links; i++) {
        bool there = false;
        int64_t one;

        if (!ask(v, RECORD_Q_LINK_GET,
                 SQL_ARGS(SQL_INT(v->world->district), SQL_UUID(&r->id), SQL_UUID(&v->links[i]->other),
                          SQL_TEXT(v->links[i]->type)),
                 &there, &one, e))
            return false;
        v->derived.links += there;
        if (!there)
            verify_tell(v, "%s: a row of its links is missing", verify_name(v, r->id, r->number));
    }
    return true;
}

/* Who reads `whose` would not be told of r. */
static bool check_tie(const struct verifying *v, const struct record *r, const struct uuid *whose,
                      struct err *e)
{
    bool there = false;
    int64_t tied = 0;

    if (uuid_is_nil(*whose))
        return true;
    if (!ask(v, RECORD_Q_TIED, SQL_ARGS(SQL_INT(v->world->district), SQL_UUID(whose)), &there, &tied, e))
        return false;
    if (there && tied == 0)
        verify_tell(v, "%s: what it hangs on does not know of it", verify_name(v, r->id, r->number));
    return true;
}

static bool check_ties(const struct verifying *v, const struct record *r, struct err *e)
{
    for (size_t i = 0; i < v->n_links; i++)
        if (!check_tie(v, r, &r->id, e) || !check_tie(v, r, &v->links[i]->other, e))
            return false;
    return check_tie(v, r, &r->parent, e) && check_tie(v, r, &r->duplicate_of, e);
}

static bool check_files(const struct verifying *v, const struct record *r, struct err *e)
{
    for (size_t i = 0; i < r->n_files; i++) {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;
        bool taken;

        if (!sql_query(v->tx, &record_queries[RECORD_Q_FILE_RECORD], &rows, e, SQL_INT(v->world->district),
                       SQL_UUID(&r->files[i].id)))
            return false;
        taken = sql_next(rows) && uuid_eq(sql_uuid(rows, 0), r->id);
        if (!sql_end(&rows, e))
            return false;
        if (!taken)
            verify_tell(v, "%s: a file it names is not its own", verify_name(v, r->id, r->number));
    }
    return true;
}

static bool check_holds(struct verifying *v, const struct record *r, struct err *e)
{
    struct hold list[HOLDS_MAX];
    size_t n = 0;

    if (!record_holds(v->world, r, v->a, list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        int64_t from = 0;
        bool there = false;

        if (!ask(v, RECORD_Q_HOLD_GET,
                 SQL_ARGS(SQL_INT(v->world->district), SQL_UUID(&list[i].key), SQL_UUID(&r->id)), &there,
                 &from, e))
            return false;
        v->derived.holds += there;
        if (!there || from != list[i].from)
            verify_tell(v, "%s: its row of what no other may have %s", verify_name(v, r->id, r->number),
                        there ? "says another day" : "is missing");
    }
    return true;
}

bool verify_beside(struct verifying *v, const struct record *r, struct err *e)
{
    return check_parties(v, r, e) && check_timer(v, r, e) && check_tags(v, r, e) && check_links(v, r, e) &&
           check_ties(v, r, e) && check_files(v, r, e) && check_holds(v, r, e);
}
