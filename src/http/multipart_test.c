#include "base/buf.h"
#include "base/text.h"
#include "http/multipart.h"
#include "test.h"

#include <stdlib.h>

/* Writes what it is told as "name(filename)=data;" */
static bool on_begin(void *ctx, const struct part *p, struct err *e)
{
    (void)e;
    buf_printf(ctx, p->file ? "%s(%s)=" : "%s=", p->name, p->filename);
    return true;
}

static bool on_data(void *ctx, const char *bytes, size_t n, struct err *e)
{
    (void)e;
    buf_add(ctx, bytes, n);
    return true;
}

static bool on_end(void *ctx, struct err *e)
{
    (void)e;
    buf_char(ctx, ';');
    return true;
}

/* Feeds the body in pieces of `step` bytes; NULL if it is refused. */
static const char *parsed(const char *type, const char *body, size_t step)
{
    static struct buf out;
    struct multipart *m = NULL;
    struct err e = {0};
    size_t n = strlen(body);

    buf_free(&out);
    buf_init(&out, 100000);
    bool ok = multipart_create(type, (struct part_sink){on_begin, on_data, on_end, &out}, &m, &e);
    for (size_t at = 0; ok && at < n; at += step)
        ok = multipart_feed(m, body + at, n - at < step ? n - at : step, &e);
    ok = ok && multipart_end(m, &e);
    check(ok || e.code == ERR_MALFORMED);
    multipart_free(&m);
    return ok ? buf_text(&out) : NULL;
}

#define TYPE             "multipart/form-data; boundary=B"
#define PART(name, data) "--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" data "\r\n"

TEST(parts_in_pieces_of_any_size)
{
    static const char body[] = "preamble\r\n" PART("a", "1\r\n-\r\n--\r\n--C")
        PART("b", "") "--B  \r\n"
                      "content-type: text/plain\r\ncontent-disposition: form-data; filename=\"x "
                      "\\\"y\\\".jpg\"; name=f\r\n\r\n"
                      "\r\r\n\n\r\n--B--\r\nepilogue --B";

    for (size_t step = 1; step < sizeof body; step++)
        check(str_eq(parsed(TYPE, body, step), "a=1\r\n-\r\n--\r\n--C;b=;f(x \"y\".jpg)=\r\r\n\n;"));
}

TEST(broken_multipart_is_refused)
{
    check(parsed("multipart/form-data", PART("a", "1") "--B--", 7) == NULL);
    check(parsed("multipart/form-data; boundary=", PART("a", "1") "--B--", 7) == NULL);
    check(parsed(TYPE, PART("a", "1"), 7) == NULL);          /* no closing boundary */
    check(parsed(TYPE, PART("a", "1") "--B", 7) == NULL);    /* cut in it */
    check(parsed(TYPE, "--Bx\r\n\r\n", 7) == NULL);          /* something after it */
    check(parsed(TYPE, "--B\r\n\r\n1\r\n--B--", 7) == NULL); /* no name */
    check(parsed(TYPE, "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--", 7) == NULL);
    check(parsed(TYPE, PART("\xff", "1") "--B--", 7) == NULL); /* not UTF-8 */
    check(parsed(TYPE, "", 1) == NULL);
    static char longer[6000];
    (void)snprintf(longer, sizeof longer, "--B\r\nX: %05000d\r\n\r\n", 1);
    check(parsed(TYPE, longer, 100) == NULL);
    check(str_eq(parsed("multipart/form-data; x=y; boundary=\"B\"", PART("a", "1") "--B--", 3), "a=1;"));
}
