#include "record/list.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/json.h"
#include "record/record.h"
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 50, WHO_MAX = 16, VERBS_MAX = 64 };

struct list {
    const struct req *r;
    const struct world *w;
    struct arena *a;
    struct sql_tx *tx;
    struct sql_where where;
    const struct kind *kind; /* NULL: all */
    const char *area, *state, *q;
    bool open, late, mine;
    const struct measure_def *measure;
    int64_t limit;
    enum { NEWEST = 0, OLDEST, DUE } order;
    /* the cursor, decoded */
    struct uuid after;
    int64_t after_at; /* due time or instant */
    int64_t after_seq;
    bool has_cursor;
    /* the answer */
    struct json_out *out;
    int64_t n;
    const char *next;
};

/* --- who may see what --- */

static void add_area(struct sql_where *where, const char *prefix, struct arena *a)
{
    sql_where_add(where, "(area >= ");
    sql_where_arg(where, SQL_TEXT(prefix));
    sql_where_add(where, " AND area < ");
    sql_where_arg(where, SQL_TEXT(arena_printf(a, "%s:", prefix))); /* ':' follows '9' */
    sql_where_add(where, ")");
}

/* One way in for one post: its subtree. True if nothing need be asked. */
static bool add_post(struct sql_where *where, const struct post *post, const char *asked, struct arena *a,
                     bool *any)
{
    if (area_covers(post->area, asked) && asked[0] != '\0')
        return true;
    if (*any)
        sql_where_add(where, " OR ");
    add_area(where, post->area, a);
    *any = true;
    return false;
}

struct way {
    bool all, any; /* all: every record of the kind; any: something was added */
};

static void add_who(struct sql_where *where, const struct who *who, const struct principal *p,
                    const char *asked, struct arena *a, struct way *way)
{
    for (size_t i = 0; i < p->n_posts && !way->all; i++) {
        const struct post *post = &p->posts[i];

        if (strcmp(post->role, who->role->name) != 0)
            continue;
        if (who->type == WHO_OWNER_ROLE && !uuid_is_nil(post->org)) {
            if (way->any)
                sql_where_add(where, " OR ");
            sql_where_add(where, "owner = ");
            sql_where_arg(where, SQL_UUID(&post->org));
            way->any = true;
        } else if (who->type == WHO_ROLE &&
                   (who->level == 0 || (int)area_level_of(post->area) == who->level)) {
            way->all = add_post(where, post, asked, a, &way->any);
        }
    }
}

/* The condition for one kind goes into `where` in brackets; nothing if all may be seen. */
static struct way scope_of_kind(struct sql_where *where, const struct kind *k, const struct principal *p,
                                const char *asked, struct arena *a)
{
    struct way way = {0};

    for (size_t i = 0; i < k->n_see && !way.all; i++) {
        const struct who *who = &k->see[i];

        if (who->type == WHO_ANYONE || (who->type == WHO_SIGNED_IN && p->kind == ACTOR_PERSON))
            way.all = true;
        else if (who->type == WHO_ROLE || who->type == WHO_OWNER_ROLE)
            add_who(where, who, p, asked, a, &way);
    }
    return way;
}

bool list_scope(struct sql_where *where, const struct world *w, const struct kind *kind,
                const struct principal *p, const char *area, struct arena *a)
{
    bool any = false;

    sql_where_add(where, "(");
    for (size_t i = 0; i < w->packs->n_kinds; i++) {
        const struct kind *k = w->packs->kinds[i];
        struct sql_where one;
        struct way way;

        if (kind != NULL && k != kind)
            continue;
        sql_where_init(&one);
        way = scope_of_kind(&one, k, p, area, a);
        if (way.all || way.any) {
            if (any)
                sql_where_add(where, " OR ");
            sql_where_add(where, "(kind = ");
            sql_where_arg(where, SQL_TEXT(k->name));
            if (!way.all) {
                sql_where_add(where, " AND (");
                sql_where_append(where, &one);
                sql_where_add(where, ")");
            }
            sql_where_add(where, ")");
            any = true;
        }
        sql_where_free(&one);
    }
    sql_where_add(where, ")");
    return any;
}

