#include "report/import_map.h"

#include "base/limits.h"
#include "base/text.h"
#include "pack/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct pack_check *c;
    const struct csv *csv;
    struct arena *a;
    struct import_map *map;
};

/* --- sources --- */

static int read_column(const struct reading *r, const struct pack_node *n)
{
    const char *name = check_text(r->c, n, "a column");
    int column;

    if (name == NULL)
        return -1;
    column = csv_column(r->csv, name);
    if (column < 0) {
        const struct names names = {r->csv->column, r->csv->n_columns, sizeof(r->csv->column[0])};
        const char *near = names_nearest(names, name);

        (void)check_fail(r->c, n, "import.column",
                         near == NULL ? NULL : arena_printf(r->a, "did you mean '%s'?", near),
                         "the file has no column '%s'", name);
    }
    return column;
}

struct pair {
    const char *from, *to;
};

static int by_from(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->from, ((const struct pair *)b)->from);
}

static void read_codes(const struct reading *r, const struct pack_node *n, struct map_source *s)
{
    struct pair *pairs;
    const char **from, **to;

    if (!check_map(r->c, n, "codes", (struct names){0}))
        return;
    pairs = arena_array(r->a, struct pair, n->n + 1);
    from = arena_array(r->a, const char *, n->n + 1);
    to = arena_array(r->a, const char *, n->n + 1);
    for (size_t i = 0; i < n->n; i++)
        pairs[i] = (struct pair){n->keys[i]->text, n->items[i]->type == NODE_SCALAR ? n->items[i]->text : ""};
    qsort(pairs, n->n, sizeof(*pairs), by_from);
    for (size_t i = 0; i < n->n; i++) {
        from[i] = pairs[i].from;
        to[i] = pairs[i].to;
    }
    s->from = from;
    s->to = to;
    s->n_codes = n->n;
}

static void check_template(const struct reading *r, const struct pack_node *n)
{
    for (const char *p = n->text; (p = strchr(p, '{')) != NULL; p++) {
        const char *end = strchr(p, '}');
        const char *name = end == NULL ? "" : arena_strndup(r->a, p + 1, (size_t)(end - p - 1));

        if (csv_column(r->csv, name) < 0)
            (void)check_fail(r->c, n, "import.column", NULL, "the file has no column '%s'", name);
    }
}

/* "column", or {column, codes, default, format}, {value}, {text}. */
static void read_source(const struct reading *r, const struct pack_node *n, struct map_source *s)
{
    static const char *const members[] = {"column", "codes", "default", "format", "value", "text"};
    const struct pack_node *m;

    if (n == NULL)
        return;
    if (n->type == NODE_SCALAR) {
        s->type = MAP_COLUMN;
        s->column = read_column(r, n);
        return;
    }
    if (!check_map(r->c, n, "a source", NAMES(members, COUNT_OF(members))))
        return;
    if ((m = node_get(n, "column")) != NULL) {
        s->type = MAP_COLUMN;
        s->column = read_column(r, m);
    } else if ((m = node_get(n, "value")) != NULL || (m = node_get(n, "text")) != NULL) {
        s->type = node_get(n, "value") != NULL ? MAP_VALUE : MAP_TEXT;
        s->text = check_text(r->c, m, "a value");
        if (s->type == MAP_TEXT && s->text != NULL)
            check_template(r, m);
    } else {
        (void)check_fail(r->c, n, "pack.missing", "column, value or text", "this says no source");
    }
    if ((m = node_get(n, "codes")) != NULL)
        read_codes(r, m, s);
    if ((m = node_get(n, "default")) != NULL)
        s->fallback = m->type == NODE_SCALAR ? m->text : NULL;
    if ((m = node_get(n, "format")) != NULL)
        s->format = check_text(r->c, m, "a format");
}

static void read_time(const struct reading *r, const struct pack_node *n, const char *format,
                      struct map_source *s)
{
    read_source(r, n, s);
    if (s->format == NULL)
        s->format = format;
}

static void read_fields(const struct reading *r, const struct pack_node *n, const char *format,
                        struct map_field **ret, size_t *ret_n)
{
    if (n == NULL || !check_map(r->c, n, "fields", (struct names){0}))
        return;
    *ret = arena_array(r->a, struct map_field, n->n + 1);
    for (size_t i = 0; i < n->n; i++) {
        struct map_field *f = &(*ret)[(*ret_n)++];

        f->field = check_field(r->c, r->map->kind, n->keys[i]);
        read_time(r, n->items[i], format, &f->source);
    }
}

/* --- the columns as variables --- */

