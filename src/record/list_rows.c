/* The rows behind a figure: the records whose entries it counted, newest first. */
#include "base/clock.h"
#include "record.sql.h"
#include "record/list_internal.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

enum { VERBS_MAX = 65, DAY_MS = 86400000, MINUTE_MS = 60000 };

/* An entry that counted. */
struct counted {
    int64_t at, seq;
    struct uuid record;
};

/* What is known of the past: all that counted back to (at, seq); further back the
 * walk of some verb has not looked yet. */
struct past {
    struct counted *list;
    size_t n, max;
    int64_t at, seq;
};

static bool newer(int64_t at, int64_t seq, int64_t than_at, int64_t than_seq)
{
    return at > than_at || (at == than_at && seq > than_seq);
}

static int newest_first(const void *pa, const void *pb)
{
    const struct counted *a = pa, *b = pb;

    return newer(a->at, a->seq, b->at, b->seq) ? -1 : 1;
}

static bool look_back(struct list *l, const char *verb, int64_t from, int64_t to, size_t page, struct past *p,
                      struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    const char *wanted = arena_printf(l->a, " %s ", l->measure->name);
    int64_t seen = 0, at = 0, seq = 0;
    size_t found = 0;

    if (!sql_query(l->tx, &record_queries[RECORD_Q_ENTRIES_OF_VERB], &rows, e, SQL_INT(l->w->district),
                   SQL_TEXT(verb), SQL_INT(from), SQL_INT(to),
                   SQL_INT(l->has_cursor ? l->after_at : INT64_MAX),
                   SQL_INT(l->has_cursor ? l->after_seq : INT64_MAX), SQL_INT(LIMIT_LIST_EXAMINED)))
        return false;
    while (found < page && sql_next(rows)) {
        at = sql_int(rows, 3);
        seq = sql_int(rows, 0);
        seen++;
        if (strstr(sql_text(rows, 2), wanted) != NULL) {
            p->list[p->n++] = (struct counted){at, seq, sql_uuid(rows, 1)};
            found++;
        }
    }
    if ((found == page || seen == LIMIT_LIST_EXAMINED) && newer(at, seq, p->at, p->seq)) {
        p->at = at;
        p->seq = seq;
    }
    return sql_end(&rows, e);
}

static bool read_span(struct list *l, int64_t *ret_from, int64_t *ret_to, struct err *e)
{
    const char *from = req_query(l->r, "from"), *to = req_query(l->r, "to");
    int64_t first = 0, last = 0;

    if ((from != NULL && !date_parse(from, &first)) || (to != NULL && !date_parse(to, &last)))
        return ERR_FIELD(e, "from", "input.date", "日期须形如 2026-11-21", "dates read like 2026-11-21");
    *ret_from = from == NULL ? 0 : first * DAY_MS - (int64_t)l->w->offset_min * MINUTE_MS;
    *ret_to = to == NULL ? INT64_MAX : (last + 1) * DAY_MS - (int64_t)l->w->offset_min * MINUTE_MS;
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

/* What lies before the horizon is left to the next page. */
static void take_page(struct list *l, const struct past *p, struct ids *ids)
{
    const struct counted *last = NULL;
    size_t i = 0;

    for (; i < p->n && ids->n < ids->max; i++) {
        if (newer(p->at, p->seq, p->list[i].at, p->list[i].seq))
            break;
        last = &p->list[i];
        ids_add(ids, last->record);
    }
    if (i < p->n && last != NULL)
        l->next = arena_printf(l->a, "%lld:%lld:%s", (long long)last->at, (long long)last->seq,
                               list_cursor(l, last->record));
    else if (p->at != INT64_MIN)
        l->next = arena_printf(
            l->a, "%lld:%lld:%s", (long long)p->at, (long long)p->seq,
            list_cursor(l, last != NULL ? last->record : uuid_v7(p->at, (const uint8_t[10]){0})));
}

static bool walk_events(struct list *l, struct err *e)
{
    struct past p = {.at = INT64_MIN, .seq = INT64_MIN};
    const char *verbs[VERBS_MAX];
    size_t n = verbs_of(l->measure, verbs);
    struct ids ids;
    int64_t from, to;

    ids_init(&ids, l);
    if (!read_span(l, &from, &to, e))
        return false;
    p.list = arena_array(l->a, struct counted, n * ids.max + 1);
    for (size_t i = 0; i < n; i++)
        if (!look_back(l, verbs[i], from, to, ids.max, &p, e))
            return false;
    qsort(p.list, p.n, sizeof(*p.list), newest_first);
    take_page(l, &p, &ids);
    return list_emit_ids(l, &ids, e);
}

bool list_walk_measure(struct list *l, struct err *e)
{
    if (l->measure->type != MEASURE_OPEN)
        return walk_events(l, e);
    l->open = true;
    return list_and_cel(l, cel_text(l->measure->holds), e) && list_walk_records(l, e);
}
