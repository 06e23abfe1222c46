/* Lists of a set of records: those the caller is a party to, and those found by search. */
#include "record.sql.h"
#include "record/list_internal.h"
#include "record/record.h"
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

enum { WHO_MAX = LIST_WHO_MAX, PARTY_ARGS = 4 };

/* What a statement's parameters still leave for ids, below SQL_ARGS_MAX; where they leave nothing, one, and
 * the statement is refused. */
void ids_init(struct ids *ids, const struct list *l)
{
    size_t used = l->where.n + 2, room = used < SQL_ARGS_MAX ? SQL_ARGS_MAX - used : 1;

    ids->n = 0;
    ids->max = room < (size_t)l->limit ? room : (size_t)l->limit;
    ids->list = arena_array(l->a, struct uuid, ids->max + 1);
}

void ids_add(struct ids *ids, struct uuid id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (uuid_eq(ids->list[i], id))
            return;
    if (ids->n < ids->max)
        ids->list[ids->n++] = id;
}

static int newest_first(const void *a, const void *b)
{
    return uuid_cmp(*(const struct uuid *)b, *(const struct uuid *)a);
}

/* Newest first, each once. */
static void ids_sort(struct ids *ids)
{
    size_t n = 0;

    qsort(ids->list, ids->n, sizeof(*ids->list), newest_first);
    for (size_t i = 0; i < ids->n; i++)
        if (n == 0 || !uuid_eq(ids->list[n - 1], ids->list[i]))
            ids->list[n++] = ids->list[i];
    ids->n = n;
}

bool list_emit_ids(struct list *l, struct ids *ids, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg district = SQL_INT(l->w->district);
    struct uuid last;
    int64_t due;

    if (ids->n == 0)
        return true;
    sql_where_add(&l->where, " AND id IN (");
    for (size_t i = 0; i < ids->n; i++) {
        if (i > 0)
            sql_where_add(&l->where, ", ");
        sql_where_arg(&l->where, SQL_UUID(&ids->list[i]));
    }
    sql_where_add(&l->where, ")");
    return sql_select(l->tx, &record_queries[RECORD_Q_LIST_IDS], &l->where, &rows, e, &district, 1) &&
           list_emit(l, &rows, &last, &due, e);
}

/* Those that somebody is, and how many matters were found for each. */
struct selves {
    struct uuid who[WHO_MAX];
    size_t n, found[WHO_MAX];
};

/* Rows of a record, one for each part played in it, lie together. *ret_short: there may be more, and one of
 * them has not got `max` yet. */
static bool read_parties(struct list *l, struct selves *w, size_t max, size_t limit, struct ids *ids,
                         bool *ret_short, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int query = l->open ? RECORD_Q_PARTY_RECORDS_OPEN : RECORD_Q_PARTY_RECORDS;
    struct sql_arg *args = arena_array(l->a, struct sql_arg, w->n * PARTY_ARGS);
    size_t seen[WHO_MAX] = {0};

    for (size_t i = 0; i < w->n; i++) {
        args[i * PARTY_ARGS] = SQL_INT(l->w->district);
        args[i * PARTY_ARGS + 1] = SQL_UUID(&w->who[i]);
        args[i * PARTY_ARGS + 2] = SQL_BLOB(l->after.b, sizeof(l->after.b));
        args[i * PARTY_ARGS + 3] = SQL_INT((int64_t)limit);
        w->found[i] = 0;
    }
    *ret_short = false;
    if (!sql_query_each(l->tx, &record_queries[query], args, w->n, &rows, e))
        return false;
    while ((w->n > 1 || w->found[0] < max) && sql_next(rows)) {
        struct uuid id = sql_uuid(rows, 0);
        size_t of = sql_row(rows);

        seen[of]++;
        if (w->found[of] == max || packs_outsider(l->w->packs, sql_text(rows, 1)) ||
            (w->found[of] > 0 && uuid_eq(ids->list[ids->n - 1], id)))
            continue;
        ids->list[ids->n++] = id;
        w->found[of]++;
    }
    for (size_t i = 0; i < w->n; i++)
        *ret_short = *ret_short || (seen[i] == limit && w->found[i] < max);
    return sql_end(&rows, e);
}

