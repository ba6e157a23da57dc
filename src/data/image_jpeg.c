/* JPEG, through TurboJPEG. Grey becomes RGB; CMYK (stored inverted, as Adobe does and everyone else
 * follows) is multiplied out. Whatever the decoder complains about is an error. Colour profiles are
 * ignored, as the usual training pipelines do. */
#include "data/image_format.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/exif.h"

#include <string.h>
#include <turbojpeg.h>

static bool recognize(const uint8_t *bytes, size_t size) {
    static const uint8_t start[] = {0xff, 0xd8, 0xff};
    return size >= sizeof start && memcmp(bytes, start, sizeof start) == 0;
}

/* Inverted CMYK to RGB: what is stored is the light that each ink lets through. */
static void cmyk_to_rgb(const uint8_t *cmyk, size_t pixels, uint8_t *rgb) {
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i * 3 + c] = (uint8_t)((cmyk[i * 4 + c] * cmyk[i * 4 + 3] + 127) / 255);
}

/* The image as pixels of `format` (TJPF_...). */
static rl_status decompress(tjhandle decoder, const rl_image_file *file, const rl_bitmap *bitmap,
                            int format, uint8_t *pixels, rl_error *error) {
    const int flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    if (tjDecompress2(decoder, file->bytes, file->size, pixels, (int)bitmap->width, 0,
                      (int)bitmap->height, format, flags) != 0)
        return rl_image_damaged(file, &rl_image_jpeg, tjGetErrorStr2(decoder), error);
    return RL_OK;
}

static rl_status decompress_cmyk(tjhandle decoder, const rl_image_file *file,
                                 const rl_bitmap *bitmap, rl_error *error) {
    const size_t pixels = bitmap->width * bitmap->height; /* checked by rl_bitmap_allocate */
    uint8_t *cmyk = rl_alloc(pixels, 4);
    if (!cmyk)
        return rl_fail_memory(error, "decoding an image");
    const rl_status status = decompress(decoder, file, bitmap, TJPF_CMYK, cmyk, error);
    if (status == RL_OK)
        cmyk_to_rgb(cmyk, pixels, bitmap->rgb);
    rl_free(cmyk);
    return status;
}

static rl_status decode_with(tjhandle decoder, const rl_image_file *file, rl_bitmap *bitmap,
                             rl_error *error) {
    int width = 0, height = 0, subsampling = 0, colorspace = 0;
    if (tjDecompressHeader3(decoder, file->bytes, file->size, &width, &height, &subsampling,
                            &colorspace) != 0)
        return rl_image_damaged(file, &rl_image_jpeg, tjGetErrorStr2(decoder), error);
    if (width <= 0 || height <= 0) /* tables without an image: success, and nothing written */
        return rl_image_damaged(file, &rl_image_jpeg, "no image in it", error);
    const rl_status status = rl_bitmap_allocate(bitmap, (size_t)width, (size_t)height, file, error);
    if (status != RL_OK)
        return status;
    if (colorspace == TJCS_CMYK || colorspace == TJCS_YCCK)
        return decompress_cmyk(decoder, file, bitmap, error);
    return decompress(decoder, file, bitmap, TJPF_RGB, bitmap->rgb, error);
}

static rl_status decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    tjhandle decoder = tjInitDecompress();
    if (!decoder)
        return rl_fail_memory(error, "decoding an image");
    const rl_status status = decode_with(decoder, file, bitmap, error);
    tjDestroy(decoder);
    return status;
}

static unsigned orientation(const rl_image_file *file) {
    return rl_exif_orientation(file->bytes, file->size);
}

const rl_image_format rl_image_jpeg = {
    .name = "JPEG",
    .endings = {".jpg", ".jpeg"},
    .recognize = recognize,
    .decode = decode,
    .orientation = orientation,
};
