/* store.h -- rows of records: reading one, writing what a batch changed. */
#ifndef RECORD_STORE_H
#define RECORD_STORE_H

#include "base/buf.h"
#include "json/json_out.h"
#include "record/bulk.h"
#include "record/codec.h"
#include "record/record.h"

enum { NUMBER_YEAR = 100000000 }; /* number = year * NUMBER_YEAR + running */

/* Reads the first columns of record.get and record.all_records. */
MUST_USE bool row_record(const struct sql_rows *rows, const struct world *w, struct arena *a,
                         struct record **ret, struct err *e);
/* 衢江-2026-000123 */
void number_format(const struct world *w, int64_t number, char *out, size_t size);
/* 衢江-2026-000123, 2026-000123, or the tail 000123 of this year, back to a number; 0 if it is none. */
int64_t number_parse(const struct world *w, const char *s, int64_t now);
/* First 12 digits of an area's code; "" above communities. */
void community_of(const char *area, char out[13]);

/* A record touched by a batch: as it was loaded, as it will be written. */
struct touched {
    const struct record *before, *after; /* before NULL: new */
};
enum { STORE_TIES = 10 /* the last of them */, STORE_TABLES };
/* The rows these make, in `a`, table by table in the order they are to be written. */
MUST_USE bool store_rows(const struct world *w, const struct touched *t, size_t n, struct json_out *j,
                         struct arena *a, struct bulk bulk[STORE_TABLES], struct err *e);

/* Notes that others hang on the record, in the table STORE_TIES. */
void store_tie(struct bulk *b, const struct world *w, const struct uuid *id);

/* The id of the n-th notice of a command, to this account. */
struct uuid notice_id(const struct world *w, struct uuid command, struct uuid account, int64_t at, size_t n);

/* Words of a record for full text: bigrams of its searchable fields. */
const char *search_words(const struct record *r, struct arena *a);
/* Whether both have the same words: cheaper than making them. */
bool search_same(const struct record *a, const struct record *b);
/* The same of what somebody typed: an FTS expression; "" if there is nothing to search by. */
const char *search_query(const char *typed, struct arena *a);

/* The canonical bytes of an entry (docs/internals/history.md) and their hash. */
struct entry_row {
    int64_t district, seq, at, version;
    struct uuid record, command, actor;
    int64_t actor_kind;
    const char *right, *verb, *from_state, *to_state, *note, *changes;
};
/* What canonical bytes are made of: eight bytes, the highest first; a text behind its length. */
void canonical_int(struct buf *b, int64_t v);
void canonical_text(struct buf *b, const char *s);
void entry_hash(const struct privacy *p, const struct entry_row *row, uint8_t ret[HASH_BYTES]);

#endif