/* A server sends all that it is asked for, so it is asked for little and of everybody at once. Few play
 * several parts in one matter; where that leaves too little, more is asked for. */
static bool ids_from_server(struct list *l, struct selves *w, size_t max, struct ids *ids, struct err *e)
{
    enum { MORE = 4 };
    bool is_short = w->n > 0;

    for (size_t limit = max + max / 2; is_short && limit <= LIMIT_LIST_EXAMINED; limit *= MORE) {
        ids->n = 0;
        if (!read_parties(l, w, max, limit, ids, &is_short, e))
            return false;
    }
    return true;
}

/* The newest `max` of each that the caller is: no page takes more from one. A database of our own hands out
 * row by row, so one stops reading where it is enough. */
static bool ids_of_parties(struct list *l, struct selves *w, size_t max, struct ids *ids, struct err *e)
{
    bool is_short;

    if (sql_is_shared(l->r->services->db))
        return ids_from_server(l, w, max, ids, e);
    for (size_t i = 0; i < w->n; i++) {
        struct selves one = {.who = {w->who[i]}, .n = 1};

        if (!read_parties(l, &one, max, LIMIT_LIST_EXAMINED, ids, &is_short, e))
            return false;
    }
    return true;
}

static struct selves selves_of(const struct principal *p)
{
    struct selves w = {0};

    if (!uuid_is_nil(p->account))
        w.who[w.n++] = p->account;
    for (size_t i = 0; i < p->n_posts && w.n < WHO_MAX; i++)
        if (!uuid_is_nil(p->posts[i].org))
            w.who[w.n++] = p->posts[i].org;
    return w;
}

size_t list_whose(const struct principal *p, struct uuid who[LIST_WHO_MAX])
{
    struct selves w = selves_of(p);

    memcpy(who, w.who, w.n * sizeof(*who));
    return w.n;
}

/* The parts that count. */
static void but_outsiders(const struct packs *p, struct sql_where *w)
{
    sql_where_add(w, "role NOT IN (''");
    for (size_t i = 0; i < p->n_outsiders; i++) {
        sql_where_add(w, ", ");
        sql_where_name(w, p->outsiders[i]);
    }
    sql_where_add(w, ")");
}

static bool query_parts(const struct list *l, const struct sql_arg args[5], struct sql_rows **ret,
                        struct err *e)
{
    static const struct sql_kept_query page = {&record_queries[RECORD_Q_LIST_MINE_PAGE],
                                               &record_queries[RECORD_Q_KEYS_MINE_PAGE],
                                               &record_queries[RECORD_Q_LIST_ROW]};
    AUTO(sql_where_free) struct sql_where where = {0};

    sql_where_init(&where);
    if (!sql_is_shared(l->r->services->db))
        return sql_query_n(l->tx, &record_queries[RECORD_Q_LIST_MINE], ret, e, args, 5);
    but_outsiders(l->w->packs, &where);
    return sql_query_kept(l->tx, &page, &where, ret, e, args, 5);
}

static bool emit_parts(struct list *l, const struct selves *w, struct uuid below, size_t max,
                       struct uuid *ret_last, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_arg args[5] = {SQL_INT(l->w->district), SQL_UUID(&w->who[0]), SQL_UUID(&w->who[1]),
                                    SQL_BLOB(below.b, sizeof(below.b)), SQL_INT((int64_t)max)};
    int64_t due;

    l->parts.n = 0;
    return query_parts(l, args, &rows, e) && list_emit(l, &rows, ret_last, &due, e);
}

/* With no condition besides, and for who has one post as most have: one question. */
static bool walk_all_mine(struct list *l, const struct selves *w, struct err *e)
{
    bool shared = sql_is_shared(l->r->services->db);
    size_t max = shared ? (size_t)l->limit : LIMIT_LIST_EXAMINED;
    struct uuid last = {0};

    l->by_part = true;
    if (!emit_parts(l, w, l->after, max, &last, e))
        return false;
    if (l->more)
        l->next = list_cursor(l, last);
    else if (l->parts.n == max) /* a matter that was passed over may have another part */
        l->next = list_cursor(l, uuid_eq(last, l->parts.at) ? last : l->parts.whole);
    return true;
}

