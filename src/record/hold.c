#include "record/hold.h"

#include "base/clock.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/record.h"

#include <inttypes.h>
#include <string.h>

enum { BOOK_ROOM = 64 };

/* --- what a record holds --- */

static struct uuid key_of(const struct world *w, const char *rule, const char *values)
{
    struct uuid key;
    uint8_t tag[BLIND_BYTES];

    privacy_blind(w->privacy, rule, values, tag);
    memcpy(key.b, tag, sizeof(key.b));
    return key;
}

/* A value as text; NULL: there is none. */
static bool value_text(const struct world *w, const struct record *r, const struct field *f, struct arena *a,
                       const char **ret, struct err *e)
{
    const struct cel_value *v = &r->values[f->index];

    *ret = NULL;
    if (v->type == CEL_STRING && f->privacy == PRIVACY_PERSONAL)
        return privacy_unseal(w->privacy, a, r->id, f->name, personal_sealed(a, v->s), ret, e);
    if (v->type == CEL_STRING && v->s[0] != '\0')
        *ret = v->s;
    else if (v->type == CEL_INT)
        *ret = arena_printf(a, "%" PRId64, v->i);
    else if (v->type == CEL_BOOL)
        *ret = v->b ? "true" : "false";
    return true;
}

/* What is typed at a door by one and at a desk by another differs in its spaces. */
static const char *without_spaces(struct arena *a, const char *s)
{
    char *to = arena_strdup(a, s), *end = to;

    for (; *s != '\0'; s++)
        if (*s != ' ')
            *end++ = *s;
    *end = '\0';
    return to;
}

/* *ret NULL: something of it is not said, and nothing is held. */
static bool values_of(const struct world *w, const struct record *r, const struct unique *u, struct arena *a,
                      const char **ret, struct err *e)
{
    char parent[UUID_TEXT_MAX] = "";
    const char *all;

    *ret = NULL;
    if (u->parent && uuid_is_nil(r->parent))
        return true;
    if (u->parent)
        uuid_format(r->parent, parent);
    all = parent;
    for (size_t i = 0; i < u->n_fields; i++) {
        const char *one = NULL;

        if (!value_text(w, r, u->fields[i], a, &one, e))
            return false;
        if (one == NULL)
            return true;
        all = arena_printf(a, "%s\x1f%s", all, u->ever ? without_spaces(a, one) : one);
    }
    *ret = all;
    return true;
}

static bool day_of(const struct record *r, const struct field *f, int64_t *ret)
{
    const struct cel_value *v = &r->values[f->index];

    return v->type == CEL_STRING && date_parse(v->s, ret);
}

/* From when to when; false: never. What is void never was, what is over was as long as it lasted. */
static bool span_of(const struct record *r, const struct unique *u, struct hold *h)
{
    h->from = INT64_MIN / 2;
    h->until = INT64_MAX / 2;
    if (!u->interval && !u->ever)
        return !r->state->final;
    if (r->state->final && r->state->light == LIGHT_NONE)
        return false;
    if (u->ever)
        return true;
    if (!day_of(r, r->kind->from, &h->from))
        return false;
    (void)day_of(r, r->kind->to, &h->until);
    return h->until > h->from;
}

static bool check_order(const struct record *r, struct arena *a, struct err *e)
{
    int64_t from, to;

    if (r->kind->from == NULL || !day_of(r, r->kind->from, &from) || !day_of(r, r->kind->to, &to) ||
        to >= from)
        return true;
    return ERR_FIELD(e, arena_printf(a, "fields.%s", r->kind->to->name), "record.interval",
                     "“%1$s”（%5$s）须不早于“%2$s”（%6$s）%3$.0s%4$.0s",
                     "%3$s (%5$s) must not come before %4$s (%6$s)%1$.0s%2$.0s", r->kind->to->title.zh,
                     r->kind->from->title.zh, r->kind->to->title.en, r->kind->from->title.en,
                     r->values[r->kind->to->index].s, r->values[r->kind->from->index].s);
}

