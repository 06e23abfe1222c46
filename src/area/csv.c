#include "area/csv.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct csv *csv_create(void)
{
    return xcalloc(1, sizeof(struct csv));
}

void csv_free(struct csv **c)
{
    free(*c);
    *c = NULL;
}

/* Takes one field from c->at into out[], leaves c->at behind its delimiter.
 * *ret_last is true at the end of the row. */
static bool take_field(struct csv *c, char *out, size_t size, size_t *used, bool *ret_last, struct err *e)
{
    bool quoted = c->at < c->end && *c->at == '"';

    if (quoted)
        c->at++;
    for (;; c->at++) {
        if (c->at == c->end) {
            if (quoted)
                return ERR(e, ERR_MALFORMED, "csv.quote", "第 %lld 行的引号没有结束，应补上 \"",
                           "the quote that begins on line %lld never ends; close it with \"",
                           (long long)c->line);
            break;
        }
        if (quoted && *c->at == '"') {
            c->at++;
            if (c->at == c->end || *c->at != '"') {
                quoted = false;
                c->at--;
                continue;
            }
        } else if (!quoted && (*c->at == ',' || *c->at == '\n')) {
            break;
        }
        c->next_line += *c->at == '\n';
        if (*used + 2 >= size)
            return ERR(e, ERR_MALFORMED, "csv.row", "第 %lld 行超过 %d 字节",
                       "line %lld is longer than %d bytes", (long long)c->line, CSV_ROW_MAX);
        out[(*used)++] = *c->at;
    }
    *ret_last = c->at == c->end || *c->at == '\n';
    if (*ret_last && *used > 0 && out[*used - 1] == '\r')
        (*used)--;
    c->next_line += c->at < c->end && *c->at == '\n';
    c->at += c->at < c->end;
    out[(*used)++] = '\0';
    return true;
}

static bool take_row(struct csv *c, char *out, const char **fields, size_t *ret_n, struct err *e)
{
    size_t used = 0, n = 0;
    bool last = false;

    c->line = c->next_line;
    while (!last) {
        if (n == CSV_COLUMNS_MAX)
            return ERR(e, ERR_MALFORMED, "csv.row", "第 %lld 行超过 %d 列",
                       "line %lld has more than %d columns", (long long)c->line, CSV_COLUMNS_MAX);
        fields[n++] = out + used;
        if (!take_field(c, out, CSV_ROW_MAX, &used, &last, e))
            return false;
    }
    *ret_n = n;
    return true;
}

bool csv_begin(struct csv *c, const char *text, size_t n, struct err *e)
{
    memset(c, 0, sizeof *c);
    if (!utf8_valid(text, n))
        return ERR(e, ERR_MALFORMED, "csv.utf8", "文件不是 UTF-8 编码，请另存为“CSV UTF-8”",
                   "the file is not UTF-8; save it as \"CSV UTF-8\"");
    c->at = text;
    c->end = text + n;
    c->next_line = 1;
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        c->at += 3;
    if (c->at == c->end)
        return ERR(e, ERR_MALFORMED, "csv.empty", "文件是空的，第一行应是列名",
                   "the file is empty; its first line should name the columns");
    return take_row(c, c->header, c->column, &c->n_columns, e);
}

bool csv_next(struct csv *c, bool *ret, struct err *e)
{
    *ret = false;
    while (c->at < c->end && !*ret) {
        if (!take_row(c, c->row, c->field, &c->n_fields, e))
            return false;
        *ret = c->n_fields > 1 || c->field[0][0] != '\0';
    }
    return true;
}

int csv_column(const struct csv *c, const char *name)
{
    for (size_t i = 0; i < c->n_columns; i++)
        if (strcmp(c->column[i], name) == 0)
            return (int)i;
    return -1;
}

bool csv_need(const struct csv *c, const char *name, int *ret, struct err *e)
{
    *ret = csv_column(c, name);
    if (*ret < 0)
        return ERR(e, ERR_INVALID, "csv.column", "第一行缺少列 %s", "the first line names no column %s",
                   name);
    return true;
}

const char *csv_get(const struct csv *c, int column)
{
    return column >= 0 && (size_t)column < c->n_fields ? c->field[column] : "";
}