/* Matters the caller, or the caller's organisation, is a party to. */
bool list_walk_mine(struct list *l, struct err *e)
{
    struct selves w = selves_of(l->r->who);
    struct ids fit, ids;

    ids_init(&fit, l);
    if (!l->has_cursor)
        memset(l->after.b, 0xff, sizeof(l->after.b));
    if (l->unfiltered && w.n <= 2)
        return walk_all_mine(l, &w, e);
    ids = (struct ids){.max = (fit.max + 1) * w.n};
    ids.list = arena_array(l->a, struct uuid, ids.max);
    if (!ids_of_parties(l, &w, fit.max + 1, &ids, e))
        return false;
    ids_sort(&ids);
    if (ids.n > fit.max) {
        ids.n = fit.max;
        l->next = list_cursor(l, ids.list[ids.n - 1]);
    }
    return list_emit_ids(l, &ids, e);
}

/* --- search --- */

bool list_reveals(const struct kind *k, const struct principal *p)
{
    for (size_t i = 0; i < k->n_reveal; i++)
        if (k->reveal[i].role != NULL && principal_has_role(p, k->reveal[i].role->name))
            return true;
    return false;
}

static bool ids_by_number(struct list *l, int64_t number, struct ids *ids, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(l->tx, &record_queries[RECORD_Q_BY_NUMBER], &rows, e, SQL_INT(l->w->district),
                   SQL_INT(number)))
        return false;
    if (sql_next(rows))
        ids_add(ids, sql_uuid(rows, 0));
    return sql_end(&rows, e);
}

/* Whoever may not see a number in full must not find it out by asking for one after the other. */
static void of_revealed_kinds(struct list *l)
{
    const struct packs *p = l->w->packs;

    sql_where_add(&l->where, " AND kind IN (''");
    for (size_t i = 0; i < p->n_kinds; i++)
        if (list_reveals(p->kinds[i], l->r->who)) {
            sql_where_add(&l->where, ", ");
            sql_where_name(&l->where, p->kinds[i]->name);
        }
    sql_where_add(&l->where, ")");
}

/* The cursor tells of rows that are shown, not of what was found: else a page of one row would say of any
 * word and any number whether some matter has it, whoever may read that. */
static bool walk_found(struct list *l, int select, int skip, struct sql_arg from, struct sql_arg what,
                       struct err *e)
{
    const struct sql_arg args[5] = {SQL_INT(l->w->district), from, SQL_INT(l->limit),
                                    SQL_INT(LIMIT_LIST_EXAMINED), what};

    return list_walk(l, select, skip, false, args, COUNT_OF(args), e);
}

static bool walk_tag(struct list *l, enum field_type type, const char *value, struct err *e)
{
    uint8_t tag[BLIND_BYTES];

    l->order = NEWEST;
    if (!l->has_cursor)
        memset(l->after.b, 0xff, sizeof(l->after.b));
    privacy_blind(l->w->privacy, field_type_name(type), value, tag);
    of_revealed_kinds(l);
    return walk_found(l, RECORD_Q_LIST_TAG, RECORD_Q_SKIP_TAG, SQL_BLOB(l->after.b, sizeof(l->after.b)),
                      SQL_BLOB(&tag[0], sizeof(tag)), e);
}

static bool walk_words(struct list *l, const char *query, struct err *e)
{
    l->order = NUMBER;
    return walk_found(l, RECORD_Q_LIST_WORDS, RECORD_Q_SKIP_WORDS,
                      SQL_INT(l->after_at == 0 ? INT64_MAX : l->after_at), SQL_TEXT(query), e);
}

bool list_walk_search(struct list *l, struct err *e)
{
    int64_t number = number_parse(l->w, l->q, l->r->now);
    struct ids ids;
    char normal[24];
    const char *query;

    ids_init(&ids, l);
    if (number != 0)
        return ids_by_number(l, number, &ids, e) && list_emit_ids(l, &ids, e);
    if (phone_check(l->q, normal))
        return walk_tag(l, FIELD_PHONE, normal, e);
    if (citizen_id_check(l->q, normal))
        return walk_tag(l, FIELD_CITIZEN_ID, normal, e);
    query = search_query(l->q, l->a);
    if (query[0] == '\0')
        return ERR_FIELD(e, "q", "list.q", "请至少输入两个字", "type at least two characters");
    return walk_words(l, query, e);
}