static bool is_variable(const char *s)
{
    if (s[0] < 'a' || s[0] > 'z')
        return false;
    return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s);
}

static void make_env(const struct reading *r)
{
    struct cel_var *vars = arena_array(r->a, struct cel_var, r->csv->n_columns + 1);
    size_t n = 0;

    for (size_t i = 0; i < r->csv->n_columns; i++)
        if (is_variable(r->csv->column[i]))
            vars[n++] = (struct cel_var){.name = r->csv->column[i], .type = CEL_STRING, .id = (int)i};
    r->map->env = (struct cel_env){.vars = vars, .n_vars = n};
}

static void read_when(const struct reading *r, const struct pack_node *n, const struct cel_expr **ret)
{
    struct cel_expr *x = NULL;
    struct err e = {0};
    int column = 0;

    if (n == NULL || check_text(r->c, n, "a condition") == NULL)
        return;
    if (cel_compile(r->a, &r->map->env, n->text, CEL_BOOL, &x, &column, &e))
        *ret = x;
    else
        (void)check_fail(r->c, n, e.key, "a condition over the file's columns", "%s",
                         arena_strdup(r->a, e.en));
}

/* --- moves --- */

static void read_move(const struct reading *r, const struct pack_node *n, const char *format,
                      struct map_move *m)
{
    static const char *const members[] = {"do", "at", "when", "fields", "note", "until"};
    const struct move *move;

    if (!check_map(r->c, n, "a move", NAMES(members, COUNT_OF(members))))
        return;
    if (node_get(n, "do") == NULL || node_get(n, "at") == NULL) {
        (void)check_fail(r->c, n, "pack.missing", "do: the move, at: the column of its time",
                         "a move needs 'do' and 'at'");
        return;
    }
    move = check_move(r->c, r->map->kind, node_get(n, "do"));
    m->verb = move == NULL ? NULL : move->name;
    read_time(r, node_get(n, "at"), format, &m->at);
    read_time(r, node_get(n, "until"), format, &m->until);
    read_source(r, node_get(n, "note"), &m->note);
    read_when(r, node_get(n, "when"), &m->when);
    read_fields(r, node_get(n, "fields"), format, &m->fields, &m->n_fields);
}

static void read_moves(const struct reading *r, const struct pack_node *n, const char *format)
{
    if (n == NULL || !check_list(r->c, n, "moves"))
        return;
    if (n->n > IMPORT_MOVES_MAX) {
        (void)check_fail(r->c, n, "pack.size", "at most 16", "too many moves");
        return;
    }
    for (size_t i = 0; i < n->n; i++)
        read_move(r, n->items[i], format, &r->map->moves[r->map->n_moves++]);
}

static void read_raise(const struct reading *r, const struct pack_node *root, const char *format)
{
    struct map_move *m = &r->map->raise;
    const struct pack_node *n = node_get(root, "raise");
    const struct move *move = n == NULL ? NULL : check_move(r->c, r->map->kind, n);

    m->verb = move == NULL ? NULL : move->name;
    if (node_get(root, "at") == NULL)
        (void)check_fail(r->c, root, "pack.missing", "at: the column with the time it was raised",
                         "the mapping does not say when a matter was raised");
    read_time(r, node_get(root, "at"), format, &m->at);
    read_source(r, node_get(root, "note"), &m->note);
    read_fields(r, node_get(root, "fields"), format, &m->fields, &m->n_fields);
}

static void read_place(const struct reading *r, const struct pack_node *n)
{
    static const char *const members[] = {"lng", "lat", "datum"};
    const struct pack_node *datum;

    r->map->datum = DATUM_WGS84;
    if (n == NULL || !check_map(r->c, n, "place", NAMES(members, COUNT_OF(members))))
        return;
    read_source(r, node_get(n, "lng"), &r->map->lng);
    read_source(r, node_get(n, "lat"), &r->map->lat);
    datum = node_get(n, "datum");
    if (datum != NULL && (datum->type != NODE_SCALAR || datum_named(datum->text) == DATUM_UNSET))
        (void)check_fail(r->c, datum, "import.datum", "wgs84, gcj02 or bd09", "no such datum");
    else if (datum != NULL)
        r->map->datum = datum_named(datum->text);
}

static void read_zone(const struct reading *r, const struct pack_node *root)
{
    const struct pack_node *n = node_get(root, "zone");
    struct err e = {0};

    r->map->zone = (struct zone){.offset_min = 480};
    if (n != NULL && check_text(r->c, n, "a zone") != NULL && !zone_open(n->text, &r->map->zone, &e))
        (void)check_fail(r->c, n, "import.zone", "+08:00, or a name such as America/New_York",
                         "no time zone '%s'", n->text);
}