/* --- what was asked for --- */

static bool flag(const struct req *r, const char *name)
{
    const char *v = req_query(r, name);

    return v != NULL && (strcmp(v, "1") == 0 || strcmp(v, "true") == 0);
}

static bool read_order(struct list *l, struct err *e)
{
    const char *sort = req_query(l->r, "sort");

    if (sort == NULL || strcmp(sort, "-created") == 0)
        l->order = NEWEST;
    else if (strcmp(sort, "created") == 0)
        l->order = OLDEST;
    else if (strcmp(sort, "due") == 0)
        l->order = DUE;
    else
        return ERR_FIELD(e, "sort", "list.sort", "sort 须是 created、-created 或 due",
                         "sort must be created, -created or due");
    return true;
}

/* "uuid" or "number:number:uuid" */
static bool read_cursor(struct list *l, struct err *e)
{
    const char *s = req_query(l->r, "cursor");
    char *end = NULL;

    if (s == NULL)
        return true;
    l->has_cursor = true;
    if (strchr(s, ':') != NULL) {
        l->after_at = strtoll(s, &end, 10);
        l->after_seq = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
        s = *end == ':' ? end + 1 : "";
    }
    return uuid_parse(s, &l->after) || ERR(e, ERR_MALFORMED, "list.cursor", "cursor 不是上一页给出的值",
                                           "cursor is not what a page gave");
}

static bool read_kind(struct list *l, struct err *e)
{
    const char *kind = req_query(l->r, "kind"), *measure = req_query(l->r, "measure");

    if (measure != NULL) {
        l->measure = packs_measure(l->w->packs, measure);
        if (l->measure == NULL)
            return ERR_FIELD(e, "measure", "measure.unknown", "没有指标“%.40s”",
                             "there is no measure “%.40s”", measure);
        if (l->measure->type == MEASURE_RATIO)
            l->measure = l->measure->num;
        l->kind = l->measure->kind;
    }
    if (kind != NULL && (l->kind = packs_kind(l->w->packs, kind)) == NULL)
        return ERR_FIELD(e, "kind", "input.kind", "没有类型“%.40s”", "there is no kind “%.40s”", kind);
    return true;
}

static bool read_area(struct list *l, struct err *e)
{
    const char *area = req_query(l->r, "area");
    char trimmed[AREA_CODE_MAX];

    l->area = "";
    if (area == NULL)
        return true;
    area_code_trim(area, trimmed);
    if (area_find(l->w->areas, trimmed) == NULL)
        return ERR_FIELD(e, "area", "place.area", "没有区域 %.20s", "no area %.20s in this district", area);
    l->area = arena_strdup(l->a, trimmed);
    return true;
}

static bool read_query(struct list *l, struct err *e)
{
    const char *party = req_query(l->r, "party");

    if (!req_query_int(l->r, "limit", 1, LIMIT_LIST_PAGE, PAGE_DEFAULT, &l->limit, e))
        return false;
    if (party != NULL && strcmp(party, "me") != 0)
        return ERR_FIELD(e, "party", "list.party", "party 只能是 me", "party can only be me");
    l->mine = party != NULL;
    l->state = req_query(l->r, "state");
    l->q = req_query(l->r, "q");
    l->open = flag(l->r, "open");
    l->late = flag(l->r, "late");
    return read_order(l, e) && read_cursor(l, e) && read_kind(l, e) && read_area(l, e);
}

/* --- conditions --- */

static void and_states(struct list *l)
{
    const char *s = l->state;
    bool first = true;

    sql_where_add(&l->where, " AND state IN (");
    while (s != NULL && *s != '\0') {
        size_t n = strcspn(s, ",");

        if (!first)
            sql_where_add(&l->where, ", ");
        sql_where_arg(&l->where, SQL_TEXT(arena_strndup(l->a, s, n)));
        first = false;
        s += n + (s[n] == ',');
    }
    sql_where_add(&l->where, ")");
}

