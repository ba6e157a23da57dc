/* Which method computes a convolution, in one place.
 *
 * Winograd's method does 3x3 filters with 4 times fewer multiplications (stride 2: 1.8 times), but
 * its transforms move 36 (25) values a tile and channel. That pays off even with few channels,
 * since a product over row pointers with short rows is slow as well: networks of width 4 and 8
 * train 1.7 to 1.9 times faster this way. Only a network's first layer, with its 3 channels, is
 * better off with products over row pointers, and sizes that are not whole tiles have no other way.
 * With stride 2 the phases of a pixel must be whole vectors (rl_winograd.weights).
 *
 * 1x1 filters are one product of matrices; row by row through pointers it runs at half the speed.
 */
#include "nn/conv.h"

#include "nn/conv_methods.h"

#include "base/memory.h"

enum {
    LEAST_CHANNELS = 4,
    PHASE_CHANNELS = 16,
    LEAST_TILES = 16,
    PANEL_CHANNELS = 32,
    MOST_SOURCE_CHANNELS = 128,
    CHUNK_PIXELS = 256
};

static bool is_winograd(const rl_conv_shape *shape) {
    const size_t tile = 4 * shape->stride;
    return shape->kernel == 3 && shape->stride <= 2 && shape->height % tile == 0 &&
           shape->width % tile == 0 && shape->C >= LEAST_CHANNELS && shape->K >= LEAST_CHANNELS &&
           (shape->stride == 1 || shape->C % PHASE_CHANNELS == 0);
}

/* Channels make whole panels of weights for every instruction set. */
static bool is_pointwise(const rl_conv_shape *shape) {
    return shape->kernel == 1 && shape->C % PANEL_CHANNELS == 0 && shape->K % PANEL_CHANNELS == 0 &&
           shape->height % shape->stride == 0 && shape->width % shape->stride == 0;
}

/* With prepared weights and few tiles, reading the weights is what takes time, and transformed ones
 * are four times as many. */
static bool is_winograd_prepared(const rl_conv_shape *shape, size_t images) {
    const size_t tile = 4 * shape->stride;
    return is_winograd(shape) &&
           images * (shape->height / tile) * (shape->width / tile) >= LEAST_TILES;
}

/* Wide layers read their pixels several times, once for each block of the weight gradient. */
bool rl_conv_reads_sources(const rl_conv_shape *shape) {
    return is_pointwise(shape) || (is_winograd(shape) && shape->C <= MOST_SOURCE_CHANNELS &&
                                   shape->K <= MOST_SOURCE_CHANNELS);
}

bool rl_conv_weight_gradient_reads_once(const rl_conv_shape *shape) {
    return is_winograd(shape) && rl_conv_winograd_weight_reads_once(shape);
}

size_t rl_conv_forward_chunk(const rl_conv_shape *shape) {
    if (is_pointwise(shape))
        return rl_conv_pointwise_forward_chunk(shape);
    return is_winograd(shape) ? 4 * rl_conv_out(shape->width, shape->stride) : CHUNK_PIXELS;
}

size_t rl_conv_data_gradient_chunk(const rl_conv_shape *shape) {
    if (is_pointwise(shape))
        return rl_conv_pointwise_data_gradient_chunk(shape);
    return is_winograd(shape) ? 4 * shape->stride * shape->width : CHUNK_PIXELS;
}

static size_t output_pixels(const rl_conv_shape *shape, size_t images) {
    return images * rl_conv_out(shape->height, shape->stride) *
           rl_conv_out(shape->width, shape->stride);
}

typedef struct {
    const rl_engine *engine;
    const rl_pixel_sink *sink;
    size_t pixels, channels;
} finished_pass;

static void written_item(const void *context, size_t chunk, int thread) {
    const finished_pass *pass = context;
    const size_t first = chunk * CHUNK_PIXELS;
    pass->sink->written(pass->sink->context, first, rl_min(CHUNK_PIXELS, pass->pixels - first), 0,
                        pass->channels, rl_engine_work(pass->engine, thread));
}

/* For methods that do not call the sink themselves. */
static void call_sink(const rl_engine *engine, const rl_pixel_sink *sink, size_t pixels,
                      size_t channels) {
    if (!sink->written)
        return;
    const finished_pass pass = {engine, sink, pixels, channels};
    rl_engine_run(engine, rl_divide_up(pixels, CHUNK_PIXELS), written_item, &pass);
}

