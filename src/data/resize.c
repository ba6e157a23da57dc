/* Any image to 32x32: the centre square, then a triangle filter as wide as the reduction, so that
 * every source pixel counts (the antialiased "bilinear" of PIL and torchvision). Enlarging is plain
 * bilinear interpolation. Both passes run in float and round once at the end. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Weights of one output pixel: source pixels first..first+count-1. */
typedef struct {
    size_t first, count;
    float *weights;
} filter_taps;

/* Most taps any output pixel can have when `side` pixels become 32. */
static size_t taps_max(size_t side) {
    double support = fmax((double)side / RL_IMAGE_SIDE, 1.0);
    return (size_t)ceil(support) * 2 + 1;
}

/* Centres of pixels are at half-integers; the triangle reaches `support` to both sides and its
 * weights are made to sum to one after being cut off at the border. */
static void make_taps(filter_taps taps[RL_IMAGE_SIDE], float *weights, size_t side) {
    const double scale = (double)side / RL_IMAGE_SIDE, support = fmax(scale, 1.0);
    const size_t stride = taps_max(side);
    for (size_t i = 0; i < RL_IMAGE_SIDE; i++) {
        double centre = ((double)i + 0.5) * scale;
        size_t first = (size_t)fmax(floor(centre - support + 0.5), 0);
        size_t end = (size_t)fmin(floor(centre + support + 0.5), (double)side);
        filter_taps *t = &taps[i];
        *t = (filter_taps){first, end - first, weights + i * stride};
        double sum = 0;
        for (size_t k = 0; k < t->count; k++) {
            double distance = fabs(((double)(first + k) + 0.5 - centre) / support);
            double weight = fmax(1.0 - distance, 0);
            t->weights[k] = (float)weight;
            sum += weight;
        }
        for (size_t k = 0; k < t->count; k++)
            t->weights[k] = (float)(t->weights[k] / sum);
    }
}

/* One row of the square to 32 pixels. */
static void filter_row(const filter_taps taps[RL_IMAGE_SIDE], const uint8_t *row, float *out) {
    for (size_t i = 0; i < RL_IMAGE_SIDE; i++) {
        float sum[RL_IMAGE_CHANNELS] = {0};
        const uint8_t *p = row + taps[i].first * RL_IMAGE_CHANNELS;
        for (size_t k = 0; k < taps[i].count; k++)
            for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
                sum[c] += taps[i].weights[k] * (float)p[k * RL_IMAGE_CHANNELS + c];
        memcpy(out + i * RL_IMAGE_CHANNELS, sum, sizeof sum);
    }
}

/* Column filter over the narrowed rows, and rounding. */
static void filter_columns(const filter_taps taps[RL_IMAGE_SIDE], const float *rows,
                           uint8_t *pixels) {
    enum { WIDTH = RL_IMAGE_SIDE * RL_IMAGE_CHANNELS };
    for (size_t y = 0; y < RL_IMAGE_SIDE; y++) {
        float sum[WIDTH] = {0};
        for (size_t k = 0; k < taps[y].count; k++) {
            const float *row = rows + (taps[y].first + k) * WIDTH;
            for (size_t x = 0; x < WIDTH; x++)
                sum[x] += taps[y].weights[k] * row[x];
        }
        for (size_t x = 0; x < WIDTH; x++)
            pixels[y * WIDTH + x] = (uint8_t)fminf(fmaxf(sum[x] + 0.5f, 0), 255);
    }
}

rl_status rl_image_fit(const uint8_t *rgb, size_t width, size_t height,
                       uint8_t pixels[RL_IMAGE_BYTES], rl_error *error) {
    const size_t side = rl_min(width, height);
    if (side == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT, "an image of %zu x %zu pixels has no content",
                       width, height);
    if (width == RL_IMAGE_SIDE && height == RL_IMAGE_SIDE) {
        memcpy(pixels, rgb, RL_IMAGE_BYTES);
        return RL_OK;
    }
    size_t row_floats;
    if (!rl_multiply(side, RL_IMAGE_SIDE * RL_IMAGE_CHANNELS, &row_floats))
        return rl_fail_memory(error, "resizing an image");
    float *rows = rl_alloc_floats(row_floats);
    float *weights = rl_alloc_floats(RL_IMAGE_SIDE * taps_max(side));
    rl_status status = RL_OK;
    if (rows && weights) {
        filter_taps taps[RL_IMAGE_SIDE];
        make_taps(taps, weights, side);
        const uint8_t *corner =
            rgb + ((height - side) / 2 * width + (width - side) / 2) * RL_IMAGE_CHANNELS;
        for (size_t y = 0; y < side; y++)
            filter_row(taps, corner + y * width * RL_IMAGE_CHANNELS,
                       rows + y * RL_IMAGE_SIDE * RL_IMAGE_CHANNELS);
        filter_columns(taps, rows, pixels);
    } else {
        status = rl_fail_memory(error, "resizing an image");
    }
    rl_free(rows);
    rl_free(weights);
    return status;
}
