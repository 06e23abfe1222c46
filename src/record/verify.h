/* verify.h -- does what is stored follow from the history? The history is replayed, and
 * every row that is derived from it is compared with what it should be. */
#ifndef RECORD_VERIFY_H
#define RECORD_VERIFY_H

#include "engine/engine.h"
#include "sql/sql.h"

struct verify_calls {
    void *ctx;
    /* Every entry, in the order of its number; may be NULL. */
    bool (*entry)(void *ctx, int64_t seq, int64_t at, struct uuid record, const char *changes, struct err *e);
    /* Every change as it happened, in the order of each record; *ret_names: what it counted for. */
    bool (*change)(void *ctx, const struct world *then, const struct change *c, struct arena *a,
                   const char **ret_names, struct err *e);
    /* Another version of a pack took a record over at `at` (UTC milliseconds); may be NULL. */
    bool (*carried)(void *ctx, const struct world *then, const struct record *before,
                    const struct record *after, int64_t at, struct arena *a, struct err *e);
    /* One difference, in words. */
    void (*differs)(void *ctx, const char *what);
    void (*step)(void *ctx, int64_t done); /* entries, records, words or notices; may be NULL */
};
struct verify_sums {
    int64_t entries, records, words, notices;
};
/* What full text should find: 16 bytes a record, gathered by verify_records, used up by verify_search. */
struct verify_index;
struct verify_index *verify_index_create(void) NEVER_NULL;
void verify_index_free(struct verify_index **ref);

/* All of a district in one snapshot: the sequence and hash of every entry; every record's row, parties,
 * timer, blind index and links; every word of the full-text index; that every notice comes from an entry
 * of its record (not that none is missing: who was to be told is not kept). Otherwise memory does not grow
 * with the history. False only when the database cannot be read; what is wrong is told by `differs`. */
MUST_USE bool verify_entries(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                             struct verify_sums *sums, struct err *e);
MUST_USE bool verify_records(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                             struct verify_index *index, struct verify_sums *sums, struct err *e);
MUST_USE bool verify_search(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                            struct verify_index *index, struct verify_sums *sums, struct err *e);
MUST_USE bool verify_notices(struct sql_tx *tx, const struct world *w, const struct verify_calls *calls,
                             struct verify_sums *sums, struct err *e);

#endif
