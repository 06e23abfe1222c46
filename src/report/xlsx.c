/* The first sheet of an XLSX workbook (ECMA-376) as comma-separated values: a zip of XML parts, each read as
 * a stream. What it unpacks to is limited; entities and document types are refused. */
#include "area/csv.h"
#include "base/clock.h"
#include "base/text.h"
#include "report/sheet.h"

#include <expat.h>
#include <minizip/unzip.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 64 * 1024,
    CELL_BYTES = 16 * 1024,
    STYLES_MAX = 4096,
    FORMATS_MAX = 512,
    LINES_MAX = 1048576,
    STRINGS_MAX = 4 * 1024 * 1024,
    DEPTH_MAX = 64,        /* the parser keeps every element that is open */
    TOKEN_BYTES = 1 << 20, /* and reads a tag with all its attributes at once */
    PATH_BYTES = 256,
    DAY_S = 86400,
    EPOCH_1900 = 25569, /* the serial number of 1970-01-01 */
    EPOCH_1904 = 24107
};
static const int64_t UNPACKED_MAX = INT64_C(400) << 20;

struct workbook {
    unzFile zip;
    XML_Parser parser; /* of the part in hand */
    XML_StartElementHandler start;
    XML_EndElementHandler end;
    int depth;
    int64_t left; /* bytes that may still be unpacked */
    struct buf *out;
    struct err *e;
    bool failed; /* *e is filled */
    /* workbook.xml and its relations: the id and the part of the first sheet */
    char sheet_id[64], sheet_path[PATH_BYTES];
    bool date1904;
    /* sharedStrings.xml */
    struct buf shared;
    size_t *strings, n_strings, max_strings;
    /* styles.xml: which cell formats are days or times */
    int formats[FORMATS_MAX];
    size_t n_formats, n_styles;
    bool is_date[STYLES_MAX], in_cell_formats;
    /* the sheet */
    int64_t line; /* on which the next row begins, from 1 */
    struct buf row;
    size_t at[CSV_COLUMNS_MAX], n_cells, width; /* where a cell's text begins in `row` */
    bool has_cell[CSV_COLUMNS_MAX], some;
    size_t column;
    char type; /* of the cell: 's' shared, 'i' inline, 'n' number, 't' text, 'b', 'e' */
    size_t style;
    struct buf text; /* what stands in the element in hand */
    bool collects;
    int phonetic; /* inside of how it is read aloud: no part of the text */
};

/* --- parts of the zip --- */

static void fail(struct workbook *w, const char *zh, const char *en)
{
    if (!w->failed)
        (void)ERR(w->e, ERR_MALFORMED, "sheet.xlsx", "XLSX 文件读不了：%s%.0s",
                  "the XLSX file cannot be read: %.0s%s", zh, en);
    w->failed = true;
    if (w->parser != NULL)
        (void)XML_StopParser(w->parser, XML_FALSE);
}

static void fail_large(struct workbook *w)
{
    if (!w->failed)
        (void)ERR(w->e, ERR_TOO_LARGE, "sheet.large", "表格展开后超过 %d MB，请分成几份",
                  "the sheet is more than %d MB when unpacked: divide it", SHEET_BYTES_MAX >> 20);
    w->failed = true;
    if (w->parser != NULL)
        (void)XML_StopParser(w->parser, XML_FALSE);
}

static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                       int internal)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)internal;
    fail(ctx, "含有文档类型声明", "it declares a document type");
}

static void on_text(void *ctx, const XML_Char *s, int n)
{
    struct workbook *w = ctx;

    if (w->collects && w->phonetic == 0 && n > 0)
        buf_add(&w->text, s, (size_t)n);
    if (w->text.failed)
        fail(w, "有单元格的文字过长", "a cell's text is too long");
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct workbook *w = ctx;

    if (++w->depth > DEPTH_MAX)
        fail(w, "XML 嵌套过深", "its XML is nested too deeply");
    else
        w->start(w, name, atts);
}

static void on_end(void *ctx, const XML_Char *name)
{
    struct workbook *w = ctx;

    w->depth--;
    w->end(w, name);
}

/* Of a few kilobytes a zip makes hundreds of megabytes; what the parser holds of them at a time is bounded.
 */
