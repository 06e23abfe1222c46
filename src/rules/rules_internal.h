/* rules_internal.h -- what the files of rules/ share. */
#ifndef RULES_INTERNAL_H
#define RULES_INTERNAL_H

#include "rules/rules.h"

/* Of what the files say, whatever their order. */
void edition_hash(const struct privacy *pv, const struct edition *d, uint8_t ret[HASH_BYTES]);
/* A row's `files`. */
MUST_USE bool edition_parse(const char *json, const char *pack, struct arena *a, struct edition *ret,
                            struct err *e);
MUST_USE bool version_write(struct sql_tx *tx, int64_t district, const struct edition *d,
                            const struct version *v, struct err *e);

/* --- switch_rows.c --- */
enum { SWITCH_HASH = 12 }; /* column of a row of rules.switch_get and its like */
void switch_row(const struct sql_rows *rows, struct arena *a, struct switching *ret);
MUST_USE bool switch_get(struct sql_tx *tx, int64_t district, struct uuid id, struct arena *a,
                         struct switching *ret, bool *ret_there, struct err *e);
/* How many switches have been done. */
MUST_USE bool switch_last(struct sql_tx *tx, int64_t district, int64_t *ret, struct err *e);
/* Of a beginning that was done: `version` is its version's hash. */
void switch_hash(const struct privacy *pv, int64_t district, const struct switching *s,
                 const uint8_t version[HASH_BYTES], uint8_t ret[HASH_BYTES]);
/* The version's hash as it is kept; false if there is none. */
MUST_USE bool version_hash(struct sql_tx *tx, int64_t district, const char *pack, int64_t number,
                           uint8_t ret[HASH_BYTES], struct err *e);

/* The packs that would hold with `d` in place of its pack. *ret NULL when it has complaints, which stand in
 * *ret_complaints then; all in *ret_arena, the caller's to free. */
struct candidate {
    struct arena *arena;
    struct packs *packs;
    struct complaints complaints;
};
MUST_USE bool candidate_load(struct rules *r, struct sql_tx *tx, const struct edition *d,
                             struct candidate *ret, struct err *e);
void candidate_free(struct candidate *c);
/* The editions in force, `d` in place of its pack (NULL: as they are), in `a`; none of packs that are the
 * program's. */
MUST_USE bool rules_editions(struct rules *r, struct sql_tx *tx, const struct edition *d, struct arena *a,
                             struct edition **ret, size_t *ret_n, struct err *e);
const struct rules_maker *rules_maker_of(const struct rules *r);

/* --- fit_kind.c: a kind before and after --- */
struct kind_step {
    const struct kind *from, *to; /* to NULL: it is gone */
    bool sure;                    /* every record of it has a place in `to` */
    bool same;                    /* what is derived of its records stays as it is */
};
struct kind_step kind_step(const struct packs *before, const struct packs *after, const struct kind *from);
/* Names what a record holds that `to` has no place for: calls `misfit` with "fit.state" and so on. */
struct misfit_calls {
    void (*misfit)(void *ctx, const char *key, const struct kind *k, const char *name, const char *detail);
    void *ctx;
};
void record_misfits(const struct record *r, const struct kind_step *s, const struct misfit_calls *calls);
/* Whether anything of its row, or of what lies beside it, is other than before. */
bool rows_differ(const struct record *before, const struct record *after);

/* --- fit_place.c: where in the files a misfit could be mended, and its words --- */
struct places;
struct places *places_make(const struct edition *d, struct arena *a) NEVER_NULL;
void misfit_words(const struct places *p, const char *key, const struct kind *k, const char *name,
                  const char *detail, int64_t n, struct arena *a, struct misfit *ret);

#endif
