/* GET /counts: how much stands in each view of a desk. Most of it is read from one index that holds all it
 * asks for, state by state; what is looked at is bounded, so that a count costs the same however large a
 * district grows. */
#include "record.sql.h"
#include "record/list_internal.h"
#include "record/record.h"
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_MOST = 99, STATE_EXAMINED = 2000, ROWS_EXAMINED = 200, PARTY_EXAMINED = 400 };

struct count {
    int64_t n;
    bool more; /* not all there is was looked at */
};
/* Over all states. */
struct counts {
    struct count open, late, soon;
};

static void write_count(struct json_out *out, const char *view, struct count c)
{
    jo_obj(out, NULL);
    jo_str(out, "view", view);
    jo_int(out, "n", c.n < COUNT_MOST ? c.n : COUNT_MOST);
    jo_bool(out, "more", c.more || c.n > COUNT_MOST);
    jo_close(out);
}

/* What the caller may see, and what is asked for. False in *ret_any: nothing by a post, and only what the
 * caller is a party to is left. */
static bool conditions(struct list *l, bool *ret_any, struct err *e)
{
    sql_where_init(&l->where);
    *ret_any = list_scope(&l->where, l->w, l->kind, l->r->who, l->area, l->a);
    return !*ret_any || list_conditions(l, e);
}

static bool read_int(struct sql_tx *tx, int query, const struct sql_arg *args, size_t n, int64_t *ret,
                     struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(tx, &record_queries[query], &rows, e, args, n))
        return false;
    *ret = sql_next(rows) ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}

/* --- by state --- */

static bool count_state(const struct list *l, const struct state *s, struct counts *sum, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg args[] = {SQL_INT(l->w->district),
                                   SQL_TEXT(l->kind->name),
                                   SQL_TEXT(s->name),
                                   SQL_INT(STATE_EXAMINED),
                                   SQL_INT(record_soon_until(l->w, l->r->now)),
                                   SQL_INT(LAMP_AMBER)};
    struct count c = {0};
    int64_t seen = 0;

    if (!read_int(l->tx, RECORD_Q_SEEN_STATE, args, 4, &seen, e) ||
        !sql_select(l->tx, &record_queries[RECORD_Q_COUNT_STATE], &l->where, &rows, e, args, COUNT_OF(args)))
        return false;
    c.more = seen == STATE_EXAMINED;
    if (sql_next(rows)) {
        c.n = sql_int(rows, 0);
        sum->open.n += c.n;
        sum->late.n += sql_int(rows, 1);
        sum->soon.n += sql_int(rows, 2);
    }
    sum->open.more = sum->late.more = sum->soon.more = sum->open.more || c.more;
    write_count(l->out, arena_printf(l->a, "state:%s", s->name), c);
    return sql_end(&rows, e);
}

static bool count_states(const struct list *asked, struct err *e)
{
    struct list l = *asked;
    struct counts sum = {0};
    bool any, ok = conditions(&l, &any, e);

    for (size_t i = 0; i < l.kind->n_states && ok && any; i++)
        if (l.kind->states[i].light < LIGHT_DONE)
            ok = count_state(&l, &l.kind->states[i], &sum, e);
    sql_where_free(&l.where);
    if (ok && any) {
        write_count(l.out, "open", sum.open);
        write_count(l.out, "late", sum.late);
        write_count(l.out, "soon", sum.soon);
    }
    return ok;
}

/* --- what nobody works on --- */

static bool add_unassigned(const struct list *l, const struct state *s, struct count *sum, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg args[] = {SQL_INT(l->w->district), SQL_TEXT(l->kind->name), SQL_TEXT(s->name),
                                   SQL_INT(ROWS_EXAMINED)};
    int64_t seen = 0;

    if (!read_int(l->tx, RECORD_Q_SEEN_STATE, args, COUNT_OF(args), &seen, e) ||
        !sql_select(l->tx, &record_queries[RECORD_Q_COUNT_UNASSIGNED], &l->where, &rows, e, args,
                    COUNT_OF(args)))
        return false;
    if (sql_next(rows))
        sum->n += sql_int(rows, 0);
    sum->more = sum->more || seen == ROWS_EXAMINED;
    return sql_end(&rows, e);
}

