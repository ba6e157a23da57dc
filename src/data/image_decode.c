/* The table of image formats, and what holds for all of them: the caps, names, and turning upright.
 * A new format is a file with an rl_image_format and its row here. */
#include "data/image_decode.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/image_format.h"
#include "data/orientation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const rl_image_format *const formats[] = {
    &rl_image_jpeg, &rl_image_png, &rl_image_bmp, &rl_image_netpbm, &rl_image_webp,
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

bool rl_image_name(const char *name) {
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < FORMAT_COUNT; i++)
        for (const char *const *ending = formats[i]->endings; *ending; ending++)
            if (strcasecmp(dot, *ending) == 0)
                return true;
    return false;
}

void rl_image_endings(char *buffer, size_t size) {
    const char *endings[FORMAT_COUNT * (sizeof formats[0]->endings / sizeof(char *))];
    size_t count = 0;
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        for (const char *const *ending = formats[i]->endings; *ending; ending++)
            endings[count++] = *ending;
    rl_text_list(buffer, size, endings, count);
}

rl_status rl_bitmap_check(size_t width, size_t height, const rl_image_file *file, rl_error *error) {
    size_t pixels;
    if (width == 0 || height == 0 || width > RL_IMAGE_SIDE_MAX || height > RL_IMAGE_SIDE_MAX ||
        !rl_multiply(width, height, &pixels) || pixels > RL_IMAGE_PIXELS_MAX)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: %zu x %zu pixels, expected sides of 1 to %d and at most %zu pixels",
                       file->path, width, height, RL_IMAGE_SIDE_MAX, RL_IMAGE_PIXELS_MAX);
    return RL_OK;
}

rl_status rl_bitmap_allocate(rl_bitmap *bitmap, size_t width, size_t height,
                             const rl_image_file *file, rl_error *error) {
    const rl_status status = rl_bitmap_check(width, height, file, error);
    if (status != RL_OK)
        return status;
    *bitmap = (rl_bitmap){.rgb = rl_alloc(width * height, 3), .width = width, .height = height};
    return bitmap->rgb ? RL_OK : rl_fail_memory(error, "decoding an image");
}

void rl_bitmap_remark(rl_bitmap *bitmap, const char *remark) {
    snprintf(bitmap->remark, sizeof bitmap->remark, "%s", remark);
}

/* sRGB's curve, from 0..1 to 0..1, and back. */
static double to_linear(double value) {
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double from_linear(double value) {
    return value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055;
}

void rl_bitmap_over_black(const uint8_t *rgba, size_t pixels, uint8_t *rgb) {
    for (size_t i = 0; i < pixels; i++, rgba += 4, rgb += 3)
        for (size_t c = 0; c < 3; c++) {
            const double share = rgba[3] / 255.0, value = rgba[c] / 255.0;
            if (rgba[3] == 0 || rgba[3] == UINT8_MAX)
                rgb[c] = rgba[3] ? rgba[c] : 0;
            else
                rgb[c] = (uint8_t)lround(255 * from_linear(share * to_linear(value)));
        }
}

rl_status rl_image_damaged(const rl_image_file *file, const rl_image_format *format,
                           const char *what, rl_error *error) {
    return rl_fail(error, RL_ERROR_FORMAT, "%s: damaged %s: %s", file->path, format->name, what);
}

static const rl_image_format *recognize(const rl_image_file *file) {
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (formats[i]->recognize(file->bytes, file->size))
            return formats[i];
    return NULL;
}

bool rl_image_is_known(const uint8_t *bytes, size_t size) {
    return recognize(&(rl_image_file){bytes, size, ""}) != NULL;
}

static rl_status fail_unknown(const rl_image_file *file, rl_error *error) {
    const char *names[FORMAT_COUNT];
    char list[64];
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        names[i] = formats[i]->name;
    rl_text_list(list, sizeof list, names, FORMAT_COUNT);
    return rl_fail(error, RL_ERROR_FORMAT, "%s: %s, expected a %s file", file->path,
                   file->size ? "not an image" : "an empty file", list);
}

/* Replaces the pixels by the same, turned the way they are meant to be seen. */
static rl_status turn_upright(rl_bitmap *bitmap, unsigned orientation, rl_error *error) {
    if (orientation == RL_UPRIGHT)
        return RL_OK;
    uint8_t *turned = rl_alloc(bitmap->width * bitmap->height, 3);
    if (!turned)
        return rl_fail_memory(error, "turning an image upright");
    rl_orientation_apply(orientation, bitmap->rgb, bitmap->width, bitmap->height, turned);
    rl_free(bitmap->rgb);
    bitmap->rgb = turned;
    if (rl_orientation_transposes(orientation)) {
        const size_t height = bitmap->width;
        bitmap->width = bitmap->height;
        bitmap->height = height;
    }
    return RL_OK;
}

rl_status rl_image_decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    *bitmap = (rl_bitmap){0};
    const rl_image_format *format = recognize(file);
    if (!format)
        return fail_unknown(file, error);
    rl_status status = format->decode(file, bitmap, error);
    if (status == RL_OK && format->orientation)
        status = turn_upright(bitmap, format->orientation(file), error);
    if (status != RL_OK) {
        rl_free(bitmap->rgb);
        *bitmap = (rl_bitmap){0};
    }
    return status;
}