/* Products over row pointers take from the shape how pixels lie. */
static rl_conv_shape with_strides(const rl_conv_shape *shape, size_t ldx, size_t ldy) {
    rl_conv_shape copy = *shape;
    copy.ldx = ldx;
    copy.ldy = ldy;
    return copy;
}

void rl_conv_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                     const rl_pixel_source *x, const float *w, const rl_pixel_sink *y) {
    if (is_winograd(shape)) {
        rl_conv_winograd_forward(engine, shape, images, x, w, y);
        return;
    }
    if (is_pointwise(shape)) {
        rl_conv_pointwise_forward(engine, shape, images, x, w, y);
        return;
    }
    const rl_conv_shape here = with_strides(shape, x->ld, y->ld);
    rl_conv_rows_forward(engine, &here, images, x->x, w, y->y, y->accumulate);
    call_sink(engine, y, output_pixels(shape, images), shape->K);
}

size_t rl_conv_prepared_floats(const rl_conv_shape *shape, size_t most_images,
                               const rl_kernels *kernels) {
    return is_winograd_prepared(shape, most_images)
               ? rl_conv_winograd_prepared_floats(shape, kernels)
               : rl_conv_rows_prepared_floats(shape, kernels);
}

void rl_conv_prepare(const rl_engine *engine, const rl_conv_shape *shape, size_t most_images,
                     const float *w, float *prepared) {
    if (is_winograd_prepared(shape, most_images))
        rl_conv_winograd_prepare(engine, shape, most_images, w, prepared);
    else
        rl_conv_rows_prepare(engine, shape, w, prepared);
}

void rl_conv_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                              size_t most_images, size_t images, const rl_pixel_source *x,
                              const float *prepared, const rl_pixel_sink *y) {
    if (is_winograd_prepared(shape, most_images)) {
        rl_conv_winograd_forward_prepared(engine, shape, most_images, images, x, prepared, y);
        return;
    }
    if (is_pointwise(shape)) {
        rl_conv_pointwise_forward_prepared(engine, shape, images, x, prepared, y);
        return;
    }
    const rl_conv_shape here = with_strides(shape, x->ld, y->ld);
    rl_conv_rows_forward_prepared(engine, &here, images, x->x, prepared, y->y, y->accumulate);
    call_sink(engine, y, output_pixels(shape, images), shape->K);
}

void rl_conv_data_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                           const rl_pixel_source *dy, const float *w, const rl_pixel_sink *dx) {
    if (is_winograd(shape)) {
        rl_conv_winograd_data_gradient(engine, shape, images, dy, w, dx);
        return;
    }
    if (is_pointwise(shape)) {
        rl_conv_pointwise_data_gradient(engine, shape, images, dy, w, dx);
        return;
    }
    const rl_conv_shape here = with_strides(shape, dx->ld, dy->ld);
    rl_conv_rows_data_gradient(engine, &here, images, dy->x, w, dx->y, dx->accumulate);
    call_sink(engine, dx, images * shape->height * shape->width, shape->C);
}

void rl_conv_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                             const rl_pixel_source *x, const rl_pixel_source *dy, float *dw) {
    if (is_winograd(shape)) {
        rl_conv_winograd_weight_gradient(engine, shape, images, x, dy, dw);
        return;
    }
    if (is_pointwise(shape)) {
        rl_conv_pointwise_weight_gradient(engine, shape, images, x, dy, dw);
        return;
    }
    const rl_conv_shape here = with_strides(shape, x->ld, dy->ld);
    rl_conv_rows_weight_gradient(engine, &here, images, x->x, dy->x, dw);
}

void rl_conv_needs(const rl_conv_shape *shape, size_t images, bool backward,
                   const rl_kernels *kernels, rl_engine_needs *needs) {
    if (is_winograd(shape)) {
        rl_conv_winograd_needs(shape, images, backward, kernels, needs);
        if (backward || is_winograd_prepared(shape, images))
            return;
    }
    if (is_pointwise(shape)) {
        rl_conv_pointwise_needs(shape, images, backward, kernels, needs);
        return;
    }
    rl_conv_rows_needs(shape, backward, kernels, needs);
    needs->work_floats =
        rl_max(needs->work_floats, CHUNK_PIXELS * rl_max(shape->C, shape->K)); /* for sinks */
    if (backward)
        rl_conv_rows_weight_needs(shape, images, needs);
}