static bool count_unassigned(const struct list *asked, struct err *e)
{
    struct list l = *asked;
    struct count sum = {0};
    bool any, ok;

    l.unassigned = true;
    ok = conditions(&l, &any, e);
    for (size_t i = 0; i < l.kind->n_states && ok && any && sum.n <= COUNT_MOST; i++)
        if (l.kind->states[i].light < LIGHT_DONE)
            ok = add_unassigned(&l, &l.kind->states[i], &sum, e);
    sql_where_free(&l.where);
    if (ok && any)
        write_count(l.out, "unassigned", sum);
    return ok;
}

/* --- what one has a part in --- */

static int in_order(const void *a, const void *b)
{
    return uuid_cmp(*(const struct uuid *)a, *(const struct uuid *)b);
}

static bool ids_of(struct list *l, const struct uuid *who, struct uuid *ids, size_t *n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg args[] = {SQL_INT(l->w->district), SQL_INT(COUNT_MOST + 1), SQL_INT(PARTY_EXAMINED),
                                   SQL_UUID(who)};

    if (!sql_select(l->tx, &record_queries[RECORD_Q_COUNT_PARTY], &l->where, &rows, e, args, COUNT_OF(args)))
        return false;
    while (sql_next(rows))
        ids[(*n)++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

/* That the part lets one see the matter, or a post does, as in one's own list. */
static void only_seen(struct list *l)
{
    AUTO(sql_where_free) struct sql_where by_post = {0};
    const struct kind *k = l->kind;

    if (k->parties_see)
        return;
    sql_where_add(&l->where, " AND (role IN (''");
    for (size_t i = 0; i < k->n_see; i++)
        if (k->see[i].type == WHO_PARTY) {
            sql_where_add(&l->where, ", ");
            sql_where_name(&l->where, k->see[i].party->name);
        }
    sql_where_add(&l->where, ")");
    sql_where_init(&by_post);
    if (list_scope(&by_post, l->w, k, l->r->who, l->area, l->a)) {
        sql_where_add(&l->where, " OR ");
        sql_where_append(&l->where, &by_post);
    }
    sql_where_add(&l->where, ")");
}

/* Of several that one is, each matter once. */
static bool count_mine(const struct list *asked, struct err *e)
{
    struct list l = *asked;
    struct uuid who[LIST_WHO_MAX];
    size_t n_who = list_whose(l.r->who, who), n = 0;
    struct uuid *ids = arena_array(l.a, struct uuid, (n_who + 1) * (COUNT_MOST + 1));
    struct count c = {0};
    bool ok;

    sql_where_init(&l.where);
    sql_where_add(&l.where, "1 = 1");
    only_seen(&l);
    ok = list_conditions(&l, e);
    for (size_t i = 0; i < n_who && ok; i++)
        ok = ids_of(&l, &who[i], ids, &n, e);
    sql_where_free(&l.where);
    qsort(ids, n, sizeof(*ids), in_order);
    for (size_t i = 0; i < n; i++)
        c.n += i == 0 || !uuid_eq(ids[i - 1], ids[i]);
    if (ok)
        write_count(l.out, "mine", c);
    return ok;
}

/* --- the call --- */

static bool get_counts(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct list l = {.r = r,
                     .w = r->services->world(r->services),
                     .a = r->arena,
                     .out = &r->out,
                     .open = true,
                     .plain = true};

    if (!list_read_kind(&l, e) || !list_read_area(&l, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    if (l.kind == NULL)
        return ERR_FIELD(e, "kind", "counts.kind", "请指定 kind", "kind says what is counted");
    l.tx = tx;
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "most", COUNT_MOST);
    jo_arr(&r->out, "items");
    if (!count_states(&l, e) || !count_unassigned(&l, e) || !count_mine(&l, e))
        return false;
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

const struct route counts_routes[] = {
    {GET, "/api/v1/counts", PERM_SIGNED_IN, BODY_NONE, get_counts, NULL, 0,
     "How many matters stand in each view, up to a bound", "counts"},
    {0},
};
