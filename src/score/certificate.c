/* Certificates: Chinese text set by Pango, drawn by Cairo, whose PDF carries the glyphs that are used. */
#include "score/certificate.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Points. */
static const double WIDTH = 842, HEIGHT = 595, MARGIN = 92;
#define SERIF "Noto Serif CJK SC, Noto Serif SC, serif"

/* What Cairo writes, in pieces that double. */
struct output {
    struct arena *a;
    unsigned char *bytes;
    size_t n, room;
};

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    struct output *o = closure;

    if (o->n + length > o->room) {
        unsigned char *more;

        while (o->n + length > o->room)
            o->room = o->room == 0 ? 65536 : o->room * 2;
        more = arena_alloc(o->a, o->room);
        if (o->n > 0)
            memcpy(more, o->bytes, o->n);
        o->bytes = more;
    }
    memcpy(o->bytes + o->n, data, length);
    o->n += length;
    return CAIRO_STATUS_SUCCESS;
}

/* A paragraph from margin to margin, its first line at y. */
struct words {
    const char *style; /* "Bold", or "" */
    double size;
    const char *text;
    double y, room; /* room: as high as it may become, in smaller type if need be; 0: as it comes */
    PangoAlignment align;
};
static const double SMALLEST = 9, LINE_SPACING = 1.25;

static PangoLayout *set_words(PangoContext *context, const struct words *w, double size)
{
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *font = pango_font_description_from_string(SERIF);

    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, w->style[0] == '\0' ? PANGO_WEIGHT_NORMAL : PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)((WIDTH - 2 * MARGIN) * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, w->align);
    if (w->room > 0) { /* running text begins two characters in */
        pango_layout_set_indent(layout, (int)(2 * size * PANGO_SCALE));
        pango_layout_set_line_spacing(layout, (float)LINE_SPACING);
    }
    pango_layout_set_text(layout, w->text, -1);
    return layout;
}

static double height_of(PangoLayout *layout)
{
    int height = 0;

    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

static void draw_words(cairo_t *c, PangoContext *context, const struct words *w)
{
    double size = w->size;
    PangoLayout *layout = set_words(context, w, size);

    while (w->room > 0 && size > SMALLEST && height_of(layout) > w->room) {
        g_object_unref(layout);
        layout = set_words(context, w, --size);
    }
    cairo_move_to(c, MARGIN, w->y);
    pango_cairo_show_layout(c, layout);
    g_object_unref(layout);
}

static void draw_frame(cairo_t *c)
{
    cairo_set_source_rgb(c, 0.62, 0.12, 0.10);
    cairo_set_line_width(c, 3);
    cairo_rectangle(c, 28, 28, WIDTH - 56, HEIGHT - 56);
    cairo_stroke(c);
    cairo_set_line_width(c, 0.8);
    cairo_rectangle(c, 36, 36, WIDTH - 72, HEIGHT - 72);
    cairo_stroke(c);
}

static void draw_page(cairo_t *c, PangoContext *context, const struct certificate *one)
{
    draw_frame(c);
    draw_words(c, context, &(struct words){"Bold", 54, one->title, 86, 0, PANGO_ALIGN_CENTER});
    cairo_set_source_rgb(c, 0.1, 0.1, 0.1);
    draw_words(c, context, &(struct words){"Bold", 28, one->to, 186, 0, PANGO_ALIGN_LEFT});
    draw_words(c, context, &(struct words){"", 26, one->text, 236, 180, PANGO_ALIGN_LEFT});
    draw_words(c, context, &(struct words){"", 22, one->by, 430, 0, PANGO_ALIGN_RIGHT});
    draw_words(c, context, &(struct words){"", 20, one->on, 464, 0, PANGO_ALIGN_RIGHT});
    cairo_set_source_rgb(c, 0.4, 0.4, 0.4);
    draw_words(c, context, &(struct words){"", 14, one->number, 512, 0, PANGO_ALIGN_LEFT});
    cairo_show_page(c);
}

bool certificates_write(const struct certificate *list, size_t n, struct arena *a, const char **ret,
                        size_t *ret_n, struct err *e)
{
    struct output out = {.a = a};
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_bytes, &out, WIDTH, HEIGHT);
    cairo_t *c = cairo_create(surface);
    /* A map of its own: the default one belongs to the thread and would stay with it. */
    PangoFontMap *fonts = pango_cairo_font_map_new();
    PangoContext *context = pango_font_map_create_context(fonts);
    cairo_status_t status;

    pango_context_set_language(context, pango_language_from_string("zh-cn"));
    for (size_t i = 0; i < n; i++)
        draw_page(c, context, &list[i]);
    cairo_destroy(c);
    cairo_surface_finish(surface);
    status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    g_object_unref(context);
    g_object_unref(fonts);
    *ret = (const char *)out.bytes;
    *ret_n = out.n;
    return status == CAIRO_STATUS_SUCCESS ||
           ERR(e, ERR_INTERNAL, "certificate.pdf", "证书生成失败：%s", "the certificates were not made: %s",
               cairo_status_to_string(status));
}
