#include "report/sheet.h"

#include "base/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool unreadable(struct err *e)
{
    return ERR(e, ERR_BUSY, "sheet.read", "无法读取上传的文件：%s", "the upload cannot be read: %s",
               strerror(errno));
}

static bool too_large(struct err *e)
{
    return ERR(e, ERR_TOO_LARGE, "sheet.large", "表格展开后超过 %d MB，请分成几份",
               "the sheet is more than %d MB when unpacked: divide it", SHEET_BYTES_MAX >> 20);
}

static bool read_all(const char *path, struct buf *out, struct err *e)
{
    char bytes[64 * 1024];
    FILE *f = fopen(path, "re");
    size_t n;

    if (f == NULL)
        return unreadable(e);
    while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
        buf_add(out, bytes, n);
    (void)fclose(f);
    return !out->failed || too_large(e);
}

/* What Excel in China calls CSV. */
static bool from_gb18030(struct buf *text, struct err *e)
{
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    struct buf out;
    char *in = text->s;
    size_t left = text->len;
    bool ok = cd != (iconv_t)-1;

    buf_init(&out, SHEET_BYTES_MAX);
    while (ok && left > 0) {
        char piece[16 * 1024], *to = piece;
        size_t room = sizeof(piece);

        ok = iconv(cd, &in, &left, &to, &room) != (size_t)-1 || errno == E2BIG;
        buf_add(&out, piece, sizeof(piece) - room);
    }
    if (cd != (iconv_t)-1)
        (void)iconv_close(cd);
    if (ok && out.failed) {
        buf_free(&out);
        return too_large(e);
    }
    if (!ok || !utf8_valid(buf_text(&out), out.len)) {
        buf_free(&out);
        return ERR(e, ERR_MALFORMED, "sheet.text",
                   "文件既不是 UTF-8 也不是 GB 18030 编码，也不是 XLSX；请另存为“CSV UTF-8”或 XLSX",
                   "the file is neither UTF-8 nor GB 18030 nor XLSX: save it as \"CSV UTF-8\" or XLSX");
    }
    buf_free(text);
    *text = out;
    return true;
}

static bool is_zip(const struct buf *b)
{
    return b->len > 4 && memcmp(b->s, "PK\x03\x04", 4) == 0;
}

bool sheet_read(const char *path, char **ret, size_t *ret_n, struct err *e)
{
    AUTO(buf_free) struct buf text = {0};
    bool ok;

    buf_init(&text, SHEET_BYTES_MAX);
    ok = read_all(path, &text, e);
    if (ok && is_zip(&text)) {
        buf_clear(&text);
        ok = xlsx_read(path, &text, e);
    } else if (ok && !utf8_valid(buf_text(&text), text.len)) {
        ok = from_gb18030(&text, e);
    }
    if (!ok)
        return false;
    *ret_n = text.len;
    *ret = text.s == NULL ? xcalloc(1, 1) : text.s;
    text.s = NULL;
    text.len = text.cap = 0;
    return true;
}
