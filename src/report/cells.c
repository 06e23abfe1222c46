#include "report/cells.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

struct cells {
    FILE *csv;
    bool owned;
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head;
    lxw_row_t row;
    lxw_col_t column;
    bool failed;
};

static const char *const names[] = {"", "csv", "xlsx"};

enum cells_format cells_format_named(const char *name)
{
    for (int f = CELLS_CSV; f <= CELLS_XLSX; f++)
        if (str_eq(name, names[f]))
            return (enum cells_format)f;
    return CELLS_UNSET;
}

const char *cells_content_type(enum cells_format f)
{
    return f == CELLS_XLSX ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                           : "text/csv; charset=utf-8";
}

static bool no_disk(struct err *e, const char *why)
{
    return ERR(e, ERR_BUSY, "cells.disk", "表格无法写入：%s", "the table cannot be written: %s", why);
}

/* The file is made first, for nobody else to read; the library writes into it. */
static bool open_private(const char *path, int *ret, struct err *e)
{
    *ret = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return *ret >= 0 || no_disk(e, strerror(errno));
}

static bool begin_book(struct cells *c, const char *path, struct err *e)
{
    lxw_workbook_options o = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_FALSE};

    c->book = workbook_new_opt(path, &o);
    c->sheet = c->book == NULL ? NULL : workbook_add_worksheet(c->book, NULL);
    if (c->sheet == NULL)
        return no_disk(e, "xlsx");
    c->head = workbook_add_format(c->book);
    format_set_bold(c->head);
    worksheet_freeze_panes(c->sheet, 1, 0);
    return true;
}

bool cells_create(const char *path, enum cells_format f, struct cells **ret, struct err *e)
{
    AUTO(cells_free) struct cells *c = xcalloc(1, sizeof(*c));
    int fd = -1;

    if (!open_private(path, &fd, e))
        return false;
    if (f == CELLS_XLSX) {
        (void)close(fd);
        if (!begin_book(c, path, e))
            return false;
    } else {
        c->owned = true;
        c->csv = fdopen(fd, "w");
        if (c->csv == NULL) {
            (void)close(fd);
            return no_disk(e, strerror(errno));
        }
        (void)fputs("\xEF\xBB\xBF", c->csv);
    }
    *ret = c;
    c = NULL;
    return true;
}

struct cells *cells_to(FILE *to)
{
    struct cells *c = xcalloc(1, sizeof(*c));

    c->csv = to;
    (void)fputs("\xEF\xBB\xBF", to);
    return c;
}

/* --- cells --- */

static void csv_begin_cell(struct cells *c)
{
    if (c->column > 0)
        (void)fputc(',', c->csv);
}

/* A spreadsheet must not take somebody's words for a formula. */
static void csv_text(FILE *to, const char *s)
{
    bool guard = s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL;
    bool quote = guard || strpbrk(s, ",\"\r\n") != NULL;

    if (quote)
        (void)fputc('"', to);
    if (guard)
        (void)fputc('\'', to);
    for (; *s != '\0'; s++) {
        if (*s == '"')
            (void)fputc('"', to);
        (void)fputc(*s, to);
    }
    if (quote)
        (void)fputc('"', to);
}

static void note(struct cells *c, lxw_error result)
{
    c->failed = c->failed || (result != LXW_NO_ERROR && result != LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED);
}

void cells_text(struct cells *c, const char *s)
{
    if (c->csv != NULL) {
        csv_begin_cell(c);
        if (s != NULL)
            csv_text(c->csv, s);
    } else if (s != NULL && s[0] != '\0') {
        note(c, worksheet_write_string(c->sheet, c->row, c->column, s, c->row == 0 ? c->head : NULL));
    }
    c->column++;
}

void cells_int(struct cells *c, int64_t v)
{
    if (c->csv != NULL) {
        csv_begin_cell(c);
        (void)fprintf(c->csv, "%" PRId64, v);
    } else {
        note(c, worksheet_write_number(c->sheet, c->row, c->column, (double)v, NULL));
    }
    c->column++;
}

void cells_double(struct cells *c, double v, int digits)
{
    if (c->csv != NULL) {
        csv_begin_cell(c);
        (void)fprintf(c->csv, "%.*g", digits, v);
    } else {
        note(c, worksheet_write_number(c->sheet, c->row, c->column, v, NULL));
    }
    c->column++;
}

void cells_bool(struct cells *c, bool v)
{
    if (c->csv != NULL) {
        csv_begin_cell(c);
        (void)fputs(v ? "true" : "false", c->csv);
    } else {
        note(c, worksheet_write_boolean(c->sheet, c->row, c->column, v, NULL));
    }
    c->column++;
}

void cells_end_row(struct cells *c)
{
    if (c->csv != NULL)
        (void)fputs("\r\n", c->csv);
    c->row++;
    c->column = 0;
}

bool cells_close(struct cells **ref, struct err *e)
{
    struct cells *c = *ref;
    bool ok = !c->failed;

    if (c->csv != NULL)
        ok = fflush(c->csv) == 0 && ferror(c->csv) == 0 && ok;
    if (c->book != NULL) {
        ok = workbook_close(c->book) == LXW_NO_ERROR && ok;
        c->book = NULL;
    }
    cells_free(ref);
    return ok || no_disk(e, errno == 0 ? "xlsx" : strerror(errno));
}

void cells_free(struct cells **ref)
{
    struct cells *c = *ref;

    if (c == NULL)
        return;
    if (c->book != NULL)
        (void)workbook_close(c->book);
    if (c->owned && c->csv != NULL)
        (void)fclose(c->csv);
    free(c);
    *ref = NULL;
}
