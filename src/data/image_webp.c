/* WebP, through libwebp: lossy and lossless. What is transparent is laid over black, as of PNG.
 * EXIF data are in a chunk of their own. Refused: animations, of which no frame is the image. */
#include "data/image_format.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/exif.h"

#include <string.h>
#include <webp/decode.h>

enum { RIFF_HEAD = 12, CHUNK_HEAD = 8, SIZE_AT = 4 };

static bool recognize(const uint8_t *bytes, size_t size) {
    return size >= RIFF_HEAD && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

static const char *reason(VP8StatusCode status) {
    static const char *const reasons[] = {
        [VP8_STATUS_INVALID_PARAM] = "sizes that contradict each other",
        [VP8_STATUS_BITSTREAM_ERROR] = "its data are corrupt",
        [VP8_STATUS_UNSUPPORTED_FEATURE] = "of a kind that libwebp does not read",
        [VP8_STATUS_NOT_ENOUGH_DATA] = "it ends before its last pixel",
    };
    const size_t at = (size_t)status;
    return at < sizeof reasons / sizeof *reasons && reasons[at] ? reasons[at]
                                                                : "it cannot be decoded";
}

static rl_status decode_transparent(WebPDecoderConfig *config, const rl_image_file *file,
                                    const rl_bitmap *bitmap, VP8StatusCode *found,
                                    rl_error *error) {
    const size_t pixels = bitmap->width * bitmap->height; /* checked by rl_bitmap_allocate */
    uint8_t *rgba = rl_alloc(pixels, 4);
    if (!rgba)
        return rl_fail_memory(error, "decoding an image");
    config->output.colorspace = MODE_RGBA;
    config->output.u.RGBA =
        (WebPRGBABuffer){.rgba = rgba, .stride = (int)bitmap->width * 4, .size = pixels * 4};
    *found = WebPDecode(file->bytes, file->size, config);
    if (*found == VP8_STATUS_OK)
        rl_bitmap_over_black(rgba, pixels, bitmap->rgb);
    rl_free(rgba);
    return RL_OK;
}

static rl_status decode_pixels(WebPDecoderConfig *config, const rl_image_file *file,
                               const rl_bitmap *bitmap, rl_error *error) {
    VP8StatusCode found = VP8_STATUS_OK;
    rl_status status = RL_OK;
    config->output.is_external_memory = 1;
    if (config->input.has_alpha) {
        status = decode_transparent(config, file, bitmap, &found, error);
    } else {
        config->output.colorspace = MODE_RGB;
        config->output.u.RGBA = (WebPRGBABuffer){.rgba = bitmap->rgb,
                                                 .stride = (int)bitmap->width * 3,
                                                 .size = bitmap->width * bitmap->height * 3};
        found = WebPDecode(file->bytes, file->size, config);
    }
    WebPFreeDecBuffer(&config->output);
    if (status == RL_OK && found == VP8_STATUS_OUT_OF_MEMORY)
        return rl_fail_memory(error, "decoding an image");
    if (status == RL_OK && found != VP8_STATUS_OK)
        return rl_image_damaged(file, &rl_image_webp, reason(found), error);
    return status;
}

static rl_status decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: this libwebp is of another version than was built with", file->path);
    const VP8StatusCode found = WebPGetFeatures(file->bytes, file->size, &config.input);
    if (found != VP8_STATUS_OK)
        return rl_image_damaged(file, &rl_image_webp, reason(found), error);
    if (config.input.has_animation)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: an animated WebP, expected a still image",
                       file->path);
    const rl_status status = rl_bitmap_allocate(bitmap, (size_t)config.input.width,
                                                (size_t)config.input.height, file, error);
    return status == RL_OK ? decode_pixels(&config, file, bitmap, error) : status;
}

static size_t little_endian(const uint8_t *bytes) {
    return bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
}

/* Chunks are a name, a size and the content, which is padded to an even size. */
static unsigned orientation(const rl_image_file *file) {
    for (size_t at = RIFF_HEAD; at < file->size && file->size - at >= CHUNK_HEAD;) {
        const uint8_t *chunk = file->bytes + at;
        const size_t size = little_endian(chunk + SIZE_AT);
        if (size > file->size - at - CHUNK_HEAD)
            break;
        if (memcmp(chunk, "EXIF", 4) == 0)
            return rl_exif_orientation_of(chunk + CHUNK_HEAD, size);
        at += CHUNK_HEAD + size + size % 2;
    }
    return RL_UPRIGHT;
}

const rl_image_format rl_image_webp = {
    .name = "WebP",
    .endings = {".webp"},
    .recognize = recognize,
    .decode = decode,
    .orientation = orientation,
};