static bool and_cel(struct list *l, const char *text, struct err *e)
{
    struct cel_expr *x = NULL;

    if (l->kind == NULL)
        return ERR_FIELD(e, "where", "list.where_kind", "用 where 时须指定 kind", "where needs a kind");
    if (!cel_compile(l->a, l->kind->env, text, CEL_BOOL, &x, NULL, e))
        return false;
    sql_where_add(&l->where, " AND (");
    if (!cel_to_sql(x, l->r->now, l->a, &l->where, e))
        return false;
    sql_where_add(&l->where, ")");
    return true;
}

/* dim=category=0201: the value of a dimension, a code with all below it. */
static bool and_dim(struct list *l, struct err *e)
{
    const char *dim = req_query(l->r, "dim"), *eq = dim == NULL ? NULL : strchr(dim, '=');
    const struct field *f;

    if (dim == NULL)
        return true;
    f = eq == NULL || l->kind == NULL ? NULL
                                      : kind_field(l->kind, arena_strndup(l->a, dim, (size_t)(eq - dim)));
    if (f == NULL || f->privacy != PRIVACY_OPEN || strpbrk(eq, "'\\") != NULL)
        return ERR_FIELD(e, "dim", "list.dim", "dim 须形如 category=0201",
                         "dim must read like category=0201");
    if (f->type == FIELD_CODE)
        return and_cel(l, arena_printf(l->a, "%s.startsWith('%s')", f->name, eq + 1), e);
    return and_cel(l, arena_printf(l->a, "string(%s) == '%s'", f->name, eq + 1), e);
}

static bool conditions(struct list *l, struct err *e)
{
    const char *where = req_query(l->r, "where"), *light = req_query(l->r, "light");

    if (l->kind != NULL) {
        sql_where_add(&l->where, " AND kind = ");
        sql_where_arg(&l->where, SQL_TEXT(l->kind->name));
    }
    if (l->area[0] != '\0' && area_level_of(l->area) > AREA_DISTRICT) {
        sql_where_add(&l->where, " AND ");
        add_area(&l->where, l->area, l->a);
    }
    if (l->state != NULL)
        and_states(l);
    if (l->open)
        sql_where_add(&l->where, " AND open = 1");
    if (l->late)
        sql_where_add(&l->where, " AND late = 1");
    if (light != NULL)
        for (enum light v = LIGHT_NEW; v < LIGHT__MAX; v++)
            if (strcmp(light, light_name(v)) == 0) {
                sql_where_add(&l->where, " AND light = ");
                sql_where_arg(&l->where, SQL_INT(v));
            }
    return (where == NULL || and_cel(l, where, e)) && and_dim(l, e);
}

/* --- walking --- */

static bool emit(struct list *l, struct sql_rows **rows, struct uuid *ret_last, int64_t *ret_due,
                 struct err *e)
{
    while (sql_next(*rows)) {
        if (!record_write_row(l->out, l->w, *rows, l->a, e))
            return false;
        *ret_last = sql_uuid(*rows, 0);
        *ret_due = sql_int(*rows, 17);
        l->n++;
    }
    return sql_end(rows, e);
}

static const char *uuid_cursor(struct list *l, struct uuid u)
{
    char text[UUID_TEXT_MAX];

    uuid_format(u, text);
    return arena_strdup(l->a, text);
}

/* Where a walk that looked at all it may look at goes on: at the last row it saw. */
static bool last_examined(struct list *l, const struct sql_query *skip, const struct sql_arg *args, size_t n,
                          struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(l->tx, skip, &rows, e, args, n))
        return false;
    if (sql_next(rows))
        l->next = l->order == DUE ? arena_printf(l->a, "%lld:0:%s", (long long)sql_int(rows, 1),
                                                 uuid_cursor(l, sql_uuid(rows, 0)))
                                  : uuid_cursor(l, sql_uuid(rows, 0));
    return sql_end(&rows, e);
}

