/* verify_internal.h -- what the two files of verify share. */
#ifndef RECORD_VERIFY_INTERNAL_H
#define RECORD_VERIFY_INTERNAL_H

#include "json/json_out.h"
#include "record/verify.h"

/* Rows that the history asks for, to be compared with how many there are. */
struct derived {
    int64_t parties, timers, blinds, links, holds;
};
struct verifying {
    struct sql_tx *tx;
    const struct world *world;
    const struct verify_calls *calls;
    struct arena *a; /* of one record */
    struct json_out json;
    struct derived derived;
    struct verify_index *index;
    /* of the record in hand: what its entries put beside it, each once */
    const uint8_t **tags;
    const struct verify_link {
        struct uuid other;
        const char *type;
    } * *links;
    size_t n_tags, n_links, max_tags, max_links;
};

void verify_tell(const struct verifying *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
void verify_step(const struct verify_calls *calls, int64_t done);
/* "record 衢江-2026-000123 (id)" */
const char *verify_name(const struct verifying *v, struct uuid id, int64_t number);
/* The record's row, at the columns of record.whole_rows, against what replay made. */
MUST_USE bool verify_row(struct verifying *v, const struct sql_rows *rows, const struct record *r,
                         struct err *e);
/* Parties, timer, blind index, links and files of a record. */
MUST_USE bool verify_beside(struct verifying *v, const struct record *r, struct err *e);
/* Notes the words that full text should find it by. */
void verify_index_note(struct verify_index *x, const struct record *r, struct arena *a);

#endif