bool record_holds(const struct world *w, const struct record *r, struct arena *a, struct hold ret[HOLDS_MAX],
                  size_t *ret_n, struct err *e)
{
    *ret_n = 0;
    if (!check_order(r, a, e))
        return false;
    for (size_t i = 0; i < r->kind->n_uniques; i++) {
        struct hold h = {.unique = &r->kind->uniques[i]};
        const char *values = NULL;

        if (!span_of(r, h.unique, &h))
            continue;
        if (!values_of(w, r, h.unique, a, &values, e))
            return false;
        if (values == NULL)
            continue;
        h.key = key_of(w, h.unique->name, values);
        ret[(*ret_n)++] = h;
    }
    return true;
}

/* --- the book of a batch --- */

void hold_book_init(struct hold_book *b, struct arena *a)
{
    *b = (struct hold_book){.a = a};
    idmap_init(&b->first, a);
}

static size_t first_line(const struct hold_book *b, struct uuid key)
{
    size_t at;

    return idmap_get(&b->first, key, &at) ? at : 0;
}

static void add_line(struct hold_book *b, const struct hold *h, struct uuid record, bool gone)
{
    if (b->n == b->max) {
        size_t max = b->max == 0 ? BOOK_ROOM : b->max * 2;
        struct hold_line *more = arena_array(b->a, struct hold_line, max);

        if (b->n > 0)
            memcpy(more, b->lines, sizeof(*more) * b->n);
        b->lines = more;
        b->max = max;
    }
    b->lines[b->n++] =
        (struct hold_line){.hold = *h, .record = record, .next = first_line(b, h->key), .gone = gone};
    idmap_put(&b->first, h->key, b->n);
}

/* The newest line of a record under a key says what it has of it by now. */
static bool is_newest(const struct hold_book *b, size_t line)
{
    for (size_t i = first_line(b, b->lines[line - 1].hold.key); i > line; i = b->lines[i - 1].next)
        if (uuid_eq(b->lines[i - 1].record, b->lines[line - 1].record))
            return false;
    return true;
}

static bool knows(const struct hold_book *b, struct uuid key, struct uuid record)
{
    for (size_t i = b == NULL ? 0 : first_line(b, key); i != 0; i = b->lines[i - 1].next)
        if (uuid_eq(b->lines[i - 1].record, record))
            return true;
    return false;
}

static bool overlaps(const struct hold *a, int64_t from, int64_t until)
{
    return a->from < until && from < a->until;
}

/* Whether a book has another's line in the way, not counting those that `newer` knows better. */
static bool taken_in(const struct hold_book *b, const struct hold_book *newer, const struct hold *h,
                     struct uuid record)
{
    for (size_t i = b == NULL ? 0 : first_line(b, h->key); i != 0; i = b->lines[i - 1].next) {
        const struct hold_line *l = &b->lines[i - 1];

        if (!l->gone && !uuid_eq(l->record, record) && overlaps(&l->hold, h->from, h->until) &&
            is_newest(b, i) && !knows(newer, h->key, l->record))
            return true;
    }
    return false;
}

/* Rows of records that a book knows are not what holds by now. */
static bool taken_there(const struct hold_ask *q, const struct hold *h, struct uuid record, bool *ret,
                        struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    *ret = false;
    if (!sql_query(q->tx, &record_queries[RECORD_Q_HOLDERS], &rows, e, SQL_INT(q->world->district),
                   SQL_UUID(&h->key), SQL_INT(h->from), SQL_INT(h->until)))
        return false;
    while (sql_next(rows) && !*ret) {
        struct uuid other = sql_uuid(rows, 0);

        *ret = !uuid_eq(other, record) && !knows(q->book, h->key, other) && !knows(q->older, h->key, other);
    }
    return sql_end(&rows, e);
}