static bool walk(struct list *l, int select, int skip, const struct sql_arg *args, size_t n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg without_limit[8];
    struct uuid last = {0};
    int64_t due = 0;

    if (!sql_select(l->tx, &record_queries[select], &l->where, &rows, e, args, n) ||
        !emit(l, &rows, &last, &due, e))
        return false;
    if (l->n == l->limit) {
        l->next = l->order == DUE ? arena_printf(l->a, "%lld:0:%s", (long long)due, uuid_cursor(l, last))
                                  : uuid_cursor(l, last);
        return true;
    }
    /* the same arguments but the page's own limit: $3 is the number of rows to skip */
    memcpy(without_limit, args, sizeof(*args) * n);
    without_limit[2] = SQL_INT(LIMIT_LIST_EXAMINED - 1);
    without_limit[3] = SQL_INT(1);
    return last_examined(l, &record_queries[skip], without_limit, n, e);
}

static bool walk_records(struct list *l, struct err *e)
{
    struct uuid from = l->after;
    const struct kind *k = l->kind;
    bool one_state = k != NULL && l->state != NULL && strchr(l->state, ',') == NULL &&
                     kind_state(k, l->state) != NULL && kind_state(k, l->state)->light < LIGHT_DONE;
    char community[13];

    community_of(l->area, community);
    if (!l->has_cursor && l->order == NEWEST)
        memset(from.b, 0xff, sizeof(from.b));
    const struct sql_arg args[6] = {SQL_INT(l->w->district),
                                    SQL_BLOB(from.b, sizeof(from.b)),
                                    SQL_INT(l->limit),
                                    SQL_INT(LIMIT_LIST_EXAMINED),
                                    l->order == DUE ? SQL_INT(l->after_at)
                                    : one_state     ? SQL_TEXT(k->name)
                                                    : SQL_TEXT(community),
                                    one_state ? SQL_TEXT(l->state) : SQL_NULL};

    if (l->order == OLDEST)
        return walk(l, RECORD_Q_LIST_OLDEST, RECORD_Q_SKIP_OLDEST, args, 4, e);
    if (l->order == DUE)
        return walk(l, RECORD_Q_LIST_DUE, RECORD_Q_SKIP_DUE, args, 5, e);
    if (one_state)
        return walk(l, RECORD_Q_LIST_STATE, RECORD_Q_SKIP_STATE, args, 6, e);
    if (l->open)
        return walk(l, RECORD_Q_LIST_OPEN, RECORD_Q_SKIP_OPEN, args, 4, e);
    if (community[0] != '\0')
        return walk(l, RECORD_Q_LIST_COMMUNITY, RECORD_Q_SKIP_COMMUNITY, args, 5, e);
    return walk(l, RECORD_Q_LIST_ALL, RECORD_Q_SKIP_ALL, args, 4, e);
}

/* --- by a set of ids --- */

struct ids {
    struct uuid *list;
    size_t n, max;
};

static void ids_add(struct ids *ids, struct uuid id)
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

static bool emit_ids(struct list *l, const struct ids *ids, struct err *e)
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
           emit(l, &rows, &last, &due, e);
}

/* What a statement's parameters still leave for ids, below SQL_ARGS_MAX. */
static size_t ids_that_fit(const struct list *l)
{
    size_t room = SQL_ARGS_MAX - l->where.n - 2;

    return room < (size_t)l->limit ? room : (size_t)l->limit;
}

/* Whether being this party shows a matter of any kind. */
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

