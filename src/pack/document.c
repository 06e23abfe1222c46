#include "pack/document.h"

#include "pack/loader.h"

struct pack_check *document_begin(struct arena *a, const struct packs *packs, struct complaints *complaints)
{
    struct pack_check *c = arena_new(a, struct pack_check);

    complaints->items = arena_array(a, struct complaint, COMPLAINTS_MAX);
    complaints->n = 0;
    c->a = a;
    c->complaints = complaints;
    c->packs = arena_new(a, struct packs);
    *c->packs = *packs;
    return c;
}

const struct pack_node *document_parse(struct pack_check *c, const char *name, const char *text, size_t n)
{
    struct pack_file *f = arena_new(c->a, struct pack_file);

    *f = (struct pack_file){.name = arena_strdup(c->a, name), .text = arena_strndup(c->a, text, n), .n = n};
    return node_parse(c, f);
}
