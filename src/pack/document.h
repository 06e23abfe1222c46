/* document.h -- YAML files that are no packs (an import's mapping, a scenario), read and
 * complained about as packs are: check.h's functions work on them. */
#ifndef PACK_DOCUMENT_H
#define PACK_DOCUMENT_H

#include "pack/check.h"

/* Everything is made in `a`; complaints are collected in *complaints, which it sets up. */
struct pack_check *document_begin(struct arena *a, const struct packs *packs,
                                  struct complaints *complaints) NEVER_NULL;
/* The tree of text[0..n), which lives as long as `a`. NULL after complaining. */
const struct pack_node *document_parse(struct pack_check *c, const char *name, const char *text, size_t n);

#endif
