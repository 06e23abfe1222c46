#include "base/text.h"
#include "pack/loader.h"

#include <string.h>

enum { COLUMNS_MAX = 8 };

struct reader {
    struct pack_check *c;
    struct csv *csv;
    const char *s, *end;
    int line, column;
};

static char peek(const struct reader *r)
{
    if (r->s < r->end) {
        return *r->s;
    }
    return '\0';
}

static void step(struct reader *r)
{
    if (*r->s == '\n') {
        r->line++;
        r->column = 1;
    } else if (((unsigned char)*r->s & 0xc0) != 0x80) {
        r->column++;
    }
    r->s++;
}

static bool at_break(const struct reader *r)
{
    return r->s >= r->end || *r->s == ',' || *r->s == '\n' || *r->s == '\r';
}

/* "a ""quoted"" cell", with commas and line breaks as they are. */
static bool read_quoted(struct reader *r, struct csv_cell *ret)
{
    char *out = arena_alloc(r->c->a, (size_t)(r->end - r->s) < 4096 ? (size_t)(r->end - r->s) + 1 : 4096);
    size_t n = 0;

    for (step(r); r->s < r->end; step(r)) {
        if (*r->s == '"' && (r->s + 1 >= r->end || r->s[1] != '"')) {
            step(r);
            out[n] = '\0';
            ret->text = out;
            return at_break(r) || check_fail_at(r->c, &r->csv->file, r->line, r->column, 1, "pack.csv",
                                                "a comma", "text after the closing quote");
        }
        if (*r->s == '"') {
            step(r);
        }
        if (n >= 4000) {
            break;
        }
        out[n++] = *r->s;
    }
    return check_fail_at(r->c, &r->csv->file, ret->line, ret->column, 1, "pack.csv",
                         "a closing quote, at most 4000 bytes", "a quoted cell without end");
}

static bool read_cell(struct reader *r, struct csv_cell *ret)
{
    const char *start = r->s;

    *ret = (struct csv_cell){"", r->line, r->column};
    if (peek(r) == '"') {
        return read_quoted(r, ret);
    }
    while (!at_break(r)) {
        step(r);
    }
    ret->text = arena_strndup(r->c->a, start, (size_t)(r->s - start));
    return true;
}

/* One line of cells; *ret_n how many. */
static bool read_row(struct reader *r, struct csv_cell cells[COLUMNS_MAX], size_t *ret_n)
{
    for (size_t n = 0; n < COLUMNS_MAX; n++) {
        if (!read_cell(r, &cells[n])) {
            return false;
        }
        if (peek(r) == ',') {
            step(r);
            continue;
        }
        while (peek(r) == '\r' || peek(r) == '\n') {
            step(r);
        }
        *ret_n = n + 1;
        return true;
    }
    return check_fail_at(r->c, &r->csv->file, r->line, 1, 1, "pack.csv", "at most 8", "too many columns");
}

static bool read_header(struct reader *r)
{
    struct csv_cell cells[COLUMNS_MAX];
    struct csv *csv = r->csv;

    if (!read_row(r, cells, &csv->n_columns)) {
        return false;
    }
    csv->columns = arena_array(r->c->a, const char *, csv->n_columns);
    for (size_t i = 0; i < csv->n_columns; i++) {
        csv->columns[i] = cells[i].text;
        for (size_t j = 0; j < i; j++) {
            if (str_eq(cells[j].text, cells[i].text)) {
                return check_fail_at(r->c, &csv->file, cells[i].line, cells[i].column, 1, "pack.csv",
                                     "each column once", "column '%s' stands twice", cells[i].text);
            }
        }
    }
    return true;
}

static size_t count_lines(const struct csv *csv)
{
    size_t n = 1;

    for (size_t i = 0; i < csv->file.n; i++) {
        n += csv->file.text[i] == '\n' || csv->file.text[i] == '\r';
    }
    return n;
}

static bool csv_parse(struct pack_check *c, struct csv *csv)
{
    struct reader r = {c, csv, csv->file.text, csv->file.text + csv->file.n, 1, 1};
    size_t max = count_lines(csv), n;

    if (csv->file.n >= 3 && memcmp(r.s, "\xef\xbb\xbf", 3) == 0) {
        r.s += 3;
    }
    if (!read_header(&r)) {
        return false;
    }
    if (max > ROWS_MAX) {
        return check_fail_at(c, &csv->file, 1, 1, 1, "pack.size", "at most 20000 rows", "too many rows");
    }
    csv->cells = arena_array(c->a, struct csv_cell, (max + 1) * csv->n_columns);
    while (r.s < r.end) {
        struct csv_cell cells[COLUMNS_MAX];

        if (!read_row(&r, cells, &n)) {
            return false;
        }
        if (n != csv->n_columns) {
            return check_fail_at(c, &csv->file, cells[0].line, 1, 1, "pack.csv",
                                 arena_printf(c->a, "%zu cells, as the first line has", csv->n_columns),
                                 "this row has %zu", n);
        }
        memcpy(&csv->cells[csv->n_rows++ * n], cells, n * sizeof *cells);
    }
    return true;
}

static bool name_allowed(const char *name)
{
    return name[0] != '/' && strstr(name, "..") == NULL && strlen(name) < 200 && str_ends(name, ".csv");
}

bool csv_read(struct pack_check *c, const struct pack_load *l, const struct pack_node *n, struct csv *ret)
{
    const char *name = check_text(c, n, "the name of a CSV file");

    *ret = (struct csv){0};
    if (name == NULL) {
        return false;
    }
    if (!name_allowed(name) || !source_read(c, l->source, name, &ret->file)) {
        return check_fail(c, n, "pack.file", "a .csv file in the pack's own folder, UTF-8, at most 1 MiB",
                          "'%s' cannot be read", name);
    }
    return csv_parse(c, ret);
}
