/* find: KIND -- what the story did not raise itself gets a name: records below one that has one, or the
 * newest of all. */
#include "app/scenario.h"
#include "record/around.h"
#include "scenario.sql.h"

#include <string.h>

static void keep_newest(struct play *p, const struct pack_node *step, struct sql_tx *tx)
{
    const struct kind *k = packs_kind(district_world(p->d)->packs, play_text(node_get(step, "find")));
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct err e = {0};

    if (k == NULL || p->n_kept == KEPT_MAX) {
        (void)play_fail(p, step, "没有这种事项 there is no such kind");
        return;
    }
    if (!sql_query(tx, &scenario_queries[SCENARIO_Q_NEWEST], &rows, &e, SQL_INT(p->d->code),
                   SQL_TEXT(k->name)))
        (void)play_fail_err(p, step, "find", &e);
    else if (sql_next(rows))
        play_keep(p, play_text(node_get(step, "keep")), k, sql_uuid(rows, 0));
    else
        (void)play_fail(p, step, "一件也没有 there is none of the kind");
    if (rows != NULL && !sql_end(&rows, &e))
        (void)play_fail_err(p, step, "find", &e);
}

static void keep_found(struct play *p, const struct pack_node *step, const struct record *const *below,
                       size_t n, const char *area)
{
    const char *kind = play_text(node_get(step, "find")), *name = play_text(node_get(step, "keep"));
    size_t found = 0;

    for (size_t i = 0; i < n && p->n_kept < KEPT_MAX; i++)
        if (strcmp(below[i]->kind->name, kind) == 0 && (area == NULL || strcmp(below[i]->area, area) == 0)) {
            play_keep(p, name, below[i]->kind, below[i]->id);
            found++;
        }
    if (found == 0)
        (void)play_fail(p, step, "下面没有找到 nothing of the kind lies below: %s", kind);
}

void play_find(struct play *p, const struct pack_node *step)
{
    const struct pack_node *in = node_get(step, "in"), *below = node_get(step, "below");
    const struct kept *top = below == NULL ? NULL : play_kept(p, below);
    const struct area *area = in == NULL ? NULL : play_area(p, in);
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    const struct record **list = NULL;
    struct err e = {0};
    size_t n = 0;

    if ((below != NULL && top == NULL) || (in != NULL && area == NULL) || node_get(step, "keep") == NULL) {
        (void)play_fail(p, step, "须有 keep: keep is needed");
        return;
    }
    if (!sql_begin(p->d->db, SQL_READ, &tx, &e) ||
        (top != NULL && !record_below(tx, district_world(p->d), top->id, p->arena, &list, &n, &e)))
        (void)play_fail_err(p, step, "find", &e);
    else if (top == NULL)
        keep_newest(p, step, tx);
    else
        keep_found(p, step, list, n, area == NULL ? NULL : area->code);
}
