#include "pack/node.h"

#include "base/text.h"
#include "pack/loader.h"

#include <yaml.h>

/* One file being read. `failed` ends the walk: after a syntax error nothing that
 * follows can be trusted. */
struct build {
    struct pack_check *c;
    const struct pack_file *file;
    yaml_parser_t parser;
    size_t nodes;
};

static bool fail_mark(struct build *b, const yaml_mark_t *m, const char *key, const char *expected,
                      const char *found)
{
    return check_fail_at(b->c, b->file, (int)m->line + 1, (int)m->column + 1, 1, key, expected, "%s", found);
}

static bool next_event(struct build *b, yaml_event_t *ret)
{
    if (yaml_parser_parse(&b->parser, ret)) {
        return true;
    }
    return fail_mark(b, &b->parser.problem_mark, "pack.yaml", b->parser.context,
                     b->parser.problem ? b->parser.problem : "this is not YAML");
}

static struct pack_node *node_new(struct build *b, const yaml_event_t *ev, enum node_type type)
{
    struct pack_node *n = arena_new(b->c->a, struct pack_node);

    n->type = type;
    n->file = b->file;
    n->line = (int)ev->start_mark.line + 1;
    n->column = (int)ev->start_mark.column + 1;
    n->width = 1;
    if (type == NODE_SCALAR && ev->end_mark.line == ev->start_mark.line &&
        ev->end_mark.column > ev->start_mark.column) {
        n->width = (int)(ev->end_mark.column - ev->start_mark.column);
    }
    return n;
}

static struct pack_node *build_scalar(struct build *b, const yaml_event_t *ev)
{
    struct pack_node *n = node_new(b, ev, NODE_SCALAR);
    yaml_scalar_style_t style = ev->data.scalar.style;

    n->text = arena_strndup(b->c->a, (const char *)ev->data.scalar.value, ev->data.scalar.length);
    n->quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    /* Escapes make the text shorter than what stands in the file. */
    n->verbatim = (n->quoted || style == YAML_PLAIN_SCALAR_STYLE) &&
                  ev->start_mark.line == ev->end_mark.line &&
                  utf8_length(n->text) + (n->quoted ? 2 : 0) == (size_t)n->width;
    return n;
}

static bool anchored(const yaml_event_t *ev)
{
    return ev->type == YAML_ALIAS_EVENT || (ev->type == YAML_SCALAR_EVENT && ev->data.scalar.anchor) ||
           (ev->type == YAML_SEQUENCE_START_EVENT && ev->data.sequence_start.anchor) ||
           (ev->type == YAML_MAPPING_START_EVENT && ev->data.mapping_start.anchor);
}

static bool tagged(const yaml_event_t *ev)
{
    return (ev->type == YAML_SCALAR_EVENT && ev->data.scalar.tag) ||
           (ev->type == YAML_SEQUENCE_START_EVENT && ev->data.sequence_start.tag) ||
           (ev->type == YAML_MAPPING_START_EVENT && ev->data.mapping_start.tag);
}

static bool event_allowed(struct build *b, const yaml_event_t *ev, int depth)
{
    if (anchored(ev)) {
        return fail_mark(b, &ev->start_mark, "pack.alias", "write it out",
                         "anchors and aliases are not used in packs");
    }
    if (tagged(ev)) {
        return fail_mark(b, &ev->start_mark, "pack.tag", "leave it out", "tags are not used in packs");
    }
    if (depth > NODE_DEPTH_MAX) {
        return fail_mark(b, &ev->start_mark, "pack.depth", "at most " STR(16) " levels", "nested too deep");
    }
    if (++b->nodes > NODE_COUNT_MAX) {
        return fail_mark(b, &ev->start_mark, "pack.size", "at most 50000 values in a file",
                         "too many values");
    }
    return true;
}

/* A growing array of nodes in the arena. */
struct nodes {
    struct pack_node **v;
    size_t n, cap;
};

static void nodes_push(struct arena *a, struct nodes *l, struct pack_node *n)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 8;
        struct pack_node **v = arena_array(a, struct pack_node *, cap);

        for (size_t i = 0; i < l->n; i++) {
            v[i] = l->v[i];
        }
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n++] = n;
}

static struct pack_node *build_value(struct build *b, const yaml_event_t *ev, int depth);

/* NOLINTNEXTLINE(misc-no-recursion): at most NODE_DEPTH_MAX deep */
static struct pack_node *build_list(struct build *b, const yaml_event_t *start, int depth)
{
    struct pack_node *list = node_new(b, start, NODE_LIST);
    struct nodes items = {0};

