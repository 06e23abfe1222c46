#include "schedule/target.h"

#include "base/text.h"
#include "json/json_in.h"
#include "pack/value.h"
#include "schedule.sql.h"

#include <stdlib.h>
#include <string.h>

/* A point of the area that lies in it; approximate outlines may not agree with one another. */
static void place_in(const struct world *w, const struct area *area, int64_t at, struct target *t)
{
    const struct area *there;

    if (!area->has_boundary)
        return;
    there = area_locate_at(w->areas, area->lng, area->lat, at);
    t->has_place = there != NULL && area_covers(area->code, there->code);
    t->lng = area->lng;
    t->lat = area->lat;
}

static void area_page(struct target_walk *w, struct target *ret, size_t max, size_t *n)
{
    for (; w->next < area_count(w->world->areas) && *n < max; w->next++) {
        const struct area *area = area_at(w->world->areas, w->next);

        if ((int)area->level != w->rule->level || !area_holds(area, w->at))
            continue;
        ret[*n] = (struct target){.key = area->code, .area = area->code};
        place_in(w->world, area, w->at, &ret[(*n)++]);
    }
}

static void post_page(struct target_walk *w, struct arena *a, struct target *ret, size_t max, size_t *n)
{
    const struct directory *d = w->world->people;

    for (; w->next < d->n_posts && *n < max; w->next++) {
        const struct post *p = &d->posts[w->next];
        const struct account *who = directory_account(d, p->account);
        const struct area *area = area_find(w->world->areas, p->area);
        char id[UUID_TEXT_MAX];

        if (!str_eq(p->role, w->rule->post->name) || p->from > w->at ||
            (p->until != 0 && p->until <= w->at) || who == NULL || !who->active || area == NULL)
            continue;
        uuid_format(who->id, id);
        ret[*n] =
            (struct target){.key = arena_printf(a, "%s %s", id, area->code), .area = area->code, .who = who};
        place_in(w->world, area, w->at, &ret[(*n)++]);
    }
}

/* The open fields that are copied, from the row's document. */
static bool copy_fields(const struct schedule_def *s, const char *json, struct arena *a, struct target *t,
                        struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    bool ok = true;

    if (s->n_copy == 0)
        return true;
    t->copied = arena_array(a, struct cel_value, s->n_copy);
    if (!json_parse(json, strlen(json), &o, e))
        return false;
    for (size_t i = 0; i < s->n_copy && ok; i++) {
        struct json_object *v = NULL;

        if (json_object_object_get_ex(o, s->copy[1][i]->name, &v) && v != NULL)
            ok = field_from_stored(s->copy[1][i], v, a, &t->copied[i], e);
    }
    return ok;
}

static bool record_target(const struct target_walk *w, const struct sql_rows *rows, struct arena *a,
                          struct target *ret, struct err *e)
{
    char id[UUID_TEXT_MAX];

    *ret = (struct target){.record = sql_uuid(rows, 0),
                           .area = arena_strdup(a, sql_text(rows, 1)),
                           .has_place = !sql_is_null(rows, 2),
                           .lng = sql_real(rows, 2),
                           .lat = sql_real(rows, 3),
                           .address = sql_is_null(rows, 4) ? NULL : arena_strdup(a, sql_text(rows, 4))};
    uuid_format(ret->record, id);
    ret->key = arena_strdup(a, id);
    return copy_fields(w->rule, sql_text(rows, 5), a, ret, e);
}

static bool record_page(struct target_walk *w, struct arena *a, struct target *ret, size_t max, size_t *n,
                        struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    AUTO(sql_where_free) struct sql_where where = {0};
    uint8_t first[16] = {0};

    sql_where_init(&where);
    if (w->rule->when != NULL && !cel_to_sql(w->rule->when, w->at, a, &where, e))
        return false;
    memcpy(first, &w->after, sizeof(first));
    if (!sql_begin(w->db, SQL_READ, &tx, e) ||
        !sql_select(tx, &schedule_queries[SCHEDULE_Q_TARGETS], &where, &rows, e,
                    SQL_ARGS(SQL_INT(w->world->district), SQL_TEXT(w->rule->of->name),
                             SQL_BLOB(first, sizeof(first)), SQL_INT((int64_t)max))))
        return false;
    while (sql_next(rows)) {
        if (!record_target(w, rows, a, &ret[*n], e))
            return false;
        w->after = ret[(*n)++].record;
    }
    return sql_end(&rows, e);
}

