/* replay.h -- a matter's history told again: each entry as the change that the door saw. What
 * `verify` compares with, and what the past is computed from. */
#ifndef RECORD_REPLAY_H
#define RECORD_REPLAY_H

#include "engine/engine.h"
#include "sql/sql.h"

/* Walks through the versions of packs (struct eras) as a history does. */
struct replay_era {
    struct world world; /* with the packs of the era */
    size_t era;
};
void replay_era_begin(const struct world *w, struct replay_era *ret);
/* Goes to the next era if that has begun before entry `seq`, *ret_went then; the caller recasts what it has
 * in hand. ERR_INTERNAL "pack.past". */
MUST_USE bool replay_era_next(struct sql_tx *tx, const struct world *w, struct replay_era *era, int64_t seq,
                              bool *ret_went, struct err *e);

/* One entry as a change; its texts are the row's and live no longer than it. */
struct replayed {
    struct change change;
    struct command command;
    struct principal who;
    int64_t seq, at;           /* at: UTC milliseconds */
    const struct world *world; /* as it was then, as far as packs go */
};

/* A row of record.entries_of_record upon the record as it was before (NULL: a raise), both of the packs of
 * `w`: *ret is the record after it, in `a`. False with *e if the entry's changes cannot be read. */
MUST_USE bool replay_entry(const struct world *w, const struct sql_rows *row, struct uuid id,
                           const struct record *before, struct arena *a, struct record **ret, struct err *e);
/* The change that led from `before` to `after`. */
void replay_change(const struct sql_rows *row, const struct record *before, struct record *after,
                   struct replayed *ret);

/* Tells a record's entries up to `until` (UTC milliseconds, inclusive) in order; `each` may be NULL.
 * *ret is the record as the last of them left it, by the packs that held then; NULL if there was none yet. A
 * matter whose history cannot be read any more (its pack is gone) is none. */
MUST_USE bool replay_record(struct sql_tx *tx, const struct world *w, struct uuid id, int64_t until,
                            struct arena *a,
                            bool (*each)(void *ctx, const struct replayed *r, struct arena *a, struct err *e),
                            void *ctx, struct record **ret, struct err *e);

/* Records with entries at `from` <= at < `to` and a number above `seq`: appended to *ids, which is grown
 * with xrealloc() and belongs to the caller. A record may be there more than once. Reads only these entries.
 */
struct replay_ids {
    struct uuid *list;
    size_t n, max;
};
MUST_USE bool replay_touched(struct sql_tx *tx, int64_t district, int64_t from, int64_t to, int64_t seq,
                             struct replay_ids *ids, struct err *e);
/* The same of the entries behind `seq` alone, whatever their time; *ret_seq is the last one's number. More
 * than `max` of them: *ret_many, and ids are not complete. */
MUST_USE bool replay_news(struct sql_tx *tx, int64_t district, int64_t seq, size_t max,
                          struct replay_ids *ids, int64_t *ret_seq, bool *ret_many, struct err *e);
/* Sorts and drops what is there twice. */
void replay_ids_once(struct replay_ids *ids);

#endif