    for (;;) {
        AUTO(yaml_event_delete) yaml_event_t ev = {0};
        struct pack_node *n;

        if (!next_event(b, &ev)) {
            return NULL;
        }
        if (ev.type == YAML_SEQUENCE_END_EVENT) {
            list->items = items.v;
            list->n = items.n;
            return list;
        }
        if ((n = build_value(b, &ev, depth + 1)) == NULL) {
            return NULL;
        }
        nodes_push(b->c->a, &items, n);
    }
}

static bool key_allowed(struct build *b, const struct nodes *keys, const struct pack_node *key)
{
    if (key->type != NODE_SCALAR) {
        return check_fail(b->c, key, "pack.key", "a name", "a key must be a plain name");
    }
    if (keys->n >= NODE_MEMBERS_MAX) {
        return check_fail(b->c, key, "pack.size", "at most 2000; long lists belong in a CSV file",
                          "too many members");
    }
    for (size_t i = 0; i < keys->n; i++) {
        if (str_eq(keys->v[i]->text, key->text)) {
            return check_fail(b->c, key, "pack.twice",
                              arena_printf(b->c->a, "it stands in line %d already", keys->v[i]->line),
                              "'%s' is said twice", key->text);
        }
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): at most NODE_DEPTH_MAX deep */
static struct pack_node *build_map(struct build *b, const yaml_event_t *start, int depth)
{
    struct pack_node *map = node_new(b, start, NODE_MAP);
    struct nodes keys = {0}, items = {0};

    for (;;) {
        AUTO(yaml_event_delete) yaml_event_t ev = {0}, val = {0};
        struct pack_node *key, *item;

        if (!next_event(b, &ev)) {
            return NULL;
        }
        if (ev.type == YAML_MAPPING_END_EVENT) {
            map->keys = keys.v;
            map->items = items.v;
            map->n = keys.n;
            return map;
        }
        if ((key = build_value(b, &ev, depth + 1)) == NULL || !key_allowed(b, &keys, key) ||
            !next_event(b, &val) || (item = build_value(b, &val, depth + 1)) == NULL) {
            return NULL;
        }
        nodes_push(b->c->a, &keys, key);
        nodes_push(b->c->a, &items, item);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): at most NODE_DEPTH_MAX deep */
static struct pack_node *build_value(struct build *b, const yaml_event_t *ev, int depth)
{
    if (!event_allowed(b, ev, depth)) {
        return NULL;
    }
    if (ev->type == YAML_SEQUENCE_START_EVENT) {
        return build_list(b, ev, depth);
    }
    if (ev->type == YAML_MAPPING_START_EVENT) {
        return build_map(b, ev, depth);
    }
    return build_scalar(b, ev);
}

/* Stream start, document start, the value, document end, stream end. */
static struct pack_node *build_document(struct build *b)
{
    struct pack_node *root = NULL;

    for (;;) {
        AUTO(yaml_event_delete) yaml_event_t ev = {0};

        if (!next_event(b, &ev)) {
            return NULL;
        }
        if (ev.type == YAML_STREAM_END_EVENT) {
            if (root == NULL) {
                (void)fail_mark(b, &ev.start_mark, "pack.empty", "pack: NAME", "the file is empty");
            }
            return root;
        }
        if (ev.type == YAML_STREAM_START_EVENT || ev.type == YAML_DOCUMENT_END_EVENT) {
            continue;
        }
        if (ev.type == YAML_DOCUMENT_START_EVENT) {
            if (root != NULL) {
                (void)fail_mark(b, &ev.start_mark, "pack.documents", "one document",
                                "a second document begins");
                return NULL;
            }
            continue;
        }
        if ((root = build_value(b, &ev, 1)) == NULL) {
            return NULL;
        }
    }
}

struct pack_node *node_parse(struct pack_check *c, const struct pack_file *f)
{
    struct build b = {.c = c, .file = f};
    struct pack_node *root;

    if (!yaml_parser_initialize(&b.parser)) {
        (void)check_fail_at(c, f, 1, 1, 1, "pack.yaml", NULL, "out of memory");
        return NULL;
    }
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)f->text, f->n);
    root = build_document(&b);
    yaml_parser_delete(&b.parser);
    return root;
}

const struct pack_node *node_get(const struct pack_node *map, const char *key)
{
    if (map != NULL && map->type == NODE_MAP) {
        for (size_t i = 0; i < map->n; i++) {
            if (str_eq(map->keys[i]->text, key)) {
                return map->items[i];
            }
        }
    }
    return NULL;
}
