/* Lists of a set of records: those the caller is a party to, and those found by search. */
#include "record.sql.h"
#include "record/list_internal.h"
#include "record/record.h"
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

/* Somebody plays a few parts in one matter at most: reported it, handles it, follows it. */
enum { WHO_MAX = 16, PARTY_ARGS = 4, PARTS = 4 };

void ids_init(struct ids *ids, const struct list *l)
{
    size_t room = SQL_ARGS_MAX - l->where.n - 2;

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

bool list_emit_ids(struct list *l, const struct ids *ids, struct err *e)
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

/* What a statement's parameters still leave for ids, below SQL_ARGS_MAX. */
static bool party_sees(const struct packs *p, const char *role)
{
    for (size_t i = 0; i < p->n_kinds; i++)
        for (size_t k = 0; k < p->kinds[i]->n_see; k++) {
            const struct who *who = &p->kinds[i]->see[k];

            if (who->type == WHO_PARTY && strcmp(who->party->name, role) == 0)
                return true;
        }
    return false;
}

/* The newest `max` of each of the n that the caller is: no page takes more from one. Rows of
 * a record, one for each part played in it, lie together. */
static bool ids_of_parties(struct list *l, const struct uuid *who, size_t n, size_t max, struct ids *ids,
                           struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const struct sql_query *q =
        &record_queries[l->open ? RECORD_Q_PARTY_RECORDS_OPEN : RECORD_Q_PARTY_RECORDS];
    struct sql_arg *args = arena_array(l->a, struct sql_arg, n * PARTY_ARGS);
    size_t found[WHO_MAX] = {0};

    for (size_t i = 0; i < n; i++) {
        struct sql_arg *a = &args[i * PARTY_ARGS];

        a[0] = SQL_INT(l->w->district);
        a[1] = SQL_UUID(&who[i]);
        a[2] = SQL_BLOB(l->after.b, sizeof(l->after.b));
        a[3] = SQL_INT(PARTS * (int64_t)max);
    }
    if (n > 0 && !sql_query_each(l->tx, q, args, n, &rows, e))
        return false;
    while (n > 0 && sql_next(rows)) {
        struct uuid id = sql_uuid(rows, 0);
        size_t of = sql_row(rows);

        if (found[of] == max || !party_sees(l->w->packs, sql_text(rows, 1)) ||
            (found[of] > 0 && uuid_eq(ids->list[ids->n - 1], id)))
            continue;
        ids->list[ids->n++] = id;
        found[of]++;
    }
    return n == 0 || sql_end(&rows, e);
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

static size_t whose(const struct principal *p, struct uuid *who)
{
    size_t n = 0;

    if (!uuid_is_nil(p->account))
        who[n++] = p->account;
    for (size_t i = 0; i < p->n_posts && n < WHO_MAX; i++)
        if (!uuid_is_nil(p->posts[i].org))
            who[n++] = p->posts[i].org;
    return n;
}

/* Matters the caller, or the caller's organisation, is a party to. */
bool list_walk_mine(struct list *l, struct err *e)
{
    enum { IDS_MAX = LIMIT_LIST_PAGE * 2 * WHO_MAX };
    struct ids ids = {.list = arena_array(l->a, struct uuid, IDS_MAX), .max = IDS_MAX};
    struct ids fit;
    struct uuid who[WHO_MAX];
    size_t n = whose(l->r->who, who), take;

    ids_init(&fit, l);
    if (!l->has_cursor)
        memset(l->after.b, 0xff, sizeof(l->after.b));
    take = fit.max;
    if (!ids_of_parties(l, who, n, take + 1, &ids, e))
        return false;
    ids_sort(&ids);
    if (ids.n > take) {
        ids.n = take;
        l->next = list_cursor(l, ids.list[take - 1]);
    }
    return list_emit_ids(l, &ids, e);
}

/* --- search --- */

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

static bool ids_by_tag(struct list *l, enum field_type type, const char *value, struct ids *ids,
                       struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    uint8_t tag[BLIND_BYTES];

    privacy_blind(l->w->privacy, field_type_name(type), value, tag);
    if (!sql_query(l->tx, &record_queries[RECORD_Q_BLIND_FIND], &rows, e, SQL_INT(l->w->district),
                   SQL_BLOB(&tag[0], sizeof(tag)), SQL_BLOB(l->after.b, sizeof(l->after.b)),
                   SQL_INT((int64_t)ids->max)))
        return false;
    while (sql_next(rows))
        ids_add(ids, sql_uuid(rows, 0));
    if (ids->n == ids->max)
        l->next = list_cursor(l, ids->list[ids->n - 1]);
    return sql_end(&rows, e);
}

/* Full text answers numbers; the cursor is the last one looked at. */
static bool ids_by_words(struct list *l, const char *query, struct ids *ids, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t number = 0;
    size_t seen = 0;

    if (!sql_query(l->tx, &record_queries[RECORD_Q_SEARCH_FIND], &rows, e, SQL_INT(l->w->district),
                   SQL_TEXT(query), SQL_INT(l->after_at == 0 ? INT64_MAX : l->after_at),
                   SQL_INT((int64_t)ids->max)))
        return false;
    while (sql_next(rows)) {
        number = sql_int(rows, 0);
        seen++;
        if (!ids_by_number(l, number, ids, e))
            return false;
    }
    if (seen == ids->max)
        l->next = arena_printf(l->a, "%lld:0:%s", (long long)number, list_cursor(l, ids->list[ids->n - 1]));
    return sql_end(&rows, e);
}

bool list_walk_search(struct list *l, struct err *e)
{
    struct ids ids;
    int64_t number = number_parse(l->w, l->q, l->r->now);
    char normal[24];
    const char *query;

    ids_init(&ids, l);
    if (!l->has_cursor)
        memset(l->after.b, 0xff, sizeof(l->after.b));
    if (number != 0)
        return ids_by_number(l, number, &ids, e) && list_emit_ids(l, &ids, e);
    if (phone_check(l->q, normal))
        return ids_by_tag(l, FIELD_PHONE, normal, &ids, e) && list_emit_ids(l, &ids, e);
    if (citizen_id_check(l->q, normal))
        return ids_by_tag(l, FIELD_CITIZEN_ID, normal, &ids, e) && list_emit_ids(l, &ids, e);
    query = search_query(l->q, l->a);
    if (query[0] == '\0')
        return ERR_FIELD(e, "q", "list.q", "请至少输入两个字", "type at least two characters");
    return ids_by_words(l, query, &ids, e) && list_emit_ids(l, &ids, e);
}
