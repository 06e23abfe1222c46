/* rules.h -- the rules of a district: versions of its packs, and which of them held from which entry of the
 * history on (docs/adr/0008). A version is kept for ever as it was written. It begins to hold between two
 * batches of the door, once all records that are there have a place in it; going back is beginning an earlier
 * one. */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "engine/engine.h"
#include "http/openapi.h"
#include "http/route.h"
#include "identity/account.h"
#include "pack/pack.h"
#include "record/record.h"

/* The files of a pack: pack.yaml, what it names, its scenarios. */
struct edition_file {
    const char *name, *text; /* "codes/category.csv"; NUL-terminated UTF-8 */
    size_t n;
};
struct edition {
    const char *pack;
    const char *dir; /* the folder it was read from, for complaints of those who named it; NULL: packs/NAME */
    const struct edition_file *files;
    size_t n;
};
const struct edition_file *edition_file(const struct edition *d, const char *name); /* NULL: none */

/* What the program can do with packs: given by app/. */
struct rules_maker {
    /* The packs of the program, those of `list` in place of what has their names. Else like packs_load(). */
    bool (*load)(void *ctx, const struct edition *list, size_t n, struct arena **ret_arena,
                 struct packs **ret, struct complaints *ret_complaints);
    /* The program's own files of a pack, in `a`; false: it brings none of that name. */
    bool (*own)(void *ctx, const char *pack, struct arena *a, struct edition *ret);
    void *ctx;
};

/* Which packs hold, and which held: one a district. Any thread. */
struct rules;
/* One version of a pack. */
struct version_choice {
    const char *pack;
    int64_t number;
};
struct rules_options {
    struct sql *db;
    int64_t district;
    struct rules_maker maker;
    const struct packs *own; /* the program's packs alone: those of a district that has no versions */
    /* As if these versions held now: the way out when those that do are not accepted any more. */
    const struct version_choice *instead;
    size_t n_instead;
};
MUST_USE bool rules_open(const struct rules_options *o, struct rules **ret, struct err *e);
void rules_close(struct rules **r);
/* What holds now, and all that held; both stay until rules_close(). ERR_CONFLICT "pack.past" when a version
 * that holds is not accepted any more, by a program that checks more than the one that took it: says which,
 * where, and what to type. Of one that held once, the packs of now stand in for reading what was written
 * then. */
MUST_USE bool rules_now(struct rules *r, const struct packs **ret, const struct eras **ret_eras,
                        struct err *e);

/* What the checker says today of a version beside those that hold: ret->n is 0 when it is accepted. What is
 * in *ret lives in *ret_arena, the caller's to free in any case. ERR_NOT_FOUND "version.none". */
MUST_USE bool rules_judge(struct rules *r, const char *pack, int64_t number, struct arena **ret_arena,
                          struct complaints *ret, struct err *e);

/* --- versions --- */

struct version {
    const char *pack, *note;
    int64_t number, at;
    struct uuid actor; /* nil: the program */
    uint8_t hash[HASH_BYTES];
};
/* Checks names, sizes and that there is a pack.yaml. ERR_INVALID "version.files" … */
MUST_USE bool edition_check(const struct edition *d, struct err *e);
/* Keeps it as the next version; the same as the newest is that one again. The caller has checked what it
 * says. */
MUST_USE bool version_save(const struct doing *by, const struct privacy *pv, const struct edition *d,
                           const char *note, struct version *ret, struct err *e);
/* The files of a version, in `a`. ERR_NOT_FOUND "version.none". */
MUST_USE bool version_read(struct sql_tx *tx, int64_t district, const char *pack, int64_t number,
                           struct arena *a, struct edition *ret, struct err *e);
/* All of a pack, the newest first (at most VERSIONS_SHOWN). */
enum { VERSIONS_SHOWN = 200 };
MUST_USE bool version_list(struct sql_tx *tx, int64_t district, const char *pack, struct arena *a,
                           struct version **ret, size_t *ret_n, struct err *e);