static void read_root(const struct reading *r, const struct pack_node *root)
{
    static const char *const members[] = {"source", "id",   "zone",  "format",  "when", "raise", "at",
                                          "fields", "area", "place", "address", "note", "moves"};
    const struct pack_node *n;
    const char *format = "rfc3339";

    if (!check_map(r->c, root, "a mapping", NAMES(members, COUNT_OF(members))))
        return;
    r->map->source = (n = node_get(root, "source")) != NULL ? check_text(r->c, n, "a source") : "";
    if ((n = node_get(root, "format")) != NULL && check_text(r->c, n, "a format") != NULL)
        format = n->text;
    if ((n = node_get(root, "id")) != NULL)
        r->map->id = read_column(r, n);
    else
        (void)check_fail(r->c, root, "pack.missing", "id: the column that names a row for ever",
                         "the mapping does not say which column is the id");
    make_env(r);
    read_zone(r, root);
    read_when(r, node_get(root, "when"), &r->map->when);
    read_source(r, node_get(root, "area"), &r->map->area);
    read_source(r, node_get(root, "address"), &r->map->address);
    read_place(r, node_get(root, "place"));
    read_raise(r, root, format);
    read_moves(r, node_get(root, "moves"), format);
}

bool import_map_read(const char *name, const char *text, size_t n, const struct packs *packs,
                     const struct kind *kind, const struct csv *csv, struct arena *a, struct import_map *ret,
                     struct err *e)
{
    struct complaints complaints = {0};
    struct reading r = {.csv = csv, .a = a, .map = ret};
    const struct pack_node *root = NULL;
    struct buf out;

    *ret = (struct import_map){.kind = kind, .id = -1, .by = {.who = &principal_import, .trusted = true}};
    if (n > LIMIT_PACK_BYTES || !utf8_valid(text, n))
        return ERR(e, ERR_INVALID, "import.map", "对照表须是不超过 1 MiB 的 UTF-8 文本",
                   "the mapping must be UTF-8 text of at most 1 MiB");
    r.c = document_begin(a, packs, &complaints);
    root = document_parse(r.c, name, text, n);
    if (root != NULL)
        read_root(&r, root);
    if (complaints.n == 0)
        return true;
    buf_init(&out, (size_t)1 << 20);
    complaints_print(&complaints, &out);
    (void)fputs(buf_text(&out), stderr);
    buf_free(&out);
    return ERR(e, ERR_INVALID, "import.map", "对照表有错，见上", "the mapping has errors, see above");
}

/* --- reading a row --- */

static const char *filled(const struct map_source *s, const struct csv *csv, struct arena *a)
{
    struct buf b;
    const char *p = s->text, *text;

    buf_init(&b, (size_t)CSV_ROW_MAX * 2);
    while (*p != '\0') {
        size_t plain = strcspn(p, "{"), len;

        buf_add(&b, p, plain);
        p += plain;
        if (*p == '\0')
            break;
        len = strcspn(p, "}");
        buf_str(&b, csv_get(csv, csv_column(csv, arena_strndup(a, p + 1, len - 1))));
        p += len + (p[len] == '}');
    }
    text = arena_strdup(a, buf_text(&b));
    buf_free(&b);
    return text;
}

static bool translate(const struct map_source *s, const char *text, const char **ret)
{
    size_t lo = 0, hi = s->n_codes;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(text, s->from[mid]);

        if (c == 0) {
            *ret = s->to[mid];
            return true;
        }
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return false;
}

bool map_text(const struct map_source *s, const struct csv *csv, struct arena *a, const char **ret,
              struct err *e)
{
    const char *text = s->type == MAP_NONE     ? ""
                       : s->type == MAP_VALUE  ? s->text
                       : s->type == MAP_COLUMN ? csv_get(csv, s->column)
                                               : filled(s, csv, a);

    *ret = NULL;
    if (s->n_codes > 0 && translate(s, text, &text)) {
        *ret = text[0] == '\0' ? NULL : text;
        return true;
    }
    if (text[0] == '\0' || s->n_codes > 0) {
        *ret = s->fallback;
        return text[0] == '\0' || s->fallback != NULL ||
               ERR(e, ERR_INVALID, "import.code", "对照表里没有“%.60s”",
                   "the mapping's codes have no “%.60s”", text);
    }
    /* The row is read over: what a command keeps is copied. */
    *ret = s->type == MAP_COLUMN ? arena_strdup(a, text) : text;
    return true;
}
