/* codec.h -- a record as the texts of its row, and as the changes of an entry.
 * Both use one encoding, so replaying the entries gives the row byte for byte.
 *
 * A personal value is held as "sealed|mask": the row's `fields` shows the mask,
 * its `sealed` column the cipher text. Instants are integers of milliseconds. */
#ifndef RECORD_CODEC_H
#define RECORD_CODEC_H

#include "engine/engine.h"
#include "json/json_in.h"

/* The JSON texts of a row, in an arena. `sealed` is "{}" without personal values. */
struct record_texts {
    const char *fields, *sealed, *parties, *clocks, *files;
};
/* `j` is scratch that is reused (its buffer stays). */
MUST_USE bool record_encode(const struct record *r, struct json_out *j, struct arena *a,
                            struct record_texts *ret, struct err *e);
MUST_USE bool record_decode(const struct world *w, const struct record_texts *t, struct arena *a,
                            struct record *r, struct err *e);
/* Only who plays which part, from the column `parties`; r->kind is set. */
MUST_USE bool record_decode_parties(const char *text, struct arena *a, struct record *r, struct err *e);

/* One of the column `files`, or of a change to it: an id, or {"aside": id}. */
struct attachment attachment_read(struct json_object *o);

/* [{"field","before","after"}] of everything that differs; before NULL: a raise. */
MUST_USE bool changes_encode(const struct change *c, struct json_out *j, struct arena *a, const char **ret,
                             struct err *e);
/* Does one entry's changes to `r` (blank before the first): the other direction. */
MUST_USE bool changes_replay(const struct world *w, const char *changes, struct record *r, struct arena *a,
                             struct err *e);

/* "sealed|mask" and its parts. */
const char *personal_join(struct arena *a, const char *sealed, const char *mask);
const char *personal_mask(const char *joined);
const char *personal_sealed(struct arena *a, const char *joined);

/* "4wh" */
void limit_format(struct limit l, char out[24]);
const char *clock_state_name(enum clock_state s);

#endif
