/* Where in the files something could be mended that records need, and what to say there. */
#include "pack/document.h"
#include "rules/rules_internal.h"

#include <string.h>

struct places {
    const struct pack_node *root; /* NULL: pack.yaml cannot be read */
};

struct places *places_make(const struct edition *d, struct arena *a)
{
    static const struct packs none;
    struct places *p = arena_new(a, struct places);
    struct complaints *complaints = arena_new(a, struct complaints);
    const struct edition_file *f = edition_file(d, "pack.yaml");

    if (f != NULL)
        p->root = document_parse(document_begin(a, &none, complaints), f->name, f->text, f->n);
    return p;
}

/* The key itself, where a caret would stand. */
static const struct pack_node *key_of(const struct pack_node *map, const char *key)
{
    for (size_t i = 0; map != NULL && map->type == NODE_MAP && i < map->n; i++)
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->keys[i];
    return NULL;
}

/* As deep as the path exists. */
static const struct pack_node *deepest(const struct pack_node *map, const char *const *path, size_t n)
{
    const struct pack_node *at = map;

    for (size_t i = 0; i < n && map != NULL; i++) {
        const struct pack_node *key = key_of(map, path[i]);

        if (key == NULL)
            break;
        at = key;
        map = node_get(map, path[i]);
    }
    return at;
}

static const char *section_of(const char *key)
{
    return strcmp(key, "fit.state") == 0   ? "flow"
           : strcmp(key, "fit.party") == 0 ? "parties"
           : strcmp(key, "fit.clock") == 0 ? "clocks"
                                           : "fields";
}

static const struct pack_node *place_of(const struct places *p, const char *key, const struct kind *k,
                                        const char *name, const char *detail)
{
    if (p->root == NULL)
        return NULL;
    if (strcmp(key, "fit.code") == 0)
        return deepest(p->root, (const char *[]){"codes", detail}, 2);
    if (strcmp(key, "fit.role") == 0)
        return deepest(p->root, (const char *[]){"roles"}, 1);
    if (strcmp(key, "fit.measure") == 0)
        return deepest(p->root, (const char *[]){"measures", name}, 2);
    if (k != NULL && strcmp(key, "fit.booking") == 0)
        return deepest(p->root, (const char *[]){"kinds", k->name, "booking"}, 3);
    if (k == NULL || strcmp(key, "fit.kind") == 0)
        return deepest(p->root, (const char *[]){"kinds"}, 1);
    return deepest(p->root, (const char *[]){"kinds", k->name, section_of(key), name}, 4);
}

static const struct {
    const char *key, *zh, *en, *todo_zh, *todo_en;
} words[] = {
    {"fit.kind", "没有事项类型“%s”了，可还有 %lld 件", "kind '%s' is gone, but there are %lld records of it",
     "留着它；不再受理，可去掉它的上报动作的权限", "keep it; to take no more, let nobody raise it"},
    {"fit.state", "没有状态“%s”了，可还有 %lld 件停在里面", "state '%s' is gone, but %lld records are in it",
     "留着它和一个离开它的动作，等它空了再去掉", "keep it and a move out of it until it is empty"},
    {"fit.field", "没有字段“%s”了，可还有 %lld 件填着它",
     "field '%s' is gone, but %lld records have a value in it",
     "留着它；不想再填，就从动作的 takes 和 needs 里去掉",
     "keep it; take it out of the moves' takes and needs instead"},
    {"fit.type", "字段“%s”换了类型、个数或保密，可已有 %lld 件填着原来的",
     "field '%s' has another type, number or privacy, but %lld records have a value of the old one",
     "另起一个名字加新字段，原来的留着", "add a new field of another name and keep the old one"},
    {"fit.code", "没有代码“%s”了，可还有 %lld 处用着它", "code '%s' is gone, but it is used %lld times",
     "留着它；可以改它的名称，不可改它的意思", "keep it; its title may change, its meaning may not"},
    {"fit.party", "没有角色“%s”了，可还有 %lld 处有人担任", "party '%s' is gone, but it is played %lld times",
     "留着它", "keep it"},
    {"fit.clock", "没有时钟“%s”了，可还有 %lld 个在走", "clock '%s' is gone, but %lld of them are running",
     "留着它，等都停了再去掉", "keep it until all have stopped"},
    {"fit.role", "没有岗位“%s”了，可还有 %lld 个任职", "role '%s' is gone, but %lld posts are of it",
     "留着它，或先结束这些任职", "keep it, or end these posts first"},
    {"fit.booking", "“%s”的预订改成这样，已订出的有 %lld 处会重复",
     "with the bookings of '%s' like this, %lld things would be given twice",
     "让 holds、from、to、capacity 照旧，或先取消重复的",
     "keep holds, from, to and capacity, or release what would be double"},
    {"fit.measure", "指标“%s”换了算法（%lld），旧数没法接着加",
     "measure '%s' is of another type (%lld), its old "
     "figures cannot be added to",
     "另起一个名字", "give it another name"},
};

void misfit_words(const struct places *p, const char *key, const struct kind *k, const char *name,
                  const char *detail, int64_t n, struct arena *a, struct misfit *ret)
{
    const struct pack_node *at = place_of(p, key, k, name, detail);

    *ret = (struct misfit){.key = key, .file = "pack.yaml", .line = 1, .column = 1, .width = 1, .n = n};
    if (at != NULL) {
        ret->line = at->line;
        ret->column = at->column;
        ret->width = at->width;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i].key, key) == 0) {
            ret->zh = arena_printf(a, words[i].zh, name, (long long)n);
            ret->en = arena_printf(a, words[i].en, name, (long long)n);
            ret->todo_zh = words[i].todo_zh;
            ret->todo_en = words[i].todo_en;
        }
}
