#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { CODE_BYTES = 40 };

/* A code on its way, with the place of its parent's name. */
struct code_row {
    struct code code;
    const char *parent;
    const struct pack_file *file;
    int line, column;
};
/* A list on its way; several packs may add to one. */
struct list_load {
    const char *name;
    struct code_row *rows;
    size_t n, cap;
};
struct lists_load {
    struct list_load *v;
    size_t n;
};

static bool code_ok(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    return n > 0 && n <= CODE_BYTES && s[n] == '\0';
}

static bool row_add(struct pack_check *c, struct list_load *l, const struct code_row *row)
{
    const char *code = row->code.code;

    if (!code_ok(code)) {
        return check_fail_at(c, row->file, row->line, row->column, 1, "pack.code", "letters, digits, . - _",
                             "'%s' is no code", code);
    }
    for (size_t i = 0; i < l->n; i++) {
        if (str_eq(l->rows[i].code.code, code)) {
            return check_fail_at(c, row->file, row->line, row->column, (int)strlen(code), "pack.twice",
                                 "each code once", "code '%s' is in list %s already", code, l->name);
        }
    }
    if (l->n >= CODES_MAX) {
        return check_fail_at(c, row->file, row->line, row->column, 1, "pack.size", "at most 5000",
                             "too many codes");
    }
    if (l->n == l->cap) {
        struct code_row *more = arena_array(c->a, struct code_row, l->cap ? l->cap * 2 : 64);

        if (l->n > 0) {
            memcpy(more, l->rows, l->n * sizeof *more);
        }
        l->rows = more;
        l->cap = l->cap ? l->cap * 2 : 64;
    }
    l->rows[l->n++] = *row;
    return true;
}

static void list_from_map(struct pack_check *c, struct list_load *l, const struct pack_node *map)
{
    static const char *const members[] = {"title", "zh", "en", "parent", "words"};

    for (size_t i = 0; i < map->n; i++) {
        const struct pack_node *at = map->keys[i], *item = map->items[i];
        const struct pack_node *parent = node_get(item, "parent"), *words = node_get(item, "words");
        struct code_row row = {{.code = at->text}, NULL, at->file, at->line, at->column};

        if (!check_map(c, item, "a code", NAMES(members, COUNT_OF(members))) ||
            !check_title(c, at, item, &row.code.title)) {
            continue;
        }
        if (parent != NULL) {
            row.parent = check_text(c, parent, "a code");
        }
        if (words != NULL) {
            row.code.words = check_text(c, words, "words that people use for it");
        }
        (void)row_add(c, l, &row);
    }
}

static void list_from_csv(struct pack_check *c, struct list_load *l, const struct pack_load *from,
                          const struct pack_node *n)
{
    static const char *const columns[] = {"code", "parent", "zh", "en", "words"};
    struct csv csv;

    if (!csv_read(c, from, n, &csv)) {
        return;
    }
    bool with_words = csv.n_columns == COUNT_OF(columns);
    bool right = with_words || csv.n_columns == COUNT_OF(columns) - 1;

    for (size_t i = 0; right && i < csv.n_columns; i++) {
        right = str_eq(csv.columns[i], columns[i]);
    }
    struct pack_file *file = arena_new(c->a, struct pack_file);

    *file = csv.file;
    if (!right) {
        (void)check_fail_at(c, file, 1, 1, 1, "pack.csv", "code,parent,zh,en or code,parent,zh,en,words",
                            "other columns than a code list has");
        return;
    }
    for (size_t i = 0; i < csv.n_rows; i++) {
        const struct csv_cell *cell = &csv.cells[i * csv.n_columns];
        struct code_row row = {{.code = cell[0].text,
                                .title = {cell[2].text, cell[3].text},
                                .words = with_words && cell[4].text[0] ? cell[4].text : NULL},
                               cell[1].text[0] ? cell[1].text : NULL,
                               file,
                               cell[0].line,
                               cell[0].column};

        if (cell[2].text[0] == '\0' || cell[3].text[0] == '\0') {
            (void)check_fail_at(c, file, cell[0].line, cell[2].column, 1, "pack.title", "zh and en",
                                "code '%s' lacks a title", row.code.code);
        } else {
            (void)row_add(c, l, &row);
        }
    }
}

static struct code_row *row_find(const struct list_load *l, const char *code)
{
    for (size_t i = 0; i < l->n; i++) {
        if (str_eq(l->rows[i].code.code, code)) {
            return &l->rows[i];
        }
    }
    return NULL;
}

