#include "base/buf.h"
#include "base/text.h"
#include "pack/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_CHARS = 160 }; /* of a source line */

static const char *source_line(struct arena *a, const struct pack_file *f, int line)
{
    const char *s = f->text, *end = f->text + f->n;

    for (int i = 1; i < line && s < end; i++) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));

        s = nl ? nl + 1 : end;
    }
    size_t n = strcspn(s, "\r\n");

    return arena_strndup(a, s, utf8_valid(s, n) ? n : 0);
}

static bool complain(struct pack_check *c, const struct complaint *made, const struct pack_file *f,
                     const char *fmt, va_list ap)
{
    struct complaints *all = c->complaints;
    char text[1000];

    if (all->n >= COMPLAINTS_MAX) {
        return false;
    }
    (void)vsnprintf(text, sizeof text, fmt, ap);
    text[utf8_valid(text, strlen(text)) ? strlen(text) : 0] = '\0';
    all->items[all->n] = *made;
    all->items[all->n].found = arena_strdup(c->a, text);
    all->items[all->n].source_line = source_line(c->a, f, made->line);
    all->n++;
    return false;
}

bool check_fail_at(struct pack_check *c, const struct pack_file *f, int line, int column, int width,
                   const char *key, const char *expected, const char *fmt, ...)
{
    struct complaint made = {f->name, line, column, width, key, NULL, expected, NULL, NULL};
    va_list ap;

    va_start(ap, fmt);
    (void)complain(c, &made, f, fmt, ap);
    va_end(ap);
    return false;
}

bool check_fail(struct pack_check *c, const struct pack_node *at, const char *key, const char *expected,
                const char *fmt, ...)
{
    struct complaint made = {at->file->name, at->line, at->column, at->width, key,
                             NULL,           expected, NULL,       NULL};
    va_list ap;

    va_start(ap, fmt);
    (void)complain(c, &made, at->file, fmt, ap);
    va_end(ap);
    return false;
}

/* Terminals draw ideographs and full-width forms two columns wide. */
static int cell_width(uint32_t cp)
{
    return (cp >= 0x1100 && cp <= 0x115f) || (cp >= 0x2e80 && cp <= 0xa4cf) ||
                   (cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0xf900 && cp <= 0xfaff) ||
                   (cp >= 0xfe30 && cp <= 0xfe6f) || (cp >= 0xff00 && cp <= 0xff60) ||
                   (cp >= 0xffe0 && cp <= 0xffe6) || cp >= 0x1f300
               ? 2
               : 1;
}

/* Blanks under what stands before the column, then ^~~~ under the thing itself. */
static void print_caret(const struct complaint *c, struct buf *out)
{
    const char *s = c->source_line;
    int i = 1;

    for (; i < c->column && *s != '\0'; i++) {
        uint32_t cp = utf8_next(&s);

        buf_str(out, cp == '\t' ? "\t" : cell_width(cp) == 2 ? "  " : " ");
    }
    buf_char(out, '^');
    for (int more = *s ? cell_width(utf8_next(&s)) - 1 : 0; more > 0; more--) {
        buf_char(out, '~');
    }
    for (i = 1; i < c->width && *s != '\0'; i++) {
        buf_str(out, cell_width(utf8_next(&s)) == 2 ? "~~" : "~");
    }
}

static void print_one(const struct complaint *c, struct buf *out)
{
    size_t shown = utf8_prefix(c->source_line, SHOWN_CHARS);

    buf_printf(out, "%s:%d:%d: error: %s [%s]\n", c->file, c->line, c->column, c->found, c->key);
    if (c->column > SHOWN_CHARS || c->source_line[0] == '\0') {
        if (c->expected != NULL) {
            buf_printf(out, "      | %s\n", c->expected);
        }
        return;
    }
    buf_printf(out, "%5d | ", c->line);
    buf_add(out, c->source_line, shown);
    buf_str(out, "\n      | ");
    print_caret(c, out);
    if (c->expected != NULL) {
        buf_printf(out, " %s", c->expected);
    }
    buf_char(out, '\n');
}

void complaints_print(const struct complaints *c, struct buf *out)
{
    for (size_t i = 0; i < c->n; i++) {
        print_one(&c->items[i], out);
    }
    if (c->n >= COMPLAINTS_MAX) {
        buf_printf(out, "only the first %d complaints are shown\n", COMPLAINTS_MAX);
    }
}
