/* batch.h -- one transaction of the door: commands applied in memory one after
 * another, then written with few bulk statements. Inside record/ only. */
#ifndef RECORD_BATCH_H
#define RECORD_BATCH_H

#include "json/json_out.h"
#include "record/hold.h"
#include "record/idmap.h"
#include "record/record.h"
#include "record/store.h"

#include <stdatomic.h>

/* Arena of a batch, kept alive by the outcomes that point into it. */
struct batch_memory {
    struct arena *arena;
    atomic_int refs;
};
struct batch_memory *batch_memory_create(void) NEVER_NULL;
void batch_memory_hold(struct batch_memory *m);
void batch_memory_drop(struct batch_memory **m);

/* Where the district's numbering stands; copied, so that a failed batch leaves none used. */
enum { NUMBER_YEARS = 32 };
struct numbering {
    int64_t seq;
    size_t n;
    struct {
        int64_t year, last;
    } years[NUMBER_YEARS];
};

/* One entry, waiting to be written and published. */
struct batch_entry {
    struct entry_row row;
    const char *measures;
    uint8_t hash[HASH_BYTES];
    int64_t digest;
    const struct change *change;
};

/* What is known of a command that was carried out before. */
struct done_before {
    bool found;
    struct uuid record;
    int64_t seq, digest;
};

/* What was read for the commands of a batch before the first was applied. */
struct batch_ahead {
    struct idmap commands, records;
    struct done_before *done;
    struct record_ahead {
        const struct record *r; /* NULL: there is none of that id */
        bool damaged;           /* whoever asks for it reads it again and hears why */
    } * loaded;
};

/* What is written: rows of records, of the history, links, files, blind indexes, notices, silences. */
enum { BATCH_TABLES = STORE_TABLES + 6 };

struct batch {
    const struct world *world;
    const struct door_observer *observer;
    void *observed; /* what the observer keeps of this batch */
    const struct door_guard *guard;
    void *guarded;     /* what the guard does */
    struct sql_tx *tx; /* what it reads */
    /* The batch before it, which is being written: what it will leave counts, `tx` does not show it yet. */
    const struct batch *older;
    struct batch_memory *memory;
    struct arena *a; /* memory->arena */
    struct json_out json;
    struct numbering numbering;
    struct touched *touched;
    size_t n_touched, max_touched;
    struct idmap by_id, by_command;
    struct batch_ahead ahead;
    struct hold_book *holds; /* what records hold that no other may have; the batch's own unless a trial's */
    struct hold_book own_holds;
    struct batch_entry *entries;
    size_t n_entries, max_entries;
    struct bulk tables[BATCH_TABLES]; /* by batch_rows() */
    struct books books;
    struct figures figures;
};

/* Takes `m` over. */
void batch_begin(struct batch *b, const struct world *w, const struct door_options *o, struct batch_memory *m,
                 const struct numbering *n, const struct batch *older);
/* Once nothing of it is needed but what outcomes hold. */
void batch_end(struct batch *b);
void batch_ahead_init(struct batch *b);
/* A row of record.entry_of_command. */
struct done_before batch_done(const struct sql_rows *rows);
/* Reads what these commands will ask for with two statements instead of two a command: a database on a
 * server is a round trip away. */
MUST_USE bool batch_read_ahead(struct batch *b, const struct command *const *cs, size_t n, struct err *e);
/* Applies one command and what follows from it. False: refused, nothing of it stays. */
MUST_USE bool batch_apply(struct batch *b, const struct command *c, struct outcome *ret, struct err *e);
/* The record as the batch has it by now; *ret NULL: there is none of that id. */
MUST_USE bool batch_load(struct batch *b, struct uuid id, const struct record **ret, struct err *e);
/* The same, or what it was merged into. */
MUST_USE bool batch_standing(struct batch *b, struct uuid id, const struct record **ret, struct err *e);
/* Records that book that one from `from` on. */
MUST_USE bool batch_holders(struct batch *b, struct uuid resource, int64_t from, struct uuid **ret,
                            size_t *ret_n, struct err *e);
/* The command as it is, or with those it names (its parent, fields of type record) read as what they were
 * merged into: a code at a door, a list on a phone may be older than the merge. */
MUST_USE bool batch_readdress(struct batch *b, const struct command *c, const struct command **ret,
                              struct err *e);
/* Applies that one alone; *ret_change is left as it is when the command was carried out before. */
MUST_USE bool batch_apply_one(struct batch *b, const struct command *c, struct outcome *ret,
                              const struct change **ret_change, struct err *e);
/* Whether that one would be carried out now. Nothing of it stays. */
MUST_USE bool batch_would(struct batch *b, const struct command *c, struct err *e);
/* Whether the moves that a change makes of records which fields name are possible: else the change is not. */
MUST_USE bool batch_follows_fit(struct batch *b, const struct command *cause, const struct change *ch,
                                struct err *e);
/* What the effects of a change ask for next, and what that asks for (of children: only the move itself);
 * `ret` is told the record's new state. */
void batch_follow(struct batch *b, const struct command *c, const struct change *ch, struct outcome *ret);
/* Adds up what the observer counted; nothing is applied after it. Needs no transaction. */
void batch_sum(struct batch *b);
/* Makes the rows of everything applied, after batch_sum(). Needs no transaction. */
MUST_USE bool batch_rows(struct batch *b, struct err *e);
/* Writes the rows made; the caller commits. */
MUST_USE bool batch_write(struct batch *b, struct sql_tx *tx, struct err *e);
/* Tells the streams what happened, after the commit. */
void batch_publish(const struct batch *b, struct stream_hub *hub);
/* When the clocks of what was touched next want attention; 0 never. */
int64_t batch_wake(const struct batch *b);

#endif