/* A parent chain longer than the list has codes goes in a circle. */
static bool row_acyclic(const struct list_load *l, const struct code_row *row)
{
    size_t steps = 0;

    for (; row != NULL && row->parent != NULL; row = row_find(l, row->parent)) {
        if (++steps > 16) {
            return false;
        }
    }
    return true;
}

static void list_link(struct pack_check *c, const struct list_load *l, struct code_list *ret)
{
    struct code *codes = arena_array(c->a, struct code, l->n + 1);

    for (size_t i = 0; i < l->n; i++) {
        codes[i] = l->rows[i].code;
        codes[i].leaf = true;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct code_row *row = &l->rows[i], *parent = row->parent ? row_find(l, row->parent) : NULL;

        if (row->parent != NULL && parent == NULL) {
            (void)check_fail_at(c, row->file, row->line, row->column, (int)strlen(row->code.code),
                                "pack.unknown_code", "a code of the same list",
                                "unknown parent '%s' of code '%s'", row->parent, row->code.code);
        } else if (!row_acyclic(l, row)) {
            (void)check_fail_at(c, row->file, row->line, row->column, (int)strlen(row->code.code),
                                "pack.circle", "parents that end, at most 16 deep",
                                "code '%s' lies below itself", row->code.code);
        } else if (parent != NULL) {
            codes[i].parent = &codes[parent - l->rows];
            codes[parent - l->rows].leaf = false;
        }
    }
    *ret = (struct code_list){l->name, codes, l->n};
}

static struct list_load *list_of(struct lists_load *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++) {
        if (str_eq(all->v[i].name, name)) {
            return &all->v[i];
        }
    }
    all->v[all->n].name = name;
    return &all->v[all->n++];
}

/* Members of `section` over all packs, for sizing arrays. */
static size_t count_members(const struct pack_check *c, const char *section)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_loads; i++) {
        const struct pack_node *map = node_get(c->loads[i].root, section);

        n += map != NULL && map->type == NODE_MAP ? map->n : 0;
    }
    return n;
}

void load_codes(struct pack_check *c)
{
    size_t max = count_members(c, "codes");
    struct lists_load all = {arena_array(c->a, struct list_load, max + 1), 0};

    for (size_t i = 0; i < c->n_loads; i++) {
        const struct pack_node *map = node_get(c->loads[i].root, "codes");

        if (map == NULL || !check_map(c, map, "codes", (struct names){0})) {
            continue;
        }
        for (size_t j = 0; j < map->n; j++) {
            if (!check_new_name(c, map->keys[j], "code list")) {
                continue;
            }
            struct list_load *l = list_of(&all, map->keys[j]->text);

            if (map->items[j]->type == NODE_MAP) {
                list_from_map(c, l, map->items[j]);
            } else {
                list_from_csv(c, l, &c->loads[i], map->items[j]);
            }
        }
    }
    c->lists = arena_array(c->a, struct code_list, all.n + 1);
    for (size_t i = 0; i < all.n; i++) {
        list_link(c, &all.v[i], &c->lists[i]);
    }
    c->packs->lists = c->lists;
    c->packs->n_lists = all.n;
}

/* Cells of a column that is named after a code list begin codes of it, or are one. */
static void check_cells(struct pack_check *c, const struct csv *csv, const struct pack_file *file,
                        size_t column)
{
    const struct code_list *l = packs_list(c->packs, csv->columns[column]);

    for (size_t i = 0; l != NULL && i < csv->n_rows; i++) {
        const struct csv_cell *cell = &csv->cells[i * csv->n_columns + column];
        bool known = cell->text[0] == '\0';

        for (size_t j = 0; j < l->n_codes && !known; j++) {
            known = str_starts(l->codes[j].code, cell->text);
        }
        if (!known) {
            (void)check_fail_at(c, file, cell->line, cell->column, (int)utf8_length(cell->text),
                                "pack.unknown_code", "a code, or how codes begin, or nothing",
                                "no code of list %s begins with '%s'", l->name, cell->text);
        }
    }
}