static bool is_free(const struct hold_ask *q, const struct hold *h, struct uuid record, struct err *e)
{
    bool taken = taken_in(q->book, NULL, h, record) || taken_in(q->older, q->book, h, record);

    if (!taken && !taken_there(q, h, record, &taken, e))
        return false;
    return !taken || ERR(e, ERR_CONFLICT, "record.unique", "不能重复：%s%.0s", "there is one already: %.0s%s",
                         h->unique->title.zh, h->unique->title.en);
}

static bool same_hold(const struct hold *a, const struct hold *b)
{
    return uuid_eq(a->key, b->key) && a->from == b->from && a->until == b->until;
}

static bool has(const struct hold *list, size_t n, const struct hold *h)
{
    for (size_t i = 0; i < n; i++)
        if (same_hold(&list[i], h))
            return true;
    return false;
}

bool hold_check(const struct hold_ask *q, const struct record *before, const struct record *after,
                struct hold_plan *ret, struct err *e)
{
    struct hold was[HOLDS_MAX], is[HOLDS_MAX];
    size_t n_was = 0, n_is = 0;

    ret->n_gone = ret->n_taken = 0;
    if (after->kind->n_uniques == 0)
        return check_order(after, q->a, e);
    if ((before != NULL && !record_holds(q->world, before, q->a, was, &n_was, e)) ||
        !record_holds(q->world, after, q->a, is, &n_is, e))
        return false;
    for (size_t i = 0; i < n_was; i++)
        if (!has(is, n_is, &was[i]))
            ret->gone[ret->n_gone++] = was[i];
    for (size_t i = 0; i < n_is; i++) {
        if (has(was, n_was, &is[i]))
            continue;
        if (!is_free(q, &is[i], after->id, e))
            return false;
        ret->taken[ret->n_taken++] = is[i];
    }
    return true;
}

void hold_note(struct hold_book *b, const struct hold_plan *p, struct uuid record)
{
    for (size_t i = 0; i < p->n_gone; i++)
        add_line(b, &p->gone[i], record, true);
    for (size_t i = 0; i < p->n_taken; i++)
        add_line(b, &p->taken[i], record, false);
}

/* --- asking --- */

static bool holder(struct sql_tx *tx, const struct world *w, const struct hold *h, struct uuid *ret,
                   struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &record_queries[RECORD_Q_HOLDERS], &rows, e, SQL_INT(w->district), SQL_UUID(&h->key),
                   SQL_INT(h->from), SQL_INT(h->until)))
        return false;
    if (sql_next(rows))
        *ret = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

bool hold_find(struct sql_tx *tx, const struct world *w, const struct kind *kind, const char *value,
               struct uuid *ret, struct err *e)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)1 << 20);

    *ret = (struct uuid){0};
    for (size_t i = 0; i < kind->n_uniques && uuid_is_nil(*ret); i++) {
        const struct unique *u = &kind->uniques[i];
        struct hold h = {.from = INT64_MIN / 2, .until = INT64_MAX / 2};

        if (u->parent || u->n_fields != 1 || u->fields[0]->type != FIELD_TEXT ||
            u->fields[0]->privacy != PRIVACY_OPEN)
            continue;
        h.key = key_of(w, u->name, arena_printf(a, "\x1f%s", value));
        if (!holder(tx, w, &h, ret, e))
            return false;
    }
    return true;
}

bool hold_rivals(struct sql_tx *tx, const struct world *w, const struct record *draft, struct arena *a,
                 struct uuid *ret, size_t max, size_t *ret_n, struct err *e)
{
    struct hold is[HOLDS_MAX];
    size_t n = 0;

    *ret_n = 0;
    if (!record_holds(w, draft, a, is, &n, e))
        return false;
    for (size_t i = 0; i < n && *ret_n < max; i++) {
        struct uuid other = {0};

        if (!holder(tx, w, &is[i], &other, e))
            return false;
        if (!uuid_is_nil(other))
            ret[(*ret_n)++] = other;
    }
    return true;
}
