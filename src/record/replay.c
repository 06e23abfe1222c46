#include "record/replay.h"

#include "base/text.h"
#include "engine/record_internal.h"
#include "record.sql.h"
#include "record/codec.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

enum { VERB_BYTES = 256 }; /* more than a pack's names may have */

/* What is not among an entry's changes but follows from it. */
static void settle(const struct sql_rows *row, const struct record *before, struct record *after,
                   struct arena *a)
{
    int64_t at = sql_int(row, 3);

    after->version = sql_int(row, 10);
    if (before == NULL)
        after->created_at = at;
    if (before == NULL || before->state != after->state)
        after->entered_at = at;
    if (before == NULL || before->version != after->version) {
        after->updated_at = at;
        after->title = record_line(after, a);
    }
}

bool replay_entry(const struct world *w, const struct sql_rows *row, struct uuid id,
                  const struct record *before, struct arena *a, struct record **ret, struct err *e)
{
    struct record *after = before == NULL ? arena_new(a, struct record) : record_clone(before, a);

    if (before == NULL) {
        after->id = id;
        after->area = "";
    }
    if (!changes_replay(w, sql_text(row, 12), after, a, e))
        return false;
    if (after->kind == NULL || after->state == NULL)
        return ERR(e, ERR_INTERNAL, "record.broken", "存储的事项无法读取：%s %s",
                   "a stored matter cannot be read: %s %s", "kind or state", "?");
    settle(row, before, after, a);
    *ret = after;
    return true;
}

void replay_change(const struct sql_rows *row, const struct record *before, struct record *after,
                   struct replayed *ret)
{
    *ret = (struct replayed){.seq = sql_int(row, 0), .at = sql_int(row, 3)};
    ret->who = (struct principal){.account = sql_uuid(row, 4), .kind = (enum actor_kind)sql_int(row, 5)};
    ret->command = (struct command){.id = sql_uuid(row, 2),
                                    .who = &ret->who,
                                    .at = ret->at,
                                    .target = after->id,
                                    .verb = sql_text(row, 7),
                                    .note = sql_text(row, 11)};
    ret->change = (struct change){.after = after,
                                  .before = before,
                                  .command = &ret->command,
                                  .move = kind_move(after->kind, ret->command.verb),
                                  .verb = ret->command.verb,
                                  .from_state = sql_text(row, 8),
                                  .to_state = sql_text(row, 9),
                                  .right = sql_text(row, 6),
                                  .note = ret->command.note,
                                  .touched = before == NULL || before->version != after->version};
}

/* --- versions of packs --- */

void replay_era_begin(const struct world *w, struct replay_era *ret)
{
    *ret = (struct replay_era){.world = *w};
    if (w->eras != NULL)
        ret->world.packs = NULL; /* of the first era: asked for when it is needed */
}

/* Packs of eras that nobody asks for are not read. */
static bool enter(struct sql_tx *tx, const struct eras *eras, struct replay_era *era, struct err *e)
{
    return eras->packs(eras->ctx, tx, era->era, &era->world.packs, e);
}

bool replay_era_next(struct sql_tx *tx, const struct world *w, struct replay_era *era, int64_t seq,
                     bool *ret_went, struct err *e)
{
    const struct eras *eras = w->eras;

    *ret_went = false;
    if (eras == NULL)
        return true;
    if (era->era + 1 < eras->n && eras->list[era->era + 1].after < seq) {
        era->era++;
        *ret_went = true;
    }
    return (!*ret_went && era->world.packs != NULL) || enter(tx, eras, era, e);
}

/* All eras up to the entry; the record goes along. */
static bool go_on(struct sql_tx *tx, const struct world *w, struct replay_era *era, int64_t seq,
                  struct arena *a, struct record **r, struct err *e)
{
    bool went = true;

    while (went) {
        if (!replay_era_next(tx, w, era, seq, &went, e))
            return false;
        if (went && *r != NULL && (*r = record_recast(era->world.packs, *r, a)) == NULL)
            return ERR(e, ERR_INTERNAL, "record.kind", "没有装载类型“%s”的程序包",
                       "no pack describes the kind “%s”", "?");
    }
    return true;
}

/* Of a database that fails, the error; a matter that cannot be read is left out. */
static bool passed_over(struct record **ret, struct err *e)
{
    if (str_starts(e->key, "sql."))
        return false;
    *e = (struct err){0};
    *ret = NULL;
    return true;
}

