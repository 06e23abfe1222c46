/* node.h -- a YAML value with its place in the file. Values live in the pack
 * set's arena. Aliases, anchors, tags and repeated keys were refused, so the
 * tree is no larger than the text. */
#ifndef PACK_NODE_H
#define PACK_NODE_H

#include "base/base.h"

struct pack_check;

enum { NODE_DEPTH_MAX = 16, NODE_COUNT_MAX = 50000, NODE_MEMBERS_MAX = 2000 };

struct pack_file {
    const char *name; /* as shown: "packs/incident/pack.yaml" */
    const char *text;
    size_t n;
};

enum node_type { NODE_UNSET = 0, NODE_SCALAR, NODE_LIST, NODE_MAP };
struct pack_node {
    enum node_type type;
    const struct pack_file *file;
    int line, column, width; /* 1-based, in code points; width of what a caret underlines */
    const char *text;        /* scalar: NUL-terminated */
    bool quoted;
    bool verbatim;           /* scalar: every character stands in the file as it is, on one line */
    size_t n;                /* items of a list, members of a map */
    struct pack_node **keys; /* of a map */
    struct pack_node **items;
};

/* The tree of a file, or NULL after complaining. */
struct pack_node *node_parse(struct pack_check *c, const struct pack_file *f);
/* Member of a map; NULL if there is none, or `map` is NULL or no map. */
const struct pack_node *node_get(const struct pack_node *map, const char *key);

#endif
