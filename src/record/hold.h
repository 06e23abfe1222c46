/* hold.h -- what records hold that no other may have at once (`unique:` of a kind): rows of the table
 * `hold`, derived from the record, looked at by the door before a change is let in. A key is a blind tag of
 * the values, so that the table tells nothing personal. */
#ifndef RECORD_HOLD_H
#define RECORD_HOLD_H

#include "engine/engine.h"
#include "record/idmap.h"
#include "sql/sql.h"

enum { HOLDS_MAX = 8 }; /* of one record */

/* One thing a record holds, from a day on up to another, which is not of it any more. */
struct hold {
    struct uuid key; /* 16 bytes of a blind index, not an id */
    int64_t from, until;
    const struct unique *unique;
};
/* What r holds, each in the order of its kind's rules. ERR_INVALID "record.interval" when it ends before it
 * begins; ERR_INTERNAL when a sealed value cannot be opened. */
MUST_USE bool record_holds(const struct world *w, const struct record *r, struct arena *a,
                           struct hold ret[HOLDS_MAX], size_t *ret_n, struct err *e);

/* What the commands of a batch have taken and given up so far. */
struct hold_book {
    struct idmap first; /* key -> its newest line, counted from 1 */
    struct hold_line {
        struct hold hold;
        struct uuid record;
        size_t next; /* of the same key; 0: none */
        bool gone;
    } * lines;
    size_t n, max;
    struct arena *a;
};
void hold_book_init(struct hold_book *b, struct arena *a);

/* Where others' holds are looked for: lines of this batch, of the one being written, rows of the database. */
struct hold_ask {
    const struct world *world;
    struct sql_tx *tx;
    struct hold_book *book;
    const struct hold_book *older; /* may be NULL */
    struct arena *a;
};
/* What a change gives up and takes. */
struct hold_plan {
    struct hold gone[HOLDS_MAX], taken[HOLDS_MAX];
    size_t n_gone, n_taken;
};
/* What `after` takes instead of `before` (NULL: new). ERR_CONFLICT "record.unique" with the rule's own words
 * when another has it; and as record_holds(). */
MUST_USE bool hold_check(const struct hold_ask *q, const struct record *before, const struct record *after,
                         struct hold_plan *ret, struct err *e);
/* Notes it, when the change is let in. */
void hold_note(struct hold_book *b, const struct hold_plan *p, struct uuid record);
/* The record that has the one thing that a kind's rule over a single open text field calls `value`; nil if
 * there is no such rule, or no such record. */
MUST_USE bool hold_find(struct sql_tx *tx, const struct world *w, const struct kind *kind, const char *value,
                        struct uuid *ret, struct err *e);
/* Records that have what this draft would take, at most max. */
MUST_USE bool hold_rivals(struct sql_tx *tx, const struct world *w, const struct record *draft,
                          struct arena *a, struct uuid *ret, size_t max, size_t *ret_n, struct err *e);

#endif