static bool ids_of_party(struct list *l, struct uuid who, struct ids *ids, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int query = l->open ? RECORD_Q_PARTY_RECORDS_OPEN : RECORD_Q_PARTY_RECORDS;

    if (!sql_query(l->tx, &record_queries[query], &rows, e, SQL_INT(l->w->district), SQL_UUID(&who),
                   SQL_BLOB(l->after.b, sizeof(l->after.b)), SQL_INT(LIMIT_LIST_PAGE * 2)))
        return false;
    while (sql_next(rows))
        if (party_sees(l->w->packs, sql_text(rows, 1)))
            ids_add(ids, sql_uuid(rows, 0));
    return sql_end(&rows, e);
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
static bool walk_mine(struct list *l, struct err *e)
{
    enum { IDS_MAX = LIMIT_LIST_PAGE * 2 * WHO_MAX };
    struct ids ids = {.list = arena_array(l->a, struct uuid, IDS_MAX), .max = IDS_MAX};
    struct uuid who[WHO_MAX];
    size_t n = whose(l->r->who, who), take;

    if (!l->has_cursor)
        memset(l->after.b, 0xff, sizeof(l->after.b));
    for (size_t i = 0; i < n; i++)
        if (!ids_of_party(l, who[i], &ids, e))
            return false;
    qsort(ids.list, ids.n, sizeof(*ids.list), newest_first);
    take = ids_that_fit(l);
    if (ids.n > take) {
        ids.n = take;
        l->next = uuid_cursor(l, ids.list[take - 1]);
    }
    return emit_ids(l, &ids, e);
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
        l->next = uuid_cursor(l, ids->list[ids->n - 1]);
    return sql_end(&rows, e);
}

/* Full text answers numbers; the cursor is the last one looked at. */
static bool ids_by_words(struct list *l, const char *query, struct ids *ids, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    int64_t number = 0;
    size_t seen = 0;

    if (!sql_query(l->tx, &record_queries[RECORD_Q_SEARCH_FIND], &rows, e, SQL_TEXT(query),
                   SQL_INT(l->after_at == 0 ? INT64_MAX : l->after_at), SQL_INT((int64_t)ids->max)))
        return false;
    while (sql_next(rows)) {
        number = sql_int(rows, 0);
        seen++;
        if (!ids_by_number(l, number, ids, e))
            return false;
    }
    if (seen == ids->max)
        l->next = arena_printf(l->a, "%lld:0:%s", (long long)number, uuid_cursor(l, ids->list[ids->n - 1]));
    return sql_end(&rows, e);
}

static bool walk_search(struct list *l, struct err *e)
{
    struct ids ids = {.max = ids_that_fit(l)};
    int64_t number = number_parse(l->w, l->q);
    char normal[24];
    const char *query;

    ids.list = arena_array(l->a, struct uuid, ids.max + 1);
    if (!l->has_cursor)
        memset(l->after.b, 0xff, sizeof(l->after.b));
    if (number != 0)
        return ids_by_number(l, number, &ids, e) && emit_ids(l, &ids, e);
    if (phone_check(l->q, normal))
        return ids_by_tag(l, FIELD_PHONE, normal, &ids, e) && emit_ids(l, &ids, e);
    if (citizen_id_check(l->q, normal))
        return ids_by_tag(l, FIELD_CITIZEN_ID, normal, &ids, e) && emit_ids(l, &ids, e);
    query = search_query(l->q, l->a);
    if (query[0] == '\0')
        return ERR_FIELD(e, "q", "list.q", "请至少输入两个字", "type at least two characters");
    return ids_by_words(l, query, &ids, e) && emit_ids(l, &ids, e);
}

/* --- the rows behind a figure --- */

static bool ids_of_verb(struct list *l, const char *verb, int64_t from, int64_t to, struct ids *ids,
                        int64_t *ret_at, int64_t *ret_seq, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *wanted = arena_printf(l->a, " %s ", l->measure->name);
    int64_t seen = 0;

    if (!sql_query(l->tx, &record_queries[RECORD_Q_ENTRIES_OF_VERB], &rows, e, SQL_INT(l->w->district),
                   SQL_TEXT(verb), SQL_INT(from), SQL_INT(to),
                   SQL_INT(l->has_cursor ? l->after_at : INT64_MAX),
                   SQL_INT(l->has_cursor ? l->after_seq : INT64_MAX), SQL_INT(LIMIT_LIST_EXAMINED)))
        return false;
    while (ids->n < ids->max && sql_next(rows)) {
        *ret_at = sql_int(rows, 3);
        *ret_seq = sql_int(rows, 0);
        seen++;
        if (strstr(sql_text(rows, 2), wanted) != NULL)
            ids_add(ids, sql_uuid(rows, 1));
    }
    if (ids->n < ids->max && seen < LIMIT_LIST_EXAMINED)
        *ret_at = 0; /* nothing older */
    return sql_end(&rows, e);
}

/* The span asked for, as instants: local days from..to inclusive. */
static bool read_span(struct list *l, int64_t *ret_from, int64_t *ret_to, struct err *e)
{
    const char *from = req_query(l->r, "from"), *to = req_query(l->r, "to");
    int64_t first = 0, last = 0;

    if ((from != NULL && !date_parse(from, &first)) || (to != NULL && !date_parse(to, &last)))
        return ERR_FIELD(e, "from", "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    *ret_from = from == NULL ? 0 : first * 86400000 - l->w->offset_min * 60000;
    *ret_to = to == NULL ? INT64_MAX : (last + 1) * 86400000 - l->w->offset_min * 60000;
    return true;
}

/* Verbs whose entries can have counted: the measure's moves; for breaches any, and the tick. */
static size_t verbs_of(const struct measure_def *m, const char **verbs)
{
    size_t n = 0;

    for (size_t i = 0; i < m->kind->n_moves && n < VERBS_MAX - 1; i++)
        if (m->clock_breach != 0 || (m->moves & (UINT64_C(1) << i)) != 0)
            verbs[n++] = m->kind->moves[i].name;
    if (m->clock_breach != 0)
        verbs[n++] = "tick";
    return n;
}

static bool walk_events(struct list *l, struct err *e)
{
    struct ids ids = {.max = ids_that_fit(l)};
    const char *verbs[VERBS_MAX];
    size_t n = verbs_of(l->measure, verbs);
    int64_t from, to, at = 0, seq = 0, oldest = 0, oldest_seq = 0;

    ids.list = arena_array(l->a, struct uuid, ids.max + 1);
    if (!read_span(l, &from, &to, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!ids_of_verb(l, verbs[i], from, to, &ids, &at, &seq, e))
            return false;
        if (at > oldest) {
            oldest = at;
            oldest_seq = seq;
        }
    }
    if (oldest != 0 && ids.n > 0)
        l->next = arena_printf(l->a, "%lld:%lld:%s", (long long)oldest, (long long)oldest_seq,
                               uuid_cursor(l, ids.list[ids.n - 1]));
    return emit_ids(l, &ids, e);
}

static bool walk_measure(struct list *l, struct err *e)
{
    if (l->measure->type != MEASURE_OPEN)
        return walk_events(l, e);
    l->open = true;
    return and_cel(l, cel_text(l->measure->holds), e) && walk_records(l, e);
}

/* --- the call --- */

static bool walk_any(struct list *l, struct err *e)
{
    bool by_post = list_scope(&l->where, l->w, l->kind, l->r->who, l->area, l->a);

    if (!by_post) {
        sql_where_free(&l->where);
        sql_where_init(&l->where);
        sql_where_add(&l->where, "1 = 1");
        l->mine = true;
    }
    if (!conditions(l, e))
        return false;
    if (l->mine)
        return walk_mine(l, e);
    if (l->q != NULL)
        return walk_search(l, e);
    return l->measure != NULL ? walk_measure(l, e) : walk_records(l, e);
}

bool record_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct list l = {.r = r, .w = r->services->world(r->services), .a = r->arena, .out = &r->out};
    bool ok;

    if (!read_query(&l, e) || !sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    l.tx = tx;
    sql_where_init(&l.where);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    ok = walk_any(&l, e);
    jo_close(&r->out);
    jo_str(&r->out, "next", l.next);
    jo_close(&r->out);
    sql_where_free(&l.where);
    return ok;
}
