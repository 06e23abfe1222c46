/* packs.h -- the packs that the program brings: those in the binary, those in DIR/packs, and folders named.
 * They are read once; versions that administrators keep take their places (rules/rules.h). */
#ifndef APP_PACKS_H
#define APP_PACKS_H

#include "app/app.h"
#include "rules/rules.h"

/* The files of all packs that the program brings, each name once. */
struct own_packs {
    struct arena *arena;
    struct edition *list;
    size_t n;
};
/* The embedded packs, with folders in place of those of their names; a folder without a pack.yaml is a folder
 * of packs. What is no pack is passed over here and complained about when it is loaded. */
void own_packs_read(const char *const *dirs, size_t n, struct own_packs *ret);
void own_packs_free(struct own_packs *o);

/* Reads DIR/packs and what `o` names into d->own, and loads them; complaints are printed on stderr. */
MUST_USE bool packs_open(struct district *d, const struct district_options *o, struct err *e);
/* Loads the embedded packs that `dirs` do not replace, and `dirs`; complaints are printed on stderr.
 * *ret_arena owns the packs, also when false. */
MUST_USE bool packs_load_all(const char *const *dirs, size_t n, struct arena **ret_arena, struct packs **ret,
                             struct err *e);
/* What rules/ asks for; ctx is struct own_packs. */
struct rules_maker packs_maker(struct own_packs *o);

#endif