static bool feed(struct workbook *w, XML_Parser p)
{
    int64_t fed = 0, parsed = 0;

    for (;;) {
        void *room = XML_GetBuffer(p, CHUNK);
        int n = room == NULL ? -1 : unzReadCurrentFile(w->zip, room, CHUNK);

        if (n < 0) {
            fail(w, "压缩包已损坏", "the archive is damaged");
            return false;
        }
        w->left -= n;
        if (w->left < 0) {
            fail_large(w);
            return false;
        }
        if (XML_ParseBuffer(p, n, n == 0) != XML_STATUS_OK) {
            fail(w, "XML 不合规", "its XML is broken");
            return false;
        }
        fed += n;
        if (XML_GetCurrentByteIndex(p) > parsed)
            parsed = XML_GetCurrentByteIndex(p);
        if (fed - parsed > TOKEN_BYTES) {
            fail(w, "有一个标记过长", "one of its tags is too long");
            return false;
        }
        if (n == 0)
            return true;
    }
}

/* Reads one part, if it is there. */
static bool read_part(struct workbook *w, const char *name, bool needed, XML_StartElementHandler start,
                      XML_EndElementHandler end)
{
    XML_Parser p;
    bool ok;

    if (unzLocateFile(w->zip, name, 0) != UNZ_OK || unzOpenCurrentFile(w->zip) != UNZ_OK) {
        if (needed)
            fail(w, "缺少工作表", "it has no sheet");
        return !needed;
    }
    p = XML_ParserCreate(NULL);
    if (p == NULL)
        abort();
    w->parser = p;
    w->start = start;
    w->end = end;
    w->collects = false;
    w->depth = w->phonetic = 0;
    buf_clear(&w->text);
    XML_SetUserData(p, w);
    XML_SetElementHandler(p, on_start, on_end);
    XML_SetCharacterDataHandler(p, on_text);
    XML_SetStartDoctypeDeclHandler(p, on_doctype);
    ok = feed(w, p) && !w->failed;
    w->parser = NULL;
    XML_ParserFree(p);
    (void)unzCloseCurrentFile(w->zip);
    return ok;
}

/* Names may carry a prefix. */
static const char *local(const XML_Char *name)
{
    const char *colon = strrchr(name, ':');

    return colon == NULL ? name : colon + 1;
}

static const char *attr(const XML_Char **atts, const char *name)
{
    for (size_t i = 0; atts[i] != NULL; i += 2)
        if (str_eq(local(atts[i]), name))
            return atts[i + 1];
    return NULL;
}

static void on_end_nothing(void *ctx, const XML_Char *name)
{
    (void)ctx;
    (void)name;
}

/* --- which part is the first sheet --- */

/* The attribute r:id, not sheetId. */
static const char *relation_of(const XML_Char **atts)
{
    for (size_t i = 0; atts[i] != NULL; i += 2)
        if (strchr(atts[i], ':') != NULL && str_eq(local(atts[i]), "id"))
            return atts[i + 1];
    return NULL;
}

static void on_workbook(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct workbook *w = ctx;
    const char *id, *state, *base;

    if (str_eq(local(name), "workbookPr") && (base = attr(atts, "date1904")) != NULL)
        w->date1904 = str_eq(base, "1") || str_eq(base, "true");
    if (!str_eq(local(name), "sheet") || w->sheet_id[0] != '\0')
        return;
    state = attr(atts, "state");
    id = relation_of(atts);
    if (id != NULL && (state == NULL || str_eq(state, "visible")))
        str_copy(w->sheet_id, sizeof(w->sheet_id), id);
}

static void on_relation(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct workbook *w = ctx;
    const char *id = attr(atts, "Id"), *target = attr(atts, "Target");
    size_t n;

    if (!str_eq(local(name), "Relationship") || id == NULL || target == NULL || !str_eq(id, w->sheet_id))
        return;
    n = target[0] == '/' ? 0 : strlen("xl/");
    memcpy(w->sheet_path, "xl/", n);
    str_copy(w->sheet_path + n, sizeof(w->sheet_path) - n, target + (target[0] == '/'));
}

/* --- shared strings --- */

static void on_string_start(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct workbook *w = ctx;

    (void)atts;
    if (str_eq(local(name), "si"))
        buf_clear(&w->text);
    w->phonetic += str_eq(local(name), "rPh");
    w->collects = str_eq(local(name), "t");
}

static void on_string_end(void *ctx, const XML_Char *name)
{
    struct workbook *w = ctx;

    w->collects = false;
    w->phonetic -= str_eq(local(name), "rPh");
    if (!str_eq(local(name), "si"))
        return;
    if (w->n_strings == STRINGS_MAX) {
        fail_large(w);
        return;
    }
    if (w->n_strings == w->max_strings) {
        w->max_strings = w->max_strings == 0 ? 1024 : w->max_strings * 2;
        w->strings = xrealloc(w->strings, w->max_strings * sizeof(*w->strings));
    }
    w->strings[w->n_strings++] = w->shared.len;
    buf_add(&w->shared, buf_text(&w->text), w->text.len + 1);
    if (w->shared.failed)
        fail_large(w);
}

