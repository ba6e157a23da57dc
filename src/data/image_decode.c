/* JPEG through TurboJPEG and PNG through libpng's simplified interface, both to 8-bit RGB.
 *
 * Grey becomes RGB; CMYK (stored inverted, as Adobe does and everyone else follows) is multiplied
 * out; transparent PNG pixels are laid over black. A file whose decoder has any complaint about the
 * pixel data is refused: a broken image in a training set should be found, not learnt. EXIF
 * orientation and colour profiles are ignored, as the usual training pipelines do. */
#include "data/image_decode.h"

#include "base/error.h"
#include "base/memory.h"

#include <png.h>
#include <string.h>
#include <turbojpeg.h>

static rl_status allocate_rgb(uint8_t **rgb, size_t width, size_t height, const char *path,
                              rl_error *error) {
    size_t pixels;
    if (width == 0 || height == 0 || width > RL_IMAGE_SIDE_MAX || height > RL_IMAGE_SIDE_MAX ||
        !rl_multiply(width, height, &pixels) || pixels > RL_IMAGE_PIXELS_MAX)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: %zu x %zu pixels, expected sides of 1 to %d and at most %zu pixels",
                       path, width, height, RL_IMAGE_SIDE_MAX, RL_IMAGE_PIXELS_MAX);
    *rgb = rl_alloc(pixels, 3);
    return *rgb ? RL_OK : rl_fail_memory(error, "decoding an image");
}

/* Inverted CMYK to RGB: what is stored is the light that each ink lets through. */
static void cmyk_to_rgb(const uint8_t *cmyk, size_t pixels, uint8_t *rgb) {
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i * 3 + c] = (uint8_t)((cmyk[i * 4 + c] * cmyk[i * 4 + 3] + 127) / 255);
}

static rl_status decompress_jpeg(tjhandle decoder, const uint8_t *bytes, size_t size, int width,
                                 int height, int format, uint8_t *pixels, const char *path,
                                 rl_error *error) {
    const int flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    if (tjDecompress2(decoder, bytes, size, pixels, width, 0, height, format, flags) != 0)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: damaged JPEG: %s", path,
                       tjGetErrorStr2(decoder));
    return RL_OK;
}

static rl_status decompress_cmyk(tjhandle decoder, const uint8_t *bytes, size_t size, int width,
                                 int height, uint8_t *rgb, const char *path, rl_error *error) {
    size_t pixels = (size_t)width * (size_t)height; /* checked by allocate_rgb */
    uint8_t *cmyk = rl_alloc(pixels, 4);
    if (!cmyk)
        return rl_fail_memory(error, "decoding an image");
    rl_status status =
        decompress_jpeg(decoder, bytes, size, width, height, TJPF_CMYK, cmyk, path, error);
    if (status == RL_OK)
        cmyk_to_rgb(cmyk, pixels, rgb);
    rl_free(cmyk);
    return status;
}

static rl_status decode_jpeg(const uint8_t *bytes, size_t size, uint8_t **rgb, size_t *width,
                             size_t *height, const char *path, rl_error *error) {
    tjhandle decoder = tjInitDecompress();
    if (!decoder)
        return rl_fail_memory(error, "decoding an image");
    int w = 0, h = 0, subsampling = 0, colorspace = 0;
    rl_status status;
    if (tjDecompressHeader3(decoder, bytes, size, &w, &h, &subsampling, &colorspace) != 0) {
        status =
            rl_fail(error, RL_ERROR_FORMAT, "%s: damaged JPEG: %s", path, tjGetErrorStr2(decoder));
    } else if (w <= 0 || h <= 0) { /* tables without an image: success, and nothing written */
        status = rl_fail(error, RL_ERROR_FORMAT, "%s: damaged JPEG: no image in it", path);
    } else {
        *width = (size_t)w;
        *height = (size_t)h;
        status = allocate_rgb(rgb, *width, *height, path, error);
    }
    if (status == RL_OK) {
        bool cmyk = colorspace == TJCS_CMYK || colorspace == TJCS_YCCK;
        status = cmyk ? decompress_cmyk(decoder, bytes, size, w, h, *rgb, path, error)
                      : decompress_jpeg(decoder, bytes, size, w, h, TJPF_RGB, *rgb, path, error);
    }
    tjDestroy(decoder);
    return status;
}

static rl_status decode_png(const uint8_t *bytes, size_t size, uint8_t **rgb, size_t *width,
                            size_t *height, const char *path, rl_error *error) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes, size))
        return rl_fail(error, RL_ERROR_FORMAT, "%s: damaged PNG: %s", path, image.message);
    image.format = PNG_FORMAT_RGB;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* without it 16 bits a channel are read as linear */
    *width = image.width;
    *height = image.height;
    rl_status status = allocate_rgb(rgb, *width, *height, path, error);
    if (status == RL_OK) {
        const png_color black = {0, 0, 0};
        if (!png_image_finish_read(&image, &black, *rgb, 0, NULL))
            status = rl_fail(error, RL_ERROR_FORMAT, "%s: damaged PNG: %s", path, image.message);
    }
    png_image_free(&image);
    return status;
}

rl_status rl_image_decode(const uint8_t *bytes, size_t size, uint8_t **rgb, size_t *width,
                          size_t *height, const char *path, rl_error *error) {
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff};
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    *rgb = NULL;
    rl_status status;
    if (size >= sizeof jpeg && memcmp(bytes, jpeg, sizeof jpeg) == 0)
        status = decode_jpeg(bytes, size, rgb, width, height, path, error);
    else if (size >= sizeof png && memcmp(bytes, png, sizeof png) == 0)
        status = decode_png(bytes, size, rgb, width, height, path, error);
    else
        status =
            rl_fail(error, RL_ERROR_FORMAT, "%s: not an image, expected a JPEG or PNG file", path);
    if (status != RL_OK) {
        rl_free(*rgb);
        *rgb = NULL;
    }
    return status;
}