static void table_read(struct pack_check *c, const struct pack_load *from, const struct pack_node *name,
                       const struct pack_node *n, struct table *ret)
{
    struct csv csv;
    struct pack_file *file = arena_new(c->a, struct pack_file);

    if (!csv_read(c, from, n, &csv)) {
        return;
    }
    *file = csv.file;
    if (csv.n_columns < 2 || csv.n_rows == 0) {
        (void)check_fail(c, n, "pack.csv", "a line of column names, then rows of two cells or more",
                         "table '%s' says nothing", name->text);
        return;
    }
    const char **cells = arena_array(c->a, const char *, csv.n_rows *csv.n_columns);

    for (size_t i = 0; i < csv.n_rows * csv.n_columns; i++) {
        cells[i] = csv.cells[i].text;
    }
    for (size_t i = 0; i + 1 < csv.n_columns; i++) {
        check_cells(c, &csv, file, i);
    }
    /* A last column of this name holds times a clock may run. */
    for (size_t i = 0; str_eq(csv.columns[csv.n_columns - 1], "limit") && i < csv.n_rows; i++) {
        const struct csv_cell *cell = &csv.cells[(i + 1) * csv.n_columns - 1];
        struct limit limit;

        if (cell->text[0] != '\0' && !limit_parse(cell->text, &limit)) {
            (void)check_fail_at(c, file, cell->line, cell->column, (int)utf8_length(cell->text), "pack.limit",
                                "20m, 4h, 3d, 4wh or 5wd", "'%s' is no time limit", cell->text);
        }
    }
    *ret = (struct table){name->text, csv.columns, csv.n_columns, cells, csv.n_rows};
}

void load_tables(struct pack_check *c)
{
    size_t n = 0;

    c->tables = arena_array(c->a, struct table, count_members(c, "tables") + 1);
    c->packs->tables = c->tables;
    for (size_t i = 0; i < c->n_loads; i++) {
        const struct pack_node *map = node_get(c->loads[i].root, "tables");

        if (map == NULL || !check_map(c, map, "tables", (struct names){0})) {
            continue;
        }
        for (size_t j = 0; j < map->n; j++) {
            c->packs->n_tables = n;
            if (packs_table(c->packs, map->keys[j]->text) != NULL) {
                (void)check_fail(c, map->keys[j], "pack.twice", "each name once", "table '%s' exists already",
                                 map->keys[j]->text);
            } else if (check_new_name(c, map->keys[j], "table")) {
                c->tables[n].name = map->keys[j]->text;
                table_read(c, &c->loads[i], map->keys[j], map->items[j], &c->tables[n++]);
            }
        }
    }
    c->packs->n_tables = n;
}

static unsigned read_levels(struct pack_check *c, const struct pack_node *at)
{
    unsigned bits = 0;
    bool many = at->type == NODE_LIST;

    for (size_t i = 0; i < (many ? at->n : 1); i++) {
        int level = check_level(c, many ? at->items[i] : at);

        bits |= level > 0 ? 1u << level : 0;
    }
    return bits;
}

/* Roles of every district, which no pack has to name: a pack's own by such a name would be given the
 * administrator's rights, and the other way round. */
static bool role_is_ours(const char *name)
{
    static const char *const ours[] = {"admin", "monitor"};

    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (str_eq(ours[i], name)) {
            return true;
        }
    }
    return false;
}

static void role_read(struct pack_check *c, const struct pack_node *name, const struct pack_node *n)
{
    static const char *const members[] = {"title", "zh", "en", "at", "roster"};
    struct role *r = &c->roles[c->packs->n_roles];

    if (packs_role(c->packs, name->text) != NULL) {
        (void)check_fail(c, name, "pack.twice", "each name once", "role '%s' exists already", name->text);
        return;
    }
    if (!check_new_name(c, name, "role")) {
        return;
    }
    if (role_is_ours(name->text)) {
        (void)check_fail(c, name, "pack.reserved", "another name", "'%s' is a role of every district already",
                         name->text);
        return;
    }
    r->name = name->text;
    c->packs->n_roles++;
    if (!check_map(c, n, "a role", NAMES(members, COUNT_OF(members))) ||
        !check_title(c, name, n, &r->title)) {
        return;
    }
    const struct pack_node *at = node_get(n, "at"), *roster = node_get(n, "roster");

    r->levels = at ? read_levels(c, at) : 0;
    if (roster != NULL) {
        (void)check_bool(c, roster, &r->roster);
    }
}

void load_roles(struct pack_check *c)
{
    c->roles = arena_array(c->a, struct role, count_members(c, "roles") + 1);
    c->packs->roles = c->roles;
    for (size_t i = 0; i < c->n_loads; i++) {
        const struct pack_node *map = node_get(c->loads[i].root, "roles");

        if (map != NULL && check_map(c, map, "roles", (struct names){0})) {
            for (size_t j = 0; j < map->n; j++) {
                role_read(c, map->keys[j], map->items[j]);
            }
        }
    }
}