/* --- styles --- */

/* A format that writes a year, or hours and minutes; what stands in quotes and brackets is decoration. */
static bool shows_date(const char *format)
{
    for (const char *p = format; *p != '\0'; p++) {
        if (*p == '"' || *p == '[') {
            const char *close = strchr(p + 1, *p == '"' ? '"' : ']');

            p = close == NULL ? p + strlen(p) - 1 : close;
        } else if (*p == '\\' && p[1] != '\0') {
            p++;
        } else if (strchr("yYdDhH", *p) != NULL) {
            return true;
        }
    }
    return false;
}

/* Formats 14 to 22 and some of China and Japan are days and times without being told. */
static bool is_date_format(const struct workbook *w, int id)
{
    if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58))
        return true;
    for (size_t i = 0; i < w->n_formats; i++)
        if (w->formats[i] == id)
            return true;
    return false;
}

static int number_attr(const XML_Char **atts, const char *name)
{
    const char *s = attr(atts, name);
    int64_t v = -1;

    return s != NULL && parse_int64(s, &v) && v >= 0 && v < INT32_MAX ? (int)v : -1;
}

static void on_style(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct workbook *w = ctx;
    const char *code = attr(atts, "formatCode");

    if (str_eq(local(name), "numFmt") && code != NULL && shows_date(code) && w->n_formats < FORMATS_MAX)
        w->formats[w->n_formats++] = number_attr(atts, "numFmtId");
    if (str_eq(local(name), "cellXfs"))
        w->in_cell_formats = true;
    if (str_eq(local(name), "xf") && w->in_cell_formats && w->n_styles < STYLES_MAX)
        w->is_date[w->n_styles++] = is_date_format(w, number_attr(atts, "numFmtId"));
}

static void on_style_end(void *ctx, const XML_Char *name)
{
    struct workbook *w = ctx;

    if (str_eq(local(name), "cellXfs"))
        w->in_cell_formats = false;
}

/* --- the sheet --- */

/* "BC12" -> 54; without a reference: the next one. */
static size_t column_of(const struct workbook *w, const char *ref)
{
    size_t n = 0;

    if (ref == NULL)
        return w->column + 1;
    for (; *ref >= 'A' && *ref <= 'Z' && n < 100000; ref++)
        n = n * 26 + (size_t)(*ref - 'A') + 1;
    return n;
}

static char type_of(const char *t)
{
    if (t == NULL || str_eq(t, "n"))
        return 'n';
    if (str_eq(t, "inlineStr"))
        return 'i';
    return str_eq(t, "str") || str_eq(t, "d") ? 't' : t[0];
}

static void row_begins(struct workbook *w, const XML_Char **atts)
{
    int64_t number = number_attr(atts, "r");

    if (number > LINES_MAX) {
        fail(w, "行数过多", "it has too many rows");
        return;
    }
    for (; w->line < number; w->line++)
        buf_char(w->out, '\n');
    w->column = w->n_cells = 0;
    w->some = false;
    memset(w->has_cell, 0, sizeof(w->has_cell));
    buf_clear(&w->row);
}

static void on_sheet_start(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct workbook *w = ctx;
    const char *what = local(name);

    if (str_eq(what, "row")) {
        row_begins(w, atts);
    } else if (str_eq(what, "c")) {
        int style = number_attr(atts, "s");

        w->column = column_of(w, attr(atts, "r"));
        w->type = type_of(attr(atts, "t"));
        w->style = style < 0 ? 0 : (size_t)style;
        buf_clear(&w->text);
    }
    w->phonetic += str_eq(what, "rPh");
    w->collects = str_eq(what, "v") || str_eq(what, "t");
}

/* A day and, if there is more than that, its time. */
static void put_date(struct workbook *w, double serial)
{
    int64_t seconds = (int64_t)((serial - (w->date1904 ? EPOCH_1904 : EPOCH_1900)) * DAY_S + 0.5);
    struct civil c = civil_from_ms(seconds * 1000, 0);

    buf_printf(&w->row, "%04d-%02d-%02d", c.year, c.month, c.day);
    if (seconds % DAY_S != 0)
        buf_printf(&w->row, " %02d:%02d:%02d", c.hour, c.minute, c.second);
}

