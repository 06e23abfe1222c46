/* GET /records: what was asked for, and the walk along an index that answers it. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/json.h"
#include "record/list_internal.h"
#include "record/record.h"
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 20, ROW_BYTES = 1024 /* more than most rows take */ };

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
    else if (strcmp(sort, "-due") == 0)
        l->order = DUE_BACK;
    else
        return ERR_FIELD(e, "sort", "list.sort", "sort 须是 created、-created、due 或 -due",
                         "sort must be created, -created, due or -due");
    return true;
}

/* "uuid" or "number:number:uuid" */
static bool read_cursor(struct list *l, const char *s, struct err *e)
{
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

bool list_read_kind(struct list *l, struct err *e)
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

bool list_read_area(struct list *l, struct err *e)
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

/* Nothing orders the children of one matter by their due times. */
static bool time_order(const struct list *l, struct err *e)
{
    return uuid_is_nil(l->parent) || l->order == NEWEST || l->order == OLDEST ||
           ERR_FIELD(e, "sort", "list.sort", "与 parent 同用时，sort 须是 created 或 -created",
                     "with parent, sort must be created or -created");
}

static bool read_query(struct list *l, struct err *e)
{
    const char *party = req_query(l->r, "party"), *parent = req_query(l->r, "parent");

    if (parent != NULL && !uuid_parse(parent, &l->parent))
        return ERR_FIELD(e, "parent", "input.uuid", "“%.40s”不是编号（UUID）", "'%.40s' is no id (UUID)",
                         parent);
    if (!req_query_int(l->r, "limit", 1, LIMIT_LIST_PAGE, PAGE_DEFAULT, &l->limit, e))
        return false;
    if (party != NULL && strcmp(party, "me") != 0)
        return ERR_FIELD(e, "party", "list.party", "party 只能是 me", "party can only be me");
    l->mine = party != NULL;
    l->state = req_query(l->r, "state");
    l->q = req_query(l->r, "q");
    l->open = flag(l->r, "open");
    l->late = flag(l->r, "late");
    l->soon = flag(l->r, "soon");
    l->unassigned = flag(l->r, "unassigned");
    return read_order(l, e) && time_order(l, e) && list_read_kind(l, e) && list_read_area(l, e);
}

/* --- conditions --- */

/* The values of a comma list, in brackets. */
static void add_list(struct list *l, const char *s)
{
    bool first = true;

    sql_where_add(&l->where, "(");
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

bool list_and_cel(struct list *l, const char *text, struct err *e)
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

/* dim=lead=ID: an organisation plays that part. Parties stand in their row as codec.c wrote them. */
static bool and_org(struct list *l, const char *role, const char *id)
{
    char text[UUID_TEXT_MAX];
    struct uuid org;

    if (kind_party(l->kind, role) == NULL || !uuid_parse(id, &org))
        return false;
    uuid_format(org, text);
    sql_where_add(&l->where, " AND parties LIKE ");
    sql_where_arg(&l->where, SQL_TEXT(arena_printf(l->a, "%%\"role\":\"%s\",\"org\":\"%s\"%%", role, text)));
    return true;
}

/* dim=category=0201: the value of a dimension, a code with all below it. */
static bool and_dim(struct list *l, struct err *e)
{
    const char *dim = req_query(l->r, "dim"), *eq = dim == NULL ? NULL : strchr(dim, '='), *name;
    const struct field *f;

    if (dim == NULL)
        return true;
    name = eq == NULL || l->kind == NULL ? NULL : arena_strndup(l->a, dim, (size_t)(eq - dim));
    f = name == NULL ? NULL : kind_field(l->kind, name);
    if (f == NULL && name != NULL && and_org(l, name, eq + 1))
        return true;
    if (f == NULL || f->privacy != PRIVACY_OPEN || strpbrk(eq, "'\\") != NULL)
        return ERR_FIELD(e, "dim", "list.dim", "dim 须形如 category=0201",
                         "dim must read like category=0201");
    if (f->type == FIELD_CODE)
        return list_and_cel(l, arena_printf(l->a, "%s.startsWith('%s')", f->name, eq + 1), e);
    return list_and_cel(l, arena_printf(l->a, "string(%s) == '%s'", f->name, eq + 1), e);
}

/* Children are a walk of their own; else the parent is a condition like others. */
static bool walks_parent(const struct list *l)
{
    return !uuid_is_nil(l->parent) && !l->mine && l->q == NULL && l->measure == NULL;
}

int64_t (*record_soon_until)(const struct world *w, int64_t now);

/* Not late yet, but a warning has rung or little working time is left. */
static void and_soon(struct list *l)
{
    sql_where_add(&l->where, " AND late = 0 AND due_at > 0 AND (lamp = ");
    sql_where_arg(&l->where, SQL_INT(LAMP_AMBER));
    sql_where_add(&l->where, " OR due_at <= ");
    sql_where_arg(&l->where, SQL_INT(record_soon_until(l->w, l->r->now)));
    sql_where_add(&l->where, ")");
}

/* Nobody works on it: none of the kind's parties does that works. Parties stand in their row as codec.c wrote
 * them. */
static bool and_unassigned(struct list *l, struct err *e)
{
    if (l->kind == NULL)
        return ERR_FIELD(e, "unassigned", "list.unassigned_kind", "用 unassigned 时须指定 kind",
                         "unassigned needs a kind");
    for (size_t i = 0; i < l->kind->n_parties; i++) {
        const char *role = l->kind->parties[i].name;

        if (!record_role_works(role))
            continue;
        sql_where_add(&l->where, " AND parties NOT LIKE ");
        sql_where_arg(&l->where, SQL_TEXT(arena_printf(l->a, "%%\"role\":\"%s\"%%", role)));
    }
    return true;
}

/* "2021-11-03", or "2021-11-03..2021-11-09": the first and the last day, both of it. */
static bool read_days(struct list *l, const char *text, const char **ret_first, const char **ret_last)
{
    enum { DAY = sizeof("2021-11-03") - 1 };
    const char *gap = strstr(text, "..");
    int64_t first, last;

    *ret_first = gap == NULL ? text : arena_strndup(l->a, text, (size_t)(gap - text));
    *ret_last = gap == NULL ? text : gap + 2;
    return strlen(*ret_first) == DAY && strlen(*ret_last) == DAY && date_parse(*ret_first, &first) &&
           date_parse(*ret_last, &last) && first <= last;
}

/* as_of: what had begun by the last of these days and was not over before the first. */
static bool and_as_of(struct list *l, struct err *e)
{
    const char *days = req_query(l->r, "as_of"), *first, *last;

    if (days == NULL)
        return true;
    if (l->kind == NULL || l->kind->from == NULL)
        return ERR_FIELD(e, "as_of", "list.as_of", "as_of 只用于有起止日期的类型，请先指定 kind",
                         "as_of is for kinds that last from a day to a day: name one as kind");
    if (!read_days(l, days, &first, &last))
        return ERR_FIELD(e, "as_of", "list.as_of_days", "as_of 须形如 2026-11-21 或 2026-11-01..2026-11-21",
                         "as_of reads like 2026-11-21 or 2026-11-01..2026-11-21");
    sql_where_add(&l->where, " AND light <> ");
    sql_where_arg(&l->where, SQL_INT(LIGHT_NONE));
    return list_and_cel(l,
                        arena_printf(l->a, "%s <= '%s' && (%s == null || %s > '%s')", l->kind->from->name,
                                     last, l->kind->to->name, l->kind->to->name, first),
                        e);
}

bool list_conditions(struct list *l, struct err *e)
{
    const char *where = l->plain ? NULL : req_query(l->r, "where");
    const char *light = l->plain ? NULL : req_query(l->r, "light");
    const char *kinds = l->plain ? NULL : req_query(l->r, "kinds");

    if (kinds != NULL) {
        sql_where_add(&l->where, " AND kind IN ");
        add_list(l, kinds);
    }
    if (l->kind != NULL) {
        sql_where_add(&l->where, " AND kind = ");
        sql_where_arg(&l->where, SQL_TEXT(l->kind->name));
    }
    if (l->state != NULL) {
        sql_where_add(&l->where, " AND state IN ");
        add_list(l, l->state);
    }
    if (kinds == NULL && l->kind != NULL && uuid_is_nil(l->parent))
        l->ensured = l->where.text.len;
    if (l->area[0] != '\0' && area_level_of(l->area) > AREA_DISTRICT) {
        sql_where_add(&l->where, " AND ");
        list_add_area(&l->where, l->area, l->a);
    }
    if (!uuid_is_nil(l->parent) && !walks_parent(l)) {
        sql_where_add(&l->where, " AND parent = ");
        sql_where_arg(&l->where, SQL_UUID(&l->parent));
    }
    if (l->open)
        sql_where_add(&l->where, " AND open = 1");
    if (l->late)
        sql_where_add(&l->where, " AND late = 1");
    if (l->soon)
        and_soon(l);
    if (l->unassigned && !and_unassigned(l, e))
        return false;
    if (light != NULL)
        for (enum light v = LIGHT_NEW; v < LIGHT__MAX; v++)
            if (strcmp(light, light_name(v)) == 0) {
                sql_where_add(&l->where, " AND light = ");
                sql_where_arg(&l->where, SQL_INT(v));
            }
    return l->plain || ((where == NULL || list_and_cel(l, where, e)) && and_dim(l, e) && and_as_of(l, e));
}

/* --- walking --- */

/* A part in a matter does not always let one see it: whose unit it is need not be who reads it. Asked only of
 * one's own list: the others say so in their conditions. */
static bool may_show(const struct list *l, const struct kind *k, const struct sql_rows *rows, bool *ret,
                     struct err *e)
{
    struct record r = {.kind = k, .area = sql_text(rows, 7)};

    *ret = k == NULL || k->parties_see || !l->mine;
    if (*ret)
        return true;
    if (!record_decode_parties(sql_text(rows, 19), l->a, &r, e))
        return false;
    *ret = record_visible(l->w, &r, l->r->who);
    return true;
}

/* The rows of a page are mostly of one kind. */
static const struct kind *kind_of_row(const struct list *l, const char *name, const struct kind *before)
{
    return before != NULL && str_eq(before->name, name) ? before : packs_kind(l->w->packs, name);
}

/* Of a row for each part played: the matter was the last one's, too, or the part lets nobody see it. */
static bool no_part(struct list *l, const struct sql_rows *rows, struct uuid last)
{
    struct uuid id = sql_uuid(rows, 0);

    l->parts.n++;
    if (!uuid_eq(id, l->parts.at))
        l->parts.whole = l->parts.at;
    l->parts.at = id;
    return packs_outsider(l->w->packs, sql_text(rows, LIST_COLUMNS)) ||
           (l->examined > 0 && uuid_eq(last, id));
}

const char *list_cursor(struct list *l, struct uuid u)
{
    char text[UUID_TEXT_MAX];

    uuid_format(u, text);
    return arena_strdup(l->a, text);
}

/* Of a row: what orders the list beside its id. */
static int64_t ordered_by(const struct list *l, const struct sql_rows *rows)
{
    return sql_int(rows, l->order == NUMBER ? 2 : 17);
}

static bool by_id(const struct list *l)
{
    return l->order == NEWEST || l->order == OLDEST;
}

/* The cursor behind a row. */
static const char *cursor_behind(struct list *l, struct uuid id, int64_t by)
{
    if (by_id(l))
        return list_cursor(l, id);
    return arena_printf(l->a, "%lld:0:%s", (long long)by, list_cursor(l, id));
}

/* Behind a page that is not full: where the walk stands that looked at all it may look at. */
static bool is_mark(const struct sql_rows *rows)
{
    return sql_text(rows, 1)[0] == '\0';
}

bool list_emit(struct list *l, struct sql_rows **rows, struct uuid *ret_last, int64_t *ret_by, struct err *e)
{
    const struct kind *k = NULL;

    while (sql_next(*rows)) {
        bool shown = true;

        if (is_mark(*rows)) {
            l->reached = cursor_behind(l, sql_uuid(*rows, 0), ordered_by(l, *rows));
            break;
        }
        if (l->by_part && no_part(l, *rows, *ret_last))
            continue;
        if (l->n == l->limit) {
            l->more = true;
            break;
        }
        *ret_last = sql_uuid(*rows, 0);
        *ret_by = ordered_by(l, *rows);
        l->examined++;
        k = kind_of_row(l, sql_text(*rows, 1), k);
        if (!may_show(l, k, *rows, &shown, e))
            return false;
        if (!shown)
            continue;
        if (l->out == NULL)
            l->found[l->n] = sql_uuid(*rows, 0);
        else if (!(l->write != NULL ? l->write(l, *rows, e)
                                    : record_write_row(l->out, l->w, l->tx, k, *rows, l->r->who, l->a, e)))
            return false;
        l->n++;
    }
    return sql_end(rows, e);
}

/* Where a walk that looked at all it may look at goes on: at the last row it saw. */
static bool last_examined(struct list *l, const struct sql_query *skip, const struct sql_arg *args, size_t n,
                          struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query_n(l->tx, skip, &rows, e, args, n))
        return false;
    if (sql_next(rows))
        l->next = cursor_behind(l, sql_uuid(rows, 0), by_id(l) ? 0 : sql_int(rows, 1));
    return sql_end(&rows, e);
}

bool list_walk(struct list *l, int select, int skip, bool tells, const struct sql_arg *args, size_t n,
               struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct sql_arg without_limit[8];
    struct uuid last = {0};
    int64_t by = 0;

    if (!sql_select(l->tx, &record_queries[select], &l->where, &rows, e, args, n) ||
        !list_emit(l, &rows, &last, &by, e))
        return false;
    if (l->n == l->limit) {
        l->next = cursor_behind(l, last, by);
        return true;
    }
    if (tells) {
        l->next = l->reached;
        return true;
    }
    /* the same arguments but the page's own limit: $3 is the number of rows to skip */
    memcpy(without_limit, args, sizeof(*args) * n);
    without_limit[2] = SQL_INT(LIMIT_LIST_EXAMINED - 1);
    without_limit[3] = SQL_INT(1);
    return last_examined(l, &record_queries[skip], without_limit, n, e);
}

/* All of the kind may be seen, and nothing is asked for but that it is of the kind and in the state. */
static bool is_whole(const struct list *l)
{
    return l->ensured > 0 && l->where.text.len == l->ensured &&
           list_sees_all(l->kind, l->r->who, l->area, l->a);
}

/* Nothing is left out: a page that is not full is the last. */
static bool walk_whole(struct list *l, int select, int keys, const struct sql_arg *args, size_t n,
                       struct err *e)
{
    const struct sql_kept_query page = {&record_queries[select], &record_queries[keys],
                                        &record_queries[RECORD_Q_LIST_ROW]};
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct uuid last = {0};
    int64_t due;

    if (!sql_query_kept(l->tx, &page, NULL, &rows, e, args, n) || !list_emit(l, &rows, &last, &due, e))
        return false;
    if (l->n == l->limit)
        l->next = list_cursor(l, last);
    return true;
}

/* The index a walk goes along: by what is asked for, not by the planner's guess. What is open is mostly less
 * than a page: there a server tells in the same answer where the walk stands. */
struct way {
    int select, skip, back, skip_back;
    size_t args;
    bool server_tells;
};
static const struct way ways[] = {
    {RECORD_Q_LIST_STATE, RECORD_Q_SKIP_STATE, RECORD_Q_LIST_OLDEST_STATE, RECORD_Q_SKIP_OLDEST_STATE, 6,
     true},
    {RECORD_Q_LIST_OPEN, RECORD_Q_SKIP_OPEN, RECORD_Q_LIST_OLDEST_OPEN, RECORD_Q_SKIP_OLDEST_OPEN, 4, true},
    {RECORD_Q_LIST_COMMUNITY, RECORD_Q_SKIP_COMMUNITY, RECORD_Q_LIST_OLDEST_COMMUNITY,
     RECORD_Q_SKIP_OLDEST_COMMUNITY, 5, false},
    {RECORD_Q_LIST_ALL, RECORD_Q_SKIP_ALL, RECORD_Q_LIST_OLDEST, RECORD_Q_SKIP_OLDEST, 4, false},
    {RECORD_Q_LIST_DUE, RECORD_Q_SKIP_DUE, RECORD_Q_LIST_DUE_BACK, RECORD_Q_SKIP_DUE_BACK, 5, false},
    {RECORD_Q_LIST_PARENT, RECORD_Q_SKIP_PARENT, RECORD_Q_LIST_OLDEST_PARENT, RECORD_Q_SKIP_OLDEST_PARENT, 5,
     false},
    {RECORD_Q_LIST_KIND, RECORD_Q_SKIP_KIND, RECORD_Q_LIST_OLDEST_KIND, RECORD_Q_SKIP_OLDEST_KIND, 5, false},
};

static const struct way *way_of(const struct list *l, bool one_state, const char *community)
{
    if (l->order == DUE || l->order == DUE_BACK)
        return &ways[4];
    if (walks_parent(l))
        return &ways[5];
    if (one_state)
        return &ways[0];
    if (l->open)
        return &ways[1];
    if (community[0] != '\0')
        return &ways[2];
    return l->kind != NULL ? &ways[6] : &ways[3];
}

/* What stands fifth among the arguments: what the way is about. */
static struct sql_arg about(const struct list *l, const struct way *way, const char *community)
{
    if (l->order == DUE || l->order == DUE_BACK)
        return SQL_INT(l->after_at);
    if (walks_parent(l))
        return SQL_UUID(&l->parent);
    return way == &ways[0] || way == &ways[6] ? SQL_TEXT(l->kind->name) : SQL_TEXT(community);
}

bool list_walk_records(struct list *l, struct err *e)
{
    struct uuid from = l->after;
    const struct kind *k = l->kind;
    bool one_state = k != NULL && l->state != NULL && strchr(l->state, ',') == NULL &&
                     kind_state(k, l->state) != NULL && kind_state(k, l->state)->light < LIGHT_DONE;
    bool back = l->order == OLDEST || l->order == DUE_BACK;
    char community[13];

    community_of(l->area, community);
    if (!l->has_cursor && (l->order == NEWEST || l->order == DUE_BACK))
        memset(from.b, 0xff, sizeof(from.b));
    if (!l->has_cursor && l->order == DUE_BACK)
        l->after_at = INT64_MAX;
    if (l->order == NEWEST && (one_state || l->state == NULL) && is_whole(l)) {
        const struct sql_arg of_kind[] = {SQL_INT(l->w->district), SQL_BLOB(from.b, sizeof(from.b)),
                                          SQL_INT(l->limit), SQL_TEXT(k->name), SQL_TEXT(l->state)};

        return one_state ? walk_whole(l, RECORD_Q_LIST_WHOLE_STATE, RECORD_Q_KEYS_WHOLE_STATE, of_kind, 5, e)
                         : walk_whole(l, RECORD_Q_LIST_WHOLE_KIND, RECORD_Q_KEYS_WHOLE_KIND, of_kind, 4, e);
    }
    const struct way *way = way_of(l, one_state, community);
    const struct sql_arg args[6] = {SQL_INT(l->w->district),  SQL_BLOB(from.b, sizeof(from.b)),
                                    SQL_INT(l->limit),        SQL_INT(LIMIT_LIST_EXAMINED),
                                    about(l, way, community), one_state ? SQL_TEXT(l->state) : SQL_NULL};

    bool tells = way->server_tells && !back && sql_is_shared(l->r->services->db);

    return list_walk(l, back ? way->back : way->select, back ? way->skip_back : way->skip, tells, args,
                     way->args, e);
}

/* --- the call --- */

static bool walk_any(struct list *l, struct err *e)
{
    bool own = l->mine || (l->kind == NULL && l->r->who->n_posts == 0);
    size_t bare;

    /* A part in a matter counts wherever it lies, also outside the own posts. Who has none gets what is
     * public only when a kind is asked for. */
    if (own || !list_scope(&l->where, l->w, l->kind, l->r->who, l->area, l->a)) {
        sql_where_free(&l->where);
        sql_where_init(&l->where);
        sql_where_add(&l->where, "1 = 1");
        l->mine = true;
    }
    bare = l->where.text.len;
    if (!list_conditions(l, e))
        return false;
    l->unfiltered = l->mine && l->where.text.len == bare;
    if (l->mine)
        return list_walk_mine(l, e);
    if (l->q != NULL)
        return list_walk_search(l, e);
    return l->measure != NULL ? list_walk_measure(l, e) : list_walk_records(l, e);
}

bool record_list(struct req *r, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct list l = {.r = r, .w = r->services->world(r->services), .a = r->arena, .out = &r->out};
    bool ok;

    if (!read_query(&l, e) || !read_cursor(&l, req_query(r, "cursor"), e) ||
        !sql_begin(r->services->db, SQL_LOOK, &tx, e))
        return false;
    l.tx = tx;
    sql_where_init(&l.where);
    jo_reserve(&r->out, (size_t)l.limit * ROW_BYTES);
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    ok = walk_any(&l, e);
    jo_close(&r->out);
    jo_str(&r->out, "next", l.next);
    jo_close(&r->out);
    sql_where_free(&l.where);
    return ok;
}

bool record_list_ids(const struct req *r, struct arena *a, const char **next, struct uuid ret[],
                     size_t *ret_n, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct list l = {.r = r, .w = r->services->world(r->services), .a = a, .found = ret};
    bool ok;

    if (!read_query(&l, e) || !read_cursor(&l, *next, e) || !sql_begin(r->services->db, SQL_LOOK, &tx, e))
        return false;
    l.limit = LIMIT_LIST_PAGE;
    l.tx = tx;
    sql_where_init(&l.where);
    ok = walk_any(&l, e);
    sql_where_free(&l.where);
    *next = l.next;
    *ret_n = (size_t)l.n;
    return ok;
}
