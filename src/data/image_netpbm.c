/* Netpbm's images: bitmaps (PBM, P1 and P4), grey (PGM, P2 and P5) and colour (PPM, P3 and P6), as
 * text and as bytes, with any largest value. The format is so plain that its own reader is the
 * smaller thing.
 * Left out: PAM (P7), and the further images that may follow the first in a file. */
#include "data/image_format.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

typedef struct {
    bool as_text, is_bitmap;
    size_t channels;
} netpbm_kind;

static const netpbm_kind kinds[] = {
    {true, true, 1},  {true, false, 1},  {true, false, 3},  /* P1 to P3 */
    {false, true, 1}, {false, false, 1}, {false, false, 3}, /* P4 to P6 */
};

typedef struct {
    const uint8_t *bytes;
    size_t size, at;
    netpbm_kind kind;
    uint32_t width, height;
    uint32_t largest; /* value of a sample: full light, or in a bitmap black */
} netpbm_reader;

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

static bool recognize(const uint8_t *bytes, size_t size) {
    return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
           (is_space(bytes[2]) || bytes[2] == '#');
}

/* White space and comments, which go from '#' to the end of the line. */
static void skip_space(netpbm_reader *r) {
    bool in_comment = false;
    for (; r->at < r->size; r->at++) {
        const uint8_t byte = r->bytes[r->at];
        if (byte == '#')
            in_comment = true;
        else if (in_comment)
            in_comment = byte != '\n' && byte != '\r';
        else if (!is_space(byte))
            return;
    }
}

/* A whole number in 0..999999: more is not needed, and does not overflow anything. */
static bool read_number(netpbm_reader *r, uint32_t *value) {
    skip_space(r);
    const size_t first = r->at;
    *value = 0;
    for (; r->at < r->size && is_digit(r->bytes[r->at]) && *value < 100000; r->at++)
        *value = *value * 10 + (r->bytes[r->at] - '0');
    return r->at > first && !(r->at < r->size && is_digit(r->bytes[r->at]));
}

/* Bytes that the samples take, in text at the least. */
static size_t raster_bytes(const netpbm_reader *r) {
    const size_t samples = (size_t)r->width * r->height * r->kind.channels;
    if (r->kind.as_text)
        return r->kind.is_bitmap ? samples : 2 * samples - 1;
    if (r->kind.is_bitmap)
        return rl_divide_up(r->width, 8) * r->height;
    return r->largest > UINT8_MAX ? 2 * samples : samples;
}

/* Returns what is wrong with the head of the file, or NULL. */
static const char *read_head(netpbm_reader *r) {
    r->kind = kinds[r->bytes[1] - '1'];
    r->at = 2;
    r->largest = 1;
    if (!read_number(r, &r->width) || !read_number(r, &r->height))
        return "no size in its head";
    if (!r->kind.is_bitmap && !read_number(r, &r->largest))
        return "no largest value in its head";
    if (r->largest == 0 || r->largest > UINT16_MAX)
        return "a largest value that is not in 1 to 65535";
    if (r->at == r->size || !is_space(r->bytes[r->at]))
        return "no pixels in it";
    r->at++; /* of white space, bytes have exactly one before them */
    return NULL;
}

static bool read_sample(netpbm_reader *r, size_t x, uint32_t *value) {
    if (r->kind.as_text && !r->kind.is_bitmap)
        return read_number(r, value);
    if (r->kind.as_text) { /* digits with or without space between them */
        skip_space(r);
        *value = r->at < r->size ? r->bytes[r->at++] - (uint32_t)'0' : UINT32_MAX;
        return true;
    }
    if (r->kind.is_bitmap) { /* eight pixels a byte; rows begin with a new one */
        *value = r->bytes[r->at] >> (7 - x % 8) & 1;
        r->at += x % 8 == 7 || x + 1 == r->width;
        return true;
    }
    *value = r->bytes[r->at++];
    if (r->largest > UINT8_MAX)
        *value = *value << 8 | r->bytes[r->at++];
    return true;
}

static uint8_t to_byte(const netpbm_reader *r, uint32_t value) {
    if (r->kind.is_bitmap)
        return value ? 0 : UINT8_MAX;
    return (uint8_t)((value * UINT8_MAX + r->largest / 2) / r->largest);
}

static bool read_pixels(netpbm_reader *r, uint8_t *rgb) {
    for (size_t y = 0; y < r->height; y++)
        for (size_t x = 0; x < r->width; x++, rgb += 3) {
            uint32_t value;
            for (size_t c = 0; c < r->kind.channels; c++) {
                if (!read_sample(r, x, &value) || value > r->largest)
                    return false;
                rgb[c] = to_byte(r, value);
            }
            if (r->kind.channels == 1)
                rgb[1] = rgb[2] = rgb[0];
        }
    return true;
}

static rl_status decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    netpbm_reader reader = {.bytes = file->bytes, .size = file->size};
    const char *wrong = read_head(&reader);
    if (wrong)
        return rl_image_damaged(file, &rl_image_netpbm, wrong, error);
    rl_status status = rl_bitmap_check(reader.width, reader.height, file, error);
    if (status == RL_OK && file->size - reader.at < raster_bytes(&reader))
        return rl_image_damaged(file, &rl_image_netpbm, "it ends before its last pixel", error);
    if (status == RL_OK)
        status = rl_bitmap_allocate(bitmap, reader.width, reader.height, file, error);
    if (status == RL_OK && !read_pixels(&reader, bitmap->rgb))
        return rl_image_damaged(file, &rl_image_netpbm, "a pixel is no number up to the largest",
                                error);
    return status;
}

const rl_image_format rl_image_netpbm = {
    .name = "Netpbm",
    .endings = {".ppm", ".pgm", ".pbm", ".pnm"},
    .recognize = recognize,
    .decode = decode,
};