/* 1.38E10 is a phone number that a spreadsheet wrote its own way. */
static void put_number(struct workbook *w)
{
    const char *s = buf_text(&w->text);
    double d;

    if (!parse_double(s, &d)) {
        buf_str(&w->row, s);
    } else if (w->style < w->n_styles && w->is_date[w->style] && d > 0 && d < 2958466) {
        put_date(w, d);
    } else if (strpbrk(s, ".eE") == NULL) {
        buf_str(&w->row, s);
    } else {
        buf_printf(&w->row, "%.15g", d);
    }
}

static void put_shared(struct workbook *w)
{
    int64_t i = -1;

    if (parse_int64(buf_text(&w->text), &i) && i >= 0 && (size_t)i < w->n_strings)
        buf_str(&w->row, w->shared.s + w->strings[i]);
    else
        fail(w, "引用了不存在的文字", "it points at a text that is not there");
}

static void cell_ends(struct workbook *w)
{
    if (w->text.len == 0)
        return;
    if (w->column == 0 || w->column > CSV_COLUMNS_MAX) {
        fail(w, "列数过多（至多 64 列）", "it has more than 64 columns");
        return;
    }
    w->at[w->column - 1] = w->row.len;
    w->has_cell[w->column - 1] = w->some = true;
    if (w->column > w->n_cells)
        w->n_cells = w->column;
    if (w->type == 's')
        put_shared(w);
    else if (w->type == 'n')
        put_number(w);
    else if (w->type == 'b')
        buf_str(&w->row, str_eq(buf_text(&w->text), "1") ? "true" : "false");
    else
        buf_str(&w->row, buf_text(&w->text));
    buf_char(&w->row, '\0');
}

static void put_cell(struct workbook *w, const char *s)
{
    bool quote = strpbrk(s, ",\"") != NULL;

    if (quote)
        buf_char(w->out, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"')
            buf_char(w->out, '"');
        buf_char(w->out, *s == '\n' || *s == '\r' ? ' ' : *s);
    }
    if (quote)
        buf_char(w->out, '"');
}

/* The first row says how many columns there are: cells that are empty at the end are not written. */
static void row_ends(struct workbook *w)
{
    if (w->row.failed) {
        fail(w, "有一行过长", "a row is too long");
        return;
    }
    if (w->some && w->width == 0)
        w->width = w->n_cells;
    for (size_t i = 0; w->some && i < w->width; i++) {
        if (i > 0)
            buf_char(w->out, ',');
        if (w->has_cell[i])
            put_cell(w, w->row.s + w->at[i]);
    }
    for (size_t i = w->width; w->some && i < w->n_cells; i++) {
        buf_char(w->out, ',');
        if (w->has_cell[i])
            put_cell(w, w->row.s + w->at[i]);
    }
    buf_char(w->out, '\n');
    w->line++;
    if (w->out->failed)
        fail_large(w);
}

static void on_sheet_end(void *ctx, const XML_Char *name)
{
    struct workbook *w = ctx;
    const char *what = local(name);

    w->collects = false;
    w->phonetic -= str_eq(what, "rPh");
    if (w->failed)
        return;
    if (str_eq(what, "c"))
        cell_ends(w);
    else if (str_eq(what, "row"))
        row_ends(w);
}

static bool read_book(struct workbook *w)
{
    return read_part(w, "xl/workbook.xml", true, on_workbook, on_end_nothing) &&
           read_part(w, "xl/_rels/workbook.xml.rels", true, on_relation, on_end_nothing) &&
           read_part(w, "xl/sharedStrings.xml", false, on_string_start, on_string_end) &&
           read_part(w, "xl/styles.xml", false, on_style, on_style_end) &&
           read_part(w, w->sheet_path, true, on_sheet_start, on_sheet_end);
}

bool xlsx_read(const char *path, struct buf *out, struct err *e)
{
    struct workbook *w = xcalloc(1, sizeof(*w));
    bool ok = false;

    w->left = UNPACKED_MAX;
    w->out = out;
    w->e = e;
    w->line = 1;
    buf_init(&w->shared, SHEET_BYTES_MAX);
    buf_init(&w->row, (size_t)CELL_BYTES * 4);
    buf_init(&w->text, CELL_BYTES * 2);
    w->zip = unzOpen64(path);
    if (w->zip == NULL)
        fail(w, "不是压缩包", "it is no zip archive");
    else
        ok = read_book(w);
    if (w->zip != NULL)
        (void)unzClose(w->zip);
    free(w->strings);
    buf_free(&w->shared);
    buf_free(&w->row);
    buf_free(&w->text);
    free(w);
    return ok;
}