bool replay_record(struct sql_tx *tx, const struct world *w, struct uuid id, int64_t until, struct arena *a,
                   bool (*each)(void *ctx, const struct replayed *r, struct arena *a, struct err *e),
                   void *ctx, struct record **ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct replay_era era;

    *ret = NULL;
    replay_era_begin(w, &era);
    if (!sql_query(tx, &record_queries[RECORD_Q_ENTRIES_OF_RECORD], &rows, e, SQL_INT(w->district),
                   SQL_UUID(&id), SQL_INT(0)))
        return false;
    while (sql_next(rows) && sql_int(rows, 3) <= until) {
        const struct record *before;
        struct replayed one;

        if (!go_on(tx, w, &era, sql_int(rows, 0), a, ret, e))
            return passed_over(ret, e);
        before = *ret;
        if (!replay_entry(&era.world, rows, id, before, a, ret, e))
            return passed_over(ret, e);
        replay_change(rows, before, *ret, &one);
        one.world = &era.world;
        if (each != NULL && !each(ctx, &one, a, e))
            return false;
    }
    return sql_end(&rows, e);
}

/* --- which records --- */

static void add(struct replay_ids *ids, struct uuid id)
{
    if (ids->n > 0 && uuid_eq(ids->list[ids->n - 1], id))
        return;
    if (ids->n == ids->max) {
        ids->max = ids->max == 0 ? 256 : ids->max * 2;
        ids->list = xrealloc(ids->list, ids->max * sizeof(*ids->list));
    }
    ids->list[ids->n++] = id;
}

static int by_id(const void *a, const void *b)
{
    return uuid_cmp(*(const struct uuid *)a, *(const struct uuid *)b);
}

void replay_ids_once(struct replay_ids *ids)
{
    size_t n = 0;

    if (ids->n > 0)
        qsort(ids->list, ids->n, sizeof(*ids->list), by_id);
    for (size_t i = 0; i < ids->n; i++)
        if (n == 0 || !uuid_eq(ids->list[n - 1], ids->list[i]))
            ids->list[n++] = ids->list[i];
    ids->n = n;
}

/* The first verb of the history behind `verb`, by one look into the index; "" is none. */
static bool next_verb(struct sql_tx *tx, int64_t district, char verb[VERB_BYTES], struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    bool some;

    if (!sql_query(tx, &record_queries[RECORD_Q_NEXT_VERB], &rows, e, SQL_INT(district), SQL_TEXT(verb)))
        return false;
    some = sql_next(rows);
    str_copy(verb, VERB_BYTES, some ? sql_text(rows, 0) : "");
    return sql_end(&rows, e);
}

bool replay_touched(struct sql_tx *tx, int64_t district, int64_t from, int64_t to, int64_t seq,
                    struct replay_ids *ids, struct err *e)
{
    char verb[VERB_BYTES] = "";

    if (!next_verb(tx, district, verb, e))
        return false;
    while (verb[0] != '\0') {
        AUTO(sql_rows_free) struct sql_rows *rows = NULL;

        if (!sql_query(tx, &record_queries[RECORD_Q_TOUCHED], &rows, e, SQL_INT(district), SQL_TEXT(verb),
                       SQL_INT(from), SQL_INT(to), SQL_INT(seq)))
            return false;
        while (sql_next(rows))
            add(ids, sql_uuid(rows, 0));
        if (!sql_end(&rows, e) || !next_verb(tx, district, verb, e))
            return false;
    }
    return true;
}

bool replay_news(struct sql_tx *tx, int64_t district, int64_t seq, size_t max, struct replay_ids *ids,
                 int64_t *ret_seq, bool *ret_many, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t n = 0;

    *ret_seq = seq;
    *ret_many = false;
    if (!sql_query(tx, &record_queries[RECORD_Q_ENTRIES_AFTER], &rows, e, SQL_INT(district), SQL_INT(seq),
                   SQL_INT((int64_t)max + 1)))
        return false;
    for (; sql_next(rows); n++) {
        *ret_seq = sql_int(rows, 0);
        add(ids, sql_uuid(rows, 1));
    }
    *ret_many = n > max;
    return sql_end(&rows, e);
}
