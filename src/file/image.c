#include "file/image.h"

#include "base/limits.h"
#include "file/file.h"

#include <vips/vips.h>

enum { QUALITY = 85, THUMB_QUALITY = 80 };

static void image_free(VipsImage **im)
{
    if (*im != NULL)
        g_object_unref(*im);
    *im = NULL;
}

/* A damaged photo is the sender's news, told in the answer; not a line in the log. */
static void ignore(const char *domain, GLogLevelFlags level, const char *message, void *ctx)
{
    (void)domain;
    (void)level;
    (void)message;
    (void)ctx;
}

bool image_init(struct err *e)
{
    if (vips_init("wangge") != 0)
        return ERR(e, ERR_INTERNAL, "file.vips", "图像库无法启动：%s", "the image library does not start: %s",
                   vips_error_buffer());
    (void)g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, ignore, NULL);
    vips_concurrency_set(1); /* one worker; the processors belong to the event loops */
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE); /* only loaders that are fuzzed upstream */
    return true;
}

void image_thread_end(void)
{
    vips_thread_shutdown();
}

static bool undecodable(struct err *e)
{
    vips_error_clear();
    return ERR(e, ERR_INVALID, "file.image", "图片无法读取：文件已损坏或不完整",
               "the picture cannot be read: the file is damaged or incomplete");
}

/* Only the header is read: a small file can claim to be an enormous picture. */
static bool size_allowed(const char *path, struct err *e)
{
    AUTO(image_free) VipsImage *im = vips_image_new_from_file(path, "access", VIPS_ACCESS_SEQUENTIAL, NULL);

    if (im == NULL)
        return undecodable(e);
    if ((int64_t)vips_image_get_width(im) * vips_image_get_height(im) > LIMIT_IMAGE_PIXELS)
        return ERR(e, ERR_TOO_LARGE, "file.pixels", "图片至多 %d 百万像素",
                   "a picture may have at most %d megapixels", LIMIT_IMAGE_PIXELS / 1000000);
    return true;
}

/* Shrinks while loading, turns upright by EXIF, converts to sRGB. */
static VipsImage *shrunk(const char *path, int side)
{
    VipsImage *im = NULL;

    if (vips_thumbnail(path, &im, side, "height", side, "size", VIPS_SIZE_DOWN, "export_profile", "srgb",
                       "fail_on", VIPS_FAIL_ON_ERROR, NULL) != 0)
        return NULL;
    return im;
}

/* Puts what is transparent on white. Without an alpha channel the last colour would be taken for one. */
static VipsImage *opaque(VipsImage *im)
{
    VipsImage *flat = NULL;
    double white[] = {255};
    VipsArrayDouble *background;

    if (!vips_image_hasalpha(im)) {
        g_object_ref(im);
        return im;
    }
    background = vips_array_double_new(white, 1);
    if (vips_flatten(im, &flat, "background", background, NULL) != 0)
        flat = NULL;
    vips_area_unref(VIPS_AREA(background));
    return flat;
}

static bool save_jpeg(VipsImage *im, const char *out, int quality)
{
    AUTO(image_free) VipsImage *flat = opaque(im);

    return flat != NULL &&
           vips_jpegsave(flat, out, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, NULL) == 0;
}

bool image_normalise(const char *path, bool png, const char *out, const char *thumb, int64_t *ret_width,
                     int64_t *ret_height, struct err *e)
{
    if (!size_allowed(path, e))
        return false;
    AUTO(image_free) VipsImage *im = shrunk(path, FILE_SIDE_MAX);
    if (im == NULL)
        return undecodable(e);
    *ret_width = vips_image_get_width(im);
    *ret_height = vips_image_get_height(im);
    bool saved =
        png ? vips_pngsave(im, out, "strip", TRUE, "compression", 6, NULL) == 0 : save_jpeg(im, out, QUALITY);
    AUTO(image_free) VipsImage *small = saved ? shrunk(out, FILE_THUMB_SIDE) : NULL;
    return (small != NULL && save_jpeg(small, thumb, THUMB_QUALITY)) || undecodable(e);
}
