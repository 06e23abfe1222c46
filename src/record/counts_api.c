/* GET /counts: how many stand in each view of a desk. A view counts to COUNT_MOST and looks at COUNT_EXAMINED
 * rows of its index at most, so that a count costs the same whatever the district's size. */
#include "record.sql.h"
#include "record/list_internal.h"
#include "record/record.h"
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_MOST = 99, COUNT_EXAMINED = 1000, ARGS = 5 };

/* The statement that counts and the one that says how many rows there were to look at. */
struct way {
    int count, seen;
};
static const struct way by_open = {RECORD_Q_COUNT_OPEN, RECORD_Q_SEEN_OPEN};
static const struct way by_state = {RECORD_Q_COUNT_STATE, RECORD_Q_SEEN_STATE};
static const struct way by_due = {RECORD_Q_COUNT_DUE, RECORD_Q_SEEN_DUE};

struct view {
    const char *name;
    const struct way *way;
    bool late, soon, unassigned;
    struct sql_arg args[2]; /* of the way's statements, behind their first three */
    size_t n_args;
};

static bool read_int(struct sql_tx *tx, int query, const struct sql_where *where, const struct sql_arg *args,
                     size_t n, int64_t *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!(where != NULL ? sql_select(tx, &record_queries[query], where, &rows, e, args, n)
                        : sql_query_n(tx, &record_queries[query], &rows, e, args, n)))
        return false;
    *ret = sql_next(rows) ? sql_int(rows, 0) : 0;
    return sql_end(&rows, e);
}

static void write_count(struct json_out *out, const char *view, int64_t n, bool more)
{
    jo_obj(out, NULL);
    jo_str(out, "view", view);
    jo_int(out, "n", n < COUNT_MOST ? n : COUNT_MOST);
    jo_bool(out, "more", more || n > COUNT_MOST);
    jo_close(out);
}

/* Counts along one index. Nothing is written where the caller may see nothing by a post: only what the caller
 * is a party to is left then. */
static bool count_view(const struct list *asked, const struct view *v, struct err *e)
{
    struct list l = *asked;
    struct sql_arg args[ARGS] = {SQL_INT(l.w->district), SQL_INT(COUNT_MOST + 1), SQL_INT(COUNT_EXAMINED)};
    size_t n_args = 3 + v->n_args;
    int64_t n = 0, seen = 0;
    bool any, ok;

    memcpy(&args[3], v->args, v->n_args * sizeof(*args));
    l.late = v->late;
    l.soon = v->soon;
    l.unassigned = v->unassigned;
    sql_where_init(&l.where);
    any = list_scope(&l.where, l.w, l.kind, l.r->who, l.area, l.a);
    ok = !any || (list_conditions(&l, e) && read_int(l.tx, v->way->count, &l.where, args, n_args, &n, e) &&
                  (n > COUNT_MOST || read_int(l.tx, v->way->seen, NULL, args, n_args, &seen, e)));
    sql_where_free(&l.where);
    if (ok && any)
        write_count(l.out, v->name, n, seen == COUNT_EXAMINED);
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
    const struct sql_arg args[] = {SQL_INT(l->w->district), SQL_INT(COUNT_MOST + 1), SQL_INT(COUNT_EXAMINED),
                                   SQL_UUID(who)};

    if (!sql_select(l->tx, &record_queries[RECORD_Q_COUNT_PARTY], &l->where, &rows, e, args, COUNT_OF(args)))
        return false;
    while (sql_next(rows))
        ids[(*n)++] = sql_uuid(rows, 0);
    return sql_end(&rows, e);
}

/* Of several that one is, each matter once. */
static bool count_mine(const struct list *asked, struct err *e)
{
    struct list l = *asked;
    struct uuid who[LIST_WHO_MAX];
    size_t n_who = list_whose(l.r->who, who), n = 0, once = 0;
    struct uuid *ids = arena_array(l.a, struct uuid, (n_who + 1) * (COUNT_MOST + 1));
    bool ok;

    sql_where_init(&l.where);
    sql_where_add(&l.where, "1 = 1");
    ok = list_conditions(&l, e);
    for (size_t i = 0; i < n_who && ok; i++)
        ok = ids_of(&l, &who[i], ids, &n, e);
    sql_where_free(&l.where);
    qsort(ids, n, sizeof(*ids), in_order);
    for (size_t i = 0; i < n; i++)
        once += i == 0 || !uuid_eq(ids[i - 1], ids[i]);
    if (ok)
        write_count(l.out, "mine", (int64_t)once, false);
    return ok;
}

/* --- the call --- */

static bool count_states(const struct list *l, struct err *e)
{
    for (size_t i = 0; i < l->kind->n_states; i++) {
        const struct state *s = &l->kind->states[i];
        struct view v = {.name = arena_printf(l->a, "state:%s", s->name),
                         .way = &by_state,
                         .args = {SQL_TEXT(l->kind->name), SQL_TEXT(s->name)},
                         .n_args = 2};

        if (s->light < LIGHT_DONE && !count_view(l, &v, e))
            return false;
    }
    return true;
}

static bool count_all(const struct list *l, struct err *e)
{
    int64_t now = l->r->now;
    const struct view views[] = {
        {.name = "open", .way = &by_open},
        {.name = "late", .way = &by_due, .late = true, .args = {SQL_INT(0), SQL_INT(now)}, .n_args = 2},
        {.name = "soon", .way = &by_due, .soon = true, .args = {SQL_INT(0), SQL_INT(INT64_MAX)}, .n_args = 2},
        {.name = "unassigned", .way = &by_open, .unassigned = true},
    };

    for (size_t i = 0; i < COUNT_OF(views); i++)
        if (!count_view(l, &views[i], e))
            return false;
    return count_mine(l, e) && count_states(l, e);
}

static bool get_counts(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct list l = {
        .r = r, .w = r->services->world(r->services), .a = r->arena, .out = &r->out, .open = true};

    if (!list_read_kind(&l, e) || !list_read_area(&l, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    if (l.kind == NULL)
        return ERR_FIELD(e, "kind", "counts.kind", "请指定 kind", "kind says what is counted");
    l.tx = tx;
    jo_obj(&r->out, NULL);
    jo_int(&r->out, "most", COUNT_MOST);
    jo_arr(&r->out, "items");
    if (!count_all(&l, e))
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