/* Names of packs that have versions. */
MUST_USE bool version_packs(struct sql_tx *tx, int64_t district, struct arena *a, const char ***ret,
                            size_t *ret_n, struct err *e);

/* --- switching --- */

struct switching {
    struct uuid id, actor;
    const char *pack, *why, *problem; /* problem: JSON {key, zh, en}; "" none */
    int64_t number, at, from, withdrawn, nth, done, seq;
};
MUST_USE bool switch_list(struct sql_tx *tx, int64_t district, const char *pack, struct arena *a,
                          struct switching **ret, size_t *ret_n, struct err *e);
/* The version of a pack that holds: 0 the program's. */
MUST_USE bool switch_holds(struct sql_tx *tx, int64_t district, const char *pack, int64_t *ret,
                           struct err *e);

/* What a version would do to the records that are there. */
struct misfit {
    const char *key, *file; /* "fit.state"; the file of the pack that could mend it */
    int line, column, width;
    int64_t n; /* records (posts) concerned */
    const char *zh, *en, *todo_zh, *todo_en;
};
struct fit {
    struct misfit *list;
    size_t n;
    int64_t looked_at; /* records that had to be looked at */
};
enum { MISFITS_MAX = 50 };
/* Looks at all records of `before` that `after` might have no place for. `edition` has the files of the
 * changed pack, for places in them. With `carry`, and if all fit, rewrites what is derived of them, as of
 * `now`. */
struct fitting {
    struct sql_tx *tx;
    const struct world *before;
    const struct packs *after;
    const struct edition *edition;
    bool carry;
    int64_t now;
    struct arena *a;
};
MUST_USE bool fit_records(const struct fitting *f, struct fit *ret, struct err *e);

/* Puts a version into force now, or plans it (from > now). The same id again is the same. ERR_CONFLICT
 * "version.misfit" with the misfits as details; "version.holds"; "version.planned". */
struct switch_order {
    struct uuid id;
    const char *pack, *why;
    int64_t number, from;
};
MUST_USE bool switch_do(const struct services *s, struct rules *r, const struct doing *by,
                        const struct switch_order *o, struct err *e);
MUST_USE bool switch_withdraw(const struct doing *by, const char *pack, struct uuid id, struct err *e);
/* Puts into force what is due; what cannot be keeps its problem. *ret_next: when the next is due, 0 none. */
MUST_USE bool switch_due(const struct services *s, struct rules *r, int64_t now, int64_t *ret_next,
                         struct err *e);

/* What is kept of versions and switches against their hashes, and that their order is whole. */
MUST_USE bool rules_verify(struct sql_tx *tx, const struct world *w,
                           void (*differs)(void *ctx, const char *what), void *ctx, struct err *e);

/* --- in words --- */

/* A complaint in Chinese: what was found, and what would be right (NULL if nothing is said). */
const char *complaint_zh(const struct complaint *c, struct arena *a);
const char *complaint_todo_zh(const struct complaint *c, struct arena *a);
/* What is different for people, as a JSON list "changes". */
void write_changes(struct json_out *j, const struct packs *before, const struct packs *after);

/* A rehearsal, by app/: plays the edition's scenarios beside the editions that hold, in a process of its own,
 * at most REHEARSAL_S seconds; the JSON object that it tells goes to *ret, in `a`. */
enum { REHEARSAL_S = 60 };
extern bool (*rules_rehearse)(const struct services *s, const struct edition *list, size_t n,
                              const char *pack, struct arena *a, const char **ret, struct err *e);
extern struct rules *(*rules_of)(const struct services *s);
/* Something is planned for then: given by app/ to the timer. */
extern void (*rules_planned)(const struct services *s, int64_t at);

extern const struct route rules_routes[], rules_read_routes[];
extern const struct openapi_schema rules_schemas[];
extern const struct sql_query rules_queries[];

#endif
