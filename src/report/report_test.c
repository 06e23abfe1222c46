/* Tables written and read again, and QR codes. */
#include "area/csv.h"
#include "base/text.h"
#include "report/cells.h"
#include "report/qr.h"
#include "report/sheet.h"
#include "test.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define check_str(a, b) check(str_eq((a), (b)))

static char path[64];

static const char *fresh(void)
{
    int fd;

    str_copy(path, sizeof(path), "/tmp/wangge-report-XXXXXX");
    fd = mkstemp(path);
    check(fd >= 0);
    (void)close(fd);
    return path;
}

static void put(const char *bytes, size_t n)
{
    FILE *f = fopen(fresh(), "we");

    check(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* What the file at `path` reads as; freed by the caller. */
static char *read_back(void)
{
    char *text = NULL;
    struct err e = {0};
    size_t n = 0;

    check(sheet_read(path, &text, &n, &e));
    (void)unlink(path);
    return text;
}

static const char *refused(void)
{
    AUTO(xfree) char *text = NULL;
    static struct err e;
    size_t n = 0;

    e = (struct err){0};
    check(!sheet_read(path, &text, &n, &e));
    (void)unlink(path);
    return e.key;
}

static void write_table(enum cells_format f)
{
    struct cells *c = NULL;
    struct err e = {0};

    check(cells_create(fresh(), f, &c, &e));
    cells_text(c, "姓名");
    cells_text(c, "note");
    cells_text(c, "n");
    cells_end_row(c);
    cells_text(c, "张三");
    cells_text(c, "=HYPERLINK(\"x\")");
    cells_int(c, 42);
    cells_end_row(c);
    cells_text(c, NULL);
    cells_text(c, "a, \"b\"");
    cells_double(c, 1.5, 15);
    cells_end_row(c);
    check(cells_close(&c, &e));
}

TEST(a_table_goes_out_and_comes_back)
{
    AUTO(xfree) char *csv = NULL, *xlsx = NULL;

    write_table(CELLS_CSV);
    csv = read_back();
    check_str(csv,
              "\xEF\xBB\xBF姓名,note,n\r\n张三,\"'=HYPERLINK(\"\"x\"\")\",42\r\n,\"a, \"\"b\"\"\",1.5\r\n");
    write_table(CELLS_XLSX);
    xlsx = read_back();
    check_str(xlsx, "姓名,note,n\n张三,\"=HYPERLINK(\"\"x\"\")\",42\n,\"a, \"\"b\"\"\",1.5\n");
}

TEST(nothing_of_a_workbook_is_a_formula)
{
    enum { BYTES = 1 << 16 };
    AUTO(xfree) char *bytes = xcalloc(1, BYTES);
    unzFile zip;

    write_table(CELLS_XLSX);
    zip = unzOpen64(path);
    check(unzLocateFile(zip, "xl/worksheets/sheet1.xml", 0) == UNZ_OK && unzOpenCurrentFile(zip) == UNZ_OK);
    check(unzReadCurrentFile(zip, bytes, BYTES - 1) > 0);
    check(strstr(bytes, "<f>") == NULL && strstr(bytes, "HYPERLINK") != NULL);
    (void)unzClose(zip);
    (void)unlink(path);
}

/* A workbook as people make them: days with formats, a gap, numbers as Excel writes long ones. */
TEST(days_gaps_and_long_numbers_are_read)
{
    AUTO(xfree) char *text = NULL;
    lxw_workbook *book = workbook_new(fresh());
    lxw_worksheet *sheet = workbook_add_worksheet(book, NULL);
    lxw_format *day = workbook_add_format(book);
    lxw_datetime at = {2021, 11, 3, 0, 0, 0}, noon = {2021, 11, 3, 12, 30, 0};

    format_set_num_format(day, "yyyy\"年\"m\"月\"d\"日\"");
    check(worksheet_write_string(sheet, 0, 0, "入住", NULL) == 0 &&
          worksheet_write_string(sheet, 0, 2, "电话", NULL) == 0);
    check(worksheet_write_datetime(sheet, 1, 0, &at, day) == 0 &&
          worksheet_write_number(sheet, 1, 2, 13857000001.0, NULL) == 0);
    check(worksheet_write_datetime(sheet, 4, 0, &noon, day) == 0 &&
          worksheet_write_boolean(sheet, 4, 1, 1, NULL) == 0);
    check(worksheet_write_string(sheet, 4, 2, "两\n行", NULL) == 0);
    check(workbook_close(book) == 0);
    text = read_back();
    check_str(text, "入住,,电话\n2021-11-03,,13857000001\n\n\n2021-11-03 12:30:00,true,两 行\n");
}

TEST(the_first_sheet_that_is_seen)
{
    AUTO(xfree) char *text = NULL;
    lxw_workbook *book = workbook_new(fresh());
    lxw_worksheet *first = workbook_add_worksheet(book, "藏"), *second = workbook_add_worksheet(book, "看");

    check(worksheet_write_string(first, 0, 0, "no", NULL) == 0 &&
          worksheet_write_string(second, 0, 0, "yes", NULL) == 0);
    worksheet_activate(second);
    worksheet_hide(first);
    check(workbook_close(book) == 0);
    text = read_back();
    check_str(text, "yes\n");
}

TEST(text_of_another_encoding)
{
    static const char gb[] = "\xd0\xd5\xc3\xfb,n\n\xd5\xc5\xc8\xfd,1\n"; /* 姓名,n 张三,1 */
    AUTO(xfree) char *text = NULL;

    put(gb, sizeof(gb) - 1);
    text = read_back();
    check_str(text, "姓名,n\n张三,1\n");
    put("\xff\xfe\x00", 3);
    check_str(refused(), "sheet.text");
}

TEST(what_is_no_workbook_is_refused)
{
    static const char bytes[] = "PK\x03\x04 and then nothing of use";

    put(bytes, sizeof(bytes) - 1);
    check_str(refused(), "sheet.xlsx");
}

/* A workbook with this sheet. */
static void put_sheet(const char *xml)
{
    static const char book[] = "<workbook xmlns:r=\"r\"><sheets><sheet r:id=\"s\"/></sheets></workbook>";
    static const char tie[] = "<Relationships><Relationship Id=\"s\" Target=\"sheet.xml\"/></Relationships>";
    const char *const parts[][2] = {
        {"xl/workbook.xml", book}, {"xl/_rels/workbook.xml.rels", tie}, {"xl/sheet.xml", xml}};
    zipFile zip = zipOpen(fresh(), APPEND_STATUS_CREATE);

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        check(zipOpenNewFileInZip(zip, parts[i][0], NULL, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 9) == ZIP_OK);
        check(zipWriteInFileInZip(zip, parts[i][1], (unsigned)strlen(parts[i][1])) == ZIP_OK);
        check(zipCloseFileInZip(zip) == ZIP_OK);
    }
    check(zipClose(zip, NULL) == ZIP_OK);
}

/* The parser keeps what is open and a tag as a whole: 15 kB of zip took 640 MB. */
TEST(a_sheet_does_not_fill_the_memory)
{
    enum { DEPTH = 1000, ATTRIBUTES = 200000 };
    struct buf xml;

    buf_init(&xml, (size_t)8 << 20);
    for (int i = 0; i < DEPTH; i++)
        buf_str(&xml, "<a>");
    for (int i = 0; i < DEPTH; i++)
        buf_str(&xml, "</a>");
    put_sheet(buf_text(&xml));
    check_str(refused(), "sheet.xlsx");
    buf_clear(&xml);
    buf_str(&xml, "<a");
    for (int i = 0; i < ATTRIBUTES; i++)
        buf_printf(&xml, " a%d=\"\"", i);
    buf_str(&xml, "/>");
    put_sheet(buf_text(&xml));
    check_str(refused(), "sheet.xlsx");
    buf_free(&xml);
}

TEST(a_code_is_a_picture)
{
    struct buf out;
    struct err e = {0};
    char *longer = xcalloc(1, QR_TEXT_MAX + 2);

    buf_init(&out, QR_SVG_MAX);
    check(qr_svg("https://wg.example.cn/door/1", &out, &e));
    check(str_starts(buf_text(&out), "<svg ") && str_ends(buf_text(&out), "</svg>"));
    /* The finder in the corner: seven modules, four away from the edge. */
    check(strstr(buf_text(&out), "M4 4h7v1h-7z") != NULL);
    memset(longer, 'a', QR_TEXT_MAX + 1);
    check(!qr_svg(longer, &out, &e));
    check_str(e.key, "qr.long");
    buf_free(&out);
    free(longer);
}