bool target_page(struct target_walk *w, struct arena *a, struct target *ret, size_t max, size_t *ret_n,
                 struct err *e)
{
    *ret_n = 0;
    if (w->ended)
        return true;
    switch (w->rule->target) {
    case FOR_AREA:
        area_page(w, ret, max, ret_n);
        break;
    case FOR_POST:
        post_page(w, a, ret, max, ret_n);
        break;
    case FOR_RECORDS:
        if (!record_page(w, a, ret, max, ret_n, e))
            return false;
        break;
    case FOR_UNSET:
        break;
    }
    w->ended = *ret_n < max;
    return true;
}

/* --- rounds --- */

/* One rule's pages. The page before stays, for what was given of it. */
struct lane {
    struct target_walk walk;
    struct arena *page[2];
    struct target *targets;
    size_t n, at;
    int turn;
};
struct target_round {
    size_t n;
    bool same; /* areas and posts: every rule has the same targets */
    struct lane lanes[];
};

struct target_round *target_round_open(const struct target_walk *first,
                                       const struct schedule_def *const *rules, size_t n)
{
    bool same = first->rule->target != FOR_RECORDS;
    struct target_round *r = xcalloc(1, sizeof(*r) + n * sizeof(r->lanes[0]));

    r->n = n;
    r->same = same;
    for (size_t i = 0; i < (same ? 1 : n); i++) {
        r->lanes[i].walk = *first;
        r->lanes[i].walk.rule = rules[i];
        for (int k = 0; k < 2; k++)
            r->lanes[i].page[k] = arena_create((size_t)64 << 20);
    }
    return r;
}

void target_round_close(struct target_round **r)
{
    if (*r == NULL)
        return;
    for (size_t i = 0; i < (*r)->n; i++)
        for (int k = 0; k < 2; k++)
            arena_free(&(*r)->lanes[i].page[k]);
    free(*r);
    *r = NULL;
}

/* The lane's next target; NULL: no more. */
static bool lane_head(struct lane *l, const struct target **ret, struct err *e)
{
    *ret = NULL;
    if (l->at == l->n) {
        struct arena *a = l->page[l->turn ^= 1];

        arena_reset(a);
        l->targets = arena_array(a, struct target, TARGET_PAGE);
        l->at = 0;
        if (!target_page(&l->walk, a, l->targets, TARGET_PAGE, &l->n, e))
            return false;
    }
    if (l->at < l->n)
        *ret = &l->targets[l->at];
    return true;
}

bool target_round_next(struct target_round *r, const struct target **ret, uint64_t *ret_rules, struct err *e)
{
    const struct target *head[ROUND_RULES_MAX];
    size_t lanes = r->same ? 1 : r->n;

    *ret = NULL;
    *ret_rules = 0;
    for (size_t i = 0; i < lanes; i++) {
        if (!lane_head(&r->lanes[i], &head[i], e))
            return false;
        if (head[i] != NULL && (*ret == NULL || uuid_cmp(head[i]->record, (*ret)->record) < 0))
            *ret = head[i];
    }
    for (size_t i = 0; i < lanes && *ret != NULL; i++)
        if (head[i] != NULL && uuid_eq(head[i]->record, (*ret)->record)) {
            *ret_rules |= UINT64_C(1) << i;
            r->lanes[i].at++;
        }
    if (r->same && *ret != NULL)
        *ret_rules = r->n == ROUND_RULES_MAX ? UINT64_MAX : (UINT64_C(1) << r->n) - 1;
    return true;
}
